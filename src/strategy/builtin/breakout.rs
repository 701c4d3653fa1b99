use super::{ParameterError, ParameterSpan, Size, auto_quantity};
use crate::model::{Bar, ExecutionReport, Instrument, OrderType, RejectReason, ReportKind, Side};
use crate::strategy::{Actions, Description, OrderSpec, Strategy, Subscriptions, View};
use crate::units::{MINUTE, Price, Quantity};
use std::collections::VecDeque;

/// Parameters of [`Breakout`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BreakoutParameters {
    /// Length of a bar.
    pub bar: ParameterSpan,
    /// Bars in the channel whose top a close has to leave to enter.
    pub entry_bars: usize,
    /// Bars in the shorter channel whose bottom is the stop; at most `entry_bars`.
    pub exit_bars: usize,
    /// Position taken, in base units, or `auto`.
    pub quantity: Size,
}

impl Default for BreakoutParameters {
    fn default() -> Self {
        Self { bar: ParameterSpan(MINUTE), entry_bars: 60, exit_bars: 20, quantity: Size::Auto }
    }
}

/// Buys when a close leaves the channel of the last bars upward, and protects the position with a stop at the bottom of
/// a shorter channel, which only ever rises.
#[derive(Debug, Clone)]
pub struct Breakout {
    parameters: BreakoutParameters,
    /// Position taken; `None` is `auto` before the first bar.
    quantity: Option<Quantity>,
    /// High and low of the last `entry_bars` bars in ticks, oldest first.
    channel: VecDeque<(i64, i64)>,
}

impl Breakout {
    /// A breakout strategy on `instrument`.
    ///
    /// # Errors
    /// [`ParameterError`] when the channels or the quantity make no sense.
    pub fn new(parameters: BreakoutParameters, instrument: &Instrument) -> Result<Self, ParameterError> {
        let quantity = parameters.quantity.steps("quantity", instrument)?;
        let (entry, exit) = (parameters.entry_bars, parameters.exit_bars);
        if exit == 0 || exit > entry || entry > 100_000 {
            let expected = "at least 1 and at most `entry_bars` (itself at most 100000)".to_owned();
            let found = format!("{exit} with entry_bars {entry}");
            return Err(ParameterError { name: "exit_bars", found, expected });
        }
        let channel = VecDeque::with_capacity(entry + 1);
        Ok(Self { parameters, quantity, channel })
    }

    fn top(&self) -> Option<i64> {
        let full = self.channel.len() >= self.parameters.entry_bars;
        if full { self.channel.iter().map(|(high, _)| *high).max() } else { None }
    }

    fn bottom(&self) -> Option<i64> {
        self.channel.iter().rev().take(self.parameters.exit_bars).map(|(_, low)| *low).min()
    }

    fn remember(&mut self, bar: &Bar) {
        self.channel.push_back((bar.high.ticks(), bar.low.ticks()));
        if self.channel.len() > self.parameters.entry_bars {
            self.channel.pop_front();
        }
    }

    /// Moves the protective stop up to the channel's bottom, or places it. The standing stop goes only when the new one has
    /// taken its place; where the market is through the new one already, `last`, the old one stays, and without one the
    /// position is left at once.
    fn protect(&self, last: Price, view: &View<'_>, actions: &mut Actions) {
        let Some(bottom) = self.bottom().filter(|_| view.position.steps() > 0) else { return };
        let trigger = Price::new(bottom);
        let stops = view.orders_of(Side::Sell).filter(|order| !order.cancelling);
        let current = stops.filter_map(|order| match order.order_type {
            OrderType::Stop { trigger } => Some((order.client_order_id, trigger)),
            _ => None,
        });
        let current: Option<_> = current.max_by_key(|(_, trigger)| *trigger);
        if current.is_some_and(|(_, standing)| standing >= trigger) {
            return;
        }
        let stop = OrderSpec::new(Side::Sell, OrderType::Stop { trigger }, view.position).reduce_only().protective();
        match current {
            Some((client_order_id, _)) if trigger < last => {
                actions.submit(stop.replacing(client_order_id));
            }
            None if trigger < last => {
                actions.submit(stop);
            }
            Some(_) => {}
            None => Self::leave(view, actions),
        }
    }

    /// Sells the position at the market, unless orders are on their way that do.
    fn leave(view: &View<'_>, actions: &mut Actions) {
        if view.position.steps() > 0 && view.orders_of(Side::Sell).next().is_none() {
            actions.submit(OrderSpec::market(Side::Sell, view.position).reduce_only().protective());
        }
    }
}

impl Strategy for Breakout {
    fn describe(&self) -> Description {
        let p = &self.parameters;
        let parameters = [
            ("bar", p.bar.0.to_string()),
            ("entry_bars", p.entry_bars.to_string()),
            ("exit_bars", p.exit_bars.to_string()),
            ("quantity", p.quantity.to_string()),
        ];
        Description {
            name: "breakout".to_owned(),
            parameters: parameters.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        }
    }

    fn subscriptions(&self) -> Subscriptions {
        Subscriptions { bars: Some(self.parameters.bar.0), reports: true, ..Subscriptions::default() }
    }

    fn on_bar(&mut self, bar: &Bar, view: &View<'_>, actions: &mut Actions) {
        let leaves = self.top().is_some_and(|top| bar.close.ticks() > top);
        self.remember(bar);
        if view.position.steps() > 0 {
            self.protect(bar.close, view, actions);
        } else if leaves && view.orders.is_empty() {
            let quantity = *self.quantity.get_or_insert_with(|| auto_quantity(view.instrument, bar.close));
            actions.submit(OrderSpec::market(Side::Buy, quantity));
        }
    }

    fn on_report(&mut self, report: &ExecutionReport, view: &View<'_>, actions: &mut Actions) {
        let entered = report.side == Side::Buy && report.open.is_zero();
        match report.kind {
            ReportKind::Filled(fill) if entered => self.protect(fill.price, view, actions),
            // A thin book filled a part of it.
            ReportKind::Ended(_) if entered => {
                if let Some(bid) = view.best.bid {
                    self.protect(bid.price, view, actions);
                }
            }
            // The entry counts no more: with nothing held its stop guards nothing, and would keep the next entry away.
            ReportKind::Busted(_) if view.position.is_zero() => {
                view.orders_of(Side::Sell).filter(|order| !order.cancelling).for_each(|order| {
                    actions.cancel(order.client_order_id);
                });
            }
            // The market was through the stop before it arrived.
            ReportKind::Rejected(RejectReason::WouldTriggerImmediately) => Self::leave(view, actions),
            _ => {}
        }
    }

    fn save(&self) -> serde_json::Value {
        serde_json::json!({ "channel": self.channel, "quantity": self.quantity.map(Quantity::steps) })
    }

    fn restore(&mut self, state: &serde_json::Value) -> Result<(), String> {
        let channel = state.get("channel").cloned().ok_or("state has no `channel`")?;
        self.channel = serde_json::from_value(channel).map_err(|error| format!("state `channel`: {error}"))?;
        let quantity = state.get("quantity").cloned().unwrap_or_default();
        let quantity: Option<i64> =
            serde_json::from_value(quantity).map_err(|error| format!("state `quantity`: {error}"))?;
        self.quantity = quantity.map(Quantity::new);
        Ok(())
    }
}
