//! What a bot did in a market that answers to it, as a file that only grows: each checkpoint adds what is new, and says how far it goes.

use super::store::{CheckpointError, refused};
use crate::synth::{DoneAction, OwnActions};
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

/// How far the file goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct DoneMark {
    count: usize,
    bytes: u64,
    /// Hash of those bytes.
    hash: [u8; 32],
}

/// The file, and what of it was written.
#[derive(Debug)]
pub(super) struct DoneFile {
    path: PathBuf,
    count: usize,
    bytes: u64,
    hasher: blake3::Hasher,
}

impl DoneFile {
    /// A file of which nothing is written yet.
    pub fn new(path: PathBuf) -> Self {
        Self { path, count: 0, bytes: 0, hasher: blake3::Hasher::new() }
    }

    /// Adds what was done since the last time.
    pub fn add(&mut self, actions: &OwnActions) -> Result<DoneMark, CheckpointError> {
        let new = actions.since(self.count);
        let bytes = postcard::to_extend(&new, Vec::new()).map_err(|error| self.unreadable(error.to_string()))?;
        let written = OpenOptions::new().create(true).append(true).open(&self.path);
        let written = written.and_then(|mut file| {
            // What a run left behind that was stopped after it had added, and before it said so.
            file.set_len(self.bytes)?;
            file.write_all(&bytes)
        });
        written.map_err(|source| refused(&self.path, "cannot write", source))?;
        self.hasher.update(&bytes);
        (self.count, self.bytes) = (self.count + new.len(), self.bytes + bytes.len() as u64);
        Ok(DoneMark { count: self.count, bytes: self.bytes, hash: *self.hasher.finalize().as_bytes() })
    }

    /// Puts back what was done up to `mark`, and goes on from there.
    pub fn put_back(&mut self, mark: &DoneMark, actions: &OwnActions) -> Result<(), CheckpointError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            // As one that was cut off at its start.
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(refused(&self.path, "cannot read", source).into()),
        };
        let whole = usize::try_from(mark.bytes).ok().and_then(|end| bytes.get(..end));
        let Some(whole) = whole.filter(|whole| *blake3::hash(whole).as_bytes() == mark.hash) else {
            return Err(self.unreadable(format!("torn or damaged within its first {} bytes", mark.bytes)));
        };
        let (mut done, mut rest): (Vec<DoneAction>, _) = (Vec::with_capacity(mark.count), whole);
        while !rest.is_empty() {
            let (more, left) = postcard::take_from_bytes::<Vec<DoneAction>>(rest)
                .map_err(|error| self.unreadable(error.to_string()))?;
            done.extend(more);
            rest = left;
        }
        if done.len() != mark.count {
            return Err(self.unreadable(format!("{} things done, expected {}", done.len(), mark.count)));
        }
        (self.count, self.bytes) = (mark.count, mark.bytes);
        self.hasher = blake3::Hasher::new();
        self.hasher.update(whole);
        actions.put_back(done);
        Ok(())
    }

    fn unreadable(&self, why: String) -> CheckpointError {
        CheckpointError::Unreadable { path: self.path.clone(), why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::{QueuedOrder, SharedBook};
    use crate::model::{OrderId, Side};
    use crate::synth::{FlowModel, FlowRecipe, LiveMarket};
    use crate::units::{Price, Quantity, Span, Timestamp};

    fn market() -> LiveMarket {
        let model = FlowModel::preset("crypto-alt").unwrap();
        let start_at = Timestamp::from_nanos(1_767_571_200_000_000_000);
        LiveMarket::new(FlowRecipe {
            model,
            shocks: Vec::new(),
            start_at,
            duration: Span::from_nanos(60_000_000_000),
            seed: 1,
        })
    }

    fn rest(market: &mut LiveMarket, second: i64) {
        let at = Timestamp::from_nanos(1_767_571_200_000_000_000 + second * 1_000_000_000);
        let order = QueuedOrder { side: Side::Buy, price: Price::new(11_900), quantity: Quantity::new(second) };
        market.rest(at, OrderId(second as u64), order);
    }

    /// Torn, cut at any byte, with a tail that no checkpoint speaks of, gone on with from the mark before.
    #[test]
    fn what_was_done_comes_back_or_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("done");
        let (mut market, mut file) = (market(), DoneFile::new(path.clone()));
        rest(&mut market, 1);
        let first = file.add(&market.actions()).unwrap();
        rest(&mut market, 2);
        rest(&mut market, 3);
        let second = file.add(&market.actions()).unwrap();
        let all = market.actions().since(0);
        assert_eq!((first.count, second.count, all.len()), (1, 3, 3));
        let back = OwnActions::default();
        DoneFile::new(path.clone()).put_back(&second, &back).unwrap();
        assert_eq!(back.since(0), all);
        // From the mark before: what came after is written over.
        let mut again = DoneFile::new(path.clone());
        again.put_back(&first, &back).unwrap();
        assert_eq!(back.since(0), all[..1]);
        back.put_back(all.clone());
        assert_eq!(again.add(&back).unwrap(), second);
        let bytes = fs::read(&path).unwrap();
        for end in 0..bytes.len() {
            fs::write(&path, &bytes[..end]).unwrap();
            let cut = DoneFile::new(path.clone()).put_back(&second, &back);
            assert!(cut.is_err_and(|error| error.to_string().contains("torn or damaged")), "cut at {end}");
        }
    }
}
