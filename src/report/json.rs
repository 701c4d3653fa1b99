use super::bots::UserFacts;
use super::input::{
    Accounts, AlertFacts, Assumption, BandRow, BotFacts, Determinism, GateRow, OptionRow, ReportInput, ScenarioFacts,
    TapeFacts, VenueAnswers,
};
use super::{ReportError, believability};
use crate::audit::KillDrill;
use crate::metrics::{self, Summary};
use crate::readiness::{AuditEvidence, Finding, Outcome, PeakLoad, Verdict};
use crate::units::{Money, Timestamp};
use serde::Serialize;

/// Version of the JSON report. Fields may be added under the same number; none is removed or changes its meaning.
pub const SCHEMA_VERSION: u32 = 1;

/// The JSON report. Money, thresholds, values and margins are exact decimals in text; instants are nanoseconds since
/// 1970 UTC with the same instant as text beside them.
#[derive(Serialize)]
struct Document<'a> {
    /// Version of this document.
    schema: u32,
    #[serde(flatten)]
    head: Head<'a>,
    /// What stands against GO, worst first; empty for GO.
    blockers: Vec<BlockerItem>,
    /// One row per fill preset, the run's own first; empty without a band.
    band: &'a [BandRow],
    /// The verdict each fill preset would have had by itself.
    lanes: Vec<LaneItem<'a>>,
    /// What each gate saw and did.
    gates: &'a [GateRow],
    /// What each gate had to do, recomputed lane by lane, and what holds whatever the limits are; or why that was not done.
    audit: &'a AuditEvidence,
    /// What the bot was told, in order; left out when nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    commands: Vec<CommandItem>,
    /// What moved the account without a fill: the first and the last ten.
    #[serde(skip_serializing_if = "metrics::MovedStatistics::is_empty")]
    account_events: &'a metrics::MovedStatistics,
    /// What followed kills at random moments; left out when no kill drill was held.
    #[serde(skip_serializing_if = "Option::is_none")]
    kill_drill: Option<&'a KillDrill>,
    /// The busiest stretch of the market, faster; left out when it was not played.
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_load: Option<&'a PeakLoad>,
    /// How the venue that the scenario names answers in the place of faults; left out where it names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    venue_answers: Option<&'a VenueAnswers>,
    /// How far tape modes are off the closed loop, on a generated market.
    #[serde(skip_serializing_if = "Option::is_none")]
    believability: Option<believability::Believed<'a>>,
    /// The bots of the user who ran together; left out for the only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a UserFacts>,
    /// What a person heard of: every rule, and the first alerts.
    alerts: &'a AlertFacts,
    /// The market data: identity, fitness, findings and what they forbid.
    tapes: &'a [TapeFacts],
    /// What was on trial.
    bot: &'a BotFacts,
    /// What was run.
    scenario: &'a ScenarioFacts,
    /// BLAKE3 of the criteria, fixed before the run.
    criteria_hash: &'a str,
    /// `paper`.
    mode: &'a str,
    /// Fill preset of the run.
    preset: &'a str,
    /// Program and version.
    program: &'a str,
    /// Build of the program.
    program_build: &'a str,
    /// Number of the program's behaviour.
    semantics: u32,
    /// Detail the journal was kept at.
    journal_detail: &'a str,
    /// The gateway between the bot's gates and its venue.
    gateway: &'a str,
    /// Whether the run was repeated.
    determinism: &'a Determinism,
    /// Whether its accounts agree.
    accounts: &'a Accounts,
    /// Configured, not observed.
    assumptions: &'a [Assumption],
    /// What the run says nothing about.
    not_tested: &'a [String],
    /// Every resolved option with its source.
    options: &'a [OptionRow],
    /// Commands that repeat the run.
    rerun: &'a [String],
    /// All figures.
    metrics: Figures<'a>,
}

/// What both the report and the line that `run --json` prints begin with.
#[derive(Serialize)]
struct Head<'a> {
    /// `go`, `no-go` or `insufficient-evidence`.
    verdict: Verdict,
    /// The verdict in words, waivers counted.
    headline: String,
    /// Why, in one sentence.
    reason: String,
    /// 0, 1 or 4.
    exit_code: u8,
    /// Why only one fill assumption was tried; empty when the band was.
    no_band_because: &'a str,
    /// Part of the market's time that was replayed, in thousandths.
    replayed_permille: u64,
    /// Names scenario, tapes, seed and semantics.
    run_id: &'a str,
    /// Behaviour digest.
    digest: &'a str,
    /// Seed of all random streams.
    seed: u64,
    /// First and last instant of venue time.
    span: SpanItem,
    /// Market rows (or bars) replayed.
    events: u64,
    /// Venue messages replayed.
    messages: u64,
    /// Orders sent.
    orders: u64,
    /// Fills.
    fills: u64,
    /// Equity at start and end.
    equity: EquityItem<'a>,
    /// One per criterion, in the order written.
    findings: Vec<FindingItem<'a>>,
    /// `clean`, `found` or `not-audited`.
    audited: &'static str,
}

#[derive(Serialize)]
struct SpanItem {
    start: Timestamp,
    end: Timestamp,
    start_utc: String,
    end_utc: String,
}

#[derive(Serialize)]
struct EquityItem<'a> {
    asset: &'a str,
    start: Money,
    end: Money,
}

#[derive(Serialize)]
struct FindingItem<'a> {
    name: &'a str,
    metric: &'a str,
    comparison: &'static str,
    /// Exact decimal in the metric's unit; fractions are not percent.
    threshold: String,
    mandatory: bool,
    /// A demand on how much was seen: unmet, too little was.
    evidence: bool,
    /// Exact decimal; shown but without effect when assumed or forbidden; null without a value.
    value: Option<String>,
    /// Asset, `fraction`, `number`, `count`, `bps`, `ticks`, `ms`, `s` or `days`.
    unit: &'a str,
    /// Observations behind the value.
    n: Option<u64>,
    /// Room left: negative when the criterion is not met.
    margin: Option<String>,
    /// `met`, `not-met` or `not-measured`.
    result: &'static str,
    /// `no-such-metric`, `undefined`, `assumed` or `forbidden` when not measured.
    missing: Option<&'static str>,
    /// The same in words.
    reason: Option<String>,
    /// Who set the criterion aside, and why.
    waiver: Option<WaiverItem<'a>>,
}

#[derive(Serialize)]
struct WaiverItem<'a> {
    name: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct BlockerItem {
    code: &'static str,
    text: String,
}

#[derive(Serialize)]
struct CommandItem {
    at_ns: i64,
    at: Timestamp,
    market: u8,
    command: &'static str,
    /// What held the bot there afterwards.
    status: &'static str,
    /// Which command of the scenario, from 1; 0 for one given by hand.
    line: u32,
}

fn commands(summary: &Summary) -> Vec<CommandItem> {
    let item = |told: &metrics::Told| CommandItem {
        at_ns: told.at.nanos(),
        at: told.at,
        market: told.market.0,
        command: told.command.as_str(),
        status: told.status.as_str(),
        line: told.line,
    };
    summary.commands.iter().map(item).collect()
}

#[derive(Serialize)]
struct LaneItem<'a> {
    preset: &'a str,
    verdict: Verdict,
}

/// A day, and what follows from its figures.
#[derive(Serialize)]
struct DayItem<'a> {
    #[serde(flatten)]
    day: &'a metrics::DaySummary,
    uptime: metrics::Metric<f64>,
    success_rate: metrics::Metric<f64>,
}

impl<'a> DayItem<'a> {
    fn of(day: &'a metrics::DaySummary) -> Self {
        Self { day, uptime: day.uptime(), success_rate: day.success() }
    }
}

/// The summary without its plotted series.
#[derive(Serialize)]
struct Figures<'a> {
    conventions: &'a metrics::Conventions,
    span: &'a metrics::SpanSummary,
    returns: &'a metrics::Returns,
    drawdown: &'a metrics::Drawdown,
    trades: &'a metrics::TradeStatistics,
    orders: &'a metrics::OrderStatistics,
    execution: &'a metrics::ExecutionStatistics,
    markouts: &'a [metrics::Markout],
    inventory: &'a metrics::PerMarket<metrics::InventoryStatistics>,
    exposure: &'a metrics::ExposureStatistics,
    profit: &'a metrics::ProfitSplit,
    spread: &'a metrics::PerMarket<metrics::SpreadStatistics>,
    latency: &'a metrics::LatencyStatistics,
    gates: &'a [metrics::GateStatistics],
    ambiguous: &'a metrics::AmbiguousFills,
    /// What went wrong on wires that can lose messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    wire: Option<&'a metrics::WireStatistics>,
    /// Day by day, UTC.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    days: Vec<DayItem<'a>>,
    /// What was asked of venues, and how long it took to be well again.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'a metrics::Operation>,
    /// Each market apart, when there are several.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    markets: &'a [metrics::MarketSummary],
}

/// The JSON report, indented.
pub fn document(input: &ReportInput) -> Result<String, ReportError> {
    let run = &input.run;
    let document = Document {
        schema: SCHEMA_VERSION,
        head: head(input),
        blockers: blockers(input),
        band: &input.band,
        lanes: lanes(input),
        gates: &input.gates,
        audit: &input.audit,
        commands: commands(&input.summary),
        account_events: &input.summary.moved,
        kill_drill: input.kill_drill.as_ref(),
        peak_load: input.peak_load.as_ref(),
        venue_answers: input.venue_answers.as_ref(),
        believability: believability::believed(input),
        user: input.user.as_ref(),
        alerts: &input.alerts,
        tapes: &input.tapes,
        bot: &input.bot,
        scenario: &input.scenario,
        criteria_hash: &input.assessment.criteria_hash,
        mode: &run.mode,
        preset: &run.preset,
        program: &run.program,
        program_build: &run.build_id,
        semantics: run.semantics,
        journal_detail: &run.journal_detail,
        gateway: &run.gateway,
        determinism: &run.determinism,
        accounts: &run.accounts,
        assumptions: &input.assumptions,
        not_tested: &input.not_tested,
        options: &input.options,
        rerun: &input.rerun,
        metrics: figures(&input.summary),
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// The one object that `run --json` prints: verdict, identity, counts, equity, findings and the speed of this machine.
///
/// # Errors
/// [`ReportError::Json`] when serialising fails.
pub fn run_object(input: &ReportInput, events_per_second: u64) -> Result<String, ReportError> {
    #[derive(Serialize)]
    struct RunObject<'a> {
        #[serde(flatten)]
        head: Head<'a>,
        events_per_second: u64,
    }
    Ok(serde_json::to_string(&RunObject { head: head(input), events_per_second })?)
}

fn head(input: &ReportInput) -> Head<'_> {
    let Summary { span, returns, orders, execution, conventions, .. } = &input.summary;
    let assessment = &input.assessment;
    Head {
        verdict: assessment.verdict,
        headline: assessment.headline(),
        reason: assessment.reason(),
        exit_code: assessment.verdict.exit_code(),
        no_band_because: &assessment.bounds.no_band_because,
        replayed_permille: assessment.bounds.replayed_permille,
        run_id: &input.run.run_id,
        digest: &input.run.digest,
        seed: input.run.seed,
        span: SpanItem {
            start: span.start,
            end: span.end,
            start_utc: span.start.to_string(),
            end_utc: span.end.to_string(),
        },
        events: span.rows,
        messages: span.messages,
        orders: orders.sent,
        fills: execution.fills,
        equity: EquityItem { asset: &conventions.quote, start: returns.start_equity, end: returns.end_equity },
        findings: assessment.findings.iter().map(finding).collect(),
        audited: match (&input.audit, input.audit.disagreements().next()) {
            (AuditEvidence::NotAudited { .. }, _) => "not-audited",
            (AuditEvidence::Audited { .. }, None) => "clean",
            (AuditEvidence::Audited { .. }, Some(_)) => "found",
        },
    }
}

fn finding(finding: &Finding) -> FindingItem<'_> {
    let criterion = &finding.criterion;
    let (result, missing) = match &finding.outcome {
        Outcome::Met => ("met", None),
        Outcome::NotMet => ("not-met", None),
        Outcome::NotMeasured(missing) => ("not-measured", Some(missing)),
    };
    FindingItem {
        name: &criterion.name,
        metric: &criterion.metric,
        comparison: criterion.comparison.as_str(),
        threshold: criterion.threshold.to_string(),
        mandatory: criterion.mandatory,
        evidence: criterion.evidence,
        value: finding.value.map(|value| value.to_string()),
        unit: finding.unit.as_str(),
        n: finding.n,
        margin: finding.margin.map(|margin| margin.to_string()),
        result,
        missing: missing.map(crate::readiness::Missing::code),
        reason: missing.map(ToString::to_string),
        waiver: finding.waiver.as_ref().map(|waiver| WaiverItem { name: &waiver.name, reason: &waiver.reason }),
    }
}

fn blockers(input: &ReportInput) -> Vec<BlockerItem> {
    let blockers = input.assessment.blockers.iter();
    blockers.map(|blocker| BlockerItem { code: blocker.code(), text: blocker.to_string() }).collect()
}

fn lanes(input: &ReportInput) -> Vec<LaneItem<'_>> {
    input.assessment.lanes.iter().map(|lane| LaneItem { preset: &lane.preset, verdict: lane.verdict }).collect()
}

fn figures(summary: &Summary) -> Figures<'_> {
    Figures {
        conventions: &summary.conventions,
        span: &summary.span,
        returns: &summary.returns,
        drawdown: &summary.drawdown,
        trades: &summary.trades,
        orders: &summary.orders,
        execution: &summary.execution,
        markouts: &summary.markouts,
        inventory: &summary.inventory,
        exposure: &summary.exposure,
        profit: &summary.profit,
        spread: &summary.spread,
        latency: &summary.latency,
        gates: &summary.gates,
        ambiguous: &summary.ambiguous,
        wire: (!summary.wire.is_empty()).then_some(&summary.wire),
        days: summary.days.iter().map(DayItem::of).collect(),
        operation: Some(&summary.operation).filter(|operation| !operation.is_empty()),
        markets: &summary.markets,
    }
}
