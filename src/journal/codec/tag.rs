use super::layout::{BLANK_BUST, BLANK_FILL, BLANK_INTENT, BLANK_REFUSAL};
use crate::journal::Entry;
use crate::model::{
    Alert, AlertId, AlertPhase, BestPrices, BotStatus, CancelReason, Charge, ClientOrderId, Command, Correction,
    ExecutionReport, GateId, Mark, MarketId, OrderId, RejectReason, ReportKind, Side, TradingStatus, WireEvent,
};
use crate::units::{Money, Price, Quantity, Timestamp};

/// Names of the kinds of entry, by [`kind_index`].
pub(in crate::journal) const KIND_NAMES: [&str; 27] = [
    "start",
    "order-sent",
    "order-refused",
    "cancel-sent",
    "amend-sent",
    "request-refused",
    "mark",
    "quote",
    "tripped",
    "cleared",
    "ambiguous",
    "end",
    "accepted",
    "rejected",
    "request-rejected",
    "triggered",
    "amended",
    "filled",
    "ended",
    "command",
    "alert",
    "charged",
    "allocated",
    "busted",
    "corrected",
    "status",
    "wire",
];

/// Kind of [`Entry::OrderSent`].
pub(in crate::journal) const ORDER_SENT: usize = 1;
/// Kind of [`Entry::CancelSent`].
pub(in crate::journal) const CANCEL_SENT: usize = 3;
/// Kind of [`Entry::Mark`].
pub(in crate::journal) const MARK: usize = 6;
/// Kind of [`Entry::Quote`].
pub(in crate::journal) const QUOTE: usize = 7;
/// Kind of [`Entry::Command`], which came after the venue's reports had their numbers.
const COMMAND: usize = 19;
/// Kind of [`Entry::Alert`].
const ALERT: usize = 20;
/// Kind of [`Entry::Charged`].
const CHARGED: usize = 21;
/// Kind of [`Entry::Allocated`].
const ALLOCATED: usize = 22;
/// Kind of a report of a bust.
const BUSTED: usize = 23;
/// Kind of a report of a correction.
const CORRECTED: usize = 24;
/// Kind of [`Entry::Status`].
const STATUS: usize = 25;
/// Kind of [`Entry::Wire`].
const WIRE: usize = 26;
/// First kind of a venue report among the kinds.
const FIRST_VENUE_KIND: u8 = 12;
/// Tags count from one: a zeroed block holds no records.
const FIRST_TAG: u8 = 1;

/// Set in the tag of an entry that is about another market than the first: the market's number follows.
pub(super) const ELSEWHERE: u8 = 0x80;

/// Number of an entry's kind, from 0; venue reports count by what they report.
#[inline]
pub(in crate::journal) const fn kind_index(entry: &Entry) -> usize {
    match entry {
        Entry::Start { .. } => 0,
        Entry::OrderSent { .. } => ORDER_SENT,
        Entry::OrderRefused { .. } => 2,
        Entry::CancelSent { .. } => CANCEL_SENT,
        Entry::AmendSent { .. } => 4,
        Entry::RequestRefused { .. } => 5,
        Entry::Mark(_) => MARK,
        Entry::Quote { .. } => QUOTE,
        Entry::Tripped { .. } => 8,
        Entry::Cleared { .. } => 9,
        Entry::Ambiguous { .. } => 10,
        Entry::End { .. } => 11,
        Entry::Command { .. } => COMMAND,
        Entry::Alert { .. } => ALERT,
        Entry::Charged { .. } => CHARGED,
        Entry::Allocated { .. } => ALLOCATED,
        Entry::Status { .. } => STATUS,
        Entry::Wire { .. } => WIRE,
        Entry::Venue(report) => report_kind_index(&report.kind),
    }
}

/// True for the kinds that a coarse journal keeps: what gates and venues refused, breakers, commands, alerts, charges, allocations,
/// busts and corrections, statuses, what happened on the wire, ambiguous fills, start and end.
#[inline]
pub(in crate::journal) const fn matters(kind: usize) -> bool {
    /// start, order-refused, request-refused, tripped, cleared, ambiguous, end, rejected, request-rejected, command, alert, charged, allocated,
    /// busted, corrected, status, wire.
    const KEPT: u32 = 1
        | 1 << 2
        | 1 << 5
        | 1 << 8
        | 1 << 9
        | 1 << 10
        | 1 << 11
        | 1 << 13
        | 1 << 14
        | 1 << COMMAND
        | 1 << ALERT
        | 1 << CHARGED
        | 1 << ALLOCATED
        | 1 << BUSTED
        | 1 << CORRECTED
        | 1 << STATUS
        | 1 << WIRE;
    KEPT >> kind & 1 == 1
}

/// Number of a venue report's kind among all kinds.
#[inline]
pub(in crate::journal) const fn report_kind_index(kind: &ReportKind) -> usize {
    let index = match kind {
        ReportKind::Accepted => 0,
        ReportKind::Rejected(_) => 1,
        ReportKind::RequestRejected(_) => 2,
        ReportKind::Triggered => 3,
        ReportKind::Amended { .. } => 4,
        ReportKind::Filled(_) => 5,
        ReportKind::Ended(_) => 6,
        // Their numbers came after those of other entries.
        ReportKind::Busted(_) => BUSTED - FIRST_VENUE_KIND as usize,
        ReportKind::Corrected(_) => CORRECTED - FIRST_VENUE_KIND as usize,
    };
    FIRST_VENUE_KIND as usize + index
}

/// First byte of the record of an entry of that kind.
#[inline]
pub(super) const fn of(kind: usize) -> u8 {
    kind as u8 + FIRST_TAG
}

/// An entry of the tag's kind with nothing in it, for the decoder to fill; `None` when no kind has this tag.
pub(super) fn blank(tag: u8) -> Option<Entry> {
    let kind = tag.checked_sub(FIRST_TAG)?;
    if usize::from(kind) == COMMAND {
        let (at, market) = (Timestamp::default(), MarketId::FIRST);
        return Some(Entry::Command { at, market, command: Command::Pause, status: BotStatus::Running, line: 0 });
    }
    if usize::from(kind) == ALERT {
        return Some(Entry::Alert { at: Timestamp::default(), market: MarketId::FIRST, alert: BLANK_ALERT });
    }
    if usize::from(kind) == CHARGED {
        let (at, market, charge) = (Timestamp::default(), MarketId::FIRST, Charge::Funding);
        return Some(Entry::Charged { at, market, charge, amount: Money::ZERO, line: 0 });
    }
    if usize::from(kind) == ALLOCATED {
        let (at, market, asked) = (Timestamp::default(), MarketId::FIRST, Money::ZERO);
        return Some(Entry::Allocated { at, market, asked, amount: Money::ZERO, line: 0 });
    }
    match usize::from(kind) {
        STATUS => {
            let (at, market) = (Timestamp::default(), MarketId::FIRST);
            return Some(Entry::Status { at, market, status: TradingStatus::OPEN });
        }
        WIRE => {
            let (at, market, client_order_id) = (Timestamp::default(), MarketId::FIRST, ClientOrderId(0));
            return Some(Entry::Wire { at, market, client_order_id, event: WireEvent::Unknown });
        }
        BUSTED => return Some(blank_venue(ReportKind::Busted(BLANK_BUST))),
        CORRECTED => {
            let correction = Correction { was: BLANK_BUST, price: Price::default(), fee: Money::ZERO };
            return Some(blank_venue(ReportKind::Corrected(correction)));
        }
        _ => {}
    }
    match kind.checked_sub(FIRST_VENUE_KIND) {
        Some(report) => blank_report(report).map(blank_venue),
        None => blank_other(kind),
    }
}

const BLANK_ALERT: Alert =
    Alert { rule: AlertId(0), phase: AlertPhase::Raised, cause_at: Timestamp::from_nanos(0), value: 0, limit: 0 };

fn blank_other(kind: u8) -> Option<Entry> {
    let at = Timestamp::default();
    let client_order_id = ClientOrderId(0);
    let (market, intent, refusal) = (MarketId::FIRST, BLANK_INTENT, BLANK_REFUSAL);
    Some(match kind {
        0 => Entry::Start { at, market, equity: Money::ZERO, position: Quantity::ZERO },
        1 => Entry::OrderSent { at, intent },
        2 => Entry::OrderRefused { at, intent, refusal },
        3 => Entry::CancelSent { at, market, client_order_id },
        4 => Entry::AmendSent { at, market, client_order_id, price: None, quantity: None },
        5 => Entry::RequestRefused { at, market, client_order_id, refusal },
        6 => Entry::Mark(Mark {
            market,
            at,
            best: BestPrices::default(),
            position: Quantity::ZERO,
            equity: Money::ZERO,
            open_orders: 0,
            feed_latency_ns: 0,
        }),
        7 => Entry::Quote { at, market, best: BestPrices::default() },
        8 => Entry::Tripped { at, market, refusal },
        9 => Entry::Cleared { at, market, gate: GateId(0) },
        10 => Entry::Ambiguous { at, market, client_order_id, at_stake: Money::ZERO },
        11 => Entry::End { at, rows: 0, messages: 0 },
        _ => return None,
    })
}

fn blank_report(index: u8) -> Option<ReportKind> {
    Some(match index {
        0 => ReportKind::Accepted,
        1 => ReportKind::Rejected(RejectReason::UnknownOrder),
        2 => ReportKind::RequestRejected(RejectReason::UnknownOrder),
        3 => ReportKind::Triggered,
        4 => ReportKind::Amended { price: Price::default(), quantity: Quantity::ZERO },
        5 => ReportKind::Filled(BLANK_FILL),
        6 => ReportKind::Ended(CancelReason::Requested),
        _ => return None,
    })
}

fn blank_venue(kind: ReportKind) -> Entry {
    let at = Timestamp::default();
    Entry::Venue(ExecutionReport {
        market: MarketId::FIRST,
        client_order_id: ClientOrderId(0),
        order_id: OrderId(0),
        side: Side::Buy,
        kind,
        executed: Quantity::ZERO,
        open: Quantity::ZERO,
        sent_at: at,
        arrived_at: at,
        matched_at: at,
        reported_at: at,
    })
}
