use super::banded::Banded;
use super::series::{Thinned, ThinnedFills};
use super::timeline::Timeline;
use super::{FillPoint, PlotSeries, scale::Scale};
use crate::model::{Fill, GateId, Mark, Side};
use crate::units::Timestamp;

/// Collects what is plotted, thinned as it comes; integers stay integers until the end.
#[derive(Debug, Clone)]
pub(super) struct Plots {
    equity: Thinned<i128>,
    drawdown: Thinned<f64>,
    mid_x2: Thinned<i64>,
    fills: ThinnedFills,
    position: Thinned<i64>,
    spread: Banded,
    order_round_trip: Banded,
    feed_latency: Banded,
    gates: Timeline,
}

impl Plots {
    pub(super) fn new(start: Timestamp) -> Self {
        Self {
            equity: Thinned::new(),
            drawdown: Thinned::new(),
            mid_x2: Thinned::new(),
            fills: ThinnedFills::new(),
            position: Thinned::new(),
            spread: Banded::new(),
            order_round_trip: Banded::new(),
            feed_latency: Banded::new(),
            gates: Timeline::starting(start),
        }
    }

    pub(super) fn start(&mut self, at: Timestamp, equity: i128, position: i64) {
        self.equity.add(at, equity);
        self.drawdown.add(at, 0.0);
        self.position.add(at, position);
    }

    /// The start of an account over several markets.
    pub(super) fn start_equity(&mut self, at: Timestamp, equity: i128) {
        self.equity.add(at, equity);
        self.drawdown.add(at, 0.0);
    }

    /// A tick of an account over several markets; `drawdown` as in [`mark`](Self::mark).
    pub(super) fn mark_equity(&mut self, at: Timestamp, equity: i128, drawdown: f64) {
        self.equity.add(at, equity);
        self.drawdown.add(at, if drawdown > 0.0 { -drawdown } else { 0.0 });
    }

    /// `drawdown`: how far equity is below its peak, as a positive fraction.
    pub(super) fn mark(&mut self, mark: &Mark, mid_x2: Option<i64>, spread: Option<i64>, drawdown: f64) {
        let at = mark.at;
        self.equity.add(at, mark.equity.atto());
        self.drawdown.add(at, if drawdown > 0.0 { -drawdown } else { 0.0 });
        self.position.add(at, mark.position.steps());
        self.feed_latency.add(at, mark.feed_latency_ns);
        if let Some(mid_x2) = mid_x2 {
            self.mid_x2.add(at, mid_x2);
        }
        if let Some(spread) = spread {
            self.spread.add(at, spread);
        }
    }

    pub(super) fn fill(&mut self, at: Timestamp, side: Side, fill: &Fill, position: i64, scale: &Scale) {
        self.fills.add(|| {
            let price = fill.price.ticks() as f64 * scale.tick_f64();
            FillPoint { at, price, side, liquidity: fill.liquidity }
        });
        self.position.add(at, position);
    }

    /// The position is another without a fill.
    pub(super) fn position(&mut self, at: Timestamp, position: i64) {
        self.position.add(at, position);
    }

    /// A gate refused a request.
    pub(super) fn refused(&mut self, at: Timestamp) {
        self.gates.refused(at);
    }

    /// A gate tripped, or opened.
    pub(super) fn turned(&mut self, at: Timestamp, gate: GateId, tripped: bool) {
        self.gates.turned(at, gate, tripped);
    }

    #[inline]
    pub(super) fn order_round_trip(&mut self, at: Timestamp, nanos: i64) {
        self.order_round_trip.add(at, nanos);
    }

    pub(super) fn finish(&mut self, scale: &Scale) -> PlotSeries {
        let (fills, fills_stride) = self.fills.finish();
        PlotSeries {
            equity: self.equity.points(|atto| atto as f64 / 1e18),
            drawdown: self.drawdown.points(|fraction| fraction),
            mid: self.mid_x2.points(|mid_x2| mid_x2 as f64 / 2.0 * scale.tick_f64()),
            fills,
            fills_stride,
            inventory: self.position.points(|steps| steps as f64 * scale.step_f64()),
            spread: self.spread.points(),
            order_round_trip: self.order_round_trip.points(),
            feed_latency: self.feed_latency.points(),
            refusals: self.gates.refusals(),
            turns: self.gates.turns(),
        }
    }
}
