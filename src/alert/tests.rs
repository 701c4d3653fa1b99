//! Each rule at its edge, in a world where a tick times a step is one unit of quote.

use super::account::{is_over, share};
use super::*;
use crate::gates::{Amount, GateEvent, Multiple, Percent, Setting};
use crate::model::{
    AlertPhase, BestPrices, ClientOrderId, ContractKind, ExecutionReport, FeeSchedule, Fill, Filters, GateId,
    Instrument, Level, Liquidity, Mark, MarketId, OrderId, Refusal, ReportKind, Side,
};
use crate::units::{DAY, Fixed, Money, Price, Quantity, Rate, Rounding, SECOND, Span, Timestamp};
use proptest::prelude::*;

const START: Timestamp = Timestamp::from_nanos(1_700_000_000_000_000_000);
const KILL: GateId = GateId(1);

fn instrument() -> Instrument {
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

/// Milliseconds after the start.
fn at(ms: i64) -> Timestamp {
    START.plus(Span::from_nanos(1_000_000 * ms))
}

fn quotes(bid: i64, ask: i64) -> BestPrices {
    let level = |ticks| Some(Level { price: Price::new(ticks), quantity: Quantity::new(1) });
    BestPrices { bid: level(bid), ask: level(ask) }
}

/// What a look sees; a calm market around 100 in which nothing is held.
#[derive(Clone, Copy)]
struct Seen {
    position: i64,
    mid: i64,
    equity: i64,
    feed_ms: i64,
    /// Milliseconds after the start; `None` while nothing was heard.
    heard_ms: Option<i64>,
    heard: BestPrices,
    /// Milliseconds after the start; `None` while every request is answered.
    waits_ms: Option<i64>,
    /// The book has no mid.
    gone: bool,
}

fn calm() -> Seen {
    Seen {
        position: 0,
        mid: 100,
        equity: 1_000,
        feed_ms: 0,
        heard_ms: None,
        heard: quotes(99, 101),
        waits_ms: None,
        gone: false,
    }
}

struct World(Monitor);

impl World {
    fn with(configure: impl FnOnce(&mut AlertConfig)) -> Self {
        Self::on(false, configure)
    }

    fn on(on_bars: bool, configure: impl FnOnce(&mut AlertConfig)) -> Self {
        let mut config = AlertConfig::off();
        configure(&mut config);
        let instrument = instrument();
        let market = AlertMarket { instrument: &instrument, opening: (Quantity::ZERO, None), has_book: true, on_bars };
        let mut monitor = Monitor::new(&config, &[market], START, SECOND).unwrap();
        monitor.open(START, Money::from_units(1_000));
        Self(monitor)
    }

    /// `NAME phase value of limit since CAUSE`, CAUSE in milliseconds after the start.
    fn said(&mut self) -> Vec<String> {
        let words = |(_, alert): (MarketId, crate::model::Alert)| {
            let rule = AlertRule::of(alert.rule).unwrap();
            let [value, limit] = [rule.show(alert.value), rule.show_limit(alert.limit)];
            let of = if limit.is_empty() { String::new() } else { format!(" of {limit}") };
            let since = alert.cause_at.since(START).nanos() / 1_000_000;
            format!("{} {} {value}{of} since {since}", rule.name, alert.phase)
        };
        self.0.take().map(words).collect()
    }

    fn look(&mut self, ms: i64, seen: Seen) -> Vec<String> {
        let equity = Money::from_units(seen.equity);
        let mark = Mark {
            market: MarketId::FIRST,
            at: at(ms),
            best: if seen.gone { BestPrices::default() } else { quotes(seen.mid - 1, seen.mid + 1) },
            position: Quantity::new(seen.position),
            equity,
            open_orders: 0,
            feed_latency_ns: 0,
        };
        let (heard_at, waits_since) = (seen.heard_ms.map(at), seen.waits_ms.map(at));
        let heard_latency = Span::from_nanos(seen.feed_ms * 1_000_000);
        let sight =
            Sight { mark: &mark, mid_x2: 2 * seen.mid, heard: &seen.heard, heard_at, heard_latency, waits_since };
        self.0.look_at_market(&sight);
        self.0.look_at_account(at(ms), equity);
        self.said()
    }

    fn hears(&mut self, report: &ExecutionReport) -> Vec<String> {
        self.0.heard(report.reported_at, report);
        self.said()
    }
}

/// Sent, arrived, matched, reported, in milliseconds after the start.
fn report(id: u64, kind: ReportKind, stamps: [i64; 4]) -> ExecutionReport {
    let [sent_at, arrived_at, matched_at, reported_at] = stamps.map(at);
    ExecutionReport {
        market: MarketId::FIRST,
        client_order_id: ClientOrderId(id),
        order_id: OrderId(id),
        side: Side::Buy,
        kind,
        executed: Quantity::ZERO,
        open: Quantity::new(1),
        sent_at,
        arrived_at,
        matched_at,
        reported_at,
    }
}

fn fill(id: u64, ms: i64, side: Side, (quantity, price, fee): (i64, i64, i64)) -> ExecutionReport {
    let fill = Fill {
        price: Price::new(price),
        quantity: Quantity::new(quantity),
        liquidity: Liquidity::Taker,
        fee: Money::from_units(fee),
        best: BestPrices::default(),
    };
    let executed = Quantity::new(quantity);
    ExecutionReport { side, executed, ..report(id, ReportKind::Filled(fill), [ms; 4]) }
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_position_worth_the_limit_is_silent_and_one_unit_more_is_not() {
    let mut world = World::with(|config| config.position_value = Setting::On(Amount::new(Money::from_units(10_000))));
    assert_eq!(world.look(1_000, Seen { position: -100, ..calm() }), NOTHING);
    let over = Seen { position: 101, ..calm() };
    assert_eq!(world.look(2_000, over), ["position_value raised 10100 quote of 10000 quote since 1000"]);
    assert_eq!(world.look(3_000, over), NOTHING, "one alert while it lasts");
    assert_eq!(world.look(301_000, over), NOTHING);
    assert_eq!(world.look(302_000, over), ["position_value reminder 10100 quote of 10000 quote since 1000"]);
    assert_eq!(world.look(303_000, over), NOTHING);
    let within = Seen { position: 100, ..calm() };
    assert_eq!(world.look(304_000, within), ["position_value resolved 10000 quote of 10000 quote since 1000"]);
    assert_eq!(world.look(305_000, within), NOTHING);
    assert_eq!(world.look(306_000, over), ["position_value raised 10100 quote of 10000 quote since 305000"]);
}

#[test]
fn a_day_may_lose_its_limit_and_begins_anew_at_midnight() {
    let mut world = World::with(|config| config.daily_loss_percent = Setting::On(Percent::from_ppb(100_000_000)));
    assert_eq!(world.look(1_000, Seen { equity: 900, ..calm() }), NOTHING);
    let lost = Seen { equity: 899, ..calm() };
    assert_eq!(world.look(2_000, lost), ["daily_loss raised 10.1 % of 10 % since 1000"]);
    let midnight = DAY.nanos() - START.nanos().rem_euclid(DAY.nanos());
    assert_eq!(world.look(midnight / 1_000_000 - 1, lost).len(), 1, "a reminder");
    assert_eq!(world.look(midnight / 1_000_000, lost), ["daily_loss resolved 0 % of 10 % since 1000"]);
    assert_eq!(world.look(midnight / 1_000_000 + 1_000, Seen { equity: 809, ..calm() }).len(), 1, "10.01 % of 899");
}

#[test]
fn leverage_is_over_the_limit_when_equity_is_gone() {
    let mut world = World::with(|config| config.leverage = Setting::On(Multiple::from_ppb(3_000_000_000)));
    assert_eq!(world.look(1_000, Seen { position: 30, ..calm() }), NOTHING);
    let over = Seen { position: 30, equity: 999, ..calm() };
    assert_eq!(world.look(2_000, over), ["leverage raised 3.003003003 times of 3 times since 1000"]);
    assert_eq!(world.look(3_000, Seen { position: 0, equity: 0, ..calm() }).len(), 1, "resolved with nothing held");
    let gone = Seen { position: 1, equity: 0, ..calm() };
    assert_eq!(world.look(4_000, gone), ["leverage raised unknown of 3 times since 3000"]);
}

#[test]
fn eleven_orders_within_a_minute_are_one_too_many() {
    let mut world = World::with(|config| config.trade_rate = Setting::On(10));
    for id in 0..10 {
        assert_eq!(world.hears(&fill(id, id as i64 * 1_000, Side::Buy, (1, 100, 0))), NOTHING);
    }
    // The second part of an order is no other trade.
    let mut part = fill(9, 9_500, Side::Buy, (1, 100, 0));
    part.executed = Quantity::new(2);
    assert_eq!(world.hears(&part), NOTHING);
    // The first is exactly a minute old: it has left.
    assert_eq!(world.hears(&fill(10, 60_000, Side::Buy, (1, 100, 0))), NOTHING);
    assert_eq!(
        world.hears(&fill(11, 60_999, Side::Buy, (1, 100, 0))),
        ["trade_rate raised 11 orders of 10 orders since 60999"]
    );
    assert_eq!(world.look(60_999, calm()), NOTHING);
    assert_eq!(world.look(61_000, calm()), ["trade_rate resolved 10 orders of 10 orders since 60999"]);
}

#[test]
fn a_round_trip_may_lose_five_per_cent_of_what_it_cost() {
    let mut world = World::with(|config| config.trade_loss_percent = Setting::On(Percent::from_ppb(50_000_000)));
    // 10 at 100 cost 1000; sold at 95, exactly 50 are lost.
    assert_eq!(world.hears(&fill(1, 0, Side::Buy, (10, 100, 0))), NOTHING);
    assert_eq!(world.hears(&fill(2, 1, Side::Sell, (10, 95, 0))), NOTHING);
    // The same with a fee of 1, and short.
    assert_eq!(world.hears(&fill(3, 2, Side::Sell, (10, 100, 1))), NOTHING);
    assert_eq!(world.hears(&fill(4, 3, Side::Buy, (10, 105, 0))), ["trade_loss raised 5.1 % of 5 % since 3"]);
    // Half of a position: what the rest loses while it is held is not a trade's loss.
    assert_eq!(world.look(60_002, calm()), NOTHING);
    assert_eq!(world.look(60_003, calm()), ["trade_loss resolved 5.1 % of 5 % since 3"]);
    assert_eq!(world.hears(&fill(5, 70_000, Side::Buy, (10, 100, 0))), NOTHING);
    assert_eq!(world.hears(&fill(6, 70_001, Side::Sell, (5, 90, 0))), NOTHING, "50 of 1000");
    assert_eq!(world.hears(&fill(7, 70_002, Side::Sell, (6, 99, 0))).len(), 1, "55 of 1000, and it turns");
    assert_eq!(
        world.hears(&fill(8, 140_000, Side::Buy, (1, 100, 0))),
        NOTHING,
        "the one that began short lost 1 of 99"
    );
}

#[test]
fn a_reply_counts_from_sending_and_an_absent_one_at_ticks() {
    let mut world = World::with(|config| config.venue_reply_ms = Setting::On(2_000));
    assert_eq!(world.hears(&report(1, ReportKind::Accepted, [0, 1, 1, 2_000])), NOTHING);
    assert_eq!(
        world.hears(&report(2, ReportKind::Accepted, [3_000, 3_001, 3_001, 5_001])),
        ["venue_reply raised 2001ms of 2s since 5000"]
    );
    // Filled a day later: no answer to anything.
    let mut late = fill(2, 86_400_000, Side::Buy, (1, 100, 0));
    (late.sent_at, late.arrived_at) = (at(3_000), at(3_001));
    assert_eq!(world.hears(&late), NOTHING);
    assert_eq!(world.look(86_401_000, calm()), ["venue_reply resolved 2001ms of 2s since 5000"]);

    let mut world = World::with(|config| config.venue_reply_ms = Setting::On(2_000));
    let waiting = Seen { waits_ms: Some(500), ..calm() };
    assert_eq!(world.look(2_500, waiting), NOTHING, "exactly the limit");
    assert_eq!(world.look(3_500, waiting), ["venue_reply raised 3s of 2s since 2500"]);
    assert_eq!(world.hears(&report(3, ReportKind::Accepted, [500, 600, 600, 4_000])), NOTHING, "it is known");
    assert_eq!(world.look(63_999, calm()), NOTHING);
    assert_eq!(world.look(64_000, calm()), ["venue_reply resolved 3500ms of 2s since 2500"]);
}

#[test]
fn each_way_between_bot_and_venue_counts_alone() {
    let mut world = World::with(|config| config.network_latency_ms = Setting::On(500));
    assert_eq!(world.hears(&report(1, ReportKind::Accepted, [0, 500, 500, 1_000])), NOTHING);
    // A fill of an order that rested for long: only its way back counts.
    assert_eq!(world.hears(&report(1, ReportKind::Triggered, [0, 900, 5_000, 5_500])), NOTHING);
    assert_eq!(
        world.hears(&report(2, ReportKind::Accepted, [6_000, 6_501, 6_501, 6_502])),
        ["network_latency raised 501ms of 500ms since 6502"]
    );
    assert_eq!(world.look(66_502, Seen { feed_ms: 500, ..calm() }).len(), 1, "resolved");
    let slow = Seen { feed_ms: 501, ..calm() };
    assert_eq!(world.look(67_000, slow), ["network_latency raised 501ms of 500ms since 66502"]);
}

#[test]
fn a_silent_feed_is_disconnected_old_and_then_lost() {
    let mut world = World::with(|config| {
        config.feed_silence_ms = Setting::On(10_000);
        config.price_age_ms = Setting::On(60_000);
        config.reconnect_failures = Setting::On(4);
    });
    let silent = Seen { heard_ms: Some(1_000), ..calm() };
    assert_eq!(world.look(11_000, silent), NOTHING, "exactly the limit");
    assert_eq!(world.look(11_500, silent), ["feed_disconnected raised 10500ms of 10s since 11000"]);
    assert_eq!(world.look(35_999, silent), NOTHING, "four attempts have failed");
    assert_eq!(world.look(36_000, silent), ["reconnect_failures raised 5 of 4 since 36000"]);
    assert_eq!(world.look(61_000, silent), NOTHING);
    assert_eq!(world.look(61_001, silent), ["price_age raised 60001ms of 1min since 61000"]);
    assert_eq!(
        world.look(62_000, Seen { heard_ms: Some(62_000), ..calm() }),
        [
            "feed_disconnected resolved 0ns of 10s since 11000",
            "reconnect_failures resolved 0 of 4 since 36000",
            "price_age resolved 0ns of 1min since 61000"
        ]
    );
    let mut world = World::with(|config| {
        config.feed_silence_ms = Setting::On(10_000);
        config.price_age_ms = Setting::On(60_000);
    });
    assert_eq!(world.look(100_000, calm()).len(), 1, "never heard: no price is old, but the feed is gone");
}

/// A breaker's mark between two ticks sees a print that the next tick sees again: it counts once.
#[test]
fn a_print_that_is_marked_twice_within_a_tick_is_one() {
    let mut world = World::with(|config| config.extreme_move_percent = Setting::On(Percent::from_ppb(50_000_000)));
    let at_mid = |mid| Seen { mid, ..calm() };
    let looks = [(1_000, 100), (2_000, 100), (3_000, 100), (3_900, 94), (4_000, 94), (5_000, 100), (6_000, 100)];
    for (ms, mid) in looks {
        assert_eq!(world.look(ms, at_mid(mid)), NOTHING, "{ms}");
    }
}

/// While there is no mid no move can be told: the cause of one that is found afterwards is not older than the price.
#[test]
fn a_move_across_a_gap_begins_when_there_is_a_price_again() {
    let mut world = World::with(|config| config.extreme_move_percent = Setting::On(Percent::from_ppb(50_000_000)));
    let at_mid = |mid| Seen { mid, ..calm() };
    for ms in [1_000, 2_000, 3_000] {
        assert_eq!(world.look(ms, at_mid(100)), NOTHING);
    }
    for ms in 4..=20 {
        assert_eq!(world.look(ms * 1_000, Seen { gone: true, ..calm() }), NOTHING);
    }
    assert_eq!(world.look(21_000, at_mid(94)), NOTHING);
    assert_eq!(world.look(22_000, at_mid(94)), ["extreme_move raised 6 % of 5 % since 20000"]);
}

#[test]
fn one_wild_print_moves_no_price_and_two_of_three_do() {
    let mut world = World::with(|config| config.extreme_move_percent = Setting::On(Percent::from_ppb(50_000_000)));
    let at_mid = |mid| Seen { mid, ..calm() };
    for ms in [1_000, 2_000, 3_000] {
        assert_eq!(world.look(ms, at_mid(100)), NOTHING);
    }
    assert_eq!(world.look(4_000, at_mid(200)), NOTHING, "one wild print");
    assert_eq!(world.look(5_000, at_mid(100)), NOTHING);
    assert_eq!(world.look(6_000, at_mid(105)), NOTHING);
    assert_eq!(world.look(7_000, at_mid(105)), NOTHING, "exactly the limit");
    assert_eq!(world.look(8_000, at_mid(106)), NOTHING);
    assert_eq!(world.look(9_000, at_mid(106)), ["extreme_move raised 6 % of 5 % since 7000"]);
    // The last look at a settled 100 was at 5000: it is a minute old at 65000.
    assert_eq!(world.look(64_999, at_mid(106)), NOTHING);
    assert_eq!(world.look(66_000, at_mid(106)), ["extreme_move resolved 0.9523809 % of 5 % since 7000"]);
    let down = [101, 101, 100].map(at_mid);
    assert_eq!(world.look(70_000, down[0]), NOTHING);
    assert_eq!(world.look(71_000, down[1]), NOTHING, "4.7 % down");
    assert_eq!(world.look(72_000, down[2]), NOTHING);
    assert_eq!(world.look(73_000, down[2]), ["extreme_move raised 5.6603773 % of 5 % since 71000"]);
}

#[test]
fn a_book_that_is_none_is_said_once_it_was_heard_of() {
    let mut world = World::with(|config| config.book_anomaly = Watch::On);
    let heard = |heard| Seen { heard_ms: Some(1), heard, ..calm() };
    assert_eq!(world.look(1_000, Seen { heard: BestPrices::default(), ..calm() }), NOTHING, "nothing was heard");
    assert_eq!(world.look(2_000, heard(quotes(100, 101))), NOTHING);
    assert_eq!(world.look(3_000, heard(quotes(101, 101))), ["book_anomaly raised locked since 2000"]);
    assert_eq!(world.look(4_000, heard(quotes(102, 101))), NOTHING, "it still is none");
    assert_eq!(world.look(5_000, heard(quotes(100, 101))), ["book_anomaly resolved two sides since 2000"]);
    let one_side = BestPrices { ask: None, ..quotes(1, 2) };
    assert_eq!(world.look(6_000, heard(one_side)), ["book_anomaly raised one side since 5000"]);
}

#[test]
fn each_breaker_that_trips_is_said_by_name_and_the_kill_switch_apart() {
    let mut world = World::with(|config| (config.gate_tripped, config.kill_switch) = (Watch::On, Watch::On));
    let trip = |gate| GateEvent::Tripped(Refusal { gate: GateId(gate), value: 1, limit: 0 });
    world.0.gate(at(1), MarketId::FIRST, &trip(3), KILL);
    world.0.gate(at(1), MarketId::FIRST, &trip(1), KILL);
    world.0.kill_switch(at(1), MarketId::FIRST, true);
    assert_eq!(world.said(), ["gate_tripped raised daily_loss since 1", "kill_switch raised on since 1"]);
    world.0.gate(at(2), MarketId::FIRST, &trip(3), KILL);
    world.0.gate(at(3), MarketId::FIRST, &trip(18), KILL);
    assert_eq!(world.said().len(), 1, "another gate is another alert");
    assert_eq!(world.look(300_001, calm()).len(), 2, "reminders of the first two");
    world.0.gate(at(300_002), MarketId::FIRST, &GateEvent::Cleared(GateId(3)), KILL);
    world.0.kill_switch(at(300_002), MarketId::FIRST, false);
    assert_eq!(world.said(), ["gate_tripped resolved daily_loss since 1", "kill_switch resolved off since 1"]);
    world.0.restarted(at(300_003));
    assert_eq!(world.said().len(), 1, "a bot that forgot its breakers has none that is tripped");
}

#[test]
fn bars_hide_how_long_anything_takes() {
    let mut world = World::on(true, |config| {
        *config = AlertConfig { trade_rate: Setting::Off, ..AlertConfig::default() };
    });
    assert_eq!(world.hears(&report(1, ReportKind::Accepted, [0, 60_000, 60_000, 120_000])), NOTHING);
    let locked = Seen { heard_ms: Some(0), heard: quotes(100, 100), feed_ms: 10_000, ..calm() };
    assert_eq!(world.look(600_000, locked), NOTHING);
}

#[test]
fn every_rule_has_its_own_number_name_and_key_and_defaults_are_in_range() {
    let config = AlertConfig::default();
    assert_eq!(config.validate(), Ok(()));
    assert!(config.watches() && !AlertConfig::off().watches());
    for (place, rule) in RULES.iter().enumerate() {
        assert_eq!(usize::from(rule.id.0), place + 1, "{}", rule.name);
        assert_eq!(rule.limit.map_or(Some(0), |limit| limit.default), config.configured(rule.id), "{}", rule.name);
        assert!(config.limit(rule.id).is_some() && AlertConfig::off().limit(rule.id).is_none(), "{}", rule.name);
        assert!(RULES.iter().filter(|other| other.name == rule.name || other.key == rule.key).count() == 1);
        assert!(!rule.items.is_empty() && rule.semantics.ends_with('.'), "{}", rule.name);
    }
}

#[test]
fn what_is_out_of_range_is_said_with_key_range_and_way_out() {
    let config = AlertConfig {
        within_ms: 99,
        trade_rate: Setting::On(0),
        trade_loss_percent: Setting::On(Percent::from_ppb(1_000_000_001)),
        ..AlertConfig::default()
    };
    let said: Vec<String> = config.validate().unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "`within_ms` must be 100 to 3600000 ms, found 99; it limits the delay of an alert; it has no `\"off\"`",
            "`trade_rate` must be 1 to 1000 orders, found 0; it limits the orders that execute within a minute; to run without the \
             alert write `trade_rate = \"off\"`",
            "`trade_loss_percent` must be 0.1 to 100 %, found 100.0000001; it limits the loss of one round trip, in per cent of what \
             was paid to enter it; to run without the alert write `trade_loss_percent = \"off\"`",
        ]
    );
}

#[test]
fn the_clock_is_four_times_as_fast_as_alerts_have_to_be() {
    let config = AlertConfig::default();
    let clock = |risk_clock| config.clock(risk_clock);
    assert_eq!(clock(SECOND), SECOND);
    assert_eq!(clock(SECOND.times(3_600)), Span::from_nanos(1_250_000_000));
}

proptest! {
    /// Whatever is looked at in whatever order: raised, then reminders, then resolved, and never two alerts at once.
    #[test]
    fn what_is_raised_is_resolved_before_it_is_raised_again(
        positions in proptest::collection::vec((0_i64..300, -200_i64..200), 1..200),
    ) {
        let limit = Setting::On(Amount::new(Money::from_units(10_000)));
        let mut world = World::with(|config| (config.position_value, config.remind_after_ms) = (limit, 5_000));
        let (mut ms, mut stands, mut last) = (0, false, 0);
        for (wait, position) in positions {
            ms += wait * 10;
            world.0.look_at_market(&sight(ms, position));
            world.0.look_at_account(at(ms), Money::from_units(1_000));
            let said: Vec<_> = world.0.take().collect();
            prop_assert!(said.len() <= 1);
            let is_over = position.abs() > 100;
            match said.first().map(|(_, alert)| alert.phase) {
                Some(AlertPhase::Raised) => { prop_assert!(!stands && is_over); last = ms; }
                Some(AlertPhase::Reminder) => { prop_assert!(stands && is_over && ms - last >= 5_000); last = ms; }
                Some(AlertPhase::Resolved) => prop_assert!(stands && !is_over),
                None => prop_assert!(stands == is_over && (!stands || ms - last < 5_000)),
            }
            stands = is_over;
        }
    }

    /// The comparison without a division is the one with it.
    #[test]
    fn a_share_is_over_a_limit_exactly(part in -10_i128..1_000_000, whole in -10_i128..1_000_000, limit in 0_i128..2_000_000_000) {
        let expected = part > 0 && (whole <= 0 || part * 1_000_000_000 > limit * whole);
        prop_assert_eq!(is_over(part, whole, limit), expected);
        if whole > 0 && part > 0 {
            prop_assert_eq!(share(part, whole), part * 1_000_000_000 / whole);
        }
    }
}

fn sight(ms: i64, position: i64) -> Sight<'static> {
    let mark = Mark {
        market: MarketId::FIRST,
        at: at(ms),
        best: quotes(99, 101),
        position: Quantity::new(position),
        equity: Money::from_units(1_000),
        open_orders: 0,
        feed_latency_ns: 0,
    };
    let (mark, heard) = (Box::leak(Box::new(mark)), Box::leak(Box::new(quotes(99, 101))));
    Sight { mark, mid_x2: 200, heard, heard_at: None, heard_latency: Span::ZERO, waits_since: None }
}
