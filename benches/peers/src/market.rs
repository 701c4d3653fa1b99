//! The markets both sides run on, as plain linear contracts with the workload's fees.

use crate::dense;
use crate::workload::{MAKER_PPB, MESSAGES_PER_SECOND, TAKER_PPB};
use seatrial::model::{ContractKind, FeeSchedule};
use seatrial::synth::{SimpleMarket, SimpleMarketConfig};
use seatrial::tape::{Batch, BatchSource, Provenance, TapeError, TapeHeader, TapeReader, TapeWriter};
use seatrial::units::{MINUTE, Rate, Rounding};
use std::path::{Path, PathBuf};

/// A tape whose instrument is taken as a linear contract: the peer knows no spot balance, and fees are the workload's.
pub struct Market {
    reader: TapeReader,
    header: TapeHeader,
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
        Self { reader, header }
    }
}

impl BatchSource for Market {
    fn header(&self) -> &TapeHeader {
        &self.header
    }

    fn batch(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        self.reader.batch(index)
    }
}

/// The tape named by an argument: a file, or one that is generated (seed 7) beside other temporary files: `dense:ROWS`, fifteen level
/// changes a message, or `sparse:MINUTES`, two or three rows a message.
pub fn tape(argument: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("seatrial-peers-{}.tape", std::process::id()));
    match argument.split_once(':') {
        Some(("dense", rows)) => {
            dense::write(&path, rows.parse().expect("dense:ROWS"), 7);
        }
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
    market.write_to(&mut writer).expect("a tape");
    writer.finish(Provenance::default()).expect("a tape");
}
