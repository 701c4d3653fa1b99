//! What a broken gate on orders is told in place of the truth.

use super::RiskView;
use super::ask::{Ask, Ordered};
use super::defect::Defect;
use crate::model::{BestPrices, IntentKey, Level, OrderType, Side};
use crate::units::{Money, Price, Quantity, Rate, Span, Timestamp};

/// What a unit is mistaken by; per cent by a hundred.
pub(super) const UNIT: i64 = 1_000;
pub(super) const PER_CENT: i64 = 100;

/// How far a day is shifted.
pub(super) const HALF_A_DAY: Span = Span::from_nanos(12 * 3_600 * 1_000_000_000);

/// What it takes to be wrong.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lie {
    pub defect: Defect,
    /// Steps of a lot.
    pub lot: i128,
    /// Equity at the start.
    pub opening: Option<Money>,
}

impl Lie {
    /// The truth, for a gate that is not one of them.
    pub fn of(&self, gate: &str, ask: &Ask, risk: &RiskView) -> (Ask, RiskView) {
        match gate {
            "order_quantity" => (self.quantity(ask), *risk),
            "exposure" | "leverage" => self.equity(ask, risk),
            "fee_coverage" | "idempotency" | "venue_filters" => (self.ordered(gate, ask), *risk),
            "price_collar" => self.price(ask, risk),
            "period_collar" if self.defect == Defect::OffByOne => self.price(ask, risk),
            "open_orders" => (*ask, RiskView { open_orders: self.open_orders(risk.open_orders), ..*risk }),
            "book_state" => (*ask, RiskView { best: self.book(&risk.best), ..*risk }),
            "daily_orders" | "message_rate" => (*ask, RiskView { now: self.clock(gate, risk.now), ..*risk }),
            _ => (*ask, *risk),
        }
    }

    fn quantity(&self, ask: &Ask) -> Ask {
        let quantity = match self.defect {
            Defect::WrongSign => -ask.quantity,
            Defect::WrongUnit => ask.quantity / i128::from(UNIT),
            Defect::OffByOne => ask.quantity + self.lot,
            _ => ask.quantity,
        };
        Ask { quantity, ..*ask }
    }

    fn equity(&self, ask: &Ask, risk: &RiskView) -> (Ask, RiskView) {
        let (mut seen, mut known) = (self.quantity(ask), *risk);
        match self.defect {
            Defect::WrongSign => (seen, known.position) = (*ask, -risk.position),
            Defect::WrongUnit => {
                let unit = i128::from(UNIT);
                (seen.open, seen.reduce_only) = (ask.open / unit, ask.reduce_only / unit);
                known.position = Quantity::new(risk.position.steps() / UNIT);
            }
            Defect::WrongBaseline => known.equity = self.opening.unwrap_or(risk.equity),
            Defect::IgnoresUnknownOrders => (seen.open, seen.reduce_only) = (0, ask.reduce_only.min(ask.quantity)),
            _ => {}
        }
        (seen, known)
    }

    fn ordered(&self, gate: &str, ask: &Ask) -> Ask {
        let wrong = |order: Ordered| {
            let (edge, quantity) = (order.edge.map(Rate::ppb), order.quantity.steps());
            match (self.defect, gate) {
                (Defect::WrongSign, "fee_coverage") => Ordered { edge: edge.map(|ppb| Rate::from_ppb(-ppb)), ..order },
                (Defect::WrongUnit, "fee_coverage") => {
                    Ordered { edge: edge.map(|ppb| Rate::from_ppb(ppb.saturating_mul(UNIT))), ..order }
                }
                (Defect::WrongBaseline, "fee_coverage") => Ordered { post_only: !order.post_only, ..order },
                (Defect::OffByOne, "fee_coverage") => {
                    Ordered { edge: edge.map(|ppb| Rate::from_ppb(ppb - 1)), ..order }
                }
                (Defect::WrongBaseline, "idempotency") => {
                    Ordered { intent_key: IntentKey(order.client_order_id.0), ..order }
                }
                (Defect::WrongSign, "venue_filters") => Ordered { quantity: Quantity::new(-quantity), ..order },
                (Defect::WrongUnit, "venue_filters") => Ordered { quantity: Quantity::new(quantity / UNIT), ..order },
                (Defect::OffByOne, "venue_filters") => {
                    Ordered { quantity: Quantity::new(quantity + self.lot as i64), ..order }
                }
                _ => order,
            }
        };
        Ask { new: ask.new.map(wrong), ..*ask }
    }

    fn price(&self, ask: &Ask, risk: &RiskView) -> (Ask, RiskView) {
        let (mut seen, mut known) = (*ask, *risk);
        let (OrderType::Limit { price }, Some(mid_x2)) = (ask.order_type, risk.best.mid_x2()) else {
            return (seen, known);
        };
        let mid = mid_x2 / 2;
        let away = price.ticks() - mid;
        let ticks = match self.defect {
            Defect::WrongSign => price.ticks().max(mid),
            Defect::WrongUnit => mid + away / PER_CENT,
            Defect::OffByOne => price.ticks() + if away < 0 { -1 } else { 1 },
            _ => price.ticks(),
        };
        seen.order_type = OrderType::Limit { price: Price::new(ticks) };
        if self.defect == Defect::WrongBaseline {
            let own = risk.best.side(ask.side);
            known.best = BestPrices { bid: own, ask: own };
        }
        (seen, known)
    }

    const fn open_orders(&self, open: u32) -> u32 {
        match self.defect {
            Defect::OffByOne => open.saturating_sub(1),
            Defect::IgnoresUnknownOrders => 0,
            _ => open,
        }
    }

    fn book(&self, best: &BestPrices) -> BestPrices {
        let beside = |side: Side, ticks: i64| {
            let other = best.side(side.opposite());
            best.side(side).or(other.map(|level| Level { price: level.price.offset(ticks), ..level }))
        };
        match self.defect {
            Defect::WrongSign => BestPrices { bid: best.side(Side::Sell), ask: best.side(Side::Buy) },
            Defect::OffByOne => BestPrices { bid: beside(Side::Buy, -1), ask: beside(Side::Sell, 1) },
            _ => *best,
        }
    }

    fn clock(&self, gate: &str, now: Timestamp) -> Timestamp {
        match (self.defect, gate) {
            (Defect::WrongSign, _) => Timestamp::from_nanos(-now.nanos()),
            (Defect::WrongUnit, "message_rate") => Timestamp::from_nanos(now.nanos() / UNIT),
            (Defect::WrongDay, "daily_orders") => now.plus(Span::from_nanos(-HALF_A_DAY.nanos())),
            _ => now,
        }
    }
}
