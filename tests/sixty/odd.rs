//! A bot that does one thing that its venue has to refuse, or to cut short, and is well behaved apart from that.

use seatrial::model::{OrderType, Side, TimeInForce};
use seatrial::scenario::Registry;
use seatrial::strategy::{Actions, Description, OrderSpec, Strategy, Subscriptions, View};
use seatrial::units::{Price, Quantity, SECOND};

/// What it does, once, ten seconds after the start (or at every fifth, where it says so).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Odd {
    /// Nothing.
    Nothing,
    /// Cancels an order that fills before the cancel comes.
    CancelFilled,
    /// Takes more than there is, at once or not at all.
    Immediate,
    /// Amends an order to less than it has executed.
    AmendFilled,
    /// A post-only order at the other side's price.
    TakesAsMaker,
    /// Reduces nothing.
    ReducesNothing,
    /// A stop that the market has passed.
    StopPassed,
    /// Would trade with its own order.
    TradesWithItself,
    /// A price of nothing.
    PriceZero,
    /// A price between those of the grid, at every ring.
    OffGrid,
    /// Too little to be worth an order.
    Dust,
    /// One order more than may be open.
    TooMany,
    /// More than it has money for.
    TooDear,
    /// Takes the place of its own order at every ring.
    Replaces,
    /// Holds a position with a stop behind it.
    Protects,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    does: Odd,
}

struct OddBot {
    does: Odd,
    rings: u64,
}

/// Far enough below the market that nothing reaches it.
const FAR: i64 = 5_000;

/// More than any level shows.
const MUCH: Quantity = Quantity::new(50_000);

impl OddBot {
    fn odd(&self, (bid, ask): (Price, Price), actions: &mut Actions) {
        let one = Quantity::new(1);
        match self.does {
            Odd::Nothing | Odd::OffGrid | Odd::Replaces | Odd::Protects => {}
            Odd::CancelFilled => {
                let id = actions.submit(OrderSpec::market(Side::Buy, one));
                actions.cancel(id);
            }
            Odd::Immediate => {
                let order = OrderSpec::limit(Side::Buy, ask, MUCH).time_in_force(TimeInForce::ImmediateOrCancel);
                actions.submit(order);
            }
            Odd::AmendFilled => {
                let id = actions.submit(OrderSpec::limit(Side::Buy, ask.offset(1), MUCH));
                actions.amend(id, None, Some(one));
            }
            Odd::TakesAsMaker => {
                actions.submit(OrderSpec::limit(Side::Buy, ask.offset(50), one).post_only());
            }
            Odd::ReducesNothing => {
                actions.submit(OrderSpec::limit(Side::Sell, ask, one).reduce_only());
            }
            Odd::StopPassed => {
                let trigger = ask.offset(FAR);
                actions.submit(OrderSpec::new(Side::Sell, OrderType::Stop { trigger }, one).protective());
            }
            Odd::TradesWithItself => {
                actions.submit(OrderSpec::limit(Side::Buy, bid, one));
                actions.submit(OrderSpec::limit(Side::Sell, bid, MUCH));
            }
            Odd::PriceZero => {
                actions.submit(OrderSpec::limit(Side::Buy, Price::new(0), one));
            }
            Odd::Dust => {
                actions.submit(OrderSpec::limit(Side::Buy, bid, one));
            }
            Odd::TooMany => {
                for _ in 0..201 {
                    actions.submit(OrderSpec::limit(Side::Buy, bid.offset(-FAR), one));
                }
            }
            Odd::TooDear => {
                actions.submit(OrderSpec::limit(Side::Buy, bid, MUCH));
            }
        }
    }

    /// What it does all the time.
    fn habit(&self, bid: Price, view: &View<'_>, actions: &mut Actions) {
        let price = Side::Buy.on_grid(bid.offset(-FAR), view.price_increment);
        let quote = OrderSpec::limit(Side::Buy, price, Quantity::new(100));
        match self.does {
            Odd::OffGrid if self.rings < 15 => {
                let between = bid.offset(-FAR - i64::from(bid.offset(-FAR).ticks() % 10 == 0));
                actions.submit(OrderSpec::limit(Side::Buy, between, Quantity::new(100)));
            }
            Odd::Replaces if view.orders.iter().filter(|order| !order.cancelling).count() > 1 => {
                let surplus = view.orders.iter().filter(|order| !order.cancelling).skip(1);
                surplus.for_each(|order| actions.cancel(order.client_order_id));
            }
            Odd::Replaces => match view.orders.iter().find(|order| !order.cancelling) {
                Some(order) => {
                    actions.replace(order.client_order_id, quote);
                }
                None if view.orders.is_empty() => {
                    actions.submit(quote);
                }
                None => {}
            },
            Odd::Protects if view.position.is_zero() && self.rings == 1 => {
                actions.submit(OrderSpec::market(Side::Buy, Quantity::new(100)));
            }
            Odd::Protects => {
                let trigger = bid.offset(-FAR);
                let stop = OrderSpec::new(Side::Sell, OrderType::Stop { trigger }, view.position).protective();
                if view.orders.is_empty() && !view.position.is_zero() {
                    actions.submit(stop.reduce_only());
                }
            }
            // After its odd deed it goes on as any bot does.
            _ if self.rings.is_multiple_of(5) && self.rings > 15 => {
                view.orders.iter().for_each(|order| actions.cancel(order.client_order_id));
                actions.submit(quote);
            }
            _ => {}
        }
    }
}

impl Strategy for OddBot {
    fn describe(&self) -> Description {
        let does = format!("{:?}", self.does);
        Description { name: "odd".to_owned(), parameters: vec![("does".to_owned(), does)] }
    }

    fn subscriptions(&self) -> Subscriptions {
        Subscriptions { timer: Some(SECOND), ..Subscriptions::default() }
    }

    fn on_timer(&mut self, view: &View<'_>, actions: &mut Actions) {
        self.rings += 1;
        let (Some(bid), Some(ask)) = (view.best.bid, view.best.ask) else { return };
        if self.rings == 10 {
            self.odd((bid.price, ask.price), actions);
        }
        self.habit(bid.price, view, actions);
    }

    fn save(&self) -> serde_json::Value {
        serde_json::json!(self.rings)
    }

    fn restore(&mut self, state: &serde_json::Value) -> Result<(), String> {
        self.rings = serde_json::from_value(state.clone()).map_err(|error| error.to_string())?;
        Ok(())
    }
}

/// The built-in strategies and this one.
pub fn registry() -> Registry {
    Registry::builtin().with("odd", |given, _| {
        let Parameters { does } = given.read()?;
        Ok(Box::new(OddBot { does, rings: 0 }))
    })
}
