//! The one pass over a tape.

use super::flow::Flow;
use super::histogram::Histogram;
use super::sizes::LocalVariance;
use crate::book::Ladder;
use crate::model::row;
use crate::score::{HOLE_NS, Minutes, minute_of};
use crate::synth::FlowModel;
use crate::tape::{BarBatch, Batch, BatchSource, RowBatch, TapeError, TapeHeader, TapeKind};
use crate::units::{MINUTE, Price, Quantity, Span};

/// What one pass over a tape left behind.
#[derive(Debug, Clone)]
pub(super) struct Observed {
    pub header: TapeHeader,
    /// Logarithms of the price at the end of every minute.
    pub minutes: Minutes,
    /// Twice the first price, in ticks, and how far it is known.
    pub first: Option<(i64, i64)>,
    /// Nanoseconds that the tape covers, holes left out.
    pub covered: i64,
    pub flow: Flow,
    /// Microseconds from venue to bot, of messages that waited for no other.
    pub latency: Histogram,
}

/// Reads a tape from its first row to its last. Of `preset` is used what scales what is seen.
pub(super) fn pass(source: &mut dyn BatchSource, preset: &FlowModel) -> Result<Observed, TapeError> {
    let mut pass = Pass::new(source.header(), preset);
    for index in 0.. {
        match source.batch(index)? {
            None => break,
            Some(Batch::Rows(batch)) => pass.rows(&batch),
            Some(Batch::Bars(batch)) => pass.bars(&batch),
        }
    }
    Ok(pass.seen)
}

struct Pass {
    kind: TapeKind,
    period: Span,
    book: Ladder,
    log_price: Option<f64>,
    price_x2: Option<i64>,
    last_at: Option<i64>,
    message_at: Option<i64>,
    /// When the last message had been heard of.
    heard_at: Option<i64>,
    local: LocalVariance,
    seen: Observed,
}

impl Pass {
    fn new(header: &TapeHeader, preset: &FlowModel) -> Self {
        Self {
            kind: header.kind,
            period: header.period.unwrap_or_default(),
            book: Ladder::new(),
            log_price: None,
            price_x2: None,
            last_at: None,
            message_at: None,
            heard_at: None,
            local: LocalVariance::default(),
            seen: Observed {
                header: header.clone(),
                minutes: Minutes::default(),
                first: None,
                covered: 0,
                flow: Flow::new(&preset.book),
                latency: Histogram::default(),
            },
        }
    }

    fn rows(&mut self, batch: &RowBatch) {
        for index in 0..batch.len() {
            let (at, flags) = (batch.venue_at[index], batch.flags[index]);
            if self.message_at != Some(at) || self.seen.flow.is_between_messages() {
                self.message_begins(at, batch.local_at[index]);
            }
            let (price, quantity) = (batch.price.get(index), batch.quantity.get(index));
            self.row(flags, price, quantity);
            if flags & row::LAST != 0 {
                self.message_ends();
            }
        }
    }

    fn message_begins(&mut self, at: i64, local_at: i64) {
        // One that had to wait for others says how long they took.
        if self.heard_at.is_some_and(|heard| heard < at) && at <= local_at {
            self.seen.latency.add(((local_at - at) / 1_000).unsigned_abs());
        }
        self.heard_at = Some(self.heard_at.map_or(local_at, |heard| heard.max(local_at)));
        self.message_at = Some(at);
        let from = self.last_at.unwrap_or(at);
        if from < at {
            self.seen.minutes.pass(from, at, self.log_price);
            self.local.pass(from, at, self.log_price);
            self.seen.covered += if at - from <= HOLE_NS { at - from } else { 0 };
        }
        self.last_at = Some(from.max(at));
        let burst = minute_of(at).rem_euclid(5) == 0;
        self.seen.flow.message_begins(&self.book, self.local.bin().filter(|_| !burst));
    }

    fn row(&mut self, flags: u32, price: i64, quantity: i64) {
        let side = row::side(flags);
        match flags & row::KIND {
            row::TRADE => {
                self.seen.flow.trade(side, quantity);
                if self.kind == TapeKind::Trades {
                    self.set_price(price.saturating_mul(2), 2);
                }
            }
            row::CLEAR => self.book.clear(side),
            _ => {
                let quantity = Quantity::new(quantity.max(0));
                let before = self.book.set(side, Price::new(price), quantity).previous();
                self.seen.flow.level(flags, side, price, before.steps(), quantity.steps());
            }
        }
    }

    fn message_ends(&mut self) {
        if self.kind == TapeKind::L2 && self.book.take_touched() {
            let best = self.book.best();
            match best.bid.zip(best.ask).filter(|(bid, ask)| bid.price < ask.price) {
                Some((bid, ask)) => {
                    let (bid, ask) = (bid.price.ticks(), ask.price.ticks());
                    self.set_price(bid + ask, ask - bid);
                }
                None => (self.price_x2, self.log_price) = (None, None),
            }
        }
        self.seen.flow.message_ends();
    }

    /// The price is known to half of `reach`, both in half ticks.
    fn set_price(&mut self, price_x2: i64, reach: i64) {
        if self.price_x2 != Some(price_x2) && 0 < price_x2 {
            self.price_x2 = Some(price_x2);
            self.log_price = Some(libm::log(price_x2 as f64 / 2.0));
            self.seen.first.get_or_insert((price_x2, reach));
        }
    }

    /// A bar ends a minute when its end is one.
    fn bars(&mut self, batch: &BarBatch) {
        for index in 0..batch.len() {
            let bar = batch.bar(index, self.period);
            let end = bar.open_at.nanos().saturating_add(bar.period.nanos());
            let close = bar.close.ticks();
            self.seen.first.get_or_insert((bar.open.ticks().saturating_mul(2), 2));
            self.seen.covered += self.period.nanos();
            self.seen.minutes.trade(bar.volume.steps().max(0) as f64);
            if end.rem_euclid(MINUTE.nanos()) == 0 {
                self.seen.minutes.close(minute_of(end) - 1, (0 < close).then(|| libm::log(close as f64)));
            }
        }
    }
}
