use super::FaultPlan;
use super::family::Family;
use crate::model::WireFault;
use crate::rng::Streams;
use crate::units::Timestamp;

/// A stretch in which the bot's process does not run: nothing is heard, nothing is sent, no timer rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// The first instant at which it does not run.
    pub from: Timestamp,
    /// When it runs again.
    pub until: Timestamp,
}

/// When the bot's process does not run under this plan, in a run that starts at `start`: in order of time, apart from each other.
///
/// They are known before the run, since what the feed delivers meanwhile comes later. All markets and bots of a run are one process.
#[must_use]
pub fn pauses(plan: &FaultPlan, seed: u64, start: Timestamp) -> Vec<Pause> {
    let streams = Streams::new(seed);
    let Some((spec, rate, scripted)) = plan.armed(streams).find(|(spec, ..)| spec.fault == WireFault::LongPause) else {
        return Vec::new();
    };
    let mut family = Family::new(spec, rate, scripted, streams, "process");
    let (mut all, mut now) = (Vec::new(), start);
    loop {
        let (from, lasts) = family.next_outage(now);
        if plan.heals_at <= from {
            return all;
        }
        let lasts = lasts.unwrap_or_else(|| family.lasts());
        now = from.plus(lasts).min(plan.heals_at);
        if from < now {
            all.push(Pause { from, until: now });
        }
    }
}

/// When the process runs, at `at` or as soon as it does again.
#[must_use]
pub fn awake_at(pauses: &[Pause], at: Timestamp) -> Timestamp {
    let begun = pauses.partition_point(|pause| pause.from <= at);
    begun.checked_sub(1).and_then(|last| pauses.get(last)).map_or(at, |pause| at.max(pause.until))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::wire::{Scripted, ScriptedFault};
    use crate::units::{MILLISECOND, SECOND, Span};
    use proptest::prelude::*;

    fn second(number: i64) -> Timestamp {
        Timestamp::from_nanos(0).plus(SECOND.times(number))
    }

    fn at(number: i64, lasts: i64) -> ScriptedFault {
        let when = Scripted::At(second(number));
        ScriptedFault { fault: WireFault::LongPause, when, lasts: Some(SECOND.times(lasts)) }
    }

    #[test]
    fn scripted_pauses_begin_when_they_say_and_end_with_the_healing() {
        let plan =
            FaultPlan { script: vec![at(50, 20), at(10, 5), at(80, 3)], heals_at: second(60), ..FaultPlan::default() };
        let all = pauses(&plan, 1, second(0));
        let expected = [(10, 15), (50, 60)].map(|(from, until)| Pause { from: second(from), until: second(until) });
        assert_eq!(all, expected);
        assert!(pauses(&FaultPlan { heals_at: second(60), ..FaultPlan::default() }, 1, second(0)).is_empty());
    }

    proptest! {
        /// Whatever is drawn: apart, in order, within the length of their family and before the healing; and `awake_at` is the naive search.
        #[test]
        fn drawn_pauses_are_apart(seed in any::<u64>(), rate in 1_000_u32..1_000_000, asked in 0_i64..600_000) {
            let rates_ppm = [(WireFault::LongPause, rate)].into_iter().collect();
            let plan = FaultPlan { rates_ppm, script: vec![at(100, 7)], heals_at: second(500), ..FaultPlan::default() };
            let all = pauses(&plan, seed, second(0));
            prop_assert!(all.iter().all(|pause| pause.from < pause.until && pause.until <= second(500)));
            prop_assert!(all.windows(2).all(|pair| pair[0].until <= pair[1].from));
            prop_assert!(all.iter().all(|pause| pause.until.since(pause.from) <= SECOND.times(60)));
            let scripted = |pause: &Pause| second(100) <= pause.from && pause.until.since(pause.from) == SECOND.times(7);
            prop_assert!(all.iter().any(scripted) || all.last().is_some_and(|last| last.until == second(500)));
            let at = Timestamp::from_nanos(0).plus(MILLISECOND.times(asked));
            // Two that touch are one as far as it goes: the later is met by whoever asks again.
            let naive = all.iter().find(|pause| pause.from <= at && at < pause.until).map_or(at, |pause| pause.until);
            prop_assert_eq!(awake_at(&all, at), naive);
            prop_assert!(awake_at(&[], at) == at && Span::ZERO == at.since(awake_at(&[], at)));
        }
    }
}
