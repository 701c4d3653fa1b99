//! What a model makes of its parts, for those who fit one: each is what the market itself draws or computes.

use super::draw::unit;
use super::metaorders::Metaorders;
use super::model::{MetaorderModel, PaceModel};
use super::pace::{hour, week};
use crate::model::Side;
use crate::rng::Streams;

/// Days from a Monday to 1 January 1970.
const THURSDAY: i64 = 3;

/// Multiples of volatility by hour of the week and minute of the hour, as a market has them.
#[derive(Debug, Clone)]
pub struct Season {
    week: Vec<f64>,
    hour: Vec<f64>,
}

impl Season {
    /// The season of a pace that has been checked.
    #[must_use]
    pub fn new(pace: &PaceModel) -> Self {
        Self { week: week(pace), hour: hour(pace) }
    }

    /// In a minute, counted from 1970 on. 0 while the market is closed.
    #[must_use]
    pub fn at(&self, minute: i64) -> f64 {
        let hour = (minute.div_euclid(60) + 24 * THURSDAY).rem_euclid(168);
        self.week[hour as usize] * self.hour[minute.rem_euclid(60) as usize]
    }
}

/// Signs of market orders one after the other, those that are no pieces of a metaorder by chance; `take` is told of each.
pub fn draw_signs(model: &MetaorderModel, orders: u64, seed: u64, take: &mut dyn FnMut(Side)) {
    let mut rng = Streams::new(seed).stream("synth/flow/known/signs");
    let mut metaorders = Metaorders::unmeasured(model, &mut rng);
    for _ in 0..orders {
        let side = if unit(&mut rng) <= model.share {
            metaorders.piece(0.0, &mut rng).0
        } else if rng.ratio(1, 2) {
            Side::Buy
        } else {
            Side::Sell
        };
        take(side);
    }
}
