use super::Level;

/// Levels of each side that a [checksum](book_checksum) covers.
pub const CHECKSUM_LEVELS: usize = 10;

/// The CRC-32 of a book as Kraken defines it: of the ten best asks, then of the ten best bids, each best first, price and quantity as
/// whole numbers without leading zeros, one behind the other.
#[must_use]
pub fn book_checksum(asks: impl Iterator<Item = Level>, bids: impl Iterator<Item = Level>) -> u32 {
    let mut crc = u32::MAX;
    for level in asks.take(CHECKSUM_LEVELS).chain(bids.take(CHECKSUM_LEVELS)) {
        crc = take_number(crc, level.price.ticks());
        crc = take_number(crc, level.quantity.steps());
    }
    !crc
}

/// Takes the decimal digits of a number; a sign counts for nothing.
fn take_number(mut crc: u32, number: i64) -> u32 {
    let (mut digits, mut count, mut left) = ([0_u8; 20], 0, number.unsigned_abs());
    while 0 < left {
        digits[count] = b'0' + (left % 10) as u8;
        (count, left) = (count + 1, left / 10);
    }
    for digit in digits[..count].iter().rev() {
        crc = take_byte(crc, *digit);
    }
    crc
}

/// Of every byte what eight steps of the polynomial make of it.
const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut crc, mut bit) = (byte as u32, 0);
        while bit < 8 {
            crc = if crc & 1 == 0 { crc >> 1 } else { (crc >> 1) ^ 0xEDB8_8320 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
}

fn take_byte(crc: u32, byte: u8) -> u32 {
    (crc >> 8) ^ TABLE[((crc ^ u32::from(byte)) & 0xFF) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Price, Quantity};

    fn levels(list: &[(i64, i64)]) -> Vec<Level> {
        let level =
            |(price, quantity): &(i64, i64)| Level { price: Price::new(*price), quantity: Quantity::new(*quantity) };
        list.iter().map(level).collect()
    }

    /// CRC-32 of "123456789" is published everywhere.
    #[test]
    fn it_is_the_common_crc() {
        let checksum = book_checksum(levels(&[(1234, 56789)]).into_iter(), std::iter::empty());
        assert_eq!(checksum, 0xCBF4_3926);
    }

    #[test]
    fn it_counts_ten_levels_of_a_side_and_their_order() {
        let asks: Vec<(i64, i64)> = (0..20).map(|place| (100 + place, 7 * place)).collect();
        let whole = book_checksum(levels(&asks).into_iter(), levels(&[(99, 5)]).into_iter());
        assert_eq!(whole, book_checksum(levels(&asks[..10]).into_iter(), levels(&[(99, 5)]).into_iter()));
        assert_ne!(whole, book_checksum(levels(&asks[1..]).into_iter(), levels(&[(99, 5)]).into_iter()));
        assert_ne!(whole, book_checksum(levels(&asks).into_iter(), levels(&[(99, 6)]).into_iter()));
    }
}
