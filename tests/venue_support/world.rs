//! Markets and accounts, and the words of the drawn tables for what they report.

use seatrial::model::{
    ClientOrderId, ContractKind, ExecutionReport, FeeSchedule, Filters, Instrument, Intent, IntentKey, MarketId,
    OrderType, ReportKind, Side, StatusChange, TimeInForce,
};
use seatrial::units::{Fixed, Money, Quantity, Rate, Rounding};
use seatrial::venue::{FillPreset, Funds, MarketKind, VenueConfig};

/// Prices of mirrored tables are this minus the price.
pub const PIVOT_X2: i64 = 200;
/// Everything a table's `config` line can say.
#[derive(Debug, Clone)]
pub struct World {
    pub instrument: Instrument,
    pub config: VenueConfig,
    pub market: MarketKind,
    pub funds: Funds,
    /// Orders stand in a shared book.
    pub closed_loop: bool,
    /// When the market's status changes, and to what.
    pub statuses: Vec<StatusChange>,
}

impl Default for World {
    fn default() -> Self {
        let fees = FeeSchedule { maker: Rate::ZERO, taker: Rate::ZERO, rounding: Rounding::TowardVenue, decimals: 8 };
        let filters = Filters::lot_only(Quantity::new(1));
        let instrument = Instrument {
            symbol: "ABCUSD".into(),
            venue: "drawn".into(),
            kind: ContractKind::Linear,
            base: "ABC".into(),
            quote: "USD".into(),
            tick_size: Fixed::new(1, 0),
            step_size: Fixed::new(1, 0),
            multiplier: Fixed::new(1, 0),
            fees,
            filters,
            inferred: Vec::new(),
        };
        let funds = Funds { quote: Money::from_units(1_000_000), position: Quantity::ZERO };
        Self {
            instrument,
            config: VenueConfig::preset(FillPreset::Neutral),
            market: MarketKind::L2,
            funds,
            closed_loop: false,
            statuses: Vec::new(),
        }
    }
}

/// A report as the tables write it.
pub fn show(report: &ExecutionReport) -> String {
    let id = report.client_order_id.0;
    match report.kind {
        ReportKind::Accepted => format!("accepted {id}"),
        ReportKind::Rejected(reason) => format!("rejected {id} {}", word(&reason)),
        ReportKind::RequestRejected(reason) => format!("refused {id} {}", word(&reason)),
        ReportKind::Triggered => format!("triggered {id}"),
        ReportKind::Amended { price, quantity } => format!("amended {id} {}@{}", quantity.steps(), price.ticks()),
        ReportKind::Filled(fill) => {
            let fee = if fill.fee == Money::ZERO { String::new() } else { format!(" fee {}", fill.fee) };
            let (quantity, price, open) = (fill.quantity.steps(), fill.price.ticks(), report.open.steps());
            format!("filled {id} {quantity}@{price} {} open {open}{fee}", word(&fill.liquidity))
        }
        ReportKind::Busted(_) | ReportKind::Corrected(_) => panic!("no table sets a fill right: {report:?}"),
        ReportKind::Ended(reason) => format!("ended {id} {} at {}", word(&reason), report.matched_at.nanos()),
    }
}

/// The name of a value as serde writes it.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

pub fn read_word<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).unwrap_or_else(|error| panic!("{text}: {error}"))
}

pub fn intent(id: u64, side: Side, order_type: OrderType, quantity: i64) -> Intent {
    Intent {
        market: MarketId::FIRST,
        intent_key: IntentKey(id),
        client_order_id: ClientOrderId(id),
        side,
        order_type,
        time_in_force: TimeInForce::GoodTilCancel,
        replaces: None,
        quantity: Quantity::new(quantity),
        post_only: false,
        reduce_only: false,
        protective: false,
        expected_edge: None,
        reason: 0,
    }
}
