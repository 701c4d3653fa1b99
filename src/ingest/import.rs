use super::archive::{self, Layout};
use super::candles;
use super::error::{IngestError, Mismatch};
use super::infer::Product;
use crate::model::Instrument;
use crate::tape::TapeHeader;
use crate::units::{MILLISECOND, Span};
use std::fmt;
use std::path::{Path, PathBuf};

/// What can be made into a tape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Raw captures of Binance websocket streams with REST snapshots: `<local stamp> <json>` a line.
    BinanceWs,
    /// Klines of the Binance public archive: bars.
    BinanceKlines,
    /// Trades of the Binance public archive.
    BinanceTrades,
    /// Aggregated trades of the Binance public archive.
    BinanceAggTrades,
    /// Candles in Parquet or Feather.
    Candles,
}

/// What an import may be told beside the files.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// The instrument; `None` infers it from the data and says so in [`Instrument::inferred`].
    pub instrument: Option<Instrument>,
    /// Which symbol of a recording that holds several, or the symbol of an inferred instrument.
    pub symbol: Option<String>,
    /// Venue and product of an inferred instrument, where the data do not tell.
    pub product: Product,
    /// Smallest latency after a correction of the local clock.
    pub base_latency: Span,
}

/// What an import did.
#[derive(Debug, Clone)]
pub struct ImportReport {
    /// Header of the tape that was written, findings included.
    pub header: TapeHeader,
    /// Input messages (lines, or rows) read.
    pub messages: u64,
    /// Rows or bars written.
    pub rows: u64,
    /// What was compared with a second statement of the same fact, in the order of the checks.
    pub checks: Vec<Check>,
}

/// A comparison with a second statement of the same fact in the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was compared: `book equals bookTicker`.
    pub name: &'static str,
    /// How often both could be compared.
    pub compared: u64,
    /// How often they agreed.
    pub equal: u64,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 5] =
        [Self::BinanceWs, Self::BinanceKlines, Self::BinanceTrades, Self::BinanceAggTrades, Self::Candles];

    /// Name on the command line and in tape headers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BinanceWs => "binance-ws",
            Self::BinanceKlines => "binance-klines",
            Self::BinanceTrades => "binance-trades",
            Self::BinanceAggTrades => "binance-aggtrades",
            Self::Candles => "candles",
        }
    }

    /// What it is, in one line.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::BinanceWs => {
                "raw websocket captures, `<local stamp> <json>` a line, plain or gz: spot, USD-M, COIN-M"
            }
            Self::BinanceKlines => "klines of the public archive: csv, gz or zip",
            Self::BinanceTrades => "trades of the public archive: csv, gz or zip",
            Self::BinanceAggTrades => "aggregated trades of the public archive: csv, gz or zip",
            Self::Candles => "candles: Parquet or Feather",
        }
    }

    /// The format called `name`.
    ///
    /// # Errors
    /// [`Mismatch`] lists the names there are.
    pub fn parse(name: &str) -> Result<Self, Mismatch> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            let near = Self::ALL.into_iter().min_by_key(|format| strsim::damerau_levenshtein(format.name(), name));
            let hint = near.map_or_else(String::new, |near| format!("did you mean {}?", near.name()));
            Mismatch::new(name, format!("one of {names}")).key("FORMAT").hint(hint)
        })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self { instrument: None, symbol: None, product: Product::Unstated, base_latency: MILLISECOND }
    }
}

/// Nothing compared yet: the check of the rebuilt book against the venue's own best prices.
impl Default for Check {
    fn default() -> Self {
        Self { name: "book equals bookTicker", compared: 0, equal: 0 }
    }
}

impl Check {
    /// True when there was something to compare and all of it agreed.
    #[must_use]
    pub const fn holds(&self) -> bool {
        0 < self.compared && self.compared == self.equal
    }
}

/// `book equals bookTicker 629 of 629`.
impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} of {}", self.name, self.equal, self.compared)
    }
}

/// Imports `inputs`, which in the given order are one recording, into a tape at `output`. `progress` hears bytes read,
/// out of the sum of the file sizes. Nothing is left at `output` unless all went well.
///
/// # Errors
/// [`IngestError`] when an input cannot be read or is not what the format says, or the tape cannot be written.
pub fn import(
    format: Format,
    inputs: &[PathBuf],
    options: &ImportOptions,
    output: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<ImportReport, IngestError> {
    match format {
        Format::BinanceWs => super::binance_ws::import(inputs, options, output, progress),
        Format::BinanceKlines => archive::import(Layout::Klines, inputs, options, output, progress),
        Format::BinanceTrades => archive::import(Layout::Trades, inputs, options, output, progress),
        Format::BinanceAggTrades => archive::import(Layout::AggTrades, inputs, options, output, progress),
        Format::Candles => candles::import(inputs, options, output, progress),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_have_names_both_ways() {
        for format in Format::ALL {
            assert_eq!(Format::parse(format.name()), Ok(format));
        }
        let text = Format::parse("binance-kline").unwrap_err().to_string();
        assert!(text.ends_with("did you mean binance-klines?"), "{text}");
    }
}
