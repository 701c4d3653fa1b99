use super::{FillPreset, FillRules};
use crate::model::{ClientOrderId, SelfTradePrevention, TriggerSource};
use crate::units::{Money, Quantity};

/// What kind of market data the venue matches against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MarketKind {
    /// Level changes and trades.
    L2,
    /// Trades only.
    ///
    /// There is no book, so taking is an assumption: any quantity is to be had at the last trade price moved against the
    /// bot by [`VenueConfig::assumed_half_spread_ticks`]. Resting limits fill by trades.
    Trades,
    /// Price bars.
    Bars,
}

/// In which order a bar's prices were reached. Only open, high, low and close are known, so this is an assumption.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum BarPath {
    /// Open, high, low, close.
    OpenHighLowClose,
    /// Open, low, high, close.
    OpenLowHighClose,
    /// The extreme nearer to the open first; at a tie the one away from the close, then the high.
    #[default]
    NearestExtremeFirst,
    /// Bar by bar the path that leaves the bot with less equity at the close.
    WorstForBot,
}

/// How the venue matches: assumptions and choices, none of them a fact of the tape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VenueConfig {
    /// How market data fill orders.
    pub fills: FillRules,
    /// Which price fires triggers. Without a book it is always the last trade.
    pub trigger: TriggerSource,
    /// What happens when own orders meet: the newest order's mode, one for the whole account.
    pub self_trade: SelfTradePrevention,
    /// Trades and bars tapes: a taking order pays this many ticks beyond the last price (or the bar's price).
    pub assumed_half_spread_ticks: i64,
    /// Trades tapes: steps assumed ahead of a resting order, where the queue model is not `Front`. `None`: so many that a
    /// trade at the price never reaches it.
    pub assumed_queue_ahead: Option<Quantity>,
    /// Path inside a bar.
    pub bar_path: BarPath,
    /// Linear contracts: worst-case position notional may be this many times the equity. `None`: unchecked.
    pub leverage_max: Option<u32>,
}

impl VenueConfig {
    /// The defaults with the fill rules of `preset`.
    #[must_use]
    pub fn preset(preset: FillPreset) -> Self {
        Self { fills: preset.rules(), ..Self::default() }
    }
}

/// What the account holds when the run starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Funds {
    /// Quote asset. For a linear contract: equity at the start, the opening position valued at the first mark seen.
    pub quote: Money,
    /// Signed position in steps; for spot the base held.
    pub position: Quantity,
}

/// Where the next market event can matter to an own order. The engine compares every row with these fields and calls the
/// venue only when one is reached, equality included.
///
/// * A trade at or below `buy_hi` or at or above `sell_lo`, whoever was the aggressor: `on_trade`.
/// * A trade at or beyond a last-price trigger: `on_trade`.
/// * A depth row on a marked tick, or of an ask at or below `buy_hi`, or of a bid at or above `sell_lo`: `on_depth`.
/// * The end of a message after which best prices differ, and which `best_triggers`, or puts the best ask at or below
///   `buy_hi`, or the best bid at or above `sell_lo`; and the end of any message while `message_end`: `on_message_end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    /// Highest limit tick of own resting buys; `i64::MIN` if none.
    pub buy_hi: i64,
    /// Lowest limit tick of own resting sells; `i64::MAX` if none.
    pub sell_lo: i64,
    /// Lowest tick at which a last-price trigger fires upward; `i64::MAX` if none.
    pub last_at_or_above: i64,
    /// Highest tick at which a last-price trigger fires downward; `i64::MIN` if none.
    pub last_at_or_below: i64,
    /// A trigger watches the best prices.
    pub best_triggers: bool,
    /// A level an own order crosses gained quantity: `on_message_end` is due although best prices may not have moved.
    pub message_end: bool,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            buy_hi: i64::MIN,
            sell_lo: i64::MAX,
            last_at_or_above: i64::MAX,
            last_at_or_below: i64::MIN,
            best_triggers: false,
            message_end: false,
        }
    }
}

/// A bar whose outcome depended on the assumed path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ambiguity {
    /// The oldest order that ends the bar differently on the other path.
    pub client_order_id: ClientOrderId,
    /// Equity at the bar's close on the path taken minus that on the worse path, in the quote asset; never negative.
    pub at_stake: Money,
}
