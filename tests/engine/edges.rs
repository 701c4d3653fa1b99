//! Small and strange markets.

use crate::support::{MemoryMarket, TestRow};
use crate::world::*;
use seatrial::engine::ViewMode;
use seatrial::journal::Entry;
use seatrial::model::Side;
use seatrial::strategy::Subscriptions;
use seatrial::units::Span;

const T0: i64 = 1_700_000_000_000_000_000;
const MS: i64 = 1_000_000;

fn all() -> Subscriptions {
    subscriptions(false).pop().unwrap()
}

fn both_views(rows: &[TestRow]) -> LaneTrace {
    let lane = LaneSpec::new(shaker(all(), 5));
    let lagged = play_one(rows, &config(ViewMode::Lagged), &lane);
    assert_same(&lagged, &play_one(rows, &config(ViewMode::OwnBook), &lane), "views");
    lagged
}

#[test]
fn a_market_of_one_row_is_a_run() {
    for local_at in [T0, T0 + 3 * MS] {
        for line in [
            TestRow::depth(T0, local_at, Side::Buy, 100, 1),
            TestRow::trade(T0, local_at, Side::Sell, 100, 1),
            clear(T0, local_at, Side::Sell),
        ] {
            let trace = both_views(&[line]);
            let Some(Entry::End { at, rows, messages }) = trace.entries.last() else { panic!("no end") };
            assert_eq!((at.nanos(), *rows, *messages), (local_at, 1, 1));
        }
    }
}

#[test]
fn a_side_may_stay_empty() {
    let rows: Vec<TestRow> = (0..3_000)
        .map(|index| TestRow::depth(T0 + index * MS, T0 + index * MS + MS, Side::Buy, 100 + index % 7, index % 4))
        .collect();
    let trace = both_views(&rows);
    assert!(trace.seen.iter().all(|seen| seen.best.ask.is_none()));
    assert!(trace.seen.iter().any(|seen| seen.best.bid.is_some()));
}

#[test]
fn a_cleared_side_is_empty_until_it_is_filled_again() {
    let rows = [
        TestRow::depth(T0, T0, Side::Buy, 100, 5).more(),
        TestRow::depth(T0, T0, Side::Sell, 110, 5),
        clear(T0 + 300 * MS, T0 + 301 * MS, Side::Buy),
        TestRow::depth(T0 + 800 * MS, T0 + 801 * MS, Side::Buy, 99, 5),
        TestRow::depth(T0 + 1_000 * MS, T0 + 1_001 * MS, Side::Sell, 110, 6),
    ];
    let timer = Subscriptions { timer: Some(Span::from_nanos(100 * MS)), ..Subscriptions::default() };
    for depth in [false, true] {
        let trace = play_one(&rows, &AUTO, &LaneSpec::new(shaker(Subscriptions { depth, ..timer }, 1)));
        let bids: Vec<_> = trace.seen.iter().map(|seen| seen.best.bid.map(|bid| bid.price.ticks())).collect();
        let (full, none, back) = (Some(100), None, Some(99));
        assert_eq!(bids, [full, full, full, none, none, none, none, none, back, back]);
    }
}

#[test]
fn a_crossed_book_shows_the_newer_side() {
    let rows = [
        TestRow::depth(T0, T0, Side::Buy, 100, 5).more(),
        TestRow::depth(T0, T0, Side::Sell, 110, 5).more(),
        TestRow::depth(T0, T0, Side::Sell, 120, 5),
        TestRow::depth(T0 + 50 * MS, T0 + 50 * MS, Side::Buy, 115, 5),
        TestRow::depth(T0 + 250 * MS, T0 + 250 * MS, Side::Buy, 115, 6),
    ];
    let timer = Subscriptions { timer: Some(Span::from_nanos(100 * MS)), ..Subscriptions::default() };
    for depth in [false, true] {
        let trace = play_one(&rows, &AUTO, &LaneSpec::new(shaker(Subscriptions { depth, ..timer }, 1)));
        let best = trace.seen[0].best;
        assert_eq!((best.bid.unwrap().price.ticks(), best.ask.unwrap().price.ticks()), (115, 120));
    }
}

#[test]
fn no_rows_are_an_empty_run() {
    let (traces, outcome) = try_play(&mut MemoryMarket::new(&[]), &AUTO, &[LaneSpec::new(shaker(all(), 1))]).unwrap();
    assert_eq!(outcome.rows, 0);
    assert!(matches!(traces[0].entries[..], [Entry::Start { .. }, Entry::Mark(_), Entry::End { rows: 0, .. }]));
}
