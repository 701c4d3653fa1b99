//! Once a day, at a time of UTC, what the bots of one world have realised since the last time moves money between them.
//!
//! The lanes of one fill preset are one *world*: they share money with each other, and with no other lane. Order within an instant:
//! every lane's scripted events first, then the reinvestment, then commands. So a charge of that very instant belongs to the day that
//! ends with it, and what is free is what is left after it.

use super::error::EngineError;
use super::lane::Lane;
use crate::checkpoint::kept;
use crate::ledger::{Candidate, Policy, ReinvestError, reinvest};
use crate::units::{DAY, Money, Overflow, Span, Timestamp};

/// A lane's part in the reinvestments of its world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reinvesting {
    /// Which world: the lanes that say the same share money. Their time and policy are those of the first of them.
    pub world: u32,
    /// Name of the bot; no two of a world have the same. Bots of one result rank by it.
    pub name: String,
    /// When, since midnight UTC; less than a day.
    pub at: Span,
    /// How much is moved to whom.
    pub policy: Policy,
}

/// All worlds of a run, and when the next of them is due.
pub(super) struct Reinvestments {
    worlds: Vec<World>,
    next: Timestamp,
}

struct World {
    number: u32,
    at: Span,
    policy: Policy,
    members: Vec<Member>,
    next: Timestamp,
}

struct Member {
    /// Place among the run's lanes.
    lane: usize,
    name: String,
    /// What had been realised since the start when the last reinvestment was.
    before: Money,
}

impl Reinvestments {
    /// Those that the lanes take part in; `None` where none does. At the start nobody has realised anything: the first comes after it.
    pub(super) fn of(lanes: &mut [Lane], start: Timestamp) -> Option<Box<Self>> {
        let mut worlds: Vec<World> = Vec::new();
        for (lane, part) in lanes.iter().enumerate().filter_map(|(lane, one)| Some((lane, one.reinvesting.as_ref()?))) {
            let member = Member { lane, name: part.name.clone(), before: Money::ZERO };
            match worlds.iter_mut().find(|world| world.number == part.world) {
                Some(world) => world.members.push(member),
                None => worlds.push(World {
                    number: part.world,
                    at: part.at,
                    policy: part.policy,
                    members: vec![member],
                    next: daily_after(start, part.at),
                }),
            }
        }
        worlds.iter().for_each(|world| world.tell(lanes));
        let next = worlds.iter().map(|world| world.next).min()?;
        Some(Box::new(Self { worlds, next }))
    }

    /// When the next is due.
    pub(super) const fn next(&self) -> Timestamp {
        self.next
    }

    /// Carries out what is due at `now`. `lanes` are all of the run, in order.
    ///
    /// # Errors
    /// [`EngineError`] when an amount leaves its range, or a policy makes no sense.
    pub(super) fn carry_out<L: AsMut<Lane>>(&mut self, lanes: &mut [L], now: Timestamp) -> Result<(), EngineError> {
        for world in self.worlds.iter_mut().filter(|world| world.next <= now) {
            // On bars a hole of days is one day: whatever was realised in it is decided on once.
            world.next = daily_after(now, world.at);
            world.carry_out(lanes, now)?;
            world.tell(lanes);
        }
        self.next = self.worlds.iter().map(|world| world.next).min().unwrap_or(Timestamp::MAX);
        Ok(())
    }
}

impl World {
    /// Tells its lanes when the next is due.
    fn tell<L: AsMut<Lane>>(&self, lanes: &mut [L]) {
        self.members.iter().for_each(|member| lanes[member.lane].as_mut().script.reinvest_at(self.next));
    }

    fn carry_out<L: AsMut<Lane>>(&mut self, lanes: &mut [L], now: Timestamp) -> Result<(), EngineError> {
        let mut candidates = Vec::with_capacity(self.members.len());
        for member in &mut self.members {
            let lane = lanes[member.lane].as_mut();
            let result = member.realised(lane).map_err(|source| lane.error(now, source))?;
            candidates.push(Candidate { name: member.name.clone(), result });
        }
        let found = reinvest(&self.policy, &candidates).map_err(|error| match error {
            ReinvestError::Overflow(source) => lanes[self.members[0].lane].as_mut().error(now, source),
            other => EngineError::Unsupported(format!("reinvestment at {now}: {other}")),
        })?;
        let mut asked = Vec::with_capacity(self.members.len());
        let (mut is_free, mut sum) = (true, 0_i128);
        for member in &self.members {
            let lane = lanes[member.lane].as_mut();
            let amount = found.net(&member.name);
            is_free &= lane.can_give(amount).map_err(|source| lane.error(now, source))?;
            sum += amount.atto();
            asked.push(amount);
        }
        assert!(sum == 0, "a reinvestment at {now} asks for {sum} atto in all instead of 0: {found:?}");
        for (member, asked) in self.members.iter().zip(asked) {
            let lane = lanes[member.lane].as_mut();
            lane.reinvest(now, asked, is_free).map_err(|source| lane.error(now, source))?;
        }
        Ok(())
    }
}

impl Member {
    /// What the lane has realised since this was asked last.
    fn realised(&mut self, lane: &Lane) -> Result<Money, Overflow> {
        let total = lane.sites.iter().try_fold(Money::ZERO, |sum, site| sum.checked_add(site.ledger.result()?))?;
        let since = total.checked_sub(self.before)?;
        self.before = total;
        Ok(since)
    }
}

/// The first instant after `at` at that time of day.
fn daily_after(at: Timestamp, time: Span) -> Timestamp {
    let days = (at.nanos() - time.nanos()).div_euclid(DAY.nanos()) + 1;
    Timestamp::from_nanos(days.saturating_mul(DAY.nanos()).saturating_add(time.nanos()))
}

kept!(Reinvestments {
    state: next;
    parts: worlds;
    left: ;
});

kept!(World {
    state: next;
    parts: members;
    left: number, at, policy;
});

kept!(Member {
    state: before;
    parts: ;
    left: lane, name;
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::MINUTE;

    #[test]
    fn the_next_time_is_after_the_instant_and_at_most_a_day_away() {
        let (at, two) = (Timestamp::from_nanos, MINUTE.times(120));
        let first = at(two.nanos());
        assert_eq!(daily_after(at(0), two), first);
        assert_eq!(daily_after(at(two.nanos() - 1), two), first);
        assert_eq!(daily_after(first, two), first.plus(DAY));
        assert_eq!(daily_after(at(-1), two), first);
        assert_eq!(daily_after(at(-1), Span::ZERO), at(0));
    }
}
