use super::rows::is_tenfold;
use super::tally::{Spot, Tally, Words};
use crate::ingest::plural::counted;
use crate::model::Bar;
use crate::tape::FitnessFinding;
use crate::units::Price;

/// Bars in a row without any movement that make a stale stretch.
const STALE_BARS: u64 = 10;

/// Examines bars.
#[derive(Debug, Clone, Default)]
pub struct BarDoctor {
    bars: u64,
    last: Option<Bar>,
    holes: Tally,
    missing: u64,
    longest_hole: u64,
    disorder: Tally,
    zero_volume: Tally,
    mute: Tally,
    inconsistent: Tally,
    impossible: Tally,
    negative_volume: Tally,
    tenfold: Tally,
    stale: Tally,
    still: u64,
    still_from: Option<Spot>,
    longest_still: u64,
}

impl BarDoctor {
    /// Takes one bar.
    pub fn bar(&mut self, bar: &Bar, spot: Spot) {
        self.bars += 1;
        self.check_alone(bar, spot);
        self.check_after_last(bar, spot);
        self.check_still(bar, spot);
        self.last = Some(*bar);
    }

    fn check_alone(&mut self, bar: &Bar, spot: Spot) {
        let prices = [bar.open, bar.high, bar.low, bar.close];
        if prices.iter().any(|price| *price <= Price::new(0)) {
            self.impossible.add(spot);
        }
        if prices.iter().any(|price| *price < bar.low || bar.high < *price) {
            self.inconsistent.add(spot);
        }
        if bar.volume.steps() < 0 {
            self.negative_volume.add(spot);
        } else if bar.is_silent(self.last.map(|last| last.close)) {
            self.zero_volume.add(spot);
        } else if bar.volume.is_zero() {
            self.mute.add(spot);
        }
        if is_tenfold(Some(bar.low), bar.high) {
            self.tenfold.add(spot);
        }
    }

    fn check_after_last(&mut self, bar: &Bar, spot: Spot) {
        let Some(last) = &self.last else { return };
        let step = bar.open_at.since(last.open_at).nanos();
        let period = bar.period.nanos().max(1);
        if step != period && (step <= 0 || step % period != 0) {
            self.disorder.add(spot);
        } else if period < step {
            let missing = (step / period - 1).unsigned_abs();
            self.holes.add(Spot { venue_at: last.open_at.plus(bar.period), ..spot });
            self.missing += missing;
            self.longest_hole = self.longest_hole.max(missing);
        }
        if is_tenfold(Some(last.close), bar.open) {
            self.tenfold.add(spot);
        }
    }

    /// A silent bar is still because nobody traded, which is no flaw of the data.
    fn check_still(&mut self, bar: &Bar, spot: Spot) {
        if bar.is_silent(self.last.map(|last| last.close)) {
            return;
        }
        let moved = bar.high != bar.low || self.last.is_some_and(|last| last.close != bar.close);
        if moved {
            self.still = 0;
            return;
        }
        if self.still == 0 {
            self.still_from = Some(spot);
        }
        self.still += 1;
        self.longest_still = self.longest_still.max(self.still);
        if self.still == STALE_BARS
            && let Some(from) = self.still_from
        {
            self.stale.add(from);
        }
    }

    /// What was found; `name` prints a place.
    #[must_use]
    pub fn findings(self, name: &dyn Fn(Spot) -> String) -> Vec<FitnessFinding> {
        let any = "any conclusion";
        let missing = counted("{} {bar is|bars are} missing", self.missing);
        let longest = counted("{} {bar|bars}", self.longest_hole);
        let missing = format!("{missing} in {{}} {{hole|holes}}; the longest hole is {longest}");
        let all = counted("{} {bar|bars}", self.bars);
        let zero = format!("{{}} of {all} {{has|have}} no volume: nobody traded, and no order fills there");
        let moved = format!("the price moves in {{}} of {all} though {{it has|they have}} no volume");
        let mute = Words::finding("moves-without-volume", "conclusions about fills: who traded there is not known");
        let still = format!(
            "{{}} {{stretch|stretches}} of at least {STALE_BARS} bars without any move; the longest {} bars",
            self.longest_still
        );
        let holes =
            Words::finding("missing-bars", "conclusions about the time inside the holes: staleness, fills, risk");
        let stale = Words::finding("stale-stretch", "conclusions about fills inside the stale stretches");
        let jumps = Words::finding("tenfold-jump", "conclusions about orders and stops around the jumps");
        [
            self.holes.finding(holes, &missing, name),
            self.stale.finding(stale, &still, name),
            self.zero_volume.finding(Words::note("zero-volume-bars"), &zero, name),
            self.mute.finding(mute, &moved, name),
            self.inconsistent.finding(
                Words::unfit("ohlc-inconsistent", any),
                "{} {bar has|bars have} a price outside {its|their} low and high",
                name,
            ),
            self.impossible.finding(
                Words::unfit("impossible-price", any),
                "{} {bar has|bars have} a price of zero or less",
                name,
            ),
            self.negative_volume.finding(
                Words::unfit("impossible-quantity", any),
                "{} {bar has|bars have} a negative volume",
                name,
            ),
            self.tenfold.finding(
                jumps,
                "{} {price is ten times its|prices are ten times their} neighbour or more, or a tenth or less",
                name,
            ),
            self.disorder.finding(
                Words::unfit("disorder", any),
                "{} {bar does|bars do} not start a whole number of periods after the one before",
                name,
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
