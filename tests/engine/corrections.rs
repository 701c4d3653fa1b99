//! Fills that the venue takes back or gives another price: every account follows, nothing is edited, and what is wrong is found.

use crate::audit::{audited, check_clean, play_tape, random_bars, tight_gates};
use crate::bars::{BarMarket, TradesMarket};
use crate::charges::{Case, case, instant, reconciled, setup};
use crate::commands::standing;
use crate::shaker::Why;
use crate::support::{Dice, MemoryMarket, TestRow, instrument};
use crate::world::*;
use proptest::prelude::*;
use seatrial::engine::ScriptedEvent;
use seatrial::gates::GateConfig;
use seatrial::journal::{Entry, EntrySink};
use seatrial::metrics::{MetricsFold, MetricsOptions, Summary};
use seatrial::model::{
    AccountEvent, Correction, ExecutionReport, Liquidity, MarketId, NewPrice, ReportKind, Side, WhichFill,
};
use seatrial::strategy::{Actions, OrderSpec, Subscriptions, View};
use seatrial::units::{MINUTE, Money, Price, Quantity, Rate, Span, Timestamp};

/// Busts and corrections at drawn instants, some before the start, some with the risk clock, some again and again.
pub fn random_corrections(dice: &mut Dice, start: i64, end: i64) -> Vec<ScriptedEvent> {
    let event = |line| {
        let at = instant(dice, start, end);
        let which = match dice.below(3) {
            0 => WhichFill::Number(1 + dice.below(40) as u64),
            _ => WhichFill::Last,
        };
        let what = match dice.below(3) {
            0 => AccountEvent::Correct(which, NewPrice::Moved(dice.below(41) - 20)),
            1 => AccountEvent::Correct(which, NewPrice::At(Price::new(599_990 + dice.below(20)))),
            _ => AccountEvent::Bust(which),
        };
        let every = (dice.below(3) == 0).then(|| Span::from_nanos(1_000_000_001 + dice.below(40_000_000_000)));
        ScriptedEvent { at, market: MarketId::FIRST, every, what, line }
    };
    (1..=8).map(event).collect()
}

fn random_case(seed: u64, number: usize, gates: GateConfig) -> Case {
    let mut case = case(seed, number, gates);
    let (first, last) = (case.rows[0].venue_at, case.rows.last().map_or(0, |row| row.venue_at));
    case.lane.events = random_corrections(&mut Dice::new(seed ^ 0xB057), first, last);
    case
}

/// One fill as it stands: side, price in ticks, steps, maker or taker.
type Stands = (Side, i64, i64, Liquidity);

/// What the events have left of the fills, worked out from the fills and the script alone. `None` where an instant has several entries
/// that this plain account would have to tell apart.
fn standing_fills(entries: &[Entry], events: &[ScriptedEvent]) -> (Vec<Option<Stands>>, usize) {
    let fills: Vec<(Timestamp, Stands)> = entries.iter().filter_map(filled).collect();
    let mut stands: Vec<Option<Stands>> = fills.iter().map(|(_, fill)| Some(*fill)).collect();
    let start = entries[0].at();
    let end = entries.last().unwrap().at();
    let mut due: Vec<(Timestamp, u32, AccountEvent)> = Vec::new();
    for event in events {
        let mut at = event.at;
        while at < start {
            at = event.every.map_or(start, |every| at.plus(every));
        }
        due.push((at, event.line, event.what));
        while let Some(every) = event.every.filter(|_| at <= end) {
            at = at.plus(every);
            due.push((at, event.line, event.what));
        }
    }
    due.retain(|(at, _, _)| *at <= end);
    due.sort_by_key(|(at, line, _)| (*at, *line));
    let mut count = 0;
    for (at, _, what) in due {
        let (AccountEvent::Bust(which) | AccountEvent::Correct(which, _)) = what else { continue };
        let is_there = |place: &usize| stands[*place].is_some() && fills[*place].0 < at;
        let place = match which {
            WhichFill::Last => (0..fills.len()).rev().find(is_there),
            WhichFill::Number(number) => {
                Some(number as usize - 1).filter(|place| *place < fills.len()).filter(is_there)
            }
        };
        let Some(place) = place else { continue };
        count += 1;
        match (what, &mut stands[place]) {
            (AccountEvent::Correct(_, NewPrice::At(price)), Some(fill)) => fill.1 = price.ticks(),
            (AccountEvent::Correct(_, NewPrice::Moved(ticks)), Some(fill)) => fill.1 += ticks,
            (_, fill) => *fill = None,
        }
    }
    (stands, count)
}

fn filled(entry: &Entry) -> Option<(Timestamp, Stands)> {
    match entry {
        Entry::Venue(report) => match &report.kind {
            ReportKind::Filled(fill) => {
                let stands = (report.side, fill.price.ticks(), fill.quantity.steps(), fill.liquidity);
                Some((report.matched_at, stands))
            }
            _ => None,
        },
        _ => None,
    }
}

fn set_right(entries: &[Entry]) -> Vec<(usize, ExecutionReport)> {
    let report = |(place, entry): (usize, &Entry)| match entry {
        Entry::Venue(report) if report.kind.sets_right() => Some((place, *report)),
        _ => None,
    };
    entries.iter().enumerate().filter_map(report).collect()
}

/// Position in steps and equity at the last mid, of an account that has made these fills and no others.
fn account(fills: &[Option<Stands>], mid_x2: i64) -> (i64, Money) {
    let instrument = instrument();
    let unit = instrument.tick_step_value().unwrap();
    let (mut position, mut cash) = (0, Money::from_units(100_000));
    for (side, price, steps, liquidity) in fills.iter().flatten() {
        let signed = side.sign() * steps;
        let notional = unit.times(i128::from(price * steps)).unwrap();
        let rate: Rate = if *liquidity == Liquidity::Maker { instrument.fees.maker } else { instrument.fees.taker };
        let fee = rate.of(notional, instrument.fees.decimals, instrument.fees.rounding).unwrap();
        cash = cash - unit.times(i128::from(price * signed)).unwrap() - fee;
        position += signed;
    }
    let doubled = unit.times(i128::from(mid_x2) * i128::from(position)).unwrap();
    (position, cash + Money::from_atto(doubled.atto() >> 1))
}

fn summary(entries: &[Entry]) -> Summary {
    let mut fold = MetricsFold::new(&instrument(), &MetricsOptions::default()).unwrap();
    entries.iter().for_each(|entry| fold.record(entry));
    fold.finish().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn runs_with_busts_are_audited_clean_and_reconcile(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let case = random_case(seed, number, tight_gates(&mut Dice::new(seed)));
        let entries = case.play(&case.lane);
        let setup = setup(&case.lane, &case.subscriptions);
        check_clean("rows", &audited(&setup, &entries, &mut MemoryMarket::new(&case.rows)))?;
        let found = reconciled(&entries);
        prop_assert!(found.clean, "{}", found);
        // Folding checks the equity of every mark against the parts of the profit.
        let summary = summary(&entries);
        prop_assert_eq!(summary.orders.busted + summary.orders.corrected, set_right(&entries).len() as u64);
        let trades: Vec<TestRow> = case.rows.iter().filter(|row| row.flags & 3 == 1).copied().collect();
        prop_assume!(!trades.is_empty());
        let entries = play_tape(&mut TradesMarket::new(&trades), &AUTO, &case.lane);
        check_clean("trades", &audited(&setup, &entries, &mut TradesMarket::new(&trades)))?;
        prop_assert!(reconciled(&entries).clean);
    }

    #[test]
    fn on_bars_too(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let bars = random_bars(seed, 200);
        let subscriptions = Subscriptions { bars: Some(MINUTE), reports: number % 2 == 0, ..Subscriptions::default() };
        let (first, last) = (bars[0].open_at.nanos(), bars[199].open_at.nanos());
        let mut dice = Dice::new(seed);
        let lane = LaneSpec {
            gates: tight_gates(&mut dice),
            seed,
            latency: latencies()[number % 4],
            events: random_corrections(&mut dice, first, last),
            ..LaneSpec::new(shaker(subscriptions, seed))
        };
        let entries = play_tape(&mut BarMarket::new(&bars, MINUTE), &AUTO, &lane);
        let setup = setup(&lane, &subscriptions);
        check_clean("bars", &audited(&setup, &entries, &mut BarMarket::new(&bars, MINUTE)))?;
        prop_assert!(reconciled(&entries).clean);
        summary(&entries);
    }

    /// The account ends with what it would have if the fills that stand, at the prices at which they stand, had been the only ones.
    #[test]
    fn the_account_is_that_of_the_fills_that_stand(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let case = random_case(seed, number, GateConfig::off());
        let entries = case.play(&case.lane);
        let (stands, count) = standing_fills(&entries, &case.lane.events);
        prop_assert_eq!(set_right(&entries).len(), count);
        // The last mark with a mid, if nothing moves the account behind it.
        let mark = entries.iter().rev().take_while(|entry| !moves(entry)).find_map(|entry| match entry {
            Entry::Mark(mark) if mark.best.mid_x2().is_some() => Some(*mark),
            _ => None,
        });
        let Some(mark) = mark else { return Ok(()) };
        let expected = account(&stands, mark.best.mid_x2().unwrap());
        prop_assert_eq!((mark.position.steps(), mark.equity), expected);
    }

    #[test]
    fn corrections_by_nothing_change_no_money(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let mut case = random_case(seed, number, GateConfig::off());
        let timer = Subscriptions { timer: Some(Span::from_nanos(100_000_000)), ..Subscriptions::default() };
        case.lane.kind = Kind::Script(timer, buys);
        let nothing = AccountEvent::Correct(WhichFill::Last, NewPrice::Moved(0));
        case.lane.events.iter_mut().for_each(|event| event.what = nothing);
        let entries = case.play(&case.lane);
        for (_, report) in set_right(&entries) {
            let ReportKind::Corrected(Correction { was, price, fee }) = report.kind else { panic!("{report:?}") };
            prop_assert_eq!((was.price, was.fee), (price, fee));
        }
        let plain = case.play(&LaneSpec { events: Vec::new(), ..case.lane.clone() });
        let last = |entries: &[Entry]| entries.iter().rev().find_map(|entry| match entry {
            Entry::Mark(mark) => Some((mark.position, mark.equity)),
            _ => None,
        });
        prop_assert_eq!(last(&entries), last(&plain));
    }
}

fn moves(entry: &Entry) -> bool {
    matches!(entry, Entry::Venue(report) if report.kind.bookings(report.side).next().is_some())
}

fn buys(_: Why, view: &View<'_>, actions: &mut Actions) {
    if view.position.is_zero() && view.orders.is_empty() {
        actions.submit(OrderSpec::market(Side::Buy, Quantity::new(1_000)));
    }
}

/// A bot that buys on a book that stands, and what happens to its first fill two seconds after the start.
fn bought(what: AccountEvent) -> (LaneSpec, Subscriptions, Vec<Entry>) {
    let event = ScriptedEvent {
        at: Timestamp::from_nanos(standing()[0].venue_at + 2_000_000_000),
        every: None,
        market: MarketId::FIRST,
        what,
        line: 1,
    };
    let timer = Subscriptions { timer: Some(Span::from_nanos(100_000_000)), ..Subscriptions::default() };
    let lane = LaneSpec { events: vec![event], ..LaneSpec::new(Kind::Script(timer, buys)) };
    let entries = play_tape(&mut MemoryMarket::new(&standing()), &AUTO, &lane);
    (lane, timer, entries)
}

fn count_fills(entries: &[Entry]) -> usize {
    entries.iter().filter_map(filled).count()
}

#[test]
fn a_bot_whose_only_fill_is_busted_is_flat_again_and_buys_again() {
    let (_, _, plain) = bought(AccountEvent::Bust(WhichFill::Number(7)));
    assert_eq!((count_fills(&plain), set_right(&plain).len()), (1, 0), "there is no seventh fill");
    let (_, _, entries) = bought(AccountEvent::Bust(WhichFill::Last));
    assert_eq!((count_fills(&entries), set_right(&entries).len()), (2, 1));
    let (_, report) = set_right(&entries)[0];
    let ReportKind::Busted(bust) = report.kind else { panic!("{report:?}") };
    assert_eq!((bust.of, bust.quantity, bust.line), (1, Quantity::new(1_000), 1));
    // One trade as if it had never been: at the end the account is that of the other run, but for the instant of the fill.
    let last = |entries: &[Entry]| {
        entries.iter().rev().find_map(|entry| match entry {
            Entry::Mark(mark) => Some((mark.position, mark.equity)),
            _ => None,
        })
    };
    assert_eq!(last(&entries), last(&plain));
}

#[test]
fn a_corrected_fill_costs_its_new_price_and_the_fee_of_that() {
    let (_, _, entries) = bought(AccountEvent::Correct(WhichFill::Last, NewPrice::Moved(-3)));
    let (_, report) = set_right(&entries)[0];
    let ReportKind::Corrected(Correction { was, price, fee }) = report.kind else { panic!("{report:?}") };
    let instrument = instrument();
    let notional = instrument.tick_step_value().unwrap().times(i128::from(price.ticks()) * 1_000).unwrap();
    assert_eq!(price.ticks(), was.price.ticks() - 3);
    assert_eq!(fee, instrument.fees.taker.of(notional, instrument.fees.decimals, instrument.fees.rounding).unwrap());
    assert_ne!(fee, was.fee);
    let summary = summary(&entries);
    let gained = instrument.tick_step_value().unwrap().times(3_000).unwrap();
    assert_eq!(summary.profit.set_right, Some(gained), "three ticks of a thousand steps");
    let parts = summary.profit.spread_capture + summary.profit.inventory - summary.profit.fees + gained;
    assert_eq!(parts, summary.profit.total);
}

/// Names of the invariants that are broken.
fn broken(lane: &LaneSpec, subscriptions: &Subscriptions, entries: &[Entry]) -> Vec<String> {
    let audit = audited(&setup(lane, subscriptions), entries, &mut MemoryMarket::new(&standing()));
    let mut names: Vec<String> = audit.findings.iter().map(|finding| finding.control.clone()).collect();
    names.dedup();
    names
}

#[test]
fn what_is_wrong_with_a_bust_or_a_correction_is_found() {
    for what in [AccountEvent::Bust(WhichFill::Last), AccountEvent::Correct(WhichFill::Number(1), NewPrice::Moved(5))] {
        let (lane, subscriptions, sound) = bought(what);
        assert_eq!(broken(&lane, &subscriptions, &sound), Vec::<String>::new());
        let (place, report) = set_right(&sound)[0];
        let with = |change: &dyn Fn(&mut ExecutionReport)| {
            let mut report = report;
            change(&mut report);
            let mut entries = sound.clone();
            entries[place] = Entry::Venue(report);
            broken(&lane, &subscriptions, &entries)
        };
        let is_found = |names: Vec<String>, words: &str| {
            assert!(names.contains(&"events".to_owned()), "{words}: {names:?}");
        };
        type Change = fn(&mut ExecutionReport);
        let changes: [(&str, Change); 9] = [
            ("another fill", |report| was(report).of = 2),
            ("another price", |report| was(report).price = Price::new(was(report).price.ticks() + 1)),
            ("another quantity", |report| was(report).quantity = Quantity::new(999)),
            ("another fee", |report| was(report).fee = was(report).fee + Money::from_atto(1)),
            ("another kind of fee", |report| was(report).liquidity = Liquidity::Maker),
            ("another event", |report| was(report).line = 2),
            ("another side", |report| report.side = report.side.opposite()),
            ("another order", |report| report.client_order_id.0 += 1),
            ("another time", |report| report.matched_at = report.matched_at.plus(Span::from_nanos(1))),
        ];
        for (words, change) in changes {
            is_found(with(&|report| change(report)), words);
        }
        if let ReportKind::Corrected(_) = report.kind {
            is_found(with(&|report| corrected(report).price = Price::new(1)), "a price that nobody gave");
            is_found(with(&|report| corrected(report).fee = Money::ZERO), "no fee");
            let bust = |report: &mut ExecutionReport| report.kind = ReportKind::Busted(*was(report));
            is_found(with(&bust), "a bust in its place");
        }
        let mut entries = sound.clone();
        entries.remove(place);
        is_found(broken(&lane, &subscriptions, &entries), "left out");
        let mut entries = sound.clone();
        entries.insert(place, sound[place]);
        is_found(broken(&lane, &subscriptions, &entries), "twice");
        let late = |report: &mut ExecutionReport| report.reported_at = report.matched_at.plus(Span::from_nanos(-1));
        assert!(with(&late).contains(&"clearance".to_owned()), "told before it happened");
    }
}

fn was(report: &mut ExecutionReport) -> &mut seatrial::model::Bust {
    match &mut report.kind {
        ReportKind::Busted(bust) => bust,
        ReportKind::Corrected(correction) => &mut correction.was,
        other => panic!("{other:?}"),
    }
}

fn corrected(report: &mut ExecutionReport) -> &mut Correction {
    match &mut report.kind {
        ReportKind::Corrected(correction) => correction,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_fee_that_is_not_the_schedules_is_found_by_reconciliation_too() {
    let (_, _, sound) = bought(AccountEvent::Correct(WhichFill::Last, NewPrice::Moved(5)));
    assert!(reconciled(&sound).clean);
    let (place, mut report) = set_right(&sound)[0];
    corrected(&mut report).fee = Money::ZERO;
    let mut entries = sound;
    entries[place] = Entry::Venue(report);
    assert!(!reconciled(&entries).clean);
}

/// A bot that buys on a book that stands, and what happens to its fills at two instants.
fn twice(events: [(i64, AccountEvent); 2]) -> (LaneSpec, Subscriptions, Vec<Entry>) {
    let event = |(line, (millis, what)): (u32, (i64, AccountEvent))| ScriptedEvent {
        at: Timestamp::from_nanos(standing()[0].venue_at + millis * 1_000_000),
        every: None,
        market: MarketId::FIRST,
        what,
        line,
    };
    let timer = Subscriptions { timer: Some(Span::from_nanos(100_000_000)), ..Subscriptions::default() };
    let events = (1..).zip(events).map(event).collect();
    let lane = LaneSpec { events, ..LaneSpec::new(Kind::Script(timer, buys)) };
    let entries = play_tape(&mut MemoryMarket::new(&standing()), &AUTO, &lane);
    (lane, timer, entries)
}

/// What an event would have set right is gone when the next marks come; that it did not come is found all the same.
#[test]
fn an_event_that_is_skipped_before_another_one_is_found() {
    let (correct, bust) =
        (AccountEvent::Correct(WhichFill::Last, NewPrice::Moved(4)), AccountEvent::Bust(WhichFill::Last));
    for events in
        [[(2_100, correct), (2_110, bust)], [(2_100, bust), (2_110, AccountEvent::Bust(WhichFill::Number(1)))]]
    {
        let (lane, subscriptions, sound) = twice(events);
        assert_eq!(broken(&lane, &subscriptions, &sound), Vec::<String>::new());
        // As if only the second had come.
        let (_, _, second) = twice([(1 << 40, bust), events[1]]);
        let count = set_right(&second).len();
        assert_eq!(count, 1, "{events:?}");
        assert!(broken(&lane, &subscriptions, &second).contains(&"events".to_owned()), "{events:?}");
    }
}

/// On bars too, where the fill is of the very bar in which the event falls.
#[test]
fn on_bars_an_event_that_is_left_out_is_found() {
    let mut found = 0;
    for seed in 1..60 {
        let bars = random_bars(seed, 60);
        let subscriptions = Subscriptions { bars: Some(MINUTE), ..Subscriptions::default() };
        let at = bars[0].open_at.plus(MINUTE.times(20 + i64::from(seed as u32 % 20))).plus(Span::from_nanos(1));
        let what = AccountEvent::Bust(WhichFill::Last);
        let event = ScriptedEvent { at, every: None, market: MarketId::FIRST, what, line: 1 };
        let lane = LaneSpec { seed, events: vec![event], ..LaneSpec::new(shaker(subscriptions, seed)) };
        let entries = play_tape(&mut BarMarket::new(&bars, MINUTE), &AUTO, &lane);
        let Some((place, report)) = set_right(&entries).first().copied() else { continue };
        let setup = setup(&lane, &subscriptions);
        let names = |entries: &[Entry]| -> Vec<String> {
            let audit = audited(&setup, entries, &mut BarMarket::new(&bars, MINUTE));
            audit.findings.iter().map(|finding| finding.control.clone()).collect()
        };
        assert_eq!(names(&entries), Vec::<String>::new(), "seed {seed}");
        let mut left_out = entries.clone();
        left_out.remove(place);
        assert!(names(&left_out).contains(&"events".to_owned()), "seed {seed}");
        let mut early = entries.clone();
        early[place] = Entry::Venue(ExecutionReport { reported_at: report.matched_at, ..report });
        assert!(names(&early).contains(&"events".to_owned()), "seed {seed}: told at the close");
        found += 1;
    }
    assert!(found > 20, "{found}");
}
