use super::fault::Fault;
use super::{ClockCorrection, FitnessFinding, SourceFile, TapeHeader, TapeKind};
use crate::model::{ContractKind, FeeSchedule, Filters, Instrument};
use crate::units::{Fixed, Money, Price, Quantity, Rate, Rounding, Span, Timestamp};
use serde::{Deserialize, Serialize};

/// A [`TapeHeader`] as it stands in the file. Decimals keep mantissa and scale, so that reading gives back what was written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderRecord {
    kind: TapeKind,
    instrument: InstrumentRecord,
    period_ns: Option<i64>,
    rows: u64,
    first_at: Timestamp,
    last_at: Timestamp,
    reordered: bool,
    starts_with_snapshot: bool,
    format: String,
    importer_version: u32,
    sources: Vec<SourceFile>,
    clock: Option<ClockCorrection>,
    findings: Vec<FitnessFinding>,
    content_hash: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct InstrumentRecord {
    symbol: String,
    venue: String,
    kind: ContractKind,
    base: String,
    quote: String,
    tick_size: FixedRecord,
    step_size: FixedRecord,
    multiplier: FixedRecord,
    maker_fee_ppb: i64,
    taker_fee_ppb: i64,
    fee_rounding: Rounding,
    fee_decimals: u8,
    lot: i64,
    min_quantity: Option<i64>,
    max_quantity: Option<i64>,
    min_price: Option<i64>,
    max_price: Option<i64>,
    min_notional: Option<Money>,
    max_open_orders: Option<u32>,
    inferred: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FixedRecord {
    mantissa: i64,
    scale: u8,
}

impl From<Fixed> for FixedRecord {
    fn from(fixed: Fixed) -> Self {
        Self { mantissa: fixed.mantissa, scale: fixed.scale }
    }
}

impl From<FixedRecord> for Fixed {
    fn from(record: FixedRecord) -> Self {
        Self::new(record.mantissa, record.scale)
    }
}

impl From<&Instrument> for InstrumentRecord {
    fn from(instrument: &Instrument) -> Self {
        let Instrument { symbol, venue, kind, base, quote, tick_size, step_size, multiplier, fees, filters, inferred } =
            instrument.clone();
        Self {
            symbol,
            venue,
            kind,
            base,
            quote,
            tick_size: tick_size.into(),
            step_size: step_size.into(),
            multiplier: multiplier.into(),
            maker_fee_ppb: fees.maker.ppb(),
            taker_fee_ppb: fees.taker.ppb(),
            fee_rounding: fees.rounding,
            fee_decimals: fees.decimals,
            lot: filters.lot.steps(),
            min_quantity: filters.min_quantity.map(Quantity::steps),
            max_quantity: filters.max_quantity.map(Quantity::steps),
            min_price: filters.min_price.map(Price::ticks),
            max_price: filters.max_price.map(Price::ticks),
            min_notional: filters.min_notional,
            max_open_orders: filters.max_open_orders,
            inferred,
        }
    }
}

impl From<InstrumentRecord> for Instrument {
    fn from(record: InstrumentRecord) -> Self {
        let fees = FeeSchedule {
            maker: Rate::from_ppb(record.maker_fee_ppb),
            taker: Rate::from_ppb(record.taker_fee_ppb),
            rounding: record.fee_rounding,
            decimals: record.fee_decimals,
        };
        let filters = Filters {
            lot: Quantity::new(record.lot),
            min_quantity: record.min_quantity.map(Quantity::new),
            max_quantity: record.max_quantity.map(Quantity::new),
            min_price: record.min_price.map(Price::new),
            max_price: record.max_price.map(Price::new),
            min_notional: record.min_notional,
            max_open_orders: record.max_open_orders,
        };
        Self {
            symbol: record.symbol,
            venue: record.venue,
            kind: record.kind,
            base: record.base,
            quote: record.quote,
            tick_size: record.tick_size.into(),
            step_size: record.step_size.into(),
            multiplier: record.multiplier.into(),
            fees,
            filters,
            inferred: record.inferred,
        }
    }
}

impl From<&TapeHeader> for HeaderRecord {
    fn from(header: &TapeHeader) -> Self {
        Self {
            kind: header.kind,
            instrument: InstrumentRecord::from(&header.instrument),
            period_ns: header.period.map(Span::nanos),
            rows: header.rows,
            first_at: header.first_at,
            last_at: header.last_at,
            reordered: header.reordered,
            starts_with_snapshot: header.starts_with_snapshot,
            format: header.format.clone(),
            importer_version: header.importer_version,
            sources: header.sources.clone(),
            clock: header.clock.clone(),
            findings: header.findings.clone(),
            content_hash: header.content_hash.clone(),
        }
    }
}

impl From<HeaderRecord> for TapeHeader {
    fn from(record: HeaderRecord) -> Self {
        Self {
            kind: record.kind,
            instrument: record.instrument.into(),
            period: record.period_ns.map(Span::from_nanos),
            rows: record.rows,
            first_at: record.first_at,
            last_at: record.last_at,
            reordered: record.reordered,
            starts_with_snapshot: record.starts_with_snapshot,
            format: record.format,
            importer_version: record.importer_version,
            sources: record.sources,
            clock: record.clock,
            findings: record.findings,
            content_hash: record.content_hash,
        }
    }
}

impl TapeHeader {
    /// As it stands in a tape: exact, one line of JSON. A run's manifest holds the same.
    #[must_use]
    pub fn to_json(&self) -> String {
        to_json(self)
    }

    /// Reads back what [`to_json`](Self::to_json) gave, with the checks a tape's header passes.
    ///
    /// # Errors
    /// What was found and what was expected.
    pub fn from_json(json: &str) -> Result<Self, String> {
        from_json(json).map_err(|fault| format!("{}; expected {}", fault.found, fault.expected))
    }
}

/// The header as JSON.
pub(super) fn to_json(header: &TapeHeader) -> String {
    serde_json::to_string(&HeaderRecord::from(header)).unwrap_or_else(|error| panic!("{header:?} has no JSON: {error}"))
}

/// The header in `json`, checked.
pub(super) fn from_json(json: &str) -> Result<TapeHeader, Fault> {
    let record: HeaderRecord = serde_json::from_str(json)
        .map_err(|error| Fault::new(format!("header: {error}"), "a header of this version"))?;
    let header = TapeHeader::from(record);
    check_instrument(&header.instrument)?;
    check_period(header.kind, header.period)?;
    let hash = &header.content_hash;
    let hex = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    Fault::unless(hex, || format!("content hash `{hash}`"), "64 hex digits")?;
    Ok(header)
}

/// What every instrument of a tape must satisfy: scales above zero with at most 18 decimals, a lot, fees that exist.
pub(super) fn check_instrument(instrument: &Instrument) -> Result<(), Fault> {
    let scales = [
        ("tick size", instrument.tick_size),
        ("step size", instrument.step_size),
        ("multiplier", instrument.multiplier),
    ];
    for (name, scale) in scales {
        let shown = || format!("{name} {} x 10^-{}", scale.mantissa, scale.scale);
        Fault::unless(scale.mantissa > 0 && scale.scale <= 18, shown, "a decimal above 0 with at most 18 decimals")?;
    }
    let value = instrument.tick_step_value();
    let shown = || {
        format!("{}: {}", instrument.symbol, value.as_ref().map_or_else(|error| error.to_string(), |_| String::new()))
    };
    Fault::unless(value.is_ok(), shown, "tick x step x multiplier with at most 18 decimals")?;
    let (lot, decimals) = (instrument.filters.lot.steps(), instrument.fees.decimals);
    Fault::unless(lot > 0, || format!("lot of {lot} steps"), "a lot of at least 1 step")?;
    Fault::unless(decimals <= 18, || format!("fees with {decimals} decimals"), "at most 18 decimals")
}

/// Bars have a period above zero, nothing else has one.
pub(super) fn check_period(kind: TapeKind, period: Option<Span>) -> Result<(), Fault> {
    let held = match kind {
        TapeKind::Bars => period.is_some_and(|period| period > Span::ZERO),
        TapeKind::L2 | TapeKind::Trades => period.is_none(),
    };
    Fault::unless(held, || format!("a {kind:?} tape of period {period:?}"), "a period above 0 for bars, none otherwise")
}
