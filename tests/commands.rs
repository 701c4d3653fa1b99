//! What a scenario tells the bot and what goes wrong around it, by the real program.

mod program;

use program::World;
use serde_json::Value;
use std::fs;

/// The scenario for tapes, which comes with a plain generated market.
const BACKTEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/backtest.toml");

/// An hour in which all is said, and two things go wrong.
const TOLD: &str = r#"
mode = "paper"
[market.synthetic]
duration = "1h"
[[commands]]
at = "2026-01-05T00:05:00Z"
do = "pause"
reason = "the fire alarm"
[[commands]]
at = "6min"
do = "resume"
[[commands]]
at = "10min"
do = "kill"
flatten = true
[[commands]]
at = "20min"
do = "release"
confirm = "all"
[[commands]]
when = { orders_sent = 200 }
do = "restart"
state = "saved"
[[commands]]
at = "2h"
do = "stop"
[[disturbances]]
at = "30min"
lasts = "3min"
kind = "feed-stall"
[[disturbances]]
at = "35min"
lasts = "90s"
kind = "feed-disconnect"
[[disturbances]]
at = "40min"
lasts = "1min"
kind = "slow-venue"
extra = "3s"
[[disturbances]]
at = "45min"
lasts = "1min"
kind = "venue-error"
[[disturbances]]
at = "50min"
lasts = "1min"
kind = "lost-acknowledgement"
"#;

#[test]
fn a_run_says_what_its_bot_was_told_and_the_audit_finds_nothing() {
    let world = World::new();
    world.write("told.toml", TOLD);
    let called = world.call(&["run", "told.toml", "--out", "out"]);
    assert!([0, 4].contains(&called.code), "{}\n{}", called.stdout, called.stderr);
    let report = fs::read_to_string(world.path("out/report.md")).unwrap();
    for text in [
        "feed-disconnect at 35min for 90s",
        "slow-venue at 40min for 1min, by 3s",
        "What the bot was told",
        "restart-with-state",
        "flatten",
        "killed",
        "never came: number 6",
    ] {
        assert!(report.contains(text), "the report lacks `{text}`:\n{report}");
    }
    world.call(&["audit", "out"]).expect(0).prints("commands");
    world.call(&["verify", "out"]).expect(0).prints("sound");
    let json: Value = serde_json::from_str(&fs::read_to_string(world.path("out/report.json")).unwrap()).unwrap();
    let told = json["commands"].as_array().unwrap();
    let words: Vec<&str> = told.iter().map(|told| told["command"].as_str().unwrap()).collect();
    let mut sorted = words.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, ["flatten", "kill", "pause", "release", "restart-with-state", "resume"]);
    let refused = json["gates"].as_array().unwrap().iter().find(|gate| gate["name"] == "stale_data").unwrap();
    assert!(refused["refused"].as_u64().unwrap() > 0, "the stall made no order late: {refused}");
    let rejected = json["metrics"].to_string();
    assert!(rejected.contains("venue unavailable"), "no order met the outage: {rejected}");
}

#[test]
fn a_kill_forgotten_by_a_restart_is_no_go() {
    let world = World::new();
    let text = "mode = \"paper\"\n[market.synthetic]\nduration = \"1h\"\n\
        [[commands]]\nat = \"10min\"\ndo = \"kill\"\n[[commands]]\nat = \"20min\"\ndo = \"restart\"\nstate = \"lost\"\n";
    world.write("lost.toml", text);
    world.call(&["run", "lost.toml", "--out", "out"]).expect(1).prints("kill_switch");
    world.call(&["audit", "out"]).expect(1).prints("kill_switch missed");
}

/// A kill of one venue stops the markets there and no other, and is released by its name.
#[test]
fn a_kill_of_a_venue_is_of_its_markets() {
    let world = World::new();
    let market = |symbol: &str, venue: &str| {
        format!("[[markets]]\nsymbol = \"{symbol}\"\nvenue = \"{venue}\"\nsynthetic = {{ duration = \"30min\" }}\n")
    };
    let markets = [market("A", "north"), market("B", "south"), market("C", "north")].concat();
    let told = "[[commands]]\nat = \"10min\"\ndo = \"kill\"\nvenue = \"north\"\n\
        [[commands]]\nat = \"20min\"\ndo = \"release\"\nvenue = \"north\"\nconfirm = \"north\"\n";
    world.write("venues.toml", &format!("mode = \"paper\"\n{markets}{told}"));
    let called = world.call(&["run", "venues.toml", "--out", "out"]);
    assert!([0, 4].contains(&called.code), "{}\n{}", called.stdout, called.stderr);
    let json: Value = serde_json::from_str(&fs::read_to_string(world.path("out/report.json")).unwrap()).unwrap();
    let told = json["commands"].as_array().unwrap();
    let told: Vec<(&str, u64)> =
        told.iter().map(|told| (told["command"].as_str().unwrap(), told["line"].as_u64().unwrap())).collect();
    assert_eq!(told, [("kill", 1), ("kill", 1), ("release", 2), ("release", 2)], "at two markets each");
    let markdown = fs::read_to_string(world.path("out/report.md")).unwrap();
    let section = markdown.split("### What the bot was told").nth(1).unwrap().split("###").next().unwrap();
    assert!(section.contains("| A ") && section.contains("| C ") && !section.contains("| B "), "{section}");
    world.call(&["audit", "out"]).expect(0);
    world.call(&["verify", "out"]).expect(0);
}

#[test]
fn every_word_out_of_place_has_its_place() {
    let world = World::new();
    let cases = [
        ("do = \"kill\"", "commands[0].at: neither `at` nor `when`"),
        ("at = \"1min\"\nwhen = { fills = 1 }\ndo = \"kill\"", "commands[0].when: both `at` and `when`"),
        ("at = \"1min\"\nafter = \"1min\"\ndo = \"kill\"", "commands[0].after: `after = \"1min\"` without a trip"),
        ("when = { fills = 1 }\neach = true\ndo = \"kill\"", "commands[0].each: `each = true` without a trip"),
        ("when = { tripped = \"drawdown\" }\nafter = \"-1s\"\ndo = \"kill\"", "commands[0].after"),
        ("at = \"tomorrow\"\ndo = \"kill\"", "commands[0].at: found `tomorrow`"),
        ("at = \"2026-02-30T00:00:00Z\"\ndo = \"kill\"", "commands[0].at: found `2026-02-30T00:00:00Z`"),
        ("at = \"1min\"\ndo = \"explode\"", "commands[0].do: unknown value `explode`"),
        ("at = \"1min\"\ndo = \"release\"", "commands[0].confirm: nothing"),
        ("at = \"1min\"\ndo = \"release\"\nconfirm = \"BTCUSDT\"", "commands[0].confirm: found `BTCUSDT`"),
        ("at = \"1min\"\ndo = \"restart\"", "commands[0].state: nothing"),
        ("at = \"1min\"\ndo = \"stop\"\nmarket = \"BTCUSDT\"", "commands[0].market: `market` with `do = \"stop\"`"),
        ("at = \"1min\"\ndo = \"resume\"\nflatten = true", "commands[0].flatten"),
        ("at = \"1min\"\ndo = \"kill\"\nmarket = \"DOGE\"", "commands[0].market: unknown market `DOGE`"),
        ("at = \"1min\"\ndo = \"kill\"\nvenue = \"nowhere\"", "commands[0].venue: unknown venue `nowhere`"),
        ("at = \"1min\"\ndo = \"kill\"\nvenue = \"x\"\nmarket = \"y\"", "commands[0].venue: both `market` and `venue`"),
        (
            "at = \"1min\"\ndo = \"restart\"\nstate = \"lost\"\nvenue = \"x\"",
            "commands[0].venue: `venue` with `do = \"restart\"`",
        ),
        ("at = \"1min\"\ndo = \"release\"\nvenue = \"x\"\nconfirm = \"all\"", "commands[0].confirm: found `all`"),
        ("at = \"1min\"\ndo = \"reenable\"", "commands[0].gate: nothing"),
        ("at = \"1min\"\ndo = \"reenable\"\ngate = \"drawdwn\"", "did you mean `drawdown`?"),
        ("at = \"1min\"\ndo = \"pause\"\ngate = \"drawdown\"", "commands[0].gate: `gate` with"),
        ("at = \"1min\"\ndo = \"connect\"", "commands[0].to: nothing"),
        ("at = \"1min\"\ndo = \"pause\"\nto = \"live\"", "commands[0].to: `to` with"),
        ("at = \"1min\"\ndo = \"silence\"", "commands[0].do: `silence` with the gate `heartbeat` off"),
        ("when = {}\ndo = \"kill\"", "commands[0].when: nothing"),
        ("when = { fills = 1, orders_sent = 2 }\ndo = \"kill\"", "orders_sent and fills"),
        ("when = { tripped = \"daily_los\" }\ndo = \"kill\"", "did you mean `daily_loss`?"),
        ("when = { price_at_most = \"0.05\" }\ndo = \"kill\"", "commands[0].when.price_at_most: found 0.05"),
    ];
    for (line, expected) in cases {
        world.write("bad.toml", &format!("mode = \"paper\"\n[[commands]]\n{line}\n"));
        world.call(&["run", "bad.toml", "--out", "out"]).expect(2).says(expected);
        assert!(!world.path("out").exists());
    }
    let cases = [
        ("lasts = \"0s\"\nkind = \"feed-stall\"", "disturbances[0].lasts: found 0ns"),
        ("lasts = \"1s\"\nkind = \"slow-venue\"", "disturbances[0].extra: nothing"),
        ("lasts = \"1s\"\nkind = \"feed-stall\"\nextra = \"1s\"", "disturbances[0].extra: `extra`"),
        ("lasts = \"1s\"\nkind = \"venue-error\"\nextra = \"1s\"", "disturbances[0].extra: `extra` with"),
        ("lasts = \"1s\"\nkind = \"venue-eror\"", "disturbances[0].kind: unknown value `venue-eror`"),
        ("lasts = \"1s\"\nkind = \"feed-stall\"\nmarket = \"DOGE\"", "disturbances[0].market: unknown market `DOGE`"),
    ];
    for (line, expected) in cases {
        world.write("bad.toml", &format!("mode = \"paper\"\n[[disturbances]]\nat = \"1min\"\n{line}\n"));
        world.call(&["run", "bad.toml", "--out", "out"]).expect(2).says(expected);
    }
    let off = "mode = \"paper\"\n[gates]\nkill_switch = \"off\"\n[[commands]]\nat = \"1min\"\ndo = \"pause\"\n";
    world.write("bad.toml", off);
    world.call(&["run", "bad.toml", "--out", "out"]).expect(2).says("`pause` with the gate `kill_switch` off");
}

#[test]
fn a_bot_killed_at_many_moments_adds_no_risk_afterwards() {
    let world = World::new();
    let drill = |more: &[&str]| {
        world.call(&[&["drill", "--scenario", BACKTEST, "--set", "market.synthetic.duration=\"20min\""], more].concat())
    };
    let called = drill(&["--kills", "40", "--flatten", "--json"]).expect(0);
    let json: Value = serde_json::from_str(&called.stdout).unwrap();
    let figure = |name: &str| json["figures"][name].as_u64().unwrap();
    assert_eq!((figure("kills"), figure("added_risk"), figure("unclean")), (40, 0, 0));
    assert_eq!(figure("demanded"), figure("confirmed"));
    assert_eq!(figure("held"), json["figures"]["flat"]["count"].as_u64().unwrap());
    let moments = |json: &Value| -> Vec<i64> {
        json["kills"].as_array().unwrap().iter().map(|kill| kill["at_ns"].as_i64().unwrap()).collect()
    };
    assert!(moments(&json).is_sorted() && moments(&json).len() == 40);
    let again = drill(&["--kills", "40", "--flatten", "--json"]).expect(0);
    assert_eq!(called.stdout, again.stdout);
    let other = drill(&["--kills", "40", "--flatten", "--seed", "2", "--json"]).expect(0);
    assert_ne!(moments(&json), moments(&serde_json::from_str(&other.stdout).unwrap()));
    // Behind a venue that answers in two minutes nothing is known a minute after the kill.
    let slow = "disturbances=[{ at = \"0s\", lasts = \"1h\", kind = \"slow-venue\", extra = \"1min\" }]";
    let called = drill(&["--kills", "5", "--json", "--set", slow]).expect(4);
    let json: Value = serde_json::from_str(&called.stdout).unwrap();
    assert_eq!(json["figures"]["added_risk"].as_u64(), Some(0));
    assert!(json["figures"]["confirmed"].as_u64() < json["figures"]["demanded"].as_u64(), "{}", json["figures"]);
    // What venues charge and set right happens all the same, and is accused of nothing.
    let events = "events=[{ at = \"2min\", kind = \"funding\", amount = \"-1\", every = \"3min\" }, \
        { at = \"4min\", kind = \"bust\", every = \"2min\" }, { at = \"5min\", kind = \"correction\", ticks = 3 }]";
    let called = drill(&["--kills", "20", "--flatten", "--json", "--set", events]).expect(0);
    let json: Value = serde_json::from_str(&called.stdout).unwrap();
    assert_eq!((json["figures"]["unclean"].as_u64(), json["figures"]["added_risk"].as_u64()), (Some(0), Some(0)));
    drill(&["--kills", "0"]).expect(2);
    drill(&["--kills", "3", "kill_switch"]).expect(2);
    drill(&["--kills", "3", "--set", "gates.kill_switch=\"off\""]).expect(2).says("remove `kill_switch = \"off\"`");
    drill(&["--kills", "3", "--set", "run.max_rows=10"]).expect(2).says("give it a longer one");
}

/// The session is said to be a live one for a while, and for a while nobody watches.
const WATCHED: &str = r#"
mode = "paper"
[market.synthetic]
duration = "1h"
[gates.paper_mode]
[gates.heartbeat]
max_silence_ms = 5000
[gates.self_trade]
[[commands]]
at = "10min"
do = "connect"
to = "live"
[[commands]]
at = "11min"
do = "connect"
to = "paper"
[[commands]]
at = "20min"
do = "silence"
[[commands]]
at = "22min"
do = "heartbeat"
[[commands]]
at = "30min"
do = "restart"
state = "saved"
[readiness]
mandatory_controls = ["paper_mode", "heartbeat", "self_trade"]
"#;

#[test]
fn a_live_session_and_a_silence_stop_orders_and_the_audit_agrees() {
    let world = World::new();
    world.write("watched.toml", WATCHED);
    let called = world.call(&["run", "watched.toml", "--out", "out"]);
    assert!([0, 4].contains(&called.code), "{}\n{}", called.stdout, called.stderr);
    world.call(&["audit", "out"]).expect(0).prints("paper_mode");
    let json: Value = serde_json::from_str(&fs::read_to_string(world.path("out/report.json")).unwrap()).unwrap();
    let gate = |name: &str| json["gates"].as_array().unwrap().iter().find(|gate| gate["name"] == name).unwrap().clone();
    let (session, pulse) = (gate("paper_mode"), gate("heartbeat"));
    assert!(0 < session["refused"].as_u64().unwrap(), "{session}");
    assert_eq!((pulse["tripped"].as_u64(), 0 < pulse["refused"].as_u64().unwrap()), (Some(1), true), "{pulse}");
    let blockers = json["blockers"].to_string();
    for control in ["paper_mode", "heartbeat", "self_trade"] {
        assert!(!blockers.contains(control), "{control} was not shown: {blockers}");
    }
    world.call(&["drill", "--scenario", "watched.toml"]).expect(0).prints("heartbeat");
    let slow = WATCHED.replace("5000", "999");
    world.write("slow.toml", &slow);
    world
        .call(&["run", "slow.toml"])
        .expect(2)
        .says("gates.heartbeat.max_silence_ms: a limit of 999ms with `run.risk_clock` at 1s");
}

/// A run asked to hold a kill drill states it in every report, and its verdict knows of it; without the flag it says how to hold one.
#[test]
fn a_kill_drill_stands_in_the_report() {
    let world = World::new();
    world.write("short.toml", "mode = \"paper\"\n[market.synthetic]\nduration = \"10min\"\n");
    world.call(&["run", "short.toml", "--kills", "20", "--flatten", "--out", "out"]).prints("Kill drill: 20 kills");
    let read = |name: &str| fs::read_to_string(world.path(&format!("out/{name}"))).unwrap();
    let json: Value = serde_json::from_str(&read("report.json")).unwrap();
    let figures = &json["kill_drill"]["figures"];
    assert_eq!((figures["kills"].as_u64(), figures["added_risk"].as_u64()), (Some(20), Some(0)), "{figures}");
    assert_eq!(figures["confirmed"], figures["demanded"]);
    assert!(figures["demanded"].as_u64().unwrap() > 0, "nothing was open at any kill: {figures}");
    for (name, text) in [
        ("report.md", "Kill drill: 20 kills at random moments"),
        ("report.html", "the last cancel confirmed"),
        ("report.xml", "nothing that adds risk leaves after a kill"),
    ] {
        assert!(read(name).contains(text), "{name} lacks `{text}`");
    }
    world.call(&["verify", "out"]).expect(0).prints("sound");
    let slow = "disturbances=[{ at = \"0s\", lasts = \"1h\", kind = \"slow-venue\", extra = \"1min\" }]";
    world.call(&["run", "short.toml", "--kills", "5", "--set", slow, "--out", "slow"]);
    let json = fs::read_to_string(world.path("slow/report.json")).unwrap();
    let json: Value = serde_json::from_str(&json).unwrap();
    let codes: Vec<&str> =
        json["blockers"].as_array().unwrap().iter().filter_map(|blocker| blocker["code"].as_str()).collect();
    assert!(codes.contains(&"kill-drill-open"), "{codes:?}");
    world.call(&["run", "short.toml", "--flatten", "--out", "other"]).expect(2);
    world.call(&["run", "short.toml", "--kills", "0", "--out", "other"]).expect(2);
    let off = "gates.kill_switch=\"off\"";
    let refused = world.call(&["run", "short.toml", "--kills", "3", "--set", off, "--out", "other"]).expect(2);
    refused.says("remove `kill_switch = \"off\"`");
    assert!(!world.path("other").exists());
    world
        .call(&["run", "short.toml", "--out", "plain"])
        .prints("Kill drill: not held; `seatrial run --kills 1000` holds one.");
}

const CHARGED: &str = "mode = \"paper\"\n[market.synthetic]\nduration = \"1h\"\n\
    [[events]]\nat = \"20min\"\nkind = \"funding\"\namount = \"-12.5\"\n\
    [[events]]\nat = \"2026-01-05T00:30:00Z\"\nkind = \"fee\"\namount = \"0.75\"\n\
    [[events]]\nat = \"40min\"\nkind = \"adjustment\"\namount = \"3.5\"\nreason = \"fees of 3 May, paid twice\"\n";

#[test]
fn what_a_venue_charges_stands_in_every_account_of_the_run() {
    let world = World::new();
    world.write("charged.toml", CHARGED);
    let called = world.call(&["run", "charged.toml", "--out", "out"]);
    assert!([0, 4].contains(&called.code), "{}\n{}", called.stdout, called.stderr);
    world.call(&["audit", "out"]).expect(0);
    world.call(&["verify", "out"]).expect(0).prints("sound");
    world.call(&["ledger", "reconcile", "out"]).expect(0);
    world.call(&["ledger", "verify", "out"]).expect(0);
    let exported = world.call(&["ledger", "export", "out"]).expect(0).stdout;
    let line = |event: &str| exported.lines().filter(|line| line.split(',').nth(3) == Some(event)).count();
    assert_eq!((line("funding"), line("fee"), line("adjustment")), (1, 1, 1), "{exported}");
    assert!(exported.contains(",\"fees of 3 May, paid twice\","), "{exported}");
    let statement = world.call(&["ledger", "statement", "out", "--csv"]).expect(0).stdout;
    let rows: Vec<Vec<&str>> = statement.lines().map(|line| line.split(',').collect()).collect();
    let first = |name: &str| rows[1][rows[0].iter().position(|column| *column == name).unwrap()];
    assert!(first("funding").starts_with("-12.5") && first("adjustments").starts_with("3.5"), "{statement}");
    let json: Value = serde_json::from_str(&fs::read_to_string(world.path("out/report.json")).unwrap()).unwrap();
    assert!(json["metrics"]["profit"]["funding"].to_string().contains("-12.5"), "{}", json["metrics"]["profit"]);
    let report = fs::read_to_string(world.path("out/report.md")).unwrap();
    assert!(json["metrics"]["profit"]["adjustments"].to_string().contains("3.5"), "{}", json["metrics"]["profit"]);
    for text in ["funding of -12.5 at 20min", "adjustment of 3.5 at 40min: fees of 3 May, paid twice"] {
        assert!(report.contains(text), "the report lacks `{text}`:\n{report}");
    }
    let html = fs::read_to_string(world.path("out/report.html")).unwrap();
    assert!(html.contains("Adjustments") && html.contains("corrections by hand"), "the profit's parts");
    let listed = report.lines().find(|line| line.contains("| adjustment")).expect("a row of the list");
    assert!(listed.contains("fees of 3 May, paid twice"), "{listed}");
}

const ALLOCATED: &str = "mode = \"paper\"\n[market.synthetic]\nduration = \"1h\"\n\
    [[events]]\nat = \"20min\"\nkind = \"allocation\"\namount = \"5000\"\n\
    [[events]]\nat = \"40min\"\nkind = \"allocation\"\namount = \"-1000000\"\nreason = \"too much\"\n";

#[test]
fn the_owners_money_is_in_every_account_and_in_no_profit() {
    let world = World::new();
    world.write("plain.toml", ALLOCATED.split("[[events]]").next().unwrap());
    world.write("allocated.toml", ALLOCATED);
    let report = |name: &str| -> Value {
        let called = world.call(&["run", &format!("{name}.toml"), "--out", name]);
        assert!([0, 4].contains(&called.code), "{}\n{}", called.stdout, called.stderr);
        serde_json::from_str(&fs::read_to_string(world.path(&format!("{name}/report.json"))).unwrap()).unwrap()
    };
    let (plain, with) = (report("plain"), report("allocated"));
    assert_eq!(with["metrics"]["profit"], plain["metrics"]["profit"]);
    assert_eq!(with["metrics"]["returns"]["profit"], plain["metrics"]["returns"]["profit"]);
    assert_eq!(with["metrics"]["returns"]["allocations"], "5000");
    world.call(&["audit", "allocated"]).expect(0);
    world.call(&["verify", "allocated"]).expect(0).prints("sound");
    world.call(&["ledger", "reconcile", "allocated"]).expect(0);
    world.call(&["ledger", "verify", "allocated"]).expect(0);
    let exported = world.call(&["ledger", "export", "allocated"]).expect(0).stdout;
    let lines = exported.lines().filter(|line| line.split(',').nth(3) == Some("allocation"));
    assert_eq!(lines.count(), 1, "what was refused has no line\n{exported}");
    let statement = world.call(&["ledger", "statement", "allocated", "--csv"]).expect(0).stdout;
    let rows: Vec<Vec<&str>> = statement.lines().map(|line| line.split(',').collect()).collect();
    let column = rows[0].iter().position(|name| *name == "allocations").unwrap();
    assert_eq!(rows[1][column], "5000", "{statement}");
    let text = fs::read_to_string(world.path("allocated/report.md")).unwrap();
    for part in ["allocation of 5000 at 20min", "refused: more than is free; too much"] {
        assert!(text.contains(part), "the report lacks `{part}`:\n{text}");
    }
}

const SET_RIGHT: &str = "mode = \"paper\"\n[market.synthetic]\nduration = \"1h\"\n\
    [[events]]\nat = \"30min\"\nkind = \"bust\"\nfill = 2\nreason = \"clearly erroneous\"\n\
    [[events]]\nat = \"40min\"\nkind = \"correction\"\nticks = -3\n\
    [[events]]\nat = \"45min\"\nkind = \"bust\"\nfill = 2\n";

#[test]
fn a_fill_that_is_taken_back_or_given_another_price_is_so_in_every_account_and_nothing_is_edited() {
    let world = World::new();
    world.write("plain.toml", SET_RIGHT.split("[[events]]").next().unwrap());
    world.write("set_right.toml", SET_RIGHT);
    for name in ["plain", "set_right"] {
        let called = world.call(&["run", &format!("{name}.toml"), "--out", name]);
        assert!([0, 4].contains(&called.code), "{}\n{}", called.stdout, called.stderr);
    }
    world.call(&["audit", "set_right"]).expect(0);
    world.call(&["verify", "set_right"]).expect(0).prints("sound");
    world.call(&["ledger", "reconcile", "set_right"]).expect(0);
    world.call(&["ledger", "verify", "set_right"]).expect(0);
    let export = |name: &str| world.call(&["ledger", "export", name]).expect(0).stdout;
    let (plain, exported) = (export("plain"), export("set_right"));
    let rows: Vec<Vec<&str>> = exported.lines().map(|line| line.split(',').collect()).collect();
    let of = |event: &str| rows.iter().find(|row| row[3] == event).unwrap_or_else(|| panic!("no {event}\n{exported}"));
    let (bust, correction) = (of("bust"), of("correction"));
    // Record 0 opens the books: the second fill is the second record, and stands in both ledgers to the letter.
    assert_eq!(bust[4], "2", "{bust:?}");
    let original = rows[3].clone();
    assert_eq!(original[3], "fill");
    assert_eq!(plain.lines().nth(3).unwrap().split(',').collect::<Vec<_>>(), original, "the fill is as it was");
    let opposite = |text: &str| text.strip_prefix('-').map_or_else(|| format!("-{text}"), str::to_owned);
    assert_eq!((bust[6], bust[9]), (opposite(original[6]).as_str(), opposite(original[9]).as_str()), "cash and fee");
    assert!(correction[4].parse::<usize>().unwrap() < rows.len() && correction[5].contains('@'), "{correction:?}");
    assert_eq!(rows.iter().filter(|row| row[3] == "bust").count(), 1, "one that counts no more cannot be busted again");
    let json: Value = serde_json::from_str(&fs::read_to_string(world.path("set_right/report.json")).unwrap()).unwrap();
    let orders = &json["metrics"]["orders"];
    assert_eq!((orders["busted"].as_u64(), orders["corrected"].as_u64()), (Some(1), Some(1)), "{orders}");
    assert!(json["metrics"]["profit"]["set_right"].is_string(), "{}", json["metrics"]["profit"]);
    let report = fs::read_to_string(world.path("set_right/report.md")).unwrap();
    for text in [
        "bust of fill 2 at 30min: clearly erroneous",
        "correction of the last fill that stands by -3 ticks at 40min",
        "there was no such fill, or not the time: number 3",
        "fill 2, of order",
        "clearly erroneous",
    ] {
        assert!(report.contains(text), "the report lacks `{text}`:\n{report}");
    }
    let html = fs::read_to_string(world.path("set_right/report.html")).unwrap();
    assert!(html.contains("Busts and corrections"), "the profit's parts");
}

const FUNDED: &str = "mode = \"paper\"\n[market.synthetic]\nduration = \"1h\"\n\
    [[events]]\nat = \"2026-01-04T23:58:00Z\"\nkind = \"funding\"\nrate_bps = \"1.5\"\nevery = \"2min\"\n\
    [[events]]\nat = \"2h\"\nkind = \"fee\"\namount = \"0.75\"\n";

#[test]
fn funding_at_a_rate_comes_again_and_what_never_came_is_said() {
    let world = World::new();
    world.write("funded.toml", FUNDED);
    let called = world.call(&["run", "funded.toml", "--out", "out"]);
    assert!([0, 4].contains(&called.code), "{}\n{}", called.stdout, called.stderr);
    assert!(called.stdout.contains("10 more in between"), "{}", called.stdout);
    world.call(&["audit", "out"]).expect(0).prints("events");
    world.call(&["verify", "out"]).expect(0).prints("sound");
    world.call(&["ledger", "reconcile", "out"]).expect(0);
    let json: Value = serde_json::from_str(&fs::read_to_string(world.path("out/report.json")).unwrap()).unwrap();
    assert_eq!(json["account_events"]["count"], 30, "{}", json["account_events"]);
    let report = fs::read_to_string(world.path("out/report.md")).unwrap();
    for text in [
        "funding at 1.5 bps of the position at 2026-01-04T23:58:00.000000000Z and every 2min",
        "What moved the account without a fill",
        "events of the scenario whose time never came: number 2",
    ] {
        assert!(report.to_lowercase().contains(&text.to_lowercase()), "the report lacks `{text}`:\n{report}");
    }
}

#[test]
fn every_charge_out_of_place_has_its_place() {
    let world = World::new();
    let cases = [
        ("kind = \"gift\"\namount = \"1\"", "events[0].kind: unknown value `gift`"),
        ("kind = \"fee\"\namount = \"much\"", "events[0].amount"),
        ("kind = \"fee\"\namount = \"-1000000000001\"", "events[0].amount: found -1000000000001"),
        ("kind = \"fee\"\namount = \"1\"\nmarket = \"DOGE\"", "events[0].market: unknown market `DOGE`"),
        ("kind = \"fee\"\namount = \"1\"\nrate = 1", "events[0].rate"),
        ("kind = \"funding\"", "events[0].amount: nothing"),
        ("kind = \"funding\"\namount = \"1\"\nrate_bps = \"1\"", "events[0].rate_bps: found 1 beside an amount"),
        ("kind = \"fee\"\nrate_bps = \"1\"", "events[0].rate_bps: found 1, of a fee"),
        ("kind = \"adjustment\"\namount = \"1\"", "events[0].reason: nothing"),
        ("kind = \"adjustment\"\namount = \"1\"\nreason = \" \"", "events[0].reason: no words"),
        ("kind = \"adjustment\"\namount = \"1\"\nreason = 'say \"so\"'", "events[0].reason: found '\"'"),
        ("kind = \"adjustment\"\namount = \"1\"\nreason = 'a\\b'", "1 to 200 characters"),
        ("kind = \"allocation\"", "events[0].amount: nothing"),
        ("kind = \"bust\"\nfill = 0", "events[0].fill: found 0"),
        ("kind = \"bust\"\nfill = -1", "events[0].fill"),
        ("kind = \"bust\"\namount = \"1\"", "events[0].amount: found one, of a bust"),
        ("kind = \"bust\"\nprice = \"1\"", "events[0].price: found one, of a bust"),
        ("kind = \"bust\"\nticks = 1", "events[0].ticks: found one, of a bust"),
        ("kind = \"bust\"\nrate_bps = \"1\"", "found 1, of a bust"),
        ("kind = \"fee\"\namount = \"1\"\nfill = 1", "events[0].fill: found one, of a fee"),
        ("kind = \"correction\"", "events[0].price: nothing"),
        ("kind = \"correction\"\nprice = \"1\"\nticks = 1", "events[0].ticks: found 1 beside a price"),
        ("kind = \"correction\"\nticks = 0", "events[0].ticks: found 0"),
        ("kind = \"correction\"\nticks = 1000000001", "events[0].ticks: found 1000000001"),
        ("kind = \"correction\"\nprice = \"0\"", "events[0].price: found 0\n"),
        ("kind = \"correction\"\nprice = \"-1\"", "events[0].price: found -1"),
        ("kind = \"correction\"\nprice = \"0.0000001\"", "events[0].price: found 0.0000001"),
        ("kind = \"allocation\"\nrate_bps = \"1\"", "found 1, of an allocation"),
        ("kind = \"adjustment\"\nrate_bps = \"1\"\nreason = \"so\"", "found 1, of an adjustment"),
        ("kind = \"funding\"\nrate_bps = \"10000.00001\"", "events[0].rate_bps: found 10000.00001"),
        ("kind = \"funding\"\nrate_bps = \"0.000001\"", "at most 5 decimals"),
        ("kind = \"funding\"\namount = \"1\"\nevery = \"59s\"", "events[0].every: found 59s"),
        ("kind = \"funding\"\namount = \"1\"\nevery = \"3651d\"", "events[0].every: found 3651d"),
    ];
    let long = |count| format!("kind = \"adjustment\"\namount = \"1\"\nreason = \"{}\"", "ä".repeat(count));
    let edges = [
        (long(201), "events[0].reason: found 201 characters"),
        (long(200) + "\nmarket = \"DOGE\"", "events[0].market"),
    ];
    let edges = edges.iter().map(|(line, expected)| (line.as_str(), *expected));
    for (line, expected) in cases.into_iter().chain(edges) {
        world.write("bad.toml", &format!("mode = \"paper\"\n[[events]]\nat = \"1min\"\n{line}\n"));
        world.call(&["run", "bad.toml", "--out", "out"]).expect(2).says(expected);
        assert!(!world.path("out").exists());
    }
}
