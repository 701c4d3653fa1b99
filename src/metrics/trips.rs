use super::scale::Scale;
use super::{Metric, TradeStatistics};
use crate::model::{Booking, Fill, Side};
use crate::units::{Money, Overflow, Span, Timestamp};
use std::cmp::Ordering;

const NO_TRIP: &str = "no closed round trip";
const NO_DECISION: &str = "no round trip with a profit or a loss";
const NO_LOSS: &str = "no losing round trip";
const NO_WIN: &str = "no winning round trip";

/// Follows round trips from flat to flat.
#[derive(Debug, Clone)]
pub(super) struct RoundTrips {
    position: i64,
    /// Cash of the open trip: sales minus purchases minus fees.
    cash: Money,
    opened_at: Timestamp,
    /// The open trip began before the run.
    is_unknown: bool,
    began_open: bool,
    wins: Tally,
    losses: Tally,
    scratches: u64,
    best: Option<Money>,
    worst: Option<Money>,
    held_ns: i128,
}

/// Count and sum.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    count: u64,
    sum: Money,
}

impl Tally {
    fn add(&mut self, amount: Money) -> Result<(), Overflow> {
        self.count += 1;
        self.sum = self.sum.checked_add(amount)?;
        Ok(())
    }

    fn join(&mut self, other: &Self) -> Result<(), Overflow> {
        self.count += other.count;
        self.sum = self.sum.checked_add(other.sum)?;
        Ok(())
    }

    fn mean(self) -> f64 {
        self.sum.to_f64() / self.count as f64
    }
}

impl RoundTrips {
    pub(super) fn new(position: i64) -> Self {
        Self {
            position,
            cash: Money::ZERO,
            opened_at: Timestamp::MIN,
            is_unknown: position != 0,
            began_open: position != 0,
            wins: Tally::default(),
            losses: Tally::default(),
            scratches: 0,
            best: None,
            worst: None,
            held_ns: 0,
        }
    }

    /// Adds the round trips of another market.
    pub(super) fn join(&mut self, other: &Self) -> Result<(), Overflow> {
        let most = |one: Option<Money>, other: Option<Money>| one.max(other);
        let least = |one: Option<Money>, other: Option<Money>| one.into_iter().chain(other).min();
        self.wins.join(&other.wins)?;
        self.losses.join(&other.losses)?;
        self.scratches += other.scratches;
        (self.best, self.worst) = (most(self.best, other.best), least(self.worst, other.worst));
        self.held_ns += other.held_ns;
        self.began_open |= other.began_open;
        // Only whether something is open is asked of the sum.
        self.position |= i64::from(other.position != 0);
        Ok(())
    }

    pub(super) fn fill(&mut self, at: Timestamp, side: Side, fill: &Fill, scale: &Scale) -> Result<(), Overflow> {
        self.book(at, &Booking::of(side, fill), scale)
    }

    /// A fill, or what sets one right, which is a trade like any other here: a round trip that it takes a part of was what it was.
    #[inline]
    pub(super) fn book(&mut self, at: Timestamp, fill: &Booking, scale: &Scale) -> Result<(), Overflow> {
        let side = fill.side;
        let quantity = fill.quantity.steps();
        let signed = side.sign().checked_mul(quantity).ok_or_else(|| Overflow::new("fill", side.sign(), quantity))?;
        let is_reducing = self.position.signum() * signed.signum() < 0;
        let closing = if is_reducing { signed.signum() * magnitude(signed).min(magnitude(self.position)) } else { 0 };
        // The fee of a fill that turns the position is shared by quantity; the odd 10^-18 falls on the opening part.
        let closing_fee = share(fill.fee, magnitude(closing), magnitude(signed))?;
        if closing != 0 {
            self.part(at, fill.price.ticks(), closing, closing_fee, scale)?;
        }
        let opening_fee = fill.fee.checked_sub(closing_fee)?;
        match signed - closing {
            0 => Ok(()),
            opening => self.part(at, fill.price.ticks(), opening, opening_fee, scale),
        }
    }

    /// A fill has another price: what is paid more belongs to the open trip; a trip that has ended was what it was.
    pub(super) fn correct(&mut self, [back, instead]: [Booking; 2], scale: &Scale) -> Result<(), Overflow> {
        for booking in [back, instead].into_iter().filter(|_| self.position != 0) {
            let paid = scale.quote(i128::from(booking.price.ticks()) * booking.signed())?;
            self.cash = self.cash.checked_sub(paid)?.checked_sub(booking.fee)?;
        }
        Ok(())
    }

    /// One fill's part that does not cross zero.
    #[inline(never)]
    fn part(&mut self, at: Timestamp, price: i64, signed: i64, fee: Money, scale: &Scale) -> Result<(), Overflow> {
        if self.position == 0 {
            (self.cash, self.opened_at, self.is_unknown) = (Money::ZERO, at, false);
        }
        let paid = scale.quote(i128::from(price) * i128::from(signed))?;
        self.cash = self.cash.checked_sub(paid)?.checked_sub(fee)?;
        let position = self.position.checked_add(signed);
        self.position = position.ok_or_else(|| Overflow::new("position", self.position, signed))?;
        if self.position == 0 && !self.is_unknown {
            self.close(at)?;
        }
        Ok(())
    }

    fn close(&mut self, at: Timestamp) -> Result<(), Overflow> {
        let result = self.cash;
        self.held_ns += i128::from(at.since(self.opened_at).nanos());
        self.best = Some(self.best.map_or(result, |best| best.max(result)));
        self.worst = Some(self.worst.map_or(result, |worst| worst.min(result)));
        match result.cmp(&Money::ZERO) {
            Ordering::Greater => self.wins.add(result),
            Ordering::Less => self.losses.add(Money::ZERO.checked_sub(result)?),
            Ordering::Equal => {
                self.scratches += 1;
                Ok(())
            }
        }
    }

    pub(super) fn finish(&self) -> Result<TradeStatistics, Overflow> {
        let (wins, losses) = (self.wins, self.losses);
        let closed = wins.count + losses.count + self.scratches;
        let net = wins.sum.checked_sub(losses.sum)?;
        let missing = if wins.count == 0 { NO_WIN } else { NO_LOSS };
        let decided = (wins.count + losses.count) as f64;
        let payoff = match (wins.count, losses.count) {
            (0, _) | (_, 0) => Metric::undefined(missing),
            _ => Metric::ratio(wins.mean(), losses.mean(), NO_LOSS),
        };
        Ok(TradeStatistics {
            closed,
            wins: wins.count,
            losses: losses.count,
            scratches: self.scratches,
            is_open: self.position != 0,
            began_open: self.began_open,
            win_rate: Metric::ratio(wins.count as f64, decided, NO_DECISION),
            payoff,
            profit_factor: Metric::ratio(wins.sum.to_f64(), losses.sum.to_f64(), NO_LOSS),
            expectancy: mean_of(net, closed),
            gross_profit: wins.sum,
            gross_loss: losses.sum,
            best: Metric::from_option(self.best, NO_TRIP),
            worst: Metric::from_option(self.worst, NO_TRIP),
            mean_holding: self.mean_holding(closed),
        })
    }

    fn mean_holding(&self, closed: u64) -> Metric<Span> {
        let mean = self.held_ns.checked_div(i128::from(closed)).and_then(|mean| i64::try_from(mean).ok());
        Metric::from_option(mean.map(Span::from_nanos), NO_TRIP)
    }
}

const fn magnitude(steps: i64) -> i64 {
    steps.saturating_abs()
}

fn mean_of(sum: Money, count: u64) -> Metric<Money> {
    Metric::from_option(sum.atto().checked_div(i128::from(count)).map(Money::from_atto), NO_TRIP)
}

/// `part / whole` of a fee, toward zero.
fn share(fee: Money, part: i64, whole: i64) -> Result<Money, Overflow> {
    if part == 0 {
        return Ok(Money::ZERO);
    }
    if part == whole {
        return Ok(fee);
    }
    let product = fee.times(i128::from(part))?;
    Ok(Money::from_atto(product.atto().checked_div(i128::from(whole)).unwrap_or_default()))
}
