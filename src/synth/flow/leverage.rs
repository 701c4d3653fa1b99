use super::draw::{exponential, normal, unit};
use super::model::FlowModelError;
use crate::model::Side;
use crate::rng::Rng;
use crate::units::Quantity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod moments_tests;

/// Draws for the entry of an account that would be gone already, before it is left out.
const TRIES: u32 = 20;
/// Liquidations are known of for so long: what others expect of the next one halves in this time, in seconds.
const KNOWN_FOR_SECONDS: f64 = 30.0;

/// Accounts that hold a perpetual with borrowed money, and are liquidated when what they put in is nearly gone.
///
/// Each holds a position entered somewhere near the price and some leverage; where the price reaches
/// entry x (1 -/+ (1/leverage - maintenance)) the venue closes it by market orders, piece by piece, which move the price on to the
/// next. What the price beyond bankruptcy costs is paid by an insurance fund; once that is empty positions are closed against those
/// of the other side instead (auto-deleveraging), without an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeverageModel {
    /// What is held, in hours of what market orders trade on average.
    pub open_interest_hours: f64,
    /// Share of it that is long.
    pub long_share: f64,
    /// Leverages, each with its weight.
    pub leverages: Vec<[f64; 2]>,
    /// Share of the position at which an account is liquidated, in percent.
    pub maintenance_percent: f64,
    /// Standard deviation of entries about the price when it begins, in percent.
    pub entries_percent: f64,
    /// How many accounts there are.
    pub accounts: u32,
    /// Forced orders a second while a liquidation is worked.
    pub pieces_per_second: f64,
    /// Forced orders after which the next begin to be expected: of the n-th all but (1 + n / this)^-1/2 is foreseen.
    pub hidden_pieces: f64,
    /// Insurance fund, in parts per million of what is held.
    pub insurance_ppm: f64,
}

impl LeverageModel {
    /// Checks every figure.
    ///
    /// # Errors
    /// [`FlowModelError`] names the first that is out of its range.
    pub fn check(&self) -> Result<(), FlowModelError> {
        let bounds = [
            ("open_interest_hours", self.open_interest_hours, 0.0, 1_000.0),
            ("long_share", self.long_share, 0.0, 1.0),
            ("maintenance_percent", self.maintenance_percent, 0.01, 10.0),
            ("entries_percent", self.entries_percent, 0.0, 20.0),
            ("accounts", f64::from(self.accounts), 1.0, 20_000.0),
            ("pieces_per_second", self.pieces_per_second, 0.01, 1_000.0),
            ("hidden_pieces", self.hidden_pieces, 0.01, 1e6),
            ("insurance_ppm", self.insurance_ppm, 0.0, 1e6),
        ];
        let wrong = |key, found: String, expected: String| Err(FlowModelError { key, found, expected });
        for (key, value, least, most) in bounds {
            if !(value >= least && value <= most) {
                return wrong(key, value.to_string(), format!("{least} to {most}"));
            }
        }
        let fine = |pair: &[f64; 2]| (1.0..=200.0).contains(&pair[0]) && (0.0..=1e6).contains(&pair[1]);
        let some = self.leverages.iter().any(|pair| pair[1] > 0.0);
        if !some || self.leverages.len() > 50 || !self.leverages.iter().all(fine) {
            let expected = "1 to 50 pairs of a leverage (1 to 200) and a weight (0 to 1000000), one of them above 0";
            return wrong("leverages", format!("{:?}", self.leverages), expected.to_owned());
        }
        Ok(())
    }
}

/// One account.
#[derive(Debug, Clone, Copy)]
struct Account {
    /// Where it is liquidated, and where nothing is left of what it put in; in ticks.
    liquidated: f64,
    bankrupt: f64,
    quantity: i64,
}

/// A position that the venue is closing.
#[derive(Debug, Clone, Copy)]
struct Closing {
    quantity: i64,
    bankrupt: f64,
}

/// A forced order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Forced {
    /// Which side it is on: a sell closes longs.
    pub side: Side,
    pub quantity: Quantity,
}

/// The accounts of a market, those that are being closed, and what is in the fund.
#[derive(Debug)]
pub(super) struct Leverage {
    model: LeverageModel,
    /// By the side of the forced order: who is liquidated next is last.
    waiting: [Vec<Account>; 2],
    closing: [Vec<Closing>; 2],
    /// In ticks x steps.
    fund: f64,
    /// Forced orders that are remembered, and when they were counted last (seconds).
    known: f64,
    known_at: f64,
    piece: f64,
}

impl Leverage {
    /// The accounts at a price of `ticks`; market orders trade `hourly` steps an hour and `piece` steps each on average.
    pub(super) fn new(
        model: &LeverageModel,
        severity: f64,
        ticks: f64,
        hourly: f64,
        piece: f64,
        rng: &mut Rng,
    ) -> Self {
        let held = model.open_interest_hours * hourly * severity;
        let mut waiting = [Vec::new(), Vec::new()];
        let sizes: Vec<f64> = (0..model.accounts).map(|_| exponential(rng)).collect();
        let total: f64 = sizes.iter().sum();
        for size in sizes {
            let quantity = (held * size / total) as i64;
            if let Some((side, account)) = open(model, ticks, quantity, rng).filter(|_| quantity > 0) {
                waiting[side.index()].push(account);
            }
        }
        for side in Side::BOTH {
            // A sell comes when the price falls to it: the highest first, and so last in the list.
            let rank = |account: &Account| account.liquidated * -side.sign() as f64;
            waiting[side.index()].sort_by(|a, b| rank(a).total_cmp(&rank(b)));
        }
        let fund = held * ticks * model.insurance_ppm / 1e6;
        Self {
            model: model.clone(),
            waiting,
            closing: [Vec::new(), Vec::new()],
            fund,
            known: 0.0,
            known_at: 0.0,
            piece,
        }
    }

    /// The price is at `ticks`: whose margin is gone is closed from now on.
    pub(super) fn see(&mut self, ticks: f64) {
        for side in Side::BOTH {
            let reached = |account: &Account| (ticks - account.liquidated) * side.sign() as f64 >= 0.0;
            while let Some(account) = self.waiting[side.index()].pop_if(|account| reached(account)) {
                let Account { quantity, bankrupt, .. } = account;
                self.closing[side.index()].push(Closing { quantity, bankrupt });
            }
        }
    }

    /// Forced orders a second now.
    pub(super) fn rate(&self) -> f64 {
        let works = self.closing.iter().any(|closing| !closing.is_empty());
        if works { self.model.pieces_per_second } else { 0.0 }
    }

    /// The next forced order, and how much of it nobody expected. `None` when nothing is to be closed.
    pub(super) fn next(&mut self, now_seconds: f64) -> Option<(Forced, f64)> {
        let held = |side: Side| self.closing[side.index()].iter().map(|closing| closing.quantity).sum::<i64>();
        let [buys, sells] = Side::BOTH.map(held);
        let side = if sells >= buys { Side::Sell } else { Side::Buy };
        let closing = self.closing[side.index()].first()?;
        let quantity = closing.quantity.min((self.piece as i64).max(1));
        self.known *= libm::exp2(-(now_seconds - self.known_at) / KNOWN_FOR_SECONDS);
        self.known_at = now_seconds;
        let surprise = 1.0 / libm::sqrt(1.0 + self.known / self.model.hidden_pieces);
        self.known += 1.0;
        Some((Forced { side, quantity: Quantity::new(quantity) }, surprise))
    }

    /// What became of it: `done` steps at `average` ticks. What the fund cannot pay is closed against the other side.
    pub(super) fn settle(&mut self, forced: Forced, done: i64, average: f64) {
        let list = &mut self.closing[forced.side.index()];
        let Some(first) = list.first_mut() else { return };
        let loss = (first.bankrupt - average) * -forced.side.sign() as f64;
        self.fund -= loss.max(0.0) * done as f64;
        first.quantity -= done;
        if first.quantity <= 0 {
            list.remove(0);
        }
        if self.fund < 0.0 {
            self.deleverage(forced.side);
        }
    }

    /// Everything that is being closed on `side` is closed against those who hold the other side, safest first.
    fn deleverage(&mut self, side: Side) {
        self.fund = 0.0;
        let mut left: i64 = self.closing[side.index()].drain(..).map(|closing| closing.quantity).sum();
        let others = &mut self.waiting[side.opposite().index()];
        while left > 0
            && let Some(safest) = others.first_mut()
        {
            let part = left.min(safest.quantity);
            safest.quantity -= part;
            left -= part;
            if safest.quantity == 0 {
                others.remove(0);
            }
        }
    }
}

/// An account, by the side of the order that would close it.
fn open(model: &LeverageModel, ticks: f64, quantity: i64, rng: &mut Rng) -> Option<(Side, Account)> {
    let side = if unit(rng) <= model.long_share { Side::Sell } else { Side::Buy };
    let weights: f64 = model.leverages.iter().map(|pair| pair[1]).sum();
    let mut place = unit(rng) * weights;
    let chosen = model.leverages.iter().find(|pair| {
        place -= pair[1];
        place <= 0.0
    });
    let leverage = chosen.map_or(1.0, |pair| pair[0]);
    let sign = side.sign() as f64;
    let mut account = None;
    for _ in 0..TRIES {
        let entry = ticks * libm::exp(normal(rng) * model.entries_percent / 100.0);
        let room = 1.0 / leverage;
        let liquidated = entry * (1.0 + sign * (room - model.maintenance_percent / 100.0));
        let bankrupt = entry * (1.0 + sign * room);
        // Whose margin is gone already is not there any more.
        if account.is_none() && (liquidated - ticks) * sign > 0.0 {
            account = Some((side, Account { liquidated, bankrupt, quantity }));
        }
    }
    account
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Streams;

    fn model() -> LeverageModel {
        LeverageModel {
            open_interest_hours: 1.0,
            long_share: 0.8,
            leverages: vec![[10.0, 1.0], [20.0, 1.0]],
            maintenance_percent: 0.5,
            entries_percent: 2.0,
            accounts: 500,
            pieces_per_second: 5.0,
            hidden_pieces: 2.0,
            insurance_ppm: 1_000.0,
        }
    }

    fn leverage(model: &LeverageModel) -> Leverage {
        Leverage::new(model, 1.0, 100_000.0, 1e6, 50.0, &mut Streams::new(3).stream("accounts"))
    }

    fn held(leverage: &Leverage) -> i64 {
        let waiting = leverage.waiting.iter().flatten().map(|account| account.quantity);
        waiting.chain(leverage.closing.iter().flatten().map(|closing| closing.quantity)).sum()
    }

    #[test]
    fn nobody_is_liquidated_where_the_price_stays_and_everybody_long_where_it_is_nothing() {
        let mut leverage = leverage(&model());
        leverage.see(100_000.0);
        assert_eq!(leverage.rate(), 0.0);
        let longs: i64 = leverage.waiting[Side::Sell.index()].iter().map(|account| account.quantity).sum();
        leverage.see(1.0);
        let closing: i64 = leverage.closing[Side::Sell.index()].iter().map(|closing| closing.quantity).sum();
        assert!(closing == longs && longs > 0 && leverage.closing[Side::Buy.index()].is_empty());
        assert_eq!(leverage.rate(), 5.0);
    }

    /// A long entered at E with leverage 10 and a maintenance of half a percent goes at E (1 - 1/10 + 1/200), a short at
    /// E (1 + 1/10 - 1/200); nothing is left of either a tenth away.
    #[test]
    fn prices_of_liquidation_are_those_of_the_margin() {
        let model = LeverageModel { leverages: vec![[10.0, 1.0]], entries_percent: 0.0, ..model() };
        let leverage = leverage(&model);
        for (side, liquidated, bankrupt) in [(Side::Sell, 90_500.0, 90_000.0), (Side::Buy, 109_500.0, 110_000.0)] {
            let account = leverage.waiting[side.index()][0];
            let near = |a: f64, b: f64| (a - b).abs() < 1e-6;
            assert!(near(account.liquidated, liquidated) && near(account.bankrupt, bankrupt), "{side:?}: {account:?}");
        }
    }

    /// Whatever is closed comes off what is held, once on each side where positions are closed against each other.
    #[test]
    fn quantity_is_conserved_by_orders_and_by_deleveraging() {
        let mut leverage = leverage(&LeverageModel { insurance_ppm: 0.0, long_share: 0.5, ..model() });
        let before = held(&leverage);
        leverage.see(94_000.0);
        let (order, surprise) = leverage.next(0.0).unwrap_or_else(|| panic!("nothing to close"));
        assert_eq!((order.side, surprise), (Side::Sell, 1.0));
        let done = order.quantity.steps() - 3;
        leverage.settle(order, done, 94_000.0 * 2.0);
        assert_eq!(held(&leverage), before - done);
        let closing: i64 = leverage.closing[Side::Sell.index()].iter().map(|closing| closing.quantity).sum();
        let (order, _) = leverage.next(0.1).unwrap_or_else(|| panic!("nothing to close"));
        leverage.settle(order, 1, 1.0);
        assert_eq!(leverage.rate(), 0.0, "the fund was empty: all the rest goes without an order");
        assert_eq!(held(&leverage), before - done - 1 - 2 * (closing - 1));
    }

    #[test]
    fn forced_orders_surprise_less_and_less_and_are_forgotten() {
        let mut leverage = leverage(&model());
        leverage.see(80_000.0);
        let surprises: Vec<f64> = (0..5).filter_map(|_| leverage.next(1.0).map(|(_, surprise)| surprise)).collect();
        let expected = [0.0_f64, 1.0, 2.0, 3.0, 4.0].map(|before| 1.0 / (1.0 + before / 2.0).sqrt());
        assert!(surprises.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-12));
        let (_, later) = leverage.next(1_000.0).unwrap_or_else(|| panic!("nothing to close"));
        assert!(later > 0.999, "{later}");
    }
}
