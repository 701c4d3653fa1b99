//! Every shock that comes with seatrial, measured: the sizes that its file names are those that the market has.

mod program;

use program::World;
use rayon::prelude::*;
use seatrial::synth::{FlowModel, Measured, Multiple, SHOCKS, ShockModel, measure};

/// Percentage points, and share of the move, by which a peak may be wrong: the market goes on to move by itself, more so in turmoil.
const POINTS: f64 = 0.7;
const SHARE: f64 = 0.05;
/// Points that leveraged accounts may add to a fall.
const CASCADE: f64 = 14.0;

fn run(name: &str, market: &str, severity: f64, seed: u64) -> Vec<Measured> {
    let shock = ShockModel::called(name).unwrap_or_else(|| panic!("no shock {name}"));
    let model = FlowModel::preset(market).unwrap_or_else(|| panic!("no market {market}"));
    measure(&model, &shock, Multiple(severity), seed)
}

/// The market that a shock is about.
fn market_of(name: &str) -> &'static str {
    if name == "stablecoin-depeg" { "stablecoin" } else { "crypto-major" }
}

/// Points by which a market moves by itself while a shock of more than an hour lasts: its deviation over those hours.
fn own_move(name: &str) -> f64 {
    let hours = ShockModel::called(name).map_or(0.0, |shock| shock.lasts().nanos() as f64 / 3.6e12);
    let daily = FlowModel::preset(market_of(name)).map_or(0.0, |model| model.price.volatility_bps_per_day / 100.0);
    daily * ((hours - 1.0).max(0.0) / 24.0).sqrt()
}

/// A seed may have a crisis of its own: what is not as named in one has to be in the median of five.
fn misfit_of_many(name: &str, size: &Measured) -> Option<String> {
    misfit(name, size)?;
    let others: Vec<Option<f64>> = (1..=5_u64)
        .into_par_iter()
        .filter_map(|seed| run(name, market_of(name), 1.0, seed).into_iter().find(|other| other.name == size.name))
        .map(|other| other.found)
        .collect();
    let mut found: Vec<f64> = others.into_iter().flatten().collect();
    found.sort_by(f64::total_cmp);
    // Where it is found in most of them.
    let median = (found.len() >= 3).then(|| found[found.len() / 2]);
    misfit(name, &Measured { found: median, ..size.clone() })
}

/// What is wrong with a size, in words; nothing where it is as named.
fn misfit(name: &str, size: &Measured) -> Option<String> {
    let named = size.named?;
    let Some(found) = size.found else { return Some(format!("{name}: {}: named {named:.3}, not found", size.name)) };
    let leveraged = ShockModel::called(name).is_some_and(|shock| shock.leverage.is_some());
    let fine = if size.name.contains("percent") {
        let slack = POINTS + SHARE * named.abs() + own_move(name);
        let further = if leveraged && named < 0.0 { CASCADE } else { 0.0 };
        (named - slack - further..=named + slack).contains(&found)
    } else if size.name.contains("back") {
        (0.7 * named - 1.5..=1.4 * named + 1.5).contains(&found)
    } else if size.name.contains("spread") {
        // Where the price moves by percents a minute, quotes do not keep up with it.
        (0.8 * named..=2.6 * named).contains(&found)
    } else {
        (0.6 * named..=1.5 * named).contains(&found)
    };
    (!fine).then(|| format!("{name}: {}: named {named:.3}, found {found:.3}", size.name))
}

#[test]
fn every_shock_has_the_sizes_that_it_names() {
    let measured: Vec<(&str, Vec<Measured>)> =
        SHOCKS.par_iter().map(|(name, _)| (*name, run(name, market_of(name), 1.0, 1))).collect();
    let named = measured.iter().flat_map(|(_, sizes)| sizes).filter(|size| size.named.is_some()).count();
    assert!(named > 50, "{named} sizes are named");
    let wrong: Vec<String> =
        measured.iter().flat_map(|(name, sizes)| sizes.iter().filter_map(|size| misfit_of_many(name, size))).collect();
    assert!(wrong.is_empty(), "{} sizes are not as named:\n{}", wrong.len(), wrong.join("\n"));
}

/// The same at a quarter and at twice the strength, where the script says other sizes.
#[test]
fn sizes_are_those_of_the_severity() {
    let cases = [("gap", 0.25), ("gap", 2.0), ("flash-rally", 0.5), ("spread-blow-out", 2.0), ("fake-news-pump", 0.5)];
    let wrong: Vec<String> = cases
        .par_iter()
        .flat_map_iter(|(name, severity)| {
            let sizes = run(name, "crypto-major", *severity, 3);
            sizes.into_iter().filter_map(|size| misfit(name, &size)).collect::<Vec<_>>()
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What forced orders add is theirs: without the accounts the same seed falls by what the file says alone.
#[test]
fn a_cascade_falls_further_than_its_push() {
    let lowest = |shock: &ShockModel| {
        let model = FlowModel::preset("crypto-major").unwrap_or_else(|| panic!("no market"));
        measure(&model, shock, Multiple::ONE, 1)[0].found.unwrap_or_else(|| panic!("nothing traded"))
    };
    let mut shock = ShockModel::called("liquidation-cascade").unwrap_or_else(|| panic!("no shock"));
    let with = lowest(&shock);
    shock.leverage = None;
    let without = lowest(&shock);
    assert!(without > -11.0 && with < without - 3.0, "{with} % with accounts, {without} % without");
}

const RUN: &str = "mode = \"paper\"\n[market.flow]\npreset = \"crypto-alt\"\nduration = \"3h\"\n";
const SHOCK: &str = "[[market.shocks]]\nname = \"flash-rally\"\nseverity = 0.5\nat = \"30min\"\n";

fn object(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// What `tape synth --shock` writes is what a scenario with the shock runs on; and what is kept of the run is enough to check it.
#[test]
fn a_run_on_a_shocked_market_is_a_run_on_its_tape() {
    let world = World::new();
    world.write("shock.toml", &format!("{RUN}{SHOCK}"));
    let shock = "flash-rally:x0.5@30min";
    world.call(&["tape", "synth", "crypto-alt", "--days", "0.125", "--shock", shock, "-o", "alt.tape"]).expect(0);
    world.call(&["tape", "doctor", "alt.tape"]).expect(0);
    let live = object(&world.call(&["run", "shock.toml", "--json", "--out", "live"]).stdout);
    world.write("plain.toml", RUN);
    let taped = object(&world.call(&["run", "plain.toml", "--tape", "alt.tape", "--json", "--out", "taped"]).stdout);
    let plain = object(&world.call(&["run", "plain.toml", "--json", "--out", "plain"]).stdout);
    assert_eq!(live["digest"], taped["digest"], "{live} {taped}");
    assert_ne!(live["digest"], plain["digest"]);
    assert!(live["fills"].as_u64() > Some(0), "{live}");
    world.call(&["verify", "live"]).expect(0);
}

/// Over a tape, over the simple market and over bars: the same shock, laid over what is there.
#[test]
fn shocks_go_over_any_market() {
    let world = World::new();
    world.write("plain.toml", RUN);
    world.call(&["tape", "synth", "crypto-alt", "--days", "0.1", "-o", "alt.tape"]).expect(0);
    let bars = "[bot]\nstrategy = \"moving-average-cross\"\n";
    let cases = [
        ("tape", format!("mode = \"paper\"\n[market]\ntape = \"alt.tape\"\n{SHOCK}")),
        ("simple", format!("mode = \"paper\"\n[market.synthetic]\nduration = \"2h\"\n{SHOCK}")),
        ("bars", format!("{RUN}bars = \"1min\"\n{SHOCK}{bars}")),
    ];
    for (name, text) in cases {
        let calm = text.replace(SHOCK, "");
        world.write("shocked.toml", &text);
        world.write("calm.toml", &calm);
        let digest = |file: &str, out: &str| {
            object(&world.call(&["run", file, "--json", "--no-drills", "--out", out]).stdout)["digest"].clone()
        };
        let folder = format!("{name}-shocked");
        assert_ne!(digest("shocked.toml", &folder), digest("calm.toml", &format!("{name}-calm")), "{name}");
        world.call(&["verify", &folder]).expect(0);
    }
}

#[test]
fn what_is_no_shock_is_refused() {
    let world = World::new();
    let cases = [
        ("name = \"gapp\"", "did you mean `gap`?"),
        ("name = \"gap\"\nseverity = 0", "market.shocks[0].severity"),
        ("name = \"gap\"\nat = \"1h\"\nbetween = [\"1h\", \"2h\"]", "found a value beside `at`"),
        ("name = \"gap\"\nbetween = [\"2h\", \"1h\"]", "market.shocks[0].at"),
        ("file = \"none.toml\"", "cannot read"),
        ("severity = 1.0", "no shock"),
    ];
    for (text, words) in cases {
        world.write("shock.toml", &format!("{RUN}[[market.shocks]]\n{text}\n"));
        world.call(&["run", "shock.toml", "--out", "never"]).expect(2).says(words);
    }
    for (argument, words) in
        [("gapp", "did you mean"), ("gap:xmany", "a number after `:x`"), ("gap@soon", "a span after")]
    {
        let call = ["tape", "synth", "crypto-alt", "--shock", argument, "-o", "never.tape"];
        world.call(&call).expect(2).says(words);
    }
}

#[test]
fn the_catalogue_is_printed() {
    let world = World::new();
    world.call(&["shocks", "list"]).expect(0).prints("two-leg-crash").prints("2020-03-12");
    world.call(&["shocks", "explain", "gap"]).expect(0).prints("percent = -5.0");
    world.call(&["shocks", "explain", "gp"]).expect(2).says("did you mean `gap`?");
    world.call(&["shocks", "measures"]).expect(0).prints("seconds_to_flat");
    let list = object(&world.call(&["shocks", "list", "--json"]).stdout);
    assert_eq!(list.as_array().map(Vec::len), Some(SHOCKS.len()));
}

const VOLATILITY: &str = "mode = \"paper\"\n[market.flow]\npreset = \"crypto-alt\"\n[gates.position]\nmax_value = \"2000\"\n\
    [volatility]\nshocks = [\"gap\", \"flash-rally\"]\nseverities = [0.5, 1.0]\nseeds = 1\nat = \"2min\"\nlongest = \"10min\"\ncalm = \"10min\"\n\
    regimes = [{ name = \"normal\", volatility = 1.0 }]\n\
    [[volatility.criteria]]\nname = \"small\"\nmeasure = \"max_drawdown\"\ncomparison = \"below\"\nthreshold = \"THRESHOLD\"\n";

/// Runs, verdicts and digests are the scenario's, whatever the number of threads; a verdict is an exit code.
#[test]
fn many_markets_are_judged_together() {
    let world = World::new();
    world.write("lenient.toml", &VOLATILITY.replace("THRESHOLD", "0.9"));
    world.write("strict.toml", &VOLATILITY.replace("THRESHOLD", "0.0000001"));
    let run = |file: &str, threads: &str, out: &str| {
        world.call_with(Some(("RAYON_NUM_THREADS", threads)), &["run", file, "--ci", "--json", "--out", out])
    };
    let (one, two) = (run("lenient.toml", "1", "one").expect(0), run("lenient.toml", "2", "two").expect(0));
    let (one, two) = (object(&one.stdout), object(&two.stdout));
    assert_eq!((&one["digest"], one["runs"].as_array().map(Vec::len)), (&two["digest"], Some(3)), "{one}");
    let file = |out: &str, name: &str| std::fs::read_to_string(world.path(&format!("{out}/{name}"))).unwrap();
    for name in ["report.md", "report.xml"] {
        assert_eq!(file("one", name), file("two", name), "{name}");
    }
    run("strict.toml", "2", "strict").expect(1);
    assert!(file("strict", "report.xml").contains("<failure"));
    world.call(&["run", "lenient.toml", "--ci", "--out", "one"]).expect(5);
    world.call(&["verify", "one"]).expect(0).prints("hashes, scenario, runs, verdict and reports agree");
    world.call(&["verify", "strict"]).expect(0);
    let sample = world.call(&["verify", "one", "--sample", "1"]).expect(0);
    sample.prints("runs of the sample agree").prints("not checked: 2 of 3 runs");
    world.call(&["run", "lenient.toml", "--ci", "--out", "one", "--force"]).expect(0);
    // In the queues of the market itself.
    let closed = ["run", "lenient.toml", "--ci", "--json", "--set", "market.flow.closed_loop=true", "--out", "closed"];
    let closed = object(&world.call(&closed).expect(0).stdout);
    assert_ne!(closed["digest"], one["digest"]);
}

/// Whatever is changed in the folder of many runs is found: a file, a figure of the manifest, a whole run that is told otherwise.
#[test]
fn a_forged_folder_of_many_runs_is_found() {
    let world = World::new();
    world.write("many.toml", &VOLATILITY.replace("THRESHOLD", "0.9"));
    world.call(&["run", "many.toml", "--ci", "--out", "many"]).expect(0);
    let read = |name: &str| std::fs::read_to_string(world.path(&format!("many/{name}"))).unwrap();
    let (manifest, report, scenario) = (read("manifest.json"), read("report.md"), read("scenario.toml"));
    let check = |name: &str, text: &str, words: &str| {
        let whole = read(name);
        assert_ne!(whole, text, "{name}: nothing was changed");
        world.write(&format!("many/{name}"), text);
        world.call(&["verify", "many"]).expect(1).prints(words);
        world.write(&format!("many/{name}"), &whole);
    };
    check("report.md", &format!("{report} "), "report.md: the file was changed");
    check("scenario.toml", &scenario.replace("seeds = 1", "seeds = 2"), "scenario.toml: the file was changed");
    // Told consistently: hashes and the digest over all are those of the forgery.
    let forge = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut forged = object(&manifest);
        change(&mut forged);
        serde_json::to_string_pretty(&forged).unwrap()
    };
    check("manifest.json", &forge(&|all| all["semantics"] = 1.into()), "manifest.json: semantics 1");
    check("manifest.json", &forge(&|all| all["run_id"] = "0".into()), "manifest.json: run id 0");
    check("manifest.json", &forge(&|all| all["verdict"] = "no-go".into()), "manifest.json: verdict");
    check(
        "manifest.json",
        &forge(&|all| all["runs"][1]["seed"] = 9.into()),
        "manifest.json: run 2: regime normal, gap x1, seed 9",
    );
    check("manifest.json", &forge(&|all| all["runs"][1]["digest"] = "0".into()), "manifest.json: digest");
    let run_told_otherwise = |all: &mut serde_json::Value| {
        all["runs"][2]["digest"] = "0".into();
        let digests =
            all["runs"].as_array().unwrap().iter().map(|run| format!("{}\n", run["digest"].as_str().unwrap()));
        all["digest"] = blake3::hash(digests.collect::<String>().as_bytes()).to_hex().to_string().into();
    };
    check(
        "manifest.json",
        &forge(&run_told_otherwise),
        "run 3 (regime normal, flash-rally x1, seed 1): it ended with digest",
    );
    check(
        "manifest.json",
        &forge(&|all| all["runs"][1]["market"] = "0".into()),
        "run 2 (regime normal, gap x1, seed 1): its market is",
    );
    let changed = format!("{report} ");
    let hash = blake3::hash(changed.as_bytes()).to_hex().to_string();
    world.write("many/report.md", &changed);
    check(
        "manifest.json",
        &forge(&|all| all["files"]["report.md"] = hash.clone().into()),
        "report.md: it does not say what follows",
    );
    world.write("many/report.md", &report);
    world.write("many/stray", "x");
    world.call(&["verify", "many"]).expect(0).prints("not checked: stray");
    for call in [["report", "many"], ["audit", "many"]] {
        world.call(&call).expect(3).says("many runs over violent markets");
    }
    world.call(&["verify", "many", "--sample", "0"]).expect(2).says("--sample");
}

#[test]
fn what_is_no_trial_by_volatility_is_refused() {
    let world = World::new();
    let good = VOLATILITY.replace("THRESHOLD", "0.9");
    let cases = [
        ("severities = [0.5, 1.0]", "severities = [0.5, 0.5]", "found 0.5 again"),
        ("severities = [0.5, 1.0]", "severities = [0.0]", "volatility.severities[0]"),
        ("\"gap\"", "\"gapp\"", "volatility.shocks[0]"),
        ("max_drawdown", "drawdown", "one of max_drawdown"),
        ("seeds = 1", "seeds = 0", "volatility.seeds"),
        ("volatility = 1.0", "volatility = 11.0", "volatility.regimes[0]"),
        ("[market.flow]\npreset = \"crypto-alt\"", "[market.synthetic]", "a market of single orders"),
    ];
    for (from, to, words) in cases {
        assert!(good.contains(from), "{from}");
        world.write("bad.toml", &good.replace(from, to));
        world.call(&["run", "bad.toml", "--out", "never"]).expect(2).says(words);
        assert!(!world.path("never").exists());
    }
}

/// The folder of recordings; says so where there is none.
fn recordings() -> Option<std::path::PathBuf> {
    let beside = std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data"));
    let folder = std::env::var_os("SEATRIAL_RECORDINGS").map_or(beside, std::path::PathBuf::from);
    if !folder.is_dir() {
        eprintln!("skipped: no recordings at {}", folder.display());
    }
    folder.is_dir().then_some(folder)
}

/// Violent months that were recorded, as scenarios: by themselves, and with a shock laid over them.
#[test]
fn recorded_violent_months_run_as_scenarios() {
    let Some(folder) = recordings() else { return };
    let months = [
        "FILUSDT-1m-2024-04",
        "FILUSDT-1m-2025-04",
        "FILUSDT-1m-2025-02",
        "NEARUSDT-1m-2025-02",
        "AVAXUSDT-1m-2025-02",
    ];
    let bot = "[bot]\nstrategy = \"breakout\"\n";
    for month in months {
        let world = World::new();
        let file = folder.join(format!("binance-um-klines/{month}.csv.gz")).display().to_string();
        let import = ["tape", "import", "binance-klines", &file, "-o", "month.tape", "--product", "binance-usdm"];
        world.call(&import).expect(0);
        let plain = format!("mode = \"paper\"\n[market]\ntape = \"month.tape\"\n{bot}");
        world.write("plain.toml", &plain);
        world.write("wilder.toml", &format!("{plain}[[market.shocks]]\nname = \"two-leg-crash\"\nat = \"48h\"\n"));
        let run = |file: &str, out: &str| {
            let run = world.call(&["run", file, "--json", "--no-drills", "--no-band", "--out", out]);
            world.call(&["verify", out]).expect(0);
            object(&run.stdout)
        };
        let (plain, wilder) = (run("plain.toml", "plain"), run("wilder.toml", "wilder"));
        assert!(plain["fills"].as_u64() > Some(0), "{month}: {plain}");
        assert_ne!(plain["digest"], wilder["digest"], "{month}");
    }
}
