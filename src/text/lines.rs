//! Lines and columns of byte offsets.

/// Where a byte stands: lines and columns count from 1, columns count Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    pub byte: usize,
    pub line: usize,
    pub column: usize,
}

/// Bytes between two counted places of a text.
const STRIDE: usize = 512;

/// The lines of one text, and enough counts to tell a column in constant time, however long the line is.
///
/// A line ends behind `\n`, or behind a `\r` that no `\n` follows. A byte order mark has no column.
#[derive(Debug)]
pub struct LineIndex {
    starts: Vec<usize>,
    /// Scalar values before byte `n * STRIDE`.
    counts: Vec<usize>,
    bom: bool,
}

impl LineIndex {
    pub fn new(text: &[u8]) -> Self {
        let mut starts = vec![0];
        let breaks = memchr::memchr2_iter(b'\n', b'\r', text);
        starts.extend(breaks.filter(|at| text[*at] == b'\n' || text.get(at + 1) != Some(&b'\n')).map(|at| at + 1));
        let mut counts = Vec::with_capacity(text.len() / STRIDE + 1);
        let mut count = 0;
        for chunk in text.chunks(STRIDE) {
            counts.push(count);
            count += scalars(chunk);
        }
        LineIndex { starts, counts, bom: text.starts_with(b"\xEF\xBB\xBF") }
    }

    /// The place of `byte`, at most the end of `text`, which must be the text that the index was made of.
    pub fn position(&self, text: &[u8], byte: usize) -> Position {
        let byte = byte.min(text.len());
        let line = self.starts.partition_point(|start| *start <= byte) - 1;
        let start = self.starts[line];
        let mark = usize::from(self.bom && line == 0 && byte >= 3);
        Position { byte, line: line + 1, column: self.before(text, byte) - self.before(text, start) - mark + 1 }
    }

    /// The byte at which `line` (from 1) starts; the last line's start where there are fewer.
    pub fn line_start(&self, line: usize) -> usize {
        self.starts[line.clamp(1, self.starts.len()) - 1]
    }

    /// The number of lines; text that ends in a line break has an empty last one.
    pub fn lines(&self) -> usize {
        self.starts.len()
    }

    fn before(&self, text: &[u8], byte: usize) -> usize {
        let chunk = byte / STRIDE;
        match self.counts.get(chunk) {
            Some(count) => count + scalars(&text[chunk * STRIDE..byte]),
            None => self.counts.last().map_or(0, |count| count + scalars(&text[(self.counts.len() - 1) * STRIDE..byte])),
        }
    }
}

/// Bytes that start a scalar value of UTF-8.
fn scalars(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| (**byte as i8) >= -0x40).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, byte: usize) -> (usize, usize) {
        let position = LineIndex::new(text.as_bytes()).position(text.as_bytes(), byte);
        (position.line, position.column)
    }

    #[test]
    fn lines_end_at_every_kind_of_break() {
        assert_eq!(at("a\nb", 2), (2, 1));
        assert_eq!(at("a\r\nb", 3), (2, 1));
        assert_eq!(at("a\rb", 2), (2, 1));
        assert_eq!(at("", 0), (1, 1));
        assert_eq!(at("a\n", 9), (2, 1));
    }

    #[test]
    fn columns_count_scalar_values_and_no_byte_order_mark() {
        assert_eq!(at("äö x", 5), (1, 4));
        assert_eq!(at("\u{feff}ab", 4), (1, 2));
        let long = "ü".repeat(3 * STRIDE);
        assert_eq!(at(&long, 4 * STRIDE), (1, 2 * STRIDE + 1));
        assert_eq!(at(&long, long.len()), (1, 3 * STRIDE + 1));
    }
}
