use super::record::{Record, hex};
use super::{Account, Asset};
use crate::units::Money;

/// The first line of a ledger that is not what it was, or the first record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CopyProblem {
    /// The first line names other fields.
    #[error("line 1: found `{found}`; expected the names of a ledger's fields")]
    Names {
        /// What is there.
        found: String,
    },
    /// A line was edited, moved, put in or taken out.
    #[error(
        "line {line}: digest {found}; expected {expected} over this line and the one before: one of them was changed"
    )]
    Digest {
        /// Number of the line, from 1.
        line: u64,
        /// What is there.
        found: String,
        /// What follows from the lines.
        expected: String,
    },
    /// The amounts do not sum to zero.
    #[error("line {line}: amounts in {asset} sum to {sum}; expected 0")]
    Unbalanced {
        /// Number of the line, from 1.
        line: u64,
        /// `quote` or `base`.
        asset: &'static str,
        /// What they come to.
        sum: Money,
    },
    /// A line is well tied to the one before and is not the run's.
    #[error("line {line}: found `{found}`; expected `{expected}` as the journal has it")]
    Other {
        /// Number of the line, from 1.
        line: u64,
        /// What is there.
        found: String,
        /// What follows from the journal.
        expected: String,
    },
    /// Lines are missing, or there are more than the run has.
    #[error("line {line}: found {found}; expected {expected}")]
    Length {
        /// Number of the line, from 1.
        line: u64,
        /// What is there.
        found: &'static str,
        /// What the run has there.
        expected: &'static str,
    },
}

/// Checks records: each is numbered after the one before, balances, and its digest covers it and all before.
///
/// # Errors
/// [`CopyProblem`] at the first one that does not; its line is the one that the record has in a file.
pub fn check_records(records: &[Record]) -> Result<(), CopyProblem> {
    let mut before = [0; 32];
    for (record, line) in records.iter().zip(2..) {
        let content = record.content();
        let numbered = record.number + 2 == line;
        tied(line, &before, &content, &hex(&record.digest)).and_then(|()| balanced(line, &content))?;
        if !numbered {
            let expected = format!("number {}", line - 2);
            return Err(CopyProblem::Other { line, found: format!("number {}", record.number), expected });
        }
        before = record.digest;
    }
    Ok(())
}

/// Checks the text of a ledger's file against the records it was made from.
///
/// # Errors
/// [`CopyProblem`] at the first line that is not what it was.
pub fn check_copy(text: &str, records: &[Record]) -> Result<(), CopyProblem> {
    let mut lines = text.lines();
    let names = lines.next().unwrap_or_default();
    if names != Record::COLUMNS.join(",") {
        return Err(CopyProblem::Names { found: shortened(names) });
    }
    let (mut before, mut expected) = ([0; 32], records.iter());
    for (found, line) in lines.zip(2..) {
        let (content, digest) = found.rsplit_once(',').unwrap_or((found, ""));
        tied(line, &before, content, digest)?;
        balanced(line, content)?;
        let Some(record) = expected.next() else {
            return Err(CopyProblem::Length { line, found: "another record", expected: "the end" });
        };
        if content != record.content() {
            return Err(CopyProblem::Other { line, found: shortened(content), expected: record.content() });
        }
        before = record.digest;
    }
    match expected.next() {
        None => Ok(()),
        Some(next) => Err(CopyProblem::Length { line: next.number + 2, found: "the end", expected: "another record" }),
    }
}

fn tied(line: u64, before: &[u8; 32], content: &str, digest: &str) -> Result<(), CopyProblem> {
    let expected = hex(&Record::digest_of(before, content));
    if digest == expected { Ok(()) } else { Err(CopyProblem::Digest { line, found: shortened(digest), expected }) }
}

/// Sums the amounts of a line. What is no amount counts as nothing: then the line is not the run's either.
fn balanced(line: u64, content: &str) -> Result<(), CopyProblem> {
    let amounts = content.split(',').skip(FIRST_AMOUNT).zip(Account::ALL);
    let mut sums = [0_i128; 2];
    for (amount, account) in amounts {
        let amount = Money::parse(amount).unwrap_or_default();
        let sum = &mut sums[account.asset() as usize];
        *sum = sum.wrapping_add(amount.atto());
    }
    for (asset, name) in [(Asset::Quote, "quote"), (Asset::Base, "base")] {
        let sum = sums[asset as usize];
        if sum != 0 {
            return Err(CopyProblem::Unbalanced { line, asset: name, sum: Money::from_atto(sum) });
        }
    }
    Ok(())
}

/// Fields of a line before the amounts.
const FIRST_AMOUNT: usize = 6;

/// As much of a stranger's line as a message has room for.
fn shortened(text: &str) -> String {
    text.chars().take(200).collect()
}
