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
        let sets_right = self.kind.sets_right();
        let stray = [
            ("fill", self.fill.is_some() && !sets_right),
            ("price", self.price.is_some() && self.kind != EventKind::Correction),
            ("ticks", self.ticks.is_some() && self.kind != EventKind::Correction),
            ("amount", self.amount.is_some() && sets_right),
        ];
        for (name, _) in stray.into_iter().filter(|(_, is_stray)| *is_stray) {
            let allowed = if name == "fill" { "a bust or a correction" } else { "a correction" };
            let problem = Problem::new(key(name), format!("found one, of {}", self.kind.words()), allowed);
            found.push(match name {
                "amount" => Problem::new(key(name), format!("found one, of {}", self.kind.words()), "no amount")
                    .hint("what it moves follows from the fill"),
                _ => problem,
            });
        }
        if self.fill == Some(0) {
            found.push(Problem::new(key("fill"), "found 0", "1 or more: fills count from 1"));
        }
        if self.kind == EventKind::Correction {
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
