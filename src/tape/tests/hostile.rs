use super::*;
use crate::tape::column::Column;
use crate::tape::content::{ContentHash, Identity};
use crate::tape::layout::{HEADER_HASH_KEY, HEADER_KEY, Layout, Shape, Width};
use crate::tape::record;
use arrow_array::{ArrayRef, Int32Array, Int64Array, RecordBatch, UInt32Array};
use arrow_ipc::writer::FileWriter;
use arrow_schema::{DataType, Field, Schema};
use std::fs::File;
use std::sync::Arc;

const ROWS: Layout = Layout { shape: Shape::Rows, width: Width::Narrow, delivery: false };

fn refused(path: &Path, words: &str) {
    let error = match TapeReader::open(path).and_then(|reader| reader.verify()) {
        Ok(()) => panic!("accepted, though `{words}`"),
        Err(error) => error.to_string(),
    };
    assert!(error.contains(words), "`{error}` lacks `{words}`");
    assert!(error.starts_with(&path.display().to_string()), "`{error}` does not begin with the path");
}

/// An Arrow file of `sizes` rows a batch in the columns of `ROWS`, with `change` made to the header before it is signed.
fn forge(path: &Path, sizes: &[usize], change: impl FnOnce(&mut TapeHeader)) {
    let (_folder, real) = folder();
    let rows: i64 = sizes.iter().sum::<usize>() as i64;
    let mut header = write(&real, TapeKind::L2, &in_order(rows)).unwrap();
    let Some(Batch::Rows(all)) = TapeReader::open(&real).unwrap().read(0).unwrap() else { panic!("no rows") };
    change(&mut header);
    let schema = Arc::new(ROWS.schema());
    let mut writer = FileWriter::try_new(File::create(path).unwrap(), &schema).unwrap();
    let mut start = 0;
    for &size in sizes {
        let IntColumn::Narrow(price) = all.price.clone() else { panic!("wide") };
        let IntColumn::Narrow(quantity) = all.quantity.clone() else { panic!("wide") };
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::new(all.venue_at.slice(start, size), None)),
            Arc::new(Int64Array::new(all.local_at.slice(start, size), None)),
            Arc::new(Int32Array::new(price.slice(start, size), None)),
            Arc::new(Int32Array::new(quantity.slice(start, size), None)),
            Arc::new(UInt32Array::new(all.flags.slice(start, size), None)),
        ];
        writer.write(&RecordBatch::try_new(schema.clone(), columns).unwrap()).unwrap();
        start += size;
    }
    let json = record::to_json(&header);
    writer.write_metadata(HEADER_HASH_KEY, blake3::hash(json.as_bytes()).to_hex().to_string());
    writer.write_metadata(HEADER_KEY, json);
    writer.finish().unwrap();
}

fn forge_schema(path: &Path, schema: Schema) {
    FileWriter::try_new(File::create(path).unwrap(), &schema).unwrap().finish().unwrap();
}

#[test]
fn files_that_are_no_tapes() {
    let (folder, path) = folder();
    refused(&path, "cannot open");
    refused(folder.path(), "something that is no file");
    let cases: [(&[u8], &str); 6] = [
        (b"", "0 bytes; expected an Arrow IPC file"),
        (b"time,price\n1,2\n", "15 bytes"),
        (b"timestamp,price,quantity\n1,2,3\n", "no ARROW1 at the beginning"),
        (b"ARROW1\0\0 but nothing else ....", "no ARROW1 at the end"),
        (b"ARROW1\0\0________________\xff\xff\xff\x7fARROW1", "a footer of 2147483647 bytes"),
        (b"ARROW1\0\0________________\xff\xff\xff\xffARROW1", "footer length: -1"),
    ];
    for (bytes, words) in cases {
        std::fs::write(&path, bytes).unwrap();
        refused(&path, words);
    }
}

#[test]
fn arrow_files_that_are_no_tapes() {
    let (_folder, path) = folder();
    let field = |name: &str, data_type: DataType| Field::new(name, data_type, false);
    forge_schema(&path, Schema::new(vec![field("venue_at", DataType::Int64)]));
    refused(&path, "no `seatrial.tape` in the schema's metadata");
    let version = |version: &str| [("seatrial.tape".to_owned(), version.to_owned())];
    forge_schema(&path, Schema::new(vec![field("x", DataType::Utf8)]).with_metadata(version("2")));
    refused(&path, "tape format version `2`; expected version 1; a newer seatrial");
    forge_schema(&path, Schema::new(vec![field("x", DataType::Utf8)]).with_metadata(version("1")));
    refused(&path, "columns x: Null; expected the columns of a tape");
    forge_schema(&path, ROWS.schema());
    refused(&path, "no header");
}

#[test]
fn batches_of_wrong_sizes() {
    let (_folder, path) = folder();
    forge(&path, &[100], |_| {});
    TapeReader::open(&path).unwrap().verify().unwrap();
    forge(&path, &[60, 40], |_| {});
    refused(&path, "a header of 100 rows over 2 batches");
    forge(&path, &[60, 40], |header| header.rows = 70_000);
    refused(&path, "batch 0 of 2: 60 rows; expected 65536 rows in every batch but the last");
}

#[test]
fn headers_that_lie() {
    let (_folder, path) = folder();
    type Lie = fn(&mut TapeHeader);
    let lies: [(Lie, &str); 9] = [
        (|header| header.rows = 99, "100 rows from and to"),
        (|header| header.rows = 0, "a header of 0 rows"),
        (|header| header.first_at = Timestamp::from_nanos(START + 1), "a header that fits the rows"),
        (|header| header.reordered = true, "columns that fit the header"),
        (|header| header.kind = TapeKind::Bars, "a period above 0 for bars"),
        (|header| header.starts_with_snapshot = true, "starts with a snapshot: false"),
        (|header| header.content_hash = "0".repeat(64), "content hash"),
        (|header| header.content_hash.truncate(5), "64 hex digits"),
        (|header| header.instrument.tick_size = Fixed::new(1, 200), "tick size 1 x 10^-200"),
    ];
    for (lie, words) in lies {
        forge(&path, &[100], lie);
        refused(&path, words);
    }
}

#[test]
fn a_header_changed_afterwards_is_found() {
    let (_folder, path) = folder();
    write(&path, TapeKind::L2, &in_order(3)).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let needle = b"\"taker_fee_ppb\":500000";
    let place = bytes.windows(needle.len()).position(|window| window == needle).unwrap();
    bytes[place + needle.len() - 1] = b'1';
    std::fs::write(&path, bytes).unwrap();
    refused(&path, "expected an unchanged header");
}

/// The rows as a tape with a right hash and a right header, whatever rule they break.
fn forge_content(path: &Path, rows: &[TapeRow], delivery: Option<Vec<i32>>) {
    let layout = Layout { shape: Shape::Rows, width: Width::Wide, delivery: delivery.is_some() };
    let stamps = |pick: fn(&TapeRow) -> i64| Column::I64(rows.iter().map(pick).collect::<Vec<i64>>().into());
    let mut columns = vec![
        stamps(|row| row.venue_at.nanos()),
        stamps(|row| row.local_at.nanos()),
        stamps(|row| row.price.ticks()),
        stamps(|row| row.quantity.steps()),
        Column::U32(rows.iter().map(|row| row.flags).collect::<Vec<u32>>().into()),
    ];
    columns.extend(delivery.map(|delivery| Column::I32(delivery.into())));
    let (_folder, real) = folder();
    let mut header = write(&real, TapeKind::L2, &in_order(rows.len() as i64)).unwrap();
    header.reordered = layout.delivery;
    (header.first_at, header.last_at) = (rows[0].venue_at, rows[rows.len() - 1].venue_at);
    let mut hash = ContentHash::new(&Identity::of(&header), layout);
    hash.add(&columns);
    header.content_hash = hash.hex();
    let schema = Arc::new(layout.schema());
    let mut writer = FileWriter::try_new(File::create(path).unwrap(), &schema).unwrap();
    writer.write(&RecordBatch::try_new(schema, columns.iter().map(Column::to_array).collect()).unwrap()).unwrap();
    let json = record::to_json(&header);
    writer.write_metadata(HEADER_HASH_KEY, blake3::hash(json.as_bytes()).to_hex().to_string());
    writer.write_metadata(HEADER_KEY, json);
    writer.finish().unwrap();
}

#[test]
fn verify_checks_every_rule_again() {
    let (_folder, path) = folder();
    let changed = |change: fn(&mut Vec<TapeRow>)| {
        let mut rows = in_order(6);
        change(&mut rows);
        rows
    };
    type Change = fn(&mut Vec<TapeRow>);
    let cases: [(Change, Option<Vec<i32>>, &str); 10] = [
        (|rows| rows.swap(2, 3), None, "row 3: venue_at"),
        (|rows| rows[5].flags = 0, None, "row 6: the end of the tape"),
        (|rows| rows[2].flags = 0, None, "row 3: venue_at 1723075200000003000 after 1723075200000002000"),
        (|rows| rows[1].quantity = Quantity::new(-1), None, "row 1: quantity of -1 steps"),
        (|rows| rows[1].flags |= 1 << 31, None, "row 1: flags 0x80000008"),
        (|rows| rows[4].local_at = rows[0].venue_at, None, "row 4: local_at"),
        (|_| {}, Some(vec![1, 0, -1, 0, 0, 0]), "row 1: delivery 0: a second arrival of row 1"),
        (|_| {}, Some(vec![0, 0, 0, 0, 0, 1]), "row 5: delivery 1; expected a row of the tape"),
        (|_| {}, Some(vec![i32::MIN, 0, 0, 0, 0, 0]), "row 0: delivery -2147483648; expected a row of the tape"),
        (|_| {}, Some(vec![1, -1, 0, 0, 0, 0]), "rows in order of arrival"),
    ];
    forge_content(&path, &in_order(6), None);
    TapeReader::open(&path).unwrap().verify().unwrap();
    for (change, delivery, words) in cases {
        forge_content(&path, &changed(change), delivery);
        refused(&path, words);
    }
}
