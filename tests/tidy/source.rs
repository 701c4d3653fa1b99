//! Reads source files and blanks what is not code: comments, texts, and everything that is only built for tests.

use std::fs;
use std::path::{Path, PathBuf};

/// One file.
pub struct Source {
    /// Path below the project, with `/`.
    pub name: String,
    /// Room, or `None` for files directly in `src`.
    pub room: Option<String>,
    /// As it stands.
    pub raw: String,
    /// Same length and lines; comments, texts and test-only items are blank.
    pub code: String,
}

impl Source {
    /// A file of that name and text.
    pub fn new(name: String, raw: String) -> Self {
        let mut parts = name.split('/').skip(1);
        let first = parts.next().map(str::to_owned);
        let room = parts.next().and(first);
        let code = blank_tests(blank_texts(&raw));
        assert_eq!(code.len(), raw.len(), "{name}: blanking must keep every offset");
        Self { name, room, raw, code }
    }

    /// Line number of a byte of the file, from 1.
    pub fn line(&self, offset: usize) -> usize {
        self.raw.as_bytes()[..offset].iter().filter(|&&byte| byte == b'\n').count() + 1
    }

    /// True for `src/<room>/mod.rs`.
    pub fn is_room_root(&self) -> bool {
        self.room.as_ref().is_some_and(|room| self.name == format!("src/{room}/mod.rs"))
    }

    /// How many modules deep the file is: 1 for `src/<room>/mod.rs`, 2 for `src/<room>/x.rs`.
    pub fn depth(&self) -> usize {
        let parts = self.name.split('/').count() - 1;
        if self.name.ends_with("/mod.rs") { parts - 1 } else { parts }
    }
}

/// The project's folder.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below `src`, without the files that are only built for tests.
pub fn load_rooms() -> Vec<Source> {
    let paths = files_below(&root().join("src"), &["rs"]);
    let sources: Vec<Source> = paths.iter().map(|path| load(path)).collect();
    let test_only: Vec<String> = sources.iter().flat_map(test_modules).collect();
    let is_test = |source: &Source| {
        test_only
            .iter()
            .any(|module| source.name == format!("{module}.rs") || source.name.starts_with(&format!("{module}/")))
    };
    sources.into_iter().filter(|source| !is_test(source)).collect()
}

/// Every text a person wrote: (path below the project, text).
pub fn project_texts() -> Vec<(String, String)> {
    let folders = ["src", "tests", "docs", "scenarios", "benches", "examples", ".ci", "data", "reports", "fuzz"];
    let endings = ["rs", "md", "toml", "html", "sh", "run", "txt"];
    let mut paths: Vec<PathBuf> =
        folders.iter().flat_map(|folder| files_below(&root().join(folder), &endings)).collect();
    paths.extend(
        ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "Cargo.toml", "build.rs", ".ci/run"]
            .map(|name| root().join(name)),
    );
    let text = |path: &PathBuf| Some((below_root(path), fs::read_to_string(path).ok()?));
    paths.iter().filter_map(text).collect()
}

/// Files below `folder` whose name ends in one of `endings`, sorted; build output is left out.
pub fn files_below(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let wanted = |path: &PathBuf| path.extension().is_some_and(|ending| endings.iter().any(|known| ending == *known));
    let mut found = Vec::new();
    for path in paths {
        match path.is_dir() {
            true if path.ends_with("target") => {}
            true => found.extend(files_below(&path, endings)),
            false => found.extend(Some(path).filter(wanted)),
        }
    }
    found
}

/// Start of every place where `word` stands alone in `text`.
pub fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let inner = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let first = word.as_bytes().first();
    let last = word.as_bytes().last();
    text.match_indices(word).map(|(at, _)| at).filter(move |&at| {
        let bytes = text.as_bytes();
        let before = at.checked_sub(1).and_then(|index| bytes.get(index));
        let after = bytes.get(at + word.len());
        let starts_inside = inner(first) && inner(before);
        let ends_inside = inner(last) && inner(after);
        !starts_inside && !ends_inside
    })
}

fn below_root(path: &Path) -> String {
    let below = path.strip_prefix(root()).expect("a project file");
    below.to_string_lossy().replace('\\', "/")
}

fn load(path: &Path) -> Source {
    let raw = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Source::new(below_root(path), raw)
}

/// `src/room/tests` for every `#[cfg(test)] mod tests;` of the file.
fn test_modules(source: &Source) -> Vec<String> {
    let folder = source.name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let stem = source.name.trim_end_matches(".rs");
    let home = if stem.ends_with("/mod") || stem.ends_with("/lib") { folder } else { stem };
    let blank = blank_texts(&source.raw);
    let module = |attribute: std::ops::Range<usize>| {
        let item = blank[attribute.end..].trim_start();
        let item = item.trim_start_matches("pub(crate) ").trim_start_matches("pub(super) ");
        let (name, _) = item.strip_prefix("mod ")?.split_once([';', '{'])?;
        Some(format!("{home}/{}", name.trim()))
    };
    test_attributes(&blank).into_iter().filter_map(module).collect()
}

/// Where `#[cfg(test)]` stands, or `#[cfg(all(test, ...))]`.
fn test_attributes(blank: &str) -> Vec<std::ops::Range<usize>> {
    let starts = ["#[cfg(test", "#[cfg(all(test"].into_iter().flat_map(|start| blank.match_indices(start));
    let whole = |at: usize| Some(at..at + blank[at..].find(']')? + 1);
    starts.filter_map(|(at, _)| whole(at)).collect()
}

/// Blanks comments and the inside of texts and characters.
fn blank_texts(raw: &str) -> String {
    let bytes = raw.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = end_of_text(bytes, at);
        match end {
            Some(end) => {
                blank(&mut out, at..end);
                at = end;
            }
            None => at += 1,
        }
    }
    String::from_utf8(out).expect("blanking whole texts keeps the rest valid")
}

fn blank(out: &mut [u8], range: std::ops::Range<usize>) {
    for byte in &mut out[range] {
        *byte = if *byte == b'\n' { b'\n' } else { b' ' };
    }
}

/// Where the comment, text or character that starts at `at` ends; `None` when code starts there.
fn end_of_text(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = &bytes[at..];
    let boundary = at == 0 || !(bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
    match rest {
        [b'/', b'/', ..] => Some(at + rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len())),
        [b'/', b'*', ..] => Some(at + block_comment(rest)),
        [b'"', ..] => Some(at + quoted(rest, b'"')),
        [b'r', ..] | [b'b', b'r', ..] if boundary => raw_text(rest).map(|length| at + length),
        [b'\'', b'\\', ..] => Some(at + quoted(rest, b'\'')),
        [b'\'', ..] => character(rest).map(|length| at + length),
        _ => None,
    }
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

fn raw_text(rest: &[u8]) -> Option<usize> {
    let prefix = rest.iter().take_while(|byte| matches!(byte, b'b' | b'r')).count();
    let hashes = rest[prefix..].iter().take_while(|&&byte| byte == b'#').count();
    if rest.get(prefix + hashes) != Some(&b'"') {
        return None;
    }
    let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
    let body = prefix + hashes + 1;
    let length = rest[body..].windows(close.len()).position(|window| window == close)?;
    Some(body + length + close.len())
}

/// A character literal; a lifetime is none.
fn character(rest: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(&rest[..rest.len().min(8)])
        .or_else(|error| std::str::from_utf8(&rest[..error.valid_up_to()]));
    let mut characters = text.ok()?.char_indices().skip(1);
    characters.next()?;
    let (close, quote) = characters.next()?;
    (quote == '\'').then_some(close + 1)
}

/// Blanks every item that is only built for tests.
fn blank_tests(code: String) -> String {
    let mut out = code.clone().into_bytes();
    for attribute in test_attributes(&code) {
        let end = item_end(code.as_bytes(), attribute.end);
        blank(&mut out, attribute.start..end);
    }
    String::from_utf8(out).expect("blanking whole items keeps the rest valid")
}

/// Where the item that starts at `at` ends: after its `;`, or after its closing brace.
pub fn item_end(code: &[u8], at: usize) -> usize {
    let mut depth = 0_i32;
    for (offset, byte) in code.iter().enumerate().skip(at) {
        match byte {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => depth -= 1,
            _ => {}
        }
        let closed = (*byte == b'}' || *byte == b';') && depth == 0;
        if closed {
            return offset + 1;
        }
    }
    code.len()
}
