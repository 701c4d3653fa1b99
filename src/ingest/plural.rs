/// `detail` with the count where it says `{}`, and where it says `{one|many}` the word that goes with the count.
pub(super) fn counted(detail: &str, count: u64) -> String {
    let mut out = String::with_capacity(detail.len());
    let mut rest = detail;
    while let Some((before, choice, after)) = next_choice(rest) {
        out.push_str(before);
        match choice.split_once('|') {
            Some((one, _)) if count == 1 => out.push_str(one),
            Some((_, many)) => out.push_str(many),
            None => out.push_str(&count.to_string()),
        }
        rest = after;
    }
    out + rest
}

/// What stands before, in and after the first braces.
fn next_choice(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (choice, after) = rest.split_once('}')?;
    Some((before, choice, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        let detail = "{} {bar is|bars are} missing in {a hole|holes}";
        assert_eq!(counted(detail, 1), "1 bar is missing in a hole");
        assert_eq!(counted(detail, 2), "2 bars are missing in holes");
        assert_eq!(counted("nothing {to do", 2), "nothing {to do");
    }
}
