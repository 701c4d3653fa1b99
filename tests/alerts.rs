//! Alerts by the real program: the catalogue, the report of a run, sinks and their outbox, a delivery that is killed.

mod program;

use program::World;
use serde_json::Value;
use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Five minutes of which the middle is silent, and a kill by hand.
const SCENARIO: &str = r#"
mode = "paper"
run = { band = false }
[market.synthetic]
duration = "5min"
[alerts]
trade_rate = "off"
[[commands]]
at = "4min"
do = "kill"
[[disturbances]]
at = "1min"
lasts = "75s"
kind = "feed-stall"
"#;

fn sink(name: &str, kind: &str) -> String {
    format!("[[sinks]]\nname = \"{name}\"\n{kind}\n")
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Rule and phase of each alert.
fn said(alerts: &[Value]) -> Vec<(String, String)> {
    let text = |alert: &Value, key: &str| alert[key].as_str().unwrap().to_owned();
    alerts.iter().map(|alert| (text(alert, "alert"), text(alert, "phase"))).collect()
}

#[test]
fn the_catalogue_of_alerts_can_be_read() {
    let world = World::new();
    let parsed: Value = serde_json::from_str(&world.call(&["alerts", "list", "--json"]).expect(0).stdout).unwrap();
    let listed = world.call(&["alerts", "list"]).expect(0).stdout.clone();
    let names: Vec<&str> = parsed.as_array().unwrap().iter().map(|rule| rule["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), seatrial::alert::RULES.len());
    for name in names {
        assert_eq!(listed.lines().filter(|line| line.split_whitespace().next() == Some(name)).count(), 1, "{name}");
        let page = world.call(&["alerts", "explain", name]).expect(0).stdout.clone();
        let (_, example) = page.split_once("[alerts]").unwrap();
        world.write("own.toml", &format!("mode = \"paper\"\n[alerts]{example}"));
        world.call(&["scenario", "check", "own.toml"]).expect(0);
    }
    world.call(&["alerts", "explain", "price_agge"]).expect(2).says("did you mean `price_age`?");
}

#[test]
fn a_wrong_configuration_is_refused_with_place_range_and_hint() {
    let world = World::new();
    world.write(
        "wrong.toml",
        "mode = \"paper\"\n[alerts]\nwithin_ms = 5\nleverage = \"-1\"\n[[sinks]]\nname = \"a\"\nkind = \"file\"\n",
    );
    let called = world.call(&["scenario", "check", "wrong.toml"]);
    assert_eq!(called.code, 2);
    let said =
        ["wrong.toml:3", "100 to 3600000 ms", "0.01 to 1000 times", "leverage = \"off\"", "the file to append to"];
    for text in said {
        assert!(called.stderr.contains(text), "no `{text}` in {}", called.stderr);
    }
}

/// What was silent and what was killed is said, in the report too, within the time allowed; sinks change neither id nor digest.
#[test]
fn a_run_delivers_its_alerts_and_its_report_lists_them() {
    let world = World::new();
    world.write("plain.toml", SCENARIO);
    world.write(
        "sinks.toml",
        &format!(
            "{SCENARIO}{}{}",
            sink("file", "kind = \"file\"\npath = \"out.jsonl\""),
            sink("log", "kind = \"log\"")
        ),
    );
    let plain = world.call(&["run", "plain.toml", "--out", "plain"]);
    let with = world.call(&["run", "sinks.toml", "--out", "with"]);
    assert_eq!(plain.code, with.code, "{}", with.stderr);
    let report = |out: &str| -> Value {
        serde_json::from_str(&fs::read_to_string(world.path(out).join("report.json")).unwrap()).unwrap()
    };
    let (left, right) = (report("plain"), report("with"));
    assert_eq!((&left["run_id"], &left["digest"]), (&right["run_id"], &right["digest"]));
    let found = said(&lines(&fs::read_to_string(world.path("out.jsonl")).unwrap()));
    for rule in ["feed_disconnected", "price_age", "reconnect_failures"] {
        let phases: Vec<&str> = found.iter().filter(|said| said.0 == rule).map(|said| said.1.as_str()).collect();
        assert_eq!(phases, ["raised", "resolved"], "{rule} in {found:?}");
    }
    assert!(found.contains(&("kill_switch".to_owned(), "raised".to_owned())), "{found:?}");
    assert_eq!(right["alerts"]["said"].as_u64().unwrap(), found.len() as u64);
    let within = right["alerts"]["within"].as_i64().unwrap();
    let rules = right["alerts"]["rules"].as_array().unwrap();
    assert!(rules.iter().all(|rule| rule["longest_delay"].as_i64().unwrap() <= within), "{rules:?}");
    assert_eq!(with.stderr.lines().filter(|line| line.starts_with("alert=")).count(), found.len());
    let shown = world.call(&["alerts", "show", "with"]).expect(0).stdout.clone();
    assert_eq!(shown.lines().filter(|line| line.ends_with("[file yes, log yes]")).count(), found.len(), "{shown}");
    world.call(&["verify", "with"]).expect(0);
}

/// A program that cannot be reached at first, and a delivery that is killed while it waits for one: nothing is lost, doubles have one id.
#[test]
fn what_is_outstanding_is_delivered_later_even_after_a_kill() {
    let world = World::new();
    let kind = "kind = \"command\"\nprogram = [\"sh\", \"./page.sh\"]\ntimeout = \"60s\"";
    world.write("sinks.toml", &format!("{SCENARIO}{}", sink("page", kind)));
    world.write("page.sh", "exit 1\n");
    let run = world.call(&["run", "sinks.toml", "--out", "out"]);
    assert!(run.stderr.contains("alerts page: 0 delivered, 0 before"), "{}", run.stderr);
    world.call(&["alerts", "deliver", "out"]).expect(1).prints("outstanding: sh: exit status: 1");
    // The third alert hangs, after it was taken in.
    world.write("page.sh", "cat >> paged\nif [ $(wc -l < paged) -ge 3 ]; then exec sleep 20; fi\n");
    let program = assert_cmd::cargo::cargo_bin("seatrial");
    let mut command = Command::new(program);
    command.args(["alerts", "deliver", "out"]).current_dir(world.path(""));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let paged = || fs::read_to_string(world.path("paged")).unwrap_or_default();
    while paged().lines().count() < 3 {
        std::thread::sleep(Duration::from_millis(10));
    }
    world.call(&["alerts", "deliver", "out"]).expect(5).says("another delivery of this run is at work");
    child.kill().unwrap();
    child.wait().unwrap();
    world.write("page.sh", "cat >> paged\n");
    world.call(&["alerts", "deliver", "out", "--sink", "page"]).expect(0);
    let all = lines(&world.call(&["alerts", "show", "out", "--json"]).expect(0).stdout);
    let wanted: Vec<&str> = all.iter().map(|row| row["alert"]["id"].as_str().unwrap()).collect();
    let paged = lines(&paged());
    let mut ids: Vec<&str> = paged.iter().map(|alert| alert["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), wanted.len() + 1, "the one that was not noted came twice");
    ids.dedup();
    assert_eq!(ids, wanted);
}

/// What had to be said is recomputed by the run itself, by `audit` and by `verify`, and is in every report beside what was said.
#[test]
fn the_alerts_of_a_run_are_audited_in_every_report() {
    let world = World::new();
    world.write("plain.toml", SCENARIO);
    let run = world.call(&["run", "plain.toml", "--out", "out"]);
    let line = "Recomputed from journal and tape, 13 alerts in 3 lanes: nothing missed, false, late or wrong.";
    let read = |name: &str| fs::read_to_string(world.path("out").join(name)).unwrap();
    let report: Value = serde_json::from_str(&read("report.json")).unwrap();
    let lanes = report["audit"]["lanes"].as_array().unwrap();
    let line = line.replace("3 lanes", if lanes.len() == 1 { "1 lane" } else { "3 lanes" });
    for text in [&run.stdout, &read("report.md"), &read("report.html")] {
        assert!(text.contains(&line), "no `{line}` in {text}");
    }
    for lane in lanes {
        for name in ["feed_disconnected", "price_age", "reconnect_failures", "kill_switch"] {
            let row = lane["alerts"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap();
            assert_eq!([&row["had_to_raise"], &row["raised"], &row["missed"]], [1, 1, 0], "{row}");
        }
    }
    let html = read("report.html");
    for text in ["href=\"#alerts\"", "href=\"#kills\"", "alert raised", "alert resolved", "bot was told something"] {
        assert!(html.contains(text), "no `{text}` in the page");
    }
    let audit = world.call(&["audit", "out"]).expect(0).stdout.clone();
    let row = audit.lines().find(|line| line.starts_with("price_age ")).unwrap().split_whitespace();
    assert_eq!(row.collect::<Vec<_>>()[..6], ["price_age", "1min", "1", "1", "0", "0"], "{audit}");
    world.call(&["verify", "out"]).expect(0);
}

/// A run without alerts has no word of them in its audit.
#[test]
fn a_run_without_alerts_audits_none() {
    let world = World::new();
    world.write(
        "off.toml",
        "mode = \"paper\"\nalerts = \"off\"\nrun = { band = false }\nmarket.synthetic = { duration = \"1min\" }\n",
    );
    let run = world.call(&["run", "off.toml", "--out", "out"]);
    let manifest: Value =
        serde_json::from_str(&fs::read_to_string(world.path("out").join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["audit"]["lanes"][0].get("alerts"), None);
    assert!(!run.stdout.contains("Recomputed") && run.stdout.contains("Alerts: off."), "{}", run.stdout);
}

/// A bot that listens to nothing has no book that could be odd: nobody says so, and nobody is accused. One that somebody kills is shown the book.
#[test]
fn a_bot_that_listens_to_nothing_has_no_book_that_could_be_odd() {
    let world = World::new();
    let quiet = "mode = \"paper\"\n[bot]\nstrategy = \"do-nothing\"\n\
        [market.synthetic]\nduration = \"20min\"\nmessages_per_second = 1\n";
    let told = format!("{quiet}[[commands]]\nat = \"5min\"\ndo = \"kill\"\n");
    for (name, text) in [("quiet", quiet), ("told", &told)] {
        world.write(&format!("{name}.toml"), text);
        world.call(&["run", &format!("{name}.toml"), "--out", name]);
        world.call(&["audit", name]).expect(0);
        let json = fs::read_to_string(world.path(&format!("{name}/report.json"))).unwrap();
        assert!(!json.contains("\"book_anomaly\",\"phase"), "{name}");
        world.call(&["verify", name]).expect(0).prints("sound");
    }
}
