use super::error::Mismatch;
use super::grid::Grid;
use crate::model::{ContractKind, FeeSchedule, Filters, Instrument};
use crate::units::{Fixed, FixedError, Quantity, Rate, Rounding};

/// Distinct values that must be seen before their greatest common divisor is believed; below that the decimals decide.
/// A false divisor of two would need this many even values in a row by chance.
const DISTINCT_ENOUGH: usize = 64;

/// Quote assets by which a symbol without separator is split, longest first where one ends in another.
const QUOTES: [&str; 22] = [
    "FDUSD", "USDT", "USDC", "TUSD", "BUSD", "USDP", "USDD", "USD1", "USD", "BTC", "ETH", "BNB", "SOL", "XRP", "DOGE",
    "EUR", "GBP", "TRY", "BRL", "JPY", "AUD", "DAI",
];

/// Which venue and product a file comes from, as far as an instrument can be inferred from that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Product {
    /// Binance spot.
    BinanceSpot,
    /// Binance USD-margined futures.
    BinanceUsdm,
    /// Binance coin-margined futures: inverse contracts.
    BinanceCoinm,
    /// Not known: spot rules and the spot fees of the dearest tier are assumed.
    Unstated,
}

impl Product {
    /// Venue name as in [`Instrument::venue`].
    #[must_use]
    pub const fn venue(self) -> &'static str {
        match self {
            Self::BinanceSpot => "binance-spot",
            Self::BinanceUsdm => "binance-usdm",
            Self::BinanceCoinm => "binance-coinm",
            Self::Unstated => "unstated",
        }
    }

    const fn kind(self) -> ContractKind {
        match self {
            Self::BinanceSpot | Self::Unstated => ContractKind::Spot,
            Self::BinanceUsdm | Self::BinanceCoinm => ContractKind::Linear,
        }
    }

    /// Maker and taker rate of the venue's lowest tier, without discounts, in basis points.
    const fn fees_bps(self) -> (i64, i64) {
        match self {
            Self::BinanceSpot | Self::Unstated => (10, 10),
            Self::BinanceUsdm | Self::BinanceCoinm => (2, 5),
        }
    }
}

/// Finds the grid that a stream of decimal texts lies on.
#[derive(Debug, Clone, Default)]
pub struct GridProbe {
    scale: u8,
    divisor: i64,
    /// Values with `scale` decimals, sorted; at most [`DISTINCT_ENOUGH`].
    distinct: Vec<i64>,
    observed: u64,
}

impl GridProbe {
    /// Takes one decimal text. Zero says nothing about a grid and is only counted.
    ///
    /// # Errors
    /// [`Mismatch`] when the text is no plain decimal.
    pub fn observe(&mut self, text: &str) -> Result<(), Mismatch> {
        if self.is_settled() && decimals(text.as_bytes()).is_some_and(|decimals| decimals <= usize::from(self.scale)) {
            self.observed += 1;
            return Ok(());
        }
        let value = Fixed::parse(text).map_err(|error| not_decimal(text, &error))?;
        self.observe_fixed(value);
        Ok(())
    }

    /// True when only a value with more decimals can still change the grid.
    const fn is_settled(&self) -> bool {
        self.divisor == 1
    }

    /// Takes one exact decimal.
    pub fn observe_fixed(&mut self, value: Fixed) {
        self.observed += 1;
        if value.mantissa == 0 {
            return;
        }
        if self.scale < value.scale {
            self.divisor = widen(self.divisor, value.scale - self.scale);
            self.scale = value.scale;
            self.distinct.clear();
        }
        self.keep_distinct(value);
        self.refine(value);
    }

    /// Values seen, zeros included.
    #[must_use]
    pub const fn observed(&self) -> u64 {
        self.observed
    }

    /// The coarsest grid that holds everything seen: the greatest common divisor if enough different values were seen,
    /// else one unit of the last decimal. `None` when nothing but zeros was seen.
    #[must_use]
    pub fn unit(&self) -> Option<Fixed> {
        if self.distinct.is_empty() {
            return None;
        }
        let divisor = if self.distinct.len() < DISTINCT_ENOUGH { 1 } else { self.divisor };
        Some(without_trailing_zeros(Fixed::new(divisor, self.scale)))
    }

    /// Only values that use the last decimal are evidence for a divisor of it.
    fn keep_distinct(&mut self, value: Fixed) {
        if value.scale == self.scale
            && self.distinct.len() < DISTINCT_ENOUGH
            && let Err(place) = self.distinct.binary_search(&value.mantissa)
        {
            self.distinct.insert(place, value.mantissa);
        }
    }

    fn refine(&mut self, value: Fixed) {
        let mantissa = widen(value.mantissa.saturating_abs(), self.scale - value.scale);
        if self.divisor == 0 || mantissa % self.divisor != 0 {
            self.divisor = gcd(self.divisor, mantissa);
        }
    }
}

/// Learns the scales of an instrument from the prices and quantities of its data.
#[derive(Debug, Clone, Default)]
pub struct ScaleProbe {
    /// All prices.
    pub prices: GridProbe,
    /// All quantities: of book levels, trades, or bars.
    pub quantities: GridProbe,
    /// Quantities of single trades only: they lie on the venue's lot, while old book levels can be finer.
    pub trade_quantities: GridProbe,
}

impl ScaleProbe {
    /// Has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the text of a price.
    ///
    /// # Errors
    /// [`Mismatch`] when it is no plain decimal.
    pub fn observe_price(&mut self, text: &str) -> Result<(), Mismatch> {
        self.prices.observe(text)
    }

    /// Takes the text of a quantity of a book level or bar.
    ///
    /// # Errors
    /// [`Mismatch`] when it is no plain decimal.
    pub fn observe_quantity(&mut self, text: &str) -> Result<(), Mismatch> {
        self.quantities.observe(text)
    }

    /// Takes the text of a quantity of a single trade.
    ///
    /// # Errors
    /// [`Mismatch`] when it is no plain decimal.
    pub fn observe_trade_quantity(&mut self, text: &str) -> Result<(), Mismatch> {
        self.quantities.observe(text)?;
        self.trade_quantities.observe(text)
    }

    /// The instrument as far as the data tell; what was inferred or assumed is listed in [`Instrument::inferred`].
    ///
    /// # Errors
    /// [`Mismatch`] when there were no prices or quantities, or the symbol's quote asset is not known.
    pub fn instrument(&self, symbol: &str, product: Product) -> Result<Instrument, Mismatch> {
        let (base, quote) = split_symbol(symbol).ok_or_else(|| {
            Mismatch::new(symbol, "a symbol that ends in a known quote asset, such as BTCUSDT")
                .key("symbol")
                .hint("state the instrument in a TOML file")
        })?;
        let tick_size = self.prices.unit().ok_or_else(|| nothing_seen("price"))?;
        let step_size = self.quantities.unit().ok_or_else(|| nothing_seen("quantity"))?;
        let (maker, taker) = product.fees_bps();
        let instrument = Instrument {
            symbol: symbol.to_owned(),
            venue: product.venue().to_owned(),
            kind: product.kind(),
            base,
            quote,
            tick_size,
            step_size,
            multiplier: Fixed::new(1, 0),
            fees: FeeSchedule {
                maker: Rate::from_bps(maker),
                taker: Rate::from_bps(taker),
                rounding: Rounding::TowardVenue,
                decimals: 8,
            },
            filters: Filters::lot_only(self.lot(step_size)),
            inferred: INFERRED.map(str::to_owned).to_vec(),
        };
        instrument.tick_step_value().map_err(|overflow| {
            Mismatch::new(&format!("{tick_size} x {step_size}"), "at most 18 decimals in tick x step")
                .hint(overflow.to_string())
        })?;
        Ok(instrument)
    }

    fn lot(&self, step_size: Fixed) -> Quantity {
        let steps = self.trade_quantities.unit().and_then(|lot| Grid::new(step_size).count_fixed(lot));
        Quantity::new(steps.unwrap_or(1))
    }
}

const INFERRED: [&str; 10] = [
    "venue",
    "kind",
    "base",
    "quote",
    "tick_size",
    "step_size",
    "multiplier",
    "fees.maker",
    "fees.taker",
    "filters.lot",
];

/// Splits a symbol into base and quote asset: `BTCUSDT`, `BTC/USDT`, `BTC-USDT`, `BTC_USDT`, `BTC/USDT:USDT` and
/// `BTCUSD_PERP` alike. `None` when the quote asset is not a known one.
#[must_use]
pub fn split_symbol(symbol: &str) -> Option<(String, String)> {
    let upper = symbol.to_ascii_uppercase();
    let pair = upper.split(':').next().unwrap_or("");
    let named = |base: &str, quote: &str| (!base.is_empty()).then(|| (base.to_owned(), quote.to_owned()));
    if let Some((base, quote)) = pair.split_once(['/', '-', '_'])
        && QUOTES.contains(&quote)
    {
        return named(base, quote);
    }
    let joined = pair.split('_').next().unwrap_or("");
    QUOTES.iter().find_map(|quote| named(joined.strip_suffix(quote)?, quote))
}

/// Decimals of a plain decimal without its trailing zeros; `None` when it is none, or has too many digits to tell.
fn decimals(text: &[u8]) -> Option<usize> {
    let point = text.iter().position(|byte| *byte == b'.');
    let (whole, fraction) = text.split_at(point.unwrap_or(text.len()));
    let fraction = fraction.get(1..).unwrap_or_default();
    let plain = whole.iter().chain(fraction).all(u8::is_ascii_digit);
    if !plain || !(1..=18).contains(&(whole.len() + fraction.len())) {
        return None;
    }
    let zeros = fraction.iter().rev().take_while(|byte| **byte == b'0').count();
    Some(fraction.len() - zeros)
}

fn not_decimal(text: &str, error: &FixedError) -> Mismatch {
    match error {
        FixedError::TooFine(..) => Mismatch::new(text, "at most 18 decimals"),
        FixedError::TooLarge(_) => Mismatch::new(text, "a number within 64 bits"),
        FixedError::Empty | FixedError::NotDecimal(_) => Mismatch::new(text, "a plain decimal such as 12.5"),
    }
}

fn nothing_seen(what: &str) -> Mismatch {
    Mismatch::new("nothing", format!("at least one {what} above zero")).hint("state the instrument in a TOML file")
}

fn without_trailing_zeros(mut fixed: Fixed) -> Fixed {
    while 0 < fixed.scale && fixed.mantissa % 10 == 0 {
        fixed = Fixed::new(fixed.mantissa / 10, fixed.scale - 1);
    }
    fixed
}

/// `value x 10^decimals`; when that leaves 64 bits 1, the divisor of everything.
fn widen(value: i64, decimals: u8) -> i64 {
    10_i64.checked_pow(u32::from(decimals)).and_then(|power| value.checked_mul(power)).unwrap_or(1)
}

fn gcd(mut a: i64, mut b: i64) -> i64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(texts: impl IntoIterator<Item = String>) -> Option<String> {
        let mut probe = GridProbe::default();
        texts.into_iter().for_each(|text| probe.observe(&text).unwrap());
        probe.unit().map(|unit| unit.to_string())
    }

    #[test]
    fn decimals_decide_until_enough_values_were_seen() {
        assert_eq!(unit(["100.50000000".to_owned(), "100.1".to_owned()]), Some("0.1".to_owned()));
        assert_eq!(unit(["0.00000000".to_owned()]), None);
        assert_eq!(unit(["100".to_owned(), "200".to_owned()]), Some("1".to_owned()));
    }

    #[test]
    fn many_values_give_their_common_divisor() {
        assert_eq!(unit((0..200).map(|k| format!("{}.{}", 60 + k, 5 * (k % 2)))), Some("0.5".to_owned()));
        assert_eq!(unit((0..200).map(|k| format!("{}", 5000 + 10 * k))), Some("10".to_owned()));
        assert_eq!(unit((0..200).map(|_| "7.5".to_owned())), Some("0.1".to_owned()), "one value is no evidence");
    }

    #[test]
    fn a_settled_grid_still_refuses_and_refines() {
        let mut probe = GridProbe::default();
        (1..200).for_each(|k| probe.observe(&format!("{k}.{}00", k % 10)).unwrap());
        assert!(probe.is_settled());
        for text in ["", ".", "NaN", "1.2.3", "1e5"] {
            assert!(probe.observe(text).is_err(), "{text}");
        }
        assert_eq!(probe.unit(), Some(Fixed::new(1, 1)));
        probe.observe("0.00500").unwrap();
        assert_eq!((probe.unit(), probe.observed()), (Some(Fixed::new(1, 3)), 200));
    }

    #[test]
    fn far_levels_finer_than_the_lot_set_the_step_not_the_lot() {
        let mut probe = ScaleProbe::new();
        probe.observe_price("80000.01").unwrap();
        probe.observe_quantity("244.566304").unwrap();
        probe.observe_trade_quantity("0.00013000").unwrap();
        let instrument = probe.instrument("BTCUSDT", Product::BinanceSpot).unwrap();
        assert_eq!((instrument.step_size, instrument.filters.lot), (Fixed::new(1, 6), Quantity::new(10)));
        assert!(instrument.inferred.iter().any(|name| name == "tick_size"));
    }

    #[test]
    fn splits_symbols() {
        for (symbol, expected) in [
            ("BTCUSDT", Some(("BTC", "USDT"))),
            ("btcfdusd", Some(("BTC", "FDUSD"))),
            ("BTCUSD_PERP", Some(("BTC", "USD"))),
            ("BTCUSDT_240628", Some(("BTC", "USDT"))),
            ("XRP/ETH", Some(("XRP", "ETH"))),
            ("XRP_ETH", Some(("XRP", "ETH"))),
            ("ADA/USDT:USDT", Some(("ADA", "USDT"))),
            ("USDT", Some(("", ""))),
            ("ABC", None),
        ] {
            let found = split_symbol(symbol);
            let expected = expected.filter(|(base, _)| !base.is_empty());
            assert_eq!(found, expected.map(|(base, quote)| (base.to_owned(), quote.to_owned())), "{symbol}");
        }
    }

    #[test]
    fn an_unknown_quote_is_refused_with_a_way_out() {
        let mut probe = ScaleProbe::new();
        probe.observe_price("1.5").unwrap();
        probe.observe_quantity("1").unwrap();
        let text = probe.instrument("FOOBAR", Product::Unstated).unwrap_err().to_string();
        assert!(text.contains("FOOBAR") && text.contains("TOML"), "{text}");
    }
}
