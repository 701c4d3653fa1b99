//! The random trader at seatrial, under the preset that imitates the peer.

use super::outcome::{End, Outcome, Side as Ended, Totals};
use super::trader::{Kind, Trader, Wish};
use crate::market::Market;
use crate::ours;
use seatrial::engine::{EngineConfig, ViewMode};
use seatrial::journal::{Entry, EntrySink};
use seatrial::model::{
    CancelReason, ClientOrderId, ExecutionReport, Liquidity, OrderType, RejectReason, ReportKind, TimeInForce,
};
use seatrial::strategy::{Actions, Description, OrderSpec, Strategy, Subscriptions, View};
use seatrial::tape::BatchSource;
use seatrial::units::{MILLISECOND, Price, Quantity, SECOND};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

pub fn run(mut market: Market, trader: Trader, latency: [i64; 2]) -> Ended {
    let instrument = market.header().instrument.clone();
    let config =
        EngineConfig { view: ViewMode::Auto, risk_clock: SECOND, markout_horizons: Vec::new(), max_rows: None };
    let (log, notes) = (trader.log(), Rc::default());
    let bot = Bot { trader, rings: 0 };
    let lane = ours::lane(&instrument, Box::new(bot), latency, Box::new(Notes(Rc::clone(&notes))));
    let outcome = seatrial::engine::run(&mut market, &config, vec![lane], &mut |_| {}).expect("a run");
    let ended = ours::ended(&outcome);
    let notes = notes.take();
    Ended {
        outcomes: notes.iter().map(|(&id, note)| (id, note.outcome)).collect(),
        totals: Totals {
            fills: ended.fills,
            position: ended.position,
            balance: ended.balance,
            fee: ended.fee,
            equity: ended.equity,
        },
        log: log.take(),
        records: notes.iter().map(|(&id, note)| (id, format!("{:?}", note.reports))).collect(),
    }
}

/// Rings every millisecond and asks the trader when its next step has come.
struct Bot {
    trader: Trader,
    rings: i64,
}

impl Strategy for Bot {
    fn describe(&self) -> Description {
        Description { name: "random-trader".to_owned(), parameters: Vec::new() }
    }

    fn subscriptions(&self) -> Subscriptions {
        Subscriptions { timer: Some(MILLISECOND), ..Subscriptions::default() }
    }

    fn on_timer(&mut self, view: &View<'_>, actions: &mut Actions) {
        self.rings += 1;
        if self.trader.next() != Some(self.rings) {
            return;
        }
        let best = view.best.bid.zip(view.best.ask).map(|(bid, ask)| (bid.price.ticks(), ask.price.ticks()));
        let free = view.orders.iter().filter(|order| order.acknowledged && !order.cancelling && order.amends == 0);
        let free: Vec<u64> = free.map(|order| order.client_order_id.0).collect();
        for wish in self.trader.act(best, &free) {
            send(actions, wish);
        }
    }

    fn save(&self) -> serde_json::Value {
        serde_json::Value::Null
    }

    fn restore(&mut self, _: &serde_json::Value) -> Result<(), String> {
        Err("the random trader has no state to take".to_owned())
    }
}

fn send(actions: &mut Actions, wish: Wish) {
    match wish {
        Wish::Submit { id, side, kind, price, quantity } => {
            let (limit, quantity) = (OrderType::Limit { price: Price::new(price) }, Quantity::new(quantity));
            let spec = match kind {
                Kind::Market => OrderSpec::market(side, quantity),
                Kind::GoodTilCancel => OrderSpec::new(side, limit, quantity),
                Kind::PostOnly => OrderSpec::new(side, limit, quantity).post_only(),
                Kind::ImmediateOrCancel => {
                    OrderSpec::new(side, limit, quantity).time_in_force(TimeInForce::ImmediateOrCancel)
                }
                Kind::FillOrKill => OrderSpec::new(side, limit, quantity).time_in_force(TimeInForce::FillOrKill),
            };
            assert_eq!(actions.submit(spec).0, id, "both number their orders alike");
        }
        Wish::Cancel { id } => actions.cancel(ClientOrderId(id)),
        Wish::Amend { id, price, quantity } => {
            actions.amend(ClientOrderId(id), Some(Price::new(price)), Some(Quantity::new(quantity)));
        }
    }
}

/// What the venue did to each order.
struct Notes(Rc<RefCell<BTreeMap<u64, Note>>>);

struct Note {
    outcome: Outcome,
    reports: Vec<(i64, ReportKind)>,
}

impl EntrySink for Notes {
    fn record(&mut self, entry: &Entry) {
        let mut notes = self.0.borrow_mut();
        match entry {
            Entry::OrderSent { intent, .. } => {
                let price = match intent.order_type {
                    OrderType::Limit { price } => Some(price.ticks()),
                    _ => None,
                };
                let outcome = Outcome { end: End::Open, price, quantity: Some(intent.quantity.steps()), at: None };
                notes.insert(intent.client_order_id.0, Note { outcome, reports: Vec::new() });
            }
            Entry::Venue(report) => {
                let note = notes.get_mut(&report.client_order_id.0).expect("an order that was sent");
                note.take(report);
            }
            Entry::OrderRefused { .. } | Entry::RequestRefused { .. } | Entry::Tripped { .. } => {
                panic!("a gate was in the way: {entry:?}")
            }
            _ => {}
        }
    }
}

impl Note {
    fn take(&mut self, report: &ExecutionReport) {
        let at = Some(report.matched_at.nanos());
        let ended = |end| Outcome { end, price: None, quantity: None, at };
        match report.kind {
            ReportKind::Accepted => {}
            // Of the second it ends, as the next report says.
            ReportKind::RequestRejected(RejectReason::UnknownOrder | RejectReason::PostOnlyWouldTake) => {}
            ReportKind::Amended { price, quantity } => {
                (self.outcome.price, self.outcome.quantity) = (Some(price.ticks()), Some(quantity.steps()));
            }
            ReportKind::Filled(fill) => {
                let end = End::Filled { maker: fill.liquidity == Liquidity::Maker };
                let (price, quantity) = (Some(fill.price.ticks()), Some(fill.quantity.steps()));
                self.outcome = Outcome { end, price, quantity, at };
            }
            ReportKind::Rejected(RejectReason::PostOnlyWouldTake) | ReportKind::Ended(CancelReason::Unfilled) => {
                self.outcome = ended(End::Expired);
            }
            ReportKind::Ended(CancelReason::Requested) => self.outcome = ended(End::Cancelled),
            other => panic!("order {} was not to meet {other:?}", report.client_order_id.0),
        }
        self.reports.push((report.matched_at.nanos(), report.kind));
    }
}
