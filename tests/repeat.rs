//! A bot that does not do the same twice is found out, with the first simulated hour and entry in which it did something else.

use seatrial::model::{ClientOrderId, OrderType, Side};
use seatrial::scenario::{Executed, Overrides, Registry, Scenario, Trial, bind, execute, hourly, journal_name, repeat};
use seatrial::strategy::{Actions, Description, OrderSpec, Strategy, Subscriptions, View};
use seatrial::units::{Quantity, SECOND, Span, Timestamp};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};

/// How many of these strategies were made: what no run may depend on.
static MADE: AtomicI64 = AtomicI64::new(0);

/// Buys a little every minute. Where it is fickle, the third hour's orders are as large as strategies were made before it.
struct Buyer {
    is_fickle: bool,
    number: i64,
    minutes: i64,
}

impl Buyer {
    fn new(is_fickle: bool) -> Self {
        Self { is_fickle, number: MADE.fetch_add(1, Ordering::SeqCst), minutes: 0 }
    }
}

impl Strategy for Buyer {
    fn describe(&self) -> Description {
        Description { name: "buyer".to_owned(), parameters: Vec::new() }
    }

    fn subscriptions(&self) -> Subscriptions {
        Subscriptions { timer: Some(SECOND.times(60)), ..Subscriptions::default() }
    }

    fn on_timer(&mut self, view: &View<'_>, actions: &mut Actions) {
        self.minutes += 1;
        let more = if self.is_fickle && self.minutes >= 150 { self.number } else { 0 };
        let Some(bid) = view.best.bid else { return };
        let price = OrderType::Limit { price: bid.price };
        view.orders.iter().for_each(|order| actions.cancel(order.client_order_id));
        let _id: ClientOrderId = actions.submit(OrderSpec::new(Side::Buy, price, Quantity::new(10 + more)));
    }

    fn save(&self) -> serde_json::Value {
        serde_json::json!([self.number, self.minutes])
    }

    fn restore(&mut self, state: &serde_json::Value) -> Result<(), String> {
        (self.number, self.minutes) = serde_json::from_value(state.clone()).map_err(|error| error.to_string())?;
        Ok(())
    }
}

fn trial(strategy: &str, journal: &str) -> Trial {
    let registry = Registry::builtin()
        .with("steady", |_, _| Ok(Box::new(Buyer::new(false))))
        .with("fickle", |_, _| Ok(Box::new(Buyer::new(true))));
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("hours.toml");
    let text = format!(
        "mode = \"paper\"\n[market.synthetic]\nduration = \"4h\"\n[bot]\nstrategy = \"{strategy}\"\n[run]\njournal = \"{journal}\"\n"
    );
    fs::write(&path, text).unwrap();
    let scenario = Scenario::load(&path, &Overrides::default(), &registry).unwrap_or_else(|error| panic!("{error:?}"));
    bind(&scenario, &registry).unwrap_or_else(|error| panic!("{error:?}"))
}

fn run(trial: &Trial, home: &Path) -> Executed {
    execute(trial, Some(home), &mut |_| {}).unwrap()
}

#[test]
fn a_steady_bot_does_the_same_in_every_hour_of_every_run() {
    for journal in ["full", "digest"] {
        let (trial, home) = (trial("steady", journal), tempfile::tempdir().unwrap());
        let first = run(&trial, home.path());
        assert_eq!(repeat(&trial, &first, home.path()).unwrap(), []);
        assert!(!home.path().join("repeated").exists(), "journals of repeated runs are left");
        if journal == "full" {
            let hours = hourly(&home.path().join(journal_name(first.lanes[0].preset))).unwrap();
            // Four hours, and the last instant, which is the first of a fifth.
            assert!((4..=5).contains(&hours.len()), "{hours:?}");
        }
    }
}

#[test]
fn a_fickle_bot_is_named_with_its_hour_and_entry() {
    let (trial, home) = (trial("fickle", "full"), tempfile::tempdir().unwrap());
    let first = run(&trial, home.path());
    let found = repeat(&trial, &first, home.path()).unwrap();
    // Three runs, each of three lanes, and none of them like the first.
    assert_eq!(found.len(), 3 * first.lanes.len(), "{found:?}");
    let start: Timestamp = first.start;
    let hour = Timestamp::from_nanos(start.nanos().div_euclid(3_600_000_000_000) * 3_600_000_000_000);
    for differing in &found {
        let third = hour.plus(Span::from_nanos(2 * 3_600_000_000_000));
        assert_eq!(differing.hour, Some(third), "{}", differing.place());
        let entry = differing.entry.as_ref().expect("an entry");
        assert_eq!(entry.field, "quantity", "{}", differing.place());
    }
}

#[test]
fn without_the_first_journal_the_others_tell_the_hour() {
    let (trial, home) = (trial("fickle", "digest"), tempfile::tempdir().unwrap());
    let first = run(&trial, home.path());
    let found = repeat(&trial, &first, home.path()).unwrap();
    let known = found.iter().filter(|differing| differing.hour.is_some()).count();
    assert_eq!((found.len(), known), (3 * first.lanes.len(), 2 * first.lanes.len()), "{found:?}");
}

#[test]
fn what_goes_wrong_on_the_way_leaves_nothing_behind() {
    let (trial, home) = (trial("steady", "full"), tempfile::tempdir().unwrap());
    let first = run(&trial, home.path());
    let repeated = home.path().join("repeated");
    fs::create_dir(&repeated).unwrap();
    fs::write(repeated.join("right"), "in the way").unwrap();
    assert!(repeat(&trial, &first, home.path()).is_err());
    assert!(!repeated.exists(), "the runs that were made again are left");
}
