//! Runs that are stopped and gone on with end as the ones that never were: in process at drawn instants, and the real program killed.

use seatrial::rng::Streams;
use seatrial::scenario::{
    Begun, Executed, Identity, Keeping, Overrides, Registry, Scenario, Trial, bind, checkpoint_refusal, execute_kept,
    execute_user_kept,
};
use seatrial::units::Span;
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
    let two = "[[markets]]\nsymbol = \"A\"\n[markets.synthetic]\nduration = \"1h\"\n[[markets]]\nsymbol = \"B\"\nseed = 77\n\
               [markets.synthetic]\nduration = \"1h\"\ntick_size = \"0.5\"\nmessages_per_second = 5\n[markets.opening]\nquote = \"5000\"\n\
               [bot]\nstrategy = \"hedged-maker\"\n[bot.parameters]\ninterval = \"2s\"\noffset_ticks = 3\nhedge_from = \"0.002\"\n";
    let bots = "[gates.user_orders]\nmax = 5000\n[[bots]]\nname = \"maker\"\nstrategy = \"market-maker\"\n[[bots]]\nname = \"trend\"\n\
                strategy = \"moving-average-cross\"\n[bots.parameters]\nbar = \"1min\"\nfast = 2\nslow = 5\n";
    let flow = "[market.flow]\npreset = \"crypto-major\"\nduration = \"20min\"\n";
    let shocked = "[[market.shocks]]\nname = \"halt-and-reopening\"\nat = \"5min\"\n";
    vec![
        ("a maker", format!("{SYNTHETIC}{MAKER}")),
        ("every gate", format!("{SYNTHETIC}{MAKER}{GATES}")),
        ("own book", format!("{SYNTHETIC}{MAKER}[run]\nview = \"own-book\"\n")),
        ("a cross on bars", format!("{SYNTHETIC}{cross}{heavy}")),
        ("a breakout on bars", format!("{SYNTHETIC}{breakout}")),
        ("a hostile wire", format!("{SYNTHETIC}{MAKER}{rough}")),
        ("a naive gateway", format!("{SYNTHETIC}{MAKER}{naive}")),
        ("commands, events, disturbances", format!("{SYNTHETIC}{MAKER}{TOLD}")),
        ("two markets", two.to_owned()),
        ("two bots", format!("{SYNTHETIC}{bots}")),
        ("orders in a shocked market", format!("{flow}{shocked}{MAKER}{GATES}")),
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

/// 1,001 cuts: `cargo test --release --no-default-features --test resume -- --ignored a_thousand_cuts`.
#[test]
#[ignore = "minutes"]
fn a_thousand_cuts() {
    (1..=7).for_each(|seed| cut_all(13, seed));
}
