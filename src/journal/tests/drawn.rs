//! Arbitrary entries, extremes favoured.

use crate::journal::Entry;
use crate::model::*;
use crate::units::{Money, Price, Quantity, Rate, Timestamp};
use proptest::option;
use proptest::prelude::*;

fn number() -> impl Strategy<Value = i64> {
    prop_oneof![2 => -300_i64..300, 1 => any::<i64>(), 1 => Just(i64::MIN), 1 => Just(i64::MAX)]
}

fn wide() -> impl Strategy<Value = i128> {
    prop_oneof![2 => -300_i128..300, 1 => any::<i128>(), 1 => Just(i128::MIN), 1 => Just(i128::MAX)]
}

fn natural() -> impl Strategy<Value = u64> {
    prop_oneof![3 => 0_u64..300, 1 => any::<u64>(), 1 => Just(u64::MAX)]
}

fn at() -> impl Strategy<Value = Timestamp> {
    number().prop_map(Timestamp::from_nanos)
}

fn price() -> impl Strategy<Value = Price> {
    number().prop_map(Price::new)
}

fn quantity() -> impl Strategy<Value = Quantity> {
    number().prop_map(Quantity::new)
}

fn money() -> impl Strategy<Value = Money> {
    wide().prop_map(Money::from_atto)
}

fn id() -> impl Strategy<Value = ClientOrderId> {
    natural().prop_map(ClientOrderId)
}

fn market() -> impl Strategy<Value = MarketId> {
    prop_oneof![3 => Just(MarketId::FIRST), 1 => any::<u8>().prop_map(MarketId)]
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

fn level() -> impl Strategy<Value = Option<Level>> {
    option::of((price(), quantity()).prop_map(|(price, quantity)| Level { price, quantity }))
}

fn best() -> impl Strategy<Value = BestPrices> {
    (level(), level()).prop_map(|(bid, ask)| BestPrices { bid, ask })
}

fn order_type() -> impl Strategy<Value = OrderType> {
    prop_oneof![
        Just(OrderType::Market),
        price().prop_map(|price| OrderType::Limit { price }),
        price().prop_map(|trigger| OrderType::Stop { trigger }),
        (price(), price()).prop_map(|(trigger, price)| OrderType::StopLimit { trigger, price }),
        price().prop_map(|trigger| OrderType::TakeProfit { trigger }),
    ]
}

fn time_in_force() -> impl Strategy<Value = TimeInForce> {
    prop_oneof![
        Just(TimeInForce::GoodTilCancel),
        Just(TimeInForce::ImmediateOrCancel),
        Just(TimeInForce::FillOrKill),
        at().prop_map(TimeInForce::GoodTilDate),
    ]
}

fn intent() -> impl Strategy<Value = Intent> {
    let names = (natural(), id(), market(), side(), any::<u32>());
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), option::of(number()), option::of(id()));
    (names, order_type(), time_in_force(), quantity(), flags).prop_map(
        |((key, client_order_id, market, side, reason), order_type, time_in_force, quantity, flags)| Intent {
            intent_key: IntentKey(key),
            client_order_id,
            market,
            side,
            order_type,
            time_in_force,
            replaces: flags.4,
            quantity,
            post_only: flags.0,
            reduce_only: flags.1,
            protective: flags.2,
            expected_edge: flags.3.map(Rate::from_ppb),
            reason,
        },
    )
}

fn refusal() -> impl Strategy<Value = Refusal> {
    (any::<u8>(), wide(), wide()).prop_map(|(gate, value, limit)| Refusal { gate: GateId(gate), value, limit })
}

fn alert() -> impl Strategy<Value = Alert> {
    let phase = proptest::sample::select(AlertPhase::ALL.to_vec());
    (any::<u8>(), phase, at(), wide(), wide()).prop_map(|(rule, phase, cause_at, value, limit)| Alert {
        rule: AlertId(rule),
        phase,
        cause_at,
        value,
        limit,
    })
}

fn fill() -> impl Strategy<Value = Fill> {
    let liquidity = prop_oneof![Just(Liquidity::Maker), Just(Liquidity::Taker)];
    (price(), quantity(), liquidity, money(), best()).prop_map(|(price, quantity, liquidity, fee, best)| Fill {
        price,
        quantity,
        liquidity,
        fee,
        best,
    })
}

fn report_kind() -> impl Strategy<Value = ReportKind> {
    let reject = proptest::sample::select(RejectReason::ALL.to_vec());
    prop_oneof![
        Just(ReportKind::Accepted),
        reject.clone().prop_map(ReportKind::Rejected),
        reject.prop_map(ReportKind::RequestRejected),
        Just(ReportKind::Triggered),
        (price(), quantity()).prop_map(|(price, quantity)| ReportKind::Amended { price, quantity }),
        fill().prop_map(ReportKind::Filled),
        proptest::sample::select(CancelReason::ALL.to_vec()).prop_map(ReportKind::Ended),
        bust().prop_map(ReportKind::Busted),
        (bust(), price(), money()).prop_map(|(was, price, fee)| ReportKind::Corrected(Correction { was, price, fee })),
    ]
}

fn bust() -> impl Strategy<Value = Bust> {
    (natural(), fill(), any::<u32>()).prop_map(|(of, fill, line)| Bust {
        of,
        price: fill.price,
        quantity: fill.quantity,
        liquidity: fill.liquidity,
        fee: fill.fee,
        line,
    })
}

fn report() -> impl Strategy<Value = ExecutionReport> {
    let stamps = (at(), at(), at(), at());
    ((market(), id()), natural(), side(), report_kind(), quantity(), quantity(), stamps).prop_map(
        |((market, client_order_id), order_id, side, kind, executed, open, stamps)| ExecutionReport {
            market,
            client_order_id,
            order_id: OrderId(order_id),
            side,
            kind,
            executed,
            open,
            sent_at: stamps.0,
            arrived_at: stamps.1,
            matched_at: stamps.2,
            reported_at: stamps.3,
        },
    )
}

fn mark() -> impl Strategy<Value = Mark> {
    (market(), at(), best(), quantity(), money(), any::<u32>(), number()).prop_map(
        |(market, at, best, position, equity, open_orders, feed_latency_ns)| Mark {
            market,
            at,
            best,
            position,
            equity,
            open_orders,
            feed_latency_ns,
        },
    )
}

/// Any entry.
pub fn entry() -> impl Strategy<Value = Entry> {
    prop_oneof![
        (at(), market(), money(), quantity()).prop_map(|(at, market, equity, position)| Entry::Start {
            at,
            market,
            equity,
            position
        }),
        (at(), intent()).prop_map(|(at, intent)| Entry::OrderSent { at, intent }),
        (at(), intent(), refusal()).prop_map(|(at, intent, refusal)| Entry::OrderRefused { at, intent, refusal }),
        (at(), market(), id()).prop_map(|(at, market, client_order_id)| Entry::CancelSent {
            at,
            market,
            client_order_id
        }),
        (at(), market(), id(), option::of(price()), option::of(quantity())).prop_map(
            |(at, market, client_order_id, price, quantity)| Entry::AmendSent {
                at,
                market,
                client_order_id,
                price,
                quantity
            }
        ),
        (at(), market(), id(), refusal()).prop_map(|(at, market, client_order_id, refusal)| Entry::RequestRefused {
            at,
            market,
            client_order_id,
            refusal
        }),
        report().prop_map(Entry::Venue),
        mark().prop_map(Entry::Mark),
        (at(), market(), mark()).prop_map(|(at, market, mark)| Entry::Quote { at, market, best: mark.best }),
        (at(), market(), refusal()).prop_map(|(at, market, refusal)| Entry::Tripped { at, market, refusal }),
        (at(), market(), any::<u8>()).prop_map(|(at, market, gate)| Entry::Cleared { at, market, gate: GateId(gate) }),
        (at(), market(), alert()).prop_map(|(at, market, alert)| Entry::Alert { at, market, alert }),
        (at(), market(), proptest::sample::select(Charge::ALL.to_vec()), money(), any::<u32>())
            .prop_map(|(at, market, charge, amount, line)| Entry::Charged { at, market, charge, amount, line }),
        (at(), market(), money(), money(), any::<u32>())
            .prop_map(|(at, market, asked, amount, line)| Entry::Allocated { at, market, asked, amount, line }),
        (at(), market(), any::<bool>(), number(), 0_usize..3).prop_map(
            |(at, market, is_halted, price_increment, access)| {
                let access = Access::ALL[access];
                Entry::Status { at, market, status: TradingStatus { is_halted, price_increment, access } }
            }
        ),
        (at(), market(), id(), wire()).prop_map(|(at, market, client_order_id, event)| Entry::Wire {
            at,
            market,
            client_order_id,
            event
        }),
        (at(), market(), id(), money()).prop_map(|(at, market, client_order_id, at_stake)| Entry::Ambiguous {
            at,
            market,
            client_order_id,
            at_stake
        }),
        (at(), natural(), natural()).prop_map(|(at, rows, messages)| Entry::End { at, rows, messages }),
    ]
}

/// Any event on the wire: drawn parts that come to one.
fn wire() -> impl Strategy<Value = WireEvent> {
    let parts = (0_u8..36, prop_oneof![0_u64..64, any::<u64>()], any::<u64>());
    parts.prop_map(|parts| WireEvent::from_parts(parts).unwrap_or(WireEvent::Halted))
}

/// A plain order, as a market maker sends it: number `number`.
pub fn order(number: u64) -> Entry {
    let intent = Intent {
        intent_key: IntentKey(number),
        client_order_id: ClientOrderId(number),
        market: MarketId::FIRST,
        side: if number.is_multiple_of(2) { Side::Buy } else { Side::Sell },
        order_type: OrderType::Limit { price: Price::new(616_861 + number as i64 % 7) },
        time_in_force: TimeInForce::GoodTilCancel,
        replaces: None,
        quantity: Quantity::new(10),
        post_only: true,
        reduce_only: false,
        protective: false,
        expected_edge: None,
        reason: 0,
    };
    Entry::OrderSent { at: Timestamp::from_nanos(1_700_000_000_000_000_000 + number as i64 * 50_000_000), intent }
}
