use super::model::ShockModel;

/// The violent markets that come with seatrial, by name: files in `scenarios/shocks`.
pub const SHOCKS: [(&str, &str); 17] = [
    ("deleveraging-day", include_str!("../../../scenarios/shocks/deleveraging-day.toml")),
    ("fake-news-pump", include_str!("../../../scenarios/shocks/fake-news-pump.toml")),
    ("fat-finger", include_str!("../../../scenarios/shocks/fat-finger.toml")),
    ("flash-rally", include_str!("../../../scenarios/shocks/flash-rally.toml")),
    ("funding-spike", include_str!("../../../scenarios/shocks/funding-spike.toml")),
    ("gap", include_str!("../../../scenarios/shocks/gap.toml")),
    ("halt-and-reopening", include_str!("../../../scenarios/shocks/halt-and-reopening.toml")),
    ("liquidation-cascade", include_str!("../../../scenarios/shocks/liquidation-cascade.toml")),
    ("macro-flash", include_str!("../../../scenarios/shocks/macro-flash.toml")),
    ("pump-and-dump", include_str!("../../../scenarios/shocks/pump-and-dump.toml")),
    ("regime-flips", include_str!("../../../scenarios/shocks/regime-flips.toml")),
    ("slow-failure", include_str!("../../../scenarios/shocks/slow-failure.toml")),
    ("spread-blow-out", include_str!("../../../scenarios/shocks/spread-blow-out.toml")),
    ("stablecoin-depeg", include_str!("../../../scenarios/shocks/stablecoin-depeg.toml")),
    ("tick-size-change", include_str!("../../../scenarios/shocks/tick-size-change.toml")),
    ("two-leg-crash", include_str!("../../../scenarios/shocks/two-leg-crash.toml")),
    ("whipsaw", include_str!("../../../scenarios/shocks/whipsaw.toml")),
];

impl ShockModel {
    /// A shock as it is written in a file.
    ///
    /// # Errors
    /// Where the text is no shock, with line, key and what is allowed; or which figure is out of its range.
    pub fn parse(text: &str) -> Result<Self, String> {
        let model: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        model.check().map_err(|error| error.to_string())?;
        Ok(model)
    }

    /// The shock called `name`; `None` when there is none.
    #[must_use]
    pub fn called(name: &str) -> Option<Self> {
        let (_, text) = SHOCKS.iter().find(|(known, _)| *known == name)?;
        match Self::parse(text) {
            Ok(model) => Some(model),
            Err(problem) => panic!("shock {name}: {problem}"),
        }
    }
}
