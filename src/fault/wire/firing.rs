use crate::model::WireFault;
use crate::units::{Span, Timestamp};
use std::cell::RefCell;
use std::rc::Rc;

/// A fault that has fired: enough to have it fire again by a script, at the same occasion and for as long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Firing {
    /// Which.
    pub fault: WireFault,
    /// Its number on its connection, as in the journal.
    pub cause: u64,
    /// When.
    pub at: Timestamp,
    /// Number of the occasion among those of its family on its connection, from 1; 0 for a lost stream, which has none.
    pub occasion: u64,
    /// How long it lasts, or by how much it delays.
    pub lasts: Span,
}

/// Where a connection notes its firings for whoever wants to have them again.
pub type Firings = Rc<RefCell<Vec<Firing>>>;
