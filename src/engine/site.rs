use super::config::MarketSetup;
use super::fills::Fills;
use super::horizons::Horizons;
use super::reports::Reports;
use super::script::ScriptedEvent;
use super::wire::Wire;
use crate::book::Ladder;
use crate::bot::Request;
use crate::checkpoint::kept;
use crate::journal::EntrySink;
use crate::ledger::Ledger;
use crate::model::{AccountEvent, BestPrices, Correction, ExecutionReport, Instrument, Mark, MarketId, ReportKind};
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
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub(super) struct OpenBar {
    pub(super) close_at: Timestamp,
    pub(super) period: Span,
}

impl OpenBar {
    /// The first close at or after `at`, this bar's at the soonest.
    pub(super) fn heard_at(self, at: Timestamp) -> Timestamp {
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
    pub(super) latency: Latency,
    requests: VecDeque<(Timestamp, Request)>,
    /// When the next request arrives, on whatever it travels; the end of time when none is on its way.
    pub(super) next_request: Timestamp,
    pub(super) reports: Reports,
    pub(super) horizons: Horizons,
    /// The bar in progress; none on other markets.
    pub(super) bar: Option<OpenBar>,
    /// Best prices of the mark that is being made: all markets' are looked up before any is journalled.
    pub(super) best: BestPrices,
    /// Last mid marked, doubled.
    pub(super) mid_x2: i64,
    /// Doubled mids at or beyond which a breaker would trip, as of the last fill or mark.
    pub(super) trip: (i64, i64),
    /// What the trip was worked out from; while it stays the same so does the trip, wherever the mid is (to half a tick, where
    /// half a tick of the position is worth half an atto).
    tripped_by: Option<TripCause>,
    /// What was filled, where the script may set a fill right.
    pub(super) fills: Option<Box<Fills>>,
    /// What requests and reports travel on, where they can be lost.
    pub(super) wire: Option<Box<Wire>>,
}

/// All that the mids at which a breaker trips depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct TripCause {
    /// Equity of the whole account at which the breaker trips.
    trip: Money,
    /// Equity of the whole account but for what this market's position is worth.
    rest: Money,
    /// This market's position.
    position: Quantity,
}

impl Site {
    /// Messages between bot and venue that have not arrived.
    pub(super) fn under_way(&self) -> usize {
        self.requests.len() + self.reports.under_way() + self.wire.as_ref().map_or(0, |wire| wire.under_way())
    }

    pub(super) fn new(setup: &MarketSetup, place: &Place<'_>, start: Timestamp) -> Result<Self, Overflow> {
        let opening = &setup.opening;
        let funds = Funds { quote: opening.quote, position: opening.position };
        let venue = Venue::new(place.instrument, &setup.venue, place.kind, &funds)?;
        let wire = setup.wire.as_ref().map(|wire| Box::new(Wire::new(wire, place.id, &setup.latency, start)));
        Ok(Self {
            id: place.id,
            venue: venue.of_market(place.id).with_outages(setup.outages.clone()).with_statuses(setup.statuses.clone()),
            ledger: Ledger::new(place.instrument, opening)?,
            latency: setup.latency.clone(),
            requests: VecDeque::with_capacity(64),
            next_request: wire.as_ref().map_or(Timestamp::MAX, |wire| wire.next_call()),
            reports: Reports::new(),
            horizons: Horizons::new(place.markout_horizons),
            bar: None,
            best: BestPrices::default(),
            mid_x2: opening.at.map_or(0, |price| 2 * price.ticks()),
            trip: NEVER,
            tripped_by: None,
            fills: None,
            wire,
        })
    }

    /// The soonest instant at which anything but market data can happen at the venue: a request arrives, an order expires, a
    /// markout's horizon ends.
    #[inline]
    pub(super) fn next_at_venue(&self) -> Timestamp {
        self.next_request.min(self.venue.next_expiry()).min(self.horizons.next())
    }

    /// Requests and reports travel as fast as the feed.
    pub(super) const fn follows_feed(&self) -> bool {
        self.latency.follows_feed()
    }

    /// Nothing is open, on its way, or held here.
    pub(super) fn is_idle(&self) -> bool {
        self.requests.is_empty()
            && self.reports.is_empty()
            && self.venue.open_orders() == 0
            && self.ledger.position().is_zero()
            && self.wire.as_ref().is_none_or(|wire| wire.is_idle())
    }

    /// Sends a request off; it arrives after those sent before.
    pub(super) fn send(&mut self, request: Request, now: Timestamp, feed_latency: Span, sink: &mut dyn EntrySink) {
        if self.wire.is_some() {
            return self.submit(request, now, feed_latency, sink);
        }
        let arrives = now.plus(self.latency.entry(now, feed_latency));
        let arrives = self.requests.back().map_or(arrives, |(last, _)| arrives.max(*last));
        self.next_request = self.next_request.min(arrives);
        self.requests.push_back((arrives, request));
    }

    /// True when a request arrives up to and at `until`.
    #[inline]
    pub(super) fn request_due(&self, until: Timestamp) -> bool {
        self.next_request <= until && self.next_request < Timestamp::MAX
    }

    /// When the oldest of the requests was sent whose answer the bot has not heard: it is on its way, or its answer is.
    pub(super) fn waits_since(&self, at: Timestamp) -> Option<Timestamp> {
        if let Some(wire) = &self.wire {
            return wire.waits_since(at);
        }
        // Every tick asks, and most of the time nothing is on its way.
        if self.requests.is_empty() && self.reports.is_empty() {
            return None;
        }
        let request = self.requests.front().map(|(_, request)| request.sent_at());
        self.reports.answers().map(|report| report.sent_at).chain(request).min()
    }

    /// Tells the venue the last trade before requests that are due at `now` arrive: it hears only of trades that touch it.
    pub(super) fn tell_last_trade(&mut self, now: Timestamp, last_trade: Option<Price>) {
        if let Some(price) = last_trade.filter(|_| self.request_due(now)) {
            self.venue.set_last_trade(price);
        }
    }

    /// Hands requests that arrive up to and at `until` to the venue, which acts on them at `now`.
    #[inline]
    pub(super) fn arrivals(
        &mut self,
        until: Timestamp,
        now: Timestamp,
        book: &mut Ladder,
        sink: &mut dyn EntrySink,
    ) -> Result<(), Overflow> {
        if self.wire.is_some() {
            return self.arrivals_wired((until, now), book, sink);
        }
        let (venue, out) = (&mut self.venue, self.reports.out());
        while let Some((_, request)) = self.requests.pop_front_if(|(at, _)| *at <= until) {
            match request {
                Request::New(order) => venue.submit(order, now, book, out)?,
                Request::Cancel(cancel) => venue.cancel(cancel, now, book, out),
                Request::Amend(amend) => venue.amend(amend, now, book, out)?,
            }
        }
        self.next_request = self.requests.front().map_or(Timestamp::MAX, |(at, _)| *at);
        Ok(())
    }

    /// Stamps, records and posts what the venue has reported. Returns how many fills were among it.
    pub(super) fn absorb(&mut self, feed_latency: Span, sink: &mut dyn EntrySink) -> Result<u64, Overflow> {
        if self.wire.is_some() {
            return self.absorb_wired(feed_latency, sink);
        }
        // On bars a fill is over when its bar is.
        let over = if self.bar.is_some() { Span::from_nanos(1) } else { Span::ZERO };
        let mut fills = 0;
        while let Some(report) = self.reports.stamp(&mut self.latency, self.bar, feed_latency) {
            sink.record_report(report);
            if let ReportKind::Filled(fill) = &report.kind {
                self.ledger.fill(report.side, fill.price, fill.quantity, fill.fee)?;
                self.horizons.fill(report.matched_at.plus(over));
                fills += 1;
                if let Some(kept) = &mut self.fills {
                    kept.add(report, fill);
                }
            } else if report.kind.sets_right() {
                post(&mut self.ledger, report)?;
            }
        }
        Ok(fills)
    }

    /// From now on fills are kept, to be set right.
    pub(super) fn keep_fills(&mut self) {
        self.fills.get_or_insert_default();
    }

    /// The venue sets the fill right that an event means, and reports it. False where there is no such fill.
    pub(super) fn set_right(&mut self, event: &ScriptedEvent, now: Timestamp) -> Result<bool, Overflow> {
        let Some(fills) = &mut self.fills else { return Ok(false) };
        let (which, price) = match event.what {
            AccountEvent::Bust(which) => (which, None),
            AccountEvent::Correct(which, price) => (which, Some(price)),
            _ => return Ok(false),
        };
        let Some(place) = fills.find(which, now) else { return Ok(false) };
        let was = fills.taken_back(place, event.line);
        let report = match price.map(|price| price.of(was.price)) {
            None => fills.bust(place, was, (self.id, now)),
            Some(price) => {
                let fee = self.venue.fee(price, was.quantity, was.liquidity)?;
                fills.correct(place, Correction { was, price, fee }, (self.id, now))
            }
        };
        report.kind.bookings(report.side).try_for_each(|booking| self.venue.book(&booking))?;
        self.reports.out().push(report);
        Ok(true)
    }

    /// What the venue shows of the account here, at the best prices marked last.
    #[inline]
    pub(super) fn mark(&self, at: Timestamp, equity: Money, feed_latency_ns: i64) -> Mark {
        Mark {
            market: self.id,
            at,
            best: self.best,
            position: self.ledger.position(),
            equity,
            open_orders: self.venue.open_orders(),
            feed_latency_ns,
        }
    }

    /// Value of what is held here at the last mid marked.
    pub(super) fn equity(&self) -> Result<Money, Overflow> {
        self.ledger.equity(self.mid_x2)
    }

    /// Works out the trip anew, if it can have changed: a breaker trips when equity of the whole account falls to `trip`, is
    /// `here` at the present mids and `elsewhere` in the other markets, which are held where they were last marked.
    #[inline]
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

/// Out of line: it hardly ever happens.
#[cold]
#[inline(never)]
pub(super) fn post(ledger: &mut Ledger, report: &ExecutionReport) -> Result<(), Overflow> {
    ledger.take(report)
}

kept!(Site {
    state: ledger, requests, next_request, reports, horizons, bar, best, mid_x2, trip, tripped_by, fills;
    parts: venue, latency, wire;
    left: id;
});
