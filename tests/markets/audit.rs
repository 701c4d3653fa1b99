//! The audit of runs over several markets: one account, a table of gates a market.

use crate::support::{Dice, random_market};
use crate::world::*;
use seatrial::alert::AlertConfig;
use seatrial::audit::{Audit, AuditMarket, AuditSetup, FindingKind, audit_entries};
use seatrial::engine::ScriptedEvent;
use seatrial::gates::{
    Amount, GateConfig, Multiple, Percent, Setting, concurrent_positions, daily_loss, daily_orders, exposure,
    kill_switch, leverage, message_rate, open_orders, order_burst, order_value, period_collar, position, position_ramp,
    price_collar, stale_data, stop_loss, user_orders,
};
use seatrial::journal::Entry;
use seatrial::ledger::Opening;
use seatrial::model::{AccountEvent, Charge, MarketId, NewPrice, OrderType, Side, WhichFill};
use seatrial::scenario::{audit_alerts, audit_event, audit_setup, reconcile_entries, wakes};
use seatrial::strategy::{Actions, OrderSpec, Subscriptions, View};
use seatrial::tape::BatchSource;
use seatrial::units::{Money, Price, Quantity, Rate, SECOND, Span, Timestamp};
use std::collections::BTreeMap;

/// Limits that bind: one step is worth 60.
fn gates(seed: u64) -> GateConfig {
    let mut dice = Dice::new(seed);
    let mut amount = |from: i64, most: i64| Amount::new(Money::from_units(from + dice.below(most)));
    let mut gates = GateConfig::off();
    gates.kill_switch = Setting::On(kill_switch::Limits {});
    gates.daily_loss = Setting::On(daily_loss::Limits {
        percent: Setting::Off,
        absolute: Setting::On(Amount::new(Money::from_atto(i128::from(1 + seed % 9) * 200_000_000_000_000_000))),
        confirm_marks: 1 + (seed % 3) as u32,
        engages_kill_switch: seed.is_multiple_of(2),
    });
    gates.order_value = Setting::On(order_value::Limits { max: amount(200, 200) });
    gates.position = Setting::On(position::Limits { max_value: Setting::On(amount(200, 600)), ..Default::default() });
    gates.order_burst = Setting::On(order_burst::Limits { orders: 6, window_ms: 900 });
    gates.stale_data = Setting::On(stale_data::Limits { max_age_ms: 120 });
    if seed.is_multiple_of(5) {
        gates.user_orders = Setting::On(user_orders::Limits { max: 9 });
    }
    if seed.is_multiple_of(3) {
        gates.self_trade = Setting::default();
    }
    if !seed.is_multiple_of(4) {
        gates.concurrent_positions = Setting::On(concurrent_positions::Limits { max: 1 + (seed % 2) as u32 });
    }
    arm_orders(&mut gates, seed);
    arm_prices(&mut gates, seed);
    gates
}

/// Gates that look at prices and days of each market by itself, while the account is one.
fn arm_prices(gates: &mut GateConfig, seed: u64) {
    if seed.is_multiple_of(6) {
        gates.stop_loss = Setting::On(stop_loss::Limits {
            percent: Percent::from_ppb(1_000 * (1 + seed % 8) as i64),
            confirm_marks: 1 + (seed % 3) as u32,
            closes_position: !seed.is_multiple_of(4),
            pause_ms: (700 * (seed % 4)) as u32,
            engages_kill_switch: seed.is_multiple_of(5),
        });
    }
    if seed.is_multiple_of(4) {
        let percent = Percent::from_ppb(24_000);
        gates.period_collar = Setting::On(period_collar::Limits { percent, window_ms: 3_000, confirm_marks: 1 });
    }
    if seed % 3 == 1 {
        let [initial, step, max] = [150, 50, 400].map(|units| Amount::new(Money::from_units(units)));
        gates.position_ramp = Setting::On(position_ramp::Limits { initial, step, days: 1, max });
    }
}

/// Gates on orders that have to be asked for: what the account has is one, what is open and what was sent is counted by market.
fn arm_orders(gates: &mut GateConfig, seed: u64) {
    if seed.is_multiple_of(2) {
        gates.exposure = Setting::On(exposure::Limits { percent: Percent::from_ppb(2_000_000) });
    } else {
        gates.leverage = Setting::On(leverage::Limits { max: Multiple::from_ppb(2_000_000) });
    }
    if seed.is_multiple_of(3) {
        gates.open_orders = Setting::On(open_orders::Limits { max: 1 + (seed % 3) as u32 });
    }
    if seed.is_multiple_of(5) {
        gates.daily_orders = Setting::On(daily_orders::Limits { max: 9 });
    }
    if seed.is_multiple_of(7) {
        gates.message_rate = Setting::On(message_rate::Limits { messages: 6, reserve: 1, window_ms: 700 });
    }
    if seed.is_multiple_of(4) {
        gates.idempotency = Setting::default();
        gates.price_collar = Setting::On(price_collar::Limits { percent: Percent::from_ppb(20_000) });
    }
}

/// Controls that have to have acted in some of the drawn runs.
const ACTING: [&str; 17] = [
    "kill_switch",
    "stale_data",
    "daily_loss",
    "order_value",
    "position",
    "order_burst",
    "price_collar",
    "exposure",
    "leverage",
    "open_orders",
    "message_rate",
    "self_trade",
    "concurrent_positions",
    "user_orders",
    "stop_loss",
    "period_collar",
    "position_ramp",
];

/// Orders, cancels and amends in both markets, at random.
fn shakes(dice: &mut Dice, view: &View<'_>, actions: &mut Actions) {
    if let Some(order) = view.orders.first().filter(|_| dice.below(3) == 0) {
        match dice.below(2) {
            0 => actions.cancel(order.client_order_id),
            _ => actions.amend(order.client_order_id, None, Some(Quantity::new(1 + dice.below(6)))),
        }
    }
    if dice.below(2) == 0 {
        let side = if dice.below(2) == 0 { Side::Buy } else { Side::Sell };
        let order_type = match dice.below(2) {
            0 => OrderType::Market,
            _ => OrderType::Limit { price: Price::new(600_000 + dice.below(60) - 30) },
        };
        let order = OrderSpec::new(side, order_type, Quantity::new(1 + dice.below(5)));
        actions.submit(order.on(MarketId(dice.below(2) as u8)));
    }
}

/// Every alert, at limits that are passed all the time.
fn alerts() -> AlertConfig {
    let percent = Setting::On(Percent::from_ppb(2_000));
    AlertConfig {
        remind_after_ms: 1_500,
        position_value: amount_over(150),
        trade_rate: Setting::On(4),
        trade_loss_percent: percent,
        daily_loss_percent: percent,
        leverage: Setting::On(Multiple::from_ppb(2_000_000)),
        network_latency_ms: Setting::On(1),
        venue_reply_ms: Setting::On(2),
        feed_silence_ms: Setting::On(20),
        price_age_ms: Setting::On(30),
        extreme_move_percent: Setting::On(Percent::from_ppb(20_000)),
        ..AlertConfig::default()
    }
}

fn amount_over(units: i64) -> Setting<Amount> {
    Setting::On(Amount::new(Money::from_units(units)))
}

/// Alerts that the drawn runs have to raise, in both markets where they have one each.
const RAISED: [&str; 12] = [
    "position_value",
    "trade_rate",
    "trade_loss",
    "daily_loss",
    "leverage",
    "network_latency",
    "venue_reply",
    "feed_disconnected",
    "price_age",
    "extreme_move",
    "gate_tripped",
    "kill_switch",
];

fn audit(seed: u64, subscriptions: Subscriptions, latency: (i64, i64)) -> (AuditSetup, Vec<Entry>, Audit) {
    let plan = Plan { gates: gates(seed), latency, alerts: alerts(), ..Plan::default() };
    let (setup, played, audit) = audit_plan(seed, subscriptions, &plan);
    (setup, played.entries, audit)
}

fn audit_plan(seed: u64, subscriptions: Subscriptions, plan: &Plan) -> (AuditSetup, Played, Audit) {
    let rows = [random_market(seed, 500), random_market(seed + 1_000, 500)];
    let markets = || [("A", &rows[0]), ("B", &rows[1])].map(|(symbol, rows)| market(rows, symbol));
    let mut dice = Dice::new(seed);
    let played = play(markets().into(), plan, subscriptions, move |_, view, actions| shakes(&mut dice, view, actions));
    let markets_of = |instrument: &seatrial::model::Instrument| AuditMarket {
        instrument: instrument.clone(),
        opening_price: None,
        rows: None,
    };
    let audited = played.instruments.iter().map(markets_of).collect();
    let setup = audit_setup(&plan.gates, audited, wakes(&subscriptions)).unwrap();
    let events = plan.events.iter().map(audit_event).collect();
    let setup = AuditSetup { events, alerts: audit_alerts(&plan.alerts, SECOND), ..setup };
    let audit = again(&setup, &played.entries, markets());
    (setup, played, audit)
}

fn again(setup: &AuditSetup, entries: &[Entry], markets: [Labelled; 2]) -> Audit {
    let mut markets = markets;
    let sources = markets.iter_mut().map(|market| market as &mut dyn BatchSource).collect();
    audit_entries(setup, entries, Some(sources)).unwrap()
}

#[test]
fn runs_of_several_markets_are_clean() {
    let timer = Subscriptions { timer: Some(Span::from_nanos(70 * MS)), all_markets: true, ..NONE };
    let all = Subscriptions { book: true, trades: true, reports: true, ..timer };
    let mut fired = BTreeMap::<String, u64>::new();
    let mut raised = BTreeMap::<String, u64>::new();
    for seed in 1..=24 {
        let subscriptions = if seed % 3 == 0 { all } else { timer };
        let latency = [(MS, 2 * MS), (0, 0)][seed as usize % 2];
        let (_, _, audit) = audit(seed, subscriptions, latency);
        assert!(audit.is_clean(), "seed {seed}\n{audit}");
        for control in &audit.controls {
            *fired.entry(control.name.clone()).or_default() += control.fired;
        }
        for alert in &audit.alerts {
            assert_eq!(alert.not_audited, None, "{}", alert.name);
            *raised.entry(alert.name.clone()).or_default() += alert.raised;
        }
    }
    for control in ACTING {
        assert!(fired[control] > 0, "{control}: {fired:?}");
    }
    for alert in RAISED {
        assert!(raised[alert] > 0, "{alert}: {raised:?}");
    }
}

/// What moves the account at one market or the other, once or again and again.
fn events(seed: u64) -> Vec<ScriptedEvent> {
    let (mut dice, start) = (Dice::new(seed), random_market(seed, 500)[0].venue_at);
    let mut event = |line| ScriptedEvent {
        at: Timestamp::from_nanos(start + dice.below(20_000) * MS),
        every: (dice.below(2) == 0).then(|| Span::from_nanos((700 + dice.below(4_000)) * MS)),
        market: MarketId(dice.below(2) as u8),
        what: match dice.below(9) {
            6 => AccountEvent::Bust(WhichFill::Last),
            7 => AccountEvent::Bust(WhichFill::Number(1 + dice.below(9) as u64)),
            8 => AccountEvent::Correct(WhichFill::Last, NewPrice::Moved(dice.below(21) - 10)),
            4 => AccountEvent::Allocate(Money::from_units(dice.below(900) - 400)),
            5 => AccountEvent::Allocate(Money::from_units(-1_000_000)),
            3 => AccountEvent::Charge(Charge::Adjustment, Money::from_units(dice.below(9) - 4)),
            0 => AccountEvent::Charge(Charge::Fee, Money::from_units(dice.below(9) - 4)),
            1 => AccountEvent::Charge(Charge::Funding, Money::from_units(dice.below(9) - 4)),
            _ => AccountEvent::FundingAt(Rate::from_ppb(dice.below(2_000_001) - 1_000_000)),
        },
        line,
    };
    (1..=6).map(&mut event).collect()
}

/// One account: what moves at one market is in the equity of all, in both markets' marks, in every account and figure.
#[test]
fn events_at_several_markets_are_audited_clean_reconcile_and_add_up() {
    let timer = Subscriptions { timer: Some(Span::from_nanos(70 * MS)), all_markets: true, ..NONE };
    let mut moved = [0; 2];
    for seed in 1..=40 {
        let plan = Plan { gates: gates(seed), events: events(seed), ..Plan::default() };
        let (setup, played, audit) = audit_plan(seed, timer, &plan);
        assert!(audit.is_clean(), "seed {seed}\n{audit}");
        let opening = Opening { quote: Money::from_units(100_000), position: Quantity::ZERO, at: None };
        let accounts = played.instruments.iter().map(|instrument| (instrument, &opening));
        let equity = Some(played.outcome.lanes[0].equity);
        let found = reconcile_entries(accounts, &played.entries, equity).unwrap();
        assert!(found.clean, "seed {seed}\n{found}");
        let summary = played.summary();
        let places = played.entries.iter().enumerate().filter_map(|(place, entry)| match entry {
            Entry::Charged { market, .. } | Entry::Allocated { market, .. } => Some((place, *market)),
            Entry::Venue(report) if report.kind.sets_right() => Some((place, report.market)),
            _ => None,
        });
        let places: Vec<(usize, MarketId)> = places.collect();
        assert_eq!(summary.moved.count, places.len() as u64, "seed {seed}");
        let adjustment = |entry: &Entry| match entry {
            Entry::Charged { charge: Charge::Adjustment, amount, .. } => Some(*amount),
            _ => None,
        };
        let adjusted = played.entries.iter().filter_map(adjustment).reduce(|sum, amount| sum + amount);
        assert_eq!(summary.profit.adjustments, adjusted, "seed {seed}");
        let allocation = |entry: &Entry| match entry {
            Entry::Allocated { amount, .. } if *amount != Money::ZERO => Some(*amount),
            _ => None,
        };
        let allocated = played.entries.iter().filter_map(allocation).reduce(|sum, amount| sum + amount);
        let returns = &summary.returns;
        assert_eq!(returns.allocations, allocated, "seed {seed}");
        assert_eq!(returns.end_equity - returns.start_equity - allocated.unwrap_or_default(), returns.profit);
        assert_eq!(summary.profit.total, returns.profit, "seed {seed}");
        places.iter().for_each(|(_, market)| moved[market.index()] += 1);
        let Some((place, at)) = places.first() else { continue };
        let mut entries = played.entries.clone();
        let found = match &mut entries[*place] {
            Entry::Charged { market, .. } | Entry::Allocated { market, .. } => market,
            Entry::Venue(report) => &mut report.market,
            other => panic!("{other:?} moves nothing"),
        };
        *found = MarketId(1 - at.0);
        let rows = [random_market(seed, 500), random_market(seed + 1_000, 500)];
        let audit = again(&setup, &entries, [market(&rows[0], "A"), market(&rows[1], "B")]);
        assert!(!audit.is_clean(), "seed {seed}: moved at the other market");
    }
    assert!(moved.iter().all(|count| *count > 50), "{moved:?}");
}

/// A trip that one of two markets forgets is missed there, and there alone.
#[test]
fn a_trip_that_one_market_forgets_is_found_there() {
    let timer = Subscriptions { timer: Some(Span::from_nanos(70 * MS)), all_markets: true, ..NONE };
    let of_second = |entry: &Entry| matches!(entry, Entry::Tripped { market, refusal, .. } if *market == MarketId(1) && refusal.gate.0 == 3);
    let run =
        (1..=24).map(|seed| audit(seed, timer, (MS, 2 * MS))).find(|(_, entries, _)| entries.iter().any(of_second));
    let (setup, mut entries, _) = run.expect("a run with a trip");
    let at = entries.iter().position(of_second).expect("the trip");
    entries.remove(at);
    let audit = audit_entries(&setup, &entries, None).unwrap();
    let missed = |finding: &&seatrial::audit::Finding| {
        finding.control == "daily_loss" && finding.kind == FindingKind::Missed && finding.text.contains("had to trip")
    };
    let markets: Vec<u8> = audit.findings.iter().filter(missed).map(|finding| finding.market.0).collect();
    assert_eq!(markets, [1], "{audit}");
}
