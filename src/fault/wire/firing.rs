use crate::model::WireFault;
use crate::units::{Span, Timestamp};
use std::cell::RefCell;
use std::rc::Rc;

/// A fault that has fired: enough to have it fire again by a script, at the same occasion and for as long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Firing {
    /// Which.
    pub fault: WireFault,
    /// Its number on its connection, as in the journal.
    pub cause: u64,
    /// When.
    pub at: Timestamp,
    /// Number of the occasion among those of its family on its connection, from 1; 0 for a lost stream, which has none.
    pub occasion: u64,
    /// How long it lasts, or by how much it delays.
    pub lasts: Span,
}

/// Where a connection notes its firings for whoever wants to have them again.
pub type Firings = Rc<RefCell<Vec<Firing>>>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::wire::{FamilySpec, FaultPlan, Profile, Scripted, ScriptedFault, WireFaults};
    use crate::rng::Streams;
    use crate::units::MILLISECOND;
    use proptest::prelude::*;

    /// What fires on a connection that is busy for three minutes, and what was noted of it.
    fn busy(plan: &FaultPlan) -> (Vec<String>, Vec<Firing>) {
        let noted = Firings::default();
        let start = Timestamp::from_nanos(0);
        let mut faults = WireFaults::new(plan, Streams::new(7), "0", start).noting(Some(noted.clone()));
        let mut fates = Vec::new();
        for number in 0..1_800_i64 {
            let at = start.plus(MILLISECOND.times(100 * number));
            while faults.next_turn() <= at {
                let turn = faults.next_turn();
                fates.push(format!("{:?}", faults.turn(turn)));
            }
            fates.push(format!("{:?}", faults.on_request(at)));
            fates.push(format!("{:?}", faults.at_front(at)));
            fates.push(format!("{:?}", faults.on_reply(at, number % 5 == 0)));
            fates.push(format!("{:?}", faults.overlooks(at, at)));
        }
        (fates, noted.take())
    }

    fn script(firings: &[Firing]) -> Vec<ScriptedFault> {
        let when = |firing: &Firing| match firing.occasion {
            0 => Scripted::At(firing.at),
            nth => Scripted::Nth(nth),
        };
        let fault = |firing: &Firing| ScriptedFault {
            fault: firing.fault,
            when: when(firing),
            lasts: Some(firing.lasts).filter(|_| *FamilySpec::of(firing.fault).lasts.end() != Span::ZERO),
        };
        firings.iter().map(fault).collect()
    }

    proptest! {
        /// What fired by chance fires by a script of it, at the same occasions and for as long, and nothing else does.
        #[test]
        fn what_fired_by_chance_fires_by_its_script(rates in proptest::collection::btree_map(0_usize..28, 1_000_u32..100_000, 0..17)) {
            let rates_ppm = rates.into_iter().map(|(place, rate)| (WireFault::ALL[place], rate)).collect();
            let heals_at = Timestamp::from_nanos(0).plus(MILLISECOND.times(150_000));
            let chance = FaultPlan { rates_ppm, heals_at, ..FaultPlan::default() };
            let (fates, firings) = busy(&chance);
            let scripted = FaultPlan { profile: Profile::None, script: script(&firings), heals_at, ..FaultPlan::default() };
            prop_assert_eq!((fates, firings), busy(&scripted));
        }
    }

    /// A lost stream by the script is not forgotten where one by chance comes before it.
    #[test]
    fn a_scripted_outage_comes_after_one_by_chance() {
        let at = Timestamp::from_nanos(0).plus(MILLISECOND.times(120_000));
        let one =
            ScriptedFault { fault: WireFault::StreamDisconnect, when: Scripted::At(at), lasts: Some(MILLISECOND) };
        let rates_ppm = [(WireFault::StreamDisconnect, 200_000)].into_iter().collect();
        let plan = FaultPlan { rates_ppm, script: vec![one], heals_at: Timestamp::MAX, ..FaultPlan::default() };
        let (_, firings) = busy(&plan);
        assert!(firings.iter().any(|firing| firing.at < at), "{firings:?}");
        let found = firings.iter().filter(|firing| firing.lasts == MILLISECOND && at <= firing.at).count();
        assert_eq!(found, 1, "{firings:?}");
    }
}
