//! Breakers in whole runs, armed as a scenario arms them: on marks, on fills, on rejects; and what the audit says of them.

use crate::risk::falling;
use crate::shaker::Why;
use crate::support::{MemoryMarket, TestRow, instrument};
use crate::world::*;
use seatrial::audit::{Audit, AuditMarket, audit_entries};
use seatrial::engine::{Scope, Scripted, When};
use seatrial::gates::{GateConfig, catalogue};
use seatrial::journal::Entry;
use seatrial::model::{Command, GateId, Intent, Refusal, ReportKind, Side};
use seatrial::scenario::{audit_setup, wakes};
use seatrial::strategy::{Actions, OrderSpec, Subscriptions, View};
use seatrial::units::{Price, Quantity, SECOND, Span, Timestamp};

const T0: i64 = 1_700_000_000_000_000_000;
const MS: i64 = 1_000_000;

fn id_of(gate: &str) -> GateId {
    catalogue().iter().find(|spec| spec.name == gate).unwrap().id
}

/// The gates of a scenario's `[gates]`, and no others.
fn armed(text: &str) -> GateConfig {
    let off = toml::Table::try_from(GateConfig::off()).unwrap();
    let on: toml::Table = toml::from_str(text).unwrap();
    off.into_iter().chain(on).collect::<toml::Table>().try_into().unwrap()
}

/// Woken ten times a second, by reports as well or not.
fn woken(reports: bool) -> Subscriptions {
    Subscriptions { timer: Some(Span::from_nanos(100 * MS)), reports, ..Subscriptions::default() }
}

/// A book around 500,000 that does not move, for eight seconds.
fn calm() -> Vec<TestRow> {
    let mut rows = vec![
        TestRow::depth(T0, T0, Side::Buy, 500_000, 500_000).more(),
        TestRow::depth(T0, T0, Side::Sell, 500_002, 500_000),
    ];
    for step in 1..=80 {
        let at = T0 + step * 100 * MS - 30 * MS;
        rows.push(TestRow::depth(at, at, Side::Buy, 499_000, 5_000 + step));
    }
    rows
}

/// What a run left behind, and what the audit says of it.
struct Run {
    entries: Vec<Entry>,
    audit: Audit,
}

impl Run {
    fn of(rows: &[TestRow], gates: &str, subscriptions: Subscriptions, script: Script) -> Self {
        let gates = armed(gates);
        let lane = LaneSpec { gates: gates.clone(), ..LaneSpec::new(Kind::Script(subscriptions, script)) };
        let entries = play_one(rows, &AUTO, &lane).entries;
        let market = AuditMarket { instrument: instrument(), opening_price: None, rows: None };
        let setup = audit_setup(&gates, vec![market], wakes(&subscriptions)).unwrap();
        let audit = audit_entries(&setup, &entries, Some(vec![&mut MemoryMarket::new(rows)])).unwrap();
        assert!(audit.is_clean(), "{audit}");
        assert_eq!(audit.not_audited().collect::<Vec<_>>(), Vec::<&str>::new());
        let acted = |row: &&seatrial::audit::ControlAudit| (row.had_to_fire, row.fired) != (0, 0);
        audit.controls.iter().filter(acted).for_each(|row| assert_eq!(row.had_to_fire, row.fired, "{}", row.name));
        Self { entries, audit }
    }

    /// Places of the trips of a gate in the journal, with their figures.
    fn trips(&self, gate: &str) -> Vec<(usize, Refusal)> {
        let trip = |(place, entry): (usize, &Entry)| match entry {
            Entry::Tripped { refusal, .. } if refusal.gate == id_of(gate) => Some((place, *refusal)),
            _ => None,
        };
        self.entries.iter().enumerate().filter_map(trip).collect()
    }

    /// The only trip, which the gate made at these figures.
    fn only_trip(&self, gate: &str, value: i128, limit: i128) -> usize {
        let trips = self.trips(gate);
        assert_eq!(trips.len(), 1, "{trips:?}");
        assert_eq!(trips[0].1, Refusal { gate: id_of(gate), value, limit });
        trips[0].0
    }

    /// Right after the trip in this place the resting order is cancelled, at the instant of the trip, and from then on every order is
    /// refused by the gate until the journal's next `Cleared`.
    fn is_paused_from(&self, place: usize, gate: &str) -> usize {
        let Entry::Tripped { at, .. } = self.entries[place] else { panic!("{:?}", self.entries[place]) };
        let Entry::CancelSent { at: cancelled, client_order_id, .. } = self.entries[place + 1] else {
            panic!("no cancel after the trip: {:?}", self.entries[place + 1])
        };
        assert_eq!((cancelled, client_order_id.0), (at, 1));
        let mut refused = 0;
        for entry in &self.entries[place..] {
            match entry {
                Entry::Cleared { .. } => break,
                Entry::OrderSent { .. } => panic!("sent after the trip: {entry:?}"),
                Entry::OrderRefused { refusal, .. } if refusal.gate == id_of(gate) => refused += 1,
                Entry::OrderRefused { .. } => panic!("refused by another gate: {entry:?}"),
                _ => {}
            }
        }
        refused
    }

    fn fills_before(&self, place: usize) -> usize {
        let is_fill =
            |entry: &&Entry| matches!(entry, Entry::Venue(report) if matches!(report.kind, ReportKind::Filled(_)));
        self.entries[..place].iter().filter(is_fill).count()
    }
}

fn market(side: Side) -> OrderSpec {
    OrderSpec::market(side, Quantity::new(1))
}

/// The first order rests far away, for a breaker to cancel.
fn rests_first(view: &View<'_>, actions: &mut Actions) -> bool {
    let first = view.now.nanos() == T0 + 100 * MS;
    if first {
        actions.submit(OrderSpec::limit(Side::Buy, Price::new(1_000), Quantity::new(1)));
    }
    first
}

fn buys_a_lot(why: Why, view: &View<'_>, actions: &mut Actions) {
    if why == Why::Timer
        && !rests_first(view, actions)
        && (view.position.is_zero() || view.now.nanos() > T0 + 3_000 * MS)
    {
        actions.submit(OrderSpec::market(Side::Buy, Quantity::new(if view.position.is_zero() { 1_000 } else { 1 })));
    }
}

#[test]
fn a_drawdown_trips_at_its_price_between_two_ticks() {
    let run = Run::of(
        &falling(),
        "[drawdown]\npercent = \"off\"\nabsolute = \"50\"\nconfirm_marks = 1",
        woken(false),
        buys_a_lot,
    );
    let trips = run.trips("drawdown");
    assert_eq!(trips.len(), 1);
    let (place, refusal) = trips[0];
    let Entry::Tripped { at, .. } = run.entries[place] else { panic!("{:?}", run.entries[place]) };
    assert_ne!(at.nanos() % SECOND.nanos(), 0, "the trip waited for the risk clock");
    assert_eq!(refusal.limit, 50_000_000_000_000_000_000);
    // A step of the market is worth one.
    assert!((refusal.limit..refusal.limit + 1_100_000_000_000_000_000).contains(&refusal.value), "{refusal:?}");
    assert!(run.is_paused_from(place, "drawdown") > 5);
}

#[test]
fn a_kill_switch_that_a_breaker_engages_is_no_false_alarm() {
    for gate in ["drawdown", "total_loss"] {
        let text = format!(
            "[kill_switch]\n[{gate}]\npercent = \"off\"\nabsolute = \"50\"\nconfirm_marks = 1\nengages_kill_switch = true"
        );
        let run = Run::of(&falling(), &text, woken(false), buys_a_lot);
        assert_eq!((run.trips(gate).len(), run.trips("kill_switch").len()), (1, 1));
        let kill_switch = run.audit.controls.iter().find(|control| control.name == "kill_switch").unwrap();
        assert!(kill_switch.fired > 5, "{kill_switch:?}");
    }
}

/// In and out with market orders: each round trip loses the spread and two fees.
fn churns(why: Why, view: &View<'_>, actions: &mut Actions) {
    if why == Why::Timer && !rests_first(view, actions) {
        actions.submit(market(if view.position.is_zero() { Side::Buy } else { Side::Sell }));
    }
}

#[test]
fn losing_round_trips_pause_a_run_at_once() {
    for reports in [false, true] {
        let run = Run::of(&calm(), "[consecutive_losses]\nlosses = 3", woken(reports), churns);
        let place = run.only_trip("consecutive_losses", 3, 3);
        assert_eq!(run.fills_before(place), 6);
        assert!(run.is_paused_from(place, "consecutive_losses") > 20);
    }
}

#[test]
fn a_single_losing_round_trip_pauses_a_run_where_it_costs_too_much() {
    let run = Run::of(&calm(), "[single_trade_loss]\npercent = \"off\"\nabsolute = \"0.01\"", woken(true), churns);
    let trips = run.trips("single_trade_loss");
    // Two fees of 0.0250.. and the spread of 0.0002: the fee of the purchase alone is over it.
    assert_eq!((trips.len(), run.fills_before(trips[0].0)), (1, 1));
    let cheap = Run::of(&calm(), "[single_trade_loss]\npercent = \"off\"\nabsolute = \"1\"", woken(true), churns);
    assert_eq!(cheap.trips("single_trade_loss"), []);
}

fn asks_for_nothing(why: Why, view: &View<'_>, actions: &mut Actions) {
    if why == Why::Timer && !rests_first(view, actions) {
        actions.submit(OrderSpec::market(Side::Buy, Quantity::new(0)));
    }
}

#[test]
fn rejects_pause_a_run_and_the_pause_ends() {
    for reports in [false, true] {
        let run = Run::of(&calm(), "[error_rate]\nerrors = 4\npause_ms = 2000", woken(reports), asks_for_nothing);
        let trips = run.trips("error_rate");
        assert!(trips.len() > 1, "{trips:?}");
        let rejected = |place: usize| {
            let is_reject = |entry: &&Entry| matches!(entry, Entry::Venue(report) if matches!(report.kind, ReportKind::Rejected(_)));
            run.entries[..place].iter().filter(is_reject).count()
        };
        assert_eq!(rejected(trips[0].0), 4);
        assert!((15..=30).contains(&run.is_paused_from(trips[0].0, "error_rate")));
        let cleared = run.entries.iter().filter_map(|entry| match entry {
            Entry::Cleared { at, .. } => Some(*at),
            _ => None,
        });
        let first = cleared.into_iter().next().expect("an end of the pause");
        let Entry::Tripped { at, .. } = run.entries[trips[0].0] else { panic!("{:?}", trips[0]) };
        let tick = |at: Timestamp| (at.nanos() + 2_000 * MS).div_euclid(SECOND.nanos()) + 1;
        assert_eq!(first.nanos(), tick(at) * SECOND.nanos(), "the first tick at which it is over");
    }
}

fn buys_and_buys(why: Why, view: &View<'_>, actions: &mut Actions) {
    if why == Why::Timer && !rests_first(view, actions) {
        actions.submit(market(Side::Buy));
    }
}

#[test]
fn executions_of_one_side_stop_a_run_for_good() {
    for reports in [false, true] {
        let run = Run::of(&calm(), "[repeated_executions]\nexecutions = 5", woken(reports), buys_and_buys);
        let place = run.only_trip("repeated_executions", 5, 5);
        assert_eq!(run.fills_before(place), 5);
        assert!(run.is_paused_from(place, "repeated_executions") > 20);
        assert!(!run.entries.iter().any(|entry| matches!(entry, Entry::Cleared { .. })));
    }
}

#[test]
fn turnover_ends_a_days_trading_exactly_at_its_limit() {
    // One step is worth 50.0002 to buy. The order that rests counts 50.0002 as well, and its price never comes.
    let run = Run::of(&calm(), "[daily_turnover]\nmax = \"300.0012\"", woken(false), buys_and_buys);
    let end = run.entries.len();
    assert_eq!(run.fills_before(end), 5);
    let refused = run.entries.iter().filter(|entry| matches!(entry, Entry::OrderRefused { .. })).count();
    assert!(refused > 20, "{refused} refused");
}

#[test]
fn an_extreme_move_pauses_a_run_and_a_wild_print_does_not() {
    let mut rows = calm();
    rows.retain(|row| row.price != 500_000);
    rows.iter_mut().filter(|row| row.price == 499_000).for_each(|row| row.price = 400_000);
    // The bid stands at 490,000 from the start and rises for a second or for good: a mid of 495,001 or 500,001.
    let rising = |until: i64| {
        let mut rows = rows.clone();
        rows.push(TestRow::depth(T0, T0, Side::Buy, 490_000, 5_000));
        rows.push(TestRow::depth(T0 + 3_500 * MS, T0 + 3_500 * MS, Side::Buy, 500_000, 5_000));
        rows.push(TestRow::depth(until, until, Side::Buy, 500_000, 0));
        rows.sort_by_key(|row| row.venue_at);
        rows
    };
    let gate = "[extreme_move]\npercent = 1\nwindow_ms = 10000\nconfirm_marks = 2\npause_ms = 0";
    let brief = Run::of(&rising(T0 + 4_500 * MS), gate, woken(false), buys_and_buys);
    assert_eq!(brief.trips("extreme_move"), []);
    let lasting = Run::of(&rising(T0 + 7_950 * MS), gate, woken(false), buys_and_buys);
    assert_eq!(lasting.trips("extreme_move").len(), 1);
}

/// The orders that were sent after a trip, and what is held at the last mark.
fn closed_by(run: &Run, place: usize) -> (Vec<Intent>, i64) {
    let sent = |entry: &Entry| match entry {
        Entry::OrderSent { intent, .. } => Some(*intent),
        _ => None,
    };
    let last = run.entries.iter().rev().find_map(|entry| match entry {
        Entry::Mark(mark) => Some(mark.position.steps()),
        _ => None,
    });
    (run.entries[place..].iter().filter_map(sent).collect(), last.expect("a mark"))
}

#[test]
fn a_position_that_lost_too_much_is_closed_at_the_mark_and_nothing_is_added() {
    for reports in [false, true] {
        let gate = "[stop_loss]\npercent = \"0.02\"\nconfirm_marks = 2\npause_ms = 0";
        let run = Run::of(&falling(), gate, woken(reports), buys_a_lot);
        let trips = run.trips("stop_loss");
        assert_eq!(trips.len(), 1, "{trips:?}");
        let place = trips[0].0;
        let Entry::Tripped { at, .. } = run.entries[place] else { panic!("{:?}", run.entries[place]) };
        assert_eq!(at.nanos() % SECOND.nanos(), 0, "at a tick of the risk clock");
        let Entry::CancelSent { at: cancelled, client_order_id, .. } = run.entries[place + 1] else {
            panic!("what rests is cancelled first: {:?}", run.entries[place + 1])
        };
        assert_eq!((cancelled, client_order_id.0), (at, 1));
        let (sent, held) = closed_by(&run, place);
        let shown: Vec<_> =
            sent.iter().map(|intent| (intent.side, intent.quantity.steps(), intent.reduce_only)).collect();
        assert_eq!((shown.as_slice(), held), ([(Side::Sell, 1_000, true)].as_slice(), 0));
        let refused = run.entries[place..].iter().filter(|entry| matches!(entry, Entry::OrderRefused { .. })).count();
        assert!(refused > 5, "the strategy is called again once nothing is held: {refused}");
    }
}

#[test]
fn a_stop_loss_that_is_told_to_close_nothing_leaves_the_position_to_the_strategy() {
    let gate = "[stop_loss]\npercent = \"0.02\"\nconfirm_marks = 1\ncloses_position = false\npause_ms = 0";
    let run = Run::of(&falling(), gate, woken(false), buys_a_lot);
    let (place, _) = run.trips("stop_loss")[0];
    assert_eq!(closed_by(&run, place), (Vec::new(), 1_000));
    assert!(run.is_paused_from(place, "stop_loss") > 5);
}

/// What is held when its pause is over is judged anew: bought again, it is closed again.
#[test]
fn a_position_is_closed_as_often_as_it_loses_too_much() {
    let gate = "[stop_loss]\npercent = \"0.0001\"\nconfirm_marks = 1\npause_ms = 100";
    let run = Run::of(&falling(), gate, woken(false), buys_when_flat);
    assert!(run.trips("stop_loss").len() > 1, "{:?}", run.trips("stop_loss"));
    let opened = run.entries.iter().filter(|entry| matches!(entry, Entry::Cleared { .. })).count();
    assert!(opened > 0);
}

/// Buys whenever nothing is held.
fn buys_when_flat(why: Why, view: &View<'_>, actions: &mut Actions) {
    if why == Why::Timer && view.position.is_zero() && view.orders.is_empty() {
        actions.submit(OrderSpec::market(Side::Buy, Quantity::new(10)));
    }
}

#[test]
fn a_collar_over_a_period_stops_what_the_collar_on_the_mid_lets_pass() {
    // The market slides by 400 ticks of 500,000; an order at its price is 0.08 % from where it was.
    let follows = |why: Why, view: &View<'_>, actions: &mut Actions| {
        if let (Why::Timer, Some(bid)) = (why, view.best.bid) {
            actions.submit(OrderSpec::limit(Side::Buy, bid.price, Quantity::new(1)));
        }
    };
    let collars =
        "[price_collar]\npercent = \"0.01\"\n[period_collar]\npercent = \"0.05\"\nconfirm_marks = 1\nwindow_ms = 2000";
    let run = Run::of(&falling(), collars, woken(false), follows);
    let refused = |gate: &str| {
        let is_it =
            |entry: &&Entry| matches!(entry, Entry::OrderRefused { refusal, .. } if refusal.gate == id_of(gate));
        run.entries.iter().filter(is_it).count()
    };
    assert_eq!(refused("price_collar"), 0);
    let (collared, sent) =
        (refused("period_collar"), run.entries.iter().filter(|entry| matches!(entry, Entry::OrderSent { .. })).count());
    assert!(collared > 5 && sent > 5, "{collared} refused, {sent} sent");
}

/// A process that comes back without its state knows of no trip and closes nothing: the audit blames the gate that forgot, and nobody else.
#[test]
fn a_stop_loss_that_a_restart_forgets_is_what_the_audit_names() {
    let gates = armed("[stop_loss]\npercent = \"0.02\"\nconfirm_marks = 1\npause_ms = 0");
    let when = When::At(Timestamp::from_nanos(T0 + 2_500 * MS));
    let restart =
        Scripted { when, scope: Scope::All, commands: vec![Command::RestartWithoutState], gate: None, line: 1 };
    let lane = LaneSpec {
        gates: gates.clone(),
        commands: vec![restart],
        ..LaneSpec::new(Kind::Script(woken(false), buys_when_flat))
    };
    let entries = play_one(&falling(), &AUTO, &lane).entries;
    let market = AuditMarket { instrument: instrument(), opening_price: None, rows: None };
    let setup = audit_setup(&gates, vec![market], wakes(&woken(false))).unwrap();
    let audit = audit_entries(&setup, &entries, Some(vec![&mut MemoryMarket::new(&falling())])).unwrap();
    assert!(audit.names("stop_loss") && !audit.names("commands"), "{audit}");
}
