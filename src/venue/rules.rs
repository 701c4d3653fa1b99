/// How an order that rests at a price is placed among those of others, of whom a level-2 tape shows only the sum.
///
/// True first-in-first-out queues need order-by-order tapes; such a model gets its own variant when those are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum QueueModel {
    /// Nobody is ahead: every trade at the price reaches the order.
    Front,
    /// Everything displayed at entry is ahead; only trades at the price and a level that shrinks below it help.
    RiskAverse,
    /// As risk-averse, but a shrinking that trades do not explain is split between ahead and behind by a curve.
    Probability(Curve),
}

/// Weight f of a quantity: of a decrease, the share f(ahead) / (f(ahead) + f(behind)) is taken from ahead.
///
/// The steeper the curve, the more the larger part of the queue bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Curve {
    /// f(x) = x: cancels are spread evenly.
    Power1,
    /// f(x) = x^2.
    Power2,
    /// f(x) = x^3.
    Power3,
    /// f(x) = log(1 + x).
    Log,
}

/// What it means for a resting order that the opposite best price stands at or through its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Crossing {
    /// Nothing: only trades fill.
    Never,
    /// At the end of the message the order fills at its own price, up to the quantity displayed at or through it.
    Displayed,
    /// At the end of the message the order fills whole at its own price.
    Whole,
    /// As `Whole`, at the very row, even if a later row of the same message takes it back.
    WholeAtRow,
}

/// The rules by which recorded market data fill own orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FillRules {
    /// Who is ahead of a resting order.
    pub queue: QueueModel,
    /// A trade at the very price of a resting order can fill it (behind the queue). A trade beyond always does.
    pub at_price: bool,
    /// The opposite best price at or through a resting order.
    pub crossing: Crossing,
    /// A bar that only touches a limit price fills it. Without, the bar must go beyond.
    pub touch_fills: bool,
    /// Off: whatever fills fills whole, taking orders at the opposite best price whatever it displays.
    pub partial_fills: bool,
    /// What the bot took from a level stays taken until the tape's level gains.
    pub liquidity_memory: bool,
    /// The quantity of one print is shared among own orders; off: each sees all of it.
    pub shared_prints: bool,
    /// Own orders meet each other (self-trade prevention); off: they pass through each other.
    pub own_orders_meet: bool,
    /// A post-only order whose amend would take is left as it was; off: the amend ends it.
    pub refused_amends_spare: bool,
    /// Balance and leverage are checked.
    pub funds_checked: bool,
}

/// Named sets of fill rules, from the most to the least favourable, and one that imitates a peer.
///
/// All but the last share what a tape proves. A trade beyond a resting order fills it whole at its own price: the level
/// was cleared, so everybody at it was filled. What a tape leaves open differs by one principle: the more pessimistic the
/// preset, the more proof a fill that helps the bot needs, and the less one that hurts it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum FillPreset {
    /// First in the queue; a book that moves through an order fills only what it displays.
    Optimistic,
    /// Cancels are split by the square of the quantities ahead and behind; crossing as above.
    #[default]
    Neutral,
    /// Last in the queue; a book that moves through an order fills it whole (adverse selection needs no proof).
    Pessimistic,
    /// The rules of hftbacktest 0.9.4, `NoPartialFillExchange` with `RiskAdverseQueueModel` and `ROIVectorMarketDepth`, held
    /// against it order by order with random orders (`benches/peers`). Known differences, all of them taken for faults there:
    ///
    /// * An amend that loses its place executes the quantity from before it there, and what a later amend asks for counts
    ///   as more or less by that quantity. Here an order executes what it was last amended to.
    /// * A market order that finds no opposite side fills there, at a price that is none. Here it is rejected.
    /// * A side that has run empty level by level forgets there which of its levels still stand, overrun before by the other
    ///   side, but for those that have got a level behind them since. Here they come back.
    /// * A level of less than half a lot is no best price there. Here it is.
    /// * Floating point decides there whether a queue passed by exactly half a lot is passed. Here it is.
    ///
    /// Before the venue, the bot there can send no request for an order while another one is on its way; here it can.
    Hftbacktest,
}

impl FillPreset {
    /// The three of the band, by falling favour to the bot.
    pub const BAND: [Self; 3] = [Self::Optimistic, Self::Neutral, Self::Pessimistic];

    /// 0 for the most favourable preset; `None` for the imitation, which has no place in the order.
    #[must_use]
    pub const fn pessimism(self) -> Option<u8> {
        match self {
            Self::Optimistic => Some(0),
            Self::Neutral => Some(1),
            Self::Pessimistic => Some(2),
            Self::Hftbacktest => None,
        }
    }

    /// The rules the name stands for.
    #[must_use]
    pub const fn rules(self) -> FillRules {
        let neutral = FillRules {
            queue: QueueModel::Probability(Curve::Power2),
            at_price: true,
            crossing: Crossing::Displayed,
            touch_fills: false,
            partial_fills: true,
            liquidity_memory: true,
            shared_prints: true,
            own_orders_meet: true,
            refused_amends_spare: true,
            funds_checked: true,
        };
        match self {
            Self::Optimistic => FillRules { queue: QueueModel::Front, touch_fills: true, ..neutral },
            Self::Neutral => neutral,
            Self::Pessimistic => FillRules { queue: QueueModel::RiskAverse, crossing: Crossing::Whole, ..neutral },
            Self::Hftbacktest => FillRules {
                queue: QueueModel::RiskAverse,
                at_price: true,
                crossing: Crossing::WholeAtRow,
                touch_fills: true,
                partial_fills: false,
                liquidity_memory: false,
                shared_prints: false,
                own_orders_meet: false,
                refused_amends_spare: false,
                funds_checked: false,
            },
        }
    }
}

impl Default for FillRules {
    fn default() -> Self {
        FillPreset::default().rules()
    }
}
