//! The unpackers against what other programs packed.

#[cfg(test)]
mod codecs;
