//! How far tape modes are off the closed loop, on a generated market.

use super::input::ReportInput;
use super::number;
use super::section;
use super::table::{Cell, Column, Table, figures, words};
use crate::metrics::{Believability, MarketModes, Metric, ModeFigures};
use crate::units::Money;
use serde::Serialize;

/// For programs: the figures, the gap of each tape mode to the closed loop, and what it comes to.
#[derive(Serialize)]
pub struct Believed<'a> {
    /// What it comes to, in a sentence.
    finding: String,
    /// Why there is no closed loop of the markets, and what to do for one.
    #[serde(skip_serializing_if = "str::is_empty")]
    no_loop_because: &'a str,
    /// Why not every fill preset was run.
    #[serde(skip_serializing_if = "str::is_empty")]
    left_out: &'a str,
    /// One a mode, the closed loop first where there is one.
    pub modes: Vec<BelievedMode<'a>>,
    /// Of several markets each by itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    markets: Vec<BelievedMarket<'a>>,
}

#[derive(Serialize)]
pub struct BelievedMode<'a> {
    #[serde(flatten)]
    figures: &'a ModeFigures,
    /// Profit less that of the closed loop; none for that itself, and where there is none.
    gap: Option<Money>,
}

#[derive(Serialize)]
struct BelievedMarket<'a> {
    symbol: &'a str,
    modes: Vec<BelievedMode<'a>>,
}

/// For programs.
pub fn believed(input: &ReportInput) -> Option<Believed<'_>> {
    let believability = input.believability.as_ref()?;
    let market = |market: &'_ MarketModes| market.split().map(|(closed, _)| closed.clone());
    Some(Believed {
        finding: line(input),
        no_loop_because: &believability.no_loop_because,
        left_out: &believability.left_out,
        modes: modes(&believability.modes, believability.split().map(|(closed, _)| closed)),
        markets: believability
            .markets
            .iter()
            .map(|one| BelievedMarket { symbol: &one.symbol, modes: modes(&one.modes, market(one).as_ref()) })
            .collect(),
    })
}

/// Modes with their gaps to the closed loop, which is the first where there is one.
pub fn modes<'a>(modes: &'a [ModeFigures], closed: Option<&ModeFigures>) -> Vec<BelievedMode<'a>> {
    let gap = |place: usize, mode: &ModeFigures| closed.filter(|_| place > 0).map(|closed| mode.gap(closed));
    modes.iter().enumerate().map(|(place, mode)| BelievedMode { figures: mode, gap: gap(place, mode) }).collect()
}

/// Titles of the figures of a mode.
pub fn columns(has_loop: bool) -> Vec<Column> {
    let gap = has_loop.then(|| figures("Gap"));
    let each = ["Orders", "Fills", "Fill rate", "Markout 10 s, bps", "Profit"].map(figures);
    std::iter::once(words("Mode")).chain(each).chain(gap).collect()
}

/// The rows of a market: one a mode, the closed loop first, the gap to it last.
pub fn rows(modes: &[ModeFigures], closed: Option<&ModeFigures>, asset: &str) -> Vec<Vec<Cell>> {
    let gap = |place: usize, mode: &ModeFigures, closed: &ModeFigures| match place {
        0 => Cell::new("the queue is true"),
        _ => Cell::new(number::signed_money(mode.gap(closed), asset)),
    };
    let row = |(place, mode): (usize, &ModeFigures)| {
        let cells = [
            Cell::new(&mode.mode),
            Cell::new(number::count(mode.orders)),
            Cell::new(number::count(mode.fills)),
            Cell::new(number::metric(&mode.filled(), number::percent)),
            Cell::new(number::metric(&mode.markout_10s(), |bps| number::significant(bps, 3))),
            Cell::new(number::signed_money(mode.profit, asset)),
        ];
        cells.into_iter().chain(closed.map(|closed| gap(place, mode, closed))).collect()
    };
    modes.iter().enumerate().map(row).collect()
}

/// One row a mode, the closed loop first; empty where nobody has compared.
pub fn table(input: &ReportInput) -> Table {
    let Some(believability) = &input.believability else { return Table::default() };
    let closed = believability.split().map(|(closed, _)| closed);
    let asset = &input.summary.conventions.quote;
    Table::new(columns(closed.is_some()), rows(&believability.modes, closed, asset))
}

/// The same of each of several markets; empty for one.
pub fn markets(input: &ReportInput) -> Table {
    let Some(believability) = &input.believability else { return Table::default() };
    let asset = &input.summary.conventions.quote;
    let has_loop = believability.split().is_some();
    let market = |market: &MarketModes| {
        let closed = market.split().map(|(closed, _)| closed);
        let rows = rows(&market.modes, closed, asset).into_iter().enumerate();
        let named = rows.map(|(place, row)| {
            let name = if place == 0 { market.symbol.as_str() } else { "" };
            std::iter::once(Cell::new(name)).chain(row).collect()
        });
        named.collect::<Vec<Vec<Cell>>>()
    };
    let columns = std::iter::once(words("Market")).chain(columns(has_loop)).collect();
    Table::new(columns, believability.markets.iter().flat_map(market).collect())
}

/// Lowest and highest of figures, as `a to b`, or as the one that both are; none without any.
fn range<T: PartialOrd + Copy>(figures: impl Iterator<Item = T>, show: impl Fn(T) -> String) -> Option<String> {
    let mut bounds: Option<(T, T)> = None;
    for figure in figures {
        let (low, high) = bounds.unwrap_or((figure, figure));
        bounds = Some((if figure < low { figure } else { low }, if high < figure { figure } else { high }));
    }
    let (low, high) = bounds.map(|(low, high)| (show(low), show(high)))?;
    Some(if low == high { low } else { format!("{low} to {high}") })
}

/// What modes have between them: fill rate, markout and profit.
fn between(modes: &[ModeFigures], asset: &str) -> String {
    let known = |read: fn(&ModeFigures) -> Metric<f64>, show: &dyn Fn(f64) -> String| {
        let figures = modes.iter().filter_map(|mode| read(mode).value().copied());
        range(figures, show).unwrap_or_else(|| "not known".to_owned())
    };
    let filled = known(ModeFigures::filled, &number::percent);
    let markout = known(ModeFigures::markout_10s, &|bps| format!("{} bps", number::significant(bps, 3)));
    format!("fill rate {filled}, markout after 10 s {markout}, profit {}", profits(modes, asset))
}

fn profits(modes: &[ModeFigures], asset: &str) -> String {
    let profits = range(modes.iter().map(|mode| mode.profit), |profit| number::signed_money(profit, asset));
    profits.unwrap_or_else(|| "not known".to_owned())
}

/// The finding: where the closed loop lies beside what tapes make of the same bot, or that there is none and what is known then. Empty where
/// nobody has compared.
pub fn line(input: &ReportInput) -> String {
    let Some(believability) = &input.believability else { return String::new() };
    let asset = &input.summary.conventions.quote;
    match believability.split() {
        Some((closed, tapes)) => gap_line(closed, tapes, asset),
        None => band_line(believability, asset),
    }
}

fn gap_line(closed: &ModeFigures, tapes: &[ModeFigures], asset: &str) -> String {
    let gaps = range(tapes.iter().map(|tape| tape.gap(closed)), |gap| number::signed_money(gap, asset));
    format!(
        "Believability: as a tape the same market gives {} beside the closed loop; {}.",
        gaps.unwrap_or_default(),
        Place::of(closed, tapes).words()
    )
}

/// Where no market answers to the bot: what the presets have between them is all that is known.
fn band_line(believability: &Believability, asset: &str) -> String {
    let (modes, markets) = (&believability.modes, &believability.markets);
    let each = markets.iter().map(|market| format!("; {}: {}", market.symbol, between(&market.modes, asset)));
    let band = match markets.is_empty() {
        true => between(modes, asset),
        false => format!("profit {}{}", profits(modes, asset), each.collect::<String>()),
    };
    let left_out = match believability.left_out.as_str() {
        "" => String::new(),
        why => format!(" The other fill presets were not run: {why}."),
    };
    format!(
        "Believability: there is no closed loop of this market, and so no true queue. {} All that is known is the band between the fill presets: \
         {band}.{left_out}",
        section::sentence(&believability.no_loop_because),
    )
}

/// Where the closed loop lies beside the tape modes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Between them.
    Within,
    /// Every tape mode has more profit.
    Flattered,
    /// Every tape mode has less.
    Harder,
}

impl Place {
    /// Where it lies.
    pub fn of(closed: &ModeFigures, tapes: &[ModeFigures]) -> Self {
        let gaps = || tapes.iter().map(|tape| tape.gap(closed));
        if gaps().all(|gap| Money::ZERO < gap) {
            Self::Flattered
        } else if gaps().all(|gap| gap < Money::ZERO) {
            Self::Harder
        } else {
            Self::Within
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Within => "the closed loop lies within the fill assumptions",
            Self::Flattered => "every fill assumption that was run flatters the bot",
            Self::Harder => "every fill assumption that was run is harder on the bot than the closed loop",
        }
    }
}
