//! The local clock against the venue's.
//!
//! Rule `shift-to-minimum-latency`: when any message arrived before the venue says it happened, a constant is added to
//! every local stamp, so that the smallest latency of the recording equals a base latency. A healthy clock is left alone.
//! Known limits: a drifting clock is shifted, not straightened; what is left of the drift is reported.

use crate::tape::{ClockCorrection, FitnessFinding, Severity};
use crate::units::{MILLISECOND, MINUTE, SECOND, Span};
use std::collections::BTreeMap;

/// Name of the rule.
pub const SHIFT_TO_MINIMUM_LATENCY: &str = "shift-to-minimum-latency";

/// Buckets of the median; when there are more, the bucket width doubles.
const BUCKETS_MAX: usize = 4096;
/// Fewest messages in a minute whose smallest latency counts.
const WINDOW_MESSAGES: u64 = 10;
/// Smallest latencies of two minutes further apart than this are a drift. Steady clocks stay within 4 ms.
const DRIFT: Span = MILLISECOND.times(20);
/// A smallest latency above this is no network's: the local clock runs ahead.
const AHEAD: Span = SECOND;

/// Watches local minus venue time, message by message. Memory does not grow with the recording.
#[derive(Debug, Clone)]
pub struct LatencyProbe {
    count: u64,
    negative: u64,
    first_negative: Option<String>,
    min: i64,
    median: Sketch,
    window: Window,
    window_min: Option<(i64, i64)>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    minute: i64,
    count: u64,
    min: i64,
}

#[derive(Debug, Clone)]
struct Sketch {
    width: i64,
    buckets: BTreeMap<i64, u64>,
}

impl Default for LatencyProbe {
    fn default() -> Self {
        Self {
            count: 0,
            negative: 0,
            first_negative: None,
            min: i64::MAX,
            median: Sketch { width: 1000, buckets: BTreeMap::new() },
            window: Window { minute: i64::MIN, count: 0, min: i64::MAX },
            window_min: None,
        }
    }
}

impl LatencyProbe {
    /// Takes one message: its local and venue stamps in nanoseconds; `place` is asked for once, for the first one that
    /// arrived before it happened.
    pub fn observe(&mut self, local_at: i64, venue_at: i64, place: impl FnOnce() -> String) {
        let latency = local_at.saturating_sub(venue_at);
        self.count += 1;
        self.min = self.min.min(latency);
        self.median.add(latency);
        if latency < 0 {
            self.negative += 1;
            self.first_negative.get_or_insert_with(place);
        }
        let minute = local_at.div_euclid(MINUTE.nanos());
        if minute != self.window.minute {
            self.close_window();
            self.window = Window { minute, count: 0, min: i64::MAX };
        }
        self.window.count += 1;
        self.window.min = self.window.min.min(latency);
    }

    /// The correction that makes the smallest latency equal `base`; `None` for a clock that is not behind.
    #[must_use]
    pub fn correction(&self, base: Span) -> Option<ClockCorrection> {
        if self.negative == 0 {
            return None;
        }
        Some(ClockCorrection {
            rule: SHIFT_TO_MINIMUM_LATENCY.to_owned(),
            shift: Span::from_nanos(base.nanos().saturating_sub(self.min)),
            latency_min_before: Span::from_nanos(self.min),
            latency_median_before: Span::from_nanos(self.median.median()),
            negative: self.negative,
        })
    }

    /// What the clock forbids to conclude.
    #[must_use]
    pub fn findings(&mut self, base: Span) -> Vec<FitnessFinding> {
        self.close_window();
        let behind = self.correction(base).map(|correction| self.behind(&correction));
        behind.into_iter().chain(self.drift()).chain(self.ahead()).collect()
    }

    fn behind(&self, correction: &ClockCorrection) -> FitnessFinding {
        FitnessFinding {
            code: "clock-behind-venue".to_owned(),
            severity: Severity::Finding,
            count: self.negative,
            first: self.first_negative.clone().unwrap_or_default(),
            detail: format!(
                "{} of {} messages arrived before the venue's stamp (smallest latency {}, median {}); {} was added to every \
                 local stamp by the rule {SHIFT_TO_MINIMUM_LATENCY}",
                self.negative,
                self.count,
                milliseconds(correction.latency_min_before.nanos()),
                milliseconds(correction.latency_median_before.nanos()),
                milliseconds(correction.shift.nanos()),
            ),
            forbids: "conclusions about feed latency".to_owned(),
        }
    }

    fn drift(&self) -> Option<FitnessFinding> {
        let (low, high) = self.window_min?;
        if high.saturating_sub(low) <= DRIFT.nanos() {
            return None;
        }
        Some(FitnessFinding {
            code: "clock-drift".to_owned(),
            severity: Severity::Finding,
            count: 1,
            first: self.first_negative.clone().unwrap_or_default(),
            detail: format!(
                "the smallest latency of a minute lies between {} and {}: the offset of the local clock drifts, and a \
                 constant shift does not straighten it",
                milliseconds(low),
                milliseconds(high),
            ),
            forbids: "conclusions about feed latency and about the order of arrival against the venue's order"
                .to_owned(),
        })
    }

    fn ahead(&self) -> Option<FitnessFinding> {
        (self.count > 0 && AHEAD.nanos() < self.min).then(|| FitnessFinding {
            code: "clock-ahead-of-venue".to_owned(),
            severity: Severity::Finding,
            count: self.count,
            first: String::new(),
            detail: format!(
                "the smallest latency is {}: more than a network's; left as recorded",
                milliseconds(self.min)
            ),
            forbids: "conclusions about feed latency".to_owned(),
        })
    }

    fn close_window(&mut self) {
        let Window { count, min, .. } = self.window;
        if WINDOW_MESSAGES <= count {
            let (low, high) = self.window_min.unwrap_or((min, min));
            self.window_min = Some((low.min(min), high.max(min)));
        }
    }
}

impl Sketch {
    fn add(&mut self, value: i64) {
        *self.buckets.entry(value.div_euclid(self.width)).or_default() += 1;
        while BUCKETS_MAX < self.buckets.len() {
            self.width *= 2;
            let narrow = std::mem::take(&mut self.buckets);
            for (bucket, count) in narrow {
                *self.buckets.entry(bucket.div_euclid(2)).or_default() += count;
            }
        }
    }

    /// The median, to the width of a bucket (1 us for steady feeds).
    fn median(&self) -> i64 {
        let half = self.buckets.values().sum::<u64>() / 2;
        let mut below = 0;
        let middle = self.buckets.iter().find(|(_, count)| {
            below += **count;
            half < below
        });
        middle.map_or(0, |(bucket, _)| bucket.saturating_mul(self.width).saturating_add(self.width / 2))
    }
}

/// A latency for people: `-1272.157 ms`.
fn milliseconds(nanos: i64) -> String {
    format!("{} ms", crate::units::Fixed::format_rounded(nanos.into(), 6, 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(latencies: impl IntoIterator<Item = i64>) -> LatencyProbe {
        let mut probe = LatencyProbe::default();
        for (index, latency) in latencies.into_iter().enumerate() {
            let venue_at = index as i64 * SECOND.nanos();
            probe.observe(venue_at + latency, venue_at, || format!("line {}", index + 1));
        }
        probe
    }

    fn codes(probe: &mut LatencyProbe) -> Vec<String> {
        probe.findings(MILLISECOND).into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn a_healthy_clock_is_left_alone() {
        let mut probe = probe((0..100).map(|k| 600_000 + k));
        assert_eq!((probe.correction(MILLISECOND), codes(&mut probe)), (None, Vec::new()));
    }

    #[test]
    fn a_clock_behind_is_shifted_to_the_base_latency() {
        let mut probe = probe((0..100).map(|k| -1_272_000_000 + k % 3 * 1_000_000));
        let correction = probe.correction(MILLISECOND).unwrap();
        assert_eq!(correction.shift, Span::from_nanos(1_273_000_000));
        assert_eq!(correction.negative, 100);
        assert_eq!(correction.latency_median_before.nanos() / 100_000, -12_709, "to the microsecond");
        assert_eq!(codes(&mut probe), ["clock-behind-venue"]);
    }

    #[test]
    fn a_drifting_offset_is_reported_beside_the_shift() {
        let mut probe = probe((0..600).map(|k| -190_000_000 + k * 1_000_000));
        assert_eq!(probe.correction(MILLISECOND).unwrap().shift, MILLISECOND.times(191));
        assert_eq!(codes(&mut probe), ["clock-behind-venue", "clock-drift"]);
    }

    #[test]
    fn a_clock_far_ahead_is_reported_and_left_alone() {
        let mut probe = probe([3_600_000_000_000; 20]);
        assert_eq!((probe.correction(MILLISECOND), codes(&mut probe)), (None, vec!["clock-ahead-of-venue".to_owned()]));
    }

    #[test]
    fn the_median_survives_wild_latencies_in_flat_memory() {
        let probe = probe((0..50_000).map(|k| (k * 7_919 % 50_000) * 1_000_000));
        assert!(probe.median.buckets.len() <= BUCKETS_MAX);
        assert!((probe.median.median() - 25_000_000_000).abs() < 100_000_000, "{}", probe.median.median());
    }
}
