use super::market::{HEAVIEST, weight};
use crate::model::Side;

/// Most pieces for which one order counts: enough for the whole book, and no end of work.
const PIECES_MAX: u32 = 1_000;

/// What everybody has seen of a venue's taking: a metaorder like any other, known the better the more pieces it has had on one side
/// (see [`Metaorders`](super::metaorders::Metaorders)).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Run {
    side: Option<Side>,
    pieces: u32,
}

impl Run {
    /// An order of `size`, in market orders of mean size, takes on `side`: what it tells, weights times surprises. Where it is larger than
    /// the largest piece it counts as so many. After q pieces (1 + q / hidden)^-1/2 of a sign is news.
    #[inline]
    pub(super) fn tell(&mut self, side: Side, size: f64, hidden: f64) -> f64 {
        if self.side != Some(side) {
            *self = Self { side: Some(side), pieces: 0 };
        }
        let largest = HEAVIEST * HEAVIEST;
        let pieces = libm::ceil(size / largest).clamp(1.0, f64::from(PIECES_MAX)) as u32;
        let weight = weight(size / f64::from(pieces), 1.0);
        (0..pieces).fold(0.0, |told, _| {
            let surprise = 1.0 / libm::sqrt(1.0 + f64::from(self.pieces) / hidden);
            self.pieces = self.pieces.saturating_add(1);
            told + weight * surprise
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_tells_ever_less_and_another_side_is_news() {
        let mut run = Run::default();
        let told = [Side::Buy, Side::Buy, Side::Buy, Side::Sell].map(|side| run.tell(side, 1.0, 0.5));
        let expected = [1.0, 1.0 / 3.0_f64.sqrt(), 1.0 / 5.0_f64.sqrt(), 1.0];
        assert!(told.iter().zip(expected).all(|(told, expected)| (told - expected).abs() < 1e-12), "{told:?}");
    }

    /// An order of so many pieces at once tells what they would tell one by one; its weight is the root of its size, within bounds.
    #[test]
    fn a_large_order_is_so_many_pieces() {
        let (mut one, mut several) = (Run::default(), Run::default());
        let alone = one.tell(Side::Buy, 160.0, 0.4);
        let pieces: f64 = (0..10).map(|_| several.tell(Side::Buy, 16.0, 0.4)).sum();
        assert!((alone - pieces).abs() < 1e-9, "{alone} at once, {pieces} one by one");
        for (size, expected) in [(0.000_1, 0.2), (0.25, 0.5), (1.0, 1.0), (9.0, 3.0), (16.0, 4.0)] {
            assert_eq!(Run::default().tell(Side::Sell, size, 0.4), expected, "size {size}");
        }
        let whole_book = Run::default().tell(Side::Buy, 1e15, 0.4);
        assert!(whole_book < 4.0 * 2.0 * (0.4_f64 * 1_000.0).sqrt() + 4.0, "{whole_book}");
    }
}
