use super::gate::Contradiction;
use super::spec::{GateSpec, LimitSpec};

/// A limit that makes no sense. The key is relative to the table of gates.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Outside the range of the catalogue.
    #[error("`{key}` must be {allowed}, found {found}; {hint}")]
    OutOfRange {
        /// `daily_loss.percent`.
        key: String,
        /// Value found.
        found: String,
        /// Range allowed, with unit.
        allowed: String,
        /// What to do.
        hint: String,
    },
    /// A gate is armed while each of its limits is off.
    #[error("`{gate}` is armed but each of its limits is off ({limits}); set one, or write `{gate} = \"off\"`")]
    Limitless {
        /// The gate.
        gate: &'static str,
        /// Its limits.
        limits: String,
    },
}

impl ConfigError {
    pub(super) fn out_of_range(gate: &GateSpec, limit: &LimitSpec, value: i128) -> Option<Self> {
        let fits = (limit.min..=limit.max).contains(&value);
        (!fits).then(|| Self::OutOfRange {
            key: format!("{}.{}", gate.name, limit.key),
            found: limit.unit.show(value),
            allowed: limit.allowed(),
            hint: format!("it limits the {}; to trade without the gate write `{} = \"off\"`", limit.words, gate.name),
        })
    }

    pub(super) fn contradiction(gate: &GateSpec, contradiction: &Contradiction) -> Self {
        let Contradiction { limit, found, allowed } = contradiction;
        Self::OutOfRange {
            key: format!("{}.{}", gate.name, limit.key),
            found: limit.unit.show(*found),
            allowed: allowed.clone(),
            hint: format!("it limits the {}; change either", limit.words),
        }
    }

    pub(super) fn limitless(gate: &GateSpec) -> Self {
        let optional = gate.limits.iter().filter(|limit| limit.optional);
        let keys: Vec<_> = optional.map(|limit| format!("`{}`", limit.key)).collect();
        Self::Limitless { gate: gate.name, limits: keys.join(", ") }
    }

    /// Key relative to the table of gates, to find the place in a file.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::OutOfRange { key, .. } => key,
            Self::Limitless { gate, .. } => gate,
        }
    }
}
