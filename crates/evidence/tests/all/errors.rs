//! What the user reads when a path is no evidence.

use std::path::Path;

use crate::support::{Evidence, base_block};
use hivekey_evidence::{Options, SourceKind, open_source};

#[test]
fn files_that_are_no_evidence() {
    let utf16: Vec<u8> =
        "\u{feff}Windows Registry Editor Version 5.00\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let evidence = Evidence::new()
        .file("empty", "")
        .file("zeros", [0; 10_000])
        .file("letter", "Dear Sir or Madam,\nmy key is lost.\n")
        .file("umlaut", "\u{fc}".repeat(4000))
        .file("export.reg", utf16)
        .file("SYSTEM.DAT", "CREG\0\0\x01\0")
        .file("SOFTWARE.LOG1", base_block(6))
        .file("old.LOG", base_block(1))
        .file("ls", "\x7fELF\x02\x01\x01")
        .file("noise", [7, 200, 3, 255, 0, 1])
        .file("backup.vhdx", "vhdxfile")
        .file("disk.Ex01", b"EVF2\r\n\x81\0")
        .file("disk.E02", b"EVF\t\r\n\xff\0\x01\x02\0")
        .file("a.zip", "PK\x03\x04")
        .file("a.7z", b"7z\xbc\xaf\x27\x1c")
        .fifo("pipe");
    let expected = [
        ("empty", "empty-file: TMP/empty: the file is empty"),
        (
            "zeros",
            "not-recognised: TMP/zeros: the file begins with zero bytes only, where a hive or a disk image would begin",
        ),
        ("letter", "not-recognised: TMP/letter: a text file, not a registry hive or a disk image"),
        ("umlaut", "not-recognised: TMP/umlaut: a text file, not a registry hive or a disk image"),
        ("export.reg", "registry-export: TMP/export.reg: a registry export (.reg text), not a registry hive"),
        (
            "SYSTEM.DAT",
            "windows-9x-registry: TMP/SYSTEM.DAT: a registry file of Windows 95, 98 or ME (CREG), not a hive of Windows NT or later",
        ),
        (
            "SOFTWARE.LOG1",
            "transaction-log: TMP/SOFTWARE.LOG1: a transaction log of a registry hive; give the hive that lies beside it",
        ),
        (
            "old.LOG",
            "transaction-log: TMP/old.LOG: a transaction log of a registry hive; give the hive that lies beside it",
        ),
        ("ls", "not-recognised: TMP/ls: an ELF program, not a registry hive or a disk image"),
        ("noise", "not-recognised: TMP/noise: neither a registry hive nor a known disk image or archive"),
        (
            "backup.vhdx",
            "image-damaged: TMP/backup.vhdx: no copy of the VHDX header is usable: VHDX header at 0x20000: needs 4096 bytes, has 0",
        ),
        (
            "disk.Ex01",
            "unsupported-format: TMP/disk.Ex01: recognised as an EnCase 7 (Ex01) disk image, which is not supported yet",
        ),
        (
            "disk.E02",
            "image-part-missing: TMP/disk.E02: a later segment of an EnCase (E01) disk image, which is not read: give its first segment (.E01)",
        ),
        (
            "a.zip",
            "archive-damaged: TMP/a.zip: a zip that is cut off at 0x4: its central directory, which stands at its end, is lost",
        ),
        ("a.7z", "archive-damaged: TMP/a.7z: breaks off before its end; the rest is lost"),
        ("pipe", "not-a-file: TMP/pipe: is a FIFO; only regular files and folders are read"),
        ("missing", "not-found: TMP/missing: cannot look at it: No such file or directory (os error 2)"),
    ];
    for (name, text) in expected {
        assert_eq!(evidence.error(name), text);
    }
}

#[test]
fn a_device_is_not_opened() {
    let error = open_source(Path::new("/dev/zero"), &Options::default()).unwrap_err();
    assert_eq!(error.to_string(), "/dev/zero: is a character device; only regular files and folders are read");
}

#[test]
fn a_hive_with_nothing_but_its_first_bytes_is_a_hive() {
    let evidence = Evidence::new().file("torn", "regf");
    assert_eq!(evidence.open("torn").kind, SourceKind::Hive);
}

#[test]
fn a_path_that_ends_in_a_circle() {
    let evidence = Evidence::new().link("circle", "circle");
    assert_eq!(
        evidence.error("circle"),
        "io-error: TMP/circle: cannot look at it: Too many levels of symbolic links (os error 40)"
    );
}

#[test]
fn kinds_have_the_names_of_the_contract() {
    let kinds = [
        (SourceKind::Hive, "hive"),
        (SourceKind::Directory, "directory"),
        (SourceKind::Ewf, "ewf"),
        (SourceKind::SevenZip, "7z"),
    ];
    for (kind, name) in kinds {
        assert_eq!(kind.to_string(), name);
    }
}
