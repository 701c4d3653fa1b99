use super::*;
use crate::model::{Bar, RowKind, Side, row};
use crate::tape::Severity;
use crate::units::{MINUTE, SECOND, Span};

/// One row a line: `<seconds> <depth|snapshot|trade|clear> <buy|sell> <price> <quantity> [last]`.
fn check_rows(drawn: &str, expected: &[&str]) -> Vec<FitnessFinding> {
    let mut doctor = RowDoctor::new(true);
    for (number, line) in drawn.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate() {
        let row = draw(line);
        doctor.row(&row, Spot::row(number as u64, row.venue_at.nanos()));
    }
    let findings = doctor.findings(&|spot| spot.to_string());
    let codes: Vec<_> = findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, expected, "{findings:#?}");
    findings
}

fn draw(line: &str) -> TapeRow {
    let words: Vec<_> = line.split_whitespace().collect();
    let (kind, extra) = match words[1] {
        "depth" => (RowKind::Depth, 0),
        "snapshot" => (RowKind::Depth, row::SNAPSHOT),
        "trade" => (RowKind::Trade, 0),
        _ => (RowKind::Clear, 0),
    };
    let side = if words[2] == "buy" { Side::Buy } else { Side::Sell };
    let last = if words.get(5).is_some() { row::LAST } else { 0 };
    let at = Timestamp::from_nanos(SECOND.nanos() * words[0].parse::<i64>().unwrap());
    TapeRow {
        venue_at: at,
        local_at: at,
        price: Price::new(words[3].parse().unwrap()),
        quantity: Quantity::new(words[4].parse().unwrap()),
        flags: row::pack(kind, side) | extra | last,
    }
}

const OPEN: &str = "0 snapshot buy 100 5\n0 snapshot sell 101 5 last\n1 depth buy 99 4\n1 trade buy 101 1 last\n";

fn check_after_open(drawn: &str, expected: &[&str]) -> FitnessFinding {
    check_rows(&format!("{OPEN}{drawn}"), expected).swap_remove(0)
}

#[test]
fn a_healthy_feed_has_no_findings() {
    check_rows(OPEN, &[]);
}

#[test]
fn crossed_and_locked_books_are_seen_at_message_ends_only() {
    check_rows(&format!("{OPEN}2 depth buy 101 1\n2 depth sell 101 0\n2 depth sell 102 4 last"), &[]);
    let crossed = check_after_open("2 depth buy 103 1 last", &["crossed-book"]);
    assert_eq!(crossed.severity, Severity::Unfit, "one in three");
    assert_eq!(crossed.first, "row 4, 1970-01-01T00:00:02.000000000Z");
    check_after_open("2 depth buy 101 1 last", &["locked-book"]);
}

#[test]
fn prices_that_cannot_be() {
    check_after_open("2 trade buy 0 1 last", &["impossible-price"]);
    check_after_open("2 trade buy 1010 1 last", &["tenfold-jump"]);
    check_after_open("2 trade sell 9 1 last", &["tenfold-jump"]);
    check_after_open("2 trade buy 107 1 last", &["trade-outside-book"]);
    check_after_open("2 depth buy 90 -1 last", &["impossible-quantity"]);
    check_rows(&format!("{OPEN}2 depth buy 1 7\n2 depth sell 5000 7 last"), &[]);
}

#[test]
fn feeds_with_a_missing_part() {
    check_rows(
        "0 depth buy 100 5\n0 depth sell 101 5 last\n1 trade buy 101 1 last\n1 depth buy 99 1 last",
        &["cold-start"],
    );
    check_rows("0 snapshot buy 100 5\n0 snapshot sell 101 5 last", &["snapshot-only", "no-trades"]);
    check_after_open("2 clear buy 0 0\n2 clear sell 0 0 last", &["cleared-book"]);
    check_after_open("2 depth sell 101 0 last", &["one-sided-book"]);
}

#[test]
fn gaps_are_measured_against_the_feeds_own_rhythm() {
    let steady = |gap: i64| {
        let busy = |from: i64| (from..from + 200).map(|at| format!("{at} trade buy 101 1 last\n")).collect::<String>();
        format!("{OPEN}{}{}", busy(2), busy(201 + gap))
    };
    check_rows(&steady(60), &[]);
    let findings = check_rows(&steady(500), &["time-gap"]);
    assert_eq!((findings[0].count, findings[0].first.as_str()), (1, "row 203, 1970-01-01T00:03:21.000000000Z"));
    assert!(findings[0].detail.contains("the longest 500.0 s"), "{}", findings[0].detail);
}

#[test]
fn messages_without_any_move_are_stale() {
    let moving = (2..500).map(|at| format!("{at} trade buy 101 1 last\n")).collect::<String>();
    let still = (500..1500).map(|at| format!("{at} depth buy 50 {at} last\n")).collect::<String>();
    check_rows(&format!("{OPEN}{moving}{still}1500 trade buy 101 1 last"), &["stale-stretch"]);
    check_rows(&format!("{OPEN}{moving}{still}"), &["stale-stretch"]);
}

#[test]
fn order_and_repetition() {
    check_after_open("3 trade buy 101 1 last\n3 trade buy 101 1 last", &["identical-trades"]);
    check_after_open("0 trade buy 101 1 last", &["venue-disorder"]);
}

/// One bar a line: `<minute> <open> <high> <low> <close> <volume>`.
fn check_bars(drawn: &str, expected: &[&str]) -> Vec<FitnessFinding> {
    let mut doctor = BarDoctor::default();
    for (number, line) in drawn.lines().enumerate() {
        let words: Vec<i64> = line.split_whitespace().map(|word| word.parse().unwrap()).collect();
        let price = |index: usize| Price::new(words[index]);
        let bar = Bar {
            open_at: Timestamp::from_nanos(0).plus(MINUTE.times(words[0])),
            period: MINUTE,
            open: price(1),
            high: price(2),
            low: price(3),
            close: price(4),
            volume: Quantity::new(words[5]),
        };
        doctor.bar(&bar, Spot::row(number as u64, bar.open_at.nanos()));
    }
    let findings = doctor.findings(&|spot| spot.to_string());
    let codes: Vec<_> = findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, expected, "{findings:#?}");
    findings
}

#[test]
fn bars() {
    check_bars("0 10 12 9 11 5\n1 11 12 10 10 5", &[]);
    let holes = check_bars("0 10 12 9 11 5\n4 11 12 10 10 5\n6 10 11 10 10 5", &["missing-bars"]);
    assert_eq!((holes[0].count, holes[0].first.as_str()), (2, "row 1, 1970-01-01T00:01:00.000000000Z"));
    assert!(holes[0].detail.starts_with("4 bars are missing in 2 holes; the longest hole is 3"), "{}", holes[0].detail);
    check_bars("0 10 12 9 11 0", &["moves-without-volume"]);
    check_bars("0 10 12 9 11 5\n1 12 12 12 12 0", &["moves-without-volume"]);
    let silent = check_bars("0 10 12 9 11 5\n1 11 11 11 11 0", &["zero-volume-bars"]);
    assert_eq!(silent[0].severity, Severity::Note, "no order fills where nobody traded");
    let still = |volume: i64| {
        (0..12).map(|at| format!("{at} 7 7 7 7 {}\n", if at == 0 { 1 } else { volume })).collect::<String>()
    };
    check_bars(&still(0), &["zero-volume-bars"]);
    check_bars("0 10 12 11 11 5", &["ohlc-inconsistent"]);
    check_bars("0 0 12 0 11 5", &["impossible-price", "tenfold-jump"]);
    check_bars("0 10 12 9 11 5\n1 110 110 100 100 5", &["tenfold-jump"]);
    check_bars("1 10 12 9 11 5\n1 11 12 10 10 5", &["disorder"]);
    check_bars(&still(1), &["stale-stretch"]);
}

#[test]
fn spans_read_as_seconds() {
    assert_eq!(rows::seconds(Span::from_nanos(43_450_000_000)), "43.5 s");
}
