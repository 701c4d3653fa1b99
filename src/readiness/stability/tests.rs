//! Drawn evidence and what it comes to.

use super::*;
use crate::readiness::Verdict;

/// Thirty seeds around `value`.
fn point(label: &str, value: f64, seeds: u32) -> StabilityPoint {
    let figures = |seed: u32| {
        let value = value + 0.1 * (f64::from(seed) / 29.0 - 0.5);
        Figures::from([("total_return".to_owned(), value), ("fills".to_owned(), 10.0)])
    };
    StabilityPoint {
        label: label.to_owned(),
        is_base: false,
        note: String::new(),
        moved: None,
        seeds: (0..seeds).map(figures).collect(),
    }
}

fn axis(kind: AxisKind, name: &str, values: &[f64], seeds: u32) -> StabilityAxis {
    let points = values.iter().enumerate().map(|(place, value)| point(&format!("p{place}"), *value, seeds)).collect();
    StabilityAxis {
        kind,
        name: name.to_owned(),
        about: String::new(),
        measure: "total_return".to_owned(),
        points,
        reference: 0,
    }
}

fn evidence(axes: Vec<StabilityAxis>, seeds: u32) -> StabilityEvidence {
    let base = point("base", 1.0, seeds);
    StabilityEvidence { base, axes, unproved: String::new() }
}

fn criterion(threshold: &str, share: f64) -> StabilityCriterion {
    StabilityCriterion {
        name: "earns".to_owned(),
        measure: "total_return".to_owned(),
        comparison: Comparison::Above,
        threshold: Threshold::parse(threshold).unwrap(),
        share,
        axes: Vec::new(),
    }
}

#[test]
fn what_survives_everything_is_go_and_what_breaks_says_where() {
    let axes = || {
        vec![
            axis(AxisKind::Latency, "latency", &[1.0, 1.0, 0.9], 30),
            axis(AxisKind::Fees, "fees", &[1.0, 0.6, -0.3], 30),
        ]
    };
    let evidence = evidence(axes(), 30);
    let go = judge_stability(&[criterion("-1", 1.0)], &evidence);
    assert_eq!(
        (go.verdict, go.conclusions[0].outcome, go.conclusions[0].settings),
        (Verdict::Go, PointOutcome::Holds, 7)
    );
    assert_eq!(go.reason, "the conclusion survives everything that was moved, at 7 settings");
    let broken = judge_stability(&[criterion("0", 0.9)], &evidence);
    assert_eq!(broken.verdict, Verdict::NoGo);
    assert_eq!(broken.reason, "“earns” breaks first at fees p2 (held in 0 of 30 seeds)");
    let nearest: Vec<(&str, &str)> =
        broken.conclusions[0].breaks.iter().map(|place| (place.axis.as_str(), place.point.as_str())).collect();
    assert_eq!(nearest, [("fees", "p2")]);
    let at_once = judge_stability(&[criterion("0.93", 1.0)], &evidence);
    assert!(at_once.conclusions[0].breaks.len() == 2, "{:?}", at_once.conclusions[0].breaks);
    assert_eq!(at_once.conclusions[0].breaks[0].axis, "fees", "one step is nearer than two");
    let base = judge_stability(&[criterion("2", 1.0)], &evidence);
    assert_eq!(base.reason, "“earns” breaks as it is configured (held in 0 of 30 seeds)");
    // What need not be survived is not looked at.
    let narrow = StabilityCriterion { axes: vec![AxisKind::Latency], ..criterion("0", 0.9) };
    assert_eq!(judge_stability(&[narrow], &evidence).verdict, Verdict::Go);
}

#[test]
fn few_seeds_prove_nothing_but_what_they_refute() {
    let few = evidence(vec![axis(AxisKind::Latency, "latency", &[1.0, 1.0], 29)], 29);
    let found = judge_stability(&[criterion("0", 1.0)], &few);
    assert_eq!((found.verdict, found.conclusions[0].outcome), (Verdict::InsufficientEvidence, PointOutcome::Unproved));
    assert_eq!(judge_stability(&[criterion("5", 1.0)], &few).verdict, Verdict::NoGo);
    // Two of three are below a demand of 90 %, and may be chance.
    let three = evidence(Vec::new(), 3);
    assert_eq!(judge_stability(&[criterion("0.951", 0.9)], &three).verdict, Verdict::InsufficientEvidence);
    assert_eq!(judge_stability(&[], &evidence(Vec::new(), 30)).verdict, Verdict::InsufficientEvidence);
    let unknown = StabilityCriterion { measure: "sharpe".to_owned(), ..criterion("0", 1.0) };
    assert_eq!(judge_stability(&[unknown], &evidence(Vec::new(), 30)).verdict, Verdict::InsufficientEvidence);
}

#[test]
fn idle_bots_and_runs_that_end_elsewhere_are_no_go_for_nobody() {
    let mut idle = evidence(Vec::new(), 30);
    idle.base.seeds.iter_mut().for_each(|seed| seed.extend([("fills".to_owned(), 0.0)]));
    assert_eq!(judge_stability(&[criterion("0", 1.0)], &idle).verdict, Verdict::InsufficientEvidence);
    let differs =
        StabilityEvidence { unproved: "a run made again ended elsewhere".to_owned(), ..evidence(Vec::new(), 30) };
    let found = judge_stability(&[criterion("0", 1.0)], &differs);
    assert_eq!((found.verdict, found.reason.as_str()), (Verdict::NoGo, "a run made again ended elsewhere"));
}

#[test]
fn the_most_sensitive_stands_first() {
    let axes = vec![
        axis(AxisKind::Latency, "latency", &[1.0, 1.01], 30),
        axis(AxisKind::Fees, "fees", &[1.0, 0.5], 30),
        axis(AxisKind::Fills, "fills", &[1.0, 0.9], 30),
    ];
    let found = judge_stability(&[criterion("-1", 1.0)], &evidence(axes, 30));
    assert_eq!(found.ranking, [1, 2, 0]);
    // The middle half of thirty seeds that are 0.1 apart from lowest to highest: from the eighth to the twenty-third.
    let effect = found.axes[1].sensitivity.and_then(|sensitivity| sensitivity.effect).unwrap();
    assert!((effect - 0.5 / (0.1 * 15.0 / 29.0)).abs() < 1e-9, "{effect}");
    assert_eq!(found.axes[1].shapes["total_return"].shape, Shape::Cliff);
    assert!(found.axes[2].shapes.is_empty(), "fill presets have no order");
}

#[test]
fn elasticity_is_that_of_the_figure() {
    let mut axis = axis(AxisKind::Parameters, "offset_ticks", &[0.8, 0.9, 1.0, 1.1, 1.2], 30);
    axis.reference = 2;
    axis.points.iter_mut().zip([-20, -10, 0, 10, 20]).for_each(|(point, moved)| point.moved = Some(moved));
    let found = judge_stability(&[], &evidence(vec![axis], 30));
    let elasticity = found.axes[0].sensitivity.and_then(|sensitivity| sensitivity.elasticity).unwrap();
    let median = found.axes[0].points[2]["total_return"].distribution.median;
    assert!((elasticity - 1.0 / median).abs() < 1e-9, "{elasticity}");
}
