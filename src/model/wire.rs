use crate::units::{Span, Timestamp};
use std::fmt;

/// What can go wrong between a bot and its venue. Families of faults are named after these; the numbers are those of journals, and where the
/// catalogue of faults has the same fault, that one's (17 to 45).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum WireFault {
    /// The stream of execution reports is gone for a while; what was reported meanwhile is never sent again.
    StreamDisconnect = 1,
    /// A request never reaches the venue.
    RequestLost = 2,
    /// A request reaches the venue late, and all that were sent behind it with it.
    RequestDelayed = 3,
    /// The venue carries out a request and its reply is lost.
    ReplyLost = 17,
    /// The venue says that it does not know what became of a request, and carried it out.
    UnknownExecuted = 18,
    /// The venue says that it does not know what became of a request, and did not carry it out.
    UnknownNotExecuted = 61,
    /// A query says that an order is not there although it is.
    QueryLags = 19,
    /// The feed falls behind, more and more.
    SlowFeed = 62,
    /// A message of the feed is lost, and its number with it.
    SequenceGap = 4,
    /// A message of the feed comes twice.
    DuplicateMessage = 5,
    /// A message of the feed comes behind the next one.
    OutOfOrder = 6,
    /// A snapshot that was asked for is an old one.
    StaleSnapshot = 7,
    /// A message of the feed is damaged on its way; the venue's checksum says so.
    ChecksumMismatch = 8,
    /// A message of the feed leaves the book crossed.
    CrossedBook = 9,
    /// A print far from the market, which nobody traded at.
    BadTick = 10,
    /// The venue serves its best levels alone for a while.
    DepthLimit = 13,
    /// The bot does not read its feed for a while; the venue keeps so much for it, and drops the rest.
    SlowConsumer = 15,
    /// The feed's connection closes, and attempts to have it back are refused for a while.
    ReconnectStorm = 16,
    /// A report comes twice.
    DuplicateReport = 20,
    /// An order's fill is heard of before its acceptance.
    FillBeforeAck = 21,
    /// A fill is heard of late, after the order's end if need be.
    LateFill = 22,
    /// Too many requests: the venue asks to wait.
    RateLimit = 38,
    /// The address is banned for a while.
    Ban = 39,
    /// The request's stamp is outside of the venue's window.
    ClockSkew = 41,
    /// The request's nonce is not above the last.
    InvalidNonce = 42,
    /// The key is revoked, or has lost its permission, for good.
    KeyRevoked = 43,
    /// A firewall answers in the venue's place.
    Firewall = 44,
    /// The venue is too busy and did not look at the request.
    Overload = 45,
    /// Of an order that takes the place of another the first half is done: the other is cancelled, the order is not placed.
    ReplaceNotPlaced = 25,
    /// The second half is done: the order is placed, the other goes on.
    ReplaceNotCancelled = 63,
    /// The venue has lost the orders that wait for their trigger.
    StopLost = 32,
    /// Too many orders of which nothing was filled: the venue takes no new ones for a while.
    OrderBudget = 40,
    /// The venue's dead man's switch goes off, and ends every order.
    DeadMansSwitch = 55,
    /// The bot's process does not run for a while; then all that came meanwhile comes at once.
    LongPause = 58,
    /// A second instance of the bot is alive, with the same key.
    TwoInstances = 60,
    /// The bot's own disk takes its time for a write.
    SlowDisk = 64,
    /// The bot's own disk takes no writes for a while.
    FullDisk = 65,
    /// The bot's process ends, and of what it wrote last to its own log a part is there.
    TornWrite = 57,
}

impl WireFault {
    /// All of them: those of the feed, those of requests and reports, those of the venue's state and the bot's own side, each in the order of the catalogue.
    pub const ALL: [Self; 38] = [
        Self::SlowFeed,
        Self::SequenceGap,
        Self::DuplicateMessage,
        Self::OutOfOrder,
        Self::StaleSnapshot,
        Self::ChecksumMismatch,
        Self::CrossedBook,
        Self::BadTick,
        Self::DepthLimit,
        Self::SlowConsumer,
        Self::ReconnectStorm,
        Self::StreamDisconnect,
        Self::RequestLost,
        Self::RequestDelayed,
        Self::ReplyLost,
        Self::UnknownExecuted,
        Self::UnknownNotExecuted,
        Self::QueryLags,
        Self::DuplicateReport,
        Self::FillBeforeAck,
        Self::LateFill,
        Self::RateLimit,
        Self::Ban,
        Self::ClockSkew,
        Self::InvalidNonce,
        Self::KeyRevoked,
        Self::Firewall,
        Self::Overload,
        Self::ReplaceNotPlaced,
        Self::ReplaceNotCancelled,
        Self::StopLost,
        Self::OrderBudget,
        Self::DeadMansSwitch,
        Self::LongPause,
        Self::TwoInstances,
        Self::SlowDisk,
        Self::FullDisk,
        Self::TornWrite,
    ];

    /// Its word in scenarios, journals and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SlowFeed => "slow-feed",
            Self::SequenceGap => "sequence-gap",
            Self::DuplicateMessage => "duplicate-message",
            Self::OutOfOrder => "out-of-order",
            Self::StaleSnapshot => "stale-snapshot",
            Self::ChecksumMismatch => "checksum-mismatch",
            Self::CrossedBook => "crossed-book",
            Self::BadTick => "bad-tick",
            Self::DepthLimit => "depth-limit",
            Self::SlowConsumer => "slow-consumer",
            Self::ReconnectStorm => "reconnect-storm",
            Self::StreamDisconnect => "stream-disconnect",
            Self::RequestLost => "request-lost",
            Self::RequestDelayed => "request-delayed",
            Self::ReplyLost => "reply-lost",
            Self::UnknownExecuted => "unknown-executed",
            Self::UnknownNotExecuted => "unknown-not-executed",
            Self::QueryLags => "query-lags",
            Self::DuplicateReport => "duplicate-report",
            Self::FillBeforeAck => "fill-before-ack",
            Self::LateFill => "late-fill",
            Self::RateLimit => "rate-limit",
            Self::Ban => "ban",
            Self::ClockSkew => "clock-skew",
            Self::InvalidNonce => "invalid-nonce",
            Self::KeyRevoked => "key-revoked",
            Self::Firewall => "firewall",
            Self::Overload => "overload",
            Self::ReplaceNotPlaced => "replace-not-placed",
            Self::ReplaceNotCancelled => "replace-not-cancelled",
            Self::StopLost => "stop-lost",
            Self::OrderBudget => "order-budget",
            Self::DeadMansSwitch => "dead-mans-switch",
            Self::LongPause => "long-pause",
            Self::TwoInstances => "two-instances",
            Self::SlowDisk => "slow-disk",
            Self::FullDisk => "full-disk",
            Self::TornWrite => "torn-write",
        }
    }

    /// What happens, in a sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::SlowFeed => "market data come later and later for a while",
            Self::SequenceGap => "a message of the feed is lost, and its number with it",
            Self::DuplicateMessage => "a message of the feed comes twice",
            Self::OutOfOrder => "a message of the feed comes behind the next one",
            Self::StaleSnapshot => "a snapshot that was asked for is an old one",
            Self::ChecksumMismatch => "a message of the feed is damaged, and the venue's checksum says so",
            Self::CrossedBook => "a message of the feed leaves the book crossed",
            Self::BadTick => "a print ten times or a tenth of the market, which nobody traded at",
            Self::DepthLimit => "the venue serves its ten best levels alone for a while",
            Self::SlowConsumer => "the bot does not read its feed for a while, and the venue drops what it cannot keep",
            Self::ReconnectStorm => {
                "the feed's connection closes, and attempts to have it back are refused for a while"
            }
            Self::StreamDisconnect => {
                "the stream of execution reports is gone for a while, and what was reported meanwhile is never sent again"
            }
            Self::RequestLost => "a request never reaches the venue",
            Self::RequestDelayed => "a request reaches the venue late, and all behind it with it",
            Self::ReplyLost => "the venue carries a request out and its reply is lost",
            Self::UnknownExecuted => "the venue does not know what became of a request, and carried it out",
            Self::UnknownNotExecuted => "the venue does not know what became of a request, and did not carry it out",
            Self::QueryLags => "a query does not find an order that is there",
            Self::DuplicateReport => "a report comes twice",
            Self::FillBeforeAck => "an order's acceptance is heard of late, its fills before it",
            Self::LateFill => "a fill is heard of late, after the order's end if need be",
            Self::RateLimit => "too many requests: the venue asks to wait",
            Self::Ban => "the address is banned for a while",
            Self::ClockSkew => "the request's stamp is outside of the venue's window",
            Self::InvalidNonce => "the request's nonce is not above the last",
            Self::KeyRevoked => "the key is revoked for good",
            Self::Firewall => "a firewall answers in the venue's place",
            Self::Overload => "the venue is too busy and did not look at the request",
            Self::ReplaceNotPlaced => "of a replacement the old order is cancelled, and the new one not placed",
            Self::ReplaceNotCancelled => "of a replacement the new order is placed, and the old one goes on",
            Self::StopLost => "the venue has lost the orders that wait for their trigger",
            Self::OrderBudget => "too many orders of which nothing was filled: the venue takes no new ones for a while",
            Self::DeadMansSwitch => "the venue's dead man's switch goes off, and ends every order",
            Self::TwoInstances => "a second instance of the bot is alive, with the same key",
            Self::SlowDisk => "a write to the bot's own log takes its time",
            Self::FullDisk => "the bot's own disk takes no writes for a while",
            Self::TornWrite => "the bot's process ends, and what it wrote last to its own log is half there",
            Self::LongPause => {
                "the bot's process does not run for a while, and then all that came meanwhile comes at once"
            }
        }
    }

    /// What a correct bot can still bring about while it fires.
    #[must_use]
    pub const fn achieves(self) -> Achieves {
        match self {
            Self::StreamDisconnect | Self::RateLimit | Self::Ban => Achieves::TradesAfter,
            Self::SlowFeed | Self::SlowConsumer | Self::ReconnectStorm | Self::LongPause => Achieves::TradesAfter,
            Self::OrderBudget | Self::FullDisk => Achieves::TradesAfter,
            Self::KeyRevoked | Self::TwoInstances => Achieves::Halts,
            _ => Achieves::Trades,
        }
    }

    /// It is about market data; the others are about requests and reports.
    #[must_use]
    pub const fn is_of_feed(self) -> bool {
        matches!(
            self,
            Self::SlowFeed
                | Self::SequenceGap
                | Self::DuplicateMessage
                | Self::OutOfOrder
                | Self::StaleSnapshot
                | Self::ChecksumMismatch
                | Self::CrossedBook
                | Self::BadTick
                | Self::DepthLimit
                | Self::SlowConsumer
                | Self::ReconnectStorm
        )
    }

    /// It lasts for a while, and each second is an occasion for it to begin.
    #[must_use]
    pub const fn is_stretch_of_feed(self) -> bool {
        matches!(self, Self::SlowFeed | Self::DepthLimit | Self::SlowConsumer | Self::ReconnectStorm)
    }

    /// It strikes at an instant, and there are no occasions to count.
    #[must_use]
    pub const fn is_at_instant(self) -> bool {
        matches!(
            self,
            Self::StreamDisconnect | Self::LongPause | Self::StopLost | Self::DeadMansSwitch | Self::TwoInstances
        )
    }

    /// Something is answered in the venue's place, or by a venue that cannot do what it was asked for.
    #[must_use]
    pub const fn is_answered(self) -> bool {
        matches!(
            self,
            Self::UnknownExecuted
                | Self::UnknownNotExecuted
                | Self::QueryLags
                | Self::RateLimit
                | Self::Ban
                | Self::ClockSkew
                | Self::InvalidNonce
                | Self::KeyRevoked
                | Self::Firewall
                | Self::Overload
                | Self::ReplaceNotPlaced
                | Self::ReplaceNotCancelled
                | Self::OrderBudget
        )
    }

    /// It strikes the disk on which the bot keeps its own log.
    #[must_use]
    pub const fn is_of_disk(self) -> bool {
        matches!(self, Self::SlowDisk | Self::FullDisk | Self::TornWrite)
    }

    /// It strikes the bot's whole process, and so all of its connections at once.
    #[must_use]
    pub const fn is_of_process(self) -> bool {
        matches!(self, Self::LongPause)
    }

    /// The fault with that number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| *fault as u8 == code)
    }

    /// The fault with that word.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.as_str() == name)
    }
}

/// What a correct bot can still bring about while a fault fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Achieves {
    /// It trades on, and knows what it has.
    Trades,
    /// It stands still for as long as the fault lasts, and trades afterwards.
    TradesAfter,
    /// A declared halt is all there is.
    Halts,
}

impl Achieves {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Trades => "trades on, and knows what it has",
            Self::TradesAfter => "stands still meanwhile, and trades afterwards",
            Self::Halts => "a declared halt",
        }
    }
}

impl fmt::Display for WireFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a bot's gateway says of one endpoint of its venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[repr(u8)]
pub enum BreakerState {
    /// Calls go out.
    Closed = 0,
    /// None does, but for cancels.
    Open = 1,
    /// One is let out, to see.
    HalfOpen = 2,
}

impl BreakerState {
    /// All of them, by their numbers.
    pub const ALL: [Self; 3] = [Self::Closed, Self::Open, Self::HalfOpen];

    /// Its word in journals and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
        }
    }
}

/// Where a bot has its balances from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[repr(u8)]
pub enum BalanceSource {
    /// The venue answers when it is asked.
    Venue = 0,
    /// It does not; this is the last that it said.
    LastKnown = 1,
    /// It has not for too long, or never has: the bot's own books.
    OwnBooks = 2,
}

impl BalanceSource {
    /// All of them, by their numbers.
    pub const ALL: [Self; 3] = [Self::Venue, Self::LastKnown, Self::OwnBooks];
}

/// What happened on the wire between a bot and its venue, as far as it mattered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum WireEvent {
    /// A fault fired. `cause` counts the firings of the connection, from 1.
    Fault {
        /// Which.
        fault: WireFault,
        /// Its number.
        cause: u64,
    },
    /// A request was sent again: this is its attempt with this number, from 2.
    Resent(u64),
    /// A request was sent again under this client order id, which is not the one that was cleared: a gateway without idempotency does that.
    ResentAs(u64),
    /// The gateway does not know whether the venue has a request.
    Unknown,
    /// A query found what the gateway did not know about.
    Found,
    /// The venue does not have it, and was given the time to.
    Absent,
    /// A report came that was known; it was dropped.
    Dropped,
    /// Nothing new goes out until that instant: the venue asked for it, or banned the address.
    Waits(Timestamp),
    /// A call went out before the instant until which the venue had asked to wait.
    Impatient(Span),
    /// A circuit breaker changed.
    Breaker(BreakerState),
    /// The stream of execution reports was lost.
    Disconnected,
    /// It is back.
    Connected,
    /// The gateway asks for all that it has not heard of.
    Reconciling,
    /// It has heard of everything: so many reports were news.
    Reconciled(u64),
    /// The gateway gives up for good, and says so: a declared halt.
    Halted,
    /// The bot learns only now of the report of this market with that number, from 1, which did not reach it when it was made.
    Heard(u64),
    /// From now on the bot has its balances from there.
    BalanceFrom(BalanceSource),
    /// The venue has said what it holds, and the bot believes it.
    Balanced,
    /// The venue has said what it holds, and the bot's own books say something else: it asks again.
    BalanceDiffers,
    /// So many bytes of state the bot keeps: account, gates, strategy, gateway.
    Weighs(u64),
    /// What the fault noted before it at the same instant struck: a message of the feed, by its number, and for how long.
    Struck {
        /// Number of the message at the venue's end of the feed, from 1.
        message: u64,
        /// How long it lasts, or by how much it delays.
        by: Span,
    },
    /// The bot takes its book for broken and shows none.
    Unsynchronised(FeedTrouble),
    /// Its book is sound, up to and with this message of the feed.
    Synchronised {
        /// Number of the message.
        message: u64,
        /// [Checksum](super::book_checksum) of the bot's book.
        checksum: u32,
    },
    /// The bot shows the book of its second source of market data.
    FailedOver {
        /// Number of the last message in it, at the first source.
        message: u64,
        /// [Checksum](super::book_checksum) of that book.
        checksum: u32,
    },
    /// The bot has asked for a snapshot of the book.
    SnapshotAsked,
    /// The snapshot was older than the differences at hand, and was not taken.
    SnapshotRefused(u64),
    /// A message of the feed that was known was dropped.
    MessageDropped(u64),
    /// A print so far from the market was not believed: its price in ticks.
    TickHeld(u64),
    /// The bot tries to connect to its feed, for the so-manieth time in a row.
    Connecting(u64),
    /// The venue has said again, and late enough to be believed, what the bot's own books do not say: they are wrong.
    BooksWrong,
    /// A new order leaves the bot's process for the venue: its attempt with this number, from 1. Noted where the bot keeps a log of its own.
    Left(u64),
    /// The record of a request is whole in the bot's own log: its number there.
    Logged(u64),
    /// The record of a request could not be written, or what else there was to write; its number, 0 where it was no request.
    LogFailed(u64),
    /// The bot cannot write its log: until it can, nothing that adds risk goes out.
    LogDown,
    /// It can again.
    LogUp,
    /// The bot has read its log again: so many records were whole, and so many bytes behind them torn.
    LogRead {
        /// Records.
        records: u64,
        /// Bytes.
        torn: u64,
    },
}

/// What a bot finds wrong with its book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[repr(u8)]
pub enum FeedTrouble {
    /// Messages are missing.
    Gap = 0,
    /// The venue's checksum is another.
    Checksum = 1,
    /// The bid is at or above the ask.
    Crossed = 2,
    /// It is told too late.
    Late = 3,
    /// Nothing is told, not even that the connection is alive.
    Stale = 4,
    /// The connection is closed.
    Closed = 5,
}

impl FeedTrouble {
    /// All of them, by their numbers.
    pub const ALL: [Self; 6] = [Self::Gap, Self::Checksum, Self::Crossed, Self::Late, Self::Stale, Self::Closed];

    /// Its word in journals and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Checksum => "checksum",
            Self::Crossed => "crossed",
            Self::Late => "late",
            Self::Stale => "stale",
            Self::Closed => "closed",
        }
    }
}

impl WireEvent {
    /// Number of the kind, and its value, as a journal keeps them.
    #[must_use]
    pub const fn parts(self) -> (u8, u64, u64) {
        match self {
            Self::Fault { fault, cause } => (0, fault as u64, cause),
            Self::Resent(attempt) => (1, attempt, 0),
            Self::ResentAs(id) => (2, id, 0),
            Self::Unknown => (3, 0, 0),
            Self::Found => (4, 0, 0),
            Self::Absent => (5, 0, 0),
            Self::Dropped => (6, 0, 0),
            Self::Waits(until) => (7, until.nanos().cast_unsigned(), 0),
            Self::Impatient(by) => (8, by.nanos().cast_unsigned(), 0),
            Self::Breaker(state) => (9, state as u64, 0),
            Self::Disconnected => (10, 0, 0),
            Self::Connected => (11, 0, 0),
            Self::Reconciling => (12, 0, 0),
            Self::Reconciled(news) => (13, news, 0),
            Self::Halted => (14, 0, 0),
            Self::Heard(report) => (15, report, 0),
            Self::Struck { message, by } => (16, message, by.nanos().cast_unsigned()),
            Self::Unsynchronised(trouble) => (17, trouble as u64, 0),
            Self::Synchronised { message, checksum } => (18, message, checksum as u64),
            Self::FailedOver { message, checksum } => (19, message, checksum as u64),
            Self::SnapshotAsked => (20, 0, 0),
            Self::SnapshotRefused(message) => (21, message, 0),
            Self::MessageDropped(message) => (22, message, 0),
            Self::TickHeld(price) => (23, price, 0),
            Self::Connecting(attempt) => (24, attempt, 0),
            Self::Weighs(bytes) => (25, bytes, 0),
            Self::BalanceFrom(source) => (26, source as u64, 0),
            Self::Balanced => (27, 0, 0),
            Self::BalanceDiffers => (28, 0, 0),
            Self::BooksWrong => (29, 0, 0),
            Self::Left(attempt) => (30, attempt, 0),
            Self::Logged(record) => (31, record, 0),
            Self::LogFailed(record) => (32, record, 0),
            Self::LogDown => (33, 0, 0),
            Self::LogUp => (34, 0, 0),
            Self::LogRead { records, torn } => (35, records, torn),
        }
    }

    /// The event with these parts; `None` where there is none.
    #[must_use]
    pub fn from_parts((kind, value, more): (u8, u64, u64)) -> Option<Self> {
        let state = || BreakerState::ALL.get(usize::try_from(value).ok()?).copied();
        Some(match kind {
            0 => Self::Fault { fault: WireFault::from_code(u8::try_from(value).ok()?)?, cause: more },
            1 => Self::Resent(value),
            2 => Self::ResentAs(value),
            3 => Self::Unknown,
            4 => Self::Found,
            5 => Self::Absent,
            6 => Self::Dropped,
            7 => Self::Waits(Timestamp::from_nanos(value.cast_signed())),
            8 => Self::Impatient(Span::from_nanos(value.cast_signed())),
            9 => Self::Breaker(state()?),
            10 => Self::Disconnected,
            11 => Self::Connected,
            12 => Self::Reconciling,
            13 => Self::Reconciled(value),
            14 => Self::Halted,
            15 => Self::Heard(value),
            16 => Self::Struck { message: value, by: Span::from_nanos(more.cast_signed()) },
            17 => Self::Unsynchronised(*FeedTrouble::ALL.get(usize::try_from(value).ok()?)?),
            18 => Self::Synchronised { message: value, checksum: u32::try_from(more).ok()? },
            19 => Self::FailedOver { message: value, checksum: u32::try_from(more).ok()? },
            20 => Self::SnapshotAsked,
            21 => Self::SnapshotRefused(value),
            22 => Self::MessageDropped(value),
            23 => Self::TickHeld(value),
            24 => Self::Connecting(value),
            25 => Self::Weighs(value),
            26 => Self::BalanceFrom(*BalanceSource::ALL.get(usize::try_from(value).ok()?)?),
            27 => Self::Balanced,
            28 => Self::BalanceDiffers,
            29 => Self::BooksWrong,
            30 => Self::Left(value),
            31 => Self::Logged(value),
            32 => Self::LogFailed(value),
            33 => Self::LogDown,
            34 => Self::LogUp,
            35 => Self::LogRead { records: value, torn: more },
            _ => return None,
        })
    }

    /// It is about market data.
    #[must_use]
    pub const fn is_of_feed(self) -> bool {
        match self {
            Self::Fault { fault, .. } => fault.is_of_feed(),
            Self::Struck { .. }
            | Self::Unsynchronised(_)
            | Self::Synchronised { .. }
            | Self::FailedOver { .. }
            | Self::SnapshotAsked
            | Self::SnapshotRefused(_)
            | Self::MessageDropped(_)
            | Self::TickHeld(_)
            | Self::Connecting(_) => true,
            _ => false,
        }
    }

    /// Its word in journals and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fault { .. } => "fault",
            Self::Resent(_) => "resent",
            Self::ResentAs(_) => "resent-as",
            Self::Unknown => "unknown",
            Self::Found => "found",
            Self::Absent => "absent",
            Self::Dropped => "dropped",
            Self::Waits(_) => "waits",
            Self::Impatient(_) => "impatient",
            Self::Breaker(_) => "breaker",
            Self::Disconnected => "disconnected",
            Self::Connected => "connected",
            Self::Reconciling => "reconciling",
            Self::Reconciled(_) => "reconciled",
            Self::Halted => "halted",
            Self::Heard(_) => "heard",
            Self::Weighs(_) => "weighs",
            Self::BalanceFrom(_) => "balance-from",
            Self::Balanced => "balanced",
            Self::BalanceDiffers => "balance-differs",
            Self::BooksWrong => "books-wrong",
            Self::Left(_) => "left",
            Self::Logged(_) => "logged",
            Self::LogFailed(_) => "log-failed",
            Self::LogDown => "log-down",
            Self::LogUp => "log-up",
            Self::LogRead { .. } => "log-read",
            Self::Struck { .. } => "struck",
            Self::Unsynchronised(_) => "unsynchronised",
            Self::Synchronised { .. } => "synchronised",
            Self::FailedOver { .. } => "failed-over",
            Self::SnapshotAsked => "snapshot-asked",
            Self::SnapshotRefused(_) => "snapshot-refused",
            Self::MessageDropped(_) => "message-dropped",
            Self::TickHeld(_) => "tick-held",
            Self::Connecting(_) => "connecting",
        }
    }
}
