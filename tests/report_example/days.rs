//! Seven days of operation: a calm one, one with an outage, one with a breaker.

use super::{START, money};
use seatrial::metrics::DaySummary;
use seatrial::units::{DAY, MINUTE, Span, Timestamp};

/// Orders sent, fills, faults and profit of a day; minutes in which the venue could not be used, and in which the bot could not act.
type Told = (u64, u64, u64, &'static str, i64, i64);

const DAYS: [Told; 7] = [
    (140_210, 2_410, 0, "412.88", 0, 0),
    (139_874, 2_391, 12, "-120.4", 3, 1),
    (141_002, 2_507, 0, "655.03", 0, 0),
    (98_417, 1_702, 220, "890.11", 214, 31),
    (140_551, 2_466, 4, "-301.27", 1, 0),
    (137_920, 2_308, 9, "77.9", 2, 12),
    (139_003, 2_420, 0, "230.17", 0, 0),
];

pub fn seven() -> Vec<DaySummary> {
    (0..).zip(DAYS).map(|(number, told)| day(number, told)).collect()
}

fn day(number: i64, (sent, fills, faults, profit, unusable, unable): Told) -> DaySummary {
    let less = |from: Span, minutes: i64| Span::from_nanos(from.nanos() - MINUTE.times(minutes).nanos());
    let usable = less(DAY, unusable);
    DaySummary {
        day: Timestamp::from_nanos(START).plus(DAY.times(number)),
        covered: DAY,
        usable,
        able: less(usable, unable),
        sent,
        accepted: sent - faults / 2 - 3,
        injected: faults / 2,
        rejected: 3,
        refused: 40,
        requests_rejected: 1,
        fills,
        faults,
        reconnects: faults / 10,
        feed_breaks: faults / 20,
        trips: u64::from(unable > 10),
        alerts: faults / 4,
        profit: money(profit),
        drawdown: money("211.4"),
        exposure: money("31204.5"),
    }
}
