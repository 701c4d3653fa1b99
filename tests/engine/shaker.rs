//! A strategy that does a bit of everything at random, and notes what it saw each time it was called.

use crate::support::Dice;
use seatrial::journal::Entry;
use seatrial::model::{Bar, BestPrices, ClientOrderId, ExecutionReport, Level, OrderType, Side, TimeInForce, Trade};
use seatrial::strategy::{Actions, Description, OrderSpec, Strategy, Subscriptions, View};
use seatrial::units::{Price, Quantity, Span, Timestamp};
use std::cell::RefCell;
use std::rc::Rc;

/// Why it was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    Timer,
    Bar(Bar),
    Book,
    Trade(Trade),
    Report(ExecutionReport),
}

/// What a strategy saw at one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub why: Why,
    pub now: Timestamp,
    pub best: BestPrices,
    pub market_at: Option<Timestamp>,
    pub last_trade: Option<Trade>,
    pub position: i64,
    pub orders: Vec<(u64, Side, i64, i64)>,
    pub depth: Option<[Vec<Level>; 2]>,
    /// Entries in the journal by then.
    pub entries: usize,
}

pub type Log = Rc<RefCell<Vec<Seen>>>;
pub type Journal = Rc<RefCell<Vec<Entry>>>;

/// What a shaker is made of.
#[derive(Debug, Clone, Copy)]
pub struct ShakerSpec {
    pub subscriptions: Subscriptions,
    pub seed: u64,
    /// One call in this many acts; zero: none does.
    pub acts_every: i64,
}

pub struct Shaker {
    spec: ShakerSpec,
    dice: Dice,
    last_id: u64,
    log: Log,
    journal: Journal,
}

impl Shaker {
    pub fn new(spec: ShakerSpec, log: Log, journal: Journal) -> Self {
        Self { spec, dice: Dice::new(spec.seed), last_id: 0, log, journal }
    }

    fn called(&mut self, why: Why, view: &View<'_>, actions: &mut Actions) {
        self.log.borrow_mut().push(seen(why, view, self.journal.borrow().len()));
        if self.spec.acts_every > 0 && self.dice.below(self.spec.acts_every) == 0 {
            self.act(view, actions);
        }
    }

    fn act(&mut self, view: &View<'_>, actions: &mut Actions) {
        match self.dice.below(8) {
            0 | 1 if self.last_id > 0 => {
                let back = self.dice.below(4) as u64;
                actions.cancel(ClientOrderId(self.last_id.saturating_sub(back).max(1)));
            }
            2 => self.amend(view, actions),
            _ => self.submit(view, actions),
        }
    }

    fn amend(&mut self, view: &View<'_>, actions: &mut Actions) {
        let Some(order) = view.orders.first() else { return };
        let price = order.limit_price().map(|price| price.offset(self.dice.below(5) - 2));
        let quantity = (self.dice.below(2) == 0).then(|| Quantity::new(1 + self.dice.below(12)));
        actions.amend(order.client_order_id, price, quantity);
    }

    fn submit(&mut self, view: &View<'_>, actions: &mut Actions) {
        let (Some(bid), Some(ask)) = (view.best.bid, view.best.ask) else { return };
        let side = if self.dice.below(2) == 0 { Side::Buy } else { Side::Sell };
        let quantity = Quantity::new(1 + self.dice.below(20));
        let own = if side == Side::Buy { bid.price } else { ask.price };
        let price = own.offset(side.sign() * (self.dice.below(7) - 4));
        let order = match self.dice.below(9) {
            0 => OrderSpec::market(side, quantity),
            1 => OrderSpec::new(side, OrderType::Stop { trigger: price.offset(side.sign() * 3) }, quantity),
            2 => stop_limit(side, price, quantity),
            3 => OrderSpec::limit(side, price, quantity).post_only(),
            4 => OrderSpec::limit(side, price, quantity).time_in_force(TimeInForce::ImmediateOrCancel),
            5 => {
                let until = view.now.plus(Span::from_nanos(1 + 1_000_000 * self.dice.below(3_000)));
                OrderSpec::limit(side, price, quantity).time_in_force(TimeInForce::GoodTilDate(until))
            }
            6 => OrderSpec::limit(side, price, quantity).reduce_only(),
            _ => OrderSpec::limit(side, price, quantity),
        };
        let oldest = view.orders.first().filter(|_| self.dice.below(5) == 0);
        self.last_id = match oldest {
            Some(original) => actions.replace(original.client_order_id, order).0,
            None => actions.submit(order).0,
        };
    }
}

fn stop_limit(side: Side, price: Price, quantity: Quantity) -> OrderSpec {
    let trigger = price.offset(side.sign() * 2);
    OrderSpec::new(side, OrderType::StopLimit { trigger, price: trigger.offset(side.sign()) }, quantity)
}

fn seen(why: Why, view: &View<'_>, entries: usize) -> Seen {
    Seen {
        why,
        now: view.now,
        best: view.best,
        market_at: view.market_at,
        last_trade: view.last_trade,
        position: view.position.steps(),
        orders: view
            .orders
            .iter()
            .map(|order| (order.client_order_id.0, order.side, order.quantity.steps(), order.executed.steps()))
            .collect(),
        depth: view.depth.map(|depth| {
            Side::BOTH.map(|side| {
                let mut levels = [Level::default(); 5];
                let count = depth.levels(side, &mut levels);
                levels[..count].to_vec()
            })
        }),
        entries,
    }
}

impl Strategy for Shaker {
    fn describe(&self) -> Description {
        Description { name: "shaker".to_owned(), parameters: Vec::new() }
    }

    fn subscriptions(&self) -> Subscriptions {
        self.spec.subscriptions
    }

    fn on_timer(&mut self, view: &View<'_>, actions: &mut Actions) {
        self.called(Why::Timer, view, actions);
    }

    fn on_bar(&mut self, bar: &Bar, view: &View<'_>, actions: &mut Actions) {
        self.called(Why::Bar(*bar), view, actions);
    }

    fn on_book(&mut self, view: &View<'_>, actions: &mut Actions) {
        self.called(Why::Book, view, actions);
    }

    fn on_trade(&mut self, trade: &Trade, view: &View<'_>, actions: &mut Actions) {
        self.called(Why::Trade(*trade), view, actions);
    }

    fn on_report(&mut self, report: &ExecutionReport, view: &View<'_>, actions: &mut Actions) {
        self.called(Why::Report(*report), view, actions);
    }

    fn save(&self) -> serde_json::Value {
        serde_json::Value::Null
    }

    fn restore(&mut self, _state: &serde_json::Value) -> Result<(), String> {
        Ok(())
    }
}

/// What a scripted strategy does; its only state is the clock.
pub type Script = fn(Why, &View<'_>, &mut Actions);

/// A strategy that is one function.
pub struct Scripted(pub Subscriptions, pub Script);

impl Strategy for Scripted {
    fn describe(&self) -> Description {
        Description { name: "scripted".to_owned(), parameters: Vec::new() }
    }

    fn subscriptions(&self) -> Subscriptions {
        self.0
    }

    fn on_timer(&mut self, view: &View<'_>, actions: &mut Actions) {
        (self.1)(Why::Timer, view, actions);
    }

    fn on_bar(&mut self, bar: &Bar, view: &View<'_>, actions: &mut Actions) {
        (self.1)(Why::Bar(*bar), view, actions);
    }

    fn on_book(&mut self, view: &View<'_>, actions: &mut Actions) {
        (self.1)(Why::Book, view, actions);
    }

    fn on_trade(&mut self, trade: &Trade, view: &View<'_>, actions: &mut Actions) {
        (self.1)(Why::Trade(*trade), view, actions);
    }

    fn on_report(&mut self, report: &ExecutionReport, view: &View<'_>, actions: &mut Actions) {
        (self.1)(Why::Report(*report), view, actions);
    }

    fn save(&self) -> serde_json::Value {
        serde_json::Value::Null
    }

    fn restore(&mut self, _state: &serde_json::Value) -> Result<(), String> {
        Ok(())
    }
}
