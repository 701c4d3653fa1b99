//! Every scenario's short cut behaves as it did when its digest was written down: twice over, in pools of one and two
//! threads, and in every build. `SEATRIAL_BLESS=1 cargo test --test golden_digest` writes the digests anew.

use rayon::ThreadPoolBuilder;
use seatrial::scenario::{Overrides, Registry, SEMANTICS, Scenario, bind, execute};
use std::fmt::Write;
use std::path::{Path, PathBuf};

const HEADER: &str = "# scenario, fill preset, behaviour digest of its [ci] cut; written by SEATRIAL_BLESS=1\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Scenario files, in order of name.
fn scenarios() -> Vec<PathBuf> {
    let files = std::fs::read_dir(root().join("scenarios")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "toml")).collect();
    files.sort();
    files
}

/// One line a lane of one scenario.
fn digests(path: &Path) -> String {
    let registry = Registry::builtin();
    let overrides = Overrides { ci: true, ..Overrides::default() };
    let scenario = Scenario::load(path, &overrides, &registry).unwrap();
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    // Of several bots each has digests of its own.
    let bots = if scenario.is_of_several_bots() { scenario.bots() } else { vec![scenario] };
    bots.iter().fold(String::new(), |mut text, scenario| {
        let executed = execute(&bind(scenario, &registry).unwrap(), None, &mut |_| {}).unwrap();
        assert!(executed.rows > 0, "{}: no rows", path.display());
        let bot = scenario.file.run.bot.as_ref().map_or_else(String::new, |bot| format!("-{bot}"));
        for lane in &executed.lanes {
            writeln!(text, "{name}{bot} {} {}", lane.preset, lane.journal.digest).unwrap();
        }
        text
    })
}

fn in_pool(path: &Path, threads: usize) -> String {
    ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| digests(path))
}

/// Run ids state the semantics: runs that behave otherwise must not bear the ids of those before.
fn refuse_silent_change(before: &str, after: &str) {
    let lane = |line: &str| line.rsplit_once(' ').map(|(lane, digest)| (lane.to_owned(), digest.to_owned()));
    let changed = before
        .lines()
        .filter_map(lane)
        .any(|(name, digest)| after.lines().filter_map(lane).any(|(other, now)| name == other && now != digest));
    let same = before.lines().any(|line| line == format!("semantics {SEMANTICS}"));
    assert!(
        !(changed && same),
        "digests change under semantics {SEMANTICS}; raise `SEMANTICS` in src/scenario/trial.rs"
    );
}

#[test]
fn every_scenario_behaves_as_written_down() {
    let golden = root().join("tests/golden/digests.txt");
    let mut found = format!("{HEADER}semantics {SEMANTICS}\n");
    for path in scenarios() {
        let first = digests(&path);
        for (how, again) in
            [("again", digests(&path)), ("1 thread", in_pool(&path, 1)), ("2 threads", in_pool(&path, 2))]
        {
            assert_eq!(first, again, "{}: {how}", path.display());
        }
        found.push_str(&first);
    }
    if std::env::var_os("SEATRIAL_BLESS").is_some() {
        refuse_silent_change(&std::fs::read_to_string(&golden).unwrap_or_default(), &found);
        std::fs::write(&golden, &found).unwrap();
    }
    let written = std::fs::read_to_string(&golden).unwrap_or_default();
    assert_eq!(found, written, "behaviour changed; if it had to, run with SEATRIAL_BLESS=1 and say why in the commit");
}
