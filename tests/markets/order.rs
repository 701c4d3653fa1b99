//! The order in which rows of several markets happen, and in which their bots hear of them.

use crate::naive::{NaiveMarket, messages};
use crate::support::{Dice, TestRow, random_market};
use crate::world::*;
use seatrial::engine::ViewMode;
use seatrial::journal::Entry;
use seatrial::model::{BestPrices, MarketId, ReportKind, Side, row};
use seatrial::strategy::{Actions, OrderSpec, Subscriptions, View};
use seatrial::units::{Price, Quantity, Timestamp};
use std::cell::RefCell;
use std::rc::Rc;

/// What one call showed: when, whose event, and every market's best prices and last trade.
type Seen = (Timestamp, MarketId, Vec<(BestPrices, Option<i64>)>);

fn seen(view: &View<'_>) -> Seen {
    let markets = view.markets().map(|market| (market.best, market.last_trade.map(|trade| trade.price.ticks())));
    (view.now, view.woken, markets.collect())
}

/// The naive way: all messages sorted by arrival, ties by market, applied one by one.
fn naive(tapes: &[Vec<TestRow>]) -> Vec<Seen> {
    let mut all: Vec<(i64, usize, Vec<TestRow>)> = Vec::new();
    for (place, rows) in tapes.iter().enumerate() {
        all.extend(messages(rows).into_iter().map(|message| (message[0].local_at, place, message)));
    }
    all.sort_by_key(|(at, place, _)| (*at, *place));
    let mut books = vec![NaiveMarket::default(); tapes.len()];
    let mut found = Vec::new();
    for (at, place, message) in all {
        let before = books[place].best();
        message.iter().for_each(|line| books[place].apply(line));
        let trades = message.iter().filter(|line| line.flags & row::KIND == row::TRADE).count();
        let calls = trades + usize::from(books[place].best() != before);
        let shown = books.iter().map(|book| (book.best(), book.last_trade)).collect();
        let call: Seen = (Timestamp::from_nanos(at), MarketId(place as u8), shown);
        found.extend(std::iter::repeat_n(call, calls));
    }
    found
}

/// Like the naive market's rows, but with arrivals that tie across markets.
fn tied(seed: u64) -> Vec<TestRow> {
    let round = |at: i64| at / (2 * MS) * (2 * MS);
    let mut rows = random_market(seed, 400);
    for line in &mut rows {
        (line.venue_at, line.local_at) = (round(line.venue_at), round(line.local_at) + 2 * MS);
    }
    rows
}

#[test]
fn bots_hear_of_all_markets_in_one_order() {
    let all = Subscriptions { book: true, trades: true, all_markets: true, ..NONE };
    let names = ["A", "B", "C"];
    for seed in 1..=4 {
        let tapes: Vec<Vec<TestRow>> = (0..3).map(|place| tied(seed * 10 + place)).collect();
        for view in [ViewMode::Lagged, ViewMode::OwnBook] {
            let log: Rc<RefCell<Vec<Seen>>> = Rc::default();
            let kept = Rc::clone(&log);
            let markets = tapes.iter().zip(names).map(|(rows, name)| market(rows, name)).collect();
            let plan = Plan { view, ..Plan::default() };
            let played = play(markets, &plan, all, move |_, view, _| kept.borrow_mut().push(seen(view)));
            let (found, wanted) = (log.borrow(), naive(&tapes));
            let first = found.iter().zip(&wanted).position(|(left, right)| left != right);
            if let Some(place) = first {
                panic!("seed {seed}, {view:?}, call {place}\n{:#?}\n{:#?}", found[place], wanted[place]);
            }
            assert_eq!(found.len(), wanted.len(), "seed {seed}, {view:?}");
            assert!(found.len() > 900, "{} calls prove little", found.len());
            let rows: usize = tapes.iter().map(Vec::len).sum();
            assert_eq!(played.outcome.rows, rows as u64);
        }
    }
}

#[test]
fn a_strategy_that_does_not_ask_hears_of_the_first_market_alone() {
    let first = Subscriptions { book: true, trades: true, ..NONE };
    let (a, b) = (tied(1), tied(2));
    let calls: Rc<RefCell<Vec<MarketId>>> = Rc::default();
    let kept = Rc::clone(&calls);
    play(vec![market(&a, "A"), market(&b, "B")], &Plan::default(), first, move |_, view, _| {
        assert!(view.market(MarketId(1)).is_some() && view.market(MarketId(2)).is_none());
        kept.borrow_mut().push(view.woken);
    });
    assert!(calls.borrow().len() > 300);
    assert!(calls.borrow().iter().all(|market| *market == MarketId::FIRST));
}

/// A quiet market with one resting order's worth of room, and a trade through it at `at`.
fn crossed(at: i64) -> Vec<TestRow> {
    vec![
        TestRow::depth(0, 0, Side::Buy, 1_000, 5).more(),
        TestRow::depth(0, 0, Side::Sell, 1_010, 5),
        TestRow::trade(at, at, Side::Sell, 990, 50),
        TestRow::depth(at + 9_000 * MS, at + 9_000 * MS, Side::Sell, 1_010, 6),
    ]
}

fn bid_everywhere(why: Why, view: &View<'_>, actions: &mut Actions) {
    if why == Why::Timer && view.orders.is_empty() {
        for market in view.markets() {
            actions.submit(OrderSpec::limit(Side::Buy, Price::new(995), Quantity::new(1)).on(market.id));
        }
    }
}

#[test]
fn at_one_time_the_first_market_comes_first() {
    let at = 1_500 * MS;
    let timer = Subscriptions { timer: Some(seatrial::units::SECOND), ..NONE };
    let filled = |played: &Played| -> Vec<u8> {
        let fill = |entry: &Entry| match entry {
            Entry::Venue(report) if matches!(report.kind, ReportKind::Filled(_)) => Some(report.market.0),
            _ => None,
        };
        played.entries.iter().filter_map(fill).collect()
    };
    let (same, later) = (crossed(at), crossed(at + 1));
    let tie = play(vec![market(&same, "A"), market(&same, "B")], &Plan::default(), timer, bid_everywhere);
    assert_eq!(filled(&tie), [0, 1]);
    let second_first = play(vec![market(&later, "A"), market(&same, "B")], &Plan::default(), timer, bid_everywhere);
    assert_eq!(filled(&second_first), [1, 0]);
}

#[test]
fn rows_are_counted_over_all_markets_and_messages_stay_whole() {
    let (a, b) = (tied(3), tied(4));
    let mut stamps: Vec<(i64, usize, bool)> = Vec::new();
    for (place, rows) in [&a, &b].into_iter().enumerate() {
        stamps.extend(rows.iter().map(|line| (line.venue_at, place, line.flags & row::LAST != 0)));
    }
    stamps.sort_by_key(|(at, place, _)| (*at, *place));
    for max in [1, 2, 39, 41, 200, 201, 202, 203, 1_000, 1_001, 100_000] {
        let plan = Plan { max_rows: Some(max), ..Plan::default() };
        let played = play(vec![market(&a, "A"), market(&b, "B")], &plan, NONE, |_, _, _| {});
        let mut wanted = (max as usize).min(stamps.len());
        while !stamps[wanted - 1].2 {
            wanted += 1;
        }
        assert_eq!(played.outcome.rows, wanted as u64, "at most {max}");
        let of_a = stamps[..wanted].iter().filter(|(_, place, _)| *place == 0).count() as u64;
        assert_eq!(played.outcome.markets[0].rows, of_a, "at most {max}");
    }
}

/// Trades both markets at random, by the clock alone.
fn shake(seed: u64) -> impl FnMut(Why, &View<'_>, &mut Actions) + 'static {
    let mut dice = Dice::new(seed);
    move |_, view, actions| {
        let place = MarketId(dice.below(2) as u8);
        let Some(market) = view.market(place) else { return };
        let (Some(bid), Some(ask)) = (market.best.bid, market.best.ask) else { return };
        let side = if dice.below(2) == 0 { Side::Buy } else { Side::Sell };
        let near = if side == Side::Buy { bid.price } else { ask.price };
        let price = near.offset(side.sign() * (dice.below(6) - 3));
        if dice.below(3) == 0
            && let Some(order) = view.orders.first()
        {
            actions.cancel(order.client_order_id);
        }
        actions.submit(OrderSpec::limit(side, price, Quantity::new(1 + dice.below(9))).on(place));
    }
}

const QUICK: Subscriptions = Subscriptions { timer: Some(seatrial::units::Span::from_nanos(40 * MS)), ..NONE };

#[test]
fn what_happens_later_in_one_market_changes_nothing_before_in_any() {
    let mut compared = 0;
    for seed in 1..=4 {
        let (a, b) = (random_market(seed, 500), random_market(seed + 50, 500));
        let whole = play(vec![market(&a, "A"), market(&b, "B")], &Plan::default(), QUICK, shake(seed));
        let mut dice = Dice::new(seed);
        for _ in 0..4 {
            let t = b[dice.below(b.len() as i64) as usize].venue_at;
            let mut changed = b.clone();
            for line in changed.iter_mut().filter(|line| line.venue_at > t) {
                line.quantity = if line.quantity > 0 { 1 + dice.below(30) } else { 0 };
            }
            let markets = vec![market(&a, "A"), market(&changed, "B")];
            let other = play(markets, &Plan::default(), QUICK, shake(seed));
            let before = |entries: &[Entry]| -> Vec<Entry> {
                entries.iter().take_while(|entry| entry.at().nanos() <= t).copied().collect()
            };
            let (left, right) = (before(&whole.entries), before(&other.entries));
            assert!(left == right, "seed {seed}, changed after {t}");
            compared += left.len();
        }
        assert!(whole.fills(0).len() > 10 && whole.fills(1).len() > 10, "too few fills prove little");
    }
    assert!(compared > 2_000, "{compared} entries prove little");
}

#[test]
fn an_idle_second_market_changes_nothing_in_the_first() {
    let alone_quotes = vec![100_000, 0];
    for seed in 1..=3 {
        for view in [ViewMode::Lagged, ViewMode::OwnBook] {
            let (a, mut b) = (random_market(seed, 500), random_market(seed + 50, 300));
            // Later to begin and sooner to end than the first: the clock of the run is the first market's.
            b.retain(|line| line.venue_at > a[60].venue_at && line.venue_at < a[a.len() - 60].venue_at);
            let plan = Plan { view, quotes: alone_quotes.clone(), ..Plan::default() };
            let only_first = |seed: u64| {
                let mut dice = Dice::new(seed);
                move |_: Why, view: &View<'_>, actions: &mut Actions| {
                    let (Some(bid), Some(ask)) = (view.best.bid, view.best.ask) else { return };
                    let side = if dice.below(2) == 0 { Side::Buy } else { Side::Sell };
                    let near = if side == Side::Buy { bid.price } else { ask.price };
                    let price = near.offset(side.sign() * (dice.below(6) - 3));
                    actions.submit(OrderSpec::limit(side, price, Quantity::new(1 + dice.below(9))));
                }
            };
            let subscriptions = Subscriptions { trades: seed % 2 == 0, ..QUICK };
            let alone = play(vec![market(&a, "A")], &plan, subscriptions, only_first(seed));
            let beside = play(vec![market(&a, "A"), market(&b, "B")], &plan, subscriptions, only_first(seed));
            assert!(alone.about(0) == beside.about(0), "seed {seed}, {view:?}");
            assert!(alone.fills(0).len() > 20 && beside.fills(1).is_empty());
        }
    }
}

#[test]
fn markets_in_another_order_give_the_same_in_each() {
    let both_sides = |_: Why, view: &View<'_>, actions: &mut Actions| {
        for market in view.markets() {
            view.orders_at(market.id).for_each(|order| actions.cancel(order.client_order_id));
            for side in Side::BOTH {
                if let Some(best) = market.best.side(side) {
                    actions.submit(OrderSpec::limit(side, best.price, Quantity::new(3)).post_only().on(market.id));
                }
            }
        }
    };
    for seed in 1..=3 {
        let (a, b) = (random_market(seed, 600), random_market(seed + 7, 500));
        let there = play(vec![market(&a, "A"), market(&b, "B")], &Plan::default(), QUICK, both_sides);
        let back = play(vec![market(&b, "B"), market(&a, "A")], &Plan::default(), QUICK, both_sides);
        assert_eq!(there.fills(0), back.fills(1), "seed {seed}");
        assert_eq!(there.fills(1), back.fills(0), "seed {seed}");
        assert!(there.fills(0).len() > 5 && there.fills(1).len() > 5, "too few fills prove little");
        assert_eq!(there.outcome.lanes[0].equity, back.outcome.lanes[0].equity);
    }
}
