#[cfg(test)]
mod moments_tests;
#[cfg(test)]
pub(super) mod spectrum;

/// Memories, slowest first: each decays 32 times as fast as the one before, so that one exponential gives all of them.
const SCALES: usize = 4;
/// Decay of the slowest per second: a half-life of 35 s; the fastest forgets half within a millisecond.
const SLOWEST: f64 = 0.02;
/// Which share of an event's offspring comes by which memory: power-law like, a little less on the fastest.
const SHARES: [f64; SCALES] = [0.30, 0.28, 0.24, 0.18];

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
    /// Intensity per second by kind and scale, beyond the base.
    states: [[f64; SCALES]; KINDS],
    /// What an event of one kind (first index) adds to the intensity of another at each scale.
    jumps: [[[f64; SCALES]; KINDS]; KINDS],
}

impl Excitation {
    /// `offspring[a][b]`: mean number of events of kind `b` that an event of kind `a` brings about directly.
    pub(super) fn new(offspring: [[f64; KINDS]; KINDS]) -> Self {
        let jump = |mean: f64| -> [f64; SCALES] { std::array::from_fn(|scale| mean * SHARES[scale] * rate(scale)) };
        Self { states: [[0.0; SCALES]; KINDS], jumps: offspring.map(|row| row.map(jump)) }
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

    /// `seconds` go by.
    #[inline]
    pub(super) fn decay(&mut self, seconds: f64) {
        let mut factor = libm::exp(-SLOWEST * seconds);
        for scale in 0..SCALES {
            for state in &mut self.states {
                state[scale] *= factor;
            }
            factor = thirty_second_power(factor);
        }
    }

    /// An event of `kind` happens.
    #[inline]
    pub(super) fn excite(&mut self, kind: usize) {
        for (state, jump) in self.states.iter_mut().zip(&self.jumps[kind]) {
            for (value, more) in state.iter_mut().zip(jump) {
                *value += more;
            }
        }
    }
}

fn rate(scale: usize) -> f64 {
    (0..scale).fold(SLOWEST, |rate, _| rate * 32.0)
}

fn thirty_second_power(factor: f64) -> f64 {
    (0..5).fold(factor, |power, _| power * power)
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
