//! What a run took of its machine, over simulated time, and whether that rises.
//!
//! These figures are observed, not computed: another machine has others, and so has the same one tomorrow. They are in no digest and in no file whose bytes
//! have to be the same again.

use super::trend::{Slope, mann_kendall, theil_sen};
use crate::units::{DAY, MINUTE, Span, Timestamp};
use serde::{Deserialize, Serialize};

const HOUR: Span = MINUTE.times(60);

/// Samples kept at most. When they are full every second one goes, and they are taken half as often.
pub const SAMPLES_MAX: usize = 512;

/// Samples that a trend takes at least, behind the warm-up.
pub const TREND_SAMPLES_MIN: usize = 12;

/// A rise is one that chance brings in less than one of a hundred series without one.
pub const TREND_P_MAX: f64 = 0.01;

/// What was seen at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceSample {
    /// Simulated time that the run had reached.
    pub at: Timestamp,
    /// Market rows (or bars) replayed by then.
    pub rows: u64,
    /// Memory of the process that nothing else shares: resident without shared pages.
    pub private_bytes: u64,
    /// Resident memory of the process, mapped files included.
    pub resident_bytes: u64,
    /// Open file descriptors.
    pub descriptors: u64,
    /// Threads.
    pub threads: u64,
    /// CPU time of the process so far.
    pub cpu: Span,
    /// Bytes written into the folder of the run so far: journals, the bot's orders in a market that answers.
    pub output_bytes: u64,
    /// The bot's own: bytes of what it would save.
    pub state_bytes: u64,
    /// The bot's own: open orders that it knows of.
    pub open_orders: u64,
    /// The venue's: open orders.
    #[serde(default)]
    pub venue_orders: u64,
    /// The engine's: requests, calls, replies and reports that are under way.
    #[serde(default)]
    pub under_way: u64,
    /// The engine's: fills whose markouts are awaited.
    #[serde(default)]
    pub markouts: u64,
    /// The gateway's: calls whose end is not known to it.
    #[serde(default)]
    pub calls_open: u64,
}

/// What is followed over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceSeries {
    /// [`ResourceSample::private_bytes`].
    PrivateMemory,
    /// [`ResourceSample::descriptors`].
    Descriptors,
    /// [`ResourceSample::threads`].
    Threads,
    /// CPU time between two samples over the rows between them, in nanoseconds.
    CpuPerRow,
    /// Bytes written between two samples.
    Output,
    /// [`ResourceSample::state_bytes`].
    BotState,
    /// [`ResourceSample::open_orders`].
    BotOrders,
    /// [`ResourceSample::calls_open`].
    GatewayCalls,
    /// [`ResourceSample::venue_orders`].
    VenueOrders,
    /// [`ResourceSample::under_way`].
    UnderWay,
    /// [`ResourceSample::markouts`].
    Markouts,
}

impl ResourceSeries {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 11] = [
        Self::PrivateMemory,
        Self::Descriptors,
        Self::Threads,
        Self::CpuPerRow,
        Self::Output,
        Self::BotState,
        Self::BotOrders,
        Self::GatewayCalls,
        Self::VenueOrders,
        Self::UnderWay,
        Self::Markouts,
    ];

    /// As printed.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::PrivateMemory => "private memory",
            Self::Descriptors => "open file descriptors",
            Self::Threads => "threads",
            Self::CpuPerRow => "CPU time a row",
            Self::Output => "bytes written between samples",
            Self::BotState => "size of the bot's state",
            Self::BotOrders => "open orders of the bot",
            Self::GatewayCalls => "open calls of the gateway",
            Self::VenueOrders => "open orders at the venue",
            Self::UnderWay => "messages under way",
            Self::Markouts => "markouts awaited",
        }
    }

    /// Whether it is the bot's own; the rest is of the whole process, simulator and bot together.
    #[must_use]
    pub const fn is_of_the_bot(self) -> bool {
        matches!(self, Self::BotState | Self::BotOrders | Self::GatewayCalls)
    }

    /// Its values over time. Of what happens between two samples there is one value less than samples.
    #[must_use]
    pub fn values(self, samples: &[ResourceSample]) -> Vec<(Timestamp, f64)> {
        let at = |of: fn(&ResourceSample) -> u64| samples.iter().map(|sample| (sample.at, of(sample) as f64)).collect();
        match self {
            Self::PrivateMemory => at(|sample| sample.private_bytes),
            Self::Descriptors => at(|sample| sample.descriptors),
            Self::Threads => at(|sample| sample.threads),
            Self::BotState => at(|sample| sample.state_bytes),
            Self::BotOrders => at(|sample| sample.open_orders),
            Self::GatewayCalls => at(|sample| sample.calls_open),
            Self::VenueOrders => at(|sample| sample.venue_orders),
            Self::UnderWay => at(|sample| sample.under_way),
            Self::Markouts => at(|sample| sample.markouts),
            Self::CpuPerRow => between(samples, |before, after| {
                let cpu = after.cpu.nanos().saturating_sub(before.cpu.nanos());
                cpu as f64 / after.rows.saturating_sub(before.rows).max(1) as f64
            }),
            Self::Output => {
                between(samples, |before, after| after.output_bytes.saturating_sub(before.output_bytes) as f64)
            }
        }
    }
}

fn between(samples: &[ResourceSample], value: fn(&ResourceSample, &ResourceSample) -> f64) -> Vec<(Timestamp, f64)> {
    samples.windows(2).map(|pair| (pair[1].at, value(&pair[0], &pair[1]))).collect()
}

/// Whether a series rises.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ResourceTrend {
    /// Of what.
    pub series: ResourceSeries,
    /// The first value kept, behind the warm-up.
    pub first: f64,
    /// The last one.
    pub last: f64,
    /// The largest one, warm-up included.
    pub max: f64,
    /// Line of Theil and Sen, of days since the first sample.
    pub line: Slope,
    /// Probability of such a rise without one (Mann, Kendall).
    pub p: f64,
    /// Values that it is made of.
    pub samples: usize,
}

impl ResourceTrend {
    /// The trend of a series; `None` where there are too few values behind the warm-up.
    #[must_use]
    pub fn of(series: ResourceSeries, samples: &[ResourceSample]) -> Option<Self> {
        let all = series.values(samples);
        let start = samples.first()?.at;
        let warm = start.plus(warm_up(samples));
        let points: Vec<(f64, f64)> =
            all.iter().filter(|(at, _)| *at >= warm).map(|(at, value)| (days(at.since(start)), *value)).collect();
        if points.len() < TREND_SAMPLES_MIN {
            return None;
        }
        let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
        Some(Self {
            series,
            first: values[0],
            last: values[values.len() - 1],
            max: all.iter().map(|(_, value)| *value).fold(0.0, f64::max),
            line: theil_sen(&points)?,
            p: mann_kendall(&values),
            samples: points.len(),
        })
    }

    /// Rises, and not by chance.
    #[must_use]
    pub fn rises(&self) -> bool {
        self.p < TREND_P_MAX && self.line.slope > 0.0
    }

    /// Days from the last sample until `limit` is reached if it goes on like this; `None` where it does not rise.
    #[must_use]
    pub fn days_to(&self, limit: f64) -> Option<f64> {
        self.rises().then(|| ((limit - self.last) / self.line.slope).max(0.0))
    }
}

/// What is left out of a trend: the first hour, or the first tenth where that is longer. Buffers and caches fill once.
#[must_use]
pub fn warm_up(samples: &[ResourceSample]) -> Span {
    let covered = samples.first().zip(samples.last()).map_or(0, |(first, last)| last.at.since(first.at).nanos());
    Span::from_nanos(HOUR.nanos().max(covered / 10))
}

fn days(span: Span) -> f64 {
    span.nanos() as f64 / DAY.nanos() as f64
}

/// Takes samples at a distance that doubles whenever there are too many.
#[derive(Debug, Clone)]
pub struct ResourceLog {
    samples: Vec<ResourceSample>,
    every: Span,
    next: Timestamp,
}

impl ResourceLog {
    /// Nothing yet: a sample is due at once, and then an hour from each to the next.
    #[must_use]
    pub const fn new() -> Self {
        Self { samples: Vec::new(), every: HOUR, next: Timestamp::MIN }
    }

    /// True when a sample is due.
    #[must_use]
    pub fn is_due(&self, at: Timestamp) -> bool {
        at >= self.next
    }

    /// Takes a sample.
    pub fn take(&mut self, sample: ResourceSample) {
        if self.samples.len() == SAMPLES_MAX {
            let mut place = 0_usize;
            self.samples.retain(|_| {
                place += 1;
                place % 2 == 1
            });
            self.every = self.every.times(2);
        }
        self.next = sample.at.plus(self.every);
        self.samples.push(sample);
    }

    /// All that were kept, and how far they are apart.
    #[must_use]
    pub fn into_samples(self) -> (Vec<ResourceSample>, Span) {
        (self.samples, self.every)
    }
}

impl Default for ResourceLog {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(number: i64) -> Timestamp {
        Timestamp::from_nanos(HOUR.nanos() * number)
    }

    /// A week of hours whose memory is `bytes` of the hour.
    fn week(bytes: impl Fn(i64) -> u64) -> Vec<ResourceSample> {
        (0..168)
            .map(|at| ResourceSample {
                at: hour(at),
                private_bytes: bytes(at),
                rows: at.unsigned_abs() * 1_000,
                ..ResourceSample::default()
            })
            .collect()
    }

    #[test]
    fn a_leak_is_found_and_a_warm_up_is_none() {
        let memory = ResourceSeries::PrivateMemory;
        let noise = |at: i64| (at * 7_919 % 101).unsigned_abs() * 1_000;
        let leak = ResourceTrend::of(memory, &week(|at| 50_000_000 + at.unsigned_abs() * 20_000 + noise(at))).unwrap();
        assert!(leak.rises(), "{leak:?}");
        let slope = leak.line.slope;
        assert!((slope - 480_000.0).abs() < 20_000.0, "{slope} bytes a day of 480,000");
        let left = leak.days_to(500e6).unwrap();
        assert!((left - (500e6 - leak.last) / slope).abs() < 1e-6 && left > 900.0, "{left}");
        // All of the rise is within the first hours.
        let warm =
            ResourceTrend::of(memory, &week(|at| 50_000_000 + at.min(10).unsigned_abs() * 1_000_000 + noise(at)));
        let warm = warm.unwrap();
        assert!(!warm.rises() && warm.days_to(500e6).is_none(), "{warm:?}");
    }

    #[test]
    fn too_few_samples_show_no_trend() {
        let samples = week(|_| 1);
        assert_eq!(ResourceTrend::of(ResourceSeries::PrivateMemory, &samples[..12]), None);
        assert!(ResourceTrend::of(ResourceSeries::PrivateMemory, &samples[..20]).is_some());
        assert_eq!(ResourceTrend::of(ResourceSeries::PrivateMemory, &[]), None);
    }

    #[test]
    fn samples_stay_few_and_evenly_apart_however_long_it_takes() {
        let mut log = ResourceLog::new();
        for at in (0..20_000).map(hour) {
            if log.is_due(at) {
                log.take(ResourceSample { at, ..ResourceSample::default() });
            }
        }
        let (samples, every) = log.into_samples();
        assert!(samples.len() <= SAMPLES_MAX && samples.len() > SAMPLES_MAX / 2, "{}", samples.len());
        assert!(samples.windows(2).all(|pair| pair[1].at.since(pair[0].at) == every), "{every}");
    }
}
