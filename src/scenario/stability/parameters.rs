//! Moving the numbers among a strategy's parameters, one at a time.

use crate::model::Instrument;
use crate::scenario::document::Document;
use crate::scenario::load::Scenario;
use crate::scenario::problem::Problem;
use crate::scenario::registry::{Parameters, Registry};
use crate::strategy::Description;
use crate::units::{Fixed, Span};

/// What became of a parameter that was to be moved.
#[derive(Debug, Clone, PartialEq)]
pub enum Moved {
    /// It has this value now, as TOML and in words.
    To(toml::Value, String),
    /// Rounded, it is what it was.
    Same(String),
    /// The strategy does not work with it.
    Refused(String, String),
}

/// A number among the parameters of a strategy.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Number {
    Whole(i64),
    Exact(Fixed),
    Time(Span),
}

impl Number {
    fn read(text: &str) -> Option<Self> {
        let whole = text.parse().ok().map(Self::Whole);
        let exact = || Fixed::parse(text).ok().map(Self::Exact);
        whole.or_else(exact).or_else(|| text.parse().ok().map(Self::Time))
    }

    const fn is_nothing(self) -> bool {
        match self {
            Self::Whole(value) => value == 0,
            Self::Exact(value) => value.mantissa == 0,
            Self::Time(span) => span.nanos() == 0,
        }
    }

    /// Moved by so many percent: whole numbers and times to the nearest, halves away from nothing. As a text.
    fn moved(self, percent: i64) -> String {
        match self {
            Self::Whole(value) => scaled(value, percent).to_string(),
            Self::Time(span) => Span::from_nanos(scaled(span.nanos(), percent)).to_string(),
            Self::Exact(value) => {
                let mantissa = i128::from(value.mantissa) * i128::from(100 + percent);
                trimmed(&Fixed::format_exact(mantissa, value.scale.saturating_add(2)))
            }
        }
    }
}

fn scaled(value: i64, percent: i64) -> i64 {
    let hundredths = i128::from(value) * i128::from(100 + percent);
    let rounded = (hundredths.abs() + 50) / 100;
    i64::try_from(rounded * hundredths.signum()).unwrap_or(value)
}

fn trimmed(decimal: &str) -> String {
    match decimal.contains('.') {
        true => decimal.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => decimal.to_owned(),
    }
}

/// Names of the parameters that are moved, and those that are not, each with why.
pub fn choose(description: &Description, only: &[String]) -> Result<(Vec<String>, Vec<String>), Box<Problem>> {
    let all = &description.parameters;
    let number = |text: &str| Number::read(text).filter(|number| !number.is_nothing());
    for (place, name) in only.iter().enumerate() {
        let given = all.iter().find(|(known, _)| known == name);
        if given.is_none_or(|(_, value)| number(value).is_none()) {
            let names: Vec<&str> =
                all.iter().filter(|(_, value)| number(value).is_some()).map(|(name, _)| name.as_str()).collect();
            let found = match given {
                Some((_, value)) => format!("found `{name}`, which is `{value}`"),
                None => format!("found `{name}`"),
            };
            let allowed =
                format!("a number other than 0 among the parameters of `{}`: {}", description.name, names.join(", "));
            return Err(Box::new(Problem::new(format!("stability.only[{place}]"), found, allowed)));
        }
    }
    let is_meant = |name: &String| only.is_empty() || only.contains(name);
    let mut left = Vec::new();
    let mut chosen = Vec::new();
    for (name, value) in all.iter().filter(|(name, _)| is_meant(name)) {
        match number(value) {
            Some(_) => chosen.push(name.clone()),
            None => left.push(format!("{name} ({value})")),
        }
    }
    Ok((chosen, left))
}

/// A parameter of the scenario's strategy, moved by so many percent.
pub fn moved(
    (scenario, registry): (&Scenario, &Registry),
    (description, instrument): (&Description, &Instrument),
    name: &str,
    percent: i64,
) -> Moved {
    let value = description.parameters.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let Some(number) = Number::read(value) else { return Moved::Same(value.to_owned()) };
    let text = number.moved(percent);
    let whole = text.parse().ok().map(toml::Value::Integer);
    // A number that may stand as one, else as the text that a scenario has.
    let forms = whole.into_iter().chain([toml::Value::String(text.clone())]);
    let mut refused = String::new();
    for form in forms {
        let layer = parameter_layer(name, &form);
        match build(scenario, registry, instrument, &layer) {
            Ok(built) if built.parameters == description.parameters => return Moved::Same(text),
            Ok(_) => return Moved::To(form, text),
            Err(why) => refused = why,
        }
    }
    Moved::Refused(text, refused)
}

/// A value of a parameter as a text of a scenario.
pub fn parameter_layer(name: &str, value: &toml::Value) -> String {
    format!("[{}]\n{name} = {value}\n", Parameters::AT)
}

fn build(
    scenario: &Scenario,
    registry: &Registry,
    instrument: &Instrument,
    layer: &str,
) -> Result<Description, String> {
    let mut document: Document = scenario.document.clone();
    document.add("stability", layer).map_err(|problems| format!("{problems:?}"))?;
    let builder = registry.builder(&scenario.file.bot.strategy).ok_or("no such strategy")?;
    let strategy = builder.build(&Parameters::of(&document), std::slice::from_ref(instrument));
    strategy.map(|strategy| strategy.describe()).map_err(|error| {
        let first = error.0.first().map(|problem| format!("{}; expected {}", problem.found, problem.allowed));
        first.unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_move_by_percent_and_words_do_not() {
        let table = [
            ("10", -20, "8"),
            ("4", 10, "4"),
            ("4", 20, "5"),
            ("-5", 10, "-6"),
            ("5", -10, "5"),
            ("0.5", -10, "0.45"),
            ("100.0", 20, "120"),
            ("30s", -10, "27s"),
            ("1min", 20, "72s"),
            ("250us", 10, "275us"),
        ];
        for (text, percent, expected) in table {
            let number = Number::read(text).unwrap_or_else(|| panic!("{text} is no number"));
            assert_eq!(number.moved(percent), expected, "{text} by {percent} %");
        }
        assert_eq!([Number::read("auto"), Number::read("when-moved"), Number::read("")], [None; 3]);
    }

    #[test]
    fn what_is_no_number_is_told_and_what_is_unknown_refused() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let parameters = vec![pair("offset", "4"), pair("size", "auto"), pair("skew", "0")];
        let description = Description { name: "maker".to_owned(), parameters };
        let (chosen, left) = choose(&description, &[]).unwrap();
        assert_eq!((chosen, left), (vec!["offset".to_owned()], vec!["size (auto)".to_owned(), "skew (0)".to_owned()]));
        let refused = |name: &str| choose(&description, &[name.to_owned()]).unwrap_err();
        assert_eq!(refused("ofset").found, "found `ofset`");
        assert_eq!(refused("size").found, "found `size`, which is `auto`");
        assert_eq!(refused("size").key, "stability.only[0]");
    }
}
