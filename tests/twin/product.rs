use crate::exchange::{Exchange, Row};
use crate::world::World;
use seatrial::book::{DepthChange, Ladder};
use seatrial::gates::{AmendedOrder, GateConfig, Gates, RiskView};
use seatrial::model::{AmendOrder, Bar, BestPrices, CancelOrder, ExecutionReport, Level, NewOrder, OrderType, Side};
use seatrial::units::{Money, Price, Quantity, Timestamp};
use seatrial::venue::{Ambiguity, MarketKind, Venue};

/// The product, called as the engine calls it: on the rows that `Watch` and marks ask for, and on no others.
pub struct Product {
    venue: Venue,
    book: Ladder,
    gates: Gates,
    market: MarketKind,
    /// Best ticks after the last message.
    ended: (i64, i64),
    /// The message has changed levels.
    dirty: bool,
    last_trade: Option<Price>,
}

impl Product {
    /// Gates that let everything pass, at the instant the bot sends.
    fn risk(now: Timestamp) -> RiskView {
        RiskView {
            now,
            position: Quantity::ZERO,
            open_buy: Quantity::ZERO,
            open_sell: Quantity::ZERO,
            reduce_only_buy: Quantity::ZERO,
            reduce_only_sell: Quantity::ZERO,
            open_orders: 0,
            own_bid: None,
            own_ask: None,
            other_positions: 0,
            best: BestPrices::default(),
            market_at: Some(now),
            equity: Money::from_units(1_000_000_000),
        }
    }

    /// The venue hears of trades out of reach before it takes in an order.
    fn tell_last_trade(&mut self) {
        if let Some(price) = self.last_trade {
            self.venue.set_last_trade(price);
        }
    }

    fn depth(&mut self, change: DepthChange, marked: bool, at: Timestamp, out: &mut Vec<ExecutionReport>) {
        let watch = self.venue.watch();
        let reaches = match change.side {
            Side::Buy => change.price.ticks() >= watch.sell_lo,
            Side::Sell => change.price.ticks() <= watch.buy_hi,
        };
        if reaches || marked {
            self.venue.on_depth(&change, at, &mut self.book, out).unwrap();
        }
    }

    /// Whether a trade may be withheld from the venue.
    fn is_out_of_reach(&self, price: i64) -> bool {
        let watch = self.venue.watch();
        let low = watch.buy_hi.max(watch.last_at_or_below);
        let high = watch.sell_lo.min(watch.last_at_or_above);
        low < price && price < high
    }

    /// Ends everything, lets every remembered level go, and checks that nobody is marked any more.
    pub fn wind_up(&mut self, ids: &[u64], prices: &[i64], at: Timestamp) {
        let mut out = Vec::new();
        for &id in ids {
            let client_order_id = seatrial::model::ClientOrderId(id);
            self.cancel(CancelOrder { client_order_id, sent_at: at }, at, &mut out);
        }
        assert_eq!(self.venue.open_orders(), 0, "open after all were cancelled");
        for side in Side::BOTH {
            for &price in prices {
                self.row(Row::Depth { side, price, steps: 0 }, at, &mut out);
            }
        }
        for &price in prices {
            assert!(!self.book.is_marked(Price::new(price)), "tick {price} is still marked");
        }
    }
}

impl Exchange for Product {
    fn open(world: &World) -> Self {
        Self {
            venue: Venue::new(&world.instrument, &world.config, world.market, &world.funds)
                .unwrap()
                .with_statuses(world.statuses.clone()),
            book: Ladder::new(),
            gates: Gates::new(&GateConfig::off(), &world.instrument).unwrap(),
            market: world.market,
            ended: (i64::MIN, i64::MAX),
            dirty: false,
            last_trade: None,
        }
    }

    fn row(&mut self, row: Row, at: Timestamp, out: &mut Vec<ExecutionReport>) {
        match row {
            Row::Depth { side, price, steps } => {
                let (price, quantity) = (Price::new(price), Quantity::new(steps));
                let change = self.book.set(side, price, quantity);
                self.dirty = true;
                let heard = DepthChange { side, price, previous: change.previous(), quantity };
                self.depth(heard, change.is_watched(), at, out);
            }
            Row::Trade { aggressor, price, steps } => {
                self.last_trade = Some(Price::new(price));
                if !self.is_out_of_reach(price) {
                    let (price, steps) = (Price::new(price), Quantity::new(steps));
                    self.venue.on_trade(price, steps, aggressor, at, &mut self.book, out).unwrap();
                }
                // Only so that the states can be compared; the venue itself needs it before an order arrives.
                self.tell_last_trade();
            }
            Row::Clear { side } => {
                self.book.clear(side);
                self.dirty = true;
            }
        }
    }

    fn end_of_message(&mut self, at: Timestamp, out: &mut Vec<ExecutionReport>) {
        let best = (self.book.bid_tick(), self.book.ask_tick());
        let watch = self.venue.watch();
        let wanted = watch.best_triggers || best.1 <= watch.buy_hi || best.0 >= watch.sell_lo;
        let moved = std::mem::take(&mut self.dirty) && best != self.ended;
        self.ended = best;
        if watch.message_end || (moved && wanted) {
            self.venue.on_message_end(at, &mut self.book, out).unwrap();
        }
    }

    fn bar(&mut self, bar: &Bar, out: &mut Vec<ExecutionReport>, ambiguous: &mut Vec<Ambiguity>) {
        match bar.volume.is_zero() {
            true => self.venue.on_silent_bar(bar, out),
            false => self.venue.on_bar(bar, out, ambiguous).unwrap(),
        }
    }

    fn expire(&mut self, at: Timestamp, out: &mut Vec<ExecutionReport>) {
        if self.venue.next_expiry() <= at {
            self.venue.expire(at, &mut self.book, out);
        }
    }

    fn submit(&mut self, order: NewOrder, at: Timestamp, out: &mut Vec<ExecutionReport>) {
        self.tell_last_trade();
        let cleared = self.gates.clear_order(order.intent, &Self::risk(order.sent_at)).unwrap();
        self.venue.submit(cleared, at, &mut self.book, out).unwrap();
    }

    fn cancel(&mut self, request: CancelOrder, at: Timestamp, out: &mut Vec<ExecutionReport>) {
        let cleared = self.gates.clear_cancel(request.client_order_id, &Self::risk(request.sent_at)).unwrap();
        self.venue.cancel(cleared, at, &mut self.book, out);
    }

    fn amend(&mut self, request: AmendOrder, at: Timestamp, out: &mut Vec<ExecutionReport>) {
        self.tell_last_trade();
        let order = AmendedOrder {
            side: Side::Buy,
            order_type: OrderType::Market,
            executed: Quantity::ZERO,
            open: Quantity::ZERO,
            reduce_only: true,
            protective: true,
        };
        let cleared = self.gates.clear_amend(request, &order, &Self::risk(request.sent_at)).unwrap();
        self.venue.amend(cleared, at, &mut self.book, out).unwrap();
    }

    fn best(&self) -> BestPrices {
        self.book.best()
    }

    fn levels(&self, side: Side) -> Vec<Level> {
        self.book.levels(side).collect()
    }

    fn position(&self) -> Quantity {
        self.venue.position()
    }

    fn open_orders(&self) -> u32 {
        self.venue.open_orders()
    }

    fn next_expiry(&self) -> Timestamp {
        self.venue.next_expiry()
    }

    fn state(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        self.venue.digest(&mut hasher);
        hasher.finalize()
    }

    fn show(&self) -> String {
        let levels = Side::BOTH.map(|side| self.levels(side));
        format!("{:?} book {levels:?}\n{:?}", self.market, self.venue)
    }
}
