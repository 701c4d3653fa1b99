use super::several::SeveralFold;
use super::{MetricsError, MetricsFold, MetricsOptions, Summary};
use crate::journal::{Entry, EntrySink};
use crate::model::Instrument;
use crate::units::Overflow;

/// Folds the journal of a run of one market or several into a [`Summary`].
#[derive(Debug, Clone)]
pub struct RunFold(Markets);

#[derive(Debug, Clone)]
enum Markets {
    One(MetricsFold),
    Several(SeveralFold),
}

impl RunFold {
    /// A fold for a run of these instruments, in the order of the markets.
    ///
    /// # Errors
    /// [`Overflow`] when one tick times one step of an instrument cannot be held exactly.
    pub fn new(instruments: &[Instrument], options: &MetricsOptions) -> Result<Self, Overflow> {
        Ok(Self(match instruments {
            [instrument] => Markets::One(MetricsFold::new(instrument, options)?),
            instruments => Markets::Several(SeveralFold::new(instruments, options)?),
        }))
    }

    /// The figures.
    ///
    /// # Errors
    /// The first [`MetricsError`] met while folding.
    pub fn finish(self) -> Result<Summary, MetricsError> {
        match self.0 {
            Markets::One(fold) => fold.finish(),
            Markets::Several(fold) => fold.finish(),
        }
    }
}

impl EntrySink for RunFold {
    #[inline]
    fn record(&mut self, entry: &Entry) {
        match &mut self.0 {
            Markets::One(fold) => fold.record(entry),
            Markets::Several(fold) => fold.record(entry),
        }
    }
}
