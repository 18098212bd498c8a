//! Types as written: from what pest read to the tree.

use crate::ast::{Type, TypeKind, UnionMember};
use crate::build::Builder;
use crate::grammar::{Pair, Rule};

impl Builder {
    /// A type.
    pub fn ty(&mut self, pair: Pair<'_>) -> Option<Type> {
        let span = self.span(&pair);
        let mut members = Vec::new();
        for p in pair.into_inner().filter(|p| p.as_rule() == Rule::ty_member) {
            members.push(self.ty_member(p)?);
        }
        match (members.len(), members.pop()?) {
            (1, UnionMember::Type(ty)) => Some(Type { span, ..ty }),
            (_, last) => {
                members.push(last);
                Some(Type { kind: TypeKind::Union(members), span })
            }
        }
    }

    fn ty_member(&mut self, pair: Pair<'_>) -> Option<UnionMember> {
        let whole = self.span(&pair);
        let mut inner = pair.into_inner();
        let base = inner.next()?;
        let optional = inner.next().is_some();
        let span = self.span(&base);
        let rule = base.as_rule();
        if matches!(rule, Rule::text | Rule::single_text) {
            let text = self.text(&base);
            if !optional {
                return Some(UnionMember::Text(text));
            }
            let one = TypeKind::Union(vec![UnionMember::Text(text)]);
            return Some(optional_of(Type { kind: one, span }, whole));
        }
        let kind = match rule {
            Rule::name => TypeKind::Name(base.as_str().to_owned()),
            Rule::ty_applied => {
                let mut names = base.into_inner().filter(|p| p.as_rule() == Rule::name);
                let (of, to) = (names.next()?, names.next()?);
                TypeKind::Applied(self.name(&of), self.name(&to))
            }
            Rule::ty_generic => {
                let mut inner = base.into_inner();
                let of = inner.next()?;
                let of = self.name(&of);
                let mut types = Vec::new();
                for p in inner.filter(|p| p.as_rule() == Rule::ty) {
                    types.push(self.ty(p)?);
                }
                TypeKind::Generic(of, types)
            }
            Rule::ty_record => {
                let open = base.clone().into_inner().any(|p| p.as_rule() == Rule::ellipsis);
                TypeKind::Record(self.fields(base)?, open)
            }
            Rule::ty_paren => self.ty(base.into_inner().find(|p| p.as_rule() == Rule::ty)?)?.kind,
            _ => return None,
        };
        let ty = Type { kind, span };
        Some(if optional { optional_of(ty, whole) } else { UnionMember::Type(ty) })
    }
}

fn optional_of(ty: Type, span: policyc_diag::Span) -> UnionMember {
    UnionMember::Type(Type { kind: TypeKind::Optional(Box::new(ty)), span })
}
