//! The conditions of a search.

use std::ops::Bound;

use genesys_users::types::{
    UserSearchCriteria, UserSearchCriteriaOperator as Operator, UserSearchCriteriaType as Type,
};

use super::field::{Field, Plain, Subject, USUAL};
use super::text::{self, Check, Limit};
use crate::http::Error;

/// Limits on the size of a search.
const MAX_CONDITIONS: usize = 200;
const MAX_DEPTH: usize = 8;
const MAX_VALUES: usize = 1_000;

/// The date patterns that can be compared: those of ISO 8601.
const DATE_FORMATS: &[&str] = &[
    "yyyy-MM-dd",
    "yyyy-MM-dd'T'HH:mm:ssX",
    "yyyy-MM-dd'T'HH:mm:ss'Z'",
    "yyyy-MM-dd'T'HH:mm:ss.SSSX",
    "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'",
];

/// Conditions at the same level.
#[derive(Debug)]
pub(super) struct Conditions(pub(super) Vec<Condition>);

#[derive(Debug)]
pub(super) struct Condition {
    pub(super) joined: Joined,
    pub(super) test: Test,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joined {
    And,
    Or,
    Not,
}

#[derive(Debug)]
pub(super) enum Test {
    All,
    Group(Conditions),
    /// Any of the fields passes the check.
    Fields(Vec<Field>, Check),
    /// Each check is passed by any of the fields.
    Each(Vec<Field>, Vec<Check>),
}

impl Conditions {
    pub(super) fn new(criteria: &[UserSearchCriteria]) -> Result<Self, Error> {
        let mut left = MAX_CONDITIONS;
        Self::nested(criteria, MAX_DEPTH, &mut left)
    }

    fn nested(criteria: &[UserSearchCriteria], depth: usize, left: &mut usize) -> Result<Self, Error> {
        if depth == 0 {
            return Err(Error::invalid("group", &format!("nests deeper than {MAX_DEPTH} levels")));
        }
        *left = left
            .checked_sub(criteria.len())
            .ok_or_else(|| Error::invalid("query", &format!("holds more than {MAX_CONDITIONS} conditions")))?;
        criteria.iter().map(|criteria| Condition::new(criteria, depth, left)).collect::<Result<_, _>>().map(Self)
    }

    /// The score of a user that meets the conditions.
    pub(super) fn score(&self, subject: &Subject<'_>) -> Option<u32> {
        let (mut score, mut alternatives, mut met) = (0, false, false);
        for condition in &self.0 {
            let reached = condition.test.score(subject);
            match condition.joined {
                Joined::And => score += reached?,
                Joined::Not if reached.is_some() => return None,
                Joined::Not => {}
                Joined::Or => {
                    alternatives = true;
                    met |= reached.is_some();
                    score += reached.unwrap_or(0);
                }
            }
        }
        (met || !alternatives).then_some(score)
    }

    /// Whether any condition names the state of users.
    pub(super) fn name_state(&self) -> bool {
        self.0.iter().any(|condition| match &condition.test {
            Test::All => false,
            Test::Group(group) => group.name_state(),
            Test::Fields(fields, _) | Test::Each(fields, _) => fields.contains(&Field::Plain(Plain::UserState)),
        })
    }
}

impl Condition {
    fn new(criteria: &UserSearchCriteria, depth: usize, left: &mut usize) -> Result<Self, Error> {
        let joined = match &criteria.operator {
            None | Some(Operator::And) => Joined::And,
            Some(Operator::Or) => Joined::Or,
            Some(Operator::Not) => Joined::Not,
            Some(_) => return Err(Error::invalid("operator", "must be one of AND, OR, NOT")),
        };
        if let Some(group) = criteria.group.as_deref().filter(|group| !group.is_empty()) {
            // The pages require a type of every condition. That of a group has no effect.
            if criteria.fields.is_some() {
                return Err(Error::invalid("group", "cannot stand beside `fields` in one condition"));
            }
            return Ok(Self { joined, test: Test::Group(Conditions::nested(group, depth - 1, left)?) });
        }
        Ok(Self { joined, test: test(criteria)? })
    }
}

impl Test {
    fn score(&self, subject: &Subject<'_>) -> Option<u32> {
        match self {
            Self::All => Some(0),
            Self::Group(group) => group.score(subject),
            Self::Fields(fields, check) => best(fields, check, subject),
            Self::Each(fields, checks) => checks.iter().map(|check| best(fields, check, subject)).sum(),
        }
    }
}

fn best(fields: &[Field], check: &Check, subject: &Subject<'_>) -> Option<u32> {
    let score = fields.iter().map(|field| field.score(subject, |text| check.score(text))).max().unwrap_or(0);
    (score > 0).then_some(score)
}

fn test(criteria: &UserSearchCriteria) -> Result<Test, Error> {
    let kind = criteria.type_.as_ref().ok_or_else(|| Error::missing("type"))?;
    if matches!(kind, Type::MatchAll) {
        return Ok(Test::All);
    }
    let fields = criteria.fields.iter().flatten().map(|name| Field::parse("fields", name));
    let fields = fields.collect::<Result<Vec<_>, _>>()?;
    if matches!(kind, Type::QueryString) {
        let fields = if fields.is_empty() { USUAL.to_vec() } else { fields };
        let words = criteria.value.as_deref().filter(|words| !words.trim().is_empty());
        return Ok(Test::Each(fields, text::query_string(words.ok_or_else(|| Error::missing("value"))?)?));
    }
    if fields.is_empty() {
        return Err(Error::missing("fields"));
    }
    if matches!(kind, Type::RequiredFields) {
        // Every field must be present.
        let present = fields
            .into_iter()
            .map(|field| Condition { joined: Joined::And, test: Test::Fields(vec![field], Check::Present) });
        return Ok(Test::Group(Conditions(present.collect())));
    }
    let check = match kind {
        Type::Exact => Check::Exact(values(criteria)?),
        Type::StartsWith => Check::StartsWith(values(criteria)?),
        Type::Contains => Check::Contains(values(criteria)?),
        Type::Term | Type::Terms => Check::Words(values(criteria)?),
        Type::Regex => Check::Regex(given(criteria)?.map(text::regex).collect::<Result<_, _>>()?),
        Type::Range => {
            let (low, high) = (limit(criteria, &criteria.start_value)?, limit(criteria, &criteria.end_value)?);
            if low.is_none() && high.is_none() {
                return Err(Error::missing("startValue"));
            }
            Check::Range(low.map_or(Bound::Unbounded, Bound::Included), high.map_or(Bound::Unbounded, Bound::Included))
        }
        kind => {
            let limit = limit(criteria, &criteria.value)?.ok_or_else(|| Error::missing("value"))?;
            match kind {
                Type::LessThan => Check::Range(Bound::Unbounded, Bound::Excluded(limit)),
                Type::LessThanEqualTo => Check::Range(Bound::Unbounded, Bound::Included(limit)),
                Type::GreaterThan => Check::Range(Bound::Excluded(limit), Bound::Unbounded),
                Type::GreaterThanEqualTo => Check::Range(Bound::Included(limit), Bound::Unbounded),
                _ => return Err(Error::invalid("type", &format!("must be one of {}", Type::VALUES.join(", ")))),
            }
        }
    };
    Ok(Test::Fields(fields, check))
}

/// `value` and `values`; at least one is required.
fn given(criteria: &UserSearchCriteria) -> Result<impl Iterator<Item = &str>, Error> {
    let count = usize::from(criteria.value.is_some()) + criteria.values.as_ref().map_or(0, Vec::len);
    match count {
        0 => Err(Error::missing("value")),
        1..=MAX_VALUES => Ok(criteria.value.iter().chain(criteria.values.iter().flatten()).map(String::as_str)),
        _ => Err(Error::invalid("values", &format!("holds more than {MAX_VALUES} values"))),
    }
}

fn values(criteria: &UserSearchCriteria) -> Result<Vec<String>, Error> {
    Ok(given(criteria)?.map(str::to_lowercase).collect())
}

fn limit(criteria: &UserSearchCriteria, value: &Option<String>) -> Result<Option<Limit>, Error> {
    let Some(value) = value else { return Ok(None) };
    let limit = Limit::of(value);
    let Some(format) = &criteria.date_format else { return Ok(Some(limit)) };
    if !DATE_FORMATS.contains(&format.as_str()) {
        return Err(Error::invalid("dateFormat", &format!("must be one of {}", DATE_FORMATS.join(", "))));
    }
    if matches!(limit, Limit::Time(_)) {
        Ok(Some(limit))
    } else {
        Err(Error::invalid("dateFormat", "says that dates are compared, but a value is none"))
    }
}
