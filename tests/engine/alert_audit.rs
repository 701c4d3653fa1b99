//! The audit of alerts against the real monitor: random runs are clean, and what is planted is found under the right alert's name.

use crate::alerts::touchy;
use crate::audit::{random_bars, setup, tight_gates};
use crate::bars::{BarMarket, TradesMarket};
use crate::commands::{random_commands, script};
use crate::corrections::random_corrections;
use crate::faults::stretches;
use crate::support::{Dice, MemoryMarket, TestRow, random_market};
use crate::world::*;
use proptest::prelude::*;
use seatrial::alert::{AlertConfig, RULES};
use seatrial::audit::{AlertAudit, Audit, AuditSetup, FindingKind, Wakes, audit_entries};
use seatrial::engine::{EngineConfig, ScriptedEvent, When};
use seatrial::fault::{Stall, Stalled};
use seatrial::gates::{GateConfig, Multiple, Percent, Setting};
use seatrial::journal::Entry;
use seatrial::model::{AccountEvent, Alert, AlertId, AlertPhase, Command, MarketId};
use seatrial::scenario::{audit_alerts, audit_event};
use seatrial::strategy::Subscriptions;
use seatrial::tape::BatchSource;
use seatrial::units::{MILLISECOND, MINUTE, Money, SECOND, Span, Timestamp};
use seatrial::venue::{Outage, Silence};
use std::collections::BTreeMap;

/// Every alert, at limits that a millionth of an account and a tick of the price pass.
fn keen() -> AlertConfig {
    AlertConfig {
        daily_loss_percent: Setting::On(Percent::from_ppb(400)),
        extreme_move_percent: Setting::On(Percent::from_ppb(20_000)),
        leverage: Setting::On(Multiple::from_ppb(200_000)),
        trade_loss_percent: Setting::On(Percent::from_ppb(20_000)),
        ..touchy()
    }
}

/// A lane that does everything, is told everything, and whose venue is down, slow or mute at times.
fn lane(seed: u64, number: usize, (start, end): (i64, i64)) -> LaneSpec {
    let mut dice = Dice::new(seed);
    let outages = stretches(&mut dice, start, end).into_iter().map(|(from, until)| Outage { from, until });
    let silences = stretches(&mut dice, start, end).into_iter().map(|(from, until)| Silence { from, until });
    LaneSpec {
        preset: PRESETS[number % 4],
        latency: latencies()[(number / 2) % 4],
        gates: tight_gates(&mut dice),
        seed,
        commands: random_commands(&mut dice, start, end),
        events: allocations(&mut dice, (start, end)).into_iter().chain(busts(seed, (start, end))).collect(),
        outages: outages.collect(),
        silences: silences.collect(),
        alerts: keen(),
        ..LaneSpec::new(shaker(subscriptions(false)[number % 6], seed))
    }
}

/// The owner puts money in and takes it out, as much as a day's loss comes to.
fn allocations(dice: &mut Dice, (start, end): (i64, i64)) -> Vec<ScriptedEvent> {
    let event = |(line, dice): (u32, &mut Dice)| ScriptedEvent {
        at: Timestamp::from_nanos(start + dice.below(end - start)),
        every: None,
        market: MarketId::FIRST,
        what: AccountEvent::Allocate(Money::from_units(dice.below(2_001) - 1_000)),
        line,
    };
    (1..=dice.below(4) as u32).map(|line| event((line, dice))).collect()
}

/// Fills are taken back or given another price, in every other run.
fn busts(seed: u64, (start, end): (i64, i64)) -> Vec<ScriptedEvent> {
    let events = if seed.is_multiple_of(2) { random_corrections(&mut Dice::new(seed), start, end) } else { Vec::new() };
    events.into_iter().map(|event| ScriptedEvent { line: event.line + 10, ..event }).collect()
}

/// Stretches in which the feed is late or lost, in every third run.
fn stalls(seed: u64, (start, end): (i64, i64)) -> Vec<Stall> {
    let mut dice = Dice::new(seed ^ 0xFEED);
    let stretches = if seed.is_multiple_of(3) { stretches(&mut dice, start, end) } else { Vec::new() };
    stretches.into_iter().map(|(from, until)| Stall { from, until, loses: dice.below(2) == 0 }).collect()
}

fn setup_of(lane: &LaneSpec, risk_clock: Span) -> AuditSetup {
    let events = lane.events.iter().map(audit_event).collect();
    AuditSetup { events, alerts: audit_alerts(&lane.alerts, risk_clock), ..setup(&lane.gates, Wakes::UNKNOWN) }
}

fn audited(setup: &AuditSetup, entries: &[Entry], market: &mut dyn BatchSource) -> Vec<AlertAudit> {
    let audit = audit_entries(setup, entries, Some(vec![market])).unwrap();
    assert_eq!(wrong(&audit), Vec::<String>::new());
    audit.alerts
}

/// What is wrong with alerts.
fn wrong(audit: &Audit) -> Vec<String> {
    let of_alerts = audit.findings.iter().filter(|finding| finding.control.starts_with("alert "));
    of_alerts.map(ToString::to_string).collect()
}

fn played(market: &mut dyn BatchSource, lane: &LaneSpec, risk_clock: Span) -> Vec<Entry> {
    let config = EngineConfig { risk_clock, ..AUTO };
    try_play(market, &config, std::slice::from_ref(lane)).unwrap().0.remove(0).entries
}

fn span(rows: &[TestRow]) -> (i64, i64) {
    (rows[0].venue_at, rows.last().map_or(0, |row| row.venue_at))
}

/// Of every fifth, the second half comes so late that somebody tries in vain to get the feed back.
fn rows(seed: u64) -> Vec<TestRow> {
    let mut rows = if seed.is_multiple_of(2) { random_market(seed, 600) } else { hostile_market(seed, 600) };
    let gap = if seed.is_multiple_of(5) { SECOND.times(12).nanos() } else { 0 };
    let middle = rows[rows.len() / 2].venue_at;
    for row in rows.iter_mut().filter(|row| middle < row.venue_at) {
        row.venue_at += gap;
        row.local_at += gap;
    }
    rows
}

const CLOCKS: [Span; 4] = [MILLISECOND.times(10), MILLISECOND.times(100), SECOND, SECOND.times(30)];

/// Every alert at limits that are passed all the time.
fn run_on_rows(seed: u64, number: usize) -> Vec<AlertAudit> {
    let rows = rows(seed);
    let (lane, clock) = (lane(seed, number, span(&rows)), CLOCKS[number % 4]);
    let market = || Stalled::new(Box::new(MemoryMarket::new(&rows)), &stalls(seed, span(&rows)));
    let entries = played(&mut market(), &lane, clock);
    audited(&setup_of(&lane, clock), &entries, &mut market())
}

fn run_on_trades(seed: u64, number: usize) -> Vec<AlertAudit> {
    let rows: Vec<TestRow> = random_market(seed, 900).into_iter().filter(|line| line.flags & 3 == 1).collect();
    let (lane, clock) = (lane(seed, number, span(&rows)), CLOCKS[number % 4]);
    let market = || Stalled::new(Box::new(TradesMarket::new(&rows)), &stalls(seed, span(&rows)));
    let entries = played(&mut market(), &lane, clock);
    audited(&setup_of(&lane, clock), &entries, &mut market())
}

fn run_on_bars(seed: u64, number: usize) -> Vec<AlertAudit> {
    let bars = random_bars(seed, 300);
    let span = (bars[0].open_at.nanos(), bars[299].open_at.nanos());
    let subscriptions = Subscriptions {
        bars: Some(MINUTE),
        timer: Some(MINUTE),
        reports: number.is_multiple_of(2),
        ..Subscriptions::default()
    };
    let lane = LaneSpec { kind: shaker(subscriptions, seed), ..lane(seed, number, span) };
    let clock = [SECOND, MINUTE.times(7), MINUTE.times(30)][number % 3];
    let entries = played(&mut BarMarket::new(&bars, MINUTE), &lane, clock);
    audited(&setup_of(&lane, clock), &entries, &mut BarMarket::new(&bars, MINUTE))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn random_runs_are_clean(seed in 1_u64..1_000_000, number in 0_usize..96) {
        run_on_rows(seed, number);
    }

    #[test]
    fn random_runs_on_trades_are_clean(seed in 1_u64..1_000_000, number in 0_usize..96) {
        run_on_trades(seed, number);
    }

    #[test]
    fn random_runs_on_bars_are_clean(seed in 1_u64..1_000_000, number in 0_usize..96) {
        run_on_bars(seed, number);
    }
}

/// Taken together the random runs raise every alert, so that their being clean says something; and little of it is ambiguous.
#[test]
fn random_runs_raise_every_alert() {
    let mut sums = BTreeMap::<String, [u64; 3]>::new();
    for seed in 1..60 {
        for rows in [run_on_rows(seed, seed as usize), run_on_bars(seed, seed as usize)] {
            for row in rows.into_iter().filter(|row| row.not_audited.is_none()) {
                let sum = sums.entry(row.name).or_default();
                [row.had_to_raise, row.raised, row.ambiguous].iter().zip(sum).for_each(|(count, sum)| *sum += count);
            }
        }
    }
    for (name, [had_to, raised, ambiguous]) in &sums {
        assert!(*raised > 5 && had_to == raised && *ambiguous * 10 < *raised, "{name}: {sums:?}");
    }
    assert_eq!(sums.len(), RULES.len(), "{sums:?}");
}

/// A defect of the monitor, planted in what it has written.
enum Plant {
    /// In the alert that a rule raises first.
    InAlert(fn(&mut Alert)),
    /// In the journal.
    InJournal(fn(&mut Vec<Entry>, &Spot)),
}

impl Plant {
    fn put(&self, entries: &mut Vec<Entry>, spot: &Spot) {
        match (self, &mut entries[spot.place]) {
            (Self::InAlert(change), Entry::Alert { alert, .. }) => change(alert),
            (Self::InAlert(_), other) => panic!("{other:?} at {}", spot.place),
            (Self::InJournal(change), _) => change(entries, spot),
        }
    }
}

/// Where a rule is raised first, when it is raised there, and when it speaks next.
struct Spot {
    rule: AlertId,
    place: usize,
    next: Option<usize>,
}

fn of_rule(entry: &Entry, rule: AlertId) -> bool {
    matches!(entry, Entry::Alert { alert, .. } if alert.rule == rule)
}

fn never(entries: &mut Vec<Entry>, spot: &Spot) {
    entries.retain(|entry| !of_rule(entry, spot.rule));
}

/// A cause that is said to be younger than it is makes a late alert look as if it were in time.
fn young(alert: &mut Alert) {
    alert.cause_at = alert.cause_at.plus(Span::from_nanos(1));
}

fn twice(entries: &mut Vec<Entry>, spot: &Spot) {
    entries.insert(spot.place + 1, entries[spot.place]);
}

fn said_in_vain(entries: &mut Vec<Entry>, spot: &Spot) {
    let mut raised = entries[spot.place];
    let Entry::Alert { at, alert, .. } = &mut raised else { return };
    alert.phase = AlertPhase::Raised;
    *at = entries[0].at();
    // Before the run has begun there is nothing to be raised.
    let first = entries.iter().position(|entry| !matches!(entry, Entry::Start { .. })).unwrap();
    entries.insert(first, raised);
}

/// Ten seconds later, at the end of the run where that comes first.
fn late(entries: &mut Vec<Entry>, spot: &Spot) {
    let mut raised = entries.remove(spot.place);
    let Entry::Alert { at, .. } = &mut raised else { return };
    let end = entries.last().unwrap().at();
    *at = at.plus(SECOND.times(10)).min(end);
    let until = *at;
    let place = entries.iter().position(|entry| until < entry.at() || matches!(entry, Entry::End { .. })).unwrap();
    entries.insert(place, raised);
}

/// What it says next, reminder or resolution, is not said.
fn forgotten(entries: &mut Vec<Entry>, spot: &Spot) {
    if let Some(next) = spot.next {
        entries.remove(next);
    }
}

fn ends_too_soon(entries: &mut Vec<Entry>, spot: &Spot) {
    let mut ended = entries[spot.place];
    if let Entry::Alert { alert, .. } = &mut ended {
        alert.phase = AlertPhase::Resolved;
    }
    entries.insert(spot.place + 1, ended);
}

fn reminds_at_once(entries: &mut Vec<Entry>, spot: &Spot) {
    let mut reminder = entries[spot.place];
    if let Entry::Alert { alert, .. } = &mut reminder {
        alert.phase = AlertPhase::Reminder;
    }
    entries.insert(spot.place + 1, reminder);
}

/// What the audit calls each of them; of what comes late it depends on how long the cause lasts.
const PLANTS: [(&str, Plant, Option<FindingKind>); 12] = [
    ("never raised", Plant::InJournal(never), Some(FindingKind::Missed)),
    ("off by one", Plant::InAlert(|alert| alert.value -= 1), Some(FindingKind::WrongFigures)),
    ("of the wrong sign", Plant::InAlert(|alert| alert.value = -alert.value), Some(FindingKind::WrongFigures)),
    ("in the wrong unit", Plant::InAlert(|alert| alert.value /= 1_000), Some(FindingKind::WrongFigures)),
    ("against another limit", Plant::InAlert(|alert| alert.limit += 1), Some(FindingKind::WrongFigures)),
    ("younger than its cause", Plant::InAlert(young), Some(FindingKind::WrongFigures)),
    ("raised twice", Plant::InJournal(twice), Some(FindingKind::Repeated)),
    ("raised in vain", Plant::InJournal(said_in_vain), Some(FindingKind::False)),
    ("ten seconds late", Plant::InJournal(late), None),
    ("not followed up", Plant::InJournal(forgotten), Some(FindingKind::NotFollowed)),
    ("ended too soon", Plant::InJournal(ends_too_soon), Some(FindingKind::NotFollowed)),
    ("repeated at once", Plant::InJournal(reminds_at_once), Some(FindingKind::Repeated)),
];

/// Where each rule is raised for the first time.
fn spots(entries: &[Entry]) -> Vec<Spot> {
    let spot = |rule: AlertId| {
        let mut all = (0..entries.len()).filter(|place| of_rule(&entries[*place], rule));
        let place = all.next()?;
        let is_same = |next: &usize| match (&entries[place], &entries[*next]) {
            (Entry::Alert { market, alert, .. }, Entry::Alert { market: other, alert: next, .. }) => {
                market == other && (alert.rule != AlertId(13) || alert.value == next.value)
            }
            _ => false,
        };
        let next = all.find(is_same);
        Some(Spot { rule, place, next })
    };
    RULES.iter().filter_map(|rule| spot(rule.id)).collect()
}

/// How often each defect is planted under each alert.
const TIMES: u64 = 2;

/// Plants every defect under every alert that a run raises; each has to be found, under that alert's name and no other's. Adds to
/// `found` how often each was.
fn plant_all(
    entries: &[Entry],
    found: &mut BTreeMap<(&'static str, &'static str), u64>,
    mut audit: impl FnMut(&[Entry]) -> Audit,
) {
    for spot in spots(entries) {
        let name = RULES.iter().find(|rule| rule.id == spot.rule).unwrap().name;
        for (what, plant, kind) in PLANTS {
            let mut planted = entries.to_vec();
            plant.put(&mut planted, &spot);
            if planted == entries || found.get(&(name, what)).is_some_and(|times| TIMES <= *times) {
                continue;
            }
            let audit = audit(&planted);
            let all = wrong(&audit);
            let under = format!("alert {name}");
            assert!(audit.names(&under), "{name} {what}: {audit}");
            assert!(all.iter().all(|text| text.starts_with(&format!("{under} "))), "{name} {what}: {all:?}");
            let is_said = |kind: FindingKind| {
                audit.findings.iter().any(|finding| finding.control == under && finding.kind == kind)
            };
            // Of a gate the value says which one: another value is another alert.
            let kind = kind.filter(|kind| spot.rule != AlertId(13) || *kind != FindingKind::WrongFigures);
            assert!(kind.is_none_or(is_said), "{name} {what}: {all:?}");
            *found.entry((name, what)).or_default() += 1;
        }
    }
}

/// A process without its state does not know that it was killed: what a person was told of it is over.
#[test]
fn a_kill_that_a_restart_forgets_is_over() {
    let rows = random_market(7, 600);
    let (start, end) = span(&rows);
    let at = |quarter: i64| When::At(Timestamp::from_nanos(start + (end - start) / 4 * quarter));
    let lane = LaneSpec {
        gates: GateConfig { kill_switch: Setting::default(), ..GateConfig::off() },
        commands: script(&[(at(1), &[Command::Kill]), (at(2), &[Command::RestartWithoutState])]),
        alerts: keen(),
        ..LaneSpec::new(shaker(subscriptions(false)[0], 7))
    };
    let entries = played(&mut MemoryMarket::new(&rows), &lane, SECOND);
    let alerts = audited(&setup_of(&lane, SECOND), &entries, &mut MemoryMarket::new(&rows));
    let killed = alerts.iter().find(|alert| alert.name == "kill_switch").expect("it is watched");
    assert_eq!((killed.had_to_raise, killed.raised), (1, 1), "{killed:?}");
}

#[test]
fn what_is_planted_is_found_under_the_alert_s_name() {
    let mut found = BTreeMap::new();
    for seed in 1..80 {
        let rows = rows(seed);
        let (lane, clock) = (lane(seed, seed as usize * 4, span(&rows)), CLOCKS[seed as usize % 2]);
        let entries = played(&mut MemoryMarket::new(&rows), &lane, clock);
        let setup = setup_of(&lane, clock);
        plant_all(&entries, &mut found, |entries| {
            audit_entries(&setup, entries, Some(vec![&mut MemoryMarket::new(&rows)])).unwrap()
        });
    }
    for rule in &RULES {
        for (what, ..) in PLANTS {
            let is_planted = found.contains_key(&(rule.name, what));
            assert!(is_planted, "{} {what} was never planted: {found:?}", rule.name);
        }
    }
}
