use super::*;
use crate::model::{Side, row};
use crate::tape::{BATCH_ROWS, Batch, BatchSource, Provenance, RowBatch, TapeReader, TapeWriter};
use crate::units::{DAY, MINUTE, Price, Span};
use std::collections::BTreeMap;

const HOUR: Span = Span::from_nanos(60 * MINUTE.nanos());

fn config(duration: Span) -> SimpleMarketConfig {
    SimpleMarketConfig { duration, ..SimpleMarketConfig::default() }
}

fn batches(config: &SimpleMarketConfig, seed: u64) -> impl Iterator<Item = RowBatch> {
    let mut market = SimpleMarket::new(config, seed);
    (0..).map_while(move |index| match market.batch(index).unwrap() {
        Some(Batch::Rows(rows)) => Some(rows),
        None => None,
        other => panic!("{other:?}"),
    })
}

fn hash(config: &SimpleMarketConfig, seed: u64) -> String {
    let mut hasher = blake3::Hasher::new();
    for batch in batches(config, seed) {
        for index in 0..batch.len() {
            let numbers =
                [batch.venue_at[index], batch.local_at[index], batch.price.get(index), batch.quantity.get(index)];
            numbers.iter().for_each(|number| {
                hasher.update(&number.to_le_bytes());
            });
            hasher.update(&batch.flags[index].to_le_bytes());
        }
    }
    hasher.finalize().to_hex().to_string()
}

/// The plainest book there is, which refuses what a sane feed does not say.
#[derive(Default)]
pub(super) struct Book {
    pub(super) sides: [BTreeMap<i64, i64>; 2],
}

impl Book {
    pub(super) fn best(&self, side: Side) -> Option<i64> {
        match side {
            Side::Buy => self.sides[0].keys().next_back().copied(),
            Side::Sell => self.sides[1].keys().next().copied(),
        }
    }

    pub(super) fn apply(&mut self, flags: u32, price: i64, quantity: i64) {
        let side = row::side(flags);
        match (flags & row::KIND, quantity) {
            (row::DEPTH, 0) => {
                assert!(self.sides[side.index()].remove(&price).is_some(), "{side:?} {price} was not there");
            }
            (row::DEPTH, quantity) => {
                assert!(quantity > 0, "{side:?} {price} set to {quantity}");
                self.sides[side.index()].insert(price, quantity);
            }
            (row::TRADE, quantity) => assert!(quantity > 0, "trade of {quantity}"),
            other => panic!("row of kind {other:?}"),
        }
        if let (Some(bid), Some(ask)) = (self.best(Side::Buy), self.best(Side::Sell)) {
            assert!(bid < ask, "crossed: bid {bid}, ask {ask}");
        }
    }

    /// A first trade of a message is at the touch, and no trade takes more than is displayed.
    pub(super) fn check_trade(&self, flags: u32, price: i64, quantity: i64, first: bool) {
        let resting = row::side(flags).opposite();
        assert!(!first || self.best(resting) == Some(price), "trade at {price}, best is {:?}", self.best(resting));
        let there = self.sides[resting.index()].get(&price).copied().unwrap_or(0);
        assert!(quantity <= there, "trade of {quantity} at {price} where {there} rest");
    }
}

/// What one pass over a market found.
#[derive(Default)]
struct Seen {
    rows: u64,
    messages: u64,
    tight: u64,
    trades: u64,
    buys: u64,
    latency_max: i64,
    depth_min: usize,
    /// Mean displayed quantity at the touch and 50 to 100 ticks away, summed over messages.
    at_touch: i64,
    far: i64,
    /// Twice the mid at the end of every minute.
    mids: Vec<i64>,
}

/// Reads the whole market through the plain book, checking every row.
fn inspect(config: &SimpleMarketConfig, seed: u64) -> Seen {
    let (mut book, mut seen) = (Book::default(), Seen { depth_min: usize::MAX, ..Seen::default() });
    let (mut venue_at, mut local_at) = (config.start_at.nanos(), config.start_at.nanos());
    let mut fresh = true;
    for batch in batches(config, seed) {
        for index in 0..batch.len() {
            let (venue, local, flags) = (batch.venue_at[index], batch.local_at[index], batch.flags[index]);
            let (price, quantity) = (batch.price.get(index), batch.quantity.get(index));
            assert!(venue >= venue_at && local >= local_at, "time goes back at row {}", seen.rows);
            assert!(fresh || (venue, local) == (venue_at, local_at), "a message with two stamps");
            (venue_at, local_at) = (venue, local);
            assert!((1_000_000..=5_000_000).contains(&(local - venue)), "latency {}", local - venue);
            seen.latency_max = seen.latency_max.max(local - venue);
            if flags & row::KIND == row::TRADE {
                book.check_trade(flags, price, quantity, fresh);
                seen.trades += 1;
                seen.buys += u64::from(row::side(flags) == Side::Buy);
            }
            book.apply(flags, price, quantity);
            seen.rows += 1;
            fresh = flags & row::LAST != 0;
            if fresh {
                seen.end_message(&book, venue - config.start_at.nanos());
            }
        }
    }
    assert!(fresh, "the last message has no end");
    assert!(venue_at < config.start_at.plus(config.duration).nanos() + 1_000_000);
    seen
}

impl Seen {
    fn end_message(&mut self, book: &Book, elapsed: i64) {
        let (Some(bid), Some(ask)) = (book.best(Side::Buy), book.best(Side::Sell)) else { panic!("an empty side") };
        self.messages += 1;
        self.tight += u64::from(ask - bid == 1);
        self.depth_min = self.depth_min.min(book.sides[0].len()).min(book.sides[1].len());
        if self.messages.is_multiple_of(64) {
            let far: Vec<i64> = book.sides[1].range(ask + 50..ask + 100).map(|(_, quantity)| *quantity).collect();
            self.far += far.iter().sum::<i64>() / far.len() as i64;
            self.at_touch += book.sides[1][&ask];
        }
        while (self.mids.len() as i64) <= elapsed / MINUTE.nanos() {
            self.mids.push(bid + ask);
        }
    }
}

#[test]
fn two_hours_are_sane() {
    let seen = inspect(&config(HOUR.times(2)), 7);
    let per_second = |count: u64| count as f64 / 7_200.0;
    assert!((5.0..=12.0).contains(&per_second(seen.messages)), "{} messages a second", per_second(seen.messages));
    assert!((30.0..=80.0).contains(&per_second(seen.rows)), "{} rows a second", per_second(seen.rows));
    assert!((1.5..=6.0).contains(&per_second(seen.trades)), "{} trades a second", per_second(seen.trades));
    let buys = seen.buys as f64 / seen.trades as f64;
    assert!((0.42..=0.58).contains(&buys), "{buys} of all trades are buys");
    let tight = seen.tight as f64 / seen.messages as f64;
    assert!((0.7..=0.97).contains(&tight), "one tick of spread {tight} of the time");
    assert!(seen.depth_min >= 20, "only {} levels", seen.depth_min);
    assert!(seen.far > 3 * seen.at_touch, "{} far away, {} at the touch", seen.far, seen.at_touch);
    assert!(seen.latency_max > 3_000_000, "latency never above {}", seen.latency_max);
}

#[test]
fn odd_settings_are_sane_too() {
    let base = config(MINUTE.times(20));
    let cases = [
        SimpleMarketConfig { messages_per_second: 1, volatility_bps_per_day: 2_000, ..base.clone() },
        SimpleMarketConfig { messages_per_second: 200, volatility_bps_per_day: 1, duration: MINUTE, ..base.clone() },
        SimpleMarketConfig { start_price: Price::new(10_000), ..base.clone() },
        SimpleMarketConfig { start_price: Price::new(500_000_000), volatility_bps_per_day: 1_000, ..base },
    ];
    for (seed, case) in cases.iter().enumerate() {
        assert!(inspect(case, seed as u64).depth_min >= 20, "{case:?}");
    }
}

fn variance(changes: impl Iterator<Item = i64>) -> f64 {
    let changes: Vec<f64> = changes.map(|change| change as f64 / 2.0).collect();
    let mean = changes.iter().sum::<f64>() / changes.len() as f64;
    changes.iter().map(|change| (change - mean) * (change - mean)).sum::<f64>() / changes.len() as f64
}

/// Mid changes over `step` minutes, every minute.
fn changes(mids: &[i64], step: usize) -> impl Iterator<Item = i64> {
    mids.iter().zip(&mids[step..]).map(|(before, after)| after - before)
}

#[test]
fn the_mid_walks_without_trend() {
    let slow = SimpleMarketConfig { messages_per_second: 1, ..config(DAY.times(4)) };
    let mids = inspect(&slow, 11).mids;
    let minute = variance(changes(&mids, 1));
    let ratio = variance(changes(&mids, 15)) / (15.0 * minute);
    assert!((0.8..=1.2).contains(&ratio), "variance ratio {ratio} over 15 minutes");
    let daily_bps = libm::sqrt(minute * 1_440.0) / 600_000.0 * 10_000.0;
    assert!((70.0..=140.0).contains(&daily_bps), "{daily_bps} basis points a day");
    let hours: Vec<f64> = mids.chunks(120).map(|hour| variance(changes(hour, 1))).collect();
    let (calm, wild) = (hours.iter().copied().fold(f64::MAX, f64::min), hours.iter().copied().fold(0.0, f64::max));
    assert!(wild > 2.5 * calm, "volatility does not vary: {calm} to {wild}");
}

#[test]
fn a_seed_gives_the_same_bytes_for_ever() {
    let hour = config(HOUR);
    assert_eq!(hash(&hour, 7), "b11b8f3f4535d9242e71f62b2a02933d2339b7bd4574fe1df8be868a41e7ed8d");
    assert_ne!(hash(&hour, 8), hash(&hour, 7));
}

#[test]
fn a_longer_market_begins_like_a_shorter_one() {
    let (short, long) = (config(MINUTE.times(40)), config(HOUR));
    let (short, long) = (batches(&short, 7).next().unwrap(), batches(&long, 7).next().unwrap());
    assert_eq!(short.len(), BATCH_ROWS);
    assert_eq!((&short.venue_at, &short.flags), (&long.venue_at, &long.flags));
}

#[test]
fn batches_can_be_asked_for_again() {
    let mut market = SimpleMarket::new(&config(HOUR.times(3)), 7);
    let mut stamp = |index: usize| match market.batch(index).unwrap() {
        Some(Batch::Rows(rows)) => Some((rows.venue_at[0], rows.len())),
        _ => None,
    };
    let first: Vec<_> = (0..6).map(&mut stamp).collect();
    assert!(first.iter().all(Option::is_some), "{first:?}");
    for index in [5, 2, 3, 0, 1, 4, 0] {
        assert_eq!(stamp(index), first[index], "batch {index}");
    }
    assert_eq!(stamp(1_000), None);
    assert_eq!(stamp(0), first[0], "after the end");
}

#[test]
fn the_header_learns_the_number_of_rows_at_the_end() {
    let mut market = SimpleMarket::new(&config(MINUTE), 7);
    assert_eq!((market.header().rows, market.header().starts_with_snapshot), (0, true));
    let Some(Batch::Rows(rows)) = market.batch(0).unwrap() else { panic!("no rows") };
    assert_eq!(market.header().rows, rows.len() as u64);
    assert_eq!(market.header().last_at.nanos(), rows.venue_at[rows.len() - 1]);
}

#[test]
fn a_tape_of_it_holds_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("simple.tape");
    let config = config(HOUR);
    let mut market = SimpleMarket::new(&config, 7);
    let mut writer = TapeWriter::create(&path, market.tape_spec()).unwrap();
    market.write_to(&mut writer, &mut |_| ()).unwrap();
    let header = writer.finish(Provenance::default()).unwrap();
    assert_eq!((header.rows, header.last_at), (market.header().rows, market.header().last_at));
    assert!(!header.reordered && header.starts_with_snapshot);
    let reader = TapeReader::open(&path).unwrap();
    reader.verify().unwrap();
    for (index, expected) in batches(&config, 7).enumerate() {
        let Some(Batch::Rows(found)) = reader.read(index).unwrap() else { panic!("no batch {index}") };
        assert_eq!(
            (found.venue_at, found.local_at, found.flags),
            (expected.venue_at, expected.local_at, expected.flags)
        );
        let numbers =
            |column: &crate::tape::IntColumn| (0..column.len()).map(|row| column.get(row)).collect::<Vec<i64>>();
        assert_eq!(numbers(&found.price), numbers(&expected.price));
        assert_eq!(numbers(&found.quantity), numbers(&expected.quantity));
    }
}

#[test]
fn settings_out_of_range_are_named() {
    let base = SimpleMarketConfig::default();
    assert_eq!(base.check(), Ok(()));
    let cases = [
        (SimpleMarketConfig { duration: Span::ZERO, ..base.clone() }, "duration is 0ns; expected above 0"),
        (SimpleMarketConfig { duration: Span::from_nanos(i64::MAX), ..base.clone() }, "ending before 2200"),
        (SimpleMarketConfig { start_price: Price::new(9_999), ..base.clone() }, "start_price is 9999 ticks"),
        (
            SimpleMarketConfig { messages_per_second: 0, ..base.clone() },
            "messages_per_second is 0; expected 1 to 100000",
        ),
        (SimpleMarketConfig { volatility_bps_per_day: 0, ..base }, "volatility_bps_per_day is 0"),
    ];
    for (config, words) in cases {
        let error = config.check().unwrap_err().to_string();
        assert!(error.contains(words), "`{error}` lacks `{words}`");
    }
}
