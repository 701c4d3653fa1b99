use super::balance::BalancePolicy;
use crate::units::{MILLISECOND, SECOND, Span};

/// What a gateway does about a request whose outcome it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnUnknown {
    /// Asks the venue before anything else.
    #[default]
    Query,
    /// Sends it again under its own client order id at once.
    Resend,
    /// Sends it again under a new client order id: the venue takes it for another order.
    ResendAsNew,
    /// Takes it for failed.
    AssumeFailed,
}

/// What becomes of a gateway whose bot's process ends without its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnLostMemory {
    /// It is a process of its own, and goes on.
    #[default]
    Survives,
    /// It ends too. The new one asks for all that was not heard of and for every order of unknown fate, and takes over what is there, before
    /// anything that adds risk goes out.
    Adopts,
    /// It ends too. The new one begins as if there had never been an order.
    Forgets,
}

/// What a gateway makes of a log of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LogPolicy {
    /// No order and no amend leaves before its record is safe. While the log cannot be written nothing that adds risk goes out, and that is
    /// said; cancels, and orders that protect or reduce, do. A new process reads it.
    Careful,
    /// It is written beside sending, whatever becomes of it, and nobody reads it.
    Naive,
}

/// How a gateway behaves. The default is a careful one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// A call without an answer after so long is unknown.
    pub timeout: Span,
    /// Most attempts of one request, the first included.
    pub attempts: u32,
    /// A new order older than this is not sent again: its price is stale.
    pub resend_within: Span,
    /// The first pause between two attempts; each further one is twice as long.
    pub backoff: Span,
    /// No pause is longer.
    pub backoff_max: Span,
    /// "Not found" is believed when the last attempt is so long ago. It has to be more than a request can be on its way.
    pub quiet: Span,
    /// Most requests sent again within a minute.
    pub retries_per_minute: u32,
    /// So many failures in a row open the circuit breaker of new orders.
    pub breaker_failures: u32,
    /// It stays open for so long.
    pub breaker_open: Span,
    /// Everything that was not heard of is asked for so often, at least.
    pub reconcile_every: Span,
    /// A report that others have overtaken is waited for so long before it is asked for.
    pub gap_grace: Span,
    /// What is done about an unknown outcome.
    pub on_unknown: OnUnknown,
    /// Reports that are known already are dropped.
    pub drops_duplicates: bool,
    /// What was missed is asked for: on a timer, after a gap, after a lost stream.
    pub reconciles: bool,
    /// Nothing is sent before the instant until which the venue has asked to wait.
    pub honours_waits: bool,
    /// No new order while reports cannot be heard.
    pub holds_when_blind: bool,
    /// What becomes of it when its bot's process ends without its state.
    pub on_lost_memory: OnLostMemory,
    /// Balances are asked for.
    pub balances: Option<BalancePolicy>,
    /// After the first failure no order goes out any more, and nobody is told: a bot that survives by never trading again.
    pub stops_after_failure: bool,
    /// Every report that was heard is kept for good: a bot whose memory grows with the length of its run.
    pub keeps_everything: bool,
    /// The venue is to end every order when it has not heard of the gateway for so long, and hears of it four times as often.
    pub dead_mans_switch: Option<Span>,
    /// One instance at a time: it holds a lease, and stops for good when another instance has taken it over.
    pub holds_lease: bool,
    /// It keeps a log of its own.
    pub log: Option<LogPolicy>,
}

impl Policy {
    /// The longest timeout that is allowed.
    pub const TIMEOUT_MAX: Span = SECOND.times(10);

    /// Knows what it does not know.
    pub const CAREFUL: Self = Self {
        timeout: SECOND.times(2),
        attempts: 4,
        resend_within: SECOND.times(30),
        backoff: MILLISECOND.times(200),
        backoff_max: SECOND.times(5),
        quiet: SECOND.times(12),
        retries_per_minute: 120,
        breaker_failures: 5,
        breaker_open: SECOND.times(5),
        reconcile_every: SECOND.times(30),
        gap_grace: MILLISECOND.times(500),
        on_unknown: OnUnknown::Query,
        drops_duplicates: true,
        reconciles: true,
        honours_waits: true,
        holds_when_blind: true,
        on_lost_memory: OnLostMemory::Survives,
        balances: None,
        stops_after_failure: false,
        keeps_everything: false,
        dead_mans_switch: None,
        holds_lease: true,
        log: None,
    };

    /// Careful, on a connection on which nothing can be lost: no answer is late there, however slow the venue is, and none is asked for again.
    pub const PATIENT: Self = Self { timeout: Span::from_nanos(i64::MAX), ..Self::CAREFUL };

    /// Does what too many bots do: sends again blindly, believes everything twice, and asks for nothing.
    pub const NAIVE: Self = Self {
        on_unknown: OnUnknown::ResendAsNew,
        drops_duplicates: false,
        reconciles: false,
        honours_waits: false,
        holds_when_blind: false,
        holds_lease: false,
        breaker_failures: u32::MAX,
        ..Self::CAREFUL
    };
}

impl Default for Policy {
    fn default() -> Self {
        Self::CAREFUL
    }
}
