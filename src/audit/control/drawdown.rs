//! Equity falls at most so far from its highest, which so many marks in a row have to confirm; over it, it trips until somebody
//! re-enables it.

use super::loss::{Watch, shifted};
use super::{Case, Figures, Turn};
use crate::audit::setup::{Limits, LossLimits};
use crate::model::Mark;
use crate::units::{Money, Timestamp};
use std::collections::VecDeque;

/// The highest equity so far, and the marks that may confirm a higher one. No day ends it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Drawdown {
    watch: Option<Watch>,
    /// Instants marked last and the lowest equity of each.
    recent: VecDeque<(Timestamp, Money)>,
}

impl Drawdown {
    pub const fn open(&mut self, mark: &Mark) {
        self.watch = Some(Watch::from(mark.equity));
    }

    pub fn allocated(&mut self, amount: Money) {
        self.watch.iter_mut().for_each(|watch| watch.allocated(amount));
        self.recent.iter_mut().for_each(|(_, equity)| *equity = shifted(*equity, amount));
    }

    pub fn on_mark(&mut self, limits: &LossLimits, mark: &Mark) -> Option<Turn> {
        if self.watch.is_none() {
            self.open(mark);
            return None;
        }
        self.remember(mark, limits.confirm_marks.max(1) as usize);
        let confirmed = self.confirmed(limits.confirm_marks.max(1) as usize);
        let watch = self.watch.as_mut()?;
        match confirmed.filter(|peak| watch.tripped().is_none() && watch.baseline < *peak) {
            Some(peak) => {
                *watch = Watch::from(peak);
                None
            }
            None => watch.judge(limits, mark),
        }
    }

    pub fn reenable(&mut self) -> Option<Turn> {
        self.watch?.tripped()?;
        *self = Self::default();
        Some(Turn::Opens)
    }

    fn remember(&mut self, mark: &Mark, instants: usize) {
        match self.recent.back_mut() {
            Some((at, lowest)) if *at == mark.at => *lowest = mark.equity.min(*lowest),
            _ => self.recent.push_back((mark.at, mark.equity)),
        }
        let surplus = self.recent.len().saturating_sub(instants);
        self.recent.drain(..surplus);
    }

    /// What equity has not been below for so many instants.
    fn confirmed(&self, instants: usize) -> Option<Money> {
        let lowest = self.recent.iter().map(|(_, equity)| *equity).min();
        lowest.filter(|_| instants <= self.recent.len())
    }
}

pub fn judge(_: &Limits, case: &Case<'_>) -> Option<Figures> {
    case.memory.breakers.drawdown.watch?.tripped()
}
