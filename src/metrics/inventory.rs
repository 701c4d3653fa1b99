use super::scale::{Scale, accumulate, accumulate_narrow, number};
use super::{ExposureStatistics, InventoryStatistics, Metric};
use crate::units::{DAY, Money, Overflow, Timestamp};

pub(super) const NO_DAY: &str = "the run is shorter than a day";
const NO_LENGTH: &str = "the run has no length";
const NOT_POSITIVE: &str = "mean equity is not positive";

/// Position weighted with the time it was held.
#[derive(Debug, Clone)]
pub(super) struct InventoryFold {
    start: i64,
    position: i64,
    since: Timestamp,
    longest: i64,
    shortest: i64,
    absolute: i128,
    squared: f64,
    held_ns: i64,
    total_ns: i64,
}

impl InventoryFold {
    pub(super) fn new(at: Timestamp, position: i64) -> Self {
        Self {
            start: position,
            position,
            since: at,
            longest: position.max(0),
            shortest: position.min(0),
            absolute: 0,
            squared: 0.0,
            held_ns: 0,
            total_ns: 0,
        }
    }

    /// The position until `at` was the one known; from then on it is `position`.
    #[inline(always)]
    pub(super) fn change(&mut self, at: Timestamp, position: i64) -> Result<(), Overflow> {
        let ns = at.since(self.since).nanos().max(0);
        self.absolute = match self.position.checked_abs() {
            Some(held) => accumulate_narrow("position x time", self.absolute, held, ns)?,
            None => accumulate("position x time", self.absolute, -i128::from(self.position), i128::from(ns))?,
        };
        self.squared += (self.position as f64) * (self.position as f64) * ns as f64;
        self.held_ns = self.held_ns.saturating_add(if self.position == 0 { 0 } else { ns });
        self.total_ns = self.total_ns.saturating_add(ns);
        self.since = self.since.max(at);
        self.position = position;
        self.longest = self.longest.max(position);
        self.shortest = self.shortest.min(position);
        Ok(())
    }

    pub(super) fn finish(&mut self, end: Timestamp, scale: &Scale) -> Result<InventoryStatistics, Overflow> {
        self.change(end, self.position)?;
        let total = self.total_ns as f64;
        let base = |steps: i64| scale.base(i128::from(steps));
        let mean = |sum: f64| Metric::ratio(sum, total, NO_LENGTH);
        Ok(InventoryStatistics {
            start: base(self.start)?,
            end: base(self.position)?,
            longest: base(self.longest)?,
            shortest: base(self.shortest)?,
            mean_absolute: mean(self.absolute as f64).map(|steps| steps * scale.step_f64()),
            rms: mean(self.squared).map(|squared| libm::sqrt(squared) * scale.step_f64()),
            time_in_market: mean(self.held_ns as f64),
        })
    }
}

/// Equity and position value weighted with the time from one mark to the next.
#[derive(Debug, Clone)]
pub(super) struct ExposureFold {
    since: Timestamp,
    equity: f64,
    net: f64,
    weighted: Weighted,
    gross_max_halves: i128,
}

#[derive(Debug, Clone, Copy, Default)]
struct Weighted {
    equity: f64,
    gross: f64,
    net: f64,
    ns: f64,
}

impl ExposureFold {
    pub(super) fn new(at: Timestamp, equity: Money) -> Self {
        Self { since: at, equity: equity.to_f64(), net: 0.0, weighted: Weighted::default(), gross_max_halves: 0 }
    }

    #[inline(always)]
    pub(super) fn mark(
        &mut self,
        at: Timestamp,
        equity: f64,
        position: i64,
        mid_x2: Option<i64>,
        scale: &Scale,
    ) -> Result<(), Overflow> {
        self.pass_time(at);
        let halves = accumulate_narrow("position value", 0, position, mid_x2.unwrap_or_default())?;
        self.equity = equity;
        self.net = number(halves) / 2.0 * scale.value_f64();
        self.gross_max_halves = self.gross_max_halves.max(halves.saturating_abs());
        Ok(())
    }

    fn pass_time(&mut self, at: Timestamp) {
        let ns = at.since(self.since).nanos().max(0) as f64;
        self.weighted.equity += self.equity * ns;
        self.weighted.gross += self.net.abs() * ns;
        self.weighted.net += self.net * ns;
        self.weighted.ns += ns;
        self.since = self.since.max(at);
    }

    pub(super) fn finish(
        &mut self,
        end: Timestamp,
        traded: Money,
        scale: &Scale,
    ) -> Result<ExposureStatistics, Overflow> {
        self.pass_time(end);
        let Weighted { equity, gross, net, ns } = self.weighted;
        let mean_equity = Metric::ratio(equity, ns, NO_LENGTH);
        let over_equity = |value: f64| match equity > 0.0 {
            true => Metric::ratio(value, equity, NOT_POSITIVE),
            false => Metric::undefined(if ns > 0.0 { NOT_POSITIVE } else { NO_LENGTH }),
        };
        // traded / (equity / ns) / (ns / day) = traded x day / equity
        let turnover = traded.to_f64() * DAY.nanos() as f64;
        Ok(ExposureStatistics {
            mean_equity,
            turnover_per_day: if ns < DAY.nanos() as f64 { Metric::undefined(NO_DAY) } else { over_equity(turnover) },
            gross: over_equity(gross),
            net: over_equity(net),
            gross_max: scale.quote_of_halves(self.gross_max_halves)?,
        })
    }
}
