use crate::fault::wire::VenueReplies;
use crate::model::{BreakerState, ClientOrderId, WireEvent, WireFault};
use crate::units::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// A request whose fate the bot's gateway does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct UnknownFate {
    /// The order it is about.
    pub client_order_id: u64,
    /// Since when.
    pub since: Timestamp,
}

/// The last fault that fired on a wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LastFault {
    /// Which.
    pub fault: WireFault,
    /// Its number on its connection.
    pub cause: u64,
    /// When.
    pub at: Timestamp,
    /// The order it was about; `None` where it was about none.
    pub client_order_id: Option<u64>,
}

/// How the venue that the scenario names answers in the place of a fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnsweredAs {
    /// The venue and its product.
    pub venue: String,
    /// Status of the response, where its source names one.
    pub http_status: Option<u16>,
    /// Its code; empty where it has none.
    pub code: String,
    /// Its message; empty where the source names none.
    pub message: String,
    /// Where both stand in it.
    pub shape: String,
    /// All of that in a line, or that its profile has no reply.
    pub words: String,
}

impl AnsweredAs {
    /// The answer of `venue` to the firing of that number; nothing where nothing is answered in the venue's place.
    pub fn of(venue: &VenueReplies, fault: WireFault, cause: u64) -> Option<Self> {
        let name = venue.name();
        if !fault.is_answered() {
            return None;
        }
        Some(match venue.answer(fault, cause) {
            Some(reply) => Self {
                http_status: reply.http_status,
                code: reply.code.clone(),
                message: reply.message.clone(),
                shape: venue.shape_of(reply),
                words: format!("{} ({})", venue.words_of(reply), venue.shape_of(reply)),
                venue: name,
            },
            None => {
                let words = "nothing: its profile has no reply for it".to_owned();
                let (code, message, shape) = (String::new(), String::new(), String::new());
                Self { venue: name, http_status: None, code, message, shape, words }
            }
        })
    }
}

/// How the wire to a market stands, as the bot's gateway and the faults say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WireStand {
    /// The stream of execution reports is there; `None`: never lost so far. Else since when it is down.
    pub stream_down_since: Option<Timestamp>,
    /// The circuit breaker of new orders.
    pub breaker: &'static str,
    /// Until when the venue wants to be left alone.
    pub waits_until: Option<Timestamp>,
    /// Requests of unknown fate.
    pub unknown: Vec<UnknownFate>,
    /// The gateway has asked for what it missed, and has no answer.
    pub reconciling_since: Option<Timestamp>,
    /// When it last heard of everything it had missed.
    pub reconciled_at: Option<Timestamp>,
    /// The gateway has given up for good, and said so.
    pub halted: bool,
    /// Faults that have fired.
    pub faults: u64,
    /// The last of them.
    pub last_fault: Option<LastFault>,
    /// How the venue answers it that `faults.venue` names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_as: Option<AnsweredAs>,
    /// What is wrong with the book that the feed shows, or that it is the second source's; nothing where it is sound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub book: Option<&'static str>,
    /// Since when the bot cannot write its own log; nothing while it can, or keeps none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_down_since: Option<Timestamp>,
}

/// A wire while entries are taken.
#[derive(Debug, Clone, Default)]
pub(super) struct WireLine {
    /// Something was noted of it.
    is_wired: bool,
    down_since: Option<Timestamp>,
    breaker: Option<BreakerState>,
    waits_until: Option<Timestamp>,
    unknown: BTreeMap<ClientOrderId, Timestamp>,
    asked_since: Option<Timestamp>,
    reconciled_at: Option<Timestamp>,
    halted: bool,
    faults: u64,
    last: Option<LastFault>,
    book: Option<&'static str>,
    log_down_since: Option<Timestamp>,
}

impl WireLine {
    pub fn is_unknown(&self, id: ClientOrderId) -> bool {
        self.unknown.contains_key(&id)
    }

    /// An order that has ended has no unknown fate.
    pub fn ends(&mut self, id: ClientOrderId) {
        self.unknown.remove(&id);
    }

    pub fn take(&mut self, at: Timestamp, id: ClientOrderId, event: WireEvent) {
        self.is_wired = true;
        match event {
            WireEvent::Fault { fault, cause } => {
                self.faults += 1;
                let client_order_id = (id.0 != 0).then_some(id.0);
                self.last = Some(LastFault { fault, cause, at, client_order_id });
            }
            WireEvent::Unknown => drop(self.unknown.entry(id).or_insert(at)),
            WireEvent::Found | WireEvent::Absent => drop(self.unknown.remove(&id)),
            WireEvent::Waits(until) => self.waits_until = self.waits_until.max(Some(until)),
            WireEvent::Breaker(state) => self.breaker = Some(state),
            WireEvent::Disconnected => self.down_since = Some(at),
            WireEvent::Connected => self.down_since = None,
            WireEvent::Reconciling => drop(self.asked_since.get_or_insert(at)),
            WireEvent::Reconciled(_) => (self.asked_since, self.reconciled_at) = (None, Some(at)),
            WireEvent::Halted => self.halted = true,
            WireEvent::LogDown => self.log_down_since = Some(at),
            WireEvent::LogUp | WireEvent::LogRead { .. } => self.log_down_since = None,
            WireEvent::Resent(_)
            | WireEvent::ResentAs(_)
            | WireEvent::Dropped
            | WireEvent::Impatient(_)
            | WireEvent::Heard(_)
            | WireEvent::Weighs(_)
            | WireEvent::BalanceFrom(_)
            | WireEvent::Balanced
            | WireEvent::BalanceDiffers
            | WireEvent::BooksWrong
            | WireEvent::Left(_)
            | WireEvent::Logged(_)
            | WireEvent::LogFailed(_)
            | WireEvent::Struck { .. }
            | WireEvent::SnapshotAsked
            | WireEvent::SnapshotRefused(_)
            | WireEvent::MessageDropped(_)
            | WireEvent::TickHeld(_)
            | WireEvent::Connecting(_) => {}
            WireEvent::Unsynchronised(trouble) => self.book = Some(trouble.as_str()),
            WireEvent::Synchronised { .. } => self.book = None,
            WireEvent::FailedOver { .. } => self.book = Some("second source"),
        }
    }

    /// How it stands at `now`; `None` where no wire was ever heard of.
    pub fn stand(&self, now: Timestamp) -> Option<WireStand> {
        let fate = |(id, since): (&ClientOrderId, &Timestamp)| UnknownFate { client_order_id: id.0, since: *since };
        self.is_wired.then(|| WireStand {
            stream_down_since: self.down_since,
            breaker: self.breaker.unwrap_or(BreakerState::Closed).as_str(),
            waits_until: self.waits_until.filter(|until| now < *until),
            unknown: self.unknown.iter().map(fate).collect(),
            reconciling_since: self.asked_since,
            reconciled_at: self.reconciled_at,
            halted: self.halted,
            faults: self.faults,
            last_fault: self.last,
            answered_as: None,
            book: self.book,
            log_down_since: self.log_down_since,
        })
    }
}
