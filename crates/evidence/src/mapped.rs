//! Files mapped into memory, and what keeps a mapping from ending the program.
//!
//! A page of a mapped file that cannot be had (the file shrank, the sector is unreadable, the network share is
//! gone) makes the processor fault, and the kernel sends SIGBUS, which by default ends the process: one bad file
//! would end a run over thousands. So:
//!
//! - Every mapping is entered in a fixed registry of address ranges, without locks, so that a signal handler may
//!   read it.
//! - A process-wide SIGBUS handler, installed with the first mapping, looks up the faulting address. If it is
//!   ours, it marks the mapping as faulted and puts zero pages over the whole of it; the interrupted copy
//!   goes on and ends. If it is not ours, the handler that was there before is called, or the default action
//!   taken: a fault elsewhere still ends the process as it should.
//! - Every read copies the bytes out, and only then looks at the mark. Zeros that the handler has put there are
//!   thus never taken for content. A faulted mapping stays so; its user goes on with `pread`, which fails with the
//!   system's reason for the bytes that are lost and still reads those that are not.
//!
//! No reference to mapped memory is ever made, since another process may change it at any time.
//!
//! # Why `unsafe`
//!
//! `mmap` itself, the copy from raw memory, `sigaction`, and the handler need it. Each block says why it is sound.
//! The rest of the crate denies it.
#![allow(unsafe_code)]

use std::fs::File;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};

use libc::{c_int, c_void};
use memmap2::{MmapOptions, MmapRaw};

/// How many mappings there may be at a time. Further files are read without one.
const SLOTS: usize = 1024;

/// [`Slot::start`] of a slot that nobody uses. No mapping starts here.
const FREE: usize = 0;
/// [`Slot::start`] of a slot that is being filled in. No mapping starts here, as it is not a page boundary.
const CLAIMED: usize = 1;

static REGISTRY: [Slot; SLOTS] = [const { Slot::empty() }; SLOTS];

/// What was in charge of SIGBUS before us; set before our handler is installed.
static PREVIOUS: OnceLock<libc::sigaction> = OnceLock::new();

/// One address range of ours. `start` is written last and cleared first, so that whoever sees the same `start`
/// before and after reading `end` has read the two of one mapping.
struct Slot {
    start: AtomicUsize,
    end: AtomicUsize,
    faulted: AtomicBool,
}

impl Slot {
    const fn empty() -> Self {
        Self { start: AtomicUsize::new(FREE), end: AtomicUsize::new(0), faulted: AtomicBool::new(false) }
    }

    /// The first free slot, filled in; `None` if all are taken.
    fn register(start: usize, end: usize) -> Option<&'static Self> {
        let slot = REGISTRY
            .iter()
            .find(|slot| slot.start.compare_exchange(FREE, CLAIMED, Ordering::SeqCst, Ordering::SeqCst).is_ok())?;
        slot.end.store(end, Ordering::SeqCst);
        slot.faulted.store(false, Ordering::SeqCst);
        slot.start.store(start, Ordering::SeqCst);
        Some(slot)
    }

    fn release(&self) {
        self.start.store(FREE, Ordering::SeqCst);
    }

    /// The range, if it holds `address`.
    fn range_around(&self, address: usize) -> Option<(usize, usize)> {
        let start = self.start.load(Ordering::SeqCst);
        let end = self.end.load(Ordering::SeqCst);
        let same = self.start.load(Ordering::SeqCst) == start;
        (same && start > CLAIMED && (start..end).contains(&address)).then_some((start, end))
    }
}

/// A file mapped for reading.
pub(crate) struct Mapping {
    map: MmapRaw,
    slot: &'static Slot,
}

/// A page of the mapping could not be had. What was copied means nothing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault;

impl Mapping {
    /// Maps the first `len` bytes of a file. `None` if that is not possible: the file is empty or too long for the
    /// address space, the system refuses, the registry is full, or somebody else has taken SIGBUS over.
    pub(crate) fn new(file: &File, len: u64) -> Option<Self> {
        let len = usize::try_from(len).ok().filter(|&len| len > 0)?;
        if !handler_in_place() {
            return None;
        }
        let map = MmapOptions::new().len(len).map_raw_read_only(file).ok()?;
        let start = map.as_ptr().addr();
        let slot = Slot::register(start, start.checked_add(len)?)?;
        Some(Self { map, slot })
    }

    /// Copies bytes out.
    ///
    /// After one fault every further copy fails, whatever it asks for.
    pub(crate) fn copy(&self, offset: u64, buf: &mut [u8]) -> Result<(), Fault> {
        let offset = usize::try_from(offset).map_err(|_| Fault)?;
        let end = offset.checked_add(buf.len()).ok_or(Fault)?;
        if end > self.map.len() || self.slot.faulted.load(Ordering::SeqCst) {
            return Err(Fault);
        }
        // SAFETY: offset..end lies in the mapping, which lives as long as `self`. A read may fault; then the handler
        // finds the range in the registry, since `self` keeps it there, and puts readable pages in its place.
        unsafe { copy_out(self.map.as_ptr().add(offset), buf) };
        // The handler ran either in this thread, in the middle of the copy, or in another one, which set the mark
        // before it changed the pages. The fence keeps the look at the mark behind the copy in both cases.
        fence(Ordering::SeqCst);
        if self.slot.faulted.load(Ordering::SeqCst) {
            return Err(Fault);
        }
        Ok(())
    }
}

/// Copies `buf.len()` bytes from `source`, which may change at any time.
///
/// The reads are volatile: each happens, and happens here. An ordinary copy may be left out or put off by the
/// compiler if it sees a way to, and so fault outside of what the caller has prepared.
///
/// # Safety
///
/// Reading these bytes must be allowed, or end in a signal handler that makes it so.
unsafe fn copy_out(source: *const u8, buf: &mut [u8]) {
    let unaligned = source.align_offset(size_of::<u64>()).min(buf.len());
    let (head, rest) = buf.split_at_mut(unaligned);
    let (words, tail) = rest.as_chunks_mut::<{ size_of::<u64>() }>();
    let mut from = source;
    // SAFETY: `from` goes over exactly as many bytes as there are in `buf`, and is aligned for the words, since
    // they begin where `align_offset` said. Any value is a valid byte or number.
    unsafe {
        for byte in head {
            *byte = from.read_volatile();
            from = from.add(1);
        }
        for word in words {
            *word = from.cast::<u64>().read_volatile().to_ne_bytes();
            from = from.add(size_of::<u64>());
        }
        for byte in tail {
            *byte = from.read_volatile();
            from = from.add(1);
        }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // Before the pages go: from here on the address range may be somebody else's.
        self.slot.release();
    }
}

/// A handler as `sigaction` stores it: the address of the function as a number. Reading one member after
/// writing the other is what the kernel's own structure does; a cast would say the same.
union Handler {
    number: usize,
    with_info: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void),
    plain: extern "C" fn(c_int),
}

impl Handler {
    fn ours() -> usize {
        let handler = Self { with_info: on_bus_error };
        // SAFETY: all members have the size of an address, and every bit pattern is a number.
        unsafe { handler.number }
    }
}

/// Installs the handler, once; says whether it is the one in charge now.
fn handler_in_place() -> bool {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    *INSTALLED.get_or_init(install) && current_action().is_some_and(|a| a.sa_sigaction == Handler::ours())
}

fn install() -> bool {
    // Kept before the handler can run, for it to find.
    let Some(previous) = current_action() else {
        return false;
    };
    if PREVIOUS.set(previous).is_err() {
        return false;
    }
    let mut action = default_action();
    action.sa_sigaction = Handler::ours();
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART;
    // SAFETY: `action` is a complete structure, and its handler has the type that SA_SIGINFO asks for and calls
    // nothing that a signal handler may not call.
    unsafe { libc::sigaction(libc::SIGBUS, &raw const action, ptr::null_mut()) == 0 }
}

fn current_action() -> Option<libc::sigaction> {
    let mut action = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: a null action changes nothing; the kernel fills in the structure if it returns 0.
    unsafe { (libc::sigaction(libc::SIGBUS, ptr::null(), action.as_mut_ptr()) == 0).then(|| action.assume_init()) }
}

/// The default action, with an empty mask.
fn default_action() -> libc::sigaction {
    // SAFETY: the structure holds numbers, a set of bits and an optional function; zeros are valid for all of
    // them, and mean SIG_DFL and an empty set.
    unsafe { MaybeUninit::<libc::sigaction>::zeroed().assume_init() }
}

/// The signal handler. Uses atomics, `mmap`, `sigaction` and `raise` only: no lock, no allocation.
extern "C" fn on_bus_error(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the interrupted code must not see `errno` change; the address is this thread's own.
    let errno = unsafe { *libc::__errno_location() };
    // SAFETY: the kernel passes a valid structure. Its address field means something only if the signal tells of a
    // fault of this very thread, which the code says; others were sent by a process, or warn in advance.
    let fault = unsafe {
        let info = &*info;
        matches!(info.si_code, libc::BUS_ADRALN | libc::BUS_ADRERR | libc::BUS_OBJERR | libc::BUS_MCEERR_AR)
            .then(|| info.si_addr().addr())
    };
    let ours = fault.is_some_and(cover_with_zeros);
    // SAFETY: as above.
    unsafe { *libc::__errno_location() = errno };
    if !ours {
        pass_on(signal, info, context, fault.is_some());
    }
}

/// Marks the mapping around `address` as faulted and puts zero pages in its place.
fn cover_with_zeros(address: usize) -> bool {
    for slot in &REGISTRY {
        let Some((start, end)) = slot.range_around(address) else {
            continue;
        };
        // First, so that a reader who sees the zeros also sees the mark.
        slot.faulted.store(true, Ordering::SeqCst);
        let Some(length) = end.checked_sub(start) else {
            return false;
        };
        // SAFETY: the thread that faulted is inside `Mapping::copy` and so keeps this mapping, which is the only
        // thing in the range; all its users expect the pages to change. Its owner unmaps the range as before.
        let pages = unsafe {
            libc::mmap(
                ptr::without_provenance_mut(start),
                length,
                libc::PROT_READ,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        return pages != libc::MAP_FAILED;
    }
    false
}

/// What would have happened without us.
fn pass_on(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void, is_fault: bool) {
    let previous = PREVIOUS.get().copied().unwrap_or_else(default_action);
    let number = previous.sa_sigaction;
    if number == libc::SIG_IGN && !is_fault {
        return;
    }
    if number == libc::SIG_DFL || number == libc::SIG_IGN {
        let default = default_action();
        // SAFETY: the structure is complete. The faulting instruction runs again after the return and ends the
        // process (a fault cannot be ignored); a signal that was sent is sent again, and waits for the return.
        unsafe {
            libc::sigaction(signal, &raw const default, ptr::null_mut());
            if !is_fault {
                libc::raise(signal);
            }
        }
        return;
    }
    let handler = Handler { number };
    // SAFETY: `number` is neither of the two constants, so it is a function that was registered for this signal, of
    // the type that the flag says.
    unsafe {
        if previous.sa_flags & libc::SA_SIGINFO != 0 {
            (handler.with_info)(signal, info, context);
        } else {
            (handler.plain)(signal);
        }
    }
}

#[cfg(test)]
#[path = "mapped_tests.rs"]
mod tests;
