use super::leverage::LeverageModel;
use super::market::LARGEST_ORDER;
use super::model::{FlowModel, FlowModelError};
use super::pace::{hour, week};
use crate::rng::Quantiles;

/// A figure, and the least and the most that it may be.
type Bound = (&'static str, f64, f64, f64);

impl FlowModel {
    /// Checks every figure, and those that depend on each other.
    ///
    /// # Errors
    /// [`FlowModelError`] names the first that is out of its range.
    pub fn check(&self) -> Result<(), FlowModelError> {
        let bounds = [self.price_bounds(), self.pace_bounds(), self.order_bounds(), self.book_bounds()];
        bounds.into_iter().flatten().try_for_each(within)?;
        self.provider_bounds().into_iter().try_for_each(within)?;
        self.check_instrument()?;
        let (start, edge) = (self.instrument.start_ticks as f64, self.providers.edge_ticks);
        let expected = "at most a twentieth of instrument.start_ticks";
        refuse_unless(20.0 * edge <= start, "providers.edge_ticks", edge.to_string(), expected)?;
        self.check_lists()?;
        self.check_sizes()?;
        self.leverage.as_ref().map_or(Ok(()), LeverageModel::check)?;
        self.check_rates()
    }

    fn price_bounds(&self) -> Vec<Bound> {
        let price = &self.price;
        vec![
            ("price.volatility_bps_per_day", price.volatility_bps_per_day, 0.01, 5_000.0),
            ("price.flow_share", price.flow_share, 0.0, 1.0),
            ("price.news_per_second", price.news_per_second, 0.001, 1_000.0),
            ("price.news_deviation", price.news_deviation, 0.0, 2.0),
            ("price.jumps_per_day", price.jumps_per_day, 0.0, 1_000.0),
            ("price.jump_up_bps", price.jump_up_bps, 0.0, 2_000.0),
            ("price.jump_down_bps", price.jump_down_bps, 0.0, 2_000.0),
            ("price.reversion_half_life_hours", price.reversion_half_life_hours, 0.0, 1e6),
            ("price.overnight_bps", price.overnight_bps, 0.0, 2_000.0),
        ]
    }

    fn pace_bounds(&self) -> Vec<Bound> {
        let pace = &self.pace;
        let mut bounds = vec![
            ("pace.market_exponent", pace.market_exponent, 0.0, 2.0),
            ("pace.limit_exponent", pace.limit_exponent, 0.0, 2.0),
            ("pace.size_exponent", pace.size_exponent, 0.0, 2.0),
            ("pace.depth_exponent", pace.depth_exponent, 0.0, 2.0),
        ];
        for factor in &pace.factors {
            bounds.push(("pace.factors.half_life_minutes", factor.half_life_minutes, 0.1, 1e6));
            bounds.push(("pace.factors.deviation", factor.deviation, 0.0, 1.0));
        }
        for regime in &pace.regimes {
            bounds.push(("pace.regimes.volatility", regime.volatility, 0.05, 20.0));
            bounds.push(("pace.regimes.mean_stay_days", regime.mean_stay_days, 0.001, 10_000.0));
            bounds.push(("pace.regimes.weight", regime.weight, 0.0, 1e6));
        }
        // 0 is closed; what is open is not as good as closed.
        let open = |multiple: &&f64| **multiple != 0.0;
        bounds.extend(pace.hours.iter().filter(open).map(|hour| ("pace.hours", *hour, 0.01, 10.0)));
        bounds.extend(pace.weekdays.iter().filter(open).map(|day| ("pace.weekdays", *day, 0.01, 10.0)));
        bounds.extend(pace.minute_bursts.iter().map(|burst| ("pace.minute_bursts", *burst, 0.1, 10.0)));
        bounds
    }

    fn order_bounds(&self) -> Vec<Bound> {
        let (orders, metaorders) = (&self.orders, &self.metaorders);
        vec![
            ("orders.market_per_second", orders.market_per_second, 0.001, 10_000.0),
            ("orders.limit_per_second", orders.limit_per_second, 0.01, 50_000.0),
            ("orders.market_by_market", orders.market_by_market, 0.0, 0.9),
            ("orders.limit_by_market", orders.limit_by_market, 0.0, 20.0),
            ("orders.limit_by_limit", orders.limit_by_limit, 0.0, 0.9),
            ("orders.slippage_bps", orders.slippage_bps, 0.0, 1_000.0),
            ("orders.lean", orders.lean, 0.0, 0.9),
            ("orders.imbalance_lean", orders.imbalance_lean, 0.0, 0.9),
            ("metaorders.share", metaorders.share, 0.0, 1.0),
            ("metaorders.working", f64::from(metaorders.working), 2.0, 100.0),
            ("metaorders.tail", metaorders.tail, 1.2, 10.0),
            ("metaorders.longest", f64::from(metaorders.longest), 1.0, 1e5),
            ("metaorders.hidden_pieces", metaorders.hidden_pieces, 0.01, 100.0),
        ]
    }

    fn book_bounds(&self) -> Vec<Bound> {
        let book = &self.book;
        let [fleeting, ordinary, patient] = book.lives_seconds;
        vec![
            ("book.touch_share", book.touch_share, 0.0, 1.0),
            ("book.fleeting_share", book.fleeting_share, 0.0, 1.0),
            ("book.patient_share", book.patient_share, 0.0, 1.0),
            ("book.lives_seconds", fleeting, 0.001, 1e5),
            ("book.lives_seconds", ordinary, 0.001, 1e5),
            ("book.lives_seconds", patient, 0.001, 1e5),
            ("book.depth_ticks", book.depth_ticks, 0.01, 10_000.0),
            ("book.depth_tail", book.depth_tail, 0.1, 10.0),
            ("book.deepest_ticks", book.deepest_ticks as f64, 1.0, 40_000.0),
            ("book.depth_growth", book.depth_growth, 0.0, 10.0),
        ]
    }

    fn provider_bounds(&self) -> Vec<Bound> {
        let providers = &self.providers;
        vec![
            ("providers.edge_ticks", providers.edge_ticks, 0.0, 1_000.0),
            ("providers.tight_ticks", providers.tight_ticks as f64, 1.0, 1_000.0),
            ("providers.refill_per_second", providers.refill_per_second, 0.01, 100_000.0),
            ("providers.bold_share", providers.bold_share, 0.0, 1.0),
            ("providers.round_trip_us", providers.round_trip_us, 0.0, 1e6),
            ("providers.races_per_second", providers.races_per_second, 0.01, 100_000.0),
            ("providers.owners_win", providers.owners_win, 0.0, 1.0),
            ("providers.turmoil_half_life_seconds", providers.turmoil_half_life_seconds, 0.1, 1e5),
            ("providers.turmoil_from", providers.turmoil_from, 1.0, 1e6),
            ("providers.withdrawal", providers.withdrawal, 0.0, 100.0),
            ("providers.fright_ticks", providers.fright_ticks, 0.0, 1_000.0),
        ]
    }

    fn check_instrument(&self) -> Result<(), FlowModelError> {
        let instrument = &self.instrument;
        within(("instrument.start_ticks", instrument.start_ticks as f64, 100.0, 500_000_000.0))?;
        within(("instrument.maker_bps", instrument.maker_bps as f64, -100.0, 1_000.0))?;
        within(("instrument.taker_bps", instrument.taker_bps as f64, -100.0, 1_000.0))?;
        within(("instrument.min_notional", instrument.min_notional as f64, 0.0, 1e9))?;
        let scales = [("instrument.tick_size", instrument.tick_size), ("instrument.step_size", instrument.step_size)];
        for (key, scale) in scales {
            let expected = "above 0 with at most 9 decimals";
            refuse_unless(scale.mantissa > 0 && scale.scale <= 9, key, scale.to_string(), expected)?;
        }
        let names = [
            ("instrument.symbol", &instrument.symbol),
            ("instrument.base", &instrument.base),
            ("instrument.quote", &instrument.quote),
        ];
        names.into_iter().try_for_each(|(key, name)| {
            // A file can be called so, on every machine.
            let first = name.starts_with(|c: char| c.is_ascii_alphanumeric());
            let plain = name.len() <= 32 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
            refuse_unless(
                first && plain,
                key,
                format!("{name:?}"),
                "1 to 32 letters, digits, `-` and `_`, a letter or digit first",
            )
        })
    }

    fn check_lists(&self) -> Result<(), FlowModelError> {
        let pace = &self.pace;
        let counted =
            |key, found: usize, expected: &str, held| refuse_unless(held, key, format!("{found} of them"), expected);
        counted("pace.factors", pace.factors.len(), "at most 8", pace.factors.len() <= 8)?;
        counted("pace.regimes", pace.regimes.len(), "1 to 16", (1..=16).contains(&pace.regimes.len()))?;
        counted("pace.hours", pace.hours.len(), "24", pace.hours.len() == 24)?;
        counted("pace.weekdays", pace.weekdays.len(), "7", pace.weekdays.len() == 7)?;
        let open = |list: &[f64]| list.iter().any(|factor| *factor > 0.0);
        refuse_unless(
            open(&pace.hours),
            "pace.hours",
            "all 0".to_owned(),
            "an hour at least in which the market is open",
        )?;
        refuse_unless(open(&pace.weekdays), "pace.weekdays", "all 0".to_owned(), "a day at least that is open")?;
        let entered = pace.regimes.iter().filter(|regime| regime.weight > 0.0).count();
        let enough = entered >= 2 || pace.regimes.len() == 1 && entered == 1;
        refuse_unless(enough, "pace.regimes.weight", format!("{entered} above 0"), "two above 0, or one regime alone")
    }

    fn check_sizes(&self) -> Result<(), FlowModelError> {
        let points = |key, points: &[(u32, i64)], least: i64, most: i64| {
            let wrong = Quantiles::new(points).err().map(|error| error.to_string());
            let within = points.iter().all(|(_, value)| (least..=most).contains(value));
            let expected = format!("rising points from 0 to 1000000 with values from {least} to {most}");
            refuse_unless(wrong.is_none() && within, key, wrong.unwrap_or_else(|| format!("{points:?}")), &expected)
        };
        points("orders.market_sizes", &self.orders.market_sizes, 1, LARGEST_ORDER)?;
        points("orders.limit_sizes", &self.orders.limit_sizes, 1, LARGEST_ORDER)?;
        points("feed.latency_us", &self.feed.latency_us, 0, 60_000_000)
    }

    /// What comes by itself is what is left when that which is brought about is taken off; and there is a limit to the orders that
    /// stand at once.
    fn check_rates(&self) -> Result<(), FlowModelError> {
        let (orders, book) = (&self.orders, &self.book);
        let by_itself = self.base_rates()[1];
        let words = format!("{:.3} limit orders a second that nothing brings about", by_itself);
        let expected = "at least 0: fewer limit_by_market or limit_by_limit, or more limit_per_second";
        refuse_unless(by_itself >= 0.0, "orders.limit_by_market", words, expected)?;
        let peak = self.busiest();
        let expected = "at most 1000000: smaller multiples in [pace], or fewer orders";
        refuse_unless(peak <= 1e6, "pace", format!("{peak:.0} orders a second at the busiest"), expected)?;
        let far = orders.limit_per_second * (1.0 - book.touch_share);
        let standing = far
            * (book.patient_share * book.lives_seconds[2] + (1.0 - book.patient_share) * book.lives_seconds[1])
            + orders.limit_per_second * book.touch_share * book.lives_seconds[1];
        let expected = "at most 200000 on average: shorter lives_seconds, or fewer limit_per_second";
        refuse_unless(standing <= 200_000.0, "book.lives_seconds", format!("{standing:.0} orders at once"), expected)
    }

    /// Orders and news a second when regime, hour, minute and factors (at three standard deviations) are at their highest, together.
    fn busiest(&self) -> f64 {
        let pace = &self.pace;
        let highest = |all: &mut dyn Iterator<Item = f64>| all.fold(0.0, f64::max);
        let spread = libm::sqrt(pace.factors.iter().map(|factor| factor.deviation * factor.deviation).sum());
        let volatility = highest(&mut pace.regimes.iter().map(|regime| regime.volatility))
            * highest(&mut week(pace).into_iter())
            * highest(&mut hour(pace).into_iter())
            * libm::exp(3.0 * spread);
        (self.orders.market_per_second + self.price.news_per_second) * libm::pow(volatility, pace.market_exponent)
            + self.orders.limit_per_second * libm::pow(volatility, pace.limit_exponent)
    }

    /// Market and limit orders a second that come by themselves at pace one.
    pub(super) fn base_rates(&self) -> [f64; 2] {
        let orders = &self.orders;
        let limit = orders.limit_per_second * (1.0 - orders.limit_by_limit);
        [
            orders.market_per_second * (1.0 - orders.market_by_market),
            limit - orders.market_per_second * orders.limit_by_market,
        ]
    }
}

/// Refuses NaN as well: it is within nothing.
fn within((key, found, least, most): Bound) -> Result<(), FlowModelError> {
    refuse_unless((least..=most).contains(&found), key, found.to_string(), &format!("{least} to {most}"))
}

fn refuse_unless(held: bool, key: &'static str, found: String, expected: &str) -> Result<(), FlowModelError> {
    if held { Ok(()) } else { Err(FlowModelError { key, found, expected: expected.to_owned() }) }
}
