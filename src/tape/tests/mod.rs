mod damage;
mod hostile;
mod rules;
mod writing;

use super::*;
use crate::model::{Bar, ContractKind, FeeSchedule, Filters, Instrument, RowKind, Side, row};
use crate::units::{Fixed, MINUTE, Money, Price, Quantity, Rate, Rounding, Span, Timestamp};
use std::path::{Path, PathBuf};

/// 2024-08-08 00:00 UTC.
const START: i64 = 1_723_075_200_000_000_000;

fn instrument() -> Instrument {
    Instrument {
        symbol: "BTCUSDT".into(),
        venue: "binance-usdm".into(),
        kind: ContractKind::Linear,
        base: "BTC".into(),
        quote: "USDT".into(),
        tick_size: Fixed::new(10, 2),
        step_size: Fixed::new(1, 3),
        multiplier: Fixed::new(1, 0),
        fees: FeeSchedule {
            maker: Rate::from_ppb(-5_000),
            taker: Rate::from_bps(5),
            rounding: Rounding::HalfEven,
            decimals: 8,
        },
        filters: Filters {
            lot: Quantity::new(1),
            min_quantity: Some(Quantity::new(1)),
            max_quantity: None,
            min_price: None,
            max_price: Some(Price::new(80_000_000)),
            min_notional: Some(Money::from_units(100)),
            max_open_orders: Some(200),
        },
        inferred: vec!["filters.lot".into()],
    }
}

fn spec(kind: TapeKind) -> TapeSpec {
    let period = (kind == TapeKind::Bars).then_some(MINUTE);
    TapeSpec { kind, instrument: instrument(), period, format: "test".into(), importer_version: 3 }
}

fn provenance() -> Provenance {
    Provenance {
        sources: vec![SourceFile { name: "a.gz".into(), bytes: 17, sha256: "ab".repeat(32) }],
        clock: Some(ClockCorrection {
            rule: "shift-to-minimum-latency".into(),
            shift: Span::from_nanos(5),
            latency_min_before: Span::from_nanos(-4),
            latency_median_before: Span::from_nanos(9),
            negative: 2,
        }),
        findings: vec![FitnessFinding {
            code: "crossed-book".into(),
            severity: Severity::Finding,
            count: 3,
            first: "a.gz:12".into(),
            detail: "3 of 100 messages".into(),
            forbids: "fills at the touch".into(),
        }],
    }
}

/// A one-row message: a level change, `after` nanoseconds after the start, `latency` later at the bot's.
fn depth(after: i64, latency: i64, price: i64, quantity: i64) -> TapeRow {
    TapeRow {
        venue_at: Timestamp::from_nanos(START + after),
        local_at: Timestamp::from_nanos(START + after + latency),
        price: Price::new(price),
        quantity: Quantity::new(quantity),
        flags: row::pack(RowKind::Depth, Side::Buy) | row::LAST,
    }
}

fn trade(after: i64, price: i64, quantity: i64) -> TapeRow {
    TapeRow { flags: row::pack(RowKind::Trade, Side::Sell) | row::LAST, ..depth(after, 1_000, price, quantity) }
}

fn bar(minute: i64, close: i64, volume: i64) -> Bar {
    Bar {
        open_at: Timestamp::from_nanos(START).plus(MINUTE.times(minute)),
        period: MINUTE,
        open: Price::new(600_000),
        high: Price::new(600_100.max(close)),
        low: Price::new(599_900.min(close)),
        close: Price::new(close),
        volume: Quantity::new(volume),
    }
}

/// `count` level changes in order, a microsecond apart.
fn in_order(count: i64) -> Vec<TapeRow> {
    (0..count).map(|index| depth(index * 1_000, 2_000_000, 600_000 + index % 100, index % 7)).collect()
}

fn write(path: &Path, kind: TapeKind, rows: &[TapeRow]) -> Result<TapeHeader, TapeError> {
    let mut writer = TapeWriter::create(path, spec(kind))?;
    rows.iter().try_for_each(|row| writer.push(*row))?;
    writer.finish(provenance())
}

fn write_bars(path: &Path, bars: &[Bar]) -> Result<TapeHeader, TapeError> {
    let mut writer = TapeWriter::create(path, spec(TapeKind::Bars))?;
    bars.iter().try_for_each(|bar| writer.push_bar(bar))?;
    writer.finish(provenance())
}

/// All rows of a tape in venue order, with their deliveries.
fn read_rows(reader: &TapeReader) -> Result<Vec<(TapeRow, i32)>, TapeError> {
    let mut rows = Vec::new();
    for index in 0..reader.batches() {
        let Some(Batch::Rows(batch)) = reader.read(index)? else { panic!("batch {index} holds no rows") };
        rows.extend((0..batch.len()).map(|offset| {
            let row = TapeRow {
                venue_at: Timestamp::from_nanos(batch.venue_at[offset]),
                local_at: Timestamp::from_nanos(batch.local_at[offset]),
                price: Price::new(batch.price.get(offset)),
                quantity: Quantity::new(batch.quantity.get(offset)),
                flags: batch.flags[offset],
            };
            (row, batch.delivery.as_ref().map_or(0, |delivery| delivery[offset]))
        }));
    }
    Ok(rows)
}

fn read_bars(reader: &TapeReader) -> Vec<Bar> {
    let bars = |index| match reader.read(index).unwrap() {
        Some(Batch::Bars(batch)) => (0..batch.len()).map(|offset| batch.bar(offset, MINUTE)).collect::<Vec<Bar>>(),
        other => panic!("batch {index} holds {other:?}"),
    };
    (0..reader.batches()).flat_map(bars).collect()
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.tape");
    (folder, path)
}

/// Names in the folder of `path`.
fn names(path: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(path.parent().unwrap()).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}
