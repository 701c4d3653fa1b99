use super::policy::Policy;
use crate::model::BreakerState;
use crate::units::Timestamp;

/// Circuit breaker of one endpoint: after too many failures in a row nothing goes out for a while, then one call to see.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub(super) struct Breaker {
    state: BreakerState,
    failures: u32,
    until: Timestamp,
}

impl Breaker {
    pub const fn new() -> Self {
        Self { state: BreakerState::Closed, failures: 0, until: Timestamp::MIN }
    }

    /// A call wants out: true when it may. What the breaker has become, if that is news. One that was let out to see may never be heard of: then
    /// another one is, after as long again.
    pub fn lets_out(&mut self, now: Timestamp, policy: &Policy) -> (bool, Option<BreakerState>) {
        match self.state {
            BreakerState::Closed => (true, None),
            BreakerState::Open | BreakerState::HalfOpen if self.until <= now => {
                self.until = now.plus(policy.breaker_open);
                (true, self.turn(BreakerState::HalfOpen))
            }
            BreakerState::Open | BreakerState::HalfOpen => (false, None),
        }
    }

    /// A call came to a good end.
    pub fn succeeded(&mut self) -> Option<BreakerState> {
        self.failures = 0;
        self.turn(BreakerState::Closed)
    }

    /// A call failed, or was not answered.
    pub fn failed(&mut self, now: Timestamp, policy: &Policy) -> Option<BreakerState> {
        self.failures = self.failures.saturating_add(1);
        if self.state == BreakerState::HalfOpen || self.failures >= policy.breaker_failures {
            self.until = now.plus(policy.breaker_open);
            return self.turn(BreakerState::Open);
        }
        None
    }

    fn turn(&mut self, state: BreakerState) -> Option<BreakerState> {
        let is_news = self.state != state;
        self.state = state;
        is_news.then_some(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SECOND;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_nanos(0).plus(SECOND.times(seconds))
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_closes_after_one_that_went_well() {
        let policy = Policy { breaker_failures: 3, breaker_open: SECOND.times(5), ..Policy::CAREFUL };
        let mut breaker = Breaker::new();
        assert_eq!(breaker.failed(at(0), &policy), None);
        assert_eq!(breaker.failed(at(1), &policy), None);
        assert_eq!(breaker.succeeded(), None, "it was closed all the time");
        assert_eq!(breaker.failed(at(2), &policy), None);
        assert_eq!(breaker.failed(at(3), &policy), None);
        assert_eq!(breaker.lets_out(at(3), &policy), (true, None));
        assert_eq!(breaker.failed(at(4), &policy), Some(BreakerState::Open));
        assert_eq!(breaker.lets_out(at(8), &policy), (false, None));
        assert_eq!(breaker.lets_out(at(9), &policy), (true, Some(BreakerState::HalfOpen)), "one, to see");
        assert_eq!(breaker.lets_out(at(9), &policy), (false, None), "and no other");
        assert_eq!(breaker.lets_out(at(14), &policy), (true, None), "nobody has heard of that one");
        assert_eq!(breaker.failed(at(10), &policy), Some(BreakerState::Open), "one failure is enough there");
        assert_eq!(breaker.lets_out(at(15), &policy), (true, Some(BreakerState::HalfOpen)));
        assert_eq!(breaker.succeeded(), Some(BreakerState::Closed));
        assert_eq!(breaker.lets_out(at(15), &policy), (true, None));
    }
}
