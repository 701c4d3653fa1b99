use super::family::Family;
use super::{FaultPlan, Firing, Firings};
use crate::model::WireFault;
use crate::rng::Streams;
use crate::units::{Span, Timestamp};

/// What happens to a message of a feed on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageFate {
    /// Which fault.
    pub fault: WireFault,
    /// Its number on the feed.
    pub cause: u64,
    /// By how much it delays.
    pub by: Span,
}

/// Faults of a message that changes the book, in the order in which they are asked; at most one fires.
const OF_MESSAGES: [WireFault; 5] = [
    WireFault::SequenceGap,
    WireFault::DuplicateMessage,
    WireFault::OutOfOrder,
    WireFault::ChecksumMismatch,
    WireFault::CrossedBook,
];

/// Faults that last, in the order in which they are asked.
const STRETCHES: [WireFault; 4] =
    [WireFault::SlowFeed, WireFault::DepthLimit, WireFault::SlowConsumer, WireFault::ReconnectStorm];

/// The faults of one feed of market data: between the venue's end of it and the bot's.
#[derive(Debug, Clone)]
pub struct FeedFaults {
    families: Vec<Family>,
    causes: u64,
    heals_at: Timestamp,
    /// Who wants to know of every firing.
    firings: Option<Firings>,
}

impl FeedFaults {
    /// The faults of the feed called `name`.
    #[must_use]
    pub fn new(plan: &FaultPlan, streams: Streams, name: &str, firings: Option<Firings>) -> Self {
        let armed = plan.armed(streams).filter(|(spec, ..)| spec.fault.is_of_feed());
        let families = armed.map(|(spec, rate, scripted)| Family::new(spec, rate, scripted, streams, name)).collect();
        Self { families, causes: 0, heals_at: plan.heals_at, firings }
    }

    /// From then on nothing goes wrong any more.
    #[must_use]
    pub const fn heals_at(&self) -> Timestamp {
        self.heals_at
    }

    /// The fault can fire under this seed.
    #[must_use]
    pub fn has(&self, fault: WireFault) -> bool {
        self.families.iter().any(|family| family.spec.fault == fault)
    }

    /// An occasion for a fault.
    pub fn fires(&mut self, fault: WireFault, at: Timestamp) -> Option<MessageFate> {
        let is_healed = self.heals_at <= at;
        let family = self.families.iter_mut().find(|family| family.spec.fault == fault)?;
        let by = family.fires(at).filter(|_| !is_healed)?;
        let occasion = family.occasions;
        self.causes += 1;
        if let Some(firings) = &self.firings {
            firings.borrow_mut().push(Firing { fault, cause: self.causes, at, occasion, lasts: by });
        }
        Some(MessageFate { fault, cause: self.causes, by })
    }

    /// A message that changes the book sets out; while one before it waits to be overtaken it cannot be overtaken itself.
    pub fn on_message(&mut self, at: Timestamp, one_waits: bool) -> Option<MessageFate> {
        if self.families.is_empty() {
            return None;
        }
        let can = |fault: &WireFault| *fault != WireFault::OutOfOrder || !one_waits;
        OF_MESSAGES.into_iter().filter(can).find_map(|fault| self.fires(fault, at))
    }

    /// A second begins in which one of the faults can begin that last.
    pub fn on_second(&mut self, at: Timestamp) -> Option<MessageFate> {
        if self.families.is_empty() {
            return None;
        }
        STRETCHES.into_iter().find_map(|fault| self.fires(fault, at))
    }
}
