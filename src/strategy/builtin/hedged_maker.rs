use super::{MarketMaker, MarketMakerParameters, ParameterError, ParameterSpan, Requote, Size, steps};
use crate::model::{ExecutionReport, Instrument, MarketId, ReportKind, Side};
use crate::strategy::{Actions, Description, MarketView, OrderSpec, Strategy, Subscriptions, View};
use crate::units::{Fixed, Quantity};

/// Parameters of [`HedgedMaker`]: those of the market maker, and when it hedges.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HedgedMakerParameters {
    /// Distance of two looks at the markets.
    pub interval: ParameterSpan,
    /// Ticks behind the best price of its side at which a quote stands; 0 joins the best price.
    pub offset_ticks: u32,
    /// Quantity of a quote, in base units.
    #[schemars(with = "String")]
    pub quantity: Fixed,
    /// Largest position in the first market, long or short, in base units.
    #[schemars(with = "String")]
    pub position_max: Fixed,
    /// Ticks by which both quotes move against the position, for every quote's quantity held.
    pub skew_ticks: u32,
    /// When quotes are replaced.
    pub requote: Requote,
    /// Open risk over both markets, in base units, from which on it is hedged.
    #[schemars(with = "String")]
    pub hedge_from: Fixed,
}

impl Default for HedgedMakerParameters {
    fn default() -> Self {
        let maker = MarketMakerParameters::default();
        Self {
            interval: maker.interval,
            offset_ticks: 100,
            quantity: Fixed::new(1, 3),
            position_max: Fixed::new(1, 2),
            skew_ticks: maker.skew_ticks,
            requote: maker.requote,
            hedge_from: Fixed::new(2, 3),
        }
    }
}

/// The second market: where the hedge is.
const HEDGE: MarketId = MarketId(1);

/// Makes a market in the first market and hedges in the second one.
///
/// It quotes as [`MarketMaker`] does. At each ring and each report it adds up what it holds in both markets, in base units;
/// when that is as much as `hedge_from` it takes the opposite in the second market, unless a hedge is still on its way. Both
/// instruments must have the same base asset, and be contracts: a hedge may be a short position.
#[derive(Debug, Clone)]
pub struct HedgedMaker {
    maker: MarketMaker,
    parameters: HedgedMakerParameters,
    /// Base units, in 10^-18.
    hedge_from: i128,
    /// One lot of the second market in base units, in 10^-18, and in its steps.
    lot: (i128, i64),
}

impl HedgedMaker {
    /// A hedged market maker on the first two of `instruments`.
    ///
    /// # Errors
    /// [`ParameterError`] when there are not two, they are of different assets, or a quantity does not fit a lot.
    pub fn new(parameters: HedgedMakerParameters, instruments: &[Instrument]) -> Result<Self, ParameterError> {
        let refuse =
            |found: String, expected: &str| ParameterError { name: "strategy", found, expected: expected.to_owned() };
        let [first, second, ..] = instruments else {
            return Err(refuse(format!("{} market", instruments.len()), "given two markets: a second `--tape`"));
        };
        if first.base != second.base {
            let found = format!("`{}` and `{}`", first.base, second.base);
            return Err(refuse(found, "given two markets of one base asset"));
        }
        let maker = MarketMakerParameters {
            interval: parameters.interval,
            offset_ticks: Some(parameters.offset_ticks),
            quantity: Size::Fixed(parameters.quantity),
            position_max: Size::Fixed(parameters.position_max),
            skew_ticks: parameters.skew_ticks,
            requote: parameters.requote,
        };
        let threshold = steps("hedge_from", parameters.hedge_from, second)?;
        let lot = second.filters.lot.steps().max(1);
        let base = |quantity| second.base_amount(quantity).map_or(i128::MAX, |amount| amount.atto());
        Ok(Self {
            maker: MarketMaker::new(maker, first)?,
            hedge_from: base(threshold),
            lot: (base(Quantity::new(lot)), lot),
            parameters,
        })
    }

    /// Takes the opposite of what both positions add up to.
    fn hedge(&self, view: &View<'_>, actions: &mut Actions) {
        let Some(second) = view.market(HEDGE) else { return };
        if view.orders_at(HEDGE).next().is_some() || second.best.mid_x2().is_none() {
            return;
        }
        let open = view.markets().take(2).map(|market| held(&market)).sum::<i128>();
        let lots = open.abs() / self.lot.0.max(1);
        let quantity = i64::try_from(lots).ok().and_then(|lots| lots.checked_mul(self.lot.1));
        if let Some(quantity) = quantity.filter(|quantity| *quantity > 0 && self.hedge_from <= open.abs()) {
            let side = if open > 0 { Side::Sell } else { Side::Buy };
            actions.submit(OrderSpec::market(side, Quantity::new(quantity)).on(HEDGE));
        }
    }
}

/// A market's position in base units, in 10^-18.
fn held(market: &MarketView<'_>) -> i128 {
    market.instrument.base_amount(market.position).map_or(0, |amount| amount.atto())
}

impl Strategy for HedgedMaker {
    fn describe(&self) -> Description {
        let mut description = self.maker.describe();
        description.name = "hedged-maker".to_owned();
        description.parameters.push(("hedge_from".to_owned(), self.parameters.hedge_from.to_string()));
        description
    }

    fn subscriptions(&self) -> Subscriptions {
        Subscriptions { reports: true, ..self.maker.subscriptions() }
    }

    fn on_timer(&mut self, view: &View<'_>, actions: &mut Actions) {
        self.maker.on_timer(view, actions);
        self.hedge(view, actions);
    }

    fn on_report(&mut self, report: &ExecutionReport, view: &View<'_>, actions: &mut Actions) {
        // A hedge that was turned away waits for the next ring: asked for again at once it would be refused again, for as long as a halt lasts.
        let is_hedge_in_vain = report.market == HEDGE && matches!(report.kind, ReportKind::Rejected(_));
        if !is_hedge_in_vain {
            self.hedge(view, actions);
        }
    }

    fn save(&self) -> serde_json::Value {
        self.maker.save()
    }

    fn restore(&mut self, state: &serde_json::Value) -> Result<(), String> {
        self.maker.restore(state)
    }
}
