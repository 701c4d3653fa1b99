//! Foreign texts made safe for one format each.

/// A text without what a screen would obey: control characters, and marks that turn the writing direction. Line ends and
/// tabs become spaces.
pub fn plain(text: &str) -> String {
    text.chars().map(plain_char).collect()
}

/// The same for words: what stands between backticks is quoted.
pub fn prose(text: &str) -> String {
    let text = plain(text);
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        // One of them has no other end.
        return text;
    }
    let quoted =
        |(index, part): (usize, &&str)| if index % 2 == 1 { format!("“{part}”") } else { (*part).to_owned() };
    parts.iter().enumerate().map(quoted).collect()
}

fn plain_char(letter: char) -> char {
    match letter {
        '\n' | '\r' | '\t' => ' ',
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => '\u{fffd}',
        _ if letter.is_control() => '\u{fffd}',
        _ => letter,
    }
}

/// A text inside Markdown: nothing in it becomes a tag, a table cell, a link, a mention or a heading.
pub fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = ' ';
    for letter in plain(text).chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '@' => escaped.push_str("&#64;"),
            '/' if before == ':' || before == '/' => escaped.push_str("&#47;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => escaped.extend(['\\', letter]),
            _ => escaped.push(letter),
        }
        before = letter;
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn screens_obey_nothing() {
        assert_eq!(plain("a\u{1b}[31mred\nb\u{202e}c"), "a\u{fffd}[31mred b\u{fffd}c");
    }

    #[test]
    fn names_are_quoted() {
        assert_eq!(prose("see `markets`, `a`"), "see “markets”, “a”");
        assert_eq!(prose("a ` alone"), "a ` alone");
        assert_eq!(prose("no name"), "no name");
    }

    #[test]
    fn markdown_means_nothing() {
        let hostile = "<script>|x|`y` @team [l](http://e) **b** # h";
        let safe = r"&lt;script&gt;\|x\|\`y\` &#64;team \[l\](http:&#47;&#47;e) \*\*b\*\* \# h";
        assert_eq!(markdown(hostile), safe);
    }
}
