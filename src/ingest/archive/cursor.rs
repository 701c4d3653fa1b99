/// Most digits of the whole part of a number, and of its fraction; longer ones are read by the slow way.
const WHOLE_MAX: usize = 16;
const FRACTION_MAX: usize = 8;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * ONES;
const ZEROS: u64 = b'0' as u64 * ONES;

/// Powers of ten.
const POWERS: [u64; WHOLE_MAX + 1] = {
    let mut powers = [1_u64; WHOLE_MAX + 1];
    let mut index = 1;
    while index <= WHOLE_MAX {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
};

/// Reads a row of the usual shape from left to right, eight bytes at a time, without looking for its columns first.
///
/// `None` wherever the shape is another, or fewer than eight bytes are left: the slow way then reads the row, or says what
/// is wrong with it.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// At the first of `bytes`.
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// A whole number of 1 to 16 digits.
    #[inline(always)]
    pub(super) fn integer(&mut self) -> Option<i64> {
        let first = self.word()?;
        let count = digits_at_start(first);
        self.at += count;
        if count < 8 {
            return if count == 0 { None } else { Some(number(first, count) as i64) };
        }
        let second = self.word()?;
        let rest = digits_at_start(second);
        self.at += rest;
        let low = if rest == 0 { 0 } else { number(second, rest) };
        Some(number(first, 8).wrapping_mul(POWERS[rest]).wrapping_add(low) as i64)
    }

    /// Digits, a point, digits, or digits alone: the number in units of 10^-`scale`, which is at most 8. Further decimals
    /// must be zero.
    #[inline(always)]
    pub(super) fn decimal(&mut self, scale: usize) -> Option<i64> {
        let (whole_word, whole) = self.digits()?;
        if whole < 8 && byte_at(whole_word, whole) == b'.' && 0 < whole {
            let (word, count) = self.digits_after(whole + 1)?;
            if scale.max(1) <= count && whole + scale <= 8 {
                self.at += whole + 1 + count;
                let cut = if count == scale { 0 } else { shifted(word, count) >> (64 - 8 * (count - scale)) };
                let kept = if scale == 0 { 0 } else { shifted(word, scale) };
                let value = eight(shifted(whole_word, whole) >> (8 * scale % 64) | kept);
                return (cut == 0 && scale < 8).then_some(value as i64);
            }
        }
        self.long_decimal(scale)
    }

    /// As [`Self::decimal`], for all that is not the usual.
    #[inline(never)]
    fn long_decimal(&mut self, scale: usize) -> Option<i64> {
        let start = self.at;
        let whole = self.integer()?;
        let unit = *POWERS.get(scale)? as i64;
        if FRACTION_MAX < scale || WHOLE_MAX < self.at - start + scale {
            return None;
        }
        let whole = whole.wrapping_mul(unit);
        if !self.passes(b'.') {
            return Some(whole);
        }
        let (word, count) = self.digits()?;
        if count == 0 {
            return None;
        }
        self.at += count;
        let kept = count.min(scale);
        if kept < count && shifted(word, count) >> (64 - 8 * (count - kept)) != 0 {
            return None;
        }
        let fraction = if kept == 0 { 0 } else { number(word, kept).wrapping_mul(POWERS[scale - kept]) };
        Some(whole.wrapping_add(fraction as i64))
    }

    /// Passes over a decimal of zero or more with at most 8 decimals.
    #[inline(always)]
    pub(super) fn skip_decimal(&mut self) -> Option<()> {
        let (word, whole) = self.digits()?;
        if whole == 8 || whole == 0 {
            return self.skip_long_decimal();
        }
        if byte_at(word, whole) != b'.' {
            self.at += whole;
            return Some(());
        }
        let (_, count) = self.digits_after(whole + 1)?;
        self.at += whole + 1 + count;
        (count != 0).then_some(())
    }

    #[inline(never)]
    fn skip_long_decimal(&mut self) -> Option<()> {
        self.integer()?;
        if self.passes(b'.') { self.integer().map(|_| ()) } else { Some(()) }
    }

    /// `true` or `false`, or one of them with a capital.
    #[inline(always)]
    pub(super) fn flag(&mut self) -> Option<bool> {
        let lower = self.word()? | u64::from(b' ');
        if lower & 0xffff_ffff == u64::from(u32::from_le_bytes(*b"true")) {
            self.at += 4;
            return Some(true);
        }
        self.at += 5;
        (lower & 0xff_ffff_ffff == u64::from_le_bytes(*b"false\0\0\0")).then_some(false)
    }

    /// Passes the comma before the next column.
    #[inline(always)]
    pub(super) fn comma(&mut self) -> Option<()> {
        self.passes(b',').then_some(())
    }

    /// Length of the line with its end, which must be here.
    #[inline(always)]
    pub(super) fn line_end(&mut self) -> Option<usize> {
        self.passes(b'\r');
        self.passes(b'\n').then_some(self.at)
    }

    /// Passes `byte` if it is next.
    #[inline(always)]
    pub(super) fn passes(&mut self, byte: u8) -> bool {
        let next = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(next);
        next
    }

    /// The next eight bytes, the first one lowest.
    #[inline(always)]
    fn word(&self) -> Option<u64> {
        self.digits().map(|(word, _)| word)
    }

    /// The next eight bytes, and how many of them are digits before anything else.
    #[inline(always)]
    fn digits(&self) -> Option<(u64, usize)> {
        self.digits_after(0)
    }

    /// As [`Self::digits`], `skipped` bytes further on.
    #[inline(always)]
    fn digits_after(&self, skipped: usize) -> Option<(u64, usize)> {
        let word = u64::from_le_bytes(*self.bytes.get(self.at + skipped..)?.first_chunk()?);
        Some((word, digits_at_start(word)))
    }
}

/// Byte `index` of a word.
#[inline(always)]
const fn byte_at(word: u64, index: usize) -> u8 {
    (word >> (8 * index % 64)) as u8
}

/// How many of the first bytes are digits, 0 to 8.
#[inline(always)]
const fn digits_at_start(word: u64) -> usize {
    let values = word ^ ZEROS;
    let beyond_nine = ((values & !HIGH).wrapping_add((0x80 - 10) * ONES) | values) & HIGH;
    (beyond_nine.trailing_zeros() / 8) as usize
}

/// The values of the first `count` digits, 1 to 8, moved to the end of the word, with zeros before them.
#[inline(always)]
const fn shifted(word: u64, count: usize) -> u64 {
    (word ^ ZEROS) << (64_usize.wrapping_sub(8 * count) % 64)
}

/// The number that the first `count` digits are, 1 to 8.
#[inline(always)]
const fn number(word: u64, count: usize) -> u64 {
    eight(shifted(word, count))
}

/// The number of eight digit values, the first one lowest.
#[inline(always)]
const fn eight(values: u64) -> u64 {
    let pairs = values.wrapping_mul(10).wrapping_add(values >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `text` in units of 10^-`scale`, one byte at a time.
    fn decimal(text: &str, scale: usize) -> Option<i64> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits =
            |part: &str, most| (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole, WHOLE_MAX) || !digits(fraction, FRACTION_MAX) || WHOLE_MAX < whole.len() + scale {
            return None;
        }
        let (kept, cut) = fraction.split_at(fraction.len().min(scale));
        let value = format!("{whole}{kept:0<scale$}").parse().ok();
        value.filter(|_| cut.bytes().all(|byte| byte == b'0'))
    }

    /// What `read` gives for `text`, if it stops at the comma behind.
    fn read<T>(text: &str, read: impl Fn(&mut Cursor<'_>) -> Option<T>) -> Option<T> {
        let line = format!("{text},the next column");
        let mut cursor = Cursor::new(line.as_bytes());
        let value = read(&mut cursor)?;
        cursor.comma().filter(|()| cursor.at == text.len() + 1).map(|()| value)
    }

    proptest::proptest! {
        #[test]
        fn reads_as_the_slow_way(
            text in "[0-9]{0,30}|[0-9]{0,17}\\.[0-9]{0,10}|[0-9]{1,8}\\.[0-9]{0,3}0{0,6}|[-./:0-9é;]{0,18}",
            scale in 0_usize..=8,
        ) {
            proptest::prop_assert_eq!(read(&text, |cursor| cursor.decimal(scale)), decimal(&text, scale));
            let whole = (1..=WHOLE_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
            proptest::prop_assert_eq!(read(&text, |cursor| cursor.integer()), text.parse().ok().filter(|_| whole));
            let skipped = read(&text, |cursor| cursor.skip_decimal()).is_some();
            let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && text.matches('.').count() <= 1;
            proptest::prop_assert!(!skipped || digits && !text.starts_with('.') && !text.ends_with('.'));
            proptest::prop_assert!(skipped || decimal(&text, 8).is_none());
        }
    }

    #[test]
    fn knows_flags_and_line_ends() {
        for (text, expected) in
            [("true", Some(true)), ("True", Some(true)), ("false", Some(false)), ("False", Some(false))]
        {
            assert_eq!(read(text, |cursor| cursor.flag()), expected, "{text}");
        }
        for text in ["TRUE", "truE", "tru", "falsy", "", "1"] {
            assert_eq!(read(text, |cursor| cursor.flag()), None, "{text}");
        }
        let ended = |bytes: &[u8]| Cursor::new(bytes).line_end();
        assert_eq!(
            [ended(b"\n1"), ended(b"\r\n1"), ended(b"\r"), ended(b""), ended(b",")],
            [Some(1), Some(2), None, None, None]
        );
    }
}
