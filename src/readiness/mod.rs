//! Criteria fixed before the run, findings after it, and the verdict: GO, NO-GO or INSUFFICIENT EVIDENCE.
//!
//! Criteria come from the scenario, are hashed before the run ([`Readiness::hash`]) and judged after it ([`assess`])
//! against [`Measurements`]. Everything here is a pure function of its arguments.
//!
//! Order rule: findings keep the order of the criteria; blockers are listed in the order of [`Blocker`]'s variants.
//! Invariants: an unmet criterion without waiver is NO-GO whatever else is missing; GO needs at least one criterion that
//! was met by measurement, trades, fit data, every mandatory control exercised and audited, an audit without findings, and the
//! same verdict under every fill preset; an assumed figure satisfies nothing; a waiver sets aside one criterion and nothing else.
//! Known limits: money, counts and thresholds are compared exactly; a statistic (a binary fraction) is compared with the
//! binary fraction nearest to the threshold.

mod assess;
mod audited;
mod catalogue;
mod compared;
mod criterion;
mod direction;
mod finding;
mod measurement;
mod peak;
mod resources;
mod stability;
mod verdict;
mod volatility;
mod volatility_judge;

pub use assess::{
    Assessment, Bounds, ControlEvidence, DataEvidence, DrillEvidence, Evidence, LaneEvidence, LaneVerdict, assess,
};
pub use audited::{AuditEvidence, Disagreement, LaneAudit};
pub use catalogue::{
    MetricRow, WIRE_SUBJECT, market_metric_name, market_metric_names, measurements, metric_names, metric_row,
    metric_subjects, metric_unit,
};
pub use compared::{
    AMOUNT_EXPECTED, Amount, Compared, ComparedVerdict, ControlPair, ControlSide, FindingPair, InvariantPair,
    MetricPair, PairedCampaigns, PairedMetric, PairedRegression, Part, Regression, SeedSide, Sense, Tolerance,
    TrialDifference, TrialSide, Unjudged, VerdictCounts, compare, compare_campaigns,
};
pub use criterion::{Comparison, Criterion, Readiness, ReadinessError, Threshold, Waiver};
pub use direction::Direction;
pub use finding::{Finding, Missing, Outcome, judge};
pub use measurement::{Measured, Measurements, Quality, Unit, Value};
pub use peak::PeakLoad;
pub use resources::{CallTimes, NonceStorm, Observed, ResourceFinding, ResourceLimits, RunTimes, resource_verdict};
pub use stability::{
    AUDIT_FINDINGS, AxisKind, AxisResult, BreakPlace, CLIFF, CRITERIA_UNMET, Conclusion, Distribution, Figures, Held,
    Kept, PairedChange, PointOutcome, PointStatistics, RETURN_PER_DAY, SLOPE, STABILITY_MEASURES, STABILITY_SEEDS_MIN,
    Sensitivity, Shape, ShapeFound, StabilityAxis, StabilityCriterion, StabilityEvidence, StabilityPoint,
    StabilityResult, figures_of, judge_stability, kept_of, rule_of_three, wilson,
};
pub use verdict::{Blocker, Verdict};
pub use volatility::{
    BreakPoint, MEASURES, Reading, Scaling, StopFacts, Track, TrackPoint, VolatilityBand, VolatilityCriterion,
    VolatilityFinding, VolatilityResult, VolatilityRun,
};
pub use volatility_judge::judge_volatility;
