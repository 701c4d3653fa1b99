use super::several::SeveralFold;
use super::{MetricsError, MetricsFold, MetricsOptions, Summary};
use crate::journal::{Entry, EntrySink};
use crate::model::{BestPrices, ClientOrderId, ExecutionReport, Instrument, Intent, Mark, MarketId};
use crate::units::{Overflow, Timestamp};

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

    fn record_order_sent(&mut self, at: Timestamp, intent: &Intent) {
        match &mut self.0 {
            Markets::One(fold) => fold.record_order_sent(at, intent),
            Markets::Several(fold) => fold.record_order_sent(at, intent),
        }
    }

    fn record_cancel_sent(&mut self, at: Timestamp, market: MarketId, client_order_id: ClientOrderId) {
        match &mut self.0 {
            Markets::One(fold) => fold.record_cancel_sent(at, market, client_order_id),
            Markets::Several(fold) => fold.record_cancel_sent(at, market, client_order_id),
        }
    }

    fn record_report(&mut self, report: &ExecutionReport) {
        match &mut self.0 {
            Markets::One(fold) => fold.record_report(report),
            Markets::Several(fold) => fold.record_report(report),
        }
    }

    fn record_mark(&mut self, mark: &Mark) {
        match &mut self.0 {
            Markets::One(fold) => fold.record_mark(mark),
            Markets::Several(fold) => fold.record_mark(mark),
        }
    }

    fn record_quote(&mut self, at: Timestamp, market: MarketId, best: &BestPrices) {
        match &mut self.0 {
            Markets::One(fold) => fold.record_quote(at, market, best),
            Markets::Several(fold) => fold.record_quote(at, market, best),
        }
    }
}
