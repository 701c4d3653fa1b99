//! What a gateway that has lost its memory knows no more, and what it holds back while it does not know what the account has.

use super::tests::order;
use super::{Answer, Ask, BalancePolicy, Call, Deed, Failure, Gateway, Holdings, OnLostMemory, Policy, Reply};
use crate::bot::Request;
use crate::gates::Cleared;
use crate::model::{AmendOrder, BalanceSource, ClientOrderId, WireEvent};
use crate::rng::Streams;
use crate::units::{Money, Quantity, SECOND, Span, Timestamp};

const BALANCES: BalancePolicy =
    BalancePolicy { every: SECOND.times(20), stale_after: SECOND.times(60), holds: true, lag: SECOND.times(3) };

fn at(second: i64) -> Timestamp {
    Timestamp::from_nanos(0).plus(SECOND.times(second))
}

/// A gateway, and what it has wanted done.
struct Tried(Gateway, Vec<Deed>);

impl Tried {
    fn new(policy: Policy) -> Self {
        Self(Gateway::new(policy, Streams::new(1), "0", at(0)), Vec::new())
    }

    fn on_time(&mut self, now: Timestamp) {
        self.0.on_time(now, &mut self.1);
    }

    fn submit(&mut self, request: Request, now: Timestamp) {
        self.0.submit(request, now, &mut self.1);
    }

    /// The last call for which it is asked.
    fn last(&self, is_it: impl Fn(&Ask) -> bool) -> Option<&Call> {
        self.1.iter().rev().find_map(|deed| match deed {
            Deed::Call(call) if is_it(&call.ask) => Some(call),
            _ => None,
        })
    }

    /// Answers the last call of the kind.
    fn answer(&mut self, is_it: impl Fn(&Ask) -> bool, answer: Answer, now: Timestamp) {
        let call = self.last(is_it).expect("a call").id;
        self.0.on_reply(Reply { call, answer }, now, &mut self.1);
    }

    fn calls(&self, is_it: impl Fn(&Ask) -> bool) -> usize {
        self.1.iter().filter(|deed| matches!(deed, Deed::Call(call) if is_it(&call.ask))).count()
    }

    fn noted(&self, event: WireEvent) -> usize {
        self.1.iter().filter(|deed| matches!(deed, Deed::Note(_, noted) if *noted == event)).count()
    }

    fn given_up(&self) -> usize {
        self.1.iter().filter(|deed| matches!(deed, Deed::GiveUp(_))).count()
    }

    fn lose_memory(&mut self, now: Timestamp) {
        self.0.lose_memory(&[], now, &mut self.1);
    }
}

const fn is_new(ask: &Ask) -> bool {
    matches!(ask, Ask::New(_))
}

const fn is_balance(ask: &Ask) -> bool {
    matches!(ask, Ask::Balance)
}

const fn is_missed(ask: &Ask) -> bool {
    matches!(ask, Ask::Missed)
}

fn amend(now: Timestamp) -> Request {
    let (client_order_id, quantity) = (ClientOrderId(1), Some(Quantity::new(2)));
    Request::Amend(Cleared::unseen(AmendOrder { client_order_id, price: None, quantity, sent_at: now }))
}

fn held(units: i64) -> Holdings {
    Holdings { cash: Money::from_units(units), position: Quantity::ZERO }
}

/// The wait that the venue has asked for, the last balance, the question for one that is out, the budget of retries, numbers that were made up, reports
/// that were kept: all of it lived in the process.
#[test]
fn a_lost_memory_loses_all_that_lived_in_the_process() {
    let policy = Policy {
        on_lost_memory: OnLostMemory::Adopts,
        balances: Some(BALANCES),
        retries_per_minute: 1,
        dead_mans_switch: Some(SECOND.times(60)),
        ..Policy::CAREFUL
    };
    let mut tried = Tried::new(policy);
    tried.on_time(at(0));
    tried.answer(is_balance, Answer::Balance(Holdings::default(), at(1)), at(1));
    tried.on_time(at(21));
    let old = tried.last(is_balance).expect("a question").id;
    tried.submit(order(1, at(22)), at(22));
    tried.answer(is_new, Answer::Failed(Failure::Ban(at(500))), at(22));
    assert_eq!(tried.0.budget.spend(at(22)), Ok(()));
    tried.0.aliases.insert(ClientOrderId(1 << 50), ClientOrderId(1));
    let before = tried.0.next_call();
    assert_eq!(tried.0.balance(at(23)).map(|balance| balance.source), Some(BalanceSource::Venue));

    tried.lose_memory(at(23));
    assert_eq!(tried.0.balance(at(23)).map(|balance| balance.source), Some(BalanceSource::OwnBooks), "no last word");
    assert_eq!(tried.0.budget.spend(at(23)), Ok(()), "no retries");
    assert!(tried.0.aliases.is_empty(), "no numbers of its own making");
    let asked = (tried.calls(is_missed), tried.calls(is_balance));
    tried.on_time(at(23));
    assert_eq!(
        (tried.calls(is_missed), tried.calls(is_balance)),
        (asked.0 + 1, asked.1 + 1),
        "no ban, and no question"
    );
    assert!(before < tried.last(is_balance).expect("a question").id, "calls count on: no late answer is another's");
    assert_eq!(tried.noted(WireEvent::BalanceFrom(BalanceSource::OwnBooks)), 1);

    // Its orders are known again, and what the account holds is not: that takes a word of the venue's to the new process.
    tried.answer(is_missed, Answer::Reports(Vec::new()), at(24));
    tried.0.on_reply(Reply { call: old, answer: Answer::Balance(Holdings::default(), at(24)) }, at(24), &mut tried.1);
    tried.submit(order(2, at(24)), at(24));
    assert_eq!((tried.calls(is_new), tried.given_up()), (1, 1), "an answer to the process before it");
    tried.answer(is_balance, Answer::Balance(Holdings::default(), at(25)), at(25));
    tried.submit(order(3, at(25)), at(25));
    assert_eq!((tried.calls(is_new), tried.given_up()), (2, 1));
}

/// One that stopped after its first failure begins anew.
#[test]
fn a_failure_is_forgotten_with_the_rest() {
    let policy = Policy { on_lost_memory: OnLostMemory::Forgets, stops_after_failure: true, ..Policy::CAREFUL };
    for loses in [false, true] {
        let mut tried = Tried::new(policy);
        tried.submit(order(1, at(0)), at(0));
        tried.on_time(at(3));
        if loses {
            tried.lose_memory(at(4));
        }
        tried.submit(order(2, at(5)), at(5));
        assert_eq!(tried.calls(is_new), if loses { 2 } else { 1 });
    }
}

/// Having asked once after a lost memory makes no gateway one that reconciles.
#[test]
fn a_lost_memory_cures_nothing() {
    for (reconciles, expected) in [(false, Timestamp::MAX), (true, at(2).plus(Policy::CAREFUL.reconcile_every))] {
        let policy = Policy { on_lost_memory: OnLostMemory::Adopts, reconciles, ..Policy::CAREFUL };
        let mut tried = Tried::new(policy);
        tried.lose_memory(at(1));
        tried.on_time(at(1));
        tried.answer(is_missed, Answer::Reports(Vec::new()), at(2));
        assert_eq!(tried.0.next(), expected, "reconciles: {reconciles}");
    }
}

/// An amend may add risk like an order, and what waits does so when it goes out.
#[test]
fn amends_and_what_waits_are_held_like_orders() {
    let policy = Policy { balances: Some(BALANCES), on_lost_memory: OnLostMemory::Adopts, ..Policy::CAREFUL };
    for (second, goes_out) in [(60, true), (61, false)] {
        let mut tried = Tried::new(policy);
        tried.submit(amend(at(second)), at(second));
        assert_eq!(
            (tried.calls(|ask| matches!(ask, Ask::Amend(_))), tried.given_up()),
            (goes_out.into(), (!goes_out).into())
        );
        // An order that sets out in time, and that the venue wants to see later.
        let mut tried = Tried::new(policy);
        tried.submit(order(1, at(50)), at(50));
        let wait = Span::from_nanos(at(second).since(at(51)).nanos());
        tried.answer(is_new, Answer::Failed(Failure::RateLimit(wait)), at(51));
        tried.on_time(at(second));
        assert_eq!(
            (tried.calls(is_new), tried.given_up()),
            (1 + usize::from(goes_out), (!goes_out).into()),
            "{second}"
        );
    }
    let mut tried = Tried::new(Policy { balances: None, ..policy });
    tried.lose_memory(at(1));
    tried.submit(amend(at(1)), at(1));
    assert_eq!(tried.given_up(), 1, "what became of the order is not known");
}

/// A word that differs: what was missed is asked for, the next question waits for longer than the lag, and when it says the same nothing that adds
/// risk goes out until both agree.
#[test]
fn books_that_are_wrong_hold_what_adds_risk() {
    let policy = Policy { balances: Some(BALANCES), ..Policy::CAREFUL };
    let mut tried = Tried::new(policy);
    tried.on_time(at(0));
    tried.answer(is_balance, Answer::Balance(held(5), at(1)), at(1));
    assert_eq!((tried.noted(WireEvent::BalanceDiffers), tried.calls(is_missed)), (1, 0));
    tried.on_time(at(1));
    assert_eq!(tried.calls(is_missed), 1, "what was missed may be the difference");
    tried.on_time(at(4));
    assert_eq!(tried.calls(is_balance), 1, "a venue may overlook what it did three seconds ago");
    tried.on_time(at(5));
    tried.answer(is_balance, Answer::Balance(held(5), at(5)), at(5));
    assert_eq!((tried.noted(WireEvent::BooksWrong), tried.noted(WireEvent::Balanced)), (1, 0));
    tried.submit(order(1, at(6)), at(6));
    assert_eq!((tried.calls(is_new), tried.given_up()), (0, 1));
    tried.0.own_holdings(held(5));
    tried.on_time(at(11));
    tried.answer(is_balance, Answer::Balance(held(5), at(11)), at(11));
    tried.submit(order(2, at(12)), at(12));
    assert_eq!((tried.calls(is_new), tried.noted(WireEvent::Balanced)), (1, 1));
}
