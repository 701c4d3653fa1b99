use super::world::fold;
use crate::journal::Entry;
use crate::journal::tests::drawn::entry;
use crate::metrics::MetricsError;
use crate::model::MarketId;
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

#[test]
fn a_journal_without_a_start_is_refused() {
    assert_eq!(fold(&[]), Err(MetricsError::NoStart { entry: 0, found: "end of journal" }));
    let end = Entry::End { at: Timestamp::default(), rows: 0, messages: 0 };
    assert_eq!(fold(&[end]), Err(MetricsError::NoStart { entry: 0, found: "end" }));
}
