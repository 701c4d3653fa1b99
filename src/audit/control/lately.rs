use crate::units::{Span, Timestamp};
use std::collections::VecDeque;

/// Instants of a window that ends now, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lately(VecDeque<Timestamp>);

impl Lately {
    /// Takes in an instant and says how many there are within the window: one exactly a window old has left it.
    pub fn note(&mut self, at: Timestamp, window: Span) -> u64 {
        self.0.retain(|before| at < before.plus(window));
        self.0.push_back(at);
        self.0.len() as u64
    }

    pub fn forget(&mut self) {
        self.0.clear();
    }
}
