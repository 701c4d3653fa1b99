use super::ask::Ask;
use super::book_state::BookState;
use super::broken::Broken;
use super::concurrent_positions::ConcurrentPositions;
use super::consecutive_losses::ConsecutiveLosses;
use super::daily_loss::DailyLoss;
use super::daily_orders::DailyOrders;
use super::daily_turnover::DailyTurnover;
use super::drawdown::Drawdown;
use super::error_rate::ErrorRate;
use super::exposure::Exposure;
use super::extreme_move::ExtremeMove;
use super::fee_coverage::FeeCoverage;
use super::gate::{Gate, Scales, Slot, SlotState, faults, unmentioned};
use super::heartbeat::Heartbeat;
use super::idempotency::Idempotency;
use super::kill_switch::KillSwitch;
use super::leverage::Leverage;
use super::message_rate::MessageRate;
use super::open_orders::OpenOrders;
use super::order_burst::OrderBurst;
use super::order_quantity::OrderQuantity;
use super::order_value::OrderValue;
use super::paper_mode::PaperMode;
use super::period_collar::PeriodCollar;
use super::position::Position;
use super::position_ramp::PositionRamp;
use super::price_collar::PriceCollar;
use super::repeated_executions::RepeatedExecutions;
use super::self_trade::SelfTrade;
use super::single_trade_loss::SingleTradeLoss;
use super::stale_data::StaleData;
use super::stop_loss::StopLoss;
use super::total_loss::TotalLoss;
use super::user_orders::UserOrders;
use super::venue_filters::VenueFilters;
use super::{ConfigError, Effect, Execution, GateCounter, GateEvent, GateSpec, RiskView, Setting};
use crate::model::{ExecutionReport, GateId, Instrument, Mark, Refusal};
use crate::units::Money;

/// Writes out the list of gates as configuration, catalogue and calls, so that a gate is its file and its row here and
/// no call goes through a pointer.
macro_rules! gates {
    ($($(#[$doc:meta])+ $name:ident: $gate:ty,)+) => {
        /// Which gates are armed, with what limits. An empty table arms a gate with its defaults, `"off"` disarms it. One
        /// that is not mentioned is armed or off as its [`GateSpec::armed`] says.
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(default, deny_unknown_fields)]
        pub struct GateConfig {
            $($(#[$doc])+ pub $name: Setting<super::$name::Limits>,)+
        }

        impl Default for GateConfig {
            fn default() -> Self {
                Self { $($name: unmentioned::<$gate>(),)+ }
            }
        }

        impl GateConfig {
            /// No gate armed.
            #[must_use]
            pub const fn off() -> Self {
                Self { $($name: Setting::Off,)+ }
            }

            /// Arms the gate of that name with its defaults, where it is off. Nothing happens to one that is armed.
            pub fn arm(&mut self, name: &str) {
                match name {
                    $(stringify!($name) if self.$name.as_ref().is_none() => self.$name = Setting::default(),)+
                    _ => {}
                }
            }

            /// Everything wrong with the limits, in catalogue order.
            ///
            /// # Errors
            /// One [`ConfigError`] for every limit out of range and every gate without a limit.
            pub fn validate(&self) -> Result<(), Vec<ConfigError>> {
                let mut found = Vec::new();
                $(faults::<$gate>(&self.$name, &mut found);)+
                if found.is_empty() { Ok(()) } else { Err(found) }
            }
        }

        /// Every gate with its limits, in the order in which they judge.
        #[must_use]
        pub const fn catalogue() -> &'static [GateSpec] {
            const { &[$(<$gate as Gate>::SPEC),+] }
        }

        /// The text of a gate's file, whose header says what there is to say of it.
        pub(super) fn file_of(name: &str) -> &'static str {
            match name {
                $(stringify!($name) => include_str!(concat!(stringify!($name), ".rs")),)+
                _ => "",
            }
        }

        #[derive(Debug, Clone)]
        pub(super) struct List {
            /// A gate is armed that has to be asked for. While none is, all of them cost one comparison a call.
            on_request: bool,
            $(pub $name: Slot<$gate>,)+
        }

        /// The gates of a run as plain data, for a checkpoint or a restart.
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct ListState {
            $($name: SlotState<<$gate as Gate>::State>,)+
        }

        impl List {
            pub fn new(config: &GateConfig, scales: &Scales, instrument: &Instrument) -> Self {
                let on_request = false $(|| !<$gate as Gate>::SPEC.armed && config.$name.as_ref().is_some())+;
                Self { on_request, $($name: Slot::new(&config.$name, scales, instrument),)+ }
            }

            /// What `ask` does is known before the first gate is asked; what is judged most has code of its own.
            #[inline(always)]
            pub fn check(&mut self, ask: &Ask, risk: &RiskView) -> Result<(), Refusal> {
                match ask.effect {
                    Effect::Increases => self.check_as(Effect::Increases, ask, risk),
                    Effect::Reduces => self.check_reducing(ask, risk),
                    Effect::Cancels => self.check_as(Effect::Cancels, ask, risk),
                }
            }

            #[inline(never)]
            fn check_reducing(&mut self, ask: &Ask, risk: &RiskView) -> Result<(), Refusal> {
                self.check_as(Effect::Reduces, ask, risk)
            }

            #[inline(always)]
            fn check_as(&mut self, effect: Effect, ask: &Ask, risk: &RiskView) -> Result<(), Refusal> {
                $(if <$gate as Gate>::SPEC.armed || self.on_request {
                    if !self.$name.passes(effect, ask, risk) {
                        self.$name.refuse(ask, risk)?;
                    }
                })+
                Ok(())
            }

            #[inline(always)]
            pub fn cleared(&mut self, ask: &Ask, risk: &RiskView) {
                $(if <$gate as Gate>::SPEC.armed || self.on_request {
                    self.$name.cleared(ask, risk);
                })+
            }

            /// As [`check`](Self::check), with one gate broken.
            #[cold]
            pub fn check_broken(&mut self, broken: &mut Broken, ask: &Ask, risk: &RiskView) -> Result<(), Refusal> {
                $(broken.how.check(&mut self.$name, &broken.fresh.$name, ask, risk)?;)+
                Ok(())
            }

            /// As [`cleared`](Self::cleared), with one gate broken.
            #[cold]
            pub fn cleared_broken(&mut self, broken: &mut Broken, ask: &Ask, risk: &RiskView) {
                $(broken.how.cleared(&mut self.$name, ask, risk);)+
            }

            pub fn open(&mut self, mark: &Mark) {
                $(self.$name.open(mark);)+
            }

            pub fn allocated(&mut self, amount: Money) {
                $(self.$name.allocated(amount);)+
            }

            /// True when a gate tripped whose trip engages the kill switch.
            pub fn on_mark(&mut self, mark: &Mark, out: &mut Vec<GateEvent>) -> bool {
                let mut kills = false;
                $(if <$gate as Gate>::SPEC.armed || self.on_request {
                    kills |= self.$name.on_mark(mark, out);
                })+
                kills
            }

            /// As [`on_mark`](Self::on_mark), with one gate broken.
            #[cold]
            pub fn on_mark_broken(&mut self, broken: &mut Broken, mark: &Mark, out: &mut Vec<GateEvent>) -> bool {
                let mut kills = false;
                $(kills |= broken.how.on_mark(&mut self.$name, &broken.fresh.$name, mark, out);)+
                kills
            }

            pub fn hears_reports(&self) -> bool {
                $(self.$name.hears_reports())||+
            }

            /// As [`on_mark`](Self::on_mark).
            pub fn on_report(
                &mut self,
                report: &ExecutionReport,
                execution: Option<&Execution>,
                out: &mut Vec<GateEvent>,
            ) -> bool {
                let mut kills = false;
                $(kills |= self.$name.on_report(report, execution, out);)+
                kills
            }

            /// A process that has started again has no state of the broken gate.
            pub fn forget_broken(&mut self, broken: &Broken) {
                $(broken.how.forget(&mut self.$name, &broken.fresh.$name);)+
            }

            /// As [`on_report`](Self::on_report), with one gate broken.
            #[cold]
            pub fn on_report_broken(
                &mut self,
                broken: &mut Broken,
                report: &ExecutionReport,
                execution: Option<&Execution>,
                out: &mut Vec<GateEvent>,
            ) -> bool {
                let mut kills = false;
                $(kills |= broken.how.on_report(&mut self.$name, &broken.fresh.$name, (report, execution), out);)+
                kills
            }

            pub fn reenable(&mut self, id: GateId, out: &mut Vec<GateEvent>) {
                $(self.$name.reenable(id, out);)+
            }

            #[inline]
            pub fn trip_equity(&self) -> Option<Money> {
                let mut highest = None;
                $(if <$gate as Gate>::SPEC.armed || self.on_request {
                    highest = highest.max(self.$name.trip_equity());
                })+
                highest
            }

            pub fn engaged(&self) -> bool {
                $((<$gate as Gate>::SPEC.armed || self.on_request) && self.$name.engaged())||+
            }

            pub fn counters(&self) -> Vec<GateCounter> {
                vec![$(self.$name.counter()),+]
            }

            pub fn save(&self) -> ListState {
                ListState { $($name: self.$name.save(),)+ }
            }

            pub fn restore(&mut self, state: ListState) {
                $(self.$name.restore(state.$name);)+
            }

            pub fn digest(&self, hasher: &mut blake3::Hasher) {
                $(self.$name.digest(hasher);)+
            }
        }
    };
}

// Order is precedence: of several gates that refuse, the first is reported.
gates! {
    /// Stops everything that adds risk, once engaged.
    kill_switch: KillSwitch,
    /// Stops orders on an old market.
    stale_data: StaleData,
    /// Stops more risk on a UTC day that lost too much.
    daily_loss: DailyLoss,
    /// Stops an order that is worth too much.
    order_value: OrderValue,
    /// Stops an order that could make the position too large.
    position: Position,
    /// Stops orders that come too fast.
    order_burst: OrderBurst,
    /// Stops an order that was sent before.
    idempotency: Idempotency,
    /// Stops orders on a book that is no market.
    book_state: BookState,
    /// Stops an order that the venue's filters would reject.
    venue_filters: VenueFilters,
    /// Stops an order whose price is far from the market.
    price_collar: PriceCollar,
    /// Stops an order whose price is far from where the market has been over a period.
    period_collar: PeriodCollar,
    /// Stops a single order of too large a volume.
    order_quantity: OrderQuantity,
    /// Stops an order that is not expected to earn its costs.
    fee_coverage: FeeCoverage,
    /// Stops an order that could leave too much of the account in the market.
    exposure: Exposure,
    /// Stops an order that could make the position a larger multiple of equity than allowed.
    leverage: Leverage,
    /// Stops an order that would be one too many at once.
    open_orders: OpenOrders,
    /// Stops more risk on a UTC day on which the bot has sent its number of orders.
    daily_orders: DailyOrders,
    /// Stops an order that could make the position larger than the bot has earned yet.
    position_ramp: PositionRamp,
    /// Stops orders that would use up the venue's budget of messages.
    message_rate: MessageRate,
    /// Stops risk for good once equity has fallen too far from its peak.
    drawdown: Drawdown,
    /// Stops risk for good once the account has lost too much since the start.
    total_loss: TotalLoss,
    /// Stops risk for a while once the price has moved too far too fast.
    extreme_move: ExtremeMove,
    /// Stops risk once too many round trips in a row have lost.
    consecutive_losses: ConsecutiveLosses,
    /// Stops risk once one round trip has lost too much.
    single_trade_loss: SingleTradeLoss,
    /// Closes a position that has lost too much, and stops risk for a while.
    stop_loss: StopLoss,
    /// Stops risk once the venue has rejected too much in a while.
    error_rate: ErrorRate,
    /// Stops a bot that executes on one side over and over.
    repeated_executions: RepeatedExecutions,
    /// Stops an order that could make the bot trade more on a UTC day than allowed.
    daily_turnover: DailyTurnover,
    /// Stops an order that would trade with an own resting order.
    self_trade: SelfTrade,
    /// Stops an order that would open a position in one market too many.
    concurrent_positions: ConcurrentPositions,
    /// Stops every order while the session is not known to be a paper one.
    paper_mode: PaperMode,
    /// Stops risk while nobody says that the bot is watched.
    heartbeat: Heartbeat,
    /// Stops more risk on a UTC day on which all bots of a user have sent their number of orders. Must be the last.
    user_orders: UserOrders,
}
