use super::days::DaysFold;
use super::operation::OperationFold;
use super::scale::Scale;
use super::several::SeveralFold;
use super::{MetricsError, MetricsFold, MetricsOptions, Summary};
use crate::journal::{Entry, EntrySink};
use crate::model::{BestPrices, ClientOrderId, ExecutionReport, Instrument, Intent, Mark, MarketId};
use crate::units::{Overflow, Timestamp};

/// Folds the journal of a run of one market or several into a [`Summary`], day by day beside.
#[derive(Debug, Clone)]
pub struct RunFold {
    markets: Markets,
    days: DaysFold,
    operation: OperationFold,
    entries: u64,
    /// The first figure of a day that left its type, and where.
    failed: Option<MetricsError>,
}

#[derive(Debug, Clone)]
enum Markets {
    One(MetricsFold),
    Several(SeveralFold),
}

/// The same of one market or several.
macro_rules! each {
    ($fold:expr, $name:ident => $act:expr) => {
        match &mut $fold {
            Markets::One($name) => $act,
            Markets::Several($name) => $act,
        }
    };
}

impl RunFold {
    /// A fold for a run of these instruments, in the order of the markets.
    ///
    /// # Errors
    /// [`Overflow`] when one tick times one step of an instrument cannot be held exactly.
    pub fn new(instruments: &[Instrument], options: &MetricsOptions) -> Result<Self, Overflow> {
        let markets = match instruments {
            [instrument] => Markets::One(MetricsFold::new(instrument, options)?),
            instruments => Markets::Several(SeveralFold::new(instruments, options)?),
        };
        let scales = instruments.iter().map(Scale::new).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { markets, days: DaysFold::new(scales), operation: OperationFold::default(), entries: 0, failed: None })
    }

    /// The figures.
    ///
    /// # Errors
    /// The first [`MetricsError`] met while folding.
    pub fn finish(self) -> Result<Summary, MetricsError> {
        let mut summary = match self.markets {
            Markets::One(fold) => fold.finish(),
            Markets::Several(fold) => fold.finish(),
        }?;
        if let Some(error) = self.failed {
            return Err(error);
        }
        let (end, equity) = (summary.span.end, summary.returns.end_equity);
        let overflow = |source| MetricsError::Overflow { entry: self.entries, source };
        summary.days = self.days.finish(end, equity).map_err(overflow)?;
        summary.operation = self.operation.finish(&summary.days, (summary.span.start, end));
        Ok(summary)
    }

    fn checked(&mut self, folded: Result<(), Overflow>) {
        if let Err(source) = folded
            && self.failed.is_none()
        {
            self.failed = Some(MetricsError::Overflow { entry: self.entries, source });
        }
    }
}

impl EntrySink for RunFold {
    fn record(&mut self, entry: &Entry) {
        each!(self.markets, fold => fold.record(entry));
        match entry {
            Entry::OrderSent { at, intent } => self.days.sent(*at, intent),
            Entry::Venue(report) => {
                self.days.report(report);
                self.operation.report(report);
            }
            Entry::Mark(mark) => {
                let folded = self.days.mark(mark);
                self.checked(folded);
            }
            rare => {
                self.operation.take(rare);
                let folded = self.days.take(rare);
                self.checked(folded);
            }
        }
        self.entries += 1;
    }

    fn record_order_sent(&mut self, at: Timestamp, intent: &Intent) {
        each!(self.markets, fold => fold.record_order_sent(at, intent));
        self.days.sent(at, intent);
        self.entries += 1;
    }

    fn record_cancel_sent(&mut self, at: Timestamp, market: MarketId, client_order_id: ClientOrderId) {
        each!(self.markets, fold => fold.record_cancel_sent(at, market, client_order_id));
        self.operation.cancelled();
        self.entries += 1;
    }

    fn record_report(&mut self, report: &ExecutionReport) {
        each!(self.markets, fold => fold.record_report(report));
        self.days.report(report);
        self.operation.report(report);
        self.entries += 1;
    }

    fn record_mark(&mut self, mark: &Mark) {
        each!(self.markets, fold => fold.record_mark(mark));
        let folded = self.days.mark(mark);
        self.checked(folded);
        self.entries += 1;
    }

    fn record_quote(&mut self, at: Timestamp, market: MarketId, best: &BestPrices) {
        each!(self.markets, fold => fold.record_quote(at, market, best));
        self.entries += 1;
    }
}
