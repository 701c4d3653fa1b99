use super::builder::BarBuilder;
use super::config::ViewMode;
use super::cursor::{Batches, Market};
use super::error::EngineError;
use super::feed::{Delivery, Feed};
use super::heard::{FedMarket, Notes};
use super::interest::Interest;
use super::lane::Lane;
use super::live::Live;
use super::run::at_one_price;
use crate::checkpoint::{Kept, Loader, Saver, StateError};
use crate::model::{BestPrices, MarketId, Trade, WireEvent};
use crate::synth::LiveMarket;
use crate::tape::{BATCH_ROWS, BatchSource, TapeError, TapeHeader, TapeKind};
use crate::units::{Span, Timestamp};
use std::cell::RefCell;
use std::rc::Rc;

/// One market of a run: its rows, the venue's truth they lead to, and the bots' feed of it.
pub(super) struct Track<'s> {
    pub(super) id: MarketId,
    pub(super) batches: Batches<'s>,
    /// What the bots are shown of it, where a feed is supervised; elsewhere they are shown its rows.
    heard: Option<Box<Batches<'s>>>,
    /// What happened on that feed.
    notes: Option<Notes>,
    /// So much of it has been written down.
    noted: u64,
    pub(super) market: Market,
    pub(super) feed: Feed,
    pub(super) interest: Interest,
    /// One builder a lane that subscribes to bars of this market.
    pub(super) builders: Vec<Option<BarBuilder>>,
    /// A lane wants each message of this market.
    each_message: bool,
    /// No book is known: prices are those of the last trade.
    pub(super) trades_only: bool,
    /// When the next message arrives at the bots; the end of time unless somebody listens.
    pub(super) next_feed: Timestamp,
    /// When the next bar that a bot wants is complete.
    pub(super) next_bar: Timestamp,
}

impl<'s> Track<'s> {
    pub(super) fn new(
        id: MarketId,
        (source, heard): (&'s mut dyn BatchSource, Option<&'s mut FedMarket>),
        view: ViewMode,
        max_rows: Option<u64>,
        lanes: &[Lane],
        start: Timestamp,
    ) -> Result<Self, EngineError> {
        let (kind, own_book) = (source.header().kind, keeps_own_book(source.header(), (view, heard.is_some()), lanes)?);
        let mut batches = Batches::new(source);
        let is_heard = lanes.iter().any(Lane::wants_prices);
        let market = Market::new(&mut batches, is_heard && !own_book, max_rows)?;
        let trades_only = kind == TapeKind::Trades;
        let (mut heard, notes) = match heard {
            Some(heard) => {
                let notes = heard.notes();
                (Some(Box::new(Batches::new(heard))), Some(notes))
            }
            None => (None, None),
        };
        let feed = Feed::new(heard.as_deref_mut().unwrap_or(&mut batches), own_book)?.marked_at_trades(trades_only);
        let listens = |lane: &Lane| listens(lane, id);
        let each = |lane: &Lane| lane.bot.subscriptions().book || lane.bot.subscriptions().trades;
        let builder = |lane: &Lane| {
            let period = lane.bot.subscriptions().bars.filter(|_| listens(lane));
            period.map(|period| BarBuilder::new(period, start))
        };
        let mut track = Self {
            id,
            builders: lanes.iter().map(builder).collect(),
            each_message: lanes.iter().any(|lane| listens(lane) && each(lane)),
            batches,
            heard,
            notes,
            noted: 0,
            market,
            feed,
            interest: Interest::NONE,
            trades_only,
            next_feed: Timestamp::MAX,
            next_bar: Timestamp::MAX,
        };
        track.refresh_feed()?;
        track.refresh_bar();
        Ok(track)
    }

    /// From now on the market is made as it goes on.
    pub(super) fn go_live(&mut self, live: &Rc<RefCell<LiveMarket>>) {
        self.batches.go_live();
        self.market.live = Some(Box::new(Live::new(Rc::clone(live))));
        self.note_reading();
    }

    /// The market is told what was read of it, and whether somebody waits for its next message.
    pub(super) fn note_reading(&mut self) {
        if let Some(live) = &mut self.market.live {
            live.read = self.feed.reads();
            live.each_message = self.each_message && self.next_feed == Timestamp::MAX;
        }
    }

    /// The venue's best prices; on a market of trades alone the last trade stands for both.
    #[inline]
    pub(super) fn true_best(&self) -> BestPrices {
        match (self.trades_only, self.market.replay.last_trade) {
            (true, Some(price)) => at_one_price(price),
            _ => self.market.replay.ladder.best(),
        }
    }

    pub(super) fn feed_latency(&self) -> Span {
        Span::from_nanos(self.market.feed_latency_ns())
    }

    /// A bar was closed: another one is complete next.
    pub(super) fn refresh_bar(&mut self) {
        let next = self.builders.iter().flatten().map(BarBuilder::close_at).min();
        self.next_bar = next.unwrap_or(Timestamp::MAX);
    }

    /// No row comes any more: the feed ends after those that have happened. Returns when the last of them arrives.
    pub(super) fn ended(&mut self) -> Result<Timestamp, TapeError> {
        let last_at = if self.heard.is_some() {
            // What is shown ends with the run, which ends when the last row would have arrived.
            last_arrival(&mut self.batches, self.market.rows())?
        } else {
            self.feed.limit(self.market.rows());
            self.feed.last_at(&mut self.batches)?
        };
        self.refresh_feed()?;
        Ok(last_at)
    }

    /// Lets the bots' feed catch up with their clock, without waking anybody.
    pub(super) fn feed_to(&mut self, now: Timestamp) -> Result<(), TapeError> {
        if self.each_message {
            return Ok(());
        }
        let builders = &mut self.builders;
        if builders.iter().all(Option::is_none) {
            let batches = self.heard.as_deref_mut().unwrap_or(&mut self.batches);
            return self.feed.advance(batches, &mut self.market, now, None);
        }
        let mut each = |trade: &Trade| builders.iter_mut().flatten().for_each(|builder| builder.trade(trade));
        let batches = self.heard.as_deref_mut().unwrap_or(&mut self.batches);
        self.feed.advance(batches, &mut self.market, now, Some(&mut each))
    }

    /// Delivers one message to the bots' feed.
    #[inline]
    pub(super) fn deliver(&mut self, delivery: &mut Delivery) -> Result<(), TapeError> {
        let batches = self.heard.as_deref_mut().unwrap_or(&mut self.batches);
        self.feed.step(batches, &mut self.market.replay, delivery)?;
        for builder in self.builders.iter_mut().flatten() {
            delivery.trades.iter().for_each(|trade| builder.trade(trade));
        }
        self.refresh_feed()
    }

    pub(super) fn refresh_feed(&mut self) -> Result<(), TapeError> {
        if self.each_message {
            let batches = self.heard.as_deref_mut().unwrap_or(&mut self.batches);
            self.next_feed = self.feed.next_at(batches)?;
        }
        self.note_reading();
        Ok(())
    }

    /// Bots hear of its market by a supervised feed.
    pub(super) fn is_supervised(&self) -> bool {
        self.notes.is_some()
    }

    /// When the next thing happened on a supervised feed that was not written down.
    #[inline]
    pub(super) fn next_note(&self) -> Timestamp {
        let next = |notes: &Notes| notes.borrow().front().map_or(Timestamp::MAX, |(at, _)| *at);
        self.notes.as_ref().map_or(Timestamp::MAX, next)
    }

    /// Takes what happened on the feed up to `now`, one by one.
    pub(super) fn take_note(&mut self, now: Timestamp) -> Option<WireEvent> {
        let (_, event) = self.notes.as_ref()?.borrow_mut().pop_front_if(|(at, _)| *at <= now)?;
        self.noted += 1;
        Some(event)
    }

    #[inline]
    pub(super) fn refresh_interest(&mut self, lanes: &[Lane]) {
        let mut interest = Interest::NONE;
        for lane in lanes {
            let site = &lane.sites[self.id.index()];
            interest.add(&site.venue.watch(), site.trip);
        }
        if self.trades_only {
            interest.watch_trades();
        }
        self.market.replay.ladder.set_reach(interest.reach);
        self.interest = interest;
    }
}

/// Rows are not state: they are read again, once everything else is back; see [`Track::read_again`]. But for those of a market that is made as it goes on.
impl Kept for Track<'_> {
    fn save(&self, to: &mut Saver) -> Result<(), StateError> {
        self.market.save(to)?;
        self.feed.save(to)?;
        to.put(&self.interest)?;
        to.put(&self.builders)?;
        to.put(&(self.next_feed, self.next_bar, self.noted))?;
        if self.market.live.is_some() { to.put(&self.batches.made()) } else { Ok(()) }
    }

    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), StateError> {
        self.market.load(from)?;
        self.feed.load(from)?;
        self.interest = from.take()?;
        self.builders = from.take()?;
        (self.next_feed, self.next_bar, self.noted) = from.take()?;
        if self.market.live.is_some() { self.batches.put_back(from.take()?) } else { Ok(()) }
    }
}

impl Track<'_> {
    /// Batches that come before the ones that are read on.
    pub(super) fn reads_from(&self) -> usize {
        let (market, feed) = (self.market.reads(), self.feed.reads());
        if self.heard.is_some() { market.max(feed) } else { market.min(feed) }
    }

    /// A generated market is made up to its batch `index`, and what is made is left; a tape has it lying there. What a supervised feed
    /// shows is told again as far as it was shown. False when there is no such batch.
    pub(super) fn make(&mut self, index: usize) -> Result<bool, TapeError> {
        let Some(heard) = &mut self.heard else { return Ok(self.batches.get(index)?.is_some()) };
        let told = self.feed.reads() <= index || heard.get(index)?.is_some();
        let made = self.market.reads() <= index || self.batches.get(index)?.is_some();
        Ok(told && made)
    }

    /// Takes up the batches that market and feed were in. What happened on the feed and was written down is not written down again.
    pub(super) fn read_again(&mut self) -> Result<(), TapeError> {
        self.market.read_again(&mut self.batches)?;
        self.feed.read_again(self.heard.as_deref_mut().unwrap_or(&mut self.batches))?;
        if let Some(notes) = &self.notes {
            let mut notes = notes.borrow_mut();
            let noted = usize::try_from(self.noted).unwrap_or(usize::MAX).min(notes.len());
            notes.drain(..noted);
        }
        Ok(())
    }
}

/// True when bars, book and trades of a market wake the lane's strategy.
pub(super) fn listens(lane: &Lane, market: MarketId) -> bool {
    market == MarketId::FIRST || lane.bot.subscriptions().all_markets
}

/// The same, and its process runs at `now`.
#[inline]
pub(super) fn hears(lane: &Lane, market: MarketId, now: Timestamp) -> bool {
    listens(lane, market) && lane.sleeps_until(now).is_none()
}

/// When the last of so many rows arrives.
fn last_arrival(batches: &mut Batches<'_>, rows: u64) -> Result<Timestamp, TapeError> {
    let Some(last) = rows.checked_sub(1) else { return Ok(Timestamp::MIN) };
    let batch = batches.get(last as usize / BATCH_ROWS)?;
    let arrivals = batch.iter().flat_map(|batch| &batch.local_at[..=last as usize % BATCH_ROWS]);
    Ok(arrivals.max().map_or(Timestamp::MIN, |at| Timestamp::from_nanos(*at)))
}

fn keeps_own_book(
    header: &TapeHeader,
    (view, is_supervised): (ViewMode, bool),
    lanes: &[Lane],
) -> Result<bool, EngineError> {
    let needed = is_supervised || header.reordered || lanes.iter().any(|lane| lane.bot.subscriptions().depth);
    match view {
        ViewMode::Lagged if needed => Err(EngineError::Unsupported(
            "view `lagged` is not legal here: messages arrive out of venue order, the feed is supervised, or the strategy reads depth; \
             use `auto` or `own-book`"
                .to_owned(),
        )),
        ViewMode::Auto => Ok(needed),
        ViewMode::Lagged => Ok(false),
        ViewMode::OwnBook => Ok(true),
    }
}
