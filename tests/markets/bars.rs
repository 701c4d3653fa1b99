//! Several tapes of bars in one run.

use crate::support::{Dice, header};
use crate::world::*;
use seatrial::engine::EngineError;
use seatrial::model::{Bar, MarketId, Side};
use seatrial::strategy::{Actions, OrderSpec, Subscriptions, View};
use seatrial::tape::{BarBatch, Batch, BatchSource, IntColumn, TapeError, TapeHeader, TapeKind};
use seatrial::units::{MINUTE, Price, Quantity, Span, Timestamp};
use std::cell::RefCell;
use std::rc::Rc;

const T0: i64 = 1_700_000_040_000_000_000; // a whole minute

struct BarMarket {
    header: TapeHeader,
    bars: Vec<Bar>,
}

impl BatchSource for BarMarket {
    fn header(&self) -> &TapeHeader {
        &self.header
    }

    fn batch(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        let all = || self.bars.iter();
        let column = |read: fn(&Bar) -> i64| IntColumn::Wide(all().map(read).collect());
        Ok((index == 0).then(|| {
            Batch::Bars(BarBatch {
                open_at: all().map(|bar| bar.open_at.nanos()).collect(),
                open: column(|bar| bar.open.ticks()),
                high: column(|bar| bar.high.ticks()),
                low: column(|bar| bar.low.ticks()),
                close: column(|bar| bar.close.ticks()),
                volume: column(|bar| bar.volume.steps()),
            })
        }))
    }
}

/// Minutes of a random walk, some of them missing.
fn walk(seed: u64, minutes: i64, holes: bool) -> Vec<Bar> {
    let mut dice = Dice::new(seed);
    let mut last = 600_000;
    let mut bars = Vec::new();
    for minute in 0..minutes {
        let close = last + dice.below(41) - 20;
        let (high, low) = (last.max(close) + dice.below(9), last.min(close) - dice.below(9));
        let open_at = Timestamp::from_nanos(T0 + minute * MINUTE.nanos());
        let price = Price::new;
        let bar = Bar {
            open_at,
            period: MINUTE,
            open: price(last),
            high: price(high),
            low: price(low),
            close: price(close),
            volume: Quantity::new(1_000),
        };
        if !holes || dice.below(4) > 0 {
            bars.push(bar);
        }
        last = close;
    }
    bars
}

fn bars(bars: &[Bar], symbol: &str, period: Span) -> Labelled {
    let mut header = header(&[], TapeKind::Bars);
    header.period = Some(period);
    header.rows = bars.len() as u64;
    header.first_at = bars.first().map_or(Timestamp::default(), |bar| bar.open_at);
    header.last_at = bars.last().map_or(Timestamp::default(), |bar| bar.open_at);
    header.instrument.symbol = symbol.to_owned();
    Labelled::of(Box::new(BarMarket { header, bars: bars.to_vec() }))
}

const BARS: Subscriptions = Subscriptions { bars: Some(MINUTE), all_markets: true, ..NONE };

/// Buys and sells the market whose bar woke it, by the bar's number alone.
fn trade(seed: u64) -> impl FnMut(Why, &View<'_>, &mut Actions) + 'static {
    move |_, view, actions| {
        let Some(market) = view.market(view.woken) else { return };
        let minute = (view.now.nanos() - T0) / MINUTE.nanos();
        let mut dice = Dice::new(seed.wrapping_add(minute as u64 * 977));
        let side = if dice.below(2) == 0 { Side::Buy } else { Side::Sell };
        let Some(last) = market.best.bid else { return };
        view.orders_at(market.id).for_each(|order| actions.cancel(order.client_order_id));
        let price = last.price.offset(-side.sign() * dice.below(12));
        actions.submit(OrderSpec::limit(side, price, Quantity::new(1 + dice.below(5))).on(market.id));
    }
}

#[test]
fn each_bar_tape_trades_as_it_would_alone() {
    for seed in 1..=4 {
        let (a, b) = (walk(seed, 600, true), walk(seed + 9, 500, true));
        let both = play(vec![bars(&a, "A", MINUTE), bars(&b, "B", MINUTE)], &Plan::default(), BARS, trade(seed));
        let alone = |tape: &[Bar]| play(vec![bars(tape, "A", MINUTE)], &Plan::default(), BARS, trade(seed)).fills(0);
        assert_eq!(both.fills(0), alone(&a), "seed {seed}");
        assert_eq!(both.fills(1), alone(&b), "seed {seed}");
        assert!(both.fills(0).len() > 50 && both.fills(1).len() > 50, "too few fills prove little");
        let rows = (a.len() + b.len()) as u64;
        assert_eq!((both.outcome.rows, both.outcome.markets[1].rows), (rows, b.len() as u64));
        assert!(both.summary().profit.marks_checked > 100);
    }
}

#[test]
fn bars_wake_in_the_order_of_time_and_market() {
    let (a, b) = (walk(1, 60, true), walk(2, 60, true));
    let log: Rc<RefCell<Vec<(i64, MarketId)>>> = Rc::default();
    let kept = Rc::clone(&log);
    play(vec![bars(&a, "A", MINUTE), bars(&b, "B", MINUTE)], &Plan::default(), BARS, move |_, view, _| {
        kept.borrow_mut().push((view.now.nanos(), view.woken));
    });
    let closes = |tape: &[Bar], market| {
        tape.iter().map(move |bar| (bar.open_at.nanos() + MINUTE.nanos(), market)).collect::<Vec<_>>()
    };
    let mut wanted = [closes(&a, MarketId(0)), closes(&b, MarketId(1))].concat();
    wanted.sort_unstable();
    assert_eq!(*log.borrow(), wanted);
}

#[test]
fn bars_that_do_not_open_together_are_refused() {
    let a = walk(1, 10, false);
    let shifted: Vec<Bar> =
        a.iter().map(|bar| Bar { open_at: bar.open_at.plus(Span::from_nanos(MS)), ..*bar }).collect();
    for (other, words) in
        [(bars(&a, "B", MINUTE.times(5)), "one period"), (bars(&shifted, "B", MINUTE), "same instants")]
    {
        let strategy = Scripted { subscriptions: NONE, act: Box::new(|_, _, _| {}) };
        let played = try_play(vec![bars(&a, "A", MINUTE), other], &Plan::default(), strategy);
        let Err(EngineError::Unsupported(text)) = played else { panic!("expected a refusal") };
        assert!(text.contains(words) && text.contains("`A`") && text.contains("`B`"), "{text}");
    }
}
