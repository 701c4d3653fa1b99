use super::{ParameterError, ParameterSpan, Size, auto_quantity};
use crate::model::{ContractKind, Instrument, Side};
use crate::strategy::{Actions, Description, OpenOrder, OrderSpec, Strategy, Subscriptions, View};
use crate::units::{Price, Quantity, SECOND};

/// When quotes are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Requote {
    /// Only when a quote is not where it should be: keeps queue position.
    #[default]
    WhenMoved,
    /// At every ring of the timer, whatever the market did.
    Always,
}

/// Parameters of [`MarketMaker`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MarketMakerParameters {
    /// Distance of two looks at the market.
    pub interval: ParameterSpan,
    /// Ticks behind the best price of its side at which a quote stands; 0 joins the best price. Without it, a 6,000th of the
    /// first mid (about 1.7 basis points), at least one tick.
    pub offset_ticks: Option<u32>,
    /// Quantity of a quote, in base units, or `auto`.
    pub quantity: Size,
    /// Largest position, long or short, in base units; `auto` is ten quotes.
    pub position_max: Size,
    /// Ticks by which both quotes move against the position, for every quote's quantity held.
    pub skew_ticks: u32,
    /// When quotes are replaced.
    pub requote: Requote,
}

impl Default for MarketMakerParameters {
    fn default() -> Self {
        Self {
            // Wide and calm: a maker fee of 2 basis points is more than most spreads, so quotes close to the touch would only
            // pay the venue.
            interval: ParameterSpan(SECOND.times(5)),
            offset_ticks: None,
            quantity: Size::Auto,
            position_max: Size::Auto,
            skew_ticks: 1,
            requote: Requote::WhenMoved,
        }
    }
}

/// Quotes one post-only order on each side, behind the best prices, within a largest position.
///
/// At each ring it cancels the quotes that stand wrong and places new ones in the same breath. A side that could take
/// the position over its maximum, or sell what a spot account does not hold, is left out. With an empty side of the book it cancels and waits.
#[derive(Debug, Clone)]
pub struct MarketMaker {
    parameters: MarketMakerParameters,
    /// Sizes as written; `None` is `auto`.
    quantity: Option<Quantity>,
    position_max: Option<Quantity>,
    /// Sizes in force, once a price was seen.
    sizes: Option<Sizes>,
}

/// What a market maker works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Sizes {
    offset_ticks: i64,
    /// In steps.
    quantity: i64,
    /// In steps.
    position_max: i64,
}

/// Parts of the mid that an offset of its own accord is.
const OFFSET_PART: i64 = 6_000;
/// Quotes that a largest position of its own accord is.
const POSITION_QUOTES: i64 = 10;

impl MarketMaker {
    /// A market maker on `instrument`.
    ///
    /// # Errors
    /// [`ParameterError`] when a quantity does not fit the instrument's lot.
    pub fn new(parameters: MarketMakerParameters, instrument: &Instrument) -> Result<Self, ParameterError> {
        let quantity = parameters.quantity.steps("quantity", instrument)?;
        let position_max = parameters.position_max.steps("position_max", instrument)?;
        Ok(Self { parameters, quantity, position_max, sizes: None })
    }

    /// The sizes in force; `None` before the first two-sided book.
    fn sizes(&mut self, view: &View<'_>) -> Option<Sizes> {
        if self.sizes.is_none() {
            let mid_x2 = view.best.mid_x2()?;
            let price = Price::new(mid_x2.div_euclid(2));
            let quantity = self.quantity.unwrap_or_else(|| auto_quantity(view.instrument, price)).steps();
            let position_max = self.position_max.map_or(quantity.saturating_mul(POSITION_QUOTES), Quantity::steps);
            let offset = self.parameters.offset_ticks.map(i64::from);
            let offset_ticks = offset.unwrap_or_else(|| (mid_x2 / (2 * OFFSET_PART)).max(1));
            self.sizes = Some(Sizes { offset_ticks, quantity, position_max });
        }
        self.sizes
    }

    /// Where the quote of `side` belongs; `None` where none does.
    fn quote(&self, sizes: Sizes, side: Side, view: &View<'_>) -> Option<Price> {
        let (own, other) = (view.best.side(side)?, view.best.side(side.opposite())?);
        let after = view.position.steps() + side.sign() * sizes.quantity;
        let uncovered = after < 0 && view.instrument.kind == ContractKind::Spot;
        if uncovered || side.sign() * after > sizes.position_max {
            return None;
        }
        let held = view.position.steps() / sizes.quantity;
        let skew = -held.saturating_mul(i64::from(self.parameters.skew_ticks));
        let wanted = side.away(own.price, sizes.offset_ticks).offset(skew);
        // Never through the other side: a skewed quote stops one tick before it.
        let limit = side.away(other.price, 1);
        let price = if side.improves(wanted, limit) { limit } else { wanted };
        Some(side.on_grid(price, view.price_increment))
    }

    fn stands_right(&self, order: &OpenOrder, quote: Option<Price>) -> bool {
        self.parameters.requote == Requote::WhenMoved && order.limit_price() == quote && quote.is_some()
    }

    fn requote(&self, sizes: Option<Sizes>, side: Side, view: &View<'_>, actions: &mut Actions) {
        let quote = sizes.and_then(|sizes| self.quote(sizes, side, view));
        let mut standing = false;
        for order in view.orders_of(side) {
            if self.stands_right(order, quote) && !order.cancelling && !standing {
                standing = true;
            } else if !order.cancelling {
                actions.cancel(order.client_order_id);
            }
        }
        if let (Some(sizes), Some(price), false) = (sizes, quote, standing) {
            actions.submit(OrderSpec::limit(side, price, Quantity::new(sizes.quantity)).post_only());
        }
    }
}

impl Strategy for MarketMaker {
    fn describe(&self) -> Description {
        let p = &self.parameters;
        let parameters = [
            ("interval", p.interval.0.to_string()),
            ("offset_ticks", p.offset_ticks.map_or_else(|| "auto".to_owned(), |ticks| ticks.to_string())),
            ("quantity", p.quantity.to_string()),
            ("position_max", p.position_max.to_string()),
            ("skew_ticks", p.skew_ticks.to_string()),
            ("requote", if p.requote == Requote::Always { "always" } else { "when-moved" }.to_owned()),
        ];
        Description {
            name: "market-maker".to_owned(),
            parameters: parameters.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        }
    }

    fn subscriptions(&self) -> Subscriptions {
        Subscriptions { timer: Some(self.parameters.interval.0), ..Subscriptions::default() }
    }

    fn on_timer(&mut self, view: &View<'_>, actions: &mut Actions) {
        let sizes = self.sizes(view);
        Side::BOTH.into_iter().for_each(|side| self.requote(sizes, side, view, actions));
    }

    fn save(&self) -> serde_json::Value {
        serde_json::json!(self.sizes)
    }

    fn restore(&mut self, state: &serde_json::Value) -> Result<(), String> {
        self.sizes = serde_json::from_value(state.clone()).map_err(|error| format!("state: {error}"))?;
        Ok(())
    }
}
