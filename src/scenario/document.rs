use super::problem::{Excerpt, Problem};
use super::secret;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

/// Most problems one reading reports.
const MAX_PROBLEMS: usize = 50;

/// Several layers of TOML merged into one tree, in which every value remembers where it stands: the scenario file, then
/// overrides, each of which wins over what came before.
#[derive(Debug, Clone, Default)]
pub struct Document {
    texts: Vec<Text>,
    root: Table,
}

type Table = BTreeMap<String, Entry>;

#[derive(Debug, Clone)]
struct Text {
    name: String,
    text: String,
}

#[derive(Debug, Clone)]
struct Entry {
    text: usize,
    key: Range<usize>,
    value: Range<usize>,
    content: Content,
}

#[derive(Debug, Clone)]
enum Content {
    Leaf(toml::Value),
    Array(Vec<Entry>),
    Table(Table),
}

impl Document {
    /// Adds a TOML text as the next layer. `name` is how messages call it.
    ///
    /// # Errors
    /// Every syntax error, with its place; everything that looks like a secret, which is not shown.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), Vec<Problem>> {
        let (parsed, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            let shown = secret::veiled_behind(text);
            return Err(errors.iter().map(|error| syntax_problem(name, &shown, error)).collect());
        }
        let secrets = secret::found(parsed.get_ref());
        if !secrets.is_empty() {
            return Err(secret::problems(name, text, &secrets));
        }
        self.texts.push(Text { name: name.to_owned(), text: secret::without_comments_on_secrets(text) });
        merge(&mut self.root, parsed.get_ref(), self.texts.len() - 1);
        Ok(())
    }

    /// The same layers above one more: what they say wins. The text must be sound TOML; nothing is added where it is not.
    #[must_use]
    pub fn above(self, name: &str, text: &str) -> Self {
        let mut whole = Self::default();
        if whole.add(name, text).is_err() {
            return self;
        }
        let first = whole.texts.len();
        whole.texts.extend(self.texts);
        overlay(&mut whole.root, self.root, first);
        whole
    }

    /// Adds an override `key=value`: a dotted key and a TOML value; a bare word is taken as a text.
    ///
    /// # Errors
    /// A problem when there is no `=` or the value is no TOML.
    pub fn set(&mut self, argument: &str) -> Result<(), Vec<Problem>> {
        let is_told = !argument.split_whitespace().any(secret::is_a_secrets_name);
        let found = || if is_told { format!("found `{argument}`") } else { "found no `=`".to_owned() };
        let expected = "`key=value`, as in `--set seed=7`";
        let (key, value) = argument.split_once('=').ok_or_else(|| vec![Problem::new("--set", found(), expected)])?;
        let bare = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        let known = DeValue::parse(value.trim()).is_ok();
        match !known && !value.is_empty() && value.trim().chars().all(bare) {
            true => self.add("--set", &format!("{key}=\"{}\"", value.trim())),
            false => self.add("--set", argument),
        }
    }

    /// Reads the tree (or the table at the dotted key `at`) as `T`. Problems are added to `problems`, as many as can be
    /// found: an unknown key or a wrong value is noted and left out, and reading goes on. A table that lacks a key then is
    /// left out too, without a word about the key. `None` when nothing could be made of it.
    pub fn read<T: DeserializeOwned>(&self, at: &str, problems: &mut Vec<Problem>) -> Option<T> {
        let mut value = self.value_at(at);
        let mut left_out = LeftOut::default();
        while problems.len() < MAX_PROBLEMS {
            match serde_path_to_error::deserialize(value.clone()) {
                Ok(read) => return Some(read),
                Err(error) => {
                    let (path, message) = (path_of(error.path()), error.inner().message());
                    let key = joined(at, &left_out.as_written(&path));
                    if !is_consequence(&key, message, problems) {
                        problems.push(as_written(self.located(problem_from(&key, message))));
                    }
                    let blamed = [&path[..], item_of(&path)];
                    let gone = blamed.into_iter().find(|path| remove(&mut value, path))?;
                    left_out.note(gone);
                }
            }
        }
        None
    }

    /// `problem` with its place filled in: that of its key, or of the nearest table around it.
    #[must_use]
    pub fn located(&self, mut problem: Problem) -> Problem {
        if problem.place.is_none() {
            problem.place = self.place(&problem.key, problem.found.starts_with("unknown key"));
        }
        problem
    }

    /// Takes a dotted key out, whatever layer it came from.
    pub fn forget(&mut self, key: &str) {
        let (parents, last) = key.rsplit_once('.').unwrap_or(("", key));
        let mut steps = parents.split('.').filter(|step| !step.is_empty());
        let table = steps.try_fold(&mut self.root, |table, step| match &mut table.get_mut(step)?.content {
            Content::Table(inner) => Some(inner),
            Content::Leaf(_) | Content::Array(_) => None,
        });
        if let Some(table) = table {
            table.remove(last);
        }
    }

    /// The same with parts of item `item` of the list `list` laid over the rest, table over table: each of `places` names a key of
    /// the item and where its value belongs. What was below the first step of a longer place is forgotten.
    #[must_use]
    pub fn with_item(mut self, list: &str, item: usize, places: &[(&str, &[&str])]) -> Self {
        let found = match self.root.get(list).map(|entry| &entry.content) {
            Some(Content::Array(items)) => items.get(item).cloned(),
            _ => None,
        };
        let Some(Entry { content: Content::Table(table), text, key, value }) = found else { return self };
        let mut layer = Table::new();
        for (name, place) in places {
            if let [first, _, ..] = place {
                self.root.remove(*first);
            }
            let Some(part) = table.get(*name) else { continue };
            let around = |content| Entry { text, key: key.clone(), value: value.clone(), content };
            lay(&mut layer, place, part.clone(), &around);
        }
        overlay(&mut self.root, layer, 0);
        self
    }

    /// The text at a dotted key, where there is one.
    #[must_use]
    pub fn text_at(&self, key: &str) -> Option<&str> {
        match &self.entry(key).filter(|(_, is_whole)| *is_whole)?.0.content {
            Content::Leaf(toml::Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Where the value of a dotted key stands: `file:line`, the option it came with, or `None` for a default.
    #[must_use]
    pub fn source_of(&self, key: &str) -> Option<String> {
        let entry = self.entry(key).filter(|(_, is_whole)| *is_whole)?.0;
        let text = &self.texts[entry.text];
        let excerpt = self.excerpt(entry, &entry.value);
        let is_option = text.name.starts_with("--");
        Some(if is_option { text.name.clone() } else { format!("{}:{}", text.name, excerpt.line_column().0) })
    }

    fn place(&self, key: &str, is_key_wrong: bool) -> Option<Excerpt> {
        let entry = self.entry(key)?.0;
        let show_key = is_key_wrong || matches!(entry.content, Content::Table(_));
        Some(self.excerpt(entry, if show_key { &entry.key } else { &entry.value }))
    }

    /// The entry of a dotted key, or of the longest beginning of it that exists; true when it is the whole key's.
    fn entry(&self, key: &str) -> Option<(&Entry, bool)> {
        let mut steps = key.split(['.', '[']);
        let mut found = self.root.get(steps.next()?)?;
        for step in steps {
            let next = match &found.content {
                Content::Table(table) => table.get(step),
                Content::Array(items) => step.trim_end_matches(']').parse().ok().and_then(|at: usize| items.get(at)),
                Content::Leaf(_) => None,
            };
            let Some(next) = next else { return Some((found, false)) };
            found = next;
        }
        Some((found, true))
    }

    fn excerpt(&self, entry: &Entry, range: &Range<usize>) -> Excerpt {
        let text = &self.texts[entry.text];
        Excerpt { name: text.name.clone(), text: text.text.clone(), start: range.start, length: range.len() }
    }

    fn value_at(&self, at: &str) -> toml::Value {
        let whole = table_value(&self.root);
        let mut segments = at.split('.').filter(|segment| !segment.is_empty());
        let found = segments.try_fold(whole, |value, segment| value.get(segment).cloned());
        found.unwrap_or_else(|| toml::Value::Table(toml::Table::new()))
    }
}

fn merge(into: &mut Table, layer: &DeTable<'_>, text: usize) {
    for (key, value) in layer {
        let name = key.get_ref().to_string();
        let old = into.remove(&name).map(|entry| entry.content);
        let content = content_of(value.get_ref(), old, text);
        into.insert(name, Entry { text, key: key.span(), value: value.span(), content });
    }
}

/// Puts the entries of other layers, whose first text is number `first` now, over those that are there.
fn overlay(into: &mut Table, layer: Table, first: usize) {
    for (name, mut entry) in layer {
        entry.text += first;
        match (&mut entry.content, into.remove(&name).map(|entry| entry.content)) {
            (Content::Table(upper), Some(Content::Table(mut lower))) => {
                overlay(&mut lower, std::mem::take(upper), first);
                *upper = lower;
            }
            (Content::Table(table), _) => {
                let upper = std::mem::take(table);
                overlay(table, upper, first);
            }
            (Content::Array(items), _) => items.iter_mut().for_each(|item| renumber(item, first)),
            (Content::Leaf(_), _) => {}
        }
        into.insert(name, entry);
    }
}

/// Puts an entry at its place, in tables that `around` makes where there are none.
fn lay(into: &mut Table, place: &[&str], entry: Entry, around: &impl Fn(Content) -> Entry) {
    match place {
        [] => {}
        [name] => drop(into.insert((*name).to_owned(), entry)),
        [first, rest @ ..] => {
            let inner = into.entry((*first).to_owned()).or_insert_with(|| around(Content::Table(Table::new())));
            if let Content::Table(inner) = &mut inner.content {
                lay(inner, rest, entry, around);
            }
        }
    }
}

/// The texts of an entry of an array, and of all in it, stand `first` places further on.
fn renumber(entry: &mut Entry, first: usize) {
    entry.text += first;
    match &mut entry.content {
        Content::Table(table) => table.values_mut().for_each(|inner| renumber(inner, first)),
        Content::Array(items) => items.iter_mut().for_each(|item| renumber(item, first)),
        Content::Leaf(_) => {}
    }
}

/// Tables merge with what was there; everything else replaces it.
fn content_of(value: &DeValue<'_>, old: Option<Content>, text: usize) -> Content {
    match value {
        DeValue::Table(layer) => {
            let mut table = if let Some(Content::Table(table)) = old { table } else { Table::new() };
            merge(&mut table, layer, text);
            Content::Table(table)
        }
        DeValue::Array(items) => {
            let item = |item: &Spanned<DeValue<'_>>| Entry {
                text,
                key: item.span(),
                value: item.span(),
                content: content_of(item.get_ref(), None, text),
            };
            Content::Array(items.iter().map(item).collect())
        }
        DeValue::String(text) => Content::Leaf(toml::Value::String(text.to_string())),
        DeValue::Integer(digits) => Content::Leaf(integer(digits)),
        DeValue::Float(digits) => {
            let float = digits.as_str().parse().map(toml::Value::Float);
            Content::Leaf(float.unwrap_or_else(|_| toml::Value::String(digits.to_string())))
        }
        DeValue::Boolean(value) => Content::Leaf(toml::Value::Boolean(*value)),
        DeValue::Datetime(value) => Content::Leaf(toml::Value::Datetime(*value)),
    }
}

/// A whole number; one beyond 64 bits stays a text, which no reader of numbers takes.
fn integer(digits: &DeInteger<'_>) -> toml::Value {
    let integer = i64::from_str_radix(digits.as_str(), digits.radix());
    integer.map_or_else(|_| toml::Value::String(digits.to_string()), toml::Value::Integer)
}

fn table_value(table: &Table) -> toml::Value {
    toml::Value::Table(table.iter().map(|(key, entry)| (key.clone(), value_of(&entry.content))).collect())
}

fn value_of(content: &Content) -> toml::Value {
    match content {
        Content::Leaf(value) => value.clone(),
        Content::Array(items) => toml::Value::Array(items.iter().map(|item| value_of(&item.content)).collect()),
        Content::Table(table) => table_value(table),
    }
}

fn syntax_problem(name: &str, text: &str, error: &toml::de::Error) -> Problem {
    let span = error.span().unwrap_or(0..0);
    let place = Excerpt { name: name.to_owned(), text: text.to_owned(), start: span.start, length: span.len() };
    Problem { place: Some(place), ..Problem::new("", error.message().to_owned(), "TOML") }
}

/// One step of a path: a key, or a place in an array.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

fn path_of(path: &serde_path_to_error::Path) -> Vec<Step> {
    let step = |segment: &Segment| match segment {
        Segment::Map { key } => Some(Step::Key(key.clone())),
        Segment::Seq { index } => Some(Step::Index(*index)),
        Segment::Enum { .. } | Segment::Unknown => None,
    };
    path.iter().filter_map(step).collect()
}

fn joined(at: &str, path: &[Step]) -> String {
    let mut key = at.to_owned();
    for step in path {
        match step {
            Step::Key(name) if key.is_empty() => key.push_str(name),
            Step::Key(name) => key.push_str(&format!(".{name}")),
            Step::Index(index) => key.push_str(&format!("[{index}]")),
        }
    }
    key
}

/// The path up to the first item of a list; all of it where there is none.
fn item_of(path: &[Step]) -> &[Step] {
    let item = path.iter().position(|step| matches!(step, Step::Index(_)));
    item.map_or(path, |item| &path[..=item])
}

/// True for a key that is missing because it, or something in it, was found wrong before and left out.
fn is_consequence(key: &str, message: &str, problems: &[Problem]) -> bool {
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    let whole = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
    let within = |problem: &Problem, missing: &str| {
        problem.key.strip_prefix(missing).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    missing.map(whole).is_some_and(|missing| problems.iter().any(|problem| within(problem, &missing)))
}

/// Items left out of lists while reading: those behind them have moved up.
#[derive(Debug, Default)]
struct LeftOut(Vec<Vec<Step>>);

impl LeftOut {
    /// `path` as it was before anything was left out.
    fn as_written(&self, path: &[Step]) -> Vec<Step> {
        let mut written: Vec<Step> = Vec::with_capacity(path.len());
        for step in path {
            let step = match step {
                Step::Index(index) => Step::Index(self.index_as_written(&written, *index)),
                key @ Step::Key(_) => key.clone(),
            };
            written.push(step);
        }
        written
    }

    fn index_as_written(&self, list: &[Step], mut index: usize) -> usize {
        let of_list = self.0.iter().filter_map(|item| match item.split_last() {
            Some((Step::Index(gone), before)) if before == list => Some(*gone),
            _ => None,
        });
        let mut gone: Vec<usize> = of_list.collect();
        gone.sort_unstable();
        for gone in gone {
            index += usize::from(gone <= index);
        }
        index
    }

    fn note(&mut self, path: &[Step]) {
        if matches!(path.last(), Some(Step::Index(_))) {
            self.0.push(self.as_written(path));
        }
    }
}

/// Takes the value at `path` out of the tree. False when it is not there (then reading cannot go on).
fn remove(value: &mut toml::Value, path: &[Step]) -> bool {
    let Some((last, parents)) = path.split_last() else { return false };
    let parent = parents.iter().try_fold(value, |value, step| match step {
        Step::Key(name) => value.get_mut(name.as_str()),
        Step::Index(index) => value.get_mut(*index),
    });
    match (parent, last) {
        (Some(toml::Value::Table(table)), Step::Key(name)) => table.remove(name).is_some(),
        (Some(toml::Value::Array(items)), Step::Index(index)) if *index < items.len() => {
            items.remove(*index);
            true
        }
        _ => false,
    }
}

/// Turns a reader's message into what was found, what is allowed and a hint.
fn problem_from(key: &str, message: &str) -> Problem {
    let (found, allowed) = message.split_once(", expected ").unwrap_or((message, "another value"));
    let found = found.trim().trim_start_matches("invalid type: ").trim_start_matches("invalid value: ");
    let mut problem = Problem::new(key, found_in_words(found), in_words(allowed));
    let quoted = |text: &str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    if found.starts_with("unknown field") || found.starts_with("unknown variant") {
        let what = if found.starts_with("unknown field") { "key" } else { "value" };
        let name = quoted(found).into_iter().next().unwrap_or_default();
        problem.found = format!("unknown {what} `{name}`");
        problem.hint = closest(&name, &quoted(allowed)).map(|known| format!("did you mean `{known}`?"));
    } else if found.starts_with("floating point") && ["string", "in quotes"].iter().any(|word| allowed.contains(word)) {
        problem.hint = Some("prices, quantities, money and rates are exact: put the number in quotes".to_owned());
    } else if let Some(text) = message.split_once(", found ") {
        problem.found = format!("found {}", text.1);
        problem.allowed = text.0.trim_start_matches("expected ").to_owned();
    } else if found.starts_with("missing field") {
        problem.allowed = "a value; this key has no default".to_owned();
        problem.hint = missing_hint(key, &quoted(found));
    }
    problem
}

/// A whole number beyond 64 bits was read as a text; the message shows it as it stands.
fn as_written(mut problem: Problem) -> Problem {
    let written = problem.place.as_ref().and_then(|place| place.text.get(place.start..place.start + place.length));
    if let Some(number) =
        written.filter(|written| written.starts_with(|c: char| c.is_ascii_digit() || "+-".contains(c)))
        && problem.found.starts_with(A_TEXT)
    {
        problem.found = format!("found {number}");
    }
    problem
}

/// What a missing key should be called, where an argument can name it.
fn missing_hint(key: &str, missing: &[String]) -> Option<String> {
    let missing = missing.first().filter(|_| !key.contains('['))?;
    let whole = if key.is_empty() { missing.clone() } else { format!("{key}.{missing}") };
    Some(format!("give `{missing}` as well: in the file, or with `--set {whole}=...`"))
}

const A_TEXT: &str = "found the text";

/// The reader's words for a value in the words of a scenario's author.
fn found_in_words(found: &str) -> String {
    let bare = |value: &str| value.trim_matches('`').to_owned();
    let kinds = [("integer ", ""), ("floating point ", ""), ("boolean ", ""), ("string ", "the text ")];
    match kinds.iter().find_map(|(kind, words)| Some((found.strip_prefix(kind)?, words))) {
        Some((value, words)) => format!("found {words}{}", bare(value)),
        None => match found {
            "map" => "found a table".to_owned(),
            "sequence" => "found a list".to_owned(),
            other => other.to_owned(),
        },
    }
}

/// The reader's name of a type in the words of a scenario's author.
fn in_words(allowed: &str) -> &str {
    match allowed {
        "a string" => "a text in quotes",
        "i64" => "a whole number from -9223372036854775808 to 9223372036854775807",
        "i32" => "a whole number from -2147483648 to 2147483647",
        // What TOML can write.
        "u64" | "usize" => "a whole number from 0 to 9223372036854775807",
        "u32" => "a whole number from 0 to 4294967295",
        "u16" => "a whole number from 0 to 65535",
        "u8" => "a whole number from 0 to 255",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        other if other.starts_with("struct ") => "a table",
        other => other,
    }
}

/// The known name most like `name`, when it is like enough to be meant.
#[must_use]
pub fn closest(name: &str, known: &[String]) -> Option<String> {
    let distance = |candidate: &String| strsim::damerau_levenshtein(name, candidate);
    known
        .iter()
        .min_by_key(|candidate| distance(candidate))
        .filter(|best| distance(best) <= 1 + name.len() / 3)
        .cloned()
}
