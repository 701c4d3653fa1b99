use super::{Account, Asset, Entry, Ledger, Method, Opening};
use crate::model::{Charge, ContractKind, FeeSchedule, Filters, Instrument, Side};
use crate::units::{Fixed, Money, Price, Quantity, Rate, Rounding};
use proptest::prelude::*;

mod books;
mod daybook;
mod set_right;
mod statement;

fn instrument(kind: ContractKind) -> Instrument {
    Instrument {
        symbol: "TEST".into(),
        venue: "test".into(),
        kind,
        base: "BASE".into(),
        quote: "QUOTE".into(),
        tick_size: Fixed::new(1, 0),
        step_size: Fixed::new(1, 0),
        multiplier: Fixed::new(1, 0),
        fees: FeeSchedule { maker: Rate::ZERO, taker: Rate::ZERO, rounding: Rounding::TowardVenue, decimals: 8 },
        filters: Filters::lot_only(Quantity::new(1)),
        inferred: Vec::new(),
    }
}

fn units(units: i64) -> Money {
    Money::from_units(units)
}

fn opened(kind: ContractKind, quote: i64, position: i64, at: Option<i64>) -> Ledger {
    let opening = Opening { quote: units(quote), position: Quantity::new(position), at: at.map(Price::new) };
    Ledger::new(&instrument(kind), &opening).unwrap()
}

fn fill(ledger: &mut Ledger, side: Side, quantity: i64, price: i64) {
    ledger.fill(side, Price::new(price), Quantity::new(quantity), Money::ZERO).unwrap();
    ledger.check();
}

/// position, realised by average, by fifo, basis by average, by fifo
fn facts(ledger: &Ledger) -> (i64, Money, Money, Money, Money) {
    (
        ledger.position().steps(),
        ledger.realized_by(Method::Average),
        ledger.realized_by(Method::Fifo),
        ledger.basis(Method::Average),
        ledger.basis(Method::Fifo),
    )
}

#[test]
fn methods_differ_as_in_the_accounting_example() {
    let mut ledger = opened(ContractKind::Linear, 1_000, 0, None);
    fill(&mut ledger, Side::Buy, 2, 50);
    fill(&mut ledger, Side::Buy, 2, 80);
    fill(&mut ledger, Side::Sell, 2, 70);
    assert_eq!(facts(&ledger), (2, units(10), units(40), units(130), units(160)));
    assert_eq!(ledger.average_cost(), units(65));
    assert_eq!(ledger.cash(), units(1_000 - 100 - 160 + 140));
    assert_eq!(ledger.wallet(), Ok(units(1_010)));
    assert_eq!(ledger.traded_notional(), units(400));
}

#[test]
fn a_short_sale_mirrors_it() {
    let mut ledger = opened(ContractKind::Linear, 1_000, 0, None);
    fill(&mut ledger, Side::Sell, 2, 80);
    fill(&mut ledger, Side::Sell, 2, 50);
    fill(&mut ledger, Side::Buy, 2, 70);
    assert_eq!(facts(&ledger), (-2, units(-10), units(20), units(-130), units(-100)));
    assert_eq!(ledger.average_cost(), units(65));
}

#[test]
fn a_flip_closes_everything_and_opens_the_rest_at_the_fill_price() {
    let mut ledger = opened(ContractKind::Linear, 0, 0, None);
    fill(&mut ledger, Side::Buy, 3, 10);
    fill(&mut ledger, Side::Sell, 5, 12);
    assert_eq!(facts(&ledger), (-2, units(6), units(6), units(-24), units(-24)));
    fill(&mut ledger, Side::Buy, 2, 11);
    assert_eq!(facts(&ledger), (0, units(8), units(8), Money::ZERO, Money::ZERO));
    assert_eq!((ledger.average_cost(), ledger.lot_count()), (Money::ZERO, 0));
}

#[test]
fn a_partial_close_rounds_toward_zero_and_loses_nothing() {
    let mut fine = instrument(ContractKind::Linear);
    fine.tick_size = Fixed::new(1, 18);
    for (side, sign) in [(Side::Buy, 1), (Side::Sell, -1)] {
        let mut ledger = Ledger::new(&fine, &Opening::default()).unwrap();
        fill(&mut ledger, side, 2, 1);
        fill(&mut ledger, side, 1, 2);
        fill(&mut ledger, side.opposite(), 1, 1);
        // A third of 4 atto is 1; 3 stay.
        assert_eq!(ledger.basis(Method::Average).atto(), 3 * sign);
        fill(&mut ledger, side.opposite(), 2, 1);
        assert_eq!(ledger.realized().atto(), -sign);
        assert_eq!(ledger.realized_by(Method::Fifo).atto(), -sign);
    }
}

#[test]
fn spot_opening_was_paid_for_before_and_linear_out_of_the_wallet() {
    let spot = opened(ContractKind::Spot, 100, 2, Some(30));
    assert_eq!((spot.cash(), spot.basis(Method::Average)), (units(100), units(60)));
    assert_eq!(spot.equity(80), Ok(units(180)));
    let linear = opened(ContractKind::Linear, 100, -2, Some(30));
    assert_eq!((linear.cash(), linear.wallet()), (units(160), Ok(units(100))));
    assert_eq!(linear.equity(60), Ok(units(100)));
    assert_eq!(linear.unrealized(Method::Average, 40), Ok(units(20)));
    let free = opened(ContractKind::Spot, 0, 2, None);
    assert_eq!((free.basis(Method::Fifo), free.average_cost()), (Money::ZERO, Money::ZERO));
    [spot, linear, free].iter().for_each(Ledger::check);
}

#[test]
fn a_spot_round_trip_moves_both_assets_and_fees_stay_in_quote() {
    let mut ledger = opened(ContractKind::Spot, 1_000, 0, None);
    let entry = ledger.post(Side::Buy, Price::new(100), Quantity::new(2), units(1)).unwrap();
    let moved: Vec<_> = entry.postings().iter().map(|posting| (posting.account, posting.amount)).collect();
    assert_eq!(
        moved,
        [
            (Account::Cash, units(-201)),
            (Account::PositionCost, units(200)),
            (Account::Realized, Money::ZERO),
            (Account::Fees, units(1)),
            (Account::Inventory, units(2)),
            (Account::Counterparty, units(-2)),
        ]
    );
    ledger.post(Side::Sell, Price::new(110), Quantity::new(2), -units(1)).unwrap();
    assert_eq!((ledger.cash(), ledger.fees(), ledger.realized()), (units(1_020), Money::ZERO, units(20)));
    let statement: Vec<_> = ledger.statement().map(|(_, balance)| balance).collect();
    assert_eq!(statement, [1_020, 0, -20, 0, -1_000, 0, 0, 0, 0, 0].map(units));
}

#[test]
fn what_came_by_hand_is_posted_twice_and_saved() {
    let mut ledger = opened(ContractKind::Linear, 1_000, 0, None);
    let digest = |ledger: &Ledger| {
        let mut hasher = blake3::Hasher::new();
        ledger.digest(&mut hasher);
        hasher.finalize()
    };
    let plain = digest(&ledger);
    assert!(!serde_json::to_string(&ledger.save()).unwrap().contains("by_hand"), "nothing came by hand");
    ledger.charge(Charge::Adjustment, units(7)).unwrap();
    ledger.check();
    assert_eq!((ledger.cash(), ledger.fees(), ledger.realized()), (units(1_007), Money::ZERO, Money::ZERO));
    assert_eq!(ledger.statement().last(), Some((Account::Adjustments, units(-7))));
    let saved = serde_json::to_string(&ledger.save()).unwrap();
    let mut restored = opened(ContractKind::Linear, 5, 0, None);
    restored.restore(&serde_json::from_str(&saved).unwrap()).unwrap();
    assert_eq!((restored == ledger, digest(&restored) == digest(&ledger)), (true, true));
    assert!(
        restored
            .restore(&serde_json::from_str(&saved.replace("\"adjustments\":\"-7", "\"adjustments\":\"-8")).unwrap())
            .is_err()
    );
    ledger.charge(Charge::Adjustment, units(-7)).unwrap();
    assert_eq!(digest(&ledger), plain);
    // A balance that leaves its range changes nothing.
    let before = ledger.clone();
    assert!(ledger.charge(Charge::Adjustment, Money::from_atto(i128::MAX)).is_err());
    assert_eq!(ledger, before);
}

#[test]
fn equity_is_exact_on_half_ticks_and_rounds_a_half_atto_down() {
    let ledger = opened(ContractKind::Linear, 10, 3, Some(0));
    assert_eq!(ledger.equity(5), Ok(Money::parse("17.5").unwrap()));
    let mut fine = instrument(ContractKind::Linear);
    fine.tick_size = Fixed::new(1, 18);
    for (position, atto) in [(1, 0), (-1, -1)] {
        let opening = Opening { quote: Money::ZERO, position: Quantity::new(position), at: None };
        let ledger = Ledger::new(&fine, &opening).unwrap();
        assert_eq!(ledger.equity(1).unwrap().atto(), atto);
    }
}

#[test]
fn average_cost_goes_to_the_nearest_atto() {
    let mut fine = instrument(ContractKind::Linear);
    fine.tick_size = Fixed::new(1, 18);
    for (side, prices, expected) in
        [(Side::Buy, [1, 2], 2), (Side::Sell, [1, 2], 2), (Side::Buy, [1, 1], 1), (Side::Sell, [-1, -2], -2)]
    {
        let mut ledger = Ledger::new(&fine, &Opening::default()).unwrap();
        prices.iter().for_each(|&price| fill(&mut ledger, side, 1, price));
        assert_eq!(ledger.average_cost().atto(), expected, "{side:?} {prices:?}");
    }
}

#[test]
fn neighbours_at_one_price_are_one_lot() {
    let mut ledger = opened(ContractKind::Linear, 0, 0, None);
    (0..1_000).for_each(|_| fill(&mut ledger, Side::Buy, 1, 50));
    assert_eq!(ledger.lot_count(), 1);
    fill(&mut ledger, Side::Buy, 1, 51);
    fill(&mut ledger, Side::Buy, 1, 50);
    assert_eq!(ledger.lot_count(), 3);
}

#[test]
fn an_overflow_is_an_error_and_changes_nothing() {
    let mut ledger = opened(ContractKind::Linear, 0, 5, Some(7));
    let before = ledger.clone();
    for (side, price, quantity, fee) in [
        (Side::Buy, 1, i64::MAX, Money::ZERO),
        (Side::Sell, i64::MAX, i64::MAX, Money::ZERO),
        (Side::Buy, i64::MAX, 1_000_000, Money::ZERO),
        (Side::Sell, -i64::MAX, 1_000_000, Money::ZERO),
        (Side::Buy, 1, 1, Money::from_atto(i128::MAX)),
        (Side::Sell, 1, 1, Money::from_atto(i128::MIN)),
    ] {
        let refused = ledger.fill(side, Price::new(price), Quantity::new(quantity), fee);
        assert!(refused.is_err(), "{side:?} {quantity} @ {price}, fee {fee}");
        assert_eq!(ledger, before);
    }
    assert!(ledger.equity(i64::MAX).is_ok());
    let huge = Opening { quote: Money::from_atto(i128::MAX), position: Quantity::new(1), at: Some(Price::new(1)) };
    assert!(Ledger::new(&instrument(ContractKind::Spot), &huge).is_err());
}

#[test]
fn saved_books_come_back_and_false_ones_do_not() {
    let mut ledger = opened(ContractKind::Linear, 1_000, 3, Some(20));
    fill(&mut ledger, Side::Buy, 4, 25);
    fill(&mut ledger, Side::Sell, 5, 27);
    let text = serde_json::to_string(&ledger.save()).unwrap();
    let mut restored = opened(ContractKind::Linear, 0, 0, None);
    restored.restore(&serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(restored, ledger);
    let digest = |ledger: &Ledger| {
        let mut hasher = blake3::Hasher::new();
        ledger.digest(&mut hasher);
        hasher.finalize()
    };
    assert_eq!(digest(&restored), digest(&ledger));
    fill(&mut restored, Side::Sell, 1, 27);
    assert_ne!(digest(&restored), digest(&ledger));
    for (from, to) in [
        ("\"position\":2", "\"position\":3"),
        ("[[25,2]]", "[[25,3],[25,-1]]"),
        ("[[25,2]]", "[[24,2]]"),
        ("\"realized_fifo\":\"", "\"realized_fifo\":\"1"),
    ] {
        let edited = text.replace(from, to);
        assert_ne!(edited, text, "`{from}` is not in {text}");
        let before = restored.clone();
        assert!(restored.restore(&serde_json::from_str(&edited).unwrap()).is_err(), "{edited}");
        assert_eq!(restored, before);
    }
}

fn sums(entry: &Entry) -> [i128; 2] {
    [Asset::Quote, Asset::Base].map(|asset| {
        entry.postings().iter().filter(|posting| posting.asset() == asset).map(|posting| posting.amount.atto()).sum()
    })
}

/// Small portable generator: the room may not use the crate's streams, and a test needs no better one.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % sides) as i64
    }
}

#[test]
fn a_hundred_thousand_random_fills_conserve_everything() {
    let mut precise = instrument(ContractKind::Linear);
    (precise.tick_size, precise.step_size) = (Fixed::new(1, 2), Fixed::new(1, 5));
    let mut ledger = Ledger::new(&precise, &Opening { quote: units(1_000_000), ..Opening::default() }).unwrap();
    let mut dice = Dice(7);
    let (mut cash, mut fees) = (units(1_000_000), Money::ZERO);
    for round in 0..100_000 {
        let side = Side::BOTH[dice.roll(2) as usize];
        let (price, quantity) = (Price::new(5_000_000 + dice.roll(2_000)), Quantity::new(1 + dice.roll(1_000)));
        let fee = Money::from_atto(i128::from(dice.roll(1_000_000)) - 300_000);
        let entry = ledger.post(side, price, quantity, fee).unwrap();
        assert_eq!(sums(&entry), [0, 0], "fill {round}");
        cash = cash - precise.notional(price, Quantity::new(side.sign() * quantity.steps())).unwrap() - fee;
        fees += fee;
        if round % 64 == 0 {
            ledger.check();
        }
    }
    ledger.check();
    assert_eq!((ledger.cash(), ledger.fees()), (cash, fees));
    let mid_x2 = 10_001_999;
    let value = precise.notional(Price::new(mid_x2), ledger.position()).unwrap().atto();
    assert_eq!(ledger.equity(mid_x2), Ok(cash + Money::from_atto(value.div_euclid(2))));
}

/// A twin that keeps every step apart: (price) per step, signed.
fn naive_fifo(fills: &[(Side, i64, i64)]) -> (i128, i128) {
    let (mut steps, mut realized) = (std::collections::VecDeque::<(Side, i64)>::new(), 0);
    for &(side, price, quantity) in fills {
        for _ in 0..quantity {
            match steps.front() {
                Some(&(other, opened)) if other != side => {
                    realized += i128::from(other.sign() * (price - opened));
                    steps.pop_front();
                }
                _ => steps.push_back((side, price)),
            }
        }
    }
    (realized, steps.iter().map(|&(side, price)| i128::from(side.sign() * price)).sum())
}

proptest! {
    #[test]
    fn fifo_equals_a_twin_that_keeps_every_step(
        fills in prop::collection::vec((prop::bool::ANY, -20_i64..50, 0_i64..9), 0..60)
    ) {
        let fills: Vec<_> = fills.into_iter().map(|(buy, price, quantity)| {
            (if buy { Side::Buy } else { Side::Sell }, price, quantity)
        }).collect();
        let mut ledger = opened(ContractKind::Linear, 0, 0, None);
        for &(side, price, quantity) in &fills {
            fill(&mut ledger, side, quantity, price);
        }
        let (realized, basis) = naive_fifo(&fills);
        prop_assert_eq!(ledger.realized_by(Method::Fifo).atto(), realized * Money::ONE.atto());
        prop_assert_eq!(ledger.basis(Method::Fifo).atto(), basis * Money::ONE.atto());
    }

    #[test]
    fn any_fill_conserves_or_is_refused_whole(
        fills in prop::collection::vec((prop::bool::ANY, any::<i64>(), 0..=i64::MAX, any::<i128>(), 0_u32..63), 0..40)
    ) {
        let mut ledger = opened(ContractKind::Linear, 1_000, 0, None);
        for (buy, price, quantity, fee, shift) in fills {
            let side = if buy { Side::Buy } else { Side::Sell };
            let before = ledger.clone();
            let (price, quantity) = (Price::new(price >> shift), Quantity::new(quantity >> shift));
            match ledger.post(side, price, quantity, Money::from_atto(fee >> 40)) {
                Ok(entry) => prop_assert_eq!(sums(&entry)[1], 0),
                Err(_) => prop_assert_eq!(&ledger, &before),
            }
            ledger.check();
        }
    }

    #[test]
    fn equity_is_opening_plus_profit_minus_fees(
        fills in prop::collection::vec((prop::bool::ANY, 1_i64..1_000, 1_i64..100, -5_i64..20), 1..50), mid_x2 in 1_i64..2_000
    ) {
        let mut ledger = opened(ContractKind::Spot, 1_000, 7, Some(11));
        let basis = units(77);
        for (buy, price, quantity, fee) in fills {
            let side = if buy { Side::Buy } else { Side::Sell };
            ledger.fill(side, Price::new(price), Quantity::new(quantity), units(fee)).unwrap();
        }
        for method in Method::ALL {
            let profit = ledger.realized_by(method) + ledger.unrealized(method, mid_x2).unwrap() - ledger.fees();
            prop_assert_eq!(ledger.equity(mid_x2).unwrap(), units(1_000) + basis + profit);
        }
    }
}
