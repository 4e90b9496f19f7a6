//! Tar archives: POSIX (ustar, pax), GNU, and those of Unix V7, which have no mark but the checksum of their headers.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;
use std::sync::Arc;

use hivekey_read_at::ReadAt;
use tar::{Entries, EntryType, Header};

use super::collector::{Collector, Stated};
use super::input::Input;
use super::unread::Unread;
use crate::path::TreePath;

/// Where the checksum of a header stands; it counts as spaces itself.
const CHECKSUM: std::ops::Range<usize> = 148..156;

/// Bytes that all headers of one member may have: its own, its long names, its pax records, the pieces of a sparse file (170,000 of
/// them). They are read into memory, whatever length they state.
const MAX_HEADERS: u64 = 4 << 20;

/// Whether this is the first header of a tar: POSIX and GNU say so at offset 257, and in all the checksum holds.
pub(super) fn begins(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar") || checksum_holds(head)
}

fn checksum_holds(head: &[u8]) -> bool {
    let Some(head) = head.get(..512).filter(|head| head.first() != Some(&0)) else { return false };
    let spaced = head.iter().enumerate().map(|(at, byte)| if CHECKSUM.contains(&at) { b' ' } else { *byte });
    let sum: u32 = spaced.map(u32::from).sum();
    Header::from_byte_slice(head).cksum().is_ok_and(|stated| stated == sum)
}

/// Goes through the members of a tar that lies there as it is, from header to header.
///
/// # Errors
///
/// If not one member can be read. An archive that breaks off later is a problem: what came before stands.
pub(super) fn read_plain(reader: &Arc<dyn ReadAt>, input: Input, collector: &mut Collector<'_>) -> Result<(), Unread> {
    let watch = Watch::default();
    let mut archive = tar::Archive::new(Watched { inner: input, watch: watch.clone() });
    let entries = archive.entries_with_seek().map_err(Unread::of)?;
    go_through(entries, Some(reader), &watch, collector).map(|_| ())
}

/// Goes through the members as they come out of a stream, and on to its end, where its checksums are.
///
/// # Errors
///
/// As [`read_plain`].
pub(super) fn read_stream(stream: impl Read, collector: &mut Collector<'_>) -> Result<(), Unread> {
    let watch = Watch::default();
    let mut archive = tar::Archive::new(Watched { inner: Forward { inner: stream, at: 0 }, watch: watch.clone() });
    let entries = archive.entries_with_seek().map_err(Unread::of)?;
    if go_through(entries, None, &watch, collector)?
        && let Err(error) = io::copy(&mut archive.into_inner().inner, &mut io::sink())
    {
        collector.tell(&TreePath::root(), Unread::of(error));
    }
    Ok(())
}

/// Goes through the members. `plain` is the file in which they lie as they are, if it is one. Says whether the end was reached.
fn go_through<R: Read>(
    entries: Entries<'_, R>,
    plain: Option<&Arc<dyn ReadAt>>,
    watch: &Watch,
    collector: &mut Collector<'_>,
) -> Result<bool, Unread> {
    let mut seen = false;
    for entry in entries {
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let why = if collector.budget().is_spent() {
                    collector.budget().exceeded()
                } else if let Some(offset) = watch.too_long() {
                    Unread::Headers { offset, most: MAX_HEADERS }
                } else {
                    Unread::Header { offset: watch.at.get(), error: Arc::new(error) }
                };
                if !seen {
                    return Err(why);
                }
                collector.tell(&TreePath::root(), why);
                return Ok(false);
            }
        };
        seen = true;
        watch.headers.set(None);
        if !collector.counts() {
            return Ok(false);
        }
        let name = entry.path_bytes().into_owned();
        let Some(path) = collector.place(&name) else { continue };
        let size = entry.size();
        let stated = Stated { size: Some(size), crc32: None };
        let read = match (entry.header().entry_type(), plain) {
            (EntryType::Directory, _) => {
                collector.folder(&path);
                Ok(())
            }
            (EntryType::Regular | EntryType::Continuous, Some(reader)) => {
                let offset = entry.raw_file_position();
                let available = reader.len().saturating_sub(offset);
                collector.stored(path.clone(), reader, offset, size.min(available), None);
                if size > available { Err(Unread::CutOff { offset, needed: size, available }) } else { Ok(()) }
            }
            (EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse, _) => {
                collector.packed(path.clone(), stated, &mut entry)
            }
            (kind @ (EntryType::Link | EntryType::Symlink), _) => {
                if let Some(target) = entry.link_name_bytes() {
                    // A hard link names its file from the top of the archive.
                    collector.link(path.clone(), &target, kind == EntryType::Link);
                }
                Ok(())
            }
            // Devices, FIFOs and what only this archive knows of.
            _ => Ok(()),
        };
        if let Err(why) = read {
            collector.tell(&path, why);
            return Ok(false);
        }
    }
    if watch.ended.get() {
        collector.tell(&TreePath::root(), Unread::NoEnd { offset: watch.at.get() });
    }
    Ok(true)
}

/// How far a stream was read, and whether its end was met.
#[derive(Clone)]
struct Watch {
    at: Rc<Cell<u64>>,
    ended: Rc<Cell<bool>>,
    /// Where the headers of the next member begin; `None` while a member is open, whose content may have any length.
    headers: Rc<Cell<Option<u64>>>,
}

impl Default for Watch {
    fn default() -> Self {
        Self { at: Rc::default(), ended: Rc::default(), headers: Rc::new(Cell::new(Some(0))) }
    }
}

impl Watch {
    /// Where headers begin of which no more is read.
    fn too_long(&self) -> Option<u64> {
        self.headers.get().filter(|start| self.at.get().saturating_sub(*start) >= MAX_HEADERS)
    }
}

struct Watched<R> {
    inner: R,
    watch: Watch,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.watch.too_long().is_some() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let read = self.inner.read(buf)?;
        self.watch.ended.set(read == 0 && !buf.is_empty());
        let at = self.watch.at.get().saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        self.watch.at.set(at);
        Ok(read)
    }
}

/// Whoever goes through the members seeks to each header, and nowhere else.
impl<R: Seek> Seek for Watched<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = self.inner.seek(to)?;
        self.watch.at.set(at);
        self.watch.headers.set(self.watch.headers.get().or(Some(at)));
        Ok(at)
    }
}

/// A stream in which seeking is reading on.
struct Forward<R> {
    inner: R,
    at: u64,
}

impl<R: Read> Read for Forward<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buf)?;
        self.at = self.at.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(read)
    }
}

impl<R: Read> Seek for Forward<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let SeekFrom::Current(distance) = to else { return Err(io::ErrorKind::Unsupported.into()) };
        let distance = u64::try_from(distance).map_err(|_| io::ErrorKind::Unsupported)?;
        if io::copy(&mut self.by_ref().take(distance), &mut io::sink())? < distance {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(self.at)
    }
}
