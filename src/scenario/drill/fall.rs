use super::latched::{reenable, restart};
use super::order_burst::idle_at;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::timeline::{INSTANT, LOWEST_X2, best, moving, near, tick};
use crate::gates::{Amount, Percent, Setting};
use crate::journal::Entry;
use crate::model::{GateId, Mark, Side};
use crate::strategy::OrderSpec;
use crate::units::{DAY, MILLISECOND, Money, Price, Quantity, Rate, Span, Timestamp};

/// Opening balances that are tried, in tenths of what the position is worth: as small a fall as goes, on an account that is not
/// stretched, comes first.
const BALANCES: [i128; 8] = [20, 24, 40, 80, 11, 5, 2, 1];
/// Smallest orders that are bought where no limit says less, and parts of its value that a position can lose.
const PLENTY: i128 = 1_000;
const LOSES: i128 = 4;
/// Part of the price by which it rises to a peak.
const RISE: i128 = 50;
/// Most ticks of the risk clock in one scene.
const MARKS_MAX: i64 = 500_000;
/// 4 January 2023, 00:00 UTC: the midnight at which the gate has to open again.
const MIDNIGHT: Timestamp = Timestamp::from_nanos(1_672_790_400_000_000_000);

/// What may be lost, and what follows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Loss {
    percent: Setting<Percent>,
    absolute: Setting<Amount>,
    pub marks: u32,
    engages_kill_switch: bool,
}

impl Loss {
    pub fn new(
        percent: Setting<Percent>,
        absolute: Setting<Amount>,
        confirm_marks: u32,
        engages_kill_switch: bool,
    ) -> Self {
        Self { percent, absolute, marks: confirm_marks, engages_kill_switch }
    }

    /// What may be lost of `baseline`.
    fn of(&self, baseline: Money) -> Option<Money> {
        let percent = self.percent.as_ref().and_then(|percent| {
            let parts = baseline.atto().checked_mul(i128::from(percent.ppb()))?;
            Some(Money::from_atto(parts.div_euclid(i128::from(Rate::ONE))))
        });
        let absolute = self.absolute.as_ref().map(|amount| amount.money());
        [percent, absolute].into_iter().flatten().min()
    }
}

/// What does not depend on the opening balance.
pub(super) struct Play<'a> {
    rig: &'a Rig,
    pub loss: Loss,
    gate: GateId,
    pub clock: Clock,
    ask: Price,
    quantity: i128,
    /// Ticks by which prices rise before they fall, for as many marks as confirm it.
    rise: i128,
}

/// When things happen.
pub(super) struct Clock {
    start: Timestamp,
    period: Span,
    risk_clock: Span,
    /// Ticks of the timer.
    ticks: u32,
    /// The prices rise, where they do.
    rise: Timestamp,
    /// The prices fall, half a tick of the risk clock before its next one.
    pub fall: Timestamp,
    /// The last mark that the loss needs to be confirmed.
    pub confirmed: Timestamp,
    /// The first mark of the next day.
    pub next_day: Timestamp,
}

/// An opening balance with which the limit can be reached, and how far the prices fall.
pub(super) struct Account {
    pub quote: Money,
    allowed: Money,
    pub over_x2: i128,
    pub within_x2: i128,
}

/// What the loss is measured from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    Opening,
    Peak,
}

impl Clock {
    /// Ticks of the timer, the third at midnight: buy, try, midnight, try.
    fn new(rig: &Rig, marks: u32, rises: bool, ticks: u32) -> Result<Self, Impossible> {
        let risk_clock = rig.risk_clock;
        let marks = i64::from(marks.max(1));
        let rising = if rises { marks } else { 0 };
        let window = rig.gates.order_burst.as_ref().map_or(0, |burst| i64::from(burst.window_ms));
        let period = risk_clock.times(marks + rising + 4).max(MILLISECOND.times(window));
        if DAY.nanos() < period.nanos().saturating_mul(3) {
            return Err(Impossible(format!("{marks} marks {risk_clock} apart leave no time to act within a UTC day")));
        }
        if MARKS_MAX < period.nanos().saturating_mul(i64::from(ticks)) / risk_clock.nanos().max(1) {
            return Err(Impossible(format!("it takes more than {MARKS_MAX} marks {risk_clock} apart")));
        }
        let start = MIDNIGHT.plus(Span::from_nanos(-3 * period.nanos()));
        let half = Span::from_nanos(risk_clock.nanos() / 2);
        let aligned = next_mark(tick(start, period, 1), risk_clock);
        let rise = aligned.plus(half);
        let fall = rise.plus(risk_clock.times(rising));
        let after = next_mark(fall, risk_clock);
        let confirmed = if marks == 1 { fall } else { after.plus(risk_clock.times(marks - 2)) };
        let next_day = next_mark(MIDNIGHT.plus(Span::from_nanos(-INSTANT.nanos())), risk_clock);
        Ok(Self { start, period, risk_clock, ticks, rise, fall, confirmed, next_day })
    }

    fn tick(&self, number: u32) -> Timestamp {
        tick(self.start, self.period, number)
    }

    /// The instant between tick `number` and the next.
    pub fn after(&self, number: u32) -> Timestamp {
        self.tick(number).plus(Span::from_nanos(self.period.nanos() / 2))
    }
}

/// The first tick of the risk clock after `at`.
fn next_mark(at: Timestamp, risk_clock: Span) -> Timestamp {
    let ticks = at.nanos().div_euclid(risk_clock.nanos()) + 1;
    Timestamp::from_nanos(ticks * risk_clock.nanos())
}

impl<'a> Play<'a> {
    /// A fall that a day ends, with four ticks of the timer.
    pub fn of_a_day(rig: &'a Rig, loss: Loss, gate: GateId) -> Result<Self, Impossible> {
        Self::new(rig, loss, gate, 0, 4)
    }

    /// A fall that no day ends, from where it all began.
    pub fn from_the_start(rig: &'a Rig, loss: Loss, gate: GateId) -> Result<Self, Impossible> {
        Self::new(rig, loss, gate, 0, 5)
    }

    /// The same from a peak a little above.
    pub fn from_a_peak(rig: &'a Rig, loss: Loss, gate: GateId) -> Result<Self, Impossible> {
        let rise = (i128::from(near(rig)?.ticks()) / RISE).max(1);
        rig.price_at(i128::from(rig.price.ticks()) + rise)?;
        Self::new(rig, loss, gate, rise, 5)
    }

    fn new(rig: &'a Rig, loss: Loss, gate: GateId, rise: i128, ticks: u32) -> Result<Self, Impossible> {
        let ask = near(rig)?;
        let absolute = loss.absolute.as_ref().map(|amount| amount.money());
        let quantity = largest(rig, absolute, i128::from(ask.ticks()))?;
        let clock = Clock::new(rig, loss.marks, rise > 0, ticks)?;
        Ok(Self { rig, loss, gate, clock, ask, quantity, rise })
    }

    pub fn mid_x2(&self) -> i128 {
        2 * i128::from(self.ask.ticks()) - 1
    }

    fn peak_x2(&self) -> i128 {
        self.mid_x2() + 2 * self.rise
    }

    /// The first opening balance with which some fall is over the limit, and the one before it is not.
    pub fn account(&self) -> Result<Account, Impossible> {
        self.account_from(if self.rise > 0 { From::Peak } else { From::Opening })
    }

    fn account_from(&self, from: From) -> Result<Account, Impossible> {
        let value = self.rig.worth(i128::from(self.ask.ticks()), self.quantity)?;
        let mut why = format!("no fall of a position worth {value} {} exceeds the limit", self.rig.instrument.quote);
        for tenths in BALANCES {
            let quote = Money::from_atto(value.atto() / 10 * tenths);
            if self.is_stretched(value, quote) {
                continue;
            }
            match self.with_balance(quote, from) {
                Ok(Some(account)) => return Ok(account),
                Ok(None) => {}
                Err(Impossible(found)) => why = found,
            }
        }
        Err(Impossible(why))
    }

    /// The position, where its price has risen, would be all that the gate `exposure` allows on such an account: it would stand in front.
    fn is_stretched(&self, value: Money, quote: Money) -> bool {
        let Some(exposure) = self.rig.gates.exposure.as_ref() else { return false };
        let risen = value.atto() / RISE * (RISE + 1);
        let allowed = quote.atto() / i128::from(Rate::ONE) * i128::from(exposure.percent.ppb());
        allowed <= risen
    }

    /// `None` when no price loses more than the limit, or buying alone does.
    fn with_balance(&self, quote: Money, from: From) -> Result<Option<Account>, Impossible> {
        let bought = self.bought(quote)?;
        let unit = self.rig.unit()?;
        let value = |mid_x2: i128| (mid_x2 * self.quantity * unit) >> 1;
        let rest = bought.atto() - value(self.mid_x2());
        let (baseline, top) = match from {
            From::Opening => (quote, self.mid_x2()),
            From::Peak => (Money::from_atto(rest + value(self.peak_x2())), self.peak_x2()),
        };
        let (Some(allowed), Some(at_first)) = (self.loss.of(baseline), self.loss.of(quote)) else { return Ok(None) };
        let is_over = |mid_x2: i128| allowed.atto() < baseline.atto() - rest - value(mid_x2);
        if at_first.atto() < quote.atto() - bought.atto() || is_over(top) || !is_over(LOWEST_X2) {
            return Ok(None);
        }
        // The loss only grows as the price falls.
        let (mut over, mut within) = (LOWEST_X2, top);
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

    pub fn buy(&self) -> Line {
        let order = OrderSpec::limit(Side::Buy, self.ask, Quantity::new(self.quantity as i64));
        Line { tick: 1, order, due: Due::Pass }
    }

    /// A market that moves as `falls` say and repeats itself at every tick of the timer.
    pub fn scene(&self, must: Must, title: &str, quote: Money, falls: &[(Timestamp, i128)], lines: Vec<Line>) -> Scene {
        let clock = &self.clock;
        let last = clock.tick(clock.ticks).plus(clock.risk_clock);
        let repeats = (0..=clock.ticks).map(|number| clock.tick(number)).chain([last]);
        let stage = moving(repeats, self.mid_x2(), falls, self.quantity);
        let script = Script { period: clock.period, lines };
        Scene { risk_clock: clock.risk_clock, ..Scene::new(must, title, stage, script, quote) }
    }

    /// The gate that refuses what adds risk once this one has tripped.
    pub fn refuses(&self) -> GateId {
        if self.kills() { kill_switch_id() } else { self.gate }
    }

    /// The trip engages the kill switch, which outlasts it.
    pub fn kills(&self) -> bool {
        self.loss.engages_kill_switch && matches!(self.rig.gates.kill_switch, Setting::On(_))
    }

    /// The rise, where there is one, and a fall to `mid_x2`.
    fn moves(&self, mid_x2: i128) -> Vec<(Timestamp, i128)> {
        let rise = (self.rise > 0).then_some((self.clock.rise, self.peak_x2()));
        rise.into_iter().chain([(self.clock.fall, mid_x2)]).collect()
    }

    /// Over the limit: it is refused on the next day, too, and after a restart, until somebody re-enables the gate by its name.
    pub fn latched(&self) -> Result<Scene, Impossible> {
        let (clock, account) = (&self.clock, self.account()?);
        let mut lines = vec![self.buy()];
        lines.extend(self.reduces(2, account.over_x2)?);
        lines.push(self.adds(4, account.over_x2, Due::Refusal(self.refuses()))?);
        let last = if self.kills() { Due::Refusal(self.refuses()) } else { Due::Pass };
        lines.push(self.adds(5, account.over_x2, last)?);
        let title = format!("{}, for {} marks", self.loses("a loss over", &account, account.over_x2), self.loss.marks);
        let scene = self.scene(Must::Act, &title, account.quote, &self.moves(account.over_x2), lines);
        let commands = vec![restart(clock.after(2), 1), reenable(self.gate, clock.after(4), 2)];
        Ok(Scene { trips: vec![clock.confirmed], clears: vec![clock.after(4)], commands, ..scene })
    }

    /// The last loss within the limit.
    pub fn last_within(&self) -> Result<Scene, Impossible> {
        let account = self.account()?;
        let lines = vec![self.buy(), self.adds(4, account.within_x2, Due::Pass)?];
        let title = self.loses("the last loss within", &account, account.within_x2);
        Ok(self.scene(Must::Hold, &title, account.quote, &self.moves(account.within_x2), lines))
    }

    /// A loss over the limit for one mark fewer than it takes; `None` where one is enough.
    pub fn recovers(&self) -> Result<Option<Scene>, Impossible> {
        let (clock, account, marks) = (&self.clock, self.account()?, self.loss.marks);
        if marks < 2 {
            return Ok(None);
        }
        let recovery = clock.confirmed.plus(Span::from_nanos(-INSTANT.nanos()));
        let mut moves = self.moves(account.over_x2);
        moves.push((recovery, self.peak_x2()));
        let lines = vec![self.buy(), self.adds(4, self.peak_x2(), Due::Pass)?];
        let loses = self.loses("a loss over", &account, account.over_x2);
        let title = format!("{loses}, for {} of {marks} marks", marks - 1);
        Ok(Some(self.scene(Must::Hold, &title, account.quote, &moves, lines)))
    }

    /// A peak that one mark fewer has seen than confirm it, and the last loss within the limit from where it all began.
    pub fn wild_peak(&self) -> Result<Option<Scene>, Impossible> {
        let (clock, marks) = (&self.clock, self.loss.marks);
        let Ok(account) = self.account_from(From::Opening) else { return Ok(None) };
        if marks < 2 || self.rise == 0 {
            return Ok(None);
        }
        let back = clock.fall.plus(Span::from_nanos(-clock.risk_clock.nanos()));
        let moves = [(clock.rise, self.peak_x2()), (back, self.mid_x2()), (clock.fall, account.within_x2)];
        let lines = vec![self.buy(), self.adds(4, account.within_x2, Due::Pass)?];
        let loses = self.loses("the last loss within", &account, account.within_x2);
        let title = format!("{loses}, after a peak of {} of {marks} marks", marks - 1);
        Ok(Some(self.scene(Must::Hold, &title, account.quote, &moves, lines)))
    }

    pub fn loses(&self, words: &str, account: &Account, mid_x2: i128) -> String {
        let (bid, ask) = best(mid_x2);
        let show = |ticks: i128| self.rig.instrument.show_price(Price::new(ticks as i64));
        format!("{words} {} {}: quotes {} / {}", account.allowed, self.rig.instrument.quote, show(bid), show(ask))
    }

    /// A small buy below the market.
    pub fn adds(&self, tick: u32, mid_x2: i128, due: Due) -> Result<Line, Impossible> {
        Ok(Line { tick, order: idle_at(self.rig, self.rig.price_at(best(mid_x2).0 + 1)?)?, due })
    }

    /// A small sale at the bid; none where the venue takes none of that size.
    pub fn reduces(&self, tick: u32, mid_x2: i128) -> Result<Option<Line>, Impossible> {
        let bid = best(mid_x2).0;
        let quantity = self.rig.smallest(bid)?;
        let order = OrderSpec::limit(Side::Sell, self.rig.price_at(bid)?, Quantity::new(quantity as i64));
        Ok((quantity <= self.quantity).then_some(Line { tick, order, due: Due::Pass }))
    }
}

/// The largest single buy that the other limits allow, less an order that is to be tried later.
pub(super) fn largest(rig: &Rig, absolute: Option<Money>, price: i128) -> Result<i128, Impossible> {
    let position = rig.gates.position.as_ref();
    let value = position.and_then(|limits| limits.max_value.as_ref());
    let within_value = value.map(|amount| rig.tick_steps(amount.money())).transpose()?.map(|limit| limit / price);
    let steps = position.and_then(|limits| limits.max_quantity.as_ref());
    let unit = rig.instrument.base_amount(Quantity::new(1)).map_err(|overflow| Impossible(overflow.to_string()))?;
    let within_steps = steps.map(|amount| amount.money().atto() / unit.atto().max(1));
    let most = rig.largest_within_value(price)?;
    let smallest = rig.smallest(price - 1)?;
    // A loss that has to be so large needs a position that can make it; else a thousand orders' worth is plenty.
    let absolute = absolute.map(|amount| rig.tick_steps(amount)).transpose()?;
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
pub(super) fn kill_switch_id() -> GateId {
    let named = crate::gates::catalogue().iter().find(|spec| spec.name == KILL_SWITCH);
    named.map_or(GateId(0), |spec| spec.id)
}
const KILL_SWITCH: &str = "kill_switch";
