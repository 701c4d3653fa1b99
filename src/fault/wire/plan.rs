use super::family::{FAMILIES, FamilySpec};
use super::profile::Profile;
use crate::model::WireFault;
use crate::rng::Streams;
use crate::units::Timestamp;
use std::collections::BTreeMap;

/// A fault that fires because a scenario says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scripted {
    /// At the occasion with this number, from 1.
    Nth(u64),
    /// At the first occasion from this instant on.
    At(Timestamp),
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
    pub script: Vec<(WireFault, Scripted)>,
    /// From then on nothing goes wrong.
    pub heals_at: Timestamp,
}

/// A family with its chance and its script.
type Armed = (&'static FamilySpec, u32, (Vec<u64>, Vec<Timestamp>));

impl FaultPlan {
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
            let of = |scripted: &&(WireFault, Scripted)| scripted.0 == spec.fault;
            let nth = self.script.iter().filter(of).filter_map(|(_, when)| match when {
                Scripted::Nth(nth) => Some(*nth),
                Scripted::At(_) => None,
            });
            let at = self.script.iter().filter(of).filter_map(|(_, when)| match when {
                Scripted::At(at) => Some(*at),
                Scripted::Nth(_) => None,
            });
            let (nth, at): (Vec<u64>, Vec<Timestamp>) = (nth.collect(), at.collect());
            (rate > 0 || !nth.is_empty() || !at.is_empty()).then_some((spec, rate, (nth, at)))
        })
    }

    /// Names of the families that are on under this seed.
    #[must_use]
    pub fn families(&self, seed: u64) -> Vec<WireFault> {
        self.armed(Streams::new(seed)).map(|(spec, ..)| spec.fault).collect()
    }
}
