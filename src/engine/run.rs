use super::bars;
use super::builder::BarBuilder;
use super::config::{EngineConfig, LaneSetup, Progress, ViewMode};
use super::cursor::{Batches, Market, Stop};
use super::error::EngineError;
use super::feed::{Delivery, Feed};
use super::interest::Interest;
use super::lane::{Lane, LaneOutcome};
use super::rows::Touch;
use crate::bot::{MarketKnowledge, Wake};
use crate::model::{BestPrices, Instrument, Level, MarketId, Trade};
use crate::strategy::Subscriptions;
use crate::tape::{BatchSource, TapeHeader, TapeKind};
use crate::units::{Overflow, Price, Quantity, Span, Timestamp};
use crate::venue::MarketKind;

/// Rounds of events allowed within one instant.
const ROUNDS_MAX: u32 = 10_000;

/// What a run has to show.
#[derive(Debug)]
pub struct Outcome {
    /// One outcome a lane, in the order of the set-ups.
    pub lanes: Vec<LaneOutcome>,
    /// Rows (or bars) replayed.
    pub rows: u64,
    /// Venue messages replayed.
    pub messages: u64,
    /// First venue time.
    pub start: Timestamp,
    /// Last instant of the run, on the bots' clock.
    pub end: Timestamp,
    /// The bots kept a book of their own.
    pub own_book: bool,
}

/// Replays `source` through all lanes in one pass.
///
/// # Errors
/// [`EngineError`] when the market cannot be read, an amount overflows, or a strategy never lets an instant end.
pub fn run(
    source: &mut dyn BatchSource,
    config: &EngineConfig,
    setups: Vec<LaneSetup>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, EngineError> {
    let header = source.header().clone();
    if header.kind == TapeKind::Bars {
        return bars::run(source, &header, config, setups, progress);
    }
    let kind = if header.kind == TapeKind::L2 { MarketKind::L2 } else { MarketKind::Trades };
    let lanes = build_lanes(setups, &header.instrument, kind, header.first_at)?;
    Engine::new(source, &header, config, lanes)?.run(progress)
}

pub(super) fn build_lanes(
    setups: Vec<LaneSetup>,
    instrument: &Instrument,
    kind: MarketKind,
    start: Timestamp,
) -> Result<Vec<Lane>, EngineError> {
    setups
        .into_iter()
        .map(|setup| {
            let name = setup.name.clone();
            Lane::new(setup, instrument, kind, start).map_err(|source| EngineError::Overflow {
                lane: name,
                at: start,
                source,
            })
        })
        .collect()
}

struct Engine<'s> {
    batches: Batches<'s>,
    market: Market,
    feed: Feed,
    lanes: Vec<Lane>,
    /// One builder a lane that subscribes to bars.
    builders: Vec<Option<BarBuilder>>,
    /// A lane wants each message.
    each_message: bool,
    delivery: Delivery,
    interest: Interest,
    /// No book is known: prices are those of the last trade.
    trades_only: bool,
    next_mark: Timestamp,
    risk_clock: Span,
    /// When the next message arrives at the bots; the end of time unless somebody listens.
    next_feed: Timestamp,
    now: Timestamp,
    start: Timestamp,
    end: Timestamp,
}

impl<'s> Engine<'s> {
    fn new(
        source: &'s mut dyn BatchSource,
        header: &TapeHeader,
        config: &EngineConfig,
        lanes: Vec<Lane>,
    ) -> Result<Self, EngineError> {
        let own_book = keeps_own_book(header, config.view, &lanes)?;
        let mut batches = Batches::new(source);
        let listens = lanes.iter().any(|lane| *lane.bot.subscriptions() != Subscriptions::default());
        let market = Market::new(&mut batches, listens && !own_book, config.max_rows)?;
        let trades_only = header.kind == TapeKind::Trades;
        let feed = Feed::new(&mut batches, own_book)?.marked_at_trades(trades_only);
        let start = header.first_at;
        let each_message = lanes.iter().any(|lane| lane.bot.subscriptions().book || lane.bot.subscriptions().trades);
        let builder = |lane: &Lane| lane.bot.subscriptions().bars.map(|period| BarBuilder::new(period, start));
        let mut engine = Self {
            builders: lanes.iter().map(builder).collect(),
            batches,
            market,
            feed,
            lanes,
            each_message,
            delivery: Delivery::default(),
            interest: Interest::NONE,
            trades_only,
            next_mark: aligned_after(start, config.risk_clock),
            risk_clock: config.risk_clock,
            next_feed: Timestamp::MAX,
            now: start,
            start,
            end: Timestamp::MAX,
        };
        engine.refresh_feed()?;
        engine.refresh_interest();
        Ok(engine)
    }

    fn run(mut self, progress: &mut dyn FnMut(Progress)) -> Result<Outcome, EngineError> {
        let mut reported = 0;
        let mut limit = self.next_event();
        loop {
            match self.market.advance(&mut self.batches, limit.min(self.end), &self.interest)? {
                Stop::Touch(touch, at) => {
                    if self.touch(touch, at)? {
                        limit = self.next_event();
                    }
                }
                Stop::End if self.end == Timestamp::MAX => {
                    self.market_ended()?;
                    limit = self.next_event();
                }
                Stop::Limit | Stop::End => {
                    if limit > self.end || limit == Timestamp::MAX {
                        break;
                    }
                    limit = self.instant(limit)?;
                }
            }
            if self.market.rows() >> 16 != reported {
                reported = self.market.rows() >> 16;
                progress(Progress { rows: self.market.rows(), at: self.now });
            }
        }
        self.finish()
    }

    fn next_event(&self) -> Timestamp {
        let soonest = self.lanes.iter().map(Lane::next_at).min().unwrap_or(Timestamp::MAX);
        let bars = self.builders.iter().flatten().map(BarBuilder::close_at).min().unwrap_or(Timestamp::MAX);
        soonest.min(self.next_mark).min(self.next_feed).min(bars)
    }

    /// The market has ended: the run ends with the last instant at which a bot still learns something of it.
    fn market_ended(&mut self) -> Result<(), EngineError> {
        self.feed.limit(self.market.rows());
        self.end = self.feed.last_at(&mut self.batches)?.max(self.now);
        self.refresh_feed()
    }

    fn feed_latency(&self) -> Span {
        Span::from_nanos(self.market.feed_latency_ns())
    }

    /// A row of consequence: every lane whose watch it meets acts. True when that may have brought the next event closer.
    fn touch(&mut self, touch: Touch, at: Timestamp) -> Result<bool, EngineError> {
        self.now = at;
        let mut any = false;
        let latency = self.feed_latency();
        let best = match touch {
            Touch::Best { moved: true } => Some(self.market.replay.ladder.best()),
            Touch::Trade { price, .. } if self.trades_only => Some(at_one_price(price)),
            Touch::Best { .. } | Touch::Depth(_) | Touch::Trade { .. } => None,
        };
        for index in 0..self.lanes.len() {
            let lane = &mut self.lanes[index];
            let book = &mut self.market.replay.ladder;
            let acted = match touch {
                Touch::Depth(change) => lane.at_venue(latency, |venue, out| venue.on_depth(&change, at, book, out)),
                Touch::Trade { price, quantity, aggressor } => {
                    lane.at_venue(latency, |venue, out| venue.on_trade(price, quantity, aggressor, at, book, out))
                }
                Touch::Best { .. } => lane.at_venue(latency, |venue, out| venue.on_message_end(at, book, out)),
            };
            any |= acted.map_err(|source| self.lanes[index].error(at, source))?;
            if let Some(mid_x2) = best.and_then(|best| best.mid_x2()) {
                any |= self.watch_breaker(index, mid_x2, at)?;
            }
        }
        if any || self.lanes.iter().any(|lane| lane.venue.watches_message_end()) != self.interest.message_end {
            self.refresh_interest();
        }
        Ok(any)
    }

    /// A watched breaker's price was reached between two ticks of the risk clock: mark at once. True when it was.
    fn watch_breaker(&mut self, index: usize, mid_x2: i64, at: Timestamp) -> Result<bool, EngineError> {
        let (low, high) = self.lanes[index].trip_mids();
        let reached = (low != i64::MIN && mid_x2 <= low) || (high != i64::MAX && mid_x2 >= high);
        if reached {
            self.mark(index, at)?;
        }
        Ok(reached)
    }

    /// The venue's best prices; on a market of trades alone the last trade stands for both.
    fn true_best(&self) -> BestPrices {
        match (self.trades_only, self.market.replay.last_trade) {
            (true, Some(price)) => at_one_price(price),
            _ => self.market.replay.ladder.best(),
        }
    }

    fn mark(&mut self, index: usize, at: Timestamp) -> Result<(), EngineError> {
        let latency = self.feed_latency();
        let best = self.true_best();
        let lane = &mut self.lanes[index];
        let demanded = lane.mark(at, best, latency).map_err(|source| lane.error(at, source))?;
        if demanded {
            self.lanes[index].cancel_all(at, &self.feed.knowledge(), latency);
        }
        Ok(())
    }

    /// Everything that happens at `now`, in order, until nothing more happens at `now`.
    /// Returns the next event after it.
    fn instant(&mut self, now: Timestamp) -> Result<Timestamp, EngineError> {
        self.now = now;
        for _ in 0..ROUNDS_MAX {
            self.round(now)?;
            let next = self.next_event();
            if next > now {
                self.refresh_interest();
                return Ok(next);
            }
        }
        let lane =
            self.lanes.iter().find(|lane| lane.next_at() <= now).map_or_else(String::new, |lane| lane.name.clone());
        Err(EngineError::Endless { lane, at: now, limit: ROUNDS_MAX })
    }

    fn round(&mut self, now: Timestamp) -> Result<(), EngineError> {
        let latency = self.feed_latency();
        for index in 0..self.lanes.len() {
            let lane = &mut self.lanes[index];
            let book = &mut self.market.replay.ladder;
            let mut expired = Ok(true);
            if lane.venue.next_expiry() <= now {
                expired = lane.at_venue(latency, |venue, out| {
                    venue.expire(now, book, out);
                    Ok(())
                });
            }
            lane.tell_last_trade(now, self.market.replay.last_trade);
            let acted = expired.and_then(|_| lane.arrivals(now, now, book, latency));
            acted.map_err(|source| self.lanes[index].error(now, source))?;
        }
        if self.next_mark <= now {
            self.feed_before(now)?;
            (0..self.lanes.len()).try_for_each(|index| self.mark(index, now))?;
            self.next_mark = self.next_mark.plus(self.risk_clock);
        }
        self.bots(now, latency)
    }

    /// The bots' half of a round: reports, feed, bars, timers.
    fn bots(&mut self, now: Timestamp, latency: Span) -> Result<(), EngineError> {
        if self.lanes.iter().any(|lane| lane.report_due(now)) {
            self.deliver_reports(now, latency)?;
        }
        if self.next_feed <= now {
            self.deliver_feed(now, latency)?;
        } else if self.lanes.iter().any(|lane| lane.next_at() <= now) || self.bar_due(now) {
            self.feed_to(now)?;
        }
        let knowledge = self.feed.knowledge();
        for (lane, builder) in self.lanes.iter_mut().zip(&mut self.builders) {
            let woken = wake_lane(lane, builder.as_mut(), now, &knowledge, latency);
            woken.map_err(|source| lane.error(now, source))?;
        }
        Ok(())
    }

    /// Reports come before what the feed delivers at the same instant: the bots have not seen that yet.
    fn deliver_reports(&mut self, now: Timestamp, latency: Span) -> Result<(), EngineError> {
        if self.lanes.iter().any(|lane| lane.bot.subscriptions().reports) {
            self.feed_before(now)?;
        }
        let knowledge = self.feed.knowledge();
        for lane in &mut self.lanes {
            lane.deliver(now, &knowledge, latency).map_err(|source| lane.error(now, source))?;
        }
        Ok(())
    }

    fn bar_due(&self, now: Timestamp) -> bool {
        self.builders.iter().flatten().any(|builder| builder.close_at() <= now)
    }

    fn feed_before(&mut self, now: Timestamp) -> Result<(), EngineError> {
        self.feed_to(now.plus(Span::from_nanos(-1)))
    }

    /// Lets the bots' feed catch up with their clock, without waking anybody.
    fn feed_to(&mut self, now: Timestamp) -> Result<(), EngineError> {
        if self.each_message {
            return Ok(());
        }
        let builders = &mut self.builders;
        let replay = &mut self.market.replay;
        if builders.iter().all(Option::is_none) {
            return Ok(self.feed.advance(&mut self.batches, replay, now, None)?);
        }
        let mut each = |trade: &Trade| builders.iter_mut().flatten().for_each(|builder| builder.trade(trade));
        Ok(self.feed.advance(&mut self.batches, replay, now, Some(&mut each))?)
    }

    /// Delivers message by message what arrives at `now`.
    fn deliver_feed(&mut self, now: Timestamp, latency: Span) -> Result<(), EngineError> {
        let mut delivery = std::mem::take(&mut self.delivery);
        while self.next_feed <= now {
            self.feed.step(&mut self.batches, &mut self.market.replay, &mut delivery)?;
            let knowledge = self.feed.knowledge();
            for (lane, builder) in self.lanes.iter_mut().zip(&mut self.builders) {
                if let Some(builder) = builder {
                    delivery.trades.iter().for_each(|trade| builder.trade(trade));
                }
                let woken = wake_with(lane, &delivery, now, &knowledge, latency);
                woken.map_err(|source| lane.error(now, source))?;
            }
            self.refresh_feed()?;
        }
        self.delivery = delivery;
        Ok(())
    }

    fn refresh_feed(&mut self) -> Result<(), EngineError> {
        if self.each_message {
            self.next_feed = self.feed.next_at(&mut self.batches)?;
        }
        Ok(())
    }

    fn refresh_interest(&mut self) {
        let mut interest = Interest::NONE;
        for lane in &self.lanes {
            interest.add(&lane.venue.watch(), lane.trip_mids());
        }
        if self.trades_only {
            interest.watch_trades();
        }
        self.interest = interest;
    }

    fn finish(mut self) -> Result<Outcome, EngineError> {
        let end = if self.end == Timestamp::MAX { self.now } else { self.end };
        let (rows, messages) = (self.market.rows(), self.market.replay.messages);
        (0..self.lanes.len()).try_for_each(|index| self.mark(index, end))?;
        let own_book = self.feed.has_own_book();
        let finished = self.lanes.into_iter().map(|lane| lane.finish(end, rows, messages));
        let lanes = finished.collect::<Result<Vec<_>, _>>()?;
        Ok(Outcome { lanes, rows, messages, start: self.start, end, own_book })
    }
}

fn wake_with(
    lane: &mut Lane,
    delivery: &Delivery,
    now: Timestamp,
    knowledge: &MarketKnowledge<'_>,
    latency: Span,
) -> Result<(), Overflow> {
    let subscriptions = *lane.bot.subscriptions();
    if subscriptions.trades {
        for trade in &delivery.trades {
            lane.wake(Wake::Trade(MarketId::FIRST, trade), now, knowledge, latency)?;
        }
    }
    if subscriptions.book && delivery.best_changed {
        lane.wake(Wake::Book(MarketId::FIRST), now, knowledge, latency)?;
    }
    Ok(())
}

fn wake_lane(
    lane: &mut Lane,
    builder: Option<&mut BarBuilder>,
    now: Timestamp,
    knowledge: &MarketKnowledge<'_>,
    latency: Span,
) -> Result<(), Overflow> {
    if let Some(builder) = builder
        && builder.close_at() <= now
        && let Some(bar) = builder.close()
    {
        lane.wake(Wake::Bar(MarketId::FIRST, &bar), now, knowledge, latency)?;
    }
    if lane.next_timer <= now {
        let period = lane.bot.subscriptions().timer.unwrap_or(Span::from_nanos(i64::MAX));
        lane.next_timer = lane.next_timer.plus(period);
        lane.wake(Wake::Timer, now, knowledge, latency)?;
    }
    Ok(())
}

fn keeps_own_book(header: &TapeHeader, view: ViewMode, lanes: &[Lane]) -> Result<bool, EngineError> {
    let needed = header.reordered || lanes.iter().any(|lane| lane.bot.subscriptions().depth);
    match view {
        ViewMode::Lagged if needed => Err(EngineError::Unsupported(
            "view `lagged` is not legal here: messages arrive out of venue order or the strategy reads depth; \
             use `auto` or `own-book`"
                .to_owned(),
        )),
        ViewMode::Auto => Ok(needed),
        ViewMode::Lagged => Ok(false),
        ViewMode::OwnBook => Ok(true),
    }
}

/// The first multiple of `period` after `at`.
pub(super) fn aligned_after(at: Timestamp, period: Span) -> Timestamp {
    let ticks = at.nanos().div_euclid(period.nanos());
    Timestamp::from_nanos((ticks + 1).saturating_mul(period.nanos()))
}

/// Both sides at one price, with nothing shown: how a market without a book is valued.
pub(super) const fn at_one_price(price: Price) -> BestPrices {
    let level = Level { price, quantity: Quantity::ZERO };
    BestPrices { bid: Some(level), ask: Some(level) }
}
