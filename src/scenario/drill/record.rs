use super::{Drill, Outcome, Rig, drill};
use crate::scenario::{Manifest, ScenarioFile, Trial};
use crate::tape::TapeError;
use crate::units::Price;
use serde::{Deserialize, Serialize};

/// A drill as a run's manifest keeps it. It holds nothing that scenario, instrument and price do not lead to again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrillRecord {
    /// The control.
    pub control: String,
    /// What came of it: `passed`, `FAILED`, `not shown`, `no drill`, `not armed`.
    pub result: String,
    /// Why it is not passed; empty where the result says it all.
    pub reason: String,
    /// Ticks near which its market stood.
    pub price: i64,
    /// Hash of the gates' configuration it ran with.
    pub gates_hash: String,
}

impl DrillRecord {
    fn of(drill: &Drill, rig: &Rig, gates_hash: &str) -> Self {
        Self {
            control: drill.control.to_owned(),
            result: drill.outcome.words().to_owned(),
            reason: drill.outcome.why().to_owned(),
            price: rig.price.ticks(),
            gates_hash: gates_hash.to_owned(),
        }
    }

    /// True when the control acted where it had to and nowhere else.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.result == Outcome::Passed.words()
    }

    /// True when it did not.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.result == Outcome::Failed(String::new()).words()
    }
}

/// Mandatory controls that the scenario's own lane did not exercise.
fn unexercised(manifest: &Manifest) -> Vec<&str> {
    let acted = |name: &&String| {
        let gate = manifest.primary().gates.iter().find(|gate| gate.name == **name);
        gate.is_some_and(|gate| 0 < gate.refused + gate.tripped)
    };
    let controls = manifest.readiness.mandatory_controls.iter();
    controls.filter(|name| !acted(name)).map(String::as_str).collect()
}

/// Drills the mandatory controls that the run in `manifest` did not exercise.
///
/// # Errors
/// [`TapeError`] when the market cannot be read again for the price at which it starts.
pub fn drill_unexercised(trial: &Trial, manifest: &Manifest) -> Result<Vec<DrillRecord>, TapeError> {
    let names = unexercised(manifest);
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let rig = Rig::of(trial)?;
    let drills = drill(&rig, &names);
    Ok(drills.iter().map(|drill| DrillRecord::of(drill, &rig, &manifest.gates_hash)).collect())
}

/// The manifest's drills, made again from the scenario `file`: in order, each where its market stood.
pub(in crate::scenario) fn again(file: &ScenarioFile, gates_hash: &str, manifest: &Manifest) -> Vec<DrillRecord> {
    let one = |record: &DrillRecord| {
        let rig = Rig::new(file, &manifest.market.header.instrument, Price::new(record.price));
        let drills = drill(&rig, &[record.control.as_str()]);
        drills.first().map(|drill| DrillRecord::of(drill, &rig, gates_hash))
    };
    manifest.drills.iter().filter_map(one).collect()
}
