use super::{Drawdown, DrawdownEpisode, Metric};
use crate::units::{Money, Overflow, Span, Timestamp};

const NOT_POSITIVE: &str = "the peak was not positive";

/// Follows equity below its peak. The first peak is the start equity.
#[derive(Debug, Clone)]
pub(super) struct DrawdownFold {
    start: Timestamp,
    now: Timestamp,
    equity: Money,
    current: Fall,
    /// The peak that fractions are of, as a number: the current one, moved as equity was where the owner put money in or took it out.
    peak: f64,
    /// How many times equity the peak was when the owner took everything out; none while there is capital.
    carried: Option<f64>,
    deepest: Option<Fall>,
    /// Its depth as a fraction of its peak.
    deepest_fraction: f64,
    /// The largest fraction at any mark: that of the deepest fall, unless the owner's money came in between.
    largest_fraction: f64,
    deepest_is_open: bool,
    money: Money,
    under_water: i64,
    longest: Span,
    is_fraction_known: bool,
}

/// One fall from a peak.
#[derive(Debug, Clone, Copy)]
struct Fall {
    peak: Money,
    peak_at: Timestamp,
    trough: Money,
    trough_at: Timestamp,
    recovered_at: Option<Timestamp>,
}

impl Fall {
    const fn none(peak: Money, peak_at: Timestamp) -> Self {
        Self { peak, peak_at, trough: peak, trough_at: peak_at, recovered_at: None }
    }
}

impl DrawdownFold {
    pub(super) fn new(start: Timestamp, equity: Money) -> Self {
        Self {
            start,
            now: start,
            equity,
            current: Fall::none(equity, start),
            peak: equity.to_f64(),
            carried: None,
            deepest: None,
            deepest_fraction: 0.0,
            largest_fraction: 0.0,
            deepest_is_open: false,
            money: Money::ZERO,
            under_water: 0,
            longest: Span::ZERO,
            is_fraction_known: equity > Money::ZERO,
        }
    }

    /// Takes the equity of a mark, exact and as a number; returns how far below its peak it is, as a fraction (0 when the
    /// peak is not positive).
    pub(super) fn mark(&mut self, at: Timestamp, equity: Money, number: f64) -> Result<f64, Overflow> {
        self.pass_time(at);
        self.equity = equity;
        let fraction = self.fraction(number);
        if equity >= self.current.peak {
            self.recover(at);
            return Ok(fraction);
        }
        if equity < self.current.trough {
            (self.current.trough, self.current.trough_at) = (equity, at);
            self.money = self.money.max(self.current.peak.checked_sub(equity)?);
            if self.deepest.is_none() || fraction > self.deepest_fraction {
                (self.deepest, self.deepest_fraction) = (Some(self.current), fraction);
                self.deepest_is_open = true;
            }
        }
        Ok(fraction)
    }

    /// How far below the peak, which rises with what is above it.
    fn fraction(&mut self, number: f64) -> f64 {
        if self.peak <= number {
            self.peak = number;
            return 0.0;
        }
        let fraction = if self.peak > 0.0 { 1.0 - number / self.peak } else { 0.0 };
        self.largest_fraction = self.largest_fraction.max(fraction);
        fraction
    }

    /// The owner put `amount` in (took it out, if negative) when equity was `before`. In money the fall stays what it was, and as a
    /// fraction too: what was lost of each unit of capital.
    pub(super) fn allocated(&mut self, before: Money, amount: Money) -> Result<(), Overflow> {
        self.equity = self.equity.checked_add(amount)?;
        self.current.peak = self.current.peak.checked_add(amount)?;
        self.current.trough = self.current.trough.checked_add(amount)?;
        let after = before.checked_add(amount)?;
        // Where nothing is left there is nothing to fall; what comes in then is as far below its peak as what went out was. Who had
        // lost everything begins anew.
        let times = if before > Money::ZERO { self.peak / before.to_f64() } else { self.carried.unwrap_or(1.0) };
        (self.peak, self.carried) =
            if after > Money::ZERO { (after.to_f64() * times, None) } else { (0.0, Some(times)) };
        Ok(())
    }

    fn pass_time(&mut self, at: Timestamp) {
        if self.equity < self.current.peak {
            self.under_water = self.under_water.saturating_add(at.since(self.now).nanos().max(0));
            self.longest = self.longest.max(at.since(self.current.peak_at));
        }
        self.now = at;
    }

    fn recover(&mut self, at: Timestamp) {
        if let Some(deepest) = self.deepest.as_mut().filter(|_| self.deepest_is_open) {
            deepest.recovered_at = Some(at);
            self.deepest_is_open = false;
        }
        self.current = Fall::none(self.equity, at);
    }

    pub(super) fn finish(mut self, end: Timestamp) -> Drawdown {
        self.pass_time(end);
        let fraction = Metric::Value(self.largest_fraction);
        let fraction = if self.is_fraction_known { fraction } else { Metric::undefined(NOT_POSITIVE) };
        Drawdown {
            fraction,
            money: self.money,
            deepest: self.deepest.map(episode),
            longest_under_water: self.longest,
            time_under_water: Metric::ratio(
                self.under_water as f64,
                end.since(self.start).nanos() as f64,
                "the run has no length",
            ),
            is_open: self.equity < self.current.peak,
        }
    }
}

fn episode(fall: Fall) -> DrawdownEpisode {
    let recovery = fall.recovered_at.map(|at| at.since(fall.trough_at));
    DrawdownEpisode {
        peak: fall.peak,
        trough: fall.trough,
        peak_at: fall.peak_at,
        trough_at: fall.trough_at,
        recovered_at: fall.recovered_at,
        fall: fall.trough_at.since(fall.peak_at),
        recovery: Metric::from_option(recovery, "equity has not come back to the peak"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn second(number: i64) -> Timestamp {
        Timestamp::from_nanos(number * 1_000_000_000)
    }

    /// Equity at marks (`true`) and what the owner moves (`false`), a second apart, from 1,000 on: the fraction in the end.
    fn fraction(steps: &[(bool, i64)]) -> f64 {
        let mut fold = DrawdownFold::new(second(0), Money::from_units(1_000));
        let mut equity = 1_000;
        for (number, (is_mark, amount)) in (1..).zip(steps) {
            if *is_mark {
                equity = *amount;
                fold.mark(second(number), Money::from_units(equity), equity as f64).unwrap();
            } else {
                fold.allocated(Money::from_units(equity), Money::from_units(*amount)).unwrap();
                equity += amount;
            }
        }
        *fold.finish(second(100)).fraction.value().unwrap()
    }

    #[test]
    fn what_the_owner_moves_is_no_fall() {
        let near = |found: f64, expected: f64| (found - expected).abs() < 1e-12;
        // A tenth below the peak, whatever is put in or taken out; all of it, and something again.
        for moved in [
            &[(true, 900)][..],
            &[(true, 900), (false, 900), (true, 1_800)],
            &[(true, 900), (false, -450), (true, 450)],
            &[(true, 900), (false, -900), (true, 0)],
            &[(true, 900), (false, -900), (true, 0), (false, 500), (true, 500)],
        ] {
            assert!(near(fraction(moved), 0.1), "{moved:?}: {}", fraction(moved));
        }
        // What comes in after everything went out falls from there: a tenth and then half of the rest.
        let again = [(true, 900), (false, -900), (true, 0), (false, 500), (true, 250)];
        assert!(near(fraction(&again), 0.55), "{}", fraction(&again));
        // Who has lost everything begins anew.
        let anew = [(true, 0), (false, 500), (true, 500)];
        assert!(near(fraction(&anew), 1.0), "{}", fraction(&anew));
    }
}
