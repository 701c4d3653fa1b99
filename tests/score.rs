//! `seatrial tape score`: exit codes, JSON, page, and what real recordings come to.

#[path = "program/mod.rs"]
mod program;

use program::World;
use seatrial::model::Bar;
use seatrial::score::{Observation, Score, ScoreVerdict, observe, score};
use seatrial::synth::{SimpleMarket, SimpleMarketConfig};
use seatrial::tape::{Provenance, TapeKind, TapeReader, TapeSpec, TapeWriter};
use seatrial::units::{DAY, MINUTE, Price, Quantity, Span, Timestamp};
use std::path::{Path, PathBuf};

fn market(path: &Path, duration: Span, seed: u64) {
    let config = SimpleMarketConfig { duration, messages_per_second: 2, ..SimpleMarketConfig::default() };
    let mut market = SimpleMarket::new(&config, seed);
    let mut writer = TapeWriter::create(path, market.tape_spec()).unwrap();
    market.write_to(&mut writer, &mut |_| ()).unwrap();
    writer.finish(Provenance::default()).unwrap();
}

fn bars(path: &Path, bars: impl Iterator<Item = Bar>) {
    let spec = TapeSpec {
        kind: TapeKind::Bars,
        instrument: SimpleMarketConfig::default().instrument(),
        period: Some(MINUTE),
        format: "test".to_owned(),
        importer_version: 1,
    };
    let mut writer = TapeWriter::create(path, spec).unwrap();
    bars.for_each(|bar| writer.push_bar(&bar).unwrap());
    writer.finish(Provenance::default()).unwrap();
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

fn scored(path: &Path) -> Score {
    score(&observed(path), None)
}

fn observed(path: &Path) -> Observation {
    observe(&mut TapeReader::open(path).unwrap()).unwrap()
}

fn value(score: &Score, name: &str) -> f64 {
    let row = score.rows.iter().find(|row| row.name == name).unwrap();
    row.value.unwrap_or_else(|| panic!("{name}: {:?}", row.reason))
}

/// The folder of recordings; says so where there is none.
fn recordings() -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data"));
    let folder = std::env::var_os("SEATRIAL_RECORDINGS").map_or(beside, PathBuf::from);
    if !folder.is_dir() {
        eprintln!("skipped: no recordings at {}", folder.display());
    }
    folder.is_dir().then_some(folder)
}

#[test]
fn a_generated_market_scores_as_it_did() {
    let world = World::new();
    market(&world.path("a.tape"), DAY.times(3), 1);
    // A market without memory in its order flow, and with a book of ten dollars, is not like a real one.
    let called = world.call(&["tape", "score", "a.tape", "--json"]).expect(1);
    assert_eq!(called.stdout, world.call(&["tape", "score", "a.tape", "--json"]).stdout);
    insta::assert_snapshot!("generated", serde_json::to_string_pretty(&json(&called.stdout)).unwrap());
}

#[test]
fn a_page_holds_both_tapes_and_needs_nothing_else() {
    let world = World::new();
    market(&world.path("a.tape"), MINUTE.times(90), 1);
    market(&world.path("b.tape"), MINUTE.times(90), 2);
    let called = world.call(&["tape", "score", "a.tape", "--against", "b.tape", "-o", "page.html"]);
    called.expect(4).prints("insufficient evidence").says("wrote page.html");
    let page = std::fs::read_to_string(world.path("page.html")).unwrap();
    assert!(page.contains("the other tape") && page.contains("<svg "), "no plot in the page");
    for forbidden in ["<script", "http:", "https:", "NaN"] {
        assert!(!page.contains(forbidden), "the page holds `{forbidden}`");
    }
    let there = ["tape", "score", "a.tape", "-o", "page.html"];
    world.call(&there).expect(5).says("already there; use --force");
    world.call(&[&there[..], &["--force"]].concat()).expect(4);
    world.call(&["tape", "score", "a.tape", "-o", "a.tape", "--force"]).expect(2).says("both read and written");
    world.call(&["tape", "score", "a.tape", "-o", "absent/page.html"]).expect(5).says("cannot write");
}

/// One seed is enough to see that all of it is there: what it is alone it is in a crowd.
#[test]
fn seeds_of_a_preset_are_scored_without_a_tape() {
    let world = World::new();
    let call = ["tape", "score", "--preset", "equity", "--seeds", "3", "--days", "0.8", "-o", "equity.md", "--json"];
    // Less than a day has no 15-minute variance ratio, but more than half of the other rows.
    let object = json(&world.call(&call).says("wrote equity.md").stdout);
    let (score, alone) = (&object["score"], &object["score"]["seeds"][0]["score"]);
    assert_eq!(score["seeds"][0]["seed"], 3);
    assert_eq!(score["verdict"], alone["verdict"]);
    let row = |number: usize| &score["rows"][number - 1];
    // A share's bounce has a source of its own, its volatility none; ten years of bars have days, but a share closes before the day does.
    assert_eq!((row(3)["source"].as_str(), row(3)["inside"].as_u64()), (Some("Roll 1984"), Some(1)));
    assert_eq!(row(12)["source"], "");
    assert_eq!(row(3)["median"], alone["rows"][2]["value"]);
    let page = std::fs::read_to_string(world.path("equity.md")).unwrap();
    for words in
        ["`seatrial tape score --preset equity --seeds 3 --days 0.8`", "bands for the class `equity`", "Roll 1984"]
    {
        assert!(page.replace("```sh\n", "`").replace("\n```", "`").contains(words), "no `{words}` in {page}");
    }
    world.call(&call).expect(5).says("already there; use --force");
}

/// No shock, a fixed seed, as many days as a verdict takes: in the gate, where nobody waits for thirty seeds (those are `.ci/nightly`'s). The same without
/// memory in its orders and signs is found out, by rows that say why.
#[test]
fn a_calm_preset_is_like_a_real_market_and_one_without_memory_is_not() {
    let world = World::new();
    let call = ["tape", "score", "--preset", "equity", "--seeds", "3", "--days", "7", "--json"];
    let calm = world.call(&call);
    let score = &json(&calm.stdout)["score"];
    assert_eq!(score["verdict"], "real", "outside: {:?}", outside(score));
    calm.expect(0);
    let changes = ["metaorders.share=0.0", "orders.market_by_market=0.0", "orders.limit_by_market=0.0"];
    let changes = changes.into_iter().chain(["orders.limit_by_limit=0.0"]).flat_map(|change| ["--set", change]);
    let forgetful = world.call(&call.into_iter().chain(changes).collect::<Vec<&str>>()).expect(1);
    let score = &json(&forgetful.stdout)["score"];
    assert_eq!(score["verdict"], "unlike");
    let outside = outside(score);
    for name in ["order sign acf(100)", "order sign Hurst exponent", "time between messages, variation"] {
        assert!(outside.iter().any(|row| row.starts_with(name)), "{name} is not outside: {outside:?}");
    }
}

/// Rows of the first seed that are outside their bands, with what was found.
fn outside(score: &serde_json::Value) -> Vec<String> {
    let rows = score["seeds"][0]["score"]["rows"].as_array().unwrap();
    let outside = rows.iter().filter(|row| row["verdict"] == "outside");
    outside.map(|row| format!("{} {}", row["name"].as_str().unwrap(), row["value"])).collect()
}

#[test]
fn what_is_no_range_of_seeds_or_no_market_is_refused() {
    let world = World::new();
    market(&world.path("a.tape"), MINUTE.times(3), 1);
    let cases: [(&[&str], &str); 6] = [
        (&["--preset", "equity", "--seeds", "5..2"], "--seeds: found `5..2`"),
        (&["--preset", "equity", "--days", "0"], "--days: found `0`"),
        (&["--preset", "equty"], "a similar value exists: 'equity'"),
        (&["--preset", "equity", "a.tape"], "cannot be used with"),
        (&["a.tape", "--seeds", "1..2"], "cannot be used with"),
        (&["a.tape", "--bands", "bonds"], "invalid value 'bonds'"),
    ];
    for (arguments, words) in cases {
        world.call(&[&["tape", "score"], arguments].concat()).expect(2).says(words);
    }
}

#[test]
fn what_cannot_be_read_or_was_not_meant_is_refused() {
    let world = World::new();
    world.write("broken.tape", "no tape");
    world.call(&["tape", "score", "broken.tape"]).expect(3).says("broken.tape");
    world.call(&["tape", "score", "absent.tape", "--json"]).expect(3);
    world.call(&["tape", "score"]).expect(2);
}

/// Bars that go up for half an hour and down for the next: nothing else matters.
#[test]
fn an_artificial_trend_fails() {
    let world = World::new();
    let bar = |minute: i64, price: i64| {
        let price = Price::new(price);
        let open_at = Timestamp::from_nanos(1_767_571_200_000_000_000).plus(MINUTE.times(minute));
        Bar { open_at, period: MINUTE, open: price, high: price, low: price, close: price, volume: Quantity::new(1) }
    };
    // Half an hour up, half an hour down.
    let level = |minute: i64| 1_000_000 + 100 * (30 - (minute % 60 - 30).abs()) + minute % 7;
    bars(&world.path("trend.tape"), (0..5_000).map(|minute| bar(minute, level(minute))));
    world.call(&["tape", "score", "trend.tape"]).expect(1).prints("an artificial trend");
}

#[test]
fn an_alt_coin_recording_of_a_day_and_a_half() {
    let Some(folder) = recordings() else { return };
    let world = World::new();
    let captures =
        ["23", "24", "25"].map(|day| folder.join(format!("hftbacktest_playground/spot/nexousdt_202407{day}.dat.gz")));
    let captures: Vec<String> = captures.iter().map(|path| path.display().to_string()).collect();
    let mut import = vec!["tape", "import", "binance-ws", "-o", "nexo.tape"];
    import.extend(captures.iter().map(String::as_str));
    world.call(&import).expect(0);
    let score = scored(&world.path("nexo.tape"));
    assert_eq!(score.verdict, ScoreVerdict::Insufficient, "{}", score.words);
    assert!(score.preconditions.iter().all(|held| held.violations == 0), "{:?}", score.preconditions);
    assert!(value(&score, "price change acf(1), order to order") < -0.2);
    assert!(value(&score, "response R(1)") > 0.0);
    assert!((0.5..0.9).contains(&value(&score, "annualised volatility")));
}

#[test]
fn a_perpetual_of_six_minutes_gives_its_order_flow() {
    let Some(folder) = recordings() else { return };
    let world = World::new();
    let capture = folder.join("hftbacktest/usdm/btcusdt_20240808.gz").display().to_string();
    world.call(&["tape", "import", "binance-ws", "-o", "btc.tape", &capture]).expect(0);
    world.call(&["tape", "score", "btc.tape"]).expect(4).prints("response R(1), ticks");
}

/// The figures that the bands of the minute rows were drawn around, recomputed from the same recording. Over long lags the
/// two differ in the third decimal: here the two ends of a pair have means of their own.
#[test]
fn january_2022_has_the_figures_its_bands_were_drawn_around() {
    let Some(folder) = recordings() else { return };
    let world = World::new();
    let mut text = String::new();
    let file = std::fs::File::open(folder.join("nautilus_trader/btc-perp-20211231-20220201_1m.csv.gz")).unwrap();
    std::io::Read::read_to_string(&mut flate2::read::MultiGzDecoder::new(file), &mut text).unwrap();
    bars(&world.path("jan.tape"), text.lines().skip(1).enumerate().map(|(minute, line)| recorded(minute, line)));
    let score = scored(&world.path("jan.tape"));
    for (name, wanted, room) in [
        ("return acf(1), 1 min", 0.017, 0.001),
        ("excess kurtosis, 1 min", 23.3, 0.1),
        ("excess kurtosis, 60 min", 5.1, 0.1),
        ("tail index of |return|, 1 min", 2.57, 0.01),
        ("annualised volatility", 0.716, 0.001),
        ("|return| acf(1), 1 min", 0.325, 0.001),
        ("|return| acf(60), 1 min", 0.175, 0.001),
        ("|return| acf(1440), 1 min", 0.082, 0.002),
        ("decay of |return| acf, 1-480 min", -0.20, 0.01),
        ("correlation of |return| and volume, 1 min", 0.61, 0.005),
        ("hour of day, |return| max over min", 1.79, 0.01),
    ] {
        let found = value(&score, name);
        assert!((found - wanted).abs() <= room, "{name}: {found}, expected {wanted}");
    }
}

/// One bar of the recording, which names a bar by its start and misses none.
fn recorded(minute: usize, line: &str) -> Bar {
    let figures: Vec<f64> = line.split(',').skip(1).map(|figure| figure.parse().unwrap()).collect();
    let price = |place: usize| Price::new((figures[place] * 10.0).round() as i64);
    Bar {
        // 2021-12-31T23:01Z.
        open_at: Timestamp::from_nanos(1_640_991_660_000_000_000).plus(MINUTE.times(minute as i64)),
        period: MINUTE,
        open: price(0),
        high: price(1),
        low: price(2),
        close: price(3),
        volume: Quantity::new(figures[4].round() as i64),
    }
}
