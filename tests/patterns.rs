//! Faults that come together under a name: each of their parts happens, in order; and what can never happen is refused with its place.

#[path = "sixty/odd.rs"]
mod odd;
#[allow(dead_code, reason = "another test uses the rest of it")]
mod program;
#[allow(dead_code, reason = "another test uses the rest of it")]
#[path = "sixty/seen.rs"]
mod seen;

use program::World;
use seatrial::journal::Entry;
use seatrial::model::{Charge, Command, RejectReason, ReportKind, WireEvent, WireFault};
use seatrial::units::{SECOND, Timestamp};
use seen::{Seen, after};

const MAKER: &str =
    "[bot]\nstrategy = \"market-maker\"\n[bot.parameters]\ninterval = \"1s\"\nrequote = \"always\"\noffset_ticks = 0\n";

fn scenario(minutes: u32, bot: &str, (heals, recovers): (u32, u32), pattern: &str, at: &str) -> String {
    format!(
        "mode = \"paper\"\nseed = 3\n[market.synthetic]\nduration = \"{minutes}min\"\n[run]\nband = false\n{bot}[gates]\norder_burst = \"off\"\n\
         [faults]\nheals_at = \"{heals}min\"\nrecovers_within = \"{recovers}min\"\n[[faults.pattern]]\nname = \"{pattern}\"\nat = \"{at}\"\n"
    )
}

/// The first instant at which each of these is in the journal.
fn firsts(seen: &Seen, parts: &[&dyn Fn(&Entry) -> bool]) -> Vec<Option<Timestamp>> {
    parts.iter().map(|part| seen.entries.iter().find(|entry| part(entry)).map(Entry::at)).collect()
}

fn fired(fault: WireFault) -> impl Fn(&Entry) -> bool {
    move |entry| matches!(entry, Entry::Wire { event: WireEvent::Fault { fault: fired, .. }, .. } if *fired == fault)
}

fn is_funding(entry: &Entry) -> bool {
    matches!(entry, Entry::Charged { charge: Charge::Funding, .. })
}

fn is_unavailable(entry: &Entry) -> bool {
    matches!(entry, Entry::Venue(report) if report.kind == ReportKind::Rejected(RejectReason::Unavailable))
}

#[test]
fn a_weekend_is_maintenance_a_halt_and_funding() {
    let seen = seen::run(&scenario(18, MAKER, (14, 3), "weekend", "1min"));
    let is_halted = |entry: &Entry| matches!(entry, Entry::Status { status, .. } if status.is_halted);
    let is_open = |entry: &Entry| matches!(entry, Entry::Status { status, .. } if !status.is_halted);
    let at = firsts(&seen, &[&is_unavailable, &is_halted, &is_open, &is_funding]);
    assert!(at[0].is_some_and(|at| after(60) <= at && at < after(62)), "{at:?}");
    assert_eq!(at[1..], [Some(after(360)), Some(after(660)), Some(after(780))]);
    assert!(seen.trades_after(after(781)), "it trades again");
    assert_eq!(seen.findings(), [""; 0]);
}

#[test]
fn a_cascade_is_a_gap_while_the_venue_asks_to_wait() {
    let seen = seen::run(&scenario(6, MAKER, (3, 2), "cascade", "1min"));
    let mids: Vec<(Timestamp, i64)> = seen
        .entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Mark(mark) => Some((mark.at, mark.best.mid_x2()?)),
            _ => None,
        })
        .collect();
    let jump = mids.windows(2).find(|pair| (pair[1].1 - pair[0].1).abs() * 100 > pair[0].1 * 3).expect("a gap");
    let limited = seen.firings(WireFault::RateLimit);
    assert_eq!(limited.len(), 1);
    assert!(jump[1].0 <= limited[0].0 && limited[0].0 < after(64), "{:?} {:?}", jump[1].0, limited);
    assert!(seen.wire(|event| matches!(event, WireEvent::Waits(_))) && seen.trades_after(after(90)));
    assert_eq!(seen.findings(), [""; 0]);
    // What it is without is said.
    let world = World::new();
    world.write("cascade.toml", &scenario(6, MAKER, (3, 2), "cascade", "1min"));
    let call = world.call(&["run", "cascade.toml", "--no-drills", "--out", "out"]);
    call.says("`cascade` is without the bot's own liquidation");
}

#[test]
fn amnesia_strikes_between_the_halves_of_a_replacement() {
    let bot = "[bot]\nstrategy = \"odd\"\n[bot.parameters]\ndoes = \"replaces\"\n";
    let seen = seen::run(&scenario(5, bot, (2, 2), "amnesia", "30500ms"));
    let is_restart = |entry: &Entry| matches!(entry, Entry::Command { command: Command::RestartWithoutState, .. });
    let at = firsts(&seen, &[&fired(WireFault::ReplaceNotPlaced), &is_restart]);
    let half_done = ReportKind::Rejected(RejectReason::HalfDone);
    let heard = seen.reports().find(|report| report.kind == half_done).map(|report| report.reported_at);
    assert_eq!(at[1], Some(after(32)));
    assert!(at[0] < at[1] && at[0].is_some() && at[1] < heard, "{at:?} {heard:?}");
    assert!(seen.one_order_each() && seen.trades_after(after(40)));
    assert_eq!(seen.findings(), [""; 0]);
}

#[test]
fn a_calendar_edge_is_a_midnight_without_a_stream_and_with_funding_twice() {
    let slow = MAKER.replace("1s", "60s");
    let text = scenario(1_510, &slow, (1_505, 4), "calendar-edge", "2026-01-05T23:59:55Z");
    let seen = seen::run(&text.replace("[run]", "messages_per_second = 1\n[run]"));
    let lost = seen.firings(WireFault::StreamDisconnect);
    assert_eq!(lost.iter().map(|(at, ..)| *at).collect::<Vec<_>>(), [after(86_395)]);
    let charged: Vec<Timestamp> = seen.entries.iter().filter(|entry| is_funding(entry)).map(Entry::at).collect();
    assert_eq!(charged, [after(86_400), after(90_000)]);
    assert_eq!(seen.findings(), [""; 0]);
}

#[test]
fn twins_are_a_pause_in_which_the_lease_is_lost() {
    let seen = seen::run(&scenario(5, MAKER, (2, 2), "twins", "31s"));
    let halts = |entry: &Entry| matches!(entry, Entry::Wire { event: WireEvent::Halted, .. });
    let at = firsts(&seen, &[&fired(WireFault::LongPause), &fired(WireFault::TwoInstances), &halts]);
    assert_eq!(at, [Some(after(31)), Some(after(41)), Some(after(51))]);
    assert!(seen.one_order_each() && !seen.trades_after(after(51)));
    assert_eq!(seen.findings(), [""; 0]);
}

#[test]
fn a_disk_that_drips_is_slow_then_full_then_torn() {
    let text = scenario(5, MAKER, (2, 2), "drip-disk", "31s");
    let seen = seen::run(&text.replace("[faults]", "[gateway]\nlog = \"careful\"\n[faults]"));
    let is_restart = |entry: &Entry| matches!(entry, Entry::Command { command: Command::RestartWithoutState, .. });
    let is_read =
        |entry: &Entry| matches!(entry, Entry::Wire { event: WireEvent::LogRead { torn, .. }, .. } if *torn > 0);
    let is_up = |entry: &Entry| matches!(entry, Entry::Wire { event: WireEvent::LogUp, .. });
    let (slow, full, torn) = (fired(WireFault::SlowDisk), fired(WireFault::FullDisk), fired(WireFault::TornWrite));
    let at = firsts(&seen, &[&slow, &full, &torn, &is_restart, &is_read, &is_up]);
    assert_eq!(seen.firings(WireFault::SlowDisk).len(), 3);
    assert!(at[0] < at[1] && at[1] < at[2] && at[0].is_some_and(|at| after(31) <= at), "{at:?}");
    assert_eq!(at[2..5], [Some(after(46)); 3]);
    let up = at[5].expect("there is space again");
    assert!(at[1].is_some_and(|full| full.plus(SECOND.times(20)) <= up), "{at:?}");
    let left = |entry: &Entry| matches!(entry, Entry::Wire { event: WireEvent::Left(_), .. });
    let risky = |entry: &Entry| left(entry) && at[1] < Some(entry.at()) && entry.at() < up;
    assert!(!seen.has(risky), "an order left while the disk was full");
    assert!(seen.one_order_each() && seen.trades_after(up));
    assert_eq!(seen.findings(), [""; 0]);
}

#[test]
fn what_can_never_happen_is_refused_with_its_place() {
    let world = World::new();
    let head = scenario(18, MAKER, (14, 3), "stutter", "1min");
    let plain = head.split("[[faults.pattern]]").next().expect("a head");
    let gap = |at: &str| format!("[[faults.script]]\nfault = \"sequence-gap\"\nat = \"{at}\"\n");
    let disk = |fault: &str, gateway: &str| {
        let gateway = if gateway.is_empty() { String::new() } else { format!("[gateway]\n{gateway}") };
        format!("[[faults.script]]\nfault = \"{fault}\"\nat = \"2min\"\n{gateway}")
    };
    let old = "[[faults.script]]\nfault = \"stale-snapshot\"\nat = \"10min\"\n";
    let cases = [
        (
            "[[faults.pattern]]\nname = \"weekend\"\nat = \"1min\"\nmarket = 0\n".to_owned(),
            "faults.pattern[0].market",
            "all markets",
        ),
        (
            "[[faults.pattern]]\nname = \"cascade\"\nat = \"2026-01-05T00:01:00Z\"\n".to_owned(),
            "faults.pattern[0].at",
            "after its start",
        ),
        (
            "[[faults.pattern]]\nname = \"calendar-edge\"\nat = \"2026-01-05T00:01:00Z\"\n".to_owned(),
            "faults.pattern[0].at",
            "midnight",
        ),
        (old.to_owned(), "faults.script[0].fault", "sequence-gap"),
        (
            "[[faults.pattern]]\nname = \"drip-disk\"\nat = \"1min\"\n".to_owned(),
            "faults.pattern[0].name",
            "gateway.log",
        ),
        (disk("full-disk", ""), "faults.script[0].fault", "gateway.log"),
        ("[faults.rates]\nslow-disk = 10\n".to_owned(), "faults.rates.slow-disk", "gateway.log"),
        (disk("torn-write", "log = \"careful\"\n"), "faults.script[0].fault", "restart"),
        (
            disk("torn-write", "log = \"careful\"\non_lost_memory = \"survives\"\n"),
            "faults.script[0].fault",
            "survives",
        ),
        (format!("{old}{}", gap("2min")), "faults.script[0].fault", "it would never fire"),
        (format!("{}{}", gap("2min"), old), "faults.script[1].fault", "it would never fire"),
    ];
    for (faults, place, hint) in cases {
        world.write("never.toml", &format!("{plain}{faults}"));
        let call = world.call(&["run", "never.toml", "--no-drills", "--force", "--out", "out"]).expect(2);
        let told = call.stderr.replace('\n', " ");
        assert!(told.contains(place) && told.contains(hint), "{faults}: {told}");
    }
    // One that may be asked for is none of them.
    for faults in [format!("{old}{}", gap("10min")), format!("{old}[faults.rates]\nsequence-gap = 10\n")] {
        world.write("may.toml", &format!("{plain}{faults}"));
        let call = world.call(&["run", "may.toml", "--no-drills", "--force", "--out", "out"]);
        assert_ne!(call.code, 2, "{faults}: {}", call.stderr);
    }
}

/// A profile brings faults of the feed, which do nothing in a market that answers to the bot: that is said, once.
#[test]
fn faults_of_a_feed_that_do_nothing_are_named() {
    let world = World::new();
    let flow = "mode = \"paper\"\n[market.flow]\npreset = \"crypto-alt\"\nduration = \"4min\"\nclosed_loop = true\nbelievability = false\n";
    world.write(
        "loop.toml",
        &format!("{flow}{MAKER}[faults]\nprofile = \"rough\"\nheals_at = \"1min\"\nrecovers_within = \"2min\"\n"),
    );
    let call = world.call(&["run", "loop.toml", "--no-drills", "--out", "out"]);
    assert_eq!(call.stderr.matches("those of the feed in `rough` do nothing").count(), 1, "{}", call.stderr);
    world.write(
        "fed.toml",
        &scenario(18, MAKER, (14, 3), "ack-fog", "1min").replace("[faults]", "[faults]\nprofile = \"rough\""),
    );
    let call = world.call(&["run", "fed.toml", "--no-drills", "--out", "fed"]);
    assert!(!call.stderr.contains("do nothing"), "{}", call.stderr);
}
