//! Dockerfiles: a comment is a whole line, outside of heredocs.

use std::collections::VecDeque;

use super::Comment;
use super::lines::{ends_in_backslash, lines};

/// The comments of a Dockerfile, in order.
pub(super) fn comments(text: &[u8]) -> Vec<Comment> {
    let mut found = Vec::new();
    let mut instruction = Instruction::default();
    for (start, end) in lines(text) {
        let line = &text[start..end];
        if let Some(closing) = instruction.heredocs.front().filter(|_| !instruction.goes_on) {
            if closing.closes(line) {
                instruction.heredocs.pop_front();
            }
            continue;
        }
        let first = line.iter().position(|byte| !byte.is_ascii_whitespace());
        match first.filter(|at| line[*at] == b'#') {
            Some(at) => found.push(Comment::new(start + at, end)),
            None => instruction.read(line),
        }
    }
    found
}

/// The instruction that is being read.
#[derive(Default)]
struct Instruction {
    goes_on: bool,
    takes_heredocs: bool,
    heredocs: VecDeque<Heredoc>,
}

struct Heredoc {
    word: Vec<u8>,
    indented: bool,
}

impl Heredoc {
    fn closes(&self, line: &[u8]) -> bool {
        let line = if self.indented { line.trim_ascii_start() } else { line };
        line.trim_ascii_end() == self.word
    }
}

impl Instruction {
    fn read(&mut self, line: &[u8]) {
        let text = line.trim_ascii();
        if !self.goes_on {
            let word = text.split(|byte| byte.is_ascii_whitespace()).next().unwrap_or_default();
            self.takes_heredocs = [&b"RUN"[..], b"COPY", b"ADD"].iter().any(|known| word.eq_ignore_ascii_case(known));
        }
        if self.takes_heredocs {
            self.heredocs.extend(heredocs(text));
        }
        self.goes_on = ends_in_backslash(text);
    }
}

/// The heredocs that a line opens: `<<WORD`, `<<-"WORD"`. A later one starts behind the end of the one before.
fn heredocs(line: &[u8]) -> Vec<Heredoc> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = line[at..].windows(2).position(|pair| pair == b"<<") {
        at += next + 2;
        let indented = line.get(at) == Some(&b'-');
        at += usize::from(indented);
        let quote = line.get(at).copied().filter(|byte| matches!(byte, b'"' | b'\''));
        at += usize::from(quote.is_some());
        let length = line[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        if length > 0 {
            found.push(Heredoc { word: line[at..at + length].to_vec(), indented });
        }
        at += length;
    }
    found
}
