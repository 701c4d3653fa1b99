use super::*;
use crate::rng::Streams;
use crate::synth::flow::moments::{Autoregression, Sample, agrees, share_error};
use crate::synth::flow::tests::model;

const CALM: Multiples = Multiples::ONE;
const START: f64 = 600_000.0;

fn price(change: impl Fn(&mut PriceModel)) -> EfficientPrice {
    let mut model = model();
    change(&mut model.price);
    let sources = Sources { trades: 5.0, unforeseen: 1.0, own_share: 1.0 };
    EfficientPrice::new(&model.price, &model.providers, START, sources)
}

/// Kou 2002: half of the jumps up with an exponential size, half down with another; a price that jumps does not drift.
#[test]
fn jumps_have_the_moments_of_two_exponentials() {
    let (up, down) = (10.0, 25.0);
    let likely = 0.05;
    let mut price = price(|model| {
        (model.jumps_per_day, model.jump_up_bps, model.jump_down_bps) = (likely * DAY_SECONDS, up, down);
    });
    let streams = Streams::new(41);
    let (mut rng, mut night) = (streams.stream("jumps"), streams.stream("overnight"));
    let drift = likely * (up - down) / 2.0;
    let steps = 1_500_000;
    let (mut jumps, mut all) = (Sample::default(), 0.0);
    for _ in 0..steps {
        price.ticks = START;
        let jumped = price.step(&CALM, &mut rng, &mut night);
        let change = (price.ticks() / START - 1.0) * 1e4;
        all += change;
        if jumped {
            jumps.0.push(change + drift);
        }
    }
    agrees("jumps in a step", jumps.count() / f64::from(steps), likely, share_error(likely, f64::from(steps)));
    let (mean, square) = ((up - down) / 2.0, up * up + down * down);
    jumps.has_mean("mean jump", mean, square - mean * mean);
    let fourth = 12.0 * (up.powi(4) + down.powi(4));
    Sample::of(jumps.0.iter().map(|jump| jump * jump)).has_mean(
        "mean square of a jump",
        square,
        fourth - square * square,
    );
    let ups = jumps.share(|jump| jump > 0.0);
    agrees("jumps up", ups, 0.5, share_error(0.5, jumps.count()));
    // Of those that are up, the size of one mean is exceeded exp(-1) of the times.
    let large = jumps.share(|jump| jump > up) / ups;
    let expected = (-1.0_f64).exp();
    agrees("above its mean", large, expected, share_error(expected, ups * jumps.count()));
    agrees("change of a step", all / f64::from(steps), 0.0, (likely * square / f64::from(steps)).sqrt());
}

/// A market that opens has moved by a normal variable, once, and not while it was closed.
#[test]
fn a_night_moves_the_price_once_by_its_deviation() {
    let mut price = price(|model| (model.jumps_per_day, model.overnight_bps) = (0.0, 80.0));
    let streams = Streams::new(42);
    let (mut rng, mut night) = (streams.stream("jumps"), streams.stream("overnight"));
    let closed = Multiples { volatility: 0.0, market: 0.0, ..CALM };
    let mut step = |price: &mut EfficientPrice, pace: &Multiples| {
        let opens = price.step(pace, &mut rng, &mut night);
        (opens, (price.ticks() / START - 1.0) * 1e4)
    };
    let mut nights = Sample::default();
    for _ in 0..50_000 {
        price.ticks = START;
        assert_eq!([(); 2].map(|()| step(&mut price, &closed)), [(false, 0.0); 2]);
        let (opens, gap) = step(&mut price, &CALM);
        assert!(opens && step(&mut price, &CALM) == (false, gap), "a second move after one of {gap}");
        nights.0.push(gap);
    }
    let variance = 80.0 * 80.0;
    nights.has_mean("mean of a night", 0.0, variance);
    agrees("variance of a night", nights.variance(), variance, variance * (2.0 / nights.count()).sqrt());
}

/// What draws back goes half of the way in its half-life, to the digit.
#[test]
fn a_price_that_nothing_moves_goes_half_of_the_way_back() {
    for start in [500_000.0, 700_000.0] {
        let mut price = price(|model| (model.jumps_per_day, model.reversion_half_life_hours) = (0.0, 0.5));
        price.ticks = start;
        let streams = Streams::new(43);
        let (mut rng, mut night) = (streams.stream("jumps"), streams.stream("overnight"));
        for half_lives in 1..4 {
            (0..1_800).for_each(|_| _ = price.step(&CALM, &mut rng, &mut night));
            let expected = START + (start - START) / 2.0_f64.powi(half_lives);
            assert!(
                (price.ticks() - expected).abs() < 1e-5,
                "{} after {half_lives}, expected {expected}",
                price.ticks()
            );
        }
    }
}

/// Ornstein and Uhlenbeck: the variance that news of v a step and a return of r a step come to is v / (1 - (1 - r)^2).
#[test]
fn a_price_drawn_back_has_its_stationary_variance() {
    let mut price = price(|model| {
        (model.jumps_per_day, model.flow_share, model.news_deviation) = (0.0, 0.0, 0.0);
        (model.reversion_half_life_hours, model.volatility_bps_per_day, model.news_per_second) = (0.02, 60.0, 1.0);
    });
    let streams = Streams::new(44);
    let [mut rng, mut night, mut news] = ["jumps", "overnight", "news"].map(|name| streams.stream(name));
    let kept = 0.5_f64.powf(1.0 / 72.0);
    let variance = 60.0 * 60.0 / DAY_SECONDS / (1.0 - kept * kept);
    let steps = 1_000_000;
    let mut away = Sample::default();
    for step in 0..steps + 2_000 {
        price.news(None, &CALM, &mut news);
        // Between one piece of news and the way back from it.
        if step >= 2_000 {
            away.0.push((price.ticks() / START - 1.0) * 1e4);
        }
        price.step(&CALM, &mut rng, &mut night);
    }
    let of = Autoregression { variance, kept, steps: f64::from(steps) };
    agrees("mean of the distance", away.mean(), 0.0, of.mean_error());
    agrees("variance of the distance", away.product(0), variance, of.product_error(0));
    agrees("a half-life later", away.product(72), variance / 2.0, of.product_error(72));
}

/// News, trades of foreseen and unforeseen signs and jumps leave the mean of the price where it was; an exponential of the same moves
/// would add half of their variance.
#[test]
fn the_price_is_a_martingale() {
    let paths = 30_000;
    let streams = Streams::new(45);
    let [mut rng, mut night, mut news, mut signs] =
        ["jumps", "overnight", "news", "signs"].map(|name| streams.stream(name));
    let fresh = price(|model| {
        (model.volatility_bps_per_day, model.news_deviation) = (2_000.0 * DAY_SECONDS.sqrt() / 10.0, 0.3);
        (model.jumps_per_day, model.jump_up_bps, model.jump_down_bps) = (8_000.0, 300.0, 900.0);
    });
    let ends = Sample::of((0..paths).map(|_| {
        let mut price = fresh.clone();
        for _ in 0..20 {
            price.news(None, &CALM, &mut news);
            let side = if signs.ratio(3, 4) { 1.0 } else { -1.0 };
            price.trade(side - 0.5, 1.0, &CALM);
            price.step(&CALM, &mut rng, &mut night);
        }
        price.ticks() / START
    }));
    let deviation = ends.variance().sqrt();
    let error = deviation / ends.count().sqrt();
    assert!(deviation * deviation / 2.0 > 8.0 * error, "a deviation of {deviation} proves nothing");
    agrees("mean of the price", ends.mean(), 1.0, error);
}

/// A trade of a surprise of one moves the price by the root of the trades' share of the variance a trade.
#[test]
fn a_trade_moves_the_price_by_its_share_of_the_variance() {
    let price = price(|model| (model.flow_share, model.volatility_bps_per_day) = (0.6, 288.0));
    let said = 288.0 * (0.6 / DAY_SECONDS / 5.0_f64).sqrt();
    for (surprise, weight) in [(1.0, 1.0), (-0.5, 2.0), (1.9, 0.2)] {
        let mut price = price.clone();
        price.trade(surprise, weight, &CALM);
        let found = (price.ticks() / START - 1.0) * 1e4;
        assert!((found - said * surprise * weight).abs() < 1e-9, "{found} of a surprise of {surprise}");
    }
}

/// News of one a second: what is left of their squares is an autoregression, of mean k a / (1 - k) after it has faded, where a is what a second adds and k
/// what it keeps. At v times the volatility it is v^2 times that, and a market begins there, but for the half of a second that it has not faded yet.
#[test]
fn turmoil_of_usual_moves_has_a_mean_of_one_and_begins_there() {
    for volatility in [1.0, 2.5] {
        let mut price = price(|model| {
            (model.jumps_per_day, model.flow_share) = (0.0, 0.0);
            (model.news_deviation, model.news_per_second) = (0.0, 1.0);
        });
        let half_life = model().providers.turmoil_half_life_seconds;
        let at = Multiples { volatility, ..CALM };
        let streams = Streams::new(46);
        let [mut rng, mut night, mut news] = ["jumps", "overnight", "news"].map(|name| streams.stream(name));
        let (kept, square) = (0.5_f64.powf(1.0 / half_life), volatility * volatility);
        let comes = square * core::f64::consts::LN_2 / half_life;
        let mean = kept * comes / (1.0 - kept);
        price.settle(volatility);
        assert!((price.turmoil.level / mean - 1.0).abs() < 0.6 / half_life, "{}, mean {mean}", price.turmoil.level);
        let steps = 1_000_000;
        let levels = Sample::of((0..steps).map(|_| {
            price.ticks = START;
            price.news(None, &at, &mut news);
            price.step(&at, &mut rng, &mut night);
            price.turmoil.level
        }));
        let variance = 2.0 * comes * comes * kept * kept / (1.0 - kept * kept);
        let of = Autoregression { variance, kept, steps: f64::from(steps) };
        agrees("mean turmoil", levels.mean(), mean, of.mean_error());
    }
}

/// Moves at a Poisson rate n whose squares are exponential, forgotten at a rate r (shot noise; O. Barndorff-Nielsen, N. Shephard, "Non-Gaussian
/// Ornstein-Uhlenbeck-based models", 2001): turmoil has a gamma law of shape n / r, here 2. So above `from` it is exp(-x) (1 + x) of the time; it comes down
/// through x at a rate of r x f(x), so that a withdrawal lasts that share over that rate; and liquidity has the mean of its formula under that law.
/// Seconds miss withdrawals that are shorter, six thousandths of them.
#[test]
fn providers_are_away_as_often_and_as_long_as_a_gamma_law_says() {
    let (half_life, from, withdrawal) = (500.0, 4.0, 0.8);
    let mut all = model();
    (all.providers.turmoil_half_life_seconds, all.providers.turmoil_from) = (half_life, from);
    (all.providers.withdrawal, all.price.jumps_per_day) = (withdrawal, 0.0);
    all.price.reversion_half_life_hours = 0.0;
    let sources = Sources { trades: 5.0, unforeseen: 1.0, own_share: 1.0 };
    let mut price = EfficientPrice::new(&all.price, &all.providers, START, sources);
    let forgets = core::f64::consts::LN_2 / half_life;
    let variance = (all.price.volatility_bps_per_day / 1e4).powi(2) / DAY_SECONDS;
    let unit_square = variance / forgets;
    let streams = Streams::new(47);
    let [mut rng, mut night, mut moves] = ["jumps", "overnight", "moves"].map(|name| streams.stream(name));
    let (mut next, seconds, part) = (0.0, 30_000_000, 50_000);
    let (mut away, mut liquidity, mut lasted) = (Sample::default(), Sample::default(), Sample::default());
    let (mut sums, mut since) = ([0.0; 2], None);
    for second in 0..seconds {
        price.ticks = START;
        while next < f64::from(second + 1) {
            // What of it is left at the end of its second, where all of the second is taken off.
            let early = (forgets * (next - f64::from(second))).exp();
            price.shift((exponential(&mut moves) * unit_square * early).sqrt());
            next += exponential(&mut moves) / (2.0 * forgets);
        }
        price.step(&CALM, &mut rng, &mut night);
        let is_away = price.liquidity() < 1.0;
        sums[0] += f64::from(u8::from(is_away));
        sums[1] += price.liquidity();
        if is_away && since.is_none() {
            since = Some(second);
        } else if !is_away && let Some(since) = since.take() {
            lasted.0.push(f64::from(second - since));
        }
        if (second + 1) % part == 0 {
            away.0.push(sums[0] / f64::from(part));
            liquidity.0.push(sums[1] / f64::from(part));
            sums = [0.0; 2];
        }
    }
    let error = |sample: &Sample| (sample.variance() / sample.count()).sqrt();
    let share = (-from).exp() * (1.0 + from);
    let down = forgets * from * from * (-from).exp();
    assert!(error(&away) < 0.03 * share && error(&lasted) < 0.03 * share / down, "errors prove little");
    agrees("share withdrawn", away.mean(), share, error(&away));
    agrees("seconds withdrawn", lasted.mean(), share / down, error(&lasted));
    // Above `from` by y: density (from + y) exp(-from - y).
    let gives = |y: f64| (from + y) * (-from - y).exp() / (1.0 + withdrawal * y.sqrt());
    let above: f64 = (0..40_000).map(|place| gives((f64::from(place) + 0.5) / 1_000.0) / 1_000.0).sum();
    agrees("mean liquidity", liquidity.mean(), 1.0 - share + above, error(&liquidity));
}
