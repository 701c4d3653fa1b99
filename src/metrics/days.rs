//! What a run came to day by day (UTC): what a person reads who would have watched the bot for a week.

use super::Metric;
use super::able::Standing;
use super::operation::is_too_late;
use super::scale::{Scale, accumulate, mid_x2};
use crate::journal::Entry;
use crate::model::{
    AlertPhase, ClientOrderId, ExecutionReport, Intent, Mark, MarketId, RejectReason, ReportKind, WireEvent,
};
use crate::units::{DAY, Money, Overflow, Span, Timestamp};
use serde::Serialize;
use std::collections::BTreeSet;

/// Most days that are kept apart: more than ten years, which is the longest market. What comes after them is in no day.
const DAYS_MAX: usize = 4_000;
const NOT_USABLE: &str = "venue and feed were never usable";
const NOTHING_SENT: &str = "no order was sent, but for what was refused by injection";

/// One UTC day, or the part of it that a run covers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DaySummary {
    /// Its midnight.
    pub day: Timestamp,
    /// How much of it the run covers.
    pub covered: Span,
    /// Of that, how long venue and feed could be used: trading not halted and no market closed, the streams of reports there, the books sound, no wait that a venue had asked for;
    /// of several markets, all of them.
    pub usable: Span,
    /// Of that, how long the bot could act: running, no breaker in force, its gateway not halted and its circuit breaker not open.
    pub able: Span,
    /// Orders sent.
    pub sent: u64,
    /// Of those, accepted by the venue as the first answer to them, on whatever day.
    pub accepted: u64,
    /// Of those, refused by what was injected: an outage, a halt, a request that the gateway gave up.
    pub injected: u64,
    /// Of those, refused by the venue for what they were; a post-only order that would have taken is the market's answer and none of them.
    pub rejected: u64,
    /// Wishes that a gate refused, orders and other requests.
    pub refused: u64,
    /// Cancels and amends that the venue refused for what they were; not those of orders that had ended meanwhile.
    pub requests_rejected: u64,
    /// Fills.
    pub fills: u64,
    /// Faults that were injected.
    pub faults: u64,
    /// Times the stream of reports came back.
    pub reconnects: u64,
    /// Times the bot took its book for broken: until it is sound at its first source again that is once.
    pub feed_breaks: u64,
    /// Times a breaker tripped.
    pub trips: u64,
    /// Alerts raised; their reminders and ends are none.
    pub alerts: u64,
    /// Change of equity without what the owner put in or took out.
    pub profit: Money,
    /// Deepest fall of equity from the day's highest, at marks.
    pub drawdown: Money,
    /// Largest sum of the values of positions, at marks and mids.
    pub exposure: Money,
}

impl DaySummary {
    /// Time able to act over time in which venue and feed were usable.
    #[must_use]
    pub fn uptime(&self) -> Metric<f64> {
        Metric::ratio(self.able.nanos() as f64, self.usable.nanos() as f64, NOT_USABLE)
    }

    /// Orders accepted over orders sent, without those that were refused by injection.
    #[must_use]
    pub fn success(&self) -> Metric<f64> {
        Metric::ratio(self.accepted as f64, self.sent.saturating_sub(self.injected) as f64, NOTHING_SENT)
    }

    /// Several days as one: counts and spans added, extremes of extremes.
    ///
    /// # Errors
    /// [`Overflow`] when profits do not add up.
    pub fn total(days: &[Self]) -> Result<Self, Overflow> {
        let mut days = days.iter();
        let first = days.next().copied().unwrap_or_default();
        days.try_fold(first, |sum, day| {
            Ok(Self {
                day: sum.day,
                covered: added(sum.covered, day.covered),
                usable: added(sum.usable, day.usable),
                able: added(sum.able, day.able),
                sent: sum.sent + day.sent,
                accepted: sum.accepted + day.accepted,
                injected: sum.injected + day.injected,
                rejected: sum.rejected + day.rejected,
                refused: sum.refused + day.refused,
                requests_rejected: sum.requests_rejected + day.requests_rejected,
                fills: sum.fills + day.fills,
                faults: sum.faults + day.faults,
                reconnects: sum.reconnects + day.reconnects,
                feed_breaks: sum.feed_breaks + day.feed_breaks,
                trips: sum.trips + day.trips,
                alerts: sum.alerts + day.alerts,
                profit: sum.profit.checked_add(day.profit)?,
                drawdown: sum.drawdown.max(day.drawdown),
                exposure: sum.exposure.max(day.exposure),
            })
        })
    }
}

/// What is kept of a day while it goes.
#[derive(Debug, Clone)]
struct Day {
    sums: DaySummary,
    /// The first order of each market: later ones have higher numbers.
    first: Vec<Option<ClientOrderId>>,
    opened: Money,
    highest: Money,
}

/// Folds the entries of a run into days. Memory grows by the day, and by orders that nobody ever answers.
#[derive(Debug, Clone)]
pub(super) struct DaysFold {
    scales: Vec<Scale>,
    days: Vec<Day>,
    /// Bounds of the last day.
    from: Timestamp,
    until: Timestamp,
    standing: Standing,
    started: Timestamp,
    settled: Timestamp,
    equity: Money,
    /// Orders sent that nobody has answered yet. What is accepted under another number is nobody's.
    unanswered: BTreeSet<(MarketId, ClientOrderId)>,
    /// Markets whose first source has been lost since its book was sound.
    unsynchronised: BTreeSet<MarketId>,
    /// Values of positions by market.
    values: Vec<Money>,
}

impl DaysFold {
    pub(super) fn new(scales: Vec<Scale>) -> Self {
        let values = vec![Money::ZERO; scales.len()];
        let [from, until] = [Timestamp::MAX, Timestamp::MIN];
        Self {
            scales,
            days: Vec::new(),
            from,
            until,
            standing: Standing::default(),
            started: Timestamp::MIN,
            settled: Timestamp::MIN,
            equity: Money::ZERO,
            unanswered: BTreeSet::new(),
            unsynchronised: BTreeSet::new(),
            values,
        }
    }

    /// The day of `at`, which is the last one or one before it; those that nothing happened on are made on the way.
    #[inline]
    fn day(&mut self, at: Timestamp) -> Option<&mut Day> {
        if self.from <= at && at < self.until {
            return self.days.last_mut();
        }
        self.day_at(at)
    }

    #[cold]
    fn day_at(&mut self, at: Timestamp) -> Option<&mut Day> {
        while !self.days.is_empty() && self.until <= at && self.days.len() < DAYS_MAX {
            self.open(self.until);
        }
        let first = self.days.first()?.sums.day;
        let place = usize::try_from(at.since(first).nanos().div_euclid(DAY.nanos())).unwrap_or(0);
        self.days.get_mut(place)
    }

    fn open(&mut self, midnight: Timestamp) {
        let sums = DaySummary { day: midnight, ..DaySummary::default() };
        let first = vec![None; self.scales.len()];
        self.days.push(Day { sums, first, opened: self.equity, highest: self.equity });
        (self.from, self.until) = (midnight, midnight.plus(DAY));
    }

    fn begin(&mut self, at: Timestamp, equity: Money) {
        if self.days.is_empty() {
            (self.equity, self.started, self.settled) = (equity, at, at);
            self.open(at.day().start());
        }
    }

    /// The day on which that order was sent.
    fn day_of(&mut self, market: MarketId, id: ClientOrderId) -> Option<&mut Day> {
        let is_of =
            |day: &&mut Day| day.first.get(market.index()).is_some_and(|first| first.is_some_and(|first| first <= id));
        self.days.iter_mut().rev().find(is_of)
    }

    #[inline]
    pub(super) fn sent(&mut self, at: Timestamp, intent: &Intent) {
        self.unanswered.insert((intent.market, intent.client_order_id));
        let Some(day) = self.day(at) else { return };
        day.sums.sent += 1;
        if let Some(first) = day.first.get_mut(intent.market.index()) {
            first.get_or_insert(intent.client_order_id);
        }
    }

    /// The first answer to an order that was sent: another one, or one under another number, changes nothing.
    fn answers(&mut self, report: &ExecutionReport) -> bool {
        self.unanswered.remove(&(report.market, report.client_order_id))
    }

    #[inline]
    pub(super) fn report(&mut self, report: &ExecutionReport) {
        match report.kind {
            ReportKind::Accepted if self.answers(report) => {
                if let Some(day) = self.day_of(report.market, report.client_order_id) {
                    day.sums.accepted += 1;
                }
            }
            ReportKind::Filled(_) => {
                if let Some(day) = self.day(report.matched_at) {
                    day.sums.fills += 1;
                }
            }
            ReportKind::Rejected(reason) if self.answers(report) => self.rejected(report, reason),
            ReportKind::RequestRejected(reason) => {
                if let Some(day) = self.day(report.matched_at).filter(|_| !is_injected(reason) && !is_too_late(reason))
                {
                    day.sums.requests_rejected += 1;
                }
            }
            _ => {}
        }
    }

    #[cold]
    fn rejected(&mut self, report: &ExecutionReport, reason: RejectReason) {
        if is_too_late(reason) {
            return;
        }
        let Some(day) = self.day_of(report.market, report.client_order_id) else { return };
        let count = if is_injected(reason) { &mut day.sums.injected } else { &mut day.sums.rejected };
        *count += 1;
    }

    /// Equity and position at a mark.
    ///
    /// # Errors
    /// [`Overflow`] when a value leaves its type.
    pub(super) fn mark(&mut self, mark: &Mark) -> Result<(), Overflow> {
        let (place, position) = (mark.market.index(), i128::from(mark.position.steps()));
        if let (Some(mid), Some(scale)) = (mid_x2(&mark.best), self.scales.get(place)) {
            let halves = accumulate("position value", 0, position.abs(), i128::from(mid))?;
            self.values[place] = scale.quote_of_halves(halves)?;
        }
        let mut exposure = Money::ZERO;
        for value in &self.values {
            exposure = exposure.checked_add(*value)?;
        }
        if let Some(day) = self.closed_by(mark.at) {
            day.highest = day.highest.max(mark.equity);
            day.sums.drawdown = day.sums.drawdown.max(day.highest.checked_sub(mark.equity)?);
            day.sums.exposure = day.sums.exposure.max(exposure);
            day.sums.profit = mark.equity.checked_sub(day.opened)?;
        }
        self.equity = mark.equity;
        if let Some(next) = self.opened_at(mark.at) {
            (next.opened, next.highest) = (mark.equity, mark.equity);
        }
        Ok(())
    }

    /// Any other entry.
    ///
    /// # Errors
    /// [`Overflow`] when a value leaves its type.
    pub(super) fn take(&mut self, entry: &Entry) -> Result<(), Overflow> {
        match entry {
            Entry::Start { at, equity, .. } => self.begin(*at, *equity),
            Entry::OrderRefused { at, .. } | Entry::RequestRefused { at, .. } => {
                self.count(*at, |sums| &mut sums.refused);
            }
            Entry::Alert { at, alert, .. } if alert.phase == AlertPhase::Raised => {
                self.count(*at, |sums| &mut sums.alerts);
            }
            Entry::Allocated { at, amount, .. } => self.allocated(*at, *amount)?,
            Entry::Tripped { at, .. } => {
                self.count(*at, |sums| &mut sums.trips);
                self.stand(*at, entry);
            }
            Entry::Wire { at, event, .. } => self.wire(*at, *event, entry),
            Entry::Cleared { at, .. } | Entry::Command { at, .. } | Entry::Status { at, .. } => self.stand(*at, entry),
            Entry::End { at, .. } => self.settle(*at),
            _ => {}
        }
        Ok(())
    }

    fn wire(&mut self, at: Timestamp, event: WireEvent, entry: &Entry) {
        match event {
            WireEvent::Fault { .. } => self.count(at, |sums| &mut sums.faults),
            WireEvent::Connected => self.count(at, |sums| &mut sums.reconnects),
            // Told again when its second source is lost: the same outage still.
            WireEvent::Unsynchronised(_) if self.unsynchronised.insert(entry.market()) => {
                self.count(at, |sums| &mut sums.feed_breaks);
            }
            WireEvent::Synchronised { .. } => drop(self.unsynchronised.remove(&entry.market())),
            _ => {}
        }
        self.stand(at, entry);
    }

    fn count(&mut self, at: Timestamp, which: impl FnOnce(&mut DaySummary) -> &mut u64) {
        if let Some(day) = self.day(at) {
            *which(&mut day.sums) += 1;
        }
    }

    /// The owner's money is no profit, and moves the day's highest with it.
    fn allocated(&mut self, at: Timestamp, amount: Money) -> Result<(), Overflow> {
        if let Some(day) = self.closed_by(at) {
            (day.opened, day.highest) = (day.opened.checked_add(amount)?, day.highest.checked_add(amount)?);
        }
        self.equity = self.equity.checked_add(amount)?;
        let equity = self.equity;
        if let Some(next) = self.opened_at(at) {
            (next.opened, next.highest) = (equity, equity);
        }
        Ok(())
    }

    /// The day that an instant closes or is in: a midnight closes the day before, as it does for daily returns; the opening instant belongs to the first day.
    fn closed_by(&mut self, at: Timestamp) -> Option<&mut Day> {
        let within = at.plus(Span::from_nanos(-1)).max(self.started);
        self.day(within)
    }

    /// The day that begins at `at`, where something has opened it already: it opens with what the account is worth then.
    fn opened_at(&mut self, at: Timestamp) -> Option<&mut Day> {
        self.days.last_mut().filter(|day| at <= day.sums.day && self.started < day.sums.day)
    }

    fn stand(&mut self, at: Timestamp, entry: &Entry) {
        self.settle(at);
        self.standing.take(entry);
    }

    /// Time goes by up to `at` as things stand, in parts: none has two midnights, or the end of a wait, within.
    fn settle(&mut self, at: Timestamp) {
        let waits_until = self.standing.waits_until();
        while self.settled < at {
            let from = self.settled;
            let mut to = at.min(from.day().start().plus(DAY));
            if from < waits_until {
                to = to.min(waits_until);
            }
            let usable = self.standing.is_usable() && waits_until <= from;
            let able = usable && self.standing.is_able();
            let Some(day) = self.day(from) else {
                self.settled = at;
                return;
            };
            let span = to.since(from);
            for (sum, holds) in
                [(&mut day.sums.covered, true), (&mut day.sums.usable, usable), (&mut day.sums.able, able)]
            {
                *sum = if holds { added(*sum, span) } else { *sum };
            }
            self.settled = to;
        }
    }

    /// The days up to `end`, at which the account is worth `equity`.
    ///
    /// # Errors
    /// [`Overflow`] when a profit leaves its type.
    pub(super) fn finish(mut self, end: Timestamp, equity: Money) -> Result<Vec<DaySummary>, Overflow> {
        self.settle(end);
        if let Some(day) = self.days.last_mut() {
            day.sums.profit = equity.checked_sub(day.opened)?;
        }
        // A midnight at which the run ends is a day only where something happened at it.
        let is_one =
            |day: &DaySummary| Span::ZERO < day.covered || *day != DaySummary { day: day.day, ..DaySummary::default() };
        Ok(self.days.into_iter().map(|day| day.sums).filter(is_one).collect())
    }
}

/// Spans within a run: their sum is a number still.
const fn added(one: Span, other: Span) -> Span {
    Span::from_nanos(one.nanos() + other.nanos())
}

/// Refused by what was injected, or what the venue was not open for; whatever the order was.
pub(super) const fn is_injected(reason: RejectReason) -> bool {
    matches!(
        reason,
        RejectReason::Unavailable
            | RejectReason::TradingHalted
            | RejectReason::NotPlaced
            | RejectReason::HalfDone
            | RejectReason::ReducesAlone
            | RejectReason::Delisted
            | RejectReason::PostOnlyMarket
            | RejectReason::LimitOnlyMarket
            | RejectReason::CancelOnlyMarket
    )
}
