//! The bytes of a row, eight at a time.

/// Most columns that are told apart; wider rows are refused anyway.
pub(super) const COLUMNS_MAX: usize = 32;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * ONES;

/// The first line of some bytes, cut into fields.
pub(super) struct Split {
    /// Length of the line without its newline.
    pub(super) end: usize,
    /// Number of fields.
    pub(super) width: usize,
    /// Whether a quote was seen.
    pub(super) quoted: bool,
}

/// Finds the fields of the first line. Of a line with more than [`COLUMNS_MAX`] fields the last one holds the rest.
#[inline]
pub(super) fn split(bytes: &[u8], bounds: &mut [(u32, u32); COLUMNS_MAX]) -> Split {
    let (mut start, mut width, mut quoted) = (0_u32, 0, false);
    let mut mark = |index: u32, byte: u8| match byte {
        b',' if width + 1 < COLUMNS_MAX => {
            bounds[width] = (start, index);
            width += 1;
            start = index + 1;
            false
        }
        b'"' => {
            quoted = true;
            false
        }
        byte => byte == b'\n',
    };
    let end = find_end(bytes, &mut mark);
    bounds[width] = (start, end as u32);
    Split { end, width: width + 1, quoted }
}

/// Hands every byte that is a comma or smaller to `mark`, until that says it is the end of the line.
#[inline]
fn find_end(bytes: &[u8], mark: &mut impl FnMut(u32, u8) -> bool) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (word_index, word) in words.iter().enumerate() {
        let mut found = up_to_comma(u64::from_le_bytes(*word));
        while found != 0 {
            let offset = (found.trailing_zeros() / 8) as usize;
            let index = word_index * 8 + offset;
            if mark(index as u32, word[offset]) {
                return index;
            }
            found &= found - 1;
        }
    }
    let first = words.len() * 8;
    let last = rest.iter().enumerate().find(|&(offset, &byte)| byte <= b',' && mark((first + offset) as u32, byte));
    last.map_or(bytes.len(), |(offset, _)| first + offset)
}

/// The high bit of every byte that is a comma or smaller. Digits, points, minus signs and letters are larger.
#[inline]
const fn up_to_comma(word: u64) -> u64 {
    let beyond = (word | HIGH) - (b',' as u64 + 1) * ONES;
    !beyond & !word & HIGH
}

/// A whole number; `None` when there is anything but 1 to 18 digits.
#[inline]
pub(super) fn digits(field: &[u8]) -> Option<i64> {
    if field.is_empty() || 18 < field.len() {
        return None;
    }
    let (words, rest) = field.as_chunks::<8>();
    let mut value = 0_u64;
    for word in words {
        value = value * 100_000_000 + eight_digits(u64::from_le_bytes(*word))?;
    }
    for &byte in rest {
        let digit = byte.wrapping_sub(b'0');
        if 9 < digit {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    i64::try_from(value).ok()
}

/// Eight digits, the first one in the lowest byte.
#[inline]
const fn eight_digits(word: u64) -> Option<u64> {
    let values = word ^ (b'0' as u64 * ONES);
    if values & (0xf0 * ONES) != 0 || (values + 6 * ONES) & (0xf0 * ONES) != 0 {
        return None;
    }
    let pairs = (values * 10 + (values >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    Some((fours * 10_000 + (fours >> 32)) & 0xffff_ffff)
}

/// True for digits with at most one point among, before or after them.
#[inline]
pub(super) fn is_decimal(field: &[u8]) -> bool {
    let (words, rest) = field.as_chunks::<8>();
    let mut points = 0;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let found = points_in(word);
        if found | digits_in(word) != HIGH {
            return false;
        }
        points += found.count_ones() as usize;
    }
    points += rest.iter().filter(|&&byte| byte == b'.').count();
    rest.iter().all(|&byte| byte.is_ascii_digit() || byte == b'.') && points <= 1 && points < field.len()
}

/// The high bit of every byte that is a point.
#[inline]
const fn points_in(word: u64) -> u64 {
    let others = word ^ (b'.' as u64 * ONES);
    !(((others & !HIGH) + !HIGH) | others) & HIGH
}

/// The high bit of every byte that is a digit.
#[inline]
const fn digits_in(word: u64) -> u64 {
    let low = word & !HIGH;
    let (from_zero, beyond_nine) = (low + (0x80 - b'0' as u64) * ONES, low + (0x80 - b'9' as u64 - 1) * ONES);
    from_zero & !beyond_nine & !word & HIGH
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same, one byte at a time.
    fn split_slowly(bytes: &[u8]) -> (usize, Vec<(u32, u32)>, bool) {
        let end = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len());
        let (mut bounds, mut start) = (Vec::new(), 0);
        for (index, &byte) in bytes[..end].iter().enumerate() {
            if byte == b',' && bounds.len() + 1 < COLUMNS_MAX {
                bounds.push((start, index as u32));
                start = index as u32 + 1;
            }
        }
        bounds.push((start, end as u32));
        (end, bounds, bytes[..end].contains(&b'"'))
    }

    proptest::proptest! {
        #[test]
        fn splits_as_the_slow_way(bytes in proptest::collection::vec(proptest::sample::select(
            b",,\n\"019.-+ \r\0\x7f\x80\xac\xff".to_vec()), 0..120)) {
            let mut bounds = [(0, 0); COLUMNS_MAX];
            let split = split(&bytes, &mut bounds);
            let found = (split.end, bounds[..split.width].to_vec(), split.quoted);
            proptest::prop_assert_eq!(found, split_slowly(&bytes));
        }

        #[test]
        fn knows_decimals_as_the_slow_way(bytes in proptest::collection::vec(proptest::sample::select(
            b"00123456789..-/:,\x00\x7f\xae\xb0\xff".to_vec()), 0..30), plain in "[0-9]{0,12}\\.?[0-9]{0,12}") {
            for field in [bytes.as_slice(), plain.as_bytes()] {
                let points = field.iter().filter(|&&byte| byte == b'.').count();
                let digits = field.iter().filter(|byte| byte.is_ascii_digit()).count();
                let expected = 0 < digits && points <= 1 && points + digits == field.len();
                proptest::prop_assert_eq!(is_decimal(field), expected, "{:?}", field);
            }
        }

        #[test]
        fn reads_digits_as_the_slow_way(text in "[0-9]{0,20}|[0-9:/ ;+-]{0,19}") {
            let plain = (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
            proptest::prop_assert_eq!(digits(text.as_bytes()), text.parse().ok().filter(|_| plain));
        }
    }
}
