use super::document::Document;
use super::problem::{Colour, Problem, Problems};
use serde::Deserialize;

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
struct Sample {
    seed: u64,
    word: String,
    inner: Inner,
    list: Vec<Inner>,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
struct Inner {
    size: String,
    limit: i64,
}

impl Default for Sample {
    fn default() -> Self {
        Self { seed: 1, word: "default".to_owned(), inner: Inner::default(), list: Vec::new() }
    }
}

fn read(text: &str, overrides: &[&str]) -> (Option<Sample>, Vec<Problem>) {
    let mut document = Document::default();
    let mut problems = document.add("sample.toml", text).err().unwrap_or_default();
    for argument in overrides {
        problems.extend(document.set(argument).err().unwrap_or_default());
    }
    let sample = document.read("", &mut problems);
    (sample, problems)
}

fn messages(text: &str, overrides: &[&str]) -> String {
    Problems::sorted(read(text, overrides).1).to_string()
}

#[test]
fn several_problems_are_found_in_one_reading() {
    let text = "seed = \"x\"\nwrod = \"a\"\n[inner]\nsize = 1.5\nlimt = 2\n[[list]]\nlimit = true\n";
    insta::assert_snapshot!(messages(text, &[]), @r#"
    sample.toml:1:8: seed: found the text "x"; expected a whole number from 0 to 9223372036854775807
    sample.toml:2:1: wrod: unknown key `wrod`; expected one of `seed`, `word`, `inner`, `list`
    sample.toml:4:8: inner.size: found 1.5; expected a text in quotes
    sample.toml:5:1: inner.limt: unknown key `limt`; expected `size` or `limit`
    sample.toml:7:9: list[0].limit: found true; expected a whole number from -9223372036854775808 to 9223372036854775807
    "#);
}

/// One form, whatever is wrong with a number: what was found, and from where to where it may go.
#[test]
fn numbers_out_of_range_are_told_their_range() {
    let text = "seed = -1\n[[list]]\nlimit = 9223372036854775808\n[inner]\nlimit = [1]\n";
    insta::assert_snapshot!(messages(text, &["seed=18446744073709551615", "word={}"]), @r#"
    --set:1:1: word: found a table; expected a text in quotes
    --set:1:6: seed: found 18446744073709551615; expected a whole number from 0 to 9223372036854775807
    sample.toml:3:9: list[0].limit: found 9223372036854775808; expected a whole number from -9223372036854775808 to 9223372036854775807
    sample.toml:5:9: inner.limit: found a list; expected a whole number from -9223372036854775808 to 9223372036854775807
    "#);
    assert!(messages("seed = -1\n", &[]).contains("seed: found -1; expected a whole number from 0 to"));
}

#[test]
fn the_place_is_underlined() {
    let (_, problems) = read("seed = 3\n[inner]\nlimt = 2\n", &[]);
    insta::assert_snapshot!(Problems(problems).render(Colour::Off), @r#"
     × inner.limt: unknown key `limt`
      ╭─[sample.toml:3:1]
    2 │ [inner]
    3 │ limt = 2
      · ──┬─
      ·   ╰── expected `size` or `limit`
      ╰────
     help: did you mean `limit`?
    "#);
}

#[test]
fn overrides_win_and_remember_where_they_came_from() {
    let (sample, problems) = read("seed = 3\ninner.limit = 1\n", &["inner.limit=7", "word=hello-there"]);
    assert_eq!(problems, []);
    let sample = sample.unwrap();
    assert_eq!((sample.seed, sample.inner.limit, sample.word.as_str()), (3, 7, "hello-there"));
}

#[test]
fn a_broken_override_is_shown_in_its_own_text() {
    insta::assert_snapshot!(messages("", &["inner.limit=\"a\"", "nonsense", "seed=[1"]), @r#"
    --set: found `nonsense`; expected `key=value`, as in `--set seed=7`
    --set:1:8: unclosed array, expected `]`; expected TOML
    --set:1:13: inner.limit: found the text "a"; expected a whole number from -9223372036854775808 to 9223372036854775807
    "#);
}

#[test]
fn syntax_errors_have_a_place() {
    insta::assert_snapshot!(messages("seed = \nword = 'x'\n", &[]), @r#"
    sample.toml:1:8: string values must be quoted, expected literal string; expected TOML
    "#);
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read and not looked at")]
struct Listed {
    #[serde(default)]
    items: Vec<Item>,
    mode: Paper,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read and not looked at")]
struct Item {
    count: u32,
    mode: Paper,
    #[serde(default)]
    inner: Option<Needy>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read and not looked at")]
struct Needy {
    size: u32,
    nested: Vec<Whole>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read and not looked at")]
struct Whole {
    size: u32,
}

#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Paper {
    Paper,
}

/// Keys of the problems of a list, in order of key, each with its line.
fn places(text: &str) -> Vec<(String, Option<usize>)> {
    let mut document = Document::default();
    document.add("list.toml", text).unwrap();
    let mut problems = Vec::new();
    let _ = document.read::<Listed>("", &mut problems);
    let line = |problem: &Problem| problem.place.as_ref().map(|place| place.line_column().0);
    let mut found: Vec<_> = problems.iter().map(|problem| (problem.key.clone(), line(problem))).collect();
    found.sort();
    found
}

fn expected(places: &[(&str, usize)]) -> Vec<(String, Option<usize>)> {
    places.iter().map(|(key, line)| ((*key).to_owned(), Some(*line))).collect()
}

/// Items of a list keep their places however many before them are wrong, all that is wrong in one item is said, and what was
/// found wrong is not missing as well.
#[test]
fn problems_in_lists_stand_where_they_are() {
    let item = |count: &str, mode: &str| format!("[[items]]\ncount = {count}\nmode = \"{mode}\"\n");
    let items = [item("-1", "life"), item("1", "paper"), item("2", "life"), item("3", "paper"), item("\"4\"", "paper")];
    let text = format!("mode = \"live\"\n{}[[items]]\ncount = 5\nmode = \"paper\"\nmood = 1\n", items.concat());
    let stand = [
        ("items[0].count", 3),
        ("items[0].mode", 4),
        ("items[2].mode", 10),
        ("items[4].count", 15),
        ("items[5].mood", 20),
        ("mode", 1),
    ];
    assert_eq!(places(&text), expected(&stand));
}

/// What lacks a key because of a wrong value is left out with all that lacks it in turn; what is missing by itself is said.
#[test]
fn consequences_of_wrong_values_are_not_said() {
    let text = "mode = \"paper\"\n[[items]]\ncount = 1\nmode = \"paper\"\n[items.inner]\nsize = \"a\"\nnested = [{ size = true }, { size = 1, side = 2 }, {}]\n[[items]]\ncount = -1\nmode = \"paper\"\n";
    let stand = [
        ("items[0].inner.nested[0].size", 7),
        ("items[0].inner.nested[1].side", 7),
        ("items[0].inner.nested[2]", 7),
        ("items[0].inner.size", 6),
        ("items[1].count", 9),
    ];
    assert_eq!(places(&format!("{text}[[items]]\n")), expected(&[&stand[..], &[("items[2]", 11)]].concat()));
}
