//! The walk-throughs of the docs, each from an empty folder: files as they stand there are written, lines of `sh` blocks are run.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Programs that the walk-throughs call. `cargo test` builds all examples before it runs a test.
fn program(name: &str) -> PathBuf {
    if name == "seatrial" {
        return assert_cmd::cargo::cargo_bin("seatrial");
    }
    let tests = std::env::current_exe().unwrap();
    let profile = tests.parent().and_then(|deps| deps.parent()).unwrap();
    let program = profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(program.exists(), "{}: absent; `cargo build --example {name}` makes it", program.display());
    program
}

/// Blocks of a page: their language and text.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let mut parts = page.split("```").skip(1).step_by(2);
    let block = |part| {
        let part: &str = part;
        part.split_once('\n')
    };
    parts.by_ref().filter_map(block).collect()
}

/// A line of a walk-through: `program words   # exits with 4`; without a comment it exits with 0.
fn line(text: &str) -> (Vec<&str>, i32) {
    let (call, comment) = text.split_once('#').unwrap_or((text, ""));
    let code = match comment.trim().strip_prefix("exits with ") {
        Some(code) => code.parse().unwrap_or_else(|_| panic!("{text}: `{code}` is no exit code")),
        None => 0,
    };
    (call.split_whitespace().collect(), code)
}

fn walk(name: &str) -> tempfile::TempDir {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/walks").join(name);
    let page = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let home = tempfile::tempdir().unwrap();
    let mut calls = 0;
    for (language, text) in blocks(&page) {
        match language {
            "toml" => {
                let file = text.lines().next().and_then(|line| line.strip_prefix("# ")).expect("the name of a file");
                std::fs::write(home.path().join(file), text).unwrap();
            }
            "sh" => {
                for line_of in text.lines().filter(|line| !line.trim().is_empty()) {
                    call(home.path(), line_of);
                    calls += 1;
                }
            }
            _ => {}
        }
    }
    assert!(calls > 4, "{name}: {calls} calls are no walk");
    home
}

fn call(home: &Path, text: &str) {
    let (words, expected) = line(text);
    let output = Command::new(program(words[0])).current_dir(home).args(&words[1..]).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(expected), "{text}\nstdout:\n{out}\nstderr:\n{err}");
}

/// What is attached or looked at is there, and is whole by itself.
fn has_pages(home: &Path, pages: &[&str]) {
    for page in pages {
        let text = std::fs::read_to_string(home.join(page)).unwrap_or_else(|error| panic!("{page}: {error}"));
        assert!(text.contains("</html>") && !text.contains("<script"), "{page}");
    }
}

#[test]
fn a_quant_takes_a_recording_to_a_backtest() {
    let home = walk("quant.md");
    has_pages(home.path(), &["first/report.html", "second/report.html"]);
    let text = std::fs::read_to_string(home.path().join("first/report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["lanes"].as_array().unwrap().len(), 3, "the band");
    assert!(report["fills"].as_u64().unwrap() > 20, "{}", report["fills"]);
}

#[test]
fn qa_finds_a_planted_bug_replays_and_shrinks_it() {
    let home = walk("qa.md");
    has_pages(home.path(), &["found/report.html", "small/report.html", "mended/report.html"]);
    let page = std::fs::read_to_string(home.path().join("found/report.md")).unwrap();
    assert!(page.contains("recovers"), "the report names what is broken");
    let small = std::fs::read_to_string(home.path().join("smallest.toml")).unwrap();
    assert!(small.contains("reconciles = false") && !small.contains("[faults.rates]"), "{small}");
}

#[test]
fn a_release_manager_compares_and_checks() {
    let home = walk("release.md");
    has_pages(home.path(), &["candidate/report.html", "compared/compare.html"]);
}
