use super::fault::Fault;
use super::file::TapeFile;
use super::layout::Shape;
use super::{BATCH_ROWS, Batch, BatchSource, TapeError, TapeHeader, TapeKind, column, record, verify};
use std::path::Path;

/// A tape file, mapped and read on demand: opening costs the same at any length, batches point into the mapping.
#[derive(Debug)]
pub struct TapeReader {
    file: TapeFile,
    header: TapeHeader,
}

impl TapeReader {
    /// Opens a tape and checks its structure, its header, and that its two ends are what the header says. The content in
    /// between is checked by [`Self::verify`] alone; it was checked when the tape was written.
    ///
    /// # Errors
    /// [`TapeError::Io`] when the file cannot be read, [`TapeError::NotATape`] when it is none, or was cut or damaged.
    pub fn open(path: &Path) -> Result<Self, TapeError> {
        let file = TapeFile::open(path)?;
        let json = file.header_json.as_deref().ok_or_else(|| Fault::new("no header", "the header of a tape"));
        let header = json.and_then(record::from_json).map_err(|fault| fault.in_file(path))?;
        let reader = Self { file, header };
        reader.check_header()?;
        Ok(reader)
    }

    /// What is in it.
    #[must_use]
    pub fn header(&self) -> &TapeHeader {
        &self.header
    }

    /// Number of batches.
    #[must_use]
    pub fn batches(&self) -> usize {
        self.file.batches()
    }

    /// Batch `index`, or `None` past the end. Nothing is copied, and any order will do.
    ///
    /// # Errors
    /// [`TapeError::NotATape`] when the batch is damaged.
    pub fn read(&self, index: usize) -> Result<Option<Batch>, TapeError> {
        if index >= self.batches() {
            return Ok(None);
        }
        let columns = self.file.columns(index)?;
        Ok(Some(column::batch(self.file.layout.shape, columns)))
    }

    /// Reads everything: hashes the content again and checks every rule of tapes again. Takes about a second per 30 million
    /// rows.
    ///
    /// # Errors
    /// [`TapeError::NotATape`] naming the first difference.
    pub fn verify(&self) -> Result<(), TapeError> {
        verify::verify(&self.file, &self.header)
    }

    /// Hashes the content again: what is replayed must be what the header, and with it a run's evidence, names. The rules of
    /// tapes were checked when it was written. Reads the file once, at the speed of the hash (gigabytes a second).
    ///
    /// # Errors
    /// [`TapeError::NotATape`] when the content was changed.
    pub fn verify_content(&self) -> Result<(), TapeError> {
        verify::verify_content(&self.file, &self.header)
    }

    fn check_header(&self) -> Result<(), TapeError> {
        let in_file = |fault: Fault| fault.in_file(self.file.path());
        let (header, layout) = (&self.header, self.file.layout);
        let fits = layout.shape == shape_of(header.kind) && layout.delivery == header.reordered;
        let shown = || format!("a header of kind {:?} (reordered: {}) over {layout:?}", header.kind, header.reordered);
        Fault::unless(fits, shown, "columns that fit the header").map_err(in_file)?;
        let batches = header.rows.div_ceil(BATCH_ROWS as u64);
        let fits = header.rows > 0 && batches == self.batches() as u64;
        let shown = || format!("a header of {} rows over {} batches", header.rows, self.batches());
        Fault::unless(fits, shown, "at least 1 row, 65536 a batch").map_err(in_file)?;
        self.check_ends()
    }

    /// The first and the last batch against the header.
    fn check_ends(&self) -> Result<(), TapeError> {
        let last = self.batches() - 1;
        let (first, last) = (self.file.columns(0)?, self.file.columns(last)?);
        let rows = (self.batches() as u64 - 1) * BATCH_ROWS as u64 + last[0].len() as u64;
        let ends = first[0].ends().zip(last[0].ends()).map(|(first, last)| (first.0, last.1));
        let header = &self.header;
        let noted = Some((header.first_at.nanos(), header.last_at.nanos()));
        let shown = || format!("{rows} rows from and to {ends:?}, where the header has {} and {noted:?}", header.rows);
        let fits = rows == header.rows && ends == noted;
        Fault::unless(fits, shown, "a header that fits the rows").map_err(|fault| fault.in_file(self.file.path()))
    }
}

impl BatchSource for TapeReader {
    fn header(&self) -> &TapeHeader {
        &self.header
    }

    fn batch(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        self.read(index)
    }
}

/// Which columns a kind has.
pub(super) fn shape_of(kind: TapeKind) -> Shape {
    match kind {
        TapeKind::L2 | TapeKind::Trades => Shape::Rows,
        TapeKind::Bars => Shape::Bars,
    }
}
