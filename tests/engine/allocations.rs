//! The owner's money: in every account, in no figure of profit, and no reason for a breaker to trip.

use crate::audit::{audited, check_clean, play_tape, random_bars, tight_gates};
use crate::bars::BarMarket;
use crate::charges::{Case, case, instant, reconciled, setup};
use crate::commands::{script, standing};
use crate::shaker::Why;
use crate::support::{Dice, MemoryMarket, instrument};
use crate::world::*;
use proptest::prelude::*;
use seatrial::engine::{ScriptedEvent, When};
use seatrial::gates::{Amount, GateConfig, Percent, Setting, daily_loss, drawdown, total_loss};
use seatrial::journal::{Entry, EntrySink};
use seatrial::metrics::{MetricsFold, MetricsOptions, Summary};
use seatrial::model::{AccountEvent, Charge, Command, MarketId, Side};
use seatrial::strategy::{Actions, OrderSpec, Subscriptions, View};
use seatrial::units::{MINUTE, Money, Quantity, Span, Timestamp};

/// What the owner does at drawn instants: puts in more often than takes out, and sometimes wants more than there is.
fn random_allocations(dice: &mut Dice, start: i64, end: i64) -> Vec<ScriptedEvent> {
    let event = |line| {
        let at = instant(dice, start, end);
        let amount = Money::from_atto(i128::from(dice.below(8_000_001) - 3_000_000) * 1_000_000_000_000_007);
        let what = match dice.below(6) {
            0 => AccountEvent::Charge(Charge::Adjustment, amount),
            1 => AccountEvent::Allocate(Money::from_units(-900_000)),
            _ => AccountEvent::Allocate(amount),
        };
        let every = (dice.below(3) == 0).then(|| Span::from_nanos(1_000_000_001 + dice.below(40_000_000_000)));
        ScriptedEvent { at, market: MarketId::FIRST, every, what, line }
    };
    (1..=8).map(event).collect()
}

fn random_case(seed: u64, number: usize, gates: GateConfig) -> Case {
    let mut case = case(seed, number, gates);
    let (first, last) = (case.rows[0].venue_at, case.rows.last().map_or(0, |row| row.venue_at));
    case.lane.events = random_allocations(&mut Dice::new(seed ^ 0xA110), first, last);
    case
}

/// Breakers on equity alone, by share and by amount.
fn breakers(dice: &mut Dice) -> GateConfig {
    let mut amount =
        || Setting::On(Amount::new(Money::from_atto(i128::from(1 + dice.below(60)) * 50_000_000_000_000_000)));
    let percent = Setting::On(Percent::from_ppb(20_000));
    let mut gates = GateConfig::off();
    gates.daily_loss =
        Setting::On(daily_loss::Limits { percent, absolute: amount(), confirm_marks: 2, engages_kill_switch: false });
    gates.drawdown =
        Setting::On(drawdown::Limits { percent, absolute: amount(), confirm_marks: 3, engages_kill_switch: false });
    gates.total_loss =
        Setting::On(total_loss::Limits { percent, absolute: amount(), confirm_marks: 1, engages_kill_switch: false });
    gates
}

fn allocated(entries: &[Entry]) -> Vec<(Timestamp, Money, Money)> {
    let moved = |entry: &Entry| match *entry {
        Entry::Allocated { at, asked, amount, .. } => Some((at, asked, amount)),
        _ => None,
    };
    entries.iter().filter_map(moved).collect()
}

/// The entries as if nothing had been moved: without the allocations, and marks without the money.
fn without(entries: &[Entry]) -> Vec<Entry> {
    let mut moved = Money::ZERO;
    let plain = |entry: &Entry| match *entry {
        Entry::Allocated { amount, .. } => {
            moved += amount;
            None
        }
        Entry::Mark(mark) => Some(Entry::Mark(seatrial::model::Mark { equity: mark.equity - moved, ..mark })),
        other => Some(other),
    };
    entries.iter().filter_map(plain).collect()
}

fn summary(entries: &[Entry]) -> Summary {
    let mut fold = MetricsFold::new(&instrument(), &MetricsOptions::default()).unwrap();
    entries.iter().for_each(|entry| fold.record(entry));
    fold.finish().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn runs_with_allocations_are_audited_clean_and_reconcile(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let mut dice = Dice::new(seed);
        let gates = if seed % 3 == 0 { breakers(&mut dice) } else { tight_gates(&mut dice) };
        let case = random_case(seed, number, gates);
        let entries = case.play(&case.lane);
        let setup = setup(&case.lane, &case.subscriptions);
        check_clean("rows", &audited(&setup, &entries, &mut MemoryMarket::new(&case.rows)))?;
        let found = reconciled(&entries);
        prop_assert!(found.clean, "{}", found);
        // Folding checks the equity of every mark against the parts of the profit.
        let moved = allocated(&entries).into_iter().fold(Money::ZERO, |sum, (_, _, amount)| sum + amount);
        let returns = summary(&entries).returns;
        prop_assert_eq!(returns.start_equity + returns.profit + moved, returns.end_equity);
        prop_assert_eq!(returns.allocations.unwrap_or_default(), moved);
    }

    #[test]
    fn on_bars_too(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let bars = random_bars(seed, 200);
        let subscriptions = Subscriptions { bars: Some(MINUTE), reports: number % 2 == 0, ..Subscriptions::default() };
        let (first, last) = (bars[0].open_at.nanos(), bars[199].open_at.nanos());
        let mut dice = Dice::new(seed);
        let lane = LaneSpec {
            gates: if seed % 3 == 0 { breakers(&mut dice) } else { tight_gates(&mut dice) },
            seed,
            events: random_allocations(&mut dice, first, last),
            ..LaneSpec::new(shaker(subscriptions, seed))
        };
        let entries = play_tape(&mut BarMarket::new(&bars, MINUTE), &AUTO, &lane);
        let setup = setup(&lane, &subscriptions);
        check_clean("bars", &audited(&setup, &entries, &mut BarMarket::new(&bars, MINUTE)))?;
        prop_assert!(reconciled(&entries).clean);
        summary(&entries);
    }

    /// A bot that does not look at its equity trades as before, every breaker trips at the marks at which it tripped, at the same
    /// loss and the same limit, and no figure of profit is another.
    #[test]
    fn nothing_but_equity_is_another(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let mut case = random_case(seed, number, breakers(&mut Dice::new(seed)));
        case.lane.events.retain(|event| matches!(event.what, AccountEvent::Allocate(_)));
        let plain = case.play(&LaneSpec { events: Vec::new(), ..case.lane.clone() });
        let with = case.play(&case.lane);
        prop_assert_eq!(&without(&with), &plain);
        let (plain, with) = (summary(&plain), summary(&with));
        prop_assert_eq!(&with.profit, &plain.profit);
        prop_assert_eq!(&with.trades, &plain.trades);
        prop_assert_eq!(with.returns.profit, plain.returns.profit);
        prop_assert_eq!(with.drawdown.money, plain.drawdown.money);
        let days = |summary: &Summary| summary.returns.days.iter().map(|day| day.profit).collect::<Vec<_>>();
        prop_assert_eq!(days(&with), days(&plain));
    }

    #[test]
    fn allocations_of_nothing_change_nothing(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let mut case = random_case(seed, number, tight_gates(&mut Dice::new(seed)));
        case.lane.events.iter_mut().for_each(|event| event.what = AccountEvent::Allocate(Money::ZERO));
        let plain = case.play(&LaneSpec { events: Vec::new(), ..case.lane.clone() });
        let with = case.play(&case.lane);
        prop_assert_eq!(without(&with), plain);
    }
}

fn idles(_: Why, _: &View<'_>, _: &mut Actions) {}

fn buys(_: Why, view: &View<'_>, actions: &mut Actions) {
    if view.position.is_zero() && view.orders.is_empty() {
        actions.submit(OrderSpec::market(Side::Buy, Quantity::new(1_000)));
    }
}

/// A bot of 100,000 on a book that stands, and an allocation two seconds after the start.
fn asked(act: Script, amount: Money) -> (LaneSpec, Subscriptions) {
    let event = ScriptedEvent {
        at: Timestamp::from_nanos(standing()[0].venue_at + 2_000_000_000),
        every: None,
        market: MarketId::FIRST,
        what: AccountEvent::Allocate(amount),
        line: 1,
    };
    let timer = Subscriptions { timer: Some(Span::from_nanos(100_000_000)), ..Subscriptions::default() };
    (LaneSpec { events: vec![event], ..LaneSpec::new(Kind::Script(timer, act)) }, timer)
}

#[test]
fn what_is_free_can_be_taken_out_and_an_atto_more_is_refused_whole() {
    let rows = standing();
    let play = |act, amount| play_tape(&mut MemoryMarket::new(&rows), &AUTO, &asked(act, amount).0);
    let all = Money::from_units(100_000);
    let moved = |act, amount| allocated(&play(act, amount)).iter().map(|row| row.2).collect::<Vec<_>>();
    assert_eq!(moved(idles, -all), [-all]);
    assert_eq!(moved(idles, -all - Money::from_atto(1)), [Money::ZERO]);
    assert_eq!(moved(idles, all + all), [all + all]);
    // With a position of a linear contract and no largest leverage: what the account is worth.
    let worth = play(buys, Money::ZERO).iter().rev().find_map(|entry| match entry {
        Entry::Mark(mark) => Some(mark.equity),
        _ => None,
    });
    let worth = worth.unwrap();
    assert_eq!(moved(buys, -worth), [-worth]);
    assert_eq!(moved(buys, -worth - Money::from_atto(1)), [Money::ZERO]);
}

#[test]
fn a_wrong_amount_and_a_refusal_without_reason_are_found() {
    let rows = standing();
    let all = Money::from_units(100_000);
    let broken = |amount: Money, change: &dyn Fn(&mut Entry)| {
        let (lane, subscriptions) = asked(idles, amount);
        let mut entries = play_tape(&mut MemoryMarket::new(&rows), &AUTO, &lane);
        let place = entries.iter().position(|entry| matches!(entry, Entry::Allocated { .. })).unwrap();
        change(&mut entries[place]);
        let audit = audited(&setup(&lane, &subscriptions), &entries, &mut MemoryMarket::new(&rows));
        let events = audit.invariants.iter().find(|row| row.name == "events").map_or(0, |row| row.broken);
        (events, reconciled(&entries).clean)
    };
    let moves = |to: Money| {
        move |entry: &mut Entry| {
            if let Entry::Allocated { amount, .. } = entry {
                *amount = to;
            }
        }
    };
    for asked in [all, -all, -all - Money::from_atto(1)] {
        assert_eq!(broken(asked, &|_| ()), (0, true), "{asked}");
    }
    let one = Money::from_atto(1);
    // A part, too much, the other way round, a deposit refused, a withdrawal refused though all is free, and one that was not free.
    let wrong = [
        (all, all - one),
        (all, all + one),
        (all, -all),
        (all, Money::ZERO),
        (-all, Money::ZERO),
        (-all, one - all),
        (-all - one, -all - one),
    ];
    for (asked, amount) in wrong {
        assert_eq!(broken(asked, &moves(amount)), (1, false), "{amount} of {asked}");
    }
    let another = |entry: &mut Entry| {
        if let Entry::Allocated { asked, .. } = entry {
            *asked = Money::ZERO;
        }
    };
    assert_eq!(broken(all, &another), (1, true));
}

/// What the properties above speak of happens in their runs. And what was moved survives restarts: nothing is another for them.
#[test]
fn breakers_trip_in_runs_with_allocations_and_restarts_forget_none() {
    let (mut trips, mut moved, mut refused) = (0, 0, 0);
    for seed in 1..=24 {
        let mut case = random_case(seed, seed as usize, breakers(&mut Dice::new(seed)));
        case.lane.kind = Kind::Cross;
        let plain = case.play(&case.lane);
        trips += plain.iter().filter(|entry| matches!(entry, Entry::Tripped { .. })).count();
        let rows = allocated(&plain);
        refused += rows.iter().filter(|(_, asked, amount)| asked != amount).count();
        moved += rows.iter().filter(|(_, asked, amount)| asked == amount).count();
        let (first, last) = (case.rows[0].venue_at, case.rows.last().map_or(0, |row| row.venue_at));
        let times = (1..20).map(|part| When::At(Timestamp::from_nanos(first + (last - first) / 20 * part)));
        let lines: Vec<(When, &[Command])> = times.map(|when| (when, [Command::RestartWithState].as_slice())).collect();
        let restarted = case.play(&LaneSpec { commands: script(&lines), ..case.lane.clone() });
        let told = restarted.iter().filter(|entry| !matches!(entry, Entry::Command { .. })).copied();
        assert_eq!(told.collect::<Vec<_>>(), plain, "seed {seed}");
        assert_eq!(restarted.len(), plain.len() + 19, "seed {seed}");
    }
    assert!(trips > 20 && moved > 100 && refused > 10, "{trips} trips, {moved} moved, {refused} refused");
}
