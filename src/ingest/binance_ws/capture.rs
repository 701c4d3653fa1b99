use super::message::{self, Message};
use crate::ingest::doctor::Spot;
use crate::ingest::error::{IngestError, Mismatch, Place};
use crate::ingest::source::Lines;
use crate::tape::{SourceFile, TapeError};
use crate::units::Timestamp;
use std::path::{Path, PathBuf};

/// Lines between two reports of progress.
const PROGRESS_LINES: u64 = 4096;
/// Seconds from 1970 to the first and the last year that a tape holds.
const YEAR_2000: i64 = 946_684_800;
const YEAR_2200: i64 = 7_258_118_400;

/// When and where a message was received.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    /// Local stamp in nanoseconds, as recorded.
    pub local_at: i64,
    pub file: usize,
    pub line: u64,
}

/// Unit of the local stamps of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StampUnit {
    Nanoseconds,
    Microseconds,
}

/// What one pass learned about the files themselves.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub sources: Vec<SourceFile>,
    pub units: Vec<StampUnit>,
    pub messages: u64,
    /// Lines with a local stamp before the one above them.
    pub steps_back: u64,
    pub first_step_back: Option<Arrival>,
}

/// Why a consumer of messages stops.
pub(super) enum Halt {
    Mismatch(Mismatch),
    Tape(TapeError),
}

impl From<Mismatch> for Halt {
    fn from(mismatch: Mismatch) -> Self {
        Self::Mismatch(mismatch)
    }
}

impl From<TapeError> for Halt {
    fn from(error: TapeError) -> Self {
        Self::Tape(error)
    }
}

impl Arrival {
    pub fn spot(&self, venue_at: i64) -> Spot {
        Spot::line(self.file, self.line, Timestamp::from_nanos(venue_at))
    }
}

type OnMessage<'a> = dyn FnMut(&Arrival, &Message<'_>) -> Result<(), Halt> + 'a;

/// Hands every message of the files, in order, to `on`. `progress` hears compressed bytes read.
pub(super) fn each_message(
    inputs: &[PathBuf],
    progress: &mut dyn FnMut(u64),
    on: &mut OnMessage<'_>,
) -> Result<Files, IngestError> {
    if inputs.is_empty() {
        return Err(Mismatch::new("no input", "at least one file").at(Path::new("inputs"), Place::File));
    }
    let mut files = Files::default();
    let mut last = None;
    let mut before = 0;
    for (index, path) in inputs.iter().enumerate() {
        let lines = Lines::open(path)?;
        let source =
            File { path, index, unit: None, last, files: &mut files }.read(lines, &mut last, on, &mut |bytes| {
                progress(before + bytes);
            })?;
        before += source.bytes;
        files.sources.push(source);
    }
    Ok(files)
}

/// One file being read.
struct File<'a> {
    path: &'a Path,
    index: usize,
    unit: Option<StampUnit>,
    /// Last stamp of the file before.
    last: Option<i64>,
    files: &'a mut Files,
}

impl File<'_> {
    fn read(
        mut self,
        mut lines: Lines,
        last: &mut Option<i64>,
        on: &mut OnMessage<'_>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<SourceFile, IngestError> {
        let mut number = 0;
        while let Some((line, text)) = lines.next_line()? {
            number = line;
            let arrival = self.line(line, text, last, on)?;
            *last = Some(last.map_or(arrival.local_at, |last| last.max(arrival.local_at)));
            if number % PROGRESS_LINES == 0 {
                progress(lines.bytes_read());
            }
        }
        let Some(unit) = self.unit else {
            return Err(Mismatch::new("an empty file", "at least one message").at(self.path, Place::File));
        };
        progress(lines.bytes_read());
        self.files.units.push(unit);
        self.files.messages += number;
        Ok(lines.into_source())
    }

    fn line(
        &mut self,
        line: u64,
        text: &str,
        last: &Option<i64>,
        on: &mut OnMessage<'_>,
    ) -> Result<Arrival, IngestError> {
        let refuse = |mismatch: Mismatch| mismatch.at(self.path, Place::Line(line));
        let (stamp, json) = split(text).map_err(refuse)?;
        let (local_at, unit) = read_stamp(stamp).map_err(refuse)?;
        let arrival = Arrival { local_at, file: self.index, line };
        if *self.unit.get_or_insert(unit) != unit {
            return Err(refuse(other_unit(stamp)));
        }
        if last.is_some_and(|last| local_at < last) {
            self.step_back(arrival, stamp)?;
        }
        let message = message::read(json).map_err(|(mismatch, byte)| {
            let column = text.len() - json.len() + byte + 1;
            mismatch.at(self.path, Place::LineColumn(line, column as u64))
        })?;
        on(&arrival, &message).map_err(|halt| match halt {
            Halt::Mismatch(mismatch) => mismatch.at(self.path, Place::Line(line)),
            Halt::Tape(error) => IngestError::Tape(error),
        })?;
        Ok(arrival)
    }

    /// A stamp before the last one: files in the wrong order, or a clock that was set back.
    fn step_back(&mut self, arrival: Arrival, stamp: &str) -> Result<(), IngestError> {
        if arrival.line == 1
            && let Some(last) = self.last
        {
            let expected = format!("a stamp after the last one of the file before, {}", Timestamp::from_nanos(last));
            let mismatch = Mismatch::new(stamp, expected).key("local stamp").hint("give the files in recording order");
            return Err(mismatch.at(self.path, Place::Line(1)));
        }
        self.files.steps_back += 1;
        self.files.first_step_back.get_or_insert(arrival);
        Ok(())
    }
}

fn split(text: &str) -> Result<(&str, &str), Mismatch> {
    let parts = text.split_once(' ').map(|(stamp, json)| (stamp, json.trim_start()));
    parts.ok_or_else(|| Mismatch::new(text, "`<local stamp> <json>`"))
}

fn read_stamp(text: &str) -> Result<(i64, StampUnit), Mismatch> {
    let expected = "nanoseconds or microseconds since 1970";
    let refuse = |hint: &str| Mismatch::new(text, expected).key("local stamp").hint(hint);
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let value: i64 = text.parse().ok().filter(|_| digits).ok_or_else(|| refuse("a line is `<local stamp> <json>`"))?;
    match likely_unit(value) {
        Some(1) => Ok((value, StampUnit::Nanoseconds)),
        Some(1_000) => Ok((value * 1_000, StampUnit::Microseconds)),
        Some(1_000_000) => Err(refuse("it looks like milliseconds: too coarse for a local stamp; record nanoseconds")),
        Some(_) => Err(refuse("it looks like seconds: too coarse for a local stamp; record nanoseconds")),
        None => Err(refuse("")),
    }
}

/// Nanoseconds in the unit in which `value` is a date between 2000 and 2200. The ranges of the units do not overlap.
fn likely_unit(value: i64) -> Option<i64> {
    let fits = |per_second: i64| (YEAR_2000 * per_second..YEAR_2200 * per_second).contains(&value);
    [1, 1_000, 1_000_000, 1_000_000_000].into_iter().find(|unit| fits(1_000_000_000 / unit))
}

fn other_unit(stamp: &str) -> Mismatch {
    Mismatch::new(stamp, "the same unit as in the first line of the file").key("local stamp")
}

/// A time inside a message in nanoseconds: milliseconds, or microseconds where a stream was subscribed so.
pub(super) fn venue_time(key: &str, value: i64) -> Result<i64, Mismatch> {
    match likely_unit(value) {
        Some(unit @ (1_000 | 1_000_000)) => Ok(value * unit),
        _ => Err(Mismatch::new(&value.to_string(), "milliseconds or microseconds since 1970").key(key)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let found =
            read_stamp(text).map_or_else(|mismatch| mismatch.to_string(), |(at, unit)| format!("{at} {unit:?}"));
        assert!(found.contains(expected), "{text}: {found}");
    }

    #[test]
    fn the_unit_is_told_by_magnitude() {
        check("1723161255030314667", "1723161255030314667 Nanoseconds");
        check("1721749182850494", "1721749182850494000 Microseconds");
        check("1721749182850", "looks like milliseconds");
        check("1721749182", "looks like seconds");
        for text in ["12", "-1723161255030314667", "NaN", "+1723161255030314667", "99999999999999999999"] {
            check(text, "expected nanoseconds or microseconds");
        }
    }

    #[test]
    fn venue_times_are_milliseconds_or_microseconds() {
        assert_eq!(venue_time("E", 1_723_161_256_299), Ok(1_723_161_256_299_000_000));
        assert_eq!(venue_time("E", 1_723_161_256_299_123), Ok(1_723_161_256_299_123_000));
        assert!(venue_time("E", 1_723_161_256).unwrap_err().to_string().starts_with("`E`: found `1723161256`"));
    }
}
