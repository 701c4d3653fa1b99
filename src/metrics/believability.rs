//! How far a tape is off: the same bot on the same generated market, once in its queues, and read as a tape under each fill preset.

use super::metric::Metric;
use super::summary::{MarketSummary, Markout, OrderStatistics, Summary};
use crate::units::{Money, SECOND};
use serde::{Deserialize, Serialize};

/// What one bot came to on generated markets, by how they were had. The first row is the closed loop, where the queue is true; markets that
/// cannot be had so have the tape modes alone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Believability {
    /// One a mode, over all markets.
    pub modes: Vec<ModeFigures>,
    /// Why there is no closed loop of these markets, and what to do for one; empty where there is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub no_loop_because: String,
    /// Why not every fill preset was run; empty where each was.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub left_out: String,
    /// Of several markets each by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub markets: Vec<MarketModes>,
}

/// What one bot came to in one of several markets, by how they were had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketModes {
    /// Symbol of its instrument.
    pub symbol: String,
    /// One a mode, as over all markets.
    pub modes: Vec<ModeFigures>,
}

/// Of many runs one, both ways.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BelievedRun {
    /// Place of the run.
    pub run: usize,
    /// What the same bot came to on its market, by how it was had.
    pub believability: Believability,
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
        let (fills, profit) = (summary.execution.fills, summary.returns.profit);
        Self::rounded(mode, (&summary.orders, &summary.markouts), fills, profit)
    }

    /// The figures of one of several markets of a run.
    #[must_use]
    pub fn of_market(mode: &str, market: &MarketSummary) -> Self {
        let (fills, profit) = (market.execution.fills, market.profit.total);
        Self::rounded(mode, (&market.orders, &market.markouts), fills, profit)
    }

    fn rounded(mode: &str, (orders, markouts): (&OrderStatistics, &[Markout]), fills: u64, profit: Money) -> Self {
        let rounded = |figure: Option<&f64>, scale: f64| figure.map(|figure| libm::round(figure * scale) as i64);
        let markout = markouts.iter().find(|markout| markout.horizon == SECOND.times(10));
        Self {
            mode: mode.to_owned(),
            orders: orders.sent,
            fills,
            filled_ppm: rounded(orders.fill_ratio_quantity.value(), 1e6),
            markout_10s_millibps: rounded(markout.and_then(|markout| markout.all.basis_points.value()), 1e3),
            profit,
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
    /// The figures of runs of the same markets, mode by mode; the closed loop first where there is one.
    #[must_use]
    pub fn of(runs: &[(&str, &Summary)]) -> Self {
        let modes = runs.iter().map(|(mode, summary)| ModeFigures::of(mode, summary)).collect();
        let one = |(place, market): (usize, &MarketSummary)| MarketModes {
            symbol: market.conventions.symbol.clone(),
            modes: runs
                .iter()
                .filter_map(|(mode, summary)| Some(ModeFigures::of_market(mode, summary.markets.get(place)?)))
                .collect(),
        };
        let markets = runs.first().map_or(&[][..], |(_, summary)| &summary.markets);
        Self { modes, markets: markets.iter().enumerate().map(one).collect(), ..Self::default() }
    }

    /// The closed loop, and the tape modes behind it.
    #[must_use]
    pub fn split(&self) -> Option<(&ModeFigures, &[ModeFigures])> {
        split(&self.modes)
    }

    /// The tape modes alone.
    #[must_use]
    pub fn tapes(&self) -> &[ModeFigures] {
        self.split().map_or(&self.modes, |(_, tapes)| tapes)
    }

    /// The widest gap between a tape mode and the closed loop, without its sign; zero where there is no closed loop.
    #[must_use]
    pub fn widest_gap(&self) -> Money {
        let gaps = self.split().into_iter().flat_map(|(closed, tapes)| tapes.iter().map(|tape| tape.gap(closed).abs()));
        gaps.max().unwrap_or_default()
    }
}

/// The closed loop, and the tape modes behind it.
fn split(modes: &[ModeFigures]) -> Option<(&ModeFigures, &[ModeFigures])> {
    modes.split_first().filter(|(first, tapes)| first.mode == CLOSED_LOOP && !tapes.is_empty())
}

impl MarketModes {
    /// The closed loop, and the tape modes behind it.
    #[must_use]
    pub fn split(&self) -> Option<(&ModeFigures, &[ModeFigures])> {
        split(&self.modes)
    }
}

impl ModeFigures {
    /// The profit less that of another mode; zero where that cannot be held.
    #[must_use]
    pub fn gap(&self, other: &Self) -> Money {
        self.profit.checked_sub(other.profit).unwrap_or_default()
    }
}
