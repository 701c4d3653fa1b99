use super::doctor::{BarDoctor, Spot};
use super::error::Mismatch;
use super::plural::counted;
use super::tally::Tally;
use crate::model::Bar;
use crate::tape::{FitnessFinding, Severity};
use crate::units::{Fixed, Price, Quantity, Span, Timestamp};

/// Checks bars one by one as they come: prices possible and consistent, stamps rising on one grid. What is odd but can
/// stand on a tape, holes above all, is left to the doctor.
#[derive(Debug)]
pub(super) struct BarSeries {
    period: Span,
    /// Size of a tick and of a step: messages show decimals, as the file does.
    units: [Fixed; 2],
    last: Option<Bar>,
    doctor: BarDoctor,
    repeats: Tally,
}

/// What to do with a bar that passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passed {
    /// Write it.
    New,
    /// The same bar stood right before: leave it out.
    Repeat,
}

/// A bar that cannot be on a tape, with the column to blame.
pub(super) type BarFault = (BarColumn, Mismatch);

/// A column of a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BarColumn {
    OpenAt,
    Open,
    High,
    Low,
    Close,
    Volume,
}

impl BarSeries {
    /// Bars of `period`, whose prices and volumes count `units`: tick and step.
    pub(super) fn new(units: [Fixed; 2], period: Span) -> Self {
        let repeats = Tally::new("duplicate-bar", Severity::Note, "");
        Self { period, units, last: None, doctor: BarDoctor::default(), repeats }
    }

    /// Takes the next bar, found at `spot`.
    pub(super) fn take(&mut self, bar: &Bar, spot: Spot) -> Result<Passed, BarFault> {
        self.possible(bar)?;
        if let Some(last) = self.last {
            if last == *bar {
                self.repeats.add(spot);
                return Ok(Passed::Repeat);
            }
            self.check_step(&last, bar)?;
        }
        self.last = Some(*bar);
        self.doctor.bar(bar, spot);
        Ok(Passed::New)
    }

    /// What was found; `name` prints a place.
    pub(super) fn findings(self, name: &dyn Fn(Spot) -> String) -> Vec<FitnessFinding> {
        let repeats = self
            .repeats
            .finding(name, |count| counted("{} {bar|bars} stood twice in a row; one of each was kept", count));
        self.doctor.findings(name).into_iter().chain(repeats).collect()
    }

    fn check_step(&self, last: &Bar, bar: &Bar) -> Result<(), BarFault> {
        let step = bar.open_at.since(last.open_at).nanos();
        if step < 0 {
            return Err((BarColumn::OpenAt, backwards(last.open_at, bar.open_at)));
        }
        if step == 0 {
            let expected = format!("a time after the bar before, {}", last.open_at);
            let hint = "two bars of one time that differ: keep one of them; give files without overlap";
            return Err((BarColumn::OpenAt, Mismatch::new(&bar.open_at.to_string(), expected).hint(hint)));
        }
        if step != self.period.nanos() && step % self.period.nanos() != 0 {
            let expected = format!("whole periods of {} after {}", self.period, last.open_at);
            return Err((BarColumn::OpenAt, Mismatch::new(&bar.open_at.to_string(), expected)));
        }
        Ok(())
    }

    fn possible(&self, bar: &Bar) -> Result<(), BarFault> {
        let [tick, step] = self.units;
        let price = |price: Price| decimal(price.ticks(), tick);
        let fault = |column, found: String, expected: String| Err((column, Mismatch::new(&found, expected)));
        let Bar { high, low, .. } = *bar;
        if low <= Price::new(0) {
            return fault(BarColumn::Low, price(low), "a price above zero".to_owned());
        }
        if high < low {
            return fault(BarColumn::High, price(high), format!("at least the low of {}", price(low)));
        }
        for (column, found) in [(BarColumn::Open, bar.open), (BarColumn::Close, bar.close)] {
            if found < low || high < found {
                let expected = format!("a price between low {} and high {}", price(low), price(high));
                return fault(column, price(found), expected);
            }
        }
        if bar.volume < Quantity::ZERO {
            return fault(BarColumn::Volume, decimal(bar.volume.steps(), step), "zero or more".to_owned());
        }
        Ok(())
    }
}

/// So many units as a decimal.
fn decimal(count: i64, unit: Fixed) -> String {
    Fixed::format_rounded(i128::from(count) * i128::from(unit.mantissa), unit.scale, unit.scale)
}

/// What is wrong with a bar that opens before the one before it.
pub(super) fn backwards(last: Timestamp, found: Timestamp) -> Mismatch {
    let expected = format!("a time after the bar before, {last}: the rows run backwards");
    let hint = "sort the rows by time; give files in time order and without overlap";
    Mismatch::new(&found.to_string(), expected).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::MINUTE;

    fn bar(minute: i64, [open, high, low, close]: [i64; 4]) -> Bar {
        Bar {
            open_at: Timestamp::from_nanos(0).plus(MINUTE.times(minute)),
            period: MINUTE,
            open: Price::new(open),
            high: Price::new(high),
            low: Price::new(low),
            close: Price::new(close),
            volume: Quantity::new(5),
        }
    }

    fn spot(bar: &Bar) -> Spot {
        Spot::line(0, 7, bar.open_at)
    }

    /// Ticks of 0.05, steps of 0.1.
    fn series() -> BarSeries {
        BarSeries::new([Fixed::new(5, 2), Fixed::new(1, 1)], MINUTE)
    }

    fn fault(bars: &[Bar]) -> BarFault {
        let mut series = series();
        bars.iter().find_map(|bar| series.take(bar, spot(bar)).err()).unwrap()
    }

    fn refused(bars: &[Bar]) -> BarColumn {
        fault(bars).0
    }

    #[test]
    fn messages_show_decimals_and_what_to_do() {
        let says = |bars: &[Bar]| fault(bars).1.to_string();
        assert_eq!(says(&[bar(1, [5, 3, 4, 5])]), "found `0.15`, expected at least the low of 0.20");
        assert_eq!(says(&[bar(1, [7, 6, 4, 5])]), "found `0.35`, expected a price between low 0.20 and high 0.30");
        let backwards = says(&[bar(2, [5, 6, 4, 5]), bar(1, [5, 6, 4, 5])]);
        assert!(backwards.contains("the rows run backwards; sort the rows by time"), "{backwards}");
    }

    #[test]
    fn counts_holes_and_repeats() {
        let mut series = series();
        for (index, minute) in [10, 11, 11, 14, 15, 20].into_iter().enumerate() {
            let bar = bar(minute, [5, 6, 4, 5]);
            let passed = series.take(&bar, spot(&bar)).unwrap();
            assert_eq!(passed, if index == 2 { Passed::Repeat } else { Passed::New });
        }
        let findings = series.findings(&|spot| spot.to_string());
        let counted: Vec<_> = findings.iter().map(|finding| (finding.code.as_str(), finding.count)).collect();
        assert_eq!(counted, [("missing-bars", 2), ("duplicate-bar", 1)]);
        assert!(findings[0].detail.starts_with("6 bars are missing in 2 holes"), "{}", findings[0].detail);
    }

    #[test]
    fn refuses_impossible_bars() {
        let good = [5, 6, 4, 5];
        for (prices, column) in [
            ([5, 6, 0, 5], BarColumn::Low),
            ([5, 3, 4, 5], BarColumn::High),
            ([7, 6, 4, 5], BarColumn::Open),
            ([5, 6, 4, 3], BarColumn::Close),
        ] {
            assert_eq!(refused(&[bar(1, prices)]), column, "{prices:?}");
        }
        let negative = Bar { volume: Quantity::new(-1), ..bar(1, good) };
        assert_eq!(refused(&[negative]), BarColumn::Volume);
        assert_eq!(refused(&[bar(2, good), bar(1, good)]), BarColumn::OpenAt, "back in time");
        assert_eq!(refused(&[bar(2, good), bar(2, [5, 6, 4, 6])]), BarColumn::OpenAt, "same time, other prices");
        let between = Bar { open_at: Timestamp::from_nanos(MINUTE.nanos() * 5 / 2), ..bar(1, good) };
        assert_eq!(refused(&[bar(1, good), between]), BarColumn::OpenAt, "off the minute");
    }
}
