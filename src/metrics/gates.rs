use super::GateStatistics;
use crate::model::GateId;
use std::collections::BTreeMap;

/// Counts what gates did.
#[derive(Debug, Clone, Default)]
pub(super) struct GateCounts(BTreeMap<u8, GateStatistics>);

impl GateCounts {
    /// What is counted of one gate.
    pub(super) fn of(&mut self, gate: GateId) -> &mut GateStatistics {
        let none = GateStatistics { gate: gate.0, refused_orders: 0, refused_requests: 0, tripped: 0, cleared: 0 };
        self.0.entry(gate.0).or_insert(none)
    }

    pub(super) fn finish(&self) -> Vec<GateStatistics> {
        self.0.values().cloned().collect()
    }
}
