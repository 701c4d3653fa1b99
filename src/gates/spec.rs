use super::list::{catalogue, file_of};
use crate::model::{GateId, Refusal, RejectReason};
use crate::units::{Fixed, Money, Span};

/// What a request does to the worst case of the position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// The position may end up larger, or of the other sign.
    Increases,
    /// The position can only come closer to zero, whatever else fills: see [`Row`].
    Reduces,
    /// An order ends, or shrinks at its price.
    Cancels,
}

impl Effect {
    /// All effects, in the order of a row.
    pub const ALL: [Self; 3] = [Self::Increases, Self::Reduces, Self::Cancels];

    /// As printed.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Increases => "increases",
            Self::Reduces => "reduces",
            Self::Cancels => "cancels",
        }
    }
}

/// Whether a gate looks at a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cell {
    /// It is held against the limit.
    Checked,
    /// It is held against the limit unless the strategy marked it as protective.
    UnlessProtective,
    /// It passes unseen.
    Exempt,
}

impl Cell {
    /// As printed in the table.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Checked => "checked",
            Self::UnlessProtective => "checked unless protective",
            Self::Exempt => "passes",
        }
    }
}

/// A gate's row in the table gate x effect.
///
/// An order reduces risk when its side is against the position and its quantity is at most the position less what own
/// orders of that side may already execute, orders in unknown state included. Then no sequence of fills can make the
/// position larger or turn it. Flags prove nothing: to flatten at once what a resting stop protects, cancel the stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Row {
    /// Requests that may add risk.
    pub increases: Cell,
    /// Requests that can only take risk away.
    pub reduces: Cell,
    /// Cancels.
    pub cancels: Cell,
}

impl Row {
    /// The row of every risk limit: what takes risk away is never stopped.
    pub const RISK_LIMIT: Self = Self { increases: Cell::Checked, reduces: Cell::Exempt, cancels: Cell::Exempt };
    /// Every order is stopped, be it called protective or not.
    pub const EVERY_ORDER: Self = Self { increases: Cell::Checked, reduces: Cell::Checked, cancels: Cell::Exempt };
    /// Orders are stopped whatever they do to the position, except those that protect it.
    pub const ALL_ORDERS: Self =
        Self { increases: Cell::Checked, reduces: Cell::UnlessProtective, cancels: Cell::Exempt };

    /// The cell of `effect`.
    #[must_use]
    pub const fn cell(&self, effect: Effect) -> Cell {
        match effect {
            Effect::Increases => self.increases,
            Effect::Reduces => self.reduces,
            Effect::Cancels => self.cancels,
        }
    }

    /// The cells, in the order of [`Effect::ALL`].
    #[must_use]
    pub const fn cells(&self) -> [Cell; 3] {
        [self.increases, self.reduces, self.cancels]
    }

    /// What it stops, in short: `increases, reduces unless protective`.
    #[must_use]
    pub fn words(&self) -> String {
        let stopped = |(effect, cell): (Effect, Cell)| match cell {
            Cell::Checked => Some(effect.words().to_owned()),
            Cell::UnlessProtective => Some(format!("{} unless protective", effect.words())),
            Cell::Exempt => None,
        };
        let stopped: Vec<String> =
            Effect::ALL.map(|effect| (effect, self.cell(effect))).into_iter().filter_map(stopped).collect();
        stopped.join(", ")
    }

    /// True when the gate holds such a request against its limit.
    #[must_use]
    pub const fn checks(&self, effect: Effect, protective: bool) -> bool {
        match self.cell(effect) {
            Cell::Checked => true,
            Cell::UnlessProtective => !protective,
            Cell::Exempt => false,
        }
    }
}

/// What a whole number in a limit or a refusal counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// 10^-18 of the quote asset.
    Quote,
    /// 10^-18 of the unit the instrument's step size is in.
    Base,
    /// Steps of quantity.
    Steps,
    /// 10^-7 of a per cent.
    Percent,
    /// 10^-5 of a basis point.
    BasisPoints,
    /// 10^-9 of one.
    Multiple,
    /// Requests of any kind.
    Messages,
    /// A number that counts up.
    Number,
    /// What is wrong with a book: 0 nothing, 1 empty, 2 one-sided, 3 locked, 4 crossed.
    Book,
    /// Which of the venue's filters an order breaks: 0 none, otherwise the code of the venue's reject reason.
    Filter,
    /// Milliseconds.
    Milliseconds,
    /// Nanoseconds.
    Nanoseconds,
    /// Orders.
    Orders,
    /// Round trips that lost.
    Losses,
    /// Requests that the venue rejected.
    Errors,
    /// Orders that executed.
    Executions,
    /// Days.
    Days,
    /// Ticks of the risk clock.
    Marks,
    /// Ticks of price.
    Ticks,
    /// Markets with a position.
    Positions,
    /// What a session is: 0 paper, 1 live, 2 unknown.
    Session,
    /// 1 is yes, 0 is no.
    Switch,
}

impl Unit {
    /// As printed beside a figure; nothing where the figure says it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Quote => "quote",
            Self::Base => "base",
            Self::Steps => "steps",
            Self::Percent => "%",
            Self::BasisPoints => "bps",
            Self::Multiple => "times",
            Self::Messages => "messages",
            Self::Milliseconds => "ms",
            Self::Losses => "losses",
            Self::Errors => "errors",
            Self::Executions => "executions",
            Self::Orders => "orders",
            Self::Marks => "marks",
            Self::Days => "days",
            Self::Ticks => "ticks",
            Self::Positions => "positions",
            Self::Nanoseconds | Self::Switch | Self::Number | Self::Book | Self::Filter | Self::Session => "",
        }
    }

    /// A value of this unit as a person writes it. [`UNKNOWN`] reads `unknown`.
    #[must_use]
    pub fn show(self, value: i128) -> String {
        match self {
            _ if value == UNKNOWN => "unknown".to_owned(),
            Self::Quote | Self::Base => Money::from_atto(value).to_string(),
            Self::Percent => Fixed::format_exact(value, 7),
            Self::BasisPoints => Fixed::format_exact(value, 5),
            Self::Multiple => Fixed::format_exact(value, 9),
            Self::Book => book_words(value).to_owned(),
            Self::Filter => filter_words(value).to_owned(),
            Self::Nanoseconds => Span::from_nanos(i64::try_from(value).unwrap_or(i64::MAX)).to_string(),
            Self::Switch => match value {
                0 => "off",
                2 => "paused",
                3 => "stopped",
                _ => "on",
            }
            .to_owned(),
            Self::Steps | Self::Milliseconds | Self::Orders | Self::Marks | Self::Messages | Self::Number => {
                value.to_string()
            }
            Self::Losses | Self::Errors | Self::Executions | Self::Ticks | Self::Positions | Self::Days => {
                value.to_string()
            }
            Self::Session => match value {
                0 => "paper",
                1 => "live",
                _ => "unknown",
            }
            .to_owned(),
        }
    }

    /// [`show`](Self::show) and the unit's name: `0.1 %`.
    #[must_use]
    pub fn show_with_unit(self, value: i128) -> String {
        format!("{} {}", self.show(value), self.words()).trim_end().to_owned()
    }
}

const fn book_words(value: i128) -> &'static str {
    match value {
        0 => "two sides",
        1 => "empty",
        2 => "one side",
        3 => "locked",
        _ => "crossed",
    }
}

fn filter_words(value: i128) -> &'static str {
    let reason = u8::try_from(value).ok().and_then(RejectReason::from_code);
    reason.map_or("no filter broken", RejectReason::words)
}

/// Value of a refusal whose value could not be computed: no price to value an order at, no market message yet, overflow.
pub const UNKNOWN: i128 = i128::MAX;

/// One configurable limit of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitSpec {
    /// Key below the gate's name.
    pub key: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// Default; `None` is off.
    pub default: Option<i128>,
    /// May be `off` while the gate is armed.
    pub optional: bool,
    /// Smallest value allowed.
    pub min: i128,
    /// Largest value allowed.
    pub max: i128,
    /// What it limits, for lists and messages.
    pub words: &'static str,
}

impl LimitSpec {
    /// The default, for a limit that has one; 0 otherwise.
    pub(super) const fn default_value(&self) -> i128 {
        match self.default {
            Some(value) => value,
            None => 0,
        }
    }

    /// The default in words, with unit: `5 %`, or `off`.
    #[must_use]
    pub fn default_words(&self) -> String {
        self.default.map_or_else(|| "off".to_owned(), |value| self.unit.show_with_unit(value))
    }

    /// The allowed range in words: `0.1 to 100 %`.
    #[must_use]
    pub fn allowed(&self) -> String {
        format!("{} to {}", self.unit.show(self.min), self.unit.show_with_unit(self.max))
    }
}

/// What there is to know of one gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GateSpec {
    /// Number, stable for good: journals hold it.
    pub id: GateId,
    /// Name, as in the configuration.
    pub name: &'static str,
    /// What it stops.
    pub words: &'static str,
    /// How it opens again after it refused or tripped.
    pub reset: &'static str,
    /// Which requests it looks at.
    pub row: Row,
    /// Unit of the value and the limit in its refusals.
    pub unit: Unit,
    /// Its limits.
    pub limits: &'static [LimitSpec],
    /// Armed, with its defaults, where the configuration does not mention it. Gates that could stop a sensible bot are
    /// not: they are armed by a table, be it an empty one.
    pub armed: bool,
    /// Items of the production checklists that it answers, as list and line: `L1:51`.
    pub items: &'static [&'static str],
    /// A configuration that arms it, as it stands in a scenario.
    pub example: &'static str,
}

impl GateSpec {
    /// The gate of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        catalogue().iter().find(|spec| spec.name == name)
    }

    /// How exactly it judges: baseline, reset, edges, what counts while an order's state is unknown. Markdown.
    #[must_use]
    pub fn semantics(&self) -> String {
        let lines = file_of(self.name).lines().map_while(|line| line.strip_prefix("//!"));
        lines.map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect()
    }

    /// A refusal in words: `order_value: 10000.5 quote, limit 10000 quote`.
    #[must_use]
    pub fn describe(&self, refusal: &Refusal) -> String {
        let [value, limit] = [refusal.value, refusal.limit].map(|value| self.unit.show_with_unit(value));
        format!("{}: {value}, limit {limit}", self.name)
    }
}

/// Smallest and largest amount of an asset that makes a limit: 10^-18 and 10^15.
pub(super) const AMOUNTS: (i128, i128) = (1, 1_000_000_000_000_000 * Money::ONE.atto());
/// A hundredth, in parts per billion: what limits in per cent are counted in.
pub(super) const ONE_PERCENT: i128 = 10_000_000;
/// One, in parts per billion.
pub(super) const ONE_TIME: i128 = 1_000_000_000;
/// A hundredth of a per cent.
pub(super) const ONE_BPS: i128 = 100_000;
/// One millisecond to one day.
pub(super) const MILLISECONDS: (i128, i128) = (1, 86_400_000);
/// What keeps one wild print from tripping a breaker on equity.
pub(super) const CONFIRM_MARKS: LimitSpec = LimitSpec {
    key: "confirm_marks",
    unit: Unit::Marks,
    default: Some(3),
    optional: false,
    min: 1,
    max: 60,
    words: "consecutive marks over the limit until it trips",
};
