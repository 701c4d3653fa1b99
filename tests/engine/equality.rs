//! What must not make a difference: how the bot's book is kept, who shares the pass, how wide and where cut the columns are.

use crate::support::{MemoryMarket, TestRow, random_market};
use crate::world::*;
use seatrial::engine::ViewMode;
use seatrial::gates::{Amount, GateConfig, Setting, daily_loss};
use seatrial::journal::Entry;
use seatrial::model::Side;
use seatrial::tape::BATCH_ROWS;
use seatrial::units::Money;

/// Every subscription, preset and latency model once, dealt over the seeds.
pub fn dealt_lanes(seed: u64) -> Vec<LaneSpec> {
    let mut lanes = Vec::new();
    for (number, subscriptions) in subscriptions(false).into_iter().enumerate() {
        for (turn, latency) in latencies().into_iter().enumerate() {
            let preset = PRESETS[(number + turn + seed as usize) % 4];
            let gates = breaker(number + turn);
            let kind = shaker(subscriptions, seed + turn as u64);
            lanes.push(LaneSpec { preset, latency, seed, gates, ..LaneSpec::new(kind) });
        }
    }
    for (turn, kind) in [Kind::Maker, Kind::Cross, Kind::Breakout, Kind::Nothing].into_iter().enumerate() {
        let preset = PRESETS[(turn + seed as usize) % 4];
        let latency = latencies()[(turn + seed as usize / 4) % 4];
        lanes.push(LaneSpec { preset, latency, seed, ..LaneSpec::new(kind) });
    }
    lanes
}

/// A breaker that some lanes reach, and some do not have.
fn breaker(number: usize) -> GateConfig {
    let absolute = Setting::On(Amount::new(Money::from_units([1, 3, 10][number % 3])));
    let limits = daily_loss::Limits { percent: Setting::Off, absolute, confirm_marks: 2, engages_kill_switch: false };
    let daily_loss = if number.is_multiple_of(4) { Setting::Off } else { Setting::On(limits) };
    GateConfig { daily_loss, ..GateConfig::off() }
}

pub fn markets(seed: u64) -> [Vec<TestRow>; 2] {
    [random_market(seed, 600), hostile_market(seed, 600)]
}

#[test]
fn the_lagging_view_equals_an_own_book() {
    let mut filled = 0;
    for seed in 1..=6 {
        for rows in markets(seed) {
            for lane in dealt_lanes(seed) {
                let lagged = play_one(&rows, &config(ViewMode::Lagged), &lane);
                let own = play_one(&rows, &config(ViewMode::OwnBook), &lane);
                assert_same(&lagged, &own, &format!("seed {seed}, {lane:?}"));
                filled += fills(&lagged.entries);
            }
        }
    }
    assert!(filled > 2_000, "{filled} fills prove little");
}

#[test]
fn a_lane_does_not_depend_on_its_neighbours() {
    for seed in 11..=16 {
        for rows in markets(seed) {
            let lanes = dealt_lanes(seed);
            for view in [ViewMode::Lagged, ViewMode::OwnBook] {
                let together = play(&rows, &config(view), &lanes);
                for (lane, shared) in lanes.iter().zip(&together) {
                    let alone = play_one(&rows, &config(view), lane);
                    assert_same(&alone, shared, &format!("seed {seed}, {view:?}, {lane:?}"));
                }
            }
        }
    }
}

#[test]
fn narrow_and_wide_columns_are_equal() {
    for seed in 21..=21 {
        let rows = hostile_market(seed, 1_500);
        let lanes = dealt_lanes(seed);
        let narrow = play(&rows, &AUTO, &lanes);
        let wide = try_play(&mut MemoryMarket::new(&rows).widened(), &AUTO, &lanes).unwrap().0;
        assert_eq!(narrow, wide, "seed {seed}");
    }
}

/// `count` rows that change nothing, in front, as part of the first message: every batch boundary moves.
fn shifted(rows: &[TestRow], count: usize) -> Vec<TestRow> {
    let first = rows[0];
    let idle = TestRow::depth(first.venue_at, first.local_at, Side::Buy, 1, 0).more();
    std::iter::repeat_n(idle, count).chain(rows.iter().copied()).collect()
}

/// Boundaries within messages, and just before the first row after a tick of the risk clock.
fn cuts(rows: &[TestRow]) -> Vec<usize> {
    let second = |row: &TestRow| row.venue_at / 1_000_000_000;
    let turns = (1..rows.len()).filter(|&index| second(&rows[index]) != second(&rows[index - 1])).step_by(3).take(4);
    [1, 41, 500, 501, 2_000].into_iter().chain(turns).collect()
}

fn without_end(mut trace: LaneTrace) -> LaneTrace {
    trace.entries.retain(|entry| !matches!(entry, Entry::End { .. }));
    trace
}

#[test]
fn batch_boundaries_do_not_matter() {
    let rows = hostile_market(31, 900);
    let lanes = dealt_lanes(31);
    for view in [ViewMode::Lagged, ViewMode::OwnBook] {
        let whole: Vec<_> = play(&rows, &config(view), &lanes).into_iter().map(without_end).collect();
        for cut in cuts(&rows) {
            let moved = play(&shifted(&rows, BATCH_ROWS - cut), &config(view), &lanes);
            for ((lane, whole), moved) in lanes.iter().zip(&whole).zip(moved) {
                assert_same(whole, &without_end(moved), &format!("boundary at row {cut}, {view:?}, {lane:?}"));
            }
        }
    }
}

#[test]
fn the_same_run_twice_is_the_same() {
    let rows = hostile_market(41, 1_000);
    assert_eq!(play(&rows, &AUTO, &dealt_lanes(41)), play(&rows, &AUTO, &dealt_lanes(41)));
}

#[test]
fn a_limit_of_rows_never_cuts_a_message() {
    let rows = random_market(51, 300);
    let lanes = dealt_lanes(51);
    for limit in (300..340).step_by(3) {
        let run = |view| {
            let config = seatrial::engine::EngineConfig { max_rows: Some(limit), ..config(view) };
            play(&rows, &config, &lanes)
        };
        let (lagged, own) = (run(ViewMode::Lagged), run(ViewMode::OwnBook));
        for ((lane, lagged), own) in lanes.iter().zip(&lagged).zip(&own) {
            assert_same(lagged, own, &format!("{limit} rows, {lane:?}"));
        }
        let Some(Entry::End { rows: replayed, .. }) = lagged[0].entries.last() else { panic!("no end") };
        let whole = rows[*replayed as usize - 1].flags & seatrial::model::row::LAST != 0;
        assert!(whole && replayed.abs_diff(limit) < 40, "{limit} rows asked, {replayed} replayed");
        let cut = play(&rows[..*replayed as usize], &config(ViewMode::Lagged), &lanes);
        assert_eq!(cut, lagged, "{limit} rows");
    }
}
