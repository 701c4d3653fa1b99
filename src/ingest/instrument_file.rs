use super::error::{IngestError, Mismatch, Place};
use super::grid::Grid;
use crate::model::{ContractKind, FeeSchedule, Filters, Instrument};
use crate::units::{Fixed, Money, Price, Quantity, Rate, Rounding};
use std::path::Path;
use toml::Spanned;

/// An instrument definition as a TOML file: every number a quoted decimal in quote or base, never in ticks or steps.
///
/// ```toml
/// symbol = "BTCUSDT"
/// venue = "binance-usdm"
/// kind = "linear"                 # or "spot"
/// base = "BTC"
/// quote = "USDT"
/// tick_size = "0.1"
/// step_size = "0.001"
/// multiplier = "1"                # base per contract; 1 when absent
/// [fees]
/// maker = "0.0002"
/// taker = "0.0005"
/// rounding = "toward-venue"       # or "down", "half-even"
/// decimals = 8
/// [filters]                       # each may be absent: off; lot is then one step
/// lot = "0.001"
/// min_quantity = "0.001"
/// max_quantity = "1000"
/// min_price = "556.8"
/// max_price = "4529764"
/// min_notional = "100"
/// max_open_orders = 200
/// ```
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstrumentFile {
    symbol: Spanned<String>,
    venue: Spanned<String>,
    kind: ContractKind,
    base: Spanned<String>,
    quote: Spanned<String>,
    tick_size: Spanned<Fixed>,
    step_size: Spanned<Fixed>,
    multiplier: Option<Spanned<Fixed>>,
    fees: FeesTable,
    #[serde(default)]
    filters: FiltersTable,
}

#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct FeesTable {
    maker: Spanned<String>,
    taker: Spanned<String>,
    #[serde(default)]
    rounding: Rounding,
    decimals: Option<Spanned<u8>>,
}

#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct FiltersTable {
    lot: Option<Spanned<Fixed>>,
    min_quantity: Option<Spanned<Fixed>>,
    max_quantity: Option<Spanned<Fixed>>,
    min_price: Option<Spanned<Fixed>>,
    max_price: Option<Spanned<Fixed>>,
    min_notional: Option<Spanned<Money>>,
    max_open_orders: Option<u32>,
}

/// A mismatch and the byte it starts at.
type Refused = (Mismatch, usize);

impl InstrumentFile {
    /// Reads and checks a definition from a file.
    ///
    /// # Errors
    /// [`IngestError`] when the file cannot be read, is no TOML, has an unknown or missing key, or a value off its grid.
    pub fn read(path: &Path) -> Result<Instrument, IngestError> {
        let text = std::fs::read_to_string(path).map_err(IngestError::io(path, "cannot read"))?;
        Self::parse(&text, path)
    }

    /// Checks the text of a definition; `path` is for messages only.
    ///
    /// # Errors
    /// [`IngestError`], as above.
    pub fn parse(text: &str, path: &Path) -> Result<Instrument, IngestError> {
        let refuse = |(mismatch, byte)| Mismatch::at(mismatch, path, place_of(text, byte));
        let file: Self = toml::from_str(text).map_err(|error| refuse(describe(text, &error)))?;
        file.check().map_err(refuse)
    }

    fn check(&self) -> Result<Instrument, Refused> {
        for (key, name) in
            [("symbol", &self.symbol), ("venue", &self.venue), ("base", &self.base), ("quote", &self.quote)]
        {
            non_empty(key, name)?;
        }
        let tick_size = above_zero("tick_size", &self.tick_size)?;
        let step_size = above_zero("step_size", &self.step_size)?;
        let multiplier =
            self.multiplier.as_ref().map_or(Ok(Fixed::new(1, 0)), |value| above_zero("multiplier", value))?;
        let instrument = Instrument {
            symbol: self.symbol.get_ref().clone(),
            venue: self.venue.get_ref().clone(),
            kind: self.kind,
            base: self.base.get_ref().clone(),
            quote: self.quote.get_ref().clone(),
            tick_size,
            step_size,
            multiplier,
            fees: self.fees.check()?,
            filters: self.filters.check(Grid::new(tick_size), Grid::new(step_size))?,
            inferred: Vec::new(),
        };
        self.check_scales(&instrument)?;
        Ok(instrument)
    }

    fn check_scales(&self, instrument: &Instrument) -> Result<(), Refused> {
        let at = self.tick_size.span().start;
        let refuse = |overflow: crate::units::Overflow| {
            let product = format!("{} x {} x {}", instrument.tick_size, instrument.step_size, instrument.multiplier);
            (Mismatch::new(&product, "at most 18 decimals in tick x step x multiplier").hint(overflow.to_string()), at)
        };
        instrument.tick_step_value().map(|_| ()).map_err(refuse)?;
        if instrument.kind == ContractKind::Spot && instrument.multiplier != Fixed::new(1, 0) {
            let found = instrument.multiplier.to_string();
            return Err((Mismatch::new(&found, "1 for a spot instrument").key("multiplier"), at));
        }
        Ok(())
    }
}

impl FeesTable {
    fn check(&self) -> Result<FeeSchedule, Refused> {
        Ok(FeeSchedule {
            maker: rate("fees.maker", &self.maker)?,
            taker: rate("fees.taker", &self.taker)?,
            rounding: self.rounding,
            decimals: self.decimals.as_ref().map_or(Ok(8), fee_decimals)?,
        })
    }
}

impl FiltersTable {
    fn check(&self, ticks: Grid, steps: Grid) -> Result<Filters, Refused> {
        let price = |key, value| on_grid(key, value, ticks).map(|count| count.map(Price::new));
        let quantity = |key, value| on_grid(key, value, steps).map(|count| count.map(Quantity::new));
        Ok(Filters {
            lot: quantity("filters.lot", &self.lot)?.unwrap_or(Quantity::new(1)),
            min_quantity: quantity("filters.min_quantity", &self.min_quantity)?,
            max_quantity: quantity("filters.max_quantity", &self.max_quantity)?,
            min_price: price("filters.min_price", &self.min_price)?,
            max_price: price("filters.max_price", &self.max_price)?,
            min_notional: self.min_notional.as_ref().map(min_notional).transpose()?,
            max_open_orders: self.max_open_orders,
        })
    }
}

fn min_notional(value: &Spanned<Money>) -> Result<Money, Refused> {
    if Money::ZERO <= *value.get_ref() {
        return Ok(*value.get_ref());
    }
    Err((Mismatch::new(&value.get_ref().to_string(), "zero or more").key("filters.min_notional"), value.span().start))
}

fn non_empty(key: &str, value: &Spanned<String>) -> Result<(), Refused> {
    if value.get_ref().trim().is_empty() {
        return Err((Mismatch::new(value.get_ref(), "a name").key(key), value.span().start));
    }
    Ok(())
}

fn above_zero(key: &str, value: &Spanned<Fixed>) -> Result<Fixed, Refused> {
    if 0 < value.get_ref().mantissa {
        return Ok(*value.get_ref());
    }
    Err((Mismatch::new(&value.get_ref().to_string(), "a decimal above zero").key(key), value.span().start))
}

fn on_grid(key: &str, value: &Option<Spanned<Fixed>>, grid: Grid) -> Result<Option<i64>, Refused> {
    let Some(value) = value else { return Ok(None) };
    let fixed = above_zero(key, value)?;
    let refuse =
        || (Mismatch::new(&fixed.to_string(), format!("a multiple of {}", grid.unit())).key(key), value.span().start);
    grid.count_fixed(fixed).map(Some).ok_or_else(refuse)
}

fn rate(key: &str, text: &Spanned<String>) -> Result<Rate, Refused> {
    let expected = "a fraction between -1 and 1 with at most 9 decimals, such as \"0.0002\"";
    let refuse = || (Mismatch::new(text.get_ref(), expected).key(key), text.span().start);
    let rate = Rate::parse(text.get_ref()).map_err(|_| refuse())?;
    if rate.ppb().abs() < Rate::ONE { Ok(rate) } else { Err(refuse()) }
}

fn fee_decimals(value: &Spanned<u8>) -> Result<u8, Refused> {
    let decimals = *value.get_ref();
    if decimals <= Money::SCALE {
        return Ok(decimals);
    }
    Err((Mismatch::new(&decimals.to_string(), "0 to 18").key("fees.decimals"), value.span().start))
}

fn describe(text: &str, error: &toml::de::Error) -> Refused {
    let span = error.span().unwrap_or(0..0);
    let found = text.get(span.clone()).unwrap_or("").lines().next().unwrap_or("");
    (Mismatch::new(found, "an instrument definition").hint(error.message().trim_end()), span.start)
}

fn place_of(text: &str, byte: usize) -> Place {
    let before = text.get(..byte).unwrap_or("");
    let line = before.matches('\n').count() as u64 + 1;
    let column = before.rsplit('\n').next().map_or(0, str::len) as u64 + 1;
    Place::LineColumn(line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
symbol = "BTCUSDT"
venue = "binance-usdm"
kind = "linear"
base = "BTC"
quote = "USDT"
tick_size = "0.10"
step_size = "0.001"
[fees]
maker = "-0.00005"
taker = "0.0005"
[filters]
lot = "0.002"
max_price = "4529764"
min_notional = "100"
max_open_orders = 200
"#;

    fn check(from: &str, to: &str, expected: &str) {
        assert!(GOOD.contains(from), "`{from}` is not in the good file");
        let error = InstrumentFile::parse(&GOOD.replacen(from, to, 1), Path::new("i.toml")).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn reads_a_definition() {
        let instrument = InstrumentFile::parse(GOOD, Path::new("i.toml")).unwrap();
        assert_eq!(instrument.tick_size, Fixed::new(1, 1));
        assert_eq!(instrument.fees.maker.ppb(), -50_000);
        assert_eq!(instrument.filters.lot, Quantity::new(2));
        assert_eq!(instrument.filters.max_price, Some(Price::new(45_297_640)));
        assert_eq!(instrument.filters.min_notional, Some(Money::from_units(100)));
        assert!(instrument.inferred.is_empty());
    }

    #[test]
    fn refuses_with_line_key_value_and_expectation() {
        check("\"0.002\"", "\"0.0025\"", "i.toml:13:7: `filters.lot`: found `0.0025`, expected a multiple of 0.001");
        check("\"0.10\"", "\"0\"", "i.toml:7:13: `tick_size`: found `0`, expected a decimal above zero");
        check("\"BTC\"", "\" \"", "i.toml:5:8: `base`: found ` `, expected a name");
        check(
            "\"0.0005\"",
            "\"5%\"",
            "i.toml:11:9: `fees.taker`: found `5%`, expected a fraction between -1 and 1 with at most 9 decimals, such as \"0.0002\"",
        );
    }

    #[test]
    fn refuses_unknown_keys_floats_and_missing_keys() {
        for (from, to, says) in [
            ("lot = \"0.002\"", "lots = \"0.002\"", "unknown field `lots`"),
            ("\"0.10\"", "0.1", "expected a decimal in quotes"),
            ("quote = \"USDT\"\n", "", "missing field `quote`"),
            ("\"linear\"", "\"inverse\"", "unknown variant `inverse`, expected `spot` or `linear`"),
            ("\"0.001\"", "\"NaN\"", "expected a decimal"),
        ] {
            let error = InstrumentFile::parse(&GOOD.replacen(from, to, 1), Path::new("i.toml")).unwrap_err();
            assert!(error.to_string().contains(says), "{error} does not say {says}");
        }
    }
}
