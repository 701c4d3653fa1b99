//! Generated markets: messages a second of a market that is read and of one that is written to a tape, and bars a second.
//!
//! `cargo bench --no-default-features --bench synth`. CPU time of the thread, median of five rounds, the system's part in it. With `-- PRESET ROWS` it reads so
//! many rows of one market, and prints nothing: that is what the instruction count in `.ci/instructions` measures.

#[path = "support/cpu.rs"]
mod cpu;
#[path = "support/timing.rs"]
mod timing;

use seatrial::model::row;
use seatrial::scenario::{Overrides, Registry, Scenario, Trial, bind, execute};
use seatrial::synth::{FlowBars, FlowMarket, FlowModel, FlowRecipe, PRESETS};
use seatrial::tape::{Batch, BatchSource, Provenance, TapeWriter};
use seatrial::units::{DAY, MINUTE, Span, Timestamp};
use std::env;
use std::hint::black_box;
use timing::print_each;

/// A Monday, 14 hours UTC: every preset is open.
const START: Timestamp = Timestamp::from_nanos(1_767_621_600_000_000_000);

fn main() {
    let words: Vec<String> = env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    match words.as_slice() {
        [preset, limit] => rows(preset, limit.parse().expect("a number")),
        _ => table(),
    }
}

/// At least `limit` rows of a preset, in whole batches. A function of its own, since its name is what instructions are counted by.
#[inline(never)]
fn rows(preset: &str, limit: usize) {
    let mut market = FlowMarket::new(recipe(preset, DAY.times(30)));
    let mut count = 0;
    for index in 0.. {
        let Some(Batch::Rows(rows)) = market.batch(index).expect("a market") else { panic!("{count} rows") };
        count += rows.flags.len();
        if count >= limit {
            return;
        }
    }
}

fn table() {
    for (name, _) in PRESETS {
        let recipe = recipe(name, MINUTE.times(300));
        let messages = read(FlowMarket::new(recipe.clone()));
        print_each(&format!("{name}: message read"), messages, || {
            black_box(read(FlowMarket::new(recipe.clone())));
        });
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (path, recipe) = (folder.path().join("market.tape"), recipe("crypto-major", DAY));
    let messages = read(FlowMarket::new(recipe.clone()));
    print_each("crypto-major: message written to a tape", messages, || {
        let mut market = FlowMarket::new(recipe.clone());
        let mut writer = TapeWriter::create(&path, market.tape_spec()).expect("a tape");
        market.write_to(&mut writer, &mut |_| ()).expect("a market");
        writer.finish(Provenance::default()).expect("a whole tape");
    });
    for way in ["closed_loop = true", "closed_loop = false"] {
        let trial = trial(way);
        let messages = run(&trial);
        print_each(&format!("crypto-major: message with a market maker, gates and journal, {way}"), messages, || {
            black_box(run(&trial));
        });
    }
    let recipe = FlowRecipe { duration: DAY.times(365), ..recipe };
    let bars = read(FlowBars::new(recipe.clone(), MINUTE));
    print_each("crypto-major: bar of a minute read", bars, || {
        black_box(read(FlowBars::new(recipe.clone(), MINUTE)));
    });
}

/// A market maker on eight hours of market, under one fill preset and without a gateway: what is measured is the market and the engine.
fn trial(way: &str) -> Trial {
    let market =
        "preset = \"crypto-major\"\nduration = \"8h\"\nstart = \"2026-01-05T14:00:00Z\"\nbelievability = false";
    let text = format!(
        "mode = \"paper\"\n[market.flow]\n{market}\n{way}\n[run]\nband = false\n[gateway]\npolicy = \"none\"\n"
    );
    let registry = Registry::builtin();
    let scenario = Scenario::parse("bench.toml", &text, None, &Overrides::default(), &registry).expect("a scenario");
    bind(&scenario, &registry).expect("a trial")
}

/// Messages of a run whose whole journal is written.
fn run(trial: &Trial) -> u64 {
    let folder = tempfile::tempdir().expect("a temporary folder");
    execute(trial, Some(folder.path()), &mut |_| ()).expect("a run").messages
}

fn recipe(name: &str, duration: Span) -> FlowRecipe {
    let model = FlowModel::preset(name).expect("a preset");
    FlowRecipe { model, shocks: Vec::new(), start_at: START, duration, seed: 1 }
}

/// Messages, or bars.
fn read(mut source: impl BatchSource) -> u64 {
    let mut count = 0;
    for index in 0.. {
        match source.batch(index).expect("a market") {
            Some(Batch::Rows(rows)) => {
                count += rows.flags.iter().filter(|flags| **flags & row::LAST != 0).count() as u64
            }
            Some(Batch::Bars(bars)) => count += bars.len() as u64,
            None => break,
        }
    }
    count
}
