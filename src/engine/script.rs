use super::reinvest::Reinvesting;
use crate::checkpoint::kept;
use crate::gates::Gates;
use crate::model::{AccountEvent, Command, GateId, Mark, MarketId, StatusChange};
use crate::strategy::Strategy;
use crate::units::{Money, Price, Quantity, Span, Timestamp};

/// Builds the process anew: its strategy, and its gates market by market, as configured and with nothing remembered.
pub type Rebuild = Box<dyn Fn() -> Result<(Box<dyn Strategy>, Vec<Gates>), String>>;

/// What a bot is told to do in a run apart from what its strategy wants.
#[derive(Default)]
pub struct Script {
    /// The commands; those of one instant are carried out in this order.
    pub lines: Vec<Scripted>,
    /// What moves the account without a fill; those of one instant by their numbers, before its commands.
    pub events: Vec<ScriptedEvent>,
    /// Its part in what moves money between the bots of a user, once a day.
    pub reinvest: Option<Reinvesting>,
    /// What a restart starts; none where no line restarts.
    pub rebuild: Option<Rebuild>,
}

/// A line of a [`Script`]: carried out once, or after each trip of a gate.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Scripted {
    /// When.
    pub when: When,
    /// At which markets.
    pub scope: Scope,
    /// What, in order.
    pub commands: Vec<Command>,
    /// Which gate is re-enabled, where one is.
    pub gate: Option<GateId>,
    /// Its number in the journal, from 1.
    pub line: u32,
}

/// Which markets a line is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Scope {
    /// All of them.
    #[default]
    All,
    /// One.
    Market(MarketId),
    /// Several, as those of one venue.
    Markets(Vec<MarketId>),
}

impl Scope {
    /// True when it is about this market.
    #[must_use]
    pub fn holds(&self, market: MarketId) -> bool {
        match self {
            Self::All => true,
            Self::Market(only) => *only == market,
            Self::Markets(several) => several.contains(&market),
        }
    }

    /// The market whose marks a condition looks at: the first.
    #[must_use]
    pub fn first(&self) -> MarketId {
        match self {
            Self::All => MarketId::FIRST,
            Self::Market(only) => *only,
            Self::Markets(several) => several.first().copied().unwrap_or_default(),
        }
    }
}

/// What moves an account without a fill, once or again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ScriptedEvent {
    /// When first; before the start is at the start, of a repeated one at the first repetition that is not before it. On bars at the
    /// first close at or after each.
    pub at: Timestamp,
    /// Again after so long, to the run's end; more than nothing.
    pub every: Option<Span>,
    /// At which market.
    pub market: MarketId,
    /// What.
    pub what: AccountEvent,
    /// Its number in the journal, from 1.
    pub line: u32,
}

impl ScriptedEvent {
    fn begin(&mut self, start: Timestamp) {
        let late = start.since(self.at).nanos();
        self.at = match self.every {
            Some(every) if late > 0 => self.at.plus(every.times((late - 1) / every.nanos() + 1)),
            _ => start.max(self.at),
        };
    }

    /// Funding at a rate needs the mid of its instant.
    const fn needs_mark(&self) -> bool {
        matches!(self.what, AccountEvent::FundingAt(_))
    }
}

/// When a line is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum When {
    /// At an instant; one before the start is due at the start. On bars at the first close at or after it.
    At(Timestamp),
    /// At the first mark that shows it.
    Once(Condition),
    /// So long after a mark by which a gate has tripped at a market of the line, and again when it has tripped there since. What re-enables does so at that market.
    Each {
        /// The gate.
        gate: GateId,
        /// How long somebody takes to come and look; not negative.
        after: Span,
        /// How many times are left; at least one.
        times: u64,
    },
}

/// What a mark can show, of the first market of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Condition {
    /// Equity of the account at or below this.
    EquityAtMost(Money),
    /// Equity of the account at or above this.
    EquityAtLeast(Money),
    /// A position of this many steps or more, long or short.
    PositionAtLeast(Quantity),
    /// A mid at or below this price.
    PriceAtMost(Price),
    /// A mid at or above this price.
    PriceAtLeast(Price),
    /// So many orders sent, at all markets together.
    OrdersSent(u64),
    /// So many fills, at all markets together.
    Fills(u64),
    /// A gate has tripped since the start.
    Tripped(GateId),
}

/// How much a bot has done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    pub(super) orders: u64,
    pub(super) fills: u64,
}

/// The lines that are still to come, and what of the past they depend on.
#[derive(Default)]
pub(super) struct Pending {
    lines: Vec<Scripted>,
    /// In order of instant and number.
    events: Vec<ScriptedEvent>,
    /// Changes of markets' statuses, the soonest last.
    statuses: Vec<(MarketId, StatusChange)>,
    /// Gates that have tripped, by market, and how often, as far as a line asks for it.
    tripped: Vec<(MarketId, GateId, u64)>,
    /// How many trips at a market a line has followed that does so each time, by its number.
    followed: Vec<(u32, MarketId, u64)>,
    rebuild: Option<Rebuild>,
    /// When the lane's next reinvestment is due: so nobody has to ask for it at every tick.
    reinvestment: Timestamp,
    /// When the next line is due that has an instant, or the next event, status, or reinvestment.
    next: Timestamp,
    /// Lines wait for what a mark shows.
    watches: bool,
}

impl Pending {
    pub(super) fn new(script: Script, start: Timestamp) -> Self {
        let (lines, events, rebuild) = (script.lines, script.events, script.rebuild);
        let mut pending = Self { lines, events, rebuild, reinvestment: Timestamp::MAX, ..Self::default() };
        pending.events.iter_mut().for_each(|event| event.begin(start));
        pending.events.sort_by_key(|event| (event.at, event.line));
        for line in &mut pending.lines {
            if let When::At(at) = &mut line.when {
                *at = start.max(*at);
            }
        }
        pending.refresh();
        pending
    }

    /// Says when the statuses of markets change; a change before the start is told at the start.
    pub(super) fn announce(&mut self, changes: impl Iterator<Item = (MarketId, StatusChange)>) {
        self.statuses = changes.collect();
        self.statuses.sort_by_key(|(market, change)| (change.at, *market));
        self.statuses.reverse();
        self.refresh();
    }

    /// Takes out the first change of a market's status that has come by `now`.
    pub(super) fn take_status(&mut self, now: Timestamp) -> Option<(MarketId, StatusChange)> {
        let due = self.statuses.pop_if(|(_, change)| change.at <= now)?;
        self.refresh();
        Some(due)
    }

    /// When the next line with an instant is due.
    #[inline]
    pub(super) const fn next(&self) -> Timestamp {
        self.next
    }

    /// Says when the next reinvestment is due.
    pub(super) fn reinvest_at(&mut self, at: Timestamp) {
        self.reinvestment = at;
        self.refresh();
    }

    pub(super) const fn rebuild(&self) -> Option<&Rebuild> {
        self.rebuild.as_ref()
    }

    /// Takes out the first line due at `now`.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Option<Scripted> {
        if now < self.next {
            return None;
        }
        let due = |line: &Scripted| matches!(line.when, When::At(at) if at <= now);
        let place = self.lines.iter().position(due)?;
        Some(self.take(place))
    }

    /// Takes out the first event due at `now`; a repeated one stays for the next time.
    pub(super) fn take_event(&mut self, now: Timestamp) -> Option<ScriptedEvent> {
        if now < self.next || self.events.first().is_none_or(|event| now < event.at) {
            return None;
        }
        let event = self.events.remove(0);
        if let Some(every) = event.every {
            let again = ScriptedEvent { at: event.at.plus(every), ..event };
            let place = self.events.partition_point(|other| (other.at, other.line) < (again.at, again.line));
            self.events.insert(place, again);
        }
        self.refresh();
        Some(event)
    }

    /// Markets at which a fill may be set right.
    pub(super) fn sets_right(&self) -> impl Iterator<Item = MarketId> {
        let sets_right =
            |event: &&ScriptedEvent| matches!(event.what, AccountEvent::Bust(_) | AccountEvent::Correct(..));
        self.events.iter().filter(sets_right).map(|event| event.market)
    }

    /// An event due at `now` goes by the mid of that instant.
    pub(super) fn needs_mark(&self, now: Timestamp) -> bool {
        self.next <= now && self.events.iter().take_while(|event| event.at <= now).any(ScriptedEvent::needs_mark)
    }

    /// A gate has tripped.
    pub(super) fn tripped(&mut self, market: MarketId, gate: GateId) {
        if !self.watches {
            return;
        }
        match self.tripped.iter_mut().find(|(at, which, _)| (*at, *which) == (market, gate)) {
            Some((_, _, times)) => *times += 1,
            None => self.tripped.push((market, gate, 1)),
        }
    }

    /// Makes the lines due whose condition a mark shows.
    #[inline]
    pub(super) fn on_mark(&mut self, mark: &Mark, counts: Counts) {
        if self.watches {
            self.look(mark, counts);
        }
    }

    #[inline(never)]
    fn look(&mut self, mark: &Mark, counts: Counts) {
        let tripped = &self.tripped;
        for line in &mut self.lines {
            let is_here = line.scope.first() == mark.market;
            if let When::Once(condition) = line.when
                && is_here
                && condition.shows(mark, counts, tripped, &line.scope)
            {
                line.when = When::At(mark.at);
            }
        }
        self.look_again(mark);
        self.refresh();
    }

    /// The same of lines that stay: each time stands before its line, so that lines of one instant keep their order.
    fn look_again(&mut self, mark: &Mark) {
        let mut place = 0;
        while place < self.lines.len() {
            place += if self.lines[place].scope.first() == mark.market { self.follow_trips(place, mark) } else { 1 };
        }
    }

    /// Puts before the line at `place` what its gate's new trips make due; how many lines stand there then, itself included.
    fn follow_trips(&mut self, place: usize, mark: &Mark) -> usize {
        let mut stand = 1;
        let Scripted { scope, line: number, .. } = self.lines[place].clone();
        for index in 0..self.tripped.len() {
            let (market, gate, times) = self.tripped[index];
            let When::Each { gate: wanted, after, times: left } = self.lines[place + stand - 1].when else { break };
            if gate != wanted || !scope.holds(market) || !self.is_news(number, market, times) {
                continue;
            }
            let mut due = self.lines[place + stand - 1].clone();
            due.when = When::At(mark.at.plus(after));
            if due.commands == [Command::Reenable] {
                due.scope = Scope::Market(market);
            }
            if left == 1 {
                self.lines[place + stand - 1] = due;
                break;
            }
            self.lines[place + stand - 1].when = When::Each { gate, after, times: left - 1 };
            self.lines.insert(place + stand - 1, due);
            stand += 1;
        }
        stand
    }

    /// True when a line has not followed so many trips at a market yet; from now on it has.
    fn is_news(&mut self, line: u32, market: MarketId, times: u64) -> bool {
        match self.followed.iter_mut().find(|(which, at, _)| (*which, *at) == (line, market)) {
            Some((_, _, followed)) => std::mem::replace(followed, times) < times,
            None => {
                self.followed.push((line, market, times));
                true
            }
        }
    }

    fn take(&mut self, place: usize) -> Scripted {
        let line = self.lines.remove(place);
        self.refresh();
        line
    }

    fn refresh(&mut self) {
        let at = |line: &Scripted| match line.when {
            When::At(at) => Some(at),
            When::Once(_) | When::Each { .. } => None,
        };
        let event = self.events.first().map(|event| event.at);
        let status = self.statuses.last().map(|(_, change)| change.at);
        let others = event.into_iter().chain(status).chain([self.reinvestment]);
        self.next = self.lines.iter().filter_map(at).chain(others).min().unwrap_or(Timestamp::MAX);
        self.watches = self.lines.iter().any(|line| !matches!(line.when, When::At(_)));
    }
}

impl Condition {
    fn shows(self, mark: &Mark, counts: Counts, tripped: &[(MarketId, GateId, u64)], scope: &Scope) -> bool {
        let mid = |holds: fn(i64, i64) -> bool, price: Price| {
            mark.best.mid_x2().is_some_and(|mid_x2| holds(mid_x2, price.ticks().saturating_mul(2)))
        };
        match self {
            Self::EquityAtMost(most) => mark.equity <= most,
            Self::EquityAtLeast(least) => least <= mark.equity,
            Self::PositionAtLeast(least) => least.steps().unsigned_abs() <= mark.position.steps().unsigned_abs(),
            Self::PriceAtMost(price) => mid(|mid, limit| mid <= limit, price),
            Self::PriceAtLeast(price) => mid(|mid, limit| limit <= mid, price),
            Self::OrdersSent(least) => least <= counts.orders,
            Self::Fills(least) => least <= counts.fills,
            Self::Tripped(gate) => 0 < trips(tripped, gate, scope),
        }
    }
}

/// How often a gate has tripped at the markets of a line.
fn trips(tripped: &[(MarketId, GateId, u64)], gate: GateId, scope: &Scope) -> u64 {
    let is_meant = |(at, which, _): &&(MarketId, GateId, u64)| *which == gate && scope.holds(*at);
    tripped.iter().filter(is_meant).map(|(_, _, times)| times).sum()
}

kept!(Pending {
    state: lines, events, statuses, tripped, followed, reinvestment, next, watches;
    parts: ;
    left: rebuild;
});
