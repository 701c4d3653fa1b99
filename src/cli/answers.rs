//! How the venue that a scenario names answers in the place of the faults that fired, for the report.

use crate::fault::wire::{VenueReplies, VenueReply};
use crate::metrics::Summary;
use crate::model::WireFault;
use crate::report::{AnswerFacts, FaultAnswers, VenueAnswers};
use crate::scenario::Manifest;

/// How the venue that a run's scenario names answers in the place of the faults that fired.
pub fn venue_answers(manifest: &Manifest, summary: &Summary) -> Option<VenueAnswers> {
    let venue = VenueReplies::called(&manifest.value("faults.venue")).ok()?;
    let fired = summary.wire.faults.iter().map(|row| row.fault).filter(|fault| fault.is_answered());
    let faults = fired.map(|fault| fault_answers(&venue, fault)).collect();
    Some(VenueAnswers { venue: venue.name(), as_of: venue.as_of.clone(), faults })
}

fn fault_answers(venue: &VenueReplies, fault: WireFault) -> FaultAnswers {
    let replies = venue.answers(fault).into_iter().map(|reply| facts(venue, reply)).collect();
    FaultAnswers { fault: fault.as_str().to_owned(), replies }
}

fn facts(venue: &VenueReplies, reply: &VenueReply) -> AnswerFacts {
    let kind = venue.source(&reply.source).map_or("", |source| source.kind.as_str());
    AnswerFacts {
        words: venue.words_of(reply),
        http_status: reply.http_status,
        code: reply.code.clone(),
        message: reply.message.clone(),
        shape: venue.shape_of(reply),
        body: venue.body(reply, &reply.message).unwrap_or_default(),
        source: format!("{} ({kind})", reply.source),
    }
}
