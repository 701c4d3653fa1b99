/// log2(1 + i / 256) x 2^32 for i in 0..=256.
const TABLE: [u64; 257] = table();

/// log2 of the mantissa `m` / 2^62 in [1, 2), x 2^32: one bit per squaring.
const fn fraction_bits(mut m: u128) -> u64 {
    let mut bits = 0;
    let mut index = 0;
    while index < 32 {
        m = (m * m) >> 62;
        bits <<= 1;
        if m >= 1 << 63 {
            m >>= 1;
            bits |= 1;
        }
        index += 1;
    }
    bits
}

const fn table() -> [u64; 257] {
    let mut table = [0; 257];
    let mut index = 0;
    while index < 256 {
        table[index] = fraction_bits((256 + index as u128) << 54);
        index += 1;
    }
    table[256] = 1 << 32;
    table
}

/// -log2(x / 2^64) x 2^32, for `x` above zero; wrong by at most 3e-6 absolute. At least 0, at most 64 x 2^32.
#[inline]
pub(super) fn negative_log2_q32(x: u64) -> u64 {
    let zeros = x.leading_zeros();
    let mantissa = x << zeros;
    let index = (mantissa >> 55) as usize & 0xff;
    let rest = (mantissa >> 31) & 0xff_ffff;
    let step = TABLE[index + 1] - TABLE[index];
    let fraction = TABLE[index] + ((step * rest) >> 24);
    (u64::from(zeros + 1) << 32) - fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_libm() {
        for shift in 0..64 {
            for odd in [
                0x8000_0000_0000_0000_u64,
                0x8000_0000_0000_0001,
                0xb504_f333_f9de_6484,
                u64::MAX,
                0xdead_beef_dead_beef,
            ] {
                let x = odd >> shift;
                let expected = 64.0 - libm::log2(x as f64);
                let found = negative_log2_q32(x) as f64 / 4_294_967_296.0;
                assert!((found - expected).abs() < 3e-6, "x {x:#x}: {found} against {expected}");
            }
        }
    }
}
