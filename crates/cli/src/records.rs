//! Records that end in a line feed or a NUL byte, read one by one and bounded in length.

use std::io::{self, BufRead, Read as _};

/// Longest record that is given, with its delimiter. The longest path of Linux has 4096 bytes, the longest blob 2544 hex
/// digits.
const LONGEST: u64 = 64 << 10;

/// What stands at the place of a record.
#[derive(Debug, PartialEq, Eq)]
pub enum Record {
    /// The bytes are in the buffer.
    Read,
    /// It was longer than any record may be, and was passed over.
    TooLong,
    /// There is none.
    End,
}

/// Reads up to the next `delimiter`, which is not given, into `buffer`.
///
/// # Errors
///
/// Those of the reader.
pub fn next(reader: &mut impl BufRead, delimiter: u8, buffer: &mut Vec<u8>) -> io::Result<Record> {
    buffer.clear();
    let read = reader.by_ref().take(LONGEST).read_until(delimiter, buffer)?;
    if read == 0 {
        return Ok(Record::End);
    }
    if buffer.pop_if(|last| *last == delimiter).is_some() {
        return Ok(Record::Read);
    }
    if u64::try_from(read).is_ok_and(|read| read < LONGEST) {
        // The last one, without a delimiter.
        return Ok(Record::Read);
    }
    reader.skip_until(delimiter)?;
    Ok(Record::TooLong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn all(text: &[u8], capacity: usize) -> Vec<(Record, Vec<u8>)> {
        let mut reader = BufReader::with_capacity(capacity, text);
        let mut found = Vec::new();
        loop {
            let mut buffer = Vec::new();
            match next(&mut reader, b'\n', &mut buffer).unwrap() {
                Record::End => return found,
                record => found.push((record, buffer)),
            }
        }
    }

    #[test]
    fn records_are_split_whatever_the_buffer() {
        for capacity in [1, 2, 3, 64] {
            let found = all(b"one\n\ntwo\nlast", capacity);
            let texts: Vec<&[u8]> = found.iter().map(|(_, text)| text.as_slice()).collect();
            assert_eq!(texts, [&b"one"[..], b"", b"two", b"last"]);
        }
        assert!(all(b"", 8).is_empty());
    }

    #[test]
    fn an_endless_line_is_passed_over() {
        let mut text = vec![b'x'; 65_536];
        text.extend_from_slice(b"\nnext\n");
        let found = all(&text, 4096);
        assert_eq!(found[0].0, Record::TooLong);
        assert_eq!(found[1], (Record::Read, b"next".to_vec()));
    }
}
