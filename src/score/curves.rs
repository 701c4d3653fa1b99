//! What the plots show.

use super::cells::{LAGS, STEPS};
use super::observe::Observation;

/// Which plot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CurveKind {
    /// Share of absolute 1-minute returns above so many standard deviations.
    Tails,
    /// Autocorrelation of 1-minute returns by lag in minutes.
    Memory,
    /// The same of absolute returns.
    SizeMemory,
    /// Autocorrelation of order signs by lag in orders.
    Signs,
    /// Annualised volatility by sampling interval in minutes.
    Signature,
    /// Share of time at a spread of so many ticks or more.
    Spread,
    /// Mean quantity within so many basis points of the mid, in units of the smallest distance's.
    Depth,
    /// Mean absolute 1-minute return by hour of the day, over its mean.
    Hours,
    /// Move of the mid after so many market orders, in ticks.
    Response,
}

/// Points of a curve: x and y.
pub type Curve = Vec<(f64, f64)>;

/// Points of the tail at most.
const TAIL_POINTS: usize = 120;

impl Observation {
    /// The points of a plot; none where the tape cannot give them.
    #[must_use]
    pub fn curve(&self, kind: CurveKind) -> Curve {
        let points = match kind {
            CurveKind::Tails => self.tails(),
            CurveKind::Memory => by_lag(&self.sums.memory),
            CurveKind::SizeMemory => by_lag(&self.sums.size_memory),
            CurveKind::Signs if self.orders.signs.count < 1_000 => Vec::new(),
            CurveKind::Signs => self.orders.signs.memories(),
            CurveKind::Signature => self.signature(),
            CurveKind::Spread => self.quotes.spread_curve(),
            CurveKind::Depth => relative(self.quotes.depth.profile()),
            CurveKind::Hours => self.hours(),
            CurveKind::Response => self.orders.response(),
        };
        points.into_iter().filter(|(x, y)| x.is_finite() && y.is_finite()).collect()
    }

    fn tails(&self) -> Curve {
        let falling = self.cells.falling();
        let Some(deviation) = self.sums.returns_of(1).variance().map(f64::sqrt) else { return Vec::new() };
        if falling.len() < 100 {
            return Vec::new();
        }
        let count = falling.len() as f64;
        // Ranks in geometric steps: the tail has few points, the middle many alike.
        let ranks =
            (0..TAIL_POINTS).map(|step| libm::floor(libm::pow(count, step as f64 / (TAIL_POINTS - 1) as f64)) as usize);
        let mut ranks: Vec<usize> = ranks.filter(|rank| (1..=falling.len()).contains(rank)).collect();
        ranks.dedup();
        let points = ranks.into_iter().map(|rank| (falling[rank - 1].0 / deviation, rank as f64 / count));
        points.filter(|(size, _)| 0.05 <= *size).collect()
    }

    fn signature(&self) -> Curve {
        let minutes = STEPS.into_iter().filter(|step| self.sums.returns_of(*step).count >= 30.0);
        let long = minutes.filter_map(|step| Some((f64::from(step), self.sums.volatility(step)?)));
        self.seconds.volatilities().into_iter().chain(long).collect()
    }

    fn hours(&self) -> Curve {
        let hours = &self.sums.hours;
        if hours.iter().any(|hour| hour.count < 60.0) {
            return Vec::new();
        }
        let means: Vec<f64> = hours.iter().filter_map(|hour| hour.mean()).collect();
        let mean = means.iter().sum::<f64>() / means.len() as f64;
        means.iter().enumerate().map(|(hour, value)| (hour as f64, value / mean)).collect()
    }
}

fn by_lag(pairs: &[super::statistics::Pairs]) -> Curve {
    let seen = LAGS.iter().zip(pairs).filter(|(_, pairs)| pairs.count >= 100.0);
    seen.filter_map(|(lag, pairs)| Some((f64::from(*lag), pairs.correlation()?))).collect()
}

fn relative(points: Curve) -> Curve {
    let first = points.first().map_or(1.0, |(_, y)| *y);
    points.into_iter().map(|(x, y)| (x, y / first)).collect()
}
