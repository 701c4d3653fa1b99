use super::histogram::Percentile;
use super::scale::mid_x2;
use super::{Metric, SpreadStatistics};
use crate::model::BestPrices;
use crate::units::Timestamp;

const NO_SPREAD: &str = "no mark with a quantity on both sides of the book";

/// The spread at marks, weighted with the time to the next mark in microseconds.
#[derive(Debug, Clone)]
pub(super) struct SpreadFold {
    since: Timestamp,
    now: Option<Spread>,
    ticks: Percentile,
    sum_ticks: f64,
    sum_fraction: f64,
    one_tick: u64,
    one_sided: u64,
    crossed: u64,
}

#[derive(Debug, Clone, Copy)]
struct Spread {
    ticks: i64,
    fraction: f64,
}

impl SpreadFold {
    pub(super) fn new(at: Timestamp) -> Self {
        Self {
            since: at,
            now: None,
            ticks: Percentile::new(),
            sum_ticks: 0.0,
            sum_fraction: 0.0,
            one_tick: 0,
            one_sided: 0,
            crossed: 0,
        }
    }

    /// Takes the best prices at a mark; returns their distance in ticks.
    #[inline(always)]
    pub(super) fn mark(&mut self, at: Timestamp, best: &BestPrices) -> Option<i64> {
        self.pass_time(at);
        self.now = spread(best);
        match self.now {
            None => self.one_sided += 1,
            Some(spread) => self.crossed += u64::from(spread.ticks <= 0),
        }
        self.now.map(|spread| spread.ticks)
    }

    fn pass_time(&mut self, at: Timestamp) {
        let weight = (at.since(self.since).nanos() / 1_000).max(0) as u64;
        self.since = self.since.max(at);
        let Some(spread) = self.now.filter(|_| weight > 0) else { return };
        self.ticks.add(spread.ticks.max(0) as u64, weight);
        self.sum_ticks += spread.ticks as f64 * weight as f64;
        self.sum_fraction += spread.fraction * weight as f64;
        self.one_tick = self.one_tick.saturating_add(if spread.ticks == 1 { weight } else { 0 });
    }

    pub(super) fn finish(&mut self, end: Timestamp) -> SpreadStatistics {
        self.pass_time(end);
        self.ticks.flush();
        let weight = self.ticks.weight() as f64;
        let mean = |sum: f64| Metric::ratio(sum, weight, NO_SPREAD);
        SpreadStatistics {
            mean_ticks: mean(self.sum_ticks),
            median_ticks: Metric::from_option(self.ticks.quantile(0.5), NO_SPREAD),
            p95_ticks: Metric::from_option(self.ticks.quantile(0.95), NO_SPREAD),
            max_ticks: Metric::from_option(self.ticks.max(), NO_SPREAD),
            mean_basis_points: mean(self.sum_fraction * 10_000.0),
            one_tick_share: mean(self.one_tick as f64),
            one_sided: self.one_sided,
            crossed: self.crossed,
        }
    }
}

/// A best price without a quantity is a last price that stands for a book nobody knows (trades, bars).
fn spread(best: &BestPrices) -> Option<Spread> {
    if best.bid?.quantity.is_zero() || best.ask?.quantity.is_zero() {
        return None;
    }
    let mid_x2 = mid_x2(best).filter(|&mid_x2| mid_x2 > 0)?;
    let ticks = best.ask?.price.ticks().checked_sub(best.bid?.price.ticks())?;
    Some(Spread { ticks, fraction: 2.0 * ticks as f64 / mid_x2 as f64 })
}
