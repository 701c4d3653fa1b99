use crate::audit::setup::Worth;
use crate::model::{ExecutionReport, Fill, ReportKind};

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

    /// What a report has done, where it is a fill.
    pub fn book(&mut self, report: &ExecutionReport, worth: &Worth) -> Option<Traded> {
        let ReportKind::Filled(fill) = &report.kind else { return None };
        let (held, profit) = (self.position, self.cash.saturating_add(self.cost));
        self.fill(i128::from(report.side.sign()) * i128::from(fill.quantity.steps()), fill, worth);
        let result = self.cash.saturating_add(self.cost).saturating_sub(profit);
        let ends = held != 0 && held.signum() != self.position.signum();
        Some(Traded { begins: held == 0, ends, result })
    }

    fn fill(&mut self, steps: i128, fill: &Fill, worth: &Worth) {
        let price = i128::from(fill.price.ticks()).saturating_mul(worth.tick_step);
        let held = self.position;
        self.position += steps;
        self.cash = self.cash.saturating_sub(price.saturating_mul(steps)).saturating_sub(fill.fee.atto());
        if held.signum() * steps.signum() >= 0 {
            self.cost = self.cost.saturating_add(price.saturating_mul(steps));
        } else if held.signum() == self.position.signum() {
            self.cost -= part(self.cost, -steps, held);
        } else {
            self.cost = price.saturating_mul(self.position);
        }
    }
}

/// `amount` x `part` / `whole`, toward zero, without leaving the type on the way. `part` is less than `whole`, of its sign.
const fn part(amount: i128, part: i128, whole: i128) -> i128 {
    amount / whole * part + amount % whole * part / whole
}
