use super::orders::{DayTraded, Known, OwnOrder};
use crate::model::{ClientOrderId, Intent, OrderType, Side};
use crate::units::{Price, Quantity};

/// What a bot asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Request {
    New(Intent),
    Amend { id: ClientOrderId, price: Option<Price>, quantity: Option<Quantity> },
}

/// What a request can do to the size of the position, with every own order at its worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Increases,
    Reduces,
    /// An amend that leaves less of an order and changes nothing else. (A cancel is judged by nobody.)
    Cancels,
}

/// A request seen with what the bot knew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    pub effect: Effect,
    pub side: Side,
    pub order_type: OrderType,
    pub protective: bool,
    /// Steps it may execute.
    pub size: i128,
    /// It takes nothing, or is refused by the venue. Not known of an amend.
    pub post_only: bool,
    /// A new order, and no amend.
    pub is_new: bool,
    /// Where the nearest own order of the other side can rest.
    pub meets: Option<Price>,
    /// Size of the position if it and every other own order of its side execute as far as they can.
    pub worst: i128,
    /// Steps that own orders of both sides may execute beside it.
    pub others: i128,
    /// What was traded before.
    pub traded: DayTraded,
}

impl Request {
    pub const fn id(&self) -> ClientOrderId {
        match self {
            Self::New(intent) => intent.client_order_id,
            Self::Amend { id, .. } => *id,
        }
    }

    pub fn seen(&self, known: &Known) -> Seen {
        match self {
            Self::New(intent) => Seen::wish(&Wish::of(intent), known),
            Self::Amend { id, price, quantity } => match known.order(*id) {
                Some(order) => Seen::amend(order, *price, *quantity, known),
                // Nobody knows what it was; the venue will say so.
                None => Seen::amend(&unknown(*id), *price, *quantity, known),
            },
        }
    }
}

/// An order whose end the bot has been told of.
const fn unknown(id: ClientOrderId) -> OwnOrder {
    OwnOrder {
        id,
        is_foreign: false,
        side: Side::Buy,
        order_type: OrderType::Market,
        total: 0,
        total_max: 0,
        executed: 0,
        nearest: None,
        amends: 0,
        cancelling: false,
        reduce_only: true,
        protective: false,
        replaces: None,
    }
}

/// An order as it would be.
struct Wish {
    side: Side,
    order_type: OrderType,
    size: i128,
    reduce_only: bool,
    protective: bool,
    post_only: bool,
    /// An order of the bot's that it is in place of.
    instead_of: Option<ClientOrderId>,
}

impl Wish {
    fn of(intent: &Intent) -> Self {
        Self {
            side: intent.side,
            order_type: intent.order_type,
            size: i128::from(intent.quantity.steps()).abs(),
            reduce_only: intent.reduce_only,
            protective: intent.protective,
            post_only: intent.post_only,
            // One that it is to replace may stay, and counts.
            instead_of: None,
        }
    }
}

impl Seen {
    fn amend(order: &OwnOrder, price: Option<Price>, quantity: Option<Quantity>, known: &Known) -> Self {
        let order_type = price.map_or(order.order_type, |price| moved(order.order_type, price));
        let left = |total: Quantity| (i128::from(total.steps()) - order.executed).max(0);
        let size = quantity.map_or_else(|| order.open().abs(), left);
        let wish = Wish {
            side: order.side,
            order_type,
            size,
            reduce_only: order.reduce_only,
            protective: order.protective,
            post_only: false,
            instead_of: Some(order.id),
        };
        let seen = Self::wish(&wish, known);
        let shrinks = size <= order.open().abs() && order_type == order.order_type;
        if shrinks { Self { effect: Effect::Cancels, ..seen } } else { seen }
    }

    /// Every order of the side in turn: first those that the venue stops at a flat position, then the others whole.
    fn wish(wish: &Wish, known: &Known) -> Self {
        let own = (wish.size, wish.reduce_only);
        let all = known.others(wish.side, wish.instead_of).map(|order| (order.open().abs(), order.reduce_only));
        let (mut stopped, mut whole) = (0, 0);
        for (size, reduce_only) in all.chain([own]) {
            *if reduce_only { &mut stopped } else { &mut whole } += size;
        }
        let along = i128::from(wish.side.sign()) * known.position;
        let against = (-along).max(0);
        let worst = along + stopped.min(against) + whole;
        let turns = whole > 0 && against < stopped + whole;
        let reduces = 0 < against && wish.size <= against && !turns;
        Self {
            effect: if reduces { Effect::Reduces } else { Effect::Increases },
            side: wish.side,
            order_type: wish.order_type,
            protective: wish.protective,
            size: wish.size,
            post_only: wish.post_only,
            is_new: wish.instead_of.is_none(),
            meets: known.nearest(wish.side.opposite()),
            worst: worst.abs(),
            others: Side::BOTH.iter().map(|side| known.open(*side, wish.instead_of)).sum(),
            traded: known.traded,
        }
    }
}

/// The same with its limit, or without one its trigger, elsewhere.
const fn moved(order_type: OrderType, price: Price) -> OrderType {
    match order_type {
        OrderType::Market => OrderType::Market,
        OrderType::Limit { .. } => OrderType::Limit { price },
        OrderType::StopLimit { trigger, .. } => OrderType::StopLimit { trigger, price },
        OrderType::Stop { .. } => OrderType::Stop { trigger: price },
        OrderType::TakeProfit { .. } => OrderType::TakeProfit { trigger: price },
    }
}
