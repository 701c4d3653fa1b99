use crate::model::row;
use crate::tape::{Batch, BatchSource, RowBatch, TapeError, TapeHeader};
use crate::units::Timestamp;

/// A stretch of the bot's clock in which nothing of a market reaches it. Then all of it arrives; or, where the connection is lost,
/// a snapshot of the book in one message, and none of the trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stall {
    /// The first instant at which nothing arrives.
    pub from: Timestamp,
    /// When everything does that was held up, or the feed is back.
    pub until: Timestamp,
    /// The connection is lost, and with it every trade.
    pub loses: bool,
}

/// A market whose feed stalls. Bars are heard of when they close and cannot stall.
///
/// Where the model lies: after a lost connection the book is known again in the instant in which the feed is back, but only where some
/// level has changed meanwhile; a market without a book is known again by its next trade.
pub struct Stalled {
    source: Box<dyn BatchSource>,
    /// In order of time, apart from each other.
    stalls: Vec<Stall>,
}

impl Stalled {
    /// The market of `source` with these stalls; those that overlap are one, and lose all that they hold up if one of them does.
    #[must_use]
    pub fn new(source: Box<dyn BatchSource>, stalls: &[Stall]) -> Self {
        let mut sorted: Vec<Stall> = stalls.iter().filter(|stall| stall.from < stall.until).copied().collect();
        sorted.sort_by_key(|stall| stall.from);
        let mut apart: Vec<Stall> = Vec::with_capacity(sorted.len());
        for stall in sorted {
            match apart.last_mut().filter(|last| stall.from <= last.until) {
                Some(last) => {
                    last.until = last.until.max(stall.until);
                    last.loses |= stall.loses;
                }
                None => apart.push(stall),
            }
        }
        Self { source, stalls: apart }
    }

    /// The stall that holds up what would arrive at `at`.
    fn stall(&self, at: i64) -> Option<&Stall> {
        let next = self.stalls.partition_point(|stall| stall.from.nanos() <= at);
        let stall = next.checked_sub(1).and_then(|place| self.stalls.get(place))?;
        (at < stall.until.nanos()).then_some(stall)
    }

    /// Moves what is held up, and marks what is missed.
    fn hold_up(&self, batch: &mut RowBatch) {
        let arrives = |at: &i64| self.stall(*at).map_or(*at, |stall| stall.until.nanos());
        let is_missed = |at: &i64| self.stall(*at).is_some_and(|stall| stall.loses);
        if batch.local_at.iter().any(is_missed) {
            let rows = batch.flags.iter().zip(batch.local_at.iter());
            batch.flags = rows.map(|(flags, at)| if is_missed(at) { flags | row::MISSED } else { *flags }).collect();
        }
        batch.local_at = batch.local_at.iter().map(arrives).collect();
    }

    /// True when a row of the batch is held up.
    fn concerns(&self, batch: &RowBatch) -> bool {
        batch.local_at.iter().any(|at| self.stall(*at).is_some())
    }
}

impl BatchSource for Stalled {
    fn header(&self) -> &TapeHeader {
        self.source.header()
    }

    fn batch(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        Ok(match self.source.batch(index)? {
            Some(Batch::Rows(mut batch)) if self.concerns(&batch) => {
                self.hold_up(&mut batch);
                Some(Batch::Rows(batch))
            }
            other => other,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::{SimpleMarket, SimpleMarketConfig};
    use crate::units::{MINUTE, SECOND, Span};

    fn market() -> Box<dyn BatchSource> {
        let config = SimpleMarketConfig { duration: MINUTE, ..SimpleMarketConfig::default() };
        Box::new(SimpleMarket::new(&config, 1))
    }

    fn arrivals(source: &mut dyn BatchSource) -> Vec<(i64, i64)> {
        let mut all = Vec::new();
        for index in 0.. {
            let Some(Batch::Rows(batch)) = source.batch(index).expect("rows") else { break };
            all.extend(batch.venue_at.iter().copied().zip(batch.local_at.iter().copied()));
        }
        all
    }

    #[test]
    fn what_a_stall_holds_up_arrives_at_its_end_and_nothing_else_moves() {
        let plain = arrivals(market().as_mut());
        let start = market().header().first_at;
        let at = |seconds: i64| start.plus(SECOND.times(seconds));
        let stalls = [
            Stall { from: at(40), until: at(45), loses: false },
            Stall { from: at(10), until: at(12), loses: false },
            Stall { from: at(11), until: at(15), loses: false },
            Stall { from: at(20), until: at(20), loses: false },
        ];
        let late = arrivals(&mut Stalled::new(market(), &stalls));
        assert_eq!(late.len(), plain.len());
        let mut moved = 0;
        for ((venue_at, arrives), (same_venue_at, heard)) in plain.iter().zip(&late) {
            assert_eq!(venue_at, same_venue_at);
            let seconds = |from, until| (at(from).nanos()..at(until).nanos()).contains(arrives);
            let expected = match (seconds(10, 15), seconds(40, 45)) {
                (true, _) => at(15).nanos(),
                (_, true) => at(45).nanos(),
                _ => *arrives,
            };
            assert_eq!(*heard, expected, "a row that arrives {}", Span::from_nanos(arrives - start.nanos()));
            moved += u32::from(heard != arrives);
        }
        assert!(moved > 100, "{moved} rows were held up");
        assert!(late.is_sorted_by_key(|(_, heard)| *heard), "nothing overtakes");
    }
}
