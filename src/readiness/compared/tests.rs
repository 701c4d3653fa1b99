use super::*;
use crate::readiness::{Comparison, Criterion, Measured, Outcome, Threshold, Unit, Value};
use crate::units::Money;

fn side() -> TrialSide {
    let mut measurements = Measurements::new();
    let money = |text: &str| Value::Money(Money::parse(text).unwrap());
    measurements.set("profit", Measured::observed(money("10"), Unit::Asset("USDT".to_owned())));
    measurements.set("fills", Measured::observed(Value::Count(100), Unit::Count));
    measurements.set("sharpe", Measured::undefined("fewer than two days", Unit::Plain));
    TrialSide {
        verdict: Verdict::Go,
        headline: "GO".to_owned(),
        reason: "the one criterion is met".to_owned(),
        measurements,
        findings: vec![finding(Outcome::Met)],
        controls: vec![control("drawdown"), control("position")],
        invariants: vec![("no-overfill".to_owned(), 0)],
        audited: true,
        never_exercised: Vec::new(),
    }
}

fn finding(outcome: Outcome) -> Finding {
    Finding {
        criterion: Criterion {
            name: "earns".to_owned(),
            metric: "profit".to_owned(),
            comparison: Comparison::Above,
            threshold: Threshold::parse("0").unwrap(),
            mandatory: true,
            evidence: false,
        },
        value: None,
        unit: Unit::Plain,
        n: None,
        margin: None,
        outcome,
        waiver: None,
    }
}

fn control(name: &str) -> ControlSide {
    ControlSide {
        name: name.to_owned(),
        armed: true,
        audited: true,
        had_to_fire: 3,
        fired: 3,
        ..ControlSide::default()
    }
}

fn tolerance(metric: &str, amount: &str) -> Tolerance {
    Tolerance { metric: metric.to_owned(), amount: Amount::parse(amount).unwrap() }
}

fn words(compared: &Compared) -> Vec<String> {
    compared.regressions.iter().map(ToString::to_string).collect()
}

#[test]
fn the_same_twice_is_no_regression() {
    let compared = compare((&side(), &side()), &[], &[tolerance("profit", "0")], false);
    assert_eq!((compared.verdict, words(&compared)), (ComparedVerdict::NoRegression, Vec::new()));
    assert!(compared.metrics.iter().all(|pair| pair.sense() == Sense::Same), "{:?}", compared.metrics);
    assert_eq!(compared.metrics.len(), 2, "what neither has a value of is left out");
}

/// A change for the worse, and the regression that it is.
type Worsened = (fn(&mut TrialSide), &'static str);

/// Each rule by itself, and that what is better trips none of them.
#[test]
fn every_rule_finds_what_it_is_for_and_nothing_else() {
    let table: [Worsened; 11] = [
        (|side| side.verdict = Verdict::NoGo, "the verdict was GO and is NO-GO"),
        (|side| side.verdict = Verdict::InsufficientEvidence, "the verdict was GO and is INSUFFICIENT EVIDENCE"),
        (|side| side.findings = vec![finding(Outcome::NotMet)], "criterion “earns” was met and is not met"),
        (|side| side.findings.clear(), "criterion “earns” was met and is no longer demanded"),
        (|side| side.controls[0].missed = 1, "control “drawdown” missed: 1, where it was 0"),
        (|side| side.controls[1].false_alarms = 2, "control “position” false: 2, where it was 0"),
        (|side| side.controls[1].late = 2, "control “position” late: 2, where it was 0"),
        (|side| side.controls[1].armed = false, "control “position” was armed and is off"),
        (
            |side| side.never_exercised.push("drawdown".to_owned()),
            "mandatory control “drawdown” is not exercised any more",
        ),
        (|side| side.invariants[0].1 = 4, "invariant “no-overfill” broken: 4, where it was 0"),
        (|side| side.audited = false, "the candidate was not audited: nobody knows what its controls had to do"),
    ];
    for (change, expected) in table {
        let mut other = side();
        change(&mut other);
        let compared = compare((&side(), &other), &[], &[], false);
        assert_eq!((compared.verdict, words(&compared)), (ComparedVerdict::Regression, vec![expected.to_owned()]));
        let turned = compare((&other, &side()), &[], &[], false);
        assert_eq!((turned.verdict, words(&turned)), (ComparedVerdict::NoRegression, Vec::new()), "{expected}");
    }
}

#[test]
fn a_limit_is_judged_by_which_way_is_better_or_is_said_to_be_unjudged() {
    let with = |profit: &str, fills: u64| {
        let mut side = side();
        let money = Value::Money(Money::parse(profit).unwrap());
        side.measurements.set("profit", Measured::observed(money, Unit::Asset("USDT".to_owned())));
        side.measurements.set("fills", Measured::observed(Value::Count(fills), Unit::Count));
        side
    };
    let check = |other: &TrialSide, tolerances: &[Tolerance]| compare((&side(), other), &[], tolerances, false);
    let better = check(&with("20", 100), &[tolerance("profit", "0"), tolerance("fills", "0")]);
    assert_eq!(better.verdict, ComparedVerdict::NoRegression);
    assert_eq!(better.metrics[0].sense(), Sense::Better);
    assert_eq!(better.metrics[0].relative(), Some(1.0));
    let worse = check(&with("9.4", 106), &[tolerance("profit", "5%"), tolerance("fills", "5")]);
    assert_eq!(
        words(&worse),
        [
            "metric “profit” is worse by 0.6 than the base’s 10, allowed 5 %",
            "metric “fills” is worse by 6 than the base’s 100, allowed 5",
        ]
    );
    let unknown = check(&with("10", 100), &[tolerance("sharpe", "1")]);
    assert_eq!(unknown.verdict, ComparedVerdict::NotComparable);
    assert_eq!(unknown.unjudged.len(), 1);
    let mut gone = side();
    gone.measurements.set("profit", Measured::undefined("no marks", Unit::Plain));
    assert_eq!(words(&check(&gone, &[tolerance("profit", "5%")])), ["metric “profit” has no value any more: no marks"]);
    let mut forbidden = side();
    forbidden.measurements.forbid("profit", "a gap");
    let found = check(&forbidden, &[tolerance("profit", "5%")]);
    assert_eq!(found.unjudged[0].reason, "the data allow no conclusion: a gap");
}

#[test]
fn unlike_trials_are_not_compared_unless_that_is_meant() {
    let differences =
        |part| vec![TrialDifference { part, what: "seed".to_owned(), base: "1".to_owned(), candidate: "2".to_owned() }];
    let check = |part, is_meant| compare((&side(), &side()), &differences(part), &[], is_meant).verdict;
    assert_eq!(check(Part::Trial, false), ComparedVerdict::NotComparable);
    assert_eq!(check(Part::Trial, true), ComparedVerdict::NoRegression);
    assert_eq!(check(Part::Candidate, false), ComparedVerdict::NoRegression);
}
