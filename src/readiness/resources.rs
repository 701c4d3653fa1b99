//! What a run may take of its machine, and whether it did with less.

use super::verdict::Verdict;
use crate::metrics::{ResourceSample, ResourceSeries, ResourceTrend, TREND_SAMPLES_MIN};
use serde::{Deserialize, Serialize};

const MEGABYTE: f64 = 1_000_000.0;

/// Limits on what a run takes of its machine: `[resources]`. They are held against what was observed, and judged beside the run's own verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ResourceLimits {
    /// Private memory at the first sample, in megabytes (10^6 bytes), at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_start_mb: Option<u32>,
    /// Private memory at any sample, and when the run was audited and drilled, in megabytes, at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_max_mb: Option<u32>,
    /// Where private memory rises (Mann-Kendall, 1 %), simulated days until it would be at `memory_max_mb`, at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_to_memory_max: Option<u32>,
    /// CPU time of a call of the strategy, 99th percentile, in milliseconds, at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy_ms: Option<u32>,
    /// CPU time of a market row, everything that is done about it included, in milliseconds, at most. Held against the longest CPU time of a stretch of 4,096
    /// rows, or a few more up to the next stop: no row among them took longer. What a thread waits for is no CPU time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row_ms: Option<u32>,
    /// Nonces that threads of one key draw a second from the library's source, each above the last, at least. The simulated venue asks for none: this is a figure
    /// of the library on this machine, not of the bot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonces_per_second: Option<u32>,
}

/// CPU time of many calls, in nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallTimes {
    /// Calls whose time was taken.
    pub timed: u64,
    /// All calls.
    pub calls: u64,
    /// Half of them took at most that.
    pub p50_ns: u64,
    /// 99 of 100 took at most that.
    pub p99_ns: u64,
    /// The longest.
    pub max_ns: u64,
}

/// What threads drew from the gateway's source of nonces, for one key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NonceStorm {
    /// Threads that drew.
    pub threads: u32,
    /// Nonces of all of them.
    pub drawn: u64,
    /// Those that were not above the thread's last, or another thread had as well.
    pub invalid: u64,
    /// How long it took, on the clock.
    pub took_ns: u64,
}

impl NonceStorm {
    /// Valid nonces a second.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        self.drawn.saturating_sub(self.invalid) as f64 * 1e9 / self.took_ns.max(1) as f64
    }
}

/// How long the parts of a run took, as CPU time of the thread that it runs in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunTimes {
    /// Calls of the strategy.
    pub calls: CallTimes,
    /// What came after calls that asked for something: gates, journal and gateway, until all was on its way or refused.
    pub judged: CallTimes,
    /// Stretches of 4,096 market rows, or batches of bars, with all that was done about them: market, venue, bot, gates, ledger, journal.
    pub stretches: CallTimes,
}

/// What was observed of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observed {
    /// Samples over simulated time; none where the machine would not tell.
    pub samples: Vec<ResourceSample>,
    /// Private memory of the process when the run was audited, drilled and reconciled, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub afterwards: Option<u64>,
    /// How long its parts took.
    pub times: RunTimes,
    /// The same at its peak load, where that was played.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak: Option<RunTimes>,
    /// A storm of nonces, held after the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonces: Option<NonceStorm>,
}

/// A limit on what a run takes, and what it took.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ResourceFinding {
    /// What was demanded, in words.
    pub name: String,
    /// What was observed; `None` where nothing was, or too little.
    pub measured: Option<f64>,
    /// The limit.
    pub limit: f64,
    /// Unit of both.
    pub unit: &'static str,
    /// How it ends.
    pub verdict: Verdict,
    /// Why, where more is to be said; may be empty.
    pub note: String,
}

impl ResourceLimits {
    /// Of each limit the stricter of the two.
    #[must_use]
    pub fn or_stricter(&self, other: &Self) -> Self {
        let least = |own: Option<u32>, other: Option<u32>| own.into_iter().chain(other).min();
        let most = |own: Option<u32>, other: Option<u32>| own.into_iter().chain(other).max();
        Self {
            memory_start_mb: least(self.memory_start_mb, other.memory_start_mb),
            memory_max_mb: least(self.memory_max_mb, other.memory_max_mb),
            days_to_memory_max: most(self.days_to_memory_max, other.days_to_memory_max),
            strategy_ms: least(self.strategy_ms, other.strategy_ms),
            row_ms: least(self.row_ms, other.row_ms),
            nonces_per_second: most(self.nonces_per_second, other.nonces_per_second),
        }
    }

    /// Everything wrong with them: key, what was found, what is allowed.
    #[must_use]
    pub fn problems(&self) -> Vec<(&'static str, String, &'static str)> {
        let all = [
            ("memory_start_mb", self.memory_start_mb),
            ("memory_max_mb", self.memory_max_mb),
            ("days_to_memory_max", self.days_to_memory_max),
            ("strategy_ms", self.strategy_ms),
            ("row_ms", self.row_ms),
            ("nonces_per_second", self.nonces_per_second),
        ];
        let zeros = all.into_iter().filter(|(_, value)| *value == Some(0));
        let mut found: Vec<_> = zeros.map(|(key, _)| (key, "found 0".to_owned(), "1 or more")).collect();
        if self.days_to_memory_max.is_some() && self.memory_max_mb.is_none() {
            found.push(("days_to_memory_max", "no `memory_max_mb`".to_owned(), "a limit that memory is on its way to"));
        }
        found
    }

    /// Holds what was observed against the limits, in their order.
    #[must_use]
    pub fn judge(&self, observed: &Observed) -> Vec<ResourceFinding> {
        let Observed { samples, afterwards, times, peak, nonces } = observed;
        let megabytes = |bytes: u64| bytes as f64 / MEGABYTE;
        let first = samples.first().map(|sample| megabytes(sample.private_bytes));
        let highest = samples.iter().map(|sample| sample.private_bytes).chain(*afterwards).max();
        let highest = highest.filter(|_| !samples.is_empty()).map(megabytes);
        let mut found = Vec::new();
        let mut at_most = |name: &str, limit: Option<u32>, measured: Option<f64>| {
            found.extend(limit.map(|limit| finding(name, f64::from(limit), measured, "MB")));
        };
        at_most("private memory at the start", self.memory_start_mb, first);
        at_most("private memory", self.memory_max_mb, highest);
        found.extend(self.judge_times(times, ""));
        found.extend(peak.iter().flat_map(|peak| self.judge_times(peak, " at the peak load")));
        if let (Some(days), Some(limit)) = (self.days_to_memory_max, self.memory_max_mb) {
            found.push(rise(f64::from(days), f64::from(limit) * MEGABYTE, samples));
        }
        found.extend(self.nonces_per_second.map(|least| storm(f64::from(least), nonces.as_ref())));
        found
    }

    fn judge_times(&self, times: &RunTimes, of: &str) -> Vec<ResourceFinding> {
        // A clock that stands still is none: the platform has no CPU time of threads.
        let ms = |times: &CallTimes, ns: u64| (0 < times.timed && 0 < times.max_ns).then_some(ns as f64 / 1e6);
        let (calls, stretches) = (&times.calls, &times.stretches);
        let call =
            ("CPU time of a call of the strategy", ", 99th percentile", self.strategy_ms, ms(calls, calls.p99_ns));
        let row = "CPU time of 4,096 market rows and all that is done about them";
        let row = (row, ", the longest stretch", self.row_ms, ms(stretches, stretches.max_ns));
        let findings = [call, row].into_iter().filter_map(|(what, which, limit, measured)| {
            limit.map(|limit| finding(&format!("{what}{of}{which}"), f64::from(limit), measured, "ms"))
        });
        findings.collect()
    }
}

fn finding(name: &str, limit: f64, measured: Option<f64>, unit: &'static str) -> ResourceFinding {
    let verdict = match measured {
        Some(measured) if measured <= limit => Verdict::Go,
        Some(_) => Verdict::NoGo,
        None => Verdict::InsufficientEvidence,
    };
    let note = if measured.is_none() { "nothing was observed" } else { "" };
    ResourceFinding { name: format!("{name}, at most"), measured, limit, unit, verdict, note: note.to_owned() }
}

/// Whether memory, if it rises, has so many days left.
fn rise(days: f64, limit: f64, samples: &[ResourceSample]) -> ResourceFinding {
    let trend = ResourceTrend::of(ResourceSeries::PrivateMemory, samples);
    let left = trend.and_then(|trend| trend.days_to(limit));
    let (verdict, note) = match (&trend, left) {
        (None, _) => {
            let few = format!("fewer than {TREND_SAMPLES_MIN} samples behind the warm-up");
            (Verdict::InsufficientEvidence, few)
        }
        (Some(trend), None) => (Verdict::Go, format!("does not rise: p = {:.3}", trend.p)),
        (Some(trend), Some(left)) => {
            let verdict = if left >= days { Verdict::Go } else { Verdict::NoGo };
            (verdict, format!("rises by {:.3} MB a day, p below 0.01", trend.line.slope / MEGABYTE))
        }
    };
    let name = "simulated days until private memory is at its limit, at least".to_owned();
    ResourceFinding { name, measured: left, limit: days, unit: "days", verdict, note }
}

/// Whether nonces are drawn so fast, and none of them twice.
fn storm(least: f64, nonces: Option<&NonceStorm>) -> ResourceFinding {
    let measured = nonces.map(NonceStorm::per_second);
    let (verdict, note) = match nonces {
        None => (Verdict::InsufficientEvidence, "nothing was observed".to_owned()),
        Some(storm) if 0 < storm.invalid => {
            (Verdict::NoGo, format!("{} of {} were invalid", storm.invalid, storm.drawn))
        }
        Some(storm) => {
            let verdict = if storm.per_second() >= least { Verdict::Go } else { Verdict::NoGo };
            (verdict, format!("{} of {} threads, all valid", storm.drawn, storm.threads))
        }
    };
    let name =
        "nonces that threads of one key draw a second from the source of the library (no figure of the bot), at least"
            .to_owned();
    ResourceFinding { name, measured, limit: least, unit: "a second", verdict, note }
}

/// The worst of the findings; GO where nothing is demanded.
#[must_use]
pub fn resource_verdict(findings: &[ResourceFinding]) -> Verdict {
    Verdict::worst(findings.iter().map(|finding| finding.verdict).chain([Verdict::Go]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{MINUTE, Span, Timestamp};

    fn observed(count: i64, bytes: impl Fn(u64) -> u64) -> Observed {
        let samples = (0..count).map(|at| ResourceSample {
            at: Timestamp::from_nanos(60 * MINUTE.nanos() * at),
            rows: at.unsigned_abs() * 1_000_000,
            private_bytes: bytes(at.unsigned_abs()),
            cpu: Span::from_nanos(at * 2_000_000_000),
            ..ResourceSample::default()
        });
        let slow = CallTimes { timed: 10, calls: 10, p50_ns: 1_000, p99_ns: 3_000_000, max_ns: 9_000_000 };
        let rows = CallTimes { timed: 10, calls: 10, p50_ns: 1_000, p99_ns: 900_000, max_ns: 1_000_000 };
        let times = RunTimes { calls: slow, judged: CallTimes::default(), stretches: rows };
        let nonces = Some(NonceStorm { threads: 2, drawn: 2_000, invalid: 0, took_ns: 1_000_000_000 });
        Observed { samples: samples.collect(), afterwards: Some(1_000), times, peak: None, nonces }
    }

    fn limits() -> ResourceLimits {
        ResourceLimits {
            memory_start_mb: Some(200),
            memory_max_mb: Some(500),
            days_to_memory_max: Some(90),
            strategy_ms: Some(3),
            row_ms: Some(1),
            nonces_per_second: Some(1_001),
        }
    }

    fn verdicts(limits: &ResourceLimits, observed: &Observed) -> Vec<Verdict> {
        limits.judge(observed).iter().map(|finding| finding.verdict).collect()
    }

    #[test]
    fn what_stays_at_its_limits_is_go_and_what_goes_past_one_is_not() {
        use Verdict::{Go, InsufficientEvidence as Doubt, NoGo};
        let flat = observed(168, |at| 100_000_000 + at % 7 * 4_096);
        assert_eq!(verdicts(&limits(), &flat), [Go; 6]);
        assert_eq!(resource_verdict(&limits().judge(&flat)), Go);
        let tight =
            ResourceLimits { memory_start_mb: Some(99), memory_max_mb: Some(99), strategy_ms: Some(2), ..limits() };
        assert_eq!(verdicts(&tight, &flat), [NoGo, NoGo, NoGo, Go, Go, Go]);
        // A megabyte an hour is 24 a day: at 500 after ten days.
        let leak = observed(168, |at| 100_000_000 + at * 1_000_000);
        assert_eq!(verdicts(&limits(), &leak), [Go, Go, Go, Go, NoGo, Go]);
        let left = limits().judge(&leak)[4].measured.unwrap();
        assert!((left - 233.0 / 24.0).abs() < 0.01, "{left}");
        assert_eq!(verdicts(&limits(), &observed(5, |_| 100_000_000)), [Go, Go, Go, Go, Doubt, Go]);
        assert_eq!(verdicts(&limits(), &Observed::default()), [Doubt; 6]);
        let twice = NonceStorm { threads: 2, drawn: 9_000, invalid: 1, took_ns: 1 };
        assert_eq!(verdicts(&limits(), &Observed { nonces: Some(twice), ..flat.clone() })[5], NoGo);
        assert_eq!(resource_verdict(&[]), Go);
    }

    #[test]
    fn a_peak_has_the_same_limits_and_one_long_stall_is_found() {
        use Verdict::{Go, NoGo};
        let flat = observed(168, |_| 100_000_000);
        let stalled = RunTimes { stretches: CallTimes { max_ns: 1_000_001, ..flat.times.stretches }, ..flat.times };
        let judged = limits().judge(&Observed { peak: Some(stalled), ..flat.clone() });
        let verdicts: Vec<Verdict> = judged.iter().map(|finding| finding.verdict).collect();
        assert_eq!(verdicts, [Go, Go, Go, Go, Go, NoGo, Go, Go]);
        assert!(judged[5].name.contains("at the peak load, the longest"), "{}", judged[5].name);
        assert_eq!(super::tests::verdicts(&limits(), &Observed { times: stalled, ..flat })[3], NoGo);
    }

    #[test]
    fn limits_that_make_no_sense_are_named() {
        assert!(limits().problems().is_empty());
        let odd = ResourceLimits { days_to_memory_max: Some(3), strategy_ms: Some(0), ..ResourceLimits::default() };
        let keys: Vec<&str> = odd.problems().iter().map(|(key, ..)| *key).collect();
        assert_eq!(keys, ["strategy_ms", "days_to_memory_max"]);
    }
}
