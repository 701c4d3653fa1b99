use super::world::{Deal, World, at, best, instrument, usd};
use crate::journal::{Entry, EntrySink};
use crate::metrics::{PositionLimit, Stopped, ViolentFold, Wait};
use crate::model::*;
use crate::units::{Money, Quantity, Span};

const LOSS: GateId = GateId(3);
const OTHER: GateId = GateId(20);

fn deal(side: Side, quantity: i64) -> Deal {
    Deal { side, price: 1_000, quantity, liquidity: Liquidity::Taker, fee: Money::ZERO, best: best(999, 1_001) }
}

/// A trip at which the gate found `value` over the limit of one unit.
fn trip(world: &mut World, milliseconds: i64, gate: GateId, value: Money) {
    let refusal = Refusal { gate, value: value.atto(), limit: usd("1").atto() };
    world.entries.push(Entry::Tripped { at: at(milliseconds), market: MarketId::FIRST, refusal });
}

fn stop(world: &World, limit: PositionLimit) -> Stopped {
    let mut fold = ViolentFold::new(&instrument(), limit, at(1_500), &[LOSS]).expect("exact scales");
    world.entries.iter().for_each(|entry| fold.record(entry));
    fold.finish().stop.expect("a stop")
}

fn took(milliseconds: i64) -> Wait {
    Wait::Took(Span::from_nanos(milliseconds * 1_000_000))
}

fn limited(steps: i64) -> PositionLimit {
    PositionLimit { quantity: Some(Quantity::new(steps)), value: None }
}

/// ```text
/// time  equity  position
/// 1.0   1000.0         3   bought at 0.5
/// 2.0    998.5         3   beyond the limit of 1
/// 3.0    999.5         3   within it again
/// 4.0    998.9         3   beyond it: the cause
/// 5.0    998.0         3   the trip, confirmed
/// 6.0                  2   heard of at 6.003
/// 8.0                  0   heard of at 8.003
/// ```
fn world(gate: GateId) -> World {
    let mut world = World::new(0, usd("1000"));
    world.fill(500, deal(Side::Buy, 3));
    for (second, equity) in [(1, "1000"), (2, "998.5"), (3, "999.5"), (4, "998.9"), (5, "998")] {
        world.mark_at_equity(second * 1_000, best(999, 1_001), usd(equity));
    }
    trip(&mut world, 5_000, gate, usd("2"));
    world.fill(6_000, deal(Side::Sell, 1));
    world.fill(8_000, deal(Side::Sell, 2));
    world.end(9_000);
    world
}

#[test]
fn flat_and_within_the_limit_are_two_times() {
    let stops = [1, 2, 3].map(|steps| stop(&world(LOSS), limited(steps)));
    assert_eq!(stops.map(|stop| stop.to_within_limit), [took(3_003), took(1_003), took(0)]);
    assert_eq!(stops.map(|stop| stop.to_flat), [took(3_003); 3]);
    let unlimited = stop(&world(LOSS), PositionLimit::default());
    assert_eq!(
        (unlimited.to_flat, unlimited.to_within_limit),
        (took(3_003), Wait::Nothing("no limit of the position is set"))
    );
}

#[test]
fn what_never_came_says_so() {
    let mut world = world(LOSS);
    world.entries.truncate(world.entries.len() - 3);
    world.end(9_000);
    let stop = stop(&world, limited(2));
    assert_eq!(stop.to_flat, Wait::Never("something was held until the run's end"));
    assert_eq!(stop.to_within_limit, Wait::Never("the position was beyond its limit until the run's end"));
    let json = serde_json::to_value(stop.to_flat).expect("plain data");
    assert_eq!(json, serde_json::json!({"value": null, "reason": "something was held until the run's end"}));
    assert_eq!(serde_json::to_value(took(1)).expect("plain data"), serde_json::json!({"value": 1_000_000}));
}

/// A limit of value is met by the price as well as by a trade.
#[test]
fn a_fall_of_the_price_brings_a_position_within_its_value() {
    let mut world = World::new(0, usd("1000"));
    world.fill(500, deal(Side::Buy, 3));
    world.mark_at_equity(2_000, best(999, 1_001), usd("998"));
    trip(&mut world, 2_000, LOSS, usd("2"));
    world.mark_at_equity(3_000, best(499, 501), usd("997"));
    world.end(4_000);
    // Three steps at a hundred are worth 0.3, and at fifty 0.15.
    let stop = stop(&world, PositionLimit { quantity: None, value: Some(usd("0.2")) });
    assert_eq!((stop.to_within_limit, stop.to_flat.is_due()), (took(1_000), true));
}

/// From the first of the marks in a row that were beyond the limit; of a gate that is about no equity nobody can say.
#[test]
fn a_cause_is_the_first_mark_beyond_the_limit() {
    assert_eq!(stop(&world(LOSS), limited(3)).from_cause, took(1_000));
    assert_eq!(
        stop(&world(OTHER), limited(3)).from_cause,
        Wait::Nothing("the control that stopped it is about no fall of equity")
    );
}
