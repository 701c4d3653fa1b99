//! What a seed gives, as hashes: the same on every machine, in every build, with any number of threads.
//!
//! Read by `tests/vectors.rs` and by the small program in `tests/vectors`, which is built for other processors as well.

use seatrial::model::Bar;
use seatrial::synth::{
    FlowBars, FlowMarket, FlowModel, FlowRecipe, Multiple, Overlay, PRESETS, PlacedShock, RemixRecipe, ShockModel,
    ShockStart, SimpleMarket, SimpleMarketConfig, remix,
};
use seatrial::tape::{Batch, BatchSource, Provenance, TapeReader, TapeWriter};
use seatrial::units::{DAY, MINUTE, SECOND, Span, Timestamp};
use std::path::Path;

/// The file with what they have to be: `name hash` a line.
pub const EXPECTED: &str = include_str!("../golden/vectors.txt");

/// 5 January 2026, a Monday, two hours after noon: every preset is open.
const START: Timestamp = Timestamp::from_nanos(1_767_571_200_000_000_000 + 14 * 60 * MINUTE.nanos());

/// One line of the file, made anew in a folder that is ours.
type Vector = (String, Box<dyn Fn(&Path) -> String + Send + Sync>);

/// All lines, made by so many threads.
pub fn lines(threads: usize, folder: &Path) -> String {
    let vectors = vectors();
    let made: Vec<Vec<(usize, String)>> = std::thread::scope(|scope| {
        let of = |thread: usize| {
            let vectors = &vectors;
            scope.spawn(move || {
                let mine = vectors.iter().enumerate().skip(thread).step_by(threads);
                mine.map(|(place, (_, make))| (place, make(folder))).collect()
            })
        };
        let running: Vec<_> = (0..threads).map(of).collect();
        running.into_iter().map(|thread| thread.join().expect("a vector")).collect()
    });
    let mut made: Vec<(usize, String)> = made.into_iter().flatten().collect();
    made.sort();
    made.iter().map(|(place, hash)| format!("{} {hash}\n", vectors[*place].0)).collect()
}

fn vectors() -> Vec<Vector> {
    let mut all: Vec<Vector> = Vec::new();
    for (name, _) in PRESETS {
        for seed in [1, 7] {
            let make = move |_: &Path| rows(&mut FlowMarket::new(recipe(name, MINUTE.times(5), seed, Vec::new())));
            all.push((format!("{name}/orders/seed-{seed}"), Box::new(make)));
        }
        let make = move |_: &Path| rows(&mut FlowBars::new(recipe(name, DAY.times(20), 3, Vec::new()), MINUTE));
        all.push((format!("{name}/bars/seed-3"), Box::new(make)));
    }
    let seconds = |_: &Path| rows(&mut FlowBars::new(recipe("crypto-major", MINUTE.times(200), 3, Vec::new()), SECOND));
    all.push(("crypto-major/bars-of-a-second/seed-3".to_owned(), Box::new(seconds)));
    for (name, minutes) in [("liquidation-cascade", 20), ("fat-finger", 5)] {
        let make =
            move |_: &Path| rows(&mut FlowMarket::new(recipe("crypto-alt", MINUTE.times(minutes), 5, shock(name))));
        all.push((format!("crypto-alt/{name}/seed-5"), Box::new(make)));
    }
    all.push(("simple/seed-2".to_owned(), Box::new(|_: &Path| rows(&mut simple()))));
    let overlay = |_: &Path| rows(&mut Overlay::new(Box::new(simple()), &shock("macro-flash"), 9));
    all.push(("simple/overlay/macro-flash/seed-9".to_owned(), Box::new(overlay)));
    all.push(("crypto-alt/remix/seed-6".to_owned(), Box::new(remixed)));
    all
}

fn recipe(preset: &str, duration: Span, seed: u64, shocks: Vec<PlacedShock>) -> FlowRecipe {
    FlowRecipe { model: FlowModel::preset(preset).expect("a preset"), shocks, start_at: START, duration, seed }
}

fn simple() -> SimpleMarket {
    SimpleMarket::new(&SimpleMarketConfig { duration: MINUTE.times(60), ..SimpleMarketConfig::default() }, 2)
}

/// A minute after the start.
fn shock(name: &str) -> Vec<PlacedShock> {
    let shock = ShockModel::called(name).expect("a shock");
    vec![PlacedShock { shock, severity: Multiple::ONE, start: ShockStart::At(MINUTE) }]
}

/// An hour of blocks out of half an hour.
fn remixed(folder: &Path) -> String {
    let (tape, out) = (folder.join("alt.tape"), folder.join("remix.tape"));
    let mut market = FlowMarket::new(recipe("crypto-alt", MINUTE.times(30), 4, Vec::new()));
    let mut writer = TapeWriter::create(&tape, market.tape_spec()).expect("a tape");
    market.write_to(&mut writer, &mut |_| ()).expect("rows");
    writer.finish(Provenance::default()).expect("a whole tape");
    let recipe = RemixRecipe { duration: MINUTE.times(60), block: MINUTE.times(5), seed: 6, any_hour: false };
    let reader = TapeReader::open(&tape).expect("the tape");
    remix(&reader, &recipe, &out, &mut |_| ()).expect("a remix");
    let hash = rows(&mut TapeReader::open(&out).expect("the remix"));
    [&tape, &out].into_iter().for_each(|path| std::fs::remove_file(path).expect("a tape of ours"));
    hash
}

/// BLAKE3 of every figure of every row, as eight bytes each, least significant first.
fn rows(source: &mut dyn BatchSource) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut take = |figures: &[i64]| figures.iter().for_each(|figure| _ = hasher.update(&figure.to_le_bytes()));
    let period = source.header().period.unwrap_or_default();
    let mut count = 0;
    for index in 0.. {
        match source.batch(index).expect("a batch") {
            None => break,
            Some(Batch::Rows(batch)) => {
                for row in 0..batch.len() {
                    let (price, quantity) = (batch.price.get(row), batch.quantity.get(row));
                    take(&[batch.venue_at[row], batch.local_at[row], price, quantity, i64::from(batch.flags[row])]);
                    count += 1;
                }
            }
            Some(Batch::Bars(batch)) => {
                for bar in 0..batch.len() {
                    let Bar { open_at, open, high, low, close, volume, .. } = batch.bar(bar, period);
                    let ticks = [open, high, low, close].map(|price| price.ticks());
                    take(&[open_at.nanos(), ticks[0], ticks[1], ticks[2], ticks[3], volume.steps()]);
                    count += 1;
                }
            }
        }
    }
    assert!(count > 100, "{count} rows prove nothing");
    hasher.finalize().to_hex().to_string()
}
