use super::control::{Figures, UNKNOWN, Unit};
use crate::model::{ClientOrderId, MarketId, RejectReason};
use crate::units::{Fixed, Money, Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Findings kept in full; all are counted.
pub(super) const FINDINGS_KEPT: usize = 20;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// A control had to act and did not.
    Missed,
    /// A control acted and had no reason to.
    False,
    /// A breaker acted after it had to.
    Late,
    /// A control acted as it had to, with another value or limit than there was.
    WrongFigures,
    /// An alert was raised while it stood, or repeated too soon.
    Repeated,
    /// An alert was not repeated or not resolved when it had to be, or resolved while its cause lasted.
    NotFollowed,
    /// Something that holds whatever the limits are does not.
    Broken,
}

impl FindingKind {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Missed => "missed",
            Self::False => "false",
            Self::Late => "late",
            Self::WrongFigures => "wrong figures",
            Self::Repeated => "repeated",
            Self::NotFollowed => "not followed up",
            Self::Broken => "broken",
        }
    }
}

/// One disagreement between what a journal says and what had to happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Name of the control, or of the invariant.
    pub control: String,
    /// What is wrong.
    pub kind: FindingKind,
    /// Number of the journal entry, from 0.
    pub entry: u64,
    /// The entry's instant.
    pub at: Timestamp,
    /// Which market.
    pub market: MarketId,
    /// Which order, where it is about one.
    pub client_order_id: Option<u64>,
    /// What was expected and what was found, in one sentence.
    pub text: String,
}

impl Finding {
    /// All but the control's name: `missed: entry 12 at ..., market 0, order 7: ...`.
    #[must_use]
    pub fn words(&self) -> String {
        let Self { kind, entry, at, market, client_order_id, text, .. } = self;
        let order = client_order_id.map_or_else(String::new, |id| format!(", order {id}"));
        format!("{}: entry {entry} at {at}, market {market}{order}: {text}", kind.words())
    }
}

/// `order_value missed: entry 12 at ..., market 0, order 7: ...`.
impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.control, self.words())
    }
}

/// Where a finding is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub entry: u64,
    pub at: Timestamp,
    pub market: MarketId,
    pub id: Option<ClientOrderId>,
}

impl Place {
    pub fn finding(self, control: &str, kind: FindingKind, text: String) -> Finding {
        Finding {
            control: control.to_owned(),
            kind,
            entry: self.entry,
            at: self.at,
            market: self.market,
            client_order_id: self.id.map(|id| id.0),
            text,
        }
    }
}

/// What a book can be, by its number.
const BOOKS: [&str; 5] = ["sound", "empty", "one-sided", "locked", "crossed"];

/// A reason to reject, by its code; 0 is none.
fn reason(code: i128) -> String {
    let known = RejectReason::ALL.into_iter().find(|reason| i128::from(reason.code()) == code);
    known.map_or_else(|| "none".to_owned(), |reason| reason.words().to_owned())
}

impl Unit {
    pub fn show(self, value: i128) -> String {
        match self {
            _ if value == UNKNOWN => "unknown".to_owned(),
            Self::Quote => format!("{} quote", Money::from_atto(value)),
            Self::Steps => format!("{value} steps"),
            Self::Nanoseconds => Span::from_nanos(i64::try_from(value).unwrap_or(i64::MAX)).to_string(),
            Self::Orders => format!("{value} orders"),
            Self::Percent => format!("{} %", Fixed::format_exact(value, 7)),
            Self::Losses => format!("{value} losses"),
            Self::Errors => format!("{value} errors"),
            Self::Executions => format!("{value} executions"),
            Self::Ticks => format!("{value} ticks"),
            Self::Positions => format!("{value} positions"),
            Self::Number => value.to_string(),
            Self::Book => BOOKS.get(value as usize).map_or_else(|| value.to_string(), |words| (*words).to_owned()),
            Self::Reason => reason(value),
            Self::Multiple => format!("{} times", Fixed::format_exact(value, 9)),
            Self::BasisPoints => format!("{} basis points", Fixed::format_exact(value, 5)),
            Self::Messages => format!("{value} messages"),
            Self::Session => if value == 0 { "paper" } else { "live" }.to_owned(),
            Self::Switch => if value == 0 { "off" } else { "on" }.to_owned(),
        }
    }

    /// `10000.5 quote, limit 10000 quote`.
    pub fn figures(self, figures: Figures) -> String {
        format!("{}, limit {}", self.show(figures.value), self.show(figures.limit))
    }
}
