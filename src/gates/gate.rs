use super::ask::{Ask, higher};
use super::spec::UNKNOWN;
use super::{ConfigError, Effect, Execution, GateCounter, GateEvent, GateSpec, LimitSpec, RiskView, Setting};
use crate::model::{ExecutionReport, GateId, Instrument, Mark, Refusal};
use crate::units::{Money, Overflow, Quantity, Rate};

/// What a gate compared, in its own unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub value: i128,
    pub limit: i128,
}

impl Found {
    pub const fn refusal(self, gate: GateId) -> Refusal {
        Refusal { gate, value: self.value, limit: self.limit }
    }
}

/// The product, if it fits. Two numbers of 64 bits, as nearly all are, take one multiplication.
#[inline]
pub(super) fn product(left: i128, right: i128) -> Option<i128> {
    match (i64::try_from(left), i64::try_from(right)) {
        (Ok(left), Ok(right)) => Some(i128::from(left) * i128::from(right)),
        _ => left.checked_mul(right),
    }
}

/// `ppb` parts per billion of a positive amount, rounded down; nothing of one below zero. Saturates.
pub(super) fn share(amount: Money, ppb: i64) -> Money {
    let (ppb, one) = (i128::from(ppb.max(0)), i128::from(Rate::ONE));
    let atto = amount.atto().max(0);
    Money::from_atto((atto / one).saturating_mul(ppb).saturating_add(atto % one * ppb / one))
}

/// At most [`share`], in atto, and nearly all of it, without a division: a part in 2^30 is less than one in 10^9. Most of what is
/// judged is within this, and a division of 128 bits costs more than the rest of the judgement.
#[inline]
pub(super) fn share_at_least(amount: Money, ppb: i64) -> i128 {
    product(amount.atto().max(0) >> 30, i128::from(ppb.max(0))).unwrap_or(0)
}

/// How many parts per billion `part` is of `whole`, rounded up; `UNKNOWN` where that is no number.
pub(super) fn ppb_of(part: i128, whole: i128) -> i128 {
    let scaled = part.checked_mul(i128::from(Rate::ONE)).filter(|_| 0 < whole);
    scaled.map_or(UNKNOWN, |scaled| scaled / whole + i128::from(scaled % whole != 0))
}

/// Holds the worst case of the position, valued at the higher of the best prices, against `ppb` parts per billion of equity, rounded
/// down to an atto. With no price, or with an equity of nothing or less, nothing passes.
#[inline]
pub(super) fn within_equity(ask: &Ask, risk: &RiskView, scales: &Scales, ppb: i64) -> Result<(), Found> {
    let worst = higher(&risk.best).and_then(|price| product(price, ask.worst_position(risk)));
    match worst.and_then(|tick_steps| scales.exact_worth(tick_steps)) {
        Some(worth) if worth <= share_at_least(risk.equity, ppb) || worth <= share(risk.equity, ppb).atto() => Ok(()),
        worth => {
            let value = worth.map_or(UNKNOWN, |worth| ppb_of(worth, risk.equity.atto()));
            Err(Found { value, limit: i128::from(ppb) })
        }
    }
}

/// The state of a gate that remembers nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stateless {}

/// What is configured of a gate that is armed where nobody mentions it, or is not.
pub(super) fn unmentioned<G: Gate<Limits: Default>>() -> Setting<G::Limits> {
    if G::SPEC.armed { Setting::default() } else { Setting::Off }
}

/// What a tick of the risk clock or a report did to a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Steady,
    Tripped(Found),
    Reopened,
}

/// A gate's configuration.
pub(super) trait Limits {
    /// Every limit with its value; `None` is off.
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)>;

    /// Limits that are each in range and do not go together.
    fn contradiction(&self) -> Option<Contradiction> {
        None
    }
}

/// A limit that another one forbids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Contradiction {
    pub limit: LimitSpec,
    pub found: i128,
    /// What the other one allows, in words.
    pub allowed: String,
}

/// One small check. `check` only looks; `cleared` counts what every gate let pass, so that the order of gates decides
/// nothing but which refusal is reported.
pub(super) trait Gate: Sized {
    type Limits: Limits;
    /// What must survive a restart.
    type State: Clone + serde::Serialize + serde::de::DeserializeOwned;
    const SPEC: GateSpec;

    fn new(limits: &Self::Limits, scales: &Scales, instrument: &Instrument) -> Self;
    fn check(&self, ask: &Ask, risk: &RiskView) -> Result<(), Found>;
    fn save(&self) -> Self::State;
    fn restore(&mut self, state: Self::State);

    fn cleared(&mut self, _ask: &Ask, _risk: &RiskView) {}
    fn on_mark(&mut self, _mark: &Mark) -> Turn {
        Turn::Steady
    }
    /// What the position was entered for, before each mark.
    fn entered_for(&mut self, _amount: Money) {}
    /// A breaker has tripped, or the kill switch.
    fn hears_trips(&mut self) {}
    /// False where `on_report` does nothing.
    const HEARS_REPORTS: bool = false;
    /// The bot heard of this, after its books did; of a fill also what it made of it.
    fn on_report(&mut self, _report: &ExecutionReport, _execution: Option<&Execution>) -> Turn {
        Turn::Steady
    }
    /// A person re-enables it. True when it was tripped until then, and that is his to end.
    fn reenable(&mut self) -> bool {
        false
    }
    /// The account's equity before the first mark.
    fn open(&mut self, _mark: &Mark) {}
    /// The owner put money into the account (took out, if negative): what equity is held against moves with it.
    fn allocated(&mut self, _amount: Money) {}
    fn trip_equity(&self) -> Option<Money> {
        None
    }
    /// True while it demands that open orders be cancelled.
    fn engaged(&self) -> bool {
        false
    }
    /// True when its trip engages the kill switch.
    fn kills(&self) -> bool {
        false
    }
    fn digest(&self, _hasher: &mut blake3::Hasher) {}
}

/// What turns limits in money and base into products of ticks and steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scales {
    tick_step: i128,
    step: i128,
}

impl Scales {
    pub fn new(instrument: &Instrument) -> Result<Self, Overflow> {
        let tick_step = instrument.tick_step_value()?.atto();
        let step = instrument.base_amount(Quantity::new(1))?.atto();
        match (tick_step, step) {
            (1.., 1..) => Ok(Self { tick_step, step }),
            _ => Err(Overflow::new("value of a tick and of a step, which must be positive", tick_step, step)),
        }
    }

    /// Most tick-steps worth at most `limit`: a product is above the limit exactly when it is above this.
    pub const fn tick_steps(&self, limit: Money) -> i128 {
        limit.atto() / self.tick_step
    }

    /// Least tick-steps worth at least `limit`: a product is worth less exactly when it is below this.
    pub const fn tick_steps_up(&self, limit: Money) -> i128 {
        let whole = limit.atto() / self.tick_step;
        if whole * self.tick_step < limit.atto() { whole + 1 } else { whole }
    }

    /// Most steps that are at most `limit`.
    pub const fn steps(&self, limit: Money) -> i128 {
        limit.atto() / self.step
    }

    /// What so many tick-steps are worth, if that is a number.
    pub fn exact_worth(&self, tick_steps: i128) -> Option<i128> {
        product(tick_steps, self.tick_step)
    }

    /// What so many tick-steps are worth.
    pub const fn worth(&self, tick_steps: i128) -> i128 {
        tick_steps.saturating_mul(self.tick_step)
    }
}

/// A gate's place in the list: the gate, if armed, and what it has done.
#[derive(Debug, Clone)]
pub(super) struct Slot<G> {
    pub gate: Option<G>,
    tally: Tally,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Tally {
    evaluated: u64,
    refused: u64,
    tripped: u64,
}

/// A slot as plain data; a gate that was not armed has no state.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SlotState<S> {
    tally: Tally,
    gate: Option<S>,
}

impl<G: Gate> Slot<G> {
    pub fn new(setting: &Setting<G::Limits>, scales: &Scales, instrument: &Instrument) -> Self {
        let gate = setting.as_ref().map(|limits| G::new(limits, scales, instrument));
        Self { gate, tally: Tally::default() }
    }

    /// True where the gate is off, does not look at such a request, or has nothing against it. `effect` is the request's own, said apart
    /// where it is known: nothing is left then of the question whether the gate looks. The judgements of all gates are compiled as
    /// one stretch of code, so that what several of them look at is worked out once.
    #[inline(always)]
    pub fn passes(&mut self, effect: Effect, ask: &Ask, risk: &RiskView) -> bool {
        let Some(gate) = self.gate.as_ref().filter(|_| G::SPEC.row.checks(effect, ask.protective)) else {
            return true;
        };
        // No count of 64 bits has ever come to its end.
        self.tally.evaluated = self.tally.evaluated.wrapping_add(1);
        gate.check(ask, risk).is_ok()
    }

    /// Asks again a gate that did not let pass, for its figures. Where they come out otherwise (others of a user on other threads went
    /// on meanwhile) the last word counts.
    #[cold]
    #[inline(never)]
    pub fn refuse(&mut self, ask: &Ask, risk: &RiskView) -> Result<(), Refusal> {
        let Some(gate) = &self.gate else { return Ok(()) };
        gate.check(ask, risk).map_err(|found| {
            self.tally.refused += 1;
            found.refusal(G::SPEC.id)
        })
    }

    pub fn check(&mut self, ask: &Ask, risk: &RiskView) -> Result<(), Refusal> {
        if self.passes(ask.effect, ask, risk) { Ok(()) } else { self.refuse(ask, risk) }
    }

    #[inline]
    pub fn cleared(&mut self, ask: &Ask, risk: &RiskView) {
        if let Some(gate) = &mut self.gate {
            gate.cleared(ask, risk);
        }
    }

    pub fn open(&mut self, mark: &Mark) {
        if let Some(gate) = &mut self.gate {
            gate.open(mark);
        }
    }

    pub fn allocated(&mut self, amount: Money) {
        if let Some(gate) = &mut self.gate {
            gate.allocated(amount);
        }
    }

    pub fn entered_for(&mut self, amount: Money) {
        if let Some(gate) = &mut self.gate {
            gate.entered_for(amount);
        }
    }

    /// True when the gate tripped and its trip engages the kill switch.
    pub fn on_mark(&mut self, mark: &Mark, out: &mut Vec<GateEvent>) -> bool {
        let turn = self.gate.as_mut().map_or(Turn::Steady, |gate| gate.on_mark(mark));
        self.turned(turn, out)
    }

    pub fn hears_reports(&self) -> bool {
        G::HEARS_REPORTS && self.gate.is_some()
    }

    /// As [`on_mark`](Self::on_mark).
    pub fn on_report(
        &mut self,
        report: &ExecutionReport,
        execution: Option<&Execution>,
        out: &mut Vec<GateEvent>,
    ) -> bool {
        let turn = self.gate.as_mut().map_or(Turn::Steady, |gate| gate.on_report(report, execution));
        self.turned(turn, out)
    }

    fn turned(&mut self, turn: Turn, out: &mut Vec<GateEvent>) -> bool {
        match turn {
            Turn::Steady => false,
            Turn::Reopened => {
                out.push(GateEvent::Cleared(G::SPEC.id));
                false
            }
            Turn::Tripped(found) => {
                self.tripped(found, out);
                self.gate.as_ref().is_some_and(G::kills)
            }
        }
    }

    /// Nothing happens to a gate of another number, or to one that is not tripped.
    pub fn reenable(&mut self, id: GateId, out: &mut Vec<GateEvent>) {
        if G::SPEC.id == id && self.gate.as_mut().is_some_and(G::reenable) {
            out.push(GateEvent::Cleared(id));
        }
    }

    pub fn tripped(&mut self, found: Found, out: &mut Vec<GateEvent>) {
        self.tally.tripped += 1;
        out.push(GateEvent::Tripped(found.refusal(G::SPEC.id)));
    }

    #[inline]
    pub fn trip_equity(&self) -> Option<Money> {
        self.gate.as_ref().and_then(G::trip_equity)
    }

    pub fn engaged(&self) -> bool {
        self.gate.as_ref().is_some_and(G::engaged)
    }

    pub fn counter(&self) -> GateCounter {
        let Tally { evaluated, refused, tripped } = self.tally;
        let armed = self.gate.is_some();
        GateCounter { id: G::SPEC.id, name: G::SPEC.name, armed, evaluated, refused, tripped }
    }

    pub fn save(&self) -> SlotState<G::State> {
        SlotState { tally: self.tally, gate: self.gate.as_ref().map(G::save) }
    }

    /// Keeps the configuration, takes the state. A gate armed since starts fresh; one that is off now forgets.
    pub fn restore(&mut self, state: SlotState<G::State>) {
        self.tally = state.tally;
        if let (Some(gate), Some(state)) = (&mut self.gate, state.gate) {
            gate.restore(state);
        }
    }

    /// A gate that has to be asked for leaves no trace while nobody asks for it.
    pub fn digest(&self, hasher: &mut blake3::Hasher) {
        if self.gate.is_none() && !G::SPEC.armed {
            return;
        }
        for count in [self.tally.evaluated, self.tally.refused, self.tally.tripped] {
            hasher.update(&count.to_le_bytes());
        }
        hasher.update(&[u8::from(self.gate.is_some())]);
        if let Some(gate) = &self.gate {
            gate.digest(hasher);
        }
    }
}

/// Holds every limit of one gate against its range.
pub(super) fn faults<G: Gate>(setting: &Setting<G::Limits>, out: &mut Vec<ConfigError>) {
    let before = out.len();
    let values = setting.as_ref().map(G::Limits::values).unwrap_or_default();
    for (spec, value) in &values {
        out.extend(value.and_then(|value| ConfigError::out_of_range(&G::SPEC, spec, value)));
    }
    let in_range = out.len() == before;
    let contradiction = setting.as_ref().filter(|_| in_range).and_then(G::Limits::contradiction);
    out.extend(contradiction.map(|contradiction| ConfigError::contradiction(&G::SPEC, &contradiction)));
    let mut optional = values.iter().filter(|(spec, _)| spec.optional).peekable();
    if optional.peek().is_some() && optional.all(|(_, value)| value.is_none()) {
        out.push(ConfigError::limitless(&G::SPEC));
    }
}
