//! Which fields of a record an expression uses.

use std::collections::BTreeSet;

use jmespath::ast::Ast;

use super::functions::children;

/// Fields of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paths {
    /// All fields, or some that cannot be told in advance.
    All,
    /// The fields with these names.
    Some(BTreeSet<String>),
}

impl Paths {
    /// The fields with these names.
    pub fn some<Name: Into<String>>(names: impl IntoIterator<Item = Name>) -> Self {
        Self::Some(names.into_iter().map(Into::into).collect())
    }

    /// The fields of all of them.
    pub fn union(all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter().fold(Self::Some(BTreeSet::new()), |union, paths| match (union, paths) {
            (Self::Some(mut union), Self::Some(names)) => {
                union.extend(names);
                Self::Some(union)
            }
            _ => Self::All,
        })
    }

    /// Whether the field is among them.
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Some(names) => names.contains(name),
        }
    }
}

pub(super) fn of(ast: &Ast) -> Paths {
    let mut walk = Walk { names: BTreeSet::new(), uses_all: false };
    if walk.visit(ast, true) {
        walk.uses_all = true;
    }
    match walk.uses_all {
        true => Paths::All,
        false => Paths::Some(walk.names),
    }
}

struct Walk {
    names: BTreeSet<String>,
    uses_all: bool,
}

impl Walk {
    /// Visits a node that is evaluated on the record, or on something else. Returns whether the result may be the record.
    fn visit(&mut self, ast: &Ast, on_record: bool) -> bool {
        match ast {
            Ast::Identity { .. } => on_record,
            Ast::Field { name, .. } => {
                if on_record {
                    self.names.insert(name.clone());
                }
                false
            }
            Ast::Subexpr { lhs, rhs, .. } | Ast::Projection { lhs, rhs, .. } => {
                let is_record = self.visit(lhs, on_record);
                self.visit(rhs, is_record)
            }
            Ast::And { lhs, rhs, .. } | Ast::Or { lhs, rhs, .. } => {
                let left = self.visit(lhs, on_record);
                self.visit(rhs, on_record) || left
            }
            Ast::Condition { predicate, then, .. } => {
                self.consume(predicate, on_record);
                self.visit(then, on_record)
            }
            // Its node is evaluated on elements; a function that is given the record uses all of it anyway.
            Ast::Expref { ast, .. } => {
                self.visit(ast, false);
                false
            }
            Ast::Comparison { .. }
            | Ast::Flatten { .. }
            | Ast::Function { .. }
            | Ast::MultiHash { .. }
            | Ast::MultiList { .. }
            | Ast::Not { .. }
            | Ast::ObjectValues { .. } => {
                for node in children(ast) {
                    self.consume(node, on_record);
                }
                false
            }
            // Of a record, which is an object, they give nothing.
            Ast::Index { .. } | Ast::Slice { .. } | Ast::Literal { .. } => false,
        }
    }

    /// Visits a node whose result is used as a whole.
    fn consume(&mut self, ast: &Ast, on_record: bool) {
        if self.visit(ast, on_record) {
            self.uses_all = true;
        }
    }
}
