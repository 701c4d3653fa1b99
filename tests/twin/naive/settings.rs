use seatrial::model::{ContractKind, FeeSchedule, Filters, SelfTradePrevention, StatusChange, TriggerSource};
use seatrial::units::Money;

/// What market data there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Market {
    Book,
    Trades,
    Bars,
}

/// Who is ahead of a resting order, and what a shrinking level does to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    Front,
    RiskAverse,
    /// A decrease is split by x to this power.
    Power(u32),
    /// A decrease is split by log(1 + x).
    Log,
}

/// What the opposite best price at or through a resting order does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crossing {
    Never,
    Displayed,
    Whole,
    WholeAtRow,
}

/// The way through a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    HighFirst,
    LowFirst,
    Nearest,
    Worst,
}

/// Everything the twin can be told.
#[derive(Debug, Clone)]
pub struct Settings {
    pub market: Market,
    pub kind: ContractKind,
    /// Quote per tick and step.
    pub unit: Money,
    pub fees: FeeSchedule,
    pub filters: Filters,
    pub queue: Queue,
    pub crossing: Crossing,
    pub path: Path,
    pub at_price: bool,
    pub touch: bool,
    pub partial: bool,
    pub memory: bool,
    pub shared: bool,
    pub meet: bool,
    /// A post-only order whose amend would take stays.
    pub spare: bool,
    pub funds_checked: bool,
    pub trigger: TriggerSource,
    pub self_trade: SelfTradePrevention,
    pub half_spread: i64,
    pub assumed_ahead: Option<i64>,
    pub leverage: Option<u32>,
    pub quote: Money,
    pub position: i64,
    /// From when on the market is halted, or prices are multiples of so many ticks.
    pub statuses: Vec<StatusChange>,
}
