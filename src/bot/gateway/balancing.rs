//! How a gateway asks for balances: on a timer, again soon where that came to nothing, and never in a way of anything else.

use super::backoff::Backoff;
use super::balance::{Balance, BalancePolicy, Balanced, Balances, Holdings};
use super::call::{Answer, Ask, Call, CallId, Deed};
use super::core::Gateway;
use super::policy::Policy;
use crate::model::{BalanceSource, ClientOrderId, WireEvent};
use crate::units::{Span, Timestamp};

/// Instants are told apart by as much.
const LATER: Span = Span::from_nanos(1);

/// The question for the balance, and what came of those before.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub(super) struct Balancing {
    chain: Balances,
    /// What the bot's own books hold, as it said last.
    own: Holdings,
    /// The question that is out, and when it is given up.
    out: Option<(CallId, Timestamp)>,
    /// When the next one is due.
    due: Timestamp,
    /// Such questions in a row that came to nothing.
    failed: u32,
    /// What the bot was told of the source.
    source: BalanceSource,
}

impl Balancing {
    pub fn new(start: Timestamp) -> Self {
        let (chain, own) = (Balances::new(start), Holdings::default());
        Self { chain, own, out: None, due: start, failed: 0, source: BalanceSource::OwnBooks }
    }

    /// The process has ended, and the new one does not know when the venue last said anything: as if that were too long ago.
    pub fn forget(&mut self, now: Timestamp) {
        *self = Self { chain: Balances::new(Timestamp::MIN), own: self.own, source: self.source, ..Self::new(now) };
    }

    /// A fill of `matched_at` was heard of.
    pub fn filled(&mut self, matched_at: Timestamp) {
        self.chain.filled(matched_at);
    }

    /// When something is to be done about it.
    pub fn next(&self) -> Timestamp {
        self.out.map_or(self.due, |(_, deadline)| deadline)
    }

    fn put_off(&mut self, now: Timestamp, backoff: &mut Backoff, policy: &Policy) {
        self.failed += 1;
        (self.out, self.due) = (None, now.plus(backoff.after(self.failed, policy)));
    }

    /// Says where balances come from, if that is news.
    fn tell(&mut self, now: Timestamp, policy: &BalancePolicy, out: &mut Vec<Deed>) {
        let source = self.chain.read(self.own, now, policy).source;
        if std::mem::replace(&mut self.source, source) != source {
            out.push(note(WireEvent::BalanceFrom(source)));
        }
    }
}

const fn note(event: WireEvent) -> Deed {
    Deed::Note(ClientOrderId(0), event)
}

impl Gateway {
    /// It asks for balances.
    #[must_use]
    pub const fn asks_for_balances(&self) -> bool {
        self.balancing.is_some()
    }

    /// What the bot's own books hold now: what the venue's word is held against, and what is left where there is none.
    pub fn own_holdings(&mut self, own: Holdings) {
        self.balancing.iter_mut().for_each(|balancing| balancing.own = own);
    }

    /// What to rely on at `now`, whose word that is, and of when; nothing where it does not ask for balances.
    #[must_use]
    pub fn balance(&self, now: Timestamp) -> Option<Balance> {
        let (balancing, policy) = self.balancing.as_ref().zip(self.policy.balances.as_ref())?;
        Some(balancing.chain.read(balancing.own, now, policy))
    }

    /// Nothing that adds risk goes out: the venue has not said for too long what is held, or something else than the own books.
    pub(super) fn is_unbalanced(&self, now: Timestamp) -> bool {
        let both = self.balancing.as_ref().zip(self.policy.balances.as_ref());
        let is_unsure = |chain: &Balances, policy| chain.is_stale(now, policy) || chain.is_wrong();
        both.is_some_and(|(balancing, policy)| policy.holds && is_unsure(&balancing.chain, policy))
    }

    /// Asks where that is due; gives up a question that was not answered.
    pub(super) fn ask_for_balance(&mut self, now: Timestamp, out: &mut Vec<Deed>) {
        let Self { balancing, backoff, policy, .. } = self;
        let Some((balancing, balances)) = balancing.as_mut().zip(policy.balances.as_ref()) else { return };
        if balancing.out.is_some_and(|(_, deadline)| deadline <= now) {
            balancing.chain.failed();
            balancing.put_off(now, backoff, policy);
        }
        balancing.tell(now, balances, out);
        if self.is_halted || balancing.out.is_some() || now < balancing.due {
            return;
        }
        if policy.honours_waits && now < self.waits_until {
            balancing.due = self.waits_until;
            return;
        }
        let (deadline, attempt) = (now.plus(policy.timeout), balancing.failed + 1);
        let id = self.next_call();
        self.balancing.iter_mut().for_each(|balancing| balancing.out = Some((id, deadline)));
        out.push(Deed::Call(Call { id, ask: Ask::Balance, attempt }));
    }

    /// Takes the answer to a question for the balance; false where it is one to something else.
    pub(super) fn takes_balance(&mut self, call: CallId, answer: &Answer, now: Timestamp, out: &mut Vec<Deed>) -> bool {
        let Self { balancing, backoff, policy, .. } = self;
        let Some((balancing, balances)) = balancing.as_mut().zip(policy.balances.as_ref()) else { return false };
        if balancing.out.is_none_or(|(own, _)| own != call) {
            // An old word is worse than none.
            return matches!(answer, Answer::Balance(..));
        }
        let came = match answer {
            Answer::Balance(word, as_of) => Some(balancing.chain.answered(*word, *as_of, balancing.own, balances)),
            _ => None,
        };
        match came {
            Some(Balanced::Agrees) => {
                (balancing.out, balancing.due, balancing.failed) = (None, now.plus(balances.every), 0);
                out.push(note(WireEvent::Balanced));
            }
            Some(odd) => {
                balancing.put_off(now, backoff, policy);
                balancing.due = balancing.due.max(balancing.chain.believes_from(balances).plus(LATER));
                let is_sure = odd == Balanced::Confirmed;
                out.push(note(if is_sure { WireEvent::BooksWrong } else { WireEvent::BalanceDiffers }));
            }
            None => {
                balancing.chain.failed();
                balancing.put_off(now, backoff, policy);
            }
        }
        balancing.tell(now, balances, out);
        // What was missed may be the whole difference.
        if policy.reconciles && matches!(came, Some(Balanced::Differs | Balanced::Confirmed)) {
            self.ask_again(now);
        }
        if let Answer::Failed(failure) = answer {
            self.heed(*failure, now, out);
        }
        true
    }
}
