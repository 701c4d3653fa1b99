//! What the import itself found, in words.

use super::assemble::{Counts, Seen};
use super::capture::{Files, StampUnit};
use crate::ingest::doctor::Spot;
use crate::ingest::infer::Product;
use crate::ingest::plural::counted;
use crate::tape::{FitnessFinding, Severity};

/// Prints a place.
type Name<'a> = &'a dyn Fn(Spot) -> String;

/// Everything the import itself found; the doctor's and the clock's findings are apart.
pub(super) fn findings(
    counts: &Counts,
    files: &Files,
    product: Product,
    cold: bool,
    name: Name<'_>,
) -> Vec<FitnessFinding> {
    let mut found: Vec<_> = inverse(product).into_iter().collect();
    found.extend(sequence(counts, name));
    found.extend(golden(counts, cold, name));
    found.extend(trades(counts, name));
    found.extend(left_out(counts, name));
    found.extend(stamps(files, name));
    found
}

fn inverse(product: Product) -> Option<FitnessFinding> {
    (product == Product::BinanceCoinm).then(|| FitnessFinding {
        code: "inverse-contract".to_owned(),
        severity: Severity::Unfit,
        count: 1,
        first: String::new(),
        detail: "the contract is inverse (a fixed amount of quote a contract, settled in base); it is read as data, with its \
                 quantities in contracts, but no venue here trades it"
            .to_owned(),
        forbids: "any conclusion about trading: profit, fees, position".to_owned(),
    })
}

fn sequence(counts: &Counts, name: Name<'_>) -> Vec<FitnessFinding> {
    let gap = format!(
        "updates were lost {{}} {{time|times}} ({}); the book was cleared and stays empty until the next snapshot",
        counted("{} {id|ids}", counts.lost_ids)
    );
    let late =
        "{} depth {message|messages} came before the snapshot; what it does not contain was applied on top of it";
    [
        finding(
            "sequence-gap",
            &counts.sequence_gaps,
            &gap,
            "conclusions about the time between a gap and the next snapshot",
            name,
        ),
        finding(
            "snapshot-too-old",
            &counts.old_snapshots,
            "{} {snapshot ends before the first change that was received after it: it|\
             snapshots end before the first change that was received after them: they} could not be used",
            "conclusions about the book until the next snapshot",
            name,
        ),
        finding(
            "unattributed-snapshot",
            &counts.unlabelled_snapshots,
            "{} {snapshot was|snapshots were} left out: another symbol's, or of no stated symbol in a recording of several",
            "conclusions about depth, if they were this symbol's",
            name,
        ),
        note("late-snapshot", &counts.held_deltas, late, name),
        note("snapshot-ignored", &counts.ignored_snapshots, "{} {snapshot was|snapshots were} not newer than the book", name),
        note("old-deltas", &counts.old_deltas, "{} depth {message|messages} held nothing that the book did not have", name),
        note(
            "unknown-deletes",
            &counts.unknown_deletes,
            "{} {delete of a level that is not in the book was|deletes of levels that are not in the book were} left out",
            name,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn golden(counts: &Counts, cold: bool, name: Name<'_>) -> Option<FitnessFinding> {
    let check = &counts.tickers;
    if check.compared == 0 {
        return None;
    }
    let all = check.holds();
    let (severity, forbids) = match (all, cold) {
        (true, _) => (Severity::Note, ""),
        (false, true) => (Severity::Finding, "conclusions about fills while the best prices are incomplete"),
        (false, false) => (Severity::Unfit, "any conclusion: the rebuilt book is not the venue's"),
    };
    let words = counts.first_difference.as_ref().map_or_else(String::new, |(_, words)| format!("; first: {words}"));
    Some(FitnessFinding {
        code: if all { "book-equals-bookticker" } else { "book-differs-from-bookticker" }.to_owned(),
        severity,
        count: if all { check.compared } else { check.compared - check.equal },
        first: counts.first_difference.as_ref().map(|(spot, _)| name(*spot)).unwrap_or_default(),
        detail: format!("{check}{words}"),
        forbids: forbids.to_owned(),
    })
}

fn trades(counts: &Counts, name: Name<'_>) -> Vec<FitnessFinding> {
    let gap =
        format!("trade ids are skipped {{}} {{time|times}} ({})", counted("{} {trade|trades}", counts.lost_trades));
    [
        finding(
            "trade-gap",
            &counts.trade_gaps,
            &gap,
            "conclusions about fills of resting orders by the missing trades",
            name,
        ),
        note(
            "duplicate-trades",
            &counts.duplicate_trades,
            "{} {trade|trades} with an id already seen {was|were} left out",
            name,
        ),
        note(
            "empty-trades",
            &counts.empty_trades,
            "{} {trade|trades} without price or quantity {was|were} left out",
            name,
        ),
        note(
            "forced-trades",
            &counts.forced_trades,
            "{} {trade is|trades are} the venue's own (insurance fund, deleveraging)",
            name,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn left_out(counts: &Counts, name: Name<'_>) -> Vec<FitnessFinding> {
    [
        note("foreign-symbols", &counts.foreign, "{} {message|messages} of other symbols {was|were} left out", name),
        note("other-streams", &counts.other, "{} {message|messages} of streams without rows {was|were} left out", name),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn stamps(files: &Files, name: Name<'_>) -> Vec<FitnessFinding> {
    let micros = files.units.iter().filter(|unit| **unit == StampUnit::Microseconds).count() as u64;
    let unit = Seen { count: micros, first: None };
    let back =
        Seen { count: files.steps_back, first: files.first_step_back.map(|arrival| arrival.spot(arrival.local_at)) };
    [
        note("local-stamps-in-microseconds", &unit, "the local stamps of {} {file|files} are microseconds", name),
        finding(
            "local-clock-set-back",
            &back,
            "{} {message has a local stamp before the message above it and was|\
             messages have a local stamp before the message above them and were} given its stamp",
            "conclusions about feed latency",
            name,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn note(code: &str, seen: &Seen, detail: &str, name: Name<'_>) -> Option<FitnessFinding> {
    finding(code, seen, detail, "", name)
}

/// A finding, or a note when it forbids nothing.
fn finding(code: &str, seen: &Seen, detail: &str, forbids: &str, name: Name<'_>) -> Option<FitnessFinding> {
    (0 < seen.count).then(|| FitnessFinding {
        code: code.to_owned(),
        severity: if forbids.is_empty() { Severity::Note } else { Severity::Finding },
        count: seen.count,
        first: seen.first.map(name).unwrap_or_default(),
        detail: counted(detail, seen.count),
        forbids: forbids.to_owned(),
    })
}
