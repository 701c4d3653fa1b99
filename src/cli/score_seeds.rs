//! Many seeds of one market, generated as they are scored: no tape is written.

use super::args::ScoreTape;
use super::console::{print, progress_bar, say};
use super::exit::ExitStatus;
use super::failure::Failure;
use super::grid::grid;
use super::score::{observed, status};
use super::seeds::seeds_of;
use super::synth::{length, model_of};
use super::tape::{refuse_existing, write_whole};
use crate::report::{SeedsFacts, seeds_page, verdict_words};
use crate::score::{
    MarketClass, Observation, Precondition, SeedScore, SeedsRow, SeedsScore, observe, over_seeds, score_as,
};
use crate::synth::{FlowBars, FlowMarket, FlowModel, FlowRecipe};
use crate::tape::{Batch, BatchSource, RowBatch, TapeError, TapeHeader};
use crate::units::{DAY, MINUTE, Span, Timestamp};
use indicatif::ProgressBar;
use rayon::prelude::{IntoParallelIterator, ParallelIterator};

/// Most seeds at once.
const SEEDS_MAX: u64 = 1_000;
/// Days of the bars from which daily rows come: ten years.
const BAR_DAYS: i64 = 3_652;
/// Monday, 5 January 2026: the default of `tape synth`, so that a seed's market is the tape of that seed.
const START: Timestamp = Timestamp::from_nanos(1_767_571_200_000_000_000);

/// Scores every seed and all of them together.
pub fn score_seeds(arguments: &ScoreTape) -> Result<ExitStatus, Failure> {
    if let Some(out) = &arguments.out {
        refuse_existing(out, arguments.force)?;
    }
    let (first, last) = seeds_of(&arguments.seeds, SEEDS_MAX)?;
    let days = length(&arguments.days)?;
    let model = model_of(arguments.model.as_deref(), arguments.preset.as_deref(), &arguments.set)?;
    recipe(&model, days, first).check_span().map_err(Failure::usage)?;
    let against = arguments.against.as_deref().map(observed).transpose()?;
    let class = class_of(arguments);
    let length = days.nanos().unsigned_abs();
    let bar = progress_bar(length * (last - first + 1), "score");
    let scored: Result<Vec<SeedScore>, TapeError> = (first..=last)
        .into_par_iter()
        .map(|seed| {
            let mut seen = seen(&model, days, seed, &bar)?;
            if seed == first {
                seen.preconditions.push(repeats(&model, days, seed)?);
            }
            Ok(SeedScore { seed, score: score_as(class, &seen, against.as_ref()) })
        })
        .collect();
    bar.finish_and_clear();
    let score = over_seeds(scored?);
    let facts = facts(arguments, (first, last), class, against.as_ref());
    if let Some(out) = &arguments.out {
        write_whole(out, &seeds_page(&facts, &score))?;
        say(&format!("wrote {}", out.display()));
    }
    print(&if arguments.json { json(&facts, &score) } else { text(&facts, &score) })?;
    Ok(status(score.verdict))
}

/// The class asked for, or the preset's.
pub(super) fn class_of(arguments: &ScoreTape) -> MarketClass {
    let name = arguments.bands.as_deref().or(arguments.preset.as_deref());
    name.and_then(MarketClass::named).unwrap_or_default()
}

fn recipe(model: &FlowModel, duration: Span, seed: u64) -> FlowRecipe {
    FlowRecipe { model: model.clone(), shocks: Vec::new(), start_at: START, duration, seed }
}

/// The orders of a seed; its days from ten years of bars.
fn seen(model: &FlowModel, days: Span, seed: u64, bar: &ProgressBar) -> Result<Observation, TapeError> {
    let mut bars = FlowBars::new(recipe(model, DAY.times(BAR_DAYS), seed), MINUTE);
    let years = observe(&mut bars)?;
    let market = FlowMarket::new(recipe(model, days, seed));
    let mut watched = Watched { market, bar, told: 0 };
    Ok(observe(&mut watched)?.with_days_of(years))
}

/// Whether the first rows of a seed are the same twice: what is not had again cannot be scored.
fn repeats(model: &FlowModel, days: Span, seed: u64) -> Result<Precondition, TapeError> {
    let rows = || FlowMarket::new(recipe(model, days, seed)).batch(0);
    let differs = match (rows()?, rows()?) {
        (Some(Batch::Rows(once)), Some(Batch::Rows(again))) => first_difference(&once, &again),
        _ => None,
    };
    let (violations, first_row) = (u64::from(differs.is_some()), differs);
    Ok(Precondition { name: "same-again", words: "the first rows of a seed are the same twice", violations, first_row })
}

fn first_difference(once: &RowBatch, again: &RowBatch) -> Option<u64> {
    let row = |batch: &RowBatch, place: usize| {
        let stamps = (batch.venue_at.get(place).copied(), batch.local_at.get(place).copied());
        let sizes = (place < batch.len()).then(|| (batch.price.get(place), batch.quantity.get(place)));
        (stamps, sizes, batch.flags.get(place).copied())
    };
    let length = once.len().max(again.len());
    (0..length).find(|place| row(once, *place) != row(again, *place)).map(|place| place as u64)
}

/// A market that tells the bar how far it has come.
struct Watched<'a> {
    market: FlowMarket,
    bar: &'a ProgressBar,
    /// Nanoseconds since the start that have been told.
    told: u64,
}

impl BatchSource for Watched<'_> {
    fn header(&self) -> &TapeHeader {
        self.market.header()
    }

    fn batch(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        let batch = self.market.batch(index)?;
        let reached = match &batch {
            Some(Batch::Rows(rows)) => rows.venue_at.last().copied(),
            _ => None,
        };
        let passed = reached.map_or(0, |at| (at - START.nanos()).unsigned_abs());
        self.bar.inc(passed.saturating_sub(self.told));
        self.told = self.told.max(passed);
        Ok(batch)
    }
}

fn facts(
    arguments: &ScoreTape,
    (first, last): (u64, u64),
    class: MarketClass,
    against: Option<&Observation>,
) -> SeedsFacts {
    let name = MarketClass::NAMED.into_iter().find(|(_, named)| *named == class).map_or("", |(name, _)| name);
    let file = arguments.model.as_ref().map(|path| path.display().to_string());
    let market = arguments.preset.clone().or(file).unwrap_or_default();
    let mut scope = vec![
        format!("seeds {first} to {last}, {} days of single orders each, from 5 January 2026 on", arguments.days),
        "daily rows from ten years of one-minute bars of the same seed".to_owned(),
        format!("bands for the class `{name}`"),
    ];
    scope.extend(arguments.set.iter().map(|change| format!("changed: `{change}`")));
    scope.extend(against.map(|other| {
        let TapeHeader { instrument, first_at, last_at, .. } = &other.header;
        let (symbol, venue) = (&instrument.symbol, &instrument.venue);
        format!(
            "bands of the rows of minutes by bootstrap from a recording: {symbol} on {venue}, {first_at} to {last_at}"
        )
    }));
    SeedsFacts { command: command(arguments, &market), market, scope }
}

/// The command as it would be typed; a tape is named by its file alone.
fn command(arguments: &ScoreTape, market: &str) -> String {
    let what = if arguments.preset.is_some() { "--preset" } else { "--model" };
    let mut text = format!("seatrial tape score {what} {market} --seeds {} --days {}", arguments.seeds, arguments.days);
    arguments.set.iter().for_each(|change| text.push_str(&format!(" --set '{change}'")));
    if let Some(bands) = &arguments.bands {
        text.push_str(&format!(" --bands {bands}"));
    }
    if let Some(name) = arguments.against.as_ref().and_then(|path| path.file_name()) {
        text.push_str(&format!(" --against {}", name.to_string_lossy()));
    }
    text
}

fn json(facts: &SeedsFacts, score: &SeedsScore) -> String {
    let object = serde_json::json!({ "market": facts.market, "scope": facts.scope, "score": score });
    format!("{object}\n")
}

fn text(facts: &SeedsFacts, score: &SeedsScore) -> String {
    let scope: String = facts.scope.iter().map(|line| format!("  {line}\n")).collect();
    let seeds: Vec<Vec<String>> = score.seeds.iter().map(seed_cells).collect();
    let rows: Vec<Vec<String>> = score.rows.iter().map(row_cells).collect();
    format!(
        "{}: {}: {}\n{scope}\n{}\n{}",
        facts.market,
        verdict_words(score.verdict),
        score.words,
        grid(&["seed", "verdict", "inside", "measured", "counted"], &[0, 2, 3, 4], &seeds),
        grid(&["#", "statistic", "inside", "median", "lowest", "highest", "source"], &[0, 2, 3, 4, 5], &rows)
    )
}

fn seed_cells(seed: &SeedScore) -> Vec<String> {
    let score = &seed.score;
    let counts = [score.inside, score.measured, score.counted].map(|count| count.to_string());
    [vec![seed.seed.to_string(), verdict_words(score.verdict).to_owned()], counts.to_vec()].concat()
}

fn row_cells(row: &SeedsRow) -> Vec<String> {
    let inside = if row.source.is_empty() { String::new() } else { format!("{} of {}", row.inside, row.measured) };
    let source = if row.source.is_empty() { "does not count".to_owned() } else { row.source.clone() };
    let figures =
        [row.median, row.lowest, row.highest].map(|value| value.map_or_else(|| "-".to_owned(), super::score::show_f64));
    [vec![row.number.to_string(), row.name.to_owned(), inside], figures.to_vec(), vec![source]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_a_number_or_a_first_and_a_last() {
        assert_eq!(seeds_of("1..30", SEEDS_MAX).unwrap(), (1, 30));
        assert_eq!(seeds_of("7", SEEDS_MAX).unwrap(), (7, 7));
        for bad in ["", "..", "3..2", "1..", "a", "1..1001", "-1..2", "1...3"] {
            let message = seeds_of(bad, SEEDS_MAX).unwrap_err().message;
            assert!(message.starts_with(&format!("--seeds: found `{bad}`; expected")), "{message}");
        }
    }

    #[test]
    fn a_seed_is_itself_again_and_no_other() {
        let model = FlowModel::preset("crypto-alt").unwrap();
        assert_eq!(repeats(&model, DAY, 3).unwrap().violations, 0);
        let rows = |seed| match FlowMarket::new(recipe(&model, DAY, seed)).batch(0) {
            Ok(Some(Batch::Rows(rows))) => rows,
            other => panic!("{other:?}"),
        };
        assert!(first_difference(&rows(3), &rows(4)).is_some());
    }
}
