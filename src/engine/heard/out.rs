use crate::bot::feed::Update;
use crate::model::{RowKind, Side, Trade, row};
use crate::tape::{BATCH_ROWS, IntColumn, RowBatch};
use crate::units::{Price, Quantity, Timestamp};

/// Rows that the bots are shown, on their way into batches.
#[derive(Debug, Default)]
pub(super) struct Out {
    venue_at: Vec<i64>,
    local_at: Vec<i64>,
    price: Vec<i64>,
    quantity: Vec<i64>,
    flags: Vec<u32>,
    /// Rows of the message that has not ended.
    open: usize,
}

impl Out {
    fn row(&mut self, flags: u32, price: Price, quantity: Quantity) {
        self.price.push(price.ticks());
        self.quantity.push(quantity.steps());
        self.flags.push(flags);
        self.open += 1;
    }

    pub fn clear(&mut self) {
        for side in Side::BOTH {
            self.row(row::pack(RowKind::Clear, side), Price::new(0), Quantity::ZERO);
        }
    }

    pub fn set(&mut self, update: Update) {
        self.row(row::pack(RowKind::Depth, update.side), update.price, update.quantity);
    }

    pub fn trade(&mut self, trade: &Trade) {
        self.row(row::pack(RowKind::Trade, trade.aggressor), trade.price, trade.quantity);
    }

    /// Ends the message: it is shown at `now`.
    pub fn end(&mut self, venue_at: Timestamp, now: Timestamp, is_sound: bool) {
        let from = self.flags.len() - self.open;
        if let Some(last) = self.flags[from..].last_mut() {
            *last |= row::LAST;
        }
        if !is_sound {
            self.flags[from..].iter_mut().for_each(|flags| *flags |= row::UNSYNCHRONISED);
        }
        let to = self.flags.len();
        self.venue_at.resize(to, venue_at.min(now).nanos());
        self.local_at.resize(to, now.nanos());
        self.open = 0;
    }

    /// A full batch lies ready.
    pub fn is_full(&self) -> bool {
        BATCH_ROWS <= self.local_at.len()
    }

    /// The first full batch, or what there is of it; `None` where there is nothing.
    pub fn take(&mut self) -> Option<RowBatch> {
        let count = self.local_at.len().min(BATCH_ROWS);
        (0 < count).then(|| RowBatch {
            venue_at: first(&mut self.venue_at, count).into(),
            local_at: first(&mut self.local_at, count).into(),
            price: IntColumn::Wide(first(&mut self.price, count).into()),
            quantity: IntColumn::Wide(first(&mut self.quantity, count).into()),
            flags: first(&mut self.flags, count).into(),
            delivery: None,
        })
    }
}

fn first<T>(column: &mut Vec<T>, count: usize) -> Vec<T> {
    let rest = column.split_off(count);
    std::mem::replace(column, rest)
}
