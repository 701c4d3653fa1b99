//! What each finding about the data forbids to conclude: one table from a finding's code to the metrics that its words name.
//!
//! A metric is a figure over the whole run; a finding about some stretches of time forbids it all the same, since nobody can
//! take those stretches out of it again.

use crate::readiness::{Measurements, market_metric_name};
use crate::tape::{FitnessFinding, Severity};

/// Fills of any kind, and what is counted from them.
const FILLS: &[&str] = &[
    "fills",
    "maker_fills",
    "taker_fills",
    "traded_notional",
    "maker_ratio",
    "orders_filled",
    "fill_ratio",
    "fill_ratio_any",
    "fill_ratio_complete",
    "cancel_to_fill",
    "order_to_trade",
];
/// Fills of orders that rest.
const RESTING: &[&str] =
    &["fills", "maker_fills", "maker_ratio", "orders_filled", "fill_ratio", "fill_ratio_any", "fill_ratio_complete"];
/// How deep and how long equity fell, and how much was at risk.
const RISK: &[&str] = &[
    "lowest_equity",
    "max_drawdown",
    "max_drawdown_money",
    "longest_under_water_s",
    "time_under_water",
    "exposure_max",
    "position_longest",
    "position_shortest",
];
const SPREAD: &[&str] = &["spread_mean_ticks", "spread_p95_ticks", "spread_mean_bps", "crossed_marks"];
const FEED: &[&str] = &["feed_latency_p50_ms", "feed_latency_p99_ms", "feed_latency_max_ms"];

/// Finding, and the metrics it forbids. Notes forbid nothing, unfit data everything; neither needs a metric here, and so have
/// findings about what no metric measures: depth, the order of arrival, exact prices.
const FORBIDDEN: &[(&str, &[&[&str]])] = &[
    ("arrival-before-event", &[]),
    ("book-differs-from-bookticker", &[FILLS]),
    ("book-equals-bookticker", &[]),
    ("cleared-book", &[FILLS, RISK, SPREAD]),
    ("clock-ahead-of-venue", &[FEED]),
    ("clock-behind-venue", &[FEED]),
    ("clock-drift", &[FEED]),
    ("cold-start", &[]),
    ("crossed-book", &[FILLS]),
    ("delivery-order", &[]),
    ("disorder", &[]),
    ("duplicate-bar", &[]),
    ("duplicate-trade", &[]),
    ("duplicate-trades", &[]),
    ("empty-trade", &[]),
    ("empty-trades", &[]),
    ("forced-trades", &[]),
    ("foreign-symbols", &[]),
    ("identical-trades", &[]),
    ("impossible-price", &[]),
    ("impossible-quantity", &[]),
    ("inverse-contract", &[]),
    ("late-snapshot", &[]),
    ("local-clock-set-back", &[FEED]),
    ("local-stamps-in-microseconds", &[]),
    ("locked-book", &[FILLS, SPREAD]),
    ("missing-bars", &[FILLS, RISK]),
    ("moves-without-volume", &[FILLS]),
    ("no-local-clock", &[FEED]),
    ("no-trades", &[RESTING]),
    ("off-tick-price", &[]),
    ("ohlc-inconsistent", &[]),
    ("old-deltas", &[]),
    ("one-sided-book", &[]),
    ("other-streams", &[]),
    ("sequence-gap", &[FILLS, RISK, SPREAD]),
    ("snapshot-ignored", &[]),
    ("snapshot-only", &[RESTING]),
    ("snapshot-too-old", &[FILLS, SPREAD]),
    ("stale-stretch", &[FILLS]),
    ("stamp-unit-change", &[]),
    ("tenfold-jump", &[FILLS]),
    ("time-disorder", &[]),
    ("time-gap", &[FILLS, RISK]),
    ("trade-gap", &[RESTING]),
    ("trade-id-gap", &[RESTING]),
    ("trade-outside-book", &[FILLS]),
    ("unattributed-snapshot", &[]),
    ("unknown-deletes", &[]),
    ("venue-disorder", &[]),
    ("zero-volume-bars", &[]),
];

fn metrics(code: &str) -> Option<impl Iterator<Item = &'static str>> {
    let (_, groups) = FORBIDDEN.iter().find(|(known, _)| *known == code)?;
    Some(groups.iter().flat_map(|group| group.iter().copied()))
}

/// Marks what `finding` about the data of a market, counted from 0, forbids: figures of the whole run, and where there are
/// several markets those of this one. A finding that nobody here knows, as a later importer's, forbids everything.
pub(super) fn forbid(measured: &mut Measurements, market: usize, finding: &FitnessFinding) {
    if finding.severity == Severity::Note {
        return;
    }
    let why = format!("{}: {}", finding.code, finding.forbids);
    match metrics(&finding.code) {
        Some(names) => names.for_each(|name| {
            measured.forbid(name, &why);
            measured.forbid(&market_metric_name(market, name), &why);
        }),
        None => measured.forbid_all("", &why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readiness::{Measured, Quality, Unit, Value, metric_names};
    use std::path::Path;

    fn finding(code: &str, severity: Severity) -> FitnessFinding {
        let text = String::new;
        FitnessFinding { code: code.to_owned(), severity, count: 1, first: text(), detail: text(), forbids: text() }
    }

    fn forbidden(finding: &FitnessFinding) -> Vec<String> {
        let mut measured = Measurements::new();
        for name in metric_names() {
            measured.set(name, Measured::observed(Value::Count(1), Unit::Count));
        }
        forbid(&mut measured, 0, finding);
        marked(&measured)
    }

    fn marked(measured: &Measurements) -> Vec<String> {
        let is_forbidden = |measured: &Measured| matches!(measured.quality, Quality::Forbidden(_));
        measured.iter().filter(|(_, one)| is_forbidden(one)).map(|(name, _)| name.to_owned()).collect()
    }

    #[test]
    fn words_become_marks_on_metrics() {
        let no_trades = forbidden(&finding("no-trades", Severity::Finding));
        assert!(["fills", "fill_ratio", "maker_ratio"].iter().all(|name| no_trades.contains(&(*name).to_owned())));
        assert!(!no_trades.contains(&"profit".to_owned()));
        assert_eq!(forbidden(&finding("no-trades", Severity::Note)), [] as [&str; 0]);
        assert_eq!(forbidden(&finding("of-a-later-version", Severity::Finding)).len(), metric_names().len());
    }

    #[test]
    fn figures_of_another_market_are_not_forbidden() {
        let mut measured = Measurements::new();
        for name in ["fills", "market_0_fills", "market_1_fills", "market_1_position_rms"] {
            measured.set(name, Measured::observed(Value::Count(1), Unit::Count));
        }
        forbid(&mut measured, 1, &finding("no-trades", Severity::Finding));
        assert_eq!(marked(&measured), ["fills", "market_1_fills"]);
    }

    #[test]
    fn every_metric_in_the_table_is_one() {
        let known = metric_names();
        for (code, _) in FORBIDDEN {
            for name in metrics(code).unwrap() {
                assert!(known.contains(&name), "{code}: {name} is no metric");
            }
        }
    }

    /// Every text in the importers that looks like a code is one in the table, or one of these.
    #[test]
    fn every_code_an_importer_or_the_doctor_emits_is_in_the_table() {
        let others = [
            "binance-aggtrades",
            "binance-coinm",
            "binance-klines",
            "binance-spot",
            "binance-trades",
            "binance-usdm",
            "binance-ws",
            "kebab-case",
            "shift-to-minimum-latency",
        ];
        let mut found = Vec::new();
        codes(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ingest"), &mut found);
        assert!(found.len() > 40, "{} codes: the sources were not read", found.len());
        for code in found.iter().filter(|code| !others.contains(&code.as_str())) {
            assert!(metrics(code).is_some(), "`{code}` is not in the table");
        }
    }

    /// Lowercase texts with dashes in the sources below `folder`, without tests; `disorder` has no dash.
    fn codes(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                codes(&path, found);
            } else if !path.to_string_lossy().contains("test") {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
                let quoted = lines.flat_map(|line| line.split('"').skip(1).step_by(2));
                found.extend(quoted.filter(|text| is_code(text)).map(str::to_owned));
            }
        }
    }

    fn is_code(text: &str) -> bool {
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
        text.contains('-') && text.split('-').all(plain)
    }
}
