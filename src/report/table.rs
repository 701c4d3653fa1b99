//! One description of a table for page, Markdown and terminal.

use super::text::{plain, prose};
use std::borrow::Cow;

/// What a cell feels like; colour is never its only sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    #[default]
    Plain,
    Good,
    Bad,
    Doubt,
    Muted,
}

impl Tone {
    /// CSS class.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Doubt => "doubt",
            Self::Muted => "muted",
        }
    }

    /// A sign that needs no colour.
    pub const fn glyph(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Bad => "✕",
            Self::Doubt => "?",
            Self::Plain | Self::Muted => "",
        }
    }
}

/// A horizontal bar in a cell, from `start` to `end`, both in 0..=1; `origin` is marked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    pub start: f64,
    pub end: f64,
    pub origin: f64,
    pub tone: Tone,
}

impl Bar {
    /// Left edge in a picture of `width`.
    pub fn left(&self, width: f64) -> String {
        format!("{:.1}", self.start.min(self.end) * width)
    }

    /// Width in a picture of `width`; anything but nothing shows.
    pub fn wide(&self, width: f64) -> String {
        let share = (self.end - self.start).abs();
        let least = if share > 0.0 { 1.5 } else { 0.0 };
        format!("{:.1}", (share * width).max(least))
    }

    /// Position of the origin in a picture of `width`.
    pub fn zero(&self, width: f64) -> String {
        format!("{:.1}", self.origin * width)
    }
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cell {
    pub text: String,
    pub note: String,
    pub tone: Tone,
    pub is_pill: bool,
    pub is_code: bool,
    /// A part of the row above.
    pub is_part: bool,
    pub bar: Option<Bar>,
}

impl Cell {
    pub fn new(text: impl AsRef<str>) -> Self {
        Self { text: plain(text.as_ref()), ..Self::default() }
    }

    pub fn note(mut self, note: impl AsRef<str>) -> Self {
        self.note = prose(note.as_ref());
        self
    }

    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// Drawn as a label with the tone's sign.
    pub fn pill(mut self, tone: Tone) -> Self {
        self.is_pill = true;
        self.tone(tone)
    }

    /// Set in a fixed-width face.
    pub fn code(mut self) -> Self {
        self.is_code = true;
        self
    }

    /// Set as a part of the row above.
    pub fn part(mut self) -> Self {
        self.is_part = true;
        self
    }

    pub fn bar(mut self, bar: Bar) -> Self {
        self.bar = Some(bar);
        self
    }

    /// CSS class.
    pub fn class(&self, is_number: bool) -> String {
        let classes = [(is_number, "num"), (self.is_part, "part"), (true, self.tone.class())];
        let set = classes.iter().filter(|(is_set, class)| *is_set && !class.is_empty());
        set.map(|(_, class)| *class).collect::<Vec<_>>().join(" ")
    }

    /// Text with the sign of its tone, for formats without pills.
    pub fn signed_text(&self) -> String {
        match (self.is_pill, self.tone.glyph()) {
            (true, glyph) if !glyph.is_empty() => format!("{glyph} {}", self.text),
            _ => self.text.clone(),
        }
    }
}

/// How a column is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Text,
    Number,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub title: Cow<'static, str>,
    pub align: Align,
}

impl Column {
    pub fn is_number(&self) -> bool {
        self.align == Align::Number
    }
}

/// A column of words.
pub const fn words(title: &'static str) -> Column {
    Column { title: Cow::Borrowed(title), align: Align::Text }
}

/// A column of figures.
pub const fn figures(title: &'static str) -> Column {
    Column { title: Cow::Borrowed(title), align: Align::Number }
}

/// A column of figures whose title is made from what was run.
pub fn figures_of(title: &str) -> Column {
    Column { title: Cow::Owned(plain(title)), align: Align::Number }
}

/// Rows under columns; every row has one cell per column.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    pub fn new(columns: Vec<Column>, rows: Vec<Vec<Cell>>) -> Self {
        for row in &rows {
            assert!(row.len() == columns.len(), "a row of {} cells under {} columns", row.len(), columns.len());
        }
        Self { columns, rows }
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Cells of a row with their columns.
    pub fn cells<'a>(&'a self, row: &'a [Cell]) -> impl Iterator<Item = (&'a Column, &'a Cell)> {
        self.columns.iter().zip(row)
    }
}
