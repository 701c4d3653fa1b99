//! One run over a violent market: price, depth, spread, position, equity and gates over one time axis.

use super::chart::Scale;
use super::draw::{self, Badge, INK, LEFT, Layer, Mark, Panel, WIDTH, badge_half_width};
use super::thin::thin;
use super::{AMBER, BLUE, GREEN, RED, time_range};
use crate::metrics::{BandPoint, Point};
use crate::readiness::{Track, TrackPoint};
use crate::report::ReportError;
use crate::units::{MINUTE, Timestamp};

/// Points of a curve at most: there are as many of these figures as shocks.
const POINTS_MAX: usize = 900;
/// Stretches of which mean and range are drawn, for what flickers.
const STRETCHES: usize = 360;
/// Rows of numbers above the panels.
const ROWS: usize = 3;
/// The widest text of a badge.
const WIDEST: &str = "99–100";
/// Room right of a panel, in half pixels.
const RIGHT: i32 = 36;

/// A run with what its panels are called by.
#[derive(Debug, Clone, Copy)]
pub struct TrackFacts<'a> {
    pub track: &'a Track,
    pub start: Timestamp,
    pub end: Timestamp,
    pub shock_at: Option<Timestamp>,
    pub base: &'a str,
    pub quote: &'a str,
}

/// The picture; empty where no moment of the run was kept.
///
/// # Errors
/// [`ReportError::Plot`] when the drawing library fails.
pub fn track(facts: &TrackFacts) -> Result<String, ReportError> {
    if facts.track.points.is_empty() {
        return Ok(String::new());
    }
    let time = time_range(facts.start, facts.end);
    let curves = Curves::new(facts);
    let marks = marks(facts);
    let badges = badges(facts, &time);
    let mut panels = curves.panels(facts);
    let rows = badges.iter().map(|badge| badge.row + 1).max().unwrap_or(0);
    if rows > 0 {
        let layers = vec![Layer::Badges(&badges)];
        let title = "Gate actions, numbered below".to_owned();
        panels.insert(0, Panel { title, height: rows * 40 + 10, scale: Scale::Plain, layers });
    }
    panels.iter_mut().for_each(|panel| panel.layers.insert(0, Layer::Marks(&marks)));
    draw::panels(&panels, time).map_err(|reason| ReportError::Plot { plot: "a run over a shock", reason })
}

struct Curves {
    mid: Vec<Point>,
    bids: Vec<BandPoint>,
    asks: Vec<BandPoint>,
    spread: Vec<BandPoint>,
    position: Vec<Point>,
    equity: Vec<Point>,
    refusals: Vec<Point>,
}

impl Curves {
    fn new(facts: &TrackFacts) -> Self {
        let points = &facts.track.points;
        let of = |value: fn(&TrackPoint) -> f64| {
            let all = points.iter().map(|point| Point { at: point.at, value: value(point) });
            all.filter(|point| point.value.is_finite()).collect::<Vec<Point>>()
        };
        let line = |value: fn(&TrackPoint) -> f64| thin(&of(value), POINTS_MAX);
        let band = |value: fn(&TrackPoint) -> f64| bands(&of(value));
        let minutes = (0_i64..).zip(&facts.track.refusals);
        let refusals =
            minutes.map(|(minute, count)| Point { at: facts.start.plus(MINUTE.times(minute)), value: *count as f64 });
        Self {
            mid: line(|point| point.mid),
            bids: band(|point| point.depth[0]),
            asks: band(|point| point.depth[1]),
            spread: band(|point| point.spread_bps),
            position: line(|point| point.position),
            equity: line(|point| point.equity),
            refusals: refusals.filter(|point| point.at.nanos() < facts.end.nanos()).collect(),
        }
    }

    fn panels(&self, facts: &TrackFacts) -> Vec<Panel<'_>> {
        let panel = |title: String, height, scale, layers| Panel { title, height, scale, layers };
        let TrackFacts { base, quote, .. } = facts;
        let mut panels = vec![
            panel(format!("Mid price, {quote}"), 250, Scale::Plain, vec![Layer::line(&self.mid, INK)]),
            panel(
                format!("Depth within 10 bp of the best price, {base}, logarithmic: bids blue, asks amber"),
                190,
                Scale::Log,
                vec![
                    Layer::Band { points: &self.bids, colour: BLUE },
                    Layer::Band { points: &self.asks, colour: AMBER },
                ],
            ),
            panel(
                "Spread, bp, logarithmic".to_owned(),
                150,
                Scale::Log,
                vec![Layer::Band { points: &self.spread, colour: INK }],
            ),
            panel(
                format!("Position of the bot, {base}"),
                160,
                Scale::Zero,
                vec![Layer::Steps { points: &self.position, colour: GREEN }],
            ),
            panel(format!("Equity of the bot, {quote}"), 190, Scale::Plain, vec![Layer::line(&self.equity, BLUE)]),
        ];
        if self.refusals.iter().any(|point| point.value > 0.0) {
            let bars = Layer::Bars { points: &self.refusals, width: MINUTE, colour: AMBER };
            panels.push(panel("Requests refused by gates, a minute".to_owned(), 120, Scale::Zero, vec![bars]));
        }
        panels
    }
}

/// Mean, lowest and highest of every stretch.
fn bands(points: &[Point]) -> Vec<BandPoint> {
    let band = |stretch: &[Point]| {
        let values = || stretch.iter().map(|point| point.value);
        let (low, high) =
            values().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        BandPoint { at: stretch[0].at, low, mean: values().sum::<f64>() / stretch.len() as f64, high }
    };
    points.chunks(points.len().div_ceil(STRETCHES).max(1)).map(band).collect()
}

fn marks(facts: &TrackFacts) -> Vec<Mark> {
    let turns = facts.track.turns.iter().map(|(at, _)| Mark { at: *at, colour: INK, is_dashed: false });
    let shock = facts.shock_at.map(|at| Mark { at, colour: RED, is_dashed: true });
    turns.chain(shock).collect()
}

/// The numbers of turns in rows; where there is no room for another, neighbours share one.
fn badges(facts: &TrackFacts, time: &std::ops::Range<i64>) -> Vec<Badge> {
    let place = |at: Timestamp| {
        let width = i128::from(WIDTH) - i128::from(LEFT) - i128::from(RIGHT);
        let (offset, length) = (at.nanos().saturating_sub(time.start), time.end.saturating_sub(time.start).max(1));
        i32::try_from(width * i128::from(offset) / i128::from(length)).unwrap_or(0)
    };
    let mut rows = Rows { right: [i32::MIN; ROWS], shock: None, badges: Vec::new() };
    if let Some(at) = facts.shock_at {
        rows.shock = Some(place(at));
        rows.badges.push(Badge { at, row: 0, text: "shock".to_owned(), colour: RED });
    }
    let mut last: Option<(usize, usize)> = None;
    for (number, (at, _)) in (1_usize..).zip(&facts.track.turns) {
        if rows.add(place(*at), *at, number.to_string()) {
            last = Some((rows.badges.len() - 1, number));
        } else if let Some((index, first)) = last {
            rows.badges[index].text = format!("{first}–{number}");
        }
    }
    rows.badges
}

struct Rows {
    /// Right end of the last badge of each row.
    right: [i32; ROWS],
    /// Where the shock stands in the first row.
    shock: Option<i32>,
    badges: Vec<Badge>,
}

impl Rows {
    /// False where no row has room, also for what the badge may come to say when it is shared.
    fn add(&mut self, place: i32, at: Timestamp, text: String) -> bool {
        let half = badge_half_width(WIDEST);
        let hits_shock = self.shock.is_some_and(|shock| (shock - place).abs() < 2 * half);
        let is_free = |row: &usize| self.right[*row] <= place - half && !(*row == 0 && hits_shock);
        let Some(row) = (0..ROWS).find(is_free) else { return false };
        self.right[row] = place + half + 4;
        self.badges.push(Badge { at, row: row as u32, text, colour: INK });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SECOND;

    fn facts(track: &Track) -> TrackFacts<'_> {
        let start = Timestamp::from_nanos(1_767_571_200_000_000_000);
        let end = start.plus(SECOND.times(3_600));
        TrackFacts { track, start, end, shock_at: Some(start.plus(SECOND.times(600))), base: "BTC", quote: "USDT" }
    }

    fn turned(seconds: impl Iterator<Item = i64>) -> Track {
        let start = Timestamp::from_nanos(1_767_571_200_000_000_000);
        let turns = seconds.map(|at| (start.plus(SECOND.times(at)), "a turn".to_owned())).collect();
        Track { run: 0, points: Vec::new(), turns, refusals: Vec::new() }
    }

    #[test]
    fn every_turn_has_a_number_and_no_two_overlap() {
        for step in [1, 7, 36] {
            let track = turned((1..=99).map(|at| at * step));
            let facts = facts(&track);
            let badges = badges(&facts, &time_range(facts.start, facts.end));
            let numbered: usize = badges
                .iter()
                .filter(|badge| badge.text != "shock")
                .map(|badge| match badge.text.split_once('–') {
                    None => 1,
                    Some((first, last)) => last.parse::<usize>().unwrap() - first.parse::<usize>().unwrap() + 1,
                })
                .sum();
            assert_eq!((badges.iter().filter(|badge| badge.text == "shock").count(), numbered), (1, 99), "step {step}");
            for row in 0..ROWS as u32 {
                let mut of_row: Vec<&Badge> = badges.iter().filter(|badge| badge.row == row).collect();
                of_row.sort_by_key(|badge| badge.at);
                for pair in of_row.windows(2) {
                    let pixels = |badge: &Badge| {
                        let share = badge.at.since(facts.start).nanos() as f64 / 3.6e12;
                        share * f64::from(WIDTH - LEFT - RIGHT as u32)
                    };
                    let needed = badge_half_width(&pair[0].text) + badge_half_width(&pair[1].text);
                    assert!(f64::from(needed) <= pixels(pair[1]) - pixels(pair[0]) + 1.0, "{pair:?}");
                }
            }
        }
    }

    #[test]
    fn turns_apart_stand_in_one_row() {
        let track = turned([60, 1_200, 2_400].into_iter());
        let facts = facts(&track);
        let badges = badges(&facts, &time_range(facts.start, facts.end));
        assert!(badges.iter().all(|badge| badge.row == 0), "{badges:?}");
    }
}
