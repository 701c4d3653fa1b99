//! A plain market for measuring: a depth message of about fifteen level changes every 25 ms, an eighth of all rows trades,
//! about 700 rows a second, feed latency 1.1 to 5 ms, one tick of spread. Level changes come as venues send them, many to a
//! message; [`seatrial::synth::SimpleMarket`] has two or three rows to a message and is the harsher of the two.

use crate::workload::{MAKER_PPB, TAKER_PPB};
use seatrial::model::{ContractKind, FeeSchedule, Filters, Instrument, RowKind, Side, row};
use seatrial::rng::{Rng, Streams};
use seatrial::tape::{Provenance, TapeHeader, TapeKind, TapeRow, TapeSpec, TapeWriter};
use seatrial::units::{Fixed, MILLISECOND, Price, Quantity, Rate, Rounding, Span, Timestamp};
use std::collections::BTreeMap;
use std::path::Path;

/// Distance of depth messages.
const MESSAGE: Span = Span::from_nanos(25 * MILLISECOND.nanos());
/// Level changes of a message, the moves of the best prices apart.
const CHANGES: u64 = 14;
/// Levels of the first message, each side.
const LEVELS: i64 = 200;
/// 2026-01-01 00:00 UTC.
const START: Timestamp = Timestamp::from_nanos(1_767_225_600_000_000_000);

/// Writes at least `rows` rows of the market of `seed` to `path`.
pub fn write(path: &Path, rows: u64, seed: u64) -> TapeHeader {
    let spec = TapeSpec {
        kind: TapeKind::L2,
        instrument: instrument(),
        period: None,
        format: "bench-dense".to_owned(),
        importer_version: 1,
    };
    let mut market = Dense {
        writer: TapeWriter::create(path, spec).expect("a writable folder"),
        rng: Streams::new(seed).stream("dense"),
        levels: [BTreeMap::new(), BTreeMap::new()],
        bid: 600_000,
        local_at: START,
        message: Vec::new(),
    };
    market.snapshot();
    let mut at = START;
    while market.writer.rows() < rows {
        market.trades(at);
        at = at.plus(MESSAGE);
        market.depth(at);
    }
    market.writer.finish(Provenance::default()).expect("a tape")
}

/// A linear contract with the workload's fees: tick 0.1, step 0.001.
pub fn instrument() -> Instrument {
    Instrument {
        symbol: "DENSE".to_owned(),
        venue: "bench".to_owned(),
        kind: ContractKind::Linear,
        base: "BTC".to_owned(),
        quote: "USDT".to_owned(),
        tick_size: Fixed::new(1, 1),
        step_size: Fixed::new(1, 3),
        multiplier: Fixed::new(1, 0),
        fees: FeeSchedule {
            maker: Rate::from_ppb(MAKER_PPB),
            taker: Rate::from_ppb(TAKER_PPB),
            rounding: Rounding::HalfEven,
            decimals: 18,
        },
        filters: Filters::lot_only(Quantity::new(1)),
        inferred: Vec::new(),
    }
}

struct Dense {
    writer: TapeWriter,
    rng: Rng,
    /// Quantity by tick.
    levels: [BTreeMap<i64, i64>; 2],
    /// Best bid; the best ask is one tick above.
    bid: i64,
    local_at: Timestamp,
    message: Vec<(RowKind, Side, i64, i64)>,
}

impl Dense {
    fn snapshot(&mut self) {
        for behind in 0..LEVELS {
            self.level(Side::Buy, self.bid - behind);
            self.level(Side::Sell, self.bid + 1 + behind);
        }
        self.send(START);
    }

    /// Gives a level a new quantity.
    fn level(&mut self, side: Side, tick: i64) {
        let quantity = self.rng.range(1..=5_000);
        self.set(side, tick, quantity);
    }

    fn set(&mut self, side: Side, tick: i64, quantity: i64) {
        let levels = &mut self.levels[side.index()];
        let known = if quantity == 0 { levels.remove(&tick) } else { levels.insert(tick, quantity) };
        if quantity != 0 || known.is_some() {
            self.message.push((RowKind::Depth, side, tick, quantity));
        }
    }

    /// One depth message: the best prices may move, the removals first, and levels near them change.
    fn depth(&mut self, at: Timestamp) {
        if self.rng.ratio(30, 100) {
            let ticks = self.rng.range(1..=4);
            let up = self.rng.ratio(1, 2);
            self.shift(if up { Side::Buy } else { Side::Sell }, ticks);
        }
        for _ in 0..CHANGES {
            let side = if self.rng.ratio(1, 2) { Side::Buy } else { Side::Sell };
            let behind = self.rng.exponential(10) as i64;
            let tick = if side == Side::Buy { self.bid - behind } else { self.bid + 1 + behind };
            if behind > 0 && self.rng.ratio(3, 10) {
                self.set(side, tick, 0);
            } else {
                self.level(side, tick);
            }
        }
        self.send(at);
    }

    /// `side` gains so many ticks from the other side.
    fn shift(&mut self, side: Side, ticks: i64) {
        let sign = side.sign();
        let taken: Vec<i64> = (1..=ticks).map(|tick| self.best(side) + sign * tick).collect();
        for tick in &taken {
            self.set(side.opposite(), *tick, 0);
        }
        for tick in &taken {
            self.level(side, *tick);
        }
        self.bid += sign * ticks;
        let opposite = self.best(side.opposite());
        if !self.levels[side.opposite().index()].contains_key(&opposite) {
            self.level(side.opposite(), opposite);
        }
    }

    fn best(&self, side: Side) -> i64 {
        if side == Side::Buy { self.bid } else { self.bid + 1 }
    }

    /// The trades between two depth messages, each a message of its own.
    fn trades(&mut self, at: Timestamp) {
        let count = self.rng.range(0..=4);
        for number in 0..count {
            let aggressor = if self.rng.ratio(1, 2) { Side::Buy } else { Side::Sell };
            let through = i64::from(self.rng.ratio(1, 20)) * self.rng.range(1..=3);
            let tick = self.best(aggressor.opposite()) + aggressor.sign() * through;
            let quantity = self.rng.exponential(300) as i64 + 1;
            self.message.push((RowKind::Trade, aggressor, tick, quantity));
            self.send(at.plus(MILLISECOND.times(2 + number * 4)));
        }
    }

    fn send(&mut self, venue_at: Timestamp) {
        let latency = Span::from_nanos(1_100_000 + (self.rng.exponential(400_000) as i64).min(3_900_000));
        self.local_at = self.local_at.max(venue_at.plus(latency));
        let last = self.message.len().saturating_sub(1);
        for (index, (kind, side, tick, quantity)) in self.message.drain(..).enumerate() {
            let end = if index == last { row::LAST } else { 0 };
            let flags = row::pack(kind, side) | end;
            let (price, quantity) = (Price::new(tick), Quantity::new(quantity));
            let row = TapeRow { venue_at, local_at: self.local_at, price, quantity, flags };
            self.writer.push(row).expect("a row in order");
        }
    }
}
