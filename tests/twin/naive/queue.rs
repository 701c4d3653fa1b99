use super::order::Order;
use super::settings::{Queue, Settings};

pub fn whole_lots(steps: i64, lot: i64) -> i64 {
    if lot > 1 { steps / lot * lot } else { steps }
}

/// A print of `printed` steps passes an order at its price; `left` of them are still to be had. Returns what it may fill.
pub fn on_print(order: &mut Order, printed: i64, left: i64, settings: &Settings) -> i64 {
    let lot = settings.filters.lot.steps();
    order.traded += printed;
    if !settings.partial {
        // The front may pass the order; half a lot beyond it, the order fills whole.
        order.ahead = order.ahead.saturating_sub(left);
        return if i128::from(order.ahead) * -2 >= i128::from(lot) { order.open() } else { 0 };
    }
    let passed = order.ahead.min(left);
    order.ahead -= passed;
    whole_lots(left - passed, lot)
}

/// The level of an order goes from `before` to `now`.
pub fn on_level(order: &mut Order, before: i64, now: i64, queue: Queue) {
    let traded = std::mem::take(&mut order.traded);
    match queue {
        Queue::Front => {}
        Queue::RiskAverse => order.ahead = order.ahead.min(now),
        Queue::Power(_) | Queue::Log => {
            let standing = (before - traded).max(0);
            let behind = (standing - order.ahead).max(0);
            let gone = (standing - now).max(0);
            order.ahead -= gone_ahead(queue, order.ahead, behind, gone);
            order.ahead = order.ahead.min(now);
        }
    }
}

/// How many of `gone` steps were ahead: the curve's share rounded down, at least what those behind cannot have lost.
fn gone_ahead(queue: Queue, ahead: i64, behind: i64, gone: i64) -> i64 {
    if gone == 0 || ahead <= 0 {
        return 0;
    }
    let (a, b) = (weight(queue, ahead).max(1), weight(queue, behind));
    let share = (i128::from(gone) * a / (a + b)) as i64;
    (share + (gone - share - behind).max(0)).min(ahead)
}

/// f(x): a power, or the logarithm to base 2 of 1 + x in parts of 65,536, rounded down.
fn weight(queue: Queue, x: i64) -> i128 {
    match queue {
        Queue::Power(power) => i128::from(x).pow(power),
        _ => (((x + 1) as f64).log2() * 65_536.0).floor() as i128,
    }
}
