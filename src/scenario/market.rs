use super::load::Scenario;
use crate::synth::SimpleMarket;
use crate::tape::{Batch, BatchSource, TapeError, TapeHeader, TapeReader};
use crate::units::Span;

/// Opens the market of a scenario: its tape, or the generator.
///
/// # Errors
/// [`TapeError`] when there is no readable tape.
pub fn open_market(scenario: &Scenario) -> Result<Box<dyn BatchSource>, TapeError> {
    match scenario.tape() {
        Some(path) => Ok(Box::new(TapeReader::open(&path)?)),
        None => Ok(Box::new(generator(scenario))),
    }
}

fn generator(scenario: &Scenario) -> SimpleMarket {
    let settings = scenario.file.market.synthetic.clone().unwrap_or_default();
    let config = settings.config();
    match config {
        Ok(config) => SimpleMarket::new(&config, scenario.file.seed),
        Err(problem) => panic!("the settings were checked when the scenario was read, found {problem}"),
    }
}

/// Rows (or bars) of `source` that start within `duration` of its first one. Looks at one stamp a batch, and into one.
///
/// # Errors
/// [`TapeError`] when the market cannot be read.
pub fn rows_within(source: &mut dyn BatchSource, duration: Span) -> Result<u64, TapeError> {
    let end = source.header().first_at.plus(duration).nanos();
    let mut rows = 0;
    for index in 0.. {
        let stamps = match source.batch(index)? {
            None => break,
            Some(Batch::Rows(batch)) => batch.venue_at,
            Some(Batch::Bars(batch)) => batch.open_at,
        };
        let within = stamps.partition_point(|&at| at < end);
        rows += within as u64;
        if within < stamps.len() {
            break;
        }
    }
    Ok(rows)
}

/// A market under another header: the scenario's fees instead of the tape's.
pub(super) struct Relabelled {
    header: TapeHeader,
    source: Box<dyn BatchSource>,
}

impl Relabelled {
    pub(super) fn new(header: TapeHeader, source: Box<dyn BatchSource>) -> Self {
        Self { header, source }
    }
}

impl BatchSource for Relabelled {
    fn header(&self) -> &TapeHeader {
        &self.header
    }

    fn batch(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        self.source.batch(index)
    }
}
