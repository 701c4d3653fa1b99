use super::error::Mismatch;
use crate::units::Timestamp;
use std::ops::Range;

/// Unit of an integer stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StampUnit {
    /// Milliseconds since 1970.
    Millis,
    /// Microseconds since 1970.
    Micros,
}

/// 2009-01-01: nothing in these archives is older.
const FIRST_SECOND: i64 = 1_230_768_000;
/// 2100-01-01.
const END_SECOND: i64 = 4_102_444_800;

impl StampUnit {
    /// Nanoseconds in one unit.
    pub(super) const fn nanos(self) -> i64 {
        match self {
            Self::Millis => 1_000_000,
            Self::Micros => 1_000,
        }
    }

    /// `ms` or `us`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Millis => "ms",
            Self::Micros => "us",
        }
    }
}

/// Reads the unit off the magnitude: milliseconds of 2009 to 2100 have 13 digits, microseconds 16; nothing else is both.
#[inline]
pub(super) fn by_magnitude(stamp: i64) -> Option<(Timestamp, StampUnit)> {
    const MILLIS: Range<i64> = FIRST_SECOND * 1_000..END_SECOND * 1_000;
    const MICROS: Range<i64> = FIRST_SECOND * 1_000_000..END_SECOND * 1_000_000;
    let unit = match stamp {
        _ if MILLIS.contains(&stamp) => StampUnit::Millis,
        _ if MICROS.contains(&stamp) => StampUnit::Micros,
        _ => return None,
    };
    Some((Timestamp::from_nanos(stamp * unit.nanos()), unit))
}

/// True for an instant from 2009 to 2100: a stamp outside was taken in a wrong unit.
#[cfg(any(test, feature = "frames"))]
pub(super) const fn plausible(at: Timestamp) -> bool {
    let second = at.nanos() / 1_000_000_000;
    FIRST_SECOND <= second && second < END_SECOND
}

/// Why a stamp is refused, and what it would be in another unit.
pub(super) fn implausible(stamp: i64) -> Mismatch {
    let within = |per_second: i64| (FIRST_SECOND..END_SECOND).contains(&(stamp / per_second));
    let hint = match () {
        () if within(1) => "it looks like seconds: multiply by 1000",
        () if within(1_000) => "it looks like milliseconds taken for nanoseconds",
        () if within(1_000_000) => "it looks like microseconds taken for nanoseconds",
        () if within(1_000_000_000) => "it looks like nanoseconds: divide by 1000",
        () => "",
    };
    Mismatch::new(&stamp.to_string(), "milliseconds or microseconds since 1970, between 2009 and 2100").hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magnitude_tells_the_unit() {
        let at = Timestamp::from_nanos(1_690_848_000_000_000_000);
        assert_eq!(by_magnitude(1_690_848_000_000), Some((at, StampUnit::Millis)));
        assert_eq!(by_magnitude(1_690_848_000_000_000), Some((at, StampUnit::Micros)));
        for stamp in [0, 1, -5, 1_690_848_000, 1_690_848_000_000_000_000, 169_084_800_000, i64::MAX, i64::MIN] {
            assert_eq!(by_magnitude(stamp), None, "{stamp}");
        }
    }

    #[test]
    fn a_wrong_unit_gets_a_hint() {
        assert!(implausible(1_690_848_000).to_string().contains("seconds: multiply by 1000"));
        assert!(implausible(1_690_848_000_000_000_000).to_string().contains("nanoseconds: divide by 1000"));
        assert!(!plausible(Timestamp::from_nanos(1_690_848_000_000)), "ms taken for ns land in 1970");
    }
}
