use super::basis::PerpetualModel;
use super::model::{FamilyModel, LinkModel, MemberModel};
use super::moments::Moments;
use crate::model::ContractKind;
use crate::synth::flow::model::{FlowModelError, InstrumentModel};

/// Most markets of a family.
pub(super) const MEMBERS_MAX: usize = 16;
/// How far a member's volatility may be from what its model says, as a share.
const OFF: f64 = 0.01;
/// Shares that are sums of squares are wrong by no more.
const ROUNDING: f64 = 1e-9;
/// Most milliseconds of the delay.
const DELAY_MAX: u32 = 1_000;

impl FamilyModel {
    /// Checks every market, every link, and that what markets learn and hear of adds up to their volatility.
    ///
    /// # Errors
    /// [`FlowModelError`] names the first figure that is wrong, and what is allowed.
    pub fn check(&self) -> Result<(), FlowModelError> {
        let count = self.members.len();
        if count == 0 || count > MEMBERS_MAX {
            return wrong("members", format!("{count} of them"), format!("1 to {MEMBERS_MAX}"));
        }
        self.members.iter().try_for_each(|member| self.check_member(member))?;
        self.links.iter().enumerate().try_for_each(|(place, link)| self.check_link(place, link))?;
        if let Some(symbol) = self.pace_of.as_deref().filter(|symbol| self.place(symbol).is_none()) {
            return wrong("pace_of", format!("`{symbol}`"), self.symbols());
        }
        if self.delay_ms == 0 || self.delay_ms > DELAY_MAX || !DELAY_MAX.is_multiple_of(self.delay_ms) {
            return wrong("delay_ms", self.delay_ms.to_string(), "a part of 1000: 1, 2, 5, 10, 20, 50 ...".to_owned());
        }
        self.check_moments()
    }

    fn check_member(&self, member: &MemberModel) -> Result<(), FlowModelError> {
        let symbol = member.symbol();
        member.market.check().map_err(|error| FlowModelError {
            key: "members.market",
            found: format!("{} of {} in {symbol}", error.found, error.key),
            expected: error.expected,
        })?;
        if self.members.iter().filter(|other| other.symbol() == symbol).count() > 1 {
            let found = format!("`{symbol}` more than once");
            return wrong("members.market.instrument.symbol", found, "a symbol of its own for each member".to_owned());
        }
        if let Some(share) = member.own_share.filter(|share| !(0.0..=1.0).contains(share)) {
            return wrong("members.own_share", format!("{share} of {symbol}"), "0 to 1".to_owned());
        }
        let is_deaf = self.links.iter().all(|link| link.to != symbol);
        if let Some(share) = member.own_share.filter(|share| is_deaf && *share != 1.0) {
            let found = format!("{share} of {symbol}, which hears of nobody");
            return wrong("members.own_share", found, "1, or nothing".to_owned());
        }
        let Some(perpetual) = &member.perpetual else { return Ok(()) };
        perpetual.check()?;
        self.check_underlying(member, perpetual)?;
        self.check_contract(member, perpetual)
    }

    /// A perpetual follows what it is a contract on one to one, or the basis would walk away.
    fn check_underlying(&self, member: &MemberModel, perpetual: &PerpetualModel) -> Result<(), FlowModelError> {
        let symbol = member.symbol();
        let known = self.place(&perpetual.of).is_some() && perpetual.of != symbol;
        if !known {
            return wrong("members.perpetual.of", format!("`{}`", perpetual.of), self.symbols());
        }
        let tied = |from: &str, to: &str| {
            self.links
                .iter()
                .any(|link| link.from == from && link.to == to && link.share == 1.0 && link.stress_exponent == 0.0)
        };
        if tied(&perpetual.of, symbol) && tied(symbol, &perpetual.of) {
            return self.check_same_ears(symbol, &perpetual.of);
        }
        let expected =
            format!("links of share 1 from `{0}` to `{symbol}` and back, and no stress_exponent in them", perpetual.of);
        wrong("links", format!("`{symbol}`, a perpetual on `{}`, that is not tied to it", perpetual.of), expected)
    }

    /// A perpetual is a contract that costs at the start what its underlying costs, in the same money, and follows it alone.
    fn check_contract(&self, member: &MemberModel, perpetual: &PerpetualModel) -> Result<(), FlowModelError> {
        let Some(place) = self.place(&perpetual.of) else { return Ok(()) };
        let (own, underlying) = (&member.market.instrument, &self.members[place].market.instrument);
        if own.kind == ContractKind::Spot {
            return wrong(
                "members.market.instrument.kind",
                format!("`spot` of {}, a perpetual", own.symbol),
                "`linear`".to_owned(),
            );
        }
        if own.quote != underlying.quote {
            let found = format!("`{}` of {}, a perpetual", own.quote, own.symbol);
            return wrong(
                "members.market.instrument.quote",
                found,
                format!("that of `{}`, `{}`", perpetual.of, underlying.quote),
            );
        }
        let price = |instrument: &InstrumentModel| {
            let unit = 10_i128.pow(18 - u32::from(instrument.tick_size.scale.min(18)));
            i128::from(instrument.start_ticks) * i128::from(instrument.tick_size.mantissa) * unit
        };
        if price(own) != price(underlying) {
            let found = format!("{} of {} in {}, a perpetual", own.start_ticks, own.tick_size, own.symbol);
            let expected =
                format!("the price of `{}`, {} of {}", perpetual.of, underlying.start_ticks, underlying.tick_size);
            return wrong("members.market.instrument.start_ticks", found, expected);
        }
        if member.market.price.reversion_half_life_hours > 0.0 {
            let found = format!("{} of {}, a perpetual", member.market.price.reversion_half_life_hours, own.symbol);
            return wrong(
                "members.market.price.reversion_half_life_hours",
                found,
                "0: it would draw back its basis".to_owned(),
            );
        }
        Ok(())
    }

    /// Whoever a perpetual hears of its underlying hears of as well, or they would walk apart.
    fn check_same_ears(&self, symbol: &str, underlying: &str) -> Result<(), FlowModelError> {
        let heard = |by: &str, of: &str| {
            let link = self.links.iter().find(|link| link.from == of && link.to == by);
            link.map_or((0.0, 0.0), |link| (link.share, link.stress_exponent))
        };
        let others =
            self.members.iter().map(MemberModel::symbol).filter(|other| *other != symbol && *other != underlying);
        match others.into_iter().find(|other| heard(symbol, other) != heard(underlying, other)) {
            None => Ok(()),
            Some(other) => wrong(
                "links",
                format!(
                    "`{symbol}` and `{underlying}`, on which it is a perpetual, that hear of `{other}` by other shares"
                ),
                "the same share and stress_exponent for both".to_owned(),
            ),
        }
    }

    fn check_link(&self, place: usize, link: &LinkModel) -> Result<(), FlowModelError> {
        for (key, symbol) in [("links.from", &link.from), ("links.to", &link.to)] {
            if self.place(symbol).is_none() {
                return wrong(key, format!("`{symbol}`"), self.symbols());
            }
        }
        let between = format!("{} to {}", link.from, link.to);
        if link.from == link.to {
            return wrong("links.to", format!("a link from {between}"), "another market".to_owned());
        }
        if !(-4.0..=4.0).contains(&link.share) || link.share == 0.0 {
            return wrong("links.share", format!("{} from {between}", link.share), "-4 to 4, and not 0".to_owned());
        }
        if !(0.0..=2.0).contains(&link.stress_exponent) {
            let found = format!("{} from {between}", link.stress_exponent);
            return wrong("links.stress_exponent", found, "0 to 2".to_owned());
        }
        if self.links[..place].iter().any(|other| (&other.from, &other.to) == (&link.from, &link.to)) {
            return wrong("links", format!("two links from {between}"), "one".to_owned());
        }
        Ok(())
    }

    fn check_moments(&self) -> Result<(), FlowModelError> {
        let Some(moments) = Moments::of(self) else {
            let found = "markets that hear of each other, and none says what it learns itself".to_owned();
            return wrong("members.own_share", found, "own_share of all but one of them".to_owned());
        };
        for ((member, share), volatility) in self.members.iter().zip(&moments.own_shares).zip(&moments.volatilities_bps)
        {
            let (symbol, said) = (member.symbol(), member.market.price.volatility_bps_per_day);
            if *share < -ROUNDING {
                let found = format!("links that bring {:.0} % of the variance of {symbol}", 100.0 * (1.0 - share));
                return wrong(
                    "links.share",
                    found,
                    "at most 100 %: smaller shares, or a more volatile market".to_owned(),
                );
            }
            if (volatility - said).abs() > OFF * said {
                let left = share - (volatility * volatility - said * said) / (said * said);
                let found = format!(
                    "{share} of {symbol}, which makes {volatility:.1} bps a day of the {said:.1} that its model says"
                );
                let expected = format!("about {left:.3}, or another volatility or share of a link");
                return wrong("members.own_share", found, expected);
            }
        }
        Ok(())
    }

    fn symbols(&self) -> String {
        let symbols: Vec<&str> = self.members.iter().map(MemberModel::symbol).collect();
        format!("one of {}", symbols.join(", "))
    }
}

fn wrong(key: &'static str, found: String, expected: String) -> Result<(), FlowModelError> {
    Err(FlowModelError { key, found, expected })
}
