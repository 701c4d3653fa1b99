use crate::audit::posted::Posted;
use crate::audit::setup::Worth;
use crate::model::{ExecutionReport, ReportKind};

/// The account of one market by its fills, at average cost: cash, and what the position has cost. Profit made is cash and cost
/// together, whatever the position is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Trades {
    /// Signed steps.
    position: i128,
    /// In atto: what fills brought in, fees taken off.
    cash: i128,
    /// In atto, with the sign of the position: what a part that is closed has cost is rounded toward zero.
    cost: i128,
}

/// What a fill has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traded {
    /// Nothing was held before.
    pub begins: bool,
    /// Something was held, and is closed whole: nothing or the opposite is held.
    pub ends: bool,
    /// Profit made with it, in atto, its fee taken off.
    pub result: i128,
}

impl Trades {
    /// A position that was entered at `price` ticks.
    pub const fn opened(position: i128, price: i128, worth: &Worth) -> Self {
        Self { position, cash: 0, cost: position.saturating_mul(price).saturating_mul(worth.tick_step) }
    }

    /// Signed steps, and what they have cost, in atto.
    pub const fn held(&self) -> (i128, i128) {
        (self.position, self.cost)
    }

    /// What was made so far and is no part of what is held, in atto, fees taken off.
    pub const fn profit(&self) -> i128 {
        self.cash.saturating_add(self.cost)
    }

    /// What a report has done, where it is a fill or sets one right: a correction, as the one thing that it is.
    pub fn book(&mut self, report: &ExecutionReport, worth: &Worth) -> Option<Traded> {
        let (held, profit) = (self.position, self.cash.saturating_add(self.cost));
        match &report.kind {
            ReportKind::Filled(fill) => {
                let steps = i128::from(report.side.sign()) * i128::from(fill.quantity.steps());
                self.trade(steps, fill.price.ticks().into(), worth);
            }
            ReportKind::Busted(bust) => {
                let steps = i128::from(report.side.sign()) * i128::from(bust.quantity.steps());
                self.taken_back(steps, bust.price.ticks().into(), worth);
            }
            ReportKind::Corrected(correction) => {
                let steps = i128::from(report.side.sign()) * i128::from(correction.was.quantity.steps());
                let dearer = i128::from(correction.price.ticks()) - i128::from(correction.was.price.ticks());
                self.corrected(steps, dearer.saturating_mul(worth.tick_step));
            }
            _ => return None,
        }
        self.cash = self.cash.saturating_sub(Posted::of(report)?.fee);
        let result = self.cash.saturating_add(self.cost).saturating_sub(profit);
        let ends = held != 0 && held.signum() != self.position.signum();
        // What is corrected while nothing is held belongs to what has ended.
        let is_past = held == 0 && self.position == 0;
        Some(Traded { begins: held == 0, ends, result: if is_past { 0 } else { result } })
    }

    fn trade(&mut self, steps: i128, ticks: i128, worth: &Worth) {
        let (price, held) = (ticks.saturating_mul(worth.tick_step), self.position);
        self.position += steps;
        self.cash = self.cash.saturating_sub(price.saturating_mul(steps));
        if held.signum() * steps.signum() >= 0 {
            self.cost = self.cost.saturating_add(price.saturating_mul(steps));
        } else if held.signum() == self.position.signum() {
            self.cost -= part(self.cost, -steps, held);
        } else {
            self.cost = price.saturating_mul(self.position);
        }
    }

    /// A fill of so many steps is taken back: what is left has cost what the others did. Where it would have cost nothing, or the fill is not
    /// held any more, that is a trade like any other.
    fn taken_back(&mut self, steps: i128, ticks: i128, worth: &Worth) {
        let paid = ticks.saturating_mul(worth.tick_step).saturating_mul(steps);
        let (left, cost) = (self.position - steps, self.cost.saturating_sub(paid));
        if steps.signum() * left.signum() <= 0 || cost.signum() != left.signum() {
            return self.trade(-steps, ticks, worth);
        }
        (self.position, self.cost, self.cash) = (left, cost, self.cash.saturating_add(paid));
    }

    /// A fill of so many steps is dearer by so much a step: what of it is held has cost that more, the rest is lost.
    fn corrected(&mut self, steps: i128, dearer: i128) {
        let is_held = steps.signum() == self.position.signum();
        let held = if is_held { steps.signum() * steps.abs().min(self.position.abs()) } else { 0 };
        self.cash = self.cash.saturating_sub(dearer.saturating_mul(steps));
        let cost = self.cost.saturating_add(dearer.saturating_mul(held));
        if cost.signum() == self.position.signum() {
            self.cost = cost;
        }
    }
}

/// `amount` x `part` / `whole`, toward zero, without leaving the type on the way. `part` is less than `whole`, of its sign.
const fn part(amount: i128, part: i128, whole: i128) -> i128 {
    amount / whole * part + amount % whole * part / whole
}
