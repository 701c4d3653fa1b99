//! How far a tape is off: the same bot on the same generated market, once in its queues, and read as a tape under each fill preset.

use super::metric::Metric;
use super::summary::Summary;
use crate::units::{Money, SECOND};
use serde::{Deserialize, Serialize};

/// What one bot came to on one generated market, by how the market was had. The first row is the closed loop, where the queue is true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Believability {
    /// One a mode.
    pub modes: Vec<ModeFigures>,
}

/// What a bot came to in one mode. Figures are rounded to integers, so that they are kept exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModeFigures {
    /// `closed loop`, or the fill preset of a tape.
    pub mode: String,
    /// Orders sent.
    pub orders: u64,
    /// Fills.
    pub fills: u64,
    /// Executed over ordered quantity, in parts per million.
    pub filled_ppm: Option<i64>,
    /// Mean markout after 10 seconds, in thousandths of a basis point; positive is good for the bot.
    pub markout_10s_millibps: Option<i64>,
    /// Profit.
    pub profit: Money,
}

impl ModeFigures {
    /// The figures of a run.
    #[must_use]
    pub fn of(mode: &str, summary: &Summary) -> Self {
        let rounded = |figure: Option<&f64>, scale: f64| figure.map(|figure| libm::round(figure * scale) as i64);
        let markout = summary.markouts.iter().find(|markout| markout.horizon == SECOND.times(10));
        Self {
            mode: mode.to_owned(),
            orders: summary.orders.sent,
            fills: summary.execution.fills,
            filled_ppm: rounded(summary.orders.fill_ratio_quantity.value(), 1e6),
            markout_10s_millibps: rounded(markout.and_then(|markout| markout.all.basis_points.value()), 1e3),
            profit: summary.returns.profit,
        }
    }

    /// Share filled, as a metric.
    #[must_use]
    pub fn filled(&self) -> Metric<f64> {
        metric(self.filled_ppm, 1e6, "no order was sent")
    }

    /// Markout after 10 seconds in basis points, as a metric.
    #[must_use]
    pub fn markout_10s(&self) -> Metric<f64> {
        metric(self.markout_10s_millibps, 1e3, "no fill was measured")
    }
}

fn metric(figure: Option<i64>, scale: f64, reason: &'static str) -> Metric<f64> {
    figure.map_or(Metric::Undefined { reason }, |figure| Metric::Value(figure as f64 / scale))
}

/// The mode in which the queue is true.
pub const CLOSED_LOOP: &str = "closed loop";

impl Believability {
    /// The closed loop, and the tape modes behind it.
    #[must_use]
    pub fn split(&self) -> Option<(&ModeFigures, &[ModeFigures])> {
        self.modes.split_first().filter(|(first, tapes)| first.mode == CLOSED_LOOP && !tapes.is_empty())
    }
}
