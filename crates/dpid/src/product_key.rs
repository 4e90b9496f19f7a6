//! A product key as people read it: 25 symbols.

use core::fmt;

use crate::base24;
use crate::error::Error;
use crate::key_field::KeyField;

/// Number of symbols, dashes not counted.
pub(crate) const SYMBOLS: usize = 25;
/// Symbols between two dashes.
const GROUP: usize = 5;

/// 25 symbols of `BCDFGHJKMPQRTVWXY2346789`, at most one of which may be `N` instead.
///
/// `Display` writes the whole key, `XXXXX-XXXXX-XXXXX-XXXXX-XXXXX`. `Debug` and [`masked`](Self::masked) show the last
/// five symbols only, so that a log or a panic message never leaks a key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProductKey([u8; SYMBOLS]);

impl ProductKey {
    /// No key yet: room for 25 symbols.
    pub(crate) const BLANK: Self = Self([0; SYMBOLS]);

    /// For the decoder, which writes nothing but symbols.
    pub(crate) const fn symbols_mut(&mut self) -> &mut [u8; SYMBOLS] {
        &mut self.0
    }

    /// Reads a key text: dashes between groups or none, any case, white space around it.
    ///
    /// # Errors
    ///
    /// [`Error::KeySymbol`] names the first character that belongs into no key or stands where none belongs,
    /// [`Error::SecondN`] an `N` too many, [`Error::KeyLength`] the number of symbols when it is not 25.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut symbols = [0_u8; SYMBOLS];
        let mut count = 0_usize;
        let mut first_n = None;
        let mut after_separator = true;
        let leading = text.chars().take_while(|c| c.is_whitespace()).count();
        for (index, c) in text.trim().chars().enumerate() {
            let position = index.saturating_add(leading);
            let bad = Error::KeySymbol { position, actual: c };
            if is_dash(c) {
                let at_boundary = count.checked_rem(GROUP) == Some(0) && count < SYMBOLS;
                if after_separator || !at_boundary {
                    return Err(bad);
                }
                after_separator = true;
                continue;
            }
            after_separator = false;
            let symbol = symbol(c).ok_or(bad)?;
            if symbol == b'N' {
                match first_n {
                    Some(first) => return Err(Error::SecondN { first, position }),
                    None => first_n = Some(count),
                }
            }
            let place = symbols
                .get_mut(count)
                .ok_or(Error::KeyLength { expected: SYMBOLS, actual: SYMBOLS.saturating_add(1) })?;
            *place = symbol;
            count = count.saturating_add(1);
        }
        if count == SYMBOLS { Ok(Self(symbols)) } else { Err(Error::KeyLength { expected: SYMBOLS, actual: count }) }
    }

    /// The 25 symbols as ASCII, without dashes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; SYMBOLS] {
        &self.0
    }

    /// The 25 symbols without dashes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only the alphabet and `N` get in; the empty text is unreachable.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The last five symbols, which Windows itself shows as the partial product key.
    #[must_use]
    pub const fn last5(&self) -> Last5 {
        let [.., a, b, c, d, e] = self.0;
        Last5([a, b, c, d, e])
    }

    /// Shows `*****-*****-*****-*****-` and the last five symbols.
    #[must_use]
    pub const fn masked(&self) -> Masked {
        Masked(self.last5())
    }

    /// The bytes that Windows stores for this key: PKEY2009 form when there is an `N`, the older form otherwise.
    ///
    /// The text `BBBBB-BBBBB-BBBBB-BBBBB-BBBBB` gives sixteen zero bytes, that is, an erased field.
    #[must_use]
    pub fn encode(&self) -> KeyField {
        KeyField::from_bits(base24::encode(&self.0))
    }
}

/// The symbol that a character stands for, in upper case.
fn symbol(c: char) -> Option<u8> {
    let upper = u8::try_from(c).ok()?.to_ascii_uppercase();
    (upper == b'N' || base24::ALPHABET.contains(&upper)).then_some(upper)
}

/// Dashes, also those that word processors make of `-`.
fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

impl fmt::Display for ProductKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [b'-'; 29];
        let places = text.chunks_mut(GROUP.saturating_add(1));
        for (place, group) in places.zip(self.0.chunks(GROUP)) {
            for (to, from) in place.iter_mut().zip(group) {
                *to = *from;
            }
        }
        f.pad(core::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for ProductKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProductKey({})", self.masked())
    }
}

impl core::str::FromStr for ProductKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

/// The last five symbols of a key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Last5([u8; GROUP]);

impl Last5 {
    /// The five symbols as ASCII.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; GROUP] {
        &self.0
    }

    /// The five symbols.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Last5 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Last5 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Last5({self})")
    }
}

impl PartialEq<str> for Last5 {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Last5 {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

/// Displays a key with all but its last five symbols starred out; see [`ProductKey::masked`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Masked(Last5);

impl fmt::Display for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = *b"*****-*****-*****-*****-*****";
        if let Some(tail) = text.last_chunk_mut::<GROUP>() {
            *tail = self.0.0;
        }
        f.pad(core::str::from_utf8(&text).unwrap_or_default())
    }
}
