//! Pure functions of a journal: what a run amounted to.
//!
//! [`MetricsFold`] takes entries while they are written, or later from a journal, and ends in a [`Summary`]. The names by
//! which criteria ask for its figures are the readiness room's (`readiness::measurements`).
//!
//! Conventions, printed on every report: equity is marked at mid by the risk clock; returns are of UTC days; a year has
//! `periods_per_year` of them; the first peak of a drawdown is the start equity; ratios of fewer than
//! `headline_days` days are no headline. What cannot be said is [`Metric::Undefined`] with a reason, never NaN or 0.
//!
//! Order rule: entries in the order of the journal; time never runs backwards, an earlier stamp counts as no time
//! passed. Invariants: money is exact and sums are checked; profit = spread capture + inventory - fees, compared with
//! the journalled equity at every mark with a mid; memory is bounded but for one close a day and the fills of the
//! longest markout horizon. Floats are statistics only.
//! Known limits: no confidence intervals but the Sharpe ratio's standard error; ratios of quantity compare
//! with orders as first sent, whatever amendments did; a markout whose horizon ends while the book lacks a side takes the
//! last mid journalled before.

mod able;
mod alerts;
mod banded;
mod believability;
mod commands;
mod connection;
mod days;
mod drawdown;
mod error;
mod execution;
mod feed;
mod fold;
mod gap;
mod gates;
mod histogram;
mod inventory;
mod latency;
mod markout;
mod marks;
mod metric;
mod moved;
mod operation;
mod options;
mod orders;
mod own_log;
mod per_market;
mod plots;
mod profit;
mod resources;
mod returns;
mod run_fold;
mod scale;
mod series;
mod several;
mod sometimes;
mod spread;
mod statistics;
mod summary;
mod timeline;
mod total;
mod trend;
mod trips;
mod violent;
mod wait;
mod windows;
mod wire;

#[cfg(test)]
mod tests;

pub use alerts::{AlertCounts, AlertStatistics, Said};
pub use believability::{Believability, BelievedRun, CLOSED_LOOP, MarketModes, ModeFigures};
pub use commands::Told;
pub use connection::{ConnectionRow, Link};
pub use days::DaySummary;
pub use error::MetricsError;
pub use feed::FeedStatistics;
pub use fold::MetricsFold;
pub use gap::{Cause, CauseRow, DelayPair, Delays, Distance, FillRate, Gap, Marks, Matching, PriceGap, gap};
pub use metric::Metric;
pub use moved::{MOVED_KEPT, Moved, MovedStatistics, SetRight};
pub use operation::{Endpoint, EndpointRow, Operation, RecoveryRow, Trouble};
pub use options::MetricsOptions;
pub use own_log::OwnLogStatistics;
pub use per_market::PerMarket;
pub use resources::{
    ResourceLog, ResourceSample, ResourceSeries, ResourceTrend, SAMPLES_MAX, TREND_P_MAX, TREND_SAMPLES_MIN, warm_up,
};
pub use run_fold::RunFold;
pub use sometimes::{Reached, Sometimes};
pub use summary::{
    AmbiguousFills, BandPoint, Conventions, Count, DayReturn, Drawdown, DrawdownEpisode, ExecutionStatistics,
    ExposureStatistics, FillPoint, GateStatistics, GateTurn, InventoryStatistics, LatencyStatistics, MarketSummary,
    Markout, MarkoutFigures, OrderStatistics, Percentiles, PlotSeries, Point, ProfitSplit, Returns, SpanSummary,
    SpreadStatistics, Summary, TradeStatistics,
};
pub use trend::{Slope, mann_kendall, theil_sen};
pub use violent::{MarkPoint, PositionLimit, Stopped, ViolentFigures, ViolentFold};
pub use wait::Wait;
pub use windows::{Window, WindowFigures, windows};
pub use wire::{FaultMark, FaultRow, WireStatistics};
