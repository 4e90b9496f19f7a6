//! Inputs for the benches.

use crate::hive::{Filler, HiveBuilder};
use crate::installation::Installation;
use crate::license::Channel;
use crate::windows::Windows;

/// A SOFTWARE hive of Server 2019 Standard with an invented retail key, filled up to about `bytes` bytes.
pub fn software(bytes: usize) -> HiveBuilder {
    let server = Installation::preset(Windows::Server2019, Channel::Retail)
        .unwrap_or_else(|| panic!("Server 2019 was sold as retail"));
    let mut hive = server.software();
    Filler::new(bytes, 2019).fill(hive.root());
    hive
}
