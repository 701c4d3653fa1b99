use crate::model::{Instrument, RowKind, Side, row};
use crate::tape::{BATCH_ROWS, Batch, BatchSource, IntColumn, RowBatch, TapeError, TapeHeader, TapeKind};
use crate::units::{Price, Quantity, Timestamp};

/// One market message of a stage: from then on these are the best prices, and whoever listens knows at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// When, on both clocks.
    pub at: Timestamp,
    /// Best bid.
    pub bid: Price,
    /// Best ask.
    pub ask: Price,
}

impl Moment {
    /// A message at `at` that shows `ask`, and a bid one tick below.
    pub(super) const fn new(at: Timestamp, ask: Price) -> Self {
        Self { at, bid: ask.offset(-1), ask }
    }
}

/// A market of messages that somebody wrote down: one level a side, deep enough for every order of the script, and silence
/// between the messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// The messages, in order of time; the first is where the run starts.
    pub moments: Vec<Moment>,
    /// Quantity shown at each side.
    pub depth: Quantity,
}

impl Stage {
    /// The stage as a market of `instrument`.
    pub(super) fn market(&self, instrument: &Instrument) -> StagedMarket {
        let mut rows = Rows::default();
        let mut shown: Option<Moment> = None;
        for moment in &self.moments {
            rows.message(shown, moment, self.depth);
            shown = Some(*moment);
        }
        StagedMarket { header: header(instrument, &rows), batches: rows.batches() }
    }
}

/// A stage as the engine reads it.
pub(super) struct StagedMarket {
    header: TapeHeader,
    batches: Vec<RowBatch>,
}

impl BatchSource for StagedMarket {
    fn header(&self) -> &TapeHeader {
        &self.header
    }

    fn batch(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        Ok(self.batches.get(index).cloned().map(Batch::Rows))
    }
}

/// Columns of rows.
#[derive(Default)]
struct Rows {
    at: Vec<i64>,
    price: Vec<i64>,
    quantity: Vec<i64>,
    flags: Vec<u32>,
}

impl Rows {
    /// One message: levels that moved go before new ones come; where nothing moved the best bid is said again.
    fn message(&mut self, before: Option<Moment>, now: &Moment, depth: Quantity) {
        let pairs = before.map(|before| [(Side::Buy, before.bid, now.bid), (Side::Sell, before.ask, now.ask)]);
        for (side, old, new) in pairs.into_iter().flatten() {
            if old != new {
                self.push(now.at, side, old, Quantity::ZERO);
            }
        }
        for (side, price) in [(Side::Sell, now.ask), (Side::Buy, now.bid)] {
            self.push(now.at, side, price, depth);
        }
        if let Some(last) = self.flags.last_mut() {
            *last |= row::LAST;
        }
    }

    fn push(&mut self, at: Timestamp, side: Side, price: Price, quantity: Quantity) {
        self.at.push(at.nanos());
        self.price.push(price.ticks());
        self.quantity.push(quantity.steps());
        self.flags.push(row::pack(RowKind::Depth, side));
    }

    fn batches(&self) -> Vec<RowBatch> {
        let starts = (0..self.at.len()).step_by(BATCH_ROWS);
        starts.map(|start| self.batch(start..self.at.len().min(start + BATCH_ROWS))).collect()
    }

    fn batch(&self, rows: std::ops::Range<usize>) -> RowBatch {
        let stamps = self.at[rows.clone()].to_vec();
        RowBatch {
            venue_at: stamps.clone().into(),
            local_at: stamps.into(),
            price: IntColumn::Wide(self.price[rows.clone()].to_vec().into()),
            quantity: IntColumn::Wide(self.quantity[rows.clone()].to_vec().into()),
            flags: self.flags[rows].to_vec().into(),
            delivery: None,
        }
    }
}

fn header(instrument: &Instrument, rows: &Rows) -> TapeHeader {
    let stamp = |at: Option<&i64>| Timestamp::from_nanos(at.copied().unwrap_or_default());
    TapeHeader {
        kind: TapeKind::L2,
        instrument: instrument.clone(),
        period: None,
        rows: rows.at.len() as u64,
        first_at: stamp(rows.at.first()),
        last_at: stamp(rows.at.last()),
        reordered: false,
        starts_with_snapshot: true,
        format: "drill".to_owned(),
        importer_version: 1,
        sources: Vec::new(),
        clock: None,
        findings: Vec::new(),
        content_hash: String::new(),
    }
}
