use crate::model::Bar;
use crate::units::{Price, Quantity, Span, Timestamp};
use arrow_buffer::ScalarBuffer;

/// Rows in a full batch. A power of two, so that a row number splits into batch and offset by shift and mask.
pub const BATCH_ROWS: usize = 1 << 16;

/// An integer column, 32 or 64 bits wide; the width is one choice for the whole tape.
#[derive(Debug, Clone)]
pub enum IntColumn {
    /// 32 bits.
    Narrow(ScalarBuffer<i32>),
    /// 64 bits.
    Wide(ScalarBuffer<i64>),
}

impl IntColumn {
    /// Value of row `index`.
    ///
    /// # Panics
    /// When `index` is out of range.
    #[inline]
    #[must_use]
    pub fn get(&self, index: usize) -> i64 {
        match self {
            Self::Narrow(values) => i64::from(values[index]),
            Self::Wide(values) => values[index],
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Narrow(values) => values.len(),
            Self::Wide(values) => values.len(),
        }
    }

    /// True when there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Consecutive rows of an L2 or trades tape, in venue order. Buffers are shared, so a clone is cheap.
///
/// Every batch of a tape but the last holds exactly [`BATCH_ROWS`] rows.
#[derive(Debug, Clone)]
pub struct RowBatch {
    /// Venue clock, never decreasing within a tape.
    pub venue_at: ScalarBuffer<i64>,
    /// Local clock, at or after `venue_at`.
    pub local_at: ScalarBuffer<i64>,
    /// Price in ticks.
    pub price: IntColumn,
    /// Quantity in steps: of the level (absolute), or of the trade.
    pub quantity: IntColumn,
    /// See [`crate::model::row`].
    pub flags: ScalarBuffer<u32>,
    /// Only where arrival order differs from venue order: element k says that the k-th row to arrive is row
    /// `k + delivery[k]` of the tape.
    pub delivery: Option<ScalarBuffer<i32>>,
}

/// Consecutive bars of a bar tape.
#[derive(Debug, Clone)]
pub struct BarBatch {
    /// Start of the bar, strictly increasing within a tape. A missing bar is a hole, not a row.
    pub open_at: ScalarBuffer<i64>,
    /// First price in ticks.
    pub open: IntColumn,
    /// Highest price in ticks.
    pub high: IntColumn,
    /// Lowest price in ticks.
    pub low: IntColumn,
    /// Last price in ticks.
    pub close: IntColumn,
    /// Quantity traded in steps.
    pub volume: IntColumn,
}

impl RowBatch {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.venue_at.len()
    }

    /// True when there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl BarBatch {
    /// Number of bars.
    #[must_use]
    pub fn len(&self) -> usize {
        self.open_at.len()
    }

    /// True when there are no bars.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bar `index`; `period` is the tape's.
    ///
    /// # Panics
    /// When `index` is out of range.
    #[must_use]
    pub fn bar(&self, index: usize, period: Span) -> Bar {
        Bar {
            open_at: Timestamp::from_nanos(self.open_at[index]),
            period,
            open: Price::new(self.open.get(index)),
            high: Price::new(self.high.get(index)),
            low: Price::new(self.low.get(index)),
            close: Price::new(self.close.get(index)),
            volume: Quantity::new(self.volume.get(index)),
        }
    }
}

/// A batch of whatever the tape holds.
#[derive(Debug, Clone)]
pub enum Batch {
    /// Rows of an L2 or trades tape.
    Rows(RowBatch),
    /// Bars.
    Bars(BarBatch),
}
