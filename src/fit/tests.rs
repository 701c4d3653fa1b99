use super::{FitError, Fitted, Mark, fit, model_file};
use crate::model::{Bar, row};
use crate::synth::{FlowBars, FlowMarket, FlowModel, FlowRecipe, RegimeModel, SimpleMarketConfig};
use crate::tape::{BarBatch, Batch, BatchSource, IntColumn, RowBatch, TapeError, TapeHeader, TapeKind};
use crate::units::{DAY, MINUTE, Price, Quantity, Span, Timestamp};
use std::collections::BTreeMap;

/// Monday, 5 January 2026.
const START: Timestamp = Timestamp::from_nanos(1_767_571_200_000_000_000);

fn preset(name: &str) -> FlowModel {
    FlowModel::preset(name).unwrap_or_else(|| panic!("no market {name}"))
}

/// A preset whose regime stays: what the fit takes a tape for.
fn settled(name: &str) -> FlowModel {
    let mut model = preset(name);
    model.pace.regimes =
        vec![RegimeModel { name: "one".to_owned(), volatility: 1.0, mean_stay_days: 30.0, weight: 1.0 }];
    model
}

fn recipe(model: FlowModel, duration: Span, seed: u64) -> FlowRecipe {
    FlowRecipe { model, shocks: Vec::new(), start_at: START, duration, seed }
}

/// How many values of a parameter lie within their intervals, and how many there are; 0 of 0 where it is prior.
fn held(fitted: &Fitted, key: &str, truth: &[f64]) -> (usize, usize) {
    let found = fitted.parameters.iter().find(|parameter| parameter.key == key);
    let Mark::Identified { figures, .. } = &found.unwrap_or_else(|| panic!("no {key}")).mark else { return (0, 0) };
    assert_eq!(figures.len(), truth.len(), "{key}");
    let within = figures.iter().zip(truth).filter(|(figure, truth)| figure.low <= **truth && **truth <= figure.high);
    (within.count(), truth.len())
}

fn normalised(multiples: &[f64]) -> Vec<f64> {
    let root = (multiples.iter().map(|value| value * value).sum::<f64>() / multiples.len() as f64).sqrt();
    multiples.iter().map(|value| value / root).collect()
}

fn points(list: &[(u32, i64)]) -> Vec<f64> {
    list.iter().map(|(_, value)| *value as f64).collect()
}

/// Twenty weeks of bars by the minute, eight seeds: of all that bars tell, nine tenths of the intervals hold the truth, and of each parameter two thirds.
#[test]
fn what_bars_tell_comes_back() {
    let mut model = settled("crypto-major");
    model.price.volatility_bps_per_day = 500.0;
    model.pace.hours = (0..24).map(|hour| if (8..18).contains(&hour) { 1.5 } else { 0.8 }).collect();
    model.pace.weekdays = vec![1.0, 1.3, 1.0, 1.0, 1.0, 0.6, 0.6];
    model.pace.factors[0].deviation = 0.3;
    model.pace.factors[1].deviation = 0.4;
    let pace = model.pace.clone();
    let mut by_key = BTreeMap::new();
    for seed in 1..=8 {
        let mut bars = FlowBars::new(recipe(model.clone(), DAY.times(140), seed), MINUTE);
        let fitted = fit(&mut bars, &preset("crypto-major")).unwrap();
        let truths = [
            ("price.volatility_bps_per_day", vec![500.0]),
            ("pace.hours", normalised(&pace.hours)),
            ("pace.weekdays", normalised(&pace.weekdays)),
            ("pace.minute_bursts", pace.minute_bursts.to_vec()),
            ("pace.factors[0].deviation", vec![0.3]),
            ("pace.factors[1].deviation", vec![0.4]),
            ("pace.factors[2].deviation", vec![pace.factors[2].deviation]),
        ];
        add_up(&fitted, &truths, &mut by_key);
        assert!(fitted.parameters.iter().all(
            |parameter| !matches!(&parameter.mark, Mark::Identified { .. } if parameter.key.starts_with("orders"))
        ));
    }
    most_hold(&by_key);
}

/// A day of orders, eight seeds: what a day tells of them comes back. A day that was calm or wild by chance tells a wrong volatility and, by it, wrong sizes: of
/// all parameters nine tenths of the intervals hold the truth, and of each two thirds.
#[test]
fn what_orders_tell_comes_back() {
    let mut model = settled("crypto-alt");
    model.orders.limit_per_second *= 1.5;
    model.book.touch_share = 0.4;
    let truth = model.clone();
    let one = |value: f64| vec![value];
    let mut by_key = BTreeMap::new();
    for seed in 1..=8 {
        let mut market = FlowMarket::new(recipe(model.clone(), DAY, seed));
        let fitted = fit(&mut market, &preset("crypto-alt")).unwrap();
        let truths = [
            ("instrument.start_ticks", one(truth.instrument.start_ticks as f64)),
            ("price.volatility_bps_per_day", one(truth.price.volatility_bps_per_day)),
            ("orders.market_per_second", one(truth.orders.market_per_second)),
            ("orders.limit_per_second", one(truth.orders.limit_per_second)),
            ("orders.market_sizes", points(&truth.orders.market_sizes)),
            ("orders.limit_sizes", points(&truth.orders.limit_sizes)),
            ("book.touch_share", one(truth.book.touch_share)),
            ("book.depth_ticks", one(truth.book.depth_ticks)),
            ("book.depth_tail", one(truth.book.depth_tail)),
            ("providers.tight_ticks", one(truth.providers.tight_ticks as f64)),
            ("feed.latency_us", points(&truth.feed.latency_us)),
        ];
        add_up(&fitted, &truths, &mut by_key);
    }
    most_hold(&by_key);
}

/// Counts the intervals that hold the truth, and all, by parameter.
fn add_up(fitted: &Fitted, truths: &[(&'static str, Vec<f64>)], by_key: &mut BTreeMap<&'static str, (usize, usize)>) {
    for (key, truth) in truths {
        let (held, of) = held(fitted, key, truth);
        assert_eq!(of, truth.len(), "{key} is prior");
        let (within, all) = by_key.entry(key).or_default();
        (*within, *all) = (*within + held, *all + of);
    }
}

fn most_hold(by_key: &BTreeMap<&'static str, (usize, usize)>) {
    let (within, all) = by_key.values().fold((0, 0), |sum, (within, all)| (sum.0 + within, sum.1 + all));
    assert!(within * 10 >= all * 9, "{within} of {all} intervals hold the truth: {by_key:?}");
    assert!(by_key.values().all(|(within, all)| 3 * within >= 2 * all), "{by_key:?}");
}

/// The file is the model, and says of every parameter where it comes from.
#[test]
fn a_model_file_is_read_as_the_model() {
    let mut market = FlowMarket::new(recipe(settled("crypto-alt"), MINUTE.times(90), 3));
    let fitted = fit(&mut market, &preset("crypto-alt")).unwrap();
    let text = model_file(&fitted, "crypto-alt");
    assert_eq!(FlowModel::parse(&text).unwrap(), fitted.model);
    assert!(text.contains(&fitted.header.content_hash), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    let mut values = 0;
    for (place, line) in lines.iter().enumerate().filter(|(_, line)| line.contains(" = ") && !line.starts_with('#')) {
        let mut above = lines[..place].iter().rev();
        let mark = above.find(|line| !line.starts_with("#  ")).unwrap();
        assert!(mark.starts_with("# identified: ") || mark.starts_with("# prior: "), "{line} stands below {mark}");
        values += 1;
    }
    assert_eq!(values, fitted.parameters.len());
    let again = fit(&mut FlowMarket::new(recipe(settled("crypto-alt"), MINUTE.times(90), 3)), &preset("crypto-alt"));
    assert_eq!(model_file(&again.unwrap(), "crypto-alt"), text, "the same tape, another model");
}

/// A few bars, or rows, as a source.
struct Few(TapeHeader, Batch);

impl BatchSource for Few {
    fn header(&self) -> &TapeHeader {
        &self.0
    }

    fn batch(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        Ok((index == 0).then(|| self.1.clone()))
    }
}

fn header(kind: TapeKind) -> TapeHeader {
    let market = FlowBars::new(recipe(preset("crypto-alt"), DAY, 1), MINUTE);
    let period = (kind == TapeKind::Bars).then_some(MINUTE);
    TapeHeader { kind, period, instrument: SimpleMarketConfig::default().instrument(), ..market.header().clone() }
}

/// Bars that close at these prices, every so many minutes.
fn bars(prices: &[i64], every: i64) -> Few {
    let column = || IntColumn::Wide(prices.to_vec().into());
    let open_at = (0..prices.len() as i64).map(|place| START.plus(MINUTE.times(place * every)).nanos());
    let batch = BarBatch {
        open_at: open_at.collect::<Vec<_>>().into(),
        open: column(),
        high: column(),
        low: column(),
        close: column(),
        volume: IntColumn::Wide(vec![1; prices.len()].into()),
    };
    Few(header(TapeKind::Bars), Batch::Bars(batch))
}

fn refused(mut tape: Few) -> String {
    fit(&mut tape, &preset("crypto-alt")).unwrap_err().to_string()
}

#[test]
fn tapes_that_tell_nothing_are_refused() {
    assert!(refused(bars(&[], 1)).contains("0 minutes with a price, needs 5"));
    assert!(refused(bars(&[1_000], 1)).contains("1 minutes with a price"));
    assert!(refused(bars(&[1_000; 50], 1)).contains("never moves"));
    // Holes between all of them: no two minutes follow each other.
    let moving: Vec<i64> = (0..50).map(|place| 1_000 + place % 3).collect();
    assert!(refused(bars(&moving, 7)).contains("never moves"));
    assert!(refused(bars(&[50, 51, 50, 52, 50, 51, 50], 1)).contains("no model has the market of this tape"));
    let huge = [1_i64 << 59, (1 << 59) + 7, 1 << 58, 1 << 59, 1 << 59, (1 << 59) + 3];
    assert!(refused(bars(&huge, 1)).contains("no model has the market of this tape"));
    // A price that falls to a hundredth and back, every minute.
    let wild: Vec<i64> = (0..500).map(|place| if place % 2 == 0 { 1_000_000 } else { 10_000 }).collect();
    assert!(refused(bars(&wild, 1)).contains("price.volatility_bps_per_day is"));
    assert!(matches!(fit(&mut bars(&[7], 1), &preset("crypto-alt")), Err(FitError::TooShort { found: 1, needs: 5 })));
}

/// One message, and nothing after it.
#[test]
fn a_tape_of_one_message_is_too_short() {
    let flags = [row::LAST, row::SELL | row::LAST];
    let batch = RowBatch {
        venue_at: vec![START.nanos(); 2].into(),
        local_at: vec![START.nanos(); 2].into(),
        price: IntColumn::Wide(vec![1_000, 1_001].into()),
        quantity: IntColumn::Wide(vec![1, 1].into()),
        flags: flags.to_vec().into(),
        delivery: None,
    };
    assert!(refused(Few(header(TapeKind::L2), Batch::Rows(batch))).contains("0 minutes with a price"));
}

/// Bars with a hole of days in the middle give a model all the same.
#[test]
fn holes_are_left_out() {
    let mut source = FlowBars::new(recipe(settled("crypto-alt"), DAY.times(30), 2), MINUTE);
    let mut kept: Vec<Bar> = Vec::new();
    for index in 0.. {
        let Some(Batch::Bars(batch)) = source.batch(index).unwrap() else { break };
        kept.extend((0..batch.len()).map(|bar| batch.bar(bar, MINUTE)));
    }
    let day = |bar: &Bar| bar.open_at.since(START).nanos() / DAY.nanos();
    kept.retain(|bar| !(8..17).contains(&day(bar)));
    let column = |of: fn(&Bar) -> Price| IntColumn::Wide(kept.iter().map(|bar| of(bar).ticks()).collect());
    let volume: Vec<i64> = kept.iter().map(|bar| Quantity::steps(bar.volume)).collect();
    let batch = BarBatch {
        open_at: kept.iter().map(|bar| bar.open_at.nanos()).collect(),
        open: column(|bar| bar.open),
        high: column(|bar| bar.high),
        low: column(|bar| bar.low),
        close: column(|bar| bar.close),
        volume: IntColumn::Wide(volume.into()),
    };
    let header = TapeHeader { instrument: source.header().instrument.clone(), ..header(TapeKind::Bars) };
    let fitted = fit(&mut Few(header, Batch::Bars(batch)), &preset("crypto-alt")).unwrap();
    assert_eq!(fitted.minutes, kept.len());
    let truth = settled("crypto-alt").price.volatility_bps_per_day;
    let found = fitted.parameters.iter().find(|parameter| parameter.key == "price.volatility_bps_per_day").unwrap();
    let Mark::Identified { figures, .. } = &found.mark else { panic!("{found:?}") };
    assert!((figures[0].estimate - truth).abs() < 3.0 * figures[0].standard_error, "{found:?} against {truth}");
}
