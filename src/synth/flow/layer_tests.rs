use super::market::{Flow, Stepped, Ties};
use super::tests::{START, inspect, model, recipe};
use super::{FlowModel, PRESETS};
use crate::rng::Streams;
use crate::units::MINUTE;
use proptest::prelude::*;

/// How far the streams of the layers are that no order moves, after an hour of some other market: volatility, jumps, news, nights.
fn positions(model: &FlowModel) -> [u128; 4] {
    let end = START.nanos() + MINUTE.times(60).nanos();
    let mut flow = Flow::new(model, &[], (START.nanos(), end), Streams::new(9), &Ties::NONE);
    let mut message = Vec::new();
    while flow.step(i64::MAX, &mut message) == Stepped::Message {
        message.clear();
    }
    flow.slow_layers().2
}

/// Each layer of orders changed by itself: the streams of the slow layers are where they were.
#[test]
fn changing_one_layer_shifts_no_other_stream() {
    type Change = (&'static str, fn(&mut FlowModel));
    let changes: [Change; 9] = [
        ("market orders", |model| model.orders.market_per_second *= 2.0),
        ("limit orders", |model| model.orders.limit_per_second *= 1.5),
        ("sizes of market orders", |model| model.orders.market_sizes.iter_mut().for_each(|size| size.1 += 1)),
        ("sizes of limit orders", |model| model.orders.limit_sizes.iter_mut().for_each(|size| size.1 += 1)),
        ("where orders rest", |model| model.book.touch_share *= 0.8),
        ("how long they live", |model| model.book.lives_seconds.iter_mut().for_each(|life| *life *= 0.8)),
        ("metaorders", |model| model.metaorders.working += 3),
        ("providers", |model| model.providers.refill_per_second *= 2.0),
        ("what orders tell", |model| model.price.flow_share *= 0.5),
    ];
    let plain = positions(&model());
    for (name, change) in changes {
        let mut other = model();
        change(&mut other);
        assert!(other != model(), "{name}: nothing was changed");
        assert_eq!(positions(&other), plain, "{name}: the streams of volatility, jumps, news and nights");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever the preset and whatever the seed, without any shock: a sane market.
    #[test]
    fn a_market_of_any_seed_is_a_market(preset in 0..PRESETS.len(), seed in any::<u64>()) {
        let model = FlowModel::preset(PRESETS[preset].0).unwrap_or_else(|| panic!("no market"));
        inspect(recipe(model, MINUTE.times(20), seed), 200_000);
    }
}
