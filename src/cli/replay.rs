use super::console::print;
use super::exit::ExitStatus;
use super::failure::Failure;
use super::find_args::ReplayRun;
use super::grid::grid;
use crate::scenario::{LaneChoice, MarketStand, OrderStand, Registry, Replay, Stand, Until, WireStand, stand_at};
use crate::units::SECOND;

/// Shows how a finished run stood.
pub fn replay(arguments: &ReplayRun, registry: &Registry) -> Result<ExitStatus, Failure> {
    let until = match (&arguments.at, arguments.until) {
        (Some(text), _) => Until::instant(text).map_err(|error| Failure::usage(format!("--at: {error}")))?,
        (None, Some(entry)) => Until::Entry(entry),
        (None, None) => Until::End,
    };
    let lane = arguments.lane.as_deref().map_or(LaneChoice::Own, LaneChoice::Named);
    let with = Replay { registry, tapes: &arguments.tapes };
    let stand = stand_at(&arguments.run, with, (lane, until, arguments.last as usize))?;
    if arguments.json {
        let object = serde_json::to_string(&stand).map_err(Failure::write)?;
        return print(&format!("{object}\n")).map(|()| ExitStatus::Go);
    }
    print(&text(&stand)).map(|()| ExitStatus::Go)
}

fn text(stand: &Stand) -> String {
    let Stand { entry, entries, at, after_ns, equity, quote, marked_at, preset, .. } = stand;
    let (seconds, nanos) = (after_ns / SECOND.nanos(), after_ns % SECOND.nanos());
    let mut text =
        format!("entry {entry} of {entries} at {at}, {seconds}.{nanos:09} s after the start, lane {preset}\n");
    text.push_str(&format!("equity {equity} {quote} at the mark of {marked_at}\n\n"));
    let rows: Vec<Vec<String>> = stand.markets.iter().map(market_row).collect();
    let headings = ["market", "position", "as the bot knew", "cash", "fees", "realised", "fills", "bid", "ask", "bot"];
    text.push_str(&grid(&headings, &[1, 2, 3, 4, 5, 6, 7, 8], &rows));
    for market in &stand.markets {
        text.push_str(&of_market(market));
    }
    text.push_str(&entries_text(stand));
    text
}

fn market_row(market: &MarketStand) -> Vec<String> {
    let MarketStand { symbol, base, position, position_known, cash, fees, realized, fills, best, status, .. } = market;
    let best = best.each_ref().map(|price| price.clone().unwrap_or_else(|| "-".to_owned()));
    let [bid, ask] = best;
    let money = [cash, fees, realized].map(ToString::to_string);
    let [cash, fees, realised] = money;
    let position = format!("{position} {base}");
    let status = format!("{status}{}", if market.is_halted { ", market halted" } else { "" });
    vec![symbol.clone(), position, position_known.clone(), cash, fees, realised, fills.to_string(), bid, ask, status]
}

fn of_market(market: &MarketStand) -> String {
    let mut text = format!("\n{}: ", market.symbol);
    match market.tripped.as_slice() {
        [] => text.push_str("no gate is tripped\n"),
        gates => text.push_str(&format!("tripped: {}\n", gates.join(", "))),
    }
    text.push_str(&market.wire.as_ref().map_or_else(String::new, wire_text));
    if market.orders.is_empty() {
        text.push_str("no order is open\n");
        return text;
    }
    let rows: Vec<Vec<String>> = market.orders.iter().map(order_row).collect();
    let headings =
        ["order", "side", "price", "quantity", "executed", "as known", "at the venue", "to the bot", "unheard"];
    text.push_str(&grid(&headings, &[0, 2, 3, 4, 5, 8], &rows));
    text
}

fn order_row(order: &OrderStand) -> Vec<String> {
    vec![
        order.client_order_id.to_string(),
        order.side.to_owned(),
        order.price.clone().unwrap_or_else(|| "-".to_owned()),
        order.quantity.clone(),
        order.executed.clone(),
        order.executed_known.clone(),
        order.venue.to_owned(),
        order.known.as_str().to_owned(),
        order.unheard.to_string(),
    ]
}

fn wire_text(wire: &WireStand) -> String {
    let stream = wire.stream_down_since.map_or_else(|| "up".to_owned(), |since| format!("down since {since}"));
    let mut parts = vec![format!("stream {stream}"), format!("breaker {}", wire.breaker)];
    parts.extend(wire.waits_until.map(|until| format!("waits until {until}")));
    parts.extend(wire.reconciling_since.map(|since| format!("reconciling since {since}")));
    parts.extend(wire.reconciled_at.map(|at| format!("reconciled at {at}")));
    parts.extend(wire.log_down_since.map(|since| format!("own log not written since {since}")));
    parts.extend(wire.halted.then(|| "halted for good".to_owned()));
    let fates = wire.unknown.iter().map(|fate| format!("{} since {}", fate.client_order_id, fate.since));
    let fates: Vec<String> = fates.collect();
    parts.extend((!fates.is_empty()).then(|| format!("unknown fate: {}", fates.join(", "))));
    let fault = wire.last_fault.map_or_else(
        || "no fault so far".to_owned(),
        |last| {
            let order = last.client_order_id.map_or_else(String::new, |id| format!(", order {id}"));
            format!("{} faults, the last {} (cause {}) at {}{order}", wire.faults, last.fault, last.cause, last.at)
        },
    );
    parts.push(fault);
    parts.extend(wire.answered_as.as_ref().map(|answer| format!("{} answers it with {}", answer.venue, answer.words)));
    format!("wire: {}\n", parts.join("; "))
}

fn entries_text(stand: &Stand) -> String {
    let mut text = "\n".to_owned();
    for entry in &stand.last {
        let fields = entry.fields.iter().map(|(name, value)| match *name {
            "kind" => value.clone(),
            name => format!("{name}={value}"),
        });
        text.push_str(&format!("{:>8}  {}\n", entry.number, fields.collect::<Vec<_>>().join(" ")));
    }
    text
}
