//! Limits of `compare`: how much worse a metric may become.

use super::failure::Failure;
use crate::readiness::{AMOUNT_EXPECTED, Amount, Tolerance, metric_names};
use crate::scenario::closest;
use std::collections::BTreeMap;
use std::path::Path;
use toml::Spanned;

/// A file of limits.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    regression: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
}

/// The limits of a file, and over them those of the command line. `more` names metrics beside the catalogue's: those of each market.
pub fn tolerances(file: Option<&Path>, given: &[String], more: &[String]) -> Result<Vec<Tolerance>, Failure> {
    let mut all = match file {
        Some(path) => of_file(path, more)?,
        None => Vec::new(),
    };
    for text in given {
        let wrong = |why: String| Failure::usage(format!("--regression {text}: {why}"));
        let (name, amount) =
            text.split_once('=').ok_or_else(|| wrong("expected METRIC=AMOUNT, as in `profit=5%`".to_owned()))?;
        let tolerance = tolerance(name.trim(), amount.trim(), more).map_err(wrong)?;
        all.retain(|known| known.metric != tolerance.metric);
        all.push(tolerance);
    }
    Ok(all)
}

fn tolerance(name: &str, amount: &str, more: &[String]) -> Result<Tolerance, String> {
    let mut names: Vec<String> = metric_names().into_iter().map(str::to_owned).collect();
    names.extend_from_slice(more);
    if !names.iter().any(|known| known == name) {
        let hint = closest(name, &names).map_or_else(
            || "`seatrial run --json` names all under `metrics`, docs/compare.md says how".to_owned(),
            |known| format!("did you mean `{known}`?"),
        );
        return Err(format!("no metric `{name}`; {hint}"));
    }
    let wrong = |expected| format!("`{name}`: found `{amount}`, expected {expected}");
    Ok(Tolerance { metric: name.to_owned(), amount: Amount::parse(amount).map_err(wrong)? })
}

fn of_file(path: &Path, more: &[String]) -> Result<Vec<Tolerance>, Failure> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| Failure::data(format!("{name}: cannot read: {error}")))?;
    let at = |place: usize| text.get(..place).unwrap_or(&text).matches('\n').count() + 1;
    let file: File = toml::from_str(&text).map_err(|error| {
        let line = at(error.span().map_or(0, |span| span.start));
        let expected = "expected a table `[regression]` with `metric = \"amount\"` a line";
        Failure::usage(format!("{name}:{line}: {}; {expected}", error.message()))
    })?;
    let mut found = Vec::new();
    for (key, value) in &file.regression {
        let line = at(key.span().start);
        let amount = match value.get_ref() {
            toml::Value::String(text) => text.clone(),
            toml::Value::Integer(_) | toml::Value::Float(_) => {
                // The digits as they were written: a binary fraction would have others.
                text.get(value.span()).unwrap_or_default().to_owned()
            }
            other => {
                let kind = other.type_str();
                let wrong = format!("{name}:{line}: `{}`: found a {kind}, expected {AMOUNT_EXPECTED}", key.get_ref());
                return Err(Failure::usage(wrong));
            }
        };
        let wrong = |why| Failure::usage(format!("{name}:{line}: {why}"));
        found.push(tolerance(key.get_ref(), amount.trim(), more).map_err(wrong)?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(found: Result<Vec<Tolerance>, Failure>) -> String {
        match found {
            Ok(all) => {
                all.iter().map(|limit| format!("{} {}", limit.metric, limit.amount)).collect::<Vec<_>>().join("; ")
            }
            Err(failure) => failure.message,
        }
    }

    fn of(text: &str, given: &[&str]) -> String {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("limits.toml");
        std::fs::write(&path, text).unwrap();
        let given: Vec<String> = given.iter().map(|text| (*text).to_owned()).collect();
        let found = shown(tolerances(Some(&path), &given, &["market_1_fees".to_owned()]));
        found.replace(&format!("{}/", home.path().display()), "")
    }

    #[test]
    fn limits_come_from_file_and_command_line_and_are_checked_against_the_catalogue() {
        let text = "[regression]\nprofit = \"5%\"\nmax_drawdown = 0.01\nmarket_1_fees = 3\n";
        assert_eq!(of(text, &["profit=7"]), "market_1_fees 3; max_drawdown 0.01; profit 7");
        let table = [
            ("[regression]\nprofits = 1\n", "limits.toml:2: no metric `profits`; did you mean `profit`?"),
            ("[regression]\n\nprofit = true\n", "limits.toml:3: `profit`: found a boolean, expected a decimal"),
            ("[regression]\nprofit = -1\n", "limits.toml:2: `profit`: found `-1`, expected a decimal of zero or more"),
            ("[regression]\nprofit = nan\n", "limits.toml:2: `profit`: found `nan`"),
            ("[regressions]\nprofit = 1\n", "limits.toml:1: unknown field `regressions`"),
            ("profit\n", "limits.toml:1:"),
        ];
        for (text, expected) in table {
            assert!(of(text, &[]).starts_with(expected), "{}", of(text, &[]));
        }
        let given = |text: &str| shown(tolerances(None, &[text.to_owned()], &[]));
        assert_eq!(given("profit"), "--regression profit: expected METRIC=AMOUNT, as in `profit=5%`");
        assert!(given("market_1_fees=1").contains("no metric `market_1_fees`"), "{}", given("market_1_fees=1"));
        assert!(given("profit=x").contains("found `x`"), "{}", given("profit=x"));
    }
}
