//! The state of a run as bytes, so that it can stop here and go on elsewhere.
//!
//! What is state and what is set up anew is said once for each type, by `kept!`: every field of it is named there, so that one
//! that is added later cannot be forgotten. State is put back in place into objects that were set up as at the start of the run: what
//! comes from the scenario (limits, rules, tables) is not in the bytes.
//!
//! Order rule: fields travel in the order in which they are named. Invariants: what was put back is what was saved, to the byte; bytes that
//! do not fit are an error, never a panic. Known limits: the bytes are for the build that wrote them, and nobody else; they say nothing of
//! themselves, so whoever keeps them puts a header before them.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// State that cannot be written, or bytes that are none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// What stands in the bytes is not what should be there.
    #[error("the state of {what} cannot be read: {why}")]
    Unreadable {
        /// Which type.
        what: &'static str,
        /// What is wrong.
        why: String,
    },
    /// There is no way to say it in bytes.
    #[error("the state of {what} cannot be written: {why}")]
    Unwritable {
        /// Which type.
        what: &'static str,
        /// What is wrong.
        why: String,
    },
}

impl StateError {
    /// `what` has another shape than what it is read into.
    #[must_use]
    pub fn unlike(what: &'static str, found: impl std::fmt::Debug, expected: impl std::fmt::Debug) -> Self {
        Self::Unreadable { what, why: format!("found {found:?}, expected {expected:?}") }
    }
}

/// Takes state.
#[derive(Debug, Default)]
pub struct Saver(Vec<u8>);

impl Saver {
    /// Adds a value.
    ///
    /// # Errors
    /// [`StateError::Unwritable`] when it cannot be said in bytes.
    pub fn put<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), StateError> {
        let bytes = std::mem::take(&mut self.0);
        let unwritable = |error: postcard::Error| StateError::Unwritable { what: name::<T>(), why: error.to_string() };
        self.0 = postcard::to_extend(value, bytes).map_err(unwritable)?;
        Ok(())
    }

    /// What was taken.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Gives state back, in the order in which it was taken.
#[derive(Debug)]
pub struct Loader<'a>(&'a [u8]);

impl<'a> Loader<'a> {
    /// Reads what a [`Saver`] took.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next value.
    ///
    /// # Errors
    /// [`StateError::Unreadable`] when something else stands there.
    pub fn take<T: DeserializeOwned>(&mut self) -> Result<T, StateError> {
        let unreadable = |error: postcard::Error| StateError::Unreadable { what: name::<T>(), why: error.to_string() };
        let (value, rest) = postcard::take_from_bytes(self.0).map_err(unreadable)?;
        self.0 = rest;
        Ok(value)
    }

    /// Everything has been read.
    ///
    /// # Errors
    /// [`StateError::Unreadable`] when something is left.
    pub fn finish(self) -> Result<(), StateError> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(StateError::unlike("a run", format!("{} bytes more", self.0.len()), "the end"))
    }
}

fn name<T: ?Sized>() -> &'static str {
    std::any::type_name::<T>()
}

/// Something with state that survives, beside what is set up anew.
pub trait Kept {
    /// Adds the state to `to`.
    ///
    /// # Errors
    /// [`StateError`] when it cannot be said in bytes.
    fn save(&self, to: &mut Saver) -> Result<(), StateError>;

    /// Puts back what [`save`](Self::save) added. What it is called on was set up as the other one was.
    ///
    /// # Errors
    /// [`StateError`] when the bytes do not fit; it is not usable afterwards.
    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), StateError>;
}

impl<T: Kept> Kept for Vec<T> {
    fn save(&self, to: &mut Saver) -> Result<(), StateError> {
        to.put(&self.len())?;
        self.iter().try_for_each(|part| part.save(to))
    }

    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), StateError> {
        let found: usize = from.take()?;
        if found != self.len() {
            return Err(StateError::unlike(name::<Self>(), found, self.len()));
        }
        self.iter_mut().try_for_each(|part| part.load(from))
    }
}

impl<T: Kept> Kept for Option<T> {
    fn save(&self, to: &mut Saver) -> Result<(), StateError> {
        to.put(&self.is_some())?;
        self.iter().try_for_each(|part| part.save(to))
    }

    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), StateError> {
        let found: bool = from.take()?;
        if found != self.is_some() {
            return Err(StateError::unlike(name::<Self>(), found, self.is_some()));
        }
        self.iter_mut().try_for_each(|part| part.load(from))
    }
}

impl<T: Kept + ?Sized> Kept for Box<T> {
    fn save(&self, to: &mut Saver) -> Result<(), StateError> {
        self.as_ref().save(to)
    }

    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), StateError> {
        self.as_mut().load(from)
    }
}

/// Says of a type what its state is: `state`, plain values; `parts`, what has state of its own; `left`, what is set up anew or holds
/// nothing between two instants. A field that none of the three names does not compile.
macro_rules! kept {
    ($owner:ty { state: $($state:ident),*; parts: $($part:ident),*; left: $($left:ident),*; }) => {
        impl $crate::checkpoint::Kept for $owner {
            fn save(&self, to: &mut $crate::checkpoint::Saver) -> Result<(), $crate::checkpoint::StateError> {
                let Self { $($state,)* $($part,)* $($left: _,)* } = self;
                $(to.put($state)?;)*
                $($crate::checkpoint::Kept::save($part, to)?;)*
                Ok(())
            }

            fn load(&mut self, from: &mut $crate::checkpoint::Loader<'_>) -> Result<(), $crate::checkpoint::StateError> {
                let Self { $($state,)* $($part,)* $($left: _,)* } = self;
                $(*$state = from.take()?;)*
                $($crate::checkpoint::Kept::load($part, from)?;)*
                Ok(())
            }
        }
    };
}
pub(crate) use kept;
