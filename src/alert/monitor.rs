use super::account::{DayOpen, is_over, position_value, share};
use super::config::AlertConfig;
use super::feed;
use super::path;
use super::price::Moves;
use super::rule::{self, RULES};
use super::standing::{Episode, Found, Standing};
use super::trades::{RoundTrip, Trades};
use crate::checkpoint::kept;
use crate::gates::{GateEvent, TWO_SIDES, book_fault};
use crate::model::{
    Alert, AlertId, BestPrices, Booking, ExecutionReport, GateId, Instrument, Mark, MarketId, ReportKind,
};
use crate::units::{Money, Overflow, Price, Quantity, Span, Timestamp};

/// One market as the monitor has to know it.
#[derive(Debug, Clone, Copy)]
pub struct AlertMarket<'a> {
    /// What is traded there.
    pub instrument: &'a Instrument,
    /// What is held there at the start, and at which price; nothing without one.
    pub opening: (Quantity, Option<Price>),
    /// Its tape shows a book.
    pub has_book: bool,
    /// Its tape holds bars.
    pub on_bars: bool,
}

/// What a look at one market sees.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    /// The account there, marked at the venue's best prices.
    pub mark: &'a Mark,
    /// The last mid that there was, doubled.
    pub mid_x2: i64,
    /// Best prices as the bot has heard them.
    pub heard: &'a BestPrices,
    /// When the last market message arrived at the bot.
    pub heard_at: Option<Timestamp>,
    /// How long that message was on its way.
    pub heard_latency: Span,
    /// When the oldest of the requests was sent whose answer the bot has not heard.
    pub waits_since: Option<Timestamp>,
}

/// Limits by rule, each in the unit of its alerts.
type Limits = [Option<i128>; RULES.len() + 1];

/// Watches one lane and says what a person should hear of. It is told what happens, and keeps what it has to say until that is
/// [taken](Self::take).
#[derive(Debug, Clone)]
pub struct Monitor {
    limits: Limits,
    remind_after: Span,
    clock: Span,
    start: Timestamp,
    /// The look before the present one: what a look finds can have begun just after it.
    looked_at: Timestamp,
    /// Between two closes nobody knows anything: what a close shows begins with it.
    on_bars: bool,
    markets: Vec<Watched>,
    day: DayOpen,
    /// Value of all positions seen in this look.
    gross: i128,
    daily_loss: Standing,
    leverage: Standing,
    out: Vec<(MarketId, Alert)>,
}

/// One market, and which of its alerts stand.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Watched {
    worth: i128,
    has_book: bool,
    /// How long anything takes can be told here.
    is_timed: bool,
    trades: Trades,
    trip: RoundTrip,
    moves: Moves,
    /// The last look that counted for prices.
    priced_at: Timestamp,
    /// The last two looks that counted for prices, or those at which there was none: what is settled at a look began after the first.
    settles_from: [Timestamp; 2],
    position_value: Standing,
    trade_rate: Standing,
    trade_loss: Episode,
    network_latency: Episode,
    venue_reply: Episode,
    feed_disconnected: Standing,
    price_age: Standing,
    extreme_move: Standing,
    book_anomaly: Standing,
    reconnect_failures: Standing,
    kill_switch: Standing,
    tripped: Vec<(GateId, Standing)>,
}

impl Watched {
    fn new(market: &AlertMarket<'_>, start: Timestamp) -> Result<Self, Overflow> {
        let (held, price) = market.opening;
        Ok(Self {
            worth: market.instrument.tick_step_value()?.atto(),
            has_book: market.has_book,
            is_timed: !market.on_bars,
            trades: Trades::default(),
            trip: price.map_or_else(RoundTrip::default, |price| RoundTrip::holding(held.steps(), price.ticks())),
            moves: Moves::default(),
            priced_at: start,
            settles_from: [start; 2],
            position_value: Standing::default(),
            trade_rate: Standing::default(),
            trade_loss: Episode::default(),
            network_latency: Episode::default(),
            venue_reply: Episode::default(),
            feed_disconnected: Standing::default(),
            price_age: Standing::default(),
            extreme_move: Standing::default(),
            book_anomaly: Standing::default(),
            reconnect_failures: Standing::default(),
            kill_switch: Standing::default(),
            tripped: Vec::new(),
        })
    }
}

/// What is the same for every rule at one instant.
struct Now<'a> {
    at: Timestamp,
    market: MarketId,
    remind_after: Span,
    out: &'a mut Vec<(MarketId, Alert)>,
}

impl Now<'_> {
    /// Holds a finding against what stood before; `over` says what is over the limit, or the value that is not.
    fn judge(&mut self, rule: AlertId, standing: &mut Standing, over: Result<Found, i128>) {
        let said = match over {
            Ok(found) => standing.holds(rule, self.at, &found, self.remind_after),
            Err(_) if !standing.is_raised() => None,
            Err(value) => standing.ends(rule, value),
        };
        self.say(said);
    }

    fn happens(&mut self, rule: AlertId, episode: &mut Episode, found: Found) {
        let said = episode.happens(rule, self.at, &found, self.remind_after);
        self.say(said);
    }

    fn quiet(&mut self, rule: AlertId, episode: &mut Episode) {
        if episode.is_raised() {
            let said = episode.look(rule, self.at);
            self.say(said);
        }
    }

    fn say(&mut self, said: Option<Alert>) {
        self.out.extend(said.map(|alert| (self.market, alert)));
    }
}

/// A value that is over its limit, or the value.
fn over(cause_at: Timestamp, value: i128, limit: i128) -> Result<Found, i128> {
    if limit < value { Ok(Found { cause_at, value, limit }) } else { Err(value) }
}

fn nanos(span: Span) -> i128 {
    i128::from(span.nanos())
}

/// The instant from which something that began at `from` lasts longer than the limit.
fn exceeds_at(from: Timestamp, limit: i128) -> Timestamp {
    from.plus(Span::from_nanos(i64::try_from(limit).unwrap_or(i64::MAX)))
}

impl Monitor {
    /// A monitor of these markets, in the order of their numbers, in a run that starts then; its clock ticks as [`AlertConfig::clock`]
    /// says.
    ///
    /// # Errors
    /// [`Overflow`] when a tick times a step cannot be held exactly.
    pub fn new(
        config: &AlertConfig,
        markets: &[AlertMarket<'_>],
        start: Timestamp,
        risk_clock: Span,
    ) -> Result<Self, Overflow> {
        let mut limits: Limits = [None; RULES.len() + 1];
        RULES.iter().for_each(|rule| limits[usize::from(rule.id.0)] = config.limit(rule.id));
        Ok(Self {
            limits,
            remind_after: config.remind_after(),
            clock: config.clock(risk_clock),
            start,
            looked_at: start,
            on_bars: markets.iter().any(|market| market.on_bars),
            markets: markets.iter().map(|market| Watched::new(market, start)).collect::<Result<_, _>>()?,
            day: DayOpen::starting(start, Money::ZERO),
            gross: 0,
            daily_loss: Standing::default(),
            leverage: Standing::default(),
            out: Vec::with_capacity(8),
        })
    }

    /// The account's equity at the start: what the first day's loss is held against.
    pub fn open(&mut self, at: Timestamp, equity: Money) {
        self.day = DayOpen::starting(at, equity);
    }

    /// The owner put money into the account, or took it out if negative: the day's loss is held against as much more.
    pub fn allocated(&mut self, amount: Money) {
        self.day.allocated(amount);
    }

    /// Distance of the ticks at which it wants to look.
    #[must_use]
    pub const fn clock(&self) -> Span {
        self.clock
    }

    /// True when it has something to say.
    #[inline]
    #[must_use]
    pub const fn has_news(&self) -> bool {
        !self.out.is_empty()
    }

    /// What it has to say, in order.
    pub fn take(&mut self) -> impl Iterator<Item = (MarketId, Alert)> + '_ {
        self.out.drain(..)
    }

    const fn limit(&self, rule: AlertId) -> Option<i128> {
        self.limits[rule.0 as usize]
    }

    /// The bot hears of a report at `now`.
    #[inline]
    pub fn heard(&mut self, now: Timestamp, report: &ExecutionReport) {
        let watched = &mut self.markets[report.market.index()];
        if watched.is_timed {
            let reply = path::reply(report);
            let way = path::longer_way(report, reply.is_some());
            let latency = self.limits[usize::from(rule::NETWORK_LATENCY.0)].filter(|limit| *limit < nanos(way));
            let waited = self.limits[usize::from(rule::VENUE_REPLY.0)].zip(reply);
            let waited = waited.filter(|(limit, reply)| *limit < nanos(*reply));
            if latency.is_some() || waited.is_some() {
                self.slow(now, report, latency.map(|limit| (limit, way)), waited);
            }
        }
        if let ReportKind::Filled(_) = &report.kind {
            self.traded(now, report);
        } else if report.kind.sets_right() {
            self.set_right(now, report);
        }
    }

    #[cold]
    fn slow(
        &mut self,
        at: Timestamp,
        report: &ExecutionReport,
        latency: Option<(i128, Span)>,
        waited: Option<(i128, Span)>,
    ) {
        let Self { markets, out, remind_after, .. } = self;
        let watched = &mut markets[report.market.index()];
        let mut now = Now { at, market: report.market, remind_after: *remind_after, out };
        if let Some((limit, way)) = latency {
            // Nobody can time what has not arrived: what is missing is a matter of `venue_reply`.
            let found = Found { cause_at: at, value: nanos(way), limit };
            now.happens(rule::NETWORK_LATENCY, &mut watched.network_latency, found);
        }
        if let Some((limit, reply)) = waited {
            let found = Found { cause_at: exceeds_at(report.sent_at, limit), value: nanos(reply), limit };
            now.happens(rule::VENUE_REPLY, &mut watched.venue_reply, found);
        }
    }

    fn traded(&mut self, at: Timestamp, report: &ExecutionReport) {
        let ReportKind::Filled(fill) = &report.kind else { return };
        let [rate, loss_limit] = [rule::TRADE_RATE, rule::TRADE_LOSS].map(|rule| self.limit(rule));
        let Self { markets, out, remind_after, .. } = self;
        let watched = &mut markets[report.market.index()];
        let mut now = Now { at, market: report.market, remind_after: *remind_after, out };
        if let Some(limit) = rate {
            watched.trades.executed(report, fill);
            let count = watched.trades.count(at) as i128;
            if let Ok(found) = over(at, count, limit) {
                now.judge(rule::TRADE_RATE, &mut watched.trade_rate, Ok(found));
            }
        }
        if let Some(limit) = loss_limit
            && let Some((loss, entered)) = watched.trip.fill(&Booking::of(report.side, fill), watched.worth)
            && is_over(loss, entered, limit)
        {
            let found = Found { cause_at: at, value: share(loss, entered), limit };
            now.happens(rule::TRADE_LOSS, &mut watched.trade_loss, found);
        }
    }

    /// A fill was set right. No order has executed.
    #[cold]
    #[inline(never)]
    fn set_right(&mut self, at: Timestamp, report: &ExecutionReport) {
        let Some(limit) = self.limit(rule::TRADE_LOSS) else { return };
        let Self { markets, out, remind_after, .. } = self;
        let watched = &mut markets[report.market.index()];
        let lost = match &report.kind {
            ReportKind::Busted(bust) => watched.trip.bust(report.side, bust, watched.worth),
            ReportKind::Corrected(correction) => {
                watched.trip.correct(report.side, correction);
                None
            }
            _ => None,
        };
        if let Some((loss, entered)) = lost.filter(|(loss, entered)| is_over(*loss, *entered, limit)) {
            let mut now = Now { at, market: report.market, remind_after: *remind_after, out };
            let found = Found { cause_at: at, value: share(loss, entered), limit };
            now.happens(rule::TRADE_LOSS, &mut watched.trade_loss, found);
        }
    }

    /// A market's gates have made something known.
    #[cold]
    pub fn gate(&mut self, at: Timestamp, market: MarketId, event: &GateEvent, kill_switch: GateId) {
        let is_on = self.limit(rule::GATE_TRIPPED).is_some();
        let Self { markets, out, remind_after, .. } = self;
        let tripped = &mut markets[market.index()].tripped;
        let mut now = Now { at, market, remind_after: *remind_after, out };
        let (gate, is_trip) = match event {
            GateEvent::Tripped(refusal) => (refusal.gate, true),
            GateEvent::Cleared(gate) => (*gate, false),
        };
        if !is_on || gate == kill_switch {
            return;
        }
        let place = tripped.iter().position(|(other, _)| *other == gate);
        let value = i128::from(gate.0);
        match (place, is_trip) {
            (None, true) => {
                let mut standing = Standing::default();
                now.judge(rule::GATE_TRIPPED, &mut standing, Ok(Found { cause_at: at, value, limit: 0 }));
                tripped.push((gate, standing));
            }
            (Some(place), false) => {
                let (_, mut standing) = tripped.remove(place);
                now.judge(rule::GATE_TRIPPED, &mut standing, Err(value));
            }
            (Some(_), true) | (None, false) => {}
        }
    }

    /// Whether a market's kill switch is engaged, after anything that can have changed it.
    pub fn kill_switch(&mut self, at: Timestamp, market: MarketId, is_engaged: bool) {
        if self.limit(rule::KILL_SWITCH).is_none() {
            return;
        }
        let Self { markets, out, remind_after, .. } = self;
        let mut now = Now { at, market, remind_after: *remind_after, out };
        let found = if is_engaged { Ok(Found { cause_at: at, value: 1, limit: 0 }) } else { Err(0) };
        now.judge(rule::KILL_SWITCH, &mut markets[market.index()].kill_switch, found);
    }

    /// The bot's process came back without its state: no breaker of it is tripped any more.
    pub fn restarted(&mut self, at: Timestamp) {
        let Self { markets, out, remind_after, .. } = self;
        for (market, watched) in (0..).map(MarketId).zip(markets) {
            let mut now = Now { at, market, remind_after: *remind_after, out };
            for (gate, mut standing) in watched.tripped.drain(..) {
                now.judge(rule::GATE_TRIPPED, &mut standing, Err(i128::from(gate.0)));
            }
        }
    }

    /// The first instant at which what a look finds can have been there.
    const fn begins(&self, at: Timestamp) -> Timestamp {
        if self.on_bars { at } else { self.looked_at }
    }

    /// Looks at one market. All of them are looked at, in order, and then [the account](Self::look_at_account).
    pub fn look_at_market(&mut self, sight: &Sight<'_>) {
        let market = sight.mark.market;
        let at = sight.mark.at;
        let since = self.begins(at);
        let Self { limits, markets, out, remind_after, gross, start, clock, .. } = self;
        let watched = &mut markets[market.index()];
        let mut now = Now { at, market, remind_after: *remind_after, out };
        let value = position_value(sight.mark.position.steps(), sight.mid_x2, watched.worth);
        *gross = gross.saturating_add(value);
        if let Some(limit) = limits[usize::from(rule::POSITION_VALUE.0)] {
            now.judge(rule::POSITION_VALUE, &mut watched.position_value, over(since, value, limit));
        }
        watched.look_at_trades(&mut now, limits);
        if watched.is_timed {
            watched.look_at_path(&mut now, limits, (since, sight));
            watched.look_at_feed(&mut now, limits, (sight, *start, since));
        }
        // A breaker can have the account marked between two ticks, at a print that the next tick sees again.
        if !watched.is_timed || *clock <= at.since(watched.priced_at) {
            watched.priced_at = at;
            watched.look_at_price(&mut now, limits, (since, sight.mark.best.mid_x2()));
        }
        watched.remind(&mut now);
    }

    /// Looks at the account, with which a look ends.
    pub fn look_at_account(&mut self, at: Timestamp, equity: Money) {
        let [daily_limit, leverage_limit] = [rule::DAILY_LOSS, rule::LEVERAGE].map(|rule| self.limit(rule));
        let since = self.begins(at);
        let Self { out, remind_after, looked_at, day, gross, daily_loss, leverage, .. } = self;
        let mut now = Now { at, market: MarketId::FIRST, remind_after: *remind_after, out };
        let found = |part, whole, limit| match is_over(part, whole, limit) {
            true => Ok(Found { cause_at: since, value: share(part, whole), limit }),
            false => Err(part),
        };
        if let Some(limit) = daily_limit {
            let (loss, baseline) = day.loss(at, equity);
            let found = found(loss, baseline, limit).map_err(|loss| share(loss, baseline));
            now.judge(rule::DAILY_LOSS, daily_loss, found);
        }
        if let Some(limit) = leverage_limit {
            let found = found(*gross, equity.atto(), limit).map_err(|value| share(value, equity.atto()));
            now.judge(rule::LEVERAGE, leverage, found);
        }
        *gross = 0;
        *looked_at = at;
    }
}

impl Watched {
    fn look_at_trades(&mut self, now: &mut Now<'_>, limits: &Limits) {
        if let Some(limit) = limits[usize::from(rule::TRADE_RATE.0)].filter(|_| self.trade_rate.is_raised()) {
            let count = self.trades.count(now.at) as i128;
            now.judge(rule::TRADE_RATE, &mut self.trade_rate, over(now.at, count, limit));
        }
        now.quiet(rule::TRADE_LOSS, &mut self.trade_loss);
    }

    fn look_at_path(&mut self, now: &mut Now<'_>, limits: &Limits, (looked_at, sight): (Timestamp, &Sight<'_>)) {
        let feed_ns = nanos(sight.heard_latency);
        match limits[usize::from(rule::NETWORK_LATENCY.0)].and_then(|limit| over(looked_at, feed_ns, limit).ok()) {
            Some(found) => now.happens(rule::NETWORK_LATENCY, &mut self.network_latency, found),
            None => now.quiet(rule::NETWORK_LATENCY, &mut self.network_latency),
        }
        let waiting = limits[usize::from(rule::VENUE_REPLY.0)].and_then(|limit| {
            let sent_at = sight.waits_since?;
            over(exceeds_at(sent_at, limit), nanos(now.at.since(sent_at)), limit).ok()
        });
        match waiting {
            Some(found) => now.happens(rule::VENUE_REPLY, &mut self.venue_reply, found),
            None => now.quiet(rule::VENUE_REPLY, &mut self.venue_reply),
        }
    }

    fn look_at_feed(
        &mut self,
        now: &mut Now<'_>,
        limits: &Limits,
        (sight, start, looked_at): (&Sight<'_>, Timestamp, Timestamp),
    ) {
        let since = sight.heard_at.unwrap_or(start);
        let silence = nanos(now.at.since(since));
        if let Some(limit) = limits[usize::from(rule::FEED_DISCONNECTED.0)] {
            let found = over(exceeds_at(since, limit), silence, limit);
            now.judge(rule::FEED_DISCONNECTED, &mut self.feed_disconnected, found);
            if let Some(most) = limits[usize::from(rule::RECONNECT_FAILURES.0)] {
                let gone_at = exceeds_at(since, limit);
                let cause_at = feed::failed_at(gone_at, i64::try_from(most + 1).unwrap_or(i64::MAX));
                let found = over(cause_at, feed::failures(gone_at, now.at), most);
                now.judge(rule::RECONNECT_FAILURES, &mut self.reconnect_failures, found);
            }
        }
        if sight.heard_at.is_none() {
            return;
        }
        if let Some(limit) = limits[usize::from(rule::PRICE_AGE.0)] {
            now.judge(rule::PRICE_AGE, &mut self.price_age, over(exceeds_at(since, limit), silence, limit));
        }
        if limits[usize::from(rule::BOOK_ANOMALY.0)].is_some() && self.has_book {
            let found = over(looked_at, book_fault(sight.heard), TWO_SIDES);
            now.judge(rule::BOOK_ANOMALY, &mut self.book_anomaly, found);
        }
    }

    fn look_at_price(&mut self, now: &mut Now<'_>, limits: &Limits, (looked_at, mid_x2): (Timestamp, Option<i64>)) {
        let Some(limit) = limits[usize::from(rule::EXTREME_MOVE.0)] else { return };
        let Some(mid_x2) = mid_x2 else {
            // Nobody knows how the price moves while there is none: a move begins with the next one.
            self.settles_from = [now.at; 2];
            return;
        };
        let (moved, since) = match self.is_timed {
            true => (self.moves.price(now.at, mid_x2), self.settles_from[0]),
            false => (Some(self.moves.close(now.at, mid_x2)), looked_at),
        };
        self.settles_from = [self.settles_from[1], now.at];
        if let Some(moved) = moved {
            now.judge(rule::EXTREME_MOVE, &mut self.extreme_move, over(since, moved, limit));
        }
    }

    /// Repeats what stands and is not judged at a look.
    fn remind(&mut self, now: &mut Now<'_>) {
        if self.kill_switch.is_raised() {
            now.judge(rule::KILL_SWITCH, &mut self.kill_switch, Ok(Found { cause_at: now.at, value: 1, limit: 0 }));
        }
        for (gate, standing) in &mut self.tripped {
            let value = i128::from(gate.0);
            now.judge(rule::GATE_TRIPPED, standing, Ok(Found { cause_at: now.at, value, limit: 0 }));
        }
    }
}

kept!(Monitor {
    state: looked_at, markets, day, gross, daily_loss, leverage, out;
    parts: ;
    left: limits, remind_after, clock, start, on_bars;
});
