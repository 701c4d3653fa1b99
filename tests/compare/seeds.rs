//! Two folders of many seeds, pair by pair.

use super::World;
use std::fs;

impl World {
    /// A short campaign into the folder `out`.
    fn seeds(&self, out: &str, seeds: &str, more: &[&str]) {
        fs::write(self.path("short.toml"), super::SHORT).unwrap();
        let arguments = [
            "run",
            "short.toml",
            "--set",
            "run.max_rows=20000",
            "--set",
            "run.band=false",
            "--seeds",
            seeds,
            "--out",
            out,
        ];
        let called = self.call(&[&arguments[..], more].concat());
        assert!([0, 1, 4].contains(&called.code), "{}", called.stderr);
    }
}

#[test]
fn campaigns_are_compared_seed_by_seed() {
    let world = World::new();
    world.seeds("base", "1..7", &[]);
    world.seeds("wide", "1..7", &["--set", "bot.parameters.offset_ticks=40"]);
    let same = world.call(&["compare", "base", "base", "--regression", "fills=0", "--json"]).expect(0).json();
    assert_eq!((&same["verdict"], &same["pairs"]), (&"no-regression".into(), &7.into()));
    assert!(same["metrics"].as_array().unwrap().iter().all(|row| row["sense"] == "same"), "{same}");

    let found = world.call(&["compare", "base", "wide", "--regression", "fills=10%", "--json"]).expect(1).json();
    let fills = found["metrics"].as_array().unwrap().iter().find(|row| row["name"] == "fills").unwrap().clone();
    assert_eq!(
        (&fills["pairs"], &fills["worse"], &fills["beyond_limit"]),
        (&7.into(), &7.into(), &7.into()),
        "{fills}"
    );
    let number = |value: &serde_json::Value| value.as_str().unwrap().parse::<i64>().unwrap();
    let [low, high] = [&fills["interval"][0], &fills["interval"][1]].map(number);
    let middle = number(&fills["difference_median"]);
    assert!(low <= middle && middle <= high && high < 0, "{fills}");
    // All seven signs alike: 2 / 2^7.
    assert!((fills["p"].as_f64().unwrap() - 2.0 / 128.0).abs() < 1e-12, "{fills}");
    // The differences are those of runs of the seeds by themselves.
    let figures = |folder: &str| -> serde_json::Value {
        serde_json::from_str(&fs::read_to_string(world.path(folder).join("figures.json")).unwrap()).unwrap()
    };
    let of = |figures: &serde_json::Value, seed: usize| number(&figures["seeds"][seed]["metrics"]["fills"]);
    let (base, wide) = (figures("base"), figures("wide"));
    let mut differences: Vec<i64> = (0..7).map(|seed| of(&wide, seed) - of(&base, seed)).collect();
    differences.sort_unstable();
    assert_eq!((low, middle, high), (differences[0], differences[3], differences[6]));
    let alone = ["--set", "run.max_rows=20000", "--set", "run.band=false", "--seed", "5"];
    world.run("alone", &alone);
    let manifest: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(world.path("alone/manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["lanes"][0]["fills"].as_i64().unwrap(), of(&base, 4));
}

#[test]
fn seeds_of_one_side_are_left_out_and_unlike_campaigns_said() {
    let world = World::new();
    world.seeds("base", "1..3", &[]);
    world.seeds("more", "2..4", &[]);
    let called = world.call(&["compare", "base", "more", "--out", "page"]).expect(0);
    called.prints("MIND: the bot is the same").prints("2 seeds of one side alone left out");
    for name in ["compare.html", "compare.md", "compare.json", "compare.xml"] {
        assert!(world.path("page").join(name).is_file(), "{name}");
    }
    world.seeds("far", "11..12", &[]);
    world.call(&["compare", "base", "far"]).expect(4).prints("They have no seed in common");
    world.seeds("dear", "1..3", &["--set", "venue.leverage_max=2"]);
    world.call(&["compare", "base", "dear"]).expect(4).prints("venue.leverage_max");
    world.call(&["compare", "base", "dear", "--unlike"]).expect(0);
    world.run("one", &[]);
    world.call(&["compare", "base", "one"]).expect(2).says("expected two of a kind");
    fs::write(world.path("more/figures.json"), "{\"format\": 1}\n").unwrap();
    world.call(&["compare", "base", "more"]).expect(3).says("figures.json: line 1, column");
    fs::remove_file(world.path("more/figures.json")).unwrap();
    world.call(&["compare", "base", "more"]).expect(3).says("figures.json: cannot read");
}
