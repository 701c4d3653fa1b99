//! Plots as inline SVG. One time axis, one or more panels above it, layers inside a panel.

mod axis;
mod chart;
mod draw;
mod strips;
mod thin;
mod track;

use super::ReportError;
use super::input::ReportInput;
use super::number;
use crate::metrics::{BandPoint, Conventions, FillPoint, PlotSeries, Point};
use crate::model::{AlertPhase, Liquidity, Side};
use crate::units::{MINUTE, SECOND, Span, Timestamp};
use draw::{Colour, Layer, Marker, Panel, Shape};
use thin::thin_fills;

pub(super) use track::{TrackFacts, track};

pub(super) use chart::{Chart, Line, Scale, Stroke};
pub(super) use strips::{Strip, Strips};

/// A plot with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plot {
    /// Heading.
    pub title: &'static str,
    /// What is seen.
    pub caption: String,
    /// What its marks mean; empty where it has none.
    pub legend: Vec<Key>,
    /// The picture; empty when there is nothing to draw, and then the caption says why.
    pub svg: String,
}

/// One mark with its meaning, as a picture of 12 by 12.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its outline.
    pub path: &'static str,
    /// Colour inside.
    pub fill: &'static str,
    /// Colour of the outline.
    pub stroke: &'static str,
    /// What it means.
    pub words: &'static str,
}

const fn key(path: &'static str, (fill, stroke): (&'static str, &'static str), words: &'static str) -> Key {
    Key { path, fill, stroke, words }
}

const POINTS_UP: &str = "M6 1L11 10H1Z";
const POINTS_DOWN: &str = "M6 11L1 2H11Z";
const SQUARE: &str = "M2 2H10V10H2Z";
const DIAMOND: &str = "M6 1L11 6L6 11L1 6Z";
const NO_LINE: &str = "none";

const BUY: Key = key(POINTS_UP, ("#005fa3", NO_LINE), "buy");
const SELL: Key = key(POINTS_DOWN, ("#c24f00", NO_LINE), "sell");
const TRIPPED: Key = key(POINTS_DOWN, ("#c24f00", NO_LINE), "control tripped");
const OPENED: Key = key(POINTS_UP, ("#007d5c", NO_LINE), "control opened again");
const TOLD: Key = key(SQUARE, ("#005fa3", NO_LINE), "bot was told something");
const RAISED: Key = key(DIAMOND, ("#b87a00", NO_LINE), "alert raised");
const FAULT: Key = key(POINTS_DOWN, ("#ffffff", "#c24f00"), "fault on the wire");
const RESOLVED: Key = key(DIAMOND, ("#ffffff", "#b87a00"), "alert resolved");

/// Blue, orange-red, green, amber, grey of the Okabe-Ito palette: told apart by colour-blind readers and in print.
pub(super) const BLUE: Colour = Colour(0x00, 0x5f, 0xa3);
pub(super) const RED: Colour = Colour(0xc2, 0x4f, 0x00);
pub(super) const GREEN: Colour = Colour(0x00, 0x7d, 0x5c);
pub(super) const AMBER: Colour = Colour(0xb8, 0x7a, 0x00);
pub(super) const GREY: Colour = Colour(0x6b, 0x72, 0x80);

/// Fills drawn at most.
const MARKERS_MAX: usize = 1_500;

/// All plots of a report.
///
/// # Errors
/// [`ReportError::Plot`] when the drawing library fails.
pub fn all(input: &ReportInput) -> Result<Vec<Plot>, ReportError> {
    [equity, price, inventory, spread_and_latency].into_iter().map(|plot| plot(input)).collect()
}

fn equity(input: &ReportInput) -> Result<Plot, ReportError> {
    let series = &input.summary.series;
    let drawdown = percent(&series.drawdown);
    let (events, legend) = events(input);
    let legend = with_faults(input, legend);
    let mut panels = vec![
        Panel {
            title: format!("Equity, {}", input.summary.conventions.quote),
            height: 420,
            scale: Scale::Plain,
            layers: vec![
                Layer::line(&series.equity, BLUE),
                faults(input, lowest(&series.equity)),
                Layer::Markers(events),
            ],
        },
        Panel {
            title: "Drawdown below the peak, %".to_owned(),
            height: 260,
            scale: Scale::Zero,
            layers: vec![Layer::Area { points: &drawdown, colour: RED }],
        },
    ];
    let mut caption =
        "Cash plus position at mid, marked by the risk clock; below it the fall under the highest equity so far."
            .to_owned();
    if let [first, second, ..] = series.refusals.as_slice() {
        let bin = number::duration(second.at.since(first.at));
        panels.push(Panel {
            title: format!("Requests refused by gates, per {bin}"),
            height: 200,
            scale: Scale::Zero,
            layers: vec![Layer::Steps { points: &series.refusals, colour: AMBER }],
        });
    }
    if (input.alerts.first.len() as u64) < input.alerts.said && legend.contains(&RAISED) {
        caption.push_str(" Only the first alerts are marked.");
    }
    let wire = &input.summary.wire;
    if (wire.marks.len() as u64) < wire.fired() {
        caption.push_str(" Only the first faults are marked.");
    }
    Ok(Plot { legend, ..plot("Equity, drawdown and controls", caption, input, &panels)? })
}

/// What happened, as marks on the equity curve, and what they mean: alerts below what was told, that below what gates did.
fn events(input: &ReportInput) -> (Vec<Marker>, Vec<Key>) {
    let series = &input.summary.series;
    let alerts = input.alerts.first.iter().filter_map(|alert| match alert.phase {
        AlertPhase::Raised => Some((alert.at, RAISED)),
        AlertPhase::Resolved => Some((alert.at, RESOLVED)),
        AlertPhase::Reminder => None,
    });
    let told = input.summary.commands.iter().map(|told| (told.at, TOLD));
    let turns = series.turns.iter().map(|turn| (turn.at, if turn.tripped { TRIPPED } else { OPENED }));
    let mut markers = Vec::new();
    let mut seen = Vec::new();
    for (at, key) in alerts.chain(told).chain(turns) {
        if let Some(marker) = event_marker(at, key, &series.equity) {
            markers.push(marker);
            seen.push(key);
        }
    }
    let legend = [TRIPPED, OPENED, TOLD, RAISED, RESOLVED];
    (markers, legend.into_iter().filter(|key| seen.contains(key)).collect())
}

/// A mark on the equity curve; none before its first point.
fn event_marker(at: Timestamp, key: Key, equity: &[Point]) -> Option<Marker> {
    let before = equity.partition_point(|point| point.at <= at);
    let value = equity.get(before.checked_sub(1)?)?.value;
    let (shape, colour, is_filled) = match key {
        TRIPPED => (Shape::Down, RED, true),
        OPENED => (Shape::Up, GREEN, true),
        TOLD => (Shape::Square, BLUE, true),
        RESOLVED => (Shape::Diamond, AMBER, false),
        _ => (Shape::Diamond, AMBER, true),
    };
    Some(Marker { at, value, shape, colour, is_filled, size: 14 })
}

const fn fault_marker(at: Timestamp, value: f64) -> Marker {
    Marker { at, value, shape: Shape::Down, colour: RED, is_filled: false, size: 7 }
}

/// Faults on the wire as a row of marks at one height: in every plot, below what it shows.
fn faults(input: &ReportInput, height: f64) -> Layer<'static> {
    Layer::Markers(input.summary.wire.marks.iter().map(|mark| fault_marker(mark.at, height)).collect())
}

/// The legend of a plot whose other marks are these.
fn with_faults(input: &ReportInput, mut legend: Vec<Key>) -> Vec<Key> {
    legend.extend((!input.summary.wire.marks.is_empty()).then_some(FAULT));
    legend
}

/// The lowest value that a line shows.
fn lowest(points: &[Point]) -> f64 {
    points.iter().map(|point| point.value).fold(f64::INFINITY, f64::min)
}

fn percent(points: &[Point]) -> Vec<Point> {
    points.iter().map(|point| Point { at: point.at, value: point.value * 100.0 }).collect()
}

/// What is drawn of one market.
struct Drawn<'a> {
    conventions: &'a Conventions,
    series: &'a PlotSeries,
}

impl Drawn<'_> {
    /// `title`, and of several markets which one.
    fn title(&self, input: &ReportInput, title: &str) -> String {
        if input.summary.markets.is_empty() {
            return title.to_owned();
        }
        format!("{}: {title}", self.conventions.symbol)
    }

    fn base(&self) -> &str {
        self.conventions.base.one().map_or("", String::as_str)
    }
}

/// Every market of the run: the one, or each of several.
fn markets(input: &ReportInput) -> Vec<Drawn<'_>> {
    let summary = &input.summary;
    if summary.markets.is_empty() {
        return vec![Drawn { conventions: &summary.conventions, series: &summary.series }];
    }
    summary.markets.iter().map(|one| Drawn { conventions: &one.conventions, series: &one.series }).collect()
}

/// Height of a panel when each of several markets has one.
fn height(markets: usize, alone: u32) -> u32 {
    if markets > 1 { alone * 2 / 3 } else { alone }
}

fn price(input: &ReportInput) -> Result<Plot, ReportError> {
    let markets = markets(input);
    let (mut panels, mut every) = (Vec::new(), 1);
    for one in &markets {
        let (shown, stride) = thin_fills(&one.series.fills, MARKERS_MAX);
        let size = if shown.len() > 300 { 7 } else { 11 };
        let markers = shown.iter().map(|fill| marker(fill, size)).collect();
        panels.push(Panel {
            title: format!("{} mid, {}", one.conventions.symbol, one.conventions.quote),
            height: height(markets.len(), 560),
            scale: Scale::Plain,
            layers: vec![
                Layer::line(&one.series.mid, GREY),
                Layer::Markers(markers),
                faults(input, lowest(&one.series.mid)),
            ],
        });
        every = every.max(stride * one.series.fills_stride.max(1));
    }
    let one = if markets.len() > 1 { "At least one" } else { "About one" };
    let part = if every > 1 { format!(" {one} fill in {every} is drawn.") } else { String::new() };
    let caption = format!("Filled marks rested (maker), hollow marks took (taker).{part}");
    Ok(Plot {
        legend: with_faults(input, vec![BUY, SELL]),
        ..plot("Price with the bot’s fills", caption, input, &panels)?
    })
}

fn marker(fill: &FillPoint, size: i32) -> Marker {
    let (shape, colour) = match fill.side {
        Side::Buy => (Shape::Up, BLUE),
        Side::Sell => (Shape::Down, RED),
    };
    let is_filled = fill.liquidity == Liquidity::Maker;
    Marker { at: fill.at, value: fill.price, shape, colour, is_filled, size }
}

fn inventory(input: &ReportInput) -> Result<Plot, ReportError> {
    let markets = markets(input);
    let panels: Vec<Panel<'_>> = markets
        .iter()
        .map(|one| Panel {
            title: one.title(input, &format!("Position, {}", one.base())),
            height: height(markets.len(), 340),
            scale: Scale::Zero,
            layers: vec![Layer::Steps { points: &one.series.inventory, colour: GREEN }, faults(input, 0.0)],
        })
        .collect();
    let plot = plot("Inventory", "Above zero long, below zero short.".to_owned(), input, &panels)?;
    Ok(Plot { legend: with_faults(input, Vec::new()), ..plot })
}

fn spread_and_latency(input: &ReportInput) -> Result<Plot, ReportError> {
    let markets = markets(input);
    // With several markets every one has its own feed; drawn is that of the first.
    let feed = milliseconds(markets.first().map_or(&[][..], |one| &one.series.feed_latency));
    let orders = milliseconds(&input.summary.series.order_round_trip);
    let spread = |one: &Drawn<'_>| one.title(input, "Market spread, ticks");
    let known = markets.iter().filter(|one| !one.series.spread.is_empty());
    let mut panels: Vec<Panel<'_>> = known
        .map(|one| Panel {
            title: spread(one),
            height: height(markets.len(), 280),
            scale: Scale::Zero,
            layers: vec![Layer::Band { points: &one.series.spread, colour: BLUE }],
        })
        .collect();
    if !feed.is_empty() || !orders.is_empty() {
        panels.push(Panel {
            title: "Latency, ms".to_owned(),
            height: 280,
            scale: Scale::Zero,
            layers: vec![
                Layer::Band { points: &feed, colour: AMBER },
                Layer::DottedBand { points: &orders, colour: RED },
                faults(input, 0.0),
            ],
        });
    }
    let assumed = |is_assumed: bool| if is_assumed { "assumed" } else { "observed" };
    let latency = &input.summary.latency;
    let unknown =
        if markets.iter().all(|one| one.series.spread.is_empty()) { " No spread: no book is known." } else { "" };
    let caption = format!(
        "Sampled by the risk clock: mean, and range from lowest to highest. Line: feed latency{} ({}); dots: order round trip \
         ({}).{unknown}",
        if markets.len() > 1 { format!(" of {}", markets[0].conventions.symbol) } else { String::new() },
        assumed(latency.feed.assumed),
        assumed(latency.order_round_trip.assumed)
    );
    let plot = plot("Market spread and latency", caption, input, &panels)?;
    Ok(Plot { legend: with_faults(input, Vec::new()), ..plot })
}

fn milliseconds(points: &[BandPoint]) -> Vec<BandPoint> {
    let point = |&BandPoint { at, low, mean, high }: &BandPoint| {
        let [low, mean, high] = [low, mean, high].map(|nanos| nanos / 1e6);
        BandPoint { at, low, mean, high }
    };
    points.iter().map(point).collect()
}

fn plot(title: &'static str, caption: String, input: &ReportInput, panels: &[Panel]) -> Result<Plot, ReportError> {
    if panels.iter().all(Panel::is_empty) {
        return Ok(Plot {
            title,
            caption: "Nothing to draw: the run has no such marks.".to_owned(),
            legend: Vec::new(),
            svg: String::new(),
        });
    }
    let span = &input.summary.span;
    let svg = draw::panels(panels, time_range(span.start, span.end))
        .map_err(|reason| ReportError::Plot { plot: title, reason })?;
    Ok(Plot { title, caption, legend: Vec::new(), svg })
}

/// From first to last instant, at least a second, so that a short run has an axis too.
fn time_range(start: Timestamp, end: Timestamp) -> std::ops::Range<i64> {
    let shortest = if end.since(start) > MINUTE { Span::ZERO } else { SECOND };
    start.nanos()..end.nanos().max(start.plus(shortest).nanos())
}
