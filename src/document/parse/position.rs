//! Where in a document a value stands while it is read.

use jsonptr::Token;

/// Where in the document a value stands: a list from the inside out, made into a pointer only when
/// there is something to report.
#[derive(Clone, Copy)]
pub(super) struct Position<'a> {
    pub(super) outer: Option<&'a Position<'a>>,
    pub(super) step: PathStep<'a>,
}

#[derive(Clone, Copy)]
pub(super) enum PathStep<'a> {
    Name(&'a str),
    Index(usize),
}

impl Position<'_> {
    pub(super) fn write(&self, pointer: &mut String) {
        if let Some(outer) = self.outer {
            outer.write(pointer);
        }
        pointer.push('/');
        match self.step {
            PathStep::Name(name) => pointer.push_str(Token::new(name).encoded()),
            PathStep::Index(index) => pointer.push_str(&index.to_string()),
        }
    }

    /// The member it stands in.
    pub(super) fn member(&self) -> &str {
        match (self.outer, self.step) {
            (Some(outer), _) => outer.member(),
            (None, PathStep::Name(name)) => name,
            (None, PathStep::Index(_)) => "",
        }
    }

    /// The name it stands under; `None` of an element.
    pub(super) fn name(&self) -> Option<&str> {
        match self.step {
            PathStep::Name(name) => Some(name),
            PathStep::Index(_) => None,
        }
    }

    /// Whether it is what stands under this name.
    pub(super) fn is_named(&self, name: &str) -> bool {
        matches!(self.step, PathStep::Name(own) if own == name)
    }
}
