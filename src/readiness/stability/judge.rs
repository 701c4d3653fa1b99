use super::shape::{Values, shape};
use super::statistics::{Distribution, PairedChange, wilson};
use super::{
    AxisKind, AxisResult, BreakPlace, Conclusion, Held, PointOutcome, PointStatistics, Sensitivity, StabilityAxis,
    StabilityCriterion, StabilityEvidence, StabilityPoint, StabilityResult,
};
use crate::readiness::{Direction, Verdict};
use std::collections::BTreeMap;

/// With fewer seeds nothing is concluded from what held.
pub const STABILITY_SEEDS_MIN: usize = 30;
const FILLS: &str = "fills";
const TOTAL: &str = "total_return";

/// Judges a bot over seeds and over what was moved.
///
/// NO-GO where a criterion breaks at the base or at any point that it has to survive, or where runs that were made again ended elsewhere;
/// INSUFFICIENT EVIDENCE where one has fewer than [`STABILITY_SEEDS_MIN`] seeds at any of them, where there is none, or where the bot never traded; else GO. With
/// fewer seeds a criterion breaks only where the whole interval of the share in which it holds is below the demanded one.
#[must_use]
pub fn judge_stability(criteria: &[StabilityCriterion], evidence: &StabilityEvidence) -> StabilityResult {
    let conclusions: Vec<Conclusion> = criteria.iter().map(|criterion| conclude(criterion, evidence)).collect();
    let axes: Vec<AxisResult> = evidence.axes.iter().map(axis_result).collect();
    let (verdict, reason) = verdict(&conclusions, evidence);
    let base = evidence.base.measures().filter_map(|measure| {
        let values = evidence.base.values(measure);
        Some((measure.clone(), Distribution::of(values.into_iter().flatten())?))
    });
    StabilityResult { verdict, reason, base: base.collect(), ranking: ranking(&axes), conclusions, axes }
}

fn verdict(conclusions: &[Conclusion], evidence: &StabilityEvidence) -> (Verdict, String) {
    let broken: Vec<&Conclusion> = of_outcome(conclusions, PointOutcome::Breaks);
    let unproved = of_outcome(conclusions, PointOutcome::Unproved);
    let trades = evidence.base.seeds.iter().any(|seed| seed.get(FILLS).is_some_and(|fills| *fills > 0.0));
    if !evidence.unproved.is_empty() {
        return (Verdict::NoGo, evidence.unproved.clone());
    }
    match (broken.first(), unproved.first()) {
        (Some(first), _) => (Verdict::NoGo, broken_reason(first, broken.len(), conclusions.len())),
        _ if conclusions.is_empty() => (Verdict::InsufficientEvidence, "the scenario states no criteria".to_owned()),
        _ if !trades => (Verdict::InsufficientEvidence, "the bot traded under no seed".to_owned()),
        (None, Some(first)) => {
            let text = format!(
                "“{}” has fewer than {STABILITY_SEEDS_MIN} seeds with its figure at one setting or more; {} of {} conclusions lack evidence",
                first.criterion.name,
                unproved.len(),
                conclusions.len()
            );
            (Verdict::InsufficientEvidence, text)
        }
        (None, None) => {
            let settings = conclusions.iter().map(|conclusion| conclusion.settings).max().unwrap_or(0);
            let all = if conclusions.len() == 1 {
                "the conclusion survives".to_owned()
            } else {
                format!("all {} conclusions survive", conclusions.len())
            };
            (Verdict::Go, format!("{all} everything that was moved, at {settings} settings"))
        }
    }
}

fn of_outcome(conclusions: &[Conclusion], outcome: PointOutcome) -> Vec<&Conclusion> {
    conclusions.iter().filter(|conclusion| conclusion.outcome == outcome).collect()
}

fn broken_reason(first: &Conclusion, broken: usize, all: usize) -> String {
    let place = first.breaks.first().map_or_else(String::new, |place| {
        let held = format!("held in {} of {} seeds", place.held.held, place.held.runs);
        if place.axis == BASE {
            format!("{} ({held})", as_configured(&place.point))
        } else {
            format!(" first at {} {} ({held})", place.axis, place.point)
        }
    });
    let more = if broken > 1 { format!("; {broken} of {all} conclusions break") } else { String::new() };
    format!("“{}” breaks{place}{more}", first.criterion.name)
}

/// What the bot as it is is called among the places of breaks.
const BASE: &str = "base";

fn as_configured(point: &str) -> String {
    let space = if point.is_empty() { "" } else { " " };
    format!(" as it is configured{space}{point}")
}

fn conclude(criterion: &StabilityCriterion, evidence: &StabilityEvidence) -> Conclusion {
    let base = held(criterion, &evidence.base);
    let points = evidence.axes.iter().map(|axis| {
        let is_asked = criterion.is_of(axis.kind) && axis.points.iter().any(|point| has(point, &criterion.measure));
        let one = |point| is_asked.then(|| held(criterion, point));
        axis.points.iter().map(one).collect::<Vec<Option<Held>>>()
    });
    let points: Vec<Vec<Option<Held>>> = points.collect();
    let all = || points.iter().flatten().flatten().chain([&base]);
    let any = |outcome| all().any(|held| held.outcome == outcome);
    let outcome = if any(PointOutcome::Breaks) {
        PointOutcome::Breaks
    } else if any(PointOutcome::Unproved) {
        PointOutcome::Unproved
    } else {
        PointOutcome::Holds
    };
    let settings = all().count();
    Conclusion {
        criterion: criterion.clone(),
        breaks: breaks(&base, &points, evidence),
        base,
        points,
        outcome,
        settings,
    }
}

fn has(point: &StabilityPoint, measure: &str) -> bool {
    point.seeds.iter().any(|figures| figures.contains_key(measure))
}

fn held(criterion: &StabilityCriterion, point: &StabilityPoint) -> Held {
    let values: Vec<f64> = point.values(&criterion.measure).into_iter().flatten().collect();
    let (runs, held) = (values.len(), values.iter().filter(|value| criterion.holds(**value)).count());
    let interval = wilson(held, runs);
    let is_met = held as f64 >= criterion.share * runs as f64 - 1e-9;
    let outcome = match runs {
        0 => PointOutcome::Unproved,
        few if few < STABILITY_SEEDS_MIN && interval[1] < criterion.share => PointOutcome::Breaks,
        few if few < STABILITY_SEEDS_MIN => PointOutcome::Unproved,
        _ if is_met => PointOutcome::Holds,
        _ => PointOutcome::Breaks,
    };
    Held { runs, held, interval, outcome }
}

/// Of each axis the nearest point at which it breaks; where it does as it is configured already, that alone.
fn breaks(base: &Held, points: &[Vec<Option<Held>>], evidence: &StabilityEvidence) -> Vec<BreakPlace> {
    let is_broken = |held: &Held| held.outcome == PointOutcome::Breaks;
    let own = |point: &str, held: Held| BreakPlace { axis: BASE.to_owned(), point: point.to_owned(), steps: 0, held };
    if is_broken(base) {
        return vec![own("", *base)];
    }
    let all = || evidence.axes.iter().zip(points);
    let unmoved = all().flat_map(|(axis, points)| axis.points.iter().zip(points)).filter(|(point, _)| point.is_base);
    if let Some(held) = unmoved.filter_map(|(_, held)| held.filter(is_broken)).next() {
        return vec![own("over the shorter period", held)];
    }
    let nearest = all().filter_map(|(axis, points)| {
        let broken = points.iter().enumerate().filter_map(|(place, held)| Some((place, held.filter(is_broken)?)));
        let (place, held) = broken.min_by_key(|(place, _)| place.abs_diff(axis.reference))?;
        let steps = place.abs_diff(axis.reference);
        Some(BreakPlace { axis: axis.name.clone(), point: axis.points[place].label.clone(), steps, held })
    });
    let mut all: Vec<BreakPlace> = nearest.collect();
    // Stable: axes that are as near stay in their order.
    all.sort_by_key(|place| place.steps);
    all
}

fn axis_result(axis: &StabilityAxis) -> AxisResult {
    let reference = axis.points.get(axis.reference);
    let points = axis.points.iter().enumerate().map(|(place, point)| {
        let one = |name: &String| {
            let values = point.values(name);
            let distribution = Distribution::of(values.iter().flatten().copied())?;
            let before = reference.filter(|_| place != axis.reference).map(|reference| reference.values(name));
            let change = before.and_then(|before| PairedChange::of(&before, &values));
            Some((name.clone(), PointStatistics { distribution, change }))
        };
        point.measures().filter_map(one).collect::<BTreeMap<_, _>>()
    });
    let points: Vec<BTreeMap<String, PointStatistics>> = points.collect();
    let names = reference.map(|reference| reference.measures().cloned().collect()).unwrap_or_default();
    AxisResult { shapes: shapes(axis, names), sensitivity: sensitivity(axis, &points), points }
}

fn shapes(axis: &StabilityAxis, names: Vec<String>) -> BTreeMap<String, super::ShapeFound> {
    let one = |name: String| {
        let values: Vec<Vec<Option<f64>>> = axis.points.iter().map(|point| point.values(&name)).collect();
        let values: Vec<Values<'_>> = values.iter().map(Vec::as_slice).collect();
        let found = shape(&values, axis.reference, direction(&name));
        (name, found)
    };
    // What is neither better nor worse has no cliff, and what grows with time none along it.
    let has_one = |name: &String| {
        *name == axis.measure
            || direction(name) != Direction::Neither && !(axis.kind == AxisKind::Days && name == TOTAL)
    };
    let shaped = names.into_iter().filter(|name| axis.kind.is_ordered() && has_one(name));
    shaped.map(one).collect()
}

/// Which way a measure is better.
fn direction(measure: &str) -> Direction {
    if measure == super::AUDIT_FINDINGS { Direction::Lower } else { Direction::of(measure) }
}

fn sensitivity(axis: &StabilityAxis, points: &[BTreeMap<String, PointStatistics>]) -> Option<Sensitivity> {
    let measure = &axis.measure;
    let base = points.get(axis.reference)?.get(measure)?.distribution;
    let changes = points.iter().enumerate().filter_map(|(place, point)| Some((place, point.get(measure)?.change?)));
    let size = |change: &PairedChange| libm::fabs(change.median);
    let (point, change) = changes.reduce(|most, other| if size(&most.1) < size(&other.1) { other } else { most })?;
    let effect = match (size(&change), base.spread()) {
        (0.0, _) => Some(0.0),
        (size, spread) => (spread > 0.0).then(|| size / spread),
    };
    Some(Sensitivity { change, point, effect, elasticity: elasticity(axis, points) })
}

/// Between the nearest points on both sides: the change of the figure over its own size, over that of the parameter.
fn elasticity(axis: &StabilityAxis, points: &[BTreeMap<String, PointStatistics>]) -> Option<f64> {
    let measure = &axis.measure;
    let base = points.get(axis.reference)?.get(measure)?.distribution.median;
    let below = axis.reference.checked_sub(1)?;
    let above = axis.reference + 1;
    let moved = |place: usize| axis.points.get(place)?.moved;
    let (values, other) = (axis.points[below].values(measure), axis.points.get(above)?.values(measure));
    let (change, by) = (PairedChange::of(&values, &other)?, moved(above)? - moved(below)?);
    (axis.kind == AxisKind::Parameters && base != 0.0 && by != 0)
        .then(|| change.median / libm::fabs(base) / (by as f64 / 100.0))
}

/// The most sensitive first; one whose seeds do not differ and that changes all the same before all others.
fn ranking(axes: &[AxisResult]) -> Vec<usize> {
    let effect =
        |place: &usize| axes[*place].sensitivity.map(|sensitivity| sensitivity.effect.unwrap_or(f64::INFINITY));
    let mut places: Vec<usize> = (0..axes.len()).filter(|place| effect(place).is_some()).collect();
    places.sort_by(|one, other| effect(other).unwrap_or(0.0).total_cmp(&effect(one).unwrap_or(0.0)));
    places
}
