//! What a venue charges or gives without a fill: every account has it, gates count it as profit or loss, and a wrong one is found.

use crate::audit::{self, audited, check_clean, play_tape, random_bars, tight_gates};
use crate::bars::{BarMarket, TradesMarket};
use crate::commands::standing;
use crate::shaker::Why;
use crate::support::{Dice, MemoryMarket, TestRow, instrument, random_market};
use crate::world::*;
use proptest::prelude::*;
use seatrial::audit::AuditSetup;
use seatrial::engine::{ScriptedEvent, ViewMode};
use seatrial::gates::GateConfig;
use seatrial::journal::Entry;
use seatrial::ledger::{Opening, Reconciled};
use seatrial::model::{AccountEvent, Charge, MarketId, Side};
use seatrial::scenario::{audit_event, reconcile_entries};
use seatrial::strategy::{Actions, OrderSpec, Subscriptions, View};
use seatrial::units::{MINUTE, Money, Quantity, Rate, Span, Timestamp};

/// An instant of a run or a second beside it; every other one with the risk clock.
pub fn instant(dice: &mut Dice, start: i64, end: i64) -> Timestamp {
    let at = start + dice.below(end - start + 2_000_000_000) - 1_000_000_000;
    Timestamp::from_nanos(if dice.below(2) == 0 { at / 1_000_000_000 * 1_000_000_000 } else { at })
}

/// Charges at drawn instants, some before the start, some with the risk clock, in no order.
fn random_charges(dice: &mut Dice, start: i64, end: i64) -> Vec<ScriptedEvent> {
    let charge = |line| {
        let at = instant(dice, start, end);
        ScriptedEvent {
            at,
            market: MarketId::FIRST,
            every: (dice.below(3) == 0).then(|| Span::from_nanos(1 + dice.below(40_000_000_000) + 1_000_000_000)),
            what: AccountEvent::Charge(
                Charge::ALL[dice.below(3) as usize],
                Money::from_atto(i128::from(dice.below(6_000_001) - 3_000_000) * 1_000_000_000_000_007),
            ),
            line,
        }
    };
    (1..=8).map(charge).collect()
}

/// The same, and funding at a rate.
fn random_events(dice: &mut Dice, start: i64, end: i64) -> Vec<ScriptedEvent> {
    let mut events = random_charges(dice, start, end);
    for event in &mut events {
        if dice.below(2) == 0 {
            event.what = AccountEvent::FundingAt(Rate::from_ppb(dice.below(2_000_001) - 1_000_000));
        }
    }
    events
}

fn without_charges(entries: &[Entry]) -> Vec<Entry> {
    entries.iter().filter(|entry| !matches!(entry, Entry::Charged { .. })).copied().collect()
}

pub fn reconciled(entries: &[Entry]) -> Reconciled {
    let opening = Opening { quote: Money::from_units(100_000), position: Quantity::ZERO, at: None };
    reconcile_entries([(&instrument(), &opening)], entries, None).unwrap()
}

fn equities(entries: &[Entry]) -> Vec<(Timestamp, Money)> {
    let equity = |entry: &Entry| match entry {
        Entry::Mark(mark) => Some((mark.at, mark.equity)),
        _ => None,
    };
    entries.iter().filter_map(equity).collect()
}

/// What had been received before `until`.
fn received(entries: &[Entry], until: Timestamp) -> Money {
    let amount = |entry: &Entry| match entry {
        Entry::Charged { at, amount, .. } if *at < until => Some(*amount),
        _ => None,
    };
    entries.iter().filter_map(amount).fold(Money::ZERO, |sum, amount| sum + amount)
}

/// What an audit of the lane has to know.
pub fn setup(lane: &LaneSpec, subscriptions: &Subscriptions) -> AuditSetup {
    let events = lane.events.iter().map(audit_event).collect();
    AuditSetup { events, ..audit::setup(&lane.gates, seatrial::scenario::wakes(subscriptions)) }
}

pub struct Case {
    pub rows: Vec<TestRow>,
    pub lane: LaneSpec,
    pub subscriptions: Subscriptions,
}

pub fn case(seed: u64, number: usize, gates: GateConfig) -> Case {
    let rows = if seed.is_multiple_of(2) { random_market(seed, 600) } else { hostile_market(seed, 600) };
    let (first, last) = (rows[0].venue_at, rows.last().map_or(0, |row| row.venue_at));
    let subscriptions = subscriptions(false)[number % 6];
    let lane = LaneSpec {
        preset: PRESETS[number % 4],
        latency: latencies()[(number / 2) % 4],
        gates,
        seed,
        events: random_events(&mut Dice::new(seed ^ 0xC4A6), first, last),
        ..LaneSpec::new(shaker(subscriptions, seed))
    };
    Case { rows, lane, subscriptions }
}

impl Case {
    pub fn play(&self, lane: &LaneSpec) -> Vec<Entry> {
        play_tape(&mut MemoryMarket::new(&self.rows), &AUTO, lane)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn random_charges_are_audited_clean_and_reconciled(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let case = case(seed, number, tight_gates(&mut Dice::new(seed)));
        let entries = case.play(&case.lane);
        let setup = setup(&case.lane, &case.subscriptions);
        check_clean("rows", &audited(&setup, &entries, &mut MemoryMarket::new(&case.rows)))?;
        let found = reconciled(&entries);
        prop_assert!(found.clean, "{}", found);
        let trades: Vec<TestRow> = case.rows.iter().filter(|row| row.flags & 3 == 1).copied().collect();
        prop_assume!(!trades.is_empty());
        let entries = play_tape(&mut TradesMarket::new(&trades), &AUTO, &case.lane);
        check_clean("trades", &audited(&setup, &entries, &mut TradesMarket::new(&trades)))?;
        prop_assert!(reconciled(&entries).clean);
    }

    #[test]
    fn random_charges_on_bars_are_audited_clean_and_reconciled(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let bars = random_bars(seed, 200);
        let subscriptions = Subscriptions { bars: Some(MINUTE), reports: number % 2 == 0, ..Subscriptions::default() };
        let (first, last) = (bars[0].open_at.nanos(), bars[199].open_at.nanos());
        let mut dice = Dice::new(seed);
        let lane = LaneSpec {
            gates: tight_gates(&mut dice),
            seed,
            events: random_events(&mut dice, first, last),
            ..LaneSpec::new(shaker(subscriptions, seed))
        };
        let entries = play_tape(&mut BarMarket::new(&bars, MINUTE), &AUTO, &lane);
        let came = |event: &ScriptedEvent| {
            entries.iter().any(|entry| matches!(entry, Entry::Charged { line, .. } if *line == event.line))
        };
        prop_assert!(lane.events.iter().all(came), "an event did not come");
        let setup = setup(&lane, &subscriptions);
        check_clean("bars", &audited(&setup, &entries, &mut BarMarket::new(&bars, MINUTE)))?;
        let found = reconciled(&entries);
        prop_assert!(found.clean, "{}", found);
    }

    /// Money is conserved: without gates a bot that does not look at its equity trades as before, and every mark shows what was
    /// received beside what it made.
    #[test]
    fn equity_is_that_of_the_run_without_and_what_was_received(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let mut case = case(seed, number, GateConfig::off());
        let last = case.rows.last().map_or(0, |row| row.venue_at);
        case.lane.events = random_charges(&mut Dice::new(seed), case.rows[0].venue_at, last);
        let plain = equities(&case.play(&LaneSpec { events: Vec::new(), ..case.lane.clone() }));
        let entries = case.play(&case.lane);
        let with = equities(&entries);
        prop_assert_eq!(plain.len(), with.len());
        for ((at, plain), (_, with)) in plain.into_iter().zip(with) {
            prop_assert_eq!(plain + received(&entries, at), with, "at {}", at);
        }
    }

    #[test]
    fn charges_of_nothing_change_nothing(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let mut case = case(seed, number, tight_gates(&mut Dice::new(seed)));
        let nothing = |event: &mut ScriptedEvent| event.what = AccountEvent::Charge(Charge::Fee, Money::ZERO);
        case.lane.events.iter_mut().for_each(nothing);
        let plain = case.play(&LaneSpec { events: Vec::new(), ..case.lane.clone() });
        prop_assert_eq!(without_charges(&case.play(&case.lane)), plain);
    }
}

/// A run whose charges stand well inside it.
fn charged() -> (Case, Vec<Entry>, usize) {
    let mut case = case(4, 1, GateConfig::off());
    let middle = case.rows[300].venue_at;
    let charge = |charge, amount, line| ScriptedEvent {
        at: Timestamp::from_nanos(middle),
        market: MarketId::FIRST,
        every: None,
        what: AccountEvent::Charge(charge, Money::from_units(amount)),
        line,
    };
    case.lane.events = vec![charge(Charge::Funding, -7, 1), charge(Charge::Fee, 2, 2)];
    let entries = case.play(&case.lane);
    let place = entries.iter().position(|entry| matches!(entry, Entry::Charged { .. })).unwrap();
    (case, entries, place)
}

#[test]
fn a_charge_of_a_wrong_amount_or_sign_or_none_is_found_by_both() {
    let (case, sound, place) = charged();
    let setup = setup(&case.lane, &case.subscriptions);
    let is_clean = |entries: &[Entry]| {
        let audit = audited(&setup, entries, &mut MemoryMarket::new(&case.rows));
        (audit.is_clean(), reconciled(entries).clean)
    };
    assert_eq!(is_clean(&sound), (true, true));
    let Entry::Charged { at, market, charge, amount, line } = sound[place] else { panic!("no charge at {place}") };
    for wrong in [-amount, amount + Money::from_atto(1), Money::ZERO] {
        let mut entries = sound.clone();
        entries[place] = Entry::Charged { at, market, charge, amount: wrong, line };
        assert_eq!(is_clean(&entries), (false, false), "{wrong} in place of {amount}");
    }
    let mut entries = sound;
    entries.remove(place);
    assert_eq!(is_clean(&entries), (false, false), "left out");
}

#[test]
fn funding_counts_as_a_loss_of_the_day() {
    let (mut case, _, _) = charged();
    case.lane.gates = tight_gates(&mut Dice::new(1));
    case.lane.events[0].what = AccountEvent::Charge(Charge::Funding, Money::from_units(-50_000));
    let entries = case.play(&case.lane);
    let trips = |entries: &[Entry]| {
        let name = |gate| seatrial::gates::catalogue().iter().find(|spec| spec.id == gate).map(|spec| spec.name);
        let tripped = entries.iter().filter_map(|entry| match entry {
            Entry::Tripped { refusal, .. } => name(refusal.gate),
            _ => None,
        });
        tripped.filter(|name| *name == "daily_loss").count()
    };
    let plain = case.play(&LaneSpec { events: Vec::new(), ..case.lane.clone() });
    assert_eq!((trips(&plain), trips(&entries)), (0, 1));
}

#[test]
fn on_a_book_of_its_own_a_bot_is_charged_the_same() {
    let (case, entries, _) = charged();
    let own = play_tape(&mut MemoryMarket::new(&case.rows), &config(ViewMode::OwnBook), &case.lane);
    let charges = |entries: &[Entry]| entries.iter().filter(|entry| matches!(entry, Entry::Charged { .. })).count();
    assert_eq!((charges(&entries), charges(&own)), (2, 2));
    assert!(reconciled(&own).clean);
}

/// One BTC, once, at a book whose mid is 50000.1.
fn takes(side: Side, view: &View<'_>, actions: &mut Actions) {
    if view.position.is_zero() && view.orders.is_empty() {
        actions.submit(OrderSpec::market(side, Quantity::new(1_000)));
    }
}

fn buys(_: Why, view: &View<'_>, actions: &mut Actions) {
    takes(Side::Buy, view, actions);
}

fn sells(_: Why, view: &View<'_>, actions: &mut Actions) {
    takes(Side::Sell, view, actions);
}

const MS: i64 = 1_000_000;

/// A holder of one BTC for ten seconds, and one event: funding at `ppb`, `at` after the start and again.
fn funded(act: Script, ppb: i64, at: i64, every: Option<i64>) -> LaneSpec {
    let event = ScriptedEvent {
        at: Timestamp::from_nanos(standing()[0].venue_at + at * MS),
        every: every.map(|every| Span::from_nanos(every * MS)),
        market: MarketId::FIRST,
        what: AccountEvent::FundingAt(Rate::from_ppb(ppb)),
        line: 1,
    };
    let timer = Subscriptions { timer: Some(Span::from_nanos(100 * MS)), ..Subscriptions::default() };
    LaneSpec { events: vec![event], ..LaneSpec::new(Kind::Script(timer, act)) }
}

/// Milliseconds after the start, and quote received.
fn paid(lane: &LaneSpec) -> Vec<(i64, String)> {
    let rows = standing();
    let paid = play_tape(&mut MemoryMarket::new(&rows), &AUTO, lane).into_iter().filter_map(|entry| match entry {
        Entry::Charged { at, amount, .. } => Some(((at.nanos() - rows[0].venue_at) / MS, amount.to_string())),
        _ => None,
    });
    paid.collect()
}

#[test]
fn who_is_long_pays_a_positive_rate_and_who_is_short_receives_it() {
    let bps = 100_000;
    let cases: [(Script, i64, &str); 8] = [
        (buys, bps, "-5.00001"),
        (sells, bps, "5.00001"),
        (buys, -bps, "5.00001"),
        (sells, -bps, "-5.00001"),
        // Rounded to the 8 decimals of a fee, toward the venue as a fee is.
        (buys, 3, "-0.00015001"),
        (sells, 3, "0.00015"),
        (buys, -3, "0.00015"),
        (sells, -3, "-0.00015001"),
    ];
    for (act, ppb, expected) in cases {
        assert_eq!(paid(&funded(act, ppb, 2_345, None)), [(2_345, expected.to_owned())], "{ppb} ppb");
    }
}

#[test]
fn funding_comes_again_to_the_runs_end_and_of_nothing_is_nothing() {
    let nothing = |at| (at, "0".to_owned());
    let some = |at| (at, "-5.00001".to_owned());
    let often = paid(&funded(buys, 100_000, 50, Some(2_500)));
    assert_eq!(often, [nothing(50), some(2_550), some(5_050), some(7_550)]);
    // What began before the run keeps to its times; what did not begin before the end does not come.
    assert_eq!(paid(&funded(buys, 100_000, -6_000, Some(4_000))), [some(2_000), some(6_000), some(10_000)]);
    assert_eq!(paid(&funded(buys, 100_000, -4_000, Some(4_000))), [nothing(0), some(4_000), some(8_000)]);
    assert_eq!(paid(&funded(buys, 100_000, 10_001, Some(4_000))), []);
    assert_eq!(paid(&funded(idles, 100_000, 50, None)), [nothing(50)]);
}

fn idles(_: Why, _: &View<'_>, _: &mut Actions) {}

/// Every account takes the wrong amount alike: only who works out the rate knows better.
#[test]
fn funding_that_every_account_has_wrong_is_found_by_the_audit() {
    let lane = funded(buys, 100_000, 2_345, Some(3_000));
    let rows = standing();
    let subscriptions = Subscriptions { timer: Some(Span::from_nanos(100 * MS)), ..Subscriptions::default() };
    let entries = play_tape(&mut MemoryMarket::new(&rows), &AUTO, &lane);
    let found = |change: &dyn Fn(&mut ScriptedEvent)| {
        let mut expected = lane.clone();
        change(&mut expected.events[0]);
        let audit = audited(&setup(&expected, &subscriptions), &entries, &mut MemoryMarket::new(&rows));
        let broken = audit.invariants.iter().filter(|row| row.broken > 0).map(|row| (row.name.clone(), row.broken));
        broken.collect::<Vec<_>>()
    };
    assert_eq!(found(&|_| ()), []);
    let rate = |ppb| move |event: &mut ScriptedEvent| event.what = AccountEvent::FundingAt(Rate::from_ppb(ppb));
    let events = |count| vec![("events".to_owned(), count)];
    for ppb in [-100_000, 100_001, 0] {
        assert_eq!(found(&rate(ppb)), events(3), "{ppb}");
    }
    assert_eq!(found(&|event| event.every = None), events(2));
    // Due at other times: what came is wrong, and what was due is missing.
    assert!(found(&|event| event.at = event.at.plus(Span::from_nanos(1)))[0].1 >= 3);
    assert_eq!(found(&|event| event.every = Some(Span::from_nanos(1_500 * MS))).len(), 1);
    assert_eq!(found(&|event| event.line = 2)[0].0, "events");
    assert_eq!(found(&|event| event.market = MarketId(1)), events(3));
    assert_eq!(found(&|event| event.what = AccountEvent::Charge(Charge::Fee, Money::ZERO)), events(3));
}
