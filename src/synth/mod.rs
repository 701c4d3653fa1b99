//! Markets that never were.
//!
//! [`FlowMarket`] is a market of single orders: traders come by a self-exciting clock, work large orders piece by piece, quote,
//! cancel and race each other around an efficient price whose volatility has a memory of days. [`FlowModel`] says what it is
//! like; presets are files. [`SimpleMarket`] is a plain one, a price that walks and quotes that follow it: what runs and tests take
//! that need any market at all. [`ShockModel`] is a violent thing that happens in a market: part of a [`FlowMarket`], or laid over any
//! other by [`Overlay`].
//!
//! Order rule: a market's rows depend on its settings and seed alone; venue time never decreases and arrival order is venue
//! order. Every layer draws from a stream of its own, named after instrument and layer.
//! Invariants: no row of any message shows a crossed book (removals come first); every level set has a quantity above zero
//! and every level deleted was there; memory does not grow with length. Floats use addition, multiplication, division, roots and
//! `libm`, so every machine makes the same bytes.
//! [`LiveMarket`] is the same market with a venue's orders in its queues; with nothing done it has the same rows.
//! [`FamilyModel`] is several of them whose prices hear of each other: spot and perpetual, coins that go together.
//! Known limits: the simple market: arrivals are Poisson
//! without a time of day, depth ends a hundred ticks from the touch, trades are independent given the walk, no price jumps.

mod batches;
mod config;
mod extra;
mod flow;
mod idle;
mod levels;
mod overlay;
#[cfg(test)]
mod overlay_tests;
mod peak;
mod remix;
mod shock;
mod simple;
mod source;
#[cfg(test)]
mod tests;
mod watch;

pub use config::{SimpleMarketConfig, SimpleMarketError};
pub use flow::{
    BookModel, DoneAction, FAMILIES, FactorModel, FamilyMarket, FamilyModel, FamilyMoves, FamilyRecipe, FeedModel,
    FlowBars, FlowMarket, FlowModel, FlowModelError, FlowRecipe, FundingCharge, InstrumentModel, LeftRecipe,
    LeverageModel, LinkModel, LiveFamily, LiveMarket, LiveRecipe, LiveRows, LiveStep, LiveTurn, MemberModel,
    MetaorderModel, Moments, OrderModel, OwnActions, PRESETS, PaceModel, PerpetualModel, PriceModel, ProviderModel,
    RegimeModel, Season, Share, draw_signs, write_family,
};
pub use idle::without_effect;
pub use overlay::Overlay;
pub use peak::{FACTOR_MAX, Peak, PeakAsk, find_peak, rates_from, write_peak};
pub use remix::{
    AutoBlock, Joins, RemixAsk, RemixError, RemixMarket, RemixRecipe, Remixed, auto_block, block_length, remix,
};
pub use shock::*;
pub use simple::SimpleMarket;
pub use watch::{MarketSecond, by_second};
