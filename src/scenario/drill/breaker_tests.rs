use super::judge::judge;
use super::tests::{always_acts, amount, instrument, never_acts, only, rig};
use super::*;
use crate::gates::{
    Amount, Percent, Setting, consecutive_losses, daily_turnover, drawdown, error_rate, extreme_move, period_collar,
    repeated_executions, single_trade_loss, stop_loss, total_loss,
};
use crate::model::{ContractKind, Refusal};
use crate::units::{Fixed, Money, Price, Quantity};
use proptest::prelude::*;

const BREAKERS: [&str; 10] = [
    "drawdown",
    "total_loss",
    "extreme_move",
    "consecutive_losses",
    "single_trade_loss",
    "error_rate",
    "repeated_executions",
    "stop_loss",
    "period_collar",
    "daily_turnover",
];

/// The rig of the other plays with more gates.
fn with(change: impl FnOnce(&mut GateConfig)) -> Rig {
    let mut rig = rig();
    change(&mut rig.gates);
    rig.armed = rig.gates.clone();
    rig
}

fn arms(control: &str) -> Rig {
    with(|gates| gates.arm(control))
}

#[track_caller]
fn passes(rig: &Rig, control: &str) {
    let drill = only(rig, control);
    assert_eq!(drill.outcome, Outcome::Passed, "{}", drill.print(rig));
    let (acted, due) = drill.acted(Must::Act);
    assert!(0 < due && acted == due, "{control} acted {acted} of {due} times");
    assert_eq!(drill.acted(Must::Hold).0, 0, "{control} acted within its limit");
}

#[track_caller]
fn fails(rig: &Rig, control: &str) {
    let drill = only(rig, control);
    assert!(matches!(drill.outcome, Outcome::Failed(_)), "{}", drill.print(rig));
}

#[test]
fn every_breaker_passes_with_its_defaults_on_many_instruments() {
    for control in BREAKERS {
        for kind in [ContractKind::Spot, ContractKind::Linear] {
            for (tick, step, price) in [
                (Fixed::new(1, 1), Fixed::new(1, 3), 600_000),
                (Fixed::new(1, 2), Fixed::new(1, 5), 6_000_000),
                (Fixed::new(1, 8), Fixed::new(1, 0), 2_000),
                (Fixed::new(1, 0), Fixed::new(1, 8), 97_531),
            ] {
                let mut rig = arms(control);
                rig.instrument = instrument(kind, tick, step);
                rig.price = Price::new(price);
                passes(&rig, control);
            }
        }
    }
}

#[test]
fn all_breakers_together_pass() {
    let rig = with(|gates| BREAKERS.into_iter().for_each(|control| gates.arm(control)));
    BREAKERS[..9].iter().for_each(|control| passes(&rig, control));
    // To trade so much takes round trips, which lose: the scene is not there, and nobody says it was.
    let turnover = only(&rig, "daily_turnover").outcome;
    let why = "gate `consecutive_losses` refused order 11, without which nothing is shown";
    assert!(matches!(&turnover, Outcome::NotShown(found) if found.contains(why)), "{turnover:?}");
}

fn ppb(parts: i64) -> Setting<Percent> {
    Setting::On(Percent::from_ppb(parts))
}

/// Each breaker with limits of its own: a pause, an amount, a trip that kills, one event alone.
#[test]
fn limits_move_the_drills_with_them() {
    for (absolute, confirm_marks) in [(Setting::Off, 1), (Setting::On(amount("12.5")), 2), (Setting::Off, 60)] {
        let limits = drawdown::Limits { percent: ppb(70_000_000), absolute, confirm_marks, ..Default::default() };
        passes(&with(|gates| gates.drawdown = Setting::On(limits)), "drawdown");
        let limits = total_loss::Limits { percent: ppb(70_000_000), absolute, confirm_marks, ..Default::default() };
        passes(&with(|gates| gates.total_loss = Setting::On(limits)), "total_loss");
    }
    let kills = drawdown::Limits { engages_kill_switch: true, ..Default::default() };
    passes(&with(|gates| gates.drawdown = Setting::On(kills)), "drawdown");
    // Half of the capital is all that the position may be, and it may not stand in front.
    for name in ["drawdown", "total_loss", "daily_loss"] {
        let beside = with(|gates| {
            gates.exposure = Setting::On(Default::default());
            gates.drawdown = Setting::On(Default::default());
            gates.total_loss = Setting::On(Default::default());
        });
        passes(&beside, name);
    }
    for (parts, window_ms, confirm_marks, pause_ms) in
        [(1_000_000, 3_000, 1, 0), (200_000_000, 600_000, 10, 90_000), (50_000_000, 60_000, 2, 86_400_000)]
    {
        let percent = Percent::from_ppb(parts);
        let limits = extreme_move::Limits { percent, window_ms, confirm_marks, pause_ms, ..Default::default() };
        passes(&with(|gates| gates.extreme_move = Setting::On(limits)), "extreme_move");
    }
    for (losses, pause_ms) in [(1, 0), (2, 60_000), (7, 604_800_000), (100, 0)] {
        let limits = consecutive_losses::Limits { losses, pause_ms, ..Default::default() };
        passes(&with(|gates| gates.consecutive_losses = Setting::On(limits)), "consecutive_losses");
    }
    for (percent, absolute, pause_ms) in [
        (ppb(1_000_000), Setting::Off, 0),
        (Setting::Off, Setting::On(amount("7.5")), 60_000),
        (ppb(300_000_000), Setting::On(amount("50")), 0),
    ] {
        let limits = single_trade_loss::Limits { percent, absolute, pause_ms, ..Default::default() };
        passes(&with(|gates| gates.single_trade_loss = Setting::On(limits)), "single_trade_loss");
    }
    for (errors, window_ms, pause_ms) in [(1, 1_000, 0), (3, 60_000, 30_000), (50, 3_600_000, 3_600_000)] {
        let limits = error_rate::Limits { errors, window_ms, pause_ms, ..Default::default() };
        passes(&with(|gates| gates.error_rate = Setting::On(limits)), "error_rate");
    }
    for (executions, window_ms) in [(1, 1_000), (2, 1_500), (25, 3_600_000)] {
        let limits = repeated_executions::Limits { executions, window_ms, ..Default::default() };
        passes(&with(|gates| gates.repeated_executions = Setting::On(limits)), "repeated_executions");
    }
    for (parts, confirm_marks, closes_position, pause_ms, engages_kill_switch) in [
        (1_000_000, 1, true, 0, false),
        (250_000_000, 60, true, 604_800_000, false),
        (70_000_000, 2, false, 60_000, false),
        (70_000_000, 3, true, 0, true),
        (999_000_000, 1, false, 0, true),
    ] {
        let percent = Percent::from_ppb(parts);
        let limits = stop_loss::Limits { percent, confirm_marks, closes_position, pause_ms, engages_kill_switch };
        passes(&with(|gates| gates.stop_loss = Setting::On(limits)), "stop_loss");
    }
    for (parts, window_ms, confirm_marks) in
        [(100_000, 5_000, 1), (999_000_000, 3_600_000, 10), (50_000_000, 61_001, 2)]
    {
        let limits = period_collar::Limits { percent: Percent::from_ppb(parts), window_ms, confirm_marks };
        passes(&with(|gates| gates.period_collar = Setting::On(limits)), "period_collar");
    }
    for max in ["1000", "12345.678", "180000"] {
        let limits = daily_turnover::Limits { max: amount(max) };
        passes(&with(|gates| gates.daily_turnover = Setting::On(limits)), "daily_turnover");
    }
}

/// Each breaker switched off, and a hair too loose or too tight.
#[test]
fn a_breaker_that_judges_by_another_limit_is_noticed() {
    let other = |control: &str, change: &dyn Fn(&mut GateConfig)| {
        let mut rig = arms(control);
        change(&mut rig.armed);
        fails(&rig, control);
    };
    let loss = [(199_990_000, 3), (200_010_000, 3), (200_000_000, 2), (200_000_000, 4)];
    for (parts, confirm_marks) in loss {
        let limits = drawdown::Limits { percent: ppb(parts), confirm_marks, ..Default::default() };
        other("drawdown", &|gates| gates.drawdown = Setting::On(limits));
        let limits = total_loss::Limits { percent: ppb(parts), confirm_marks, ..Default::default() };
        other("total_loss", &|gates| gates.total_loss = Setting::On(limits));
    }
    for (parts, window_ms, confirm_marks, pause_ms) in [
        (49_999_000, 60_000, 3, 300_000),
        (50_010_000, 60_000, 3, 300_000),
        (50_000_000, 80_000, 3, 300_000),
        (50_000_000, 60_000, 2, 300_000),
        (50_000_000, 60_000, 4, 300_000),
        (50_000_000, 60_000, 3, 302_000),
        (50_000_000, 60_000, 3, 0),
    ] {
        let percent = Percent::from_ppb(parts);
        let limits = extreme_move::Limits { percent, window_ms, confirm_marks, pause_ms, ..Default::default() };
        other("extreme_move", &|gates| gates.extreme_move = Setting::On(limits));
    }
    for (losses, pause_ms) in [(4, 0), (6, 0), (5, 1_000)] {
        let limits = consecutive_losses::Limits { losses, pause_ms, ..Default::default() };
        other("consecutive_losses", &|gates| gates.consecutive_losses = Setting::On(limits));
    }
    for parts in [49_990_000, 50_010_000] {
        let limits = single_trade_loss::Limits { percent: ppb(parts), ..Default::default() };
        other("single_trade_loss", &|gates| gates.single_trade_loss = Setting::On(limits));
    }
    for (errors, window_ms, pause_ms) in
        [(9, 3_600_000, 3_600_000), (11, 3_600_000, 3_600_000), (10, 3_600_001, 3_600_000), (10, 3_600_000, 3_602_000)]
    {
        let limits = error_rate::Limits { errors, window_ms, pause_ms, ..Default::default() };
        other("error_rate", &|gates| gates.error_rate = Setting::On(limits));
    }
    for (executions, window_ms) in [(19, 60_000), (21, 60_000), (20, 60_001), (20, 19_000)] {
        let limits = repeated_executions::Limits { executions, window_ms, ..Default::default() };
        other("repeated_executions", &|gates| gates.repeated_executions = Setting::On(limits));
    }
    for (parts, confirm_marks, pause_ms) in [
        (49_999_000, 3, 300_000),
        (50_010_000, 3, 300_000),
        (50_000_000, 2, 300_000),
        (50_000_000, 4, 300_000),
        (50_000_000, 3, 302_000),
        (50_000_000, 3, 0),
    ] {
        let percent = Percent::from_ppb(parts);
        let limits = stop_loss::Limits { percent, confirm_marks, pause_ms, ..Default::default() };
        other("stop_loss", &|gates| gates.stop_loss = Setting::On(limits));
    }
    let stays = stop_loss::Limits { closes_position: false, ..Default::default() };
    other("stop_loss", &|gates| gates.stop_loss = Setting::On(stays));
    for (parts, window_ms, confirm_marks) in [
        (99_999_000, 300_000, 3),
        (100_010_000, 300_000, 3),
        (100_000_000, 298_000, 3),
        (100_000_000, 302_000, 3),
        (100_000_000, 300_000, 5),
    ] {
        let limits = period_collar::Limits { percent: Percent::from_ppb(parts), window_ms, confirm_marks };
        other("period_collar", &|gates| gates.period_collar = Setting::On(limits));
    }
    for max in ["49939", "50061"] {
        let limits = daily_turnover::Limits { max: amount(max) };
        other("daily_turnover", &|gates| gates.daily_turnover = Setting::On(limits));
    }
    for control in BREAKERS {
        let mut rig = arms(control);
        rig.armed = super::tests::rig().armed;
        fails(&rig, control);
    }
}

/// Journals as a breaker would leave them that never acts, always acts, acts once more, or stays tripped for good.
#[test]
fn a_journal_of_a_broken_breaker_is_noticed() {
    for control in BREAKERS {
        let rig = arms(control);
        let id = catalogue().iter().find(|spec| spec.name == control).unwrap().id;
        for played in &only(&rig, control).played {
            let wrong = |entries: &[Entry]| matches!(judge(&played.scene, id, entries).verdict, Verdict::Wrong(_));
            assert!(!wrong(&played.entries), "{control}: {}", played.scene.title);
            let never: Vec<Entry> = played.entries.iter().filter_map(|entry| never_acts(entry, id)).collect();
            assert_eq!(wrong(&never), played.scene.must == Must::Act, "{control} never acts: {}", played.scene.title);
            let always: Vec<Entry> = played.entries.iter().map(|entry| always_acts(entry, id)).collect();
            assert!(wrong(&always), "{control} always acts: {}", played.scene.title);
            let refusal = Refusal { gate: id, value: 1, limit: 0 };
            let at = played.scene.stage.moments[1].at;
            let tripped = Entry::Tripped { at, market: crate::model::MarketId::FIRST, refusal };
            assert!(wrong(&[played.entries.as_slice(), &[tripped]].concat()), "{control}: {}", played.scene.title);
            let opens = |entry: &Entry| matches!(entry, Entry::Cleared { gate, .. } if *gate == id);
            let stays: Vec<Entry> = played.entries.iter().filter(|entry| !opens(entry)).copied().collect();
            assert_eq!(wrong(&stays), stays != played.entries, "{control} stays tripped: {}", played.scene.title);
        }
    }
}

#[test]
fn what_cannot_be_staged_is_not_passed() {
    let not_shown = |rig: &Rig, control: &str, why: &str| match only(rig, control).outcome {
        Outcome::NotShown(found) => assert!(found.contains(why), "{control}: found `{found}`, expected `{why}`"),
        other => panic!("{control}: found {other:?}, expected `{why}`"),
    };
    let limits = consecutive_losses::Limits { losses: 3, pause_ms: 1, ..Default::default() };
    let short = with(|gates| gates.consecutive_losses = Setting::On(limits));
    not_shown(&short, "consecutive_losses", "is over before two more orders can be tried");
    let limits = repeated_executions::Limits { executions: 20, window_ms: 19_000, ..Default::default() };
    let fast = with(|gates| gates.repeated_executions = Setting::On(limits));
    not_shown(&fast, "repeated_executions", "20 orders take 19s, and the window is 19s");
    let limits = error_rate::Limits { errors: 10_000, ..Default::default() };
    let many = with(|gates| gates.error_rate = Setting::On(limits));
    not_shown(&many, "error_rate", "it takes 10000 orders");
    let limits = extreme_move::Limits { window_ms: 1_000, ..Default::default() };
    let brief = with(|gates| gates.extreme_move = Setting::On(limits));
    not_shown(&brief, "extreme_move", "has one mark at a time");
    let limits = period_collar::Limits { window_ms: 4_000, ..Default::default() };
    let brief = with(|gates| gates.period_collar = Setting::On(limits));
    not_shown(&brief, "period_collar", "is over within two marks");
    let limits = stop_loss::Limits { percent: Percent::from_ppb(1_000_000_000), ..Default::default() };
    let all = with(|gates| gates.stop_loss = Setting::On(limits));
    not_shown(&all, "stop_loss", "no price is so low that the loss exceeds the limit");
    let limits = daily_turnover::Limits { max: amount("100") };
    let small = with(|gates| gates.daily_turnover = Setting::On(limits));
    not_shown(&small, "daily_turnover", "use up a limit of 100");
}

prop_compose! {
    fn any_rig()(
        spot in any::<bool>(), tick_scale in 0_u8..4, step_scale in 0_u8..4, price in 10_i64..1_000_000,
        lot in 1_i64..20, notional in 0_u64..50, losses in 1_u32..12, events in 1_u32..30, window_ms in 1_000_u32..200_000,
        pause_ms in prop_oneof![Just(0), 1_u32..100_000_000], parts in 1_000_000_i64..500_000_000,
        absolute in proptest::option::of(100_u64..100_000), confirm_marks in 1_u32..8, max in 100_u64..100_000,
        kills in any::<bool>(),
    ) -> Rig {
        let kind = if spot { ContractKind::Spot } else { ContractKind::Linear };
        let mut rig = rig();
        rig.instrument = instrument(kind, Fixed::new(1, tick_scale), Fixed::new(1, step_scale));
        rig.instrument.filters.lot = Quantity::new(lot);
        rig.instrument.filters.min_notional = (notional > 0).then_some(Money::from_units(notional as i64));
        rig.price = Price::new(price);
        let gates = &mut rig.gates;
        let cents = |cents: u64| Setting::On(Amount::new(Money::from_atto(i128::from(cents) * Money::ONE.atto() / 100)));
        let (percent, absolute) = (ppb(parts), absolute.map_or(Setting::Off, cents));
        let engages_kill_switch = kills;
        gates.drawdown = Setting::On(drawdown::Limits { percent, absolute, confirm_marks, engages_kill_switch });
        gates.total_loss = Setting::On(total_loss::Limits { percent, absolute, confirm_marks, engages_kill_switch });
        gates.extreme_move = Setting::On(extreme_move::Limits {
            percent: Percent::from_ppb(parts), window_ms, confirm_marks, pause_ms, engages_kill_switch: false,
        });
        gates.stop_loss = Setting::On(stop_loss::Limits {
            percent: Percent::from_ppb(parts), confirm_marks, closes_position: spot, pause_ms, engages_kill_switch,
        });
        gates.period_collar =
            Setting::On(period_collar::Limits { percent: Percent::from_ppb(parts), window_ms, confirm_marks });
        let engages_kill_switch = false;
        gates.consecutive_losses =
            Setting::On(consecutive_losses::Limits { losses, pause_ms, engages_kill_switch });
        gates.single_trade_loss =
            Setting::On(single_trade_loss::Limits { percent, absolute, pause_ms, engages_kill_switch });
        gates.error_rate = Setting::On(error_rate::Limits { errors: events, window_ms, pause_ms, engages_kill_switch });
        gates.repeated_executions =
            Setting::On(repeated_executions::Limits { executions: events, window_ms, engages_kill_switch });
        gates.daily_turnover =
            Setting::On(daily_turnover::Limits { max: Amount::new(Money::from_units(max as i64)) });
        rig
    }
}

/// The gate alone beside those that are always armed.
fn alone(rig: &Rig, control: &str) -> Rig {
    let mut gates = super::tests::rig().gates;
    match control {
        "drawdown" => gates.drawdown = rig.gates.drawdown,
        "total_loss" => gates.total_loss = rig.gates.total_loss,
        "extreme_move" => gates.extreme_move = rig.gates.extreme_move,
        "consecutive_losses" => gates.consecutive_losses = rig.gates.consecutive_losses,
        "single_trade_loss" => gates.single_trade_loss = rig.gates.single_trade_loss,
        "error_rate" => gates.error_rate = rig.gates.error_rate,
        "repeated_executions" => gates.repeated_executions = rig.gates.repeated_executions,
        "stop_loss" => gates.stop_loss = rig.gates.stop_loss,
        "period_collar" => gates.period_collar = rig.gates.period_collar,
        _ => gates.daily_turnover = rig.gates.daily_turnover,
    }
    Rig { armed: gates.clone(), gates, ..rig.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Over the limit it acts, within it does not, or the drill says why that cannot be shown: never a failure, never silence.
    #[test]
    fn no_limits_make_a_sound_breaker_fail(rig in any_rig()) {
        for control in BREAKERS {
            let rig = alone(&rig, control);
            let drill = only(&rig, control);
            match &drill.outcome {
                Outcome::Passed => {
                    let (acted, due) = drill.acted(Must::Act);
                    prop_assert!(0 < due && acted == due, "{}", drill.print(&rig));
                    prop_assert_eq!(drill.acted(Must::Hold).0, 0);
                }
                Outcome::NotShown(_) => {}
                other => prop_assert!(false, "{:?}\n{}", other, drill.print(&rig)),
            }
        }
    }
}
