use super::histogram::Percentile;
use super::{LatencyStatistics, Metric, MetricsOptions, Percentiles};
use crate::model::{CancelReason, ExecutionReport, ReportKind};
use crate::units::Timestamp;

const NOTHING: &str = "nothing was measured";

/// Delays of orders and of the feed. Reports whose delays repeat, as configured ones do, are only counted until others come.
#[derive(Debug, Clone)]
pub(super) struct LatencyFold {
    repeated: Delays,
    /// Answers with these delays.
    answers: u64,
    /// Other reports with this response delay.
    others: u64,
    round_trip: Delay,
    entry: Delay,
    response: Delay,
    feed: Delay,
}

/// The delays of an answer in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Delays {
    response: i64,
    entry: i64,
    round_trip: i64,
}

impl Delays {
    fn of(report: &ExecutionReport) -> Self {
        Self {
            response: report.reported_at.since(report.matched_at).nanos(),
            entry: report.arrived_at.since(report.sent_at).nanos(),
            round_trip: report.reported_at.since(report.sent_at).nanos(),
        }
    }

    /// True only when they are the report's; false also where one leaves 64 bits.
    #[inline]
    fn are_of(&self, report: &ExecutionReport) -> bool {
        let is = |later: Timestamp, earlier: Timestamp, nanos: i64| {
            later.nanos().checked_sub(earlier.nanos()) == Some(nanos)
        };
        is(report.reported_at, report.matched_at, self.response)
            && is(report.arrived_at, report.sent_at, self.entry)
            && is(report.reported_at, report.sent_at, self.round_trip)
    }
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

    #[inline]
    fn add(&mut self, nanos: i64, count: u64) {
        self.negative += if nanos < 0 { count } else { 0 };
        self.nanos.add(nanos.max(0) as u64, count);
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
        Self {
            repeated: Delays::default(),
            answers: 0,
            others: 0,
            round_trip: Delay::new(),
            entry: Delay::new(),
            response: Delay::new(),
            feed: Delay::new(),
        }
    }

    /// Takes a venue report; returns the round trip in nanoseconds when it answers a request.
    #[inline]
    pub(super) fn report(&mut self, report: &ExecutionReport) -> Option<i64> {
        if !is_answer(&report.kind) {
            self.other(report);
            return None;
        }
        if !self.repeated.are_of(report) {
            self.change(Delays::of(report));
        }
        self.answers += 1;
        Some(self.repeated.round_trip)
    }

    /// Takes a venue report that answers nothing.
    #[inline]
    pub(super) fn other(&mut self, report: &ExecutionReport) {
        let response = report.reported_at.since(report.matched_at).nanos();
        if response == self.repeated.response {
            self.others += 1;
        } else {
            self.response.add(response, 1);
        }
    }

    /// Takes the delays that repeated; from now on it is these that do.
    #[inline(never)]
    fn change(&mut self, delays: Delays) {
        let Delays { response, entry, round_trip } = std::mem::replace(&mut self.repeated, delays);
        let answers = std::mem::take(&mut self.answers);
        self.response.add(response, answers + std::mem::take(&mut self.others));
        self.entry.add(entry, answers);
        self.round_trip.add(round_trip, answers);
    }

    #[inline]
    pub(super) fn feed(&mut self, nanos: i64) {
        self.feed.add(nanos, 1);
    }

    pub(super) fn finish(&mut self, options: &MetricsOptions) -> LatencyStatistics {
        self.change(Delays::default());
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
#[inline]
const fn is_answer(kind: &ReportKind) -> bool {
    match kind {
        ReportKind::Accepted
        | ReportKind::Rejected(_)
        | ReportKind::RequestRejected(_)
        | ReportKind::Amended { .. }
        | ReportKind::Ended(CancelReason::Requested | CancelReason::AmendedAway) => true,
        ReportKind::Triggered
        | ReportKind::Filled(_)
        | ReportKind::Ended(_)
        | ReportKind::Busted(_)
        | ReportKind::Corrected(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ClientOrderId, MarketId, OrderId, Side};
    use crate::units::Quantity;
    use proptest::prelude::*;

    /// Sent at zero; then delays as given. Some are negative: clocks differ.
    fn report(is_answer: bool, [entry, wait, response]: [i64; 3]) -> ExecutionReport {
        let at = Timestamp::from_nanos;
        ExecutionReport {
            market: MarketId::FIRST,
            client_order_id: ClientOrderId(1),
            order_id: OrderId(1),
            side: Side::Buy,
            kind: if is_answer { ReportKind::Accepted } else { ReportKind::Triggered },
            executed: Quantity::ZERO,
            open: Quantity::ZERO,
            sent_at: at(0),
            arrived_at: at(entry),
            matched_at: at(entry + wait),
            reported_at: at(entry + wait + response),
        }
    }

    fn delay() -> impl Strategy<Value = i64> {
        prop_oneof![6 => Just(3_i64), 1 => -2_i64..9]
    }

    fn plain(delays: &[i64]) -> (u64, u64, Option<i64>, Option<i64>, Option<f64>) {
        let counted: Vec<i64> = delays.iter().map(|delay| (*delay).max(0)).collect();
        let mean = (!counted.is_empty()).then(|| counted.iter().sum::<i64>() as f64 / counted.len() as f64);
        let negative = delays.iter().filter(|delay| **delay < 0).count() as u64;
        (counted.len() as u64, negative, counted.iter().min().copied(), counted.iter().max().copied(), mean)
    }

    fn found(delay: &Percentiles) -> (u64, u64, Option<i64>, Option<i64>, Option<f64>) {
        let whole = |metric: &Metric<u64>| metric.value().map(|nanos| *nanos as i64);
        let mean = delay.mean_ns.value().copied();
        (delay.count, delay.negative, whole(&delay.min_ns), whole(&delay.max_ns), mean)
    }

    proptest! {
        #[test]
        fn delays_that_repeat_and_delays_that_do_not_all_count(
            reports in proptest::collection::vec((any::<bool>(), [delay(), delay(), delay()]), 0..80),
        ) {
            let mut fold = LatencyFold::new();
            let (mut entry, mut response, mut round_trip) = (Vec::new(), Vec::new(), Vec::new());
            for (is_answer, delays) in reports {
                let told = fold.report(&report(is_answer, delays));
                let there_and_back = delays.iter().sum::<i64>();
                prop_assert_eq!(told, is_answer.then_some(there_and_back));
                response.push(delays[2]);
                if is_answer {
                    entry.push(delays[0]);
                    round_trip.push(there_and_back);
                }
            }
            let sums = fold.finish(&MetricsOptions::default());
            prop_assert_eq!(found(&sums.order_entry), plain(&entry));
            prop_assert_eq!(found(&sums.order_response), plain(&response));
            prop_assert_eq!(found(&sums.order_round_trip), plain(&round_trip));
        }
    }
}
