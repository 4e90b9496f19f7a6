//! Tests over the corpus of real hives and over hives made by hand.

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod damaged;
#[cfg(test)]
mod digest;
#[cfg(test)]
mod digests;
#[cfg(test)]
mod hand_logs;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod log_writer;
#[cfg(test)]
mod lookups;
#[cfg(test)]
mod overlaps;
#[cfg(test)]
mod recovery;
#[cfg(test)]
mod replays;
#[cfg(test)]
mod second_reader;
#[cfg(test)]
mod structures;
#[cfg(test)]
mod tables;
#[cfg(test)]
mod tiny;
