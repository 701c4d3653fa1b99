use super::super::{RiskView, Setting, position};
use super::*;
use proptest::prelude::*;

/// An account whose gates allow a position of 20, and whose market does its worst: anything open may fill, in any part.
struct Account {
    gates: Gates,
    position: i64,
    open: Vec<Resting>,
}

/// An open order of a test account.
#[derive(Clone, Copy)]
struct Resting {
    side: Side,
    quantity: i64,
    /// The venue stops it at a flat position.
    reduce_only: bool,
}

const LIMIT: i64 = 20;

#[derive(Debug, Clone)]
enum Step {
    Submit { side: Side, quantity: i64, reduce_only: bool },
    Amend { index: usize, price: i64, quantity: i64 },
    Fill { index: usize, quantity: i64 },
    Cancel { index: usize },
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (side(), 1_i64..15, any::<bool>())
            .prop_map(|(side, quantity, reduce_only)| Step::Submit { side, quantity, reduce_only }),
        1 => (0_usize..6, 90_i64..110, 1_i64..15).prop_map(|(index, price, quantity)| Step::Amend { index, price, quantity }),
        3 => (0_usize..6, 1_i64..15).prop_map(|(index, quantity)| Step::Fill { index, quantity }),
        1 => (0_usize..6).prop_map(|index| Step::Cancel { index }),
    ]
}

impl Account {
    fn new(position: i64) -> Self {
        let gates = gates(|config| {
            config.position = on(position::Limits { max_value: Setting::Off, max_quantity: on(amount("20")) });
        });
        Self { gates, position, open: Vec::new() }
    }

    fn open(&self, side: Side) -> i64 {
        self.open.iter().filter(|order| order.side == side).map(|order| order.quantity).sum()
    }

    fn reduce_only(&self, side: Side) -> i64 {
        let reducing = self.open.iter().filter(|order| order.side == side && order.reduce_only);
        reducing.map(|order| order.quantity).sum()
    }

    fn view(&self) -> RiskView {
        RiskView {
            position: Quantity::new(self.position),
            open_buy: Quantity::new(self.open(Side::Buy)),
            open_sell: Quantity::new(self.open(Side::Sell)),
            reduce_only_buy: Quantity::new(self.reduce_only(Side::Buy)),
            reduce_only_sell: Quantity::new(self.reduce_only(Side::Sell)),
            ..risk()
        }
    }

    /// The largest position that fills of one side can lead to, by trying: reduce-only orders first, then the others.
    fn worst(&self) -> i64 {
        let along = |side: Side| {
            let mut held = side.sign() * self.position;
            for _ in 0..self.reduce_only(side) {
                held += i64::from(held < 0);
            }
            held + self.open(side) - self.reduce_only(side)
        };
        along(Side::Buy).abs().max(along(Side::Sell).abs())
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Submit { side, quantity, reduce_only } => {
                let intent = Intent { reduce_only, ..limit(side, quantity, 100) };
                let view = self.view();
                if judge(&mut self.gates, intent, &view).is_ok() {
                    self.open.push(Resting { side, quantity, reduce_only });
                }
            }
            Step::Amend { index, price, quantity } => self.amend(index, price, quantity),
            Step::Fill { index, quantity } => self.fill(index, quantity),
            Step::Cancel { index } if index < self.open.len() => drop(self.open.remove(index)),
            Step::Cancel { .. } => {}
        }
    }

    fn amend(&mut self, index: usize, price: i64, quantity: i64) {
        let Some(&Resting { side, quantity: open, reduce_only }) = self.open.get(index) else { return };
        let order = crate::gates::AmendedOrder {
            side,
            order_type: OrderType::Limit { price: Price::new(100) },
            executed: Quantity::new(3),
            open: Quantity::new(open),
            reduce_only,
            protective: false,
        };
        let amend = crate::model::AmendOrder {
            client_order_id: ClientOrderId(1),
            price: Some(Price::new(price)),
            quantity: Some(Quantity::new(quantity + 3)),
            sent_at: noon(0),
        };
        let view = self.view();
        if self.gates.clear_amend(amend, &order, &view).is_ok() {
            self.open[index].quantity = quantity;
        }
    }

    fn fill(&mut self, index: usize, quantity: i64) {
        let Some(order) = self.open.get_mut(index) else { return };
        let reducible = (-order.side.sign() * self.position).max(0);
        let most = if order.reduce_only { reducible } else { i64::MAX };
        let filled = quantity.min(order.quantity).min(most);
        order.quantity -= filled;
        self.position += order.side.sign() * filled;
        self.open.retain(|order| 0 < order.quantity);
    }
}

proptest! {
    #[test]
    fn no_sequence_takes_the_worst_case_past_the_limit(
        start in -LIMIT..=LIMIT, steps in prop::collection::vec(step(), 0..60)
    ) {
        let mut account = Account::new(start);
        for step in &steps {
            account.take(step);
            prop_assert!(account.worst() <= LIMIT, "{} after {step:?}", account.worst());
        }
    }

    #[test]
    fn a_position_past_the_limit_never_grows(
        start in 21_i64..60, short in any::<bool>(), steps in prop::collection::vec(step(), 0..60)
    ) {
        let mut account = Account::new(if short { -start } else { start });
        for step in &steps {
            let before = account.worst();
            account.take(step);
            prop_assert!(account.worst() <= before.max(LIMIT), "{} after {step:?}", account.worst());
        }
    }

    #[test]
    fn a_killed_account_only_ever_shrinks(
        start in -LIMIT..=LIMIT, steps in prop::collection::vec(step(), 0..60)
    ) {
        let mut account = Account::new(start);
        account.gates = gates(|config| config.kill_switch = Setting::default());
        account.gates.kill(noon(0), &mut Vec::new());
        for step in &steps {
            let (position, worst) = (account.position.abs(), account.worst());
            account.take(step);
            prop_assert!(account.worst() <= worst);
            prop_assert!(account.position.abs() <= position);
        }
    }

    #[test]
    fn no_window_ever_holds_more_than_the_limit(gaps in prop::collection::vec(0_i64..400, 1..200), orders in 1_u32..8) {
        let limits = crate::gates::order_burst::Limits { orders, window_ms: 1_000 };
        let mut gates = gates(|config| config.order_burst = on(limits));
        let (mut now, mut sent) = (0, Vec::<i64>::new());
        for gap in gaps {
            now += gap;
            let within = sent.iter().filter(|&&at| now - at < 1_000).count();
            let view = RiskView { now: noon(0).plus(crate::units::MILLISECOND.times(now)), ..risk() };
            let passed = judge(&mut gates, limit(Side::Buy, 1, 100), &view).is_ok();
            prop_assert_eq!(passed, within < orders as usize, "at {} after {:?}", now, &sent);
            if passed {
                sent.push(now);
            }
        }
    }

    #[test]
    fn value_limits_agree_with_plain_money(price in 1_i64..1_000_000, quantity in 1_i64..1_000_000, max in 1_i128..i128::from(u64::MAX)) {
        let mut fine = instrument();
        (fine.tick_size, fine.step_size) = (Fixed::new(25, 3), Fixed::new(3, 5));
        let max = Money::from_atto(max * 1_000_000_000);
        let mut config = GateConfig::off();
        config.order_value = on(crate::gates::order_value::Limits { max: Amount::new(max) });
        let mut gates = Gates::new(&config, &fine).unwrap();
        let worth = fine.notional(Price::new(price), Quantity::new(quantity)).unwrap();
        let expected = if worth <= max { Ok(()) } else { Err(refusal("order_value", worth.atto(), max.atto())) };
        prop_assert_eq!(judge(&mut gates, limit(Side::Buy, quantity, price), &risk()), expected);
    }
}
