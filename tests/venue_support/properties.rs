//! Random commands: the order arithmetic, the position and the marks hold whatever happens; mirror images agree.

use super::{PIVOT_X2, Sim, World, intent};
use proptest::prelude::*;
use seatrial::book::Ladder;
use seatrial::gates::{GateConfig, Gates, RiskView};
use seatrial::model::{
    BestPrices, ClientOrderId, ContractKind, OrderType, ReportKind, SelfTradePrevention, Side, TimeInForce,
    TriggerSource,
};
use seatrial::units::{Money, Price, Quantity, Timestamp};
use seatrial::venue::{BarPath, FillPreset, Funds, MarketKind, Venue, VenueConfig};

/// One random command; ids and prices are resolved when it runs.
#[derive(Debug, Clone)]
enum Command {
    New {
        side: Side,
        shape: u8,
        near: i64,
        far: i64,
        quantity: i64,
        life: u8,
        post: bool,
        reduce: bool,
        replaces: Option<u8>,
    },
    Cancel(u8),
    Amend {
        which: u8,
        price: Option<i64>,
        quantity: Option<i64>,
    },
    Row {
        side: Side,
        price: i64,
        quantity: i64,
        last: bool,
    },
    Trade {
        side: Side,
        price: i64,
        quantity: i64,
    },
    Wait(i64),
    Bar {
        open: i64,
        up: i64,
        down: i64,
        close: i64,
    },
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

fn command() -> impl Strategy<Value = Command> {
    let price = || 95_i64..=105;
    let flags = (any::<bool>(), 0_u8..4, proptest::option::weighted(0.25, any::<u8>()));
    let order = (side(), 0_u8..9, price(), price(), 1_i64..12, 0_u8..8, flags);
    prop_oneof![
        6 => order.prop_map(|(side, shape, near, far, quantity, life, (post, reduce, replaces))| {
            let (post, reduce) = (post && shape > 4, reduce == 0);
            Command::New { side, shape, near, far, quantity, life, post, reduce, replaces }
        }),
        2 => any::<u8>().prop_map(Command::Cancel),
        2 => (any::<u8>(), proptest::option::of(price()), proptest::option::of(-1_i64..14))
            .prop_map(|(which, price, quantity)| Command::Amend { which, price, quantity }),
        8 => (side(), price(), prop_oneof![Just(0_i64), 1_i64..20], any::<bool>())
            .prop_map(|(side, price, quantity, last)| Command::Row { side, price, quantity, last }),
        4 => (side(), price(), 1_i64..20).prop_map(|(side, price, quantity)| Command::Trade { side, price, quantity }),
        1 => (1_i64..6).prop_map(Command::Wait),
        3 => (price(), 0_i64..4, 0_i64..4, 0_i64..9)
            .prop_map(|(open, up, down, close)| Command::Bar { open, up, down, close }),
    ]
}

fn world() -> impl Strategy<Value = World> {
    let preset = prop_oneof![
        Just(FillPreset::Optimistic),
        Just(FillPreset::Neutral),
        Just(FillPreset::Pessimistic),
        Just(FillPreset::Hftbacktest)
    ];
    let mode = prop_oneof![
        Just(SelfTradePrevention::ExpireTaker),
        Just(SelfTradePrevention::ExpireMaker),
        Just(SelfTradePrevention::ExpireBoth)
    ];
    let market = prop_oneof![4 => Just(MarketKind::L2), 1 => Just(MarketKind::Trades), 2 => Just(MarketKind::Bars)];
    let source = prop_oneof![Just(TriggerSource::Last), Just(TriggerSource::Best)];
    (preset, mode, market, source, 1_i64..4, -6_i64..7, 0_i64..2).prop_map(
        |(preset, self_trade, market, trigger, lot, position, half_spread)| {
            let mut world = World { market, ..World::default() };
            world.config = VenueConfig { trigger, self_trade, ..VenueConfig::preset(preset) };
            world.config.assumed_half_spread_ticks = half_spread;
            world.config.assumed_queue_ahead = (half_spread == 1).then_some(Quantity::new(5));
            world.instrument.filters.lot = Quantity::new(lot);
            world.funds.position = Quantity::new(position);
            world
        },
    )
}

/// Runs a command, mirrored if asked.
fn run(sim: &mut Sim, next_id: &mut u64, command: &Command, market: MarketKind, mirrored: bool) {
    let turn = |price: i64| if mirrored { PIVOT_X2 - price } else { price };
    let swap = |side: Side| if mirrored { side.opposite() } else { side };
    // Rows of one message take effect together: nothing comes between them.
    if sim.mid_message && !matches!(command, Command::Row { .. }) {
        sim.end_of_message();
    }
    match *command {
        Command::New { side, shape, near, far, quantity, life, post, reduce, replaces } => {
            let (trigger, price) = (Price::new(turn(near)), Price::new(turn(far)));
            let order_type = match shape {
                0 => OrderType::Market,
                1 => OrderType::Stop { trigger },
                2 => OrderType::StopLimit { trigger, price },
                3 => OrderType::TakeProfit { trigger },
                _ => OrderType::Limit { price },
            };
            *next_id += 1;
            let mut intent = intent(*next_id, swap(side), order_type, quantity);
            intent.time_in_force = match life {
                0 => TimeInForce::ImmediateOrCancel,
                1 => TimeInForce::FillOrKill,
                2 => TimeInForce::GoodTilDate(Timestamp::from_nanos(sim.now + 4)),
                _ => TimeInForce::GoodTilCancel,
            };
            (intent.post_only, intent.reduce_only) = (post, reduce);
            intent.replaces = replaces.map(|which| ClientOrderId(1 + u64::from(which) % *next_id));
            sim.submit(intent);
        }
        Command::Cancel(which) => sim.cancel(1 + u64::from(which) % (*next_id).max(1)),
        Command::Amend { which, price, quantity } => {
            sim.amend(1 + u64::from(which) % (*next_id).max(1), price.map(turn), quantity);
        }
        Command::Row { side, price, quantity, last } if market == MarketKind::L2 => {
            sim.row(swap(side), turn(price), quantity);
            if last {
                sim.end_of_message();
            }
        }
        Command::Trade { side, price, quantity } if market != MarketKind::Bars => {
            sim.trade(swap(side), quantity, turn(price));
        }
        Command::Wait(span) => sim.wait_until(sim.now + span),
        Command::Bar { open, up, down, close } if market == MarketKind::Bars => {
            let (high, low) = (open + up, open - down);
            let close = turn((low + close).min(high));
            let (a, b) = (turn(high), turn(low));
            sim.bar(turn(open), a.max(b), a.min(b), close);
        }
        Command::Row { .. } | Command::Trade { .. } | Command::Bar { .. } => {}
    }
}

fn play(world: &World, commands: &[Command], mirrored: bool) -> Vec<String> {
    let mut world = world.clone();
    if mirrored {
        world.funds.position = Quantity::new(-world.funds.position.steps());
        world.config.bar_path = match world.config.bar_path {
            BarPath::OpenHighLowClose => BarPath::OpenLowHighClose,
            BarPath::OpenLowHighClose => BarPath::OpenHighLowClose,
            other => other,
        };
    }
    let (mut sim, mut next_id) = (Sim::new(&world), 0);
    for command in commands {
        run(&mut sim, &mut next_id, command, world.market, mirrored);
        within_limits(&sim);
        sim.settle();
    }
    let lines = std::mem::take(&mut sim.lines);
    sim.wind_up();
    lines
}

/// No report of this step breaks a promise that can be seen in it alone.
fn within_limits(sim: &Sim) {
    for report in &sim.reports {
        if let ReportKind::Filled(fill) = report.kind {
            assert!(fill.price.ticks() > 80 && fill.price.ticks() < 120, "{report:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// `Sim` checks original = executed + open + ended, position and open orders after every command, and at the end
    /// that no mark is left in the book.
    #[test]
    fn arithmetic_holds(world in world(), commands in prop::collection::vec(command(), 1..120)) {
        play(&world, &commands, false);
    }

    #[test]
    fn mirror_images_agree(mut world in world(), commands in prop::collection::vec(command(), 1..80)) {
        world.config.bar_path = BarPath::OpenHighLowClose;
        let straight: Vec<String> = play(&world, &commands, false).iter().map(|line| super::script::mirror_line(line)).collect();
        prop_assert_eq!(straight, play(&world, &commands, true));
    }

    /// The engine may call the venue for rows that concern another lane: they change nothing.
    #[test]
    fn needless_calls_change_nothing(mut world in world(), commands in prop::collection::vec(command(), 1..80)) {
        world.market = MarketKind::L2;
        let quiet = play(&world, &commands, false);
        let (mut sim, mut next_id) = (Sim::new(&world), 0);
        sim.eager = true;
        for command in &commands {
            run(&mut sim, &mut next_id, command, world.market, false);
            sim.settle();
        }
        prop_assert_eq!(sim.lines, quiet);
    }

    /// Spot balances never go below zero, whatever is sent.
    #[test]
    fn spot_is_never_short(mut world in world(), commands in prop::collection::vec(command(), 1..120), quote in 0_i64..3000) {
        world.instrument.kind = ContractKind::Spot;
        world.config.fills.funds_checked = true;
        world.config.fills.own_orders_meet = true;
        world.funds = Funds { quote: Money::from_units(quote), position: Quantity::new(world.funds.position.steps().abs()) };
        let (mut sim, mut next_id) = (Sim::new(&world), 0);
        let mut cash = world.funds.quote;
        for command in &commands {
            run(&mut sim, &mut next_id, command, world.market, false);
            for report in &sim.reports {
                if let ReportKind::Filled(fill) = report.kind {
                    let paid = world.instrument.notional(fill.price, fill.quantity).unwrap();
                    cash = cash.checked_sub(paid.times(i128::from(report.side.sign())).unwrap()).unwrap();
                }
            }
            prop_assert!(cash >= Money::ZERO, "cash {}", cash);
            prop_assert!(sim.venue.position() >= Quantity::ZERO);
            sim.settle();
        }
    }
}

fn submit(
    venue: &mut Venue,
    book: &mut Ladder,
    id: u64,
    side: Side,
    quantity: i64,
) -> Result<(), seatrial::units::Overflow> {
    let risk = RiskView {
        now: Timestamp::from_nanos(1),
        position: Quantity::ZERO,
        open_buy: Quantity::ZERO,
        open_sell: Quantity::ZERO,
        reduce_only_buy: Quantity::ZERO,
        reduce_only_sell: Quantity::ZERO,
        open_orders: 0,
        own_bid: None,
        own_ask: None,
        other_positions: 0,
        best: BestPrices::default(),
        market_at: None,
        equity: Money::from_units(1),
    };
    let mut gates = Gates::new(&GateConfig::off(), &World::default().instrument).unwrap();
    let order = gates.clear_order(intent(id, side, OrderType::Market, quantity), &risk).unwrap();
    venue.submit(order, Timestamp::from_nanos(1), book, &mut Vec::new())
}

/// At the extremes an amount that leaves its type is an error with both operands, never a wrap.
#[test]
fn overflow_is_an_error() {
    let world = World::default();
    let new = || Venue::new(&world.instrument, &world.config, MarketKind::L2, &world.funds).unwrap();
    let most = i64::MAX / 4; // what a book level can hold
    let mut book = Ladder::new();
    book.set(Side::Sell, Price::new(i64::MAX / 2), Quantity::new(most));
    let error = submit(&mut new(), &mut book, 1, Side::Buy, most).unwrap_err();
    assert!(error.to_string().contains("overflows"), "{error}");

    let mut venue = new();
    let mut book = Ladder::new();
    for id in 1..=4 {
        book.set(Side::Sell, Price::new(id), Quantity::new(most));
        submit(&mut venue, &mut book, id as u64, Side::Buy, most).unwrap();
    }
    book.set(Side::Sell, Price::new(5), Quantity::new(most));
    let error = submit(&mut venue, &mut book, 5, Side::Buy, most).unwrap_err();
    assert_eq!(error.what(), "position");
}

/// Two venues that saw the same have the same digest, two that did not have another.
#[test]
fn digest_tells_states_apart() {
    let world = World::default();
    let digest = |commands: &[Command]| {
        let (mut sim, mut next_id) = (Sim::new(&world), 0);
        sim.row(Side::Sell, 101, 5);
        commands.iter().for_each(|command| run(&mut sim, &mut next_id, command, world.market, false));
        let mut hasher = blake3::Hasher::new();
        sim.venue.digest(&mut hasher);
        hasher.finalize()
    };
    let new = |far, quantity| Command::New {
        side: Side::Buy,
        shape: 5,
        near: 0,
        far,
        quantity,
        life: 5,
        post: false,
        reduce: false,
        replaces: None,
    };
    assert_eq!(digest(&[new(99, 3)]), digest(&[new(99, 3)]));
    let states =
        [digest(&[]), digest(&[new(99, 3)]), digest(&[new(98, 3)]), digest(&[new(99, 4)]), digest(&[new(101, 3)])];
    for (index, state) in states.iter().enumerate() {
        assert!(!states[..index].contains(state), "state {index}");
    }
}
