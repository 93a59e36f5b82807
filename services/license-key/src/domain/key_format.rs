//! What a product key looks like: how many characters, out of which alphabet.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::ProductKey;

/// What people put between the characters of a key, to read it more easily.
const SEPARATORS: &[u8] = b"- \t\r";

/// The shortest key that is still hard to guess.
const LENGTH_MIN: usize = 8;

/// The longest key that anybody types; it bounds the memory of a line.
const LENGTH_MAX: usize = 128;

/// The form of a product key.
///
/// Source: D-24 in `docs/rules.md`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFormat {
    length: usize,
    alphabet: BTreeSet<u8>,
}

/// A form that no key can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFormat {
    /// Too short to be secret, or too long to be typed.
    #[error("key_length is {length}; it lies between {LENGTH_MIN} and {LENGTH_MAX}")]
    Length {
        /// What was set.
        length: usize,
    },
    /// Fewer than two characters, one of them twice, or one that stands between characters.
    #[error(
        "key_alphabet is {alphabet:?}; it is at least two printable ASCII characters, none of them twice, a dash or a space"
    )]
    Alphabet {
        /// What was set.
        alphabet: String,
    },
}

impl KeyFormat {
    /// A form of `length` characters (8 to 128) out of `alphabet`.
    ///
    /// # Errors
    ///
    /// [`BadFormat`] for what no key can look like.
    pub fn new(length: usize, alphabet: &str) -> Result<Self, BadFormat> {
        if !(LENGTH_MIN..=LENGTH_MAX).contains(&length) {
            return Err(BadFormat::Length { length });
        }
        let is_usable = |byte: &u8| byte.is_ascii_graphic() && !SEPARATORS.contains(byte);
        let characters: BTreeSet<u8> = alphabet.bytes().filter(is_usable).collect();
        if characters.len() < 2 || characters.len() != alphabet.len() {
            return Err(BadFormat::Alphabet { alphabet: alphabet.to_owned() });
        }
        Ok(Self { length, alphabet: characters })
    }

    /// Reads a key; dashes and spaces are left out. `None` for what is none: why is not said, so that
    /// no message repeats it.
    pub fn read(&self, text: &[u8]) -> Option<ProductKey> {
        // Its capacity is final, so that no smaller buffer is left behind unwiped.
        let mut key = Zeroizing::new(String::with_capacity(self.length));
        for byte in text.iter().filter(|byte| !SEPARATORS.contains(byte)) {
            if !self.alphabet.contains(byte) || key.len() == self.length {
                return None;
            }
            key.push(char::from(*byte));
        }
        (key.len() == self.length).then(|| ProductKey::of(key))
    }
}
