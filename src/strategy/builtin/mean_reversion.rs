use super::{ParameterError, ParameterSpan, Size, auto_quantity};
use crate::model::{
    Bar, ContractKind, ExecutionReport, Instrument, MarketId, OrderType, RejectReason, ReportKind, Side,
};
use crate::strategy::{Actions, Description, OpenOrder, OrderSpec, Strategy, Subscriptions, View};
use crate::units::{Day, MINUTE, Price, Quantity, Rate, Timestamp};
use std::collections::VecDeque;

/// Parameters of [`MeanReversion`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MeanReversionParameters {
    /// Length of a bar.
    pub bar: ParameterSpan,
    /// Closes in the average; 2 to 100,000.
    pub window: usize,
    /// Distance of a close from the average at which it enters, in basis points of the close; 1 to 5,000.
    pub entry_bps: u32,
    /// Distance of the protective stop from the price of the entry, in basis points of it; 1 to 5,000.
    pub stop_bps: u32,
    /// No entry while the closes of the window are further apart than this, in basis points of the last: what falls like that has not
    /// reached its average. 1 to 10,000.
    pub calm_bps: u32,
    /// A position that has reached neither target nor stop is left at the market after so long.
    pub hold_max: ParameterSpan,
    /// Entries a UTC day; at least 1.
    pub entries_per_day: u32,
    /// Position taken, in base units, or `auto`.
    pub quantity: Size,
}

impl Default for MeanReversionParameters {
    fn default() -> Self {
        Self {
            bar: ParameterSpan(MINUTE),
            window: 240,
            entry_bps: 30,
            stop_bps: 150,
            calm_bps: 400,
            hold_max: ParameterSpan(MINUTE.times(12 * 60)),
            // An entry, a target and a stop each, and room for some that have to be sent again: less than 50 orders.
            entries_per_day: 12,
            quantity: Size::Auto,
        }
    }
}

/// Trades against a move away from the average: a limit order at the best price of its own side when a close is far from the
/// average of the last closes; then a limit order where the average stood, and a stop behind the entry.
///
/// One position at a time, long or short; on a spot account only long ones, and there the stop alone rests, since it reserves all that is held: at the target the
/// position is left at the market at the next close. What protects the position is looked after at every bar:
/// an order that the venue lost is sent again, and where the market is through the stop already the position is left at once.
#[derive(Debug, Clone)]
pub struct MeanReversion {
    parameters: MeanReversionParameters,
    /// Position taken; `None` is `auto` before the first bar.
    quantity: Option<Quantity>,
    /// The last `window` closes in ticks, oldest first.
    closes: VecDeque<i64>,
    /// Sum of `closes`.
    sum: i128,
    /// What the position, or the entry on its way, is to come to.
    plan: Option<Plan>,
    /// The day of `entries`.
    day: Option<Day>,
    /// Entries on that day.
    entries: u32,
}

/// Where a position is left, in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Plan {
    /// With a profit.
    target: i64,
    /// With a loss.
    stop: i64,
    /// When the position was first seen.
    held_since: Option<Timestamp>,
}

/// Why an order is sent, as the journal has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    Entry = 1,
    Target,
    Stop,
    Leave,
}

const BPS: i128 = 10_000;

impl MeanReversion {
    /// A mean reversion on `instrument`.
    ///
    /// # Errors
    /// [`ParameterError`] when window, distances, entries or quantity make no sense.
    pub fn new(parameters: MeanReversionParameters, instrument: &Instrument) -> Result<Self, ParameterError> {
        let quantity = parameters.quantity.steps("quantity", instrument)?;
        let refuse =
            |name, found: String, expected: &str| Err(ParameterError { name, found, expected: expected.to_owned() });
        let p = &parameters;
        if !(2..=100_000).contains(&p.window) {
            return refuse("window", p.window.to_string(), "2 to 100000 closes");
        }
        for (name, bps, most) in
            [("entry_bps", p.entry_bps, 5_000), ("stop_bps", p.stop_bps, 5_000), ("calm_bps", p.calm_bps, 10_000)]
        {
            if !(1..=most).contains(&bps) {
                return refuse(name, bps.to_string(), &format!("1 to {most} basis points"));
            }
        }
        if p.entries_per_day == 0 {
            return refuse("entries_per_day", "0".to_owned(), "1 or more entries");
        }
        let closes = VecDeque::with_capacity(p.window + 1);
        Ok(Self { parameters, quantity, closes, sum: 0, plan: None, day: None, entries: 0 })
    }

    fn remember(&mut self, close: i64) {
        self.closes.push_back(close);
        self.sum += i128::from(close);
        if self.closes.len() > self.parameters.window {
            self.sum -= i128::from(self.closes.pop_front().unwrap_or(0));
        }
    }

    /// The average, to the tick below; `None` before there are enough closes.
    fn average(&self) -> Option<i64> {
        let count = self.closes.len();
        let average = self.sum.div_euclid(count.max(1) as i128);
        (count == self.parameters.window).then(|| i64::try_from(average).unwrap_or(i64::MAX))
    }

    /// Side on which to enter at `close`, and how far the average is as a fraction of it; `None` where it is not far enough.
    fn signal(&self, close: i64, instrument: &Instrument) -> Option<(Side, Rate)> {
        let average = self.average()?;
        let side = if average > close { Side::Buy } else { Side::Sell };
        if close <= 0 || (side == Side::Sell && instrument.kind == ContractKind::Spot) {
            return None;
        }
        if !self.is_calm(close) {
            return None;
        }
        let distance = (i128::from(average) - i128::from(close)).abs();
        let far = distance * BPS >= i128::from(self.parameters.entry_bps) * i128::from(close);
        let edge = distance * i128::from(Rate::ONE) / i128::from(close);
        far.then(|| (side, Rate::from_ppb(i64::try_from(edge).unwrap_or(i64::MAX))))
    }

    fn is_calm(&self, close: i64) -> bool {
        let (lowest, highest) = (self.closes.iter().min(), self.closes.iter().max());
        let span = lowest.zip(highest).map_or(0, |(lowest, highest)| i128::from(*highest) - i128::from(*lowest));
        span * BPS <= i128::from(self.parameters.calm_bps) * i128::from(close)
    }

    /// Where a position that `side` made at `entry` is left, with the average at `target`.
    fn plan(&self, side: Side, entry: i64, target: i64) -> Plan {
        let away = i128::from(entry) * i128::from(self.parameters.stop_bps) / BPS;
        let away = i64::try_from(away).unwrap_or(i64::MAX).max(1);
        Plan { target, stop: entry - side.sign() * away, held_since: None }
    }

    /// For a position that it knows nothing of, as after a restart without its memory or one that the run opened with: as if it had been entered at `last`,
    /// with the average as the target where that is on the right side.
    fn plan_anew(&self, side: Side, last: i64) -> Plan {
        let away = i128::from(last) * i128::from(self.parameters.entry_bps) / BPS;
        let target = last + side.sign() * i64::try_from(away).unwrap_or(i64::MAX).max(1);
        let average = self.average().filter(|average| side.sign() * (average - last) > 0);
        self.plan(side, last, average.unwrap_or(target))
    }

    /// True when one more entry fits the day, which it then counts.
    fn may_enter(&mut self, day: Day) -> bool {
        if self.day != Some(day) {
            (self.day, self.entries) = (Some(day), 0);
        }
        let fits = self.entries < self.parameters.entries_per_day;
        self.entries += u32::from(fits);
        fits
    }

    fn enter(&mut self, close: Price, view: &View<'_>, actions: &mut Actions) {
        let Some((side, edge)) = self.signal(close.ticks(), view.instrument) else { return };
        let (Some(best), Some(average)) = (view.best.side(side), self.average()) else { return };
        if !self.may_enter(view.now.day()) {
            return;
        }
        let price = side.on_grid(best.price, view.price_increment);
        let quantity = *self.quantity.get_or_insert_with(|| auto_quantity(view.instrument, close));
        self.plan = Some(self.plan(side, price.ticks(), average));
        let entry = OrderSpec::limit(side, price, quantity).expecting(edge);
        actions.submit(entry.because(Reason::Entry as u32));
    }

    /// Follows the best price with the entry while there is reason for it, and takes it back otherwise.
    fn follow(&mut self, entry: &OpenOrder, close: Price, view: &View<'_>, actions: &mut Actions) {
        let wanted = self.signal(close.ticks(), view.instrument).filter(|(side, _)| *side == entry.side);
        let Some(best) = wanted.and_then(|_| view.best.side(entry.side)) else {
            return actions.cancel(entry.client_order_id);
        };
        let price = entry.side.on_grid(best.price, view.price_increment);
        if entry.acknowledged && entry.amends == 0 && entry.limit_price() != Some(price) {
            let target = self.plan.map_or(price.ticks(), |plan| plan.target);
            self.plan = Some(self.plan(entry.side, price.ticks(), target));
            actions.amend(entry.client_order_id, Some(price), None);
        }
    }

    /// Sees to it that target and stop stand for the whole position; `last` is where the market is.
    fn guard(&mut self, last: Price, view: &View<'_>, actions: &mut Actions) {
        let side = if view.position.steps() > 0 { Side::Buy } else { Side::Sell };
        let plan = self.plan.unwrap_or_else(|| self.plan_anew(side, last.ticks()));
        let held_since = plan.held_since.unwrap_or(view.now);
        self.plan = Some(Plan { held_since: Some(held_since), ..plan });
        let (held, exit) = (Quantity::new(view.position.steps().abs()), side.opposite());
        let stop = Price::new(plan.stop);
        let is_through = side.sign() * (last.ticks() - plan.stop) <= 0;
        let is_spot = view.instrument.kind == ContractKind::Spot;
        let is_there = is_spot && side.sign() * (last.ticks() - plan.target) >= 0;
        if is_through || is_there || view.now.since(held_since) >= self.parameters.hold_max.0 {
            return leave(held, exit, view, actions);
        }
        let trigger = OrderType::Stop { trigger: exit.on_grid(stop, view.price_increment) };
        let stop = OrderSpec::new(exit, trigger, held).reduce_only().protective().because(Reason::Stop as u32);
        ensure(stop, view, actions);
        if is_spot {
            return;
        }
        let price = exit.on_grid(Price::new(plan.target), view.price_increment);
        ensure(OrderSpec::limit(exit, price, held).reduce_only().because(Reason::Target as u32), view, actions);
    }

    fn is_entry(order: &OpenOrder) -> bool {
        !order.reduce_only
    }
}

/// Sends `wanted` unless an order of its kind stands for at least as much, in whose place it goes where one stands for less.
fn ensure(wanted: OrderSpec, view: &View<'_>, actions: &mut Actions) {
    let is_stop = |order_type: &OrderType| matches!(order_type, OrderType::Stop { .. });
    let alike = |order: &&OpenOrder| {
        order.reduce_only && !order.cancelling && is_stop(&order.order_type) == is_stop(&wanted.order_type)
    };
    match view.orders_of(wanted.side).find(alike) {
        Some(order) if order.open() >= wanted.quantity => {}
        Some(order) => {
            actions.submit(wanted.replacing(order.client_order_id));
        }
        None => {
            actions.submit(wanted);
        }
    }
}

/// Leaves the position at the market, unless an order is on its way that does. It takes the place of the stop, which on a spot account reserves what is sold.
fn leave(held: Quantity, exit: Side, view: &View<'_>, actions: &mut Actions) {
    if view.orders_of(exit).any(|order| order.order_type == OrderType::Market) {
        return;
    }
    let order = OrderSpec::market(exit, held).reduce_only().protective().because(Reason::Leave as u32);
    let is_stop = |order: &&OpenOrder| matches!(order.order_type, OrderType::Stop { .. }) && !order.cancelling;
    actions.submit(match view.orders_of(exit).find(is_stop) {
        Some(stop) => order.replacing(stop.client_order_id),
        None => order,
    });
}

fn cancel_all<'a>(orders: impl Iterator<Item = &'a OpenOrder>, actions: &mut Actions) {
    orders.filter(|order| !order.cancelling).for_each(|order| actions.cancel(order.client_order_id));
}

impl Strategy for MeanReversion {
    fn describe(&self) -> Description {
        let p = &self.parameters;
        let parameters = [
            ("bar", p.bar.0.to_string()),
            ("window", p.window.to_string()),
            ("entry_bps", p.entry_bps.to_string()),
            ("stop_bps", p.stop_bps.to_string()),
            ("calm_bps", p.calm_bps.to_string()),
            ("hold_max", p.hold_max.0.to_string()),
            ("entries_per_day", p.entries_per_day.to_string()),
            ("quantity", p.quantity.to_string()),
        ];
        Description {
            name: "mean-reversion".to_owned(),
            parameters: parameters.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        }
    }

    fn subscriptions(&self) -> Subscriptions {
        Subscriptions { bars: Some(self.parameters.bar.0), reports: true, ..Subscriptions::default() }
    }

    fn on_bar(&mut self, bar: &Bar, view: &View<'_>, actions: &mut Actions) {
        self.remember(bar.close.ticks());
        if !view.position.is_zero() {
            cancel_all(view.orders_at(MarketId::FIRST).filter(|order| Self::is_entry(order)), actions);
            return self.guard(bar.close, view, actions);
        }
        let entry = view.orders_at(MarketId::FIRST).find(|order| Self::is_entry(order));
        match entry.copied() {
            Some(entry) if !entry.cancelling => self.follow(&entry, bar.close, view, actions),
            Some(_) => {}
            None if view.orders.is_empty() => self.enter(bar.close, view, actions),
            None => cancel_all(view.orders.iter(), actions),
        }
    }

    fn on_report(&mut self, report: &ExecutionReport, view: &View<'_>, actions: &mut Actions) {
        let reduces = view.position.is_zero() || (view.position.steps() > 0) != (report.side == Side::Buy);
        match report.kind {
            ReportKind::Filled(_) | ReportKind::Busted(_) if view.position.is_zero() => {
                self.plan = None;
                cancel_all(view.orders.iter(), actions);
            }
            ReportKind::Filled(fill) if !reduces && report.open.is_zero() => self.guard(fill.price, view, actions),
            // The market was through the stop before it arrived.
            ReportKind::Rejected(RejectReason::WouldTriggerImmediately) if !view.position.is_zero() => {
                leave(Quantity::new(view.position.steps().abs()), report.side, view, actions);
            }
            _ => {}
        }
    }

    fn save(&self) -> serde_json::Value {
        serde_json::json!({
            "closes": self.closes,
            "quantity": self.quantity.map(Quantity::steps),
            "plan": self.plan,
            "day": self.day,
            "entries": self.entries,
        })
    }

    fn restore(&mut self, state: &serde_json::Value) -> Result<(), String> {
        self.closes = read(state, "closes")?;
        if self.closes.len() > self.parameters.window {
            return Err(format!(
                "state `closes`: {} of them, the window has {}",
                self.closes.len(),
                self.parameters.window
            ));
        }
        self.sum = self.closes.iter().map(|&close| i128::from(close)).sum();
        self.quantity = read::<Option<i64>>(state, "quantity")?.map(Quantity::new);
        self.plan = read(state, "plan")?;
        self.day = read(state, "day")?;
        self.entries = read(state, "entries")?;
        Ok(())
    }
}

fn read<T: serde::de::DeserializeOwned>(state: &serde_json::Value, key: &str) -> Result<T, String> {
    let value = state.get(key).ok_or_else(|| format!("state has no `{key}`"))?;
    serde_json::from_value(value.clone()).map_err(|error| format!("state `{key}`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BestPrices, ClientOrderId, FeeSchedule, Filters, Level};
    use crate::strategy::Action;
    use crate::units::{Fixed, Money, Rounding, Span};

    fn instrument(kind: ContractKind) -> Instrument {
        Instrument {
            symbol: "ABCUSDT".to_owned(),
            venue: "test".to_owned(),
            kind,
            base: "ABC".to_owned(),
            quote: "USDT".to_owned(),
            tick_size: Fixed::new(1, 2),
            step_size: Fixed::new(1, 2),
            multiplier: Fixed::new(1, 0),
            fees: FeeSchedule { maker: Rate::ZERO, taker: Rate::ZERO, rounding: Rounding::HalfEven, decimals: 8 },
            filters: Filters::lot_only(Quantity::new(1)),
            inferred: Vec::new(),
        }
    }

    /// Four closes of a minute each; 100 basis points to enter, 200 to the stop.
    fn bot(instrument: &Instrument) -> MeanReversion {
        let parameters = MeanReversionParameters {
            window: 4,
            entry_bps: 100,
            stop_bps: 200,
            calm_bps: 1_000,
            hold_max: ParameterSpan(MINUTE.times(10)),
            entries_per_day: 2,
            quantity: Size::Fixed(Fixed::new(5, 0)),
            ..MeanReversionParameters::default()
        };
        MeanReversion::new(parameters, instrument).unwrap()
    }

    /// What the bot knows: minutes since 1970, the price, its position and orders.
    struct Known {
        minute: i64,
        close: i64,
        position: i64,
        orders: Vec<OpenOrder>,
        instrument: Instrument,
    }

    impl Known {
        fn flat(instrument: Instrument) -> Self {
            Self { minute: 0, close: 10_000, position: 0, orders: Vec::new(), instrument }
        }

        /// The next close; what the bot wishes for at it.
        fn bar(&mut self, bot: &mut MeanReversion, close: i64) -> Vec<Action> {
            (self.minute, self.close) = (self.minute + 1, close);
            let at = Timestamp::from_nanos(MINUTE.nanos() * self.minute);
            let price = Price::new(close);
            let bar = Bar {
                open_at: at.plus(Span::from_nanos(-MINUTE.nanos())),
                period: MINUTE,
                open: price,
                high: price,
                low: price,
                close: price,
                volume: Quantity::new(1),
            };
            let mut actions = Actions::default();
            bot.on_bar(&bar, &self.view(at), &mut actions);
            actions.as_slice().to_vec()
        }

        fn view(&self, now: Timestamp) -> View<'_> {
            let level = |ticks| Some(Level { price: Price::new(ticks), quantity: Quantity::new(9) });
            View {
                now,
                woken: MarketId::FIRST,
                others: &[],
                instrument: &self.instrument,
                price_increment: 1,
                best: BestPrices { bid: level(self.close - 1), ask: level(self.close + 1) },
                market_at: Some(now),
                last_trade: None,
                position: Quantity::new(self.position),
                average_cost: Money::ZERO,
                equity: Money::from_units(1_000),
                orders: &self.orders,
                depth: None,
            }
        }

        fn order(&mut self, id: u64, side: Side, order_type: OrderType, quantity: i64, reduce_only: bool) {
            self.orders.push(OpenOrder {
                client_order_id: ClientOrderId(id),
                market: MarketId::FIRST,
                side,
                order_type,
                quantity: Quantity::new(quantity),
                executed: Quantity::ZERO,
                quantity_max: Quantity::new(quantity),
                price_nearest: None,
                amends: 0,
                reduce_only,
                protective: false,
                acknowledged: true,
                cancelling: false,
                replaces: None,
            });
        }
    }

    /// Side, type, quantity, reduce-only and order replaced of what is submitted.
    fn submitted(actions: &[Action]) -> Vec<(Side, OrderType, i64, bool, Option<u64>)> {
        let intent = |action: &Action| match action {
            Action::Submit(intent) => Some(*intent),
            _ => None,
        };
        let all = actions.iter().filter_map(intent);
        all.map(|i| (i.side, i.order_type, i.quantity.steps(), i.reduce_only, i.replaces.map(|id| id.0))).collect()
    }

    const fn limit(ticks: i64) -> OrderType {
        OrderType::Limit { price: Price::new(ticks) }
    }

    const fn stop(ticks: i64) -> OrderType {
        OrderType::Stop { trigger: Price::new(ticks) }
    }

    #[test]
    fn it_enters_against_a_close_far_from_the_average_and_only_so_often_a_day() {
        let mut known = Known::flat(instrument(ContractKind::Linear));
        let mut bot = bot(&known.instrument);
        for _ in 0..3 {
            assert_eq!(known.bar(&mut bot, 10_000), [], "too few closes");
        }
        // Average 9,960: 161 basis points above the close.
        let actions = known.bar(&mut bot, 9_840);
        assert_eq!(submitted(&actions), [(Side::Buy, limit(9_839), 500, false, None)]);
        let Action::Submit(intent) = actions[0] else { panic!("{actions:?}") };
        assert_eq!(intent.expected_edge, Some(Rate::from_ppb(120 * Rate::ONE / 9_840)));
        assert_eq!(known.bar(&mut bot, 9_960), [], "near the average of 9,950");
        // The second of the day is a short one, and there is no third.
        assert_eq!(submitted(&known.bar(&mut bot, 10_100)), [(Side::Sell, limit(10_101), 500, false, None)]);
        assert_eq!(known.bar(&mut bot, 10_300), []);
        known.minute += 24 * 60;
        assert_eq!(submitted(&known.bar(&mut bot, 10_400)).len(), 1, "the next day");
    }

    #[test]
    fn a_spot_account_is_never_short_and_nobody_steps_in_front_of_a_fall() {
        let mut known = Known::flat(instrument(ContractKind::Spot));
        let mut spot = bot(&known.instrument);
        for _ in 0..3 {
            known.bar(&mut spot, 10_000);
        }
        assert_eq!(known.bar(&mut spot, 10_300), []);
        let mut falling = bot(&known.instrument);
        for close in [10_000, 9_700, 9_400] {
            known.bar(&mut falling, close);
        }
        assert_eq!(known.bar(&mut falling, 9_000), [], "1,111 basis points within the window");
    }

    #[test]
    fn a_position_has_its_target_and_its_stop_and_each_is_sent_again_when_it_is_gone() {
        let mut known = Known::flat(instrument(ContractKind::Linear));
        let mut bot = bot(&known.instrument);
        for close in [10_000, 10_000, 10_000, 9_840] {
            known.bar(&mut bot, close);
        }
        known.position = 500;
        // Entered at 9,839, the average at 9,960: two per cent below are 196 ticks.
        let both = submitted(&known.bar(&mut bot, 9_850));
        let target = (Side::Sell, limit(9_960), 500, true, None);
        assert_eq!(both, [(Side::Sell, stop(9_643), 500, true, None), target]);
        known.order(7, Side::Sell, stop(9_643), 200, true);
        known.order(8, Side::Sell, limit(9_960), 500, true);
        let again = submitted(&known.bar(&mut bot, 9_850));
        assert_eq!(again, [(Side::Sell, stop(9_643), 500, true, Some(7))], "the stop is too small");
        known.orders.remove(0);
        assert_eq!(submitted(&known.bar(&mut bot, 9_850)), [(Side::Sell, stop(9_643), 500, true, None)]);
        known.order(9, Side::Sell, stop(9_643), 500, true);
        assert_eq!(known.bar(&mut bot, 9_850), []);
        // What is left of the entry goes, and what guards nothing too.
        known.order(10, Side::Buy, limit(9_839), 100, false);
        assert_eq!(known.bar(&mut bot, 9_850), [Action::Cancel(ClientOrderId(10))]);
        known.position = 0;
        known.orders.retain(|order| order.reduce_only);
        assert_eq!(known.bar(&mut bot, 9_940), [Action::Cancel(ClientOrderId(8)), Action::Cancel(ClientOrderId(9))]);
    }

    #[test]
    fn it_leaves_at_the_market_when_the_stop_was_passed_or_the_time_is_up() {
        for (close, minutes) in [(9_600, 0), (9_850, 10)] {
            let mut known = Known::flat(instrument(ContractKind::Linear));
            let mut bot = bot(&known.instrument);
            for close in [10_000, 10_000, 10_000, 9_840] {
                known.bar(&mut bot, close);
            }
            known.position = 500;
            known.bar(&mut bot, 9_850);
            known.minute += minutes;
            let left = submitted(&known.bar(&mut bot, close));
            assert_eq!(left, [(Side::Sell, OrderType::Market, 500, true, None)], "{close} after {minutes}");
            known.order(9, Side::Sell, OrderType::Market, 500, true);
            assert_eq!(known.bar(&mut bot, close), [], "once");
        }
    }

    /// On a spot account the stop reserves what is held: nothing else can rest beside it, and what leaves takes its place.
    #[test]
    fn on_a_spot_account_the_stop_alone_rests_and_what_leaves_takes_its_place() {
        for close in [9_970, 9_600] {
            let mut known = Known::flat(instrument(ContractKind::Spot));
            let mut bot = bot(&known.instrument);
            for close in [10_000, 10_000, 10_000, 9_840] {
                known.bar(&mut bot, close);
            }
            known.position = 500;
            assert_eq!(submitted(&known.bar(&mut bot, 9_850)), [(Side::Sell, stop(9_643), 500, true, None)]);
            known.order(4, Side::Sell, stop(9_643), 500, true);
            assert_eq!(known.bar(&mut bot, 9_900), []);
            assert_eq!(submitted(&known.bar(&mut bot, close)), [(Side::Sell, OrderType::Market, 500, true, Some(4))]);
        }
    }

    /// A position that it knows nothing of is not thrown away at once.
    #[test]
    fn a_position_without_a_plan_is_planned_from_the_last_close() {
        let mut known = Known::flat(instrument(ContractKind::Linear));
        let mut bot = bot(&known.instrument);
        known.position = -500;
        let both = submitted(&known.bar(&mut bot, 10_000));
        assert_eq!(both, [(Side::Buy, stop(10_200), 500, true, None), (Side::Buy, limit(9_900), 500, true, None)]);
    }

    #[test]
    fn an_entry_follows_the_best_price_and_goes_when_there_is_no_reason_for_it() {
        let mut known = Known::flat(instrument(ContractKind::Linear));
        let mut bot = bot(&known.instrument);
        for close in [10_000, 10_000, 10_000, 9_840] {
            known.bar(&mut bot, close);
        }
        known.order(1, Side::Buy, limit(9_839), 500, false);
        let amended =
            Action::Amend { client_order_id: ClientOrderId(1), price: Some(Price::new(9_799)), quantity: None };
        assert_eq!(known.bar(&mut bot, 9_800), [amended]);
        assert_eq!(known.bar(&mut bot, 9_900), [Action::Cancel(ClientOrderId(1))]);
    }

    #[test]
    fn what_it_saves_is_all_that_it_knows() {
        let mut known = Known::flat(instrument(ContractKind::Linear));
        let mut one = bot(&known.instrument);
        for close in [10_000, 10_000, 10_000, 9_840, 9_900] {
            known.bar(&mut one, close);
        }
        let mut other = bot(&known.instrument);
        other.restore(&one.save()).unwrap();
        assert_eq!(one.save(), other.save());
        assert_eq!((one.sum, one.average()), (other.sum, other.average()));
        assert!(other.restore(&serde_json::json!({ "closes": [1] })).unwrap_err().contains("quantity"));
    }

    #[test]
    fn parameters_that_make_no_sense_are_refused() {
        let on = instrument(ContractKind::Linear);
        let refused = |change: fn(&mut MeanReversionParameters)| {
            let mut parameters = MeanReversionParameters::default();
            change(&mut parameters);
            MeanReversion::new(parameters, &on).unwrap_err().name
        };
        assert_eq!(refused(|p| p.window = 1), "window");
        assert_eq!(refused(|p| p.entry_bps = 0), "entry_bps");
        assert_eq!(refused(|p| p.stop_bps = 5_001), "stop_bps");
        assert_eq!(refused(|p| p.calm_bps = 0), "calm_bps");
        assert_eq!(refused(|p| p.entries_per_day = 0), "entries_per_day");
    }
}
