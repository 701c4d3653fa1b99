use super::post::{Found, Seen};
use super::prices::Prices;
use super::trip::Trip;
use crate::audit::hearing::Heard;
use crate::model::{BestPrices, ClientOrderId, ExecutionReport, ReportKind};
use crate::units::{MINUTE, SECOND, Span, Timestamp};
use std::collections::{BTreeMap, VecDeque};

/// How often somebody tries to get a feed back that is gone.
const RETRY: Span = SECOND.times(5);

/// A request of an order that has been over for so long, and that the bot knows to be, is answered by nobody.
const UNANSWERED: Span = SECOND.times(30);

/// One market, as far as alerts look at it.
#[derive(Debug, Clone)]
pub(super) struct Desk {
    /// Of a tick and a step, in atto of quote.
    pub worth: i128,
    /// The last mid marked, doubled.
    pub mid_x2: i64,
    pub prices: Prices,
    pub trip: Trip,
    /// The market has a book.
    pub has_book: bool,
    /// The kill switch is engaged.
    pub is_killed: bool,
    /// What the bot can have heard at the present look.
    pub heard: Vec<Heard>,
    /// A request can be lost, and be answered behind later ones.
    may_lose: bool,
    /// Requests that have not arrived at the venue, oldest first.
    travelling: VecDeque<(Timestamp, ClientOrderId)>,
    /// Where requests can be lost: when the orders of those were over, and whether the bot has heard so.
    over: BTreeMap<ClientOrderId, (Timestamp, bool)>,
    /// Reports that the bot has not heard of, in the order in which it will.
    due: VecDeque<ExecutionReport>,
    /// When the bot heard of the first execution of each order, within the last minute.
    trades: VecDeque<Timestamp>,
}

/// The report says what became of a request as it arrived.
pub(super) fn is_answer(report: &ExecutionReport) -> bool {
    report.matched_at == report.arrived_at
}

/// The longer of the ways that a report tells of.
pub(super) fn way(report: &ExecutionReport) -> Span {
    let back = report.reported_at.since(report.matched_at);
    if is_answer(report) { back.max(report.arrived_at.since(report.sent_at)) } else { back }
}

/// The instant from which what began at `from` takes more than `limit` nanoseconds.
pub(super) fn too_long_from(from: Timestamp, limit: i128) -> Timestamp {
    from.plus(Span::from_nanos(i64::try_from(limit).unwrap_or(i64::MAX)))
}

/// A span in the unit of limits.
pub(super) fn nanos(span: Span) -> i128 {
    i128::from(span.nanos())
}

impl Desk {
    pub fn new(worth: i128, start: Timestamp, may_lose: bool) -> Self {
        Self {
            worth,
            may_lose,
            mid_x2: 0,
            prices: Prices::starting(start),
            trip: Trip::default(),
            has_book: false,
            is_killed: false,
            heard: Vec::new(),
            travelling: VecDeque::new(),
            over: BTreeMap::new(),
            due: VecDeque::new(),
            trades: VecDeque::new(),
        }
    }

    /// The same market before anything has happened.
    pub fn afresh(&self, start: Timestamp) -> Self {
        Self::new(self.worth, start, self.may_lose)
    }

    /// Somebody may still answer a request of the order: of one that is long over nobody does, which the bot knows once it has heard of the end.
    fn is_waited_for(&self, id: ClientOrderId, at: Timestamp) -> bool {
        self.over.get(&id).is_none_or(|(over_at, heard)| !heard || at < over_at.plus(UNANSWERED))
    }

    pub fn sent(&mut self, at: Timestamp, id: ClientOrderId) {
        while self.travelling.front().is_some_and(|(_, id)| !self.is_waited_for(*id, at)) {
            self.travelling.pop_front();
        }
        let is_past = |(over_at, heard): &(Timestamp, bool)| *heard && over_at.plus(UNANSWERED.times(2)) <= at;
        while let Some(entry) = self.over.first_entry().filter(|entry| is_past(entry.get())) {
            let (old, _) = entry.remove_entry();
            self.travelling.retain(|(_, id)| *id != old);
        }
        self.travelling.push_back((at, id));
    }

    /// The venue has done something. Requests do not overtake each other, but for those that were lost and sent again.
    pub fn reported(&mut self, report: &ExecutionReport) {
        let key = (report.sent_at, report.client_order_id);
        if let Some(place) = self.travelling.iter().position(|request| *request == key).filter(|_| is_answer(report)) {
            let first = if self.may_lose { place } else { 0 };
            self.travelling.drain(first..=place);
        }
        if self.may_lose && report.is_last() {
            self.over.insert(report.client_order_id, (report.matched_at, false));
        }
        crate::audit::mind::insert(&mut self.due, report);
    }

    /// The next report that the bot hears of up to and at `until`.
    pub fn hear_next(&mut self, until: Timestamp) -> Option<ExecutionReport> {
        let report = self.due.pop_front_if(|report| report.reported_at <= until)?;
        if let Some((_, heard)) = self.over.get_mut(&report.client_order_id).filter(|_| report.is_last()) {
            *heard = true;
        }
        Some(report)
    }

    /// The bot may have heard of some report or not at `at`.
    pub fn is_torn(&self, at: Timestamp) -> bool {
        self.due.front().is_some_and(|report| report.reported_at <= at)
    }

    /// When the oldest request was sent that the bot has no answer to, and when the oldest that it has none to after all of `at`.
    pub fn waits_since(&self, at: Timestamp) -> [Option<Timestamp>; 2] {
        let waited = |(_, id): &&(Timestamp, ClientOrderId)| self.is_waited_for(*id, at);
        let travelling = self.travelling.iter().find(waited).map(|(sent_at, _)| *sent_at);
        let answers = |heard: bool| {
            let unheard = self.due.iter().filter(move |report| !heard || at < report.reported_at);
            unheard.filter(|report| is_answer(report)).map(|report| report.sent_at).chain(travelling).min()
        };
        [answers(false), answers(true)]
    }

    /// The bot hears of an execution; of an order only the first counts.
    pub fn trades(&mut self, report: &ExecutionReport) {
        if is_first_execution(report) {
            self.trades.push_back(report.reported_at);
        }
    }

    /// Orders that executed within the last minute.
    pub fn trade_count(&mut self, at: Timestamp) -> i128 {
        self.trades.retain(|heard_at| at < heard_at.plus(MINUTE));
        self.trades.len() as i128
    }

    /// The same at a look, without and with the reports of its instant.
    pub fn trade_counts(&mut self, at: Timestamp) -> [i128; 2] {
        let count = self.trade_count(at);
        let torn = self.due.iter().filter(|report| report.reported_at <= at && is_first_execution(report));
        [count, count + torn.count() as i128]
    }

    /// Worth of so many steps at a doubled mid, in atto of quote.
    pub fn value(&self, steps: i128, mid_x2: i64) -> i128 {
        (steps.abs() * i128::from(mid_x2).abs()).saturating_mul(self.worth) / 2
    }
}

fn is_first_execution(report: &ExecutionReport) -> bool {
    matches!(&report.kind, ReportKind::Filled(fill) if fill.quantity == report.executed)
}

/// How long nothing has been heard; since the start where nothing ever was.
fn silence(heard: &Heard, start: Timestamp, at: Timestamp) -> (Timestamp, i128) {
    let since = heard.market_at.unwrap_or(start);
    (since, nanos(at.since(since)))
}

/// The feed is silent for longer than `limit` nanoseconds.
pub(super) fn disconnected(heard: &Heard, start: Timestamp, at: Timestamp, limit: i128) -> Seen {
    let (since, silent) = silence(heard, start, at);
    Seen::of(too_long_from(since, limit), silent, limit)
}

/// More than `most` attempts to get back a feed have failed that may be silent for so many nanoseconds.
pub(super) fn unconnected(heard: &Heard, start: Timestamp, at: Timestamp, (silent, most): (i128, i128)) -> Seen {
    let (since, _) = silence(heard, start, at);
    let gone_at = too_long_from(since, silent);
    let failed = at.since(gone_at).nanos().max(0) / RETRY.nanos();
    let attempts = i64::try_from(most + 1).unwrap_or(i64::MAX);
    Seen::of(gone_at.plus(RETRY.times(attempts)), i128::from(failed), most)
}

/// The last message took longer than `limit` nanoseconds.
pub(super) fn slow_feed(heard: &Heard, since: Timestamp, limit: i128) -> Option<Found> {
    let value = nanos(heard.market_latency);
    (limit < value).then_some(Found { cause_at: since, value })
}

/// What a book is, by number: sound, empty, of one side, locked, crossed.
pub(super) fn book(best: &BestPrices) -> i128 {
    match (best.bid, best.ask) {
        (None, None) => 1,
        (Some(bid), Some(ask)) if bid.price < ask.price => 0,
        (Some(bid), Some(ask)) if bid.price == ask.price => 3,
        (Some(_), Some(_)) => 4,
        _ => 2,
    }
}
