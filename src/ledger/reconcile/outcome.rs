use super::difference::{Difference, Figure};
use crate::model::Side;
use crate::units::{Money, Timestamp};
use serde::Serialize;

/// What a reconciliation came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reconciled {
    /// No difference.
    pub clean: bool,
    /// Journal entries read.
    pub entries: u64,
    /// Fills posted.
    pub fills: u64,
    /// The accounts at the end, market by market.
    pub markets: Vec<MarketRow>,
    /// The whole account.
    pub equity: EquityRow,
    /// Differences found; of these the first are listed.
    pub found: u64,
    /// The first differences, in the order of their entries.
    pub differences: Vec<Difference>,
}

/// The accounts of one market at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MarketRow {
    /// The venue's symbol.
    pub symbol: String,
    /// Asset bought and sold.
    pub base: String,
    /// Asset it is priced in.
    pub quote: String,
    /// One row a figure; the last is what is held here at the last mid marked.
    pub figures: Vec<FigureRow>,
    /// Reports that the bot had not heard when the run ended.
    pub reports_on_the_way: u64,
    /// The first fills among them.
    pub on_the_way: Vec<OnTheWay>,
}

/// One figure as every account has it. The bot's lacks what is on its way: `bot + on_the_way = ledger` where all is well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FigureRow {
    /// Which.
    pub figure: Figure,
    /// By the reports that the bot heard.
    pub bot: Money,
    /// By fills reported after the end.
    pub on_the_way: Money,
    /// By the ledger.
    pub ledger: Money,
    /// By the venue's account.
    pub venue: Money,
}

/// A fill that the bot had not heard of when the run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OnTheWay {
    /// Number of its journal entry.
    pub entry: u64,
    /// The bot's number of the order.
    pub order: u64,
    /// Side of the order, as reported.
    pub side: Side,
    /// Quantity in base.
    pub quantity: String,
    /// Price in quote.
    pub price: String,
    /// When the bot would have heard of it, local clock.
    pub reported_at: Timestamp,
}

/// Equity of the whole account at the last mids marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct EquityRow {
    /// By the ledgers.
    pub ledger: Money,
    /// By the venues' accounts.
    pub venue: Money,
    /// By the journal's last mark; `None` without one.
    pub journal: Option<Money>,
    /// As the run recorded it; `None` where nobody said.
    pub run: Option<Money>,
    /// Times the journal says the equity of the whole account, at its start and at its marks, and it was compared.
    pub compared: u64,
    /// Times it was not, because a position already differed.
    pub not_compared: u64,
}
