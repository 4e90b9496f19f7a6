//! The command line of hivekey.

fn main() {}
