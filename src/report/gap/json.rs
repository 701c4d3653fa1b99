//! For programs.

use super::{GAP_SCHEMA_VERSION, GapInput, LogFacts, PresetGap};
use crate::metrics::{CauseRow, Delays, FillRate, Matching, PriceGap};
use crate::report::ReportError;
use crate::report::compared::ComparedRun;
use crate::units::{Money, Span};
use serde::Serialize;

/// The JSON document. Money is exact decimals in text, quantities are steps, spans nanoseconds; everywhere the log less the simulation.
#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    /// `gap`.
    kind: &'static str,
    comparable: bool,
    reason: String,
    run: &'a ComparedRun,
    log: &'a LogFacts,
    symbol: &'a str,
    quote: &'a str,
    tick_size: String,
    step_size: String,
    matched_within: Span,
    /// Presets that come closest; several where they are equal.
    closest: Vec<&'a str>,
    /// Why only the run's own was tried; empty where all were.
    one_because: &'a str,
    /// The run's own first.
    presets: Vec<Preset<'a>>,
    program: &'a str,
}

#[derive(Serialize)]
struct Preset<'a> {
    preset: &'a str,
    distance: f64,
    /// Steps that one filled and the other did not.
    apart: i64,
    /// Steps that both filled together.
    of: i64,
    profit: Profit<'a>,
    log: Rate<'a>,
    simulation: Rate<'a>,
    price: Price<'a>,
    time: &'a Delays,
    matching: Matched<'a>,
}

#[derive(Serialize)]
struct Profit<'a> {
    log: Money,
    simulation: Money,
    gap: Money,
    /// They add up to the gap.
    causes: &'a [CauseRow],
}

#[derive(Serialize)]
struct Rate<'a> {
    #[serde(flatten)]
    rate: &'a FillRate,
    fill_rate_by_orders: Option<f64>,
    fill_rate_by_quantity: Option<f64>,
    fee_bps: Option<f64>,
}

#[derive(Serialize)]
struct Price<'a> {
    #[serde(flatten)]
    price: &'a PriceGap,
    mean_ticks: Option<f64>,
}

#[derive(Serialize)]
struct Matched<'a> {
    #[serde(flatten)]
    matching: &'a Matching,
    only_in_log: usize,
    only_in_simulation: usize,
}

/// The document.
///
/// # Errors
/// [`ReportError::Json`] when the library fails.
pub fn document(input: &GapInput) -> Result<String, ReportError> {
    let document = Document {
        schema_version: GAP_SCHEMA_VERSION,
        kind: "gap",
        comparable: input.is_comparable(),
        reason: super::sheet::reason(input),
        run: &input.run,
        log: &input.log,
        symbol: &input.instrument.symbol,
        quote: &input.instrument.quote,
        tick_size: input.instrument.tick_size.to_string(),
        step_size: input.instrument.step_size.to_string(),
        matched_within: input.within,
        closest: input.equals(),
        one_because: &input.one_because,
        presets: input.presets.iter().map(preset).collect(),
        program: &input.program,
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn preset(preset: &PresetGap) -> Preset<'_> {
    let gap = &preset.gap;
    Preset {
        preset: &preset.preset,
        distance: gap.distance.fraction(),
        apart: gap.distance.apart,
        of: gap.distance.of,
        profit: Profit {
            log: gap.log_profit,
            simulation: gap.simulation_profit,
            gap: gap.profit(),
            causes: &gap.causes,
        },
        log: rate(&gap.log),
        simulation: rate(&gap.simulation),
        price: Price { price: &gap.price, mean_ticks: gap.price.mean_ticks() },
        time: &gap.delays,
        matching: Matched {
            matching: &gap.matching,
            only_in_log: gap.matching.only_log.len(),
            only_in_simulation: gap.matching.only_simulation.len(),
        },
    }
}

fn rate(rate: &FillRate) -> Rate<'_> {
    Rate {
        rate,
        fill_rate_by_orders: rate.by_orders(),
        fill_rate_by_quantity: rate.by_quantity(),
        fee_bps: rate.fee_bps(),
    }
}
