use super::plan::RemixError;
use super::states::{Found, State};
use crate::tape::TapeReader;
use crate::units::{SECOND, Span};

/// Distances of the prices whose returns are looked at: the longest of which a tape holds enough.
const INTERVALS: [Span; 3] = [SECOND.times(60), SECOND.times(10), SECOND];
/// Instead, where prices are known no oftener than every half of a minute: of a long tape, or a sparse one.
const SPARSE: [Span; 3] = [SECOND.times(600), SECOND.times(3_600), SECOND.times(86_400)];
/// Returns that are enough.
const ENOUGH: usize = 200;
/// Shortest block.
const SHORTEST: Span = SECOND.times(60);

/// A block length that a tape itself asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AutoBlock {
    /// Mean length of a block.
    pub block: Span,
    /// The same in returns, as the estimator has it.
    pub length: f64,
    /// Distance of the prices whose absolute returns it was estimated from.
    pub interval: Span,
    /// How many returns there were.
    pub returns: usize,
}

impl std::fmt::Display for AutoBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { block, length, interval, returns } = self;
        write!(f, "{block} ({length:.2} absolute returns of {interval}, of {returns})")
    }
}

/// The block length for a tape, by the rule of Politis and White for the stationary bootstrap, of its absolute returns of a minute; of
/// a tape of less than some hours of ten seconds, or of one. A minute at least.
///
/// # Errors
/// [`RemixError`] when the tape cannot be read, has no book, is too short, or its price never moves.
pub fn auto_block(reader: &TapeReader) -> Result<AutoBlock, RemixError> {
    auto_of(&Found::of(reader)?)
}

pub(super) fn auto_of(found: &Found) -> Result<AutoBlock, RemixError> {
    let refuse = |text: String| RemixError::Recipe {
        key: "block",
        found: format!("auto on {text}"),
        expected: format!("a span, or a tape with {ENOUGH} returns of a second that are not all alike"),
    };
    let interval = interval_of(&found.states).ok_or_else(|| refuse("prices that are days apart".to_owned()))?;
    let series = absolute_returns(&found.states, interval);
    if series.len() < ENOUGH {
        return Err(refuse(format!("a tape with {} of them", series.len())));
    }
    let length = block_length(&series).ok_or_else(|| refuse("a price that never moves otherwise".to_owned()))?;
    let seconds = libm::round(length * (interval.nanos() / SECOND.nanos()) as f64) as i64;
    Ok(AutoBlock { block: SECOND.times(seconds).max(SHORTEST), length, interval, returns: series.len() })
}

/// The longest of the usual intervals of which there are enough. Where states are farther apart than half of it a return would be of a stale
/// price: then one that is long enough. So there are no more returns than states, about.
fn interval_of(states: &[State]) -> Option<Span> {
    let (first, last) = (states.first()?, states.last()?);
    let span = last.at.saturating_sub(first.at);
    let apart = span / states.len() as i64;
    let fits = |interval: &Span| apart.saturating_mul(2) <= interval.nanos();
    if !fits(&INTERVALS[0]) {
        return SPARSE.into_iter().find(fits);
    }
    let enough = INTERVALS.into_iter().find(|interval| ENOUGH as i64 <= span / interval.nanos());
    Some(enough.unwrap_or(INTERVALS[INTERVALS.len() - 1]))
}

/// Absolute logarithmic returns from mid to mid, an interval apart; the price of a moment is the last one before.
fn absolute_returns(states: &[State], interval: Span) -> Vec<f64> {
    let (Some(first), Some(last)) = (states.first(), states.last()) else { return Vec::new() };
    let (mut place, mut before, mut returns) = (0, first.mid_x2, Vec::new());
    let mut now = first.at.saturating_add(interval.nanos());
    while now <= last.at {
        while place + 1 < states.len() && states[place + 1].at <= now {
            place += 1;
        }
        let mid = states[place].mid_x2;
        returns.push(libm::fabs(libm::log(mid as f64 / before as f64)));
        before = mid;
        now = now.saturating_add(interval.nanos());
    }
    returns
}

/// Mean block length of the stationary bootstrap, in observations: D. Politis, H. White, "Automatic block-length selection for the
/// dependent bootstrap" (Econometric Reviews 23, 2004), with the correction of A. Patton, D. Politis, H. White (Econometric Reviews 28,
/// 2009): (2 G^2 / D)^(1/3) n^(1/3), D = 2 g(0)^2, of autocovariances under a flat-top window as wide as twice the lag after which
/// none of some autocorrelations in a row is more than two of their standard errors by the rule of the paper. `None` for a series
/// without variance.
#[must_use]
pub fn block_length(series: &[f64]) -> Option<f64> {
    let count = series.len();
    if count < 9 {
        return None;
    }
    let n = count as f64;
    let mean = series.iter().sum::<f64>() / n;
    let centred: Vec<f64> = series.iter().map(|value| value - mean).collect();
    let run = (libm::log10(n) as usize).max(5);
    let lags = (libm::ceil(libm::sqrt(n)) as usize + run).min(count - 2);
    let covariances: Vec<f64> = (0..=lags).map(|lag| covariance(&centred, lag)).collect();
    if covariances[0] <= 0.0 {
        return None;
    }
    let width = window(&centred, &covariances, run);
    let (mut weighted, mut long_run) = (0.0, covariances[0]);
    for (lag, covariance) in covariances.iter().enumerate().take(width + 1).skip(1) {
        let share = lag as f64 / width as f64;
        let top = if share <= 0.5 { 1.0 } else { 2.0 * (1.0 - share) };
        weighted += 2.0 * top * lag as f64 * covariance;
        long_run += 2.0 * top * covariance;
    }
    let most = libm::ceil((3.0 * libm::sqrt(n)).min(n / 3.0));
    let length = libm::cbrt(2.0 * weighted * weighted / (2.0 * long_run * long_run)) * libm::cbrt(n);
    if length.is_finite() { Some(length.min(most)) } else { Some(most) }
}

fn covariance(centred: &[f64], lag: usize) -> f64 {
    product(&centred[lag..], &centred[..centred.len() - lag]) / centred.len() as f64
}

fn product(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

/// How many lags the window has: twice the last one that counts.
fn window(centred: &[f64], covariances: &[f64], run: usize) -> usize {
    let (count, n) = (centred.len(), centred.len() as f64);
    let critical = 2.0 * libm::sqrt(libm::log10(n) / n);
    let small = |lag: usize| {
        let scale = product(&centred[lag + 1..], &centred[lag + 1..])
            * product(&centred[..count - lag - 1], &centred[..count - lag - 1]);
        libm::fabs(covariances[lag]) * n < critical * libm::sqrt(scale)
    };
    let most = covariances.len() - 1;
    let mut in_a_row = 0;
    for lag in 0..most {
        in_a_row = if small(lag) { in_a_row + 1 } else { 0 };
        if in_a_row == run {
            return (2 * (lag + 1 - run).max(1)).min(most);
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of ten days a minute, of an hour ten seconds, of some minutes a second; where states are 64 s apart ten minutes, and of a tape of two
    /// messages at the ends of time none.
    #[test]
    fn an_interval_is_no_shorter_than_what_is_known() {
        let states = |count: i64, apart: Span| -> Vec<State> {
            (0..count).map(|index| State { at: index * apart.nanos(), ..State::default() }).collect()
        };
        let cases = [
            (states(864_000, SECOND), Some(60)),
            (states(3_600, SECOND), Some(10)),
            (states(600, SECOND), Some(1)),
            (states(1 << 17, SECOND.times(64)), Some(600)),
            (states(2, SECOND.times(9_000_000_000)), None),
            (Vec::new(), None),
        ];
        for (states, seconds) in cases {
            assert_eq!(interval_of(&states), seconds.map(|seconds| SECOND.times(seconds)), "{} states", states.len());
        }
    }
}
