use super::*;
use crate::rng::Streams;
use crate::synth::flow::draw::exponential;
use crate::synth::flow::moments::{Autoregression, Sample, agrees, share_error};

const LIVES: [f64; PATIENCES] = [0.5, 2.0, 8.0];
const KINDS: [Patience; PATIENCES] = [Patience::Fleeting, Patience::Ordinary, Patience::Long];

/// An order on either side, where none crosses another.
fn join(orders: &mut RestingOrders, side: Side, patience: Patience, place: i64) {
    let price = Price::new(10_000 - side.sign() * (1 + place % 50));
    orders.rest(QueuedOrder { side, price, quantity: Quantity::new(1 + place % 7) }, patience);
    let mut message = Vec::new();
    orders.hand_over(&mut message);
}

fn standing(orders: &RestingOrders, patience: usize) -> f64 {
    (orders.lists[patience].len() + orders.lists[PATIENCES + patience].len()) as f64
}

/// A pure death process: after t seconds exp(-t / life) of the orders are there, whatever their side, price or place in a queue.
#[test]
fn orders_live_exponentially_long_by_their_patience() {
    let mut rng = Streams::new(61).stream("cancels");
    let mut orders = RestingOrders::new(LIVES);
    let each = 20_000;
    for place in 0..each {
        for (number, patience) in KINDS.into_iter().enumerate() {
            let side = Side::BOTH[((place + number as i64) % 2) as usize];
            join(&mut orders, side, patience, place);
        }
    }
    let mut now = 0.0;
    let mut next = exponential(&mut rng) / orders.cancel_rate();
    for look in [0.25, 0.5, 1.0, 2.0, 5.0, 8.0, 16.0] {
        while now + next <= look {
            now += next;
            orders.cancel(&mut rng);
            orders.hand_over(&mut Vec::new());
            next = exponential(&mut rng) / orders.cancel_rate();
        }
        for (patience, life) in LIVES.into_iter().enumerate() {
            let expected = (-look / life).exp();
            if expected * each as f64 > 10.0 {
                let found = standing(&orders, patience) / each as f64;
                agrees("alive", found, expected, share_error(expected, each as f64));
            }
        }
    }
}

/// Orders that come at a rate and live independently (the queue M/M/infinity): as many stand as come in a life, with the variance of a
/// Poisson variable, and exp(-t / life) of what is more or less is so t seconds later.
#[test]
fn as_many_stand_as_come_in_a_life() {
    let mut rng = Streams::new(62).stream("orders");
    let mut orders = RestingOrders::new(LIVES);
    let arrivals = [40.0, 15.0, 6.0];
    let total: f64 = arrivals.iter().sum();
    let mut seen = [(); PATIENCES].map(|()| Sample::default());
    let (mut now, mut look, looks) = (0.0, 60.0, 12_000);
    for place in 0_i64.. {
        let cancels = orders.cancel_rate();
        now += exponential(&mut rng) / (total + cancels);
        while look < now && seen[0].0.len() < looks {
            for (patience, seen) in seen.iter_mut().enumerate() {
                seen.0.push(standing(&orders, patience));
            }
            look += 1.0;
        }
        if seen[0].0.len() == looks {
            break;
        }
        match choose([arrivals[0], arrivals[1], arrivals[2], cancels], unit(&mut rng) * (total + cancels)) {
            Some(patience) if patience < PATIENCES => {
                let side = Side::BOTH[usize::from(rng.ratio(1, 2))];
                join(&mut orders, side, KINDS[patience], place);
            }
            _ => {
                orders.cancel(&mut rng);
                orders.hand_over(&mut Vec::new());
            }
        }
    }
    for patience in 0..PATIENCES {
        let mean = arrivals[patience] * LIVES[patience];
        let of = Autoregression { variance: mean, kept: (-1.0 / LIVES[patience]).exp(), steps: looks as f64 };
        agrees("mean number that stands", seen[patience].mean(), mean, of.mean_error());
        let around = Sample::of(seen[patience].0.iter().map(|found| found - mean));
        // A Poisson variable has a fourth moment of its own: mean more than a normal one.
        let error = (of.product_error(0).powi(2) + mean * (1.0 + of.kept) / (1.0 - of.kept) / of.steps).sqrt();
        agrees("its variance", around.product(0), mean, error);
    }
}
