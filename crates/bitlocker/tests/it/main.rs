//! Volumes: made by hand, damaged, and those that Windows made.

#[cfg(test)]
mod damaged;
#[cfg(test)]
mod hand_made;
#[cfg(test)]
mod windows;
