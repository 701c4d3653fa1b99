use super::idle::format_under;
use super::shock::{Multiple, PlacedShock, SHOCKS, Script, ShockModel, ShockStart};
use super::{FlowMarket, FlowModel, FlowRecipe, Overlay, SimpleMarket, SimpleMarketConfig, without_effect};
use crate::book::Ladder;
use crate::model::{Side, row};
use crate::rng::Streams;
use crate::tape::{Batch, BatchSource, TapeKind};
use crate::units::{MINUTE, Price, Quantity, Timestamp};
use proptest::prelude::*;

fn source(minutes: i64, seed: u64) -> Box<dyn BatchSource> {
    let config = SimpleMarketConfig { duration: MINUTE.times(minutes), ..SimpleMarketConfig::default() };
    Box::new(SimpleMarket::new(&config, seed))
}

fn placed(name: &str, severity: f64, minutes: i64) -> PlacedShock {
    let shock = ShockModel::called(name).unwrap_or_else(|| panic!("no shock {name}"));
    PlacedShock { shock, severity: Multiple(severity), start: ShockStart::At(MINUTE.times(minutes)) }
}

/// Best prices after a message, by its stamp.
type Bests = Vec<(i64, Option<i64>, Option<i64>)>;

/// Replays a market and holds it against what every market obeys.
fn replay(market: &mut dyn BatchSource) -> Bests {
    let (mut book, mut bests, mut last) = (Ladder::new(), Vec::new(), (i64::MIN, i64::MIN));
    for index in 0.. {
        let Some(Batch::Rows(batch)) = market.batch(index).unwrap_or_else(|error| panic!("{error}")) else { break };
        for place in 0..batch.len() {
            let (flags, price, quantity) = (batch.flags[place], batch.price.get(place), batch.quantity.get(place));
            let stamps = (batch.venue_at[place], batch.local_at[place]);
            assert!(last <= stamps && stamps.0 <= stamps.1, "stamps {stamps:?} after {last:?}");
            last = stamps;
            assert!(price >= 1 && quantity >= 0, "a row at {price} of {quantity}");
            let side = row::side(flags);
            match flags & row::KIND {
                row::DEPTH => {
                    let there = book.quantity(side, Price::new(price)).steps();
                    assert!(quantity > 0 || there > 0, "a level at {price} is deleted that is not there");
                    book.set(side, Price::new(price), Quantity::new(quantity));
                }
                row::CLEAR => book.clear(side),
                _ => assert!(quantity > 0, "a trade of nothing"),
            }
            if flags & row::LAST != 0 {
                let best = Side::BOTH.map(|side| book.best_price(side).map(Price::ticks));
                assert!(best[0].zip(best[1]).is_none_or(|(bid, ask)| bid < ask), "crossed: {best:?}");
                bests.push((stamps.0, best[0], best[1]));
            }
        }
    }
    bests
}

/// As a recording has it: a market of single orders, read as a tape.
fn recorded(minutes: i64, seed: u64) -> Box<dyn BatchSource> {
    let model = FlowModel::preset("crypto-alt").unwrap_or_else(|| panic!("no market"));
    let start_at = Timestamp::from_nanos(1_767_571_200_000_000_000);
    let recipe = FlowRecipe { model, shocks: Vec::new(), start_at, duration: MINUTE.times(minutes), seed };
    Box::new(FlowMarket::new(recipe))
}

/// Stamp, flags, price and quantity.
type Rows = Vec<(i64, u32, i64, i64)>;

/// Rows, and the stamps at which something traded.
fn rows_of(market: &mut dyn BatchSource) -> (Rows, Vec<i64>) {
    let (mut rows, mut trades) = (Vec::new(), Vec::new());
    for index in 0.. {
        let Some(Batch::Rows(batch)) = market.batch(index).unwrap_or_else(|error| panic!("{error}")) else { break };
        for place in 0..batch.len() {
            let (at, flags) = (batch.venue_at[place], batch.flags[place]);
            rows.push((at, flags, batch.price.get(place), batch.quantity.get(place)));
            if flags & row::KIND == row::TRADE {
                trades.push(at);
            }
        }
    }
    trades.dedup();
    (rows, trades)
}

/// All seventeen change a recording, each by what it says: nothing before it begins, as many orders as it has, no crossed book, time
/// in order.
#[test]
fn every_shock_changes_a_tape() {
    const MINUTES: i64 = 20;
    let (plain, traded) = rows_of(recorded(MINUTES, 5).as_mut());
    let start = plain[0].0;
    for (name, _) in SHOCKS {
        let shock = placed(name, 1.0, 5);
        let over = || Overlay::new(recorded(MINUTES, 5), std::slice::from_ref(&shock), 5);
        let (rows, trades) = rows_of(&mut over());
        let begins = start + MINUTE.times(5).nanos();
        let before = |rows: &[(i64, u32, i64, i64)]| rows.iter().take_while(|row| row.0 < begins).count();
        let calm = before(&plain);
        assert!(rows[..before(&rows)] == plain[..calm], "{name} is there before it begins");
        assert!(rows != plain, "{name} changes nothing");
        replay(&mut over());
        let script = Script::new(std::slice::from_ref(&shock), start, Streams::new(5));
        let expected: f64 =
            traded.iter().map(|at| script.at(*at)).filter(|moment| !moment.halted).map(|moment| moment.orders).sum();
        let found = trades.len() as f64;
        // What moves the price trades with what stands in its way besides.
        let most = if shock.shock.moves.is_empty() { 1.1 } else { 40.0 };
        assert!(
            (0.9 * expected..most * expected + 10.0).contains(&found),
            "{name}: {found} trades, {expected} expected of {}",
            traded.len()
        );
    }
}

/// What the record's middle moves by counts three times: without its own drift the changes of ten seconds are three times as large.
#[test]
fn volatility_is_multiplied() {
    let mids = |bests: &Bests| {
        let start = bests[0].0;
        let at = |second: i64| {
            let place = bests.partition_point(|(at, ..)| *at <= start + second * 1_000_000_000);
            bests[..place].iter().rev().find_map(|(_, bid, ask)| Some((*bid)? + (*ask)?)).unwrap_or_default() as f64
        };
        (31..=59).map(|ten| at(10 * ten + 10) - at(10 * ten)).map(|change| change * change).sum::<f64>()
    };
    let plain = mids(&replay(recorded(16, 7).as_mut()));
    let wild = mids(&replay(&mut Overlay::new(recorded(16, 7), &[placed("regime-flips", 1.0, 5)], 7)));
    let multiple = (wild / plain).sqrt();
    assert!((2.6..3.4).contains(&multiple), "{multiple} times the volatility");
}

/// Fewer orders than the record has: some of its own do not come.
#[test]
fn orders_can_be_fewer() {
    let text = "name = \"quiet\"\nabout = \"\"\nsource = \"\"\nlasts_minutes = 10.0\n[[pace]]\nat_minutes = 0.0\nstay_minutes = 60.0\norders = 0.5\n";
    let shock = ShockModel::parse(text).unwrap_or_else(|error| panic!("{error}"));
    let quiet = PlacedShock { shock, severity: Multiple::ONE, start: ShockStart::At(MINUTE.times(1)) };
    let (_, plain) = rows_of(recorded(30, 3).as_mut());
    let (_, found) = rows_of(&mut Overlay::new(recorded(30, 3), &[quiet], 3));
    let share = found.len() as f64 / plain.len() as f64;
    assert!((0.4..0.65).contains(&share), "{share} of {} trades", plain.len());
}

/// A script that creeps for hours adds two rows for each of the record, and what it may add at once.
#[test]
fn what_is_added_has_an_end() {
    let (plain, _) = rows_of(recorded(90, 3).as_mut());
    let (rows, trades) = rows_of(&mut Overlay::new(recorded(90, 3), &[placed("slow-failure", 2.0, 1)], 3));
    let orders = 3 * trades.len();
    let most = 3 * plain.len() + 20_000 + orders + 200_000;
    assert!(rows.len() < most, "{} rows of {}", rows.len(), plain.len());
}

/// Moves that multiply a price by more than there are numbers, each in its range: a market still.
#[test]
fn moves_beyond_any_price_leave_a_market() {
    let mut shock = placed("flash-rally", 10.0, 1);
    shock.shock.moves.iter_mut().for_each(|phase| phase.percent = 1_000.0);
    let again = shock.shock.moves.clone();
    (0..8).for_each(|_| shock.shock.moves.extend(again.clone()));
    assert_eq!(shock.check(), Ok(()));
    for source in [source(5, 3), recorded(5, 3)] {
        replay(&mut Overlay::new(source, &[shock.clone()], 3));
    }
}

/// What nothing in a market can act on is named in its format.
#[test]
fn what_has_no_effect_is_named() {
    let format = |name: &str| Overlay::new(recorded(1, 1), &[placed(name, 1.0, 0)], 1).header().format.clone();
    let idle = |name: &str| without_effect(&format(name)).map(str::to_owned);
    assert_eq!(idle("liquidation-cascade").as_deref(), Some("leveraged accounts of liquidation-cascade"));
    assert_eq!(idle("regime-flips"), None);
    let of_kind = |kind| format_under("a tape", kind, &[placed("fat-finger", 1.0, 0)]);
    assert_eq!(without_effect(&of_kind(TapeKind::Trades)), Some("orders through the book of fat-finger"));
    assert_eq!(without_effect(&of_kind(TapeKind::L2)), None);
    assert!(format("regime-flips").ends_with(", shocked"));
}

#[test]
fn a_shock_that_does_nothing_leaves_the_market_as_it_is() {
    let text = "name = \"none\"\nabout = \"\"\nsource = \"\"\nlasts_minutes = 1.0\n[[funding]]\nat_minutes = 0.0\nrate_bps = 1.0\n";
    let shock = ShockModel::parse(text).unwrap_or_else(|error| panic!("{error}"));
    let placed = PlacedShock { shock, severity: Multiple::ONE, start: ShockStart::At(MINUTE) };
    assert_eq!(replay(&mut Overlay::new(source(5, 3), &[placed], 3)), replay(source(5, 3).as_mut()));
}

/// A gap of -5 % moves the next message's mid by as much.
#[test]
fn prices_are_moved_by_what_the_shock_says() {
    let plain = replay(source(20, 3).as_mut());
    let moved = replay(&mut Overlay::new(source(20, 3), &[placed("gap", 1.0, 10)], 3));
    let mid = |bests: &Bests, minute: i64| {
        let start = bests[0].0;
        let found = bests.iter().rfind(|(at, ..)| *at <= start + MINUTE.times(minute).nanos());
        found.and_then(|(_, bid, ask)| Some((bid.as_ref()? + ask.as_ref()?) as f64 / 2.0)).unwrap_or_default()
    };
    assert_eq!(mid(&moved, 9), mid(&plain, 9), "before");
    let fall = mid(&moved, 19) - mid(&plain, 19);
    let expected = -0.05 * mid(&plain, 10);
    assert!((fall / expected - 1.0).abs() < 0.01, "fell by {fall} ticks, expected {expected}");
}

#[test]
fn batches_can_be_asked_for_again() {
    let mut market = Overlay::new(source(120, 3), &[placed("whipsaw", 1.0, 2)], 3);
    let rows = |market: &mut Overlay, index| match market.batch(index) {
        Ok(Some(Batch::Rows(batch))) => (batch.venue_at.to_vec(), batch.flags.to_vec()),
        other => panic!("{other:?}"),
    };
    let first = rows(&mut market, 0);
    let after = (1..).find(|index| market.batch(*index).is_ok_and(|batch| batch.is_none()));
    assert!(after.is_some_and(|batches| batches > 4), "{after:?} batches: the first is kept still");
    assert_eq!(rows(&mut market, 0), first);
    let again = || rows_of(&mut Overlay::new(source(30, 3), &[placed("whipsaw", 1.0, 2)], 3)).0;
    assert!(again() == again(), "another one when it is made again");
}

/// An order through the book takes nothing from what else begins in its instant: the spread of the fat finger is wide afterwards.
#[test]
fn a_sweep_hides_no_other_phase() {
    let spread = |bests: &Bests, seconds: i64| {
        let until = bests[0].0 + MINUTE.times(2).nanos() + seconds * 1_000_000_000;
        let found = bests.iter().rfind(|(at, bid, ask)| *at <= until && bid.is_some() && ask.is_some());
        found.and_then(|(_, bid, ask)| Some(ask.as_ref()? - bid.as_ref()?)).unwrap_or_default()
    };
    let calm = spread(&replay(source(6, 3).as_mut()), 60);
    let wild = spread(&replay(&mut Overlay::new(source(6, 3), &[placed("fat-finger", 1.0, 2)], 3)), 60);
    assert!(wild > 10 * calm, "{wild} ticks, {calm} without the shock");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the shock, its strength and the market: never crossed, nothing negative, in order of time.
    #[test]
    fn an_overlaid_market_is_a_market(which in 0..SHOCKS.len(), other in 0..SHOCKS.len(), severity in 0.25_f64..4.0, seed in 0_u64..1_000) {
        let shocks = [placed(SHOCKS[which].0, severity, 1), placed(SHOCKS[other].0, 4.25 - severity, 3)];
        let bests = replay(&mut Overlay::new(source(12, seed), &shocks, seed));
        prop_assert!(bests.len() > 100);
    }
}
