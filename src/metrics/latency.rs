use super::histogram::Percentile;
use super::{LatencyStatistics, Metric, MetricsOptions, Percentiles};
use crate::model::{CancelReason, ExecutionReport, ReportKind};

const NOTHING: &str = "nothing was measured";

/// Delays of orders and of the feed.
#[derive(Debug, Clone)]
pub(super) struct LatencyFold {
    round_trip: Delay,
    entry: Delay,
    response: Delay,
    feed: Delay,
}

#[derive(Debug, Clone)]
struct Delay {
    nanos: Percentile,
    negative: u64,
}

impl Delay {
    fn new() -> Self {
        Self { nanos: Percentile::new(), negative: 0 }
    }

    fn add(&mut self, nanos: i64) {
        self.negative += u64::from(nanos < 0);
        self.nanos.add(nanos.max(0) as u64, 1);
    }

    fn finish(&mut self, assumed: bool) -> Percentiles {
        self.nanos.flush();
        let at = |quantile| Metric::from_option(self.nanos.quantile(quantile), NOTHING);
        Percentiles {
            assumed,
            count: self.nanos.weight(),
            negative: self.negative,
            min_ns: Metric::from_option(self.nanos.min(), NOTHING),
            mean_ns: Metric::from_option(self.nanos.mean(), NOTHING),
            p50_ns: at(0.5),
            p90_ns: at(0.9),
            p99_ns: at(0.99),
            p999_ns: at(0.999),
            max_ns: Metric::from_option(self.nanos.max(), NOTHING),
        }
    }
}

impl LatencyFold {
    pub(super) fn new() -> Self {
        Self { round_trip: Delay::new(), entry: Delay::new(), response: Delay::new(), feed: Delay::new() }
    }

    /// Takes a venue report; returns the round trip in nanoseconds when it answers a request.
    pub(super) fn report(&mut self, report: &ExecutionReport) -> Option<i64> {
        self.response.add(report.reported_at.since(report.matched_at).nanos());
        if !is_answer(&report.kind) {
            return None;
        }
        let round_trip = report.reported_at.since(report.sent_at).nanos();
        self.entry.add(report.arrived_at.since(report.sent_at).nanos());
        self.round_trip.add(round_trip);
        Some(round_trip)
    }

    pub(super) fn feed(&mut self, nanos: i64) {
        self.feed.add(nanos);
    }

    pub(super) fn finish(&mut self, options: &MetricsOptions) -> LatencyStatistics {
        let order = options.order_latency_is_assumed;
        LatencyStatistics {
            order_round_trip: self.round_trip.finish(order),
            order_entry: self.entry.finish(order),
            order_response: self.response.finish(order),
            feed: self.feed.finish(options.feed_latency_is_assumed),
        }
    }
}

/// True for a report that a request brings about at once. A passive fill or an expiry answers nothing; a replacement is one
/// request and answered once, as the new order.
const fn is_answer(kind: &ReportKind) -> bool {
    match kind {
        ReportKind::Accepted
        | ReportKind::Rejected(_)
        | ReportKind::RequestRejected(_)
        | ReportKind::Amended { .. }
        | ReportKind::Ended(CancelReason::Requested | CancelReason::AmendedAway) => true,
        ReportKind::Triggered | ReportKind::Filled(_) | ReportKind::Ended(_) => false,
    }
}
