//! Which bots of a user ran together, as a run's manifest and the manifest over all of them have it.

use super::bots::is_name;
use super::execute::LaneRun;
use super::folder::MANIFEST;
use super::manifest::{LaneRecord, Manifest};
use super::saved::own_file;
use super::trial::UserTrials;
use crate::journal::Digest;
use crate::readiness::Verdict;
use crate::units::Money;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Gate that counts what all bots of a user do.
pub(super) const TOGETHER: &str = "user_orders";

/// The bots of one user who ran together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserRecord {
    /// Place of the bot whose run this is.
    pub own: usize,
    /// All of them, in the order of the scenario.
    pub bots: Vec<BotRecord>,
}

/// One of the bots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BotRecord {
    /// Its name, and that of its folder beside those of the others.
    pub name: String,
    /// Names its run.
    pub run_id: String,
    /// Its strategy.
    pub strategy: String,
    /// Its lanes, the scenario's own fill preset first.
    pub lanes: Vec<BotLane>,
}

/// What one of the bots did in one lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BotLane {
    /// Name of the fill preset.
    pub preset: String,
    /// Digest of its journal.
    pub digest: Digest,
    /// Orders sent.
    pub orders: u64,
    /// Fills.
    pub fills: u64,
    /// Orders that the limit for all bots together refused.
    pub refused_together: u64,
    /// Equity at the end, exact.
    pub equity: Money,
}

impl UserRecord {
    /// The bots of `user` after their run, whose lanes these are, as the first of them has it.
    pub(super) fn of(user: &UserTrials, lanes: &[Vec<LaneRun>]) -> Self {
        let bots = user.bots.iter().zip(lanes).map(|(trial, lanes)| BotRecord {
            name: trial.scenario.file.run.bot.clone().unwrap_or_default(),
            run_id: trial.run_id.clone(),
            strategy: trial.scenario.file.bot.strategy.clone(),
            lanes: lanes.iter().map(BotLane::of).collect(),
        });
        Self { own: 0, bots: bots.collect() }
    }

    /// The bot whose run it is.
    #[must_use]
    pub fn own_name(&self) -> &str {
        self.bots.get(self.own).map_or("", |bot| &bot.name)
    }

    /// All but the one whose run it is.
    pub(super) fn others(&self) -> impl Iterator<Item = &BotRecord> {
        self.bots.iter().enumerate().filter(|(place, _)| *place != self.own).map(|(_, bot)| bot)
    }
}

impl BotLane {
    /// As the manifest of the bot itself has it.
    pub(super) fn of_record(lane: &LaneRecord) -> Self {
        let together = lane.gates.iter().find(|gate| gate.name == TOGETHER);
        Self {
            preset: lane.preset.clone(),
            digest: lane.digest,
            orders: lane.orders,
            fills: lane.fills,
            refused_together: together.map_or(0, |gate| gate.refused),
            equity: lane.equity,
        }
    }

    fn of(lane: &LaneRun) -> Self {
        Self::of_record(&LaneRecord::of(lane))
    }
}

/// Version of [`UserManifest`].
pub const USER_FORMAT: u32 = 1;

/// What stands over the folders of all bots of a user: which they are, and what the files are that belong to none of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserManifest {
    /// Version of this format.
    pub user_format: u32,
    /// Name of the scenario.
    pub scenario: String,
    /// The worst of the bots' verdicts.
    pub verdict: Verdict,
    /// The bots, in the order of the scenario.
    pub bots: Vec<JudgedRecord>,
    /// BLAKE3 of every other file of the folder itself.
    pub files: BTreeMap<String, String>,
}

/// One bot, and how its run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JudgedRecord {
    /// Its name, and that of its folder.
    pub name: String,
    /// Names its run.
    pub run_id: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// BLAKE3 of its manifest.
    pub manifest: String,
}

impl UserManifest {
    /// Reads the one in `folder`; `None` where there is none, as in the folder of a single run.
    #[must_use]
    pub fn read(folder: &Path) -> Option<Self> {
        own_file(folder, MANIFEST).ok()?;
        let text = std::fs::read_to_string(folder.join(MANIFEST)).ok()?;
        let found: Self = serde_json::from_str(&text).ok()?;
        (found.user_format == USER_FORMAT && found.bots.iter().all(|bot| is_name(&bot.name))).then_some(found)
    }

    /// As it stands in the file.
    #[must_use]
    pub fn to_json(&self) -> String {
        let json = serde_json::to_string_pretty(self);
        json.map_or_else(|error| panic!("{self:?} has no JSON: {error}"), |json| json + "\n")
    }

    /// The bots' folders below `folder`, in order.
    #[must_use]
    pub fn folders(&self, folder: &Path) -> Vec<PathBuf> {
        self.bots.iter().map(|bot| folder.join(&bot.name)).collect()
    }

    /// Folders of bots that are not ordinary ones: a stranger's folder leads nowhere else.
    #[must_use]
    pub fn strays(&self, folder: &Path) -> Vec<String> {
        let stray = |bot: &JudgedRecord| {
            let name = format!("{}/{MANIFEST}", bot.name);
            own_file(folder, &name).err().map(|error| format!("{name}: {error}"))
        };
        self.bots.iter().filter_map(stray).collect()
    }

    /// What in `folder` does not follow from the bots' runs, read and judged again, in order. `rendered` are the files over all of
    /// them, and `expected` what their manifest has to say.
    #[must_use]
    pub fn problems(
        &self,
        folder: &Path,
        runs: &[&Manifest],
        expected: &Self,
        rendered: &[(String, Vec<u8>)],
    ) -> Vec<String> {
        let mut problems = Vec::new();
        if self != expected {
            problems.push(format!("{MANIFEST}: it does not say what follows from the bots' runs"));
        }
        let users: Vec<_> = runs.iter().filter_map(|run| run.user.as_ref()).collect();
        let is_one = |(place, user): (usize, &&UserRecord)| user.own == place && user.bots == users[0].bots;
        let is_whole = users.first().is_some_and(|user| user.bots.len() == runs.len()) && users.len() == runs.len();
        if !is_whole || !users.iter().enumerate().all(is_one) {
            problems.push(format!("{MANIFEST}: the bots' runs do not name each other, in order"));
        }
        for (name, bytes) in rendered {
            let found = own_file(folder, name).and_then(|()| std::fs::read(folder.join(name)));
            match found {
                Ok(found) if found == *bytes => {}
                Ok(_) => problems.push(format!("{name}: it does not say what follows from the bots' runs")),
                Err(error) => problems.push(format!("{name}: cannot read: {error}")),
            }
        }
        problems
    }
}
