use crate::units::Timestamp;

/// Consecutive marks over a limit: what keeps one wild print from tripping a breaker. Marks of one instant count once; a mark
/// within the limit starts the count again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Streak {
    marked_at: Timestamp,
    over: u32,
}

impl Streak {
    pub const fn starting(at: Timestamp) -> Self {
        Self { marked_at: at, over: 0 }
    }

    /// Takes in a mark; true when it is the `needed`-th in a row over the limit, or a later one.
    pub fn mark(&mut self, at: Timestamp, is_over: bool, needed: u32) -> bool {
        let another = u32::from(self.over == 0 || self.marked_at < at);
        self.over = if is_over { self.over.saturating_add(another) } else { 0 };
        self.marked_at = at;
        needed.max(1) <= self.over
    }

    pub fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&self.marked_at.nanos().to_le_bytes());
        hasher.update(&self.over.to_le_bytes());
    }
}
