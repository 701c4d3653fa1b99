//! A market as busy as a tape that tells less than generated ones do.

use super::estimate::{LARGEST, rising, rounded};
use super::flow::Flow;
use super::mend::generated;
use super::pass::Observed;
use super::volatility::{mean_power, mean_season};
use crate::synth::{FlowModel, Season};

/// Times that a market is generated.
const ROUNDS: usize = 3;
/// How far a rate goes at once.
const STEP: f64 = 8.0;

/// A model, and how often a second somebody takes and a level grows: on the tape and in the generated market.
pub(super) struct Scaled {
    pub model: FlowModel,
    pub takers: [f64; 2],
    pub grown: [f64; 2],
}

/// Takers and growing levels, a second of season one.
fn rates(seen: &Observed, model: &FlowModel) -> Option<[f64; 2]> {
    let season = Season::new(&model.pace);
    let mean = |exponent: f64| mean_season(&seen.minutes, &season, exponent);
    let seconds = seen.covered as f64 / 1e9;
    let Flow { whole, bare, at_touch, behind, inside, .. } = &seen.flow;
    let takers = (whole + bare) as f64 / seconds / mean(model.pace.market_exponent);
    let grown = (at_touch + behind.total + inside) as f64 / seconds / mean(model.pace.limit_exponent);
    [takers, grown].iter().all(|rate| rate.is_finite() && *rate > 0.0).then_some([takers, grown])
}

/// Scales the rates of `model` until a generated market is as busy as what was seen; `None` where nobody trades or quotes.
pub(super) fn scaled(seen: &Observed, model: &FlowModel) -> Option<Scaled> {
    let tape = rates(seen, model)?;
    let mut model = model.clone();
    sizes(seen, &mut model);
    let mut scaled = Scaled { model: model.clone(), takers: [tape[0]; 2], grown: [tape[1]; 2] };
    for _ in 0..ROUNDS {
        let Some(market) = busyness(&model, seen) else { break };
        scaled = Scaled { model: model.clone(), takers: [tape[0], market[0]], grown: [tape[1], market[1]] };
        let orders = &mut model.orders;
        let step = |tape: f64, market: f64| (tape / market).clamp(1.0 / STEP, STEP);
        orders.market_per_second = rounded(orders.market_per_second * step(tape[0], market[0])).clamp(0.001, 10_000.0);
        orders.limit_per_second = rounded(orders.limit_per_second * step(tape[1], market[1])).clamp(0.01, 50_000.0);
        let most = orders.limit_per_second * (1.0 - orders.limit_by_limit) / orders.market_per_second;
        orders.limit_by_market = orders.limit_by_market.min(rounded(0.9 * most));
    }
    Some(scaled)
}

/// How busy a generated market of a model is on average: at pace one, so that chance has no part in it, by the mean of the pace.
fn busyness(model: &FlowModel, seen: &Observed) -> Option<[f64; 2]> {
    let mut calm = model.clone();
    calm.pace.factors.clear();
    let [takers, grown] = generated(&calm, seen).and_then(|seen| rates(&seen, &calm))?;
    let mean = |exponent: f64| mean_power(&model.pace.factors, exponent);
    Some([takers * mean(model.pace.market_exponent), grown * mean(model.pace.limit_exponent)])
}

/// Sizes as the tape has them, where it has a thousand of a kind.
fn sizes(seen: &Observed, model: &mut FlowModel) {
    let variance = model.price.volatility_bps_per_day * model.price.volatility_bps_per_day / 1e8 / 86_400.0;
    let exponents = [model.pace.size_exponent, -model.pace.depth_exponent];
    let lists = [&mut model.orders.market_sizes, &mut model.orders.limit_sizes];
    for ((list, sizes), exponent) in
        lists.into_iter().zip([&seen.flow.market_sizes, &seen.flow.limit_sizes]).zip(exponents)
    {
        let Some(values) = sizes.points(list, exponent, variance) else { continue };
        let shares: Vec<u32> = list.iter().map(|(share, _)| *share).collect();
        *list = rising(&shares, values.into_iter(), 1, LARGEST);
    }
}
