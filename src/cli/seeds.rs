use super::failure::Failure;

/// First and last seed of `1..30`, or of `7` alone; at most so many.
pub(super) fn seeds_of(text: &str, most: u64) -> Result<(u64, u64), Failure> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let range = first.parse::<u64>().ok().zip(last.parse::<u64>().ok());
    // A scenario's seed is an integer of TOML.
    let fits = |(first, last): &(u64, u64)| first <= last && last - first < most && i64::try_from(*last).is_ok();
    range.filter(fits).ok_or_else(|| {
        Failure::usage(format!(
            "--seeds: found `{text}`; expected a number, or the first and the last as in `1..30`, at most {most} of them"
        ))
    })
}
