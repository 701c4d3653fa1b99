mod asleep;
mod kept;
mod live;
mod noted;

use super::agenda::Agenda;
use super::bars;
use super::builder::BarBuilder;
use super::config::{EngineConfig, LaneSetup, PROGRESS_SHIFT, Progress};
use super::cursor::Stop;
use super::error::EngineError;
use super::feed::Delivery;
use super::heard::FedMarket;
use super::lane::{Lane, LaneOutcome, Outlook, held, watch_clock};
use super::merge::{self, Stopped};
use super::reinvest::Reinvestments;
use super::rows::{Heard, Touch};
use super::site::{Place, Site};
use super::track::{Track, hears};
use crate::book::{DepthChange, Ladder, SharedEvent};
use crate::bot::{MarketKnowledge, Wake};
use crate::model::{BestPrices, Level, MarketId};
use crate::synth::{LiveFamily, LiveMarket};
use crate::tape::{BatchSource, TapeHeader, TapeKind};
use crate::units::{Overflow, Price, Quantity, Span, Timestamp};
use crate::venue::MarketKind;
pub use kept::Checkpoints;
pub use live::{run_live, run_live_family, run_live_kept};
use std::cell::RefCell;
use std::rc::Rc;

/// Rounds of events allowed within one instant.
const ROUNDS_MAX: u32 = 10_000;

/// Most tapes in one run.
pub const MARKETS_MAX: usize = 16;

/// What a run has to show.
#[derive(Debug)]
pub struct Outcome {
    /// One outcome a lane, in the order of the set-ups.
    pub lanes: Vec<LaneOutcome>,
    /// Rows (or bars) replayed, of all tapes together.
    pub rows: u64,
    /// Venue messages replayed, of all tapes together.
    pub messages: u64,
    /// First venue time.
    pub start: Timestamp,
    /// Last instant of the run, on the bots' clock.
    pub end: Timestamp,
    /// One outcome a market, in the order of the tapes.
    pub markets: Vec<MarketOutcome>,
}

/// What a run has replayed of one tape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarketOutcome {
    /// Rows (or bars) replayed.
    pub rows: u64,
    /// Venue messages replayed.
    pub messages: u64,
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
    run_merged(vec![source], config, setups, progress)
}

/// Replays several tapes, merged into one order by time (at one time by their place among `sources`), through all lanes
/// in one pass. Each lane has a set-up for each tape.
///
/// # Errors
/// [`EngineError`] as [`run`], and when the tapes do not go together: bars and rows, bars of different periods, different
/// quote assets.
pub fn run_merged(
    sources: Vec<&mut dyn BatchSource>,
    config: &EngineConfig,
    setups: Vec<LaneSetup>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, EngineError> {
    let feeds = sources.iter().map(|_| None).collect();
    run_heard(sources, feeds, config, setups, progress)
}

/// As [`run_merged`]; where there is a feed beside a market the bots hear of the market by that alone.
///
/// # Errors
/// As [`run_merged`].
pub fn run_heard<'s>(
    sources: Vec<&'s mut dyn BatchSource>,
    feeds: Vec<Option<&'s mut FedMarket>>,
    config: &EngineConfig,
    setups: Vec<LaneSetup>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, EngineError> {
    run_kept(sources, feeds, config, setups, None, progress)
}

/// As [`run_heard`], with checkpoints on its way, or on from one: it ends as the run that was never stopped.
///
/// # Errors
/// [`EngineError`] as [`run_heard`], and when a checkpoint does not fit or cannot be kept.
pub fn run_kept<'s>(
    mut sources: Vec<&'s mut dyn BatchSource>,
    feeds: Vec<Option<&'s mut FedMarket>>,
    config: &EngineConfig,
    setups: Vec<LaneSetup>,
    checkpoints: Option<&mut dyn Checkpoints>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, EngineError> {
    let headers: Vec<TapeHeader> = sources.iter().map(|source| source.header().clone()).collect();
    check_together(&headers, &setups)?;
    let start = headers.iter().map(|header| header.first_at).min().unwrap_or_default();
    // Within a bar nothing is known: no price stands where a shorter horizon ends.
    let period = headers.iter().filter_map(|header| header.period).max().unwrap_or(Span::ZERO);
    let horizons = config.markout_horizons.iter().copied().filter(|horizon| period <= *horizon);
    let lanes = build_lanes(setups, &headers, (start, config.risk_clock), &horizons.collect::<Vec<_>>())?;
    if headers.iter().any(|header| header.kind == TapeKind::Bars) {
        if checkpoints.is_some() {
            return Err(EngineError::Unsupported("a run on bars has no checkpoints yet".to_owned()));
        }
        return bars::run(&mut sources, &headers, start, config, lanes, progress);
    }
    Engine::new(sources, feeds, (start, config), lanes)?.run(checkpoints, progress)
}

/// Refuses tapes that cannot share one run, or one account.
fn check_together(headers: &[TapeHeader], setups: &[LaneSetup]) -> Result<(), EngineError> {
    let refuse = |text: String| Err(EngineError::Unsupported(text));
    let (count, name) = (headers.len(), |header: &TapeHeader| header.instrument.symbol.clone());
    let Some(first) = headers.first() else { return refuse("no tape; a run needs one at least".to_owned()) };
    if count > MARKETS_MAX {
        return refuse(format!("{count} tapes; a run merges {MARKETS_MAX} at most"));
    }
    if let Some(other) = headers.iter().find(|header| header.instrument.quote != first.instrument.quote) {
        return refuse(format!(
            "`{}` is quoted in {} and `{}` in {}; the tapes of one run share one account, so give them one quote asset",
            name(first),
            first.instrument.quote,
            name(other),
            other.instrument.quote,
        ));
    }
    if let Some(other) = headers.iter().find(|header| (header.kind == TapeKind::Bars) != (first.kind == TapeKind::Bars))
    {
        let kind = |header: &TapeHeader| if header.kind == TapeKind::Bars { "bars" } else { "rows" };
        return refuse(format!(
            "the tape of `{}` holds {} and that of `{}` {}; bars and rows cannot be merged, run them apart",
            name(first),
            kind(first),
            name(other),
            kind(other),
        ));
    }
    match setups.iter().find(|setup| setup.markets.len() != count) {
        Some(lane) => refuse(format!(
            "lane `{}` is set up for {} markets; the run has {count} tapes, and each needs a set-up",
            lane.name,
            lane.markets.len()
        )),
        None => Ok(()),
    }
}

fn build_lanes(
    setups: Vec<LaneSetup>,
    headers: &[TapeHeader],
    (start, risk_clock): (Timestamp, Span),
    markout_horizons: &[Span],
) -> Result<Vec<Lane>, EngineError> {
    let kind = |header: &TapeHeader| match header.kind {
        TapeKind::L2 => MarketKind::L2,
        TapeKind::Trades => MarketKind::Trades,
        TapeKind::Bars => MarketKind::Bars,
    };
    let places = (0..).zip(headers).map(|(id, header)| Place {
        id: MarketId(id),
        instrument: &header.instrument,
        kind: kind(header),
        markout_horizons,
    });
    let places: Vec<Place<'_>> = places.collect();
    setups
        .into_iter()
        .map(|setup| {
            let name = setup.name.clone();
            Lane::new(setup, &places, start, risk_clock).map_err(|source| EngineError::Overflow {
                lane: name,
                at: start,
                source,
            })
        })
        .collect()
}

struct Engine<'s> {
    /// One a tape.
    tracks: Vec<Track<'s>>,
    lanes: Vec<Lane>,
    delivery: Delivery,
    rows_max: Option<u64>,
    agenda: Agenda,
    /// A venue or a breaker may watch for other things than when the interests were taken.
    changed: bool,
    /// Feed latency of each market's last row, as of the present instant, if anybody asks for it then.
    feed_latency: Vec<Span>,
    /// Orders travel as fast as the feed: its latency is wanted at every instant, else at marks alone.
    latency_matters: bool,
    /// Some requests travel on wires, and on some of those they can be lost.
    has_wires: bool,
    can_lose: bool,
    next_mark: Timestamp,
    /// The next tick at which lanes are looked at, where the risk clock is too slow for that; else the end of time.
    next_look: Timestamp,
    /// Distance of those ticks.
    watch_clock: Span,
    /// The next tick of the risk clock, look, command or reinvestment.
    next_scheduled: Timestamp,
    /// What moves money between the lanes; nothing in most runs.
    reinvestments: Option<Box<Reinvestments>>,
    risk_clock: Span,
    now: Timestamp,
    start: Timestamp,
    /// The last instant of the run, once it is known; until then that of the next checkpoint, or the end of time.
    end: Timestamp,
    /// The last market has ended.
    is_over: bool,
    /// Some feed is supervised.
    is_supervised: bool,
    /// Scratch: what others did to orders in a shared book.
    events: Vec<SharedEvent>,
    /// Markets that are made as they go on, and hear of each other.
    family: Option<Box<LiveFamily>>,
}

/// Shows what the bots know now. With one market this builds no list.
fn with_outlook<R>(tracks: &[Track<'_>], feed_latency: &[Span], act: impl FnOnce(Outlook<'_>) -> R) -> R {
    match tracks {
        [track] => act(Outlook { markets: &[track.feed.knowledge()], feed_latency }),
        tracks => {
            let markets: Vec<MarketKnowledge<'_>> = tracks.iter().map(|track| track.feed.knowledge()).collect();
            act(Outlook { markets: &markets, feed_latency })
        }
    }
}

impl<'s> Engine<'s> {
    fn new(
        sources: Vec<&'s mut dyn BatchSource>,
        feeds: Vec<Option<&'s mut FedMarket>>,
        (start, config): (Timestamp, &EngineConfig),
        lanes: Vec<Lane>,
    ) -> Result<Self, EngineError> {
        // One market counts its rows itself; several share what they may replay.
        let rows_max = config.max_rows.filter(|_| sources.len() == 1);
        let track = |(id, source): (u8, (&'s mut dyn BatchSource, Option<&'s mut FedMarket>))| {
            Track::new(MarketId(id), source, config.view, rows_max, &lanes, start)
        };
        let tracks = (0..).zip(sources.into_iter().zip(feeds)).map(track).collect::<Result<Vec<_>, _>>()?;
        let watch_clock = watch_clock(&lanes, config.risk_clock);
        let mut engine = Self {
            feed_latency: vec![Span::ZERO; tracks.len()],
            latency_matters: lanes.iter().flat_map(|lane| &lane.sites).any(Site::follows_feed),
            has_wires: lanes.iter().flat_map(|lane| &lane.sites).any(Site::has_wire),
            can_lose: lanes.iter().flat_map(|lane| &lane.sites).any(Site::can_lose),
            is_supervised: tracks.iter().any(Track::is_supervised),
            agenda: Agenda::of(&lanes, &tracks),
            tracks,
            lanes,
            delivery: Delivery::default(),
            rows_max: config.max_rows,
            changed: false,
            next_mark: aligned_after(start, config.risk_clock),
            next_look: Timestamp::MAX,
            watch_clock,
            next_scheduled: Timestamp::MAX,
            reinvestments: None,
            risk_clock: config.risk_clock,
            now: start,
            start,
            end: Timestamp::MAX,
            is_over: false,
            events: Vec::new(),
            family: None,
        };
        engine.reinvestments = Reinvestments::of(&mut engine.lanes, start);
        engine.refresh_interest();
        engine.refresh_look(start);
        engine.refresh_schedule();
        Ok(engine)
    }

    /// The orders of all lanes stand in the book of the market at `place`, which is made as it goes on.
    fn share(&mut self, place: usize, market: &Rc<RefCell<LiveMarket>>) {
        self.tracks[place].go_live(market);
        self.lanes.iter_mut().for_each(|lane| lane.sites[place].venue.share(market.clone()));
    }

    fn run(
        mut self,
        mut checkpoints: Option<&mut (dyn Checkpoints + '_)>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, EngineError> {
        let mut limit = self.begin(checkpoints.as_deref_mut())?;
        loop {
            progress(self.progress(true));
            limit = self.go_on(limit, progress)?;
            progress(self.progress(false));
            match &mut checkpoints {
                Some(checkpoints) if !self.is_over => self.pause(limit, *checkpoints)?,
                _ => return self.finish(),
            }
        }
    }

    /// Out of the way of the rows: it is asked for once in thousands of them.
    #[cold]
    #[inline(never)]
    fn progress(&self, is_start: bool) -> Progress {
        Progress { rows: self.rows(), at: self.now, held: held(self.lanes.iter()), is_start }
    }

    /// Runs to the end, or to the next checkpoint; returns when the next event is due.
    fn go_on(&mut self, mut limit: Timestamp, progress: &mut dyn FnMut(Progress)) -> Result<Timestamp, EngineError> {
        let mut reported = self.rows() >> PROGRESS_SHIFT;
        loop {
            match self.advance(limit.min(self.end))? {
                (place, Stop::Touch(touch, at)) => {
                    if self.touch(place, touch, at)? {
                        limit = self.next_event();
                    }
                }
                (_, Stop::End) if !self.is_over => {
                    self.markets_ended()?;
                    limit = self.next_event();
                }
                (place, Stop::Own(at)) => {
                    self.shared(place, at)?;
                    limit = self.next_event();
                }
                (place, Stop::Message) => {
                    self.tracks[place].refresh_feed()?;
                    self.agenda.bots = Agenda::next_at_bots(&self.lanes, &self.tracks);
                    limit = self.next_event();
                }
                (_, Stop::Limit | Stop::End) => {
                    if limit > self.end || limit == Timestamp::MAX {
                        return Ok(limit);
                    }
                    limit = self.instant(limit)?;
                }
            }
            let rows = self.rows();
            if rows >> PROGRESS_SHIFT != reported {
                reported = rows >> PROGRESS_SHIFT;
                progress(self.progress(false));
            }
        }
    }

    /// Runs the markets to the next stop. Level changes that somebody watches reach the venues on the way.
    #[inline]
    fn advance(&mut self, limit: Timestamp) -> Result<Stopped, EngineError> {
        let Self { tracks, lanes, now, rows_max, family, .. } = self;
        let mut failed = None;
        let mut on_depth = |place: usize, book: &mut Ladder, change: &DepthChange, at: Timestamp| {
            *now = at;
            let mut heard = Heard { acted: false, message_end: false };
            for lane in &mut *lanes {
                match lane.act(place, |venue, out| venue.on_depth(change, at, book, out)) {
                    Ok(acted) => heard.acted |= acted,
                    Err(overflow) => {
                        failed = Some(lane.error(at, overflow));
                        heard.acted = true;
                        break;
                    }
                }
                heard.message_end |= lane.sites[place].venue.watches_message_end();
            }
            heard
        };
        let stopped = match family {
            Some(family) => merge::advance_family(tracks, family, limit, *rows_max, &mut on_depth)?,
            None => merge::advance(tracks, limit, *rows_max, &mut on_depth)?,
        };
        failed.map_or(Ok(stopped), Err)
    }

    fn rows(&self) -> u64 {
        self.tracks.iter().map(|track| track.market.rows()).sum()
    }

    #[inline]
    fn next_event(&self) -> Timestamp {
        self.agenda.soonest().min(self.next_scheduled)
    }

    /// The last market has ended: the run ends with the last instant at which a bot still learns something.
    fn markets_ended(&mut self) -> Result<(), EngineError> {
        let mut end = self.now;
        for track in &mut self.tracks {
            end = end.max(track.ended()?);
        }
        (self.end, self.is_over) = (end, true);
        self.agenda = Agenda::of(&self.lanes, &self.tracks);
        Ok(())
    }

    fn refresh_latency(&mut self) {
        self.feed_latency.iter_mut().zip(&self.tracks).for_each(|(latency, track)| *latency = track.feed_latency());
    }

    /// A row of consequence: every lane whose watch it meets acts. True when that may have brought the next event closer.
    fn touch(&mut self, place: usize, touch: Touch, at: Timestamp) -> Result<bool, EngineError> {
        self.now = at;
        let (mut any, mut message_end) = (false, false);
        let track = &mut self.tracks[place];
        let best = match touch {
            Touch::Best { moved: true } => Some(track.market.replay.ladder.best()),
            Touch::Trade { price, .. } if track.trades_only => Some(at_one_price(price)),
            Touch::Best { .. } | Touch::Depth | Touch::Trade { .. } => None,
        };
        for index in 0..self.lanes.len() {
            let lane = &mut self.lanes[index];
            let book = &mut self.tracks[place].market.replay.ladder;
            let acted = lane.act(place, |venue, out| match touch {
                Touch::Depth => Ok(()),
                Touch::Trade { price, quantity, aggressor } => {
                    venue.on_trade(price, quantity, aggressor, at, book, out)
                }
                Touch::Best { .. } => venue.on_message_end(at, book, out),
            });
            if acted.map_err(|source| lane.error(at, source))? {
                any = true;
                let latency = self.tracks[place].feed_latency();
                lane.absorb_all(place, latency).map_err(|source| lane.error(at, source))?;
            }
            message_end |= lane.sites[place].venue.watches_message_end();
            if let Some(mid_x2) = best.and_then(|best| best.mid_x2()) {
                any |= self.watch_breaker(index, place, mid_x2, at)?;
            }
        }
        if any {
            self.agenda.venues = Agenda::next_at_venues(&self.lanes);
            self.agenda.reports = Agenda::next_report(&self.lanes);
        }
        if any || message_end != self.tracks[place].interest.message_end {
            self.refresh_interest();
        }
        Ok(any)
    }

    /// Others have done something to the orders that stand in their book.
    fn shared(&mut self, place: usize, at: Timestamp) -> Result<(), EngineError> {
        self.now = at;
        let track = &mut self.tracks[place];
        let mut events = std::mem::take(&mut self.events);
        if let Some(live) = &track.market.live {
            live.market.borrow_mut().take_events(&mut events);
        }
        let latency = track.feed_latency();
        for lane in &mut self.lanes {
            let book = &mut track.market.replay.ladder;
            let acted = lane
                .act(place, |venue, out| events.iter().try_for_each(|event| venue.on_shared(*event, at, book, out)));
            acted.and_then(|_| lane.absorb_all(place, latency)).map_err(|source| lane.error(at, source))?;
        }
        events.clear();
        self.events = events;
        self.agenda.venues = Agenda::next_at_venues(&self.lanes);
        self.agenda.reports = Agenda::next_report(&self.lanes);
        self.refresh_interest();
        Ok(())
    }

    /// A watched breaker's price was reached between two ticks of the risk clock: mark at once. True when it was.
    fn watch_breaker(&mut self, index: usize, place: usize, mid_x2: i64, at: Timestamp) -> Result<bool, EngineError> {
        let (low, high) = self.lanes[index].sites[place].trip;
        let reached = (low != i64::MIN && mid_x2 <= low) || (high != i64::MAX && mid_x2 >= high);
        if reached {
            self.refresh_latency();
            self.feed_before(at)?;
            self.mark(index, at)?;
        }
        Ok(reached)
    }

    fn mark(&mut self, index: usize, at: Timestamp) -> Result<(), EngineError> {
        let (tracks, lane) = (&self.tracks, &mut self.lanes[index]);
        let best = |market: MarketId| tracks[market.index()].true_best();
        let marked = with_outlook(tracks, &self.feed_latency, |outlook| {
            lane.mark(at, best, outlook.markets, outlook.feed_latency)
        });
        let marked = marked.map_err(|source| lane.error(at, source))?;
        self.changed |= marked.trips_moved;
        self.next_scheduled = self.next_scheduled.min(lane.script.next());
        if marked.demanded {
            self.changed = true;
            with_outlook(tracks, &self.feed_latency, |outlook| lane.give_in(at, outlook))
                .map_err(|source| lane.error(at, source))?;
        }
        Ok(())
    }

    /// The risk clock and what bots are told, as far as either is due.
    fn scheduled(&mut self, now: Timestamp) -> Result<(), EngineError> {
        self.feed_before(now)?;
        if self.next_mark <= now {
            (0..self.lanes.len()).try_for_each(|index| self.mark(index, now))?;
            self.next_mark = self.next_mark.plus(self.risk_clock);
            self.refresh_look(now);
        } else {
            self.between_ticks(now)?;
        }
        if self.lanes.iter().any(|lane| lane.script.next() <= now) {
            self.scripted(now)?;
        }
        self.refresh_schedule();
        Ok(())
    }

    /// What is looked at, and the marks that scripts want, where the risk clock does not tick.
    fn between_ticks(&mut self, now: Timestamp) -> Result<(), EngineError> {
        if self.next_look <= now {
            self.look(now)?;
            self.refresh_look(now);
        }
        for index in 0..self.lanes.len() {
            if self.lanes[index].script.needs_mark(now) {
                self.mark(index, now)?;
            }
        }
        Ok(())
    }

    /// What moves accounts and what bots are told, of any lane: where nothing is due a tick passes by with one comparison a lane.
    #[inline(never)]
    fn scripted(&mut self, now: Timestamp) -> Result<(), EngineError> {
        self.reinvest(now)?;
        for index in 0..self.lanes.len() {
            self.account_events(index, now)?;
            let lane = &mut self.lanes[index];
            if lane.commands(now)? {
                self.changed = true;
                self.agenda.reports = self.agenda.reports.min(lane.next_report());
                with_outlook(&self.tracks, &self.feed_latency, |outlook| lane.give_in(now, outlook))
                    .map_err(|source| lane.error(now, source))?;
            }
        }
        Ok(())
    }

    /// What moves a lane's account without a fill; what it sets right is reported.
    fn account_events(&mut self, index: usize, now: Timestamp) -> Result<(), EngineError> {
        let lane = &mut self.lanes[index];
        if lane.events(now, &self.feed_latency).map_err(|source| lane.error(now, source))? {
            self.changed = true;
            self.agenda.reports = self.agenda.reports.min(lane.next_report());
        }
        Ok(())
    }

    /// What moves money between the lanes, if it is due: after every lane's events of the instant, and before its commands.
    fn reinvest(&mut self, now: Timestamp) -> Result<(), EngineError> {
        if self.reinvestments.as_ref().is_none_or(|all| now < all.next()) {
            return Ok(());
        }
        (0..self.lanes.len()).try_for_each(|index| self.account_events(index, now))?;
        self.changed = true;
        self.reinvestments.as_mut().map_or(Ok(()), |all| all.carry_out(&mut self.lanes, now))
    }

    /// A tick for whoever watches the lanes.
    fn look(&mut self, at: Timestamp) -> Result<(), EngineError> {
        let (tracks, lanes) = (&self.tracks, &mut self.lanes);
        let best = |market: MarketId| tracks[market.index()].true_best();
        with_outlook(tracks, &self.feed_latency, |outlook| {
            lanes.iter_mut().try_for_each(|lane| {
                let looked = lane.look(at, best, outlook.markets, outlook.feed_latency);
                looked.map_err(|source| lane.error(at, source))
            })
        })
    }

    /// The next look after `at` that no tick of the risk clock makes needless.
    fn refresh_look(&mut self, at: Timestamp) {
        if self.watch_clock < self.risk_clock {
            self.next_look = aligned_after(at, self.watch_clock);
        }
    }

    fn refresh_schedule(&mut self) {
        let commands = self.lanes.iter().map(|lane| lane.script.next());
        self.next_scheduled = commands.fold(self.next_mark.min(self.next_look), Timestamp::min);
    }

    /// Everything that happens at `now`, in order, until nothing more happens at `now`. Returns the next event after it.
    #[inline]
    fn instant(&mut self, now: Timestamp) -> Result<Timestamp, EngineError> {
        self.now = now;
        if self.latency_matters || self.next_scheduled <= now {
            self.refresh_latency();
        }
        for _ in 0..ROUNDS_MAX {
            self.round(now)?;
            let next = self.next_event();
            if next > now {
                if std::mem::take(&mut self.changed) {
                    self.refresh_interest();
                }
                return Ok(next);
            }
        }
        let is_due = |lane: &&Lane| Agenda::of(std::slice::from_ref(*lane), &[]).soonest() <= now;
        let lane = self.lanes.iter().find(is_due).map_or_else(String::new, |lane| lane.name.clone());
        Err(EngineError::Endless { lane, at: now, limit: ROUNDS_MAX })
    }

    /// Each kind of event once, in order. What one kind causes at `now` for a kind behind it happens in the same round.
    #[inline]
    fn round(&mut self, now: Timestamp) -> Result<(), EngineError> {
        if self.next_scheduled <= now {
            self.lanes.iter_mut().for_each(|lane| lane.statuses(now));
        }
        if self.agenda.venues <= now && self.venues(now)? {
            self.agenda.reports = Agenda::next_report(&self.lanes);
        }
        if self.next_scheduled <= now {
            self.scheduled(now)?;
        }
        if self.agenda.reports <= now {
            self.deliver_reports(now)?;
            self.agenda.reports = Agenda::next_report(&self.lanes);
        }
        if self.agenda.bots <= now {
            self.bots(now)?;
            self.agenda.bots = Agenda::next_at_bots(&self.lanes, &self.tracks);
        }
        self.agenda.venues = Agenda::next_at_venues(&self.lanes);
        if self.can_lose {
            // A gateway answers in the venue's place, or sets itself a time, whatever made the bot send.
            self.agenda.reports = Agenda::next_report(&self.lanes);
        }
        Ok(())
    }

    /// The venues' half of a round: expiries, arrivals, and quotes for markouts. True when there were any but quotes.
    fn venues(&mut self, now: Timestamp) -> Result<bool, EngineError> {
        let mut any = false;
        for lane in &mut self.lanes {
            for (place, track) in self.tracks.iter_mut().enumerate() {
                if lane.sites[place].next_at_venue() > now {
                    continue;
                }
                let acted = venue_instant(lane, place, track, now, self.feed_latency[place]);
                any |= acted.map_err(|source| lane.error(now, source))?;
                lane.quote(place, now, now, || track.true_best());
            }
        }
        self.changed |= any;
        Ok(any)
    }

    /// What wakes bots apart from reports: feed, bars, timers.
    fn bots(&mut self, now: Timestamp) -> Result<(), EngineError> {
        self.note_feeds(now);
        self.feed_to(now)?;
        if self.tracks.iter().any(|track| track.next_feed <= now) {
            self.deliver_feed(now)?;
        }
        for place in 0..self.tracks.len() {
            self.close_bars(place, now)?;
        }
        let lanes = &mut self.lanes;
        with_outlook(&self.tracks, &self.feed_latency, |outlook| {
            lanes.iter_mut().try_for_each(|lane| ring(lane, now, outlook).map_err(|source| lane.error(now, source)))
        })
    }

    fn deliver_reports(&mut self, now: Timestamp) -> Result<(), EngineError> {
        if self.has_wires {
            self.lanes.iter_mut().for_each(|lane| lane.hear_wires(now, &self.feed_latency));
        }
        let wakes = self.lanes.iter().any(|lane| lane.bot.subscriptions().reports);
        if wakes {
            self.wake_with_reports(now)?;
        }
        for lane in &mut self.lanes {
            let tripped = !wakes && lane.learn(now).map_err(|source| lane.error(now, source))?;
            if tripped || lane.bot.is_flattening() {
                let before = now.plus(Span::from_nanos(-1));
                self.tracks.iter_mut().try_for_each(|track| track.feed_to(before))?;
                with_outlook(&self.tracks, &self.feed_latency, |outlook| match tripped {
                    true => lane.give_in(now, outlook),
                    false => lane.go_on_flattening(now, outlook),
                })
                .map_err(|source| lane.error(now, source))?;
            }
        }
        Ok(())
    }

    /// Reports come before what the feed delivers at the same instant: the bots have not seen that yet.
    fn wake_with_reports(&mut self, now: Timestamp) -> Result<(), EngineError> {
        self.feed_before(now)?;
        let lanes = &mut self.lanes;
        with_outlook(&self.tracks, &self.feed_latency, |outlook| {
            lanes.iter_mut().try_for_each(|lane| lane.deliver(now, outlook).map_err(|source| lane.error(now, source)))
        })
    }

    fn feed_before(&mut self, now: Timestamp) -> Result<(), EngineError> {
        self.feed_to(now.plus(Span::from_nanos(-1)))
    }

    /// Lets the bots' feeds catch up with their clock, without waking anybody.
    fn feed_to(&mut self, now: Timestamp) -> Result<(), EngineError> {
        Ok(self.tracks.iter_mut().try_for_each(|track| track.feed_to(now))?)
    }

    /// Delivers message by message what arrives at `now`, market by market.
    fn deliver_feed(&mut self, now: Timestamp) -> Result<(), EngineError> {
        let Self { tracks, lanes, delivery, feed_latency, .. } = self;
        for place in 0..tracks.len() {
            while tracks[place].next_feed <= now {
                tracks[place].deliver(delivery)?;
                let market = tracks[place].id;
                with_outlook(tracks, feed_latency, |outlook| {
                    lanes.iter_mut().filter(|lane| hears(lane, market, now)).try_for_each(|lane| {
                        let woken = wake_with(lane, market, delivery, now, outlook);
                        woken.map_err(|source| lane.error(now, source))
                    })
                })?;
            }
        }
        Ok(())
    }

    /// Wakes the strategies whose bar of a market is complete at `now`.
    fn close_bars(&mut self, place: usize, now: Timestamp) -> Result<(), EngineError> {
        if now < self.tracks[place].next_bar || self.holds_bar(place, now) {
            return Ok(());
        }
        for index in 0..self.lanes.len() {
            let track = &mut self.tracks[place];
            let due = track.builders[index].as_mut().filter(|builder| builder.close_at() <= now);
            let (market, Some(bar)) = (track.id, due.and_then(BarBuilder::close)) else { continue };
            let lane = &mut self.lanes[index];
            let woken = with_outlook(&self.tracks, &self.feed_latency, |outlook| {
                lane.wake(Wake::Bar(market, &bar), now, outlook)
            });
            woken.map_err(|source| self.lanes[index].error(now, source))?;
        }
        self.tracks[place].refresh_bar();
        Ok(())
    }

    fn refresh_interest(&mut self) {
        self.tracks.iter_mut().for_each(|track| track.refresh_interest(&self.lanes));
    }

    fn finish(mut self) -> Result<Outcome, EngineError> {
        let end = if self.is_over { self.end } else { self.now };
        self.refresh_latency();
        self.feed_to(end)?;
        (0..self.lanes.len()).try_for_each(|index| self.mark(index, end))?;
        let market = |track: &Track<'_>| MarketOutcome {
            rows: track.market.rows(),
            messages: track.market.replay.messages,
            own_book: track.feed.has_own_book(),
        };
        let markets: Vec<MarketOutcome> = self.tracks.iter().map(market).collect();
        let rows = markets.iter().map(|market| market.rows).sum();
        let messages = markets.iter().map(|market| market.messages).sum();
        let finished = self.lanes.into_iter().map(|lane| lane.finish(end, rows, messages));
        let lanes = finished.collect::<Result<Vec<_>, _>>()?;
        Ok(Outcome { lanes, rows, messages, start: self.start, end, markets })
    }
}

/// The venue's half of a round, for one lane at one market: what expires, and the requests that arrive. True when there was
/// either.
fn venue_instant(
    lane: &mut Lane,
    place: usize,
    track: &mut Track<'_>,
    now: Timestamp,
    latency: Span,
) -> Result<bool, Overflow> {
    let replay = &mut track.market.replay;
    let book = &mut replay.ladder;
    let expires = lane.sites[place].venue.next_expiry() <= now;
    if expires {
        lane.at_venue(place, latency, |venue, out| {
            venue.expire(now, book, out);
            Ok(())
        })?;
    }
    lane.sites[place].tell_last_trade(now, replay.last_trade);
    Ok(lane.arrivals(place, now, now, book, latency)? || expires)
}

fn wake_with(
    lane: &mut Lane,
    market: MarketId,
    delivery: &Delivery,
    now: Timestamp,
    outlook: Outlook<'_>,
) -> Result<(), Overflow> {
    let subscriptions = *lane.bot.subscriptions();
    if subscriptions.trades {
        for trade in &delivery.trades {
            lane.wake(Wake::Trade(market, trade), now, outlook)?;
        }
    }
    if subscriptions.book && delivery.best_changed {
        lane.wake(Wake::Book(market), now, outlook)?;
    }
    Ok(())
}

/// Rings a lane's timer when it is due.
fn ring(lane: &mut Lane, now: Timestamp, outlook: Outlook<'_>) -> Result<(), Overflow> {
    if lane.next_timer <= now {
        let period = lane.bot.subscriptions().timer.unwrap_or(Span::from_nanos(i64::MAX));
        lane.next_timer = lane.next_ring(lane.next_timer.plus(period));
        lane.wake(Wake::Timer, now, outlook)?;
    }
    Ok(())
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
