use super::leverage::{Leverage, LeverageModel};
use super::pace::Multiples;
use crate::model::Side;
use crate::rng::{Rng, Streams};
use crate::synth::shock::{Moment, PlacedShock, Script, Sweep};
use crate::units::{Price, Quantity};
use std::collections::VecDeque;

/// Nanoseconds between the parts of an order through the book.
const MOMENT: i64 = 1_000;
/// Nanoseconds after which providers look again while a shock has them withdraw.
const PROVIDED: i64 = 200_000_000;
/// What calm is held to be is forgotten within so many seconds.
const CALM_SECONDS: f64 = 300.0;

/// The shocks of a market as they go: what is so now, and when to look again.
#[derive(Debug)]
pub(super) struct Shocks {
    script: Script,
    placed: Vec<PlacedShock>,
    moment: Moment,
    /// When something changes next, nanoseconds since 1970.
    next_at: i64,
    swept: usize,
    /// What is left to do of an order through the book, and when.
    sweeping: VecDeque<(i64, Stub)>,
    /// The tick that everybody quotes on, in old ticks.
    pub(super) grid: i64,
    /// Which have brought the accounts that they bring.
    opened: Vec<bool>,
    /// What the spread has lately been while nothing was scripted, in ticks: between its median and its mean.
    calm_spread: f64,
    /// Mean of what rests near the best price of each side while nothing was scripted, in steps.
    calm_depth: [f64; 2],
    /// Which orders are cancelled, and where new ones are placed.
    pub(super) quotes: Rng,
    /// Who holds what when a shock begins.
    pub(super) accounts: Rng,
    pub(super) leverage: Vec<Leverage>,
}

/// A quote of somebody who never thought to trade there, at the end of an order through the book: it is left over, then taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stub {
    /// Whose order took the book.
    pub aggressor: Side,
    pub price: Price,
    pub quantity: Quantity,
    /// It stands there, and is to be taken.
    pub rests: bool,
}

/// What changes at a moment.
#[derive(Debug)]
pub(super) struct Change {
    /// Logarithm of what the price changes by.
    pub log_price: f64,
}

impl Shocks {
    pub(super) fn new(placed: &[PlacedShock], start: i64, symbol: &str, streams: Streams) -> Self {
        let script = Script::new(placed, start, streams);
        Self {
            next_at: next_after(&script, start - 1),
            script,
            placed: placed.to_vec(),
            moment: Moment::CALM,
            swept: 0,
            sweeping: VecDeque::new(),
            grid: 1,
            opened: vec![false; placed.len()],
            calm_spread: 0.0,
            calm_depth: [0.0; 2],
            quotes: streams.stream(&format!("synth/flow/{symbol}/shock-quotes")),
            accounts: streams.stream(&format!("synth/flow/{symbol}/accounts")),
            leverage: Vec::new(),
        }
    }

    #[inline]
    pub(super) fn next_at(&self) -> i64 {
        self.next_at
    }

    #[inline]
    pub(super) fn moment(&self) -> &Moment {
        &self.moment
    }

    /// What is different from the last time.
    pub(super) fn look(&mut self, now: i64) -> Change {
        let (before, after) = (self.moment, self.script.at(now));
        self.moment = after;
        let provided = if after.withdraws || after.moving { now.saturating_add(PROVIDED) } else { i64::MAX };
        let sweeping = self.sweeping.front().map_or(i64::MAX, |(at, _)| *at);
        self.next_at =
            next_after(&self.script, now).min(provided).min(if sweeping > now { sweeping } else { i64::MAX });
        Change { log_price: after.log_price - before.log_price }
    }

    /// A quote is left over at the end of an order through the book: it appears and is taken in the next two moments.
    pub(super) fn leave(&mut self, now: i64, stub: Stub) {
        self.sweeping.extend([(now + MOMENT, stub), (now + 2 * MOMENT, Stub { rests: true, ..stub })]);
        self.next_at = self.next_at.min(now + MOMENT);
    }

    /// An order through the book is not over: nobody quotes anew in between.
    pub(super) fn is_sweeping(&self) -> bool {
        !self.sweeping.is_empty()
    }

    /// What is due of it now.
    pub(super) fn due_stub(&mut self, now: i64) -> Option<Stub> {
        let (_, stub) = self.sweeping.pop_front_if(|(at, _)| *at <= now)?;
        let next = self.sweeping.front().map_or(i64::MAX, |(at, _)| *at);
        self.next_at = self.next_at.min(next);
        Some(stub)
    }

    /// The next order through the book that is due.
    pub(super) fn due_sweep(&mut self, now: i64) -> Option<Sweep> {
        let sweep = self.script.sweeps().get(self.swept).copied().filter(|sweep| sweep.at <= now)?;
        self.swept += 1;
        // Whatever else begins now comes a moment later.
        self.next_at = self.next_at.min(now + MOMENT);
        Some(sweep)
    }

    /// The next shock with accounts that has begun.
    pub(super) fn due_accounts(&mut self, now: i64) -> Option<(LeverageModel, f64)> {
        let due = |place: &usize| !self.opened[*place] && self.script.starts()[*place] <= now;
        let place = (0..self.placed.len()).find(|place| due(place) && self.placed[*place].shock.leverage.is_some())?;
        self.opened[place] = true;
        let PlacedShock { shock, severity, .. } = &self.placed[place];
        shock.leverage.clone().map(|leverage| (leverage, severity.0))
    }

    /// True when there are shocks, or will be.
    #[inline]
    pub(super) fn any(&self) -> bool {
        !self.placed.is_empty()
    }

    /// The spread is `ticks` wide, and so much rests near the best price of each side: what calm is held to be.
    pub(super) fn see_calm(&mut self, ticks: Option<i64>, depth: [i64; 2]) {
        let Some(ticks) = ticks.filter(|_| !self.moment.withdraws && !self.moment.moving) else { return };
        let (known, ticks, calm) = (self.calm_spread > 0.0, ticks as f64, self.calm_spread);
        // A spread that is wide for a moment counts no more than one that is twice as wide as usual.
        self.calm_spread = if known { calm + (ticks - calm).min(calm) / CALM_SECONDS } else { ticks };
        for (calm, now) in self.calm_depth.iter_mut().zip(depth) {
            *calm = if known { *calm + (now as f64 - *calm) / CALM_SECONDS } else { now as f64 };
        }
    }

    /// What should rest near the best price of `side`, where a shock says.
    #[inline]
    pub(super) fn wanted(&self, side: Side) -> Option<f64> {
        let depth = self.moment.depth[side.index()];
        (depth < 1.0).then(|| depth * self.calm_depth[side.index()])
    }

    /// What rests near the best price of `side` at least while the price is on its way, with so much of its liquidity given.
    #[inline]
    pub(super) fn least(&self, side: Side, liquidity: f64) -> Option<f64> {
        self.moment.moving.then(|| liquidity * liquidity * self.calm_depth[side.index()])
    }

    /// How much farther from the price providers quote than they otherwise would, in ticks.
    #[inline]
    pub(super) fn extra_edge(&self) -> f64 {
        (self.moment.spread - 1.0) * self.calm_spread.max(1.0) / 2.0
    }

    /// The pace, as the shocks have it.
    #[inline]
    pub(super) fn pace(&self, mut at: Multiples) -> Multiples {
        let Moment { volatility, orders, halted, .. } = self.moment;
        if halted {
            (at.market, at.limit) = (0.0, 0.0);
            return at;
        }
        if at.market > 0.0 {
            at.volatility *= volatility;
            at.market *= orders;
        }
        at
    }
}

/// When a script, or a shock that only begins, has to be looked at next.
fn next_after(script: &Script, now: i64) -> i64 {
    let starts = script.starts().iter().copied().filter(|start| *start > now);
    starts.chain([script.next(now)]).min().unwrap_or(i64::MAX)
}
