//! Several bots of one user: a table in the report of each, and a page over all of them.

use super::input::ReportInput;
use super::number::{self, NOTHING};
use super::reinvested::{self, ReinvestedDay};
use super::section::verdict_tone;
use super::table::{Cell, Table, Tone, figures, words};
use super::terminal::{self, Colour};
use super::text::{markdown as safe, plain};
use super::{ReportError, markdown};
use crate::readiness::Verdict;
use crate::units::{Money, Timestamp};
use askama::Template;
use serde::Serialize;

/// One of the bots of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BotRow {
    /// Its name.
    pub name: String,
    /// Its strategy.
    pub strategy: String,
    /// Names its run.
    pub run_id: String,
    /// Orders sent.
    pub orders: u64,
    /// Fills.
    pub fills: u64,
    /// Orders that the limit for all bots together refused.
    pub refused_together: u64,
    /// Equity at the end.
    pub equity: Money,
}

/// The bots of a user who ran together, this one among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserFacts {
    /// Name of the bot whose report it is.
    pub own: String,
    /// What all of them may do together; empty where nothing is limited.
    pub limit: String,
    /// All of them, in order.
    pub bots: Vec<BotRow>,
}

/// The bots that ran beside this one; empty for the only one.
pub fn table(input: &ReportInput) -> Table {
    let columns = vec![
        words("Bot"),
        words("Strategy"),
        figures("Orders"),
        figures("Fills"),
        figures("Refused by the common limit"),
        figures("Equity at the end"),
    ];
    let asset = &input.summary.conventions.quote;
    let rows = input.user.iter().flat_map(|user| user.bots.iter().map(|bot| row(bot, bot.name == user.own, asset)));
    Table::new(columns, rows.collect())
}

fn row(bot: &BotRow, is_own: bool, asset: &str) -> Vec<Cell> {
    vec![
        Cell::new(&bot.name).note(if is_own { "this report" } else { "" }),
        Cell::new(&bot.strategy),
        Cell::new(number::count(bot.orders)),
        Cell::new(number::count(bot.fills)),
        Cell::new(number::count(bot.refused_together)),
        Cell::new(number::money(bot.equity, asset)),
    ]
}

/// What they share, in one line; empty for the only one.
pub fn line(input: &ReportInput) -> String {
    input.user.as_ref().map_or_else(String::new, |user| {
        let limit = shared(&user.limit);
        format!("Bot `{}`, one of {} of one user; {limit}. Each has an account of its own.", user.own, user.bots.len())
    })
}

fn shared(limit: &str) -> String {
    match limit {
        "" => "nothing limits what all of them do together".to_owned(),
        limit => format!("all of them together: {limit}"),
    }
}

/// What a page over all bots of a user says of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JudgedBot {
    /// What it did.
    #[serde(flatten)]
    pub bot: BotRow,
    /// How its run ends.
    pub verdict: Verdict,
    /// Why, in a sentence.
    pub reason: String,
    /// What its audit came to, in a few words.
    pub audit: String,
    /// Its report, as seen from the page.
    pub report: String,
}

/// Everything a page over all bots of a user says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserReport {
    /// Name of the scenario.
    pub scenario: String,
    /// What it is for; may be empty.
    pub description: String,
    /// The worst of the bots' verdicts.
    pub verdict: Verdict,
    /// The markets, in words.
    pub markets: String,
    /// First instant.
    pub start: Timestamp,
    /// Last instant.
    pub end: Timestamp,
    /// What all of them may do together; empty where nothing is limited.
    pub limit: String,
    /// Quote asset of the accounts.
    pub quote: String,
    /// Program and version.
    pub program: String,
    /// The bots, in order.
    pub bots: Vec<JudgedBot>,
    /// What moved money between them, day by day.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reinvestments: Vec<ReinvestedDay>,
}

#[derive(Template)]
#[template(path = "user.html")]
struct Page {
    title: String,
    headline: &'static str,
    reason: String,
    class: &'static str,
    glyph: &'static str,
    scope: String,
    description: String,
    bots: Table,
    reinvestments: Table,
    links: Vec<(String, String)>,
    program: String,
}

impl UserReport {
    /// One self-contained page.
    ///
    /// # Errors
    /// [`ReportError`] when the template fails.
    pub fn html(&self) -> Result<String, ReportError> {
        let tone = verdict_tone(self.verdict);
        let page = Page {
            title: plain(&format!("{} · {}", self.verdict, self.scenario)),
            headline: self.verdict.words(),
            reason: self.reason(),
            class: tone.class(),
            glyph: tone.glyph(),
            scope: self.scope(),
            description: plain(&self.description),
            bots: self.table(),
            reinvestments: reinvested::table(&self.reinvestments, &self.quote),
            links: self.bots.iter().map(|bot| (plain(&bot.report), plain(&bot.bot.name))).collect(),
            program: plain(&self.program),
        };
        Ok(page.render()?)
    }

    /// The same for a pull request.
    #[must_use]
    pub fn markdown(&self) -> String {
        let glyph = verdict_tone(self.verdict).glyph();
        let links = self.bots.iter().map(|bot| format!("* [{}]({})\n", safe(&bot.bot.name), bot.report));
        format!(
            "## {glyph} {}\n\n{}\n\n{}\n\n{}\n\n{}\n<sub>{}</sub>\n",
            self.verdict.words(),
            safe(&self.reason()),
            safe(&self.scope()),
            markdown::table(&self.table()) + &self.reinvested(|table| format!("\n\n{}", markdown::table(table))),
            links.collect::<String>(),
            safe(&self.program)
        )
    }

    /// The same at a prompt.
    #[must_use]
    pub fn terminal(&self, colour: Colour) -> String {
        let banner = terminal::banner(verdict_tone(self.verdict), self.verdict.words(), colour);
        let more = self.reinvested(|table| format!("\n{}\n", terminal::table(table)));
        format!("{banner}\n{}\n\n{}\n\n{}\n{more}", self.reason(), self.scope(), terminal::table(&self.table()))
    }

    /// The reinvestments as `show` shows a table; nothing where there are none.
    fn reinvested(&self, show: impl Fn(&Table) -> String) -> String {
        let table = reinvested::table(&self.reinvestments, &self.quote);
        if self.reinvestments.is_empty() { String::new() } else { show(&table) }
    }

    fn reason(&self) -> String {
        let of = |verdict| self.bots.iter().filter(|bot| bot.verdict == verdict).count();
        let parts = [Verdict::NoGo, Verdict::InsufficientEvidence, Verdict::Go]
            .map(|verdict| (of(verdict), verdict))
            .into_iter()
            .filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts.map(|(count, verdict)| format!("{count} {verdict}")).collect();
        format!("{} of one user: {}.", number::counted(self.bots.len() as u64, "bot"), parts.join(", "))
    }

    fn scope(&self) -> String {
        let [start, end] = [self.start, self.end].map(number::instant);
        plain(&format!("{} on {}, {start} to {end}; {}.", self.scenario, self.markets, shared(&self.limit)))
    }

    fn table(&self) -> Table {
        let columns = vec![
            words("Bot"),
            words("Verdict"),
            figures("Orders"),
            figures("Fills"),
            figures("Refused by the common limit"),
            figures("Equity at the end"),
            words("Audit"),
        ];
        Table::new(columns, self.bots.iter().map(|bot| self.row(bot)).collect())
    }

    fn row(&self, judged: &JudgedBot) -> Vec<Cell> {
        let bot = &judged.bot;
        vec![
            Cell::new(&bot.name).note(&bot.strategy),
            Cell::new(judged.verdict.words()).pill(verdict_tone(judged.verdict)).note(&judged.reason),
            Cell::new(number::count(bot.orders)),
            Cell::new(number::count(bot.fills)),
            Cell::new(number::count(bot.refused_together)),
            Cell::new(if self.quote.is_empty() { NOTHING.to_owned() } else { number::money(bot.equity, &self.quote) }),
            Cell::new(&judged.audit).tone(Tone::Plain),
        ]
    }
}
