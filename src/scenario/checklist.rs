//! What a checklist asks of a run, by its name: `readiness.checklists`. When a scenario is read they become criteria, mandatory controls and limits of its
//! own, so that whoever reads it later finds nothing but these.

use super::document::closest;
use super::file::ScenarioFile;
use super::problem::Problem;
use crate::readiness::{Criterion, ResourceLimits};
use serde::Deserialize;

/// One checklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checklist {
    /// Its name, as in a scenario; the preset of its limits has the same.
    pub name: &'static str,
    /// Its text: what it asks, with the source of every figure.
    pub text: &'static str,
}

macro_rules! checklists {
    ($($name:literal),+ $(,)?) => {
        /// Every checklist, in their order.
        #[must_use]
        pub const fn checklists() -> &'static [Checklist] {
            &[$(Checklist { name: $name, text: include_str!(concat!("checklists/", $name, ".toml")) }),+]
        }
    };
}

checklists![
    "coinbase-bluefin-bot",
    "kraken-bot",
    "ai-trading-system",
    "adaptive-paper-network",
    "paper-trading-system",
];

/// What a checklist asks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    mandatory_controls: Vec<String>,
    resources: Option<ResourceLimits>,
    criteria: Vec<Criterion>,
}

impl Checklist {
    /// The checklist of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        checklists().iter().find(|checklist| checklist.name == name)
    }

    /// Its first sentence, without the mark of a comment.
    #[must_use]
    pub fn about(&self) -> String {
        super::preset::first_sentence(self.text)
    }

    /// # Panics
    /// When a checklist that comes with seatrial is no TOML of its kind: a test reads all of them.
    fn asked(&self) -> Asked {
        toml::from_str(self.text).unwrap_or_else(|error| panic!("checklist {}: {error}", self.name))
    }
}

/// Names of checklists that there are not.
pub(super) fn problems(file: &ScenarioFile) -> Vec<Problem> {
    let names: Vec<String> = checklists().iter().map(|checklist| checklist.name.to_owned()).collect();
    let unknown = |(place, name): (usize, &String)| {
        let allowed = format!("one of {}", names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "));
        let at = format!("readiness.checklists[{place}]");
        let mut problem = Problem::new(at, format!("unknown checklist `{name}`"), allowed);
        problem.hint = closest(name, &names).map(|known| format!("did you mean `{known}`?"));
        problem
    };
    let listed = file.readiness.checklists.iter().enumerate();
    let mut found: Vec<Problem> =
        listed.clone().filter(|(_, name)| Checklist::named(name).is_none()).map(unknown).collect();
    for (place, name) in listed {
        if file.readiness.checklists[..place].contains(name) {
            let at = format!("readiness.checklists[{place}]");
            found.push(Problem::new(at, format!("`{name}` a second time"), "each checklist once"));
        }
    }
    found
}

/// Puts what the checklists ask behind what the scenario asks itself. A criterion of the same name is the scenario's, and so is a limit that it has.
pub(super) fn unfold(file: &mut ScenarioFile) {
    for name in std::mem::take(&mut file.readiness.checklists) {
        let Some(asked) = Checklist::named(&name).map(Checklist::asked) else { continue };
        let readiness = &mut file.readiness;
        let own: Vec<String> = readiness.criteria.iter().map(|criterion| criterion.name.clone()).collect();
        readiness.criteria.extend(asked.criteria.into_iter().filter(|criterion| !own.contains(&criterion.name)));
        for control in asked.mandatory_controls {
            if !readiness.mandatory_controls.contains(&control) {
                readiness.mandatory_controls.push(control);
            }
        }
        if let Some(limits) = asked.resources {
            let own = file.resources.unwrap_or_default();
            file.resources = Some(own.or_stricter(&limits));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gates::catalogue;
    use crate::readiness::{Readiness, metric_names};
    use crate::scenario::{Overrides, Registry, Scenario};

    fn scenario(text: &str) -> Result<Scenario, String> {
        let text = format!("mode = \"paper\"\n{text}");
        Scenario::parse("s.toml", &text, None, &Overrides::default(), &Registry::builtin())
            .map_err(|problems| format!("{problems:?}"))
    }

    #[test]
    fn every_checklist_asks_for_what_there_is() {
        let gates: Vec<&str> = catalogue().iter().map(|gate| gate.name).collect();
        for checklist in checklists() {
            let asked = checklist.asked();
            let Asked { mandatory_controls, criteria, resources } = asked;
            assert!(resources.is_none_or(|limits| limits.problems().is_empty()), "{}", checklist.name);
            let readiness = Readiness { criteria, mandatory_controls, ..Readiness::default() };
            assert_eq!(readiness.check(&metric_names(), &gates), [], "{}", checklist.name);
            assert!(readiness.criteria.iter().all(|criterion| criterion.name.starts_with('L')), "{}", checklist.name);
        }
    }

    #[test]
    fn a_checklist_stands_behind_what_the_scenario_asks_itself() {
        let text = "[readiness]\nchecklists = [\"kraken-bot\"]\nmandatory_controls = [\"kill_switch\"]\n\
                    [[readiness.criteria]]\nname = \"mine\"\nmetric = \"uptime\"\ncomparison = \"above\"\nthreshold = \"0.5\"\n\
                    [resources]\nmemory_max_mb = 300\n";
        let file = scenario(text).unwrap().file;
        assert!(file.readiness.checklists.is_empty());
        assert_eq!(file.readiness.criteria[0].name, "mine");
        assert_eq!(file.readiness.criteria.len(), 1 + Checklist::named("kraken-bot").unwrap().asked().criteria.len());
        assert_eq!(file.readiness.mandatory_controls, ["kill_switch", "daily_loss", "total_loss"]);
        let limits = file.resources.unwrap();
        assert_eq!((limits.memory_max_mb, limits.memory_start_mb), (Some(300), Some(200)));
    }

    #[test]
    fn of_two_checklists_the_stricter_limit_counts() {
        let file = scenario("[readiness]\nchecklists = [\"coinbase-bluefin-bot\", \"kraken-bot\"]\n").unwrap().file;
        assert_eq!(file.resources.unwrap().memory_max_mb, Some(500));
    }

    #[test]
    fn a_name_that_there_is_not_is_refused_with_the_nearest() {
        let found =
            scenario("[readiness]\nchecklists = [\"kraken-bott\", \"kraken-bot\", \"kraken-bot\"]\n").unwrap_err();
        assert!(found.contains("did you mean `kraken-bot`?") && found.contains("a second time"), "{found}");
    }
}
