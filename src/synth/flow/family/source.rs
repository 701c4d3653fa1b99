use super::basis::FundingCharge;
use super::model::{FamilyModel, MemberModel};
use super::moments::Moments;
use super::shared::{FamilyMarket, Origin};
use crate::synth::flow::market::Ties;
use crate::synth::flow::model::FlowModelError;
use crate::synth::flow::source::FlowRecipe;
use crate::synth::shock::PlacedShock;
use crate::tape::{TapeHeader, TapeKind, TapeSpec};
use crate::units::{Span, Timestamp};

/// Raised with every change of what a seed gives.
const VERSION: u32 = 3;
const FORMAT: &str = "synthetic-family";

/// Which family of markets, when, and by which seed.
#[derive(Debug, Clone, PartialEq)]
pub struct FamilyRecipe {
    /// What it is like.
    pub model: FamilyModel,
    /// What violent things happen in each of its markets.
    pub shocks: Vec<Vec<PlacedShock>>,
    /// First instant, venue clock.
    pub start_at: Timestamp,
    /// How long it lasts.
    pub duration: Span,
    /// Seed of all its streams.
    pub seed: u64,
}

impl FamilyRecipe {
    /// The member at `place` by itself: what it is like, when, and by which seed.
    #[must_use]
    pub fn market(&self, place: usize) -> FlowRecipe {
        FlowRecipe {
            model: self.model.members[place].market.clone(),
            shocks: self.shocks[place].clone(),
            start_at: self.start_at,
            duration: self.duration,
            seed: self.seed,
        }
    }

    /// How each member hangs together with the others.
    pub(super) fn ties(&self) -> Vec<Ties> {
        let Some(moments) = Moments::of(&self.model) else { panic!("an unchecked family: {:?}", self.model) };
        let pace_of = self.model.pace_of.as_deref();
        let ties = |own_share: f64| Ties { own_share, pace_of: pace_of.map(str::to_owned) };
        moments.own_shares.into_iter().map(|share| ties(share.max(0.0))).collect()
    }

    /// The rules of families hold.
    pub(super) fn assert_checked(&self) {
        let checked = (self.model.check(), self.check_span());
        assert!(checked.0.is_ok() && checked.1.is_ok(), "unchecked family: {checked:?}");
        let checked = self.shocks.iter().flatten().try_for_each(PlacedShock::check);
        assert!(checked.is_ok(), "unchecked shocks: {checked:?}");
    }

    /// Whether tapes can hold it.
    ///
    /// # Errors
    /// As [`FlowRecipe::check_span`].
    pub fn check_span(&self) -> Result<(), FlowModelError> {
        self.market(0).check_span()
    }

    /// The funding of the perpetual at `place`, in order of time; none of another market.
    #[must_use]
    pub fn funding(&self, place: usize) -> Vec<FundingCharge> {
        let member = &self.model.members[place];
        let charges = |perpetual: &super::basis::PerpetualModel| {
            perpetual.funding(member.symbol(), self.seed, self.start_at, self.duration)
        };
        member.perpetual.as_ref().map(charges).unwrap_or_default()
    }

    /// The markets, in the order of the members, which go on together as any of them is read.
    ///
    /// # Panics
    /// When the model, the span or a shock break their rules.
    #[must_use]
    pub fn markets(&self) -> Vec<FamilyMarket> {
        FamilyMarket::all(&Origin::Alone(self.clone()))
    }

    /// What the tape of each market begins with, in the order of the members.
    #[must_use]
    pub fn tape_specs(&self) -> Vec<TapeSpec> {
        let spec = |member: &MemberModel| TapeSpec {
            kind: TapeKind::L2,
            instrument: member.market.instrument.instrument(),
            period: None,
            format: FORMAT.to_owned(),
            importer_version: VERSION,
        };
        self.model.members.iter().map(spec).collect()
    }

    pub(super) fn header(&self, place: usize) -> TapeHeader {
        let model = &self.model.members[place];
        let words = format!("{FORMAT} {VERSION}\n{}\n{self:?}", model.symbol());
        TapeHeader {
            kind: TapeKind::L2,
            instrument: model.market.instrument.instrument(),
            period: None,
            rows: 0,
            first_at: self.start_at,
            last_at: self.start_at.plus(self.duration),
            reordered: false,
            starts_with_snapshot: true,
            format: FORMAT.to_owned(),
            importer_version: VERSION,
            sources: Vec::new(),
            clock: None,
            findings: Vec::new(),
            content_hash: blake3::hash(words.as_bytes()).to_hex().to_string(),
        }
    }
}
