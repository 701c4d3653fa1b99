use super::column::Column;
use super::fault::{Fault, io_error};
use super::layout::{HEADER_HASH_KEY, HEADER_KEY, Layout, Role, VERSION, VERSION_KEY};
use super::{BATCH_ROWS, TapeError};
use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::reader::{FileDecoder, read_footer_length};
use arrow_ipc::{Block, Endianness, Field, Footer, KeyValue, Schema, Type, root_as_footer, root_as_message};
use arrow_schema::DataType;
use memmap2::Mmap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::ptr::NonNull;
use std::sync::Arc;

const MAGIC: &[u8; 6] = b"ARROW1";
/// The magic padded to 8 bytes at the beginning.
const HEAD: usize = 8;
/// Footer length and magic at the end.
const TAIL: usize = 10;
/// Every message begins with a continuation marker and a length.
const MESSAGE_PREFIX: usize = 8;
const EXPECTED_ARROW: &str = "an Arrow IPC file, which begins and ends with ARROW1";
const EXPECTED_FOOTER: &str = "a complete Arrow IPC footer (was the file cut short?)";
const EXPECTED_BATCH: &str = "an intact, uncompressed Arrow record batch without nulls";
const EXPECTED_COLUMNS: &str = "the columns of a tape";

/// A mapped file with the columns of a tape: bounds checked, header not yet read.
#[derive(Debug)]
pub(super) struct TapeFile {
    path: PathBuf,
    bytes: Buffer,
    blocks: Vec<Block>,
    pub layout: Layout,
    /// The header's JSON, if there is one; it matches its hash.
    pub header_json: Option<String>,
    decoder: FileDecoder,
}

impl TapeFile {
    pub(super) fn open(path: &Path) -> Result<Self, TapeError> {
        let bytes = map(path)?;
        Self::parse(path, bytes).map_err(|fault| fault.in_file(path))
    }

    fn parse(path: &Path, bytes: Buffer) -> Result<Self, Fault> {
        let footer_bytes = footer_bytes(&bytes)?;
        let footer =
            root_as_footer(footer_bytes).map_err(|error| Fault::new(format!("footer: {error}"), EXPECTED_FOOTER))?;
        let layout = layout_of(&footer)?;
        let blocks = blocks_of(&footer, bytes.len() - TAIL - footer_bytes.len())?;
        let header_json = header_of(&footer)?;
        let decoder = FileDecoder::new(Arc::new(layout.schema()), footer.version()).with_require_alignment(true);
        Ok(Self { path: path.to_owned(), bytes, blocks, layout, header_json, decoder })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Number of batches.
    pub(super) fn batches(&self) -> usize {
        self.blocks.len()
    }

    /// The columns of batch `index`, pointing into the mapping.
    ///
    /// # Panics
    /// When there is no such batch.
    pub(super) fn columns(&self, index: usize) -> Result<Vec<Column>, TapeError> {
        self.decode(index).map_err(|fault| {
            Fault::new(format!("batch {index} of {}: {}", self.batches(), fault.found), fault.expected)
                .in_file(&self.path)
        })
    }

    fn decode(&self, index: usize) -> Result<Vec<Column>, Fault> {
        let block = &self.blocks[index];
        let (head, body) = (block.metaDataLength() as usize, block.bodyLength() as usize);
        let message = self.bytes.slice_with_length(block.offset() as usize, head + body);
        let rows = check_message(&message[..head], body, self.layout)?;
        let full = rows == BATCH_ROWS || (index + 1 == self.batches() && rows < BATCH_ROWS);
        Fault::unless(full, || format!("{rows} rows"), "65536 rows in every batch but the last, which may hold fewer")?;
        let batch = self.decoder.read_record_batch(block, &message);
        let batch: Option<RecordBatch> = batch.map_err(|error| Fault::new(error.to_string(), EXPECTED_BATCH))?;
        let columns = batch.and_then(|batch| batch.columns().iter().map(Column::from_array).collect());
        columns.ok_or_else(|| Fault::new("no record batch", EXPECTED_BATCH))
    }
}

/// Maps the file into memory. Nothing is read before it is touched, and nothing is copied.
#[expect(unsafe_code, reason = "a memory map cannot be made in safe code; this is the only place")]
fn map(path: &Path) -> Result<Buffer, TapeError> {
    let named = path.metadata().map_err(|error| io_error(path, "cannot open", error))?;
    // Asked before it is opened: opening a pipe waits for whoever writes to it.
    let plain = Fault::unless(named.is_file(), || "something that is no file".to_owned(), EXPECTED_ARROW);
    plain.map_err(|fault| fault.in_file(path))?;
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
    let (metadata, file) = opened.map_err(|error| io_error(path, "cannot open", error))?;
    let long_enough = metadata.len() >= (HEAD + TAIL) as u64;
    let long_enough = Fault::unless(long_enough, || format!("{} bytes", metadata.len()), EXPECTED_ARROW);
    long_enough.map_err(|fault| fault.in_file(path))?;
    // SAFETY: the map is read-only, and tapes are never written in place: a writer makes a new file and renames it, which
    // leaves this one as it is. Whoever truncates a tape by other means while it is read gets SIGBUS from the system.
    let mapped = unsafe { Mmap::map(&file) }.map_err(|error| io_error(path, "cannot map", error))?;
    let (start, length) = (NonNull::from(&mapped[0]), mapped.len());
    // SAFETY: the bytes stay mapped at this address for as long as the buffer or a slice of it holds the map.
    Ok(unsafe { Buffer::from_custom_allocation(start, length, Arc::new(mapped)) })
}

fn footer_bytes(bytes: &[u8]) -> Result<&[u8], Fault> {
    let (body, tail) = bytes.split_at(bytes.len() - TAIL);
    let shown = || "no ARROW1 at the beginning".to_owned();
    Fault::unless(bytes.starts_with(MAGIC), shown, EXPECTED_ARROW)?;
    let shown = || "no ARROW1 at the end".to_owned();
    Fault::unless(tail.ends_with(MAGIC), shown, EXPECTED_FOOTER)?;
    let tail: [u8; TAIL] = std::array::from_fn(|index| tail[index]);
    let length = read_footer_length(tail).map_err(|error| Fault::new(error.to_string(), EXPECTED_FOOTER))?;
    let start = body.len().checked_sub(length).filter(|&start| start >= HEAD);
    let start =
        start.ok_or_else(|| Fault::new(format!("a footer of {length} bytes in {}", bytes.len()), EXPECTED_FOOTER))?;
    Ok(&body[start..])
}

fn layout_of(footer: &Footer<'_>) -> Result<Layout, Fault> {
    let schema = footer.schema().ok_or_else(|| Fault::new("no schema", EXPECTED_COLUMNS))?;
    let version = metadata(schema.custom_metadata(), VERSION_KEY);
    let version =
        version.ok_or_else(|| Fault::new(format!("no `{VERSION_KEY}` in the schema's metadata"), "a tape"))?;
    let shown = || format!("tape format version `{version}`");
    Fault::unless(version == VERSION, shown, "version 1; a newer seatrial may read it, or import the source again")?;
    let columns = columns_of(&schema);
    Layout::recognise(&columns).ok_or_else(|| Fault::new(format!("columns {}", list(&columns)), EXPECTED_COLUMNS))
}

fn list(columns: &[(String, DataType)]) -> String {
    let shown: Vec<String> = columns.iter().map(|(name, data_type)| format!("{name}: {data_type}")).collect();
    shown.join(", ")
}

fn columns_of(schema: &Schema<'_>) -> Vec<(String, DataType)> {
    let little = schema.endianness() == Endianness::Little;
    let column = |field: Field<'_>| {
        let data_type = if little { int_type(&field) } else { DataType::Null };
        (field.name().unwrap_or("").to_owned(), data_type)
    };
    schema.fields().map_or_else(Vec::new, |fields| fields.iter().map(column).collect())
}

/// The integer type of a field; `Null` stands for every type that no tape has.
fn int_type(field: &Field<'_>) -> DataType {
    let plain = field.type_type() == Type::Int && field.dictionary().is_none();
    let int = field.type_as_int().filter(|_| plain);
    match int.map(|int| (int.bitWidth(), int.is_signed())) {
        Some((64, true)) => DataType::Int64,
        Some((32, true)) => DataType::Int32,
        Some((32, false)) => DataType::UInt32,
        _ => DataType::Null,
    }
}

fn metadata<'a>(pairs: Option<impl IntoIterator<Item = KeyValue<'a>>>, key: &str) -> Option<&'a str> {
    pairs?.into_iter().find(|pair| pair.key() == Some(key)).and_then(|pair| pair.value())
}

fn header_of(footer: &Footer<'_>) -> Result<Option<String>, Fault> {
    let Some(json) = metadata(footer.custom_metadata(), HEADER_KEY) else { return Ok(None) };
    let found = blake3::hash(json.as_bytes()).to_hex();
    let expected = metadata(footer.custom_metadata(), HEADER_HASH_KEY).unwrap_or("nothing");
    let shown = || format!("a header with hash {found}, where {expected} is noted");
    Fault::unless(expected == found.as_str() || cfg!(fuzzing), shown, "an unchanged header")?;
    Ok(Some(json.to_owned()))
}

/// The batches' places, all of them within the first `limit` bytes.
fn blocks_of(footer: &Footer<'_>, limit: usize) -> Result<Vec<Block>, Fault> {
    let blocks: Vec<Block> = footer.recordBatches().map_or_else(Vec::new, |blocks| blocks.iter().copied().collect());
    for (index, block) in blocks.iter().enumerate() {
        let shown = || {
            let (offset, head, body) = (block.offset(), block.metaDataLength(), block.bodyLength());
            format!("batch {index} at {offset} with {head} + {body} bytes in a file of {limit} bytes before the footer")
        };
        Fault::unless(in_bounds(block, limit), shown, EXPECTED_FOOTER)?;
    }
    Ok(blocks)
}

fn in_bounds(block: &Block, limit: usize) -> bool {
    let offset = usize::try_from(block.offset()).ok();
    let head = usize::try_from(block.metaDataLength()).ok().filter(|&head| head >= 2 * MESSAGE_PREFIX);
    let body = usize::try_from(block.bodyLength()).ok();
    let end = offset.zip(head).zip(body).and_then(|((offset, head), body)| offset.checked_add(head)?.checked_add(body));
    end.is_some_and(|end| end <= limit)
}

/// Checks everything that the decoder takes on trust, and says how many rows the batch holds.
fn check_message(head: &[u8], body: usize, layout: Layout) -> Result<usize, Fault> {
    let broken = |found: String| Fault::new(found, EXPECTED_BATCH);
    Fault::unless(head.starts_with(&[0xff; 4]), || "no message".to_owned(), EXPECTED_BATCH)?;
    let message = root_as_message(&head[MESSAGE_PREFIX..]).map_err(|error| broken(error.to_string()))?;
    let batch = message.header_as_record_batch().ok_or_else(|| broken("another kind of message".to_owned()))?;
    Fault::unless(batch.compression().is_none(), || "compressed columns".to_owned(), EXPECTED_BATCH)?;
    let rows = usize::try_from(batch.length()).ok().filter(|rows| (1..=BATCH_ROWS).contains(rows));
    let rows = rows.ok_or_else(|| Fault::new(format!("{} rows", batch.length()), "1 to 65536 rows in a batch"))?;
    let (nodes, buffers) = (batch.nodes().unwrap_or_default(), batch.buffers().unwrap_or_default());
    let columns = layout.columns();
    let counts = (nodes.len(), buffers.len());
    Fault::unless(
        counts == (columns.len(), 2 * columns.len()),
        || format!("{counts:?} nodes and buffers"),
        EXPECTED_BATCH,
    )?;
    for (index, &(name, role)) in columns.iter().enumerate() {
        let node = nodes.get(index);
        let whole = node.length() == batch.length() && node.null_count() == 0;
        Fault::unless(
            whole,
            || format!("column {name}: {} values, {} null", node.length(), node.null_count()),
            EXPECTED_BATCH,
        )?;
        let needed = [0, rows * width_of(layout, role)];
        for (buffer, needed) in [buffers.get(2 * index), buffers.get(2 * index + 1)].into_iter().zip(needed) {
            let shown =
                || format!("column {name}: {} bytes at {} in a body of {body}", buffer.length(), buffer.offset());
            Fault::unless(lies_within(buffer.offset(), buffer.length(), needed, body), shown, EXPECTED_BATCH)?;
        }
    }
    Ok(rows)
}

fn width_of(layout: Layout, role: Role) -> usize {
    layout.data_type(role).primitive_width().unwrap_or(0)
}

fn lies_within(offset: i64, length: i64, needed: usize, body: usize) -> bool {
    let bounds = usize::try_from(offset).ok().zip(usize::try_from(length).ok());
    bounds.is_some_and(|(offset, length)| needed <= length && offset.checked_add(length).is_some_and(|end| end <= body))
}
