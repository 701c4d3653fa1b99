//! Two ends of one trader held against each other, order by order.

use super::outcome::{Outcome, Side};
use super::trader::Logged;
use std::fmt::Write as _;

/// The first difference, with all that both sides say about it; `None` if there is none.
pub fn difference(theirs: &Side, ours: &Side) -> Option<String> {
    let ids = theirs.outcomes.keys().chain(ours.outcomes.keys());
    let differs = |id: &&u64| theirs.outcomes.get(id) != ours.outcomes.get(id);
    // The earliest at the venue: later ones may follow from it.
    let first = ids.filter(differs).min_by_key(|id| (earliest(theirs, ours, **id), **id));
    if let Some(id) = first {
        return Some(order_difference(theirs, ours, *id));
    }
    if let Some(place) = log_difference(&theirs.log, &ours.log) {
        return Some(wish_difference(theirs, ours, place));
    }
    let (peer, seatrial) = (theirs.totals, ours.totals);
    (!peer.agree_with(&seatrial)).then(|| format!("the totals:\n  peer     {peer:?}\n  seatrial {seatrial:?}"))
}

/// When the order first ended on either side.
fn earliest(theirs: &Side, ours: &Side, id: u64) -> i64 {
    let at = |side: &Side| side.outcomes.get(&id).and_then(|outcome| outcome.at).unwrap_or(i64::MAX);
    at(theirs).min(at(ours))
}

fn log_difference(theirs: &[Logged], ours: &[Logged]) -> Option<usize> {
    (0..theirs.len().max(ours.len())).find(|&place| theirs.get(place) != ours.get(place))
}

/// The wishes differ because what was known did: more often by an order that ended otherwise than by the best prices.
fn wish_difference(theirs: &Side, ours: &Side, place: usize) -> String {
    let (peer, seatrial) = (theirs.log.get(place), ours.log.get(place));
    format!("wishes from number {place} on:\n  peer     {peer:?}\n  seatrial {seatrial:?}")
}

fn order_difference(theirs: &Side, ours: &Side, id: u64) -> String {
    let mut text = format!("order {id}:");
    for (name, side) in [("peer", theirs), ("seatrial", ours)] {
        let outcome: Option<&Outcome> = side.outcomes.get(&id);
        let _ =
            write!(text, "\n  {name:8} {outcome:?}\n           {}", side.records.get(&id).map_or("", String::as_str));
        for logged in side.log.iter().filter(|logged| logged.wish.id() == id) {
            let _ = write!(text, "\n           {logged:?}");
        }
    }
    if let Some(place) = log_difference(&theirs.log, &ours.log) {
        text += &format!("\n  {}", wish_difference(theirs, ours, place));
    }
    text
}
