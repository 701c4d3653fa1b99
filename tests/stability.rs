//! Reports on stability: the same for any number of jobs, kept when interrupted, checked again, refused where they are none; and a bot with a planted cliff.

mod program;

use program::World;
use seatrial::model::Side;
use seatrial::readiness::{AxisKind, PointOutcome, Shape, StabilityResult, Verdict, judge_stability};
use seatrial::scenario::{Overrides, Registry, Scenario, run_stability};
use seatrial::strategy::{Actions, Description, OrderSpec, Strategy, Subscriptions, View};
use seatrial::units::{MINUTE, Quantity};
use std::fs;

/// A thin market that answers to a maker.
const THIN: &str = "mode = \"paper\"\nname = \"thin\"\n[market.flow]\npreset = \"crypto-alt\"\nduration = \"2d\"\nclosed_loop = true\n\
    [market.flow.change.orders]\nmarket_per_second = 0.05\nlimit_per_second = 0.7\n[market.flow.change.providers]\nrefill_per_second = 1.0\n\
    [venue.latency]\norder = \"20ms\"\nreport = \"20ms\"\n[bot]\nstrategy = \"market-maker\"\n[bot.parameters]\ninterval = \"5s\"\n\
    offset_ticks = 10\nskew_ticks = 10\n[gates.order_value]\nmax = \"1000\"\n[stability]\nperiod = \"1d\"\nonly = [\"offset_ticks\"]\n\
    [[stability.criteria]]\nname = \"small\"\nmeasure = \"max_drawdown\"\ncomparison = \"below\"\nthreshold = \"0.9\"\n";

fn object(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

const REPORTS: [&str; 4] = ["report.html", "report.md", "report.json", "report.xml"];

/// Runs, proofs and reports are the scenario's, whatever the number of jobs; what was interrupted goes on; what is told otherwise is found.
#[test]
fn a_report_is_the_same_for_any_number_of_jobs_and_is_had_again() {
    let world = World::new();
    world.write("thin.toml", THIN);
    let run = |jobs: &str, out: &str| world.call(&["run", "thin.toml", "--ci", "--json", "--jobs", jobs, "--out", out]);
    // Two seeds are no evidence.
    let one = object(&run("1", "one").expect(4).stdout);
    run("2", "two").expect(4);
    let read = |out: &str, name: &str| fs::read_to_string(world.path(&format!("{out}/{name}"))).unwrap();
    for name in REPORTS.into_iter().chain(["scenario.toml", "manifest.json"]) {
        let same = |text: String| text.replace("/two", "/one");
        assert_eq!(read("one", name), same(read("two", name)), "{name}");
    }
    assert!(!world.path("one/proofs").exists() && !world.path("one/checkpoints").exists(), "nothing else is left");
    let kinds: Vec<&str> = one["axes"].as_array().unwrap().iter().filter_map(|axis| axis["kind"].as_str()).collect();
    assert_eq!(kinds, ["parameters", "latency", "fills", "fees", "data-loss", "clock-skew", "halves"]);
    assert_eq!(
        (one["kind"].as_str(), one["conclusions"][0]["outcome"].as_str()),
        (Some("stability"), Some("unproved"))
    );
    let proofs = ["determinism", "resume"].map(|kind| one["proofs"][kind].as_array().unwrap().clone());
    assert!(proofs.iter().all(|rows| rows.len() == 3 && rows.iter().all(|row| row["is_same"] == true)), "{proofs:?}");
    assert!(proofs[1].iter().any(|row| row["how"].as_str().unwrap().contains("rows into the market")), "{proofs:?}");
    world.call(&["verify", "one"]).expect(0).prints("hashes, scenario, runs, proofs, verdict and reports agree");
    world.call(&["verify", "one", "--sample", "3"]).expect(0).prints("runs of the sample agree");
    for call in [["report", "one"], ["audit", "one"]] {
        world.call(&call).expect(3).says("a report on stability");
    }
    let manifest = read("one", "manifest.json");
    let forged = manifest.replacen("\"verdict\": \"insufficient-evidence\"", "\"verdict\": \"go\"", 1);
    assert_ne!(manifest, forged);
    world.write("one/manifest.json", &forged);
    world.call(&["verify", "one"]).expect(1).prints("manifest.json: verdict Go, expected InsufficientEvidence");
}

/// A run that is killed keeps what had ended, and goes on to the same report.
#[test]
fn what_was_interrupted_goes_on() {
    let world = World::new();
    world.write("thin.toml", THIN);
    world.call(&["run", "thin.toml", "--ci", "--out", "whole"]).expect(4);
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_seatrial"))
        .current_dir(world.path(""))
        .args(["run", "thin.toml", "--ci", "--jobs", "1", "--out", "cut"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let kept = world.path(".cut.partial/checkpoints/runs.jsonl");
    let lines = || fs::read_to_string(&kept).map_or(0, |text| text.lines().count());
    while lines() < 3 {
        assert!(child.try_wait().unwrap().is_none(), "the report was done before it could be killed");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!world.path("cut").exists(), "nothing half written bears the name");
    world.call(&["run", "--resume", "cut"]).expect(4).says("runs have ended already");
    for name in REPORTS {
        let read = |out: &str| fs::read_to_string(world.path(&format!("{out}/{name}"))).unwrap();
        assert_eq!(read("whole"), read("cut"), "{name}");
    }
}

#[test]
fn what_is_no_report_on_stability_is_refused() {
    let world = World::new();
    let cases = [
        ("period = \"1d\"", "period = \"1d\"\nseeds = 0", "stability.seeds"),
        ("period = \"1d\"", "period = \"3d\"", "10min to the market's own duration, 2d"),
        ("period = \"1d\"", "period = \"1d\"\nlatency = []", "skip = [\"latency\"]"),
        ("period = \"1d\"", "period = \"1d\"\nlatency = [\"-1ms\"]", "stability.latency"),
        ("period = \"1d\"", "period = \"1d\"\nlatency = [\"2min\"]", "0s to 1min"),
        ("period = \"1d\"", "period = \"1d\"\ndata_loss = [\"200\"]", "more than 0 to 50 percent"),
        ("period = \"1d\"", "period = \"1d\"\ndata_loss = [\"0\"]", "more than 0 to 50 percent"),
        ("period = \"1d\"", "period = \"1d\"\nfees = [\"-1\"]", "0 to 10"),
        ("period = \"1d\"", "period = \"1d\"\nfees = [\"2\", \"2\"]", "found a value again"),
        ("period = \"1d\"", "period = \"1d\"\nparameters = [0]", "-90 to 500 percent"),
        ("period = \"1d\"", "period = \"1d\"\nclock_skew = [\"0s\"]", "and not 0s"),
        ("period = \"1d\"", "period = \"1d\"\nfills = [\"hftbacktest\"]", "`optimistic`, `neutral` and `pessimistic`"),
        ("period = \"1d\"", "period = \"1d\"\ndays = [5]", "skip = [\"days\"]"),
        ("period = \"1d\"", "period = \"1d\"\nseed = 4", "unknown key"),
        (
            "only = [\"offset_ticks\"]",
            "only = [\"offset_tick\"]",
            "a number other than 0 among the parameters of `market-maker`",
        ),
        ("only = [\"offset_ticks\"]", "only = [\"quantity\"]", "which is `auto`"),
        ("max_drawdown", "max_drawdwn", "did you mean `max_drawdown`?"),
        ("threshold = \"0.9\"", "threshold = \"0.9\"\nshare = 2.0", "0.01 to 1"),
        ("threshold = \"0.9\"", "threshold = \"0.9\"\naxes = [\"weather\"]", "unknown value `weather`"),
        ("[stability]", "[volatility]\nseeds = 1\n[stability]", "one of the two"),
        ("[stability]", "[run]\nmax_rows = 100\n[stability]", "neither of them"),
    ];
    for (from, to, words) in cases {
        assert!(THIN.contains(from), "{from}");
        world.write("bad.toml", &THIN.replacen(from, to, 1));
        world.call(&["run", "bad.toml", "--out", "never"]).expect(2).says(words);
        world.call(&["scenario", "check", "bad.toml"]).expect(2).says(words);
    }
    assert!(!world.path("never").exists());
    world.write("good.toml", THIN);
    world.call(&["scenario", "check", "good.toml"]).expect(0).prints("sound");
    world.call(&["run", "good.toml", "--seeds", "1..2"]).expect(2).says("stability.seeds");
    world.call(&["run", "good.toml", "--check-determinism"]).expect(2).says("not with `[stability]`");
    world.call(&["run", "--jobs", "2"]).expect(2).says("--jobs");
    world.call(&["scenario", "schema"]).expect(0).prints("clock_skew");
}

/// The scenario that comes with seatrial is sound, and its cut runs.
#[test]
fn the_scenario_that_comes_with_seatrial_is_sound() {
    let world = World::new();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/stability.toml");
    world.call(&["scenario", "check", path]).expect(0).prints("sound");
    // Two seeds prove nothing, and may refute something.
    let cut = object(&world.call(&["run", path, "--ci", "--json", "--out", "cut"]).stdout);
    assert_eq!((cut["verdict"] == "go", cut["conclusions"].as_array().map(Vec::len)), (false, Some(4)));
}

/// Buys once and holds. Below its edge it buys and sells at the market all the time, which costs fees and spreads; nothing hangs on the other number.
struct Planted {
    edge: u32,
    idle: u32,
    bought: u32,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct PlantedParameters {
    edge: u32,
    idle: u32,
}

impl Strategy for Planted {
    fn describe(&self) -> Description {
        let parameters = [("edge", self.edge), ("idle", self.idle)];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_string())).to_vec();
        Description { name: "planted".to_owned(), parameters }
    }

    fn subscriptions(&self) -> Subscriptions {
        Subscriptions { timer: Some(MINUTE), ..Subscriptions::default() }
    }

    fn on_timer(&mut self, view: &View<'_>, actions: &mut Actions) {
        if self.edge < 85 || self.bought == 0 {
            let side = if view.position.is_zero() { Side::Buy } else { Side::Sell };
            actions.submit(OrderSpec::market(side, Quantity::new(100)));
            self.bought += 1;
        }
    }

    fn save(&self) -> serde_json::Value {
        self.bought.into()
    }

    fn restore(&mut self, state: &serde_json::Value) -> Result<(), String> {
        self.bought = serde_json::from_value(state.clone()).map_err(|error| error.to_string())?;
        Ok(())
    }
}

const PLANTED: &str = "mode = \"paper\"\n[market.synthetic]\nduration = \"20min\"\nmessages_per_second = 2\nvolatility_bps_per_day = 20\n\
    [bot]\nstrategy = \"planted\"\n[bot.parameters]\nedge = 100\nidle = 100\n[opening]\nquote = \"10000\"\n[stability]\nperiod = \"20min\"\n\
    skip = [\"latency\", \"fills\", \"fees\", \"data-loss\", \"clock-skew\", \"halves\", \"days\"]\n\
    [[stability.criteria]]\nname = \"loses little\"\nmeasure = \"total_return\"\ncomparison = \"above\"\nthreshold = \"THRESHOLD\"\nshare = 0.9\n";

fn planted(threshold: &str) -> StabilityResult {
    let registry = Registry::builtin().with("planted", |given, _| {
        let PlantedParameters { edge, idle } = given.read()?;
        Ok(Box::new(Planted { edge, idle, bought: 0 }))
    });
    let text = PLANTED.replace("THRESHOLD", threshold);
    let scenario = Scenario::parse("planted.toml", &text, None, &Overrides::default(), &registry);
    let scenario = scenario.unwrap_or_else(|error| panic!("{error:?}"));
    let home = tempfile::tempdir().unwrap();
    let runs = run_stability(&scenario, &registry, (None, home.path()), &|| {}).unwrap();
    assert_eq!(runs.proofs.refuted(), "");
    let criteria = &scenario.file.stability.as_ref().unwrap().criteria;
    judge_stability(criteria, &runs.evidence())
}

#[test]
fn a_planted_cliff_is_named_and_an_idle_number_is_a_plateau() {
    let found = planted("-0.0006");
    let shapes: Vec<(Shape, Option<[usize; 2]>)> =
        found.axes.iter().map(|axis| axis.shapes["total_return"]).map(|found| (found.shape, found.step)).collect();
    // From 90 to 80: the settings are 80, 90, 100, 110, 120.
    assert_eq!(shapes, [(Shape::Cliff, Some([1, 0])), (Shape::Plateau, None)], "{:#?}", found.axes[0].points);
    assert_eq!(found.ranking, [0, 1]);
    assert_eq!(found.verdict, Verdict::NoGo);
    let conclusion = &found.conclusions[0];
    assert_eq!((conclusion.base.outcome, conclusion.outcome), (PointOutcome::Holds, PointOutcome::Breaks));
    let places: Vec<(&str, &str)> =
        conclusion.breaks.iter().map(|place| (place.axis.as_str(), place.point.as_str())).collect();
    assert_eq!(places, [("edge", "80 (−20 %)")]);
    assert!(found.reason.contains("“loses little” breaks first at edge 80 (−20 %)"), "{}", found.reason);
    // What allows for the cliff survives it.
    let allowed = planted("-0.5");
    assert_eq!((allowed.verdict, allowed.conclusions[0].settings), (Verdict::Go, 11));
    assert!(AxisKind::Parameters.is_ordered());
}
