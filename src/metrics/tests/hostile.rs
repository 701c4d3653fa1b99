use super::world::{fold, instrument};
use crate::journal::Entry;
use crate::journal::EntrySink;
use crate::journal::tests::drawn::entry;
use crate::metrics::{MetricsError, MetricsOptions, RunFold, Summary};
use crate::model::{Mark, MarketId};
use crate::units::{Money, Quantity, Timestamp};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever a file holds, the answer is figures or an error, and the figures are finite.
    #[test]
    fn any_entries_give_figures_or_an_error(
        mut entries in proptest::collection::vec(entry(), 0..30),
        is_started in any::<bool>(),
    ) {
        if is_started {
            let (at, equity, position) = (Timestamp::default(), Money::from_units(1), Quantity::ZERO);
            entries.insert(0, Entry::Start { at, market: MarketId::FIRST, equity, position });
        }
        if let Ok(summary) = fold(&entries) {
            let json = serde_json::to_string(&summary).expect("plain data");
            prop_assert!(!json.contains("NaN") && !json.contains("inf"));
        }
    }
}

fn fold_two(entries: &[Entry]) -> Result<Summary, MetricsError> {
    let mut fold = RunFold::new(&[instrument(), instrument()], &MetricsOptions::default()).expect("exact scales");
    entries.iter().for_each(|entry| fold.record(entry));
    fold.finish()
}

/// The start of a run of two markets.
fn two_starts() -> Vec<Entry> {
    let (at, equity, position) = (Timestamp::default(), Money::from_units(1), Quantity::ZERO);
    [0, 1].map(|market| Entry::Start { at, market: MarketId(market), equity, position }).to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The same for a run of two markets.
    #[test]
    fn any_entries_of_two_markets_give_figures_or_an_error(
        mut entries in proptest::collection::vec(entry(), 0..30),
        is_started in any::<bool>(),
    ) {
        if is_started {
            entries.splice(0..0, two_starts());
        }
        if let Ok(summary) = fold_two(&entries) {
            let json = serde_json::to_string(&summary).expect("plain data");
            prop_assert!(!json.contains("NaN") && !json.contains("inf"));
        }
    }
}

#[test]
fn entries_of_other_markets_and_marks_out_of_order_are_refused() {
    let mark = |market, equity| {
        let best = super::world::best(99, 101);
        let (at, position) = (Timestamp::default(), Quantity::ZERO);
        let market = MarketId(market);
        Entry::Mark(Mark { market, at, best, position, equity, open_orders: 0, feed_latency_ns: 0 })
    };
    let one = Money::from_units(1);
    let after = |more: &[Entry]| fold_two(&[&two_starts()[..], more].concat());
    assert!(after(&[mark(0, one), mark(1, one), mark(0, one), mark(1, one)]).is_ok());
    assert_eq!(after(&[mark(1, one)]), Err(MetricsError::Market { entry: 2, found: 1, expected: 0 }));
    assert_eq!(after(&[mark(0, one), mark(2, one)]), Err(MetricsError::Market { entry: 3, found: 2, expected: 1 }));
    let more = Money::from_units(2);
    assert_eq!(
        after(&[mark(0, more), mark(1, more)]),
        Err(MetricsError::Equity { entry: 3, journalled: more, computed: one })
    );
    assert_eq!(fold(&two_starts()[1..]), Err(MetricsError::Market { entry: 0, found: 1, expected: 0 }));
    let of_second = [two_starts()[0], mark(1, one)];
    assert_eq!(fold(&of_second), Err(MetricsError::Market { entry: 1, found: 1, expected: 0 }));
}

#[test]
fn a_journal_without_a_start_is_refused() {
    assert_eq!(fold(&[]), Err(MetricsError::NoStart { entry: 0, found: "end of journal" }));
    let end = Entry::End { at: Timestamp::default(), rows: 0, messages: 0 };
    assert_eq!(fold(&[end]), Err(MetricsError::NoStart { entry: 0, found: "end" }));
}
