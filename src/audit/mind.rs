use super::orders::Known;
use crate::model::ExecutionReport;
use crate::units::Timestamp;
use std::collections::VecDeque;

/// States kept apart at most, of one instant. Beyond, those that know least are dropped.
const STATES_MAX: usize = 64;

/// What a bot can know of its account in one market. Mostly that is one state; where several reports arrive at the instant of a
/// decision and each wakes the strategy, it has heard of some of them or all.
#[derive(Debug, Clone)]
pub(super) struct Mind {
    /// Reports on their way, as the venue made them.
    due: VecDeque<ExecutionReport>,
    /// Possible states, each with how many of `due` it has heard of; the one that knows least first.
    states: Vec<(usize, Known)>,
}

impl Default for Mind {
    fn default() -> Self {
        Self { due: VecDeque::new(), states: vec![(0, Known::default())] }
    }
}

impl Mind {
    pub fn opens_with(&mut self, position: i128) {
        self.states.iter_mut().for_each(|(_, known)| known.position = position);
    }

    /// A report is on its way.
    pub fn on_its_way(&mut self, report: &ExecutionReport) {
        self.due.push_back(*report);
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
            self.states.dedup();
        }
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
        self.states.sort_by_key(|(knows, _)| *knows);
        self.states.dedup();
        let surplus = self.states.len().saturating_sub(STATES_MAX);
        self.states.drain(..surplus);
    }

    /// The states it can be in, the one that knows most last.
    pub fn states(&self) -> impl ExactSizeIterator<Item = &Known> {
        self.states.iter().map(|(_, known)| known)
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
