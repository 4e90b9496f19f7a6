//! Tests of the crate from outside, over trees of evidence built in temporary folders.

#[cfg(test)]
mod archives;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod damaged_volumes;
#[cfg(test)]
mod discovery;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod hostile_images;
#[cfg(test)]
mod images;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod random;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod support;
