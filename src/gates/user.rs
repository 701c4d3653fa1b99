use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What all bots of one user count together: orders of a UTC day. Clones are the same user; bots on other threads too.
///
/// ```
/// use seatrial::gates::User;
/// let user = User::default();
/// assert_eq!(user.reserve(7, 1), Ok(()));
/// assert_eq!(user.clone().reserve(7, 1), Err(1));
/// assert_eq!(user.reserve(8, 1), Ok(()));
/// ```
#[derive(Debug, Clone, Default)]
pub struct User(Arc<Mutex<Count>>);

/// The latest UTC day on which any bot of the user asked, counted from 1970, and the orders on it; `None` before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Count {
    pub day: Option<i64>,
    pub orders: u32,
}

impl Count {
    /// Begins `day` anew where it is later than all before.
    fn turn(&mut self, day: i64) {
        if self.day < Some(day) {
            *self = Self { day: Some(day), orders: 0 };
        }
    }
}

impl User {
    /// Takes one of `most` orders of `day`, in one step: of several that ask at once each finds what the others left.
    ///
    /// # Errors
    /// How many there are, when they are `most` or more; nothing is taken then.
    pub fn reserve(&self, day: i64, most: u32) -> Result<(), u32> {
        let mut count = self.locked();
        count.turn(day);
        if most <= count.orders {
            return Err(count.orders);
        }
        count.orders += 1;
        Ok(())
    }

    /// An order that no limit stops.
    pub(super) fn count(&self, day: i64) {
        let mut count = self.locked();
        count.turn(day);
        count.orders = count.orders.saturating_add(1);
    }

    pub(super) fn counted(&self) -> Count {
        *self.locked()
    }

    /// What a bot had saved; the others may have gone on since.
    pub(super) fn restore(&self, saved: Count) {
        let mut count = self.locked();
        if count.day < saved.day {
            *count = saved;
        } else if count.day == saved.day {
            count.orders = count.orders.max(saved.orders);
        }
    }

    /// Another user that has sent as much.
    pub(super) fn apart(&self) -> Self {
        Self(Arc::new(Mutex::new(self.counted())))
    }

    /// No step between lock and release can panic, so that what a poisoned lock holds is sound.
    fn locked(&self) -> MutexGuard<'_, Count> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
