//! One run over a violent market: price, depth, spread, position, equity and gates over one time axis.

use super::chart::Scale;
use super::draw::{self, Badge, Colour, INK, LEFT, Layer, Mark, Panel, WIDTH, badge_half_width};
use super::thin::thin;
use super::{AMBER, BLUE, GREEN, RED, time_range};
use crate::metrics::Point;
use crate::readiness::{Track, TrackPoint};
use crate::report::ReportError;
use crate::units::{MINUTE, Timestamp};

/// Points of a curve at most: there are as many of these figures as shocks.
const POINTS_MAX: usize = 900;
/// Rows of numbers above the panels.
const ROWS: usize = 3;
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
    bids: Vec<Point>,
    asks: Vec<Point>,
    spread: Vec<Point>,
    position: Vec<Point>,
    equity: Vec<Point>,
    refusals: Vec<Point>,
}

impl Curves {
    fn new(facts: &TrackFacts) -> Self {
        let points = &facts.track.points;
        let of = |value: fn(&TrackPoint) -> f64| {
            let all = points.iter().map(|point| Point { at: point.at, value: value(point) });
            let finite: Vec<Point> = all.filter(|point| point.value.is_finite()).collect();
            thin(&finite, POINTS_MAX)
        };
        let minutes = (0_i64..).zip(&facts.track.refusals);
        let refusals =
            minutes.map(|(minute, count)| Point { at: facts.start.plus(MINUTE.times(minute)), value: *count as f64 });
        Self {
            mid: of(|point| point.mid),
            bids: of(|point| point.depth[0]),
            asks: of(|point| point.depth[1]),
            spread: of(|point| point.spread_bps),
            position: of(|point| point.position),
            equity: of(|point| point.equity),
            refusals: refusals.filter(|point| point.at.nanos() < facts.end.nanos()).collect(),
        }
    }

    fn panels(&self, facts: &TrackFacts) -> Vec<Panel<'_>> {
        let panel = |title: String, height, scale, layers| Panel { title, height, scale, layers };
        let TrackFacts { base, quote, .. } = facts;
        let mut panels = vec![
            panel(format!("Mid price, {quote}"), 300, Scale::Plain, vec![Layer::line(&self.mid, INK)]),
            panel(
                format!("Depth within 10 bp of the best price, {base}, logarithmic; blue: bids, amber: asks"),
                220,
                Scale::Log,
                vec![Layer::line(&self.bids, BLUE), Layer::line(&self.asks, AMBER)],
            ),
            panel("Spread, bp, logarithmic".to_owned(), 180, Scale::Log, vec![Layer::line(&self.spread, INK)]),
            panel(
                format!("Position of the bot, {base}"),
                200,
                Scale::Zero,
                vec![Layer::Steps { points: &self.position, colour: GREEN }],
            ),
            panel(format!("Equity of the bot, {quote}"), 220, Scale::Plain, vec![Layer::line(&self.equity, BLUE)]),
        ];
        if self.refusals.iter().any(|point| point.value > 0.0) {
            let bars = Layer::Bars { points: &self.refusals, width: MINUTE, colour: AMBER };
            panels.push(panel("Requests refused by gates, a minute".to_owned(), 130, Scale::Zero, vec![bars]));
        }
        panels
    }
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
    let mut rows = Rows { right: [i32::MIN; ROWS], badges: Vec::new() };
    if let Some(at) = facts.shock_at {
        rows.add(place(at), at, "shock".to_owned(), RED);
    }
    let mut last: Option<(usize, usize)> = None;
    for (number, (at, _)) in (1_usize..).zip(&facts.track.turns) {
        if rows.add(place(*at), *at, number.to_string(), INK) {
            last = Some((rows.badges.len() - 1, number));
        } else if let Some((index, first)) = last {
            rows.rename(index, place(rows.badges[index].at), format!("{first}–{number}"));
        }
    }
    rows.badges
}

struct Rows {
    /// Right end of the last badge of each row.
    right: [i32; ROWS],
    badges: Vec<Badge>,
}

impl Rows {
    /// False where no row has room.
    fn add(&mut self, place: i32, at: Timestamp, text: String, colour: Colour) -> bool {
        let half = badge_half_width(&text);
        let Some(row) = self.right.iter().position(|right| *right < place - half) else { return false };
        self.right[row] = place + half + 6;
        self.badges.push(Badge { at, row: row as u32, text, colour });
        true
    }

    fn rename(&mut self, index: usize, place: i32, text: String) {
        let badge = &mut self.badges[index];
        self.right[badge.row as usize] = place + badge_half_width(&text) + 6;
        badge.text = text;
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
            let numbered: usize = badges[1..]
                .iter()
                .map(|badge| match badge.text.split_once('–') {
                    None => 1,
                    Some((first, last)) => last.parse::<usize>().unwrap() - first.parse::<usize>().unwrap() + 1,
                })
                .sum();
            assert_eq!((badges[0].text.as_str(), numbered), ("shock", 99), "step {step}");
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
