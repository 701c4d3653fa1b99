use super::Digest;

/// Most payload bytes in a block. Part of the format: digests depend on it.
pub(super) const BLOCK: usize = 64 * 1024;
/// Bytes of a block's header.
pub(super) const HEADER: usize = 88;
/// First bytes of every block.
pub(super) const MAGIC: [u8; 4] = *b"SJNL";
/// Version of the format; see the room's header for when it goes up.
pub(super) const VERSION: u16 = 4;

/// Header bytes that the block's hash covers, besides the payload's hash.
const HASHED: usize = 56;
/// Flag of the last block.
const LAST: u16 = 1;
/// Flag of a block whose payload was left out: its hash stands in its place. Not covered by the block's hash, so that a
/// journal has the same head however much of it was kept.
const LEFT_OUT: u16 = 2;

/// Where each header field starts.
pub(super) mod place {
    pub(in crate::journal) const MAGIC: usize = 0;
    pub(in crate::journal) const VERSION: usize = 4;
    pub(in crate::journal) const FLAGS: usize = 6;
    pub(in crate::journal) const NUMBER: usize = 8;
    pub(in crate::journal) const LENGTH: usize = 16;
    pub(in crate::journal) const ENTRIES: usize = 20;
    pub(in crate::journal) const PREVIOUS: usize = 24;
    pub(in crate::journal) const HASH: usize = 56;
}

/// Whether more blocks follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// More blocks follow.
    Inner,
    /// The last block: a journal without one was cut off.
    Last,
}

/// What a block's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub version: u16,
    pub position: Position,
    pub number: u64,
    pub length: u32,
    pub entries: u32,
    pub previous: Digest,
    pub hash: Digest,
    /// The payload's hash stands in the payload's place.
    pub is_left_out: bool,
}

impl Header {
    pub(super) fn to_bytes(self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        let last = if self.position == Position::Last { LAST } else { 0 };
        let flags = last | if self.is_left_out { LEFT_OUT } else { 0 };
        bytes[place::MAGIC..place::VERSION].copy_from_slice(&MAGIC);
        bytes[place::VERSION..place::FLAGS].copy_from_slice(&self.version.to_le_bytes());
        bytes[place::FLAGS..place::NUMBER].copy_from_slice(&flags.to_le_bytes());
        bytes[place::NUMBER..place::LENGTH].copy_from_slice(&self.number.to_le_bytes());
        bytes[place::LENGTH..place::ENTRIES].copy_from_slice(&self.length.to_le_bytes());
        bytes[place::ENTRIES..place::PREVIOUS].copy_from_slice(&self.entries.to_le_bytes());
        bytes[place::PREVIOUS..place::HASH].copy_from_slice(self.previous.bytes());
        bytes[place::HASH..].copy_from_slice(self.hash.bytes());
        bytes
    }

    /// Reads a header whose first bytes are [`MAGIC`]; `Err` is the unknown flags.
    pub(super) fn from_bytes(bytes: &[u8; HEADER]) -> Result<Self, u16> {
        let flags = u16::from_le_bytes(part(bytes, place::FLAGS));
        let position = match flags & !LEFT_OUT {
            0 => Position::Inner,
            LAST => Position::Last,
            _ => return Err(flags),
        };
        Ok(Self {
            version: u16::from_le_bytes(part(bytes, place::VERSION)),
            position,
            number: u64::from_le_bytes(part(bytes, place::NUMBER)),
            length: u32::from_le_bytes(part(bytes, place::LENGTH)),
            entries: u32::from_le_bytes(part(bytes, place::ENTRIES)),
            previous: Digest::from_bytes(part(bytes, place::PREVIOUS)),
            hash: Digest::from_bytes(part(bytes, place::HASH)),
            is_left_out: flags & LEFT_OUT != 0,
        })
    }
}

fn part<const N: usize>(bytes: &[u8; HEADER], start: usize) -> [u8; N] {
    let mut part = [0; N];
    part.copy_from_slice(&bytes[start..start + N]);
    part
}

/// The chain so far: what the next block is called, what it follows, and the digest of everything that happened.
#[derive(Debug, Clone)]
pub(super) struct Chain {
    pub number: u64,
    pub head: Digest,
    behaviour: blake3::Hasher,
}

impl Chain {
    pub(super) fn new() -> Self {
        Self { number: 0, head: Digest::ZERO, behaviour: blake3::Hasher::new() }
    }

    /// Adds a block to the chain; see [`seal_hashed`](Self::seal_hashed). Returns also the payload's hash.
    pub(super) fn seal(&mut self, payload: &[u8], entries: u32, position: Position) -> (Header, Digest) {
        let payload_hash = Digest::of(payload);
        (self.seal_hashed(payload_hash, payload.len() as u32, entries, position), payload_hash)
    }

    /// Adds a block to the chain by the hash of its payload, which goes into the block's hash (with version, number and
    /// predecessor) and into the behaviour digest (without them).
    pub(super) fn seal_hashed(
        &mut self,
        payload_hash: Digest,
        length: u32,
        entries: u32,
        position: Position,
    ) -> Header {
        self.behaviour.update(payload_hash.bytes());
        let unhashed = Digest::ZERO;
        let mut header = Header {
            version: VERSION,
            position,
            number: self.number,
            length,
            entries,
            previous: self.head,
            hash: unhashed,
            is_left_out: false,
        };
        let mut covered = [0; HASHED + Digest::LENGTH];
        covered[..HASHED].copy_from_slice(&header.to_bytes()[..HASHED]);
        covered[HASHED..].copy_from_slice(payload_hash.bytes());
        header.hash = Digest::of(&covered);
        self.head = header.hash;
        self.number += 1;
        header
    }

    /// The behaviour digest of the blocks so far.
    pub(super) fn digest(&self) -> Digest {
        Digest::from_bytes(*self.behaviour.finalize().as_bytes())
    }
}
