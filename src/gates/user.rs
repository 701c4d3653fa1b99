use super::day_count::DayCount;
use crate::units::Timestamp;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What all bots of one user count together: orders of a UTC day. Clones are the same user; bots on other threads too.
///
/// ```
/// use seatrial::gates::User;
/// use seatrial::units::{DAY, Timestamp};
/// let (user, now) = (User::default(), Timestamp::from_nanos(0));
/// assert_eq!(user.reserve(now, 1), Ok(()));
/// assert_eq!(user.clone().reserve(now, 1), Err(1));
/// assert_eq!(user.reserve(now.plus(DAY), 1), Ok(()));
/// ```
#[derive(Debug, Clone, Default)]
pub struct User(Arc<Mutex<DayCount>>);

impl User {
    /// Takes one of `most` orders of the UTC day of `now`, in one step: of several that ask at once each finds what the others left.
    ///
    /// # Errors
    /// How many there are, when they are `most` or more; nothing is taken then.
    pub fn reserve(&self, now: Timestamp, most: u32) -> Result<(), u32> {
        let mut count = self.locked();
        let orders = count.so_far(now);
        if most <= orders {
            return Err(orders);
        }
        count.add(now);
        Ok(())
    }

    /// An order that no limit stops.
    pub(super) fn count(&self, now: Timestamp) {
        self.locked().add(now);
    }

    pub(super) fn counted(&self) -> DayCount {
        *self.locked()
    }

    /// What a bot had saved; the others may have gone on since.
    pub(super) fn restore(&self, saved: DayCount) {
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
    fn locked(&self) -> MutexGuard<'_, DayCount> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
