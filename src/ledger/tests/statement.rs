use super::books::{side, trade};
use super::{instrument, units};
use crate::ledger::{Cause, CostMethod, DayRow, Opening, Statement};
use crate::model::{ContractKind, Side};
use crate::units::{DAY, MINUTE, Money, Price, Quantity, Span, Timestamp};
use proptest::prelude::*;

const TWO: Span = MINUTE.times(120);

fn opened(method: CostMethod, boundary: Span, at: Timestamp) -> Statement {
    let opening = Opening { quote: units(1_000), position: Quantity::new(2), at: Some(Price::new(10)) };
    Statement::new(&instrument(ContractKind::Spot), &opening, (method, boundary), at).unwrap()
}

const fn hour(hours: i64) -> Timestamp {
    Timestamp::from_nanos(0).plus(MINUTE.times(60 * hours))
}

fn tied(rows: &[DayRow]) {
    for row in rows {
        assert_eq!(row.untied(), Ok(Money::ZERO), "{row:?}");
    }
    for pair in rows.windows(2) {
        assert_eq!((pair[0].closing, pair[0].day.number() + 1), (pair[1].opening, pair[1].day.number()));
    }
}

#[test]
fn a_row_a_day_by_hand() {
    let mut statement = opened(CostMethod::Average, TWO, hour(3));
    statement.trade(hour(4), &trade(Side::Buy, 2, 14, units(1))).unwrap();
    statement.mark(hour(5), Some(2 * 15)).unwrap();
    statement.receive(hour(6), Cause::Funding, units(-2)).unwrap();
    // The next day begins after 02:00.
    statement.receive(hour(27), Cause::Allocation, units(100)).unwrap();
    statement.trade(hour(28), &trade(Side::Sell, 1, 20, units(1))).unwrap();
    statement.receive(hour(29), Cause::Fee, units(3)).unwrap();
    statement.receive(hour(29), Cause::Adjustment, units(5)).unwrap();
    statement.mark(hour(30), None).unwrap();
    let rows = statement.finish(hour(31)).unwrap();
    tied(&rows);
    let show = |row: &DayRow| {
        let amounts = [
            row.opening,
            row.realized,
            row.unrealized_change,
            row.unrealized,
            row.fees,
            row.funding,
            row.allocations,
            row.adjustments,
            row.closing,
        ];
        let amounts = amounts.map(|amount| amount.to_string()).join(" ");
        format!("{} {amounts} {} {}", row.day, row.position.unwrap(), row.trades)
    };
    assert_eq!(
        rows.iter().map(show).collect::<Vec<_>>(),
        [
            // 2 at 10 and 2 at 14 are worth 15 each: 12 to gain. 1020 + 12 - 1 - 2.
            "1970-01-01 1020 0 12 12 1 -2 0 0 1029 4 1",
            // 1 sold at 20 that cost 12; 3 of a profit of 3 each are left. The fee of 1 and the refund of 3.
            "1970-01-02 1029 8 -3 9 -2 0 100 5 1141 3 1",
        ]
    );
    assert_eq!((rows[0].until, rows[1].until), (hour(26), hour(31)));
}

/// The instant of the boundary is the day's last, for fills and marks alike; the opening instant begins the first day.
#[test]
fn the_boundary_itself_belongs_to_the_day_that_ends() {
    let later = |at: Timestamp| at.plus(Span::from_nanos(1));
    let days = |at: Timestamp| {
        let mut statement = opened(CostMethod::Fifo, TWO, hour(2));
        statement.trade(at, &trade(Side::Buy, 1, 10, Money::ZERO)).unwrap();
        let rows = statement.finish(hour(50)).unwrap();
        tied(&rows);
        rows.iter().map(|row| row.trades).collect::<Vec<_>>()
    };
    assert_eq!((days(hour(26)), days(later(hour(26)))), (vec![1, 0], vec![0, 1]));
    let unrealized = |at: Timestamp| {
        let mut statement = opened(CostMethod::Lifo, TWO, hour(2));
        statement.mark(at, Some(40)).unwrap();
        let rows = statement.finish(hour(50)).unwrap();
        rows.iter().map(|row| row.unrealized_change).collect::<Vec<_>>()
    };
    assert_eq!(unrealized(hour(26)), [units(20), Money::ZERO]);
    assert_eq!(unrealized(later(hour(26))), [Money::ZERO, units(20)]);
    assert_eq!(opened(CostMethod::Lifo, Span::ZERO, hour(24)).finish(hour(24)).unwrap().len(), 1);
    // A mark in that instant closes the day: a fill after it is the next day's, even where the run ends with it.
    let mut statement = opened(CostMethod::Fifo, TWO, hour(2));
    statement.mark(hour(26), Some(40)).unwrap();
    assert!(statement.is_over(hour(26)).unwrap() && !statement.is_over(hour(27)).unwrap());
    statement.trade(hour(26), &trade(Side::Buy, 1, 10, Money::ZERO)).unwrap();
    assert!(!statement.is_over(hour(26)).unwrap());
    let rows = statement.finish(hour(26)).unwrap();
    tied(&rows);
    assert_eq!(rows.iter().map(|row| row.trades).collect::<Vec<_>>(), [0, 1]);
}

proptest! {
    #[test]
    fn rows_tie_and_add_up_by_every_method(
        events in prop::collection::vec((0_u8..8, 0_i64..40, side(), 1_i64..60, 0_i64..9, -500_i64..500), 0..60),
        boundary in 0_i64..24,
    ) {
        let mut closings = Vec::new();
        for method in CostMethod::ALL {
            let mut statement = opened(method, MINUTE.times(60 * boundary), hour(5));
            let (mut at, mut fees, mut trades, mut given) = (hour(5), Money::ZERO, 0, Money::ZERO);
            for &(kind, hours, side, price, quantity, amount) in &events {
                at = at.plus(MINUTE.times(60 * hours));
                let amount = Money::from_atto(i128::from(amount));
                match kind {
                    0 => statement.receive(at, Cause::Funding, amount).unwrap(),
                    1 => statement.receive(at, Cause::Adjustment, amount).unwrap(),
                    2 => {
                        given += amount;
                        statement.receive(at, Cause::Allocation, amount).unwrap();
                    }
                    3 | 4 => statement.mark(at, Some(price)).unwrap(),
                    _ => {
                        (fees, trades) = (fees + amount, trades + 1);
                        statement.trade(at, &trade(side, quantity, price, amount)).unwrap();
                    }
                }
            }
            let rows = statement.finish(at).unwrap();
            tied(&rows);
            prop_assert_eq!(rows.iter().map(|row| row.fees).sum::<Money>(), fees);
            prop_assert_eq!(rows.iter().map(|row| row.trades).sum::<u64>(), trades);
            prop_assert_eq!(rows.iter().map(|row| row.allocations).sum::<Money>(), given);
            prop_assert!(rows.len() as i64 <= at.since(hour(5)).nanos() / DAY.nanos() + 2);
            closings.push(rows.iter().map(|row| (row.closing, row.position)).collect::<Vec<_>>());
        }
        prop_assert!(closings.iter().all(|other| *other == closings[0]), "{:?}", closings);
    }
}
