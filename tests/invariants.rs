//! The invariants by number, from the command line: every command that holds one is there, and reports name the numbers.

mod program;

use program::World;
use seatrial::audit::{HeldBy, NUMBERED};

#[test]
fn invariants_are_listed_with_what_holds_them() {
    let world = World::new();
    let listed = world.call(&["faults", "invariants", "--json"]).expect(0).stdout;
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("an object");
    let rows = listed.as_array().expect("rows");
    assert_eq!(rows.len(), 28);
    let missing: Vec<u64> =
        rows.iter().filter(|row| row["is_there"] == false).filter_map(|row| row["number"].as_u64()).collect();
    assert_eq!(missing, [24], "what nothing holds yet is known by number");
    world
        .call(&["faults", "invariants"])
        .expect(0)
        .prints("I28")
        .prints("audit: one-order")
        .prints("not yet: needs margin");
    world.call(&["faults", "invariant"]).expect(2).says("invariants");
}

#[test]
fn every_command_that_holds_one_is_there() {
    let world = World::new();
    for held in NUMBERED.iter().flat_map(|numbered| numbered.held_by) {
        let HeldBy::Command(command) = held else { continue };
        let (words, options): (Vec<&str>, Vec<&str>) = command.split(' ').partition(|word| !word.starts_with("--"));
        let call = world.call(&[&words[..], &["--help"]].concat()).expect(0);
        for option in options {
            assert!(call.stdout.contains(option), "`seatrial {command}`: {}", call.stdout);
        }
    }
}

#[test]
fn a_report_names_the_numbers() {
    let world = World::new();
    let scenario = "mode = \"paper\"\n[market.synthetic]\nduration = \"5min\"\n[run]\nband = false\n[gateway]\n";
    world.write("wire.toml", scenario);
    world.call(&["run", "wire.toml", "--no-drills", "--out", "out"]);
    let page = std::fs::read_to_string(world.path("out/report.md")).expect("a page");
    for named in ["one-order, I4, I7", "terms, I13", "recovers, I10, I15"] {
        assert!(page.contains(named), "{named} is not in {page}");
    }
}
