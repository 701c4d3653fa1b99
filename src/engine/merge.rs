//! Several markets in one order: by time, and at one time by market. Each market runs as far as it may in one go: through
//! all its rows before the next row of any other.

use super::cursor::Stop;
use super::rows::Heard;
use super::track::Track;
use crate::book::{DepthChange, Ladder};
use crate::synth::{LiveFamily, LiveTurn};
use crate::tape::TapeError;
use crate::units::{Span, Timestamp};

/// Where the markets stopped: which one, and why.
pub(super) type Stopped = (usize, Stop);

/// Who hears of watched level changes, and of which market they are.
pub(super) type OnMarket<'a> = dyn FnMut(usize, &mut Ladder, &DepthChange, Timestamp) -> Heard + 'a;

/// Runs the markets to the first row of consequence, or through all their rows at or before `limit`, no more than
/// `rows_max` of them all together.
#[inline]
pub(super) fn advance(
    tracks: &mut [Track<'_>],
    limit: Timestamp,
    rows_max: Option<u64>,
    on_depth: &mut OnMarket<'_>,
) -> Result<Stopped, TapeError> {
    if let [track] = tracks {
        track.note_reading();
        return Ok((0, run(track, 0, limit, on_depth)?));
    }
    loop {
        if let Some(rows_max) = rows_max {
            let rows: u64 = tracks.iter().map(|track| track.market.rows()).sum();
            tracks.iter_mut().for_each(|track| track.market.allow(rows_max.saturating_sub(rows)));
        }
        let Some(next) = Next::of(tracks)? else { return Ok((0, Stop::End)) };
        if limit < next.at {
            return Ok((0, Stop::Limit));
        }
        let stop = run(&mut tracks[next.place], next.place, limit.min(next.until), on_depth)?;
        if let Stop::Touch(..) = stop {
            return Ok((next.place, stop));
        }
    }
}

/// The same of markets that are made as they go on, and hear of each other.
pub(super) fn advance_family(
    tracks: &mut [Track<'_>],
    family: &mut LiveFamily,
    limit: Timestamp,
    rows_max: Option<u64>,
    on_depth: &mut OnMarket<'_>,
) -> Result<Stopped, TapeError> {
    loop {
        let rows: u64 = tracks.iter().map(|track| track.market.rows()).sum();
        let left = rows_max.map_or(u64::MAX, |most| most.saturating_sub(rows));
        // What was made and not replayed yet comes first, and nothing after it: others may come before that.
        let unfinished = tracks.iter().enumerate().find_map(|(place, track)| Some((place, track.market.unfinished()?)));
        let (place, until) = match unfinished {
            Some((place, until)) => (place, until.min(limit)),
            None if left == 0 => return Ok((0, Stop::End)),
            None => match family.next(limit) {
                LiveTurn::Market(place, until) => (place, until.min(limit)),
                LiveTurn::Limit => return Ok((0, Stop::Limit)),
                LiveTurn::End => return Ok((0, Stop::End)),
            },
        };
        let track = &mut tracks[place];
        track.note_reading();
        track.market.allow_live(left);
        match run(track, place, until, on_depth)? {
            Stop::Limit | Stop::End => {}
            stop => return Ok((place, stop)),
        }
    }
}

#[inline]
fn run(track: &mut Track<'_>, place: usize, limit: Timestamp, on_depth: &mut OnMarket<'_>) -> Result<Stop, TapeError> {
    let mut heard = |book: &mut Ladder, change: &DepthChange, at: Timestamp| on_depth(place, book, change, at);
    track.market.advance(&mut track.batches, limit, &track.interest, &mut heard)
}

/// The market whose row comes next, when that is, and up to when no row of another one comes between.
struct Next {
    place: usize,
    at: Timestamp,
    until: Timestamp,
}

impl Next {
    /// `None` when no market has rows left.
    fn of(tracks: &mut [Track<'_>]) -> Result<Option<Self>, TapeError> {
        let mut next: Option<Self> = None;
        for (place, track) in tracks.iter_mut().enumerate() {
            let Some(at) = track.market.next_at(&mut track.batches)? else { continue };
            next = Some(match next {
                // At one time the market before comes first, with all its rows of that time.
                Some(first) if first.at <= at => Self { until: first.until.min(at), ..first },
                Some(first) => Self { place, at, until: first.at.plus(Span::from_nanos(-1)) },
                None => Self { place, at, until: Timestamp::MAX },
            });
        }
        Ok(next)
    }
}
