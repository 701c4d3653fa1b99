use super::builder::BarBuilder;
use super::config::{EngineConfig, LaneSetup, Progress};
use super::error::EngineError;
use super::lane::{Lane, LaneOutcome, OpenBar};
use super::run::{Outcome, at_one_price, build_lanes};
use crate::book::Ladder;
use crate::bot::{MarketKnowledge, Wake};
use crate::journal::Entry;
use crate::model::{Bar, MarketId};
use crate::tape::{Batch, BatchSource, TapeHeader};
use crate::units::{Day, Overflow, Price, Span, Timestamp};
use crate::venue::{Ambiguity, MarketKind};

/// Replays a tape of bars.
///
/// A bar is one step: what the bots sent at its open or before meets its open; then its path runs through the resting
/// orders; at its close the bots learn what happened, see the bar, and wish. The risk clock ticks at every close, but an
/// account that holds nothing and has nothing open is marked once a UTC day.
pub(super) fn run(
    source: &mut dyn BatchSource,
    header: &TapeHeader,
    config: &EngineConfig,
    setups: Vec<LaneSetup>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, EngineError> {
    let Some(period) = header.period.filter(|period| period.nanos() > 0) else {
        return Err(EngineError::Unsupported("the bar tape states no period; import it again".to_owned()));
    };
    let lanes = build_lanes(setups, &header.instrument, MarketKind::Bars, header.first_at)?;
    let lanes = lanes.into_iter().map(|lane| BarLane::new(lane, period, header.first_at)).collect::<Result<_, _>>()?;
    let mut replay = BarReplay { last_close: None, lanes, period, book: Ladder::new(), ambiguities: Vec::new() };
    let rows_max = config.max_rows.unwrap_or(u64::MAX);
    let mut rows = 0;
    let mut end = header.first_at;
    let mut index = 0;
    while rows < rows_max
        && let Some(Batch::Bars(batch)) = source.batch(index)?
    {
        let take = batch.len().min(usize::try_from(rows_max - rows).unwrap_or(usize::MAX));
        for offset in 0..take {
            replay.bar(&batch.bar(offset, period))?;
        }
        rows += take as u64;
        index += 1;
        if take > 0 {
            end = Timestamp::from_nanos(batch.open_at[take - 1]).plus(period);
        }
        progress(Progress { rows, at: end });
    }
    let lanes = replay.finish(end, rows)?;
    Ok(Outcome { lanes, rows, messages: rows, start: header.first_at, end, own_book: false })
}

struct BarLane {
    lane: Lane,
    /// The strategy's bars, when they are longer than the tape's.
    builder: Option<BarBuilder>,
    wants_bars: bool,
    marked_on: Option<Day>,
}

impl BarLane {
    fn new(lane: Lane, period: Span, start: Timestamp) -> Result<Self, EngineError> {
        let subscriptions = lane.bot.subscriptions();
        let wanted = subscriptions.bars;
        if wanted.is_some_and(|wanted| wanted < period || wanted.nanos() % period.nanos() != 0) {
            return Err(EngineError::Unsupported(format!(
                "strategy `{}` wants bars of {}; the tape holds bars of {period}, so ask for a multiple of that",
                lane.bot.strategy().describe().name,
                wanted.unwrap_or(Span::ZERO),
            )));
        }
        let builder = wanted.filter(|wanted| *wanted != period).map(|wanted| BarBuilder::new(wanted, start));
        Ok(Self { lane, builder, wants_bars: wanted.is_some(), marked_on: None })
    }
}

struct BarReplay {
    /// Close of the bar before: the last price before a bar's open.
    last_close: Option<Price>,
    lanes: Vec<BarLane>,
    period: Span,
    /// Stays empty: bars know no book.
    book: Ladder,
    ambiguities: Vec<Ambiguity>,
}

impl BarReplay {
    fn bar(&mut self, bar: &Bar) -> Result<(), EngineError> {
        let close_at = bar.open_at.plus(self.period);
        let market =
            MarketKnowledge { best: at_one_price(bar.close), market_at: Some(close_at), last_trade: None, depth: None };
        for index in 0..self.lanes.len() {
            let stepped = self.step(index, bar, close_at, &market);
            stepped.map_err(|source| self.lanes[index].lane.error(close_at, source))?;
        }
        self.last_close = Some(bar.close);
        Ok(())
    }

    #[inline]
    fn step(
        &mut self,
        index: usize,
        bar: &Bar,
        close_at: Timestamp,
        market: &MarketKnowledge<'_>,
    ) -> Result<(), Overflow> {
        let BarLane { lane, builder, wants_bars, marked_on } = &mut self.lanes[index];
        let idle = lane.is_idle();
        lane.bar = Some(OpenBar { close_at, period: self.period });
        if !idle {
            lane.tell_last_trade(close_at, self.last_close);
            trade_through(lane, bar, close_at, &mut self.book, &mut self.ambiguities)?;
            lane.deliver(close_at, market, Span::ZERO)?;
        }
        let day = bar.open_at.day();
        if !idle || *marked_on != Some(day) {
            *marked_on = Some(day);
            if lane.mark(close_at, market.best, Span::ZERO)? {
                lane.cancel_all(close_at, market, Span::ZERO);
            }
        }
        if *wants_bars {
            wake_with_bar(lane, builder.as_mut(), bar, close_at, market)?;
        }
        if lane.next_timer <= close_at {
            ring(lane, close_at, market)?;
        }
        Ok(())
    }

    fn finish(self, end: Timestamp, rows: u64) -> Result<Vec<LaneOutcome>, EngineError> {
        self.lanes.into_iter().map(|lane| lane.lane.finish(end, rows, rows)).collect()
    }
}

/// Requests meet the open, resting orders the path.
fn trade_through(
    lane: &mut Lane,
    bar: &Bar,
    close_at: Timestamp,
    book: &mut Ladder,
    ambiguities: &mut Vec<Ambiguity>,
) -> Result<(), Overflow> {
    let before_close = Timestamp::from_nanos(close_at.nanos() - 1);
    lane.arrivals(before_close, bar.open_at, book, Span::ZERO)?;
    if lane.venue.next_expiry() <= bar.open_at {
        lane.at_venue(Span::ZERO, |venue, out| {
            venue.expire(bar.open_at, book, out);
            Ok(())
        })?;
    }
    if lane.venue.open_orders() > 0 {
        lane.at_venue(Span::ZERO, |venue, out| venue.on_bar(bar, out, ambiguities))?;
    }
    for ambiguity in ambiguities.drain(..) {
        let Ambiguity { client_order_id, at_stake } = ambiguity;
        lane.record(&Entry::Ambiguous { at: bar.open_at, market: MarketId::FIRST, client_order_id, at_stake });
    }
    Ok(())
}

fn wake_with_bar(
    lane: &mut Lane,
    builder: Option<&mut BarBuilder>,
    bar: &Bar,
    close_at: Timestamp,
    market: &MarketKnowledge<'_>,
) -> Result<(), Overflow> {
    let Some(builder) = builder else {
        return lane.wake(Wake::Bar(MarketId::FIRST, bar), close_at, market, Span::ZERO);
    };
    // A hole in the tape can hide the end of a longer bar: it is complete as soon as a later bar is seen.
    while builder.close_at() <= bar.open_at {
        if let Some(complete) = builder.close() {
            lane.wake(Wake::Bar(MarketId::FIRST, &complete), close_at, market, Span::ZERO)?;
        }
    }
    builder.add(bar);
    if builder.close_at() <= close_at
        && let Some(complete) = builder.close()
    {
        lane.wake(Wake::Bar(MarketId::FIRST, &complete), close_at, market, Span::ZERO)?;
    }
    Ok(())
}

/// Timers ring at closes, once however many times they were due within the bar.
fn ring(lane: &mut Lane, close_at: Timestamp, market: &MarketKnowledge<'_>) -> Result<(), Overflow> {
    let period = lane.bot.subscriptions().timer.unwrap_or(Span::from_nanos(i64::MAX));
    let missed = close_at.since(lane.next_timer).nanos() / period.nanos();
    lane.next_timer = lane.next_timer.plus(period.times(missed + 1));
    lane.wake(Wake::Timer, close_at, market, Span::ZERO)
}
