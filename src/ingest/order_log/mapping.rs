//! Which column of a log is what.

use super::stamp::LogStamp;
use crate::ingest::{IngestError, Mismatch, Place};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What a column can be. Those of `time`, `side`, `price` and `quantity` have to be there.
pub const COLUMNS: [&str; 10] =
    ["time", "side", "price", "quantity", "client_order_id", "event", "fee", "fee_asset", "liquidity", "symbol"];

/// What becomes of rows whose time lies outside of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outside {
    /// They are an error.
    #[default]
    Refuse,
    /// They are left out, and counted.
    Skip,
}

/// Whose clock fills are stamped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogClock {
    /// The venue's: when it matched.
    #[default]
    Venue,
    /// The bot's: when it heard.
    Bot,
}

/// How a log is read. Without a file columns have the names of [`COLUMNS`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogMapping {
    /// Name of each column in the file.
    pub columns: BTreeMap<String, String>,
    /// How times are written.
    pub time: LogStamp,
    /// Words of each kind, whatever their case: `buy`, `sell`, `order`, `fill`, `ignore`, `maker`, `taker`.
    pub words: BTreeMap<String, Vec<String>>,
    /// Take rows of this symbol alone; also which market of the run is meant.
    pub symbol: Option<String>,
    /// What stands before the bot's own number in the column of ids.
    pub id_prefix: String,
    /// A positive fee was received and not paid.
    pub fee_is_received: bool,
    /// Price that what is held at the end was valued at.
    pub final_price: Option<String>,
    /// Whose clock fills are stamped by.
    pub clock: LogClock,
    /// Rows outside of the run.
    pub outside: Outside,
    /// Between columns.
    pub delimiter: char,
    /// The file the mapping was read from.
    #[serde(skip)]
    pub origin: Option<std::path::PathBuf>,
}

impl Default for LogMapping {
    fn default() -> Self {
        Self {
            columns: BTreeMap::new(),
            time: LogStamp::Rfc3339,
            words: BTreeMap::new(),
            symbol: None,
            id_prefix: String::new(),
            fee_is_received: false,
            final_price: None,
            clock: LogClock::Venue,
            outside: Outside::Refuse,
            delimiter: ',',
            origin: None,
        }
    }
}

/// Words that are known without a mapping.
const WORDS: [(&str, &[&str]); 7] = [
    ("buy", &["buy", "b", "bid"]),
    ("sell", &["sell", "s", "ask"]),
    ("order", &["order", "new", "sent"]),
    ("fill", &["fill", "filled", "partially_filled", "trade"]),
    ("ignore", &[]),
    ("maker", &["maker", "m"]),
    ("taker", &["taker", "t"]),
];

impl LogMapping {
    /// Reads a mapping from a TOML file.
    ///
    /// # Errors
    /// [`IngestError`] with the line, and what is allowed there.
    pub fn read(path: &Path) -> Result<Self, IngestError> {
        let text = std::fs::read_to_string(path).map_err(IngestError::io(path, "cannot read"))?;
        let parsed = toml::from_str::<Self>(&text).map_err(|error| {
            let before = error.span().map_or("", |span| text.get(..span.start).unwrap_or(""));
            let line = before.matches('\n').count() as u64 + 1;
            let expected = "a mapping of a log: `columns`, `time`, `words`, `symbol`, `id_prefix`, `fee_is_received`, `final_price`, \
                            `clock`, `outside`, `delimiter`";
            Mismatch::new(error.message(), expected).at(path, Place::Line(line))
        })?;
        let mapping = Self { origin: Some(path.to_path_buf()), ..parsed };
        mapping.check().map_err(|mismatch| mismatch.at(path, Place::File))?;
        Ok(mapping)
    }

    /// Sets the name of a column, as in `client_order_id=clientOrderId`.
    ///
    /// # Errors
    /// [`Mismatch`] for another form, or a column that nothing is.
    pub fn set(&mut self, text: &str) -> Result<(), Mismatch> {
        let form = || Mismatch::new(text, "NAME=COLUMN, as in `client_order_id=clientOrderId`");
        let (name, column) = text.split_once('=').ok_or_else(form)?;
        self.columns.insert(name.trim().to_owned(), column.trim().to_owned());
        self.check()
    }

    fn check(&self) -> Result<(), Mismatch> {
        let unknown = self.columns.keys().find(|name| !COLUMNS.contains(&name.as_str()));
        if let Some(name) = unknown {
            return Err(Mismatch::new(name, format!("one of {}", COLUMNS.join(", "))).key("columns"));
        }
        let kinds: Vec<&str> = WORDS.iter().map(|(kind, _)| *kind).collect();
        if let Some(kind) = self.words.keys().find(|kind| !kinds.contains(&kind.as_str())) {
            return Err(Mismatch::new(kind, format!("one of {}", kinds.join(", "))).key("words"));
        }
        if !self.delimiter.is_ascii() {
            return Err(Mismatch::new(&self.delimiter.to_string(), "one ASCII character").key("delimiter"));
        }
        Ok(())
    }

    /// Name in the file of a column, and whether the mapping names it.
    pub(super) fn column(&self, name: &str) -> (String, bool) {
        self.columns.get(name).map_or_else(|| (name.to_owned(), false), |column| (column.clone(), true))
    }

    /// The kind of a word among `kinds`.
    pub(super) fn kind(&self, word: &str, kinds: &[&'static str]) -> Result<&'static str, Mismatch> {
        let found = kinds.iter().find(|kind| self.words_of(kind).iter().any(|known| known.eq_ignore_ascii_case(word)));
        found.copied().ok_or_else(|| {
            let known: Vec<String> =
                kinds.iter().map(|kind| format!("{kind} ({})", self.words_of(kind).join(", "))).collect();
            Mismatch::new(word, known.join(" or ")).hint("name other words under `words` of the mapping")
        })
    }

    /// Words of a kind: those of the mapping, else the usual ones.
    fn words_of(&self, kind: &str) -> Vec<String> {
        if let Some(words) = self.words.get(kind) {
            return words.clone();
        }
        let usual = WORDS.iter().find(|(known, _)| *known == kind).map(|(_, words)| *words);
        usual.unwrap_or_default().iter().map(|word| (*word).to_owned()).collect()
    }
}
