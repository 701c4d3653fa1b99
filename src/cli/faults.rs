use super::args::{ExplainFault, Faults as Command, ListFaults};
use super::console::print;
use super::exit::ExitStatus;
use super::failure::Failure;
use super::grid::grid;
use crate::audit::{HeldBy, NUMBERED, Numbered};
use crate::fault::wire::{FamilySpec, Profile, VENUES, VenueReplies, VenueReply};
use crate::fault::{CATALOGUE, Tried};
use crate::model::WireFault;
use crate::units::Span;
use serde_json::{Value, json};

/// Prints what can go wrong on a wire, and how venues show it.
pub fn faults(command: &Command) -> Result<ExitStatus, Failure> {
    let text = match command {
        Command::List(arguments) => list(arguments),
        Command::Catalogue(arguments) => catalogue(arguments),
        Command::Explain(arguments) => explain(arguments)?,
        Command::Invariants(arguments) => invariants(arguments),
        Command::Venues(arguments) => venues(arguments.venue.as_deref())?,
    };
    print(&text).map(|()| ExitStatus::Go)
}

fn list(arguments: &ListFaults) -> String {
    if arguments.json {
        let object = |fault: WireFault| {
            let rate = |profile: Profile| profile.rate_ppm(fault);
            json!({ "fault": fault, "number": number_of(fault), "words": fault.words(), "correct_bot": fault.achieves().words(),
                "shown": FamilySpec::of(fault).shown, "per_million": {
                    "calm": rate(Profile::Calm), "rough": rate(Profile::Rough), "hostile": rate(Profile::Hostile) } })
        };
        return format!("{}\n", Value::from_iter(WireFault::ALL.map(object)));
    }
    let row = |fault: WireFault| {
        let rates =
            [Profile::Calm, Profile::Rough, Profile::Hostile].map(|profile| profile.rate_ppm(fault).to_string());
        let [calm, rough, hostile] = rates;
        vec![
            fault.as_str().to_owned(),
            calm,
            rough,
            hostile,
            fault.achieves().words().to_owned(),
            fault.words().to_owned(),
        ]
    };
    let heads = ["fault", "calm", "rough", "hostile", "a correct bot", "what happens"];
    let mut text = grid(&heads, &[1, 2, 3], &WireFault::ALL.map(row));
    text.push_str("Chances a million occasions; of what lasts on a feed (slow-feed, depth-limit, slow-consumer, reconnect-storm) and of what strikes at an instant \
         (stream-disconnect, stop-lost, dead-mans-switch, long-pause, two-instances), a million seconds.\n");
    text
}

/// Number in the catalogue of the fault that a family tries; some are in it under no number of their own.
fn number_of(fault: WireFault) -> Option<u8> {
    let is_it = |tried: Tried| tried == Tried::Wire(fault.as_str());
    CATALOGUE.iter().find(|(.., tried)| is_it(*tried)).map(|(number, ..)| *number)
}

fn catalogue(arguments: &ListFaults) -> String {
    if arguments.json {
        let object = |(number, name, tried): (u8, &str, Tried)| json!({ "number": number, "name": name, "tried_by": tried.words(), "is_there": tried.is_there() });
        return format!("{}\n", Value::from_iter(CATALOGUE.map(object)));
    }
    let row = |(number, name, tried): (u8, &str, Tried)| vec![number.to_string(), name.to_owned(), tried.words()];
    let there = CATALOGUE.iter().filter(|(.., tried)| tried.is_there()).count();
    let mut text = grid(&["no.", "fault", "tried by"], &[0], &CATALOGUE.map(row));
    text.push_str(&format!("{there} of {} can be tried.\n", CATALOGUE.len()));
    text
}

fn invariants(arguments: &ListFaults) -> String {
    let held_by = |numbered: &Numbered| numbered.held_by.iter().map(|held| held.words()).collect::<Vec<_>>();
    if arguments.json {
        let object = |numbered: Numbered| {
            let is_there = numbered.held_by.iter().any(|held| !matches!(held, HeldBy::NotYet(_)));
            json!({ "number": numbered.number, "words": numbered.words, "held_by": held_by(&numbered), "is_there": is_there })
        };
        return format!("{}\n", Value::from_iter(NUMBERED.map(object)));
    }
    let row = |numbered: Numbered| {
        vec![format!("I{}", numbered.number), numbered.words.to_owned(), held_by(&numbered).join("; ")]
    };
    grid(&["no.", "what holds", "held to it by"], &[], &NUMBERED.map(row))
}

fn explain(arguments: &ExplainFault) -> Result<String, Failure> {
    let Some(fault) = WireFault::named(&arguments.name) else {
        let names = WireFault::ALL.map(WireFault::as_str).join(", ");
        return Err(Failure::usage(format!("unknown fault `{}`; expected one of {names}", arguments.name)));
    };
    let spec = FamilySpec::of(fault);
    let (least, most) = (*spec.lasts.start(), *spec.lasts.end());
    let lasts = if most == Span::ZERO { "no length".to_owned() } else { format!("{least} to {most}") };
    let mut text = format!(
        "{fault}: {}\nas venues show it: {}\nlength: {lasts}\na correct bot: {}\n",
        fault.words(),
        spec.shown,
        fault.achieves().words()
    );
    let rows: Vec<Vec<String>> = VenueReplies::all()
        .iter()
        .flat_map(|venue| venue.of(fault).map(|reply| row_of(venue, reply)).collect::<Vec<_>>())
        .collect();
    if !rows.is_empty() {
        text.push_str(&format!("\n{}", grid(&["venue", "as of", "when", "reply", "source"], &[], &rows)));
    }
    Ok(text)
}

fn row_of(venue: &VenueReplies, reply: &VenueReply) -> Vec<String> {
    let kind = venue.source(&reply.source).map_or("", |source| source.kind.as_str());
    vec![
        venue.name(),
        venue.as_of.clone(),
        reply.condition.clone(),
        reply.words(),
        format!("{} ({kind})", reply.source),
    ]
}

fn venues(name: Option<&str>) -> Result<String, Failure> {
    let Some(name) = name else {
        let row = |(name, _): &(&str, &str)| {
            let venue = VenueReplies::called(name).ok()?;
            let primary = venue.sources.iter().filter(|source| source.kind == "primary").count();
            let counts = [venue.replies.len(), primary, venue.sources.len()].map(|count| count.to_string());
            let [replies, primary, sources] = counts;
            Some(vec![(*name).to_owned(), venue.as_of, replies, sources, primary])
        };
        let rows: Vec<Vec<String>> = VENUES.iter().filter_map(row).collect();
        return Ok(grid(&["venue", "as of", "replies", "sources", "primary"], &[2, 3, 4], &rows));
    };
    let venue = VenueReplies::called(name).map_err(Failure::usage)?;
    let rows: Vec<Vec<String>> = venue
        .replies
        .iter()
        .map(|reply| {
            vec![reply.condition.clone(), reply.words(), reply.source.clone(), reply.note.clone().unwrap_or_default()]
        })
        .collect();
    Ok(grid(&["when", "reply", "source", "note"], &[], &rows))
}
