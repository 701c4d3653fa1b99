use super::{Figures, Turn};
use crate::units::{Span, Timestamp};

/// What a breaker tripped with, and when, until somebody or its pause opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Latch(Option<(Timestamp, Figures)>);

impl Latch {
    pub const fn trip(&mut self, at: Timestamp, figures: Figures) -> Option<Turn> {
        self.0 = Some((at, figures));
        Some(Turn::Trips(figures))
    }

    pub fn tripped(&self) -> Option<Figures> {
        self.0.map(|(_, figures)| figures)
    }

    /// At a mark: exactly a pause after the trip it is over.
    pub fn reopen(&mut self, pause: Option<Span>, at: Timestamp) -> Option<Turn> {
        let (tripped_at, _) = self.0?;
        if tripped_at.plus(pause?) <= at { self.release() } else { None }
    }

    pub fn release(&mut self) -> Option<Turn> {
        self.0.take().map(|_| Turn::Opens)
    }
}
