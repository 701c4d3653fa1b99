//! Feeds that are late, and feeds that are lost: what the bot is shown, and whether the audit hears the same.

use crate::audit::{audited, check_clean, play_tape, setup, tight_gates};
use crate::faults::stretches;
use crate::naive::messages;
use crate::shaker::Why;
use crate::support::{Dice, MemoryMarket, TestRow, random_market};
use crate::views::check;
use crate::world::*;
use proptest::prelude::*;
use seatrial::engine::ViewMode;
use seatrial::fault::{Stall, Stalled};
use seatrial::model::{Side, row};
use seatrial::strategy::Subscriptions;
use seatrial::units::Timestamp;

const T0: i64 = 1_700_000_000_000_000_000;

fn instant(millis: i64) -> Timestamp {
    Timestamp::from_nanos(T0 + millis * 1_000_000)
}

/// What reaches a bot in order of arrival, where the stretches lie apart: of a lost one the levels as one message, and no trade.
fn arrivals(rows: &[TestRow], stalls: &[Stall]) -> Vec<TestRow> {
    let mut all: Vec<TestRow> = Vec::new();
    let mut snapshot: (i64, Vec<TestRow>) = (0, Vec::new());
    for message in messages(rows) {
        let at = message[0].local_at;
        let stall = stalls.iter().find(|stall| (stall.from.nanos()..stall.until.nanos()).contains(&at));
        let until = stall.map_or(at, |stall| stall.until.nanos());
        let moved = message.iter().map(|line| TestRow { local_at: until, ..*line });
        if stall.is_some_and(|stall| stall.loses) {
            let levels = moved.filter(|line| line.flags & row::KIND != row::TRADE);
            snapshot.1.extend(levels.map(|line| TestRow { flags: line.flags & !row::LAST, ..line }));
            snapshot.0 = until;
            continue;
        }
        all.append(&mut whole(&mut snapshot.1));
        all.extend(moved);
    }
    all.append(&mut whole(&mut snapshot.1));
    all
}

/// One message of these rows.
fn whole(rows: &mut Vec<TestRow>) -> Vec<TestRow> {
    rows.last_mut().into_iter().for_each(|line| line.flags |= row::LAST);
    std::mem::take(rows)
}

/// Stretches apart from each other, within the run.
fn drawn(dice: &mut Dice, rows: &[TestRow]) -> Vec<Stall> {
    let (start, end) = (rows[0].venue_at, rows[rows.len() - 1].local_at);
    let width = (end - start) / 8;
    let stall = |dice: &mut Dice, slot: i64| {
        let from = start + slot * width + dice.below(width / 2);
        let until = from + 1 + dice.below(width / 2 - 1);
        let [from, until] = [from, until].map(Timestamp::from_nanos);
        Stall { from, until, loses: dice.below(3) > 0 }
    };
    [1, 3, 4, 6].map(|slot| stall(dice, slot)).to_vec()
}

#[test]
fn a_bot_that_was_disconnected_sees_a_snapshot_and_no_trade_of_meanwhile() {
    let mut lost = 0;
    for seed in 1..=12 {
        let rows = if seed % 2 == 0 { random_market(seed, 400) } else { hostile_market(seed, 400) };
        let stalls = drawn(&mut Dice::new(seed), &rows);
        let expected = arrivals(&rows, &stalls);
        let trades = |rows: &[TestRow]| rows.iter().filter(|line| line.flags & row::KIND == row::TRADE).count();
        lost += trades(&rows) - trades(&expected);
        for (number, subscriptions) in [subscriptions(false), subscriptions(true)].concat().into_iter().enumerate() {
            let latency = latencies()[1 + number % 3];
            let lane = LaneSpec { latency, ..LaneSpec::new(shaker(subscriptions, seed)) };
            for view in [ViewMode::Auto, ViewMode::OwnBook] {
                let mut market = Stalled::new(Box::new(MemoryMarket::new(&rows)), &stalls);
                let (traces, _) = try_play(&mut market, &config(view), std::slice::from_ref(&lane)).unwrap();
                let what = format!("seed {seed}, {view:?}, {subscriptions:?}, {stalls:?}");
                check(&expected, &traces[0], &subscriptions, &what);
            }
        }
    }
    assert!(lost > 100, "{lost} trades were lost");
}

/// A level every 100 ms, a trade 10 ms after it.
fn beats() -> Vec<TestRow> {
    let beat = |number: i64| {
        let (at, later) = (T0 + number * 100_000_000, T0 + number * 100_000_000 + 10_000_000);
        let level = TestRow::depth(at, at, Side::Buy, 490_000 + number, 1_000);
        [level, TestRow::trade(later, later, Side::Buy, 490_500, 10 + number)]
    };
    let ask = TestRow::depth(T0 - 1, T0 - 1, Side::Sell, 500_000, 1_000);
    std::iter::once(ask).chain((0..20).flat_map(beat)).collect()
}

/// When the bot was called, why, and what it saw: best bid, quantity of the last trade, age of the market in milliseconds.
fn calls(stalls: &[Stall]) -> Vec<(i64, &'static str, i64, i64, i64)> {
    let subscriptions = Subscriptions { book: true, trades: true, ..Subscriptions::default() };
    let lane = LaneSpec::new(shaker(subscriptions, 1));
    let mut market = Stalled::new(Box::new(MemoryMarket::new(&beats())), stalls);
    let (traces, _) = try_play(&mut market, &AUTO, &[lane]).unwrap();
    let millis = |at: Timestamp| (at.nanos() - T0).div_euclid(1_000_000);
    let call = |seen: &crate::shaker::Seen| {
        let why = match seen.why {
            Why::Book => "book",
            Why::Trade(_) => "trade",
            _ => return None,
        };
        let bid = seen.best.bid.map_or(0, |level| level.price.ticks() - 490_000);
        let trade = seen.last_trade.map_or(-1, |trade| trade.quantity.steps() - 10);
        Some((millis(seen.now), why, bid, trade, millis(seen.market_at.unwrap_or(seen.now)) - millis(seen.now)))
    };
    traces[0].seen.iter().filter_map(call).collect()
}

#[test]
fn a_lost_connection_drawn() {
    let lost = Stall { from: instant(250), until: instant(650), loses: true };
    let found = calls(&[lost]);
    let around: Vec<_> = found.into_iter().filter(|call| (150..800).contains(&call.0)).collect();
    let expected = [
        (200, "book", 2, 1, 0),
        (210, "trade", 2, 2, 0),
        // Levels of 300 to 600 at once; trades 3 to 6 never; the last trade is still that of 210.
        (650, "book", 6, 2, 0),
        (700, "book", 7, 2, 0),
        (710, "trade", 7, 7, 0),
    ];
    assert_eq!(around, expected);
    let late = calls(&[Stall { loses: false, ..lost }]);
    let at_end: Vec<_> = late.iter().filter(|call| call.0 == 650).map(|call| (call.1, call.2, call.3)).collect();
    let each = |number: i64| [("book", number, number - 1), ("trade", number, number)];
    assert_eq!(at_end, (3..=6).flat_map(each).collect::<Vec<_>>(), "a stall loses nothing");
}

#[test]
fn what_leaves_no_trace_makes_no_market_fresh() {
    let found = calls(&[Stall { from: instant(205), until: instant(290), loses: true }]);
    let around: Vec<_> = found.into_iter().filter(|call| (150..350).contains(&call.0)).collect();
    assert_eq!(around, [(200, "book", 2, 1, 0), (300, "book", 3, 1, 0), (310, "trade", 3, 3, 0)]);
}

#[test]
fn a_stall_beside_a_lost_connection_loses_all_that_it_holds() {
    let stall = |from, until, loses| Stall { from: instant(from), until: instant(until), loses };
    let both = calls(&[stall(250, 450, false), stall(400, 650, true)]);
    assert_eq!(both, calls(&[stall(250, 650, true)]));
    assert_ne!(both, calls(&[stall(250, 650, false)]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn random_feeds_are_audited_clean(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let rows: Vec<TestRow> = random_market(seed, 600);
        let mut dice = Dice::new(seed);
        let subscriptions = subscriptions(false)[number % 6];
        let (start, end) = (rows[0].venue_at, rows.last().map_or(0, |row| row.venue_at));
        let stalls = stretches(&mut dice, start, end).into_iter();
        let stalls: Vec<Stall> = stalls.map(|(from, until)| Stall { from, until, loses: dice.below(2) == 0 }).collect();
        let lane = LaneSpec {
            preset: PRESETS[number % 4],
            latency: latencies()[(number / 2) % 4],
            gates: tight_gates(&mut dice),
            seed,
            ..LaneSpec::new(shaker(subscriptions, seed))
        };
        let market = || Stalled::new(Box::new(MemoryMarket::new(&rows)), &stalls);
        let entries = play_tape(&mut market(), &AUTO, &lane);
        let audit = audited(&setup(&lane.gates, seatrial::scenario::wakes(&subscriptions)), &entries, &mut market());
        check_clean("feeds", &audit)?;
    }
}
