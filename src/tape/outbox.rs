use super::sink::{TapeSink, Values};
use super::spare::Spare;
use super::window::Arrived;
use super::{BATCH_ROWS, TapeError};
use crate::model::row;
use std::collections::VecDeque;

/// Rows in venue order on their way to the sink, cut into batches. A batch is written once the arrival order of its rows is
/// known too.
#[derive(Debug)]
pub(super) struct Outbox {
    sink: TapeSink,
    /// The batch being filled, and full ones that wait for their delivery.
    stage: Stage,
    full: VecDeque<Stage>,
    /// Element k belongs to the k-th row after those written; only where arrival order differs from venue order.
    delivery: Option<VecDeque<i32>>,
    /// Rows accepted.
    places: u64,
    /// Whether the first level change belongs to a snapshot; `None` before it.
    starts_with_snapshot: Option<bool>,
}

/// The columns of one batch.
#[derive(Debug)]
struct Stage {
    venue_at: Vec<i64>,
    local_at: Vec<i64>,
    price: Vec<i64>,
    quantity: Vec<i64>,
    flags: Vec<u32>,
}

impl Outbox {
    pub(super) fn new(mut sink: TapeSink) -> Self {
        let stage = Stage::new(sink.spare());
        Self { sink, stage, full: VecDeque::new(), delivery: None, places: 0, starts_with_snapshot: None }
    }

    /// From now on the column `delivery` is written; all rows until now arrived in their places.
    pub(super) fn expect_disorder(&mut self) -> Result<(), TapeError> {
        if self.delivery.is_none() {
            self.sink.add_delivery()?;
            self.delivery = Some(vec![0; self.stage.len()].into());
        }
        Ok(())
    }

    /// Takes the next rows in venue order.
    pub(super) fn accept(&mut self, mut rows: &[Arrived]) {
        self.note_snapshot(rows);
        self.note_delivery(rows);
        self.places += rows.len() as u64;
        while !rows.is_empty() {
            let (now, later) = rows.split_at(rows.len().min(BATCH_ROWS - self.stage.len()));
            self.stage.extend(now);
            rows = later;
            if self.stage.len() == BATCH_ROWS {
                self.full.push_back(std::mem::replace(&mut self.stage, Stage::new(self.sink.spare())));
            }
        }
    }

    /// Writes every full batch whose rows' arrivals are all known, which are those before `oldest_arrival`.
    pub(super) fn write_full(&mut self, oldest_arrival: u64) -> Result<(), TapeError> {
        while let Some(stage) = self.full.front() {
            if self.delivery.is_some() && oldest_arrival < self.sink.rows() + stage.len() as u64 {
                break;
            }
            self.write_first()?;
        }
        Ok(())
    }

    /// How many rows wait for a straggler.
    pub(super) fn waiting(&self) -> usize {
        self.full.len() * BATCH_ROWS
    }

    /// Writes what is left. Returns the sink, and whether the tape starts with a snapshot.
    pub(super) fn finish(mut self) -> Result<(TapeSink, bool), TapeError> {
        let rest = std::mem::replace(&mut self.stage, Stage::new(self.sink.spare()));
        if rest.len() > 0 {
            self.full.push_back(rest);
        }
        while !self.full.is_empty() {
            self.write_first()?;
        }
        Ok((self.sink, self.starts_with_snapshot.unwrap_or(false)))
    }

    fn write_first(&mut self) -> Result<(), TapeError> {
        let Some(stage) = self.full.pop_front() else { return Ok(()) };
        let rows = stage.len();
        let mut values = stage.values();
        if let Some(delivery) = &mut self.delivery {
            values.push(Values::Shifts(delivery.drain(..rows).collect()));
        }
        self.sink.write(values)
    }

    fn note_snapshot(&mut self, rows: &[Arrived]) {
        if self.starts_with_snapshot.is_none() {
            let first = rows.iter().find(|row| row.flags & row::KIND == row::DEPTH);
            self.starts_with_snapshot = first.map(|row| row.flags & row::SNAPSHOT != 0);
        }
    }

    fn note_delivery(&mut self, rows: &[Arrived]) {
        let Some(delivery) = &mut self.delivery else { return };
        let written = self.sink.rows();
        for (place, row) in (self.places..).zip(rows) {
            let arrival = row.arrival_near(place);
            let slot = (arrival - written) as usize;
            if delivery.len() <= slot {
                delivery.resize(slot + 1, 0);
            }
            delivery[slot] = place.wrapping_sub(arrival) as i32;
        }
    }
}

impl Stage {
    fn new(spare: &mut Spare) -> Self {
        let flags = spare.flags();
        let mut column = || spare.wide();
        Self { venue_at: column(), local_at: column(), price: column(), quantity: column(), flags }
    }

    fn len(&self) -> usize {
        self.venue_at.len()
    }

    fn extend(&mut self, rows: &[Arrived]) {
        self.venue_at.extend(rows.iter().map(|row| row.venue_at));
        self.local_at.extend(rows.iter().map(|row| row.local_at));
        self.price.extend(rows.iter().map(|row| row.price));
        self.quantity.extend(rows.iter().map(|row| row.quantity));
        self.flags.extend(rows.iter().map(|row| row.flags));
    }

    fn values(self) -> Vec<Values> {
        vec![
            Values::Stamps(self.venue_at),
            Values::Stamps(self.local_at),
            Values::Numbers(self.price),
            Values::Numbers(self.quantity),
            Values::Flags(self.flags),
        ]
    }
}
