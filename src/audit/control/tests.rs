use super::breakers::Breakers;
use super::trade::Trades;
use super::{Figures, Turn};
use crate::audit::setup::{Limits, LossLimits, TripLimits, Worth};
use crate::model::{
    BestPrices, ClientOrderId, ExecutionReport, Fill, Level, Liquidity, Mark, MarketId, OrderId, RejectReason,
    ReportKind, Side,
};
use crate::units::{DAY, MILLISECOND, Money, Price, Quantity, SECOND, Span, Timestamp};
use proptest::prelude::*;

const WORTH: Worth = Worth { tick_step: 1, step: 1 };

/// A second after another, from a minute before midnight.
fn second(number: i64) -> Timestamp {
    Timestamp::from_nanos(1_672_790_340_000_000_000).plus(SECOND.times(number))
}

fn report(at: Timestamp, side: Side, kind: ReportKind) -> ExecutionReport {
    let executed = if let ReportKind::Filled(fill) = &kind { fill.quantity } else { Quantity::ZERO };
    ExecutionReport {
        market: MarketId::FIRST,
        client_order_id: ClientOrderId(1),
        order_id: OrderId(1),
        side,
        kind,
        executed,
        open: Quantity::ZERO,
        sent_at: at,
        arrived_at: at,
        matched_at: at,
        reported_at: at,
    }
}

/// Bought (or sold) so many steps at so many ticks, for a fee in atto.
fn filled(at: Timestamp, steps: i64, ticks: i64, fee: i128) -> ExecutionReport {
    let side = if steps > 0 { Side::Buy } else { Side::Sell };
    let fill = Fill {
        price: Price::new(ticks),
        quantity: Quantity::new(steps.abs()),
        liquidity: Liquidity::Taker,
        fee: Money::from_atto(fee),
        best: BestPrices::default(),
    };
    report(at, side, ReportKind::Filled(fill))
}

fn mark(at: Timestamp, equity: i128) -> Mark {
    let (best, position) = (BestPrices::default(), Quantity::ZERO);
    Mark {
        market: MarketId::FIRST,
        at,
        best,
        position,
        equity: Money::from_atto(equity),
        open_orders: 0,
        feed_latency_ns: 0,
    }
}

/// A mark at a mid of so many half ticks.
fn priced(at: Timestamp, mid_x2: i64) -> Mark {
    let level = |ticks| Some(Level { price: Price::new(ticks), quantity: Quantity::new(1) });
    let bid = (mid_x2 - 1) / 2;
    Mark { best: BestPrices { bid: level(bid), ask: level(mid_x2 - bid) }, ..mark(at, 0) }
}

const STAYS: TripLimits = TripLimits { pause: None, engages_kill_switch: false };

fn pauses(seconds: i64) -> TripLimits {
    TripLimits { pause: Some(SECOND.times(seconds)), ..STAYS }
}

fn trips(value: i128, limit: i128) -> Option<Turn> {
    Some(Turn::Trips(Figures { value, limit }))
}

fn opened(equity: i128) -> Breakers {
    let mut breakers = Breakers::default();
    breakers.open(&mark(second(0), equity), 0, &WORTH);
    breakers
}

/// What follows each of the reports.
fn told(breakers: &mut Breakers, limits: &Limits, reports: &[ExecutionReport]) -> Vec<Option<Turn>> {
    let each = reports.iter().map(|report| {
        let traded = breakers.book(report, &WORTH);
        breakers.on_report(limits, report, traded)
    });
    each.collect()
}

fn marked(breakers: &mut Breakers, limits: &Limits, marks: &[Mark]) -> Vec<Option<Turn>> {
    marks.iter().map(|mark| breakers.on_mark(limits, mark)).collect()
}

#[test]
fn what_breaks_even_neither_counts_nor_starts_the_count_again() {
    let limits = Limits::ConsecutiveLosses(3, STAYS);
    let trip = |number: i64, sold: i64, fee: i128| {
        [filled(second(2 * number), 1, 100, fee), filled(second(2 * number + 1), -1, sold, fee)]
    };
    // Lost, lost by fees alone, even to the atto, lost over midnight.
    let four = [trip(1, 99, 0), trip(2, 100, 1), trip(3, 102, 1), trip(40, 99, 0)].concat();
    let turns = told(&mut opened(1_000), &limits, &four);
    assert_eq!(turns[..7], [None; 7]);
    assert_eq!(turns[7], trips(3, 3));
    // One that wins by an atto starts the count again.
    let won = [trip(1, 99, 0), trip(2, 99, 0), trip(3, 101, 0), trip(4, 99, 0), trip(5, 99, 0)].concat();
    assert_eq!(told(&mut opened(1_000), &limits, &won), [None; 10]);
}

#[test]
fn a_fill_that_crosses_zero_belongs_to_what_it_ends() {
    let limits = Limits::ConsecutiveLosses(2, STAYS);
    // Bought at 100, sold twice as many at 100 for a fee: lost. The short position is bought back a tick lower for no fee: won.
    let reports = [filled(second(1), 1, 100, 0), filled(second(2), -2, 100, 1), filled(second(3), 1, 99, 0)];
    let mut breakers = opened(1_000);
    assert_eq!(told(&mut breakers, &limits, &reports), [None; 3]);
    let again = [filled(second(4), 1, 100, 0), filled(second(5), -2, 99, 0), filled(second(6), 1, 100, 0)];
    assert_eq!(told(&mut breakers, &limits, &again), [None, None, trips(2, 2)]);
}

#[test]
fn a_pause_ends_exactly_when_it_is_over_and_what_came_meanwhile_counts_nothing() {
    let limits = Limits::ConsecutiveLosses(1, pauses(10));
    let mut breakers = opened(1_000);
    let lost = |from: i64| [filled(second(from), 1, 100, 0), filled(second(from + 1), -1, 99, 0)];
    assert_eq!(told(&mut breakers, &limits, &lost(1)), [None, trips(1, 1)]);
    assert_eq!(told(&mut breakers, &limits, &lost(3)), [None; 2]);
    let just_before = Timestamp::from_nanos(second(12).nanos() - 1);
    let marks = [mark(just_before, 1_000), mark(second(12), 1_000), mark(second(13), 1_000)];
    assert_eq!(marked(&mut breakers, &limits, &marks), [None, Some(Turn::Opens), None]);
    assert_eq!(breakers.reenable(&limits), None);
    assert_eq!(told(&mut breakers, &limits, &lost(14)), [None, trips(1, 1)]);
    assert_eq!(breakers.reenable(&limits), Some(Turn::Opens));
}

#[test]
fn small_closes_of_one_round_trip_are_one_loss_of_what_there_was_before_it() {
    let absolute = Some(Money::from_atto(10));
    let limits = Limits::SingleTradeLoss { percent_ppb: Some(100_000_000), absolute, trip: STAYS };
    let mut breakers = opened(1_000);
    let reports = [
        filled(second(1), 4, 100, 1),
        filled(second(2), -1, 97, 1),
        filled(second(3), -1, 97, 1),
        filled(second(4), -1, 99, 0),
        filled(second(5), -1, 99, 0),
    ];
    // 1, 5, 9, 10, which is the limit, and 11.
    assert_eq!(told(&mut breakers, &limits, &reports), [None, None, None, None, trips(11, 10)]);
    // A tenth of the last mark's 50 is less; the mark within the round trip is not asked.
    let mut poor = opened(1_000);
    marked(&mut poor, &limits, &[mark(second(1), 50)]);
    assert_eq!(told(&mut poor, &limits, &[filled(second(2), 1, 100, 0)]), [None]);
    marked(&mut poor, &limits, &[mark(second(3), 1_000)]);
    assert_eq!(told(&mut poor, &limits, &[filled(second(4), -1, 94, 0)]), [trips(6, 5)]);
}

#[test]
fn what_is_exactly_a_window_old_has_left_it() {
    let window = SECOND.times(10);
    let reject = |at: Timestamp, reason| report(at, Side::Buy, ReportKind::Rejected(reason));
    let errors = Limits::ErrorRate { errors: 2, window, trip: STAYS };
    let later = |nanos: i64| second(11).plus(Span::from_nanos(nanos));
    for (nanos, expected) in [(-1, trips(2, 2)), (0, None)] {
        let rejects = [RejectReason::ReduceOnly; 2];
        let reports = [reject(second(1), rejects[0]), reject(later(nanos), rejects[1])];
        assert_eq!(told(&mut opened(1_000), &errors, &reports)[1], expected);
        let executions = Limits::RepeatedExecutions { executions: 2, window, trip: STAYS };
        let fills = [filled(second(1), 1, 100, 0), filled(second(5), -1, 100, 0), filled(later(nanos), 1, 100, 0)];
        assert_eq!(told(&mut opened(1_000), &executions, &fills)[2], expected);
    }
    let answers = [RejectReason::PostOnlyWouldTake, RejectReason::UnknownOrder];
    let reports = answers.map(|reason| reject(second(1), reason));
    assert_eq!(told(&mut opened(1_000), &errors, &reports), [None; 2]);
    // The second part of an order is no second execution.
    let executions = Limits::RepeatedExecutions { executions: 2, window, trip: STAYS };
    let part = ExecutionReport { executed: Quantity::new(2), ..filled(second(2), 1, 100, 0) };
    assert_eq!(told(&mut opened(1_000), &executions, &[filled(second(1), 1, 100, 0), part]), [None; 2]);
}

fn loses(percent_ppb: Option<i64>, absolute: Option<i128>, confirm_marks: u32) -> LossLimits {
    LossLimits { percent_ppb, absolute: absolute.map(Money::from_atto), confirm_marks, engages_kill_switch: false }
}

#[test]
fn a_peak_is_of_the_whole_run_and_of_as_many_marks_as_confirm_it() {
    let limits = Limits::Drawdown(loses(Some(100_000_000), None, 2));
    let run = |equities: &[i128]| {
        let mut breakers = opened(1_000);
        let marks: Vec<Mark> = (1..).zip(equities).map(|(number, equity)| mark(second(20 * number), *equity)).collect();
        marked(&mut breakers, &limits, &marks)
    };
    // 2,000 once is no peak; 1,200 twice is; midnight, after the third mark, changes nothing.
    assert_eq!(run(&[2_000, 1_200, 1_200, 1_080, 1_080]), [None; 5]);
    assert_eq!(run(&[2_000, 1_200, 1_200, 1_079, 1_079])[4], trips(121, 120));
    assert_eq!(run(&[1_200, 1_200, 1_079, 1_080, 1_079]), [None; 5]);
    // Marks of one instant are one.
    let mut breakers = opened(1_000);
    let twice = [mark(second(1), 0), mark(second(1), 0), mark(second(2), 0)];
    assert_eq!(marked(&mut breakers, &limits, &twice), [None, None, trips(1_000, 100)]);
    // It stays until it is re-enabled, and the next mark is where it begins.
    assert_eq!(marked(&mut breakers, &limits, &[mark(second(3).plus(DAY), 5_000)]), [None]);
    assert_eq!(breakers.reenable(&limits), Some(Turn::Opens));
    assert_eq!(breakers.reenable(&limits), None);
    let after = [mark(second(4).plus(DAY), 500), mark(second(5).plus(DAY), 450), mark(second(6).plus(DAY), 449)];
    assert_eq!(marked(&mut breakers, &limits, &after), [None; 3]);
    assert_eq!(marked(&mut breakers, &limits, &[mark(second(7).plus(DAY), 449)]), [trips(51, 50)]);
}

#[test]
fn a_total_loss_is_of_what_the_run_opened_with() {
    let limits = Limits::TotalLoss(loses(None, Some(100), 1));
    let mut breakers = opened(1_000);
    let marks = [mark(second(1), 2_000), mark(second(70), 900), mark(second(71), 899), mark(second(72), 2_000)];
    assert_eq!(marked(&mut breakers, &limits, &marks), [None, None, trips(101, 100), None]);
    assert_eq!(breakers.reenable(&limits), Some(Turn::Opens));
    assert_eq!(marked(&mut breakers, &limits, &[mark(second(80), 500), mark(second(81), 400)]), [None; 2]);
    assert_eq!(marked(&mut breakers, &limits, &[mark(second(82), 399)]), [trips(101, 100)]);
    assert_eq!(breakers.reenable(&Limits::DailyLoss(loses(None, Some(100), 1))), None, "a day ends that one");
}

#[test]
fn a_price_is_the_median_of_its_marks_and_moves_within_a_window() {
    let limits =
        Limits::ExtremeMove { percent_ppb: 100_000_000, window: SECOND.times(5), confirm_marks: 2, trip: pauses(2) };
    let run = |mids: &[i64]| {
        let mut breakers = opened(1_000);
        let marks: Vec<Mark> = (1..).zip(mids).map(|(number, mid_x2)| priced(second(number), *mid_x2)).collect();
        marked(&mut breakers, &limits, &marks)
    };
    assert_eq!(run(&[1_000, 1_000, 1_000, 9_000, 1_000, 1_000]), [None; 6], "one wild print");
    assert_eq!(run(&[1_000, 1_000, 1_000, 1_100, 1_100]), [None; 5], "exactly the limit");
    let over = run(&[1_000, 1_000, 1_000, 1_101, 1_101, 1_101, 1_101, 1_101]);
    assert_eq!(over, [None, None, None, None, trips(101_000_000, 100_000_000), None, Some(Turn::Opens), None]);
    assert_eq!(run(&[1_000, 1_000, 1_000, 899, 899])[4], trips(101_000_000, 100_000_000));
    // Half of it now and half when the first price has left the window.
    let slow = [[1_000; 3].as_slice(), &[1_060; 6], &[1_110; 3]].concat();
    assert_eq!(run(&slow), vec![None; 12]);
    // A mark less than a second after the last counts for nothing.
    let mut breakers = opened(1_000);
    let soon = (1..5).map(|number| priced(second(1).plus(MILLISECOND.times(number)), 9_000));
    let marks: Vec<Mark> = (-2..1).map(|number| priced(second(number), 1_000)).chain(soon).collect();
    assert_eq!(marked(&mut breakers, &limits, &marks), [None; 7]);
}

proptest! {
    /// Over a whole round trip it is what came in less what went out, however it was cut.
    #[test]
    fn a_round_trip_makes_what_its_cash_says(
        fills in proptest::collection::vec((-9_i64..10, 1_i64..2_000, -3_i128..9), 1..40),
    ) {
        let (mut trades, mut held, mut cash, mut made) = (Trades::default(), 0_i64, 0_i128, 0_i128);
        for (number, (steps, ticks, fee)) in (1..).zip(fills) {
            let steps = if steps == 0 { 1 } else { steps };
            // A fill that would cross zero ends there.
            let steps = if held != 0 && (held + steps).signum() == -held.signum() { -held } else { steps };
            let traded = trades.book(&filled(second(number), steps, ticks, fee), &WORTH).unwrap();
            prop_assert_eq!(traded.begins, held == 0);
            held += steps;
            cash -= i128::from(steps * ticks) + fee;
            made += traded.result;
            prop_assert_eq!(traded.ends, held == 0);
            if held == 0 {
                prop_assert_eq!(made, cash);
            }
        }
    }
}
