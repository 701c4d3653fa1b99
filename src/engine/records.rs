use crate::bot::gateway::Numbered;
use crate::model::{ClientOrderId, ExecutionReport, ReportKind};
use crate::units::{MINUTE, Span, Timestamp};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// An order whose every report was heard is forgotten so long after its end: nobody asks for it any more.
const KEPT: Span = MINUTE.times(10);

/// What a venue can tell of an account's orders when it is asked: every report, by order and by number. Memory follows the orders
/// that live or ended a while ago, and what was not heard.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Records {
    /// Nobody can come to ask for an order: what was heard is forgotten at once.
    is_brief: bool,
    /// Reports made so far.
    made: u64,
    reports: BTreeMap<u64, ExecutionReport>,
    orders: BTreeMap<ClientOrderId, Record>,
    /// When orders ended, oldest first.
    ended: VecDeque<(Timestamp, ClientOrderId)>,
    /// Reports that the bot has not heard of. It names them when it asks; here they are counted for it.
    unheard: BTreeSet<u64>,
}

/// One order.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
struct Record {
    /// When its first request was carried out; nothing for an order that there never was.
    came_at: Option<Timestamp>,
    numbers: Vec<u64>,
}

impl Records {
    /// Those of a connection on which nothing can be lost: no order is ever asked for, and what was heard is forgotten at once.
    pub fn brief() -> Self {
        Self { is_brief: true, ..Self::default() }
    }

    /// The next report; returns its number.
    pub fn add(&mut self, report: &ExecutionReport) -> u64 {
        self.made += 1;
        let (number, id) = (self.made, report.client_order_id);
        self.reports.insert(number, *report);
        self.unheard.insert(number);
        if self.is_brief {
            return number;
        }
        let record = self.orders.entry(id).or_default();
        record.numbers.push(number);
        let is_over = matches!(report.kind, ReportKind::Ended(_) | ReportKind::Rejected(_))
            || matches!(report.kind, ReportKind::Filled(_)) && report.open.is_zero()
            || record.came_at.is_none();
        if is_over {
            self.ended.push_back((report.matched_at, id));
        }
        number
    }

    /// A request that makes an order has been carried out.
    pub fn came(&mut self, id: ClientOrderId, at: Timestamp) {
        if self.is_brief {
            return;
        }
        self.orders.entry(id).or_default().came_at.get_or_insert(at);
    }

    /// When the order came; nothing where there is none.
    pub fn came_at(&self, id: ClientOrderId) -> Option<Timestamp> {
        self.orders.get(&id)?.came_at
    }

    /// The bot has heard of a report: which, where it is not long past.
    pub fn heard(&mut self, number: u64) -> Option<ExecutionReport> {
        self.unheard.remove(&number);
        if self.is_brief {
            return self.reports.remove(&number);
        }
        self.reports.get(&number).copied()
    }

    /// All reports of an order made up to and at `at`.
    pub fn of(&self, id: ClientOrderId, at: Timestamp) -> Vec<Numbered> {
        let numbers = self.orders.get(&id).map_or(&[][..], |record| &record.numbers);
        self.these(numbers.iter(), at)
    }

    /// Those of an order that the bot has not heard of.
    pub fn unheard_of(&self, id: ClientOrderId, at: Timestamp) -> Vec<Numbered> {
        let Some(record) = self.orders.get(&id).filter(|_| !self.are_heard()) else { return Vec::new() };
        self.these(record.numbers.iter().filter(|number| self.unheard.contains(number)), at)
    }

    /// All reports made up to and at `at` that the bot has not heard of.
    pub fn unheard(&self, at: Timestamp) -> Vec<Numbered> {
        self.these(self.unheard.iter(), at)
    }

    fn these<'a>(&self, numbers: impl Iterator<Item = &'a u64>, at: Timestamp) -> Vec<Numbered> {
        let known = numbers.filter_map(|number| Some((*number, *self.reports.get(number)?)));
        known.filter(|(_, report)| report.matched_at <= at).collect()
    }

    /// When the oldest of the requests was sent whose answer the bot has not heard.
    pub fn oldest_unheard_answer(&self) -> Option<Timestamp> {
        let unheard = self.unheard.iter().filter_map(|number| self.reports.get(number));
        unheard.filter(|report| report.matched_at == report.arrived_at).map(|report| report.sent_at).min()
    }

    /// The bot has heard of everything.
    pub fn are_heard(&self) -> bool {
        self.unheard.is_empty()
    }

    /// Forgets what is long over.
    pub fn forget(&mut self, now: Timestamp) {
        while let Some((_, id)) = self.ended.pop_front_if(|(ended_at, _)| ended_at.plus(KEPT) <= now) {
            let Some(record) = self.orders.get(&id) else { continue };
            if record.numbers.iter().any(|number| self.unheard.contains(number)) {
                self.ended.push_back((now, id));
                continue;
            }
            for number in &record.numbers {
                self.reports.remove(number);
            }
            self.orders.remove(&id);
        }
    }
}
