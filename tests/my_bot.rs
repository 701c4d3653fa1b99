//! The example of a quant's own bot has the whole command line, and its identity stands in the manifest.

use assert_cmd::Command;
use std::path::PathBuf;

/// The scenario for tapes, which comes with a plain generated market.
const BACKTEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/backtest.toml");

/// The example's program: `cargo test` builds all examples before it runs a test.
fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let profile = tests.parent().and_then(|deps| deps.parent()).unwrap();
    let program = profile.join("examples").join(format!("my_bot{}", std::env::consts::EXE_SUFFIX));
    assert!(program.exists(), "{}: absent; `cargo test` or `cargo build --example my_bot` makes it", program.display());
    program
}

fn call(home: &tempfile::TempDir, arguments: &[&str]) -> (i32, String) {
    let output = Command::new(program()).current_dir(home.path()).args(arguments).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn my_bot_runs_and_is_named_in_the_manifest() {
    let home = tempfile::tempdir().unwrap();
    let bot = [
        "--set",
        "bot.strategy=dip-buyer",
        "--set",
        "bot.parameters={ every = \"1s\", ticks = 3, quantity = \"0.001\" }",
    ];
    let run = ["run", BACKTEST, "--set", "run.max_rows=20000", "--out", "out"];
    let (code, stderr) = call(&home, &[&run[..], &bot[..]].concat());
    assert!([0, 1, 4].contains(&code), "{stderr}");
    let manifest = std::fs::read_to_string(home.path().join("out/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["strategy"]["name"], "dip-buyer");
    assert_eq!(manifest["strategy"]["parameters"][1], serde_json::json!(["ticks", "3"]));
    assert_eq!(manifest["bot"]["name"], "seatrial");
    assert!(manifest["program_hash"].is_string());
    assert_eq!(call(&home, &["verify", "out"]).0, 0);
}

#[test]
fn a_wrong_parameter_of_my_bot_is_underlined() {
    let home = tempfile::tempdir().unwrap();
    let bot = [
        "--set",
        "bot.strategy=dip-buyer",
        "--set",
        "bot.parameters={ evry = \"1s\", ticks = 3, quantity = \"0.001\" }",
    ];
    let (code, stderr) = call(&home, &[&["run", BACKTEST][..], &bot[..]].concat());
    assert_eq!(code, 2);
    assert!(stderr.contains("did you mean `every`?"), "{stderr}");
}
