use crate::units::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};

/// Nonces of one key: each above all before, for any number of threads that share it.
///
/// A nonce is the time in microseconds since 1970, or one above the last where that is not later: a thousand a second and more
/// are no burden, and after a restart the clock alone is above what was used before, but for a clock that was set back; for that the
/// last nonce is to be kept ([`last`](Self::last)) and given to [`after`](Self::after).
#[derive(Debug, Default)]
pub struct Nonces(AtomicU64);

impl Nonces {
    /// Nonces above `last`, the last that this key has used.
    #[must_use]
    pub const fn after(last: u64) -> Self {
        Self(AtomicU64::new(last))
    }

    /// The next nonce at `now`.
    pub fn next(&self, now: Timestamp) -> u64 {
        let micros = u64::try_from(now.nanos() / 1_000).unwrap_or(0);
        let above = |last: u64| Some(micros.max(last.saturating_add(1)));
        let last = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, above).unwrap_or_else(|last| last);
        micros.max(last.saturating_add(1))
    }

    /// The last one given.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// The venue has seen a nonce of this key that high: the next is above it.
    pub fn raise(&self, seen: u64) {
        self.0.fetch_max(seen, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonces_rise_whatever_the_clock_does() {
        let nonces = Nonces::after(5);
        let at = |micros: i64| Timestamp::from_nanos(micros * 1_000);
        assert_eq!([10, 10, 3, 11, 100, 0].map(|micros| nonces.next(at(micros))), [10, 11, 12, 13, 100, 101]);
        nonces.raise(500);
        assert_eq!(nonces.next(at(200)), 501);
        assert_eq!(Nonces::after(nonces.last()).next(at(0)), 502, "after a restart with a clock set back");
    }

    /// Four threads, one key, one instant: 4,000 nonces, all of them different, and each thread's rise.
    #[test]
    fn threads_of_one_key_share_no_nonce() {
        let (nonces, now) = (Nonces::default(), Timestamp::from_nanos(1_700_000_000_000_000_000));
        let draw = || (0..1_000).map(|_| nonces.next(now)).collect::<Vec<u64>>();
        let drawn: Vec<Vec<u64>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(draw)).collect();
            threads.into_iter().map(|thread| thread.join().expect("a thread that draws nonces")).collect()
        });
        assert!(drawn.iter().all(|own| own.is_sorted()));
        let mut all = drawn.concat();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 4_000);
    }
}
