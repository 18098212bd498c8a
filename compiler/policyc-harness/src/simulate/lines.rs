//! Lines of a trace, read with a bound.
//!
//! A line over the bound is never held: its first bytes are kept, so that whoever judges it sees that it is too long,
//! and the rest is skipped up to its end. What the bytes are (JSON, UTF-8, nothing at all) is not looked at.

use std::io::{self, BufRead};

/// Reads one line after the other.
pub(crate) struct Lines<R> {
    from: R,
    /// Bytes of a line that are kept; a longer line is cut to one byte more.
    cap: usize,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// From the first line on.
    pub(crate) fn new(from: R, cap: usize) -> Self {
        Self { from, cap, number: 0 }
    }

    /// Appends the next line, without its line end, to `into`. Gives its number, from 1, and how many bytes it took
    /// in the input; `None` at the end. What follows the last line end is a line only if it is not empty.
    pub(crate) fn next(&mut self, into: &mut Vec<u8>) -> io::Result<Option<(u64, u64)>> {
        let start = into.len();
        let most = self.cap.saturating_add(1);
        let mut read = 0_u64;
        let mut ended = false;
        while !ended {
            let bytes = match self.from.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if bytes.is_empty() {
                break;
            }
            let line = memchr::memchr(b'\n', bytes).and_then(|at| bytes.get(..at));
            ended = line.is_some();
            let line = line.unwrap_or(bytes);
            let room = most.saturating_sub(into.len().saturating_sub(start));
            into.extend_from_slice(line.get(..room).unwrap_or(line));
            let taken = line.len().saturating_add(usize::from(ended));
            read = read.saturating_add(u64::try_from(taken).unwrap_or(u64::MAX));
            self.from.consume(taken);
        }
        if read == 0 {
            return Ok(None);
        }
        self.number = self.number.saturating_add(1);
        let whole = into.len().saturating_sub(start) < most;
        if ended && whole && into.len() > start && into.last() == Some(&b'\r') {
            into.pop();
        }
        Ok(Some((self.number, read)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8], cap: usize) -> Vec<(u64, Vec<u8>)> {
        let mut reader = Lines::new(io::BufReader::with_capacity(3, bytes), cap);
        let mut out = Vec::new();
        let mut line = Vec::new();
        while let Some((number, _)) = reader.next(&mut line).unwrap() {
            out.push((number, std::mem::take(&mut line)));
        }
        out
    }

    #[test]
    fn line_ends_are_cut_and_an_empty_line_counts() {
        let want = vec![(1, b"a".to_vec()), (2, vec![]), (3, b"b".to_vec())];
        assert_eq!(lines(b"a\n\nb", 8), want);
        assert_eq!(lines(b"a\r\n\r\nb\n", 8), want);
        assert_eq!(lines(b"", 8), vec![]);
        assert_eq!(lines(b"\xff\xfe\n", 8), vec![(1, b"\xff\xfe".to_vec())]);
    }

    #[test]
    fn a_long_line_is_cut_one_byte_past_the_cap_and_the_next_is_whole() {
        assert_eq!(
            lines(b"1234\n12345\n123456789\nx\n", 4),
            vec![(1, b"1234".to_vec()), (2, b"12345".to_vec()), (3, b"12345".to_vec()), (4, b"x".to_vec())]
        );
        assert_eq!(lines(b"123456789", 4), vec![(1, b"12345".to_vec())]);
    }

    /// An endless supply of `[`, as somebody hostile would pipe it.
    struct Endless(u64);

    impl io::Read for Endless {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let n = buf.len().min(usize::try_from(self.0).unwrap());
            buf[..n].fill(b'[');
            self.0 -= n as u64;
            Ok(n)
        }
    }

    #[test]
    fn a_line_of_100_megabytes_is_not_held() {
        let mut reader = Lines::new(io::BufReader::new(Endless(100_000_000)), 1 << 20);
        let mut line = Vec::new();
        assert_eq!(reader.next(&mut line).unwrap(), Some((1, 100_000_000)));
        assert_eq!(line.len(), (1 << 20) + 1);
        assert!(line.capacity() <= 4 << 20, "{}", line.capacity());
        assert_eq!(reader.next(&mut line).unwrap(), None);
    }
}
