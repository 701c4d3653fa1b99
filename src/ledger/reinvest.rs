use crate::units::{Money, Overflow};
use serde::Serialize;

/// How a day's profit is moved to the bots that made most of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// Least profit of all bots together that is moved, in quote.
    pub threshold: Money,
    /// Most bots that receive.
    pub top: u32,
    /// Share of the profit that is moved, in whole percent.
    pub percent: u8,
}

impl Default for Policy {
    /// 500 in quote, the best 3 bots, 80 %.
    fn default() -> Self {
        Self { threshold: Money::from_units(500), top: 3, percent: 80 }
    }
}

/// One bot at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// Its name; no two bots have the same.
    pub name: String,
    /// Profit that it realised that day after fees and funding, in quote; a loss is negative.
    pub result: Money,
}

/// Money that one bot gives up or receives: an allocation in its ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Transfer {
    /// The bot's name.
    pub name: String,
    /// Received; given, negative.
    pub amount: Money,
}

/// What came of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reinvestment {
    /// Results of all bots together.
    pub profit: Money,
    /// What is moved; nothing below the threshold.
    pub moved: Money,
    /// What the bots that made a profit give, best first.
    pub given: Vec<Transfer>,
    /// What the best bots receive, best first.
    pub received: Vec<Transfer>,
}

impl Reinvestment {
    /// What a bot receives and gives together; nothing for one that does neither. Over all bots it is zero.
    #[must_use]
    pub fn net(&self, name: &str) -> Money {
        let own = self.given.iter().chain(&self.received).filter(|transfer| transfer.name == name);
        // Each of the two is at most what all made, and they are of opposite signs.
        own.fold(Money::ZERO, |sum, transfer| sum + transfer.amount)
    }
}

/// A policy or a list of bots that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReinvestError {
    /// A sum left its range.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// More than all of it.
    #[error("share of {found} %; expected 1 to 100")]
    Percent {
        /// Share given.
        found: u8,
    },
    /// Nobody to receive.
    #[error("best 0 bots; expected 1 or more")]
    Top,
    /// A threshold that a loss would pass.
    #[error("threshold {found}; expected 0 or more")]
    Threshold {
        /// Threshold given.
        found: Money,
    },
    /// Two bots of one name.
    #[error("two bots are named `{name}`; expected names that differ")]
    Name {
        /// The name.
        name: String,
    },
}

/// Moves a part of a day's profit to the bots that made most of it.
///
/// The day's profit is what all bots made together, losers included. From the threshold on, `percent` of it, rounded down to
/// the atto, is taken from the bots with a profit, in proportion to it, and given to the best of them in equal parts; what does
/// not divide goes to the best. Bots of one result rank by name. Nobody gives more than it made, and what is given is what is
/// received, to the atto.
///
/// # Errors
/// [`ReinvestError`] when policy or bots make no sense.
pub fn reinvest(policy: &Policy, bots: &[Candidate]) -> Result<Reinvestment, ReinvestError> {
    check(policy, bots)?;
    let profit = bots.iter().try_fold(Money::ZERO, |sum, bot| sum.checked_add(bot.result))?;
    let mut winners: Vec<&Candidate> = bots.iter().filter(|bot| Money::ZERO < bot.result).collect();
    winners.sort_by(|one, other| other.result.cmp(&one.result).then_with(|| one.name.cmp(&other.name)));
    if profit < policy.threshold || profit <= Money::ZERO {
        return Ok(Reinvestment { profit, moved: Money::ZERO, given: Vec::new(), received: Vec::new() });
    }
    let moved = part(profit.atto(), i128::from(policy.percent), 100);
    let made = winners.iter().try_fold(Money::ZERO, |sum, bot| sum.checked_add(bot.result))?.atto();
    let mut so_far = 0;
    let given = winners.iter().map(|bot| {
        let before = part(moved, so_far, made);
        so_far += bot.result.atto();
        transfer(bot, before - part(moved, so_far, made))
    });
    let given = given.collect();
    let best = &winners[..winners.len().min(policy.top as usize)];
    let (each, rest) = (moved / best.len() as i128, moved % best.len() as i128);
    let received = best.iter().zip(0..).map(|(bot, rank)| transfer(bot, each + i128::from(rank < rest)));
    let received = received.collect();
    Ok(Reinvestment { profit, moved: Money::from_atto(moved), given, received })
}

fn check(policy: &Policy, bots: &[Candidate]) -> Result<(), ReinvestError> {
    if !(1..=100).contains(&policy.percent) {
        return Err(ReinvestError::Percent { found: policy.percent });
    }
    if policy.top == 0 {
        return Err(ReinvestError::Top);
    }
    if policy.threshold < Money::ZERO {
        return Err(ReinvestError::Threshold { found: policy.threshold });
    }
    let mut names: Vec<&str> = bots.iter().map(|bot| bot.name.as_str()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(ReinvestError::Name { name: pair[0].to_owned() }),
        None => Ok(()),
    }
}

fn transfer(bot: &Candidate, atto: i128) -> Transfer {
    Transfer { name: bot.name.clone(), amount: Money::from_atto(atto) }
}

/// `whole` x `part` / `of`, rounded down; `part` is at most `of`, none is negative. Bit by bit: the product may need 256 bits.
fn part(whole: i128, part: i128, of: i128) -> i128 {
    assert!(0 <= whole && 0 <= part && part <= of && 0 < of, "{part} of {of} of {whole}");
    let (part, of) = (part.unsigned_abs(), of.unsigned_abs());
    let (mut quotient, mut rest) = (0_u128, 0_u128);
    for bit in (0..i128::BITS).rev() {
        quotient <<= 1;
        // Below twice what 127 bits hold.
        rest <<= 1;
        if of <= rest {
            (quotient, rest) = (quotient + 1, rest - of);
        }
        if whole >> bit & 1 == 1 {
            rest += part;
            if of <= rest {
                (quotient, rest) = (quotient + 1, rest - of);
            }
        }
    }
    assert!(quotient <= whole.unsigned_abs(), "{part} of {of} of {whole} is {quotient}");
    quotient as i128
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bots(results: &[i64]) -> Vec<Candidate> {
        let bot = |(number, result): (usize, &i64)| Candidate {
            name: format!("bot{number}"),
            result: Money::from_units(*result),
        };
        results.iter().enumerate().map(bot).collect()
    }

    fn amounts(transfers: &[Transfer]) -> Vec<(&str, String)> {
        transfers.iter().map(|transfer| (transfer.name.as_str(), transfer.amount.to_string())).collect()
    }

    #[test]
    fn the_best_three_share_four_fifths_of_the_profit() {
        let found = reinvest(&Policy::default(), &bots(&[100, 600, -200, 400, 300])).unwrap();
        assert_eq!((found.profit, found.moved), (Money::from_units(1_200), Money::from_units(960)));
        let text = |list: [(&'static str, &str); 4]| list.map(|(name, amount)| (name, amount.to_owned())).to_vec();
        // 1400 were made; 960 of it are given in proportion.
        let given = [
            ("bot1", "-411.428571428571428571"),
            ("bot3", "-274.285714285714285714"),
            ("bot4", "-205.714285714285714286"),
            ("bot0", "-68.571428571428571429"),
        ];
        assert_eq!(amounts(&found.given), text(given));
        let received = ["bot1", "bot3", "bot4"].map(|name| (name, "320".to_owned()));
        assert_eq!(amounts(&found.received), received);
    }

    #[test]
    fn the_threshold_itself_is_enough_and_one_atto_less_is_not() {
        for (result, moved) in [(Money::from_units(500), 400), (Money::from_units(500) - Money::from_atto(1), 0)] {
            let bots = [Candidate { name: "a".to_owned(), result }];
            assert_eq!(reinvest(&Policy::default(), &bots).unwrap().moved, Money::from_units(moved));
        }
        let nobody = reinvest(&Policy { threshold: Money::ZERO, ..Policy::default() }, &[]).unwrap();
        assert_eq!((nobody.moved, nobody.received), (Money::ZERO, Vec::new()));
    }

    #[test]
    fn bots_of_one_result_rank_by_name_and_the_best_have_what_does_not_divide() {
        let policy = Policy { threshold: Money::ZERO, top: 3, percent: 100 };
        let bot = |name: &str, atto| Candidate { name: name.to_owned(), result: Money::from_atto(atto) };
        let found = reinvest(&policy, &[bot("c", 2), bot("b", 2), bot("a", 2), bot("d", 2)]).unwrap();
        let atto = |transfers: &[Transfer]| -> Vec<(String, i128)> {
            transfers.iter().map(|transfer| (transfer.name.clone(), transfer.amount.atto())).collect()
        };
        assert_eq!(atto(&found.received), [("a".into(), 3), ("b".into(), 3), ("c".into(), 2)]);
        assert_eq!(atto(&found.given), ["a", "b", "c", "d"].map(|name| (name.to_owned(), -2)));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let refused = |policy: Policy| reinvest(&policy, &bots(&[1_000])).unwrap_err().to_string();
        let policy = Policy::default();
        assert_eq!(refused(Policy { percent: 101, ..policy }), "share of 101 %; expected 1 to 100");
        assert_eq!(refused(Policy { percent: 0, ..policy }), "share of 0 %; expected 1 to 100");
        assert_eq!(refused(Policy { top: 0, ..policy }), "best 0 bots; expected 1 or more");
        let below = Policy { threshold: Money::from_atto(-1), ..policy };
        assert_eq!(refused(below), "threshold -0.000000000000000001; expected 0 or more");
        let twins = [bots(&[1]), bots(&[2])].concat();
        assert!(matches!(reinvest(&policy, &twins), Err(ReinvestError::Name { .. })));
        let huge = Candidate { name: "x".to_owned(), result: Money::from_atto(i128::MAX) };
        assert!(matches!(reinvest(&policy, &[huge, bots(&[1]).remove(0)]), Err(ReinvestError::Overflow(_))));
    }

    fn results() -> impl Strategy<Value = Vec<i128>> {
        prop::collection::vec((any::<i128>(), 4_u32..127).prop_map(|(result, shift)| result >> shift), 0..12)
    }

    proptest! {
        #[test]
        fn money_is_conserved_and_nobody_gives_more_than_it_made(
            results in results(), top in 1_u32..6, percent in 1_u8..=100, threshold in 0_i64..1_000
        ) {
            let policy = Policy { threshold: Money::from_units(threshold), top, percent };
            let bot = |(number, &result): (usize, &i128)| Candidate {
                name: number.to_string(),
                result: Money::from_atto(result),
            };
            let bots: Vec<Candidate> = results.iter().enumerate().map(bot).collect();
            let found = reinvest(&policy, &bots).unwrap();
            let sum = |transfers: &[Transfer]| transfers.iter().map(|transfer| transfer.amount.atto()).sum::<i128>();
            prop_assert_eq!(sum(&found.given), -found.moved.atto());
            prop_assert_eq!(sum(&found.received), found.moved.atto());
            prop_assert!(found.received.len() <= top as usize);
            for transfer in &found.given {
                let made = results[transfer.name.parse::<usize>().unwrap()];
                prop_assert!(0 <= -transfer.amount.atto() && -transfer.amount.atto() <= made);
            }
            let moves = found.profit >= policy.threshold && found.profit > Money::ZERO;
            prop_assert_eq!(moves, !found.given.is_empty());
        }

        #[test]
        fn a_part_is_what_the_long_way_says(whole in 0..i64::MAX, part_of in 0..i64::MAX, of in 1..i64::MAX) {
            let (whole, of) = (i128::from(whole), i128::from(of));
            let some = i128::from(part_of) % (of + 1);
            prop_assert_eq!(part(whole, some, of), whole * some / of);
        }

        #[test]
        fn all_of_it_is_the_whole(whole in 0..i128::MAX, of in 1..i128::MAX) {
            prop_assert_eq!((part(whole, of, of), part(whole, 0, of)), (whole, 0));
        }
    }
}
