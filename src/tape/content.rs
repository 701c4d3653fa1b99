use super::column::Column;
use super::layout::Layout;
use super::{TapeHeader, TapeKind};
use crate::model::Instrument;
use crate::units::Span;

/// The running hash of a tape's content: kind, bar period, the instrument's scales, columns, and then batch by batch the bytes
/// of every column. Two tapes with the same content have the same hash, whatever they are called and whoever wrote them.
#[derive(Debug, Clone)]
pub(super) struct ContentHash(blake3::Hasher);

/// What the hash begins with, kept so that it can begin again in another layout.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    text: String,
}

impl Identity {
    pub(super) fn new(kind: TapeKind, period: Option<Span>, instrument: &Instrument) -> Self {
        let scales = [instrument.tick_size, instrument.step_size, instrument.multiplier];
        let scales = scales.map(|scale| format!("{}e-{}", scale.mantissa, scale.scale)).join(" ");
        let period = period.map_or(0, Span::nanos);
        Self { text: format!("seatrial tape content 1\n{kind:?} {period}\n{scales}\n") }
    }

    pub(super) fn of(header: &TapeHeader) -> Self {
        Self::new(header.kind, header.period, &header.instrument)
    }
}

impl ContentHash {
    pub(super) fn new(identity: &Identity, layout: Layout) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(identity.text.as_bytes());
        for &(name, role) in layout.columns() {
            hasher.update(format!("{name} {}\n", layout.data_type(role)).as_bytes());
        }
        Self(hasher)
    }

    pub(super) fn add(&mut self, columns: &[Column]) {
        for column in columns {
            self.0.update(column.bytes());
        }
    }

    /// The hash so far, 64 hex digits.
    pub(super) fn hex(&self) -> String {
        self.0.finalize().to_hex().to_string()
    }
}
