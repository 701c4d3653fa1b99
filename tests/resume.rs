//! Runs that are stopped and gone on with end as the ones that never were: in process at drawn instants, and the real program killed.

use seatrial::journal::JournalMark;
use seatrial::rng::Streams;
use seatrial::scenario::{
    Begun, Executed, Identity, Keeping, Overrides, Registry, Scenario, Trial, bind, checkpoint_refusal, execute_kept,
    execute_user_kept,
};
use seatrial::units::{Span, Timestamp};
use std::fs;
use std::path::Path;

const MAKER: &str = "[bot]\nstrategy = \"market-maker\"\n[bot.parameters]\ninterval = \"1s\"\noffset_ticks = 1\n";

/// Every gate that can be asked for and lets a maker trade, with limits that some of them reach.
const GATES: &str = "[gates.book_state]\n[gates.concurrent_positions]\nmax = 3\n[gates.consecutive_losses]\nlosses = 3\n\
pause_ms = 60000\n[gates.daily_loss]\npercent = \"5\"\nabsolute = \"500\"\nconfirm_marks = 3\n[gates.daily_orders]\nmax = 5000\n\
[gates.daily_turnover]\nmax = \"900000\"\n[gates.drawdown]\npercent = \"20\"\nconfirm_marks = 3\n[gates.error_rate]\nerrors = 10\n\
window_ms = 600000\npause_ms = 60000\n[gates.exposure]\npercent = \"50\"\n[gates.extreme_move]\npercent = \"1\"\nwindow_ms = 60000\n\
confirm_marks = 2\npause_ms = 60000\n[gates.heartbeat]\nmax_silence_ms = 30000\n[gates.idempotency]\n[gates.kill_switch]\n\
[gates.leverage]\nmax = \"3\"\n[gates.message_rate]\nmessages = 30\nreserve = 5\nwindow_ms = 10000\n[gates.open_orders]\nmax = 10\n\
[gates.order_burst]\norders = 10\nwindow_ms = 5000\n[gates.paper_mode]\n[gates.period_collar]\npercent = \"10\"\nwindow_ms = 300000\n\
confirm_marks = 3\n[gates.position_ramp]\ninitial = \"5\"\nstep = \"2\"\ndays = 2\nmax = \"10\"\n[gates.price_collar]\npercent = \"5\"\n\
[gates.repeated_executions]\nexecutions = 20\nwindow_ms = 60000\n[gates.self_trade]\n[gates.single_trade_loss]\npercent = \"5\"\n\
absolute = \"500\"\npause_ms = 0\n[gates.stop_loss]\npercent = \"1\"\nconfirm_marks = 2\npause_ms = 60000\n[gates.total_loss]\n\
percent = \"off\"\nabsolute = \"3000\"\nconfirm_marks = 3\n[gates.user_orders]\nmax = 5000\n[gates.venue_filters]\n";

/// What is said to a bot and what goes wrong around it in an hour.
const TOLD: &str = "[[commands]]\nat = \"5min\"\ndo = \"pause\"\nreason = \"a drill\"\n[[commands]]\nat = \"6min\"\ndo = \"resume\"\n\
[[commands]]\nat = \"10min\"\ndo = \"kill\"\nflatten = true\n[[commands]]\nat = \"15min\"\ndo = \"release\"\nconfirm = \"all\"\n\
[[commands]]\nwhen = { orders_sent = 200 }\ndo = \"restart\"\nstate = \"saved\"\n[[commands]]\nat = \"40min\"\ndo = \"restart\"\n\
state = \"lost\"\n\
[[events]]\nat = \"20min\"\nkind = \"bust\"\nevery = \"15min\"\nreason = \"clearly erroneous\"\n[[events]]\nat = \"25min\"\n\
kind = \"correction\"\nticks = -25\nevery = \"9min\"\n\
[[disturbances]]\nat = \"30min\"\nlasts = \"3min\"\nkind = \"feed-stall\"\n[[disturbances]]\nat = \"35min\"\nlasts = \"90s\"\n\
kind = \"feed-disconnect\"\n[[disturbances]]\nat = \"42min\"\nlasts = \"1min\"\nkind = \"slow-venue\"\nextra = \"3s\"\n\
[[disturbances]]\nat = \"45min\"\nlasts = \"1min\"\nkind = \"venue-error\"\n[[disturbances]]\nat = \"50min\"\nlasts = \"1min\"\n\
kind = \"lost-acknowledgement\"\n";

const SYNTHETIC: &str = "[market.synthetic]\nduration = \"1h\"\n";

/// Each world with what is said of it.
fn worlds() -> Vec<(&'static str, String)> {
    let cross = "[bot]\nstrategy = \"moving-average-cross\"\n[bot.parameters]\nbar = \"1min\"\nfast = 2\nslow = 5\n";
    let breakout = "[bot]\nstrategy = \"breakout\"\n[bot.parameters]\nbar = \"1min\"\nentry_bars = 4\nexit_bars = 2\n";
    let heavy = "[venue.latency]\nmodel = \"heavy-tailed\"\nmedian = \"20ms\"\ntail = \"400ms\"\nburst_probability = \"0.01\"\n\
                 burst_length = \"5s\"\nburst_factor = 5\n";
    let rough = "[venue.latency]\norder = \"20ms\"\nreport = \"20ms\"\n[gateway]\npolicy = \"careful\"\n[faults]\nprofile = \"hostile\"\n\
                 heals_at = \"50min\"\nrecovers_within = \"5min\"\n";
    let naive = "[venue.latency]\norder = \"20ms\"\nreport = \"20ms\"\n[gateway]\npolicy = \"naive\"\n[faults]\nprofile = \"rough\"\n\
                 heals_at = \"50min\"\n";
    let unsupervised = "[feed]\npolicy = \"naive\"\n[faults]\nprofile = \"hostile\"\n";
    let two = "[[markets]]\nsymbol = \"A\"\n[markets.synthetic]\nduration = \"1h\"\n[[markets]]\nsymbol = \"B\"\nseed = 77\n\
               [markets.synthetic]\nduration = \"1h\"\ntick_size = \"0.5\"\nmessages_per_second = 5\n[markets.opening]\nquote = \"5000\"\n\
               [bot]\nstrategy = \"hedged-maker\"\n[bot.parameters]\ninterval = \"2s\"\noffset_ticks = 3\nhedge_from = \"0.002\"\n";
    let bots = "[gates.user_orders]\nmax = 5000\n[[bots]]\nname = \"maker\"\nstrategy = \"market-maker\"\n[[bots]]\nname = \"trend\"\n\
                strategy = \"moving-average-cross\"\n[bots.parameters]\nbar = \"1min\"\nfast = 2\nslow = 5\n";
    let own = "[gateway]\ndead_mans_switch = \"20s\"\nholds_lease = false\n[venue.order_budget]\norders = 40\nwithin = \"30s\"\n\
               [faults]\nprofile = \"rough\"\nheals_at = \"50min\"\nrecovers_within = \"5min\"\n[faults.rates]\nlong-pause = 5000\n\
               order-budget = 2000\ndead-mans-switch = 1000\nstop-lost = 1000\ntwo-instances = 500\n";
    let restart = |at: &str| format!("[[commands]]\nat = \"{at}\"\ndo = \"restart\"\nstate = \"lost\"\n");
    let disk = "[gateway]\nlog = \"careful\"\n[faults]\nprofile = \"rough\"\nheals_at = \"50min\"\nrecovers_within = \"5min\"\n\
                [faults.rates]\nslow-disk = 20000\nfull-disk = 2000\ntorn-write = 500000\n";
    let disk = [restart("10min"), restart("20min"), restart("30min"), disk.to_owned()].concat();
    let ends = "[[delistings]]\nreduces_from = \"20min\"\ncloses_at = \"40min\"\nunwinds = false\n";
    let flow = "[market.flow]\npreset = \"crypto-major\"\nduration = \"20min\"\n";
    let alt = "[market.flow]\npreset = \"crypto-alt\"\nduration = \"1h\"\nclosed_loop = true\n";
    let rough_alt = "[venue.latency]\norder = \"20ms\"\nreport = \"20ms\"\n[faults]\nprofile = \"rough\"\nheals_at = \"50min\"\n\
                     recovers_within = \"5min\"\n";
    let shocked = "[[market.shocks]]\nname = \"halt-and-reopening\"\nat = \"5min\"\n";
    let looks = "[gates.consecutive_losses]\nlosses = 2\n[[commands]]\nwhen = { tripped = \"consecutive_losses\" }\neach = true\n\
                 after = \"90s\"\ndo = \"reenable\"\ngate = \"consecutive_losses\"\n";
    vec![
        ("somebody who comes and looks", format!("{SYNTHETIC}{MAKER}{looks}")),
        ("a maker", format!("{SYNTHETIC}{MAKER}")),
        ("every gate", format!("{SYNTHETIC}{MAKER}{GATES}")),
        ("own book", format!("{SYNTHETIC}{MAKER}[run]\nview = \"own-book\"\n")),
        ("a cross on bars", format!("{SYNTHETIC}{cross}{heavy}")),
        ("a breakout on bars", format!("{SYNTHETIC}{breakout}")),
        ("a hostile wire", format!("{SYNTHETIC}{MAKER}{rough}")),
        ("a naive gateway", format!("{SYNTHETIC}{MAKER}{naive}")),
        ("a careful feed without faults", format!("{SYNTHETIC}{MAKER}[feed]\npolicy = \"careful\"\n")),
        ("a naive feed on a hostile wire", format!("{SYNTHETIC}{breakout}{unsupervised}")),
        ("two markets on hostile feeds", format!("{two}[faults]\nprofile = \"hostile\"\n")),
        ("pauses, switches, budgets and twins", format!("{SYNTHETIC}{MAKER}{own}")),
        ("a log on a bad disk", format!("{SYNTHETIC}{MAKER}{disk}")),
        ("a market that is taken away", format!("{SYNTHETIC}{breakout}{ends}")),
        ("commands, events, disturbances", format!("{SYNTHETIC}{MAKER}{TOLD}")),
        ("two markets", two.to_owned()),
        ("two bots", format!("{SYNTHETIC}{bots}")),
        ("orders in a shocked market", format!("{flow}{shocked}{MAKER}{GATES}")),
        ("a shocked market that answers", format!("{flow}closed_loop = true\n{shocked}{MAKER}{GATES}")),
        ("one that answers, on a rough wire", format!("{alt}{breakout}{rough_alt}")),
    ]
}

fn trials(text: &str, seed: u64) -> Vec<Trial> {
    let text = format!("mode = \"paper\"\n{text}");
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("world.toml");
    fs::write(&path, text).unwrap();
    let registry = Registry::builtin();
    let overrides = Overrides { seed: Some(seed), ..Overrides::default() };
    let scenario = Scenario::load(&path, &overrides, &registry).unwrap_or_else(|error| panic!("{error:?}"));
    let scenarios = if scenario.is_of_several_bots() { scenario.bots().to_vec() } else { vec![scenario] };
    scenarios.iter().map(|scenario| bind(scenario, &registry).unwrap_or_else(|error| panic!("{error:?}"))).collect()
}

/// Runs a world into `folder`, the bots of a user each into a folder of its own.
fn run(trials: &[Trial], folder: &Path, keeping: Option<&mut Keeping>) -> Vec<Executed> {
    let Some(user) = &trials[0].user else {
        return vec![execute_kept(&trials[0], Some(folder), keeping, &mut |_| {}).unwrap()];
    };
    let within = |place: usize| {
        let path = folder.join(format!("bot{place}"));
        fs::create_dir_all(&path).unwrap();
        Some(path)
    };
    execute_user_kept(user, within, keeping, &mut |_| {}).unwrap()
}

/// All that a run comes to.
fn comes_to(runs: &[Executed]) -> Vec<String> {
    let lanes = runs.iter().flat_map(|run| run.lanes.iter().map(move |lane| (run.rows, run.messages, run.end, lane)));
    lanes.map(|(rows, messages, end, lane)| format!("{rows} {messages} {end:?} {lane:?}")).collect()
}

fn begun(trials: &[Trial], every: i64) -> Begun {
    let trials: Vec<&Trial> = trials.iter().collect();
    assert_eq!(checkpoint_refusal(&trials), None);
    let identity = Identity::of(&trials, None, None);
    Begun { identity, every: Span::from_nanos(every), arguments: serde_json::Value::Null }
}

/// Runs a world with checkpoints so far apart, takes it up from the last of them, and once more from the one before.
/// Returns how many rows were not run again.
fn cut(name: &str, trials: &[Trial], whole: &[String], every: i64) -> u64 {
    let home = tempfile::tempdir().unwrap();
    let begun = begun(trials, every);
    let mut keeping = Keeping::begin(home.path(), &begun).unwrap();
    assert_same(name, every, "with checkpoints", whole, &comes_to(&run(trials, home.path(), Some(&mut keeping))));
    drop(keeping);
    let mut keeping = Keeping::take_up(home.path(), &begun, Box::new(|| {})).unwrap();
    let resumed = comes_to(&run(trials, home.path(), Some(&mut keeping)));
    assert_same(name, every, "gone on with", whole, &resumed);
    keeping.recovery().unwrap().rows
}

#[track_caller]
fn assert_same(name: &str, every: i64, what: &str, whole: &[String], other: &[String]) {
    assert_eq!(whole.len(), other.len());
    for (whole, other) in whole.iter().zip(other) {
        let at = whole.bytes().zip(other.bytes()).position(|(a, b)| a != b).unwrap_or(whole.len().min(other.len()));
        let near = |text: &str| text[at.saturating_sub(300)..text.len().min(at + 200)].to_owned();
        assert!(whole == other, "{name}, every {every} ns, {what}:\n{}\n---\n{}", near(whole), near(other));
    }
}

/// Cuts every world at so many drawn instants.
fn cut_all(cuts: u32, seed: u64) {
    for (name, text) in worlds() {
        let trials = trials(&text, seed);
        let home = tempfile::tempdir().unwrap();
        let whole = comes_to(&run(&trials, home.path(), None));
        let mut drawn = Streams::new(seed).stream(name);
        // From a fortieth of the shortest world to more than half of it: the last cut lies anywhere.
        let mut one = || cut(name, &trials, &whole, drawn.range(30_000_000_000..=700_000_000_000));
        let kept: u64 = (0..cuts).map(|_| one()).sum();
        assert!(kept > 0, "{name}: every run was made from its start");
    }
}

/// Cuts of each world in the gate.
const CUTS: u32 = 2;

#[test]
fn a_run_that_is_gone_on_with_ends_as_the_one_that_was_never_stopped() {
    cut_all(CUTS, 1);
}

/// 91 cuts of every world, well above a thousand: `cargo test --release --no-default-features --test resume -- --ignored a_thousand_cuts`.
#[test]
#[ignore = "minutes"]
fn a_thousand_cuts() {
    (1..=7).for_each(|seed| cut_all(13, seed));
}

mod program;

use program::{Called, World};
use seatrial::rng::Rng;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Long enough to be killed anywhere, with everything on the way that a maker can meet.
const LONG: &str = "mode = \"paper\"\nname = \"long\"\n[market.synthetic]\nduration = \"2h\"\n[venue.latency]\norder = \"20ms\"\n\
report = \"20ms\"\n[gateway]\npolicy = \"careful\"\n[faults]\nprofile = \"rough\"\nheals_at = \"100min\"\nrecovers_within = \"5min\"\n[run]\nband = false\n";

const BEGIN: [&str; 7] = ["run", "long.toml", "--no-drills", "--checkpoint-every", "5min", "--out", "out"];

fn world() -> World {
    let world = World::new();
    world.write("long.toml", &format!("{LONG}{MAKER}"));
    world
}

/// Every file of a folder of results, by name.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap_or_else(|error| panic!("{}: {error}", next.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_path_buf(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[track_caller]
fn assert_same_files(world: &World, whole: &BTreeMap<PathBuf, Vec<u8>>, what: &str) {
    let found = files(&world.path("out"));
    assert!(whole.keys().eq(found.keys()), "{what}: {:?} and {:?}", whole.keys(), found.keys());
    let differing: Vec<_> =
        whole.iter().filter(|(name, bytes)| found[*name] != **bytes).map(|(name, _)| name).collect();
    assert!(differing.is_empty(), "{what}: {differing:?} differ");
    assert!(!world.path(".out.partial").exists(), "{what}: the folder in the making is left");
}

/// The run that nobody stops, and how long it takes.
fn whole() -> (BTreeMap<PathBuf, Vec<u8>>, Duration) {
    let world = world();
    let plain = ["run", "long.toml", "--no-drills", "--out", "out"];
    judged(world.call(&plain));
    let files = files(&world.path("out"));
    let since = Instant::now();
    judged(world.call(&[&BEGIN[..], &["--force"]].concat()));
    let took = since.elapsed();
    assert_same_files(&world, &files, "with checkpoints, never stopped");
    (files, took)
}

/// The run came to a verdict, whichever.
#[track_caller]
fn judged(called: Called) -> Called {
    assert!([0, 1, 4].contains(&called.code), "exit {}\n{}", called.code, called.stderr);
    called
}

fn spawn(world: &World, arguments: &[&str]) -> Child {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_seatrial"));
    command.current_dir(world.path("")).args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

/// Starts the program and kills it (SIGKILL) after a while; true when it was still there.
fn kill_after(world: &World, arguments: &[&str], wait: Duration) -> bool {
    let mut child = spawn(world, arguments);
    std::thread::sleep(wait);
    let was_there = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    was_there
}

/// Goes on with what was killed; where it had not come to noting anything it is begun again.
fn resume(world: &World) -> Called {
    let called = world.call(&["run", "--resume", "out", "--json"]);
    if called.stderr.contains("no run that was stopped") {
        return world.call(&BEGIN);
    }
    called
}

/// Kills the program once, every other time again while it goes on, and compares what it comes to.
fn kills(count: u32, seed: u64) {
    let (files, took) = whole();
    let mut drawn = Streams::new(seed).stream("kills");
    let part = |drawn: &mut Rng| took.mul_f64(drawn.range(0..=1000) as f64 / 1000.0);
    let (mut killed, mut gone_on) = (0, 0);
    for number in 0..count {
        let world = world();
        killed += u32::from(kill_after(&world, &BEGIN, part(&mut drawn)));
        let at_rest = world.path("out").exists();
        if !at_rest && number % 2 == 1 {
            let half = part(&mut drawn) / 2;
            kill_after(&world, &["run", "--resume", "out"], half);
        }
        if !world.path("out").exists() {
            let called = judged(resume(&world));
            gone_on += u32::from(called.stderr.contains("recovery time"));
        }
        assert_same_files(&world, &files, &format!("kill {number}"));
    }
    assert!(killed * 2 > count, "{killed} of {count} were killed before their end");
    assert!(gone_on > 0, "none of {count} went on from a checkpoint");
}

#[test]
fn a_program_that_is_killed_loses_nothing() {
    kills(4, 3);
}

/// `cargo test --release --no-default-features --test resume -- --ignored fifty_kills`.
#[test]
#[ignore = "minutes"]
fn fifty_kills() {
    kills(50, 1);
}

/// A world in which a run was killed with checkpoints behind it: as soon as it has two.
fn killed() -> World {
    let world = world();
    kill_with_two(&world);
    world
}

fn kill_with_two(world: &World) {
    let mut child = spawn(world, &BEGIN);
    let both = ["even", "odd"].map(|name| world.path(&format!(".out.partial/checkpoints/{name}.checkpoint")));
    while !both.iter().all(|path| path.exists()) {
        assert!(child.try_wait().unwrap().is_none(), "the run ended before it could be killed");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn torn_checkpoints_are_passed_over_and_those_of_others_refused() {
    let (files, _) = whole();
    let file = |world: &World, name: &str| world.path(&format!(".out.partial/checkpoints/{name}"));
    let tear = |world: &World, name: &str| {
        let bytes = fs::read(file(world, name)).unwrap();
        fs::write(file(world, name), &bytes[..bytes.len() / 2]).unwrap();
    };
    let world = killed();
    let text = fs::read_to_string(file(&world, "run.json")).unwrap();
    let cases = [
        ("\"build\": \"", "\"build\": \"0", "use the program that began it"),
        ("\"semantics\": ", "\"semantics\": 9", "use the program that began it"),
        ("\"run_ids\": [\n      \"", "\"run_ids\": [\n      \"0", "run it anew"),
    ];
    for (found, put, words) in cases {
        assert!(text.contains(found), "{text}");
        fs::write(file(&world, "run.json"), text.replacen(found, put, 1)).unwrap();
        world.call(&["run", "--resume", "out"]).expect(2).says(words);
    }
    fs::write(file(&world, "run.json"), &text).unwrap();
    world.write("long.toml", &format!("seed = 9\n{LONG}{MAKER}"));
    world.call(&["run", "--resume", "out"]).expect(2).says("run id");
    world.write("long.toml", &format!("{LONG}{MAKER}"));
    tear(&world, "odd.checkpoint");
    let called = judged(world.call(&["run", "--resume", ".out.partial", "--json"]));
    let called = called.says("passed over").says("recovery point").prints("recovery");
    let object: serde_json::Value = serde_json::from_str(&called.stdout).unwrap();
    let lost = |name: &str| object["recovery"][name].as_i64().unwrap_or_else(|| panic!("{object}"));
    // Five minutes, and five more for the one that was passed over.
    assert_eq!(lost("simulated_time_lost_max_ns"), 600_000_000_000);
    assert!(lost("recovery_time_ms") < 60_000, "{object}");
    assert_same_files(&world, &files, "one torn");
    // As a run leaves it that is killed just after its folder has got its name.
    fs::create_dir(world.path("out/checkpoints")).unwrap();
    fs::write(world.path("out/lock"), "").unwrap();
    world.call(&["run", "--resume", "out"]).expect(2).says("nothing to go on with");
    assert_same_files(&world, &files, "killed at its very end");

    let world = killed();
    ["even.checkpoint", "odd.checkpoint"].iter().for_each(|name| tear(&world, name));
    judged(world.call(&["run", "--resume", "out"])).says("no whole checkpoint");
    assert_same_files(&world, &files, "both torn");
}

/// In a market that answers what was done is a file of its own: with it the market is made again, and without it the run is made from its start.
#[test]
fn a_killed_run_in_a_market_that_answers_goes_on() {
    let market = "[market.flow]\npreset = \"crypto-alt\"\nclosed_loop = true\n";
    let text = format!("{}{MAKER}", LONG.replace("[market.synthetic]\n", market));
    let world = || {
        let world = World::new();
        world.write("long.toml", &text);
        world
    };
    let never_stopped = world();
    judged(never_stopped.call(&["run", "long.toml", "--no-drills", "--out", "out"]));
    let whole = files(&never_stopped.path("out"));
    let damaged = "torn or damaged within its first";
    for (left, words) in [(None, "recovery point"), (Some(100), damaged), (Some(0), damaged)] {
        let world = world();
        kill_with_two(&world);
        let done = world.path(".out.partial/checkpoints/done");
        let bytes = fs::read(&done).unwrap();
        assert!(bytes.len() > 200, "{} bytes of what was done", bytes.len());
        match left {
            Some(0) => fs::remove_file(&done).unwrap(),
            Some(left) => fs::write(&done, &bytes[..left]).unwrap(),
            None => {}
        }
        judged(world.call(&["run", "--resume", "out"])).says(words);
        assert_same_files(&world, &whole, words);
    }
}

/// What a file of a checkpoint holds behind its mark and its hash.
type Parts = (u64, [u8; 32], Timestamp, u64, Vec<JournalMark>, Option<(usize, u64, [u8; 32])>, Vec<u8>);

fn parts(path: &Path) -> Parts {
    postcard::from_bytes(&fs::read(path).unwrap()[40..]).unwrap()
}

/// Changes the newer or the older checkpoint, and gives it the hash of what it is then.
fn alter(home: &Path, newer: bool, change: impl FnOnce(&mut Parts)) {
    let mut paths = ["even", "odd"].map(|name| home.join(format!("checkpoints/{name}.checkpoint")));
    paths.sort_by_key(|path| parts(path).0);
    let path = &paths[usize::from(newer)];
    let mut altered = parts(path);
    change(&mut altered);
    let body = postcard::to_extend(&altered, Vec::new()).unwrap();
    let mark = fs::read(path).unwrap()[..8].to_vec();
    fs::write(path, [&mark[..], blake3::hash(&body).as_bytes(), &body].concat()).unwrap();
}

#[test]
fn a_checkpoint_that_does_not_lead_on_is_passed_over_for_the_one_before() {
    let trials = trials(&format!("{SYNTHETIC}{MAKER}"), 1);
    let home = tempfile::tempdir().unwrap();
    let begun = begun(&trials, 600_000_000_000);
    let mut keeping = Keeping::begin(home.path(), &begun).unwrap();
    let whole = comes_to(&run(&trials, home.path(), Some(&mut keeping)));
    let resumed = |passed_over: usize, why: &str, lost_max: Option<Span>| {
        let mut keeping = Keeping::take_up(home.path(), &begun, Box::new(|| {})).unwrap();
        let resumed = comes_to(&run(&trials, home.path(), Some(&mut keeping)));
        assert_same("a maker", 0, why, &whole, &resumed);
        let recovery = keeping.recovery().unwrap();
        assert_eq!(recovery.passed_over.len(), passed_over, "{recovery:?}");
        assert!(recovery.passed_over.iter().all(|text| text.contains(why)), "{why}: {recovery:?}");
        assert_eq!(recovery.lost_max, lost_max, "{recovery:?}");
        assert_eq!(recovery.lost.is_some(), recovery.at.is_some(), "{recovery:?}");
    };
    let minutes = |count: i64| Some(Span::from_nanos(60_000_000_000 * count));
    resumed(0, "", minutes(10));
    let cut = |parts: &mut Parts| parts.6.truncate(parts.6.len() / 2);
    alter(home.path(), true, cut);
    resumed(1, "cannot be read", minutes(20));
    alter(home.path(), true, |parts| parts.4[1].bytes += 1_000_000_000);
    resumed(1, "shorter than its checkpoint says", minutes(20));
    alter(home.path(), true, |parts| parts.4[1].entries += 1);
    resumed(1, "expected", minutes(20));
    alter(home.path(), true, |parts| parts.6.push(0));
    resumed(1, "1 bytes more", minutes(20));
    alter(home.path(), true, cut);
    alter(home.path(), false, cut);
    resumed(2, "cannot be read", None);
    // And the checkpoints of that run are as good as any.
    resumed(0, "", minutes(10));
}

#[test]
fn a_run_that_was_stopped_is_neither_forgotten_nor_taken_for_another_and_replaces_nothing() {
    let world = killed();
    let resume = ["run", "--resume", "out"];
    let run_json = world.path(".out.partial/checkpoints/run.json");

    fs::create_dir(world.path("out")).unwrap();
    world.write("out/notes.txt", "x");
    world.call(&resume).expect(5).says("already there");
    assert_eq!(fs::read_to_string(world.path("out/notes.txt")).unwrap(), "x");
    fs::remove_dir_all(world.path("out")).unwrap();

    world.call(&BEGIN).expect(2).says("--resume out");
    world.call(&["run", "long.toml", "--out", "out"]).expect(2).says("--force begins anew");
    assert!(run_json.is_file(), "the run that was stopped is forgotten");

    let text = fs::read_to_string(&run_json).unwrap();
    for every in ["0", "-5", "999999999"] {
        let put = text.replacen("\"every\": 300000000000", &format!("\"every\": {every}"), 1);
        assert_ne!(put, text, "{text}");
        fs::write(&run_json, put).unwrap();
        world.call(&resume).expect(3).says("expected a second or more");
    }
    fs::write(&run_json, &text).unwrap();

    fs::rename(world.path(".out.partial"), world.path(".moved.partial")).unwrap();
    world.call(&["run", "--resume", "moved"]).expect(2).says("was begun for out");
    assert!(!world.path(".out.partial").exists(), "a folder was made");
    fs::rename(world.path(".moved.partial"), world.path(".out.partial")).unwrap();

    judged(world.call(&["run", "--resume", "./out"])).says("recovery point");
    assert!(!world.path("out/checkpoints").exists() && !world.path("out/lock").exists(), "something is left");
}

#[test]
fn several_bots_say_what_going_on_came_to() {
    let world = World::new();
    let bot = |name: &str| {
        format!(
            "[[bots]]\nname = \"{name}\"\nstrategy = \"market-maker\"\n[bots.parameters]\ninterval = \"1s\"\noffset_ticks = 1\n"
        )
    };
    let text = "mode = \"paper\"\nname = \"long\"\n[market.synthetic]\nduration = \"2h\"\n[run]\nband = false\n[gates.user_orders]\nmax = 5000\n";
    world.write("long.toml", &format!("{text}{}{}", bot("one"), bot("two")));
    kill_with_two(&world);
    let called = judged(world.call(&["run", "--resume", "out", "--json"])).says("recovery point");
    let object: serde_json::Value = serde_json::from_str(&called.stdout).unwrap();
    assert!(object["recovery"]["recovery_point"].is_string(), "{object}");
    assert_eq!(object["recovery"]["simulated_time_lost_max_ns"], 300_000_000_000_i64);
}

/// The limit on the size of a file (`ulimit -f`, with its signal ignored) stands for a disk that is full: writes fail in the same way.
#[test]
fn a_run_whose_disk_was_full_goes_on_when_there_is_space() {
    let (files, _) = whole();
    let largest =
        files.iter().filter(|(name, _)| name.starts_with("journal-neutral.bin")).map(|(_, bytes)| bytes.len());
    let blocks = largest.max().unwrap() / 2 / 1024;
    let world = world();
    let program = env!("CARGO_BIN_EXE_seatrial");
    let line = format!("trap '' XFSZ; ulimit -f {blocks}; exec {program} {}", BEGIN.join(" "));
    let output = std::process::Command::new("bash").args(["-c", &line]).current_dir(world.path("")).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(5), "{text}");
    assert!(text.contains("cannot write"), "{text}");
    assert!(!world.path("out").exists(), "results that are not whole");
    judged(world.call(&["run", "--resume", "out"])).says("recovery point");
    assert_same_files(&world, &files, "space was made");
}

#[test]
fn what_has_no_checkpoints_is_refused_before_it_starts() {
    let world = world();
    let refused = |more: &[&str], words: &str| {
        let begin = ["run", "long.toml", "--out", "out"];
        world.call(&[&begin[..], more].concat()).expect(2).says(words);
        assert!(!world.path("out").exists() && !world.path(".out.partial").exists(), "{words}: something was begun");
    };
    refused(&["--checkpoint-every", "1h", "--set", "run.journal=digest"], "figures are folded from the journal");
    refused(&["--checkpoint-every", "1ms"], "a second or more");
    refused(&["--checkpoint-every", "soon"], "--checkpoint-every soon");
    refused(&["--checkpoint-every", "1h", "--seeds", "1..3"], "cannot be used with");
    world.call(&["run", "--resume", "nowhere"]).expect(2).says("no run that was stopped");
    let family = "mode = \"paper\"\n[family]\npreset = \"spot-and-perpetual\"\nduration = \"5min\"\nclosed_loop = true\n[[markets]]\nmember = \"BTCUSDT\"\n";
    world.write("loop.toml", family);
    let begin = ["run", "loop.toml", "--checkpoint-every", "1min", "--out", "out"];
    world.call(&begin).expect(2).says("a family of markets that answers to the bot has no checkpoints yet");
}

/// Six seeds, of which some have ended when the program is killed; then it goes on with a line torn, and ends as the campaign that nobody stopped.
#[test]
fn a_campaign_that_is_killed_goes_on_with_the_seeds_that_are_missing() {
    let world = World::new();
    let text = "mode = \"paper\"\n[market.synthetic]\nduration = \"30min\"\n[run]\nband = false\n";
    world.write("six.toml", &format!("{text}{MAKER}"));
    let campaign = |out| ["run", "six.toml", "--seeds", "1..6", "--jobs", "2", "--out", out];
    let judged = |called: Called| assert!([0, 1, 4].contains(&called.code), "{}", called.stderr);
    judged(world.call(&campaign("whole")));
    let kept = world.path(".out.partial/checkpoints/seeds.jsonl");
    let lines = || fs::read_to_string(&kept).unwrap_or_default().matches('\n').count();
    let mut child = spawn(&world, &campaign("out"));
    while lines() < 2 {
        assert!(child.try_wait().unwrap().is_none(), "the campaign ended before it could be killed");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    world.call(&campaign("out")).expect(2).says("can be gone on with");
    let text = fs::read_to_string(&kept).unwrap();
    fs::write(&kept, &text[..text.len() - 20]).unwrap();
    let whole = lines();
    let called = world.call(&["run", "--resume", "out"]);
    assert!(called.stderr.contains(&format!("going on: {whole} of 6 seeds")), "{}", called.stderr);
    judged(called);
    for file in ["campaign.json", "figures.json", "manifest.json"] {
        let read = |out: &str| fs::read_to_string(world.path(out).join(file)).unwrap();
        assert_eq!(read("out"), read("whole"), "{file}");
    }
    assert!(!world.path("out/checkpoints").exists());
    world.call(&["run", "--resume", "out"]).expect(2).says("nothing to go on with");
}
