//! The closed loop from the command line: the market answers to the bot, and everything that is kept of a run goes on holding.

mod program;

use program::World;
use serde_json::Value;

const START: &str = "start = \"2026-01-05T14:00:00Z\"\n";

fn scenario(market: &str, more: &str) -> String {
    format!("mode = \"paper\"\n{more}\n[market.flow]\n{START}{market}\n")
}

fn read(world: &World, name: &str) -> String {
    std::fs::read_to_string(world.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn object(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A bot that does nothing has the run of the tape that `synth` writes, entry for entry.
#[test]
fn with_a_bot_that_does_nothing_the_loop_is_the_tape() {
    let world = World::new();
    for (preset, seed) in
        [("crypto-major", 1), ("crypto-alt", 2), ("crypto-micro", 3), ("equity", 4), ("stablecoin", 5)]
    {
        let market = format!("preset = \"{preset}\"\nduration = \"20min\"\nbelievability = false\n");
        let deaf = format!("seed = {seed}\nbot.strategy = \"do-nothing\"\n");
        world.write("loop.toml", &scenario(&format!("{market}closed_loop = true"), &deaf));
        world.write("tape.toml", &scenario(&market, &deaf));
        let run = |file: &str, out: &str| {
            object(&world.call(&["run", file, "--json", "--no-drills", "--force", "--out", out]).stdout)
        };
        let (closed, read) = (run("loop.toml", "closed"), run("tape.toml", "read"));
        assert_eq!(closed["digest"], read["digest"], "{preset}: {closed} {read}");
        assert_eq!(closed["events"], read["events"], "{preset}");
        assert!(closed["events"].as_u64().unwrap() > 500, "{preset}: {closed}");
    }
}

/// The same where forced orders come, an order goes through the book, and nothing trades for a while.
#[test]
fn with_shocks_the_loop_is_the_tape_too() {
    let world = World::new();
    let shock = |name: &str, at: &str| format!("[[market.shocks]]\nname = \"{name}\"\nat = \"{at}\"\n");
    let shocks = [("liquidation-cascade", "2min"), ("fat-finger", "9min"), ("halt-and-reopening", "12min")];
    let shocks = shocks.map(|(name, at)| shock(name, at)).concat();
    for (preset, seed) in [("crypto-major", 6), ("crypto-alt", 7)] {
        let market = format!("preset = \"{preset}\"\nduration = \"30min\"\nbelievability = false\n");
        let deaf = format!("seed = {seed}\nbot.strategy = \"do-nothing\"\n");
        world.write("loop.toml", &scenario(&format!("{market}closed_loop = true\n{shocks}"), &deaf));
        world.write("tape.toml", &scenario(&format!("{market}{shocks}"), &deaf));
        world.write("calm.toml", &scenario(&market, &deaf));
        let run =
            |file: &str| object(&world.call(&["run", file, "--json", "--no-drills", "--force", "--out", "run"]).stdout);
        let [closed, read, calm] = ["loop.toml", "tape.toml", "calm.toml"].map(run);
        assert_eq!((&closed["digest"], &closed["events"]), (&read["digest"], &read["events"]), "{preset}");
        assert_ne!(read["events"], calm["events"], "{preset}: the shocks are there");
    }
}

/// A market maker: twice the same, repeated in two threads, verified and audited from what was kept, and another run than on the tape.
#[test]
fn a_loop_is_repeated_verified_and_audited() {
    let world = World::new();
    let market = "preset = \"crypto-alt\"\nduration = \"2h\"\nclosed_loop = true\nbelievability = false\n";
    world.write("loop.toml", &scenario(market, ""));
    let run =
        |out: &str| object(&world.call(&["run", "loop.toml", "--json", "--check-determinism", "--out", out]).stdout);
    let (first, second) = (run("first"), run("second"));
    assert_eq!((&first["digest"], &first["fills"]), (&second["digest"], &second["fills"]));
    assert!(first["fills"].as_u64().unwrap() > 10, "{first}");
    world.call(&["verify", "first"]).expect(0);
    world.call(&["audit", "first"]).expect(0);
    let tape = ["run", "loop.toml", "--set", "market.flow.closed_loop=false", "--json", "--out", "tape"];
    assert_ne!(first["digest"], object(&world.call(&tape).stdout)["digest"]);
}

/// Journals that were not kept are had again by running again.
#[test]
fn a_loop_is_replayed_where_its_journals_were_not_kept() {
    let world = World::new();
    let market = "preset = \"crypto-alt\"\nduration = \"30min\"\nclosed_loop = true\n";
    world.write("loop.toml", &scenario(market, "run.journal = \"digest\"\nrun.max_rows = 20000"));
    world.call(&["run", "loop.toml", "--json", "--out", "run"]);
    world.call(&["verify", "run"]).expect(0);
}

/// The report says how far the fill presets are off, both from a loop and from a tape, and not where it is told not to.
#[test]
fn reports_say_how_far_a_tape_is_off() {
    let world = World::new();
    for way in ["true", "false"] {
        let market = format!("preset = \"crypto-alt\"\nduration = \"1h\"\nclosed_loop = {way}\n");
        world.write("loop.toml", &scenario(&market, ""));
        let out = format!("run-{way}");
        let text = world.call(&["run", "loop.toml", "--out", &out]).stdout;
        assert!(text.contains("Believability: as a tape the same market gives"), "{text}");
        let report = object(&read(&world, &format!("{out}/report.json")));
        let modes = report["believability"]["modes"].as_array().unwrap().iter();
        let modes: Vec<&str> = modes.map(|mode| mode["mode"].as_str().unwrap()).collect();
        let expected = match way {
            "true" => ["closed loop", "optimistic", "neutral", "pessimistic"],
            _ => ["closed loop", "neutral", "optimistic", "pessimistic"],
        };
        assert_eq!(modes, expected, "{way}");
        for page in ["report.md", "report.html"] {
            assert!(read(&world, &format!("{out}/{page}")).contains("closed loop"), "{page}");
        }
        let quiet =
            world.call(&["run", "loop.toml", "--set", "market.flow.believability=false", "--out", "quiet", "--force"]);
        assert!(!quiet.stdout.contains("Believability"), "{}", quiet.stdout);
    }
}

#[test]
fn what_no_loop_can_have_is_refused() {
    let world = World::new();
    let flow = "preset = \"crypto-alt\"\nduration = \"1h\"\nclosed_loop = true\n";
    let bots = "[[bots]]\nname = \"a\"\n[[bots]]\nname = \"b\"\n";
    let stall = "[[disturbances]]\nkind = \"feed-stall\"\nat = \"10min\"\nlasts = \"1min\"\n";
    for (market, more) in [
        (format!("{flow}bars = \"1min\""), String::new()),
        (format!("{flow}{bots}"), String::new()),
        (format!("{flow}{stall}"), String::new()),
        (flow.to_owned(), "venue.fills = \"hftbacktest\"".to_owned()),
        (flow.to_owned(), "venue.rules.queue = \"front\"".to_owned()),
    ] {
        world.write("loop.toml", &scenario(&market, &more));
        world.call(&["run", "loop.toml"]).expect(2).says("closed_loop");
    }
    let several = format!("mode = \"paper\"\n[[markets]]\n[markets.flow]\n{flow}[[markets]]\n");
    world.write("several.toml", &several);
    world.call(&["run", "several.toml"]).expect(2).says("markets[0].flow.closed_loop");
}

/// The same seed gives the same table; a model that puts nobody ahead fills more than the truth, one that puts everybody ahead less.
#[test]
fn queue_models_are_held_against_the_true_queue() {
    let world = World::new();
    let call = ["tape", "queue-test", "crypto-major", "--days", "0.08", "--json"];
    let (once, again) = (world.call(&call).expect(0).stdout, world.call(&call).expect(0).stdout);
    assert_eq!(once, again);
    let found = object(&once);
    let probes = found["probes"].as_i64().unwrap();
    assert!(probes > 1_000, "{found}");
    let model = |name: &str| {
        let models = found["models"].as_array().unwrap();
        models.iter().find(|row| row["model"] == name).unwrap_or_else(|| panic!("no {name}: {found}")).clone()
    };
    let (front, last) = (model("optimistic"), model("queue risk-averse"));
    let count = |row: &Value, key: &str| row[key].as_i64().unwrap();
    assert!(count(&front, "false_fills") > 0 && count(&front, "missed_fills") < probes / 50, "{front}");
    assert!(count(&front, "filled_permille") >= count(&last, "filled_permille"), "{front} {last}");
    assert!(front["ahead_error_permille"][0].as_i64().unwrap() < 0, "nobody ahead is too few: {front}");
    assert!(last["ahead_error_permille"][0].as_i64().unwrap() > 0, "everybody ahead is too many: {last}");
    let text = world.call(&["tape", "queue-test", "crypto-major", "--days", "0.02"]).expect(0);
    text.prints("pessimistic").prints("probes followed for");
    world.call(&["tape", "queue-test", "nothing"]).expect(2);
}
