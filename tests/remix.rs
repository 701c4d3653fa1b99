//! `seatrial tape remix` from the command line.

mod program;

use program::World;
use std::fs;
use std::path::PathBuf;

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
fn a_remix_is_a_tape_that_runs() {
    let world = World::new();
    world.call(&["tape", "synth", "crypto-alt", "--days", "0.05", "-o", "alt.tape"]).expect(0);
    let remix = ["tape", "remix", "alt.tape", "--days", "0.1", "--block", "5min", "--seed", "7", "-o", "new.tape"];
    world.call(&remix).expect(0).prints("format        remix").prints("blocks");
    world.call(&["tape", "inspect", "new.tape"]).expect(0).prints("remixed");
    world.call(&remix).expect(5).says("already there; use --force");
    let bytes = fs::read(world.path("new.tape")).unwrap();
    world.call(&[&remix[..], &["--force"]].concat()).expect(0);
    assert!(fs::read(world.path("new.tape")).unwrap() == bytes, "the same seed, other bytes");
    world.call(&["tape", "doctor", "new.tape"]).expect(0);
    world.write("run.toml", "mode = \"paper\"\n");
    world.call(&["run", "run.toml", "--tape", "new.tape", "--json", "--out", "run"]);
    assert!(world.path("run/manifest.json").exists(), "no run on the remix");
    let inputs = ["tape", "remix", "alt.tape", "-o", "alt.tape", "--force"];
    world.call(&inputs).expect(2).says("both read and written");
}

#[test]
fn a_remix_of_one_block_has_the_rows_of_the_tape() {
    let world = World::new();
    world.call(&["tape", "synth", "crypto-alt", "--days", "0.02", "-o", "alt.tape"]).expect(0);
    world.call(&["tape", "remix", "alt.tape", "--block", "1d", "-o", "same.tape"]).expect(0);
    let rows = |name: &str| world.call(&["tape", "export", name]).expect(0).stdout;
    assert!(rows("alt.tape") == rows("same.tape"), "other rows");
}

#[test]
fn what_cannot_be_mixed_leaves_nothing_behind() {
    let world = World::new();
    world.call(&["tape", "synth", "crypto-alt", "--days", "0.02", "-o", "alt.tape"]).expect(0);
    world.call(&["tape", "synth", "crypto-alt", "--bars", "1min", "--days", "1", "-o", "bars.tape"]).expect(0);
    world.write("broken.tape", "no tape");
    let cases: [(&[&str], i32, &str); 8] = [
        (&["bars.tape"], 3, "bars and trades have no book"),
        (&["broken.tape"], 3, "broken.tape"),
        (&["absent.tape"], 3, "absent.tape"),
        (&["alt.tape", "--days", "0"], 2, "--days"),
        (&["alt.tape", "--days", "4000"], 2, "--days"),
        (&["alt.tape", "--block", "1s"], 2, "--block: found 1s; expected a minute at least"),
        (&["alt.tape", "--block", "long"], 2, "--block"),
        (&["alt.tape", "--seed", "x"], 2, "seed"),
    ];
    for (arguments, code, words) in cases {
        let call = [&["tape", "remix"], arguments, &["-o", "x.tape"]].concat();
        world.call(&call).expect(code).says(words);
    }
    world.call(&["tape", "remix", "alt.tape", "-o", "absent/x.tape"]).expect(5).says("absent/x.tape");
    let left: Vec<_> = fs::read_dir(world.path(".")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

/// A recording whose messages overtook each other, and whose book crosses in none of them.
#[test]
fn a_recording_is_mixed_into_a_sound_tape() {
    let Some(folder) = recordings() else { return };
    let world = World::new();
    let nexo = ["23", "24", "25"].map(|day| {
        folder.join(format!("hftbacktest_playground/spot/nexousdt_202407{day}.dat.gz")).display().to_string()
    });
    let mut import = vec!["tape", "import", "binance-ws", "-o", "nexo.tape"];
    import.extend(nexo.iter().map(String::as_str));
    world.call(&import).expect(0);
    world.call(&["tape", "remix", "nexo.tape", "--days", "3", "-o", "new.tape"]).expect(0);
    let called = world.call(&["tape", "score", "new.tape", "--json"]);
    let score: serde_json::Value = serde_json::from_str(&called.stdout).unwrap();
    for held in score["score"]["preconditions"].as_array().unwrap() {
        assert_eq!(held["violations"], 0, "{held}");
    }
}

/// A scenario that names a tape and how to mix it runs as on the tape that `tape remix` writes; with shocks, several markets, and from its folder.
#[test]
fn a_scenario_runs_on_a_remix() {
    let world = World::new();
    world.call(&["tape", "synth", "crypto-alt", "--days", "0.05", "-o", "alt.tape"]).expect(0);
    let remix = ["tape", "remix", "alt.tape", "--days", "0.1", "--block", "5min", "--seed", "7", "-o", "new.tape"];
    world.call(&remix).expect(0);
    let mixed = "tape = \"alt.tape\"\nduration = \"144min\"\nblock = \"5min\"\nseed = 7\n";
    let digest = |file: &str, out: &str| {
        let run = world.call(&["run", file, "--json", "--no-drills", "--no-band", "--out", out]);
        let report: serde_json::Value =
            serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr));
        assert!(report["fills"].as_u64() > Some(0), "{report}");
        report["digest"].as_str().unwrap().to_owned()
    };
    world.write("mixed.toml", &format!("mode = \"paper\"\n[market.remix]\n{mixed}"));
    world.write("taped.toml", "mode = \"paper\"\n[market]\ntape = \"new.tape\"\n");
    assert_eq!(digest("mixed.toml", "mixed"), digest("taped.toml", "taped"));
    world.call(&["verify", "mixed"]).expect(0);
    world.call(&["audit", "mixed"]).expect(0);
    let shock = "[[market.shocks]]\nname = \"gap\"\nat = \"30min\"\n";
    world.write("shocked.toml", &format!("mode = \"paper\"\n[market.remix]\n{mixed}{shock}"));
    assert_ne!(digest("shocked.toml", "shocked"), digest("mixed.toml", "again"));
    world.call(&["verify", "shocked"]).expect(0);
    world.write("auto.toml", &format!("mode = \"paper\"\n[market.remix]\n{}", mixed.replace("5min", "auto")));
    digest("auto.toml", "auto");
    let manifest = fs::read_to_string(world.path("auto/manifest.json")).unwrap();
    assert!(
        manifest.contains("\"auto\"") && manifest.contains("on average, drawn near the hour by seed 7"),
        "{manifest}"
    );
    let auto = ["tape", "remix", "alt.tape", "--block", "auto", "-o", "auto.tape"];
    world.call(&auto).expect(0).prints("absolute returns of 10s");
    // Another tape under the name makes another run.
    world
        .call(&["tape", "synth", "crypto-alt", "--days", "0.05", "--seed", "2", "-o", "alt.tape", "--force"])
        .expect(0);
    world.call(&["verify", "mixed"]).expect(0).prints("not checked: what the manifest says of the markets");
    world.call(&["audit", "mixed"]).expect(0).prints("the tapes found are not those of the run");
}

#[test]
fn what_is_no_remix_in_a_scenario_is_refused_with_its_place() {
    let world = World::new();
    let cases = [
        ("[market.remix]\n", "market.remix.tape"),
        ("[market.remix]\ntape = \"a.tape\"\nblock = \"long\"\n", "or `auto`"),
        ("[market.remix]\ntape = \"a.tape\"\nblock = \"1s\"\n", "market.remix.block"),
        ("[market.remix]\ntape = \"a.tape\"\nduration = \"4000d\"\n", "market.remix.duration"),
        ("[market]\ntape = \"a.tape\"\n[market.remix]\ntape = \"a.tape\"\n", "both `tape` and `remix`"),
        ("[market.remix]\ntape = \"a.tape\"\nlength = 3\n", "length"),
        ("[[markets]]\n[markets.remix]\n", "markets[0].remix.tape"),
    ];
    for (text, words) in cases {
        world.write("mixed.toml", &format!("mode = \"paper\"\n{text}"));
        world.call(&["scenario", "check", "mixed.toml"]).expect(2).says(words);
    }
    world.write("mixed.toml", "mode = \"paper\"\n[market.remix]\ntape = \"a.tape\"\n");
    world.call(&["run", "mixed.toml", "--out", "never"]).expect(3).says("a.tape");
    world.call(&["tape", "synth", "crypto-alt", "--bars", "1min", "--days", "1", "-o", "a.tape"]).expect(0);
    world.call(&["run", "mixed.toml", "--out", "never"]).expect(3).says("bars and trades have no book");
    assert!(!world.path("never").exists());
}
