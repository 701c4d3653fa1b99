use super::column::{Column, fits_narrow};
use super::content::{ContentHash, Identity};
use super::fault::io_error;
use super::file::TapeFile;
use super::layout::{HEADER_HASH_KEY, HEADER_KEY, Layout, Width};
use super::spare::Spare;
use super::temporary::Temporary;
use super::{TapeError, TapeHeader, record};
use arrow_array::RecordBatch;
use arrow_ipc::writer::FileWriter;
use arrow_schema::{ArrowError, SchemaRef};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A column on its way into the file: numbers do not know their width yet.
#[derive(Debug)]
pub(super) enum Values {
    Stamps(Vec<i64>),
    Numbers(Vec<i64>),
    Flags(Vec<u32>),
    Shifts(Vec<i32>),
}

/// Writes batches to a temporary file beside the target and renames it when all is well. Starts narrow and in order; when a
/// batch needs more, what was written so far is written again in the new layout, in a stream.
#[derive(Debug)]
pub(super) struct TapeSink {
    target: PathBuf,
    identity: Identity,
    draft: Draft,
    spare: Spare,
}

/// One temporary file in one layout.
struct Draft {
    temporary: Temporary,
    layout: Layout,
    schema: SchemaRef,
    hash: ContentHash,
    writer: FileWriter<BufWriter<File>>,
    rows: u64,
    ends: Option<(i64, i64)>,
}

impl TapeSink {
    pub(super) fn create(target: &Path, layout: Layout, identity: Identity) -> Result<Self, TapeError> {
        let draft = Draft::create(target, layout, &identity)?;
        Ok(Self { target: target.to_owned(), identity, draft, spare: Spare::default() })
    }

    /// Room for the columns of batches to come, emptied by those written.
    pub(super) fn spare(&mut self) -> &mut Spare {
        &mut self.spare
    }

    /// Rows written.
    pub(super) fn rows(&self) -> u64 {
        self.draft.rows
    }

    /// Whether the column `delivery` is there.
    pub(super) fn has_delivery(&self) -> bool {
        self.draft.layout.delivery
    }

    /// First value of the first and last value of the last batch's first column.
    pub(super) fn ends(&self) -> Option<(i64, i64)> {
        self.draft.ends
    }

    /// Writes one batch, in file order.
    pub(super) fn write(&mut self, values: Vec<Values>) -> Result<(), TapeError> {
        let wide = |values: &Values| matches!(values, Values::Numbers(numbers) if !fits_narrow(numbers));
        if self.draft.layout.width == Width::Narrow && values.iter().any(wide) {
            self.change_layout(Layout { width: Width::Wide, ..self.draft.layout })?;
        }
        let width = self.draft.layout.width;
        let columns = values.into_iter().map(|values| values.column(width, &mut self.spare)).collect();
        self.draft.append(columns)?.into_iter().for_each(|column| self.spare.keep(column));
        Ok(())
    }

    /// Adds the column `delivery`; every row written so far arrived in its place.
    pub(super) fn add_delivery(&mut self) -> Result<(), TapeError> {
        self.change_layout(Layout { delivery: true, ..self.draft.layout })
    }

    /// Closes the file with its header and gives it its name. Returns the header with the content hash.
    pub(super) fn finish(mut self, mut header: TapeHeader) -> Result<TapeHeader, TapeError> {
        header.content_hash = self.draft.hash.hex();
        let json = record::to_json(&header);
        let header_hash = blake3::hash(json.as_bytes()).to_hex().to_string();
        self.draft.writer.write_metadata(HEADER_KEY, json);
        self.draft.writer.write_metadata(HEADER_HASH_KEY, header_hash);
        let (temporary, file) = self.draft.close()?;
        file.sync_all().map_err(|error| io_error(&temporary.0, "cannot write", error))?;
        drop(file);
        std::fs::rename(&temporary.0, &self.target).map_err(|error| io_error(&self.target, "cannot replace", error))?;
        sync_folder(&self.target);
        Ok(header)
    }

    fn change_layout(&mut self, layout: Layout) -> Result<(), TapeError> {
        let wanted = Draft::create(&self.target, layout, &self.identity)?;
        let (temporary, file) = std::mem::replace(&mut self.draft, wanted).close()?;
        drop(file);
        let written = TapeFile::open(&temporary.0)?;
        for index in 0..written.batches() {
            self.draft.append(converted(written.columns(index)?, layout))?;
        }
        Ok(())
    }
}

/// Columns of a narrower layout in this one.
fn converted(columns: Vec<Column>, layout: Layout) -> Vec<Column> {
    let rows = columns.first().map_or(0, Column::len);
    let known = columns.len();
    let roles = layout.columns().iter().map(|&(_, role)| role);
    let mut converted: Vec<Column> =
        columns.into_iter().zip(roles).map(|(column, role)| column.rewidened(role, layout.width)).collect();
    if known < layout.columns().len() {
        converted.push(Column::I32(vec![0; rows].into()));
    }
    converted
}

impl Values {
    fn column(self, width: Width, spare: &mut Spare) -> Column {
        match self {
            Self::Stamps(values) => Column::I64(values.into()),
            Self::Numbers(values) => match width {
                Width::Wide => Column::I64(values.into()),
                Width::Narrow => {
                    let narrow = Column::narrow(&values, spare.narrow());
                    spare.keep_wide(values);
                    narrow
                }
            },
            Self::Flags(values) => Column::U32(values.into()),
            Self::Shifts(values) => Column::I32(values.into()),
        }
    }
}

impl Draft {
    fn create(target: &Path, layout: Layout, identity: &Identity) -> Result<Self, TapeError> {
        let (temporary, file) = Temporary::create(target)?;
        let schema = layout.schema();
        let writer =
            FileWriter::try_new(BufWriter::new(file), &schema).map_err(|error| arrow_error(&temporary.0, error))?;
        let hash = ContentHash::new(identity, layout);
        Ok(Self { temporary, layout, schema: Arc::new(schema), hash, writer, rows: 0, ends: None })
    }

    /// Writes one batch and gives its columns back.
    fn append(&mut self, columns: Vec<Column>) -> Result<Vec<Column>, TapeError> {
        let batch = RecordBatch::try_new(self.schema.clone(), columns.iter().map(Column::to_array).collect())
            .unwrap_or_else(|error| panic!("columns do not fit {:?}: {error}", self.layout));
        self.writer.write(&batch).map_err(|error| arrow_error(&self.temporary.0, error))?;
        self.hash.add(&columns);
        self.rows += batch.num_rows() as u64;
        let ends = columns[0].ends();
        self.ends = self.ends.zip(ends).map(|(before, now)| (before.0, now.1)).or(ends);
        Ok(columns)
    }

    fn close(self) -> Result<(Temporary, File), TapeError> {
        let Self { temporary, writer, .. } = self;
        let closed = writer.into_inner().map_err(|error| arrow_error(&temporary.0, error))?;
        let file = closed.into_inner().map_err(|error| io_error(&temporary.0, "cannot write", error.into_error()))?;
        Ok((temporary, file))
    }
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft").field("path", &self.temporary.0).field("rows", &self.rows).finish_non_exhaustive()
    }
}

/// Makes the new name last through a power failure, where the system can do that for a folder.
fn sync_folder(target: &Path) {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

fn arrow_error(path: &Path, error: ArrowError) -> TapeError {
    let source = match error {
        ArrowError::IoError(_, source) => source,
        other => std::io::Error::other(other.to_string()),
    };
    io_error(path, "cannot write", source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tape::layout::Shape;
    use std::io::ErrorKind;

    #[test]
    fn a_full_disk_is_an_io_error_that_names_the_file() {
        let full = Path::new("/dev/full");
        let Ok(file) = File::options().write(true).open(full) else {
            drop(std::io::Write::write_all(&mut std::io::stderr(), b"skipped: no /dev/full here\n"));
            return;
        };
        let schema = Layout::first(Shape::Bars).schema();
        let error = FileWriter::try_new(BufWriter::with_capacity(0, file), &schema).err().unwrap();
        let error = arrow_error(full, error);
        assert!(matches!(&error, TapeError::Io { source, .. } if source.kind() == ErrorKind::StorageFull), "{error}");
        assert!(error.to_string().starts_with("/dev/full: cannot write: No space left"), "{error}");
    }
}
