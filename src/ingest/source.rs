use super::error::{IngestError, Mismatch, Place};
use crate::tape::SourceFile;
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek};
use std::path::{Path, PathBuf};

/// Longest line that is read; the largest depth snapshot of any venue is a fiftieth of it.
const LINE_MAX: u64 = 16 << 20;
const BUFFER: usize = 1 << 17;

/// A file read line by line, plain or gzip (told apart by content), hashed on the way. Memory holds one line.
pub struct Lines {
    path: PathBuf,
    reader: BufReader<Decoded>,
    line: Vec<u8>,
    number: u64,
}

/// Counts and hashes the bytes as they lie in the file.
struct Tap {
    file: File,
    bytes: u64,
    hash: Sha256,
}

enum Decoded {
    Plain(Tap),
    Gzip(Box<MultiGzDecoder<Tap>>),
}

impl Read for Tap {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.bytes += read as u64;
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}

impl Read for Decoded {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(tap) => tap.read(buffer),
            Self::Gzip(decoder) => decoder.read(buffer),
        }
    }
}

impl Decoded {
    fn tap(&self) -> &Tap {
        match self {
            Self::Plain(tap) => tap,
            Self::Gzip(decoder) => decoder.get_ref(),
        }
    }
}

impl Lines {
    /// Opens a file.
    ///
    /// # Errors
    /// [`IngestError::Io`] when it cannot be opened or read.
    pub fn open(path: &Path) -> Result<Self, IngestError> {
        let mut file = File::open(path).map_err(IngestError::io(path, "cannot open"))?;
        let mut magic = Vec::with_capacity(2);
        file.by_ref().take(2).read_to_end(&mut magic).map_err(IngestError::io(path, "cannot read"))?;
        file.rewind().map_err(IngestError::io(path, "cannot rewind"))?;
        let tap = Tap { file, bytes: 0, hash: Sha256::new() };
        let decoded = match magic.as_slice() {
            [0x1f, 0x8b] => Decoded::Gzip(Box::new(MultiGzDecoder::new(tap))),
            _ => Decoded::Plain(tap),
        };
        let reader = BufReader::with_capacity(BUFFER, decoded);
        Ok(Self { path: path.to_owned(), reader, line: Vec::new(), number: 0 })
    }

    /// The next line without its end, and its number from 1; `None` at the end of the file.
    ///
    /// # Errors
    /// [`IngestError`] when the file cannot be read, its compression is broken or cut short, or a line is too long or
    /// not UTF-8.
    pub fn next_line(&mut self) -> Result<Option<(u64, &str)>, IngestError> {
        self.line.clear();
        let read = self.reader.by_ref().take(LINE_MAX).read_until(b'\n', &mut self.line);
        if let Err(error) = read {
            return Err(self.unreadable(error));
        }
        if self.line.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        if LINE_MAX <= self.line.len() as u64 {
            let found = format!("a line of more than {LINE_MAX} bytes");
            return Err(Mismatch::new(&found, "lines of text").at(&self.path, Place::Line(self.number)));
        }
        let line = self.line.trim_ascii_end();
        match std::str::from_utf8(line) {
            Ok(text) => Ok(Some((self.number, text))),
            Err(error) => Err(not_utf8(line, error.valid_up_to())
                .at(&self.path, Place::LineColumn(self.number, error.valid_up_to() as u64 + 1))),
        }
    }

    /// Bytes of the file read so far, as they lie on disk.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.reader.get_ref().tap().bytes
    }

    /// Which file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Name, size and hash of the whole file. To be called at its end.
    #[must_use]
    pub fn into_source(self) -> SourceFile {
        let tap = self.reader.get_ref().tap();
        SourceFile {
            name: self.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            bytes: tap.bytes,
            sha256: tap.hash.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }

    fn unreadable(&self, error: std::io::Error) -> IngestError {
        let place = Place::Line(self.number + 1);
        let hint = "copy the file again, or repair it with `gzip -dc`";
        match error.kind() {
            ErrorKind::UnexpectedEof => Mismatch::new("end of file inside compressed data", "a complete gzip file"),
            ErrorKind::InvalidInput | ErrorKind::InvalidData => Mismatch::new(&error.to_string(), "intact gzip data"),
            _ => return IngestError::Io { path: self.path.clone(), action: "cannot read", source: error },
        }
        .hint(hint)
        .at(&self.path, place)
    }
}

fn not_utf8(line: &[u8], byte: usize) -> Mismatch {
    let found = line.get(byte).map_or_else(String::new, |byte| format!("byte 0x{byte:02x}"));
    Mismatch::new(&found, "UTF-8 text")
}
