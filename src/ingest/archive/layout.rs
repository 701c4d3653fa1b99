use crate::ingest::error::Mismatch;
use crate::ingest::import::Format;
use std::ops::RangeInclusive;

/// Which of the archive's tables a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Price bars.
    Klines,
    /// Single trades.
    Trades,
    /// Trades of one aggressor order at one price, added up.
    AggTrades,
}

/// Accepted names of one column, lower case, the archive's own first.
type Names = &'static [&'static str];

const KLINES: [Names; 12] = [
    &["open_time"],
    &["open"],
    &["high"],
    &["low"],
    &["close"],
    &["volume"],
    &["close_time"],
    &["quote_volume", "quote_asset_volume"],
    &["count", "number_of_trades", "trades"],
    &["taker_buy_volume", "taker_buy_base_asset_volume", "taker_buy_base_volume"],
    &["taker_buy_quote_volume", "taker_buy_quote_asset_volume"],
    &["ignore"],
];

const TRADES: [Names; 7] = [
    &["id", "trade_id"],
    &["price"],
    &["qty", "quantity"],
    &["quote_qty", "quote_quantity", "base_qty"],
    &["time", "timestamp"],
    &["is_buyer_maker"],
    &["is_best_match"],
];

const AGG_TRADES: [Names; 8] = [
    &["agg_trade_id", "a"],
    &["price", "p"],
    &["quantity", "qty", "q"],
    &["first_trade_id", "f"],
    &["last_trade_id", "l"],
    &["transact_time", "timestamp", "time", "t"],
    &["is_buyer_maker", "m"],
    &["is_best_match", "was_the_trade_the_best_price_match", "m"],
];

impl Layout {
    /// All layouts.
    pub const ALL: [Self; 3] = [Self::Klines, Self::Trades, Self::AggTrades];

    /// The archive's word for it: `klines`, `trades`, `aggTrades`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Klines => "klines",
            Self::Trades => "trades",
            Self::AggTrades => "aggTrades",
        }
    }

    /// The import format.
    #[must_use]
    pub const fn format(self) -> Format {
        match self {
            Self::Klines => Format::BinanceKlines,
            Self::Trades => Format::BinanceTrades,
            Self::AggTrades => Format::BinanceAggTrades,
        }
    }

    /// The archive's name of column `index` from 0.
    pub(super) fn column(self, index: usize) -> &'static str {
        self.columns().get(index).map_or("beyond the last column", |names| names[0])
    }

    /// How many columns a row may have: the last one is missing for futures.
    pub(super) fn widths(self) -> RangeInclusive<usize> {
        let most = self.columns().len();
        match self {
            Self::Klines => most..=most,
            Self::Trades | Self::AggTrades => most - 1..=most,
        }
    }

    /// Refuses a row of another width.
    pub(super) fn check_width(self, found: usize) -> Result<(), Mismatch> {
        let widths = self.widths();
        if widths.contains(&found) {
            return Ok(());
        }
        let (least, most) = widths.into_inner();
        let expected = if least == most { format!("{most} columns") } else { format!("{least} or {most} columns") };
        let mismatch = Mismatch::new(&format!("{found} columns"), format!("{expected} of {}", self.name()));
        let other = Self::ALL.into_iter().find(|other| *other != self && other.widths().contains(&found));
        Err(match other {
            Some(other) => mismatch.hint(format!("{} have {found} columns", other.name())),
            None => mismatch,
        })
    }

    /// Checks a header line. The error names the column index to blame.
    pub(super) fn check_header(self, fields: &[String]) -> Result<(), (usize, Mismatch)> {
        self.check_width(fields.len()).map_err(|mismatch| (0, mismatch))?;
        let wrong =
            fields.iter().zip(self.columns()).position(|(field, names)| !names.contains(&plain(field).as_str()));
        let Some(index) = wrong else { return Ok(()) };
        let expected = match index {
            0 => format!("the header name `{}` or a row that starts with an integer", self.column(0)),
            _ => format!("the header name `{}`", self.column(index)),
        };
        let mismatch = Mismatch::new(&fields[index], expected);
        let other = Self::ALL.into_iter().find(|other| *other != self && other.matches(fields));
        Err((
            index,
            other.map_or(mismatch.clone(), |other| mismatch.hint(format!("this is a file of {}", other.name()))),
        ))
    }

    fn matches(self, fields: &[String]) -> bool {
        self.widths().contains(&fields.len())
            && fields.iter().zip(self.columns()).all(|(field, names)| names.contains(&plain(field).as_str()))
    }

    const fn columns(self) -> &'static [Names] {
        match self {
            Self::Klines => &KLINES,
            Self::Trades => &TRADES,
            Self::AggTrades => &AGG_TRADES,
        }
    }
}

fn plain(name: &str) -> String {
    name.trim().to_ascii_lowercase().replace(' ', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Vec<String> {
        text.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn knows_the_headers_of_the_archive() {
        let klines = "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,\
                      taker_buy_quote_volume,ignore";
        let aggregated = "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker";
        Layout::Klines.check_header(&header(klines)).unwrap();
        Layout::AggTrades.check_header(&header(aggregated)).unwrap();
        Layout::Trades.check_header(&header("id,price,qty,quote_qty,time,is_buyer_maker")).unwrap();
        let (column, mismatch) = Layout::Trades.check_header(&header(aggregated)).unwrap_err();
        assert_eq!(column, 0);
        assert!(mismatch.hint.contains("aggTrades"), "{mismatch}");
    }

    #[test]
    fn a_wrong_width_names_the_layout_it_fits() {
        let mismatch = Layout::Klines.check_width(8).unwrap_err();
        assert_eq!(mismatch.to_string(), "found `8 columns`, expected 12 columns of klines; aggTrades have 8 columns");
    }
}
