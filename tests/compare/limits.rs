//! Two runs: what differs, what is worse, what cannot be compared.

use super::World;
use std::fs;

#[test]
fn the_same_bot_twice_is_no_regression_and_the_same_bytes() {
    let world = World::new();
    world.run("base", &[]);
    let called = world.call(&["compare", "base", "base", "--regression", "profit=0", "--out", "page"]).expect(0);
    called.prints("NO REGRESSION").prints("the bot is the same on both sides");
    let names = ["compare.html", "compare.json", "compare.md", "compare.xml"];
    let read = |folder: &str| names.map(|name| fs::read(world.path(folder).join(name)).unwrap());
    world.call(&["compare", "base", "base", "--regression", "profit=0", "--out", "again"]).expect(0);
    assert!(read("page") == read("again"), "same inputs, other bytes");
    world.call(&["compare", "base", "base", "--out", "page"]).expect(5).says("already there");
    world.call(&["compare", "base", "base", "--out", "page", "--force"]).expect(0);
}

#[test]
fn another_parameter_is_shown_and_judged_by_the_limits() {
    let world = World::new();
    world.run("base", &[]);
    world.run("wide", &["--set", "bot.parameters.offset_ticks=400"]);
    let found = world.call(&[
        "compare",
        "base",
        "wide",
        "--json",
        "--regression",
        "fills=0",
        "--regression",
        "spread_mean_ticks=0",
    ]);
    let found = found.expect(1).json();
    assert_eq!(found["verdict"], "regression");
    let differences = found["differences"].as_array().unwrap();
    assert!(differences.iter().all(|row| row["part"] == "candidate"), "{differences:?}");
    assert!(differences.iter().any(|row| row["what"] == "bot.parameters.offset_ticks" && row["candidate"] == "400"));
    let worse = found["regressions"].as_array().unwrap();
    assert!(worse.iter().any(|row| row["rule"] == "metric" && row["subject"] == "fills"), "{worse:?}");
    assert!(worse.iter().all(|row| row["subject"] != "spread_mean_ticks"), "the market is the same: {worse:?}");
    let fills = found["metrics"].as_array().unwrap().iter().find(|row| row["name"] == "fills").unwrap().clone();
    let number = |key: &str| fills[key].as_str().unwrap().parse::<i64>().unwrap();
    assert_eq!(number("difference"), number("candidate") - number("base"), "{fills}");
}

#[test]
fn unlike_trials_are_said_first_and_are_not_comparable() {
    let world = World::new();
    world.run("base", &[]);
    world.run("other", &["--seed", "4"]);
    let called = world.call(&["compare", "base", "other"]).expect(4);
    assert!(called.stdout.starts_with("MIND: these are unlike trials"), "{}", called.stdout);
    called.prints("seed").prints("hash of the tape").prints("NOT COMPARABLE");
    let called = world.call(&["compare", "base", "other", "--unlike"]);
    assert!([0, 1].contains(&called.code), "{}", called.stderr);
    assert!(called.stdout.starts_with("MIND: these are unlike trials"), "{}", called.stdout);
}

#[test]
fn what_is_wrong_is_named() {
    let world = World::new();
    world.run("base", &[]);
    world.call(&["compare", "base"]).expect(2);
    world.call(&["compare", "base", "nowhere"]).expect(3).says("nowhere");
    let call = |limit: &str| world.call(&["compare", "base", "base", "--regression", limit]).expect(2);
    call("profits=1").says("did you mean `profit`?");
    call("profit=-1").says("found `-1`, expected a decimal of zero or more");
    fs::write(world.path("limits.toml"), "[regression]\nprofits = 1\n").unwrap();
    let called = world.call(&["compare", "base", "base", "--thresholds", "limits.toml"]).expect(2);
    called.says("limits.toml:2: no metric `profits`; did you mean `profit`?");
    // A run that was tampered with is no run, and no regression either.
    let journal = fs::read_dir(world.path("base")).unwrap().flatten();
    let journal =
        journal.map(|entry| entry.path()).find(|path| path.extension().is_some_and(|end| end == "bin")).unwrap();
    let mut bytes = fs::read(&journal).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&journal, bytes).unwrap();
    world.call(&["compare", "base", "base"]).expect(3).says("journal");
}
