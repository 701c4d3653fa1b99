use super::gate::{Found, Turn};
use super::spec::{LimitSpec, Unit};
use crate::units::{MILLISECOND, Money, Span, Timestamp};

/// How long a breaker that latches stays tripped. Each gate that has it gives its own default.
pub(super) const fn pause_ms(default: i128) -> LimitSpec {
    LimitSpec {
        key: "pause_ms",
        unit: Unit::Milliseconds,
        default: Some(default),
        optional: false,
        min: 0,
        max: 7 * 86_400_000,
        words: "pause after a trip, where 0 is until it is re-enabled by name",
    }
}

/// What a breaker tripped at, and when. Figures are kept as amounts, whose text holds every digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tripped {
    at: Timestamp,
    value: Money,
    limit: Money,
}

/// Once tripped it stays so: until the first mark at which its pause is over, or, without a pause, until a person re-enables it.
#[derive(Debug, Clone)]
pub(super) struct Latch {
    pause: Option<Span>,
    tripped: Option<Tripped>,
}

impl Latch {
    /// Opens after so many milliseconds; after 0 never by itself.
    pub fn new(pause_ms: u32) -> Self {
        let pause = (pause_ms > 0).then(|| MILLISECOND.times(i64::from(pause_ms)));
        Self { pause, tripped: None }
    }

    #[inline(always)]
    pub fn check(&self) -> Result<(), Found> {
        match self.tripped {
            Some(Tripped { value, limit, .. }) => Err(Found { value: value.atto(), limit: limit.atto() }),
            None => Ok(()),
        }
    }

    pub const fn is_tripped(&self) -> bool {
        self.tripped.is_some()
    }

    pub fn trip(&mut self, at: Timestamp, found: Found) -> Turn {
        let [value, limit] = [found.value, found.limit].map(Money::from_atto);
        self.tripped = Some(Tripped { at, value, limit });
        Turn::Tripped(found)
    }

    /// Opens when the pause is over: exactly a pause after the trip it is. True when it was tripped before.
    pub fn reopen(&mut self, at: Timestamp) -> bool {
        let is_over = |tripped: &Tripped| self.pause.is_some_and(|pause| pause <= at.since(tripped.at));
        self.tripped.as_ref().is_some_and(is_over) && self.release()
    }

    /// True when it was tripped before.
    pub fn release(&mut self) -> bool {
        self.tripped.take().is_some()
    }

    pub const fn save(&self) -> Option<Tripped> {
        self.tripped
    }

    pub const fn restore(&mut self, state: Option<Tripped>) {
        self.tripped = state;
    }

    pub fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&[u8::from(self.tripped.is_some())]);
        if let Some(Tripped { at, value, limit }) = self.tripped {
            hasher.update(&at.nanos().to_le_bytes());
            hasher.update(&value.atto().to_le_bytes());
            hasher.update(&limit.atto().to_le_bytes());
        }
    }
}
