use super::{RemixError, RemixRecipe, Remixed, remix};
use crate::book::Ladder;
use crate::model::{Side, row};
use crate::synth::{FlowBars, FlowMarket, FlowModel, FlowRecipe};
use crate::tape::{Batch, Provenance, TapeReader, TapeRow, TapeWriter};
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
        rows.extend((0..batch.len()).map(|at| TapeRow {
            venue_at: Timestamp::from_nanos(batch.venue_at[at]),
            local_at: Timestamp::from_nanos(batch.local_at[at]),
            price: Price::new(batch.price.get(at)),
            quantity: Quantity::new(batch.quantity.get(at)),
            flags: batch.flags[at],
        }));
    }
    rows
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
