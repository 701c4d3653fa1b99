//! The markets both sides run on, as plain linear contracts with the workload's fees.

use crate::workload::{MAKER_PPB, MESSAGES_PER_SECOND, TAKER_PPB};
use crate::{dense, wild};
use seatrial::model::{ContractKind, FeeSchedule};
use seatrial::synth::{SimpleMarket, SimpleMarketConfig};
use seatrial::tape::{Batch, BatchSource, Provenance, TapeError, TapeHeader, TapeReader, TapeWriter};
use seatrial::units::{MILLISECOND, MINUTE, Rate, Rounding, Timestamp};
use std::path::{Path, PathBuf};

/// A tape whose instrument is taken as a linear contract: the peer knows no spot balance, and fees are the workload's.
pub struct Market {
    reader: TapeReader,
    header: TapeHeader,
    /// Every stamp is cut to a whole millisecond.
    coarse: bool,
}

impl Market {
    pub fn open(path: &Path) -> Self {
        let reader = TapeReader::open(path).expect("a tape");
        let mut header = reader.header().clone();
        header.instrument.kind = ContractKind::Linear;
        header.instrument.filters.min_notional = None;
        header.instrument.fees = FeeSchedule {
            maker: Rate::from_ppb(MAKER_PPB),
            taker: Rate::from_ppb(TAKER_PPB),
            rounding: Rounding::HalfEven,
            decimals: 18,
        };
        Self { reader, header, coarse: false }
    }

    /// The same with every stamp cut to a whole millisecond, so that messages, requests and reports fall on one instant often.
    pub fn open_coarse(path: &Path) -> Self {
        let mut market = Self { coarse: true, ..Self::open(path) };
        let header = &mut market.header;
        for stamp in [&mut header.first_at, &mut header.last_at] {
            *stamp = Timestamp::from_nanos(whole_millisecond(stamp.nanos()));
        }
        market
    }
}

fn whole_millisecond(nanos: i64) -> i64 {
    nanos - nanos.rem_euclid(MILLISECOND.nanos())
}

impl BatchSource for Market {
    fn header(&self) -> &TapeHeader {
        &self.header
    }

    fn batch(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        let mut batch = self.reader.batch(index)?;
        if let (true, Some(Batch::Rows(rows))) = (self.coarse, &mut batch) {
            for stamps in [&mut rows.venue_at, &mut rows.local_at] {
                *stamps = stamps.iter().map(|&nanos| whole_millisecond(nanos)).collect();
            }
        }
        Ok(batch)
    }
}

/// The tape named by an argument: a file, or one that is generated (seed 7) beside other temporary files: `dense:ROWS`, fifteen level
/// changes a message, `sparse:MINUTES`, two or three rows a message, or `wild:ROWS` and `late:ROWS`, in order and out of it.
pub fn tape(argument: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("seatrial-peers-{}.tape", std::process::id()));
    match argument.split_once(':') {
        Some(("dense", rows)) => {
            dense::write(&path, rows.parse().expect("dense:ROWS"), 7);
        }
        Some((kind @ ("wild" | "late"), rows)) => wild::write(&path, rows.parse().expect("wild:ROWS"), kind == "late"),
        Some(("sparse", minutes)) => sparse(&path, minutes.parse().expect("sparse:MINUTES")),
        _ => return argument.into(),
    }
    path
}

fn sparse(path: &Path, minutes: i64) {
    let config = SimpleMarketConfig {
        duration: MINUTE.times(minutes),
        messages_per_second: MESSAGES_PER_SECOND,
        ..SimpleMarketConfig::default()
    };
    let mut market = SimpleMarket::new(&config, 7);
    let mut writer = TapeWriter::create(path, market.tape_spec()).expect("a writable folder");
    market.write_to(&mut writer, &mut |_| ()).expect("a tape");
    writer.finish(Provenance::default()).expect("a tape");
}
