use crate::ledger::{Cause, Opening};
use crate::model::{Booking, ContractKind, Instrument};
use crate::units::{Money, Overflow};

/// A plain account in one market: sums, and no cost method. Quote in atto, position in steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Account {
    /// Signed position.
    pub position: i128,
    /// Quote at hand, the position counted as paid for.
    pub cash: i128,
    /// Fees paid.
    pub fees: i128,
    /// Realised profit - basis of what is held: what all trades brought in, whatever the cost method.
    pub gain: i128,
    /// Quote per tick and step.
    tick_step: i128,
}

/// One trade as an account sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trade {
    /// Steps bought; sold, negative.
    pub signed: i128,
    /// Ticks.
    pub price: i64,
    /// Paid, in atto of quote.
    pub fee: i128,
}

impl Trade {
    pub fn of(booking: &Booking) -> Self {
        Self { signed: booking.signed(), price: booking.price.ticks(), fee: booking.fee.atto() }
    }
}

impl Account {
    /// The account before the first fill. The position was paid for before (spot) or is paid for now (linear).
    pub fn open(instrument: &Instrument, opening: &Opening) -> Result<Self, Overflow> {
        let tick_step = instrument.tick_step_value()?.atto();
        let position = i128::from(opening.position.steps());
        let ticks = opening.at.map_or(0, |price| i128::from(price.ticks()));
        let basis = product(tick_step, product(position, ticks)?)?;
        let paid = if instrument.kind == ContractKind::Linear { basis } else { 0 };
        let cash = sum(opening.quote.atto(), -paid)?;
        Ok(Self { position, cash, fees: 0, gain: -basis, tick_step })
    }

    /// Price x quantity in atto of quote.
    pub fn notional(&self, price: i64, steps: i128) -> Result<i128, Overflow> {
        product(self.tick_step, product(i128::from(price), steps)?)
    }

    pub fn take(&mut self, trade: &Trade) -> Result<(), Overflow> {
        let notional = self.notional(trade.price, trade.signed)?;
        let given = sum(notional, trade.fee)?;
        *self = Self {
            position: sum(self.position, trade.signed)?,
            cash: difference(self.cash, given)?,
            fees: sum(self.fees, trade.fee)?,
            gain: difference(self.gain, notional)?,
            tick_step: self.tick_step,
        };
        Ok(())
    }

    /// Quote received without a trade (paid, if negative); a fee counts among the fees.
    pub fn receive(&mut self, cause: Cause, amount: i128) -> Result<(), Overflow> {
        let fee = if cause == Cause::Fee { amount } else { 0 };
        (self.cash, self.fees) = (sum(self.cash, amount)?, difference(self.fees, fee)?);
        Ok(())
    }

    /// Cash + position at half of `mid_x2` ticks; half an atto is rounded down.
    pub fn equity(&self, mid_x2: i64) -> Result<i128, Overflow> {
        let doubled = self.notional(mid_x2, self.position)?;
        sum(self.cash, doubled.div_euclid(2))
    }

    pub const fn figures(&self) -> [i128; 4] {
        [self.position, self.cash, self.fees, self.gain]
    }
}

pub(super) fn sum(left: i128, right: i128) -> Result<i128, Overflow> {
    Money::from_atto(left).checked_add(Money::from_atto(right)).map(Money::atto)
}

pub(super) fn difference(left: i128, right: i128) -> Result<i128, Overflow> {
    Money::from_atto(left).checked_sub(Money::from_atto(right)).map(Money::atto)
}

fn product(left: i128, right: i128) -> Result<i128, Overflow> {
    Money::from_atto(left).times(right).map(Money::atto)
}
