use super::orders::Known;
use crate::model::ExecutionReport;
use crate::units::Timestamp;
use std::collections::VecDeque;

/// States kept apart at most, of one instant. Beyond, those that know least are dropped, and it is known that some were.
const STATES_MAX: usize = 64;

/// What a bot can know of its account in one market. Mostly that is one state; where several reports arrive at the instant of a
/// decision and each wakes the strategy, it has heard of some of them or all.
#[derive(Debug, Clone)]
pub(super) struct Mind {
    /// Reports on their way, as the venue made them.
    due: VecDeque<ExecutionReport>,
    /// Possible states, each with how many of `due` it has heard of; the one that knows least first.
    states: Vec<(usize, Known)>,
    /// Of this instant there were more states than are kept apart: a decision that follows from none of them may be right.
    dropped: bool,
}

impl Default for Mind {
    fn default() -> Self {
        Self { due: VecDeque::new(), states: vec![(0, Known::default())], dropped: false }
    }
}

impl Mind {
    pub fn opens_with(&mut self, position: i128) {
        self.states.iter_mut().for_each(|(_, known)| known.position = position);
    }

    /// A report is on its way.
    pub fn on_its_way(&mut self, report: &ExecutionReport) {
        insert(&mut self.due, report);
    }

    /// The bot has heard of everything that arrived before `at`.
    pub fn hear_before(&mut self, at: Timestamp) {
        self.hear_while(|report| report.reported_at < at);
    }

    /// The bot has heard of everything that arrived up to and at `at`.
    pub fn hear_to(&mut self, at: Timestamp) {
        self.hear_while(|report| report.reported_at <= at);
    }

    fn hear_while(&mut self, arrived: impl Fn(&ExecutionReport) -> bool) {
        while let Some(report) = self.due.pop_front_if(|report| arrived(report)) {
            for (knows, known) in &mut self.states {
                match knows.checked_sub(1) {
                    Some(less) => *knows = less,
                    None => known.learn(&report),
                }
            }
        }
        if self.states.len() > 1 {
            self.unite();
        }
        self.dropped &= !self.due.is_empty() || self.states.len() > 1;
    }

    /// Keeps one of those that are alike. A report and a decision that do not touch each other lead to the same in either order.
    fn unite(&mut self) {
        self.states.sort_by_key(|(knows, _)| *knows);
        let mut united: Vec<(usize, Known)> = Vec::with_capacity(self.states.len());
        for state in self.states.drain(..) {
            let alike = united.iter().rev().take_while(|(knows, _)| *knows == state.0);
            if !alike.into_iter().any(|other| *other == state) {
                united.push(state);
            }
        }
        self.states = united;
    }

    /// Also takes into account that it may have heard of any number of the reports that arrive at `at`.
    pub fn maybe_hear_at(&mut self, at: Timestamp) {
        let arriving = self.due.iter().take_while(|report| report.reported_at <= at).count();
        if arriving == 0 {
            return;
        }
        let before = std::mem::take(&mut self.states);
        for (knows, known) in before {
            self.states.push((knows, known.clone()));
            let mut more = known;
            for (number, report) in self.due.iter().enumerate().take(arriving).skip(knows) {
                more.learn(report);
                self.states.push((number + 1, more.clone()));
            }
        }
        self.unite();
        let surplus = self.states.len().saturating_sub(STATES_MAX);
        self.states.drain(..surplus);
        self.dropped |= surplus != 0;
    }

    /// The states it can be in, the one that knows most last.
    pub fn states(&self) -> impl ExactSizeIterator<Item = &Known> {
        self.states.iter().map(|(_, known)| known)
    }

    /// True when it can be in a state that is not among [`states`](Self::states).
    pub const fn has_others(&self) -> bool {
        self.dropped
    }

    /// Keeps the states of which a decision can have come, if there is any.
    pub fn keep(&mut self, possible: &[bool]) {
        if possible.contains(&true) && possible.contains(&false) {
            let mut possible = possible.iter();
            self.states.retain(|_| possible.next().copied().unwrap_or(true));
        }
    }

    /// Changes every state.
    pub fn change(&mut self, act: impl Fn(&mut Known)) {
        self.states.iter_mut().for_each(|(_, known)| act(known));
    }
}

/// Puts a report among those on their way, behind those that arrive no later.
pub(super) fn insert(due: &mut VecDeque<ExecutionReport>, report: &ExecutionReport) {
    let place = match due.back() {
        Some(last) if report.reported_at < last.reported_at => {
            due.partition_point(|other| other.reported_at <= report.reported_at)
        }
        _ => due.len(),
    };
    due.insert(place, *report);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        ClientOrderId, Intent, IntentKey, MarketId, OrderId, OrderType, RejectReason, ReportKind, Side, TimeInForce,
    };
    use crate::units::{Price, Quantity};

    const AT: Timestamp = Timestamp::from_nanos(1_000);

    fn rejected(id: u64) -> ExecutionReport {
        ExecutionReport {
            market: MarketId::FIRST,
            client_order_id: ClientOrderId(id),
            order_id: OrderId(id),
            side: Side::Buy,
            kind: ReportKind::Rejected(RejectReason::UnknownOrder),
            executed: Quantity::ZERO,
            open: Quantity::ZERO,
            sent_at: AT,
            arrived_at: AT,
            matched_at: AT,
            reported_at: AT,
        }
    }

    fn intent(id: u64) -> Intent {
        let (price, quantity) = (Price::new(100), Quantity::new(1));
        Intent {
            intent_key: IntentKey(id),
            market: MarketId::FIRST,
            client_order_id: ClientOrderId(id),
            side: Side::Buy,
            order_type: OrderType::Limit { price },
            quantity,
            time_in_force: TimeInForce::GoodTilCancel,
            post_only: false,
            reduce_only: false,
            protective: false,
            replaces: None,
            expected_edge: None,
            reason: 0,
        }
    }

    /// A bot that hears of `reports` reports at one instant and sends `orders` orders meanwhile, none of them about another.
    fn mind_of(reports: u64, orders: u64) -> Mind {
        let mut mind = Mind::default();
        (0..reports).for_each(|id| mind.change(|known| known.sent(&intent(id), false)));
        (0..reports).for_each(|id| mind.on_its_way(&rejected(id)));
        for id in 0..orders {
            mind.maybe_hear_at(AT);
            mind.change(|known| known.sent(&intent(1_000 + id), false));
        }
        mind.maybe_hear_at(AT);
        mind
    }

    #[test]
    fn states_do_not_multiply_with_decisions() {
        for orders in [0, 1, 5, 20] {
            let mind = mind_of(22, orders);
            assert_eq!((mind.states().len(), mind.has_others()), (23, false), "{orders} orders");
        }
    }

    #[test]
    fn beyond_its_bound_it_is_said_that_there_are_others_until_all_is_heard() {
        let bound = STATES_MAX as u64;
        assert!(!mind_of(bound - 1, 0).has_others(), "as many as are kept apart");
        let mut mind = mind_of(bound, 0);
        assert!(mind.has_others() && mind.states().len() == STATES_MAX);
        mind.hear_before(AT);
        assert!(mind.has_others(), "at the same instant nothing more is known");
        mind.hear_to(AT);
        assert!(!mind.has_others() && mind.states().len() == 1);
    }
}
