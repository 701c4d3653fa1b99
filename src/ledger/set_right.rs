use super::average::release;
use super::entry::{Entry, Moved};
use super::{Ledger, Method};
use crate::model::{Booking, Bust, Correction, ExecutionReport, ReportKind, Side};
use crate::units::{Money, Overflow, Price, Quantity};

/// A fill that the venue sets right. By average cost what is held is then held at what the fills that stand have cost, and nothing is realised
/// that was not: a bust takes its own price out of the basis, a correction changes it by the difference. Where that cannot be (the fill is
/// closed again, or what was closed since has left less than that), a bust is a trade, and a correction is realised.
///
/// FIFO takes a bust as a trade, and a correction as realised: which lot the fill was is not known any more.
impl Ledger {
    /// Posts what a report says is to be posted: a fill, a bust, a correction; nothing of all else.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range; then nothing has changed.
    pub fn take(&mut self, report: &ExecutionReport) -> Result<(), Overflow> {
        match &report.kind {
            ReportKind::Filled(fill) => self.fill(report.side, fill.price, fill.quantity, fill.fee),
            ReportKind::Busted(bust) => self.bust(report.side, bust).map(|_| ()),
            ReportKind::Corrected(correction) => self.correct(report.side, correction).map(|_| ()),
            _ => Ok(()),
        }
    }

    /// Takes back a fill of an order of `side`.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range; then nothing has changed.
    pub fn bust(&mut self, side: Side, bust: &Bust) -> Result<Entry, Overflow> {
        let Booking { side, price, quantity, fee } = bust.booking(side);
        let signed = Quantity::new(side.sign() * quantity.steps());
        let own = self.scales.notional(price, signed)?;
        let posted =
            self.posted(price, signed, fee, |basis, position, closed| own_cost(basis, position, closed, own))?;
        Ok(Entry::of(&self.keep(posted)))
    }

    /// Gives a fill of an order of `side` another price.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range; then nothing has changed.
    pub fn correct(&mut self, side: Side, correction: &Correction) -> Result<Entry, Overflow> {
        let Correction { was, price, fee } = *correction;
        let signed = side.sign() * was.quantity.steps();
        let held = held(self.position().steps(), signed);
        let dearer = |steps: i64| self.dearer((was.price, price), steps);
        let (mut cost, mut lost) = (dearer(held)?, dearer(signed - held)?);
        let basis = self.basis(Method::Average).checked_add(cost)?;
        if held != 0 && basis.atto().signum() != i128::from(held.signum()) {
            (cost, lost) = (Money::ZERO, lost.checked_add(cost)?);
        }
        let (paid, fees) = (cost.checked_add(lost)?, fee.checked_sub(was.fee)?);
        let cash = Money::ZERO.checked_sub(paid)?.checked_sub(fees)?;
        let moved = Moved { cash, cost, realized: lost, fees, received: Money::ZERO, given: Money::ZERO };
        moved.check();
        let (balances, realized_fifo) = (self.balances.after_fill(&moved)?, self.realized_fifo.checked_sub(paid)?);
        (self.balances, self.realized_fifo) = (balances, realized_fifo);
        Ok(Entry::of(&moved))
    }

    /// What so many steps, bought or (negative) sold, cost more at the second price than at the first.
    fn dearer(&self, (was, now): (Price, Price), steps: i64) -> Result<Money, Overflow> {
        let worth = |price| self.scales.notional(price, Quantity::new(steps));
        worth(now)?.checked_sub(worth(was)?)
    }
}

/// How many of the steps of a fill are held still, as far as a position can say.
fn held(position: i64, signed: i64) -> i64 {
    match position.signum() == signed.signum() {
        true if position.unsigned_abs() < signed.unsigned_abs() => position,
        true => signed,
        false => 0,
    }
}

/// What taking back `closed` takes out of `basis`: its own price, `own` being what the taking back is worth; a part of all, where what is left
/// would cost nothing or less.
fn own_cost(basis: Money, position: Quantity, closed: Quantity, own: Money) -> Money {
    let left = position.steps() + closed.steps();
    let rest = basis.atto().saturating_add(own.atto());
    match left != 0 && !closed.is_zero() && rest.signum() == i128::from(left.signum()) {
        true => Money::from_atto(own.atto().saturating_neg()),
        false => release(basis, position, closed),
    }
}
