//! Marks in comments by which a file is split into up and down.

use crate::formats::sql::Script;

/// By statement: whether the last mark before it says up. Before any mark nothing runs when it is applied, if there is one.
pub(super) fn directions(text: &[u8], script: &Script) -> Vec<bool> {
    let marks: Vec<(usize, bool)> =
        script.marks.iter().filter_map(|span| Some((span.start, direction(span.slice(text))?))).collect();
    let up = |start: usize| {
        let before = marks.partition_point(|(at, _)| *at < start);
        before.checked_sub(1).map_or(marks.is_empty(), |at| marks[at].1)
    };
    script.statements.iter().map(|statement| up(statement.span().start)).collect()
}

/// The direction that a comment marks.
fn direction(comment: &[u8]) -> Option<bool> {
    let words: Vec<&[u8]> = comment.get(2..)?.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
    let is = |word: &[u8], text: &str| word.eq_ignore_ascii_case(text.as_bytes());
    match words.as_slice() {
        [tool, way, ..] if is(tool, "+goose") || is(tool, "+migrate") => {
            if is(way, "up") {
                Some(true)
            } else {
                is(way, "down").then_some(false)
            }
        }
        [mark, ..] if is(mark, "migrate:up") => Some(true),
        [mark, ..] if is(mark, "migrate:down") => Some(false),
        _ => None,
    }
}

/// Whether a line comment says that.
pub(super) fn says(text: &[u8], mark: &[u8]) -> bool {
    let holds = |line: &[u8]| {
        let line = line.trim_ascii_start();
        line.starts_with(b"--") && line.windows(mark.len()).any(|part| part.eq_ignore_ascii_case(mark))
    };
    text.split(|byte| *byte == b'\n').any(holds)
}
