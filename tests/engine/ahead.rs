//! Nothing that happens later changes anything that happened before.

use crate::support::{Dice, TestRow};
use crate::world::*;
use seatrial::engine::ViewMode;
use seatrial::journal::Entry;

/// The market with everything after `t` (venue clock) another one.
fn perturbed(rows: &[TestRow], t: i64, dice: &mut Dice) -> Vec<TestRow> {
    let mut late = 0;
    let mut changed: Vec<TestRow> = rows
        .iter()
        .map(|line| {
            if line.venue_at <= t {
                return *line;
            }
            if dice.below(5) == 0 {
                late = dice.below(3_000_000);
            }
            let quantity = if line.quantity > 0 { 1 + dice.below(30) } else { 0 };
            let price = if line.price > 0 { line.price + dice.below(9) - 4 } else { 0 };
            TestRow { price, quantity, local_at: line.local_at + late, ..*line }
        })
        .collect();
    // Messages keep one stamp and arrive in order.
    for index in 1..changed.len() {
        let before = changed[index - 1];
        let same = before.flags & seatrial::model::row::LAST == 0;
        let line = &mut changed[index];
        line.local_at = if same { before.local_at } else { line.local_at.max(before.local_at) };
    }
    changed
}

/// Entries up to the first that belongs to an instant after `t`.
fn up_to(entries: &[Entry], t: i64) -> &[Entry] {
    let end = entries.iter().position(|entry| entry_at(entry).nanos() > t).unwrap_or(entries.len());
    let last_is_end = matches!(entries.get(end.wrapping_sub(1)), Some(Entry::End { .. }));
    &entries[..end - usize::from(last_is_end)]
}

/// The same without what the risk clock wrote down for the end of a market that ended at `t`.
fn compare(whole: &[Entry], other: &[Entry], t: i64, what: &str) -> usize {
    let (left, right) = (up_to(whole, t), up_to(other, t));
    let shared = left.len().min(right.len());
    if let Some(index) = (0..shared).find(|&index| left[index] != right[index]) {
        panic!("{what}: entry {index}\nleft {:#?}\nright {:#?}", left[index], right[index]);
    }
    assert_eq!(left.len(), right.len(), "{what}: {:?} {:?}", left.get(shared), right.get(shared));
    shared
}

#[test]
fn the_future_changes_nothing_before_it() {
    let mut compared = 0;
    for seed in 1..=3 {
        let rows = hostile_market(seed, 500);
        let mut dice = Dice::new(seed + 99);
        let mut lanes = Vec::new();
        for depth in [false, true] {
            for (number, subscriptions) in subscriptions(depth).into_iter().enumerate() {
                let (preset, latency) =
                    (PRESETS[(number + seed as usize) % 4], latencies()[(number + seed as usize / 2) % 4]);
                lanes.push(LaneSpec { preset, latency, ..LaneSpec::new(shaker(subscriptions, seed)) });
            }
        }
        for view in [ViewMode::Lagged, ViewMode::OwnBook] {
            for lane in &lanes {
                if view == ViewMode::Lagged && matches!(lane.kind, Kind::Shaker(spec) if spec.subscriptions.depth) {
                    continue;
                }
                let whole = play_one(&rows, &config(view), lane);
                for _ in 0..3 {
                    let cut = dice.below(rows.len() as i64) as usize;
                    let t = rows[cut].venue_at;
                    let other = play_one(&perturbed(&rows, t, &mut dice), &config(view), lane);
                    let what = format!("seed {seed}, {view:?}, changed after {t}, {lane:?}");
                    compared += compare(&whole.entries, &other.entries, t, &what);
                    truncated(&rows, t, view, lane, &whole);
                }
            }
        }
    }
    assert!(compared > 10_000, "{compared} entries prove little");
}

/// A market that ends after `t` makes the same journal up to `t`.
fn truncated(rows: &[TestRow], t: i64, view: ViewMode, lane: &LaneSpec, whole: &LaneTrace) {
    let end = rows.partition_point(|line| line.venue_at <= t);
    let other = play_one(&rows[..end], &config(view), lane);
    // The run ends with the last delivery, which is not before `t`; its last mark is not part of the comparison.
    let what = format!("{view:?}, cut after {t}, {lane:?}");
    let (left, right) = (up_to(&whole.entries, t - 1), up_to(&other.entries, t - 1));
    assert_eq!(left.len(), right.len(), "{what}");
    assert!(left == right, "{what}");
}
