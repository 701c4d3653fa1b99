use crate::model::{BestPrices, Instrument};
use crate::units::{Fixed, Money, Overflow, Price, Quantity};

/// What ticks and steps of the instrument are worth.
#[derive(Debug, Clone)]
pub(super) struct Scale {
    pub symbol: String,
    pub base: String,
    pub quote: String,
    pub tick_size: Fixed,
    pub step_size: Fixed,
    /// Quote per tick and step.
    value: Money,
    /// Base per step.
    step: Money,
    /// Quote per base in one tick.
    tick: f64,
    /// The value as a number.
    value_f64: f64,
}

impl Scale {
    pub(super) fn new(instrument: &Instrument) -> Result<Self, Overflow> {
        let value = instrument.tick_step_value()?;
        Ok(Self {
            symbol: instrument.symbol.clone(),
            base: instrument.base.clone(),
            quote: instrument.quote.clone(),
            tick_size: instrument.tick_size,
            step_size: instrument.step_size,
            value,
            value_f64: value.to_f64(),
            step: instrument.base_amount(Quantity::new(1))?,
            tick: instrument.tick_size.mantissa as f64 / libm::pow(10.0, f64::from(instrument.tick_size.scale)),
        })
    }

    /// Quote worth of `tick_steps` ticks x steps. Exact.
    pub(super) fn quote(&self, tick_steps: i128) -> Result<Money, Overflow> {
        self.value.times(tick_steps)
    }

    /// Quote worth of half ticks x steps. Exact when a tick times a step is worth an even number of 10^-18, else
    /// rounded down.
    pub(super) fn quote_of_halves(&self, half_tick_steps: i128) -> Result<Money, Overflow> {
        Ok(Money::from_atto(self.value.times(half_tick_steps)?.atto() >> 1))
    }

    /// Amount of base in `steps`. Exact.
    pub(super) fn base(&self, steps: i128) -> Result<Money, Overflow> {
        self.step.times(steps)
    }

    /// A price as the venue prints it.
    pub(super) fn price_text(&self, price: Price) -> String {
        self.tick_size.show_multiple(price.ticks())
    }

    /// A quantity as the venue prints it.
    pub(super) fn quantity_text(&self, quantity: Quantity) -> String {
        self.step_size.show_multiple(quantity.steps())
    }

    /// Base in one step, for pictures.
    pub(super) fn step_f64(&self) -> f64 {
        self.step.to_f64()
    }

    /// Quote per base in one tick, for pictures.
    pub(super) fn tick_f64(&self) -> f64 {
        self.tick
    }

    /// Quote worth of one tick times one step, for statistics.
    pub(super) const fn value_f64(&self) -> f64 {
        self.value_f64
    }
}

/// `left x right + sum`, or an [`Overflow`] that says `what`.
#[inline]
pub(super) fn accumulate(what: &'static str, sum: i128, left: i128, right: i128) -> Result<i128, Overflow> {
    // Two numbers of 64 bits cannot leave 128: one multiplication instead of many.
    let product = match (i64::try_from(left), i64::try_from(right)) {
        (Ok(left), Ok(right)) => i128::from(left) * i128::from(right),
        _ => left.checked_mul(right).ok_or_else(|| Overflow::new(what, left, right))?,
    };
    sum.checked_add(product).ok_or_else(|| Overflow::new(what, sum, product))
}

/// As [`accumulate`], for two numbers whose product cannot leave 128 bits.
#[inline]
pub(super) fn accumulate_narrow(what: &'static str, sum: i128, left: i64, right: i64) -> Result<i128, Overflow> {
    let product = i128::from(left) * i128::from(right);
    sum.checked_add(product).ok_or_else(|| Overflow::new(what, sum, product))
}

/// How far a price is below a mid, in half ticks; `None` beyond 64 bits.
#[inline]
pub(super) const fn half_ticks_below(price: i64, mid_x2: i64) -> Option<i64> {
    match price.checked_mul(2) {
        Some(price_x2) => mid_x2.checked_sub(price_x2),
        None => None,
    }
}

/// The nearest `f64`. Small numbers, as most are, are quicker to turn and come out the same.
#[inline]
pub(super) fn number(value: i128) -> f64 {
    match i64::try_from(value) {
        Ok(narrow) => narrow as f64,
        Err(_) => wide_number(value),
    }
}

/// Out of line: what turns a wide number would else be called for every number, and its result not used.
#[cold]
#[inline(never)]
const fn wide_number(value: i128) -> f64 {
    value as f64
}

/// Twice the mid, or `None` when a side is empty (or the prices are beyond any market's).
#[inline]
pub(super) fn mid_x2(best: &BestPrices) -> Option<i64> {
    best.bid?.price.ticks().checked_add(best.ask?.price.ticks())
}
