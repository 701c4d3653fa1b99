use super::account::{Account, Trade};
use crate::ledger::Cause;
use crate::model::{ClientOrderId, ExecutionReport, Intent, MarketId, ReportKind, Side};
use crate::units::{Money, Overflow};
use std::collections::BTreeMap;

/// What the bot knows: its orders as sent, and what the reports it heard made of them.
#[derive(Debug, Clone)]
pub(super) struct Bot {
    orders: BTreeMap<ClientOrderId, Order>,
    /// Fills of an order may be heard of in any order, and after its end.
    hears_late: bool,
    /// Orders that are over, the newest, where a fill of them may still be heard of.
    over: BTreeMap<ClientOrderId, Order>,
    accounts: Vec<Account>,
}

/// Orders remembered after their end, where reports can be late.
const OVER_KEPT: usize = 65_536;

/// An order that may still execute.
#[derive(Debug, Clone, Copy)]
struct Order {
    market: MarketId,
    side: Side,
    /// Steps, by the last report heard.
    executed: i64,
}

impl Bot {
    pub const fn new(accounts: Vec<Account>) -> Self {
        Self { orders: BTreeMap::new(), hears_late: false, over: BTreeMap::new(), accounts }
    }

    /// From now on fills may be heard of in any order: what one has executed is what it says of itself.
    pub const fn may_hear_late(&mut self) {
        self.hears_late = true;
    }

    /// Quote of a market has moved without a fill: received, or paid if negative.
    pub fn received(&mut self, market: usize, cause: Cause, amount: Money) -> Result<(), Overflow> {
        self.accounts[market].receive(cause, amount.atto())
    }

    pub fn account(&self, market: usize) -> &Account {
        &self.accounts[market]
    }

    pub fn sent(&mut self, intent: &Intent) {
        let order = Order { market: intent.market, side: intent.side, executed: 0 };
        self.orders.insert(intent.client_order_id, order);
    }

    /// Where the order was sent to, if it is known and open.
    pub fn market_of(&self, id: ClientOrderId) -> Option<MarketId> {
        self.orders.get(&id).map(|order| order.market)
    }

    /// Takes in a report of a market of the run. An order that the bot does not have open moves nothing.
    pub fn hear(&mut self, report: &ExecutionReport) -> Result<(), Overflow> {
        let id = report.client_order_id;
        if report.kind.sets_right() {
            return set_right(&mut self.accounts[report.market.index()], report);
        }
        if self.hears_late && !self.orders.contains_key(&id) {
            return self.hear_of_over(report);
        }
        let Some(order) = self.orders.get_mut(&id) else { return Ok(()) };
        let is_over = match &report.kind {
            ReportKind::Filled(fill) => {
                let grown = match self.hears_late {
                    true => i128::from(fill.quantity.steps()),
                    false => i128::from(report.executed.steps()) - i128::from(order.executed),
                };
                order.executed = report.executed.steps();
                let signed = i128::from(order.side.sign()) * grown;
                let trade = Trade { signed, price: fill.price.ticks(), fee: fill.fee.atto() };
                self.accounts[report.market.index()].take(&trade)?;
                report.open.is_zero()
            }
            ReportKind::Ended(_) | ReportKind::Rejected(_) => true,
            _ => false,
        };
        if is_over {
            let order = self.orders.remove(&id).filter(|_| self.hears_late);
            self.over.extend(order.map(|order| (id, order)));
            if self.over.len() > OVER_KEPT {
                self.over.pop_first();
            }
        }
        Ok(())
    }

    /// A fill that comes after the end of its order.
    fn hear_of_over(&mut self, report: &ExecutionReport) -> Result<(), Overflow> {
        let (Some(order), ReportKind::Filled(fill)) = (self.over.get(&report.client_order_id), &report.kind) else {
            return Ok(());
        };
        let signed = i128::from(order.side.sign()) * i128::from(fill.quantity.steps());
        let trade = Trade { signed, price: fill.price.ticks(), fee: fill.fee.atto() };
        self.accounts[report.market.index()].take(&trade)
    }
}

/// Of an order that may be long gone the bot knows what it was told.
fn set_right(account: &mut Account, report: &ExecutionReport) -> Result<(), Overflow> {
    report.kind.bookings(report.side).try_for_each(|booking| account.take(&Trade::of(&booking)))
}
