use super::draw::unit;
use super::model::MetaorderModel;
use crate::model::Side;
use crate::rng::Rng;

#[cfg(test)]
mod moments_tests;

/// Markets from which is learned how much of a sign is foreseen: each as it is met, since thousands of pieces in a row are of the same few metaorders
/// and tell of no others. The mean of so many is within a hundredth.
const LESSONS: u32 = 1 << 12;
/// Logarithm of the largest urgency; it is uniform, from 0 on.
const LARGEST_URGENCY: f64 = 2.0;

/// Large orders that are worked piece by piece: why the signs of trades remember each other for so long.
///
/// Sources: F. Lillo, S. Mike, J. D. Farmer, "Theory for long memory in supply and demand", 2005: lengths with a Pareto tail of
/// exponent 1.5 give an autocorrelation of signs that falls with lag to the power -0.5. J. Donier, J. Bonart, "A million metaorder
/// analysis of market impact on the Bitcoin", 2015: impact grows with the root of what was traded.
#[derive(Debug, Clone)]
pub(super) struct Metaorders {
    worked: Vec<Metaorder>,
    /// Sum of all urgencies.
    urgencies: f64,
    tail: f64,
    longest: f64,
    /// Pieces after which a metaorder begins to be known.
    hidden: f64,
    /// Variance of a sign that is left when it was foreseen.
    unforeseen: f64,
}

#[derive(Debug, Clone, Copy)]
struct Metaorder {
    side: Side,
    /// Pieces still to come, and those that have been.
    left: u32,
    done: u32,
    /// Its share of the pieces is its urgency over the sum of all.
    urgency: f64,
    /// How much everybody expects of its next piece's sign, times its urgency.
    known: f64,
}

#[inline]
fn either(rng: &mut Rng) -> Side {
    if rng.ratio(1, 2) { Side::Buy } else { Side::Sell }
}

impl Metaorder {
    /// After q pieces a metaorder is known but for (1 + q / hidden)^-1/2: what its pieces tell adds up to the root of their number.
    #[inline]
    fn learn(&mut self, hidden: f64) {
        let unknown = 1.0 / libm::sqrt(1.0 + f64::from(self.done) / hidden);
        self.known = self.urgency * (1.0 - unknown) * self.side.sign() as f64;
    }
}

impl Metaorders {
    /// Metaorders of `model`; `lessons` is a stream for what is measured of their like.
    pub(super) fn new(model: &MetaorderModel, rng: &mut Rng, lessons: &mut Rng) -> Self {
        let square = (0..LESSONS).map(|_| Self::unmeasured(model, lessons).square_of_surprise()).sum::<f64>();
        Self { unforeseen: square / f64::from(LESSONS), ..Self::unmeasured(model, rng) }
    }

    /// Metaorders of which nobody asks how much is foreseen, as they are met when they have been worked for long.
    pub(super) fn unmeasured(model: &MetaorderModel, rng: &mut Rng) -> Self {
        let mut metaorders = Self {
            worked: Vec::new(),
            urgencies: 0.0,
            tail: model.tail,
            longest: f64::from(model.longest),
            hidden: model.hidden_pieces,
            unforeseen: 1.0,
        };
        let next = rng.below(u64::from(model.working)) as u32;
        metaorders.worked = (0..model.working).map(|place| metaorders.met(place == next, rng)).collect();
        metaorders.add_up();
        metaorders
    }

    /// Mean square of the next sign less what is expected of it, over whose piece it is.
    fn square_of_surprise(&self) -> f64 {
        let foreseen = self.worked.iter().map(|worked| worked.known).sum::<f64>() / self.urgencies;
        let signs = self.worked.iter().map(|worked| worked.urgency * worked.side.sign() as f64);
        1.0 - 2.0 * foreseen * signs.sum::<f64>() / self.urgencies + foreseen * foreseen
    }

    /// The side of the next piece, and what was expected of its sign. With `towards`, from -1 to 1, those that buy are worked 1 + `towards` times as fast
    /// and those that sell 1 - `towards` times; nobody has expected that.
    #[inline]
    pub(super) fn piece(&mut self, towards: f64, rng: &mut Rng) -> (Side, f64) {
        let index = self.whose(towards, unit(rng));
        let foreseen = self.worked.iter().map(|worked| worked.known).sum::<f64>() / self.urgencies;
        let worked = &mut self.worked[index];
        let side = worked.side;
        worked.left -= 1;
        worked.done += 1;
        worked.learn(self.hidden);
        if worked.left == 0 {
            self.worked[index] = self.born(rng);
            self.add_up();
        }
        (side, foreseen)
    }

    /// Share of a sign's variance that nobody foresees.
    pub(super) fn unforeseen(&self) -> f64 {
        self.unforeseen
    }

    /// The metaorder at `share` of the sum of all urgencies as they are now.
    #[inline]
    fn whose(&self, towards: f64, share: f64) -> usize {
        let urgency = |worked: &Metaorder| worked.urgency * (1.0 + towards * worked.side.sign() as f64);
        let mut place = share * self.worked.iter().map(urgency).sum::<f64>();
        let found = self.worked.iter().position(|worked| {
            place -= urgency(worked);
            place < 0.0
        });
        found.unwrap_or(self.worked.len() - 1)
    }

    #[inline]
    fn add_up(&mut self) {
        self.urgencies = self.worked.iter().map(|worked| worked.urgency).sum();
    }

    #[inline]
    fn born(&self, rng: &mut Rng) -> Metaorder {
        let length = self.length(1.0, rng);
        let side = either(rng);
        Metaorder { side, left: length as u32, done: 0, urgency: libm::exp(unit(rng) * LARGEST_URGENCY), known: 0.0 }
    }

    /// How many pieces one has that has so many at least: l or more with a chance of (l / least)^-tail, and none above the longest.
    #[inline]
    fn length(&self, least: f64, rng: &mut Rng) -> f64 {
        libm::floor(least * libm::pow(unit(rng), -1.0 / self.tail)).clamp(least, self.longest)
    }

    /// One as it is met in a market that has been there for long.
    ///
    /// Were each worked by a clock of its own, at the rate of its urgency, all would be independent; one of length l and urgency u would
    /// be met as often as it is begun, times the l / u that it lasts, at each of its pieces alike. So its next piece is the k-th with a chance in proportion
    /// to k^-tail (those that are as long), its length is any that has k pieces, and 1 / urgency is uniform (the density of exp of a uniform variable
    /// is 1 / u, over u once more). That is at a random moment; before a piece, states are as much likelier as pieces come faster in them: by the sum of
    /// the urgencies. A sum of weights is a choice: one of them, each as likely, has its own urgency as the weight, which takes 1 / u off again:
    /// `is_weight`.
    fn met(&self, is_weight: bool, rng: &mut Rng) -> Metaorder {
        let piece = self.piece_met(rng);
        let left = (self.length(piece, rng) - piece) as u32 + 1;
        let (side, place) = (either(rng), unit(rng));
        let slowest = libm::exp(-LARGEST_URGENCY);
        let urgency =
            if is_weight { libm::exp(place * LARGEST_URGENCY) } else { 1.0 / (1.0 - place * (1.0 - slowest)) };
        let mut met = Metaorder { side, left, done: piece as u32 - 1, urgency, known: 0.0 };
        met.learn(self.hidden);
        met
    }

    /// A whole number k from 1 to the longest, with a chance in proportion to k^-tail.
    ///
    /// Source: W. Hörmann, G. Derflinger, "Rejection-inversion to generate variates from monotone discrete distributions", 1996. The area of the curve
    /// x^-tail about k holds a piece of k^-tail at its right end, since the curve is convex: a point of the area is taken where it falls into
    /// that piece. `tail` is not 1.
    fn piece_met(&self, rng: &mut Rng) -> f64 {
        let flat = 1.0 - self.tail;
        let area = |x: f64| (libm::pow(x, flat) - 1.0) / flat;
        let [low, high] = [area(1.5) - 1.0, area(self.longest + 0.5)];
        loop {
            let at = low + unit(rng) * (high - low);
            let piece = libm::round(libm::pow(1.0 + flat * at, 1.0 / flat)).clamp(1.0, self.longest);
            if at >= area(piece + 0.5) - libm::pow(piece, -self.tail) {
                return piece;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Streams;

    const MODEL: MetaorderModel =
        MetaorderModel { share: 1.0, working: 3, tail: 1.5, longest: 20_000, hidden_pieces: 0.4 };

    /// Signs and what was left of them when they had been foreseen.
    fn pieces(model: MetaorderModel, count: usize) -> (Metaorders, Vec<f64>, Vec<f64>) {
        let streams = Streams::new(11);
        let mut rng = streams.stream("signs");
        let mut metaorders = Metaorders::new(&model, &mut rng, &mut streams.stream("lessons"));
        let drawn: Vec<(Side, f64)> = (0..count).map(|_| metaorders.piece(0.0, &mut rng)).collect();
        let signs: Vec<f64> = drawn.iter().map(|(side, _)| side.sign() as f64).collect();
        let left = drawn.iter().map(|(side, foreseen)| side.sign() as f64 - foreseen).collect();
        (metaorders, signs, left)
    }

    /// Lillo, Mike and Farmer: the autocorrelation falls like lag^-(tail - 1).
    #[test]
    fn signs_remember_each_other_by_a_power_law() {
        let (_, all, _) = pieces(MODEL, 2_000_000);
        let acf = |lag: usize| all.iter().zip(&all[lag..]).map(|(a, b)| a * b).sum::<f64>() / (all.len() - lag) as f64;
        let slope = (acf(300) / acf(10)).ln() / 30_f64.ln();
        assert!((-0.7..-0.3).contains(&slope), "from {} at 10 to {} at 300: exponent {slope}", acf(10), acf(300));
    }

    /// Those that buy are worked 1.6 times as fast, those that sell 0.4 times: over many markets as they are met, as many pieces buy as that gives.
    #[test]
    fn pieces_follow_by_as_much_as_is_said() {
        let mut rng = Streams::new(5).stream("signs");
        let (mut bought, mut expected) = (0.0, 0.0);
        for _ in 0..40_000 {
            let mut metaorders = Metaorders::unmeasured(&MODEL, &mut rng);
            let of = |side: Side| {
                metaorders.worked.iter().filter(|worked| worked.side == side).map(|worked| worked.urgency).sum::<f64>()
            };
            let [buy, sell] = [1.6 * of(Side::Buy), 0.4 * of(Side::Sell)];
            expected += buy / (buy + sell);
            bought += f64::from(u8::from(metaorders.piece(0.6, &mut rng).0 == Side::Buy));
        }
        // Three standard errors of a share of 40,000.
        assert!((bought - expected).abs() < 300.0 && expected > 24_000.0, "{bought} buy, expected {expected}");
    }

    /// All are worked to their end, whoever is faster: what leans for ever leans nowhere.
    #[test]
    fn a_lean_for_ever_gives_no_trend() {
        let mut rng = Streams::new(6).stream("signs");
        let short = MetaorderModel { longest: 50, ..MODEL };
        let mut metaorders = Metaorders::unmeasured(&short, &mut rng);
        let sum: i64 = (0..1_000_000).map(|_| metaorders.piece(0.8, &mut rng).0.sign()).sum();
        assert!(sum.abs() < 20_000, "{sum} of a million");
    }

    /// Sums of signs spread much faster than a walk; sums of what is left of them do as a walk does.
    #[test]
    fn what_is_left_of_signs_is_a_walk() {
        let (metaorders, signs, left) = pieces(MODEL, 4_000_000);
        let variance = left.iter().map(|x| x * x).sum::<f64>() / left.len() as f64;
        assert!((variance - metaorders.unforeseen()).abs() < 0.03, "{variance}, said {}", metaorders.unforeseen());
        let spread = |all: &[f64], of: usize| {
            let sums = all.chunks_exact(of).map(|chunk| chunk.iter().sum::<f64>());
            sums.map(|sum| sum * sum).sum::<f64>() / (all.len() / of * of) as f64
        };
        let ratio = |all: &[f64]| spread(all, 4_000) / spread(all, 250);
        assert!(ratio(&signs) > 2.5, "signs {}", ratio(&signs));
        assert!((0.75..1.35).contains(&ratio(&left)), "what is left {}", ratio(&left));
    }

    /// Closed form of the impact of one metaorder alone: the sum of (1 + q / hidden)^-1/2, which grows like the root of its length.
    #[test]
    fn impact_is_the_root_of_what_was_traded() {
        let alone = MetaorderModel { working: 1, tail: 0.5, longest: 1_000_000, ..MODEL };
        let streams = Streams::new(3);
        let mut rng = streams.stream("signs");
        let mut metaorders = Metaorders::unmeasured(&alone, &mut rng);
        metaorders.worked[0] = Metaorder { left: 100_000, done: 0, known: 0.0, ..metaorders.worked[0] };
        let (mut impact, mut at) = (0.0, Vec::new());
        for done in 1..=64_000 {
            let (side, foreseen) = metaorders.piece(0.0, &mut rng);
            impact += 1.0 - foreseen * side.sign() as f64;
            if [1_000, 4_000, 16_000, 64_000].contains(&done) {
                at.push(impact);
            }
        }
        for pair in at.windows(2) {
            assert!(
                (pair[1] / pair[0] - 2.0).abs() < 0.05,
                "four times as much moves {} times as far",
                pair[1] / pair[0]
            );
        }
        let expected = 2.0 * (0.4_f64 * 64_000.0).sqrt();
        assert!((at[3] / expected - 1.0).abs() < 0.02, "{} against {expected}", at[3]);
    }
}
