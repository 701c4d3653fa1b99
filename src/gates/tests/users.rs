//! Several bots of one user at one limit: every interleaving, and real threads.

use super::*;
use crate::gates::{User, user_orders};
use crate::units::DAY;
use proptest::prelude::*;

fn bot(user: &User, max: u32) -> Gates {
    let (mut gates, _) = armed(&format!("[user_orders]\nmax = {max}"));
    gates.join(user);
    gates
}

fn numbered(number: u64, side: Side) -> Intent {
    Intent { client_order_id: ClientOrderId(number), intent_key: IntentKey(number), ..limit(side, 1, 100) }
}

/// What one of the bots does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    Adds,
    Reduces,
    Restarts,
    AddsTomorrow,
}

/// Plays one order of turns against a plain count.
fn play(turns: &[usize], bots: &[&[Does]], max: u32) {
    let user = User::default();
    let mut gates: Vec<Gates> = bots.iter().map(|_| bot(&user, max)).collect();
    let (mut next, mut day, mut plain) = (vec![0; bots.len()], 0, 0_u32);
    for (number, &who) in (1..).zip(turns) {
        let does = bots[who][next[who]];
        next[who] += 1;
        if does == Does::AddsTomorrow && day == 0 {
            (day, plain) = (1, 0);
        }
        let flat = RiskView { now: noon(day), ..risk() };
        match does {
            Does::Adds | Does::AddsTomorrow => {
                let expected =
                    if plain < max { Ok(()) } else { Err(refusal("user_orders", i128::from(plain) + 1, max.into())) };
                assert_eq!(
                    judge(&mut gates[who], numbered(number, Side::Buy), &flat),
                    expected,
                    "{turns:?} of {bots:?}"
                );
                plain += u32::from(plain < max);
            }
            Does::Reduces => {
                let long = RiskView { position: Quantity::new(9), ..flat };
                assert_eq!(judge(&mut gates[who], numbered(number, Side::Sell), &long), Ok(()));
                plain += 1;
            }
            Does::Restarts => {
                let mut again = bot(&user, max);
                again.restore(serde_json::from_value(serde_json::to_value(gates[who].save()).unwrap()).unwrap());
                gates[who] = again;
            }
        }
    }
}

/// A program that is started anew has a user who knows of no order: what its bot had saved is what there is.
#[test]
fn a_user_goes_on_where_a_saved_bot_was() {
    let mut before = bot(&User::default(), 3);
    let flat = RiskView { now: noon(0), ..risk() };
    for number in 1..=2 {
        assert_eq!(judge(&mut before, numbered(number, Side::Buy), &flat), Ok(()));
    }
    let mut after = bot(&User::default(), 3);
    after.restore(serde_json::from_value(serde_json::to_value(before.save()).unwrap()).unwrap());
    assert_eq!(judge(&mut after, numbered(3, Side::Buy), &flat), Ok(()));
    assert_eq!(judge(&mut after, numbered(4, Side::Buy), &flat), Err(refusal("user_orders", 4, 3)));
}

/// All orders in which bots with so many turns can come.
fn interleavings(left: &mut Vec<usize>, turns: &mut Vec<usize>, act: &mut dyn FnMut(&[usize])) {
    if left.iter().all(|turns| *turns == 0) {
        return act(turns);
    }
    for who in 0..left.len() {
        if left[who] > 0 {
            left[who] -= 1;
            turns.push(who);
            interleavings(left, turns, act);
            turns.pop();
            left[who] += 1;
        }
    }
}

#[test]
fn every_interleaving_of_three_bots_keeps_the_limit_and_refuses_nobody_too_soon() {
    use Does::{Adds, AddsTomorrow, Reduces, Restarts};
    let bots: [&[Does]; 3] = [&[Adds, Restarts, Adds], &[Adds, Reduces, AddsTomorrow], &[Adds, Adds, Adds]];
    let mut played = 0;
    for max in 1..=6 {
        let mut left: Vec<usize> = bots.iter().map(|bot| bot.len()).collect();
        interleavings(&mut left, &mut Vec::new(), &mut |turns| {
            play(turns, &bots, max);
            played += 1;
        });
    }
    // 9! / (3! 3! 3!) orders of turns at six limits.
    assert_eq!(played, 6 * 1_680);
}

#[test]
fn threads_that_ask_at_once_get_exactly_what_there_is() {
    const MAX: u32 = 1_000;
    for _ in 0..8 {
        let user = User::default();
        let cleared: usize = std::thread::scope(|scope| {
            let bots: Vec<_> = (0..4_u64)
                .map(|number| {
                    let mut gates = bot(&user, MAX);
                    scope.spawn(move || {
                        let asks = (0..500).map(|order| numbered(1 + number * 1_000 + order, Side::Buy));
                        asks.filter(|intent| judge(&mut gates, *intent, &risk()).is_ok()).count()
                    })
                })
                .collect();
            bots.into_iter().map(|bot| bot.join().unwrap()).sum()
        });
        assert_eq!(cleared, MAX as usize);
    }
}

/// Nothing can refuse what it has counted.
#[test]
fn the_limit_of_a_user_judges_last() {
    assert_eq!(crate::gates::catalogue().last().map(|spec| spec.name), Some("user_orders"));
}

#[test]
fn an_order_that_another_gate_refuses_is_not_counted() {
    let (mut gates, _) = armed("[user_orders]\nmax = 1\n[order_value]\nmax = \"100\"");
    for _ in 0..3 {
        assert_eq!(judge(&mut gates, limit(Side::Buy, 2, 100), &risk()).unwrap_err().gate.0, 4);
    }
    assert_eq!(judge(&mut gates, limit(Side::Buy, 1, 100), &risk()), Ok(()));
    assert_eq!(judge(&mut gates, limit(Side::Buy, 1, 100), &risk()), Err(refusal("user_orders", 2, 1)));
}

#[test]
fn a_copy_of_the_gates_counts_for_itself() {
    let user = User::default();
    let mut gates = bot(&user, 2);
    judge(&mut gates, numbered(1, Side::Buy), &risk()).unwrap();
    let mut copy = gates.clone();
    assert_eq!(judge(&mut copy, numbered(2, Side::Buy), &risk()), Ok(()));
    assert_eq!(judge(&mut gates, numbered(2, Side::Buy), &risk()), Ok(()));
    assert_eq!(judge(&mut gates, numbered(3, Side::Buy), &risk()), Err(refusal("user_orders", 3, 2)));
}

proptest! {
    /// A clock that runs backwards opens no day again.
    #[test]
    fn any_days_count_like_a_plain_counter(days in proptest::collection::vec(0_i64..4, 1..40), max in 1_u32..6) {
        let user = User::default();
        let mut gates = bot(&user, max);
        let (mut latest, mut orders) = (i64::MIN, 0);
        for (number, day) in (1..).zip(days) {
            if latest < day {
                (latest, orders) = (day, 0);
            }
            let risk = RiskView { now: Timestamp::from_nanos(day * DAY.nanos()), market_at: None, ..risk() };
            let expected = if orders < max { Ok(()) } else { Err(refusal("user_orders", i128::from(orders) + 1, max.into())) };
            prop_assert_eq!(judge(&mut gates, numbered(number, Side::Buy), &risk), expected);
            orders += u32::from(orders < max);
        }
    }
}

#[test]
fn the_default_is_five_hundred() {
    assert_eq!(user_orders::Limits::default().max, 500);
}
