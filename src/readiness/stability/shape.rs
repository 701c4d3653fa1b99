//! Plateau, slope or cliff: what a figure does along an axis. The rule and its figures are ours.

use super::statistics::{Distribution, PairedChange};
use crate::readiness::Direction;
use serde::Serialize;

/// A step that takes away so much of the scale is a cliff.
pub const CLIFF: f64 = 0.5;
/// A change of less than so much of the scale is none that matters.
pub const SLOPE: f64 = 0.1;

/// What a figure does along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Nowhere is it changed by as much as a cliff would.
    Plateau,
    /// It is changed, step by step.
    Slope,
    /// One step takes away much of it, or its sign.
    Cliff,
    /// Seeds are too few, or too far apart, to tell.
    Untold,
}

impl Shape {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Plateau => "plateau",
            Self::Slope => "slope",
            Self::Cliff => "cliff",
            Self::Untold => "not told",
        }
    }
}

/// A shape, and where it is seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ShapeFound {
    /// Which.
    pub shape: Shape,
    /// The step of a cliff: places of its points, the one nearer to the reference first.
    pub step: Option<[usize; 2]>,
    /// Change along that step, seed by seed; without one the largest change against the reference.
    pub change: Option<PairedChange>,
}

/// Values by seed at one point of an axis.
pub type Values<'a> = &'a [Option<f64>];

/// The shape of a figure along the points of an axis, of which `reference` is the one where nothing was changed.
///
/// Steps are looked at from the reference outwards. The scale is that of the reference: the size of its median, or the width of its middle half
/// where that is more. A step is a cliff where its paired change is told from nothing, is for the worse, and is [`CLIFF`] of the scale or more; or
/// is [`SLOPE`] of it or more and the median changes its sign. Where there is none the figure has a slope if it differs from the reference anywhere by
/// [`SLOPE`] of the scale or more, and that is told from nothing; and is a plateau if the intervals of all differences lie within [`CLIFF`] of the scale.
#[must_use]
pub fn shape(points: &[Values<'_>], reference: usize, direction: Direction) -> ShapeFound {
    let untold = ShapeFound { shape: Shape::Untold, step: None, change: None };
    let Some(scale) = points.get(reference).and_then(|values| at(values)).map(|base| base.scale()) else {
        return untold;
    };
    if let Some(cliff) = steps(points.len(), reference).find_map(|step| cliff(points, step, scale, direction)) {
        return cliff;
    }
    let others = (0..points.len()).filter(|place| *place != reference);
    let changes: Vec<Option<PairedChange>> =
        others.map(|place| PairedChange::of(points[reference], points[place])).collect();
    let is_told = |change: &&PairedChange| change.is_told() && SLOPE * scale <= libm::fabs(change.median);
    let largest = |changes: &mut dyn Iterator<Item = &PairedChange>| {
        changes.copied().reduce(|most, other| if is_more(&other, &most) { other } else { most })
    };
    let change = largest(&mut changes.iter().flatten());
    let sloping = largest(&mut changes.iter().flatten().filter(is_told));
    let is_flat = |change: &Option<PairedChange>| change.is_some_and(|change| change.is_within(CLIFF * scale));
    match sloping {
        Some(_) => ShapeFound { shape: Shape::Slope, change: sloping, ..untold },
        None if !changes.is_empty() && changes.iter().all(is_flat) => {
            ShapeFound { shape: Shape::Plateau, change, ..untold }
        }
        None => ShapeFound { change, ..untold },
    }
}

fn is_more(one: &PairedChange, other: &PairedChange) -> bool {
    libm::fabs(other.median) < libm::fabs(one.median)
}

fn at(values: Values<'_>) -> Option<Distribution> {
    Distribution::of(values.iter().flatten().copied())
}

/// Steps outwards, the nearest first, to the right before to the left.
fn steps(points: usize, reference: usize) -> impl Iterator<Item = [usize; 2]> {
    (1..points).flat_map(move |away| {
        let right = (reference + away < points).then(|| [reference + away - 1, reference + away]);
        let left = (away <= reference).then(|| [reference + 1 - away, reference - away]);
        right.into_iter().chain(left)
    })
}

fn cliff(points: &[Values<'_>], step: [usize; 2], scale: f64, direction: Direction) -> Option<ShapeFound> {
    let [near, far] = step.map(|place| points[place]);
    let change = PairedChange::of(near, far)?;
    let is_worse = match direction {
        Direction::Higher => change.median < 0.0,
        Direction::Lower => change.median > 0.0,
        Direction::Neither => change.median != 0.0,
    };
    let [before, after] = [at(near)?.median, at(far)?.median];
    let turns = before >= 0.0 && after < 0.0 || before < 0.0 && after >= 0.0;
    let least = if turns && direction != Direction::Neither { SLOPE } else { CLIFF };
    let is_cliff = change.is_told() && is_worse && least * scale <= libm::fabs(change.median);
    is_cliff.then_some(ShapeFound { shape: Shape::Cliff, step: Some(step), change: Some(change) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thirty seeds around `median`, `width` apart from lowest to highest.
    fn around(median: f64, width: f64) -> Vec<Option<f64>> {
        (0..30).map(|seed| Some(median + width * (f64::from(seed) / 29.0 - 0.5))).collect()
    }

    #[track_caller]
    fn check(medians: &[f64], reference: usize, expected: Shape, step: Option<[usize; 2]>) {
        let points: Vec<Vec<Option<f64>>> = medians.iter().map(|median| around(*median, 0.4)).collect();
        let points: Vec<Values<'_>> = points.iter().map(Vec::as_slice).collect();
        let found = shape(&points, reference, Direction::Higher);
        assert_eq!((found.shape, found.step), (expected, step), "{medians:?}: {found:?}");
    }

    #[test]
    fn drawn_tables_have_their_names() {
        check(&[1.0, 1.0, 1.0, 1.0, 1.0], 2, Shape::Plateau, None);
        check(&[1.02, 1.0, 0.98], 1, Shape::Plateau, None);
        check(&[1.2, 1.1, 1.0, 0.9, 0.8], 2, Shape::Slope, None);
        check(&[1.0, 1.0, 0.4, 0.4], 0, Shape::Cliff, Some([1, 2]));
        // The nearest of several, on either side.
        check(&[-3.0, 0.3, 1.0, 1.0, 0.2], 2, Shape::Cliff, Some([2, 1]));
        // Far away in all, but never by half in a step, nor below nothing.
        check(&[1.0, 0.7, 0.4, 0.2], 0, Shape::Slope, None);
        check(&[1.0, 0.7, 0.4, 0.2, -0.1], 0, Shape::Cliff, Some([3, 4]));
        // Better by much is no cliff.
        check(&[1.0, 2.0], 0, Shape::Slope, None);
        check(&[-0.5, 0.4], 0, Shape::Slope, None);
        check(&[1.0], 0, Shape::Untold, None);
    }

    #[test]
    fn the_worse_way_is_that_of_the_figure() {
        let (low, high) = (around(1.0, 0.4), around(2.0, 0.4));
        let found = |direction| shape(&[&low, &high], 0, direction).shape;
        assert_eq!(found(Direction::Higher), Shape::Slope);
        assert_eq!(found(Direction::Lower), Shape::Cliff);
        assert_eq!(found(Direction::Neither), Shape::Cliff);
    }

    /// A figure that is nothing at the reference has no scale: whatever is told apart is everything.
    #[test]
    fn from_nothing_every_step_is_a_cliff() {
        let (none, some) = (vec![Some(0.0); 30], vec![Some(1.0); 30]);
        assert_eq!(shape(&[&none, &none, &some], 0, Direction::Lower).step, Some([1, 2]));
        assert_eq!(shape(&[&none, &none], 0, Direction::Lower).shape, Shape::Plateau);
    }

    /// Seeds that go up and down by more than everything, or are too few, are no plateau.
    #[test]
    fn what_is_not_seen_is_not_a_plateau() {
        let base = around(1.0, 0.4);
        let wild: Vec<Option<f64>> = base
            .iter()
            .zip(0..)
            .map(|(value, seed)| value.map(|value| value + if seed % 2 == 0 { 9.0 } else { -9.0 }))
            .collect();
        assert_eq!(shape(&[&base, &wild], 0, Direction::Higher).shape, Shape::Untold);
        assert_eq!(shape(&[&base[..5], &base[..5]], 0, Direction::Higher).shape, Shape::Untold);
        assert_eq!(shape(&[&base, &[None; 30]], 0, Direction::Higher).shape, Shape::Untold);
        assert_eq!(shape(&[], 0, Direction::Higher).shape, Shape::Untold);
    }
}
