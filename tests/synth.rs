//! Markets of single orders from the command line: written to a tape, and run on without one.

mod program;

use program::World;
use serde_json::Value;
use std::fs;

const RUN: &str = "mode = \"paper\"\n[market.flow]\npreset = \"crypto-alt\"\nduration = \"6h\"\n";

fn object(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_run_on_a_preset_is_a_run_on_its_tape() {
    let world = World::new();
    world.write("flow.toml", RUN);
    world.call(&["tape", "synth", "crypto-alt", "--days", "0.25", "--seed", "1", "-o", "alt.tape"]).expect(0);
    world.call(&["tape", "doctor", "alt.tape"]).expect(0).prints("alt.tape: fit\n");
    let live = world.call(&["run", "flow.toml", "--json", "--out", "live"]);
    let taped = world.call(&["run", "flow.toml", "--tape", "alt.tape", "--json", "--out", "taped"]);
    let (live, taped) = (object(&live.stdout), object(&taped.stdout));
    assert_eq!(live["digest"], taped["digest"], "{live} {taped}");
    assert!(live["fills"].as_u64().unwrap() > 0, "{live}");
}

#[test]
fn a_run_on_bars_is_a_run_on_their_tape() {
    let world = World::new();
    world.write("bars.toml", &format!("{RUN}bars = \"1min\"\n[bot]\nstrategy = \"moving-average-cross\"\n"));
    world.call(&["tape", "synth", "crypto-alt", "--bars", "1min", "--days", "0.25", "-o", "alt.tape"]).expect(0);
    world.call(&["tape", "doctor", "alt.tape"]).expect(0).prints("alt.tape: fit\n");
    let live = object(&world.call(&["run", "bars.toml", "--json", "--out", "live"]).stdout);
    let taped = object(&world.call(&["run", "bars.toml", "--tape", "alt.tape", "--json", "--out", "taped"]).stdout);
    assert_eq!((&live["digest"], live["events"].as_u64()), (&taped["digest"], Some(360)), "{live} {taped}");
}

#[test]
fn a_market_begins_when_it_is_told_to() {
    let world = World::new();
    world.write("flow.toml", &format!("{RUN}start = \"2026-01-10\"\n"));
    world.call(&["tape", "synth", "crypto-alt", "--days", "0.25", "--start", "2026-01-10", "-o", "alt.tape"]).expect(0);
    let live = object(&world.call(&["run", "flow.toml", "--json", "--out", "live"]).stdout);
    let taped = object(&world.call(&["run", "flow.toml", "--tape", "alt.tape", "--json", "--out", "taped"]).stdout);
    assert_eq!(live["digest"], taped["digest"], "{live} {taped}");
}

/// What is kept of a run needs no model file beside it.
#[test]
fn a_run_on_a_model_file_is_verified_without_it() {
    let world = World::new();
    let preset = include_str!("../scenarios/markets/crypto-alt.toml");
    world.write("mine.toml", &preset.replace("limit_per_second = 7.0", "limit_per_second = 9.0"));
    world.write("flow.toml", &RUN.replace("preset = \"crypto-alt\"", "file = \"mine.toml\""));
    let run = object(&world.call(&["run", "flow.toml", "--json", "--out", "run"]).stdout);
    let other = "limit_per_second = 9\n";
    world.write("change.toml", &format!("{RUN}[market.flow.change.orders]\n{other}"));
    let changed = object(&world.call(&["run", "change.toml", "--json", "--out", "changed"]).stdout);
    assert_eq!(run["digest"], changed["digest"], "the same figures by file and by change");
    fs::remove_file(world.path("mine.toml")).unwrap();
    world.call(&["verify", "run"]).expect(0);
    // What is kept is a model, under its file's name; a preset beside it is one too many.
    let kept = fs::read_to_string(world.path("run/scenario.toml")).unwrap();
    assert!(kept.contains("name = \"mine.toml\"") && kept.contains("limit_per_second = 9.0"), "{kept}");
    let again = ["run", "run/scenario.toml", "--set", "market.flow.preset=equity", "--out", "never"];
    world.call(&again).expect(2).says("both `preset` and `model`");
}

#[test]
fn what_is_no_market_is_refused() {
    let world = World::new();
    let cases: [(&[&str], &str); 12] = [
        (&["crypto-majr"], "a similar value exists: 'crypto-major'"),
        (&[], "required"),
        (&["crypto-alt", "--model", "x.toml"], "cannot be used with"),
        (&["--model", "none.toml"], "none.toml: cannot read none.toml"),
        (&["crypto-alt", "--set", "price.flow_share=2"], "model.price.flow_share: found 2; expected 0 to 1"),
        (&["crypto-alt", "--set", "price.flow=2"], "unknown field `flow`"),
        (&["crypto-alt", "--set", "price"], "KEY=VALUE"),
        (&["crypto-alt", "--days", "1e9"], "--days: found `1e9`"),
        (&["crypto-alt", "--bars", "7min"], "--bars: bars of 7min; expected 1s to 1d"),
        (&["crypto-alt", "--bars", "1d", "--days", "0.5"], "--bars: bars of 1d; expected at most --days"),
        (&["crypto-alt", "--bars", "soon"], "--bars: "),
        (&["crypto-alt", "--start", "2199-12-31", "--days", "2"], "ending before 2200"),
    ];
    for (arguments, words) in cases {
        world.call(&[&["tape", "synth"], arguments, &["-o", "x.tape"]].concat()).expect(2).says(words);
        assert!(!world.path("x.tape").exists());
    }
}

#[test]
fn a_scenario_says_where_its_market_is_wrong() {
    let world = World::new();
    let cases = [
        ("preset = \"crypto-majr\"", "did you mean `crypto-major`?"),
        ("preset = \"equity\"\nfile = \"x.toml\"", "both `preset` and `file`"),
        ("duration = \"2d\"", "no model"),
        ("preset = \"equity\"\nduration = \"3s\"", "market.flow.duration"),
        ("preset = \"equity\"\n[market.flow.change.price]\nflow_share = 7", "market.flow.change.price.flow_share"),
        ("preset = \"equity\"\nbars = \"7min\"", "market.flow.bars"),
        ("preset = \"equity\"\nbars = \"1d\"\nduration = \"12h\"", "at most the duration"),
        ("preset = \"equity\"\nstart = \"2026-02-30\"", "market.flow.start"),
        ("preset = \"equity\"\nstart = \"1999-12-31\"", "a time from the year 2000 on"),
        ("preset = \"equity\"\nstart = \"2199-12-31\"\nduration = \"2d\"", "market.flow.duration"),
        ("preset = \"equity\"\n[market.synthetic]", "both `synthetic` and `flow`"),
    ];
    for (flow, words) in cases {
        world.write("flow.toml", &format!("mode = \"paper\"\n[market.flow]\n{flow}\n"));
        world.call(&["run", "flow.toml", "--out", "never"]).expect(2).says(words);
    }
    assert!(!world.path("never").exists());
}

#[test]
fn a_tape_that_is_there_is_kept() {
    let world = World::new();
    world.write("x.tape", "mine");
    let arguments = ["tape", "synth", "stablecoin", "--days", "0.01", "-o", "x.tape"];
    assert_eq!(world.call(&arguments).code, 5);
    assert_eq!(fs::read_to_string(world.path("x.tape")).unwrap(), "mine");
    assert_eq!(world.call(&[&arguments[..], &["--force"]].concat()).code, 0);
    assert!(fs::metadata(world.path("x.tape")).unwrap().len() > 10_000);
}
