//! Alerts in whole runs: what trades is the same with and without them, and each comes in time.

use crate::audit::tight_gates;
use crate::bars::{BarMarket, bar, random_bars};
use crate::commands::{random_commands, script};
use crate::faults::stretches;
use crate::shaker::{Seen, Why};
use crate::support::{Dice, TestRow, random_market};
use crate::world::*;
use proptest::prelude::*;
use seatrial::alert::{AlertConfig, AlertRule};
use seatrial::engine::{EngineConfig, ViewMode, When};
use seatrial::gates::{Amount, GateConfig, Percent, Setting};
use seatrial::journal::Entry;
use seatrial::model::{Alert, AlertPhase, Bar, Command, Side};
use seatrial::strategy::{Actions, OrderSpec, Subscriptions, View};
use seatrial::units::{DAY, MILLISECOND, MINUTE, Money, Quantity, SECOND, Span, Timestamp};
use seatrial::venue::{Outage, Silence};
use std::collections::BTreeSet;

const T0: i64 = 1_700_000_000_000_000_000;
const MS: i64 = 1_000_000;
/// A whole minute.
const BARS_AT: i64 = T0 + 40_000 * MS;

/// Every rule, at limits that are passed all the time.
pub fn touchy() -> AlertConfig {
    let percent = Setting::On(Percent::from_ppb(1_000_000));
    AlertConfig {
        within_ms: 400,
        remind_after_ms: 1_000,
        position_value: Setting::On(Amount::new(Money::from_units(1))),
        trade_rate: Setting::On(1),
        trade_loss_percent: percent,
        daily_loss_percent: percent,
        network_latency_ms: Setting::On(1),
        venue_reply_ms: Setting::On(1),
        feed_silence_ms: Setting::On(50),
        price_age_ms: Setting::On(60),
        extreme_move_percent: percent,
        reconnect_failures: Setting::On(1),
        ..AlertConfig::default()
    }
}

fn without_alerts(entries: &[Entry]) -> Vec<Entry> {
    entries.iter().filter(|entry| !matches!(entry, Entry::Alert { .. })).copied().collect()
}

/// What the strategy saw; how long the journal was by then is not seen by any but a test's.
fn seen(trace: &LaneTrace) -> Vec<Seen> {
    trace.seen.iter().map(|seen| Seen { entries: 0, ..seen.clone() }).collect()
}

fn alerts(entries: &[Entry]) -> Vec<(Timestamp, Alert)> {
    let alert = |entry: &Entry| match entry {
        Entry::Alert { at, alert, .. } => Some((*at, *alert)),
        _ => None,
    };
    entries.iter().filter_map(alert).collect()
}

fn name(alert: &Alert) -> &'static str {
    AlertRule::of(alert.rule).unwrap().name
}

/// No alert before its cause, none raised later after it than that.
fn check_in_time(entries: &[Entry], within: Span) -> Result<(), TestCaseError> {
    for (at, alert) in alerts(entries) {
        prop_assert!(alert.cause_at <= at, "{:?} at {}", alert, at);
        let is_late = alert.phase == AlertPhase::Raised && within < alert.delay(at);
        prop_assert!(!is_late, "{} at {}: {:?}", name(&alert), at, alert);
    }
    Ok(())
}

/// One alert of a rule and market stands at a time: raised, then repeated or resolved. Of breakers one each.
fn check_phases(entries: &[Entry]) -> Result<(), TestCaseError> {
    let mut standing = BTreeSet::new();
    for entry in entries {
        let Entry::Alert { market, alert, .. } = entry else { continue };
        let key = (market.index(), name(alert), if name(alert) == "gate_tripped" { alert.value } else { 0 });
        let fits = match alert.phase {
            AlertPhase::Raised => standing.insert(key),
            AlertPhase::Reminder => standing.contains(&key),
            AlertPhase::Resolved => standing.remove(&key),
        };
        prop_assert!(fits, "{:?}", entry);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Nothing that trades knows of alerts: same orders, same fills, same marks, whatever the strategy hears, however fast the clocks.
    #[test]
    fn a_run_is_the_same_but_for_its_alerts(
        seed in 0_u64..1_000_000,
        what in 0_usize..6,
        clock in 0_usize..3,
        view in 0_usize..2,
        latency in 0_usize..4,
    ) {
        let rows = random_market(seed, 600);
        let config = EngineConfig {
            risk_clock: [MILLISECOND.times(100), SECOND, SECOND.times(30)][clock],
            ..config([ViewMode::Auto, ViewMode::OwnBook][view])
        };
        let gates = GateConfig::default();
        let kind = shaker(subscriptions(false)[what], seed);
        let plain = LaneSpec { gates, latency: latencies()[latency], seed, ..LaneSpec::new(kind) };
        let watched = LaneSpec { alerts: touchy(), ..plain.clone() };
        let (left, right) = (play_one(&rows, &config, &plain), play_one(&rows, &config, &watched));
        prop_assert_eq!(seen(&left), seen(&right));
        prop_assert_eq!(&left.entries, &without_alerts(&right.entries));
        prop_assert!(!alerts(&right.entries).is_empty());
        check_in_time(&right.entries, MILLISECOND.times(400))?;
    }

    /// Whatever goes wrong between bot and venue and whatever the bot is told, every alert comes in time, and nothing but alerts is added.
    #[test]
    fn under_faults_and_commands_every_alert_comes_in_time(seed in 1_u64..1_000_000, number in 0_usize..24, slow in any::<bool>()) {
        let rows = random_market(seed, 600);
        let mut dice = Dice::new(seed);
        let (start, end) = (rows[0].venue_at, rows.last().map_or(0, |row| row.venue_at));
        let outages = stretches(&mut dice, start, end).into_iter().map(|(from, until)| Outage { from, until });
        let silences = stretches(&mut dice, start, end).into_iter().map(|(from, until)| Silence { from, until });
        let config = EngineConfig { risk_clock: if slow { SECOND.times(30) } else { MILLISECOND.times(100) }, ..AUTO };
        let plain = LaneSpec {
            latency: latencies()[(number / 2) % 4],
            gates: tight_gates(&mut dice),
            seed,
            commands: random_commands(&mut dice, start, end),
            outages: outages.collect(),
            silences: silences.collect(),
            ..LaneSpec::new(shaker(subscriptions(false)[number % 6], seed))
        };
        let watched = LaneSpec { alerts: touchy(), ..plain.clone() };
        let (left, right) = (play_one(&rows, &config, &plain), play_one(&rows, &config, &watched));
        prop_assert_eq!(&left.entries, &without_alerts(&right.entries));
        check_in_time(&right.entries, MILLISECOND.times(400))?;
        check_phases(&right.entries)?;
    }

    /// The same on bars.
    #[test]
    fn a_run_on_bars_is_the_same_but_for_its_alerts(seed in 0_u64..1_000_000, slow in any::<bool>()) {
        let bars = random_bars(seed, 200);
        let config = EngineConfig { risk_clock: if slow { MINUTE.times(30) } else { SECOND }, ..AUTO };
        let plain = LaneSpec::new(shaker(Subscriptions { bars: Some(MINUTE), ..Subscriptions::default() }, seed));
        let watched = LaneSpec { alerts: touchy(), ..plain.clone() };
        let played = |lane| try_play(&mut BarMarket::new(&bars, MINUTE), &config, &[lane]).unwrap().0.remove(0);
        let (left, right) = (played(plain), played(watched));
        prop_assert_eq!(&left.entries, &without_alerts(&right.entries));
        check_in_time(&right.entries, Span::ZERO)?;
        check_phases(&right.entries)?;
    }

    /// Every request of every kind is answered: with delays of a few milliseconds nothing is ever waited for.
    #[test]
    fn every_request_has_its_answer(seed in 0_u64..1_000_000, what in 0_usize..6) {
        let rows = random_market(seed, 600);
        let alerts_on = AlertConfig { venue_reply_ms: Setting::On(5), ..AlertConfig::off() };
        let spec = LaneSpec { alerts: alerts_on, ..LaneSpec::new(shaker(subscriptions(false)[what], seed)) };
        prop_assert_eq!(alerts(&play_one(&rows, &AUTO, &spec).entries), vec![]);
    }
}

/// A book around 50,000 that moves every 100 ms, but for a stretch in which nothing of it is heard.
fn rows(seconds: i64, silent: std::ops::Range<i64>) -> Vec<TestRow> {
    let mut rows = vec![
        TestRow::depth(T0, T0, Side::Buy, 500_000, 500_000).more(),
        TestRow::depth(T0, T0, Side::Sell, 500_002, 500_000),
    ];
    for step in 1..=seconds * 10 {
        let at = T0 + step * 100 * MS - 30 * MS;
        let heard = if silent.contains(&(step / 10)) { T0 + silent.end * 1_000 * MS } else { at };
        rows.push(TestRow::depth(at, heard, Side::Buy, 499_000, 5_000 + step));
    }
    rows
}

fn timer(millis: i64) -> Subscriptions {
    Subscriptions { timer: Some(MILLISECOND.times(millis)), ..Subscriptions::default() }
}

fn idle(_: Why, _: &View<'_>, _: &mut Actions) {}

/// Buys so many steps once.
fn buys<const STEPS: i64>(_: Why, view: &View<'_>, actions: &mut Actions) {
    if view.position.is_zero() && view.orders.is_empty() {
        actions.submit(OrderSpec::market(Side::Buy, Quantity::new(STEPS)));
    }
}

fn played(rows: &[TestRow], lane: &LaneSpec, risk_clock: Span) -> Vec<(Timestamp, Alert)> {
    alerts(&play_one(rows, &EngineConfig { risk_clock, ..AUTO }, lane).entries)
}

/// With the defaults, a feed that is gone for 70 s: each alert within 5 s of its cause, however slow the risk clock, and resolved when the
/// feed is back.
#[test]
fn a_feed_that_is_gone_is_said_in_time_whatever_the_risk_clock() {
    for risk_clock in [SECOND, MINUTE] {
        let lane = LaneSpec { alerts: AlertConfig::default(), ..LaneSpec::new(Kind::Script(timer(1_000), idle)) };
        let found = played(&rows(120, 10..80), &lane, risk_clock);
        let said: Vec<(&str, AlertPhase)> = found.iter().map(|(_, alert)| (name(alert), alert.phase)).collect();
        let names = ["feed_disconnected", "reconnect_failures", "price_age"];
        let raised = names.map(|name| (name, AlertPhase::Raised));
        let resolved =
            ["feed_disconnected", "reconnect_failures", "price_age"].map(|name| (name, AlertPhase::Resolved));
        // The last message of the stretch, which arrives with all others, was not late itself.
        assert_eq!(said, [raised, resolved].concat(), "{risk_clock}");
        for (at, alert) in &found {
            assert!(
                alert.phase != AlertPhase::Raised || alert.delay(*at) <= SECOND.times(5),
                "{risk_clock}: {alert:?}"
            );
        }
        let quiet = played(&rows(120, 10..20), &lane, risk_clock);
        assert!(quiet.is_empty(), "10 s of silence are allowed: {quiet:?}");
    }
}

/// Messages that take 501 ms are late, and those that take 500 are not.
#[test]
fn a_slow_feed_is_said_once_something_of_it_has_arrived() {
    let lane = LaneSpec { alerts: AlertConfig::default(), ..LaneSpec::new(Kind::Script(timer(1_000), idle)) };
    for (millis, expected) in [(500, vec![]), (501, vec![("network_latency", AlertPhase::Raised, 1_000)])] {
        let mut rows = rows(10, 0..0);
        for row in &mut rows {
            row.local_at = row.venue_at + millis * MS;
        }
        let found = played(&rows, &lane, SECOND);
        let millis_after = |at: Timestamp| (at.nanos() - T0) / MS;
        let said: Vec<_> = found.iter().map(|(at, alert)| (name(alert), alert.phase, millis_after(*at))).collect();
        assert_eq!(said, expected);
    }
}

/// 0.2 BTC are worth 10,000.02 at the mid, 0.199 less than that.
#[test]
fn a_position_one_step_too_large_is_said_and_its_twin_is_not() {
    let alerts = AlertConfig { position_value: AlertConfig::default().position_value, ..AlertConfig::off() };
    let lane = |script| LaneSpec { alerts: alerts.clone(), ..LaneSpec::new(Kind::Script(timer(1_000), script)) };
    let found = played(&rows(8, 0..0), &lane(buys::<200>), SECOND);
    let said: Vec<_> = found.iter().map(|(_, alert)| (name(alert), alert.phase, alert.value)).collect();
    assert_eq!(said, [("position_value", AlertPhase::Raised, 10_000_020_000_000_000_000_000)]);
    assert!(found[0].1.delay(found[0].0) <= SECOND);
    assert_eq!(played(&rows(8, 0..0), &lane(buys::<199>), SECOND), []);
}

/// A kill by hand at 3 s and its release at 5 s are said at once.
#[test]
fn a_kill_is_said_as_it_happens() {
    let at = |seconds: i64| When::At(Timestamp::from_nanos(T0 + seconds * 1_000 * MS));
    let lane = LaneSpec {
        gates: GateConfig { kill_switch: Setting::default(), ..GateConfig::off() },
        commands: script(&[(at(3), &[Command::Kill]), (at(5), &[Command::Release])]),
        alerts: AlertConfig::default(),
        ..LaneSpec::new(Kind::Script(timer(1_000), idle))
    };
    let found = played(&rows(8, 0..0), &lane, SECOND);
    let said: Vec<_> = found.iter().map(|(at, alert)| ((at.nanos() - T0) / MS, name(alert), alert.phase)).collect();
    assert_eq!(said, [(3_000, "kill_switch", AlertPhase::Raised), (5_000, "kill_switch", AlertPhase::Resolved)]);
}

/// Bars of a minute that end at these prices.
fn closes(prices: &[i64]) -> Vec<Bar> {
    let bar = |(minute, close): (i64, &i64)| bar(BARS_AT + minute * MINUTE.nanos(), MINUTE, [*close; 4], 1_000);
    (0..).zip(prices).map(bar).collect()
}

/// On bars of a minute a cause begins with the close that shows it, and every close is looked at: of a bot that holds nothing, and
/// between two ticks of a slow risk clock.
#[test]
fn on_bars_a_cause_begins_with_its_close() {
    for risk_clock in [SECOND, MINUTE.times(30)] {
        let lane = LaneSpec { alerts: AlertConfig::default(), ..LaneSpec::new(Kind::Script(timer(60_000), idle)) };
        let bars = closes(&[600_000, 600_000, 600_000, 660_000, 660_000, 660_000]);
        let config = EngineConfig { risk_clock, ..AUTO };
        let entries = try_play(&mut BarMarket::new(&bars, MINUTE), &config, &[lane]).unwrap().0.remove(0).entries;
        let minute = |at: Timestamp| (at.nanos() - BARS_AT) / MINUTE.nanos();
        let said = alerts(&entries)
            .into_iter()
            .map(|(at, alert)| (name(&alert), alert.phase, minute(at), minute(alert.cause_at)));
        let expected = [("extreme_move", AlertPhase::Raised, 4, 4), ("extreme_move", AlertPhase::Resolved, 5, 4)];
        assert_eq!(said.collect::<Vec<_>>(), expected, "{risk_clock}");
    }
}

/// Bars of a day: what is lost from one close to the next is the loss of a day, though each close begins one.
#[test]
fn a_day_s_loss_is_told_on_bars_of_a_day() {
    let day = DAY.nanos();
    let bars: Vec<Bar> = (0..5)
        .map(|number| {
            let close = [500_000, 500_000, 500_000, 20_000, 20_000][number as usize];
            bar(BARS_AT.div_euclid(day) * day + number * day, DAY, [close; 4], 1_000_000)
        })
        .collect();
    let subscriptions = Subscriptions { bars: Some(DAY), ..Subscriptions::default() };
    let alerts_on = AlertConfig { daily_loss_percent: AlertConfig::default().daily_loss_percent, ..AlertConfig::off() };
    let lane = LaneSpec { alerts: alerts_on, ..LaneSpec::new(Kind::Script(subscriptions, buys::<1_000>)) };
    let entries = try_play(&mut BarMarket::new(&bars, DAY), &AUTO, &[lane]).unwrap().0.remove(0).entries;
    let said: Vec<_> = alerts(&entries).iter().map(|(_, alert)| (name(alert), alert.phase)).collect();
    assert_eq!(said, [("daily_loss", AlertPhase::Raised), ("daily_loss", AlertPhase::Resolved)]);
}
