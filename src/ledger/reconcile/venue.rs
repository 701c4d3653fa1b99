use super::account::{Account, Trade};
use crate::model::{ExecutionReport, FeeSchedule, Fill, Instrument, Liquidity, ReportKind};
use crate::units::{Money, Overflow, Price};

/// The venue's account: plain sums, and fees by the schedule.
#[derive(Debug, Clone)]
pub(super) struct Venue {
    pub account: Account,
    fees: FeeSchedule,
}

impl Venue {
    pub fn new(instrument: &Instrument, account: Account) -> Self {
        Self { account, fees: instrument.fees }
    }

    pub fn fill(&mut self, report: &ExecutionReport, fill: &Fill) -> Result<(), Overflow> {
        let steps = i128::from(fill.quantity.steps());
        let fee = self.fee(fill.price, steps, fill.liquidity)?;
        let signed = i128::from(report.side.sign()) * steps;
        self.account.take(&Trade { signed, price: fill.price.ticks(), fee })
    }

    /// A fill is set right: its fee is given back as the schedule has it, and another is charged at another price.
    pub fn set_right(&mut self, report: &ExecutionReport) -> Result<(), Overflow> {
        let (was, price) = match &report.kind {
            ReportKind::Busted(bust) => (bust, None),
            ReportKind::Corrected(correction) => (&correction.was, Some(correction.price)),
            _ => return Ok(()),
        };
        let steps = i128::from(was.quantity.steps());
        let signed = i128::from(report.side.sign()) * steps;
        let fee = self.fee(was.price, steps, was.liquidity)?;
        self.account.take(&Trade { signed: -signed, price: was.price.ticks(), fee: -fee })?;
        let Some(price) = price else { return Ok(()) };
        let fee = self.fee(price, steps, was.liquidity)?;
        self.account.take(&Trade { signed, price: price.ticks(), fee })
    }

    fn fee(&self, price: Price, steps: i128, liquidity: Liquidity) -> Result<i128, Overflow> {
        let rate = match liquidity {
            Liquidity::Maker => self.fees.maker,
            Liquidity::Taker => self.fees.taker,
        };
        let notional = Money::from_atto(self.account.notional(price.ticks(), steps)?);
        Ok(rate.of(notional, self.fees.decimals, self.fees.rounding)?.atto())
    }
}
