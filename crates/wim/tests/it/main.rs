//! Images that wimlib writes, and damaged ones.

#[cfg(test)]
mod damaged;
#[cfg(test)]
mod wimlib;
