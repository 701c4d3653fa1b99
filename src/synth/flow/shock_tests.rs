use super::FlowModel;
use super::market::{Flow, Stepped, Ties};
use super::tests::{START, inspect, model, recipe, rows};
use crate::rng::Streams;
use crate::synth::{FlowRecipe, Multiple, PRESETS, PlacedShock, SHOCKS, ShockModel, ShockStart};
use crate::units::{MINUTE, Span};
use proptest::prelude::*;

fn placed(name: &str, severity: f64, minutes: i64) -> PlacedShock {
    let shock = ShockModel::called(name).unwrap_or_else(|| panic!("no shock {name}"));
    PlacedShock { shock, severity: Multiple(severity), start: ShockStart::At(MINUTE.times(minutes)) }
}

fn shocked(shocks: Vec<PlacedShock>, minutes: i64, seed: u64) -> FlowRecipe {
    FlowRecipe { shocks, ..recipe(model(), MINUTE.times(minutes), seed) }
}

/// Up to the first phase a market with a shock is the same market.
#[test]
fn nothing_is_different_before_a_shock() {
    let before = |recipe: FlowRecipe| {
        let until = START.plus(MINUTE.times(5)).nanos();
        rows(recipe).into_iter().take_while(|row| row.0 < until).collect::<Vec<_>>()
    };
    let calm = before(shocked(Vec::new(), 6, 3));
    assert!(calm.len() > 1_000);
    for (name, _) in SHOCKS {
        assert!(before(shocked(vec![placed(name, 1.0, 5)], 6, 3)) == calm, "{name} is there before it begins");
    }
}

/// What shocks draw shifts no stream of the slow layers.
#[test]
fn shocks_draw_from_streams_of_their_own() {
    let positions = |shocks: &[PlacedShock]| {
        let end = START.nanos() + MINUTE.times(30).nanos();
        let mut flow = Flow::new(&model(), shocks, (START.nanos(), end), Streams::new(9), &Ties::NONE);
        let mut message = Vec::new();
        while flow.step(i64::MAX, &mut message) == Stepped::Message {
            message.clear();
        }
        let (_, _, [pace, jumps, _, overnight]) = flow.slow_layers();
        [pace, jumps, overnight]
    };
    // News come as often as the pace says, which is the shock's to change: their stream alone may be elsewhere.
    assert_eq!(positions(&[]), positions(&[placed("liquidation-cascade", 2.0, 1), placed("whipsaw", 1.0, 5)]));
}

/// What calm is, is known from the first moment on: a shock at once leaves what it says, not nothing.
#[test]
fn a_shock_in_the_first_second_leaves_a_book() {
    let rows = rows(shocked(vec![placed("spread-blow-out", 1.0, 0)], 3, 3));
    let late = START.plus(MINUTE.times(2)).nanos();
    let added = rows.iter().filter(|row| row.0 > late && row.2 > 0).count();
    assert!(added > 50, "{added} rows with a quantity after two minutes");
}

#[test]
fn a_halt_is_silent() {
    let shock = ShockModel::called("halt-and-reopening").unwrap_or_else(|| panic!("no shock"));
    let halt = shock.halts[0].clone();
    let from = START.plus(Span::from_nanos(((1.0 + halt.at_minutes) * 6e10) as i64)).nanos();
    let until = from + (halt.for_minutes * 6e10) as i64;
    let rows = rows(shocked(vec![placed("halt-and-reopening", 1.0, 1)], 30, 3));
    let within = rows.iter().filter(|row| from < row.0 && row.0 < until).count();
    assert_eq!(within, 0, "rows while nothing trades");
    assert!(rows.iter().any(|row| row.0 >= until), "it opens again");
}

#[test]
fn quotes_stand_on_the_new_tick() {
    let rows = rows(shocked(vec![placed("tick-size-change", 1.0, 2)], 10, 3));
    let at = START.plus(MINUTE.times(2)).nanos();
    let odd = |row: &&(i64, i64, i64)| row.0 > at && row.2 > 0 && row.1 % 10 != 0;
    assert_eq!(rows.iter().filter(odd).count(), 0);
    assert!(rows.iter().any(|row| row.0 < at && row.1 % 10 != 0), "it was finer before");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the preset, the shocks, their strength and the seed: a sane market.
    #[test]
    fn a_shocked_market_is_a_market(
        preset in 0..PRESETS.len(), which in 0..SHOCKS.len(), other in 0..SHOCKS.len(), severity in 0.25_f64..4.0, seed in 0_u64..1_000,
    ) {
        let model = FlowModel::preset(PRESETS[preset].0).unwrap_or_else(|| panic!("no market"));
        let shocks = vec![placed(SHOCKS[which].0, severity, 1), placed(SHOCKS[other].0, 4.25 - severity, 3)];
        let recipe = FlowRecipe { shocks, ..recipe(model, MINUTE.times(20), seed) };
        inspect(recipe, 300_000);
    }
}
