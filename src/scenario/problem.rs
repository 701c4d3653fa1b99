use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};
use std::fmt;

/// A stretch of one of the texts a scenario was put together from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// File name, or `--set` for an override on the command line.
    pub name: String,
    /// The whole text.
    pub text: String,
    /// First byte.
    pub start: usize,
    /// Bytes.
    pub length: usize,
}

/// Longest line that is drawn.
const WIDTH_MAX: usize = 1_000;

impl Excerpt {
    /// True when the lines that would be drawn, its own and those beside them, are no wider than a screen.
    fn fits_a_screen(&self) -> bool {
        let (line, _) = self.line_column();
        self.text.lines().skip(line.saturating_sub(3)).take(5).all(|line| line.len() <= WIDTH_MAX)
    }

    /// Line and column of the first character, both from 1.
    #[must_use]
    pub fn line_column(&self) -> (usize, usize) {
        let before = &self.text[..self.start.min(self.text.len())];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

/// A message about a value of any length, as a line that can be read.
fn clipped(message: &str) -> String {
    match message.char_indices().nth(WIDTH_MAX) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}

/// One thing wrong with a scenario: where, what was found, what is allowed, what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Dotted key, as in `gates.position.limit`; empty for the file as a whole.
    pub key: String,
    /// What was found, as a fragment.
    pub found: String,
    /// What is allowed there.
    pub allowed: String,
    /// What to do next, when there is something better to say than `allowed`.
    pub hint: Option<String>,
    /// Where; `None` when the key stands nowhere (a missing one, a default).
    pub place: Option<Excerpt>,
}

impl Problem {
    /// A problem whose place is looked up later, by its key.
    #[must_use]
    pub fn new(key: impl Into<String>, found: impl Into<String>, allowed: impl Into<String>) -> Self {
        Self { key: key.into(), found: found.into(), allowed: allowed.into(), hint: None, place: None }
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// `scenarios/a.toml:3:8: gates.positon: unknown key; expected one of ...`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            let (line, column) = place.line_column();
            write!(f, "{}:{line}:{column}: ", place.name)?;
        }
        let colon = if self.key.is_empty() { "" } else { ": " };
        write!(f, "{}{colon}{}; expected {}", self.key, self.found, self.allowed)
    }
}

impl std::error::Error for Problem {}

/// Everything wrong with a scenario, found in one reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// In the order in which a person reads: by file and place, those without a place first.
    #[must_use]
    pub fn sorted(mut problems: Vec<Problem>) -> Self {
        let place = |problem: &Problem| problem.place.as_ref().map(|place| (place.name.clone(), place.start));
        problems.sort_by_key(place);
        Self(problems)
    }

    /// For people: each problem with its line, the place underlined. `colour` for a terminal.
    #[must_use]
    pub fn render(&self, colour: Colour) -> String {
        let theme = match colour {
            Colour::On => GraphicalTheme::unicode(),
            Colour::Off => GraphicalTheme::unicode_nocolor(),
        };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(110);
        let mut out = String::new();
        for problem in &self.0 {
            // The drawing library gives up, loudly, on lines that no screen shows.
            let drawable = problem.place.as_ref().is_none_or(Excerpt::fits_a_screen);
            if !drawable || handler.render_report(&mut out, &Drawn::of(problem)).is_err() {
                out.push_str(&format!("{}\n", clipped(&problem.to_string())));
            }
        }
        out
    }
}

/// Whether to colour what a person reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Escape sequences.
    On,
    /// Plain text.
    Off,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let line = if index == 0 { "" } else { "\n" };
            write!(f, "{line}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// A problem as the drawing library wants it.
#[derive(Debug)]
struct Drawn {
    message: String,
    help: Option<String>,
    source: Option<NamedSource<String>>,
    label: Option<LabeledSpan>,
}

impl Drawn {
    fn of(problem: &Problem) -> Self {
        let label = |place: &Excerpt| {
            LabeledSpan::new(Some(format!("expected {}", problem.allowed)), place.start, place.length)
        };
        let colon = if problem.key.is_empty() { "" } else { ": " };
        let placeless = if problem.place.is_none() { format!("; expected {}", problem.allowed) } else { String::new() };
        Self {
            message: format!("{}{colon}{}{placeless}", problem.key, problem.found),
            help: problem.hint.clone(),
            source: problem.place.as_ref().map(|place| NamedSource::new(&place.name, place.text.clone())),
            label: problem.place.as_ref().map(label),
        }
    }
}

impl fmt::Display for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Drawn {}

impl Diagnostic for Drawn {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.label.clone().map(|label| Box::new(std::iter::once(label)) as Box<dyn Iterator<Item = LabeledSpan>>)
    }
}
