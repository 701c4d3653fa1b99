//! Stops an order whose price is far from where the market has been over a period.
//!
//! * Distance: each of the order's own prices, limit and trigger, from the lowest price of the period upwards, in per cent of the
//!   lowest, and from the highest downwards, in per cent of the highest; a market order has none and is judged by the opposite best
//!   price. `price_collar` moves with the market; this one stays for as long as the period, so that a slide does not take it along.
//! * Price of the market: the mid of the venue's best prices at a mark, settled: the median of the last 2n-1 of them, n being the
//!   confirmation, so that fewer than n wild prints in a row neither widen nor narrow anything. A mark without two sides, or less than
//!   a second after the last one counted, is not counted.
//! * Period: the window that ends with the last mark counted. A price exactly a window old has left it. No day: it goes on over midnight.
//! * Exactly the limit passes. Before the first price has settled there is no period and everything passes: `price_collar` judges an
//!   order alone. What cannot be computed, with prices of nothing or less or without an opposite best price, does not pass.
//! * A wild price is a mistake whatever it does to the position, so what reduces risk is stopped as well; only a protective order that
//!   reduces passes. Of an amend the prices it would leave. No latch: it judges every order anew.
//! * Prices survive a restart. Orders, in whatever state, play no part.
//!
//! Source: RTS 6 (EU 2017/589) Art. 15(1)(a), price collars on an order-by-order basis and over a specified period; the window of five
//! minutes is that of the Limit Up-Limit Down plan's reference price.
//! Known limits: the lowest and the highest price stand for the period, not its mean; nothing of what happens between two marks is seen.

use super::ask::{Ask, prices};
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Turn, ppb_of, product};
use super::settled::{CONFIRM_MARKS, Range, Settled, SettledState, window_ms};
use super::spec::{GateSpec, LimitSpec, ONE_PERCENT, Row, UNKNOWN, Unit};
use super::{Percent, RiskView};
use crate::model::{GateId, Instrument, Mark};
use crate::units::{Price, Rate};

const PERCENT: LimitSpec = LimitSpec {
    key: "percent",
    unit: Unit::Percent,
    default: Some(10 * ONE_PERCENT),
    optional: false,
    min: ONE_PERCENT / 100,
    max: 100 * ONE_PERCENT,
    words: "distance of an order's price from the lowest and the highest price of the window",
};

const WINDOW_MS: LimitSpec = window_ms(300_000);

/// Limits of the gate `period_collar`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "PeriodCollarLimits")]
pub struct Limits {
    /// Largest distance of an order's price from the lowest and from the highest price of the window, in per cent of that price.
    pub percent: Percent,
    /// Length of the window in milliseconds.
    pub window_ms: u32,
    /// Marks at a new price until it counts.
    pub confirm_marks: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            percent: Percent::from_ppb(PERCENT.default_value() as i64),
            window_ms: WINDOW_MS.default_value() as u32,
            confirm_marks: CONFIRM_MARKS.default_value() as u32,
        }
    }
}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        vec![
            (PERCENT, Some(i128::from(self.percent.ppb()))),
            (WINDOW_MS, Some(i128::from(self.window_ms))),
            (CONFIRM_MARKS, Some(i128::from(self.confirm_marks))),
        ]
    }
}

#[derive(Debug, Clone)]
pub(super) struct PeriodCollar {
    limit: i128,
    prices: Settled,
    /// Lowest and highest price that pass, doubled, in ticks; worked out anew when a mark counts, so that an order takes two comparisons.
    /// `None` while there is no period.
    bounds: Option<(i64, i64)>,
}

impl Gate for PeriodCollar {
    type Limits = Limits;
    type State = SettledState;
    const SPEC: GateSpec = GateSpec {
        id: GateId(31),
        name: "period_collar",
        words: "an order whose price is far from where the market has been",
        reset: "judges every order anew",
        row: Row::ALL_ORDERS,
        unit: Unit::Percent,
        limits: &[PERCENT, WINDOW_MS, CONFIRM_MARKS],
        armed: false,
        items: &["L3:140"],
        example: "[gates.period_collar]\npercent = \"10\"\nwindow_ms = 300000\nconfirm_marks = 3\n",
    };

    fn new(limits: &Limits, _: &Scales, _: &Instrument) -> Self {
        let prices = Settled::new(limits.window_ms, limits.confirm_marks);
        Self { limit: i128::from(limits.percent.ppb()), prices, bounds: None }
    }

    #[inline(always)]
    fn check(&self, ask: &Ask, risk: &RiskView) -> Result<(), Found> {
        let Some((lowest, highest)) = self.bounds else { return Ok(()) };
        let taken = || risk.best.side(ask.side.opposite()).map(|level| level.price);
        let (limit, trigger) = prices(ask.order_type);
        match (limit.or(trigger).or_else(taken), trigger.or(limit).or_else(taken)) {
            (Some(one), Some(other)) if lowest <= doubled(one.min(other)) && doubled(one.max(other)) <= highest => {
                Ok(())
            }
            (Some(one), Some(other)) => Err(self.found(one.min(other), one.max(other))),
            _ => Err(Found { value: UNKNOWN, limit: self.limit }),
        }
    }

    fn on_mark(&mut self, mark: &Mark) -> Turn {
        if self.prices.mark(mark).is_some() {
            self.refresh();
        }
        Turn::Steady
    }

    fn save(&self) -> SettledState {
        self.prices.save()
    }

    fn restore(&mut self, state: SettledState) {
        self.prices.restore(state);
        self.refresh();
    }

    fn digest(&self, hasher: &mut blake3::Hasher) {
        self.prices.digest(hasher);
    }
}

impl PeriodCollar {
    /// Works out what passes. With a price of nothing or less in the period nothing does.
    fn refresh(&mut self) {
        self.bounds = self.prices.range().map(|range| self.passes(&range).unwrap_or((i64::MAX, i64::MIN)));
    }

    fn passes(&self, range: &Range) -> Option<(i64, i64)> {
        let [lowest, highest] = [range.lowest, range.highest].map(i128::from);
        let share = |price: i128| product(self.limit, price).map(|parts| parts / i128::from(Rate::ONE));
        let bound = |price: i128| i64::try_from(price).ok();
        let (above, below) = (share(lowest)?, share(highest)?);
        (0 < lowest).then_some((bound(highest - below)?, bound(lowest + above)?))
    }

    /// How far an order's lower and its higher price are: the higher one above the lowest of the period, the lower one below the highest.
    #[cold]
    fn found(&self, lower: Price, higher: Price) -> Found {
        let [lowest, highest] =
            self.prices.range().map_or([0; 2], |range| [range.lowest, range.highest].map(i128::from));
        let above = distance(2 * i128::from(higher.ticks()) - lowest, lowest);
        let below = distance(highest - 2 * i128::from(lower.ticks()), highest);
        Found { value: above.max(below), limit: self.limit }
    }
}

/// Twice a price, in ticks; one that leaves its type is beyond any bound.
#[inline(always)]
const fn doubled(price: Price) -> i64 {
    price.ticks().saturating_mul(2)
}

/// In parts per billion, rounded up; nothing of what is on the near side.
fn distance(by: i128, from: i128) -> i128 {
    if by <= 0 && 0 < from { 0 } else { ppb_of(by, from) }
}
