//! Bots on wires that can lose messages, from the command line: every fault fires, is marked and comes to what it should; a careful
//! gateway comes through, and a naive one is found out for the right reason.

mod program;

use program::World;
use serde_json::Value;

/// A quoting bot that is asked for a lot: an order or two a second.
const MAKER: &str =
    "[bot]\nstrategy = \"market-maker\"\n[bot.parameters]\ninterval = \"1s\"\nrequote = \"always\"\noffset_ticks = 1\n";

/// Twenty minutes, faults for the first ten, and then five to recover in.
fn scenario(seed: u64, gateway: &str, faults: &str) -> String {
    format!(
        "mode = \"paper\"\nseed = {seed}\n[market.synthetic]\nduration = \"20min\"\n{MAKER}[run]\nband = false\n\
         [gateway]\n{gateway}\n[faults]\nheals_at = \"10min\"\nrecovers_within = \"5min\"\n{faults}\n"
    )
}

fn object(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn report(world: &World, out: &str) -> Value {
    object(&std::fs::read_to_string(world.path(out).join("report.json")).expect("a report"))
}

fn run(world: &World, text: &str, out: &str) -> Value {
    world.write("wire.toml", text);
    world.call(&["run", "wire.toml", "--no-drills", "--force", "--out", out]);
    report(world, out)
}

/// Names of the invariants that an audit found broken.
fn broken(report: &Value) -> Vec<String> {
    let lanes = report["audit"]["lanes"].as_array().expect("lanes");
    let rows = lanes.iter().flat_map(|lane| lane["invariants"].as_array().expect("rows"));
    let mut names: Vec<String> = rows
        .filter(|row| row["broken"].as_u64().is_some_and(|count| count > 0))
        .map(|row| row["name"].as_str().expect("a name").to_owned())
        .collect();
    names.sort();
    names
}

/// Chance of each fault, and in which column what follows it has to be seen.
const EVERY: [(&str, u32, &str); 17] = [
    ("stream-disconnect", 10_000, "reconciled"),
    ("request-lost", 20_000, "absent"),
    ("request-delayed", 50_000, "fired"),
    ("reply-lost", 50_000, "fired"),
    ("unknown-executed", 50_000, "fired"),
    ("unknown-not-executed", 20_000, "absent"),
    ("query-lags", 900_000, "fired"),
    ("duplicate-report", 50_000, "dropped"),
    ("fill-before-ack", 50_000, "heard_later"),
    ("late-fill", 900_000, "heard_later"),
    ("rate-limit", 20_000, "fired"),
    ("ban", 10_000, "fired"),
    ("clock-skew", 20_000, "resent"),
    ("invalid-nonce", 20_000, "resent"),
    ("key-revoked", 10_000, "fired"),
    ("firewall", 20_000, "resent"),
    ("overload", 20_000, "resent"),
];

#[test]
fn every_fault_fires_is_marked_and_comes_to_what_it_should() {
    let world = World::new();
    for (fault, rate, column) in EVERY {
        // A query is asked only where something is unknown.
        let asks = if fault == "query-lags" { "request-delayed = 100000\n" } else { "" };
        let found = run(&world, &scenario(3, "", &format!("[faults.rates]\n{fault} = {rate}\n{asks}")), "out");
        let rows = found["metrics"]["wire"]["faults"].as_array().unwrap_or_else(|| panic!("{fault}: no table"));
        let row = rows.iter().find(|row| row["fault"] == fault).unwrap_or_else(|| panic!("{fault} never fired"));
        assert!(row[column].as_u64().is_some_and(|count| count > 0), "{fault}: nothing in `{column}`: {row}");
        assert_eq!(broken(&found), [""; 0], "{fault}");
        let page = std::fs::read_to_string(world.path("out").join("report.html")).expect("a page");
        assert!(page.contains("fault on the wire") && page.contains(fault), "{fault} is not in the report");
        world.call(&["audit", "out"]).expect(0).prints("waits-honoured");
        world.call(&["verify", "out"]).expect(0).prints("sound");
        world.call(&["ledger", "reconcile", "out"]).expect(0);
        let halted = found["metrics"]["wire"]["halted"].as_u64().expect("a count");
        assert_eq!(halted > 0, fault == "key-revoked", "{fault}: a halt is declared where nothing else is left");
    }
}

/// One thing that a careless bot does, the fault that shows it, and the invariant that has to say so.
const CARELESS: [(&str, &str, &str); 5] = [
    ("on_unknown = \"resend-as-new\"", "request-delayed = 50000", "one-order"),
    ("on_unknown = \"assume-failed\"", "request-delayed = 50000", "terminal"),
    ("drops_duplicates = false", "duplicate-report = 50000", "heard-once"),
    ("honours_waits = false", "rate-limit = 10000", "waits-honoured"),
    ("reconciles = false", "stream-disconnect = 20000", "recovers"),
];

#[test]
fn what_a_careless_gateway_does_is_found_out_by_name() {
    let world = World::new();
    for (gateway, rate, expected) in CARELESS {
        let faults = format!("[faults.rates]\n{rate}\n");
        let careless = run(&world, &scenario(3, gateway, &faults), "careless");
        assert!(broken(&careless).iter().any(|name| name == expected), "{gateway}: {:?}", broken(&careless));
        assert_eq!(careless["verdict"], "no-go", "{gateway}");
        let careful = run(&world, &scenario(3, "", &faults), "careful");
        assert_eq!(broken(&careful), [""; 0], "{rate}: the careful twin");
    }
    let naive = run(&world, &scenario(3, "policy = \"naive\"", "profile = \"rough\""), "naive");
    for expected in ["heard-once", "one-order", "recovers"] {
        assert!(broken(&naive).iter().any(|name| name == expected), "{expected} is not in {:?}", broken(&naive));
    }
}

#[test]
fn a_careful_gateway_comes_through_a_hostile_wire_whatever_the_seed() {
    let world = World::new();
    for seed in 1..=12 {
        let swarm = seed % 3 == 0;
        let found = run(&world, &scenario(seed, "", &format!("profile = \"hostile\"\nswarm = {swarm}")), "hostile");
        assert_eq!(broken(&found), [""; 0], "seed {seed}");
        let lanes = found["audit"]["lanes"].as_array().expect("lanes");
        let findings = lanes[0]["found"].as_u64();
        assert_eq!(findings, Some(0), "seed {seed}: {}", lanes[0]["findings"]);
        if !swarm {
            let fired = found["metrics"]["wire"]["faults"].as_array().expect("rows").len();
            assert!(fired > 10, "seed {seed}: only {fired} kinds of fault fired");
        }
    }
}

/// Twice its process ends without its state, in the middle of whatever goes wrong; and it asks for balances and is weighed all the time.
#[test]
fn a_bot_that_loses_its_memory_comes_through_a_hostile_wire() {
    let world = World::new();
    let gateway = "on_lost_memory = \"adopts\"\nbalance_every = \"10s\"\nbalance_stale_after = \"1min\"\nweighs = true";
    let restart = |at: &str| format!("[[commands]]\nat = \"{at}\"\ndo = \"restart\"\nstate = \"lost\"\n");
    // What a gate counted before is forgotten with the rest: it has to be far from its limit.
    let told = format!("[gates.order_burst]\norders = 50\n{}{}", restart("6500ms"), restart("7min"));
    for seed in 1..=8 {
        let text = scenario(seed, gateway, &format!("profile = \"hostile\"\n{told}"));
        let found = run(&world, &text, "out");
        assert_eq!(found["audit"]["lanes"][0]["findings"], Value::Array(Vec::new()), "seed {seed}");
        let rows = found["audit"]["lanes"][0]["invariants"].as_array().expect("rows");
        for name in ["adopts", "bounded-state", "fresh-balance"] {
            let row = rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name}"));
            assert!(row["checked"].as_u64() > Some(0) && row["not_audited"].is_null(), "seed {seed}: {row}");
        }
    }
}

/// The same with a log on a disk that is slow, full and torn: what had left is found again by it, and nothing leaves without a record.
#[test]
fn a_bot_with_a_log_comes_through_a_hostile_wire_and_a_bad_disk() {
    let world = World::new();
    let restart = |at: &str| format!("[[commands]]\nat = \"{at}\"\ndo = \"restart\"\nstate = \"lost\"\n");
    let told = format!("[gates.order_burst]\norders = 50\n{}{}", restart("6500ms"), restart("7min"));
    let disk = "[faults.rates]\nslow-disk = 50000\nfull-disk = 5000\ntorn-write = 700000\n";
    let mut torn = 0;
    for seed in 1..=8 {
        let text = scenario(seed, "log = \"careful\"", &format!("profile = \"hostile\"\n{disk}{told}"));
        let found = run(&world, &text, "out");
        assert_eq!(found["audit"]["lanes"][0]["findings"], Value::Array(Vec::new()), "seed {seed}");
        let rows = found["audit"]["lanes"][0]["invariants"].as_array().expect("rows");
        for name in ["adopts", "logged-first"] {
            let row = rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name}"));
            assert!(row["checked"].as_u64() > Some(0) && row["broken"] == 0, "seed {seed}: {row}");
        }
        let log = &found["metrics"]["wire"]["log"];
        assert!(log["read"] == 2 && log["down"].as_u64() > Some(0), "seed {seed}: {log}");
        torn += log["torn_bytes"].as_u64().unwrap_or_default();
    }
    assert!(0 < torn, "nothing was ever torn");
}

/// A log on a disk that does what it is asked at once is no other bot.
#[test]
fn a_log_on_a_good_disk_changes_nothing() {
    let world = World::new();
    let [plain, logged] = ["", "log = \"careful\""].map(|gateway| run(&world, &scenario(5, gateway, ""), "out"));
    for figure in ["orders", "execution", "returns", "profit", "markouts"] {
        assert_eq!(plain["metrics"][figure], logged["metrics"][figure], "{figure}");
    }
    assert!(logged["metrics"]["wire"]["log"]["written"].as_u64() > Some(5) && broken(&logged).is_empty());
}

/// A wire on which nothing goes wrong is no other venue: the same orders, fills and equity as without one.
#[test]
fn a_wire_without_faults_changes_nothing() {
    let world = World::new();
    let plain = scenario(5, "", "").split("[gateway]").next().expect("a head").to_owned();
    let [wired, plain] = [scenario(5, "", ""), plain].map(|text| run(&world, &text, "out"));
    for figure in ["orders", "execution", "returns", "profit", "markouts"] {
        assert_eq!(wired["metrics"][figure], plain["metrics"][figure], "{figure}");
    }
    assert!(wired["fills"].as_u64().is_some_and(|fills| fills > 5), "{}", wired["fills"]);
}

/// A scenario that names a venue: each fault that something answers is shown with that venue's own status, code and message, in turns where there
/// are several, or as one that it has no reply for.
#[test]
fn a_venue_is_named_and_faults_are_shown_as_it_answers_them() {
    let world = World::new();
    let script = |fault: &str, at: &str| format!("[[faults.script]]\nfault = \"{fault}\"\nat = \"{at}\"\n");
    let all = [
        ("ban", "1min"),
        ("invalid-nonce", "5min"),
        ("reply-lost", "6min"),
        ("overload", "7min"),
        ("overload", "8min"),
    ];
    let faults: String = all.iter().map(|(fault, at)| script(fault, at)).collect();
    let faults = faults.replace("at = \"1min\"\n", "at = \"1min\"\nlasts = \"2min\"\n");
    let found = run(&world, &scenario(3, "", &format!("venue = \"binance-usdm-futures\"\n{faults}")), "out");
    let plain = run(&world, &scenario(3, "", &faults), "plain");
    assert_eq!(found["digest"], plain["digest"], "what it is called changes nothing");
    assert!(plain["venue_answers"].is_null());
    let answers = &found["venue_answers"];
    assert_eq!((&answers["venue"], &answers["as_of"]), (&"binance-usdm-futures".into(), &"2026-05-28".into()));
    let of = |fault: &str| {
        let rows = answers["faults"].as_array().expect("rows");
        rows.iter().find(|row| row["fault"] == fault).map(|row| row["replies"].clone())
    };
    let ban = &of("ban").expect("a ban")[0];
    assert_eq!((&ban["http_status"], &ban["code"]), (&418.into(), &"-1003".into()));
    assert_eq!(ban["shape"], "JSON, code at /code, message at /msg");
    let body = object(ban["body"].as_str().expect("a body"));
    assert_eq!((&body["code"], &body["msg"]), (&(-1003).into(), &ban["message"]));
    assert_eq!(of("invalid-nonce"), Some(Value::Array(Vec::new())), "it knows no nonces");
    assert_eq!(of("reply-lost"), None, "nobody answers");
    assert_eq!(of("overload").and_then(|all| all.as_array().map(Vec::len)), Some(2));
    for page in ["out/report.html", "out/report.md"] {
        let text = std::fs::read_to_string(world.path(page)).expect("a page");
        for words in [
            "As the venue answers",
            "those of binance-usdm-futures as of 2026-05-28",
            "HTTP 418 -1003",
            "no reply in its profile of 2026-05-28",
        ] {
            assert!(text.contains(words), "{page}: no `{words}`");
        }
    }
    // Of several replies the cause id says which: the first overload is the fourth firing of all.
    for (at, words) in [
        ("2min", "binance-usdm-futures answers it with HTTP 418 -1003"),
        ("330s", "answers it with nothing: its profile has no reply for it"),
        ("390s", "the last reply-lost"),
        ("450s", "answers it with -1008"),
    ] {
        world.call(&["replay", "out", "--at", at]).expect(0).prints(words);
    }
    let shown = world.call(&["replay", "out", "--at", "2min", "--json"]).expect(0);
    assert_eq!(object(&shown.stdout)["markets"][0]["wire"]["answered_as"]["http_status"], 418);
    for (name, hint) in [("binance-usdm-future", "did you mean `binance-usdm-futures`"), ("nowhere", "kraken-spot")] {
        world.write("bad.toml", &scenario(3, "", &format!("venue = \"{name}\"")));
        let told = world.call(&["run", "bad.toml", "--no-drills", "--out", "bad"]).expect(2);
        let told = told.says("faults.venue").stderr.replace('\n', " ");
        assert!(told.contains(hint), "{told}");
    }
}

/// Fail the k-th: every reply of the first minutes is lost once, one run each.
#[test]
fn every_single_reply_can_be_lost() {
    let world = World::new();
    for nth in 1..=40 {
        let script = format!("[[faults.script]]\nfault = \"reply-lost\"\nnth = {nth}\n");
        let found = run(&world, &scenario(7, "", &script), "out");
        assert_eq!(found["metrics"]["wire"]["faults"][0]["fired"], 1, "reply {nth}");
        assert_eq!(broken(&found), [""; 0], "reply {nth}");
        assert_eq!(found["audit"]["lanes"][0]["found"], 0, "reply {nth}");
    }
}

#[test]
fn runs_repeat_and_two_markets_have_wires_of_their_own() {
    let world = World::new();
    world.write("wire.toml", &scenario(4, "", "profile = \"hostile\""));
    let once = |more: &[&str]| {
        let call = [&["run", "wire.toml", "--json", "--no-drills", "--force", "--out", "out"], more].concat();
        object(&world.call(&call).stdout)["digest"].clone()
    };
    assert_eq!(once(&["--check-determinism"]), once(&[]));
    let market = "[[markets]]\n[markets.synthetic]\nduration = \"12min\"\n";
    let two = format!(
        "mode = \"paper\"\nseed = 4\n{market}{market}[bot]\nstrategy = \"hedged-maker\"\n\
         [bot.parameters]\ninterval = \"1s\"\n[run]\nband = false\n[faults]\nprofile = \"hostile\"\nheals_at = \"6min\"\n"
    );
    let found = run(&world, &two, "two");
    assert_eq!(broken(&found), [""; 0]);
    assert_eq!(found["audit"]["lanes"][0]["found"], 0, "{}", found["audit"]["lanes"][0]["findings"]);
}

#[test]
fn what_can_never_fire_or_means_nothing_is_refused_with_its_place() {
    let world = World::new();
    let cases = [
        ("", "[[faults.script]]\nfault = \"reply-lost\"\nat = \"11min\"", "faults.script[0].at", "never fire"),
        ("", "[[faults.script]]\nfault = \"reply-lost\"", "faults.script[0].at", "neither"),
        ("", "[[faults.script]]\nfault = \"reply-lost\"\nnth = 0", "faults.script[0].nth", "count from 1"),
        ("", "[[faults.script]]\nfault = \"reply-lost\"\nat = \"1s\"\nnth = 2", "faults.script[0].nth", "one of them"),
        ("", "[[faults.script]]\nfault = \"stream-disconnect\"\nnth = 2", "faults.script[0].nth", "no occasions"),
        ("", "[[faults.script]]\nfault = \"long-pause\"\nnth = 2", "faults.script[0].nth", "no occasions"),
        (
            "",
            "[[faults.script]]\nfault = \"long-pause\"\nat = \"1s\"\nmarket = 0",
            "faults.script[0].market",
            "process",
        ),
        (
            "",
            "[[faults.script]]\nfault = \"dead-mans-switch\"\nat = \"1s\"",
            "faults.script[0].fault",
            "under `[gateway]`",
        ),
        ("", "[faults.rates]\ndead-mans-switch = 5", "faults.rates.dead-mans-switch", "under `[gateway]`"),
        ("dead_mans_switch = \"11min\"", "", "gateway.dead_mans_switch", "10min"),
        ("", "[venue.order_budget]\norders = 0\nwithin = \"1s\"", "venue.order_budget.orders", "1 to 1000000"),
        ("", "[[faults.script]]\nfault = \"meteor\"\nnth = 2", "meteor", "reply-lost"),
        ("", "[faults.rates]\nreply-lost = 1000001", "faults.rates.reply-lost", "0 to 1000000"),
        ("timeout = \"11s\"", "", "gateway.timeout", "10s"),
        ("quiet = \"1s\"", "", "gateway.quiet", "not found"),
        ("attempts = 0", "", "gateway.attempts", "1 to 100"),
    ];
    for (gateway, faults, place, hint) in cases {
        world.write("wire.toml", &scenario(1, gateway, faults));
        let call = world.call(&["run", "wire.toml", "--no-drills", "--force", "--out", "out"]).expect(2);
        let told = call.stderr.replace('\n', " ");
        assert!(told.contains(place) && told.contains(hint), "{faults}{gateway}: {told}");
    }
    let late = scenario(1, "", "").replace("heals_at = \"10min\"", "heals_at = \"21min\"");
    world.write("wire.toml", &late);
    let call = world.call(&["run", "wire.toml", "--no-drills", "--force", "--out", "out"]);
    call.expect(2).says("faults.heals_at");
}

/// Many seeds: what each comes to is what it comes to by itself, whatever the number of threads.
#[test]
fn seeds_are_judged_together_and_each_can_be_had_by_itself() {
    let world = World::new();
    let must = "profile = \"hostile\"\nmust_reach = [\"unknown-absent\", \"missed-found\"]";
    world.write("wire.toml", &scenario(1, "", must));
    let all = |jobs: &str, out: &str| {
        let call = ["run", "wire.toml", "--seeds", "3..6", "--jobs", jobs, "--json", "--out", out];
        object(&world.call(&call).stdout)
    };
    let (one, two) = (all("1", "one"), all("2", "two"));
    assert_eq!(one, two);
    assert_eq!(one["seeds"].as_array().map(Vec::len), Some(4));
    assert_eq!((&one["no_go"], &one["unreached"]), (&0.into(), &Value::Array(Vec::new())), "{one}");
    assert_eq!(one["no_go_at_most"], Value::Null, "seeds of which too little is known are no pass");
    let alone = world.call(&["run", "wire.toml", "--seed", "5", "--json", "--out", "alone"]);
    let alone = object(&alone.stdout);
    let fifth = &one["seeds"][2];
    assert_eq!((&fifth["digest"], &fifth["verdict"]), (&alone["digest"], &alone["verdict"]));
    assert!(!world.path("one/seed-3").exists() && world.path("one/campaign.json").exists());
    let never = scenario(1, "", "must_reach = [\"rollover-while-lost\"]");
    world.write("wire.toml", &never);
    let call = world.call(&["run", "wire.toml", "--seeds", "1", "--json", "--out", "never"]).expect(4);
    assert_eq!(object(&call.stdout)["unreached"][0], "rollover-while-lost");
    world.write("wire.toml", &scenario(1, "policy = \"naive\"", "profile = \"rough\""));
    let call = world.call(&["run", "wire.toml", "--seeds", "1..2", "--out", "naive"]).expect(1);
    call.prints("seatrial run wire.toml --seed 1").prints("one-order").says("campaign.json");
    for (seeds, hint) in [("3..1", "first and the last"), ("x", "found `x`"), ("1..200001", "at most 100000")] {
        world.call(&["run", "wire.toml", "--seeds", seeds]).expect(2).says(hint);
    }
    world.call(&["run", "wire.toml", "--seeds", "1", "--seed", "2"]).expect(2).says("give one of them");
}

/// What was found by people who tried it, kept: partial fills heard of in any order, delays with a tail, the kill drill and violent markets on a wire.
#[test]
fn accounts_drills_and_many_markets_agree_on_a_wire() {
    let world = World::new();
    let faults = "[faults]\nprofile = \"hostile\"\nheals_at = \"10min\"\nrecovers_within = \"5min\"\n";
    let loops = format!(
        "mode = \"paper\"\nseed = 2\n[market.flow]\npreset = \"crypto-alt\"\nduration = \"20min\"\nclosed_loop = true\n\
         believability = false\n[bot]\nstrategy = \"market-maker\"\n[bot.parameters]\ninterval = \"1s\"\noffset_ticks = 0\n\
         [run]\nband = false\n{faults}[faults.rates]\nlate-fill = 500000\n"
    );
    let found = run(&world, &loops, "loop");
    assert_eq!(broken(&found), [""; 0]);
    assert_eq!(found["audit"]["lanes"][0]["found"], 0, "{}", found["audit"]["lanes"][0]["findings"]);
    world.call(&["ledger", "reconcile", "loop"]).expect(0);
    let tailed = "[venue.latency]\nmodel = \"heavy-tailed\"\nmedian = \"5ms\"\ntail = \"200ms\"\n";
    let tailed = scenario(3, "", "profile = \"rough\"").replace("[bot]", &format!("{tailed}[bot]"));
    let found = run(&world, &tailed, "tailed");
    assert_eq!(broken(&found), [""; 0]);
    assert_eq!(found["audit"]["lanes"][0]["found"], 0, "{}", found["audit"]["lanes"][0]["findings"]);
    world.write("wire.toml", &scenario(3, "", "profile = \"hostile\""));
    let call = world.call(&["run", "wire.toml", "--no-drills", "--kills", "10", "--json", "--out", "killed"]);
    assert!(!call.stdout.contains("told before"), "{}", call.stdout);
}

/// What can go wrong is printed, with the venues' own codes and where they were read.
#[test]
fn faults_are_listed_and_explained() {
    let world = World::new();
    let listed = object(&world.call(&["faults", "list", "--json"]).expect(0).stdout);
    let number = |name: &str| {
        let rows = listed.as_array().expect("rows");
        rows.iter().find(|row| row["fault"] == name).map(|row| row["number"].clone())
    };
    assert_eq!(number("reply-lost"), Some(17.into()));
    assert_eq!(number("request-lost"), Some(Value::Null), "the catalogue has no number for it");
    let all = object(&world.call(&["faults", "catalogue", "--json"]).expect(0).stdout);
    assert_eq!(all.as_array().map(Vec::len), Some(60));
    world.call(&["faults", "explain", "clock-skew"]).expect(0).prints("-1021").prints("binance-spot").prints("as of");
    world.call(&["faults", "explain", "meteor"]).expect(2).says("reply-lost");
    world.call(&["faults", "venues"]).expect(0).prints("kraken-spot");
    world.call(&["faults", "venues", "kraken-spot"]).expect(0).prints("EAPI:Invalid nonce");
    world.call(&["faults", "venues", "nowhere"]).expect(2).says("kraken-spot");
}

/// Faults of market data that can be switched off.
const OF_FEED: [&str; 11] = [
    "slow-feed",
    "sequence-gap",
    "duplicate-message",
    "out-of-order",
    "stale-snapshot",
    "checksum-mismatch",
    "crossed-book",
    "bad-tick",
    "depth-limit",
    "slow-consumer",
    "reconnect-storm",
];

/// Seeds of hostile campaigns over the quoting bot of `scenarios/wire.toml` that found something, kept: a seed, until which minute things go wrong,
/// whether market data suffer as well, and what was wrong.
const FOUND: [(u64, u32, bool, &str); 4] = [
    // An order was filled while the stream was lost and the address banned; the bot waited four minutes for the answer to its cancel.
    (
        831,
        38,
        false,
        "a bot waits for answers about an order until it has heard that the order is over, not until it is",
    ),
    // Struck twice, a feed that fell behind was as quick as ever for four seconds.
    (32, 7, true, "a slow feed that is struck again goes on falling behind"),
    // A late copy of a message that was known ended a silence, and the book of a feed seven seconds behind was shown.
    (136, 72, true, "a late copy says nothing of what comes behind it"),
    // A sound message and a broken one in one stretch of rows: how long the sound one took was not heard of.
    (55, 98, true, "how long messages take is known of the last sound one, however many are heard of at once"),
];

#[test]
fn seeds_that_found_something_stay_clean() {
    let world = World::new();
    let manifest = env!("CARGO_MANIFEST_DIR");
    let text = std::fs::read_to_string(format!("{manifest}/scenarios/wire.toml")).expect("a scenario");
    for (seed, minutes, with_feed, what) in FOUND {
        let rates: String = OF_FEED.iter().map(|fault| format!("{fault} = 0\n")).collect();
        let rates = if with_feed { String::new() } else { format!("[faults.rates]\n{rates}") };
        world.write("wire.toml", &format!("{text}{rates}"));
        let seed = seed.to_string();
        let sets = [
            "faults.profile=hostile".to_owned(),
            "run.band=false".to_owned(),
            format!("run.duration={}min", minutes + 6),
            format!("faults.heals_at={minutes}min"),
        ];
        let sets = sets.iter().flat_map(|set| ["--set", set.as_str()]);
        let head = ["run", "wire.toml", "--seed", &seed, "--no-drills", "--force", "--out", "out"];
        world.call(&head.into_iter().chain(sets).collect::<Vec<_>>());
        let found = report(&world, "out");
        assert_eq!(found["audit"]["lanes"][0]["findings"], Value::Array(Vec::new()), "seed {seed}: {what}");
    }
}
