//! A tape as the peer's records: the same rows, in both of the peer's orders.

use hftbacktest::types::{
    BUY_EVENT, DEPTH_CLEAR_EVENT, DEPTH_EVENT, DEPTH_SNAPSHOT_EVENT, EXCH_EVENT, Event, LOCAL_EVENT, SELL_EVENT,
    TRADE_EVENT,
};
use seatrial::model::{Instrument, Side, row};
use seatrial::tape::{BATCH_ROWS, Batch, BatchSource, RowBatch};

/// Rows of a tape and what the peer needs beside them.
pub struct Feed {
    pub events: Vec<Event>,
    pub instrument: Instrument,
    pub rows: u64,
    /// Lowest and highest price of any row, in ticks.
    pub ticks: (i64, i64),
}

pub fn load(source: &mut dyn BatchSource, rows_max: u64) -> Feed {
    let header = source.header().clone();
    let (tick, step) = (unit(header.instrument.tick_size), unit(header.instrument.step_size));
    let mut batches: Vec<RowBatch> = Vec::new();
    let mut rows = 0;
    while let Some(Batch::Rows(batch)) = source.batch(batches.len()).expect("a readable market") {
        rows += batch.len() as u64;
        batches.push(batch);
        if rows >= rows_max {
            break;
        }
    }
    let rows = rows.min(rows_max);
    let at = |row: u64| event(&batches[row as usize / BATCH_ROWS], row as usize % BATCH_ROWS, tick, step);
    let ticks = (0..rows).map(|row| batches[row as usize / BATCH_ROWS].price.get(row as usize % BATCH_ROWS));
    let range = ticks.fold((i64::MAX, i64::MIN), |(low, high), tick| (low.min(tick), high.max(tick)));
    let events = if header.reordered { reordered(&batches, rows, at) } else { in_order(rows, at) };
    Feed { events, instrument: header.instrument, rows, ticks: range }
}

fn in_order(rows: u64, at: impl Fn(u64) -> Event) -> Vec<Event> {
    (0..rows).map(at).map(|event| Event { ev: event.ev | EXCH_EVENT | LOCAL_EVENT, ..event }).collect()
}

/// Venue order for the exchange side and order of arrival for the local side, merged by time as the peer's converter does.
fn reordered(batches: &[RowBatch], rows: u64, at: impl Fn(u64) -> Event) -> Vec<Event> {
    let local = |k: u64| {
        let batch = &batches[k as usize / BATCH_ROWS];
        let offset = batch.delivery.as_ref().map_or(0, |delivery| i64::from(delivery[k as usize % BATCH_ROWS]));
        at((k as i64 + offset) as u64)
    };
    let mut events = Vec::with_capacity(2 * rows as usize);
    let (mut venue_next, mut local_next) = (0, 0);
    while venue_next < rows || local_next < rows {
        let venue_first =
            venue_next < rows && (local_next >= rows || at(venue_next).exch_ts <= local(local_next).local_ts);
        if venue_first {
            let event = at(venue_next);
            events.push(Event { ev: event.ev | EXCH_EVENT, ..event });
            venue_next += 1;
        } else {
            let event = local(local_next);
            events.push(Event { ev: event.ev | LOCAL_EVENT, ..event });
            local_next += 1;
        }
    }
    events
}

fn event(batch: &RowBatch, offset: usize, tick: f64, step: f64) -> Event {
    let flags = batch.flags[offset];
    let kind = match flags & row::KIND {
        row::DEPTH if flags & row::SNAPSHOT != 0 => DEPTH_SNAPSHOT_EVENT,
        row::DEPTH => DEPTH_EVENT,
        row::TRADE => TRADE_EVENT,
        _ => DEPTH_CLEAR_EVENT,
    };
    let side = if row::side(flags) == Side::Buy { BUY_EVENT } else { SELL_EVENT };
    let price = if kind == DEPTH_CLEAR_EVENT { f64::NAN } else { batch.price.get(offset) as f64 * tick };
    Event {
        ev: kind | side,
        exch_ts: batch.venue_at[offset],
        local_ts: batch.local_at[offset],
        px: price,
        qty: batch.quantity.get(offset) as f64 * step,
        order_id: 0,
        ival: 0,
        fval: 0.0,
    }
}

/// A tick or step as the peer takes it.
pub fn unit(fixed: seatrial::units::Fixed) -> f64 {
    fixed.to_string().parse().expect("a decimal")
}
