use super::args::ScoreTape;
use super::console::{print, say};
use super::exit::ExitStatus;
use super::failure::Failure;
use super::grid::grid;
use super::score_seeds::{class_of, score_seeds};
use super::tape::{refuse_existing, refuse_same, write_whole};
use crate::report::{score_page, verdict_words};
use crate::score::{Observation, Row, RowVerdict, Score, ScoreVerdict, observe, score_as};
use crate::tape::{TapeHeader, TapeReader};
use std::path::Path;

/// Scores a tape, alone or beside another.
pub fn score(arguments: &ScoreTape) -> Result<ExitStatus, Failure> {
    match &arguments.tape {
        Some(tape) => score_tape(arguments, tape),
        None => score_seeds(arguments),
    }
}

fn score_tape(arguments: &ScoreTape, path: &Path) -> Result<ExitStatus, Failure> {
    if let Some(out) = &arguments.out {
        refuse_existing(out, arguments.force)?;
        refuse_same(arguments.tape.iter().chain(&arguments.against), out)?;
    }
    let tape = observed(path)?;
    let against = arguments.against.as_deref().map(observed).transpose()?;
    let score = score_as(class_of(arguments), &tape, against.as_ref());
    if let Some(out) = &arguments.out {
        write_whole(out, &score_page(&tape, against.as_ref(), &score)?)?;
        say(&format!("wrote {}", out.display()));
    }
    if arguments.json {
        print(&json(arguments, path, &tape, against.as_ref(), &score))?;
    } else {
        print(&text(path, &tape, against.as_ref(), &score))?;
    }
    Ok(status(score.verdict))
}

/// Checks the content hash first: figures of a damaged tape would be nobody's.
pub(super) fn observed(path: &Path) -> Result<Observation, Failure> {
    let mut reader = TapeReader::open(path)?;
    reader.verify()?;
    Ok(observe(&mut reader)?)
}

pub(super) const fn status(verdict: ScoreVerdict) -> ExitStatus {
    match verdict {
        ScoreVerdict::Real => ExitStatus::Go,
        ScoreVerdict::Unsound | ScoreVerdict::Trend | ScoreVerdict::Unlike => ExitStatus::NoGo,
        ScoreVerdict::Insufficient => ExitStatus::Insufficient,
    }
}

fn json(
    arguments: &ScoreTape,
    path: &Path,
    tape: &Observation,
    against: Option<&Observation>,
    score: &Score,
) -> String {
    let facts = |path: &Path, header: &TapeHeader| {
        serde_json::json!({
            "path": path.display().to_string(),
            "instrument": header.instrument.symbol,
            "venue": header.instrument.venue,
            "kind": header.kind,
            "rows": header.rows,
            "first_at": header.first_at.to_string(),
            "last_at": header.last_at.to_string(),
            "content": header.content_hash,
        })
    };
    let other = arguments.against.as_deref().zip(against).map(|(path, other)| facts(path, &other.header));
    let object = serde_json::json!({
        "tape": facts(path, &tape.header), "against": other, "score": score,
    });
    format!("{object}\n")
}

fn text(path: &Path, tape: &Observation, against: Option<&Observation>, score: &Score) -> String {
    let mut text = String::new();
    for broken in score.preconditions.iter().filter(|held| 0 < held.violations) {
        let first = broken.first_row.unwrap_or_default();
        text.push_str(&format!(
            "broken: {} ({}): {} times, first at row {first}\n",
            broken.name, broken.words, broken.violations
        ));
    }
    text.push_str(&format!("{}: {}: {}\n", path.display(), verdict_words(score.verdict), score.words));
    text.push_str(&about("tape", &tape.header));
    if let Some(other) = against {
        text.push_str(&about("against", &other.header));
    }
    text + "\n" + &table(score, against.is_some())
}

fn about(what: &str, header: &TapeHeader) -> String {
    let instrument = &header.instrument;
    format!(
        "{what:<8} {} on {}, {}, {} rows, {} to {}\n",
        instrument.symbol,
        instrument.venue,
        super::facts::kind_words(header.kind),
        header.rows,
        header.first_at,
        header.last_at
    )
}

fn table(score: &Score, has_other: bool) -> String {
    let rows: Vec<Vec<String>> = score.rows.iter().map(|row| cells(row, has_other)).collect();
    if has_other {
        let headings = ["#", "statistic", "value", "other", "difference", "band", "verdict", "source or reason"];
        return grid(&headings, &[0, 2, 3, 4], &rows);
    }
    grid(&["#", "statistic", "value", "band", "verdict", "source or reason"], &[0, 2], &rows)
}

fn cells(row: &Row, has_other: bool) -> Vec<String> {
    let error = row.standard_error.map_or_else(String::new, |error| format!(" (s.e. {})", show_f64(error)));
    let value = row.value.map_or_else(|| "-".to_owned(), |value| show_f64(value) + &error);
    let unit = if row.unit.is_empty() { String::new() } else { format!(", {}", row.unit) };
    let mut cells = vec![row.number.to_string(), format!("{}{unit}", row.name), value];
    if has_other {
        let beside = row.against.as_ref();
        let other = beside.and_then(|beside| beside.value).map_or_else(|| "-".to_owned(), show_f64);
        let difference = beside.and_then(|beside| beside.relative_difference);
        cells.extend([other, difference.map_or_else(String::new, |share| format!("{:+.0} %", share * 100.0))]);
    }
    cells.extend([band(row), row_words(row.verdict).to_owned()]);
    cells.push(row.reason.clone().unwrap_or_else(|| row.source.clone()));
    cells
}

fn band(row: &Row) -> String {
    match (row.low, row.high) {
        (Some(low), Some(high)) => format!("{} to {}", show_f64(low), show_f64(high)),
        (Some(low), None) => format!("above {}", show_f64(low)),
        (None, Some(high)) => format!("below {}", show_f64(high)),
        (None, None) => String::new(),
    }
}

const fn row_words(verdict: RowVerdict) -> &'static str {
    match verdict {
        RowVerdict::Inside => "inside",
        RowVerdict::Outside => "OUTSIDE",
        RowVerdict::NotMeasured => "not measured",
        RowVerdict::NoBand => "does not count",
    }
}

/// Three decimals, or more digits where those would show nothing.
pub(super) fn show_f64(value: f64) -> String {
    if value != 0.0 && value.abs() < 0.01 { format!("{value:.5}") } else { format!("{value:.3}") }
}
