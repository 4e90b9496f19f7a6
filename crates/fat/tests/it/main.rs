//! Tests over volumes made by hand and by dosfstools, mtools and exfatprogs.

#[cfg(test)]
mod damaged;
#[cfg(test)]
mod exfat;
#[cfg(test)]
mod exfat_volume;
#[cfg(test)]
mod fat;
#[cfg(test)]
mod fat_volume;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod tools;
#[cfg(test)]
mod use_all;
