//! A small world for the gates, and one file of tests per concern.

mod config;
mod edges;
mod orders;
mod restart;
mod safety;
mod table;

use super::{Amount, GateConfig, GateEvent, Gates, RiskView, Setting};
use crate::model::{
    BestPrices, ClientOrderId, ContractKind, FeeSchedule, Filters, Instrument, Intent, IntentKey, Level, Mark,
    MarketId, OrderType, Refusal, Side, TimeInForce,
};
use crate::units::{DAY, Fixed, Money, Price, Quantity, Rate, Rounding, SECOND, Timestamp};

/// One tick and one step are one unit, so that figures can be read.
pub fn instrument() -> Instrument {
    Instrument {
        symbol: "TEST".into(),
        venue: "test".into(),
        kind: ContractKind::Linear,
        base: "BASE".into(),
        quote: "QUOTE".into(),
        tick_size: Fixed::new(1, 0),
        step_size: Fixed::new(1, 0),
        multiplier: Fixed::new(1, 0),
        fees: FeeSchedule { maker: Rate::ZERO, taker: Rate::ZERO, rounding: Rounding::TowardVenue, decimals: 8 },
        filters: Filters::lot_only(Quantity::new(1)),
        inferred: Vec::new(),
    }
}

pub fn amount(text: &str) -> Amount {
    Amount::new(Money::parse(text).unwrap())
}

pub fn gates(configure: impl FnOnce(&mut GateConfig)) -> Gates {
    let mut config = GateConfig::off();
    configure(&mut config);
    Gates::new(&config, &instrument()).unwrap()
}

pub fn quotes(bid: i64, ask: i64) -> BestPrices {
    let level = |ticks| Some(Level { price: Price::new(ticks), quantity: Quantity::new(1) });
    BestPrices { bid: level(bid), ask: level(ask) }
}

/// Noon of the first day, flat, quotes 99 and 101, fresh data.
pub fn risk() -> RiskView {
    RiskView {
        now: noon(0),
        position: Quantity::ZERO,
        open_buy: Quantity::ZERO,
        open_sell: Quantity::ZERO,
        reduce_only_buy: Quantity::ZERO,
        reduce_only_sell: Quantity::ZERO,
        open_orders: 0,
        best: quotes(99, 101),
        market_at: Some(noon(0)),
        equity: Money::from_units(1_000),
    }
}

pub fn noon(day: i64) -> Timestamp {
    Timestamp::from_nanos(day * DAY.nanos() + 43_200 * SECOND.nanos())
}

pub fn order(side: Side, order_type: OrderType, quantity: i64) -> Intent {
    Intent {
        market: MarketId::FIRST,
        intent_key: IntentKey(1),
        client_order_id: ClientOrderId(1),
        side,
        order_type,
        time_in_force: TimeInForce::GoodTilCancel,
        replaces: None,
        quantity: Quantity::new(quantity),
        post_only: false,
        reduce_only: false,
        protective: false,
        expected_edge: None,
        reason: 0,
    }
}

pub fn limit(side: Side, quantity: i64, price: i64) -> Intent {
    order(side, OrderType::Limit { price: Price::new(price) }, quantity)
}

pub fn mark(at: Timestamp, equity: i64) -> Mark {
    mark_of(at, Money::from_units(equity))
}

pub fn mark_of(at: Timestamp, equity: Money) -> Mark {
    Mark {
        market: MarketId::FIRST,
        at,
        best: quotes(99, 101),
        position: Quantity::ZERO,
        equity,
        open_orders: 0,
        feed_latency_ns: 0,
    }
}

/// Marks one second apart, and what they led to.
pub fn marks(gates: &mut Gates, from: Timestamp, equities: &[i64]) -> Vec<GateEvent> {
    let mut out = Vec::new();
    for (second, &equity) in (0..).zip(equities) {
        gates.on_mark(&mark(from.plus(SECOND.times(second)), equity), &mut out);
    }
    out
}

pub fn judge(gates: &mut Gates, intent: Intent, risk: &RiskView) -> Result<(), Refusal> {
    gates.clear_order(intent, risk).map(|cleared| assert_eq!(cleared.get().intent, intent))
}

pub fn refusal(gate: &str, value: i128, limit: i128) -> Refusal {
    let spec = super::catalogue().iter().find(|spec| spec.name == gate).unwrap();
    Refusal { gate: spec.id, value, limit }
}

pub const ATTO: i128 = Money::ONE.atto();

pub fn on<T>(limits: T) -> Setting<T> {
    Setting::On(limits)
}
