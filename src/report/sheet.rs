//! One description of a page of tables for a browser, a pull request and a terminal.

use super::ReportError;
use super::markdown;
use super::section::Card;
use super::table::{Table, Tone};
use super::terminal::{self, Colour};
use super::text::markdown as safe;
use askama::Template;

/// A page of tables under a verdict. Its texts are plain already, but for what Markdown and HTML escape themselves.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sheet {
    pub title: String,
    pub headline: String,
    pub tone: Tone,
    pub reason: String,
    /// What was compared, a line each.
    pub scope: Vec<String>,
    /// Printed before everything else.
    pub warnings: Vec<String>,
    /// What the verdict rests on, a sentence each.
    pub reasons: Vec<String>,
    pub cards: Vec<Card>,
    pub sections: Vec<Section>,
    pub footer: String,
}

/// Tables under a title.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Section {
    pub anchor: &'static str,
    pub title: String,
    /// What the tables say, a paragraph each.
    pub lead: Vec<String>,
    pub tables: Vec<Part>,
    /// Said where there are no tables.
    pub empty: String,
    /// In the page alone.
    pub pictures: Vec<Picture>,
    /// Commands, a line each.
    pub commands: Vec<String>,
    /// Shown in the page when it is asked for.
    pub is_folded: bool,
}

/// A picture with its words.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Picture {
    pub title: String,
    /// What it shows, as a label.
    pub found: String,
    pub tone: Tone,
    pub caption: String,
    /// Empty where there is nothing to draw.
    pub svg: String,
}

/// A table of a section.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Part {
    pub title: String,
    pub class: &'static str,
    pub table: Table,
}

impl Section {
    pub fn new(anchor: &'static str, title: impl Into<String>) -> Self {
        Self { anchor, title: title.into(), ..Self::default() }
    }

    /// With a paragraph.
    pub fn lead(mut self, text: impl Into<String>) -> Self {
        self.lead.push(text.into());
        self
    }

    /// With words for where there is no table.
    pub fn or(mut self, text: impl Into<String>) -> Self {
        self.empty = text.into();
        self
    }

    /// With pictures.
    pub fn pictures(mut self, pictures: Vec<Picture>) -> Self {
        self.pictures.extend(pictures);
        self
    }

    /// With a table, where it has rows.
    pub fn table(self, class: &'static str, table: Table) -> Self {
        self.titled("", class, table)
    }

    /// With a table under a title, where it has rows.
    pub fn titled(mut self, title: impl Into<String>, class: &'static str, table: Table) -> Self {
        if !table.is_empty() {
            self.tables.push(Part { title: title.into(), class, table });
        }
        self
    }
}

#[derive(Template)]
#[template(path = "sheet.html")]
struct Page<'a> {
    sheet: &'a Sheet,
}

impl Sheet {
    /// One self-contained page.
    ///
    /// # Errors
    /// [`ReportError`] when the template fails.
    pub fn html(&self) -> Result<String, ReportError> {
        Ok(Page { sheet: self }.render()?)
    }

    /// For a pull request.
    pub fn markdown(&self) -> String {
        let mut parts: Vec<String> = self.warnings.iter().map(|text| format!("> **Mind:** {}", safe(text))).collect();
        parts.push(format!("## {} {}", self.tone.glyph(), safe(&self.headline)));
        parts.push(safe(&self.reason));
        parts.push(self.scope.iter().map(|line| safe(line)).collect::<Vec<_>>().join("  \n"));
        parts.extend(list(&self.reasons));
        for section in &self.sections {
            parts.push(format!("### {}", safe(&section.title)));
            parts.extend(section.lead.iter().map(|text| safe(text)));
            if section.tables.is_empty() && !section.empty.is_empty() {
                parts.push(safe(&section.empty));
            }
            let found = section.pictures.iter().map(|picture| format!("{}: {}", picture.title, picture.found));
            parts.extend(list(&found.collect::<Vec<_>>()));
            if !section.commands.is_empty() {
                parts.push(format!("```text\n{}\n```", markdown::fenced(&section.commands)));
            }
            for part in &section.tables {
                parts.extend((!part.title.is_empty()).then(|| format!("#### {}", safe(&part.title))));
                parts.push(markdown::table(&part.table));
            }
        }
        parts.push(format!("<sub>{}</sub>", safe(&self.footer)));
        parts.join("\n\n") + "\n"
    }

    /// For people at a prompt.
    pub fn terminal(&self, colour: Colour) -> String {
        let mut text = String::new();
        self.warnings.iter().for_each(|line| terminal::push(&mut text, &format!("MIND: {line}")));
        terminal::push(&mut text, &terminal::banner(self.tone, &self.headline, colour));
        terminal::push(&mut text, &self.reason);
        terminal::push(&mut text, "");
        self.scope.iter().for_each(|line| terminal::push(&mut text, line));
        if !self.reasons.is_empty() {
            terminal::push(&mut text, "");
            self.reasons.iter().for_each(|line| terminal::push(&mut text, &format!("  * {line}")));
        }
        for section in self.sections.iter().filter(|section| !section.tables.is_empty()) {
            for part in &section.tables {
                let title = if part.title.is_empty() { &section.title } else { &part.title };
                terminal::push(&mut text, &format!("\n{title}\n{}", terminal::table(&part.table)));
            }
        }
        text
    }
}

fn list(lines: &[String]) -> Option<String> {
    let text: Vec<String> = lines.iter().map(|line| format!("* {}", safe(line))).collect();
    (!text.is_empty()).then(|| text.join("\n"))
}
