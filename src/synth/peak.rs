//! The busiest stretch of a market, so much faster and with so much more quantity that it goes beyond the market's highest rates.
//!
//! The market is cut into stretches of one length from its first row on. That with the busiest second is written as a tape of its own, its time divided and its quantities
//! multiplied by the smallest whole numbers with which so many times the messages, and the quantity traded, come in a second as were ever seen in one of the market. How long a
//! message is under way stays as it was, and so does the pace of what comes before it, where that is wanted. Seconds are those since the first instant of a stretch.
//! Invariants: the first of two stretches whose busiest seconds are equal; the tape begins with its book as a snapshot; memory does not grow with the market. Known limits: the
//! market is read twice; numbers end at [`FACTOR_MAX`].

use crate::book::Ladder;
use crate::model::{Level, RowKind, Side, row};
use crate::tape::{
    Batch, BatchSource, FitnessFinding, Provenance, RowBatch, Severity, TapeError, TapeHeader, TapeKind, TapeRow,
    TapeSpec, TapeWriter,
};
use crate::units::{Price, Quantity, SECOND, Span, Timestamp};
use std::path::{Path, PathBuf};

/// Raised with every change of what a market gives.
const VERSION: u32 = 1;
/// Largest number by which time is divided, or quantity multiplied.
pub const FACTOR_MAX: u32 = 60;

/// Which stretch of a market, and how far beyond its rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeakAsk {
    /// Length of a stretch.
    pub lasts: Span,
    /// Times the market's highest rates. At least 1.
    pub times: u32,
    /// How much of what comes before it is there as well, at its own pace: what a bot needs until it trades.
    pub warm_up: Span,
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
    /// What its time is divided by.
    pub pace: u32,
    /// What its quantities are multiplied by.
    pub quantity: u32,
    /// Its messages.
    pub messages: u64,
    /// Most messages in a second: of the whole market, and as it is played.
    pub busiest_second: [u64; 2],
    /// Most steps traded in a second: of the whole market, and as it is played.
    pub most_traded: [u64; 2],
}

/// Finds the busiest stretch of a market; `None` in one without a message.
///
/// # Errors
/// [`TapeError`] when the market cannot be read or is one of bars.
///
/// # Panics
/// When `ask` has no length or no times.
pub fn find_peak(source: &mut dyn BatchSource, ask: &PeakAsk) -> Result<Option<Peak>, TapeError> {
    assert!(ask.lasts > Span::ZERO && ask.times >= 1, "a peak of {} at {} times", ask.lasts, ask.times);
    let first_at = source.header().first_at;
    let mut now = Stretch { from: first_at, seconds: Vec::new() };
    let (mut best, mut highest): (Option<Stretch>, Rates) = (None, [0; 2]);
    let mut end = |stretch: &mut Stretch, from: Timestamp| {
        let rates = stretch.highest(1);
        if best.as_ref().map_or(0, |best| best.highest(1)[0]) < rates[0] {
            best = Some(stretch.clone());
        }
        highest = [0, 1].map(|which| highest[which].max(rates[which]));
        (stretch.from, stretch.seconds) = (from, Vec::new());
    };
    for_each_row(source, |read| {
        if ask.until < read.venue_at {
            return Ok(false);
        }
        if now.from.plus(ask.lasts) <= read.venue_at {
            let passed = read.venue_at.since(first_at).nanos() / ask.lasts.nanos();
            end(&mut now, first_at.plus(ask.lasts.times(passed)));
        }
        now.take(&read);
        Ok(true)
    })?;
    end(&mut now, Timestamp::MAX);
    Ok(best.map(|best| best.beyond(highest, ask)))
}

/// Writes a peak that was found in `source` to the tape `out`.
///
/// # Errors
/// [`TapeError`] when the market cannot be read, or the tape cannot be written.
pub fn write_peak(source: &mut dyn BatchSource, peak: &Peak, warm_up: Span, out: &Path) -> Result<(), TapeError> {
    let header = source.header().clone();
    let spec = TapeSpec {
        kind: header.kind,
        instrument: header.instrument.clone(),
        period: None,
        format: "peak".to_owned(),
        importer_version: VERSION,
    };
    let mut writer = TapeWriter::create(out, spec)?;
    let (mut book, mut began) = (Ladder::new(), false);
    let mut played = Played { peak, local_at: Timestamp::from_nanos(i64::MIN) };
    let end = peak.from.plus(peak.lasts);
    for_each_row(source, |read| {
        if read.venue_at.plus(warm_up) < peak.from {
            keep(&mut book, &read);
            return Ok(true);
        }
        if end <= read.venue_at {
            return Ok(false);
        }
        if !began && header.kind == TapeKind::L2 {
            played.snapshot(&levels(&book), &read).into_iter().try_for_each(|row| writer.push(row))?;
        }
        began = true;
        writer.push(played.row(&read)).map(|()| true)
    })?;
    writer.finish(provenance(&header, peak)).map(drop)
}

/// Messages of a tape from `from` on, most messages in a second and most steps traded in one.
///
/// # Errors
/// [`TapeError`] when it cannot be read.
pub fn rates_from(source: &mut dyn BatchSource, from: Timestamp) -> Result<(u64, [u64; 2]), TapeError> {
    let mut stretch = Stretch { from, seconds: Vec::new() };
    for_each_row(source, |read| {
        if from <= read.venue_at {
            stretch.take(&read);
        }
        Ok(true)
    })?;
    Ok((stretch.messages(), stretch.highest(1)))
}

/// Messages, and steps traded, in a second.
type Rates = [u64; 2];

/// A stretch of a market, second by second.
#[derive(Clone)]
struct Stretch {
    from: Timestamp,
    seconds: Vec<Rates>,
}

impl Stretch {
    /// Snapshots are no messages of a market: one begins the tape of a peak.
    fn take(&mut self, read: &TapeRow) {
        if read.flags & row::SNAPSHOT != 0 {
            return;
        }
        let second = usize::try_from(read.venue_at.since(self.from).nanos() / SECOND.nanos()).unwrap_or(0);
        if self.seconds.len() <= second {
            self.seconds.resize(second + 1, [0; 2]);
        }
        let rates = &mut self.seconds[second];
        rates[0] += u64::from(read.flags & row::LAST != 0);
        if read.flags & row::KIND == row::TRADE {
            rates[1] = rates[1].saturating_add(read.quantity.steps().unsigned_abs());
        }
    }

    fn messages(&self) -> u64 {
        self.seconds.iter().map(|rates| rates[0]).sum()
    }

    /// The highest rates where so many seconds are one.
    fn highest(&self, pace: u32) -> Rates {
        let sum =
            |seconds: &[Rates], which: usize| seconds.iter().fold(0_u64, |sum, rates| sum.saturating_add(rates[which]));
        let seconds = || self.seconds.chunks(pace as usize);
        [0, 1].map(|which| seconds().map(|seconds| sum(seconds, which)).max().unwrap_or(0))
    }

    /// The stretch beyond the market's highest rates.
    fn beyond(&self, highest: Rates, ask: &PeakAsk) -> Peak {
        let [messages, traded] = highest.map(|highest| highest.saturating_mul(u64::from(ask.times)));
        let pace = (1..FACTOR_MAX).find(|pace| messages <= self.highest(*pace)[0]).unwrap_or(FACTOR_MAX);
        let [busiest, most_traded] = self.highest(pace);
        let quantity = traded.div_ceil(most_traded.max(1)).clamp(1, u64::from(FACTOR_MAX)) as u32;
        Peak {
            from: self.from,
            lasts: ask.lasts.min(Span::from_nanos(ask.until.since(self.from).nanos().saturating_add(1))),
            pace,
            quantity,
            messages: self.messages(),
            busiest_second: [highest[0], busiest],
            most_traded: [highest[1], most_traded.saturating_mul(u64::from(quantity))],
        }
    }
}

/// Hands over the rows of a market until one says that it is enough.
fn for_each_row(
    source: &mut dyn BatchSource,
    mut take: impl FnMut(TapeRow) -> Result<bool, TapeError>,
) -> Result<(), TapeError> {
    for index in 0.. {
        let batch = match source.batch(index)? {
            None => break,
            Some(Batch::Bars(_)) => return Err(no_bars(source.header())),
            Some(Batch::Rows(batch)) => batch,
        };
        for place in 0..batch.len() {
            if !take(row_of(&batch, place))? {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn no_bars(header: &TapeHeader) -> TapeError {
    let path = PathBuf::from(&header.instrument.symbol);
    TapeError::NotATape { path, found: "bars".to_owned(), expected: "rows: bars have no messages" }
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

fn provenance(header: &TapeHeader, peak: &Peak) -> Provenance {
    let note = FitnessFinding {
        code: "peak".to_owned(),
        severity: Severity::Note,
        count: peak.messages,
        first: String::new(),
        detail: format!(
            "{} from {} of the market with content {}, at {} times its pace and {} times its quantities",
            peak.lasts, peak.from, header.content_hash, peak.pace, peak.quantity
        ),
        forbids: String::new(),
    };
    let findings = header.findings.iter().cloned().chain([note]).collect();
    Provenance { sources: header.sources.clone(), clock: header.clock.clone(), findings }
}

/// Rows as they are played.
struct Played<'a> {
    peak: &'a Peak,
    /// Arrival of the last one: they arrive in order.
    local_at: Timestamp,
}

impl Played<'_> {
    /// What comes before the stretch keeps its pace.
    fn row(&mut self, read: &TapeRow) -> TapeRow {
        let after = read.venue_at.since(self.peak.from).nanos();
        let after = if after < 0 { after } else { after / i64::from(self.peak.pace) };
        let venue_at = self.peak.from.plus(Span::from_nanos(after));
        self.local_at = self.local_at.max(venue_at.plus(read.local_at.since(read.venue_at)));
        // A quantity that has no such multiple is one that no tape takes: its writer says so.
        let steps = read.quantity.steps().saturating_mul(i64::from(self.peak.quantity));
        TapeRow { venue_at, local_at: self.local_at, quantity: Quantity::new(steps), ..*read }
    }

    /// The book as the first message, just as `first` comes.
    fn snapshot(&mut self, book: &[(Side, Level)], first: &TapeRow) -> Vec<TapeRow> {
        let row = |(place, (side, level)): (usize, &(Side, Level))| {
            let is_last = place + 1 == book.len();
            let flags = row::pack(RowKind::Depth, *side) | row::SNAPSHOT | if is_last { row::LAST } else { 0 };
            self.row(&TapeRow { price: level.price, quantity: level.quantity, flags, ..*first })
        };
        book.iter().enumerate().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::{SimpleMarket, SimpleMarketConfig};
    use crate::tape::TapeReader;
    use crate::units::MINUTE;

    fn rows(source: &mut dyn BatchSource) -> Vec<TapeRow> {
        let mut rows = Vec::new();
        for_each_row(source, |row| {
            rows.push(row);
            Ok(true)
        })
        .unwrap();
        rows
    }

    fn market() -> SimpleMarket {
        let config = SimpleMarketConfig { duration: MINUTE.times(47), ..SimpleMarketConfig::default() };
        SimpleMarket::new(&config, 3)
    }

    fn ask(times: u32, warm_up: i64) -> PeakAsk {
        PeakAsk { lasts: MINUTE.times(5), times, warm_up: MINUTE.times(warm_up), until: Timestamp::MAX }
    }

    /// The peak of the market, and the rows of its tape.
    fn peak(ask: &PeakAsk) -> (Peak, Vec<TapeRow>) {
        let home = tempfile::tempdir().unwrap();
        let out = home.path().join("peak.tape");
        let peak = find_peak(&mut market(), ask).unwrap().unwrap();
        write_peak(&mut market(), &peak, ask.warm_up, &out).unwrap();
        let mut tape = TapeReader::open(&out).unwrap();
        assert!(tape.header().starts_with_snapshot);
        assert_eq!(
            rates_from(&mut tape, peak.from).unwrap(),
            (peak.messages, [peak.busiest_second[1], peak.most_traded[1]])
        );
        (peak, rows(&mut tape))
    }

    fn book(rows: &[TapeRow], times: i64) -> Vec<(Side, Price, i64)> {
        let mut book = Ladder::new();
        rows.iter().for_each(|row| keep(&mut book, row));
        levels(&book).into_iter().map(|(side, level)| (side, level.price, times * level.quantity.steps())).collect()
    }

    /// Most messages and most steps traded in a second of five minutes each, by number; worked out row by row.
    fn by_hand(all: &[TapeRow]) -> Vec<Rates> {
        let start = all[0].venue_at;
        let mut counts = vec![vec![[0_u64; 2]; 300]; 10];
        for row in all.iter().filter(|row| row.flags & row::SNAPSHOT == 0) {
            let after = row.venue_at.since(start).nanos();
            let count =
                &mut counts[(after / 300_000_000_000) as usize][(after % 300_000_000_000 / 1_000_000_000) as usize];
            count[0] += u64::from(row.flags & row::LAST != 0);
            count[1] += if row.flags & row::KIND == row::TRADE { row.quantity.steps() as u64 } else { 0 };
        }
        let most = |seconds: &Vec<Rates>| [0, 1].map(|which| seconds.iter().map(|rates| rates[which]).max().unwrap());
        counts.iter().map(most).collect()
    }

    #[test]
    fn the_stretch_with_the_busiest_second_goes_beyond_the_markets_highest_rates() {
        let all = rows(&mut market());
        let rates = by_hand(&all);
        let highest = [0, 1].map(|which| rates.iter().map(|rates| rates[which]).max().unwrap());
        let busiest = rates.iter().position(|rates| rates[0] == highest[0]).unwrap() as i64;
        let (peak, played) = peak(&ask(2, 0));
        assert_eq!(peak.from, all[0].venue_at.plus(MINUTE.times(5 * busiest)));
        assert_eq!([peak.busiest_second[0], peak.most_traded[0]], highest);
        assert!(2 * highest[0] <= peak.busiest_second[1] && 2 * highest[1] <= peak.most_traded[1], "{peak:?}");
        assert!(1 < peak.pace && peak.pace < FACTOR_MAX, "{peak:?}");
        let end = peak.from.plus(MINUTE.times(5));
        let own: Vec<&TapeRow> = all.iter().filter(|row| peak.from <= row.venue_at && row.venue_at < end).collect();
        let snapshot = played.len() - own.len();
        for (read, row) in own.iter().zip(&played[snapshot..]) {
            let after = read.venue_at.since(peak.from).nanos() / i64::from(peak.pace);
            assert_eq!(row.venue_at, peak.from.plus(Span::from_nanos(after)));
            assert_eq!((row.price, row.flags), (read.price, read.flags));
            assert_eq!(row.quantity.steps(), i64::from(peak.quantity) * read.quantity.steps());
            assert!(row.venue_at.plus(read.local_at.since(read.venue_at)) <= row.local_at);
        }
        assert!(played.windows(2).all(|pair| pair[0].local_at <= pair[1].local_at));
        let until: Vec<TapeRow> = all.iter().filter(|row| row.venue_at < end).copied().collect();
        assert_eq!(book(&played, 1), book(&until, i64::from(peak.quantity)));
    }

    /// What comes before the stretch has its own pace, and the book is that of its first instant.
    #[test]
    fn a_warm_up_keeps_its_pace() {
        let (cold, _) = peak(&ask(2, 0));
        let (peak, played) = peak(&ask(2, 7));
        assert_eq!(peak, cold);
        let all = rows(&mut market());
        let begins = peak.from.nanos() - MINUTE.times(7).nanos();
        let end = peak.from.plus(peak.lasts);
        let own: Vec<&TapeRow> =
            all.iter().filter(|row| begins <= row.venue_at.nanos() && row.venue_at < end).collect();
        let snapshot = played.len() - own.len();
        for (read, row) in own.iter().zip(&played[snapshot..]) {
            let is_before = read.venue_at < peak.from;
            assert_eq!(is_before, row.venue_at < peak.from);
            assert!(!is_before || row.venue_at == read.venue_at, "{read:?} {row:?}");
        }
        let before: Vec<TapeRow> = all.iter().filter(|row| row.venue_at.nanos() < begins).copied().collect();
        assert_eq!(book(&played[..snapshot], 1), book(&before, i64::from(peak.quantity)));
    }

    /// What comes later than the last instant that is looked at is in neither market nor tape.
    #[test]
    fn a_market_that_is_cut_short_has_a_peak_that_is() {
        let first_at = market().header().first_at;
        let cut = PeakAsk { until: first_at.plus(SECOND.times(400)), ..ask(2, 0) };
        let (peak, played) = peak(&cut);
        assert!(played.iter().all(|row| row.venue_at <= cut.until));
        assert!(peak.from.plus(peak.lasts) <= cut.until.plus(Span::from_nanos(1)), "{peak:?}");
    }

    /// Once its own rates are had at its own pace.
    #[test]
    fn the_market_itself_is_once_as_fast() {
        let (peak, _) = peak(&ask(1, 0));
        assert_eq!((peak.pace, peak.busiest_second[0]), (1, peak.busiest_second[1]));
        assert!(peak.most_traded[0] <= peak.most_traded[1]);
    }

    /// A second that no pace reaches: the numbers end, and what was reached is told.
    #[test]
    fn a_burst_alone_is_not_reached() {
        let burst = Stretch { from: Timestamp::from_nanos(0), seconds: vec![[0, 1], [1_000, 1], [0, 0]] };
        let peak = burst.beyond([1_000, 100], &ask(2, 0));
        assert_eq!((peak.pace, peak.quantity), (FACTOR_MAX, FACTOR_MAX));
        assert_eq!((peak.busiest_second, peak.most_traded), ([1_000, 1_000], [100, 120]));
    }
}
