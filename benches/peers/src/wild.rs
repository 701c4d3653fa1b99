//! A market as no venue sends it: levels of one side through the other, prints beside the book, sides cleared and empty for a
//! while, several messages at one instant. A book's and a queue's rarest rules are all it is made of.

use crate::dense;
use seatrial::model::{Filters, Instrument, RowKind, Side, row};
use seatrial::rng::{Rng, Streams};
use seatrial::tape::{Provenance, TapeKind, TapeRow, TapeSpec, TapeWriter};
use seatrial::units::{MILLISECOND, Price, Quantity, SECOND, Span, Timestamp};
use std::collections::BTreeSet;
use std::path::Path;

/// 2026-01-01 00:00 UTC.
const START: Timestamp = Timestamp::from_nanos(1_767_225_600_000_000_000);
/// Ticks between which the market wanders, and at which the last level of each side stands: a side runs empty when it is
/// cleared, never level by level. The peer's books forget then that levels stand which were overrun before.
const LOW: i64 = 19_000;
const HIGH: i64 = 21_000;
const BEHIND: i64 = 1_000;
/// Steps in a lot. Levels have whole lots and prints have not: a queue is passed by half a lot. Odd, because what exactly a
/// half does is left to the noise of floating point at the peer.
const LOT: i64 = 5;

/// Kind, side, tick and quantity.
type Row = (RowKind, Side, i64, i64);

struct Wild {
    rng: Rng,
    levels: [BTreeSet<i64>; 2],
    centre: i64,
    /// A side without levels, until its last one comes back.
    empty: [bool; 2],
    /// Messages may happen before others that have arrived already.
    late: bool,
    venue_at: Timestamp,
    local_at: Timestamp,
}

/// Writes at least `rows` rows to `path`; `late` ones arrive in another order than that in which they happened.
pub fn write(path: &Path, rows: u64, late: bool) {
    let filters = Filters::lot_only(Quantity::new(LOT));
    let (kind, instrument) = (TapeKind::L2, Instrument { filters, ..dense::instrument() });
    let spec = TapeSpec { kind, instrument, period: None, format: "bench-wild".to_owned(), importer_version: 1 };
    let mut writer = TapeWriter::create(path, spec).expect("a writable folder");
    let (rng, levels) = (Streams::new(7).stream("wild"), [BTreeSet::new(), BTreeSet::new()]);
    let (centre, empty) = (i64::midpoint(LOW, HIGH), [false; 2]);
    let mut wild = Wild { rng, levels, centre, empty, late, venue_at: START, local_at: START };
    wild.open(&mut writer);
    while writer.rows() < rows {
        wild.message(&mut writer);
    }
    wild.close(&mut writer);
    writer.finish(Provenance::default()).expect("a tape");
}

impl Wild {
    /// The last levels of both sides, a second before everything else.
    fn open(&mut self, writer: &mut TapeWriter) {
        let rows = Side::BOTH.map(|side| self.last_level(side));
        self.send(START, &rows, writer);
        self.venue_at = START.plus(SECOND);
    }

    /// Both sides have levels at the end: there is a mid.
    fn close(&mut self, writer: &mut TapeWriter) {
        let rows = Side::BOTH.map(|side| self.last_level(side));
        self.send(self.venue_at, &rows, writer);
    }

    fn message(&mut self, writer: &mut TapeWriter) {
        if self.rng.ratio(1, 10) {
            self.centre = (self.centre + self.rng.range(-5..=5)).clamp(LOW, HIGH);
        }
        let venue_at = self.next_stamp();
        let rows: Vec<Row> = (0..=self.rng.range(0..=5)).map(|_| self.row()).collect();
        self.send(venue_at, &rows, writer);
    }

    fn send(&mut self, venue_at: Timestamp, rows: &[Row], writer: &mut TapeWriter) {
        let latency = Span::from_nanos(200_000 + self.rng.range(0..=4_800_000));
        self.local_at = self.local_at.max(venue_at.plus(latency));
        for (index, &(kind, side, tick, quantity)) in rows.iter().enumerate() {
            let end = if index + 1 == rows.len() { row::LAST } else { 0 };
            let (price, quantity) = (Price::new(tick), Quantity::new(quantity));
            let flags = row::pack(kind, side) | end;
            writer.push(TapeRow { venue_at, local_at: self.local_at, price, quantity, flags }).expect("a row in order");
        }
    }

    /// Often the same again, often a whole millisecond.
    fn next_stamp(&mut self) -> Timestamp {
        if !self.rng.ratio(1, 4) {
            let rest = if self.rng.ratio(1, 2) { self.rng.range(1..=999_999) } else { 0 };
            let whole = Timestamp::from_nanos(self.venue_at.nanos() / MILLISECOND.nanos() * MILLISECOND.nanos());
            let wait = MILLISECOND.times(1 + self.rng.exponential(10) as i64).min(SECOND);
            self.venue_at = whole.plus(wait).plus(Span::from_nanos(rest));
        }
        let back = if self.late && self.rng.ratio(1, 5) { self.rng.range(0..=20) } else { 0 };
        self.venue_at.plus(MILLISECOND.times(-back)).max(START)
    }

    fn row(&mut self) -> Row {
        let side = if self.rng.ratio(1, 2) { Side::Buy } else { Side::Sell };
        let draw = self.rng.range(0..=299);
        if draw < 60 {
            return (RowKind::Trade, side, self.centre + self.rng.range(-8..=8), self.rng.range(1..=60 * LOT));
        }
        if self.empty[side.index()] {
            let comes_back = self.rng.ratio(1, 20);
            return if comes_back { self.last_level(side) } else { (RowKind::Clear, side, 0, 0) };
        }
        match draw {
            // In another order than its own a cleared side could lose its last level.
            60 if !self.late => {
                self.levels[side.index()].clear();
                self.empty[side.index()] = true;
                (RowKind::Clear, side, 0, 0)
            }
            61..=160 => self.remove(side),
            _ => self.level(side),
        }
    }

    fn last_level(&mut self, side: Side) -> Row {
        self.empty[side.index()] = false;
        let tick = if side == Side::Buy { LOW - BEHIND } else { HIGH + BEHIND };
        (RowKind::Depth, side, tick, LOT)
    }

    fn remove(&mut self, side: Side) -> Row {
        let count = self.levels[side.index()].len() as i64;
        if count == 0 {
            return self.level(side);
        }
        let place = self.rng.range(0..=count - 1) as usize;
        let tick = self.levels[side.index()].iter().nth(place).copied().expect("one of them");
        self.levels[side.index()].remove(&tick);
        (RowKind::Depth, side, tick, 0)
    }

    /// From four ticks through the centre to twelve behind it.
    fn level(&mut self, side: Side) -> Row {
        let tick = self.centre - side.sign() * self.rng.range(-4..=12);
        self.levels[side.index()].insert(tick);
        (RowKind::Depth, side, tick, self.rng.range(1..=40) * LOT)
    }
}
