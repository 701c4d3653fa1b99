use super::ddmin::{fewest, least};
use super::failure::FailsBy;
use super::tried::{Runner, ShrinkError, Tried};
use crate::fault::wire::{FamilySpec, Firing, Profile};
use crate::model::WireFault;
use crate::readiness::AuditEvidence;
use crate::scenario::file::ScenarioFile;
use crate::scenario::load::{Overrides, Scenario};
use crate::scenario::manifest::Manifest;
use crate::scenario::replay::{Replay, SCENARIO, bind, overrides};
use crate::scenario::saved::{FinishedRun, SavedError, foundation_problems, read_manifest};
use crate::scenario::text::{Moment, SpanText};
use crate::scenario::trial::Trial;
use crate::scenario::wire::ScriptedFaultFile;
use crate::units::{SECOND, Span, Timestamp};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::Path;

/// The invariant that needs the time after the faults.
const RECOVERS: &str = "recovers";

/// One step on the way, and what was left after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What was tried.
    pub what: &'static str,
    /// Runs that it took.
    pub runs: u64,
    /// Faults that are left.
    pub faults: usize,
    /// How long the run is now.
    #[serde(serialize_with = "as_text")]
    pub length: Span,
    /// Markets that are left.
    pub markets: usize,
}

fn as_text<S: serde::Serializer>(span: &Span, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(span)
}

/// What a run was shrunk to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shrunk {
    /// Which run.
    pub run_id: String,
    /// How it fails, and what is left fails.
    #[serde(flatten)]
    pub by: FailsBy,
    /// The fill preset whose lane fails.
    pub preset: String,
    /// The script's run has the very digest of the run that it was written down from.
    pub same_digest: bool,
    /// The steps, in order. The first is the run as it was.
    pub steps: Vec<Step>,
    /// Runs that were made.
    pub runs: u64,
    /// No more could be made, and so something might be left that could go.
    pub out_of_runs: bool,
    /// The scenario.
    #[serde(skip)]
    pub text: String,
}

/// Shrinks the run in `folder` to a scenario in `target` that fails the same way, in at most `runs` runs: by what is `named`, else by what was
/// broken first. `told` hears of the number of each.
///
/// # Errors
/// [`ShrinkError`] when the folder holds no sound run, the run does not fail, or cannot be had again.
pub fn shrink_run(
    folder: &Path,
    with: Replay<'_>,
    (target, runs, named): (&Path, u64, Option<&str>),
    told: &dyn Fn(u64),
) -> Result<Shrunk, ShrinkError> {
    let manifest = read_manifest(folder)?;
    let problems = foundation_problems(folder, &manifest);
    if !problems.is_empty() {
        return Err(SavedError::Unsound { folder: folder.to_path_buf(), problems }.into());
    }
    if manifest.user.is_some() {
        let text = "the run is one of several bots of a user, who run together; only runs of one bot can be shrunk";
        return Err(ShrinkError::Impossible(text.to_owned()));
    }
    let (by, preset) = match named {
        Some(name) => FailsBy::named(name, &manifest.audit).map_err(ShrinkError::Impossible)?,
        None => failure(folder, &manifest, with)?,
    };
    let base = Scenario::load(&folder.join(SCENARIO), &overrides(with), with.registry)?.from_root();
    let whole = bind(&base, with.registry)?;
    if whole.run_id != manifest.run_id {
        let text = format!(
            "the scenario and tapes found here make the run {}, expected {} as in the manifest; give the tape with --tape",
            whole.run_id, manifest.run_id
        );
        return Err(ShrinkError::Impossible(text));
    }
    let runner = Runner { base, registry: with.registry, by, left: runs, made: 0, told };
    Shrinking::begin(runner, &whole, &preset)?.finish(&manifest, preset, target)
}

/// How the run fails, and in which lane.
fn failure(folder: &Path, manifest: &Manifest, with: Replay<'_>) -> Result<(FailsBy, String), ShrinkError> {
    if let Some(found) = FailsBy::of_audit(&manifest.audit) {
        return Ok(found);
    }
    let assessment = FinishedRun::load(folder, with)?.assessment;
    if let Some(by) = FailsBy::of_verdict(&assessment) {
        return Ok((by, manifest.primary().preset.clone()));
    }
    let audit = match &manifest.audit {
        AuditEvidence::NotAudited { .. } => ", and it was not audited",
        AuditEvidence::Audited { .. } => ", and its audit found nothing",
    };
    let text = format!(
        "{}: the run does not fail in a way that can be shrunk: its verdict is {}{audit}; expected a run with something broken or NO-GO",
        folder.display(),
        assessment.verdict
    );
    Err(ShrinkError::Impossible(text))
}

/// Most faults that are tried sooner: with more, each costs runs and none shortens the run by itself.
const SOONER_MAX: usize = 8;

/// The smallest scenario so far that fails.
struct Shrinking<'a> {
    runner: Runner<'a>,
    best: ScenarioFile,
    found: Tried,
    same_digest: bool,
    steps: Vec<Step>,
    /// Runs made before the step that is under way.
    before: u64,
}

impl<'a> Shrinking<'a> {
    /// The run as it was, of the lane that fails alone, and then with its faults written down.
    fn begin(mut runner: Runner<'a>, whole: &Trial, preset: &str) -> Result<Self, ShrinkError> {
        let best = alone(&runner.base.file, whole, preset);
        let by = runner.by.clone();
        let found = runner.run(&best)?.filter(|tried| tried.failed.is_some()).ok_or_else(|| {
            let text = format!("had again in memory, the run does not fail by {by}: there is nothing to shrink");
            ShrinkError::Impossible(text)
        })?;
        let mut begun = Self { runner, best, found, same_digest: true, steps: Vec::new(), before: 0 };
        let fired: usize = begun.found.firings.iter().map(Vec::len).sum();
        begun.step("the run, in memory", fired);
        begun.write_down()?;
        Ok(begun)
    }

    /// Puts a script in the place of all chances.
    fn write_down(&mut self) -> Result<(), ShrinkError> {
        if self.best.faults.is_none() {
            return Ok(());
        }
        let mut file = self.best.clone();
        let script = script_of(&self.found);
        if let Some(faults) = &mut file.faults {
            (faults.profile, faults.swarm) = (Profile::None, false);
            faults.rates.clear();
            faults.pattern.clear();
            faults.script = script;
        }
        let digest = self.found.digest;
        if !self.takes(&file)?.unwrap_or(false) {
            let text =
                "with its faults written down as a script, the run does not fail the same way: it cannot be shrunk";
            return Err(ShrinkError::Impossible(text.to_owned()));
        }
        self.same_digest = self.found.digest == digest;
        self.end_step("faults by script");
        Ok(())
    }

    /// Runs a candidate; where it fails, it is the best from now on. `None` when no more runs may be made.
    fn takes(&mut self, file: &ScenarioFile) -> Result<Option<bool>, ShrinkError> {
        Ok(self.runner.fails(file)?.map(|tried| match tried {
            Some(tried) => {
                (self.best, self.found) = (file.clone(), tried);
                true
            }
            None => false,
        }))
    }

    fn end_step(&mut self, what: &'static str) {
        let faults = self.best.faults.as_ref().map_or(0, |faults| faults.script.len());
        self.step(what, faults);
    }

    fn step(&mut self, what: &'static str, faults: usize) {
        let runs = self.runner.made - self.before;
        self.before = self.runner.made;
        let (length, markets) = (self.found.length(), self.best.markets.len().max(1));
        self.steps.push(Step { what, runs, faults, length, markets });
    }

    fn finish(mut self, manifest: &Manifest, preset: String, target: &Path) -> Result<Shrunk, ShrinkError> {
        // The last run is kept for the scenario that is written.
        self.runner.left = self.runner.left.saturating_sub(1);
        self.behind_the_failure("the time behind the failure")?;
        self.fewer_families()?;
        self.fewer_faults()?;
        self.fewer_of_the_rest()?;
        self.fewer_markets()?;
        self.sooner()?;
        self.less_time()?;
        let out_of_runs = self.runner.left == 0;
        let text = self.text(manifest, target);
        self.read_back(&text, target)?;
        self.end_step("read back from its text");
        let Self { runner, same_digest, steps, .. } = self;
        let (by, runs) = (runner.by, runner.made);
        Ok(Shrunk { run_id: manifest.run_id.clone(), by, preset, same_digest, steps, runs, out_of_runs, text })
    }

    /// Leaves out the time behind the failure, where it has an instant. Some are known only a while later.
    fn behind_the_failure(&mut self, what: &'static str) -> Result<(), ShrinkError> {
        if let Some(at) = self.found.failed.flatten() {
            let seconds = at.since(self.found.start).nanos() / SECOND.nanos();
            for later in [2, 15, 90] {
                if self.takes_if_shorter(SECOND.times(seconds + later))? != Some(false) {
                    break;
                }
            }
        }
        self.end_step(what);
        Ok(())
    }

    /// What is left of the faults at an earlier occasion or instant, each by halves, and then without the time behind the failure.
    fn sooner(&mut self) -> Result<(), ShrinkError> {
        for place in 0..self.script().len().min(SOONER_MAX) {
            let fault = &self.script()[place];
            let (nth, at) = (fault.nth, fault.at.map(|at| at.after(self.found.start).since(self.found.start).nanos()));
            let (low, high, step) = match (nth, at) {
                (Some(nth), _) => (0, i64::try_from(nth).unwrap_or(i64::MAX), 1),
                (None, at) => (0, at.unwrap_or_default(), SECOND.nanos()),
            };
            let mut error = None;
            least(low, high, step, |value| {
                let mut script = self.script().to_vec();
                script[place].nth = nth.and_then(|_| u64::try_from(value).ok());
                script[place].at = at.map(|_| Moment::After(Span::from_nanos(value)));
                self.takes_script(&script).unwrap_or_else(|found| {
                    error = Some(found);
                    None
                })
            });
            error.map_or(Ok(()), Err)?;
        }
        self.behind_the_failure("faults sooner, and the time behind")
    }

    /// Whole families of faults, one after the other.
    fn fewer_families(&mut self) -> Result<(), ShrinkError> {
        let families: BTreeSet<WireFault> = self.script().iter().map(|fault| fault.fault).collect();
        for family in families {
            let rest: Vec<_> = self.script().iter().filter(|fault| fault.fault != family).cloned().collect();
            if rest.len() < self.script().len() && self.takes_script(&rest)?.is_none() {
                break;
            }
        }
        self.end_step("families of faults");
        Ok(())
    }

    /// Single faults.
    fn fewer_faults(&mut self) -> Result<(), ShrinkError> {
        let all = self.script().to_vec();
        if !all.is_empty() {
            let mut error = None;
            let left = fewest(&all, |some| match self.takes_script(some) {
                Ok(fails) => fails,
                Err(found) => {
                    error = Some(found);
                    None
                }
            });
            error.map_or(Ok(()), Err)?;
            assert!(
                left.len() == self.script().len(),
                "{} faults are left, expected {}",
                self.script().len(),
                left.len()
            );
        }
        self.end_step("single faults");
        Ok(())
    }

    /// Everything else that the scenario scripts.
    fn fewer_of_the_rest(&mut self) -> Result<(), ShrinkError> {
        let leave_out: [fn(&mut ScenarioFile); 3] =
            [|file| file.disturbances.clear(), |file| file.commands.clear(), |file| file.events.clear()];
        let sizes = |file: &ScenarioFile| [file.disturbances.len(), file.commands.len(), file.events.len()];
        for (place, leave_out) in leave_out.into_iter().enumerate() {
            if sizes(&self.best)[place] > 0 {
                let mut file = self.best.clone();
                leave_out(&mut file);
                self.takes(&file)?;
            }
        }
        self.end_step("disturbances, commands, events");
        Ok(())
    }

    /// Of several markets, one after the other, the last first.
    fn fewer_markets(&mut self) -> Result<(), ShrinkError> {
        for place in (0..self.best.markets.len()).rev().filter(|_| self.best.markets.len() > 1).collect::<Vec<_>>() {
            if self.best.markets.len() > 1 {
                let file = without_market(&self.best, place);
                self.takes(&file)?;
            }
        }
        self.end_step("markets");
        Ok(())
    }

    /// The healing sooner, and the end, each by halves.
    fn less_time(&mut self) -> Result<(), ShrinkError> {
        let mut error = None;
        for what in [Self::heals_sooner, Self::takes_if_shorter] {
            let longest = self.found.length().nanos() / SECOND.nanos() + 1;
            least(0, longest, 1, |seconds| match what(self, SECOND.times(seconds)) {
                Ok(fails) => fails,
                Err(found) => {
                    error = Some(found);
                    None
                }
            });
        }
        error.map_or(Ok(()), Err)?;
        self.end_step("time, by halves");
        Ok(())
    }

    fn script(&self) -> &[ScriptedFaultFile] {
        self.best.faults.as_ref().map_or(&[], |faults| &faults.script)
    }

    fn takes_script(&mut self, script: &[ScriptedFaultFile]) -> Result<Option<bool>, ShrinkError> {
        let mut file = self.best.clone();
        if let Some(faults) = &mut file.faults {
            faults.script = script.to_vec();
        }
        self.takes(&file)
    }

    /// A run that ends after `length`, its faults healed by then.
    fn takes_if_shorter(&mut self, length: Span) -> Result<Option<bool>, ShrinkError> {
        let heals = self.heals_after();
        self.takes_times(heals.min(length), length)
    }

    /// A run whose faults have healed after `heals`, and that ends as soon as the bot has to have recovered.
    fn heals_sooner(&mut self, heals: Span) -> Result<Option<bool>, ShrinkError> {
        let within = self.best.faults.as_ref().map_or(Span::ZERO, |faults| faults.recovers_within.0);
        let after = Span::from_nanos(heals.nanos() + within.nanos() + 2 * SECOND.nanos());
        self.takes_times(heals, after)
    }

    /// A run of that length whose faults heal then; without those that would never fire. Nothing is run that is not shorter.
    fn takes_times(&mut self, heals: Span, length: Span) -> Result<Option<bool>, ShrinkError> {
        if self.found.length() <= length || length < SECOND.times(3) {
            return Ok(Some(false));
        }
        let mut file = self.best.clone();
        file.run.duration = Some(SpanText(length));
        let start = self.found.start;
        // What has nothing to do with recovering needs no time for it; a market ends within a second of its length.
        let room = Span::from_nanos(length.nanos() - heals.nanos() - SECOND.nanos());
        let (room, heals) = match self.runner.by.is_of(RECOVERS) {
            true => (None, heals),
            false => {
                (Some(room.max(SECOND)), heals.min(Span::from_nanos((length.nanos() - 2 * SECOND.nanos()).max(0))))
            }
        };
        if let Some(faults) = &mut file.faults {
            faults.recovers_within.0 = room.map_or(faults.recovers_within.0, |room| room.min(faults.recovers_within.0));
            faults.heals_at = Some(Moment::After(heals));
            faults.script.retain(|fault| fault.at.is_none_or(|at| at.after(start) < start.plus(heals)));
        }
        self.takes(&file)
    }

    fn heals_after(&self) -> Span {
        let heals_at = self.best.faults.as_ref().and_then(|faults| faults.heals_at);
        heals_at.map_or(Span::ZERO, |at| at.after(self.found.start).since(self.found.start))
    }

    /// The scenario as a file in the place of `target`, with what it is.
    fn text(&self, manifest: &Manifest, target: &Path) -> String {
        let folder = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let best = Scenario { file: self.best.clone(), ..self.runner.base.clone() };
        let id = &manifest.run_id[..12];
        format!("# The run {id}, shrunk: {}.\n\n{}", self.runner.by, best.to_toml_in(folder))
    }

    /// What is handed out is what a person will run: it is read from its text and has to fail the same way.
    fn read_back(&mut self, text: &str, target: &Path) -> Result<(), ShrinkError> {
        let none = Overrides::default();
        let scenario = Scenario::parse(&target.display().to_string(), text, Some(target), &none, self.runner.registry)?;
        self.runner.made += 1;
        self.found = self.runner.play(&bind(&scenario, self.runner.registry)?)?;
        let fails = self.found.failed.is_some();
        assert!(fails, "the scenario as written does not fail by {}, and as tried it did", self.runner.by);
        Ok(())
    }
}

/// The scenario of one lane of the run, its faults healing when they did.
fn alone(file: &ScenarioFile, whole: &Trial, preset: &str) -> ScenarioFile {
    let mut file = file.clone();
    if let Some(own) = whole.presets.iter().find(|own| crate::scenario::trial::preset_name(**own) == preset) {
        file.venue.fills = *own;
    }
    file.run.band = false;
    if let Some(faults) = &mut file.faults {
        let start = whole.span().0;
        faults.heals_at = Some(Moment::After(whole.heals_at().since(start)));
    }
    file
}

/// What fired in a run, as a script: by occasion, and by instant of what has no occasions.
fn script_of(run: &Tried) -> Vec<ScriptedFaultFile> {
    let several = run.firings.len() > 1;
    let scripted = |market: usize, firing: &Firing| {
        let has_length = *FamilySpec::of(firing.fault).lasts.end() != Span::ZERO;
        let at = Moment::After(firing.at.since(run.start));
        ScriptedFaultFile {
            fault: firing.fault,
            at: (firing.occasion == 0).then_some(at),
            nth: (firing.occasion != 0).then_some(firing.occasion),
            lasts: has_length.then_some(SpanText(firing.lasts)),
            market: Some(market).filter(|_| several && !firing.fault.is_of_process()),
        }
    };
    let all = run.firings.iter().enumerate();
    let mut all: Vec<(Timestamp, ScriptedFaultFile)> = all
        .flat_map(|(market, firings)| firings.iter().map(move |firing| (firing.at, scripted(market, firing))))
        .collect();
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, fault)| fault).collect()
}

/// The scenario without the market at `place`, and without the faults on the wire to it.
fn without_market(file: &ScenarioFile, place: usize) -> ScenarioFile {
    let mut file = file.clone();
    file.markets.remove(place);
    if let Some(faults) = &mut file.faults {
        faults.script.retain(|fault| fault.market != Some(place));
        for market in faults.script.iter_mut().filter_map(|fault| fault.market.as_mut()) {
            *market -= usize::from(place < *market);
        }
    }
    file
}
