//! How long functions are, by matching braces in formatted source.

use crate::source::{Source, item_end, words};

/// Longest function allowed, in lines.
const LIMIT: usize = 70;

/// One function.
pub struct Function {
    /// Name.
    pub name: String,
    /// `file:line`.
    pub place: String,
    /// First and last byte.
    pub range: std::ops::Range<usize>,
    /// Lines, signature and braces included.
    pub lines: usize,
}

/// The functions with a body in one file.
pub fn of(source: &Source) -> Vec<Function> {
    words(&source.code, "fn").filter_map(|at| function_at(source, at)).collect()
}

/// Functions above the limit.
pub fn too_long(functions: &[Function]) -> Vec<String> {
    let long = functions.iter().filter(|function| function.lines > LIMIT);
    long.map(|f| format!("{}: `{}` has {} lines, at most {LIMIT}", f.place, f.name, f.lines)).collect()
}

/// The middle length.
pub fn median_lines(functions: &[Function]) -> usize {
    let mut lengths: Vec<usize> = functions.iter().map(|function| function.lines).collect();
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).copied().unwrap_or(0)
}

/// The function whose `fn` stands at `at`; `None` for a function pointer type or a method without a body.
fn function_at(source: &Source, at: usize) -> Option<Function> {
    let name: String =
        source.code[at + 2..].trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let end = item_end(source.code.as_bytes(), at);
    let has_body = !name.is_empty() && source.code[at..end].ends_with('}');
    has_body.then(|| Function {
        name,
        place: format!("{}:{}", source.name, source.line(at)),
        range: at..end,
        lines: source.line(end - 1) - source.line(at) + 1,
    })
}
