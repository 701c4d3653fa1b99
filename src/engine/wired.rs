//! A site whose requests and reports travel on a wire that can lose them: see [`Wire`](super::wire::Wire).

use super::site::{Site, post};
use super::wire::{Arrived, Made};
use crate::book::Ladder;
use crate::bot::gateway::{Ask, Call, Deed, Holdings};
use crate::bot::{Bot, Request};
use crate::checkpoint::{Kept, Saver};
use crate::journal::EntrySink;
use crate::model::{ClientOrderId, ExecutionReport, ReportKind, WireEvent};
use crate::units::{MILLISECOND, Overflow, Span, Timestamp};

impl Site {
    /// Requests and reports travel on a wire here.
    pub(super) const fn has_wire(&self) -> bool {
        self.wire.is_some()
    }

    /// They can be lost on it.
    pub(super) fn can_lose(&self) -> bool {
        self.wire.as_ref().is_some_and(|wire| wire.can_lose())
    }

    /// When something arrives at the bot, or its gateway wants to be told the time.
    #[inline]
    pub(super) fn next_at_bot(&self) -> Timestamp {
        let wire = self.wire.as_ref().map_or(Timestamp::MAX, |wire| wire.next_at_bot());
        self.reports.next().min(wire)
    }

    /// The bot sends a request off, by way of its gateway.
    pub(super) fn submit(&mut self, request: Request, now: Timestamp, latency: Span, sink: &mut dyn EntrySink) {
        let Some(wire) = &mut self.wire else { return };
        let copy = wire.twin.copies(&request, now);
        wire.submit(request, now);
        self.carry_out(now, latency, sink);
        if let (Some(call), Some(wire)) = (copy, &mut self.wire) {
            wire.send(call, now, now.plus(self.latency.entry(now, latency)), sink);
            self.next_request = wire.next_call();
        }
    }

    /// The bot's process has ended without its state. What its gateway makes of it is done when it is told the time next.
    pub(super) fn lose_memory(&mut self, bot: &mut Bot, now: Timestamp, sink: &mut dyn EntrySink) {
        let Some(wire) = &mut self.wire else { return };
        let unknown = bot.lose_gateway(self.id, wire.gateway.on_lost_memory());
        let is_over = |id| bot.account().order(id).is_none();
        wire.lose_memory(&unknown, &is_over, now, sink);
    }

    /// What arrives at the bot at `now` goes through its gateway; what the bot is to hear of lies ready then.
    pub(super) fn hear_wire(&mut self, bot: &Bot, now: Timestamp, latency: Span, sink: &mut dyn EntrySink) {
        let Some(wire) = self.wire.as_mut().filter(|wire| wire.next_at_bot() <= now) else { return };
        if wire.gateway.asks_for_balances() {
            let own = bot.account().ledger(self.id);
            wire.gateway.own_holdings(Holdings { cash: own.cash(), position: own.position() });
        }
        wire.arrive(now, sink);
        self.carry_out(now, latency, sink);
        self.weigh(bot, now, sink);
    }

    /// Notes how much the bot and its gateway keep, where that is asked for and now is the time. A strategy that cannot be saved cannot be weighed.
    fn weigh(&mut self, bot: &Bot, now: Timestamp, sink: &mut dyn EntrySink) {
        let Some(wire) = self.wire.as_mut() else { return };
        if !wire.takes_weight() {
            return;
        }
        let mut saver = Saver::default();
        if bot.save(&mut saver).and_then(|()| wire.gateway.save(&mut saver)).is_ok() {
            let bytes = saver.into_bytes().len() as u64;
            wire.note(now, ClientOrderId(0), WireEvent::Weighs(bytes), sink);
        }
    }

    /// Does what the gateway wants done.
    fn carry_out(&mut self, now: Timestamp, latency: Span, sink: &mut dyn EntrySink) {
        // What is written at once lets more be done in the same instant.
        while self.carry_out_once(now, latency, sink) {}
        self.next_request = self.wire.as_ref().map_or(Timestamp::MAX, |wire| wire.next_call());
    }

    /// Does what lies ready; true where a write that is over has brought up more.
    fn carry_out_once(&mut self, now: Timestamp, latency: Span, sink: &mut dyn EntrySink) -> bool {
        let Some(wire) = &mut self.wire else { return false };
        let mut deeds = wire.take_deeds();
        for deed in deeds.drain(..) {
            match deed {
                Deed::Call(call) => {
                    // Questions have delays of their own: those of requests are what they are without them.
                    let delays = if call.ask.is_question() { &mut wire.latency } else { &mut self.latency };
                    let arrives = now.plus(delays.entry(now, latency));
                    if let Ask::New(order) = &call.ask
                        && wire.gateway.keeps_log()
                    {
                        let left = WireEvent::Left(call.attempt.into());
                        wire.note(now, order.get().intent.client_order_id, left, sink);
                    }
                    wire.send(call, now, arrives, sink);
                }
                Deed::Write(write) => wire.write(write, now, sink),
                Deed::Note(id, event) => {
                    wire.note(now, id, event, sink);
                    if let WireEvent::Reconciled(_) = event {
                        wire.has_reconciled();
                    }
                }
                Deed::Hear(number, report) => {
                    wire.heard(number);
                    if report.reported_at != now {
                        wire.note(now, report.client_order_id, WireEvent::Heard(number), sink);
                    }
                    self.reports.learns(report, now);
                }
                Deed::GiveUp(report) => {
                    // A moment later: a bot that answers at once has no endless instant.
                    let reported_at = wire.awake_at(now.plus(MILLISECOND));
                    let report = ExecutionReport { market: self.id, reported_at, ..report };
                    sink.record_report(&report);
                    wire.give_up(&report);
                }
            }
        }
        wire.give_back(deeds);
        wire.finish_writes(now, sink);
        wire.has_deeds()
    }

    /// Calls that arrive up to and at `until` are answered, or carried out by the venue at `now`.
    pub(super) fn arrivals_wired(
        &mut self,
        (until, now): (Timestamp, Timestamp),
        book: &mut Ladder,
        sink: &mut dyn EntrySink,
    ) -> Result<(), Overflow> {
        while let Some(swept) = self.wire.as_mut().and_then(|wire| wire.sweep(now, sink)) {
            self.venue.sweep(swept, now, book, self.reports.out());
        }
        while let Some(arrived) = self.wire.as_mut().and_then(|wire| wire.arrival(until, now, sink)) {
            let reply = match arrived {
                Arrived::Answered(call, made) => (call, made),
                Arrived::ForTheBooks(call) => {
                    let holdings = Holdings { cash: self.ledger.cash(), position: self.ledger.position() };
                    let made = self.wire.as_mut().map(|wire| wire.balance(holdings, now, sink));
                    (call, made.unwrap_or(Made::NotFound))
                }
                Arrived::ForTheVenue(call) => {
                    self.carry_out_at_venue(&call, now, book, sink)?;
                    (call.id, Made::Done(call.ask.client_order_id().unwrap_or_default()))
                }
            };
            // It sets out behind the reports of the same instant.
            self.wire.iter_mut().for_each(|wire| wire.to_reply.push((reply, now)));
        }
        self.next_request = self.wire.as_ref().map_or(Timestamp::MAX, |wire| wire.next_call());
        Ok(())
    }

    /// Replies set out, behind what was reported: none comes before the reports that it is about.
    fn reply(&mut self, latency: Span, sink: &mut dyn EntrySink) {
        let Some(wire) = &mut self.wire else { return };
        for (reply, at) in std::mem::take(&mut wire.to_reply) {
            let arrives = at.plus(wire.latency.response(at, latency)).max(wire.reported_until);
            wire.reply(reply, at, arrives, sink);
        }
    }

    fn carry_out_at_venue(
        &mut self,
        call: &Call,
        now: Timestamp,
        book: &mut Ladder,
        sink: &mut dyn EntrySink,
    ) -> Result<(), Overflow> {
        let Some(wire) = &mut self.wire else { return Ok(()) };
        let (venue, out) = (&mut self.venue, self.reports.out());
        match call.ask.clone() {
            Ask::New(order) => {
                let id = order.get().intent.client_order_id;
                // One that was lost, or has a number of the gateway's own making, comes behind later ones.
                let makes_ids = wire.gateway.makes_ids() || wire.twin.has_sent();
                if (call.attempt > 1 || makes_ids) && wire.records.came_at(id).is_none() {
                    venue.admit_late(id);
                }
                wire.records.came(id, now);
                let half = match venue.would_replace(&order, now, book)? {
                    true => wire.splits(id, now, sink),
                    false => None,
                };
                match half {
                    Some(half) => venue.replace_half(order, half, now, book, out)?,
                    None => venue.submit(order, now, book, out)?,
                }
            }
            Ask::Cancel(cancel) => venue.cancel(cancel, now, book, out),
            Ask::Amend(amend) => venue.amend(amend, now, book, out)?,
            Ask::Query(_) | Ask::Missed | Ask::Balance | Ask::Alive(_) => {}
        }
        Ok(())
    }

    /// Stamps, records and posts what the venue has reported. Returns how many fills were among it.
    pub(super) fn absorb_wired(&mut self, latency: Span, sink: &mut dyn EntrySink) -> Result<u64, Overflow> {
        let mut fills = 0;
        while let Some(mut report) = self.reports.take_fresh() {
            let arrives = report.matched_at.plus(self.latency.response(report.matched_at, latency));
            if let Some(wire) = &mut self.wire {
                wire.report(&mut report, arrives, sink);
            }
            sink.record_report(&report);
            if let ReportKind::Filled(fill) = &report.kind {
                self.ledger.fill(report.side, fill.price, fill.quantity, fill.fee)?;
                self.horizons.fill(report.matched_at);
                fills += 1;
                if let Some(kept) = &mut self.fills {
                    kept.add(&report, fill);
                }
            } else if report.kind.sets_right() {
                post(&mut self.ledger, &report)?;
            }
        }
        self.reply(latency, sink);
        Ok(fills)
    }
}
