//! Secrets have no place in a scenario: it is kept with every run and printed in its report. What looks like one is refused, and shown nowhere.
//!
//! What looks like one: the value of a key that is called so (`api_key`, `client_secret`), of such a word in a text (`?token=...`, `Authorization: ...`), what
//! stands before the `@` of a URL, and the argument behind such an option (`--password`, `...`). Where the model lies: a secret under another name is a text like
//! any other.

use super::problem::{Excerpt, Problem};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Words that make a name that of a secret, wherever they stand in it.
const WORDS: [&str; 14] = [
    "secret",
    "secrets",
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "credential",
    "credentials",
    "authorization",
    "apikey",
    "apisecret",
    "apitoken",
    "secretkey",
    "jwt",
];
/// Words that do so side by side.
const PAIRS: [[&str; 2]; 6] =
    [["api", "key"], ["private", "key"], ["access", "key"], ["signing", "key"], ["auth", "key"], ["hmac", "key"]];
/// Words before `token` with which it is a coin.
const COINS: [&str; 6] = ["base", "quote", "in", "out", "fee", "reward"];
/// Names that are one as a whole.
const WHOLE: [&str; 3] = ["token", "auth", "cookie"];
/// Shorter texts are no secrets: `token = "PEPE"`.
const SHORTEST: usize = 6;

/// True for what people call a secret: `api_key`, `X-API-Key`, `clientSecret`, `--token`.
pub(super) fn is_a_secrets_name(name: &str) -> bool {
    let words = words(name);
    let word = |word: &String| WORDS.contains(&word.as_str());
    let pair = |pair: &[String]| PAIRS.iter().any(|known| pair[0] == known[0] && pair[1] == known[1]);
    let token = matches!(&words[..], [.., before, last] if last == "token" && !COINS.contains(&before.as_str()));
    token
        || words.iter().any(word)
        || words.windows(2).any(pair)
        || matches!(&words[..], [one] if WHOLE.contains(&one.as_str()))
}

/// The words of a name, in lower case: between `-`, `_`, `.` and before capitals.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for letter in name.chars() {
        let begins = letter.is_ascii_uppercase() && before.is_ascii_lowercase();
        if (begins || !letter.is_alphanumeric()) && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
        before = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// True for `${NAME}`: a variable of the environment, looked up where it is needed and not before.
pub(super) fn is_reference(text: &str) -> bool {
    let name = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    name.is_some_and(|name| {
        !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    })
}

/// True where a part of the text is a secret by what stands before it.
fn holds_a_secret(text: &str) -> bool {
    let is_open = |value: &str| SHORTEST <= value.len() && !is_reference(value);
    let is_known = |rest: &str| {
        let user = rest.split(['/', '?', ' ']).next().and_then(|host| host.rsplit_once('@'));
        user.is_some_and(|(user, _)| user.split(':').any(is_open))
    };
    if text.split("://").skip(1).any(is_known) {
        return true;
    }
    let named = |(name, value): (&str, &str), ends: &[char]| {
        let name = name.rsplit(ends).find(|part| !part.is_empty()).unwrap_or("");
        let value = value.split(['&', ';']).next().unwrap_or("").trim();
        let value = ["Bearer ", "Basic ", "Token "].iter().find_map(|kind| value.strip_prefix(kind)).unwrap_or(value);
        is_a_secrets_name(name) && is_open(value.trim())
    };
    let places = |mark: char| text.match_indices(mark).map(|(at, _)| (&text[..at], &text[at + 1..]));
    // A header's name has no space before it, or the words of a sentence would be one.
    let (pair, header) = (['?', '&', ';', ' ', '"', '\'', '{', ','], ['?', '&', ';', '"', '\'', '{', ',']);
    places('=').any(|place| named(place, &pair)) || places(':').any(|place| named(place, &header))
}

/// Where something stands that looks like a secret, by its key.
pub(super) struct Found {
    key: String,
    place: Range<usize>,
}

/// All that look like one in a text that was read.
pub(super) fn found(table: &DeTable<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    in_table("", table, &mut found);
    found
}

fn in_table(around: &str, table: &DeTable<'_>, found: &mut Vec<Found>) {
    for (name, value) in table {
        let key = if around.is_empty() { name.get_ref().to_string() } else { format!("{around}.{}", name.get_ref()) };
        match is_a_secrets_name(name.get_ref()) {
            true => all_in(&key, value, found),
            false => in_value(&key, value, found),
        }
    }
}

/// Every text below the name of a secret is one.
fn all_in(key: &str, value: &Spanned<DeValue<'_>>, found: &mut Vec<Found>) {
    match value.get_ref() {
        DeValue::Table(table) => {
            table.iter().for_each(|(name, value)| all_in(&format!("{key}.{}", name.get_ref()), value, found));
        }
        DeValue::Array(items) => {
            (0..)
                .zip(items.iter())
                .for_each(|(index, item): (usize, _)| all_in(&format!("{key}[{index}]"), item, found));
        }
        DeValue::String(text) if SHORTEST <= text.len() => {
            found.push(Found { key: key.to_owned(), place: value.span() });
        }
        DeValue::String(_) | DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {}
    }
}

/// Options behind which a secret stands: such a name, or curl's user and password.
fn opens_one(option: &str, argument: &str) -> bool {
    let is_user = ["-u", "--user"].contains(&option) && argument.contains(':');
    (option.starts_with('-') && is_a_secrets_name(option)) || is_user
}

fn in_value(key: &str, value: &Spanned<DeValue<'_>>, found: &mut Vec<Found>) {
    match value.get_ref() {
        DeValue::Table(table) => in_table(key, table, found),
        DeValue::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let key = format!("{key}[{index}]");
                let before = index.checked_sub(1).map(|before| items[before].get_ref());
                match (before, item.get_ref()) {
                    (Some(DeValue::String(option)), DeValue::String(text))
                        if opens_one(option, text) && !is_filled(text) =>
                    {
                        found.push(Found { key, place: item.span() });
                    }
                    _ => in_value(&key, item, found),
                }
            }
        }
        DeValue::String(text) if holds_a_secret(text) => found.push(Found { key: key.to_owned(), place: value.span() }),
        DeValue::String(_) | DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {}
    }
}

/// Variables and what stands between them, `${USER}:${PASSWORD}`.
fn is_filled(text: &str) -> bool {
    text.split(':').all(is_reference)
}

/// A problem each, in whose excerpt no secret can be read.
pub(super) fn problems(name: &str, text: &str, found: &[Found]) -> Vec<Problem> {
    let shown = veiled(text, found.iter().map(|found| found.place.clone()));
    let problem = |found: &Found| {
        let place =
            Excerpt { name: name.to_owned(), text: shown.clone(), start: found.place.start, length: found.place.len() };
        let allowed = "no secret: a scenario is kept with every run and printed in its report";
        let hint = match found.key.starts_with("sinks") {
            true => {
                "name a variable of the environment instead, as in `${ALERT_TOKEN}`: it is looked up when an alert is delivered"
            }
            false => "a run needs none; what the bot signs its requests with stays where its own adapter finds it",
        };
        let problem = Problem::new(found.key.clone(), "what looks like a secret, and is not shown", allowed).hint(hint);
        Problem { place: Some(place), ..problem }
    };
    found.iter().map(problem).collect()
}

/// The text with stars for what stands at these places; every byte stays where it is.
fn veiled(text: &str, places: impl Iterator<Item = Range<usize>>) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for place in places {
        let end = place.end.min(bytes.len());
        bytes[place.start.min(end)..end].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b'*');
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// A text that is no TOML, of which nobody knows what is a value: from the first line on that speaks of a secret all is stars.
pub(super) fn veiled_behind(text: &str) -> String {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if speaks_of_one(line) {
            let from = start + line.find('=').map_or(0, |at| at + 1);
            return veiled(text, std::iter::once(from..text.len()));
        }
        start += line.len();
    }
    text.to_owned()
}

/// The text with stars for comments that speak of a secret.
pub(super) fn without_comments_on_secrets(text: &str) -> String {
    let mut start = 0;
    let mut places = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(at) = line.find('#').filter(|at| speaks_of_one(&line[at + 1..])) {
            places.push(start + at + 1..start + line.len());
        }
        start += line.len();
    }
    veiled(text, places.into_iter())
}

/// A name of a secret before a `=` or `:`, or what looks like one.
fn speaks_of_one(line: &str) -> bool {
    let named = line.find(['=', ':']).is_some_and(|at| is_a_secrets_name(line[..at].trim()));
    let options = line.split(['"', '\'', ' ', ',']).any(|word| word.starts_with("--") && is_a_secrets_name(word));
    named || options || holds_a_secret(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known() {
        let secrets = [
            "api_key",
            "apiKey",
            "API-KEY",
            "X-API-Key",
            "apikey",
            "X-MBX-APIKEY",
            "client_secret",
            "secretKey",
            "--password",
            "passphrase",
            "token",
            "--token",
            "auth_token",
            "accessToken",
            "private-key",
            "Authorization",
            "aws.credentials",
            "BINANCE_API_SECRET",
        ];
        for name in secrets {
            assert!(is_a_secrets_name(name), "{name}");
        }
        let others = [
            "key",
            "tokens",
            "base_token",
            "token_count",
            "keyboard",
            "pass",
            "seed",
            "interval",
            "client_order_id",
            "position_max",
            "monkey",
            "api",
            "private",
            "secretary",
        ];
        for name in others {
            assert!(!is_a_secrets_name(name), "{name}");
        }
    }

    #[test]
    fn texts_that_hold_one_are_known() {
        let secrets = [
            "http://user:canary@127.0.0.1/",
            "http://127.0.0.1/a?token=canary",
            "http://127.0.0.1/a?b=c&api_key=canary&d=e",
            "Authorization: Bearer canary",
            "X-Api-Key: canary",
            "--password=canary",
            "{\"token\": canary}",
            "a: b; secret=canary",
            "http://canary@localhost/",
        ];
        for text in secrets {
            assert!(holds_a_secret(text), "{text}");
        }
        let others = [
            "http://127.0.0.1:9093/alerts",
            "http://127.0.0.1/a?token=${TOKEN}",
            "Authorization: Bearer ${TOKEN}",
            "http://${USER}:${PASS}@127.0.0.1/",
            "a bot: that trades",
            "--source=seatrial",
            "what a token: is",
            "",
            "=",
            ":",
            "://@",
            "token=",
            "1:2",
        ];
        for text in others {
            assert!(!holds_a_secret(text), "{text}");
        }
    }

    #[test]
    fn a_text_is_veiled_byte_for_byte() {
        assert_eq!(veiled("a = 'é'\nb", std::iter::once(4..8)), "a = ****\nb");
        assert_eq!(veiled("a", std::iter::once(0..9)), "*");
        assert_eq!(veiled_behind("a = 1\napi_key = \"x\ny = 2\n"), "a = 1\napi_key =***\n*****\n");
        assert_eq!(veiled_behind("é --token\nb\n"), "**********\n*\n");
        assert_eq!(without_comments_on_secrets("a = 1 # api_key = x\nb = 2 # c\n"), "a = 1 #************\nb = 2 # c\n");
    }
}
