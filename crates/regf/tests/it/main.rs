//! Tests over the corpus of real hives and over hives made by hand.

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod digest;
#[cfg(test)]
mod digests;
#[cfg(test)]
mod tables;
