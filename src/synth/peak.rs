//! The busiest stretch of a market, at several times its pace and its quantities.
//!
//! The market is cut into stretches of one length from its first row on; that with the most messages is written as a tape of its own, on which so many
//! times as many messages and so many times as much quantity come in a second. How long a message is under way stays as it was. Invariants: the first of two
//! stretches that are as busy; a stretch begins with its book as a snapshot. Known limits: a stretch of more than four million rows ends there.

use crate::book::Ladder;
use crate::model::{Level, RowKind, Side, row};
use crate::tape::{
    Batch, BatchSource, FitnessFinding, Provenance, RowBatch, Severity, TapeError, TapeHeader, TapeKind, TapeRow,
    TapeSpec, TapeWriter,
};
use crate::units::{Price, Quantity, SECOND, Span, Timestamp};
use std::collections::BTreeMap;
use std::path::Path;

/// Raised with every change of what a market gives.
const VERSION: u32 = 1;
/// Rows of a stretch kept at most.
const ROWS_MAX: usize = 4_000_000;

/// Which stretch of a market, and how much faster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeakAsk {
    /// Length of a stretch.
    pub lasts: Span,
    /// Times as many messages, and as much quantity. At least 1.
    pub times: u32,
    /// What comes later is not looked at.
    pub until: Timestamp,
}

/// The stretch that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peak {
    /// Its first instant in the market.
    pub from: Timestamp,
    /// How long it lasts there.
    pub lasts: Span,
    /// Times as many messages a second, and as much quantity.
    pub times: u32,
    /// Its messages.
    pub messages: u64,
    /// Its rows.
    pub rows: u64,
    /// Most messages in a second: in the market, and as it is played.
    pub busiest_second: [u64; 2],
    /// Most steps traded in a second: in the market, and as it is played.
    pub most_traded: [i64; 2],
}

/// One stretch of a market.
struct Stretch {
    from: Timestamp,
    /// The book that it begins with.
    book: Vec<(Side, Level)>,
    rows: Vec<TapeRow>,
    messages: u64,
}

/// Writes the busiest stretch of `source` to the tape `out`. `None`, and no tape, for a market without a message.
///
/// # Errors
/// [`TapeError`] when the market cannot be read or is one of bars, or the tape cannot be written.
///
/// # Panics
/// When `ask` has no length or no times; when a quantity leaves its range, which no market's does by a factor of ten.
pub fn peak_tape(source: &mut dyn BatchSource, ask: &PeakAsk, out: &Path) -> Result<Option<Peak>, TapeError> {
    assert!(ask.lasts > Span::ZERO && ask.times >= 1, "a peak of {} at {} times", ask.lasts, ask.times);
    let header = source.header().clone();
    let mut book = Ladder::new();
    let mut now = Stretch { from: header.first_at, book: Vec::new(), rows: Vec::new(), messages: 0 };
    let mut best: Option<Peak> = None;
    'market: for index in 0.. {
        let batch = match source.batch(index)? {
            None => break,
            Some(Batch::Bars(_)) => return Err(no_bars(out)),
            Some(Batch::Rows(batch)) => batch,
        };
        for place in 0..batch.len() {
            let read = row_of(&batch, place);
            if ask.until < read.venue_at {
                break 'market;
            }
            if now.from.plus(ask.lasts) <= read.venue_at {
                best = busier(best, &now, ask, &header, out)?;
                let passed = read.venue_at.since(header.first_at).nanos() / ask.lasts.nanos();
                let from = header.first_at.plus(ask.lasts.times(passed));
                let mut rows = std::mem::take(&mut now.rows);
                rows.clear();
                now = Stretch { from, book: levels(&book), rows, messages: 0 };
            }
            if now.rows.len() < ROWS_MAX || now.rows.last().is_some_and(|last| last.flags & row::LAST == 0) {
                now.messages += u64::from(read.flags & row::LAST != 0);
                now.rows.push(read);
            }
            keep(&mut book, &read);
        }
    }
    busier(best, &now, ask, &header, out)
}

fn no_bars(out: &Path) -> TapeError {
    TapeError::NotATape { path: out.to_path_buf(), found: "bars".to_owned(), expected: "rows: bars have no messages" }
}

fn row_of(batch: &RowBatch, place: usize) -> TapeRow {
    TapeRow {
        venue_at: Timestamp::from_nanos(batch.venue_at[place]),
        local_at: Timestamp::from_nanos(batch.local_at[place]),
        price: Price::new(batch.price.get(place)),
        quantity: Quantity::new(batch.quantity.get(place)),
        flags: batch.flags[place],
    }
}

fn keep(book: &mut Ladder, read: &TapeRow) {
    match read.flags & row::KIND {
        row::DEPTH => drop(book.set(row::side(read.flags), read.price, read.quantity)),
        row::CLEAR => book.clear(row::side(read.flags)),
        _ => {}
    }
}

fn levels(book: &Ladder) -> Vec<(Side, Level)> {
    Side::BOTH.into_iter().flat_map(|side| book.levels(side).map(move |level| (side, level))).collect()
}

/// The busier of the best stretch so far, whose tape is there, and another, which is written if it is that.
fn busier(
    best: Option<Peak>,
    now: &Stretch,
    ask: &PeakAsk,
    header: &TapeHeader,
    out: &Path,
) -> Result<Option<Peak>, TapeError> {
    if now.messages <= best.map_or(0, |best| best.messages) {
        return Ok(best);
    }
    let spec = TapeSpec {
        kind: header.kind,
        instrument: header.instrument.clone(),
        period: None,
        format: "peak".to_owned(),
        importer_version: VERSION,
    };
    let mut writer = TapeWriter::create(out, spec)?;
    let mut played = Played { from: now.from, times: ask.times, local_at: Timestamp::from_nanos(i64::MIN) };
    if header.kind == TapeKind::L2 {
        let later = now.rows.first().map_or(Span::ZERO, |first| first.local_at.since(first.venue_at));
        played.snapshot(&now.book, later).into_iter().try_for_each(|row| writer.push(row))?;
    }
    let mut counts = [Counts::default(), Counts::default()];
    for read in &now.rows {
        let row = played.row(read);
        counts[0].take(now.from, read);
        counts[1].take(now.from, &row);
        writer.push(row)?;
    }
    let last = now.rows.last().map_or(now.from, |last| last.venue_at);
    let peak = Peak {
        from: now.from,
        lasts: ask.lasts.min(Span::from_nanos(last.since(now.from).nanos() + 1)),
        times: ask.times,
        messages: now.messages,
        rows: now.rows.len() as u64,
        busiest_second: counts.each_ref().map(|counts| counts.messages.values().copied().max().unwrap_or(0)),
        most_traded: counts.each_ref().map(|counts| counts.traded.values().copied().max().unwrap_or(0)),
    };
    writer.finish(provenance(header, &peak))?;
    Ok(Some(peak))
}

fn provenance(header: &TapeHeader, peak: &Peak) -> Provenance {
    let note = FitnessFinding {
        code: "peak".to_owned(),
        severity: Severity::Note,
        count: peak.messages,
        first: String::new(),
        detail: format!(
            "{} from {} of the market with content {}, at {} times its pace and its quantities",
            peak.lasts, peak.from, header.content_hash, peak.times
        ),
        forbids: String::new(),
    };
    let findings = header.findings.iter().cloned().chain([note]).collect();
    Provenance { sources: header.sources.clone(), clock: header.clock.clone(), findings }
}

/// Rows as they are played.
struct Played {
    from: Timestamp,
    times: u32,
    /// Arrival of the last one: they arrive in order.
    local_at: Timestamp,
}

impl Played {
    fn row(&mut self, read: &TapeRow) -> TapeRow {
        let after = read.venue_at.since(self.from).nanos() / i64::from(self.times);
        let venue_at = self.from.plus(Span::from_nanos(after));
        self.local_at = self.local_at.max(venue_at.plus(read.local_at.since(read.venue_at)));
        TapeRow { venue_at, local_at: self.local_at, quantity: self.more(read.quantity), ..*read }
    }

    fn more(&self, quantity: Quantity) -> Quantity {
        let steps = quantity.steps().checked_mul(i64::from(self.times));
        Quantity::new(steps.unwrap_or_else(|| panic!("{} steps {} times", quantity.steps(), self.times)))
    }

    /// The book as the first message.
    fn snapshot(&mut self, book: &[(Side, Level)], later: Span) -> Vec<TapeRow> {
        self.local_at = self.from.plus(later);
        let row = |(place, (side, level)): (usize, &(Side, Level))| TapeRow {
            venue_at: self.from,
            local_at: self.local_at,
            price: level.price,
            quantity: self.more(level.quantity),
            flags: row::pack(RowKind::Depth, *side)
                | row::SNAPSHOT
                | if place + 1 == book.len() { row::LAST } else { 0 },
        };
        book.iter().enumerate().map(row).collect()
    }
}

/// By second.
#[derive(Default)]
struct Counts {
    messages: BTreeMap<i64, u64>,
    traded: BTreeMap<i64, i64>,
}

impl Counts {
    fn take(&mut self, from: Timestamp, row: &TapeRow) {
        let second = row.venue_at.since(from).nanos() / SECOND.nanos();
        if row.flags & row::LAST != 0 {
            *self.messages.entry(second).or_default() += 1;
        }
        if row.flags & row::KIND == row::TRADE {
            let traded = self.traded.entry(second).or_default();
            *traded = traded.saturating_add(row.quantity.steps());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::{SimpleMarket, SimpleMarketConfig};
    use crate::tape::TapeReader;
    use crate::units::MINUTE;

    fn rows(source: &mut dyn BatchSource) -> Vec<TapeRow> {
        let batches = (0..).map_while(|index| source.batch(index).unwrap());
        let rows = batches.flat_map(|batch| match batch {
            Batch::Rows(batch) => (0..batch.len()).map(|place| row_of(&batch, place)).collect::<Vec<_>>(),
            Batch::Bars(_) => panic!("bars"),
        });
        rows.collect()
    }

    fn market() -> SimpleMarket {
        let config = SimpleMarketConfig { duration: MINUTE.times(47), ..SimpleMarketConfig::default() };
        SimpleMarket::new(&config, 3)
    }

    fn book(rows: &[TapeRow]) -> Vec<(Side, Level)> {
        let mut book = Ladder::new();
        rows.iter().for_each(|row| keep(&mut book, row));
        levels(&book)
    }

    #[test]
    fn the_busiest_stretch_is_had_faster_with_the_book_that_it_had() {
        let home = tempfile::tempdir().unwrap();
        let out = home.path().join("peak.tape");
        let ask = PeakAsk { lasts: MINUTE.times(5), times: 3, until: Timestamp::MAX };
        let peak = peak_tape(&mut market(), &ask, &out).unwrap().unwrap();
        let all = rows(&mut market());
        let start = all[0].venue_at;
        let place = |row: &TapeRow| row.venue_at.since(start).nanos() / ask.lasts.nanos();
        let messages =
            |number: i64| all.iter().filter(|row| place(row) == number && row.flags & row::LAST != 0).count() as u64;
        let busiest = (0..10).max_by_key(|number| (messages(*number), -number)).unwrap();
        assert_eq!((peak.from, peak.messages), (start.plus(ask.lasts.times(busiest)), messages(busiest)));
        let mut tape = TapeReader::open(&out).unwrap();
        assert_eq!((tape.header().first_at, tape.header().starts_with_snapshot), (peak.from, true));
        let played = rows(&mut tape);
        let own: Vec<&TapeRow> = all.iter().filter(|row| place(row) == busiest).collect();
        let snapshot = played.len() - own.len();
        for (read, row) in own.iter().zip(&played[snapshot..]) {
            let after = read.venue_at.since(peak.from).nanos() / 3;
            assert_eq!(row.venue_at, peak.from.plus(Span::from_nanos(after)));
            assert_eq!((row.price, row.flags), (read.price, read.flags));
            assert_eq!(row.quantity.steps(), 3 * read.quantity.steps());
            assert!(row.venue_at.plus(read.local_at.since(read.venue_at)) <= row.local_at);
        }
        assert!(played.windows(2).all(|pair| pair[0].local_at <= pair[1].local_at));
        let until: Vec<TapeRow> = all.iter().filter(|row| place(row) <= busiest).copied().collect();
        let thrice = |(side, level): &(Side, Level)| (*side, level.price, 3 * level.quantity.steps());
        let expected: Vec<_> = book(&until).iter().map(thrice).collect();
        let found: Vec<_> =
            book(&played).iter().map(|(side, level)| (*side, level.price, level.quantity.steps())).collect();
        assert_eq!(found, expected);
        assert!(2 * peak.busiest_second[0] <= peak.busiest_second[1], "{peak:?}");
        assert!(2 * peak.most_traded[0] <= peak.most_traded[1], "{peak:?}");
    }

    /// At its own pace the stretch is the market's; a market that is shorter than a stretch is one.
    #[test]
    fn once_as_fast_is_the_market_itself() {
        let home = tempfile::tempdir().unwrap();
        let out = home.path().join("peak.tape");
        let ask = PeakAsk { lasts: MINUTE.times(60), times: 1, until: Timestamp::MAX };
        let peak = peak_tape(&mut market(), &ask, &out).unwrap().unwrap();
        let (all, played) = (rows(&mut market()), rows(&mut TapeReader::open(&out).unwrap()));
        assert_eq!(played[played.len() - all.len()..], all);
        assert_eq!(peak.rows, all.len() as u64);
        assert_eq!(peak.busiest_second[0], peak.busiest_second[1]);
    }
}
