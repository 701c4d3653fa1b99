//! The facts, one file a family. Names, bands and sources stand here and nowhere else.

mod activity;
mod book;
mod flow;
mod impact;
mod returns;
mod volatility;

use super::band::Band;
use super::cells::Sums;
use super::figure::Figure;
use super::observe::Observation;

/// One statistic of a market.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fact {
    pub family: &'static str,
    pub name: &'static str,
    pub unit: &'static str,
    pub estimator: &'static str,
    /// Where real markets lie; without one the row is shown and does not count.
    pub band: Option<Band>,
    pub source: &'static str,
    pub measure: Measure,
}

/// How a fact is measured.
#[derive(Debug, Clone, Copy)]
pub(super) enum Measure {
    /// From the sums over the minute series, which the bootstrap can draw again.
    Minutes(fn(&Sums) -> Figure),
    /// From all that was observed.
    Whole(fn(&Observation) -> Figure),
    /// The 15-minute variance ratio, which decides for the whole score.
    Trend,
}

impl Fact {
    pub fn figure(&self, observation: &Observation) -> Figure {
        match self.measure {
            Measure::Minutes(measure) => measure(&observation.sums),
            Measure::Whole(measure) => measure(observation),
            Measure::Trend => observation.trend.clone(),
        }
    }
}

const PERPETUAL: &str = "measured: BTC perpetual, January 2022, 1-minute bars";
const DAILY: &str = "measured: BTC-USD, daily, 2015-2026";
const CONT: &str = "Cont 2001";
const SCHNAUBELT: &str = "Schnaubelt, Rende, Krauss 2019";
const NOBLE: &str = "Noble, Rosenbaum, Souilmi 2026";
/// Daily rows need ten years.
const DAYS_LEAST: u64 = 3_650;

/// All of them, in the order of their numbers.
pub(super) fn all() -> Vec<Fact> {
    [returns::FACTS, volatility::FACTS, book::FACTS, flow::FACTS, activity::FACTS, impact::FACTS].concat()
}
