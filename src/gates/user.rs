use super::day_count::DayCount;
use crate::units::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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
#[derive(Debug, Clone)]
pub struct User(Arc<AtomicU64>);

impl Default for User {
    fn default() -> Self {
        Self::of(DayCount::default())
    }
}

impl User {
    /// Takes one of `most` orders of the UTC day of `now`, in one step: of several that ask at once each finds what the others left.
    ///
    /// # Errors
    /// How many there are, when they are `most` or more; nothing is taken then.
    #[inline]
    pub fn reserve(&self, now: Timestamp, most: u32) -> Result<(), u32> {
        let taken = self.change(|count| (count.so_far(now) < most).then(|| count.and_one(now)));
        taken.map_err(|count| count.so_far(now))
    }

    /// An order that no limit stops.
    pub(super) fn count(&self, now: Timestamp) {
        let _always = self.change(|count| Some(count.and_one(now)));
    }

    pub(super) fn counted(&self) -> DayCount {
        unpacked(self.0.load(Ordering::Relaxed))
    }

    /// What a bot had saved; the others may have gone on since.
    pub(super) fn restore(&self, saved: DayCount) {
        let _newer = self.change(|count| (count < saved).then_some(saved));
    }

    /// Another user that has sent as much.
    pub(super) fn apart(&self) -> Self {
        Self::of(self.counted())
    }

    fn of(count: DayCount) -> Self {
        Self(Arc::new(AtomicU64::new(packed(count))))
    }

    /// Puts what `next` makes of the count in its place, unless that is nothing: as one step, whoever else is at it. Nothing else is
    /// shared, so that no other memory has to be seen in order.
    ///
    /// # Errors
    /// The count as it stays.
    #[inline]
    fn change(&self, next: impl Fn(DayCount) -> Option<DayCount>) -> Result<(), DayCount> {
        let next = |count| next(unpacked(count)).map(packed);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).map(drop).map_err(unpacked)
    }
}

/// Day in the upper half, orders in the lower. Days that 32 bits do not hold have no instant.
#[inline]
fn packed(count: DayCount) -> u64 {
    let day = count.day.map_or(NO_DAY, |day| day.clamp(i64::from(NO_DAY) + 1, i64::from(i32::MAX)) as i32);
    u64::from(day.cast_unsigned()) << 32 | u64::from(count.orders)
}

#[inline]
fn unpacked(packed: u64) -> DayCount {
    let day = ((packed >> 32) as u32).cast_signed();
    DayCount { day: (day != NO_DAY).then_some(i64::from(day)), orders: packed as u32 }
}

const NO_DAY: i32 = i32::MIN;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::DAY;
    use proptest::prelude::*;

    fn at(day: i64, nanos: i64) -> Timestamp {
        Timestamp::from_nanos(day.saturating_mul(DAY.nanos()).saturating_add(nanos))
    }

    #[test]
    fn one_number_holds_every_day_and_count() {
        for day in [None, Some(-106_752), Some(-1), Some(0), Some(1), Some(106_751)] {
            for orders in [0, 1, u32::MAX] {
                let count = DayCount { day, orders };
                assert_eq!(unpacked(packed(count)), count);
            }
        }
    }

    #[test]
    fn a_day_that_no_instant_has_stays_on_its_side_of_all_that_have_one() {
        for (day, now) in [(i64::MAX, Timestamp::MAX), (i64::MIN, Timestamp::from_nanos(i64::MIN))] {
            let user = User::of(DayCount { day: Some(day), orders: 5 });
            let expected = if day < now.day().number() { Ok(()) } else { Err(5) };
            assert_eq!(user.reserve(now, 5), expected, "day {day}");
        }
    }

    proptest! {
        /// Whatever the clock does, it counts as one who divides instants into days and keeps day and orders apart.
        #[test]
        fn it_counts_as_a_plain_count_does(
            steps in proptest::collection::vec((-1_i64..3, -1_i64..2, any::<bool>(), 1_u32..6), 1..60),
        ) {
            let (user, mut plain) = (User::default(), (None, 0_u32));
            for (day, nanos, limited, most) in steps {
                let now = at(day, nanos);
                let today = Some(now.day().number());
                let orders = if today <= plain.0 { plain.1 } else { 0 };
                let fits = !limited || orders < most;
                if limited {
                    prop_assert_eq!(user.reserve(now, most), if fits { Ok(()) } else { Err(orders) });
                } else {
                    user.count(now);
                }
                if fits {
                    plain = (plain.0.max(today), orders + 1);
                }
                prop_assert_eq!(user.counted(), DayCount { day: plain.0, orders: plain.1 });
            }
        }
    }
}
