//! A market of single orders.

mod bars;
mod checks;
mod clock;
mod draw;
mod family;
#[cfg(test)]
mod imbalance_tests;
mod known;
#[cfg(test)]
mod layer_tests;
mod leverage;
mod live;
#[cfg(test)]
mod live_tests;
mod market;
mod metaorders;
mod model;
#[cfg(test)]
mod moments;
mod own;
mod pace;
mod presets;
mod price;
mod resting;
mod run;
#[cfg(test)]
mod shock_tests;
mod shocked;
mod shocks;
mod source;
#[cfg(test)]
mod talreja_tests;
#[cfg(test)]
mod tests;

pub use bars::FlowBars;
pub use family::{
    FamilyMarket, FamilyModel, FamilyMoves, FamilyRecipe, FundingCharge, LeftRecipe, LinkModel, LiveFamily, LiveTurn,
    MemberModel, Moments, PerpetualModel, Share, write_family,
};
pub use known::{Season, draw_signs};
pub use leverage::LeverageModel;
pub use live::{DoneAction, LiveMarket, LiveRecipe, LiveRows, LiveStep, OwnActions};
pub use model::{
    BookModel, FactorModel, FeedModel, FlowModel, FlowModelError, InstrumentModel, MetaorderModel, OrderModel,
    PaceModel, PriceModel, ProviderModel, RegimeModel,
};
pub use presets::{FAMILIES, PRESETS};
pub use source::{FlowMarket, FlowRecipe};
