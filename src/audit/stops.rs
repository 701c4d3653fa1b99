use super::orders::Known;
use super::outcome::StopAudit;
use crate::model::{ClientOrderId, ExecutionReport, GateId, ReportKind};
use crate::units::Timestamp;
use std::collections::BTreeMap;

/// Breakers and kill switch of one market, as its journal says they tripped and opened, and what became of the orders.
#[derive(Debug, Clone, Default)]
pub(super) struct Stops {
    /// In force.
    tripped: Vec<GateId>,
    tripped_at: Timestamp,
    /// The highest number sent so far.
    last_sent: ClientOrderId,
    /// The last order that the trip demands to be cancelled.
    up_to: ClientOrderId,
    /// Orders cancelled for a trip, with its instant, until their end is known.
    ending: BTreeMap<ClientOrderId, Timestamp>,
    pub outcome: StopAudit,
}

impl Stops {
    pub fn sent(&mut self, id: ClientOrderId) {
        self.last_sent = self.last_sent.max(id);
        self.outcome.sent_after += u64::from(self.in_force());
    }

    pub fn in_force(&self) -> bool {
        !self.tripped.is_empty()
    }

    pub fn tripped(&mut self, gate: GateId, at: Timestamp) {
        self.outcome.trips += 1;
        self.tripped.push(gate);
        (self.tripped_at, self.up_to) = (at, self.last_sent);
    }

    pub fn opened(&mut self, gate: GateId) {
        self.tripped.retain(|tripped| *tripped != gate);
    }

    /// Orders that a trip demands to be cancelled, whichever of `states` the bot was in.
    pub fn demanded(&self, states: &[Known]) -> Vec<ClientOrderId> {
        let Some((first, others)) = states.split_first().filter(|_| self.in_force()) else { return Vec::new() };
        let in_others = |id: &ClientOrderId| others.iter().all(|state| self.demands(state).any(|other| other == *id));
        self.demands(first).filter(in_others).collect()
    }

    fn demands<'a>(&'a self, state: &'a Known) -> impl Iterator<Item = ClientOrderId> + 'a {
        let orders =
            state.orders.iter().filter(|order| !order.is_foreign && !order.cancelling && order.id <= self.up_to);
        orders.filter(|order| !order.guards(state.position)).map(|order| order.id)
    }

    /// A cancel was sent at the instant of a mark.
    pub fn cancelled(&mut self, id: ClientOrderId, at: Timestamp) {
        if self.in_force() && at == self.tripped_at && id <= self.up_to {
            self.outcome.demanded += 1;
            self.ending.insert(id, at);
        }
    }

    pub fn report(&mut self, report: &ExecutionReport) {
        let id = report.client_order_id;
        let is_over = match report.kind {
            ReportKind::Ended(_) | ReportKind::Rejected(_) => true,
            ReportKind::Filled(_) => report.open.is_zero(),
            _ => false,
        };
        let late = self.in_force() && self.tripped_at < report.arrived_at && id <= self.up_to;
        self.outcome.on_their_way += u64::from(late && report.kind == ReportKind::Accepted);
        if is_over && let Some(tripped_at) = self.ending.remove(&id) {
            self.outcome.confirmed += 1;
            self.outcome.longest = self.outcome.longest.max(report.reported_at.since(tripped_at));
        }
    }
}
