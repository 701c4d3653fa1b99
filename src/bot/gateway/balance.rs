//! What the account holds, from the best source there is: the venue's own word, the last one that it gave, or the bot's own books.

use crate::model::BalanceSource;
use crate::units::{Money, Quantity, Span, Timestamp};

/// What is held in one market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Holdings {
    /// Of the quote asset.
    pub cash: Money,
    /// Of the base asset, or of contracts; short if negative.
    pub position: Quantity,
}

/// Holdings, whose word they are, and of when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// What is held.
    pub holdings: Holdings,
    /// Who says so.
    pub source: BalanceSource,
    /// When that was so.
    pub as_of: Timestamp,
}

impl Balance {
    /// How old the word is.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Span {
        now.since(self.as_of)
    }
}

/// How balances are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BalancePolicy {
    /// How often.
    pub every: Span,
    /// When the venue has given none for so long, nothing that adds risk goes out.
    pub stale_after: Span,
    /// That rule is kept.
    pub holds: bool,
}

/// What a question for the balance has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Balanced {
    /// The venue's word is that of the own books.
    Agrees,
    /// It is another one, and may be an old one: it is asked for again.
    Differs,
    /// It is another one, and the venue has said so twice.
    Confirmed,
}

/// The chain of sources. It asks for nothing by itself: whoever carries messages tells it what came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Balances {
    /// The last word of the venue that was believed, and of when.
    last: Option<(Holdings, Timestamp)>,
    /// A word that differs from the own books, and was not given twice yet.
    odd: Option<Holdings>,
    /// The last question was not answered, or not believed.
    has_failed: bool,
    /// Since when a word is waited for, where there never was one.
    start: Timestamp,
}

impl Balances {
    /// Nothing was asked for before `start`.
    #[must_use]
    pub const fn new(start: Timestamp) -> Self {
        Self { last: None, odd: None, has_failed: false, start }
    }

    /// The venue says what it held at `as_of`; the own books hold `own`. A word that differs may have been overtaken by a fill, or be an old one: it is
    /// believed when it comes twice in a row.
    pub fn answered(&mut self, word: Holdings, as_of: Timestamp, own: Holdings) -> Balanced {
        let came = if word == own {
            Balanced::Agrees
        } else if self.odd == Some(word) {
            Balanced::Confirmed
        } else {
            Balanced::Differs
        };
        self.odd = (came == Balanced::Differs).then_some(word);
        self.has_failed = came == Balanced::Differs;
        if came != Balanced::Differs {
            self.last = Some((word, as_of));
        }
        came
    }

    /// A question was not answered, or by a failure.
    pub const fn failed(&mut self) {
        self.has_failed = true;
    }

    /// What to rely on at `now`: the venue's word while questions are answered, its last one while that is not stale, then the own books.
    #[must_use]
    pub fn read(&self, own: Holdings, now: Timestamp, policy: &BalancePolicy) -> Balance {
        match self.last.filter(|_| !self.is_stale(now, policy)) {
            Some((holdings, as_of)) => {
                let source = if self.has_failed { BalanceSource::LastKnown } else { BalanceSource::Venue };
                Balance { holdings, source, as_of }
            }
            None => Balance { holdings: own, source: BalanceSource::OwnBooks, as_of: now },
        }
    }

    /// The venue has given no word that was believed for so long that nothing may add to what is held.
    #[must_use]
    pub fn is_stale(&self, now: Timestamp, policy: &BalancePolicy) -> bool {
        let since = self.last.map_or(self.start, |(_, as_of)| as_of);
        policy.stale_after < now.since(since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SECOND;
    use proptest::prelude::*;

    const POLICY: BalancePolicy =
        BalancePolicy { every: SECOND.times(60), stale_after: SECOND.times(300), holds: true };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_nanos(0).plus(SECOND.times(seconds))
    }

    fn of(units: i64) -> Holdings {
        Holdings { cash: Money::from_units(units), position: Quantity::new(units) }
    }

    #[test]
    fn the_chain_falls_back_and_comes_back() {
        let mut balances = Balances::new(at(0));
        let read = |balances: &Balances, second: i64| {
            let balance = balances.read(of(7), at(second), &POLICY);
            (balance.source, balance.holdings, balance.age(at(second)), balances.is_stale(at(second), &POLICY))
        };
        assert_eq!(read(&balances, 1), (BalanceSource::OwnBooks, of(7), Span::ZERO, false), "nobody has said anything");
        assert_eq!(balances.answered(of(7), at(10), of(7)), Balanced::Agrees);
        assert_eq!(read(&balances, 15), (BalanceSource::Venue, of(7), SECOND.times(5), false));
        balances.failed();
        assert_eq!(read(&balances, 70), (BalanceSource::LastKnown, of(7), SECOND.times(60), false));
        assert_eq!(read(&balances, 310), (BalanceSource::LastKnown, of(7), SECOND.times(300), false), "at the limit");
        assert_eq!(read(&balances, 311), (BalanceSource::OwnBooks, of(7), Span::ZERO, true));
        assert_eq!(balances.answered(of(7), at(400), of(7)), Balanced::Agrees);
        assert_eq!(read(&balances, 400), (BalanceSource::Venue, of(7), Span::ZERO, false));
    }

    #[test]
    fn a_word_that_differs_is_believed_when_it_comes_twice() {
        let mut balances = Balances::new(at(0));
        assert_eq!(balances.answered(of(5), at(10), of(7)), Balanced::Differs);
        assert_eq!(balances.read(of(7), at(10), &POLICY).source, BalanceSource::OwnBooks);
        assert_eq!(balances.answered(of(6), at(11), of(7)), Balanced::Differs, "another one");
        assert_eq!(balances.answered(of(6), at(12), of(7)), Balanced::Confirmed);
        assert_eq!(balances.read(of(7), at(12), &POLICY).holdings, of(6));
        assert_eq!(balances.answered(of(5), at(13), of(7)), Balanced::Differs);
        assert_eq!(balances.answered(of(7), at(14), of(7)), Balanced::Agrees);
        assert_eq!(balances.answered(of(5), at(15), of(7)), Balanced::Differs, "what was odd before counts no more");
    }

    proptest! {
        /// Whatever comes: what is read is never older than is allowed, and never a word that nobody gave.
        #[test]
        fn nothing_stale_and_nothing_made_up_is_read(
            events in proptest::collection::vec((0_i64..200, proptest::option::of(0_i64..4)), 0..60),
        ) {
            let (mut balances, mut now, mut given) = (Balances::new(at(0)), 0, Vec::new());
            for (pause, word) in events {
                now += pause;
                match word {
                    Some(word) => {
                        balances.answered(of(word), at(now), of(1));
                        given.push(of(word));
                    }
                    None => balances.failed(),
                }
                let balance = balances.read(of(1), at(now), &POLICY);
                prop_assert!(balance.age(at(now)) <= POLICY.stale_after);
                let is_own = balance.source == BalanceSource::OwnBooks;
                let is_given = if is_own { balance.holdings == of(1) } else { given.contains(&balance.holdings) };
                prop_assert!(is_given, "{balance:?}");
                prop_assert!(is_own || !balances.is_stale(at(now), &POLICY));
            }
        }
    }
}
