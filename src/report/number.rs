//! Figures as people read them: rounded, grouped, with a unit. Exact figures are in the JSON report.

use crate::metrics::Metric;
use crate::readiness::{Threshold, Unit, Value};
use crate::units::{Fixed, Money, Span, Timestamp};

/// Stands for a figure that does not exist; its reason is beside it.
pub const NOTHING: &str = "–";

/// `-1234567.8` as `−1,234,567.8`, with a real minus sign.
pub fn group(decimal: &str) -> String {
    let (sign, digits) = decimal.strip_prefix('-').map_or(("", decimal), |digits| ("−", digits));
    let (whole, fraction) = digits.find('.').map_or((digits, ""), |point| digits.split_at(point));
    if whole.len() <= 3 || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return format!("{sign}{digits}");
    }
    let (head, rest) = whole.split_at((whole.len() - 1) % 3 + 1);
    let groups = rest.as_bytes().chunks(3).map(|chunk| format!(",{}", String::from_utf8_lossy(chunk)));
    format!("{sign}{head}{}{fraction}", groups.collect::<String>())
}

/// A number of things.
pub fn count(count: u64) -> String {
    group(&count.to_string())
}

/// A number of things with its word: `1 order`, `2 orders`.
pub fn counted(number: u64, one: &str) -> String {
    format!("{} {one}{}", count(number), if number == 1 { "" } else { "s" })
}

/// Decimals that show about three digits of the amount: 2 from 1 on, more below.
pub fn decimals(amount: Money) -> u8 {
    let mut limit = Money::ONE;
    let mut decimals = 2;
    while amount.abs() < limit && amount != Money::ZERO && decimals < 8 {
        limit = Money::from_atto(limit.atto() / 10);
        decimals += 1;
    }
    decimals
}

/// The fewest decimals, from 2, at which the rounded parts add up to the rounded total.
pub fn decimals_that_add_up(parts: &[Money], total: Money) -> u8 {
    let adds_up = |decimals: &u8| {
        let unit = 10_i128.pow(u32::from(Money::SCALE - decimals));
        let rounded = |amount: Money| (amount.atto() + amount.atto().signum() * unit / 2) / unit;
        parts.iter().map(|part| rounded(*part)).sum::<i128>() == rounded(total)
    };
    let start = decimals(total).min(parts.iter().map(|part| decimals(*part)).min().unwrap_or(2));
    (start..=Money::SCALE).find(adds_up).unwrap_or(Money::SCALE)
}

/// An amount with a fixed number of decimals and no asset.
pub fn amount(amount: Money, decimals: u8) -> String {
    group(&amount.rounded(decimals))
}

/// Decimals that suit a column of amounts: those of the largest.
pub fn decimals_of_column(amounts: impl Iterator<Item = Money>) -> u8 {
    decimals(amounts.map(Money::abs).max().unwrap_or_default())
}

/// An amount with its sign, also when positive; what rounds to nothing has none.
pub fn signed_amount(value: Money, decimals: u8) -> String {
    let text = amount(value, decimals);
    let is_nothing = text.bytes().all(|byte| b"0.".contains(&byte));
    plus(value > Money::ZERO && !is_nothing, text)
}

/// An amount with its asset.
pub fn money(value: Money, asset: &str) -> String {
    format!("{} {asset}", amount(value, decimals(value)))
}

/// The same with its sign, also when positive.
pub fn signed_money(value: Money, asset: &str) -> String {
    plus(value > Money::ZERO, money(value, asset))
}

fn plus(is_positive: bool, text: String) -> String {
    if is_positive { format!("+{text}") } else { text }
}

/// A statistic with `digits` significant digits, at least down to the units.
pub fn significant(value: f64, digits: i32) -> String {
    if value == 0.0 || !value.is_finite() {
        return group(&value.to_string());
    }
    let magnitude = libm::floor(libm::log10(value.abs())) as i32;
    let decimals = usize::try_from((digits - 1 - magnitude).clamp(0, 12)).unwrap_or(0);
    group(&format!("{value:.decimals$}"))
}

/// The same without zeros at the end.
fn trimmed(value: f64, digits: i32) -> String {
    let text = significant(value, digits);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// A fraction in percent with two decimals, for columns.
pub fn percent_column(fraction: f64) -> String {
    format!("{} %", group(&format!("{:.2}", fraction * 100.0)))
}

/// A fraction in percent.
pub fn percent(fraction: f64) -> String {
    let value = fraction * 100.0;
    match value.abs() {
        size if size >= 0.1 || size == 0.0 => format!("{} %", group(&format!("{value:.2}"))),
        _ => format!("{} %", significant(value, 2)),
    }
}

/// A value in its unit.
pub fn value(value: Value, unit: &Unit) -> String {
    match (value, unit) {
        (value, Unit::Fraction) => percent(value.to_f64()),
        (Value::Money(amount), Unit::Asset(asset)) => money(amount, asset),
        (Value::Money(amount), unit) => with_unit(group(&amount.to_string()), unit),
        (Value::Count(number), unit) => with_unit(count(number), unit),
        (Value::Real(number), unit) => with_unit(trimmed(number, 4), unit),
    }
}

/// The same with a sign, also when positive.
pub fn signed_value(figure: Value, unit: &Unit) -> String {
    plus(figure.to_f64() > 0.0, value(figure, unit))
}

/// A threshold in the unit of its metric; exact.
pub fn threshold(threshold: Threshold, unit: &Unit) -> String {
    match unit {
        Unit::Fraction => format!("{} %", group(&Fixed::format_exact(threshold.atto() * 100, Money::SCALE))),
        unit => with_unit(group(&threshold.to_string()), unit),
    }
}

fn with_unit(text: String, unit: &Unit) -> String {
    match unit {
        Unit::Plain | Unit::Count => text,
        Unit::Fraction => format!("{text} (fraction)"),
        unit => format!("{text} {}", unit.as_str()),
    }
}

/// A metric, or [`NOTHING`].
pub fn metric<T: Copy>(metric: &Metric<T>, show: impl FnOnce(T) -> String) -> String {
    metric.value().map_or_else(|| NOTHING.to_owned(), |value| show(*value))
}

/// A length of time in its two largest units: `6 d 23 h`, `5 min 45 s`, `12.5 ms`.
pub fn duration(span: Span) -> String {
    let sign = if span.nanos() < 0 { "−" } else { "" };
    format!("{sign}{}", magnitude(span.nanos().unsigned_abs()))
}

fn magnitude(nanos: u64) -> String {
    const SECOND: u64 = 1_000_000_000;
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let pair = UNITS.windows(2).find(|pair| nanos / SECOND >= pair[0].0);
    let Some(&[(unit, name), (smaller, rest_name)]) = pair else { return short(nanos as f64) };
    let seconds = nanos.saturating_add(smaller * SECOND / 2) / (smaller * SECOND) * smaller;
    if seconds != nanos / SECOND && UNITS.iter().any(|(larger, _)| *larger > unit && *larger <= seconds) {
        return magnitude(seconds * SECOND);
    }
    match seconds % unit / smaller {
        0 => format!("{} {name}", seconds / unit),
        rest => format!("{} {name} {rest} {rest_name}", seconds / unit),
    }
}

fn short(nanos: f64) -> String {
    const UNITS: [(f64, &str); 4] = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")];
    match UNITS.iter().find(|(unit, _)| nanos >= *unit) {
        Some((unit, name)) => format!("{} {name}", trimmed(nanos / unit, 3)),
        None => "0 s".to_owned(),
    }
}

/// Nanoseconds as milliseconds.
pub fn milliseconds(nanos: f64) -> String {
    significant(nanos / 1e6, 3)
}

/// `2024-08-08 23:54:15 UTC`.
pub fn instant(at: Timestamp) -> String {
    let text = at.to_string();
    let seconds = text.split('.').next().unwrap_or(&text);
    format!("{} UTC", seconds.replace('T', " "))
}

/// A size in bytes.
pub fn bytes(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{} B", count(bytes)),
        10_000..10_000_000 => format!("{} kB", count(bytes / 1_000)),
        _ => format!("{} MB", count(bytes / 1_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_three() {
        let table = [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("-1234567.89", "−1,234,567.89"),
            ("-5", "−5"),
            ("123456", "123,456"),
        ];
        table.iter().for_each(|(plain, grouped)| assert_eq!(group(plain), *grouped));
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!([0, 1, 1_000].map(|number| counted(number, "day")), ["0 days", "1 day", "1,000 days"]);
    }

    #[test]
    fn small_amounts_keep_digits() {
        let show = |text: &str| money(Money::parse(text).unwrap(), "BTC");
        assert_eq!(show("0"), "0.00 BTC");
        assert_eq!(show("-12345.678"), "−12,345.68 BTC");
        assert_eq!(show("0.5"), "0.500 BTC");
        assert_eq!(show("0.00012345"), "0.000123 BTC");
        assert_eq!(show("0.000000000000000001"), "0.00000000 BTC");
    }

    #[test]
    fn a_column_has_equal_decimals() {
        let column = ["-12.3456", "0.001", "0", "-0.004", "0.5"].map(|text| Money::parse(text).unwrap());
        let decimals = decimals_of_column(column.into_iter());
        let shown = column.map(|amount| signed_amount(amount, decimals));
        assert_eq!(shown, ["−12.35", "0.00", "0.00", "0.00", "+0.50"]);
    }

    #[test]
    fn rounded_parts_add_up() {
        let parse = |text: &str| Money::parse(text).unwrap();
        assert_eq!(decimals_that_add_up(&[parse("1.01"), parse("2.02")], parse("3.03")), 2);
        assert_eq!(decimals_that_add_up(&[parse("10.004"), parse("20.004")], parse("30.008")), 3);
    }

    #[test]
    fn durations() {
        let show = |nanos: i64| duration(Span::from_nanos(nanos));
        assert_eq!(show(604_800_000_000_000), "7 d");
        assert_eq!(show(345_400_000_000), "5 min 45 s");
        assert_eq!(show(259_199_000_000_000), "3 d");
        assert_eq!(show(86_399_999_000_000), "1 d");
        assert_eq!(show(3_599_900_000_000), "1 h");
        assert_eq!(show(90_000_000_000_000), "1 d 1 h");
        assert_eq!(show(-1_500_000), "−1.5 ms");
        assert_eq!(show(2_500_000_000), "2.5 s");
        assert_eq!(show(0), "0 s");
    }

    #[test]
    fn statistics() {
        assert_eq!(percent(0.12345), "12.35 %");
        assert_eq!(percent(-0.000_012), "−0.0012 %");
        assert_eq!(significant(1234.5678, 4), "1,235");
        assert_eq!(significant(0.001_234_56, 4), "0.001235");
        assert_eq!(threshold(Threshold::parse("0.15").unwrap(), &Unit::Fraction), "15 %");
    }
}
