//! The program as a user meets it: what goes to standard output and standard error, and the exit code.

#[cfg(test)]
mod browse;
#[cfg(test)]
mod carve;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod decode;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod files;
#[cfg(test)]
mod firmware;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod json;
#[cfg(test)]
mod masking;
#[cfg(test)]
mod matching;
#[cfg(test)]
mod papers;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod sheets;
#[cfg(test)]
mod text;
