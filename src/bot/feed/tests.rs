use super::*;
use crate::model::{FeedTrouble, Side, Trade, WireEvent, book_checksum};
use crate::rng::{Rng, Streams};
use crate::units::{MILLISECOND, Price, Quantity, SECOND, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_nanos(0).plus(MILLISECOND.times(millis))
}

fn update(side: Side, price: i64, quantity: i64) -> Update {
    Update { side, price: Price::new(price), quantity: Quantity::new(quantity) }
}

fn difference(number: u64, updates: &[Update]) -> Body {
    let (updates, trades) = (updates.to_vec(), Vec::new());
    Body::Difference { number, is_whole: false, updates, trades, depth: None, checksum: None }
}

/// A bot that hears of a feed, and the book that it is shown.
struct Bot {
    supervisor: Supervisor,
    shown: BTreeMap<(bool, i64), i64>,
    is_sound: bool,
    notes: Vec<WireEvent>,
    wants: Vec<FeedDeed>,
    trades: usize,
}

impl Bot {
    fn new(policy: FeedPolicy) -> Self {
        let supervisor = Supervisor::new(policy, Streams::new(1), "0", at(0));
        let (shown, notes, wants) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { supervisor, shown, is_sound: true, notes, wants, trades: 0 }
    }

    fn take(&mut self, deeds: Vec<FeedDeed>) {
        for deed in deeds {
            match deed {
                FeedDeed::Clear => self.shown.clear(),
                FeedDeed::Set(update) => {
                    let key = (update.side == Side::Sell, update.price.ticks());
                    match update.quantity.steps() {
                        0 => drop(self.shown.remove(&key)),
                        quantity => drop(self.shown.insert(key, quantity)),
                    }
                }
                FeedDeed::Trade(_) => self.trades += 1,
                FeedDeed::End { is_sound, .. } => self.is_sound = is_sound,
                FeedDeed::Note(event) => self.notes.push(event),
                wanted => self.wants.push(wanted),
            }
        }
    }

    fn hears(&mut self, millis: i64, body: Body) {
        self.hears_of(millis, millis, body);
    }

    fn hears_of(&mut self, sent: i64, millis: i64, body: Body) {
        let mut deeds = Vec::new();
        self.supervisor.on_message(FeedMessage { venue_at: at(sent), body }, at(millis), &mut deeds);
        self.take(deeds);
    }

    fn waits_until(&mut self, millis: i64) {
        while self.supervisor.next() <= at(millis) {
            let (now, mut deeds) = (self.supervisor.next(), Vec::new());
            self.supervisor.on_time(now, &mut deeds);
            self.take(deeds);
        }
    }

    fn trouble(&self) -> Option<FeedTrouble> {
        self.notes.iter().rev().find_map(|event| match event {
            WireEvent::Unsynchronised(trouble) => Some(Some(*trouble)),
            WireEvent::Synchronised { .. } => Some(None),
            _ => None,
        })?
    }
}

/// A careful bot with a book of one level a side.
fn quoted(policy: FeedPolicy) -> Bot {
    let mut bot = Bot::new(policy);
    bot.hears(1, difference(1, &[update(Side::Buy, 100, 5), update(Side::Sell, 102, 5)]));
    assert_eq!((bot.shown.len(), bot.is_sound), (2, true));
    bot
}

#[test]
fn what_is_missing_hides_the_book_and_a_snapshot_brings_it_back() {
    let mut bot = quoted(FeedPolicy::CAREFUL);
    bot.hears(10, difference(3, &[update(Side::Buy, 101, 1)]));
    assert_eq!((bot.trouble(), bot.shown.len(), bot.is_sound), (Some(FeedTrouble::Gap), 0, false));
    assert_eq!(bot.wants, [], "what is missing may still come");
    bot.waits_until(110);
    assert_eq!(bot.wants, [FeedDeed::AskSnapshot]);
    let levels = vec![update(Side::Buy, 100, 7), update(Side::Sell, 102, 5)];
    bot.hears(150, Body::Snapshot { number: 1, levels: levels.clone(), depth: None });
    assert_eq!(bot.notes.last(), Some(&WireEvent::SnapshotRefused(1)), "older than the differences at hand");
    bot.waits_until(350);
    assert_eq!(bot.wants, [FeedDeed::AskSnapshot, FeedDeed::AskSnapshot]);
    bot.hears(400, Body::Snapshot { number: 2, levels, depth: None });
    let shown = [((false, 100), 7), ((false, 101), 1), ((true, 102), 5)];
    assert_eq!((bot.trouble(), bot.is_sound), (None, true));
    assert_eq!(bot.shown, BTreeMap::from(shown));
}

#[test]
fn what_comes_late_finds_its_place_and_what_comes_twice_is_dropped() {
    let mut bot = quoted(FeedPolicy::CAREFUL);
    bot.hears(10, difference(3, &[update(Side::Buy, 101, 0)]));
    bot.hears(20, difference(2, &[update(Side::Buy, 101, 9)]));
    assert_eq!((bot.trouble(), bot.shown.len(), bot.wants.len()), (None, 2, 0));
    bot.hears(30, difference(2, &[update(Side::Buy, 101, 9)]));
    assert_eq!((bot.notes.last(), bot.shown.len()), (Some(&WireEvent::MessageDropped(2)), 2));
    let mut naive = quoted(FeedPolicy::NAIVE);
    naive.hears(10, difference(3, &[update(Side::Buy, 101, 0)]));
    naive.hears(20, difference(2, &[update(Side::Buy, 101, 9)]));
    assert_eq!((naive.shown.len(), naive.notes.len()), (3, 0), "a level that is not there");
}

/// What is heard of, and as what a careful bot takes it.
/// A copy of a known message that was seconds on its way does not say that the feed is in time again: found by a hostile campaign.
#[test]
fn a_late_copy_does_not_end_a_silence() {
    for (sent, is_back) in [(8_500, true), (1_000, false)] {
        let mut bot = quoted(FeedPolicy::CAREFUL);
        bot.waits_until(9_000);
        assert_eq!(bot.trouble(), Some(FeedTrouble::Stale));
        bot.hears_of(sent, 9_001, difference(1, &[]));
        assert!(matches!(bot.notes.last(), Some(WireEvent::MessageDropped(1) | WireEvent::Synchronised { .. })));
        assert_eq!(bot.trouble().is_none(), is_back, "a copy that set out at {sent} ms");
    }
}

#[test]
fn every_trouble_hides_the_book_under_its_name() {
    let wrong = Body::Heartbeat { number: 1, checksum: 1 };
    let ahead = Body::Heartbeat { number: 2, checksum: 1 };
    let crossed = difference(2, &[update(Side::Buy, 102, 1)]);
    let late = difference(2, &[]);
    let table = [
        (2_000, wrong, FeedTrouble::Checksum),
        (2_000, ahead, FeedTrouble::Gap),
        (2_000, crossed, FeedTrouble::Crossed),
        (900, late, FeedTrouble::Late),
    ];
    for (sent, body, trouble) in table {
        let mut bot = quoted(FeedPolicy::CAREFUL);
        bot.hears_of(sent, 2_000, body.clone());
        assert_eq!((bot.trouble(), bot.shown.len(), bot.is_sound), (Some(trouble), 0, false), "{body:?}");
        let mut naive = quoted(FeedPolicy::NAIVE);
        naive.hears_of(sent, 2_000, body);
        assert!(naive.is_sound && !naive.shown.is_empty() && naive.notes.is_empty(), "{trouble:?}");
    }
    let mut bot = quoted(FeedPolicy::CAREFUL);
    bot.waits_until(3_000);
    assert_eq!(bot.trouble(), None);
    bot.waits_until(3_001);
    assert_eq!((bot.trouble(), bot.shown.len()), (Some(FeedTrouble::Stale), 0));
    bot.hears(3_100, Body::Heartbeat { number: 1, checksum: 0 });
    assert_eq!(bot.trouble(), Some(FeedTrouble::Stale), "alive again, and with another checksum");
    assert_eq!(bot.wants.last(), Some(&FeedDeed::AskSnapshot));
}

/// A book can uncross over a level that the venue does not have: the market has moved away from it. A seed of a hostile wire found that.
#[test]
fn a_book_that_was_crossed_is_shown_again_when_a_checksum_says_so() {
    let mut bot = quoted(FeedPolicy::CAREFUL);
    bot.hears(10, difference(2, &[update(Side::Buy, 102, 1)]));
    bot.hears(20, difference(3, &[update(Side::Sell, 102, 0), update(Side::Sell, 103, 5)]));
    assert_eq!((bot.trouble(), bot.shown.len()), (Some(FeedTrouble::Crossed), 0));
    let mut sound = quoted(FeedPolicy::CAREFUL);
    sound.hears(10, difference(2, &[update(Side::Buy, 102, 1)]));
    sound.hears(20, difference(3, &[update(Side::Buy, 102, 0)]));
    let level = |price| std::iter::once(crate::model::Level { price: Price::new(price), quantity: Quantity::new(5) });
    sound.hears(30, Body::Heartbeat { number: 3, checksum: book_checksum(level(102), level(100)) });
    assert_eq!((sound.trouble(), sound.shown.len(), sound.is_sound), (None, 2, true));
}

#[test]
fn a_closed_connection_is_opened_with_growing_pauses_and_a_second_source_stands_in() {
    let mut bot = quoted(FeedPolicy::CAREFUL);
    let mut deeds = Vec::new();
    bot.supervisor.on_closed(at(1_000), &mut deeds);
    bot.take(deeds);
    assert_eq!((bot.trouble(), bot.shown.len()), (Some(FeedTrouble::Closed), 0));
    let mut pauses = Vec::new();
    let mut last = at(1_000);
    while pauses.len() < 8 {
        let (now, mut deeds) = (bot.supervisor.next(), Vec::new());
        bot.supervisor.on_time(now, &mut deeds);
        if deeds.contains(&FeedDeed::Connect) {
            pauses.push(now.since(last));
            last = now;
            bot.supervisor.on_refused(now);
        }
        bot.take(deeds);
    }
    assert!(pauses[0] <= MILLISECOND.times(200) && pauses[7] <= SECOND.times(5), "{pauses:?}");
    assert!(SECOND.times(2) < pauses[6], "{pauses:?}");
    assert!(bot.wants.contains(&FeedDeed::Second(true)));
    let levels = vec![update(Side::Buy, 99, 1), update(Side::Sell, 103, 1)];
    bot.hears(60_000, Body::Second { number: 9, levels });
    assert_eq!((bot.shown.len(), bot.is_sound), (2, true));
    assert!(matches!(bot.notes.last(), Some(WireEvent::FailedOver { message: 9, .. })), "{:?}", bot.notes.last());
    let mut deeds = Vec::new();
    bot.supervisor.on_opened(at(60_100), &mut deeds);
    bot.take(deeds);
    let levels = vec![update(Side::Buy, 98, 1), update(Side::Sell, 104, 1)];
    bot.hears(60_200, Body::Snapshot { number: 12, levels, depth: None });
    assert_eq!((bot.trouble(), bot.wants.last()), (None, Some(&FeedDeed::Second(false))));
    assert!(bot.shown.contains_key(&(false, 98)) && bot.shown.len() == 2);
}

/// A careful bot whose first source was closed at one second, and that has listened to its second one since two.
fn failed_over() -> Bot {
    let mut bot = quoted(FeedPolicy::CAREFUL);
    let mut deeds = Vec::new();
    bot.supervisor.on_closed(at(1_000), &mut deeds);
    bot.take(deeds);
    bot.waits_until(2_000);
    assert_eq!(bot.wants.last(), Some(&FeedDeed::Second(true)));
    bot
}

fn second(number: u64) -> Body {
    Body::Second { number, levels: vec![update(Side::Buy, 99, 1), update(Side::Sell, 103, 1)] }
}

/// One that was on its way when the first source was sound again, and arrives when that is broken once more, has none to follow it.
#[test]
fn a_book_of_a_second_source_that_nobody_listens_to_is_not_shown() {
    let mut bot = failed_over();
    bot.hears(2_150, second(9));
    assert!(bot.is_sound);
    let mut deeds = Vec::new();
    bot.supervisor.on_opened(at(2_200), &mut deeds);
    bot.take(deeds);
    bot.hears(2_300, Body::Snapshot { number: 12, levels: vec![update(Side::Buy, 98, 1)], depth: None });
    assert_eq!((bot.trouble(), bot.wants.last()), (None, Some(&FeedDeed::Second(false))));
    let mut deeds = Vec::new();
    bot.supervisor.on_closed(at(2_310), &mut deeds);
    bot.take(deeds);
    bot.hears_of(2_290, 2_440, second(11));
    assert_eq!((bot.shown.len(), bot.is_sound), (0, false));
    bot.waits_until(3_310);
    assert_eq!(bot.wants.iter().filter(|wanted| **wanted == FeedDeed::Second(true)).count(), 2, "it is asked for anew");
}

#[test]
fn a_second_source_that_falls_silent_is_hidden_and_asked_for_anew() {
    let mut bot = failed_over();
    bot.hears_of(2_000, 2_150, second(9));
    bot.hears_of(2_500, 2_650, second(9));
    bot.waits_until(4_499);
    assert_eq!((bot.shown.len(), bot.is_sound), (2, true));
    bot.waits_until(4_500);
    assert_eq!((bot.shown.len(), bot.is_sound, bot.trouble()), (0, false, Some(FeedTrouble::Closed)));
    bot.waits_until(5_500);
    assert_eq!(bot.wants.last(), Some(&FeedDeed::Second(true)));
    bot.hears_of(5_500, 5_650, second(10));
    assert_eq!((bot.shown.len(), bot.is_sound), (2, true));
}

#[test]
fn a_print_far_from_the_market_needs_another() {
    let print = |number: u64, price: i64| Body::Difference {
        number,
        is_whole: false,
        updates: Vec::new(),
        trades: vec![Trade {
            venue_at: at(5),
            local_at: at(5),
            price: Price::new(price),
            quantity: Quantity::new(1),
            aggressor: Side::Buy,
        }],
        depth: None,
        checksum: None,
    };
    for (prices, believed) in [(vec![1_010, 101], 1), (vec![1_010, 1_011], 1), (vec![10], 0), (vec![109, 93], 2)] {
        let mut bot = quoted(FeedPolicy::CAREFUL);
        for (place, price) in prices.iter().enumerate() {
            bot.hears(5, print(2 + place as u64, *price));
        }
        assert_eq!(bot.trades, believed, "{prices:?}");
        let mut naive = quoted(FeedPolicy::NAIVE);
        prices.iter().enumerate().for_each(|(place, price)| naive.hears(5, print(2 + place as u64, *price)));
        assert_eq!(naive.trades, prices.len());
    }
}

#[test]
fn levels_that_are_not_served_are_forgotten() {
    let whole = |number, depth| {
        let bids = (0..4).map(|place| update(Side::Buy, 100 - place, 1));
        let updates = bids.chain([update(Side::Sell, 102, 1)]).collect();
        Body::Difference { number, is_whole: true, updates, trades: Vec::new(), depth, checksum: None }
    };
    let mut bot = quoted(FeedPolicy::CAREFUL);
    bot.hears(5, whole(2, Some(2)));
    assert_eq!(bot.shown.len(), 3);
    bot.hears(6, whole(3, None));
    assert_eq!(bot.shown.len(), 5);
    let mut naive = quoted(FeedPolicy::NAIVE);
    naive.hears(5, whole(2, Some(2)));
    assert_eq!(naive.shown.len(), 5);
}

/// A venue's book after each message, and what becomes of the messages on their way.
fn drawn(rng: &mut Rng) -> Vec<Update> {
    (0..1 + rng.below(3))
        .map(|_| match rng.below(2) {
            0 => update(Side::Buy, rng.range(80..=99), rng.range(0..=3)),
            _ => update(Side::Sell, rng.range(101..=120), rng.range(0..=3)),
        })
        .collect()
}

proptest! {
    /// Whatever is lost, doubled or out of order: a book that is shown is one that the venue had, at the message that it says.
    #[test]
    fn a_book_that_is_shown_is_the_venues(seed in any::<u64>(), bad in 0_u32..40) {
        let mut rng = Streams::new(seed).stream("feed");
        let (mut bot, mut truth) = (Bot::new(FeedPolicy::CAREFUL), vec![BTreeMap::<(bool, i64), i64>::new()]);
        let mut pending: Vec<(i64, Body)> = Vec::new();
        for number in 1..=150_u64 {
            let now = 40 * number.cast_signed();
            let (updates, mut book) = (drawn(&mut rng), truth[truth.len() - 1].clone());
            for one in &updates {
                let key = (one.side == Side::Sell, one.price.ticks());
                match one.quantity.steps() {
                    0 => drop(book.remove(&key)),
                    quantity => drop(book.insert(key, quantity)),
                }
            }
            truth.push(book);
            let body = difference(number, &updates);
            if !rng.ratio(bad, 100) {
                pending.push((now, body));
            } else if rng.ratio(1, 2) {
                pending.extend([(now, body.clone()), (now + rng.range(0..=200), body)]);
            } else if rng.ratio(1, 2) {
                pending.push((now + rng.range(0..=200), body));
            }
            pending.sort_by_key(|(when, _)| *when);
            let later = pending.split_off(pending.partition_point(|(when, _)| *when <= now));
            for (_, body) in std::mem::replace(&mut pending, later) {
                bot.hears(now, body);
            }
            bot.waits_until(now);
            if bot.wants.drain(..).any(|wanted| wanted == FeedDeed::AskSnapshot) {
                let levels = truth[number as usize].iter().map(|((is_ask, price), quantity)| {
                    update(if *is_ask { Side::Sell } else { Side::Buy }, *price, *quantity)
                });
                bot.hears(now, Body::Snapshot { number, levels: levels.collect(), depth: None });
            }
            let known = bot.is_sound && !bot.shown.is_empty();
            prop_assert!(!known || truth.contains(&bot.shown), "message {}: {:?}", number, bot.shown);
        }
        for event in &bot.notes {
            let WireEvent::Synchronised { message, checksum } = event else { continue };
            let levels = |asks: bool| {
                let side: Vec<_> = truth[*message as usize].iter().filter(move |((is_ask, _), _)| *is_ask == asks).collect();
                side.into_iter().map(|((_, price), quantity)| crate::model::Level {
                    price: Price::new(*price),
                    quantity: Quantity::new(*quantity),
                })
            };
            prop_assert_eq!(*checksum, book_checksum(levels(true), levels(false).rev()));
        }
    }
}
