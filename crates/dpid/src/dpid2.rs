//! DigitalProductId "version 2": 50 bytes that hold nothing but the ProductId.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 50 | ProductId | UTF-16LE, NUL; 23 characters in all samples |
//!
//! Source: PKeyMaster `DigitalProductId.ps1`; the first of the three buffers that the product-id functions of Windows fill. No
//! real sample was at hand.

use core::fmt;

use crate::error::{Error, Structure};
use crate::read::{Field, Source};
use crate::wide_text::WideText;

pub(crate) const DPID2_LENGTH: usize = 50;

const PRODUCT_ID: Field = Field::new("ProductId", 0, DPID2_LENGTH);

/// Four parts between dashes make a ProductId, of whatever age.
const PRODUCT_ID_PARTS: usize = 4;

/// A 50-byte ProductId text. It holds no key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dpid2<'a> {
    product_id: WideText<'a>,
}

impl<'a> Dpid2<'a> {
    /// Length of the structure in bytes.
    pub const LENGTH: usize = DPID2_LENGTH;

    /// Reads 50 bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Length`] for any other number of bytes, [`Error::Text`] when they are not UTF-16, [`Error::Form`] when the
    /// text has not the four parts of a ProductId.
    pub fn new(bytes: &'a [u8]) -> Result<Self, Error> {
        if bytes.len() != DPID2_LENGTH {
            return Err(Error::Length { structure: Structure::Dpid2, expected: DPID2_LENGTH, actual: bytes.len() });
        }
        let source = Source::new(Structure::Dpid2, bytes);
        let product_id = WideText::read(&source, &PRODUCT_ID)?;
        let mut parts = 1_usize;
        for (position, c) in product_id.chars().enumerate() {
            match c {
                '-' => parts = parts.saturating_add(1),
                '0'..='9' | 'A'..='Z' => {}
                actual => return Err(form(position, "a digit, a letter or a dash", Some(actual))),
            }
        }
        if parts == PRODUCT_ID_PARTS {
            Ok(Self { product_id })
        } else {
            Err(form(product_id.chars().count(), "four parts between dashes", None))
        }
    }

    /// The ProductId.
    #[must_use]
    pub const fn product_id(&self) -> WideText<'a> {
        self.product_id
    }
}

fn form(position: usize, expected: &'static str, actual: Option<char>) -> Error {
    Error::Form { structure: Structure::Dpid2, field: PRODUCT_ID.name, position, expected, actual }
}

impl fmt::Debug for Dpid2<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dpid2").field("product_id", &self.product_id).finish()
    }
}
