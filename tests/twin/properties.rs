//! Short command sequences that shrink, over presets with single departures.

use crate::dice::{Dice, world};
use crate::exchange::Row;
use crate::pair::{Command, Draft, Pair, Target};
use proptest::prelude::*;
use seatrial::model::{OrderType, Side, TimeInForce};
use seatrial::units::{Price, Timestamp};
use seatrial::venue::MarketKind;

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

fn price() -> impl Strategy<Value = i64> {
    95_i64..106
}

fn row() -> impl Strategy<Value = Row> {
    prop_oneof![
        3 => (90_i64..101, 0_i64..9).prop_map(|(price, steps)| Row::Depth { side: Side::Buy, price, steps }),
        3 => (100_i64..111, 0_i64..9).prop_map(|(price, steps)| Row::Depth { side: Side::Sell, price, steps }),
        1 => (side(), price(), 0_i64..9).prop_map(|(side, price, steps)| Row::Depth { side, price, steps }),
        2 => (side(), price(), 1_i64..9).prop_map(|(aggressor, price, steps)| Row::Trade { aggressor, price, steps }),
        1 => side().prop_map(|side| Row::Clear { side }),
    ]
}

fn order_type() -> impl Strategy<Value = OrderType> {
    (0..5, price(), price()).prop_map(|(kind, price, trigger)| {
        let (price, trigger) = (Price::new(price), Price::new(trigger));
        match kind {
            0 => OrderType::Limit { price },
            1 => OrderType::Market,
            2 => OrderType::Stop { trigger },
            3 => OrderType::StopLimit { trigger, price },
            _ => OrderType::TakeProfit { trigger },
        }
    })
}

fn life() -> impl Strategy<Value = TimeInForce> {
    prop_oneof![
        3 => Just(TimeInForce::GoodTilCancel),
        1 => Just(TimeInForce::ImmediateOrCancel),
        1 => Just(TimeInForce::FillOrKill),
        1 => (0_i64..9).prop_map(|nanos| TimeInForce::GoodTilDate(Timestamp::from_nanos(nanos))),
    ]
}

fn draft() -> impl Strategy<Value = Draft> {
    let skip = prop_oneof![9 => Just(1_u64), 1 => Just(0)];
    let replaces = prop::option::weighted(0.25, (0_usize..8).prop_map(Target::Live));
    let flags = (prop::bool::weighted(0.2), prop::bool::weighted(0.2), skip, replaces);
    (side(), order_type(), life(), 0_i64..12, flags).prop_map(|(side, order_type, time_in_force, steps, flags)| {
        let (post_only, reduce_only, skip, replaces) = flags;
        Draft { side, order_type, time_in_force, steps, post_only, reduce_only, replaces, skip }
    })
}

fn command() -> impl Strategy<Value = Command> {
    let target = || (0_usize..8).prop_map(Target::Live);
    prop_oneof![
        4 => prop::collection::vec(row(), 1..5).prop_map(Command::Message),
        5 => draft().prop_map(Command::New),
        1 => target().prop_map(Command::Cancel),
        2 => (target(), prop::option::of(price()), prop::option::of(0_i64..12))
            .prop_map(|(target, price, steps)| Command::Amend(target, price, steps)),
        1 => Just(Command::Silence),
        1 => (0_i64..9, any::<bool>()).prop_map(|(nanos, early)| Command::Wait { nanos, early }),
    ]
}

/// A command that a market of this kind can have.
fn fits(command: &Command, market: MarketKind) -> Command {
    match (command, market) {
        (Command::Message(rows), MarketKind::Trades) => {
            let trades = rows.iter().filter(|row| matches!(row, Row::Trade { .. }));
            Command::Message(trades.copied().collect())
        }
        (Command::Message(rows), MarketKind::Bars) => {
            let prices: Vec<i64> = rows.iter().map(price_of).collect();
            let (open, close) = (prices[0], prices[prices.len() - 1]);
            let (high, low) = (prices.iter().copied().max(), prices.iter().copied().min());
            Command::Bar([open, high.unwrap_or(open), low.unwrap_or(open), close])
        }
        (Command::Silence, MarketKind::L2 | MarketKind::Trades) => Command::Wait { nanos: 0, early: false },
        _ => command.clone(),
    }
}

fn price_of(row: &Row) -> i64 {
    match row {
        Row::Depth { price, .. } | Row::Trade { price, .. } => *price,
        Row::Clear { .. } => 100,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn short_sequences_agree(
        seed in any::<u64>().no_shrink(),
        commands in prop::collection::vec(command(), 1..40),
    ) {
        let world = world(&mut Dice::new(seed));
        let mut pair = Pair::new(&world);
        for (number, command) in commands.iter().enumerate() {
            pair.run(&fits(command, world.market));
            let difference = pair.difference().or_else(|| pair.book_difference());
            prop_assert!(difference.is_none(), "command {}: {:?}\n{}\n{:?}", number, command, difference.unwrap_or_default(), world);
        }
    }
}
