//! Small worlds for tests: markets in memory, and lanes put together in one line.
#![allow(dead_code, reason = "each test crate uses its own part")]

use seatrial::model::{ContractKind, FeeSchedule, Filters, Instrument, RowKind, Side, row};
use seatrial::tape::{BATCH_ROWS, Batch, BatchSource, IntColumn, RowBatch, TapeError, TapeHeader, TapeKind};
use seatrial::units::{Fixed, Quantity, Rate, Rounding, Timestamp};

/// BTCUSDT-like: tick 0.1, step 0.001, linear, 0.02 % / 0.05 %.
pub fn instrument() -> Instrument {
    Instrument {
        symbol: "BTCUSDT".to_owned(),
        venue: "test".to_owned(),
        kind: ContractKind::Linear,
        base: "BTC".to_owned(),
        quote: "USDT".to_owned(),
        tick_size: Fixed::new(1, 1),
        step_size: Fixed::new(1, 3),
        multiplier: Fixed::new(1, 0),
        fees: FeeSchedule {
            maker: Rate::from_ppb(200_000),
            taker: Rate::from_ppb(500_000),
            rounding: Rounding::TowardVenue,
            decimals: 8,
        },
        filters: Filters::lot_only(Quantity::new(1)),
        inferred: Vec::new(),
    }
}

/// A row as tests write it.
#[derive(Debug, Clone, Copy)]
pub struct TestRow {
    pub venue_at: i64,
    pub local_at: i64,
    pub price: i64,
    pub quantity: i64,
    pub flags: u32,
}

impl TestRow {
    pub fn depth(venue_at: i64, local_at: i64, side: Side, price: i64, quantity: i64) -> Self {
        Self { venue_at, local_at, price, quantity, flags: row::pack(RowKind::Depth, side) | row::LAST }
    }

    pub fn trade(venue_at: i64, local_at: i64, aggressor: Side, price: i64, quantity: i64) -> Self {
        Self { venue_at, local_at, price, quantity, flags: row::pack(RowKind::Trade, aggressor) | row::LAST }
    }

    /// The same, with more rows of its message to follow.
    pub fn more(mut self) -> Self {
        self.flags &= !row::LAST;
        self
    }
}

/// A market held in memory, in venue order.
pub struct MemoryMarket {
    header: TapeHeader,
    batches: Vec<RowBatch>,
}

impl MemoryMarket {
    pub fn new(rows: &[TestRow]) -> Self {
        let batches = rows.chunks(BATCH_ROWS).map(batch).collect();
        Self { header: header(rows, TapeKind::L2), batches }
    }

    /// The same market as a wide tape: 64-bit prices and quantities.
    pub fn widened(mut self) -> Self {
        for batch in &mut self.batches {
            batch.price = widen(&batch.price);
            batch.quantity = widen(&batch.quantity);
        }
        self
    }
}

fn widen(column: &IntColumn) -> IntColumn {
    IntColumn::Wide((0..column.len()).map(|index| column.get(index)).collect())
}

fn batch(rows: &[TestRow]) -> RowBatch {
    RowBatch {
        venue_at: rows.iter().map(|row| row.venue_at).collect(),
        local_at: rows.iter().map(|row| row.local_at).collect(),
        price: IntColumn::Narrow(rows.iter().map(|row| i32::try_from(row.price).expect("narrow")).collect()),
        quantity: IntColumn::Narrow(rows.iter().map(|row| i32::try_from(row.quantity).expect("narrow")).collect()),
        flags: rows.iter().map(|row| row.flags).collect(),
        delivery: None,
    }
}

pub fn header(rows: &[TestRow], kind: TapeKind) -> TapeHeader {
    TapeHeader {
        kind,
        instrument: instrument(),
        period: None,
        rows: rows.len() as u64,
        first_at: Timestamp::from_nanos(rows.first().map_or(0, |row| row.venue_at)),
        last_at: Timestamp::from_nanos(rows.last().map_or(0, |row| row.venue_at)),
        reordered: false,
        starts_with_snapshot: true,
        format: "test".to_owned(),
        importer_version: 1,
        sources: Vec::new(),
        clock: None,
        findings: Vec::new(),
        content_hash: String::new(),
    }
}

impl BatchSource for MemoryMarket {
    fn header(&self) -> &TapeHeader {
        &self.header
    }

    fn batch(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        Ok(self.batches.get(index).cloned().map(Batch::Rows))
    }
}

/// A small generator for tests: enough to shake a market, nothing to believe.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, bound: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % bound as u64) as i64
    }
}

/// A seeded random market of `messages` messages around 600,000 ticks: levels come and go, trades print at the touch and
/// now and then through it, and stamps tie.
pub fn random_market(seed: u64, messages: usize) -> Vec<TestRow> {
    let mut dice = Dice::new(seed);
    let mut rows = Vec::new();
    let mut mid = 600_000;
    let mut at = 1_700_000_000_000_000_000;
    let mut heard = at;
    snapshot(&mut rows, at, mid, &mut dice);
    for _ in 0..messages {
        at += [0, 1_000, 300_000, 4_000_000, 90_000_000][dice.below(5) as usize];
        heard = heard.max(at + 1_000_000 + dice.below(3_000_000));
        if dice.below(4) == 0 {
            trades(&mut rows, at, heard, mid, &mut dice);
        } else {
            mid += dice.below(3) - 1;
            levels(&mut rows, at, heard, mid, &mut dice);
        }
    }
    rows
}

fn snapshot(rows: &mut Vec<TestRow>, at: i64, mid: i64, dice: &mut Dice) {
    for distance in 1..=20 {
        for side in Side::BOTH {
            let price = mid - side.sign() * distance;
            rows.push(TestRow::depth(at, at + 1_000_000, side, price, 1 + dice.below(50)).more());
        }
    }
    finish(rows);
}

fn trades(rows: &mut Vec<TestRow>, at: i64, heard: i64, mid: i64, dice: &mut Dice) {
    let aggressor = if dice.below(2) == 0 { Side::Buy } else { Side::Sell };
    let depth = if dice.below(10) == 0 { dice.below(6) } else { 0 };
    for step in 0..=depth {
        let price = mid + aggressor.sign() * (1 + step);
        rows.push(TestRow::trade(at, heard, aggressor, price, 1 + dice.below(9)));
    }
}

fn levels(rows: &mut Vec<TestRow>, at: i64, heard: i64, mid: i64, dice: &mut Dice) {
    // Removals first: whatever stands at or beyond the new mid goes before anything new comes.
    for side in Side::BOTH {
        for beyond in 0..4 {
            rows.push(TestRow::depth(at, heard, side, mid + side.sign() * beyond, 0).more());
        }
        for _ in 0..dice.below(4) {
            let price = mid - side.sign() * (1 + dice.below(12));
            rows.push(TestRow::depth(at, heard, side, price, dice.below(40)).more());
        }
        rows.push(TestRow::depth(at, heard, side, mid - side.sign(), 1 + dice.below(40)).more());
    }
    finish(rows);
}

fn finish(rows: &mut [TestRow]) {
    if let Some(last) = rows.last_mut() {
        last.flags |= row::LAST;
    }
}
