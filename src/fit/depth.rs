//! The law of the distance behind the best price: Lomax, in whole ticks, cut at the deepest.

use super::histogram::Histogram;

/// Scale in ticks, exponent of the tail, and the standard errors of their logarithms.
#[derive(Debug, Clone, Copy)]
pub(super) struct DepthLaw {
    pub ticks: f64,
    pub tail: f64,
    pub errors: [f64; 2],
}

/// Bounds of the search, and its steps: each halves what is left, about.
const TICKS: (f64, f64) = (0.05, 5_000.0);
const TAIL: (f64, f64) = (0.12, 9.0);
const STEPS: usize = 40;

/// Maximum likelihood. Distances begin at one tick.
pub(super) fn depth_law(behind: &Histogram, deepest: i64) -> Option<DepthLaw> {
    if behind.total < 1_000 {
        return None;
    }
    let bins: Vec<(f64, f64, f64)> = behind
        .bins()
        .filter(|(low, ..)| *low as i64 <= deepest)
        .map(|(low, high, count)| (low as f64 - 1.0, (high as f64).min(deepest as f64 + 1.0) - 1.0, count as f64))
        .collect();
    let likelihood = |ticks: f64, tail: f64| {
        let beyond = |distance: f64| libm::exp(-tail * libm::log1p(distance / ticks));
        let whole = libm::log(1.0 - beyond(deepest as f64));
        bins.iter()
            .map(|(low, high, count)| count * (libm::log((beyond(*low) - beyond(*high)).max(1e-300)) - whole))
            .sum()
    };
    let inner = |tail: f64| highest(TICKS, &|ticks| likelihood(ticks, tail));
    let tail = highest(TAIL, &|tail| likelihood(inner(tail), tail));
    let ticks = inner(tail);
    let errors = curvature(&|ticks, tail| likelihood(ticks, tail), ticks, tail)?;
    Some(DepthLaw { ticks, tail, errors })
}

/// Where `of` is highest, by golden section on the logarithm.
fn highest((low, high): (f64, f64), of: &dyn Fn(f64) -> f64) -> f64 {
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (libm::log(low), libm::log(high));
    let place = |low: f64, high: f64| (high - golden * (high - low), low + golden * (high - low));
    let (mut left, mut right) = place(low, high);
    let (mut at_left, mut at_right) = (of(libm::exp(left)), of(libm::exp(right)));
    for _ in 0..STEPS {
        if at_left < at_right {
            (low, left, at_left) = (left, right, at_right);
            right = place(low, high).1;
            at_right = of(libm::exp(right));
        } else {
            (high, right, at_right) = (right, left, at_left);
            left = place(low, high).0;
            at_left = of(libm::exp(left));
        }
    }
    libm::exp((low + high) / 2.0)
}

/// Standard errors of both logarithms from the likelihood's curvature.
fn curvature(of: &dyn Fn(f64, f64) -> f64, ticks: f64, tail: f64) -> Option<[f64; 2]> {
    let step = 0.02;
    let at = |a: f64, b: f64| of(ticks * libm::exp(a * step), tail * libm::exp(b * step));
    let middle = at(0.0, 0.0);
    let aa = -(at(1.0, 0.0) + at(-1.0, 0.0) - 2.0 * middle) / (step * step);
    let bb = -(at(0.0, 1.0) + at(0.0, -1.0) - 2.0 * middle) / (step * step);
    let ab = -(at(1.0, 1.0) + at(-1.0, -1.0) - at(1.0, -1.0) - at(-1.0, 1.0)) / (4.0 * step * step);
    let determinant = aa * bb - ab * ab;
    let held = aa > 0.0 && bb > 0.0 && determinant > 0.0;
    held.then(|| [(bb / determinant).sqrt(), (aa / determinant).sqrt()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Streams;

    /// Recovery of drawn distances, within three standard errors.
    #[test]
    fn the_law_of_drawn_distances_comes_back() {
        for (ticks, tail) in [(20.0, 0.5), (3.0, 2.0)] {
            let mut rng = Streams::new(3).stream("depth");
            let mut behind = Histogram::default();
            for _ in 0..200_000 {
                let unit = ((rng.bits() >> 11) + 1) as f64 / (1_u64 << 53) as f64;
                let distance = 1 + ((unit.powf(-1.0 / tail) - 1.0) * ticks).min(1e9) as u64;
                if distance <= 9_000 {
                    behind.add(distance);
                }
            }
            let law = depth_law(&behind, 9_000).unwrap();
            let [scale, exponent] = [(law.ticks / ticks).ln() / law.errors[0], (law.tail / tail).ln() / law.errors[1]];
            assert!(scale.abs() < 3.0 && exponent.abs() < 3.0, "{law:?} against {ticks}, {tail}");
        }
    }
}
