//! Every place that a search may begin at, and what is found from there.

use crate::support::{Evidence, base_block};
use hivekey_evidence::SourceKind;

fn windows_10() -> Evidence {
    Evidence::new()
        .hives(&[
            "Windows/System32/config/SOFTWARE",
            "Windows/System32/config/SYSTEM",
            "Windows/ServiceProfiles/NetworkService/NTUSER.DAT",
        ])
        .logs(&["Windows/System32/config/SOFTWARE.LOG1"])
        .file("Windows/System32/config/SOFTWARE.LOG2", "")
        .file("Windows/System32/config/RegBack/SOFTWARE", "")
        .file("Windows/System32/config/RegBack/SYSTEM", "")
        .file("Windows/System32/config/netlogon.dnb", "text")
        .file("Windows/System32/spp/tokens/pkeyconfig/pkeyconfig.xrm-ms", "<x/>")
        .file("Windows/System32/spp/tokens/pkeyconfig/pkeyconfig-csvlk.xrm-ms", "<y/>!")
        .file("Windows/System32/spp/store/2.0/tokens.dat", "t")
        .file("Windows/System32/spp/store/2.0/data.dat", "dd")
        .file("Windows/Panther/unattend.xml", "<unattend/>")
        .file("Windows/explorer.exe", "MZ")
        .folder("Program Files/Common Files")
        .folder("Users/somebody/Desktop")
}

const WINDOWS_10: &str = "\
Windows at \"Windows\", hives in \"Windows/System32/config\"
  Live Hive Windows/System32/config/SOFTWARE 4096 + SOFTWARE.LOG1 512 + SOFTWARE.LOG2 0
  Live Hive Windows/System32/config/SYSTEM 4096
  RegBack Empty Windows/System32/config/RegBack/SOFTWARE 0
  RegBack Empty Windows/System32/config/RegBack/SYSTEM 0
  NetworkService Hive Windows/ServiceProfiles/NetworkService/NTUSER.DAT 4096
  PkeyConfig Windows/System32/spp/tokens/pkeyconfig/pkeyconfig.xrm-ms 4
  PkeyConfigCsvlk Windows/System32/spp/tokens/pkeyconfig/pkeyconfig-csvlk.xrm-ms 5
  TokensDat Windows/System32/spp/store/2.0/tokens.dat 1
  DataDat Windows/System32/spp/store/2.0/data.dat 2
  Unattend Windows/Panther/unattend.xml 11
";

#[test]
fn the_root_of_a_volume() {
    let evidence = windows_10();
    assert_eq!(evidence.open("").kind, SourceKind::Directory);
    assert_eq!(evidence.outline(""), WINDOWS_10);
}

#[test]
fn a_windows_folder() {
    let expected =
        WINDOWS_10.replace("at \"Windows\"", "at \"\"").replace(" Windows/", " ").replace("\"Windows/", "\"");
    assert_eq!(windows_10().outline("Windows"), expected);
}

#[test]
fn a_config_folder() {
    assert_eq!(
        windows_10().outline("Windows/System32/config"),
        "\
Config at \"\", hives in \"\"
  Live Hive SOFTWARE 4096 + SOFTWARE.LOG1 512 + SOFTWARE.LOG2 0
  Live Hive SYSTEM 4096
  RegBack Empty RegBack/SOFTWARE 0
  RegBack Empty RegBack/SYSTEM 0
"
    );
}

#[test]
fn the_system32_folder() {
    let text = windows_10().outline("Windows/System32");
    assert!(text.starts_with("Config at \"config\", hives in \"config\"\n"), "{text}");
    assert_eq!(text.matches("at \"").count(), 1, "{text}");
}

#[test]
fn a_single_hive_with_its_logs() {
    let evidence = windows_10();
    let path = "Windows/System32/config/SOFTWARE";
    assert_eq!(evidence.open(path).kind, SourceKind::Hive);
    assert_eq!(
        evidence.outline(path),
        "\
SingleHive at \"\", hives in \"\"
  Live Hive SOFTWARE 4096 + SOFTWARE.LOG1 512 + SOFTWARE.LOG2 0
"
    );
}

#[test]
fn a_hive_is_told_by_its_content_and_not_by_its_name() {
    let evidence = Evidence::new().hives(&["notes.txt"]).logs(&["notes.txt.LOG2"]);
    assert_eq!(
        evidence.outline("notes.txt"),
        "\
SingleHive at \"\", hives in \"\"
  Live Hive notes.txt 4096 + notes.txt.LOG2 512
"
    );
    assert_eq!(
        evidence.outline(""),
        "\
LooseHives at \"\", hives in \"\", loose
  Live Hive notes.txt 4096 + notes.txt.LOG2 512
"
    );
}

#[test]
fn odd_case_on_a_mount_that_minds_it() {
    let evidence = Evidence::new()
        .hives(&["windows/SYSTEM32/Config/software", "windows/SYSTEM32/Config/regback/Software"])
        .logs(&["windows/SYSTEM32/Config/Software.log1"]);
    assert_eq!(
        evidence.outline(""),
        "\
Windows at \"windows\", hives in \"windows/SYSTEM32/Config\"
  Live Hive windows/SYSTEM32/Config/software 4096 + Software.log1 512
  RegBack Hive windows/SYSTEM32/Config/regback/Software 4096
"
    );
}

#[test]
fn names_that_differ_only_by_case() {
    let evidence = Evidence::new()
        .hives(&[
            "Windows/System32/config/SOFTWARE",
            "Windows/System32/config/software",
            "Windows/system32/config/SYSTEM",
            "WINDOWS/System32/config/SOFTWARE",
        ])
        .logs(&["Windows/System32/config/software.LOG1"]);
    assert_eq!(
        evidence.outline(""),
        "\
Windows at \"WINDOWS\", hives in \"WINDOWS/System32/config\"
  Live Hive WINDOWS/System32/config/SOFTWARE 4096
Windows at \"Windows\", hives in \"Windows/System32/config\"
  Live Hive Windows/System32/config/SOFTWARE 4096
  Live Hive Windows/System32/config/software 4096 + software.LOG1 512
Windows at \"Windows\", hives in \"Windows/system32/config\"
  Live Hive Windows/system32/config/SYSTEM 4096
! same-name-but-case: Windows: differs only by case from WINDOWS; both were looked at
! same-name-but-case: Windows/System32/config/software: differs only by case from Windows/System32/config/SOFTWARE; both were looked at
! same-name-but-case: Windows/system32: differs only by case from Windows/System32; both were looked at
"
    );
}

#[test]
fn xp_with_repair_and_saved_hives() {
    let evidence = Evidence::new()
        .hives(&[
            "WINNT/system32/config/SOFTWARE",
            "WINNT/system32/config/software.sav",
            "WINNT/system32/config/system",
            "WINNT/repair/software",
            "WINNT/repair/ntuser.dat",
        ])
        .file("WINNT/system32/config/software.LOG", &base_block(1)[..1024])
        .file("WINNT/system32/config/SysEvent.Evt", "\x30\0\0\0LfLe");
    assert_eq!(
        evidence.outline(""),
        "\
Windows at \"WINNT\", hives in \"WINNT/system32/config\"
  Live Hive WINNT/system32/config/SOFTWARE 4096 + software.LOG 1024
  Live Hive WINNT/system32/config/system 4096
  Beside Hive WINNT/system32/config/software.sav 4096
  Repair Hive WINNT/repair/ntuser.dat 4096
  Repair Hive WINNT/repair/software 4096
"
    );
}

#[test]
fn vista_keeps_its_tables_elsewhere() {
    let text = Evidence::new()
        .hives(&["Windows/System32/config/SOFTWARE"])
        .file("Windows/System32/licensing/pkeyconfig/pkeyconfig.xrm-ms", "<x/>")
        .outline("");
    assert!(text.contains("PkeyConfig Windows/System32/licensing/pkeyconfig/pkeyconfig.xrm-ms 4"));
}

#[test]
fn earlier_installations_on_the_same_volume() {
    let evidence = Evidence::new().hives(&[
        "Windows/System32/config/SOFTWARE",
        "Windows.old/Windows/System32/config/SOFTWARE",
        "Windows.old.000/WINDOWS/System32/config/SOFTWARE",
        "$WINDOWS.~BT/NewOS/Windows/System32/config/SOFTWARE",
        "old-disk/C/Windows.1/System32/config/SOFTWARE",
    ]);
    assert_eq!(
        evidence.outline(""),
        "\
SetupFolder at \"$WINDOWS.~BT/NewOS/Windows\", hives in \"$WINDOWS.~BT/NewOS/Windows/System32/config\"
  Live Hive $WINDOWS.~BT/NewOS/Windows/System32/config/SOFTWARE 4096
Windows at \"Windows\", hives in \"Windows/System32/config\"
  Live Hive Windows/System32/config/SOFTWARE 4096
WindowsOld at \"Windows.old/Windows\", hives in \"Windows.old/Windows/System32/config\"
  Live Hive Windows.old/Windows/System32/config/SOFTWARE 4096
WindowsOld at \"Windows.old.000/WINDOWS\", hives in \"Windows.old.000/WINDOWS/System32/config\"
  Live Hive Windows.old.000/WINDOWS/System32/config/SOFTWARE 4096
Windows at \"old-disk/C/Windows.1\", hives in \"old-disk/C/Windows.1/System32/config\"
  Live Hive old-disk/C/Windows.1/System32/config/SOFTWARE 4096
"
    );
    let text = evidence.outline("Windows.old");
    assert!(text.starts_with("WindowsOld at \"Windows\""), "{text}");
}

#[test]
fn several_backups_and_triage_collections() {
    let evidence = Evidence::new().hives(&[
        "2024/server1/Windows/System32/config/SOFTWARE",
        "2024/server2/C/Windows/System32/config/SOFTWARE",
        "triage/uploads/auto/C%3A/Windows/System32/config/SOFTWARE",
        "loose/W10-22H2-Pro.SOFTWARE",
        "loose/W11-23H2-Pro.SOFTWARE",
        "pair/SOFTWARE",
        "pair/SYSTEM",
    ]);
    assert_eq!(
        evidence.outline(""),
        "\
Windows at \"2024/server1/Windows\", hives in \"2024/server1/Windows/System32/config\"
  Live Hive 2024/server1/Windows/System32/config/SOFTWARE 4096
Windows at \"2024/server2/C/Windows\", hives in \"2024/server2/C/Windows/System32/config\"
  Live Hive 2024/server2/C/Windows/System32/config/SOFTWARE 4096
LooseHives at \"loose\", hives in \"loose\", loose
  Live Hive loose/W10-22H2-Pro.SOFTWARE 4096
  Live Hive loose/W11-23H2-Pro.SOFTWARE 4096
Config at \"pair\", hives in \"pair\"
  Live Hive pair/SOFTWARE 4096
  Live Hive pair/SYSTEM 4096
Windows at \"triage/uploads/auto/C%3A/Windows\", hives in \"triage/uploads/auto/C%3A/Windows/System32/config\"
  Live Hive triage/uploads/auto/C%3A/Windows/System32/config/SOFTWARE 4096
"
    );
}

#[test]
fn backups_beside_the_hives_of_another() {
    let text =
        Evidence::new().hives(&["SOFTWARE", "SYSTEM", "pc2/SOFTWARE", "RegBack/SOFTWARE", "TxR/SOFTWARE"]).outline("");
    assert_eq!(
        text,
        "\
Config at \"\", hives in \"\"
  Live Hive SOFTWARE 4096
  Live Hive SYSTEM 4096
  RegBack Hive RegBack/SOFTWARE 4096
Config at \"pc2\", hives in \"pc2\"
  Live Hive pc2/SOFTWARE 4096
"
    );
}

#[test]
fn a_copy_folder_of_its_own() {
    let evidence = Evidence::new().hives(&["RegBack/SOFTWARE", "repair/software"]);
    assert!(evidence.outline("RegBack").contains("RegBack Hive SOFTWARE"));
    assert!(evidence.outline("repair").contains("Repair Hive software"));
}

#[test]
fn a_named_config_folder_with_more_in_it() {
    let text = Evidence::new().hives(&["config/SOFTWARE", "config/SOFTWARE.bak"]).outline("config");
    assert_eq!(
        text,
        "\
Config at \"\", hives in \"\"
  Live Hive SOFTWARE 4096
  Beside Hive SOFTWARE.bak 4096
"
    );
}

#[test]
fn files_that_are_named_like_hives_but_are_none() {
    let evidence = Evidence::new()
        .file("Windows/System32/config/SOFTWARE", "")
        .file("Windows/System32/config/SYSTEM", "not a hive")
        .file("Windows/System32/config/SAM", "CREG\0\0\x01\0")
        .file("Windows/System32/config/SECURITY", base_block(6))
        .file("Windows/System32/config/COMPONENTS", "not a hive");
    assert_eq!(
        evidence.outline(""),
        "\
Windows at \"Windows\", hives in \"Windows/System32/config\"
  Live Windows9x Windows/System32/config/SAM 8
  Live Log Windows/System32/config/SECURITY 4096
  Live Empty Windows/System32/config/SOFTWARE 0
  Live Other Windows/System32/config/SYSTEM 10
"
    );
    // At the start and in Windows' own folders they are handed up; on the way they are just files.
    let evidence = Evidence::new().file("a/SOFTWARE", "not a hive").file("b/system", "");
    assert_eq!(evidence.outline(""), "");
    assert!(evidence.outline("a").contains("Live Other SOFTWARE 10"));
}

#[test]
fn logs_are_never_hives_and_hives_are_never_logs() {
    let evidence = Evidence::new()
        .hives(&["SOFTWARE", "DEFAULT.LOG1"])
        .logs(&["SYSTEM.LOG1", "SOFTWARE.LOG", "copy-of-a-log", "BBI.LOG1"])
        .file("SOFTWARE.LOG1", "zeroed or torn");
    assert_eq!(
        evidence.outline(""),
        "\
LooseHives at \"\", hives in \"\", loose
  Live Hive DEFAULT.LOG1 4096
  Live Hive SOFTWARE 4096 + SOFTWARE.LOG 512 + SOFTWARE.LOG1 14
! log-without-hive: SYSTEM.LOG1: a transaction log, but its hive is not there
"
    );
}

#[test]
fn a_windows_folder_without_hives() {
    let evidence = Evidence::new().file("Windows/System32/config/readme.txt", "gone");
    assert_eq!(evidence.outline(""), "! no-hives: Windows: a Windows folder, but there is no registry hive in it\n");
    assert_eq!(evidence.outline("Windows"), "! no-hives: .: a Windows folder, but there is no registry hive in it\n");
}

#[test]
fn nothing_at_all() {
    let evidence = Evidence::new().folder("empty").file("full/letter.txt", "Dear Sir or Madam");
    assert_eq!(evidence.outline("empty"), "");
    assert_eq!(evidence.outline("full"), "");
}

#[test]
fn images_on_the_way_that_cannot_be_opened_are_named() {
    let mut disk = vec![0; 8192];
    disk[510..512].copy_from_slice(&[0x55, 0xaa]);
    disk[450] = 7;
    let mut fixed_vhd = disk.clone();
    fixed_vhd[7680..7688].copy_from_slice(b"conectix");
    let text = Evidence::new()
        .file("backup.vhdx", "vhdxfile and so on")
        .file("disk.img", &disk)
        .file("disk.vhd", &fixed_vhd)
        .file("documents.zip", "PK\x03\x04")
        .file("image.E01", "EVF\t\r\n\u{0}")
        .outline("");
    assert_eq!(
        text,
        "\
! unreadable: backup.vhdx: no copy of the VHDX header is usable: VHDX header at 0x20000: needs 4096 bytes, has 0
! image-in-folder: disk.img: a raw disk image (MBR); not opened where it lies, give it as a path of its own
! unreadable: disk.vhd: no copy of the VHD footer is usable: VHD footer at 0x1e00: disk type is 0x0, expected 2, 3 or 4
! unreadable: documents.zip: a zip that is cut off at 0x4: its central directory, which stands at its end, is lost
"
    );
}

#[test]
fn hives_of_users_beside_those_of_the_machine() {
    let text = Evidence::new().hives(&["SOFTWARE", "SYSTEM", "NTUSER.DAT", "Amcache.hve"]).outline("");
    assert_eq!(
        text,
        "\
Config at \"\", hives in \"\"
  Live Hive SOFTWARE 4096
  Live Hive SYSTEM 4096
  Beside Hive Amcache.hve 4096
  Beside Hive NTUSER.DAT 4096
"
    );
    let text = Evidence::new().hives(&["NTUSER.DAT"]).outline("");
    assert!(text.starts_with("LooseHives"), "{text}");
}
