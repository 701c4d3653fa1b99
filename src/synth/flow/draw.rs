use crate::model::Side;
use crate::rng::Rng;

/// Above 0, at most 1.
#[inline]
pub(super) fn unit(rng: &mut Rng) -> f64 {
    ((rng.bits() >> 11) + 1) as f64 / (1_u64 << 53) as f64
}

/// A standard normal variable.
#[inline]
pub(super) fn normal(rng: &mut Rng) -> f64 {
    rng.gaussian_q16() as f64 / 65_536.0
}

/// An exponential variable of mean 1.
#[inline]
pub(super) fn exponential(rng: &mut Rng) -> f64 {
    (rng.exponential_q32() >> 8) as f64 / (1_u64 << 24) as f64
}

/// The first of `shares` in which a draw falls that is uniform over all of them; `None` beyond.
#[inline]
pub(super) fn choose<const N: usize>(shares: [f64; N], mut place: f64) -> Option<usize> {
    shares.iter().position(|share| {
        place -= share;
        place < 0.0
    })
}

/// Mean of a distribution given by points of probability in parts per million, straight lines between them.
pub(super) fn mean(points: &[(u32, i64)]) -> f64 {
    let area = |pair: &[(u32, i64)]| f64::from(pair[1].0 - pair[0].0) * (pair[0].1 as f64 + pair[1].1 as f64) / 2e6;
    points.windows(2).map(area).sum()
}

/// Mean square of the same.
pub(super) fn mean_square(points: &[(u32, i64)]) -> f64 {
    let area = |pair: &[(u32, i64)]| {
        let (low, high) = (pair[0].1 as f64, pair[1].1 as f64);
        f64::from(pair[1].0 - pair[0].0) * (low * low + low * high + high * high) / 3e6
    };
    points.windows(2).map(area).sum()
}

/// Intervals of probability in the table of a [`Lomax`].
const INTERVALS: usize = 1 << 10;

/// A Lomax variable of scale 1: above 0, and above x with probability (1 + x)^-tail. A power costs as much as all the rest of an
/// order, so that it is read from a table, straight lines between; only the last interval, of the farthest draws, is exact.
#[derive(Debug, Clone)]
pub(super) struct Lomax {
    tail: f64,
    table: Vec<f64>,
}

impl Lomax {
    pub(super) fn new(tail: f64) -> Self {
        let value = |index: usize| power_tail(index as f64 / INTERVALS as f64, tail);
        Self { tail, table: (0..=INTERVALS).map(value).collect() }
    }

    #[inline]
    pub(super) fn sample(&self, rng: &mut Rng) -> f64 {
        let probability = unit(rng);
        let place = probability * INTERVALS as f64;
        let index = place as usize;
        if index == 0 || index >= INTERVALS {
            return power_tail(probability, self.tail);
        }
        let share = place - index as f64;
        self.table[index] * (1.0 - share) + self.table[index + 1] * share
    }
}

/// What is exceeded with this probability.
fn power_tail(probability: f64, tail: f64) -> f64 {
    libm::pow(probability, -1.0 / tail) - 1.0
}

/// Buy with a probability of one half and half of `lean` more.
#[inline]
pub(super) fn leaning(lean: f64, rng: &mut Rng) -> Side {
    if 2.0 * unit(rng) - 1.0 <= lean { Side::Buy } else { Side::Sell }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Streams;

    #[test]
    fn a_lomax_exceeds_as_often_as_its_tail_says() {
        for tail in [0.5, 1.5, 3.0] {
            let mut rng = Streams::new(2).stream("lomax");
            let lomax = Lomax::new(tail);
            let draws: Vec<f64> = (0..400_000).map(|_| lomax.sample(&mut rng)).collect();
            for x in [0.1, 1.0, 10.0, 1_000.0] {
                let expected = (1.0_f64 + x).powf(-tail);
                let found = draws.iter().filter(|draw| **draw > x).count() as f64 / draws.len() as f64;
                let error = 4.0 * (expected * (1.0 - expected) / draws.len() as f64).sqrt() + 1e-5;
                assert!((found - expected).abs() < error, "tail {tail}, above {x}: {found}, expected {expected}");
            }
        }
    }

    #[test]
    fn a_choice_falls_by_share() {
        let chosen = [0.0, 0.99, 1.0, 3.99, 4.0].map(|place| choose([1.0, 0.0, 3.0], place));
        assert_eq!(chosen, [Some(0), Some(0), Some(2), Some(2), None]);
    }
}
