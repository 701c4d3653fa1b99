use super::{Entry, JournalError};

/// The first place where two journals differ.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Divergence {
    /// Number of the entry, from 0.
    pub number: u64,
    /// The first field that differs; `kind` when the entries are of different kinds or one journal has ended.
    pub field: &'static str,
    /// What the left journal says there; `end of journal` when it has ended.
    pub left: String,
    /// What the right journal says there.
    pub right: String,
}

/// The first entry and field in which two journals differ, or `None` when they are equal.
///
/// # Errors
/// The first [`JournalError`] of either journal; `left` is read first.
pub fn diff(
    left: impl IntoIterator<Item = Result<Entry, JournalError>>,
    right: impl IntoIterator<Item = Result<Entry, JournalError>>,
) -> Result<Option<Divergence>, JournalError> {
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    for number in 0.. {
        match (left.next().transpose()?, right.next().transpose()?) {
            (None, None) => break,
            (left, right) if left == right => {}
            (left, right) => return Ok(Some(divergence(number, left, right))),
        }
    }
    Ok(None)
}

fn divergence(number: u64, left: Option<Entry>, right: Option<Entry>) -> Divergence {
    if let (Some(left), Some(right)) = (left, right)
        && left.kind() == right.kind()
    {
        return field_divergence(number, &left, &right);
    }
    let kind = |entry: Option<Entry>| entry.map_or("end of journal", |entry| entry.kind()).to_owned();
    Divergence { number, field: "kind", left: kind(left), right: kind(right) }
}

fn field_divergence(number: u64, left: &Entry, right: &Entry) -> Divergence {
    let (left_fields, right_fields) = (left.fields(), right.fields());
    let mut pairs = left_fields.iter().zip(right_fields.iter());
    let pair = pairs.find(|(left, right)| left != right);
    let ((field, left), (_, right)) = match pair {
        Some(pair) => pair,
        None => panic!("entries differ in a field that has no name: {left:?} and {right:?}"),
    };
    Divergence { number, field, left: left.to_owned(), right: right.to_owned() }
}
