//! Bots on feeds of market data that lose, double, delay and damage messages, from the command line: every fault fires, is marked and
//! comes to what it should; careful supervision comes through, and a naive one is found out for the right reason.

mod program;

use program::World;
use serde_json::Value;

/// A quoting bot that is asked for a lot: an order a second.
const MAKER: &str =
    "[bot]\nstrategy = \"market-maker\"\n[bot.parameters]\ninterval = \"1s\"\nrequote = \"always\"\noffset_ticks = 1\n";

/// Twenty minutes, faults for the first ten, and then five to recover in.
fn scenario(seed: u64, feed: &str, faults: &str) -> String {
    format!(
        "mode = \"paper\"\nseed = {seed}\n[market.synthetic]\nduration = \"20min\"\n{MAKER}[run]\nband = false\n\
         [feed]\n{feed}\n[faults]\nheals_at = \"10min\"\nrecovers_within = \"5min\"\n{faults}\n"
    )
}

fn object(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn run(world: &World, text: &str, out: &str) -> Value {
    world.write("feed.toml", text);
    let called = world.call(&["run", "feed.toml", "--no-drills", "--force", "--out", out]);
    let report = std::fs::read_to_string(world.path(out).join("report.json"));
    object(&report.unwrap_or_else(|error| panic!("{error}: {}", called.stderr)))
}

/// Names of the invariants that an audit found broken.
fn broken(report: &Value) -> Vec<String> {
    let lanes = report["audit"]["lanes"].as_array().expect("lanes");
    let rows = lanes.iter().flat_map(|lane| lane["invariants"].as_array().expect("rows"));
    let is_broken = |row: &&Value| row["broken"].as_u64().is_some_and(|count| count > 0);
    let mut names: Vec<String> =
        rows.filter(is_broken).map(|row| row["name"].as_str().expect("a name").to_owned()).collect();
    names.sort();
    names
}

/// Findings about the bot's controls: those about alerts are about who watches it.
fn findings(report: &Value) -> Vec<String> {
    let lanes = report["audit"]["lanes"].as_array().expect("lanes");
    lanes.iter().flat_map(|lane| lane["findings"].as_array().expect("findings")).map(Value::to_string).collect()
}

/// Chance of each fault, which figure of the careful supervision says what it did about it, and what becomes of a naive one.
const EVERY: [(&str, u32, &str, &[&str]); 11] = [
    ("slow-feed", 8_000, "failed_over", &["sound-book"]),
    ("sequence-gap", 2_000, "snapshots", &["feed-recovers", "sound-book"]),
    ("duplicate-message", 5_000, "messages_dropped", &[]),
    ("out-of-order", 3_000, "unsynchronised", &["feed-recovers", "sound-book"]),
    ("stale-snapshot", 500_000, "snapshots_refused", &["feed-recovers", "sound-book"]),
    ("checksum-mismatch", 2_000, "snapshots", &["feed-recovers", "sound-book"]),
    ("crossed-book", 2_000, "unsynchronised", &["feed-recovers", "sound-book"]),
    ("bad-tick", 20_000, "ticks_held", &[]),
    ("depth-limit", 8_000, "", &[]),
    ("slow-consumer", 8_000, "unsynchronised", &["sound-book"]),
    ("reconnect-storm", 8_000, "connects", &["connects-slowly", "feed-recovers", "sound-book"]),
];

#[test]
fn every_fault_of_a_feed_fires_is_marked_and_comes_to_what_it_should() {
    let world = World::new();
    for (fault, rate, figure, expected) in EVERY {
        // A snapshot is asked for only where something is missing.
        let more = if fault == "stale-snapshot" { "sequence-gap = 2000\n" } else { "" };
        let faults = format!("[faults.rates]\n{fault} = {rate}\n{more}");
        let careful = run(&world, &scenario(3, "", &faults), "careful");
        let wire = &careful["metrics"]["wire"];
        let rows = wire["faults"].as_array().unwrap_or_else(|| panic!("{fault}: no table"));
        assert!(rows.iter().any(|row| row["fault"] == fault), "{fault} never fired");
        let did = wire["feed"][figure].as_u64().unwrap_or_default();
        assert!(figure.is_empty() || 0 < did, "{fault}: nothing in `{figure}`: {}", wire["feed"]);
        assert_eq!(findings(&careful), [""; 0], "{fault}");
        let page = std::fs::read_to_string(world.path("careful").join("report.html")).expect("a page");
        assert!(page.contains("fault on the wire") && page.contains(fault), "{fault} is not in the report");
        world.call(&["audit", "careful"]).expect(0).prints("true-book");
        world.call(&["verify", "careful"]).expect(0).prints("sound");
        let naive = run(&world, &scenario(3, "policy = \"naive\"", &faults), "naive");
        assert_eq!(broken(&naive), *expected, "{fault}: the naive twin");
        assert_eq!(naive["verdict"] == "no-go", !expected.is_empty(), "{fault}: the naive twin");
    }
}

/// A rule that is left out, the fault that shows it, and the invariant that has to say so.
const CARELESS: [(&str, &str, &str); 4] = [
    ("refuses_old_snapshots = false", "stale-snapshot = 900000\nsequence-gap = 2000", "true-book"),
    ("checks_crossed = false\nchecks_checksum = false", "crossed-book = 2000", "sound-book"),
    ("checks_checksum = false", "checksum-mismatch = 2000", "sound-book"),
    ("policy = \"naive\"\nchecks_crossed = true", "slow-consumer = 8000", "sound-book"),
];

#[test]
fn what_careless_supervision_does_is_found_out_by_name() {
    let world = World::new();
    for (feed, rates, expected) in CARELESS {
        let faults = format!("[faults.rates]\n{rates}\n");
        let careless = run(&world, &scenario(3, feed, &faults), "careless");
        assert!(broken(&careless).iter().any(|name| name == expected), "{feed}: {:?}", broken(&careless));
    }
}

#[test]
fn careful_supervision_comes_through_whatever_the_seed() {
    let world = World::new();
    for seed in 1..=10 {
        let swarm = seed % 3 == 0;
        let found = run(&world, &scenario(seed, "", &format!("profile = \"hostile\"\nswarm = {swarm}")), "hostile");
        assert_eq!(findings(&found), [""; 0], "seed {seed}");
    }
}

/// A feed on which nothing goes wrong shows what the tape shows.
#[test]
fn a_feed_without_faults_changes_nothing() {
    let world = World::new();
    let fed = scenario(5, "", "").replace("heals_at = \"10min\"\n", "");
    let fed = fed.split("[faults]").next().expect("a head").to_owned();
    let plain = fed.replace("[feed]\n", "");
    let [fed, plain] = [fed, plain].map(|text| run(&world, &text, "out"));
    for figure in ["orders", "execution", "returns", "profit", "markouts"] {
        assert_eq!(fed["metrics"][figure], plain["metrics"][figure], "{figure}");
    }
    assert!(fed["fills"].as_u64().is_some_and(|fills| fills > 5), "{}", fed["fills"]);
}

/// Disturbances of the feed are supervised as well: what stalls goes stale, and what is closed is connected again.
#[test]
fn disturbances_of_a_feed_are_noticed() {
    let world = World::new();
    for (kind, figure) in [("feed-stall", "failed_over"), ("feed-disconnect", "connects")] {
        let wrong = format!("[[disturbances]]\nat = \"2min\"\nlasts = \"30s\"\nkind = \"{kind}\"\n");
        let head = scenario(3, "", "");
        let text = head.replace("[feed]\n", &format!("{wrong}[feed]\n"));
        let found = run(&world, &text, "out");
        assert!(found["metrics"]["wire"]["feed"][figure].as_u64() > Some(0), "{kind}: {}", found["metrics"]["wire"]);
        assert_eq!(findings(&found), [""; 0], "{kind}");
        // One that looks at nothing, and whose gates do not look either.
        let naive = text.replace("[feed]\n", "[gates]\nstale_data = \"off\"\n[feed]\npolicy = \"naive\"\n");
        let naive = run(&world, &naive, "naive");
        assert!(broken(&naive).contains(&"sound-book".to_owned()), "{kind}: {:?}", broken(&naive));
    }
}

/// A script that strikes at the worst instant, and what careful supervision makes of it: nothing that anybody has to find.
fn scripted(faults: &[(&str, &str, &str)]) -> String {
    let one = |(fault, at, lasts): &(&str, &str, &str)| {
        format!("[[faults.script]]\nfault = \"{fault}\"\nat = \"{at}\"\nlasts = \"{lasts}\"\n")
    };
    faults.iter().map(one).collect()
}

/// The first source comes back for a moment while a book of the second is on its way; then it is gone for a minute. A reviewer found that the
/// late book stayed for as long. The second source is asked for anew.
#[test]
fn a_late_book_of_the_second_source_does_not_stay() {
    let world = World::new();
    let stall = "[gates]\nstale_data = \"off\"\n[[disturbances]]\nkind = \"feed-stall\"\nat = \"181380ms\"\nlasts = \"9550ms\"\n";
    let text = scenario(3, "", &scripted(&[("reconnect-storm", "191s", "60s")]));
    let found = run(&world, &text.replace("[feed]\n", &format!("{stall}[feed]\n")), "out");
    assert_eq!(findings(&found), [""; 0]);
    assert_eq!(found["metrics"]["wire"]["feed"]["failed_over"], 2, "{}", found["metrics"]["wire"]["feed"]);
}

/// Stretches too short to be noticed, and those that the healing cuts off.
#[test]
fn nobody_has_to_notice_what_is_over_at_once() {
    let world = World::new();
    let table = [
        ("slow-consumer", "3min", "900ms"),
        ("slow-consumer", "3min", "4s"),
        ("slow-feed", "3min", "3s"),
        ("slow-feed", "597s", "60s"),
        ("slow-consumer", "597s", "60s"),
        ("reconnect-storm", "599s", "60s"),
    ];
    for one in table {
        let text = scenario(3, "", &scripted(&[one]));
        assert_eq!(findings(&run(&world, &text, "out")), [""; 0], "{one:?}");
        let text = text.replace("recovers_within = \"5min\"", "recovers_within = \"20s\"");
        assert_eq!(findings(&run(&world, &text, "out")), [""; 0], "{one:?}, judged after 20 s");
    }
}

/// Who says that silence is to be suffered for ten seconds is judged by that.
#[test]
fn silence_that_the_scenario_allows_is_allowed() {
    let world = World::new();
    let text = scenario(3, "stale_after = \"10s\"", &scripted(&[("slow-consumer", "3min", "9s")]));
    assert_eq!(findings(&run(&world, &text, "out")), [""; 0]);
}

/// A market that is over before the faults have healed cannot have recovered from them, and nobody says that it has.
#[test]
fn a_market_that_is_over_is_not_judged() {
    let world = World::new();
    let head = scenario(3, "", &scripted(&[("reconnect-storm", "295s", "60s")]));
    let (one, two) =
        ("[market.synthetic]\nduration = \"20min\"\n", "[[markets]]\nsymbol = \"AAA-USD\"\n[markets.synthetic]\n");
    let markets = format!("{two}duration = \"20min\"\n{}duration = \"5min\"\n", two.replace("AAA", "BBB"));
    let text = head.replace(one, "").replace("[feed]\n", &format!("{markets}[feed]\n"));
    let found = run(&world, &text, "out");
    assert_eq!(findings(&found), [""; 0]);
    let rows = found["audit"]["lanes"][0]["invariants"].as_array().expect("rows");
    let row = rows.iter().find(|row| row["name"] == "feed-recovers").expect("a row");
    assert_eq!((&row["checked"], row["not_audited"].is_string()), (&Value::from(1), true), "{row}");
}

/// What fires by the script fires once, at its occasion; the same seed gives the same bytes, and every fault can be told apart by its number.
#[test]
fn a_script_fires_at_its_occasion() {
    let world = World::new();
    let script = "[[faults.script]]\nfault = \"sequence-gap\"\nnth = 40\n\
                  [[faults.script]]\nfault = \"slow-feed\"\nat = \"3min\"\nlasts = \"30s\"\n";
    let found = run(&world, &scenario(3, "", script), "out");
    let marks = found["metrics"]["wire"]["faults"].as_array().expect("rows");
    let fired: Vec<(&str, u64)> =
        marks.iter().map(|row| (row["fault"].as_str().expect("a name"), row["fired"].as_u64().unwrap_or(0))).collect();
    assert_eq!(fired, [("sequence-gap", 1), ("slow-feed", 1)]);
    let again = run(&world, &scenario(3, "", script), "again");
    assert_eq!(found["metrics"], again["metrics"]);
    world.call(&["diff", "out", "again"]).expect(0);
}

/// Faults that come together, and which of them have an occasion in every run: nobody asks of an order whose report was heard.
const PATTERNS: [(&str, &[&str]); 2] =
    [("stutter", &["sequence-gap", "stale-snapshot"]), ("ack-fog", &["unknown-executed", "reply-lost"])];

#[test]
fn patterns_fire_and_a_careful_bot_comes_through() {
    let world = World::new();
    for (pattern, faults) in PATTERNS {
        let times =
            [2, 4, 6, 8].map(|minute| format!("[[faults.pattern]]\nname = \"{pattern}\"\nat = \"{minute}min\"\n"));
        let found = run(&world, &scenario(3, "", &times.concat()), "out");
        let rows = found["metrics"]["wire"]["faults"].as_array().expect("rows");
        for fault in faults {
            assert!(rows.iter().any(|row| row["fault"] == *fault), "{pattern}: no {fault} in {rows:?}");
        }
        assert_eq!(findings(&found), [""; 0], "{pattern}");
    }
    let never = "[[faults.pattern]]\nname = \"stutter\"\nat = \"11min\"\n";
    world.write("never.toml", &scenario(3, "", never));
    world.call(&["run", "never.toml", "--no-drills", "--out", "never"]).expect(2).says("faults.pattern[0].at");
}

#[test]
fn a_feed_that_cannot_be_supervised_is_refused() {
    let world = World::new();
    let table = [
        ("[feed]\nmax_delay = \"0s\"\n", "feed.max_delay"),
        ("[feed]\nstale_after = \"1s\"\n", "feed.stale_after"),
        ("[feed]\nsupervises = true\n", "supervises"),
        ("[market.flow]\npreset = \"crypto-micro\"\nclosed_loop = true\n[feed]\n", "closed loop"),
        (
            "[market.flow]\npreset = \"crypto-micro\"\nclosed_loop = true\n[faults.rates]\nsequence-gap = 5\n",
            "closed loop",
        ),
        ("[feed]\npolicy = \"naive\"\nsecond_source = true\n", "feed.second_source"),
        ("[faults.rates]\nstale-snapshot = 5\n", "faults.rates.stale-snapshot"),
        ("[run]\nview = \"lagged\"\n[faults]\nprofile = \"rough\"\n", "run.view"),
        ("[feed]\n[market.flow]\npreset = \"crypto-micro\"\n[volatility]\n", "one of the two"),
    ];
    for (text, found) in table {
        world.write("bad.toml", &format!("mode = \"paper\"\n{MAKER}{text}"));
        world.call(&["run", "bad.toml", "--no-drills", "--out", "bad"]).expect(2).says(found);
    }
}
