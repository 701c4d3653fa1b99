use crate::model::Mark;
use crate::units::{SECOND, Span, Timestamp};
use std::collections::VecDeque;

/// When a price counts, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Settling {
    pub window: Span,
    pub confirm_marks: u32,
}

/// Prices of a window, each the median of the last marks. Doubled mids, in ticks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prices {
    /// The last mark that counted.
    counted_at: Option<Timestamp>,
    /// The last marks that a median is of, oldest first.
    marked: VecDeque<i64>,
    /// Every median within the window, with its instant.
    settled: VecDeque<(Timestamp, i64)>,
}

impl Prices {
    /// The price after a mark, once there are enough; `None` where the mark does not count.
    pub fn on_mark(&mut self, settling: Settling, mark: &Mark) -> Option<i64> {
        let mid_x2 = mark.best.mid_x2()?;
        if self.counted_at.is_some_and(|at| mark.at < at.plus(SECOND)) {
            return None;
        }
        self.counted_at = Some(mark.at);
        let settled = self.settle(mid_x2, 2 * settling.confirm_marks.max(1) as usize - 1)?;
        self.settled.retain(|(at, _)| mark.at < at.plus(settling.window));
        self.settled.push_back((mark.at, settled));
        Some(settled)
    }

    /// The median of the last marks, once there are enough.
    fn settle(&mut self, mid_x2: i64, marks: usize) -> Option<i64> {
        self.marked.push_back(mid_x2);
        let surplus = self.marked.len().saturating_sub(marks);
        self.marked.drain(..surplus);
        let mut sorted: Vec<i64> = self.marked.iter().copied().collect();
        sorted.sort_unstable();
        (sorted.len() == marks).then(|| sorted[marks / 2])
    }

    /// The lowest and the highest of the window; `None` while nothing has settled.
    pub fn ends(&self) -> Option<[i128; 2]> {
        let prices = || self.settled.iter().map(|(_, settled)| i128::from(*settled));
        Some([prices().min()?, prices().max()?])
    }
}
