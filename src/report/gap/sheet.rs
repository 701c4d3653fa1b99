//! The page of a gap.

use super::{GapInput, tables};
use crate::report::number;
use crate::report::section::{Card, sentence};
use crate::report::sheet::{Section, Sheet};
use crate::report::table::Tone;
use crate::report::text::plain;
use crate::units::Money;

const ORDER: &str = "The gap is taken apart in the order of the table, and every fill falls under one cause: orders that one side alone has; \
    orders of both that one side alone filled; of orders that both filled the quantity that one of them filled more, with its part of the fees; \
    then the price, then the fee of what both filled. All is valued at the run’s last mid; what the log’s own last price makes of what it \
    holds at the end comes last. Fills of an order are paired first by equal price and quantity, then by equal quantity, then lot by \
    lot, each in order of time.";

const DISTANCE: &str = "Distance is the quantity that one filled and the other did not, order by order, as a share of what both filled \
    (Bray and Curtis): 0 % is the same fills, 100 % none in common. Between equal ones the smaller difference of prices in money is closer, \
    then that of times.";

/// Everything.
pub fn sheet(input: &GapInput) -> Sheet {
    let gap = &input.own().gap;
    let quote = &input.instrument.quote;
    let (headline, tone) = match (input.is_comparable(), gap.profit() == Money::ZERO) {
        (false, _) => ("NOTHING MATCHED".to_owned(), Tone::Bad),
        (true, true) => ("NO GAP IN PROFIT".to_owned(), Tone::Good),
        (true, false) => (format!("GAP {}", number::signed_money(gap.profit(), quote)), Tone::Doubt),
    };
    Sheet {
        title: plain(&format!("{headline} · {} against {}", input.log.file, input.run.bot)),
        headline,
        tone,
        reason: reason(input),
        scope: scope(input),
        warnings: warnings(input),
        reasons: Vec::new(),
        cards: cards(input),
        sections: sections(input),
        footer: plain(&format!(
            "{} · run {} · log {} · JSON schema version {}",
            input.program,
            input.run.run_id,
            input.log.sha256,
            super::GAP_SCHEMA_VERSION
        )),
    }
}

/// The answer in one sentence.
pub fn reason(input: &GapInput) -> String {
    let gap = &input.own().gap;
    if !input.is_comparable() {
        return sentence("no order of the log is one of the run: are the hours, the market and the bot the same?");
    }
    let quote = &input.instrument.quote;
    let [log, simulation] = [gap.log_profit, gap.simulation_profit].map(|profit| number::signed_money(profit, quote));
    let largest = gap.causes.iter().max_by_key(|row| row.amount.abs()).filter(|row| row.amount != Money::ZERO);
    let largest = largest.map_or_else(String::new, |row| {
        format!("; the largest cause: {} ({})", row.cause.words(), number::signed_money(row.amount, quote))
    });
    sentence(&format!("the log’s fills made {log}, the simulation’s {simulation}{largest}; {}", closest(input)))
}

fn closest(input: &GapInput) -> String {
    match input.equals().as_slice() {
        _ if !input.one_because.is_empty() => input.one_because.clone(),
        [only] => format!("closest fill preset: {only}"),
        several => format!("equally close fill presets: {}", several.join(", ")),
    }
}

fn scope(input: &GapInput) -> Vec<String> {
    let log = &input.log;
    vec![
        plain(&format!("Log: {} ({})", log.file, number::counted(log.rows, "row"))),
        plain(&format!("Simulation: {}, {}", input.run.bot, input.run.folder)),
        plain(&format!("{}, seed {}; {}", input.run.scenario, input.run.seed, input.run.period())),
    ]
}

fn warnings(input: &GapInput) -> Vec<String> {
    let matching = &input.own().gap.matching;
    let unmatched = matching.only_log.len() as u64;
    let all = unmatched + matching.pairs.len() as u64;
    let mut found = Vec::new();
    if unmatched > 0 {
        found.push(format!(
            "{} of {} of the log could not be matched.",
            number::count(unmatched),
            number::counted(all, "order")
        ));
    }
    if !input.own().gap.log.knows_orders {
        found.push(
            "the log has fills alone: how many orders were sent is not known, and there is no fill rate.".to_owned(),
        );
    }
    for (count, what) in [(input.log.outside, "outside of the run"), (input.log.of_other_symbols, "of other symbols")] {
        if count > 0 {
            found.push(format!("{} {what} left out.", number::counted(count, "row")));
        }
    }
    found
}

fn cards(input: &GapInput) -> Vec<Card> {
    let gap = &input.own().gap;
    let card = |label: &str, value: String, note: String| Card { label: label.to_owned(), value, note };
    let share = |value: Option<f64>| value.map_or_else(|| number::NOTHING.to_owned(), number::percent);
    let later = gap.delays.difference;
    vec![
        card(
            "Gap in profit",
            number::signed_money(gap.profit(), &input.instrument.quote),
            "log − simulation".to_owned(),
        ),
        card(
            "Share of the quantity filled",
            share(gap.log.by_quantity()),
            format!("simulation {}", share(gap.simulation.by_quantity())),
        ),
        card("Price", tables::mean_ticks(gap), "mean of what both filled; negative is worse".to_owned()),
        card(
            "First fill later",
            if later.count == 0 { number::NOTHING.to_owned() } else { number::duration(later.p50) },
            format!("median of {}", number::counted(later.count, "order")),
        ),
    ]
}

fn sections(input: &GapInput) -> Vec<Section> {
    let quote = &input.instrument.quote;
    vec![
        Section::new("causes", "The gap by cause")
            .lead(format!("In {quote}; negative is worse than simulated. The parts add up to the gap to the last unit of money."))
            .table("causes", tables::causes(input)),
        Section::new("presets", "Which fill preset comes closest")
            .lead(DISTANCE)
            .lead(sentence(&closest(input)))
            .table("presets", tables::presets(input)),
        Section::new("rates", "Fill rate and fees").table("", tables::rates(input)),
        Section::new("price", "Price")
            .lead("Of what both filled; negative is worse for the bot than simulated.")
            .table("", tables::prices(input))
            .or("There is nothing that both filled."),
        Section::new("time", "Time").table("", tables::delays(input)),
        Section::new("matching", "How orders were matched")
            .lead(format!("By time within {}.", number::duration(input.within)))
            .table("", tables::matching(input)),
        Section::new("method", "How the gap is taken apart").lead(ORDER).lead(
            "Left out on both sides: what was held before the session, funding and other cash that moved without a fill. Time moves no money \
             by itself: a later fill at the same price is in the table of times alone.",
        ),
    ]
}
