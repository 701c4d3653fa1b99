//! Mistakes of real bots and simulators that only a market shows, each as it would happen here. The numbers go on from those of the gates.

use crate::commands::{at, script, standing};
use crate::shaker::Why;
use crate::support::{TestRow, random_market};
use crate::world::*;
use proptest::prelude::*;
use seatrial::journal::Entry;
use seatrial::model::{Command, ReportKind, Side};
use seatrial::strategy::{Actions, OrderSpec, Subscriptions, View};
use seatrial::units::{Price, Quantity, SECOND, Span};
use seatrial::venue::Outage;
use std::collections::BTreeSet;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// A paper venue that drops orders in silence: here each order is answered, by an acceptance, a fill or a reject, unless the run
    /// ends while it or its answer travels. While the venue is down, too.
    #[test]
    fn peers_29_no_order_is_dropped_in_silence(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let rows: Vec<TestRow> = random_market(seed, 500);
        let (start, end) = (rows[0].venue_at, rows[rows.len() - 1].local_at);
        let third = Span::from_nanos((end - start) / 3);
        let from = seatrial::units::Timestamp::from_nanos(start).plus(third);
        let lane = LaneSpec {
            preset: PRESETS[number % 4],
            latency: latencies()[number % 3],
            seed,
            outages: vec![Outage { from, until: from.plus(third) }],
            ..LaneSpec::new(shaker(subscriptions(false)[number % 6], seed))
        };
        let entries = play_one(&rows, &AUTO, &lane).entries;
        let answered: BTreeSet<_> = entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::Venue(report) => Some(report.client_order_id),
                _ => None,
            })
            .collect();
        let last = entries.last().map(Entry::at).unwrap_or_default();
        let mut sent = 0;
        for entry in &entries {
            let Entry::OrderSent { at, intent } = entry else { continue };
            sent += 1;
            let travels = last.since(*at) < SECOND;
            prop_assert!(travels || answered.contains(&intent.client_order_id), "{:?} sent at {} has no answer", intent.client_order_id, at);
        }
        // A run in which nothing was sent says nothing.
        prop_assume!(sent > 0);
    }
}

/// Rests an entry far away, cancels it, and from then on only looks.
fn enters_and_cancels(why: Why, view: &View<'_>, actions: &mut Actions) {
    if why != Why::Timer {
        return;
    }
    match view.orders.first() {
        None if view.now.nanos() % SECOND.nanos() == 500_000_000 => {
            actions.submit(OrderSpec::limit(Side::Buy, Price::new(400_000), Quantity::new(10)));
        }
        Some(order) if !order.cancelling => actions.cancel(order.client_order_id),
        _ => {}
    }
}

/// An entry is cancelled, the process restarts before it has heard of that, and believes it filled: it then holds what it never had.
#[test]
fn peers_33_a_cancelled_entry_is_not_believed_filled_by_a_restarted_bot() {
    let subscriptions = Subscriptions { timer: Some(Span::from_nanos(500_000_000)), ..Subscriptions::default() };
    for restart in [Command::RestartWithState, Command::RestartWithoutState] {
        // Sent at 500 ms, cancelled at 1,000, at the venue a millisecond later, heard of 2 ms after that.
        for millis in [1_000, 1_001, 1_002, 1_003, 1_004, 1_250] {
            let lane = LaneSpec {
                commands: script(&[(at(millis), &[restart])]),
                ..LaneSpec::new(Kind::Script(subscriptions, enters_and_cancels))
            };
            let trace = play_one(&standing(), &AUTO, &lane);
            let is_fill =
                |entry: &&Entry| matches!(entry, Entry::Venue(report) if matches!(report.kind, ReportKind::Filled(_)));
            assert_eq!(trace.entries.iter().filter(is_fill).count(), 0);
            for entry in &trace.entries {
                if let Entry::Mark(mark) = entry {
                    assert!(mark.position.is_zero(), "{restart:?} at {millis} ms: {mark:?}");
                }
            }
            let goes_on = trace.entries.iter().filter(|entry| matches!(entry, Entry::OrderSent { .. })).count();
            assert!(goes_on > 3, "{restart:?} at {millis} ms: {goes_on} orders");
        }
    }
}
