//! Times as logs write them.

use crate::ingest::Mismatch;
use crate::units::{DAY, Day, MILLISECOND, MINUTE, SECOND, Span, Timestamp};
use serde::Deserialize;

/// How a log writes a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum LogStamp {
    /// Seconds since 1970, with decimals or without.
    #[serde(rename = "s")]
    Seconds,
    /// Milliseconds since 1970.
    #[serde(rename = "ms")]
    Millis,
    /// Microseconds since 1970.
    #[serde(rename = "us")]
    Micros,
    /// Nanoseconds since 1970.
    #[serde(rename = "ns")]
    Nanos,
    /// `2026-01-05T12:00:00.5Z`, with an offset or `Z`.
    #[serde(rename = "rfc3339")]
    Rfc3339,
}

impl LogStamp {
    /// Reads a time.
    ///
    /// # Errors
    /// [`Mismatch`] says what is allowed.
    pub(super) fn read(self, text: &str) -> Result<Timestamp, Mismatch> {
        let (unit, words): (Span, &str) = match self {
            Self::Rfc3339 => {
                let expected = "a time such as 2026-01-05T12:00:00.5Z (RFC 3339)";
                return civil(text)
                    .ok_or_else(|| Mismatch::new(text, expected).hint("other forms: `time` of the mapping"));
            }
            Self::Seconds => (SECOND, "seconds"),
            Self::Millis => (MILLISECOND, "milliseconds"),
            Self::Micros => (Span::from_nanos(1_000), "microseconds"),
            Self::Nanos => (Span::from_nanos(1), "nanoseconds"),
        };
        let nanos = scaled(text, unit.nanos());
        nanos
            .map(Timestamp::from_nanos)
            .ok_or_else(|| Mismatch::new(text, format!("{words} since 1970, without a sign")))
    }
}

/// A decimal in units of so many nanoseconds; decimals beyond the nanosecond are refused.
fn scaled(text: &str, unit: i64) -> Option<i64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(decimals) {
        return None;
    }
    let mut nanos = whole.parse::<i64>().ok()?.checked_mul(unit)?;
    let mut rest = unit;
    for digit in decimals.trim_end_matches('0').bytes() {
        if rest % 10 != 0 {
            return None;
        }
        rest /= 10;
        nanos = nanos.checked_add(rest * i64::from(digit - b'0'))?;
    }
    Some(nanos)
}

/// `YYYY-MM-DD`, `T` or a blank, `HH:MM:SS` with decimals or without, `Z` or an offset.
fn civil(text: &str) -> Option<Timestamp> {
    let (date, rest) = (text.get(..10)?, text.get(10..)?);
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, offset) = match rest.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, Span::from_nanos(0)),
        None => {
            let at = rest.rfind(['+', '-'])?;
            (&rest[..at], offset(&rest[at..])?)
        }
    };
    let mut parts = date.split('-');
    let mut part = |length: usize| number(parts.next().filter(|part| part.len() == length)?);
    let day = Day::from_civil(part(4)?, part(2)?, part(2)?)?;
    let (hour, minute, second) = (clock.get(..2)?, clock.get(3..5)?, clock.get(6..)?);
    let colons = clock.as_bytes().get(2) == Some(&b':') && clock.as_bytes().get(5) == Some(&b':');
    let (hour, minute) = (number(hour)?, number(minute)?);
    let second = scaled(second, SECOND.nanos())?;
    let is_clock = colons && hour < 24 && minute < 60 && second < MINUTE.nanos();
    // Nothing is added up before it is known to be small.
    let nanos = is_clock.then(|| hour * 60 * MINUTE.nanos() + minute * MINUTE.nanos() + second - offset.nanos())?;
    day.number().checked_mul(DAY.nanos())?.checked_add(nanos).map(Timestamp::from_nanos)
}

/// `+02:00`.
fn offset(text: &str) -> Option<Span> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let (hours, minutes) =
        (number(hours).filter(|hours| *hours < 24)?, number(minutes).filter(|minutes| *minutes < 60)?);
    Some(MINUTE.times(sign * (hours * 60 + minutes)))
}

fn number(text: &str) -> Option<i64> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_to_the_nanosecond_or_refused() {
        let at = 1_767_614_400_500_000_000;
        let table = [
            (LogStamp::Rfc3339, "2026-01-05T12:00:00.5Z"),
            (LogStamp::Rfc3339, "2026-01-05 13:30:00.500000000+01:30"),
            (LogStamp::Seconds, "1767614400.5"),
            (LogStamp::Millis, "1767614400500"),
            (LogStamp::Micros, "1767614400500000"),
            (LogStamp::Micros, "1767614400500000.000"),
            (LogStamp::Nanos, "1767614400500000000"),
        ];
        for (stamp, text) in table {
            assert_eq!(stamp.read(text).unwrap().nanos(), at, "{text}");
        }
        for text in [
            "",
            "now",
            "2026-01-05",
            "2026-01-05T12:00:00",
            "2026-13-05T12:00:00Z",
            "2026-01-05T25:00:00Z",
            "2026-01-05T00:59:9223372036Z",
            "9999-01-05T00:00:00Z",
            "2026-01-05T12:00:61Z",
            "2026-01-05T12-00-00Z",
            "2026-02-30T12:00:00Z",
            "２０26-01-05T12:00:00Z",
        ] {
            assert!(LogStamp::Rfc3339.read(text).is_err(), "{text}");
        }
        for text in ["", "-1", "1e9", "NaN", "1.0000000001", "99999999999999999999", "."] {
            assert!(LogStamp::Seconds.read(text).is_err(), "{text}");
        }
    }
}
