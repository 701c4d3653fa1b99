//! A run of several markets: each folded by itself, and the account over all of them.
//!
//! Every market is folded as if it were the run's only one, with an equity of its own that begins at zero: its profit. The
//! account's equity is the journal's, and is compared with the sum of the markets' profits.

use super::alerts::AlertStatistics;
use super::commands::Told;
use super::drawdown::DrawdownFold;
use super::fold::{Problem, Run};
use super::gates::GateCounts;
use super::latency::LatencyFold;
use super::marks::MarkInterval;
use super::moved::MovedStatistics;
use super::orders::OrderCounts;
use super::per_market::SEVERAL;
use super::plots::Plots;
use super::profit::NO_FUNDING;
use super::returns::DailyCloses;
use super::scale::{Scale, mid_x2};
use super::total::{self, ExposureSums};
use super::trips::RoundTrips;
use super::wire::WireCounts;
use super::{
    AmbiguousFills, Conventions, MarketSummary, Metric, MetricsError, MetricsOptions, PerMarket, ProfitSplit,
    SpanSummary, Summary,
};
use crate::journal::{Entry, EntrySink};
use crate::model::{Instrument, Mark, MarketId, ReportKind};
use crate::units::{DAY, Money, Overflow, Timestamp};

/// Folds the journal of a run of several markets.
#[derive(Debug, Clone)]
pub(super) struct SeveralFold {
    scales: Vec<Scale>,
    options: MetricsOptions,
    entries: u64,
    /// The markets whose start has been read.
    parts: Vec<Run>,
    account: Option<Box<Account>>,
    error: Option<MetricsError>,
}

/// What is of all markets together.
#[derive(Debug, Clone)]
struct Account {
    start: Timestamp,
    now: Timestamp,
    end: Option<(u64, u64)>,
    /// Equity at the start, and what the owner has put in since.
    start_equity: Money,
    /// What opening positions did before the first marks with a mid; `None` while not known.
    opening: Option<Money>,
    /// Journalled equity at the last tick, and the sum of the markets' profits then.
    marked: (Money, Money),
    checked: u64,
    unchecked: u64,
    tick: Tick,
    marks: MarkInterval,
    closes: DailyCloses,
    drawdown: DrawdownFold,
    exposure: ExposureSums,
    orders: OrderCounts,
    latency: LatencyFold,
    gates: GateCounts,
    commands: Vec<Told>,
    moved: MovedStatistics,
    alerts: AlertStatistics,
    wire: WireCounts,
    ambiguous: AmbiguousFills,
    plots: Plots,
}

/// The marks of one tick of the risk clock, as far as they have been read.
#[derive(Debug, Clone, Copy, Default)]
struct Tick {
    /// Marks read: the market whose mark is next.
    next: usize,
    open_orders: u32,
    /// A market had no mid.
    blind: bool,
}

impl SeveralFold {
    pub(super) fn new(instruments: &[Instrument], options: &MetricsOptions) -> Result<Self, Overflow> {
        let scales = instruments.iter().map(Scale::new).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { scales, options: options.clone(), entries: 0, parts: Vec::new(), account: None, error: None })
    }

    fn take(&mut self, entry: &Entry) -> Result<(), MetricsError> {
        if self.account.is_none() {
            return self.begin(entry);
        }
        self.fold(entry).map_err(|problem| problem.at(self.entries))
    }

    /// One start a market, in their order.
    fn begin(&mut self, entry: &Entry) -> Result<(), MetricsError> {
        let Entry::Start { at, market, equity, position } = entry else {
            return Err(MetricsError::NoStart { entry: self.entries, found: entry.kind() });
        };
        if market.index() != self.parts.len() {
            return Err(self.stranger(*market, self.parts.len()));
        }
        self.parts.push(Run::new(*at, Money::ZERO, position.steps(), &self.options));
        if self.parts.len() == self.scales.len() {
            let flat = self.parts.iter().all(|part| part.position() == 0);
            self.account = Some(Box::new(Account::new(*at, *equity, flat)));
        }
        Ok(())
    }

    fn stranger(&self, market: MarketId, expected: usize) -> MetricsError {
        MetricsError::Market { entry: self.entries, found: market.0, expected }
    }

    fn fold(&mut self, entry: &Entry) -> Result<(), Problem> {
        let Some(account) = &mut self.account else { return Ok(()) };
        account.take(entry)?;
        let place = entry.market().index();
        let is_order = matches!(entry, Entry::OrderSent { .. } | Entry::OrderRefused { .. });
        // An order for a market that the run does not have counts for the first, whose venue rejects it.
        let place = if is_order && place >= self.parts.len() { 0 } else { place };
        let (Some(part), Some(scale)) = (self.parts.get_mut(place), self.scales.get(place)) else {
            return Err(Problem::Market { found: entry.market().0, expected: self.scales.len() - 1 });
        };
        match entry {
            Entry::End { .. } => {
                self.parts.iter_mut().zip(&self.scales).try_for_each(|(part, scale)| part.take(entry, scale))
            }
            Entry::Mark(mark) => {
                let equity = part.made_at(mid_x2(&mark.best), scale)?;
                part.take(&Entry::Mark(Mark { equity, market: MarketId::FIRST, ..*mark }), scale)?;
                account.mark(mark, &self.parts, &self.scales)
            }
            Entry::Venue(report) if matches!(report.kind, ReportKind::Filled(_)) || report.kind.sets_right() => {
                account.moved.set_right(report, report.market, scale)?;
                let mut report = *report;
                report.market = MarketId::FIRST;
                part.take(&Entry::Venue(report), scale)
            }
            // Each market is folded by what it made.
            Entry::Allocated { at, amount, .. } => {
                Ok(account.allocated(*at, *amount, made(&self.parts, &self.scales)?)?)
            }
            other => part.take(other, scale),
        }
    }

    pub(super) fn finish(self) -> Result<Summary, MetricsError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let entry = self.entries;
        let account = self.account.ok_or(MetricsError::NoStart { entry, found: "end of journal" })?;
        let finished = account.finish(self.parts, &self.scales, &self.options, entry);
        finished.map_err(|source| MetricsError::Overflow { entry, source })
    }
}

impl EntrySink for SeveralFold {
    fn record(&mut self, entry: &Entry) {
        if self.error.is_none()
            && let Err(error) = self.take(entry)
        {
            self.error = Some(error);
        }
        self.entries += 1;
    }
}

/// Sum of what the markets have made so far.
fn made(parts: &[Run], scales: &[Scale]) -> Result<Money, Overflow> {
    let made = |(part, scale): (&Run, &Scale)| part.made(scale);
    parts.iter().zip(scales).map(made).try_fold(Money::ZERO, |sum, made| sum.checked_add(made?))
}

impl Account {
    fn new(at: Timestamp, equity: Money, is_flat: bool) -> Self {
        let mut plots = Plots::new(at);
        plots.start_equity(at, equity.atto());
        Self {
            start: at,
            now: at,
            end: None,
            start_equity: equity,
            opening: is_flat.then_some(Money::ZERO),
            marked: (equity, Money::ZERO),
            checked: 0,
            unchecked: 0,
            tick: Tick::default(),
            marks: MarkInterval::default(),
            closes: DailyCloses::new(at, equity),
            drawdown: DrawdownFold::new(at, equity),
            exposure: ExposureSums::new(at, equity),
            orders: OrderCounts::default(),
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

    fn take(&mut self, entry: &Entry) -> Result<(), Overflow> {
        match entry {
            Entry::OrderSent { intent, .. } => self.orders.sent(intent.quantity)?,
            Entry::CancelSent { .. } => self.orders.cancel_sent(),
            Entry::AmendSent { quantity, .. } => self.orders.amend_sent(*quantity),
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
            Entry::Tripped { at, refusal, .. } => {
                self.plots.turned(*at, refusal.gate, true);
                self.gates.of(refusal.gate).tripped += 1;
            }
            Entry::Cleared { at, gate, .. } => {
                self.plots.turned(*at, *gate, false);
                self.gates.of(*gate).cleared += 1;
            }
            Entry::Venue(report) => {
                self.now = self.now.max(report.matched_at);
                match &report.kind {
                    ReportKind::Filled(fill) => self.orders.fill(report, fill)?,
                    other => self.orders.report(other),
                }
                self.wire.report(report);
                if let Some(nanos) = report.told_at().and_then(|_| self.latency.report(report)) {
                    self.plots.order_round_trip(report.matched_at, nanos);
                }
            }
            Entry::Command { at, market, command, status, line } => {
                self.wire.command(*market);
                self.commands.push(Told { at: *at, market: *market, command: *command, status: *status, line: *line });
            }
            Entry::Alert { at, market, alert } => self.alerts.take(*at, *market, alert),
            Entry::Wire { at, market, client_order_id, event } => {
                self.wire.take((*at, *market), *client_order_id, *event);
            }
            Entry::Ambiguous { at_stake, .. } => {
                self.ambiguous.count += 1;
                self.ambiguous.at_stake = self.ambiguous.at_stake.checked_add(*at_stake)?;
            }
            Entry::End { at, rows, messages } => {
                self.now = *at;
                self.end = Some((*rows, *messages));
            }
            Entry::Quote { at, .. } => self.now = self.now.max(*at),
            Entry::Charged { .. } | Entry::Allocated { .. } => self.moved.take(entry),
            Entry::Start { .. } | Entry::Mark(_) | Entry::Status { .. } => {}
        }
        Ok(())
    }

    /// The owner put `amount` in (took it out, if negative), the markets having `made` so much.
    fn allocated(&mut self, at: Timestamp, amount: Money, made: Money) -> Result<(), Overflow> {
        if amount == Money::ZERO {
            return Ok(());
        }
        let before = self.marked.0.checked_add(made.checked_sub(self.marked.1)?)?;
        self.marked.0 = self.marked.0.checked_add(amount)?;
        self.start_equity = self.start_equity.checked_add(amount)?;
        self.closes.allocated(at, before, amount)?;
        self.drawdown.allocated(before, amount)
    }

    /// A market's mark; with the last market's the tick is complete.
    fn mark(&mut self, mark: &Mark, parts: &[Run], scales: &[Scale]) -> Result<(), Problem> {
        if mark.market.index() != self.tick.next {
            return Err(Problem::Market { found: mark.market.0, expected: self.tick.next });
        }
        self.now = self.now.max(mark.at);
        self.latency.feed(mark.feed_latency_ns);
        self.tick.next += 1;
        self.tick.open_orders = self.tick.open_orders.saturating_add(mark.open_orders);
        self.tick.blind |= mid_x2(&mark.best).is_none();
        if self.tick.next < parts.len() {
            return Ok(());
        }
        let tick = std::mem::take(&mut self.tick);
        self.check(mark.equity, tick.blind, made(parts, scales)?)?;
        self.marks.mark(mark.at);
        self.orders.open_orders(tick.open_orders);
        self.closes.mark(mark.at, mark.equity);
        let equity = mark.equity.to_f64();
        let drawdown = self.drawdown.mark(mark.at, mark.equity, equity)?;
        self.exposure.mark(mark.at, equity, parts, scales)?;
        self.plots.mark_equity(mark.at, mark.equity.atto(), drawdown);
        Ok(())
    }

    /// Compares the journalled equity with the sum of the markets' profits, once every opening position has been marked.
    fn check(&mut self, equity: Money, is_blind: bool, made: Money) -> Result<(), Problem> {
        self.marked = (equity, made);
        if is_blind {
            self.unchecked += 1;
            return Ok(());
        }
        let since_start = equity.checked_sub(self.start_equity)?;
        let Some(opening) = self.opening else {
            self.opening = Some(since_start.checked_sub(made)?);
            return Ok(());
        };
        self.checked += 1;
        let computed = self.start_equity.checked_add(opening)?.checked_add(made)?;
        // Each market rounds its half ticks down.
        let difference = equity.checked_sub(computed)?.atto().unsigned_abs();
        let is_equal = difference <= ROUNDING_MAX;
        if is_equal { Ok(()) } else { Err(Problem::Equity { journalled: equity, computed }) }
    }

    /// Equity now: that of the last tick, plus what fills did since. It is a mark of its own.
    fn close(&mut self, parts: &[Run], scales: &[Scale]) -> Result<Money, Overflow> {
        let (equity, before) = self.marked;
        let equity = equity.checked_add(made(parts, scales)?.checked_sub(before)?)?;
        if self.marks.last() != Some(self.now) {
            self.closes.mark(self.now, equity);
            self.drawdown.mark(self.now, equity, equity.to_f64())?;
        }
        Ok(equity)
    }

    fn finish(
        mut self,
        parts: Vec<Run>,
        scales: &[Scale],
        options: &MetricsOptions,
        entries: u64,
    ) -> Result<Summary, Overflow> {
        let end_equity = self.close(&parts, scales)?;
        let mut trips = RoundTrips::new(0);
        parts.iter().try_for_each(|part| trips.join(part.trips()))?;
        let finished = parts.into_iter().zip(scales).map(|(part, scale)| part.finish(scale, options, entries));
        let markets = finished.collect::<Result<Vec<Summary>, _>>()?;
        let mark_interval = self.marks.finish();
        let execution = total::execution(&markets)?;
        let (span, profit) = (self.span(entries), self.profit(end_equity, &markets)?);
        let mut orders = self.orders.finish();
        orders.fill_ratio_quantity = Metric::undefined(SEVERAL);
        Ok(Summary {
            conventions: Conventions {
                symbol: scales.iter().map(|scale| scale.symbol.as_str()).collect::<Vec<_>>().join(" + "),
                base: PerMarket::Several,
                quote: scales[0].quote.clone(),
                tick_size: PerMarket::Several,
                step_size: PerMarket::Several,
                periods_per_year: options.periods_per_year,
                headline_days: options.headline_days,
                mark_interval,
            },
            span,
            returns: self.closes.finish(self.now, end_equity, options)?,
            drawdown: self.drawdown.finish(self.now),
            trades: trips.finish()?,
            orders,
            exposure: self.exposure.finish(self.now, execution.traded_notional),
            execution,
            markouts: total::markouts(&markets)?,
            inventory: PerMarket::Several,
            profit,
            spread: PerMarket::Several,
            latency: self.latency.finish(options),
            gates: self.gates.finish(),
            commands: self.commands,
            moved: self.moved,
            alerts: self.alerts,
            wire: self.wire.finish(self.now),
            ambiguous: self.ambiguous,
            series: self.plots.finish(&scales[0]),
            days: Vec::new(),
            operation: super::operation::Operation::default(),
            markets: (0..).zip(markets).map(|(place, market)| MarketSummary::of(MarketId(place), market)).collect(),
        })
    }

    fn profit(&self, end_equity: Money, markets: &[Summary]) -> Result<ProfitSplit, Overflow> {
        let sum = |read: fn(&Summary) -> Money| {
            markets.iter().map(read).try_fold(Money::ZERO, |sum, amount| sum.checked_add(amount))
        };
        let total = end_equity.checked_sub(self.start_equity)?;
        let (spread_capture, fees) = (sum(|market| market.profit.spread_capture)?, sum(|market| market.profit.fees)?);
        let funding = known_sum(markets.iter().filter_map(|market| market.profit.funding.value().copied()))?;
        let adjustments = known_sum(markets.iter().filter_map(|market| market.profit.adjustments))?;
        let set_right = known_sum(markets.iter().filter_map(|market| market.profit.set_right))?;
        Ok(ProfitSplit {
            total,
            spread_capture,
            inventory: total
                .checked_sub(spread_capture)?
                .checked_add(fees)?
                .checked_sub(funding.unwrap_or_default())?
                .checked_sub(adjustments.unwrap_or_default())?
                .checked_sub(set_right.unwrap_or_default())?,
            fees,
            funding: Metric::from_option(funding, NO_FUNDING),
            adjustments,
            set_right,
            marks_checked: self.checked,
            marks_unchecked: self.unchecked,
            fills_without_mid: markets.iter().map(|market| market.profit.fills_without_mid).sum(),
        })
    }

    fn span(&self, entries: u64) -> SpanSummary {
        let (rows, messages) = self.end.unwrap_or_default();
        SpanSummary {
            start: self.start,
            end: self.now,
            days: self.now.since(self.start).nanos() as f64 / DAY.nanos() as f64,
            rows,
            messages,
            entries,
            marks: self.marks.marks(),
            complete: self.end.is_some(),
        }
    }
}

/// The sum; `None` of nothing.
fn known_sum(amounts: impl Iterator<Item = Money>) -> Result<Option<Money>, Overflow> {
    amounts.map(Ok).reduce(|sum, amount| sum?.checked_add(amount?)).transpose()
}

/// Largest difference that rounding alone explains: an atto a market, and no run has more markets than this.
const ROUNDING_MAX: u128 = 256;
