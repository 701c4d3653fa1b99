//! The audit against the real engine: random runs are clean, and planted defects are found under the right control's name.

use crate::bars::{BarMarket, TradesMarket};
use crate::support::{Dice, MemoryMarket, TestRow, instrument, random_market};
use crate::world::*;
use proptest::prelude::*;
use seatrial::audit::{Audit, AuditMarket, AuditSetup, Wakes, audit_entries};
use seatrial::engine::{EngineConfig, ViewMode};
use seatrial::gates::{
    Amount, GateConfig, Percent, Setting, daily_loss, heartbeat, kill_switch, order_burst, order_value, position,
    stale_data,
};
use seatrial::journal::Entry;
use seatrial::model::Bar;
use seatrial::scenario::audit_setup;
use seatrial::strategy::Subscriptions;
use seatrial::tape::BatchSource;
use seatrial::units::{MINUTE, Money, Price, Quantity, Timestamp};

fn amount(units: i64) -> Amount {
    Amount::new(Money::from_units(units))
}

/// Limits that bind where one step is worth 60, orders have a few steps, and messages come every few milliseconds.
pub fn tight_gates(dice: &mut Dice) -> GateConfig {
    let mut gates = GateConfig::off();
    let mut arms = |odds: i64| dice.below(odds) > 0;
    let armed = [arms(4), arms(3), arms(3), arms(3), arms(3)];
    gates.kill_switch = Setting::On(kill_switch::Limits {});
    if armed[0] {
        gates.stale_data = Setting::On(stale_data::Limits { max_age_ms: 1 + dice.below(90) as u32 });
    }
    if armed[1] {
        let percent = Percent::from_ppb(10_000_000 / 1_000 * (1 + dice.below(20)));
        gates.daily_loss = Setting::On(daily_loss::Limits {
            percent: if dice.below(2) == 0 { Setting::On(percent) } else { Setting::Off },
            absolute: Setting::On(Amount::new(Money::from_atto(
                i128::from(1 + dice.below(40)) * 50_000_000_000_000_000,
            ))),
            confirm_marks: 1 + dice.below(3) as u32,
            engages_kill_switch: dice.below(2) == 0,
        });
    }
    if armed[2] {
        gates.order_value = Setting::On(order_value::Limits { max: amount(60 * (1 + dice.below(8))) });
    }
    if armed[3] {
        let value = if dice.below(2) == 0 { Setting::On(amount(60 * (1 + dice.below(30)))) } else { Setting::Off };
        let steps = Amount::new(Money::from_atto(i128::from(1 + dice.below(30)) * 1_000_000_000_000_000));
        let quantity = if dice.below(2) == 0 || value == Setting::Off { Setting::On(steps) } else { Setting::Off };
        gates.position = Setting::On(position::Limits { max_value: value, max_quantity: quantity });
    }
    if armed[4] {
        let (orders, window_ms) = (1 + dice.below(6) as u32, 1 + dice.below(900) as u32);
        gates.order_burst = Setting::On(order_burst::Limits { orders, window_ms });
    }
    arm_sessions(&mut gates, dice);
    gates
}

/// Gates that look at own orders, at the session and at who watches: at random.
fn arm_sessions(gates: &mut GateConfig, dice: &mut Dice) {
    if dice.below(2) == 0 {
        gates.self_trade = Setting::default();
    }
    if dice.below(3) == 0 {
        gates.paper_mode = Setting::default();
    }
    if dice.below(3) == 0 {
        gates.heartbeat = Setting::On(heartbeat::Limits { max_silence_ms: 1 + dice.below(900) as u32 });
    }
}

pub fn setup(gates: &GateConfig, wakes: Wakes) -> AuditSetup {
    let market = AuditMarket { instrument: instrument(), opening_price: None, rows: None };
    audit_setup(gates, vec![market], wakes).unwrap()
}

pub fn audited(setup: &AuditSetup, entries: &[Entry], market: &mut dyn BatchSource) -> Audit {
    audit_entries(setup, entries, Some(vec![market])).unwrap()
}

fn wakes(subscriptions: &Subscriptions) -> Wakes {
    seatrial::scenario::wakes(subscriptions)
}

pub fn play_tape(market: &mut dyn BatchSource, config: &EngineConfig, lane: &LaneSpec) -> Vec<Entry> {
    try_play(market, config, std::slice::from_ref(lane)).unwrap().0.remove(0).entries
}

/// A lane that does everything, under limits that bind.
fn lane(seed: u64, number: usize, depth: bool) -> (LaneSpec, Wakes) {
    let mut dice = Dice::new(seed ^ 0x51_7A7E);
    let subscriptions = subscriptions(depth)[number % 6];
    let spec = LaneSpec {
        preset: PRESETS[number % 4],
        latency: latencies()[(number / 2) % 4],
        gates: tight_gates(&mut dice),
        seed,
        ..LaneSpec::new(shaker(subscriptions, seed))
    };
    (spec, wakes(&subscriptions))
}

pub fn random_bars(seed: u64, count: i64) -> Vec<Bar> {
    let (mut dice, mut last) = (Dice::new(seed), 600_000);
    let bar = |number| {
        let (open, close) = (last + dice.below(5) - 2, last + dice.below(41) - 20);
        last = close;
        Bar {
            open_at: Timestamp::from_nanos(1_700_000_040_000_000_000).plus(MINUTE.times(number)),
            period: MINUTE,
            open: Price::new(open),
            high: Price::new(open.max(close) + dice.below(9)),
            low: Price::new(open.min(close) - dice.below(9)),
            close: Price::new(close),
            volume: Quantity::new(1 + dice.below(500)),
        }
    };
    (0..count).map(bar).collect()
}

pub fn check_clean(what: &str, audit: &Audit) -> Result<(), TestCaseError> {
    prop_assert!(audit.is_clean(), "{}\n{}", what, audit);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn random_runs_are_clean(seed in 1_u64..1_000_000, number in 0_usize..24, view in 0..3) {
        let view = [ViewMode::Auto, ViewMode::OwnBook, ViewMode::Auto][view as usize];
        let (lane, wakes) = lane(seed, number, view == ViewMode::OwnBook);
        let rows: Vec<TestRow> = if seed % 2 == 0 { random_market(seed, 600) } else { hostile_market(seed, 600) };
        let entries = play_tape(&mut MemoryMarket::new(&rows), &config(view), &lane);
        let setup = setup(&lane.gates, wakes);
        check_clean("told what wakes it", &audited(&setup, &entries, &mut MemoryMarket::new(&rows)))?;
        let setup = AuditSetup { wakes: Wakes::UNKNOWN, ..setup };
        check_clean("not told", &audited(&setup, &entries, &mut MemoryMarket::new(&rows)))?;
        check_clean("no tape", &audit_entries(&setup, &entries, None).unwrap())?;
    }

    #[test]
    fn random_runs_on_trades_and_bars_are_clean(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let (lane, wakes) = lane(seed, number, false);
        let trades: Vec<TestRow> = random_market(seed, 900).into_iter().filter(|line| line.flags & 3 == 1).collect();
        let entries = play_tape(&mut TradesMarket::new(&trades), &AUTO, &lane);
        let setup = setup(&lane.gates, wakes);
        check_clean("trades", &audited(&setup, &entries, &mut TradesMarket::new(&trades)))?;
        let subscriptions = Subscriptions {
            bars: Some(MINUTE),
            timer: Some(MINUTE),
            reports: number % 2 == 0,
            ..Subscriptions::default()
        };
        let lane = LaneSpec { kind: shaker(subscriptions, seed), ..lane };
        let bars = random_bars(seed, 400);
        let entries = play_tape(&mut BarMarket::new(&bars, MINUTE), &AUTO, &lane);
        let setup = AuditSetup { wakes: self::wakes(&subscriptions), ..setup };
        check_clean("bars", &audited(&setup, &entries, &mut BarMarket::new(&bars, MINUTE)))?;
    }
}

/// Taken together the random runs make every control act, so that their being clean says something.
#[test]
fn random_runs_exercise_every_control() {
    let mut fired = [0; 6];
    let mut trips = 0;
    for seed in 1..40 {
        let (lane, wakes) = lane(seed, seed as usize, false);
        let rows = random_market(seed, 600);
        let entries = play_tape(&mut MemoryMarket::new(&rows), &AUTO, &lane);
        let audit = audited(&setup(&lane.gates, wakes), &entries, &mut MemoryMarket::new(&rows));
        assert!(audit.is_clean(), "seed {seed}\n{audit}");
        trips += audit.stops.trips;
        fired.iter_mut().zip(&audit.controls).for_each(|(sum, control)| *sum += control.fired);
    }
    assert!(fired.iter().all(|fired| *fired > 5) && trips > 5, "{fired:?}, {trips} trips");
}
