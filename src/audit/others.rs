use super::control::DailyOrders;
use super::replay::AuditError;
use crate::journal::JournalError;
use crate::units::Timestamp;
use std::iter::Peekable;
use std::ops::RangeInclusive;

/// When other bots of the user sent orders, in order of time.
pub type SentByOthers<'a> = Box<dyn Iterator<Item = Result<Timestamp, JournalError>> + 'a>;

/// What the user's other bots have sent, followed as far as one bot's journal has been read. Which bot was first within one instant is
/// in neither journal: there every number between those before it and those up to it is possible. What all of them together send too
/// much within one instant can so be right for each by itself; it is found with the next order that adds risk.
pub(super) struct Others<'a> {
    sent: Peekable<SentByOthers<'a>>,
    /// Sent before `asked`.
    before: DailyOrders,
    /// Sent at `asked`.
    meanwhile: u64,
    asked: Timestamp,
}

impl<'a> Others<'a> {
    pub fn new(sent: SentByOthers<'a>) -> Self {
        Self { sent: sent.peekable(), before: DailyOrders::default(), meanwhile: 0, asked: Timestamp::MIN }
    }

    /// How many orders of the day of `at` they can have sent by then: the fewest and the most.
    pub fn sent_by(&mut self, at: Timestamp) -> Result<RangeInclusive<u64>, AuditError> {
        if self.asked < at {
            let asked = std::mem::replace(&mut self.asked, at);
            (0..std::mem::take(&mut self.meanwhile)).for_each(|_| self.before.note(asked));
        }
        while let Some(sent) = self.sent.next_if(|sent| sent.as_ref().map_or(true, |sent| *sent <= at)) {
            match sent? {
                sent if sent < at => self.before.note(sent),
                _ => self.meanwhile += 1,
            }
        }
        let fewest = self.before.sent(at);
        Ok(fewest..=fewest + self.meanwhile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{DAY, Span};

    fn others(instants: &[i64]) -> Others<'_> {
        Others::new(Box::new(instants.iter().map(|at| Ok(Timestamp::from_nanos(*at)))))
    }

    #[test]
    fn within_an_instant_every_number_is_possible_and_afterwards_one() {
        let mut others = others(&[5, 10, 10, 20]);
        let at = |nanos| Timestamp::from_nanos(nanos);
        assert_eq!(others.sent_by(at(4)).unwrap(), 0..=0);
        assert_eq!(others.sent_by(at(5)).unwrap(), 0..=1);
        assert_eq!(others.sent_by(at(5)).unwrap(), 0..=1, "asked again");
        assert_eq!(others.sent_by(at(10)).unwrap(), 1..=3);
        assert_eq!(others.sent_by(at(11)).unwrap(), 3..=3);
        assert_eq!(others.sent_by(at(1_000)).unwrap(), 4..=4);
    }

    #[test]
    fn a_new_day_begins_at_none() {
        let midnight = Timestamp::from_nanos(0).plus(DAY);
        let before = midnight.plus(Span::from_nanos(-1));
        let instants = [before.nanos(), midnight.nanos()];
        let mut others = others(&instants);
        assert_eq!(others.sent_by(before).unwrap(), 0..=1);
        assert_eq!(others.sent_by(midnight).unwrap(), 0..=1);
        assert_eq!(others.sent_by(midnight.plus(Span::from_nanos(1))).unwrap(), 1..=1);
    }
}
