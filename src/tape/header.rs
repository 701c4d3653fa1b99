use crate::model::Instrument;
use crate::units::{Span, Timestamp};

/// What a tape holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TapeKind {
    /// Level changes and trades.
    L2,
    /// Trades only: no book is known.
    Trades,
    /// Price bars of one period.
    Bars,
}

/// How one finding limits what a run over the tape may conclude.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; forbids nothing.
    Note,
    /// Forbids the conclusion it names.
    Finding,
    /// The tape must not be used: no run over it ends in GO.
    Unfit,
}

/// The tape's grade: the worst of its findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fitness {
    /// Nothing found that forbids a conclusion.
    Fit,
    /// Usable, within what the findings allow.
    FitWithFindings,
    /// Not usable.
    Unfit,
}

/// One thing the doctor found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FitnessFinding {
    /// Stable name: `sequence-gap`, `crossed-book`, `off-tick-price`, ...
    pub code: String,
    /// How bad.
    pub severity: Severity,
    /// How often.
    pub count: u64,
    /// Where first: input file, line or row, and venue time.
    pub first: String,
    /// In one sentence, with figures.
    pub detail: String,
    /// Which conclusion it forbids; empty for a note.
    pub forbids: String,
}

/// A correction of the local clock that was applied when the tape was written.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ClockCorrection {
    /// Name of the rule: `shift-to-minimum-latency`.
    pub rule: String,
    /// Added to every local stamp.
    pub shift: Span,
    /// Smallest local minus venue time before the correction.
    pub latency_min_before: Span,
    /// Median of the same.
    pub latency_median_before: Span,
    /// Messages whose latency was negative before.
    pub negative: u64,
}

/// One input file a tape was made from.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SourceFile {
    /// File name without folder.
    pub name: String,
    /// Bytes as read (compressed).
    pub bytes: u64,
    /// SHA-256 of those bytes, hex.
    pub sha256: String,
}

/// Everything a tape says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TapeHeader {
    /// What it holds.
    pub kind: TapeKind,
    /// Of which instrument.
    pub instrument: Instrument,
    /// Bar period; `None` unless `kind` is bars.
    pub period: Option<Span>,
    /// Rows (or bars).
    pub rows: u64,
    /// Venue time of the first row.
    pub first_at: Timestamp,
    /// Venue time of the last row.
    pub last_at: Timestamp,
    /// True when arrival order differs from venue order and the batches carry `delivery`.
    pub reordered: bool,
    /// True when rows carry level changes from a book that starts with a snapshot.
    pub starts_with_snapshot: bool,
    /// Import format: `binance-ws`, `binance-csv-klines`, `synthetic`, ...
    pub format: String,
    /// Version of the importer that wrote it.
    pub importer_version: u32,
    /// Input files.
    pub sources: Vec<SourceFile>,
    /// Correction of the local clock, if one was needed.
    pub clock: Option<ClockCorrection>,
    /// The doctor's findings at import.
    pub findings: Vec<FitnessFinding>,
    /// BLAKE3 over kind, instrument scales and all column bytes, hex: names the content, whatever the file is called.
    pub content_hash: String,
}

impl TapeHeader {
    /// The worst of the findings.
    #[must_use]
    pub fn fitness(&self) -> Fitness {
        match self.findings.iter().map(|finding| finding.severity).max() {
            None | Some(Severity::Note) => Fitness::Fit,
            Some(Severity::Finding) => Fitness::FitWithFindings,
            Some(Severity::Unfit) => Fitness::Unfit,
        }
    }
}
