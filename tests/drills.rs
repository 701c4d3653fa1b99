//! Drills by the real program: what a run makes of them, what they end with, what they leave behind.

mod program;

use program::World;
use std::fs;

/// A bot that keeps far from its limits: nothing it does exercises the controls it must have.
const CAREFUL: &str = r#"
mode = "paper"
[market.synthetic]
duration = "3h"
[gates.order_value]
max = "1000"
[gates.position]
max_value = "2000"
[readiness]
mandatory_controls = ["order_value", "stale_data", "daily_loss"]
[[readiness.criteria]]
name = "trades"
metric = "fills"
comparison = "at-least"
threshold = "1"
"#;

#[test]
fn drills_bring_a_careful_bot_to_go() {
    let world = World::new();
    world.write("careful.toml", CAREFUL);
    let go = world.call(&["run", "careful.toml", "--out", "drilled"]).expect(0).says("drill order_value: passed");
    assert!(go.stdout.contains("GO"), "{}", go.stdout);
    world.call(&["verify", "drilled"]).expect(0).prints("sound");
    world.call(&["run", "careful.toml", "--out", "bare", "--no-drills"]).expect(4).prints("was never exercised");
    world.call(&["verify", "bare"]).expect(0).prints("sound");
    // Whatever somebody writes into the manifest, the drills are made again.
    let path = world.path("drilled/manifest.json");
    let whole = fs::read_to_string(&path).unwrap();
    let check = |place: &str, value: serde_json::Value, expected: &str| {
        let mut manifest: serde_json::Value = serde_json::from_str(&whole).unwrap();
        *manifest.pointer_mut(place).unwrap_or_else(|| panic!("no {place}")) = value;
        fs::write(&path, serde_json::to_string_pretty(&manifest).unwrap()).unwrap();
        world.call(&["verify", "drilled"]).expect(1).prints(expected);
    };
    check("/drills/0/gates_hash", "0".into(), "the drill of stale_data does not follow from scenario.toml");
    check("/drills/1/result", "not shown".into(), "the drill of daily_loss does not follow from scenario.toml");
    check("/drills/2/control", "kill_switch".into(), "report.md: line 1 does not follow from the journals");
    check("/drills/2/control", "nothing".into(), "drills 3, expected 2");
}

#[test]
fn drills_end_with_what_they_have_shown() {
    let world = World::new();
    world.write("careful.toml", CAREFUL);
    let drill = ["drill", "--scenario", "careful.toml"];
    let call = |more: &[&str]| world.call(&[&drill[..], more].concat());
    call(&["order_value", "position"]).expect(0).prints("order_value  passed       1 of 1         0\n");
    call(&[]).expect(0).prints("kill_switch  passed");
    call(&["order_value", "--set", "gates.order_value=\"off\""]).expect(4).prints("not armed");
    call(&["order_value", "--set", "gates.order_value.max=1"]).expect(4).prints("not possible: no order fits");
    call(&["order_valu"]).expect(2).says("did you mean `order_value`?");
    call(&["order_value", "--print"]).expect(0).prints("exactly at the limit: an order worth 1000 USDT");
    let json: serde_json::Value = serde_json::from_str(&call(&["order_value", "--json"]).expect(0).stdout).unwrap();
    assert_eq!(json["drills"][0]["result"], "passed");
    assert_eq!(json["drills"][0]["scenes"].as_array().unwrap().len(), 2);
    call(&["order_value", "--out", "kept"]).expect(0).says("journals ");
    for name in ["order_value-1-act.bin", "order_value-2-hold.bin"] {
        let journal = seatrial::journal::JournalReader::open(&world.path("kept").join(name)).unwrap();
        assert!(journal.check().unwrap().entries > 3, "{name}");
    }
    call(&["order_value", "--out", "kept"]).expect(5).says("kept");
}
