//! What a venue charges or gives without a fill: every account has it, gates count it as profit or loss, and a wrong one is found.

use crate::audit::{audited, check_clean, play_tape, random_bars, setup, tight_gates};
use crate::bars::{BarMarket, TradesMarket};
use crate::support::{Dice, MemoryMarket, TestRow, instrument, random_market};
use crate::world::*;
use proptest::prelude::*;
use seatrial::engine::{ScriptedCharge, ViewMode};
use seatrial::gates::GateConfig;
use seatrial::journal::Entry;
use seatrial::ledger::{Opening, Reconciled};
use seatrial::model::{Charge, MarketId};
use seatrial::scenario::reconcile_entries;
use seatrial::strategy::Subscriptions;
use seatrial::units::{MINUTE, Money, Quantity, Timestamp};

/// Charges at drawn instants, some before the start, some with the risk clock, in no order.
fn random_charges(dice: &mut Dice, start: i64, end: i64) -> Vec<ScriptedCharge> {
    let charge = |line| {
        let at = start + dice.below(end - start + 2_000_000_000) - 1_000_000_000;
        let at = if dice.below(2) == 0 { at / 1_000_000_000 * 1_000_000_000 } else { at };
        ScriptedCharge {
            at: Timestamp::from_nanos(at),
            market: MarketId::FIRST,
            charge: Charge::ALL[dice.below(2) as usize],
            amount: Money::from_atto(i128::from(dice.below(6_000_001) - 3_000_000) * 1_000_000_000_000_007),
            line,
        }
    };
    (1..=8).map(charge).collect()
}

fn without_charges(entries: &[Entry]) -> Vec<Entry> {
    entries.iter().filter(|entry| !matches!(entry, Entry::Charged { .. })).copied().collect()
}

fn reconciled(entries: &[Entry]) -> Reconciled {
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

/// What had been received by `at`.
fn received(charges: &[ScriptedCharge], at: Timestamp) -> Money {
    let by_then = charges.iter().filter(|charge| charge.at < at).map(|charge| charge.amount);
    by_then.fold(Money::ZERO, |sum, amount| sum + amount)
}

struct Case {
    rows: Vec<TestRow>,
    lane: LaneSpec,
    subscriptions: Subscriptions,
}

fn case(seed: u64, number: usize, gates: GateConfig) -> Case {
    let rows = if seed.is_multiple_of(2) { random_market(seed, 600) } else { hostile_market(seed, 600) };
    let (first, last) = (rows[0].venue_at, rows.last().map_or(0, |row| row.venue_at));
    let subscriptions = subscriptions(false)[number % 6];
    let lane = LaneSpec {
        preset: PRESETS[number % 4],
        latency: latencies()[(number / 2) % 4],
        gates,
        seed,
        charges: random_charges(&mut Dice::new(seed ^ 0xC4A6), first, last),
        ..LaneSpec::new(shaker(subscriptions, seed))
    };
    Case { rows, lane, subscriptions }
}

impl Case {
    fn play(&self, lane: &LaneSpec) -> Vec<Entry> {
        play_tape(&mut MemoryMarket::new(&self.rows), &AUTO, lane)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn random_charges_are_audited_clean_and_reconciled(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let case = case(seed, number, tight_gates(&mut Dice::new(seed)));
        let entries = case.play(&case.lane);
        let setup = setup(&case.lane.gates, seatrial::scenario::wakes(&case.subscriptions));
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
            charges: random_charges(&mut dice, first, last),
            ..LaneSpec::new(shaker(subscriptions, seed))
        };
        let entries = play_tape(&mut BarMarket::new(&bars, MINUTE), &AUTO, &lane);
        let charged = entries.iter().filter(|entry| matches!(entry, Entry::Charged { .. })).count();
        prop_assert_eq!(charged, lane.charges.len());
        let setup = setup(&lane.gates, seatrial::scenario::wakes(&subscriptions));
        check_clean("bars", &audited(&setup, &entries, &mut BarMarket::new(&bars, MINUTE)))?;
        let found = reconciled(&entries);
        prop_assert!(found.clean, "{}", found);
    }

    /// Money is conserved: without gates a bot that does not look at its equity trades as before, and every mark shows what was
    /// received beside what it made.
    #[test]
    fn equity_is_that_of_the_run_without_and_what_was_received(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let case = case(seed, number, GateConfig::off());
        let plain = equities(&case.play(&LaneSpec { charges: Vec::new(), ..case.lane.clone() }));
        let with = equities(&case.play(&case.lane));
        prop_assert_eq!(plain.len(), with.len());
        for ((at, plain), (_, with)) in plain.into_iter().zip(with) {
            prop_assert_eq!(plain + received(&case.lane.charges, at), with, "at {}", at);
        }
    }

    #[test]
    fn charges_of_nothing_change_nothing(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let mut case = case(seed, number, tight_gates(&mut Dice::new(seed)));
        case.lane.charges.iter_mut().for_each(|charge| charge.amount = Money::ZERO);
        let plain = case.play(&LaneSpec { charges: Vec::new(), ..case.lane.clone() });
        prop_assert_eq!(without_charges(&case.play(&case.lane)), plain);
    }
}

/// A run whose charges stand well inside it.
fn charged() -> (Case, Vec<Entry>, usize) {
    let mut case = case(4, 1, GateConfig::off());
    let middle = case.rows[300].venue_at;
    let charge = |charge, amount, line| ScriptedCharge {
        at: Timestamp::from_nanos(middle),
        market: MarketId::FIRST,
        charge,
        amount: Money::from_units(amount),
        line,
    };
    case.lane.charges = vec![charge(Charge::Funding, -7, 1), charge(Charge::Fee, 2, 2)];
    let entries = case.play(&case.lane);
    let place = entries.iter().position(|entry| matches!(entry, Entry::Charged { .. })).unwrap();
    (case, entries, place)
}

#[test]
fn a_charge_of_a_wrong_amount_or_sign_or_none_is_found_by_both() {
    let (case, sound, place) = charged();
    let setup = setup(&case.lane.gates, seatrial::scenario::wakes(&case.subscriptions));
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
    case.lane.charges[0].amount = Money::from_units(-50_000);
    let entries = case.play(&case.lane);
    let trips = |entries: &[Entry]| {
        let name = |gate| seatrial::gates::catalogue().iter().find(|spec| spec.id == gate).map(|spec| spec.name);
        let tripped = entries.iter().filter_map(|entry| match entry {
            Entry::Tripped { refusal, .. } => name(refusal.gate),
            _ => None,
        });
        tripped.filter(|name| *name == "daily_loss").count()
    };
    let plain = case.play(&LaneSpec { charges: Vec::new(), ..case.lane.clone() });
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
