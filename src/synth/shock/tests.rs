use super::*;
use crate::model::{Side, TradingStatus};
use crate::rng::Streams;
use crate::units::{MINUTE, SECOND};

const START: i64 = 1_767_571_200_000_000_000;

fn minutes(count: i64) -> i64 {
    START + MINUTE.times(count).nanos()
}

fn shock(text: &str) -> ShockModel {
    let head = "name = \"test\"\nabout = \"\"\nsource = \"\"\nlasts_minutes = 10.0\n";
    ShockModel::parse(&format!("{head}{text}")).unwrap_or_else(|error| panic!("{error}"))
}

fn script(placed: &[PlacedShock]) -> Script {
    Script::new(placed, START, Streams::new(7))
}

fn at(shock: ShockModel, severity: f64, minutes: i64) -> PlacedShock {
    PlacedShock { shock, severity: Multiple(severity), start: ShockStart::At(MINUTE.times(minutes)) }
}

fn near(found: f64, expected: f64) -> bool {
    libm::fabs(found - expected) < 1e-9 * libm::fabs(expected).max(1.0)
}

#[test]
fn every_shock_that_comes_with_seatrial_is_sound_and_called_by_its_file() {
    for (name, text) in SHOCKS {
        let shock = ShockModel::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(shock.name, name);
        assert!(!shock.about.is_empty() && !shock.source.is_empty(), "{name} says too little");
        for severity in [0.25, 4.0] {
            let named = script(&[at(shock.clone(), severity, 0)]).named(START, minutes(2_000));
            let within = |value: f64| value.is_finite() && value > 0.0;
            assert!(named.price.into_iter().chain(named.depth).all(within), "{name} x{severity}: {named:?}");
        }
    }
    assert!(SHOCKS.is_sorted(), "in order of names");
}

/// Severity 2: -20 % becomes (0.8)^2 - 1 = -36 %, a fifth of the depth a twenty-fifth, ten times the spread nineteen, a halt twice as long.
#[test]
fn severity_scales_sizes() {
    let text = "[[moves]]\nat_minutes = 1.0\nover_minutes = 2.0\npercent = -20.0\n\
        [[liquidity]]\nat_minutes = 0.0\nover_minutes = 1.0\nstay_minutes = 5.0\nhalf_life_minutes = 1.0\ndepth = 0.2\nspread = 10.0\nside = \"bids\"\n\
        [[pace]]\nat_minutes = 0.0\nstay_minutes = 5.0\nvolatility = 3.0\norders = 0.5\n\
        [[halts]]\nat_minutes = 20.0\nfor_minutes = 5.0\n[[ticks]]\nat_minutes = 0.0\nmultiple = 10.0\n";
    let script = script(&[at(shock(text), 2.0, 0)]);
    let moment = script.at(minutes(4));
    assert!(near(libm::exp(moment.log_price), 0.64), "{moment:?}");
    assert!(near(moment.depth[Side::Buy.index()], 0.04) && moment.depth[Side::Sell.index()] == 1.0, "{moment:?}");
    assert!(near(moment.spread, 19.0) && near(moment.volatility, 5.0), "{moment:?}");
    assert!(moment.orders > 0.0 && moment.orders < 0.1, "what would fall below nothing stays above it: {moment:?}");
    assert_eq!(moment.grid, 19);
    assert_eq!([19, 20, 29, 30].map(|minute| script.at(minutes(minute)).halted), [false, true, true, false]);
    assert!(near(script.at(minutes(2)).log_price, libm::log(0.8)), "halfway, by the logarithm");
}

#[test]
fn shocks_multiply_and_moves_add_up() {
    let half = "[[liquidity]]\nat_minutes = 0.0\nover_minutes = 0.0\nstay_minutes = 5.0\nhalf_life_minutes = 0.0\ndepth = 0.5\nspread = 2.0\n\
        [[moves]]\nat_minutes = 0.0\nover_minutes = 0.0\npercent = 10.0\n";
    let moment = script(&[at(shock(half), 1.0, 0), at(shock(half), 1.0, 2)]).at(minutes(3));
    assert!(near(moment.depth[0], 0.25) && near(moment.spread, 4.0), "{moment:?}");
    assert!(near(libm::exp(moment.log_price), 1.21), "{moment:?}");
}

#[test]
fn a_move_goes_back_by_its_share() {
    let text = "[[moves]]\nat_minutes = 0.0\nover_minutes = 1.0\npercent = -10.0\nback = 0.5\nstay_minutes = 1.0\nhalf_life_minutes = 2.0\n";
    let script = script(&[at(shock(text), 1.0, 0)]);
    let whole = libm::log(0.9);
    for (minute, share) in [(1, 1.0), (2, 1.0), (4, 0.75), (6, 0.625), (60, 0.5)] {
        assert!(near(script.at(minutes(minute)).log_price, whole * share), "after {minute} minutes");
    }
}

#[test]
fn a_start_that_is_drawn_is_the_seeds_and_no_other_shocks() {
    let gap = ShockModel::called("gap").unwrap_or_else(|| panic!("no shock"));
    let (first, last) = (MINUTE.times(10), MINUTE.times(60));
    let drawn = PlacedShock { shock: gap.clone(), severity: Multiple::ONE, start: ShockStart::Between(first, last) };
    let starts = |placed: &[PlacedShock], seed| Script::new(placed, START, Streams::new(seed)).starts().to_vec();
    let alone = starts(std::slice::from_ref(&drawn), 1);
    assert!((minutes(10)..=minutes(60)).contains(&alone[0]));
    assert_eq!(starts(&[drawn.clone(), at(gap, 1.0, 5)], 1)[0], alone[0]);
    assert_ne!(starts(std::slice::from_ref(&drawn), 2), alone);
}

#[test]
fn what_is_out_of_range_is_refused_by_its_key() {
    let head = "name = \"test\"\nabout = \"\"\nsource = \"\"\nlasts_minutes = 10.0\n";
    let cases = [
        ("[[moves]]\nat_minutes = 0.0\nover_minutes = 1.0\npercent = -100.0\n", "moves[0].percent"),
        ("[[moves]]\nat_minutes = nan\nover_minutes = 1.0\npercent = -1.0\n", "moves[0].at_minutes"),
        ("[[moves]]\nat_minutes = 0.0\nover_minutes = 1.0\npercent = 1.0\nback = 0.5\n", "moves[0].half_life_minutes"),
        ("[[sweeps]]\nat_minutes = 0.0\npercent = 0.0\n", "sweeps[0].percent"),
        ("[[ticks]]\nat_minutes = 0.0\nmultiple = 0.5\n", "ticks[0].multiple"),
        ("[[halts]]\nat_minutes = -1.0\nfor_minutes = 1.0\n", "halts[0].at_minutes"),
        ("[[jumps]]\n", "jumps"),
    ];
    for (text, key) in cases {
        let error = ShockModel::parse(&format!("{head}{text}")).expect_err(text);
        assert!(error.contains(key), "{error}, expected {key}");
    }
    let many = "[[halts]]\nat_minutes = 0.0\nfor_minutes = 1.0\n".repeat(201);
    assert!(ShockModel::parse(&format!("{head}{many}")).expect_err("too many").contains("at most 200"));
    let gap = ShockModel::called("gap").unwrap_or_else(|| panic!("no shock"));
    for severity in [0.0, -1.0, 11.0, f64::NAN, f64::INFINITY] {
        let placed = PlacedShock { shock: gap.clone(), severity: Multiple(severity), start: ShockStart::At(SECOND) };
        assert!(placed.check().is_err(), "severity {severity}");
    }
}

/// What a venue is told of halts and grids is what the script says, at every instant.
#[test]
fn statuses_are_those_of_the_script() {
    let halts = "[[halts]]\nat_minutes = 1.0\nfor_minutes = 4.0\n[[halts]]\nat_minutes = 3.0\nfor_minutes = 5.0\n";
    let grids = "[[ticks]]\nat_minutes = 2.0\nmultiple = 5.0\n[[ticks]]\nat_minutes = 9.0\nmultiple = 2.0\n";
    for severity in [0.25, 1.0, 2.0] {
        let script = script(&[at(shock(halts), severity, 0), at(shock(grids), severity, 1), at(shock(halts), 0.5, 6)]);
        let statuses = script.statuses();
        assert!(statuses.len() >= 4, "{statuses:?}");
        assert!(statuses.windows(2).all(|pair| pair[0].at < pair[1].at && pair[0].status != pair[1].status));
        for second in -5..1_800 {
            let now = START + second * SECOND.nanos();
            let told = statuses.iter().rev().find(|change| change.at.nanos() <= now);
            let told = told.map_or(TradingStatus::OPEN, |change| change.status);
            let Moment { halted, grid, .. } = script.at(now);
            assert_eq!((told.is_halted, told.price_increment), (halted, grid), "x{severity}, second {second}");
        }
    }
    let two = script(&[at(shock(halts), 1.0, 0)]).statuses();
    let turns: Vec<(i64, bool)> = two.iter().map(|change| (change.at.nanos(), change.status.is_halted)).collect();
    assert_eq!(turns, [(minutes(1), true), (minutes(8), false)], "halts that overlap are one");
    assert!(
        script(&[at(shock("[[moves]]\nat_minutes = 0.0\nover_minutes = 1.0\npercent = 2.0\n"), 1.0, 0)])
            .statuses()
            .is_empty()
    );
}
