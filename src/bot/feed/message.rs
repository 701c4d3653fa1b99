use crate::model::{Level, Side, Trade, WireEvent};
use crate::units::{Price, Quantity, Timestamp};

/// A level that holds another quantity now; zero deletes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Update {
    /// Side of the book.
    pub side: Side,
    /// Price of the level.
    pub price: Price,
    /// What it holds now.
    pub quantity: Quantity,
}

/// What a message of a feed says. Numbers rise by one from message to message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// The book has changed, or somebody has traded.
    Difference {
        /// Its number.
        number: u64,
        /// The whole book: what was known before is void.
        is_whole: bool,
        /// Levels.
        updates: Vec<Update>,
        /// Trades.
        trades: Vec<Trade>,
        /// The venue serves so many levels of a side; all of them without.
        depth: Option<usize>,
        /// Checksum of the venue's book behind it, where it has one.
        checksum: Option<u32>,
    },
    /// The connection is alive.
    Heartbeat {
        /// Number of the last message.
        number: u64,
        /// Checksum of the venue's book.
        checksum: u32,
    },
    /// The book that was asked for, as it was behind a message.
    Snapshot {
        /// Number of that message.
        number: u64,
        /// Levels of both sides.
        levels: Vec<Update>,
        /// The venue serves so many levels of a side.
        depth: Option<usize>,
    },
    /// A book of the second source.
    Second {
        /// Number of the last message in it, at the first source.
        number: u64,
        /// Its best levels.
        levels: Vec<Update>,
    },
}

/// A message as it arrives at the bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedMessage {
    /// When it set out, on the venue's clock.
    pub venue_at: Timestamp,
    /// What it says.
    pub body: Body,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedDeed {
    /// The bot's view of the book is empty.
    Clear,
    /// A level of it is another.
    Set(Update),
    /// The bot hears of a trade.
    Trade(Trade),
    /// What came before it is shown together.
    End {
        /// When the newest of it set out.
        venue_at: Timestamp,
        /// The book can be traded on.
        is_sound: bool,
    },
    /// Ask the venue for a snapshot.
    AskSnapshot,
    /// Connect to the venue.
    Connect,
    /// Listen to the second source, or do not any more.
    Second(bool),
    /// Write down what happened.
    Note(WireEvent),
}

/// The levels of a book as updates.
pub(super) fn update((side, level): (Side, Level)) -> Update {
    Update { side, price: level.price, quantity: level.quantity }
}
