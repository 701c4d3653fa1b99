use super::super::folder::FolderError;
use super::super::trial::{SEMANTICS, Trial, preset_name};
use super::done::{DoneFile, DoneMark};
use crate::journal::JournalMark;
use crate::units::{SECOND, Span, Timestamp};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The folder of checkpoints within that of a run in the making.
pub const CHECKPOINTS: &str = "checkpoints";
const RUN: &str = "run.json";
const DONE: &str = "done";
/// The last two, by turns.
const FILES: [&str; 2] = ["even.checkpoint", "odd.checkpoint"];
const MAGIC: [u8; 8] = *b"SEATRCP1";
const HASH: usize = 32;

/// Checkpoints that are not there, or not for this run.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The operating system refused.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Nothing was begun there.
    #[error(
        "{path}: no run that was stopped, and no checkpoints; give the folder that `--out` named, or run the scenario anew"
    )]
    Nothing {
        /// Where.
        path: PathBuf,
    },
    /// What was begun cannot be read.
    #[error("{path}: {why}; run the scenario anew")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The run was begun by another program, or was another one.
    #[error("the run was begun with {what} {found}, and this is {expected}; {hint}")]
    Foreign {
        /// What differs.
        what: &'static str,
        /// As it was begun.
        found: String,
        /// As it is now.
        expected: String,
        /// What to do.
        hint: &'static str,
    },
}

/// Which run it is, and who runs it: a checkpoint is for exactly that.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Identity {
    /// Version of the program.
    pub program: String,
    /// Hash of the program's file.
    pub build: Option<String>,
    /// The bots' own version, where they have one.
    pub bot: Option<String>,
    /// What the engine means by a run.
    pub semantics: u32,
    /// Run id of every bot: scenario, tapes, seed.
    pub run_ids: Vec<String>,
    /// Lanes of each bot.
    pub presets: Vec<String>,
}

impl Identity {
    /// The identity of a run of these bots by the program whose file has that hash.
    #[must_use]
    pub fn of(trials: &[&Trial], build: Option<String>, bot: Option<String>) -> Self {
        let presets = trials.first().map(|trial| &trial.presets[..]).unwrap_or_default();
        Self {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            build,
            bot,
            semantics: SEMANTICS,
            run_ids: trials.iter().map(|trial| trial.run_id.clone()).collect(),
            presets: presets.iter().map(|preset| preset_name(*preset).to_owned()).collect(),
        }
    }

    /// Checks that a run that was begun as `self` may be gone on with as `now`.
    ///
    /// # Errors
    /// [`CheckpointError::Foreign`] with what differs first.
    pub fn check(&self, now: &Self) -> Result<(), CheckpointError> {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
        let list = |values: &[String]| values.join(" ");
        let build = "use the program that began it, or run the scenario anew";
        let scenario = "its scenario, a tape, or what was set beside it has changed since: put it back, or run it anew";
        let rows = [
            ("version", self.program.clone(), now.program.clone(), build),
            ("semantics", self.semantics.to_string(), now.semantics.to_string(), build),
            ("the build", text(&self.build), text(&now.build), build),
            ("the bots", text(&self.bot), text(&now.bot), build),
            ("run id", list(&self.run_ids), list(&now.run_ids), scenario),
            ("fill presets", list(&self.presets), list(&now.presets), scenario),
        ];
        let differing = rows.into_iter().find(|(_, found, expected, _)| found != expected);
        differing.map_or(Ok(()), |(what, found, expected, hint)| {
            Err(CheckpointError::Foreign { what, found, expected, hint })
        })
    }

    fn digest(&self) -> Result<[u8; HASH], FolderErrorText> {
        let text = serde_json::to_string(self).map_err(|error| error.to_string())?;
        Ok(*blake3::hash(text.as_bytes()).as_bytes())
    }
}

type FolderErrorText = String;

/// What was begun.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Begun {
    /// Which run, by whom.
    pub identity: Identity,
    /// Simulated time between two checkpoints, in nanoseconds.
    pub every: Span,
    /// What the command line was; whoever writes it reads it.
    pub arguments: serde_json::Value,
}

impl Begun {
    /// Reads what was begun in the folder of a run in the making.
    ///
    /// # Errors
    /// [`CheckpointError`] when there is nothing, or it cannot be read.
    pub fn read(folder: &Path) -> Result<Self, CheckpointError> {
        let path = folder.join(CHECKPOINTS).join(RUN);
        let Ok(text) = fs::read_to_string(&path) else {
            return Err(CheckpointError::Nothing { path: folder.to_path_buf() });
        };
        let unreadable = |why: String| CheckpointError::Unreadable { path, why };
        let begun: Self = match serde_json::from_str(&text) {
            Ok(begun) => begun,
            Err(error) => return Err(unreadable(error.to_string())),
        };
        if begun.every < SECOND {
            return Err(unreadable(format!("every: {}, expected a second or more", begun.every)));
        }
        Ok(begun)
    }

    /// Something was begun in that folder of a run in the making, whether or not it can be read.
    pub(in crate::scenario) fn lies_in(folder: &Path) -> bool {
        folder.join(CHECKPOINTS).join(RUN).is_file()
    }
}

/// One checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Checkpoint {
    /// Counted from 1 through the whole run, however often it was stopped.
    pub number: u64,
    identity: [u8; HASH],
    pub at: Timestamp,
    pub rows: u64,
    /// How far each journal has come.
    pub journals: Vec<JournalMark>,
    /// How far the file of what was done has, in a market that answers to the bot.
    pub done: Option<DoneMark>,
    pub state: Vec<u8>,
}

/// The checkpoints of one run in the making.
#[derive(Debug)]
pub(super) struct Store {
    folder: PathBuf,
    identity: [u8; HASH],
}

impl Store {
    /// Notes what is begun in `folder`.
    pub fn begin(folder: &Path, begun: &Begun) -> Result<Self, CheckpointError> {
        let store = Self::of(folder, &begun.identity)?;
        fs::create_dir_all(&store.folder).map_err(|source| refused(&store.folder, "cannot make the folder", source))?;
        let text = serde_json::to_string_pretty(begun).map_err(|error| store.unreadable(RUN, error.to_string()))?;
        store.write(RUN, text.as_bytes())?;
        Ok(store)
    }

    /// The checkpoints that lie in `folder`.
    pub fn of(folder: &Path, identity: &Identity) -> Result<Self, CheckpointError> {
        let folder = folder.join(CHECKPOINTS);
        match identity.digest() {
            Ok(identity) => Ok(Self { folder, identity }),
            Err(why) => Err(CheckpointError::Unreadable { path: folder, why }),
        }
    }

    fn unreadable(&self, name: &str, why: String) -> CheckpointError {
        CheckpointError::Unreadable { path: self.folder.join(name), why }
    }

    /// Puts a checkpoint in the place of the last but one.
    pub fn keep(
        &self,
        (number, at, rows): (u64, Timestamp, u64),
        (journals, done): (Vec<JournalMark>, Option<DoneMark>),
        state: Vec<u8>,
    ) -> Result<(), CheckpointError> {
        let checkpoint = Checkpoint { number, identity: self.identity, at, rows, journals, done, state };
        let name = FILES[usize::from(number % 2 == 1)];
        let body = postcard::to_extend(&checkpoint, Vec::new());
        let body = body.map_err(|error| self.unreadable(name, error.to_string()))?;
        let hash = blake3::hash(&body);
        self.write(name, &[&MAGIC[..], hash.as_bytes(), &body].concat())
    }

    /// The file of what was done.
    pub fn done(&self) -> DoneFile {
        DoneFile::new(self.folder.join(DONE))
    }

    /// Whole checkpoints, the newest last, and what is wrong with the others.
    pub fn all(&self) -> (Vec<Checkpoint>, Vec<String>) {
        let (mut whole, mut damaged) = (Vec::new(), Vec::new());
        for path in FILES.iter().map(|name| self.folder.join(name)).filter(|path| path.exists()) {
            match self.read(&path) {
                Ok(checkpoint) => whole.push(checkpoint),
                Err(why) => damaged.push(format!("{}: {why}", path.display())),
            }
        }
        whole.sort_by_key(|checkpoint: &Checkpoint| checkpoint.number);
        (whole, damaged)
    }

    fn read(&self, path: &Path) -> Result<Checkpoint, String> {
        let bytes = fs::read(path).map_err(|error| format!("cannot read: {error}"))?;
        let Some((head, body)) = bytes.split_at_checked(MAGIC.len() + HASH) else {
            return Err(format!("{} bytes, fewer than a checkpoint has", bytes.len()));
        };
        if head[..MAGIC.len()] != MAGIC {
            return Err("no checkpoint of this version".to_owned());
        }
        if head[MAGIC.len()..] != *blake3::hash(body).as_bytes() {
            return Err("torn or damaged: its hash is another".to_owned());
        }
        let checkpoint: Checkpoint = postcard::from_bytes(body).map_err(|error| error.to_string())?;
        if checkpoint.identity != self.identity {
            return Err("of another run, or of another build".to_owned());
        }
        Ok(checkpoint)
    }

    /// Writes a file whole or not at all. Nobody waits for the disk: a process that is killed leaves what it wrote to the system, and what a
    /// machine without power loses is found by its hash.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), CheckpointError> {
        let (path, temporary) = (self.folder.join(name), self.folder.join(format!("{name}.partial")));
        let written = File::create(&temporary).and_then(|mut file| file.write_all(bytes));
        let written = written.and_then(|()| fs::rename(&temporary, &path));
        Ok(written.map_err(|source| refused(&path, "cannot write", source))?)
    }
}

pub(super) fn refused(path: &Path, action: &'static str, source: std::io::Error) -> FolderError {
    FolderError::Io { path: path.to_path_buf(), action, source }
}
