//! Sweeps over planted, broken, hostile and real bytes.

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod cuts;
#[cfg(test)]
mod hives;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod key_texts;
#[cfg(test)]
mod make;
#[cfg(test)]
mod planted;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod sources;
