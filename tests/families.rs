//! Markets that hang together, from the command line: tapes of a folder, a scenario that trades them, and what is kept of its run.

mod program;

use program::World;
use serde_json::Value;

fn object(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A perpetual and its underlying, hedged: nine hours, so that there is funding once.
fn hedged(more: &str) -> String {
    format!(
        "mode = \"paper\"\nseed = 3\n[family]\npreset = \"spot-and-perpetual\"\nduration = \"9h\"\n{more}\n\
         [[markets]]\nmember = \"BTCUSDT-PERP\"\n[[markets]]\nmember = \"BTCUSDT\"\n\
         [bot]\nstrategy = \"hedged-maker\"\n[bot.parameters]\ninterval = \"2s\"\noffset_ticks = 3\nhedge_from = \"0.002\"\n"
    )
}

/// Twice the same, in two threads too; verified and audited from what was kept; funding of the perpetual is in the ledger once.
#[test]
fn a_family_is_traded_repeated_and_verified() {
    let world = World::new();
    world.write("pair.toml", &hedged(""));
    let run = |out: &str, more: &[&str]| {
        let call = ["run", "pair.toml", "--json", "--no-band", "--no-drills", "--out", out];
        object(&world.call(&[&call, more].concat()).stdout)
    };
    let (first, second) = (run("first", &["--check-determinism"]), run("second", &[]));
    assert_eq!((&first["digest"], &first["fills"]), (&second["digest"], &second["fills"]));
    assert!(first["fills"].as_u64().unwrap() > 20, "{first}");
    world.call(&["verify", "first"]).expect(0);
    world.call(&["audit", "first"]).expect(0);
    let export = world.call(&["ledger", "export", "first"]).stdout;
    assert_eq!(export.lines().skip(1).filter(|line| line.contains(",funding,")).count(), 1, "{export}");
}

/// With a bot that does nothing the closed loop of a family has the run of its tapes, entry for entry.
#[test]
fn with_a_bot_that_does_nothing_the_loop_is_the_tapes() {
    let world = World::new();
    for family in ["spot-and-perpetual", "majors"] {
        let scenario = |closed: bool| {
            format!(
                "mode = \"paper\"\nseed = 4\n[family]\npreset = \"{family}\"\nduration = \"20min\"\nclosed_loop = {closed}\n\
                 believability = false\n[bot]\nstrategy = \"do-nothing\"\n"
            )
        };
        world.write("loop.toml", &scenario(true));
        world.write("tape.toml", &scenario(false));
        let run =
            |file: &str| object(&world.call(&["run", file, "--json", "--no-drills", "--force", "--out", "out"]).stdout);
        let (closed, read) = (run("loop.toml"), run("tape.toml"));
        assert_eq!(closed["digest"], read["digest"], "{family}: {closed} {read}");
        assert_eq!(closed["events"], read["events"], "{family}");
        assert!(closed["events"].as_u64().unwrap() > 5_000, "{family}: {closed}");
    }
}

/// A hedger in two books at once: twice the same, in two threads too, verified and audited from what was kept, another run than on the tapes,
/// cut by rows and by time, and compared with the tapes.
#[test]
fn a_loop_in_two_markets_is_repeated_verified_and_audited() {
    let world = World::new();
    world.write("loop.toml", &hedged("closed_loop = true"));
    let run = |out: &str, more: &[&str]| {
        let call = ["run", "loop.toml", "--json", "--no-drills", "--set", "run.duration=1h", "--out", out];
        object(&world.call(&[&call, more].concat()).stdout)
    };
    let (first, second) = (run("first", &["--check-determinism"]), run("second", &[]));
    assert_eq!((&first["digest"], &first["fills"]), (&second["digest"], &second["fills"]));
    assert!(first["fills"].as_u64().unwrap() > 10, "{first}");
    let report = object(&std::fs::read_to_string(world.path("first/report.json")).unwrap());
    assert_eq!(report["believability"]["modes"].as_array().unwrap().len(), 4, "{}", report["believability"]);
    let tape = run("tape", &["--set", "family.closed_loop=false"]);
    assert_ne!(first["digest"], tape["digest"]);
    let cut = run("cut", &["--set", "run.max_rows=20000", "--set", "run.journal=digest"]);
    assert!((20_000..20_200).contains(&cut["events"].as_u64().unwrap()), "{cut}");
    for out in ["first", "cut"] {
        world.call(&["verify", out]).expect(0);
    }
    world.call(&["audit", "first"]).expect(0);
}

/// What a scenario meets is what `tape synth` writes: one run on the family, one on its tapes, with a position that is marked all the time.
#[test]
fn the_tapes_of_a_family_are_the_family() {
    let world = World::new();
    let rest = "[bot]\nstrategy = \"do-nothing\"\n[opening]\nquote = \"100000\"\nposition = \"0.5\"\n";
    world.write(
        "family.toml",
        &format!("mode = \"paper\"\nseed = 5\n[family]\npreset = \"majors\"\nduration = \"90min\"\n{rest}"),
    );
    // An hour and a half.
    let synth = ["tape", "synth", "majors", "--days", "0.0625", "--seed", "5", "-o", "pair"];
    world.call(&synth).expect(0).prints("promised").prints("0.801");
    let tapes = "[[markets]]\ntape = \"pair/BTCUSDT.tape\"\n[[markets]]\ntape = \"pair/ETHUSDT.tape\"\n";
    world.write("tapes.toml", &format!("mode = \"paper\"\nseed = 5\n{tapes}{rest}"));
    let run = |file: &str, out: &str| object(&world.call(&["run", file, "--json", "--no-drills", "--out", out]).stdout);
    let (family, tapes) = (run("family.toml", "a"), run("tapes.toml", "b"));
    assert!(tapes["events"].as_u64().unwrap() > 50_000, "{tapes}");
    assert_eq!((&family["events"], &family["equity"]), (&tapes["events"], &tapes["equity"]));
    assert_eq!(family["digest"], tapes["digest"], "{family} {tapes}");
    // A tape on the command line takes the place of the family.
    let one = ["run", "family.toml", "--tape", "pair/ETHUSDT.tape", "--json", "--no-drills", "--out", "c"];
    assert!(object(&world.call(&one).stdout)["events"].as_u64().unwrap() > 20_000);
}

/// A shock of a member that is not traded reaches those that are.
#[test]
fn a_shock_is_heard_of_elsewhere() {
    let world = World::new();
    let scenario = |shock: &str| {
        format!(
            "mode = \"paper\"\nseed = 2\n[family]\npreset = \"quoted-in-a-stablecoin\"\nduration = \"3h\"\n{shock}\n\
             [[markets]]\nmember = \"BTCUSDC\"\n[bot]\nstrategy = \"do-nothing\"\n[opening]\nquote = \"1000000\"\nposition = \"1\"\n"
        )
    };
    let profit = |name: &str, shock: &str| {
        world.write(&format!("{name}.toml"), &scenario(shock));
        let run = object(&world.call(&["run", &format!("{name}.toml"), "--json", "--no-drills", "--out", name]).stdout);
        run["equity"]["end"].as_str().unwrap().parse::<f64>().unwrap()
    };
    let calm = profit("calm", "");
    let shocked = profit("shocked", "[[family.shocks.USDCUSDT]]\nname = \"stablecoin-depeg\"\nat = \"5min\"\n");
    // The dollar in which the coin is quoted loses some tenth in three hours: the coin costs that much more.
    assert!(shocked - calm > 2_000.0, "equity {calm} without, {shocked} with the depeg");
}

/// Every mistake is told with its key and what is allowed, and nothing is left behind.
#[test]
fn mistakes_are_named() {
    let world = World::new();
    let scenario = |name: &str, text: &str, expected: &[&str]| {
        world.write(name, text);
        let called = world.call(&["scenario", "check", name]);
        assert_ne!(called.code, 0, "{name} was accepted: {text}");
        let told = format!("{}{}", called.stdout, called.stderr);
        expected.iter().for_each(|words| assert!(told.contains(words), "{name}: {told}, expected {words}"));
    };
    let family = "mode = \"paper\"\n[family]\n";
    scenario("none.toml", family, &["family: no family", "spot-and-perpetual"]);
    scenario("name.toml", &format!("{family}preset = \"major\"\n"), &["family.preset", "did you mean `majors`?"]);
    let majors = format!("{family}preset = \"majors\"\n");
    scenario("member.toml", &format!("{majors}[[markets]]\nmember = \"ETHUSD\"\n"), &["did you mean `ETHUSDT`?"]);
    let twice = format!("{majors}[[markets]]\nmember = \"ETHUSDT\"\n[[markets]]\nmember = \"ETHUSDT\"\n");
    scenario("twice.toml", &twice, &["markets[1].member", "a second time"]);
    scenario("beside.toml", &format!("{majors}[market.flow]\npreset = \"equity\"\n"), &["both `market` and `family`"]);
    scenario(
        "seed.toml",
        &format!("{majors}[[markets]]\nmember = \"ETHUSDT\"\nseed = 4\n"),
        &["a value beside `member`"],
    );
    scenario("stray.toml", "mode = \"paper\"\n[[markets]]\nmember = \"ETHUSDT\"\n", &["a member of no family"]);
    let traded = format!("{majors}[[family.shocks.ETHUSDT]]\nname = \"gap\"\n[[markets]]\nmember = \"ETHUSDT\"\n");
    scenario("traded.toml", &traded, &["which the account trades", "[[markets.shocks]]"]);
    world.write("odd.toml", "[[members]]\npreset = \"equity\"\ncolour = 1\n");
    scenario("file.toml", &format!("{family}file = \"odd.toml\"\n"), &["members[0].colour"]);
    for (arguments, expected) in [
        (vec!["majors", "--bars", "1min"], "no --bars"),
        (vec!["majors", "--set", "price.flow_share=0.1"], "a file of its own"),
        (vec!["majors", "--shock", "gap"], "SYMBOL one of BTCUSDT, ETHUSDT"),
        (vec!["--model", "odd.toml"], "colour"),
    ] {
        let call = [&["tape", "synth", "-o", "out"], &arguments[..]].concat();
        world.call(&call).expect(2).says(expected);
        assert!(!world.path("out").exists(), "{call:?} left a folder");
    }
}
