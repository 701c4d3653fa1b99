//! A venue's reply as it comes over HTTP, made into what a gateway's policy needs to know: see [`VenueWord::read`].

use super::call::Failure;
use crate::fault::wire::{RawReply, VenueReplies};
use crate::units::{MINUTE, Span, Timestamp};

/// A venue that asks to wait and does not say for how long is left alone for so long.
const RATE_LIMIT_WAIT: Span = MINUTE;

/// The same of one that has banned the address.
const BAN_WAIT: Span = MINUTE.times(15);

/// What a reply means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// The venue has done what it was asked for: what it came to stands in the body.
    Done,
    /// There is no such order. Right after the order was sent that may only mean that it cannot be seen yet.
    NotFound,
    /// The venue has looked at the request, and refuses it: it is not there.
    Rejected,
    /// Of a replacement one half is done: which one stands in the body, or is to be asked.
    HalfDone,
    /// It has not looked at it, or does not say.
    Failed(Failure),
}

/// A venue's reply, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VenueWord {
    /// What it means.
    pub means: Means,
    /// Under which condition the venue gives it, as its profile calls it; nothing where the profile does not know it.
    pub condition: Option<String>,
    /// The venue's code; empty where there is none.
    pub code: String,
    /// Its message; empty where there is none.
    pub message: String,
}

impl VenueWord {
    /// Reads a response of a venue that came at `now`. What the profile does not know is taken by its status: an error that the venue explains itself under
    /// 4xx (but for a timeout) is a refusal, everything else is unknown and has to be asked for.
    #[must_use]
    pub fn read(venue: &VenueReplies, raw: &RawReply, now: Timestamp) -> Self {
        let said = venue.said(&raw.body);
        let is_fine = (200..300).contains(&raw.status) && said.is_json && said.is_success;
        let known = if is_fine { None } else { venue.known(raw) };
        let wait = |default: Span| venue.wants_until(raw, now).unwrap_or_else(|| now.plus(default));
        let means = match known {
            _ if is_fine => Means::Done,
            Some(known) if !known.is_vague => of_condition(&known.reply.condition, wait, now),
            _ => of_status(raw.status, said.is_json, wait, now),
        };
        let condition = known.filter(|known| !known.is_vague).map(|known| known.reply.condition.clone());
        Self { means, condition, code: said.code, message: said.message }
    }
}

fn of_condition(condition: &str, wait: impl Fn(Span) -> Timestamp, now: Timestamp) -> Means {
    match condition {
        "unknown-execution" | "engine-timeout" | "internal-error" | "service-unavailable" | "disconnected" => {
            Means::Failed(Failure::Unknown)
        }
        "overload" => Means::Failed(Failure::Overload),
        "rate-limit" | "too-many-orders-sent" => rate_limit(wait, now),
        "ban" => Means::Failed(Failure::Ban(wait(BAN_WAIT))),
        "clock-skew" => Means::Failed(Failure::ClockSkew),
        "invalid-nonce" => Means::Failed(Failure::InvalidNonce),
        "key-revoked" => Means::Failed(Failure::KeyRevoked),
        "firewall" => Means::Failed(Failure::Firewall),
        "duplicate-client-order-id" => Means::Failed(Failure::Duplicate),
        "order-not-found" => Means::NotFound,
        "cancel-replace-partial" => Means::HalfDone,
        _ => Means::Rejected,
    }
}

fn rate_limit(wait: impl Fn(Span) -> Timestamp, now: Timestamp) -> Means {
    let after = wait(RATE_LIMIT_WAIT).since(now);
    Means::Failed(Failure::RateLimit(after.max(Span::ZERO)))
}

/// What a status says by itself.
fn of_status(status: u16, is_json: bool, wait: impl Fn(Span) -> Timestamp, now: Timestamp) -> Means {
    match status {
        429 => rate_limit(wait, now),
        418 => Means::Failed(Failure::Ban(wait(BAN_WAIT))),
        403 if !is_json => Means::Failed(Failure::Firewall),
        404 if is_json => Means::NotFound,
        // The venue says itself that the request was wrong.
        400..=407 | 409..=499 if is_json => Means::Rejected,
        // An error of a name that nobody knows under a status that says nothing, a page in the place of an answer, a timeout, a failure of the server: it may
        // have been carried out.
        _ => Means::Failed(Failure::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::wire::VenueReply;
    use crate::model::WireFault;
    use crate::units::SECOND;

    const NOW: Timestamp = Timestamp::from_nanos(1_767_571_200_000_000_000);

    /// Statuses that a reply may come with where its source names none.
    const STATUSES: [u16; 4] = [200, 400, 500, 503];

    fn until(seconds: i64) -> Timestamp {
        NOW.plus(SECOND.times(seconds))
    }

    /// A fault is understood as what the gateway has to do about it. What a venue does not say it cannot be understood to say: how long to wait.
    fn is_understood(fault: WireFault, reply: &VenueReply, means: Means, seconds: i64) -> bool {
        let says_when = reply.retry_after.is_some();
        match (fault, means) {
            (WireFault::UnknownExecuted | WireFault::UnknownNotExecuted, Means::Failed(Failure::Unknown))
            | (WireFault::QueryLags, Means::NotFound)
            | (WireFault::ReplaceNotPlaced | WireFault::ReplaceNotCancelled, Means::HalfDone)
            | (WireFault::ClockSkew, Means::Failed(Failure::ClockSkew))
            | (WireFault::InvalidNonce, Means::Failed(Failure::InvalidNonce))
            | (WireFault::KeyRevoked, Means::Failed(Failure::KeyRevoked))
            | (WireFault::Firewall, Means::Failed(Failure::Firewall))
            | (WireFault::Overload, Means::Failed(Failure::Overload)) => true,
            (WireFault::RateLimit | WireFault::OrderBudget, Means::Failed(Failure::RateLimit(after))) => {
                after == if says_when { SECOND.times(seconds) } else { RATE_LIMIT_WAIT }
            }
            (WireFault::Ban, Means::Failed(Failure::Ban(at))) => {
                at == if says_when { until(seconds) } else { NOW.plus(BAN_WAIT) }
            }
            _ => false,
        }
    }

    /// Whatever an injector answers in a venue's place, the gateway understands as that fault, with whatever status where the venue names none.
    #[test]
    fn every_fault_is_understood_as_every_venue_answers_it() {
        let mut understood = 0;
        for venue in VenueReplies::all() {
            for fault in WireFault::ALL {
                for reply in venue.answers(fault) {
                    for (status, seconds) in STATUSES.into_iter().flat_map(|status| [(status, 1), (status, 7_200)]) {
                        let raw = venue.render(reply, status, until(seconds), NOW).expect("a body");
                        let word = VenueWord::read(&venue, &raw, NOW);
                        let is_well = is_understood(fault, reply, word.means, seconds);
                        assert!(is_well, "{} {fault} {raw:?}: {word:?}", venue.name());
                        understood += 1;
                    }
                }
            }
        }
        assert!(400 < understood, "{understood}");
    }

    /// Of every other reply too: as its condition says, and with the venue's own code and message.
    #[test]
    fn every_reply_of_every_profile_is_read_back() {
        for venue in VenueReplies::all() {
            for reply in &venue.replies {
                let Some(raw) = venue.render(reply, 400, until(30), NOW) else {
                    assert!(reply.ordinary, "{} {}", venue.name(), reply.condition);
                    continue;
                };
                let word = VenueWord::read(&venue, &raw, NOW);
                let expected = of_condition(&reply.condition, |_| until(30), NOW);
                let kind = std::mem::discriminant::<Means>;
                // The same code and text under two conditions is the first of them.
                let is_twin = |other: &&VenueReply| (&other.code, &other.message) == (&reply.code, &reply.message);
                let may = venue
                    .replies
                    .iter()
                    .filter(is_twin)
                    .map(|other| of_condition(&other.condition, |_| until(30), NOW));
                let may: Vec<Means> = may.chain([expected]).collect();
                assert!(may.iter().any(|may| kind(may) == kind(&word.means)), "{} {raw:?}: {word:?}", venue.name());
                if venue.said(&raw.body).is_json {
                    assert_eq!(word.code, reply.code, "{} {raw:?}", venue.name());
                }
            }
        }
    }

    fn read(venue: &str, status: u16, body: &str) -> VenueWord {
        let venue = VenueReplies::called(venue).expect("a profile");
        VenueWord::read(&venue, &RawReply { status, headers: Vec::new(), body: body.to_owned() }, NOW)
    }

    #[test]
    fn what_all_is_well_with_is_done() {
        let table = [
            ("binance-spot", r#"{"symbol":"BTCUSDT","orderId":28,"clientOrderId":"7","transactTime":1507725176595}"#),
            ("binance-usdm-futures", r#"{"code":200,"msg":"The operation of cancel all open order is done."}"#),
            ("bybit-v5-linear", r#"{"retCode":0,"retMsg":"OK","result":{"orderId":"1"},"retExtInfo":{},"time":1}"#),
            ("kraken-spot", r#"{"error":[],"result":{"txid":["OU22CG"]}}"#),
            ("kraken-spot", r#"{"error":["WGeneral:Danger"],"result":{"txid":["OU22CG"]}}"#),
            ("coinbase-advanced", r#"{"success":true,"failure_reason":"UNKNOWN_FAILURE_REASON","order_id":"1"}"#),
            (
                "coinbase-advanced",
                r#"{"results":[{"success":true,"failure_reason":"UNKNOWN_CANCEL_FAILURE_REASON","order_id":"1"}]}"#,
            ),
        ];
        for (venue, body) in table {
            assert_eq!(read(venue, 200, body).means, Means::Done, "{venue} {body}");
        }
    }

    #[test]
    fn what_no_profile_knows_is_never_taken_for_a_refusal_where_it_may_have_been_done() {
        let unknown = Means::Failed(Failure::Unknown);
        let table = [
            ("binance-spot", 500, "", unknown),
            ("binance-spot", 502, "<html>Bad Gateway</html>", unknown),
            ("binance-spot", 504, r#"{"code":-9999,"msg":"?"}"#, unknown),
            ("binance-spot", 408, r#"{"code":-9999,"msg":"?"}"#, unknown),
            ("binance-spot", 200, "<html>", unknown),
            ("binance-spot", 400, r#"{"code":-9999,"msg":"?"}"#, Means::Rejected),
            ("binance-spot", 400, r#"{"code":-2010,"msg":"A text of tomorrow."}"#, Means::Rejected),
            ("binance-spot", 429, r#"{"code":-9999,"msg":"?"}"#, Means::Failed(Failure::RateLimit(RATE_LIMIT_WAIT))),
            ("binance-spot", 418, "", Means::Failed(Failure::Ban(NOW.plus(BAN_WAIT)))),
            ("binance-spot", 403, "<html>", Means::Failed(Failure::Firewall)),
            ("kraken-spot", 200, r#"{"error":["EFuture:Unheard of"]}"#, unknown),
            ("kraken-spot", 200, r#"{"error":["WGeneral:Danger","EOrder:Insufficient funds"]}"#, Means::Rejected),
            ("kraken-spot", 404, "<html>", unknown),
            (
                "coinbase-advanced",
                200,
                r#"{"results":[{"success":true,"failure_reason":"","order_id":"1"},{"success":false,"failure_reason":"UNHEARD_OF","order_id":"2"}]}"#,
                unknown,
            ),
            ("binance-spot", 404, r#"{"code":-9999,"msg":"?"}"#, Means::NotFound),
            ("kraken-spot", 520, "<html>", unknown),
        ];
        for (venue, status, body, expected) in table {
            assert_eq!(read(venue, status, body).means, expected, "{venue} {status} {body}");
        }
    }

    /// One number, two meanings: a venue and its product have to be named.
    #[test]
    fn one_code_means_another_thing_on_another_product() {
        let spot =
            read("binance-spot", 409, r#"{"code":-2021,"msg":"Order cancel-replace partially failed.","data":{}}"#);
        let futures = read("binance-usdm-futures", 400, r#"{"code":-2021,"msg":"Order would immediately trigger."}"#);
        assert_eq!((spot.means, futures.means), (Means::HalfDone, Means::Rejected));
        let banned = read(
            "binance-spot",
            418,
            r#"{"code":-1003,"msg":"Way too much request weight used; IP banned until 1767571260000. Please use WebSocket Streams for live updates to avoid bans."}"#,
        );
        assert_eq!(banned.means, Means::Failed(Failure::Ban(until(60))));
    }

    proptest::proptest! {
        /// Whatever comes: it is read, and something is understood.
        #[test]
        fn any_response_can_be_read(status in 100_u16..600, body in ".{0,80}", place in 0_usize..5) {
            let venues = VenueReplies::all();
            let word = VenueWord::read(&venues[place], &RawReply { status, headers: Vec::new(), body }, NOW);
            proptest::prop_assert!(status < 500 || word.means != Means::Rejected);
        }
    }
}
