//! The gap in profit and loss by cause, in integer money.

use super::lots::{self, Rest};
use super::matching::Matching;
use crate::model::{FillRecord, Instrument, OrderRecord, Side, TradingRecord};
use crate::units::{Money, Overflow, Price};
use serde::Serialize;

/// Why profit and loss of a log and of a simulation differ. Declaration order is the order in which the gap is taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Orders of the log that the simulation does not have.
    OnlyInLog,
    /// Orders of the simulation that the log does not have.
    OnlyInSimulation,
    /// Orders of both that the log alone filled.
    MissingInSimulation,
    /// Orders of both that the simulation alone filled.
    ExtraInSimulation,
    /// Orders that both filled, but not as much.
    Quantity,
    /// What both filled, at other prices.
    Price,
    /// What both filled, at other fees.
    Fee,
    /// The log values what it holds at the end at another price.
    Mark,
}

impl Cause {
    /// All of them, in order.
    pub const ALL: [Self; 8] = [
        Self::OnlyInLog,
        Self::OnlyInSimulation,
        Self::MissingInSimulation,
        Self::ExtraInSimulation,
        Self::Quantity,
        Self::Price,
        Self::Fee,
        Self::Mark,
    ];

    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::OnlyInLog => "orders only in the log",
            Self::OnlyInSimulation => "orders only in the simulation",
            Self::MissingInSimulation => "fills missing in the simulation",
            Self::ExtraInSimulation => "fills extra in the simulation",
            Self::Quantity => "quantity",
            Self::Price => "price",
            Self::Fee => "fee",
            Self::Mark => "mark",
        }
    }
}

/// What one cause comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CauseRow {
    /// The cause.
    pub cause: Cause,
    /// Orders behind it.
    pub orders: u64,
    /// Quantity behind it, in steps.
    pub steps: i64,
    /// Part of the gap, in the quote asset.
    pub amount: Money,
}

/// Twice the prices, in ticks, that what is held at the end is valued at: twice, so that a mid is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Marks {
    /// The run's.
    pub run_twice: i64,
    /// The log's; the run's where it states none.
    pub log_twice: i64,
}

/// Prices of what both filled; negative where the log's was worse for the bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct PriceGap {
    /// Lots.
    pub lots: u64,
    /// Their quantity in steps.
    pub steps: i64,
    /// Ticks times steps.
    pub ticks_steps: i128,
    /// Lot with the worst price, in ticks.
    pub worst: i64,
    /// Lot with the best price, in ticks.
    pub best: i64,
    /// In money, each lot by its size whatever its sign.
    pub absolute: Money,
}

impl PriceGap {
    /// Mean over the quantity, in ticks.
    #[must_use]
    pub fn mean_ticks(&self) -> Option<f64> {
        (self.steps > 0).then(|| self.ticks_steps as f64 / self.steps as f64)
    }
}

/// What an account holds of the fills of `record`, valued at half of `twice_mark`, with what they cost.
pub(super) fn profit(record: &TradingRecord, instrument: &Instrument, twice_mark: i64) -> Result<Money, Overflow> {
    let valuer = Valuer { unit: instrument.tick_step_value()?, twice_mark };
    let mut sum = Money::ZERO;
    for (side, fill) in record.fills() {
        sum = sum.checked_add(valuer.fill(side, fill)?)?;
    }
    Ok(sum)
}

/// Values quantities at a mark.
struct Valuer {
    unit: Money,
    twice_mark: i64,
}

impl Valuer {
    /// side x (mark - price) x quantity - fee.
    fn rest(&self, side: Side, rest: &Rest) -> Result<Money, Overflow> {
        let ticks = i128::from(self.twice_mark) - 2 * i128::from(rest.price.ticks());
        self.half(ticks * i128::from(side.sign()) * i128::from(rest.steps))?.checked_sub(rest.fee)
    }

    fn fill(&self, side: Side, fill: &FillRecord) -> Result<Money, Overflow> {
        self.rest(side, &Rest { steps: fill.quantity.steps(), price: fill.price, fee: fill.fee })
    }

    fn order(&self, order: &OrderRecord) -> Result<Money, Overflow> {
        order.fills.iter().try_fold(Money::ZERO, |sum, fill| sum.checked_add(self.fill(order.side, fill)?))
    }

    /// So many half ticks times steps. An instrument whose tick times step has an odd last decimal has its mark on whole ticks.
    fn half(&self, half_ticks: i128) -> Result<Money, Overflow> {
        let twice = self.unit.times(half_ticks)?.atto();
        assert!(twice % 2 == 0, "{twice} atto are not two halves, in half ticks {half_ticks}");
        Ok(Money::from_atto(twice / 2))
    }
}

/// Rounds a mark down to where [`Valuer::half`] is exact.
pub(super) fn exact(twice_mark: i64, unit: Money) -> i64 {
    if unit.atto() % 2 == 0 { twice_mark } else { twice_mark - twice_mark.rem_euclid(2) }
}

/// The parts of a gap.
pub(super) struct Apart {
    pub(super) rows: Vec<CauseRow>,
    pub(super) price: PriceGap,
    pub(super) steps_apart: i64,
    pub(super) steps_of: i64,
}

/// Takes the gap apart. Every fill falls under one cause, valued at the run's mark; what the log's own mark makes of what it holds is the last.
pub(super) fn taken_apart(
    (log, simulation): (&TradingRecord, &TradingRecord),
    matching: &Matching,
    instrument: &Instrument,
    marks: Marks,
) -> Result<Apart, Overflow> {
    let unit = instrument.tick_step_value()?;
    let rows = Cause::ALL.map(|cause| CauseRow { cause, orders: 0, steps: 0, amount: Money::ZERO });
    let mut fold = Fold {
        valuer: Valuer { unit, twice_mark: marks.run_twice },
        apart: Apart { rows: rows.into(), price: PriceGap::default(), steps_apart: 0, steps_of: 0 },
    };
    for &place in &matching.only_log {
        fold.alone(Cause::OnlyInLog, &log.orders[place], 1)?;
    }
    for &place in &matching.only_simulation {
        fold.alone(Cause::OnlyInSimulation, &simulation.orders[place], -1)?;
    }
    for &(left, right) in &matching.pairs {
        fold.both(&log.orders[left], &simulation.orders[right])?;
    }
    let held: i64 = log.fills().map(|(side, fill)| side.sign() * fill.quantity.steps()).sum();
    let moved = i128::from(marks.log_twice) - i128::from(marks.run_twice);
    let amount = fold.valuer.half(moved * i128::from(held))?;
    if moved != 0 {
        fold.add(Cause::Mark, 0, held.abs(), amount)?;
    }
    Ok(fold.apart)
}

struct Fold {
    valuer: Valuer,
    apart: Apart,
}

impl Fold {
    fn add(&mut self, cause: Cause, orders: u64, steps: i64, amount: Money) -> Result<(), Overflow> {
        let Some(row) = self.apart.rows.iter_mut().find(|row| row.cause == cause) else { return Ok(()) };
        row.orders += orders;
        row.steps += steps;
        row.amount = row.amount.checked_add(amount)?;
        Ok(())
    }

    /// An order that one side alone filled: the log's counts as it is, the simulation's with the other sign.
    fn alone(&mut self, cause: Cause, order: &OrderRecord, sign: i128) -> Result<(), Overflow> {
        let steps = order.filled();
        if steps == 0 {
            return Ok(());
        }
        self.apart.steps_apart += steps;
        self.apart.steps_of += steps;
        let value = self.valuer.order(order)?.times(sign)?;
        self.add(cause, 1, steps, value)
    }

    fn both(&mut self, log: &OrderRecord, simulated: &OrderRecord) -> Result<(), Overflow> {
        match (log.filled(), simulated.filled()) {
            (_, 0) => return self.alone(Cause::MissingInSimulation, log, 1),
            (0, _) => return self.alone(Cause::ExtraInSimulation, simulated, -1),
            (left, right) => {
                self.apart.steps_apart += (left - right).abs();
                self.apart.steps_of += left + right;
            }
        }
        let side = log.side;
        let paired = lots::pair(&log.fills, &simulated.fills);
        let mut differs = (0, 0, Money::ZERO);
        for lot in &paired.lots {
            let ticks = side.sign() * (lot.simulated_price.ticks() - lot.log_price.ticks());
            let amount = self.priced(lot.steps, ticks)?;
            if ticks != 0 {
                differs = (1, differs.1 + lot.steps, differs.2.checked_add(amount)?);
            }
        }
        self.add(Cause::Price, differs.0, differs.1, differs.2)?;
        self.rests(side, &paired.log_rest, &paired.simulated_rest)?;
        let fee = Money::from_atto(paired.simulated_fee - paired.log_fee);
        let steps: i64 = paired.lots.iter().map(|lot| lot.steps).sum();
        let (orders, steps) = if fee == Money::ZERO { (0, 0) } else { (1, steps) };
        self.add(Cause::Fee, orders, steps, fee)
    }

    /// What a lot's other price comes to.
    fn priced(&mut self, steps: i64, ticks: i64) -> Result<Money, Overflow> {
        let amount = self.valuer.unit.times(i128::from(ticks) * i128::from(steps))?;
        let price = &mut self.apart.price;
        price.worst = if price.lots == 0 { ticks } else { price.worst.min(ticks) };
        price.best = if price.lots == 0 { ticks } else { price.best.max(ticks) };
        price.lots += 1;
        price.steps += steps;
        price.ticks_steps += i128::from(ticks) * i128::from(steps);
        price.absolute = price.absolute.checked_add(amount.abs())?;
        Ok(amount)
    }

    fn rests(&mut self, side: Side, log: &[Rest], simulated: &[Rest]) -> Result<(), Overflow> {
        let mut amount = Money::ZERO;
        for rest in log {
            amount = amount.checked_add(self.valuer.rest(side, rest)?)?;
        }
        for rest in simulated {
            amount = amount.checked_sub(self.valuer.rest(side, rest)?)?;
        }
        let steps: i64 = log.iter().chain(simulated).map(|rest| rest.steps).sum();
        self.add(Cause::Quantity, u64::from(0 < steps), steps, amount)
    }
}

impl Marks {
    /// The run's mark, from the best prices at its end, and the log's own where it states one.
    ///
    /// # Errors
    /// [`Overflow`] when an amount of the instrument cannot be held.
    pub fn new(bid: Price, ask: Price, log_twice: Option<i64>, instrument: &Instrument) -> Result<Self, Overflow> {
        let unit = instrument.tick_step_value()?;
        let run_twice = exact(bid.ticks() + ask.ticks(), unit);
        Ok(Self { run_twice, log_twice: log_twice.map_or(run_twice, |twice| exact(twice, unit)) })
    }
}
