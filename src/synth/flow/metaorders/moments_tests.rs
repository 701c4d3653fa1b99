use super::*;
use crate::rng::Streams;
use crate::synth::flow::moments::{Sample, agrees, share_error};

const MODEL: MetaorderModel = MetaorderModel { share: 1.0, working: 3, tail: 1.5, longest: 2_000, hidden_pieces: 0.4 };

/// Sums over lengths of (power of a length that is reached)^-tail: how many pieces a metaorder has that are beyond the `from`-th.
fn beyond(from: u32, model: &MetaorderModel) -> f64 {
    (from + 1..=model.longest).map(|length| f64::from(length).powf(-model.tail)).sum()
}

/// Pareto: at least l pieces with a probability of l^-tail, none above the longest; as many buys as sells.
#[test]
fn lengths_have_a_pareto_tail_and_its_mean() {
    for tail in [1.3, 1.5, 2.5] {
        let model = MetaorderModel { tail, ..MODEL };
        let mut rng = Streams::new(51).stream("born");
        let metaorders = Metaorders::unmeasured(&model, &mut rng);
        let count = 300_000;
        let born: Vec<Metaorder> = (0..count).map(|_| metaorders.born(&mut rng)).collect();
        let lengths = Sample::of(born.iter().map(|born| f64::from(born.left)));
        for least in [2.0, 5.0, 30.0, 300.0, 2_000.0] {
            let expected = f64::powf(least, -tail);
            let found = lengths.share(|length| length >= least);
            agrees("lengths of at least", found, expected, share_error(expected, f64::from(count)));
        }
        assert!(lengths.0.iter().all(|length| (1.0..=2_000.0).contains(length)), "a length beyond the longest");
        let mean = beyond(0, &model);
        let square: f64 =
            (1..=model.longest).map(|length| (2.0 * f64::from(length) - 1.0) * f64::from(length).powf(-tail)).sum();
        lengths.has_mean("mean length", mean, square - mean * mean);
        let buys = born.iter().filter(|born| born.side == Side::Buy).count() as f64 / f64::from(count);
        agrees("buys", buys, 0.5, share_error(0.5, f64::from(count)));
        // Urgencies are exp of a uniform variable up to 2: mean (e^2 - 1) / 2, mean square (e^4 - 1) / 4.
        let (mean, square) = ((2.0_f64.exp() - 1.0) / 2.0, (4.0_f64.exp() - 1.0) / 4.0);
        Sample::of(born.iter().map(|born| born.urgency)).has_mean("urgency", mean, square - mean * mean);
    }
}

/// Signs of `count` pieces, after some that are not looked at.
fn signs(model: &MetaorderModel, seed: u64, count: usize) -> Vec<f64> {
    let mut rng = Streams::new(seed).stream("signs");
    let mut metaorders = Metaorders::unmeasured(model, &mut rng);
    (0..200_000).for_each(|_| _ = metaorders.piece(&mut rng));
    (0..count).map(|_| metaorders.piece(&mut rng).0.sign() as f64).collect()
}

/// Mean product of signs so many pieces apart, and its standard error, from parts that are long beside any metaorder.
fn memory(signs: &[f64], lag: usize) -> (f64, f64) {
    let parts = signs.chunks_exact(40_000);
    let of = |part: &[f64]| part.iter().zip(&part[lag..]).map(|(a, b)| a * b).sum::<f64>() / (part.len() - lag) as f64;
    let all = Sample::of(parts.map(of));
    (all.mean(), (all.variance() / all.count()).sqrt())
}

/// Lillo, Mike and Farmer 2005 with one metaorder at a time, exactly: two signs are of one metaorder as often as there are pieces beyond
/// the lag, over all pieces.
#[test]
fn one_metaorder_at_a_time_has_the_memory_of_its_lengths() {
    let model = MetaorderModel { working: 1, ..MODEL };
    let signs = signs(&model, 52, 2_000_000);
    for lag in [1, 10, 100, 500] {
        let (found, error) = memory(&signs, lag);
        agrees("memory of signs", found, beyond(lag as u32, &model) / beyond(0, &model), error);
    }
}

/// The same with several at once: N^(tail - 2) / tail times lag^(1 - tail) for N that are worked equally fast. Ours are not: some have seven
/// times the urgency of others, so that fewer are worked in effect. The prediction holds within a third, and the exponent within 0.12.
#[test]
fn several_metaorders_have_the_memory_that_lillo_mike_and_farmer_predict() {
    let (tail, working) = (1.5, 5);
    let model = MetaorderModel { working, tail, longest: 100_000, ..MODEL };
    let signs = signs(&model, 53, 4_000_000);
    let at = [20, 60, 180, 540].map(|lag| (lag, memory(&signs, lag).0));
    for (lag, found) in at {
        let predicted = f64::from(working).powf(tail - 2.0) / tail * (lag as f64).powf(1.0 - tail);
        let ratio = found / predicted;
        assert!((0.75..1.34).contains(&ratio), "lag {lag}: {found}, predicted {predicted}, ratio {ratio}");
    }
    let slope = (at[3].1 / at[0].1).ln() / 27.0_f64.ln();
    assert!((slope - (1.0 - tail)).abs() < 0.12, "exponent {slope}, predicted {}", 1.0 - tail);
}
