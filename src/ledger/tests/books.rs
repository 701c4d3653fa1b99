use super::{instrument, opened, units};
use crate::ledger::{Account, Books, Cause, CostMethod, Entry, Method, Opening, Trade};
use crate::model::{ContractKind, Side};
use crate::units::{Fixed, Money, Overflow, Price, Quantity};
use proptest::prelude::*;

pub(super) fn trade(side: Side, quantity: i64, price: i64, fee: Money) -> Trade {
    Trade { side, price: Price::new(price), quantity: Quantity::new(quantity), fee }
}

pub(super) fn books() -> Books {
    Books::new(&instrument(ContractKind::Linear), &Opening { quote: units(1_000), ..Opening::default() }).unwrap()
}

pub(super) fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

fn sums(entry: &Entry) -> [i128; 2] {
    super::sums(entry)
}

#[test]
fn the_newest_are_closed_first() {
    let mut books = books();
    for (side, quantity, price) in [(Side::Buy, 2, 50), (Side::Buy, 2, 80), (Side::Sell, 3, 70)] {
        books.trade(&trade(side, quantity, price, Money::ZERO)).unwrap();
        books.check();
    }
    // 2 of 80 and 1 of 50 were closed at 70.
    let by = |method| (books.realized(method), books.basis(method));
    assert_eq!(by(CostMethod::Lifo), (units(0), units(50)));
    assert_eq!(by(CostMethod::Fifo), (units(30), units(80)));
    assert_eq!(by(CostMethod::Average), (units(15), units(65)));
}

#[test]
fn cash_without_a_fill_has_its_own_account() {
    let mut books = books();
    let moves = [
        (Cause::Funding, units(-3), Account::Funding),
        (Cause::Allocation, units(50), Account::Allocations),
        (Cause::Fee, units(-2), Account::Fees),
        (Cause::Adjustment, units(1), Account::Adjustments),
    ];
    for (cause, amount, account) in moves {
        let entry = books.receive(cause, amount).unwrap();
        let moved: Vec<_> = entry.postings().iter().map(|posting| (posting.account, posting.amount)).collect();
        assert_eq!(moved, [(Account::Cash, amount), (account, -amount)]);
        assert_eq!(books.balance(account), Ok(-amount));
        books.check();
    }
    assert_eq!(books.balance(Account::Cash), Ok(units(1_046)));
    assert_eq!((books.equity(0), books.fees()), (Ok(units(1_046)), Ok(units(2))));
}

#[test]
fn an_amount_beyond_its_range_changes_nothing() {
    let mut books = books();
    books.trade(&trade(Side::Buy, 3, 10, Money::ZERO)).unwrap();
    let before = books.clone();
    assert!(books.receive(Cause::Funding, Money::from_atto(i128::MIN)).is_err());
    books.receive(Cause::Allocation, Money::from_atto(i128::MAX)).unwrap();
    assert!(books.receive(Cause::Allocation, Money::from_atto(1)).is_err());
    assert!(books.equity(0).is_err());
    let mut books = before.clone();
    for bad in [trade(Side::Buy, i64::MAX, 1, Money::ZERO), trade(Side::Sell, i64::MAX, i64::MAX, Money::ZERO)] {
        assert!(books.trade(&bad).is_err(), "{bad:?}");
        assert_eq!(books, before);
    }
}

/// A twin that keeps every step apart: realised profit and basis in ticks x steps.
fn naive_lifo(fills: &[(Side, i64, i64)]) -> (i128, i128) {
    let (mut steps, mut realized) = (Vec::<(Side, i64)>::new(), 0);
    for &(side, price, quantity) in fills {
        for _ in 0..quantity {
            match steps.last() {
                Some(&(other, opened)) if other != side => {
                    realized += i128::from(other.sign() * (price - opened));
                    steps.pop();
                }
                _ => steps.push((side, price)),
            }
        }
    }
    (realized, steps.iter().map(|&(side, price)| i128::from(side.sign() * price)).sum())
}

/// A twin by the plain rule, with exact fractions: (numerator, denominator) of the average.
fn naive_average(fills: &[(Side, i64, i64)]) -> i128 {
    let (mut position, mut cost) = (0_i128, 0_i128);
    for &(side, price, quantity) in fills {
        for _ in 0..quantity {
            let sign = i128::from(side.sign());
            match position * sign < 0 {
                // The part that one step of the position cost, toward zero in atto.
                true => cost -= cost / position.abs(),
                false => cost += sign * i128::from(price) * Money::ONE.atto(),
            }
            position += sign;
        }
    }
    cost
}

proptest! {
    #[test]
    fn lifo_equals_a_twin_that_keeps_every_step(
        fills in prop::collection::vec((side(), -20_i64..50, 0_i64..9), 0..60)
    ) {
        let mut books = books();
        for &(side, price, quantity) in &fills {
            books.trade(&trade(side, quantity, price, Money::ZERO)).unwrap();
        }
        let (realized, basis) = naive_lifo(&fills);
        prop_assert_eq!(books.realized(CostMethod::Lifo).atto(), realized * Money::ONE.atto());
        prop_assert_eq!(books.basis(CostMethod::Lifo).atto(), basis * Money::ONE.atto());
    }

    /// Step by step the average is rounded more often than fill by fill: at most an atto a step.
    #[test]
    fn average_cost_equals_a_twin_to_the_rounding_of_its_steps(
        fills in prop::collection::vec((side(), 1_i64..50, 0_i64..9), 0..60)
    ) {
        let mut books = books();
        for &(side, price, quantity) in &fills {
            books.trade(&trade(side, quantity, price, Money::ZERO)).unwrap();
        }
        let steps: i64 = fills.iter().map(|(_, _, quantity)| quantity).sum();
        let apart = books.basis(CostMethod::Average).atto() - naive_average(&fills);
        prop_assert!(apart.abs() <= i128::from(steps), "{} apart in {} steps", apart, steps);
    }

    #[test]
    fn all_methods_agree_after_every_event(
        events in prop::collection::vec((0_u8..8, side(), 1_i64..60, 0_i64..9, -500_i64..500), 0..80),
        fine in any::<bool>(),
    ) {
        let mut precise = instrument(ContractKind::Linear);
        if fine {
            precise.tick_size = Fixed::new(1, 18);
        }
        let mut books = Books::new(&precise, &Opening { position: Quantity::new(3), at: Some(Price::new(7)), ..Opening::default() }).unwrap();
        for (kind, side, price, quantity, amount) in events {
            let amount = Money::from_atto(i128::from(amount));
            let entry = match kind {
                0 => books.receive(Cause::Funding, amount),
                1 => books.receive(Cause::Allocation, amount),
                2 => books.receive(Cause::Fee, amount),
                _ => books.trade(&trade(side, quantity, price, amount)),
            };
            prop_assert_eq!(sums(&entry.unwrap()), [0, 0]);
            books.check();
            if books.position().is_zero() {
                prop_assert_eq!(CostMethod::ALL.map(|method| books.basis(method)), [Money::ZERO; 3]);
            }
            let whole: Result<Money, Overflow> = CostMethod::ALL.iter().try_fold(Money::ZERO, |_, &method| {
                books.balance(Account::Cash)?.checked_add(books.basis(method))?.checked_add(books.unrealized(method, 21)?)
            });
            prop_assert_eq!(books.equity(21), whole);
        }
    }

    /// What a running ledger keeps is what the books have.
    #[test]
    fn books_say_what_a_running_ledger_says(
        fills in prop::collection::vec((side(), 1_i64..60, 0_i64..9, -5_i64..20), 0..40)
    ) {
        let (mut books, mut ledger) = (books(), opened(ContractKind::Linear, 1_000, 0, None));
        for (side, price, quantity, fee) in fills {
            let entry = books.trade(&trade(side, quantity, price, units(fee))).unwrap();
            let posted = ledger.post(side, Price::new(price), Quantity::new(quantity), units(fee)).unwrap();
            prop_assert_eq!(entry, posted);
        }
        for (method, kept) in [(CostMethod::Average, Method::Average), (CostMethod::Fifo, Method::Fifo)] {
            prop_assert_eq!((books.realized(method), books.basis(method)), (ledger.realized_by(kept), ledger.basis(kept)));
        }
        prop_assert_eq!((books.equity(41), books.fees()), (ledger.equity(41), Ok(ledger.fees())));
    }
}
