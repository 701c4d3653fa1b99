//! The gates that hear of reports.

use super::restart::reopened;
use super::*;
use crate::gates::catalogue;
use crate::ledger::{Ledger, Opening};
use crate::model::{CancelReason, RejectReason};
use crate::units::Span;
use proptest::prelude::*;

fn tripped(gate: &str, value: i128, limit: i128) -> GateEvent {
    GateEvent::Tripped(refusal(gate, value, limit))
}

fn cleared(gate: &str) -> GateEvent {
    GateEvent::Cleared(catalogue().iter().find(|spec| spec.name == gate).unwrap().id)
}

fn reenable(gates: &mut Gates, gate: &str) -> Vec<GateEvent> {
    let mut out = Vec::new();
    let id = catalogue().iter().find(|spec| spec.name == gate).unwrap().id;
    gates.reenable(id, noon(9), &mut out);
    out
}

fn at(second: i64) -> Timestamp {
    noon(0).plus(SECOND.times(second))
}

#[test]
fn the_fifth_losing_round_trip_in_a_row_trips_long_or_short() {
    for side in Side::BOTH {
        let (mut gates, config) = armed("[consecutive_losses]");
        for number in 0..4 {
            assert_eq!(round_trip(&mut gates, at(number), side, -1), []);
            gates = reopened(&gates, &config);
        }
        assert_eq!(round_trip(&mut gates, noon(1), side, -1), [tripped("consecutive_losses", 5, 5)], "a day later");
        let refused = refusal("consecutive_losses", 5, 5);
        assert_eq!(judge(&mut gates, limit(side, 1, 100), &risk()), Err(refused));
    }
}

#[test]
fn a_win_starts_the_count_again_and_breaking_even_does_nothing() {
    let (mut gates, _) = armed("[consecutive_losses]\nlosses = 2");
    for result in [-1, 1, -1, 0] {
        assert_eq!(round_trip(&mut gates, noon(0), Side::Buy, result), []);
    }
    assert_eq!(round_trip(&mut gates, noon(0), Side::Buy, -1), [tripped("consecutive_losses", 2, 2)]);
}

#[test]
fn a_round_trip_is_all_its_fills_and_ends_at_zero_or_beyond() {
    let (mut gates, _) = armed("[consecutive_losses]\nlosses = 1");
    // Fees of the opening, a loss, a gain that outweighs them: won, and only at the end.
    for (step, result) in [([0, 2], -1), ([2, 3], -1), ([3, 1], -5), ([1, 0], 8)] {
        assert_eq!(execute(&mut gates, noon(0), step, result), []);
    }
    // What crosses zero ends the one before with all that it realises; what follows is the next one's.
    assert_eq!(execute(&mut gates, noon(0), [0, 1], 3), []);
    assert_eq!(execute(&mut gates, noon(0), [1, -1], -2), [], "three less two");
    assert_eq!(execute(&mut gates, noon(0), [-1, 0], -1), [tripped("consecutive_losses", 1, 1)]);
}

#[test]
fn a_pause_opens_it_and_what_closed_meanwhile_does_not_count() {
    let (mut gates, config) = armed("[consecutive_losses]\nlosses = 2\npause_ms = 10000");
    assert_eq!(round_trip(&mut gates, at(0), Side::Buy, -1), []);
    assert_eq!(round_trip(&mut gates, at(0), Side::Buy, -1).len(), 1);
    for _ in 0..3 {
        assert_eq!(round_trip(&mut gates, at(1), Side::Buy, -1), []);
    }
    let mut gates = reopened(&gates, &config);
    assert_eq!(marks(&mut gates, at(9), &[1_000, 1_000]), [cleared("consecutive_losses")]);
    assert_eq!(round_trip(&mut gates, at(10), Side::Buy, -1), []);
    assert_eq!(round_trip(&mut gates, at(10), Side::Buy, -1).len(), 1);
}

#[test]
fn a_trade_may_lose_exactly_its_share_and_one_atto_more_trips() {
    for side in Side::BOTH {
        for (text, allowed) in [("percent = \"5\"", 50 * ATTO), ("percent = \"5\"\nabsolute = \"30\"", 30 * ATTO)] {
            let (mut gates, config) = armed(&format!("[single_trade_loss]\n{text}"));
            gates.open(&mark(noon(0), 1_000));
            assert_eq!(round_trip(&mut gates, noon(0), side, -allowed), []);
            let mut gates = reopened(&gates, &config);
            let events = round_trip(&mut gates, noon(0), side, -allowed - 1);
            assert_eq!(events, [tripped("single_trade_loss", allowed + 1, allowed)]);
            assert!(judge(&mut reopened(&gates, &config), limit(side, 1, 100), &risk()).is_err());
            assert_eq!(reenable(&mut gates, "single_trade_loss"), [cleared("single_trade_loss")]);
        }
    }
}

#[test]
fn many_small_closes_are_one_trade_and_its_baseline_is_the_equity_before_it() {
    let (mut gates, _) = armed("[single_trade_loss]\npercent = \"10\"");
    gates.open(&mark(noon(0), 1_000));
    assert_eq!(execute(&mut gates, at(0), [0, 3], -10 * ATTO), []);
    // Equity has fallen since: the trade is held against what there was before it.
    assert_eq!(marks(&mut gates, at(1), &[500]), []);
    assert_eq!(execute(&mut gates, at(2), [3, 2], -40 * ATTO), []);
    assert_eq!(execute(&mut gates, at(3), [2, 1], -50 * ATTO), [], "100 in all");
    assert_eq!(execute(&mut gates, at(4), [1, 0], -1), [tripped("single_trade_loss", 100 * ATTO + 1, 100 * ATTO)]);
}

fn reject(gates: &mut Gates, at: Timestamp, reason: RejectReason) -> Vec<GateEvent> {
    tell(gates, &report(at, Side::Buy, ReportKind::Rejected(reason), 0), None)
}

#[test]
fn the_tenth_error_within_the_window_trips_and_one_a_window_old_has_left() {
    for (last, trips) in [(3_599, true), (3_600, false)] {
        let (mut gates, config) = armed("[error_rate]");
        for number in 0..9 {
            assert_eq!(reject(&mut gates, at(number), RejectReason::MinNotional), []);
        }
        let mut gates = reopened(&gates, &config);
        let events = reject(&mut gates, at(last), RejectReason::MinNotional);
        let expected = if trips { vec![tripped("error_rate", 10, 10)] } else { Vec::new() };
        assert_eq!(events, expected, "{last} s after the first");
    }
}

#[test]
fn refused_amends_count_and_what_the_market_answers_does_not() {
    let (mut gates, _) = armed("[error_rate]\nerrors = 2");
    for reason in [RejectReason::PostOnlyWouldTake, RejectReason::UnknownOrder] {
        for kind in [ReportKind::Rejected(reason), ReportKind::RequestRejected(reason)] {
            for _ in 0..3 {
                assert_eq!(tell(&mut gates, &report(noon(0), Side::Sell, kind, 0), None), []);
            }
        }
    }
    for kind in [ReportKind::Accepted, ReportKind::Triggered, ReportKind::Ended(CancelReason::Expired)] {
        assert_eq!(tell(&mut gates, &report(noon(0), Side::Sell, kind, 0), None), []);
    }
    assert_eq!(reject(&mut gates, noon(0), RejectReason::InsufficientBalance), []);
    let kind = ReportKind::RequestRejected(RejectReason::PriceOutOfRange);
    assert_eq!(tell(&mut gates, &report(noon(0), Side::Sell, kind, 0), None), [tripped("error_rate", 2, 2)]);
}

#[test]
fn an_error_pause_ends_by_itself_and_forgets_the_errors() {
    let (mut gates, _) = armed("[error_rate]\nerrors = 2\npause_ms = 5000");
    assert_eq!(reject(&mut gates, at(0), RejectReason::MinNotional), []);
    assert_eq!(reject(&mut gates, at(1), RejectReason::MinNotional).len(), 1);
    assert_eq!(reject(&mut gates, at(2), RejectReason::MinNotional), []);
    assert_eq!(marks(&mut gates, at(5), &[1, 1, 1]), [cleared("error_rate")]);
    assert_eq!(reject(&mut gates, at(7), RejectReason::MinNotional), []);
    assert_eq!(reject(&mut gates, at(8), RejectReason::MinNotional).len(), 1);
}

#[test]
fn the_nth_execution_of_one_side_trips_until_a_person_says_so() {
    for side in Side::BOTH {
        let (mut gates, config) = armed("[repeated_executions]\nexecutions = 3\nwindow_ms = 10000");
        let one = |gates: &mut Gates, second, side| tell(gates, &filled(at(second), side, 5, 100), None);
        for second in [0, 5] {
            assert_eq!(one(&mut gates, second, side), []);
            assert_eq!(one(&mut gates, second, side.opposite()), [], "the other side has its own count");
        }
        // The first is exactly a window old.
        assert_eq!(one(&mut gates, 10, side), []);
        let mut gates = reopened(&gates, &config);
        assert_eq!(one(&mut gates, 14, side), [tripped("repeated_executions", 3, 3)]);
        let mut gates = reopened(&gates, &config);
        assert_eq!(marks(&mut gates, noon(400), &[1_000, 2_000]), [], "no day opens it");
        assert!(judge(&mut gates, limit(side, 1, 100), &risk()).is_err());
        assert_eq!(reenable(&mut gates, "error_rate"), []);
        assert_eq!(reenable(&mut gates, "repeated_executions"), [cleared("repeated_executions")]);
        assert_eq!(judge(&mut gates, limit(side, 1, 100), &risk()), Ok(()));
        assert_eq!(one(&mut gates, 15, side), [], "and what was is forgotten");
    }
}

#[test]
fn an_order_that_fills_in_parts_executes_once() {
    let (mut gates, _) = armed("[repeated_executions]\nexecutions = 2");
    for executed in [5, 10, 15, 20] {
        let part = ExecutionReport { executed: Quantity::new(executed), ..filled(noon(0), Side::Buy, 5, 100) };
        assert_eq!(tell(&mut gates, &part, None), []);
    }
    assert_eq!(tell(&mut gates, &filled(noon(0), Side::Buy, 5, 100), None).len(), 1);
}

#[test]
fn a_breaker_on_reports_wants_orders_cancelled_and_may_engage_the_kill_switch() {
    let (mut gates, _) = armed("[kill_switch]\n[repeated_executions]\nexecutions = 1\nengages_kill_switch = true");
    let intent = Intent { client_order_id: ClientOrderId(7), ..limit(Side::Buy, 1, 100) };
    judge(&mut gates, intent, &risk()).unwrap();
    let events = tell(&mut gates, &filled(noon(0), Side::Buy, 1, 100), None);
    assert_eq!(events, [tripped("repeated_executions", 1, 1), tripped("kill_switch", 1, 0)]);
    assert_eq!((gates.wants_cancel_all(), gates.cancel_up_to()), (true, Some(ClientOrderId(7))));
}

#[test]
fn gates_that_hear_nothing_say_so() {
    let (gates, _) = armed("[kill_switch]\n[drawdown]\n[order_value]");
    assert!(!gates.hears_reports());
    assert!(armed("[daily_turnover]").0.hears_reports());
}

fn turnover(max: &str) -> Gates {
    armed(&format!("[daily_turnover]\nmax = \"{max}\"")).0
}

#[test]
fn turnover_is_fills_and_open_orders_of_both_sides_and_the_order() {
    for side in Side::BOTH {
        // 4 x 90 traded; 3 + 2 open and 10 asked for, at the higher best price of 101.
        let total = 360 + 15 * 101;
        for (max, expected) in [
            (format!("{total}"), Ok(())),
            (
                format!("{}.999999999999999999", total - 1),
                Err(refusal("daily_turnover", total * ATTO, total * ATTO - 1)),
            ),
        ] {
            let mut gates = turnover(&max);
            tell(&mut gates, &filled(noon(0), side, 4, 90), None);
            let risk = RiskView { open_buy: Quantity::new(3), open_sell: Quantity::new(2), ..risk() };
            assert_eq!(judge(&mut gates, limit(side, 10, 95), &risk), expected);
        }
        let mut dear = turnover("1999");
        assert_eq!(
            judge(&mut dear, limit(side, 10, 200), &risk()),
            Err(refusal("daily_turnover", 2_000 * ATTO, 1_999 * ATTO)),
            "its own price where that is higher"
        );
        let blind = RiskView { best: BestPrices::default(), ..risk() };
        assert!(judge(&mut turnover("1000000"), limit(side, 1, 1), &blind).is_err());
    }
}

#[test]
fn turnover_starts_anew_with_the_day_and_a_late_fill_counts_on_the_new_one() {
    let (mut gates, config) = armed("[daily_turnover]\nmax = \"1000\"");
    let on_day = |day: i64| RiskView { now: noon(day), ..risk() };
    tell(&mut gates, &filled(noon(0), Side::Buy, 9, 100), None);
    let mut gates = reopened(&gates, &config);
    assert!(judge(&mut gates, limit(Side::Buy, 1, 100), &on_day(0)).is_err(), "900 and 101");
    assert!(judge(&mut gates, limit(Side::Buy, 1, 100), &on_day(-1)).is_err(), "a clock that runs backwards");
    assert_eq!(judge(&mut gates, limit(Side::Buy, 1, 100), &on_day(1)), Ok(()));
    tell(&mut gates, &filled(noon(1), Side::Sell, 5, 100), None);
    tell(&mut gates, &filled(noon(0), Side::Sell, 4, 100), None);
    assert!(judge(&mut gates, limit(Side::Buy, 1, 100), &on_day(1)).is_err());
    let long = RiskView { position: Quantity::new(9), ..on_day(1) };
    assert_eq!(judge(&mut gates, limit(Side::Sell, 9, 100), &long), Ok(()), "what reduces passes");
}

/// Longest run of losing round trips by a ledger of its own: everything realised between two moments without the same position.
fn fills() -> impl Strategy<Value = Vec<(bool, i64, i64, i64)>> {
    proptest::collection::vec((any::<bool>(), 1_i64..4, 95_i64..106, 0_i64..3), 1..60)
}

proptest! {
    /// The breaker trips where a plain count over results of the ledger does, and as well when everything is turned round:
    /// buys are sales and prices mirrored.
    #[test]
    fn losses_in_a_row_are_those_of_the_ledger(fills in fills(), losses in 1_u32..4) {
        let mut trips = Vec::new();
        for mirrored in [false, true] {
            let (mut gates, _) = armed(&format!("[consecutive_losses]\nlosses = {losses}"));
            let opening = Opening { quote: Money::from_units(10_000), position: Quantity::ZERO, at: None };
            let mut ledger = Ledger::new(&instrument(), &opening).unwrap();
            let (mut started, mut in_a_row, mut found, mut plain) = (0, 0, None, None);
            for (place, &(buys, quantity, price, fee)) in fills.iter().enumerate() {
                let side = if buys == mirrored { Side::Sell } else { Side::Buy };
                let price = if mirrored { 200 - price } else { price };
                let result = |ledger: &Ledger| ledger.realized().atto() - ledger.fees().atto();
                let (before, had) = (ledger.position(), result(&ledger));
                ledger.fill(side, Price::new(price), Quantity::new(quantity), Money::from_units(fee)).unwrap();
                let (after, has) = (ledger.position(), result(&ledger));
                let execution = Execution { before, after, result: Money::from_atto(has - had) };
                let events = tell(&mut gates, &filled(at(place as i64), side, quantity, price), Some(execution));
                found = found.or((!events.is_empty()).then_some(place));
                if !before.is_zero() && before.steps().signum() != after.steps().signum() {
                    let came_to: i128 = has - started;
                    started = has;
                    in_a_row = if came_to > 0 { 0 } else { in_a_row + u32::from(came_to < 0) };
                    plain = plain.or((in_a_row == losses).then_some(place));
                }
            }
            prop_assert_eq!(found, plain);
            trips.push(found);
        }
        prop_assert_eq!(trips[0], trips[1]);
    }

    /// Errors within a window by counting them all.
    #[test]
    fn errors_are_those_of_the_window(
        gaps in proptest::collection::vec(0_i64..5, 1..80),
        errors in 1_usize..6,
        window in 1_i64..15,
    ) {
        let (mut gates, config) = armed(&format!("[error_rate]\nerrors = {errors}\nwindow_ms = {}\npause_ms = 0", window * 1_000));
        let mut instants: Vec<i64> = Vec::new();
        for gap in gaps {
            let now = instants.last().copied().unwrap_or(0) + gap;
            instants.push(now);
            let within = instants.iter().filter(|then| now - **then < window).count();
            let events = reject(&mut gates, noon(0).plus(Span::from_nanos(now * SECOND.nanos())), RejectReason::LotSize);
            prop_assert_eq!(!events.is_empty(), within == errors);
            if within == errors {
                break;
            }
            gates = reopened(&gates, &config);
        }
    }
}
