use crate::ingest::error::{IngestError, Mismatch, Place};
use crate::ingest::source_file::{Fingerprint, describe, peek};
use crate::tape::SourceFile;
use flate2::read::MultiGzDecoder;
use std::cell::Cell;
use std::fs::File;
use std::io::{Error, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Bytes that any file may unpack to, whatever its size.
const FREE_BYTES: u64 = 1 << 20;
/// Largest ratio of unpacked to packed bytes beyond [`FREE_BYTES`]; market data reach 10, a zip bomb 1000.
const RATIO_MAX: u64 = 200;
/// What the error of a file that unpacks too far starts with.
const BOMB: &str = "unpacks to more than 200 times its size";

/// One input file: where it is, what it holds, how it is packed.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    /// Size as found at first.
    pub(super) bytes: u64,
    /// Number among the inputs, from 0.
    pub(super) index: usize,
    packing: Packing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    Plain,
    Gzip,
    Zip,
}

impl Packing {
    /// By the end of the file name.
    fn of(path: &Path) -> Self {
        let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
        match ending.as_ref().and_then(|ending| ending.to_str()) {
            Some("gz") => Self::Gzip,
            Some("zip") => Self::Zip,
            _ => Self::Plain,
        }
    }

    fn of_content(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [b'P', b'K', 3 | 5, 4 | 6, ..] => Self::Zip,
            _ => Self::Plain,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain text",
            Self::Gzip => "a gzip file",
            Self::Zip => "a zip file",
        }
    }

    const fn ending(self) -> &'static str {
        match self {
            Self::Plain => ".csv",
            Self::Gzip => ".csv.gz",
            Self::Zip => ".zip",
        }
    }
}

impl Source {
    /// Looks at the beginning of a file and checks that it is packed as its name says.
    pub(super) fn open(index: usize, path: &Path) -> Result<Self, IngestError> {
        let (bytes, start) = peek(path)?;
        let packing = Packing::of(path);
        check_content(packing, Packing::of_content(&start)).map_err(|mismatch| mismatch.at(path, Place::File))?;
        Ok(Self { path: path.to_owned(), bytes, index, packing })
    }

    /// Hands the unpacked content to `read`, which takes it to its end, and describes the file. `position` follows the
    /// bytes read from the disk.
    pub(super) fn read<T, E: From<IngestError>>(
        &self,
        position: &Cell<u64>,
        read: impl FnOnce(&mut dyn Read) -> Result<T, E>,
    ) -> Result<(T, SourceFile), E> {
        let file = File::open(&self.path).map_err(IngestError::io(&self.path, "cannot open"))?;
        let mut fingerprint = Fingerprint::default();
        let left = FREE_BYTES.saturating_add(self.bytes.saturating_mul(RATIO_MAX));
        let result = match self.packing {
            Packing::Plain => read(&mut Tap { file, position, fingerprint: &mut fingerprint })?,
            Packing::Gzip => {
                let tap = Tap { file, position, fingerprint: &mut fingerprint };
                read(&mut Capped { reader: MultiGzDecoder::new(tap), left })?
            }
            Packing::Zip => return self.read_zip(Counted { file, position }, left, read),
        };
        Ok((result, fingerprint.into_file(&self.path)))
    }

    /// A zip file is not read from end to end: its hash takes a pass of its own.
    fn read_zip<T, E: From<IngestError>>(
        &self,
        file: Counted<'_>,
        left: u64,
        read: impl FnOnce(&mut dyn Read) -> Result<T, E>,
    ) -> Result<(T, SourceFile), E> {
        let mut archive = zip::ZipArchive::new(file).map_err(|error| self.broken_zip(&error))?;
        let index = self.only_entry(&mut archive)?;
        let entry = archive.by_index(index).map_err(|error| self.broken_zip(&error))?;
        let result = read(&mut Capped { reader: entry, left })?;
        Ok((result, describe(&self.path)?))
    }

    /// What a failed read of the content means: a damaged file is a matter of its content, all else of the system.
    pub(super) fn unreadable(&self, error: Error, line: u64) -> IngestError {
        let mismatch = match error.kind() {
            ErrorKind::UnexpectedEof => {
                Mismatch::new("the end of the file", format!("{} that is complete", self.packing.name()))
                    .hint("fetch the file again")
            }
            ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::Other => {
                let hint =
                    if error.to_string().starts_with(BOMB) { "unpack it by hand" } else { "fetch the file again" };
                Mismatch::new(&error.to_string(), format!("{} that is intact", self.packing.name())).hint(hint)
            }
            _ => return IngestError::io(&self.path, "cannot read")(error),
        };
        mismatch.at(&self.path, Place::Line(line))
    }

    /// The entry of a zip file that holds exactly one file.
    fn only_entry<R: Read + Seek>(&self, archive: &mut zip::ZipArchive<R>) -> Result<usize, IngestError> {
        let mut files = Vec::new();
        for index in 0..archive.len() {
            let entry = archive.by_index_raw(index).map_err(|error| self.broken_zip(&error))?;
            if entry.is_file() {
                files.push((index, entry.name().map_err(|error| self.broken_zip(&error))?.into_owned()));
            }
        }
        if let [(only, _)] = files.as_slice() {
            return Ok(*only);
        }
        let names: Vec<&str> = files.iter().map(|(_, name)| name.as_str()).collect();
        let found = format!("{} files: {}", names.len(), names.join(", "));
        let mismatch = Mismatch::new(&found, "a zip file with one CSV file inside").hint("unpack it");
        Err(mismatch.at(&self.path, Place::File))
    }

    fn broken_zip(&self, error: &zip::result::ZipError) -> IngestError {
        Mismatch::new(&error.to_string(), "a zip file that is intact and not encrypted")
            .hint("fetch the file again")
            .at(&self.path, Place::File)
    }
}

fn check_content(named: Packing, found: Packing) -> Result<(), Mismatch> {
    if named == found {
        return Ok(());
    }
    let expected = format!("{}, as the name says", named.name());
    Err(Mismatch::new(found.name(), expected).hint(format!("let the name end in {}", found.ending())))
}

/// Hashes a file that is read from end to end, and follows how far.
struct Tap<'a> {
    file: File,
    position: &'a Cell<u64>,
    fingerprint: &'a mut Fingerprint,
}

impl Read for Tap<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.fingerprint.add(&buffer[..read]);
        self.position.set(self.position.get() + read as u64);
        Ok(read)
    }
}

/// Follows how far a file was read that is read to and fro.
struct Counted<'a> {
    file: File,
    position: &'a Cell<u64>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.position.set(self.position.get() + read as u64);
        Ok(read)
    }
}

impl Seek for Counted<'_> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let position = self.file.seek(to)?;
        self.position.set(position);
        Ok(position)
    }
}

/// Fails once more than `left` bytes have come.
struct Capped<R> {
    reader: R,
    left: u64,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.reader.read(buffer)?;
        match self.left.checked_sub(read as u64) {
            Some(left) => self.left = left,
            None => return Err(Error::new(ErrorKind::InvalidData, BOMB)),
        }
        Ok(read)
    }
}
