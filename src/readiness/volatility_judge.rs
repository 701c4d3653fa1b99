use super::verdict::Verdict;
use super::volatility::{
    BreakPoint, Scaling, VolatilityBand, VolatilityCriterion, VolatilityFinding, VolatilityResult, VolatilityRun,
};
use std::collections::BTreeSet;

/// Realised volatilities a year that part the bands: quartiles and the ninetieth percentile of 30-day volatilities of BTC-USD,
/// 2015 to 2026.
const BANDS: [f64; 4] = [0.41, 0.74, 1.11, 1.6];
/// Fewest runs for a slope.
const SLOPE_MIN: usize = 8;

/// Judges runs over violent markets. `doubt` is what makes the market itself unfit to conclude from; empty where nothing does.
///
/// NO-GO where a criterion is not met; INSUFFICIENT EVIDENCE where one has no run that shows it, nobody traded, or there is doubt.
#[must_use]
pub fn judge_volatility(criteria: &[VolatilityCriterion], runs: &[VolatilityRun], doubt: &str) -> VolatilityResult {
    let findings: Vec<VolatilityFinding> = criteria.iter().map(|criterion| criterion.judge(runs)).collect();
    let breaks = |run: &VolatilityRun| criteria.iter().any(|criterion| criterion.is_broken_by(run) == Some(true));
    let broken: BTreeSet<usize> = (0..runs.len()).filter(|place| breaks(&runs[*place])).collect();
    let (verdict, reason) = verdict(&findings, runs, doubt);
    VolatilityResult {
        verdict,
        reason,
        breaks: break_points(criteria, runs),
        bands: bands(runs, &broken),
        scaling: scaling(runs),
        findings,
        broken,
    }
}

fn verdict(findings: &[VolatilityFinding], runs: &[VolatilityRun], doubt: &str) -> (Verdict, String) {
    let names = |met: Option<bool>| -> Vec<String> {
        let such = findings.iter().filter(|finding| finding.met == met);
        such.map(|finding| format!("`{}`", finding.criterion.name)).collect()
    };
    let (failed, unknown) = (names(Some(false)), names(None));
    if !failed.is_empty() {
        return (Verdict::NoGo, format!("not met: {}", failed.join(", ")));
    }
    let insufficient = |reason: String| (Verdict::InsufficientEvidence, reason);
    if findings.is_empty() {
        return insufficient("there is no criterion".to_owned());
    }
    if !unknown.is_empty() {
        return insufficient(format!("no run shows {}", unknown.join(", ")));
    }
    if runs.iter().all(|run| run.fills == 0) {
        return insufficient("the bot did not trade in any run".to_owned());
    }
    if !doubt.is_empty() {
        return insufficient(doubt.to_owned());
    }
    let met = if findings.len() == 1 {
        "the criterion is".to_owned()
    } else {
        format!("all {} criteria are", findings.len())
    };
    (Verdict::Go, format!("{met} met"))
}

/// One a shock, in the order of the runs.
fn break_points(criteria: &[VolatilityCriterion], runs: &[VolatilityRun]) -> Vec<BreakPoint> {
    let mut shocks: Vec<&str> = Vec::new();
    for shock in runs.iter().filter_map(|run| run.shock.as_deref()) {
        if !shocks.contains(&shock) {
            shocks.push(shock);
        }
    }
    shocks.into_iter().map(|shock| break_point(shock, criteria, runs)).collect()
}

fn break_point(shock: &str, criteria: &[VolatilityCriterion], runs: &[VolatilityRun]) -> BreakPoint {
    let of_shock = || runs.iter().filter(|run| run.shock.as_deref() == Some(shock));
    let breaks = |criterion: &VolatilityCriterion, run: &VolatilityRun| criterion.is_broken_by(run) == Some(true);
    let broken = of_shock().filter(|run| criteria.iter().any(|criterion| breaks(criterion, run)));
    let severity = broken.map(|run| run.severity).reduce(f64::min);
    let there = |run: &&VolatilityRun| Some(run.severity) == severity;
    let broke = criteria.iter().filter(|criterion| of_shock().filter(there).any(|run| breaks(criterion, run)));
    let criteria = broke.map(|criterion| criterion.name.clone()).collect();
    BreakPoint { shock: shock.to_owned(), severity, criteria }
}

fn bands(runs: &[VolatilityRun], broken: &BTreeSet<usize>) -> Vec<VolatilityBand> {
    let edges = std::iter::once(0.0).chain(BANDS);
    let ends = BANDS.into_iter().map(Some).chain([None]);
    let band = |(from, to): (f64, Option<f64>)| {
        let within = |run: &VolatilityRun| {
            run.realised_volatility.is_some_and(|found| from <= found && to.is_none_or(|to| found < to))
        };
        let places: Vec<usize> = (0..runs.len()).filter(|place| within(&runs[*place])).collect();
        let mean =
            |of: &dyn Fn(&VolatilityRun) -> f64| interval(places.iter().map(|place| of(&runs[*place])).collect());
        VolatilityBand {
            from,
            to,
            runs: places.len(),
            profit: mean(&VolatilityRun::profit_share),
            drawdown: mean(&|run| run.max_drawdown),
            broken: places.iter().filter(|place| broken.contains(place)).count(),
        }
    };
    edges.zip(ends).map(band).filter(|band| band.runs > 0).collect()
}

/// Mean, and half of the 95 % interval by Student's t with n - 1 degrees of freedom.
fn interval(values: Vec<f64>) -> (f64, Option<f64>) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count.max(1.0);
    if values.len() < 2 {
        return (mean, None);
    }
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (count - 1.0);
    (mean, Some(student_975(values.len() - 1) * libm::sqrt(variance / count)))
}

/// The 97.5 % quantile of Student's t. Source: the table in NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2; between its
/// rows that of fewer degrees of freedom, which is the wider.
fn student_975(freedom: usize) -> f64 {
    const TABLE: [f64; 30] = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
        2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
    ];
    match freedom {
        0..=30 => TABLE[freedom.max(1) - 1],
        31..=59 => 2.042,
        60..=99 => 2.000,
        _ => 1.984,
    }
}

fn scaling(runs: &[VolatilityRun]) -> Vec<Scaling> {
    let figure = |name: &'static str, of: &dyn Fn(&VolatilityRun) -> f64| {
        let pair =
            |run: &VolatilityRun| Some((run.realised_volatility?, of(run))).filter(|(x, y)| *x > 0.0 && *y > 0.0);
        let pairs: Vec<(f64, f64)> = runs.iter().filter_map(pair).map(|(x, y)| (libm::log(x), libm::log(y))).collect();
        let slope = slope(&pairs);
        Scaling {
            figure: name,
            exponent: slope.map(|(slope, _)| slope),
            standard_error: slope.map(|(_, error)| error),
            runs: pairs.len(),
        }
    };
    vec![
        figure("profit or loss, without its sign", &|run| libm::fabs(run.profit_share())),
        figure("largest drawdown", &|run| run.max_drawdown),
        figure("mean position", &|run| run.mean_position),
        figure("largest position", &|run| run.max_position),
    ]
}

/// Slope of a least-squares line and its standard error; none where there are too few points or they have one x.
fn slope(pairs: &[(f64, f64)]) -> Option<(f64, f64)> {
    let count = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let squares: f64 = pairs.iter().map(|pair| (pair.0 - x) * (pair.0 - x)).sum();
    if pairs.len() < SLOPE_MIN || squares < 1e-9 {
        return None;
    }
    let slope = pairs.iter().map(|pair| (pair.0 - x) * (pair.1 - y)).sum::<f64>() / squares;
    let left = |pair: &(f64, f64)| pair.1 - y - slope * (pair.0 - x);
    let residual: f64 = pairs.iter().map(|pair| left(pair) * left(pair)).sum::<f64>() / (count - 2.0);
    Some((slope, libm::sqrt(residual / squares)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Wait;
    use crate::readiness::{Comparison, StopFacts, Threshold};
    use crate::units::{Money, SECOND, Timestamp};

    fn run(shock: Option<&str>, severity: f64) -> VolatilityRun {
        let at = Timestamp::from_nanos(1_767_571_200_000_000_000);
        VolatilityRun {
            regime: "normal".to_owned(),
            shock: shock.map(str::to_owned),
            severity,
            seed: 1,
            start: at,
            end: at.plus(SECOND.times(3_600)),
            shock_at: shock.map(|_| at.plus(SECOND.times(600))),
            realised_volatility: Some(0.5),
            market_low: 1.0,
            market_high: 1.0,
            opening_equity: Money::from_units(10_000),
            profit: Money::from_units(-100),
            buy_and_hold: Money::ZERO,
            max_drawdown: 0.01 * severity,
            max_position: 1.0,
            mean_position: 0.5,
            position_excess_orders: Some(0.0),
            orders: 10,
            refused: 0,
            rejected: 0,
            fills: 5,
            orders_per_second: 2,
            rejects_per_second: 0,
            worst_markout_bps: None,
            stop_slippage_bps: None,
            stop: None,
            audit_findings: 0,
            first_finding: String::new(),
            digest: String::new(),
        }
    }

    fn criterion(measure: &str, comparison: Comparison, threshold: &str) -> VolatilityCriterion {
        let threshold = Threshold::parse(threshold).unwrap_or_else(|error| panic!("{error}"));
        let (name, measure) = (measure.to_owned(), measure.to_owned());
        VolatilityCriterion { name, measure, comparison, threshold, severity_at_most: 1.0, share: 1.0 }
    }

    #[test]
    fn a_criterion_counts_up_to_its_severity_and_a_shock_breaks_where_any_does() {
        let runs = [run(None, 0.0), run(Some("gap"), 1.0), run(Some("gap"), 2.0), run(Some("gap"), 4.0)];
        let drawdown = criterion("max_drawdown", Comparison::AtMost, "0.015");
        let result = judge_volatility(&[drawdown], &runs, "");
        assert_eq!((result.verdict, result.findings[0].runs, result.findings[0].held), (Verdict::Go, 2, 2));
        assert_eq!(result.breaks[0].severity, Some(2.0));
        assert_eq!(result.broken, BTreeSet::from([2, 3]));
    }

    #[test]
    fn a_share_of_runs_is_enough_where_it_says_so() {
        let runs: Vec<VolatilityRun> = (1..=20).map(|place| run(Some("gap"), f64::from(place) / 20.0)).collect();
        let strict = criterion("max_drawdown", Comparison::Below, "0.01");
        let lenient = VolatilityCriterion { share: 0.95, ..strict.clone() };
        let verdict = |criterion| judge_volatility(&[criterion], &runs, "").verdict;
        assert_eq!((verdict(strict), verdict(lenient.clone())), (Verdict::NoGo, Verdict::Go));
        let stricter = VolatilityCriterion { share: 0.951, ..lenient };
        assert_eq!(verdict(stricter), Verdict::NoGo);
    }

    #[test]
    fn what_never_came_breaks_and_what_nobody_showed_is_no_evidence() {
        let flat = || criterion("seconds_to_flat", Comparison::AtMost, "60");
        let calm = run(Some("gap"), 1.0);
        let result = judge_volatility(&[flat()], std::slice::from_ref(&calm), "");
        assert_eq!((result.verdict, result.findings[0].met), (Verdict::InsufficientEvidence, None));
        let (gate, soon) = ("drawdown".to_owned(), Wait::Took(SECOND));
        let waits = StopFacts {
            gate,
            at: calm.start,
            from_cause: soon,
            to_last_cancel: soon,
            to_flat: soon,
            to_within_limit: soon,
        };
        let stop = |to_flat| StopFacts { to_flat, ..waits.clone() };
        let never = VolatilityRun { stop: Some(stop(Wait::Never("held"))), ..calm.clone() };
        assert_eq!(judge_volatility(&[flat()], &[never], "").verdict, Verdict::NoGo);
        let exactly = VolatilityRun { stop: Some(stop(Wait::Took(SECOND.times(60)))), ..calm.clone() };
        assert_eq!(judge_volatility(&[flat()], std::slice::from_ref(&exactly), "").verdict, Verdict::Go);
        // Within its limit at once, and flat too late: each is judged by its own name.
        let late = VolatilityRun { stop: Some(stop(Wait::Took(SECOND.times(61)))), ..calm.clone() };
        let within = || criterion("seconds_to_within_limit", Comparison::AtMost, "60");
        let verdict = |criterion| judge_volatility(&[criterion], std::slice::from_ref(&late), "").verdict;
        assert_eq!((verdict(flat()), verdict(within())), (Verdict::NoGo, Verdict::Go));
        let unlimited = StopFacts { to_within_limit: Wait::Nothing("no limit"), ..waits.clone() };
        let unlimited = VolatilityRun { stop: Some(unlimited), ..calm };
        assert_eq!(judge_volatility(&[within()], &[unlimited], "").verdict, Verdict::InsufficientEvidence);
    }

    /// No limit of the position: that none was exceeded is no evidence.
    #[test]
    fn without_a_limit_there_is_no_excess() {
        let excess = [criterion("position_excess_orders", Comparison::AtMost, "1")];
        let limited = run(Some("gap"), 1.0);
        let unlimited = VolatilityRun { position_excess_orders: None, ..limited.clone() };
        let verdict = |run| judge_volatility(&excess, &[run], "").verdict;
        assert_eq!((verdict(limited), verdict(unlimited)), (Verdict::Go, Verdict::InsufficientEvidence));
    }

    #[test]
    fn doubt_and_idleness_are_no_go_for_nobody_and_evidence_for_nobody() {
        let criteria = [criterion("max_drawdown", Comparison::AtMost, "0.5")];
        let runs = [run(Some("gap"), 1.0)];
        let verdict = |runs: &[VolatilityRun], doubt| judge_volatility(&criteria, runs, doubt).verdict;
        assert_eq!(verdict(&runs, "the market trends"), Verdict::InsufficientEvidence);
        let idle = [VolatilityRun { fills: 0, ..runs[0].clone() }];
        assert_eq!(verdict(&idle, ""), Verdict::InsufficientEvidence);
        assert_eq!(judge_volatility(&[], &runs, "").verdict, Verdict::InsufficientEvidence);
    }

    /// A drawdown that is the square of volatility has the exponent two, exactly.
    #[test]
    fn exponents_are_those_of_the_figures() {
        let at = |volatility: f64| VolatilityRun {
            realised_volatility: Some(volatility),
            max_drawdown: volatility * volatility / 100.0,
            ..run(None, 0.0)
        };
        let runs: Vec<VolatilityRun> = (1..=10).map(|place| at(f64::from(place) / 5.0)).collect();
        let scaling = &judge_volatility(&[], &runs, "").scaling;
        let found =
            scaling.iter().find(|scaling| scaling.figure == "largest drawdown").and_then(|scaling| scaling.exponent);
        assert!(found.is_some_and(|found| (found - 2.0).abs() < 1e-9), "{found:?}");
        assert_eq!(judge_volatility(&[], &runs[..7], "").scaling[1].exponent, None, "too few");
    }

    /// Worked by hand: 1, 2, 3 have the mean 2, the deviation 1 and so half an interval of 4.303 / sqrt(3).
    #[test]
    fn intervals_are_those_of_students_t() {
        let (mean, half) = interval(vec![1.0, 2.0, 3.0]);
        assert!(mean == 2.0 && half.is_some_and(|half| (half - 4.303 / 3.0_f64.sqrt()).abs() < 1e-9));
        assert_eq!(interval(vec![1.0]).1, None);
    }
}
