use proptest::prelude::*;

use super::*;

fn file_with(signature: &Signature) -> Vec<u8> {
    let mut bytes = vec![0x01; 8192];
    let start = match signature.at {
        At::Start(offset) => offset,
        At::End(distance) => bytes.len() - usize::try_from(distance).unwrap(),
    };
    bytes[start..start + signature.bytes.len()].copy_from_slice(signature.bytes);
    bytes
}

#[test]
fn every_row_is_told() {
    for signature in SIGNATURES {
        let found = identify(&file_with(signature)).unwrap();
        assert_eq!(found, signature.means);
    }
}

#[test]
fn every_row_fits_into_what_is_read() {
    for signature in SIGNATURES {
        match signature.at {
            At::Start(offset) => assert!(offset + signature.bytes.len() <= HEAD_BYTES),
            At::End(distance) => {
                assert!(signature.bytes.len() <= 32);
                assert!(u64::try_from(signature.bytes.len()).unwrap() <= distance);
            }
        }
    }
}

#[test]
fn a_disk_inside_a_vhd_is_a_vhd() {
    let mut bytes = vec![0; 8192];
    bytes[510..512].copy_from_slice(&[0x55, 0xaa]);
    bytes[450] = 7;
    let raw = identify(&bytes).unwrap();
    assert_eq!(raw.to_string(), "recognised as a raw disk image (MBR), which is not supported yet");
    assert!(may_be_image(&bytes[..512]));
    bytes[7680..7688].copy_from_slice(b"conectix");
    assert_eq!(image_name(identify(&bytes).unwrap()), Some("a VHD disk image"));
}

#[test]
fn a_boot_mark_alone_is_no_disk() {
    let mut bytes = vec![0; 512];
    bytes[510..512].copy_from_slice(&[0x55, 0xaa]);
    assert_eq!(identify(&bytes).unwrap(), LooksLike::Unknown);
    bytes[450] = 7;
    bytes[446] = 0x12;
    assert_eq!(identify(&bytes).unwrap(), LooksLike::Unknown);
}

#[test]
fn transaction_logs_by_their_file_type() {
    for (file_type, is_log) in [(0u32, false), (1, true), (2, true), (3, false), (6, true), (u32::MAX, false)] {
        let mut head = vec![0; 32];
        head[..4].copy_from_slice(b"regf");
        head[28..].copy_from_slice(&file_type.to_le_bytes());
        assert_eq!(is_transaction_log(&head), is_log, "{file_type}");
        assert!(!is_transaction_log(&head[..31]));
    }
}

#[test]
fn archives_on_the_way_are_not_named() {
    assert_eq!(image_name(identify(&b"PK\x03\x04".to_vec()).unwrap()), None);
    assert!(!may_be_image(b"PK\x03\x04"));
    assert!(may_be_image(b"MSWIM\0\0\0"));
}

#[test]
fn what_is_to_be_given_instead() {
    let told = |bytes: &[u8]| identify(&bytes.to_vec()).unwrap();
    let qed = told(b"QED\0\0\0\x01\0");
    assert_eq!(
        (qed.to_string().as_str(), qed.code(), image_name(qed)),
        (
            "a QED disk image, which is not read: make a raw image of it with qemu-img convert -O raw",
            "unsupported-format",
            Some("a QED disk image")
        )
    );
    let xml = b"<?xml version='1.0'?>\n<Parallels_disk_image Version=\"1.0\">\n</Parallels_disk_image>\n";
    assert!(told(xml).to_string().ends_with("give its folder, or the .hds file beside it"));
    // The last piece of a split zip, but not the end of a whole one.
    let end = |disk: u8| [&[9; 100][..], b"PK\x05\x06", &[disk, 0], &[0; 16]].concat();
    assert!(told(&end(1)).to_string().starts_with("a piece of a split zip archive"));
    assert_eq!(told(&end(0)), LooksLike::Unknown);
    assert_eq!(told(&end(1)[..121]), LooksLike::Unknown);
}

#[test]
fn later_pieces_are_told_by_their_name() {
    let told = |name: &str, bytes: &[u8]| identify_file(name, &bytes.to_vec()).unwrap();
    let piece = told("disk.002", &[0; 100]);
    assert_eq!(piece, LooksLike::LaterPiece { number: 2, digits: 3 });
    assert_eq!(
        piece.to_string(),
        "a later piece of a split image (002): give its first piece, the file that ends in .001 or .000"
    );
    assert_eq!(told("disk.02", &[0xFE; 100]), LooksLike::LaterPiece { number: 2, digits: 2 });
    assert_eq!(told("disk.001", &[0; 100]), LooksLike::Zeros);
    assert_eq!(told("notes.002", b"hello"), LooksLike::Text);
}

#[test]
fn text_whose_last_character_is_cut() {
    let mut bytes = vec![b'x'; HEAD_BYTES - 1];
    bytes.extend("\u{20ac}".bytes());
    assert_eq!(identify(&bytes).unwrap(), LooksLike::Text);
    assert_eq!(identify(&b"REGEDIT4\r\n".to_vec()).unwrap(), LooksLike::RegistryExport);
    assert_eq!(identify(&b"\xef\xbb\xbfhello".to_vec()).unwrap(), LooksLike::Text);
    assert_eq!(identify(&b"\xef\xbb\xbf".to_vec()).unwrap(), LooksLike::Unknown);
}

proptest! {
    #[test]
    fn any_bytes_are_something(bytes in prop::collection::vec(any::<u8>(), 0..1024)) {
        let found = identify(&bytes).unwrap();
        prop_assert_eq!(found == LooksLike::Empty, bytes.is_empty());
        prop_assert!(!found.to_string().is_empty());
    }
}
