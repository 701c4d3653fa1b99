use super::run::bind;
use crate::scenario::{Registry, Scenario, Setting};

/// Every resolved value with its source, as a scenario that can be saved anywhere: its values, its tapes named from the root,
/// and the strategy's own defaults where its market can be opened.
pub fn config_text(scenario: &Scenario, registry: &Registry) -> String {
    let mut settings = scenario.from_root().settings();
    settings.extend(bind(scenario, registry).map(|trial| trial.strategy_defaults()).unwrap_or_default());
    settings_text(&settings)
}

/// `key = value  # source`, one a line, the sources in one column. Items of lists come last, below headers of their own:
/// whatever follows a header belongs to it.
fn settings_text(settings: &[Setting]) -> String {
    let lines: Vec<Line<'_>> = settings.iter().map(Line::of).collect();
    let width = lines.iter().map(|line| line.text.chars().count()).max().unwrap_or(0).min(70);
    let (mut plain, items): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line.item.is_none());
    plain.sort_by_key(|line| line.text.trim_start_matches("# "));
    let mut text: String = plain.into_iter().map(|line| line.shown(width)).collect();
    let mut last = None;
    for line in items {
        if line.item != last {
            last = line.item;
            let list = line.item.map_or("", |(list, _)| list);
            text.push_str(&format!("\n[[{list}]]\n"));
        }
        text.push_str(&line.shown(width));
    }
    text
}

/// One setting.
struct Line<'a> {
    /// The list and the place in it, for a value of an item.
    item: Option<(&'a str, &'a str)>,
    text: String,
    source: &'a str,
}

impl<'a> Line<'a> {
    fn of(setting: &'a Setting) -> Self {
        let in_list = setting.key.split_once('[').and_then(|(list, rest)| Some((list, rest.split_once("].")?)));
        let (item, key) = match in_list {
            Some((list, (index, key))) => (Some((list, index)), key),
            None => (None, setting.key.as_str()),
        };
        Self { item, text: format!("{key} = {}", setting.value), source: &setting.source }
    }

    fn shown(&self, width: usize) -> String {
        format!("{:<width$}  # {}\n", self.text, self.source)
    }
}
