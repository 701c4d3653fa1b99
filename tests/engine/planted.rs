//! Defects planted in journals: the audit finds each, under the right name, and nothing in the journal as it was.

use crate::support::{MemoryMarket, TestRow, instrument, random_market};
use crate::world::*;
use seatrial::audit::{
    Armed, Audit, AuditGate, AuditMarket, AuditSetup, FindingKind, Limits, LossLimits, Wakes, audit_entries,
};
use seatrial::gates::{
    Amount, GateConfig, Multiple, Percent, Setting, catalogue, consecutive_losses, daily_loss, daily_orders,
    daily_turnover, drawdown, error_rate, exposure, extreme_move, kill_switch, leverage, message_rate, open_orders,
    order_burst, order_quantity, order_value, period_collar, position, price_collar, repeated_executions,
    single_trade_loss, stale_data, stop_loss, total_loss,
};
use seatrial::journal::Entry;
use seatrial::model::{
    BestPrices, ClientOrderId, Filters, GateId, Intent, IntentKey, Liquidity, Mark, MarketId, OrderType, Refusal,
    ReportKind, Side, TimeInForce,
};
use seatrial::scenario::audit_setup;
use seatrial::units::{DAY, MILLISECOND, Money, Price, Quantity, SECOND, Span, Timestamp};

const T0: Timestamp = Timestamp::from_nanos(1_700_000_000_000_000_000);
const NAMES: [&str; 15] = [
    "kill_switch",
    "stale_data",
    "daily_loss",
    "order_value",
    "position",
    "order_burst",
    "drawdown",
    "total_loss",
    "extreme_move",
    "consecutive_losses",
    "single_trade_loss",
    "error_rate",
    "repeated_executions",
    "stop_loss",
    "daily_turnover",
];

/// Those that trip.
const TRIPS: [&str; 10] = [
    "kill_switch",
    "daily_loss",
    "drawdown",
    "total_loss",
    "extreme_move",
    "consecutive_losses",
    "single_trade_loss",
    "error_rate",
    "repeated_executions",
    "stop_loss",
];
/// Those that have to be asked for and that a random run trips.
const ON_REQUEST: [&str; 8] = [
    "price_collar",
    "period_collar",
    "order_quantity",
    "exposure",
    "leverage",
    "open_orders",
    "daily_orders",
    "message_rate",
];

fn all_names() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter().chain(ON_REQUEST)
}

fn amount(units: i64) -> Amount {
    Amount::new(Money::from_units(units))
}

/// The gate of that name alone, under a limit that binds; the kill switch by a daily loss.
fn only(name: &str) -> GateConfig {
    let mut gates = GateConfig::off();
    let loss = daily_loss::Limits {
        percent: Setting::Off,
        absolute: Setting::On(Amount::new(Money::parse("0.2").unwrap())),
        confirm_marks: 1,
        engages_kill_switch: name == "kill_switch",
    };
    match name {
        "kill_switch" => {
            gates.kill_switch = Setting::On(kill_switch::Limits {});
            gates.daily_loss = Setting::On(loss);
        }
        "stale_data" => gates.stale_data = Setting::On(stale_data::Limits { max_age_ms: 5 }),
        "daily_loss" => gates.daily_loss = Setting::On(loss),
        "order_value" => gates.order_value = Setting::On(order_value::Limits { max: amount(180) }),
        "position" => {
            let steps = Amount::new(Money::parse("0.008").unwrap());
            gates.position =
                Setting::On(position::Limits { max_value: Setting::Off, max_quantity: Setting::On(steps) });
        }
        "order_burst" => gates.order_burst = Setting::On(order_burst::Limits { orders: 2, window_ms: 700 }),
        _ if ON_REQUEST.contains(&name) => on_request(name, &mut gates),
        _ => only_on_request(name, &mut gates),
    }
    gates
}

fn only_on_request(name: &str, gates: &mut GateConfig) {
    let (off, absolute) = (Setting::Off, Setting::On(Amount::new(Money::parse("0.2").unwrap())));
    match name {
        "drawdown" => {
            let limits = drawdown::Limits { percent: off, absolute, confirm_marks: 1, ..Default::default() };
            gates.drawdown = Setting::On(limits);
        }
        "total_loss" => {
            let limits = total_loss::Limits { percent: off, absolute, confirm_marks: 1, ..Default::default() };
            gates.total_loss = Setting::On(limits);
        }
        "extreme_move" => {
            // A tick is 1,667 parts per billion of the price.
            let percent = Percent::from_ppb(2_000);
            let limits =
                extreme_move::Limits { percent, window_ms: 5_000, confirm_marks: 1, pause_ms: 0, ..Default::default() };
            gates.extreme_move = Setting::On(limits);
        }
        "consecutive_losses" => {
            gates.consecutive_losses = Setting::On(consecutive_losses::Limits { losses: 2, ..Default::default() });
        }
        "single_trade_loss" => {
            let limits = single_trade_loss::Limits { percent: off, absolute, ..Default::default() };
            gates.single_trade_loss = Setting::On(limits);
        }
        "error_rate" => {
            let limits = error_rate::Limits { errors: 2, window_ms: 60_000, pause_ms: 0, ..Default::default() };
            gates.error_rate = Setting::On(limits);
        }
        "repeated_executions" => {
            let limits = repeated_executions::Limits { executions: 2, window_ms: 5_000, ..Default::default() };
            gates.repeated_executions = Setting::On(limits);
        }
        "stop_loss" => {
            let percent = Percent::from_ppb(2_000);
            let limits = stop_loss::Limits { percent, confirm_marks: 1, pause_ms: 0, ..Default::default() };
            gates.stop_loss = Setting::On(limits);
        }
        _ => gates.daily_turnover = Setting::On(daily_turnover::Limits { max: amount(2_500) }),
    }
}

fn on_request(name: &str, gates: &mut GateConfig) {
    match name {
        "price_collar" => {
            gates.price_collar = Setting::On(price_collar::Limits { percent: Percent::from_ppb(2_000) });
        }
        "period_collar" => {
            let percent = Percent::from_ppb(12_000);
            let limits = period_collar::Limits { percent, window_ms: 5_000, confirm_marks: 1 };
            gates.period_collar = Setting::On(limits);
        }
        "order_quantity" => {
            let max = Setting::On(Amount::new(Money::parse("0.003").unwrap()));
            gates.order_quantity = Setting::On(order_quantity::Limits { max });
        }
        "exposure" => gates.exposure = Setting::On(exposure::Limits { percent: Percent::from_ppb(3_000_000) }),
        "leverage" => gates.leverage = Setting::On(leverage::Limits { max: Multiple::from_ppb(5_000_000) }),
        "open_orders" => gates.open_orders = Setting::On(open_orders::Limits { max: 2 }),
        "daily_orders" => gates.daily_orders = Setting::On(daily_orders::Limits { max: 5 }),
        _ => {
            let limits = message_rate::Limits { messages: 3, reserve: 1, window_ms: 700 };
            gates.message_rate = Setting::On(limits);
        }
    }
}

/// A real run in which the gate acted.
struct Run {
    rows: Vec<TestRow>,
    setup: AuditSetup,
    entries: Vec<Entry>,
}

impl Run {
    fn of(name: &str) -> Self {
        let gates = only(name);
        let subscriptions = subscriptions(false)[0];
        let play = |seed: u64| {
            let lane = LaneSpec { gates: gates.clone(), ..LaneSpec::new(shaker(subscriptions, seed)) };
            let rows = random_market(seed, 900);
            let entries = play_one(&rows, &AUTO, &lane).entries;
            (rows, entries)
        };
        // A breaker's run has orders to cancel, and orders to refuse.
        let is_apt = |entries: &[Entry]| {
            let cancels = |pair: &[Entry]| match pair {
                [Entry::Tripped { at: tripped_at, .. }, Entry::CancelSent { at, .. }] => tripped_at == at,
                _ => false,
            };
            let breaks = TRIPS.contains(&name);
            entries.iter().any(refused_by(id(name))) && (!breaks || entries.windows(2).any(cancels))
        };
        let (rows, entries) = (1..200)
            .map(play)
            .find(|(_, entries)| is_apt(entries))
            .unwrap_or_else(|| panic!("no run in which {name} acts"));
        let market = AuditMarket { instrument: instrument(), opening_price: None, rows: None };
        let setup = audit_setup(&gates, vec![market], seatrial::scenario::wakes(&subscriptions)).unwrap();
        let run = Self { rows, setup, entries };
        let audit = run.audit(&run.entries);
        assert!(audit.is_clean(), "{name}, as it was\n{audit}");
        run
    }

    fn audit(&self, entries: &[Entry]) -> Audit {
        audit_entries(&self.setup, entries, Some(vec![&mut MemoryMarket::new(&self.rows)])).unwrap()
    }

    /// Audits the journal with one thing changed, and demands that it be found under `name` as `kind`.
    fn finds(&self, name: &str, kind: FindingKind, what: &str, change: impl FnOnce(&mut Vec<Entry>)) -> Audit {
        let mut entries = self.entries.clone();
        change(&mut entries);
        assert_ne!(entries, self.entries, "{what}: nothing was changed");
        let audit = self.audit(&entries);
        let found = audit.findings.iter().any(|finding| finding.control == name && finding.kind == kind);
        assert!(found && audit.names(name), "{what}: expected {name} {kind:?}\n{audit}");
        audit
    }
}

fn place(entries: &[Entry], is: impl Fn(&Entry) -> bool) -> usize {
    entries.iter().position(is).expect("such an entry")
}

fn refused_by(gate: u8) -> impl Fn(&Entry) -> bool {
    move |entry| matches!(entry, Entry::OrderRefused { refusal, .. } if refusal.gate.0 == gate)
}

fn id(name: &str) -> u8 {
    catalogue().iter().find(|spec| spec.name == name).unwrap().id.0
}

#[test]
fn a_refusal_that_did_not_happen_is_missed() {
    for name in all_names() {
        let run = Run::of(name);
        let audit = run.finds(name, FindingKind::Missed, "sent instead of refused", |entries| {
            let at = place(entries, refused_by(id(name)));
            let Entry::OrderRefused { at: sent_at, intent, .. } = entries[at] else { unreachable!() };
            entries[at] = Entry::OrderSent { at: sent_at, intent };
        });
        let stops = TRIPS.contains(&name);
        assert_eq!(audit.names("stops-hold"), stops, "{audit}");
    }
}

#[test]
fn a_refusal_without_a_reason_is_false() {
    for name in all_names() {
        Run::of(name).finds(name, FindingKind::False, "refused instead of sent", |entries| {
            let at = place(entries, |entry| matches!(entry, Entry::OrderSent { .. }));
            let Entry::OrderSent { at: sent_at, intent } = entries[at] else { unreachable!() };
            let refusal = Refusal { gate: GateId(id(name)), value: 2, limit: 1 };
            entries[at] = Entry::OrderRefused { at: sent_at, intent, refusal };
        });
    }
}

#[test]
fn wrong_figures_are_found() {
    let changes: [fn(&mut Refusal); 4] = [
        |refusal| refusal.value += 1,
        |refusal| refusal.limit += 1,
        |refusal| refusal.limit = refusal.limit * 1_000 + 1_000,
        |refusal| refusal.value = -refusal.value,
    ];
    for name in all_names() {
        let run = Run::of(name);
        for (number, change) in changes.into_iter().enumerate() {
            run.finds(name, FindingKind::WrongFigures, &format!("change {number}"), |entries| {
                let at = place(entries, refused_by(id(name)));
                let Entry::OrderRefused { refusal, .. } = &mut entries[at] else { unreachable!() };
                change(refusal);
            });
        }
    }
}

fn is_trip(entry: &Entry) -> bool {
    matches!(entry, Entry::Tripped { .. })
}

#[test]
fn trips_that_are_late_or_never_come_are_found() {
    for name in TRIPS {
        let run = Run::of(name);
        let of_gate = |entry: &Entry| matches!(entry, Entry::Tripped { refusal, .. } if refusal.gate.0 == id(name));
        run.finds(name, FindingKind::Missed, "no trip", |entries| {
            entries.remove(place(entries, of_gate));
        });
        let audit = run.finds(name, FindingKind::Late, "a mark late", |entries| {
            let from = place(entries, of_gate);
            let mark = |entry: &Entry| matches!(entry, Entry::Mark(_));
            let to = from + 1 + place(&entries[from + 1..], mark);
            let Entry::Mark(mark) = entries[to] else { unreachable!() };
            let Entry::Tripped { market, mut refusal, .. } = entries.remove(from) else { unreachable!() };
            refusal.value += 7;
            entries.insert(to, Entry::Tripped { at: mark.at, market, refusal });
        });
        let row = audit.controls.iter().find(|row| row.name == name).unwrap();
        assert!(Span::ZERO < row.late_longest && row.late_longest <= SECOND, "{audit}");
        let is_money = ["daily_loss", "drawdown", "total_loss", "single_trade_loss"].contains(&name);
        assert_eq!(row.late_money.atto(), if is_money { 7 } else { 0 }, "{audit}");
        run.finds(name, FindingKind::False, "a trip too many", |entries| {
            let at = place(entries, is_trip);
            let first_mark = place(entries, |entry| matches!(entry, Entry::Mark(_)));
            let Entry::Tripped { market, mut refusal, .. } = entries[at] else { unreachable!() };
            refusal.gate = GateId(id(name));
            entries.insert(first_mark + 1, Entry::Tripped { at: T0, market, refusal });
        });
        run.finds(name, FindingKind::Missed, "opened at once", |entries| {
            let at = place(entries, of_gate);
            let Entry::Tripped { at: tripped_at, market, .. } = entries[at] else { unreachable!() };
            entries.insert(at + 1, Entry::Cleared { at: tripped_at, market, gate: GateId(id(name)) });
        });
    }
}

#[test]
fn a_forgotten_cancel_is_found() {
    for name in TRIPS {
        let run = Run::of(name);
        let cancels = |pair: &[Entry]| is_trip(&pair[0]) && matches!(pair[1], Entry::CancelSent { .. });
        let trip = run.entries.windows(2).position(cancels).expect("a trip that cancels");
        run.finds("cancels", FindingKind::Broken, "a cancel forgotten", |entries| {
            entries.remove(trip + 1);
        });
    }
    let run = Run::of("daily_loss");
    let audit = run.audit(&run.entries);
    assert!(audit.stops.demanded > 0 && audit.stops.confirmed == audit.stops.demanded, "{audit}");
    assert!(Span::ZERO < audit.stops.longest && audit.stops.longest < SECOND, "{audit}");
}

/// The first order that was accepted and filled, its entry and its fill's.
fn filled(entries: &[Entry]) -> (usize, usize) {
    let fill =
        place(entries, |entry| matches!(entry, Entry::Venue(report) if matches!(report.kind, ReportKind::Filled(_))));
    let Entry::Venue(report) = entries[fill] else { unreachable!() };
    let is_it = |entry: &Entry| matches!(entry, Entry::OrderSent { intent, .. } if intent.client_order_id == report.client_order_id);
    (place(entries, is_it), fill)
}

fn intent_of(entries: &mut [Entry]) -> &mut Intent {
    let (sent, _) = filled(entries);
    let Entry::OrderSent { intent, .. } = &mut entries[sent] else { unreachable!() };
    intent
}

#[test]
fn orders_that_differ_from_their_clearance_are_found() {
    let run = Run::of("order_value");
    let broken = FindingKind::Broken;
    run.finds("clearance", broken, "another quantity", |entries| {
        let intent = intent_of(entries);
        intent.quantity = intent.quantity + Quantity::new(1);
    });
    run.finds("clearance", broken, "another side", |entries| {
        let intent = intent_of(entries);
        intent.side = intent.side.opposite();
    });
    run.finds("clearance", broken, "never sent", |entries| {
        entries.remove(filled(entries).0);
    });
    run.finds("terms", broken, "a limit that was not kept", |entries| {
        let intent = intent_of(entries);
        intent.order_type = OrderType::Limit { price: Price::new(600_000 - intent.side.sign() * 5_000) };
    });
    run.finds("terms", broken, "good till before", |entries| {
        intent_of(entries).time_in_force = TimeInForce::GoodTilDate(T0);
    });
    run.finds("terms", broken, "post-only, and took", |entries| {
        intent_of(entries).post_only = true;
        let (_, fill) = filled(entries);
        let Entry::Venue(report) = &mut entries[fill] else { unreachable!() };
        let ReportKind::Filled(fill) = &mut report.kind else { unreachable!() };
        fill.liquidity = Liquidity::Taker;
    });
    run.finds("terms", broken, "reduce-only, and opened", |entries| intent_of(entries).reduce_only = true);
    run.finds("clearance", broken, "a fill twice", |entries| {
        let (_, fill) = filled(entries);
        entries.insert(fill, entries[fill]);
    });
    run.finds("marks", broken, "a position that fills do not make", |entries| {
        let at = place(entries, |entry| matches!(entry, Entry::Mark(_)));
        let Entry::Mark(mark) = &mut entries[at] else { unreachable!() };
        mark.position = mark.position + Quantity::new(1);
    });
    run.finds("marks", broken, "an equity that fills do not make", |entries| {
        let at = place(entries, |entry| matches!(entry, Entry::Mark(_)));
        let Entry::Mark(mark) = &mut entries[at] else { unreachable!() };
        mark.equity += Money::from_atto(1);
    });
    run.finds("clearance", broken, "an answer to nothing", |entries| {
        let at = place(entries, |entry| matches!(entry, Entry::CancelSent { .. }));
        entries.remove(at);
    });
}

#[test]
fn a_position_past_its_limit_is_found() {
    let run = Run::of("position");
    let audit = run.finds("position-limit", FindingKind::Broken, "limits as if they were smaller", |entries| {
        for entry in entries.iter_mut() {
            if let Entry::Venue(report) = entry
                && let ReportKind::Filled(fill) = &mut report.kind
            {
                fill.quantity = Quantity::new(fill.quantity.steps() * 20);
            }
        }
    });
    assert!(audit.names("clearance"), "{audit}");
}

// Written by hand: exactly at the limit, and one above.

pub fn gate(number: u8, limits: Limits) -> AuditGate {
    let spec = catalogue().iter().find(|spec| spec.id == GateId(number)).unwrap();
    AuditGate { id: spec.id, name: spec.name.to_owned(), armed: Armed::With(limits) }
}

fn hand(gates: Vec<AuditGate>) -> AuditSetup {
    let market = AuditMarket { instrument: instrument(), opening_price: None, rows: None };
    let wakes = Wakes { by_reports: false, by_feed: false };
    AuditSetup { markets: vec![market], gates, wakes, ..AuditSetup::default() }
}

pub fn after(nanos: i64) -> Timestamp {
    T0.plus(Span::from_nanos(nanos))
}

fn start() -> Entry {
    Entry::Start { at: T0, market: MarketId::FIRST, equity: Money::from_units(1_000), position: Quantity::ZERO }
}

pub fn sent(number: u64, at: i64, side: Side, order_type: OrderType, steps: i64) -> Entry {
    let intent = Intent {
        intent_key: IntentKey(number),
        client_order_id: ClientOrderId(number),
        market: MarketId::FIRST,
        side,
        order_type,
        time_in_force: TimeInForce::GoodTilCancel,
        replaces: None,
        quantity: Quantity::new(steps),
        post_only: false,
        reduce_only: false,
        protective: false,
        expected_edge: None,
        reason: 0,
    };
    Entry::OrderSent { at: after(at), intent }
}

pub fn buy(number: u64, at: i64, price: i64, steps: i64) -> Entry {
    sent(number, at, Side::Buy, OrderType::Limit { price: Price::new(price) }, steps)
}

/// Bid 1,000 and ask 1,010 ticks, heard a millisecond after the start.
pub fn still() -> MemoryMarket {
    let at = T0.nanos();
    MemoryMarket::new(&[
        TestRow::depth(at, at + 1_000_000, Side::Buy, 1_000, 5).more(),
        TestRow::depth(at, at + 1_000_000, Side::Sell, 1_010, 5),
    ])
}

/// The control had to fire so often and never did, since nothing in these journals was refused.
#[track_caller]
pub fn had_to_fire(gate: AuditGate, entries: &[Entry], times: u64) {
    had_to_fire_under(|_| (), &mut still(), gate, entries, times);
}

/// How many figures of refusals of a gate are called wrong.
pub fn wrong_figures(market: &mut MemoryMarket, gate: AuditGate, entries: &[Entry]) -> usize {
    let mut all = vec![start()];
    all.extend_from_slice(entries);
    let audit = audit_entries(&hand(vec![gate]), &all, Some(vec![market])).unwrap();
    audit.findings.iter().filter(|finding| finding.kind == FindingKind::WrongFigures).count()
}

/// The same on another market, under other filters of its venue.
#[track_caller]
pub fn had_to_fire_under(
    change: impl FnOnce(&mut Filters),
    market: &mut MemoryMarket,
    gate: AuditGate,
    entries: &[Entry],
    times: u64,
) {
    let name = gate.name.clone();
    let mut all = vec![start()];
    all.extend_from_slice(entries);
    let mut setup = hand(vec![gate]);
    change(&mut setup.markets[0].instrument.filters);
    let audit = audit_entries(&setup, &all, Some(vec![market])).unwrap();
    let row = audit.controls.iter().find(|row| row.name == name).unwrap();
    assert_eq!((row.had_to_fire, row.missed), (times, times), "{audit}");
    assert_eq!(audit.found, times, "{audit}");
}

const MS: i64 = 1_000_000;
/// 0.1 a tick and 0.001 a step, in atto.
const TICK_STEP: i128 = 100_000_000_000_000;

#[test]
fn order_value_at_its_edge() {
    let limit =
        |tick_steps: i128, more: i128| gate(4, Limits::OrderValue(Money::from_atto(tick_steps * TICK_STEP + more)));
    let at = 2 * MS;
    let orders = [
        (buy(1, at, 1_005, 7), 7_035),
        (sent(1, at, Side::Buy, OrderType::Market, 7), 7_070),
        (sent(1, at, Side::Sell, OrderType::Market, 7), 7_000),
        (sent(1, at, Side::Sell, OrderType::Limit { price: Price::new(900) }, 7), 7_000),
        (sent(1, at, Side::Sell, OrderType::Limit { price: Price::new(1_100) }, 7), 7_700),
        (sent(1, at, Side::Buy, OrderType::Stop { trigger: Price::new(1_200) }, 7), 8_400),
    ];
    for (order, worth) in orders {
        had_to_fire(limit(worth, 0), &[order], 0);
        had_to_fire(limit(worth, -1), &[order], 1);
    }
    // Before the market is known a market order has no price, and a buy with a limit has.
    had_to_fire(limit(1_000_000, 0), &[sent(1, 0, Side::Buy, OrderType::Market, 1)], 1);
    had_to_fire(limit(1_000_000, 0), &[buy(1, 0, 1_005, 1)], 0);
}

#[test]
fn position_at_its_edge() {
    let steps = |count: i128| Some(Money::from_atto(count * 1_000_000_000_000_000));
    let quantity = |count| gate(5, Limits::Position { value: None, quantity: steps(count) });
    let value = |tick_steps: i128, more: i128| {
        let value = Some(Money::from_atto(tick_steps * TICK_STEP + more));
        gate(5, Limits::Position { value, quantity: None })
    };
    let two = [buy(1, 2 * MS, 1_000, 4), buy(2, 2 * MS, 900, 3)];
    had_to_fire(quantity(7), &two, 0);
    had_to_fire(quantity(6), &two, 1);
    had_to_fire(value(7 * 1_010, 0), &two, 0);
    had_to_fire(value(7 * 1_010, -1), &two, 1);
    // The other side does not add to it.
    let both = [two[0], sent(2, 2 * MS, Side::Sell, OrderType::Market, 4)];
    had_to_fire(quantity(4), &both, 0);
    had_to_fire(value(1_000_000, 0), &[buy(1, 0, 1_000, 1)], 1);
}

#[test]
fn order_burst_at_its_edge() {
    let limits = || gate(6, Limits::OrderBurst { orders: 2, window: MILLISECOND.times(10) });
    let orders = |last: i64| [buy(1, 2 * MS, 10, 1), buy(2, 3 * MS, 10, 1), buy(3, last, 10, 1)];
    had_to_fire(limits(), &orders(12 * MS), 0);
    had_to_fire(limits(), &orders(12 * MS - 1), 1);
}

#[test]
fn stale_data_at_its_edge() {
    let limits = || gate(2, Limits::StaleData(MILLISECOND.times(5)));
    had_to_fire(limits(), &[buy(1, 6 * MS, 10, 1)], 0);
    had_to_fire(limits(), &[buy(1, 6 * MS + 1, 10, 1)], 1);
    had_to_fire(limits(), &[buy(1, MS - 1, 10, 1)], 1);
    had_to_fire(limits(), &[buy(1, MS, 10, 1)], 0);
}

fn losing(confirm_marks: u32, engages_kill_switch: bool) -> AuditGate {
    let absolute = Some(Money::from_units(60));
    let percent_ppb = Some(50_000_000);
    gate(3, Limits::DailyLoss(LossLimits { percent_ppb, absolute, confirm_marks, engages_kill_switch }))
}

fn mark(at: Timestamp, equity: Money) -> Entry {
    let market = MarketId::FIRST;
    let (best, position) = (BestPrices::default(), Quantity::ZERO);
    Entry::Mark(Mark { market, at, best, position, equity, open_orders: 0, feed_latency_ns: 0 })
}

/// Audits marks of an account of 1,000 that loses so much (in atto) at such instants; its money comes from nowhere, which is found
/// as well and is not the point.
fn audit_marks(gates: Vec<AuditGate>, losses: &[(Timestamp, i128)], others: &[Entry]) -> Audit {
    let mut entries = vec![start()];
    for (at, loss) in losses {
        entries.push(mark(*at, Money::from_atto(Money::from_units(1_000).atto() - loss)));
        entries.extend(others.iter().filter(|entry| entry_at(entry) == *at));
    }
    audit_entries(&hand(gates), &entries, None).unwrap()
}

const FIFTY: i128 = 50 * Money::ONE.atto();

#[track_caller]
fn trips_missed(confirm_marks: u32, losses: &[(Timestamp, i128)], times: u64) {
    let audit = audit_marks(vec![losing(confirm_marks, false)], losses, &[]);
    assert_eq!((audit.controls[0].had_to_fire, audit.controls[0].missed), (times, times), "{audit}");
}

#[test]
fn daily_loss_at_its_edge() {
    // 5 % of 1,000 is less than 60.
    trips_missed(1, &[(after(1), FIFTY)], 0);
    trips_missed(1, &[(after(1), FIFTY + 1)], 1);
    // Marks of one instant count once; one within the limit starts again.
    let over = FIFTY + 1;
    trips_missed(2, &[(after(1), over), (after(1), over)], 0);
    trips_missed(2, &[(after(1), over), (after(2), over)], 1);
    trips_missed(2, &[(after(1), over), (after(2), FIFTY), (after(3), over)], 0);
    // The first mark of a day is its baseline.
    let next = T0.day().start().plus(DAY);
    trips_missed(1, &[(after(1), 0), (next, 2 * FIFTY), (next.plus(SECOND), 2 * FIFTY + FIFTY / 2)], 0);
    trips_missed(1, &[(after(1), 0), (next, 2 * FIFTY), (next.plus(SECOND), 3 * FIFTY)], 1);
}

#[test]
fn daily_loss_opens_on_the_next_day_alone() {
    let next = T0.day().start().plus(DAY);
    let (market, limit) = (MarketId::FIRST, FIFTY);
    let tripped =
        Entry::Tripped { at: after(1), market, refusal: Refusal { gate: GateId(3), value: FIFTY + 1, limit } };
    let cleared = |at| Entry::Cleared { at, market, gate: GateId(3) };
    let losses = [(after(1), FIFTY + 1), (after(2), 0), (next, 0), (next.plus(SECOND), 0)];
    let kinds = |others: &[Entry]| {
        let audit = audit_marks(vec![losing(1, false)], &losses, others);
        let row = &audit.controls[0];
        (row.missed, row.false_alarms)
    };
    assert_eq!(kinds(&[tripped, cleared(next)]), (0, 0));
    assert_eq!(kinds(&[tripped, cleared(after(2))]), (1, 1), "a day early, and then it is not the one that was due");
    assert_eq!(kinds(&[tripped, cleared(next.plus(SECOND))]), (0, 1), "a mark late");
    assert_eq!(kinds(&[tripped]), (0, 1), "never");
}

#[test]
fn kill_switch_follows_the_breaker_that_engages_it() {
    let gates = || vec![gate(1, Limits::KillSwitch), losing(1, true)];
    let (market, at) = (MarketId::FIRST, after(1));
    let trip =
        |number, value, limit| Entry::Tripped { at, market, refusal: Refusal { gate: GateId(number), value, limit } };
    let both = [trip(3, FIFTY + 1, FIFTY), trip(1, 1, 0)];
    let missed = |others: &[Entry]| {
        let audit = audit_marks(gates(), &[(at, FIFTY + 1)], others);
        (audit.controls[0].missed, audit.controls[1].missed)
    };
    assert_eq!(missed(&both), (0, 0));
    assert_eq!(missed(&both[..1]), (1, 0));
    assert_eq!(missed(&both[1..]), (0, 1));
}

#[test]
fn an_armed_gate_without_an_oracle_is_not_audited() {
    let stranger = AuditGate { id: GateId(200), name: "stranger".to_owned(), armed: Armed::NotAudited };
    let refusal = Refusal { gate: GateId(200), value: 1, limit: 0 };
    let Entry::OrderSent { at, intent } = buy(1, 2 * MS, 10, 1) else { unreachable!() };
    let entries = [start(), Entry::OrderRefused { at, intent, refusal }];
    let audit = audit_entries(&hand(vec![stranger]), &entries, Some(vec![&mut still()])).unwrap();
    assert!(audit.is_clean(), "{audit}");
    assert_eq!(audit.not_audited().collect::<Vec<_>>(), ["stranger"]);
    assert!(audit.to_string().contains("not audited"), "{audit}");
}

#[test]
fn the_table_is_as_printed() {
    let entries = [start(), buy(1, 2 * MS, 1_005, 7), buy(2, 3 * MS, 1_005, 8)];
    let gates = vec![
        AuditGate { id: GateId(1), name: "kill_switch".to_owned(), armed: Armed::Off },
        gate(4, Limits::OrderValue(Money::from_atto(7_035 * TICK_STEP))),
        AuditGate { id: GateId(9), name: "open_orders".to_owned(), armed: Armed::NotAudited },
    ];
    let audit = audit_entries(&hand(gates), &entries, Some(vec![&mut still()])).unwrap();
    insta::assert_snapshot!(audit.to_string(), @r"
    control           limit         had to fire        fired       missed        false        wrong         late    ambiguous
    kill_switch       off
    order_value       0.7035 quote            1            0            1            0            0            0            0
    open_orders       not audited             -            0

    clearance         2 of 2 held: every report is about an order or request that was sent, with its side and quantity
    terms             0 of 0 held: every fill is within the order's price, time in force and flags
    stops-hold        0 of 0 held: nothing that may add risk is sent while a breaker or the kill switch is in force
    cancels           0 of 0 held: a trip cancels every order that may add risk
    position-limit    0 of 0 held: no fill takes the position past a limit on its quantity
    marks             0 of 0 held: marks hold the position and the equity that fills add up to
    commands          0 of 0 held: a bot is what it was told to be, and a stopped one sends nothing of its own
    order_value missed: entry 2 at 2023-11-14T22:13:20.003000000Z, market 0, order 2: had to refuse (0.804 quote, limit 0.7035 quote), and the request was sent
    ");
}

#[test]
fn a_position_that_is_not_closed_after_its_stop_is_found() {
    let run = Run::of("stop_loss");
    let claims = |entry: &Entry| matches!(entry, Entry::OrderSent { intent, .. } if intent.reason == u32::MAX);
    let first = place(&run.entries, claims);
    let Entry::OrderSent { intent, .. } = run.entries[first] else { unreachable!() };
    let is_of = |entry: &Entry| match entry {
        Entry::OrderSent { intent: sent, .. } => sent.client_order_id == intent.client_order_id,
        Entry::Venue(report) => report.client_order_id == intent.client_order_id,
        _ => false,
    };
    // The market order never went out, and the strategy goes on as if it had: it is called while something is held.
    run.finds("commands", FindingKind::Broken, "nothing was sent to close it", |entries| {
        entries.retain(|entry| !is_of(entry));
    });
}

/// A position that was there at the start, and nobody says for how much: nothing is said of the gates that judge by it, and why.
#[test]
fn an_opening_position_of_unknown_cost_leaves_those_unaudited_that_judge_by_it() {
    let run = Run::of("stop_loss");
    let mut entries = run.entries.clone();
    let Entry::Start { position, .. } = &mut entries[0] else { panic!("{:?}", entries[0]) };
    *position = Quantity::new(5);
    let audit = run.audit(&entries);
    assert_eq!(audit.not_audited().collect::<Vec<_>>(), ["stop_loss"]);
    assert!(audit.unchecked.iter().any(|text| text.starts_with("stop_loss: it depends on what the opening position")));
    assert!(!audit.names("stop_loss"), "{audit}");
}
