//! What goes wrong around the bot in a scenario: feeds that stall, venues that answer slowly, with errors, or not at all.

use super::check::span_in_range;
use super::file::ScenarioFile;
use super::problem::Problem;
use super::text::{Moment, SpanText};
use super::wire::pauses;
use crate::fault::Stall;
use crate::fault::wire::Pause;
use crate::model::Instrument;
use crate::units::{DAY, MILLISECOND, Span, Timestamp};
use crate::venue::{Outage, Silence, Slow};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing that goes wrong, for a while.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DisturbanceFile {
    /// When it begins: a span after the start, or an instant.
    pub at: Moment,
    /// How long it lasts.
    pub lasts: SpanText,
    /// What.
    pub kind: Fault,
    /// Symbol of the market it is at; without one it is at all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
    /// What a slow venue adds to every request and every report that sets out meanwhile (`slow-venue`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<SpanText>,
}

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// No market data reach the bot; all of it arrives when the stall is over.
    FeedStall,
    /// The connection is lost: no market data reach the bot, and when it is back a snapshot of the book does. Trades are lost.
    FeedDisconnect,
    /// Requests and reports take longer.
    SlowVenue,
    /// The venue answers every request that arrives with an error. What is open stays open, and goes on filling.
    VenueError,
    /// No report reaches the bot, whatever the venue does: all of it is told when the disturbance is over.
    LostAcknowledgement,
}

impl Fault {
    /// As in a scenario.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::FeedStall => "feed-stall",
            Self::FeedDisconnect => "feed-disconnect",
            Self::SlowVenue => "slow-venue",
            Self::VenueError => "venue-error",
            Self::LostAcknowledgement => "lost-acknowledgement",
        }
    }

    /// It is about the feed, which a market of bars has none of.
    pub(super) const fn is_of_feed(self) -> bool {
        matches!(self, Self::FeedStall | Self::FeedDisconnect)
    }
}

/// True for one that keeps the bot's feed back.
pub(super) const fn is_of_feed(disturbance: &DisturbanceFile) -> bool {
    disturbance.kind.is_of_feed()
}

/// Most disturbances of a scenario.
const DISTURBANCES_MAX: usize = 10_000;

/// What is wrong with the disturbances, whatever the markets are.
pub(super) fn problems(file: &ScenarioFile) -> Vec<Problem> {
    let mut found: Vec<Problem> = Vec::new();
    if file.disturbances.len() > DISTURBANCES_MAX {
        let count = file.disturbances.len();
        let allowed = format!("at most {DISTURBANCES_MAX}");
        found.push(Problem::new("disturbances", format!("found {count} disturbances"), allowed));
    }
    for (place, disturbance) in file.disturbances.iter().enumerate() {
        let key = |name: &str| format!("disturbances[{place}].{name}");
        found.extend(span_in_range(&key("lasts"), disturbance.lasts, MILLISECOND, DAY.times(366)));
        found.extend(match (disturbance.kind, disturbance.extra) {
            (Fault::SlowVenue, None) => Some(Problem::new(key("extra"), "nothing", "a span such as `3s`")),
            (Fault::SlowVenue, Some(extra)) => span_in_range(&key("extra"), extra, Span::from_nanos(1), DAY),
            (kind, Some(_)) => {
                let found = format!("`extra` with `kind = \"{}\"`", kind.as_str());
                Some(Problem::new(key("extra"), found, "it beside `slow-venue`"))
            }
            (_, None) => None,
        });
    }
    found
}

/// Disturbances at symbols that no market has.
pub(super) fn strangers(disturbances: &[DisturbanceFile], markets: &[Instrument]) -> Vec<Problem> {
    let is_known = |symbol: &str| markets.iter().any(|market| market.symbol == symbol);
    let symbols: Vec<String> = markets.iter().map(|market| format!("`{}`", market.symbol)).collect();
    let stranger = |(place, disturbance): (usize, &DisturbanceFile)| {
        let symbol = disturbance.market.as_deref().filter(|symbol| !is_known(symbol))?;
        let allowed = format!("one of {}", symbols.join(", "));
        Some(Problem::new(format!("disturbances[{place}].market"), format!("unknown market `{symbol}`"), allowed))
    };
    disturbances.iter().enumerate().filter_map(stranger).collect()
}

impl DisturbanceFile {
    fn is_at(&self, symbol: &str) -> bool {
        self.market.as_deref().is_none_or(|only| only == symbol)
    }

    fn stretch(&self, start: Timestamp) -> (Timestamp, Timestamp) {
        let from = self.at.after(start);
        (from, from.plus(self.lasts.0))
    }
}

/// Stalls of the feed of the market `symbol`, in a run over markets from `start` to `last`; a process that does not run hears nothing.
pub(super) fn stalls(file: &ScenarioFile, symbol: &str, (start, last): (Timestamp, Timestamp)) -> Vec<Stall> {
    let of = |kind, loses| {
        let stretches = stretches(&file.disturbances, kind, symbol, start);
        stretches.map(move |(from, until)| Stall { from, until, loses })
    };
    let pauses = pauses(file, (start, last)).into_iter();
    let pauses = pauses.map(|Pause { from, until }| Stall { from, until, loses: false });
    of(Fault::FeedStall, false).chain(of(Fault::FeedDisconnect, true)).chain(pauses).collect()
}

/// Stretches in which the venue of the market `symbol` is slow, in a run that starts at `start`.
pub(super) fn slow(disturbances: &[DisturbanceFile], symbol: &str, start: Timestamp) -> Vec<Slow> {
    let here = disturbances.iter().filter(|disturbance| disturbance.is_at(symbol));
    let slow = |disturbance: &DisturbanceFile| {
        let extra = disturbance.extra.filter(|_| disturbance.kind == Fault::SlowVenue)?.0;
        let (from, until) = disturbance.stretch(start);
        Some(Slow { from, until, extra })
    };
    here.filter_map(slow).collect()
}

/// Stretches of one kind at the market `symbol`, in a run that starts at `start`: first instant, and the first after it.
fn stretches(
    disturbances: &[DisturbanceFile],
    kind: Fault,
    symbol: &str,
    start: Timestamp,
) -> impl Iterator<Item = (Timestamp, Timestamp)> {
    let here = disturbances.iter().filter(move |disturbance| disturbance.kind == kind && disturbance.is_at(symbol));
    here.map(move |disturbance| disturbance.stretch(start))
}

/// When the venue of the market `symbol` is down.
pub(super) fn outages(disturbances: &[DisturbanceFile], symbol: &str, start: Timestamp) -> Vec<Outage> {
    let stretches = stretches(disturbances, Fault::VenueError, symbol, start);
    stretches.map(|(from, until)| Outage { from, until }).collect()
}

/// When no report of the venue of the market `symbol` reaches the bot.
pub(super) fn silences(disturbances: &[DisturbanceFile], symbol: &str, start: Timestamp) -> Vec<Silence> {
    let stretches = stretches(disturbances, Fault::LostAcknowledgement, symbol, start);
    stretches.map(|(from, until)| Silence { from, until }).collect()
}
