//! The catalogue of gates by the real program.

use assert_cmd::Command;

/// The scenario for tapes, which comes with a plain generated market.
const BACKTEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/backtest.toml");

/// What a call left behind.
struct Called {
    code: i32,
    stdout: String,
    stderr: String,
}

fn call(arguments: &[&str]) -> Called {
    let output = Command::cargo_bin("seatrial").unwrap().args(arguments).output().unwrap();
    Called {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn the_catalogue_of_gates_can_be_read() {
    let listed = call(&["gates", "list"]);
    assert_eq!((listed.code, listed.stderr.as_str()), (0, ""));
    let parsed: serde_json::Value = serde_json::from_str(&call(&["gates", "list", "--json"]).stdout).unwrap();
    let names: Vec<&str> = parsed.as_array().unwrap().iter().map(|gate| gate["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), seatrial::gates::catalogue().len());
    for (place, name) in names.iter().enumerate() {
        let is_listed = |line: &str| line.split_whitespace().next() == Some(name);
        assert_eq!(listed.stdout.lines().filter(|line| is_listed(line)).count(), 1, "{name}");
        let page = call(&["gates", "explain", name]);
        assert_eq!(page.code, 0, "{}", page.stderr);
        assert!(page.stdout.contains(&format!("[gates.{name}]")), "{}", page.stdout);
        let object: serde_json::Value =
            serde_json::from_str(&call(&["gates", "explain", name, "--json"]).stdout).unwrap();
        assert_eq!((&object, object["precedence"].as_u64()), (&parsed[place], Some(place as u64 + 1)));
    }
}

#[test]
fn an_unknown_gate_is_answered_with_the_nearest() {
    let called = call(&["gates", "explain", "oder_value"]);
    assert_eq!((called.code, called.stdout.as_str()), (2, ""));
    assert!(called.stderr.contains("unknown gate `oder_value`"), "{}", called.stderr);
    assert!(called.stderr.contains("did you mean `order_value`?"), "{}", called.stderr);
}

#[test]
fn presets_are_listed_printed_and_used() {
    let listed = call(&["gates", "presets"]);
    assert_eq!((listed.code, listed.stderr.as_str()), (0, ""));
    let parsed: serde_json::Value = serde_json::from_str(&call(&["gates", "presets", "--json"]).stdout).unwrap();
    let presets = parsed.as_array().unwrap();
    assert_eq!((presets.len(), listed.stdout.lines().count()), (7, 7), "{}", listed.stdout);
    for preset in presets {
        let printed = call(&["gates", "presets", preset["name"].as_str().unwrap()]);
        assert_eq!((printed.code, printed.stdout.as_str()), (0, preset["toml"].as_str().unwrap()));
    }
    let called = call(&["gates", "presets", "kraken-bt"]);
    assert_eq!(called.code, 2);
    assert!(called.stderr.contains("did you mean `kraken-bot`?"), "{}", called.stderr);
    let drilled = call(&["drill", "drawdown", "--scenario", BACKTEST, "--set", "preset=adaptive-paper-network"]);
    assert!(!drilled.stdout.contains("not armed"), "{}", drilled.stdout);
}

/// What the catalogue of faults says that `[faults]` tries can be looked up, is named there alone, and bears its number.
#[test]
fn every_fault_that_a_family_tries_can_be_explained() {
    let catalogue: serde_json::Value = serde_json::from_str(&call(&["faults", "catalogue", "--json"]).stdout).unwrap();
    let listed: serde_json::Value = serde_json::from_str(&call(&["faults", "list", "--json"]).stdout).unwrap();
    let mut families = 0;
    for fault in catalogue.as_array().unwrap() {
        let tried = fault["tried_by"].as_str().unwrap();
        let Some(family) = tried.strip_prefix("[faults] ") else { continue };
        let page = call(&["faults", "explain", family]);
        assert_eq!(page.code, 0, "{family}: {}", page.stderr);
        assert!(page.stdout.starts_with(&format!("{family}: ")), "{}", page.stdout);
        let row = listed.as_array().unwrap().iter().find(|row| row["fault"] == family).unwrap();
        assert_eq!(row["number"], fault["number"], "{family}");
        families += 1;
    }
    assert_eq!(families, 31, "of the catalogue, by families");
}
