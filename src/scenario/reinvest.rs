//! Once a day, what the bots of a user have realised moves money between them: the table `[reinvest]` of a scenario.

use super::check::in_range;
use super::file::ScenarioFile;
use super::ledger::TimeOfDay;
use super::problem::Problem;
use super::text::Decimal;
use crate::engine::Reinvesting;
use crate::ledger::Policy;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};
use std::borrow::Cow;

/// When a part of the day's profit moves to the bots that made most of it, and how much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReinvestFile {
    /// When the day ends and money moves, UTC: `HH:MM`.
    pub at: TimeOfDay,
    /// Least profit of all bots together that is moved, in quote.
    pub threshold: Decimal,
    /// Most bots that receive.
    pub top: u32,
    /// Share of the profit that is moved, in whole percent.
    pub percent: u32,
}

/// Most quote that a threshold can be.
const THRESHOLD_MAX: &str = "1000000000000";
/// Most bots that receive: more than there can be is all of them.
const TOP_MAX: u32 = 1_000;

impl Default for ReinvestFile {
    fn default() -> Self {
        let Policy { top, percent, .. } = Policy::default();
        // The policy's own threshold, as a scenario writes it: 500.
        Self { at: TimeOfDay::TWO, threshold: Decimal::whole(500), top, percent: percent.into() }
    }
}

impl ReinvestFile {
    /// How much is moved to whom. Ranges were checked when the scenario was read.
    pub(super) fn policy(&self) -> Policy {
        let percent = u8::try_from(self.percent).unwrap_or_default();
        Policy { threshold: self.threshold.money().unwrap_or_default(), top: self.top, percent }
    }

    /// The part of a bot, in the world of that number.
    pub(super) fn part(&self, world: u32, name: &str) -> Reinvesting {
        Reinvesting { world, name: name.to_owned(), at: self.at.since_midnight(), policy: self.policy() }
    }
}

/// What is wrong with it.
pub(super) fn problems(file: &ScenarioFile) -> Vec<Problem> {
    let Some(reinvest) = &file.reinvest else { return Vec::new() };
    let mut found = Vec::new();
    if file.bots.is_empty() {
        let problem = Problem::new("reinvest", "a scenario without `[[bots]]`", "`[[bots]]` beside it");
        found
            .push(problem.hint("money is moved between the bots of a user: give the scenario some, or drop the table"));
    }
    found.extend(in_range("reinvest.threshold", reinvest.threshold, "0", THRESHOLD_MAX));
    if !(1..=TOP_MAX).contains(&reinvest.top) {
        let problem = Problem::new("reinvest.top", format!("found {}", reinvest.top), format!("1 to {TOP_MAX}"));
        found.push(problem.hint("how many of the best bots receive"));
    }
    if !(1..=100).contains(&reinvest.percent) {
        let problem = Problem::new("reinvest.percent", format!("found {}", reinvest.percent), "1 to 100");
        found.push(problem.hint("the share of the day's profit that is moved"));
    }
    found
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for TimeOfDay {
    fn schema_name() -> Cow<'static, str> {
        "TimeOfDay".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A time of day, UTC: `HH:MM`.",
            "type": "string",
            "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"
        })
    }
}
