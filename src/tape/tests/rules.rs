use super::*;

/// The writer refuses the last of `rows`, and says why in `words`.
fn refuses(kind: TapeKind, rows: &[TapeRow], words: &str) {
    let (_folder, path) = folder();
    let mut writer = TapeWriter::create(&path, spec(kind)).unwrap();
    let (last, before) = rows.split_last().unwrap();
    before.iter().for_each(|row| writer.push(*row).unwrap());
    let error = writer.push(*last).unwrap_err();
    assert!(matches!(error, TapeError::InvalidRow { row, .. } if row == before.len() as u64), "{error}");
    assert!(error.to_string().contains(words), "`{error}` lacks `{words}`");
    drop(writer);
    assert!(names(&path).is_empty());
}

#[test]
fn stamps_in_another_unit_are_recognised() {
    let at = |stamp: i64| TapeRow {
        venue_at: Timestamp::from_nanos(stamp),
        local_at: Timestamp::from_nanos(stamp),
        ..depth(0, 0, 1, 1)
    };
    refuses(TapeKind::L2, &[at(START / 1_000_000_000)], "looks like seconds; expected nanoseconds");
    refuses(TapeKind::L2, &[at(START / 1_000_000)], "venue_at 1723075200000, which looks like milliseconds");
    refuses(TapeKind::L2, &[at(START / 1_000)], "looks like microseconds");
    refuses(TapeKind::L2, &[at(0)], "venue_at 0; expected nanoseconds");
    refuses(TapeKind::L2, &[at(i64::MAX)], "between the years 2000 and 2200");
    refuses(TapeKind::L2, &[at(i64::MIN)], "between the years 2000 and 2200");
    let local = TapeRow { local_at: Timestamp::from_nanos(i64::MAX), ..depth(0, 0, 1, 1) };
    refuses(TapeKind::L2, &[local], "local_at 9223372036854775807");
}

#[test]
fn order_of_stamps() {
    refuses(TapeKind::L2, &[depth(5, -1, 1, 1)], "local_at at or after venue_at");
    refuses(TapeKind::L2, &[depth(5, 10, 1, 1), depth(6, 8, 1, 1)], "local_at never decreases");
    let open = TapeRow { flags: 0, ..depth(5, 10, 1, 1) };
    refuses(TapeKind::L2, &[open, depth(6, 9, 1, 1)], "the same stamps on all rows of a message");
    refuses(TapeKind::L2, &[open, depth(5, 11, 1, 1)], "the same stamps on all rows of a message");
}

#[test]
fn numbers_and_flags() {
    let with = |flags: u32, price: i64, quantity: i64| TapeRow { flags, ..depth(0, 0, price, quantity) };
    refuses(TapeKind::L2, &[with(row::LAST, 1, -1)], "quantity of -1 steps; expected 0 to 2^60 steps");
    refuses(TapeKind::L2, &[with(row::LAST, 1, i64::MAX)], "expected 0 to 2^60 steps");
    refuses(TapeKind::L2, &[with(row::LAST, i64::MIN, 1)], "at most 2^60 ticks");
    refuses(TapeKind::L2, &[with(row::LAST | 1 << 5, 1, 1)], "flags 0x28; expected bits 0 to 4");
    refuses(TapeKind::L2, &[with(row::LAST | 3, 1, 1)], "row kind 3 in a tape of kind L2");
    refuses(TapeKind::Trades, &[with(row::LAST, 1, 1)], "row kind 0 in a tape of kind Trades");
    refuses(TapeKind::Trades, &[with(row::LAST | row::CLEAR, 0, 0)], "row kind 2 in a tape of kind Trades");
    refuses(TapeKind::L2, &[with(row::LAST | row::TRADE, 1, 0)], "a trade of 0 steps");
    refuses(TapeKind::L2, &[with(row::LAST | row::CLEAR, 7, 0)], "price 0 and quantity 0");
    refuses(TapeKind::Bars, &[depth(0, 0, 1, 1)], "a row; expected bars");
}

#[test]
fn negative_prices_and_empty_levels_are_allowed() {
    let (_folder, path) = folder();
    write(&path, TapeKind::L2, &[depth(0, 0, -5, 1), depth(1, 0, -5, 0)]).unwrap();
}

#[test]
fn bars() {
    let refuses = |bars: &[Bar], words: &str| {
        let (_folder, path) = folder();
        let error = write_bars(&path, bars).unwrap_err().to_string();
        assert!(error.contains(words), "`{error}` lacks `{words}`");
        assert!(names(&path).is_empty());
    };
    let good = bar(0, 600_000, 1);
    refuses(&[good, good], "row 1: open_at 2024-08-08T00:00:00.000000000Z before the end of the last bar");
    refuses(&[Bar { open_at: Timestamp::from_nanos(START / 1_000_000), ..good }], "looks like milliseconds");
    refuses(&[Bar { period: Span::from_nanos(1), ..good }], "row 0: a bar of 1ns");
    refuses(&[Bar { high: Price::new(599_999), ..good }], "open 600000 outside low 599900 to high 599999");
    refuses(&[Bar { close: Price::new(1), ..good }], "close 1 outside");
    refuses(&[Bar { volume: Quantity::new(-1), ..good }], "volume of -1 steps");
    refuses(&[], "no rows");
    let (_folder, path) = folder();
    let mut writer = TapeWriter::create(&path, spec(TapeKind::L2)).unwrap();
    assert!(writer.push_bar(&good).unwrap_err().to_string().contains("a bar; expected rows"));
}

#[test]
fn a_tape_ends_with_a_whole_message_and_is_not_empty() {
    let (_folder, path) = folder();
    let open = TapeRow { flags: 0, ..depth(5, 10, 1, 1) };
    let error = write(&path, TapeKind::L2, &[open]).unwrap_err().to_string();
    assert!(error.starts_with("row 1: the end of the tape; expected the rest of a message"), "{error}");
    let error = write(&path, TapeKind::L2, &[]).unwrap_err().to_string();
    assert!(error.contains("test.tape: no rows; expected"), "{error}");
    assert!(names(&path).is_empty());
}

#[test]
fn instruments_and_periods() {
    let refuses = |spec: TapeSpec, words: &str| {
        let (_folder, path) = folder();
        let error = TapeWriter::create(&path, spec).unwrap_err().to_string();
        assert!(error.contains(words), "`{error}` lacks `{words}`");
    };
    let scaled =
        |scale: Fixed| TapeSpec { instrument: Instrument { tick_size: scale, ..instrument() }, ..spec(TapeKind::L2) };
    refuses(scaled(Fixed::new(0, 1)), "tick size 0 x 10^-1");
    refuses(scaled(Fixed::new(1, 19)), "at most 18 decimals");
    refuses(scaled(Fixed::new(1, 18)), "tick x step x multiplier with at most 18 decimals");
    refuses(TapeSpec { period: Some(MINUTE), ..spec(TapeKind::L2) }, "a L2 tape of period");
    refuses(TapeSpec { period: None, ..spec(TapeKind::Bars) }, "a period above 0 for bars");
    refuses(TapeSpec { period: Some(Span::ZERO), ..spec(TapeKind::Bars) }, "a period above 0 for bars");
}
