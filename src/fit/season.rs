//! The season: by hour, by weekday, by minute of the hour. All are means of logarithms of absolute returns of a minute, of which a
//! multiple of volatility is a shift.

use super::parameter::{Figure, student_95};
use crate::score::Series;

/// Days from a Monday to 1 January 1970.
const THURSDAY: i32 = 3;
pub(super) const DAY: i32 = 1_440;
/// Days with all their hours from which on hours are known, weeks with all their days from which on weekdays are.
pub(super) const DAYS_LEAST: usize = 10;
pub(super) const WEEKS_LEAST: usize = 8;
/// Hours from which on bursts are known.
pub(super) const HOURS_LEAST: usize = 200;
/// Minutes with a return that an hour needs.
const MINUTES_LEAST: f64 = 45.0;
/// Minutes of an hour that burst: the first, the other quarters, the other fives.
pub(super) const KINDS: usize = 3;

/// The day of the week in which a minute since 1970 lies, Monday 0.
pub(super) const fn weekday(minute: i32) -> usize {
    (minute.div_euclid(DAY) + THURSDAY).rem_euclid(7) as usize
}

/// Logarithms of absolute returns.
pub(super) struct LogSizes {
    /// Where nothing moved there is none.
    pub sizes: Series,
    /// Minutes of a return.
    pub step: i32,
    /// Share of returns that are nothing.
    pub still: f64,
}

/// Those of returns of so many minutes, at whole multiples of that length.
pub(super) fn log_sizes(closes: &Series, step: i32) -> LogSizes {
    let (mut sizes, mut still, mut all) = (Series::default(), 0.0, 0.0);
    for (minute, change) in closes.differences(step).iter().filter(|(minute, _)| (minute + 1) % step == 0) {
        all += 1.0;
        if change == 0.0 {
            still += 1.0;
        } else {
            sizes.push(minute, libm::log(change.abs()));
        }
    }
    LogSizes { sizes, step, still: if all > 0.0 { still / all } else { 1.0 } }
}

/// Multiples of volatility, as logarithms about their mean.
pub(super) struct Multiples {
    /// (mean, standard error) of each.
    pub logs: Vec<(f64, f64)>,
    /// Days, weeks or hours that each is a mean of.
    pub repeats: usize,
    pub observations: u64,
}

impl Multiples {
    /// Estimates with intervals, multiplied so that the mean of their squares is one.
    pub fn figures(&self) -> Vec<Figure> {
        let squares: f64 = self.logs.iter().map(|(log, _)| libm::exp(2.0 * log)).sum();
        let root = (squares / self.logs.len() as f64).sqrt();
        self.scaled(1.0 / root)
    }

    /// Estimates with intervals, multiplied by `scale`.
    pub fn scaled(&self, scale: f64) -> Vec<Figure> {
        let errors = student_95(self.repeats as f64 - 1.0);
        let figure = |(log, error): &(f64, f64)| Figure::of_log_within(libm::exp(*log) * scale, *error, errors);
        self.logs.iter().map(figure).collect()
    }
}

/// Means by place of `period`: rows are repeats, each less its own mean, so that what lasts longer falls out.
fn multiples(rows: &[Vec<f64>], observations: u64) -> Multiples {
    let count = rows.len() as f64;
    let column = |place: usize| {
        let values = || rows.iter().map(|row| row[place]);
        let mean = values().sum::<f64>() / count;
        let square = values().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (count - 1.0);
        (mean, (square / count).sqrt())
    };
    Multiples { logs: (0..rows.first().map_or(0, Vec::len)).map(column).collect(), repeats: rows.len(), observations }
}

/// A walk over a series, window by window.
struct Window<'a> {
    sizes: &'a Series,
    cursor: usize,
}

impl Window<'_> {
    /// The values of the minutes from `first` on, so many; windows come in order.
    fn values(&mut self, first: i32, minutes: i32) -> Vec<(i32, f64)> {
        while self.cursor < self.sizes.len() && self.sizes.at(self.cursor) < first {
            self.cursor += 1;
        }
        let from = self.cursor;
        while self.cursor < self.sizes.len() && self.sizes.at(self.cursor) < first + minutes {
            self.cursor += 1;
        }
        (from..self.cursor).map(|index| (self.sizes.at(index), self.sizes.value(index))).collect()
    }
}

fn mean(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (sum / count, count)
}

/// Mean by hour of a day; `None` for an hour with too few returns.
fn hours_of(LogSizes { sizes, step, .. }: &LogSizes) -> Vec<(i32, Vec<Option<f64>>)> {
    let mut window = Window { sizes, cursor: 0 };
    let mut days: Vec<(i32, Vec<Option<f64>>)> = Vec::new();
    let (Some(first), Some(last)) = (sizes.len().checked_sub(1).map(|_| sizes.at(0)), sizes.len().checked_sub(1))
    else {
        return days;
    };
    let mut day = first.div_euclid(DAY);
    while day <= sizes.at(last).div_euclid(DAY) {
        let hours = (0..24).map(|hour| {
            let (mean, count) = mean(window.values(day * DAY + hour * 60, 60).iter().map(|(_, value)| *value));
            (MINUTES_LEAST <= count * f64::from(*step)).then_some(mean)
        });
        days.push((day, hours.collect()));
        // Over a hole of years nobody walks day by day.
        let next = (window.cursor < sizes.len()).then(|| sizes.at(window.cursor).div_euclid(DAY));
        day = next.unwrap_or(day + 1).max(day + 1);
    }
    days
}

/// Multiples of the hours that are open, and which those are.
pub(super) fn hours(sizes: &LogSizes) -> Option<(Vec<usize>, Multiples)> {
    let days = hours_of(sizes);
    let present = |hour: usize| days.iter().filter(|(_, hours)| hours[hour].is_some()).count();
    let most = (0..24).map(present).max().unwrap_or(0);
    // An hour that is hardly ever there is closed.
    let open: Vec<usize> = (0..24).filter(|hour| most <= 4 * present(*hour) && 0 < most).collect();
    let whole = |(_, hours): &(i32, Vec<Option<f64>>)| -> Option<Vec<f64>> {
        let row: Vec<f64> = open.iter().map(|hour| hours[*hour]).collect::<Option<_>>()?;
        Some(centred(row))
    };
    let rows: Vec<Vec<f64>> = days.iter().filter_map(whole).collect();
    (DAYS_LEAST <= rows.len()).then(|| (open, multiples(&rows, sizes.sizes.len() as u64)))
}

fn centred(row: Vec<f64>) -> Vec<f64> {
    let (mean, _) = mean(row.iter().copied());
    row.into_iter().map(|value| value - mean).collect()
}

/// Multiples of the days of the week, Monday first, from weeks of seven days.
pub(super) fn weekdays(sizes: &LogSizes) -> Option<Multiples> {
    let mut weeks: Vec<(i32, Vec<f64>)> = Vec::new();
    for (day, hours) in hours_of(sizes) {
        let known: Vec<f64> = hours.into_iter().flatten().collect();
        if known.len() < 20 {
            continue;
        }
        let (mean, _) = mean(known.into_iter());
        let week = (day + THURSDAY).div_euclid(7);
        match weeks.last_mut().filter(|(last, _)| *last == week) {
            Some((_, days)) => days.push(mean),
            None => weeks.push((week, vec![mean])),
        }
    }
    let rows: Vec<Vec<f64>> =
        weeks.into_iter().filter(|(_, days)| days.len() == 7).map(|(_, days)| centred(days)).collect();
    (WEEKS_LEAST <= rows.len()).then(|| multiples(&rows, sizes.sizes.len() as u64))
}

pub(super) fn kind_of(minute: i32) -> Option<usize> {
    match minute.rem_euclid(60) {
        0 => Some(0),
        15 | 30 | 45 => Some(1),
        minute if minute % 5 == 0 => Some(2),
        _ => None,
    }
}

/// Multiples of the minutes that burst, beside the others of their hour.
pub(super) fn bursts(sizes: &Series) -> Option<Multiples> {
    let mut window = Window { sizes, cursor: 0 };
    let mut rows: Vec<Vec<f64>> = Vec::new();
    while window.cursor < sizes.len() {
        let values = window.values(sizes.at(window.cursor).div_euclid(60) * 60, 60);
        let of = |kind: Option<usize>| {
            mean(values.iter().filter(|(minute, _)| kind_of(*minute) == kind).map(|(_, value)| *value))
        };
        let (usual, count) = of(None);
        let bursts: Vec<f64> = (0..KINDS).map(|kind| of(Some(kind)).0 - usual).collect();
        if 40.0 <= count && bursts.iter().all(|burst| burst.is_finite()) {
            rows.push(bursts);
        }
    }
    (HOURS_LEAST <= rows.len()).then(|| multiples(&rows, sizes.len() as u64))
}
