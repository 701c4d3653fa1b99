//! The drawn tables, run against both arms at once: both must do what is drawn, and be in the same state after each line.

#[path = "../venue_support/script.rs"]
mod script;

use crate::exchange::{Exchange, Row};
use crate::pair::Pair;
use crate::world::{PIVOT_X2, World, intent, read_word, show};
use script::{Others, Table, mirror_line, tables};
use seatrial::model::{ExecutionReport, Intent, NewOrder, Side};
use seatrial::units::Quantity;

/// What the table language drives.
struct Sim {
    venue: Venues,
    lines: Vec<String>,
}

/// Both venues, asked as one.
struct Venues(Pair);

impl Venues {
    fn position(&self) -> Quantity {
        self.0.twin.position()
    }

    fn open_orders(&self) -> u32 {
        self.0.twin.open_orders()
    }
}

impl Sim {
    fn new(world: &World) -> Self {
        Self { venue: Venues(Pair::new(world)), lines: Vec::new() }
    }

    fn wait_until(&mut self, now: i64) {
        self.venue.0.now = now;
        self.venue.0.expire();
    }

    fn submit(&mut self, intent: Intent) {
        let sent_at = self.venue.0.at();
        self.venue.0.submit(NewOrder { intent, sent_at });
    }

    fn cancel(&mut self, id: u64) {
        self.venue.0.cancel(id);
    }

    fn amend(&mut self, id: u64, price: Option<i64>, quantity: Option<i64>) {
        self.venue.0.amend(id, price, quantity);
    }

    fn row(&mut self, side: Side, price: i64, steps: i64) {
        self.venue.0.row(Row::Depth { side, price, steps });
    }

    fn end_of_message(&mut self) {
        self.venue.0.end_of_message();
    }

    fn trade(&mut self, aggressor: Side, steps: i64, price: i64) {
        self.venue.0.row(Row::Trade { aggressor, price, steps });
    }

    fn bar(&mut self, open: i64, high: i64, low: i64, close: i64) {
        self.venue.0.bar([open, high, low, close], 1);
    }

    fn others(&mut self, what: Others) {
        panic!("{what:?}: the twin has no shared book");
    }

    fn took(&self) -> Vec<(Side, i64)> {
        Vec::new()
    }

    fn settle(&mut self) {
        let pair = &mut self.venue.0;
        let reports: Vec<ExecutionReport> = pair.reports[1].clone();
        let ambiguous = pair.ambiguous[1].clone();
        let difference = pair.difference().or_else(|| pair.book_difference());
        assert!(difference.is_none(), "{}", difference.unwrap_or_default());
        self.lines.extend(reports.iter().map(show));
        let case =
            |case: &seatrial::venue::Ambiguity| format!("ambiguous {} {}", case.client_order_id.0, case.at_stake);
        self.lines.extend(ambiguous.iter().map(case));
    }

    fn wind_up(&mut self) {
        let pair = &mut self.venue.0;
        let prices: Vec<i64> = (0..=400).collect();
        let live = std::mem::take(&mut pair.live);
        pair.product.wind_up(&live, &prices, pair.at());
    }
}

fn all() -> Vec<Table> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/venue");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    // Orders in a shared book are another matter: nothing is estimated there.
    paths.retain(|path| !path.ends_with("loop.txt"));
    paths.sort();
    let drawn = paths.iter().flat_map(|path| tables(&std::fs::read_to_string(path).unwrap()));
    // Cases in which the arms once differed.
    drawn.chain(tables(include_str!("found.txt"))).collect()
}

#[test]
fn tables_hold_for_product_and_twin() {
    let tables = all();
    for table in &tables {
        let expected: Vec<Vec<String>> = table.steps.iter().map(|step| step.1.clone()).collect();
        let found = table.run(false);
        assert_eq!(found, expected, "expected\n{}found\n{}", table.print(&expected), table.print(&found));
    }
    assert!(tables.len() >= 90, "only {} tables", tables.len());
}

#[test]
fn mirrored_tables_hold_for_product_and_twin() {
    for table in all().iter().filter(|table| !table.title.contains("(one-sided)")) {
        let mirror = |lines: Vec<String>| lines.iter().map(|line| mirror_line(line)).collect::<Vec<_>>();
        let expected: Vec<Vec<String>> = table.run(false).into_iter().map(mirror).collect();
        assert_eq!(table.run(true), expected, "mirrored: {}", table.title);
    }
}
