//! Markouts: a quote where each horizon of each fill ends, and figures that equal a search through the data.

use crate::bars::{BarMarket, TradesMarket, random_bars, random_trades};
use crate::equality::{dealt_lanes, markets};
use crate::support::{TestRow, header};
use crate::world::*;
use seatrial::book::Ladder;
use seatrial::engine::{EngineConfig, ViewMode};
use seatrial::journal::{Entry, EntrySink};
use seatrial::metrics::{Markout, MetricsFold, MetricsOptions};
use seatrial::model::{BestPrices, ReportKind, row};
use seatrial::strategy::Subscriptions;
use seatrial::tape::TapeKind;
use seatrial::units::{MINUTE, Price, Quantity, SECOND, Span, Timestamp};
use std::collections::BTreeSet;

/// Tick 0.1 and step 0.001: half a tick of one step, in atto.
const HALF: i128 = 50_000_000_000_000;

fn horizons() -> Vec<Span> {
    vec![Span::from_nanos(100_000_000), SECOND, SECOND.times(3), MINUTE, MINUTE.times(3)]
}

fn with_horizons(view: ViewMode) -> EngineConfig {
    EngineConfig { markout_horizons: horizons(), ..config(view) }
}

/// Instant, signed steps and price in ticks of every fill.
fn fills_of(entries: &[Entry]) -> Vec<(Timestamp, i64, i64)> {
    let fill = |entry: &Entry| match entry {
        Entry::Venue(report) => match report.kind {
            ReportKind::Filled(fill) => {
                Some((report.matched_at, report.side.sign() * fill.quantity.steps(), fill.price.ticks()))
            }
            _ => None,
        },
        _ => None,
    };
    entries.iter().filter_map(fill).collect()
}

fn quotes_of(entries: &[Entry]) -> Vec<(Timestamp, BestPrices)> {
    let quote = |entry: &Entry| if let Entry::Quote { at, best, .. } = entry { Some((*at, *best)) } else { None };
    entries.iter().filter_map(quote).collect()
}

/// Best prices of a book after everything up to and at `end`.
fn best_at(rows: &[TestRow], end: Timestamp) -> BestPrices {
    let mut book = Ladder::new();
    for line in rows.iter().filter(|line| line.venue_at <= end.nanos()) {
        let side = row::side(line.flags);
        match line.flags & row::KIND {
            row::DEPTH => {
                book.set(side, Price::new(line.price), Quantity::new(line.quantity));
            }
            row::TRADE => {}
            _ => book.clear(side),
        }
    }
    book.best()
}

fn folded(entries: &[Entry], kind: TapeKind) -> Vec<Markout> {
    let on_bars = kind == TapeKind::Bars;
    let options = MetricsOptions { markout_horizons: horizons(), on_bars, ..MetricsOptions::default() };
    let mut fold = MetricsFold::new(&header(&[], kind).instrument, &options).unwrap();
    entries.iter().for_each(|entry| fold.record(entry));
    fold.finish().unwrap().markouts
}

/// Money of markouts at one horizon and how many fills were measured, by a search for each: `mid_x2` says the doubled mid as
/// of an instant, if there was any since the other one.
fn searched(
    entries: &[Entry],
    horizon: Span,
    mid_x2: impl Fn(Timestamp, Timestamp) -> Option<i64>,
) -> (Option<i128>, u64) {
    let end = entry_at(entries.last().unwrap());
    let (mut halves, mut measured) = (0, 0);
    for (at, signed, price) in fills_of(entries).into_iter().filter(|(at, ..)| at.plus(horizon) <= end) {
        if let Some(mid_x2) = mid_x2(at.plus(horizon), at) {
            halves += i128::from(mid_x2 - 2 * price) * i128::from(signed);
            measured += 1;
        }
    }
    ((measured > 0).then_some(halves * HALF), measured)
}

fn assert_found(markout: &Markout, (atto, measured): (Option<i128>, u64), what: &str) {
    let found = (markout.all.money.value().map(|money| money.atto()), markout.all.fills);
    assert_eq!(found, (atto, measured), "{what}, after {}", markout.horizon);
}

#[test]
fn every_horizon_of_a_fill_ends_in_a_quote() {
    let mut quoted = 0;
    for seed in 1..=3 {
        for rows in markets(seed) {
            for lane in dealt_lanes(seed) {
                let entries = play_one(&rows, &with_horizons(ViewMode::Auto), &lane).entries;
                let end = entry_at(entries.last().unwrap());
                let ends =
                    fills_of(&entries).into_iter().flat_map(|(at, ..)| horizons().into_iter().map(move |h| at.plus(h)));
                let ends: BTreeSet<Timestamp> = ends.filter(|at| *at <= end).collect();
                let expected = ends.into_iter().map(|at| (at, best_at(&rows, at)));
                let expected: Vec<_> = expected.filter(|(_, best)| best.mid_x2().is_some()).collect();
                assert_eq!(quotes_of(&entries), expected, "seed {seed}, {lane:?}");
                quoted += expected.len();
            }
        }
    }
    assert!(quoted > 2_000, "{quoted} quotes prove little");
}

#[test]
fn markouts_equal_a_search_through_the_book() {
    for seed in 1..=2 {
        let [rows, _] = markets(seed);
        for lane in dealt_lanes(seed) {
            let entries = play_one(&rows, &with_horizons(ViewMode::Auto), &lane).entries;
            for markout in folded(&entries, TapeKind::L2) {
                let found = searched(&entries, markout.horizon, |end, _| best_at(&rows, end).mid_x2());
                assert_found(&markout, found, &format!("seed {seed}, {lane:?}"));
            }
        }
    }
}

#[test]
fn markouts_equal_a_search_through_trades() {
    let all = Subscriptions { trades: true, ..Subscriptions::default() };
    for seed in 1..=4 {
        let rows = random_trades(seed);
        let last =
            |end: Timestamp, _| rows.iter().rfind(|line| line.venue_at <= end.nanos()).map(|line| 2 * line.price);
        let lane = LaneSpec::new(shaker(all, seed));
        let config = with_horizons(ViewMode::Auto);
        let (traces, _) = try_play(&mut TradesMarket::new(&rows), &config, &[lane]).unwrap();
        for markout in folded(&traces[0].entries, TapeKind::Trades) {
            assert_found(&markout, searched(&traces[0].entries, markout.horizon, last), &format!("seed {seed}"));
        }
    }
}

/// However seldom the risk clock ticks. A fill at a bar's open is as old as the bar; of one inside it nothing is known until the
/// bar's close. A horizon within a bar is not measured.
#[test]
fn markouts_equal_a_search_through_bars() {
    let all = Subscriptions { bars: Some(MINUTE), ..Subscriptions::default() };
    let mut measured = 0;
    for seed in 1..=4 {
        let bars = random_bars(seed, 400);
        let minutes = |at: Timestamp| at.nanos().div_euclid(MINUTE.nanos());
        let closed = |end: Timestamp, filled_at: Timestamp| {
            let at_open = filled_at.nanos() % MINUTE.nanos() == 0;
            let known_from = minutes(filled_at) + i64::from(!at_open);
            let horizon = end.since(filled_at).nanos() / MINUTE.nanos();
            let closes = bars.iter().map(|bar| (minutes(bar.open_at) + 1, bar.close.ticks()));
            let last =
                closes.filter(|(at, _)| known_from < *at && *at <= known_from + horizon).max_by_key(|(at, _)| *at);
            last.map(|(_, close)| 2 * close)
        };
        for risk_clock in [SECOND, MINUTE.times(45)] {
            let lane = LaneSpec::new(shaker(all, seed));
            let config = EngineConfig { risk_clock, ..with_horizons(ViewMode::Auto) };
            let (traces, _) = try_play(&mut BarMarket::new(&bars, MINUTE), &config, &[lane]).unwrap();
            for markout in folded(&traces[0].entries, TapeKind::Bars) {
                let found = searched(&traces[0].entries, markout.horizon, closed);
                assert_found(&markout, found, &format!("seed {seed}, {risk_clock}"));
                assert_eq!(found.1 > 0, MINUTE <= markout.horizon, "after {}", markout.horizon);
                measured += found.1;
            }
        }
    }
    assert!(measured > 200, "{measured} markouts prove little");
}

#[test]
fn quotes_depend_neither_on_the_view_nor_on_neighbours() {
    for seed in 1..=2 {
        for rows in markets(seed) {
            let lanes = dealt_lanes(seed);
            let together = play(&rows, &with_horizons(ViewMode::Lagged), &lanes);
            for (lane, shared) in lanes.iter().zip(&together) {
                let alone = play_one(&rows, &with_horizons(ViewMode::OwnBook), lane);
                assert_same(&alone, shared, &format!("seed {seed}, {lane:?}"));
            }
        }
    }
}

/// Quotes are read from the venue and change nothing.
#[test]
fn horizons_change_nothing_but_the_journal() {
    let without = |entries: Vec<Entry>| -> Vec<Entry> {
        entries.into_iter().filter(|entry| !matches!(entry, Entry::Quote { .. })).collect()
    };
    for rows in markets(5) {
        for lane in dealt_lanes(5) {
            let quoted = play_one(&rows, &with_horizons(ViewMode::Auto), &lane).entries;
            assert_eq!(without(quoted), play_one(&rows, &AUTO, &lane).entries, "{lane:?}");
        }
    }
}
