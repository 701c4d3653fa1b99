//! One row a fault: the scenario, what the journal holds, what the report says, and what the careful bot did.

use super::seen::{Seen, after};
use seatrial::gates::GateSpec;
use seatrial::journal::Entry;
use seatrial::model::{
    Access, CancelReason, Charge, Command, ExecutionReport, FeedTrouble, RejectReason, ReportKind, WireEvent, WireFault,
};

/// One fault.
pub struct Row {
    pub number: u8,
    pub scenario: String,
    /// The journal holds the firing: a fault of the wire or the feed with its cause id.
    pub fires: Box<dyn Fn(&Seen) -> bool>,
    /// What the HTML report says of it: its mark, and its row.
    pub page: Vec<&'static str>,
    /// What the careful bot did, in words, and whether it did.
    pub did: (&'static str, fn(&Seen) -> bool),
}

/// A quoting bot that is asked for a lot.
const MAKER: &str = "[bot]\nstrategy = \"market-maker\"\n[bot.parameters]\ninterval = \"1s\"\nrequote = \"always\"\noffset_ticks = 0\n[gates]\norder_burst = \"off\"\n";

/// Gates that are armed without being asked for, out of the way of what is tried.
const NO_GATES: &str =
    "[gates]\norder_value = \"off\"\nposition = \"off\"\norder_burst = \"off\"\ndaily_loss = \"off\"\n";

/// What every mark of a fault says.
const MARK: &str = "fault on the wire";

fn head(minutes: u32) -> String {
    format!("mode = \"paper\"\nseed = 3\n[market.synthetic]\nduration = \"{minutes}min\"\n[run]\nband = false\n")
}

/// A quoting bot for so long, and what happens to it.
pub fn maker(minutes: u32, more: &str) -> String {
    format!("{}{MAKER}{more}", head(minutes))
}

/// A bot of one habit for so long, and what happens to it.
pub fn habit(does: &str, minutes: u32, more: &str) -> String {
    let bot = format!("[bot]\nstrategy = \"odd\"\n[bot.parameters]\ndoes = \"{does}\"\n{NO_GATES}");
    format!("{}{bot}{more}", head(minutes))
}

/// Faults for two of five minutes, and then two to recover in.
fn faulty(more: &str) -> String {
    format!("{}{MAKER}[faults]\nheals_at = \"2min\"\nrecovers_within = \"2min\"\n{more}", head(5))
}

fn scripted(fault: WireFault, more: &str) -> String {
    faulty(&format!("[[faults.script]]\nfault = \"{fault}\"\nat = \"31s\"\n{more}"))
}

fn wire(number: u8, fault: WireFault, more: &str, did: (&'static str, fn(&Seen) -> bool)) -> Row {
    Row {
        number,
        scenario: scripted(fault, more),
        fires: Box::new(move |seen| {
            seen.firings(fault).iter().all(|(.., cause)| 0 < *cause) && !seen.firings(fault).is_empty()
        }),
        page: vec![MARK, fault.as_str()],
        did,
    }
}

fn odd(number: u8, does: &str, more: &str, fires: fn(&Seen) -> bool, words: &'static str) -> Row {
    let bot = format!("[bot]\nstrategy = \"odd\"\n[bot.parameters]\ndoes = \"{does}\"\n");
    Row {
        number,
        scenario: format!("{}{bot}{NO_GATES}{more}", head(1)),
        fires: Box::new(fires),
        page: vec![words],
        did: ("goes on", |seen| seen.trades_after(after(15))),
    }
}

/// The same on a market whose step is worth less than the venue's least order.
fn finer(row: Row) -> Row {
    let scenario = row.scenario.replace("[run]", "step_size = \"0.00001\"\n[run]");
    Row { scenario, ..row }
}

fn shock(
    number: u8,
    name: &'static str,
    minutes: u32,
    fires: fn(&Seen) -> bool,
    did: (&'static str, fn(&Seen) -> bool),
) -> Row {
    Row {
        number,
        scenario: format!("{}[[market.shocks]]\nname = \"{name}\"\nat = \"1min\"\n{MAKER}", head(minutes)),
        fires: Box::new(fires),
        page: vec![name],
        did,
    }
}

pub fn all() -> Vec<Row> {
    [feed(), requests(), rules(), venue(), own()].into_iter().flatten().collect()
}

const SHOWN_AGAIN: (&str, fn(&Seen) -> bool) = ("shows no book until it is sound again, and trades on", |seen| {
    let unsynchronised = seen.wire(|event| matches!(event, WireEvent::Unsynchronised(_)));
    unsynchronised
        && seen.wire(|event| matches!(event, WireEvent::Synchronised { .. }))
        && seen.trades_after(after(120))
});

fn disturbed(number: u8, kind: &str, page: &'static str, fires: fn(&Seen) -> bool) -> Row {
    let wrong = format!("[[disturbances]]\nat = \"30s\"\nlasts = \"20s\"\nkind = \"{kind}\"\n");
    Row {
        number,
        scenario: faulty("").replace("[faults]", &format!("{wrong}[feed]\n[faults]")),
        fires: Box::new(fires),
        page: vec![page, "On the wire", "disturbance 1"],
        did: SHOWN_AGAIN,
    }
}

fn feed() -> Vec<Row> {
    let gap = "[[faults.script]]\nfault = \"sequence-gap\"\nat = \"32s\"\n";
    vec![
        disturbed(1, "feed-disconnect", "to connect", |seen| {
            let closed = WireEvent::Unsynchronised(FeedTrouble::Closed);
            seen.wire(|event| event == closed) && seen.wire(|event| matches!(event, WireEvent::Connecting(_)))
        }),
        disturbed(2, "feed-stall", "was taken for broken", |seen| {
            seen.wire(|event| event == WireEvent::Unsynchronised(FeedTrouble::Stale))
        }),
        wire(
            3,
            WireFault::SlowFeed,
            "lasts = \"30s\"\n",
            ("fails over to its second source", |seen| {
                seen.figure("/wire/feed/failed_over") > 0 && seen.trades_after(after(120))
            }),
        ),
        wire(4, WireFault::SequenceGap, "", SHOWN_AGAIN),
        wire(
            5,
            WireFault::DuplicateMessage,
            "",
            ("drops the copy", |seen| seen.column(WireFault::DuplicateMessage, "dropped") > 0),
        ),
        wire(6, WireFault::OutOfOrder, "", SHOWN_AGAIN),
        wire(
            7,
            WireFault::StaleSnapshot,
            gap,
            ("refuses it and asks again", |seen| {
                seen.figure("/wire/feed/snapshots_refused") > 0 && seen.figure("/wire/feed/snapshots") > 1
            }),
        ),
        wire(8, WireFault::ChecksumMismatch, "", SHOWN_AGAIN),
        wire(9, WireFault::CrossedBook, "", SHOWN_AGAIN),
        wire(10, WireFault::BadTick, "", ("does not believe it", |seen| seen.figure("/wire/feed/ticks_held") > 0)),
        shock(11, "slow-failure", 62, thinner, ("quotes on what is left", |seen| seen.trades_after(after(3_600)))),
        shock(12, "gap", 4, jumps, ("quotes at the new price", |seen| seen.trades_after(after(70)))),
        wire(13, WireFault::DepthLimit, "lasts = \"20s\"\n", ("trades on", |seen| seen.trades_after(after(120)))),
        shock(
            14,
            "tick-size-change",
            4,
            |seen| status(seen, |status| status.price_increment == 10),
            ("quotes on the new grid at once", |seen| {
                !seen.rejected(RejectReason::PriceIncrement) && seen.trades_after(after(70))
            }),
        ),
        wire(15, WireFault::SlowConsumer, "lasts = \"20s\"\n", SHOWN_AGAIN),
        wire(
            16,
            WireFault::ReconnectStorm,
            "lasts = \"20s\"\n",
            ("connects again, with pauses", |seen| {
                (1..300).contains(&seen.figure("/wire/feed/connects")) && seen.trades_after(after(120))
            }),
        ),
    ]
}

/// The middle of the market moves by percents between two ticks of the risk clock.
fn jumps(seen: &Seen) -> bool {
    let mids: Vec<i64> = mids(seen);
    mids.windows(2).any(|pair| (pair[1] - pair[0]).abs() * 100 > pair[0] * 3)
}

fn mids(seen: &Seen) -> Vec<i64> {
    let mark = |entry: &Entry| match entry {
        Entry::Mark(mark) => mark.best.mid_x2(),
        _ => None,
    };
    seen.entries.iter().filter_map(mark).collect()
}

/// What stands at the best prices at the end is less than three quarters of what stood there before.
fn thinner(seen: &Seen) -> bool {
    let shown = |entry: &Entry| match entry {
        Entry::Mark(mark) => Some((mark.at, mark.best.bid?.quantity.steps() + mark.best.ask?.quantity.steps())),
        _ => None,
    };
    let all: Vec<_> = seen.entries.iter().filter_map(shown).collect();
    let mean = |from: i64, until: i64| {
        let there = all.iter().filter(|(at, _)| after(from) <= *at && *at < after(until));
        let (sum, count) = there.fold((0, 0), |(sum, count), (_, steps)| (sum + steps, count + 1));
        sum / i64::max(count, 1)
    };
    mean(3_400, 3_600) * 4 < mean(0, 60) * 3
}

fn status(seen: &Seen, is_it: fn(&seatrial::model::TradingStatus) -> bool) -> bool {
    seen.has(|entry| matches!(entry, Entry::Status { status, .. } if is_it(status)))
}

const FOUND: (&str, fn(&Seen) -> bool) = ("asks, finds it, and sends no second order", |seen| {
    seen.one_order_each() && seen.wire(|event| event == WireEvent::Found)
});

const NO_SECOND: (&str, fn(&Seen) -> bool) = ("hears of it on the stream, and sends no second order", |seen| {
    seen.one_order_each() && seen.trades_after(after(120))
});

const WAITED: (&str, fn(&Seen) -> bool) = ("waits for as long as it is asked to, and trades again", |seen| {
    let waits = seen.wire(|event| matches!(event, WireEvent::Waits(_)));
    waits && !seen.wire(|event| matches!(event, WireEvent::Impatient(_))) && seen.trades_after(after(120))
});

const SENT_AGAIN: (&str, fn(&Seen) -> bool) = ("sends it again under its own number", |seen| {
    seen.wire(|event| matches!(event, WireEvent::Resent(2))) && seen.one_order_each() && seen.trades_after(after(120))
});

/// A bot of one habit, with faults for two of five minutes.
pub fn odd_faulty(does: &str, more: &str) -> String {
    let bot = format!("[bot]\nstrategy = \"odd\"\n[bot.parameters]\ndoes = \"{does}\"\n{NO_GATES}");
    format!("{}{bot}[faults]\nheals_at = \"2min\"\nrecovers_within = \"2min\"\n{more}", head(5))
}

/// The same fault on a bot of one habit.
fn strikes(row: Row, does: &str, fault: WireFault) -> Row {
    Row { scenario: odd_faulty(does, &format!("[[faults.script]]\nfault = \"{fault}\"\nat = \"31s\"\n")), ..row }
}

/// Open orders at the last mark.
pub fn left_open(seen: &Seen) -> u32 {
    let mark = |entry: &Entry| match entry {
        Entry::Mark(mark) => Some(mark.open_orders),
        _ => None,
    };
    seen.entries.iter().rev().find_map(mark).unwrap_or_default()
}

fn requests() -> Vec<Row> {
    let late = "[[faults.script]]\nfault = \"request-delayed\"\nat = \"31s\"\nlasts = \"2500ms\"\n";
    vec![
        wire(17, WireFault::ReplyLost, "", NO_SECOND),
        wire(18, WireFault::UnknownExecuted, "", NO_SECOND),
        wire(19, WireFault::QueryLags, late, FOUND),
        wire(
            20,
            WireFault::DuplicateReport,
            "",
            ("drops the copy", |seen| seen.column(WireFault::DuplicateReport, "dropped") > 0),
        ),
        wire(
            21,
            WireFault::FillBeforeAck,
            "",
            ("hears of it later", |seen| seen.column(WireFault::FillBeforeAck, "heard_later") > 0),
        ),
        wire(
            22,
            WireFault::LateFill,
            "",
            ("books it when it hears of it", |seen| seen.column(WireFault::LateFill, "heard_later") > 0),
        ),
        strikes(
            wire(
                25,
                WireFault::ReplaceNotPlaced,
                "",
                ("hears of both halves, and has one order again", |seen| {
                    let ended = seen.reported(|kind| *kind == ReportKind::Ended(CancelReason::Replaced));
                    ended
                        && seen.rejected(RejectReason::HalfDone)
                        && left_open(seen) == 1
                        && seen.trades_after(after(32))
                }),
            ),
            "replaces",
            WireFault::ReplaceNotPlaced,
        ),
        strikes(
            wire(
                32,
                WireFault::StopLost,
                "",
                ("hears of it, and protects its position again", |seen| {
                    let lost = ReportKind::Ended(CancelReason::ByVenue);
                    seen.reported(|kind| *kind == lost) && left_open(seen) == 1 && seen.trades_after(after(31))
                }),
            ),
            "protects",
            WireFault::StopLost,
        ),
        wire(38, WireFault::RateLimit, "lasts = \"10s\"\n", WAITED),
        wire(39, WireFault::Ban, "lasts = \"2min\"\n", WAITED),
        Row {
            scenario: format!("{}[venue.order_budget]\norders = 20\nwithin = \"30s\"\n", faulty("")),
            ..wire(40, WireFault::OrderBudget, "", WAITED)
        },
        wire(41, WireFault::ClockSkew, "", SENT_AGAIN),
        wire(42, WireFault::InvalidNonce, "", SENT_AGAIN),
        wire(
            43,
            WireFault::KeyRevoked,
            "",
            ("declares a halt, and nothing more reaches the venue", |seen| {
                seen.wire(|event| event == WireEvent::Halted) && !seen.trades_after(after(32))
            }),
        ),
        wire(44, WireFault::Firewall, "", SENT_AGAIN),
        wire(45, WireFault::Overload, "", SENT_AGAIN),
    ]
}

fn rules() -> Vec<Row> {
    // The first order, which no cancel follows.
    let resend = "[faults]\n[[faults.script]]\nfault = \"request-delayed\"\nnth = 1\nlasts = \"2500ms\"\n";
    let once = "[bot]\nstrategy = \"odd\"\n[bot.parameters]\ndoes = \"nothing\"\n[gateway]\non_unknown = \"resend\"\n";
    vec![
        odd(
            23,
            "cancel-filled",
            "",
            |seen| seen.reported(|kind| *kind == ReportKind::RequestRejected(RejectReason::UnknownOrder)),
            "unknown order",
        ),
        odd(
            24,
            "immediate",
            "",
            |seen| {
                let ended = ReportKind::Ended(CancelReason::Unfilled);
                seen.reports().any(|report| report.kind == ended && report.executed.steps() > 0)
            },
            "ended with an open rest",
        ),
        odd(
            26,
            "amend-filled",
            "",
            |seen| seen.reported(|kind| *kind == ReportKind::Ended(CancelReason::AmendedAway)),
            "amended away",
        ),
        odd(27, "takes-as-maker", "", |seen| seen.rejected(RejectReason::PostOnlyWouldTake), "post-only would take"),
        odd(
            28,
            "reduces-nothing",
            "",
            |seen| seen.rejected(RejectReason::ReduceOnly),
            "reduce-only without a position",
        ),
        Row {
            number: 29,
            scenario: format!("{}{once}{resend}", head(8)),
            fires: Box::new(|seen| seen.wire(|event| matches!(event, WireEvent::Resent(2)))),
            page: vec![MARK, "request-delayed", "Sent again"],
            did: ("its first attempt is the only order", |seen| seen.one_order_each() && seen.trades_after(after(120))),
        },
        odd(
            30,
            "stop-passed",
            "",
            |seen| seen.rejected(RejectReason::WouldTriggerImmediately),
            "would trigger immediately",
        ),
        odd(
            31,
            "trades-with-itself",
            "",
            |seen| seen.reported(|kind| *kind == ReportKind::Ended(CancelReason::SelfTrade)),
            "self-trade prevention",
        ),
        odd(33, "price-zero", "", |seen| seen.rejected(RejectReason::PriceOutOfRange), "price out of range"),
        odd(
            34,
            "off-grid",
            "[[market.shocks]]\nname = \"tick-size-change\"\nat = \"5s\"\n",
            |seen| seen.rejected(RejectReason::PriceIncrement),
            "price no multiple of the price increment",
        ),
        finer(odd(35, "dust", "", |seen| seen.rejected(RejectReason::MinNotional), "notional below minimum")),
        odd(36, "too-many", "", |seen| seen.rejected(RejectReason::TooManyOrders), "too many open orders"),
        odd(
            37,
            "too-dear",
            "[venue]\nleverage_max = 1\n",
            |seen| seen.rejected(RejectReason::InsufficientBalance),
            "insufficient balance",
        ),
    ]
}

fn venue() -> Vec<Row> {
    let event = |number, event: &str, fires: fn(&Seen) -> bool, page| Row {
        number,
        scenario: format!("{}{MAKER}[[events]]\nat = \"3min\"\n{event}", head(5)),
        fires: Box::new(fires),
        page: vec![page],
        did: ("its books follow, and it trades on", |seen| seen.trades_after(after(190))),
    };
    let error = "[[disturbances]]\nat = \"30s\"\nlasts = \"20s\"\nkind = \"venue-error\"\n";
    vec![
        Row {
            number: 46,
            scenario: format!("{}{MAKER}{error}", head(2)),
            fires: Box::new(|seen| seen.rejected(RejectReason::Unavailable)),
            page: vec!["venue unavailable", "disturbance 1"],
            did: ("trades again", |seen| seen.trades_after(after(51))),
        },
        shock(
            47,
            "halt-and-reopening",
            16,
            |seen| status(seen, |status| status.is_halted),
            ("trades again behind the halt, and nothing of it within", |seen| {
                let within = |entry: &Entry| match entry {
                    Entry::Venue(report) => {
                        let is_within = after(240) <= report.matched_at && report.matched_at < after(840);
                        is_within && matches!(report.kind, ReportKind::Accepted | ReportKind::Filled(_))
                    }
                    _ => false,
                };
                !seen.has(within) && seen.trades_after(after(841))
            }),
        ),
        Row {
            number: 48,
            scenario: format!("{}{MAKER}[[delistings]]\nreduces_from = \"1min\"\ncloses_at = \"2min\"\n", head(3)),
            fires: Box::new(|seen| {
                let turned = |access, at| {
                    seen.has(|entry| matches!(entry, Entry::Status { status, at: when, .. } if status.access == access && *when == at))
                };
                turned(Access::ReducesAlone, after(60)) && turned(Access::Closed, after(120))
            }),
            page: vec!["bot was told something", "pause", "statuses"],
            did: ("has nothing open and holds nothing when the market closes", |seen| {
                let left = |entry: &Entry| matches!(entry, Entry::Mark(mark) if after(119) <= mark.at && (mark.open_orders > 0 || mark.position.steps() != 0));
                let held = |entry: &Entry| matches!(entry, Entry::Mark(mark) if mark.at < after(60) && mark.position.steps() != 0);
                seen.has(held) && !seen.has(left) && !seen.trades_after(after(63))
            }),
        },
        event(50, "kind = \"fee\"\namount = \"-1.5\"\n", |seen| charged(seen, Charge::Fee), "fee"),
        shock(
            51,
            "funding-spike",
            13,
            |seen| charged(seen, Charge::Funding),
            ("its books follow, and it trades on", |seen| seen.trades_after(after(670))),
        ),
        event(54, "kind = \"bust\"\n", |seen| seen.reported(|kind| matches!(kind, ReportKind::Busted(_))), "bust"),
    ]
}

fn charged(seen: &Seen, wanted: Charge) -> bool {
    seen.has(|entry| matches!(entry, Entry::Charged { charge, .. } if *charge == wanted))
}

fn own() -> Vec<Row> {
    let restart = "[[commands]]\nat = \"1min\"\ndo = \"restart\"\nstate = \"lost\"\n";
    let day = "[market.synthetic]\nduration = \"1445min\"\nmessages_per_second = 1\n";
    let few = "[gates.daily_orders]\nmax = 1000\n";
    let once_a_minute = MAKER.replace("1s", "60s");
    let pause = "[[faults.script]]\nfault = \"long-pause\"\nat = \"31s\"\nlasts = \"20s\"\n";
    vec![
        Row {
            // Far enough from the market that nothing fills before.
            scenario: faulty(pause)
                .replace("offset_ticks = 0", "offset_ticks = 1000")
                .replace("[faults]", "[gateway]\ndead_mans_switch = \"10s\"\n[faults]"),
            ..wire(
                55,
                WireFault::DeadMansSwitch,
                "",
                ("finds its orders gone when it runs again, and quotes anew", |seen| {
                    let ended = |report: &&ExecutionReport| report.kind == ReportKind::Ended(CancelReason::ByVenue);
                    let mut ended = seen.reports().filter(ended).peekable();
                    let in_time = ended.peek().is_some() && ended.all(|report| report.matched_at <= after(41));
                    in_time && seen.firings(WireFault::DeadMansSwitch).len() == 1 && seen.trades_after(after(51))
                }),
            )
        },
        wire(
            60,
            WireFault::TwoInstances,
            "",
            ("stops for good when its lease is another's: one of two trades", |seen| {
                seen.wire(|event| event == WireEvent::Halted) && seen.one_order_each() && !seen.trades_after(after(32))
            }),
        ),
        wire(
            58,
            WireFault::LongPause,
            "lasts = \"20s\"\n",
            ("sends nothing meanwhile, and asks for what it missed before it goes on", |seen| {
                let sent = |entry: &Entry| matches!(entry, Entry::OrderSent { .. } | Entry::CancelSent { .. });
                let quiet = !seen.has(|entry| sent(entry) && after(31) <= entry.at() && entry.at() < after(51));
                let asked = |entry: &Entry| matches!(entry, Entry::Wire { event: WireEvent::Reconciling, at, .. } if *at == after(51));
                quiet
                    && seen.has(asked)
                    && seen.column(WireFault::LongPause, "reconciled") == 1
                    && seen.trades_after(after(52))
            }),
        ),
        Row {
            number: 56,
            scenario: format!("{}{restart}", faulty("")),
            fires: Box::new(|seen| seen.told(Command::RestartWithoutState)),
            page: vec!["bot was told something", "restart-without-state"],
            did: ("knows of what it had sent, and trades on", |seen| {
                seen.one_order_each()
                    && seen.trades_after(after(62))
                    && seen.wire(|event| event.as_str() == "reconciled")
            }),
        },
        Row {
            scenario: scripted(WireFault::TornWrite, "")
                .replace("[faults]", &format!("{restart}[gateway]\nlog = \"careful\"\n[faults]")),
            ..wire(
                57,
                WireFault::TornWrite,
                "",
                (
                    "cuts its log off at the last whole record, and asks for what is torn before it sends what adds risk",
                    |seen| {
                        let torn =
                            |event| matches!(event, WireEvent::LogRead { records, torn } if 0 < records && 0 < torn);
                        let left = |entry: &Entry| {
                            let is_it = matches!(entry, Entry::Wire { event: WireEvent::Left(_), .. });
                            is_it && after(60) < entry.at() && entry.at() < after(72)
                        };
                        seen.wire(torn)
                            && !seen.has(left)
                            && seen.column(WireFault::TornWrite, "reconciled") == 1
                            && seen.one_order_each()
                            && seen.trades_after(after(72))
                    },
                ),
            )
        },
        Row {
            number: 59,
            scenario: format!("mode = \"paper\"\nseed = 3\n{day}[run]\nband = false\n{once_a_minute}{few}"),
            fires: Box::new(|seen| seen.entries.iter().any(|entry| after(86_400) <= entry.at())),
            page: vec!["2026-01-06"],
            did: ("its limits of a day begin anew with the UTC day, and not before", |seen| {
                let gate = GateSpec::named("daily_orders").unwrap().id;
                let refused =
                    |entry: &Entry| matches!(entry, Entry::OrderRefused { refusal, .. } if refusal.gate == gate);
                let last = seen.entries.iter().rev().find(|entry| refused(entry)).map(Entry::at);
                last.is_some_and(|at| after(86_000) < at && at < after(86_400)) && seen.trades_after(after(86_400))
            }),
        },
    ]
}
