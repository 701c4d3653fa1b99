//! What a sink has from the environment: `${NAME}` in a text, looked up when an alert is delivered and told nobody.

/// How a variable of the environment is looked up: handed in by `cli`.
pub type Variable<'a> = dyn Fn(&str) -> Option<String> + Sync + 'a;

/// What was put in for variables: what they are called and what they hold.
#[derive(Default)]
pub(super) struct Known(Vec<(String, String)>);

impl Known {
    /// No variable was asked for.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `text` with what each `${NAME}` stands for. `$${` is `${` itself.
    ///
    /// # Errors
    /// A variable that is not there, in words.
    pub(super) fn fill(&mut self, text: &str, variable: &Variable<'_>) -> Result<String, String> {
        let mut filled = String::with_capacity(text.len());
        for part in parts(text)? {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Name(name) => {
                    let value = variable(name).ok_or_else(|| format!("the environment has no `{name}`"))?;
                    filled.push_str(&value);
                    self.0.push((name.to_owned(), value));
                }
            }
        }
        Ok(filled)
    }

    /// A message in which no value can be read: each has its name again.
    pub(super) fn veil(&self, message: String) -> String {
        let mut with_text: Vec<&(String, String)> = self.0.iter().filter(|(_, value)| !value.is_empty()).collect();
        // One may be a part of another.
        with_text.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        with_text
            .into_iter()
            .fold(message, |message, (name, value)| message.replace(value.as_str(), &format!("${{{name}}}")))
    }
}

/// What is wrong with the variables in a text, in words; nothing where all is well.
pub(super) fn wrong(text: &str) -> Option<String> {
    parts(text).err()
}

#[derive(Debug, PartialEq, Eq)]
enum Part<'a> {
    Text(&'a str),
    Name(&'a str),
}

fn parts(text: &str) -> Result<Vec<Part<'_>>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if rest[..at].ends_with('$') {
            parts.extend([Part::Text(&rest[..at - 1]), Part::Text("${")]);
            rest = &rest[at + 2..];
            continue;
        }
        parts.push(Part::Text(&rest[..at]));
        let (name, behind) = rest[at + 2..].split_once('}').ok_or("a `${` without its `}`")?;
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(format!("`${{{name}}}`, which names no variable of the environment"));
        }
        parts.push(Part::Name(name));
        rest = behind;
    }
    parts.push(Part::Text(rest));
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str) -> Option<String> {
        (name == "TOKEN").then(|| "canary".to_owned())
    }

    #[test]
    fn a_value_that_is_a_part_of_another_hides_nothing_of_it() {
        let mut known = Known::default();
        let variable = |name: &str| Some(if name == "A" { "abc" } else { "abcdef" }.to_owned());
        let filled = known.fill("${A} ${B}", &variable).unwrap();
        assert_eq!(known.veil(filled), "${A} ${B}");
    }

    #[test]
    fn variables_are_filled_in_and_veiled_again() {
        let cases = [
            ("plain", Ok("plain")),
            ("a${TOKEN}b${TOKEN}", Ok("acanarybcanary")),
            ("$${TOKEN} ${TOKEN}", Ok("${TOKEN} canary")),
            ("$", Ok("$")),
            ("${OTHER}", Err("the environment has no `OTHER`")),
            ("${TOKEN", Err("a `${` without its `}`")),
            ("${}", Err("`${}`, which names no variable of the environment")),
            ("${a b}", Err("`${a b}`, which names no variable of the environment")),
        ];
        for (text, expected) in cases {
            let mut known = Known::default();
            let filled = known.fill(text, &variable);
            assert_eq!(filled.as_deref().map_err(String::as_str), expected, "{text}");
            if let Ok(filled) = filled {
                assert!(!known.veil(filled).contains("canary"), "{text}");
            }
        }
    }
}
