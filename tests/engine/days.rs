//! A position that may grow with days in which nothing trips, in runs of a week whose clocks are slow.

use crate::audit::{audited, check_clean, play_tape, setup};
use crate::support::{Dice, MemoryMarket, TestRow};
use crate::world::*;
use proptest::prelude::*;
use seatrial::audit::Audit;
use seatrial::engine::{EngineConfig, Scope, Scripted, When};
use seatrial::gates::{Amount, GateConfig, Setting, drawdown, position_ramp};
use seatrial::journal::Entry;
use seatrial::model::{Command, Side};
use seatrial::scenario::wakes;
use seatrial::strategy::Subscriptions;
use seatrial::units::{MINUTE, Money, Timestamp};

const T0: i64 = 1_700_000_000_000_000_000;
const HOUR: i64 = 3_600_000_000_000;

/// A market that says something every hour or so, for a week.
fn slow_market(dice: &mut Dice) -> Vec<TestRow> {
    let mut rows = vec![
        TestRow::depth(T0, T0, Side::Buy, 500_000, 500_000).more(),
        TestRow::depth(T0, T0, Side::Sell, 500_002, 500_000),
    ];
    let mut at = T0;
    while at < T0 + 7 * 24 * HOUR {
        at += 1 + dice.below(2 * HOUR);
        rows.push(TestRow::depth(at, at, Side::Buy, 499_000 + dice.below(900), 1_000 + dice.below(9_000)));
    }
    rows
}

/// A few kills, pauses and restarts at random instants, each but the restarts taken back at once.
fn told(dice: &mut Dice) -> Vec<Scripted> {
    let count = dice.below(4) as u32;
    let mut instants: Vec<i64> = (0..count).map(|_| T0 + dice.below(7 * 24 * HOUR)).collect();
    instants.sort_unstable();
    let all =
        [vec![Command::Kill, Command::Release], vec![Command::Pause, Command::Resume], vec![Command::RestartWithState]];
    let said = |(line, at): (u32, i64), commands: &Vec<Command>| Scripted {
        when: When::At(Timestamp::from_nanos(at)),
        scope: Scope::All,
        commands: commands.clone(),
        gate: None,
        line,
    };
    (1..).zip(instants).map(|line| said(line, &all[dice.below(3) as usize])).collect()
}

struct Run {
    rows: Vec<TestRow>,
    lane: LaneSpec,
    entries: Vec<Entry>,
    audit: Audit,
}

fn run(seed: u64) -> Run {
    let mut dice = Dice::new(seed ^ 0xDA75);
    let rows = slow_market(&mut dice);
    let units = |count: i64| Amount::new(Money::from_units(count));
    let mut gates = GateConfig { kill_switch: Setting::default(), ..GateConfig::off() };
    gates.position_ramp = Setting::On(position_ramp::Limits {
        initial: units(60 + dice.below(300)),
        step: units(1 + dice.below(200)),
        days: 1 + dice.below(2) as u32,
        max: units(1_000),
    });
    if dice.below(3) == 0 {
        let absolute = Setting::On(units(1));
        gates.drawdown =
            Setting::On(drawdown::Limits { percent: Setting::Off, absolute, confirm_marks: 1, ..Default::default() });
    }
    let timer = Some(MINUTE.times(20));
    let subscriptions = Subscriptions { timer, reports: dice.below(2) == 0, ..Subscriptions::default() };
    let lane = LaneSpec {
        preset: PRESETS[seed as usize % 4],
        latency: latencies()[(seed as usize / 4) % 4],
        commands: told(&mut dice),
        gates: gates.clone(),
        seed,
        ..LaneSpec::new(shaker(subscriptions, seed))
    };
    let config = EngineConfig { risk_clock: MINUTE.times(7), ..AUTO };
    let entries = play_tape(&mut MemoryMarket::new(&rows), &config, &lane);
    let audit = audited(&setup(&gates, wakes(&subscriptions)), &entries, &mut MemoryMarket::new(&rows));
    Run { rows, lane, entries, audit }
}

fn ramp(run: &Run) -> (u64, usize) {
    let Setting::On(limits) = run.lane.gates.position_ramp else { unreachable!() };
    let row = run.audit.controls.iter().find(|row| row.name == "position_ramp").expect("a row for it");
    // Limits that it refused with: one a step of the ramp that was met.
    let mut seen: Vec<i128> = Vec::new();
    for entry in &run.entries {
        if let Entry::OrderRefused { refusal, .. } = entry
            && refusal.gate.0 == 33
        {
            seen.push(refusal.limit);
        }
    }
    seen.sort_unstable();
    seen.dedup();
    assert!(seen.len() <= 1 + (7 / limits.days as usize), "{seen:?}");
    (row.fired, seen.len())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn weeks_with_a_ramp_are_clean(seed in 1_u64..1_000_000) {
        let run = run(seed);
        check_clean("a week", &run.audit)?;
        prop_assert!(run.rows.len() > 100 && run.entries.len() > 1_000);
    }
}

#[test]
fn such_weeks_climb_the_ramp_and_refuse_on_more_than_one_step_of_it() {
    let runs: Vec<Run> = (1..24).map(run).collect();
    let figures: Vec<(u64, usize)> = runs.iter().map(ramp).collect();
    assert!(figures.iter().map(|(fired, _)| fired).sum::<u64>() > 100, "{figures:?}");
    assert!(figures.iter().filter(|(_, limits)| 1 < *limits).count() > 5, "{figures:?}");
}
