use super::*;
use crate::rng::Streams;

/// Writes, reads, verifies; the rows must come back stably sorted by venue time with the right deliveries.
fn round_trip(kind: TapeKind, arrivals: &[TapeRow]) -> TapeHeader {
    let (_folder, path) = folder();
    let header = write(&path, kind, arrivals).unwrap();
    let reader = TapeReader::open(&path).unwrap();
    reader.verify().unwrap();
    assert_eq!(reader.header(), &header);
    assert_eq!(header.rows, arrivals.len() as u64);
    let mut order: Vec<usize> = (0..arrivals.len()).collect();
    order.sort_by_key(|&index| arrivals[index].venue_at);
    let mut delivery = vec![0; order.len()];
    for (place, &arrival) in order.iter().enumerate() {
        delivery[arrival] = place as i32 - arrival as i32;
    }
    let found = read_rows(&reader).unwrap();
    for (place, &arrival) in order.iter().enumerate() {
        assert_eq!(found[place], (arrivals[arrival], delivery[place]), "row {place}");
    }
    assert_eq!(header.reordered, delivery.iter().any(|&shift| shift != 0));
    assert_eq!((header.first_at, header.last_at), (found[0].0.venue_at, found[found.len() - 1].0.venue_at));
    header
}

fn is_wide(rows: &[TapeRow]) -> bool {
    let (_folder, path) = folder();
    write(&path, TapeKind::L2, rows).unwrap();
    let batch = TapeReader::open(&path).unwrap().read(0).unwrap();
    matches!(batch, Some(Batch::Rows(RowBatch { price: IntColumn::Wide(_), quantity: IntColumn::Wide(_), .. })))
}

/// Messages of one to four rows whose latency varies so much that they overtake each other.
fn overtaking(count: usize, seed: u64) -> Vec<TapeRow> {
    let mut rng = Streams::new(seed).stream("overtaking");
    let mut messages: Vec<(i64, i64)> =
        (0..count as i64).map(|index| (index * 1_000 - rng.range(0..=1) * 500, rng.range(1_000..=20_000))).collect();
    messages.sort_by_key(|(after, latency)| after + latency);
    let mut rows = Vec::new();
    for (after, latency) in messages {
        let length = rng.range(1..=4);
        rows.extend((1..=length).map(|index| {
            let last = if index == length { row::LAST } else { 0 };
            TapeRow { flags: last, ..depth(after, latency, rng.range(1..=1_000), rng.range(0..=9)) }
        }));
    }
    rows
}

#[test]
fn lengths_around_a_batch() {
    for rows in [1, 2, 65_535, 65_536, 65_537, 140_000] {
        let header = round_trip(TapeKind::L2, &in_order(rows));
        assert!(!header.reordered && !header.starts_with_snapshot);
    }
}

#[test]
fn trades() {
    let rows: Vec<TapeRow> = (0..1_000).map(|index| trade(index * 10, 600_000 - index, index + 1)).collect();
    round_trip(TapeKind::Trades, &rows);
}

#[test]
fn bars_with_a_hole_and_wide_volume() {
    for volume in [5, 1 << 40] {
        let (_folder, path) = folder();
        let mut bars: Vec<Bar> = (0..70_000).map(|minute| bar(minute, 599_950 + minute % 100, minute)).collect();
        bars.remove(100);
        bars.push(bar(80_000, 600_000, volume));
        let header = write_bars(&path, &bars).unwrap();
        let reader = TapeReader::open(&path).unwrap();
        reader.verify().unwrap();
        assert_eq!(read_bars(&reader), bars);
        assert_eq!((reader.header(), header.period, header.rows), (&header, Some(MINUTE), 70_000));
        let Some(Batch::Bars(first)) = reader.read(0).unwrap() else { panic!("no bars") };
        assert_eq!(matches!(first.volume, IntColumn::Wide(_)), volume > i64::from(i32::MAX));
    }
}

#[test]
fn a_value_that_does_not_fit_widens_the_whole_file() {
    let mut rows = in_order(140_000);
    assert!(!is_wide(&rows));
    rows[139_000].quantity = Quantity::new(1 << 31);
    assert!(is_wide(&rows));
    round_trip(TapeKind::L2, &rows);
}

#[test]
fn arrival_order_is_kept_beside_venue_order() {
    for seed in 0..5 {
        assert!(round_trip(TapeKind::L2, &overtaking(3_000, seed)).reordered);
    }
    assert!(round_trip(TapeKind::L2, &overtaking(60_000, 5)).reordered);
}

#[test]
fn disorder_and_width_may_come_late() {
    let mut rows = in_order(200_000);
    let late = rows.len() - 30_000;
    rows[late].venue_at = Timestamp::from_nanos(rows[late].venue_at.nanos() - 50_500);
    rows[late + 70].price = Price::new(-(1 << 50));
    let (_folder, path) = folder();
    let window = ReorderWindow { rows: 1_000, span: Span::from_nanos(100_000) };
    let mut writer = TapeWriter::with_window(&path, spec(TapeKind::L2), window).unwrap();
    rows.iter().for_each(|row| writer.push(*row).unwrap());
    let narrow_window = writer.finish(provenance()).unwrap();
    TapeReader::open(&path).unwrap().verify().unwrap();
    assert_eq!(round_trip(TapeKind::L2, &rows), narrow_window, "the window does not show in the tape");
}

#[test]
fn a_row_beyond_the_window_is_named() {
    let window = ReorderWindow { rows: 1_000, span: Span::from_nanos(100_000) };
    let (_folder, path) = folder();
    let mut writer = TapeWriter::with_window(&path, spec(TapeKind::L2), window).unwrap();
    in_order(70_000).iter().for_each(|row| writer.push(*row).unwrap());
    let late = TapeRow { venue_at: Timestamp::from_nanos(START), ..in_order(70_001)[70_000] };
    let error = writer.push(late).unwrap_err().to_string();
    assert!(error.starts_with("row 70000: venue_at 2024-08-08T00:00:00"), "{error}");
    assert!(error.contains("rows up to 1000 and 100us apart"), "{error}");
    assert!(writer.finish(provenance()).is_err(), "a writer that failed writes nothing");
    assert!(names(&path).is_empty());
}

#[test]
fn a_message_without_end_does_not_fill_the_memory() {
    let window = ReorderWindow { rows: 1_000, span: Span::from_nanos(100_000) };
    let (_folder, path) = folder();
    let mut writer = TapeWriter::with_window(&path, spec(TapeKind::L2), window).unwrap();
    let open = TapeRow { flags: 0, ..depth(0, 0, 1, 1) };
    let error = (0..3_000).find_map(|_| writer.push(open).err()).unwrap().to_string();
    assert!(error.starts_with("row 2000: 2000 rows in one message"), "{error}");
}

#[test]
fn a_dense_instant_and_a_narrow_window_still_write() {
    let window = ReorderWindow { rows: 100, span: MINUTE };
    let (_folder, path) = folder();
    let mut writer = TapeWriter::with_window(&path, spec(TapeKind::L2), window).unwrap();
    for index in 0..5_000 {
        writer.push(depth(index / 60 * 1_000, 1_000, index, 1)).unwrap();
    }
    assert_eq!(writer.finish(provenance()).unwrap().rows, 5_000);
    TapeReader::open(&path).unwrap().verify().unwrap();
}

#[test]
fn a_snapshot_at_the_start_is_noted() {
    let mut rows = in_order(10);
    rows[0].flags |= row::SNAPSHOT;
    let clear = TapeRow { flags: row::pack(RowKind::Clear, Side::Sell) | row::LAST, ..depth(0, 2_000_000, 0, 0) };
    rows.insert(0, clear);
    assert!(round_trip(TapeKind::L2, &rows).starts_with_snapshot);
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let (_folder, path) = folder();
    let rows = overtaking(500, 1);
    let files: Vec<Vec<u8>> = (0..2)
        .map(|_| {
            write(&path, TapeKind::L2, &rows).unwrap();
            std::fs::read(&path).unwrap()
        })
        .collect();
    assert_eq!(files[0], files[1]);
    let other = write(&path, TapeKind::L2, &overtaking(500, 2)).unwrap();
    assert_ne!(other.content_hash, write(&path, TapeKind::L2, &rows).unwrap().content_hash);
}

#[test]
fn the_content_hash_is_frozen() {
    let (_folder, path) = folder();
    let header = write(&path, TapeKind::L2, &overtaking(500, 1)).unwrap();
    assert_eq!(header.content_hash, "3ba80903534932e153440d665a91b7c6b8bafa66546b50e460222ce2f94d6c4e");
}

#[test]
fn reading_copies_nothing() {
    let (_folder, path) = folder();
    write(&path, TapeKind::L2, &overtaking(40_000, 1)).unwrap();
    let reader = TapeReader::open(&path).unwrap();
    let addresses = || {
        let Some(Batch::Rows(batch)) = reader.read(1).unwrap() else { panic!("no rows") };
        let price = match &batch.price {
            IntColumn::Narrow(values) => values.as_ptr() as usize,
            IntColumn::Wide(values) => values.as_ptr() as usize,
        };
        let delivery = batch.delivery.as_ref().map_or(0, |delivery| delivery.as_ptr() as usize);
        [batch.venue_at.as_ptr() as usize, price, batch.flags.as_ptr() as usize, delivery]
    };
    let keep_alive = reader.read(1).unwrap();
    assert_eq!(addresses(), addresses(), "a second read of a batch lies at the same place: in the mapping");
    drop(keep_alive);
    let spread = addresses().iter().max().unwrap() - addresses().iter().min().unwrap();
    assert!(spread < std::fs::metadata(&path).unwrap().len() as usize);
}

#[test]
fn batches_outlive_the_reader() {
    let (_folder, path) = folder();
    let rows = in_order(100);
    write(&path, TapeKind::L2, &rows).unwrap();
    let batch = TapeReader::open(&path).unwrap().read(0).unwrap();
    std::fs::remove_file(&path).unwrap();
    let Some(Batch::Rows(batch)) = batch else { panic!("no rows") };
    assert_eq!(batch.venue_at[99], rows[99].venue_at.nanos());
}

#[test]
fn nothing_is_left_of_a_writer_that_was_dropped() {
    let (_folder, path) = folder();
    let mut writer = TapeWriter::create(&path, spec(TapeKind::L2)).unwrap();
    in_order(200_000).iter().for_each(|row| writer.push(*row).unwrap());
    assert_eq!(names(&path).len(), 1, "the temporary file");
    drop(writer);
    assert!(names(&path).is_empty());
}

#[test]
fn an_old_tape_stays_until_the_new_one_is_whole() {
    let (_folder, path) = folder();
    let old = write(&path, TapeKind::L2, &in_order(10)).unwrap();
    let reader = TapeReader::open(&path).unwrap();
    let mut writer = TapeWriter::create(&path, spec(TapeKind::L2)).unwrap();
    writer.push(in_order(1)[0]).unwrap();
    assert_eq!(TapeReader::open(&path).unwrap().header(), &old);
    let new = writer.finish(Provenance::default()).unwrap();
    assert_eq!(TapeReader::open(&path).unwrap().header(), &new);
    reader.verify().unwrap();
    assert_eq!(read_rows(&reader).unwrap().len(), 10, "an open reader keeps the tape it opened");
}

#[test]
fn two_writers_of_one_target_do_not_meet() {
    let (_folder, path) = folder();
    let writers: Vec<_> = (1..=4)
        .map(|count| {
            let path = path.clone();
            std::thread::spawn(move || write(&path, TapeKind::L2, &in_order(count * 20_000)).unwrap())
        })
        .collect();
    let headers: Vec<TapeHeader> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
    let reader = TapeReader::open(&path).unwrap();
    reader.verify().unwrap();
    assert!(headers.contains(reader.header()));
    assert_eq!(names(&path), ["test.tape"]);
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let (_folder, path) = folder();
    let error = TapeWriter::create(&path.join("x.tape"), spec(TapeKind::L2)).unwrap_err().to_string();
    assert!(error.contains("test.tape/.x.tape.") && error.contains("cannot create"), "{error}");
    assert!(TapeWriter::create(Path::new("/"), spec(TapeKind::L2)).is_err());
}
