//! What the bot does: how often it trades, and what a round trip comes to.

use crate::model::{Booking, Bust, Correction, ExecutionReport, Fill, Side};
use crate::units::{MINUTE, Timestamp};
use std::collections::VecDeque;

/// Orders that executed within the last minute, by when the bot heard of their first execution.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Trades(VecDeque<Timestamp>);

impl Trades {
    /// Takes an execution that the bot hears of. An order counts once, by its first.
    pub(super) fn executed(&mut self, report: &ExecutionReport, fill: &Fill) {
        if report.executed == fill.quantity {
            self.0.push_back(report.reported_at);
        }
    }

    /// How many are left at `now`.
    pub(super) fn count(&mut self, now: Timestamp) -> usize {
        while self.0.front().is_some_and(|at| MINUTE <= now.since(*at)) {
            self.0.pop_front();
        }
        self.0.len()
    }
}

/// A round trip as the bot hears of its fills, in products of ticks and steps.
#[derive(Debug, Clone, Copy, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct RoundTrip {
    /// Signed position in steps.
    steps: i128,
    /// What the position cost at average, in tick-steps; never negative.
    cost: i128,
    /// What all entries were worth, in tick-steps.
    entered: i128,
    /// Realised so far, in tick-steps, fees not taken off.
    realised: i128,
    /// Fees so far, in atto of quote.
    fees: i128,
}

/// What a fill that reduces made of a round trip, in atto of quote: its loss so far, and what was paid to enter.
pub(super) type Loss = (i128, i128);

impl RoundTrip {
    /// One that begins with a position at a price.
    pub(super) fn holding(steps: i64, ticks: i64) -> Self {
        let steps = i128::from(steps);
        let cost = steps.abs() * i128::from(ticks);
        Self { steps, cost, entered: cost, ..Self::default() }
    }

    /// Takes a fill; `worth` is that of a tick times a step. `None` for one that reduces nothing. The fee of a fill that turns the position
    /// belongs to what it ends.
    pub(super) fn fill(&mut self, fill: &Booking, worth: i128) -> Option<Loss> {
        let (steps, ticks) = (i128::from(fill.quantity.steps()), i128::from(fill.price.ticks()));
        let signed = if fill.side == Side::Buy { steps } else { -steps };
        self.fees = self.fees.saturating_add(fill.fee.atto());
        let closed = if self.steps.signum() == -signed.signum() { steps.min(self.steps.abs()) } else { 0 };
        let loss = (closed > 0).then(|| self.close(closed, ticks, worth));
        self.steps += signed;
        if closed < steps {
            self.cost += (steps - closed) * ticks;
            self.entered += (steps - closed) * ticks;
        }
        loss
    }

    /// A fill is taken back: what is left was entered for what the others cost. Where it would have cost nothing, or the fill is not held any more,
    /// that is a trade like any other.
    pub(super) fn bust(&mut self, side: Side, bust: &Bust, worth: i128) -> Option<Loss> {
        let (steps, ticks) = (i128::from(bust.quantity.steps()), i128::from(bust.price.ticks()));
        let is_held = i128::from(side.sign()) == self.steps.signum() && steps < self.steps.abs();
        if !is_held || self.cost <= steps * ticks {
            return self.fill(&bust.booking(side), worth);
        }
        self.steps -= i128::from(side.sign()) * steps;
        self.cost -= steps * ticks;
        self.entered -= steps * ticks;
        self.fees = self.fees.saturating_sub(bust.fee.atto());
        None
    }

    /// A fill has another price: what of it is held was entered for more (or less), the rest is lost. Nothing is reduced by it.
    pub(super) fn correct(&mut self, side: Side, correction: &Correction) {
        if self.steps == 0 {
            return;
        }
        let steps = i128::from(correction.was.quantity.steps());
        let dearer = i128::from(correction.price.ticks()) - i128::from(correction.was.price.ticks());
        let held = if i128::from(side.sign()) == self.steps.signum() { steps.min(self.steps.abs()) } else { 0 };
        let held = if self.cost + held * dearer > 0 { held } else { 0 };
        self.cost += held * dearer;
        self.entered += held * dearer;
        self.realised -= i128::from(side.sign()) * (steps - held) * dearer;
        self.fees = self.fees.saturating_add(correction.fee.atto()).saturating_sub(correction.was.fee.atto());
    }

    fn close(&mut self, closed: i128, ticks: i128, worth: i128) -> Loss {
        let held = self.steps.abs();
        // The part of the cost is rounded down: what is left is never worth less than nothing.
        let part = self.cost / held * closed + self.cost % held * closed / held;
        let gain = if self.steps > 0 { closed * ticks - part } else { part - closed * ticks };
        self.cost -= part;
        self.realised += gain;
        let loss = self.fees.saturating_sub(self.realised.saturating_mul(worth));
        let found = (loss, self.entered.saturating_mul(worth));
        if closed == held {
            *self = Self { steps: self.steps, ..Self::default() };
        }
        found
    }
}
