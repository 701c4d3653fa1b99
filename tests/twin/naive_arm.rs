use crate::exchange::{Exchange, Row};
use crate::naive::{Crossing, Market, Naive, Path, Queue, Settings};
use crate::world::World;
use seatrial::model::{
    AmendOrder, Bar, BestPrices, CancelOrder, ClientOrderId, ExecutionReport, Level, NewOrder, Side,
};
use seatrial::units::{Price, Quantity, Timestamp};
use seatrial::venue::{self, Ambiguity, BarPath, Curve, MarketKind, QueueModel};

/// The twin's settings for a world: the only place where it hears the product's names.
fn settings(world: &World) -> Settings {
    let (instrument, config, fills) = (&world.instrument, &world.config, &world.config.fills);
    Settings {
        market: match world.market {
            MarketKind::L2 => Market::Book,
            MarketKind::Trades => Market::Trades,
            MarketKind::Bars => Market::Bars,
        },
        kind: instrument.kind,
        unit: instrument.tick_step_value().unwrap(),
        fees: instrument.fees,
        filters: instrument.filters.clone(),
        queue: match fills.queue {
            QueueModel::Front => Queue::Front,
            QueueModel::RiskAverse => Queue::RiskAverse,
            QueueModel::Probability(Curve::Power1) => Queue::Power(1),
            QueueModel::Probability(Curve::Power2) => Queue::Power(2),
            QueueModel::Probability(Curve::Power3) => Queue::Power(3),
            QueueModel::Probability(Curve::Log) => Queue::Log,
        },
        crossing: match fills.crossing {
            venue::Crossing::Never => Crossing::Never,
            venue::Crossing::Displayed => Crossing::Displayed,
            venue::Crossing::Whole => Crossing::Whole,
            venue::Crossing::WholeAtRow => Crossing::WholeAtRow,
        },
        path: match config.bar_path {
            BarPath::OpenHighLowClose => Path::HighFirst,
            BarPath::OpenLowHighClose => Path::LowFirst,
            BarPath::NearestExtremeFirst => Path::Nearest,
            BarPath::WorstForBot => Path::Worst,
        },
        at_price: fills.at_price,
        touch: fills.touch_fills,
        partial: fills.partial_fills,
        memory: fills.liquidity_memory,
        shared: fills.shared_prints,
        meet: fills.own_orders_meet,
        spare: fills.refused_amends_spare,
        funds_checked: fills.funds_checked,
        trigger: config.trigger,
        self_trade: config.self_trade,
        half_spread: config.assumed_half_spread_ticks,
        assumed_ahead: config.assumed_queue_ahead.map(Quantity::steps),
        leverage: config.leverage_max,
        quote: world.funds.quote,
        position: world.funds.position.steps(),
        statuses: world.statuses.clone(),
    }
}

/// The twin hears of every row.
impl Exchange for Naive {
    fn open(world: &World) -> Self {
        Self::new(settings(world))
    }

    fn row(&mut self, row: Row, at: Timestamp, out: &mut Vec<ExecutionReport>) {
        match row {
            Row::Depth { side, price, steps } => self.take_level(side, price, steps, at),
            Row::Trade { aggressor, price, steps } => self.take_trade(aggressor, price, steps, at),
            Row::Clear { side } => self.book.clear(side),
        }
        out.append(&mut self.out);
    }

    fn end_of_message(&mut self, at: Timestamp, out: &mut Vec<ExecutionReport>) {
        self.end_message(at);
        out.append(&mut self.out);
    }

    fn bar(&mut self, bar: &Bar, out: &mut Vec<ExecutionReport>, ambiguous: &mut Vec<Ambiguity>) {
        let mut stakes = Vec::new();
        match bar.volume.is_zero() {
            true => self.take_silent_bar(bar),
            false => self.take_bar(bar, &mut stakes),
        }
        let case = |(id, at_stake)| Ambiguity { client_order_id: ClientOrderId(id), at_stake };
        ambiguous.extend(stakes.into_iter().map(case));
        out.append(&mut self.out);
    }

    fn expire(&mut self, at: Timestamp, out: &mut Vec<ExecutionReport>) {
        self.begin(at);
        out.append(&mut self.out);
    }

    fn submit(&mut self, order: NewOrder, at: Timestamp, out: &mut Vec<ExecutionReport>) {
        self.take_order(&order, at);
        out.append(&mut self.out);
    }

    fn cancel(&mut self, request: CancelOrder, at: Timestamp, out: &mut Vec<ExecutionReport>) {
        self.take_cancel(&request, at);
        out.append(&mut self.out);
    }

    fn amend(&mut self, request: AmendOrder, at: Timestamp, out: &mut Vec<ExecutionReport>) {
        self.take_amend(&request, at);
        out.append(&mut self.out);
    }

    fn best(&self) -> BestPrices {
        self.book.best_prices()
    }

    fn levels(&self, side: Side) -> Vec<Level> {
        let level = |(price, steps)| Level { price: Price::new(price), quantity: Quantity::new(steps) };
        self.book.shown(side).into_iter().map(level).collect()
    }

    fn position(&self) -> Quantity {
        Quantity::new(self.position)
    }

    fn open_orders(&self) -> u32 {
        self.orders.len() as u32
    }

    fn next_expiry(&self) -> Timestamp {
        self.orders.iter().filter_map(|order| order.ends_at()).min().unwrap_or(Timestamp::MAX)
    }

    fn state(&self) -> blake3::Hash {
        blake3::hash(&self.bytes())
    }

    fn show(&self) -> String {
        format!("{self:?}")
    }
}
