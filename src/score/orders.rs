//! Market orders: the trades of one instant and one aggressor, which one order made.

use super::minutes::HOLE_NS;
use super::signs::Signs;
use super::statistics::{Moments, Pairs};
use crate::model::Side;
use std::collections::VecDeque;

/// Lags of the response, in orders.
pub(super) const RESPONSE_LAGS: [usize; 10] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];

/// Sums over orders.
#[derive(Debug, Clone, Default)]
pub(super) struct Orders {
    pub signs: Signs,
    /// Price changes from one order to the next, each with the one before.
    pub bounce: Pairs,
    /// Time between orders, in seconds.
    pub waits: Moments,
    /// By lag: how far the mid went in the direction of an order, in half ticks.
    responses: [(f64, f64); RESPONSE_LAGS.len()],
    recent: VecDeque<(i64, Option<i64>)>,
    pending: Option<Order>,
    last: Option<(i64, i64)>,
    change: Option<i64>,
}

#[derive(Debug, Clone, Copy)]
struct Order {
    at: i64,
    side: Side,
    price: i64,
    mid_x2: Option<i64>,
}

impl Orders {
    /// A trade; `mid_x2` is twice the mid before it.
    pub fn trade(&mut self, at: i64, side: Side, price: i64, mid_x2: Option<i64>) {
        match &mut self.pending {
            Some(order) if order.at == at && order.side == side => order.price = price,
            _ => {
                self.finish();
                self.pending = Some(Order { at, side, price, mid_x2 });
            }
        }
    }

    /// No more trades come.
    pub fn finish(&mut self) {
        let Some(order) = self.pending.take() else { return };
        self.signs.add(order.side.sign());
        self.price(&order);
        self.respond(&order);
    }

    fn price(&mut self, order: &Order) {
        if let Some((at, price)) = self.last {
            let waited = order.at.saturating_sub(at);
            if !(0..=HOLE_NS).contains(&waited) {
                // Over a hole nothing is measured.
                (self.change, self.last) = (None, Some((order.at, order.price)));
                return self.recent.clear();
            }
            self.waits.add(waited as f64 / 1e9);
            let change = order.price - price;
            if let Some(before) = self.change {
                self.bounce.add(before as f64, change as f64);
            }
            self.change = Some(change);
        }
        self.last = Some((order.at, order.price));
    }

    fn respond(&mut self, order: &Order) {
        for (response, lag) in self.responses.iter_mut().zip(RESPONSE_LAGS) {
            let before = self.recent.get(lag - 1).and_then(|(sign, mid)| Some((sign, (*mid)?)));
            if let (Some((sign, mid)), Some(now)) = (before, order.mid_x2) {
                response.0 += 1.0;
                response.1 += (sign * (now - mid)) as f64;
            }
        }
        self.recent.push_front((order.side.sign(), order.mid_x2));
        self.recent.truncate(RESPONSE_LAGS[RESPONSE_LAGS.len() - 1]);
    }

    /// How many pairs of orders one apart had a mid.
    pub fn responses(&self) -> u64 {
        self.responses[0].0 as u64
    }

    /// (lag, response in ticks).
    pub fn response(&self) -> Vec<(f64, f64)> {
        let seen = self.responses.iter().zip(RESPONSE_LAGS).filter(|((count, _), _)| *count >= 100.0);
        seen.map(|((count, sum), lag)| (lag as f64, sum / count / 2.0)).collect()
    }
}

/// Standard deviation over mean.
pub(super) fn variation(waits: &Moments) -> Option<f64> {
    let (mean, variance) = (waits.mean()?, waits.variance()?);
    (mean > 0.0).then(|| variance.sqrt() / mean)
}
