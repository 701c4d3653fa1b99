use super::*;
use crate::synth::flow::PRESETS;
use crate::synth::flow::clock::spectrum::covariances;
use crate::synth::flow::model::FlowModel;
use crate::synth::flow::moments::{Sample, agrees, share_error};
use crate::synth::flow::source::Broadcast;
use crate::synth::flow::tests::{START, preset, recipe};
use crate::units::{DAY, MINUTE, Span};

/// List of the asks that stay long.
const PATIENT_ASKS: usize = 5;

/// A market at pace one all the time, in which nobody is frightened.
fn even(name: &str) -> FlowModel {
    let mut model = preset(name);
    model.pace.factors.clear();
    model.pace.regimes.truncate(1);
    model.pace.regimes[0].volatility = 1.0;
    model.pace.hours = vec![1.0; 24];
    model.pace.weekdays = vec![1.0; 7];
    model.pace.minute_bursts = [1.0; 3];
    model.providers.withdrawal = 0.0;
    model
}

fn flow(model: &FlowModel, length: Span, seed: u64) -> Flow {
    Flow::new(model, &[], (START.nanos(), START.plus(length).nanos()), Streams::new(seed), &Ties::NONE)
}

/// What is told of every event: which, when in seconds since the start, and the market just before it.
fn play(flow: &mut Flow, take: &mut dyn FnMut(Event, f64, &mut Flow)) {
    let mut message = Vec::new();
    while flow.now < flow.end {
        let Waited::Over(event) = flow.wait(i64::MAX) else { panic!("a limit where there is none") };
        let Some(event) = event else { continue };
        let at = (flow.now - START.nanos()) as f64 / NANOS;
        take(event, at, flow);
        flow.happen(event);
        flow.orders.hand_over(&mut message);
        message.clear();
    }
}

/// Hawkes: market and limit orders come at the rates that the model says, whatever brings them about, and bunched: counts in long windows vary as
/// their branching says.
#[test]
fn orders_come_at_their_rates_and_bunched() {
    let mut model = even("crypto-alt");
    // Few cancels: they cost time and tell nothing here.
    (model.orders.market_per_second, model.orders.limit_per_second) = (0.8, 3.0);
    (model.orders.market_by_market, model.orders.limit_by_market, model.orders.limit_by_limit) = (0.5, 1.0, 0.5);
    let (window, windows) = (400.0, 3_000);
    let mut flow = flow(&model, Span::from_nanos((window * NANOS) as i64 * windows), 81);
    let mut counts = [0, 1].map(|_| Sample(vec![0.0; windows as usize]));
    play(&mut flow, &mut |event, at, _| {
        let place = ((at / window) as usize).min(windows as usize - 1);
        match event {
            Event::MarketOrder => counts[MARKET].0[place] += 1.0,
            Event::LimitOrder => counts[LIMIT].0[place] += 1.0,
            _ => {}
        }
    });
    let rates = [0.8, 3.0];
    let (variances, _) = covariances([[0.5, 1.0], [0.0, 0.5]], rates, window);
    // What is brought about in the next window makes neighbours alike: the mean varies as in one long window.
    let (long, _) = covariances([[0.5, 1.0], [0.0, 0.5]], rates, window * windows as f64);
    for (kind, rate) in [MARKET, LIMIT].into_iter().zip(rates) {
        counts[kind].has_mean("orders in a window", rate * window, long[kind] / windows as f64);
        let squares = Sample::of(counts[kind].0.iter().map(|count| (count - rate * window).powi(2)));
        // Neighbours are a little alike, and their squares by the square of that.
        let error = 1.1 * (squares.variance() / squares.count()).sqrt();
        assert!(error < 0.05 * variances[kind], "an error of {error} of {} proves little", variances[kind]);
        agrees("variance of a count", squares.mean(), variances[kind], error);
    }
}

/// Cancels, races and refills come at their rates as long as there is something to cancel, a quote that was left, a wide spread: their number is
/// that of a Poisson variable about the rate times those seconds.
#[test]
fn cancels_races_and_refills_come_at_their_rates() {
    let mut model = even("crypto-alt");
    (model.providers.refill_per_second, model.providers.races_per_second, model.providers.owners_win) =
        (7.0, 40.0, 0.3);
    let mut flow = flow(&model, MINUTE.times(90), 82);
    let (mut seen, mut due) = ([0.0; 6], [0.0; 6]);
    let (mut after_news, mut owners) = (0.0, 0.0);
    let mut message = Vec::new();
    while flow.now < flow.end {
        let (before, rates) = (flow.now, flow.rates(flow.given()));
        let [race, refill] = [rates[Event::Race as usize], rates[Event::Refill as usize]];
        assert!(race == 0.0 || race == 40.0 && flow.stale().is_some(), "races at {race} a second");
        assert_eq!(refill, if flow.gap().is_some() { 7.0 } else { 0.0 });
        let Waited::Over(event) = flow.wait(i64::MAX) else { panic!("a limit where there is none") };
        let seconds = (flow.now - before) as f64 / NANOS;
        due.iter_mut().zip(rates).for_each(|(due, rate)| *due += rate * seconds);
        let Some(event) = event else { continue };
        seen[event as usize] += 1.0;
        let by_news = !flow.moved_by_trade;
        flow.happen(event);
        if by_news && matches!(event, Event::Race) {
            after_news += 1.0;
            owners += f64::from(u8::from(flow.orders.trades.is_empty()));
        }
        flow.orders.hand_over(&mut message);
        message.clear();
    }
    for event in [Event::Cancel, Event::Race, Event::Refill] {
        let (seen, due) = (seen[event as usize], due[event as usize]);
        assert!(seen > 300.0, "{seen} of {event:?} prove nothing");
        agrees(&format!("{event:?}"), seen, due, due.sqrt());
    }
    agrees("owners win", owners / after_news, 0.3, share_error(0.3, after_news));
}

/// The time in which somebody answers: uniform, from four to six fifths of its mean.
#[test]
fn round_trips_are_uniform_about_their_mean() {
    let mut model = preset("crypto-major");
    model.providers.round_trip_us = 1_000.0;
    let mut rng = Streams::new(83).stream("races");
    let trips = Sample::of((0..100_000).map(|_| round_trip(&model, &mut rng) as f64 / 1e6));
    assert!(trips.0.iter().all(|trip| (0.8..=1.2).contains(trip)));
    let variance = 0.4 * 0.4 / 12.0;
    trips.has_mean("mean round trip", 1.0, variance);
    // A uniform variable has a kurtosis of 1.8.
    agrees("its variance", trips.variance(), variance, variance * (0.8 / trips.count()).sqrt());
}

/// Poisson with a rate that changes every second: as many pieces in a window as the rates add up to, and the same variance.
#[test]
fn news_are_a_poisson_count_of_a_changing_rate() {
    let mut rng = Streams::new(84).stream("news-times");
    let mut clock = NewsClock { at: 0, left: 0.0, since: 0, rate: 0.0 };
    clock.wind(&mut rng);
    let rates = [0.2, 3.0, 0.0, 1.0, 7.0];
    let mut counts = Sample::default();
    for window in 0..20_000 {
        let mut count = 0.0;
        for (second, rate) in rates.into_iter().enumerate() {
            let now = (window * rates.len() + second) as i64 * 1_000_000_000;
            clock.turn(now, rate / NANOS);
            let mut within = 0.0;
            while clock.at < now + 1_000_000_000 {
                within += 1.0;
                clock.wind(&mut rng);
            }
            assert!(rate > 0.0 || within == 0.0, "{within} pieces at a rate of 0");
            count += within;
        }
        counts.0.push(count);
    }
    let expected: f64 = rates.iter().sum();
    counts.has_mean("news in a window", expected, expected);
    // The fourth moment of a Poisson variable about its mean m is m + 3 m^2.
    let error = ((expected + 2.0 * expected * expected) / counts.count()).sqrt();
    agrees("their variance", counts.variance(), expected, error);
}

/// Limit orders are at the touch, fleeting and patient by their shares; those behind it have a power-law distance (Lomax), and none is beyond the deepest.
#[test]
fn limit_orders_are_placed_and_patient_by_their_shares() {
    let mut model = even("crypto-major");
    (model.book.touch_share, model.book.fleeting_share, model.book.patient_share) = (0.4, 0.3, 0.6);
    (model.book.depth_ticks, model.book.depth_tail, model.book.deepest_ticks) = (10.0, 0.7, 300);
    let mut flow = flow(&model, DAY, 85);
    flow.orders = RestingOrders::new(model.book.lives_seconds);
    flow.limit(Side::Buy);
    flow.limit(Side::Sell);
    let count = 60_000;
    let mut seen = [0.0; 4];
    for _ in 0..count {
        let before = [0, 1, 2].map(|list| flow.orders.lists[list].len());
        flow.limit(Side::Buy);
        let came = (0..3).find(|list| flow.orders.lists[*list].len() > before[*list]);
        seen[came.unwrap_or(3)] += 1.0;
    }
    let near = 1.0 - (1.0_f64 + 300.0 / 10.0).powf(-0.7);
    let shares = [0.4 * 0.3, 0.4 * 0.7 + 0.6 * near * 0.4, 0.6 * near * 0.6, 0.6 * (1.0 - near)];
    for (found, expected) in seen.into_iter().zip(shares) {
        agrees("limit orders", found / f64::from(count), expected, share_error(expected, f64::from(count)));
    }
}

/// Sizes of orders and latencies of the feed have the mean and the mean square of the lines between their points; a draw is rounded down.
#[test]
fn sizes_and_latencies_have_the_mean_of_their_tables() {
    for (name, _) in PRESETS {
        let model = preset(name);
        let latencies: Vec<(u32, i64)> = model.feed.latency_us.iter().map(|(ppm, us)| (*ppm, us * 1_000)).collect();
        for (what, points) in
            [("market", &model.orders.market_sizes), ("limit", &model.orders.limit_sizes), ("latency", &latencies)]
        {
            let mut rng = Streams::new(86).stream(what);
            let table = sizes(points);
            let drawn = Sample::of((0..100_000).map(|_| table.sample(&mut rng) as f64));
            let (first, second) = (mean(points), crate::synth::flow::draw::mean_square(points));
            drawn.has_mean(&format!("{name}, {what}"), first - 0.5, second - first * first);
        }
    }
}

/// Messages a second apart are late by the feed's latency, none by what was late before.
#[test]
fn the_feed_is_late_by_the_mean_of_its_table() {
    let model = preset("crypto-major");
    let table = model.feed.latency_us.clone();
    let mut broadcast = Broadcast::open(&recipe(model, MINUTE, 87));
    let mut rng = Streams::new(87).stream("feed");
    let late = Sample::of((1..50_000).map(|second| {
        let (at, heard) = broadcast.own_stamps(START.nanos() + second * 1_000_000_000, &mut rng);
        (heard - at) as f64 / 1e3
    }));
    let (first, second) = (mean(&table), crate::synth::flow::draw::mean_square(&table));
    late.has_mean("latency in microseconds", first, second - first * first);
}

/// Of all market orders the configured share are pieces: only of those something was expected, where others lean nowhere.
#[test]
fn metaorders_have_their_share_of_the_market_orders() {
    for share in [0.3, 0.97] {
        let mut model = even("crypto-major");
        (model.metaorders.share, model.metaorders.working, model.orders.lean) = (share, 100, 0.0);
        let mut flow = flow(&model, DAY, 88);
        let count = 50_000;
        // The first pieces are of metaorders that nobody knows.
        (0..2_000).for_each(|_| _ = flow.sign());
        let pieces = (0..count).filter(|_| flow.sign().1 != 0.0).count() as f64;
        agrees("pieces", pieces / f64::from(count), share, share_error(share, f64::from(count)));
    }
}

/// Of orders that were placed some time ago, so many are there that the price has not met: 1 - exp(-slack / scale) of them, where the price
/// has a deviation of scale x root 2 over the root of a life, by the transform of the time in which a Brownian path goes so far.
#[test]
fn old_orders_are_there_where_the_price_has_not_met_them() {
    let mut model = even("crypto-major");
    (model.providers.edge_ticks, model.price.volatility_bps_per_day) = (25.0, 200.0);
    for life in [0.5, 5.0, 50.0] {
        let mut flow = flow(&model, DAY, 89);
        flow.orders = RestingOrders::new(model.book.lives_seconds);
        let count = 40_000;
        for _ in 0..count {
            flow.left_of_old(Side::Buy, Patience::Long, life, false);
        }
        let a_second = model.instrument.start_ticks as f64 * 0.02 / 86_400.0_f64.sqrt();
        let expected = 1.0 - (-2.0 * 25.0 / (a_second * (life / 2.0).sqrt())).exp();
        let found = flow.orders.count(Side::Buy) as f64 / f64::from(count);
        agrees("still there", found, expected, share_error(expected, f64::from(count)));
    }
}

/// The opening book is like that of a market which has been there for hours: patient orders and what rests nearer than a thousand ticks within a quarter. No
/// closed form knows of bounces, jumps and races, so that this is no matter of standard errors; a book filled from orders as they come had
/// three times the patient orders of crypto-major, and five hundred times what rests at the best price.
#[test]
fn the_opening_book_is_like_a_late_one() {
    for (name, _) in PRESETS {
        let model = even(name);
        let mut seen = [[0.0; 2]; 2];
        for seed in 0..8 {
            let mut flow = flow(&model, MINUTE.times(60), 900 + seed);
            for (place, minute) in [0, 40, 50, 59].into_iter().enumerate() {
                let until = START.plus(MINUTE.times(minute)).nanos();
                while flow.step(until, &mut Vec::new()) == Stepped::Message {}
                let patient = flow.orders.lists[2].len() + flow.orders.lists[PATIENT_ASKS].len();
                let depth = |ticks: i64| {
                    let sides = Side::BOTH.map(|side| flow.orders.depth_within(side, ticks));
                    (sides[0] + sides[1]) as f64
                };
                let now = [patient as f64, depth(1_000)];
                // Three late looks against one.
                let (late, weight) = if place == 0 { (0, 1.0) } else { (1, 1.0 / 3.0) };
                seen[late].iter_mut().zip(now).for_each(|(seen, now)| *seen += now * weight);
            }
        }
        for (opening, late) in seen[0].iter().zip(seen[1]) {
            let ratio = opening / late;
            assert!((0.75..1.25).contains(&ratio), "{name}: {ratio} of {late} when it opens");
        }
    }
}
