//! The commands over a run's ledger, by the real program.

use assert_cmd::Command;
use seatrial::journal::{Entry, EntrySink, JournalReader, JournalWriter};
use seatrial::ledger::{Books, CostMethod, Opening, Trade};
use seatrial::model::{ContractKind, FeeSchedule, Filters, Instrument, ReportKind, Side};
use seatrial::units::{Fixed, Money, Price, Quantity, Rate, Rounding};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// The scenario for tapes, which comes with a plain generated market.
const BACKTEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/backtest.toml");

/// An empty folder and the program running in it.
struct World {
    home: TempDir,
}

/// What a call left behind.
struct Called {
    code: i32,
    stdout: String,
    stderr: String,
}

impl World {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    /// With a short run in the folder `out`.
    fn with_run(more: &[&str]) -> Self {
        let world = Self::new();
        let own = more.first().is_some_and(|word| word.ends_with(".toml"));
        let scenario: &[&str] = if own { &[] } else { &[BACKTEST] };
        let short = ["--set", "run.max_rows=300000", "--no-drills", "--out", "out"];
        let called = world.call(&[&["run"], scenario, &short, more].concat());
        assert!([0, 1, 4].contains(&called.code), "{}", called.stderr);
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn call(&self, arguments: &[&str]) -> Called {
        let mut command = Command::cargo_bin("seatrial").unwrap();
        let output = command.current_dir(self.home.path()).args(arguments).output().unwrap();
        Called {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn entries(&self, journal: &str) -> Vec<Entry> {
        JournalReader::open(&self.path(journal)).unwrap().map(Result::unwrap).collect()
    }

    /// Changes the entries of the first lane's journal, and all that the manifest says of them.
    fn forge(&self, change: impl FnOnce(&mut Vec<Entry>)) {
        let path = self.path("out/journal-neutral.bin");
        let mut entries = self.entries("out/journal-neutral.bin");
        change(&mut entries);
        let mut writer = JournalWriter::file(&path).unwrap();
        entries.iter().for_each(|entry| writer.record(entry));
        let summary = writer.finish().unwrap();
        let hash = blake3::hash(&fs::read(&path).unwrap()).to_hex().to_string();
        self.edit_manifest(|manifest| {
            let lane = &mut manifest["lanes"][0];
            lane["digest"] = summary.digest.to_string().into();
            lane["head"] = summary.head.to_string().into();
            lane["entries"] = summary.entries.into();
            manifest["files"]["journal-neutral.bin"] = hash.into();
        });
    }

    fn edit_manifest(&self, edit: impl FnOnce(&mut Value)) {
        let path = self.path("out/manifest.json");
        let mut manifest: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        edit(&mut manifest);
        fs::write(&path, serde_json::to_string_pretty(&manifest).unwrap()).unwrap();
    }
}

impl Called {
    fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout {}\nstderr {}", self.stdout, self.stderr);
        self
    }

    fn prints(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "expected `{text}` in stdout\n{}", self.stdout);
        self
    }

    fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "expected `{text}` in stderr\n{}", self.stderr);
        self
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }
}

fn place_of_fill(entries: &[Entry], number: usize) -> usize {
    let is_fill = |entry: &Entry| matches!(entry, Entry::Venue(report) if matches!(report.kind, ReportKind::Filled(_)));
    (0..entries.len()).filter(|&place| is_fill(&entries[place])).nth(number).expect("so many fills")
}

#[test]
fn a_run_reconciles_in_every_lane() {
    let world = World::with_run(&[]);
    let text = world.call(&["ledger", "reconcile", "out"]).expect(0);
    insta::assert_snapshot!("ledger_reconcile", text.stdout);
    assert_eq!(text.stderr, "");
    let object = world.call(&["ledger", "reconcile", "out", "--json"]).expect(0).json();
    assert_eq!(object["clean"], true);
    let lanes = object["lanes"].as_array().unwrap();
    assert_eq!(
        lanes.iter().map(|lane| lane["preset"].as_str().unwrap()).collect::<Vec<_>>(),
        ["neutral", "optimistic", "pessimistic"]
    );
    assert_eq!(lanes[0]["markets"][0]["figures"].as_array().unwrap().len(), 5);
    assert!(lanes.iter().all(|lane| lane["fills"].as_u64().unwrap() > 0), "{object}");
}

#[test]
fn opening_positions_and_several_markets_reconcile() {
    let opened = ["--set", "opening.position=\"0.02\"", "--set", "opening.quote=\"5000\""];
    World::with_run(&opened).call(&["ledger", "reconcile", "out"]).expect(0).prints("no difference");
    let priced = [&opened[..], &["--set", "opening.position_price=\"61000.5\""]].concat();
    World::with_run(&priced).call(&["ledger", "reconcile", "out"]).expect(0).prints("no difference");
    let scenario = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios/two-markets.toml");
    let world = World::with_run(&[scenario.to_str().unwrap()]);
    let object = world.call(&["ledger", "reconcile", "out", "--json"]).expect(0).json();
    assert_eq!(object["lanes"][0]["markets"].as_array().unwrap().len(), 2);
}

/// Journal and manifest forged together: nothing is broken but the money.
#[test]
fn a_forged_fee_is_found_at_its_entry() {
    let world = World::with_run(&[]);
    let mut place = 0;
    world.forge(|entries| {
        place = place_of_fill(entries, 3);
        let Entry::Venue(report) = &mut entries[place] else { unreachable!() };
        let ReportKind::Filled(fill) = &mut report.kind else { unreachable!() };
        fill.fee += Money::from_atto(1);
    });
    let called = world.call(&["ledger", "reconcile", "out"]).expect(1);
    let called = called
        .prints(&format!("entry {place} at "))
        .prints("0.000000000000000001 apart")
        .says("the accounts of out differ");
    let line = called.stdout.lines().find(|line| line.starts_with("entry ")).unwrap().to_owned();
    assert!(line.starts_with(&format!("entry {place} at ")), "{line}");
    let object = world.call(&["ledger", "reconcile", "out", "--json"]).expect(1).json();
    assert_eq!(object["lanes"][0]["differences"][0]["entry"], place);
    assert_eq!(object["lanes"][1]["clean"], true);
}

#[test]
fn the_run_itself_is_held_to_its_journal() {
    let world = World::with_run(&[]);
    world.edit_manifest(|manifest| manifest["lanes"][2]["equity"] = "99".into());
    world.call(&["ledger", "reconcile", "out"]).expect(1).prints("run 99 (").says("(1 found)");
}

#[test]
fn what_is_no_run_is_unreadable_or_unsound() {
    let reconcile = ["ledger", "reconcile", "out"];
    World::new().call(&reconcile).expect(3).says("expected the folder of a finished run");
    let world = World::with_run(&[]);
    let journal = world.path("out/journal-optimistic.bin");
    let whole = fs::read(&journal).unwrap();
    fs::write(&journal, &whole[..whole.len() / 2]).unwrap();
    world.call(&reconcile).expect(3).says("journal-optimistic.bin: block ");
    fs::remove_file(&journal).unwrap();
    world.call(&reconcile).expect(3).says("cannot open");
    fs::write(&journal, &whole).unwrap();
    world.call(&reconcile).expect(0);
    let half = world.entries("out/journal-optimistic.bin");
    let mut writer = JournalWriter::file(&journal).unwrap();
    half[..half.len() / 2].iter().for_each(|entry| writer.record(entry));
    writer.finish().unwrap();
    world.call(&reconcile).expect(1).says("does not hold together");
    fs::write(&journal, &whole).unwrap();
    world.edit_manifest(|manifest| manifest["format"] = 99.into());
    world.call(&reconcile).expect(3).says("format 99");
    let world = World::with_run(&["--set", "run.journal=windows"]);
    world.call(&reconcile).expect(3).says("kept at detail `windows`");
}

#[test]
fn a_ledger_is_exported_and_a_copy_held_against_the_run() {
    let world = World::with_run(&[]);
    let verified = world.call(&["ledger", "verify", "out"]).expect(0).prints("sound: every record balances");
    let exported = world.call(&["ledger", "export", "out"]).expect(0).stdout;
    let last = exported.lines().next_back().unwrap();
    let head = last.rsplit_once(',').unwrap().1;
    let first = verified.stdout.lines().next().unwrap();
    assert_eq!(first, format!("lane neutral, BTCUSDT: {} records, head {head}", exported.lines().count() - 1));
    let object = world.call(&["ledger", "verify", "out", "--json"]).expect(0).json();
    assert_eq!(object["ledgers"][0]["head"], head);
    let copy = world.path("copy.csv");
    let verify = ["ledger", "verify", "out", "--copy", "copy.csv"];
    world.call(&verify).expect(3).says("copy.csv: cannot read");
    fs::write(&copy, &exported).unwrap();
    world.call(&verify).expect(0).prints("follows from the journal");
    let lines: Vec<&str> = exported.lines().collect();
    for bad in [3, 7] {
        let mut edited: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        edited[bad] = edited[bad].replacen(" @ ", " @ 1", 1);
        fs::write(&copy, edited.join("\n")).unwrap();
        world.call(&verify).expect(1).prints(&format!("line {}: digest ", bad + 1)).says("is not the ledger of out");
    }
    fs::write(&copy, lines[..lines.len() - 1].join("\n")).unwrap();
    world.call(&verify).expect(1).prints("found the end; expected another record");
    fs::write(&copy, &exported).unwrap();
    world
        .call(&["ledger", "export", "out", "--lane", "other"])
        .expect(2)
        .says("expected neutral, optimistic, pessimistic");
    world
        .call(&["ledger", "export", "out", "--market", "X"])
        .expect(2)
        .says("no market `X` in the run; expected BTCUSDT");
}

#[test]
fn days_are_stated_as_table_values_and_object() {
    let world = World::with_run(&["--no-band"]);
    let text = world.call(&["ledger", "statement", "out", "--method", "lifo", "--at", "01:00"]).expect(0);
    insta::assert_snapshot!("ledger_statement", text.stdout);
    let object = world.call(&["ledger", "statement", "out", "--json"]).expect(0).json();
    assert_eq!((&object["method"], &object["day_ends"]), (&"average".into(), &"00:00".into()));
    let rows = object["account"].as_array().unwrap();
    let manifest: Value = serde_json::from_str(&fs::read_to_string(world.path("out/manifest.json")).unwrap()).unwrap();
    assert_eq!(rows[rows.len() - 1]["closing"], manifest["lanes"][0]["equity"]);
    let trades: u64 = rows.iter().map(|row| row["trades"].as_u64().unwrap()).sum();
    assert_eq!(trades, manifest["lanes"][0]["fills"].as_u64().unwrap());
    let values = world.call(&["ledger", "statement", "out", "--csv"]).expect(0).stdout;
    let names = values.lines().next().unwrap().split(',').count();
    assert!(values.lines().all(|line| line.split(',').count() == names), "{values}");
    assert_eq!(values.lines().count(), rows.len() + 1);
    world.call(&["ledger", "statement", "out", "--at", "24:00"]).expect(2).says("from 00:00 to 23:59, found `24:00`");
    world.call(&["ledger", "statement", "out", "--method", "best"]).expect(2).says("average, fifo, lifo");
}

#[test]
fn the_account_of_several_markets_has_rows_of_its_own() {
    let scenario = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios/two-markets.toml");
    let world = World::with_run(&[scenario.to_str().unwrap(), "--no-band"]);
    world.call(&["ledger", "statement", "out"]).expect(0).prints("\nthe account\n");
    let object = world.call(&["ledger", "statement", "out", "--json"]).expect(0).json();
    let closing = |rows: &Value| Money::parse(rows[0]["closing"].as_str().unwrap()).unwrap();
    let markets = object["markets"].as_array().unwrap();
    let sum: Money = markets.iter().map(|market| closing(&market["rows"])).sum();
    assert_eq!((sum, markets.len()), (closing(&object["account"]), 2));
}

/// Two bots over the same day: what one gives the best receive.
#[test]
fn reinvestment_conserves_money_between_runs() {
    let world = World::new();
    for (seed, out) in [("1", "first"), ("2", "second")] {
        let run = ["run", BACKTEST, "--no-band", "--no-drills", "--seed", seed, "--out", out];
        let short = ["--set", "market.synthetic.duration=\"1d\"", "--set", "run.duration=\"1d\""];
        assert!([0, 1, 4].contains(&world.call(&[&run[..], &short].concat()).code));
    }
    let whole = ["ledger", "reinvest", "first", "second", "--threshold", "0", "--at", "00:30", "--top", "1"];
    let text = world.call(&whole).expect(0).prints("to the best 1 of 2 bots, average cost");
    assert_eq!(text.stdout.matches("made ").count(), 2, "{}", text.stdout);
    let object = world.call(&[&whole[..], &["--json"]].concat()).expect(0).json();
    let sum = |transfers: &Value| -> Money {
        let amounts = transfers.as_array().unwrap().iter();
        amounts.map(|transfer| Money::parse(transfer["amount"].as_str().unwrap()).unwrap()).sum()
    };
    for day in object["days"].as_array().unwrap() {
        assert_eq!(sum(&day["given"]) + sum(&day["received"]), Money::ZERO);
        assert_eq!(day["results"].as_array().unwrap().len(), 2);
    }
    world.call(&["ledger", "reinvest", "first", "first"]).expect(2).says("two bots are named `first`");
    world.call(&["ledger", "reinvest", "first", "--percent", "101"]).expect(2);
    world.call(&["ledger", "reinvest", "first", "--top", "0"]).expect(2);
    world.call(&["ledger", "reinvest", "first", "--threshold", "-1"]).expect(2);
}

/// The worked examples of `docs/ledger.md`, played.
#[test]
fn the_documents_examples_are_what_the_books_say() {
    let document = include_str!("../docs/ledger.md");
    let (mut books, mut played) = (Vec::new(), 0);
    for line in document.lines() {
        if line.starts_with("| trade |") {
            books = vec![fresh_books()];
        }
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [what, position, figures @ ..] = cells.as_slice() else { continue };
        let words: Vec<&str> = what.split(' ').collect();
        let (Some(books), [side, quantity, "at", price]) = (books.last_mut(), words.as_slice()) else { continue };
        let side = if *side == "buy" { Side::Buy } else { Side::Sell };
        let (quantity, price) = (Quantity::new(quantity.parse().unwrap()), Price::new(price.parse().unwrap()));
        books.trade(&Trade { side, price, quantity, fee: Money::ZERO }).unwrap();
        let said = CostMethod::ALL.into_iter().flat_map(|method| [books.realized(method), books.basis(method)]);
        assert_eq!(said.map(|amount| amount.to_string()).collect::<Vec<_>>(), figures, "{line}");
        assert_eq!(books.position().steps().to_string(), *position, "{line}");
        played += 1;
    }
    assert_eq!(played, 9);
}

fn fresh_books() -> Books {
    let one = Fixed::new(1, 0);
    let instrument = Instrument {
        symbol: "TEST".to_owned(),
        venue: "test".to_owned(),
        kind: ContractKind::Linear,
        base: "BASE".to_owned(),
        quote: "QUOTE".to_owned(),
        tick_size: one,
        step_size: one,
        multiplier: one,
        fees: FeeSchedule { maker: Rate::ZERO, taker: Rate::ZERO, rounding: Rounding::TowardVenue, decimals: 8 },
        filters: Filters::lot_only(Quantity::new(1)),
        inferred: Vec::new(),
    };
    Books::new(&instrument, &Opening::default()).unwrap()
}
