//! Patterns whose parts are more than faults of a wire: when a scenario is read they become shocks, disturbances, commands, events and faults
//! of its own, so that whoever reads it later finds nothing but these.

use super::command::{CommandFile, Kept, Word};
use super::disturbance::{DisturbanceFile, Fault};
use super::event::{EventFile, EventKind};
use super::file::ScenarioFile;
use super::load::Scenario;
use super::pattern::{PatternFile, PatternName};
use super::problem::Problem;
use super::shock::ShockFile;
use super::text::{Decimal, Moment, SpanText};
use super::wire::{self, ScriptedFaultFile};
use crate::model::WireFault;
use crate::synth::Multiple;
use crate::units::{DAY, MILLISECOND, MINUTE, SECOND, Span, Timestamp};

/// One thing that happens, so long after a pattern has begun.
enum Part {
    Shock(&'static str, Multiple),
    Disturbance(Fault, Span),
    Funding(i64),
    Restart,
    Wire(WireFault, Span),
}

/// Maintenance, then a halt and a reopening elsewhere (five minutes, three minutes into the shock), then funding.
const WEEKEND: [(Span, Part); 3] = [
    (Span::ZERO, Part::Disturbance(Fault::VenueError, MINUTE)),
    (MINUTE.times(2), Part::Shock("halt-and-reopening", HALF)),
    (MINUTE.times(12), Part::Funding(30)),
];

const HALF: Multiple = Multiple(0.5);

/// A gap, and a venue that asks to wait while everybody wants out. The bot's own liquidation, the third part, needs margin.
const CASCADE: [(Span, Part); 2] =
    [(Span::ZERO, Part::Shock("gap", Multiple::ONE)), (SECOND, Part::Wire(WireFault::RateLimit, SECOND.times(20)))];

/// Nothing is heard of the venue for three seconds; meanwhile a replacement is half done, and the process ends and forgets before it hears of it.
const AMNESIA: [(Span, Part); 3] = [
    (Span::ZERO, Part::Disturbance(Fault::LostAcknowledgement, SECOND.times(3))),
    (MILLISECOND, Part::Wire(WireFault::ReplaceNotPlaced, Span::ZERO)),
    (MILLISECOND.times(1_500), Part::Restart),
];

/// The stream is gone over a midnight, at which funding is paid ten times as high as usual, and again an hour later.
const CALENDAR_EDGE: [(Span, Part); 3] = [
    (Span::ZERO, Part::Wire(WireFault::StreamDisconnect, SECOND.times(10))),
    (BEFORE_MIDNIGHT, Part::Funding(10)),
    (SECOND.times(3_605), Part::Funding(10)),
];

/// A calendar edge begins so long before the midnight.
const BEFORE_MIDNIGHT: Span = SECOND.times(5);

/// The process stands still, and while it does another instance takes its lease over.
const TWINS: [(Span, Part); 2] = [
    (Span::ZERO, Part::Wire(WireFault::LongPause, SECOND.times(20))),
    (SECOND.times(10), Part::Wire(WireFault::TwoInstances, SECOND.times(30))),
];

/// The bot's own disk takes longer and longer, and then nothing; the process ends while it is full, and what was written last is half there.
const DRIP_DISK: [(Span, Part); 6] = [
    (Span::ZERO, Part::Wire(WireFault::SlowDisk, MILLISECOND.times(200))),
    (SECOND.times(2), Part::Wire(WireFault::SlowDisk, MILLISECOND.times(600))),
    (SECOND.times(5), Part::Wire(WireFault::SlowDisk, SECOND.times(2))),
    (SECOND.times(9), Part::Wire(WireFault::FullDisk, SECOND.times(20))),
    (SECOND.times(15), Part::Wire(WireFault::TornWrite, Span::ZERO)),
    (SECOND.times(15), Part::Restart),
];

impl PatternName {
    const fn parts(self) -> &'static [(Span, Part)] {
        match self {
            Self::Weekend => &WEEKEND,
            Self::Cascade => &CASCADE,
            Self::Amnesia => &AMNESIA,
            Self::CalendarEdge => &CALENDAR_EDGE,
            Self::Twins => &TWINS,
            Self::DripDisk => &DRIP_DISK,
            Self::Stutter | Self::AckFog => &[],
        }
    }

    /// Its parts are faults of a wire or a feed, each at the first occasion after an instant.
    pub(super) const fn is_of_wire(self) -> bool {
        self.parts().is_empty()
    }

    /// Its word in scenarios.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Stutter => "stutter",
            Self::AckFog => "ack-fog",
            Self::Weekend => "weekend",
            Self::Cascade => "cascade",
            Self::Amnesia => "amnesia",
            Self::CalendarEdge => "calendar-edge",
            Self::Twins => "twins",
            Self::DripDisk => "drip-disk",
        }
    }

    /// What of it cannot be had yet.
    const fn lacks(self) -> Option<&'static str> {
        match self {
            Self::Cascade => Some("the bot's own liquidation, which needs margin"),
            _ => None,
        }
    }
}

/// What is wrong with the patterns of a scenario as it is written.
pub(super) fn problems(file: &ScenarioFile) -> Vec<Problem> {
    let patterns = file.faults.iter().flat_map(|faults| faults.pattern.iter().enumerate());
    patterns
        .flat_map(|(place, pattern)| {
            let key = |name: &str| format!("faults.pattern[{place}].{name}");
            pattern.misfits(&key).into_iter().chain(pattern.diskless(file, &key)).collect::<Vec<_>>()
        })
        .collect()
}

impl PatternFile {
    /// Faults of a disk that nobody writes to.
    fn diskless(&self, file: &ScenarioFile, key: &dyn Fn(&str) -> String) -> Option<Problem> {
        let is_of_disk = |(_, part): &(Span, Part)| matches!(part, Part::Wire(fault, _) if fault.is_of_disk());
        let is_wrong = self.name.parts().iter().any(is_of_disk) && !wire::keeps_log(file);
        is_wrong.then(|| wire::without_log(key("name"), self.name.as_str()))
    }

    fn misfits(&self, key: &dyn Fn(&str) -> String) -> Vec<Problem> {
        let mut found = Vec::new();
        if let Some(market) = self.market.filter(|_| !self.name.is_of_wire()) {
            let problem = Problem::new(key("market"), format!("found {market}"), "nothing");
            found.push(problem.hint("what is more than faults of a wire strikes all markets of the run"));
        }
        let is_shock = self.name.parts().iter().any(|(_, part)| matches!(part, Part::Shock(..)));
        found.extend(match self.at {
            Moment::At(at) if is_shock => {
                let problem = Problem::new(key("at"), format!("found {at}"), "a span after the start, such as `30min`");
                Some(problem.hint("a shock of a market begins so long after its start"))
            }
            Moment::At(at) if self.name == PatternName::CalendarEdge => {
                let midnight = at.plus(BEFORE_MIDNIGHT).nanos().rem_euclid(DAY.nanos());
                let problem = || Problem::new(key("at"), format!("found {at}"), "five seconds before a midnight (UTC)");
                (midnight != 0).then(|| problem().hint("write `at = \"2025-12-31T23:59:55Z\"`"))
            }
            _ => None,
        });
        found
    }
}

/// What of the patterns of a scenario cannot be had yet, in a sentence each.
#[must_use]
pub fn lacking(scenario: &Scenario) -> Vec<String> {
    let names = scenario.file.faults.iter().flat_map(|faults| &faults.unfolded);
    names
        .filter_map(|name| Some(format!("faults: the pattern `{}` is without {}", name.as_str(), name.lacks()?)))
        .collect()
}

/// Puts the parts of patterns in their places.
pub(super) fn unfold(file: &mut ScenarioFile) {
    let Some(faults) = &mut file.faults else { return };
    let (left, more): (Vec<PatternFile>, Vec<PatternFile>) =
        std::mem::take(&mut faults.pattern).into_iter().partition(|pattern| pattern.name.is_of_wire());
    faults.pattern = left;
    faults.unfolded = more.iter().map(|pattern| pattern.name).collect();
    for pattern in more {
        for (later, part) in pattern.name.parts() {
            put(file, part, later_than(pattern.at, *later));
        }
    }
}

const fn later_than(at: Moment, later: Span) -> Moment {
    match at {
        Moment::After(span) => Moment::After(Span::from_nanos(span.nanos().saturating_add(later.nanos()))),
        Moment::At(at) => Moment::At(at.plus(later)),
    }
}

fn put(file: &mut ScenarioFile, part: &Part, at: Moment) {
    match part {
        Part::Shock(name, severity) => {
            let at = SpanText(at.after(Timestamp::from_nanos(0)).since(Timestamp::from_nanos(0)));
            let shock =
                ShockFile { name: Some((*name).to_owned()), severity: *severity, at: Some(at), ..ShockFile::default() };
            match file.markets.is_empty() {
                true => file.market.shocks.push(shock),
                false => file.markets.iter_mut().for_each(|market| market.shocks.push(shock.clone())),
            }
        }
        Part::Disturbance(kind, lasts) => {
            file.disturbances.push(DisturbanceFile {
                at,
                lasts: SpanText(*lasts),
                kind: *kind,
                market: None,
                extra: None,
            });
        }
        Part::Funding(bps) => file.events.push(funding(at, *bps)),
        Part::Restart => file.commands.push(restart(at)),
        Part::Wire(fault, lasts) => {
            let lasts = Some(SpanText(*lasts)).filter(|lasts| lasts.0 != Span::ZERO);
            let scripted = ScriptedFaultFile { fault: *fault, at: Some(at), nth: None, lasts, market: None };
            file.faults.iter_mut().for_each(|faults| faults.script.push(scripted.clone()));
        }
    }
}

fn funding(at: Moment, bps: i64) -> EventFile {
    EventFile {
        at,
        kind: EventKind::Funding,
        amount: None,
        rate_bps: Some(Decimal::whole(bps)),
        fill: None,
        price: None,
        ticks: None,
        every: None,
        market: None,
        bot: None,
        reason: None,
    }
}

fn restart(at: Moment) -> CommandFile {
    CommandFile {
        at: Some(at),
        when: None,
        after: None,
        each: false,
        r#do: Word::Restart,
        market: None,
        venue: None,
        bot: None,
        flatten: false,
        state: Some(Kept::Lost),
        to: None,
        gate: None,
        confirm: None,
        reason: String::new(),
    }
}
