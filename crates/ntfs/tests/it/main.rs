//! Tests over the corpus of images, over volumes made by `mkntfs` and over disks and volumes made by hand.

#[cfg(test)]
mod build;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod corpus_volumes;
#[cfg(test)]
mod counting;
#[cfg(test)]
mod damaged;
#[cfg(test)]
mod disk;
#[cfg(test)]
mod hand_made;
#[cfg(test)]
mod mkntfs;
#[cfg(test)]
mod mounted;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod partitions;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod snapshots;
#[cfg(test)]
mod tree;
