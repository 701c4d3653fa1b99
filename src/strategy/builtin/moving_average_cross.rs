use super::{ParameterError, ParameterSpan, Size, auto_quantity};
use crate::model::{Bar, Instrument, Side};
use crate::strategy::{Actions, Description, OrderSpec, Strategy, Subscriptions, View};
use crate::units::{MINUTE, Quantity};
use std::cmp::Ordering;
use std::collections::VecDeque;

/// What a downward cross leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stance {
    /// Long above, flat below: also right for spot.
    #[default]
    LongFlat,
    /// Long above, short below.
    LongShort,
}

/// Parameters of [`MovingAverageCross`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MovingAverageCrossParameters {
    /// Length of a bar.
    pub bar: ParameterSpan,
    /// Bars in the fast average, at least 1.
    pub fast: usize,
    /// Bars in the slow average, more than in the fast one.
    pub slow: usize,
    /// Position taken, in base units, or `auto`.
    pub quantity: Size,
    /// What a downward cross leads to.
    pub stance: Stance,
}

impl Default for MovingAverageCrossParameters {
    fn default() -> Self {
        Self { bar: ParameterSpan(MINUTE), fast: 10, slow: 30, quantity: Size::Auto, stance: Stance::LongFlat }
    }
}

/// Holds a position while a fast moving average of closes is above a slow one.
///
/// Averages are compared as integers, so a tie is a tie: it changes nothing. Sums are kept, so a bar costs the same
/// however long the averages are.
#[derive(Debug, Clone)]
pub struct MovingAverageCross {
    parameters: MovingAverageCrossParameters,
    /// Position taken; `None` is `auto` before the first bar.
    quantity: Option<Quantity>,
    closes: VecDeque<i64>,
    fast_sum: i128,
    slow_sum: i128,
    target: i64,
}

impl MovingAverageCross {
    /// A crossover strategy on `instrument`.
    ///
    /// # Errors
    /// [`ParameterError`] when the averages or the quantity make no sense.
    pub fn new(parameters: MovingAverageCrossParameters, instrument: &Instrument) -> Result<Self, ParameterError> {
        let quantity = parameters.quantity.steps("quantity", instrument)?;
        let (fast, slow) = (parameters.fast, parameters.slow);
        if fast == 0 || slow <= fast || slow > 1_000_000 {
            let expected = "more than `fast` (itself at least 1) and at most 1000000".to_owned();
            return Err(ParameterError { name: "slow", found: format!("{slow} with fast {fast}"), expected });
        }
        let closes = VecDeque::with_capacity(slow + 1);
        Ok(Self { parameters, quantity, closes, fast_sum: 0, slow_sum: 0, target: 0 })
    }

    /// Takes in a close; how the fast average stands to the slow one, once there are enough bars.
    fn compare(&mut self, close: i64) -> Option<Ordering> {
        let (fast, slow) = (self.parameters.fast, self.parameters.slow);
        self.closes.push_back(close);
        self.fast_sum += i128::from(close);
        self.slow_sum += i128::from(close);
        let count = self.closes.len();
        if count > fast {
            self.fast_sum -= i128::from(self.closes[count - 1 - fast]);
        }
        if count > slow {
            self.slow_sum -= i128::from(self.closes.pop_front().unwrap_or(0));
        }
        let ready = self.closes.len() == slow;
        ready.then(|| (self.fast_sum * slow as i128).cmp(&(self.slow_sum * fast as i128)))
    }

    fn trade_to_target(&self, view: &View<'_>, actions: &mut Actions) {
        let delta = self.target - view.position.steps();
        // Orders on their way count: never send the same change twice.
        if delta == 0 || !view.orders.is_empty() {
            return;
        }
        let side = if delta > 0 { Side::Buy } else { Side::Sell };
        let order = OrderSpec::market(side, Quantity::new(delta.abs()));
        actions.submit(if self.target == 0 { order.reduce_only() } else { order });
    }
}

impl Strategy for MovingAverageCross {
    fn describe(&self) -> Description {
        let p = &self.parameters;
        let parameters = [
            ("bar", p.bar.0.to_string()),
            ("fast", p.fast.to_string()),
            ("slow", p.slow.to_string()),
            ("quantity", p.quantity.to_string()),
            ("stance", if p.stance == Stance::LongShort { "long-short" } else { "long-flat" }.to_owned()),
        ];
        Description {
            name: "moving-average-cross".to_owned(),
            parameters: parameters.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        }
    }

    fn subscriptions(&self) -> Subscriptions {
        Subscriptions { bars: Some(self.parameters.bar.0), ..Subscriptions::default() }
    }

    fn on_bar(&mut self, bar: &Bar, view: &View<'_>, actions: &mut Actions) {
        let quantity = self.quantity.get_or_insert_with(|| auto_quantity(view.instrument, bar.close)).steps();
        let below = if self.parameters.stance == Stance::LongShort { -quantity } else { 0 };
        match self.compare(bar.close.ticks()) {
            Some(Ordering::Greater) => self.target = quantity,
            Some(Ordering::Less) => self.target = below,
            Some(Ordering::Equal) | None => {}
        }
        self.trade_to_target(view, actions);
    }

    fn save(&self) -> serde_json::Value {
        serde_json::json!({ "closes": self.closes, "target": self.target, "quantity": self.quantity.map(Quantity::steps) })
    }

    fn restore(&mut self, state: &serde_json::Value) -> Result<(), String> {
        let closes: VecDeque<i64> = read(state, "closes")?;
        self.target = read(state, "target")?;
        self.quantity = read::<Option<i64>>(state, "quantity")?.map(Quantity::new);
        self.slow_sum = closes.iter().map(|&close| i128::from(close)).sum();
        self.fast_sum = closes.iter().rev().take(self.parameters.fast).map(|&close| i128::from(close)).sum();
        self.closes = closes;
        Ok(())
    }
}

fn read<T: serde::de::DeserializeOwned>(state: &serde_json::Value, key: &str) -> Result<T, String> {
    let value = state.get(key).ok_or_else(|| format!("state has no `{key}`"))?;
    serde_json::from_value(value.clone()).map_err(|error| format!("state `{key}`: {error}"))
}
