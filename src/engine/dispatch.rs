use super::site::Site;
use crate::bot::{Decision, Request};
use crate::journal::{Entry, EntrySink};
use crate::model::{AmendOrder, MarketId};
use crate::units::{Span, Timestamp};

/// Where a bot's decisions go, in the order they are made: into the journal, and on their way to the venues.
pub(super) struct Dispatch<'a> {
    pub(super) sites: &'a mut [Site],
    pub(super) sink: &'a mut dyn EntrySink,
    /// Orders sent so far.
    pub(super) orders: &'a mut u64,
    pub(super) now: Timestamp,
    /// Latency of each market's last row.
    pub(super) feed_latency: &'a [Span],
}

impl Dispatch<'_> {
    pub(super) fn take(&mut self, decision: Decision) {
        let at = self.now;
        match decision {
            Decision::Send(market, request) => self.send(market, request),
            Decision::OrderRefused(intent, refusal) => {
                self.sink.record(&Entry::OrderRefused { at, intent, refusal });
            }
            Decision::RequestRefused(market, client_order_id, refusal) => {
                self.sink.record(&Entry::RequestRefused { at, market, client_order_id, refusal });
            }
        }
    }

    fn send(&mut self, market: MarketId, request: Request) {
        *self.orders += u64::from(matches!(request, Request::New(_)));
        record(self.sink, market, &request, self.now);
        // An order for a market that the run does not have goes to the first, whose venue says so.
        let site = if market.index() < self.sites.len() { market.index() } else { 0 };
        self.sites[site].send(request, self.now, self.feed_latency[site], self.sink);
    }
}

/// Records that a request is on its way.
fn record(sink: &mut dyn EntrySink, market: MarketId, request: &Request, at: Timestamp) {
    match request {
        Request::New(order) => sink.record_order_sent(at, &order.get().intent),
        Request::Cancel(cancel) => sink.record_cancel_sent(at, market, cancel.get().client_order_id),
        Request::Amend(amend) => {
            let AmendOrder { client_order_id, price, quantity, .. } = *amend.get();
            sink.record(&Entry::AmendSent { at, market, client_order_id, price, quantity });
        }
    }
}
