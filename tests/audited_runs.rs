//! Every run is audited at its end, says what came of it in all its reports, and is never GO without.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// The scenario for tapes, which comes with a plain generated market.
const BACKTEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/backtest.toml");

/// A world of its own: an empty folder and the program running in it.
struct World(TempDir);

/// Exit code, stdout and stderr of a call.
type Called = (i32, String, String);

impl World {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn call(&self, arguments: &[&str]) -> Called {
        let mut command = Command::cargo_bin("seatrial").unwrap();
        let output = command.current_dir(self.0.path()).args(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    /// A run of six generated hours, which is GO, into `out`.
    fn run(&self, more: &[&str]) -> Called {
        let short = ["run", BACKTEST, "--set", "market.synthetic.duration=6h", "--out", "out"];
        self.call(&[&short, more].concat())
    }

    fn manifest(&self) -> Value {
        serde_json::from_str(&self.text("out/manifest.json")).unwrap()
    }

    /// The reports: page, Markdown, JSON, JUnit.
    fn reports(&self) -> Vec<String> {
        ["html", "md", "json", "xml"].map(|kind| self.text(&format!("out/report.{kind}"))).to_vec()
    }
}

#[test]
fn a_run_is_audited_in_every_lane_and_the_manifest_says_what_audit_says() {
    let world = World::new();
    let (code, terminal, _) = world.run(&[]);
    assert_eq!(code, 0, "{terminal}");
    let manifest = world.manifest();
    assert_eq!(manifest["audit"]["state"], "audited");
    let (_, audit, _) = world.call(&["audit", "out", "--json"]);
    let audit: Value = serde_json::from_str(&audit).unwrap();
    assert_eq!(manifest["audit"]["lanes"], audit["lanes"]);
    assert_eq!(audit["lanes"].as_array().map(Vec::len), Some(3));
    assert_eq!(world.call(&["verify", "out"]).0, 0);
}

#[test]
fn a_run_without_audit_says_so_everywhere_and_is_not_go() {
    let world = World::new();
    let (code, terminal, _) = world.run(&["--no-audit"]);
    let words = "The run was not audited: left out (--no-audit).";
    assert_eq!(code, 4);
    assert!(terminal.contains("INSUFFICIENT EVIDENCE") && terminal.contains(words), "{terminal}");
    for report in world.reports() {
        assert!(report.contains("left out (--no-audit)"), "{report}");
    }
    assert_eq!(world.call(&["verify", "out"]).0, 0);
    let again = world.text("out/report.html");
    assert_eq!(world.call(&["report", "out"]).0, 0);
    assert_eq!(world.text("out/report.html"), again);
}

#[test]
fn journals_that_were_not_kept_whole_are_not_audited() {
    let world = World::new();
    let (code, terminal, _) = world.run(&["--set", "run.journal=digest", "--no-band"]);
    assert_eq!(code, 4);
    assert!(terminal.contains("the journals were kept at detail `digest`"), "{terminal}");
    assert_eq!(world.manifest()["audit"]["state"], "not-audited");
}

/// Each of several markets was replayed to somewhere, and the audit hears of each that far.
#[test]
fn a_run_of_two_markets_that_was_cut_short_is_audited_with_what_it_heard() {
    let world = World::new();
    let markets = "mode = \"paper\"\n[[markets]]\nsynthetic = { duration = \"2h\" }\n[[markets]]\nsymbol = \"B\"\n\
                   synthetic = { duration = \"1h\" }\n[run]\nmax_rows = 30001\n[bot]\nstrategy = \"hedged-maker\"\n";
    fs::write(world.path("two.toml"), markets).unwrap();
    let (_, _, told) = world.call(&["run", "two.toml", "--out", "out"]);
    let manifest = world.manifest();
    assert_eq!(manifest["audit"]["unchecked"], serde_json::json!([]), "{told}");
    for lane in manifest["audit"]["lanes"].as_array().unwrap() {
        assert_eq!((&lane["found"], &lane["unchecked"]), (&serde_json::json!(0), &serde_json::json!([])), "{lane}");
    }
    let replayed = |market: &Value| market["replayed"].as_u64().unwrap();
    assert_eq!(replayed(&manifest["market"]) + replayed(&manifest["other_markets"][0]), 30_001);
    assert!(replayed(&manifest["other_markets"][0]) > 0);
}

/// An audit that was touched up together with everything that says its hash is found out by making it again.
#[test]
fn a_forged_audit_is_found() {
    let world = World::new();
    world.run(&["--set", "gates.order_burst.orders=3"]);
    let manifest = world.manifest();
    let burst = &manifest["audit"]["lanes"][0]["controls"][5];
    assert!(burst["name"] == "order_burst" && 0 < burst["fired"].as_u64().unwrap(), "{burst}");
    assert_eq!((&burst["fired"], burst["first_entries"].as_array().map(Vec::len)), (&burst["had_to_fire"], Some(3)));
    let forged = |change: &dyn Fn(&mut Value)| {
        let before = world.text("out/manifest.json");
        let mut manifest = world.manifest();
        change(&mut manifest["audit"]);
        fs::write(world.path("out/manifest.json"), manifest.to_string()).unwrap();
        let found = world.call(&["verify", "out"]);
        fs::write(world.path("out/manifest.json"), before).unwrap();
        found
    };
    let (code, problems, _) = forged(&|audit| audit["lanes"][0]["controls"][5]["ambiguous"] = 7.into());
    assert_eq!(code, 1);
    assert!(problems.contains("the audit does not follow from journals and tapes"), "{problems}");
    let (code, problems, _) = forged(&|audit| audit["lanes"][0]["controls"][5]["fired"] = 0.into());
    assert_eq!(code, 1);
    assert!(problems.contains("gate order_burst: fired by the audit 0, expected"), "{problems}");
    assert_eq!(world.call(&["verify", "out"]).0, 0);
}
