//! The strategies that come with seatrial: sound enough to exercise a venue and its gates, plain enough to be read.
//!
//! Parameters are read from the scenario's `[bot.parameters]`; quantities are in base units, spans with their unit.

mod breakout;
mod hedged_maker;
mod market_maker;
mod mean_reversion;
mod moving_average_cross;
mod nothing;
mod parameters;

pub use breakout::{Breakout, BreakoutParameters};
pub use hedged_maker::{HedgedMaker, HedgedMakerParameters};
pub use market_maker::{MarketMaker, MarketMakerParameters, Requote};
pub use mean_reversion::{MeanReversion, MeanReversionParameters};
pub use moving_average_cross::{MovingAverageCross, MovingAverageCrossParameters, Stance};
pub use nothing::DoNothing;
pub use parameters::{AUTO_WORTH, ParameterError, ParameterSpan, Size, auto_quantity, steps};
