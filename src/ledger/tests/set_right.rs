//! Fills that are taken back or given another price, by hand and against books that never had them.

use super::{facts, fill, opened, units};
use crate::ledger::{Ledger, Method};
use crate::model::{Bust, ContractKind, Correction, Liquidity, Side};
use crate::units::{Money, Price, Quantity};
use proptest::prelude::*;

fn bust_of(quantity: i64, price: i64) -> Bust {
    let (price, quantity) = (Price::new(price), Quantity::new(quantity));
    Bust { of: 1, price, quantity, liquidity: Liquidity::Maker, fee: Money::ZERO, line: 1 }
}

fn bust(ledger: &mut Ledger, side: Side, quantity: i64, price: i64) {
    ledger.bust(side, &bust_of(quantity, price)).unwrap();
    ledger.check();
}

fn correct(ledger: &mut Ledger, side: Side, (quantity, was): (i64, i64), price: i64) {
    let correction = Correction { was: bust_of(quantity, was), price: Price::new(price), fee: Money::ZERO };
    ledger.correct(side, &correction).unwrap();
    ledger.check();
}

/// Bought 5 @ 90 and 5 @ 110.
fn held() -> Ledger {
    let mut ledger = opened(ContractKind::Linear, 1_000, 0, None);
    fill(&mut ledger, Side::Buy, 5, 90);
    fill(&mut ledger, Side::Buy, 5, 110);
    ledger
}

fn average(ledger: &Ledger) -> (i64, Money, Money) {
    let (position, realized, _, basis, _) = facts(ledger);
    (position, realized, basis)
}

#[test]
fn what_is_held_costs_what_the_fills_that_stand_have_cost_and_nothing_is_realised() {
    let mut ledger = held();
    bust(&mut ledger, Side::Buy, 5, 90);
    assert_eq!(average(&ledger), (5, Money::ZERO, units(550)));
    let mut ledger = held();
    correct(&mut ledger, Side::Buy, (5, 90), 91);
    assert_eq!(average(&ledger), (10, Money::ZERO, units(1_005)));
    assert_eq!(ledger.cash(), units(1_000 - 455 - 550));
}

#[test]
fn what_is_closed_again_is_realised() {
    let mut ledger = held();
    fill(&mut ledger, Side::Sell, 10, 100);
    correct(&mut ledger, Side::Buy, (5, 90), 91);
    assert_eq!(average(&ledger), (0, units(-5), Money::ZERO));
    // A sale is taken back at its own price: what it had realised was made.
    bust(&mut ledger, Side::Sell, 10, 100);
    assert_eq!(average(&ledger), (10, units(-5), units(1_000)));
}

#[test]
fn of_a_fill_that_is_sold_in_part_the_rest_costs_more_and_the_sold_part_is_realised() {
    let mut ledger = opened(ContractKind::Linear, 1_000, 0, None);
    fill(&mut ledger, Side::Buy, 10, 100);
    fill(&mut ledger, Side::Sell, 4, 100);
    correct(&mut ledger, Side::Buy, (10, 100), 101);
    assert_eq!(average(&ledger), (6, units(-4), units(606)));
}

#[test]
fn where_what_is_left_would_have_cost_nothing_a_bust_is_a_trade() {
    let mut ledger = opened(ContractKind::Linear, 1_000, 0, None);
    fill(&mut ledger, Side::Buy, 5, 10);
    fill(&mut ledger, Side::Buy, 5, 110);
    fill(&mut ledger, Side::Sell, 4, 60);
    bust(&mut ledger, Side::Buy, 5, 110);
    // 6 at 60 were held: five of them go at 110, one stays.
    assert_eq!(average(&ledger), (1, units(250), units(60)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// With purchases alone the books after any bust and correction are those that never had the fill, or had it at the other price.
    #[test]
    fn of_purchases_alone_the_books_are_those_that_never_knew(
        fills in proptest::collection::vec((1_i64..50, 50_i64..150), 1..12),
        which in 0_usize..12,
        price in proptest::option::of(50_i64..150),
        sells in any::<bool>(),
    ) {
        let (side, place) = (if sells { Side::Sell } else { Side::Buy }, which % fills.len());
        let mut ledger = opened(ContractKind::Linear, 100_000, 0, None);
        fills.iter().for_each(|(quantity, at)| fill(&mut ledger, side, *quantity, *at));
        let (quantity, was) = fills[place];
        let mut stand = fills.clone();
        match price {
            Some(price) => {
                correct(&mut ledger, side, (quantity, was), price);
                stand[place].1 = price;
            }
            None => {
                bust(&mut ledger, side, quantity, was);
                stand.remove(place);
            }
        }
        let mut never = opened(ContractKind::Linear, 100_000, 0, None);
        stand.iter().for_each(|(quantity, at)| fill(&mut never, side, *quantity, *at));
        prop_assert_eq!(average(&ledger), average(&never));
        prop_assert_eq!(ledger.cash(), never.cash());
    }

    /// Whatever was bought and sold: cash, position and realised - basis are those of the fills that stand, by every method.
    #[test]
    fn of_anything_cash_position_and_gain_are_those_of_the_fills_that_stand(
        fills in proptest::collection::vec((any::<bool>(), 1_i64..50, 50_i64..150), 1..16),
        changes in proptest::collection::vec((0_usize..16, proptest::option::of(50_i64..150)), 0..6),
    ) {
        let mut ledger = opened(ContractKind::Linear, 100_000, 0, None);
        let side = |sells: bool| if sells { Side::Sell } else { Side::Buy };
        fills.iter().for_each(|(sells, quantity, at)| fill(&mut ledger, side(*sells), *quantity, *at));
        let mut stand: Vec<_> = fills.iter().copied().map(Some).collect();
        for (which, price) in changes {
            let place = which % fills.len();
            let Some((sells, quantity, was)) = stand[place] else { continue };
            match price {
                Some(price) => correct(&mut ledger, side(sells), (quantity, was), price),
                None => bust(&mut ledger, side(sells), quantity, was),
            }
            stand[place] = price.map(|price| (sells, quantity, price));
        }
        let mut never = opened(ContractKind::Linear, 100_000, 0, None);
        stand.iter().flatten().for_each(|(sells, quantity, at)| fill(&mut never, side(*sells), *quantity, *at));
        prop_assert_eq!((ledger.position(), ledger.cash()), (never.position(), never.cash()));
        let gain = |ledger: &Ledger, method| ledger.realized_by(method) - ledger.basis(method);
        for method in Method::ALL {
            prop_assert_eq!(gain(&ledger, method), gain(&never, method));
        }
    }
}
