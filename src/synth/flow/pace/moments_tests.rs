use super::*;
use crate::rng::Streams;
use crate::synth::flow::model::RegimeModel;
use crate::synth::flow::moments::{Autoregression, Sample, agrees, share_error};

fn regime(volatility: f64, mean_stay_days: f64, weight: f64) -> RegimeModel {
    RegimeModel { name: "some".to_owned(), volatility, mean_stay_days, weight }
}

fn model(factors: &[(f64, f64)], regimes: Vec<RegimeModel>) -> PaceModel {
    let factor = |(half_life_minutes, deviation): &(f64, f64)| FactorModel {
        half_life_minutes: *half_life_minutes,
        deviation: *deviation,
    };
    PaceModel {
        factors: factors.iter().map(factor).collect(),
        regimes,
        hours: vec![1.0; 24],
        weekdays: vec![1.0; 7],
        minute_bursts: [1.0; 3],
        market_exponent: 1.2,
        limit_exponent: 0.9,
        size_exponent: 0.6,
        depth_exponent: 0.7,
    }
}

/// Share that a half-life of so many minutes leaves of a factor in a second.
fn kept(half_life_minutes: f64) -> f64 {
    0.5_f64.powf(1.0 / (60.0 * half_life_minutes))
}

const FACTORS: [(f64, f64); 3] = [(0.25, 0.4), (1.0, 0.3), (4.0, 0.5)];

/// Ornstein and Uhlenbeck: mean 0, the configured variance, half of it left one half-life later, and nothing shared with the others.
#[test]
fn factors_have_their_variance_and_half_of_it_a_half_life_later() {
    let mut rng = Streams::new(21).stream("pace");
    let mut pace = Pace::new(&model(&FACTORS, vec![regime(1.0, 1e4, 1.0)]), 0, 1.0, &mut rng);
    let steps = 1_000_000;
    let mut seen = [(); 3].map(|()| Sample::default());
    for step in 0..steps {
        pace.step(step * 1_000_000_000, &mut rng);
        seen.iter_mut().zip(&pace.factors).for_each(|(seen, factor)| seen.0.push(factor.value));
    }
    for (seen, (half_life, deviation)) in seen.iter().zip(FACTORS) {
        let variance = deviation * deviation;
        let of = Autoregression { variance, kept: kept(half_life), steps: steps as f64 };
        let lag = (60.0 * half_life) as i32;
        agrees("mean of a factor", seen.mean(), 0.0, of.mean_error());
        agrees("variance of a factor", seen.product(0), variance, of.product_error(0));
        agrees("a half-life later", seen.product(lag as usize), variance / 2.0, of.product_error(lag));
    }
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
        let products = seen[one].0.iter().zip(&seen[other].0).map(|(a, b)| a * b).sum::<f64>() / steps as f64;
        let [(first, a), (second, b)] = [FACTORS[one], FACTORS[other]];
        let both = kept(first) * kept(second);
        let error = a * b * ((1.0 + both) / (1.0 - both) / steps as f64).sqrt();
        agrees("product of two factors", products, 0.0, error);
    }
}

/// The square of volatility has a mean of one, whatever the factors: exp(2 x - 2 s) of a normal x of variance s has mean 1 and, at lag k, a
/// covariance of exp(4 g(k)) - 1.
#[test]
fn squares_of_volatility_have_a_mean_of_one() {
    let mut rng = Streams::new(22).stream("pace");
    let mut pace = Pace::new(&model(&FACTORS, vec![regime(1.0, 1e4, 1.0)]), 0, 1.0, &mut rng);
    let steps = 1_000_000;
    let (mut squares, mut market) = (0.0, 0.0);
    for step in 0..steps {
        pace.step(step * 1_000_000_000, &mut rng);
        squares += pace.now().volatility * pace.now().volatility;
        market += libm::log(pace.now().market);
    }
    let covariance = |lag: i32| -> f64 {
        FACTORS.iter().map(|(half_life, deviation)| deviation * deviation * kept(*half_life).powi(lag.abs())).sum()
    };
    let sum: f64 = (-20_000..=20_000).map(|lag| (4.0 * covariance(lag)).exp() - 1.0).sum();
    agrees("mean square of volatility", squares / steps as f64, 1.0, (sum / steps as f64).sqrt());
    // A power of it: the logarithm of the rate of market orders is 1.2 (x - s).
    let spread: f64 = (-20_000..=20_000).map(covariance).sum();
    let expected = -1.2 * covariance(0);
    agrees("mean logarithm of market orders", market / steps as f64, expected, 1.2 * (spread / steps as f64).sqrt());
}

const WEIGHTS: [f64; 4] = [3.0, 4.0, 2.0, 0.5];
/// Seconds.
const STAYS: [f64; 4] = [200.0, 300.0, 80.0, 20.0];

/// Regimes in order as they were entered, each with how long it lasted.
fn stays(seed: u64, steps: i64) -> Vec<(usize, f64)> {
    let regimes = WEIGHTS.iter().zip(STAYS).enumerate();
    let regimes = regimes.map(|(place, (weight, stay))| regime(1.0 + place as f64, stay / 86_400.0, *weight)).collect();
    let mut rng = Streams::new(seed).stream("pace");
    let mut pace = Pace::new(&model(&[], regimes), 0, 1.0, &mut rng);
    let mut seen = vec![(pace.regime, 0.0)];
    for step in 0..steps {
        pace.step(step * 1_000_000_000, &mut rng);
        if seen.last().is_none_or(|(regime, _)| *regime != pace.regime) {
            seen.push((pace.regime, 0.0));
        }
        seen.last_mut().unwrap().1 += 1.0;
        assert_eq!(pace.now().volatility, 1.0 + pace.regime as f64);
    }
    seen.pop();
    seen.remove(0);
    seen
}

/// Stays are exponential, each counted in whole seconds: of a mean m the mean is 1 / (1 - exp(-1/m)), and m seconds are outlasted
/// exp(-1) of the times.
#[test]
fn regimes_stay_exponentially_long() {
    let seen = stays(23, 4_000_000);
    for (place, mean) in STAYS.into_iter().enumerate() {
        let lasted = Sample::of(seen.iter().filter(|(regime, _)| *regime == place).map(|(_, stay)| *stay));
        let ends = 1.0 - (-1.0 / mean).exp();
        lasted.has_mean("mean stay", 1.0 / ends, (1.0 - ends) / (ends * ends));
        let expected = (-1.0_f64).exp();
        let found = lasted.share(|stay| stay > mean);
        agrees("outlasted its mean", found, expected, share_error(expected, lasted.count()));
    }
}

/// A regime follows another by its weight: of all who are entered after i, j is w(j) / (W - w(i)). So visits are in proportion to
/// w (W - w), and time to w (W - w) times the mean stay.
#[test]
fn regimes_follow_each_other_by_weight_and_have_their_share_of_the_time() {
    let seen = stays(24, 4_000_000);
    let total: f64 = WEIGHTS.iter().sum();
    for (from, weight) in WEIGHTS.into_iter().enumerate() {
        let next: Vec<usize> = seen.windows(2).filter(|pair| pair[0].0 == from).map(|pair| pair[1].0).collect();
        for (to, other) in WEIGHTS.into_iter().enumerate().filter(|(to, _)| *to != from) {
            let expected = other / (total - weight);
            let found = next.iter().filter(|regime| **regime == to).count() as f64 / next.len() as f64;
            agrees("follows", found, expected, share_error(expected, next.len() as f64));
        }
    }
    // Parts of two hundred visits are as good as independent.
    let parts: Vec<&[(usize, f64)]> = seen.chunks_exact(200).collect();
    for (place, expected) in law().into_iter().enumerate() {
        let in_it = |part: &[(usize, f64)]| {
            part.iter().filter(|(regime, _)| *regime == place).map(|(_, stay)| stay).sum::<f64>()
        };
        let all = |part: &[(usize, f64)]| part.iter().map(|(_, stay)| stay).sum::<f64>();
        // A ratio of sums: its error is that of what each part has beyond the expected share of its length.
        let beyond = Sample::of(parts.iter().map(|part| in_it(part) - expected * all(part)));
        agrees("share of the time", beyond.mean(), 0.0, (beyond.variance() / beyond.count()).sqrt());
    }
}

/// Share of the time that the chain spends in each regime: visits in proportion to w (W - w), of 1 / (1 - exp(-1/m)) seconds each.
fn law() -> [f64; 4] {
    let total: f64 = WEIGHTS.iter().sum();
    let time = |i: usize| WEIGHTS[i] * (total - WEIGHTS[i]) / (1.0 - (-1.0 / STAYS[i]).exp());
    let all: f64 = (0..4).map(time).sum();
    std::array::from_fn(|i| time(i) / all)
}

fn four_regimes() -> PaceModel {
    let regimes = WEIGHTS.iter().zip(STAYS).map(|(weight, stay)| regime(1.0, stay / 86_400.0, *weight));
    model(&[], regimes.collect())
}

/// A market is met in a regime as often as the chain is in it. Weights times stays, which forget that no regime follows itself, are told apart.
#[test]
fn the_first_regime_is_met_by_the_share_of_time() {
    let model = four_regimes();
    let mut rng = Streams::new(25).stream("pace");
    let count = 50_000;
    let mut met = [0.0; 4];
    for _ in 0..count {
        met[Pace::new(&model, 0, 1.0, &mut rng).regime] += 1.0 / f64::from(count);
    }
    let forgetful: f64 = WEIGHTS.iter().zip(STAYS).map(|(weight, stay)| weight * stay).sum();
    for (place, expected) in law().into_iter().enumerate() {
        let error = share_error(expected, f64::from(count));
        agrees("met at first", met[place], expected, error);
        let wrong = WEIGHTS[place] * STAYS[place] / forgetful;
        assert!((wrong - expected).abs() > 6.0 * error, "{wrong} and {expected} are too close to prove anything");
    }
    let alone = Pace::new(&self::model(&[], vec![regime(2.0, 1.0, 1.0)]), 0, 1.0, &mut rng);
    assert_eq!((alone.regime, alone.now().volatility), (0, 2.0));
}

/// Stationary: over many seeds each regime has its share of the first hundred seconds, and no other share of a hundred that come long after.
#[test]
fn first_hours_are_like_late_ones() {
    let model = four_regimes();
    let (seeds, window, late) = (8_000, 100, 1_500);
    let mut shares = [(); 4].map(|()| [Sample::default(), Sample::default()]);
    for seed in 0..seeds {
        let mut rng = Streams::new(2_600 + seed).stream("pace");
        let mut pace = Pace::new(&model, 0, 1.0, &mut rng);
        let mut seen = [[0.0; 2]; 4];
        for second in 0..late + window {
            if second < window || second >= late {
                seen[pace.regime][usize::from(second >= late)] += 1.0 / f64::from(window);
            }
            pace.step(0, &mut rng);
        }
        for (shares, seen) in shares.iter_mut().zip(seen) {
            shares.iter_mut().zip(seen).for_each(|(shares, seen)| shares.0.push(seen));
        }
    }
    for ([first, last], expected) in shares.iter().zip(law()) {
        let error = |sample: &Sample| (sample.variance() / sample.count()).sqrt();
        agrees("share of the first hundred seconds", first.mean(), expected, error(first));
        agrees("share of late ones", last.mean(), expected, error(last));
        let differ = Sample::of(first.0.iter().zip(&last.0).map(|(first, last)| first - last));
        agrees("first less late", differ.mean(), 0.0, error(&differ));
    }
}

/// What is left of the stay that is met first is like a whole one, since stays have no memory, counted in seconds neither: it ends in each second with
/// a chance of 1 - exp(-1/m).
#[test]
fn what_is_left_of_the_first_stay_is_like_a_whole_one() {
    let model = four_regimes();
    let mut rng = Streams::new(27).stream("pace");
    let mut left = [(); 4].map(|()| Sample::default());
    for _ in 0..30_000 {
        let mut pace = Pace::new(&model, 0, 1.0, &mut rng);
        let (first, mut seconds) = (pace.regime, 0.0);
        while pace.regime == first {
            pace.step(0, &mut rng);
            seconds += 1.0;
        }
        left[first].0.push(seconds);
    }
    for (left, mean) in left.iter().zip(STAYS) {
        let ends = 1.0 - (-1.0 / mean).exp();
        left.has_mean("left of the first stay", 1.0 / ends, (1.0 - ends) / (ends * ends));
        let expected = (-1.0_f64).exp();
        agrees("outlasts a mean", left.share(|left| left > mean), expected, share_error(expected, left.count()));
    }
}

/// The first values of factors have the variance that they keep: over many seeds, at once and later.
#[test]
fn factors_begin_as_they_go_on() {
    let model = model(&FACTORS, vec![regime(1.0, 1.0, 1.0)]);
    let mut rng = Streams::new(28).stream("pace");
    let mut seen = [(); 3].map(|()| Sample::default());
    for _ in 0..40_000 {
        let pace = Pace::new(&model, 0, 1.0, &mut rng);
        seen.iter_mut().zip(&pace.factors).for_each(|(seen, factor)| seen.0.push(factor.value));
    }
    for (seen, (_, deviation)) in seen.iter().zip(FACTORS) {
        let variance = deviation * deviation;
        seen.has_mean("first value of a factor", 0.0, variance);
        agrees("its variance", seen.variance(), variance, variance * (2.0 / seen.count()).sqrt());
    }
}

/// Hours of the week and minutes of the hour are exact multiples of each other, and their mean square is one.
#[test]
fn seasons_are_exact_multiples() {
    let mut model = model(&[], vec![regime(1.0, 1.0, 1.0)]);
    model.hours = (0..24).map(|hour| 0.5 + f64::from(hour) / 10.0).collect();
    model.weekdays = vec![1.0, 1.1, 1.2, 1.3, 1.4, 0.7, 0.0];
    model.minute_bursts = [1.6, 1.3, 1.1];
    let pace = Pace::new(&model, 0, 1.0, &mut Streams::new(1).stream("pace"));
    // 5 January 1970 was the first Monday.
    let at = |day: usize, hour: usize, minute: usize| {
        pace.season(((4 + day) as i64 * 1_440 + (hour * 60 + minute) as i64) * MINUTE_NANOS)
    };
    let said = |day: usize, hour: usize, minute: usize| {
        let burst = match minute {
            0 => 1.6,
            15 | 30 | 45 => 1.3,
            minute if minute % 5 == 0 => 1.1,
            _ => 1.0,
        };
        model.weekdays[day] * model.hours[hour] * burst
    };
    let (mut squares, mut open) = (0.0, 0.0);
    let one = at(0, 0, 1) / said(0, 0, 1);
    for (day, hour, minute) in (0..7).flat_map(|day| (0..24).flat_map(move |hour| (0..60).map(move |m| (day, hour, m))))
    {
        let found = at(day, hour, minute);
        let expected = one * said(day, hour, minute);
        assert!((found - expected).abs() < 1e-12, "day {day}, {hour}:{minute}: {found}, expected {expected}");
        squares += found * found;
        open += f64::from(u8::from(found > 0.0));
    }
    assert_eq!(open, 6.0 * 1_440.0);
    assert!((squares / open - 1.0).abs() < 1e-12, "mean square {}", squares / open);
}
