use crate::bot::feed::{FeedMessage, Update};
use crate::fault::Stall;
use crate::units::{MILLISECOND, MINUTE, SECOND, Span, Timestamp};
use std::collections::{BTreeMap, VecDeque};

/// How long a question or a connection takes one way.
pub(super) const ONE_WAY: Span = MILLISECOND.times(50);

/// Attempts to connect within [`ATTEMPTS_IN`] that a venue suffers.
const ATTEMPTS_MAX: usize = 300;
const ATTEMPTS_IN: Span = MINUTE.times(5);
/// How long it bans who tries more often.
const BAN: Span = MINUTE.times(2);

/// Messages that a venue keeps for a bot that does not read.
const UNREAD_MAX: u64 = 1_000;

/// A slow feed falls behind by a quarter of the time, and by no more than this.
const SLOW_MAX: Span = SECOND.times(10);

/// What arrives at the bot.
#[derive(Debug, Clone)]
pub(super) enum Arrives {
    /// A message of the feed, over the connection with this number.
    Message(u64, FeedMessage),
    /// What does not come over the feed's connection.
    Aside(FeedMessage),
    Opened,
    Refused,
}

/// What is on its way between the venue's end of the feed and the bot's, and the state of the connection.
#[derive(Debug)]
pub(super) struct Way {
    arriving: BTreeMap<(Timestamp, u64), Arrives>,
    count: u64,
    /// Number of the connection; none while it is closed.
    pub connection: Option<u64>,
    connections: u64,
    /// None overtakes what set out before it over the same connection, unless the tape has it so.
    last: Timestamp,
    is_ordered: bool,
    stalls: Vec<Stall>,
    slow: (Timestamp, Timestamp),
    /// The bot reads nothing until then, and so much lies unread.
    unread_until: Timestamp,
    unread: u64,
    refused_until: Timestamp,
    attempts: VecDeque<Timestamp>,
    /// When disturbances close the connection, the last one first, and until when it stays closed.
    closings: Vec<(Timestamp, Timestamp)>,
}

impl Way {
    pub fn new(stalls: &[Stall], is_ordered: bool) -> Self {
        let (closing, stalls): (Vec<Stall>, Vec<Stall>) = stalls.iter().partition(|stall| stall.loses);
        let mut closings: Vec<(Timestamp, Timestamp)> = closing.iter().map(|stall| (stall.from, stall.until)).collect();
        closings.sort_by_key(|(from, _)| std::cmp::Reverse(*from));
        Self {
            arriving: BTreeMap::new(),
            count: 0,
            connection: Some(0),
            connections: 0,
            last: Timestamp::MIN,
            is_ordered,
            stalls,
            slow: (Timestamp::MIN, Timestamp::MIN),
            unread_until: Timestamp::MIN,
            unread: 0,
            refused_until: Timestamp::MIN,
            attempts: VecDeque::new(),
            closings,
        }
    }

    /// When the next thing arrives.
    pub fn next(&self) -> Timestamp {
        self.arriving.first_key_value().map_or(Timestamp::MAX, |((at, _), _)| *at)
    }

    pub fn is_empty(&self) -> bool {
        self.arriving.is_empty()
    }

    /// What arrives next; what was sent over a connection that is closed never does.
    pub fn take(&mut self) -> Option<Arrives> {
        let (_, arrives) = self.arriving.pop_first()?;
        match arrives {
            Arrives::Message(connection, _) if self.connection != Some(connection) => None,
            arrives => Some(arrives),
        }
    }

    fn put(&mut self, at: Timestamp, what: Arrives) {
        self.count += 1;
        self.arriving.insert((at, self.count), what);
    }

    /// When the last message arrives that set out.
    pub const fn last(&self) -> Timestamp {
        self.last
    }

    /// A message sets out over the feed's connection; it would arrive at `arrives`. Returns when it does.
    pub fn send(&mut self, message: FeedMessage, arrives: Timestamp) -> Option<Timestamp> {
        let connection = self.connection?;
        let (from, until) = self.slow;
        let mut at = arrives;
        if from <= message.venue_at && message.venue_at < until {
            let behind = Span::from_nanos(message.venue_at.since(from).nanos() / 4);
            at = at.plus(behind.min(SLOW_MAX));
        }
        at = self.held_up(at)?;
        if self.is_ordered {
            at = at.max(self.last);
            self.last = at;
        }
        self.put(at, Arrives::Message(connection, message));
        Some(at)
    }

    /// The same message once more, or behind another, whatever is in front of it.
    pub fn send_at(&mut self, message: FeedMessage, at: Timestamp) {
        if let Some(connection) = self.connection {
            self.put(at, Arrives::Message(connection, message));
        }
    }

    /// What does not come over the feed's connection.
    pub fn send_aside(&mut self, message: FeedMessage, at: Timestamp) {
        self.put(at, Arrives::Aside(message));
    }

    /// When what would arrive at `at` does; never where nobody reads it and no more is kept.
    fn held_up(&mut self, at: Timestamp) -> Option<Timestamp> {
        let mut at = at;
        // Where one ends another may be under way.
        while let Some(stall) = self.stalls.iter().find(|stall| stall.from <= at && at < stall.until) {
            at = stall.until;
        }
        if self.unread_until <= at {
            return Some(at);
        }
        self.unread += 1;
        (self.unread <= UNREAD_MAX).then_some(self.unread_until)
    }

    /// A feed that is slow already goes on falling behind, and does not catch up because it is struck once more.
    pub fn begin_slow(&mut self, from: Timestamp, until: Timestamp) {
        let (since, slow_until) = self.slow;
        self.slow = if from < slow_until { (since, slow_until.max(until)) } else { (from, until) };
    }

    /// Who does not read already does not read for longer, and what is kept for it stays kept.
    pub fn begin_unread(&mut self, from: Timestamp, until: Timestamp) {
        let is_unread = from < self.unread_until;
        self.unread = if is_unread { self.unread } else { 0 };
        self.unread_until = self.unread_until.max(until);
    }

    /// The connection closes, and attempts to have it back are refused until then.
    pub fn close(&mut self, until: Timestamp) {
        self.connection = None;
        self.refused_until = self.refused_until.max(until);
    }

    /// When a disturbance closes the connection next.
    pub fn closes_at(&self) -> Timestamp {
        self.closings.last().map_or(Timestamp::MAX, |(at, _)| *at)
    }

    /// A disturbance closes it now.
    pub fn close_by_plan(&mut self) {
        if let Some((_, until)) = self.closings.pop() {
            self.close(until);
        }
    }

    /// The bot tries to connect at `now`. Who tries too often is banned.
    pub fn connect(&mut self, now: Timestamp, heals_at: Timestamp) {
        self.attempts.push_back(now);
        while self.attempts.front().is_some_and(|first| first.plus(ATTEMPTS_IN) <= now) {
            self.attempts.pop_front();
        }
        if ATTEMPTS_MAX < self.attempts.len() && now < heals_at {
            self.refused_until = self.refused_until.max(now.plus(BAN).min(heals_at));
        }
        let is_refused = now < self.refused_until;
        self.put(now.plus(ONE_WAY), if is_refused { Arrives::Refused } else { Arrives::Opened });
    }

    /// The answer to an attempt arrives: the connection is there, unless it is refused by now.
    pub fn open(&mut self, now: Timestamp) -> bool {
        if now < self.refused_until {
            return false;
        }
        self.connections += 1;
        self.connection = Some(self.connections);
        true
    }
}

/// A book as it once was.
#[derive(Debug, Clone)]
pub(super) struct OldBook {
    pub number: u64,
    pub levels: Vec<Update>,
    pub depth: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bot::feed::Body;
    use proptest::prelude::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_nanos(0).plus(MILLISECOND.times(millis))
    }

    /// How late a message is that sets out then.
    fn late(way: &mut Way, millis: i64) -> i64 {
        let message = FeedMessage { venue_at: at(millis), body: Body::Heartbeat { number: 0, checksum: 0 } };
        let arrives = way.send(message, at(millis)).expect("a connection");
        arrives.since(at(millis)).nanos() / MILLISECOND.nanos()
    }

    /// What was let in when it set out meets a door that was shut meanwhile.
    #[test]
    fn a_storm_refuses_who_is_on_the_way_already() {
        let mut way = Way::new(&[], true);
        way.close(at(0));
        way.connect(at(1_000), Timestamp::MAX);
        way.close(at(11_000));
        assert!(matches!(way.take(), Some(Arrives::Opened)));
        assert!(!way.open(at(1_050)) && way.connection.is_none());
        assert!(way.open(at(11_000)) && way.connection.is_some());
    }

    #[test]
    fn a_slow_feed_that_is_struck_again_goes_on_falling_behind() {
        let mut way = Way::new(&[], true);
        way.begin_slow(at(0), at(40_000));
        assert_eq!(late(&mut way, 4_000), 1_000);
        way.begin_slow(at(4_000), at(24_000));
        assert_eq!(late(&mut way, 8_000), 2_000, "it has not caught up meanwhile");
        assert_eq!(late(&mut way, 30_000), 7_500, "the longer of the two ends it");
        assert_eq!(late(&mut way, 50_000), 0);
        way.begin_slow(at(60_000), at(80_000));
        assert_eq!(late(&mut way, 64_000), 1_000, "the next one is another");
    }

    proptest! {
        /// Whatever strikes when: within each stretch a message is as late as that stretch says, or later.
        #[test]
        fn no_stretch_takes_anything_away_from_another(
            stretches in proptest::collection::vec((1_i64..20, 1_i64..60), 1..8),
        ) {
            let (mut slow, mut unread, mut now) = (Way::new(&[], true), Way::new(&[], true), 0);
            let mut begun: Vec<(i64, i64)> = Vec::new();
            for (pause, lasts) in stretches {
                for second in now..now + pause {
                    let behind = |(from, _): &(i64, i64)| ((second - from) * 250).min(10_000);
                    let under_way = || begun.iter().filter(|(from, until)| (*from..*until).contains(&second));
                    let least = under_way().map(behind).max().unwrap_or(0);
                    prop_assert!(least <= late(&mut slow, second * 1_000), "{begun:?} at {second} s");
                    let until = under_way().map(|(_, until)| (until - second) * 1_000).max().unwrap_or(0);
                    prop_assert!(until <= late(&mut unread, second * 1_000), "{begun:?} at {second} s");
                }
                now += pause;
                begun.push((now, now + lasts));
                slow.begin_slow(at(now * 1_000), at((now + lasts) * 1_000));
                unread.begin_unread(at(now * 1_000), at((now + lasts) * 1_000));
            }
        }
    }
}
