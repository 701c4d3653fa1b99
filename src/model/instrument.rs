use crate::units::{Fixed, Money, Overflow, Price, Quantity, Rate, Rounding};

/// What one unit of quantity is a claim on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ContractKind {
    /// The asset itself: a buy debits quote and credits base; no short sale.
    Spot,
    /// A contract settled in the quote asset, profit = quantity x multiplier x price difference; long and short.
    Linear,
}

/// What the venue charges for a fill, as a fraction of its notional.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeeSchedule {
    /// Rate for a fill of a resting order; negative is a rebate.
    pub maker: Rate,
    /// Rate for a fill that took liquidity.
    pub taker: Rate,
    /// Direction in which an inexact fee is rounded.
    pub rounding: Rounding,
    /// Decimals a fee is rounded to, at most 18.
    pub decimals: u8,
}

/// The venue's order filters. Edges are inclusive; a `None` filter is off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filters {
    /// Order quantities are multiples of this many steps.
    pub lot: Quantity,
    /// Smallest order quantity.
    pub min_quantity: Option<Quantity>,
    /// Largest order quantity.
    pub max_quantity: Option<Quantity>,
    /// Lowest order price.
    pub min_price: Option<Price>,
    /// Highest order price.
    pub max_price: Option<Price>,
    /// Smallest price x quantity, in the quote asset.
    pub min_notional: Option<Money>,
    /// Most orders that may rest at once, stops included.
    pub max_open_orders: Option<u32>,
}

impl Filters {
    /// Filters that refuse nothing but quantities off `lot`, in steps.
    #[must_use]
    pub const fn lot_only(lot: Quantity) -> Self {
        Self {
            lot,
            min_quantity: None,
            max_quantity: None,
            min_price: None,
            max_price: None,
            min_notional: None,
            max_open_orders: None,
        }
    }
}

/// One instrument at one venue: its scales, its contract, its rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instrument {
    /// The venue's symbol, as in `BTCUSDT`.
    pub symbol: String,
    /// Venue and product, as in `binance-usdm`.
    pub venue: String,
    /// Spot or linear.
    pub kind: ContractKind,
    /// Asset bought and sold.
    pub base: String,
    /// Asset it is priced and settled in.
    pub quote: String,
    /// Size of one tick in quote per base.
    pub tick_size: Fixed,
    /// Size of one quantity step in base (or contracts).
    pub step_size: Fixed,
    /// Base per contract; 1 for spot.
    pub multiplier: Fixed,
    /// Fees.
    pub fees: FeeSchedule,
    /// Order filters.
    pub filters: Filters,
    /// Names of the fields that nobody stated and that were inferred from the data.
    pub inferred: Vec<String>,
}

impl Instrument {
    /// Value of one tick times one step in the quote asset: tick x step x multiplier. Exact.
    ///
    /// # Errors
    /// [`Overflow`] when the product is finer than 18 decimals or leaves `i128`.
    pub fn tick_step_value(&self) -> Result<Money, Overflow> {
        let parts = [self.tick_size, self.step_size, self.multiplier];
        let scale: u32 = parts.iter().map(|part| u32::from(part.scale)).sum();
        let mantissa = parts.iter().try_fold(1_i128, |product, part| {
            product
                .checked_mul(i128::from(part.mantissa))
                .ok_or_else(|| Overflow::new("tick value", product, part.mantissa))
        })?;
        let missing = u32::from(Money::SCALE)
            .checked_sub(scale)
            .ok_or_else(|| Overflow::new("decimals of tick x step x multiplier", scale, i128::from(Money::SCALE)))?;
        Money::from_atto(mantissa).times(10_i128.pow(missing))
    }

    /// `price` x `quantity` in the quote asset. Exact.
    ///
    /// # Errors
    /// [`Overflow`] when the product leaves `i128`.
    pub fn notional(&self, price: Price, quantity: Quantity) -> Result<Money, Overflow> {
        self.tick_step_value()?.times(i128::from(price.ticks()) * i128::from(quantity.steps()))
    }

    /// `quantity` as an amount of the base asset (spot). Exact.
    ///
    /// # Errors
    /// [`Overflow`] when the amount leaves `i128` or needs more than 18 decimals.
    pub fn base_amount(&self, quantity: Quantity) -> Result<Money, Overflow> {
        let missing = Money::SCALE
            .checked_sub(self.step_size.scale)
            .ok_or_else(|| Overflow::new("decimals of a step", self.step_size.scale, Money::SCALE))?;
        Money::from_atto(i128::from(self.step_size.mantissa) * 10_i128.pow(u32::from(missing)))
            .times(i128::from(quantity.steps()))
    }

    /// A price as the venue prints it: `61686.1`.
    #[must_use]
    pub fn show_price(&self, price: Price) -> String {
        self.tick_size.show_multiple(price.ticks())
    }

    /// A quantity as the venue prints it: `0.013`.
    #[must_use]
    pub fn show_quantity(&self, quantity: Quantity) -> String {
        self.step_size.show_multiple(quantity.steps())
    }

    /// A price as `f64`, for strategies' statistics and for pictures only.
    #[must_use]
    pub fn price_f64(&self, price: Price) -> f64 {
        price.ticks() as f64 * self.tick_size.mantissa as f64 / 10_f64.powi(i32::from(self.tick_size.scale))
    }

    /// A quantity as `f64`, for statistics and pictures only.
    #[must_use]
    pub fn quantity_f64(&self, quantity: Quantity) -> f64 {
        quantity.steps() as f64 * self.step_size.mantissa as f64 / 10_f64.powi(i32::from(self.step_size.scale))
    }
}
