//! A call as the languages agree on it: what is called, on what, and with what.

use super::calls;
use super::value::{Absolute, Mark, Value, join};
use super::walk::Walk;
use crate::facts::names::{Callee, call as call_at, plain, string_value, syntax};
use crate::formats::code::Node;

pub(super) struct Given<'t> {
    pub node: Node<'t>,
    pub receiver: Option<Node<'t>>,
    /// The last name of what is called.
    pub name: String,
    /// The last name of the receiver: `Files` of `java.nio.file.Files`; empty where it has none.
    pub class: String,
    pub arguments: Vec<Node<'t>>,
}

impl<'t> Given<'t> {
    pub fn of(walk: &Walk<'t>, node: Node<'t>) -> Option<Self> {
        let call = call_at(node)?;
        let syntax = syntax(node.code());
        let (receiver, name) = match call.callee {
            Callee::Method { receiver, name } => (receiver, name.text().to_owned()),
            Callee::Expression(callee) => match syntax.member(plain(callee)) {
                Some((object, name)) => (Some(object), name),
                None => (None, last_segment(callee.text()).to_owned()),
            },
        };
        let path =
            receiver.filter(|receiver| receiver.span().len() <= 256).map(|receiver| match walk.names.qualified(receiver) {
                Some(qualified) => qualified.path,
                None => receiver.text().to_owned(),
            });
        let class = path.map_or(String::new(), |path| last_segment(&path).to_owned());
        Some(Given { node, receiver, name, class, arguments: call.arguments.iter().map(|given| given.value).collect() })
    }

    pub fn first(&self) -> Option<Node<'t>> {
        self.arguments.first().copied()
    }

    /// The receiver, if any, and the arguments as segments of one path.
    pub fn joined(&self, walk: &mut Walk<'t>, receiver: Option<Node<'t>>, absolute: Absolute) -> Option<Value> {
        let operands = receiver.into_iter().chain(self.arguments.iter().copied());
        let operands = operands.map(|operand| walk.take(operand)).collect();
        join(operands, absolute, self.node.span())
    }

    /// The files of `directory` that `pattern` matches.
    pub fn listed(&self, walk: &mut Walk<'t>, directory: Node<'t>, pattern: Node<'t>) -> Option<Value> {
        let operands = vec![walk.take(directory), walk.take(pattern)];
        let value = join(operands, Absolute::Follows, self.node.span())?;
        Some(Value { mark: Mark::WHOLE, ..value })
    }

    /// What the argument at `index` is used for.
    pub fn mark(&self, walk: &mut Walk<'t>, index: usize, mark: Mark) {
        if let Some(argument) = self.arguments.get(index) {
            walk.mark(*argument, mark);
        }
    }

    /// The first argument is read, directories with all that is below them; the second one is written.
    pub fn copies(&self, walk: &mut Walk<'t>) {
        if self.arguments.len() > 1 {
            self.mark(walk, 0, Mark::WHOLE);
            self.mark(walk, 1, Mark::WRITE);
        }
    }

    /// What a file is opened for, by the mode at `index`.
    pub fn mode(&self, index: usize) -> Mark {
        match self.arguments.get(index) {
            None => Mark::READ,
            Some(mode) => calls::by_mode(string_value(*mode).as_deref()),
        }
    }

    /// The arguments are words for people.
    pub fn hush(&self, walk: &mut Walk<'t>) {
        self.arguments.iter().for_each(|argument| walk.hush(*argument));
    }

    /// Whether it writes to a log, or makes an error.
    pub fn is_message(&self) -> bool {
        calls::is_error(&self.name)
            || calls::is_error(&self.class) && self.name == "new"
            || calls::is_log(&self.class, &self.name)
    }
}

fn last_segment(path: &str) -> &str {
    path.rsplit(['.', ':', '\\', '>']).next().unwrap_or(path).trim_start_matches('$')
}
