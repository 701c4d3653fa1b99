use super::account::{exceeds, parts};
use crate::model::{ExecutionReport, ReportKind};

/// A round trip in one market by its fills, in products of a tick and a step. What the part of a position has cost that is closed is
/// rounded down to one such product.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Trip {
    /// Signed steps.
    position: i128,
    /// What is held has cost.
    cost: i128,
    /// Everything was entered for.
    entered: i128,
    /// What exits brought in beyond their cost.
    gained: i128,
    /// In atto of quote.
    fees: i128,
}

/// What a round trip has lost so far, and what it was entered for, in atto of quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lost {
    loss: i128,
    entered: i128,
}

impl Lost {
    /// In parts per billion, where that is over the limit.
    pub fn over(&self, limit: i128) -> Option<i128> {
        exceeds(self.loss, self.entered, limit).then(|| parts(self.loss, self.entered))
    }
}

impl Trip {
    pub fn holding(position: i128, price: i128) -> Self {
        let cost = position.abs() * price;
        Self { position, cost, entered: cost, ..Self::default() }
    }

    /// What a report makes of the trip, where it reduces it; `worth` is that of a tick and a step.
    pub fn report(&mut self, report: &ExecutionReport, worth: i128) -> Option<Lost> {
        let direction = i128::from(report.side.sign());
        match &report.kind {
            ReportKind::Filled(fill) => {
                let (steps, price) = (i128::from(fill.quantity.steps()), i128::from(fill.price.ticks()));
                self.trade((direction, steps, price), fill.fee.atto(), worth)
            }
            ReportKind::Busted(bust) => {
                let (steps, price) = (i128::from(bust.quantity.steps()), i128::from(bust.price.ticks()));
                let (left, cost) = (self.position * direction - steps, self.cost - steps * price);
                let fee = bust.fee.atto().saturating_neg();
                if left <= 0 || cost <= 0 {
                    return self.trade((-direction, steps, price), fee, worth);
                }
                (self.position, self.cost) = (left * direction, cost);
                self.entered -= steps * price;
                self.fees = self.fees.saturating_add(fee);
                None
            }
            ReportKind::Corrected(correction) => {
                let steps = i128::from(correction.was.quantity.steps());
                let dearer = i128::from(correction.price.ticks()) - i128::from(correction.was.price.ticks());
                let fee = correction.fee.atto().saturating_sub(correction.was.fee.atto());
                self.correct(direction, steps, dearer, fee);
                None
            }
            _ => None,
        }
    }

    /// So many steps of a fill are dearer by so much each. What is over is what it was.
    fn correct(&mut self, direction: i128, steps: i128, dearer: i128, fee: i128) {
        if self.position == 0 {
            return;
        }
        let mut held = (self.position * direction).clamp(0, steps);
        if self.cost + held * dearer <= 0 {
            held = 0;
        }
        self.cost += held * dearer;
        self.entered += held * dearer;
        self.gained -= direction * (steps - held) * dearer;
        self.fees = self.fees.saturating_add(fee);
    }

    fn trade(&mut self, (direction, steps, price): (i128, i128, i128), fee: i128, worth: i128) -> Option<Lost> {
        self.fees = self.fees.saturating_add(fee);
        let closes = if self.position * direction < 0 { steps.min(self.position.abs()) } else { 0 };
        let lost = (closes != 0).then(|| self.exit(closes, price, worth));
        let opens = steps - closes;
        self.position += direction * steps;
        self.cost += opens * price;
        self.entered += opens * price;
        lost
    }

    fn exit(&mut self, steps: i128, price: i128, worth: i128) -> Lost {
        let held = self.position.abs();
        let cost = self.cost / held * steps + self.cost % held * steps / held;
        self.cost -= cost;
        self.gained += self.position.signum() * (steps * price - cost);
        let lost = Lost {
            loss: self.fees.saturating_sub(self.gained.saturating_mul(worth)),
            entered: self.entered.saturating_mul(worth),
        };
        if steps == held {
            *self = Self { position: self.position, ..Self::default() };
        }
        lost
    }
}
