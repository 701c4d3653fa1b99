//! Which room may use which. This table is the architecture.

use crate::source::{Source, words};

/// Every room with the rooms it may use, in an order in which arrows only point backwards.
pub const ARROWS: [(&str, &str); 26] = [
    ("units", ""),
    ("checkpoint", ""),
    ("rng", ""),
    ("model", "units"),
    ("book", "units model"),
    ("tape", "units model"),
    ("ingest", "units model book tape"),
    ("score", "units rng model book tape"),
    ("ledger", "units model"),
    ("journal", "units model"),
    ("gates", "units model ledger"),
    ("alert", "units checkpoint model gates"),
    ("venue", "units checkpoint rng model book gates"),
    ("synth", "units rng model book tape"),
    ("fit", "units rng model book tape score synth"),
    ("fault", "units checkpoint rng model tape synth"),
    ("strategy", "units model"),
    ("bot", "units checkpoint rng model ledger gates fault strategy"),
    ("engine", "units checkpoint rng model book tape ledger journal gates alert venue synth fault strategy bot"),
    ("notify", "units model journal alert"),
    ("metrics", "units model journal"),
    ("audit", "units model tape journal"),
    ("readiness", "units metrics audit"),
    ("report", "units model tape score metrics audit readiness"),
    (
        "scenario",
        "units rng model book tape ingest ledger journal gates alert venue synth fault strategy bot engine notify metrics audit readiness",
    ),
    ("cli", "units model tape ingest score synth fit fault strategy metrics audit readiness report scenario"),
];

/// The arrows of one file that the table does not have.
pub fn forbidden(source: &Source) -> Vec<String> {
    let Some(room) = &source.room else { return Vec::new() };
    let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| name == room) else {
        return vec![format!("{}:1: room `{room}` is not in the arrow table", source.name)];
    };
    let known = |name: &str| ARROWS.iter().any(|(room, _)| *room == name);
    let allowed = |name: &str| name == room || allowed.split(' ').any(|may| may == name);
    let used = used_names(source).into_iter().filter(|(_, name)| known(name) && !allowed(name));
    used.map(|(at, name)| format!("{}:{}: `{room}` may not use `{name}`", source.name, source.line(at))).collect()
}

/// Rooms missing from the table, arrows to unknown rooms, arrows that point forward.
pub fn table_problems() -> Vec<String> {
    let mut problems = Vec::new();
    for (index, (room, uses)) in ARROWS.iter().enumerate() {
        let earlier = |name: &str| ARROWS[..index].iter().any(|(room, _)| *room == name);
        let wrong = uses.split(' ').filter(|name| !name.is_empty() && !earlier(name));
        problems.extend(wrong.map(|name| format!("`{room}` uses `{name}`, which does not stand before it")));
    }
    let library = std::fs::read_to_string(crate::source::root().join("src/lib.rs")).expect("src/lib.rs");
    let declared = library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let missing = declared.filter(|name| !ARROWS.iter().any(|(room, _)| room == name));
    problems.extend(missing.map(|name| format!("src/lib.rs: room `{name}` is not in the table")));
    problems
}

/// (place, first name) of every path that starts at the crate's root.
fn used_names(source: &Source) -> Vec<(usize, String)> {
    let mut names = Vec::new();
    // `$crate::` stands in a macro and is the caller's path, not the room's.
    for at in words(&source.code, "crate::").filter(|&at| !source.code[..at].ends_with('$')) {
        names.extend(first_names(&source.code, at + "crate::".len()));
    }
    for at in words(&source.code, "super::") {
        let before = source.code[..at].ends_with("super::");
        let rest = &source.code[at..];
        let length = "super::".len();
        let count = (0..).take_while(|number| rest[number * length..].starts_with("super::")).count();
        if !before && count >= source.depth() {
            names.extend(first_names(&source.code, at + count * "super::".len()));
        }
    }
    names
}

/// The name at `at`, or the first name of each member of a `{...}` group there.
fn first_names(code: &str, at: usize) -> Vec<(usize, String)> {
    let bytes = code.as_bytes();
    if bytes.get(at) != Some(&b'{') {
        return vec![(at, name_at(code, at))];
    }
    let (mut depth, mut expecting, mut names) = (0, false, Vec::new());
    for (offset, byte) in bytes.iter().enumerate().skip(at) {
        match byte {
            b'{' => (depth, expecting) = (depth + 1, depth == 0),
            b'}' => depth -= 1,
            b',' => expecting = depth == 1,
            byte if expecting && byte.is_ascii_alphabetic() => {
                names.push((offset, name_at(code, offset)));
                expecting = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

fn name_at(code: &str, at: usize) -> String {
    code[at..].chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}
