use super::spec::{LimitSpec, Unit};
use crate::model::Mark;
use crate::units::{MILLISECOND, SECOND, Span, Timestamp};
use std::collections::VecDeque;

/// How long a price is looked back at.
pub(super) const WINDOW_MS: LimitSpec = window_ms(60_000);

/// Marks that settle a price.
pub(super) const CONFIRM_MARKS: LimitSpec = LimitSpec {
    key: "confirm_marks",
    unit: Unit::Marks,
    default: Some(3),
    optional: false,
    min: 1,
    max: MOST as i128,
    words: "marks at the new price until it counts",
};

/// The limit on a window, with a gate's own default.
pub(super) const fn window_ms(default: i128) -> LimitSpec {
    LimitSpec {
        key: "window_ms",
        unit: Unit::Milliseconds,
        default: Some(default),
        optional: false,
        min: 1_000,
        max: 3_600_000,
        words: "length of the window",
    }
}

/// Most marks that a price may be asked to be confirmed by.
const MOST: usize = 10;

/// The highest of the last prices, if they are seen with a sign: those that a later one is as high as are left out, so that the
/// highest within the window is the first. As many as the window has seconds at most.
type Ridge = VecDeque<(Timestamp, i64)>;

/// Prices of a window as they settle: each is the median of the last 2n-1 marks, n being the confirmation, so that fewer than n wild
/// prints in a row change nothing. Prices are doubled mids in ticks.
#[derive(Debug, Clone)]
pub(super) struct Settled {
    window: Span,
    /// How many marks the median is of: an odd number.
    sample: usize,
    counted_at: Option<Timestamp>,
    recent: VecDeque<i64>,
    highest: Ridge,
    lowest: Ridge,
}

/// What must survive a restart.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettledState {
    counted_at: Option<Timestamp>,
    recent: VecDeque<i64>,
    highest: Ridge,
    /// Of prices with their sign turned.
    lowest: Ridge,
}

/// Where the price is, and how far it has been within the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reach {
    pub last: i64,
    pub range: Range,
}

/// The lowest and the highest settled price of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub lowest: i64,
    pub highest: i64,
}

impl Settled {
    pub fn new(window_ms: u32, confirm_marks: u32) -> Self {
        let sample = 2 * (confirm_marks as usize).clamp(1, MOST) - 1;
        let seconds = (window_ms.min(WINDOW_MS.max as u32) / 1_000) as usize + 2;
        Self {
            window: MILLISECOND.times(i64::from(window_ms)),
            sample,
            counted_at: None,
            recent: VecDeque::with_capacity(sample),
            highest: Ridge::with_capacity(seconds),
            lowest: Ridge::with_capacity(seconds),
        }
    }

    /// Counts a mark, once there are enough of them. One without two sides, or less than a second after the last one counted, is not.
    pub fn mark(&mut self, mark: &Mark) -> Option<Reach> {
        let is_soon = self.counted_at.is_some_and(|counted_at| mark.at.since(counted_at) < SECOND);
        let mid_x2 = mark.best.mid_x2().filter(|_| !is_soon)?;
        self.counted_at = Some(mark.at);
        if self.recent.len() == self.sample {
            self.recent.pop_front();
        }
        self.recent.push_back(mid_x2);
        if self.recent.len() < self.sample {
            return None;
        }
        let last = median(&self.recent);
        take_in(&mut self.highest, mark.at, last, self.window);
        take_in(&mut self.lowest, mark.at, last.saturating_neg(), self.window);
        self.range().map(|range| Reach { last, range })
    }

    /// The window that ends with the last mark counted; `None` before the first price has settled.
    #[inline]
    pub fn range(&self) -> Option<Range> {
        let (highest, lowest) = (self.highest.front()?.1, self.lowest.front()?.1);
        Some(Range { lowest: lowest.saturating_neg(), highest })
    }

    pub fn forget(&mut self) {
        self.counted_at = None;
        self.recent.clear();
        self.highest.clear();
        self.lowest.clear();
    }

    pub fn save(&self) -> SettledState {
        let (recent, highest, lowest) = (self.recent.clone(), self.highest.clone(), self.lowest.clone());
        SettledState { counted_at: self.counted_at, recent, highest, lowest }
    }

    pub fn restore(&mut self, state: SettledState) {
        self.forget();
        self.counted_at = state.counted_at;
        let surplus = state.recent.len().saturating_sub(self.sample);
        self.recent.extend(state.recent.into_iter().skip(surplus));
        self.highest.extend(state.highest);
        self.lowest.extend(state.lowest);
    }

    pub fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&self.counted_at.map_or(i64::MIN, Timestamp::nanos).to_le_bytes());
        hasher.update(&(self.recent.len() as u64).to_le_bytes());
        for mid in &self.recent {
            hasher.update(&mid.to_le_bytes());
        }
        for ridge in [&self.highest, &self.lowest] {
            hasher.update(&(ridge.len() as u64).to_le_bytes());
            for (at, mid) in ridge {
                hasher.update(&at.nanos().to_le_bytes());
                hasher.update(&mid.to_le_bytes());
            }
        }
    }
}

/// Takes in a price, and lets go of what has left the window: a price exactly a window old has.
fn take_in(ridge: &mut Ridge, at: Timestamp, price: i64, window: Span) {
    while ridge.front().is_some_and(|(seen_at, _)| window <= at.since(*seen_at)) {
        ridge.pop_front();
    }
    while ridge.back().is_some_and(|(_, lower)| *lower <= price) {
        ridge.pop_back();
    }
    ridge.push_back((at, price));
}

/// The middle one of an odd number of prices, of which there is at least one.
fn median(prices: &VecDeque<i64>) -> i64 {
    let mut sorted = [0; 2 * MOST - 1];
    let sorted = &mut sorted[..prices.len()];
    for (place, price) in sorted.iter_mut().zip(prices) {
        *place = *price;
    }
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}
