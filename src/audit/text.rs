use super::Audit;
use super::alerts::AlertAudit;
use super::outcome::ControlAudit;
use std::fmt::{Display, Formatter, Result};

const COLUMNS: [&str; 9] =
    ["control", "limit", "had to fire", "fired", "missed", "false", "wrong", "late", "ambiguous"];

const ALERT_COLUMNS: [&str; 10] =
    ["alert", "limit", "had to raise", "raised", "missed", "false", "wrong", "late", "repeated", "not followed"];

/// A table of controls, one of alerts, one of invariants, what followed the trips, and the findings.
impl Display for Audit {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let width = self.controls.iter().map(|control| control.name.len()).max().unwrap_or(0).max(16);
        let limit_width = self.controls.iter().map(|control| control.limit.len()).max().unwrap_or(0).max(11);
        let [control, limit, numbers @ ..] = COLUMNS;
        write!(f, "{control:<width$}  {limit:<limit_width$}")?;
        numbers.iter().try_for_each(|name| write!(f, "  {name:>11}"))?;
        writeln!(f)?;
        self.controls.iter().try_for_each(|control| control.row((width, limit_width), f))?;
        writeln!(f)?;
        self.alerts(f)?;
        for invariant in &self.invariants {
            let held = invariant.held();
            writeln!(f, "{:<width$}  {held} of {} held: {}", invariant.name, invariant.checked, invariant.words)?;
        }
        self.stops(f)?;
        self.unchecked.iter().try_for_each(|what| writeln!(f, "not checked: {what}"))?;
        self.findings.iter().try_for_each(|finding| writeln!(f, "{finding}"))?;
        match self.found - self.findings.len() as u64 {
            0 => Ok(()),
            more => writeln!(f, "and {more} more"),
        }
    }
}

impl Audit {
    fn alerts(&self, f: &mut Formatter<'_>) -> Result {
        let watched: Vec<&AlertAudit> = self.alerts.iter().filter(|alert| alert.is_watched()).collect();
        if watched.is_empty() {
            return Ok(());
        }
        let width = watched.iter().map(|alert| alert.name.len()).max().unwrap_or(0);
        let limit_width = watched.iter().map(|alert| alert.limit.len()).max().unwrap_or(0).max(11);
        let [alert, limit, numbers @ ..] = ALERT_COLUMNS;
        write!(f, "{alert:<width$}  {limit:<limit_width$}")?;
        numbers.iter().try_for_each(|name| write!(f, "  {name:>12}"))?;
        writeln!(f)?;
        watched.iter().try_for_each(|alert| alert.row((width, limit_width), f))?;
        writeln!(f)
    }

    fn stops(&self, f: &mut Formatter<'_>) -> Result {
        let stops = &self.stops;
        if stops.trips == 0 {
            return Ok(());
        }
        writeln!(
            f,
            "{} trips: {} orders cancelled, {} confirmed ended, the last {} after its trip; {} on their way arrived later, {} sent later",
            stops.trips, stops.demanded, stops.confirmed, stops.longest, stops.on_their_way, stops.sent_after
        )
    }
}

impl AlertAudit {
    fn row(&self, (width, limit_width): (usize, usize), f: &mut Formatter<'_>) -> Result {
        write!(f, "{:<width$}  ", self.name)?;
        if self.not_audited.is_some() {
            return writeln!(f, "{:<limit_width$}  {:>12}  {:>12}", "not audited", "-", self.raised);
        }
        write!(f, "{:<limit_width$}", self.limit)?;
        let counts = [
            self.had_to_raise,
            self.raised,
            self.missed,
            self.false_alarms,
            self.wrong_figures,
            self.late,
            self.repeated,
            self.not_followed,
        ];
        counts.iter().try_for_each(|count| write!(f, "  {count:>12}"))?;
        if self.late > 0 {
            write!(f, "  by {} at most", self.late_longest)?;
        }
        writeln!(f)
    }
}

impl ControlAudit {
    fn row(&self, (width, limit_width): (usize, usize), f: &mut Formatter<'_>) -> Result {
        write!(f, "{:<width$}  ", self.name)?;
        match (self.armed, self.audited) {
            (false, _) => return writeln!(f, "off"),
            (true, false) => return writeln!(f, "{:<limit_width$}  {:>11}  {:>11}", "not audited", "-", self.fired),
            (true, true) => write!(f, "{:<limit_width$}", self.limit)?,
        }
        let counts = [
            self.had_to_fire,
            self.fired,
            self.missed,
            self.false_alarms,
            self.wrong_figures,
            self.late,
            self.ambiguous,
        ];
        counts.iter().try_for_each(|count| write!(f, "  {count:>11}"))?;
        if self.unseen > 0 {
            write!(f, "  {} refused amends not seen whole", self.unseen)?;
        }
        if self.late > 0 {
            write!(f, "  by {} and {} quote at most", self.late_longest, self.late_money)?;
        }
        writeln!(f)
    }
}
