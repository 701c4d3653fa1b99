use super::run::Run;
use super::{
    FamilyMarket, FamilyModel, FamilyRecipe, LeftRecipe, LinkModel, LiveFamily, LiveTurn, MemberModel, Moments,
    PerpetualModel,
};
use crate::book::SharedBook;
use crate::model::Side;
use crate::synth::batches::Batches;
use crate::synth::flow::tests::{START, model};
use crate::synth::flow::{FlowMarket, FlowModel, LiveRows};
use crate::tape::{Batch, BatchSource, RowBatch};
use crate::units::{MINUTE, Quantity, Span, Timestamp};

fn member(symbol: &str, own_share: Option<f64>) -> MemberModel {
    let mut market = model();
    market.instrument.symbol = symbol.to_owned();
    MemberModel { market, own_share, perpetual: None }
}

fn link(from: &str, to: &str, share: f64) -> LinkModel {
    LinkModel { from: from.to_owned(), to: to.to_owned(), share, stress_exponent: 0.0 }
}

/// A leader, and one that follows it.
fn pair(share: f64) -> FamilyModel {
    FamilyModel {
        members: vec![member("LEAD", None), member("TAIL", None)],
        links: vec![link("LEAD", "TAIL", share)],
        pace_of: None,
        delay_ms: 10,
    }
}

fn recipe(model: FamilyModel, minutes: i64) -> FamilyRecipe {
    let shocks = vec![Vec::new(); model.members.len()];
    FamilyRecipe { model, shocks, start_at: START, duration: MINUTE.times(minutes), seed: 9 }
}

fn rows(source: &mut dyn BatchSource) -> Vec<RowBatch> {
    let batch = |index| match source.batch(index).unwrap()? {
        Batch::Rows(rows) => Some(rows),
        Batch::Bars(_) => None,
    };
    (0..).map_while(batch).collect()
}

fn bytes(batches: &[RowBatch]) -> String {
    let mut hasher = blake3::Hasher::new();
    for batch in batches {
        for offset in 0..batch.len() {
            hasher.update(&batch.venue_at[offset].to_le_bytes());
            hasher.update(&batch.local_at[offset].to_le_bytes());
            hasher.update(&batch.price.get(offset).to_le_bytes());
            hasher.update(&batch.quantity.get(offset).to_le_bytes());
            hasher.update(&batch.flags[offset].to_le_bytes());
        }
    }
    hasher.finalize().to_hex().to_string()
}

fn all(recipe: &FamilyRecipe) -> Vec<String> {
    recipe.markets().iter_mut().map(|market| bytes(&rows(market))).collect()
}

/// A market that hears of nobody is the market that it is alone, whoever hears of it.
#[test]
fn an_instrument_more_shifts_no_other() {
    let family = recipe(pair(0.8), 20);
    let alone = bytes(&rows(&mut FlowMarket::new(family.market(0))));
    let together = all(&family);
    assert_eq!(together[0], alone);
    let mut more = family.clone();
    more.model.members.push(member("MORE", None));
    more.model.links.push(link("TAIL", "MORE", 0.5));
    more.shocks.push(Vec::new());
    assert_eq!(all(&more)[..2], together, "a third market changed the first two");
    let follower = bytes(&rows(&mut FlowMarket::new(family.market(1))));
    assert_ne!(together[1], follower, "a follower that hears nothing");
}

/// Read one after the other, the other way round, or again from the start: the same.
#[test]
fn the_order_of_reading_changes_nothing() {
    let family = recipe(pair(0.8), 60);
    let expected = all(&family);
    let mut markets = family.markets();
    let last = bytes(&rows(&mut markets[1]));
    let first = bytes(&rows(&mut markets[0]));
    assert_eq!([first, last], expected[..]);
    let again = bytes(&rows(&mut markets[1]));
    assert_eq!(again, expected[1], "a second reading");
    let mut single: FamilyMarket = family.markets().swap_remove(1);
    assert_eq!(bytes(&rows(&mut single)), expected[1], "without anybody reading the other");
}

/// Closed form: one to one both ways, two markets cost the same but for what moves within the delay.
#[test]
fn the_same_thing_costs_the_same() {
    let mut family = pair(1.0);
    family.members = vec![member("SPOT", Some(0.4)), member("PERP", Some(0.6))];
    family.links = vec![link("SPOT", "PERP", 1.0), link("PERP", "SPOT", 1.0)];
    let family = recipe(family, 90);
    let mut batches = [Batches::default(), Batches::default()];
    let mut shared = Run::open(&family, &mut batches);
    let mut least_move = f64::MAX;
    let end = family.start_at.plus(family.duration).nanos();
    // What is learned in the last window nobody hears any more.
    while shared.advance(&mut batches) && shared.until < end {
        let [one, other] = [0, 1].map(|place| shared.members[place].broadcast.flow.efficient_price());
        assert!((one / other - 1.0).abs() < 1e-9, "{one} and {other} ticks after everybody has heard");
        least_move = least_move.min(one);
    }
    assert!(least_move < 0.9995 * model().instrument.start_ticks as f64, "a price that never fell below {least_move}");
}

/// Efficient prices every minute of `minutes`.
fn paths(family: &FamilyRecipe, minutes: usize) -> Vec<Vec<f64>> {
    let mut batches: Vec<_> = family.model.members.iter().map(|_| Batches::default()).collect();
    let mut shared = Run::open(family, &mut batches);
    let mut paths = vec![Vec::with_capacity(minutes); batches.len()];
    let mut next = family.start_at;
    while shared.advance(&mut batches) {
        if shared.until >= next.nanos() {
            next = next.plus(MINUTE);
            for (path, member) in paths.iter_mut().zip(&shared.members) {
                path.push(member.broadcast.flow.efficient_price());
            }
        }
    }
    paths
}

fn changes(path: &[f64]) -> Vec<f64> {
    path.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect()
}

fn correlation(one: &[f64], other: &[f64]) -> f64 {
    let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    sum(one, other) / (sum(one, one) * sum(other, other)).sqrt()
}

/// Closed form: [`Moments`]. With a pace of one the changes are of one law; a correlation of n of them has an error of (1 - r^2) / sqrt(n)
/// where tails are light, and twice that is allowed for heavy ones.
#[test]
fn changes_have_the_promised_correlation_and_variance() {
    for share in [0.8, -0.6] {
        let mut family = pair(share);
        for member in &mut family.members {
            calm(&mut member.market);
        }
        let promised = Moments::of(&family).unwrap();
        let minutes = 1_500;
        let found: Vec<Vec<f64>> = paths(&recipe(family, minutes), 1_500).iter().map(|path| changes(path)).collect();
        let (expected, count) = (promised.correlations[0][1], found[0].len() as f64);
        assert!(
            (expected - share).abs() < 1e-9,
            "of equally volatile markets the correlation is the share: {expected}"
        );
        let found_correlation = correlation(&found[0], &found[1]);
        let error = 2.0 * (1.0 - expected * expected) / count.sqrt();
        assert!(
            (found_correlation - expected).abs() < 3.0 * error,
            "{found_correlation}, expected {expected} +- {error}"
        );
        for (changes, volatility) in found.iter().zip(&promised.volatilities_bps) {
            let variance = changes.iter().map(|change| change * change).sum::<f64>() / count;
            let fourth = changes.iter().map(|change| change.powi(4)).sum::<f64>() / count;
            let error = ((fourth - variance * variance) / count).sqrt();
            let expected = (volatility / 1e4).powi(2) / 1_440.0;
            assert!(
                (variance - expected).abs() < 4.0 * error,
                "variance {variance:e}, expected {expected:e} +- {error:e}"
            );
        }
    }
}

/// No slow layers, no jumps, no pieces: what is left has closed forms.
fn calm(market: &mut FlowModel) {
    market.pace.factors.clear();
    market.pace.regimes.truncate(1);
    market.pace.regimes[0].volatility = 1.0;
    market.pace.hours = vec![1.0; 24];
    market.pace.weekdays = vec![1.0; 7];
    market.pace.minute_bursts = [1.0; 3];
    market.price.jumps_per_day = 0.0;
    market.price.reversion_half_life_hours = 0.0;
    // Pieces of metaorders add to the variance over minutes (decision 0029).
    market.metaorders.share = 0.0;
    (market.orders.market_per_second, market.orders.limit_per_second) = (1.0, 9.0);
}

/// Four days of a basis that is ten minutes long have the deviation and memory of an Ornstein-Uhlenbeck process; nothing of it reaches the
/// underlying.
#[test]
fn a_basis_reverts_and_stays_with_the_perpetual() {
    let perpetual = PerpetualModel {
        of: "SPOT".to_owned(),
        basis_bps: 3.0,
        basis_deviation_bps: 5.0,
        basis_half_life_minutes: 10.0,
        funding_hours: 8,
        interest_bps: 1.0,
        clamp_bps: 5.0,
        cap_bps: 200.0,
    };
    let family = |with: Option<PerpetualModel>| {
        let mut family = pair(1.0);
        family.members = vec![member("SPOT", Some(1.0)), MemberModel { perpetual: with, ..member("PERP", Some(0.0)) }];
        family.links = vec![link("SPOT", "PERP", 1.0), link("PERP", "SPOT", 1.0)];
        recipe(family, 60)
    };
    let [with, without] = [Some(perpetual.clone()), None].map(|perpetual| paths(&family(perpetual), 61));
    let drift: f64 = with[0].iter().zip(&without[0]).map(|(a, b)| (a / b - 1.0).abs()).fold(0.0, f64::max);
    assert!(drift < 1e-9, "the underlying moved by {drift} with the basis of its perpetual");
    let basis: Vec<f64> = with[1].iter().zip(&with[0]).map(|(perp, spot)| 1e4 * (perp / spot).ln()).collect();
    assert!(basis[0] == 0.0 && basis.iter().any(|basis| basis.abs() > 2.0), "{basis:?}");

    let mut alone = super::basis::Basis::new(&perpetual, "PERP", 9);
    let mut log = 0.0;
    let values: Vec<f64> = (0..4 * 86_400)
        .map(|_| {
            log += alone.step().ln();
            1e4 * log
        })
        .collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let autocovariance = |lag: usize| {
        let pairs = values.iter().zip(&values[lag..]);
        pairs.map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / (values.len() - lag) as f64
    };
    // An OU process of four days and half-lives of 600 s: as many independent values as there are 2 / ln 2 half-lives.
    let independent = values.len() as f64 / (2.0 * 600.0 / std::f64::consts::LN_2);
    assert!((mean - 3.0).abs() < 4.0 * 5.0 / independent.sqrt(), "mean {mean} bps");
    assert!(
        (autocovariance(0) / 25.0 - 1.0).abs() < 4.0 * (2.0 / independent).sqrt(),
        "variance {}",
        autocovariance(0)
    );
    let halved = autocovariance(600) / autocovariance(0);
    assert!((halved - 0.5).abs() < 4.0 * (1.0 / independent).sqrt(), "{halved} after a half-life");
    // What the minutes of the market show is what this path says.
    let minute = |place: usize| values[60 * place - 1];
    assert!((1..50).all(|place| (basis[place] - minute(place)).abs() < 0.2), "{basis:?}");
}

/// Drawn: Binance's rule. Premiums of 0, 3, 10, -10 and 900 basis points, interest 1, clamp 5, cap 200.
#[test]
fn funding_follows_the_premium_as_venues_say() {
    let steady = |premium: f64| PerpetualModel {
        of: "SPOT".to_owned(),
        basis_bps: premium,
        basis_deviation_bps: 0.0,
        basis_half_life_minutes: 0.1,
        funding_hours: 8,
        interest_bps: 1.0,
        clamp_bps: 5.0,
        cap_bps: 200.0,
    };
    // 0: P + (1 - 0) = 1. 3: 3 + (1 - 3) = 1. 10: 10 - 5 = 5. -10: -10 + 5 = -5. 900: capped.
    for (premium, expected_bps) in [(0.0, 1.0), (3.0, 1.0), (10.0, 5.0), (-10.0, -5.0), (900.0, 200.0)] {
        let charges = steady(premium).funding("PERP", 1, START, Span::from_nanos(86_400_000_000_000));
        assert_eq!(charges.len(), 3, "three fundings a day");
        let hours: Vec<i64> = charges.iter().map(|charge| charge.at.nanos() / 3_600_000_000_000 % 24).collect();
        assert_eq!(hours, [16, 0, 8]);
        let found = charges[2].rate.ppb() as f64 / 1e5;
        // A log of 10 basis points is 10.005 of premium.
        assert!((found - expected_bps).abs() < 0.02, "premium {premium}: {found} bps, expected {expected_bps}");
    }
}

/// Whole intervals alone are charged: a market from 23:00 to 01:00 is charged once, for the hour that it has seen.
#[test]
fn funding_is_due_at_the_hours_of_the_day() {
    let perpetual = PerpetualModel {
        of: "SPOT".to_owned(),
        basis_bps: 0.0,
        basis_deviation_bps: 0.0,
        basis_half_life_minutes: 1.0,
        funding_hours: 8,
        interest_bps: 1.0,
        clamp_bps: 5.0,
        cap_bps: 200.0,
    };
    let from = START.plus(MINUTE.times(9 * 60));
    let charges = perpetual.funding("PERP", 1, from, MINUTE.times(120));
    let found: Vec<(i64, i64)> =
        charges.iter().map(|charge| (charge.at.since(from).nanos() / 60_000_000_000, charge.rate.ppb())).collect();
    assert_eq!(found, [(60, 100_000)]);
}

/// What does not add up is named, with what would.
#[test]
fn a_family_that_does_not_add_up_is_refused() {
    type Change = fn(&mut FamilyModel);
    let refused = |change: Change| {
        let mut model = pair(0.8);
        change(&mut model);
        model.check().map_err(|error| error.to_string()).expect_err("a family that was refused")
    };
    let cases: [(Change, &str); 12] = [
        (|model| model.members.clear(), "members is 0 of them"),
        (|model| model.members[1].market.instrument.symbol = "LEAD".to_owned(), "`LEAD` more than once"),
        (|model| model.links[0].to = "NOBODY".to_owned(), "links.to is `NOBODY`; expected one of LEAD, TAIL"),
        (|model| model.links[0].to = "LEAD".to_owned(), "another market"),
        (|model| model.links[0].share = f64::NAN, "links.share is NaN"),
        (|model| model.links[0].share = 1.2, "links that bring 144 % of the variance of TAIL"),
        (|model| model.links.push(link("LEAD", "TAIL", 0.1)), "two links from LEAD to TAIL"),
        (|model| model.links.push(link("TAIL", "LEAD", 0.1)), "none says what it learns itself"),
        (|model| model.members[1].own_share = Some(0.5), "about 0.360"),
        (|model| model.pace_of = Some("NOBODY".to_owned()), "pace_of is `NOBODY`"),
        (|model| model.delay_ms = 7, "delay_ms is 7; expected a part of 1000"),
        (|model| model.members[0].market.price.volatility_bps_per_day = -1.0, "price.volatility_bps_per_day"),
    ];
    for (change, expected) in cases {
        let found = refused(change);
        assert!(found.contains(expected), "found {found}, expected {expected}");
    }
}

/// Members of one pace have the leader's factors and regimes, and its stream: they are wild at once.
#[test]
fn members_of_one_pace_are_wild_together() {
    let mut family = pair(0.5);
    family.pace_of = Some("LEAD".to_owned());
    family.members[1].market.pace.factors.clear();
    family.members[1].market.pace.regimes.truncate(1);
    let mut batches = [Batches::default(), Batches::default()];
    let mut shared = Run::open(&recipe(family.with_common_pace(), 30), &mut batches);
    let mut seen = Vec::new();
    while shared.advance(&mut batches) {
        let [one, other] = [0, 1].map(|place| shared.members[place].broadcast.flow.at.volatility);
        // A second's step of one may be a window before that of the other.
        seen.push((one, other));
    }
    let same = seen.iter().filter(|(one, other)| one == other).count();
    assert!(same * 10 > seen.len() * 9, "the same in {same} of {} windows", seen.len());
}

/// With nothing done the live markets have the rows of the tapes, however often and up to when they are asked; one that is not traded goes
/// on as well.
#[test]
fn with_nothing_done_a_live_family_is_its_tapes() {
    let mut model = pair(1.0);
    model.members = vec![member("SPOT", Some(0.4)), member("PERP", Some(0.6)), member("MORE", None)];
    model.links = vec![link("SPOT", "PERP", 1.0), link("PERP", "SPOT", 1.0), link("MORE", "SPOT", 1e-9)];
    let family = recipe(model, 10);
    let expected = all(&family);
    for (traded, pause) in [(vec![1, 0], 1_000_003), (vec![0, 1], 250_000_000), (vec![1], 60_000_000_000)] {
        let mut live = LiveFamily::new(&family, &traded, None);
        let markets = live.traded();
        let mut rows: Vec<LiveRows> = traded.iter().map(|_| LiveRows::default()).collect();
        let mut limit = family.start_at;
        loop {
            match live.next(limit) {
                LiveTurn::End => break,
                LiveTurn::Limit => limit = limit.plus(Span::from_nanos(pause)),
                LiveTurn::Market(place, until) => {
                    let _ = markets[place].borrow_mut().step(until.min(limit), &mut rows[place]);
                }
            }
        }
        for (place, rows) in rows.iter_mut().enumerate() {
            assert_eq!(bytes(&[rows.take()]), expected[traded[place]], "member {} of {traded:?}", traded[place]);
        }
    }
}

/// What a venue takes in one market is heard of in the other at the next multiple of the delay, by the share of the link; and the markets
/// as it has left them have the same rows again.
#[test]
fn what_is_taken_in_one_market_moves_the_other() {
    let mut model = pair(0.5);
    model.members.iter_mut().for_each(|member| calm(&mut member.market));
    let family = recipe(model, 2);
    let at = family.start_at.plus(Span::from_nanos(30_000_300_000));
    let run = |size: i64| {
        let mut live = LiveFamily::new(&family, &[0, 1], None);
        let markets = live.traded();
        let mut rows = [LiveRows::default(), LiveRows::default()];
        let mut prices = Vec::new();
        let mut go = |live: &mut LiveFamily, limit: Timestamp| {
            while let LiveTurn::Market(place, until) = live.next(limit) {
                let _ = markets[place].borrow_mut().step(until.min(limit), &mut rows[place]);
            }
        };
        go(&mut live, at);
        if size > 0 {
            markets[0].borrow_mut().taken(at, Side::Buy, Quantity::new(size));
        }
        prices.push([0, 1].map(|place| markets[place].borrow().efficient_price()));
        // The window ends 9.7 ms later.
        go(&mut live, at.plus(Span::from_nanos(9_600_000)));
        prices.push([0, 1].map(|place| markets[place].borrow().efficient_price()));
        go(&mut live, at.plus(Span::from_nanos(9_800_000)));
        prices.push([0, 1].map(|place| markets[place].borrow().efficient_price()));
        go(&mut live, Timestamp::MAX);
        let actions = markets.iter().map(|market| market.borrow().actions()).collect();
        let counts = rows.iter().map(|rows| rows.len() as u64).collect();
        let left = LeftRecipe { recipe: family.clone(), traded: vec![0, 1], actions, rows: counts, length: None };
        (prices, rows.map(|mut rows| bytes(&[rows.take()])), left)
    };
    let (calm, _, _) = run(0);
    let (moved, made, left) = run(1_000);
    let ratio = |when: usize, place: usize| moved[when][place] / calm[when][place];
    let impact = ratio(0, 0);
    assert!(impact > 1.0 + 1e-6, "nobody learned anything: {impact}");
    assert!((ratio(1, 1) - 1.0).abs() < 1e-12, "heard before its time: {}", ratio(1, 1));
    assert!((ratio(2, 1) - impact.sqrt()).abs() < 1e-12, "{} after {impact}, by a share of a half", ratio(2, 1));
    let again: Vec<String> = left.markets().iter_mut().map(|market| bytes(&rows(market))).collect();
    assert_eq!(again, made, "the markets as they were left");
}

/// What venues do at one instant, at the very end of a window, is heard of at once, after it: the markets as they were left are those that
/// ran.
#[test]
fn all_that_is_done_at_one_instant_is_heard_of_at_once() {
    let mut model = pair(0.5);
    model.links.push(link("TAIL", "LEAD", 0.2));
    model.members = vec![member("LEAD", Some(0.97)), member("TAIL", Some(0.75))];
    model.check().unwrap();
    let family = recipe(model, 1);
    let at = family.start_at.plus(Span::from_nanos(20_000_000_000));
    let mut live = LiveFamily::new(&family, &[0, 1], None);
    let markets = live.traded();
    let mut made = [LiveRows::default(), LiveRows::default()];
    let mut go = |live: &mut LiveFamily, limit: Timestamp| {
        while let LiveTurn::Market(place, until) = live.next(limit) {
            let _ = markets[place].borrow_mut().step(until.min(limit), &mut made[place]);
        }
    };
    go(&mut live, at);
    for (place, side) in [(0, Side::Buy), (1, Side::Sell), (0, Side::Buy)] {
        let best = markets[place].borrow().best(side.opposite());
        markets[place].borrow_mut().take(at, side, best, Quantity::new(1));
        markets[place].borrow_mut().taken(at, side, Quantity::new(1));
    }
    go(&mut live, Timestamp::MAX);
    let actions = markets.iter().map(|market| market.borrow().actions()).collect();
    let counts = made.iter().map(|rows| rows.len() as u64).collect();
    let left = LeftRecipe { recipe: family, traded: vec![0, 1], actions, rows: counts, length: None };
    let again: Vec<String> = left.markets().iter_mut().map(|market| bytes(&rows(market))).collect();
    assert_eq!(again, made.map(|mut rows| bytes(&[rows.take()])), "the markets as they were left");
}

/// A perpetual that would walk away from its underlying, or begin elsewhere, is refused.
#[test]
fn a_perpetual_is_tied_to_its_underlying() {
    type Change = fn(&mut FamilyModel);
    let perpetual = PerpetualModel {
        of: "SPOT".to_owned(),
        basis_bps: 0.0,
        basis_deviation_bps: 1.0,
        basis_half_life_minutes: 10.0,
        funding_hours: 8,
        interest_bps: 1.0,
        clamp_bps: 5.0,
        cap_bps: 200.0,
    };
    let mut sound = pair(1.0);
    sound.members =
        vec![member("SPOT", Some(0.4)), MemberModel { perpetual: Some(perpetual), ..member("PERP", Some(0.6)) }];
    sound.links = vec![link("SPOT", "PERP", 1.0), link("PERP", "SPOT", 1.0)];
    sound.check().unwrap();
    let cases: [(Change, &str); 8] = [
        (|model| model.links[1].share = 0.9, "a perpetual on `SPOT`, that is not tied to it"),
        (|model| model.members[1].perpetual.as_mut().unwrap().of = "PERP".to_owned(), "members.perpetual.of is `PERP`"),
        (|model| model.members[1].perpetual.as_mut().unwrap().funding_hours = 7, "a part of a day"),
        (
            |model| model.members[1].perpetual.as_mut().unwrap().basis_deviation_bps = f64::NAN,
            "basis_deviation_bps is NaN",
        ),
        (|model| model.members[1].market.instrument.start_ticks += 1, "expected the price of `SPOT`"),
        (|model| model.members[1].market.instrument.quote = "USD".to_owned(), "expected that of `SPOT`"),
        (|model| model.members[1].market.price.reversion_half_life_hours = 5.0, "it would draw back its basis"),
        (
            |model| {
                model.members.push(member("BTC", None));
                model.links.push(link("BTC", "SPOT", 1.0));
            },
            "that hear of `BTC` by other shares",
        ),
    ];
    for (change, expected) in cases {
        let mut model = sound.clone();
        change(&mut model);
        let found = model.check().map_err(|error| error.to_string()).expect_err("a family that was refused");
        assert!(found.contains(expected), "found {found}, expected {expected}");
    }
}
