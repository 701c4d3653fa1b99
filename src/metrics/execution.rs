use super::scale::{Scale, accumulate_narrow};
use super::{ExecutionStatistics, Metric, PerMarket};
use crate::model::{Fill, Liquidity, Side};
use crate::units::{Money, Overflow};

const NO_FILL: &str = "no fill";

/// Sums fills.
#[derive(Debug, Clone, Default)]
pub(super) struct ExecutionFold {
    maker: Sums,
    taker: Sums,
    /// Steps bought and sold.
    steps: [i128; 2],
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    fills: u64,
    steps: i128,
    tick_steps: i128,
    fees: Money,
}

impl ExecutionFold {
    #[inline(always)]
    pub(super) fn fill(&mut self, side: Side, fill: &Fill) -> Result<(), Overflow> {
        let (price, quantity) = (fill.price.ticks(), fill.quantity.steps());
        let sums = match fill.liquidity {
            Liquidity::Maker => &mut self.maker,
            Liquidity::Taker => &mut self.taker,
        };
        sums.fills += 1;
        sums.steps = accumulate_narrow("executed quantity", sums.steps, quantity, 1)?;
        sums.tick_steps = accumulate_narrow("traded notional", sums.tick_steps, price, quantity)?;
        sums.fees = sums.fees.checked_add(fill.fee)?;
        let steps = &mut self.steps[side.index()];
        *steps = accumulate_narrow("executed quantity", *steps, quantity, 1)?;
        Ok(())
    }

    /// Ticks x steps of all fills.
    pub(super) const fn tick_steps(&self) -> i128 {
        self.maker.tick_steps.saturating_add(self.taker.tick_steps)
    }

    pub(super) fn finish(&self, scale: &Scale) -> Result<ExecutionStatistics, Overflow> {
        let Self { maker, taker, steps } = self;
        let fees = maker.fees.checked_add(taker.fees)?;
        let notional = scale.quote(self.tick_steps())?;
        let share = |maker: i128, taker: i128| Metric::ratio(maker as f64, maker as f64 + taker as f64, NO_FILL);
        Ok(ExecutionStatistics {
            fills: maker.fills + taker.fills,
            maker_fills: maker.fills,
            taker_fills: taker.fills,
            bought: PerMarket::One(scale.base(steps[Side::Buy.index()])?),
            sold: PerMarket::One(scale.base(steps[Side::Sell.index()])?),
            traded_notional: notional,
            maker_ratio_quantity: share(maker.steps, taker.steps),
            maker_ratio_notional: share(maker.tick_steps, taker.tick_steps),
            fees,
            maker_fees: maker.fees,
            taker_fees: taker.fees,
            fee_rate: Metric::ratio(fees.to_f64(), notional.to_f64(), NO_FILL),
        })
    }
}
