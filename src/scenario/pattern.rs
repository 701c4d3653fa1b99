use super::text::Moment;
use super::wire::ScriptedFaultFile;
use crate::model::WireFault;
use crate::units::{MILLISECOND, SECOND, Span, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Faults that come together so often that they have a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PatternName {
    /// A short gap in the feed, a snapshot that is too old, and the next gap before the book is well again.
    Stutter,
    /// A reply is lost, the next one says that nothing is known, a query finds nothing, and what was filled is heard of late.
    AckFog,
    /// Maintenance, then a halt and a reopening elsewhere, then funding.
    Weekend,
    /// A gap while the venue asks to wait.
    Cascade,
    /// A replacement is half done, and the process ends and forgets before it hears of it.
    Amnesia,
    /// A midnight without a stream of reports, with funding ten times as high, and again an hour later.
    CalendarEdge,
    /// The process stands still, and another instance takes its lease over.
    Twins,
    /// The bot's own disk gets slower, is full, and what was written last is half there after a restart.
    DripDisk,
}

/// A pattern at an instant of the run.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatternFile {
    /// Which.
    pub name: PatternName,
    /// When it begins: a span after the start, or an instant.
    pub at: Moment,
    /// At this market alone: its place among the run's, from 0; without it at each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<usize>,
}

const STUTTER: [(WireFault, Span); 4] = [
    (WireFault::SequenceGap, Span::ZERO),
    (WireFault::StaleSnapshot, Span::ZERO),
    (WireFault::SequenceGap, MILLISECOND.times(300)),
    (WireFault::SequenceGap, SECOND),
];

const ACK_FOG: [(WireFault, Span); 5] = [
    (WireFault::ReplyLost, Span::ZERO),
    (WireFault::UnknownExecuted, Span::ZERO),
    (WireFault::QueryLags, Span::ZERO),
    (WireFault::QueryLags, SECOND),
    (WireFault::LateFill, Span::ZERO),
];

impl PatternName {
    /// Its faults, each at the first occasion so long after its beginning.
    const fn faults(self) -> &'static [(WireFault, Span)] {
        match self {
            Self::Stutter => &STUTTER,
            Self::AckFog => &ACK_FOG,
            // They have become parts of the scenario: see `unfold`.
            Self::Weekend | Self::Cascade | Self::Amnesia | Self::CalendarEdge | Self::Twins | Self::DripDisk => &[],
        }
    }
}

impl PatternFile {
    /// The faults of a script that it is, in a run that starts at `start`.
    pub(super) fn script(&self, start: Timestamp) -> impl Iterator<Item = ScriptedFaultFile> + '_ {
        let begins = self.at.after(start);
        self.name.faults().iter().map(move |(fault, later)| ScriptedFaultFile {
            fault: *fault,
            at: Some(Moment::At(begins.plus(*later))),
            nth: None,
            lasts: None,
            market: self.market,
        })
    }
}
