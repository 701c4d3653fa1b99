use crate::model::{ExecutionReport, ReportKind};

/// What a report moves in an account, worked out here and nowhere else: of a fill, or of one that is taken back or has another price. Signed
/// steps, what they come to in ticks x steps (bought, positive), fees in atto.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Posted {
    pub steps: i128,
    pub tick_steps: i128,
    pub fee: i128,
}

impl Posted {
    /// `None` for a report that moves nothing.
    pub fn of(report: &ExecutionReport) -> Option<Self> {
        let sign = i128::from(report.side.sign());
        match &report.kind {
            ReportKind::Filled(fill) => {
                let (steps, ticks) = (sign * i128::from(fill.quantity.steps()), i128::from(fill.price.ticks()));
                Some(Self { steps, tick_steps: steps * ticks, fee: fill.fee.atto() })
            }
            ReportKind::Busted(bust) => {
                let (steps, ticks) = (sign * i128::from(bust.quantity.steps()), i128::from(bust.price.ticks()));
                Some(Self { steps: -steps, tick_steps: -steps * ticks, fee: bust.fee.atto().saturating_neg() })
            }
            ReportKind::Corrected(correction) => {
                let steps = sign * i128::from(correction.was.quantity.steps());
                let dearer = i128::from(correction.price.ticks()) - i128::from(correction.was.price.ticks());
                let fee = correction.fee.atto().saturating_sub(correction.was.fee.atto());
                Some(Self { steps: 0, tick_steps: steps * dearer, fee })
            }
            _ => None,
        }
    }
}
