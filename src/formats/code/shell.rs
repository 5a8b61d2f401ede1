//! What keeps a shell script from its parser.

use crate::formats::ParseError;

/// Commands of one pipeline. Where such a one is broken, the parser takes time and memory by their square.
const MAX_PIPELINE: usize = 1000;

/// # Errors
/// A pipeline that is too long. What is none (patterns of `case`, strings) counts as one too.
pub(super) fn check(text: &str) -> Result<(), ParseError> {
    let (mut pipes, mut last) = (0, b' ');
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'|' => pipes += 1,
            b';' | b'&' => pipes = 0,
            b'\n' if !matches!(last, b'|' | b'\\') => pipes = 0,
            _ => {}
        }
        if pipes > MAX_PIPELINE {
            return Err(ParseError::new(at, format!("a pipeline of more than {MAX_PIPELINE} commands")));
        }
        if !byte.is_ascii_whitespace() || byte == b'\n' && last != b'|' {
            last = byte;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_goes_on_counts() {
        assert!(check(&"a | b\n".repeat(2000)).is_ok() && check(&"a | b; ".repeat(2000)).is_ok());
        assert!(check(&"a || b && c || ".repeat(2000)).is_ok());
        assert_eq!(check(&"a | ".repeat(2000)).err().map(|error| error.at), Some(4002));
        assert!(check(&"a |\n".repeat(2000)).is_err() && check(&"a \\\n| ".repeat(2000)).is_err());
    }
}
