//! One instrument, its gates and orders, for benches of single rooms.

use seatrial::gates::{GateConfig, Gates, RiskView};
use seatrial::model::{
    BestPrices, ClientOrderId, ContractKind, ExecutionReport, FeeSchedule, Fill, Filters, Instrument, Intent,
    IntentKey, Level, Liquidity, Mark, MarketId, OrderId, OrderType, ReportKind, Session, Side, TimeInForce,
};
use seatrial::units::{Fixed, Money, Price, Quantity, Rate, Rounding, Timestamp};

/// 2024-01-01 UTC.
pub const START_NS: i64 = 1_704_067_200_000_000_000;

/// A linear contract: tick 0.01, step 1, fees of 0.02 % either way.
pub fn instrument() -> Instrument {
    let fee = Rate::from_bps(2);
    let fees = FeeSchedule { maker: fee, taker: fee, rounding: Rounding::TowardVenue, decimals: 8 };
    let filters = Filters::lot_only(Quantity::new(1));
    Instrument {
        symbol: "ABCUSD".to_owned(),
        venue: "bench".to_owned(),
        kind: ContractKind::Linear,
        base: "ABC".to_owned(),
        quote: "USD".to_owned(),
        tick_size: Fixed::new(1, 2),
        step_size: Fixed::new(1, 0),
        multiplier: Fixed::new(1, 0),
        fees,
        filters,
        inferred: Vec::new(),
    }
}

/// All gates with limits far away.
pub fn armed() -> Gates {
    armed_but("")
}

/// The same with one gate off, or none where the name is empty.
pub fn armed_but(name: &str) -> Gates {
    let text = r#"{
        "order_value": { "max": "1000000000" },
        "position": { "max_value": "1000000000" },
        "daily_loss": { "absolute": "100000000" },
        "order_burst": { "orders": 100000, "window_ms": 10 },
        "stale_data": { "max_age_ms": 3600000 },
        "kill_switch": {},
        "idempotency": {},
        "book_state": {},
        "venue_filters": {},
        "price_collar": { "percent": 50 },
        "order_quantity": { "max": "1000000000" },
        "fee_coverage": { "without_edge": "pass" },
        "exposure": { "percent": 100 },
        "leverage": { "max": 1000 },
        "open_orders": { "max": 10000 },
        "daily_orders": { "max": 100000000 },
        "message_rate": { "messages": 10000, "reserve": 1, "window_ms": 1 },
        "drawdown": { "percent": 100 },
        "total_loss": { "percent": 100 },
        "extreme_move": { "percent": 100 },
        "consecutive_losses": { "losses": 1000 },
        "single_trade_loss": { "percent": 100 },
        "error_rate": { "errors": 10000 },
        "repeated_executions": { "executions": 10000 },
        "stop_loss": { "percent": 100 },
        "period_collar": { "percent": 100 },
        "position_ramp": { "initial": "1000000000", "max": "1000000000" },
        "daily_turnover": { "max": "1000000000000" },
        "self_trade": {},
        "concurrent_positions": { "max": 256 },
        "paper_mode": {},
        "heartbeat": { "max_silence_ms": 86400000 },
        "user_orders": { "max": 100000000 }
    }"#;
    let mut table: serde_json::Value = serde_json::from_str(text).expect("a table of gates");
    if !name.is_empty() {
        table[name] = serde_json::Value::from("off");
    }
    let config: GateConfig = serde_json::from_value(table).expect("gates as the catalogue has them");
    let mut gates = Gates::new(&config, &instrument()).expect("limits that fit");
    gates.connect(Session::Paper);
    gates.heartbeat(Timestamp::MAX, &mut Vec::new());
    gates
}

/// What the gates are told at `now`: a book of 100.00 to 100.01 and a large account.
pub fn risk(now: i64) -> RiskView {
    let level = |price| Some(Level { price: Price::new(price), quantity: Quantity::new(10) });
    RiskView {
        now: Timestamp::from_nanos(now),
        position: Quantity::ZERO,
        open_buy: Quantity::ZERO,
        open_sell: Quantity::ZERO,
        reduce_only_buy: Quantity::ZERO,
        reduce_only_sell: Quantity::ZERO,
        open_orders: 0,
        own_bid: None,
        own_ask: None,
        other_positions: 0,
        best: BestPrices { bid: level(10_000), ask: level(10_001) },
        market_at: Some(Timestamp::from_nanos(now)),
        equity: Money::from_units(1_000_000_000),
    }
}

/// The same in the middle of trading: a position, and orders of both sides open, some of them reduce-only.
pub fn busy(now: i64) -> RiskView {
    RiskView {
        position: Quantity::new(7),
        open_buy: Quantity::new(20),
        open_sell: Quantity::new(25),
        reduce_only_sell: Quantity::new(5),
        open_orders: 9,
        own_bid: Some(Price::new(9_999)),
        own_ask: Some(Price::new(10_002)),
        other_positions: 2,
        ..risk(now)
    }
}

/// That buy as filled whole at `at`.
pub fn filled(number: u64, at: Timestamp) -> ExecutionReport {
    let (price, quantity) = (Price::new(9_990), Quantity::new(1));
    let best = risk(at.nanos()).best;
    let fill = Fill { price, quantity, liquidity: Liquidity::Maker, fee: Money::ZERO, best };
    ExecutionReport {
        market: MarketId::FIRST,
        client_order_id: ClientOrderId(number),
        order_id: OrderId(number),
        side: Side::Buy,
        kind: ReportKind::Filled(fill),
        executed: quantity,
        open: Quantity::ZERO,
        sent_at: at,
        arrived_at: at,
        matched_at: at,
        reported_at: at,
    }
}

/// A post-only buy of one step.
pub fn buy(number: u64, price: i64) -> Intent {
    Intent {
        intent_key: IntentKey(number),
        client_order_id: ClientOrderId(number),
        replaces: None,
        market: MarketId::FIRST,
        side: Side::Buy,
        order_type: OrderType::Limit { price: Price::new(price) },
        time_in_force: TimeInForce::GoodTilCancel,
        quantity: Quantity::new(1),
        post_only: true,
        reduce_only: false,
        protective: false,
        expected_edge: None,
        reason: 0,
    }
}

/// A tick of the risk clock at `now`: flat, the book as in [`risk`].
pub fn mark(now: i64) -> Mark {
    let view = risk(now);
    Mark {
        market: MarketId::FIRST,
        at: view.now,
        best: view.best,
        position: view.position,
        equity: view.equity,
        open_orders: 0,
        feed_latency_ns: 1_000_000,
    }
}
