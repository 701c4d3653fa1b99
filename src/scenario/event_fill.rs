//! Which fill an event of a scenario sets right, and how.

use super::event::{EventFile, EventKind};
use super::problem::Problem;
use crate::model::{Instrument, NewPrice};
use crate::units::Price;

/// Most ticks by which a correction moves a price.
const TICKS_MAX: u64 = 1_000_000_000;

impl EventFile {
    /// Keys of busts and corrections, and those that they do not have.
    pub(super) fn check_fill(&self, key: &dyn Fn(&str) -> String, found: &mut Vec<Problem>) {
        let (sets_right, corrects) = (self.kind.sets_right(), self.kind == EventKind::Correction);
        let mut stray = |name: &str, allowed: &str| {
            found.push(Problem::new(key(name), format!("found one, of {}", self.kind.words()), allowed));
        };
        if self.fill.is_some() && !sets_right {
            stray("fill", "a bust or a correction");
        }
        if self.price.is_some() && !corrects {
            stray("price", "a correction");
        }
        if self.ticks.is_some() && !corrects {
            stray("ticks", "a correction");
        }
        if self.amount.is_some() && sets_right {
            stray("amount", "no amount: what it moves follows from the fill");
        }
        if self.fill == Some(0) {
            found.push(Problem::new(key("fill"), "found 0", "1 or more: fills count from 1"));
        }
        if corrects {
            found.extend(self.price_problem(key));
        }
    }

    fn price_problem(&self, key: &dyn Fn(&str) -> String) -> Option<Problem> {
        match (self.price, self.ticks) {
            (None, None) => {
                let problem = Problem::new(key("price"), "nothing", "a price, or `ticks` to move it by");
                Some(problem.hint("say at which price the fill should have been"))
            }
            (Some(_), Some(ticks)) => {
                let problem = Problem::new(key("ticks"), format!("found {ticks} beside a price"), "one of the two");
                Some(problem.hint("drop `price`, or `ticks`"))
            }
            (None, Some(0)) => Some(Problem::new(key("ticks"), "found 0", "any other number of ticks")),
            (None, Some(ticks)) if TICKS_MAX < ticks.unsigned_abs() => {
                Some(Problem::new(key("ticks"), format!("found {ticks}"), format!("-{TICKS_MAX} to {TICKS_MAX}")))
            }
            _ => None,
        }
    }

    /// What a correction makes of the price; a price that the instrument does not have is a problem.
    pub(super) fn new_price(
        &self,
        line: u32,
        instrument: Option<&Instrument>,
        problems: &mut Vec<Problem>,
    ) -> NewPrice {
        let Some((price, instrument)) = self.price.zip(instrument) else {
            return NewPrice::Moved(self.ticks.unwrap_or_default());
        };
        let ticks = price.multiple_of(instrument.tick_size);
        let allowed = match &ticks {
            Ok(1..) => None,
            Ok(_) => Some("more than 0".to_owned()),
            Err(allowed) => Some(format!("{allowed}, the tick of {}", instrument.symbol)),
        };
        let key = || format!("events[{}].price", line - 1);
        problems.extend(allowed.map(|allowed| Problem::new(key(), format!("found {price}"), allowed)));
        NewPrice::At(Price::new(ticks.unwrap_or_default().max(1)))
    }
}
