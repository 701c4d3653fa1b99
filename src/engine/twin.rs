//! A second instance of the bot, alive beside it with the same key: it wants what the bot wants, and its orders have numbers of its own.

use crate::bot::Request;
use crate::bot::gateway::{Ask, Call, CallId};
use crate::checkpoint::kept;
use crate::model::ClientOrderId;
use crate::units::Timestamp;

/// Numbers of its orders, where no bot's own count will come.
const TWINS_FROM: u64 = 1 << 52;

/// The second instance.
#[derive(Debug)]
pub(super) struct Twin {
    /// It is alive until then.
    until: Timestamp,
    /// Orders that it has sent.
    sent: u64,
}

impl Twin {
    /// Nobody.
    pub const fn absent() -> Self {
        Self { until: Timestamp::MIN, sent: 0 }
    }

    /// It comes to life.
    pub const fn lives(&mut self, until: Timestamp) {
        self.until = until;
    }

    /// Orders have come under its numbers.
    pub const fn has_sent(&self) -> bool {
        0 < self.sent
    }

    /// What it sends beside what the bot does at `now`.
    pub fn copies(&mut self, request: &Request, now: Timestamp) -> Option<Call> {
        let Request::New(order) = request else { return None };
        if self.until <= now {
            return None;
        }
        self.sent += 1;
        let id = ClientOrderId(TWINS_FROM + self.sent);
        let ask = Ask::New(order.clone().under_another_id(id));
        Some(Call { id: CallId(u64::MAX - self.sent), ask, attempt: 1 })
    }
}

kept!(Twin {
    state: until, sent;
    parts: ;
    left: ;
});
