/// Standard errors either side of an estimate that hold 95 % of a normal distribution.
const NORMAL_95: f64 = 1.96;

/// One estimate.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Figure {
    /// What is written into the model.
    pub estimate: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Where a parameter comes from.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "mark")]
pub enum Mark {
    /// Estimated from the tape.
    Identified {
        /// One figure for each value of the parameter.
        figures: Vec<Figure>,
        /// Of what was estimated.
        observations: u64,
        /// How.
        estimator: String,
    },
    /// Taken from the preset.
    Prior {
        /// Why the tape does not tell.
        reason: String,
    },
}

/// A parameter of the fitted model.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Parameter {
    /// Its key in the model file.
    pub key: String,
    /// Its value, as in the model file.
    pub value: String,
    /// Where it comes from.
    #[serde(flatten)]
    pub mark: Mark,
}

impl Figure {
    /// An estimate whose interval is symmetric.
    pub(super) fn plain(estimate: f64, standard_error: f64) -> Self {
        let reach = NORMAL_95 * standard_error;
        Self { estimate, standard_error, low: estimate - reach, high: estimate + reach }
    }

    /// An estimate above 0 whose logarithm has this standard error.
    pub(super) fn of_log(estimate: f64, log_error: f64) -> Self {
        Self::of_log_within(estimate, log_error, NORMAL_95)
    }

    /// The same, with an interval of so many standard errors of the logarithm.
    pub(super) fn of_log_within(estimate: f64, log_error: f64, errors: f64) -> Self {
        let factor = libm::exp(errors * log_error);
        Self { estimate, standard_error: estimate * log_error, low: estimate / factor, high: estimate * factor }
    }

    /// What was read and not estimated, within `reach`.
    pub(super) fn read(value: f64, reach: f64) -> Self {
        Self { estimate: value, standard_error: 0.0, low: value - reach, high: value + reach }
    }
}

/// Standard errors that hold 95 % of Student's distribution (first term of its expansion about the normal one).
pub(super) fn student_95(degrees: f64) -> f64 {
    let z = NORMAL_95;
    z + (z * z * z + z) / (4.0 * degrees.max(1.0))
}
