//! How far tapes are off, in the report of every generated market: of each kind, equal to runs made by hand, and found where it is forged.

mod program;

use program::World;
use serde_json::Value;

const PRESETS: [&str; 3] = ["optimistic", "neutral", "pessimistic"];
const FLOW: &str = "[market.flow]\npreset = \"crypto-alt\"\nstart = \"2026-01-05T14:00:00Z\"\n";

fn object(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn read(world: &World, name: &str) -> String {
    std::fs::read_to_string(world.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Runs a scenario and reads its report.
fn report(world: &World, file: &str, more: &[&str]) -> Value {
    let call = ["run", file, "--no-drills", "--no-audit", "--force", "--json", "--out", "out"];
    let called = world.call(&[&call, more].concat());
    assert!([0, 1, 4, 5].contains(&called.code), "{file} {more:?}: {}", called.stderr);
    object(&read(world, "out/report.json"))
}

/// Of each kind of generated market: its scenario, whether the market can answer, and what is said where it cannot.
fn kinds() -> Vec<(&'static str, String, &'static str)> {
    let maker = "[bot]\nstrategy = \"market-maker\"\n";
    let pair = "[family]\npreset = \"spot-and-perpetual\"\nduration = \"20min\"\n";
    let flow = format!("{FLOW}duration = \"20min\"\n");
    let stall = "[[disturbances]]\nkind = \"feed-stall\"\nat = \"10min\"\nlasts = \"1min\"\n";
    let shock = "[[market.shocks]]\nname = \"gap\"\nat = \"5min\"\n";
    vec![
        ("nothing named", String::new(), "no single orders"),
        ("simple", "[market.synthetic]\nduration = \"20min\"\n".to_owned(), "no single orders"),
        ("simple, shocked", format!("[market.synthetic]\nduration = \"20min\"\n{shock}"), "no single orders"),
        ("orders", flow.clone(), ""),
        ("orders, shocked", format!("{flow}{shock}"), ""),
        ("orders, in the loop", format!("{flow}closed_loop = true\n"), ""),
        ("orders, rules of its own", format!("{flow}[venue.rules]\nqueue = \"front\"\n"), ""),
        ("orders, a peer's preset", format!("{flow}[venue]\nfills = \"hftbacktest\"\n"), ""),
        ("orders, one preset", format!("{flow}[run]\nband = false\n"), ""),
        ("orders, a feed that stalls", format!("{flow}{stall}"), "stall"),
        ("bars", format!("{FLOW}duration = \"20min\"\nbars = \"1min\"\n"), "bars have no orders"),
        (
            "several bots",
            format!(
                "{flow}[[bots]]\nname = \"a\"\nstrategy = \"market-maker\"\n[[bots]]\nname = \"b\"\nstrategy = \"do-nothing\"\n[run]\nbot = \"a\"\n"
            ),
            "would see each other",
        ),
        (
            "several markets",
            format!(
                "[[markets]]\n[markets.synthetic]\nduration = \"20min\"\n[[markets]]\n[markets.flow]\npreset = \"crypto-alt\"\nduration = \"20min\"\n{maker}"
            ),
            "among several markets",
        ),
        ("family", pair.to_owned(), ""),
        ("family, in the loop", format!("{pair}closed_loop = true\n"), ""),
        (
            "remix",
            "[market.remix]\ntape = \"alt.tape\"\nduration = \"30min\"\nblock = \"5min\"\n".to_owned(),
            "in another order",
        ),
        ("a generator's tape", "[market]\ntape = \"alt.tape\"\n".to_owned(), "a generator wrote"),
        ("a tape, shocked", format!("[market]\ntape = \"alt.tape\"\n{shock}"), "a shock laid over"),
    ]
}

/// A market that a scenario can name is in the list above; a new one fails here until it is.
#[test]
fn the_kinds_are_all_that_a_scenario_can_name() {
    let world = World::new();
    let schema = object(&world.call(&["scenario", "schema"]).expect(0).stdout);
    let keys = |name: &str| -> Vec<String> {
        let properties = schema["$defs"][name]["properties"].as_object().unwrap_or_else(|| panic!("no {name}"));
        properties.keys().cloned().collect()
    };
    let sources = ["flow", "remix", "shocks", "synthetic", "tape"];
    assert_eq!(keys("MarketFile"), sources, "a market of a new kind needs a line in `kinds`");
    let words = ["base", "opening", "quote", "seed", "symbol", "venue"];
    let of_several: Vec<String> =
        keys("OneMarketFile").into_iter().filter(|key| !words.contains(&key.as_str())).collect();
    assert_eq!(of_several, ["flow", "member", "remix", "shocks", "synthetic", "tape"]);
    let whole = schema["properties"].as_object().unwrap();
    let names: Vec<&String> = whole.keys().filter(|key| key.contains("market") || *key == "family").collect();
    assert_eq!(names, ["family", "market", "markets"]);
}

/// Every kind of generated market has the part in every format: each preset, beside the closed loop or with the reason why there is none.
#[test]
fn every_kind_of_generated_market_has_the_part() {
    let world = World::new();
    world.call(&["tape", "synth", "crypto-alt", "--days", "0.03", "-o", "alt.tape"]).expect(0);
    for (kind, text, why) in kinds() {
        world.write("kind.toml", &format!("mode = \"paper\"\n{text}"));
        let believed = report(&world, "kind.toml", &[])["believability"].clone();
        let modes: Vec<&Value> =
            believed["modes"].as_array().unwrap_or_else(|| panic!("{kind}: {believed}")).iter().collect();
        let is_there = |name: &str| modes.iter().any(|mode| mode["mode"] == name);
        assert!(PRESETS.iter().all(|preset| is_there(preset)), "{kind}: {believed}");
        assert_eq!(is_there("closed loop"), why.is_empty(), "{kind}: {believed}");
        assert_eq!(modes[0]["mode"] == "closed loop", why.is_empty(), "{kind}: the truth comes first: {believed}");
        let because = believed["no_loop_because"].as_str().unwrap_or_default();
        assert!(because.contains(why) && because.is_empty() == why.is_empty(), "{kind}: {because}");
        let several = believed["markets"].as_array().map_or(0, Vec::len);
        let expected = if kind.starts_with("family") || kind == "several markets" { 2 } else { 0 };
        assert_eq!(several, expected, "{kind}: {believed}");
        for name in ["report.md", "report.html"] {
            let page = read(&world, &format!("out/{name}"));
            let title = if name == "report.md" { "### Believability" } else { "<h2>Believability</h2>" };
            assert!(page.contains(title) && page.contains("pessimistic"), "{kind}: {name}");
            let words = if why.is_empty() { "as a tape the same market gives" } else { "there is no closed loop" };
            assert!(page.contains(words), "{kind}: {name}");
        }
        world.call(&["verify", "out"]).expect(0).prints("sound");
    }
}

/// A recording that nobody changed is no generated market, and whoever says so has no part.
#[test]
fn recordings_and_who_does_not_want_it_have_none() {
    let world = World::new();
    world.write("quiet.toml", &format!("mode = \"paper\"\n{FLOW}duration = \"20min\"\nbelievability = false\n"));
    assert!(report(&world, "quiet.toml", &[])["believability"].is_null());
    world.call(&["verify", "out"]).expect(0);
    world.write("tape.csv", &candles());
    let import = ["tape", "import", "binance-klines", "tape.csv", "-o", "real.tape", "--symbol", "AUSDT"];
    let imported = world.call(&import);
    assert_eq!(imported.code, 0, "{}", imported.stderr);
    world.write("real.toml", "mode = \"paper\"\n[market]\ntape = \"real.tape\"\n[bot]\nstrategy = \"breakout\"\n");
    assert!(report(&world, "real.toml", &[])["believability"].is_null());
    world.call(&["verify", "out"]).expect(0);
}

/// Bars of a recording, a minute each.
fn candles() -> String {
    let start = 1_767_571_200_000_u64;
    let bar = |minute: u64| {
        let (open, close) = (start + minute * 60_000, start + minute * 60_000 + 59_999);
        let price = 100 + minute % 7;
        format!(
            "{open},{price}.00,{}.00,{}.00,{price}.00,5.000,{close},500.00,9,2.000,200.00,0\n",
            price + 1,
            price - 1
        )
    };
    (0..120).map(bar).collect()
}

/// Fill rate, markout and profit as a report states them of its own run; of one of several markets where `market` names it.
fn own_figures(report: &Value, market: Option<usize>) -> (u64, Option<i64>, Option<i64>, String) {
    let whole = &report["metrics"];
    let from = market.map_or(whole, |place| &whole["markets"][place]);
    let rounded = |figure: &Value, scale: f64| figure["value"].as_f64().map(|figure| (figure * scale).round() as i64);
    let markouts = from["markouts"].as_array().unwrap();
    let ten_seconds = markouts.iter().find(|row| row["horizon"] == 10_000_000_000_u64).unwrap();
    let profit = if market.is_some() { &from["profit"]["total"] } else { &from["returns"]["profit"] };
    (
        from["execution"]["fills"].as_u64().unwrap(),
        rounded(&from["orders"]["fill_ratio_quantity"], 1e6),
        rounded(&ten_seconds["all"]["basis_points"], 1e3),
        profit.as_str().unwrap().to_owned(),
    )
}

fn stated(mode: &Value) -> (u64, Option<i64>, Option<i64>, String) {
    (
        mode["fills"].as_u64().unwrap(),
        mode["filled_ppm"].as_i64(),
        mode["markout_10s_millibps"].as_i64(),
        mode["profit"].as_str().unwrap().to_owned(),
    )
}

/// Runs each mode by itself, by hand, and holds the table against it.
fn hold_against_runs_by_hand(world: &World, name: &str, key: &str, believed: &Value, markets: usize) {
    let modes = believed["modes"].as_array().unwrap();
    assert_eq!(modes.len(), 4, "{believed}");
    let quiet = format!("{key}.believability=false");
    for (place, mode) in modes.iter().enumerate() {
        let mode_name = mode["mode"].as_str().unwrap();
        let way = format!("{key}.closed_loop={}", mode_name == "closed loop");
        let preset = if mode_name == "closed loop" { "neutral" } else { mode_name };
        let fills = format!("venue.fills={preset}");
        let run = report(world, name, &["--no-band", "--set", &way, "--set", &quiet, "--set", &fills]);
        assert_eq!(stated(mode), own_figures(&run, None), "{name}: {mode_name}");
        assert!(run["fills"].as_u64() > Some(10), "{name}: {mode_name} shows little: {}", run["fills"]);
        for market in 0..markets {
            let one = &believed["markets"][market]["modes"][place];
            assert_eq!(stated(one), own_figures(&run, Some(market)), "{name}: {mode_name}, market {market}");
        }
    }
}

/// What the table says is what each run by itself comes to: from a tape, from a loop, cut by time, with one preset.
#[test]
fn the_figures_are_those_of_runs_made_by_hand() {
    let world = World::new();
    world.write("flow.toml", &format!("mode = \"paper\"\n{FLOW}duration = \"2h\"\n"));
    let cut = ["--set", "run.duration=80min"];
    let looped = ["--set", "market.flow.closed_loop=true"];
    let whole = report(&world, "flow.toml", &[])["believability"].clone();
    for more in [&["--no-band"][..], &looped] {
        let again = report(&world, "flow.toml", more)["believability"].clone();
        let sorted = |believed: &Value| {
            let mut modes = believed["modes"].as_array().unwrap().clone();
            modes.sort_by_key(|mode| mode["mode"].as_str().unwrap().to_owned());
            modes
        };
        assert_eq!(sorted(&again), sorted(&whole), "{more:?}");
    }
    hold_against_runs_by_hand(&world, "flow.toml", "market.flow", &whole, 0);
    let (from_tape, from_loop) =
        (report(&world, "flow.toml", &cut), report(&world, "flow.toml", &[&cut[..], &looped].concat()));
    world.write("cut.toml", &format!("mode = \"paper\"\n{FLOW}duration = \"2h\"\n[run]\nduration = \"80min\"\n"));
    for believed in [&from_tape["believability"], &from_loop["believability"]] {
        assert_ne!(believed["modes"], whole["modes"]);
        hold_against_runs_by_hand(&world, "cut.toml", "market.flow", believed, 0);
    }
}

/// The same of a family, over all and in each of its markets.
#[test]
fn of_a_family_each_market_is_compared() {
    let world = World::new();
    world.write(
        "pair.toml",
        "mode = \"paper\"\nseed = 3\n[family]\npreset = \"spot-and-perpetual\"\nduration = \"20min\"\n\
         [[markets]]\nmember = \"BTCUSDT-PERP\"\n[[markets]]\nmember = \"BTCUSDT\"\n\
         [bot]\nstrategy = \"hedged-maker\"\n[bot.parameters]\ninterval = \"2s\"\noffset_ticks = 3\nhedge_from = \"0.002\"\n",
    );
    let believed = report(&world, "pair.toml", &[])["believability"].clone();
    hold_against_runs_by_hand(&world, "pair.toml", "family", &believed, 2);
}

/// Where there is no loop the figures are those of the band, which is not run twice.
#[test]
fn without_a_loop_the_band_is_what_is_known() {
    let world = World::new();
    world.write("simple.toml", "mode = \"paper\"\n[market.synthetic]\nduration = \"2h\"\n");
    let report = report(&world, "simple.toml", &[]);
    let rows = report["band"].as_array().unwrap().iter().zip(report["believability"]["modes"].as_array().unwrap());
    for (band, mode) in rows {
        assert_eq!(
            (&band["preset"], &band["profit"], &band["fills"]),
            (&mode["mode"], &mode["profit"], &mode["fills"])
        );
        assert!(mode["gap"].is_null(), "{mode}");
    }
    let finding = report["believability"]["finding"].as_str().unwrap();
    for words in ["[market.flow]", "fill rate", "markout after 10 s", "profit"] {
        assert!(finding.contains(words), "{finding}");
    }
    let one = self::report(&world, "simple.toml", &["--no-band"])["believability"].clone();
    assert_eq!(one["modes"].as_array().map(Vec::len), Some(1), "{one}");
    assert_eq!(one["left_out"], "switched off");
    assert!(one["finding"].as_str().unwrap().contains("The other fill presets were not run: switched off."), "{one}");
}

/// A table that was told otherwise is found, also where reports and hashes were made to fit.
#[test]
fn a_forged_table_is_found() {
    let world = World::new();
    let looped = format!("mode = \"paper\"\n{FLOW}duration = \"30min\"\n");
    world.write("flow.toml", &looped);
    world.write("simple.toml", "mode = \"paper\"\n[market.synthetic]\nduration = \"30min\"\n");
    for file in ["flow.toml", "simple.toml"] {
        report(&world, file, &[]);
        world.call(&["verify", "out"]).expect(0);
        let whole = read(&world, "out/manifest.json");
        let forge = |change: &dyn Fn(&mut Value)| {
            let mut manifest = object(&whole);
            change(&mut manifest);
            world.write("out/manifest.json", &serde_json::to_string_pretty(&manifest).unwrap());
            world.call(&["verify", "out"]).expect(1).prints("manifest.json: believability does not follow");
        };
        forge(&|manifest| manifest["believability"]["modes"][0]["profit"] = "1".into());
        // `report` renders again: it runs nothing, and refuses what it can see without.
        let rendered = world.call(&["report", "out"]);
        if file == "simple.toml" {
            rendered.expect(1).says("believability does not follow");
        }
        forge(&|manifest| manifest["believability"]["modes"][1]["filled_ppm"] = 7.into());
        forge(&|manifest| drop(manifest.as_object_mut().unwrap().remove("believability")));
        world.write("out/manifest.json", &whole);
        world.call(&["report", "out"]).expect(0);
        world.call(&["verify", "out"]).expect(0);
    }
}

const MANY: &str = "mode = \"paper\"\nseed = 5\nMARKET\
    [volatility]\nshocks = [\"gap\", \"flash-rally\"]\nseverities = [0.5, 1.0]\nseeds = 2\nat = \"2min\"\nlongest = \"30min\"\ncalm = \"30min\"\n\
    regimes = [{ name = \"normal\", volatility = 1.0 }, { name = \"stressed\", volatility = 2.0 }]\n\
    [[volatility.criteria]]\nname = \"small\"\nmeasure = \"max_drawdown\"\ncomparison = \"below\"\nthreshold = \"0.9\"\n";

fn many(world: &World, name: &str, closed: bool) {
    let market = format!("[market.flow]\npreset = \"crypto-alt\"\nclosed_loop = {closed}\n");
    world.write(name, &MANY.replace("MARKET", &market));
}

fn run_many(world: &World, name: &str, out: &str, threads: &str) -> Value {
    let call = ["run", name, "--json", "--force", "--out", out];
    let called = world.call_with(Some(("RAYON_NUM_THREADS", threads)), &call);
    assert!([0, 4, 5].contains(&called.code), "{}", called.stderr);
    object(&read(world, &format!("{out}/report.json")))
}

/// The market of a run of many, as a scenario by itself.
fn alone(believed: &Value, closed: bool) -> String {
    let (regime, volatility) = match believed["regime"].as_str() {
        Some("normal") => ("normal", "1.0"),
        _ => ("stressed", "2.0"),
    };
    let shock = believed["shock"].as_str().map_or_else(String::new, |shock| {
        format!("[[market.shocks]]\nname = \"{shock}\"\nat = \"2min\"\nseverity = {}\n", believed["severity"])
    });
    format!(
        "mode = \"paper\"\nseed = {}\n[market.flow]\npreset = \"crypto-alt\"\nduration = \"30min\"\nclosed_loop = {closed}\n\
         [market.flow.change.pace]\nregimes = [{{ name = \"{regime}\", volatility = {volatility}, mean_stay_days = 20.0, weight = 1.0 }}]\n{shock}",
        believed["seed"]
    )
}

/// Over many markets: the first calm one of each regime and one a shock; equal to runs made by hand, from tapes and from loops, whatever the
/// number of threads.
#[test]
fn many_markets_have_the_part() {
    let world = World::new();
    for closed in [false, true] {
        many(&world, "many.toml", closed);
        let (one, two) = (run_many(&world, "many.toml", "one", "1"), run_many(&world, "many.toml", "two", "2"));
        assert_eq!(one["believability"], two["believability"]);
        assert!(
            one["believability"]["finding"].as_str().unwrap().starts_with("Believability: 4 markets had both ways")
        );
        let runs = one["believability"]["runs"].as_array().unwrap();
        let named: Vec<_> = runs
            .iter()
            .map(|run| (run["regime"].as_str().unwrap(), run["shock"].as_str(), run["severity"].as_f64()))
            .collect();
        let expected = [
            ("normal", None, Some(0.0)),
            ("stressed", None, Some(0.0)),
            ("normal", Some("gap"), Some(1.0)),
            ("normal", Some("flash-rally"), Some(1.0)),
        ];
        assert_eq!(named, expected);
        for believed in runs {
            world.write("alone.toml", &alone(believed, closed));
            let alone = report(&world, "alone.toml", &[])["believability"].clone();
            assert_eq!(alone["modes"], believed["modes"], "{believed}");
            let run = &one["runs"][believed["run"].as_u64().unwrap() as usize];
            let own = if closed { 0 } else { 1 };
            let mode = &believed["modes"][own];
            assert_eq!((&run["profit"], &run["fills"]), (&mode["profit"], &mode["fills"]), "{believed}");
        }
        for name in ["report.md", "report.html"] {
            let page = read(&world, &format!("one/{name}"));
            assert!(page.contains("Believability: 4 markets had both ways") && page.contains("closed loop"), "{name}");
        }
        world.call(&["verify", "one"]).expect(0);
    }
    let quiet = ["run", "many.toml", "--ci", "--set", "market.flow.believability=false", "--out", "quiet"];
    assert!(!world.call(&quiet).expect(0).stdout.contains("Believability"));
    world.call(&["verify", "quiet"]).expect(0);
}

/// Of many runs, too, what was told otherwise is found: by all of them, and by a sample that holds the run.
#[test]
fn a_forged_table_of_many_is_found() {
    let world = World::new();
    many(&world, "many.toml", false);
    world.call(&["run", "many.toml", "--ci", "--out", "many"]).expect(0);
    let whole = read(&world, "many/manifest.json");
    let forge = |change: &dyn Fn(&mut Value)| {
        let mut manifest = object(&whole);
        change(&mut manifest);
        world.write("many/manifest.json", &serde_json::to_string_pretty(&manifest).unwrap());
    };
    let words = "manifest.json: believability does not follow";
    forge(&|all| all["believability"][1]["believability"]["modes"][2]["profit"] = "1".into());
    world.call(&["verify", "many"]).expect(1).prints(words);
    // Two of three runs are had both ways: with all but one in the sample one of them is found.
    forge(&|all| {
        let all = all["believability"].as_array_mut().unwrap();
        all.iter_mut().for_each(|both| both["believability"]["modes"][2]["profit"] = "1".into());
    });
    world.call(&["verify", "many", "--sample", "2"]).expect(1).prints(words);
    forge(&|all| drop(all.as_object_mut().unwrap().remove("believability")));
    world.call(&["verify", "many"]).expect(1).prints(words);
    forge(&|_| ());
    world.call(&["verify", "many"]).expect(0);
}
