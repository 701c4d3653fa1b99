//! A run of a scenario through the whole command line, and what it left behind.

use super::odd;
use seatrial::cli::{ExitStatus, main_with};
use seatrial::journal::{Entry, JournalReader};
use seatrial::model::{
    ClientOrderId, Command, ExecutionReport, MarketId, RejectReason, ReportKind, WireEvent, WireFault,
};
use seatrial::units::{SECOND, Timestamp};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

/// Monday, 5 January 2026: where generated markets begin.
pub const START: Timestamp = Timestamp::from_nanos(1_767_571_200_000_000_000);

/// What a run left behind.
pub struct Seen {
    pub entries: Vec<Entry>,
    pub report: Value,
    pub page: String,
}

/// So many seconds after the start.
pub fn after(seconds: i64) -> Timestamp {
    START.plus(SECOND.times(seconds))
}

fn call(words: &[&str]) -> ExitStatus {
    main_with(["seatrial"].iter().chain(words).map(OsString::from), &odd::registry())
}

fn journal(out: &Path) -> Vec<Entry> {
    let files = std::fs::read_dir(out).unwrap().map(|file| file.unwrap().path());
    let path = files.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "bin")).unwrap();
    JournalReader::open(&path).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Runs the scenario; the audit, the ledger and the chain of the journal are held to be sound.
pub fn run(text: &str) -> Seen {
    let home = tempfile::tempdir().unwrap();
    let (file, out) = (home.path().join("fault.toml"), home.path().join("out"));
    std::fs::write(&file, text).unwrap();
    let [file, folder] = [&file, &out].map(|path| path.to_str().unwrap().to_owned());
    let status = call(&["run", &file, "--no-drills", "--out", &folder]);
    let ran = matches!(status, ExitStatus::Go | ExitStatus::NoGo | ExitStatus::Insufficient);
    assert!(ran, "ended as {status:?}:\n{text}");
    assert_eq!(call(&["verify", &folder]), ExitStatus::Go, "{text}");
    assert_eq!(call(&["ledger", "reconcile", &folder]), ExitStatus::Go, "{text}");
    let read = |name: &str| std::fs::read_to_string(out.join(name)).unwrap();
    Seen {
        entries: journal(&out),
        report: serde_json::from_str(&read("report.json")).unwrap(),
        page: read("report.html"),
    }
}

impl Seen {
    /// What the audit found wrong with the bot and its controls, each in a line.
    pub fn findings(&self) -> Vec<String> {
        let lanes = self.report["audit"]["lanes"].as_array().unwrap();
        lanes.iter().flat_map(|lane| lane["findings"].as_array().unwrap()).map(Value::to_string).collect()
    }

    /// Firings of a fault in the order of the journal: when, at which market, of which order, with which cause id.
    pub fn firings(&self, fault: WireFault) -> Vec<(Timestamp, MarketId, ClientOrderId, u64)> {
        let firing = |entry: &Entry| match *entry {
            Entry::Wire { at, market, client_order_id, event: WireEvent::Fault { fault: fired, cause } }
                if fired == fault =>
            {
                Some((at, market, client_order_id, cause))
            }
            _ => None,
        };
        self.entries.iter().filter_map(firing).collect()
    }

    /// Cause ids of a connection count up from 1 and skip none.
    pub fn causes_count_up(&self) -> bool {
        let mut last: BTreeMap<(MarketId, bool), u64> = BTreeMap::new();
        self.entries.iter().all(|entry| match *entry {
            Entry::Wire { market, event: WireEvent::Fault { fault, cause }, .. } => {
                let before = last.insert((market, fault.is_of_feed()), cause).unwrap_or_default();
                cause == before + 1
            }
            _ => true,
        })
    }

    pub fn has(&self, is_it: impl Fn(&Entry) -> bool) -> bool {
        self.entries.iter().any(is_it)
    }

    pub fn wire(&self, is_it: impl Fn(WireEvent) -> bool) -> bool {
        self.has(|entry| matches!(entry, Entry::Wire { event, .. } if is_it(*event)))
    }

    /// When the wire first says so of an order.
    pub fn noted(&self, id: ClientOrderId, is_it: impl Fn(WireEvent) -> bool) -> Option<Timestamp> {
        self.entries.iter().find_map(|entry| match *entry {
            Entry::Wire { at, client_order_id, event, .. } if client_order_id == id && is_it(event) => Some(at),
            _ => None,
        })
    }

    /// How often an invariant was looked at, and broken.
    pub fn invariant(&self, name: &str) -> (u64, u64) {
        let lanes = self.report["audit"]["lanes"].as_array().unwrap();
        let all = lanes.iter().flat_map(|lane| lane["invariants"].as_array().unwrap());
        let rows: Vec<&Value> = all.filter(|row| row["name"] == name).collect();
        let sum = |key: &str| rows.iter().filter_map(|row| row[key].as_u64()).sum();
        (sum("checked"), sum("broken"))
    }

    pub fn reports(&self) -> impl Iterator<Item = &ExecutionReport> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Venue(report) => Some(report),
            _ => None,
        })
    }

    pub fn reported(&self, is_it: impl Fn(&ReportKind) -> bool) -> bool {
        self.reports().any(|report| is_it(&report.kind))
    }

    /// The venue rejected a new order for that reason.
    pub fn rejected(&self, reason: RejectReason) -> bool {
        self.reported(|kind| *kind == ReportKind::Rejected(reason))
    }

    pub fn told(&self, told: Command) -> bool {
        self.has(|entry| matches!(entry, Entry::Command { command, .. } if *command == told))
    }

    /// The venue took an order in that it was sent at that instant or later.
    pub fn trades_after(&self, at: Timestamp) -> bool {
        self.reports().any(|report| report.kind == ReportKind::Accepted && at <= report.matched_at)
    }

    /// A figure of the report's metrics, by its path.
    pub fn figure(&self, path: &str) -> u64 {
        self.report["metrics"].pointer(path).and_then(Value::as_u64).unwrap_or_default()
    }

    /// A column of a fault's row in the report's table of the wire.
    pub fn column(&self, fault: WireFault, column: &str) -> u64 {
        let rows = self.report["metrics"]["wire"]["faults"].as_array();
        let row = rows.and_then(|rows| rows.iter().find(|row| row["fault"] == fault.as_str()));
        row.and_then(|row| row[column].as_u64()).unwrap_or_default()
    }

    /// No order was sent twice, and none under another number.
    pub fn one_order_each(&self) -> bool {
        let accepted: Vec<ClientOrderId> = self
            .reports()
            .filter(|report| report.kind == ReportKind::Accepted)
            .map(|report| report.client_order_id)
            .collect();
        let distinct: std::collections::BTreeSet<_> = accepted.iter().collect();
        distinct.len() == accepted.len() && !self.wire(|event| matches!(event, WireEvent::ResentAs(_)))
    }
}
