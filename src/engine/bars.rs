use super::bar_tape::BarTape;
use super::builder::BarBuilder;
use super::config::{EngineConfig, Progress};
use super::error::EngineError;
use super::lane::{Lane, Outlook, held};
use super::reinvest::Reinvestments;
use super::run::{MarketOutcome, Outcome, aligned_after, at_one_price};
use super::site::OpenBar;
use super::track::listens;
use crate::book::Ladder;
use crate::bot::{MarketKnowledge, Wake};
use crate::journal::Entry;
use crate::model::{Bar, BestPrices, MarketId};
use crate::tape::{Batch, BatchSource, TapeHeader};
use crate::units::{MINUTE, Overflow, Price, Span, Timestamp};
use crate::venue::Ambiguity;

/// How often an account is marked that no market can concern: often enough to draw the price.
const IDLE: Span = MINUTE.times(240);

/// A bar and the market it is of.
type Due = (usize, Bar);

/// Replays tapes of bars.
///
/// A bar is one step: what the bots sent at its open or before meets its open; then its path runs through the resting
/// orders; at its close the bots learn what happened, see the bar, and wish. The risk clock ticks at the first close at or
/// after each of its instants; an account that holds nothing and has nothing open is marked every four hours of UTC, every
/// other one also where such a stretch begins, where a breaker's price is reached, and at the end.
///
/// In a silent bar nobody traded (see [`Bar::is_silent`]): what the bots sent reaches the venue and orders expire, but nothing
/// fills and no trigger fires.
///
/// Bars of several markets that open together are one step: all of them are traded through before the bots learn of any.
/// A market without a bar in a step stands still, and what was sent to it waits for its next bar.
pub(super) fn run(
    sources: &mut [&mut dyn BatchSource],
    headers: &[TapeHeader],
    start: Timestamp,
    config: &EngineConfig,
    lanes: Vec<Lane>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, EngineError> {
    let period = common_period(headers)?;
    let mut replay = BarReplay::new(lanes, headers.len(), period, (start, config.risk_clock))?;
    let rows_max = config.max_rows.unwrap_or(u64::MAX);
    let (end, rows) = match sources {
        [source] => replay.tape(*source, rows_max, start, progress)?,
        sources => replay.merged(sources, rows_max, start, progress)?,
    };
    replay.finish(start, end, &rows)
}

/// The length of a bar, which is that of all tapes.
fn common_period(headers: &[TapeHeader]) -> Result<Span, EngineError> {
    let mut common: Option<(Span, i64, &TapeHeader)> = None;
    for header in headers {
        let Some(period) = header.period.filter(|period| period.nanos() > 0) else {
            return Err(EngineError::Unsupported("the bar tape states no period; import it again".to_owned()));
        };
        let phase = header.first_at.nanos().rem_euclid(period.nanos());
        let (first, first_phase, other) = *common.get_or_insert((period, phase, header));
        let (name, other) = (&header.instrument.symbol, &other.instrument.symbol);
        if period != first {
            return Err(EngineError::Unsupported(format!(
                "bars of `{other}` last {first} and those of `{name}` {period}; tapes of bars are merged bar by bar, so \
                 import them with one period"
            )));
        }
        if phase != first_phase {
            return Err(EngineError::Unsupported(format!(
                "bars of `{other}` and of `{name}` do not open at the same instants; tapes of bars are merged bar by bar"
            )));
        }
    }
    common
        .map(|(period, ..)| period)
        .ok_or_else(|| EngineError::Unsupported("no tape; a run needs one at least".to_owned()))
}

struct BarLane {
    lane: Lane,
    /// The strategy's bars of each market, when they are longer than the tape's.
    builders: Vec<Option<BarBuilder>>,
    /// Whether the strategy wants bars of each market.
    wants_bars: Vec<bool>,
    /// Number of the stretch of [`IDLE`] that was marked last.
    marked_in: Option<i64>,
    marked_at: Timestamp,
}

impl BarLane {
    fn new(lane: Lane, markets: usize, period: Span, start: Timestamp) -> Result<Self, EngineError> {
        let subscriptions = lane.bot.subscriptions();
        let wanted = subscriptions.bars;
        if wanted.is_some_and(|wanted| wanted < period || wanted.nanos() % period.nanos() != 0) {
            return Err(EngineError::Unsupported(format!(
                "strategy `{}` wants bars of {}; the tape holds bars of {period}, so ask for a multiple of that",
                lane.bot.strategy().describe().name,
                wanted.unwrap_or(Span::ZERO),
            )));
        }
        let longer = wanted.filter(|wanted| *wanted != period);
        let builders = (0..markets).map(|_| longer.map(|wanted| BarBuilder::new(wanted, start))).collect();
        let wants_bars = lane.sites.iter().map(|site| wanted.is_some() && listens(&lane, site.id)).collect();
        Ok(Self { builders, wants_bars, lane, marked_in: None, marked_at: start })
    }
}

impl AsMut<Lane> for BarLane {
    fn as_mut(&mut self) -> &mut Lane {
        &mut self.lane
    }
}

struct BarReplay {
    lanes: Vec<BarLane>,
    period: Span,
    /// Close of each market's bar before: the last price before a bar's open.
    last_close: Vec<Option<Price>>,
    /// What the bots know of each market: its last bar.
    markets: Vec<MarketKnowledge<'static>>,
    /// Bars come when they are complete: there is no feed latency.
    feed_latency: Vec<Span>,
    /// Stays empty: bars know no book.
    book: Ladder,
    ambiguities: Vec<Ambiguity>,
    /// Close of the step before; the start before the first.
    closed_at: Timestamp,
    risk_clock: Span,
    next_mark: Timestamp,
    /// What moves money between the lanes; nothing in most runs.
    reinvestments: Option<Box<Reinvestments>>,
}

impl BarReplay {
    fn new(
        lanes: Vec<Lane>,
        markets: usize,
        period: Span,
        (start, risk_clock): (Timestamp, Span),
    ) -> Result<Self, EngineError> {
        let mut lanes = lanes;
        let reinvestments = Reinvestments::of(&mut lanes, start);
        let lanes = lanes.into_iter().map(|lane| BarLane::new(lane, markets, period, start));
        let unknown = MarketKnowledge {
            best: BestPrices::default(),
            market_at: None,
            is_synchronised: true,
            market_latency: Span::ZERO,
            last_trade: None,
            depth: None,
        };
        Ok(Self {
            lanes: lanes.collect::<Result<_, _>>()?,
            period,
            last_close: vec![None; markets],
            markets: vec![unknown; markets],
            feed_latency: vec![Span::ZERO; markets],
            book: Ladder::new(),
            ambiguities: Vec::new(),
            closed_at: start,
            risk_clock,
            next_mark: aligned_after(start, risk_clock),
            reinvestments,
        })
    }

    /// Replays one tape. Returns the end of the last bar, and the bars replayed.
    fn tape(
        &mut self,
        source: &mut dyn BatchSource,
        rows_max: u64,
        start: Timestamp,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Timestamp, Vec<u64>), EngineError> {
        let (mut rows, mut end, mut index) = (0, start, 0);
        while rows < rows_max
            && let Some(Batch::Bars(batch)) = source.batch(index)?
        {
            let take = batch.len().min(usize::try_from(rows_max - rows).unwrap_or(usize::MAX));
            for offset in 0..take {
                self.step(&[(0, batch.bar(offset, self.period))])?;
            }
            rows += take as u64;
            index += 1;
            if take > 0 {
                end = Timestamp::from_nanos(batch.open_at[take - 1]).plus(self.period);
            }
            progress(Progress { rows, at: end, held: held(self.lanes.iter().map(|lane| &lane.lane)), is_start: false });
        }
        Ok((end, vec![rows]))
    }

    /// Replays several tapes, instant by instant. The instant into which the last row allowed falls is replayed whole.
    fn merged(
        &mut self,
        sources: &mut [&mut dyn BatchSource],
        rows_max: u64,
        start: Timestamp,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Timestamp, Vec<u64>), EngineError> {
        let mut tapes: Vec<BarTape<'_>> = sources.iter_mut().map(|source| BarTape::new(*source, self.period)).collect();
        let (mut end, mut due) = (start, Vec::with_capacity(tapes.len()));
        let mut rows = 0;
        while rows < rows_max
            && let Some(open_at) = soonest(&mut tapes)?
        {
            due.clear();
            for (place, tape) in tapes.iter_mut().enumerate() {
                due.extend(tape.take_at(open_at).map(|bar| (place, bar)));
            }
            self.step(&due)?;
            rows += due.len() as u64;
            end = open_at.plus(self.period);
            if rows % (1 << 12) < due.len() as u64 {
                progress(Progress {
                    rows,
                    at: end,
                    held: held(self.lanes.iter().map(|lane| &lane.lane)),
                    is_start: false,
                });
            }
        }
        Ok((end, tapes.iter().map(BarTape::rows).collect()))
    }

    /// One step: bars of different markets that open together.
    fn step(&mut self, due: &[Due]) -> Result<(), EngineError> {
        let close_at = due[0].1.open_at.plus(self.period);
        self.quote_before(close_at);
        for (place, bar) in due {
            let best = at_one_price(bar.close);
            self.markets[*place] = MarketKnowledge { best, market_at: Some(close_at), ..self.markets[*place] };
        }
        if self.reinvestments.as_ref().is_some_and(|all| all.next() <= close_at) {
            self.reinvest(due, close_at)?;
        } else {
            for index in 0..self.lanes.len() {
                self.close_lane(index, due, close_at)?;
                self.wake_lane(index, due, close_at)?;
            }
        }
        due.iter().for_each(|(place, bar)| self.last_close[*place] = Some(bar.close));
        if self.next_mark <= close_at {
            self.next_mark = aligned_after(close_at, self.risk_clock);
        }
        Ok(())
    }

    /// A close at which money moves between the lanes: all of them have traded and had their events before, and none is told or
    /// woken until it is done.
    fn reinvest(&mut self, due: &[Due], close_at: Timestamp) -> Result<(), EngineError> {
        (0..self.lanes.len()).try_for_each(|index| self.close_lane(index, due, close_at))?;
        if let Some(reinvestments) = &mut self.reinvestments {
            reinvestments.carry_out(&mut self.lanes, close_at)?;
        }
        (0..self.lanes.len()).try_for_each(|index| self.wake_lane(index, due, close_at))
    }

    /// What happens to a lane in a bar, up to what moves its account at the close.
    fn close_lane(&mut self, index: usize, due: &[Due], close_at: Timestamp) -> Result<(), EngineError> {
        let stepped = self.step_lane(index, due, close_at);
        stepped.map_err(|source| self.lanes[index].lane.error(close_at, source))?;
        let charged = self.lanes[index].lane.events(close_at, &self.feed_latency);
        charged.map(|_| ()).map_err(|source| self.lanes[index].lane.error(close_at, source))
    }

    /// What the bot does at the close: what it is told, and what its strategy wants.
    fn wake_lane(&mut self, index: usize, due: &[Due], close_at: Timestamp) -> Result<(), EngineError> {
        let told = self.lanes[index].lane.commands(close_at)?;
        let woken = self.act_at_close(index, due, close_at, told);
        woken.map_err(|source| self.lanes[index].lane.error(close_at, source))
    }

    /// Journals the last closes for markouts whose horizon ends before `close_at`, when the next ones are known.
    #[inline]
    fn quote_before(&mut self, close_at: Timestamp) {
        let until = close_at.plus(Span::from_nanos(-1));
        for BarLane { lane, marked_at, .. } in &mut self.lanes {
            for (place, market) in self.markets.iter().enumerate() {
                match *marked_at == self.closed_at {
                    // The mark of that close says the same.
                    true => lane.sites[place].horizons.pass(until),
                    false => lane.quote(place, until, self.closed_at, || market.best),
                }
            }
        }
        self.closed_at = close_at;
    }

    #[inline]
    fn step_lane(&mut self, index: usize, due: &[Due], close_at: Timestamp) -> Result<(), Overflow> {
        let outlook = Outlook { markets: &self.markets, feed_latency: &self.feed_latency };
        let BarLane { lane, marked_in, marked_at, .. } = &mut self.lanes[index];
        let idle = lane.is_idle();
        for (place, _) in due {
            lane.sites[*place].bar = Some(OpenBar { close_at, period: self.period });
        }
        if !idle {
            for (place, bar) in due {
                lane.sites[*place].tell_last_trade(close_at, self.last_close[*place]);
                arrive(lane, *place, bar, close_at, &mut self.book)?;
                trade_through(lane, *place, bar, self.last_close[*place], &mut self.ambiguities)?;
            }
            lane.deliver(close_at, outlook)?;
        }
        let stretch = due[0].1.open_at.nanos().div_euclid(IDLE.nanos());
        let ticks = || self.next_mark <= close_at || due.iter().any(|(place, bar)| trips(lane, *place, bar));
        if *marked_in != Some(stretch) || !idle && ticks() || lane.script.needs_mark(close_at) {
            (*marked_in, *marked_at) = (Some(stretch), close_at);
            let best = |market: MarketId| outlook.markets[market.index()].best;
            if lane.mark(close_at, best, outlook.markets, outlook.feed_latency)?.demanded {
                lane.give_in(close_at, outlook)?;
            }
        } else {
            // Whoever watches wants to see every close, also of a market in which nothing is held.
            lane.look(close_at, |market| outlook.markets[market.index()].best, outlook.markets, outlook.feed_latency)?;
        }
        Ok(())
    }

    /// What it was told, and what its strategy wants.
    fn act_at_close(&mut self, index: usize, due: &[Due], close_at: Timestamp, told: bool) -> Result<(), Overflow> {
        let outlook = Outlook { markets: &self.markets, feed_latency: &self.feed_latency };
        let BarLane { lane, builders, wants_bars, .. } = &mut self.lanes[index];
        if told || lane.bot.is_flattening() {
            lane.give_in(close_at, outlook)?;
        }
        for (place, bar) in due {
            if wants_bars[*place] {
                wake_with_bar(lane, *place, builders[*place].as_mut(), bar, close_at, outlook)?;
            }
        }
        if lane.next_timer <= close_at {
            ring(lane, close_at, outlook)?;
        }
        Ok(())
    }

    fn finish(mut self, start: Timestamp, end: Timestamp, rows: &[u64]) -> Result<Outcome, EngineError> {
        // A fill at an open is over a nanosecond late: see `Site::absorb`.
        self.quote_before(end.plus(Span::from_nanos(2)));
        let best = |market: MarketId| self.markets[market.index()].best;
        for BarLane { lane, .. } in self.lanes.iter_mut().filter(|lane| !lane.lane.is_idle() && lane.marked_at < end) {
            lane.mark(end, best, &self.markets, &self.feed_latency).map_err(|source| lane.error(end, source))?;
        }
        let total = rows.iter().sum();
        let lanes = self.lanes.into_iter().map(|lane| lane.lane.finish(end, total, total));
        let lanes = lanes.collect::<Result<Vec<_>, _>>()?;
        let market = |rows: &u64| MarketOutcome { rows: *rows, messages: *rows, own_book: false };
        Ok(Outcome { lanes, rows: total, messages: total, start, end, markets: rows.iter().map(market).collect() })
    }
}

/// When the next bar of any tape opens; `None` when all have ended.
fn soonest(tapes: &mut [BarTape<'_>]) -> Result<Option<Timestamp>, EngineError> {
    let mut soonest: Option<Timestamp> = None;
    for tape in tapes {
        let Some(open_at) = tape.next_at()? else { continue };
        soonest = Some(soonest.map_or(open_at, |soonest| soonest.min(open_at)));
    }
    Ok(soonest)
}

/// True when a bar closes at a price at which a breaker would trip.
fn trips(lane: &Lane, place: usize, bar: &Bar) -> bool {
    let ((low, high), close_x2) = (lane.sites[place].trip, 2 * bar.close.ticks());
    low != i64::MIN && close_x2 <= low || high != i64::MAX && high <= close_x2
}

/// Requests reach the venue, and orders expire.
fn arrive(lane: &mut Lane, place: usize, bar: &Bar, close_at: Timestamp, book: &mut Ladder) -> Result<(), Overflow> {
    let before_close = Timestamp::from_nanos(close_at.nanos() - 1);
    lane.arrivals(place, before_close, bar.open_at, book, Span::ZERO)?;
    if lane.sites[place].venue.next_expiry() <= bar.open_at {
        lane.at_venue(place, Span::ZERO, |venue, out| {
            venue.expire(bar.open_at, book, out);
            Ok(())
        })?;
    }
    Ok(())
}

/// New orders meet the open, resting ones the path, if anybody traded after the last price `before`.
fn trade_through(
    lane: &mut Lane,
    place: usize,
    bar: &Bar,
    before: Option<Price>,
    ambiguities: &mut Vec<Ambiguity>,
) -> Result<(), Overflow> {
    if lane.sites[place].venue.open_orders() > 0 {
        lane.at_venue(place, Span::ZERO, |venue, out| {
            if bar.is_silent(before) {
                venue.on_silent_bar(bar, out);
                return Ok(());
            }
            venue.on_bar(bar, out, ambiguities)
        })?;
    }
    let market = lane.sites[place].id;
    for ambiguity in ambiguities.drain(..) {
        let Ambiguity { client_order_id, at_stake } = ambiguity;
        lane.record(&Entry::Ambiguous { at: bar.open_at, market, client_order_id, at_stake });
    }
    Ok(())
}

fn wake_with_bar(
    lane: &mut Lane,
    place: usize,
    builder: Option<&mut BarBuilder>,
    bar: &Bar,
    close_at: Timestamp,
    outlook: Outlook<'_>,
) -> Result<(), Overflow> {
    let market = lane.sites[place].id;
    let Some(builder) = builder else {
        return lane.wake(Wake::Bar(market, bar), close_at, outlook);
    };
    // A hole in the tape can hide the end of a longer bar: it is complete as soon as a later bar is seen.
    while builder.close_at() <= bar.open_at {
        if let Some(complete) = builder.close() {
            lane.wake(Wake::Bar(market, &complete), close_at, outlook)?;
        }
    }
    builder.add(bar);
    if builder.close_at() <= close_at
        && let Some(complete) = builder.close()
    {
        lane.wake(Wake::Bar(market, &complete), close_at, outlook)?;
    }
    Ok(())
}

/// Timers ring at closes, once however many times they were due within the bar.
fn ring(lane: &mut Lane, close_at: Timestamp, outlook: Outlook<'_>) -> Result<(), Overflow> {
    let period = lane.bot.subscriptions().timer.unwrap_or(Span::from_nanos(i64::MAX));
    let missed = close_at.since(lane.next_timer).nanos() / period.nanos();
    lane.next_timer = lane.next_timer.plus(period.times(missed + 1));
    lane.wake(Wake::Timer, close_at, outlook)
}
