//! The venue's rules as drawn tables (`tests/golden/venue/*.txt`), each also as its mirror image, and as properties.

mod venue_support;

use std::fmt::Write as _;
use std::path::PathBuf;
use venue_support::script::{Table, mirror_line, tables};

fn files() -> Vec<(PathBuf, Vec<Table>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/venue");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let tables = tables(&text);
            (path, tables)
        })
        .collect()
}

/// Runs every table. With `SEATRIAL_BLESS=1` the files are written anew: read the difference before you keep it.
#[test]
fn tables_hold() {
    let bless = std::env::var_os("SEATRIAL_BLESS").is_some();
    let (mut wrong, mut count) = (String::new(), 0);
    for (path, tables) in files() {
        let mut text = String::new();
        for table in &tables {
            count += 1;
            let found = table.run(false);
            let expected: Vec<Vec<String>> = table.steps.iter().map(|step| step.1.clone()).collect();
            if found != expected {
                let _ = write!(
                    wrong,
                    "{}: expected\n{}found\n{}\n",
                    path.display(),
                    table.print(&expected),
                    table.print(&found)
                );
            }
            text += &format!("{}{}", if text.is_empty() { "" } else { "\n" }, table.print(&found));
        }
        if bless {
            std::fs::write(&path, text).unwrap();
        }
    }
    assert!(bless || wrong.is_empty(), "{wrong}");
    assert!(count >= 60, "only {count} tables");
}

/// Buy and sell swapped and prices mirrored, the same happens.
#[test]
fn mirrored_tables_hold() {
    for (path, tables) in files() {
        for table in tables.iter().filter(|table| !table.title.contains("(one-sided)")) {
            let expected: Vec<Vec<String>> = table
                .run(false)
                .into_iter()
                .map(|lines| lines.iter().map(|line| mirror_line(line)).collect())
                .collect();
            let found = table.run(true);
            assert_eq!(found, expected, "{} mirrored: {}", path.display(), table.title);
        }
    }
}
