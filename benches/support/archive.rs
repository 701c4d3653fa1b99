//! Files as the Binance public archive has them, generated: a price that wanders, sizes that vary, ids and times that rise.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// 2024-01-01 UTC in milliseconds.
const START_MS: u64 = 1_704_067_200_000;

/// Writes `rows` rows of `layout` (`klines`, `um-klines` as of futures, `trades`, `aggTrades`), as `csv` or `zip`, and returns the path.
pub fn generate(layout: &str, packing: &str, rows: u64, folder: &Path) -> PathBuf {
    let name = if layout.ends_with("klines") { "BTCUSDT-1s-2024-01" } else { "BTCUSDT-trades-2024-01" };
    let path = folder.join(format!("{name}.{packing}"));
    let mut file = BufWriter::with_capacity(1 << 20, File::create(&path).expect("a writable folder"));
    match packing {
        "csv" => {
            rows_to(&mut file, layout, rows);
            file.flush().expect("room on the disk");
        }
        "zip" => {
            let mut archive = zip::ZipWriter::new(file);
            let options = zip::write::SimpleFileOptions::default().compression_level(Some(6)).large_file(true);
            archive.start_file(format!("{name}.csv"), options).expect("an entry");
            rows_to(&mut archive, layout, rows);
            archive.finish().expect("an archive");
        }
        other => panic!("packing `{other}`; known: csv, zip"),
    }
    path
}

fn rows_to(to: &mut impl Write, layout: &str, rows: u64) {
    let mut walk = Walk { state: 7, tick: 4_231_789 };
    for index in 0..rows {
        let line = match layout {
            "klines" => kline(&mut walk, index),
            "um-klines" => um_kline(&mut walk, index),
            "trades" => trade(&mut walk, index),
            "aggTrades" => agg_trade(&mut walk, index),
            other => panic!("layout `{other}`; known: klines, um-klines, trades, aggTrades"),
        };
        to.write_all(line.as_bytes()).expect("room on the disk");
    }
}

/// A price in hundredths that moves now and then.
struct Walk {
    state: u64,
    tick: u64,
}

impl Walk {
    fn draw(&mut self, below: u64) -> u64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) % below
    }

    fn step(&mut self) -> u64 {
        if self.draw(3) == 0 {
            self.tick = (self.tick + self.draw(21) - 10).clamp(1_000_000, 9_000_000);
        }
        self.tick
    }
}

/// `4231789` in hundredths with eight decimals, as spot files have it.
fn price(tick: u64) -> String {
    format!("{}.{:02}000000", tick / 100, tick % 100)
}

fn size(steps: u64) -> String {
    format!("{}.{:05}000", steps / 100_000, steps % 100_000)
}

/// Price times size with eight decimals.
fn quote(tick: u64, steps: u64) -> String {
    let value = tick * steps * 10;
    format!("{}.{:08}", value / 100_000_000, value % 100_000_000)
}

fn kline(walk: &mut Walk, index: u64) -> String {
    let open_at = START_MS + index * 1_000;
    let (open, close) = (walk.step(), walk.step());
    let (high, low) = (open.max(close) + walk.draw(30), open.min(close) - walk.draw(30));
    let volume = 1 + walk.draw(3_000_000);
    format!(
        "{open_at},{},{},{},{},{},{},{},{},{},{},0\n",
        price(open),
        price(high),
        price(low),
        price(close),
        size(volume),
        open_at + 999,
        quote(open, volume),
        1 + walk.draw(400),
        size(volume / 2),
        quote(open, volume / 2),
    )
}

/// Prices in tenths and volumes in thousandths, written as short as they are.
fn um_kline(walk: &mut Walk, index: u64) -> String {
    let open_at = START_MS + index * 1_000;
    let tenths = |tick: u64| format!("{}.{}", tick / 100, tick / 10 % 10);
    let thousandths = |steps: u64| format!("{}.{:03}", steps / 1_000, steps % 1_000);
    let (open, close) = (walk.step(), walk.step());
    let (high, low) = (open.max(close) + walk.draw(30), open.min(close) - walk.draw(30));
    let volume = 1 + walk.draw(3_000_000);
    format!(
        "{open_at},{},{},{},{},{},{},{},{},{},{},0\n",
        tenths(open),
        tenths(high),
        tenths(low),
        tenths(close),
        thousandths(volume),
        open_at + 999,
        thousandths(volume * (open / 10)),
        1 + walk.draw(400),
        thousandths(volume / 2),
        thousandths(volume / 2 * (open / 10)),
    )
}

fn trade(walk: &mut Walk, index: u64) -> String {
    let (tick, steps, at) = (walk.step(), 1 + walk.draw(400_000), START_MS + index * 37 / 4);
    let maker = if walk.draw(2) == 0 { "True" } else { "False" };
    let (id, quote) = (3_352_516_479 + index, quote(tick, steps));
    format!("{id},{},{},{quote},{at},{maker},True\n", price(tick), size(steps))
}

fn agg_trade(walk: &mut Walk, index: u64) -> String {
    let (tick, steps, at) = (walk.step(), 1 + walk.draw(400_000), START_MS + index * 37 / 2);
    let maker = if walk.draw(2) == 0 { "True" } else { "False" };
    let (id, first) = (2_831_001_872 + index, 3_352_516_479 + 2 * index);
    format!("{id},{},{},{first},{},{at},{maker},True\n", price(tick), size(steps), first + 1)
}
