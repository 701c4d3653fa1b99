//! The breakers on marks: drawdown, total loss, extreme moves.

use super::restart::reopened;
use super::*;
use crate::gates::{UNKNOWN, catalogue};
use crate::units::Span;
use proptest::prelude::*;

pub fn tripped(gate: &str, value: i128, limit: i128) -> GateEvent {
    GateEvent::Tripped(refusal(gate, value, limit))
}

pub fn cleared(gate: &str) -> GateEvent {
    GateEvent::Cleared(catalogue().iter().find(|spec| spec.name == gate).unwrap().id)
}

pub fn reenable(gates: &mut Gates, gate: &str) -> Vec<GateEvent> {
    let mut out = Vec::new();
    let id = catalogue().iter().find(|spec| spec.name == gate).unwrap().id;
    gates.reenable(id, noon(9), &mut out);
    out
}

fn atto_marks(gates: &mut Gates, from: Timestamp, equities: &[i128]) -> Vec<GateEvent> {
    let mut out = Vec::new();
    for (second, &equity) in (0..).zip(equities) {
        gates.on_mark(&mark_of(from.plus(SECOND.times(second)), Money::from_atto(equity)), &mut out);
    }
    out
}

const AT_ONCE: [&str; 2] =
    ["[drawdown]\npercent = \"20\"\nconfirm_marks = 1", "[total_loss]\npercent = \"20\"\nconfirm_marks = 1"];

#[test]
fn exactly_the_allowed_fall_passes_and_one_atto_more_trips() {
    for (gate, text) in ["drawdown", "total_loss"].into_iter().zip(AT_ONCE) {
        let (mut gates, _) = armed(text);
        gates.open(&mark(noon(0), 1_000));
        assert_eq!(gates.trip_equity(), Some(Money::from_atto(800 * ATTO - 1)));
        assert_eq!(atto_marks(&mut gates, noon(0), &[800 * ATTO]), []);
        assert_eq!(judge(&mut gates, limit(Side::Buy, 1, 100), &risk()), Ok(()));
        let events = atto_marks(&mut gates, noon(0).plus(SECOND), &[800 * ATTO - 1]);
        assert_eq!(events, [tripped(gate, 200 * ATTO + 1, 200 * ATTO)]);
        assert_eq!((gates.trip_equity(), gates.wants_cancel_all()), (None, false));
        for side in Side::BOTH {
            let refused = refusal(gate, 200 * ATTO + 1, 200 * ATTO);
            assert_eq!(judge(&mut gates, limit(side, 1, 100), &risk()), Err(refused));
            let held = RiskView { position: Quantity::new(-side.sign()), ..risk() };
            assert_eq!(judge(&mut gates, limit(side, 1, 100), &held), Ok(()), "what reduces passes");
        }
    }
}

#[test]
fn of_two_limits_the_smaller_counts() {
    for gate in ["drawdown", "total_loss"] {
        for (percent, absolute, allowed) in [(20, "150", 150), (20, "250", 200)] {
            let text = format!("[{gate}]\npercent = {percent}\nabsolute = \"{absolute}\"\nconfirm_marks = 1");
            let (mut gates, _) = armed(&text);
            let events = marks(&mut gates, noon(0), &[1_000, 1_000 - allowed, 999 - allowed]);
            assert_eq!(events, [tripped(gate, i128::from(allowed + 1) * ATTO, i128::from(allowed) * ATTO)]);
        }
    }
}

#[test]
fn one_or_two_wild_prints_trip_nothing_and_three_do() {
    for gate in ["drawdown", "total_loss"] {
        for (wild, trips) in [(1, 0), (2, 0), (3, 1)] {
            let (mut gates, _) = armed(&format!("[{gate}]"));
            let prints = std::iter::repeat_n(1, wild);
            let equities: Vec<i64> = [1_000; 4].into_iter().chain(prints).chain([1_000; 4]).collect();
            assert_eq!(marks(&mut gates, noon(0), &equities).len(), trips, "{gate}: {wild} wild prints");
        }
    }
}

#[test]
fn marks_of_one_instant_confirm_nothing() {
    for gate in ["drawdown", "total_loss"] {
        let (mut gates, _) = armed(&format!("[{gate}]"));
        let mut out = Vec::new();
        gates.open(&mark(noon(0), 1_000));
        for _ in 0..5 {
            gates.on_mark(&mark(noon(0).plus(SECOND), 1), &mut out);
        }
        assert_eq!(out, []);
    }
}

#[test]
fn a_wild_print_upwards_is_no_peak_and_three_are() {
    let (mut gates, _) = armed("[drawdown]");
    assert_eq!(marks(&mut gates, noon(0), &[1_000, 9_000, 1_000, 1_000, 9_000, 9_000, 1_000, 1_000, 1_000]), []);
    // The lowest of three is the peak: a fifth of 2000 is 400.
    let events = marks(&mut gates, noon(0).plus(SECOND.times(20)), &[2_500, 2_000, 3_000, 1_599, 1_599, 1_599]);
    assert_eq!(events, [tripped("drawdown", 401 * ATTO, 400 * ATTO)]);
}

#[test]
fn a_peak_raises_the_drawdown_and_not_the_total_loss() {
    let (mut gates, _) = armed(&AT_ONCE.join("\n"));
    let events = marks(&mut gates, noon(0), &[1_000, 5_000, 4_000, 3_999, 800, 799]);
    assert_eq!(
        events,
        [tripped("drawdown", 1_001 * ATTO, 1_000 * ATTO), tripped("total_loss", 201 * ATTO, 200 * ATTO)]
    );
}

#[test]
fn latches_outlive_days_and_restarts_and_end_by_name_alone() {
    for (gate, text) in ["drawdown", "total_loss"].into_iter().zip(AT_ONCE) {
        let (mut gates, config) = armed(text);
        assert_eq!(marks(&mut gates, noon(0), &[1_000, 700]).len(), 1);
        let mut gates = reopened(&gates, &config);
        assert_eq!(marks(&mut gates, noon(5), &[2_000, 2_000]), [], "neither a day nor a recovery opens it");
        assert!(judge(&mut gates, limit(Side::Buy, 1, 100), &risk()).is_err());
        assert_eq!(reenable(&mut gates, "daily_loss"), []);
        assert_eq!(reenable(&mut gates, gate), [cleared(gate)]);
        assert_eq!(reenable(&mut gates, gate), [], "it is open already");
        assert_eq!(judge(&mut gates, limit(Side::Buy, 1, 100), &risk()), Ok(()));
        // The mark after it is the baseline.
        let events = marks(&mut gates, noon(9), &[500, 400, 399]);
        assert_eq!(events, [tripped(gate, 101 * ATTO, 100 * ATTO)]);
    }
}

#[test]
fn a_restart_in_the_middle_of_a_day_forgets_neither_peak_nor_opening_nor_count() {
    for gate in ["drawdown", "total_loss"] {
        let (mut gates, config) = armed(&format!("[{gate}]"));
        let base = if gate == "drawdown" { 2_000 } else { 1_000 };
        gates.open(&mark(noon(0), 1_000));
        assert_eq!(marks(&mut gates, noon(0).plus(SECOND), &[2_000, 2_000, 2_000, 799, 799]), []);
        let mut gates = reopened(&gates, &config);
        let events = marks(&mut gates, noon(0).plus(SECOND.times(6)), &[799]);
        assert_eq!(events, [tripped(gate, (base - 799) * ATTO, base * ATTO / 5)]);
    }
}

#[test]
fn a_breaker_engages_the_kill_switch_where_it_is_told_to() {
    for gate in ["drawdown", "total_loss"] {
        let (mut gates, _) = armed(&format!("[kill_switch]\n[{gate}]\nconfirm_marks = 1\nengages_kill_switch = true"));
        let events = marks(&mut gates, noon(0), &[1_000, 1]);
        assert_eq!(events, [tripped(gate, 999 * ATTO, 200 * ATTO), tripped("kill_switch", 1, 0)]);
        assert_eq!(reenable(&mut gates, "kill_switch"), [], "the kill switch is not a breaker");
        assert_eq!(reenable(&mut gates, gate), [cleared(gate)]);
        assert!(judge(&mut gates, limit(Side::Buy, 1, 100), &risk()).is_err(), "the kill switch stays");
    }
}

/// The peak and the trip by brute force: the peak is the highest of the opening and of every n marks' lowest.
fn plain_trip(opening: i64, equities: &[i64], n: usize) -> Option<(usize, i64)> {
    let mut in_a_row = 0;
    for (last, equity) in equities.iter().enumerate() {
        let lowest = |end: usize| equities[end + 1 - n..=end].iter().min().copied();
        let peak = (n - 1..=last).filter_map(lowest).fold(opening, i64::max);
        in_a_row = if peak / 5 < peak - equity { in_a_row + 1 } else { 0 };
        if in_a_row == n {
            return Some((last, peak));
        }
    }
    None
}

proptest! {
    #[test]
    fn drawdown_is_the_plain_one(
        opening in 100_i64..200,
        equities in proptest::collection::vec(60_i64..300, 1..60),
        n in 1_usize..5,
    ) {
        // Multiples of five, so that a fifth is whole.
        let equities: Vec<i64> = equities.into_iter().map(|equity| 5 * equity).collect();
        let (mut gates, config) = armed(&format!("[drawdown]\nconfirm_marks = {n}"));
        gates.open(&mark(noon(0), 5 * opening));
        let mut found = None;
        for (place, &equity) in equities.iter().enumerate() {
            let mut out = Vec::new();
            gates.on_mark(&mark(noon(0).plus(SECOND.times(place as i64 + 1)), equity), &mut out);
            if found.is_none() && !out.is_empty() {
                found = Some((place, out));
            }
            gates = reopened(&gates, &config);
        }
        let plain = plain_trip(5 * opening, &equities, n).map(|(place, peak)| {
            let loss = i128::from(peak - equities[place]);
            (place, vec![tripped("drawdown", loss * ATTO, i128::from(peak / 5) * ATTO)])
        });
        prop_assert_eq!(found, plain);
    }
}

/// Marks `step` apart at these mids, and what they led to.
pub fn mids(gates: &mut Gates, from: Timestamp, step: Span, mids: &[i64]) -> Vec<GateEvent> {
    let mut out = Vec::new();
    for (place, &mid) in (0..).zip(mids) {
        let at = from.plus(step.times(place));
        gates.on_mark(&Mark { best: quotes(mid, mid), ..mark(at, 1_000) }, &mut out);
    }
    out
}

const MOVE: &str = "[extreme_move]\npercent = \"5\"\nwindow_ms = 60000\nconfirm_marks = 1\npause_ms = 300000";

#[test]
fn a_move_of_exactly_the_limit_passes_and_one_tick_more_trips_both_ways() {
    for (from, at, beyond) in [(1_000, 1_050, 1_051), (1_000, 950, 949)] {
        let (mut gates, _) = armed(MOVE);
        assert_eq!(mids(&mut gates, noon(0), SECOND, &[from, at]), []);
        let events = mids(&mut gates, noon(0).plus(SECOND.times(2)), SECOND, &[beyond]);
        assert_eq!(events, [tripped("extreme_move", 51_000_000, 50_000_000)]);
        assert!(gates.trip_equity().is_none());
        for side in Side::BOTH {
            assert!(judge(&mut gates, limit(side, 1, 100), &risk()).is_err());
        }
    }
}

#[test]
fn a_price_exactly_a_window_old_has_left_it() {
    for (seconds, trips) in [(59, 1), (60, 0)] {
        let (mut gates, _) = armed(MOVE);
        let events = mids(&mut gates, noon(0), SECOND.times(seconds), &[1_000, 1_051]);
        assert_eq!(events.len(), trips, "{seconds} s");
    }
}

#[test]
fn fewer_wild_prices_than_confirm_neither_trip_nor_are_judged_by() {
    for wild in [2_000, 500] {
        for (prints, trips) in [(1, 0), (2, 0), (3, 1)] {
            let (mut gates, _) = armed("[extreme_move]");
            let path: Vec<i64> =
                [1_000; 6].into_iter().chain(std::iter::repeat_n(wild, prints)).chain([1_000; 9]).collect();
            assert_eq!(mids(&mut gates, noon(0), SECOND, &path).len(), trips, "{prints} prints of {wild}");
        }
    }
}

#[test]
fn marks_that_are_too_close_or_have_one_side_count_nothing() {
    let (mut gates, _) = armed(MOVE);
    let mut out = mids(&mut gates, noon(0), Span::from_nanos(999_999_999), &[1_000, 2_000]);
    gates.on_mark(&Mark { best: BestPrices::default(), ..mark(noon(0).plus(SECOND.times(2)), 1_000) }, &mut out);
    assert_eq!(out, []);
    assert_eq!(mids(&mut gates, noon(0).plus(SECOND.times(3)), SECOND, &[2_000]).len(), 1);
}

#[test]
fn a_price_of_nothing_is_a_move_that_cannot_be_computed() {
    let (mut gates, _) = armed(MOVE);
    assert_eq!(mids(&mut gates, noon(0), SECOND, &[0, 0]), []);
    let events = mids(&mut gates, noon(0).plus(SECOND.times(2)), SECOND, &[1]);
    assert_eq!(events, [tripped("extreme_move", UNKNOWN, 50_000_000)]);
}

#[test]
fn it_opens_exactly_a_pause_after_the_trip_and_forgets_what_was() {
    let (mut gates, config) = armed(MOVE);
    let at = |second: i64| noon(0).plus(SECOND.times(second));
    assert_eq!(mids(&mut gates, at(0), SECOND, &[1_000, 2_000]).len(), 1);
    let mut gates = reopened(&gates, &config);
    assert_eq!(mids(&mut gates, at(300), SECOND, &[1_000]), [], "tripped at the first second");
    assert!(judge(&mut gates, limit(Side::Buy, 1, 100), &risk()).is_err());
    assert_eq!(mids(&mut gates, at(301), SECOND, &[3_000, 3_000, 3_000]), [cleared("extreme_move")]);
    assert_eq!(judge(&mut gates, limit(Side::Buy, 1, 100), &risk()), Ok(()));
    let (mut gates, _) = armed(&MOVE.replace("300000", "0"));
    assert_eq!(mids(&mut gates, at(0), SECOND, &[1_000, 2_000]).len(), 1);
    assert_eq!(mids(&mut gates, noon(7), SECOND, &[2_000]), [], "without a pause it stays");
    assert_eq!(reenable(&mut gates, "extreme_move"), [cleared("extreme_move")]);
    assert_eq!(mids(&mut gates, noon(8), SECOND, &[2_000, 2_000]), []);
}

/// The trip by brute force over every pair of settled prices.
fn plain_move(path: &[i64], n: usize, window: usize) -> Option<usize> {
    let sample = 2 * n - 1;
    let settled: Vec<i64> = path
        .windows(sample)
        .map(|last| {
            let mut sorted = last.to_vec();
            sorted.sort_unstable();
            sorted[n - 1]
        })
        .collect();
    let is_far = |now: usize, then: usize| 100 * (settled[now] - settled[then]).abs() > 5 * settled[then];
    let trips = |now: &usize| (now.saturating_sub(window - 1)..*now).any(|then| is_far(*now, then));
    (0..settled.len()).find(trips).map(|place| place + sample - 1)
}

proptest! {
    #[test]
    fn an_extreme_move_is_the_plain_one(
        path in proptest::collection::vec(920_i64..1_000, 1..80),
        n in 1_usize..4,
        window in 1_usize..12,
    ) {
        let text = format!("[extreme_move]\nwindow_ms = {}\nconfirm_marks = {n}\npause_ms = 0", 1_000 * window);
        let (mut gates, config) = armed(&text);
        let mut found = None;
        for (place, &mid) in path.iter().enumerate() {
            let events = mids(&mut gates, noon(0).plus(SECOND.times(place as i64)), SECOND, &[mid]);
            if found.is_none() && !events.is_empty() {
                found = Some(place);
            }
            gates = reopened(&gates, &config);
        }
        prop_assert_eq!(found, plain_move(&path, n, window));
    }
}
