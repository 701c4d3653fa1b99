//! What a run takes of the machine: the whole command line, from limits to a verdict beside the report, and what `verify` makes of it.

mod program;

use program::World;
use serde_json::Value;
use std::fs;

/// Two hours of a maker that is restarted after one.
fn scenario(limits: &str) -> String {
    format!(
        "mode = \"paper\"\n[market.synthetic]\nduration = \"2h\"\n[run]\nband = false\n[bot]\nstrategy = \"market-maker\"\n\
         [[commands]]\nat = \"1h\"\ndo = \"restart\"\nstate = \"saved\"\n{limits}"
    )
}

const RUN: [&str; 6] = ["run", "s.toml", "--no-drills", "--force", "--out", "out"];

fn record(world: &World) -> Value {
    serde_json::from_str(&fs::read_to_string(world.path("out/resources.json")).unwrap()).unwrap()
}

fn has(called: &program::Called, text: &str) -> bool {
    called.stdout.contains(text) || called.stderr.contains(text)
}

#[test]
fn limits_are_held_beside_the_report_and_the_worse_verdict_is_the_exit_code() {
    if !cfg!(target_os = "linux") {
        println!("SKIPPED: nothing is observed but on Linux");
        return;
    }
    let world = World::new();
    world.write("s.toml", &scenario(""));
    let own = world.call(&RUN).code;
    assert!(!world.path("out/resources.json").exists(), "nobody asked");
    let plain = fs::read_to_string(world.path("out/report.json")).unwrap();
    let plain: Value = serde_json::from_str(&plain).unwrap();
    world.write("s.toml", &scenario("[resources]\nmemory_max_mb = 3000\nstrategy_ms = 900\nnonces_per_second = 10\n"));
    let called = world.call(&RUN);
    assert_eq!(called.code, own, "within its limits: {}", called.stderr);
    assert!(has(&called, "resources: GO"), "{}", called.stderr);
    let report: Value = serde_json::from_str(&fs::read_to_string(world.path("out/report.json")).unwrap()).unwrap();
    assert_eq!(report["digest"], plain["digest"], "who is watched does the same");
    let record = record(&world);
    let samples = record["observed"]["samples"].as_array().unwrap();
    assert!(samples.len() >= 3 && samples.windows(2).all(|pair| pair[0]["at"].as_i64() <= pair[1]["at"].as_i64()));
    assert!(samples.iter().all(|sample| sample["private_bytes"].as_u64() > Some(1_000_000)));
    // Every five seconds, whatever happened at the restart.
    let times = &record["observed"]["times"];
    let of = |part: &str, what: &str| times[part][what].as_u64().unwrap();
    assert!(of("calls", "calls") > 1_400, "{times}");
    assert!((1..=of("calls", "calls")).contains(&of("judged", "calls")), "some calls ask for something: {times}");
    let rows = report["events"].as_u64().unwrap();
    assert!((2..=rows / 4_096 + 2).contains(&of("stretches", "calls")), "{rows} rows: {times}");
    assert!(of("stretches", "max_ns") > 0 && record["observed"]["peak"].is_null(), "no peak was played: {times}");
    world.write("s.toml", &scenario("[resources]\nmemory_max_mb = 1\n"));
    let called = world.call(&RUN).expect(1);
    assert!(has(&called, "resources: NO-GO: private memory, at most 1 MB"), "{}", called.stderr);
    let object = world.call(&[&RUN[..], &["--json"]].concat()).expect(1);
    let object: Value = serde_json::from_str(&object.stdout).unwrap();
    assert_eq!((&object["resources"]["verdict"], &object["verdict"]), (&"no-go".into(), &plain["verdict"]));
}

#[test]
fn a_record_is_judged_again_and_one_that_does_not_fit_is_found() {
    if !cfg!(target_os = "linux") {
        println!("SKIPPED: nothing is observed but on Linux");
        return;
    }
    let world = World::new();
    world.write("s.toml", &scenario("[resources]\nmemory_max_mb = 1\n"));
    world.call(&RUN).expect(1);
    let verify = || world.call(&["verify", "out"]);
    verify().expect(0).prints("not checked: what resources.json says was observed");
    let path = world.path("out/resources.json");
    let text = fs::read_to_string(&path).unwrap();
    let cases = [
        (text.replace("\"verdict\": \"no-go\"", "\"verdict\": \"go\""), "says GO, and what was observed says NO-GO"),
        (text.replace("\"memory_max_mb\": 1", "\"memory_max_mb\": 9000"), "the scenario has 1"),
        (text.replace("\"strategy\": \"market-maker\"", "\"strategy\": \"another\""), "of strategy another"),
    ];
    for (forged, found) in cases {
        assert_ne!(forged, text, "{found}");
        fs::write(&path, forged).unwrap();
        verify().expect(1).prints(found);
    }
    fs::write(&path, "{").unwrap();
    verify().expect(3).says("resources.json");
    fs::remove_file(&path).unwrap();
    verify().expect(1).prints("resources.html: a page of nothing");
    fs::remove_file(world.path("out/resources.html")).unwrap();
    verify().expect(1).prints("resources.json: missing");
}

#[test]
fn limits_that_mean_nothing_are_refused_with_their_place() {
    let world = World::new();
    let cases = [
        ("[resources]\nmemory_max_mb = 0\n", "resources.memory_max_mb"),
        ("[resources]\ndays_to_memory_max = 90\n", "resources.days_to_memory_max"),
        ("[resources]\nmemory = 90\n", "memory_max_mb"),
        ("[resources]\n[volatility]\nseverities = [1.0]\n", "one run"),
    ];
    for (limits, place) in cases {
        world.write("s.toml", &scenario(limits));
        let called = world.call(&["scenario", "check", "s.toml"]).expect(2);
        assert!(called.stderr.contains(place), "{place}: {}", called.stderr);
    }
    world.call(&["scenario", "checklists"]).expect(0).prints("kraken-bot");
    world.call(&["scenario", "checklists", "kraken-bot"]).expect(0).prints("L2:140");
    world.call(&["scenario", "checklists", "kracken-bot"]).expect(2).says("did you mean `kraken-bot`?");
}

/// Each checklist asks for a week, and a week answers it: what is configured alone is no evidence of that.
#[test]
fn seven_days_answer_those_who_ask_for_seven_days() {
    let world = World::new();
    let text = "mode = \"paper\"\n[market.synthetic]\nduration = \"7d\"\nmessages_per_second = 1\n[run]\nband = false\nrisk_clock = \"60s\"\n\
                [bot]\nstrategy = \"do-nothing\"\n";
    for checklist in ["coinbase-bluefin-bot", "kraken-bot"] {
        world.write("s.toml", &format!("{text}[readiness]\nchecklists = [\"{checklist}\"]\n"));
        world.call(&RUN);
        let report: Value = serde_json::from_str(&fs::read_to_string(world.path("out/report.json")).unwrap()).unwrap();
        let findings = report["findings"].as_array().unwrap();
        let days = findings.iter().find(|finding| finding["metric"] == "days_run").expect("it asks for days");
        assert_eq!(days["result"], "met", "{checklist}: {days}");
    }
}
