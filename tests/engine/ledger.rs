//! Three accounts against the real engine: random runs reconcile, and what is planted is found at its entry.

use crate::bars::{BarMarket, TradesMarket};
use crate::support::{Dice, MemoryMarket, TestRow, instrument, random_market};
use crate::world::*;
use proptest::prelude::*;
use seatrial::engine::{EngineConfig, ViewMode};
use seatrial::journal::{Entry, EntrySink};
use seatrial::ledger::{CostMethod, DayRow, Difference, Figure, Opening, Reconciled, View};
use seatrial::metrics::{MetricsOptions, RunFold};
use seatrial::model::{Bar, ExecutionReport, Fill, ReportKind};
use seatrial::scenario::{Daily, TimeOfDay, reconcile_entries, statement_entries};
use seatrial::strategy::Subscriptions;
use seatrial::tape::BatchSource;
use seatrial::units::{MINUTE, Money, Price, Quantity, SECOND, Timestamp};

const OPENING: Opening = Opening { quote: Money::from_units(100_000), position: Quantity::ZERO, at: None };
const ATTO: Money = Money::from_atto(1);

/// A run and the equity that the engine itself says it ended with.
struct Run {
    entries: Vec<Entry>,
    equity: Money,
}

impl Run {
    fn of(market: &mut dyn BatchSource, config: &EngineConfig, lane: &LaneSpec) -> Self {
        let (mut traces, outcome) = try_play(market, config, std::slice::from_ref(lane)).unwrap();
        Self { entries: traces.remove(0).entries, equity: outcome.lanes[0].equity }
    }

    /// Orders of every kind on a book.
    fn shaken(seed: u64, number: usize) -> Self {
        let view = [ViewMode::Auto, ViewMode::OwnBook][number % 2];
        let spec = LaneSpec {
            preset: PRESETS[number % 4],
            latency: latencies()[(number / 2) % 4],
            seed,
            ..LaneSpec::new(shaker(subscriptions(view == ViewMode::OwnBook)[number % 6], seed))
        };
        let rows = if seed.is_multiple_of(2) { random_market(seed, 600) } else { hostile_market(seed, 600) };
        Self::of(&mut MemoryMarket::new(&rows), &config(view), &spec)
    }

    fn reconciled(&self) -> Reconciled {
        reconcile_entries([(&instrument(), &OPENING)], &self.entries, Some(self.equity)).unwrap()
    }

    fn fills(&self) -> Vec<usize> {
        let is_fill =
            |entry: &Entry| matches!(entry, Entry::Venue(report) if matches!(report.kind, ReportKind::Filled(_)));
        (0..self.entries.len()).filter(|&place| is_fill(&self.entries[place])).collect()
    }

    fn report(&mut self, place: usize) -> &mut ExecutionReport {
        let Entry::Venue(report) = &mut self.entries[place] else { panic!("no report at {place}") };
        report
    }

    fn fill(&mut self, place: usize) -> &mut Fill {
        let ReportKind::Filled(fill) = &mut self.report(place).kind else { panic!("no fill at {place}") };
        fill
    }
}

/// A seeded run that has fills, and one of them by number that the bot heard of before the end.
fn planted(seed: u64, number: usize) -> Option<(Run, usize)> {
    let mut run = Run::shaken(seed, number);
    let end = run.entries.last()?.at();
    let fills: Vec<usize> = run.fills().into_iter().filter(|place| run.report(*place).reported_at <= end).collect();
    let place = *fills.get(number % fills.len().max(1))?;
    Some((run, place))
}

fn random_bars(seed: u64, count: i64) -> Vec<Bar> {
    let (mut dice, mut last) = (Dice::new(seed), 600_000);
    let bar = |number| {
        let (open, close) = (last + dice.below(5) - 2, last + dice.below(41) - 20);
        last = close;
        Bar {
            open_at: Timestamp::from_nanos(1_700_000_040_000_000_000).plus(MINUTE.times(number)),
            period: MINUTE,
            open: Price::new(open),
            high: Price::new(open.max(close) + dice.below(9)),
            low: Price::new(open.min(close) - dice.below(9)),
            close: Price::new(close),
            volume: Quantity::new(1 + dice.below(500)),
        }
    };
    (0..count).map(bar).collect()
}

fn clean(what: &str, run: &Run) -> Result<Reconciled, TestCaseError> {
    let found = run.reconciled();
    prop_assert!(found.clean, "{}\n{}", what, found);
    prop_assert_eq!(found.equity.not_compared, 0);
    for row in found.markets.iter().flat_map(|market| &market.figures) {
        prop_assert_eq!(row.ledger, row.venue, "{}: {:?}", what, row.figure);
        prop_assert_eq!(row.bot + row.on_the_way, row.ledger, "{}: {:?}", what, row.figure);
    }
    Ok(found)
}

fn first(found: &Reconciled) -> Difference {
    assert!(!found.clean, "nothing found\n{found}");
    found.differences[0].clone()
}

/// A wrong fill that was still on its way to the bot when the run ended is in no book of the bot's: the venue's marks tell.
#[test]
fn a_turned_side_that_the_bot_never_heard_of_is_found_at_the_next_mark() {
    let mut run = Run::shaken(323_092, 110);
    let end = run.entries.last().unwrap().at();
    let unheard = run.fills().into_iter().rev().find(|place| end < run.report(*place).reported_at).unwrap();
    run.report(unheard).side = run.report(unheard).side.opposite();
    let found = first(&run.reconciled());
    assert_eq!((found.left.0, found.figure), (View::Ledger, Figure::Position));
    assert!((unheard as u64) < found.entry, "{found:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn random_runs_reconcile(seed in 1_u64..1_000_000, number in 0_usize..24) {
        clean("book", &Run::shaken(seed, number))?;
    }

    #[test]
    fn random_runs_on_trades_and_bars_reconcile(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let spec = LaneSpec {
            preset: PRESETS[number % 4],
            latency: latencies()[(number / 2) % 4],
            ..LaneSpec::new(shaker(subscriptions(false)[number % 6], seed))
        };
        let trades: Vec<TestRow> = random_market(seed, 900).into_iter().filter(|line| line.flags & 3 == 1).collect();
        clean("trades", &Run::of(&mut TradesMarket::new(&trades), &AUTO, &spec))?;
        let subscriptions = Subscriptions { bars: Some(MINUTE), timer: Some(MINUTE), ..Subscriptions::default() };
        let spec = LaneSpec { kind: shaker(subscriptions, seed), ..spec };
        let bars = random_bars(seed, 400);
        clean("bars", &Run::of(&mut BarMarket::new(&bars, MINUTE), &AUTO, &spec))?;
    }

    #[test]
    fn a_fee_one_atto_off_is_found_at_its_fill(seed in 1_u64..1_000_000, number in 0_usize..200, up in any::<bool>()) {
        let Some((mut run, place)) = planted(seed, number) else { return Ok(()) };
        let fee = &mut run.fill(place).fee;
        *fee = if up { *fee + ATTO } else { *fee - ATTO };
        let found = first(&run.reconciled());
        prop_assert_eq!((found.entry, found.figure), (place as u64, Figure::Cash));
        prop_assert_eq!(found.order, Some(run.report(place).client_order_id.0));
        prop_assert_eq!((found.left.0, found.right.0), (View::Ledger, View::Venue));
        prop_assert_eq!((found.left.1 - found.right.1).abs(), ATTO);
    }

    #[test]
    fn a_turned_side_is_found_at_its_fill(seed in 1_u64..1_000_000, number in 0_usize..200) {
        let Some((mut run, place)) = planted(seed, number) else { return Ok(()) };
        run.report(place).side = run.report(place).side.opposite();
        let found = first(&run.reconciled());
        prop_assert_eq!((found.entry, found.figure, found.left.0), (place as u64, Figure::Position, View::Bot));
        let twice = instrument().base_amount(run.fill(place).quantity).unwrap().times(2).unwrap();
        prop_assert_eq!((found.left.1 - found.right.1).abs(), twice);
    }

    #[test]
    fn a_doubled_fill_is_found_at_the_second_one(seed in 1_u64..1_000_000, number in 0_usize..200) {
        let Some((mut run, place)) = planted(seed, number) else { return Ok(()) };
        run.entries.insert(place + 1, run.entries[place]);
        let found = first(&run.reconciled());
        prop_assert_eq!((found.entry, found.figure, found.left.0), (place as u64 + 1, Figure::Position, View::Bot));
        prop_assert_eq!(found.order, Some(run.report(place).client_order_id.0));
    }

    #[test]
    fn a_price_one_tick_off_is_found_at_its_fill(seed in 1_u64..1_000_000, number in 0_usize..200, up in any::<bool>()) {
        let Some((mut run, place)) = planted(seed, number) else { return Ok(()) };
        let price = &mut run.fill(place).price;
        *price = Price::new(price.ticks() + if up { 1 } else { -1 });
        let found = first(&run.reconciled());
        // A tick of a step is 0.0001, of which the venue charges 0.00000002 or more: the fee is another one.
        prop_assert_eq!((found.entry, found.order), (place as u64, Some(run.report(place).client_order_id.0)));
        prop_assert!(run.reconciled().differences.iter().any(|other| other.figure == Figure::Equity));
    }

    #[test]
    fn a_fill_left_out_is_found_before_the_next_mark_has_passed(seed in 1_u64..1_000_000, number in 0_usize..200) {
        let Some((mut run, place)) = planted(seed, number) else { return Ok(()) };
        run.entries.remove(place);
        let found = first(&run.reconciled());
        let next_mark = run.entries[place..].iter().position(|entry| matches!(entry, Entry::Mark(_))).unwrap() + place;
        prop_assert!((place as u64..=next_mark as u64).contains(&found.entry), "{}", found);
        prop_assert!(found.since.is_none_or(|since| since < place as u64), "{}", found);
        prop_assert_eq!(found.figure, Figure::Position);
    }

    #[test]
    fn marks_and_the_run_itself_are_held_to_the_atto(seed in 1_u64..1_000_000, number in 0_usize..200) {
        let mut run = Run::shaken(seed, number);
        run.equity += ATTO;
        let found = run.reconciled();
        prop_assert_eq!(found.found, 1, "{}", &found);
        prop_assert_eq!((found.differences[0].left.0, found.differences[0].right.0), (View::Ledger, View::Run));
        run.equity = run.equity - ATTO;
        let marks: Vec<usize> =
            (0..run.entries.len()).filter(|&place| matches!(run.entries[place], Entry::Mark(_))).collect();
        let place = marks[number % marks.len()];
        let Entry::Mark(mark) = &mut run.entries[place] else { unreachable!() };
        mark.equity = mark.equity - ATTO;
        let found = first(&run.reconciled());
        prop_assert_eq!((found.entry, found.figure), (place as u64, Figure::Equity));
    }
}

/// Reports that had not arrived are named, and are no difference.
#[test]
fn reports_on_their_way_are_no_difference() {
    let (mut fills, mut reports) = (0, 0);
    for seed in 1..60 {
        let spec = LaneSpec {
            latency: constant(1_000, 3 * SECOND.nanos()),
            ..LaneSpec::new(shaker(subscriptions(false)[0], seed))
        };
        let run = Run::of(&mut MemoryMarket::new(&random_market(seed, 300)), &AUTO, &spec);
        let found = run.reconciled();
        assert!(found.clean, "{found}");
        let market = &found.markets[0];
        let Some(Entry::End { at, .. }) = run.entries.last() else { panic!("no end") };
        assert!(market.on_the_way.iter().all(|fill| *at < fill.reported_at), "{found}");
        let position = &market.figures[0];
        assert_eq!(position.bot + position.on_the_way, position.ledger);
        fills += market.on_the_way.len() as u64;
        reports += market.reports_on_the_way;
    }
    assert!(fills > 5 && reports > fills, "{fills} fills and {reports} reports on their way");
}

/// Taken together the random runs trade, so that their being clean says something.
#[test]
fn random_runs_have_fills_of_both_kinds() {
    let mut counts = [0; 2];
    for seed in 1..40 {
        let mut run = Run::shaken(seed, seed as usize);
        for place in run.fills() {
            counts[run.fill(place).liquidity as usize] += 1;
        }
    }
    assert!(counts.iter().all(|count| *count > 50), "{counts:?}");
}

/// Rows of days tie to each other, to the figures of the run and to what the engine says, by every method.
#[test]
fn daily_statements_tie_to_the_figures_of_the_run() {
    let markets = [(instrument(), OPENING)];
    for seed in 1..12 {
        let spec = LaneSpec::new(shaker(Subscriptions { bars: Some(MINUTE), ..Subscriptions::default() }, seed));
        // Three days of minutes.
        let run = Run::of(&mut BarMarket::new(&random_bars(seed, 3 * 1_440), MINUTE), &AUTO, &spec);
        let mut fold =
            RunFold::new(&[instrument()], &MetricsOptions { on_bars: true, ..MetricsOptions::default() }).unwrap();
        run.entries.iter().for_each(|entry| fold.record(entry));
        let summary = fold.finish().unwrap();
        for (method, day_ends) in CostMethod::ALL.into_iter().zip(["00:00", "02:00", "23:59"]) {
            let daily = Daily { method, day_ends: day_ends.parse().unwrap() };
            let stated = statement_entries(&markets, &run.entries, daily).unwrap();
            let rows = &stated.account;
            assert!(3 <= rows.len(), "{} rows", rows.len());
            assert_eq!(&stated.markets[0].rows, rows);
            rows.iter().for_each(|row| assert_eq!(row.untied(), Ok(Money::ZERO), "{row:?}"));
            assert!(rows.windows(2).all(|pair| pair[0].closing == pair[1].opening));
            let sum = |of: fn(&DayRow) -> Money| rows.iter().map(of).sum::<Money>();
            assert_eq!(rows[rows.len() - 1].closing, run.equity);
            assert_eq!(sum(|row| row.fees), summary.profit.fees);
            let profit = sum(|row| row.realized) + sum(|row| row.unrealized_change) - summary.profit.fees;
            assert_eq!(profit, summary.profit.total);
            assert_eq!(rows.iter().map(|row| row.trades).sum::<u64>(), fills(&run.entries) as u64);
        }
        let midnight = Daily { method: CostMethod::Average, day_ends: TimeOfDay::default() };
        let stated = statement_entries(&markets, &run.entries, midnight).unwrap();
        let closes: Vec<Money> = summary.returns.days.iter().map(|day| day.close).collect();
        assert_eq!(stated.account.iter().map(|row| row.closing).collect::<Vec<_>>(), closes);
    }
}
