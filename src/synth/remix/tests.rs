use super::{RemixAsk, RemixError, RemixMarket, RemixRecipe, Remixed, auto_block, block_length, remix};
use crate::book::Ladder;
use crate::model::{Side, row};
use crate::synth::{FlowBars, FlowMarket, FlowModel, FlowRecipe};
use crate::tape::{Batch, BatchSource, Provenance, RowBatch, TapeReader, TapeRow, TapeWriter};
use crate::units::{DAY, MINUTE, Price, Quantity, Span, Timestamp};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

/// Monday, 5 January 2026.
const START: Timestamp = Timestamp::from_nanos(1_767_571_200_000_000_000);

fn recipe(duration: Span, block: Span, seed: u64) -> RemixRecipe {
    RemixRecipe { duration, block, seed, any_hour: false }
}

/// A folder with a tape of an hour and a half of a thin market.
fn world() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alt.tape");
    let model = FlowModel::preset("crypto-alt").unwrap();
    let flow = FlowRecipe { model, shocks: Vec::new(), start_at: START, duration: MINUTE.times(90), seed: 4 };
    let mut market = FlowMarket::new(flow);
    let mut writer = TapeWriter::create(&path, market.tape_spec()).unwrap();
    market.write_to(&mut writer, &mut |_| ()).unwrap();
    writer.finish(Provenance::default()).unwrap();
    (folder, path)
}

fn rows(path: &Path) -> Vec<TapeRow> {
    let reader = TapeReader::open(path).unwrap();
    reader.verify().unwrap();
    let mut rows = Vec::new();
    for index in 0..reader.batches() {
        let Some(Batch::Rows(batch)) = reader.read(index).unwrap() else { panic!("no rows") };
        rows.extend(rows_of(&batch));
    }
    rows
}

fn rows_of(batch: &RowBatch) -> impl Iterator<Item = TapeRow> {
    (0..batch.len()).map(|at| TapeRow {
        venue_at: Timestamp::from_nanos(batch.venue_at[at]),
        local_at: Timestamp::from_nanos(batch.local_at[at]),
        price: Price::new(batch.price.get(at)),
        quantity: Quantity::new(batch.quantity.get(at)),
        flags: batch.flags[at],
    })
}

/// The rows of a remix that is read as it is made.
fn streamed(market: &mut RemixMarket) -> Vec<TapeRow> {
    let mut rows = Vec::new();
    for index in 0.. {
        let Some(Batch::Rows(batch)) = market.batch(index).unwrap() else { break };
        rows.extend(rows_of(&batch));
    }
    rows
}

/// What is read as it is made is what would be written, also a second time, and is called by tape and recipe.
#[test]
fn a_remix_that_is_read_is_the_one_that_is_written() {
    let (_folder, path) = world();
    let mut names = std::collections::BTreeSet::new();
    for (minutes, block, seed, any_hour) in [(400, 5, 1, false), (90, 200, 2, false), (60, 3, 3, true)] {
        let written = RemixRecipe { any_hour, ..recipe(MINUTE.times(minutes), MINUTE.times(block), seed) };
        let (remixed, expected) = mixed(&path, &written);
        let (duration, block) = (Some(written.duration), Some(written.block));
        let ask = RemixAsk { duration, block, seed, any_hour };
        let mut market = RemixMarket::new(TapeReader::open(&path).unwrap(), &ask).unwrap();
        for _ in 0..2 {
            let found = streamed(&mut market);
            assert_eq!(found.len(), expected.len(), "{written:?}");
            let other = found.iter().zip(&expected).position(|(found, expected)| found != expected);
            assert_eq!(other, None, "{written:?}");
        }
        assert_eq!(market.header().starts_with_snapshot, remixed.header.starts_with_snapshot, "{written:?}");
        assert!(market.header().findings.iter().any(|finding| remixed.header.findings.contains(finding)));
        assert!(names.insert(market.header().content_hash.clone()), "two recipes of one name");
    }
    let ask = RemixAsk { duration: None, block: None, seed: 1, any_hour: false };
    let market = RemixMarket::new(TapeReader::open(&path).unwrap(), &ask).unwrap();
    let auto = auto_block(&TapeReader::open(&path).unwrap()).unwrap();
    let note = market.header().findings.last().unwrap().detail.clone();
    assert!(note.starts_with(&format!("blocks of {} on average", auto.block)), "{note}");
    // An hour and a half has 89 returns of a minute, and 539 of ten seconds.
    assert_eq!(auto.interval, crate::units::SECOND.times(10), "{auto}");
    assert!(500 < auto.returns, "{auto}");
}

/// Whole numbers by a linear congruential generator, each eighths of the one before and something new.
fn autoregressive(count: usize, eighths: i64, seed: u64) -> Vec<f64> {
    let (mut state, mut value) = (seed, 0_i64);
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        value = (value * eighths).div_euclid(8) + (state >> 40) as i64 - (1 << 23);
        value as f64
    };
    (0..count).map(|_| next()).collect()
}

/// Against `optimal_block_length` of the Python package arch 8.0.0 (K. Sheppard), column `stationary`, of these very series and of their
/// absolute values.
#[test]
fn block_lengths_are_those_of_an_independent_implementation() {
    let reference = [
        (200, 0, 1.2957951504350844, 0.8807487085950524),
        (1_000, 4, 11.083379900152558, 3.7874541540343403),
        (1_440, 7, 36.912374907516124, 17.641686870676992),
        (5_000, 7, 56.76237251117387, 36.85101768642411),
        (300, -4, 3.6468531822074994, 0.6365581111559905),
        (2_000, 0, 1.1319724644206945, 0.6576137508846436),
    ];
    for (count, eighths, plain, absolute) in reference {
        let series = autoregressive(count as usize, eighths, (count + eighths) as u64);
        let sizes: Vec<f64> = series.iter().map(|value| libm::fabs(*value)).collect();
        for (series, expected) in [(&series, plain), (&sizes, absolute)] {
            let found = block_length(series).unwrap();
            assert!(libm::fabs(found / expected - 1.0) < 1e-9, "{count}, {eighths}: {found}, expected {expected}");
        }
    }
    assert_eq!(block_length(&[1.0; 500]), None);
    assert_eq!(block_length(&[1.0, 2.0]), None);
}

fn mixed(path: &Path, recipe: &RemixRecipe) -> (Remixed, Vec<TapeRow>) {
    let out = path.with_extension("remix");
    let remixed = remix(&TapeReader::open(path).unwrap(), recipe, &out, &mut |_| ()).unwrap();
    let rows = rows(&out);
    std::fs::remove_file(&out).unwrap();
    (remixed, rows)
}

/// Naive: a book that never crosses between messages nor within one, whose trades have a quantity, whose clocks never go back.
fn check(rows: &[TapeRow]) {
    let mut book = Ladder::new();
    let (mut venue_at, mut local_at) = (Timestamp::MIN, Timestamp::MIN);
    for (number, row) in rows.iter().enumerate() {
        assert!(venue_at <= row.venue_at && local_at <= row.local_at && row.venue_at <= row.local_at, "row {number}");
        (venue_at, local_at) = (row.venue_at, row.local_at);
        assert!(1 <= row.price.ticks(), "row {number}: {row:?}");
        match row.flags & row::KIND {
            row::TRADE => assert!(0 < row.quantity.steps(), "row {number}: {row:?}"),
            row::DEPTH => drop(book.set(row::side(row.flags), row.price, row.quantity)),
            kind => panic!("row {number} of kind {kind}"),
        }
        let best = Side::BOTH.map(|side| book.best_price(side));
        if let [Some(bid), Some(ask)] = best {
            assert!(bid < ask, "row {number}: crossed at {bid:?}, {ask:?}");
        }
    }
}

#[test]
fn a_remix_of_one_block_is_the_tape() {
    let (_folder, path) = world();
    let reader = TapeReader::open(&path).unwrap();
    let whole = Span::from_nanos(reader.header().last_at.since(reader.header().first_at).nanos() + 1);
    let (remixed, found) = mixed(&path, &recipe(whole, DAY, 9));
    assert_eq!((remixed.joins.blocks, remixed.joins.loose), (1, 0));
    assert_eq!(found, rows(&path));
}

/// Blocks longer than the tape: it is played again and again, and the mid goes on.
#[test]
fn a_tape_is_played_again_where_it_ends() {
    let (_folder, path) = world();
    let (remixed, found) = mixed(&path, &recipe(MINUTE.times(300), DAY, 9));
    assert_eq!(remixed.joins.blocks, 4);
    check(&found);
    assert!(found.len() > 3 * rows(&path).len());
}

#[test]
fn the_same_seed_gives_the_same_rows_and_another_others() {
    let (_folder, path) = world();
    let of = |seed: u64| mixed(&path, &recipe(MINUTE.times(200), MINUTE.times(10), seed));
    let (first, again, other) = (of(1), of(1), of(2));
    assert_eq!(first.0.header.content_hash, again.0.header.content_hash);
    assert_ne!(first.0.header.content_hash, other.0.header.content_hash);
    let source = TapeReader::open(&path).unwrap().header().content_hash.clone();
    let note = first.0.header.findings.iter().find(|finding| finding.code == "remixed").unwrap();
    assert!(note.detail.contains(&source) && note.detail.contains("seed 1"), "{}", note.detail);
}

/// What is traded in a remix is what was traded in the blocks it is made of: every message but those of joins is one of the tape's.
#[test]
fn messages_are_those_of_the_tape() {
    let (_folder, path) = world();
    let (remixed, found) = mixed(&path, &recipe(MINUTE.times(90), MINUTE.times(15), 3));
    let trades = |rows: &[TapeRow]| -> Vec<i64> {
        let trades = rows.iter().filter(|row| row.flags & row::KIND == row::TRADE);
        trades.map(|row| row.quantity.steps()).collect()
    };
    let (source, drawn) = (trades(&rows(&path)), trades(&found));
    // As many stretches of the source, one after the other, as there are blocks.
    let (mut left, mut blocks) = (&drawn[..], 0);
    while !left.is_empty() {
        let length = |from: usize| left.iter().zip(&source[from..]).take_while(|(a, b)| a == b).count();
        let longest = (0..source.len()).map(length).max().unwrap_or(0);
        assert!(0 < longest, "a trade of {} that the tape does not have", left[0]);
        (left, blocks) = (&left[longest..], blocks + 1);
    }
    assert!(blocks <= remixed.joins.blocks, "{blocks} stretches in {} blocks", remixed.joins.blocks);
}

#[test]
fn what_has_no_book_or_no_length_is_refused() {
    let (folder, path) = world();
    let reader = TapeReader::open(&path).unwrap();
    let out = folder.path().join("out.tape");
    let refused = |recipe: &RemixRecipe| remix(&reader, recipe, &out, &mut |_| ()).unwrap_err().to_string();
    assert!(refused(&recipe(Span::ZERO, MINUTE, 1)).contains("days is"));
    assert!(refused(&recipe(DAY, Span::from_nanos(-1), 1)).contains("block is"));
    let model = FlowModel::preset("crypto-alt").unwrap();
    let mut bars =
        FlowBars::new(FlowRecipe { model, shocks: Vec::new(), start_at: START, duration: DAY, seed: 1 }, MINUTE);
    let path = folder.path().join("bars.tape");
    let mut writer = TapeWriter::create(&path, bars.tape_spec()).unwrap();
    bars.write_to(&mut writer, &mut |_| ()).unwrap();
    writer.finish(Provenance::default()).unwrap();
    let error = remix(&TapeReader::open(&path).unwrap(), &recipe(DAY, MINUTE, 1), &out, &mut |_| ()).unwrap_err();
    assert!(matches!(error, RemixError::Kind), "{error}");
    assert!(!out.exists());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Never crossed, clocks never back, prices on the grid, of the length that was asked for.
    #[test]
    fn a_remix_is_a_sound_tape(seed: u64, minutes in 1_i64..300, block in 1_i64..60, any_hour: bool) {
        let (_folder, path) = world();
        let recipe = RemixRecipe { any_hour, ..recipe(MINUTE.times(minutes), MINUTE.times(block), seed) };
        let (_, found) = mixed(&path, &recipe);
        check(&found);
        let end = START.plus(recipe.duration);
        prop_assert!(found.iter().all(|row| row.venue_at < end));
        prop_assert!(end.since(found[found.len() - 1].venue_at) < MINUTE.times(2));
    }
}
