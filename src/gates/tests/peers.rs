//! Mistakes that real bots made with their limits, each as it would happen here. Numbers tell them apart; those that need a market are
//! among the tests of whole runs.

use super::restart::reopened;
use super::*;
use crate::model::{OrderType, RejectReason, Session};

/// Paper is what is said, and orders reach a real venue: the entry is guarded and the exit leaks, or what follows an order does.
#[test]
fn peers_27_nothing_but_cancels_leaves_for_a_venue_that_is_not_paper() {
    let (mut gates, config) = armed("[paper_mode]");
    let held = |side: Side| RiskView { position: Quantity::new(3 * side.sign()), ..risk() };
    let mut number = 0;
    let mut next = |order: Intent| {
        number += 1;
        Intent { client_order_id: ClientOrderId(number), intent_key: IntentKey(number), ..order }
    };
    // Wrong credentials: whoever connects finds a live venue. Before anybody has, and after a restart, nobody knows.
    for said in [None, Some(Session::Live), Some(Session::Unknown)] {
        said.into_iter().for_each(|session| gates.connect(session));
        for side in Side::BOTH {
            let exit = limit(side.opposite(), 3, 100);
            let chain = [
                ("an entry", limit(side, 1, 100)),
                ("an exit", exit),
                ("one that only reduces", Intent { reduce_only: true, ..exit }),
                ("a stop", Intent { reduce_only: true, protective: true, ..exit }),
                ("one at the market", Intent { order_type: OrderType::Market, reduce_only: true, ..exit }),
                ("one that takes another's place", Intent { replaces: Some(ClientOrderId(1)), ..exit }),
            ];
            for (what, order) in chain {
                assert!(judge(&mut gates, next(order), &held(side)).is_err(), "{what} left, {said:?}");
            }
            assert!(gates.clear_cancel(ClientOrderId(1), &held(side)).is_ok());
        }
    }
    gates.connect(Session::Paper);
    assert_eq!(judge(&mut gates, next(limit(Side::Buy, 1, 100)), &risk()), Ok(()));
    let saved = gates.save();
    let mut gates = Gates::new(&config, &instrument()).unwrap();
    gates.restore(saved);
    assert!(
        judge(&mut gates, next(limit(Side::Buy, 1, 100)), &risk()).is_err(),
        "a restart remembers a session that it does not have"
    );
}

/// Rejects pile up unseen, and the bot goes on and on.
#[test]
fn peers_28_a_bot_that_the_venue_keeps_rejecting_is_paused() {
    let (mut gates, _) = armed("[error_rate]");
    let reject = report(noon(0), Side::Buy, ReportKind::Rejected(RejectReason::InsufficientBalance), 0);
    let events: usize = (0..10).map(|_| tell(&mut gates, &reject, None).len()).sum();
    assert_eq!(events, 1);
    assert!(judge(&mut gates, limit(Side::Buy, 1, 100), &risk()).is_err());
}

/// The acknowledgement is lost, the bot believes that its order is, and sends it again.
#[test]
fn peers_30_an_order_sent_again_after_a_timeout_is_refused_after_a_restart_too() {
    let (mut gates, config) = armed("[idempotency]");
    let order = limit(Side::Buy, 1, 100);
    assert_eq!(judge(&mut gates, order, &risk()), Ok(()));
    assert!(judge(&mut gates, order, &risk()).is_err());
    let mut gates = reopened(&gates, &config);
    // Under a new number it is still the same intent.
    assert!(judge(&mut gates, Intent { client_order_id: ClientOrderId(2), ..order }, &risk()).is_err());
    let next = Intent { client_order_id: ClientOrderId(3), intent_key: IntentKey(2), ..order };
    assert_eq!(judge(&mut gates, next, &risk()), Ok(()));
}

/// The connection is up, and nothing comes over it.
#[test]
fn peers_31_a_feed_that_is_connected_and_silent_stops_orders() {
    let (mut gates, _) = armed("[stale_data]\nmax_age_ms = 60000");
    let heard = |second: i64| RiskView { now: noon(0).plus(SECOND.times(second)), ..risk() };
    assert_eq!(judge(&mut gates, limit(Side::Buy, 1, 100), &heard(60)), Ok(()));
    assert!(judge(&mut gates, limit(Side::Buy, 1, 100), &heard(61)).is_err());
}

/// A daily limit clears at midnight, and an account bleeds to death a little below it every day.
#[test]
fn peers_32_a_slow_bleed_below_the_daily_limit_trips_drawdown_and_total_loss() {
    let (mut gates, _) = armed("[daily_loss]\npercent = 5\n[drawdown]\n[total_loss]");
    let mut tripped = Vec::new();
    for day in 0..6 {
        let equity = 1_000 - 45 * day;
        tripped.extend(marks(&mut gates, noon(day), &[equity, equity - 30, equity - 30, equity - 30]));
    }
    let gates: Vec<&str> = tripped
        .iter()
        .map(|event| match event {
            GateEvent::Tripped(refusal) => {
                crate::gates::catalogue().iter().find(|spec| spec.id == refusal.gate).unwrap().name
            }
            GateEvent::Cleared(gate) => panic!("{gate:?} cleared"),
        })
        .collect();
    assert_eq!(gates, ["drawdown", "total_loss"]);
}

/// A limit that is held against the wrong equity: the day's against the opening's, or the opening's against the peak's.
#[test]
fn peers_32_each_limit_has_its_own_baseline() {
    let text = "[daily_loss]\npercent = 10\nconfirm_marks = 1\n[drawdown]\npercent = 40\nconfirm_marks = 1\n\
                [total_loss]\npercent = 30\nconfirm_marks = 1";
    let (mut gates, _) = armed(text);
    assert_eq!(marks(&mut gates, noon(0), &[1_000, 2_000]), []);
    // The day begins with 1700: 10 % of that, 40 % of 2000, 30 % of 1000.
    let events = marks(&mut gates, noon(1), &[1_700, 1_530, 1_529, 699]);
    let expected = [("daily_loss", 171, 170), ("drawdown", 1_301, 800), ("total_loss", 301, 300)];
    let expected = expected.map(|(gate, loss, limit)| GateEvent::Tripped(refusal(gate, loss * ATTO, limit * ATTO)));
    assert_eq!(events, expected);
}

/// One bad tick halts trading.
#[test]
fn peers_32_one_bad_tick_trips_no_breaker_and_three_trip_each() {
    for (prints, trips) in [(1, 0), (2, 0), (3, 4)] {
        let (mut gates, _) = armed("[daily_loss]\n[drawdown]\n[total_loss]\n[extreme_move]");
        let mut out = Vec::new();
        for second in 0..20 {
            let is_bad = (8..8 + prints).contains(&second);
            let (mid, equity) = if is_bad { (10, 100) } else { (1_000, 1_000) };
            let at = noon(0).plus(SECOND.times(second));
            gates.on_mark(&Mark { best: quotes(mid, mid), ..mark(at, equity) }, &mut out);
        }
        assert_eq!(out.len(), trips, "{prints} bad ticks: {out:?}");
    }
}

/// Nothing caps what a single order is worth.
#[test]
fn peers_32_a_single_order_has_a_cap() {
    let (mut gates, _) = armed("[order_value]\nmax = 10000");
    assert_eq!(judge(&mut gates, limit(Side::Buy, 100, 100), &risk()), Ok(()));
    assert!(judge(&mut gates, limit(Side::Buy, 101, 100), &risk()).is_err());
}

/// A limit stops entries and exits alike, or entries alone where it should stop both.
#[test]
fn peers_32_what_is_stopped_is_the_row_that_is_printed() {
    for text in ["[drawdown]\nconfirm_marks = 1", "[total_loss]\nconfirm_marks = 1", "[daily_loss]\nconfirm_marks = 1"]
    {
        let (mut gates, _) = armed(text);
        assert_eq!(marks(&mut gates, noon(0), &[1_000, 1]).len(), 1);
        for side in Side::BOTH {
            let held = RiskView { position: Quantity::new(3 * side.sign()), ..risk() };
            assert!(judge(&mut gates, limit(side, 1, 100), &held).is_err());
            assert_eq!(judge(&mut gates, limit(side.opposite(), 3, 100), &held), Ok(()));
            assert!(judge(&mut gates, limit(side.opposite(), 4, 100), &held).is_err(), "it would turn the position");
            assert!(gates.clear_cancel(ClientOrderId(1), &held).is_ok());
        }
    }
}

/// A restart keeps the history and not the balance: the loss is bogus, and trading is locked.
#[test]
fn peers_33_a_restart_makes_no_loss_out_of_a_balance_that_changed_its_place() {
    let text = "[daily_loss]\nconfirm_marks = 1\n[drawdown]\nconfirm_marks = 1\n[total_loss]\nconfirm_marks = 1";
    let (mut gates, config) = armed(text);
    gates.open(&mark(noon(0), 1_000));
    assert_eq!(marks(&mut gates, noon(0), &[990]), []);
    // With its state it goes on where it was; without, from the balance that it finds.
    let mut kept = reopened(&gates, &config);
    assert_eq!(marks(&mut kept, noon(0).plus(SECOND), &[990]), []);
    assert_eq!(kept.trip_equity(), Some(Money::from_atto(950 * ATTO - 1)));
    let mut fresh = Gates::new(&config, &instrument()).unwrap();
    fresh.open(&mark(noon(0), 100));
    assert_eq!(marks(&mut fresh, noon(0), &[100, 95]), []);
    assert_eq!(marks(&mut fresh, noon(0).plus(SECOND.times(2)), &[94]).len(), 1);
}
