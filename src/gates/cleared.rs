use crate::model::{ClientOrderId, NewOrder};

/// A request that every gate has passed. Only `gates` can make one, and the venue accepts nothing else. Not `Copy`: one
/// clearance is for one request. It can be cloned with the run that it is part of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleared<T>(T);

impl<T> Cleared<T> {
    pub(super) const fn new(request: T) -> Self {
        Self(request)
    }

    /// The request, as the gates saw it.
    #[must_use]
    pub const fn get(&self) -> &T {
        &self.0
    }

    /// The request, without the proof.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl Cleared<NewOrder> {
    /// The same order under another client order id, which no gate has seen: what a gateway does that sends blindly again. It is here so that
    /// such a gateway can be tried; the audit finds every order that comes of it.
    #[must_use]
    pub const fn under_another_id(mut self, client_order_id: ClientOrderId) -> Self {
        self.0.intent.client_order_id = client_order_id;
        self
    }
}

#[cfg(test)]
impl<T> Cleared<T> {
    /// A request that no gate has seen: for tests of what comes behind the gates.
    pub(crate) const fn unseen(request: T) -> Self {
        Self(request)
    }
}

/// How a request on its way stands in a checkpoint. Not a trait of [`Cleared`] itself: with one, anybody could make a clearance out of a text.
pub(crate) mod on_its_way {
    use super::Cleared;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<T: Serialize, S: Serializer>(
        request: &Cleared<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        request.get().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Cleared<T>, D::Error> {
        T::deserialize(deserializer).map(Cleared::new)
    }
}
