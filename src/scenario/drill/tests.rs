use super::judge::judge;
use super::*;
use crate::gates::{Amount, Percent, Setting};
use crate::model::{ContractKind, FeeSchedule, Filters, Instrument, Refusal};
use crate::scenario::ScenarioFile;
use crate::units::{Fixed, Money, Price, Quantity, Rate, Rounding, SECOND};
use proptest::prelude::*;

pub(super) fn instrument(kind: ContractKind, tick: Fixed, step: Fixed) -> Instrument {
    Instrument {
        symbol: "BTCUSDT".to_owned(),
        venue: "test".to_owned(),
        kind,
        base: "BTC".to_owned(),
        quote: "USDT".to_owned(),
        tick_size: tick,
        step_size: step,
        multiplier: Fixed::new(1, 0),
        fees: FeeSchedule {
            maker: Rate::from_ppb(200_000),
            taker: Rate::from_ppb(500_000),
            rounding: Rounding::TowardVenue,
            decimals: 8,
        },
        filters: Filters::lot_only(Quantity::new(1)),
        inferred: Vec::new(),
    }
}

pub(super) fn amount(text: &str) -> Amount {
    Amount::new(Money::parse(text).unwrap())
}

/// The default limits, but for orders of 1,000 and a position of 2,000, on a perpetual at 60,000.
pub(super) fn rig() -> Rig {
    let mut file = ScenarioFile::default();
    file.gates.order_value = Setting::On(crate::gates::order_value::Limits { max: amount("1000") });
    let position =
        crate::gates::position::Limits { max_value: Setting::On(amount("2000")), max_quantity: Setting::Off };
    file.gates.position = Setting::On(position);
    let instrument = instrument(ContractKind::Linear, Fixed::new(1, 1), Fixed::new(1, 3));
    Rig::new(&file, &instrument, Price::new(600_000))
}

/// The rig with other gates in the run than those that the plays are worked out from.
fn armed(change: impl FnOnce(&mut GateConfig)) -> Rig {
    let mut rig = rig();
    change(&mut rig.armed);
    rig
}

pub(super) fn only(rig: &Rig, control: &str) -> Drill {
    let mut drills = drill(rig, &[control]);
    assert_eq!(drills.len(), 1, "drills of {control}");
    drills.remove(0)
}

const PLAYS: [&str; 6] = ["kill_switch", "stale_data", "daily_loss", "order_value", "position", "order_burst"];

#[track_caller]
fn passes(rig: &Rig) {
    for control in PLAYS {
        let drill = only(rig, control);
        assert_eq!(drill.outcome, Outcome::Passed, "{}", drill.print(rig));
        let (acted, due) = drill.acted(Must::Act);
        assert!(0 < due && acted == due, "{control} acted {acted} of {due} times");
        assert_eq!(drill.acted(Must::Hold).0, 0, "{control} acted within its limit");
    }
}

/// Gates on orders that have to be asked for.
const ON_REQUEST: [&str; 12] = [
    "idempotency",
    "book_state",
    "venue_filters",
    "price_collar",
    "order_quantity",
    "fee_coverage",
    "exposure",
    "leverage",
    "open_orders",
    "daily_orders",
    "position_ramp",
    "message_rate",
];

/// The rig with one more gate, with its defaults; ten of its unit where that has none.
fn with(rig: &Rig, control: &str) -> Rig {
    let mut rig = rig.clone();
    rig.gates.arm(control);
    if let Setting::On(limits) = &mut rig.gates.order_quantity {
        let ten = rig.instrument.base_amount(Quantity::new(10 * rig.instrument.filters.lot.steps().max(1))).unwrap();
        limits.max = Setting::On(Amount::new(ten));
    }
    let worth = |lots: i64| {
        let steps = i128::from(lots * rig.instrument.filters.lot.steps().max(1));
        Amount::new(rig.worth(i128::from(rig.price.ticks()), steps).unwrap())
    };
    let amounts = [4, 2, 9].map(worth);
    if let Setting::On(limits) = &mut rig.gates.position_ramp {
        [limits.initial, limits.step, limits.max] = amounts;
    }
    rig.armed = rig.gates.clone();
    rig
}

#[track_caller]
fn passes_on_request(rig: &Rig, control: &str) {
    let drill = only(rig, control);
    assert_eq!(drill.outcome, Outcome::Passed, "{}", drill.print(rig));
    let (acted, due) = drill.acted(Must::Act);
    assert!(0 < due && acted == due, "{control} acted {acted} of {due} times");
    assert_eq!(drill.acted(Must::Hold).0, 0, "{control} acted within its limit");
}

#[test]
fn gates_that_are_asked_for_are_drilled_with_their_defaults_on_many_instruments() {
    for (kind, tick, step, price) in [
        (ContractKind::Linear, Fixed::new(1, 1), Fixed::new(1, 3), 600_000),
        (ContractKind::Linear, Fixed::new(1, 2), Fixed::new(1, 5), 6_000_000),
        (ContractKind::Linear, Fixed::new(1, 8), Fixed::new(1, 0), 2_000),
        (ContractKind::Spot, Fixed::new(1, 2), Fixed::new(1, 5), 6_000_000),
    ] {
        let mut rig = rig();
        rig.instrument = instrument(kind, tick, step);
        rig.price = Price::new(price);
        for control in ON_REQUEST {
            let rig = with(&rig, control);
            if (kind, control) == (ContractKind::Spot, "leverage") {
                not_shown(&rig, control, "the venue's own limit");
            } else {
                passes_on_request(&rig, control);
            }
        }
    }
}

#[test]
fn gates_that_are_asked_for_are_drilled_within_the_venues_filters() {
    let mut rig = rig();
    rig.instrument.filters = Filters {
        lot: Quantity::new(2),
        min_quantity: Some(Quantity::new(4)),
        max_quantity: Some(Quantity::new(40)),
        min_price: Some(Price::new(100)),
        max_price: Some(Price::new(5_000_000)),
        min_notional: Some(Money::from_units(200)),
        max_open_orders: Some(4),
    };
    for control in ON_REQUEST {
        let rig = with(&rig, control);
        match control {
            "open_orders" => not_shown(&rig, control, "the venue has room for 4 open orders, and the limit is 10"),
            _ => passes_on_request(&rig, control),
        }
    }
}

/// The limits of gates on orders move their drills; and a gate that judges by the limit next to it is noticed.
#[test]
fn limits_on_request_move_their_drills_and_others_are_noticed() {
    type Change = fn(&mut GateConfig);
    let cases: [(&str, Change, Change); 15] = [
        ("order_quantity", |gates| quantity(gates, "0.007"), |gates| quantity(gates, "0.008")),
        ("order_quantity", |gates| quantity(gates, "0.007"), |gates| quantity(gates, "0.0069")),
        ("open_orders", |gates| open_orders(gates, 1), |gates| open_orders(gates, 2)),
        ("open_orders", |gates| open_orders(gates, 7), |gates| open_orders(gates, 6)),
        ("daily_orders", |gates| daily_orders(gates, 1), |gates| daily_orders(gates, 2)),
        ("daily_orders", |gates| daily_orders(gates, 99), |gates| daily_orders(gates, 98)),
        ("exposure", |gates| exposure(gates, 200_000_000), |gates| exposure(gates, 200_100_000)),
        ("exposure", |gates| exposure(gates, 1_000_000), |gates| exposure(gates, 999_999)),
        ("price_collar", |gates| collar(gates, 30_000_000), |gates| collar(gates, 30_004_000)),
        ("position_ramp", |gates| ramp(gates, 300, 120, 2), |gates| ramp(gates, 299, 120, 2)),
        ("position_ramp", |gates| ramp(gates, 300, 120, 2), |gates| ramp(gates, 360, 120, 2)),
        ("position_ramp", |gates| ramp(gates, 300, 120, 2), |gates| ramp(gates, 300, 180, 2)),
        ("position_ramp", |gates| ramp(gates, 300, 120, 2), |gates| ramp(gates, 300, 120, 1)),
        ("position_ramp", |gates| ramp(gates, 300, 120, 2), |gates| ramp(gates, 300, 120, 3)),
        ("message_rate", |gates| rate(gates, 7, 3), |gates| rate(gates, 7, 2)),
    ];
    for (control, limit, other) in cases {
        let mut rig = rig();
        limit(&mut rig.gates);
        rig.armed = rig.gates.clone();
        passes_on_request(&rig, control);
        other(&mut rig.armed);
        fails(&rig, control);
    }
}

fn ramp(gates: &mut GateConfig, initial: i64, step: i64, days: u32) {
    let [initial, step, max] = [initial, step, 1_000].map(|units| Amount::new(Money::from_units(units)));
    gates.position_ramp = Setting::On(crate::gates::position_ramp::Limits { initial, step, days, max });
}

fn quantity(gates: &mut GateConfig, max: &str) {
    gates.order_quantity = Setting::On(crate::gates::order_quantity::Limits { max: Setting::On(amount(max)) });
}

fn open_orders(gates: &mut GateConfig, max: u32) {
    gates.open_orders = Setting::On(crate::gates::open_orders::Limits { max });
}

fn daily_orders(gates: &mut GateConfig, max: u32) {
    gates.daily_orders = Setting::On(crate::gates::daily_orders::Limits { max });
}

fn exposure(gates: &mut GateConfig, ppb: i64) {
    gates.exposure = Setting::On(crate::gates::exposure::Limits { percent: Percent::from_ppb(ppb) });
}

fn collar(gates: &mut GateConfig, ppb: i64) {
    gates.price_collar = Setting::On(crate::gates::price_collar::Limits { percent: Percent::from_ppb(ppb) });
}

fn rate(gates: &mut GateConfig, messages: u32, reserve: u32) {
    gates.message_rate = Setting::On(crate::gates::message_rate::Limits { messages, reserve, window_ms: 7_001 });
}

#[track_caller]
fn not_shown(rig: &Rig, control: &str, why: &str) {
    match only(rig, control).outcome {
        Outcome::NotShown(found) => assert!(found.contains(why), "{control}: found `{found}`, expected `{why}`"),
        other => panic!("{control}: found {other:?}, expected `{why}`"),
    }
}

#[track_caller]
fn fails(rig: &Rig, control: &str) {
    let drill = only(rig, control);
    assert!(matches!(drill.outcome, Outcome::Failed(_)), "{}", drill.print(rig));
}

#[test]
fn every_play_passes_on_many_instruments() {
    for kind in [ContractKind::Spot, ContractKind::Linear] {
        for (tick, step, price) in [
            (Fixed::new(1, 1), Fixed::new(1, 3), 600_000),
            (Fixed::new(1, 2), Fixed::new(1, 5), 6_000_000),
            (Fixed::new(5, 1), Fixed::new(1, 0), 40),
            (Fixed::new(1, 8), Fixed::new(1, 0), 2_000),
            (Fixed::new(1, 0), Fixed::new(1, 8), 97_531),
        ] {
            let mut rig = rig();
            rig.instrument = instrument(kind, tick, step);
            rig.price = Price::new(price);
            passes(&rig);
        }
    }
}

#[test]
fn filters_of_the_venue_are_kept() {
    let mut rig = rig();
    rig.instrument.filters = Filters {
        lot: Quantity::new(2),
        min_quantity: Some(Quantity::new(4)),
        max_quantity: Some(Quantity::new(40)),
        min_price: Some(Price::new(100)),
        max_price: Some(Price::new(5_000_000)),
        min_notional: Some(Money::from_units(200)),
        max_open_orders: Some(1),
    };
    passes(&rig);
    rig.instrument.kind = ContractKind::Spot;
    passes(&rig);
}

#[test]
fn limits_move_the_drills_with_them() {
    let mut rig = rig();
    for (value, position, orders, age, confirm, percent) in
        [("500", "700", 1, 1, 1, 1), ("12345.67", "99999.9", 3, 900, 2, 20), ("1000", "1000", 60, 86_400, 60, 5)]
    {
        let gates = &mut rig.gates;
        gates.order_value = Setting::On(crate::gates::order_value::Limits { max: amount(value) });
        let limits =
            crate::gates::position::Limits { max_value: Setting::On(amount(position)), max_quantity: Setting::Off };
        gates.position = Setting::On(limits);
        gates.order_burst = Setting::On(crate::gates::order_burst::Limits { orders, window_ms: 7_001 });
        gates.stale_data = Setting::On(crate::gates::stale_data::Limits { max_age_ms: age });
        gates.daily_loss = Setting::On(crate::gates::daily_loss::Limits {
            percent: Setting::On(Percent::from_ppb(percent * 10_000_000)),
            confirm_marks: confirm,
            ..Default::default()
        });
        rig.armed = rig.gates.clone();
        passes(&rig);
    }
}

#[test]
fn a_position_is_drilled_by_value_and_by_quantity() {
    let mut rig = rig();
    let both = crate::gates::position::Limits {
        max_value: Setting::On(amount("2000")),
        max_quantity: Setting::On(amount("0.05")),
    };
    rig.gates.position = Setting::On(both);
    rig.armed = rig.gates.clone();
    passes(&rig);
    assert_eq!(only(&rig, "position").played.len(), 4);
    // A gate that knows one of its two limits only is found by the other's run.
    for (max_value, max_quantity) in [(both.max_value, Setting::Off), (Setting::Off, both.max_quantity)] {
        let mut half = rig.clone();
        half.armed.position = Setting::On(crate::gates::position::Limits { max_value, max_quantity });
        fails(&half, "position");
    }
}

#[test]
fn an_absolute_loss_and_a_trip_that_kills_are_drilled() {
    let mut rig = rig();
    let absolute = crate::gates::daily_loss::Limits {
        absolute: Setting::On(amount("7.5")),
        engages_kill_switch: true,
        ..Default::default()
    };
    rig.gates.daily_loss = Setting::On(absolute);
    rig.armed = rig.gates.clone();
    passes(&rig);
    rig.gates.daily_loss = Setting::On(crate::gates::daily_loss::Limits { percent: Setting::Off, ..absolute });
    rig.armed = rig.gates.clone();
    passes(&rig);
}

/// Each control switched off, a hair too loose, and a hair too tight.
#[test]
fn a_gate_that_judges_by_another_limit_is_noticed() {
    for off in PLAYS {
        fails(
            &armed(|gates| match off {
                "kill_switch" => gates.kill_switch = Setting::Off,
                "stale_data" => gates.stale_data = Setting::Off,
                "daily_loss" => gates.daily_loss = Setting::Off,
                "order_value" => gates.order_value = Setting::Off,
                "position" => gates.position = Setting::Off,
                _ => gates.order_burst = Setting::Off,
            }),
            off,
        );
    }
    for max in ["1000.01", "999.99"] {
        let limits = crate::gates::order_value::Limits { max: amount(max) };
        fails(&armed(|gates| gates.order_value = Setting::On(limits)), "order_value");
    }
    for max in ["2063", "1999.99"] {
        let limits = crate::gates::position::Limits { max_value: Setting::On(amount(max)), max_quantity: Setting::Off };
        fails(&armed(|gates| gates.position = Setting::On(limits)), "position");
    }
    for (orders, window_ms) in [(9, 10_000), (11, 10_000), (10, 10_001), (10, 9_999)] {
        let limits = crate::gates::order_burst::Limits { orders, window_ms };
        fails(&armed(|gates| gates.order_burst = Setting::On(limits)), "order_burst");
    }
    for max_age_ms in [59_999, 60_001] {
        let limits = crate::gates::stale_data::Limits { max_age_ms };
        fails(&armed(|gates| gates.stale_data = Setting::On(limits)), "stale_data");
    }
    for (ppb, confirm_marks) in [(49_990_000, 3), (50_010_000, 3), (50_000_000, 2), (50_000_000, 4)] {
        let percent = Setting::On(Percent::from_ppb(ppb));
        let limits = crate::gates::daily_loss::Limits { percent, confirm_marks, ..Default::default() };
        fails(&armed(|gates| gates.daily_loss = Setting::On(limits)), "daily_loss");
    }
}

/// Journals as a gate would leave them that never acts, always acts, or acts once more than it should.
#[test]
fn a_journal_of_a_broken_gate_is_noticed() {
    let rig = rig();
    for control in PLAYS {
        let id = catalogue().iter().find(|spec| spec.name == control).unwrap().id;
        let drill = only(&rig, control);
        for played in &drill.played {
            let wrong = |entries: &[Entry]| matches!(judge(&played.scene, id, entries).verdict, Verdict::Wrong(_));
            assert!(!wrong(&played.entries), "{control}: {}", played.scene.title);
            let never: Vec<Entry> = played.entries.iter().filter_map(|entry| never_acts(entry, id)).collect();
            assert_eq!(wrong(&never), played.scene.must == Must::Act, "{control} never acts: {}", played.scene.title);
            let always: Vec<Entry> = played.entries.iter().map(|entry| always_acts(entry, id)).collect();
            let any_sent = played.entries != always;
            assert_eq!(wrong(&always), any_sent, "{control} always acts: {}", played.scene.title);
            let refusal = Refusal { gate: id, value: 1, limit: 0 };
            let at = played.scene.stage.moments[1].at;
            let tripped = Entry::Tripped { at, market: crate::model::MarketId::FIRST, refusal };
            let once_more = [played.entries.as_slice(), &[tripped]].concat();
            assert!(wrong(&once_more), "{control} trips once more: {}", played.scene.title);
        }
    }
}

pub(super) fn never_acts(entry: &Entry, gate: GateId) -> Option<Entry> {
    match entry {
        Entry::OrderRefused { at, intent, refusal } if refusal.gate == gate => {
            Some(Entry::OrderSent { at: *at, intent: *intent })
        }
        Entry::Tripped { refusal, .. } if refusal.gate == gate => None,
        entry => Some(*entry),
    }
}

pub(super) fn always_acts(entry: &Entry, gate: GateId) -> Entry {
    match entry {
        Entry::OrderSent { at, intent } => {
            Entry::OrderRefused { at: *at, intent: *intent, refusal: Refusal { gate, value: 1, limit: 0 } }
        }
        entry => *entry,
    }
}

/// What cannot be shown is said with its reason, and is no evidence.
#[test]
fn what_cannot_be_staged_is_not_passed() {
    let mut small = rig();
    small.gates.order_value = Setting::On(crate::gates::order_value::Limits { max: amount("10") });
    small.armed = small.gates.clone();
    not_shown(&small, "order_value", "no order fits: the smallest is worth 60, the limit is 10");
    not_shown(&small, "position", "no order fits");
    not_shown(&small, "daily_loss", "no order fits");
    not_shown(&small, "order_burst", "gate `order_value` stands in front and refused order 1");

    let mut large = rig();
    large.instrument.filters.max_quantity = Some(Quantity::new(5));
    not_shown(&large, "order_value", "the largest order the venue takes is worth 300, the limit is 1000");

    let mut slow = rig();
    slow.risk_clock = SECOND.times(7_200);
    not_shown(&slow, "daily_loss", "leave no time to act within a UTC day");

    let mut whole = rig();
    whole.instrument.kind = ContractKind::Spot;
    let percent = Setting::On(Percent::from_ppb(1_000_000_000));
    whole.gates.daily_loss = Setting::On(crate::gates::daily_loss::Limits { percent, ..Default::default() });
    whole.armed = whole.gates.clone();
    let shown = only(&whole, "daily_loss");
    assert!(matches!(shown.outcome, Outcome::NotShown(_)), "{}", shown.print(&whole));
}

#[test]
fn a_venue_that_rejects_is_the_drills_fault() {
    let rig = rig();
    let mut scene = only(&rig, "order_value").played[1].scene.clone();
    scene.quote = Money::ZERO;
    let mut spot = rig.clone();
    spot.instrument.kind = ContractKind::Spot;
    let id = catalogue().iter().find(|spec| spec.name == "order_value").unwrap().id;
    let judgement = judge(&scene, id, &scene.play(&spot).unwrap());
    let expected = "the venue rejected order 1 (insufficient balance): the fault is the drill's, not the control's";
    assert_eq!(judgement.verdict, Verdict::Hidden(expected.to_owned()));
}

#[test]
fn the_table_says_what_is_off_and_what_has_no_drill() {
    let mut rig = rig();
    rig.gates.order_burst = Setting::Off;
    rig.gates.order_value = Setting::On(crate::gates::order_value::Limits { max: amount("10") });
    rig.armed = rig.gates.clone();
    let table = drill_table(&drill(&rig, &["kill_switch", "stale_data", "order_value", "order_burst"]));
    insta::assert_snapshot!(table, @r"
    control      result     must act  must not  remark
    kill_switch  not shown    7 of 6         0  killed and released: gate `order_value` refused order 1, without which nothing is shown
    stale_data   passed       1 of 1         0  behind it refused as well: order_value
    order_value  not shown         -         -  not possible: no order fits: the smallest is worth 60, the limit is 10
    order_burst  not armed         -         -
    ");
}

#[test]
fn threads_do_not_matter() {
    let rig = rig();
    let drilled = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let drills = pool.install(|| drill(&rig, &control_names()));
        let entries: Vec<Vec<Entry>> =
            drills.iter().flat_map(|drill| drill.played.iter().map(|played| played.entries.clone())).collect();
        (drill_table(&drills), entries)
    };
    assert_eq!(drilled(1), drilled(3));
}

prop_compose! {
    fn any_rig()(
        spot in any::<bool>(),
        tick in 1_i64..1_000, tick_scale in 0_u8..6, step in 1_i64..100, step_scale in 0_u8..6,
        price in 2_i64..1_000_000, lot in 1_i64..20, min_quantity in 0_i64..50, notional in 0_i64..50,
        value in 1_u64..10_000_000, position in 1_u64..10_000_000, quantity in proptest::option::of(1_u64..1_000_000),
        orders in 1_u32..40, window_ms in 1_u32..20_000, age in 1_u32..100_000,
        ppb in 1_000_000_i64..1_000_000_000, absolute in proptest::option::of(1_u64..1_000_000), confirm_marks in 1_u32..10,
        kills in any::<bool>(), leverage in proptest::option::of(1_u32..20),
    ) -> Rig {
        let cents = |cents: u64| Amount::new(Money::from_atto(i128::from(cents) * Money::ONE.atto() / 100));
        let optional = |value: Option<u64>| value.map_or(Setting::Off, |value| Setting::On(cents(value)));
        let kind = if spot { ContractKind::Spot } else { ContractKind::Linear };
        let mut rig = rig();
        rig.instrument = instrument(kind, Fixed::new(tick, tick_scale), Fixed::new(step, step_scale));
        rig.instrument.filters.lot = Quantity::new(lot);
        rig.instrument.filters.min_quantity = (min_quantity > 0).then_some(Quantity::new(min_quantity));
        rig.instrument.filters.min_notional = (notional > 0).then_some(Money::from_units(notional));
        rig.price = Price::new(price);
        rig.venue.leverage_max = leverage;
        let gates = &mut rig.gates;
        gates.order_value = Setting::On(crate::gates::order_value::Limits { max: cents(value) });
        let max_value = Setting::On(cents(position));
        gates.position = Setting::On(crate::gates::position::Limits { max_value, max_quantity: optional(quantity) });
        gates.order_burst = Setting::On(crate::gates::order_burst::Limits { orders, window_ms });
        gates.stale_data = Setting::On(crate::gates::stale_data::Limits { max_age_ms: age });
        gates.daily_loss = Setting::On(crate::gates::daily_loss::Limits {
            percent: Setting::On(Percent::from_ppb(ppb)),
            absolute: optional(absolute),
            confirm_marks,
            engages_kill_switch: kills,
        });
        rig.armed = rig.gates.clone();
        rig
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    /// Over the limit it acts, within it does not, or the drill says why that cannot be shown: never a failure, never silence.
    #[test]
    fn no_limits_make_a_sound_gate_fail(rig in any_rig()) {
        for drill in drill(&rig, &PLAYS) {
            match &drill.outcome {
                Outcome::Passed => {
                    let (acted, due) = drill.acted(Must::Act);
                    prop_assert!(0 < due && acted == due, "{}", drill.print(&rig));
                    prop_assert_eq!(drill.acted(Must::Hold).0, 0);
                }
                // An account that is stretched to reach a daily loss may not have the funds to try more.
                Outcome::NotShown(why) => prop_assert!(
                    drill.control == "daily_loss" || !why.contains("the fault is the drill's"),
                    "{}",
                    drill.print(&rig)
                ),
                other => prop_assert!(false, "{:?}\n{}", other, drill.print(&rig)),
            }
        }
    }
}
