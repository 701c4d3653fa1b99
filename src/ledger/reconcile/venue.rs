use super::account::{Account, Trade};
use crate::model::{ExecutionReport, FeeSchedule, Fill, Instrument, Liquidity};
use crate::units::{Money, Overflow};

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
        let rate = match fill.liquidity {
            Liquidity::Maker => self.fees.maker,
            Liquidity::Taker => self.fees.taker,
        };
        let notional = Money::from_atto(self.account.notional(fill.price.ticks(), steps)?);
        let fee = rate.of(notional, self.fees.decimals, self.fees.rounding)?.atto();
        let signed = i128::from(report.side.sign()) * steps;
        self.account.take(&Trade { signed, price: fill.price.ticks(), fee })
    }
}
