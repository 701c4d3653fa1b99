//! Volatility at sampling intervals of less than a minute, for the signature plot.

use super::minutes::HOLE_NS;
use crate::units::SECOND;

/// Sampling intervals in seconds.
const STEPS: [i64; 5] = [1, 2, 5, 15, 30];
const YEAR_SECONDS: f64 = 365.0 * 86_400.0;

/// Sums of squared returns, by sampling interval.
#[derive(Debug, Clone, Default)]
pub(super) struct Seconds {
    sums: [Sampled; STEPS.len()],
}

#[derive(Debug, Clone, Copy, Default)]
struct Sampled {
    last: Option<f64>,
    squares: f64,
    count: f64,
}

impl Seconds {
    /// Time passes from one instant to another while the price has this logarithm, if there is one.
    pub fn pass(&mut self, from: i64, to: i64, log_price: Option<f64>) {
        if from.div_euclid(SECOND.nanos()) == to.div_euclid(SECOND.nanos()) {
            return;
        }
        for (sampled, step) in self.sums.iter_mut().zip(STEPS) {
            let length = step * SECOND.nanos();
            let passed = to.div_euclid(length) - from.div_euclid(length);
            if to - from > HOLE_NS {
                sampled.last = None;
            } else if 0 < passed {
                sampled.take(log_price, passed as f64);
            }
        }
    }

    /// (interval in minutes, annualised volatility).
    pub fn volatilities(&self) -> Vec<(f64, f64)> {
        let sampled = self.sums.iter().zip(STEPS).filter(|(sampled, _)| sampled.count >= 60.0);
        sampled
            .map(|(sampled, step)| {
                (step as f64 / 60.0, (sampled.squares / sampled.count * YEAR_SECONDS / step as f64).sqrt())
            })
            .collect()
    }
}

impl Sampled {
    /// The price stood still over all but the first of the boundaries passed.
    fn take(&mut self, log_price: Option<f64>, boundaries: f64) {
        if let (Some(last), Some(now)) = (self.last, log_price) {
            self.squares += (now - last) * (now - last);
            self.count += boundaries;
        }
        self.last = log_price;
    }
}
