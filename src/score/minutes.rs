//! The price at the end of every minute, and what was traded in it.

use super::series::Series;
use crate::units::MINUTE;

/// A silence longer than this is a hole: nobody knows what the price did.
pub(crate) const HOLE_NS: i64 = 5 * MINUTE.nanos();

/// Closes and volumes, minute by minute.
#[derive(Debug, Clone, Default)]
pub(crate) struct Minutes {
    /// Logarithm of the last price of each minute.
    pub closes: Series,
    /// Quantity traded in the minute of the same place in `closes`, in steps.
    pub volumes: Vec<f64>,
    volume: f64,
}

/// The number of the minute that holds an instant.
pub(crate) fn minute_of(nanos: i64) -> i32 {
    i32::try_from(nanos.div_euclid(MINUTE.nanos())).unwrap_or(i32::MAX)
}

impl Minutes {
    pub fn trade(&mut self, quantity: f64) {
        self.volume += quantity;
    }

    /// Time passes from one instant to another while the price has this logarithm, if there is one.
    pub fn pass(&mut self, from: i64, to: i64, log_price: Option<f64>) {
        let (first, next) = (minute_of(from), minute_of(to));
        if first == next {
            return;
        }
        let last = if to - from <= HOLE_NS { next - 1 } else { first };
        for minute in first..=last {
            self.close(minute, log_price);
        }
        self.volume = 0.0;
    }

    /// The minute ends at this price.
    pub fn close(&mut self, minute: i32, log_price: Option<f64>) {
        let volume = std::mem::take(&mut self.volume);
        if let Some(log_price) = log_price {
            self.closes.push(minute, log_price);
            self.volumes.resize(self.closes.len(), volume);
        }
    }
}
