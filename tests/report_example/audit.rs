//! Audits of the examples' gates.

use super::{Example, text};
use seatrial::audit::{
    AlertAudit, Audit, ControlAudit, Finding, FindingKind, InvariantAudit, Kill, KillDrill, StopAudit,
};
use seatrial::metrics::{GateTurn, Point};
use seatrial::model::MarketId;
use seatrial::readiness::{AuditEvidence, LaneAudit};
use seatrial::report::GateRow;
use seatrial::units::{MILLISECOND, MINUTE, Money, Timestamp};

/// What the audit of an example came to: clean, but for a missed order and a late trip where the example is NO-GO.
pub fn audit(kind: Example, gates: &[GateRow]) -> AuditEvidence {
    if kind == Example::Insufficient {
        return AuditEvidence::NotAudited { reason: text("left out (--no-audit)") };
    }
    let lane = |preset: &str, found| LaneAudit { preset: text(preset), audit: lane(gates, found) };
    let found = matches!(kind, Example::NoGo | Example::Hostile);
    AuditEvidence::Audited { lanes: vec![lane("neutral", found), lane("pessimistic", false)], unchecked: vec![] }
}

fn lane(gates: &[GateRow], found: bool) -> Audit {
    let findings = if found { findings(gates) } else { vec![] };
    let controls = gates.iter().enumerate().map(|(place, gate)| control(gate, place, found));
    let invariant = |name: &str, words: &str, checked, broken| InvariantAudit {
        name: text(name),
        words: text(words),
        checked,
        broken,
        not_audited: None,
    };
    Audit {
        controls: controls.collect(),
        alerts: if gates.is_empty() { vec![] } else { alerts(found) },
        invariants: vec![
            invariant("clearance", "every report is about an order that was sent", 24_112, 0),
            invariant("stops-hold", "nothing that may add risk is sent after a trip", 3, 4 * u64::from(found)),
        ],
        stops: StopAudit { trips: 1, demanded: 2, confirmed: 2, longest: MILLISECOND.times(3), ..StopAudit::default() },
        found: findings.len() as u64,
        findings,
        unchecked: vec![],
    }
}

/// The alert that came was right, but for one that was missed where something is found; of another nobody knows.
fn alerts(found: bool) -> Vec<AlertAudit> {
    let row = |name: &str, severity: &str, limit: &str| AlertAudit {
        name: text(name),
        severity: text(severity),
        limit: text(limit),
        ..AlertAudit::default()
    };
    vec![
        AlertAudit {
            had_to_raise: 1 + u64::from(found),
            raised: 1,
            missed: u64::from(found),
            first_entries: vec![9_112],
            ..row("position_value", "warning", "10000 quote")
        },
        row("trade_rate", "warning", "10 orders"),
        AlertAudit {
            not_audited: Some(text("it depends on what the bot heard, and the tapes are not at hand")),
            ..row("feed_disconnected", "critical", "10s")
        },
    ]
}

/// The first gate misses, those that trip are late; `order-burst` has no oracle here.
fn control(gate: &GateRow, place: usize, found: bool) -> ControlAudit {
    let wrong = u64::from(found && place == 0);
    let acted = gate.refused + gate.tripped;
    ControlAudit {
        name: gate.name.clone(),
        limit: gate.limit.clone(),
        armed: gate.is_armed,
        audited: gate.is_armed && gate.name != "order-burst",
        had_to_fire: acted + wrong,
        fired: acted,
        missed: wrong,
        late: u64::from(found && gate.tripped > 0),
        late_longest: MILLISECOND.times(if found { 1_500 } else { 0 }),
        late_money: Money::from_units(if found { 12 } else { 0 }),
        ambiguous: u64::from(place == 1),
        first_entries: (0..acted.min(3)).map(|number| 1_000 + 77 * number).collect(),
        ..ControlAudit::default()
    }
}

fn findings(gates: &[GateRow]) -> Vec<Finding> {
    let finding = |control: &str, kind, entry, words: &str| Finding {
        control: text(control),
        kind,
        entry,
        at: Timestamp::from_nanos(super::START + 3_600_000_000_000),
        market: MarketId::FIRST,
        client_order_id: Some(entry / 3),
        text: text(words),
    };
    let missed = "had to refuse (50001 quote, limit 50000 quote), and the request was sent";
    let first = gates.first().map_or("none", |gate| &gate.name);
    let tripped = gates.iter().filter(|gate| gate.tripped > 0);
    let late = "tripped 1.5s late at 90.5 quote, limit 90 quote, had to at entry 700 (90.1 quote, limit 90 quote)";
    let late: Vec<Finding> = tripped.map(|gate| finding(&gate.name, FindingKind::Late, 731, late)).collect();
    let mut findings = vec![
        finding(first, FindingKind::Missed, 412, missed),
        finding("stops-hold", FindingKind::Broken, 977, "it may add risk, and was sent after a trip"),
    ];
    findings.extend(late);
    let missed = "it was not raised: 10250.75 quote, limit 10000 quote, since 2024-08-08T00:59:59.000000000Z";
    let missed = finding("alert position_value", FindingKind::Missed, 9_340, missed);
    findings.push(Finding { client_order_id: None, ..missed });
    findings
}

/// Refusals in bins of an hour and a half, and a breaker that trips and opens.
pub fn refusals() -> Vec<Point> {
    let bin = |number: i64| Point { at: after(number * 90), value: [3.0, 0.0, 11.0, 240.0][number as usize % 4] };
    (0..80).map(bin).collect()
}

/// See [`refusals`].
pub fn turns() -> Vec<GateTurn> {
    vec![GateTurn { at: after(3_000), gate: 3, tripped: true }, GateTurn { at: after(4_300), gate: 3, tripped: false }]
}

fn after(minutes: i64) -> Timestamp {
    Timestamp::from_nanos(super::START + MINUTE.nanos() * minutes)
}

/// A drill that held, one that did not, one that nobody saw the end of, and none.
pub fn kill_drill(kind: Example) -> Option<KillDrill> {
    let kill = |second: i64, added_risk: u64, confirmed: u64| Kill {
        at_ns: 1_767_571_200_000_000_000 + second * 1_000_000_000,
        added_risk,
        demanded: 2,
        confirmed,
        on_their_way: 1,
        last_confirmed_ns: 20_000_000 + second * 1_000_000,
        held: true,
        flat_after_ns: Some(41_000_000),
        finding: if added_risk == 0 { String::new() } else { text("entry 7: an order left after a kill") },
    };
    let kills = match kind {
        Example::Go => vec![kill(1, 0, 2), kill(2, 0, 2), kill(9, 0, 2)],
        Example::NoGo | Example::Hostile => vec![kill(1, 0, 2), kill(5, 1, 2)],
        Example::Insufficient => vec![kill(1, 0, 2), kill(5, 0, 1)],
        Example::Empty => return None,
    };
    Some(KillDrill::of((7, kind == Example::Go), &kills))
}
