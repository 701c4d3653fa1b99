use super::super::execute::{Recorder, RunError, fold_of};
use super::done::{DoneFile, DoneMark};
use super::store::{Begun, Checkpoint, CheckpointError, Store};
use crate::engine::{Checkpoints, EngineError};
use crate::journal::{JournalError, JournalMark, JournalWriter, bytes_there, last_behind};
use crate::scenario::Trial;
use crate::synth::OwnActions;
use crate::units::{Span, Timestamp};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// What going on came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// The instant gone on from; `None` where there was no whole checkpoint, and the run was made from its start.
    pub at: Option<Timestamp>,
    /// Market rows up to there.
    pub rows: u64,
    /// Simulated time that has to be run again: at least so much, as far as the journals tell how far the run had come; `None` where that
    /// is everything.
    pub lost: Option<Span>,
    /// Most that can be lost: the distance of the checkpoints, once more for each that was passed over; `None` where that is everything.
    pub lost_max: Option<Span>,
    /// Checkpoints that could not be used, and why.
    pub passed_over: Vec<String>,
}

/// Keeps the checkpoints of a run, and knows the one to go on from.
pub struct Keeping {
    store: Store,
    done: DoneFile,
    every: Span,
    number: u64,
    /// Whole checkpoints that were not tried yet, the newest last.
    from: Vec<Checkpoint>,
    /// The one that is being tried, in words.
    tried: Option<String>,
    resumes: bool,
    passed_over: Vec<String>,
    recovery: Option<Recovery>,
    gone_on: Box<dyn FnMut()>,
}

impl Keeping {
    /// Checkpoints of a run that begins in `folder`.
    ///
    /// # Errors
    /// [`CheckpointError`] when the disk refuses.
    pub fn begin(folder: &Path, begun: &Begun) -> Result<Self, CheckpointError> {
        Ok(Self::new(Store::begin(folder, begun)?, begun.every))
    }

    /// Checkpoints of a run that was stopped in `folder`: it goes on from the last one that is whole, or from its start. `gone_on` is called
    /// when it does.
    ///
    /// # Errors
    /// [`CheckpointError`] when they cannot be looked for.
    pub fn take_up(folder: &Path, begun: &Begun, gone_on: Box<dyn FnMut()>) -> Result<Self, CheckpointError> {
        let store = Store::of(folder, &begun.identity)?;
        let (from, passed_over) = store.all();
        Ok(Self { from, resumes: true, passed_over, gone_on, ..Self::new(store, begun.every) })
    }

    fn new(store: Store, every: Span) -> Self {
        Self {
            done: store.done(),
            store,
            every,
            number: 0,
            from: Vec::new(),
            tried: None,
            resumes: false,
            passed_over: Vec::new(),
            recovery: None,
            gone_on: Box::new(|| {}),
        }
    }

    /// The journals of the run are there already, and are gone on with.
    pub(in crate::scenario) const fn goes_on(&self) -> bool {
        !self.from.is_empty()
    }

    /// True when `error` says that the checkpoint which was tried does not lead on, and another is to be tried, or the start. It is another
    /// matter when the run had gone on, or when the disk refuses.
    pub(in crate::scenario) fn passes_over(&mut self, error: &RunError) -> bool {
        let Some(tried) = self.tried.take() else { return false };
        let is_of_checkpoint = matches!(
            error,
            RunError::Engine(EngineError::State(_))
                | RunError::Journal(JournalError::CutOff | JournalError::Damaged { .. } | JournalError::LeftOut { .. })
                | RunError::Metrics(_)
                | RunError::Checkpoint(CheckpointError::Unreadable { .. })
        );
        if is_of_checkpoint {
            self.passed_over.push(format!("{tried}: {error}"));
        }
        is_of_checkpoint
    }

    /// What going on came to; `None` for a run that was begun anew.
    #[must_use]
    pub const fn recovery(&self) -> Option<&Recovery> {
        self.recovery.as_ref()
    }
}

/// One lane's journal and figures.
pub(in crate::scenario) struct Record<'a> {
    pub trial: &'a Trial,
    /// Where the journal is; `None` where it goes nowhere.
    pub path: Option<PathBuf>,
    pub recorder: Rc<RefCell<Recorder>>,
}

/// Keeps checkpoints while a run's lanes are recorded.
pub(in crate::scenario) struct Keeper<'k, 'a> {
    keeping: &'k mut Keeping,
    records: &'k [Record<'a>],
    /// What the bot does in a market that answers to it.
    actions: Option<OwnActions>,
    /// Why it could not go on, with everything there is to know of it.
    pub failed: Option<RunError>,
}

impl<'k, 'a> Keeper<'k, 'a> {
    pub fn new(keeping: &'k mut Keeping, records: &'k [Record<'a>]) -> Self {
        Self { keeping, records, actions: None, failed: None }
    }

    /// The market answers to the bot: what that does in it is kept.
    pub fn note_actions(&mut self, actions: OwnActions) {
        self.actions = Some(actions);
    }

    fn mark_done(&mut self) -> Result<Option<DoneMark>, CheckpointError> {
        let Some(actions) = &self.actions else { return Ok(None) };
        self.keeping.done.add(actions).map(Some)
    }

    fn fail(&mut self, error: impl Into<RunError>) -> EngineError {
        let error = error.into();
        let text = error.to_string();
        self.failed = Some(error);
        EngineError::NotKept(text)
    }

    /// Puts every journal and its figures back as they were.
    fn put_back(&mut self, checkpoint: &Checkpoint) -> Result<Span, RunError> {
        if let (Some(actions), Some(mark)) = (&self.actions, &checkpoint.done) {
            self.keeping.done.put_back(mark, actions)?;
        }
        let mut lost = Span::ZERO;
        for (record, mark) in self.records.iter().zip(&checkpoint.journals) {
            let Some(path) = &record.path else { continue };
            if let Some(last) = last_behind(path, mark)? {
                lost = lost.max(last.since(checkpoint.at));
            }
            let mut fold = fold_of(record.trial)?;
            let journal = JournalWriter::resume(path, mark, &mut fold)?;
            *record.recorder.borrow_mut() = (journal, fold);
        }
        Ok(lost)
    }

    /// Every journal is there, as far as the checkpoint says.
    fn reaches(&self, checkpoint: &Checkpoint) -> Result<bool, JournalError> {
        for (record, mark) in self.records.iter().zip(&checkpoint.journals) {
            let there = record.path.as_deref().map_or(Ok(u64::MAX), bytes_there)?;
            if there < mark.bytes {
                return Ok(false);
            }
        }
        Ok(self.records.len() == checkpoint.journals.len())
    }

    fn marks(&self) -> Result<Vec<JournalMark>, JournalError> {
        self.records.iter().map(|record| record.recorder.borrow_mut().0.mark()).collect()
    }
}

impl Checkpoints for Keeper<'_, '_> {
    fn every(&self) -> Option<Span> {
        Some(self.keeping.every)
    }

    fn resume(&mut self) -> Result<Option<Vec<u8>>, EngineError> {
        if !self.keeping.resumes {
            return Ok(None);
        }
        let Some(checkpoint) = self.keeping.from.pop() else {
            let passed_over = std::mem::take(&mut self.keeping.passed_over);
            self.keeping.number = 0;
            // Nothing of what was done before is done: the run is made from its start.
            self.keeping.done = self.keeping.store.done();
            self.keeping.recovery = Some(Recovery { at: None, rows: 0, lost: None, lost_max: None, passed_over });
            return Ok(None);
        };
        let (at, rows) = (checkpoint.at, checkpoint.rows);
        // The next one takes the place of one that was passed over.
        self.keeping.number = checkpoint.number;
        self.keeping.tried = Some(format!("checkpoint {} of {at}", checkpoint.number));
        match self.reaches(&checkpoint) {
            Ok(true) => {}
            Ok(false) => return Err(self.fail(JournalError::CutOff)),
            Err(error) => return Err(self.fail(error)),
        }
        let lost = self.put_back(&checkpoint).map_err(|error| self.fail(error))?;
        let passed_over = self.keeping.passed_over.clone();
        let intervals = i64::try_from(passed_over.len()).unwrap_or(i64::MAX).saturating_add(1);
        let lost_max = Span::from_nanos(self.keeping.every.nanos().saturating_mul(intervals));
        self.keeping.recovery =
            Some(Recovery { at: Some(at), rows, lost: Some(lost), lost_max: Some(lost_max), passed_over });
        Ok(Some(checkpoint.state))
    }

    fn gone_on(&mut self) {
        self.keeping.tried = None;
        (self.keeping.gone_on)();
    }

    fn keep(&mut self, at: Timestamp, rows: u64, state: Vec<u8>) -> Result<(), EngineError> {
        let journals = self.marks().map_err(|error| self.fail(error))?;
        let done = self.mark_done().map_err(|error| self.fail(error))?;
        let number = self.keeping.number + 1;
        self.keeping.store.keep((number, at, rows), (journals, done), state).map_err(|error| self.fail(error))?;
        self.keeping.number = number;
        Ok(())
    }
}
