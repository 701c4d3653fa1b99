//! Once a day, what the bots of a user have realised moves money between them: by the rule, to the atto, and audited.

mod program;

use arrow_buffer::i256;
use program::World;
use proptest::prelude::*;
use seatrial::audit::Audit;
use seatrial::journal::{Entry, EntrySink, JournalReader, JournalWriter};
use seatrial::model::{Charge, ExecutionReport, Instrument, ReportKind};
use seatrial::readiness::AuditEvidence;
use seatrial::scenario::{
    Executed, Manifest, Overrides, Registry, Scenario, Trial, audit_trial, bind, execute, execute_user, reconcile_trial,
};
use seatrial::units::{DAY, MINUTE, Money, Quantity, Timestamp};
use std::fs;
use std::path::{Path, PathBuf};

/// What happened in a lane: one line a reinvestment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Row {
    at: Timestamp,
    asked: Money,
    amount: Money,
}

/// A user's run in a folder of its own.
struct Ran {
    home: tempfile::TempDir,
    trials: Vec<Trial>,
    executed: Vec<Executed>,
}

fn scenario(text: &str) -> Scenario {
    Scenario::parse("reinvest.toml", text, None, &Overrides::default(), &Registry::builtin())
        .unwrap_or_else(|problems| panic!("{problems}\n{text}"))
}

fn ran(text: &str) -> Ran {
    let home = tempfile::tempdir().unwrap();
    let bots = scenario(text).bots();
    let trials: Vec<Trial> = bots.iter().map(|bot| bind(bot, &Registry::builtin()).unwrap()).collect();
    let folder = |place: usize| home.path().join(trials[place].bot_name());
    (0..trials.len()).for_each(|place| fs::create_dir_all(folder(place)).unwrap());
    let user = trials[0].user.as_ref().unwrap();
    let executed = execute_user(user, |place| Some(folder(place)), &mut |_| {}).unwrap();
    Ran { home, trials, executed }
}

impl Ran {
    fn folder(&self, place: usize) -> PathBuf {
        self.home.path().join(self.trials[place].bot_name())
    }

    fn journal(&self, place: usize, lane: usize) -> PathBuf {
        self.folder(place).join(format!("journal-{}.bin", self.executed[place].lanes[lane].preset))
    }

    fn entries(&self, place: usize, lane: usize) -> Vec<Entry> {
        read(&self.journal(place, lane))
    }

    fn rows(&self, place: usize) -> Vec<Row> {
        rows(&self.entries(place, 0))
    }

    fn manifest(&self, place: usize) -> Manifest {
        Manifest::of(&self.trials[place], &self.executed[place], Registry::builtin().identity(), None)
    }

    fn audits(&self, place: usize) -> (Vec<Audit>, Vec<String>) {
        let with = (&self.trials[place], &Registry::builtin());
        let found = audit_trial(&self.folder(place), &self.manifest(place), with, &|_| {}).unwrap();
        let AuditEvidence::Audited { lanes, unchecked } = found else { panic!("not audited") };
        (lanes.into_iter().map(|lane| lane.audit).collect(), unchecked)
    }

    /// What the audit of a bot finds, in all lanes.
    fn findings(&self, place: usize) -> Vec<String> {
        let (audits, unchecked) = self.audits(place);
        assert_eq!(unchecked, [] as [&str; 0]);
        let events = |audit: &Audit| audit.invariants.iter().find(|row| row.name == "events").cloned();
        audits.iter().for_each(|audit| assert_eq!(events(audit).expect("a row").not_audited, None));
        audits.iter().flat_map(|audit| audit.findings.iter().map(ToString::to_string)).collect()
    }

    fn all_findings(&self) -> Vec<String> {
        (0..self.trials.len()).flat_map(|place| self.findings(place)).collect()
    }

    /// Changes a bot's journal, and what the manifests of all say of it.
    fn forge(&mut self, place: usize, change: impl FnOnce(&mut Vec<Entry>)) {
        let mut entries = self.entries(place, 0);
        change(&mut entries);
        let mut writer = JournalWriter::file(&self.journal(place, 0)).unwrap();
        entries.iter().for_each(|entry| writer.record(entry));
        let digest = writer.finish().unwrap().digest;
        for executed in &mut self.executed {
            executed.user.as_mut().unwrap().bots[place].lanes[0].digest = digest;
        }
    }
}

fn read(path: &Path) -> Vec<Entry> {
    JournalReader::open(path).unwrap().map(Result::unwrap).collect()
}

fn rows(entries: &[Entry]) -> Vec<Row> {
    let row = |entry: &Entry| match *entry {
        Entry::Allocated { at, asked, amount, line: 0, .. } => Some(Row { at, asked, amount }),
        _ => None,
    };
    entries.iter().filter_map(row).collect()
}

/// Three bots that trade nothing; what they have realised is what a script gives them.
fn idle(rule: &str, more: &str) -> String {
    // Two reinvestments where something happens on the second day, else one.
    let hours = if more.contains("26h") { 27 } else { 3 };
    let bots: String =
        ["a", "b", "c"].map(|name| format!("[[bots]]\nname = \"{name}\"\nstrategy = \"do-nothing\"\n")).concat();
    format!(
        "mode = \"paper\"\nalerts = \"off\"\n[market.synthetic]\nduration = \"{hours}h\"\nmessages_per_second = 1\n[run]\nband = false\n\
         [reinvest]\n{rule}\n{bots}{more}"
    )
}

fn gift(at: &str, bot: &str, amount: &str) -> String {
    format!(
        "[[events]]\nat = \"{at}\"\nkind = \"adjustment\"\namount = \"{amount}\"\nbot = \"{bot}\"\nreason = \"made\"\n"
    )
}

fn amounts(ran: &Ran) -> Vec<Vec<String>> {
    let text = |place: usize| ran.rows(place).iter().map(|row| row.amount.to_string()).collect();
    (0..ran.trials.len()).map(text).collect()
}

#[test]
fn the_defaults_move_four_fifths_of_500_at_two() {
    let more = [
        gift("1h", "a", "600"),
        gift("2h", "b", "300"),
        gift("90min", "c", "-400"),
        gift("26h", "c", "499.999999999999999"),
    ];
    let ran = ran(&idle("", &more.concat()));
    // Of 500 made together 400 are moved: 600 and 300 give in proportion, and each of the two receives 200. A day later an
    // atto short of 500 is not enough... and the gifts of the very instants are of the days that end with them.
    let text = |rows: [&str; 2]| rows.map(str::to_owned).to_vec();
    let expected = [text(["-66.666666666666666666", "0"]), text(["66.666666666666666666", "0"]), text(["0", "0"])];
    assert_eq!(amounts(&ran), expected);
    let start = ran.executed[0].start;
    assert_eq!(
        ran.rows(0).iter().map(|row| row.at.since(start)).collect::<Vec<_>>(),
        [MINUTE.times(120), MINUTE.times(120 + 1440)]
    );
    assert_eq!(ran.all_findings(), [] as [&str; 0]);
}

#[test]
fn the_threshold_itself_is_enough_and_more_places_than_bots_are_all_of_them() {
    for (made, moved) in [("500", ["-0", "0", "0"]), ("499.999999999999999", ["0", "0", "0"])] {
        let ran = ran(&idle("top = 1000", &gift("1h", "a", made)));
        // The only winner gives 400 and receives 400.
        assert_eq!(amounts(&ran)[0][0].trim_start_matches('-'), moved[0].trim_start_matches('-'));
        assert_eq!(ran.all_findings(), [] as [&str; 0], "{made}");
    }
    let edge = |made: &str| {
        let more = [gift("1h", "a", made), gift("1h", "b", "200")].concat();
        let ran = ran(&idle("percent = 100\ntop = 1000", &more));
        assert_eq!(ran.all_findings(), [] as [&str; 0], "{made}");
        (ran.rows(0)[0].asked, ran.rows(1)[0].asked)
    };
    // 300 and 200 become 250 each.
    assert_eq!(edge("300"), (Money::from_units(-50), Money::from_units(50)));
    assert_eq!(edge("299.999999999999999"), (Money::ZERO, Money::ZERO));
}

/// An event of the same instant comes first: its money is part of the day's result, and what it took out is not free any more.
#[test]
fn what_is_not_free_is_moved_for_nobody() {
    let make = [gift("1h", "a", "600"), gift("1h", "b", "300")].concat();
    let take = |amount: &str| {
        format!("{make}[[events]]\nat = \"2h\"\nkind = \"allocation\"\namount = \"-{amount}\"\nbot = \"a\"\n")
    };
    // Of 900 made, 720 are moved: a gives 480 and b 240, and each receives 360. So a gives 120 in all.
    let opening = Money::from_units(10_000) + Money::from_units(600);
    let just = (opening - Money::from_units(120)).to_string();
    let more = (opening - Money::from_units(120) + Money::parse("0.00000001").unwrap()).to_string();
    let moved = |taken: &str| {
        let ran = ran(&idle("", &take(taken)));
        assert_eq!(ran.all_findings(), [] as [&str; 0], "{taken}");
        [0, 1, 2].map(|place| (ran.rows(place)[0].asked, ran.rows(place)[0].amount))
    };
    let (asked, none) = ([-120, 120, 0].map(Money::from_units), Money::ZERO);
    assert_eq!(moved(&just), asked.map(|asked| (asked, asked)));
    assert_eq!(moved(&more), asked.map(|asked| (asked, none)));
}

/// Two bots, the first of which gives 120: each defect is named by the audit of the bot in whose journal it is.
fn giver() -> Ran {
    let make = [gift("1h", "a", "600"), gift("1h", "b", "300")].concat();
    ran(&idle("", &make))
}

fn place_of(entries: &[Entry]) -> usize {
    entries.iter().position(|entry| matches!(entry, Entry::Allocated { line: 0, .. })).unwrap()
}

#[track_caller]
fn planted(place: usize, change: impl FnOnce(&mut Vec<Entry>), expected: &str) {
    let mut ran = giver();
    assert_eq!(ran.all_findings(), [] as [&str; 0]);
    ran.forge(place, change);
    let found = ran.findings(place);
    let events: Vec<&String> = found.iter().filter(|text| text.starts_with("events broken")).collect();
    assert!(events.iter().any(|text| text.contains(expected)), "{expected}: {found:#?}");
}

/// Another amount in the entry at that place, whatever marks say of it.
fn moves(to: &str) -> impl FnOnce(&mut Vec<Entry>) {
    let to = Money::parse(to).unwrap();
    move |entries| {
        let place = place_of(entries);
        if let Entry::Allocated { asked, amount, .. } = &mut entries[place] {
            (*asked, *amount) = (to, to);
        }
    }
}

#[test]
fn planted_defects_are_named() {
    planted(0, moves("-120.000000000000000001"), "expected -120: it had realised 600");
    planted(1, moves("0"), "asks for 0, expected 120");
    planted(2, moves("1"), "all bots together receive 1, expected 0");
    let dropped = |entries: &mut Vec<Entry>| {
        let place = place_of(entries);
        entries.remove(place);
    };
    planted(0, dropped, "did not come");
    let again = |entries: &mut Vec<Entry>| {
        let place = place_of(entries);
        entries.insert(place, entries[place]);
    };
    planted(1, again, "a reinvestment came, the next was due at");
    let later = |entries: &mut Vec<Entry>| {
        let place = place_of(entries);
        let mut moved = entries.remove(place);
        let at = place + entries[place..].iter().position(|entry| matches!(entry, Entry::Mark(_))).unwrap();
        if let (Entry::Allocated { at, .. }, Entry::Mark(mark)) = (&mut moved, &entries[at]) {
            *at = mark.at;
        }
        entries.insert(at + 1, moved);
    };
    planted(0, later, "did not come");
    let refused = |entries: &mut Vec<Entry>| {
        let place = place_of(entries);
        if let Entry::Allocated { amount, .. } = &mut entries[place] {
            *amount = Money::ZERO;
        }
    };
    planted(0, refused, "refused for others");
    let part = |entries: &mut Vec<Entry>| {
        let place = place_of(entries);
        if let Entry::Allocated { amount, .. } = &mut entries[place] {
            *amount = Money::from_units(-1);
        }
    };
    planted(0, part, "expected all or nothing");
    let elsewhere = |entries: &mut Vec<Entry>| {
        let place = place_of(entries);
        if let Entry::Allocated { line, .. } = &mut entries[place] {
            *line = 7;
        }
    };
    planted(0, elsewhere, "event 7, of which the scenario has none");
    // Carried out before its time, and stamped with it.
    let early = |entries: &mut Vec<Entry>| {
        let place = place_of(entries);
        let moved = entries.remove(place);
        let marks = entries[..place].iter().enumerate().rev().filter(|(_, entry)| matches!(entry, Entry::Mark(_)));
        let before = marks.map(|(place, _)| place).nth(20).unwrap();
        entries.insert(before, moved);
    };
    planted(0, early, "it stands behind the reinvestment of");
}

#[test]
fn a_refusal_of_all_that_had_no_reason_is_found_by_all() {
    let mut ran = giver();
    for place in 0..3 {
        ran.forge(place, |entries| {
            let place = place_of(entries);
            if let Entry::Allocated { amount, .. } = &mut entries[place] {
                *amount = Money::ZERO;
            }
        });
    }
    let found =
        [0, 1].map(|place| ran.findings(place).iter().any(|text| text.contains("it was refused, and what every")));
    assert_eq!(found, [true, true]);
}

/// Without the journals of the others nobody knows what had to be moved.
#[test]
fn without_the_others_amounts_are_not_audited() {
    let ran = giver();
    fs::remove_file(ran.journal(1, 0)).unwrap();
    let (audits, unchecked) = ran.audits(0);
    assert!(unchecked.iter().any(|text| text.contains("bot `b`: no journal-neutral.bin")), "{unchecked:?}");
    let row = audits[0].invariants.iter().find(|row| row.name == "events").unwrap();
    assert!(row.not_audited.is_some(), "{row:?}");
    assert!(audits[0].is_clean());
}

const MAKERS: &str = r#"
mode = "paper"
description = "Two makers of one user."
[market.synthetic]
duration = "3h"
messages_per_second = 2
[reinvest]
threshold = "100"
[[bots]]
name = "a"
strategy = "market-maker"
[bots.parameters]
interval = "60s"
[[bots]]
name = "b"
strategy = "market-maker"
[bots.parameters]
interval = "70s"
[[events]]
at = "1h"
kind = "adjustment"
amount = "600"
bot = "a"
reason = "made"
[[events]]
at = "1h"
kind = "adjustment"
amount = "300"
bot = "b"
reason = "made"
"#;

/// The program: its folder, its page, its ledgers, and one bot alone on trial, the other beside it.
#[test]
fn folders_pages_and_ledgers_know_of_it() {
    let world = World::new();
    world.write("two.toml", MAKERS);
    let called = world.call(&["run", "two.toml", "--out", "out"]);
    assert_eq!(called.code, 4, "{}\n{}", called.stdout, called.stderr);
    called.prints("Was to receive").prints("moved");
    world.call(&["verify", "out"]).expect(0);
    world.call(&["audit", "out"]).expect(0).prints("what the scenario has happen to the account came at its time");
    world.call(&["ledger", "reconcile", "out/a"]).expect(0);
    world.call(&["ledger", "export", "out/b"]).expect(0).prints("\"reinvestment\"");
    world.call(&["ledger", "statement", "out/b"]).expect(0);
    let own = fs::read_to_string(world.path("out/a/report.md")).unwrap();
    assert!(
        own.contains("| reinvestment | BTCUSDT | ") && own.contains("| reinvestment | daily at 02:00 UTC"),
        "{own}"
    );
    let page = fs::read_to_string(world.path("out/report.html")).unwrap();
    assert!(page.contains("<h2>Reinvestments</h2>") && page.contains("moved</span>"));
    world.call(&["run", "two.toml", "--set", "run.bot=b", "--out", "one"]);
    world.call(&["diff", "out/b", "one"]).expect(0).prints("same");
    world.call(&["audit", "one"]).prints("what reinvestments had to move: bot `a`: no journal-neutral.bin");
    let one = fs::read_to_string(world.path("one/report.json")).unwrap();
    assert!(one.contains("control-not-audited"), "a run whose reinvestments nobody could recompute is never GO");
    let whole = fs::read_to_string(world.path("out/b/report.json")).unwrap();
    assert!(!whole.contains("control-not-audited"));
    world.call(&["run", "two.toml", "--set", "reinvest.threshold=100000", "--out", "none"]);
    let page = fs::read_to_string(world.path("none/report.html")).unwrap();
    assert!(page.contains("below the threshold"));
    world.call(&["verify", "none"]).expect(0);
}

#[test]
fn what_is_wrong_with_the_table_has_its_place() {
    let world = World::new();
    world.write("two.toml", MAKERS);
    let cases = [
        ("reinvest.top=0", "reinvest.top: found 0"),
        ("reinvest.percent=0", "reinvest.percent: found 0"),
        ("reinvest.percent=300", "expected 1 to 100"),
        ("reinvest.threshold=-1", "reinvest.threshold: found -1"),
        ("reinvest.at=\"24:00\"", "expected a time of day from 00:00 to 23:59"),
        ("reinvest.topp=1", "did you mean `top`?"),
    ];
    for (set, expected) in cases {
        world.call(&["run", "two.toml", "--set", set, "--out", "x"]).expect(2).says(expected);
    }
    world.call(&["run", "--set", "reinvest.top=1", "--out", "x"]).expect(2).says("a scenario without `[[bots]]`");
    world.call(&["run", "two.toml", "--set", "reinvest.top=1", "--print-config"]).expect(0).prints("reinvest.top = 1");
    world.call(&["scenario", "schema"]).expect(0).prints("ReinvestFile");
}

/// On bars at the first close at or after it, also where the tape has a hole there, for bots that trade and for one that does not.
#[test]
fn on_bars_at_the_first_close_after_it() {
    let world = World::new();
    let first = 1_700_000_000_000_i64 / 60_000 * 60_000;
    let line = |minute: i64| {
        let (open, price) = (first + minute * 60_000, 100 + (minute * minute / 7) % 23);
        format!("{open},{price}.0,{price}.5,{}.5,{price}.2,12.5,{},0,1,0,0,0\n", price - 1, open + 59_999)
    };
    // The second 02:00 is at minute 1667, in a hole of twenty.
    let minutes = (0..2_000).filter(|minute| !(1_655..1_675).contains(minute));
    world.write("ABCUSDT-1m-2023-11.csv", &minutes.map(line).collect::<String>());
    let import = ["tape", "import", "binance-klines", "ABCUSDT-1m-2023-11.csv", "--out", "abc.tape"];
    world.call(&import).expect(0);
    let follower = |name: &str, slow: u32| {
        format!(
            "[[bots]]\nname = \"{name}\"\nstrategy = \"moving-average-cross\"\n[bots.parameters]\nbar = \"1min\"\n\
             fast = 2\nslow = {slow}\nquantity = \"1\"\n"
        )
    };
    let text = format!(
        "mode = \"paper\"\n[market]\ntape = \"{}\"\n[reinvest]\nthreshold = \"10\"\ntop = 1\n{}{}\
         [[bots]]\nname = \"c\"\nstrategy = \"do-nothing\"\n{}{}{}",
        world.path("abc.tape").display(),
        follower("a", 4),
        follower("b", 9),
        gift("1h", "a", "2000"),
        gift("2h", "c", "3000"),
        gift("25h", "c", "2500")
    );
    let mut ran = ran(&text);
    let fills: u64 = (0..2).map(|place| ran.executed[place].lanes[0].outcome.fills).sum();
    assert!(fills > 50, "{fills} fills");
    let instrument = ran.trials[0].instruments().remove(0);
    let told = [0, 1, 2].map(|place| ran.rows(place));
    let made = [0, 1, 2].map(|place| realised(&ran.entries(place, 0), &instrument));
    let minute = |row: &Row| (row.at.nanos() / 1_000_000 - first) / 60_000;
    for rows in &told {
        assert_eq!(rows.iter().map(minute).collect::<Vec<_>>(), [227, 1_676]);
    }
    for day in 0..2 {
        let results: Vec<i128> = made.iter().map(|made| made[day]).collect();
        let expected = by_hand(&results, Money::from_units(10), 1, 80);
        assert_eq!(told.iter().map(|rows| rows[day].asked.atto()).collect::<Vec<_>>(), expected);
    }
    assert!(told[2][0].amount > Money::ZERO, "{told:?}");
    assert_eq!(ran.all_findings(), [] as [&str; 0]);
    let late = |entries: &mut Vec<Entry>| {
        let place = place_of(entries);
        if let Entry::Allocated { at, .. } = &mut entries[place] {
            *at = at.plus(MINUTE);
        }
    };
    ran.forge(0, late);
    let found = ran.findings(0);
    assert!(found.iter().any(|text| text.starts_with("events broken")), "{found:?}");
}

/// What was realised at all markets counts; what is moved is moved at the first.
#[test]
fn of_several_markets_money_moves_at_the_first() {
    let market = |symbol: &str, seed: u32| {
        format!(
            "[[markets]]\nsymbol = \"{symbol}\"\nseed = {seed}\n[markets.synthetic]\nduration = \"3h\"\n\
             messages_per_second = 1\n"
        )
    };
    let gifts = [("A", "a", "500"), ("B", "a", "200"), ("B", "b", "300")]
        .map(|(market, bot, amount)| gift("1h", bot, amount) + &format!("market = \"{market}\"\n"));
    let hedger = |name: &str| format!("[[bots]]\nname = \"{name}\"\nstrategy = \"hedged-maker\"\n");
    let text = format!(
        "mode = \"paper\"\n{}{}[run]\nband = false\n[reinvest]\npercent = 50\n{}{}{}",
        market("A", 3),
        market("B", 4),
        hedger("a"),
        hedger("b"),
        gifts.concat()
    );
    let ran = ran(&text);
    let rows = [ran.rows(0)[0], ran.rows(1)[0]];
    assert_eq!(rows[0].amount, -rows[1].amount);
    assert_eq!(rows[0].amount, rows[0].asked);
    let (least, most) = (Money::from_units(-130), Money::from_units(-70));
    assert!(least < rows[0].amount && rows[0].amount < most, "{rows:?}");
    assert_eq!(ran.all_findings(), [] as [&str; 0]);
    for place in 0..2 {
        let accounts = reconcile_trial(&ran.trials[place], &ran.manifest(place), &ran.folder(place)).unwrap().unwrap();
        assert_eq!(accounts.first, None);
    }
}

/// Each fill preset is a world of its own: what is moved in one has no part in another. And a bot alone on trial has the entries that it
/// has among the others, while the drills' trial, which knows of no other, has none of them.
#[test]
fn worlds_do_not_share_and_a_bot_alone_is_the_same() {
    let ran = ran(MAKERS);
    assert_eq!(ran.executed[0].lanes.len(), 3);
    for lane in 0..3 {
        let told: Vec<Vec<Row>> = (0..2).map(|place| rows(&ran.entries(place, lane))).collect();
        assert_eq!((told[0].len(), told[1].len()), (1, 1));
        assert_eq!(told[0][0].amount, -told[1][0].amount);
        assert_ne!(told[0][0].amount, Money::ZERO);
        let instrument = &ran.trials[0].instruments()[0];
        let made: Vec<i128> = (0..2).map(|place| realised(&ran.entries(place, lane), instrument)[0]).collect();
        let expected = by_hand(&made, Money::from_units(100), 3, 80);
        assert_eq!(told[0][0].asked.atto(), expected[0], "lane {lane}");
    }
    assert_eq!(ran.all_findings(), [] as [&str; 0]);
    let alone = execute(&ran.trials[1], None, &mut |_| {}).unwrap();
    for (alone, among) in alone.lanes.iter().zip(&ran.executed[1].lanes) {
        assert_eq!(alone.journal.digest, among.journal.digest);
    }
    let only = &ran.trials[0].user.as_ref().unwrap().bots[1];
    let only = execute(only, None, &mut |_| {}).unwrap();
    assert_ne!(only.lanes[0].journal.digest, alone.lanes[0].journal.digest);
}

// What follows reckons by itself: average cost, as books on paper would have it, in 256 bits.

struct Paper {
    tick_step: i256,
    held: i256,
    cost: i256,
    realised: i256,
}

fn wide(value: impl Into<i128>) -> i256 {
    i256::from_i128(value.into())
}

impl Paper {
    fn new(instrument: &Instrument, position: Quantity) -> Self {
        assert!(position.is_zero(), "these bots open flat");
        let tick_step = wide(instrument.tick_step_value().unwrap().atto());
        Self { tick_step, held: i256::ZERO, cost: i256::ZERO, realised: i256::ZERO }
    }

    fn book(&mut self, report: &ExecutionReport) {
        let ReportKind::Filled(fill) = &report.kind else { return };
        let price = self.tick_step * wide(fill.price.ticks());
        self.realised -= wide(fill.fee.atto());
        // Step by step would be the same but for rounding: what is closed leaves with its part of the cost, toward zero.
        let mut steps = wide(report.side.sign() * fill.quantity.steps());
        let is_against = (self.held < i256::ZERO) != (steps < i256::ZERO) && self.held != i256::ZERO;
        if is_against {
            let size = |value: i256| if value < i256::ZERO { i256::ZERO - value } else { value };
            let closed = if size(self.held) < size(steps) { i256::ZERO - self.held } else { steps };
            let released = self.cost * (i256::ZERO - closed) / self.held;
            self.realised = self.realised - price * closed - released;
            (self.cost, self.held, steps) = (self.cost - released, self.held + closed, steps - closed);
        }
        (self.cost, self.held) = (self.cost + price * steps, self.held + steps);
    }
}

/// What a bot had realised at each of its reinvestments, since the one before.
fn realised(entries: &[Entry], instrument: &Instrument) -> Vec<i128> {
    let (mut paper, mut before, mut found) = (Paper::new(instrument, Quantity::ZERO), i256::ZERO, Vec::new());
    for entry in entries {
        match entry {
            Entry::Venue(report) => paper.book(report),
            Entry::Charged { charge: Charge::Funding | Charge::Fee | Charge::Adjustment, amount, .. } => {
                paper.realised += wide(amount.atto());
            }
            Entry::Allocated { line: 0, .. } => {
                found.push((paper.realised - before).to_i128().unwrap());
                before = paper.realised;
            }
            _ => {}
        }
    }
    found
}

/// The rule once more, for one day: names in order, what each made, and what each receives in all.
fn by_hand(made: &[i128], threshold: Money, top: usize, percent: i128) -> Vec<i128> {
    let profit: i128 = made.iter().sum();
    let mut moved = vec![0; made.len()];
    if profit <= 0 || profit < threshold.atto() {
        return moved;
    }
    let mut order: Vec<usize> = (0..made.len()).filter(|bot| made[*bot] > 0).collect();
    order.sort_by(|one, other| made[*other].cmp(&made[*one]).then(one.cmp(other)));
    let (all, whole) = (profit * percent / 100, order.iter().map(|bot| made[*bot]).sum::<i128>());
    let up_to = |rank: usize| {
        let part: i128 = order[..rank].iter().map(|bot| made[*bot]).sum();
        (wide(all) * wide(part) / wide(whole)).to_i128().unwrap()
    };
    for (rank, &bot) in order.iter().enumerate() {
        moved[bot] -= up_to(rank + 1) - up_to(rank);
    }
    let best = top.min(order.len());
    for (rank, &bot) in order[..best].iter().enumerate() {
        moved[bot] += all / best as i128 + i128::from((rank as i128) < all % best as i128);
    }
    moved
}

#[derive(Debug, Clone)]
struct Draw {
    seed: u64,
    bots: usize,
    at: i64,
    threshold: &'static str,
    top: u32,
    percent: u8,
    limits: bool,
    leverage: Option<u32>,
    poor: bool,
}

fn draws() -> impl Strategy<Value = Draw> {
    let rule = (0_i64..1440, prop::sample::select(vec!["0", "0.5", "20"]), 1_u32..5, 1_u8..=100);
    let account = (any::<bool>(), prop::option::of(1_u32..4), any::<bool>());
    (1_u64..100_000, 2_usize..5, rule, account).prop_map(
        |(seed, bots, (at, threshold, top, percent), (limits, leverage, poor))| Draw {
            seed,
            bots,
            at,
            threshold,
            top,
            percent,
            limits,
            leverage,
            poor,
        },
    )
}

impl Draw {
    /// Makers that are paid for it, and followers that mostly lose; some with little more than what they trade.
    fn text(&self) -> String {
        let mut text = format!(
            "mode = \"paper\"\nseed = {}\n[market.synthetic]\nduration = \"27h\"\nmessages_per_second = 1\n\
             [run]\nband = false\n[venue.fees]\nmaker = \"-0.0009\"\ntaker = \"0.0004\"\n\
             [reinvest]\nat = \"{:02}:{:02}\"\nthreshold = \"{}\"\ntop = {}\npercent = {}\n",
            self.seed,
            self.at / 60,
            self.at % 60,
            self.threshold,
            self.top,
            self.percent
        );
        if let Some(leverage) = self.leverage {
            text = text.replace("[venue.fees]", &format!("[venue]\nleverage_max = {leverage}\n[venue.fees]"));
        }
        if self.limits {
            text += "[gates.user_orders]\nmax = 3000\n[gates.daily_loss]\npercent = \"1\"\n[gates.drawdown]\npercent = \"2\"\n";
        }
        for bot in 0..self.bots {
            let name = ["a", "b", "c", "d"][bot];
            text += &match (self.seed + bot as u64) % 3 {
                2 => format!(
                    "[[bots]]\nname = \"{name}\"\nstrategy = \"moving-average-cross\"\n[bots.parameters]\nbar = \"5min\"\nfast = 2\nslow = 5\n"
                ),
                kind => format!(
                    "[[bots]]\nname = \"{name}\"\nstrategy = \"market-maker\"\n[bots.parameters]\ninterval = \"{}s\"\noffset_ticks = {}\n",
                    20 + 10 * bot,
                    kind * 3
                ),
            };
            if self.poor && bot == 0 {
                text += "[bots.opening]\nquote = \"60\"\n";
            }
        }
        text + "[[events]]\nat = \"90min\"\nevery = \"7h\"\nkind = \"funding\"\nrate_bps = \"1\"\n\
                [[events]]\nat = \"3h\"\nevery = \"11h\"\nkind = \"fee\"\namount = \"-0.3\"\nbot = \"a\"\n\
                [[events]]\nat = \"4h\"\nevery = \"9h\"\nkind = \"allocation\"\namount = \"-2.5\"\nbot = \"b\"\n"
    }
}

/// What came of a drawn run: reinvestments that moved something, that were refused, and below the threshold.
fn check(draw: &Draw) -> Result<[usize; 3], TestCaseError> {
    let ran = ran(&draw.text());
    let instrument = ran.trials[0].instruments().remove(0);
    let entries: Vec<Vec<Entry>> = (0..draw.bots).map(|place| ran.entries(place, 0)).collect();
    let told: Vec<Vec<Row>> = entries.iter().map(|entries| rows(entries)).collect();
    let made: Vec<Vec<i128>> = entries.iter().map(|entries| realised(entries, &instrument)).collect();
    let first = ran.executed[0].start;
    let due = (0..4).map(|day| {
        Timestamp::from_nanos(first.nanos().div_euclid(DAY.nanos()) * DAY.nanos())
            .plus(DAY.times(day))
            .plus(MINUTE.times(draw.at))
    });
    let due: Vec<Timestamp> = due.filter(|due| first < *due && *due <= ran.executed[0].end).collect();
    let mut kinds = [0; 3];
    for told in &told {
        prop_assert_eq!(told.iter().map(|row| row.at).collect::<Vec<_>>(), due.clone());
    }
    for day in 0..due.len() {
        let results: Vec<i128> = made.iter().map(|made| made[day]).collect();
        let threshold = Money::parse(draw.threshold).unwrap();
        let expected = by_hand(&results, threshold, draw.top as usize, draw.percent.into());
        let asked: Vec<i128> = told.iter().map(|rows| rows[day].asked.atto()).collect();
        prop_assert_eq!(&asked, &expected, "{:?}", results);
        let amounts: Vec<i128> = told.iter().map(|rows| rows[day].amount.atto()).collect();
        prop_assert_eq!(amounts.iter().sum::<i128>(), 0);
        prop_assert!(amounts == asked || amounts.iter().all(|amount| *amount == 0), "{:?} of {:?}", amounts, asked);
        let kind = if asked.iter().all(|asked| *asked == 0) { 2 } else { usize::from(amounts != asked) };
        kinds[kind] += 1;
    }
    prop_assert_eq!(ran.all_findings(), [] as [String; 0]);
    for place in 0..draw.bots {
        let accounts = reconcile_trial(&ran.trials[place], &ran.manifest(place), &ran.folder(place)).unwrap().unwrap();
        prop_assert_eq!(accounts.first, None);
    }
    Ok(kinds)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    /// Money is conserved to the atto at each reinvestment; amounts are those of books kept on paper; audits are clean; accounts agree.
    #[test]
    fn money_is_conserved_and_amounts_are_those_of_books_on_paper(draw in draws()) {
        check(&draw)?;
    }
}

/// What the property speaks of happens.
#[test]
fn drawn_runs_move_money_and_refuse_to() {
    let mut all = [0; 3];
    for seed in 1..=4 {
        let draw = Draw {
            seed,
            bots: 3,
            at: 120,
            threshold: "0.5",
            top: 1,
            percent: 90,
            limits: false,
            leverage: Some(1),
            poor: seed > 2,
        };
        let found = check(&draw).unwrap();
        (0..3).for_each(|kind| all[kind] += found[kind]);
    }
    assert!(all[0] > 2, "{all:?}: moved, refused, nothing to move");
}

/// Fills that are taken back or given another price count in what is reinvested, in every account and audit alike.
#[test]
fn busts_and_reinvestments_go_together() {
    let world = World::new();
    let events = "[[events]]\nat = \"1h\"\nkind = \"bust\"\nevery = \"37min\"\n\
        [[events]]\nat = \"90min\"\nkind = \"correction\"\nticks = 40\nevery = \"53min\"\nbot = \"a\"\n";
    world.write("busts.toml", &format!("{MAKERS}\n{events}"));
    world.call(&["run", "busts.toml", "--out", "out"]);
    world.call(&["audit", "out"]).expect(0);
    world.call(&["verify", "out"]).expect(0);
    let mut moved = Money::ZERO;
    for bot in ["a", "b"] {
        let folder = format!("out/{bot}");
        world.call(&["ledger", "reconcile", &folder]).expect(0);
        let exported = world.call(&["ledger", "export", &folder]).expect(0).stdout;
        let rows: Vec<Vec<&str>> = exported.lines().map(|line| line.split(',').collect()).collect();
        assert!(rows.iter().any(|row| row[3] == "bust"), "{bot} has no bust");
        let given = rows.iter().filter(|row| row[3] == "allocation").map(|row| Money::parse(row[6]).unwrap());
        moved = given.fold(moved, |sum, amount| sum + amount);
    }
    assert_eq!(moved, Money::ZERO, "what one gives the other receives");
}
