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
    /// That rule is kept, and nothing that adds risk goes out either while the venue's word has shown that the own books are wrong.
    pub holds: bool,
    /// A venue can overlook for so long what it has just done: a word that differs is believed when it is later than the last fill by more, and stands
    /// for longer than that.
    pub lag: Span,
}

/// What a question for the balance has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Balanced {
    /// The venue's word is that of the own books.
    Agrees,
    /// It is another one, and may be an old one: it is asked for again.
    Differs,
    /// It is another one, and the venue has said so twice, too far apart for an old word: the own books are wrong.
    Confirmed,
}

/// The chain of sources. It asks for nothing by itself: whoever carries messages tells it what came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Balances {
    /// The last word of the venue that was believed, and of when.
    last: Option<(Holdings, Timestamp)>,
    /// A word that differs from the own books, and was not given twice yet.
    odd: Option<(Holdings, Timestamp)>,
    /// The last fill that was heard of, by the venue's clock.
    filled_at: Timestamp,
    /// The venue's word has shown that the own books are wrong, and they have not agreed since.
    is_wrong: bool,
    /// The last question was not answered, or not believed.
    has_failed: bool,
    /// Since when a word is waited for, where there never was one.
    start: Timestamp,
}

impl Balances {
    /// Nothing was asked for before `start`.
    #[must_use]
    pub const fn new(start: Timestamp) -> Self {
        Self { last: None, odd: None, filled_at: Timestamp::MIN, is_wrong: false, has_failed: false, start }
    }

    /// A fill of `matched_at` was heard of.
    pub fn filled(&mut self, matched_at: Timestamp) {
        self.filled_at = self.filled_at.max(matched_at);
    }

    /// Before then no word that differs is believed.
    #[must_use]
    pub fn believes_from(&self, policy: &BalancePolicy) -> Timestamp {
        self.odd.map_or(self.filled_at, |(_, as_of)| as_of.max(self.filled_at)).plus(policy.lag)
    }

    /// The own books were found wrong, and have not agreed with the venue's word since.
    #[must_use]
    pub const fn is_wrong(&self) -> bool {
        self.is_wrong
    }

    /// The venue says what it held at `as_of`; the own books hold `own`. A word that differs may have been overtaken by a fill, or be an old one: it is
    /// believed when it comes twice in a row, the second time later than the first and than the last fill by more than the venue's lag.
    pub fn answered(&mut self, word: Holdings, as_of: Timestamp, own: Holdings, policy: &BalancePolicy) -> Balanced {
        let first = self.odd.filter(|(odd, _)| *odd == word);
        let came = if word == own {
            Balanced::Agrees
        } else if first.is_some() && self.believes_from(policy) < as_of {
            Balanced::Confirmed
        } else {
            Balanced::Differs
        };
        self.odd = (word != own).then_some(first.unwrap_or((word, as_of)));
        self.is_wrong = word != own && (self.is_wrong || came == Balanced::Confirmed);
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
        BalancePolicy { every: SECOND.times(60), stale_after: SECOND.times(300), holds: true, lag: SECOND.times(3) };

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
        assert_eq!(balances.answered(of(7), at(10), of(7), &POLICY), Balanced::Agrees);
        assert_eq!(read(&balances, 15), (BalanceSource::Venue, of(7), SECOND.times(5), false));
        balances.failed();
        assert_eq!(read(&balances, 70), (BalanceSource::LastKnown, of(7), SECOND.times(60), false));
        assert_eq!(read(&balances, 310), (BalanceSource::LastKnown, of(7), SECOND.times(300), false), "at the limit");
        assert_eq!(read(&balances, 311), (BalanceSource::OwnBooks, of(7), Span::ZERO, true));
        assert_eq!(balances.answered(of(7), at(400), of(7), &POLICY), Balanced::Agrees);
        assert_eq!(read(&balances, 400), (BalanceSource::Venue, of(7), Span::ZERO, false));
    }

    /// A venue that gives the word of before a fill for three seconds gives it twice, and is not believed; nor is a word of the instant at which
    /// there is an old one still.
    #[test]
    fn a_word_that_differs_is_believed_when_it_stands_for_longer_than_the_lag() {
        let mut balances = Balances::new(at(0));
        let mut says = |word: i64, second: i64, fill: Option<i64>| {
            fill.into_iter().for_each(|second| balances.filled(at(second)));
            let came = balances.answered(of(word), at(second), of(7), &POLICY);
            (came, balances.is_wrong())
        };
        assert_eq!(says(5, 10, Some(10)), (Balanced::Differs, false));
        assert_eq!(says(5, 10, None), (Balanced::Differs, false), "the same old word");
        assert_eq!(says(5, 13, None), (Balanced::Differs, false), "it may be overlooked up to now");
        assert_eq!(says(5, 14, None), (Balanced::Confirmed, true));
        assert_eq!(says(5, 15, Some(13)), (Balanced::Differs, true), "the fill is too near");
        assert_eq!(says(6, 20, None), (Balanced::Differs, true), "another one");
        assert_eq!(says(5, 24, None), (Balanced::Differs, true), "what was odd before counts no more");
        assert_eq!(says(7, 25, None), (Balanced::Agrees, false));
        assert_eq!(says(5, 26, None), (Balanced::Differs, false));
        assert_eq!(says(5, 29, None), (Balanced::Differs, false), "it was not odd for long enough");
        assert_eq!(says(5, 30, None), (Balanced::Confirmed, true));
        assert_eq!(balances.read(of(7), at(30), &POLICY).holdings, of(5));
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
                        balances.answered(of(word), at(now), of(1), &POLICY);
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
