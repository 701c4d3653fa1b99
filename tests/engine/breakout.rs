//! The built-in breakout guards its whole position as soon as it knows of it.

use crate::support::random_market;
use crate::world::*;
use seatrial::engine::ViewMode;
use seatrial::journal::Entry;
use seatrial::model::{ClientOrderId, RejectReason, ReportKind, Side};
use seatrial::units::{MILLISECOND, Timestamp};
use std::collections::BTreeMap;

/// A position may stand alone for as long as the report of its fill is on its way, and a refused stop's after it.
const ALONE_NS: i64 = 10 * MILLISECOND.nanos();

#[derive(Default)]
struct Guarded {
    position: i64,
    /// Steps that sell orders sent and not ended, stops and exits, may still sell.
    guards: BTreeMap<ClientOrderId, i64>,
    alone_since: Option<Timestamp>,
    refused: u64,
    fills: u64,
}

impl Guarded {
    fn take(&mut self, entry: &Entry) {
        let at = match entry {
            Entry::OrderSent { at, intent } if intent.side == Side::Sell => {
                self.guards.insert(intent.client_order_id, intent.quantity.steps());
                *at
            }
            Entry::Venue(report) => {
                if let ReportKind::Filled(fill) = report.kind {
                    self.position += report.side.sign() * fill.quantity.steps();
                    self.fills += 1;
                }
                let refused = ReportKind::Rejected(RejectReason::WouldTriggerImmediately);
                self.refused += u64::from(report.kind == refused);
                let ended = matches!(report.kind, ReportKind::Ended(_) | ReportKind::Rejected(_));
                if ended || report.open.is_zero() {
                    self.guards.remove(&report.client_order_id);
                } else if let Some(open) = self.guards.get_mut(&report.client_order_id) {
                    *open = report.open.steps();
                }
                report.matched_at
            }
            Entry::Mark(mark) => mark.at,
            _ => return,
        };
        self.look(at);
    }

    fn look(&mut self, at: Timestamp) {
        let alone = self.position > self.guards.values().sum::<i64>().max(0);
        let since = *self.alone_since.get_or_insert(at);
        let ns = at.since(since).nanos();
        assert!(ns <= ALONE_NS, "{} steps held without a stop for {ns} ns, up to {at}", self.position);
        if !alone {
            self.alone_since = None;
        }
    }
}

#[test]
fn a_position_is_never_without_its_stop() {
    let (mut refused, mut fills) = (0, 0);
    for seed in 1..=40 {
        let rows = random_market(seed, 3_000);
        let lane = LaneSpec { latency: constant(1_000_000, 2_000_000), seed, ..LaneSpec::new(Kind::Breakout) };
        let trace = play_one(&rows, &config(ViewMode::Auto), &lane);
        let mut guarded = Guarded::default();
        trace.entries.iter().for_each(|entry| guarded.take(entry));
        refused += guarded.refused;
        fills += guarded.fills;
    }
    assert!(refused > 0 && fills > 100, "{refused} refused stops and {fills} fills prove little");
}
