//! Blocks: their conditions are asked of what is known, and what they catch is caught.

use super::machine::{Done, Known, Machine, Run};
use super::state::{Changes, Fact, Key};
use crate::formats::sql::Token;
use crate::formats::sql::block::{self, Block, Node};
use crate::formats::sql::model::{Class, Name};
use crate::formats::sql::probe::{Condition, Probe};

/// Whether a list of steps came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    On,
    Returned,
}

impl Machine<'_> {
    /// A body that is not understood may have done anything or nothing.
    pub(super) fn run_block(&mut self, body: Token) -> Done {
        let Some(block) = block::read(self.text, body, self.reading) else {
            self.open = true;
            return Ok(());
        };
        let site = self.site;
        let done = self.block(&block);
        self.site = site;
        done.map(|_| ())
    }

    fn block(&mut self, block: &Block) -> Done<Flow> {
        let strict = self.strict;
        let mark = self.state.mark();
        let events = self.events.len();
        // What may be caught is refused in the first run too.
        let catches = !block.handlers.is_empty();
        self.strict |= catches;
        self.catching += usize::from(catches);
        let done = self.nodes(&block.nodes);
        self.catching -= usize::from(catches);
        self.strict = strict;
        let failure = match done {
            Ok(flow) => return Ok(flow),
            Err(failure) => failure,
        };
        let catches = |name: &str| name == "others" || name == failure.condition;
        let handler = block.handlers.iter().find(|handler| handler.conditions.iter().any(|name| catches(name)));
        match handler.filter(|_| !failure.condition.is_empty()) {
            Some(handler) => {
                self.state.take_back(mark);
                self.events.truncate(events);
                self.nodes(&handler.nodes)
            }
            None => Err(failure),
        }
    }

    fn nodes(&mut self, nodes: &[Node]) -> Done<Flow> {
        for (at, node) in nodes.iter().enumerate() {
            match node {
                Node::Statement(statement) => {
                    let site = self.site;
                    self.site.span = statement.head();
                    let done = self.execute(statement);
                    self.site = site;
                    done?;
                }
                Node::Block(block) => {
                    if self.block(block)? == Flow::Returned {
                        return Ok(Flow::Returned);
                    }
                }
                Node::If { arms, otherwise } => {
                    let rest = &nodes[at + 1..];
                    match self.branch(arms, otherwise, rest)? {
                        Some(flow) => return Ok(flow),
                        None => continue,
                    }
                }
                Node::Perhaps(nodes) => self.perhaps(nodes),
                Node::Computed(words) => self.computed(words),
                Node::Look(condition) => self.found = condition.clone(),
                Node::Return => return Ok(Flow::Returned),
            }
        }
        Ok(Flow::On)
    }

    /// Something that happens or does not.
    fn perhaps(&mut self, nodes: &[Node]) {
        let changes = self.tried(|machine| machine.nodes(nodes).map(|_| ()));
        self.state.join(changes, Changes::default());
    }

    /// What would happen, taken back; a step that is refused on a way that may not be taken says nothing.
    fn tried(&mut self, run: impl FnOnce(&mut Self) -> Done) -> Changes {
        let (mark, events, missed) = (self.state.mark(), self.events.len(), self.missed.borrow().len());
        let failed = run(self).is_err();
        self.events.truncate(events);
        self.missed.borrow_mut().truncate(missed);
        let changes = self.state.withdraw(mark);
        if failed { Changes::default() } else { changes }
    }

    /// The arms of an `IF`; `Some`: nothing, or nothing more, of the rest is to be done.
    fn branch(&mut self, arms: &[(Condition, Vec<Node>)], otherwise: &[Node], rest: &[Node]) -> Done<Option<Flow>> {
        let Some(((condition, nodes), others)) = arms.split_first() else {
            return Ok(Some(self.nodes(otherwise)?).filter(|flow| *flow == Flow::Returned));
        };
        match self.holds(condition) {
            Some(true) => Ok(Some(self.nodes(nodes)?).filter(|flow| *flow == Flow::Returned)),
            Some(false) => self.branch(others, otherwise, rest),
            None => {
                // What either way takes for there is the same on both.
                self.suppose_tables(condition);
                let returns = nodes.iter().any(|node| matches!(node, Node::Return));
                let first = self.tried(|machine| {
                    machine.assume(condition, true);
                    machine.nodes(nodes).map(|_| ())
                });
                let mut flow = None;
                let second = self.tried(|machine| {
                    machine.assume(condition, false);
                    machine.branch(others, otherwise, rest)?;
                    if returns {
                        flow = Some(machine.nodes(rest)?);
                    }
                    Ok(())
                });
                self.state.join(first, second);
                Ok(if returns { Some(flow.unwrap_or(Flow::Returned)) } else { None })
            }
        }
    }

    /// Whether a condition holds, as far as that is known.
    fn holds(&self, condition: &Condition) -> Option<bool> {
        match condition {
            Condition::Has(probe) => self.is_there(probe),
            Condition::Not(inner) => self.holds(inner).map(|holds| !holds),
            Condition::Found => match &self.found {
                Condition::Found => None,
                found => self.holds(found),
            },
            Condition::All(parts) => {
                let held: Vec<Option<bool>> = parts.iter().map(|part| self.holds(part)).collect();
                if held.contains(&Some(false)) { Some(false) } else { held.iter().all(Option::is_some).then_some(true) }
            }
            Condition::Any(parts) => {
                let held: Vec<Option<bool>> = parts.iter().map(|part| self.holds(part)).collect();
                if held.contains(&Some(true)) { Some(true) } else { held.iter().all(Option::is_some).then_some(false) }
            }
            Condition::Unknown => None,
        }
    }

    fn is_there(&self, probe: &Probe) -> Option<bool> {
        let is = |known: Known| match known {
            Known::Present(_) => Some(true),
            Known::Absent(_) => Some(false),
            Known::Unknown => None,
        };
        match self.probed(probe) {
            Some(key) => is(self.known(&key)),
            None => self.anywhere(probe),
        }
    }

    /// The key of what a probe asks for; `None` where the table it belongs to is not said, or not known.
    fn probed(&self, probe: &Probe) -> Option<Key> {
        let span = crate::text::Span::at(0);
        let name = |text: &str| Name { schema: probe.schema.clone(), name: text.to_string(), span };
        let schema = probe.schema.clone().unwrap_or_else(|| self.state.schema.clone());
        match probe.class {
            class if class.is_relation() => Some(self.relation_key(&name(&probe.name))),
            Class::Type | Class::Domain => Some(self.type_key(&name(&probe.name))),
            Class::EnumValue => match self.known(&self.type_key(&name(probe.on.as_ref()?))) {
                Known::Present(Fact { id: Some(id), .. }) => Some(Key::Part(id, Class::EnumValue, probe.name.clone())),
                _ => None,
            },
            Class::Function => None,
            Class::Column | Class::Constraint | Class::Trigger | Class::Policy | Class::Rule => {
                match self.relation(&name(probe.on.as_ref()?)) {
                    Known::Present(Fact { id: Some(id), .. }) => Some(Key::Part(id, probe.class, probe.name.clone())),
                    Known::Absent(_) => Some(Key::Named(Class::Table, schema, probe.on.clone()?)),
                    _ => None,
                }
            }
            Class::Statistics => Some(Key::Named(probe.class, schema, probe.name.clone())),
            class => Some(Key::Named(class, String::new(), probe.name.clone())),
        }
    }

    /// Objects of that name, whatever they belong to.
    fn anywhere(&self, probe: &Probe) -> Option<bool> {
        if probe.class == Class::Function {
            let schema = probe.schema.clone().unwrap_or_else(|| self.state.schema.clone());
            let overloads = self.state.overloads(&schema, &probe.name);
            let key = |arguments: &String| Key::Named(Class::Function, schema.clone(), format!("{}({arguments})", probe.name));
            return overloads.iter().any(|arguments| matches!(self.known(&key(arguments)), Known::Present(_))).then_some(true);
        }
        if probe.on.is_some() {
            return None;
        }
        let mut facts = self.state.parts(probe.class, &probe.name).map(|fact| fact.present).peekable();
        // From nothing, what nothing made is not there.
        if facts.peek().is_none() && (self.run != Run::Replay || self.open) {
            return None;
        }
        Some(facts.any(|present| present))
    }

    /// Takes a condition for true or false, where it is not known.
    fn assume(&mut self, condition: &Condition, holds: bool) {
        match condition {
            Condition::Has(probe) => self.suppose(probe, holds),
            Condition::Not(inner) => self.assume(inner, !holds),
            Condition::All(parts) if holds => parts.iter().for_each(|part| self.assume(part, true)),
            Condition::Any(parts) if !holds => parts.iter().for_each(|part| self.assume(part, false)),
            Condition::Found if self.found != Condition::Found => {
                let found = self.found.clone();
                self.assume(&found, holds);
            }
            _ => {}
        }
    }

    /// What belongs to a table supposes the table.
    fn suppose_tables(&mut self, condition: &Condition) {
        match condition {
            Condition::Has(Probe {
                class: Class::Column | Class::Constraint | Class::Trigger | Class::Policy,
                schema,
                on,
                ..
            }) => {
                let Some(on) = on else { return };
                let name = Name { schema: schema.clone(), name: on.clone(), span: crate::text::Span::at(0) };
                let key = self.relation_key(&name);
                if matches!(self.known(&key), Known::Unknown) {
                    self.assume_relation(key, Class::Table);
                }
            }
            Condition::Not(inner) => self.suppose_tables(inner),
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| self.suppose_tables(part)),
            Condition::Found if self.found != Condition::Found => {
                let found = self.found.clone();
                self.suppose_tables(&found);
            }
            _ => {}
        }
    }

    fn suppose(&mut self, probe: &Probe, present: bool) {
        if self.is_there(probe).is_some() {
            return;
        }
        let Some(key) = self.probed(probe) else { return };
        let site = self.site;
        match (&key, present) {
            (Key::Named(..), true) => drop(self.assume_relation(key, probe.class)),
            _ => self.state.set(key, present, site, 0, None),
        }
    }
}
