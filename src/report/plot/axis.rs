use crate::report::number;
use crate::units::Timestamp;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use std::ops::Range;

const MS: i64 = 1_000_000;
const S: i64 = 1_000 * MS;
const MIN: i64 = 60 * S;
const H: i64 = 60 * MIN;
const D: i64 = 24 * H;

/// Distances between time labels that people can count in.
const TIME_STEPS: [i64; 33] = [
    MS,
    2 * MS,
    5 * MS,
    10 * MS,
    20 * MS,
    50 * MS,
    100 * MS,
    200 * MS,
    500 * MS,
    S,
    2 * S,
    5 * S,
    10 * S,
    15 * S,
    30 * S,
    MIN,
    2 * MIN,
    5 * MIN,
    10 * MIN,
    15 * MIN,
    30 * MIN,
    H,
    2 * H,
    3 * H,
    6 * H,
    12 * H,
    D,
    2 * D,
    7 * D,
    14 * D,
    30 * D,
    90 * D,
    365 * D,
];

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Most time labels on one axis.
const TIME_LABELS: i64 = 9;

/// UTC instants in nanoseconds, labelled at round times of day or at days.
#[derive(Debug, Clone)]
pub struct TimeAxis {
    range: Range<i64>,
    step: i64,
}

impl TimeAxis {
    /// An axis over `range`, which is not empty.
    pub fn new(range: Range<i64>) -> Self {
        let length = range.end.saturating_sub(range.start);
        let fits = |step: &&i64| length / **step <= TIME_LABELS;
        let step = *TIME_STEPS.iter().find(fits).unwrap_or(&(3650 * D));
        Self { range, step }
    }

    fn label(&self, nanos: i64) -> String {
        let at = Timestamp::from_nanos(nanos);
        let (_, month, day) = at.day().civil();
        let clock = at.to_string();
        match self.step {
            _ if nanos.rem_euclid(D) == 0 => format!("{day} {}", MONTHS[(month - 1) as usize % 12]),
            MIN.. => clock[11..16].to_owned(),
            S.. => clock[11..19].to_owned(),
            _ => clock[11..23].to_owned(),
        }
    }
}

impl Ranged for TimeAxis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = i64;

    fn map(&self, value: &i64, limit: (i32, i32)) -> i32 {
        let length = (self.range.end - self.range.start).max(1);
        let offset = value.saturating_sub(self.range.start);
        let pixels = i128::from(limit.1 - limit.0) * i128::from(offset) / i128::from(length);
        limit.0 + i32::try_from(pixels).unwrap_or(0)
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<i64> {
        let first = self.range.start.div_euclid(self.step) + i64::from(self.range.start.rem_euclid(self.step) != 0);
        (first..).map(|index| index.saturating_mul(self.step)).take_while(|at| *at <= self.range.end).take(64).collect()
    }

    fn range(&self) -> Range<i64> {
        self.range.clone()
    }
}

impl ValueFormatter<i64> for TimeAxis {
    fn format_ext(&self, value: &i64) -> String {
        self.label(*value)
    }
}

/// Figures, labelled at round values.
#[derive(Debug, Clone)]
pub struct ValueAxis {
    range: Range<f64>,
    step: f64,
    decimals: usize,
}

impl ValueAxis {
    /// An axis that shows every value, and zero if asked, with a little air above and below.
    pub fn new(values: impl Iterator<Item = f64>, zero: bool, labels: usize) -> Self {
        let start = if zero { (0.0, 0.0) } else { (f64::INFINITY, f64::NEG_INFINITY) };
        let seen = values.filter(|value| value.is_finite());
        let (low, high) = seen.fold(start, |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = widened(low, high, zero);
        let step = round_step((high - low) / labels.max(1) as f64);
        let decimals = (-libm::floor(libm::log10(step) + 1e-9)).clamp(0.0, 12.0) as usize;
        Self { range: low..high, step, decimals }
    }
}

/// Adds air; an end that is zero on an axis from zero stays where it is.
fn widened(low: f64, high: f64, zero: bool) -> (f64, f64) {
    if low > high {
        return (0.0, 1.0);
    }
    if zero && low == high {
        return (-1.0, 1.0);
    }
    let air = if high > low { (high - low) * 0.06 } else { (high.abs() * 0.001).max(1e-6) };
    let keep = |end: f64| zero && end == 0.0;
    (if keep(low) { low } else { low - air }, if keep(high) { high } else { high + air })
}

/// 1, 2 or 5 times a power of ten, not below `least`.
fn round_step(least: f64) -> f64 {
    let power = libm::pow(10.0, libm::floor(libm::log10(least)));
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= least).unwrap_or(least)
}

impl Ranged for ValueAxis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let share = (value - self.range.start) / (self.range.end - self.range.start);
        limit.0 + libm::round(share * f64::from(limit.1 - limit.0)) as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        let first = libm::ceil(self.range.start / self.step);
        let points = (0..64).map(|index| (first + f64::from(index)) * self.step);
        points.take_while(|value| *value <= self.range.end).collect()
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

impl ValueFormatter<f64> for ValueAxis {
    fn format_ext(&self, value: &f64) -> String {
        let text = format!("{value:.decimals$}", decimals = self.decimals);
        let is_zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
        if is_zero { "0".to_owned() } else { number::group(&text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plotters::coord::ranged1d::BoldPoints;

    fn time_labels(start: i64, length: i64) -> String {
        let axis = TimeAxis::new(start..start + length);
        let labels: Vec<String> = axis.key_points(BoldPoints(10)).iter().map(|at| axis.format_ext(at)).collect();
        labels.join(" ")
    }

    fn value_labels(low: f64, high: f64, zero: bool) -> String {
        let axis = ValueAxis::new([low, high].into_iter(), zero, 5);
        let labels: Vec<String> = axis.key_points(BoldPoints(10)).iter().map(|value| axis.format_ext(value)).collect();
        labels.join(" ")
    }

    #[test]
    fn times_are_round() {
        let at = 1_723_161_255_030_000_000; // 2024-08-08 23:54:15.03
        assert_eq!(time_labels(at, 345 * S), "23:55 23:56 23:57 23:58 23:59 9 Aug");
        assert_eq!(time_labels(at, S), "23:54:15.200 23:54:15.400 23:54:15.600 23:54:15.800 23:54:16.000");
        assert_eq!(time_labels(at, 34 * H), "9 Aug 06:00 12:00 18:00 10 Aug 06:00");
        assert_eq!(time_labels(at, 7 * D), "9 Aug 10 Aug 11 Aug 12 Aug 13 Aug 14 Aug 15 Aug");
    }

    #[test]
    fn values_are_round() {
        assert_eq!(value_labels(0.0, 1.0, true), "0 0.5 1.0");
        assert_eq!(value_labels(99_998.2, 100_012.9, false), "100,000 100,005 100,010");
        assert_eq!(value_labels(-0.031, 0.0, true), "−0.03 −0.02 −0.01 0");
        assert_eq!(value_labels(0.0, 0.0, true), "−1.0 −0.5 0 0.5 1.0");
        assert_eq!(value_labels(5.0, 5.0, false), "4.996 4.998 5.000 5.002 5.004");
    }
}
