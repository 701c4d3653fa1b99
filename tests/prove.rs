//! Every control broken in every way it can be, by the real program: the audit names it, and a whole one is clean.

use assert_cmd::Command;
use serde_json::Value;
use std::collections::BTreeMap;

fn call(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("seatrial").unwrap().args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// One letter a defect, in order: caught, clean, does not apply (`-`), not shown, OPEN.
fn letters(proofs: &[Value]) -> BTreeMap<String, String> {
    let mut rows: BTreeMap<String, String> = BTreeMap::new();
    for proof in proofs {
        let letter = match proof["result"].as_str().unwrap() {
            "caught" => 'c',
            "clean" => '.',
            "does-not-apply" => '-',
            "not-shown" => '?',
            _ => '!',
        };
        rows.entry(proof["control"].as_str().unwrap().to_owned()).or_default().push(letter);
    }
    rows
}

#[test]
fn every_defect_is_caught_and_a_whole_control_is_clean() {
    let (code, stdout, stderr) = call(&["prove", "--json"]);
    let object: Value = serde_json::from_str(&stdout).unwrap();
    let proofs = object["proofs"].as_array().unwrap();
    let rows = letters(proofs);
    // As it is, never, always, sign, unit, baseline, off by one, day, restart, entries, unknown orders.
    let expected = [
        ("kill_switch", ".ccc----cc-"),
        ("stale_data", ".cccccc--c-"),
        ("daily_loss", ".ccccccccc-"),
        ("order_value", ".cccccc--c-"),
        ("position", ".cccccc--cc"),
        ("order_burst", ".cccccc-cc-"),
        ("idempotency", ".cc--c--cc-"),
        ("book_state", ".ccc--c--c-"),
        ("venue_filters", ".cccc-c--c-"),
        ("price_collar", ".cccccc--c-"),
        ("period_collar", ".cccc-cccc-"),
        ("order_quantity", ".cccc-c--c-"),
        ("fee_coverage", ".cccccc--c-"),
        ("exposure", ".cccccc--cc"),
        ("leverage", ".cccccc--cc"),
        ("open_orders", ".cc---c--cc"),
        ("daily_orders", ".ccc--cccc-"),
        ("position_ramp", ".cccccccccc"),
        ("message_rate", ".cccccc-cc-"),
        ("drawdown", ".ccccccccc-"),
        ("total_loss", ".ccccccccc-"),
        ("extreme_move", ".cccc-cccc-"),
        ("consecutive_losses", ".ccc-ccccc-"),
        ("single_trade_loss", ".ccccccccc-"),
        ("stop_loss", ".ccccccccc-"),
        ("error_rate", ".ccccccccc-"),
        ("repeated_executions", ".ccccccccc-"),
        ("daily_turnover", ".cccccccccc"),
        ("self_trade", ".cccccc--c-"),
        ("concurrent_positions", ".cc---c--c-"),
        ("paper_mode", ".ccc-----c-"),
        ("heartbeat", ".cccccc-cc-"),
        ("user_orders", ".cc---cccc-"),
    ];
    for (control, letters) in expected {
        assert_eq!(rows[control], letters, "{control}:\n{stdout}");
    }
    assert_eq!(rows.len(), expected.len(), "every gate of the catalogue is proved: {rows:?}");
    assert_eq!((code, stderr.as_str(), &object["clean"]), (0, "", &Value::Bool(true)));
    for proof in proofs.iter().filter(|proof| proof["result"] == "caught") {
        let words = proof["audit"].as_str().unwrap();
        assert!(words.contains("entry ") && proof["what_it_does"].is_string(), "{proof}");
        assert!(proof["runs"].as_u64().unwrap() >= 4, "{proof}");
    }
}

#[test]
fn controls_are_proved_by_name() {
    let (code, table, _) = call(&["prove", "order_value", "position"]);
    assert_eq!(code, 0, "{table}");
    assert!(table.contains("15 defects caught, 0 open") && !table.contains("order_burst"), "{table}");
    let (code, table, _) = call(&["prove", "drawdown"]);
    assert_eq!(code, 0, "{table}");
    assert!(table.contains("9 defects caught, 0 open"), "{table}");
    let (code, _, stderr) = call(&["prove", "positon"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("did you mean `position`?"), "{stderr}");
}

#[test]
fn a_scenarios_own_limits_are_proved_and_what_leaves_no_trace_is_not_called_caught() {
    let own = ["--set", "gates.stop_loss={percent=\"0.5\",confirm_marks=1,pause_ms=0}"];
    let (code, table, _) = call(&[&["prove", "stop_loss"][..], &own].concat());
    assert_eq!(code, 0, "{table}");
    assert!(table.contains("limit 0.5 %") && table.contains("9 defects caught, 0 open"), "{table}");
    let own = ["--set", "gates.position_ramp={initial=\"300\",step=\"120\",days=3,max=\"900\"}"];
    let (code, table, _) = call(&[&["prove", "position_ramp"][..], &own].concat());
    assert_eq!(code, 0, "{table}");
    assert!(table.contains("limit 5 steps") && table.contains("10 defects caught, 0 open"), "{table}");
    // Both have the same limit, and the first stands in front of the other.
    let (code, table, stderr) = call(&["prove", "leverage", "--set", "gates.exposure={percent=\"100\"}"]);
    assert_eq!((code, stderr.as_str()), (4, ""), "{table}");
    assert!(table.contains("no trace") && table.contains(" 0 open"), "{table}");
}
