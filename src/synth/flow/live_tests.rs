use super::tests::{START, preset, recipe};
use super::{FlowMarket, LiveMarket, LiveRecipe, LiveRows, LiveStep, PRESETS};
use crate::book::{QueuedOrder, SharedBook, SharedEvent};
use crate::model::{OrderId, RowKind, Side, row};
use crate::rng::{Rng, Streams};
use crate::synth::tests::Book;
use crate::tape::{Batch, BatchSource};
use crate::units::{MINUTE, Price, Quantity, SECOND, Span, Timestamp};
use std::collections::BTreeMap;

/// A row with its stamps.
type Line = (i64, i64, i64, i64, u32);

fn tape(source: &mut dyn BatchSource) -> Vec<Line> {
    let batches = (0..).map_while(|index| source.batch(index).unwrap());
    let lines = |batch: Batch| -> Vec<Line> {
        let Batch::Rows(rows) = batch else { panic!("{batch:?}") };
        let line = |index: usize| {
            (
                rows.venue_at[index],
                rows.local_at[index],
                rows.price.get(index),
                rows.quantity.get(index),
                rows.flags[index],
            )
        };
        (0..rows.len()).map(line).collect()
    };
    batches.flat_map(lines).collect()
}

fn lines(rows: &LiveRows) -> Vec<Line> {
    let line = |index: usize| {
        let (price, quantity) = (i64::from(rows.price[index]), rows.quantity[index]);
        (rows.venue_at[index], rows.local_at[index], price, quantity, rows.flags[index])
    };
    (0..rows.len()).map(line).collect()
}

/// Stopped and asked on at any moments, a market in which nobody does anything is the tape that is written of it.
#[test]
fn with_nothing_done_a_live_market_is_its_tape() {
    for (place, (name, _)) in PRESETS.iter().enumerate() {
        for seed in 1..=3 {
            let recipe = recipe(preset(name), MINUTE.times(15), seed);
            let written = tape(&mut FlowMarket::new(recipe.clone()));
            let mut draws = Streams::new(seed + 10 * place as u64).stream("limits");
            let (mut market, mut rows, mut limit) = (LiveMarket::new(recipe), LiveRows::default(), START);
            loop {
                match market.step(limit, &mut rows) {
                    LiveStep::Message => {}
                    LiveStep::Limit => limit = limit.plus(Span::from_nanos(draws.exponential(300_000_000) as i64)),
                    LiveStep::End => break,
                }
            }
            assert!(written.len() > 1_000, "{name}: {} rows", written.len());
            assert_eq!(lines(&rows), written, "{name}, seed {seed}");
        }
    }
}

/// A venue that does whatever comes to its mind, and reads the rows through a plain book.
struct Wild {
    market: LiveMarket,
    rows: LiveRows,
    read: usize,
    book: Book,
    /// What is left of its orders.
    open: BTreeMap<u64, QueuedOrder>,
    next: u64,
    now: Timestamp,
    rested: i64,
    withdrawn: i64,
    hit: i64,
    took: i64,
}

impl Wild {
    fn new(name: &str, seed: u64) -> Self {
        Self {
            market: LiveMarket::new(recipe(preset(name), MINUTE.times(4), seed)),
            rows: LiveRows::default(),
            read: 0,
            book: Book::default(),
            open: BTreeMap::new(),
            next: 1,
            now: START,
            rested: 0,
            withdrawn: 0,
            hit: 0,
            took: 0,
        }
    }

    /// Goes on to the limit. False at the end.
    fn go_on(&mut self, limit: Timestamp) -> bool {
        loop {
            let stepped = self.market.step(limit, &mut self.rows);
            let mut events = Vec::new();
            self.market.take_events(&mut events);
            events.into_iter().for_each(|event| self.hear(event));
            self.apply();
            match stepped {
                LiveStep::Message => {}
                LiveStep::Limit => return true,
                LiveStep::End => return false,
            }
        }
    }

    fn hear(&mut self, event: SharedEvent) {
        match event {
            SharedEvent::Dropped(id) => {
                let gone = self.open.remove(&id.0).expect("an order that was open");
                self.withdrawn += gone.quantity.steps();
            }
            SharedEvent::Taken { id, price, quantity } => {
                let order = self.open.get_mut(&id.0).expect("an order that was open");
                assert!(price == order.price && Quantity::ZERO < quantity && quantity <= order.quantity, "{order:?}");
                order.quantity = order.quantity - quantity;
                self.hit += quantity.steps();
                if order.quantity.is_zero() {
                    self.open.remove(&id.0);
                }
            }
        }
    }

    fn apply(&mut self) {
        while self.read < self.rows.len() {
            let at = self.read;
            if at > 0 {
                let before = (self.rows.venue_at[at - 1], self.rows.local_at[at - 1]);
                let here = (self.rows.venue_at[at], self.rows.local_at[at]);
                assert!(before.0 <= here.0 && before.1 <= here.1 && here.0 <= here.1, "{here:?} after {before:?}");
            }
            self.book.apply(self.rows.flags[at], i64::from(self.rows.price[at]), self.rows.quantity[at]);
            self.read += 1;
        }
    }

    fn act(&mut self, rng: &mut Rng) {
        let side = if rng.ratio(1, 2) { Side::Buy } else { Side::Sell };
        match rng.below(8) {
            0..=3 => self.rest(side, rng),
            4 => self.take(side, rng),
            5 => self.shrink(rng),
            _ => self.withdraw(rng),
        }
    }

    /// At or near the touch, inside the spread, or far away.
    fn rest(&mut self, side: Side, rng: &mut Rng) {
        let Some(best) = self.book.best(side) else { return };
        let away = if rng.ratio(1, 10) { rng.range(0..=150_000) } else { rng.range(-2..=5) };
        let quantity = if rng.ratio(1, 20) { 1 << 50 } else { rng.range(1..=5_000) };
        let price = Price::new((best - away * side.sign()).max(1));
        let order = QueuedOrder { side, price, quantity: Quantity::new(quantity) };
        let (id, has_room) = (OrderId(self.next), self.market.has_room(order));
        self.next += 1;
        if self.market.rest(self.now, id, order) {
            assert!(has_room, "{order:?} rests where there is no room");
            self.rested += quantity;
            self.open.insert(id.0, order);
            let ahead = self.market.ahead_of(id);
            let shown = self.book.sides[side.index()].get(&price.ticks()).copied().unwrap_or(0);
            assert_eq!(ahead.steps(), shown, "all that others show at the price is in front of a newcomer");
        }
    }

    /// What others have at the best price, or the whole side.
    fn take(&mut self, side: Side, rng: &mut Rng) {
        let resting = side.opposite();
        let levels: Vec<(i64, i64)> = self.book.sides[resting.index()].iter().map(|(p, q)| (*p, *q)).collect();
        let levels: Vec<(i64, i64)> = if resting == Side::Buy { levels.into_iter().rev().collect() } else { levels };
        let most = if rng.ratio(1, 30) { usize::MAX } else { 1 };
        let mut all = 0;
        for (price, there) in levels.into_iter().take(most) {
            let quantity = if most == 1 { rng.range(1..=there) } else { there };
            self.market.take(self.now, side, Price::new(price), Quantity::new(quantity));
            all += quantity;
        }
        if all > 0 {
            self.market.taken(self.now, side, Quantity::new(all));
        }
        self.took += all;
    }

    fn any(&self, rng: &mut Rng) -> Option<u64> {
        let ids: Vec<u64> = self.open.keys().copied().collect();
        (!ids.is_empty()).then(|| ids[rng.below(ids.len() as u64) as usize])
    }

    fn shrink(&mut self, rng: &mut Rng) {
        let Some(id) = self.any(rng) else { return };
        let order = self.open.get_mut(&id).expect("an open order");
        let left = rng.range(1..=order.quantity.steps());
        self.withdrawn += order.quantity.steps() - left;
        order.quantity = Quantity::new(left);
        self.market.shrink(self.now, OrderId(id), Quantity::new(left));
    }

    fn withdraw(&mut self, rng: &mut Rng) {
        let Some(id) = self.any(rng) else { return };
        self.withdrawn += self.open.remove(&id).expect("an open order").quantity.steps();
        self.market.withdraw(self.now, OrderId(id));
        // Once more is no error.
        self.market.withdraw(self.now, OrderId(id));
    }
}

/// For any venue: rows never cross, delete what was there, come in order and show what others have alone; what rested was hit, withdrawn or
/// is open; and what was done makes the same rows again.
#[test]
fn whatever_a_venue_does_the_market_stays_sane() {
    for (place, (name, _)) in PRESETS.iter().enumerate() {
        for seed in 1..=4 {
            let mut rng = Streams::new(seed + 100 * place as u64).stream("wild");
            let mut wild = Wild::new(name, seed);
            while wild.go_on(wild.now) {
                for _ in 0..rng.below(3) {
                    wild.act(&mut rng);
                    wild.go_on(wild.now);
                }
                wild.now = wild.now.plus(Span::from_nanos(rng.exponential(400_000_000) as i64));
            }
            let open: i64 = wild.open.values().map(|order| order.quantity.steps()).sum();
            assert_eq!(wild.rested, wild.hit + wild.withdrawn + open, "{name}, seed {seed}");
            assert!(wild.hit > 0 && wild.took > 0, "{name}, seed {seed}: hit {}, took {}", wild.hit, wild.took);
            let (recipe, actions) = (recipe(preset(name), MINUTE.times(4), seed), wild.market.actions());
            let again = tape(&mut LiveRecipe { recipe, actions, rows: None, length: None }.source());
            assert_eq!(again, lines(&wild.rows), "{name}, seed {seed}: what was done, done again");
        }
    }
}

/// Goes on to `at`, or the end.
fn until(market: &mut LiveMarket, at: Timestamp, rows: &mut LiveRows) {
    while market.step(at, rows) == LiveStep::Message {}
}

/// The mid after all rows so far, in ticks.
fn mid(rows: &LiveRows) -> f64 {
    let mut book = Book::default();
    for at in 0..rows.len() {
        book.apply(rows.flags[at], i64::from(rows.price[at]), rows.quantity[at]);
    }
    let [bid, ask] = Side::BOTH.map(|side| book.best(side).expect("both sides") as f64);
    (bid + ask) / 2.0
}

/// The venue buys `quantity` at whatever prices others have, or all that they have: how much.
fn buy(market: &mut LiveMarket, rows: &LiveRows, at: Timestamp, quantity: i64) -> i64 {
    let mut book = Book::default();
    (0..rows.len()).for_each(|row| book.apply(rows.flags[row], i64::from(rows.price[row]), rows.quantity[row]));
    let mut wanted = quantity;
    for (price, there) in &book.sides[Side::Sell.index()] {
        let taken = wanted.min(*there);
        if taken > 0 {
            market.take(at, Side::Buy, Price::new(*price), Quantity::new(taken));
        }
        wanted -= taken;
    }
    market.taken(at, Side::Buy, Quantity::new(quantity - wanted));
    quantity - wanted
}

/// What the model promises of trades with so much news, as a share of the price: the part of a day's variance that comes by trades,
/// divided among them.
fn promised(market: &LiveMarket, told: f64) -> f64 {
    let (model, at) = (preset("crypto-major"), market.pace());
    let daily = model.price.volatility_bps_per_day / 1e4;
    let per_trade = daily * daily * model.price.flow_share / 86_400.0 / model.orders.market_per_second;
    told * (per_trade / market.unforeseen()).sqrt() * at.0 / at.1.sqrt()
}

/// A closed form of what a market order, or several of the same side, tell: the efficient price moves by it at once, exactly.
#[test]
fn market_orders_move_the_price_by_what_the_model_promises() {
    let model = preset("crypto-major");
    let hidden = model.metaorders.hidden_pieces;
    for seed in 1..=5 {
        for (size, count) in [(0.04, 1), (1.0, 1), (4.0, 1), (1.0, 8), (9.0, 3)] {
            let (mut market, mut rows) =
                (LiveMarket::new(recipe(model.clone(), MINUTE.times(3), seed)), LiveRows::default());
            let at = START.plus(MINUTE);
            until(&mut market, at, &mut rows);
            let quantity = ((size * market.mean_size()) as i64).max(1);
            let before = market.efficient_price();
            let mut expected = before;
            for piece in 0..count {
                let weight = (quantity as f64 / market.mean_size()).sqrt().clamp(0.2, 4.0);
                let told = weight / (1.0 + f64::from(piece) / hidden).sqrt();
                expected *= 1.0 + promised(&market, told);
                market.taken(at, Side::Buy, Quantity::new(quantity));
            }
            let (found, expected) = (market.efficient_price() / before - 1.0, expected / before - 1.0);
            assert!(
                found > 0.0 && (found / expected - 1.0).abs() < 1e-6,
                "{size} x {count}: {found}, promised {expected}"
            );
        }
    }
}

/// The book follows: over seeds, the mid of a market with the orders less that of the same market without them is what was promised,
/// within three standard errors, a minute later.
#[test]
fn the_mid_follows_a_market_order() {
    mid_follows(0.0, MINUTE);
}

/// Ten seconds later where others follow the queues that the orders have left: after that the two markets go their ways.
#[test]
fn the_mid_follows_a_market_order_where_others_follow_the_queues() {
    mid_follows(0.8, SECOND.times(10));
}

fn mid_follows(imbalance_lean: f64, after: Span) {
    let (mut differences, mut promises) = (Vec::new(), 0.0);
    let mut model = preset("crypto-major");
    model.orders.imbalance_lean = imbalance_lean;
    for seed in 1..=120 {
        let recipe = recipe(model.clone(), MINUTE.times(5), seed);
        let (mut with, mut without) = (LiveMarket::new(recipe.clone()), LiveMarket::new(recipe));
        let (mut rows, mut others) = (LiveRows::default(), LiveRows::default());
        let (at, later) = (START.plus(MINUTE), START.plus(MINUTE).plus(after));
        until(&mut with, at, &mut rows);
        let before = with.efficient_price();
        let (mut now, mut told) = (at, 0.0);
        for piece in 0..4 {
            let mean = with.mean_size();
            // A book in a crisis may hold less.
            let quantity = buy(&mut with, &rows, now, (16.0 * mean) as i64);
            assert!(quantity > 0, "seed {seed}: nobody sells");
            told += (quantity as f64 / mean).sqrt().clamp(0.2, 4.0) / (1.0 + f64::from(piece) / 0.4_f64).sqrt();
            until(&mut with, now, &mut rows);
            now = now.plus(Span::from_nanos(SECOND.nanos() / 10));
            until(&mut with, now, &mut rows);
        }
        promises += before * promised(&with, told);
        until(&mut with, later, &mut rows);
        until(&mut without, later, &mut others);
        differences.push(mid(&rows) - mid(&others));
    }
    let count = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / count;
    let variance = differences.iter().map(|found| (found - mean) * (found - mean)).sum::<f64>() / (count - 1.0);
    let (error, promise) = ((variance / count).sqrt(), promises / count);
    eprintln!("impact, lean {imbalance_lean}: {mean:.2} ticks, standard error {error:.2}, promised {promise:.2}");
    assert!((mean - promise).abs() < 3.0 * error, "{mean} ticks, promised {promise}, standard error {error}");
    assert!(error < promise / 4.0, "a standard error of {error} says nothing of {promise}");
}

/// A venue's trade is printed once, in a message of its own, at its instant; a level holds what others have.
#[test]
fn a_trade_is_printed_whole_and_levels_hold_what_others_have() {
    let (mut market, mut rows) = (LiveMarket::new(recipe(preset("crypto-major"), MINUTE, 7)), LiveRows::default());
    let at = START.plus(SECOND);
    until(&mut market, at, &mut rows);
    let before = rows.len();
    let mut book = Book::default();
    (0..before).for_each(|row| book.apply(rows.flags[row], i64::from(rows.price[row]), rows.quantity[row]));
    let (price, there) = book.sides[Side::Sell.index()].first_key_value().map(|(p, q)| (*p, *q)).unwrap();
    assert_eq!(buy(&mut market, &rows, at, 1), 1);
    until(&mut market, at, &mut rows);
    let trade = (row::pack(RowKind::Trade, Side::Buy), price, 1);
    let level = (row::pack(RowKind::Depth, Side::Sell) | row::LAST, price, there - 1);
    let found: Vec<(u32, i64, i64)> = lines(&rows)[before..].iter().map(|line| (line.4, line.2, line.3)).collect();
    assert_eq!(found, [trade, level]);
    assert!(lines(&rows)[before..].iter().all(|line| line.0 == at.nanos() && line.1 > line.0));
}
