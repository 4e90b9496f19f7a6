//! Reports and decoded blobs as text and as JSON.

pub mod decoded;
mod evidence;
pub mod facts;
pub mod json;
pub mod page;
pub mod text;
mod words;
