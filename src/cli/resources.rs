//! What a run takes of its machine: taken while it goes, judged and written beside its report, and checked again.

use super::failure::Failure;
use crate::metrics::{ResourceLog, ResourceSample};
use crate::readiness::{NonceStorm, Observed, RunTimes, Verdict};
use crate::report::{ResourcesInput, resources_page};
use crate::scenario::{
    BotWatch, CpuClock, Held, Manifest, Nonces, Progress, RESOURCES, RESOURCES_PAGE, ResourceRecord, RunFolder,
    RunWatch, Trial,
};
use crate::units::{Span, Timestamp};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// Watches a run whose scenario says what it may take.
pub struct Observing {
    watch: RunWatch,
    /// The same of the peak load, once it was played.
    peak: Option<RunTimes>,
    log: ResourceLog,
    folder: PathBuf,
}

impl Observing {
    /// `None` where the scenario has no `[resources]`.
    pub fn begin(trial: &Trial, folder: &Path) -> Option<Self> {
        trial.scenario.file.resources.as_ref().map(|_| Self {
            watch: RunWatch::new(thread_cpu, Timestamp::MIN),
            peak: None,
            log: ResourceLog::new(),
            folder: folder.to_path_buf(),
        })
    }

    /// Who watches the bot.
    pub const fn watch(&self) -> &BotWatch {
        self.watch.bot()
    }

    /// The clock of whoever watches.
    pub const fn clock() -> CpuClock {
        thread_cpu
    }

    /// Notes how long the rows since the last time took, and takes a sample where one is due.
    pub fn take(&mut self, progress: Progress) {
        self.watch.reached(progress.at, progress.is_start);
        if self.log.is_due(progress.at) {
            self.sample(progress);
            self.watch.begin_again();
        }
    }

    /// The last rows are through.
    pub fn end(&mut self, progress: Progress) {
        self.sample(progress);
    }

    /// Notes how long the parts of the peak load took.
    pub fn take_peak(&mut self, times: RunTimes) {
        self.peak = Some(times);
    }

    /// Takes the first sample, before a row.
    pub fn start(&mut self, progress: Progress) {
        self.sample(progress);
    }

    fn sample(&mut self, progress: Progress) {
        let Some(sample) = sample() else { return };
        let (state_bytes, open_orders) = self.watch.bot().weight();
        let Progress { at, rows, held, .. } = progress;
        let output_bytes = bytes_in(&self.folder);
        let Held { venue_orders, under_way, markouts, calls_open } = held;
        let counts =
            ResourceSample { venue_orders, under_way, markouts, calls_open, state_bytes, open_orders, ..sample };
        self.log.take(ResourceSample { at, rows, output_bytes, ..counts });
    }

    /// Judges what was seen, with what audit and drills have left behind.
    pub fn judged(self, manifest: &Manifest, trial: &Trial) -> ResourceRecord {
        let afterwards = sample().map(|sample| sample.private_bytes);
        let limits = trial.scenario.file.resources.unwrap_or_default();
        let (samples, _) = self.log.into_samples();
        let nonces = limits.nonces_per_second.map(|_| storm());
        let observed = Observed { samples, afterwards, times: self.watch.times(), peak: self.peak, nonces };
        ResourceRecord::new(manifest, limits, observed)
    }
}

/// Writes the record and its page.
pub fn write(folder: &RunFolder, record: &ResourceRecord) -> Result<(), Failure> {
    folder.write(RESOURCES, record.to_json().as_bytes())?;
    folder.write(RESOURCES_PAGE, resources_page(&input(record))?.as_bytes())?;
    Ok(())
}

/// What is wrong with the record in the folder of a run, if there is one: it is of another run, its verdict does not follow from what was observed,
/// or its page does not follow from it.
pub fn problems(folder: &Path, manifest: &Manifest) -> Result<Option<Vec<String>>, Failure> {
    let Some(record) = ResourceRecord::read(folder).map_err(Failure::data)? else { return Ok(None) };
    let mut found = record.problems(manifest);
    let page = fs::read_to_string(folder.join(RESOURCES_PAGE)).unwrap_or_default();
    if page != resources_page(&input(&record))? {
        found.push(format!("{RESOURCES_PAGE}: does not follow from {RESOURCES}"));
    }
    Ok(Some(found))
}

/// The record in the folder of a run with its page, rendered anew.
pub fn input(record: &ResourceRecord) -> ResourcesInput<'_> {
    ResourcesInput {
        scenario: &record.scenario,
        strategy: &record.strategy,
        run_id: &record.run_id,
        verdict: record.verdict,
        findings: &record.findings,
        observed: &record.observed,
        limits: &record.limits,
    }
}

/// One line for a terminal.
pub fn line(record: &ResourceRecord) -> String {
    let findings = record.findings.iter();
    let worst = findings.filter(|finding| finding.verdict != Verdict::Go).map(|finding| {
        let measured = finding.measured.map_or_else(|| "nothing".to_owned(), |value| format!("{value:.3}"));
        format!("{} {} {}, found {measured}", finding.name, finding.limit, finding.unit)
    });
    let worst: Vec<String> = worst.collect();
    let text = if worst.is_empty() { "within every limit".to_owned() } else { worst.join("; ") };
    format!("resources: {}: {text} ({RESOURCES_PAGE})", record.verdict)
}

fn thread_cpu() -> Span {
    span(cpu_time::ThreadTime::try_now().map(|time| time.as_duration()).unwrap_or_default())
}

fn span(duration: Duration) -> Span {
    Span::from_nanos(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX))
}

/// Two threads draw nonces of one key as fast as they can, by the clock on the wall.
fn storm() -> NonceStorm {
    const DRAWN: usize = 50_000;
    const THREADS: u32 = 2;
    let (nonces, began) = (Nonces::default(), Instant::now());
    let draw = || (0..DRAWN).map(|_| nonces.next(wall())).collect::<Vec<u64>>();
    let all: Vec<Vec<u64>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(draw)).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let took = began.elapsed();
    let falls = all.iter().flat_map(|own| own.windows(2)).filter(|pair| pair[0] >= pair[1]).count();
    let mut drawn: Vec<u64> = all.into_iter().flatten().collect();
    let count = drawn.len();
    drawn.sort_unstable();
    drawn.dedup();
    NonceStorm {
        threads: THREADS,
        drawn: count as u64,
        invalid: (falls + count - drawn.len()) as u64,
        took_ns: u64::try_from(took.as_nanos()).unwrap_or(u64::MAX),
    }
}

fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(span(since).nanos())
}

/// What the operating system says of this process; `None` where it says nothing.
#[cfg(target_os = "linux")]
fn sample() -> Option<ResourceSample> {
    let process = procfs::process::Process::myself().ok()?;
    let (memory, page) = (process.statm().ok()?, procfs::page_size());
    Some(ResourceSample {
        private_bytes: memory.resident.saturating_sub(memory.shared) * page,
        resident_bytes: memory.resident * page,
        descriptors: process.fd_count().ok()? as u64,
        threads: u64::try_from(process.stat().ok()?.num_threads).unwrap_or(0),
        cpu: span(cpu_time::ProcessTime::try_now().ok()?.as_duration()),
        ..ResourceSample::default()
    })
}

#[cfg(not(target_os = "linux"))]
fn sample() -> Option<ResourceSample> {
    None
}

/// Bytes of the files in a folder, without those of folders in it.
fn bytes_in(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).filter(fs::Metadata::is_file).map(|file| file.len()).sum()
}
