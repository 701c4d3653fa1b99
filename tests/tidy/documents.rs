//! Documents name only scenarios, flags, commands and exit codes that exist.

use crate::source::{files_below, root};
use std::collections::BTreeSet;

/// Options of cargo and other tools that documents may show.
const FOREIGN: [&str; 16] = [
    "--release",
    "--no-default-features",
    "--features",
    "--example",
    "--examples",
    "--bench",
    "--test",
    "--lib",
    "--bin",
    "--all-targets",
    "--workspace",
    "--locked",
    "--check",
    "--manifest-path",
    "--no-deps",
    "--ignored",
];

/// Everything named in a document that does not exist.
pub fn problems() -> Vec<String> {
    let mut paths = files_below(&root().join("docs"), &["md"]);
    paths.extend(["README.md", "ARCHITECTURE.md"].map(|name| root().join(name)));
    let command = seatrial::cli::command();
    let mut flags: BTreeSet<String> = FOREIGN.iter().map(|&flag| flag.to_owned()).collect();
    collect_flags(&command, &mut flags);
    let mut problems = Vec::new();
    for path in paths {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for (number, line) in text.lines().enumerate() {
            let place = format!("{name}:{}", number + 1);
            problems.extend(unknown_flags(line, &flags).map(|flag| format!("{place}: no option `{flag}`")));
            problems.extend(missing_scenarios(line).map(|file| format!("{place}: no scenario `{file}`")));
            problems.extend(unknown_exit_codes(line).map(|code| format!("{place}: no exit code {code}")));
            problems.extend(unknown_command(line, &command).map(|word| format!("{place}: no command `{word}`")));
        }
    }
    problems
}

fn collect_flags(command: &clap::Command, flags: &mut BTreeSet<String>) {
    flags.extend(["--help".to_owned(), "--version".to_owned()]);
    flags.extend(command.get_arguments().filter_map(|argument| Some(format!("--{}", argument.get_long()?))));
    for sub in command.get_subcommands() {
        collect_flags(sub, flags);
    }
}

fn unknown_flags<'a>(line: &'a str, flags: &'a BTreeSet<String>) -> impl Iterator<Item = String> + 'a {
    let starts = line.match_indices("--").filter(|(at, _)| {
        let before = line[..*at].chars().next_back();
        before.is_none_or(|character| " `([|".contains(character))
    });
    let name =
        |at: usize| line[at + 2..].chars().take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-');
    let found = starts.map(move |(at, _)| name(at).collect::<String>());
    found
        .filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))
        .map(|name| format!("--{name}"))
        .filter(|flag| !flags.contains(flag))
}

fn missing_scenarios(line: &str) -> impl Iterator<Item = String> + '_ {
    let ends = |c: char| !(c.is_ascii_alphanumeric() || "-_./".contains(c));
    let found = line.match_indices("scenarios/").map(move |(at, _)| line[at..].split(ends).next().unwrap_or(""));
    found.filter(|file| file.ends_with(".toml") && !root().join(file).exists()).map(str::to_owned)
}

fn unknown_exit_codes(line: &str) -> impl Iterator<Item = u8> + '_ {
    let lower = line.to_lowercase();
    let codes: Vec<u8> = ["exit code ", "exit "].iter().flat_map(|words| codes_after(&lower, words)).collect();
    codes.into_iter().filter(|code| !seatrial::cli::ExitStatus::ALL.iter().any(|known| known.code() == *code))
}

fn codes_after(line: &str, words: &str) -> Vec<u8> {
    let digits = |at: usize| line[at..].chars().take_while(char::is_ascii_digit).collect::<String>();
    line.match_indices(words).filter_map(|(at, _)| digits(at + words.len()).parse().ok()).collect()
}

fn unknown_command(line: &str, command: &clap::Command) -> Option<String> {
    let call = ["`seatrial ", "cargo run --release -- "].iter().find_map(|start| line.split_once(start))?.1;
    let word: String = call.chars().take_while(|c| c.is_ascii_lowercase()).collect();
    let known = word.is_empty() || command.get_subcommands().any(|sub| sub.get_name() == word);
    (!known).then_some(word)
}
