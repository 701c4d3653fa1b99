use super::books::{side, trade};
use super::{instrument, units};
use crate::ledger::{
    Account, Cause, CopyProblem, CostMethod, Daybook, Event, Opening, PostError, Record, check_copy, check_records,
};
use crate::model::{ContractKind, Side};
use crate::units::{Money, Timestamp};
use proptest::prelude::*;

fn daybook() -> Daybook {
    let opening = Opening { quote: units(1_000), ..Opening::default() };
    Daybook::new(&instrument(ContractKind::Spot), &opening, at(0)).unwrap()
}

const fn at(nanos: i64) -> Timestamp {
    Timestamp::from_nanos(nanos)
}

fn received(cause: Cause, amount: i64, reason: &str) -> Event {
    Event::Received { cause, amount: units(amount), reason: reason.to_owned() }
}

/// One of each kind of event.
fn sample() -> Daybook {
    let mut daybook = daybook();
    let events = [
        Event::Filled(trade(Side::Buy, 2, 50, units(1))),
        received(Cause::Funding, -3, ""),
        Event::Filled(trade(Side::Buy, 2, 80, units(1))),
        Event::Busted { of: 1 },
        Event::Corrected { of: 3, trade: trade(Side::Buy, 1, 80, Money::ZERO) },
        received(Cause::Adjustment, 7, "the venue's \"goodwill\", twice\n"),
        received(Cause::Allocation, 100, ""),
        received(Cause::Fee, -1, ""),
    ];
    for (event, number) in events.into_iter().zip(1..) {
        daybook.post(at(10 * number), Some(100 + number as u64), event).unwrap();
    }
    daybook
}

fn text(daybook: &Daybook) -> String {
    let lines = daybook.records().iter().map(Record::line);
    std::iter::once(Record::COLUMNS.join(",")).chain(lines).map(|line| line + "\n").collect()
}

#[test]
fn every_record_is_a_line() {
    let daybook = sample();
    let lines: Vec<String> = daybook.records().iter().map(Record::content).collect();
    let expected = "\
0,0,,opened,,,1000,0,0,0,-1000,0,0,0,0,0,
1,10,101,fill,,buy 2 @ 50,-101,100,0,1,0,2,-2,0,0,0,
2,20,102,funding,,,-3,0,0,0,0,0,0,3,0,0,
3,30,103,fill,,buy 2 @ 80,-161,160,0,1,0,2,-2,0,0,0,
4,40,104,bust,1,,101,-100,0,-1,0,-2,2,0,0,0,
5,50,105,correction,3,buy 1 @ 80,81,-80,0,-1,0,-1,1,0,0,0,
6,60,106,adjustment,,,7,0,0,0,0,0,0,0,0,-7,\"the venue's \"\"goodwill\"\", twice \"
7,70,107,allocation,,,100,0,0,0,0,0,0,0,-100,0,
8,80,108,fee,,,-1,0,0,1,0,0,0,0,0,0,";
    assert_eq!(lines.join("\n"), expected);
    assert!(lines.iter().all(|line| 16 <= line.matches(',').count()), "{lines:?}");
    assert_eq!(check_records(daybook.records()), Ok(()));
    assert_eq!(check_copy(&text(&daybook), daybook.records()), Ok(()));
    // The books are those of the one fill that counts, 1 at 80, and of what came without fills.
    let books = daybook.books();
    books.check();
    assert_eq!((books.position().steps(), books.balance(Account::Cash)), (1, Ok(units(1_000 - 80 - 3 + 7 + 100 - 1))));
    assert_eq!(books.realized(CostMethod::Average) - books.basis(CostMethod::Average), units(-80));
}

#[test]
fn what_the_books_do_not_take_is_refused_and_changes_nothing() {
    let mut daybook = sample();
    let before = daybook.clone();
    let mut refused = |event: Event| {
        let error = daybook.post(at(99), None, event).unwrap_err();
        assert_eq!(daybook, before, "{error}");
        error
    };
    assert_eq!(refused(Event::Opened), PostError::Open);
    assert_eq!(refused(Event::Busted { of: 0 }), PostError::NoFill { of: 0, count: 9 });
    assert_eq!(refused(Event::Busted { of: 2 }), PostError::NoFill { of: 2, count: 9 });
    assert_eq!(refused(Event::Busted { of: 9 }), PostError::NoFill { of: 9, count: 9 });
    assert_eq!(refused(Event::Busted { of: 1 }), PostError::Undone { of: 1 });
    let again = Event::Corrected { of: 3, trade: trade(Side::Buy, 1, 80, Money::ZERO) };
    assert_eq!(refused(again), PostError::Undone { of: 3 });
    assert_eq!(refused(Event::Filled(trade(Side::Buy, -1, 80, Money::ZERO))), PostError::Negative { found: -1 });
    let huge = Event::Corrected { of: 5, trade: trade(Side::Buy, i64::MAX, i64::MAX, Money::ZERO) };
    assert!(matches!(refused(huge), PostError::Overflow(_)));
    let silent = refused(received(Cause::Adjustment, 1, " "));
    assert_eq!(silent.to_string(), "adjustment of 1 without a reason; expected some words");
    // The record that took a fill's place can be busted in its turn.
    daybook.post(at(99), None, Event::Busted { of: 5 }).unwrap();
    assert!(daybook.books().position().is_zero());
}

#[test]
fn a_tampered_record_is_the_first_bad_one() {
    let daybook = sample();
    let tampered = |number: usize, change: fn(&mut Record)| {
        let mut records = daybook.records().to_vec();
        change(&mut records[number]);
        assert_ne!(records, daybook.records());
        check_records(&records).unwrap_err()
    };
    let first_bad = |problem: CopyProblem| match problem {
        CopyProblem::Digest { line, .. } => line - 2,
        other => panic!("{other}"),
    };
    assert_eq!(first_bad(tampered(3, |record| record.at = at(31))), 3);
    assert_eq!(first_bad(tampered(4, |record| record.event = Event::Busted { of: 3 })), 4);
    assert_eq!(first_bad(tampered(5, |record| record.source = None)), 5);
    assert_eq!(first_bad(tampered(6, |record| record.digest[31] ^= 1)), 6);
    let mut records = daybook.records().to_vec();
    records.swap(2, 3);
    assert_eq!(first_bad(check_records(&records).unwrap_err()), 2);
    records.swap(2, 3);
    records.remove(4);
    assert_eq!(first_bad(check_records(&records).unwrap_err()), 4);
}

#[test]
fn a_copy_forged_with_all_its_digests_is_found_all_the_same() {
    let daybook = sample();
    let forged = |from: &str, to: &str| {
        let mut before = [0; 32];
        let lines = daybook.records().iter().map(|record| {
            let content = record.content().replace(from, to);
            before = Record::digest_of(&before, &content);
            format!("{content},{}\n", super::super::record::hex(&before))
        });
        let lines: String = lines.collect();
        check_copy(&(Record::COLUMNS.join(",") + "\n" + &lines), daybook.records()).unwrap_err()
    };
    let unbalanced = forged("-161,160,", "-161,161,");
    assert_eq!(unbalanced, CopyProblem::Unbalanced { line: 5, asset: "quote", sum: units(1) });
    assert_eq!(forged("0,2,-2,", "0,2,-3,"), CopyProblem::Unbalanced { line: 3, asset: "base", sum: units(-1) });
    assert!(matches!(forged("-161,160,", "-162,161,"), CopyProblem::Other { line: 5, .. }));
    let whole = text(&daybook);
    let cut = &whole[..whole.trim_end().rfind('\n').unwrap()];
    let found = check_copy(cut, daybook.records()).unwrap_err().to_string();
    assert_eq!(found, "line 10: found the end; expected another record");
    let found = check_copy(&whole, &daybook.records()[..8]).unwrap_err().to_string();
    assert_eq!(found, "line 10: found another record; expected the end");
    for strange in ["", "\n", "a,b\n"] {
        assert!(matches!(check_copy(strange, daybook.records()), Err(CopyProblem::Names { .. })), "{strange:?}");
    }
}

proptest! {
    /// Any byte of any line: the copy is bad from that line on.
    #[test]
    fn a_changed_byte_is_found_in_its_line(place in any::<prop::sample::Index>(), by in 1_u8..10) {
        let daybook = sample();
        let whole = text(&daybook);
        let first = whole.find('\n').unwrap() + 1;
        let at = first + place.index(whole.len() - first);
        prop_assume!(whole.as_bytes()[at] != b'\n');
        let mut bytes = whole.clone().into_bytes();
        bytes[at] = b'0' + (bytes[at] % 10 + by) % 10;
        prop_assume!(bytes != whole.as_bytes());
        let changed = String::from_utf8(bytes).unwrap();
        let line = whole[..at].matches('\n').count() as u64 + 1;
        match check_copy(&changed, daybook.records()) {
            Err(CopyProblem::Digest { line: found, .. }) => prop_assert_eq!(found, line),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    /// A busted fill leaves cash, position, fees and realised - basis as if it had never been, whatever came in between.
    #[test]
    fn a_bust_is_as_if_the_fill_had_never_been(
        fills in prop::collection::vec((side(), 1_i64..9, 1_i64..99, -3_i64..9), 1..20),
        place in any::<prop::sample::Index>(), corrected in any::<bool>(),
    ) {
        let place = place.index(fills.len());
        let right = trade(Side::Sell, 3, 42, units(2));
        let (mut told, mut never) = (daybook(), daybook());
        for (number, &(side, quantity, price, fee)) in fills.iter().enumerate() {
            let event = Event::Filled(trade(side, quantity, price, units(fee)));
            told.post(at(number as i64), None, event.clone()).unwrap();
            if number != place {
                never.post(at(number as i64), None, event).unwrap();
            }
        }
        let of = place as u64 + 1;
        if corrected {
            told.post(at(1_000), None, Event::Corrected { of, trade: right }).unwrap();
            never.post(at(1_000), None, Event::Filled(right)).unwrap();
        } else {
            told.post(at(1_000), None, Event::Busted { of }).unwrap();
        }
        told.books().check();
        let facts = |daybook: &Daybook| {
            let books = daybook.books();
            let gains = CostMethod::ALL.map(|method| books.realized(method) - books.basis(method));
            (books.position(), books.balance(Account::Cash), books.fees(), gains, books.equity(77))
        };
        prop_assert_eq!(facts(&told), facts(&never));
        prop_assert_eq!(check_records(told.records()), Ok(()));
    }
}
