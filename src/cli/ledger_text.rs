use crate::scenario::{DayReinvestment, DayRow, RunChain, RunReconciliation, RunReinvestment, RunStatement};
use crate::units::Money;

/// A part a lane.
pub fn reconciliation_text(found: &RunReconciliation) -> String {
    let lanes = found.lanes.iter().map(|lane| format!("lane {}\n{}", lane.preset, lane.reconciled));
    lanes.collect::<Vec<_>>().join("\n")
}

/// A line a ledger.
pub fn chain_text(found: &RunChain) -> String {
    let lines = found.ledgers.iter().map(|ledger| {
        format!("lane {}, {}: {} records, head {}\n", ledger.preset, ledger.symbol, ledger.records, ledger.head)
    });
    let end = "sound: every record balances and is tied to the one before\n".to_owned();
    lines.chain([end]).collect()
}

const COLUMNS: [&str; 11] = [
    "opening",
    "realised",
    "unrealised +-",
    "fees",
    "funding",
    "allocations",
    "adjustments",
    "closing",
    "unrealised",
    "position",
    "trades",
];

fn cells(row: &DayRow) -> [String; 11] {
    let amounts = [
        row.opening,
        row.realized,
        row.unrealized_change,
        row.fees,
        row.funding,
        row.allocations,
        row.adjustments,
        row.closing,
        row.unrealized,
    ];
    let [opening, realized, change, fees, funding, allocations, adjustments, closing, unrealized] =
        amounts.map(|amount: Money| amount.to_string());
    let position = row.position.map_or_else(String::new, |position| position.to_string());
    let trades = row.trades.to_string();
    [opening, realized, change, fees, funding, allocations, adjustments, closing, unrealized, position, trades]
}

/// A table a market, and one of the whole account where there are several.
pub fn statement_text(stated: &RunStatement) -> String {
    let daily = stated.daily;
    let (lane, method, quote) = (&stated.preset, daily.method.name(), &stated.quote);
    let mut text = format!("lane {lane}, days to {} UTC, {method} cost, in {quote}\n", daily.day_ends);
    for market in &stated.markets {
        text.push_str(&format!("\n{}, position in {}\n{}", market.symbol, market.base, table(&market.rows)));
    }
    if stated.markets.len() > 1 {
        text.push_str(&format!("\nthe account\n{}", table(&stated.account)));
    }
    text
}

fn table(rows: &[DayRow]) -> String {
    let names = COLUMNS.map(str::to_owned);
    let lines: Vec<(String, [String; 11])> = std::iter::once(("day".to_owned(), names))
        .chain(rows.iter().map(|row| (row.day.to_string(), cells(row))))
        .collect();
    let width = |column: usize| lines.iter().map(|(_, cells)| cells[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..COLUMNS.len()).map(width).collect();
    let line = |(day, cells): &(String, [String; 11])| {
        let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("  {cell:>width$}"));
        format!("{day:<10}{}\n", cells.collect::<String>())
    };
    lines.iter().map(line).collect()
}

/// A line a day and market; lines of the whole account have no market.
pub fn statement_csv(stated: &RunStatement) -> String {
    let names = [
        "market,day,until,opening,realized,unrealized_change,fees,funding,allocations,adjustments,closing,unrealized",
        ",position,trades\n",
    ];
    let line = |market: &str, row: &DayRow| format!("{market},{},{},{}\n", row.day, row.until, cells(row).join(","));
    let markets = stated.markets.iter().flat_map(|market| {
        let symbol = quoted(&market.symbol);
        market.rows.iter().map(move |row| line(&symbol, row))
    });
    let account = stated.account.iter().filter(|_| stated.markets.len() > 1).map(|row| line("", row));
    std::iter::once(names.concat()).chain(markets).chain(account).collect()
}

/// A symbol comes from a tape, and may hold anything.
fn quoted(symbol: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_/.".contains(character);
    if symbol.chars().all(is_plain) { symbol.to_owned() } else { format!("\"{}\"", symbol.replace('"', "\"\"")) }
}

/// What was made and moved, day by day.
pub fn reinvestment_text(found: &RunReinvestment) -> String {
    let policy = found.policy;
    let mut text = format!(
        "at {} UTC, from a profit of {} on, {} % to the best {} of {} bots, {} cost; every day by itself, nothing is written\n",
        found.daily.day_ends,
        policy.threshold,
        policy.percent,
        policy.top,
        found.bots.len(),
        found.daily.method.name()
    );
    found.days.iter().for_each(|day| text.push_str(&day_text(day)));
    if found.days.is_empty() {
        text.push_str("no day came to its end\n");
    }
    text
}

fn day_text(day: &DayReinvestment) -> String {
    let moves = &day.moves;
    let mut text = format!("\n{}: profit {}, moved {}\n", day.at, moves.profit, moves.moved);
    let width = day.results.iter().map(|bot| bot.name.len()).max().unwrap_or(0);
    let amount = |list: &[crate::scenario::Transfer], name: &str| {
        list.iter().find(|transfer| transfer.name == name).map_or(Money::ZERO, |transfer| transfer.amount)
    };
    for bot in &day.results {
        let (given, received) = (amount(&moves.given, &bot.name), amount(&moves.received, &bot.name));
        let (name, result) = (&bot.name, bot.result);
        text.push_str(&format!("  {name:<width$}  made {result}, gives {}, receives {received}\n", given.abs()));
    }
    text
}
