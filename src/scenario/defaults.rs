use super::load::Setting;
use super::registry::Parameters;
use super::trial::Trial;

impl Trial {
    /// The strategy's parameters that the scenario does not give, as a scenario would give them. One that cannot be given, such
    /// as what is worked out in the run, has a key that TOML takes for a comment.
    #[must_use]
    pub fn strategy_defaults(&self) -> Vec<Setting> {
        let key = |name: &str| format!("{}.{name}", Parameters::AT);
        let absent = |key: &str| self.scenario.document.source_of(key).is_none();
        let all = self.strategy.parameters.iter().map(|(name, value)| (key(name), value));
        all.filter(|(key, _)| absent(key)).map(|(key, value)| self.strategy_default(key, value)).collect()
    }

    fn strategy_default(&self, key: String, shown: &str) -> Setting {
        let source = "default of the strategy".to_owned();
        let quoted = toml::Value::String(shown.to_owned()).to_string();
        match [quoted, shown.to_owned()].into_iter().find(|value| self.is_the_same_with(&key, value)) {
            Some(value) => Setting { key, value, source },
            None => Setting { key: format!("# {key}"), value: shown.to_owned(), source },
        }
    }

    /// True when the scenario with `key = value` has the same strategy.
    fn is_the_same_with(&self, key: &str, value: &str) -> bool {
        let mut document = self.scenario.document.clone();
        let is_toml = document.add("default", &format!("{key} = {value}")).is_ok();
        let strategy = is_toml.then(|| self.builder.build(&Parameters::of(&document), &self.instruments()));
        strategy.is_some_and(|strategy| strategy.is_ok_and(|strategy| strategy.describe() == self.strategy))
    }
}
