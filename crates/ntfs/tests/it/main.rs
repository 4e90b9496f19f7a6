//! Tests over the corpus of images, over volumes made by `mkntfs` and over disks made by hand.

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod disk;
#[cfg(test)]
mod partitions;
