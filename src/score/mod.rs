//! How real a market looks: the stylised facts of a tape, held against bands from public sources.
//!
//! [`observe`] reads a tape once and keeps what the facts need; [`score`] turns it into rows: statistic, estimator, value,
//! band, source, verdict. A row that the tape cannot give says why, and has no number.
//!
//! Order rule: preconditions first (a book that crosses is no market, whatever its tails), then the 15-minute variance ratio
//! (a trend that the generator made), then the share of counted rows inside their bands.
//! Invariants: one pass; memory does not grow with the number of rows, only with the minutes covered (some 40 bytes each) and the
//! hours (for the bootstrap); no value is infinite or not a number; the same tape gives the same figures on every machine
//! (transcendental functions come from `libm`, the bootstrap has a named stream and a fixed seed).
//! Known limits: most bands are those of a large crypto market, and few have a source for another ([`MarketClass`]); level-2 tapes know neither the age of an order nor who sent
//! it, so times to cancel, queue-aware fill rates and the impact of whole parent orders have no row; a silence of more than
//! five minutes is a hole.

mod band;
mod bootstrap;
mod cells;
mod class;
mod curves;
mod days;
mod depth;
mod facts;
mod figure;
mod judge;
mod minutes;
mod observe;
mod orders;
mod quotes;
mod seconds;
mod seeds;
mod series;
mod signs;
mod soundness;
mod statistics;
mod variance_ratio;

#[cfg(test)]
mod tests;

pub use band::Band;
pub use class::MarketClass;
pub use curves::{Curve, CurveKind};
pub use judge::{Beside, Row, RowVerdict, Score, ScoreVerdict, score, score_as};
pub(crate) use minutes::{HOLE_NS, Minutes, minute_of};
pub use observe::{Observation, observe};
pub use seeds::{SeedScore, SeedsRow, SeedsScore, over_seeds};
pub(crate) use series::{Lookback, Series};
pub use soundness::Precondition;
