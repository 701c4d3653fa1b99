use super::policy::FeedPolicy;
use crate::units::Price;

/// Which prints are believed.
#[derive(Debug, Clone, Default)]
pub(super) struct Ticks {
    last: Option<Price>,
    /// The print that waits for another.
    held: Option<Price>,
}

impl Ticks {
    /// A print at `price` where the best prices are `best`: true when it is believed.
    pub fn believe(&mut self, price: Price, best: (Option<Price>, Option<Price>)) -> bool {
        let mid = best.0.zip(best.1).map(|(bid, ask)| (bid.ticks() + ask.ticks()) / 2);
        let reference = mid.or(self.last.map(Price::ticks));
        let is_far = reference.is_some_and(|reference| is_beyond(price, reference, FeedPolicy::FAR_PERCENT));
        let is_confirmed = self.held.is_some_and(|held| !is_beyond(price, held.ticks(), 1));
        if is_far && !is_confirmed {
            self.held = Some(price);
            return false;
        }
        (self.last, self.held) = (Some(price), None);
        true
    }
}

/// Further than `percent` of the reference from it.
fn is_beyond(price: Price, reference: i64, percent: i64) -> bool {
    let distance = i128::from(price.ticks()) - i128::from(reference);
    i128::from(reference.abs()) * i128::from(percent) < 100 * distance.abs()
}
