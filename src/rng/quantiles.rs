use super::Rng;

/// A distribution given by some of its quantiles, straight lines between: the way to state a heavy tail in integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quantiles {
    /// In order of probability; the first starts at 0.
    segments: Vec<Segment>,
    /// By the first bits of a probability, the first segment that may hold it.
    guide: [u8; 1 << GUIDE_BITS],
}

/// Bits of a probability that lead to its segment.
const GUIDE_BITS: u32 = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Segment {
    /// Probability x 2^32 at which it begins.
    start: u64,
    /// Probability x 2^32 it covers.
    width: u64,
    /// Value at its beginning.
    low: i64,
    /// Value gained until its end.
    rise: i64,
    /// (2^64 - 1) / `width`, rounded down.
    inverse: u64,
}

/// Why a list of points is no distribution.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuantilesError {
    /// Fewer than two points, or the ends are not 0 and 1.
    #[error("quantiles from {first} to {last} parts per million; expected at least two points, from 0 to 1000000")]
    Ends {
        /// First probability in parts per million.
        first: u32,
        /// Last probability in parts per million.
        last: u32,
    },
    /// Probabilities must rise, values must not fall, and values are within +-2^62.
    #[error("point {index} is ({ppm}, {value}); expected a probability above the one before and a value not below it")]
    Order {
        /// Which point, from 0.
        index: usize,
        /// Its probability in parts per million.
        ppm: u32,
        /// Its value.
        value: i64,
    },
}

impl Quantiles {
    /// Points (probability in parts per million, value): from 0 to 1,000,000, probabilities rising, values not falling.
    ///
    /// # Errors
    /// [`QuantilesError`] names the point that breaks the rule.
    pub fn new(points: &[(u32, i64)]) -> Result<Self, QuantilesError> {
        let end = |point: Option<&(u32, i64)>| point.map_or(0, |point| point.0);
        let (first, last) = (end(points.first()), end(points.last()));
        if first != 0 || last != 1_000_000 {
            return Err(QuantilesError::Ends { first, last });
        }
        let limit = 1_u64 << 62;
        for (index, &(ppm, value)) in points.iter().enumerate() {
            let before = index.checked_sub(1).map(|before| points[before]);
            let rises = before.is_none_or(|(low_ppm, low)| low_ppm < ppm && low <= value);
            if !rises || value.unsigned_abs() > limit {
                return Err(QuantilesError::Order { index, ppm, value });
            }
        }
        let segments: Vec<Segment> = points.windows(2).map(|pair| Segment::between(pair[0], pair[1])).collect();
        let first = |place: usize| {
            let probability = (place as u64) << (32 - GUIDE_BITS);
            // So many that they need more than eight bits: the way from the 255th is longer.
            (segments.partition_point(|segment| segment.start <= probability) - 1).min(usize::from(u8::MAX)) as u8
        };
        Ok(Self { guide: std::array::from_fn(first), segments })
    }

    /// A draw: uniform probability, interpolated value, rounded down.
    #[inline]
    pub fn sample(&self, rng: &mut Rng) -> i64 {
        let probability = u64::from(rng.bits_32());
        let mut index = usize::from(self.guide[(probability >> (32 - GUIDE_BITS)) as usize]);
        while self.segments.get(index + 1).is_some_and(|next| next.start <= probability) {
            index += 1;
        }
        let segment = &self.segments[index];
        let passed = probability - segment.start;
        // Both are above 0: a quotient of small numbers is the same one, and quicker.
        match (segment.rise as u64).checked_mul(passed) {
            Some(share) => segment.low + segment.part(share) as i64,
            None => {
                segment.low + (u128::from(segment.rise as u64) * u128::from(passed) / u128::from(segment.width)) as i64
            }
        }
    }
}

impl Segment {
    fn between((low_ppm, low): (u32, i64), (high_ppm, high): (u32, i64)) -> Self {
        let start = q32(low_ppm);
        let width = q32(high_ppm) - start;
        Self { start, width, low, rise: high - low, inverse: u64::MAX / width }
    }

    /// `share` / `width`, rounded down, without the division: by its inverse it comes out right or 1 too low.
    #[inline]
    fn part(&self, share: u64) -> u64 {
        let low = ((u128::from(share) * u128::from(self.inverse)) >> 64) as u64;
        low + u64::from(share - low * self.width >= self.width)
    }
}

fn q32(ppm: u32) -> u64 {
    (u64::from(ppm) << 32) / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Streams;

    const POINTS: [(u32, i64); 4] = [(0, 1_000), (500_000, 1_200), (990_000, 2_000), (1_000_000, 50_000)];

    #[test]
    fn a_part_is_a_quotient() {
        let widths = [1, 2, 3, 4_294, 4_295, 2_147_483_648, 3_000_000_001, (1 << 32) - 1, 1 << 32];
        for width in widths {
            let segment = Segment { start: 0, width, low: 0, rise: 0, inverse: u64::MAX / width };
            let near = |at: u64| [at.saturating_sub(1), at, at.saturating_add(1)];
            let multiples = [0, 1, 7, u64::MAX / width / 2, u64::MAX / width].map(|times| times * width);
            for share in multiples.into_iter().chain([u64::MAX, 1 << 63, 0x1234_5678_9abc_def0]).flat_map(near) {
                assert_eq!(segment.part(share), share / width, "{share} / {width}");
            }
        }
    }

    /// The guide leads to the segment that a search finds, where many begin within one of its steps too.
    #[test]
    fn a_guide_leads_to_the_segment() {
        let crowded: Vec<(u32, i64)> =
            (0..=400).map(|point| (point, i64::from(point))).chain([(1_000_000, 500)]).collect();
        for points in [POINTS.to_vec(), crowded] {
            let table = Quantiles::new(&points).unwrap();
            let mut rng = Streams::new(4).stream("quantiles");
            for _ in 0..20_000 {
                let (mut again, drawn) = (rng.clone(), table.sample(&mut rng));
                let probability = u64::from(again.bits_32());
                let index = table.segments.partition_point(|segment| segment.start <= probability) - 1;
                let Segment { start, width, low, rise, .. } = table.segments[index];
                let expected = i128::from(low) + i128::from(rise) * i128::from(probability - start) / i128::from(width);
                assert_eq!(i128::from(drawn), expected, "at {probability}");
            }
        }
    }

    #[test]
    fn draws_follow_the_points() {
        let table = Quantiles::new(&POINTS).unwrap();
        let mut rng = Streams::new(3).stream("quantiles");
        let mut draws: Vec<i64> = (0..100_000).map(|_| table.sample(&mut rng)).collect();
        draws.sort_unstable();
        assert!(draws[0] >= 1_000 && draws[99_999] < 50_000);
        assert!(draws[50_000].abs_diff(1_200) < 10, "median {}", draws[50_000]);
        assert!(draws[99_000].abs_diff(2_000) < 200, "99 % {}", draws[99_000]);
    }

    #[test]
    fn frozen_vector() {
        let table = Quantiles::new(&POINTS).unwrap();
        let mut rng = Streams::new(3).stream("quantiles");
        let draws: [i64; 6] = std::array::from_fn(|_| table.sample(&mut rng));
        assert_eq!(draws, [1083, 1503, 1115, 1258, 1832, 1084]);
    }

    #[test]
    fn bad_points_are_named() {
        let cases: [(&[(u32, i64)], &str); 5] = [
            (&[], "from 0 to 0"),
            (&[(0, 1)], "from 0 to 0"),
            (&[(5, 1), (1_000_000, 2)], "from 5 to 1000000"),
            (&[(0, 1), (500, 0), (1_000_000, 2)], "point 1 is (500, 0)"),
            (&[(0, 1), (0, 1), (1_000_000, 2)], "point 1 is (0, 1)"),
        ];
        for (points, words) in cases {
            let error = Quantiles::new(points).unwrap_err().to_string();
            assert!(error.contains(words), "{points:?}: {error}");
        }
    }
}
