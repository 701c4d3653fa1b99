use super::scale::Scale;
use crate::journal::Entry;
use crate::model::{Booking, Bust, ExecutionReport, MarketId, REINVESTMENT, ReportKind, Side};
use crate::units::{Money, Overflow, Price, Timestamp};
use serde::Serialize;
use std::collections::{BTreeSet, VecDeque};

/// Entries kept at either end of a run; all are counted.
pub const MOVED_KEPT: usize = 10;

/// Something that moved the account without a fill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// When, venue clock.
    pub at: Timestamp,
    /// At which market.
    pub market: MarketId,
    /// What: the entry's word.
    pub kind: &'static str,
    /// Quote received; negative is paid. Of a bust or correction: what it moved in cash, its fee included.
    pub amount: Money,
    /// What the owner wanted to move, where that was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Money>,
    /// Which event of the scenario, from 1; 0 is a reinvestment.
    pub line: u32,
    /// Which fill was set right, and how, of a bust or correction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fill: Option<SetRight>,
}

/// A fill that was busted or corrected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SetRight {
    /// Number of the fill at its market, from 1.
    pub of: u64,
    /// Whose fill it was.
    pub client_order_id: u64,
    /// Bought or sold.
    pub side: Side,
    /// Quantity, as the venue prints it.
    pub quantity: String,
    /// Price it stood at.
    pub price: String,
    /// Price it stands at now, of a correction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_price: Option<String>,
}

impl SetRight {
    fn of(bust: &Bust, report: &ExecutionReport, new_price: Option<Price>, scale: &Scale) -> Self {
        let price = |price: Price| scale.price_text(price);
        Self {
            of: bust.of,
            client_order_id: report.client_order_id.0,
            side: report.side,
            quantity: scale.quantity_text(bust.quantity),
            price: price(bust.price),
            new_price: new_price.map(price),
        }
    }
}

/// What moved the account without a fill: the first, the last, and how many.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct MovedStatistics {
    /// Entries.
    pub count: u64,
    /// The first ten.
    pub first: Vec<Moved>,
    /// The last ten of those after them.
    pub last: VecDeque<Moved>,
    /// Numbers of the scenario's events that came.
    #[serde(skip)]
    pub lines: BTreeSet<u32>,
}

impl MovedStatistics {
    /// Nothing did.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Takes an entry of the account.
    pub(super) fn take(&mut self, entry: &Entry) {
        match *entry {
            Entry::Charged { at, market, charge, amount, line } => {
                self.keep(Moved { at, market, kind: charge.as_str(), amount, refused: None, line, fill: None });
            }
            Entry::Allocated { at, market, asked, amount, line } => {
                let refused = (asked != amount).then_some(asked);
                // That a day had nothing to move is no news, and would push out what was moved.
                if line == REINVESTMENT && asked == Money::ZERO {
                    return;
                }
                let kind = if line == REINVESTMENT { "reinvestment" } else { "allocation" };
                self.keep(Moved { at, market, kind, amount, refused, line, fill: None });
            }
            _ => {}
        }
    }

    /// A fill at `market` was set right.
    pub(super) fn set_right(
        &mut self,
        report: &ExecutionReport,
        market: MarketId,
        scale: &Scale,
    ) -> Result<(), Overflow> {
        let (kind, bust, new_price) = match &report.kind {
            ReportKind::Busted(bust) => ("bust", bust, None),
            ReportKind::Corrected(correction) => ("correction", &correction.was, Some(correction.price)),
            _ => return Ok(()),
        };
        let received = |sum: Money, booking: Booking| {
            let paid = scale.quote(i128::from(booking.price.ticks()) * booking.signed())?;
            sum.checked_sub(paid)?.checked_sub(booking.fee)
        };
        let amount = report.kind.bookings(report.side).try_fold(Money::ZERO, received)?;
        let fill = Some(SetRight::of(bust, report, new_price, scale));
        self.keep(Moved { at: report.matched_at, market, kind, amount, refused: None, line: bust.line, fill });
        Ok(())
    }

    fn keep(&mut self, moved: Moved) {
        self.count += 1;
        self.lines.insert(moved.line);
        if self.first.len() < MOVED_KEPT {
            return self.first.push(moved);
        }
        if self.last.len() == MOVED_KEPT {
            self.last.pop_front();
        }
        self.last.push_back(moved);
    }
}
