use super::error::{IngestError, Mismatch, Place};
use crate::tape::SourceFile;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// First bytes looked at, to tell what a file is.
const START: u64 = 8;

/// Counts and hashes the bytes of a file as they are read, each once and in order.
#[derive(Debug, Default)]
pub(super) struct Fingerprint {
    bytes: u64,
    hash: Sha256,
}

impl Fingerprint {
    /// Takes the next bytes.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.hash.update(bytes);
    }

    /// The file that had these bytes.
    pub(super) fn into_file(self, path: &Path) -> SourceFile {
        let sha256 = self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        SourceFile { name: file_name(path), bytes: self.bytes, sha256 }
    }
}

/// Reads a file from end to end for its size and hash.
pub(super) fn describe(path: &Path) -> Result<SourceFile, IngestError> {
    let mut file = File::open(path).map_err(IngestError::io(path, "cannot open"))?;
    let mut fingerprint = Fingerprint::default();
    let mut buffer = vec![0_u8; 1 << 16];
    loop {
        match file.read(&mut buffer).map_err(IngestError::io(path, "cannot read"))? {
            0 => return Ok(fingerprint.into_file(path)),
            read => fingerprint.add(&buffer[..read]),
        }
    }
}

/// Size and first bytes of a file. An empty one is refused.
pub(super) fn peek(path: &Path) -> Result<(u64, Vec<u8>), IngestError> {
    let file = File::open(path).map_err(IngestError::io(path, "cannot open"))?;
    let bytes = file.metadata().map_err(IngestError::io(path, "cannot read"))?.len();
    let mut start = Vec::new();
    file.take(START).read_to_end(&mut start).map_err(IngestError::io(path, "cannot read"))?;
    if start.is_empty() {
        return Err(Mismatch::new("an empty file", "at least one row").at(path, Place::File));
    }
    Ok((bytes, start))
}

/// Name of a file without its folder.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
