use super::checkpoint::{CheckpointError, Keeper, Keeping, Record as Recorded};
use super::closed::{self, Done};
use super::folder::FolderError;
use super::kills::Record;
use super::market::{open_feeds, open_for};
use super::reinvest::ReinvestFile;
use super::trial::{Trial, UserTrials, preset_name};
use super::user::UserRecord;
use super::watched::{BotWatch, RunWatch};
use crate::engine::{self, Checkpoints, EngineError, LaneOutcome, LaneSetup, MarketOutcome, Progress};
use crate::gates::User;
use crate::journal::{Entry, EntrySink, JournalError, JournalSummary, JournalWriter};
use crate::metrics::{MetricsError, MetricsOptions, RunFold, Summary};
use crate::model::{BestPrices, ClientOrderId, ExecutionReport, Intent, Mark, MarketId};
use crate::tape::{BatchSource, TapeError, TapeHeader, TapeKind};
use crate::units::{Overflow, Timestamp};
use crate::venue::FillPreset;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A run that ended without results.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The market could not be read.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// The engine stopped.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The journal could not be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The journal contradicts itself, or a sum left its type.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// An amount of the instrument cannot be held.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// There is no place for a file of results.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A lane could not be set up.
    #[error("{0}")]
    Setup(String),
    /// A checkpoint could not be kept.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The machine would not give a pool of threads.
    #[error("cannot start two threads: {0}")]
    Threads(String),
}

/// One fill preset's run.
#[derive(Debug)]
pub struct LaneRun {
    /// Name of the fill preset.
    pub preset: &'static str,
    /// Its journal.
    pub journal: JournalSummary,
    /// Its figures.
    pub summary: Summary,
    /// What the engine says of it.
    pub outcome: LaneOutcome,
}

/// All lanes after one pass over the market.
#[derive(Debug)]
pub struct Executed {
    /// One a fill preset, the scenario's own first.
    pub lanes: Vec<LaneRun>,
    /// Market rows (or bars) replayed.
    pub rows: u64,
    /// Venue messages replayed.
    pub messages: u64,
    /// First venue time.
    pub start: Timestamp,
    /// Last instant of the run.
    pub end: Timestamp,
    /// How much of each market was replayed, in order.
    pub markets: Vec<MarketOutcome>,
    /// The user's bots, of which this is one; `None` for the only one.
    pub user: Option<UserRecord>,
    /// What the bot did in a market that answers to it; `None` where markets are only read.
    pub done: Option<Done>,
}

impl Executed {
    /// The scenario's own lane.
    ///
    /// # Panics
    /// Never: there is at least one lane.
    #[must_use]
    pub fn primary(&self) -> &LaneRun {
        &self.lanes[0]
    }
}

/// Runs all lanes of `trial` in one pass, and beside it the user's other bots; its journals go into `folder`, or nowhere.
///
/// # Errors
/// [`RunError`] when market, engine or disk give up.
pub fn execute(trial: &Trial, folder: Option<&Path>, progress: &mut dyn FnMut(Progress)) -> Result<Executed, RunError> {
    execute_kept(trial, folder, None, progress)
}

/// As [`execute`], with checkpoints on its way, or on from one.
///
/// # Errors
/// As [`execute`], and when a checkpoint cannot be kept or does not fit.
pub fn execute_kept(
    trial: &Trial,
    folder: Option<&Path>,
    keeping: Option<&mut Keeping>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Executed, RunError> {
    execute_watched(trial, folder, keeping, None, progress)
}

/// As [`execute_kept`], with somebody who watches the bot in the scenario's own lane; not where it is one of several.
///
/// # Errors
/// As [`execute_kept`].
pub fn execute_watched(
    trial: &Trial,
    folder: Option<&Path>,
    keeping: Option<&mut Keeping>,
    watch: Option<&BotWatch>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Executed, RunError> {
    let Some(user) = &trial.user else {
        let (mut lanes, outcome) = execute_lanes(&[(trial, folder)], None, (keeping, watch), progress)?;
        return Ok(executed(lanes.remove(0), &outcome, None));
    };
    let mut all = execute_user(user, |place| folder.filter(|_| place == user.own).map(Path::to_path_buf), progress)?;
    Ok(all.remove(user.own))
}

/// Runs all bots of a user in one pass, with what they may do all together counted together; the journals of each go into the
/// folder at its place, or nowhere.
///
/// # Errors
/// As [`execute`].
pub fn execute_user(
    user: &UserTrials,
    folder: impl Fn(usize) -> Option<PathBuf>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<Executed>, RunError> {
    execute_user_kept(user, folder, None, progress)
}

/// As [`execute_user`], with checkpoints on its way, or on from one.
///
/// # Errors
/// As [`execute_kept`].
pub fn execute_user_kept(
    user: &UserTrials,
    folder: impl Fn(usize) -> Option<PathBuf>,
    keeping: Option<&mut Keeping>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<Executed>, RunError> {
    let folders: Vec<Option<PathBuf>> = (0..user.bots.len()).map(folder).collect();
    let bots: Vec<(&Trial, Option<&Path>)> = user.bots.iter().zip(folders.iter().map(Option::as_deref)).collect();
    let reinvest = user.bots.first().and_then(|trial| trial.scenario.file.reinvest.as_ref());
    let (lanes, outcome) = execute_lanes(&bots, reinvest, (keeping, None), progress)?;
    let record = UserRecord::of(user, &lanes);
    let own =
        (0..).zip(lanes).map(|(own, lanes)| executed(lanes, &outcome, Some(UserRecord { own, ..record.clone() })));
    Ok(own.collect())
}

/// Runs the scenario's own lane in memory and hands out its entries beside what came of it. `prepare` may change the lane before
/// it starts.
pub(super) fn execute_in_memory(
    trial: &Trial,
    prepare: impl FnOnce(&mut LaneSetup),
) -> Result<(Executed, Vec<Entry>), RunError> {
    execute_in_memory_watched(trial, prepare, None)
}

/// As [`execute_in_memory`], with somebody who watches.
pub(super) fn execute_in_memory_watched(
    trial: &Trial,
    prepare: impl FnOnce(&mut LaneSetup),
    mut watch: Option<&mut RunWatch>,
) -> Result<(Executed, Vec<Entry>), RunError> {
    let (preset, record) = (trial.presets[0], Record::default());
    let recorder = Rc::new(RefCell::new(recorder(trial, preset, None)?));
    let sink = (Shared(Rc::clone(&recorder)), record.clone());
    let mut lane = trial.lane(preset, Box::new(sink)).map_err(RunError::Setup)?;
    let user = User::default();
    lane.markets.iter_mut().for_each(|market| market.gates.join(&user));
    prepare(&mut lane);
    if let Some(watch) = &watch {
        lane = watched(lane, watch.bot());
    }
    let (mut outcome, done) = play(trial, vec![lane], None, &mut |so_far| {
        watch.iter_mut().for_each(|watch| watch.reached(so_far.at, so_far.is_start));
    })?;
    let lane = finish(preset, recorder, outcome.lanes.swap_remove(0))?;
    let engine::Outcome { rows, messages, start, end, markets, .. } = outcome;
    let whole = Whole { rows, messages, start, end, markets, done };
    Ok((executed(vec![lane], &whole, None), record.take()))
}

/// The lane with somebody beside its strategy, and beside the one that a restart builds.
fn watched(lane: LaneSetup, watch: &BotWatch) -> LaneSetup {
    let mut script = lane.script;
    script.rebuild = script.rebuild.map(|rebuild| watch.over_rebuilt(rebuild));
    LaneSetup { strategy: watch.over(lane.strategy), script, ..lane }
}

/// What the engine says of a run as a whole.
struct Whole {
    rows: u64,
    messages: u64,
    start: Timestamp,
    end: Timestamp,
    markets: Vec<MarketOutcome>,
    done: Option<Done>,
}

fn executed(lanes: Vec<LaneRun>, whole: &Whole, user: Option<UserRecord>) -> Executed {
    let Whole { rows, messages, start, end, ref markets, ref done } = *whole;
    Executed { lanes, rows, messages, start, end, markets: markets.clone(), user, done: done.clone() }
}

/// Runs the lanes of all bots: for each fill preset those of every bot, who are one user there. Returns those of each bot. From a
/// checkpoint that does not lead on nothing is left: all is set up once more for the next one.
fn execute_lanes(
    bots: &[(&Trial, Option<&Path>)],
    reinvest: Option<&ReinvestFile>,
    (mut keeping, watch): (Option<&mut Keeping>, Option<&BotWatch>),
    progress: &mut dyn FnMut(Progress),
) -> Result<(Vec<Vec<LaneRun>>, Whole), RunError> {
    loop {
        let executed = execute_once(bots, reinvest, (keeping.as_deref_mut(), watch), progress);
        let failed = executed.as_ref().err();
        if !failed.zip(keeping.as_deref_mut()).is_some_and(|(error, keeping)| keeping.passes_over(error)) {
            return executed;
        }
    }
}

fn execute_once(
    bots: &[(&Trial, Option<&Path>)],
    reinvest: Option<&ReinvestFile>,
    (keeping, watch): (Option<&mut Keeping>, Option<&BotWatch>),
    progress: &mut dyn FnMut(Progress),
) -> Result<(Vec<Vec<LaneRun>>, Whole), RunError> {
    let (first, _) = bots[0];
    let goes_on = keeping.as_ref().is_some_and(|keeping| keeping.goes_on());
    let mut records = Vec::new();
    let mut setups: Vec<LaneSetup> = Vec::new();
    for (world, &preset) in (0..).zip(&first.presets) {
        let user = User::default();
        for &(trial, folder) in bots {
            // A journal that is there already is opened when the state comes back.
            let recorder = Rc::new(RefCell::new(recorder(trial, preset, folder.filter(|_| !goes_on))?));
            let mut lane = trial.lane(preset, Box::new(Shared(Rc::clone(&recorder)))).map_err(RunError::Setup)?;
            lane.markets.iter_mut().for_each(|market| market.gates.join(&user));
            lane.script.reinvest = reinvest.map(|rule| rule.part(world, trial.bot_name()));
            if let Some(watch) = watch.filter(|_| setups.is_empty()) {
                lane = watched(lane, watch);
            }
            setups.push(lane);
            let path = folder.map(|folder| folder.join(journal_name(preset_name(preset))));
            records.push((preset, Recorded { trial, path, recorder }));
        }
    }
    let (presets, records): (Vec<FillPreset>, Vec<Recorded<'_>>) = records.into_iter().unzip();
    let (outcome, done) = play_kept(first, setups, (keeping, &records), progress)?;
    let mut lanes: Vec<Vec<LaneRun>> = bots.iter().map(|_| Vec::new()).collect();
    for (number, ((preset, record), outcome)) in presets.into_iter().zip(records).zip(outcome.lanes).enumerate() {
        lanes[number % bots.len()].push(finish(preset, record.recorder, outcome)?);
    }
    let engine::Outcome { rows, messages, start, end, markets, .. } = outcome;
    Ok((lanes, Whole { rows, messages, start, end, markets, done }))
}

/// Plays with checkpoints, where somebody keeps them.
fn play_kept(
    trial: &Trial,
    setups: Vec<LaneSetup>,
    (keeping, records): (Option<&mut Keeping>, &[Recorded<'_>]),
    progress: &mut dyn FnMut(Progress),
) -> Result<(engine::Outcome, Option<Done>), RunError> {
    let Some(keeping) = keeping else { return play(trial, setups, None, progress) };
    let mut keeper = Keeper::new(keeping, records);
    let played = play(trial, setups, Some(&mut keeper), progress);
    match keeper.failed.take() {
        Some(failed) => Err(failed),
        None => played,
    }
}

/// Plays the markets of a trial to its lanes. What a bot did in a market that answers to it comes beside.
fn play(
    trial: &Trial,
    setups: Vec<LaneSetup>,
    keeper: Option<&mut Keeper<'_, '_>>,
    progress: &mut dyn FnMut(Progress),
) -> Result<(engine::Outcome, Option<Done>), RunError> {
    if let Some(closed) = trial.closed_loop() {
        let (outcome, done) = closed::run(trial, closed, setups, keeper, progress)?;
        return Ok((outcome, Some(done)));
    }
    let mut sources = open_for(trial)?;
    let mut feeds = open_feeds(trial, setups.first())?;
    let feeds = feeds.iter_mut().map(Option::as_mut).collect();
    let sources = sources.iter_mut().map(|source| source.as_mut() as &mut dyn BatchSource).collect();
    let checkpoints = keeper.map(|keeper| keeper as &mut dyn Checkpoints);
    Ok((engine::run_kept(sources, feeds, &trial.engine_config(), setups, checkpoints, progress)?, None))
}

/// How figures are computed. Order latency is always a model's; feed latency is the tapes' where all of them recorded it.
#[must_use]
pub fn metrics_options<'a>(headers: impl IntoIterator<Item = &'a TapeHeader>) -> MetricsOptions {
    let (mut on_bars, mut is_recorded) = (false, true);
    for header in headers {
        on_bars |= header.kind == TapeKind::Bars;
        is_recorded &= records_arrival(header);
    }
    MetricsOptions { on_bars, feed_latency_is_assumed: !is_recorded, ..MetricsOptions::default() }
}

/// True when the tape's local stamps were taken by the clock of whoever recorded it, and not corrected since.
pub(super) fn records_arrival(header: &TapeHeader) -> bool {
    header.format == "binance-ws" && header.clock.is_none()
}

/// Name of a lane's journal in the folder of a run.
#[must_use]
pub fn journal_name(preset: &str) -> String {
    format!("journal-{preset}.bin")
}

/// Writes the journal and folds the metrics beside it.
pub(super) type Recorder = (JournalWriter, RunFold);

fn recorder(trial: &Trial, preset: FillPreset, folder: Option<&Path>) -> Result<Recorder, RunError> {
    let journal = match folder {
        Some(folder) => {
            let path = folder.join(journal_name(preset_name(preset)));
            JournalWriter::at_detail(&path, trial.scenario.file.run.journal)?
        }
        None => JournalWriter::digest_only(),
    };
    Ok((journal, fold_of(trial)?))
}

/// Figures of nothing yet.
pub(super) fn fold_of(trial: &Trial) -> Result<RunFold, RunError> {
    let options = metrics_options(trial.markets.iter().map(|market| &market.header));
    Ok(RunFold::new(&trial.instruments(), &options)?)
}

/// The engine owns its sinks; this one can be had back after the run.
struct Shared(Rc<RefCell<Recorder>>);

impl EntrySink for Shared {
    fn record(&mut self, entry: &Entry) {
        self.0.borrow_mut().record(entry);
    }

    fn record_order_sent(&mut self, at: Timestamp, intent: &Intent) {
        self.0.borrow_mut().record_order_sent(at, intent);
    }

    fn record_cancel_sent(&mut self, at: Timestamp, market: MarketId, client_order_id: ClientOrderId) {
        self.0.borrow_mut().record_cancel_sent(at, market, client_order_id);
    }

    fn record_report(&mut self, report: &ExecutionReport) {
        self.0.borrow_mut().record_report(report);
    }

    fn record_mark(&mut self, mark: &Mark) {
        self.0.borrow_mut().record_mark(mark);
    }

    fn record_quote(&mut self, at: Timestamp, market: MarketId, best: &BestPrices) {
        self.0.borrow_mut().record_quote(at, market, best);
    }
}

fn finish(preset: FillPreset, recorder: Rc<RefCell<Recorder>>, outcome: LaneOutcome) -> Result<LaneRun, RunError> {
    let holders = Rc::strong_count(&recorder);
    let Some(recorder) = Rc::into_inner(recorder) else {
        panic!("the engine kept a sink: {holders} holders, expected 1")
    };
    let (journal, metrics) = recorder.into_inner();
    Ok(LaneRun { preset: preset_name(preset), journal: journal.finish()?, summary: metrics.finish()?, outcome })
}
