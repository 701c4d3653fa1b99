use super::model::FlowModel;

/// The markets that come with seatrial, by name: files in `scenarios/markets`.
pub const PRESETS: [(&str, &str); 5] = [
    ("crypto-major", include_str!("../../../scenarios/markets/crypto-major.toml")),
    ("crypto-alt", include_str!("../../../scenarios/markets/crypto-alt.toml")),
    ("crypto-micro", include_str!("../../../scenarios/markets/crypto-micro.toml")),
    ("equity", include_str!("../../../scenarios/markets/equity.toml")),
    ("stablecoin", include_str!("../../../scenarios/markets/stablecoin.toml")),
];

/// The families of markets that come with seatrial, by name: files in `scenarios/families`.
pub const FAMILIES: [(&str, &str); 3] = [
    ("majors", include_str!("../../../scenarios/families/majors.toml")),
    ("quoted-in-a-stablecoin", include_str!("../../../scenarios/families/quoted-in-a-stablecoin.toml")),
    ("spot-and-perpetual", include_str!("../../../scenarios/families/spot-and-perpetual.toml")),
];

impl FlowModel {
    /// A model as it is written in a file.
    ///
    /// # Errors
    /// Where the text is no model, with line, key and what is allowed; or which figure is out of its range.
    pub fn parse(text: &str) -> Result<Self, String> {
        let model: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        model.check().map_err(|error| error.to_string())?;
        Ok(model)
    }

    /// The market called `name`; `None` when there is none.
    #[must_use]
    pub fn preset(name: &str) -> Option<Self> {
        let (_, text) = PRESETS.iter().find(|(known, _)| *known == name)?;
        match Self::parse(text) {
            Ok(model) => Some(model),
            Err(problem) => panic!("market {name}: {problem}"),
        }
    }
}
