//! The table language: one command a line, the reports it must lead to indented below.
//!
//! ```text
//! # Title; (one-sided) when the mirror image is another matter
//! config preset=neutral self-trade=expire-maker
//! book bid 99x10 98x5 ask 101x4
//! new 1 buy limit 101 x 3 ioc
//!     accepted 1
//!     filled 1 3@101 taker open 0
//! ```
//! Commands: `config key=value...`, `book` (one message), `row SIDE PxQ`, `end` (of the message), `trade SIDE QxP`,
//! `new ID SIDE TYPE x Q [ioc fok gtd=T post reduce replaces=ID]`, `cancel ID`, `amend ID [price=P] [quantity=Q]`, `at T`,
//! `bar O H L C`, `show`. In a shared book (`config loop=on`): `join` (others' orders, one by one), `pull SIDE P` (the first of
//! the others there cancels), `hit SIDE QxP` (somebody takes up to Q at P or better), `drop ORDER`; `show` tells what the venue took.

use super::{PIVOT_X2, Sim, World, intent, read_word};
use seatrial::model::{
    Access, ClientOrderId, ContractKind, Intent, OrderType, Side, StatusChange, TimeInForce, TradingStatus,
};
use seatrial::units::{Money, Price, Quantity, Rate, Timestamp};
use seatrial::venue::{FillPreset, MarketKind};

/// What others do in a shared book.
#[allow(dead_code, reason = "the twin, which reads tables too, has no shared book")]
#[derive(Debug, Clone, Copy)]
pub enum Others {
    /// Side, price, quantity.
    Join(Side, i64, i64),
    /// Side, price.
    Pull(Side, i64),
    /// Side, quantity, limit.
    Hit(Side, i64, i64),
    /// An order of the venue.
    Drop(u64),
}

/// One table.
#[derive(Debug, Clone)]
pub struct Table {
    pub title: String,
    /// A command and the reports expected.
    pub steps: Vec<(String, Vec<String>)>,
}

/// Splits a file into tables.
pub fn tables(text: &str) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if let Some(title) = line.strip_prefix("# ") {
            tables.push(Table { title: title.to_owned(), steps: Vec::new() });
            continue;
        }
        let steps = &mut tables.last_mut().expect("a title first").steps;
        if line.starts_with("    ") {
            steps.last_mut().expect("a command first").1.push(line.trim().to_owned());
        } else {
            steps.push((line.to_owned(), Vec::new()));
        }
    }
    tables
}

impl Table {
    /// The table as text, with the reports given.
    pub fn print(&self, found: &[Vec<String>]) -> String {
        let mut text = format!("# {}\n", self.title);
        for ((command, _), reports) in self.steps.iter().zip(found) {
            text += &format!("{command}\n");
            reports.iter().for_each(|report| text += &format!("    {report}\n"));
        }
        text
    }

    /// The reports the venue gives, command by command.
    pub fn run(&self, mirrored: bool) -> Vec<Vec<String>> {
        let mut world = World::default();
        let mut sim: Option<Sim> = None;
        let mut found = Vec::new();
        for (command, _) in &self.steps {
            let words: Vec<&str> = command.split_whitespace().collect();
            if words[0] == "config" {
                words[1..].iter().for_each(|word| configure(&mut world, word, mirrored));
                found.push(Vec::new());
                continue;
            }
            let sim = sim.get_or_insert_with(|| Sim::new(&world));
            let side = Reader { mirrored };
            side.execute(sim, &words);
            sim.settle();
            found.push(std::mem::take(&mut sim.lines));
        }
        if let Some(sim) = &mut sim {
            sim.wind_up();
        }
        found
    }
}

fn configure(world: &mut World, word: &str, mirrored: bool) {
    let (key, value) = word.split_once('=').expect("key=value");
    let integer = || value.parse::<i64>().expect(word);
    let (config, filters) = (&mut world.config, &mut world.instrument.filters);
    let fills = &mut config.fills;
    match key {
        "preset" => *fills = read_word::<FillPreset>(value).rules(),
        "queue" => fills.queue = read_queue(value),
        "crossing" => fills.crossing = read_word(value),
        "at-price" => fills.at_price = value == "on",
        "partial" => fills.partial_fills = value == "on",
        "memory" => fills.liquidity_memory = value == "on",
        "shared" => fills.shared_prints = value == "on",
        "touch" => fills.touch_fills = value == "on",
        "trigger" => config.trigger = read_word(value),
        "self-trade" => config.self_trade = read_word(value),
        "half-spread" => config.assumed_half_spread_ticks = integer(),
        "queue-ahead" => config.assumed_queue_ahead = Some(Quantity::new(integer())),
        "leverage" => config.leverage_max = Some(value.parse().expect(word)),
        "path" => config.bar_path = read_word(mirror_path(value, mirrored)),
        "lot" => filters.lot = Quantity::new(integer()),
        "min-quantity" => filters.min_quantity = Some(Quantity::new(integer())),
        "max-quantity" => filters.max_quantity = Some(Quantity::new(integer())),
        "min-price" => filters.min_price = Some(Price::new(integer())),
        "max-price" => filters.max_price = Some(Price::new(integer())),
        "min-notional" => filters.min_notional = Some(Money::from_units(integer())),
        "max-open" => filters.max_open_orders = Some(value.parse().expect(word)),
        "maker" => world.instrument.fees.maker = Rate::parse(value).expect(word),
        "taker" => world.instrument.fees.taker = Rate::parse(value).expect(word),
        "decimals" => world.instrument.fees.decimals = value.parse().expect(word),
        "kind" => world.instrument.kind = read_word::<ContractKind>(value),
        "quote" => world.funds.quote = Money::parse(value).expect(word),
        "position" => world.funds.position = Quantity::new(if mirrored { -integer() } else { integer() }),
        "loop" => world.closed_loop = value == "on",
        "status" => world.statuses = value.split(',').map(status).collect(),
        "market" => {
            world.market = match value {
                "l2" => MarketKind::L2,
                "trades" => MarketKind::Trades,
                "bars" => MarketKind::Bars,
                other => panic!("market {other}"),
            }
        }
        other => panic!("config {other}"),
    }
}

/// `20:halted`, `20:post-only` or `30:5`, from that instant on: no trading, a mode, or open with prices that are multiples of 5 (of 1 in a halt
/// and a mode).
fn status(word: &str) -> StatusChange {
    let (at, what) = word.split_once(':').expect(word);
    let is_halted = what == "halted";
    let access = Access::ALL.into_iter().find(|access| access.as_str() == what).unwrap_or_default();
    let price_increment = if is_halted || access != Access::All { 1 } else { what.parse().expect(word) };
    let at = Timestamp::from_nanos(at.parse().expect(word));
    StatusChange { at, status: TradingStatus { is_halted, price_increment, access } }
}

fn mirror_path(value: &str, mirrored: bool) -> &str {
    match value {
        "open-high-low-close" if mirrored => "open-low-high-close",
        "open-low-high-close" if mirrored => "open-high-low-close",
        other => other,
    }
}

fn read_queue(value: &str) -> seatrial::venue::QueueModel {
    use seatrial::venue::QueueModel;
    match value {
        "front" | "risk-averse" => read_word(value),
        curve => QueueModel::Probability(read_word(curve)),
    }
}

/// Reads sides and prices, mirrored if asked.
struct Reader {
    mirrored: bool,
}

impl Reader {
    fn side(&self, word: &str) -> Side {
        let side = match word {
            "buy" | "bid" => Side::Buy,
            "sell" | "ask" => Side::Sell,
            other => panic!("side {other}"),
        };
        if self.mirrored { side.opposite() } else { side }
    }

    fn price(&self, word: &str) -> i64 {
        let price: i64 = word.parse().unwrap_or_else(|_| panic!("price {word}"));
        if self.mirrored { PIVOT_X2 - price } else { price }
    }

    fn execute(&self, sim: &mut Sim, words: &[&str]) {
        match words[0] {
            "book" => {
                self.rows(sim, &words[1..]);
                sim.end_of_message();
            }
            "row" => self.rows(sim, &words[1..]),
            "join" => self.each(&words[1..], |side, price, quantity| sim.others(Others::Join(side, price, quantity))),
            "pull" => sim.others(Others::Pull(self.side(words[1]), self.price(words[2]))),
            "hit" => {
                let (quantity, price) = words[2].split_once('x').expect("QxP");
                sim.others(Others::Hit(self.side(words[1]), quantity.parse().expect("quantity"), self.price(price)));
            }
            "drop" => sim.others(Others::Drop(words[1].parse().expect("order id"))),
            "end" => sim.end_of_message(),
            "trade" => {
                let (quantity, price) = words[2].split_once('x').expect("QxP");
                sim.trade(self.side(words[1]), quantity.parse().expect("quantity"), self.price(price));
            }
            "new" => sim.submit(self.intent(&words[1..])),
            "cancel" => sim.cancel(words[1].parse().expect("id")),
            "amend" => {
                let find = |key| words.iter().find_map(|word| word.strip_prefix(key));
                let quantity = find("quantity=").map(|word| word.parse().expect("quantity"));
                sim.amend(words[1].parse().expect("id"), find("price=").map(|word| self.price(word)), quantity);
            }
            "at" => sim.wait_until(words[1].parse().expect("time")),
            "bar" => {
                let [open, a, b, close] = [1, 2, 3, 4].map(|index| self.price(words[index]));
                sim.bar(open, a.max(b), a.min(b), close);
            }
            "show" => {
                let position = sim.venue.position().steps() * if self.mirrored { -1 } else { 1 };
                let open = sim.venue.open_orders();
                sim.lines.push(format!("position {position} open {open}"));
                for (side, steps) in sim.took() {
                    let side = if self.mirrored { side.opposite() } else { side };
                    sim.lines.push(format!("took {} {steps}", side.as_str()));
                }
            }
            other => panic!("command {other}"),
        }
    }

    fn rows(&self, sim: &mut Sim, words: &[&str]) {
        self.each(words, |side, price, quantity| sim.row(side, price, quantity));
    }

    fn each(&self, words: &[&str], mut act: impl FnMut(Side, i64, i64)) {
        let mut side = Side::Buy;
        for word in words {
            match word.split_once('x') {
                Some((price, quantity)) => act(side, self.price(price), quantity.parse().expect("quantity")),
                None => side = self.side(word),
            }
        }
    }

    fn intent(&self, words: &[&str]) -> Intent {
        let side = self.side(words[1]);
        let at = words.iter().position(|&word| word == "x").expect("x Q");
        let price = |index: usize| Price::new(self.price(words[index]));
        let order_type = match words[2] {
            "market" => OrderType::Market,
            "limit" => OrderType::Limit { price: price(3) },
            "stop" => OrderType::Stop { trigger: price(3) },
            "stop-limit" => OrderType::StopLimit { trigger: price(3), price: price(4) },
            "take-profit" => OrderType::TakeProfit { trigger: price(3) },
            other => panic!("order type {other}"),
        };
        let quantity = words[at + 1].parse().expect("quantity");
        let mut intent = intent(words[0].parse().expect("id"), side, order_type, quantity);
        for flag in &words[at + 2..] {
            match *flag {
                "ioc" => intent.time_in_force = TimeInForce::ImmediateOrCancel,
                "fok" => intent.time_in_force = TimeInForce::FillOrKill,
                "post" => intent.post_only = true,
                "reduce" => intent.reduce_only = true,
                keyed => {
                    let (key, value) = keyed.split_once('=').expect(keyed);
                    let number: i64 = value.parse().expect(keyed);
                    match key {
                        "gtd" => intent.time_in_force = TimeInForce::GoodTilDate(Timestamp::from_nanos(number)),
                        "replaces" => intent.replaces = Some(ClientOrderId(number.unsigned_abs())),
                        other => panic!("flag {other}"),
                    }
                }
            }
        }
        intent
    }
}

/// A report line with its prices mirrored.
pub fn mirror_line(line: &str) -> String {
    let mirror = |word: &str| match word.split_once('@') {
        Some((quantity, price)) => {
            let price: i64 = price.parse().expect(word);
            // Price 0 stands for "none".
            format!("{quantity}@{}", if price == 0 { 0 } else { PIVOT_X2 - price })
        }
        None => word.to_owned(),
    };
    line.split(' ').map(mirror).collect::<Vec<_>>().join(" ")
}
