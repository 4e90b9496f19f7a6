//! Reports and decoded blobs as text, JSON, CSV and HTML.

pub mod carve;
pub mod csv;
pub mod decoded;
mod evidence;
pub mod explanation;
pub mod facts;
pub mod firmware;
pub mod html;
pub mod json;
pub mod matches;
pub mod page;
pub mod quantity;
pub mod text;
mod words;
