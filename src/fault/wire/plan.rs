use super::family::{FAMILIES, FamilyScript, FamilySpec};
use super::profile::Profile;
use crate::model::WireFault;
use crate::rng::Streams;
use crate::units::{Span, Timestamp};
use std::collections::BTreeMap;

/// A fault that fires because a scenario says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scripted {
    /// At the occasion with this number, from 1.
    Nth(u64),
    /// At the first occasion from this instant on.
    At(Timestamp),
}

/// One firing that a script wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScriptedFault {
    /// Which fault.
    pub fault: WireFault,
    /// When.
    pub when: Scripted,
    /// How long it lasts, or by how much it delays; drawn where nothing is said.
    pub lasts: Option<Span>,
}

/// Which faults a run has, and how often.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FaultPlan {
    /// Where chances come from that are not named.
    pub profile: Profile,
    /// Chances a million occasions in place of the profile's.
    pub rates_ppm: BTreeMap<WireFault, u32>,
    /// Each family of the profile is on or off, by its own throw of a coin.
    pub swarm: bool,
    /// Those that fire by the script.
    pub script: Vec<ScriptedFault>,
    /// From then on nothing goes wrong.
    pub heals_at: Timestamp,
}

/// A family with its chance and its script.
type Armed = (&'static FamilySpec, u32, FamilyScript);

impl FaultPlan {
    /// A fault of the feed can fire: by a chance or by the script.
    #[must_use]
    pub fn has_feed(&self) -> bool {
        let chance = |family: &FamilySpec| family.fault.is_of_feed() && self.rate_ppm(family.fault) > 0;
        self.script.iter().any(|scripted| scripted.fault.is_of_feed()) || FAMILIES.iter().any(chance)
    }

    /// One of these faults has a chance.
    #[must_use]
    pub fn is_drawn(&self, is_one: impl Fn(WireFault) -> bool) -> bool {
        FAMILIES.iter().any(|family| is_one(family.fault) && self.rate_ppm(family.fault) > 0)
    }

    /// No fault can ever fire.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.script.is_empty() && FAMILIES.iter().all(|family| self.rate_ppm(family.fault) == 0)
    }

    fn rate_ppm(&self, fault: WireFault) -> u32 {
        self.rates_ppm.get(&fault).copied().unwrap_or_else(|| self.profile.rate_ppm(fault))
    }

    /// A family of the profile takes part, or has a chance of its own.
    fn is_on(&self, fault: WireFault, streams: Streams) -> bool {
        let is_named = self.rates_ppm.contains_key(&fault);
        !self.swarm || is_named || streams.stream(&format!("fault/swarm/{fault}")).ratio(1, 2)
    }

    /// Families that can fire under this seed.
    pub(super) fn armed(&self, streams: Streams) -> impl Iterator<Item = Armed> {
        FAMILIES.iter().filter_map(move |spec| {
            let rate = if self.is_on(spec.fault, streams) { self.rate_ppm(spec.fault) } else { 0 };
            let (mut nth, mut at): FamilyScript = (Vec::new(), Vec::new());
            for ScriptedFault { when, lasts, .. } in self.script.iter().filter(|one| one.fault == spec.fault) {
                match when {
                    Scripted::Nth(number) => nth.push((*number, *lasts)),
                    Scripted::At(instant) => at.push((*instant, *lasts)),
                }
            }
            (rate > 0 || !nth.is_empty() || !at.is_empty()).then_some((spec, rate, (nth, at)))
        })
    }

    /// Names of the families that are on under this seed.
    #[must_use]
    pub fn families(&self, seed: u64) -> Vec<WireFault> {
        self.armed(Streams::new(seed)).map(|(spec, ..)| spec.fault).collect()
    }
}
