//! Which order of a log is which of a simulation.

use crate::model::{OrderRecord, TradingRecord};
use crate::units::{Span, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;

/// Which orders belong together.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Matching {
    /// Places in the log and in the simulation, in the log's order.
    #[serde(skip)]
    pub pairs: Vec<(usize, usize)>,
    /// Orders that the bot's own number matched.
    pub by_id: u64,
    /// Orders that side, size, price and time matched.
    pub by_time: u64,
    /// Places of orders that only the log has.
    #[serde(skip)]
    pub only_log: Vec<usize>,
    /// Places of orders that only the simulation has.
    #[serde(skip)]
    pub only_simulation: Vec<usize>,
}

/// Matches by number where the numbers agree, else by side and time: of the orders of one side within `within` the one of the same size, then
/// of the nearest price, then of the nearest time, then the earliest. Each order is matched once; the log's come in their order.
pub(super) fn matched(log: &TradingRecord, simulation: &TradingRecord, within: Span) -> Matching {
    let mut mates: Vec<Option<usize>> = vec![None; log.orders.len()];
    let mut taken = vec![false; simulation.orders.len()];
    let numbers =
        simulation.orders.iter().enumerate().filter_map(|(place, order)| Some((order.client_order_id?, place)));
    let numbers: BTreeMap<u64, usize> = numbers.collect();
    for (mate, order) in mates.iter_mut().zip(&log.orders) {
        let place = order.client_order_id.and_then(|id| numbers.get(&id).copied());
        let agrees = |place: &usize| !taken[*place] && ids_agree(order, &simulation.orders[*place], within);
        if let Some(place) = place.filter(agrees) {
            *mate = Some(place);
            taken[place] = true;
        }
    }
    let by_id = mates.iter().flatten().count() as u64;
    let sent = Clock::new(simulation, |order| order.sent_at);
    let filled = Clock::new(simulation, OrderRecord::first_fill_at);
    for (mate, order) in mates.iter_mut().zip(&log.orders).filter(|(mate, _)| mate.is_none()) {
        let (clock, at) = match (order.sent_at, order.first_fill_at()) {
            (Some(at), _) => (&sent, at),
            (None, Some(at)) => (&filled, at),
            (None, None) => continue,
        };
        if let Some(place) = clock.nearest((order, at), simulation, (&taken, within)) {
            *mate = Some(place);
            taken[place] = true;
        }
    }
    let pairs: Vec<(usize, usize)> =
        mates.iter().enumerate().filter_map(|(place, mate)| Some((place, (*mate)?))).collect();
    Matching {
        by_id,
        by_time: pairs.len() as u64 - by_id,
        pairs,
        only_log: mates.iter().enumerate().filter(|(_, mate)| mate.is_none()).map(|(place, _)| place).collect(),
        only_simulation: taken.iter().enumerate().filter(|(_, taken)| !**taken).map(|(place, _)| place).collect(),
    }
}

/// A number agrees where side and size do, and the time of sending, or where the log does not know it no fill comes before it. The bot of a
/// lane that went another way has other orders under the same numbers.
fn ids_agree(log: &OrderRecord, simulated: &OrderRecord, within: Span) -> bool {
    let near = match (log.sent_at, simulated.sent_at, log.first_fill_at()) {
        (Some(left), Some(right), _) => apart(left, right) <= within,
        (None, Some(sent), Some(filled)) => sent.since(filled) <= within,
        _ => true,
    };
    let same_size = log.quantity.is_none() || simulated.quantity.is_none() || log.quantity == simulated.quantity;
    log.side == simulated.side && same_size && near
}

fn apart(left: Timestamp, right: Timestamp) -> Span {
    if left < right { right.since(left) } else { left.since(right) }
}

/// Orders of a simulation by one of their times.
struct Clock(Vec<(Timestamp, usize)>);

impl Clock {
    fn new(simulation: &TradingRecord, time: impl Fn(&OrderRecord) -> Option<Timestamp>) -> Self {
        let times = simulation.orders.iter().enumerate().filter_map(|(place, order)| Some((time(order)?, place)));
        let mut times: Vec<(Timestamp, usize)> = times.collect();
        times.sort_unstable();
        Self(times)
    }

    fn nearest(
        &self,
        (order, at): (&OrderRecord, Timestamp),
        simulation: &TradingRecord,
        (taken, within): (&[bool], Span),
    ) -> Option<usize> {
        let start = self.0.partition_point(|(time, _)| *time < at && within < at.since(*time));
        let near = self.0[start..].iter().take_while(|(time, _)| *time <= at || time.since(at) <= within);
        let near = near.filter(|(_, place)| !taken[*place] && simulation.orders[*place].side == order.side);
        let best = near.min_by_key(|(time, place)| {
            let other = &simulation.orders[*place];
            let size = order.quantity.unwrap_or_default().steps().max(order.filled());
            let other_size = match order.quantity {
                Some(_) => other.quantity.unwrap_or_default().steps(),
                None => other.filled(),
            };
            (size != other_size, ticks_apart(order, other), apart(at, *time), *place)
        });
        best.map(|(_, place)| *place)
    }
}

/// How far limit prices are apart, or the prices of the first fills; nothing where one is not known.
fn ticks_apart(log: &OrderRecord, simulated: &OrderRecord) -> u64 {
    let first = |order: &OrderRecord| order.fills.first().map(|fill| fill.price);
    let prices = log.price.zip(simulated.price).or_else(|| first(log).zip(first(simulated)));
    prices.map_or(0, |(left, right)| left.ticks().abs_diff(right.ticks()))
}
