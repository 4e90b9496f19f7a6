//! 7z archives: blocks, each of one member or, if it is solid, of many one after the other.
//!
//! The crate that reads them takes numbers of the header for lengths of memory, and decoders ask for what the archive says. Both are
//! bounded here, and so is how decoders follow one another: a block may have one that unpacks, and filters behind it.

use std::io;
use std::sync::Arc;

use sevenz_rust2::{Archive, Block, BlockDecoder, EncoderMethod, Error, Password};

use super::collector::{Collector, Stated};
use super::input::Input;
use super::unread::Unread;
use crate::path::TreePath;

/// Kilobytes of an archive's header, which lists the members: 100 to 150 bytes for one, so some 40,000 of them. A header can claim as
/// many members as it has bytes, and each takes 100 bytes of memory before anything of it is looked at: half a gigabyte.
const HEADER_MEMORY: usize = 5 << 10;
/// Kilobytes of memory that a decoder may ask for: the best preset of 7-Zip takes 256 MB.
const BLOCK_MEMORY: usize = 520 << 10;

/// What a decoder may be besides the one that unpacks: it gives as many bytes as it takes.
const FILTERS: &[&[u8]] = &[
    EncoderMethod::ID_COPY,
    EncoderMethod::ID_DELTA,
    EncoderMethod::ID_BCJ_X86,
    EncoderMethod::ID_BCJ_PPC,
    EncoderMethod::ID_BCJ_IA64,
    EncoderMethod::ID_BCJ_ARM,
    EncoderMethod::ID_BCJ_ARM64,
    EncoderMethod::ID_BCJ_ARM_THUMB,
    EncoderMethod::ID_BCJ_SPARC,
    EncoderMethod::ID_BCJ_RISCV,
];
/// Joins what three unpackers and one plain stream give.
const JOINER: &[u8] = EncoderMethod::ID_BCJ2;
const JOINED: usize = 3;

/// What the header says of a member.
struct Row {
    path: Option<TreePath>,
    size: u64,
    crc32: Option<u32>,
}

/// Goes through the members.
///
/// # Errors
///
/// If the header cannot be read, or is encrypted. A block that cannot be unpacked is a problem.
pub(super) fn read(mut input: Input, collector: &mut Collector<'_>) -> Result<(), Unread> {
    let password = Password::empty();
    let mut archive = Archive::read_with_memory_limit(&mut input, &password, HEADER_MEMORY).map_err(unread)?;
    let mut rows = Vec::new();
    for entry in &mut archive.files {
        if !collector.counts() {
            break;
        }
        let path = collector.place(entry.name.as_bytes());
        // That of a member alone in its block is compared by the decoder, at the end of the block.
        let crc32 = u32::try_from(entry.crc).ok().filter(|_| entry.has_crc);
        // Compared when all is unpacked: the decoder would keep the last bytes back.
        entry.has_crc = false;
        match path {
            Some(path) if entry.is_directory => collector.folder(&path),
            Some(path) if !entry.has_stream && !entry.is_anti_item => collector.empty(path),
            path => {
                rows.push(Row { path, size: entry.size, crc32 });
                continue;
            }
        }
        rows.push(Row { path: None, size: 0, crc32: None });
    }
    let mut rows = rows.into_iter();
    let mut at = 0usize;
    for number in 0..archive.blocks.len() {
        let Some(first) = archive.stream_map.block_first_file_index.get(number) else { break };
        let decoder = BlockDecoder::new_with_memory_limit(1, BLOCK_MEMORY, number, &archive, &password, &mut input);
        let count = decoder.entry_count();
        // Members come in the order of their blocks; what lies between two is empty.
        let skip = first.saturating_sub(at);
        at = first.saturating_add(count);
        let mut members = rows.by_ref().skip(skip).take(count).collect::<Vec<_>>().into_iter();
        let read = match archive.blocks.get(number).map_or(Ok(()), refused) {
            Ok(()) => block(decoder, &mut members, collector),
            why => why,
        };
        if let Err(why) = read {
            for Row { path, size, .. } in members {
                if let Some(path) = path {
                    collector.unread(path, size, why.clone());
                }
            }
        }
        if collector.budget().is_spent() {
            break;
        }
    }
    Ok(())
}

/// Why a block is not unpacked, by its decoders alone.
fn refused(block: &Block) -> Result<(), Unread> {
    let mut unpackers = 0usize;
    let mut most = 1;
    for coder in &block.coders {
        let id = coder.encoder_method_id();
        if id == EncoderMethod::ID_AES256_SHA256 {
            return Err(Unread::Encrypted);
        }
        if id == JOINER {
            most = JOINED;
        } else if !FILTERS.contains(&id) {
            unpackers = unpackers.saturating_add(1);
        }
    }
    if unpackers > most {
        return Err(Unread::Method(format!("{unpackers} methods one after the other")));
    }
    Ok(())
}

/// Unpacks one block, and takes its members from `members` as they come.
fn block(
    decoder: BlockDecoder<'_, Input>,
    members: &mut dyn Iterator<Item = Row>,
    collector: &mut Collector<'_>,
) -> Result<(), Unread> {
    let mut last = TreePath::root();
    let read = decoder.for_each_entries(&mut |_, content| {
        let Some(Row { path, size, crc32 }) = members.next() else { return Ok(false) };
        let mut content = collector.budget().meter(content);
        if let Some(path) = path {
            last = path.clone();
            collector.packed(path, Stated { size: Some(size), crc32 }, &mut content).map_err(io::Error::from)?;
        }
        // The next member begins where this one ends.
        io::copy(&mut content, &mut io::sink())?;
        Ok(true)
    });
    read.map(|_| ()).map_err(|error| {
        let why = unread(error);
        collector.tell(&last, why.clone());
        why
    })
}

fn unread(error: Error) -> Unread {
    match error {
        Error::PasswordRequired | Error::MaybeBadPassword(_) => Unread::Encrypted,
        Error::MaxMemLimited { max_kb, actaul_kb } => Unread::Memory { needed: actaul_kb, allowed: max_kb },
        Error::UnsupportedCompressionMethod(method) if method.starts_with("AES") => Unread::Encrypted,
        Error::UnsupportedCompressionMethod(method) => Unread::Method(method),
        Error::Io(error, _) | Error::FileOpen(error, _) => Unread::of(error),
        error => Unread::Damaged(Arc::new(io::Error::other(error))),
    }
}
