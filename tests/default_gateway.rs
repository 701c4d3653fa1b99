//! The gateway that every bot on a market of rows has without asking: it is there, and a run is to the byte what it is without one.

mod program;

use program::World;
use seatrial::journal::{Entry, HeardAt, JournalReader};
use seatrial::scenario::{
    Connection, Executed, LaneRun, Overrides, Registry, Scenario, Trial, bind, execute, journal_name,
};
use std::path::Path;

const NONE: &str = "gateway.policy=none";

/// A quoting bot that is asked for a lot: an order or two a second.
const MAKER: &str =
    "[bot]\nstrategy = \"market-maker\"\n[bot.parameters]\ninterval = \"1s\"\nrequote = \"always\"\noffset_ticks = 1\n";

fn overrides(words: &[&str]) -> Overrides {
    Overrides { ci: true, set: words.iter().map(|word| (*word).to_owned()).collect(), ..Overrides::default() }
}

fn played(trial: &Trial) -> (Executed, u64) {
    let mut open_most = 0;
    let executed = execute(trial, None, &mut |progress| open_most = open_most.max(progress.held.calls_open));
    (executed.unwrap_or_else(|error| panic!("{error}")), open_most)
}

fn digests(executed: &Executed) -> Vec<String> {
    let lane = |lane: &LaneRun| format!("{} {} {} orders", lane.preset, lane.journal.digest, lane.outcome.orders);
    executed.lanes.iter().map(lane).collect()
}

/// Plays one scenario both ways; how many orders were sent, of all lanes together.
fn same(name: &str, default: &Scenario, none: &Scenario) -> u64 {
    let registry = Registry::builtin();
    let bound = |scenario: &Scenario| bind(scenario, &registry).unwrap_or_else(|error| panic!("{name}: {error}"));
    let (default, none) = (bound(default), bound(none));
    assert_eq!((default.connection(), none.connection()), (Connection::Sound, Connection::Plain), "{name}");
    let ((with, _), (without, open)) = (played(&default), played(&none));
    assert_eq!(digests(&with), digests(&without), "{name}");
    assert_eq!(open, 0, "{name}: calls of a gateway that is not there");
    with.lanes.iter().map(|lane| lane.outcome.orders).sum()
}

/// Every scenario that says nothing of a gateway.
#[test]
fn every_scenario_is_what_it_is_without_a_gateway() {
    let registry = Registry::builtin();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    let (mut compared, mut orders) = (0, 0);
    for path in files {
        let load = |words: &[&str]| Scenario::load(&path, &overrides(words), &registry);
        let default = load(&[]).unwrap();
        if default.file.gateway.is_some() || default.file.faults.is_some() {
            continue;
        }
        let none = load(&[NONE]).unwrap();
        let pairs: Vec<_> = match default.is_of_several_bots() {
            true => default.bots().into_iter().zip(none.bots()).collect(),
            false => vec![(default, none)],
        };
        for (default, none) in pairs {
            orders += same(&path.display().to_string(), &default, &none);
            compared += 1;
        }
    }
    assert!(10 < compared && 1_000 < orders, "{compared} scenarios, {orders} orders");
}

/// What a wire with faults would make something of: answers that take longer than a gateway waits, reports that are kept back, errors, a bot
/// that is told to stop, loses its memory, and is watched.
const HARD: [(&str, &str); 8] = [
    ("slow venue", "[[disturbances]]\nkind = \"slow-venue\"\nat = \"5min\"\nlasts = \"4min\"\nextra = \"7s\"\n"),
    ("kept back", "[[disturbances]]\nkind = \"lost-acknowledgement\"\nat = \"5min\"\nlasts = \"90s\"\n"),
    ("errors", "[[disturbances]]\nkind = \"venue-error\"\nat = \"5min\"\nlasts = \"90s\"\n"),
    ("lost memory", "[[commands]]\nat = \"7min\"\ndo = \"restart\"\nstate = \"lost\"\n"),
    ("flatten", "[[commands]]\nat = \"7min\"\ndo = \"pause\"\n[[commands]]\nat = \"7min\"\ndo = \"flatten\"\n"),
    ("heavy tails", "[venue.latency]\nmodel = \"heavy-tailed\"\nmedian = \"20ms\"\ntail = \"900ms\"\n"),
    ("as the feed", "[venue.latency]\nmodel = \"recorded\"\nfactor = \"3\"\n"),
    ("watched", "[alerts]\nvenue_reply_ms = 500\n[venue.latency]\nmodel = \"heavy-tailed\"\ntail = \"2s\"\n"),
];

const MARKETS: [(&str, &str); 3] = [
    ("simple", "[market.synthetic]\nduration = \"20min\"\n"),
    ("single orders", "[market.flow]\npreset = \"crypto-alt\"\nduration = \"20min\"\n"),
    ("closed loop", "[market.flow]\npreset = \"crypto-alt\"\nduration = \"20min\"\nclosed_loop = true\n"),
];

#[test]
fn what_is_slow_late_or_refused_is_what_it_is_without_a_gateway() {
    let registry = Registry::builtin();
    for (market, market_text) in MARKETS {
        for (what, what_text) in HARD {
            let text = format!("mode = \"paper\"\nseed = 7\n{MAKER}{market_text}{what_text}");
            let parse = |text: &str| Scenario::parse("hard.toml", text, None, &Overrides::default(), &registry);
            let name = format!("{market}, {what}");
            let [default, none] = [text.clone(), format!("{text}[gateway]\npolicy = \"none\"\n")]
                .map(|text| parse(&text).unwrap_or_else(|error| panic!("{name}: {error}")));
            assert!(100 < same(&name, &default, &none), "{name}: hardly any order");
        }
    }
}

#[test]
fn the_gateway_is_there() {
    let text =
        format!("mode = \"paper\"\n{MAKER}[market.synthetic]\nduration = \"2h\"\n[venue.latency]\norder = \"3s\"\n");
    let registry = Registry::builtin();
    let scenario = Scenario::parse("there.toml", &text, None, &Overrides::default(), &registry).unwrap();
    let (_, open) = played(&bind(&scenario, &registry).unwrap());
    assert!(0 < open, "requests are open in a gateway while they travel");
}

fn entries(world: &World, out: &str) -> Vec<Entry> {
    JournalReader::open(&world.path(out).join(journal_name("neutral"))).unwrap().map(Result::unwrap).collect()
}

/// An audit reads a journal once where nothing in it was heard late, and twice where that can be: of the first kind a second pass would
/// change nothing, which of the other it does.
#[test]
fn one_pass_of_the_audit_finds_what_two_would() {
    let world = World::new();
    let base =
        format!("mode = \"paper\"\nseed = 3\n{MAKER}[market.synthetic]\nduration = \"20min\"\n[run]\nband = false\n");
    world.write("default.toml", &base);
    world.write("faults.toml", &format!("{base}[faults]\nprofile = \"rough\"\nrecovers_within = \"1min\"\n"));
    for (name, differs) in [("default", false), ("faults", true)] {
        world.call(&["run", &format!("{name}.toml"), "--no-drills", "--out", name]);
        world.call(&["audit", name]);
        let read = entries(&world, name);
        let told = HeardAt::of_entries(&read).within(read.iter().copied().map(Ok));
        let told: Vec<Entry> = told.map(Result::unwrap).collect();
        assert_eq!(told != read, differs, "{name}");
        let wires = read.iter().filter(|entry| matches!(entry, Entry::Wire { .. })).count();
        assert_eq!(0 < wires, differs, "{name}: {wires} entries of a wire");
    }
    world.call(&["audit", "default"]).expect(0);
}

#[test]
fn listings_and_reports_say_which_gateway_a_run_has() {
    let world = World::new();
    let base = format!("mode = \"paper\"\n{MAKER}[market.synthetic]\nduration = \"2min\"\n[run]\nband = false\n");
    let tables = [
        ("", "careful, by default"),
        ("[gateway]\npolicy = \"none\"\n", "none"),
        ("[gateway]\n", "careful"),
        ("[gateway]\npolicy = \"naive\"\n", "naive"),
        ("[faults]\nheals_at = \"30s\"\nrecovers_within = \"30s\"\n", "careful"),
    ];
    for (table, words) in tables {
        world.write("own.toml", &format!("{base}{table}"));
        world.call(&["scenario", "check", "own.toml"]).expect(0).prints(&format!("order gateway {words}; run id"));
        world.call(&["run", "own.toml", "--no-drills", "--force", "--out", "out"]);
        let report = |name: &str| std::fs::read_to_string(world.path("out").join(name)).unwrap();
        assert!(report("report.json").contains(&format!("\"gateway\": \"{words}\"")), "{table}");
        assert!(report("report.md").contains(&format!("\nOrder gateway: {words}.\n")), "{table}");
        assert!(report("report.html").contains(&format!("Order gateway</td><td class=\"\">{words}</td>")), "{table}");
        world.call(&["verify", "out"]).expect(0);
    }
}

#[test]
fn no_gateway_goes_with_nothing_that_wants_one() {
    let world = World::new();
    let base = "mode = \"paper\"\n[market.synthetic]\nduration = \"1h\"\n[gateway]\npolicy = \"none\"\n";
    let wrong = [
        ("[faults]\nprofile = \"rough\"\n", "`none` beside `[faults]`", "leave `policy` out, or the faults"),
        ("timeout = \"1s\"\n", "`none` beside other keys of `[gateway]`", "leave them out"),
        ("[venue.order_budget]\norders = 5\nwithin = \"10s\"\n", "venue.order_budget", "write `[gateway]`"),
    ];
    for (table, found, hint) in wrong {
        world.write("own.toml", &format!("{base}{table}"));
        let called = world.call(&["scenario", "check", "own.toml"]).expect(2);
        called.says(found).says(hint).says("own.toml:");
    }
    world.write("own.toml", base);
    world.call(&["scenario", "check", "own.toml"]).expect(0);
}
