//! Markets that are a recording in another order, as a scenario names them.

use super::check::span_in_range;
use super::file::ScenarioFile;
use super::problem::Problem;
use super::text::SpanText;
use crate::synth::{RemixAsk, RemixError, RemixMarket};
use crate::tape::{BatchSource, TapeError, TapeReader};
use crate::units::{DAY, MINUTE, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Longest remix.
const LONGEST: Span = DAY.times(3_660);

/// A tape in another order: blocks of it, drawn by chance and joined where the book looked alike (docs/remix.md).
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RemixFile {
    /// Tape of level changes; relative to the folder of the scenario file.
    pub tape: String,
    /// How long it is; without it as long as the tape.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<SpanText>,
    /// Mean length of a block, or `auto` for the length that the tape asks for; without it 30 minutes.
    pub block: BlockText,
    /// Seed of the draws; without one that of the market.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Whether a block may begin at any hour of the day.
    pub any_hour: bool,
}

/// A span, or `auto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub enum BlockText {
    /// The length that the tape asks for.
    Auto,
    /// This length.
    Mean(SpanText),
}

impl Default for BlockText {
    fn default() -> Self {
        Self::Mean(SpanText(MINUTE.times(30)))
    }
}

impl Serialize for BlockText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => serializer.serialize_str("auto"),
            Self::Mean(span) => span.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for BlockText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "auto" {
            return Ok(Self::Auto);
        }
        let span = text.parse().map_err(|error| serde::de::Error::custom(format!("{error}; or `auto`")))?;
        Ok(Self::Mean(SpanText(span)))
    }
}

impl RemixFile {
    /// The remix of the tape at `path`.
    pub(super) fn market(&self, path: &Path, seed: u64) -> Result<Box<dyn BatchSource>, TapeError> {
        let block = match self.block {
            BlockText::Auto => None,
            BlockText::Mean(block) => Some(block.0),
        };
        let duration = self.duration.map(|duration| duration.0);
        let ask = RemixAsk { duration, block, seed: self.seed.unwrap_or(seed), any_hour: self.any_hour };
        let market = RemixMarket::new(TapeReader::open(path)?, &ask).map_err(|error| match error {
            RemixError::Tape(error) => error,
            other => TapeError::NotATape {
                path: path.to_path_buf(),
                found: format!("no remix of it: {other}"),
                expected: "a tape that can be had in another order (docs/remix.md)",
            },
        })?;
        Ok(Box::new(market))
    }

    /// What is wrong with it, at `key`.
    pub(super) fn problems(&self, key: &str) -> Vec<Problem> {
        let mut found = Vec::new();
        if self.tape.trim().is_empty() {
            let problem = Problem::new(format!("{key}.tape"), "nothing", "the path of a tape of level changes");
            found.push(problem.hint("`seatrial tape synth` and `tape import` write tapes"));
        }
        let spans = [("duration", self.duration), ("block", self.mean())];
        let odd = spans.into_iter().filter_map(|(name, span)| Some((name, span?)));
        found.extend(odd.filter_map(|(name, span)| span_in_range(&format!("{key}.{name}"), span, MINUTE, LONGEST)));
        found
    }

    fn mean(&self) -> Option<SpanText> {
        match self.block {
            BlockText::Auto => None,
            BlockText::Mean(block) => Some(block),
        }
    }
}

/// Every remix of a scenario, with its key.
pub(super) fn all(file: &mut ScenarioFile) -> Vec<(String, &mut RemixFile)> {
    let several = file.markets.iter_mut().enumerate();
    let several =
        several.filter_map(|(place, market)| Some((format!("markets[{place}].remix"), market.remix.as_mut()?)));
    file.market.remix.as_mut().map(|remix| ("market.remix".to_owned(), remix)).into_iter().chain(several).collect()
}
