//! Limits named after the checklists that ask for them: a layer of a scenario below its own file, whose keys win.
//!
//! A preset is a TOML text that says behind every figure whose it is. What it arms is armed as if the scenario had said so; a scenario
//! that says otherwise (another limit, or `"off"`) has the last word.

use super::document::{Document, closest};
use super::problem::Problem;

/// One preset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// Its name, as in a scenario.
    pub name: &'static str,
    /// Its text: what it sets, with the source of every figure.
    pub text: &'static str,
}

macro_rules! presets {
    ($($name:literal),+ $(,)?) => {
        /// Every preset, in the order of the checklists.
        #[must_use]
        pub const fn presets() -> &'static [Preset] {
            &[$(Preset { name: $name, text: include_str!(concat!("presets/", $name, ".toml")) }),+]
        }
    };
}

presets![
    "coinbase-bluefin-bot",
    "kraken-bot",
    "kraken-bot-day-1",
    "kraken-bot-week-1",
    "ai-trading-system",
    "adaptive-paper-network",
    "paper-trading-system",
];

impl Preset {
    /// The preset of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        presets().iter().find(|preset| preset.name == name)
    }

    /// Its first sentence, without the mark of a comment.
    #[must_use]
    pub fn about(&self) -> String {
        first_sentence(self.text)
    }
}

/// The first sentence of the comment that a text begins with.
pub(super) fn first_sentence(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix("# "));
    let text = lines.collect::<Vec<_>>().join(" ");
    text.split_once(". ").map_or_else(|| text.clone(), |(first, _)| format!("{first}."))
}

/// The layers of a document with those of the preset that it names below them.
///
/// # Errors
/// A problem when there is no such preset.
pub(super) fn below(document: Document) -> Result<Document, Box<Problem>> {
    let Some(name) = document.text_at("preset") else { return Ok(document) };
    let Some(preset) = Preset::named(name) else {
        let names: Vec<String> = presets().iter().map(|preset| preset.name.to_owned()).collect();
        let allowed = format!("one of {}", names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "));
        let mut problem = Problem::new("preset", format!("unknown preset `{name}`"), allowed);
        problem.hint = closest(name, &names).map(|known| format!("did you mean `{known}`?"));
        return Err(Box::new(document.located(problem)));
    };
    Ok(document.above(&format!("preset {}", preset.name), preset.text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Overrides, Registry, Scenario};

    fn scenario(text: &str) -> Scenario {
        let overrides = Overrides::default();
        Scenario::parse("s.toml", text, None, &overrides, &Registry::builtin()).unwrap()
    }

    #[test]
    fn every_preset_is_a_scenario_and_says_of_every_figure_whose_it_is() {
        for preset in presets() {
            scenario(&format!("mode = \"paper\"\npreset = \"{}\"\n", preset.name));
            for line in preset.text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
                let source = line.split_once('#').map(|(_, source)| source.trim());
                let is_said = source.is_some_and(|source| {
                    ["L1:", "L2:", "L3:", "L4:", "L5:", "ours", "yours", "the list"]
                        .iter()
                        .any(|word| source.starts_with(word))
                });
                let is_bare_table = line.starts_with("[gates.") && source.is_none();
                assert!(is_said || is_bare_table, "{}: `{line}` does not say whose it is", preset.name);
            }
            assert!(preset.about().starts_with("Limits of checklist "), "{}", preset.about());
        }
    }

    #[test]
    fn a_scenario_has_the_last_word_over_its_preset() {
        let text = "mode = \"paper\"\npreset = \"adaptive-paper-network\"\n[gates]\ndrawdown = \"off\"\n[gates.daily_orders]\nmax = 7\n";
        let found = scenario(text);
        let gates = &found.file.gates;
        assert!(gates.drawdown.as_ref().is_none());
        assert_eq!(gates.daily_orders.as_ref().map(|limits| limits.max), Some(7));
        assert_eq!(gates.consecutive_losses.as_ref().map(|limits| limits.losses), Some(5));
        let of = |key: &str| {
            found.settings().iter().find(|setting| setting.key == key).map(|setting| setting.source.clone())
        };
        assert_eq!(of("gates.daily_orders.max"), Some("s.toml:6".to_owned()));
        assert!(
            of("gates.error_rate.errors").is_some_and(|source| source.starts_with("preset adaptive-paper-network:"))
        );
    }

    #[test]
    fn an_unknown_preset_is_answered_with_the_nearest() {
        let text = "mode = \"paper\"\npreset = \"kraken-bt\"\n";
        let error = Scenario::parse("s.toml", text, None, &Overrides::default(), &Registry::builtin()).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("s.toml:2") && text.contains("unknown preset `kraken-bt`"), "{text}");
    }
}
