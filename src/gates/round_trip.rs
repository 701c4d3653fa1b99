use super::Execution;
use crate::units::Money;

/// What the present round trip has come to. One begins when a flat account takes a position and ends when the position is zero
/// again or crosses it; the fill that crosses belongs, fee and all, to the one that it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoundTrip {
    result: Money,
}

/// A round trip after a fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Booked {
    /// Realised so far, fees taken off.
    pub result: Money,
    /// It has ended with this fill.
    pub ended: bool,
}

impl RoundTrip {
    /// Takes in a fill, a bust or a correction. A result that leaves its range stays at its end. What is corrected while nothing is held belongs
    /// to a round trip that has ended: it was what it was when it was judged.
    pub fn book(&mut self, execution: &Execution) -> Booked {
        if execution.before.is_zero() && execution.after.is_zero() {
            return Booked { result: Money::ZERO, ended: false };
        }
        let result = Money::from_atto(self.result.atto().saturating_add(execution.result.atto()));
        let ended = execution.before.steps() != 0 && execution.opens_anew();
        self.result = if ended { Money::ZERO } else { result };
        Booked { result, ended }
    }

    pub fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&self.result.atto().to_le_bytes());
    }
}
