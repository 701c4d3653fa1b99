use super::run::bind;
use crate::scenario::{Registry, Scenario, Setting};

/// Every resolved value with its source, as a scenario that can be saved anywhere: its values, its tapes named from the root,
/// and the strategy's own defaults where its market can be opened.
pub fn config_text(scenario: &Scenario, registry: &Registry) -> String {
    let mut settings = scenario.from_root().settings();
    settings.extend(scenario.armed_without_settings());
    settings.extend(bind(scenario, registry).map(|trial| trial.strategy_defaults()).unwrap_or_default());
    settings_text(&settings)
}

/// `key = value  # source`, one a line, the sources in one column. Items of lists come last, below headers of their own:
/// whatever follows a header belongs to it.
fn settings_text(settings: &[Setting]) -> String {
    let lines: Vec<Line<'_>> = settings
        .iter()
        .map(|setting| Line { key: &setting.key, value: &setting.value, source: &setting.source })
        .collect();
    let width = lines.iter().map(|line| line.text().chars().count()).max().unwrap_or(0).min(70);
    let (mut plain, items): (Vec<Line<'_>>, Vec<Line<'_>>) = lines.into_iter().partition(|line| line.item().is_none());
    plain.sort_by_key(|line| line.text().trim_start_matches("# ").to_owned());
    let mut text: String = plain.iter().map(|line| line.shown(width)).collect();
    write_items("", &items, width, &mut text);
    text
}

/// Items of lists within `prefix`, each with what is plain in it first, and then its own lists.
fn write_items(prefix: &str, lines: &[Line<'_>], width: usize, text: &mut String) {
    for item in lines.chunk_by(|one, other| one.place() == other.place()) {
        let Some((list, _)) = item[0].place() else { continue };
        let header = format!("{prefix}{list}");
        text.push_str(&format!("\n[[{header}]]\n"));
        let within: Vec<Line<'_>> = item.iter().filter_map(Line::item).collect();
        let (plain, nested): (Vec<Line<'_>>, Vec<Line<'_>>) =
            within.into_iter().partition(|line| line.item().is_none());
        plain.iter().for_each(|line| text.push_str(&line.shown(width)));
        write_items(&format!("{header}."), &nested, width, text);
    }
}

/// One setting, its key as seen from the item that it is of.
#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    key: &'a str,
    value: &'a str,
    source: &'a str,
}

impl<'a> Line<'a> {
    /// The list and the place in it, for a value of an item.
    fn place(&self) -> Option<(&'a str, &'a str)> {
        let (list, rest) = self.key.split_once('[')?;
        Some((list, rest.split_once("].")?.0))
    }

    /// The same as seen from its item.
    fn item(&self) -> Option<Self> {
        let (_, rest) = self.key.split_once('[')?;
        Some(Self { key: rest.split_once("].")?.1, ..*self })
    }

    fn text(&self) -> String {
        // Of a list within another one what stands before the key is its header's.
        let key = self.key.rsplit_once("].").map_or(self.key, |(_, key)| key);
        format!("{key} = {}", self.value)
    }

    fn shown(&self, width: usize) -> String {
        format!("{:<width$}  # {}\n", self.text(), self.source)
    }
}
