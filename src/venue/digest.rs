use super::order::{Order, Stage};
use super::state::Venue;
use crate::model::{Side, TimeInForce};

/// Version of the byte layout.
const LAYOUT: u8 = 1;

impl Venue {
    /// Feeds the whole state as canonical bytes: integers little-endian, orders by rising client order id.
    ///
    /// Layout 1: version u8; accepted u64; highest id seen u64; bars u64; last price (flag u8, i64); position i64; cash
    /// i128; reserved i128; number of orders u64; per order: client id, order id u64, side u8, stage u8, flags u8
    /// (post-only 1, reduce-only 2, takes profit 4), time in force u8 and i64, limit and trigger (flag u8, i64 each),
    /// quantity, executed, ahead, traded i64; then per side, buy first: number of taken levels u64, and price, taken steps,
    /// displayed steps i64 each; then the clients' ids of each side's queue in priority order, u64 each.
    pub fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&[LAYOUT]);
        for number in [self.accepted, self.orders.highest().map_or(0, |id| id.0), self.bars] {
            hasher.update(&number.to_le_bytes());
        }
        optional(hasher, self.last.map(|price| price.ticks()));
        hasher.update(&self.position().steps().to_le_bytes());
        hasher.update(&self.account.cash().atto().to_le_bytes());
        hasher.update(&self.account.reserved().atto().to_le_bytes());
        hasher.update(&(self.orders.len() as u64).to_le_bytes());
        self.orders.iter().for_each(|order| digest_order(order, hasher));
        for side in Side::BOTH {
            let taken = self.memory.of(side);
            hasher.update(&(taken.len() as u64).to_le_bytes());
            for level in taken {
                integers(hasher, &[level.price.ticks(), level.steps, level.displayed]);
            }
        }
        for side in Side::BOTH {
            for slot in self.resting[side.index()].queue(&self.orders) {
                hasher.update(&self.orders[slot].client_order_id.0.to_le_bytes());
            }
        }
    }
}

fn digest_order(order: &Order, hasher: &mut blake3::Hasher) {
    hasher.update(&order.client_order_id.0.to_le_bytes());
    hasher.update(&order.order_id.0.to_le_bytes());
    let stage = match order.stage {
        Stage::Arriving => 0,
        Stage::Waiting => 1,
        Stage::Pending => 2,
        Stage::Resting => 3,
    };
    let flags = u8::from(order.post_only) | u8::from(order.reduce_only) << 1 | u8::from(order.takes_profit) << 2;
    let (time_in_force, until) = match order.time_in_force {
        TimeInForce::GoodTilCancel => (0, 0),
        TimeInForce::ImmediateOrCancel => (1, 0),
        TimeInForce::FillOrKill => (2, 0),
        TimeInForce::GoodTilDate(at) => (3, at.nanos()),
    };
    hasher.update(&[order.side.index() as u8, stage, flags, time_in_force]);
    hasher.update(&until.to_le_bytes());
    optional(hasher, order.limit.map(|price| price.ticks()));
    optional(hasher, order.trigger.map(|price| price.ticks()));
    integers(hasher, &[order.quantity.steps(), order.executed.steps(), order.ahead, order.traded]);
}

fn optional(hasher: &mut blake3::Hasher, value: Option<i64>) {
    hasher.update(&[u8::from(value.is_some())]);
    hasher.update(&value.unwrap_or(0).to_le_bytes());
}

fn integers(hasher: &mut blake3::Hasher, values: &[i64]) {
    for value in values {
        hasher.update(&value.to_le_bytes());
    }
}
