//! The columns of a row of any shape.

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
pub(super) fn digits(field: &[u8]) -> Option<i64> {
    let value = |sum: i64, byte: &u8| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0'));
    if (1..=18).contains(&field.len()) { field.iter().try_fold(0, value) } else { None }
}

/// True for digits with at most one point among, before or after them.
pub(super) fn is_decimal(field: &[u8]) -> bool {
    let points = field.iter().filter(|&&byte| byte == b'.').count();
    let plain = field.iter().all(|&byte| byte.is_ascii_digit() || byte == b'.');
    plain && points <= 1 && points < field.len()
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
        fn reads_digits_as_the_slow_way(text in "[0-9]{0,20}|[0-9:/ ;+-]{0,19}") {
            let plain = (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
            proptest::prop_assert_eq!(digits(text.as_bytes()), text.parse().ok().filter(|_| plain));
        }
    }
}
