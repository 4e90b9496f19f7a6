//! Tests of the crate from outside: images built by hand, by the tools that write them, and real ones of the corpus.

#[cfg(test)]
mod build;
#[cfg(test)]
mod chains;
#[cfg(test)]
mod check;
#[cfg(test)]
mod clones;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod cut;
#[cfg(test)]
mod ewf;
#[cfg(test)]
mod folder;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod qcow2;
#[cfg(test)]
mod raw;
#[cfg(test)]
mod tools;
#[cfg(test)]
mod vdi;
#[cfg(test)]
mod vhd;
#[cfg(test)]
mod vhdx;
#[cfg(test)]
mod vmdk;
