use crate::model::AlertId;
use crate::units::Span;

/// Which alerts a run watched for, as plain data. The default watches for none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertSetup {
    /// Those that were armed, in the order of the catalogue.
    pub alerts: Vec<AuditAlert>,
    /// How long after its cause one may be raised.
    pub within: Span,
    /// How long a cause lasts until its alert is repeated.
    pub remind_after: Span,
    /// Distance of the ticks at which causes are looked for.
    pub clock: Span,
    /// Distance of the risk clock's ticks, which the journal shows.
    pub risk_clock: Span,
    /// The bot listens to nothing and is told nothing: it has no book that could be odd.
    pub is_deaf: bool,
}

/// One alert of the run under audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditAlert {
    /// Its number in journals.
    pub id: AlertId,
    /// Its name.
    pub name: String,
    /// How urgent the run says it is: `warning` or `critical`.
    pub severity: String,
    /// Its limit: atto of quote, parts per billion, nanoseconds or a count. 0 for one that has none.
    pub limit: i128,
}

impl AlertSetup {
    /// Causes are looked for between two ticks of the risk clock as well.
    pub(super) fn looks_between(&self) -> bool {
        self.clock < self.risk_clock
    }
}
