use super::{DecodeError, Room};
use std::convert::Infallible;

/// One direction through a record. An encoder writes the value it is given and hands it back; a decoder ignores it and
/// hands back what it read.
pub(in crate::journal) trait Coder {
    /// What can go wrong.
    type Error;

    /// An unsigned number, seven bits a byte, low bits first.
    fn number(&mut self, value: u64) -> Result<u64, Self::Error>;

    /// A wide unsigned number, likewise.
    fn wide(&mut self, value: u128) -> Result<u128, Self::Error>;

    /// A value that only some numbers stand for: `Err` when `read` does not know the number.
    fn coded<T: Copy>(
        &mut self,
        value: T,
        write: impl Fn(T) -> u64,
        read: impl Fn(u64) -> Option<T>,
        expected: &'static str,
    ) -> Result<T, Self::Error>;

    /// A signed number as its difference to `previous`, which it replaces.
    fn delta(&mut self, value: i64, previous: &mut i64) -> Result<i64, Self::Error>;

    /// The same, for a number that is mostly near the one before.
    fn near_delta(&mut self, value: i64, previous: &mut i64) -> Result<i64, Self::Error> {
        self.delta(value, previous)
    }

    /// A wide signed number as its difference to `previous`, which it replaces.
    fn wide_delta(&mut self, value: i128, previous: &mut i128) -> Result<i128, Self::Error>;
}

/// 28 bits as four times seven, each in a byte of its own.
#[inline(always)]
const fn spread(value: u32) -> u32 {
    let halves = value & 0x3fff | (value & 0x0fff_c000) << 2;
    halves & 0x007f_007f | (halves & 0x3f80_3f80) << 1
}

const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

const fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

const fn wide_zigzag(value: i128) -> u128 {
    ((value << 1) ^ (value >> 127)) as u128
}

const fn wide_unzigzag(value: u128) -> i128 {
    (value >> 1) as i128 ^ -((value & 1) as i128)
}

/// Writes into a buffer that has room for any record. A length of one byte cannot leave it: no check per byte.
pub(in crate::journal) struct Encoder<'a> {
    room: &'a mut Room,
    length: u8,
}

impl<'a> Encoder<'a> {
    #[inline(always)]
    pub(super) fn new(room: &'a mut Room) -> Self {
        Self { room, length: 0 }
    }

    pub(super) fn length(&self) -> usize {
        usize::from(self.length)
    }

    #[inline(always)]
    pub(super) fn put(&mut self, byte: u8) {
        self.room[usize::from(self.length)] = byte;
        self.length = self.length.wrapping_add(1);
    }

    /// A number that mostly takes one byte.
    #[inline(always)]
    fn put_small(&mut self, value: u64) {
        if value < 0x80 {
            self.put(value as u8);
        } else {
            self.length = put_large(self.room, self.length, value);
        }
    }

    /// Puts `bytes`, of which the first `length` count.
    #[inline(always)]
    fn put_bytes<const N: usize>(&mut self, bytes: [u8; N], length: u8) {
        self.room[usize::from(self.length)..][..N].copy_from_slice(&bytes);
        self.length = self.length.wrapping_add(length);
    }

    /// A number of more than seven bits, and at most 28.
    #[inline(always)]
    fn put_short(&mut self, value: u32) {
        if value < 1 << 14 {
            let marked = value & 0x7f | value << 1 & 0x7f00 | 0x80;
            self.put_bytes((marked as u16).to_le_bytes(), 2);
        } else {
            let is_fourth = u8::from(value >= 1 << 21);
            let marks = 0x8080 | u32::from(is_fourth) << 23;
            self.put_bytes((spread(value) | marks).to_le_bytes(), 3 + is_fourth);
        }
    }
}

/// Puts a number of more than 28 bits behind `length` bytes; returns how many there are then. Out of line, and by value: an
/// encoder that is only passed by value stays in registers.
#[inline(never)]
fn put_long(room: &mut Room, length: u8, mut value: u64) -> u8 {
    let mut encoder = Encoder { room, length };
    while value >= 1 << 28 {
        encoder.put_bytes((spread(value as u32) | 0x8080_8080).to_le_bytes(), 4);
        value >>= 28;
    }
    if value < 0x80 {
        encoder.put(value as u8)
    } else {
        encoder.put_short(value as u32)
    }
    encoder.length
}

/// As [`put_long`], for a number of any size where a small one is expected.
#[cold]
#[inline(never)]
fn put_large(room: &mut Room, length: u8, value: u64) -> u8 {
    let mut encoder = Encoder { room, length };
    match encoder.number(value) {
        Ok(_) => encoder.length,
        Err(never) => match never {},
    }
}

/// As [`put_long`], for a number of more than 64 bits.
#[inline(never)]
fn put_wide(room: &mut Room, length: u8, mut value: u128) -> u8 {
    let mut encoder = Encoder { room, length };
    while value > u128::from(u64::MAX) {
        encoder.put(value as u8 | 0x80);
        value >>= 7;
    }
    put_long(encoder.room, encoder.length, value as u64)
}

impl Coder for Encoder<'_> {
    type Error = Infallible;

    #[inline(always)]
    fn number(&mut self, value: u64) -> Result<u64, Infallible> {
        if value < 0x80 {
            self.put(value as u8);
        } else if value < 1 << 28 {
            self.put_short(value as u32);
        } else {
            self.length = put_long(self.room, self.length, value);
        }
        Ok(value)
    }

    #[inline(always)]
    fn wide(&mut self, value: u128) -> Result<u128, Infallible> {
        match u64::try_from(value) {
            Ok(narrow) => {
                self.number(narrow)?;
            }
            Err(_) => self.length = put_wide(self.room, self.length, value),
        }
        Ok(value)
    }

    #[inline(always)]
    fn coded<T: Copy>(
        &mut self,
        value: T,
        write: impl Fn(T) -> u64,
        _read: impl Fn(u64) -> Option<T>,
        _expected: &'static str,
    ) -> Result<T, Infallible> {
        self.put_small(write(value));
        Ok(value)
    }

    #[inline(always)]
    fn delta(&mut self, value: i64, previous: &mut i64) -> Result<i64, Infallible> {
        self.number(zigzag(value.wrapping_sub(*previous)))?;
        *previous = value;
        Ok(value)
    }

    #[inline(always)]
    fn near_delta(&mut self, value: i64, previous: &mut i64) -> Result<i64, Infallible> {
        self.put_small(zigzag(value.wrapping_sub(*previous)));
        *previous = value;
        Ok(value)
    }

    #[inline(always)]
    fn wide_delta(&mut self, value: i128, previous: &mut i128) -> Result<i128, Infallible> {
        self.wide(wide_zigzag(value.wrapping_sub(*previous)))?;
        *previous = value;
        Ok(value)
    }
}

/// Reads from a payload that may hold anything.
pub(super) struct Decoder<'a> {
    payload: &'a [u8],
    offset: usize,
}

impl<'a> Decoder<'a> {
    pub(super) const fn new(payload: &'a [u8], offset: usize) -> Self {
        Self { payload, offset }
    }

    pub(super) const fn offset(&self) -> usize {
        self.offset
    }

    pub(super) fn take(&mut self) -> Result<u8, DecodeError> {
        let byte = self.payload.get(self.offset).copied();
        let byte = byte.ok_or_else(|| self.refuse("the end of the block".to_owned(), "another byte of the record"))?;
        self.offset += 1;
        Ok(byte)
    }

    fn refuse(&self, found: String, expected: &'static str) -> DecodeError {
        DecodeError { offset: self.offset, found, expected }
    }
}

impl Coder for Decoder<'_> {
    type Error = DecodeError;

    fn number(&mut self, _value: u64) -> Result<u64, DecodeError> {
        let value = self.wide(0)?;
        u64::try_from(value).map_err(|_| self.refuse(value.to_string(), "a number below 2^64"))
    }

    fn wide(&mut self, _value: u128) -> Result<u128, DecodeError> {
        let mut value = 0_u128;
        for shift in (0..128).step_by(7) {
            let byte = self.take()?;
            let bits = u128::from(byte & 0x7f);
            if (bits << shift) >> shift != bits {
                return Err(self.refuse(format!("byte {byte:#04x}"), "a number below 2^128"));
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.refuse("a number longer than 19 bytes".to_owned(), "a number below 2^128"))
    }

    fn coded<T: Copy>(
        &mut self,
        _value: T,
        _write: impl Fn(T) -> u64,
        read: impl Fn(u64) -> Option<T>,
        expected: &'static str,
    ) -> Result<T, DecodeError> {
        let number = self.number(0)?;
        read(number).ok_or_else(|| self.refuse(format!("number {number}"), expected))
    }

    fn delta(&mut self, _value: i64, previous: &mut i64) -> Result<i64, DecodeError> {
        *previous = previous.wrapping_add(unzigzag(self.number(0)?));
        Ok(*previous)
    }

    fn wide_delta(&mut self, _value: i128, previous: &mut i128) -> Result<i128, DecodeError> {
        *previous = previous.wrapping_add(wide_unzigzag(self.wide(0)?));
        Ok(*previous)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{MAX_RECORD, SPARE};
    use super::{Coder, Encoder};

    fn plain(mut value: u128) -> Vec<u8> {
        let mut bytes = Vec::new();
        while value >= 0x80 {
            bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
        bytes
    }

    fn encoded<T>(write: impl FnOnce(&mut Encoder<'_>) -> T) -> Vec<u8> {
        let mut room = [0xff; MAX_RECORD + SPARE];
        let mut encoder = Encoder::new(&mut room);
        write(&mut encoder);
        let length = encoder.length();
        room[..length].to_vec()
    }

    #[test]
    fn numbers_of_every_length_are_written_seven_bits_a_byte() {
        for bits in 0..128 {
            for value in [1_u128 << bits, (1 << bits) - 1, (1 << bits) | 0x2a, u128::MAX >> (127 - bits)] {
                assert_eq!(encoded(|encoder| encoder.wide(value)), plain(value), "{value:#x}");
                let narrow = value as u64;
                assert_eq!(encoded(|encoder| encoder.number(narrow)), plain(narrow.into()), "{narrow:#x}");
                assert_eq!(encoded(|encoder| encoder.put_small(narrow)), plain(narrow.into()), "{narrow:#x}");
            }
        }
    }
}
