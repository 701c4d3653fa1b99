//! A log against a run. Logs are made from a run's own journal, as they are or disturbed in a known way: each cause has to show exactly what was
//! put in.

use super::World;
use seatrial::journal::{Entry, JournalReader};
use seatrial::model::{Fill, OrderType, ReportKind, Side};
use seatrial::units::Money;
use serde_json::Value;
use std::fs;

/// What a tick of a step is worth, and the sizes of both, as the manifest states them.
fn scales(world: &World, run: &str) -> [Money; 3] {
    let text = fs::read_to_string(world.path(run).join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&text).unwrap();
    let instrument = &manifest["market"]["header"]["instrument"];
    let size = |key: &str| {
        let (mantissa, scale) =
            (instrument[key]["mantissa"].as_i64().unwrap(), instrument[key]["scale"].as_u64().unwrap());
        Money::from_atto(i128::from(mantissa) * 10_i128.pow(18 - u32::try_from(scale).unwrap()))
    };
    let (tick, step) = (size("tick_size"), size("step_size"));
    [Money::from_atto(tick.atto() * step.atto() / Money::ONE.atto()), tick, step]
}

/// A fill as the tests disturb it.
#[derive(Debug, Clone, Copy)]
struct Row {
    id: u64,
    side: Side,
    at: i64,
    heard_at: i64,
    fill: Fill,
}

/// Orders, fills and twice the last mid of a lane.
struct Lane {
    orders: Vec<(u64, Side, i64, Option<i64>, i64)>,
    fills: Vec<Row>,
    twice_mid: i64,
    unit: Money,
    tick: Money,
    step: Money,
}

fn lane(world: &World, run: &str, preset: &str) -> Lane {
    let mut entries: Vec<Entry> = Vec::new();
    let path = world.path(run).join(format!("journal-{preset}.bin"));
    JournalReader::open(&path).unwrap().replay(&mut entries).unwrap();
    let [unit, tick, step] = scales(world, run);
    let mut lane = Lane { orders: Vec::new(), fills: Vec::new(), twice_mid: 0, unit, tick, step };
    for entry in &entries {
        match entry {
            Entry::OrderSent { at, intent } => {
                let price = match intent.order_type {
                    OrderType::Limit { price } => Some(price.ticks()),
                    _ => None,
                };
                lane.orders.push((intent.client_order_id.0, intent.side, at.nanos(), price, intent.quantity.steps()));
            }
            Entry::Venue(report) => {
                if let ReportKind::Filled(fill) = report.kind {
                    let (id, side, at) = (report.client_order_id.0, report.side, report.matched_at.nanos());
                    lane.fills.push(Row { id, side, at, heard_at: report.reported_at.nanos(), fill });
                }
            }
            Entry::Mark(mark) => {
                if let (Some(bid), Some(ask)) = (mark.best.bid, mark.best.ask) {
                    lane.twice_mid = bid.price.ticks() + ask.price.ticks();
                }
            }
            _ => {}
        }
    }
    assert!(lane.fills.len() > 20, "too few fills to show anything: {}", lane.fills.len());
    lane
}

impl Lane {
    /// The log of the lane, with `change` applied to every fill by its place; none drops it.
    fn log(&self, change: impl Fn(usize, Row) -> Option<Row>) -> String {
        let word = |side: Side| if side == Side::Buy { "BUY" } else { "SELL" };
        let decimal = |count: i64, unit: Money| Money::from_atto(unit.atto() * i128::from(count)).to_string();
        let mut text = "when,kind,id,way,px,qty,commission\n".to_owned();
        for (id, side, at, price, steps) in &self.orders {
            let price = price.map_or_else(String::new, |price| decimal(price, self.tick));
            text.push_str(&format!("{at},NEW,{id},{},{price},{},\n", word(*side), decimal(*steps, self.step)));
        }
        for row in self.fills.iter().enumerate().filter_map(|(place, row)| change(place, *row)) {
            let (price, steps) = (row.fill.price.ticks(), row.fill.quantity.steps());
            let (price, quantity) = (decimal(price, self.tick), decimal(steps, self.step));
            text.push_str(&format!(
                "{},TRADE,{},{},{price},{quantity},{}\n",
                row.at,
                row.id,
                word(row.side),
                row.fill.fee
            ));
        }
        text
    }

    /// What a fill is worth at the last mid, less its fee.
    fn worth(&self, row: &Row) -> i128 {
        let ticks = i128::from(self.twice_mid - 2 * row.fill.price.ticks());
        let value = self.unit.atto() * ticks * i128::from(row.side.sign() * row.fill.quantity.steps());
        assert_eq!(value % 2, 0);
        value / 2 - row.fill.fee.atto()
    }
}

const MAP: &str = "time = \"ns\"\n[columns]\ntime = \"when\"\nevent = \"kind\"\nclient_order_id = \"id\"\nside = \"way\"\nprice = \"px\"\n\
                   quantity = \"qty\"\nfee = \"commission\"\n";

impl World {
    fn against(&self, run: &str, log: &str, more: &[&str]) -> Value {
        fs::write(self.path("log.csv"), log).unwrap();
        fs::write(self.path("map.toml"), MAP).unwrap();
        let arguments = ["compare", run, "--fills", "log.csv", "--map", "map.toml", "--json"];
        self.call(&[&arguments, more].concat()).expect(0).json()
    }
}

/// Causes of the run's own preset that came to something, in atto.
fn causes(found: &Value) -> Vec<(String, i128)> {
    let profit = &found["presets"][0]["profit"];
    let atto = |value: &Value| Money::parse(value.as_str().unwrap()).unwrap().atto();
    let rows = profit["causes"].as_array().unwrap();
    let all: Vec<(String, i128)> =
        rows.iter().map(|row| (row["cause"].as_str().unwrap().to_owned(), atto(&row["amount"]))).collect();
    assert_eq!(all.iter().map(|(_, amount)| amount).sum::<i128>(), atto(&profit["gap"]), "{profit}");
    all.into_iter().filter(|(_, amount)| *amount != 0).collect()
}

#[test]
fn a_log_of_one_preset_has_no_gap_to_it_and_it_comes_closest() {
    let world = World::new();
    // Long enough for neutral and pessimistic to part.
    let long = ["--set", "run.max_rows=90000"];
    world.run("base", &long);
    world.run("alone", &[&long[..], &["--no-band", "--set", "run.journal=digest"]].concat());
    for preset in ["neutral", "optimistic", "pessimistic"] {
        let log = lane(&world, "base", preset).log(|_, row| Some(row));
        for run in ["base", "alone"] {
            let found = world.against(run, &log, &[]);
            assert_eq!(found["closest"], serde_json::json!([preset]), "{run}");
            let presets = found["presets"].as_array().unwrap();
            assert_eq!(presets.len(), 3);
            let own = presets.iter().find(|row| row["preset"] == preset).unwrap();
            assert_eq!((&own["profit"]["gap"], &own["apart"]), (&"0".into(), &0.into()), "{run} {own}");
            assert_eq!(own["profit"]["log"], own["profit"]["simulation"]);
            assert!(own["of"].as_i64().unwrap() > 0);
            let fees = (&own["log"]["fees"], &own["simulation"]["fees"]);
            assert_eq!(fees.0, fees.1);
        }
    }
}

#[test]
fn each_disturbance_shows_as_its_own_cause_to_the_last_unit() {
    let world = World::new();
    world.run("base", &[]);
    let lane = lane(&world, "base", "neutral");
    let sum = |of: &dyn Fn(&Row) -> i128| lane.fills.iter().map(of).sum::<i128>();

    let later = world.against("base", &lane.log(|_, row| Some(Row { at: row.at + 250_000_000, ..row })), &[]);
    assert_eq!(causes(&later), []);
    let time = &later["presets"][0]["time"]["difference"];
    assert_eq!((&time["p50"], &time["p95"]), (&250_000_000.into(), &250_000_000.into()), "{time}");

    // By the bot's clock nothing is late; by the venue's every fill by as much as its report took.
    let heard = lane.log(|_, row| Some(Row { at: row.heard_at, ..row }));
    let difference = |found: &Value| found["presets"][0]["time"]["difference"]["p50"].as_i64().unwrap();
    assert!(difference(&world.against("base", &heard, &[])) > 0);
    fs::write(world.path("bot.toml"), format!("clock = \"bot\"\n{MAP}")).unwrap();
    let arguments = ["compare", "base", "--fills", "log.csv", "--map", "bot.toml", "--json"];
    assert_eq!(difference(&world.call(&arguments).expect(0).json()), 0);

    let doubled = |_: usize, row: Row| {
        let fee = Money::from_atto(2 * row.fill.fee.atto());
        Some(Row { fill: Fill { fee, ..row.fill }, ..row })
    };
    let fees = sum(&|row| row.fill.fee.atto());
    assert_ne!(fees, 0);
    assert_eq!(causes(&world.against("base", &lane.log(doubled), &[])), [("fee".to_owned(), -fees)]);

    let worse = |_: usize, row: Row| {
        let price = row.fill.price.offset(row.side.sign());
        Some(Row { fill: Fill { price, ..row.fill }, ..row })
    };
    let steps = sum(&|row| i128::from(row.fill.quantity.steps()));
    let found = world.against("base", &lane.log(worse), &[]);
    assert_eq!(causes(&found), [("price".to_owned(), -steps * lane.unit.atto())]);
    assert_eq!(found["presets"][0]["price"]["mean_ticks"], -1.0);

    let dropped = |place: usize, row: Row| (place % 3 != 2).then_some(row);
    let found = world.against("base", &lane.log(dropped), &[]);
    let lost: i128 = lane.fills.iter().skip(2).step_by(3).map(|row| lane.worth(row)).sum();
    let causes = causes(&found);
    assert!(causes.iter().all(|(cause, _)| cause == "extra-in-simulation" || cause == "quantity"), "{causes:?}");
    assert_eq!(causes.iter().map(|(_, amount)| amount).sum::<i128>(), -lost);
    let steps = |key: &str| {
        let rows = found["presets"][0]["profit"]["causes"].as_array().unwrap();
        rows.iter().find(|row| row["cause"] == key).unwrap()["steps"].as_i64().unwrap()
    };
    let lost: i64 = lane.fills.iter().skip(2).step_by(3).map(|row| row.fill.quantity.steps()).sum();
    assert_eq!(steps("extra-in-simulation") + steps("quantity"), lost);
}

#[test]
fn fills_without_orders_or_numbers_are_matched_by_time() {
    let world = World::new();
    world.run("base", &[]);
    let lane = lane(&world, "base", "neutral");
    let log = lane.log(|_, row| Some(row));
    let fills: Vec<&str> = log.lines().filter(|line| !line.contains("NEW")).collect();
    let found = world.against("base", &fills.join("\n"), &[]);
    let own = &found["presets"][0];
    assert_eq!((&own["profit"]["gap"], &own["log"]["fill_rate_by_orders"]), (&"0".into(), &Value::Null));
    // Without numbers every fill is an order of its own; those that were one order each are found by time.
    fs::write(world.path("map.toml"), MAP.replace("client_order_id = \"id\"\n", "")).unwrap();
    fs::write(world.path("log.csv"), fills.join("\n")).unwrap();
    let found = world.call(&["compare", "base", "--fills", "log.csv", "--map", "map.toml", "--json"]).expect(0).json();
    let matching = &found["presets"][0]["matching"];
    assert_eq!(matching["by_id"], 0);
    assert!(matching["by_time"].as_u64().unwrap() > 10, "{matching}");
    causes(&found);
}

#[test]
fn in_the_closed_loop_presets_do_not_apply() {
    let world = World::new();
    let text = "mode = \"paper\"\nseed = 3\n[market.flow]\npreset = \"crypto-major\"\nduration = \"20min\"\nclosed_loop = true\n\
                [bot]\nstrategy = \"market-maker\"\n[opening]\nquote = \"10000\"\n";
    fs::write(world.path("closed.toml"), text).unwrap();
    let called = world.call(&["run", "closed.toml", "--no-drills", "--out", "closed"]);
    assert!([0, 1, 4].contains(&called.code), "{}", called.stderr);
    let log = lane(&world, "closed", "neutral").log(|_, row| Some(row));
    let found = world.against("closed", &log, &[]);
    assert_eq!(found["presets"].as_array().unwrap().len(), 1);
    assert_eq!(found["one_because"], "fill presets do not apply: in the closed loop the queue is true");
    assert_eq!(found["presets"][0]["profit"]["gap"], "0");
}

#[test]
fn a_page_is_written_and_what_is_wrong_is_named() {
    let world = World::new();
    world.run("base", &[]);
    let log = lane(&world, "base", "neutral").log(|place, row| (place % 4 != 1).then_some(row));
    fs::write(world.path("log.csv"), &log).unwrap();
    fs::write(world.path("map.toml"), MAP).unwrap();
    let arguments = ["compare", "base", "--fills", "log.csv", "--map", "map.toml", "--out"];
    world
        .call(&[&arguments[..], &["page"]].concat())
        .expect(0)
        .prints("The gap by cause")
        .prints("Which fill preset comes closest");
    world.call(&[&arguments[..], &["again"]].concat()).expect(0);
    for name in ["compare.html", "compare.md", "compare.json", "compare.xml"] {
        let read = |folder: &str| fs::read(world.path(folder).join(name)).unwrap();
        assert!(read("page") == read("again"), "{name}: same inputs, other bytes");
    }
    let call = |arguments: &[&str]| world.call(&[&["compare", "base"], arguments].concat());
    call(&["--fills", "log.csv"]).expect(3).says("log.csv:1: `time`").says("expected a column `time`");
    call(&["--fills", "nowhere.csv"]).expect(3).says("nowhere.csv: cannot open");
    call(&["--fills", "log.csv", "--column", "colour=px"]).expect(2).says("found `colour`, expected one of time");
    call(&["base", "--fills", "log.csv"]).expect(2);
    call(&["--fills", "log.csv", "--regression", "profit=1"]).expect(2);
    fs::write(world.path("map.toml"), "time = \"ns\"\ncolour = 1\n").unwrap();
    call(&["--fills", "log.csv", "--map", "map.toml"]).expect(2).says("map.toml:2: found `unknown field `colour`");
    fs::write(world.path("map.toml"), format!("symbol = \"NONE\"\n{MAP}")).unwrap();
    call(&["--fills", "log.csv", "--map", "map.toml"]).expect(2).says("no market `NONE` in the run; expected `");
    // Somebody else's session: nothing to compare.
    fs::write(world.path("map.toml"), MAP).unwrap();
    let mut lines = log.lines();
    let (header, first) = (lines.next().unwrap(), lines.next().unwrap());
    let (at, rest) = first.split_once(',').unwrap();
    let alien = format!("{},{}", at.parse::<i64>().unwrap() + 1, rest.replacen(",1,", ",900000,", 1));
    fs::write(world.path("log.csv"), format!("{header}\n{alien}\n")).unwrap();
    call(&["--fills", "log.csv", "--map", "map.toml", "--within", "0s"]).expect(4).prints("NOTHING MATCHED");
}
