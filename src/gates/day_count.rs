use crate::units::Timestamp;

/// Orders of the latest UTC day on which there was one; `day` is counted from 1970, and `None` before the first. A clock that runs
/// backwards opens no day again: its orders count on the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DayCount {
    pub day: Option<i64>,
    pub orders: u32,
}

impl DayCount {
    /// Orders so far on the day of `now`, or on a later one.
    pub fn so_far(&self, now: Timestamp) -> u32 {
        let is_today = self.day.is_some_and(|day| now.day().number() <= day);
        if is_today { self.orders } else { 0 }
    }

    /// One more.
    pub fn add(&mut self, now: Timestamp) {
        let orders = self.so_far(now).saturating_add(1);
        *self = Self { day: self.day.max(Some(now.day().number())), orders };
    }

    pub fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&self.day.unwrap_or(i64::MIN).to_le_bytes());
        hasher.update(&self.orders.to_le_bytes());
    }
}
