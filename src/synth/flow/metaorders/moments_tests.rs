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

/// A market is met at its k-th piece of a metaorder with a chance in proportion to k^-tail, and so many are left of it likewise. Urgencies: before a
/// piece states count by the sum of their urgencies, so that one over that sum has the mean of one over the sum that a random moment has.
#[test]
fn metaorders_are_met_in_the_middle() {
    let model = MetaorderModel { longest: 200, ..MODEL };
    let all = beyond(0, &model);
    let mut rng = Streams::new(54).stream("met");
    let (count, working) = (60_000, f64::from(model.working));
    let met: Vec<Metaorders> = (0..count).map(|_| Metaorders::unmeasured(&model, &mut rng)).collect();
    let each = || met.iter().flat_map(|met| &met.worked);
    let (done, left) = (
        Sample::of(each().map(|worked| f64::from(worked.done))),
        Sample::of(each().map(|worked| f64::from(worked.left))),
    );
    for least in [1, 2, 5, 20, 100, 199] {
        let expected = beyond(least, &model) / all;
        let error = share_error(expected, done.count());
        agrees("pieces done", done.share(|done| done >= f64::from(least)), expected, error);
        agrees("pieces left", left.share(|left| left > f64::from(least)), expected, error);
    }
    assert!(each().all(|worked| worked.left >= 1 && worked.done + worked.left <= model.longest), "no such length");
    // Density c / u^2 from 1 to e^2: mean 2 c, mean square c (e^2 - 1).
    let c = 1.0 / (1.0 - (-2.0_f64).exp());
    let (mean, square) = (2.0 * c, c * (2.0_f64.exp() - 1.0));
    let inverse = Sample::of(met.iter().map(|met| 1.0 / met.urgencies));
    agrees("1 / sum", inverse.mean(), 1.0 / (working * mean), (inverse.variance() / inverse.count()).sqrt());
    let sums = Sample::of(met.iter().map(|met| met.urgencies));
    let expected = (working * square + working * (working - 1.0) * mean * mean) / (working * mean);
    agrees("sum", sums.mean(), expected, (sums.variance() / sums.count()).sqrt());
    // Everybody knows of each what its pieces have told.
    for worked in each() {
        let known = worked.urgency * (1.0 - 1.0 / (1.0 + f64::from(worked.done) / model.hidden_pieces).sqrt());
        assert!((worked.known.abs() - known).abs() < 1e-12, "{worked:?}, expected to be known by {known}");
    }
}

/// Stationary: of many seeds the first signs remember each other as late ones do.
#[test]
fn first_signs_have_the_memory_of_late_ones() {
    let model = MetaorderModel { working: 1, longest: 500, ..MODEL };
    let lags = [1, 10, 100];
    let seeds = 40_000;
    let mut products = lags.map(|_| Sample::default());
    for seed in 0..seeds {
        let mut rng = Streams::new(5_500 + seed).stream("signs");
        let mut metaorders = Metaorders::unmeasured(&model, &mut rng);
        let signs: Vec<f64> = (0..=100).map(|_| metaorders.piece(0.0, &mut rng).0.sign() as f64).collect();
        products.iter_mut().zip(lags).for_each(|(products, lag)| products.0.push(signs[0] * signs[lag]));
    }
    for (products, lag) in products.iter().zip(lags) {
        let expected = beyond(lag as u32, &model) / beyond(0, &model);
        products.has_mean("memory of the first sign", expected, 1.0 - expected * expected);
    }
}

/// Signs of `count` pieces, from the first on.
fn signs(model: &MetaorderModel, seed: u64, count: usize) -> Vec<f64> {
    let mut rng = Streams::new(seed).stream("signs");
    let mut metaorders = Metaorders::unmeasured(model, &mut rng);
    (0..count).map(|_| metaorders.piece(0.0, &mut rng).0.sign() as f64).collect()
}

/// Mean of something that two pieces so far apart have in common, and its standard error, from parts that are long beside any metaorder.
fn memory<T: Copy>(pieces: &[T], lag: usize, common: impl Fn(T, T) -> f64) -> (f64, f64) {
    let of = |part: &[T]| {
        part.iter().zip(&part[lag..]).map(|(a, b)| common(*a, *b)).sum::<f64>() / (part.len() - lag) as f64
    };
    let all = Sample::of(pieces.chunks_exact(40_000).map(of));
    (all.mean(), (all.variance() / all.count()).sqrt())
}

/// Lillo, Mike and Farmer 2005 with one metaorder at a time, exactly: two signs are of one metaorder as often as there are pieces beyond
/// the lag, over all pieces.
#[test]
fn one_metaorder_at_a_time_has_the_memory_of_its_lengths() {
    let model = MetaorderModel { working: 1, ..MODEL };
    let signs = signs(&model, 52, 6_000_000);
    for lag in [1, 10, 100, 500] {
        let (found, error) = memory(&signs, lag, |a, b| a * b);
        agrees("memory of signs", found, beyond(lag as u32, &model) / beyond(0, &model), error);
    }
}

/// Of each piece, which metaorder it is of: numbers in the order of birth. The product of two signs has the mean of "both are of one", and a hundred times its
/// variance where they seldom are: what is common is counted itself. `alike` makes all as urgent as each other, whatever was drawn.
fn owners(model: &MetaorderModel, seed: u64, count: usize, alike: bool) -> Vec<u32> {
    let mut rng = Streams::new(seed).stream("owners");
    let mut metaorders = Metaorders::unmeasured(model, &mut rng);
    let mut owners: Vec<u32> = (0..model.working).collect();
    let mut born = model.working;
    let pieces = (0..count).map(|_| {
        if alike {
            metaorders.worked.iter_mut().for_each(|worked| worked.urgency = 1.0);
            metaorders.add_up();
        }
        let before: Vec<(u32, f64)> = metaorders.worked.iter().map(|worked| (worked.left, worked.urgency)).collect();
        let (side, _) = metaorders.piece(0.0, &mut rng);
        // A piece takes one off what is left, or another metaorder is in its place, of another urgency.
        let place = (0..owners.len()).find(|place| {
            let worked = &metaorders.worked[*place];
            (worked.left, worked.urgency) != before[*place]
        });
        let place = place.unwrap_or_else(|| panic!("nobody's piece"));
        let owner = owners[place];
        if metaorders.worked[place].urgency != before[place].1 {
            owners[place] = born;
            born += 1;
        } else {
            assert_eq!(metaorders.worked[place].side, side);
        }
        owner
    });
    pieces.collect()
}

fn is_one(a: u32, b: u32) -> f64 {
    f64::from(u8::from(a == b))
}

/// N metaorders that are worked equally fast, exactly: of the lag - 1 pieces between, a binomial number B of chance 1 / N is of the first one's, and
/// the last is too with a chance of 1 / N, if as many as B + 1 were left: beyond(B + 1) / beyond(0).
fn memory_of_alike(model: &MetaorderModel, lag: u32) -> f64 {
    let chance = 1.0 / f64::from(model.working);
    let mut likely = (1.0 - chance).powi(lag as i32 - 1);
    let (mut sum, mut left) = (0.0, beyond(0, model));
    let all = left;
    for between in 0..lag {
        left -= f64::from(between + 1).powf(-model.tail);
        sum += likely * left.max(0.0) / all;
        likely *= f64::from(lag - 1 - between) / f64::from(between + 1) * chance / (1.0 - chance);
    }
    chance * sum
}

/// Lillo, Mike and Farmer 2005 with several metaorders at once, exactly, at all lags.
#[test]
fn several_alike_metaorders_have_the_memory_of_their_lengths() {
    let model = MetaorderModel { working: 5, ..MODEL };
    let owners = owners(&model, 53, 12_000_000, true);
    for lag in [1, 5, 20, 60, 180, 540] {
        let (found, error) = memory(&owners, lag, is_one);
        let expected = memory_of_alike(&model, lag as u32);
        assert!(error < 0.04 * expected, "an error of {error} of {expected} proves little");
        agrees("memory of several", found, expected, error);
    }
}

/// Chance that two pieces in a row are of one of `working` metaorders of urgencies between 1 and e^2 as they are met, if none ends: the mean of the squares of
/// their shares, each state weighed by its sum. Over a sum is an integral of exponentials: N times that of E(u^2 e^-su) E(e^-su)^(N - 1) over s, over
/// N E(u); of the density c / u^2 the first is c (e^-s - e^-s e^2) / s.
fn chance_of_the_same(working: i32) -> f64 {
    let c = 1.0 / (1.0 - (-2.0_f64).exp());
    let (parts, far) = (2_000, 12.0);
    let middle = |place: i32| (f64::from(place) + 0.5) / f64::from(parts);
    let transform = |s: f64| (0..parts).map(|v| (-s / (1.0 - middle(v) / c)).exp()).sum::<f64>() / f64::from(parts);
    let height = |s: f64| c * ((-s).exp() - (-s * 2.0_f64.exp()).exp()) / s * transform(s).powi(working - 1);
    let integral: f64 = (0..parts).map(|s| height(far * middle(s))).sum::<f64>() * far / f64::from(parts);
    integral / (2.0 * c)
}

/// What Lillo, Mike and Farmer give for lags that are long beside N and short beside the longest: N^(tail - 2) / tail times lag^(1 - tail). Theirs are
/// lengths of any size from 1 on, of a mean of tail / (tail - 1); ours are whole, of another mean, over which a memory is.
#[test]
fn the_exact_memory_is_that_of_lillo_mike_and_farmer() {
    let model = MetaorderModel { working: 5, longest: 3_000_000, ..MODEL };
    let tail = model.tail;
    for lag in [180, 540, 1_000] {
        let theirs = 5.0_f64.powf(tail - 2.0) / tail * f64::from(lag).powf(1.0 - tail);
        let predicted = theirs * tail / (tail - 1.0) / beyond(0, &model);
        let ratio = memory_of_alike(&model, lag) / predicted;
        assert!((ratio - 1.0).abs() < 0.02, "lag {lag}: {ratio} of {predicted}");
    }
}

/// Ours are not equally fast: some have seven times the urgency of others. Two pieces in a row, exactly; farther apart the memory lies
/// between that of alike ones and as much more as they have in a row, and falls by the same exponent.
#[test]
fn several_metaorders_have_the_memory_that_lillo_mike_and_farmer_predict() {
    let model = MetaorderModel { working: 5, ..MODEL };
    let owners = owners(&model, 56, 12_000_000, false);
    let (found, error) = memory(&owners, 1, is_one);
    let expected = chance_of_the_same(5) * beyond(1, &model) / beyond(0, &model);
    assert!(error < 0.003 * expected, "an error of {error} of {expected} proves little");
    agrees("two in a row", found, expected, error);
    let most = expected / memory_of_alike(&model, 1);
    let at = [20, 540].map(|lag| {
        let (found, error) = memory(&owners, lag, is_one);
        let alike = memory_of_alike(&model, lag as u32);
        assert!(found > alike - 4.0 * error, "lag {lag}: {found}, alike ones {alike}, error {error}");
        assert!(
            found < alike * most + 4.0 * error,
            "lag {lag}: {found}, alike ones {alike}, at most {most} times that"
        );
        (found / alike, error / found)
    });
    let slope = (at[1].0 / at[0].0).ln() / 27.0_f64.ln();
    assert!(slope.abs() < 0.03 + 4.0 * at[1].1 / 27.0_f64.ln(), "exponent off by {slope}");
}
