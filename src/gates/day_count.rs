use crate::units::{Day, Timestamp};

/// Orders of the latest UTC day on which there was one; `day` is counted from 1970, and `None` before the first. A clock that runs
/// backwards opens no day again: its orders count on the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DayCount {
    pub day: Option<i64>,
    pub orders: u32,
}

impl DayCount {
    /// Orders so far on the day of `now`, or on a later one.
    #[inline]
    pub fn so_far(&self, now: Timestamp) -> u32 {
        if self.is_of(now) { self.orders } else { 0 }
    }

    /// One more.
    #[inline]
    pub fn add(&mut self, now: Timestamp) {
        *self = self.and_one(now);
    }

    #[inline]
    pub fn and_one(self, now: Timestamp) -> Self {
        if self.is_of(now) {
            Self { orders: self.orders.saturating_add(1), ..self }
        } else {
            Self { day: Some(now.day().number()), orders: 1 }
        }
    }

    #[inline]
    fn is_of(&self, now: Timestamp) -> bool {
        self.day.is_some_and(|day| !Day::of_number(day).is_over(now))
    }

    pub fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&self.day.unwrap_or(i64::MIN).to_le_bytes());
        hasher.update(&self.orders.to_le_bytes());
    }
}
