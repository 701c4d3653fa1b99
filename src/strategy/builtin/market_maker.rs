use super::{ParameterError, ParameterSpan, steps};
use crate::model::{ContractKind, Instrument, Side};
use crate::strategy::{Actions, Description, OpenOrder, OrderSpec, Strategy, Subscriptions, View};
use crate::units::{Fixed, Price, Quantity, SECOND};

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
    /// Ticks behind the best price of its side at which a quote stands; 0 joins the best price.
    pub offset_ticks: u32,
    /// Quantity of a quote, in base units.
    #[schemars(with = "String")]
    pub quantity: Fixed,
    /// Largest position, long or short, in base units.
    #[schemars(with = "String")]
    pub position_max: Fixed,
    /// Ticks by which both quotes move against the position, for every quote's quantity held.
    pub skew_ticks: u32,
    /// When quotes are replaced.
    pub requote: Requote,
}

impl Default for MarketMakerParameters {
    fn default() -> Self {
        Self {
            // Wide and calm: at a tick of 0.1 near 60,000 a maker fee of 2 basis points is 120 ticks, so quotes close to
            // the touch would only pay the venue.
            interval: ParameterSpan(SECOND.times(5)),
            offset_ticks: 100,
            quantity: Fixed::new(1, 3),
            position_max: Fixed::new(1, 2),
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
    quantity: Quantity,
    position_max: Quantity,
}

impl MarketMaker {
    /// A market maker on `instrument`.
    ///
    /// # Errors
    /// [`ParameterError`] when a quantity does not fit the instrument's lot.
    pub fn new(parameters: MarketMakerParameters, instrument: &Instrument) -> Result<Self, ParameterError> {
        let quantity = steps("quantity", parameters.quantity, instrument)?;
        let position_max = steps("position_max", parameters.position_max, instrument)?;
        Ok(Self { parameters, quantity, position_max })
    }

    /// Where the quote of `side` belongs; `None` where none does.
    fn quote(&self, side: Side, view: &View<'_>) -> Option<Price> {
        let (own, other) = (view.best.side(side)?, view.best.side(side.opposite())?);
        let after = view.position.steps() + side.sign() * self.quantity.steps();
        let uncovered = after < 0 && view.instrument.kind == ContractKind::Spot;
        if uncovered || side.sign() * after > self.position_max.steps() {
            return None;
        }
        let held = view.position.steps() / self.quantity.steps();
        let skew = -held.saturating_mul(i64::from(self.parameters.skew_ticks));
        let wanted = side.away(own.price, i64::from(self.parameters.offset_ticks)).offset(skew);
        // Never through the other side: a skewed quote stops one tick before it.
        let limit = side.away(other.price, 1);
        Some(if side.improves(wanted, limit) { limit } else { wanted })
    }

    fn stands_right(&self, order: &OpenOrder, quote: Option<Price>) -> bool {
        self.parameters.requote == Requote::WhenMoved && order.limit_price() == quote && quote.is_some()
    }

    fn requote(&self, side: Side, view: &View<'_>, actions: &mut Actions) {
        let quote = self.quote(side, view);
        let mut standing = false;
        for order in view.orders_of(side) {
            if self.stands_right(order, quote) && !order.cancelling && !standing {
                standing = true;
            } else if !order.cancelling {
                actions.cancel(order.client_order_id);
            }
        }
        if let (Some(price), false) = (quote, standing) {
            actions.submit(OrderSpec::limit(side, price, self.quantity).post_only());
        }
    }
}

impl Strategy for MarketMaker {
    fn describe(&self) -> Description {
        let p = &self.parameters;
        let parameters = [
            ("interval", p.interval.0.to_string()),
            ("offset_ticks", p.offset_ticks.to_string()),
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
        Side::BOTH.into_iter().for_each(|side| self.requote(side, view, actions));
    }

    fn save(&self) -> serde_json::Value {
        serde_json::Value::Null
    }

    fn restore(&mut self, _state: &serde_json::Value) -> Result<(), String> {
        Ok(())
    }
}
