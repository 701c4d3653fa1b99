//! Bars in which nobody traded.

use crate::bars::{BarMarket, random_bars};
use crate::shaker::Why;
use crate::world::*;
use seatrial::journal::Entry;
use seatrial::model::{Bar, ClientOrderId, Liquidity, OrderType, ReportKind, Side, TimeInForce};
use seatrial::strategy::{Actions, OrderSpec, Subscriptions, View};
use seatrial::units::{MINUTE, Price, Quantity, Span, Timestamp};
use std::collections::BTreeSet;

const T0: i64 = 1_700_000_040_000_000_000; // a whole minute
const EVERY_BAR: Subscriptions = Subscriptions {
    timer: None,
    bars: Some(MINUTE),
    book: false,
    trades: false,
    reports: false,
    depth: false,
    all_markets: false,
};

fn bar(minute: i64, prices: [i64; 4], volume: i64) -> Bar {
    let [open, high, low, close] = prices.map(Price::new);
    let open_at = Timestamp::from_nanos(T0).plus(MINUTE.times(minute));
    Bar { open_at, period: MINUTE, open, high, low, close, volume: Quantity::new(volume) }
}

/// Minute of the run at which it closes.
fn minute(view: &View<'_>) -> i64 {
    view.now.since(Timestamp::from_nanos(T0)).nanos() / MINUTE.nanos()
}

/// What happened at the venue: minute of the run, what, price of a fill.
fn happened(entries: &[Entry]) -> Vec<(i64, &'static str, Option<i64>)> {
    let event = |entry: &Entry| match entry {
        Entry::Venue(report) => {
            let at = report.matched_at.since(Timestamp::from_nanos(T0)).nanos().div_euclid(MINUTE.nanos());
            let price = if let ReportKind::Filled(fill) = report.kind { Some(fill.price.ticks()) } else { None };
            Some((at, entry.kind(), price))
        }
        _ => None,
    };
    entries.iter().filter_map(event).collect()
}

fn played(bars: &[Bar], script: Script) -> Vec<Entry> {
    let lane = LaneSpec { latency: constant(0, 0), ..LaneSpec::new(Kind::Script(EVERY_BAR, script)) };
    let (mut traces, _) = try_play(&mut BarMarket::new(bars, MINUTE), &AUTO, &[lane]).unwrap();
    traces.remove(0).entries
}

const FLAT: [i64; 4] = [600_000; 4];

fn limit(side: Side, price: i64) -> OrderSpec {
    OrderSpec::new(side, OrderType::Limit { price: Price::new(price) }, Quantity::new(100))
}

fn at_minutes(halves: i64) -> Timestamp {
    Timestamp::from_nanos(T0).plus(MINUTE.times(halves)).plus(Span::from_nanos(MINUTE.nanos() / 2))
}

/// At the first close a market buy, a limit that is to fill at once, one that is cancelled at the second close, and one that
/// expires in the middle of the third bar.
fn orders(why: Why, view: &View<'_>, actions: &mut Actions) {
    if !matches!(why, Why::Bar(_)) {
        return;
    }
    match minute(view) {
        1 => {
            actions.submit(OrderSpec::market(Side::Buy, Quantity::new(100)));
            actions.submit(limit(Side::Buy, 599_999).time_in_force(TimeInForce::ImmediateOrCancel));
            actions.submit(limit(Side::Buy, 599_990));
            actions.submit(limit(Side::Buy, 590_000).time_in_force(TimeInForce::GoodTilDate(at_minutes(2))));
        }
        2 => actions.cancel(ClientOrderId(3)),
        _ => {}
    }
}

#[test]
fn nothing_fills_where_nobody_traded_but_all_else_happens_in_time() {
    let silent = |minute: i64| bar(minute, FLAT, 0);
    let bars = [bar(0, FLAT, 1), silent(1), silent(2), bar(3, [600_010; 4], 5), bar(4, FLAT, 1)];
    let expected = [
        (1, "accepted", None),
        (1, "accepted", None),
        (1, "accepted", None),
        (1, "accepted", None),
        (1, "ended", None),
        (2, "ended", None),
        (2, "ended", None),
        (3, "filled", Some(600_010)),
    ];
    let entries = played(&bars, orders);
    assert_eq!(happened(&entries), expected);
    let open: Vec<u32> = entries
        .iter()
        .filter_map(|entry| if let Entry::Mark(mark) = entry { Some(mark.open_orders) } else { None })
        .collect();
    assert_eq!(open, [0, 3, 1, 0, 0], "open at each close");
}

#[test]
fn an_order_that_expires_in_the_last_bar_ends_though_nobody_traded() {
    let bars = [bar(0, FLAT, 1), bar(1, FLAT, 0), bar(2, FLAT, 0)];
    let ended = happened(&played(&bars, orders)).into_iter().filter(|(_, what, _)| *what == "ended").count();
    assert_eq!(ended, 3);
}

fn rests(why: Why, view: &View<'_>, actions: &mut Actions) {
    if matches!(why, Why::Bar(_)) && minute(view) == 1 {
        actions.submit(limit(Side::Buy, 599_990));
        actions.submit(limit(Side::Sell, 600_010));
    }
}

/// However long nobody trades: what rested is filled as what rested, on either side.
#[test]
fn an_order_that_rested_through_silent_bars_is_a_maker() {
    for open in [599_900, 600_100] {
        let silent = (1..5).map(|minute| bar(minute, FLAT, 0));
        let mut bars = vec![bar(0, FLAT, 1)];
        bars.extend(silent);
        bars.push(bar(5, [open; 4], 3));
        let entries = played(&bars, rests);
        let fills: Vec<Liquidity> = entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::Venue(report) => match report.kind {
                    ReportKind::Filled(fill) => Some(fill.liquidity),
                    _ => None,
                },
                _ => None,
            })
            .collect();
        assert_eq!(fills, [Liquidity::Maker], "open at {open}");
    }
}

fn stops(why: Why, view: &View<'_>, actions: &mut Actions) {
    if matches!(why, Why::Bar(_)) && minute(view) == 1 {
        for (side, trigger) in [(Side::Buy, 600_050), (Side::Sell, 599_950)] {
            let stop = OrderType::Stop { trigger: Price::new(trigger) };
            actions.submit(OrderSpec::new(side, stop, Quantity::new(100)));
        }
    }
}

/// A price that moves without volume is a flaw of the data, and no reason to spare a bot its stop.
#[test]
fn where_the_price_moves_without_volume_orders_fill_and_triggers_fire() {
    for moved in
        [[600_000, 600_060, 600_000, 600_060], [600_060; 4], [600_000, 600_000, 599_940, 599_940], [599_940; 4]]
    {
        let entries = played(&[bar(0, FLAT, 1), bar(1, moved, 0), bar(2, FLAT, 1)], stops);
        let what: Vec<_> = happened(&entries).into_iter().map(|(minute, what, _)| (minute, what)).collect();
        assert!(what.contains(&(1, "triggered")) && what.contains(&(1, "filled")), "{moved:?}: {what:?}");
    }
}

/// Every third bar silent, in runs of all kinds of orders: no fill and no trigger lies in one, and reports are no older than
/// the marks before them.
#[test]
fn no_fill_lies_in_a_silent_bar() {
    let mut filled = 0;
    for seed in 1..=6 {
        let mut bars = random_bars(seed, 400);
        for index in 1..bars.len() {
            let close = bars[index - 1].close;
            let is_silent = index % 3 == 0;
            bars[index].volume = Quantity::new(i64::from(!is_silent));
            if is_silent {
                bars[index] = Bar { open: close, high: close, low: close, close, ..bars[index] };
            }
        }
        let silent: BTreeSet<Timestamp> =
            bars.iter().skip(1).filter(|bar| bar.volume.is_zero()).map(|bar| bar.open_at).collect();
        for preset in PRESETS {
            let lane = LaneSpec { preset, ..LaneSpec::new(shaker(EVERY_BAR, seed)) };
            let (traces, _) = try_play(&mut BarMarket::new(&bars, MINUTE), &AUTO, &[lane]).unwrap();
            filled += check(&traces[0].entries, &silent, &format!("seed {seed}, {preset:?}"));
        }
    }
    assert!(filled > 500, "{filled} fills prove little");
}

/// Counts the fills.
fn check(entries: &[Entry], silent: &BTreeSet<Timestamp>, what: &str) -> usize {
    let (mut filled, mut marked_at) = (0, Timestamp::MIN);
    for entry in entries {
        match entry {
            Entry::Mark(mark) => marked_at = mark.at,
            Entry::Venue(report) => {
                assert!(marked_at <= report.matched_at, "{what}: {report:?} behind a mark at {marked_at}");
                let nanos = report.matched_at.nanos();
                let open_at = Timestamp::from_nanos(nanos - nanos.rem_euclid(MINUTE.nanos()));
                let traded = matches!(report.kind, ReportKind::Filled(_) | ReportKind::Triggered);
                assert!(!traded || !silent.contains(&open_at), "{what}: {report:?}");
                filled += usize::from(matches!(report.kind, ReportKind::Filled(_)));
            }
            _ => {}
        }
    }
    filled
}
