//! Tests of the mapping and of its signal handler. What may end the process, or changes the handler or the
//! whole registry, runs in a process of its own: this test program again, with one test chosen.

use std::fs::File;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::*;

/// Three pages and a part, wherever pages have 4 KiB; none of the bytes is zero.
const LENGTH: u32 = 3 * 4096 + 100;

fn content(length: u32) -> Vec<u8> {
    (0..length).map(|i| u8::try_from(i % 251 + 1).unwrap()).collect()
}

fn file_of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn mapped(bytes: &[u8]) -> (File, Mapping) {
    let file = file_of(bytes);
    let mapping = Mapping::new(&file, u64::try_from(bytes.len()).unwrap()).unwrap();
    (file, mapping)
}

/// Runs one test of this program in a process of its own.
fn in_child(test: &str) -> ExitStatus {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("mapped::tests::{test}"), "--nocapture"])
        .env(CHILD, test)
        .output()
        .unwrap();
    println!("{}", String::from_utf8_lossy(&output.stdout));
    println!("{}", String::from_utf8_lossy(&output.stderr));
    output.status
}

const CHILD: &str = "HIVEKEY_EVIDENCE_CHILD";

/// Whether this process is the one that shall run `test`. Then it leaves no core file behind.
fn is_child(test: &str) -> bool {
    let is = std::env::var(CHILD).is_ok_and(|chosen| chosen == test);
    if is {
        let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: a complete structure.
        unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const none) };
    }
    is
}

fn set_action(number: usize, flags: c_int) {
    let mut action = default_action();
    action.sa_sigaction = number;
    action.sa_flags = flags;
    // SAFETY: a complete structure with a handler of the type that the flags say.
    assert_eq!(0, unsafe { libc::sigaction(libc::SIGBUS, &raw const action, ptr::null_mut()) });
}

/// Faults on a mapping that is none of ours.
fn fault_elsewhere() -> u8 {
    let file = file_of(&content(LENGTH));
    let map = MmapOptions::new().map_raw_read_only(&file).unwrap();
    file.set_len(0).unwrap();
    // SAFETY: inside the mapping; the signal that this brings is what the test is about.
    unsafe { map.as_ptr().add(4096).read_volatile() }
}

#[test]
fn reads_what_the_file_holds() {
    let bytes = content(LENGTH);
    let (_file, mapping) = mapped(&bytes);
    for (offset, length) in [(0, 0), (0, 1), (0, bytes.len()), (4095, 2), (bytes.len() - 1, 1), (bytes.len(), 0)] {
        let mut buf = vec![0; length];
        mapping.copy(u64::try_from(offset).unwrap(), &mut buf).unwrap();
        assert_eq!(buf, bytes[offset..offset + length]);
    }
}

#[test]
fn refuses_what_lies_outside() {
    let (_file, mapping) = mapped(&content(LENGTH));
    let end = u64::from(LENGTH);
    for (offset, length) in [(end, 1), (end + 1, 0), (end - 1, 2), (u64::MAX, 1), (u64::MAX, 0), (0, 3 * 4096 + 101)] {
        assert_eq!(mapping.copy(offset, &mut vec![0; length]), Err(Fault));
    }
}

#[test]
fn maps_neither_nothing_nor_too_much() {
    let file = file_of(b"x");
    assert!(Mapping::new(&file, 0).is_none());
    assert!(Mapping::new(&file, u64::MAX).is_none());
    assert!(Mapping::new(&file, u64::MAX / 2).is_none());
}

#[test]
fn a_page_that_is_gone_is_a_fault_for_ever() {
    let (file, mapping) = mapped(&content(LENGTH));
    file.set_len(4096).unwrap();
    assert_eq!(mapping.copy(8192, &mut [0; 16]), Err(Fault));
    assert_eq!(mapping.copy(0, &mut [0; 16]), Err(Fault));
    file.set_len(u64::from(LENGTH)).unwrap();
    assert_eq!(mapping.copy(0, &mut [0; 16]), Err(Fault));
}

#[test]
fn a_fault_in_the_middle_of_a_copy() {
    let (file, mapping) = mapped(&content(LENGTH));
    file.set_len(4096).unwrap();
    let mut buf = content(LENGTH);
    assert_eq!(mapping.copy(0, &mut buf), Err(Fault));
}

#[test]
fn one_fault_does_not_touch_other_mappings() {
    let bytes = content(LENGTH);
    let (_before, first) = mapped(&bytes);
    let (file, broken) = mapped(&bytes);
    let (_after, last) = mapped(&bytes);
    file.set_len(0).unwrap();
    assert_eq!(broken.copy(0, &mut [0; 1]), Err(Fault));
    for mapping in [first, last] {
        let mut buf = vec![0; bytes.len()];
        mapping.copy(0, &mut buf).unwrap();
        assert_eq!(buf, bytes);
    }
}

#[test]
fn errno_survives_a_fault() {
    let (file, mapping) = mapped(&content(LENGTH));
    file.set_len(0).unwrap();
    // SAFETY: this thread's own.
    unsafe { *libc::__errno_location() = 42 };
    assert_eq!(mapping.copy(0, &mut [0; 1]), Err(Fault));
    // SAFETY: as above.
    assert_eq!(unsafe { *libc::__errno_location() }, 42);
}

/// Threads that read while the file loses its end: each read gives the true bytes or fails.
#[test]
fn threads_never_see_zeros() {
    let bytes = content(64 * 4096);
    for _ in 0..50 {
        let (file, mapping) = mapped(&bytes);
        let cut = AtomicBool::new(false);
        let faults = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for thread in 0..4usize {
                let (mapping, cut, faults, bytes) = (&mapping, &cut, &faults, &bytes);
                scope.spawn(move || {
                    let mut buf = vec![0; 4096];
                    for page in (0..64).cycle().skip(thread * 16) {
                        // Once the file was cut, the reads before the next look may still succeed.
                        let last_round = cut.load(Ordering::SeqCst) && page == 63;
                        match mapping.copy(page * 4096, &mut buf) {
                            Ok(()) => {
                                let start = usize::try_from(page * 4096).unwrap();
                                assert_eq!(buf, bytes[start..start + 4096]);
                            }
                            Err(Fault) => {
                                faults.fetch_add(1, Ordering::SeqCst);
                                break;
                            }
                        }
                        assert!(!last_round, "the cut was not noticed");
                    }
                });
            }
            file.set_len(32 * 4096).unwrap();
            cut.store(true, Ordering::SeqCst);
        });
        assert_eq!(faults.into_inner(), 4);
    }
}

/// More mappings one after the other than there are slots: each drop gives its slot back.
#[test]
fn a_dropped_mapping_frees_its_slot() {
    let file = file_of(b"regf");
    for _ in 0..3 * SLOTS {
        assert!(Mapping::new(&file, 4).is_some());
    }
}

#[test]
fn a_full_registry_maps_no_more() {
    if !is_child("a_full_registry_maps_no_more") {
        assert!(in_child("a_full_registry_maps_no_more").success());
        return;
    }
    let file = file_of(b"regf");
    let mut held: Vec<_> = (0..SLOTS).map(|_| Mapping::new(&file, 4).unwrap()).collect();
    assert!(Mapping::new(&file, 4).is_none());
    let mut buf = [0; 4];
    held.last().unwrap().copy(0, &mut buf).unwrap();
    assert_eq!(&buf, b"regf");
    held.pop();
    assert!(Mapping::new(&file, 4).is_some());
}

#[test]
fn a_fault_elsewhere_still_ends_the_process() {
    if !is_child("a_fault_elsewhere_still_ends_the_process") {
        let status = in_child("a_fault_elsewhere_still_ends_the_process");
        assert_eq!(status.signal(), Some(libc::SIGBUS));
        return;
    }
    let (_file, _mapping) = mapped(&content(LENGTH));
    fault_elsewhere();
}

#[test]
fn a_fault_elsewhere_ends_it_without_an_earlier_handler_too() {
    if !is_child("a_fault_elsewhere_ends_it_without_an_earlier_handler_too") {
        let status = in_child("a_fault_elsewhere_ends_it_without_an_earlier_handler_too");
        assert_eq!(status.signal(), Some(libc::SIGBUS));
        return;
    }
    set_action(libc::SIG_IGN, 0);
    let (_file, _mapping) = mapped(&content(LENGTH));
    fault_elsewhere();
}

#[test]
fn a_signal_that_was_sent_keeps_its_default() {
    if !is_child("a_signal_that_was_sent_keeps_its_default") {
        let status = in_child("a_signal_that_was_sent_keeps_its_default");
        assert_eq!(status.signal(), Some(libc::SIGBUS));
        return;
    }
    set_action(libc::SIG_DFL, 0);
    let (_file, _mapping) = mapped(&content(LENGTH));
    // SAFETY: only sends a signal.
    unsafe { libc::raise(libc::SIGBUS) };
}

#[test]
fn a_signal_that_was_ignored_stays_ignored() {
    if !is_child("a_signal_that_was_ignored_stays_ignored") {
        assert!(in_child("a_signal_that_was_ignored_stays_ignored").success());
        return;
    }
    set_action(libc::SIG_IGN, 0);
    let (file, mapping) = mapped(&content(LENGTH));
    // SAFETY: only sends a signal.
    unsafe { libc::raise(libc::SIGBUS) };
    file.set_len(0).unwrap();
    assert_eq!(mapping.copy(0, &mut [0; 1]), Err(Fault));
}

/// Exits at once: the only way out of a fault for a handler that repairs nothing.
extern "C" fn exit_43(_: c_int, info: *mut libc::siginfo_t, _: *mut c_void) {
    // SAFETY: `_exit` may be called here; the structure is the kernel's.
    unsafe { libc::_exit(if (*info).si_signo == libc::SIGBUS { 43 } else { 1 }) }
}

extern "C" fn exit_44(_: c_int) {
    // SAFETY: `_exit` may be called here.
    unsafe { libc::_exit(44) }
}

#[test]
fn an_earlier_handler_gets_the_faults_that_are_not_ours() {
    if !is_child("an_earlier_handler_gets_the_faults_that_are_not_ours") {
        let status = in_child("an_earlier_handler_gets_the_faults_that_are_not_ours");
        assert_eq!(status.code(), Some(43));
        return;
    }
    // SAFETY: every bit pattern is a number.
    let number = unsafe { Handler { with_info: exit_43 }.number };
    set_action(number, libc::SA_SIGINFO);
    let (file, mapping) = mapped(&content(LENGTH));
    file.set_len(0).unwrap();
    assert_eq!(mapping.copy(0, &mut [0; 1]), Err(Fault));
    fault_elsewhere();
}

#[test]
fn an_earlier_plain_handler_is_called_as_one() {
    if !is_child("an_earlier_plain_handler_is_called_as_one") {
        let status = in_child("an_earlier_plain_handler_is_called_as_one");
        assert_eq!(status.code(), Some(44));
        return;
    }
    // SAFETY: every bit pattern is a number.
    let number = unsafe { Handler { plain: exit_44 }.number };
    set_action(number, 0);
    let (_file, _mapping) = mapped(&content(LENGTH));
    fault_elsewhere();
}

#[test]
fn nothing_is_mapped_when_somebody_else_took_the_signal() {
    if !is_child("nothing_is_mapped_when_somebody_else_took_the_signal") {
        assert!(in_child("nothing_is_mapped_when_somebody_else_took_the_signal").success());
        return;
    }
    let (file, _mapping) = mapped(&content(LENGTH));
    set_action(libc::SIG_DFL, 0);
    assert!(Mapping::new(&file, 4).is_none());
}
