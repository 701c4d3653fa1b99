//! What estimators get wrong is seen on a generated market of the fitted model, and taken off: indirect inference (C. Gourieroux,
//! A. Monfort, E. Renault, 1993), a figure at a time.

use super::depth::DepthLaw;
use super::estimate::{LARGEST, rising, rounded};
use super::orders::{Raw, raw};
use super::pass::{Observed, pass};
use crate::synth::{FlowMarket, FlowModel, FlowRecipe};
use crate::units::{SECOND, Span};

const SEED: u64 = 1;
/// Times that a market is generated.
const ROUNDS: usize = 4;
/// Messages of one, about.
const MESSAGES: f64 = 4e6;
/// Length of one, in seconds.
const LENGTH: (f64, f64) = (3_600.0, 172_800.0);

/// A generated market of a model as a pass sees it, from when `tape` begins, and hardly longer; `None` where the calendar ends.
pub(super) fn generated(model: &FlowModel, tape: &Observed) -> Option<Observed> {
    model.check().ok()?;
    // Orders come and go; a market order, and the races after it, are some messages more.
    let messages = 2.0 * model.orders.limit_per_second + 4.0 * model.orders.market_per_second;
    let covered = tape.covered as f64 / SECOND.nanos() as f64;
    let seconds = (MESSAGES / messages).min(covered).clamp(LENGTH.0, LENGTH.1);
    let duration = Span::from_nanos((seconds * SECOND.nanos() as f64) as i64);
    let start_at = tape.header.first_at;
    let recipe = FlowRecipe { model: model.clone(), shocks: Vec::new(), start_at, duration, seed: SEED };
    recipe.check_span().ok()?;
    pass(&mut FlowMarket::new(recipe), model).ok()
}

/// The figures of a tape with the errors of the estimators taken off. `model` has all but the orders.
pub(super) fn mended(found: &Raw, model: &FlowModel, tape: &Observed) -> Raw {
    let mut wanted = found.clone();
    for round in 0..ROUNDS {
        let mut model = model.clone();
        put(&wanted, &mut model);
        let Some(seen) = generated(&model, tape).and_then(|seen| raw(&seen, &model)) else { break };
        let next = nearer(&wanted, found, &seen, &model);
        wanted = if round == 0 { next } else { with_ends(next, &wanted) };
    }
    wanted
}

/// Puts the figures of orders into a model.
pub(super) fn put(found: &Raw, model: &mut FlowModel) {
    let (orders, book) = (&mut model.orders, &mut model.book);
    orders.market_per_second = rounded(found.market).clamp(0.001, 10_000.0);
    orders.limit_per_second = rounded(found.limit).clamp(0.01, 50_000.0);
    // What comes by itself is what is left of limit orders: market orders cannot bring about more than there are.
    let most = orders.limit_per_second * (1.0 - orders.limit_by_limit) / orders.market_per_second;
    if most < orders.limit_by_market {
        orders.limit_by_market = rounded(0.9 * most);
    }
    book.touch_share = rounded(found.touch).clamp(0.0, 1.0);
    book.depth_ticks = rounded(found.law.ticks).clamp(0.01, 10_000.0);
    book.depth_tail = rounded(found.law.tail).clamp(0.1, 10.0);
    for (list, values) in
        [(&mut orders.market_sizes, &found.market_sizes), (&mut orders.limit_sizes, &found.limit_sizes)]
    {
        let shares: Vec<u32> = list.iter().map(|(share, _)| *share).collect();
        *list = rising(&shares, values.iter().copied(), 1, LARGEST);
    }
}

/// The largest sizes stay: the book holds less than they are, so that they would be driven on and on.
fn with_ends(mut next: Raw, before: &Raw) -> Raw {
    let ends = [(&mut next.market_sizes, &before.market_sizes), (&mut next.limit_sizes, &before.limit_sizes)];
    for (next, before) in ends {
        if let (Some(end), Some(last)) = (next.last_mut(), before.last()) {
            *end = *last;
        }
    }
    next
}

/// Each figure by as much as the generated market's, which had `wanted`, misses the tape's.
fn nearer(wanted: &Raw, found: &Raw, seen: &Raw, model: &FlowModel) -> Raw {
    let step = |wanted: f64, found: f64, seen: f64| {
        let ratio = found / seen;
        if ratio.is_finite() { wanted * ratio.clamp(0.5, 2.0) } else { wanted }
    };
    let sizes = |wanted: &[f64], found: &[f64], seen: &[f64]| {
        let all = wanted.iter().zip(found).zip(seen);
        all.map(|((wanted, found), seen)| step(*wanted, *found, *seen)).collect()
    };
    // How busy the generated stretch happened to be shows in its market orders; only what limit orders miss beside that is an error.
    let busy = libm::pow(seen.market / wanted.market, model.pace.limit_exponent / model.pace.market_exponent.max(0.1));
    let law = DepthLaw {
        ticks: step(wanted.law.ticks, found.law.ticks, seen.law.ticks),
        tail: step(wanted.law.tail, found.law.tail, seen.law.tail),
        errors: found.law.errors,
    };
    Raw {
        market: wanted.market,
        limit: step(wanted.limit, found.limit, seen.limit / busy),
        touch: step(wanted.touch, found.touch, seen.touch),
        law,
        market_sizes: sizes(&wanted.market_sizes, &found.market_sizes, &seen.market_sizes),
        limit_sizes: sizes(&wanted.limit_sizes, &found.limit_sizes, &seen.limit_sizes),
    }
}
