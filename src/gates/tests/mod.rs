//! A small world for the gates, and one file of tests per concern.

mod breakers;
mod config;
mod edges;
mod orders;
mod peers;
mod reports;
mod restart;
mod safety;
mod sessions;
mod stops;
mod table;
mod users;

use super::{Amount, Execution, GateConfig, GateEvent, Gates, RiskView, Setting};
use crate::model::{
    BestPrices, ClientOrderId, ContractKind, ExecutionReport, FeeSchedule, Fill, Filters, Instrument, Intent,
    IntentKey, Level, Liquidity, Mark, MarketId, OrderId, OrderType, Refusal, ReportKind, Side, TimeInForce,
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
        own_bid: None,
        own_ask: None,
        other_positions: 0,
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

/// The gates that `text` arms, as a scenario has them, and no others.
pub fn armed(text: &str) -> (Gates, GateConfig) {
    let off = toml::Table::try_from(GateConfig::off()).unwrap();
    let on: toml::Table = toml::from_str(text).unwrap();
    let config: GateConfig = off.into_iter().chain(on).collect::<toml::Table>().try_into().unwrap();
    assert_eq!(config.validate(), Ok(()));
    (Gates::new(&config, &instrument()).unwrap(), config)
}

/// What the bot hears at `at` of an order that executes `executed` steps in all.
pub fn report(at: Timestamp, side: Side, kind: ReportKind, executed: i64) -> ExecutionReport {
    ExecutionReport {
        market: MarketId::FIRST,
        client_order_id: ClientOrderId(1),
        order_id: OrderId(1),
        side,
        kind,
        executed: Quantity::new(executed),
        open: Quantity::ZERO,
        sent_at: at,
        arrived_at: at,
        matched_at: at,
        reported_at: at,
    }
}

/// The only fill of an order.
pub fn filled(at: Timestamp, side: Side, quantity: i64, price: i64) -> ExecutionReport {
    let fill = Fill {
        price: Price::new(price),
        quantity: Quantity::new(quantity),
        liquidity: Liquidity::Taker,
        fee: Money::ZERO,
        best: quotes(99, 101),
    };
    report(at, side, ReportKind::Filled(fill), quantity)
}

pub fn tell(gates: &mut Gates, report: &ExecutionReport, execution: Option<Execution>) -> Vec<GateEvent> {
    let mut out = Vec::new();
    gates.on_report(report, execution.as_ref(), &mut out);
    out
}

/// One fill on `side` that brings the position from `before` to `after` and realises so many atto.
pub fn execute(gates: &mut Gates, at: Timestamp, [before, after]: [i64; 2], result: i128) -> Vec<GateEvent> {
    let side = if before < after { Side::Buy } else { Side::Sell };
    let [before, after] = [before, after].map(Quantity::new);
    let execution = Execution { before, after, result: Money::from_atto(result) };
    tell(gates, &filled(at, side, 1, 100), Some(execution))
}

/// A position of one step that is taken and closed with a result in atto.
pub fn round_trip(gates: &mut Gates, at: Timestamp, side: Side, result: i128) -> Vec<GateEvent> {
    let opened = execute(gates, at, [0, side.sign()], 0);
    assert_eq!(opened, []);
    execute(gates, at, [side.sign(), 0], result)
}
