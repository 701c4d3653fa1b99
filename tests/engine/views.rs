//! What a strategy is shown equals what a naive model of its clock says it can know.

use crate::naive::{NaiveMarket, account, messages, trade};
use crate::shaker::{Seen, Why};
use crate::support::{Dice, MemoryMarket, TestRow, instrument, random_market};
use crate::world::*;
use seatrial::engine::ViewMode;
use seatrial::journal::Entry;
use seatrial::model::{BestPrices, Side, Trade, row};
use seatrial::strategy::Subscriptions;
use seatrial::tape::{BATCH_ROWS, Provenance, TapeKind, TapeReader, TapeRow, TapeSpec, TapeWriter};
use seatrial::units::{Price, Quantity, SECOND, Span, Timestamp};

/// One expected call by the feed.
#[derive(Debug, PartialEq)]
struct Call {
    trade: Option<Trade>,
    now: Timestamp,
    best: BestPrices,
    last_trade: Option<Trade>,
}

/// Calls that messages in order of arrival lead to: one a trade, then one when the best prices are others.
fn feed_calls(arrivals: &[TestRow], subscriptions: &Subscriptions) -> Vec<Call> {
    let mut market = NaiveMarket::default();
    let mut calls = Vec::new();
    for message in messages(arrivals) {
        let before = market.best();
        message.iter().for_each(|line| market.apply(line));
        let (now, best, last_trade) = (Timestamp::from_nanos(message[0].local_at), market.best(), market.last_trade);
        let trades = message.iter().filter(|line| line.flags & row::KIND == row::TRADE);
        if subscriptions.trades {
            calls.extend(trades.map(|line| Call { trade: Some(trade(line)), now, best, last_trade }));
        }
        if subscriptions.book && best != before {
            calls.push(Call { trade: None, now, best, last_trade });
        }
    }
    calls
}

fn feed_calls_seen(seen: &[Seen]) -> Vec<Call> {
    let call = |seen: &Seen| {
        let trade = match seen.why {
            Why::Trade(trade) => Some(trade),
            Why::Book => None,
            _ => return None,
        };
        Some(Call { trade, now: seen.now, best: seen.best, last_trade: seen.last_trade })
    };
    seen.iter().filter_map(call).collect()
}

/// Checks every call of one run against `arrivals`, the rows in order of arrival.
pub fn check(arrivals: &[TestRow], trace: &LaneTrace, subscriptions: &Subscriptions, what: &str) {
    let (expected, found) = (feed_calls(arrivals, subscriptions), feed_calls_seen(&trace.seen));
    if let Some(index) = (0..expected.len().min(found.len())).find(|&index| expected[index] != found[index]) {
        panic!("{what}: call {index}\nexpected {:#?}\nfound {:#?}", expected[index], found[index]);
    }
    assert_eq!(expected.len(), found.len(), "{what}: calls by the feed");
    let mut market = NaiveMarket::default();
    let mut next = 0;
    let mut reports_seen = 0;
    for (index, seen) in trace.seen.iter().enumerate() {
        let entries = &trace.entries[..seen.entries];
        reports_seen += usize::from(matches!(seen.why, Why::Report(_)));
        // Reports are delivered one by one before anything else of their instant.
        let arrived =
            entries.iter().filter(|entry| matches!(entry, Entry::Venue(report) if report.reported_at <= seen.now));
        let learned = if matches!(seen.why, Why::Report(_)) { reports_seen } else { arrived.count() };
        let (position, orders) = account(entries, learned);
        assert_eq!((seen.position, &seen.orders), (position, &orders), "{what}: account at call {index}, {seen:?}");
        // Reports come before the feed's deliveries of their instant, timers and bars after them.
        let until = match seen.why {
            Why::Timer | Why::Bar(_) => seen.now.nanos(),
            Why::Report(_) => seen.now.nanos() - 1,
            Why::Book | Why::Trade(_) => continue,
        };
        while next < arrivals.len() && arrivals[next].local_at <= until {
            market.apply(&arrivals[next]);
            next += 1;
        }
        assert_eq!(
            (seen.best, seen.last_trade, seen.market_at),
            (market.best(), market.last_trade, market.market_at),
            "{what}: call {index}, {:?} at {}",
            seen.why,
            seen.now
        );
        if let Some(depth) = &seen.depth {
            let levels = Side::BOTH.map(|side| market.levels(side).take(5).collect::<Vec<_>>());
            assert_eq!(depth, &levels, "{what}: depth at call {index}");
        }
    }
    check_timers(trace, subscriptions, what);
}

/// A timer rings at every period from the start of the run on, up to and at its end, and at no other instant.
fn check_timers(trace: &LaneTrace, subscriptions: &Subscriptions, what: &str) {
    let Some(period) = subscriptions.timer else { return };
    let (Some(Entry::Start { at: start, .. }), Some(Entry::End { at: end, .. })) =
        (trace.entries.first(), trace.entries.last())
    else {
        panic!("{what}: a journal without start or end")
    };
    let count = end.since(*start).nanos() / period.nanos();
    let expected: Vec<_> = (1..=count).map(|turn| start.plus(period.times(turn))).collect();
    let rung: Vec<_> = trace.seen.iter().filter(|seen| seen.why == Why::Timer).map(|seen| seen.now).collect();
    assert_eq!(rung, expected, "{what}: timers");
}

#[test]
fn a_view_holds_what_has_arrived_and_nothing_else() {
    for seed in 1..=4 {
        for rows in [random_market(seed, 400), hostile_market(seed, 400)] {
            for depth in [false, true] {
                for (number, subscriptions) in subscriptions(depth).into_iter().enumerate() {
                    let latency = latencies()[1 + (number + seed as usize) % 3];
                    let lane = LaneSpec { latency, ..LaneSpec::new(shaker(subscriptions, seed)) };
                    for view in [ViewMode::Auto, ViewMode::OwnBook] {
                        let trace = play_one(&rows, &config(view), &lane);
                        check(&rows, &trace, &subscriptions, &format!("seed {seed}, {view:?}, {lane:?}"));
                    }
                }
            }
        }
    }
}

/// The same messages with delays of their own, in order of arrival.
fn delayed(rows: &[TestRow], dice: &mut Dice) -> Vec<TestRow> {
    let mut messages = messages(rows);
    for message in &mut messages {
        let delay = 1_000_000 + if dice.below(3) == 0 { dice.below(150_000_000) } else { dice.below(1_000_000) };
        message.iter_mut().for_each(|line| line.local_at = line.venue_at + delay);
    }
    messages.sort_by_key(|message| message[0].local_at);
    messages.concat()
}

fn tape_of(arrivals: &[TestRow], folder: &tempfile::TempDir) -> TapeReader {
    let path = folder.path().join("market.tape");
    let spec = TapeSpec {
        kind: TapeKind::L2,
        instrument: instrument(),
        period: None,
        format: "test".to_owned(),
        importer_version: 1,
    };
    let mut writer = TapeWriter::create(&path, spec).unwrap();
    for line in arrivals {
        let row = TapeRow {
            venue_at: Timestamp::from_nanos(line.venue_at),
            local_at: Timestamp::from_nanos(line.local_at),
            price: Price::new(line.price),
            quantity: Quantity::new(line.quantity),
            flags: line.flags,
        };
        writer.push(row).unwrap();
    }
    writer.finish(Provenance::default()).unwrap();
    TapeReader::open(&path).unwrap()
}

#[test]
fn a_reordered_tape_is_shown_in_order_of_arrival() {
    for seed in 1..=4 {
        let mut dice = Dice::new(seed);
        let arrivals = delayed(&hostile_market(seed, 500), &mut dice);
        let folder = tempfile::tempdir().unwrap();
        for (number, subscriptions) in [subscriptions(false), subscriptions(true)].concat().into_iter().enumerate() {
            let latency = latencies()[1 + number % 3];
            let lane = LaneSpec { latency, ..LaneSpec::new(shaker(subscriptions, seed)) };
            let mut tape = tape_of(&arrivals, &folder);
            assert!(tape.header().reordered);
            let (traces, outcome) = try_play(&mut tape, &AUTO, &[lane]).unwrap();
            assert!(outcome.markets[0].own_book);
            check(&arrivals, &traces[0], &subscriptions, &format!("seed {seed}, {subscriptions:?}"));
        }
    }
}

#[test]
fn a_reordered_tape_forbids_the_lagging_view() {
    let folder = tempfile::tempdir().unwrap();
    let arrivals = delayed(&random_market(3, 200), &mut Dice::new(3));
    let mut tape = tape_of(&arrivals, &folder);
    let error = try_play(&mut tape, &config(ViewMode::Lagged), &[LaneSpec::new(Kind::Nothing)]).unwrap_err();
    assert!(error.to_string().contains("`lagged` is not legal"), "{error}");
}

/// A message of the first batch that arrives after everything in the second, which is the last one.
#[test]
fn a_run_ends_with_the_last_arrival_even_from_an_earlier_batch() {
    const START: i64 = 1_700_000_000_000_000_000;
    let mut rows: Vec<TestRow> = (0..BATCH_ROWS as i64 + 10)
        .map(|index| {
            let at = START + index * 1_000;
            TestRow::depth(at, at + 1_000, Side::Buy, 600_000 - index % 7, 1 + index % 5)
        })
        .collect();
    let late = BATCH_ROWS - 20;
    rows[late].local_at += 3_000_000_000;
    rows[late].price = 600_010;
    let latest = rows[late].local_at;
    rows.sort_by_key(|line| line.local_at);
    let folder = tempfile::tempdir().unwrap();
    let timer = Subscriptions { timer: Some(SECOND), ..Subscriptions::default() };
    let book = Subscriptions { book: true, timer: Some(Span::from_nanos(250_000_000)), ..Subscriptions::default() };
    for subscriptions in [timer, book] {
        let lane = LaneSpec::new(shaker(subscriptions, 1));
        let (traces, outcome) = try_play(&mut tape_of(&rows, &folder), &AUTO, &[lane]).unwrap();
        assert_eq!(outcome.end.nanos(), latest);
        check(&rows, &traces[0], &subscriptions, "late row");
    }
}

/// Two messages that arrive at one instant are two calls, each with its own book, in the lagging view as well.
#[test]
fn messages_that_arrive_together_are_shown_one_by_one() {
    const T: i64 = 1_700_000_000_000_000_000;
    let rows = [
        TestRow::depth(T, T + 10, Side::Buy, 100, 1).more(),
        TestRow::depth(T, T + 10, Side::Sell, 110, 1),
        TestRow::depth(T + 1, T + 50, Side::Buy, 101, 1),
        TestRow::depth(T + 2, T + 50, Side::Buy, 102, 1),
        TestRow::trade(T + 3, T + 50, Side::Buy, 110, 1),
    ];
    let subscriptions = Subscriptions { book: true, trades: true, ..Subscriptions::default() };
    let lane = LaneSpec::new(shaker(subscriptions, 1));
    for view in [ViewMode::Lagged, ViewMode::OwnBook] {
        let (traces, _) = try_play(&mut MemoryMarket::new(&rows), &config(view), std::slice::from_ref(&lane)).unwrap();
        check(&rows, &traces[0], &subscriptions, &format!("{view:?}"));
    }
}
