use crate::model::{ClientOrderId, GateId, IntentKey};
use crate::strategy::{Actions, Description, OrderSpec, Strategy, Subscriptions, View};
use crate::units::{Rate, Span};

/// What has to become of an order of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// The control on trial lets it pass.
    Pass,
    /// Every gate lets it pass: what comes after depends on it.
    Needed,
    /// Every gate lets it pass, and the venue rejects it.
    Rejection,
    /// This gate refuses it: the control on trial, or the one that it engages.
    Refusal(GateId),
    /// No order is submitted: the first order, by its number among those submitted, is amended to the quantity of this line's, which
    /// is the one it has. A message that no gate on orders stops.
    Amend(u64),
}

/// One order of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Tick of the timer at which it is submitted, from 1.
    pub tick: u32,
    /// The order. Its reason is 0, or the number of the line, from 1, whose wish it is once more. Without an expected edge it is
    /// expected to earn more than any gate asks for.
    pub order: OrderSpec,
    /// What has to become of it.
    pub due: Due,
}

/// A strategy that submits given orders at given ticks of its timer and does nothing else. It looks at nothing, so that what
/// happens is what was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Distance of the ticks, from the start of the run.
    pub period: Span,
    /// The orders, in order of their ticks.
    pub lines: Vec<Line>,
}

impl Script {
    /// The strategy that plays it. An order's reason is its number in the script.
    pub(super) fn strategy(&self) -> Box<dyn Strategy> {
        Box::new(Player { script: self.clone(), tick: 0, next: 0 })
    }
}

struct Player {
    script: Script,
    tick: u32,
    next: usize,
}

/// An edge so large that no gate on costs stands in the way.
const EDGE: Rate = Rate::from_ppb(Rate::ONE);

/// Does what a line says. The order has the line's place for a reason.
fn play(line: &Line, place: u32, actions: &mut Actions) {
    if let Due::Amend(number) = line.due {
        return actions.amend(ClientOrderId(number), None, Some(line.order.quantity));
    }
    let order = line.order.expecting(line.order.expected_edge.unwrap_or(EDGE)).because(place);
    match line.order.reason {
        0 => actions.submit(order),
        again => actions.submit_as(IntentKey(again.into()), order),
    };
}

impl Strategy for Player {
    fn describe(&self) -> Description {
        Description { name: "drill".to_owned(), parameters: Vec::new() }
    }

    fn subscriptions(&self) -> Subscriptions {
        Subscriptions { timer: Some(self.script.period), ..Subscriptions::default() }
    }

    fn on_timer(&mut self, _: &View<'_>, actions: &mut Actions) {
        self.tick += 1;
        while let Some(line) = self.script.lines.get(self.next).filter(|line| line.tick <= self.tick) {
            play(line, self.next as u32, actions);
            self.next += 1;
        }
    }

    fn save(&self) -> serde_json::Value {
        serde_json::json!([self.tick, self.next])
    }

    fn restore(&mut self, state: &serde_json::Value) -> Result<(), String> {
        let number = |place: usize| state.get(place).and_then(serde_json::Value::as_u64);
        let (Some(tick), Some(next)) = (number(0), number(1)) else {
            return Err(format!("found {state}, expected tick and line of a drill's script"));
        };
        (self.tick, self.next) = (tick as u32, next as usize);
        Ok(())
    }
}
