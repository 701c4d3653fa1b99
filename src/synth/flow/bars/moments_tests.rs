use super::*;
use crate::synth::flow::model::FactorModel;
use crate::synth::flow::moments::{Sample, agrees};
use crate::synth::flow::tests::{START, model};

/// Always open, always at pace one, nothing draws the price back.
fn even() -> FlowModel {
    let mut model = model();
    model.pace.factors.clear();
    model.pace.regimes.truncate(1);
    model.pace.regimes[0].volatility = 1.0;
    (model.pace.hours, model.pace.weekdays, model.pace.minute_bursts) = (vec![1.0; 24], vec![1.0; 7], [1.0; 3]);
    (model.price.jumps_per_day, model.price.reversion_half_life_hours) = (0.0, 0.0);
    model
}

fn bars(model: &FlowModel, days: i64, period: Span, seed: u64) -> Vec<Bar> {
    let recipe =
        FlowRecipe { model: model.clone(), shocks: Vec::new(), start_at: START, duration: DAY.times(days), seed };
    Path::new(&recipe, period).collect()
}

/// Returns from open to close.
fn returns(bars: &[Bar]) -> Sample {
    Sample::of(bars.iter().map(|bar| bar.close.ticks() as f64 / bar.open.ticks() as f64 - 1.0))
}

fn volumes(bars: &[Bar]) -> Sample {
    Sample::of(bars.iter().map(|bar| bar.volume.steps() as f64))
}

/// The mean of squares is `expected`, within four standard errors of a hundredth at most.
#[track_caller]
fn has_square(what: &str, sample: &Sample, expected: f64) {
    let squares = Sample::of(sample.0.iter().map(|value| value * value));
    let error = (squares.variance() / squares.count()).sqrt();
    assert!(error < 0.01 * expected, "{what}: an error of {error} of {expected} proves little");
    agrees(what, squares.mean(), expected, error);
}

fn variance_a_minute(model: &FlowModel) -> f64 {
    (model.price.volatility_bps_per_day / 1e4).powi(2) / 1_440.0
}

/// Independent steps whose mean is 0: k of them multiply to a variance of (1 + v)^k - 1; bars of a second have a sixtieth of a minute's.
#[test]
fn returns_have_the_variance_of_their_period() {
    let model = even();
    let minute = variance_a_minute(&model);
    for (period, days, expected) in [
        (SECOND.times(10), 20, minute / 6.0),
        (MINUTE, 100, minute),
        (MINUTE.times(15), 700, (1.0 + minute).powi(15) - 1.0),
    ] {
        let returns = returns(&bars(&model, days, period, 91));
        has_square(&format!("returns of {period}"), &returns, expected);
        returns.has_mean("mean return", 0.0, expected);
    }
}

/// Kou 2002: half up and half down, of mean squares 2 u^2 and 2 d^2, as often as they are due, and their mean taken off.
#[test]
fn jumps_add_their_variance_and_no_drift() {
    let mut model = even();
    (model.price.jumps_per_day, model.price.jump_up_bps, model.price.jump_down_bps) = (72.0, 10.0, 20.0);
    let returns = returns(&bars(&model, 600, MINUTE, 92));
    let likely = 72.0 / 1_440.0;
    let drift = likely * (10.0 - 20.0) / 2.0;
    let jumps = (likely * (10.0 * 10.0 + 20.0 * 20.0) - drift * drift) / 1e8;
    let expected = variance_a_minute(&model) + jumps;
    has_square("returns with jumps", &returns, expected);
    returns.has_mean("mean return with jumps", 0.0, expected);
}

/// A sum of as many sizes as a self-exciting clock counts: its mean is rate times size, its variance the number of trades times the square of the mean
/// size times (its relative variance and that of the clusters, 1 / (1 - n)^2). Volume is rounded down.
#[test]
fn volumes_have_the_mean_and_the_variance_of_their_trades() {
    let mut model = even();
    (model.orders.market_per_second, model.orders.market_by_market) = (2.0, 0.5);
    let (size, square) = (mean(&model.orders.market_sizes), mean_square(&model.orders.market_sizes));
    for (period, steps) in [(MINUTE, 1.0), (MINUTE.times(5), 5.0)] {
        let volumes = volumes(&bars(&model, 200 * steps as i64, period, 93));
        let trades = 120.0 * steps;
        let expected = trades * size * size * (square / size / size - 1.0 + 4.0);
        volumes.has_mean("volume", trades * size - 0.5, expected);
        let around = Sample::of(volumes.0.iter().map(|volume| volume - trades * size + 0.5));
        has_square("its variance", &around, expected);
    }
}

/// A factor of deviation d: volatility exp(x - d^2) has a mean square of one, and volume, which goes with its power c, a mean of
/// exp(c^2 d^2 / 2 - c d^2).
#[test]
fn bars_follow_the_pace() {
    let mut model = even();
    model.pace.factors = vec![FactorModel { half_life_minutes: 0.25, deviation: 0.4 }];
    (model.pace.market_exponent, model.pace.size_exponent) = (1.2, 0.6);
    let bars = bars(&model, 400, MINUTE, 94);
    // A minute leaves a sixteenth of the factor: parts of 480 minutes are independent.
    let part = |values: Vec<f64>| {
        let means = Sample::of(values.chunks_exact(480).map(|part| part.iter().sum::<f64>() / part.len() as f64));
        (means.mean(), (means.variance() / means.count()).sqrt())
    };
    let (square, error) = part(returns(&bars).0.iter().map(|change| change * change).collect());
    agrees("variance of returns", square, variance_a_minute(&model), error);
    let (volume, error) = part(volumes(&bars).0);
    let (c, variance) = (1.2 + 0.6, 0.4 * 0.4_f64);
    let base = 60.0 * model.orders.market_per_second * mean(&model.orders.market_sizes);
    agrees("mean volume", volume, base * (c * c * variance / 2.0 - c * variance).exp() - 0.5, error);
}
