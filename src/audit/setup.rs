use super::alerts::AlertSetup;
use super::reinvest::AuditReinvest;
use crate::model::{AccountEvent, GateId, Instrument, MarketId, StatusChange};
use crate::units::{Fixed, Money, Overflow, Price, Quantity, Span, Timestamp};

/// What an audit knows of a run beside its journal and its tapes. The default knows nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditSetup {
    /// The markets, in order.
    pub markets: Vec<AuditMarket>,
    /// Every gate of the run in the order in which they judge, with the limits of those that can be audited.
    pub gates: Vec<AuditGate>,
    /// What wakes the strategy.
    pub wakes: Wakes,
    /// Length of the run's bars; zero where its tapes hold rows.
    pub bar: Span,
    /// Which breaker a command re-enables, by the command's number in the journal. One that is not listed may be any.
    pub reenables: Vec<(u32, GateId)>,
    /// What was to move the account without a fill. None: nobody looks at what did, but for marks.
    pub events: Vec<AuditEvent>,
    /// When each market's status changes, and to what: halts, and grids of prices. None: nobody looks.
    pub statuses: Vec<Vec<StatusChange>>,
    /// What moved money between the bots of a user, once a day; without it nothing did.
    pub reinvest: Option<AuditReinvest>,
    /// Which alerts were watched for.
    pub alerts: AlertSetup,
    /// Requests and reports travelled on wires that can lose them.
    pub wire: Option<AuditWire>,
    /// Market data came over supervised feeds.
    pub feed: Option<AuditFeed>,
}

/// What an audit knows of supervised feeds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFeed {
    /// The markets in order; nothing for one that is heard of as its tape says.
    pub supervised: Vec<Option<AuditLine>>,
    /// A feed that is a second late has to be taken for late.
    pub judges_delay: bool,
    /// How much longer than a bot has to look for itself its supervision may be silent, as its scenario says.
    pub allowed: Span,
    /// When the faults heal, and how long after that everything has to be well; nothing without faults.
    pub recovery: Option<(Timestamp, Span)>,
}

/// What an audit knows of one supervised feed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditLine {
    /// When its last message comes.
    pub ends_at: Timestamp,
    /// Stretches in which nothing was to arrive, whatever the faults were.
    pub stalls: Vec<AuditStall>,
}

/// A stretch of a disturbance in which nothing of a market arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditStall {
    /// The first instant of it.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
    /// What was sent meanwhile never comes.
    pub loses: bool,
}

/// What an audit knows of wires that can lose messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AuditWire {
    /// When the faults on them heal, and how long after that the bot has to have recovered; nothing without faults.
    pub recovery: Option<(Timestamp, Span)>,
    /// A gateway ends with its bot's process, where that ends without its state.
    pub loses_memory: bool,
    /// The bytes of what the bot keeps were noted.
    pub weighs: bool,
    /// Bots keep a log of their own.
    pub logs: bool,
    /// Balances were asked for; without one for so long nothing that adds risk may go out.
    pub balance_stale_after: Option<Span>,
}

/// Something that was to move an account without a fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditEvent {
    /// When first, as the scenario has it.
    pub at: Timestamp,
    /// How often again.
    pub every: Option<Span>,
    /// At which market.
    pub market: MarketId,
    /// What.
    pub what: AccountEvent,
    /// Its number in the journal, from 1.
    pub line: u32,
}

impl AuditSetup {
    /// A trip of `gate` wants what is held closed.
    pub(super) fn closes_position(&self, gate: GateId) -> bool {
        let row = self.gates.iter().find(|row| row.id == gate);
        row.is_some_and(|row| matches!(&row.armed, Armed::With(limits) if limits.closes_position()))
    }

    /// Without the tapes nobody knows what the bot could hear: controls that depend on it are not audited. Which, and why.
    pub(super) fn without_tapes(&mut self) -> Vec<String> {
        self.without(Limits::hears, "it depends on what the bot heard, and the tapes are not at hand")
    }

    /// Nobody has said what a position was entered for that was there at the start: controls that judge by it are not audited.
    pub(super) fn without_costs(&mut self) -> Vec<String> {
        self.without(
            Limits::needs_cost,
            "it depends on what the opening position was entered for, which is not known here",
        )
    }

    fn without(&mut self, needs: fn(&Limits) -> bool, why: &str) -> Vec<String> {
        let needy = |gate: &&mut AuditGate| matches!(&gate.armed, Armed::With(limits) if needs(limits));
        let drop = |gate: &mut AuditGate| {
            gate.armed = Armed::NotAudited;
            format!("{}: {why}", gate.name)
        };
        self.gates.iter_mut().filter(needy).map(drop).collect()
    }
}

/// One market of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditMarket {
    /// The instrument.
    pub instrument: Instrument,
    /// Price the opening position is valued at; `None` where none is known.
    pub opening_price: Option<Price>,
    /// Rows of the tape that belong to the run; `None` for all.
    pub rows: Option<u64>,
}

/// One gate of the run under audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditGate {
    /// Its number in journals.
    pub id: GateId,
    /// Its name.
    pub name: String,
    /// Its limits, or why there are none here.
    pub armed: Armed,
}

/// Whether a gate was armed, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Armed {
    /// It checks nothing.
    Off,
    /// Armed, with these limits.
    With(Limits),
    /// Armed, and no control of the audit's knows what it had to do.
    NotAudited,
}

/// The limits of one control, as plain data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limits {
    /// The kill switch has none.
    KillSwitch,
    /// Oldest market message an order may be based on.
    StaleData(Span),
    /// Loss of a UTC day.
    DailyLoss(LossLimits),
    /// Largest price x quantity of one order.
    OrderValue(Money),
    /// Worst-case position.
    Position {
        /// In the quote asset.
        value: Option<Money>,
        /// In the unit of the step size.
        quantity: Option<Money>,
    },
    /// Worst-case position, in the quote asset, that grows with days without a trip.
    PositionRamp {
        /// At first.
        initial: Money,
        /// Added after so many days.
        step: Money,
        /// Days of a step.
        days: u32,
        /// In the end.
        max: Money,
    },
    /// Most orders in a window.
    OrderBurst {
        /// Orders.
        orders: u32,
        /// Length of the window.
        window: Span,
    },
    /// Largest quantity of one order, in the unit of the step size.
    OrderQuantity(Money),
    /// Most own orders open at once.
    OpenOrders(u32),
    /// The book has two sides and is neither locked nor crossed.
    BookState,
    /// No order is sent twice.
    Idempotency,
    /// Worst-case position in parts per billion of equity.
    Exposure(i64),
    /// The same, where it may be a multiple of equity.
    Leverage(i64),
    /// What an order has to be expected to earn.
    FeeCoverage {
        /// Parts per billion of notional that are left once its fee is paid.
        margin_ppb: i128,
        /// An order that says nothing of it is refused.
        needs_edge: bool,
    },
    /// Most orders on a UTC day.
    DailyOrders(u32),
    /// Most messages in a window.
    MessageRate {
        /// The venue's budget.
        messages: u32,
        /// What of it is kept for cancels.
        reserve: u32,
        /// Length of the window.
        window: Span,
    },
    /// The filters of the market's instrument.
    VenueFilters,
    /// Farthest that a price may be from the mid, in parts per billion of it.
    PriceCollar(i64),
    /// Farthest that a price may be from the lowest and from the highest price of a window.
    PeriodCollar {
        /// Parts per billion of that price.
        percent_ppb: i64,
        /// Length of the window.
        window: Span,
        /// Marks at a new price until it counts.
        confirm_marks: u32,
    },
    /// Fall from the highest equity confirmed.
    Drawdown(LossLimits),
    /// Loss since the start.
    TotalLoss(LossLimits),
    /// Move of the price within a window.
    ExtremeMove {
        /// Parts per billion of the price that it began at.
        percent_ppb: i64,
        /// Length of the window.
        window: Span,
        /// Marks at the new price until it counts.
        confirm_marks: u32,
        /// What follows a trip.
        trip: TripLimits,
    },
    /// Losing round trips in a row, the last of which is one too many.
    ConsecutiveLosses(u32, TripLimits),
    /// Loss of one round trip.
    SingleTradeLoss {
        /// Parts per billion of the equity before it.
        percent_ppb: Option<i64>,
        /// Amount.
        absolute: Option<Money>,
        /// What follows a trip.
        trip: TripLimits,
    },
    /// Loss of an open position.
    StopLoss {
        /// Parts per billion of what it was entered for.
        percent_ppb: i64,
        /// Consecutive marks over the limit until it trips.
        confirm_marks: u32,
        /// The trip closes it.
        closes_position: bool,
        /// What follows a trip.
        trip: TripLimits,
    },
    /// Rejects within a window, the last of which is one too many.
    ErrorRate {
        /// Rejects.
        errors: u32,
        /// Length of the window.
        window: Span,
        /// What follows a trip.
        trip: TripLimits,
    },
    /// Executions of one side within a window, the last of which is one too many.
    RepeatedExecutions {
        /// Executions.
        executions: u32,
        /// Length of the window.
        window: Span,
        /// What follows a trip.
        trip: TripLimits,
    },
    /// Price x quantity traded on one UTC day.
    DailyTurnover(Money),
    /// No order meets an own one.
    SelfTrade,
    /// Most markets to be in at once.
    ConcurrentPositions(u32),
    /// Orders leave in a paper session alone.
    PaperMode,
    /// Longest time without a heartbeat.
    Heartbeat(Span),
    /// Most orders of all bots of a user on a UTC day, of whom this is the only one.
    UserOrders(u32),
}

/// Most that may be lost of a baseline: a share, an amount, or the smaller of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LossLimits {
    /// Parts per billion of the baseline.
    pub percent_ppb: Option<i64>,
    /// Amount.
    pub absolute: Option<Money>,
    /// Consecutive marks over the limit until it trips.
    pub confirm_marks: u32,
    /// The trip engages the kill switch.
    pub engages_kill_switch: bool,
}

/// What follows a trip that no day ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TripLimits {
    /// It ends by itself after so long; `None` when a person alone ends it.
    pub pause: Option<Span>,
    /// The trip engages the kill switch.
    pub engages_kill_switch: bool,
}

impl Limits {
    /// True when a trip engages the kill switch.
    pub(super) const fn engages_kill_switch(&self) -> bool {
        match self {
            Self::DailyLoss(loss) | Self::Drawdown(loss) | Self::TotalLoss(loss) => loss.engages_kill_switch,
            Self::ExtremeMove { trip, .. }
            | Self::ConsecutiveLosses(_, trip)
            | Self::SingleTradeLoss { trip, .. }
            | Self::StopLoss { trip, .. }
            | Self::ErrorRate { trip, .. }
            | Self::RepeatedExecutions { trip, .. } => trip.engages_kill_switch,
            _ => false,
        }
    }

    /// True when its trips follow reports.
    pub(super) const fn trips_on_reports(&self) -> bool {
        matches!(
            self,
            Self::ConsecutiveLosses(..)
                | Self::SingleTradeLoss { .. }
                | Self::ErrorRate { .. }
                | Self::RepeatedExecutions { .. }
        )
    }
}

/// As printed: `5 %, 500 quote at 3 marks`.
impl std::fmt::Display for LossLimits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {} marks", share_or_amount(self.percent_ppb, self.absolute), self.confirm_marks)
    }
}

fn share_or_amount(percent_ppb: Option<i64>, absolute: Option<Money>) -> String {
    let percent = percent_ppb.map(|ppb| format!("{} %", Fixed::format_exact(ppb.into(), 7)));
    let absolute = absolute.map(|amount| format!("{amount} quote"));
    [percent, absolute].into_iter().flatten().collect::<Vec<String>>().join(", ")
}

/// As printed: `at most 10 orders in 10s`.
impl std::fmt::Display for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::KillSwitch | Self::SelfTrade | Self::PaperMode => f.write_str("none"),
            Self::BookState | Self::Idempotency | Self::VenueFilters => f.write_str("none"),
            Self::OrderQuantity(most) => write!(f, "{most} base"),
            Self::OpenOrders(most) => write!(f, "{most} orders at once"),
            Self::Exposure(ppb) => write!(f, "{} % of equity", Fixed::format_exact((*ppb).into(), 7)),
            Self::Leverage(ppb) => write!(f, "{} times equity", Fixed::format_exact((*ppb).into(), 9)),
            Self::FeeCoverage { margin_ppb, .. } => {
                write!(f, "fee + {} basis points", Fixed::format_exact(*margin_ppb, 5))
            }
            Self::DailyOrders(most) => write!(f, "{most} orders a day"),
            Self::MessageRate { messages, reserve, window } => write!(f, "{messages} - {reserve} messages in {window}"),
            Self::PriceCollar(ppb) => write!(f, "{} % of the mid", Fixed::format_exact((*ppb).into(), 7)),
            Self::PositionRamp { initial, step, days, max } => {
                write!(f, "{initial} quote, {step} more every {days} d, at most {max}")
            }
            Self::PeriodCollar { percent_ppb, window, .. } => {
                write!(f, "{} of any price in {window}", share_or_amount(Some(*percent_ppb), None))
            }
            Self::StopLoss { percent_ppb, confirm_marks, .. } => {
                write!(f, "{} at {confirm_marks} marks", share_or_amount(Some(*percent_ppb), None))
            }
            Self::ConcurrentPositions(most) => write!(f, "{most} positions"),
            Self::UserOrders(most) => write!(f, "{most} orders a day"),
            Self::Heartbeat(most) => write!(f, "silence {most}"),
            Self::StaleData(oldest) => write!(f, "age {oldest}"),
            Self::DailyLoss(loss) | Self::Drawdown(loss) | Self::TotalLoss(loss) => write!(f, "{loss}"),
            Self::ExtremeMove { percent_ppb, window, confirm_marks, .. } => {
                write!(f, "{} in {window} at {confirm_marks} marks", share_or_amount(Some(*percent_ppb), None))
            }
            Self::ConsecutiveLosses(losses, _) => write!(f, "{losses} losses"),
            Self::SingleTradeLoss { percent_ppb, absolute, .. } => {
                f.write_str(&share_or_amount(*percent_ppb, *absolute))
            }
            Self::ErrorRate { errors, window, .. } => write!(f, "{errors} errors in {window}"),
            Self::RepeatedExecutions { executions, window, .. } => write!(f, "{executions} executions in {window}"),
            Self::DailyTurnover(most) => write!(f, "{most} quote"),
            Self::OrderValue(most) => write!(f, "{most} quote"),
            Self::Position { value, quantity } => {
                let value = value.map(|amount| format!("{amount} quote"));
                let quantity = quantity.map(|amount| format!("{amount} base"));
                f.write_str(&[value, quantity].into_iter().flatten().collect::<Vec<_>>().join(", "))
            }
            Self::OrderBurst { orders, window } => write!(f, "{orders} orders in {window}"),
        }
    }
}

impl Limits {
    /// It depends on what the bot had heard of its market.
    pub(super) const fn hears(&self) -> bool {
        matches!(
            self,
            Self::StaleData(_)
                | Self::OrderValue(_)
                | Self::Position { value: Some(_), .. }
                | Self::PositionRamp { .. }
                | Self::BookState
                | Self::VenueFilters
                | Self::PriceCollar(_)
                | Self::PeriodCollar { .. }
                | Self::SelfTrade
                | Self::DailyTurnover(_)
        ) || self.needs_equity()
    }

    /// It depends on what the bot had, in all its markets.
    pub(super) const fn needs_equity(&self) -> bool {
        matches!(self, Self::Exposure(_) | Self::Leverage(_))
    }

    /// It depends on what an amend asks for.
    pub(super) const fn weighs_amends(&self) -> bool {
        matches!(
            self,
            Self::OrderValue(_)
                | Self::Position { .. }
                | Self::PositionRamp { .. }
                | Self::OrderQuantity(_)
                | Self::VenueFilters
                | Self::PriceCollar(_)
                | Self::PeriodCollar { .. }
                | Self::SelfTrade
                | Self::DailyTurnover(_)
        ) || self.needs_equity()
    }

    /// It depends on what a position was entered for.
    pub(super) const fn needs_cost(&self) -> bool {
        matches!(self, Self::StopLoss { .. } | Self::SingleTradeLoss { .. } | Self::ConsecutiveLosses(..))
    }

    /// Its trip brings the position to nothing.
    pub(super) const fn closes_position(&self) -> bool {
        matches!(self, Self::StopLoss { closes_position: true, .. })
    }
}

/// What wakes a strategy, as far as it decides what the bot knew at one instant. Where it is not known, say both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wakes {
    /// Each execution report: of several that arrive at one instant it may know some only.
    pub by_reports: bool,
    /// Each market message, likewise.
    pub by_feed: bool,
}

impl Wakes {
    /// Nothing is known: whatever can be told apart is.
    pub const UNKNOWN: Self = Self { by_reports: true, by_feed: true };
}

impl Default for Wakes {
    fn default() -> Self {
        Self::UNKNOWN
    }
}

/// Worth of a tick and a step, and of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Worth {
    pub tick_step: i128,
    pub step: i128,
}

impl Worth {
    pub fn of(instrument: &Instrument) -> Result<Self, Overflow> {
        let worth = Self {
            tick_step: instrument.tick_step_value()?.atto(),
            step: instrument.base_amount(Quantity::new(1))?.atto(),
        };
        let positive = 0 < worth.tick_step && 0 < worth.step;
        if positive { Ok(worth) } else { Err(Overflow::new("value of a tick or a step", worth.tick_step, worth.step)) }
    }
}
