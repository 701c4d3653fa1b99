//! First pass: scales, clock, symbol, product, and which snapshots will be used.

use super::capture::{Arrival, Halt, venue_time};
use super::join::{Covered, Joiner, OnDelta, OnSnapshot, Start};
use super::message::{Depth, LevelText, Message, Snapshot, Ticker, TradeMessage};
use crate::ingest::clock::LatencyProbe;
use crate::ingest::error::Mismatch;
use crate::ingest::infer::{Product, ScaleProbe};
use std::collections::BTreeSet;

/// Symbols that are remembered for a message.
const SYMBOLS_MAX: usize = 64;

/// Which messages are meant.
#[derive(Debug, Clone)]
pub(super) struct Selection {
    /// The symbol asked for; `None`: the only one there is.
    pub wanted: Option<String>,
    /// Whether snapshots that do not say their symbol are this symbol's.
    pub trusts_unlabelled: bool,
}

/// A snapshot that becomes the book.
#[derive(Debug, Clone, Copy)]
pub(super) struct Join {
    /// Its number among the snapshots of this symbol, from 0.
    pub number: u64,
    pub last_id: u64,
    /// Venue time of the first delta applied after it: it happened before that.
    pub before: Option<i64>,
}

/// What the first pass learned.
pub(super) struct Scan {
    selection: Selection,
    pub probe: ScaleProbe,
    pub latency: LatencyProbe,
    pub product: Option<Product>,
    pub symbol: Option<String>,
    pub symbols: BTreeSet<String>,
    pub joins: Vec<Join>,
    pub depth_messages: u64,
    pub snapshots: u64,
    /// Snapshots without symbol.
    pub unlabelled: u64,
    joiner: Joiner,
    depth_at: i64,
    /// Scales are given: no need to look at every number.
    needs_scales: bool,
    names: Vec<String>,
}

impl Selection {
    /// True for a message of the symbol.
    ///
    /// # Errors
    /// [`Mismatch`] when no symbol was asked for and a second one appears.
    pub fn takes(&self, known: &mut Option<String>, symbol: &str) -> Result<bool, Mismatch> {
        if let Some(wanted) = &self.wanted {
            return Ok(wanted == symbol);
        }
        match known {
            None => {
                *known = Some(symbol.to_owned());
                Ok(true)
            }
            Some(known) if known == symbol => Ok(true),
            Some(known) => Err(Mismatch::new(symbol, format!("symbol {known}, as in the lines before"))
                .key("s")
                .hint("choose one of them with --symbol")),
        }
    }

    /// As [`Selection::takes`], for a snapshot: only COIN-M says the symbol.
    pub fn takes_snapshot(&self, known: &mut Option<String>, symbol: Option<&str>) -> Result<bool, Mismatch> {
        symbol.map_or(Ok(self.trusts_unlabelled), |symbol| self.takes(known, symbol))
    }
}

impl Depth<'_> {
    /// Venue time in nanoseconds: of matching where the venue says it, else of the message.
    pub fn venue_at(&self) -> Result<i64, Mismatch> {
        match self.transaction_time {
            Some(time) => venue_time("T", time),
            None => venue_time("E", self.event_time),
        }
    }

    /// The update ids it covers.
    pub fn covered(&self) -> Result<Covered, Mismatch> {
        let after = self.previous_id.unwrap_or(self.first_id.saturating_sub(1));
        if self.last_id < self.first_id || self.last_id < after {
            let found = format!("U {} u {} pu {:?}", self.first_id, self.last_id, self.previous_id);
            return Err(Mismatch::new(&found, "U at most u, and pu at most u").key("u"));
        }
        Ok(Covered { after, upto: self.last_id })
    }

    fn product(&self) -> Product {
        match (self.previous_id, self.pair) {
            (None, _) => Product::BinanceSpot,
            (Some(_), None) => Product::BinanceUsdm,
            (Some(_), Some(_)) => Product::BinanceCoinm,
        }
    }
}

impl Scan {
    /// `names` are the input files, for findings.
    pub fn new(selection: Selection, needs_scales: bool, names: Vec<String>) -> Self {
        Self {
            symbol: selection.wanted.clone(),
            selection,
            probe: ScaleProbe::new(),
            latency: LatencyProbe::default(),
            product: None,
            symbols: BTreeSet::new(),
            joins: Vec::new(),
            depth_messages: 0,
            snapshots: 0,
            unlabelled: 0,
            joiner: Joiner::new(Start::Snapshot),
            depth_at: i64::MIN,
            needs_scales,
            names,
        }
    }

    pub fn message(&mut self, arrival: &Arrival, message: &Message<'_>) -> Result<(), Halt> {
        match message {
            Message::Depth(depth) if self.takes(depth.symbol)? => self.depth(arrival, depth)?,
            Message::Trade(trade) if self.takes(trade.symbol)? => self.trade(arrival, trade)?,
            Message::Snapshot(snapshot) => self.snapshot(arrival, snapshot)?,
            Message::Ticker(ticker) if self.takes(ticker.symbol)? => self.ticker(ticker)?,
            Message::Depth(_) | Message::Trade(_) | Message::Ticker(_) | Message::Other => {}
        }
        Ok(())
    }

    fn takes(&mut self, symbol: &str) -> Result<bool, Mismatch> {
        if self.symbols.len() < SYMBOLS_MAX && !self.symbols.contains(symbol) {
            self.symbols.insert(symbol.to_owned());
        }
        self.selection.takes(&mut self.symbol, symbol)
    }

    fn depth(&mut self, arrival: &Arrival, depth: &Depth<'_>) -> Result<(), Mismatch> {
        self.set_product(depth.product(), "a depth message")?;
        self.depth_messages += 1;
        let venue_at = depth.venue_at()?;
        self.observe_latency(arrival, venue_at);
        self.observe_levels("b", &depth.bids)?;
        self.observe_levels("a", &depth.asks)?;
        self.depth_at = self.depth_at.max(venue_at);
        if self.joiner.delta(depth.covered()?) == OnDelta::Apply
            && let Some(join) = self.joins.last_mut()
        {
            join.before.get_or_insert(self.depth_at);
        }
        Ok(())
    }

    fn trade(&mut self, arrival: &Arrival, trade: &TradeMessage<'_>) -> Result<(), Mismatch> {
        let venue_at = venue_time("T", trade.trade_time)?;
        self.observe_latency(arrival, venue_at);
        if self.product.is_none() && trade.origin.is_some() {
            let inverse = trade.symbol.contains("USD_");
            self.product = Some(if inverse { Product::BinanceCoinm } else { Product::BinanceUsdm });
        }
        if self.needs_scales {
            self.probe.observe_price(trade.price).map_err(|mismatch| mismatch.key("p"))?;
            self.probe.observe_trade_quantity(trade.quantity).map_err(|mismatch| mismatch.key("q"))?;
        }
        Ok(())
    }

    /// Tickers are compared with the book, so they must fit its scales.
    fn ticker(&mut self, ticker: &Ticker<'_>) -> Result<(), Mismatch> {
        if self.needs_scales {
            for (keys, price, quantity) in [
                (["b", "B"], ticker.bid_price, ticker.bid_quantity),
                (["a", "A"], ticker.ask_price, ticker.ask_quantity),
            ] {
                self.probe.observe_price(price).map_err(|mismatch| mismatch.key(keys[0]))?;
                self.probe.observe_quantity(quantity).map_err(|mismatch| mismatch.key(keys[1]))?;
            }
        }
        Ok(())
    }

    fn snapshot(&mut self, arrival: &Arrival, snapshot: &Snapshot<'_>) -> Result<(), Mismatch> {
        self.unlabelled += u64::from(snapshot.symbol.is_none());
        if let Some(symbol) = snapshot.symbol {
            self.takes(symbol)?;
        }
        if !self.selection.takes_snapshot(&mut self.symbol, snapshot.symbol)? {
            return Ok(());
        }
        if let Some(time) = snapshot.transaction_time {
            self.observe_latency(arrival, venue_time("T", time)?);
        }
        self.observe_levels("bids", &snapshot.bids)?;
        self.observe_levels("asks", &snapshot.asks)?;
        if self.joiner.snapshot(snapshot.last_id) == OnSnapshot::Join {
            self.joins.push(Join { number: self.snapshots, last_id: snapshot.last_id, before: None });
        }
        self.snapshots += 1;
        Ok(())
    }

    fn set_product(&mut self, product: Product, what: &str) -> Result<(), Mismatch> {
        match self.product {
            Some(known) if known != product && self.depth_messages != 0 => {
                let found = format!("{what} of {}", product.venue());
                Err(Mismatch::new(&found, format!("{}, as in the lines before", known.venue()))
                    .hint("import one product at a time"))
            }
            _ => {
                self.product = Some(product);
                Ok(())
            }
        }
    }

    fn observe_latency(&mut self, arrival: &Arrival, venue_at: i64) {
        let name = || super::name(&self.names, arrival.spot(venue_at));
        self.latency.observe(arrival.local_at, venue_at, name);
    }

    fn observe_levels(&mut self, key: &str, levels: &[LevelText<'_>]) -> Result<(), Mismatch> {
        if !self.needs_scales {
            return Ok(());
        }
        for (index, LevelText(price, quantity)) in levels.iter().enumerate() {
            let key = |at: usize| format!("{key}[{index}][{at}]");
            self.probe.observe_price(price).map_err(|mismatch| mismatch.key(key(0)))?;
            self.probe.observe_quantity(quantity).map_err(|mismatch| mismatch.key(key(1)))?;
        }
        Ok(())
    }
}
