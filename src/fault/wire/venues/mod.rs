//! How each venue shows a fault: codes, messages and statuses out of dated profiles, each with its source.

mod known;
mod shape;

pub use known::Known;
pub use shape::{RawReply, Said};

use crate::model::WireFault;
use serde::Deserialize;

/// Names of the profiles with their text; `data/venues` holds them.
pub const VENUES: [(&str, &str); 5] = [
    ("binance-spot", include_str!("../../../../data/venues/binance-spot.toml")),
    ("binance-usdm-futures", include_str!("../../../../data/venues/binance-usdm-futures.toml")),
    ("bybit-v5-linear", include_str!("../../../../data/venues/bybit-v5-linear.toml")),
    ("coinbase-advanced", include_str!("../../../../data/venues/coinbase-advanced.toml")),
    ("kraken-spot", include_str!("../../../../data/venues/kraken-spot.toml")),
];

/// What one venue replies, as of a day.
#[derive(Debug, Clone, Deserialize)]
pub struct VenueReplies {
    /// The venue.
    pub venue: String,
    /// Its product.
    pub product: String,
    /// Which of its environments.
    pub environment: String,
    /// The day of the source, `YYYY-MM-DD`.
    pub as_of: String,
    /// Where it was read.
    pub sources: Vec<VenueSource>,
    /// The replies.
    pub replies: Vec<VenueReply>,
    /// Where code and message stand.
    pub shape: toml::Table,
    /// Limits of rate and connection.
    pub limits: toml::Value,
}

/// Where something was read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VenueSource {
    /// Its name within the profile.
    pub name: String,
    /// `primary` is the venue's own, `secondary` a copy or a client of it.
    pub kind: String,
    /// Repository, where it is in one.
    pub repository: Option<String>,
    /// Path in it.
    pub path: Option<String>,
    /// Version of it.
    pub commit: Option<String>,
    /// Address, where it is a page.
    pub url: Option<String>,
    /// The page that it is a copy of.
    pub copy_of: Option<String>,
    /// Day of the page.
    pub dated: Option<String>,
    /// What it is.
    pub describes: Option<String>,
}

/// One reply.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VenueReply {
    /// When it is given.
    pub condition: String,
    /// Name of the template of its body, where it is not `body`.
    pub body: Option<String>,
    /// It is no error reply: it stands in an ordinary one, or in a stream.
    #[serde(default)]
    pub ordinary: bool,
    /// Status of the response, where the source says it.
    pub http_status: Option<u16>,
    /// Its code; empty where the venue has none and the message is all.
    #[serde(default)]
    pub code: String,
    /// Its text; empty where the source names none.
    #[serde(default)]
    pub message: String,
    /// How long to wait is said there.
    pub retry_after: Option<String>,
    /// Name of the source.
    pub source: String,
    /// What surprises.
    pub note: Option<String>,
}

impl VenueReply {
    /// Code, message and status in one line.
    #[must_use]
    pub fn words(&self) -> String {
        let status = self.http_status.map(|status| format!("HTTP {status}"));
        let code = Some(self.code.clone()).filter(|code| !code.is_empty());
        let message = Some(format!("“{}”", self.message)).filter(|_| !self.message.is_empty());
        status.into_iter().chain(code).chain(message).collect::<Vec<_>>().join(" ")
    }
}

impl VenueReplies {
    /// The profile of that name.
    ///
    /// # Errors
    /// The names there are, or what is wrong with the text.
    pub fn called(name: &str) -> Result<Self, String> {
        let names = || VENUES.map(|(name, _)| name).join(", ");
        let (_, text) = VENUES
            .iter()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| format!("unknown venue `{name}`; expected one of {}", names()))?;
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// All profiles.
    #[must_use]
    pub fn all() -> Vec<Self> {
        VENUES.iter().filter_map(|(name, _)| Self::called(name).ok()).collect()
    }

    /// Its name: venue and product.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}-{}", self.venue, self.product)
    }

    /// What it replies where this fault fires; nothing where its documents name no reply.
    pub fn of(&self, fault: WireFault) -> impl Iterator<Item = &VenueReply> {
        let conditions = conditions(fault);
        self.replies.iter().filter(move |reply| conditions.contains(&reply.condition.as_str()))
    }

    /// Status, code and message of a reply in one line; of a page that it is one.
    #[must_use]
    pub fn words_of(&self, reply: &VenueReply) -> String {
        let words = reply.words();
        if words.is_empty() { "no status, code or message is named".to_owned() } else { words }
    }

    /// The source of that name.
    #[must_use]
    pub fn source(&self, name: &str) -> Option<&VenueSource> {
        self.sources.iter().find(|source| source.name == name)
    }
}

/// Conditions under which a venue's replies are those of a fault; a message that is lost has none.
#[must_use]
pub const fn conditions(fault: WireFault) -> &'static [&'static str] {
    match fault {
        WireFault::UnknownExecuted | WireFault::UnknownNotExecuted => {
            &["unknown-execution", "engine-timeout", "internal-error", "service-unavailable"]
        }
        WireFault::QueryLags => &["order-not-found"],
        WireFault::RateLimit => &["rate-limit", "too-many-orders-sent"],
        WireFault::OrderBudget => &["too-many-orders-sent"],
        WireFault::ReplaceNotPlaced | WireFault::ReplaceNotCancelled => &["cancel-replace-partial"],
        WireFault::Ban => &["ban"],
        WireFault::ClockSkew => &["clock-skew"],
        WireFault::InvalidNonce => &["invalid-nonce"],
        WireFault::KeyRevoked => &["key-revoked", "permission-denied"],
        WireFault::Firewall => &["firewall"],
        WireFault::Overload => &["overload"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_profile_is_dated_and_every_reply_has_a_source() {
        for (name, _) in VENUES {
            let venue = VenueReplies::called(name).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(name.starts_with(&venue.venue), "{name}");
            assert!(venue.as_of.len() == 10 && venue.as_of.starts_with("202"), "{name}: {}", venue.as_of);
            assert!(!venue.shape.is_empty(), "{name}: no shape");
            for source in &venue.sources {
                let is_read = source.commit.as_ref().is_some_and(|commit| commit.len() == 40)
                    || source.copy_of.is_some()
                    || source.url.is_some()
                    || source.describes.is_some();
                assert!(is_read, "{name}: source {} names neither version nor page", source.name);
                assert!(["primary", "secondary"].contains(&source.kind.as_str()), "{name}: {}", source.kind);
            }
            for reply in &venue.replies {
                assert!(venue.source(&reply.source).is_some(), "{name}: {} has no source", reply.condition);
                assert!(!reply.words().is_empty() || reply.note.is_some(), "{name}: {} says nothing", reply.condition);
            }
        }
        assert!(VenueReplies::called("nowhere").is_err_and(|error| error.contains("kraken-spot")));
    }

    /// What a venue's front answers has a code at one venue at least, and each venue has most of them.
    #[test]
    fn faults_have_the_venues_own_codes() {
        let venues = VenueReplies::all();
        for fault in WireFault::ALL.into_iter().filter(|fault| !conditions(*fault).is_empty()) {
            assert!(venues.iter().any(|venue| venue.of(fault).next().is_some()), "{fault}: no venue shows it");
        }
        let code = |name: &str, fault| {
            let venue = VenueReplies::called(name).expect("a profile");
            venue.of(fault).map(|reply| reply.code.clone()).collect::<BTreeSet<_>>()
        };
        assert!(WireFault::ALL.into_iter().all(|fault| fault.is_answered() != conditions(fault).is_empty()));
        assert!(code("binance-spot", WireFault::ClockSkew).contains("-1021"));
        assert!(code("binance-spot", WireFault::UnknownExecuted).contains("-1007"));
        assert!(code("bybit-v5-linear", WireFault::RateLimit).contains("10006"));
    }
}
