use super::draw::unit;
use super::model::MetaorderModel;
use crate::model::Side;
use crate::rng::Rng;

/// Memories of signs by which the next one is foreseen: each forgets four times as slowly as the one before.
const MEMORIES: usize = 8;
/// Share of the newest sign in the fastest memory.
const FASTEST: f64 = 0.5;
/// Pieces from which is learned how to foresee.
const LESSONS: usize = 1 << 19;

/// Large orders that are worked piece by piece: why the signs of trades remember each other for so long.
///
/// Source: F. Lillo, S. Mike, J. D. Farmer, "Theory for long memory in supply and demand", 2005: lengths with a Pareto tail of
/// exponent 1.5 give an autocorrelation of signs that falls with lag to the power -0.5.
#[derive(Debug, Clone)]
pub(super) struct Metaorders {
    worked: Vec<Metaorder>,
    /// Sum of all urgencies.
    urgencies: f64,
    tail: f64,
    longest: f64,
    memories: [f64; MEMORIES],
    weights: [f64; MEMORIES],
    /// Variance of a sign that is left when it was foreseen.
    unforeseen: f64,
}

#[derive(Debug, Clone, Copy)]
struct Metaorder {
    side: Side,
    /// Pieces still to come.
    left: u32,
    /// Its share of the pieces is its urgency over the sum of all.
    urgency: f64,
}

impl Metaorders {
    /// Metaorders of `model`; `lessons` is a stream for what everybody has learned of their like.
    pub(super) fn new(model: &MetaorderModel, rng: &mut Rng, lessons: &mut Rng) -> Self {
        let (weights, unforeseen) = Self::untaught(model, lessons).learn(lessons);
        Self { weights, unforeseen, ..Self::untaught(model, rng) }
    }

    fn untaught(model: &MetaorderModel, rng: &mut Rng) -> Self {
        let mut metaorders = Self {
            worked: Vec::new(),
            urgencies: 0.0,
            tail: model.tail,
            longest: f64::from(model.longest),
            memories: [0.0; MEMORIES],
            weights: [0.0; MEMORIES],
            unforeseen: 1.0,
        };
        metaorders.worked = (0..model.working).map(|_| metaorders.born(rng)).collect();
        metaorders.add_up();
        metaorders
    }

    /// The side of the next piece, and what was expected of its sign.
    pub(super) fn piece(&mut self, rng: &mut Rng) -> (Side, f64) {
        let index = self.whose(unit(rng) * self.urgencies);
        let worked = &mut self.worked[index];
        let side = worked.side;
        worked.left -= 1;
        if worked.left == 0 {
            self.worked[index] = self.born(rng);
            self.add_up();
        }
        let foreseen = self.foreseen();
        self.remember(side);
        (side, foreseen)
    }

    /// Share of a sign's variance that nobody foresees.
    pub(super) fn unforeseen(&self) -> f64 {
        self.unforeseen
    }

    fn whose(&self, mut place: f64) -> usize {
        let found = self.worked.iter().position(|worked| {
            place -= worked.urgency;
            place < 0.0
        });
        found.unwrap_or(self.worked.len() - 1)
    }

    fn add_up(&mut self) {
        self.urgencies = self.worked.iter().map(|worked| worked.urgency).sum();
    }

    /// What everybody expects of the next piece's sign.
    fn foreseen(&self) -> f64 {
        let sum: f64 = self.memories.iter().zip(&self.weights).map(|(memory, weight)| memory * weight).sum();
        sum.clamp(-0.95, 0.95)
    }

    fn remember(&mut self, side: Side) {
        let mut share = FASTEST;
        for memory in &mut self.memories {
            *memory += share * (side.sign() as f64 - *memory);
            share /= 4.0;
        }
    }

    /// The weights with which the memories foresee the next sign with the least mean square error, and that error.
    fn learn(mut self, rng: &mut Rng) -> ([f64; MEMORIES], f64) {
        let (mut squares, mut answers) = ([[0.0; MEMORIES]; MEMORIES], [0.0; MEMORIES]);
        for _ in 0..LESSONS {
            let before = self.memories;
            let sign = self.piece(rng).0.sign() as f64;
            for row in 0..MEMORIES {
                answers[row] += before[row] * sign;
                for column in 0..MEMORIES {
                    squares[row][column] += before[row] * before[column];
                }
            }
        }
        let weights = solve(squares, answers);
        let explained: f64 = weights.iter().zip(answers).map(|(weight, answer)| weight * answer).sum();
        (weights, 1.0 - explained / LESSONS as f64)
    }

    fn born(&self, rng: &mut Rng) -> Metaorder {
        let length = libm::floor(libm::pow(unit(rng), -1.0 / self.tail)).min(self.longest);
        let side = if rng.ratio(1, 2) { Side::Buy } else { Side::Sell };
        Metaorder { side, left: length as u32, urgency: libm::exp(unit(rng) * 2.0) }
    }
}

/// The solution of a symmetric positive system, by Gauss and Jordan.
fn solve(mut matrix: [[f64; MEMORIES]; MEMORIES], mut right: [f64; MEMORIES]) -> [f64; MEMORIES] {
    for pivot in 0..MEMORIES {
        let (row, value) = (matrix[pivot], right[pivot]);
        for other in (0..MEMORIES).filter(|other| *other != pivot) {
            let factor = matrix[other][pivot] / row[pivot];
            for (cell, above) in matrix[other].iter_mut().zip(row) {
                *cell -= factor * above;
            }
            right[other] -= factor * value;
        }
    }
    std::array::from_fn(|index| right[index] / matrix[index][index])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Streams;

    const MODEL: MetaorderModel = MetaorderModel { share: 1.0, working: 3, tail: 1.5, longest: 20_000 };

    fn signs(count: usize, mut each: impl FnMut(f64, f64)) {
        let streams = Streams::new(11);
        let mut rng = streams.stream("signs");
        let mut metaorders = Metaorders::new(&MODEL, &mut rng, &mut streams.stream("lessons"));
        for _ in 0..count {
            let (side, foreseen) = metaorders.piece(&mut rng);
            each(side.sign() as f64, foreseen);
        }
    }

    /// Lillo, Mike and Farmer: the autocorrelation falls like lag^-(tail - 1).
    #[test]
    fn signs_remember_each_other_by_a_power_law() {
        let mut all = Vec::new();
        signs(2_000_000, |sign, _| all.push(sign));
        let acf = |lag: usize| all.iter().zip(&all[lag..]).map(|(a, b)| a * b).sum::<f64>() / (all.len() - lag) as f64;
        let slope = (acf(300) / acf(10)).ln() / 30_f64.ln();
        assert!((-0.7..-0.3).contains(&slope), "from {} at 10 to {} at 300: exponent {slope}", acf(10), acf(300));
    }

    /// What is left of a sign is as large as was said, and correlated with nothing that came before.
    #[test]
    fn nothing_is_left_to_foresee() {
        let streams = Streams::new(11);
        let said = Metaorders::new(&MODEL, &mut streams.stream("signs"), &mut streams.stream("lessons")).unforeseen();
        let (mut left, mut signs_before) = (Vec::new(), Vec::new());
        signs(2_000_000, |sign, foreseen| {
            left.push(sign - foreseen);
            signs_before.push(sign);
        });
        let variance = left.iter().map(|x| x * x).sum::<f64>() / left.len() as f64;
        assert!((variance - said).abs() < 0.02, "variance {variance}, said {said}");
        for lag in [1, 2, 5, 20, 100, 1_000] {
            let pairs = left[lag..].iter().zip(&signs_before).map(|(x, sign)| x * sign).sum::<f64>();
            let correlation = pairs / (left.len() - lag) as f64 / variance.sqrt();
            assert!(correlation.abs() < 0.02, "lag {lag}: {correlation}");
        }
    }
}
