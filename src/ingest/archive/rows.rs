use super::layout::Layout;
use super::scan::{self, COLUMNS_MAX};
use super::source::Source;
use crate::ingest::doctor::Spot;
use crate::ingest::error::{IngestError, Mismatch, Place};
use crate::ingest::stamp::{StampUnit, by_magnitude, implausible};
use crate::tape::TapeError;
use crate::units::Timestamp;
use std::io::Read;

/// Bytes read at a time.
const BLOCK: usize = 1 << 18;
/// Longest line; a row of klines has some 150 bytes.
pub(super) const LINE_MAX: usize = 4096;

const A_DECIMAL: &str = "a plain decimal of zero or more, such as 12.5";

/// One row, split into fields.
pub(super) struct Row<'a> {
    bytes: &'a [u8],
    bounds: &'a [(u32, u32)],
    /// Number of the input file from 0.
    pub(super) file: usize,
    /// Line from 1.
    pub(super) line: u64,
}

/// Why a row is refused.
#[derive(Debug)]
pub(super) struct Refused {
    /// Column from 0.
    column: usize,
    /// In a box, so that the results of every row stay small.
    mismatch: Box<Mismatch>,
    /// The value is a decimal, only finer than the instrument's scale.
    off_grid: bool,
}

/// Why reading stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// The input is bad, or the tape cannot be written.
    Failed(IngestError),
    /// A price or quantity is finer than the scale: with an inferred scale a reason to infer again.
    OffGrid(IngestError),
    /// The reader has seen enough.
    Enough,
}

impl Stop {
    /// The error to report when nothing can be done about it.
    ///
    /// # Panics
    /// When a consumer that asked for all rows had enough: a bug.
    pub(super) fn into_error(self) -> IngestError {
        match self {
            Self::Failed(error) | Self::OffGrid(error) => error,
            Self::Enough => unreachable!("only samples end early"),
        }
    }
}

impl From<IngestError> for Stop {
    fn from(error: IngestError) -> Self {
        Self::Failed(error)
    }
}

/// What a consumer of rows answers when it does not go on.
pub(super) enum Halt {
    Refused(Refused),
    Tape(Box<TapeError>),
    Enough,
}

impl From<Refused> for Halt {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<TapeError> for Halt {
    fn from(error: TapeError) -> Self {
        Self::Tape(Box::new(error))
    }
}

/// Takes rows one by one.
pub(super) trait TakeRow {
    /// Takes the first line of `bytes`, which is line `line` of file `file`, if it is a row of the usual shape with nothing
    /// wrong, and gives its length with its end. `None`: nothing was kept, and the line is to be split for [`Self::take`].
    ///
    /// # Errors
    /// Those of the tape.
    fn take_plain(&mut self, _bytes: &[u8], _file: usize, _line: u64) -> Result<Option<usize>, TapeError> {
        Ok(None)
    }

    /// Takes a row, or says what is wrong.
    fn take(&mut self, row: &Row<'_>) -> Result<(), Halt>;
}

impl Refused {
    /// Blames column `column`.
    pub(super) fn column(column: usize, mismatch: Mismatch) -> Self {
        Self { column, mismatch: Box::new(mismatch), off_grid: false }
    }

    /// Says that the value is right but for its decimals.
    pub(super) fn off_grid(self, off_grid: bool) -> Self {
        Self { off_grid, ..self }
    }

    /// Says what to do next.
    pub(super) fn hint(self, hint: &str) -> Self {
        Self { mismatch: Box::new(self.mismatch.hint(hint)), ..self }
    }
}

impl<'a> Row<'a> {
    /// The bytes of column `index`.
    ///
    /// # Panics
    /// When the row has no such column; widths are checked before a row is handed out.
    #[inline]
    pub(super) fn field(&self, index: usize) -> &'a [u8] {
        let (start, end) = self.bounds[index];
        &self.bytes[start as usize..end as usize]
    }

    /// Where the row stands, and its venue time.
    #[inline]
    pub(super) const fn spot(&self, venue_at: Timestamp) -> Spot {
        Spot::line(self.file, self.line, venue_at)
    }

    /// Number of columns.
    pub(super) const fn width(&self) -> usize {
        self.bounds.len()
    }

    /// Column `index` as text.
    #[inline]
    pub(super) fn text(&self, index: usize) -> Result<&'a str, Refused> {
        std::str::from_utf8(self.field(index)).map_err(|_| self.refuse(index, "UTF-8 text"))
    }

    /// Column `index` as a whole number of at most 18 digits.
    #[inline]
    pub(super) fn integer(&self, index: usize) -> Result<i64, Refused> {
        scan::digits(self.field(index)).ok_or_else(|| self.refuse(index, "a whole number of at most 18 digits"))
    }

    /// Column `index` as a time in milliseconds or microseconds.
    #[inline]
    pub(super) fn stamp(&self, index: usize) -> Result<(Timestamp, StampUnit), Refused> {
        let known = scan::digits(self.field(index)).and_then(by_magnitude);
        known.ok_or_else(|| self.refuse_stamp(index))
    }

    #[cold]
    fn refuse_stamp(&self, index: usize) -> Refused {
        let text = String::from_utf8_lossy(self.field(index));
        match text.parse() {
            Ok(stamp) => Refused::column(index, implausible(stamp)),
            Err(_) => self.refuse(index, "a time as a whole number of milliseconds or microseconds since 1970"),
        }
    }

    /// Column `index` as `true` or `false`.
    #[inline]
    pub(super) fn flag(&self, index: usize) -> Result<bool, Refused> {
        match self.field(index) {
            b"true" | b"True" | b"TRUE" => Ok(true),
            b"false" | b"False" | b"FALSE" => Ok(false),
            _ => Err(self.refuse(index, "true or false")),
        }
    }

    /// Checks that column `index`, which is not kept, is a decimal of zero or more.
    #[inline]
    pub(super) fn check_decimal(&self, index: usize) -> Result<(), Refused> {
        if scan::is_decimal(self.field(index)) { Ok(()) } else { Err(self.refuse(index, A_DECIMAL)) }
    }

    /// Blames column `index` for not being `expected`.
    #[cold]
    pub(super) fn refuse(&self, index: usize, expected: &str) -> Refused {
        Refused::column(index, Mismatch::new(&String::from_utf8_lossy(self.field(index)), expected))
    }
}

/// Reads the rows of one file and hands them to `consumer`; `progress` is called between blocks. Memory holds one block.
///
/// Rows of the usual shape are read from left to right; other lines are split first, and those with quotes go through the
/// `csv` crate.
pub(super) fn read(
    layout: Layout,
    source: &Source,
    reader: &mut dyn Read,
    consumer: &mut impl TakeRow,
    progress: &mut dyn FnMut(),
) -> Result<u64, Stop> {
    let mut file = Reading { layout, source, line: 0, rows: 0, quoted: csv::ByteRecord::new() };
    let mut buffer = vec![0_u8; BLOCK];
    let mut filled = 0;
    loop {
        let read = match reader.read(&mut buffer[filled..]) {
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(source.unreadable(error, file.line + 1).into()),
        };
        filled += read;
        let end = match read {
            0 => filled,
            _ => buffer[..filled].iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1),
        };
        file.block(&buffer[..end], consumer)?;
        file.check_length(filled - end, file.line + 1)?;
        buffer.copy_within(end..filled, 0);
        filled -= end;
        progress();
        if read == 0 {
            return file.finish();
        }
    }
}

struct Reading<'a> {
    layout: Layout,
    source: &'a Source,
    line: u64,
    rows: u64,
    quoted: csv::ByteRecord,
}

impl Reading<'_> {
    /// Takes a block of whole lines.
    fn block(&mut self, block: &[u8], consumer: &mut impl TakeRow) -> Result<(), Stop> {
        let mut rest = if self.line == 0 { block.strip_prefix(b"\xef\xbb\xbf").unwrap_or(block) } else { block };
        while !rest.is_empty() {
            self.line += 1;
            let length = match consumer.take_plain(rest, self.source.index, self.line).map_err(IngestError::from)? {
                Some(length) => {
                    self.rows += 1;
                    length
                }
                None => self.any_line(rest, consumer)?,
            };
            rest = rest.get(length..).unwrap_or_default();
        }
        Ok(())
    }

    /// Takes the first line of some bytes, whatever is in it, and gives its length with its end.
    fn any_line(&mut self, bytes: &[u8], consumer: &mut impl TakeRow) -> Result<usize, Stop> {
        let mut bounds = [(0, 0); COLUMNS_MAX];
        let split = scan::split(bytes, &mut bounds);
        let line = bytes[..split.end].strip_suffix(b"\r").unwrap_or(&bytes[..split.end]);
        self.check_length(line.len(), self.line)?;
        match split.quoted {
            _ if line.is_empty() => {}
            true => self.quoted_row(line, consumer)?,
            false => {
                bounds[split.width - 1].1 = line.len() as u32;
                self.row(line, &bounds[..split.width], consumer)?;
            }
        }
        Ok(split.end + 1)
    }

    fn quoted_row(&mut self, line: &[u8], consumer: &mut impl TakeRow) -> Result<(), Stop> {
        let mut record = std::mem::take(&mut self.quoted);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(line);
        let read = reader.read_byte_record(&mut record);
        let quotes = line.iter().filter(|&&byte| byte == b'"').count();
        if quotes % 2 == 1 || !matches!(read, Ok(true)) || COLUMNS_MAX < record.len() {
            let mismatch = Mismatch::new(&String::from_utf8_lossy(line), "quotes in pairs around whole fields");
            return Err(mismatch.at(&self.source.path, Place::Line(self.line)).into());
        }
        let bounds: Vec<_> = (0..record.len())
            .filter_map(|index| record.range(index))
            .map(|at| (at.start as u32, at.end as u32))
            .collect();
        let result = self.row(record.as_slice(), &bounds, consumer);
        self.quoted = record;
        result
    }

    fn row(&mut self, bytes: &[u8], bounds: &[(u32, u32)], consumer: &mut impl TakeRow) -> Result<(), Stop> {
        let row = Row { bytes, bounds, file: self.source.index, line: self.line };
        if !self.layout.widths().contains(&row.width()) || self.rows == 0 && self.line == 1 {
            if self.is_header(&row)? {
                return Ok(());
            }
            self.layout.check_width(row.width()).map_err(|mismatch| self.blame_row(&row, mismatch))?;
        }
        self.rows += 1;
        match consumer.take(&row) {
            Ok(()) => Ok(()),
            Err(halt) => Err(self.stop(&row, halt)),
        }
    }

    /// True for a first line that names the columns; an error when it names others than this layout's.
    fn is_header(&self, row: &Row<'_>) -> Result<bool, Stop> {
        let first = row.field(0);
        let numeric = first.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b'-');
        if self.line != 1 || numeric {
            return Ok(false);
        }
        let fields: Vec<String> =
            (0..row.width()).map(|index| String::from_utf8_lossy(row.field(index)).into_owned()).collect();
        match self.layout.check_header(&fields) {
            Ok(()) => Ok(true),
            Err((column, mismatch)) => {
                let place = Place::LineColumn(self.line, u64::from(row.bounds[column].0) + 1);
                Err(self.text_first(row.bytes, mismatch).at(&self.source.path, place).into())
            }
        }
    }

    #[cold]
    fn stop(&self, row: &Row<'_>, halt: Halt) -> Stop {
        let refused = match halt {
            Halt::Enough => return Stop::Enough,
            Halt::Tape(error) => return Stop::Failed((*error).into()),
            Halt::Refused(refused) => refused,
        };
        let column = refused.column;
        let place = Place::LineColumn(self.line, u64::from(row.bounds[column].0) + 1);
        let mismatch = refused.mismatch.key(self.layout.column(column));
        let error = self.text_first(row.bytes, mismatch).at(&self.source.path, place);
        if refused.off_grid { Stop::OffGrid(error) } else { Stop::Failed(error) }
    }

    fn blame_row(&self, row: &Row<'_>, mismatch: Mismatch) -> IngestError {
        self.text_first(row.bytes, mismatch).at(&self.source.path, Place::Line(self.line))
    }

    /// That a line is no text at all says more than that its fields are wrong.
    fn text_first(&self, line: &[u8], mismatch: Mismatch) -> Mismatch {
        match std::str::from_utf8(line) {
            Ok(_) => mismatch,
            Err(error) => {
                let byte = line.get(error.valid_up_to()).copied().unwrap_or_default();
                Mismatch { found: format!("byte 0x{byte:02x}"), expected: "UTF-8 text".to_owned(), ..mismatch }
            }
        }
    }

    fn check_length(&self, length: usize, line: u64) -> Result<(), Stop> {
        if length <= LINE_MAX {
            return Ok(());
        }
        let mismatch = Mismatch::new(&format!("a line of {length} bytes or more"), format!("at most {LINE_MAX} bytes"));
        Err(mismatch.at(&self.source.path, Place::Line(line)).into())
    }

    fn finish(&self) -> Result<u64, Stop> {
        if 0 < self.rows {
            return Ok(self.rows);
        }
        let found = if self.line == 0 { "no content" } else { "a header and no rows" };
        Err(Mismatch::new(found, "at least one row").at(&self.source.path, Place::Line(self.line.max(1))).into())
    }
}
