//! Bars in which nobody traded.

use crate::bars::{BarMarket, random_bars};
use crate::shaker::Why;
use crate::world::*;
use seatrial::journal::Entry;
use seatrial::model::{Bar, ClientOrderId, OrderType, ReportKind, Side, TimeInForce};
use seatrial::strategy::{Actions, OrderSpec, Subscriptions, View};
use seatrial::tape::{FitnessFinding, NO_VOLUME, Severity};
use seatrial::units::{MINUTE, Price, Quantity, Timestamp};
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

fn played(bars: &[Bar], findings: Vec<FitnessFinding>, script: Script) -> Vec<(i64, &'static str, Option<i64>)> {
    let mut market = BarMarket::new(bars, MINUTE);
    market.header.findings = findings;
    let lane = LaneSpec { latency: constant(0, 0), ..LaneSpec::new(Kind::Script(EVERY_BAR, script)) };
    let (traces, _) = try_play(&mut market, &AUTO, &[lane]).unwrap();
    happened(&traces[0].entries)
}

fn limit(side: Side, price: i64) -> OrderSpec {
    OrderSpec::new(side, OrderType::Limit { price: Price::new(price) }, Quantity::new(100))
}

/// At the first close a market buy and a resting sell; at the second the sell is cancelled and a third order expires soon.
fn orders(why: Why, view: &View<'_>, actions: &mut Actions) {
    if !matches!(why, Why::Bar(_)) {
        return;
    }
    match minute(view) {
        1 => {
            actions.submit(OrderSpec::market(Side::Buy, Quantity::new(100)));
            actions.submit(limit(Side::Buy, 599_990));
            let until = TimeInForce::GoodTilDate(Timestamp::from_nanos(T0).plus(MINUTE.times(2)));
            actions.submit(limit(Side::Buy, 590_000).time_in_force(until));
        }
        2 => actions.cancel(ClientOrderId(2)),
        _ => {}
    }
}

/// The silent bar's prices would fill the resting buy; nobody traded at them.
const SILENT: [i64; 4] = [600_000, 600_000, 599_000, 600_000];

#[test]
fn nothing_fills_where_nobody_traded_but_cancels_and_expiries_happen() {
    let flat = [600_000; 4];
    let bars = [bar(0, flat, 1), bar(1, SILENT, 0), bar(2, SILENT, 0), bar(3, [600_010; 4], 5), bar(4, flat, 1)];
    let expected = [
        (1, "accepted", None),
        (1, "accepted", None),
        (1, "accepted", None),
        (2, "ended", None),
        (2, "ended", None),
        (3, "filled", Some(600_010)),
    ];
    assert_eq!(played(&bars, Vec::new(), orders), expected);
}

#[test]
fn without_any_volume_on_the_tape_every_bar_counts_as_traded_in() {
    let bars = [bar(0, [600_000; 4], 0), bar(1, SILENT, 0), bar(2, SILENT, 0)];
    let text = String::new;
    let finding = FitnessFinding {
        code: NO_VOLUME.to_owned(),
        severity: Severity::Finding,
        count: 3,
        first: text(),
        detail: text(),
        forbids: text(),
    };
    let found = played(&bars, vec![finding], orders);
    let fills: Vec<_> = found.into_iter().filter(|(_, what, _)| *what == "filled").collect();
    assert_eq!(fills, [(1, "filled", Some(600_000)), (1, "filled", Some(599_990))]);
}

#[test]
fn no_fill_lies_in_a_silent_bar() {
    let mut filled = 0;
    for seed in 1..=6 {
        let mut bars = random_bars(seed, 400);
        for (index, bar) in bars.iter_mut().enumerate() {
            bar.volume = Quantity::new(i64::from(index % 3 != 0));
        }
        let silent: BTreeSet<Timestamp> =
            bars.iter().filter(|bar| bar.volume.is_zero()).map(|bar| bar.open_at).collect();
        for preset in PRESETS {
            let lane = LaneSpec { preset, ..LaneSpec::new(shaker(EVERY_BAR, seed)) };
            let (traces, _) = try_play(&mut BarMarket::new(&bars, MINUTE), &AUTO, &[lane]).unwrap();
            for entry in &traces[0].entries {
                let Entry::Venue(report) = entry else { continue };
                if !matches!(report.kind, ReportKind::Filled(_)) {
                    continue;
                }
                let nanos = report.matched_at.nanos();
                let open_at = Timestamp::from_nanos(nanos - nanos.rem_euclid(MINUTE.nanos()));
                assert!(!silent.contains(&open_at), "seed {seed}, {preset:?}: {report:?}");
                filled += 1;
            }
        }
    }
    assert!(filled > 500, "{filled} fills prove little");
}
