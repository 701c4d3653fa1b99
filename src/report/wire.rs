//! What went wrong on the wire, and what the bot's gateway did about it, as tables.

use super::input::{ReportInput, VenueAnswers};
use super::number::{self, NOTHING};
use super::table::{Cell, Column, Table, Tone, figures, words};
use crate::metrics::{FaultRow, WireStatistics};
use std::collections::BTreeSet;

/// One row a kind of fault that fired; empty where no message could be lost.
pub fn table(input: &ReportInput) -> Table {
    let mut columns = counts();
    columns.push(words("A correct bot"));
    columns.extend(input.venue_answers.as_ref().map(|_| words("As the venue answers")));
    Table::new(columns, input.summary.wire.faults.iter().map(|own| row(own, input.venue_answers.as_ref())).collect())
}

/// The same without words, for a narrow page.
pub fn brief(input: &ReportInput) -> Table {
    Table::new(
        counts(),
        input.summary.wire.faults.iter().map(|row| cells(row, Cell::new(row.fault.as_str()))).collect(),
    )
}

fn counts() -> Vec<Column> {
    vec![
        words("Fault"),
        figures("Fired"),
        figures("Found by asking"),
        figures("Not there"),
        figures("Sent again"),
        figures("Heard later"),
        figures("Dropped"),
        figures("Given up"),
        figures("Caught up"),
    ]
}

fn row(row: &FaultRow, answers: Option<&VenueAnswers>) -> Vec<Cell> {
    let mut cells = cells(row, Cell::new(row.fault.as_str()).note(row.fault.words()));
    cells.push(Cell::new(row.fault.achieves().words()));
    cells.extend(answers.map(|answers| answered(row, answers)));
    cells
}

/// What the venue answers in a fault's place.
fn answered(row: &FaultRow, answers: &VenueAnswers) -> Cell {
    let Some(own) = answers.faults.iter().find(|own| own.fault == row.fault.as_str()) else {
        return Cell::new(NOTHING).tone(Tone::Muted);
    };
    if own.replies.is_empty() {
        return Cell::new(format!("no reply in its profile of {}", answers.as_of)).tone(Tone::Muted);
    }
    let words: Vec<&str> = own.replies.iter().map(|reply| reply.words.as_str()).collect();
    let shapes: BTreeSet<&str> = own.replies.iter().map(|reply| reply.shape.as_str()).collect();
    let shapes: Vec<&str> = shapes.into_iter().collect();
    Cell::new(words.join("; or ")).note(shapes.join("; "))
}

fn cells(row: &FaultRow, name: Cell) -> Vec<Cell> {
    let count = |count: u64| match count {
        0 => Cell::new(NOTHING).tone(Tone::Muted),
        count => Cell::new(number::count(count)),
    };
    let mut cells = vec![name, Cell::new(number::count(row.fired))];
    let followed = [row.found, row.absent, row.resent, row.heard_later, row.dropped, row.given_up, row.reconciled];
    cells.extend(followed.map(count));
    cells
}

/// What it came to, in a few sentences; empty where no message could be lost.
pub fn line(input: &ReportInput) -> String {
    let wire = &input.summary.wire;
    if wire.is_empty() {
        return String::new();
    }
    let mut parts = vec![format!(
        "{} fired (injected: none of them is the bot's own error)",
        number::counted(wire.fired(), "fault")
    )];
    parts.extend(input.venue_answers.as_ref().map(named));
    parts.extend(unknown(wire));
    if 0 < wire.given_up {
        parts.push(format!("{} given up, as the bot was told", number::counted(wire.given_up, "request")));
    }
    if 0 < wire.disconnects {
        let longest = number::duration(wire.disconnected_longest);
        let times = number::counted(wire.disconnects, "time");
        parts.push(format!("the stream of reports was lost {times}, for {longest} at most"));
    }
    if 0 < wire.reconciled {
        let longest = number::duration(wire.reconciling_longest);
        parts.push(format!(
            "everything missed was asked for {} and came within {longest} at most, {} of it news",
            number::counted(wire.reconciled, "time"),
            number::counted(wire.news, "report")
        ));
    }
    parts.extend(blind(wire));
    parts.extend(own_log(wire));
    parts.extend(feed(wire));
    if wire.reached.is_empty() {
        return format!("{}.", parts.join("; "));
    }
    let missing: Vec<&str> =
        wire.reached.iter().filter(|reached| reached.count == 0).map(|reached| reached.state.as_str()).collect();
    parts.push(match missing.len() {
        0 => "every rare state was reached".to_owned(),
        count => format!(
            "{} of {} rare states were reached, not {}",
            wire.reached.len() - count,
            wire.reached.len(),
            missing.join(", ")
        ),
    });
    if 0 < wire.halted {
        parts.push("the gateway declared a halt".to_owned());
    }
    format!("{}.", parts.join("; "))
}

/// Whose answers those in the table are.
fn named(answers: &VenueAnswers) -> String {
    format!(
        "answers are those of {} as of {}, of several the one whose turn it is by the cause id",
        answers.venue, answers.as_of
    )
}

fn unknown(wire: &WireStatistics) -> Option<String> {
    (0 < wire.unknown).then(|| {
        format!(
            "the fate of {} was unknown, for {} at most: {} found, {} not there",
            number::counted(wire.unknown, "request"),
            number::duration(wire.unknown_longest),
            number::count(wire.found),
            number::count(wire.absent)
        )
    })
}

/// What the supervision of the feed did.
fn feed(wire: &WireStatistics) -> Vec<String> {
    let feed = &wire.feed;
    let longest = number::duration(feed.unsynchronised_longest);
    let broken = number::counted(feed.unsynchronised, "time");
    let all = [
        (feed.unsynchronised, format!("the book was taken for broken {broken}, for {longest} at most")),
        (feed.failed_over, format!("a second source stood in {}", number::counted(feed.failed_over, "time"))),
        (
            feed.snapshots,
            format!(
                "{} asked for, {} refused as too old",
                number::counted(feed.snapshots, "snapshot"),
                number::count(feed.snapshots_refused)
            ),
        ),
        (feed.messages_dropped, format!("{} known and dropped", number::counted(feed.messages_dropped, "message"))),
        (feed.ticks_held, format!("{} not believed", number::counted(feed.ticks_held, "print"))),
        (feed.connects, format!("{} to connect", number::counted(feed.connects, "attempt"))),
    ];
    all.into_iter().filter(|(count, _)| 0 < *count).map(|(_, text)| text).collect()
}

/// What became of the bot's own log.
fn own_log(wire: &WireStatistics) -> Vec<String> {
    let log = &wire.log;
    let longest = number::duration(log.down_longest);
    let down = number::counted(log.down, "time");
    let failed = number::counted(log.failed, "write");
    let torn = number::counted(log.torn_bytes, "byte");
    let all = [
        (log.written, format!("{} written down in the bot's own log", number::counted(log.written, "request"))),
        (log.failed, format!("{failed} to it failed")),
        (
            log.down,
            format!(
                "it could not be written {down}, for {longest} at most, in which nothing that adds risk was to go out"
            ),
        ),
        (log.read, format!("it was read again {}, {torn} of it torn", number::counted(log.read, "time"))),
    ];
    all.into_iter().filter(|(count, _)| 0 < *count).map(|(_, text)| text).collect()
}

/// What a careful gateway does not do.
fn blind(wire: &WireStatistics) -> Vec<String> {
    let again = number::counted(wire.resent_as, "request");
    let early = number::counted(wire.impatient, "request");
    let both = [
        (wire.resent_as, format!("{again} sent again under a new number, blindly")),
        (wire.impatient, format!("{early} sent although the venue had asked to wait")),
    ];
    both.into_iter().filter(|(count, _)| 0 < *count).map(|(_, text)| text).collect()
}
