/// How a fault of the catalogue is tried here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// By a family of faults on the wire, or of the feed.
    Wire(&'static str),
    /// By a disturbance of a scenario.
    Disturbance(&'static str),
    /// By a violent market.
    Shock(&'static str),
    /// By a command or an event of a scenario.
    Script(&'static str),
    /// By a rule of the venue, whenever a bot breaks it.
    Rule(&'static str),
    /// Whenever a run is long enough.
    Always,
    /// Needs margin and liquidation.
    NeedsMargin,
}

impl Tried {
    /// In words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Wire(name) => format!("[faults] {name}"),
            Self::Disturbance(name) => format!("[[disturbances]] {name}"),
            Self::Shock(name) => format!("[[market.shocks]] {name}"),
            Self::Script(name) => name.to_owned(),
            Self::Rule(reason) => format!("venue rule: {reason}"),
            Self::Always => "whenever a run crosses one".to_owned(),
            Self::NeedsMargin => "not yet: needs margin and liquidation".to_owned(),
        }
    }

    /// It can be tried.
    #[must_use]
    pub const fn is_there(self) -> bool {
        !matches!(self, Self::NeedsMargin)
    }
}

/// Everything that goes wrong between bots and venues, by number, and how it is tried here.
pub const CATALOGUE: [(u8, &str, Tried); 60] = [
    (1, "feed disconnect", Tried::Disturbance("feed-disconnect")),
    (2, "frozen feed", Tried::Disturbance("feed-stall")),
    (3, "slow feed", Tried::Wire("slow-feed")),
    (4, "sequence gap", Tried::Wire("sequence-gap")),
    (5, "duplicate market message", Tried::Wire("duplicate-message")),
    (6, "market message out of order", Tried::Wire("out-of-order")),
    (7, "snapshot older than the difference buffer", Tried::Wire("stale-snapshot")),
    (8, "checksum mismatch", Tried::Wire("checksum-mismatch")),
    (9, "crossed or locked book", Tried::Wire("crossed-book")),
    (10, "bad tick", Tried::Wire("bad-tick")),
    (11, "empty side or vanished depth", Tried::Shock("slow-failure")),
    (12, "flash crash or gap", Tried::Shock("gap")),
    (13, "book deeper than the subscription", Tried::Wire("depth-limit")),
    (14, "tick, lot or notional changes while running", Tried::Shock("tick-size-change")),
    (15, "slow consumer", Tried::Wire("slow-consumer")),
    (16, "reconnect storm", Tried::Wire("reconnect-storm")),
    (17, "acknowledgement lost, order live", Tried::Wire("reply-lost")),
    (18, "unknown state", Tried::Wire("unknown-executed")),
    (19, "query says not found although it exists", Tried::Wire("query-lags")),
    (20, "duplicate report", Tried::Wire("duplicate-report")),
    (21, "fill before acknowledgement", Tried::Wire("fill-before-ack")),
    (22, "late fill after the cancel's acknowledgement", Tried::Wire("late-fill")),
    (23, "cancel rejected, already filled", Tried::Rule("unknown order")),
    (24, "partial fill, rest expired", Tried::Rule("immediate or cancel")),
    (25, "cancel-replace half done", Tried::Wire("replace-not-placed")),
    (26, "amend races a fill", Tried::Rule("an amend to or below what is executed ends the order")),
    (27, "post-only would take", Tried::Rule("post-only would take")),
    (28, "reduce-only refused or cut", Tried::Rule("reduce-only")),
    (29, "duplicate client order id", Tried::Rule("duplicate client order id")),
    (30, "stop rejected, already through", Tried::Rule("would trigger immediately")),
    (31, "self-trade prevention", Tried::Rule("self-trade prevention")),
    (32, "stop or OCO leg lost on restart", Tried::Wire("stop-lost")),
    (33, "price outside of the band", Tried::Rule("price out of range")),
    (34, "tick, lot or precision reject", Tried::Rule("price increment and lot size")),
    (35, "below minimum notional", Tried::Rule("notional below minimum")),
    (36, "too many open orders", Tried::Rule("too many open orders")),
    (37, "insufficient balance", Tried::Rule("insufficient balance")),
    (38, "rate limit", Tried::Wire("rate-limit")),
    (39, "ban", Tried::Wire("ban")),
    (40, "order-count budget", Tried::Wire("order-budget")),
    (41, "clock skew", Tried::Wire("clock-skew")),
    (42, "nonce reject", Tried::Wire("invalid-nonce")),
    (43, "key revoked", Tried::Wire("key-revoked")),
    (44, "web firewall", Tried::Wire("firewall")),
    (45, "overload", Tried::Wire("overload")),
    (46, "maintenance", Tried::Disturbance("venue-error")),
    (47, "halt and reopening", Tried::Shock("halt-and-reopening")),
    (48, "delisting", Tried::Script("[[delistings]]")),
    (49, "leverage or tier cut", Tried::NeedsMargin),
    (50, "fee-tier change", Tried::Script("[[events]] kind = \"fee\", after the fills")),
    (51, "funding spike", Tried::Shock("funding-spike")),
    (52, "liquidation", Tried::NeedsMargin),
    (53, "auto-deleveraging", Tried::NeedsMargin),
    (54, "trade bust or price correction", Tried::Script("[[events]] kind = \"bust\" or \"correct\"")),
    (55, "dead man's switch fires", Tried::Wire("dead-mans-switch")),
    (56, "crash or restart with lost memory", Tried::Script("[[commands]] restart-without-state")),
    (57, "torn journal, full disk", Tried::Wire("torn-write")),
    (58, "long pause", Tried::Wire("long-pause")),
    (59, "day rollover, leap day, month end", Tried::Always),
    (60, "two instances run", Tried::Wire("two-instances")),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::WireFault;
    use crate::synth::SHOCKS;

    #[test]
    fn what_the_catalogue_says_is_there_is_there() {
        assert!(CATALOGUE.iter().map(|(number, ..)| *number).eq(1..=60));
        for (number, name, tried) in CATALOGUE {
            match tried {
                Tried::Wire(family) => {
                    let fault = WireFault::named(family).unwrap_or_else(|| panic!("{number} {name}: {family}"));
                    // The number 3 was given away before there was a slow feed.
                    assert!(fault as u8 == number || fault == WireFault::SlowFeed, "{name}");
                }
                Tried::Shock(shock) => assert!(SHOCKS.iter().any(|(known, _)| *known == shock), "{number}: {shock}"),
                Tried::Disturbance(kind) => {
                    let known = serde_json::from_value::<crate::scenario::Fault>(kind.into());
                    assert!(known.is_ok(), "{number}: {kind}");
                }
                _ => {}
            }
        }
        // Beside those of the catalogue there are seven that its numbers have no place for.
        let listed = |fault: &WireFault| CATALOGUE.iter().any(|(.., tried)| *tried == Tried::Wire(fault.as_str()));
        let unlisted: Vec<WireFault> = WireFault::ALL.into_iter().filter(|fault| !listed(fault)).collect();
        assert_eq!(
            unlisted,
            [
                WireFault::StreamDisconnect,
                WireFault::RequestLost,
                WireFault::RequestDelayed,
                WireFault::UnknownNotExecuted,
                WireFault::ReplaceNotCancelled,
                WireFault::SlowDisk,
                WireFault::FullDisk
            ]
        );
    }
}
