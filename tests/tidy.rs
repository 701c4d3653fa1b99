//! The rules that a compiler cannot hold: arrows between rooms, short functions, banned constructs, documentation that
//! names only what exists. Every failure names file and line, and what to use instead.

#[path = "tidy/arrows.rs"]
mod arrows;
#[path = "tidy/bans.rs"]
mod bans;
#[path = "tidy/documents.rs"]
mod documents;
#[path = "tidy/functions.rs"]
mod functions;
#[path = "tidy/source.rs"]
mod source;

use source::{Source, load_rooms, project_texts};

/// Fails with all of `problems`, one a line.
fn report(rule: &str, problems: &[String]) {
    assert!(problems.is_empty(), "{rule}: {} broken\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn rooms_use_only_the_rooms_they_may() {
    let problems: Vec<String> = load_rooms().iter().flat_map(arrows::forbidden).collect();
    report("arrows between rooms", &problems);
}

#[test]
fn the_arrow_table_has_no_cycle_and_every_room() {
    report("arrow table", &arrows::table_problems());
}

#[test]
fn functions_are_short() {
    let sources = load_rooms();
    let lengths: Vec<functions::Function> = sources.iter().flat_map(functions::of).collect();
    report("function length", &functions::too_long(&lengths));
    let median = functions::median_lines(&lengths);
    assert!(median < 10, "median function length must be under 10 lines, found {median}");
}

#[test]
fn banned_constructs_are_absent() {
    let problems: Vec<String> = load_rooms().iter().flat_map(bans::broken).collect();
    report("bans", &problems);
}

#[test]
fn texts_name_no_machine_and_stay_short() {
    let problems: Vec<String> = project_texts().iter().flat_map(bans::text_problems).collect();
    report("texts", &problems);
}

/// Most bytes of a file under version control: no build output, no reports, no recordings.
const TRACKED_MAX: u64 = 1_000_000;

#[test]
fn nothing_large_is_under_version_control() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = std::process::Command::new("git").args(["ls-files", "-z"]).current_dir(root).output();
    let Some(listed) = listed.ok().filter(|listed| listed.status.success()) else {
        eprintln!("skipped: no version control here");
        return;
    };
    let names = String::from_utf8_lossy(&listed.stdout).into_owned();
    let size = |name: &str| root.join(name).metadata().map_or(0, |metadata| metadata.len());
    let bad = |name: &&str| size(name) > TRACKED_MAX || name.split('/').any(|part| part == "target");
    let problems: Vec<String> =
        names.split('\0').filter(bad).map(|name| format!("{name}: {} bytes", size(name))).collect();
    report("files under version control", &problems);
}

#[test]
fn documents_name_only_what_exists() {
    report("documents", &documents::problems());
}

#[test]
fn every_room_opens_with_a_header() {
    let bare = |source: &&Source| source.is_room_root() && !source.raw.starts_with("//!");
    let problems: Vec<String> = load_rooms().iter().filter(bare).map(|s| format!("{}:1: no header", s.name)).collect();
    report("room headers", &problems);
}

/// The checks themselves, on a file that breaks a rule in every line that says so and in no other.
#[test]
fn the_checks_find_what_they_are_for() {
    let text = r##"//! A comment may say f64, HashMap and crate::venue.
use crate::units::Price;
use crate::{model::Side, engine::run}; // broken: arrow
use super::super::venue::Venue; // broken: arrow
const TEXT: &str = "f64 and .unwrap() in a text";
const RAW: &str = r#"unsafe "quoted" HashMap"#;
const QUOTE: char = '"';
fn lifetime<'a>(value: &'a f64) {} // broken: ban
fn to_f64(value: i64) -> f64 {
    value as f64
}
fn take(value: Option<u8>) -> u8 {
    value.unwrap() // broken: ban
}
#[cfg(test)]
mod tests {
    use crate::venue::Venue;
    fn f() { None::<f64>.unwrap(); }
}
"##;
    let source = Source::new("src/book/sample.rs".to_owned(), text.to_owned());
    let lines = |problems: Vec<String>| -> Vec<usize> {
        problems.iter().map(|problem| problem.split(':').nth(1).unwrap().parse().unwrap()).collect()
    };
    let marked = |mark: &str| -> Vec<usize> {
        text.lines().enumerate().filter(|(_, line)| line.ends_with(mark)).map(|(index, _)| index + 1).collect()
    };
    assert_eq!(lines(arrows::forbidden(&source)), marked("// broken: arrow"));
    assert_eq!(lines(bans::broken(&source)), marked("// broken: ban"));
    let lengths: Vec<(String, usize)> = functions::of(&source).into_iter().map(|f| (f.name, f.lines)).collect();
    let expected = [("lifetime", 1), ("to_f64", 3), ("take", 3)].map(|(name, lines)| (name.to_owned(), lines));
    assert_eq!(lengths, expected);
}
