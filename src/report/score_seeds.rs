//! The page of many seeds of one market, as Markdown: which rows are inside, in how many seeds, and which are not.

use crate::score::{ScoreVerdict, SeedsRow, SeedsScore};

/// What was scored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedsFacts {
    /// Name of the preset or of the model's file.
    pub market: String,
    /// What else was asked for, one line each.
    pub scope: Vec<String>,
    /// The command that makes the page again.
    pub command: String,
}

/// The page.
#[must_use]
pub fn seeds_page(facts: &SeedsFacts, score: &SeedsScore) -> String {
    let scope: String = facts.scope.iter().map(|line| format!("* {line}\n")).collect();
    format!(
        "# How real `{}` is\n\nWritten by\n\n```sh\n{}\n```\n\nWhat the rows and the verdict mean: [score.md](../score.md).\n\n{scope}\n## Verdict\n\n**{}**: {}.\n\n{}\n\
         ## Rows that count\n\n{}\n## Rows without a band\n\nNo source for a market of this class: they count nothing.\n\n{}\n## Seeds\n\n{}",
        facts.market,
        facts.command,
        verdict_words(score.verdict),
        score.words,
        not_all(score),
        counted(score),
        uncounted(score),
        seeds(score)
    )
}

/// A verdict as a heading.
#[must_use]
pub const fn verdict_words(verdict: ScoreVerdict) -> &'static str {
    match verdict {
        ScoreVerdict::Real => "like a real market",
        ScoreVerdict::Unsound => "not sound",
        ScoreVerdict::Trend => "an artificial trend",
        ScoreVerdict::Unlike => "unlike a real market",
        ScoreVerdict::Insufficient => "insufficient evidence",
    }
}

fn counts(row: &&SeedsRow) -> bool {
    !row.source.is_empty()
}

/// The rows that are not inside in every seed, worst first; and those that nothing could be said of.
fn not_all(score: &SeedsScore) -> String {
    let mut outside: Vec<&SeedsRow> =
        score.rows.iter().filter(counts).filter(|row| row.inside < row.measured).collect();
    outside.sort_by_key(|row| row.inside * 1_000 / row.measured);
    let told = |row: &&SeedsRow| format!("{} ({} of {})", row.name, row.inside, row.measured);
    let unmeasured: Vec<&str> =
        score.rows.iter().filter(counts).filter(|row| row.measured == 0).map(|row| row.name).collect();
    let mut text = if outside.is_empty() {
        "Every row that was measured is inside its band in every seed.\n".to_owned()
    } else {
        format!("Not inside in every seed: {}.\n", outside.iter().map(told).collect::<Vec<_>>().join("; "))
    };
    if !unmeasured.is_empty() {
        text.push_str(&format!("\nCounted, and measured in no seed: {}.\n", unmeasured.join("; ")));
    }
    text
}

fn counted(score: &SeedsScore) -> String {
    let head =
        "| # | statistic | inside | median | lowest | highest | band | source |\n|---|---|---|---|---|---|---|---|\n";
    let line = |row: &SeedsRow| {
        format!(
            "| {} | {} | {} of {} | {} | {} | {} |\n",
            row.number,
            name(row),
            row.inside,
            row.measured,
            figures(row),
            band(row),
            row.source
        )
    };
    head.to_owned() + &score.rows.iter().filter(counts).map(line).collect::<String>()
}

fn uncounted(score: &SeedsScore) -> String {
    let head = "| # | statistic | measured | median | lowest | highest |\n|---|---|---|---|---|---|\n";
    let line = |row: &SeedsRow| format!("| {} | {} | {} | {} |\n", row.number, name(row), row.measured, figures(row));
    head.to_owned() + &score.rows.iter().filter(|row| !counts(row)).map(line).collect::<String>()
}

fn seeds(score: &SeedsScore) -> String {
    let head = "| seed | verdict | inside | measured | counted |\n|---|---|---|---|---|\n";
    let line = |seed: &crate::score::SeedScore| {
        let score = &seed.score;
        let words = verdict_words(score.verdict);
        format!("| {} | {words} | {} | {} | {} |\n", seed.seed, score.inside, score.measured, score.counted)
    };
    head.to_owned() + &score.seeds.iter().map(line).collect::<String>()
}

/// A bar would end the cell.
fn name(row: &SeedsRow) -> String {
    let unit = if row.unit.is_empty() { String::new() } else { format!(", {}", row.unit) };
    format!("{}{unit}", row.name.replace('|', "\\|"))
}

fn figures(row: &SeedsRow) -> String {
    [row.median, row.lowest, row.highest].map(|value| value.map_or_else(|| "-".to_owned(), short_f64)).join(" | ")
}

fn band(row: &SeedsRow) -> String {
    match (row.low.map(short_f64), row.high.map(short_f64)) {
        (Some(low), Some(high)) => format!("{low} to {high}"),
        (Some(low), None) => format!("above {low}"),
        (None, Some(high)) => format!("below {high}"),
        (None, None) => String::new(),
    }
}

/// Two decimals from ten on, three below, more digits where those would show nothing.
fn short_f64(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size < 0.01 => format!("{value:.5}"),
        size if size < 10.0 => format!("{value:.3}"),
        _ => format!("{value:.2}"),
    }
}
