//! The one pass over a tape.

use super::cells::{Cells, Sums};
use super::days::Days;
use super::figure::Figure;
use super::minutes::{HOLE_NS, Minutes, minute_of};
use super::orders::Orders;
use super::quotes::Quotes;
use super::seconds::Seconds;
use super::soundness::{Precondition, Soundness, touch};
use super::statistics::Moments;
use crate::book::Ladder;
use crate::model::{Bar, Level, Side, row};
use crate::tape::{BarBatch, Batch, BatchSource, RowBatch, TapeError, TapeHeader, TapeKind};
use crate::units::{MINUTE, Price, Quantity, Span};

/// What one pass over a tape left behind.
#[derive(Debug, Clone)]
pub struct Observation {
    /// What the tape is.
    pub header: TapeHeader,
    /// Book sanity, quantities, order of time.
    pub preconditions: Vec<Precondition>,
    pub(super) seconds: Seconds,
    pub(super) cells: Cells,
    pub(super) sums: Sums,
    pub(super) trend: Figure,
    pub(super) days: Days,
    pub(super) orders: Orders,
    pub(super) quotes: Quotes,
    /// Time between messages of different instants, in seconds.
    pub(super) waits: Moments,
}

impl Observation {
    /// The same with the days of another tape, which has the years that daily rows take; what it breaks is broken here too.
    #[must_use]
    pub fn with_days_of(mut self, other: Self) -> Self {
        self.days = other.days;
        self.preconditions.extend(other.preconditions);
        self
    }
}

/// Returns of one minute that the variance ratio needs: a day.
const TREND_LEAST: u64 = 1_440;

/// Reads a tape from its first row to its last.
///
/// # Errors
/// [`TapeError`] when the tape cannot be read.
pub fn observe(source: &mut dyn BatchSource) -> Result<Observation, TapeError> {
    let mut pass = Pass::new(source.header());
    for index in 0.. {
        match source.batch(index)? {
            None => break,
            Some(Batch::Rows(batch)) => pass.rows(&batch),
            Some(Batch::Bars(batch)) => pass.bars(&batch),
        }
    }
    Ok(pass.end(source.header()))
}

struct Pass {
    kind: TapeKind,
    period: Span,
    book: Ladder,
    touch: Option<[Level; 2]>,
    /// Twice the price: the mid's, or the last trade's where there is no book.
    price_x2: Option<i64>,
    log_price: Option<f64>,
    last_at: Option<i64>,
    message_at: Option<i64>,
    last_open: Option<i64>,
    soundness: Soundness,
    minutes: Minutes,
    seconds: Seconds,
    orders: Orders,
    quotes: Quotes,
    waits: Moments,
}

impl Pass {
    fn new(header: &TapeHeader) -> Self {
        Self {
            kind: header.kind,
            period: header.period.unwrap_or_default(),
            book: Ladder::new(),
            touch: None,
            price_x2: None,
            log_price: None,
            last_at: None,
            message_at: None,
            last_open: None,
            soundness: Soundness::default(),
            minutes: Minutes::default(),
            seconds: Seconds::default(),
            orders: Orders::default(),
            quotes: Quotes::default(),
            waits: Moments::default(),
        }
    }

    fn rows(&mut self, batch: &RowBatch) {
        for index in 0..batch.len() {
            let at = batch.venue_at[index];
            self.soundness.row(at);
            self.pass_time(at);
            let flags = batch.flags[index];
            self.row(flags, at, batch.price.get(index), batch.quantity.get(index));
            if flags & row::LAST != 0 {
                self.message_end(at);
            }
        }
    }

    /// Books what stood until now. A row that goes back in time is counted elsewhere and moves no clock.
    fn pass_time(&mut self, at: i64) {
        let from = self.last_at.unwrap_or(at);
        if from < at {
            self.minutes.pass(from, at, self.log_price);
            self.seconds.pass(from, at, self.log_price);
            if let Some(touch) = self.touch {
                self.quotes.stood(&self.book, touch, from, at);
            }
        }
        self.last_at = Some(from.max(at));
    }

    fn row(&mut self, flags: u32, at: i64, price: i64, quantity: i64) {
        let side = row::side(flags);
        match flags & row::KIND {
            row::TRADE => self.trade(at, side, price, quantity),
            row::CLEAR => self.book.clear(side),
            _ => {
                let price = Price::new(price);
                self.soundness.level(&self.book, side, price, quantity);
                self.book.set(side, price, Quantity::new(quantity.max(0)));
            }
        }
    }

    fn trade(&mut self, at: i64, side: Side, price: i64, quantity: i64) {
        self.soundness.trade(quantity);
        self.minutes.trade(quantity.max(0) as f64);
        let mid_x2 = self.touch.and(self.price_x2);
        self.orders.trade(at, side, price, mid_x2);
        if self.kind == TapeKind::Trades {
            self.set_price(Some(price.saturating_mul(2)));
        }
    }

    fn message_end(&mut self, at: i64) {
        self.note_wait(at);
        if self.kind != TapeKind::L2 {
            return;
        }
        self.soundness.message_end(&self.book);
        if self.book.take_touched() {
            self.touch = touch(&self.book);
            self.set_mid();
        }
        if let Some(touch) = self.touch {
            self.quotes.state(touch);
        }
    }

    fn note_wait(&mut self, at: i64) {
        if let Some(last) = self.message_at
            && last < at
            && at - last <= HOLE_NS
        {
            self.waits.add((at - last) as f64 / 1e9);
        }
        self.message_at = Some(at);
    }

    fn set_mid(&mut self) {
        let mid_x2 = self.touch.map(|[bid, ask]| bid.price.ticks() + ask.price.ticks());
        match (self.price_x2, mid_x2) {
            (Some(before), Some(now)) if before != now => self.quotes.moved(before < now),
            (_, None) => self.quotes.lost(),
            _ => {}
        }
        self.set_price(mid_x2);
    }

    fn set_price(&mut self, price_x2: Option<i64>) {
        if self.price_x2 != price_x2 {
            self.price_x2 = price_x2;
            self.log_price = price_x2.filter(|price| 0 < *price).map(|price| libm::log(price as f64 / 2.0));
        }
    }

    fn bars(&mut self, batch: &BarBatch) {
        for index in 0..batch.len() {
            let bar = batch.bar(index, self.period);
            self.soundness.bar(&bar, self.last_open);
            self.last_open = Some(bar.open_at.nanos());
            self.bar(&bar);
        }
    }

    /// A bar ends a minute when its end is one.
    fn bar(&mut self, bar: &Bar) {
        let end = bar.open_at.nanos().saturating_add(bar.period.nanos());
        let close = bar.close.ticks();
        self.minutes.trade(bar.volume.steps().max(0) as f64);
        if end.rem_euclid(MINUTE.nanos()) == 0 {
            self.minutes.close(minute_of(end) - 1, (0 < close).then(|| libm::log(close as f64)));
        }
    }

    fn end(mut self, header: &TapeHeader) -> Observation {
        self.orders.finish();
        let cells = Cells::new(&self.minutes);
        Observation {
            header: header.clone(),
            preconditions: match self.kind {
                TapeKind::Bars => self.soundness.of_bars(),
                TapeKind::L2 | TapeKind::Trades => self.soundness.of_rows(),
            },
            sums: cells.whole(),
            trend: super::variance_ratio::variance_ratio(&self.minutes.closes, super::cells::TREND, TREND_LEAST),
            days: Days::new(&self.minutes),
            cells,
            seconds: self.seconds,
            orders: self.orders,
            quotes: self.quotes,
            waits: self.waits,
        }
    }
}
