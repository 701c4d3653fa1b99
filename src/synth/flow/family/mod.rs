//! Several markets of single orders that hang together.

mod basis;
mod checks;
mod coupling;
mod left;
mod live;
mod measure;
mod model;
mod moments;
mod run;
mod shared;
mod source;
#[cfg(test)]
mod tests;
mod written;

pub use basis::{FundingCharge, PerpetualModel};
pub use left::LeftRecipe;
pub use live::{LiveFamily, LiveTurn};
pub use measure::FamilyMoves;
pub use model::{FamilyModel, LinkModel, MemberModel, Share};
pub use moments::Moments;
pub use shared::FamilyMarket;
pub use source::FamilyRecipe;
pub use written::write_family;
