//! Three accounts over several markets: one account's equity, a table a market.

use crate::support::{Dice, random_market};
use crate::world::*;
use seatrial::journal::Entry;
use seatrial::ledger::{Figure, Opening, Reconciled, View};
use seatrial::model::{MarketId, OrderType, ReportKind, Side};
use seatrial::scenario::reconcile_entries;
use seatrial::strategy::{Actions, OrderSpec, Subscriptions, View as Seen};
use seatrial::units::{Money, Price, Quantity, Span};

const QUOTES: [i64; 2] = [70_000, 30_000];

/// Orders in both markets, at random.
fn shakes(dice: &mut Dice, seen: &Seen<'_>, actions: &mut Actions) {
    if let Some(order) = seen.orders.first().filter(|_| dice.below(4) == 0) {
        actions.cancel(order.client_order_id);
    }
    let side = if dice.below(2) == 0 { Side::Buy } else { Side::Sell };
    let order_type = match dice.below(2) {
        0 => OrderType::Market,
        _ => OrderType::Limit { price: Price::new(600_000 + dice.below(60) - 30) },
    };
    let order = OrderSpec::new(side, order_type, Quantity::new(1 + dice.below(90)));
    actions.submit(order.on(MarketId(dice.below(2) as u8)));
}

fn played(seed: u64) -> Played {
    let rows = [random_market(seed, 400), random_market(seed + 1_000, 400)];
    let markets = [("A", &rows[0]), ("B", &rows[1])].map(|(symbol, rows)| market(rows, symbol));
    let plan = Plan { quotes: QUOTES.to_vec(), ..Plan::default() };
    let timer = Subscriptions { timer: Some(Span::from_nanos(70 * MS)), all_markets: true, ..NONE };
    let mut dice = Dice::new(seed);
    play(markets.into(), &plan, timer, move |_, seen, actions| shakes(&mut dice, seen, actions))
}

fn reconciled(played: &Played) -> Reconciled {
    let opening = |quote| Opening { quote: Money::from_units(quote), position: Quantity::ZERO, at: None };
    let openings = QUOTES.map(opening);
    let equity = Some(played.outcome.lanes[0].equity);
    reconcile_entries(played.instruments.iter().zip(&openings), &played.entries, equity).unwrap()
}

fn fill_places(played: &Played) -> Vec<usize> {
    let is_fill = |entry: &Entry| matches!(entry, Entry::Venue(report) if matches!(report.kind, ReportKind::Filled(_)));
    (0..played.entries.len()).filter(|&place| is_fill(&played.entries[place])).collect()
}

#[test]
fn runs_of_several_markets_reconcile() {
    for seed in 1..=24 {
        let played = played(seed);
        let found = reconciled(&played);
        assert!(found.clean && found.fills > 20, "seed {seed}\n{found}");
        assert_eq!(found.markets.iter().map(|market| market.symbol.as_str()).collect::<Vec<_>>(), ["A", "B"]);
        let held: Money = found.markets.iter().map(|market| market.figures[4].ledger).sum();
        assert_eq!(held, found.equity.ledger, "seed {seed}");
    }
}

#[test]
fn a_report_of_another_market_is_found_at_its_entry() {
    for seed in 1..=24 {
        let mut played = played(seed);
        let fills = fill_places(&played);
        let place = fills[fills.len() / 2];
        let Entry::Venue(report) = &mut played.entries[place] else { unreachable!() };
        let (own, order) = (report.market, report.client_order_id.0);
        report.market = MarketId(1 - own.0);
        let found = reconciled(&played);
        let first = &found.differences[0];
        assert_eq!((first.entry, first.order, first.figure), (place as u64, Some(order), Figure::Market), "{found}");
        assert_eq!(first.left, (View::Bot, Money::from_units(own.0.into())), "{found}");
        // A market that the run does not have is no account to post to.
        let Entry::Venue(report) = &mut played.entries[place] else { unreachable!() };
        report.market = MarketId(7);
        let found = reconciled(&played);
        let first = &found.differences[0];
        assert_eq!((first.entry, first.market.as_deref()), (place as u64, Some("market 7")), "{found}");
    }
}

#[test]
fn an_opening_that_is_not_the_runs_is_found_at_the_start() {
    let mut played = played(3);
    let Entry::Start { equity, .. } = &mut played.entries[1] else { panic!("no start") };
    *equity += Money::from_atto(1);
    let found = reconciled(&played);
    let first = &found.differences[0];
    assert_eq!((first.entry, first.figure, first.right.0), (1, Figure::Equity, View::Journal), "{found}");
    // From the first mark on the journal agrees again: the gap closes, and that is said too.
    assert_eq!(found.found, 4, "{found}");
}
