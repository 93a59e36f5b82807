//! Who wraps data keys: a master key that is at hand, or a service that keeps one and gives it to nobody.

use std::fmt;
use std::pin::Pin;

use zeroize::Zeroizing;

use super::CipherError;

/// What a keeper does, which may take a call to somewhere else.
pub type Doing<'a, T> = Pin<Box<dyn Future<Output = Result<T, CipherError>> + Send + 'a>>;

/// A secret that was unwrapped; wiped when it goes.
pub type Unwrapped = Zeroizing<Vec<u8>>;

/// Wraps secrets and unwraps them, in the shape of a key management service: what goes in and comes out
/// is a data key, the master key stays.
pub trait KeyKeeper: fmt::Debug + Send + Sync {
    /// Returns the name of the master key, from which nothing is learned of it. Another key has another
    /// name.
    fn id(&self) -> &str;

    /// Encrypts a secret so that it is unwrapped only with the same `bound_to`.
    fn wrap<'a>(&'a self, secret: &'a [u8], bound_to: &'a [u8]) -> Doing<'a, Vec<u8>>;

    /// Decrypts what [`wrap`](Self::wrap) made; `None` for anything else.
    fn unwrap<'a>(&'a self, wrapped: &'a [u8], bound_to: &'a [u8]) -> Doing<'a, Option<Unwrapped>>;
}

/// The keeper whose master key is in use, and those of before, which only unwrap.
#[derive(Debug)]
pub struct Keepers {
    current: Box<dyn KeyKeeper>,
    former: Vec<Box<dyn KeyKeeper>>,
}

impl Keepers {
    /// The one in use, and none of before.
    pub fn of(current: impl KeyKeeper + 'static) -> Self {
        Self { current: Box::new(current), former: vec![] }
    }

    /// Adds one of before.
    pub fn and_former(mut self, former: impl KeyKeeper + 'static) -> Self {
        self.former.push(Box::new(former));
        self
    }

    /// Returns the one that is in use.
    pub fn current(&self) -> &dyn KeyKeeper {
        self.current.as_ref()
    }

    /// Returns the one with a master key of this name.
    ///
    /// # Errors
    ///
    /// [`CipherError::WrongMasterKey`] if there is none.
    pub(super) fn with(&self, id: &str) -> Result<&dyn KeyKeeper, CipherError> {
        let all = std::iter::once(&self.current).chain(&self.former);
        all.map(AsRef::as_ref).find(|keeper| keeper.id() == id).ok_or_else(|| {
            CipherError::WrongMasterKey {
                stored: id.to_owned(),
                configured: self.current.id().to_owned(),
            }
        })
    }
}
