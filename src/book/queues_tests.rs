use super::bits::SLOTS;
use super::{OrderKey, QueuedOrder, Queues, Taken};
use crate::model::Side;
use crate::units::{Price, Quantity};
use proptest::prelude::*;
use std::collections::{BTreeMap, VecDeque};

fn order(side: Side, price: i64, quantity: i64) -> QueuedOrder {
    QueuedOrder { side, price: Price::new(price), quantity: Quantity::new(quantity) }
}

/// The plainest book of orders there is: a queue of (key, quantity) by price.
#[derive(Default)]
struct Plain {
    sides: [BTreeMap<i64, VecDeque<(OrderKey, i64)>>; 2],
}

impl Plain {
    fn queue(&mut self, side: Side, price: i64) -> &mut VecDeque<(OrderKey, i64)> {
        self.sides[side.index()].entry(price).or_default()
    }

    /// Prices of a side, best first.
    fn prices(&self, side: Side) -> Vec<i64> {
        let rising: Vec<i64> = self.sides[side.index()].keys().copied().collect();
        if side == Side::Buy { rising.into_iter().rev().collect() } else { rising }
    }

    fn tidy(&mut self) {
        self.sides.iter_mut().for_each(|side| side.retain(|_, queue| !queue.is_empty()));
    }

    fn take(&mut self, resting: Side, mut wanted: i64, limit: i64) -> (Vec<(OrderKey, i64, i64, i64)>, i64) {
        let mut taken = Vec::new();
        for price in self.prices(resting) {
            if (price - limit) * resting.sign() < 0 {
                break;
            }
            let queue = self.queue(resting, price);
            while let Some((key, there)) = queue.front_mut().filter(|_| wanted > 0) {
                let given = wanted.min(*there);
                (wanted, *there) = (wanted - given, *there - given);
                taken.push((*key, price, given, *there));
                if *there == 0 {
                    queue.pop_front();
                }
            }
        }
        self.tidy();
        (taken, wanted)
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// Ticks behind the other side's best price, or from the middle.
    Add {
        buys: bool,
        behind: i64,
        quantity: i64,
    },
    Remove(prop::sample::Index),
    Reduce(prop::sample::Index, i64),
    Take {
        buys: bool,
        quantity: i64,
        through: i64,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let behind = prop_oneof![8 => 0..6_i64, 2 => 0..2_000_i64, 1 => 0..90_000_i64];
    let add =
        (any::<bool>(), behind, 1..50_i64).prop_map(|(buys, behind, quantity)| Step::Add { buys, behind, quantity });
    let take = (any::<bool>(), 1..200_i64, 0..40_i64).prop_map(|(buys, quantity, through)| Step::Take {
        buys,
        quantity,
        through,
    });
    let step = prop_oneof![
        5 => add,
        2 => any::<prop::sample::Index>().prop_map(Step::Remove),
        1 => (any::<prop::sample::Index>(), 1..30_i64).prop_map(|(which, less)| Step::Reduce(which, less)),
        2 => take,
    ];
    prop::collection::vec(step, 1..300)
}

/// Both books through the same steps, compared after each. The middle lies where the ring of slots begins anew.
fn drive(steps: Vec<Step>, middle: i64) {
    let (mut book, mut plain, mut live) = (Queues::new(), Plain::default(), Vec::new());
    for step in steps {
        match step {
            Step::Add { buys, behind, quantity } => {
                let side = if buys { Side::Buy } else { Side::Sell };
                let other = book.best(side.opposite()).map_or(middle, Price::ticks);
                let price = other - (1 + behind) * side.sign();
                if !book.has_room(side, Price::new(price)) {
                    continue;
                }
                let key = book.add(order(side, price, quantity));
                plain.queue(side, price).push_back((key, quantity));
                live.push(key);
            }
            Step::Remove(which) if !live.is_empty() => {
                let key = live.swap_remove(which.index(live.len()));
                let gone = book.remove(key);
                plain.queue(gone.side, gone.price.ticks()).retain(|(other, _)| *other != key);
            }
            Step::Reduce(which, less) if !live.is_empty() => {
                let index = which.index(live.len());
                let order = book.order(live[index]);
                let less = less.min(order.quantity.steps());
                book.reduce(live[index], Quantity::new(less));
                let queue = plain.queue(order.side, order.price.ticks());
                queue.iter_mut().filter(|(key, _)| *key == live[index]).for_each(|(_, quantity)| *quantity -= less);
                queue.retain(|(_, quantity)| *quantity > 0);
                if less == order.quantity.steps() {
                    live.swap_remove(index);
                }
            }
            Step::Take { buys, quantity, through } => {
                let resting = if buys { Side::Sell } else { Side::Buy };
                let limit = book.best(resting).map_or(middle, Price::ticks) - through * resting.sign();
                let mut taken = Vec::new();
                let note = |Taken { key, price, quantity, left }: Taken| {
                    taken.push((key, price.ticks(), quantity.steps(), left.steps()));
                };
                let left = book.take(resting, Quantity::new(quantity), Price::new(limit), note);
                assert_eq!((taken.clone(), left.steps()), plain.take(resting, quantity, limit));
                live.retain(|key| !taken.iter().any(|(other, _, _, left)| other == key && *left == 0));
            }
            _ => continue,
        }
        plain.tidy();
        compare(&book, &plain);
    }
}

fn compare(book: &Queues, plain: &Plain) {
    for side in Side::BOTH {
        let prices = plain.prices(side);
        let ends = (prices.first().copied(), prices.last().copied());
        assert_eq!((book.best(side).map(Price::ticks), book.worst(side).map(Price::ticks)), ends, "{side:?}");
        let mut found = Vec::new();
        let mut next = book.best(side);
        while let Some(price) = next {
            found.push(price.ticks());
            next = book.behind(side, price);
        }
        assert_eq!(found, prices, "{side:?}");
        for price in prices {
            let queue = &plain.sides[side.index()][&price];
            let at = Price::new(price);
            let sum: i64 = queue.iter().map(|(_, quantity)| quantity).sum();
            let summary = (book.quantity(side, at).steps(), book.orders_at(side, at), book.first_at(side, at));
            assert_eq!(summary, (sum, queue.len(), queue.front().map(|(key, _)| *key)), "{side:?} {price}");
            let mut ahead = 0;
            for (key, quantity) in queue {
                assert_eq!(book.ahead_of(*key).steps(), ahead, "{key:?}");
                ahead += quantity;
            }
        }
        let count: usize = plain.sides[side.index()].values().map(VecDeque::len).sum();
        assert_eq!(book.orders(side), count);
    }
}

proptest! {
    #[test]
    fn queues_agree_with_plain_queues(steps in steps(), near in -200_000..200_000_i64) {
        drive(steps, 10 * SLOTS as i64 + near);
    }
}

#[test]
fn first_come_is_first_served() {
    let mut book = Queues::new();
    let [a, b, c] =
        [(100, 5), (100, 7), (101, 3)].map(|(price, quantity)| book.add(order(Side::Sell, price, quantity)));
    let mut served = Vec::new();
    let left = book.take(Side::Sell, Quantity::new(11), Price::new(100), |taken| {
        served.push((taken.key, taken.quantity.steps(), taken.left.steps()));
    });
    assert_eq!((served, left.steps()), (vec![(a, 5, 0), (b, 6, 1)], 0));
    let left = book.take(Side::Sell, Quantity::new(9), Price::new(101), |_| ());
    assert_eq!((left.steps(), book.best(Side::Sell)), (5, None));
    assert_ne!(b, c);
}

#[test]
fn who_is_reduced_keeps_the_place() {
    let mut book = Queues::new();
    let first = book.add(order(Side::Buy, 50, 9));
    let second = book.add(order(Side::Buy, 50, 4));
    book.reduce(first, Quantity::new(5));
    assert_eq!(book.ahead_of(second), Quantity::new(4));
    assert_eq!(book.first_at(Side::Buy, Price::new(50)), Some(first));
}

#[test]
fn a_far_price_has_no_room() {
    let mut book = Queues::new();
    book.add(order(Side::Buy, 200_000, 1));
    assert!(book.has_room(Side::Buy, Price::new(100_001)) && !book.has_room(Side::Buy, Price::new(100_000)));
    assert!(book.has_room(Side::Sell, Price::new(900_000)));
}

#[test]
#[should_panic(expected = "rests through")]
fn a_crossing_order_is_refused() {
    let mut book = Queues::new();
    book.add(order(Side::Sell, 100, 1));
    book.add(order(Side::Buy, 100, 1));
}

#[test]
#[should_panic(expected = "rests no more")]
fn an_order_is_removed_once() {
    let mut book = Queues::new();
    let key = book.add(order(Side::Sell, 100, 1));
    book.remove(key);
    book.remove(key);
}
