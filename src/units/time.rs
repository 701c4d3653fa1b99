use std::fmt;

/// One millisecond.
pub const MILLISECOND: Span = Span::from_nanos(1_000_000);
/// One second.
pub const SECOND: Span = Span::from_nanos(1_000_000_000);
/// One minute.
pub const MINUTE: Span = Span::from_nanos(60_000_000_000);
/// One UTC day; there are no leap seconds in the stamps.
pub const DAY: Span = Span::from_nanos(86_400_000_000_000);

/// An instant in nanoseconds since 1970-01-01 00:00 UTC. Whether it is the venue's or the bot's clock is in the name of
/// the field that holds it: `venue_at`, `local_at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
pub struct Timestamp(i64);

/// A distance between two instants in nanoseconds. May be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
pub struct Span(i64);

/// A UTC day, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
pub struct Day(i64);

impl Timestamp {
    /// The last instant there is; stands for "never" as a limit.
    pub const MAX: Self = Self(i64::MAX);
    /// The first instant there is.
    pub const MIN: Self = Self(i64::MIN);

    /// `nanos` nanoseconds since 1970 UTC.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since 1970 UTC.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// The UTC day this instant falls into (floor, also before 1970).
    #[must_use]
    pub const fn day(self) -> Day {
        Day(self.0.div_euclid(DAY.0))
    }

    /// This instant moved by `span`; saturates at the ends of time.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// How long after `earlier` this is; saturates.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// `nanos` nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// `count` times this span; saturates.
    #[must_use]
    pub const fn times(self, count: i64) -> Self {
        Self(self.0.saturating_mul(count))
    }
}

impl std::str::FromStr for Span {
    type Err = String;

    /// Reads a whole number with a unit: `100ms`, `1s`, `5min`, `8h`, `3d`, `250us`, `10ns`. A minute is
    /// also `1m`, as vendors name their bars.
    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || format!("expected a whole number with a unit (ns, us, ms, s, min or m, h, d), found `{text}`");
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let number: i64 = number.parse().map_err(|_| refuse())?;
        let unit = match unit.trim() {
            "ns" => 1,
            "us" => 1_000,
            "ms" => MILLISECOND.0,
            "s" => SECOND.0,
            "min" | "m" => MINUTE.0,
            "h" => 60 * MINUTE.0,
            "d" => DAY.0,
            _ => return Err(refuse()),
        };
        number.checked_mul(unit).map(Self).ok_or_else(|| format!("expected at most 106751d, found `{text}`"))
    }
}

impl Day {
    /// The first instant of the day.
    #[must_use]
    pub const fn start(self) -> Timestamp {
        Timestamp(self.0.saturating_mul(DAY.0))
    }

    /// True when `at` is on a later day. Takes no division, as comparing days does.
    #[must_use]
    pub const fn is_over(self, at: Timestamp) -> bool {
        match self.0.saturating_add(1).checked_mul(DAY.0) {
            Some(midnight) => midnight <= at.0,
            None => self.0 < 0,
        }
    }

    /// The day so many days after 1970-01-01.
    #[must_use]
    pub const fn of_number(number: i64) -> Self {
        Self(number)
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }

    /// The day of a date in the proleptic Gregorian calendar; `None` for one that no calendar has.
    ///
    /// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
    #[must_use]
    pub fn from_civil(year: i64, month: i64, day: i64) -> Option<Self> {
        let years = year.checked_sub(i64::from(month <= 2))?;
        let (era, year_of_era) = (years.div_euclid(400), years.rem_euclid(400));
        let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let found = Self(era.checked_mul(146_097)?.checked_add(day_of_era - 719_468)?);
        (found.civil() == (year, month, day)).then_some(found)
    }

    /// Year, month (1 to 12) and day of month in the proleptic Gregorian calendar.
    ///
    /// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    #[must_use]
    pub const fn civil(self) -> (i64, i64, i64) {
        let shifted = self.0 + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_index = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_index + 2) / 5 + 1;
        let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
        (year_of_era + era * 400 + (month <= 2) as i64, month, day)
    }
}

/// `2024-08-08`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// `2024-08-08T23:54:15.030000000Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.rem_euclid(DAY.0);
        let seconds = nanos / SECOND.0;
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}.{:09}Z", self.day(), nanos % SECOND.0)
    }
}

/// The span in the largest unit that keeps it exact: `100ms`, `1s`, `1500us`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(i64, &str); 6] = [
            (86_400_000_000_000, "d"),
            (3_600_000_000_000, "h"),
            (60_000_000_000, "min"),
            (1_000_000_000, "s"),
            (1_000_000, "ms"),
            (1_000, "us"),
        ];
        match UNITS.iter().find(|(unit, _)| self.0 != 0 && self.0 % unit == 0) {
            Some((unit, name)) => write!(f, "{}{name}", self.0 / unit),
            None => write!(f, "{}ns", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_they_are_written() {
        for text in ["0ns", "10ns", "250us", "100ms", "1s", "5min", "8h", "3d"] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_minute_has_the_vendors_name_too() {
        assert_eq!("15m".parse(), Ok(MINUTE.times(15)));
        assert_eq!("15 m".parse(), Ok(MINUTE.times(15)));
        assert_eq!(MINUTE.times(15).to_string(), "15min");
    }

    #[test]
    fn a_day_is_over_when_the_next_one_begins() {
        let numbers = [i64::MIN, -106_753, -106_752, -106_751, -1, 0, 1, 106_750, 106_751, 106_752, i64::MAX];
        let midnights = numbers.map(|number| number.saturating_mul(DAY.0));
        let instants = midnights.iter().flat_map(|midnight| [-1, 0, 1].map(|nanos| midnight.saturating_add(nanos)));
        for at in instants.map(Timestamp) {
            for day in numbers.map(Day) {
                assert_eq!(day.is_over(at), day < at.day(), "{day:?} at {at:?}");
            }
        }
    }

    #[test]
    fn a_date_leads_back_to_its_day() {
        for number in (-800_000..800_000).step_by(13) {
            let (year, month, day) = Day(number).civil();
            assert_eq!(Day::from_civil(year, month, day), Some(Day(number)));
        }
        for (year, month, day) in [(2023, 2, 29), (2024, 13, 1), (2024, 0, 1), (2024, 4, 31), (2024, 1, 0)] {
            assert_eq!(Day::from_civil(year, month, day), None, "{year}-{month}-{day}");
        }
    }

    #[test]
    fn other_texts_are_no_spans() {
        for text in ["", "5", "m", "-1s", "1.5s", "1M", "1w", "5 minutes", "9223372036854775807d"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
