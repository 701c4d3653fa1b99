use super::market::{Flow, Stepped, Ties};
use super::metaorders::Metaorders;
use super::{FlowMarket, FlowModel, FlowRecipe, PRESETS};
use crate::model::{Side, row};
use crate::rng::Streams;
use crate::synth::tests::Book;
use crate::tape::{Batch, BatchSource, IntColumn, RowBatch};
use crate::units::{DAY, MINUTE, Span, Timestamp};

const HOUR: Span = Span::from_nanos(60 * MINUTE.nanos());
/// 5 January 2026, a Monday, two hours after noon: every preset is open.
pub(super) const START: Timestamp = Timestamp::from_nanos(1_767_571_200_000_000_000 + 14 * HOUR.nanos());

pub(super) fn model() -> FlowModel {
    preset("crypto-major")
}

pub(super) fn preset(name: &str) -> FlowModel {
    FlowModel::preset(name).unwrap_or_else(|| panic!("no market {name}"))
}

pub(super) fn recipe(model: FlowModel, duration: Span, seed: u64) -> FlowRecipe {
    FlowRecipe { model, shocks: Vec::new(), start_at: START, duration, seed }
}

fn batches(recipe: FlowRecipe) -> impl Iterator<Item = RowBatch> {
    let mut market = FlowMarket::new(recipe);
    (0..).map_while(move |index| match market.batch(index).unwrap() {
        Some(Batch::Rows(rows)) => Some(rows),
        None => None,
        other => panic!("{other:?}"),
    })
}

/// Stamp, price and quantity of every row.
pub(super) fn rows(recipe: FlowRecipe) -> Vec<(i64, i64, i64)> {
    let of = |batch: RowBatch| {
        let row = |at| (batch.venue_at[at], batch.price.get(at), batch.quantity.get(at));
        (0..batch.len()).map(row).collect::<Vec<_>>()
    };
    batches(recipe).flat_map(of).collect()
}

fn hash(recipe: FlowRecipe) -> String {
    let mut hasher = blake3::Hasher::new();
    let number = |column: &IntColumn, index: usize| column.get(index).to_le_bytes();
    for batch in batches(recipe) {
        for index in 0..batch.len() {
            hasher.update(&batch.venue_at[index].to_le_bytes()).update(&batch.local_at[index].to_le_bytes());
            hasher.update(&number(&batch.price, index)).update(&number(&batch.quantity, index));
            hasher.update(&batch.flags[index].to_le_bytes());
        }
    }
    hasher.finalize().to_hex().to_string()
}

/// What a pass over a market found.
#[derive(Debug, Default)]
pub(super) struct Seen {
    rows: usize,
    messages: u64,
    trades: u64,
    tight: i64,
    there: i64,
}

/// A message that is being read: what was traded of the resting side, and not yet taken off the book.
#[derive(Default)]
struct Reading {
    traded: Vec<(Side, i64, i64)>,
}

impl Reading {
    /// A level's new quantity is what it had less what was traded there.
    fn check_level(&mut self, book: &Book, side: Side, price: i64, quantity: i64) {
        let Some(place) = self.traded.iter().position(|(at, traded, _)| (*at, *traded) == (side, price)) else {
            return;
        };
        let (_, _, traded) = self.traded.remove(place);
        let before = book.sides[side.index()][&price];
        assert_eq!(quantity, before - traded, "{side:?} {price}: {before} before, {traded} traded");
    }
}

/// Reads `limit` rows of a market through the plain book, checking every row: no crossed book, quantities above zero, levels
/// deleted that were there, what was traded taken off, time in order.
pub(super) fn inspect(recipe: FlowRecipe, limit: usize) -> Seen {
    let (mut book, mut seen, mut reading) = (Book::default(), Seen::default(), Reading::default());
    let mut stamps = (recipe.start_at.nanos(), recipe.start_at.nanos());
    let end = recipe.start_at.plus(recipe.duration).nanos();
    let mut fresh = true;
    for batch in batches(recipe) {
        for index in 0..batch.len() {
            let (flags, at) = (batch.flags[index], (batch.venue_at[index], batch.local_at[index]));
            let (price, quantity) = (batch.price.get(index), batch.quantity.get(index));
            assert!(at >= stamps && at.1 >= stamps.1 && at.0 <= at.1 && at.0 < end, "{at:?} after {stamps:?}");
            assert!(fresh || at == stamps, "a message with two stamps");
            if fresh {
                seen.time(&book, at.0 - stamps.0);
            }
            stamps = at;
            let side = row::side(flags);
            if flags & row::KIND == row::TRADE {
                book.check_trade(flags, price, quantity, reading.traded.is_empty());
                reading.traded.push((side.opposite(), price, quantity));
                seen.trades += 1;
            } else {
                reading.check_level(&book, side, price, quantity);
            }
            book.apply(flags, price, quantity);
            seen.rows += 1;
            fresh = flags & row::LAST != 0;
            if fresh {
                assert!(reading.traded.is_empty(), "traded and still there: {:?}", reading.traded);
                seen.messages += 1;
            }
        }
        if seen.rows >= limit {
            return seen;
        }
    }
    assert!(fresh, "the last message has no end");
    seen
}

impl Seen {
    fn time(&mut self, book: &Book, passed: i64) {
        if let (Some(bid), Some(ask)) = (book.best(Side::Buy), book.best(Side::Sell)) {
            self.there += passed;
            self.tight += if ask - bid == 1 { passed } else { 0 };
        }
    }
}

#[test]
fn every_preset_is_a_sane_market() {
    for (name, _) in PRESETS {
        let mut tight = 0.0;
        for seed in 1..5 {
            let seen = inspect(recipe(preset(name), HOUR, seed), usize::MAX);
            assert!(seen.there > HOUR.nanos() * 99 / 100, "{name}, seed {seed}: both sides for {} ns", seen.there);
            assert!(seen.messages > 3_000 && seen.trades > 100, "{name}, seed {seed}: {seen:?}");
            tight += seen.tight as f64 / seen.there as f64 / 4.0;
        }
        // An hour of a seed may lie in a crisis.
        let expected = if name == "crypto-alt" { 0.1..0.7 } else { 0.6..1.0 };
        assert!(expected.contains(&tight), "{name}: {tight} of the time at one tick");
    }
}

/// Closed form: what comes out of all the orders has the variance that was put in, by trades and by news, by pieces and by others. Where pieces follow the
/// queues there is none; it is within a fifth of what was asked for.
#[test]
fn the_configured_volatility_comes_out() {
    for (flow_share, share, lean, towards) in
        [(0.6, 0.97, 0.5, 0.0), (0.0, 0.5, 0.0, 0.0), (1.0, 0.0, 0.5, 0.0), (0.6, 0.97, 0.5, 0.8)]
    {
        let mut model = preset("crypto-alt");
        model.orders.imbalance_lean = towards;
        model.pace.factors.clear();
        model.pace.regimes.truncate(1);
        model.pace.regimes[0].volatility = 1.0;
        model.price.jumps_per_day = 0.0;
        (model.price.flow_share, model.metaorders.share, model.orders.lean) = (flow_share, share, lean);
        let (mut book, mut next, mut mids) = (Book::default(), START.nanos(), Vec::new());
        for batch in batches(recipe(model.clone(), DAY.times(3), 5)) {
            for row in 0..batch.len() {
                let flags = batch.flags[row];
                book.apply(flags, batch.price.get(row), batch.quantity.get(row));
                let both = book.best(Side::Buy).zip(book.best(Side::Sell));
                if let (Some((bid, ask)), true) = (both, flags & row::LAST != 0 && batch.venue_at[row] >= next) {
                    mids.push((bid + ask) as f64);
                    next += 10 * MINUTE.nanos();
                }
            }
        }
        let squares: f64 = mids.windows(2).map(|pair| (pair[1] / pair[0] - 1.0) * (pair[1] / pair[0] - 1.0)).sum();
        let found = (squares / 3.0).sqrt() * 1e4;
        // Three standard errors of 432 squares are 10 %.
        let ratio = found / model.price.volatility_bps_per_day;
        let (expected, within) = if towards == 0.0 { (spread_of_ten_minutes(&model), 0.1) } else { (1.0, 0.2) };
        assert!(
            (ratio / expected - 1.0).abs() < within,
            "{flow_share} {share} {lean}: {found} bps a day, {ratio} of what was asked for, expected {expected}"
        );
    }
}

/// Deviation of ten minutes over what single trades and news add up to. Surprises of the pieces of one metaorder have its sign (decision 0029), so that sums of them spread
/// more than a walk: how much more is measured on the metaorders alone.
fn spread_of_ten_minutes(model: &FlowModel) -> f64 {
    let streams = Streams::new(1);
    let mut rng = streams.stream("signs");
    let mut metaorders = Metaorders::new(&model.metaorders, &mut rng, &mut streams.stream("lessons"));
    let (share, lean) = (model.metaorders.share, model.orders.lean);
    let pieces = (600.0 * model.orders.market_per_second * share) as usize;
    let sums = (0..if pieces > 0 { 20_000 } else { 0 }).map(|_| {
        let surprise = |(side, foreseen): (Side, f64)| side.sign() as f64 - foreseen;
        (0..pieces).map(|_| surprise(metaorders.piece(0.0, &mut rng))).sum::<f64>()
    });
    let squares: f64 = sums.map(|sum| sum * sum).sum();
    let a_piece = if pieces > 0 { squares / 20_000.0 / pieces as f64 } else { 0.0 };
    let others = (1.0 - share) * (1.0 - lean * lean / 2.0);
    let trades = (share * a_piece + others) / (share * metaorders.unforeseen() + others);
    (1.0 - model.price.flow_share + model.price.flow_share * trades).sqrt()
}

#[test]
fn a_seed_gives_the_same_bytes_for_ever() {
    let hashes: Vec<String> =
        PRESETS.iter().map(|(name, _)| format!("{name} {}", &hash(recipe(preset(name), HOUR, 7))[..16])).collect();
    assert_eq!(hashes, HASHES);
}

/// The first half of each, of an hour of seed 7.
const HASHES: [&str; 5] = [
    "crypto-major 896c53c846303d26",
    "crypto-alt e8d1355393a7b63e",
    "crypto-micro 7993322bb9a824ed",
    "equity 7411fa56a28fcbd4",
    "stablecoin 1a01f68d300bafbd",
];

#[test]
fn a_longer_market_begins_like_a_shorter_one() {
    let rows = |duration| -> Vec<(i64, i64, i64)> {
        let of = |batch: &RowBatch, row: usize| (batch.venue_at[row], batch.price.get(row), batch.quantity.get(row));
        batches(recipe(model(), duration, 3))
            .flat_map(|batch| (0..batch.len()).map(move |row| of(&batch, row)).collect::<Vec<_>>())
            .collect()
    };
    let (short, long) = (rows(MINUTE.times(10)), rows(MINUTE.times(30)));
    assert!(long.len() > short.len() && long[..short.len()] == short[..]);
}

/// What orders do shifts no stream of the slow layers.
#[test]
fn a_layer_draws_from_streams_of_its_own() {
    let layers = |model: &FlowModel| {
        let end = START.nanos() + HOUR.nanos();
        let mut flow = Flow::new(model, &[], (START.nanos(), end), Streams::new(9), &Ties::NONE);
        let mut message = Vec::new();
        while flow.step(i64::MAX, &mut message) == Stepped::Message {
            message.clear();
        }
        flow.slow_layers()
    };
    let (plain, mut other) = (model(), model());
    other.orders.market_per_second = 2.0;
    other.book.touch_share = 0.6;
    other.metaorders.working = 7;
    other.providers.refill_per_second = 20.0;
    assert_eq!(layers(&plain), layers(&other));
}

#[test]
fn a_closed_market_says_nothing() {
    let mut model = preset("equity");
    model.price.overnight_bps = 300.0;
    // A Thursday.
    let midnight = Timestamp::from_nanos(START.nanos() - 14 * HOUR.nanos() + 3 * DAY.nanos());
    let all = FlowRecipe { model, shocks: Vec::new(), start_at: midnight, duration: DAY.times(3), seed: 2 };
    let mut rows = 0;
    for batch in batches(all.clone()) {
        let hours = batch
            .venue_at
            .iter()
            .map(|at| ((at - midnight.nanos()) / HOUR.nanos() / 24, (at - midnight.nanos()) / HOUR.nanos() % 24));
        rows += hours.filter(|(day, hour)| (*day, *hour) != (0, 0) && (!(14..21).contains(hour) || *day > 1)).count();
    }
    assert_eq!(rows, 0, "rows while the market was closed, but for its opening book");
    inspect(all, usize::MAX);
}

#[test]
fn figures_out_of_range_are_named() {
    type Change = fn(&mut FlowModel);
    let cases: [(Change, &str); 16] = [
        (|m| m.providers.edge_ticks = 30_001.0, "providers.edge_ticks is 30001; expected 0 to 1000"),
        (|m| m.pace.hours = vec![1e-200; 24], "pace.hours is 0.000"),
        (|m| m.metaorders.tail = 1.0, "metaorders.tail is 1; expected 1.2 to 10"),
        (|m| m.metaorders.working = 1, "metaorders.working is 1; expected 2 to 100"),
        (|m| m.price.volatility_bps_per_day = -1.0, "price.volatility_bps_per_day is -1; expected 0.01 to 5000"),
        (|m| m.price.flow_share = f64::NAN, "price.flow_share is NaN; expected 0 to 1"),
        (|m| m.orders.market_by_market = 1.0, "orders.market_by_market is 1; expected 0 to 0.9"),
        (
            |m| m.orders.limit_by_market = 15.0,
            "orders.limit_by_market is -57.000 limit orders a second that nothing brings about",
        ),
        (|m| m.orders.market_sizes = vec![(0, 1)], "orders.market_sizes is quantiles from 0 to 0"),
        (|m| m.orders.limit_sizes[0].1 = 0, "values from 1 to 1000000000000"),
        (|m| m.pace.hours = vec![0.0; 24], "pace.hours is all 0"),
        (|m| m.pace.weekdays.truncate(6), "pace.weekdays is 6 of them; expected 7"),
        (|m| m.pace.regimes.iter_mut().for_each(|regime| regime.weight = 0.0), "pace.regimes.weight is 0 above 0"),
        (|m| m.book.lives_seconds[2] = 1e5, "orders at once; expected at most 200000"),
        (|m| m.pace.minute_bursts[0] = 10.0, "orders a second at the busiest"),
        (
            |m| m.instrument.symbol = "../x".to_owned(),
            "instrument.symbol is \"../x\"; expected 1 to 32 letters, digits",
        ),
    ];
    for (change, words) in cases {
        let mut model = model();
        change(&mut model);
        if words.contains("busiest") {
            model.orders.limit_per_second = 20_000.0;
            model.book.lives_seconds = [0.1, 0.5, 5.0];
        }
        let error = model.check().unwrap_err().to_string();
        assert!(error.contains(words), "`{error}` lacks `{words}`");
    }
}

/// A figure of a model, set to a share of the way between the ends of what is allowed.
fn stretched(mut model: FlowModel, dice: &[f64]) -> FlowModel {
    let mut dice = dice.iter().copied();
    // Most figures stay: a market of nothing but extremes is refused, nearly always.
    let mut set = |figure: &mut f64, least: f64, most: f64| {
        let share = dice.next().unwrap_or(1.0);
        if share < 0.15 {
            *figure = least;
        } else if share < 0.3 {
            *figure = most;
        } else if share < 0.5 {
            *figure = least + (most - least) * (share - 0.3) * 5.0;
        }
    };
    set(&mut model.price.volatility_bps_per_day, 0.01, 5_000.0);
    set(&mut model.price.flow_share, 0.0, 1.0);
    set(&mut model.price.news_per_second, 0.001, 1_000.0);
    set(&mut model.price.jumps_per_day, 0.0, 1_000.0);
    set(&mut model.price.jump_down_bps, 0.0, 2_000.0);
    set(&mut model.price.reversion_half_life_hours, 0.0, 10.0);
    set(&mut model.orders.market_per_second, 0.001, 20.0);
    set(&mut model.orders.slippage_bps, 0.0, 1_000.0);
    set(&mut model.orders.lean, 0.0, 0.9);
    set(&mut model.orders.imbalance_lean, 0.0, 0.9);
    set(&mut model.metaorders.share, 0.0, 1.0);
    set(&mut model.metaorders.tail, 1.2, 10.0);
    set(&mut model.metaorders.hidden_pieces, 0.01, 100.0);
    set(&mut model.price.overnight_bps, 0.0, 2_000.0);
    set(&mut model.providers.turmoil_half_life_seconds, 0.1, 1e5);
    set(&mut model.providers.turmoil_from, 1.0, 1e6);
    set(&mut model.book.fleeting_share, 0.0, 1.0);
    set(&mut model.book.patient_share, 0.0, 1.0);
    set(&mut model.pace.hours[14], 0.01, 10.0);
    set(&mut model.pace.regimes[0].volatility, 0.05, 20.0);
    set(&mut model.pace.factors[0].deviation, 0.0, 1.0);
    set(&mut model.pace.market_exponent, 0.0, 2.0);
    let (mut start, mut tight, mut working, mut longest) = (1_000.0, 1.0, 3.0, 1_000.0);
    set(&mut start, 100.0, 500_000_000.0);
    set(&mut tight, 1.0, 1_000.0);
    set(&mut working, 2.0, 100.0);
    set(&mut longest, 1.0, 1e5);
    model.instrument.start_ticks = start as i64;
    model.providers.tight_ticks = tight as i64;
    (model.metaorders.working, model.metaorders.longest) = (working as u32, longest as u32);
    set(&mut model.book.touch_share, 0.0, 1.0);
    set(&mut model.book.depth_ticks, 0.01, 10_000.0);
    set(&mut model.book.depth_tail, 0.1, 10.0);
    set(&mut model.book.depth_growth, 0.0, 10.0);
    set(&mut model.book.lives_seconds[1], 0.001, 100.0);
    set(&mut model.book.lives_seconds[2], 0.001, 2_000.0);
    set(&mut model.providers.edge_ticks, 0.0, 1_000.0);
    set(&mut model.providers.refill_per_second, 0.01, 100_000.0);
    set(&mut model.providers.bold_share, 0.0, 1.0);
    set(&mut model.providers.round_trip_us, 0.0, 1e6);
    set(&mut model.providers.races_per_second, 0.01, 100_000.0);
    set(&mut model.providers.owners_win, 0.0, 1.0);
    set(&mut model.providers.withdrawal, 0.0, 100.0);
    set(&mut model.providers.fright_ticks, 0.0, 1_000.0);
    model
}

/// Figures at the ends of their ranges make a valid market, or none; and not none, mostly.
#[test]
fn extremes_are_refused_or_sane() {
    let mut dice = Streams::new(77).stream("dice");
    let (mut played, mut drawn) = (0, 0);
    while played < 60 {
        let shares: Vec<f64> = (0..40).map(|_| dice.below(1_000) as f64 / 1_000.0).collect();
        let model = stretched(preset(PRESETS[drawn % PRESETS.len()].0), &shares);
        drawn += 1;
        if model.check().is_ok() {
            played += 1;
            inspect(recipe(model, MINUTE.times(2), drawn as u64), 100_000);
        }
        assert!(drawn < 600, "{played} of {drawn} were markets");
    }
}
