//! What has to hold of any bot at any venue, by number, and what holds it to that here.

/// What looks whether an invariant holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldBy {
    /// An invariant of an audit, by its name in reports.
    Invariant(&'static str),
    /// A control that an audit recomputes.
    Control(&'static str),
    /// A command that checks finished runs.
    Command(&'static str),
    /// An assertion that every run carries: where it stands, and its words.
    Assertion(&'static str, &'static str),
    /// A test of this program: its file and its name.
    Test(&'static str, &'static str),
    /// The compiler: where what it holds to is said.
    Type(&'static str, &'static str),
    /// Nothing yet, and why.
    NotYet(&'static str),
}

impl HeldBy {
    /// In words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Invariant(name) => format!("audit: {name}"),
            Self::Control(name) => format!("audit of the control {name}"),
            Self::Command(command) => format!("seatrial {command}"),
            Self::Assertion(file, words) => format!("assertion \"{words}\" in {file}"),
            Self::Test(file, name) => format!("test {name} in {file}"),
            Self::Type(file, name) => format!("the type {name} in {file}"),
            Self::NotYet(why) => format!("not yet: {why}"),
        }
    }
}

/// An invariant with its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbered {
    /// From 1.
    pub number: u8,
    /// What holds.
    pub words: &'static str,
    /// What looks whether it does.
    pub held_by: &'static [HeldBy],
}

const fn row(number: u8, words: &'static str, held_by: &'static [HeldBy]) -> Numbered {
    Numbered { number, words, held_by }
}

use HeldBy::{Assertion, Command, Control, Invariant, NotYet, Test, Type};

/// All of them, in order.
pub const NUMBERED: [Numbered; 28] = [
    row(
        1,
        "money is conserved: per asset all accounts together are constant after every event",
        &[
            Assertion("src/ledger/entry.rs", "instead of 0"),
            Assertion("src/ledger/book.rs", "books do not balance"),
            Command("ledger reconcile"),
        ],
    ),
    row(
        2,
        "original = executed + open + ended for every order, none negative, executed never falls",
        &[Invariant("clearance"), Test("tests/twin/swarm.rs", "ten_million_commands")],
    ),
    row(3, "an order that has ended stays so", &[Invariant("terminal"), Invariant("clearance")]),
    row(
        4,
        "at most one order at the venue for a client order id, and one that lives for an intent",
        &[Invariant("one-order"), Control("idempotency")],
    ),
    row(
        5,
        "orders of unknown fate count at their worst",
        &[
            Control("position"),
            Control("exposure"),
            Control("leverage"),
            Control("open_orders"),
            Invariant("position-limit"),
            Command("prove"),
        ],
    ),
    row(
        6,
        "no order is sent on a book that is stale, gapped, crossed or unsynchronised",
        &[Invariant("sound-book"), Invariant("true-book"), Control("stale_data"), Control("book_state")],
    ),
    row(
        7,
        "every order at the venue was cleared by the gates before, as it is",
        &[Invariant("clearance"), Invariant("one-order"), Type("src/gates/cleared.rs", "Cleared")],
    ),
    row(
        8,
        "after a kill nothing that adds risk is sent, and every order has ended or is known to be gone in time",
        &[
            Control("kill_switch"),
            Invariant("stops-hold"),
            Invariant("cancels"),
            Invariant("commands"),
            Command("drill --kills"),
        ],
    ),
    row(
        9,
        "never more than the venue suffers, and silence while it asks for it",
        &[Invariant("waits-honoured"), Invariant("connects-slowly"), Control("message_rate"), Control("order_burst")],
    ),
    row(
        10,
        "in time after a connection the bot knows what the venue knows, or trading is halted",
        &[Invariant("reconciled"), Invariant("recovers"), Invariant("adopts"), Invariant("fresh-balance")],
    ),
    row(11, "the position is the sum of distinct fills", &[Invariant("marks"), Invariant("heard-once")]),
    row(
        12,
        "beyond a limit on losses only orders that reduce, and what was lost meanwhile is reported",
        &[Control("daily_loss"), Control("drawdown"), Control("total_loss"), Invariant("stops-hold")],
    ),
    row(13, "a reduce-only order never increases or turns a position", &[Invariant("terms")]),
    row(
        14,
        "time is that of events and never runs backwards",
        &[Invariant("clearance"), Test("tests/tidy.rs", "banned_constructs_are_absent")],
    ),
    row(15, "once faults have healed the bot trades again", &[Invariant("recovers"), Invariant("feed-recovers")]),
    row(
        16,
        "the same inputs have the same chain of hashes over runs, workers and machines",
        &[
            Command("run --check-determinism"),
            Test("tests/golden_digest.rs", "every_scenario_behaves_as_written_down"),
            Test("tests/repeat.rs", "a_steady_bot_does_the_same_in_every_hour_of_every_run"),
        ],
    ),
    row(
        17,
        "a run that goes on from a checkpoint ends as the one that was never stopped",
        &[
            Test("tests/resume.rs", "a_run_that_is_gone_on_with_ends_as_the_one_that_was_never_stopped"),
            Test("tests/resume.rs", "a_program_that_is_killed_loses_nothing"),
        ],
    ),
    row(
        18,
        "memory, queues, open orders and logs are bounded",
        &[Invariant("bounded-state"), Control("open_orders"), Test("tests/memory.rs", "memory_is_flat_in_length")],
    ),
    row(
        19,
        "nobody sees what has not happened",
        &[Test("tests/engine/ahead.rs", "the_future_changes_nothing_before_it")],
    ),
    row(
        20,
        "the best price first, and at one price the first to come",
        &[
            Test("tests/twin/swarm.rs", "ten_million_commands"),
            Test("tests/twin/tables.rs", "tables_hold_for_product_and_twin"),
        ],
    ),
    row(
        21,
        "no cash balance below nothing, nothing sold in spot that is not there",
        &[
            Test("src/venue/account.rs", "a_spot_account_gives_what_no_order_has_reserved"),
            Test("tests/twin/swarm.rs", "ten_million_commands"),
        ],
    ),
    row(
        22,
        "orders that are accepted respect tick, lot, notional and bands",
        &[Control("venue_filters"), Test("tests/twin/swarm.rs", "ten_million_commands")],
    ),
    row(
        23,
        "funding comes once for each position and stamp",
        &[
            Invariant("events"),
            Test("tests/engine/charges.rs", "who_is_long_pays_a_positive_rate_and_who_is_short_receives_it"),
        ],
    ),
    row(
        24,
        "liquidation at the mark price, once, at the price of the tier in force",
        &[NotYet("needs margin and liquidation, which no venue here has")],
    ),
    row(
        25,
        "every fill is charged once, rounded as the venue does",
        &[
            Invariant("marks"),
            Command("ledger reconcile"),
            Test("tests/ledger.rs", "a_forged_fee_is_found_at_its_entry"),
        ],
    ),
    row(
        26,
        "the chain of the journal is whole, and every output follows from it; a bot's own log holds what it has sent",
        &[Command("verify"), Invariant("logged-first")],
    ),
    row(
        27,
        "no secret in journal, log or report",
        &[
            Test("tests/secrets.rs", "a_secret_of_the_environment_is_read_nowhere_but_where_it_is_for"),
            Test("tests/secrets.rs", "a_secret_in_a_scenario_is_refused_and_not_shown"),
        ],
    ),
    row(
        28,
        "halts are honoured: nothing trades in one, and a cancel-only or post-only venue takes nothing else",
        &[Invariant("statuses"), Test("tests/halts.rs", "a_market_in_a_mode_takes_what_the_mode_takes")],
    ),
];

/// The numbers of an invariant of an audit.
pub fn numbers_of(name: &str) -> impl Iterator<Item = u8> {
    let is_it =
        move |numbered: &&Numbered| numbered.held_by.iter().any(|held| matches!(held, Invariant(own) if *own == name));
    NUMBERED.iter().filter(is_it).map(|numbered| numbered.number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gates::GateSpec;
    use std::fs;
    use std::path::Path;

    /// The names that audits give their rows of invariants.
    fn known() -> Vec<&'static str> {
        let own = super::super::invariant::Invariant::ALL.map(super::super::invariant::Invariant::name);
        let wire = super::super::wire::Holds::ALL.map(super::super::wire::Holds::name);
        let feed = super::super::feed::Holds::ALL.map(super::super::feed::Holds::name);
        own.into_iter().chain(wire).chain(feed).collect()
    }

    fn text(file: &str) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    #[test]
    fn they_are_numbered_without_a_gap_and_each_says_what_holds_it() {
        assert!(NUMBERED.iter().map(|numbered| numbered.number).eq(1..=28));
        assert!(NUMBERED.iter().all(|numbered| !numbered.held_by.is_empty()));
    }

    #[test]
    fn what_holds_them_exists() {
        for Numbered { number, held_by, .. } in NUMBERED {
            for held in held_by {
                let is_there = match *held {
                    Invariant(name) => known().contains(&name),
                    Control(name) => GateSpec::named(name).is_some(),
                    // Whether the program has the command its own tests try.
                    Command(_) => true,
                    Assertion(file, words) => text(file).lines().any(|line| line.contains(words)),
                    Test(file, name) => {
                        let text = text(file);
                        let before = text.split_once(&format!("fn {name}(")).map(|(before, _)| before.trim_end());
                        let above = |before: &str, words| before.lines().rev().take(4).any(|line| line.contains(words));
                        // What is tried at night alone holds nothing by day.
                        before.is_some_and(|before| above(before, "#[test]") && !above(before, "#[ignore"))
                    }
                    Type(file, name) => text(file).contains(&format!("pub struct {name}<")),
                    NotYet(why) => !why.is_empty(),
                };
                assert!(is_there, "I{number}: there is no {}", held.words());
            }
        }
    }

    /// An audit looks at nothing that has no number.
    #[test]
    fn every_invariant_of_an_audit_has_a_number() {
        let unnumbered: Vec<&str> = known().into_iter().filter(|name| numbers_of(name).next().is_none()).collect();
        assert_eq!(unnumbered, [""; 0]);
    }
}
