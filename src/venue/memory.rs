use crate::model::Side;
use crate::units::Price;

/// Entries at which memory first looks for levels the tape has dropped without a word (after a feed gap).
const SWEEP_AT: usize = 64;

/// What the bot took from one level of the tape and has not come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Taken {
    pub price: Price,
    /// Steps displayed by the tape that are no longer there.
    pub steps: i64,
    /// The tape's quantity when last heard of.
    pub displayed: i64,
}

/// Memory of taken liquidity, per side, rising by price.
///
/// A loss of the level is first a loss of what was taken: available stays min(available, new). A gain is new quantity.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Memory([Vec<Taken>; 2]);

impl Memory {
    fn place(&self, side: Side, price: Price) -> Result<usize, usize> {
        self.0[side.index()].binary_search_by_key(&price, |taken| taken.price)
    }

    /// What can still be had of a level that displays `displayed`.
    pub(super) fn available(&self, side: Side, price: Price, displayed: i64) -> i64 {
        if self.0[side.index()].is_empty() {
            return displayed;
        }
        match self.place(side, price) {
            Ok(place) => (displayed - self.0[side.index()][place].steps).max(0),
            Err(_) => displayed,
        }
    }

    /// Remembers that `steps` were taken; true when the level is new here.
    pub(super) fn take(&mut self, side: Side, price: Price, steps: i64, displayed: i64) -> bool {
        match self.place(side, price) {
            Ok(place) => {
                self.0[side.index()][place].steps += steps;
                false
            }
            Err(place) => {
                self.0[side.index()].insert(place, Taken { price, steps, displayed });
                true
            }
        }
    }

    /// The tape's level changed; true when nothing is remembered of it any more.
    #[inline]
    pub(super) fn on_change(&mut self, side: Side, price: Price, displayed: i64) -> bool {
        !self.0[side.index()].is_empty() && self.on_remembered(side, price, displayed)
    }

    fn on_remembered(&mut self, side: Side, price: Price, displayed: i64) -> bool {
        let Ok(place) = self.place(side, price) else { return false };
        let taken = &mut self.0[side.index()][place];
        // More than a level displays can be taken where fills are whole; a deleted level forgets that too.
        let loss = if displayed == 0 { taken.steps } else { taken.displayed.saturating_sub(displayed).max(0) };
        taken.steps -= loss.min(taken.steps);
        taken.displayed = displayed;
        let forgotten = taken.steps == 0;
        if forgotten {
            self.0[side.index()].remove(place);
        }
        forgotten
    }

    /// Forgets levels that the tape no longer displays, once there are many; tells their prices to `forget`.
    pub(super) fn sweep(&mut self, displayed: impl Fn(Side, Price) -> i64, mut forget: impl FnMut(Price)) {
        for side in Side::BOTH {
            let list = &mut self.0[side.index()];
            if list.len() < SWEEP_AT || !list.len().is_power_of_two() {
                continue;
            }
            list.retain(|taken| {
                let stays = displayed(side, taken.price) > 0;
                if !stays {
                    forget(taken.price);
                }
                stays
            });
        }
    }

    /// Everything remembered of one side, rising by price.
    pub(super) fn of(&self, side: Side) -> &[Taken] {
        &self.0[side.index()]
    }
}
