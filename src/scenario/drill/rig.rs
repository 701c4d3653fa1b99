use super::scene::Impossible;
use crate::gates::{GateConfig, Setting};
use crate::model::Instrument;
use crate::scenario::market::starting_price;
use crate::scenario::trial::rules;
use crate::scenario::{ScenarioFile, Trial};
use crate::tape::TapeError;
use crate::units::{Money, Price, Quantity, Span};
use crate::venue::VenueConfig;

/// All that drills take from a run: its limits, its instrument, its venue's rules. What a play works out follows from these
/// alone, so that it can be had again.
#[derive(Debug, Clone)]
pub struct Rig {
    /// The gates that the plays are worked out from.
    pub gates: GateConfig,
    /// The gates that are put in: the same, but where a test wants to know whether a drill notices others.
    pub(super) armed: GateConfig,
    /// The bot does not heed a kill, in its drills as little as in its run.
    pub(super) ignores_kill: bool,
    /// Instrument of the run's first market, with the fees in force.
    pub instrument: Instrument,
    /// Its venue.
    pub venue: VenueConfig,
    /// Distance of the risk clock's ticks.
    pub risk_clock: Span,
    /// Price near which the stages stand.
    pub price: Price,
}

/// Largest quantity and price that a play uses: far below the ends of the types.
const HUGE: i128 = 1 << 52;

/// Ticks at which the stages of a market without any price stand.
const PRICELESS: Price = Price::new(10_000);

impl Rig {
    /// The rig of a trial: its first market, at the price at which that starts.
    ///
    /// # Errors
    /// [`TapeError`] when the market cannot be read.
    pub fn of(trial: &Trial) -> Result<Self, TapeError> {
        let price = starting_price(&trial.scenario)?.unwrap_or(PRICELESS);
        Ok(Self::new(&trial.scenario.file, &trial.markets[0].header.instrument, price))
    }

    /// The rig of a scenario over `instrument`. `price` is where its market starts.
    pub(in crate::scenario) fn new(file: &ScenarioFile, instrument: &Instrument, price: Price) -> Self {
        let venue = &file.venue;
        Self {
            gates: file.gates.clone(),
            armed: file.gates.clone(),
            ignores_kill: file.bot.ignores_kill,
            instrument: instrument.clone(),
            venue: VenueConfig {
                fills: rules(venue.fills, &venue.rules),
                trigger: venue.trigger,
                self_trade: venue.self_trade,
                leverage_max: venue.leverage_max,
                ..VenueConfig::default()
            },
            risk_clock: file.run.risk_clock.0,
            price: Price::new(price.ticks().max(2)),
        }
    }

    /// The rig as a control is drilled in. A stage falls in seconds as far as a market does in days, and two gates would stand in front of
    /// whatever is about that: in the plays of others the collar over a period is off, and a stop loss closes nothing.
    pub(super) fn staged_for(&self, control: &str) -> Self {
        let mut rig = self.clone();
        for gates in [&mut rig.gates, &mut rig.armed] {
            if let Setting::On(limits) = &mut gates.stop_loss {
                limits.closes_position &= control == "stop_loss";
            }
            if control != "period_collar" {
                gates.period_collar = Setting::Off;
            }
        }
        rig
    }

    /// Quote of one tick and one step.
    pub(super) fn unit(&self) -> Result<i128, Impossible> {
        let unit = self.instrument.tick_step_value().map_err(|overflow| Impossible(overflow.to_string()))?;
        if 0 < unit.atto() { Ok(unit.atto()) } else { Err(Impossible("a tick of a step is worth nothing".to_owned())) }
    }

    /// Quote of `quantity` at `price`.
    pub(super) fn worth(&self, price: i128, quantity: i128) -> Result<Money, Impossible> {
        let count = price.checked_mul(quantity).and_then(|count| count.checked_mul(self.unit().ok()?));
        count.map(Money::from_atto).ok_or_else(|| Impossible("an order's value leaves its type".to_owned()))
    }

    /// Steps of one lot.
    pub(super) fn lot(&self) -> i128 {
        i128::from(self.instrument.filters.lot.steps().max(1))
    }

    /// Whole lots that are at most `steps`.
    pub(super) fn lots_within(&self, steps: i128) -> i128 {
        steps.div_euclid(self.lot()) * self.lot()
    }

    /// Smallest quantity that the venue takes at `price`.
    pub(super) fn smallest(&self, price: i128) -> Result<i128, Impossible> {
        let filters = &self.instrument.filters;
        let notional = filters.min_notional.map_or(0, Money::atto).max(0);
        let value = (price.max(1)).saturating_mul(self.unit()?);
        let least = i128::from(filters.min_quantity.map_or(0, Quantity::steps)).max(divided_up(notional, value)).max(1);
        Ok(divided_up(least, self.lot()) * self.lot())
    }

    /// Largest quantity that the venue takes.
    pub(super) fn largest(&self) -> i128 {
        let max = self.instrument.filters.max_quantity.map_or(HUGE, |max| i128::from(max.steps()));
        self.lots_within(max.min(HUGE))
    }

    /// `ticks` as a price at which the venue takes orders.
    pub(super) fn price_at(&self, ticks: i128) -> Result<Price, Impossible> {
        let filters = &self.instrument.filters;
        let low = filters.min_price.map_or(1, |price| i128::from(price.ticks())).max(1);
        let high = filters.max_price.map_or(HUGE, |price| i128::from(price.ticks())).min(HUGE);
        match i64::try_from(ticks) {
            Ok(price) if low <= ticks && ticks <= high => Ok(Price::new(price)),
            _ => Err(Impossible(format!("it takes a price of {ticks} ticks, and the venue has {low} to {high}"))),
        }
    }

    /// Ticks x steps that are worth at most `limit`.
    pub(super) fn tick_steps(&self, limit: Money) -> Result<i128, Impossible> {
        Ok(limit.atto() / self.unit()?)
    }

    /// Largest order at `price` that the venue and the gate on an order's value let through.
    pub(super) fn largest_within_value(&self, price: i128) -> Result<i128, Impossible> {
        let within = match self.gates.order_value.as_ref() {
            Some(limits) => self.tick_steps(limits.max.money())? / price.max(1),
            None => HUGE,
        };
        Ok(self.lots_within(within).min(self.largest()))
    }

    /// Price and quantity, the price at or a little above `near`, whose product comes as close to `tick_steps` as can be
    /// without going beyond: exactly there wherever the lots allow it. `most` steps at most.
    pub(super) fn split(&self, tick_steps: i128, near: i128, most: i128) -> Result<(i128, i128), Impossible> {
        let top = self.lots_within((tick_steps / near.max(1)).min(HUGE));
        let smallest = self.smallest(near)?;
        let limit = || self.worth(1, tick_steps);
        if top < smallest {
            let (limit, least) = (limit()?, self.worth(near, smallest)?);
            return Err(Impossible(format!("no order fits: the smallest is worth {least}, the limit is {limit}")));
        }
        if most < top {
            let (limit, most) = (limit()?, self.worth(near, most)?);
            return Err(Impossible(format!("the largest order the venue takes is worth {most}, the limit is {limit}")));
        }
        let bottom = smallest.max(top / 2);
        let candidates = (0..CANDIDATES).map(|down| top - down * self.lot()).take_while(|steps| bottom <= *steps);
        let best = candidates.min_by_key(|steps| (tick_steps % steps, -steps)).unwrap_or(top);
        let price = tick_steps / best;
        Ok((price, self.lots_within(tick_steps / price)))
    }

    /// Fee of a fill that takes `quantity` at `price`, in atto.
    fn fee(&self, price: i128, quantity: i128) -> Result<i128, Impossible> {
        let fees = &self.instrument.fees;
        let fee = fees.taker.of(self.worth(price, quantity)?, fees.decimals, fees.rounding);
        fee.map(Money::atto).map_err(|overflow| Impossible(overflow.to_string()))
    }

    /// What is made, in atto, by buying and selling `quantity`, both times taking.
    pub(super) fn round_trip(&self, buy: i128, sell: i128, quantity: i128) -> Result<i128, Impossible> {
        Ok(-self.partial_loss(buy, quantity, sell, quantity)?)
    }

    /// What is lost, in atto, by buying `quantity` and selling `sold` of it, both times taking.
    pub(super) fn partial_loss(&self, buy: i128, quantity: i128, sell: i128, sold: i128) -> Result<i128, Impossible> {
        let fees = self.fee(buy, quantity)? + self.fee(sell, sold)?;
        Ok(self.worth(buy - sell, sold)?.atto() + fees)
    }

    /// A balance that holds an account of `value` and its fees many times.
    pub(super) fn ample(&self, value: Money) -> Result<Money, Impossible> {
        let ample = value.times(AMPLE).and_then(|value| value.checked_add(Money::ONE));
        ample.map_err(|overflow| Impossible(overflow.to_string()))
    }
}

/// Quantities that are tried for one that divides a limit.
const CANDIDATES: i128 = 4_096;
/// Opening balance as a multiple of what is traded.
const AMPLE: i128 = 10;

/// `number` / `by`, rounded up; both positive.
const fn divided_up(number: i128, by: i128) -> i128 {
    number.div_euclid(by) + (number.rem_euclid(by) != 0) as i128
}
