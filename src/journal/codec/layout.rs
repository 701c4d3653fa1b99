use super::varint::Coder;
use crate::journal::Entry;
use crate::model::{
    Access, Alert, AlertId, AlertPhase, BestPrices, BotStatus, Bust, CancelReason, Charge, ClientOrderId, Command,
    Correction, ExecutionReport, Fill, GateId, Intent, IntentKey, Level, Liquidity, Mark, MarketId, OrderId, OrderType,
    Refusal, RejectReason, ReportKind, Side, TimeInForce, TradingStatus, WireEvent,
};
use crate::units::{Money, Price, Quantity, Rate, Timestamp};

/// What the differences are taken against: the last value of each field, within a block.
#[derive(Debug, Clone, Default)]
pub(in crate::journal) struct Previous {
    at: i64,
    intent_key: i64,
    sent_id: i64,
    sent_price: [i64; 2],
    sent_quantity: i64,
    asked_id: i64,
    venue_id: i64,
    order_id: i64,
    entry_ns: i64,
    wait_ns: i64,
    response_ns: i64,
    fill_price: i64,
    bid: [i64; 2],
    ask: [i64; 2],
    equity: i128,
    position: i64,
    feed_latency_ns: i64,
    compared: [i128; 2],
}

pub(super) const BLANK_REFUSAL: Refusal = Refusal { gate: GateId(0), value: 0, limit: 0 };

pub(super) const BLANK_FILL: Fill = Fill {
    price: Price::new(0),
    quantity: Quantity::ZERO,
    liquidity: Liquidity::Maker,
    fee: Money::ZERO,
    best: BestPrices { bid: None, ask: None },
};

pub(super) const BLANK_BUST: Bust = Bust {
    of: 0,
    price: Price::new(0),
    quantity: Quantity::ZERO,
    liquidity: Liquidity::Maker,
    fee: Money::ZERO,
    line: 0,
};

pub(super) const BLANK_INTENT: Intent = Intent {
    intent_key: IntentKey(0),
    client_order_id: ClientOrderId(0),
    market: MarketId::FIRST,
    side: Side::Buy,
    order_type: OrderType::Market,
    time_in_force: TimeInForce::GoodTilCancel,
    replaces: None,
    quantity: Quantity::ZERO,
    post_only: false,
    reduce_only: false,
    protective: false,
    expected_edge: None,
    reason: 0,
};

/// Walks through the record of `entry`, tag excluded.
#[inline]
pub(in crate::journal) fn walk<C: Coder>(c: &mut C, previous: &mut Previous, entry: &Entry) -> Result<Entry, C::Error> {
    match entry {
        Entry::OrderSent { at, intent } => {
            walk_order_sent(c, previous, *at, intent).map(|(at, intent)| Entry::OrderSent { at, intent })
        }
        Entry::CancelSent { at, market, client_order_id } => {
            let walked = walk_cancel_sent(c, previous, *at, *client_order_id);
            walked.map(|(at, client_order_id)| Entry::CancelSent { at, market: *market, client_order_id })
        }
        Entry::Venue(report) => Ok(Entry::Venue(walk_report(c, previous, report)?)),
        Entry::Mark(mark) => Ok(Entry::Mark(walk_mark(c, previous, mark)?)),
        Entry::Quote { at, market, best } => {
            walk_quote(c, previous, *at, best).map(|(at, best)| Entry::Quote { at, market: *market, best })
        }
        rare => walk_rare(c, previous, rare),
    }
}

/// Walks through the fields of an order on its way.
#[inline(always)]
pub(in crate::journal) fn walk_order_sent<C: Coder>(
    c: &mut C,
    previous: &mut Previous,
    at: Timestamp,
    intent: &Intent,
) -> Result<(Timestamp, Intent), C::Error> {
    Ok((time(c, at, previous)?, walk_intent(c, previous, intent)?))
}

/// Walks through the fields of a cancel on its way.
#[inline(always)]
pub(in crate::journal) fn walk_cancel_sent<C: Coder>(
    c: &mut C,
    previous: &mut Previous,
    at: Timestamp,
    client_order_id: ClientOrderId,
) -> Result<(Timestamp, ClientOrderId), C::Error> {
    Ok((time(c, at, previous)?, id(c, client_order_id, &mut previous.asked_id)?))
}

/// Walks through the fields of a quote.
#[inline(always)]
pub(in crate::journal) fn walk_quote<C: Coder>(
    c: &mut C,
    previous: &mut Previous,
    at: Timestamp,
    best: &BestPrices,
) -> Result<(Timestamp, BestPrices), C::Error> {
    Ok((time(c, at, previous)?, walk_best(c, previous, best)?))
}

fn walk_rare<C: Coder>(c: &mut C, previous: &mut Previous, entry: &Entry) -> Result<Entry, C::Error> {
    Ok(match entry {
        Entry::Start { at, market, equity, position } => Entry::Start {
            at: time(c, *at, previous)?,
            market: *market,
            equity: money(c, *equity, &mut previous.equity)?,
            position: steps(c, *position, &mut previous.position)?,
        },
        Entry::OrderRefused { at, intent, refusal } => Entry::OrderRefused {
            at: time(c, *at, previous)?,
            intent: walk_intent(c, previous, intent)?,
            refusal: walk_refusal(c, previous, refusal)?,
        },
        Entry::AmendSent { at, market, client_order_id, price, quantity } => Entry::AmendSent {
            at: time(c, *at, previous)?,
            market: *market,
            client_order_id: id(c, *client_order_id, &mut previous.asked_id)?,
            price: optional(c, price.map(Price::ticks))?.map(Price::new),
            quantity: optional(c, quantity.map(Quantity::steps))?.map(Quantity::new),
        },
        Entry::RequestRefused { at, market, client_order_id, refusal } => Entry::RequestRefused {
            at: time(c, *at, previous)?,
            market: *market,
            client_order_id: id(c, *client_order_id, &mut previous.asked_id)?,
            refusal: walk_refusal(c, previous, refusal)?,
        },
        Entry::Tripped { at, market, refusal } => Entry::Tripped {
            at: time(c, *at, previous)?,
            market: *market,
            refusal: walk_refusal(c, previous, refusal)?,
        },
        Entry::Cleared { at, market, gate } => {
            Entry::Cleared { at: time(c, *at, previous)?, market: *market, gate: walk_gate(c, *gate)? }
        }
        Entry::Command { at, market, command, status, line } => Entry::Command {
            at: time(c, *at, previous)?,
            market: *market,
            command: one_of(c, *command, &Command::ALL, "a command")?,
            status: one_of(c, *status, &BotStatus::ALL, "a status")?,
            line: small(c, *line)?,
        },
        Entry::Alert { at, market, alert } => {
            let at = time(c, *at, previous)?;
            Entry::Alert { at, market: *market, alert: walk_alert(c, at, alert)? }
        }
        Entry::Status { at, market, status } => {
            Entry::Status { at: time(c, *at, previous)?, market: *market, status: walk_status(c, *status)? }
        }
        Entry::Charged { .. } | Entry::Allocated { .. } => walk_moved(c, previous, entry)?,
        Entry::Wire { at, market, client_order_id, event } => Entry::Wire {
            at: time(c, *at, previous)?,
            market: *market,
            client_order_id: id(c, *client_order_id, &mut previous.asked_id)?,
            event: walk_wire(c, *event)?,
        },
        Entry::Ambiguous { at, market, client_order_id, at_stake } => Entry::Ambiguous {
            at: time(c, *at, previous)?,
            market: *market,
            client_order_id: id(c, *client_order_id, &mut previous.asked_id)?,
            at_stake: money(c, *at_stake, &mut 0)?,
        },
        Entry::End { at, rows, messages } => {
            Entry::End { at: time(c, *at, previous)?, rows: c.number(*rows)?, messages: c.number(*messages)? }
        }
        common => *common,
    })
}

/// What moved the account without a fill.
fn walk_moved<C: Coder>(c: &mut C, previous: &mut Previous, entry: &Entry) -> Result<Entry, C::Error> {
    Ok(match entry {
        Entry::Charged { at, market, charge, amount, line } => Entry::Charged {
            at: time(c, *at, previous)?,
            market: *market,
            charge: one_of(c, *charge, &Charge::ALL, "a charge")?,
            amount: money(c, *amount, &mut 0)?,
            line: small(c, *line)?,
        },
        Entry::Allocated { at, market, asked, amount, line } => Entry::Allocated {
            at: time(c, *at, previous)?,
            market: *market,
            asked: money(c, *asked, &mut 0)?,
            amount: money(c, *amount, &mut 0)?,
            line: small(c, *line)?,
        },
        other => *other,
    })
}

#[inline(always)]
fn time<C: Coder>(c: &mut C, at: Timestamp, previous: &mut Previous) -> Result<Timestamp, C::Error> {
    c.delta(at.nanos(), &mut previous.at).map(Timestamp::from_nanos)
}

#[inline(always)]
fn ticks<C: Coder>(c: &mut C, price: Price, previous: &mut i64) -> Result<Price, C::Error> {
    c.delta(price.ticks(), previous).map(Price::new)
}

#[inline(always)]
fn steps<C: Coder>(c: &mut C, quantity: Quantity, previous: &mut i64) -> Result<Quantity, C::Error> {
    c.delta(quantity.steps(), previous).map(Quantity::new)
}

#[inline(always)]
fn id<C: Coder>(c: &mut C, id: ClientOrderId, previous: &mut i64) -> Result<ClientOrderId, C::Error> {
    c.near_delta(id.0 as i64, previous).map(|id| ClientOrderId(id as u64))
}

#[inline]
fn money<C: Coder>(c: &mut C, amount: Money, previous: &mut i128) -> Result<Money, C::Error> {
    c.wide_delta(amount.atto(), previous).map(Money::from_atto)
}

#[inline]
fn small<C: Coder>(c: &mut C, value: u32) -> Result<u32, C::Error> {
    c.coded(value, u64::from, |number| u32::try_from(number).ok(), "a number below 2^32")
}

fn optional<C: Coder>(c: &mut C, value: Option<i64>) -> Result<Option<i64>, C::Error> {
    let is_some = c.coded(value.is_some(), u64::from, bit, "0 or 1")?;
    if is_some { c.delta(value.unwrap_or_default(), &mut 0).map(Some) } else { Ok(None) }
}

/// A value by its place among `all`.
fn one_of<C: Coder, T: Copy + PartialEq>(
    c: &mut C,
    value: T,
    all: &'static [T],
    expected: &'static str,
) -> Result<T, C::Error> {
    let number = |value| all.iter().position(|other| *other == value).map_or(u64::MAX, |place| place as u64);
    let value_of = |number| usize::try_from(number).ok().and_then(|place| all.get(place).copied());
    c.coded(value, number, value_of, expected)
}

fn bit(number: u64) -> Option<bool> {
    (number < 2).then_some(number == 1)
}

fn walk_status<C: Coder>(c: &mut C, status: TradingStatus) -> Result<TradingStatus, C::Error> {
    let turns = |(is_halted, access): (bool, Access)| u64::from(is_halted) + 2 * access as u64;
    let back = |number: u64| {
        let access = Access::ALL.get(usize::try_from(number / 2).ok()?).copied()?;
        Some((number % 2 == 1, access))
    };
    let (is_halted, access) = c.coded((status.is_halted, status.access), turns, back, "a number below 6")?;
    Ok(TradingStatus { is_halted, access, price_increment: c.delta(status.price_increment, &mut 0)? })
}

/// Three numbers; what they come to is said once all of them are read.
fn walk_wire<C: Coder>(c: &mut C, event: WireEvent) -> Result<WireEvent, C::Error> {
    let (kind, value, more) = event.parts();
    let kind = c.coded(kind, u64::from, |number| u8::try_from(number).ok(), "a number below 256")?;
    let value = c.number(value)?;
    c.coded(more, |more| more, |more| WireEvent::from_parts((kind, value, more)).map(|_| more), "an event on the wire")
        .map(|more| WireEvent::from_parts((kind, value, more)).unwrap_or(event))
}

fn walk_gate<C: Coder>(c: &mut C, gate: GateId) -> Result<GateId, C::Error> {
    c.coded(gate, |gate| u64::from(gate.0), |number| u8::try_from(number).ok().map(GateId), "a gate below 256")
}

/// Alerts are rare and unlike each other: nothing is held against an earlier one.
fn walk_alert<C: Coder>(c: &mut C, at: Timestamp, alert: &Alert) -> Result<Alert, C::Error> {
    Ok(Alert {
        rule: c.coded(
            alert.rule,
            |rule| u64::from(rule.0),
            |number| u8::try_from(number).ok().map(AlertId),
            "an alert rule below 256",
        )?,
        phase: one_of(c, alert.phase, &AlertPhase::ALL, "the phase of an alert")?,
        cause_at: c.delta(alert.cause_at.nanos(), &mut at.nanos()).map(Timestamp::from_nanos)?,
        value: c.wide_delta(alert.value, &mut 0)?,
        limit: c.wide_delta(alert.limit, &mut 0)?,
    })
}

fn walk_refusal<C: Coder>(c: &mut C, previous: &mut Previous, refusal: &Refusal) -> Result<Refusal, C::Error> {
    Ok(Refusal {
        gate: walk_gate(c, refusal.gate)?,
        value: c.wide_delta(refusal.value, &mut previous.compared[0])?,
        limit: c.wide_delta(refusal.limit, &mut previous.compared[1])?,
    })
}

#[inline(always)]
fn walk_intent<C: Coder>(c: &mut C, previous: &mut Previous, intent: &Intent) -> Result<Intent, C::Error> {
    let shape = c.coded(*intent, |intent| pack_shape(&intent), unpack_shape, "the flags of an intent")?;
    let intent_key = IntentKey(c.near_delta(intent.intent_key.0 as i64, &mut previous.intent_key)? as u64);
    let client_order_id = id(c, intent.client_order_id, &mut previous.sent_id)?;
    Ok(Intent {
        intent_key,
        client_order_id,
        replaces: match (shape.replaces, intent.replaces) {
            (Some(_), original) => Some(id(c, original.unwrap_or_default(), &mut (client_order_id.0 as i64))?),
            (None, _) => None,
        },
        order_type: walk_order_type(c, &shape.order_type, &mut previous.sent_price[shape.side.index()])?,
        time_in_force: match shape.time_in_force {
            TimeInForce::GoodTilDate(end) => TimeInForce::GoodTilDate(until(c, end, previous.at)?),
            other => other,
        },
        quantity: c.near_delta(intent.quantity.steps(), &mut previous.sent_quantity).map(Quantity::new)?,
        expected_edge: match shape.expected_edge {
            Some(edge) => Some(Rate::from_ppb(c.delta(edge.ppb(), &mut 0)?)),
            None => None,
        },
        reason: small(c, intent.reason)?,
        market: intent.market,
        ..shape
    })
}

fn until<C: Coder>(c: &mut C, end: Timestamp, now: i64) -> Result<Timestamp, C::Error> {
    let mut base = now;
    c.delta(end.nanos(), &mut base).map(Timestamp::from_nanos)
}

#[inline(always)]
fn walk_order_type<C: Coder>(c: &mut C, kind: &OrderType, previous: &mut i64) -> Result<OrderType, C::Error> {
    Ok(match *kind {
        OrderType::Market => OrderType::Market,
        OrderType::Limit { price } => {
            OrderType::Limit { price: c.near_delta(price.ticks(), previous).map(Price::new)? }
        }
        OrderType::Stop { trigger } => OrderType::Stop { trigger: ticks(c, trigger, previous)? },
        OrderType::StopLimit { trigger, price } => {
            OrderType::StopLimit { trigger: ticks(c, trigger, previous)?, price: ticks(c, price, previous)? }
        }
        OrderType::TakeProfit { trigger } => OrderType::TakeProfit { trigger: ticks(c, trigger, previous)? },
    })
}

/// Everything of an intent that has few values, in eleven bits; the common ones fit into the first seven.
#[inline]
fn pack_shape(intent: &Intent) -> u64 {
    let order_type = match intent.order_type {
        OrderType::Market => 0,
        OrderType::Limit { .. } => 1,
        OrderType::Stop { .. } => 2,
        OrderType::StopLimit { .. } => 3,
        OrderType::TakeProfit { .. } => 4,
    };
    let time_in_force = match intent.time_in_force {
        TimeInForce::GoodTilCancel => 0,
        TimeInForce::ImmediateOrCancel => 1,
        TimeInForce::FillOrKill => 2,
        TimeInForce::GoodTilDate(_) => 3,
    };
    intent.side.index() as u64
        | order_type << 1
        | time_in_force << 4
        | u64::from(intent.post_only) << 6
        | u64::from(intent.reduce_only) << 7
        | u64::from(intent.protective) << 8
        | u64::from(intent.expected_edge.is_some()) << 9
        | u64::from(intent.replaces.is_some()) << 10
}

fn unpack_shape(bits: u64) -> Option<Intent> {
    let (price, trigger) = (Price::default(), Price::default());
    let order_type = match bits >> 1 & 0b111 {
        0 => OrderType::Market,
        1 => OrderType::Limit { price },
        2 => OrderType::Stop { trigger },
        3 => OrderType::StopLimit { trigger, price },
        4 => OrderType::TakeProfit { trigger },
        _ => return None,
    };
    let time_in_force = match bits >> 4 & 0b11 {
        0 => TimeInForce::GoodTilCancel,
        1 => TimeInForce::ImmediateOrCancel,
        2 => TimeInForce::FillOrKill,
        _ => TimeInForce::GoodTilDate(Timestamp::default()),
    };
    let is_set = |place: u32| bits >> place & 1 == 1;
    (bits >> 11 == 0).then_some(Intent {
        side: if is_set(0) { Side::Sell } else { Side::Buy },
        order_type,
        time_in_force,
        post_only: is_set(6),
        reduce_only: is_set(7),
        protective: is_set(8),
        expected_edge: is_set(9).then_some(Rate::ZERO),
        replaces: is_set(10).then_some(ClientOrderId(0)),
        ..BLANK_INTENT
    })
}

/// Walks through the fields of a report.
#[inline(always)]
pub(in crate::journal) fn walk_report<C: Coder>(
    c: &mut C,
    previous: &mut Previous,
    report: &ExecutionReport,
) -> Result<ExecutionReport, C::Error> {
    let matched_at = time(c, report.matched_at, previous)?;
    let matched = matched_at.nanos();
    let response = report.reported_at.nanos().wrapping_sub(report.matched_at.nanos());
    let wait = report.matched_at.nanos().wrapping_sub(report.arrived_at.nanos());
    let entry = report.arrived_at.nanos().wrapping_sub(report.sent_at.nanos());
    // Which fields follow. Delays repeat and quantities are often zero: one byte instead of five.
    let present = report.side.index() as u64
        | changed_delays(previous, response, wait, entry)
        | u64::from(!report.executed.is_zero()) << 4
        | u64::from(!report.open.is_zero()) << 5;
    let present = c.coded(present, |bits| bits, |bits| (bits < 64).then_some(bits), "0 to 63")?;
    let reported = matched.wrapping_add(if_set(c, present >> 1, response, &mut previous.response_ns)?);
    let arrived = matched.wrapping_sub(if_set(c, present >> 2, wait, &mut previous.wait_ns)?);
    let sent = arrived.wrapping_sub(if_set(c, present >> 3, entry, &mut previous.entry_ns)?);
    Ok(ExecutionReport {
        market: report.market,
        client_order_id: id(c, report.client_order_id, &mut previous.venue_id)?,
        order_id: OrderId(c.near_delta(report.order_id.0 as i64, &mut previous.order_id)? as u64),
        side: Side::BOTH[(present & 1) as usize],
        kind: walk_kind(c, previous, &report.kind)?,
        executed: Quantity::new(if_set(c, present >> 4, report.executed.steps(), &mut 0)?),
        open: Quantity::new(if_set(c, present >> 5, report.open.steps(), &mut 0)?),
        sent_at: Timestamp::from_nanos(sent),
        arrived_at: Timestamp::from_nanos(arrived),
        matched_at,
        reported_at: Timestamp::from_nanos(reported),
    })
}

/// Bits of the delays that are others than before; mostly none is.
#[inline(always)]
fn changed_delays(previous: &Previous, response: i64, wait: i64, entry: i64) -> u64 {
    if response == previous.response_ns && wait == previous.wait_ns && entry == previous.entry_ns {
        return 0;
    }
    u64::from(response != previous.response_ns) << 1
        | u64::from(wait != previous.wait_ns) << 2
        | u64::from(entry != previous.entry_ns) << 3
}

/// A field that is there when the lowest bit is set, and else what it was before.
#[inline(always)]
fn if_set<C: Coder>(c: &mut C, bits: u64, value: i64, previous: &mut i64) -> Result<i64, C::Error> {
    if bits & 1 == 1 { c.delta(value, previous) } else { Ok(*previous) }
}

#[inline(always)]
fn walk_kind<C: Coder>(c: &mut C, previous: &mut Previous, kind: &ReportKind) -> Result<ReportKind, C::Error> {
    Ok(match kind {
        ReportKind::Accepted => ReportKind::Accepted,
        ReportKind::Rejected(reason) => ReportKind::Rejected(walk_reject(c, *reason)?),
        ReportKind::RequestRejected(reason) => ReportKind::RequestRejected(walk_reject(c, *reason)?),
        ReportKind::Triggered => ReportKind::Triggered,
        ReportKind::Amended { price, quantity } => ReportKind::Amended {
            price: ticks(c, *price, &mut previous.fill_price)?,
            quantity: steps(c, *quantity, &mut 0)?,
        },
        ReportKind::Filled(fill) => ReportKind::Filled(walk_fill(c, previous, fill)?),
        ReportKind::Ended(reason) => ReportKind::Ended(c.coded(
            *reason,
            |reason| reason as u64,
            |number| u8::try_from(number).ok().and_then(CancelReason::from_code),
            "the number of a cancel reason",
        )?),
        ReportKind::Busted(bust) => ReportKind::Busted(walk_bust(c, bust)?),
        ReportKind::Corrected(Correction { was, price, fee }) => ReportKind::Corrected(Correction {
            was: walk_bust(c, was)?,
            price: ticks(c, *price, &mut 0)?,
            fee: money(c, *fee, &mut 0)?,
        }),
    })
}

/// Busts are rare: nothing is held against an earlier one.
#[cold]
#[inline(never)]
fn walk_bust<C: Coder>(c: &mut C, bust: &Bust) -> Result<Bust, C::Error> {
    Ok(Bust {
        of: c.number(bust.of)?,
        price: ticks(c, bust.price, &mut 0)?,
        quantity: steps(c, bust.quantity, &mut 0)?,
        liquidity: walk_liquidity(c, bust.liquidity)?,
        fee: money(c, bust.fee, &mut 0)?,
        line: small(c, bust.line)?,
    })
}

#[inline(always)]
fn walk_liquidity<C: Coder>(c: &mut C, liquidity: Liquidity) -> Result<Liquidity, C::Error> {
    c.coded(
        liquidity,
        |liquidity| u64::from(liquidity == Liquidity::Taker),
        |number| bit(number).map(|is_taker| if is_taker { Liquidity::Taker } else { Liquidity::Maker }),
        "0 (maker) or 1 (taker)",
    )
}

fn walk_reject<C: Coder>(c: &mut C, reason: RejectReason) -> Result<RejectReason, C::Error> {
    c.coded(
        reason,
        |reason| u64::from(reason.code()),
        |number| u8::try_from(number).ok().and_then(RejectReason::from_code),
        "the number of a reject reason",
    )
}

#[inline(always)]
fn walk_fill<C: Coder>(c: &mut C, previous: &mut Previous, fill: &Fill) -> Result<Fill, C::Error> {
    Ok(Fill {
        price: ticks(c, fill.price, &mut previous.fill_price)?,
        quantity: steps(c, fill.quantity, &mut 0)?,
        liquidity: walk_liquidity(c, fill.liquidity)?,
        fee: money(c, fill.fee, &mut 0)?,
        best: walk_best(c, previous, &fill.best)?,
    })
}

/// Walks through the fields of a mark.
#[inline(always)]
pub(in crate::journal) fn walk_mark<C: Coder>(
    c: &mut C,
    previous: &mut Previous,
    mark: &Mark,
) -> Result<Mark, C::Error> {
    Ok(Mark {
        market: mark.market,
        at: time(c, mark.at, previous)?,
        best: walk_best(c, previous, &mark.best)?,
        position: steps(c, mark.position, &mut previous.position)?,
        equity: money(c, mark.equity, &mut previous.equity)?,
        open_orders: small(c, mark.open_orders)?,
        feed_latency_ns: c.delta(mark.feed_latency_ns, &mut previous.feed_latency_ns)?,
    })
}

#[inline(always)]
fn walk_best<C: Coder>(c: &mut C, previous: &mut Previous, best: &BestPrices) -> Result<BestPrices, C::Error> {
    let present = c.coded(
        (best.bid.is_some(), best.ask.is_some()),
        |(bid, ask)| u64::from(bid) | u64::from(ask) << 1,
        |number| (number < 4).then_some((number & 1 == 1, number & 2 == 2)),
        "0 to 3",
    )?;
    let bid = if present.0 { Some(walk_level(c, best.bid, &mut previous.bid)?) } else { None };
    let ask = if present.1 { Some(walk_level(c, best.ask, &mut previous.ask)?) } else { None };
    Ok(BestPrices { bid, ask })
}

#[inline(always)]
fn walk_level<C: Coder>(c: &mut C, level: Option<Level>, previous: &mut [i64; 2]) -> Result<Level, C::Error> {
    let level = level.unwrap_or_default();
    Ok(Level { price: ticks(c, level.price, &mut previous[0])?, quantity: steps(c, level.quantity, &mut previous[1])? })
}
