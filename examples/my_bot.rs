//! A quant's own bot with the whole command line: `cargo run --example my_bot -- run --set bot.strategy=dip-buyer`.
//!
//! It buys one lot when the market has fallen by so many ticks since it last looked, and sells it again when it has risen.

use seatrial::cli::{self, Registry};
use seatrial::model::Side;
use seatrial::strategy::builtin::{ParameterSpan, steps};
use seatrial::strategy::{Actions, Description, OrderSpec, Strategy, Subscriptions, View};
use seatrial::units::{Fixed, Quantity};
use std::process::ExitCode;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    every: ParameterSpan,
    ticks: i64,
    quantity: Fixed,
}

struct DipBuyer {
    parameters: Parameters,
    quantity: Quantity,
    last_mid_x2: Option<i64>,
}

impl Strategy for DipBuyer {
    fn describe(&self) -> Description {
        let p = &self.parameters;
        let values =
            [("every", p.every.0.to_string()), ("ticks", p.ticks.to_string()), ("quantity", p.quantity.to_string())];
        Description { name: "dip-buyer".into(), parameters: values.map(|(name, value)| (name.into(), value)).to_vec() }
    }

    fn subscriptions(&self) -> Subscriptions {
        Subscriptions { timer: Some(self.parameters.every.0), ..Subscriptions::default() }
    }

    fn on_timer(&mut self, view: &View<'_>, actions: &mut Actions) {
        let Some(mid_x2) = view.best.mid_x2() else { return };
        let moved = mid_x2 - self.last_mid_x2.replace(mid_x2).unwrap_or(mid_x2);
        if moved <= -2 * self.parameters.ticks && view.position.is_zero() && view.orders.is_empty() {
            actions.submit(OrderSpec::market(Side::Buy, self.quantity));
        } else if moved >= 2 * self.parameters.ticks && view.position > Quantity::ZERO && view.orders.is_empty() {
            actions.submit(OrderSpec::market(Side::Sell, view.position).reduce_only());
        }
    }

    fn save(&self) -> serde_json::Value {
        serde_json::json!(self.last_mid_x2)
    }

    fn restore(&mut self, state: &serde_json::Value) -> Result<(), String> {
        self.last_mid_x2 = serde_json::from_value(state.clone()).map_err(|error| error.to_string())?;
        Ok(())
    }
}

fn main() -> ExitCode {
    let registry = Registry::builtin().identified(seatrial::bot_identity!()).with("dip-buyer", |given, instrument| {
        let parameters: Parameters = given.read()?;
        let quantity = steps("quantity", parameters.quantity, instrument)?;
        Ok(Box::new(DipBuyer { parameters, quantity, last_mid_x2: None }))
    });
    cli::main(&registry)
}
