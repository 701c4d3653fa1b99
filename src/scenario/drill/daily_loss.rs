use super::order_burst::idle_at;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::stage::{Moment, Stage};
use super::timeline::{INSTANT, depth, near, tick};
use crate::gates::Setting;
use crate::gates::daily_loss::Limits;
use crate::journal::Entry;
use crate::model::{GateId, Mark, Side};
use crate::strategy::OrderSpec;
use crate::units::{DAY, MILLISECOND, Money, Price, Quantity, Rate, Span, Timestamp};

/// Opening balances that are tried, in tenths of what the position is worth: as small a fall as goes, on an account that is not
/// stretched, comes first.
const BALANCES: [i128; 7] = [20, 40, 80, 11, 5, 2, 1];
/// Smallest orders that are bought where no limit says less, and parts of its value that a position can lose.
const PLENTY: i128 = 1_000;
const LOSES: i128 = 4;
/// Most ticks of the risk clock in one scene.
const MARKS_MAX: i64 = 500_000;
/// 4 January 2023, 00:00 UTC: the midnight at which the gate has to open again.
const MIDNIGHT: Timestamp = Timestamp::from_nanos(1_672_790_400_000_000_000);

/// A buy, and a fall to the first mid whose loss is over the limit, for as many marks as it takes: what adds risk is refused
/// from then on, what reduces it passes, and after midnight UTC all of it passes. Twins: the last loss within the limit; a loss
/// over it for one mark fewer.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let play = Play::new(rig, limits, gate)?;
    let account = play.account()?;
    let mut scenes = vec![play.over(&account)?, play.within(&account)?];
    if limits.confirm_marks > 1 {
        scenes.push(play.recovered(&account)?);
    }
    Ok(scenes)
}

/// What does not depend on the opening balance.
struct Play<'a> {
    rig: &'a Rig,
    limits: &'a Limits,
    gate: GateId,
    clock: Clock,
    ask: Price,
    quantity: i128,
}

/// When things happen.
struct Clock {
    start: Timestamp,
    period: Span,
    risk_clock: Span,
    /// The prices fall, half a tick of the risk clock before its next one.
    fall: Timestamp,
    /// The last mark that the loss needs to be confirmed.
    confirmed: Timestamp,
    /// The first mark of the next day.
    next_day: Timestamp,
}

/// An opening balance with which the limit can be reached, and how far the prices fall.
struct Account {
    quote: Money,
    allowed: Money,
    over_x2: i128,
    within_x2: i128,
}

impl Clock {
    /// Four ticks of the timer, the third at midnight: buy, try, midnight, try.
    fn new(rig: &Rig, limits: &Limits) -> Result<Self, Impossible> {
        let risk_clock = rig.risk_clock;
        let marks = i64::from(limits.confirm_marks.max(1));
        let window = rig.gates.order_burst.as_ref().map_or(0, |burst| i64::from(burst.window_ms));
        let period = risk_clock.times(marks + 4).max(MILLISECOND.times(window));
        if DAY.nanos() < period.nanos().saturating_mul(3) {
            return Err(Impossible(format!("{marks} marks {risk_clock} apart leave no time to act within a UTC day")));
        }
        if MARKS_MAX < period.nanos().saturating_mul(4) / risk_clock.nanos().max(1) {
            return Err(Impossible(format!("it takes more than {MARKS_MAX} marks {risk_clock} apart")));
        }
        let start = MIDNIGHT.plus(Span::from_nanos(-3 * period.nanos()));
        let half = Span::from_nanos(risk_clock.nanos() / 2);
        let aligned = next_mark(tick(start, period, 1), risk_clock);
        let fall = aligned.plus(half);
        let after = next_mark(fall, risk_clock);
        let confirmed = if marks == 1 { fall } else { after.plus(risk_clock.times(marks - 2)) };
        let next_day = next_mark(MIDNIGHT.plus(Span::from_nanos(-INSTANT.nanos())), risk_clock);
        Ok(Self { start, period, risk_clock, fall, confirmed, next_day })
    }

    fn tick(&self, number: u32) -> Timestamp {
        tick(self.start, self.period, number)
    }
}

/// The first tick of the risk clock after `at`.
fn next_mark(at: Timestamp, risk_clock: Span) -> Timestamp {
    let ticks = at.nanos().div_euclid(risk_clock.nanos()) + 1;
    Timestamp::from_nanos(ticks * risk_clock.nanos())
}

impl<'a> Play<'a> {
    fn new(rig: &'a Rig, limits: &'a Limits, gate: GateId) -> Result<Self, Impossible> {
        let ask = near(rig)?;
        let quantity = largest(rig, limits, i128::from(ask.ticks()))?;
        Ok(Self { rig, limits, gate, clock: Clock::new(rig, limits)?, ask, quantity })
    }

    fn mid_x2(&self) -> i128 {
        2 * i128::from(self.ask.ticks()) - 1
    }

    /// The first opening balance with which some fall is over the limit, and the one before it is not.
    fn account(&self) -> Result<Account, Impossible> {
        let value = self.rig.worth(i128::from(self.ask.ticks()), self.quantity)?;
        let mut why = format!("no fall of a position worth {value} {} exceeds the limit", self.rig.instrument.quote);
        for tenths in BALANCES {
            let quote = Money::from_atto(value.atto() / 10 * tenths);
            match self.with_balance(quote) {
                Ok(Some(account)) => return Ok(account),
                Ok(None) => {}
                Err(Impossible(found)) => why = found,
            }
        }
        Err(Impossible(why))
    }

    /// `None` when no price loses more than the limit, or buying alone does.
    fn with_balance(&self, quote: Money) -> Result<Option<Account>, Impossible> {
        let Some(allowed) = allowed(self.limits, quote) else { return Ok(None) };
        let bought = self.bought(quote)?;
        let unit = self.rig.unit()?;
        let value = |mid_x2: i128| (mid_x2 * self.quantity * unit) >> 1;
        let rest = bought.atto() - value(self.mid_x2());
        let loss = |mid_x2: i128| quote.atto() - rest - value(mid_x2);
        let is_over = |mid_x2: i128| allowed.atto() < loss(mid_x2);
        if is_over(self.mid_x2()) || !is_over(LOWEST_X2) {
            return Ok(None);
        }
        // The loss only grows as the price falls.
        let (mut over, mut within) = (LOWEST_X2, self.mid_x2());
        while over + 1 < within {
            let middle = over + (within - over) / 2;
            if is_over(middle) { over = middle } else { within = middle }
        }
        let bid = best(over).0;
        Ok(self.rig.price_at(bid).is_ok().then_some(Account { quote, allowed, over_x2: over, within_x2: within }))
    }

    /// Equity after the buy, fees and half a spread paid: played, not worked out.
    fn bought(&self, quote: Money) -> Result<Money, Impossible> {
        let scene = self.scene(Must::Hold, "the buy alone", quote, &[], vec![self.buy()]);
        let entries = scene.play(self.rig)?;
        let mark = entries.iter().rev().find_map(|entry| match entry {
            Entry::Mark(mark) if mark.at < MIDNIGHT => Some(mark),
            _ => None,
        });
        match mark {
            Some(Mark { position, equity, .. }) if i128::from(position.steps()) == self.quantity => Ok(*equity),
            _ => Err(Impossible(format!(
                "the position that is to lose cannot be bought: an order for {} at {} is not filled",
                self.rig.instrument.show_quantity(Quantity::new(self.quantity as i64)),
                self.rig.instrument.show_price(self.ask),
            ))),
        }
    }

    fn buy(&self) -> Line {
        let order = OrderSpec::limit(Side::Buy, self.ask, Quantity::new(self.quantity as i64));
        Line { tick: 1, order, due: Due::Pass }
    }

    /// A market that moves as `falls` say and repeats itself at every tick of the timer.
    fn scene(&self, must: Must, title: &str, quote: Money, falls: &[(Timestamp, i128)], lines: Vec<Line>) -> Scene {
        let clock = &self.clock;
        let mid_x2 = |at: Timestamp| {
            let latest = falls.iter().rfind(|(from, _)| *from <= at);
            latest.map_or(self.mid_x2(), |(_, mid_x2)| *mid_x2)
        };
        let repeats = (0..=4).map(|number| clock.tick(number)).chain([clock.tick(4).plus(clock.risk_clock)]);
        let mut instants: Vec<Timestamp> = repeats.chain(falls.iter().map(|(at, _)| *at)).collect();
        instants.sort_unstable();
        instants.dedup();
        let moment = |at: &Timestamp| {
            let (bid, ask) = best(mid_x2(*at));
            Moment { at: *at, bid: Price::new(bid as i64), ask: Price::new(ask as i64) }
        };
        let stage = Stage { moments: instants.iter().map(moment).collect(), depth: depth(self.quantity) };
        let script = Script { period: clock.period, lines };
        Scene { risk_clock: clock.risk_clock, ..Scene::new(must, title, stage, script, quote) }
    }

    fn over(&self, account: &Account) -> Result<Scene, Impossible> {
        let clock = &self.clock;
        let kills = self.limits.engages_kill_switch && matches!(self.rig.gates.kill_switch, Setting::On(_));
        let by = if kills { kill_switch_id() } else { self.gate };
        let mut lines = vec![self.buy(), self.adds(2, account.over_x2, Due::Refusal(by))?];
        lines.extend(self.reduces(2, account.over_x2)?);
        // Engaged, the kill switch outlasts the day.
        let next = if kills { Due::Refusal(by) } else { Due::Pass };
        lines.push(self.adds(4, account.over_x2, next)?);
        let marks = self.limits.confirm_marks;
        let title = format!("{}, for {marks} marks", self.loses("a loss over", account, account.over_x2));
        let scene = self.scene(Must::Act, &title, account.quote, &[(clock.fall, account.over_x2)], lines);
        Ok(Scene { trips: vec![clock.confirmed], clears: vec![clock.next_day], ..scene })
    }

    fn within(&self, account: &Account) -> Result<Scene, Impossible> {
        let lines = vec![self.buy(), self.adds(2, account.within_x2, Due::Pass)?];
        let title = self.loses("the last loss within", account, account.within_x2);
        let falls = [(self.clock.fall, account.within_x2)];
        Ok(self.scene(Must::Hold, &title, account.quote, &falls, lines))
    }

    fn recovered(&self, account: &Account) -> Result<Scene, Impossible> {
        let clock = &self.clock;
        let lines = vec![self.buy(), self.adds(2, self.mid_x2(), Due::Pass)?];
        let recovery = clock.confirmed.plus(Span::from_nanos(-INSTANT.nanos()));
        let falls = [(clock.fall, account.over_x2), (recovery, self.mid_x2())];
        let marks = self.limits.confirm_marks - 1;
        let title =
            format!("{}, for {marks} of {} marks", self.loses("a loss over", account, account.over_x2), marks + 1);
        Ok(self.scene(Must::Hold, &title, account.quote, &falls, lines))
    }

    fn loses(&self, words: &str, account: &Account, mid_x2: i128) -> String {
        let (bid, ask) = best(mid_x2);
        let show = |ticks: i128| self.rig.instrument.show_price(Price::new(ticks as i64));
        format!("{words} {} {}: quotes {} / {}", account.allowed, self.rig.instrument.quote, show(bid), show(ask))
    }

    /// A small buy below the market.
    fn adds(&self, tick: u32, mid_x2: i128, due: Due) -> Result<Line, Impossible> {
        Ok(Line { tick, order: idle_at(self.rig, self.rig.price_at(best(mid_x2).0 + 1)?)?, due })
    }

    /// A small sale at the bid; none where the venue takes none of that size.
    fn reduces(&self, tick: u32, mid_x2: i128) -> Result<Option<Line>, Impossible> {
        let bid = best(mid_x2).0;
        let quantity = self.rig.smallest(bid)?;
        let order = OrderSpec::limit(Side::Sell, self.rig.price_at(bid)?, Quantity::new(quantity as i64));
        Ok((quantity <= self.quantity).then_some(Line { tick, order, due: Due::Pass }))
    }
}

/// Lowest mid, doubled, that has a bid of one tick below it.
const LOWEST_X2: i128 = 3;

/// Bid and ask, one or two ticks apart, whose sum is `mid_x2`.
const fn best(mid_x2: i128) -> (i128, i128) {
    let bid = (mid_x2 - 1) / 2;
    (bid, mid_x2 - bid)
}

/// Loss that a day may make that begins with `baseline`.
fn allowed(limits: &Limits, baseline: Money) -> Option<Money> {
    let percent = limits.percent.as_ref().and_then(|percent| {
        let parts = baseline.atto().checked_mul(i128::from(percent.ppb()))?;
        Some(Money::from_atto(parts.div_euclid(i128::from(Rate::ONE))))
    });
    let absolute = limits.absolute.as_ref().map(|amount| amount.money());
    [percent, absolute].into_iter().flatten().min()
}

/// The largest single buy that the other limits allow, less an order that is to be tried later.
fn largest(rig: &Rig, limits: &Limits, price: i128) -> Result<i128, Impossible> {
    let position = rig.gates.position.as_ref();
    let value = position.and_then(|limits| limits.max_value.as_ref());
    let within_value = value.map(|amount| rig.tick_steps(amount.money())).transpose()?.map(|limit| limit / price);
    let steps = position.and_then(|limits| limits.max_quantity.as_ref());
    let unit = rig.instrument.base_amount(Quantity::new(1)).map_err(|overflow| Impossible(overflow.to_string()))?;
    let within_steps = steps.map(|amount| amount.money().atto() / unit.atto().max(1));
    let most = rig.largest_within_value(price)?;
    let smallest = rig.smallest(price - 1)?;
    // A loss that has to be so large needs a position that can make it; else a thousand orders' worth is plenty.
    let absolute = limits.absolute.as_ref().map(|amount| rig.tick_steps(amount.money())).transpose()?;
    let plenty = (PLENTY * smallest).max(absolute.map_or(0, |limit| LOSES * (limit / price)));
    let most = [within_value, within_steps, Some(plenty)].into_iter().flatten().fold(most, i128::min);
    let quantity = rig.lots_within(most - smallest);
    let quantity = if quantity < smallest { rig.lots_within(most) } else { quantity };
    if quantity < smallest {
        let least = rig.worth(price, smallest)?;
        return Err(Impossible(format!("no order fits: the smallest is worth {least} {}", rig.instrument.quote)));
    }
    Ok(quantity)
}

/// The gate that a trip may engage.
fn kill_switch_id() -> GateId {
    let named = crate::gates::catalogue().iter().find(|spec| spec.name == KILL_SWITCH);
    named.map_or(GateId(0), |spec| spec.id)
}
const KILL_SWITCH: &str = "kill_switch";
