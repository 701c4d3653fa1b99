//! When an alert has to be raised, by hand: exactly at its limit it has not, one unit above it has.

use crate::support::{MemoryMarket, TestRow, instrument};
use seatrial::audit::{AlertAudit, AlertSetup, AuditAlert, AuditMarket, AuditSetup, audit_entries};
use seatrial::journal::Entry;
use seatrial::model::{
    AlertId, BestPrices, ClientOrderId, ExecutionReport, Fill, Level, Liquidity, Mark, MarketId, OrderId, ReportKind,
    Side,
};
use seatrial::units::{MILLISECOND, Money, Price, Quantity, SECOND, Span, Timestamp};

const T0: i64 = 1_700_000_000_000_000_000;
const MS: i64 = 1_000_000;
/// One step at this mid is worth 60.
const MID: i64 = 600_000;
const QUOTE: i128 = 1_000_000_000_000_000_000;
const PERCENT: i128 = 10_000_000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_nanos(T0 + millis * MS)
}

/// What the account is at a second: steps held, mid, equity.
type Held = (i64, i64, i64);

/// A mark a second, from the first on.
fn marks(held: &[Held]) -> Vec<Entry> {
    let mark = |(second, &(steps, mid, equity)): (i64, &Held)| {
        let level = Some(Level { price: Price::new(mid), quantity: Quantity::new(1) });
        Entry::Mark(Mark {
            market: MarketId::FIRST,
            at: at(second * 1_000),
            best: BestPrices { bid: level, ask: level },
            position: Quantity::new(steps),
            equity: Money::from_units(equity),
            open_orders: 0,
            feed_latency_ns: 0,
        })
    };
    (1..).zip(held).map(mark).collect()
}

/// A report by its stamps in milliseconds: sent, arrived, matched, reported.
fn report(id: u64, [sent, arrived, matched, reported]: [i64; 4], side: Side, kind: ReportKind) -> Entry {
    let executed = match &kind {
        ReportKind::Filled(fill) => fill.quantity,
        _ => Quantity::ZERO,
    };
    Entry::Venue(ExecutionReport {
        market: MarketId::FIRST,
        client_order_id: ClientOrderId(id),
        order_id: OrderId(id),
        side,
        kind,
        executed,
        open: Quantity::ZERO,
        sent_at: at(sent),
        arrived_at: at(arrived),
        matched_at: at(matched),
        reported_at: at(reported),
    })
}

/// A fill without a fee that the bot hears of at once.
fn fill(id: u64, millis: i64, side: Side, price: i64, steps: i64) -> Entry {
    let fill = Fill {
        price: Price::new(price),
        quantity: Quantity::new(steps),
        liquidity: Liquidity::Taker,
        fee: Money::ZERO,
        best: BestPrices::default(),
    };
    report(id, [millis; 4], side, ReportKind::Filled(fill))
}

fn instant(entry: &Entry) -> i64 {
    match entry {
        Entry::Mark(mark) => mark.at.nanos(),
        Entry::Venue(report) => report.matched_at.nanos(),
        Entry::CancelSent { at, .. } => at.nanos(),
        _ => T0,
    }
}

/// When the last of an entry is over: a report, when the bot hears of it.
fn last_of(entry: &Entry) -> i64 {
    match entry {
        Entry::Venue(report) => report.reported_at.nanos(),
        _ => instant(entry),
    }
}

/// A run that starts with nothing held and 1,000 of quote.
fn run(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by_key(instant);
    let (market, equity) = (MarketId::FIRST, Money::from_units(1_000));
    entries.insert(0, Entry::Start { at: at(0), market, equity, position: Quantity::ZERO });
    let end = entries.iter().map(last_of).max().unwrap_or(T0);
    entries.push(Entry::End { at: Timestamp::from_nanos(end), rows: 0, messages: 0 });
    entries
}

/// Those alerts over these limits, of which nothing is said.
fn audited(alerts: &[(u8, i128)], entries: &[Entry], rows: &[TestRow]) -> Vec<AlertAudit> {
    let alert = |&(id, limit): &(u8, i128)| {
        let severity = if matches!(id, 4 | 8..) { "critical" } else { "warning" };
        AuditAlert { id: AlertId(id), name: id.to_string(), severity: severity.to_owned(), limit }
    };
    let alerts = AlertSetup {
        alerts: alerts.iter().map(alert).collect(),
        within: SECOND.times(5),
        remind_after: SECOND.times(300),
        clock: SECOND,
        risk_clock: SECOND,
        is_deaf: false,
    };
    let market = AuditMarket { instrument: instrument(), opening_price: None, rows: None };
    let setup = AuditSetup { markets: vec![market], alerts, ..AuditSetup::default() };
    audit_entries(&setup, entries, Some(vec![&mut MemoryMarket::new(rows)])).unwrap().alerts
}

/// A sound book that is heard of once, at the start.
fn heard_once() -> Vec<TestRow> {
    vec![TestRow::depth(T0, T0, Side::Buy, MID - 1, 9).more(), TestRow::depth(T0, T0, Side::Sell, MID + 1, 9)]
}

/// `limit` is reached and not passed; one unit less is passed once.
fn check(what: &str, id: u8, limit: i128, entries: &[Entry]) {
    for (limit, expected) in [(limit, 0), (limit - 1, 1)] {
        // Attempts to get a feed back begin when it has been silent for 10 s.
        let silence = (8, i128::from(SECOND.times(10).nanos()));
        let alerts = if id == 12 { vec![(id, limit), silence] } else { vec![(id, limit)] };
        let row = audited(&alerts, entries, &heard_once()).remove(0);
        assert_eq!(row.not_audited, None, "{what}");
        assert_eq!((row.had_to_raise, row.missed), (expected, expected), "{what} over {limit}: {row:?}");
        assert_eq!(row.found(), expected, "{what} over {limit}: {row:?}");
    }
}

fn nanos(span: Span) -> i128 {
    span.nanos().into()
}

#[test]
fn what_is_held_and_lost_is_within_its_limit_when_it_is_at_it() {
    let held = run(marks(&[(0, MID, 1_000), (3, MID, 1_000), (-3, MID, 1_000), (3, MID - 1, 1_000)]));
    check("long or short, the position is worth 180 at most", 1, 180 * QUOTE, &held);
    check("that is 0.18 times the account", 5, 180_000_000, &held);
    let lost = run(marks(&[(0, MID, 990), (0, MID, 900), (0, MID, 901)]));
    check("a tenth of the day's first equity is lost", 4, 10 * PERCENT, &lost);
    let trip = [fill(1, 100, Side::Buy, MID, 10), fill(2, 200, Side::Sell, MID * 95 / 100, 10)];
    check("a twentieth of what was entered for is lost", 3, 5 * PERCENT, &run(trip.into()));
    let short = [fill(1, 100, Side::Sell, MID, 10), fill(2, 200, Side::Buy, MID * 105 / 100, 4)];
    let (loss, entered) = (4 * MID / 20, 10 * MID);
    check("part of a short trip", 3, i128::from(loss) * 100 * PERCENT / i128::from(entered), &run(short.into()));
}

#[test]
fn a_trade_a_minute_old_has_left() {
    let ids = [(1, 10_000), (2, 11_000), (3, 12_000), (4, 13_000), (5, 70_000)];
    let fills: Vec<Entry> = ids.iter().map(|(id, millis)| fill(*id, *millis, Side::Buy, MID, 1)).collect();
    check("of five the first has left when the fifth comes", 2, 4, &run(fills));
    let ids = [(1, 10_001), (2, 11_000), (3, 12_000), (4, 13_000), (5, 70_000)];
    let fills: Vec<Entry> = ids.iter().map(|(id, millis)| fill(*id, *millis, Side::Buy, MID, 1)).collect();
    check("a millisecond later it has not", 2, 5, &run(fills));
}

#[test]
fn what_takes_exactly_as_long_as_it_may_is_in_time() {
    let slow = |stamps| run(vec![report(1, stamps, Side::Buy, ReportKind::Accepted)]);
    check("there", 6, nanos(MILLISECOND.times(7)), &slow([100, 107, 107, 110]));
    check("back", 6, nanos(MILLISECOND.times(8)), &slow([100, 107, 107, 115]));
    check("back, of what happened later", 6, nanos(MILLISECOND.times(3)), &slow([100, 107, 109, 112]));
    check("there and back", 7, nanos(MILLISECOND.times(15)), &slow([100, 107, 107, 115]));
    let sent = Entry::CancelSent { at: at(1_000), market: MarketId::FIRST, client_order_id: ClientOrderId(7) };
    let mut unanswered = marks(&[(0, MID, 1_000); 3]);
    unanswered.push(sent);
    check("no answer in the two seconds until the end", 7, nanos(SECOND.times(2)), &run(unanswered));
}

#[test]
fn a_feed_that_is_silent_exactly_as_long_as_it_may_be_is_there() {
    let silent = |seconds: usize| run(marks(&vec![(0, MID, 1_000); seconds]));
    check("disconnected", 8, nanos(SECOND.times(10)), &silent(10));
    check("price too old", 9, nanos(SECOND.times(10)), &silent(10));
    check("gone at 10 s, two attempts have failed at 20 s", 12, 2, &silent(20));
}

#[test]
fn a_wild_print_is_no_move_and_two_are() {
    let prices = |mids: &[i64]| run(marks(&mids.iter().map(|mid| (0, *mid, 1_000)).collect::<Vec<Held>>()));
    let (up, down) = (MID * 11 / 10, MID * 9 / 10);
    check("up by a tenth", 10, 10 * PERCENT, &prices(&[MID, MID, MID, up, up]));
    check("down by a tenth", 10, 10 * PERCENT, &prices(&[MID, MID, MID, down, down]));
    let wild = audited(&[(10, 1)], &prices(&[MID, MID, MID, up, MID, MID]), &heard_once());
    assert_eq!((wild[0].had_to_raise, wild[0].found()), (0, 0));
}

#[test]
fn a_book_is_a_market_with_two_sides_that_do_not_touch() {
    let bid = |price| TestRow::depth(T0, T0, Side::Buy, price, 9);
    let ask = |price| TestRow::depth(T0, T0, Side::Sell, price, 9);
    let looked = run(marks(&[(0, MID, 1_000); 2]));
    for (rows, expected) in [(vec![bid(MID).more(), ask(MID + 1)], 0), (vec![bid(MID)], 1), (vec![ask(MID)], 1)] {
        let row = audited(&[(11, 0)], &looked, &rows).remove(0);
        assert_eq!((row.had_to_raise, row.missed, row.found()), (expected, expected, expected), "{rows:?}");
    }
}

/// Without a tape, with a slower risk clock or on bars some are not audited; none of them is called clean by that.
#[test]
fn what_cannot_be_recomputed_says_why() {
    let entries = run(marks(&[(0, MID, 1_000); 2]));
    let all = |clock: Span, risk_clock: Span| {
        let alert = |id: u8| AuditAlert { id: AlertId(id), name: id.to_string(), severity: String::new(), limit: 1 };
        let alerts = (1..=14).map(alert).collect();
        let alerts =
            AlertSetup { alerts, within: SECOND.times(5), remind_after: SECOND, clock, risk_clock, is_deaf: false };
        let market = AuditMarket { instrument: instrument(), opening_price: None, rows: None };
        AuditSetup { markets: vec![market], alerts, ..AuditSetup::default() }
    };
    let hidden = |setup: &AuditSetup, rows: Option<&[TestRow]>| -> Vec<u8> {
        let mut market = rows.map(MemoryMarket::new);
        let tapes = market.as_mut().map(|market| vec![market as &mut dyn seatrial::tape::BatchSource]);
        let audit = audit_entries(setup, &entries, tapes).unwrap();
        let hidden = audit.alerts.iter().filter(|row| row.not_audited.is_some());
        let hidden: Vec<u8> = hidden.map(|row| row.name.parse().unwrap()).collect();
        let is_said = |id: &u8| audit.unchecked.iter().any(|text| text.contains(&id.to_string()));
        assert!(hidden.iter().all(is_said), "{hidden:?} in {:?}", audit.unchecked);
        hidden
    };
    let rows = heard_once();
    assert_eq!(hidden(&all(SECOND, SECOND), Some(&rows)), Vec::<u8>::new());
    assert_eq!(hidden(&all(SECOND, SECOND), None), [6, 8, 9, 11, 12]);
    assert_eq!(hidden(&all(SECOND, SECOND.times(30)), Some(&rows)), [1, 4, 5, 10]);
}
