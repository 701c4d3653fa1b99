use crate::model::{ContractKind, FeeSchedule, Filters, Instrument};
use crate::units::{DAY, Fixed, MINUTE, Money, Price, Quantity, Rate, Rounding, Span, Timestamp};

/// What the simple market is like. The defaults resemble a busy perpetual: 0.1 tick, price near 60,000, three days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimpleMarketConfig {
    /// First instant, venue clock.
    pub start_at: Timestamp,
    /// How long it lasts.
    pub duration: Span,
    /// Tick in quote per base.
    pub tick_size: Fixed,
    /// Quantity step in base.
    pub step_size: Fixed,
    /// Price at the start, to which it is drawn back with a half-life of a day.
    pub start_price: Price,
    /// Market events a second on average; an event with a trade is two messages.
    pub messages_per_second: u32,
    /// Standard deviation of a day's price change in basis points, on average; it varies slowly around this.
    pub volatility_bps_per_day: u32,
}

impl Default for SimpleMarketConfig {
    fn default() -> Self {
        Self {
            start_at: Timestamp::from_nanos(1_767_571_200_000_000_000), // 2026-01-05, a Monday
            duration: DAY.times(3),
            tick_size: Fixed::new(1, 1),
            step_size: Fixed::new(1, 3),
            start_price: Price::new(600_000),
            messages_per_second: 8,
            volatility_bps_per_day: 100,
        }
    }
}

/// A setting that makes no market.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} is {found}; expected {expected}")]
pub struct SimpleMarketError {
    /// Which setting.
    pub key: &'static str,
    /// Its value.
    pub found: String,
    /// What is allowed.
    pub expected: &'static str,
}

impl SimpleMarketConfig {
    /// Checks every setting.
    ///
    /// # Errors
    /// [`SimpleMarketError`] names the first setting outside its range.
    pub fn check(&self) -> Result<(), SimpleMarketError> {
        let (start, end) = (self.start_at.nanos(), self.start_at.plus(self.duration).nanos());
        let years = (946_684_800_000_000_000, 7_258_118_400_000_000_000 - MINUTE.nanos());
        let scale_ok = |scale: Fixed| scale.mantissa > 0 && scale.scale <= 9;
        let checks = [
            ("start_at", self.start_at.to_string(), start >= years.0, "a time from the year 2000 on"),
            (
                "duration",
                self.duration.to_string(),
                self.duration > Span::ZERO && end < years.1,
                "above 0, ending before 2200",
            ),
            ("tick_size", self.tick_size.to_string(), scale_ok(self.tick_size), "above 0 with at most 9 decimals"),
            ("step_size", self.step_size.to_string(), scale_ok(self.step_size), "above 0 with at most 9 decimals"),
            (
                "start_price",
                format!("{} ticks", self.start_price.ticks()),
                (10_000..=500_000_000).contains(&self.start_price.ticks()),
                "10000 to 500000000 ticks",
            ),
            (
                "messages_per_second",
                self.messages_per_second.to_string(),
                (1..=100_000).contains(&self.messages_per_second),
                "1 to 100000",
            ),
            (
                "volatility_bps_per_day",
                self.volatility_bps_per_day.to_string(),
                (1..=2_000).contains(&self.volatility_bps_per_day),
                "1 to 2000",
            ),
        ];
        let broken = checks.into_iter().find(|(_, _, held, _)| !held);
        broken.map_or(Ok(()), |(key, found, _, expected)| Err(SimpleMarketError { key, found, expected }))
    }

    /// The instrument traded: a linear perpetual.
    #[must_use]
    pub fn instrument(&self) -> Instrument {
        Instrument {
            symbol: "BTCUSDT".to_owned(),
            venue: "synthetic".to_owned(),
            kind: ContractKind::Linear,
            base: "BTC".to_owned(),
            quote: "USDT".to_owned(),
            tick_size: self.tick_size,
            step_size: self.step_size,
            multiplier: Fixed::new(1, 0),
            fees: FeeSchedule {
                maker: Rate::from_bps(2),
                taker: Rate::from_bps(5),
                rounding: Rounding::TowardVenue,
                decimals: 8,
            },
            filters: Filters {
                lot: Quantity::new(1),
                min_quantity: Some(Quantity::new(1)),
                max_quantity: Some(Quantity::new(1_000_000)),
                min_price: Some(Price::new(1)),
                max_price: None,
                min_notional: Some(Money::from_units(5)),
                max_open_orders: Some(200),
            },
            inferred: Vec::new(),
        }
    }
}
