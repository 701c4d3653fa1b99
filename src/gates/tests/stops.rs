use super::super::{Gates, UNKNOWN};
use super::breakers::{cleared, mids, reenable, tripped};
use super::restart::reopened;
use super::*;
use proptest::prelude::*;

const STOP: &str = "[stop_loss]\npercent = \"5\"\nconfirm_marks = 1\npause_ms = 300000";

/// Marks a second apart at these mids, of a position of `steps` that was entered at `price` a step.
fn held(gates: &mut Gates, from: Timestamp, (steps, price): (i64, i64), path: &[i64]) -> Vec<GateEvent> {
    let mut out = Vec::new();
    for (place, &mid) in (0..).zip(path) {
        gates.entered_for(Money::from_units(steps * price));
        let best = if mid == 0 { BestPrices::default() } else { quotes(mid, mid) };
        let at = from.plus(SECOND.times(place));
        gates.on_mark(&Mark { best, position: Quantity::new(steps), ..mark(at, 1_000) }, &mut out);
    }
    out
}

#[test]
fn a_loss_of_exactly_the_limit_passes_and_one_tick_more_stops_it_both_ways() {
    for (steps, at, beyond) in [(10, 950, 949), (-10, 1_050, 1_051)] {
        let (mut gates, _) = armed(STOP);
        assert!(gates.wants_entered_for());
        assert_eq!(held(&mut gates, noon(0), (steps, 1_000), &[1_000, at]), []);
        let events = held(&mut gates, noon(0).plus(SECOND.times(2)), (steps, 1_000), &[beyond]);
        assert_eq!(events, [tripped("stop_loss", 51_000_000, 50_000_000)]);
        assert!(gates.wants_closed());
        for side in Side::BOTH {
            assert!(judge(&mut gates, limit(side, 1, 100), &risk()).is_err(), "flat, so that either side adds");
        }
        let held = RiskView { position: Quantity::new(steps), ..risk() };
        let out = if steps > 0 { Side::Sell } else { Side::Buy };
        assert_eq!(judge(&mut gates, limit(out, 10, 100), &held), Ok(()), "what reduces passes");
    }
}

#[test]
fn what_the_position_was_entered_for_is_the_baseline_and_not_where_the_market_was() {
    let (mut gates, _) = armed(STOP);
    // Bought at 1,000 and far up: half of the profit may go, and more.
    assert_eq!(held(&mut gates, noon(0), (10, 1_000), &[2_000, 1_200, 960]), []);
    // Bought again at 900: the average is 950, and 5 % of it are 47.5.
    assert_eq!(held(&mut gates, noon(1), (20, 950), &[903]), []);
    assert_eq!(held(&mut gates, noon(2), (20, 950), &[902]).len(), 1);
}

#[test]
fn fewer_wild_prints_than_confirm_close_nothing() {
    for (prints, trips) in [(1, 0), (2, 0), (3, 1)] {
        let (mut gates, config) = armed("[stop_loss]");
        let path: Vec<i64> = [1_000].into_iter().chain(std::iter::repeat_n(500, prints)).chain([1_000; 5]).collect();
        let (one, other) = path.split_at(2);
        let mut events = held(&mut gates, noon(0), (1, 1_000), one);
        // The process starts again in the middle of it.
        let mut gates = reopened(&gates, &config);
        events.extend(held(&mut gates, noon(0).plus(SECOND.times(2)), (1, 1_000), other));
        assert_eq!(events.len(), trips, "{prints} prints");
    }
    // Marks that are less than a second apart count once, whatever made them.
    let (mut gates, _) = armed("[stop_loss]");
    for nanos in [0, 0, 1, 999_999_999] {
        let at = noon(0).plus(crate::units::Span::from_nanos(nanos));
        assert_eq!(held(&mut gates, at, (1, 1_000), &[500]), []);
    }
    assert_eq!(held(&mut gates, noon(0).plus(SECOND), (1, 1_000), &[500]), []);
    assert_eq!(held(&mut gates, noon(0).plus(SECOND.times(2)), (1, 1_000), &[500]).len(), 1);
}

#[test]
fn a_flat_account_loses_nothing_and_a_book_without_two_sides_says_nothing() {
    let (mut gates, _) = armed(&STOP.replace("confirm_marks = 1", "confirm_marks = 2"));
    assert_eq!(held(&mut gates, noon(0), (0, 0), &[1, 1_000_000]), []);
    // Over, unknown, over: the mark between does not start the count again, nor does it count.
    assert_eq!(held(&mut gates, noon(1), (10, 1_000), &[949, 0]), []);
    assert_eq!(held(&mut gates, noon(2), (10, 1_000), &[949]).len(), 1);
    // A position that was entered for nothing, or for an amount of the other sign, cannot have a share of it.
    for unknown in [(-10, 0), (10, 0), (10, -1)] {
        let (mut gates, _) = armed(STOP);
        assert_eq!(held(&mut gates, noon(0), unknown, &[1]), [tripped("stop_loss", UNKNOWN, 50_000_000)]);
    }
}

#[test]
fn it_opens_exactly_a_pause_after_the_trip_and_trips_again_on_what_is_still_held() {
    let at = |second: i64| noon(0).plus(SECOND.times(second));
    let (mut gates, config) = armed(STOP);
    assert_eq!(held(&mut gates, at(0), (10, 1_000), &[1_000, 900]).len(), 1);
    let mut gates = reopened(&gates, &config);
    assert_eq!(held(&mut gates, at(300), (10, 1_000), &[900]), []);
    assert_eq!(held(&mut gates, at(301), (10, 1_000), &[900]), [cleared("stop_loss")]);
    assert_eq!(held(&mut gates, at(302), (10, 1_000), &[900]).len(), 1);
    let (mut gates, _) = armed(&STOP.replace("300000", "0"));
    assert_eq!(held(&mut gates, at(0), (10, 1_000), &[900]).len(), 1);
    assert_eq!(held(&mut gates, noon(9), (0, 0), &[900]), [], "without a pause it stays");
    assert_eq!(reenable(&mut gates, "stop_loss"), [cleared("stop_loss")]);
    assert_eq!(judge(&mut gates, limit(Side::Buy, 1, 100), &risk()), Ok(()));
}

#[test]
fn a_stop_loss_that_closes_nothing_is_a_breaker_like_another() {
    let (mut gates, _) = armed(&format!("{STOP}\ncloses_position = false"));
    assert_eq!(held(&mut gates, noon(0), (10, 1_000), &[900]).len(), 1);
    assert!(!gates.wants_closed());
}

const COLLAR: &str = "[period_collar]\npercent = \"10\"\nwindow_ms = 60000\nconfirm_marks = 1";

/// Judges a buy at `price`, with quotes there.
fn buys(gates: &mut Gates, price: i64) -> Result<(), i128> {
    let risk = RiskView { best: quotes(price, price), ..risk() };
    judge(gates, limit(Side::Buy, 1, price), &risk).map_err(|refusal| refusal.value)
}

#[test]
fn exactly_the_distance_from_the_periods_ends_passes_and_a_tick_more_does_not() {
    let (mut gates, config) = armed(COLLAR);
    assert_eq!(buys(&mut gates, 1), Ok(()), "nothing is known of the period yet");
    assert_eq!(mids(&mut gates, noon(0), SECOND, &[1_000, 1_050, 980, 1_010]), []);
    let mut gates = reopened(&gates, &config);
    // Lowest 980, highest 1,050.
    for (price, found) in
        [(1_078, Ok(())), (1_079, Err(101_020_409)), (945, Ok(())), (944, Err(100_952_381)), (1_010, Ok(()))]
    {
        assert_eq!(buys(&mut gates, price), found, "{price}");
    }
}

#[test]
fn all_prices_of_an_order_are_held_against_the_period_and_a_market_order_by_where_it_would_trade() {
    let (mut gates, _) = armed(COLLAR);
    mids(&mut gates, noon(0), SECOND, &[1_000]);
    let far = |gates: &mut Gates, order_type| {
        let view = RiskView { best: quotes(899, 1_101), ..risk() };
        judge(gates, order(Side::Buy, order_type, 1), &view).map_err(|refusal| refusal.value)
    };
    let price = |ticks: i64| Price::new(ticks);
    assert_eq!(far(&mut gates, OrderType::Market), Err(101_000_000));
    assert_eq!(far(&mut gates, OrderType::Stop { trigger: price(1_101) }), Err(101_000_000));
    assert_eq!(far(&mut gates, OrderType::StopLimit { trigger: price(1_000), price: price(1_101) }), Err(101_000_000));
    assert_eq!(far(&mut gates, OrderType::StopLimit { trigger: price(899), price: price(1_102) }), Err(102_000_000));
    assert_eq!(far(&mut gates, OrderType::StopLimit { trigger: price(900), price: price(1_100) }), Ok(()));
    let empty = RiskView { best: BestPrices::default(), ..risk() };
    let refused = judge(&mut gates, order(Side::Buy, OrderType::Market, 1), &empty);
    assert_eq!(refused.map_err(|refusal| refusal.value), Err(UNKNOWN));
    // What protects and reduces may be far away on purpose.
    let short = RiskView { position: Quantity::new(-5), ..risk() };
    let stop = order(Side::Buy, OrderType::Stop { trigger: price(9_000) }, 5);
    assert!(judge(&mut gates, stop, &short).is_err());
    assert_eq!(judge(&mut gates, Intent { protective: true, ..stop }, &short), Ok(()));
}

#[test]
fn a_wild_print_neither_widens_nor_narrows_and_a_price_a_window_old_is_forgotten() {
    let (mut gates, _) = armed("[period_collar]\nwindow_ms = 10000");
    mids(
        &mut gates,
        noon(0),
        SECOND,
        &[1_000, 1_000, 1_000, 1_000, 1_000, 5, 9_000, 1_000, 1_000, 1_000, 1_000, 1_000],
    );
    assert_eq!((buys(&mut gates, 1_100), buys(&mut gates, 1_101)), (Ok(()), Err(101_000_000)));
    // It settles at 2,000 with the third mark there, and the last 1,000 was settled two seconds after the move.
    mids(&mut gates, noon(0).plus(SECOND.times(12)), SECOND, &[2_000; 11]);
    assert!(buys(&mut gates, 2_000).is_err(), "the last price from before is nine seconds old");
    mids(&mut gates, noon(0).plus(SECOND.times(23)), SECOND, &[2_000]);
    assert_eq!(buys(&mut gates, 2_000), Ok(()));
}

#[test]
fn a_period_with_a_price_of_nothing_lets_nothing_pass() {
    let (mut gates, _) = armed(COLLAR);
    mids(&mut gates, noon(0), SECOND, &[0, 1_000]);
    assert_eq!(buys(&mut gates, 1_000), Err(UNKNOWN));
}

/// The farthest that `price` is from any settled price of the window, in per cent above the limit or not, by brute force.
fn plain_collar(path: &[i64], n: usize, window: usize, price: i64) -> bool {
    let sample = 2 * n - 1;
    let settled = path.windows(sample).map(|last| {
        let mut sorted = last.to_vec();
        sorted.sort_unstable();
        sorted[n - 1]
    });
    let settled: Vec<i64> = settled.collect();
    let kept = &settled[settled.len().saturating_sub(window)..];
    kept.iter().all(|mid| 10 * (price - mid) <= *mid && 10 * (mid - price) <= *mid)
}

/// The trip by brute force: the first mark at which `n` in a row were over the limit.
fn plain_stop(path: &[i64], n: usize, (steps, price): (i64, i64)) -> Option<usize> {
    let is_over = |mid: &i64| 20 * steps * (price - mid) > steps.abs() * price;
    let over: Vec<bool> = path.iter().map(is_over).collect();
    (0..path.len()).find(|last| n <= last + 1 && over[last + 1 - n..=*last].iter().all(|over| *over))
}

proptest! {
    #[test]
    fn a_period_collar_is_the_plain_one(
        path in proptest::collection::vec(900_i64..1_100, 0..40),
        n in 1_usize..4,
        window in 1_usize..12,
        prices in proptest::collection::vec(800_i64..1_250, 1..8),
    ) {
        let text = format!("[period_collar]\nwindow_ms = {}\nconfirm_marks = {n}", 1_000 * window);
        let (mut gates, config) = armed(&text);
        for (place, &mid) in path.iter().enumerate() {
            mids(&mut gates, noon(0).plus(SECOND.times(place as i64)), SECOND, &[mid]);
            gates = reopened(&gates, &config);
        }
        for price in prices {
            prop_assert_eq!(buys(&mut gates, price).is_ok(), plain_collar(&path, n, window, price), "{}", price);
        }
    }

    #[test]
    fn a_stop_loss_is_the_plain_one(
        path in proptest::collection::vec(900_i64..1_100, 1..40),
        n in 1_usize..5,
        steps in prop_oneof![-20_i64..0, 1_i64..20],
        price in 950_i64..1_050,
    ) {
        let (mut gates, config) = armed(&format!("[stop_loss]\nconfirm_marks = {n}\npause_ms = 0"));
        let mut found = None;
        for (place, &mid) in path.iter().enumerate() {
            let events = held(&mut gates, noon(0).plus(SECOND.times(place as i64)), (steps, price), &[mid]);
            found = found.or((!events.is_empty()).then_some(place));
            gates = reopened(&gates, &config);
        }
        prop_assert_eq!(found, plain_stop(&path, n, (steps, price)));
    }
}

const RAMP: &str = "[position_ramp]\ninitial = \"500\"\nstep = \"200\"\ndays = 2\nmax = \"800\"\n[kill_switch]";

/// Marks every hour of these hours since noon.
fn hours(gates: &mut Gates, hours: std::ops::RangeInclusive<i64>) {
    for hour in hours {
        gates.on_mark(&mark(noon(0).plus(SECOND.times(3_600 * hour)), 1_000), &mut Vec::new());
    }
}

/// The largest buy that passes, at an ask of 101.
fn largest(gates: &Gates) -> i64 {
    let passes = |steps: &i64| judge(&mut gates.clone(), limit(Side::Buy, *steps, 99), &risk()).is_ok();
    (1..20).take_while(passes).last().unwrap_or(0)
}

#[test]
fn the_ramp_rises_with_whole_days_and_ends_at_its_ceiling() {
    let (mut gates, config) = armed(RAMP);
    assert_eq!(largest(&gates), 4, "404 of 500");
    for (last, most) in [(24, 4), (47, 4), (48, 6), (95, 6), (96, 7), (1_000, 7)] {
        // From the start again, as a clock that runs backwards would: it completes no day twice.
        hours(&mut gates, 0..=last);
        gates = reopened(&gates, &config);
        assert_eq!(largest(&gates), most, "after {last} hours");
    }
    // Exactly the limit passes, and one unit less of it does not.
    let (gates, _) = armed(&RAMP.replace("500", "505"));
    assert_eq!(largest(&gates), 5);
    let (mut gates, _) = armed(&RAMP.replace("500", "504.999999999999999999"));
    assert_eq!(judge(&mut gates, limit(Side::Buy, 5, 99), &risk()), Err(refusal("position_ramp", 5, 4)));
    // Open orders of the side count, what reduces passes, and without a price nothing does.
    let open = RiskView { open_buy: Quantity::new(4), ..risk() };
    assert!(judge(&mut gates, limit(Side::Buy, 1, 99), &open).is_err());
    let held = RiskView { position: Quantity::new(900), ..risk() };
    assert_eq!(judge(&mut gates, limit(Side::Sell, 900, 99), &held), Ok(()));
    assert!(judge(&mut gates, limit(Side::Buy, 1, 99), &RiskView { best: BestPrices::default(), ..risk() }).is_err());
}

#[test]
fn a_trip_or_a_gap_loses_the_day_that_it_is_in_and_no_other() {
    // A day is whole, and half of the next.
    for (rises_at, lose) in [
        (48, (|_: &mut Gates| ()) as fn(&mut Gates)),
        (61, |gates| {
            gates.kill(noon(0), &mut Vec::new());
            gates.unkill(noon(0), &mut Vec::new());
        }),
        (61, |gates| {
            gates.command(crate::model::Command::Pause, noon(0), &mut Vec::new());
            gates.command(crate::model::Command::Resume, noon(0), &mut Vec::new());
        }),
    ] {
        let (mut gates, config) = armed(RAMP);
        hours(&mut gates, 0..=36);
        lose(&mut gates);
        gates = reopened(&gates, &config);
        hours(&mut gates, 37..=rises_at - 1);
        assert_eq!(largest(&gates), 4);
        hours(&mut gates, rises_at..=rises_at);
        assert_eq!(largest(&gates), 6, "at hour {rises_at}");
    }
    let (mut gates, _) = armed(RAMP);
    hours(&mut gates, 0..=36);
    // Exactly a day without a mark is none too many; an hour more is.
    let (mut patient, mut late) = (gates.clone(), gates);
    hours(&mut patient, 60..=60);
    assert_eq!(largest(&patient), 6);
    hours(&mut late, 61..=84);
    assert_eq!(largest(&late), 4);
    hours(&mut late, 85..=85);
    assert_eq!(largest(&late), 6);
}
