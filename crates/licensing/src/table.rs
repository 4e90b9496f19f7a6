//! Sorted text tables, searched where they lie.
//!
//! The data files are compiled in as text and never parsed as a whole: a look-up halves the text until it stands at the
//! right line, so that a run pays for the rows that it asks for and nothing at its start.
//!
//! Layout: one header line, then one row a line, fields separated by a tab, rows sorted by their first field, ASCII only,
//! every line ended by `\n`. The data test holds the files to it.

/// A table compiled in as text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table {
    text: &'static str,
}

impl Table {
    /// A table over `text`, header line included.
    pub(crate) const fn new(text: &'static str) -> Self {
        Self { text }
    }

    /// All rows, in file order.
    pub(crate) fn rows(self) -> core::str::Lines<'static> {
        self.body().lines()
    }

    /// The rows from the first one on for which `before` is false.
    ///
    /// `before` must hold for a leading part of the rows and for no other.
    pub(crate) fn rows_from(self, before: impl Fn(&'static str) -> bool) -> core::str::Lines<'static> {
        let body = self.body();
        let (mut low, mut high) = (0, body.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let start = body.get(low..middle).and_then(|part| part.rfind('\n')).map_or(low, |at| low + at + 1);
            let end = body.get(middle..high).and_then(|part| part.find('\n')).map_or(high, |at| middle + at);
            if before(body.get(start..end).unwrap_or_default()) {
                low = end + 1;
            } else {
                high = start;
            }
        }
        body.get(low..).unwrap_or_default().lines()
    }

    fn body(self) -> &'static str {
        self.text.split_once('\n').map_or("", |(_, body)| body)
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    fn first(table: Table, wanted: u32) -> Option<&'static str> {
        table.rows_from(|row| row.parse::<u32>().unwrap() < wanted).next()
    }

    #[test]
    fn finds_the_first_row_not_before_the_wanted_one() {
        let table = Table::new("number\n1\n22\n22\n333\n4444\n");
        for (wanted, found) in [
            (0, Some("1")),
            (1, Some("1")),
            (2, Some("22")),
            (22, Some("22")),
            (23, Some("333")),
            (4444, Some("4444")),
            (4445, None),
            (u32::MAX, None),
        ] {
            assert_eq!(first(table, wanted), found, "{wanted}");
        }
        assert_eq!(table.rows_from(|row| row.parse::<u32>().unwrap() < 22).count(), 4);
        assert_eq!(table.rows().count(), 5);
    }

    #[test]
    fn empty_tables_hold_nothing() {
        assert_eq!(first(Table::new(""), 1), None);
        assert_eq!(first(Table::new("number\n"), 1), None);
    }
}
