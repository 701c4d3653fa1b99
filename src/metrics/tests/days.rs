//! Days by hand: what falls on which, what a pause and an outage take off, and that nothing is lost between them.

use super::world::{World, at, best, instrument, usd};
use crate::journal::{Entry, EntrySink};
use crate::metrics::{DaySummary, MetricsOptions, RunFold, Summary};
use crate::model::*;
use crate::units::{DAY, MINUTE, Money, Price, Quantity, Rate, Span};
use proptest::prelude::*;

const HOUR: i64 = 3_600_000;

fn summary(world: &World) -> Summary {
    let mut fold = RunFold::new(&[instrument()], &MetricsOptions::default()).unwrap();
    world.entries.iter().for_each(|entry| fold.record(entry));
    fold.finish().unwrap()
}

fn minutes(count: i64) -> Span {
    MINUTE.times(count)
}

fn event(world: &mut World, milliseconds: i64, event: WireEvent) {
    let (at, market) = (at(milliseconds), MarketId::FIRST);
    world.entries.push(Entry::Wire { at, market, client_order_id: ClientOrderId(0), event });
}

fn turned(world: &mut World, milliseconds: i64, trips: bool) {
    let (at, market, gate) = (at(milliseconds), MarketId::FIRST, GateId(3));
    let refusal = Refusal { gate, value: 1, limit: 0 };
    let entry = if trips { Entry::Tripped { at, market, refusal } } else { Entry::Cleared { at, market, gate } };
    world.entries.push(entry);
}

fn told(world: &mut World, milliseconds: i64, command: Command, status: BotStatus) {
    let (at, market) = (at(milliseconds), MarketId::FIRST);
    world.entries.push(Entry::Command { at, market, command, status, line: 0 });
}

fn sent(world: &mut World, milliseconds: i64, id: u64) {
    let intent = Intent {
        intent_key: IntentKey(id),
        client_order_id: ClientOrderId(id),
        market: MarketId::FIRST,
        side: Side::Buy,
        order_type: OrderType::Limit { price: Price::new(1_000) },
        time_in_force: TimeInForce::GoodTilCancel,
        replaces: None,
        quantity: Quantity::new(1),
        post_only: true,
        reduce_only: false,
        protective: false,
        expected_edge: None::<Rate>,
        reason: 0,
    };
    world.entries.push(Entry::OrderSent { at: at(milliseconds), intent });
}

/// 1,000 steps at 1,000 ticks, without a fee.
fn buys(world: &mut World, milliseconds: i64) {
    let (price, quantity) = (1_000, 1_000);
    let (liquidity, fee, best) = (Liquidity::Maker, Money::ZERO, best(price, price));
    world.fill(milliseconds, super::world::Deal { side: Side::Buy, price, quantity, liquidity, fee, best });
}

/// Reports are numbered as they come: the order with the next number is meant.
fn answered(world: &mut World, milliseconds: i64, kind: ReportKind) {
    world.report(milliseconds, Side::Buy, kind);
}

/// 23:00 to 02:00. The stream is lost from 23:30 to 00:30; a breaker is in force from 01:00 to 01:15, the bot paused from 01:10 to 01:20; from 01:40 the
/// venue asks to wait until 01:50.
#[test]
fn uptime_is_of_the_time_in_which_the_venue_could_be_used() {
    let mut world = World::new(23 * HOUR, usd("1000"));
    event(&mut world, 23 * HOUR + HOUR / 2, WireEvent::Disconnected);
    event(&mut world, 24 * HOUR + HOUR / 2, WireEvent::Connected);
    turned(&mut world, 25 * HOUR, true);
    told(&mut world, 25 * HOUR + 10 * 60_000, Command::Pause, BotStatus::Paused);
    turned(&mut world, 25 * HOUR + 15 * 60_000, false);
    told(&mut world, 25 * HOUR + 20 * 60_000, Command::Resume, BotStatus::Running);
    event(&mut world, 25 * HOUR + 40 * 60_000, WireEvent::Waits(at(25 * HOUR + 50 * 60_000)));
    world.end(26 * HOUR);
    let summary = summary(&world);
    let [first, second] = summary.days[..] else { panic!("{:?}", summary.days) };
    assert_eq!((first.covered, first.usable, first.able), (minutes(60), minutes(30), minutes(30)));
    assert_eq!((second.covered, second.usable, second.able), (minutes(120), minutes(80), minutes(60)));
    assert_eq!((second.reconnects, second.trips, first.reconnects, first.trips), (1, 1, 0, 0));
    let all = DaySummary::total(&summary.days).unwrap();
    assert_eq!((all.usable, all.able), (minutes(110), minutes(90)));
    assert_eq!(all.uptime().value(), Some(&(90.0 / 110.0)));
}

/// Two orders before midnight, one of them accepted after it; one after it, given up; one refused for what it was.
#[test]
fn orders_belong_to_the_day_on_which_they_were_sent() {
    let mut world = World::new(23 * HOUR, usd("1000"));
    sent(&mut world, 24 * HOUR - 3, 1);
    sent(&mut world, 24 * HOUR - 2, 2);
    answered(&mut world, 24 * HOUR - 1, ReportKind::Accepted);
    sent(&mut world, 24 * HOUR + 1, 3);
    answered(&mut world, 24 * HOUR + 2, ReportKind::Accepted);
    answered(&mut world, 24 * HOUR + 3, ReportKind::Rejected(RejectReason::NotPlaced));
    sent(&mut world, 24 * HOUR + 4, 4);
    answered(&mut world, 24 * HOUR + 5, ReportKind::Rejected(RejectReason::LotSize));
    answered(&mut world, 24 * HOUR + 6, ReportKind::RequestRejected(RejectReason::InvalidQuantity));
    // What the market answers is no error, and no acceptance.
    answered(&mut world, 24 * HOUR + 7, ReportKind::RequestRejected(RejectReason::UnknownOrder));
    sent(&mut world, 24 * HOUR + 8, 7);
    answered(&mut world, 24 * HOUR + 9, ReportKind::Rejected(RejectReason::PostOnlyWouldTake));
    world.end(25 * HOUR);
    let days = summary(&world).days;
    let counts = |day: &DaySummary| [day.sent, day.accepted, day.injected, day.rejected, day.requests_rejected];
    assert_eq!(days.iter().map(counts).collect::<Vec<_>>(), [[2, 2, 0, 0, 0], [3, 0, 1, 1, 1]]);
    let success: Vec<_> = days.iter().map(|day| day.success().value().copied()).collect();
    assert_eq!(success, [Some(1.0), Some(0.0)]);
}

/// A long position of 1,000 steps over midnight, 0.1 a half tick of the mid each: what the mid does on a day is its profit.
#[test]
fn profits_of_days_add_up_and_the_owners_money_is_none() {
    let mut world = World::new(23 * HOUR, usd("1000"));
    buys(&mut world, 23 * HOUR);
    world.mark(23 * HOUR + 1, 1_010, 1_010);
    world.mark(23 * HOUR + 2, 990, 990);
    let owner = Entry::Allocated {
        at: at(24 * HOUR + 1),
        market: MarketId::FIRST,
        asked: usd("50"),
        amount: usd("50"),
        line: 0,
    };
    world.entries.push(owner);
    world.cash += usd("50");
    world.mark(24 * HOUR + 2, 995, 995);
    world.end(25 * HOUR);
    let days = summary(&world).days;
    // A tick of 1,000 steps is worth 0.1; ten of them 1.
    let figures = |day: &DaySummary| [day.profit, day.drawdown, day.exposure];
    assert_eq!(figures(&days[0]), [usd("-1"), usd("2"), usd("101")]);
    assert_eq!(figures(&days[1]), [usd("0.5"), usd("0"), usd("99.5")]);
}

/// A mark at midnight closes the day before, an order at midnight opens the next one, and a run may end at one. Daily returns have the same profits.
#[test]
fn a_midnight_closes_the_day_before() {
    let mut world = World::new(22 * HOUR, usd("1000"));
    buys(&mut world, 22 * HOUR);
    world.mark(23 * HOUR, 1_010, 1_010);
    sent(&mut world, 24 * HOUR, 7);
    world.mark(24 * HOUR, 1_030, 1_030);
    world.mark(25 * HOUR, 1_040, 1_040);
    world.mark(48 * HOUR, 1_100, 1_100);
    world.end(48 * HOUR);
    let summary = summary(&world);
    let profits: Vec<Money> = summary.days.iter().map(|day| day.profit).collect();
    assert_eq!(profits, [usd("3"), usd("7")]);
    assert_eq!(profits, summary.returns.days.iter().map(|day| day.profit).collect::<Vec<_>>());
    assert_eq!(
        summary.days.iter().map(|day| (day.sent, day.covered)).collect::<Vec<_>>(),
        [(0, minutes(120)), (1, DAY)]
    );
}

/// A twin's order and one that was sent again under another number are nobody's wish; one that was given up after all had been accepted first.
#[test]
fn an_order_is_answered_once() {
    let mut world = World::new(0, usd("1000"));
    sent(&mut world, 1, 1);
    answered(&mut world, 2, ReportKind::Accepted);
    for number in [1 << 48, 1 << 52] {
        let Some(Entry::Venue(report)) = world.entries.last().copied() else { panic!("a report") };
        world.entries.push(Entry::Venue(ExecutionReport { client_order_id: ClientOrderId(number), ..report }));
    }
    let Some(Entry::Venue(report)) = world.entries.get(2).copied() else { panic!("a report") };
    let given_up = ExecutionReport { kind: ReportKind::Rejected(RejectReason::NotPlaced), ..report };
    world.entries.push(Entry::Venue(given_up));
    world.end(HOUR);
    let day = summary(&world).days[0];
    assert_eq!((day.sent, day.accepted, day.injected, day.rejected), (1, 1, 0, 0));
    assert_eq!(day.success().value(), Some(&1.0));
}

/// Gates that are built anew are open, and nobody says so.
#[test]
fn a_lost_memory_leaves_no_breaker_in_force() {
    let mut world = World::new(0, usd("1000"));
    turned(&mut world, HOUR, true);
    told(&mut world, 2 * HOUR, Command::RestartWithoutState, BotStatus::Running);
    world.end(4 * HOUR);
    let day = summary(&world).days[0];
    assert_eq!((day.usable, day.able), (minutes(240), minutes(180)));
}

/// An alert is raised once, whatever reminds of it and however it ends; a book is broken once until its first source is sound again.
#[test]
fn an_alert_is_raised_once_and_an_outage_is_one() {
    let mut world = World::new(0, usd("1000"));
    for (minute, phase) in (1..).zip(AlertPhase::ALL) {
        let cause_at = at(60_000);
        let alert = Alert { rule: AlertId(0), phase, cause_at, value: 1, limit: 0 };
        world.entries.push(Entry::Alert { at: at(minute * 60_000), market: MarketId::FIRST, alert });
    }
    let broken = WireEvent::Unsynchronised(FeedTrouble::Stale);
    event(&mut world, HOUR, broken);
    event(&mut world, HOUR + 60_000, WireEvent::FailedOver { message: 1, checksum: 0 });
    event(&mut world, HOUR + 120_000, broken);
    event(&mut world, HOUR + 180_000, WireEvent::Synchronised { message: 2, checksum: 0 });
    event(&mut world, 2 * HOUR, broken);
    world.end(3 * HOUR);
    let day = summary(&world).days[0];
    assert_eq!((day.alerts, day.feed_breaks), (1, 2));
    // Broken for a minute, shown by the second source for one, broken for one, sound, and broken for an hour.
    assert_eq!(day.usable, minutes(180 - 1 - 1 - 60));
}

proptest! {
    /// Whatever comes when: days cover the run, none is able without being usable, profits add up to that of the run.
    #[test]
    fn days_lose_nothing(
        steps in proptest::collection::vec((0_i64..40_000_000, 0_u8..8, 900_i64..1_100), 0..60),
        start in 0_i64..90_000_000,
    ) {
        let mut world = World::new(start, usd("1000"));
        let mut now = start;
        for (wait, what, price) in steps {
            // A third of them at midnight.
            now += wait;
            now = if price % 3 == 0 { (now + 86_399_999) / 86_400_000 * 86_400_000 } else { now };
            match what {
                0 => event(&mut world, now, WireEvent::Disconnected),
                1 => event(&mut world, now, WireEvent::Connected),
                2 => turned(&mut world, now, true),
                3 => turned(&mut world, now, false),
                4 => event(&mut world, now, WireEvent::Waits(at(now + 3_000_000))),
                5 => world.fill(now, super::world::Deal {
                    side: if price % 2 == 0 { Side::Buy } else { Side::Sell },
                    price,
                    quantity: 10,
                    liquidity: Liquidity::Taker,
                    fee: usd("0.01"),
                    best: best(price, price + 1),
                }),
                _ => world.mark(now, price, price + 1),
            }
        }
        world.end(now + 1);
        let summary = summary(&world);
        let all = DaySummary::total(&summary.days).unwrap();
        prop_assert_eq!(all.covered, at(now + 1).since(at(start)));
        prop_assert!(summary.days.iter().all(|day| day.able <= day.usable && day.usable <= day.covered && day.covered <= DAY));
        prop_assert!(summary.days.windows(2).all(|pair| pair[0].day < pair[1].day));
        prop_assert_eq!(all.profit, summary.returns.profit);
        let marked: Vec<_> = summary.returns.days.iter().map(|day| day.profit).filter(|profit| *profit != Money::ZERO).collect();
        let profits: Vec<_> = summary.days.iter().map(|day| day.profit).filter(|profit| *profit != Money::ZERO).collect();
        prop_assert_eq!(profits, marked);
        prop_assert_eq!(all.fills, summary.execution.fills);
    }
}
