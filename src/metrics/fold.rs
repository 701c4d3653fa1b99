use super::alerts::AlertStatistics;
use super::commands::Told;
use super::drawdown::DrawdownFold;
use super::execution::ExecutionFold;
use super::gates::GateCounts;
use super::inventory::{ExposureFold, InventoryFold};
use super::latency::LatencyFold;
use super::markout::MarkoutFold;
use super::marks::MarkInterval;
use super::moved::MovedStatistics;
use super::orders::OrderCounts;
use super::plots::Plots;
use super::profit::ProfitFold;
use super::returns::DailyCloses;
use super::scale::{Scale, accumulate, mid_x2};
use super::spread::SpreadFold;
use super::trips::RoundTrips;
use super::wire::WireCounts;
use super::{AmbiguousFills, Conventions, MetricsError, MetricsOptions, PerMarket, SpanSummary, Summary};
use crate::journal::{Entry, EntrySink};
use crate::model::{BestPrices, ClientOrderId, ExecutionReport, Fill, Instrument, Intent, Mark, MarketId, ReportKind};
use crate::units::{DAY, Money, Overflow, Timestamp};

/// Folds a journal's entries, one after the other, into a [`Summary`]. Memory does not grow with the journal, but for
/// one close a day and the fills of the last markout horizon.
#[derive(Debug, Clone)]
pub struct MetricsFold {
    scale: Scale,
    options: MetricsOptions,
    entries: u64,
    run: Option<Box<Run>>,
    error: Option<MetricsError>,
}

/// What is folded once the run has started. Marks, fills and rare entries are kept out of line: orders and answers are
/// by far the most frequent, and cheap.
#[derive(Debug, Clone)]
pub(super) struct Run {
    start: Timestamp,
    now: Timestamp,
    end: Option<End>,
    marks: MarkInterval,
    closes: DailyCloses,
    drawdown: DrawdownFold,
    profit: ProfitFold,
    trips: RoundTrips,
    orders: OrderCounts,
    execution: ExecutionFold,
    markouts: MarkoutFold,
    inventory: InventoryFold,
    exposure: ExposureFold,
    spread: SpreadFold,
    latency: LatencyFold,
    gates: GateCounts,
    commands: Vec<Told>,
    moved: MovedStatistics,
    alerts: AlertStatistics,
    wire: WireCounts,
    ambiguous: AmbiguousFills,
    plots: Plots,
}

#[derive(Debug, Clone, Copy, Default)]
struct End {
    rows: u64,
    messages: u64,
}

/// What is wrong with an entry, before its number is known.
pub(super) enum Problem {
    Overflow(Overflow),
    Market { found: u8, expected: usize },
    Equity { journalled: Money, computed: Money },
    Position { journalled: i64, computed: i64 },
}

impl From<Overflow> for Problem {
    fn from(overflow: Overflow) -> Self {
        Self::Overflow(overflow)
    }
}

impl Problem {
    pub(super) fn at(self, entry: u64) -> MetricsError {
        match self {
            Self::Market { found, expected } => MetricsError::Market { entry, found, expected },
            Self::Overflow(source) => MetricsError::Overflow { entry, source },
            Self::Equity { journalled, computed } => MetricsError::Equity { entry, journalled, computed },
            Self::Position { journalled, computed } => MetricsError::Position { entry, journalled, computed },
        }
    }
}

impl MetricsFold {
    /// A fold for a run of `instrument`.
    ///
    /// # Errors
    /// [`Overflow`] when one tick times one step cannot be held exactly.
    pub fn new(instrument: &Instrument, options: &MetricsOptions) -> Result<Self, Overflow> {
        let scale = Scale::new(instrument)?;
        Ok(Self { scale, options: options.clone(), entries: 0, run: None, error: None })
    }

    /// The figures. A journal without an end is summed up to its last entry and flagged as incomplete.
    ///
    /// # Errors
    /// The first [`MetricsError`] met while folding.
    pub fn finish(self) -> Result<Summary, MetricsError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let entry = self.entries;
        let run = self.run.ok_or(MetricsError::NoStart { entry, found: "end of journal" })?;
        run.finish(&self.scale, &self.options, entry).map_err(|source| MetricsError::Overflow { entry, source })
    }

    /// Lets the run take the next entry; `whole` is that entry, for the case that there is no run.
    #[inline]
    fn next(&mut self, take: impl FnOnce(&mut Run, &Scale) -> Result<(), Problem>, whole: impl FnOnce() -> Entry) {
        match &mut self.run {
            Some(run) => {
                if let Err(problem) = take(run, &self.scale) {
                    self.fail(problem);
                }
            }
            None => self.begin(&whole()),
        }
        self.entries += 1;
    }

    /// The first error ends the run: nothing is folded after it.
    #[cold]
    fn fail(&mut self, problem: Problem) {
        self.error = Some(problem.at(self.entries));
        self.run = None;
    }

    #[cold]
    fn begin(&mut self, entry: &Entry) {
        if self.error.is_some() {
            return;
        }
        match entry {
            Entry::Start { at, market, equity, position } => match only_market(*market) {
                Ok(()) => self.run = Some(Box::new(Run::new(*at, *equity, position.steps(), &self.options))),
                Err(problem) => self.fail(problem),
            },
            other => self.error = Some(MetricsError::NoStart { entry: self.entries, found: other.kind() }),
        }
    }
}

impl EntrySink for MetricsFold {
    fn record(&mut self, entry: &Entry) {
        self.next(|run, scale| run.take(entry, scale), || *entry);
    }

    #[inline]
    fn record_order_sent(&mut self, at: Timestamp, intent: &Intent) {
        self.next(|run, _| run.order_sent(intent), || Entry::OrderSent { at, intent: *intent });
    }

    #[inline]
    fn record_cancel_sent(&mut self, at: Timestamp, market: MarketId, client_order_id: ClientOrderId) {
        self.next(|run, _| run.cancel_sent(), || Entry::CancelSent { at, market, client_order_id });
    }

    #[inline]
    fn record_report(&mut self, report: &ExecutionReport) {
        self.next(|run, scale| run.report(report, scale), || Entry::Venue(*report));
    }

    #[inline]
    fn record_mark(&mut self, mark: &Mark) {
        self.next(|run, scale| run.mark(mark, scale), || Entry::Mark(*mark));
    }

    #[inline]
    fn record_quote(&mut self, at: Timestamp, market: MarketId, best: &BestPrices) {
        self.next(|run, _| run.quote(at, best), || Entry::Quote { at, market, best: *best });
    }
}

impl Run {
    pub(super) fn new(at: Timestamp, equity: Money, position: i64, options: &MetricsOptions) -> Self {
        let mut plots = Plots::new(at);
        plots.start(at, equity.atto(), position);
        Self {
            start: at,
            now: at,
            end: None,
            marks: MarkInterval::default(),
            closes: DailyCloses::new(at, equity),
            drawdown: DrawdownFold::new(at, equity),
            profit: ProfitFold::new(equity, position),
            trips: RoundTrips::new(position),
            orders: OrderCounts::default(),
            execution: ExecutionFold::default(),
            markouts: MarkoutFold::new(options),
            inventory: InventoryFold::new(at, position),
            exposure: ExposureFold::new(at, equity),
            spread: SpreadFold::new(at),
            latency: LatencyFold::new(),
            gates: GateCounts::default(),
            commands: Vec::new(),
            moved: MovedStatistics::default(),
            alerts: AlertStatistics::default(),
            wire: WireCounts::default(),
            ambiguous: AmbiguousFills { count: 0, at_stake: Money::ZERO },
            plots,
        }
    }

    /// Position in steps.
    pub(super) const fn position(&self) -> i64 {
        self.profit.position()
    }

    pub(super) const fn trips(&self) -> &RoundTrips {
        &self.trips
    }

    /// Profit since the start (of an opening position: since its first mid), at the mids seen so far.
    pub(super) fn made(&self, scale: &Scale) -> Result<Money, Overflow> {
        self.profit.computed(scale)
    }

    /// The same, were this the mid.
    pub(super) fn made_at(&self, mid_x2: Option<i64>, scale: &Scale) -> Result<Money, Overflow> {
        let mut profit = self.profit.clone();
        mid_x2.map_or(Ok(()), |mid_x2| profit.move_mid(mid_x2))?;
        profit.computed(scale)
    }

    /// Value of the position at the mid seen last.
    pub(super) fn position_value(&self, scale: &Scale) -> Result<Money, Overflow> {
        let mid_x2 = i128::from(self.profit.mid_x2().unwrap_or_default());
        scale.quote_of_halves(accumulate("position value", 0, i128::from(self.profit.position()), mid_x2)?)
    }

    pub(super) fn take(&mut self, entry: &Entry, scale: &Scale) -> Result<(), Problem> {
        match entry {
            Entry::OrderSent { intent, .. } => self.order_sent(intent),
            Entry::CancelSent { .. } => self.cancel_sent(),
            Entry::Venue(report) => self.report(report, scale),
            Entry::Mark(mark) => self.mark(mark, scale),
            Entry::Quote { at, best, .. } => self.quote(*at, best),
            rare => Ok(self.take_rare(rare, scale)?),
        }
    }

    #[inline]
    fn order_sent(&mut self, intent: &Intent) -> Result<(), Problem> {
        Ok(self.orders.sent(intent.quantity)?)
    }

    #[inline]
    fn cancel_sent(&mut self) -> Result<(), Problem> {
        self.orders.cancel_sent();
        Ok(())
    }

    #[inline(never)]
    fn take_rare(&mut self, entry: &Entry, scale: &Scale) -> Result<(), Overflow> {
        match entry {
            Entry::OrderRefused { at, refusal, .. } => {
                self.plots.refused(*at);
                self.orders.refused();
                self.gates.of(refusal.gate).refused_orders += 1;
            }
            Entry::RequestRefused { at, refusal, .. } => {
                self.plots.refused(*at);
                self.orders.request_refused();
                self.gates.of(refusal.gate).refused_requests += 1;
            }
            Entry::AmendSent { quantity, .. } => self.orders.amend_sent(*quantity),
            Entry::Tripped { at, refusal, .. } => {
                self.plots.turned(*at, refusal.gate, true);
                self.gates.of(refusal.gate).tripped += 1;
            }
            Entry::Cleared { at, gate, .. } => {
                self.plots.turned(*at, *gate, false);
                self.gates.of(*gate).cleared += 1;
            }
            Entry::Command { at, market, command, status, line } => {
                self.wire.command(*market);
                self.commands.push(Told { at: *at, market: *market, command: *command, status: *status, line: *line });
            }
            Entry::Charged { charge, amount, .. } => {
                self.profit.charged(*charge, *amount)?;
                self.moved.take(entry);
            }
            Entry::Alert { at, market, alert } => self.alerts.take(*at, *market, alert),
            Entry::Wire { at, market, client_order_id, event } => {
                self.wire.take((*at, *market), *client_order_id, *event);
            }
            Entry::Allocated { at, amount, .. } => {
                self.allocated(*at, *amount, scale)?;
                self.moved.take(entry);
            }
            Entry::Ambiguous { at_stake, .. } => {
                self.ambiguous.count += 1;
                self.ambiguous.at_stake = self.ambiguous.at_stake.checked_add(*at_stake)?;
            }
            Entry::End { at, rows, messages } => {
                self.now = *at;
                self.end = Some(End { rows: *rows, messages: *messages });
            }
            _ => {}
        }
        Ok(())
    }

    /// The owner's money came in or went out: a new part of the run begins for whatever compares equities.
    fn allocated(&mut self, at: Timestamp, amount: Money, scale: &Scale) -> Result<(), Overflow> {
        if amount == Money::ZERO {
            return Ok(());
        }
        let before = self.profit.equity(scale)?;
        self.profit.allocated(amount)?;
        self.closes.allocated(at, before, amount)?;
        self.drawdown.allocated(before, amount)
    }

    #[inline]
    fn report(&mut self, report: &ExecutionReport, scale: &Scale) -> Result<(), Problem> {
        if let ReportKind::Filled(fill) = &report.kind {
            return self.fill(report, fill, scale);
        }
        self.now = self.now.max(report.matched_at);
        self.orders.report(&report.kind);
        if report.kind.sets_right() {
            return self.set_right(report, scale);
        }
        self.wire.report(report);
        if let Some(nanos) = report.told_at().and_then(|_| self.latency.report(report)) {
            self.plots.order_round_trip(report.matched_at, nanos);
        }
        Ok(())
    }

    #[inline(never)]
    fn fill(&mut self, report: &ExecutionReport, fill: &Fill, scale: &Scale) -> Result<(), Problem> {
        let (at, side) = (report.matched_at, report.side);
        self.now = self.now.max(at);
        self.wire.report(report);
        self.orders.fill(report, fill)?;
        if report.told_at().is_some() {
            self.latency.other(report);
        }
        only_market(report.market)?;
        self.profit.fill(side, fill)?;
        if let Some(mid_x2) = mid_x2(&fill.best) {
            self.markouts.observe(at, mid_x2)?;
        }
        self.markouts.fill(at, side, fill);
        self.trips.fill(at, side, fill, scale)?;
        self.execution.fill(side, fill)?;
        self.inventory.change(at, self.profit.position())?;
        self.plots.fill(at, side, fill, self.profit.position(), scale);
        Ok(())
    }

    /// A fill was set right: what was executed was executed, and position and cash are as after a trade.
    #[cold]
    #[inline(never)]
    fn set_right(&mut self, report: &ExecutionReport, scale: &Scale) -> Result<(), Problem> {
        only_market(report.market)?;
        let at = report.matched_at;
        self.latency.other(report);
        self.moved.set_right(report, report.market, scale)?;
        report.kind.bookings(report.side).try_for_each(|booking| self.profit.set_right(&booking))?;
        match &report.kind {
            ReportKind::Corrected(correction) => self.trips.correct(correction.bookings(report.side), scale)?,
            kind => kind.bookings(report.side).try_for_each(|booking| self.trips.book(at, &booking, scale))?,
        }
        self.inventory.change(at, self.profit.position())?;
        self.plots.position(at, self.profit.position());
        Ok(())
    }

    #[inline(never)]
    fn mark(&mut self, mark: &Mark, scale: &Scale) -> Result<(), Problem> {
        only_market(mark.market)?;
        let (at, mid_x2) = (mark.at, mid_x2(&mark.best));
        self.now = self.now.max(at);
        let (journalled, computed) = (mark.position.steps(), self.profit.position());
        if journalled != computed {
            return Err(Problem::Position { journalled, computed });
        }
        if let Some(unequal) = self.profit.mark(mid_x2, mark.equity, scale)? {
            return Err(Problem::Equity { journalled: unequal.journalled, computed: unequal.computed });
        }
        if let Some(mid_x2) = mid_x2 {
            self.markouts.observe(at, mid_x2)?;
        }
        self.marks.mark(at);
        self.orders.open_orders(mark.open_orders);
        self.closes.mark(at, mark.equity);
        let equity = mark.equity.to_f64();
        let drawdown = self.drawdown.mark(at, mark.equity, equity)?;
        self.inventory.change(at, journalled)?;
        self.exposure.mark(at, equity, journalled, self.profit.mid_x2(), scale)?;
        let spread = self.spread.mark(at, &mark.best);
        self.latency.feed(mark.feed_latency_ns);
        self.plots.mark(mark, mid_x2, spread, drawdown);
        Ok(())
    }

    #[inline]
    fn quote(&mut self, at: Timestamp, best: &BestPrices) -> Result<(), Problem> {
        self.now = self.now.max(at);
        match mid_x2(best) {
            Some(mid_x2) => Ok(self.markouts.observe(at, mid_x2)?),
            None => Ok(()),
        }
    }

    /// Equity after the last mark is a mark of its own, so that fills after it are in closes and drawdown.
    fn close(&mut self, scale: &Scale) -> Result<Money, Overflow> {
        let equity = self.profit.equity(scale)?;
        if self.marks.last() != Some(self.now) {
            self.closes.mark(self.now, equity);
            self.drawdown.mark(self.now, equity, equity.to_f64())?;
        }
        Ok(equity)
    }

    pub(super) fn finish(mut self, scale: &Scale, options: &MetricsOptions, entries: u64) -> Result<Summary, Overflow> {
        let end_equity = self.close(scale)?;
        let end = self.now;
        let mark_interval = self.marks.finish();
        let execution = self.execution.finish(scale)?;
        Ok(Summary {
            span: self.span(entries),
            conventions: Conventions {
                symbol: scale.symbol.clone(),
                base: PerMarket::One(scale.base.clone()),
                quote: scale.quote.clone(),
                tick_size: PerMarket::One(scale.tick_size),
                step_size: PerMarket::One(scale.step_size),
                periods_per_year: options.periods_per_year,
                headline_days: options.headline_days,
                mark_interval,
            },
            returns: self.closes.finish(end, end_equity, options)?,
            drawdown: self.drawdown.finish(end),
            trades: self.trips.finish()?,
            orders: self.orders.finish(),
            exposure: self.exposure.finish(end, execution.traded_notional, scale)?,
            execution,
            markouts: self.markouts.finish(end, scale)?,
            inventory: PerMarket::One(self.inventory.finish(end, scale)?),
            profit: self.profit.finish(scale)?,
            spread: PerMarket::One(self.spread.finish(end)),
            latency: self.latency.finish(options),
            gates: self.gates.finish(),
            commands: self.commands,
            moved: self.moved,
            alerts: self.alerts,
            wire: self.wire.finish(end),
            ambiguous: self.ambiguous,
            series: self.plots.finish(scale),
            days: Vec::new(),
            operation: super::operation::Operation::default(),
            markets: Vec::new(),
        })
    }

    fn span(&self, entries: u64) -> SpanSummary {
        let end = self.end.unwrap_or_default();
        SpanSummary {
            start: self.start,
            end: self.now,
            days: self.now.since(self.start).nanos() as f64 / DAY.nanos() as f64,
            rows: end.rows,
            messages: end.messages,
            entries,
            marks: self.marks.marks(),
            complete: self.end.is_some(),
        }
    }
}

/// A fold of one market takes nothing of another.
fn only_market(market: MarketId) -> Result<(), Problem> {
    if market == MarketId::FIRST { Ok(()) } else { Err(Problem::Market { found: market.0, expected: 0 }) }
}
