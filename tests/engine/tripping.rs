//! Breakers under audit in runs drawn at random, with limits so tight that they trip often: the audit agrees with every trip, every
//! opening and every refusal, whoever re-enables and whatever restarts.

use crate::audit::{audited, check_clean, play_tape, random_bars, setup, tight_gates};
use crate::bars::{BarMarket, TradesMarket};
use crate::corrections::random_corrections;
use crate::support::{Dice, MemoryMarket, TestRow, random_market};
use crate::world::*;
use proptest::prelude::*;
use seatrial::audit::{Audit, AuditSetup, Wakes, audit_entries};
use seatrial::engine::{Scope, Scripted, When};
use seatrial::gates::{
    Amount, GateConfig, Percent, Setting, catalogue, consecutive_losses, daily_turnover, drawdown, error_rate,
    extreme_move, period_collar, repeated_executions, single_trade_loss, stop_loss, total_loss,
};
use seatrial::journal::Entry;
use seatrial::model::{Command, GateId};
use seatrial::scenario::{audit_event, wakes};
use seatrial::strategy::Subscriptions;
use seatrial::units::{MINUTE, Money, Timestamp};

/// The breakers on request, in the order of the catalogue.
const BREAKERS: [&str; 10] = [
    "drawdown",
    "total_loss",
    "extreme_move",
    "consecutive_losses",
    "single_trade_loss",
    "error_rate",
    "repeated_executions",
    "stop_loss",
    "daily_turnover",
    "period_collar",
];

fn id_of(gate: &str) -> GateId {
    catalogue().iter().find(|spec| spec.name == gate).unwrap().id
}

/// A few tenths of the quote, which one fill can lose.
fn some(dice: &mut Dice) -> Setting<Amount> {
    Setting::On(Amount::new(Money::from_atto(i128::from(1 + dice.below(30)) * 50_000_000_000_000_000)))
}

fn parts(dice: &mut Dice, most: i64) -> Percent {
    Percent::from_ppb(1_000 * (1 + dice.below(most)))
}

/// Half of the breakers on request, each with a limit that binds; `slow` stretches their times to those of bars.
fn arm_breakers(gates: &mut GateConfig, dice: &mut Dice, slow: u32) {
    let mut arms = [false; BREAKERS.len()];
    arms.iter_mut().for_each(|arms| *arms = dice.below(2) == 0);
    let pause = |dice: &mut Dice| if dice.below(3) == 0 { 0 } else { slow * (1 + dice.below(3_000) as u32) };
    let window = |dice: &mut Dice| slow * (1_000 + dice.below(4_000) as u32);
    let kills = |dice: &mut Dice| dice.below(5) == 0;
    let confirm = |dice: &mut Dice| 1 + dice.below(3) as u32;
    if arms[0] {
        let percent = if dice.below(2) == 0 { Setting::On(parts(dice, 20)) } else { Setting::Off };
        let (confirm_marks, engages_kill_switch) = (confirm(dice), kills(dice));
        gates.drawdown =
            Setting::On(drawdown::Limits { percent, absolute: some(dice), confirm_marks, engages_kill_switch });
    }
    if arms[1] {
        let (confirm_marks, engages_kill_switch) = (confirm(dice), kills(dice));
        let (percent, absolute) = (Setting::On(parts(dice, 20)), Setting::Off);
        gates.total_loss = Setting::On(total_loss::Limits { percent, absolute, confirm_marks, engages_kill_switch });
    }
    if arms[2] {
        let limits = extreme_move::Limits {
            percent: parts(dice, 9),
            window_ms: window(dice),
            confirm_marks: confirm(dice),
            pause_ms: pause(dice),
            engages_kill_switch: kills(dice),
        };
        gates.extreme_move = Setting::On(limits);
    }
    if arms[3] {
        let (losses, pause_ms, engages_kill_switch) = (1 + dice.below(3) as u32, pause(dice), kills(dice));
        gates.consecutive_losses = Setting::On(consecutive_losses::Limits { losses, pause_ms, engages_kill_switch });
    }
    if arms[4] {
        let percent = if dice.below(2) == 0 { Setting::On(parts(dice, 9)) } else { Setting::Off };
        let (absolute, pause_ms, engages_kill_switch) = (some(dice), pause(dice), kills(dice));
        gates.single_trade_loss =
            Setting::On(single_trade_loss::Limits { percent, absolute, pause_ms, engages_kill_switch });
    }
    if arms[5] {
        let (errors, window_ms) = (1 + dice.below(3) as u32, window(dice));
        let (pause_ms, engages_kill_switch) = (pause(dice), kills(dice));
        gates.error_rate = Setting::On(error_rate::Limits { errors, window_ms, pause_ms, engages_kill_switch });
    }
    if arms[6] {
        let (executions, window_ms, engages_kill_switch) = (1 + dice.below(5) as u32, window(dice), kills(dice));
        gates.repeated_executions =
            Setting::On(repeated_executions::Limits { executions, window_ms, engages_kill_switch });
    }
    if arms[7] {
        let limits = stop_loss::Limits {
            percent: parts(dice, 9),
            confirm_marks: confirm(dice),
            closes_position: dice.below(3) > 0,
            pause_ms: pause(dice),
            engages_kill_switch: kills(dice),
        };
        gates.stop_loss = Setting::On(limits);
    }
    if arms[9] {
        let (percent, window_ms, confirm_marks) = (parts(dice, 40), window(dice), confirm(dice));
        gates.period_collar = Setting::On(period_collar::Limits { percent, window_ms, confirm_marks });
    }
    if arms[8] {
        let max = Amount::new(Money::from_units(600 * (1 + dice.below(20))));
        gates.daily_turnover = Setting::On(daily_turnover::Limits { max });
    }
}

/// Every breaker is re-enabled now and then, and the process starts again with its state. With the line of each command and which
/// breaker it is about.
fn commands(dice: &mut Dice, start: i64, span: i64) -> (Vec<Scripted>, Vec<(u32, GateId)>) {
    let (mut all, mut reenables) = (Vec::new(), Vec::new());
    for line in 1..=24 {
        let when = When::At(Timestamp::from_nanos(start + span / 24 * i64::from(line)));
        let gate = (dice.below(5) > 0).then(|| id_of(BREAKERS[dice.below(8) as usize]));
        let command = if gate.is_some() { Command::Reenable } else { Command::RestartWithState };
        all.push(Scripted { when, scope: Scope::All, commands: vec![command], gate, line });
        reenables.extend(gate.map(|gate| (line, gate)));
    }
    (all, reenables)
}

/// What a run is audited with.
struct Under {
    lane: LaneSpec,
    setup: AuditSetup,
}

fn under(seed: u64, number: usize, (start, span): (i64, i64), slow: u32) -> Under {
    let mut dice = Dice::new(seed ^ 0xB2EA);
    let mut gates = if number.is_multiple_of(2) { tight_gates(&mut dice) } else { GateConfig::off() };
    arm_breakers(&mut gates, &mut dice, slow);
    let (told, reenables) = commands(&mut dice, start, span);
    let (told, reenables) = if dice.below(2) == 0 { (told, reenables) } else { (Vec::new(), Vec::new()) };
    let subscriptions = subscriptions(false)[number % 6];
    let lane = LaneSpec {
        preset: PRESETS[number % 4],
        latency: latencies()[(number / 2) % 4],
        commands: told,
        events: if seed.is_multiple_of(3) {
            random_corrections(&mut Dice::new(seed), start, start + span)
        } else {
            Vec::new()
        },
        seed,
        ..LaneSpec::new(shaker(subscriptions, seed))
    };
    let events = lane.events.iter().map(audit_event).collect();
    let setup = AuditSetup { events, reenables, ..setup(&gates, wakes(&subscriptions)) };
    Under { lane: LaneSpec { gates, ..lane }, setup }
}

fn span(rows: &[TestRow]) -> (i64, i64) {
    let last = rows.last().map_or(0, |row| row.venue_at);
    (rows[0].venue_at, last - rows[0].venue_at)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn runs_whose_breakers_trip_are_clean(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let rows = if seed % 2 == 0 { random_market(seed, 600) } else { hostile_market(seed, 600) };
        let Under { lane, setup } = under(seed, number, span(&rows), 1);
        let entries = play_tape(&mut MemoryMarket::new(&rows), &AUTO, &lane);
        check_clean("told all", &audited(&setup, &entries, &mut MemoryMarket::new(&rows)))?;
        let setup = AuditSetup { wakes: Wakes::UNKNOWN, reenables: Vec::new(), ..setup };
        check_clean("told nothing", &audited(&setup, &entries, &mut MemoryMarket::new(&rows)))?;
        check_clean("no tape", &audit_entries(&setup, &entries, None).unwrap())?;
    }

    #[test]
    fn breakers_on_trades_and_bars_are_clean(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let trades: Vec<TestRow> = random_market(seed, 900).into_iter().filter(|line| line.flags & 3 == 1).collect();
        let Under { lane, setup } = under(seed, number, span(&trades), 1);
        let entries = play_tape(&mut TradesMarket::new(&trades), &AUTO, &lane);
        check_clean("trades", &audited(&setup, &entries, &mut TradesMarket::new(&trades)))?;

        let bars = random_bars(seed, 400);
        let length = MINUTE.times(400).nanos();
        let Under { lane, setup } = under(seed, number, (bars[0].open_at.nanos(), length), 60);
        let timer = Some(MINUTE);
        let subscriptions =
            Subscriptions { bars: timer, timer, reports: number % 2 == 0, ..Subscriptions::default() };
        let lane = LaneSpec { kind: shaker(subscriptions, seed), ..lane };
        let entries = play_tape(&mut BarMarket::new(&bars, MINUTE), &AUTO, &lane);
        let setup = AuditSetup { wakes: wakes(&subscriptions), ..setup };
        check_clean("bars", &audited(&setup, &entries, &mut BarMarket::new(&bars, MINUTE)))?;
        let setup = AuditSetup { bar: MINUTE, ..setup };
        check_clean("bars, no tape", &audit_entries(&setup, &entries, None).unwrap())?;
    }
}

fn row<'a>(audit: &'a Audit, gate: &str) -> &'a seatrial::audit::ControlAudit {
    audit.controls.iter().find(|row| row.name == gate).unwrap()
}

/// Taken together they make every breaker act often, and open again, so that their being clean says something.
#[test]
fn such_runs_exercise_every_breaker() {
    let (mut fired, mut opened) = ([0; BREAKERS.len()], [0; BREAKERS.len()]);
    for seed in 1..120 {
        let rows = random_market(seed, 600);
        let Under { lane, setup } = under(seed, seed as usize, span(&rows), 1);
        let entries = play_tape(&mut MemoryMarket::new(&rows), &AUTO, &lane);
        let audit = audited(&setup, &entries, &mut MemoryMarket::new(&rows));
        assert!(audit.is_clean(), "seed {seed}\n{audit}");
        for (place, gate) in BREAKERS.into_iter().enumerate() {
            fired[place] += row(&audit, gate).fired;
            let is_it = |entry: &&Entry| matches!(entry, Entry::Cleared { gate: id, .. } if *id == id_of(gate));
            opened[place] += entries.iter().filter(is_it).count();
        }
    }
    assert!(fired.iter().all(|fired| *fired > 20), "{fired:?}");
    // A day's turnover and a collar trip nothing, so that nothing of them opens.
    assert!(opened[..8].iter().all(|opened| *opened > 2), "{opened:?}");
}
