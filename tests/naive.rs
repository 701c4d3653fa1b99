//! The oracle bites: bots that do on purpose what too many bots do, each found out for the right reason, and beside each its careful twin,
//! which nothing is found of.

mod program;

use program::World;
use serde_json::Value;
use std::collections::BTreeSet;

/// One thing that careless bots do.
struct Naive {
    what: &'static str,
    /// Tables of the scenario that both twins have: what goes wrong, and what they are told.
    world: &'static str,
    /// Keys of `[bot]`, `[gateway]` and `[feed]` of the careless one, and of the careful one.
    careless: [&'static str; 3],
    careful: [&'static str; 3],
    /// What has to be found of the careless one, and what may be found beside.
    found: &'static [&'static str],
    beside: &'static [&'static str],
}

const NOTHING: [&str; 3] = ["", "", ""];

const NAIVE: [Naive; 10] = [
    Naive {
        what: "retries blindly",
        world: "[faults.rates]\nrate-limit = 10000\nban = 1000\n",
        careless: ["", "on_unknown = \"resend\"\nhonours_waits = false\n", ""],
        careful: NOTHING,
        found: &["waits-honoured"],
        beside: &[],
    },
    Naive {
        what: "has no idempotency",
        world: "[faults.rates]\nrequest-delayed = 50000\nduplicate-report = 50000\n",
        careless: ["", "on_unknown = \"resend-as-new\"\ndrops_duplicates = false\n", ""],
        careful: NOTHING,
        found: &["one-order", "heard-once"],
        // Orders that nobody cleared, and what was believed twice, bring the bot's own figures out of step.
        beside: &[
            "clearance",
            "position",
            "recovers",
            "terminal",
            "cancels",
            "marks",
            "alert network_latency",
            "alert trade_rate",
        ],
    },
    Naive {
        what: "trades on stale data",
        world: "[gates]\nstale_data = \"off\"\n[faults.rates]\nslow-consumer = 8000\n",
        careless: ["", "", "policy = \"naive\"\n"],
        careful: NOTHING,
        found: &["sound-book"],
        beside: &[],
    },
    Naive {
        what: "ignores a kill",
        world: "[[commands]]\nat = \"4min\"\ndo = \"kill\"\n",
        careless: ["ignores_kill = true\n", "", ""],
        careful: NOTHING,
        found: &["kill_switch"],
        beside: &["commands", "cancels", "stops-hold", "alert kill_switch"],
    },
    Naive {
        what: "forgets its orders at a restart",
        world: "[gates.order_burst]\norders = 30\n[[commands]]\nat = \"4min\"\ndo = \"restart\"\nstate = \"lost\"\n[[commands]]\nat = \"6500ms\"\ndo = \"restart\"\nstate = \"lost\"\n",
        careless: ["", "on_lost_memory = \"forgets\"\n", ""],
        careful: ["", "on_lost_memory = \"adopts\"\n", ""],
        found: &["adopts"],
        beside: &[],
    },
    Naive {
        what: "never reconciles",
        world: "[faults.rates]\nstream-disconnect = 20000\n",
        careless: ["", "reconciles = false\n", ""],
        careful: NOTHING,
        found: &["recovers"],
        beside: &[],
    },
    Naive {
        what: "trades without a balance",
        world: "[faults.rates]\nreply-lost = 950000\n",
        careless: ["", "balance_every = \"5s\"\nbalance_stale_after = \"20s\"\nholds_when_unbalanced = false\n", ""],
        careful: ["", "balance_every = \"5s\"\nbalance_stale_after = \"20s\"\n", ""],
        found: &["fresh-balance"],
        beside: &[],
    },
    Naive {
        what: "leaks memory",
        world: "",
        careless: ["", "weighs = true\nkeeps_everything = true\n", ""],
        careful: ["", "weighs = true\n", ""],
        found: &["bounded-state"],
        beside: &[],
    },
    Naive {
        what: "does not wait for its log",
        world: "[gates.order_burst]\norders = 50\n[[commands]]\nat = \"4min\"\ndo = \"restart\"\nstate = \"lost\"\n[faults.rates]\nslow-disk = 20000\nfull-disk = 3000\ntorn-write = 1000000\n",
        careless: ["", "log = \"naive\"\n", ""],
        careful: ["", "log = \"careful\"\n", ""],
        found: &["logged-first"],
        // It has forgotten what it sent as well.
        beside: &["adopts"],
    },
    Naive {
        what: "stops trading after the first fault",
        world: "[[faults.script]]\nfault = \"request-lost\"\nnth = 40\n",
        careless: ["", "stops_after_failure = true\n", ""],
        careful: NOTHING,
        found: &["recovers"],
        beside: &[],
    },
];

/// Twenty minutes of a bot that sends an order or two a second; faults for the first ten, and then five to recover in.
fn scenario(world: &str, [bot, gateway, feed]: [&str; 3]) -> String {
    let recovery = "[faults]\nheals_at = \"10min\"\nrecovers_within = \"5min\"\n";
    format!(
        "mode = \"paper\"\nseed = 3\n[market.synthetic]\nduration = \"20min\"\n[run]\nband = false\n\
         [bot]\nstrategy = \"market-maker\"\n{bot}[bot.parameters]\ninterval = \"1s\"\nrequote = \"always\"\noffset_ticks = 1\n\
         [gateway]\n{gateway}[feed]\n{feed}{recovery}{world}"
    )
}

/// What a run comes to: its verdict, and the names of all that its audit found fault with.
fn judged(world: &World, text: &str) -> (String, BTreeSet<String>) {
    world.write("naive.toml", text);
    let called = world.call(&["run", "naive.toml", "--no-drills", "--force", "--out", "out"]);
    let report = std::fs::read_to_string(world.path("out/report.json"));
    let report: Value =
        serde_json::from_str(&report.unwrap_or_else(|error| panic!("{error}: {}", called.stderr))).expect("a report");
    let lanes = report["audit"]["lanes"].as_array().expect("lanes");
    let findings = lanes.iter().flat_map(|lane| lane["findings"].as_array().expect("findings"));
    let names = findings.map(|finding| finding["control"].as_str().expect("a name").to_owned());
    (report["verdict"].as_str().expect("a verdict").to_owned(), names.collect())
}

#[test]
fn what_a_naive_bot_does_is_found_out_for_the_right_reason() {
    let world = World::new();
    for naive in NAIVE {
        let (verdict, found) = judged(&world, &scenario(naive.world, naive.careless));
        assert_eq!(verdict, "no-go", "a bot that {}: {found:?}", naive.what);
        for name in naive.found {
            world.call(&["audit", "out"]).expect(1).prints(name);
            assert!(found.contains(*name), "a bot that {}: {name} is not in {found:?}", naive.what);
        }
        let explained = |name: &String| naive.found.iter().chain(naive.beside).any(|other| name == other);
        let stray: Vec<&String> = found.iter().filter(|name| !explained(name)).collect();
        assert!(stray.is_empty(), "a bot that {}: found for another reason: {stray:?}", naive.what);
    }
}

#[test]
fn of_its_careful_twin_nothing_is_found() {
    let world = World::new();
    for naive in NAIVE {
        let (verdict, found) = judged(&world, &scenario(naive.world, naive.careful));
        assert_eq!(found, BTreeSet::new(), "the twin of a bot that {}", naive.what);
        assert_ne!(verdict, "no-go", "the twin of a bot that {}", naive.what);
    }
}

/// A bot that ignores a kill does so in its drills: what is left of its run without any command is no reason to let it go.
#[test]
fn a_bot_that_ignores_a_kill_is_found_out_by_the_drill_where_nobody_killed_it() {
    let world = World::new();
    for (bot, passes) in [("ignores_kill = true\n", false), ("", true)] {
        world.write("drilled.toml", &scenario("[readiness]\nmandatory_controls = [\"kill_switch\"]\n", [bot, "", ""]));
        let called = world.call(&["drill", "kill_switch", "--scenario", "drilled.toml"]);
        assert_eq!(called.code == 0, passes, "{bot}: {}{}", called.stdout, called.stderr);
        let ran = world.call(&["run", "drilled.toml", "--force", "--out", "drilled"]);
        let report: Value =
            serde_json::from_str(&std::fs::read_to_string(world.path("drilled/report.json")).expect("a report"))
                .expect("a report");
        assert_eq!(report["verdict"] == "no-go", !passes, "{bot}: {}", ran.stdout);
    }
}

/// Balances that cannot be asked for, or would be stale before the next one comes.
#[test]
fn balances_that_mean_nothing_are_refused_with_their_place() {
    let world = World::new();
    let cases = [
        ("balance_every = \"0s\"\n", "gateway.balance_every", "1s"),
        ("balance_every = \"10s\"\nbalance_stale_after = \"5s\"\n", "gateway.balance_stale_after", "more than 12s"),
        ("balance_every = \"10s\"\nbalance_stale_after = \"12s\"\n", "gateway.balance_stale_after", "more than 12s"),
        ("balance_every = \"10min\"\n", "gateway.balance_stale_after", "found 5min, where nothing is said"),
        ("balance_stale_after = \"1min\"\n", "gateway.balance_stale_after", "`1min` without `balance_every`"),
        ("holds_when_unbalanced = true\n", "gateway.holds_when_unbalanced", "nobody asks for a balance"),
        ("weighs = true\nreconciles = false\n", "gateway.weighs", "`reconciles = true`"),
        ("policy = \"naive\"\nweighs = true\n", "gateway.weighs", "does not reconcile"),
        ("on_lost_memory = \"adopts\"\nreconciles = false\n", "gateway.on_lost_memory", "`reconciles = true`"),
        ("policy = \"naive\"\non_lost_memory = \"adopts\"\n", "gateway.on_lost_memory", "does not reconcile"),
        ("on_lost_memory = \"adpots\"\n", "", "adopts"),
    ];
    for (gateway, place, hint) in cases {
        world.write("bad.toml", &scenario("", ["", gateway, ""]));
        let call = world.call(&["run", "bad.toml", "--no-drills", "--out", "bad"]).expect(2).says(place);
        let told = call.stderr.replace('\n', " ");
        assert!(told.contains(hint), "{gateway}: {told}");
    }
    let sound = [
        "balance_every = \"10s\"\nbalance_stale_after = \"13s\"\n",
        "policy = \"naive\"\nreconciles = true\nweighs = true\non_lost_memory = \"adopts\"\n",
    ];
    for gateway in sound {
        world.write("good.toml", &scenario("", ["", gateway, ""]));
        world.call(&["scenario", "check", "good.toml"]).expect(0);
    }
}
