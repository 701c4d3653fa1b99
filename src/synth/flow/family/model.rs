use super::basis::PerpetualModel;
use crate::synth::flow::model::FlowModel;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Several markets that hang together: what is learned in one of them is heard of in others a little later.
///
/// A market's price moves by its own news, its own trades and its own shocks at once, and by a share of those of the markets that it has
/// links from. What it heard from others it does not pass on: a link stands for everything that goes from one market to the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FamilyModel {
    /// The markets, each with a symbol of its own.
    pub members: Vec<MemberModel>,
    /// Who hears of whom.
    #[serde(default)]
    pub links: Vec<LinkModel>,
    /// The member whose slow factors and regimes of volatility all have: what makes one of them wild makes all wild. Without one each has
    /// its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace_of: Option<String>,
    /// Milliseconds within which everybody has heard: what is learned is passed on at the next multiple of it.
    #[serde(default = "usual_delay")]
    pub delay_ms: u32,
}

/// A market of a family.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberModel {
    /// What it is like: its volatility is that of its price with all that it hears of.
    pub market: FlowModel,
    /// Share of its price's variance that is learned in it; without one, what links leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_share: Option<f64>,
    /// It is a perpetual contract on another member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub perpetual: Option<PerpetualModel>,
}

/// A share as it stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Share(pub f64);

/// What is learned in one market moves another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkModel {
    /// Symbol of the market in which it is learned.
    pub from: String,
    /// Symbol of the market that hears of it.
    pub to: String,
    /// By how much of the move the other one moves: 1 for the same thing, the beta for another one, below 0 for what it is quoted in.
    pub share: f64,
    /// How the share grows with the volatility of the first, as a power of its multiple: 0 for not at all.
    #[serde(default)]
    pub stress_exponent: f64,
}

const fn usual_delay() -> u32 {
    FamilyModel::USUAL_DELAY_MS
}

impl FamilyModel {
    /// The delay where none is said: what a quick arbitrageur needs between two venues.
    pub const USUAL_DELAY_MS: u32 = 10;

    /// The place of the member with this symbol.
    #[must_use]
    pub fn place(&self, symbol: &str) -> Option<usize> {
        self.members.iter().position(|member| member.symbol() == symbol)
    }

    /// The same family, each member with the factors and regimes of the one that sets the pace.
    #[must_use]
    pub fn with_common_pace(mut self) -> Self {
        let Some(leader) = self.pace_of.as_deref().and_then(|symbol| self.place(symbol)) else { return self };
        let pace = self.members[leader].market.pace.clone();
        for member in &mut self.members {
            member.market.pace.factors.clone_from(&pace.factors);
            member.market.pace.regimes.clone_from(&pace.regimes);
        }
        self
    }
}

impl MemberModel {
    /// Symbol of what is traded.
    #[must_use]
    pub fn symbol(&self) -> &str {
        &self.market.instrument.symbol
    }

    /// Variance of a day's change, as a square of basis points.
    pub(super) fn variance(&self) -> f64 {
        self.market.price.volatility_bps_per_day * self.market.price.volatility_bps_per_day
    }
}
