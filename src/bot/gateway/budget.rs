use crate::units::{MINUTE, Timestamp};
use std::collections::VecDeque;

/// So many retries a minute and no more: a storm of them is worse than what they are about.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Budget {
    per_minute: usize,
    spent: VecDeque<Timestamp>,
}

impl Budget {
    pub fn new(per_minute: u32) -> Self {
        Self { per_minute: (per_minute as usize).max(1), spent: VecDeque::new() }
    }

    /// Spends one at `now`; or says when there will be one again.
    pub fn spend(&mut self, now: Timestamp) -> Result<(), Timestamp> {
        while self.spent.pop_front_if(|spent_at| spent_at.plus(MINUTE) <= now).is_some() {}
        match self.spent.front() {
            Some(oldest) if self.spent.len() >= self.per_minute => Err(oldest.plus(MINUTE)),
            _ => {
                self.spent.push_back(now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SECOND;

    #[test]
    fn a_minute_holds_so_many_and_no_more() {
        let at = |seconds: i64| Timestamp::from_nanos(0).plus(SECOND.times(seconds));
        let mut budget = Budget::new(2);
        assert_eq!(budget.spend(at(0)), Ok(()));
        assert_eq!(budget.spend(at(10)), Ok(()));
        assert_eq!(budget.spend(at(59)), Err(at(60)));
        assert_eq!(budget.spend(at(60)), Ok(()));
        assert_eq!(budget.spend(at(61)), Err(at(70)));
    }
}
