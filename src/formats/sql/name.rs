//! Names of objects.

use crate::text::Span;

/// An identifier, folded as the dialect folds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident {
    pub text: String,
    pub span: Span,
}

/// A name with or without a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub schema: Option<String>,
    pub name: String,
    pub span: Span,
}

impl Name {
    /// As a message shows it.
    pub fn shown(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{schema}.{}", self.name),
            None => self.name.clone(),
        }
    }
}

impl From<Ident> for Name {
    fn from(ident: Ident) -> Self {
        Name { schema: None, name: ident.text, span: ident.span }
    }
}
