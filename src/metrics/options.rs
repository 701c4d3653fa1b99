use crate::units::{SECOND, Span};

/// What figures are computed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricsOptions {
    /// Return periods (UTC days) in a year: 365 for a market that never closes, 252 for one with sessions.
    pub periods_per_year: u32,
    /// Days from which on an annualised figure may be a headline.
    pub headline_days: u32,
    /// Times after a fill at which the mid is compared with its price, shortest first.
    pub markout_horizons: Vec<Span>,
    /// The run is on bars: a fill inside one is stamped with the bar's last nanosecond, and what the price did afterwards is known
    /// from the bar's close on.
    pub on_bars: bool,
    /// Order latency comes from a configured model, not from observation.
    pub order_latency_is_assumed: bool,
    /// Feed latency comes from a configured model, not from the recording.
    pub feed_latency_is_assumed: bool,
}

impl Default for MetricsOptions {
    /// 365 days, headline from 30 days, markouts at 1 s, 10 s and 60 s; latencies count as assumed until somebody says
    /// that they were observed.
    fn default() -> Self {
        Self {
            periods_per_year: 365,
            headline_days: 30,
            markout_horizons: vec![SECOND, SECOND.times(10), SECOND.times(60)],
            on_bars: false,
            order_latency_is_assumed: true,
            feed_latency_is_assumed: true,
        }
    }
}
