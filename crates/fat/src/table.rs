//! The file allocation table: for each cluster the one that follows it.
//!
//! | kind | entry | free | bad | end |
//! |---|---|---|---|---|
//! | FAT12 | 12 bits, two in three bytes, the even one in the low bits | 0 | FF7 | FF8 and up |
//! | FAT16 | 2 bytes | 0 | FFF7 | FFF8 and up |
//! | FAT32 | 4 bytes, of which the low 28 bits count | 0 | FFFFFF7 | FFFFFF8 and up |
//! | exFAT | 4 bytes | 0 | FFFFFFF7 | FFFFFFF8 and up; FFFFFFFF is written |
//!
//! Entries 0 and 1 belong to no cluster. Sources: Microsoft, "FAT: General Overview of On-Disk Format", 1.03; "exFAT file system
//! specification", 4.1.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use hivekey_read_at::{ReadAt, narrow};

use crate::anomaly::{Anomaly, AnomalyKind, AnomalyLog};
use crate::error::{Error, Structure};
use crate::geometry::{FatKind, Geometry};
use crate::limits::MAX_CACHED_WINDOWS;
use crate::offset::{Cluster, DeviceOffset};
use crate::read::{Fields, read_vec};

/// Bytes of the table that are read at once. A multiple of 3, so that no entry of FAT12 lies across two windows.
const WINDOW_LEN: u64 = 12 << 10;

/// What the table says of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    Next(Cluster),
    End,
    Free,
    Bad,
    /// Not a cluster of the volume, nor a mark.
    Outside(u32),
}

impl Link {
    const fn leads_on(self) -> bool {
        matches!(self, Self::Next(_) | Self::End)
    }
}

type Window = Arc<[u8]>;

/// The pieces of the tables that were read last, by their offset.
#[derive(Default)]
pub(crate) struct Windows {
    kept: Mutex<VecDeque<(u64, Window)>>,
}

impl Windows {
    /// Two readers may read the same piece at once; nobody waits for another's disk.
    fn get<D: ReadAt + ?Sized>(&self, device: &D, offset: u64, len: u64) -> Result<Window, Error> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.iter().find(|(known, _)| *known == offset).map(|(_, window)| Arc::clone(window));
        drop(kept);
        if let Some(window) = known {
            return Ok(window);
        }
        // A device may be cut within the table: what is there counts.
        let len = len.min(device.len().saturating_sub(offset));
        let window: Window = read_vec(device, offset, narrow(len))?.into();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_CACHED_WINDOWS {
            kept.pop_front();
        }
        kept.push_back((offset, Arc::clone(&window)));
        Ok(window)
    }
}

/// Reads links one after the other; keeps the piece that the last one came from at hand.
pub(crate) struct Table<'a> {
    device: &'a dyn ReadAt,
    geometry: &'a Geometry,
    windows: &'a Windows,
    log: &'a AnomalyLog,
    last: Option<(u64, Window)>,
}

impl<'a> Table<'a> {
    pub(crate) fn new(
        device: &'a dyn ReadAt,
        geometry: &'a Geometry,
        windows: &'a Windows,
        log: &'a AnomalyLog,
    ) -> Self {
        Self { device, geometry, windows, log, last: None }
    }

    /// What the table says of a cluster of the volume. Where that is nothing that a cluster in use can have, the second copy
    /// is asked.
    pub(crate) fn link(&mut self, cluster: Cluster) -> Result<Link, Error> {
        let first = self.link_in(self.geometry.table, cluster);
        if first.as_ref().is_ok_and(|link| link.leads_on()) {
            return first;
        }
        let Some(second) = self.geometry.second_table else {
            return first;
        };
        match self.link_in(second, cluster) {
            Ok(link) if link.leads_on() => {
                let (_, at) = place(self.geometry.kind, cluster);
                let offset = DeviceOffset(self.geometry.table).plus(at);
                self.log.add(Anomaly::new(offset, AnomalyKind::SecondTable(cluster)));
                Ok(link)
            }
            _ => first,
        }
    }

    fn link_in(&mut self, table: u64, cluster: Cluster) -> Result<Link, Error> {
        let (len, at) = place(self.geometry.kind, cluster);
        let within = at.checked_rem(WINDOW_LEN).unwrap_or(0);
        let start = at.saturating_sub(within);
        let offset = table.saturating_add(start);
        let window = match self.last.take() {
            Some((known, window)) if known == offset => Ok(window),
            _ => {
                let left = self.geometry.table_len.saturating_sub(start);
                self.windows.get(self.device, offset, WINDOW_LEN.min(left))
            }
        };
        let position = DeviceOffset(table).plus(at);
        let value = match window {
            Ok(window) => {
                let bytes = window.get(narrow(within)..).unwrap_or_default();
                let value = value(self.geometry.kind, cluster, bytes, position);
                self.last = Some((offset, window));
                value
            }
            // One unreadable sector must not hide the entries of all others around it.
            Err(_) => {
                let bytes = read_vec(self.device, position.0, len)?;
                value(self.geometry.kind, cluster, &bytes, position)
            }
        }?;
        Ok(self.decode(value))
    }

    fn decode(&self, value: u32) -> Link {
        let bad = match self.geometry.kind {
            FatKind::Fat12 => 0xFF7,
            FatKind::Fat16 => 0xFFF7,
            FatKind::Fat32 => 0x0FFF_FFF7,
            FatKind::ExFat => 0xFFFF_FFF7,
        };
        match Cluster(value) {
            Cluster(0) => Link::Free,
            Cluster(value) if value == bad => Link::Bad,
            Cluster(value) if value > bad => Link::End,
            next if self.geometry.contains(next) => Link::Next(next),
            Cluster(value) => Link::Outside(value),
        }
    }
}

/// How many bytes of the table hold the entry of a cluster, and where they start in it.
fn place(kind: FatKind, cluster: Cluster) -> (usize, u64) {
    let number = u64::from(cluster.0);
    match kind {
        FatKind::Fat12 => (2, number.saturating_add(number >> 1)),
        FatKind::Fat16 => (2, number.saturating_mul(2)),
        FatKind::Fat32 | FatKind::ExFat => (4, number.saturating_mul(4)),
    }
}

/// The entry of a cluster, whose bytes are the first ones.
fn value(kind: FatKind, cluster: Cluster, bytes: &[u8], offset: DeviceOffset) -> Result<u32, Error> {
    let fields = Fields::new(bytes, Structure::Table, offset);
    Ok(match kind {
        FatKind::Fat12 if cluster.0 & 1 == 0 => u32::from(fields.u16(0)? & 0x0FFF),
        FatKind::Fat12 => u32::from(fields.u16(0)? >> 4),
        FatKind::Fat16 => fields.u16(0)?.into(),
        FatKind::Fat32 => fields.u32(0)? & 0x0FFF_FFFF,
        FatKind::ExFat => fields.u32(0)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Root;
    use hivekey_read_at::ReadError;

    fn geometry(kind: FatKind, clusters: u32, table_len: u64) -> Geometry {
        Geometry {
            kind,
            sector_size: 512,
            cluster_size: 512,
            clusters,
            expected_clusters: clusters.into(),
            heap: 1 << 30,
            table: 0,
            second_table: None,
            table_len,
            root: Root::Chain(Cluster(2)),
            end: 1 << 30,
            backup: None,
        }
    }

    fn links(kind: FatKind, device: &Vec<u8>, clusters: &[u32]) -> Vec<Link> {
        let geometry = geometry(kind, 6, ReadAt::len(device));
        let (windows, log) = (Windows::default(), AnomalyLog::default());
        let mut table = Table::new(device, &geometry, &windows, &log);
        clusters.iter().map(|&cluster| table.link(Cluster(cluster)).unwrap()).collect()
    }

    #[test]
    fn entries_of_each_width() {
        let expected =
            [Link::Next(Cluster(3)), Link::Next(Cluster(7)), Link::Outside(8), Link::Free, Link::Bad, Link::End];
        let values = [3u32, 7, 8, 0, 7, 8].into_iter().enumerate();
        let marked = |base: u32| values.clone().map(move |(at, value)| if at > 3 { base | value } else { value });
        // 12 bits: FF8, FFF, then pairs of values in three bytes.
        let fat12 = vec![0xF8, 0xFF, 0xFF, 0x03, 0x70, 0x00, 0x08, 0x00, 0x00, 0xF7, 0x8F, 0xFF];
        assert_eq!(links(FatKind::Fat12, &fat12, &[2, 3, 4, 5, 6, 7]), expected);
        let fat16: Vec<u8> =
            [0u32; 2].into_iter().chain(marked(0xFFF0)).flat_map(|value| value.to_le_bytes()[..2].to_vec()).collect();
        assert_eq!(links(FatKind::Fat16, &fat16, &[2, 3, 4, 5, 6, 7]), expected);
        // The high four bits of FAT32 mean nothing.
        let fat32: Vec<u8> = [0u32; 2]
            .into_iter()
            .chain(marked(0x0FFF_FFF0))
            .flat_map(|value| (value | 0xA000_0000).to_le_bytes())
            .collect();
        assert_eq!(links(FatKind::Fat32, &fat32, &[2, 3, 4, 5, 6, 7]), expected);
        let exfat: Vec<u8> = [0u32; 2].into_iter().chain(marked(0xFFFF_FFF0)).flat_map(u32::to_le_bytes).collect();
        assert_eq!(links(FatKind::ExFat, &exfat, &[2, 3, 4, 5, 6, 7]), expected);
    }

    #[test]
    fn no_entry_of_fat12_lies_across_windows() {
        for cluster in 0..0x1_0000 {
            let (len, at) = place(FatKind::Fat12, Cluster(cluster));
            assert!(at % WINDOW_LEN + u64::try_from(len).unwrap() <= WINDOW_LEN);
        }
    }

    #[test]
    fn a_table_that_is_cut_is_an_error() {
        let device = vec![0u8; 10];
        let geometry = geometry(FatKind::Fat16, 100, 512);
        let (windows, log) = (Windows::default(), AnomalyLog::default());
        let mut table = Table::new(&device, &geometry, &windows, &log);
        assert_eq!(table.link(Cluster(4)).unwrap(), Link::Free);
        assert!(matches!(table.link(Cluster(5)), Err(Error::Truncated { structure: Structure::Table, .. })));
    }

    /// Unreadable from byte 4 to 6 on.
    struct Holed(Vec<u8>);

    impl ReadAt for Holed {
        fn len(&self) -> u64 {
            ReadAt::len(&self.0)
        }

        fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
            if offset < 6 && offset + u64::try_from(buf.len()).unwrap() > 4 {
                return Err(ReadError::io(offset, buf.len(), std::io::Error::from_raw_os_error(5)));
            }
            self.0.read_into(offset, buf)
        }
    }

    #[test]
    fn unreadable_entries_come_from_the_second_copy() {
        let entries: Vec<u8> = [0u16, 0, 3, 4, 5, 0xFFFF].into_iter().flat_map(u16::to_le_bytes).collect();
        let device = Holed([entries.clone(), entries].concat());
        let mut geometry = geometry(FatKind::Fat16, 4, 12);
        let windows = Windows::default();
        let log = AnomalyLog::default();
        let mut table = Table::new(&device, &geometry, &windows, &log);
        assert!(matches!(table.link(Cluster(2)), Err(Error::Read(ReadError::Io { .. }))));
        assert_eq!(table.link(Cluster(3)).unwrap(), Link::Next(Cluster(4)));
        geometry.second_table = Some(12);
        let mut table = Table::new(&device, &geometry, &windows, &log);
        assert_eq!(table.link(Cluster(2)).unwrap(), Link::Next(Cluster(3)));
        assert_eq!(table.link(Cluster(5)).unwrap(), Link::End);
        let (anomalies, _) = log.snapshot();
        assert!(matches!(&anomalies[..], [Anomaly { kind: AnomalyKind::SecondTable(Cluster(2)), .. }]));
    }

    #[test]
    fn few_windows_are_kept() {
        let device = vec![0u8; 1 << 20];
        let windows = Windows::default();
        for number in 0..60 {
            windows.get(&device, number * WINDOW_LEN, WINDOW_LEN).unwrap();
        }
        assert_eq!(windows.kept.lock().unwrap().len(), MAX_CACHED_WINDOWS);
    }
}
