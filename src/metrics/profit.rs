use super::scale::{Scale, accumulate, accumulate_narrow, half_ticks_below, mid_x2};
use super::{Metric, ProfitSplit};
use crate::model::{Booking, Charge, Fill, Side};
use crate::units::{Money, Overflow};

/// Why a run without funding has no figure of it.
pub(super) const NO_FUNDING: &str = "funding is not simulated";

/// Sums spread capture and inventory in half ticks x steps, apart from the equity in the journal's marks.
///
/// Equity is cash plus position at mid. Between two instants it changes by what mid changes do to the position held, by
/// side x (mid - price) x quantity at fills, and by fees; the sum telescopes whatever mids are used on the way.
#[derive(Debug, Clone)]
pub(super) struct ProfitFold {
    position: i64,
    mid_x2: Option<i64>,
    capture_x2: i128,
    inventory_x2: i128,
    fees: Money,
    /// Funding received; `None` while nothing was said of any.
    funding: Option<Money>,
    /// Corrections by hand; `None` while there was none.
    adjustments: Option<Money>,
    /// What busts and corrections brought, in half ticks x steps; `None` while there was none.
    set_right_x2: Option<i128>,
    /// Equity at the start, and what the owner has put in since.
    start: Money,
    /// Start to first mark of an opening position, whose first mid nobody wrote down.
    opening: Opening,
    /// Journalled equity at the last mark, and the sums at that moment.
    marked: (Money, Money),
    checked: u64,
    unchecked: u64,
    fills_without_mid: u64,
}

/// What the opening position did before the first mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opening {
    /// Not known before the first mark.
    Unknown,
    /// Known; zero without an opening position.
    Known(Money),
}

/// Journalled and computed equity that differ.
pub(super) struct Unequal {
    pub journalled: Money,
    pub computed: Money,
}

impl ProfitFold {
    pub(super) fn new(start: Money, position: i64) -> Self {
        Self {
            position,
            mid_x2: None,
            capture_x2: 0,
            inventory_x2: 0,
            fees: Money::ZERO,
            funding: None,
            adjustments: None,
            set_right_x2: None,
            start,
            opening: if position == 0 { Opening::Known(Money::ZERO) } else { Opening::Unknown },
            marked: (start, Money::ZERO),
            checked: 0,
            unchecked: 0,
            fills_without_mid: 0,
        }
    }

    pub(super) const fn position(&self) -> i64 {
        self.position
    }

    /// Twice the mid last seen.
    pub(super) const fn mid_x2(&self) -> Option<i64> {
        self.mid_x2
    }

    #[inline]
    pub(super) fn move_mid(&mut self, mid_x2: i64) -> Result<(), Overflow> {
        let last = self.mid_x2.unwrap_or(mid_x2);
        self.inventory_x2 = match mid_x2.checked_sub(last) {
            Some(change) => accumulate_narrow("inventory profit", self.inventory_x2, self.position, change)?,
            None => self.moved_far(i128::from(mid_x2) - i128::from(last))?,
        };
        self.mid_x2 = Some(mid_x2);
        Ok(())
    }

    /// The inventory profit after a change of the mid beyond 64 bits.
    #[cold]
    #[inline(never)]
    fn moved_far(&self, change: i128) -> Result<i128, Overflow> {
        accumulate("inventory profit", self.inventory_x2, i128::from(self.position), change)
    }

    pub(super) fn fill(&mut self, side: Side, fill: &Fill) -> Result<(), Overflow> {
        match mid_x2(&fill.best) {
            Some(mid_x2) => self.move_mid(mid_x2)?,
            None => self.fill_without_mid(fill)?,
        }
        let price = fill.price.ticks();
        let edge = half_ticks_below(price, self.mid_x2.unwrap_or_default());
        match (edge, side.sign().checked_mul(fill.quantity.steps())) {
            (Some(edge), Some(quantity)) => {
                self.capture_x2 = accumulate_narrow("spread capture", self.capture_x2, quantity, edge)?;
                self.fees = self.fees.checked_add(fill.fee)?;
                let position = self.position.checked_add(quantity);
                self.position = position.ok_or_else(|| Overflow::new("position", self.position, quantity))?;
                Ok(())
            }
            _ => self.fill_wide(side, fill),
        }
    }

    /// A fill whose price or quantity is so large that it takes more than 64 bits to reckon with.
    #[cold]
    #[inline(never)]
    fn fill_wide(&mut self, side: Side, fill: &Fill) -> Result<(), Overflow> {
        let edge = i128::from(self.mid_x2.unwrap_or_default()) - 2 * i128::from(fill.price.ticks());
        let quantity = i128::from(side.sign()) * i128::from(fill.quantity.steps());
        self.capture_x2 = accumulate("spread capture", self.capture_x2, quantity, edge)?;
        self.fees = self.fees.checked_add(fill.fee)?;
        let position = accumulate("position", i128::from(self.position), quantity, 1)?;
        self.position = i64::try_from(position).map_err(|_| Overflow::new("position", self.position, quantity))?;
        Ok(())
    }

    /// What sets a fill right, at the mid last seen: none of what was captured or made before is taken out of where it stands.
    pub(super) fn set_right(&mut self, booking: &Booking) -> Result<(), Overflow> {
        let price_x2 = 2 * i128::from(booking.price.ticks());
        let edge = self.mid_x2.map_or(0, |mid_x2| i128::from(mid_x2) - price_x2);
        let signed = i128::from(booking.side.sign()) * i128::from(booking.quantity.steps());
        let before = self.set_right_x2.unwrap_or_default();
        self.set_right_x2 = Some(accumulate("busts and corrections", before, signed, edge)?);
        self.fees = self.fees.checked_add(booking.fee)?;
        let position = accumulate("position", i128::from(self.position), signed, 1)?;
        self.position = i64::try_from(position).map_err(|_| Overflow::new("position", self.position, signed))?;
        Ok(())
    }

    /// The venue moved `amount` of quote without a fill.
    pub(super) fn charged(&mut self, charge: Charge, amount: Money) -> Result<(), Overflow> {
        match charge {
            Charge::Funding => self.funding = Some(self.funding.unwrap_or_default().checked_add(amount)?),
            Charge::Fee => self.fees = self.fees.checked_sub(amount)?,
            Charge::Adjustment => {
                self.adjustments = Some(self.adjustments.unwrap_or_default().checked_add(amount)?);
            }
        }
        Ok(())
    }

    /// The owner put `amount` in (took it out, if negative): capital, no profit.
    pub(super) fn allocated(&mut self, amount: Money) -> Result<(), Overflow> {
        self.start = self.start.checked_add(amount)?;
        self.marked.0 = self.marked.0.checked_add(amount)?;
        Ok(())
    }

    /// The mid stays where it was; before the first one the price stands for it.
    #[inline(never)]
    fn fill_without_mid(&mut self, fill: &Fill) -> Result<(), Overflow> {
        let price_x2 = 2 * i128::from(fill.price.ticks());
        self.fills_without_mid += 1;
        let narrow = i64::try_from(price_x2).map_err(|_| Overflow::new("twice a price", price_x2, 2))?;
        self.move_mid(self.mid_x2.unwrap_or(narrow))
    }

    /// Profit since the start as the sum of its parts.
    pub(super) fn computed(&self, scale: &Scale) -> Result<Money, Overflow> {
        let (capture, inventory) = (self.capture_x2, self.inventory_x2);
        let moved =
            capture.checked_add(inventory).and_then(|sum| sum.checked_add(self.set_right_x2.unwrap_or_default()));
        let moved = moved.ok_or_else(|| Overflow::new("profit", capture, inventory))?;
        scale.quote_of_halves(moved)?.checked_sub(self.fees)?.checked_add(self.beside()?)
    }

    /// What came without fills, fees apart.
    fn beside(&self) -> Result<Money, Overflow> {
        self.funding.unwrap_or_default().checked_add(self.adjustments.unwrap_or_default())
    }

    /// Compares a mark with the sum of the parts. A mark without a mid cannot be compared: its equity is taken as it
    /// is.
    pub(super) fn mark(
        &mut self,
        mid_x2: Option<i64>,
        equity: Money,
        scale: &Scale,
    ) -> Result<Option<Unequal>, Overflow> {
        let Some(mid_x2) = mid_x2 else {
            self.unchecked += 1;
            self.marked = (equity, self.computed(scale)?);
            return Ok(None);
        };
        self.move_mid(mid_x2)?;
        let profit = self.computed(scale)?;
        self.marked = (equity, profit);
        let since_start = equity.checked_sub(self.start)?;
        let Opening::Known(opening) = self.opening else {
            self.opening = Opening::Known(since_start.checked_sub(profit)?);
            return Ok(None);
        };
        self.checked += 1;
        let computed = self.start.checked_add(opening)?.checked_add(profit)?;
        let difference = equity.checked_sub(computed)?.atto().unsigned_abs();
        Ok((difference > 1).then_some(Unequal { journalled: equity, computed }))
    }

    /// Equity now: that of the last mark, plus what fills did since.
    pub(super) fn equity(&self, scale: &Scale) -> Result<Money, Overflow> {
        let (equity, profit) = self.marked;
        equity.checked_add(self.computed(scale)?.checked_sub(profit)?)
    }

    pub(super) fn finish(&self, scale: &Scale) -> Result<ProfitSplit, Overflow> {
        let total = self.equity(scale)?.checked_sub(self.start)?;
        let spread_capture = scale.quote_of_halves(self.capture_x2)?;
        let set_right = self.set_right_x2.map(|halves| scale.quote_of_halves(halves)).transpose()?;
        let beside = self.beside()?.checked_add(set_right.unwrap_or_default())?;
        Ok(ProfitSplit {
            total,
            spread_capture,
            inventory: total.checked_sub(spread_capture)?.checked_add(self.fees)?.checked_sub(beside)?,
            fees: self.fees,
            funding: Metric::from_option(self.funding, NO_FUNDING),
            adjustments: self.adjustments,
            set_right,
            marks_checked: self.checked,
            marks_unchecked: self.unchecked,
            fills_without_mid: self.fills_without_mid,
        })
    }
}
