use super::super::{Cell, Effect, GateConfig, Gates, RiskView, catalogue};
use super::{
    ATTO, amount, execute, gates, instrument, judge, limit, mark, marks, noon, on, quotes, report, risk, tell,
};
use crate::gates::{
    Amount, Setting, consecutive_losses, daily_loss, daily_orders, daily_turnover, drawdown, error_rate, extreme_move,
    kill_switch, message_rate, open_orders, order_burst, order_quantity, order_value, period_collar, position,
    position_ramp, repeated_executions, stale_data, stop_loss, total_loss,
};
use crate::model::{BestPrices, ClientOrderId, Intent, Mark, RejectReason, ReportKind, Side};
use crate::units::{Money, Price, Quantity, SECOND, Timestamp};

/// The table as text: what the documentation prints and what the constants say.
fn rendered() -> String {
    let row = |spec: &crate::gates::GateSpec| {
        let cells = Effect::ALL.map(|effect| spec.row.cell(effect).words());
        format!("//! | {} | {} |\n", spec.name, cells.join(" | "))
    };
    catalogue().iter().map(row).collect()
}

#[test]
fn the_documented_table_is_the_one_that_judges() {
    assert!(include_str!("../mod.rs").contains(&rendered()), "mod.rs does not hold\n{}", rendered());
}

#[test]
fn the_table_is_as_designed() {
    use Cell::{Checked, Exempt, UnlessProtective};
    for spec in catalogue() {
        let expected = match spec.name {
            "stale_data" | "order_burst" | "book_state" | "price_collar" | "period_collar" | "message_rate"
            | "self_trade" => [Checked, UnlessProtective, Exempt],
            "idempotency" | "venue_filters" | "paper_mode" => [Checked, Checked, Exempt],
            _ => [Checked, Exempt, Exempt],
        };
        assert_eq!(Effect::ALL.map(|effect| spec.row.cell(effect)), expected, "{}", spec.name);
    }
}

/// Gates with the named one alone armed, in a state in which it refuses whatever it looks at.
fn shut(name: &str) -> (Gates, RiskView) {
    let mut risk = RiskView { position: Quantity::new(-10), ..risk() };
    let mut config = GateConfig::off();
    arm(&mut config, name);
    let mut instrument = instrument();
    if name == "venue_filters" {
        instrument.filters.min_quantity = Some(Quantity::new(1_000));
    }
    let mut gates = Gates::new(&config, &instrument).unwrap();
    match name {
        "kill_switch" => gates.kill(risk.now, &mut Vec::new()),
        "stale_data" => risk.market_at = None,
        "daily_loss" => drop(marks(&mut gates, noon(0), &[1_000, 0])),
        "order_burst" | "idempotency" | "daily_orders" | "message_rate" | "user_orders" => {
            judge(&mut gates, limit(Side::Buy, 1, 100), &risk).unwrap();
        }
        "book_state" | "price_collar" => risk.best = BestPrices::default(),
        "exposure" | "leverage" => risk.equity = Money::ZERO,
        "open_orders" => risk.open_orders = 1,
        "drawdown" | "total_loss" => drop(marks(&mut gates, noon(0), &[1_000, 0])),
        "extreme_move" => {
            for (second, mid) in [(0, 100), (1, 200)] {
                let at = noon(0).plus(SECOND.times(second));
                gates.on_mark(&Mark { best: quotes(mid, mid), ..mark(at, 1_000) }, &mut Vec::new());
            }
        }
        "period_collar" => {
            gates.on_mark(&Mark { best: quotes(200, 200), ..mark(noon(0), 1_000) }, &mut Vec::new());
        }
        "stop_loss" => {
            gates.entered_for(Money::from_units(-1_000));
            let lost = Mark { best: quotes(200, 200), position: Quantity::new(-10), ..mark(noon(0), 1_000) };
            gates.on_mark(&lost, &mut Vec::new());
        }
        "consecutive_losses" | "single_trade_loss" | "repeated_executions" => {
            gates.open(&mark(noon(0), 1_000));
            assert_eq!(execute(&mut gates, noon(0), [1, 0], -1_000 * ATTO).len(), 1);
        }
        "error_rate" => {
            let reject = ReportKind::Rejected(RejectReason::MinNotional);
            assert_eq!(tell(&mut gates, &report(noon(0), Side::Buy, reject, 0), None).len(), 1);
        }
        "self_trade" => (risk.own_bid, risk.own_ask) = (Some(Price::new(100)), Some(Price::new(100))),
        "concurrent_positions" => risk.other_positions = 256,
        _ => {}
    }
    (gates, risk)
}

fn arm(config: &mut GateConfig, name: &str) {
    match name {
        "kill_switch" => config.kill_switch = on(kill_switch::Limits {}),
        "stale_data" => config.stale_data = on(stale_data::Limits { max_age_ms: 1 }),
        "daily_loss" => config.daily_loss = on(daily_loss::Limits { confirm_marks: 1, ..Default::default() }),
        "order_value" => config.order_value = on(order_value::Limits { max: amount("1") }),
        "position" => {
            config.position = on(position::Limits { max_value: on(amount("1")), max_quantity: on(amount("1")) });
        }
        "order_burst" => config.order_burst = on(order_burst::Limits { orders: 1, window_ms: 60_000 }),
        "idempotency" => config.idempotency = Setting::default(),
        "book_state" => config.book_state = Setting::default(),
        "venue_filters" => config.venue_filters = Setting::default(),
        "price_collar" => config.price_collar = Setting::default(),
        "position_ramp" => {
            let limits = position_ramp::Limits { initial: amount("1"), max: amount("1"), ..Default::default() };
            config.position_ramp = on(limits);
        }
        "period_collar" => config.period_collar = on(period_collar::Limits { confirm_marks: 1, ..Default::default() }),
        "stop_loss" => config.stop_loss = on(stop_loss::Limits { confirm_marks: 1, ..Default::default() }),
        "order_quantity" => config.order_quantity = on(order_quantity::Limits { max: on(amount("1")) }),
        "fee_coverage" => config.fee_coverage = Setting::default(),
        "exposure" => config.exposure = Setting::default(),
        "leverage" => config.leverage = Setting::default(),
        "open_orders" => config.open_orders = on(open_orders::Limits { max: 1 }),
        "daily_orders" => config.daily_orders = on(daily_orders::Limits { max: 1 }),
        "message_rate" => {
            config.message_rate = on(message_rate::Limits { messages: 1, reserve: 0, window_ms: 60_000 });
        }
        "drawdown" => config.drawdown = on(drawdown::Limits { confirm_marks: 1, ..Default::default() }),
        "total_loss" => config.total_loss = on(total_loss::Limits { confirm_marks: 1, ..Default::default() }),
        "extreme_move" => config.extreme_move = on(extreme_move::Limits { confirm_marks: 1, ..Default::default() }),
        "consecutive_losses" => {
            config.consecutive_losses = on(consecutive_losses::Limits { losses: 1, ..Default::default() });
        }
        "single_trade_loss" => config.single_trade_loss = Setting::default(),
        "error_rate" => config.error_rate = on(error_rate::Limits { errors: 1, ..Default::default() }),
        "repeated_executions" => {
            config.repeated_executions = on(repeated_executions::Limits { executions: 1, ..Default::default() });
        }
        "daily_turnover" => config.daily_turnover = on(daily_turnover::Limits { max: amount("1") }),
        "self_trade" => config.self_trade = Setting::default(),
        "concurrent_positions" => config.concurrent_positions = Setting::default(),
        "paper_mode" => config.paper_mode = Setting::default(),
        "heartbeat" => config.heartbeat = Setting::default(),
        "user_orders" => config.user_orders = on(crate::gates::user_orders::Limits { max: 1 }),
        other => panic!("the table has a gate `{other}` that this test does not know"),
    }
}

/// Short 10: a buy of 5 reduces, a buy of 30 and any sale do not.
fn request(effect: Effect, protective: bool) -> Intent {
    let plain = match effect {
        Effect::Increases => limit(Side::Sell, 5, 100),
        Effect::Reduces | Effect::Cancels => limit(Side::Buy, 5, 100),
    };
    Intent { protective, ..plain }
}

#[test]
fn every_cell_of_the_table_holds() {
    for spec in catalogue() {
        for effect in Effect::ALL {
            for protective in [false, true] {
                let (mut gates, risk) = shut(spec.name);
                let passed = match effect {
                    Effect::Cancels => gates.clear_cancel(ClientOrderId(1), &risk).map(drop),
                    _ => judge(&mut gates, request(effect, protective), &risk),
                };
                let refused = match spec.row.cell(effect) {
                    Cell::Checked => true,
                    Cell::UnlessProtective => !protective,
                    Cell::Exempt => false,
                };
                let by = passed.map_err(|refusal| refusal.gate);
                let expected = if refused { Err(spec.id) } else { Ok(()) };
                assert_eq!(by, expected, "{} {effect:?} protective {protective}", spec.name);
            }
        }
    }
}

#[test]
fn a_flip_increases_risk_even_when_it_is_called_protective_and_reduce_only() {
    let (mut gates, risk) = shut("kill_switch");
    for reduce_only in [false, true] {
        let flip = Intent { protective: true, reduce_only, ..limit(Side::Buy, 11, 100) };
        assert!(judge(&mut gates, flip, &risk).is_err());
    }
}

#[test]
fn open_orders_of_the_side_use_up_what_may_be_reduced() {
    let (mut gates, risk) = shut("kill_switch");
    for (quantity, open, reduces) in
        [(10, 0, true), (11, 0, false), (4, 6, true), (5, 6, false), (1, 10, false), (i64::MIN, 0, false)]
    {
        let risk = RiskView { open_buy: Quantity::new(open), open_sell: Quantity::new(99), ..risk };
        for reduce_only in [false, true] {
            let intent = Intent { reduce_only, ..limit(Side::Buy, quantity, 100) };
            assert_eq!(judge(&mut gates, intent, &risk).is_ok(), reduces, "{quantity} beside {open}");
        }
    }
}

#[test]
fn reduce_only_orders_beside_each_other_reduce_however_many_they_are() {
    let (mut gates, risk) = shut("kill_switch");
    for (open, reduce_only, reduces) in [(10, 10, true), (30, 30, true), (10, 9, false), (30, 0, false)] {
        let (open_buy, reduce_only_buy) = (Quantity::new(open), Quantity::new(reduce_only));
        let risk = RiskView { open_buy, reduce_only_buy, ..risk };
        let exit = Intent { reduce_only: true, ..limit(Side::Buy, 10, 100) };
        assert_eq!(judge(&mut gates, exit, &risk).is_ok(), reduces, "beside {open}, {reduce_only} of them reduce-only");
        let plain = limit(Side::Buy, 10, 100);
        assert!(judge(&mut gates, plain, &risk).is_err(), "an ordinary order beside {open}");
    }
}

#[test]
fn a_position_at_its_limit_can_be_left_beside_its_stop() {
    let mut gates = gates(|config| {
        let max_quantity = Setting::On(Amount::new(Money::parse("0.015").unwrap()));
        config.position = Setting::On(position::Limits { max_value: Setting::Off, max_quantity });
    });
    let stop = RiskView {
        position: Quantity::new(15),
        open_sell: Quantity::new(15),
        reduce_only_sell: Quantity::new(15),
        ..risk()
    };
    let exit = Intent { reduce_only: true, ..limit(Side::Sell, 15, 100) };
    assert!(judge(&mut gates, exit, &stop).is_ok());
    assert!(
        judge(&mut gates, limit(Side::Sell, 16, 100), &stop).is_err(),
        "one step beyond the limit on the other side"
    );
}

#[test]
fn a_flat_account_has_nothing_to_reduce() {
    let mut gates = gates(|config| arm(config, "kill_switch"));
    gates.kill(noon(0), &mut Vec::new());
    for side in Side::BOTH {
        for quantity in [0, 1] {
            let intent = Intent { reduce_only: true, ..limit(side, quantity, 100) };
            assert!(judge(&mut gates, intent, &risk()).is_err());
        }
    }
}

#[test]
fn precedence_is_catalogue_order_and_later_gates_are_not_asked() {
    let mut all = Gates::new(&GateConfig::default(), &instrument()).unwrap();
    all.kill(noon(0), &mut Vec::new());
    let risk = RiskView { market_at: None, now: Timestamp::from_nanos(0), ..risk() };
    let refused = judge(&mut all, limit(Side::Buy, 1_000_000, 100), &risk).unwrap_err();
    assert_eq!(refused.gate, catalogue()[0].id);
    let evaluated: Vec<_> = all.counters().iter().map(|counter| counter.evaluated).collect();
    assert_eq!(evaluated[0], 1);
    assert!(evaluated[1..].iter().all(|&count| count == 0), "{evaluated:?}");
}

#[test]
fn a_mark_alone_counts_as_no_request() {
    let mut all = Gates::new(&GateConfig::default(), &instrument()).unwrap();
    all.on_mark(&mark(noon(0), 1_000), &mut Vec::new());
    assert!(all.counters().iter().all(|counter| counter.evaluated + counter.refused == 0));
    let armed: Vec<_> = all.counters().iter().filter(|counter| counter.armed).map(|counter| counter.id).collect();
    let by_default: Vec<_> = catalogue().iter().filter(|spec| spec.armed).map(|spec| spec.id).collect();
    assert_eq!(armed, by_default);
}
