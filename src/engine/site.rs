use super::config::MarketSetup;
use super::horizons::Horizons;
use crate::bot::Request;
use crate::ledger::Ledger;
use crate::model::{ExecutionReport, Instrument, MarketId};
use crate::units::{Money, Overflow, Price, Quantity, Span, Timestamp};
use crate::venue::{Funds, Latency, MarketKind, Venue};
use std::collections::VecDeque;

/// What a lane needs to know of a market to open its account there.
pub(super) struct Place<'a> {
    pub(super) id: MarketId,
    pub(super) instrument: &'a Instrument,
    pub(super) kind: MarketKind,
    /// Times after a fill at which its best prices are journalled.
    pub(super) markout_horizons: &'a [Span],
}

/// No mid trips anything.
const NEVER: (i64, i64) = (i64::MIN, i64::MAX);

/// The bar in progress: on bars a bot hears of things at closes only.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenBar {
    pub(super) close_at: Timestamp,
    pub(super) period: Span,
}

impl OpenBar {
    /// The first close at or after `at`, this bar's at the soonest.
    fn heard_at(self, at: Timestamp) -> Timestamp {
        let late = at.since(self.close_at).nanos().max(0);
        let bars = late.div_euclid(self.period.nanos()) + i64::from(late.rem_euclid(self.period.nanos()) > 0);
        self.close_at.plus(self.period.times(bars))
    }
}

/// One lane's account at one market's venue, and what travels between the two.
pub(super) struct Site {
    pub(super) id: MarketId,
    pub(super) venue: Venue,
    pub(super) ledger: Ledger,
    latency: Latency,
    pub(super) requests: VecDeque<(Timestamp, Request)>,
    reports: VecDeque<ExecutionReport>,
    pub(super) horizons: Horizons,
    /// The bar in progress; none on other markets.
    pub(super) bar: Option<OpenBar>,
    /// Last mid marked, doubled.
    pub(super) mid_x2: i64,
    /// Doubled mids at or beyond which a breaker would trip, as of the last fill or mark.
    pub(super) trip: (i64, i64),
    /// What the trip was worked out from; while it stays the same so does the trip, wherever the mid is (to half a tick, where
    /// half a tick of the position is worth half an atto).
    tripped_by: Option<TripCause>,
}

/// All that the mids at which a breaker trips depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct TripCause {
    /// Equity of the whole account at which the breaker trips.
    trip: Money,
    /// Equity of the whole account but for what this market's position is worth.
    rest: Money,
    /// This market's position.
    position: Quantity,
}

impl Site {
    pub(super) fn new(setup: &MarketSetup, place: &Place<'_>) -> Result<Self, Overflow> {
        let opening = &setup.opening;
        let funds = Funds { quote: opening.quote, position: opening.position };
        let venue = Venue::new(place.instrument, &setup.venue, place.kind, &funds)?;
        Ok(Self {
            id: place.id,
            venue: venue.of_market(place.id),
            ledger: Ledger::new(place.instrument, opening)?,
            latency: setup.latency.clone(),
            requests: VecDeque::with_capacity(64),
            reports: VecDeque::with_capacity(64),
            horizons: Horizons::new(place.markout_horizons),
            bar: None,
            mid_x2: opening.at.map_or(0, |price| 2 * price.ticks()),
            trip: NEVER,
            tripped_by: None,
        })
    }

    /// The soonest instant at which anything but market data can happen here.
    #[inline]
    pub(super) fn next_at(&self) -> Timestamp {
        let request = self.requests.front().map_or(Timestamp::MAX, |(at, _)| *at);
        let report = self.reports.front().map_or(Timestamp::MAX, |report| report.reported_at);
        request.min(report).min(self.venue.next_expiry()).min(self.horizons.next())
    }

    /// Nothing is open, on its way, or held here.
    pub(super) fn is_idle(&self) -> bool {
        self.requests.is_empty()
            && self.reports.is_empty()
            && self.venue.open_orders() == 0
            && self.ledger.position().is_zero()
    }

    /// There was a fill: its markouts are known some time after it. On bars it is over when its bar is.
    pub(super) fn filled(&mut self, at: Timestamp) {
        let over = if self.bar.is_some() { Span::from_nanos(1) } else { Span::ZERO };
        self.horizons.fill(at.plus(over));
    }

    /// Sends a request off; it arrives after those sent before.
    pub(super) fn send(&mut self, request: Request, now: Timestamp, feed_latency: Span) {
        let arrives = now.plus(self.latency.entry(now, feed_latency));
        let arrives = self.requests.back().map_or(arrives, |(last, _)| arrives.max(*last));
        self.requests.push_back((arrives, request));
    }

    /// True when a request arrives up to and at `until`.
    #[inline]
    pub(super) fn request_due(&self, until: Timestamp) -> bool {
        self.requests.front().is_some_and(|(at, _)| *at <= until)
    }

    /// Tells the venue the last trade before requests that are due at `now` arrive: it hears only of trades that touch it.
    pub(super) fn tell_last_trade(&mut self, now: Timestamp, last_trade: Option<Price>) {
        if let Some(price) = last_trade.filter(|_| self.request_due(now)) {
            self.venue.set_last_trade(price);
        }
    }

    /// Notes in a report when the bot learns of it: reports do not overtake each other.
    pub(super) fn stamp(&mut self, report: &mut ExecutionReport, feed_latency: Span) {
        report.reported_at = report.matched_at.plus(self.latency.response(report.matched_at, feed_latency));
        if let Some(bar) = self.bar {
            report.reported_at = bar.heard_at(report.reported_at);
        }
        if let Some(last) = self.reports.back() {
            report.reported_at = report.reported_at.max(last.reported_at);
        }
    }

    /// Puts a stamped report on its way.
    pub(super) fn report(&mut self, report: &ExecutionReport) {
        self.reports.push_back(*report);
    }

    /// True when a report arrives at the bot up to and at `now`.
    #[inline]
    pub(super) fn report_due(&self, now: Timestamp) -> bool {
        self.reports.front().is_some_and(|report| report.reported_at <= now)
    }

    /// The next report that arrives up to and at `now`.
    pub(super) fn due_report(&self, now: Timestamp) -> Option<&ExecutionReport> {
        self.reports.front().filter(|report| report.reported_at <= now)
    }

    /// Takes the next report off the way: the bot has learned of it.
    pub(super) fn forget_report(&mut self) {
        self.reports.pop_front();
    }

    /// Value of what is held here at the last mid marked.
    pub(super) fn equity(&self) -> Result<Money, Overflow> {
        self.ledger.equity(self.mid_x2)
    }

    /// Works out the trip anew, if it can have changed: a breaker trips when equity of the whole account falls to `trip`, is
    /// `here` at the present mids and `elsewhere` in the other markets, which are held where they were last marked.
    pub(super) fn watch_trip(&mut self, here: Money, elsewhere: Money, trip: Option<Money>) {
        let Some(trip) = trip.filter(|trip| here > *trip) else {
            self.forget_trip();
            return;
        };
        let rest = elsewhere.checked_add(self.ledger.cash()).ok();
        let cause = rest.map(|rest| TripCause { trip, rest, position: self.ledger.position() });
        if cause.is_none() || cause != self.tripped_by {
            (self.trip, self.tripped_by) = (self.trip_at(here, trip), cause);
        }
    }

    /// Nothing trips until this is worked out again.
    pub(super) fn forget_trip(&mut self) {
        (self.trip, self.tripped_by) = (NEVER, None);
    }

    /// Doubled mids at or beyond which equity falls to `trip`: `(at or below, at or above)`. `here` is the equity of the
    /// whole account at the present mids.
    fn trip_at(&self, here: Money, trip: Money) -> (i64, i64) {
        let steps = self.ledger.position().steps();
        let (Ok(now), Ok(next)) = (self.equity(), self.ledger.equity(self.mid_x2 + 2)) else { return NEVER };
        let per_tick = (next - now).atto();
        if steps == 0 || per_tick == 0 {
            return NEVER;
        }
        // Equity moves by `per_tick` for two half ticks; round towards the present mid, so that the stop comes early.
        let distance = 2 * (here - trip).atto() / per_tick.abs();
        let Ok(distance) = i64::try_from(distance) else { return NEVER };
        match steps > 0 {
            true => (self.mid_x2.saturating_sub(distance), i64::MAX),
            false => (i64::MIN, self.mid_x2.saturating_add(distance)),
        }
    }
}
