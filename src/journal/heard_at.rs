use super::{Entry, JournalError};
use crate::model::{MarketId, WireEvent};
use crate::units::Timestamp;
use std::collections::BTreeMap;

/// When the bot learned of reports that did not reach it when they were made. A journal is written as things happen, and so says that
/// behind them; whoever asks what the bot knew has to know it beforehand.
#[derive(Debug, Clone, Default)]
pub struct HeardAt(BTreeMap<(MarketId, u64), Timestamp>);

impl HeardAt {
    /// Reads it out of a journal.
    ///
    /// # Errors
    /// The first error of the journal.
    pub fn of(entries: impl IntoIterator<Item = Result<Entry, JournalError>>) -> Result<Self, JournalError> {
        let mut told = Self::default();
        for entry in entries {
            told.note(&entry?);
        }
        Ok(told)
    }

    /// The same of entries at hand.
    #[must_use]
    pub fn of_entries(entries: &[Entry]) -> Self {
        let mut told = Self::default();
        entries.iter().for_each(|entry| told.note(entry));
        told
    }

    fn note(&mut self, entry: &Entry) {
        if let Entry::Wire { at, market, event: WireEvent::Heard(report), .. } = entry {
            self.0.entry((*market, *report)).or_insert(*at);
        }
    }

    /// The entries of the same journal, each report saying when the bot learned of it; the end of time where it never did.
    pub fn within<I: Iterator<Item = Result<Entry, JournalError>>>(self, entries: I) -> WithHeardAt<I> {
        WithHeardAt { entries, heard_at: self, reports: BTreeMap::new() }
    }
}

/// See [`HeardAt::within`].
#[derive(Debug)]
pub struct WithHeardAt<I> {
    entries: I,
    heard_at: HeardAt,
    /// Reports of each market so far.
    reports: BTreeMap<MarketId, u64>,
}

impl<I: Iterator<Item = Result<Entry, JournalError>>> Iterator for WithHeardAt<I> {
    type Item = Result<Entry, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut entry = self.entries.next()?;
        if let Ok(Entry::Venue(report)) = &mut entry {
            let number = self.reports.entry(report.market).or_default();
            *number += 1;
            // A reply can tell of it before its own message comes.
            let heard_at = self.heard_at.0.get(&(report.market, *number)).copied().unwrap_or(Timestamp::MAX);
            report.reported_at = report.reported_at.min(heard_at);
        }
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ClientOrderId, ExecutionReport, OrderId, ReportKind, Side};
    use crate::units::Quantity;

    fn report(market: MarketId, reported_at: Timestamp) -> Entry {
        let at = Timestamp::from_nanos(1);
        Entry::Venue(ExecutionReport {
            market,
            client_order_id: ClientOrderId(1),
            order_id: OrderId(1),
            side: Side::Buy,
            kind: ReportKind::Accepted,
            executed: Quantity::ZERO,
            open: Quantity::ZERO,
            sent_at: at,
            arrived_at: at,
            matched_at: at,
            reported_at,
        })
    }

    #[test]
    fn reports_say_when_they_were_heard_of() {
        let heard = |nanos: i64, market, number| Entry::Wire {
            at: Timestamp::from_nanos(nanos),
            market,
            client_order_id: ClientOrderId(1),
            event: WireEvent::Heard(number),
        };
        let (one, two) = (MarketId::FIRST, MarketId(1));
        let entries = [
            report(one, Timestamp::from_nanos(5)),
            report(two, Timestamp::MAX),
            report(one, Timestamp::MAX),
            report(one, Timestamp::MAX),
            heard(9, one, 2),
            heard(10, two, 1),
            heard(11, one, 2),
            heard(12, one, 1),
        ];
        let told = HeardAt::of_entries(&entries).within(entries.iter().copied().map(Ok));
        let found: Vec<i64> = told
            .filter_map(|entry| match entry {
                Ok(Entry::Venue(report)) => Some(report.reported_at.nanos()),
                _ => None,
            })
            .collect();
        assert_eq!(found, [5, 10, 9, i64::MAX], "the first hearing counts, and only of what was not told in time");
    }
}
