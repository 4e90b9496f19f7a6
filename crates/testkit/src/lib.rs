#![doc = include_str!("../README.md")]

pub mod bench;
pub mod disk;
pub mod hive;
pub mod installation;
pub mod license;
pub mod log;
pub mod msdm;
pub mod pkeyconfig;
pub mod product_policy;
pub mod testdata;
pub mod time;
pub mod windows;
