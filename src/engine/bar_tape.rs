use super::error::EngineError;
use crate::model::Bar;
use crate::tape::{BarBatch, Batch, BatchSource};
use crate::units::{Span, Timestamp};

/// A tape of bars, read bar by bar beside others.
pub(super) struct BarTape<'s> {
    source: &'s mut dyn BatchSource,
    period: Span,
    batch: Option<BarBatch>,
    index: usize,
    offset: usize,
    rows: u64,
}

impl<'s> BarTape<'s> {
    pub(super) fn new(source: &'s mut dyn BatchSource, period: Span) -> Self {
        Self { source, period, batch: None, index: 0, offset: 0, rows: 0 }
    }

    /// Bars taken.
    pub(super) const fn rows(&self) -> u64 {
        self.rows
    }

    /// When the next bar opens; `None` at the end of the tape.
    pub(super) fn next_at(&mut self) -> Result<Option<Timestamp>, EngineError> {
        loop {
            if let Some(batch) = &self.batch
                && self.offset < batch.len()
            {
                return Ok(Some(Timestamp::from_nanos(batch.open_at[self.offset])));
            }
            let Some(Batch::Bars(batch)) = self.source.batch(self.index)? else { return Ok(None) };
            (self.batch, self.index, self.offset) = (Some(batch), self.index + 1, 0);
        }
    }

    /// The next bar, if it opens at this instant. To be called after [`next_at`](Self::next_at).
    pub(super) fn take_at(&mut self, open_at: Timestamp) -> Option<Bar> {
        let batch = self.batch.as_ref().filter(|batch| self.offset < batch.len())?;
        let bar = batch.bar(self.offset, self.period);
        if bar.open_at != open_at {
            return None;
        }
        self.offset += 1;
        self.rows += 1;
        Some(bar)
    }
}
