//! Several bots of one user in one run.

mod program;

use program::World;
use proptest::prelude::*;
use seatrial::journal::{Entry, JournalReader};
use seatrial::model::Command;
use seatrial::readiness::AuditEvidence;
use seatrial::scenario::{
    Executed, Manifest, Overrides, Registry, Scenario, Trial, UserTrials, audit_trial, bind, execute, execute_user,
};
use seatrial::units::Money;
use serde_json::Value;
use std::fs;
use std::path::Path;

const TWO: &str = r#"
mode = "paper"
description = "Two bots of one user."
[market.synthetic]
duration = "1h"
[gates.user_orders]
max = 100
[[bots]]
name = "maker"
strategy = "market-maker"
[[bots]]
name = "cross"
strategy = "moving-average-cross"
[bots.parameters]
bar = "1min"
fast = 3
slow = 6
[bots.gates.order_value]
max = "9000"
[bots.opening]
quote = "5000"
[[commands]]
at = "30min"
do = "kill"
bot = "cross"
"#;

fn json(world: &World, name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(world.path(name)).unwrap()).unwrap()
}

fn entries(world: &World, name: &str) -> Vec<Entry> {
    JournalReader::open(&world.path(name)).unwrap().map(|entry| entry.unwrap()).collect()
}

#[test]
fn each_bot_has_its_own_evidence_and_the_worst_verdict_counts() {
    let world = World::new();
    world.write("two.toml", TWO);
    let called = world.call(&["run", "two.toml", "--out", "out"]);
    assert!([1, 4].contains(&called.code), "{}\n{}", called.stdout, called.stderr);
    let all = json(&world, "out/report.json");
    let verdicts: Vec<&str> =
        all["bots"].as_array().unwrap().iter().map(|bot| bot["verdict"].as_str().unwrap()).collect();
    let worst = if verdicts.contains(&"no-go") { "no-go" } else { "insufficient-evidence" };
    assert_eq!(all["verdict"], worst, "{verdicts:?}");
    for name in ["maker", "cross"] {
        for file in ["manifest.json", "report.html", "report.md", "report.xml", "scenario.toml", "journal-neutral.bin"]
        {
            assert!(world.path(&format!("out/{name}/{file}")).is_file(), "{name} has no {file}");
        }
        let own = json(&world, &format!("out/{name}/report.json"));
        assert_eq!(own["user"]["own"], name);
        assert_eq!(own["user"]["bots"].as_array().unwrap().len(), 2);
        assert_eq!(own["user"]["limit"], "at most 100 orders a UTC day");
        let page = fs::read_to_string(world.path(&format!("out/{name}/report.html"))).unwrap();
        assert!(page.contains("Bots of the user") && page.contains(&format!("{name} (")), "{name}");
    }
    let page = fs::read_to_string(world.path("out/report.html")).unwrap();
    assert!(page.contains("href=\"maker/report.html\"") && page.contains("href=\"cross/report.html\""));
    world.call(&["verify", "out"]).expect(0).prints("out/cross: sound");
    world.call(&["audit", "out"]).expect(0).prints("bot out/maker");
    world.call(&["ledger", "reconcile", "out/cross"]).expect(0);
    world.call(&["ledger", "reinvest", "out", "--threshold", "0"]).expect(0).prints("of 2 bots");
    world.call(&["ledger", "reconcile", "out"]).expect(3).says("name the folder of one of them: out/maker, out/cross");
}

#[test]
fn what_is_said_to_one_bot_the_others_do_not_hear_and_limits_are_each_ones_own() {
    let world = World::new();
    world.write("two.toml", TWO);
    world.call(&["run", "two.toml", "--out", "out"]);
    let told = |name: &str| {
        let entries = entries(&world, &format!("out/{name}/journal-neutral.bin"));
        let told = |entry: &&Entry| matches!(entry, Entry::Command { command: Command::Kill, .. });
        entries.iter().filter(told).count()
    };
    assert_eq!((told("maker"), told("cross")), (0, 1));
    let setting = |name: &str, key: &str| {
        let manifest = json(&world, &format!("out/{name}/manifest.json"));
        let settings = manifest["settings"].as_array().unwrap().clone();
        settings.into_iter().find(|setting| setting["key"] == key).map(|setting| setting["value"].to_string())
    };
    assert_eq!(setting("cross", "gates.order_value.max").as_deref(), Some("\"\\\"9000\\\"\""));
    assert_ne!(setting("maker", "gates.order_value.max"), setting("cross", "gates.order_value.max"));
    assert_eq!(setting("cross", "opening.quote").as_deref(), Some("\"\\\"5000\\\"\""));
    let maker = fs::read_to_string(world.path("out/maker/report.md")).unwrap();
    assert!(!maker.contains("never came"), "a command for another bot is not missed");
}

#[test]
fn one_of_them_can_be_run_again_and_ends_the_same() {
    let world = World::new();
    world.write("two.toml", TWO);
    world.call(&["run", "two.toml", "--out", "out"]);
    world.call(&["run", "two.toml", "--set", "run.bot=cross", "--out", "one"]);
    world.call(&["diff", "out/cross", "one"]).expect(0).prints("same");
    world.call(&["run", "out/cross/scenario.toml", "--out", "again"]);
    world.call(&["diff", "out/cross", "again"]).expect(0).prints("same");
    // Without the others beside it nobody can say what they did together.
    world.call(&["audit", "one"]).prints("bot `maker`: no journal-neutral.bin beside this folder");
    assert_eq!(json(&world, "one/manifest.json")["run_id"], json(&world, "out/cross/manifest.json")["run_id"]);
    world.call(&["run", "two.toml", "--set", "run.journal=digest", "--out", "thin"]);
    world.call(&["verify", "thin"]).expect(0).prints("thin/maker: sound");
}

#[test]
fn another_journal_beside_it_is_no_evidence() {
    let world = World::new();
    world.write("two.toml", TWO);
    world.call(&["run", "two.toml", "--out", "out"]);
    let (own, other) = ("out/maker/journal-neutral.bin", "out/cross/journal-neutral.bin");
    fs::copy(world.path(own), world.path(other)).unwrap();
    world.call(&["audit", "out/maker"]).prints("bot `cross`: its journal has digest");
    world.call(&["verify", "out"]).expect(1).prints("journal-neutral.bin: the file was changed");
}

/// What stands over the bots follows from their runs, whoever wrote its hashes.
#[test]
fn nothing_over_the_bots_can_be_made_up() {
    let world = World::new();
    world.write("two.toml", TWO);
    world.call(&["run", "two.toml", "--out", "out"]);
    world.call(&["verify", "out"]).expect(0);
    let whole = fs::read_to_string(world.path("out/manifest.json")).unwrap();
    let put = |manifest: &Value| fs::write(world.path("out/manifest.json"), format!("{manifest:#}\n")).unwrap();
    let mut all_go: Value = serde_json::from_str(&whole).unwrap();
    all_go["verdict"] = "go".into();
    all_go["bots"].as_array_mut().unwrap().iter_mut().for_each(|bot| bot["verdict"] = "go".into());
    put(&all_go);
    world.call(&["verify", "out"]).expect(1).prints("does not say what follows from the bots' runs");
    let mut one: Value = serde_json::from_str(&whole).unwrap();
    one["bots"].as_array_mut().unwrap().pop();
    put(&one);
    world.call(&["verify", "out"]).expect(1).prints("the bots' runs do not name each other");
    let mut none: Value = serde_json::from_str(&whole).unwrap();
    none["bots"] = Value::Array(Vec::new());
    put(&none);
    world.call(&["verify", "out"]).expect(1).prints("no bots");
    fs::write(world.path("out/manifest.json"), &whole).unwrap();
    let page = fs::read_to_string(world.path("out/report.html")).unwrap();
    fs::write(world.path("out/report.html"), page.replace("INSUFFICIENT EVIDENCE", "GO")).unwrap();
    world.call(&["verify", "out"]).expect(1).prints("report.html: it does not say what follows");
    fs::write(world.path("out/report.html"), page).unwrap();
    world.call(&["verify", "out"]).expect(0);
    // A bot's own manifest says who ran beside it.
    let own = world.path("out/maker/manifest.json");
    let mut alone: Value = serde_json::from_str(&fs::read_to_string(&own).unwrap()).unwrap();
    alone.as_object_mut().unwrap().remove("user");
    fs::write(&own, alone.to_string()).unwrap();
    world.call(&["verify", "out/maker"]).expect(1).prints("bots of a user 0, expected 2");
}

#[cfg(unix)]
#[test]
fn a_strangers_folder_leads_nowhere_else() {
    let world = World::new();
    world.write("two.toml", TWO);
    world.call(&["run", "two.toml", "--out", "out"]);
    fs::rename(world.path("out/cross"), world.path("elsewhere")).unwrap();
    std::os::unix::fs::symlink(world.path("elsewhere"), world.path("out/cross")).unwrap();
    world.call(&["verify", "out"]).expect(1).prints("cross/manifest.json: a link");
    world.call(&["audit", "out"]).expect(3).says("a link");
    world.call(&["ledger", "reinvest", "out"]).expect(3).says("a link");
    world.call(&["audit", "out/maker"]).prints("bot `cross`: no journal-neutral.bin beside this folder");
}

/// Each bot is asked by its own gates whether it can be told something, and opens with its own position at the market's price.
#[test]
fn what_is_of_one_bot_is_of_no_other() {
    let world = World::new();
    let text = "mode = \"paper\"\n[market.synthetic]\nduration = \"20min\"\n\
        [[bots]]\nname = \"a\"\nstrategy = \"market-maker\"\n\
        [[bots]]\nname = \"b\"\nstrategy = \"market-maker\"\n[bots.gates]\nkill_switch = \"off\"\n[bots.gates.heartbeat]\n\
        [bots.opening]\nquote = \"5000\"\nposition = \"0.5\"\n\
        [[commands]]\nat = \"5min\"\ndo = \"kill\"\nbot = \"a\"\n\
        [[commands]]\nat = \"6min\"\ndo = \"silence\"\nbot = \"b\"\n";
    world.write("each.toml", text);
    let called = world.call(&["run", "each.toml", "--out", "out"]);
    assert_eq!(called.code, 4, "{}\n{}", called.stdout, called.stderr);
    world.call(&["verify", "out"]).expect(0);
    world.call(&["audit", "out"]).expect(0);
    world.call(&["run", "each.toml", "--set", "run.bot=b", "--out", "one"]);
    world.call(&["diff", "out/b", "one"]).expect(0).prints("same");
    // What is held was entered for the first price: at the first mark it has won and lost next to nothing.
    let mark = entries(&world, "out/b/journal-neutral.bin").into_iter().find_map(|entry| match entry {
        Entry::Mark(mark) => Some(mark),
        _ => None,
    });
    let mark = mark.expect("a mark");
    assert_eq!(mark.position.steps(), 500, "{mark:?}");
    let (low, high) = (Money::from_units(4_900), Money::from_units(5_100));
    assert!(low < mark.equity && mark.equity < high, "{mark:?}");
    world.write("bad.toml", &text.replace("bot = \"a\"\n", "bot = \"b\"\n"));
    world.call(&["run", "bad.toml", "--out", "x"]).expect(2).says("`kill` with the gate `kill_switch` off");
}

#[test]
fn results_of_one_bot_do_not_take_the_place_of_those_of_all() {
    let world = World::new();
    world.write("two.toml", &TWO.replace("\"1h\"", "\"10min\"").replace("\"30min\"", "\"5min\""));
    world.call(&["run", "two.toml"]);
    world.call(&["run", "two.toml", "--set", "run.bot=maker"]);
    let folders: Vec<String> = fs::read_dir(world.path("reports"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(folders.len(), 2, "{folders:?}");
    assert!(folders.iter().any(|name| name.ends_with("-bots")), "{folders:?}");
    world.call(&["run", "two.toml", "--check-determinism", "--out", "twice"]);
    assert_eq!(json(&world, "twice/cross/manifest.json")["determinism"]["state"], "repeated");
}

#[test]
fn what_is_wrong_with_bots_has_its_place() {
    let world = World::new();
    let maker = "[[bots]]\nname = \"maker\"\nstrategy = \"market-maker\"\n";
    let cases = [
        (format!("{maker}{maker}"), "bots[1].name: `maker` a second time"),
        (maker.replace("\"maker\"", "\"../x\""), "bots[0].name: found `../x`"),
        (maker.replace("\"maker\"", "\"\""), "bots[0].name: found ``"),
        (maker.replace("market-maker", "market-makr"), "did you mean `market-maker`?"),
        (format!("{maker}size = 1\n"), "bots[0].size: unknown key"),
        (format!("{maker}[bots.parameters]\nqantity = \"1\"\n"), "qantity"),
        (format!("{maker}[bots.gates.order_burst]\norders = 0\n"), "gates.order_burst.orders: found 0"),
        (format!("{maker}[bots.gates.order_brst]\norders = 1\n"), "order_brst"),
        (format!("[bot]\nstrategy = \"do-nothing\"\n{maker}"), "bot: both `bot` and `bots`"),
        (format!("{maker}[run]\nbot = \"taker\"\n"), "run.bot: unknown bot `taker`"),
        ("[run]\nbot = \"maker\"\n".to_owned(), "the scenario has no `[[bots]]`"),
        (format!("{maker}[[commands]]\nat = \"1min\"\ndo = \"kill\"\nbot = \"makr\"\n"), "did you mean `maker`?"),
        (
            format!("{maker}[[events]]\nat = \"1min\"\nkind = \"fee\"\namount = \"-1\"\nbot = \"x\"\n"),
            "events[0].bot: unknown bot `x`",
        ),
        (
            format!("{maker}[bots.gates.user_orders]\nmax = 5\n{}", maker.replace("\"maker\"", "\"other\"")),
            "bots[1].gates.user_orders: found off",
        ),
    ];
    for (text, expected) in cases {
        world.write("bad.toml", &format!("mode = \"paper\"\n{text}"));
        world.call(&["run", "bad.toml", "--out", "out"]).expect(2).says(expected);
        assert!(!world.path("out").exists());
    }
    world.write("two.toml", TWO);
    world.call(&["run", "two.toml", "--kills", "3", "--out", "out"]).expect(2).says("run.bot=NAME");
    world.call(&["prove", "position", "--scenario", "two.toml"]).expect(2).says("run.bot");
}

/// Three bots over a few minutes, `max` orders together; no limit where there is none.
fn three(seed: u64, max: Option<u32>) -> Scenario {
    let limit = max.map_or_else(String::new, |max| format!("[gates.user_orders]\nmax = {max}\n"));
    let text = format!(
        "mode = \"paper\"\nseed = {seed}\n[market.synthetic]\nduration = \"10min\"\n[venue.latency]\nmodel = \"heavy-tailed\"\n{limit}\
         [[bots]]\nname = \"a\"\nstrategy = \"market-maker\"\n[[bots]]\nname = \"b\"\nstrategy = \"market-maker\"\n\
         [[bots]]\nname = \"c\"\nstrategy = \"moving-average-cross\"\n[bots.parameters]\nbar = \"1min\"\nfast = 2\nslow = 3\n"
    );
    Scenario::parse("three.toml", &text, None, &Overrides::default(), &Registry::builtin()).unwrap()
}

fn trials(scenario: &Scenario) -> Vec<Trial> {
    scenario.bots().iter().map(|bot| bind(bot, &Registry::builtin()).unwrap()).collect()
}

fn user(trials: &[Trial]) -> &UserTrials {
    trials[0].user.as_ref().unwrap()
}

fn run_in(trials: &[Trial], home: &Path) -> Vec<Executed> {
    let folder = |place: usize| home.join(["a", "b", "c"][place]);
    (0..3).for_each(|place| fs::create_dir_all(folder(place)).unwrap());
    execute_user(user(trials), |place| Some(folder(place)), &mut |_| {}).unwrap()
}

/// What the audit of each bot finds, by the limits of `told`.
fn findings(trials: &[Trial], told: &[Trial], executed: &[Executed], home: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for ((trial, told), (place, executed)) in trials.iter().zip(told).zip(executed.iter().enumerate()) {
        let manifest = Manifest::of(trial, executed, Registry::builtin().identity(), None);
        let folder = home.join(["a", "b", "c"][place]);
        let audit = audit_trial(&folder, &manifest, (told, &Registry::builtin()), &|_| {}).unwrap();
        let AuditEvidence::Audited { lanes, unchecked } = audit else { panic!("not audited") };
        assert_eq!(unchecked, [] as [&str; 0]);
        for lane in lanes {
            assert!(!lane.audit.not_audited().any(|name| name == "user_orders"));
            found.extend(lane.audit.findings.iter().map(|finding| format!("{finding:?}")));
        }
    }
    found
}

#[test]
fn bots_that_share_no_limit_do_what_they_do_alone() {
    for seed in 1..=3 {
        let trials = trials(&three(seed, None));
        let together = execute_user(user(&trials), |_| None, &mut |_| {}).unwrap();
        for (trial, together) in user(&trials).bots.iter().zip(&together) {
            assert!(trial.user.is_none());
            let alone = execute(trial, None, &mut |_| {}).unwrap();
            for (alone, together) in alone.lanes.iter().zip(&together.lanes) {
                assert_eq!(alone.journal.digest, together.journal.digest, "seed {seed}, {}", alone.preset);
            }
        }
        let digests: Vec<_> = together.iter().map(|bot| bot.lanes[0].journal.digest).collect();
        assert_ne!(digests[0], digests[1], "the same strategy twice has delays of its own");
        assert!(
            together.iter().map(|bot| bot.lanes[0].outcome.orders).all(|orders| orders > 0),
            "somebody did nothing"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// What they do together is limited to the order, each one's audit agrees by the journals of all, and knows when another limit
    /// was in force.
    #[test]
    fn the_common_limit_is_held_and_recomputed(seed in 1_u64..1_000, max in 1_u32..120) {
        let run = trials(&three(seed, Some(max)));
        let home = tempfile::tempdir().unwrap();
        let executed = run_in(&run, home.path());
        prop_assert_eq!(findings(&run, &run, &executed, home.path()), [] as [String; 0]);
        let refused: u64 = executed[0].user.as_ref().unwrap().bots.iter().map(|bot| bot.lanes[0].refused_together).sum();
        let orders: u64 = executed.iter().map(|bot| bot.lanes[0].outcome.orders).sum();
        prop_assert!(u64::from(max) <= orders, "{} orders of {}", orders, max);
        prop_assert!(refused > 0, "the limit was never met");
        // An order in 3, so that orders of one instant do not hide the difference.
        let looser = trials(&three(seed, Some(max + max / 3 + 8)));
        let found = findings(&run, &looser, &executed, home.path());
        prop_assert!(found.iter().any(|text| text.contains("user_orders")), "refused too early: {:?}", found);
        prop_assert!(found.iter().all(|text| text.contains("user_orders")), "another is blamed: {:?}", found);
        if max > 12 {
            let tighter = trials(&three(seed, Some(max - max / 3 - 1)));
            let found = findings(&run, &tighter, &executed, home.path());
            prop_assert!(found.iter().any(|text| text.contains("user_orders")), "sent too many: {:?}", found);
        }
    }
}
