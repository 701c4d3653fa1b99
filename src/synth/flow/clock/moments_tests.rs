use super::*;
use crate::rng::Streams;
use crate::synth::flow::draw::{exponential, unit};
use crate::synth::flow::moments::{Sample, agrees};

/// Events a second that come by themselves.
const BASE: [f64; KINDS] = [0.4, 0.8];
/// What an event of one kind brings about of the other: the matrix of branching.
const OFFSPRING: [[f64; KINDS]; KINDS] = [[0.5, 0.7], [0.0, 0.4]];
/// Seconds of a window: fifty times the slowest memory.
const WINDOW: f64 = 2_500.0;

/// Counts of both kinds in `windows` windows, by thinning.
fn counts(windows: usize) -> [Sample; KINDS] {
    let mut rng = Streams::new(31).stream("clock");
    let mut clock = Excitation::new(OFFSPRING);
    let mut seen = [Sample::default(), Sample::default()];
    // One more window at first, until the memory is what it is.
    for window in 0..=windows {
        let (mut now, mut born) = (0.0, [0.0; KINDS]);
        loop {
            let most: f64 = BASE.iter().chain(&clock.intensities()).sum();
            let wait = exponential(&mut rng) / most;
            if now + wait >= WINDOW {
                clock.decay(WINDOW - now);
                break;
            }
            now += wait;
            clock.decay(wait);
            let excited = clock.intensities();
            let rates: [f64; KINDS] = std::array::from_fn(|kind| BASE[kind] + excited[kind]);
            let place = unit(&mut rng) * most;
            if let Some(kind) = [rates[0], rates[0] + rates[1]].iter().position(|edge| place < *edge) {
                clock.excite(kind);
                born[kind] += 1.0;
            }
        }
        if window > 0 {
            seen.iter_mut().zip(born).for_each(|(seen, born)| seen.0.push(born));
        }
    }
    seen
}

/// Hawkes and Oakes 1974: rates are the base times the inverse of one less the matrix of branching, and counts in long windows have
/// the covariance of that inverse, the rates, and the inverse again.
#[test]
fn counts_have_the_rates_and_the_covariance_of_their_branching() {
    let windows = 600;
    let seen = counts(windows);
    // An event of the first kind makes 1 / (1 - 0.5) of its own in all, each of which makes 0.7, each with 1 / (1 - 0.4) in all.
    let own = [1.0 / (1.0 - OFFSPRING[0][0]), 1.0 / (1.0 - OFFSPRING[1][1])];
    let across = own[0] * OFFSPRING[0][1] * own[1];
    let rates = [BASE[0] * own[0], BASE[0] * across + BASE[1] * own[1]];
    let variances = [own[0] * own[0] * rates[0], across * across * rates[0] + own[1] * own[1] * rates[1]];
    let covariance = own[0] * across * rates[0];
    for kind in 0..KINDS {
        seen[kind].has_mean("events in a window", rates[kind] * WINDOW, variances[kind] * WINDOW);
    }
    // A window cuts off what its last events bring about later: the mean age of a descendant over the window, some hundredths.
    let cut = 1.0 - mean_age() / WINDOW;
    let count = windows as f64;
    for kind in 0..KINDS {
        let expected = variances[kind] * WINDOW * cut;
        agrees("variance of a count", seen[kind].variance(), expected, expected * (2.0 / count).sqrt());
    }
    let means = [seen[0].mean(), seen[1].mean()];
    let products = Sample::of(seen[0].0.iter().zip(&seen[1].0).map(|(a, b)| (a - means[0]) * (b - means[1])));
    let spread = variances[0] * variances[1] + covariance * covariance;
    agrees("covariance", products.mean(), covariance * WINDOW * cut, WINDOW * (spread / count).sqrt());
}

/// Seconds by which an event's descendants are later, about: the mean age of a child is the sum of shares over decays, and it has
/// children of its own. Only some hundredths of the variance hang on it, and an error of half of it is a quarter of a standard error.
fn mean_age() -> f64 {
    let child: f64 = (0..SCALES).map(|scale| SHARES[scale] / rate(scale)).sum();
    child / (1.0 - OFFSPRING[0][0]) * 2.0
}
