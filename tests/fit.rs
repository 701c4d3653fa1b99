//! `seatrial tape fit`: a model out of a tape, and the market it makes.

mod program;

use program::{Called, World};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

fn object(called: &Called) -> Value {
    serde_json::from_str(&called.stdout).unwrap_or_else(|error| panic!("{error}: {}", called.stdout))
}

fn parameter<'a>(fitted: &'a Value, key: &str) -> &'a Value {
    let all = fitted["parameters"].as_array().unwrap();
    all.iter().find(|parameter| parameter["key"] == key).unwrap_or_else(|| panic!("no {key}"))
}

/// The folder of recordings; says so where there is none.
fn recordings() -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data"));
    let folder = std::env::var_os("SEATRIAL_RECORDINGS").map_or(beside, PathBuf::from);
    if !folder.is_dir() {
        eprintln!("skipped: no recordings at {}", folder.display());
    }
    folder.is_dir().then_some(folder)
}

#[test]
fn a_fitted_model_makes_a_market_and_a_scenario_runs_on_it() {
    let world = World::new();
    world.call(&["tape", "synth", "crypto-alt", "--days", "0.25", "--seed", "5", "-o", "alt.tape"]).expect(0);
    let fit = ["tape", "fit", "alt.tape", "-o", "alt.toml", "--preset", "crypto-alt"];
    let called = world.call(&fit).expect(0).says("wrote alt.toml");
    let called = called.prints("orders.market_per_second").prints("identified").prints("prior");
    assert!(called.stdout.lines().all(|line| line.trim_end() == line), "{}", called.stdout);
    world.call(&fit).expect(5).says("already there; use --force");
    let text = fs::read_to_string(world.path("alt.toml")).unwrap();
    let again = world.call(&[&fit[..], &["--force", "--json"]].concat()).expect(0);
    assert_eq!(fs::read_to_string(world.path("alt.toml")).unwrap(), text);
    let fitted = object(&again);
    assert!(text.contains(fitted["content"].as_str().unwrap()), "{text}");
    assert_eq!(parameter(&fitted, "orders.lean")["mark"], "prior");
    world.call(&["tape", "synth", "--model", "alt.toml", "--days", "0.1", "-o", "again.tape"]).expect(0);
    world.call(&["tape", "doctor", "again.tape"]).expect(0).prints("again.tape: fit\n");
    let scenario = "mode = \"paper\"\n[market.flow]\nfile = \"alt.toml\"\nduration = \"1h\"\n";
    world.write("flow.toml", scenario);
    let run = object(&world.call(&["run", "flow.toml", "--json", "--out", "run"]));
    assert!(run["events"].as_u64().unwrap() > 1_000, "{run}");
}

#[test]
fn what_cannot_be_fitted_leaves_nothing_behind() {
    let world = World::new();
    world.call(&["tape", "synth", "crypto-alt", "--days", "0.002", "-o", "short.tape"]).expect(0);
    world.call(&["tape", "fit", "short.tape", "-o", "x.toml"]).expect(3).says("minutes with a price, needs 5");
    world.call(&["tape", "synth", "crypto-alt", "--days", "0.02", "-o", "alt.tape"]).expect(0);
    world.write("broken.tape", "no tape");
    world.call(&["tape", "fit", "broken.tape", "-o", "x.toml"]).expect(3).says("broken.tape");
    world.call(&["tape", "fit", "absent.tape", "-o", "x.toml"]).expect(3);
    world.call(&["tape", "fit", "alt.tape"]).expect(2);
    world.call(&["tape", "fit", "alt.tape", "-o", "x.toml", "--preset", "crypto-alto"]).expect(2).says("crypto-alt");
    world.call(&["tape", "fit", "alt.tape", "-o", "alt.tape", "--force"]).expect(2).says("both read and written");
    world.call(&["tape", "fit", "alt.tape", "-o", "absent/x.toml"]).expect(5).says("cannot write");
    let mut bytes = fs::read(world.path("alt.tape")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(world.path("damaged.tape"), bytes).unwrap();
    world.call(&["tape", "fit", "damaged.tape", "-o", "x.toml"]).expect(3);
    let left: Vec<_> = fs::read_dir(world.path(".")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 4, "{left:?}");
}

#[test]
fn recordings_give_models_whose_markets_are_sound() {
    let Some(folder) = recordings() else { return };
    let world = World::new();
    let nexo = ["23", "24", "25"].map(|day| {
        folder.join(format!("hftbacktest_playground/spot/nexousdt_202407{day}.dat.gz")).display().to_string()
    });
    let mut import = vec!["tape", "import", "binance-ws", "-o", "nexo.tape"];
    import.extend(nexo.iter().map(String::as_str));
    world.call(&import).expect(0);
    let fit = ["tape", "fit", "nexo.tape", "-o", "nexo.toml", "--preset", "crypto-alt", "--json"];
    let fitted = object(&world.call(&fit).expect(0));
    // The recording's realised volatility is 0.5 to 0.9 a year: 262 to 471 basis points a day.
    let volatility = parameter(&fitted, "price.volatility_bps_per_day");
    assert!((200.0..500.0).contains(&volatility["figures"][0]["estimate"].as_f64().unwrap()), "{volatility}");
    assert_eq!(parameter(&fitted, "orders.market_per_second")["mark"], "prior", "trades and levels come apart there");
    world.call(&["tape", "synth", "--model", "nexo.toml", "--days", "0.1", "-o", "again.tape"]).expect(0);
    world.call(&["tape", "doctor", "again.tape"]).expect(0);
}
