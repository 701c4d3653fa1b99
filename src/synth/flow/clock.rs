use core::f64::consts::LN_2;

#[cfg(test)]
mod moments_tests;
#[cfg(test)]
pub(super) mod spectrum;

/// Memories, slowest first: each decays 32 times as fast as the one before.
const SCALES: usize = 4;
/// Decay of the slowest per second: a half-life of 35 s; the fastest forgets half within a millisecond.
const SLOWEST: f64 = 0.02;
/// Which share of an event's offspring comes by which memory: power-law like, a little less on the fastest.
const SHARES: [f64; SCALES] = [0.30, 0.28, 0.24, 0.18];

/// Seconds after which a bound of the intensities is renewed: a little more than the half-life of the fastest memory, a few of it, a few of the next.
pub(super) const RENEWED: [f64; 3] = [0.001_2, 0.004_5, 0.1];

/// Kinds of events that bring about others: places in [`Excitation::intensities`].
const KINDS: usize = 2;
pub(super) const MARKET: usize = 0;
pub(super) const LIMIT: usize = 1;

/// How events bring about events: a Hawkes process of two kinds with a kernel of four exponentials.
///
/// Source: A. Hawkes, 1971; S. Hardiman, N. Bercot, J.-P. Bouchaud, "Critical reflexivity in financial markets", 2013, for the
/// shape of the kernel.
#[derive(Debug, Clone)]
pub(super) struct Excitation {
    /// Intensity per second by kind and scale, beyond the base: the scales of a kind side by side, as they fade.
    states: [[f64; SCALES]; KINDS],
    /// What an event of one kind (first index) adds to them.
    jumps: [[[f64; SCALES]; KINDS]; KINDS],
    /// Which share of each memory is left after [`RENEWED`] seconds.
    kept: [[f64; SCALES]; RENEWED.len()],
    fading: Fading,
}

impl Excitation {
    /// `offspring[a][b]`: mean number of events of kind `b` that an event of kind `a` brings about directly.
    pub(super) fn new(offspring: [[f64; KINDS]; KINDS]) -> Self {
        let jump = |mean: f64| std::array::from_fn(|scale| mean * SHARES[scale] * rate(scale));
        let kept = |seconds: f64| std::array::from_fn(|scale| libm::exp(-rate(scale) * seconds));
        Self {
            states: [[0.0; SCALES]; KINDS],
            jumps: offspring.map(|means| means.map(jump)),
            kept: RENEWED.map(kept),
            fading: Fading::new(),
        }
    }

    /// Events of each kind have come at `rates` a second for long: what they have left is at its mean, so that what comes next comes at its mean
    /// rate from the first moment on. About that mean it is spread one slowest memory later, not at once.
    pub(super) fn settle(&mut self, rates: [f64; KINDS]) {
        for (kind, states) in self.states.iter_mut().enumerate() {
            for (scale, state) in states.iter_mut().enumerate() {
                // An event adds its jump, and the jump is gone after 1 / decay on average.
                let left = |by: usize| rates[by] * self.jumps[by][kind][scale] / rate(scale);
                *state = (0..KINDS).map(left).sum();
            }
        }
    }

    /// Intensity per second of both kinds, beyond the base.
    #[inline]
    pub(super) fn intensities(&self) -> [f64; KINDS] {
        self.states.map(|[a, b, c, d]| (a + b) + (c + d))
    }

    /// What both kinds come to by scale, of which so much is `given`.
    #[inline]
    pub(super) fn weighed(&self, given: [f64; KINDS]) -> [f64; SCALES] {
        let [market, limit] = &self.states;
        std::array::from_fn(|scale| market[scale] * given[MARKET] + limit[scale] * given[LIMIT])
    }

    /// The sum of what was [`weighed`](Self::weighed), [`RENEWED`] seconds later, of which `which` is meant, when nothing happens until then.
    #[inline]
    pub(super) fn kept(&self, weighed: [f64; SCALES], which: usize) -> f64 {
        let [a, b, c, d] = self.kept[which];
        (weighed[0] * a + weighed[1] * b) + (weighed[2] * c + weighed[3] * d)
    }

    /// `seconds` go by.
    #[inline]
    pub(super) fn decay(&mut self, seconds: f64) {
        let factors = self.fading.after(seconds);
        self.states.iter_mut().for_each(|states| each(states, factors, |state, factor| state * factor));
    }

    /// An event of `kind` happens.
    #[inline]
    pub(super) fn excite(&mut self, kind: usize) {
        for (states, jumps) in self.states.iter_mut().zip(self.jumps[kind]) {
            each(states, jumps, |state, jump| state + jump);
        }
    }
}

/// Parts of a halving whose powers are in a table.
const PARTS: usize = 32;
/// 1.5 x 2^52: a number of up to 2^51 added to it is rounded to a whole one, which its lowest bits then are.
const WHOLE: f64 = 6_755_399_441_055_744.0;

/// Which share of each memory is left after a time. An exponential of a library is exact to the last bit, and as long on its way as all else between two
/// events; here the four are on their way side by side.
#[derive(Debug, Clone)]
struct Fading {
    /// The bits of 2^-(i / 32).
    powers: [u64; PARTS],
}

impl Fading {
    fn new() -> Self {
        Self { powers: std::array::from_fn(|part| libm::exp2(-(part as f64) / PARTS as f64).to_bits()) }
    }

    /// exp(-rate x seconds) of each memory, to within 1e-13 of itself; below 1e-300 as good as 0.
    ///
    /// exp(-x) for x from 0 to 690: a power of a half, one of its 32nd root, and a series for the rest, which is below 0.011. Each step of it is taken for
    /// all four before the next one: so that the compiler takes them two at a time.
    #[inline(always)]
    fn after(&self, seconds: f64) -> [f64; SCALES] {
        let part = LN_2 / PARTS as f64;
        // No `min`, which would ask for numbers that are none.
        let bounded = |x: f64| if x < 690.0 { x } else { 690.0 };
        let x = RATES.map(|rate| bounded(rate * seconds));
        let counted = x.map(|x| x * (1.0 / part) + WHOLE);
        let rest = both(x, counted, |x, counted| x - (counted - WHOLE) * part);
        let square = rest.map(|rest| rest * rest);
        let third = rest.map(|rest| 0.5 - rest * (1.0 / 6.0));
        let fourth = rest.map(|rest| 1.0 / 24.0 - rest * (1.0 / 120.0));
        let inner = both(third, both(square, fourth, |square, fourth| square * fourth), |third, more| third + more);
        let tail = both(square, inner, |square, inner| square * inner);
        let series = both(rest, tail, |rest, tail| (1.0 - rest) + tail);
        both(counted.map(|counted| self.power(counted)), series, |power, series| power * series)
    }

    /// The power of a half that is counted in the lowest bits, in parts of a halving.
    #[inline(always)]
    fn power(&self, counted: f64) -> f64 {
        // Below 2^15: above it lie bits of `WHOLE`, and no more of it than that is to reach the exponent.
        let count = counted.to_bits() & 0x7fff;
        f64::from_bits(self.powers[count as usize % PARTS].wrapping_sub((count / PARTS as u64) << 52))
    }
}

/// One value of two, memory by memory.
#[inline(always)]
fn both(a: [f64; SCALES], b: [f64; SCALES], of: impl Fn(f64, f64) -> f64) -> [f64; SCALES] {
    std::array::from_fn(|scale| of(a[scale], b[scale]))
}

/// The same in place.
#[inline(always)]
fn each(states: &mut [f64; SCALES], by: [f64; SCALES], of: impl Fn(f64, f64) -> f64) {
    *states = both(*states, by, of);
}

/// Decays per second by scale.
const RATES: [f64; SCALES] = [SLOWEST, SLOWEST * 32.0, SLOWEST * 1_024.0, SLOWEST * 32_768.0];

fn rate(scale: usize) -> f64 {
    RATES[scale]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_the_offspring_it_is_given() {
        let mut clock = Excitation::new([[0.6, 0.2], [0.1, 0.5]]);
        clock.excite(0);
        let mut born = [0.0; KINDS];
        let step = 1e-5;
        for _ in 0..40_000_000 {
            let before = clock.intensities();
            born = std::array::from_fn(|kind| born[kind] + before[kind] * step);
            clock.decay(step);
            if before.iter().sum::<f64>() < 1e-5 {
                break;
            }
        }
        let wrong = [(born[0] - 0.6).abs(), (born[1] - 0.2).abs()];
        assert!(wrong.iter().all(|error| *error < 0.003), "an event of the first kind brought {born:?}");
    }

    #[test]
    fn what_is_left_is_an_exponential() {
        let fading = Fading::new();
        for step in 0..100_000 {
            let seconds = 1e-9 * 1.000_25_f64.powi(step);
            for (scale, found) in fading.after(seconds).into_iter().enumerate() {
                let expected = libm::exp(-rate(scale) * seconds);
                let error = (found - expected).abs();
                assert!(
                    error <= 1e-13 * expected || expected < 1e-299,
                    "{seconds} s, scale {scale}: {found}, {expected}"
                );
                assert!(found <= 1.0, "{found} after {seconds} s");
            }
        }
        assert_eq!(fading.after(0.0), [1.0; SCALES]);
    }

    /// What a bound is renewed by is what there is then.
    #[test]
    fn a_bound_is_what_is_left() {
        let mut clock = Excitation::new([[0.6, 0.2], [0.1, 0.5]]);
        [0, 1].into_iter().for_each(|kind| clock.excite(kind));
        let given = [1.0, 0.7];
        let weighed = clock.weighed(given);
        for (which, seconds) in RENEWED.into_iter().enumerate() {
            let mut later = clock.clone();
            later.decay(seconds);
            let [market, limit] = later.intensities();
            let (found, expected) = (clock.kept(weighed, which), market * given[0] + limit * given[1]);
            assert!((found / expected - 1.0).abs() < 1e-12, "{found} after {seconds} s, expected {expected}");
        }
    }

    #[test]
    fn memory_fades_as_the_exponentials_say() {
        let mut clock = Excitation::new([[0.6, 0.2], [0.1, 0.5]]);
        clock.excite(1);
        clock.decay(0.75);
        let found = clock.intensities()[1];
        let term = |scale: usize| 0.5 * SHARES[scale] * rate(scale) * (-rate(scale) * 0.75).exp();
        let expected: f64 = (0..SCALES).map(term).sum();
        assert!((found - expected).abs() < 1e-9 * expected, "{found} against {expected}");
    }
}
