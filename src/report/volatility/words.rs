//! Figures of violent runs in words.

use crate::readiness::{MEASURES, Reading, VolatilityCriterion, VolatilityRun};
use crate::report::number::{self, NOTHING};
use crate::units::Span;

/// `×0.5`.
pub fn severity(severity: f64) -> String {
    if severity.is_finite() {
        format!("×{}", number::significant(severity, 3).trim_end_matches('0').trim_end_matches('.'))
    } else {
        NOTHING.to_owned()
    }
}

/// Regimes with their multiples: `normal ×1, stressed ×2`.
pub fn regimes(regimes: &[(String, String)]) -> String {
    let one = |(name, multiple): &(String, String)| {
        let sign = if multiple.parse::<f64>().is_ok() { "×" } else { "" };
        format!("{name} {sign}{multiple}")
    };
    regimes.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What a measure means, for readers who do not see the one above it in the list.
pub fn meaning(name: &str) -> String {
    measure(name).1.replace("from there", "from the stop")
}

/// Unit and meaning of a measure.
pub fn measure(name: &str) -> (&'static str, &'static str) {
    let found = MEASURES.iter().find(|(known, _, _)| *known == name);
    found.map_or(("", "an unknown figure"), |(_, unit, meaning)| (*unit, *meaning))
}

/// A fraction in percent.
pub fn share(fraction: f64) -> String {
    match fraction.abs() {
        size if !size.is_finite() => NOTHING.to_owned(),
        // What two decimals would not show, down to a hundredth of a basis point.
        size if (1e-6..5e-4).contains(&size) => format!("{} %", number::significant(fraction * 100.0, 2)),
        _ => number::percent_column(fraction),
    }
}

/// The same with three digits at most, where there is little room.
pub fn short_share(fraction: f64) -> String {
    if fraction.abs() < 5e-4 {
        return share(fraction);
    }
    let percent = fraction * 100.0;
    let decimals = if percent.abs() < 9.995 { 2 } else { 1 };
    if percent.is_finite() {
        format!("{} %", number::group(&format!("{percent:.decimals$}")))
    } else {
        NOTHING.to_owned()
    }
}

/// The same with a sign, also when positive.
pub fn signed_share(fraction: f64) -> String {
    let text = share(fraction);
    let is_nothing = text.bytes().all(|byte| b"0. %".contains(&byte)) || text.starts_with("−0.00 ");
    match is_nothing {
        true => "0.00 %".to_owned(),
        false if fraction > 0.0 && fraction.is_finite() => format!("+{text}"),
        false => text,
    }
}

/// A number with at most `digits` significant digits and no zeros at its end.
pub fn plain_number(value: f64, digits: i32) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    if value.abs() >= 1e15 {
        return format!("{value:.1e}");
    }
    let text = number::significant(value, digits);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// A value of a measure with its unit.
pub fn figure(name: &str, value: f64) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    match measure(name).0 {
        "share" => share(value),
        "s" => seconds(value),
        "1/s" => format!("{} a second", plain_number(value, 3)),
        "bp" => format!("{} bp", number::group(&format!("{value:.1}"))),
        "" => plain_number(value, 6),
        unit => format!("{} {unit}", plain_number(value, 3)),
    }
}

/// Seconds as a length of time.
pub fn seconds(seconds: f64) -> String {
    number::duration(Span::from_nanos((seconds * 1e9) as i64))
}

/// What a run has of a measure.
pub fn reading(name: &str, reading: Reading) -> String {
    match reading {
        Reading::Nothing => NOTHING.to_owned(),
        Reading::Never => "never".to_owned(),
        Reading::Number(value) => figure(name, value),
    }
}

/// `at most 5.00 %, in 95 % of runs up to severity ×1`.
pub fn demand(criterion: &VolatilityCriterion) -> String {
    let threshold = match measure(&criterion.measure).0 {
        "share" => number::threshold(criterion.threshold, &crate::readiness::Unit::Fraction),
        "s" => format!("{} s", number::group(&criterion.threshold.to_string())),
        "1/s" => format!("{} a second", number::group(&criterion.threshold.to_string())),
        "" => number::group(&criterion.threshold.to_string()),
        "orders" if criterion.threshold.to_string() == "1" => "1 order".to_owned(),
        unit => format!("{} {unit}", number::group(&criterion.threshold.to_string())),
    };
    let runs = if criterion.share < 1.0 {
        format!("{} of", plain_number(criterion.share * 100.0, 3) + " %")
    } else {
        "all".to_owned()
    };
    let comparison = criterion.comparison.words();
    format!("{comparison} {threshold} in {runs} runs up to severity {}", severity(criterion.severity_at_most))
}

/// Which run it was.
pub fn place(run: &VolatilityRun) -> String {
    let market = run
        .shock
        .as_ref()
        .map_or_else(|| "calm market".to_owned(), |shock| format!("{shock} {}", severity(run.severity)));
    format!("{market}, regime {}, seed {}", run.regime, run.seed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readiness::{Comparison, Threshold};

    #[test]
    fn figures_have_units_and_never_a_hole() {
        let table = [
            ("max_drawdown", 0.01234, "1.23 %"),
            ("loss", -0.5, "−50.00 %"),
            ("seconds_to_flat", 75.0, "1 min 15 s"),
            ("worst_markout_bps", -12.345, "−12.3 bp"),
            ("orders_per_second", 12.0, "12 a second"),
            ("position_excess_orders", 0.5, "0.5 orders"),
            ("fills", 1234.0, "1,234"),
            ("fills", f64::NAN, "–"),
            ("max_drawdown", f64::INFINITY, "–"),
        ];
        table.iter().for_each(|(name, value, words)| assert_eq!(figure(name, *value), *words, "{name} {value}"));
        assert_eq!([1.0, 0.25, 4.0, 10.0, f64::NAN].map(severity), ["×1", "×0.25", "×4", "×10", "–"]);
        let shares = [0.012, -0.012, 0.0, -0.00003, -1e-9].map(signed_share);
        assert_eq!(shares, ["+1.20 %", "−1.20 %", "0.00 %", "−0.0030 %", "0.00 %"]);
    }

    #[test]
    fn multiples_have_their_sign() {
        let pair = |name: &str, multiple: &str| (name.to_owned(), multiple.to_owned());
        assert_eq!(regimes(&[pair("normal", "1"), pair("stressed", "×2.5")]), "normal ×1, stressed ×2.5");
    }

    #[test]
    fn rules_say_which_runs_they_are_about() {
        let criterion = VolatilityCriterion {
            name: "n".to_owned(),
            measure: "max_drawdown".to_owned(),
            comparison: Comparison::AtMost,
            threshold: Threshold::parse("0.05").unwrap(),
            severity_at_most: 1.0,
            share: 0.95,
        };
        assert_eq!(demand(&criterion), "at most 5 % in 95 % of runs up to severity ×1");
        let strict = VolatilityCriterion { share: 1.0, measure: "seconds_to_flat".to_owned(), ..criterion };
        assert_eq!(demand(&strict), "at most 0.05 s in all runs up to severity ×1");
    }
}
