use super::policy::Policy;
use crate::rng::{Rng, Streams};
use crate::units::Span;

/// Pauses between attempts: twice as long each time, and a random half of it taken off, so that many who failed together do not come back
/// together ("equal jitter").
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Backoff {
    rng: Rng,
}

impl Backoff {
    /// Pauses of the connection called `name`.
    pub fn new(streams: Streams, name: &str) -> Self {
        Self { rng: streams.stream(&format!("gateway/backoff/{name}")) }
    }

    /// The pause after attempt number `attempt`, from 1.
    pub fn after(&mut self, attempt: u32, policy: &Policy) -> Span {
        let doubled = policy.backoff.nanos().saturating_mul(1 << attempt.saturating_sub(1).min(30));
        let most = doubled.min(policy.backoff_max.nanos()).max(2);
        Span::from_nanos(most - self.rng.range(0..=most / 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_the_longest_and_differ() {
        let policy = Policy::CAREFUL;
        let mut backoff = Backoff::new(Streams::new(1), "0");
        for attempt in 1..40 {
            let most =
                policy.backoff.nanos().saturating_mul(1 << (attempt - 1).min(30)).min(policy.backoff_max.nanos());
            let pauses: Vec<i64> = (0..20).map(|_| backoff.after(attempt, &policy).nanos()).collect();
            assert!(pauses.iter().all(|pause| (most / 2..=most).contains(pause)), "attempt {attempt}: {pauses:?}");
            assert!(pauses.iter().any(|pause| *pause != pauses[0]), "attempt {attempt}: all the same");
        }
    }
}
