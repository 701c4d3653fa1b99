//! From figures to a verdict: what the data forbid, what was only assumed, what the gates did.

use super::drill::DrillRecord;
use super::forbidden;
use super::manifest::{Determinism, GateRecord, Manifest, MarketRecord};
use crate::alert::AlertRule;
use crate::audit::KillDrill;
use crate::metrics::Summary;
use crate::model::AlertId;
use crate::readiness::{
    Assessment, Bounds, ControlEvidence, DataEvidence, DrillEvidence, Evidence, LaneEvidence, Measurements, assess,
    market_metric_name, measurements,
};
use crate::tape::{Fitness, Severity, TapeHeader};

/// Metrics about which a corrected local clock allows no conclusion.
const CLOCK_METRICS: &str = "feed_latency";

/// Judges a run by its manifest and the figures of its lanes, in the manifest's order.
///
/// # Panics
/// When there is no lane: every run has one.
#[must_use]
pub fn judge(manifest: &Manifest, summaries: &[Summary]) -> Assessment {
    let lanes: Vec<LaneEvidence> = manifest
        .lanes
        .iter()
        .zip(summaries)
        .map(|(lane, summary)| lane_evidence(&lane.preset, summary, manifest))
        .collect();
    let Some((primary, band)) = lanes.split_first() else {
        panic!("a run has {} lanes, expected 1 or more", lanes.len())
    };
    let evidence = Evidence {
        primary: primary.clone(),
        band: band.to_vec(),
        data: data_evidence(manifest),
        controls: manifest.lanes[0].gates.iter().map(control_evidence).collect(),
        audit: manifest.audit.clone(),
        drills: manifest.drills.iter().filter_map(drill_evidence).collect(),
        config_hash: manifest.gates_hash.clone(),
        diverged: match &manifest.determinism {
            Determinism::NotChecked | Determinism::Repeated => None,
            Determinism::Differs { digest, .. } => Some(digest.clone()),
        },
        unreconciled: manifest.accounts.as_ref().and_then(|accounts| accounts.first.clone()),
        kill_failed: manifest.kill_drill.as_ref().and_then(KillDrill::failure),
        peak_failed: manifest.peak_load.as_ref().and_then(|peak| peak.failure.clone()),
        peak_short: match &manifest.peak_load {
            Some(peak) => peak.shortfall(),
            None => asks_for_peak(manifest).then(|| "it is asked for, and was not played".to_owned()),
        },
        kill_open: manifest.kill_drill.as_ref().and_then(KillDrill::left_open),
        late_alert: late_alert(manifest, summaries),
        bounds: Bounds {
            no_band_because: manifest.no_band_because.clone(),
            replayed_permille: replayed_permille(manifest),
        },
    };
    assess(&manifest.readiness, &evidence)
}

/// The scenario wants the peak of its market played.
fn asks_for_peak(manifest: &Manifest) -> bool {
    manifest.settings.iter().any(|setting| setting.key.starts_with("peak_load."))
}

/// The first rule, in any lane, one of whose alerts was raised later after its cause than it may be.
pub(super) fn late_alert(manifest: &Manifest, summaries: &[Summary]) -> Option<String> {
    let within = manifest.alerts().within();
    manifest.lanes.iter().zip(summaries).find_map(|(lane, summary)| {
        let late = summary.alerts.rules.iter().find(|row| within < row.longest_delay)?;
        let name = AlertRule::of(AlertId(late.rule)).map_or("unknown", |rule| rule.name);
        Some(format!("“{name}” in lane {} {} after its cause, {within} allowed", lane.preset, late.longest_delay))
    })
}

/// Part of the markets' time that a cut left, in thousandths, rounded down; 1000 without a cut.
fn replayed_permille(manifest: &Manifest) -> u64 {
    let is_cut = |key: &str| ["run.max_rows", "run.duration"].contains(&key);
    let first = manifest.headers().map(|header| header.first_at).min();
    let last = manifest.headers().map(|header| header.last_at).max();
    let whole = last.unwrap_or_default().since(first.unwrap_or_default()).nanos();
    let replayed = manifest.replayed.end.since(first.unwrap_or_default()).nanos();
    if whole <= 0 || !manifest.settings.iter().any(|setting| is_cut(&setting.key)) {
        return 1_000;
    }
    let permille = i128::from(replayed.max(0)) * 1_000 / i128::from(whole);
    u64::try_from(permille).unwrap_or(1_000).min(1_000)
}

fn lane_evidence(preset: &str, summary: &Summary, manifest: &Manifest) -> LaneEvidence {
    let measurements = measured(manifest, summary);
    LaneEvidence { preset: preset.to_owned(), measurements, fills: summary.execution.fills }
}

/// The metrics of a lane, with what its markets forbid and what was configured.
pub(super) fn measured(manifest: &Manifest, summary: &Summary) -> Measurements {
    let mut measured = measurements(summary);
    manifest.headers().enumerate().for_each(|(market, header)| forbid(&mut measured, market, header));
    assume_fees(&mut measured, manifest);
    measured
}

/// Marks fees that were charged by another schedule than the one that a tape's instrument states: those of its market, and
/// with them those of the run.
fn assume_fees(measured: &mut Measurements, manifest: &Manifest) {
    let configured = manifest.settings.iter().any(|setting| setting.key.starts_with("venue.fees."));
    let inferred = |header: &TapeHeader| header.instrument.inferred.iter().any(|field| field.contains("fee"));
    let own = manifest.headers().enumerate().filter(|(_, header)| configured || inferred(header));
    for (market, _) in own {
        for name in ["fees", &market_metric_name(market, "fees")] {
            measured.assume(name, "the fee schedule is configured or inferred, not the venue's own");
        }
    }
}

/// Marks what the tape of a market, counted from 0, allows no conclusion about.
fn forbid(measured: &mut Measurements, market: usize, header: &TapeHeader) {
    header.findings.iter().for_each(|finding| forbidden::forbid(measured, market, finding));
    if let Some(clock) = &header.clock {
        let why = format!("the tape's local clock was corrected by rule `{}`", clock.rule);
        measured.forbid_all(CLOCK_METRICS, &why);
    }
}

/// One unfit tape makes the data of the run unfit.
fn data_evidence(manifest: &Manifest) -> DataEvidence {
    let unfit = manifest.markets().filter(|market| market.header.fitness() == Fitness::Unfit);
    let several = !manifest.other_markets.is_empty();
    let reasons: Vec<String> = unfit.map(|market| unfit_because(market, several)).collect();
    if reasons.is_empty() { DataEvidence::Usable } else { DataEvidence::Unfit(reasons.join("; ")) }
}

fn unfit_because(market: &MarketRecord, names_itself: bool) -> String {
    let unfit = market.header.findings.iter().filter(|finding| finding.severity == Severity::Unfit);
    let times = |count: u64| if count == 1 { "once".to_owned() } else { format!("{count} times") };
    let reasons: Vec<String> = unfit.map(|finding| format!("{} ({})", finding.code, times(finding.count))).collect();
    let reasons = reasons.join(", ");
    if names_itself { format!("{}: {reasons}", market.name) } else { reasons }
}

/// A drill that shows the control at work, or broken; one that shows nothing is no evidence.
fn drill_evidence(drill: &DrillRecord) -> Option<DrillEvidence> {
    let failure = drill.failed().then(|| drill.reason.clone());
    (drill.passed() || drill.failed()).then(|| DrillEvidence {
        control: drill.control.clone(),
        drill: drill.control.clone(),
        config_hash: drill.gates_hash.clone(),
        failure,
    })
}

fn control_evidence(gate: &GateRecord) -> ControlEvidence {
    ControlEvidence {
        name: gate.name.clone(),
        armed: gate.armed,
        evaluated: gate.evaluated,
        refused: gate.refused,
        tripped: gate.tripped,
    }
}

/// What one gate did, as its journal tells.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Acted {
    /// Requests refused: orders, cancels and amends.
    pub(super) refused: u64,
    /// Times it tripped.
    pub(super) tripped: u64,
}

/// What the gate of that number did in the run; nothing when the journal does not name it.
pub(super) fn acted(summary: &Summary, gate: u8) -> Acted {
    let row = summary.gates.iter().find(|row| row.gate == gate);
    row.map_or_else(Acted::default, |row| Acted {
        refused: row.refused_orders + row.refused_requests,
        tripped: row.tripped,
    })
}
