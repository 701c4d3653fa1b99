use super::Turn;
use super::consecutive_losses::ConsecutiveLosses;
use super::daily_loss::DailyLoss;
use super::drawdown::Drawdown;
use super::error_rate::ErrorRate;
use super::extreme_move::ExtremeMove;
use super::period_collar::PeriodCollar;
use super::prices::Settling;
use super::repeated_executions::RepeatedExecutions;
use super::single_trade_loss::SingleTradeLoss;
use super::stop_loss::StopLoss;
use super::total_loss::TotalLoss;
use super::trade::{Traded, Trades};
use crate::audit::setup::{Limits, Worth};
use crate::model::{ExecutionReport, Mark};
use crate::units::Money;

/// What the breakers of one market remember: each is asked with its own limits. Whatever restarts, they remember it.
#[derive(Debug, Clone, Default)]
pub struct Breakers {
    trades: Trades,
    pub daily_loss: DailyLoss,
    pub drawdown: Drawdown,
    pub total_loss: TotalLoss,
    pub extreme_move: ExtremeMove,
    pub consecutive_losses: ConsecutiveLosses,
    pub single_trade_loss: SingleTradeLoss,
    pub stop_loss: StopLoss,
    pub period_collar: PeriodCollar,
    pub error_rate: ErrorRate,
    pub repeated_executions: RepeatedExecutions,
}

impl Breakers {
    /// The account before the first mark; a position was entered at `price` ticks.
    pub fn open(&mut self, mark: &Mark, price: i128, worth: &Worth) {
        self.trades = Trades::opened(mark.position.steps().into(), price, worth);
        self.daily_loss.open(mark);
        self.drawdown.open(mark);
        self.total_loss.open(mark);
        self.single_trade_loss.open(mark);
        self.stop_loss.open(mark, price, worth);
    }

    /// The owner's money: neither won nor lost.
    pub fn allocated(&mut self, amount: Money) {
        self.daily_loss.allocated(amount);
        self.drawdown.allocated(amount);
        self.total_loss.allocated(amount);
    }

    /// The venue has done what a report says.
    pub fn matched(&mut self, report: &ExecutionReport, worth: &Worth) {
        self.stop_loss.matched(report, worth);
    }

    pub fn on_mark(&mut self, limits: &Limits, mark: &Mark) -> Option<Turn> {
        match limits {
            Limits::DailyLoss(loss) => self.daily_loss.on_mark(loss, mark),
            Limits::Drawdown(loss) => self.drawdown.on_mark(loss, mark),
            Limits::TotalLoss(loss) => self.total_loss.on_mark(loss, mark),
            Limits::ExtremeMove { percent_ppb, window, confirm_marks, trip } => {
                let settling = Settling { window: *window, confirm_marks: *confirm_marks };
                self.extreme_move.on_mark(*percent_ppb, settling, trip, mark)
            }
            Limits::PeriodCollar { window, confirm_marks, .. } => {
                self.period_collar.on_mark(Settling { window: *window, confirm_marks: *confirm_marks }, mark);
                None
            }
            Limits::StopLoss { percent_ppb, confirm_marks, trip, .. } => {
                self.stop_loss.on_mark((*percent_ppb, *confirm_marks), trip, mark)
            }
            Limits::ConsecutiveLosses(_, trip) => self.consecutive_losses.on_mark(trip, mark.at),
            Limits::SingleTradeLoss { trip, .. } => self.single_trade_loss.on_mark(trip, mark),
            Limits::ErrorRate { trip, .. } => self.error_rate.on_mark(trip, mark.at),
            _ => None,
        }
    }

    /// Takes a report into the books; what a fill has done there is what breakers are asked with.
    pub fn book(&mut self, report: &ExecutionReport, worth: &Worth) -> Option<Traded> {
        self.trades.book(report, worth)
    }

    pub fn on_report(&mut self, limits: &Limits, report: &ExecutionReport, traded: Option<Traded>) -> Option<Turn> {
        match *limits {
            Limits::ConsecutiveLosses(losses, _) => self.consecutive_losses.on_report(losses, report, traded?),
            Limits::SingleTradeLoss { percent_ppb, absolute, .. } => {
                self.single_trade_loss.on_report((percent_ppb, absolute), report, traded?)
            }
            Limits::ErrorRate { errors, window, .. } => self.error_rate.on_report(errors, window, report),
            Limits::RepeatedExecutions { executions, window, .. } => {
                self.repeated_executions.on_report(executions, window, report)
            }
            _ => None,
        }
    }

    /// Somebody re-enables a breaker: nothing follows where it is not tripped, or a day ends it.
    pub fn reenable(&mut self, limits: &Limits) -> Option<Turn> {
        match limits {
            Limits::Drawdown(_) => self.drawdown.reenable(),
            Limits::TotalLoss(_) => self.total_loss.reenable(),
            Limits::ExtremeMove { .. } => self.extreme_move.reenable(),
            Limits::ConsecutiveLosses(..) => self.consecutive_losses.reenable(),
            Limits::SingleTradeLoss { .. } => self.single_trade_loss.reenable(),
            Limits::StopLoss { .. } => self.stop_loss.reenable(),
            Limits::ErrorRate { .. } => self.error_rate.reenable(),
            Limits::RepeatedExecutions { .. } => self.repeated_executions.reenable(),
            _ => None,
        }
    }
}
