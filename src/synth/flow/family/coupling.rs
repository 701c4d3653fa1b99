use super::basis::{Basis, STEP};
use super::checks::MEMBERS_MAX;
use super::model::{FamilyModel, LinkModel};
use super::source::FamilyRecipe;
use crate::units::MILLISECOND;

#[cfg(test)]
mod moments_tests;

/// Least factor that is heard at once; its inverse is the largest.
const LEAST: f64 = 1e-6;

/// What a market has learned in a window: by what factor its price has changed, and its multiple of volatility.
pub(super) type Learned = [(f64, f64); MEMBERS_MAX];

/// Who hears of whom, and when.
#[derive(Debug)]
pub(super) struct Coupling {
    members: Vec<Hearing>,
    start: i64,
    /// Nanoseconds of a window.
    window: i64,
}

/// Of whom a market hears, and its basis.
#[derive(Debug)]
struct Hearing {
    hears: Vec<Ear>,
    basis: Option<Basis>,
    /// When the basis moves next.
    basis_at: i64,
}

/// A link, as who hears sees it.
#[derive(Debug, Clone, Copy)]
struct Ear {
    from: usize,
    share: f64,
    stress_exponent: f64,
}

impl Coupling {
    /// At the start of a family whose recipe has been checked.
    pub(super) fn new(recipe: &FamilyRecipe) -> Self {
        let hearing = |member: &super::model::MemberModel| Hearing {
            hears: ears(&recipe.model, member.symbol()),
            basis: member.perpetual.as_ref().map(|perpetual| Basis::new(perpetual, member.symbol(), recipe.seed)),
            basis_at: recipe.start_at.plus(STEP).nanos(),
        };
        Self {
            members: recipe.model.members.iter().map(hearing).collect(),
            start: recipe.start_at.nanos(),
            window: MILLISECOND.nanos() * i64::from(recipe.model.delay_ms),
        }
    }

    /// The end of the window in which something happens at `at`.
    pub(super) fn window_end(&self, at: i64) -> i64 {
        let windows = (at - self.start + self.window - 1).div_euclid(self.window);
        self.start + windows * self.window
    }

    /// By what factor the price of the market at `place` changes at `at` for what others have learned, and its basis. Called once a window.
    pub(super) fn factor(&mut self, place: usize, at: i64, learned: &Learned) -> f64 {
        let member = &mut self.members[place];
        member.hear(learned) * member.move_basis(at)
    }
}

impl Hearing {
    /// What others have learned: each by its own factor, at its own multiple of volatility.
    fn hear(&self, learned: &Learned) -> f64 {
        self.hears.iter().fold(1.0, |factor, ear| {
            let (moved, volatility) = learned[ear.from];
            if moved == 1.0 { factor } else { factor * ear.factor(moved, volatility) }
        })
    }

    fn move_basis(&mut self, at: i64) -> f64 {
        let Some(basis) = &mut self.basis else { return 1.0 };
        let mut factor = 1.0;
        while self.basis_at <= at {
            factor *= basis.step();
            self.basis_at += STEP.nanos();
        }
        factor
    }
}

impl Ear {
    fn factor(&self, moved: f64, volatility: f64) -> f64 {
        let stressed = self.stress_exponent > 0.0 && volatility > 0.0;
        let share = if stressed { self.share * libm::pow(volatility, self.stress_exponent) } else { self.share };
        // A power: what is taken back is undone, and the same thing (a share of 1) costs the same for ever.
        if share == 1.0 { moved } else { libm::pow(moved, share).clamp(LEAST, 1.0 / LEAST) }
    }
}

/// Of whom the market `symbol` hears.
fn ears(model: &FamilyModel, symbol: &str) -> Vec<Ear> {
    let links = model.links.iter().filter(|link| link.to == symbol);
    let ear = |link: &LinkModel| {
        let from = model.place(&link.from)?;
        Some(Ear { from, share: link.share, stress_exponent: link.stress_exponent })
    };
    links.filter_map(ear).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: the share, its growth with volatility, a share below 0, and that what is taken back is undone.
    #[test]
    fn a_factor_is_a_power_of_what_was_learned() {
        let ear = |share: f64, stress_exponent: f64| Ear { from: 0, share, stress_exponent };
        let near =
            |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found}, expected {expected}");
        near(ear(1.0, 0.0).factor(1.21, 2.6), 1.21);
        near(ear(0.5, 0.0).factor(1.21, 2.6), 1.1);
        near(ear(-1.0, 0.0).factor(0.8, 1.0), 1.25);
        // At four times the volatility a share of a half, growing as its root, is 1; closed markets stress nobody.
        near(ear(0.5, 0.5).factor(1.21, 4.0), 1.21);
        near(ear(0.5, 0.5).factor(1.21, 0.0), 1.1);
        for share in [-1.0, 0.3, 1.04, 4.0] {
            near(ear(share, 0.0).factor(0.9, 1.0) * ear(share, 0.0).factor(1.0 / 0.9, 1.0), 1.0);
        }
        assert!(ear(4.0, 0.0).factor(1e-9, 1.0) > 0.0 && ear(-4.0, 0.0).factor(1e-9, 1.0).is_finite());
    }
}
