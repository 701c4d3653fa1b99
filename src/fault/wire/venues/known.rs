//! Which reply of its profile a response is, and which of several a fault is answered with.

use super::shape::{RawReply, Said};
use super::{VenueReplies, VenueReply, conditions};
use crate::model::WireFault;
use crate::units::{MILLISECOND, SECOND, Timestamp};

/// A response that a profile knows.
#[derive(Debug, Clone, Copy)]
pub struct Known<'v> {
    /// The reply of the profile.
    pub reply: &'v VenueReply,
    /// The code alone was known, and others have it too: what it means is not sure.
    pub is_vague: bool,
}

/// Conditions in whose place a fault is answered, the first that the venue has replies for: what is said to be unknown before what is only
/// said to have failed.
const fn preferred(fault: WireFault) -> &'static [&'static [&'static str]] {
    match fault {
        WireFault::UnknownExecuted | WireFault::UnknownNotExecuted => {
            &[&["unknown-execution"], &["engine-timeout"], &["internal-error"], &["service-unavailable"]]
        }
        WireFault::RateLimit => &[&["rate-limit"], &["too-many-orders-sent"]],
        WireFault::KeyRevoked => &[&["key-revoked"], &["permission-denied"]],
        _ => &[],
    }
}

impl VenueReplies {
    /// The replies that a fault is answered with; none where the profile has none.
    #[must_use]
    pub fn answers(&self, fault: WireFault) -> Vec<&VenueReply> {
        let all = conditions(fault);
        let every = [all];
        let groups = if preferred(fault).is_empty() { &every[..] } else { preferred(fault) };
        let of = |group: &&[&str]| {
            let is_in = |reply: &&VenueReply| group.contains(&reply.condition.as_str()) && !reply.ordinary;
            self.replies.iter().filter(is_in).collect::<Vec<_>>()
        };
        groups.iter().map(of).find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// The reply that a firing is answered with, by its cause id: the replies take turns, the first for the first cause.
    #[must_use]
    pub fn answer(&self, fault: WireFault, cause: u64) -> Option<&VenueReply> {
        let all = self.answers(fault);
        let place = cause.saturating_sub(1).checked_rem(all.len() as u64)?;
        all.get(usize::try_from(place).ok()?).copied()
    }

    /// A response as this venue gives it, which wants to be left alone until `until` where it says so at all. A status that the source does
    /// not name is `status`.
    #[must_use]
    pub fn render(&self, reply: &VenueReply, status: u16, until: Timestamp, now: Timestamp) -> Option<RawReply> {
        let seconds = until.since(now).nanos().max(0) as u64;
        let (in_ms, in_seconds) = (until.nanos() / MILLISECOND.nanos(), until.nanos() / SECOND.nanos());
        let after = seconds.div_ceil(SECOND.nanos().unsigned_abs()).to_string();
        let mut message = reply.message.clone();
        let mut headers = Vec::new();
        match reply.retry_after.as_deref() {
            Some("header") => headers.push((self.header_named("header_retry_after"), after)),
            Some("header-timestamp-ms") => headers.push((self.header_named("header_reset"), in_ms.to_string())),
            Some("timestamp-in-message") => {
                message = message.replace("%s", &in_ms.to_string()).replace("<timestamp>", &in_seconds.to_string());
            }
            _ => {}
        }
        let body = self.body(reply, &message)?;
        Some(RawReply { status: reply.http_status.unwrap_or(status), headers, body })
    }

    fn header_named(&self, key: &str) -> String {
        self.shape.get(key).and_then(|name| name.as_str()).unwrap_or_default().to_owned()
    }

    /// Until when a response wants the bot to be silent, where it says so: by a header, or in its message.
    #[must_use]
    pub fn wants_until(&self, raw: &RawReply, now: Timestamp) -> Option<Timestamp> {
        let number = |key: &str| raw.header(&self.header_named(key))?.trim().parse::<i64>().ok();
        let after = number("header_retry_after").map(|seconds| now.plus(SECOND.times(seconds.clamp(0, YEAR))));
        let reset = number("header_reset").and_then(instant);
        let said = self.said(&raw.body).message;
        let digits = said.split(|letter: char| !letter.is_ascii_digit());
        let in_message = digits.filter_map(|digits| instant(digits.parse().ok()?)).next();
        after.or(reset).or(in_message)
    }

    /// Which of its replies a response is: by code, message and status; nothing where none is like it.
    #[must_use]
    pub fn known(&self, raw: &RawReply) -> Option<Known<'_>> {
        let said = self.said(&raw.body);
        let fits = |reply| Some((self.fit(reply, raw.status, &said)?, reply));
        let all: Vec<(Fit, &VenueReply)> = self.replies.iter().filter_map(fits).collect();
        let (best, reply) = *all.iter().rev().max_by_key(|(fit, _)| *fit)?;
        let others = all.iter().filter(|(fit, _)| fit.0 == best.0);
        let is_vague = !best.0 && others.clone().any(|(_, other)| other.condition != reply.condition);
        Some(Known { reply, is_vague: is_vague && best.1 <= 0 })
    }

    /// How well a reply fits: the message does, and so does the status; nothing where it is another.
    fn fit(&self, reply: &VenueReply, status: u16, said: &Said) -> Option<Fit> {
        if reply.ordinary {
            return None;
        }
        let of_status = reply.http_status.map_or(0, |own| if own == status { 1 } else { -1 });
        if reply.code.is_empty() && (reply.message.is_empty() || reply.condition == "firewall") {
            return (!said.is_json && of_status == 1).then_some(Fit(false, 1));
        }
        let message_fits = !reply.message.is_empty() && is_like(&said.message, &reply.message);
        let same_code = reply.code == said.code && (!reply.code.is_empty() || message_fits);
        (said.is_json && same_code).then_some(Fit(message_fits, of_status))
    }
}

/// The message is the same; then the status is (1), is not named (0), or is another (-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Fit(bool, i8);

/// The longest wait that is believed, in seconds.
const YEAR: i64 = 31_536_000;

/// An instant of this century in seconds or milliseconds since 1970, told apart by its length.
fn instant(number: i64) -> Option<Timestamp> {
    const FROM: i64 = 1_000_000_000;
    const MILLION: i64 = 1_000_000;
    match number {
        FROM..10_000_000_000 => Some(Timestamp::from_nanos(number * SECOND.nanos())),
        1_000_000_000_000..10_000_000_000_000 => Some(Timestamp::from_nanos(number * MILLION)),
        _ => None,
    }
}

/// A message is like one of a document, in which `%s`, `<...>`, `{{...}}` and `xxxx` stand for anything; what goes on behind a colon is the
/// same message.
fn is_like(message: &str, pattern: &str) -> bool {
    let pieces = pieces(pattern);
    let last = pieces.len() - 1;
    let mut rest = message;
    for (place, piece) in pieces.iter().enumerate() {
        let found = match place {
            0 => rest.starts_with(piece.as_str()).then_some(0),
            _ if place == last => rest.rfind(piece.as_str()),
            _ => rest.find(piece.as_str()),
        };
        let Some(at) = found else { return false };
        rest = &rest[at + piece.len()..];
    }
    let ends_open = 0 < last && pieces[last].is_empty();
    ends_open || rest.is_empty() || rest.starts_with(':')
}

/// The parts of a pattern between what stands for anything.
fn pieces(pattern: &str) -> Vec<String> {
    let (mut pieces, mut own, mut rest) = (Vec::new(), String::new(), pattern);
    while let Some(letter) = rest.chars().next() {
        let length = match anything(rest) {
            Some(length) => {
                pieces.push(std::mem::take(&mut own));
                length
            }
            None => {
                own.push(letter);
                letter.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    pieces.push(own);
    pieces
}

/// What stands for anything at the beginning of a pattern: its length.
fn anything(pattern: &str) -> Option<usize> {
    let up_to = |begin: &str, end: &str| {
        let at = pattern.strip_prefix(begin)?.find(end)?;
        Some(begin.len() + at + end.len())
    };
    let plain = ["%s", "xxxx"].into_iter().find(|plain| pattern.starts_with(plain)).map(str::len);
    plain.or_else(|| up_to("<", ">")).or_else(|| up_to("{{", "}}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_known_by_what_its_document_leaves_open() {
        let table = [
            ("EService:Busy", "EService:Busy", true),
            ("EService:Busy", "EService:Busy: try later", true),
            ("EService:Busy", "EService:Busyness", false),
            ("IP banned until %s. Please wait.", "IP banned until 1741500000123. Please wait.", true),
            ("IP banned until %s. Please wait.", "IP banned until 1741500000123.", false),
            ("EService:Throttled: <timestamp>", "EService:Throttled: 1741500000", true),
            ("Settlement! {{key0}} not available.", "Settlement! BTC not available.", true),
            ("more than xxxx, the limit", "more than 5.5, the limit", true),
            ("no less than %s", "no less than 5.0", true),
            ("no less than %s", "no more than 5.0", false),
        ];
        for (pattern, message, expected) in table {
            assert_eq!(is_like(message, pattern), expected, "{message}");
        }
    }

    #[test]
    fn instants_are_told_apart_by_their_length() {
        let at = |seconds: i64| Timestamp::from_nanos(seconds * SECOND.nanos());
        assert_eq!(instant(1_741_500_000), Some(at(1_741_500_000)));
        assert_eq!(instant(1_741_500_000_000), Some(at(1_741_500_000)));
        assert_eq!((instant(1_200), instant(17_415_000_000)), (None, None));
    }

    /// Firings of a fault take turns in the replies that the venue has for it, and each of them is a body of its own.
    #[test]
    fn replies_take_turns() {
        for venue in VenueReplies::all() {
            for fault in WireFault::ALL {
                let all = venue.answers(fault);
                let turns: Vec<_> = (1..=all.len() as u64).filter_map(|cause| venue.answer(fault, cause)).collect();
                assert_eq!(turns, all, "{} {fault}", venue.name());
                assert_eq!(venue.answer(fault, all.len() as u64 + 1), all.first().copied());
            }
        }
    }
}
