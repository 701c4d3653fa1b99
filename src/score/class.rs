//! Which bands are for which kind of market.

use super::band::Band;
use super::facts::Fact;

/// The kind of market that a tape is held to be: a row counts where its band has a source for such a market.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarketClass {
    /// A large crypto market with a large tick: what the bands of the facts are for.
    #[default]
    CryptoMajor,
    /// A coin of the second row: a thin book, a spread of some ticks.
    CryptoAlt,
    /// A coin with a tiny price: a tick that is large beside volatility.
    CryptoMicro,
    /// A share with sessions.
    Equity,
    /// A coin that is held to a price.
    Stablecoin,
}

use MarketClass::{CryptoAlt, CryptoMajor, CryptoMicro, Equity, Stablecoin};

/// A fact that counts for other classes than the first.
struct Rule {
    fact: &'static str,
    classes: &'static [MarketClass],
    /// The band and its source; without one they are those of the fact.
    own: Option<(Band, &'static str)>,
}

const fn same(fact: &'static str, classes: &'static [MarketClass]) -> Rule {
    Rule { fact, classes, own: None }
}

const fn own(fact: &'static str, classes: &'static [MarketClass], band: Band, source: &'static str) -> Rule {
    Rule { fact, classes, own: Some((band, source)) }
}

/// Stocks, indices and currencies, at time scales from minutes to days.
const CONT: &str = "Cont 2001";
const STOCKS_RESPONSE: &str = "Bouchaud, Gefen, Potters, Wyart 2004";
const LONDON: &str = "Lillo, Mike, Farmer 2005: 1 - exponent / 2";

/// The first rule for a fact and a class holds.
const RULES: &[Rule] = &[
    same("price change acf(1), order to order", &[CryptoAlt, CryptoMicro, Stablecoin]),
    own("price change acf(1), order to order", &[Equity], Band::Below(0.0), "Roll 1984"),
    same("kurtosis falls, 1 min to 60 min", &[CryptoAlt, CryptoMicro, Equity]),
    own("tail index of |return|, 1 min", &[Equity], Band::Within(2.0, 5.0), CONT),
    own("|return| acf(1), 1 min", &[Equity], Band::Above(0.0), CONT),
    own("|return| acf(60), 1 min", &[Equity], Band::Above(0.0), CONT),
    own("decay of |return| acf, 1-480 min", &[Equity], Band::Within(-0.4, -0.2), CONT),
    same("variance ratio, 15 min", &[CryptoAlt, CryptoMicro, Equity]),
    // It is drawn back, and its mid moves by whole ticks or not at all: only a trend would be wrong.
    own("variance ratio, 15 min", &[Stablecoin], Band::NearOne(0.0, 1.235), "Lo, MacKinlay 1988: no more than a walk"),
    same("share of time at a one-tick spread", &[CryptoMicro]),
    same("bid depth over ask depth", &[CryptoAlt, CryptoMicro]),
    same("best queue, gamma shape", &[CryptoAlt, CryptoMicro, Equity]),
    same("order sign acf, decay exponent", &[CryptoAlt, CryptoMicro, Equity, Stablecoin]),
    same("order sign Hurst exponent", &[CryptoAlt, CryptoMicro, Stablecoin]),
    own("order sign Hurst exponent", &[Equity], Band::Within(0.65, 0.85), LONDON),
    same("order sign acf(100)", &[CryptoAlt, CryptoMicro, Equity, Stablecoin]),
    own("correlation of |return| and volume, 1 min", &[Equity], Band::Above(0.0), CONT),
    same("time between messages, variation", &[CryptoAlt, CryptoMicro, Equity, Stablecoin]),
    own("response R(1)", &[CryptoAlt], Band::Above(0.0), "measured: NEXOUSDT spot, July 2024"),
    own("response R(1)", &[Equity], Band::Above(0.0), STOCKS_RESPONSE),
    same("response R(1)", &[CryptoMicro, Stablecoin]),
    own("imbalance foretells the next move", &[Equity], Band::Above(0.0), "Gould, Bonart 2016"),
    same("imbalance foretells the next move", &[CryptoAlt, CryptoMicro, Stablecoin]),
];

impl MarketClass {
    /// All of them, by the names that a command takes.
    pub const NAMED: [(&str, Self); 5] = [
        ("crypto-major", CryptoMajor),
        ("crypto-alt", CryptoAlt),
        ("crypto-micro", CryptoMicro),
        ("equity", Equity),
        ("stablecoin", Stablecoin),
    ];

    /// The class of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMED.into_iter().find(|(named, _)| *named == name).map(|(_, class)| class)
    }

    /// The band of a fact, and where it comes from; `None` where no source is for such a market.
    pub(super) fn band(self, fact: &Fact) -> Option<(Band, &'static str)> {
        let of_fact = fact.band.map(|band| (band, fact.source));
        if self == CryptoMajor {
            return of_fact;
        }
        let rule = RULES.iter().find(|rule| rule.fact == fact.name && rule.classes.contains(&self))?;
        rule.own.or(of_fact)
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts;
    use super::*;

    #[test]
    fn every_rule_is_of_a_fact_with_a_band_and_none_is_hidden_by_another() {
        let facts = facts::all();
        for (place, rule) in RULES.iter().enumerate() {
            let fact = facts.iter().find(|fact| fact.name == rule.fact);
            assert!(fact.is_some_and(|fact| fact.band.is_some()), "{}", rule.fact);
            for class in rule.classes {
                let first = RULES.iter().position(|other| other.fact == rule.fact && other.classes.contains(class));
                assert_eq!(first, Some(place), "{} for {class:?}", rule.fact);
            }
        }
    }

    /// What decides alone has to be a row that counts.
    #[test]
    fn the_trend_counts_for_every_class() {
        let facts = facts::all();
        let trend = facts.iter().find(|fact| matches!(fact.measure, facts::Measure::Trend)).unwrap();
        for (name, class) in MarketClass::NAMED {
            assert_eq!(MarketClass::named(name), Some(class));
            assert!(class.band(trend).is_some(), "{name}");
        }
        assert_eq!(MarketClass::named("crypto"), None);
    }
}
