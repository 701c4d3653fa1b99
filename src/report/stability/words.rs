//! Figures of a report on stability in words.

use super::input::StabilityInput;
use crate::readiness::{
    AUDIT_FINDINGS, CRITERIA_UNMET, Held, PairedChange, RETURN_PER_DAY, StabilityCriterion, Unit, metric_row,
    metric_unit,
};
use crate::report::number::{self, NOTHING};

/// A measure for people.
pub fn label(measure: &str) -> String {
    match measure {
        AUDIT_FINDINGS => "Findings of the audit".to_owned(),
        CRITERIA_UNMET => "Criteria of a run not met".to_owned(),
        RETURN_PER_DAY => "Return a day".to_owned(),
        name => metric_row(name).map_or_else(|| name.to_owned(), |row| row.label.to_owned()),
    }
}

/// The same where there is little room.
pub fn short(measure: &str) -> String {
    match measure {
        "order_success_rate" => "Accepted".to_owned(),
        "max_drawdown" => "Drawdown".to_owned(),
        "fill_ratio" => "Fill ratio".to_owned(),
        "markout_10s_bps" => "Markout 10 s".to_owned(),
        AUDIT_FINDINGS => "Audit".to_owned(),
        name => label(name),
    }
}

/// What a measure is counted in.
pub fn unit(measure: &str, input: &StabilityInput) -> Unit {
    match measure {
        AUDIT_FINDINGS | CRITERIA_UNMET => Unit::Count,
        RETURN_PER_DAY => Unit::Fraction,
        name => metric_unit(name, &input.market.quote, &input.market.base).unwrap_or(Unit::Plain),
    }
}

/// A value with its unit.
pub fn figure(value: f64, measure: &str, input: &StabilityInput) -> String {
    shown(value, &unit(measure, input))
}

/// The same with a sign, also when positive.
pub fn signed(value: f64, measure: &str, input: &StabilityInput) -> String {
    let text = shown(value, &unit(measure, input));
    if value > 0.0 && value.is_finite() { format!("+{text}") } else { text }
}

fn shown(value: f64, unit: &Unit) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    // What two decimals do not show.
    let share = |fraction: f64| {
        let percent = fraction * 100.0;
        match percent.abs() {
            0.0 => "0 %".to_owned(),
            100.0 => "100 %".to_owned(),
            size if size < 0.0005 => format!("{} %", number::significant(percent, 1)),
            size if size < 1.0 => format!("{} %", number::group(&format!("{percent:.3}"))),
            _ => format!("{} %", number::group(&format!("{percent:.2}"))),
        }
    };
    match unit {
        Unit::Fraction => share(value),
        Unit::Count => plain_number(value, 6),
        Unit::Plain => plain_number(value, 3),
        unit => format!("{} {}", plain_number(value, 4), unit.as_str()),
    }
}

/// At most so many significant digits, and no zeros at the end.
pub fn plain_number(value: f64, digits: i32) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    let text = number::significant(value, digits);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// An interval, or why there is none.
pub fn interval(ends: Option<[f64; 2]>, show: impl Fn(f64) -> String) -> String {
    match ends {
        Some([low, high]) => format!("{} to {}", show(low), show(high)),
        None => "no interval: fewer than six seeds".to_owned(),
    }
}

/// A change with its interval.
pub fn change(change: &PairedChange, measure: &str, input: &StabilityInput) -> (String, String) {
    let show = |value: f64| signed(value, measure, input);
    let p = change.p.map_or_else(String::new, |p| format!("; p = {}", number::significant(p, 2)));
    (show(change.median), format!("{}{p}", interval(change.interval, show)))
}

/// `at least 0 % in 90 % of seeds`.
pub fn demand(criterion: &StabilityCriterion, input: &StabilityInput) -> String {
    let threshold = number::threshold(criterion.threshold, &unit(&criterion.measure, input));
    let share = match criterion.share {
        share if share < 1.0 => format!("{} % of seeds", plain_number(share * 100.0, 3)),
        _ => "every seed".to_owned(),
    };
    format!("{} {threshold} in {share}", criterion.comparison.words())
}

/// `28 of 30`.
pub fn held(held: &Held) -> String {
    format!("{} of {}", held.held, held.runs)
}

/// A share in percent.
pub fn percent(share: f64) -> String {
    format!("{} %", plain_number(share * 100.0, 3))
}
