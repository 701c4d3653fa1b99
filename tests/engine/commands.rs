//! What a bot is told: pauses, stops, kills, flattening, restarts.

use crate::audit::{audited, check_clean, play_tape, random_bars, setup, tight_gates};
use crate::bars::BarMarket;
use crate::shaker::Why;
use crate::support::{Dice, MemoryMarket, TestRow, random_market};
use crate::world::*;
use proptest::prelude::*;
use seatrial::audit::Wakes;
use seatrial::engine::{Condition, Scope, Scripted, When};
use seatrial::gates::{GateConfig, Setting, order_burst, stale_data};
use seatrial::journal::Entry;
use seatrial::model::{BotStatus, Command, Intent, MarketId, OrderType, ReportKind, Side};
use seatrial::strategy::{Actions, OrderSpec, Subscriptions, View};
use seatrial::units::{MINUTE, Money, Price, Quantity, Span, Timestamp};

const T0: i64 = 1_700_000_000_000_000_000;
const MS: i64 = 1_000_000;

pub fn at(millis: i64) -> When {
    When::At(Timestamp::from_nanos(T0 + millis * MS))
}

pub fn script(lines: &[(When, &[Command])]) -> Vec<Scripted> {
    let line = |(number, (when, commands)): (u32, &(When, &[Command]))| Scripted {
        when: *when,
        scope: Scope::All,
        commands: commands.to_vec(),
        gate: None,
        line: number,
    };
    (1..).zip(lines).map(line).collect()
}

fn timer(millis: i64) -> Subscriptions {
    Subscriptions { timer: Some(Span::from_nanos(millis * MS)), ..Subscriptions::default() }
}

/// A book that stands for ten seconds, with a message every 50 ms.
pub fn standing() -> Vec<TestRow> {
    let mut rows = vec![
        TestRow::depth(T0, T0, Side::Buy, 500_000, 5_000).more(),
        TestRow::depth(T0, T0, Side::Sell, 500_002, 5_000),
    ];
    rows.extend((1..=200).map(|step| {
        let at = T0 + step * 50 * MS;
        TestRow::depth(at, at, Side::Buy, 490_000, 5_000 + step)
    }));
    rows
}

/// Buys once, then rests a buy and a stop below, and keeps asking for more.
fn holds_and_rests(why: Why, view: &View<'_>, actions: &mut Actions) {
    if why != Why::Timer {
        return;
    }
    match view.orders.len() {
        0 if view.position.is_zero() => {
            actions.submit(OrderSpec::market(Side::Buy, Quantity::new(1_000)));
        }
        0 => {
            let stop = OrderType::Stop { trigger: Price::new(1) };
            actions.submit(OrderSpec::limit(Side::Buy, Price::new(400_000), Quantity::new(10)));
            actions.submit(OrderSpec::new(Side::Sell, stop, Quantity::new(1_000)).reduce_only().protective());
        }
        _ => {
            actions.submit(OrderSpec::limit(Side::Buy, Price::new(400_001), Quantity::new(1)));
        }
    }
}

pub fn holder(commands: Vec<Scripted>) -> LaneSpec {
    let gates = GateConfig { kill_switch: Setting::default(), ..GateConfig::off() };
    LaneSpec { gates, commands, ..LaneSpec::new(Kind::Script(timer(100), holds_and_rests)) }
}

pub fn sent_after(entries: &[Entry], instant: i64) -> Vec<Intent> {
    let sent = entries.iter().filter_map(|entry| match entry {
        Entry::OrderSent { at, intent } if at.nanos() >= T0 + instant * MS => Some(*intent),
        _ => None,
    });
    sent.collect()
}

pub fn cancels(entries: &[Entry]) -> Vec<(i64, u64)> {
    let cancel = |entry: &Entry| match entry {
        Entry::CancelSent { at, client_order_id, .. } => Some(((at.nanos() - T0) / MS, client_order_id.0)),
        _ => None,
    };
    entries.iter().filter_map(cancel).collect()
}

fn statuses(entries: &[Entry]) -> Vec<(Command, BotStatus)> {
    let told = |entry: &Entry| match entry {
        Entry::Command { command, status, .. } => Some((*command, *status)),
        _ => None,
    };
    entries.iter().filter_map(told).collect()
}

pub fn position_at_end(entries: &[Entry]) -> i64 {
    let marks = entries.iter().rev().filter_map(|entry| match entry {
        Entry::Mark(mark) => Some(mark.position.steps()),
        _ => None,
    });
    marks.take(1).sum()
}

#[test]
fn a_pause_cancels_what_adds_risk_and_refuses_more_until_it_is_over() {
    let commands = script(&[(at(1_050), &[Command::Pause]), (at(3_050), &[Command::Resume])]);
    let entries = play_one(&standing(), &AUTO, &holder(commands)).entries;
    assert_eq!(statuses(&entries), [(Command::Pause, BotStatus::Paused), (Command::Resume, BotStatus::Running)]);
    let all = cancels(&entries);
    assert!(all.iter().all(|(at, _)| *at == 1_050) && all.iter().all(|(_, id)| *id != 3), "{all:?}");
    let (held, after) = (sent_after(&entries, 1_050), sent_after(&entries, 3_050));
    assert_eq!((held.len(), after.is_empty()), (after.len(), false), "sent while paused");
    let refusals: Vec<(i128, i128)> = entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::OrderRefused { refusal, .. } => Some((refusal.value, refusal.limit)),
            _ => None,
        })
        .collect();
    assert!(refusals.len() >= 19 && refusals.iter().all(|refusal| *refusal == (2, 0)), "{refusals:?}");
}

#[test]
fn a_stopped_bot_is_not_called_and_starts_again_where_it_was() {
    let commands = script(&[(at(1_050), &[Command::Stop]), (at(3_050), &[Command::Start])]);
    let entries = play_one(&standing(), &AUTO, &holder(commands)).entries;
    let asked = |entry: &&Entry| {
        let is_order = matches!(entry, Entry::OrderSent { .. } | Entry::OrderRefused { .. });
        is_order && (T0 + 1_050 * MS..T0 + 3_050 * MS).contains(&entry.at().nanos())
    };
    assert_eq!(entries.iter().filter(asked).count(), 0);
    assert!(!sent_after(&entries, 3_050).is_empty());
}

#[test]
fn what_holds_a_bot_ends_with_its_own_command_alone() {
    let commands = script(&[
        (at(1_050), &[Command::Pause, Command::Kill, Command::Resume, Command::Start]),
        (at(2_050), &[Command::Stop, Command::Release]),
        (at(3_050), &[Command::Pause, Command::Start, Command::Resume]),
    ]);
    let entries = play_one(&standing(), &AUTO, &holder(commands)).entries;
    let found: Vec<BotStatus> = statuses(&entries).into_iter().map(|(_, status)| status).collect();
    use BotStatus::{Killed, Paused, Running, Stopped};
    assert_eq!(found, [Paused, Killed, Killed, Killed, Killed, Stopped, Stopped, Paused, Running]);
    let cleared: Vec<&Entry> = entries.iter().filter(|entry| matches!(entry, Entry::Cleared { .. })).collect();
    assert_eq!(cleared.len(), 1, "{cleared:?}");
    assert_eq!(cleared[0].at().nanos(), T0 + 3_050 * MS);
}

#[test]
fn a_kill_that_flattens_cancels_all_and_leaves_nothing_held() {
    let commands = script(&[(at(1_050), &[Command::Kill, Command::Flatten])]);
    let entries = play_one(&standing(), &AUTO, &holder(commands)).entries;
    assert!(cancels(&entries).iter().any(|(at, id)| (*at, *id) == (1_050, 3)), "the stop as well");
    let sent = sent_after(&entries, 1_050);
    let [flattening] = sent[..] else { panic!("one order, found {sent:?}") };
    assert_eq!((flattening.side, flattening.quantity.steps()), (Side::Sell, 1_000));
    assert!(flattening.reduce_only && flattening.order_type == OrderType::Market);
    // The cancels take 1 ms there and 2 ms back, the order as long; nothing waits for the risk clock.
    let filled = entries
        .iter()
        .rev()
        .find(|entry| matches!(entry, Entry::Venue(report) if matches!(report.kind, ReportKind::Filled(_))));
    assert_eq!(filled.map(|entry| (entry.at().nanos() - T0) / MS), Some(1_054));
    assert_eq!(position_at_end(&entries), 0);
}

/// The gates that look at reducing orders too let those of a flattening pass.
#[test]
fn neither_bursts_nor_old_data_stop_a_flattening() {
    let mut lane = holder(script(&[(at(9_990), &[Command::Kill, Command::Flatten])]));
    lane.gates.order_burst = Setting::On(order_burst::Limits { orders: 1, window_ms: 60_000 });
    lane.gates.stale_data = Setting::On(stale_data::Limits { max_age_ms: 20 });
    let mut rows = standing();
    rows.retain(|row| row.venue_at <= T0 + 9_000 * MS);
    rows.push(TestRow::depth(T0 + 20_000 * MS, T0 + 20_000 * MS, Side::Buy, 490_000, 1));
    let entries = play_one(&rows, &AUTO, &lane).entries;
    assert!(entries.iter().any(|entry| matches!(entry, Entry::OrderRefused { .. })), "no gate was in its way");
    assert_eq!(position_at_end(&entries), 0);
}

#[test]
fn flattening_takes_as_many_orders_as_it_needs_and_gives_up_where_there_is_no_market() {
    let commands = script(&[(at(1_050), &[Command::Stop, Command::Flatten])]);
    // 200 steps are left to sell to: the rest waits for more.
    let mut rows = standing();
    let thin = |millis: i64, size: i64| {
        let at = T0 + millis * MS;
        TestRow::depth(at, at, Side::Buy, 500_000, size)
    };
    rows.retain(|row| row.price != 490_000 || row.venue_at < T0 + MS);
    rows.extend([thin(900, 200), thin(1_500, 0), thin(2_500, 900), thin(6_000, 901)]);
    let entries = play_one(&rows, &AUTO, &holder(commands.clone())).entries;
    assert_eq!(position_at_end(&entries), 0);
    assert!(sent_after(&entries, 1_050).len() >= 2);
    // Nobody ever buys again: twenty orders in vain are enough.
    let mut rows = standing();
    rows.retain(|row| row.price != 490_000);
    rows.extend([thin(900, 0)]);
    rows.extend((1..100).map(|second| {
        let at = T0 + second * 1_000 * MS;
        TestRow::depth(at, at, Side::Sell, 600_000, second)
    }));
    rows.sort_by_key(|row| row.venue_at);
    let entries = play_one(&rows, &AUTO, &holder(commands)).entries;
    assert_eq!(sent_after(&entries, 1_050).len(), 20);
    assert_eq!(position_at_end(&entries), 1_000);
}

/// Sells a step at a price nobody pays whenever it may, and never waits for an answer.
fn keeps_reducing(why: Why, view: &View<'_>, actions: &mut Actions) {
    match (why, view.position.steps()) {
        (Why::Timer, 0) if view.now.nanos() < T0 + 150 * MS => {
            actions.submit(OrderSpec::market(Side::Buy, Quantity::new(1_000)));
        }
        (Why::Timer, held) if held > 0 => {
            actions.submit(OrderSpec::limit(Side::Sell, Price::new(900_000), Quantity::new(1)).reduce_only());
        }
        _ => {}
    }
}

/// Found by killing a market maker at sixty moments behind a slow venue: its own reducing orders had to be cancelled and waited for,
/// and there was always another one.
#[test]
fn a_strategy_that_goes_on_reducing_does_not_keep_a_flattening_from_its_end() {
    let mut lane = holder(script(&[(at(2_050), &[Command::Kill, Command::Flatten])]));
    lane.kind = Kind::Script(timer(100), keeps_reducing);
    lane.latency = constant(300 * MS, 300 * MS);
    let entries = play_one(&standing(), &AUTO, &lane).entries;
    assert!(entries.iter().any(|entry| matches!(entry, Entry::OrderSent { at, .. } if at.nanos() > T0 + 1_900 * MS)));
    assert_eq!(position_at_end(&entries), 0);
}

#[test]
fn a_command_waits_for_what_a_mark_shows() {
    let shows: [(Condition, i64); 6] = [
        (Condition::PositionAtLeast(Quantity::new(1_000)), 1_000),
        (Condition::OrdersSent(20), 2_000),
        (Condition::Fills(1), 1_000),
        (Condition::PriceAtLeast(Price::new(500_001)), 1_000),
        (Condition::EquityAtMost(Money::from_units(99_980)), 1_000),
        (Condition::EquityAtLeast(Money::from_units(90_000)), 1_000),
    ];
    for (condition, expected) in shows {
        let entries =
            play_one(&standing(), &AUTO, &holder(script(&[(When::Once(condition), &[Command::Pause])]))).entries;
        let told = entries.iter().find(|entry| matches!(entry, Entry::Command { .. }));
        assert_eq!(told.map(|entry| (entry.at().nanos() - T0) / MS), Some(expected), "{condition:?}");
    }
    for never in [Condition::PriceAtMost(Price::new(500_000)), Condition::Fills(2), Condition::OrdersSent(1_000)] {
        let entries = play_one(&standing(), &AUTO, &holder(script(&[(When::Once(never), &[Command::Pause])]))).entries;
        assert_eq!(statuses(&entries), [], "{never:?}");
    }
}

#[test]
fn a_command_can_follow_a_trip() {
    let killer = seatrial::gates::catalogue().iter().find(|gate| gate.name == "kill_switch").unwrap().id;
    let commands =
        script(&[(at(1_050), &[Command::Pause]), (When::Once(Condition::Tripped(killer)), &[Command::Flatten])]);
    let entries = play_one(&standing(), &AUTO, &holder(commands)).entries;
    assert_eq!(statuses(&entries), [(Command::Pause, BotStatus::Paused), (Command::Flatten, BotStatus::Paused)]);
    assert_eq!(position_at_end(&entries), 0);
}

/// A breaker that latches is a person's to open, and nobody else's.
#[test]
fn a_breaker_that_latches_opens_when_it_is_re_enabled_by_name() {
    let [breaker, other] = ["total_loss", "drawdown"]
        .map(|name| seatrial::gates::catalogue().iter().find(|gate| gate.name == name).map(|gate| gate.id));
    let line = |millis: i64, gate, line| Scripted {
        when: at(millis),
        scope: Scope::All,
        commands: vec![Command::Reenable],
        gate,
        line,
    };
    let limits = r#"{ "total_loss": { "percent": "off", "absolute": "5", "confirm_marks": 1 }, "kill_switch": {} }"#;
    let mut lane = holder(vec![line(4_050, other, 1), line(6_050, breaker, 2)]);
    lane.gates =
        GateConfig { total_loss: serde_json::from_str::<GateConfig>(limits).unwrap().total_loss, ..lane.gates };
    let entries = play_one(&standing(), &AUTO, &lane).entries;
    let turned: Vec<(i64, &str)> = entries
        .iter()
        .filter(|entry| matches!(entry, Entry::Tripped { .. } | Entry::Cleared { .. }))
        .map(|entry| ((entry.at().nanos() - T0) / MS, entry.kind()))
        .collect();
    assert_eq!(turned[..2], [(turned[0].0, "tripped"), (6_050, "cleared")], "{turned:?}");
    assert!(turned[0].0 < 4_050, "{turned:?}");
}

/// Somebody who comes half a second after each pause ends it, once or as often as there is one.
#[test]
fn somebody_can_come_after_each_trip() {
    let killer = seatrial::gates::catalogue().iter().find(|gate| gate.name == "kill_switch").unwrap().id;
    let after = Span::from_nanos(500 * MS);
    for (times, expected) in [(1, 1), (2, 2), (u64::MAX, 3)] {
        let pause: &[Command] = &[Command::Pause];
        let each = When::Each { gate: killer, after, times };
        let lines = [(at(1_050), pause), (each, &[Command::Resume]), (at(4_050), pause), (at(7_050), pause)];
        let entries = play_one(&standing(), &AUTO, &holder(script(&lines))).entries;
        let told: Vec<(i64, Command)> = entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::Command { at, command, .. } => Some(((at.nanos() - T0) / MS, *command)),
                _ => None,
            })
            .collect();
        let resumed: Vec<i64> =
            told.iter().filter(|(_, command)| *command == Command::Resume).map(|(at, _)| *at).collect();
        assert_eq!(resumed.len(), expected, "{told:?}");
        // It counts from the mark that shows it, and marks come every second.
        let waits = resumed.iter().zip([1_050, 4_050, 7_050]).map(|(resumed, paused)| resumed - paused);
        assert!(waits.clone().all(|wait| (500..=1_500).contains(&wait)), "{told:?}");
        assert_eq!(told.len(), 3 + expected, "{told:?}");
    }
}

/// Without its state the process does not know that it was killed: it trades on, and the audit says so.
#[test]
fn a_kill_survives_a_restart_with_the_state_and_not_without() {
    for (restart, holds) in [(Command::RestartWithState, true), (Command::RestartWithoutState, false)] {
        let lane = holder(script(&[(at(1_050), &[Command::Kill]), (at(2_050), &[restart])]));
        let entries = play_one(&standing(), &AUTO, &lane).entries;
        assert_eq!(sent_after(&entries, 2_050).is_empty(), holds, "{restart}");
        let rows = standing();
        let audit = audited(&setup(&lane.gates, Wakes::UNKNOWN), &entries, &mut MemoryMarket::new(&rows));
        assert_eq!(audit.is_clean(), holds, "{audit}");
        let missed = audit.controls.iter().find(|control| control.name == "kill_switch").map(|control| control.missed);
        assert_eq!(missed.unwrap_or_default() > 0, !holds);
    }
}

fn without_commands(entries: &[Entry]) -> Vec<Entry> {
    entries.iter().filter(|entry| !matches!(entry, Entry::Command { .. })).copied().collect()
}

#[test]
fn restarts_with_the_state_change_nothing_else() {
    for (seed, kind) in (1..).zip([Kind::Maker, Kind::Cross, Kind::Breakout, Kind::Maker]) {
        let rows = hostile_market(seed, 1_500);
        let gates = tight_gates(&mut Dice::new(seed));
        let plain = LaneSpec { gates, seed, ..LaneSpec::new(kind) };
        let span = rows.last().map_or(0, |row| row.venue_at) - rows[0].venue_at;
        let times = (1..40).map(|part| When::At(Timestamp::from_nanos(rows[0].venue_at + span / 40 * part)));
        let lines: Vec<(When, &[Command])> = times.map(|when| (when, [Command::RestartWithState].as_slice())).collect();
        let restarted = LaneSpec { commands: script(&lines), ..plain.clone() };
        let (plain, restarted) = (play_one(&rows, &AUTO, &plain), play_one(&rows, &AUTO, &restarted));
        assert_eq!(restarted.entries.len(), plain.entries.len() + 39);
        assert_eq!(without_commands(&restarted.entries), plain.entries, "{kind:?}");
    }
}

const TOLD: [Command; 12] = [
    Command::Pause,
    Command::Resume,
    Command::Stop,
    Command::Start,
    Command::Kill,
    Command::Release,
    Command::Flatten,
    Command::RestartWithState,
    Command::ConnectLive,
    Command::ConnectPaper,
    Command::Silence,
    Command::Heartbeat,
];

/// Commands at random instants of the market, and some on conditions.
pub fn random_commands(dice: &mut Dice, start: i64, end: i64) -> Vec<Scripted> {
    let count = 1 + dice.below(12);
    let line = |number: u32, dice: &mut Dice| Scripted {
        when: match dice.below(6) {
            0 => When::Once(Condition::Fills(1 + dice.below(9) as u64)),
            1 => When::Once(Condition::PositionAtLeast(Quantity::new(1 + dice.below(9)))),
            _ => When::At(Timestamp::from_nanos(start + dice.below((end - start).max(1)))),
        },
        scope: if dice.below(3) == 0 { Scope::Market(MarketId::FIRST) } else { Scope::All },
        commands: (0..=dice.below(2)).map(|_| TOLD[dice.below(TOLD.len() as i64) as usize]).collect(),
        gate: None,
        line: number,
    };
    (1..=count as u32).map(|number| line(number, dice)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever a bot is told and whenever: nothing that adds risk leaves while it is held, every cancel that a trip demands is sent,
    /// and it is what it was told to be.
    #[test]
    fn random_commands_are_carried_out(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let rows: Vec<TestRow> = if seed % 2 == 0 { random_market(seed, 600) } else { hostile_market(seed, 600) };
        let mut dice = Dice::new(seed);
        let subscriptions = subscriptions(false)[number % 6];
        let (start, end) = (rows[0].venue_at, rows.last().map_or(0, |row| row.venue_at));
        let lane = LaneSpec {
            preset: PRESETS[number % 4],
            latency: latencies()[(number / 2) % 4],
            gates: tight_gates(&mut dice),
            seed,
            commands: random_commands(&mut dice, start, end),
            ..LaneSpec::new(shaker(subscriptions, seed))
        };
        let entries = play_tape(&mut MemoryMarket::new(&rows), &AUTO, &lane);
        let is_told = entries.iter().any(|entry| matches!(entry, Entry::Command { .. }));
        let waits = lane.commands.iter().all(|line| matches!(line.when, When::Once(_)));
        prop_assert!(is_told || waits, "no command was carried out");
        let wakes = Wakes { by_reports: true, ..seatrial::scenario::wakes(&subscriptions) };
        check_clean("rows", &audited(&setup(&lane.gates, wakes), &entries, &mut MemoryMarket::new(&rows)))?;
    }

    #[test]
    fn random_commands_on_bars_are_carried_out(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let bars = random_bars(seed, 400);
        let mut dice = Dice::new(seed);
        let timer = Some(MINUTE);
        let subscriptions = Subscriptions { bars: timer, timer, reports: number % 2 == 0, ..Subscriptions::default() };
        let start = bars[0].open_at.nanos();
        let lane = LaneSpec {
            preset: PRESETS[number % 4],
            gates: tight_gates(&mut dice),
            seed,
            commands: random_commands(&mut dice, start, start + MINUTE.times(399).nanos()),
            ..LaneSpec::new(shaker(subscriptions, seed))
        };
        let entries = play_tape(&mut BarMarket::new(&bars, MINUTE), &AUTO, &lane);
        let wakes = Wakes { by_reports: true, ..seatrial::scenario::wakes(&subscriptions) };
        check_clean("bars", &audited(&setup(&lane.gates, wakes), &entries, &mut BarMarket::new(&bars, MINUTE)))?;
    }
}

fn audit_of(lane: &LaneSpec, entries: &[Entry]) -> seatrial::audit::Audit {
    let setup = setup(&lane.gates, Wakes { by_reports: false, by_feed: false });
    audited(&setup, entries, &mut MemoryMarket::new(&standing()))
}

/// The journal with one more order, sent so many milliseconds after the start, and what the audit says of it.
fn with_an_order(lane: &LaneSpec, millis: i64, change: impl FnOnce(&mut Intent)) -> seatrial::audit::Audit {
    let entries = play_one(&standing(), &AUTO, lane).entries;
    let audit = audit_of(lane, &entries);
    assert!(audit.is_clean(), "as it was\n{audit}");
    let instant = Timestamp::from_nanos(T0 + millis * MS);
    let place = entries.iter().position(|entry| instant < entry.at()).expect("a later entry");
    let mut intent = sent_after(&entries, 0)[0];
    (intent.client_order_id.0, intent.side, intent.quantity) = (1_000, Side::Sell, Quantity::new(1));
    (intent.reduce_only, intent.protective, intent.reason) = (true, true, u32::MAX);
    change(&mut intent);
    let mut entries = entries;
    entries.insert(place, Entry::OrderSent { at: instant, intent });
    audit_of(lane, &entries)
}

/// The reason of an order proves nothing: with nothing to be flattened, or another order than a flattening sends, it is the strategy's.
#[test]
fn an_order_that_only_says_that_it_flattens_is_found() {
    let stopped = holder(script(&[(at(1_050), &[Command::Stop])]));
    let audit = with_an_order(&stopped, 1_520, |_| {});
    assert!(audit.names("commands"), "{audit}");
    let mut slow = holder(script(&[(at(1_050), &[Command::Stop, Command::Flatten])]));
    slow.latency = constant(300 * MS, 300 * MS);
    let changes: [fn(&mut Intent); 4] = [
        |intent| intent.side = Side::Buy,
        |intent| intent.quantity = Quantity::new(1_001),
        |intent| intent.reduce_only = false,
        |intent| intent.order_type = OrderType::Limit { price: Price::new(500_000) },
    ];
    for (number, change) in changes.into_iter().enumerate() {
        // The cancels are known to have ended after 1,650 ms; the order of the flattening is under way until 2,250.
        let audit = with_an_order(&slow, 1_060, change);
        assert!(audit.names("commands"), "change {number}\n{audit}");
    }
}

#[test]
fn a_strategy_that_sends_while_it_is_being_flattened_is_found() {
    let mut slow = holder(script(&[(at(1_050), &[Command::Kill, Command::Flatten])]));
    slow.latency = constant(300 * MS, 300 * MS);
    let audit = with_an_order(&slow, 1_520, |intent| intent.reason = 7);
    assert!(audit.names("commands"), "{audit}");
}

/// Whatever the bot says it is: what holds something a second later was not flattened.
#[test]
fn a_flattening_that_does_not_end_flat_is_found() {
    let lane = holder(script(&[(at(1_050), &[Command::Pause, Command::Flatten])]));
    let entries = play_one(&standing(), &AUTO, &lane).entries;
    let audit = audit_of(&lane, &entries);
    assert!(audit.is_clean(), "as it was\n{audit}");
    let flattening = sent_after(&entries, 1_050)[0].client_order_id;
    let of_it = |entry: &Entry| match entry {
        Entry::OrderSent { intent, .. } => intent.client_order_id == flattening,
        Entry::Venue(report) => report.client_order_id == flattening,
        _ => false,
    };
    let without: Vec<Entry> = entries.iter().filter(|entry| !of_it(entry)).copied().collect();
    let audit = audit_of(&lane, &without);
    assert!(audit.names("commands"), "{audit}");
}
