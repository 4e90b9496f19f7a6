//! Records that end in a line feed or a NUL byte, read one by one and bounded in length.

use std::io::{self, BufRead};

/// Longest record that is given. The longest path of Linux has 4096 bytes, the longest blob 2544 hex digits.
const LONGEST: usize = 64 << 10;

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
    let mut too_long = false;
    let mut any = false;
    loop {
        let available = match reader.fill_buf() {
            Ok(available) => available,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let part = available.split(|byte| *byte == delimiter).next().unwrap_or_default();
        let ended = part.len() < available.len();
        let at_end = available.is_empty();
        any |= !at_end;
        too_long |= buffer.len().saturating_add(part.len()) > LONGEST;
        if !too_long {
            buffer.extend_from_slice(part);
        }
        let consumed = part.len().saturating_add(usize::from(ended));
        reader.consume(consumed);
        if ended || at_end {
            return Ok(match (any, too_long) {
                (false, _) => Record::End,
                (true, true) => Record::TooLong,
                (true, false) => Record::Read,
            });
        }
    }
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
        let mut text = vec![b'x'; LONGEST + 1];
        text.extend_from_slice(b"\nnext\n");
        let found = all(&text, 4096);
        assert_eq!(found[0].0, Record::TooLong);
        assert!(found[0].1.len() <= LONGEST);
        assert_eq!(found[1], (Record::Read, b"next".to_vec()));
    }
}
