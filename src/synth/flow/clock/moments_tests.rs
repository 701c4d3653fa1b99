use super::*;
use crate::rng::{Rng, Streams};
use crate::synth::flow::clock::spectrum::covariances;
use crate::synth::flow::draw::{exponential, unit};
use crate::synth::flow::moments::{Sample, agrees};

/// Events a second that come by themselves.
const BASE: [f64; KINDS] = [0.4, 0.8];
/// What an event of one kind brings about of the other: the matrix of branching.
const OFFSPRING: [[f64; KINDS]; KINDS] = [[0.5, 0.7], [0.0, 0.4]];
/// Seconds of a window: fifty times the slowest memory.
const WINDOW: f64 = 2_500.0;

/// Events of both kinds within so many seconds, by thinning.
fn window(clock: &mut Excitation, rng: &mut Rng, seconds: f64) -> [f64; KINDS] {
    let (mut now, mut born) = (0.0, [0.0; KINDS]);
    loop {
        let most: f64 = BASE.iter().chain(&clock.intensities()).sum();
        let wait = exponential(rng) / most;
        if now + wait >= seconds {
            clock.decay(seconds - now);
            return born;
        }
        now += wait;
        clock.decay(wait);
        let excited = clock.intensities();
        let rates: [f64; KINDS] = std::array::from_fn(|kind| BASE[kind] + excited[kind]);
        let place = unit(rng) * most;
        if let Some(kind) = [rates[0], rates[0] + rates[1]].iter().position(|edge| place < *edge) {
            clock.excite(kind);
            born[kind] += 1.0;
        }
    }
}

/// Counts of both kinds in windows that follow each other.
fn counts(windows: usize) -> [Sample; KINDS] {
    let mut rng = Streams::new(31).stream("clock");
    let mut clock = Excitation::new(OFFSPRING);
    let mut seen = [Sample::default(), Sample::default()];
    // One more window at first, until the memory is what it is.
    for number in 0..=windows {
        let born = window(&mut clock, &mut rng, WINDOW);
        if number > 0 {
            seen.iter_mut().zip(born).for_each(|(seen, born)| seen.0.push(born));
        }
    }
    seen
}

/// Hawkes and Oakes 1974: rates are the base times the inverse of one less the matrix of branching.
fn means() -> [f64; KINDS] {
    // An event of the first kind makes 1 / (1 - 0.5) of its own in all, each of which makes 0.7, each with 1 / (1 - 0.4) in all.
    let own = [1.0 / (1.0 - OFFSPRING[0][0]), 1.0 / (1.0 - OFFSPRING[1][1])];
    [BASE[0] * own[0], BASE[0] * own[0] * OFFSPRING[0][1] * own[1] + BASE[1] * own[1]]
}

/// Counts in windows have the rates of their branching and the covariance of their spectrum.
#[test]
fn counts_have_the_rates_and_the_covariance_of_their_branching() {
    let seen = counts(4_000);
    let (variances, covariance) = covariances(OFFSPRING, means(), WINDOW);
    for kind in 0..KINDS {
        seen[kind].has_mean("events in a window", means()[kind] * WINDOW, variances[kind]);
    }
    let away = [0, 1].map(|kind| Sample::of(seen[kind].0.iter().map(|count| count - means()[kind] * WINDOW)));
    for (what, expected, one, other) in
        [("market", variances[0], 0, 0), ("limit", variances[1], 1, 1), ("both", covariance, 0, 1)]
    {
        let products = Sample::of(away[one].0.iter().zip(&away[other].0).map(|(a, b)| a * b));
        let error = (products.variance() / products.count()).sqrt();
        assert!(error < 0.03 * expected, "an error of {error} of {expected} proves little");
        agrees(what, products.mean(), expected, error);
    }
}

/// A clock that has been settled goes on at its mean rate at once: as many events in its first seconds as in any.
#[test]
fn a_settled_clock_begins_at_its_mean_rate() {
    let mut rng = Streams::new(32).stream("clock");
    let (runs, seconds) = (60_000, 20.0);
    let mut counts = [0, 1].map(|_| Sample::default());
    for _ in 0..runs {
        let mut clock = Excitation::new(OFFSPRING);
        clock.settle(means());
        let born = window(&mut clock, &mut rng, seconds);
        counts.iter_mut().zip(born).for_each(|(counts, born)| counts.0.push(born));
    }
    for (counts, rate) in counts.iter().zip(means()) {
        let error = (counts.variance() / counts.count()).sqrt();
        assert!(error < 0.01 * rate * seconds, "an error of {error} proves little");
        agrees("events in the first seconds", counts.mean(), rate * seconds, error);
    }
}
