//! What a bot can know, computed the slow way.

use crate::support::TestRow;
use seatrial::journal::Entry;
use seatrial::model::{BestPrices, Level, ReportKind, Side, Trade, row};
use seatrial::units::{Price, Quantity, Timestamp};
use std::collections::BTreeMap;

/// A book and a feed, one row after the other.
#[derive(Debug, Clone, Default)]
pub struct NaiveMarket {
    sides: [BTreeMap<i64, i64>; 2],
    best: [Option<i64>; 2],
    pub last_trade: Option<Trade>,
    pub market_at: Option<Timestamp>,
}

/// True when `a` is the better price for `side`.
fn better(side: Side, a: i64, b: i64) -> bool {
    side.improves(Price::new(a), Price::new(b))
}

impl NaiveMarket {
    pub fn apply(&mut self, line: &TestRow) {
        let side = row::side(line.flags);
        self.market_at = Some(Timestamp::from_nanos(line.local_at));
        match line.flags & row::KIND {
            row::TRADE => self.last_trade = Some(trade(line)),
            row::CLEAR => {
                self.sides[side.index()].clear();
                self.best[side.index()] = None;
            }
            _ => self.set(side, line.price, line.quantity),
        }
    }

    /// The newer side wins: a new best at or through the other best pushes that one behind it.
    fn set(&mut self, side: Side, tick: i64, quantity: i64) {
        let (own, other) = (side.index(), side.opposite().index());
        if quantity == 0 {
            if self.sides[own].remove(&tick).is_some() && self.best[own] == Some(tick) {
                self.best[own] = self.behind(side, tick);
            }
            return;
        }
        self.sides[own].insert(tick, quantity);
        if self.best[own].is_none_or(|best| better(side, tick, best)) {
            self.best[own] = Some(tick);
            if self.best[other].is_some_and(|best| !better(side, best, tick)) {
                self.best[other] = self.behind(side.opposite(), tick);
            }
        }
    }

    fn behind(&self, side: Side, tick: i64) -> Option<i64> {
        let behind = self.sides[side.index()].keys().copied().filter(|&level| better(side, tick, level));
        behind.reduce(|a, b| if better(side, a, b) { a } else { b })
    }

    pub fn levels(&self, side: Side) -> impl Iterator<Item = Level> + '_ {
        let ticks = std::iter::successors(self.best[side.index()], move |&tick| self.behind(side, tick));
        ticks.map(move |tick| Level {
            price: Price::new(tick),
            quantity: Quantity::new(self.sides[side.index()][&tick]),
        })
    }

    pub fn best(&self) -> BestPrices {
        BestPrices { bid: self.levels(Side::Buy).next(), ask: self.levels(Side::Sell).next() }
    }
}

pub fn trade(line: &TestRow) -> Trade {
    Trade {
        venue_at: Timestamp::from_nanos(line.venue_at),
        local_at: Timestamp::from_nanos(line.local_at),
        price: Price::new(line.price),
        quantity: Quantity::new(line.quantity),
        aggressor: row::side(line.flags),
    }
}

/// Rows as messages.
pub fn messages(rows: &[TestRow]) -> Vec<Vec<TestRow>> {
    let mut messages = vec![Vec::new()];
    for line in rows {
        if let Some(message) = messages.last_mut() {
            message.push(*line);
        }
        if line.flags & row::LAST != 0 {
            messages.push(Vec::new());
        }
    }
    messages.retain(|message| !message.is_empty());
    messages
}

/// Position and open orders, as the first `learned` reports in `entries` tell them.
pub fn account(entries: &[Entry], learned: usize) -> (i64, Vec<(u64, Side, i64, i64)>) {
    let mut position = 0;
    let mut reports = 0;
    let mut orders: Vec<(u64, Side, i64, i64)> = Vec::new();
    for entry in entries {
        match entry {
            Entry::OrderSent { intent, .. } => {
                orders.push((intent.client_order_id.0, intent.side, intent.quantity.steps(), 0));
            }
            Entry::Venue(report) if reports < learned => {
                reports += 1;
                let id = report.client_order_id.0;
                match report.kind {
                    ReportKind::Filled(fill) => {
                        position += report.side.sign() * fill.quantity.steps();
                        orders
                            .iter_mut()
                            .filter(|order| order.0 == id)
                            .for_each(|order| order.3 += fill.quantity.steps());
                        orders.retain(|order| order.0 != id || order.3 < order.2);
                    }
                    ReportKind::Amended { quantity, .. } => {
                        orders.iter_mut().filter(|order| order.0 == id).for_each(|order| order.2 = quantity.steps());
                    }
                    ReportKind::Ended(_) | ReportKind::Rejected(_) => orders.retain(|order| order.0 != id),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    (position, orders)
}
