//! Whole runs over markets that shocks halt, or put on another grid: what the venue refuses is exactly what it has to, in the closed loop, on
//! generated markets and on tapes, at one market and not at another.

mod program;

use program::World;
use seatrial::journal::{Entry, JournalReader};
use seatrial::model::{ExecutionReport, Liquidity, MarketId, OrderType, RejectReason, ReportKind};
use seatrial::units::{MINUTE, Span, Timestamp};

const MAKER: &str = "[bot]\nstrategy = \"market-maker\"\n[bot.parameters]\ninterval = \"1s\"\nrequote = \"always\"\n";
const HALT: &str = "name = \"halt-and-reopening\"\nseverity = 0.5\nat = \"2min\"\n";
const GRID: &str = "name = \"tick-size-change\"\nat = \"2min\"\n";
/// Monday, 5 January 2026: where generated markets begin.
const START: i64 = 1_767_571_200;
/// The halt begins three minutes after the shock and lasts half of ten.
const HALTED: [i64; 2] = [5, 10];

fn after(minutes: i64) -> Timestamp {
    Timestamp::from_nanos(START * 1_000_000_000).plus(MINUTE.times(minutes))
}

fn entries(world: &World, folder: &str) -> Vec<Entry> {
    let lanes = std::fs::read_dir(world.path(folder)).unwrap().map(|file| file.unwrap().path());
    let mut journals: Vec<_> = lanes.filter(|path| path.extension().is_some_and(|ending| ending == "bin")).collect();
    journals.sort();
    let reader = JournalReader::open(&journals[0]).unwrap();
    reader.collect::<Result<_, _>>().unwrap()
}

fn reports(entries: &[Entry]) -> Vec<ExecutionReport> {
    let report = |entry: &Entry| match entry {
        Entry::Venue(report) => Some(*report),
        _ => None,
    };
    entries.iter().filter_map(report).collect()
}

fn is_new(report: &ExecutionReport) -> bool {
    matches!(report.kind, ReportKind::Accepted | ReportKind::Rejected(_))
}

/// Holds the answers at a market against the halt: refused for it within, and never outside.
fn check_halt(found: &[Entry], market: MarketId, what: &str) {
    let [from, until] = HALTED.map(after);
    let told: Vec<(Timestamp, bool)> = found
        .iter()
        .filter(|entry| entry.market() == market)
        .filter_map(|entry| match entry {
            Entry::Status { at, status, .. } => Some((*at, status.is_halted)),
            _ => None,
        })
        .collect();
    assert_eq!(told, [(from, true), (until, false)], "{what}");
    let found = reports(found);
    let here = |report: &&ExecutionReport| report.market == market;
    let within = |report: &&ExecutionReport| from <= report.matched_at && report.matched_at < until;
    let refusal = ReportKind::Rejected(RejectReason::TradingHalted);
    let refused = found.iter().filter(here).filter(|report| report.kind == refusal).count();
    let asked = found.iter().filter(here).filter(within).filter(|report| is_new(report)).count();
    let outside = found.iter().filter(here).filter(|report| !within(report) && report.kind == refusal).count();
    assert!(refused > 50, "{what}: {refused} orders were refused");
    assert_eq!((refused, outside), (asked, 0), "{what}: all that was asked for in the halt, and nothing else");
    let traded = |report: &&ExecutionReport| matches!(report.kind, ReportKind::Filled(_) | ReportKind::Triggered);
    assert_eq!(found.iter().filter(here).filter(within).filter(traded).count(), 0, "{what}");
    let cancelled = |report: &&ExecutionReport| matches!(report.kind, ReportKind::Ended(_));
    assert!(found.iter().filter(here).filter(within).any(|report| cancelled(&report)), "{what}: cancels are taken");
    let later = |report: &&ExecutionReport| until <= report.matched_at && report.kind == ReportKind::Accepted;
    assert!(found.iter().filter(here).any(|report| later(&report)), "{what}: open again");
}

#[test]
fn a_bot_that_quotes_through_a_halt_is_refused_exactly_then() {
    let world = World::new();
    world.call(&["tape", "synth", "crypto-alt", "--days", "0.009", "-o", "alt.tape"]).expect(0);
    let flow = "[market.flow]\npreset = \"crypto-alt\"\nduration = \"13min\"\nbelievability = false\n";
    let markets = [
        ("loop", format!("{flow}closed_loop = true\n")),
        ("flow", flow.to_owned()),
        ("tape", "[market]\ntape = \"alt.tape\"\n".to_owned()),
        ("simple", "[market.synthetic]\nduration = \"13min\"\n".to_owned()),
    ];
    for (name, market) in markets {
        let text = format!("mode = \"paper\"\n{market}[[market.shocks]]\n{HALT}{MAKER}");
        world.write("halt.toml", &text);
        let run = world.call(&["run", "halt.toml", "--no-drills", "--no-band", "--out", name]);
        run.says("bot, ledger and venue agree");
        check_halt(&entries(&world, name), MarketId::FIRST, name);
        world.call(&["verify", name]).expect(0);
        world.call(&["audit", name]).expect(0).prints("statuses");
    }
}

#[test]
fn a_halt_binds_its_own_market_alone() {
    let world = World::new();
    let flow = "[[markets]]\n[markets.flow]\npreset = \"crypto-alt\"\nduration = \"13min\"\n";
    let maker = "[bot]\nstrategy = \"hedged-maker\"\n[bot.parameters]\ninterval = \"1s\"\noffset_ticks = 1\nhedge_from = \"20\"\nquantity = \"20\"\nposition_max = \"200\"\n";
    for (halted, shocks) in [(0, ["[[markets.shocks]]\n", ""]), (1, ["", "[[markets.shocks]]\n"])] {
        let own = |shock: &str| if shock.is_empty() { String::new() } else { format!("{shock}{HALT}") };
        let [first, second] = shocks.map(own);
        world.write("two.toml", &format!("mode = \"paper\"\n{flow}{first}{flow}{second}{maker}"));
        let out = format!("two-{halted}");
        world.call(&["run", "two.toml", "--no-drills", "--no-band", "--out", &out]);
        let found = entries(&world, &out);
        let told = found.iter().filter(|entry| matches!(entry, Entry::Status { .. }));
        let markets: Vec<u8> = told.map(|entry| entry.market().0).collect();
        assert_eq!(markets, [halted, halted]);
        let refused = |report: &&ExecutionReport| report.kind == ReportKind::Rejected(RejectReason::TradingHalted);
        let elsewhere = reports(&found).iter().filter(refused).filter(|report| report.market.0 != halted).count();
        assert_eq!(elsewhere, 0, "market {halted}");
        let [from, until] = HALTED.map(after);
        let vain = reports(&found).iter().filter(refused).count() as i64;
        assert!(vain <= 2 * until.since(from).nanos() / 1_000_000_000, "{vain} orders in vain, two a ring at most");
        let goes_on = |report: &&ExecutionReport| {
            report.market.0 == 1 - halted && from <= report.matched_at && report.matched_at < until
        };
        let other = reports(&found).iter().filter(goes_on).filter(|report| report.kind == ReportKind::Accepted).count();
        assert!(halted == 1 && other > 0 || halted == 0, "the first market goes on: {other}");
        world.call(&["verify", &out]).expect(0);
    }
}

/// The built-in maker hears of the grid, as venues announce it, and quotes on it: nothing of it is refused for its price.
#[test]
fn a_maker_quotes_on_the_grid_that_was_announced() {
    let world = World::new();
    for way in ["true", "false"] {
        let flow = format!("[market.flow]\npreset = \"crypto-alt\"\nduration = \"12min\"\nclosed_loop = {way}\n");
        let market = format!("mode = \"paper\"\n{flow}believability = false\n[[market.shocks]]\n{GRID}{MAKER}");
        world.write("grid.toml", &market);
        let out = format!("grid-{way}");
        world.call(&["run", "grid.toml", "--no-drills", "--no-band", "--out", &out]);
        let found = entries(&world, &out);
        let told = found.iter().find_map(|entry| match entry {
            Entry::Status { at, status, .. } => Some((*at, status.price_increment)),
            _ => None,
        });
        assert_eq!(told, Some((after(2), 10)));
        // A quote that was on its way when the grid changed may be refused: one on each side.
        let arrives_late = |report: &ExecutionReport| report.sent_at < after(2);
        let off = ReportKind::Rejected(RejectReason::PriceIncrement);
        let refused: Vec<_> = reports(&found).into_iter().filter(|report| report.kind == off).collect();
        assert!(refused.iter().all(arrives_late) && refused.len() <= 2, "{refused:?}");
        let late = |report: &ExecutionReport| after(2) <= report.sent_at && report.kind == ReportKind::Accepted;
        assert!(reports(&found).iter().filter(|report| late(report)).count() > 200);
        let prices = found.iter().filter(|entry| after(2) <= entry.at()).filter_map(|entry| match entry {
            Entry::OrderSent { intent, .. } => match intent.order_type {
                OrderType::Limit { price } => Some(price),
                _ => None,
            },
            _ => None,
        });
        assert!(prices.into_iter().all(|price| price.ticks() % 10 == 0));
        world.call(&["verify", &out]).expect(0);
    }
}

const TAKER: &str = "[bot]\nstrategy = \"moving-average-cross\"\n[bot.parameters]\nfast = 2\nslow = 4\nbar = \"1s\"\n";

/// Orders that were refused for the mode within it and outside, and what was accepted and taken within.
fn in_mode(found: &[Entry], reason: RejectReason) -> [usize; 4] {
    let [from, until] = HALTED.map(after);
    let reports = reports(found);
    let within = |report: &&ExecutionReport| from <= report.matched_at && report.matched_at < until;
    let refused = |report: &&ExecutionReport| report.kind == ReportKind::Rejected(reason);
    let took = |report: &&ExecutionReport| matches!(report.kind, ReportKind::Filled(fill) if fill.liquidity == Liquidity::Taker);
    [
        reports.iter().filter(within).filter(refused).count(),
        reports.iter().filter(refused).filter(|report| !within(report)).count(),
        reports.iter().filter(within).filter(|report| report.kind == ReportKind::Accepted).count(),
        reports.iter().filter(within).filter(took).count(),
    ]
}

/// A maker goes on where post-only and limit orders are taken, and hears of nothing but refusals where cancels alone are; one who takes is refused in both others.
#[test]
fn a_market_in_a_mode_takes_what_the_mode_takes() {
    let flow = "[market.flow]\npreset = \"crypto-alt\"\nduration = \"13min\"\nbelievability = false\n";
    let markets = [("loop", "closed_loop = true\n"), ("flow", "")];
    let modes = [
        ("post-only", RejectReason::PostOnlyMarket),
        ("limit-only", RejectReason::LimitOnlyMarket),
        ("cancel-only", RejectReason::CancelOnlyMarket),
    ];
    let world = World::new();
    for (mode, reason) in modes {
        for (name, market) in markets {
            for (bot, parameters) in [("maker", MAKER), ("taker", TAKER)] {
                let what = format!("{mode}-{name}-{bot}");
                let text = format!("[[modes]]\nmode = \"{mode}\"\nat = \"5min\"\nlasts = \"5min\"\n{parameters}");
                world.write("mode.toml", &format!("mode = \"paper\"\n{flow}{market}{text}"));
                world.call(&["run", "mode.toml", "--no-drills", "--no-band", "--out", &what]);
                let found = entries(&world, &what);
                let [refused, outside, accepted, took] = in_mode(&found, reason);
                assert_eq!(outside, 0, "{what}");
                let goes_on = bot == "maker" && mode != "cancel-only";
                assert_eq!(
                    (refused == 0, accepted > 0),
                    (goes_on, goes_on),
                    "{what}: {refused} refused, {accepted} accepted"
                );
                assert!(took == 0, "{what}: {took} taken");
                let later =
                    |report: &ExecutionReport| after(10) <= report.matched_at && report.kind == ReportKind::Accepted;
                assert!(reports(&found).iter().any(later), "{what}: open again");
                world.call(&["verify", &what]).expect(0);
                world.call(&["audit", &what]).expect(0).prints("statuses");
            }
        }
    }
}

#[test]
fn modes_that_cannot_be_are_refused_with_their_place() {
    let world = World::new();
    let cases = [
        ("mode = \"post-onyl\"\nat = \"1min\"\nlasts = \"1min\"", "did you mean `post-only`?"),
        ("mode = \"post-only\"\nat = \"1min\"\nlasts = \"0s\"", "expected a span above 0"),
        ("mode = \"post-only\"\nat = \"1min\"\nlasts = \"1min\"\nmarket = \"X\"", "unknown market `X`"),
        ("mode = \"post-only\"\nat = \"2000-01-01T00:00:00Z\"\nlasts = \"1min\"", "an instant from"),
        (
            "mode = \"post-only\"\nat = \"1min\"\nlasts = \"1min\"\n[[modes]]\nmode = \"cancel-only\"\nat = \"90s\"\nlasts = \"1min\"",
            "one mode of a market at a time",
        ),
    ];
    for (text, said) in cases {
        world.write(
            "own.toml",
            &format!("mode = \"paper\"\n[market.synthetic]\nduration = \"5min\"\n[[modes]]\n{text}\n"),
        );
        world.call(&["run", "own.toml", "--out", "out"]).expect(2).says("own.toml:").says(said);
        assert!(!world.path("out").exists());
    }
}

/// A refusal does not make the maker ask again before its next ring.
#[test]
fn a_maker_asks_no_oftener_in_a_halt() {
    let world = World::new();
    let flow = "[market.flow]\npreset = \"crypto-alt\"\nduration = \"13min\"\nbelievability = false\n";
    world.write("halt.toml", &format!("mode = \"paper\"\n{flow}[[market.shocks]]\n{HALT}{MAKER}"));
    world.call(&["run", "halt.toml", "--no-drills", "--no-band", "--out", "halt"]);
    let [from, until] = HALTED.map(after);
    let sent = entries(&world, "halt");
    let within = |entry: &&Entry| matches!(entry, Entry::OrderSent { .. }) && from <= entry.at() && entry.at() < until;
    let sent = sent.iter().filter(within).count() as i64;
    let rings = until.since(from).nanos() / Span::from_nanos(1_000_000_000).nanos();
    assert!(sent <= 2 * rings, "{sent} orders in {rings} rings");
}
