//! Two campaigns, seed by seed.

use super::sign::{median_interval, sign_test};
use super::tolerance::loss;
use super::{Amount, ComparedVerdict, ControlSide, Part, Sense, Tolerance, TrialDifference, Unjudged};
use crate::readiness::{Direction, Unit, Value, Verdict, metric_row, metric_subjects};
use std::collections::BTreeMap;

/// One seed of a campaign as it is compared.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedSide {
    /// The seed.
    pub seed: u64,
    /// Its verdict.
    pub verdict: Verdict,
    /// Names of criteria, and whether each was met.
    pub criteria: Vec<(String, bool)>,
    /// Its controls over all fill presets.
    pub controls: Vec<ControlSide>,
    /// Names of invariants that were broken, and how often.
    pub invariants: Vec<(String, u64)>,
    /// Mandatory controls that were never exercised.
    pub never_exercised: Vec<String>,
    /// Values of its metrics.
    pub metrics: BTreeMap<String, (Value, Unit)>,
}

/// A metric over all pairs of seeds.
#[derive(Debug, Clone, PartialEq)]
pub struct PairedMetric {
    /// Its subject in the catalogue.
    pub subject: String,
    /// Stable name.
    pub name: String,
    /// For people.
    pub label: String,
    /// Which way is better.
    pub direction: Direction,
    /// Unit of all figures.
    pub unit: Unit,
    /// Pairs of seeds that both have a value.
    pub pairs: usize,
    /// Median of the base's values; the lower of two.
    pub base: Value,
    /// Median of the candidate's.
    pub candidate: Value,
    /// Median of the differences, candidate less base.
    pub difference: Value,
    /// Where the median of the differences lies with 95 %; nothing below six pairs.
    pub interval: Option<(Value, Value)>,
    /// Pairs in which the candidate's is better, or higher where nobody knows which is.
    pub better: u64,
    /// Pairs in which it is worse, or lower.
    pub worse: u64,
    /// Sign test over the pairs that differ, both sides.
    pub p: Option<f64>,
    /// How much worse it may be, and in how many pairs it is by more.
    pub limit: Option<(Amount, u64)>,
}

impl PairedMetric {
    /// Better or worse, where the interval of the median lies on one side of nothing.
    #[must_use]
    pub fn sense(&self) -> Sense {
        if self.better + self.worse == 0 {
            return Sense::Same;
        }
        let (low, high) = match self.interval {
            Some((low, high)) => (low.to_f64(), high.to_f64()),
            None => return Sense::Unknown,
        };
        match self.direction {
            _ if low <= 0.0 && 0.0 <= high => Sense::Other,
            Direction::Neither => Sense::Other,
            Direction::Higher if low > 0.0 => Sense::Better,
            Direction::Lower if high < 0.0 => Sense::Better,
            _ => Sense::Worse,
        }
    }
}

/// Something that is worse over the seeds than is allowed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct PairedRegression {
    /// Stable name of the rule.
    pub rule: &'static str,
    /// Name of the criterion, the control, the invariant or the metric.
    pub subject: String,
    /// What is worse, in words.
    pub words: String,
    /// The first seeds in which it is.
    pub seeds: Vec<u64>,
}

/// How often each verdict was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct VerdictCounts {
    /// GO.
    pub go: u64,
    /// NO-GO.
    pub no_go: u64,
    /// INSUFFICIENT EVIDENCE.
    pub insufficient: u64,
}

/// Two campaigns side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct PairedCampaigns {
    /// What it comes to.
    pub verdict: ComparedVerdict,
    /// What is worse.
    pub regressions: Vec<PairedRegression>,
    /// Limits that could not be judged.
    pub unjudged: Vec<Unjudged>,
    /// Seeds that both have.
    pub pairs: u64,
    /// Seeds of one of them alone.
    pub alone: u64,
    /// Verdicts of the base over the pairs.
    pub base: VerdictCounts,
    /// Verdicts of the candidate over the pairs.
    pub candidate: VerdictCounts,
    /// Metrics that any pair has.
    pub metrics: Vec<PairedMetric>,
}

/// Seeds that are named of a regression.
const SEEDS_NAMED: usize = 10;

type Pair<'a> = (&'a SeedSide, &'a SeedSide);

/// Holds a campaign against another, by pairs of the same seed.
#[must_use]
pub fn compare_campaigns(
    (base, candidate): (&[SeedSide], &[SeedSide]),
    differences: &[TrialDifference],
    tolerances: &[Tolerance],
    unlike_is_meant: bool,
) -> PairedCampaigns {
    let by_seed: BTreeMap<u64, &SeedSide> = candidate.iter().map(|side| (side.seed, side)).collect();
    let pairs: Vec<Pair<'_>> = base.iter().filter_map(|side| Some((side, *by_seed.get(&side.seed)?))).collect();
    let metrics = metrics(&pairs, tolerances);
    let mut regressions = verdicts(&pairs);
    regressions.extend(criteria(&pairs));
    regressions.extend(controls(&pairs));
    regressions.extend(exercised(&pairs));
    regressions.extend(invariants(&pairs));
    regressions.extend(metrics.iter().filter_map(beyond));
    let is_known = |limit: &&Tolerance| metrics.iter().all(|metric| metric.name != limit.metric);
    let unjudged = tolerances.iter().filter(is_known).map(|limit| Unjudged {
        metric: limit.metric.clone(),
        reason: "no pair of seeds has a value of it".to_owned(),
    });
    let unjudged: Vec<Unjudged> = unjudged.collect();
    let is_unlike = differences.iter().any(|difference| difference.part == Part::Trial) && !unlike_is_meant;
    let verdict = match (is_unlike || pairs.is_empty(), regressions.is_empty(), unjudged.is_empty()) {
        (true, ..) => ComparedVerdict::NotComparable,
        (_, false, _) => ComparedVerdict::Regression,
        (_, true, false) => ComparedVerdict::NotComparable,
        (_, true, true) => ComparedVerdict::NoRegression,
    };
    PairedCampaigns {
        verdict,
        regressions,
        unjudged,
        alone: (base.len() + candidate.len() - 2 * pairs.len()) as u64,
        base: counts(pairs.iter().map(|(base, _)| base.verdict)),
        candidate: counts(pairs.iter().map(|(_, candidate)| candidate.verdict)),
        pairs: pairs.len() as u64,
        metrics,
    }
}

fn counts(verdicts: impl Iterator<Item = Verdict>) -> VerdictCounts {
    let mut counts = VerdictCounts::default();
    for verdict in verdicts {
        *match verdict {
            Verdict::Go => &mut counts.go,
            Verdict::NoGo => &mut counts.no_go,
            Verdict::InsufficientEvidence => &mut counts.insufficient,
        } += 1;
    }
    counts
}

/// A regression of every pair in which `is_worse` holds.
fn in_seeds(
    pairs: &[Pair<'_>],
    (rule, subject, what): (&'static str, &str, &str),
    is_worse: impl Fn(&Pair<'_>) -> bool,
) -> Option<PairedRegression> {
    let seeds: Vec<u64> = pairs.iter().filter(|pair| is_worse(pair)).map(|(base, _)| base.seed).collect();
    let words = format!("{what} in {} of {} seeds", seeds.len(), pairs.len());
    let named = seeds.iter().copied().take(SEEDS_NAMED).collect();
    (!seeds.is_empty()).then(|| PairedRegression { rule, subject: subject.to_owned(), words, seeds: named })
}

fn verdicts(pairs: &[Pair<'_>]) -> Vec<PairedRegression> {
    let is_worse = |(base, candidate): &Pair<'_>| {
        base.verdict != candidate.verdict && Verdict::worst([base.verdict, candidate.verdict]) == candidate.verdict
    };
    in_seeds(pairs, ("verdict", "verdict", "the verdict is worse"), is_worse).into_iter().collect()
}

fn criteria(pairs: &[Pair<'_>]) -> Vec<PairedRegression> {
    let names = names(pairs, |side| side.criteria.iter().map(|(name, _)| name.clone()).collect());
    let met = |side: &SeedSide, name: &str| side.criteria.iter().any(|(known, is_met)| known == name && *is_met);
    let of = |name: &String| {
        let what = format!("criterion “{name}” was met and is not");
        in_seeds(pairs, ("criterion", name, &what), |(base, candidate)| met(base, name) && !met(candidate, name))
    };
    names.iter().filter_map(of).collect()
}

/// Every name of a kind of thing, in the order of the first seed that has it.
fn names(pairs: &[Pair<'_>], of: impl Fn(&SeedSide) -> Vec<String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (base, candidate) in pairs {
        for name in of(base).into_iter().chain(of(candidate)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

fn controls(pairs: &[Pair<'_>]) -> Vec<PairedRegression> {
    let mut found = Vec::new();
    for name in names(pairs, |side| side.controls.iter().map(|control| control.name.clone()).collect()) {
        let of =
            |side: &SeedSide| side.controls.iter().find(|control| control.name == name).cloned().unwrap_or_default();
        let what = format!("control “{name}” was armed and is off");
        let is_off = |(base, candidate): &Pair<'_>| of(base).armed && !of(candidate).armed;
        found.extend(in_seeds(pairs, ("switched-off", &name, &what), is_off));
        for (how, count) in super::regression::FAILINGS {
            let sum = |side: fn(&Pair<'_>) -> SeedSide| pairs.iter().map(|pair| count(&of(&side(pair)))).sum::<u64>();
            let (base, candidate) = (sum(|pair| pair.0.clone()), sum(|pair| pair.1.clone()));
            if base < candidate {
                let what = format!("control “{name}” {how}: {candidate} over all seeds, where it was {base}; more");
                let is_worse = |(base, candidate): &Pair<'_>| count(&of(base)) < count(&of(candidate));
                found.extend(in_seeds(pairs, ("control", &name, &what), is_worse));
            }
        }
    }
    found
}

fn exercised(pairs: &[Pair<'_>]) -> Vec<PairedRegression> {
    let names = names(pairs, |side| side.never_exercised.clone());
    let of = |name: &String| {
        let what = format!("mandatory control “{name}” is not exercised any more");
        let is_lost = |(base, candidate): &Pair<'_>| {
            !base.never_exercised.contains(name) && candidate.never_exercised.contains(name)
        };
        in_seeds(pairs, ("not-exercised", name, &what), is_lost)
    };
    names.iter().filter_map(of).collect()
}

fn invariants(pairs: &[Pair<'_>]) -> Vec<PairedRegression> {
    let names = names(pairs, |side| side.invariants.iter().map(|(name, _)| name.clone()).collect());
    let of = |side: &SeedSide, name: &str| {
        side.invariants.iter().find(|(known, _)| known == name).map_or(0, |(_, broken)| *broken)
    };
    let row = |name: &String| {
        let what = format!("invariant “{name}” is broken more often");
        in_seeds(pairs, ("invariant", name, &what), |(base, candidate)| of(base, name) < of(candidate, name))
    };
    names.iter().filter_map(row).collect()
}

/// A metric that is beyond its limit in more than half of the pairs: its median is.
fn beyond(metric: &PairedMetric) -> Option<PairedRegression> {
    let (allowed, beyond) = metric.limit?;
    let words = format!(
        "metric “{}” is worse by more than {allowed} in {beyond} of {} pairs of seeds; median difference {}",
        metric.name, metric.pairs, metric.difference
    );
    let is_worse = 2 * beyond > metric.pairs as u64;
    is_worse.then(|| PairedRegression { rule: "metric", subject: metric.name.clone(), words, seeds: Vec::new() })
}

fn metrics(pairs: &[Pair<'_>], tolerances: &[Tolerance]) -> Vec<PairedMetric> {
    let catalogue = metric_subjects().flat_map(|(subject, names)| names.into_iter().map(move |name| (subject, name)));
    let known: Vec<(String, String)> = catalogue.map(|(subject, name)| (subject.to_owned(), name.to_owned())).collect();
    let mut others = names(pairs, |side| side.metrics.keys().cloned().collect());
    others.retain(|name| known.iter().all(|(_, other)| other != name));
    others.sort_unstable();
    let others = others.into_iter().map(|name| ("Each market".to_owned(), name));
    let rows = known.into_iter().chain(others);
    rows.filter_map(|row| metric(row, pairs, tolerances)).collect()
}

fn metric((subject, name): (String, String), pairs: &[Pair<'_>], tolerances: &[Tolerance]) -> Option<PairedMetric> {
    let values = pairs.iter().filter_map(|(base, candidate)| {
        let ((base, unit), (candidate, _)) = (base.metrics.get(&name)?, candidate.metrics.get(&name)?);
        Some((*base, *candidate, unit))
    });
    let values: Vec<(Value, Value, &Unit)> = values.collect();
    let direction = Direction::of(&name);
    let mut differences: Vec<Value> = values.iter().map(|(base, candidate, _)| candidate.less(*base)).collect();
    differences.sort_by(order);
    let interval = median_interval(differences.len()).map(|(low, high)| (differences[low], differences[high]));
    let losses = values.iter().map(|(base, candidate, _)| match direction {
        Direction::Neither => base.less(*candidate).to_f64(),
        _ => loss(direction, *base, *candidate).to_f64(),
    });
    let losses: Vec<f64> = losses.collect();
    let better = losses.iter().filter(|loss| **loss < 0.0).count() as u64;
    let worse = losses.iter().filter(|loss| **loss > 0.0).count() as u64;
    let limit = tolerances.iter().find(|limit| limit.metric == name).map(|limit| limit.amount);
    let exceeds = |amount: Amount| {
        let beyond =
            values.iter().filter(|(base, candidate, _)| amount.is_exceeded(loss(direction, *base, *candidate), *base));
        (amount, beyond.count() as u64)
    };
    Some(PairedMetric {
        subject,
        label: metric_row(&name).map_or_else(|| name.clone(), |row| row.label.to_owned()),
        direction,
        unit: values.first()?.2.clone(),
        pairs: values.len(),
        base: median(values.iter().map(|row| row.0).collect())?,
        candidate: median(values.iter().map(|row| row.1).collect())?,
        difference: median(differences)?,
        interval,
        better,
        worse,
        p: sign_test(better, worse),
        limit: limit.map(exceeds),
        name,
    })
}

fn order(left: &Value, right: &Value) -> std::cmp::Ordering {
    match (left.atto(), right.atto()) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => left.to_f64().total_cmp(&right.to_f64()),
    }
}

/// The middle value; of two the lower, so that it is one that was measured.
fn median(mut values: Vec<Value>) -> Option<Value> {
    values.sort_by(order);
    values.get(values.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seeds(profits: &[f64], verdict: Verdict) -> Vec<SeedSide> {
        let side = |(seed, profit): (u64, &f64)| SeedSide {
            seed,
            verdict,
            criteria: vec![("earns".to_owned(), verdict == Verdict::Go)],
            controls: vec![ControlSide { name: "drawdown".to_owned(), armed: true, ..ControlSide::default() }],
            invariants: Vec::new(),
            never_exercised: Vec::new(),
            metrics: BTreeMap::from([("sharpe".to_owned(), (Value::Real(*profit), Unit::Plain))]),
        };
        (1..).zip(profits).map(side).collect()
    }

    const BASE: [f64; 8] = [1.0, 9.0, 2.0, 8.0, 3.0, 7.0, 4.0, 6.0];

    #[test]
    fn pairs_show_what_medians_of_all_hide() {
        let worse: Vec<f64> = BASE.iter().map(|value| value - 0.5).collect();
        let (base, candidate) = (seeds(&BASE, Verdict::Go), seeds(&worse, Verdict::Go));
        let limit =
            |amount: &str| vec![Tolerance { metric: "sharpe".to_owned(), amount: Amount::parse(amount).unwrap() }];
        let found = compare_campaigns((&base, &candidate), &[], &limit("0.4"), false);
        assert_eq!(found.verdict, ComparedVerdict::Regression);
        let metric = &found.metrics[0];
        assert_eq!(
            (metric.difference, metric.interval),
            (Value::Real(-0.5), Some((Value::Real(-0.5), Value::Real(-0.5))))
        );
        assert_eq!((metric.better, metric.worse, metric.sense()), (0, 8, Sense::Worse));
        assert!((metric.p.unwrap() - 2.0 / 256.0).abs() < 1e-12);
        assert_eq!(
            found.regressions[0].words,
            "metric “sharpe” is worse by more than 0.4 in 8 of 8 pairs of seeds; median difference -0.5"
        );
        // Half of the pairs beyond it are not more than half.
        let some: Vec<f64> =
            BASE.iter().enumerate().map(|(place, value)| if place < 4 { value - 1.0 } else { *value }).collect();
        let found = compare_campaigns((&base, &seeds(&some, Verdict::Go)), &[], &limit("0.4"), false);
        assert_eq!(found.verdict, ComparedVerdict::NoRegression, "{:?}", found.regressions);
        assert_eq!(found.metrics[0].limit.map(|limit| limit.1), Some(4));
    }

    #[test]
    fn rules_are_judged_seed_by_seed() {
        let base = seeds(&BASE, Verdict::Go);
        let mut candidate = seeds(&BASE, Verdict::Go);
        candidate[2].verdict = Verdict::NoGo;
        candidate[2].criteria[0].1 = false;
        candidate[4].controls[0].missed = 2;
        candidate[5].never_exercised.push("drawdown".to_owned());
        candidate[6].invariants.push(("no-overfill".to_owned(), 1));
        candidate[7].controls[0].armed = false;
        let found = compare_campaigns((&base, &candidate), &[], &[], false);
        let shown: Vec<(&str, &[u64])> = found.regressions.iter().map(|row| (row.rule, row.seeds.as_slice())).collect();
        assert_eq!(
            shown,
            [
                ("verdict", &[3][..]),
                ("criterion", &[3]),
                ("switched-off", &[8]),
                ("control", &[5]),
                ("not-exercised", &[6]),
                ("invariant", &[7]),
            ]
        );
        assert_eq!((found.candidate.go, found.candidate.no_go), (7, 1));
        let turned = compare_campaigns((&candidate, &base), &[], &[], false);
        assert_eq!(turned.verdict, ComparedVerdict::NoRegression, "{:?}", turned.regressions);
    }

    #[test]
    fn without_common_seeds_nothing_is_compared() {
        let base = seeds(&BASE, Verdict::Go);
        let others: Vec<SeedSide> =
            base.iter().map(|side| SeedSide { seed: side.seed + 100, ..side.clone() }).collect();
        let found = compare_campaigns((&base, &others), &[], &[], false);
        assert_eq!((found.verdict, found.pairs, found.alone), (ComparedVerdict::NotComparable, 0, 16));
        let few = compare_campaigns((&base[..5], &base[..5]), &[], &[], false);
        assert_eq!(few.metrics[0].interval, None);
        assert_eq!(few.metrics[0].sense(), Sense::Same);
    }
}
