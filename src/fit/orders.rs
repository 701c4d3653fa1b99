//! What level changes and trades tell of who comes with which order.

use super::depth::{DepthLaw, depth_law};
use super::pass::Observed;
use super::volatility::{mean_power, mean_season};
use crate::synth::{FlowModel, Season};

/// Figures of one tape, by the scales of one model, before anything is taken off them.
#[derive(Debug, Clone)]
pub(super) struct Raw {
    /// Market and limit orders a second at pace one.
    pub market: f64,
    pub limit: f64,
    /// Share of limit orders at the best price.
    pub touch: f64,
    pub law: DepthLaw,
    /// Points of sizes at the model's own shares, in steps at pace one.
    pub market_sizes: Vec<f64>,
    pub limit_sizes: Vec<f64>,
}

/// Reads them off; `None` where there are too few orders of a kind.
pub(super) fn raw(seen: &Observed, model: &FlowModel) -> Option<Raw> {
    let (flow, pace, book) = (&seen.flow, &model.pace, &model.book);
    let season = Season::new(pace);
    let law = depth_law(&flow.behind, book.deepest_ticks)?;
    // Behind the deepest nobody is seen.
    let beyond = libm::exp(-law.tail * libm::log1p(book.deepest_ticks as f64 / law.ticks));
    let (at, behind) = (flow.at_touch as f64, flow.behind.total as f64 / (1.0 - beyond));
    let seconds = seen.covered as f64 / 1e9;
    let rate = |count: f64, exponent: f64| {
        let mean = mean_power(&pace.factors, exponent) * mean_season(&seen.minutes, &season, exponent);
        count / seconds / mean
    };
    let variance = model.price.volatility_bps_per_day * model.price.volatility_bps_per_day / 1e8 / 86_400.0;
    let market_sizes = flow.market_sizes.points(&model.orders.market_sizes, pace.size_exponent, variance);
    let limit_sizes = flow.limit_sizes.points(&model.orders.limit_sizes, -pace.depth_exponent, variance);
    Some(Raw {
        market: rate(flow.market_orders(), pace.market_exponent),
        limit: rate(at + behind, pace.limit_exponent),
        touch: at / (at + behind),
        law,
        market_sizes: market_sizes?,
        limit_sizes: limit_sizes?,
    })
}
