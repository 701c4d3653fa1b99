//! Stopping and going on: between two instants, where nothing is half done, a run's whole state becomes bytes or is put back.

use super::{Engine, aligned_after};
use crate::checkpoint::{Kept, Loader, Saver, StateError};
use crate::engine::error::EngineError;
use crate::units::{Span, Timestamp};

/// Who keeps the checkpoints of a run, and has one to go on from.
pub trait Checkpoints {
    /// Simulated time between two of them, aligned to UTC; none are taken without.
    fn every(&self) -> Option<Span>;

    /// The state to go on from, if any. Asked once, when all lanes have been opened and have written their first entries: what was
    /// recorded until then is to be forgotten, and the record put back as it was.
    ///
    /// # Errors
    /// [`EngineError::NotKept`] when it cannot be had.
    fn resume(&mut self) -> Result<Option<Vec<u8>>, EngineError>;

    /// The run goes on from what [`resume`](Self::resume) gave: everything is back.
    fn gone_on(&mut self) {}

    /// Keeps the state as it is at `at`, after so many rows.
    ///
    /// # Errors
    /// [`EngineError::NotKept`] when it cannot: the run ends.
    fn keep(&mut self, at: Timestamp, rows: u64, state: Vec<u8>) -> Result<(), EngineError>;
}

impl Engine<'_> {
    /// Goes on where `checkpoints` say; returns when the next thing happens.
    pub(super) fn begin(&mut self, checkpoints: Option<&mut (dyn Checkpoints + '_)>) -> Result<Timestamp, EngineError> {
        let Some(checkpoints) = checkpoints else { return Ok(self.next_event()) };
        if self.family.is_some() {
            let text = "a family of markets that answers to the bot has no checkpoints yet";
            return Err(EngineError::Unsupported(text.to_owned()));
        }
        let mut limit = self.next_event();
        if let Some(state) = checkpoints.resume()? {
            let mut from = Loader::new(&state);
            let at;
            (limit, at) = from.take()?;
            self.load(&mut from)?;
            from.finish()?;
            self.tracks.iter().try_for_each(|track| track.market.make_again(at))?;
            self.read_again()?;
            checkpoints.gone_on();
        }
        self.pause_after(self.now, checkpoints.every());
        Ok(limit)
    }

    /// The run stops at the first checkpoint that is due after `at`.
    fn pause_after(&mut self, at: Timestamp, every: Option<Span>) {
        self.end = every.map_or(Timestamp::MAX, |every| aligned_after(at, every));
    }

    /// All rows and events up to the pause have happened; `limit` is when the next event is due.
    pub(super) fn pause(&mut self, limit: Timestamp, checkpoints: &mut dyn Checkpoints) -> Result<(), EngineError> {
        let (mut state, at) = (Saver::default(), self.end);
        state.put(&(limit, at))?;
        self.save(&mut state)?;
        checkpoints.keep(at, self.rows(), state.into_bytes())?;
        self.pause_after(at, checkpoints.every());
        Ok(())
    }

    /// Batches that were read are read again. Those of generated markets before them are made again: by turns, so that markets that
    /// are made together are not kept whole for it.
    fn read_again(&mut self) -> Result<(), EngineError> {
        let most = self.tracks.iter().map(|track| track.reads_from()).max().unwrap_or_default();
        for index in 0..most {
            for track in self.tracks.iter_mut().filter(|track| index < track.reads_from()) {
                if !track.make(index)? {
                    let (found, expected) = (index, track.reads_from());
                    return Err(StateError::unlike("a market", format!("{found} batches"), expected).into());
                }
            }
        }
        self.tracks.iter_mut().try_for_each(|track| track.read_again())?;
        Ok(())
    }
}

impl Kept for Engine<'_> {
    fn save(&self, to: &mut Saver) -> Result<(), StateError> {
        to.put(&(self.agenda, self.changed, &self.feed_latency))?;
        to.put(&(self.next_mark, self.next_look, self.next_scheduled, self.now))?;
        self.tracks.save(to)?;
        self.lanes.save(to)?;
        self.reinvestments.save(to)
    }

    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), StateError> {
        (self.agenda, self.changed, self.feed_latency) = from.take()?;
        (self.next_mark, self.next_look, self.next_scheduled, self.now) = from.take()?;
        self.tracks.load(from)?;
        self.lanes.load(from)?;
        self.reinvestments.load(from)
    }
}
