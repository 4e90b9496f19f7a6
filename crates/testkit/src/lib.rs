#![doc = include_str!("../README.md")]

pub mod hive;
pub mod log;
pub mod time;
