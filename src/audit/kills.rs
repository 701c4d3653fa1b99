//! Kills at many moments, and what followed them.

use crate::units::{MINUTE, Span, Timestamp};

/// How long a run goes on after its kill.
pub const FOLLOWED: Span = MINUTE;

/// What followed one kill.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Kill {
    /// When, in nanoseconds of venue time.
    pub at_ns: i64,
    /// Orders sent afterwards that could add risk: none, or the control has failed.
    pub added_risk: u64,
    /// Cancels that the kill demanded.
    pub demanded: u64,
    /// Those of them whose order ended within [`FOLLOWED`].
    pub confirmed: u64,
    /// Orders that reached the venue after the kill and had been sent before.
    pub on_their_way: u64,
    /// Time from the kill to the bot's knowledge of the last such end.
    pub last_confirmed_ns: i64,
    /// Something was held at the kill, or came in after it.
    pub held: bool,
    /// Time from the kill to a position of nothing, where the drill flattens and something was held.
    pub flat_after_ns: Option<i64>,
    /// What the audit found, first thing first; empty when nothing.
    pub finding: String,
}

/// The kills of a drill in figures.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct KillFigures {
    /// Kills.
    pub kills: u64,
    /// Orders sent after a kill that could add risk.
    pub added_risk: u64,
    /// Cancels demanded.
    pub demanded: u64,
    /// Those confirmed within [`FOLLOWED`].
    pub confirmed: u64,
    /// Orders on their way at a kill.
    pub on_their_way: u64,
    /// Kills with something to cancel, and the time to the last confirmation.
    pub cancelled: Times,
    /// Kills with something held, where the drill flattens.
    pub held: u64,
    /// Those that were flat within [`FOLLOWED`], and the time it took.
    pub flat: Times,
    /// Kills of which the audit found anything.
    pub unclean: u64,
}

/// Times in nanoseconds by nearest rank; zero where there are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Times {
    /// How many.
    pub count: u64,
    /// Median.
    pub p50_ns: i64,
    /// 99th percentile.
    pub p99_ns: i64,
    /// Largest.
    pub max_ns: i64,
}

impl Times {
    fn of(mut nanos: Vec<i64>) -> Self {
        nanos.sort_unstable();
        let rank = |percent: usize| nanos.get((nanos.len() * percent).div_ceil(100).max(1) - 1).copied();
        Self {
            count: nanos.len() as u64,
            p50_ns: rank(50).unwrap_or_default(),
            p99_ns: rank(99).unwrap_or_default(),
            max_ns: nanos.last().copied().unwrap_or_default(),
        }
    }
}

impl KillFigures {
    /// Sums up.
    #[must_use]
    pub fn of(kills: &[Kill]) -> Self {
        let sum = |of: fn(&Kill) -> u64| kills.iter().map(of).sum();
        let cancelled = kills.iter().filter(|kill| kill.confirmed > 0).map(|kill| kill.last_confirmed_ns);
        Self {
            kills: kills.len() as u64,
            added_risk: sum(|kill| kill.added_risk),
            demanded: sum(|kill| kill.demanded),
            confirmed: sum(|kill| kill.confirmed),
            on_their_way: sum(|kill| kill.on_their_way),
            cancelled: Times::of(cancelled.collect()),
            held: sum(|kill| u64::from(kill.held)),
            flat: Times::of(kills.iter().filter_map(|kill| kill.flat_after_ns).collect()),
            unclean: sum(|kill| u64::from(!kill.finding.is_empty())),
        }
    }

    /// True when nothing that adds risk left after any kill and the audit found nothing.
    #[must_use]
    pub const fn passed(&self) -> bool {
        self.added_risk == 0 && self.unclean == 0
    }

    /// True when every order that had to end was known to have ended within [`FOLLOWED`] and, where the drill flattens, nothing
    /// was held any more.
    #[must_use]
    pub const fn is_complete(&self, flattens: bool) -> bool {
        self.confirmed == self.demanded && (!flattens || self.flat.count == self.held)
    }
}

/// A kill drill as a run's manifest keeps it: nothing that scenario, market and seed do not lead to again.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct KillDrill {
    /// Seed of the moments.
    pub seed: u64,
    /// Each kill flattened as well.
    pub flatten: bool,
    /// What came of it.
    pub figures: KillFigures,
    /// The first thing that the audit found, and after which kill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
}

impl KillDrill {
    /// Sums up kills at moments of that seed.
    #[must_use]
    pub fn of((seed, flatten): (u64, bool), kills: &[Kill]) -> Self {
        let first = kills.iter().find(|kill| !kill.finding.is_empty());
        let first = first.map(|kill| format!("kill at {}: {}", Timestamp::from_nanos(kill.at_ns), kill.finding));
        Self { seed, flatten, figures: KillFigures::of(kills), first }
    }

    /// Why the kill switch did not hold, in words.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        let KillFigures { added_risk, unclean, kills, .. } = self.figures;
        let first = self.first.as_ref().map_or_else(String::new, |first| format!("; {first}"));
        (!self.figures.passed()).then(|| {
            format!("{added_risk} orders that add risk left after {kills} kills, {unclean} of them wrong by the audit{first}")
        })
    }

    /// What was still open when nobody followed any more, in words.
    #[must_use]
    pub fn left_open(&self) -> Option<String> {
        let KillFigures { demanded, confirmed, held, flat, .. } = self.figures;
        (!self.figures.is_complete(self.flatten)).then(|| {
            let flat =
                if self.flatten { format!(", {} of {held} kills ended flat", flat.count) } else { String::new() };
            format!("{confirmed} of {demanded} cancels confirmed within {FOLLOWED}{flat}")
        })
    }
}
