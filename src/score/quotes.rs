//! The best prices over time: spreads, queues, and what their imbalance foretells.

use super::depth::Depth;
use super::minutes::HOLE_NS;
use crate::book::Ladder;
use crate::model::Level;
use crate::units::SECOND;

/// The book is sampled this often; walking it to one percent from the mid costs more than all rows between.
const DEPTH_EVERY: i64 = 10 * SECOND.nanos();
/// Bins of the imbalance.
pub(super) const BINS: usize = 5;
/// Spreads below this many ticks have a place of their own; wider ones share 32 places an octave.
const EXACT: usize = 1_024;

/// Sums over the best prices.
#[derive(Debug, Clone)]
pub(super) struct Quotes {
    /// Seconds at each spread.
    spreads: Vec<f64>,
    /// Sum of spread times seconds, in ticks, and of seconds.
    pub spread_time: f64,
    pub seconds: f64,
    /// Over samples of one second and both sides: count, sum and sum of logarithms of the best quantity.
    pub queues: f64,
    queue_sum: f64,
    queue_log_sum: f64,
    /// By bin of imbalance: states whose next move of the mid is not known yet; moves down and up that followed.
    pending: [f64; BINS],
    moves: [[f64; 2]; BINS],
    pub depth: Depth,
}

impl Default for Quotes {
    fn default() -> Self {
        Self {
            spreads: Vec::new(),
            spread_time: 0.0,
            seconds: 0.0,
            queues: 0.0,
            queue_sum: 0.0,
            queue_log_sum: 0.0,
            pending: [0.0; BINS],
            moves: [[0.0; 2]; BINS],
            depth: Depth::default(),
        }
    }
}

fn boundaries(from: i64, to: i64, length: i64) -> f64 {
    (to.div_euclid(length) - from.div_euclid(length)) as f64
}

impl Quotes {
    /// The book stood like this from one instant to another. What stood through a hole is not known.
    pub fn stood(&mut self, book: &Ladder, touch: [Level; 2], from: i64, to: i64) {
        if to <= from || HOLE_NS < to - from {
            return;
        }
        let seconds = (to - from) as f64 / 1e9;
        let spread = touch[1].price.ticks() - touch[0].price.ticks();
        let place = place_of(spread);
        if self.spreads.len() <= place {
            self.spreads.resize(place + 1, 0.0);
        }
        self.spreads[place] += seconds;
        self.spread_time += spread as f64 * seconds;
        self.seconds += seconds;
        self.queues(touch, boundaries(from, to, SECOND.nanos()));
        let samples = boundaries(from, to, DEPTH_EVERY);
        if 0.0 < samples {
            self.depth.sample(book, touch, samples);
        }
    }

    fn queues(&mut self, touch: [Level; 2], weight: f64) {
        if weight <= 0.0 {
            return;
        }
        for level in touch.iter().filter(|level| !level.quantity.is_zero()) {
            let quantity = level.quantity.steps() as f64;
            self.queues += weight;
            self.queue_sum += weight * quantity;
            self.queue_log_sum += weight * libm::log(quantity);
        }
    }

    /// Mean and mean logarithm of the best quantities, in steps.
    pub fn queue_means(&self) -> Option<(f64, f64)> {
        (self.queues > 0.0).then(|| (self.queue_sum / self.queues, self.queue_log_sum / self.queues))
    }

    /// A message ended with these best prices.
    pub fn state(&mut self, touch: [Level; 2]) {
        let [bid, ask] = touch.map(|level| level.quantity.steps() as f64);
        let share = bid / (bid + ask).max(1.0);
        let bin = ((share * BINS as f64) as usize).min(BINS - 1);
        self.pending[bin] += 1.0;
    }

    /// The mid moved up or down.
    pub fn moved(&mut self, up: bool) {
        for (pending, moves) in self.pending.iter_mut().zip(&mut self.moves) {
            moves[usize::from(up)] += std::mem::take(pending);
        }
    }

    /// The book was lost: nobody knows which move comes next.
    pub fn lost(&mut self) {
        self.pending = [0.0; BINS];
    }

    /// (states seen, share of them before a move up), by bin of the bid's share of the best quantities.
    pub fn foretold(&self) -> [(f64, f64); BINS] {
        self.moves.map(|[down, up]| (down + up, up / (down + up).max(1.0)))
    }

    /// Share of time at a spread of one tick.
    pub fn one_tick_share(&self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.spreads.get(1).copied().unwrap_or(0.0) / self.seconds)
    }

    /// The spread in ticks below or at which the book was this share of the time.
    pub fn spread_quantile(&self, share: f64) -> Option<f64> {
        let mut passed = 0.0;
        let reached = self.spreads.iter().position(|seconds| {
            passed += seconds;
            passed > 0.0 && share * self.seconds <= passed
        });
        reached.map(spread_of)
    }

    /// (ticks, share of time at this spread or a wider one).
    pub fn spread_curve(&self) -> Vec<(f64, f64)> {
        let mut left = self.seconds;
        let mut curve = Vec::new();
        for (place, seconds) in self.spreads.iter().enumerate().filter(|(_, seconds)| **seconds > 0.0) {
            curve.push((spread_of(place), left / self.seconds));
            left -= seconds;
        }
        curve
    }
}

/// Where a spread is counted.
fn place_of(spread: i64) -> usize {
    let spread = usize::try_from(spread).unwrap_or(0);
    if spread < EXACT {
        return spread;
    }
    let octave = spread.ilog2() as usize;
    EXACT + (octave - 10) * 32 + ((spread >> (octave - 5)) & 31)
}

/// The smallest spread that is counted there.
fn spread_of(place: usize) -> f64 {
    match place.checked_sub(EXACT) {
        None => place as f64,
        Some(wide) => libm::ldexp((32 + wide % 32) as f64, (wide / 32 + 5) as i32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_spreads_are_counted_within_three_percent() {
        for spread in [0, 1, 1_023, 1_024, 1_055, 1_056, 5_000, 123_456, 1 << 40] {
            let counted = spread_of(place_of(spread));
            assert!(counted <= spread as f64 && spread as f64 <= counted * 33.0 / 32.0, "{spread} {counted}");
        }
    }
}
