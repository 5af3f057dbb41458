//! Filters of analytics queries: predicates on dimensions, in clauses, joined by `and` or `or`.

use genesys_users::types::{self, AnalyticsFilterType, AnalyticsPredicateOperator, AnalyticsPredicateType};

use crate::http::Error;

/// The dimension that selects users.
pub(super) const USER: &str = "userId";

/// A checked filter.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    any: bool,
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Clause(Filter),
    Predicate(Predicate),
}

#[derive(Clone, Debug)]
struct Predicate {
    dimension: String,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    Matches(String),
    Exists,
    Missing,
}

impl Filter {
    fn new(kind: Option<&AnalyticsFilterType>, parts: Vec<Part>) -> Result<Self, Error> {
        let any = match kind {
            None | Some(AnalyticsFilterType::And) => false,
            Some(AnalyticsFilterType::Or) => true,
            Some(_) => return Err(Error::invalid("type", "is not one of and, or")),
        };
        Ok(Self { any, parts })
    }

    /// A filter that requires all of several filters.
    pub(super) fn all(filters: Vec<Self>) -> Self {
        Self { any: false, parts: filters.into_iter().map(Part::Clause).collect() }
    }

    /// Whether everything matches.
    pub(super) fn is_empty(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Clause(filter) if filter.is_empty()))
    }

    /// Whether something with these values in a dimension matches.
    pub(super) fn matches(&self, values: &dyn Fn(&str) -> Vec<String>) -> bool {
        let passes = |part: &Part| match part {
            Part::Clause(filter) => filter.matches(values),
            Part::Predicate(predicate) => {
                let values = values(&predicate.dimension);
                match &predicate.test {
                    Test::Matches(wanted) => values.contains(wanted),
                    Test::Exists => !values.is_empty(),
                    Test::Missing => values.is_empty(),
                }
            }
        };
        if self.any && !self.parts.is_empty() { self.parts.iter().any(passes) } else { self.parts.iter().all(passes) }
    }

    /// The only values of a dimension that can match, if the filter restricts the dimension.
    pub(super) fn pinned(&self, dimension: &str) -> Option<Vec<&str>> {
        let mut sets = self.parts.iter().map(|part| match part {
            Part::Clause(filter) => filter.pinned(dimension),
            Part::Predicate(Predicate { dimension: tested, test: Test::Matches(value) }) => {
                (tested == dimension).then(|| vec![value.as_str()])
            }
            Part::Predicate(_) => None,
        });
        if !self.any {
            return sets.find_map(|set| set);
        }
        let sets: Option<Vec<Vec<&str>>> = sets.collect();
        sets.filter(|sets| !sets.is_empty()).map(|sets| sets.into_iter().flatten().collect())
    }
}

/// A predicate from the fields that all types of predicate have.
fn predicate(
    kind: Option<&AnalyticsPredicateType>,
    dimension: Option<&str>,
    known: &[&str],
    operator: Option<&AnalyticsPredicateOperator>,
    value: Option<&str>,
    has_range: bool,
) -> Result<Part, Error> {
    if !matches!(kind, None | Some(AnalyticsPredicateType::Dimension)) {
        return Err(Error::invalid("type", "of a predicate must be `dimension`"));
    }
    if has_range {
        return Err(Error::invalid("range", "is for numbers only, and these dimensions are strings"));
    }
    let dimension = dimension.ok_or_else(|| Error::missing("dimension"))?;
    if !known.contains(&dimension) {
        return Err(Error::invalid("dimension", &format!("is not one of {}", known.join(", "))));
    }
    let test = match operator {
        None | Some(AnalyticsPredicateOperator::Matches) => {
            Test::Matches(value.ok_or_else(|| Error::missing("value"))?.to_owned())
        }
        Some(AnalyticsPredicateOperator::Exists) => Test::Exists,
        Some(AnalyticsPredicateOperator::NotExists) => Test::Missing,
        Some(_) => return Err(Error::invalid("operator", "is not one of matches, exists, notExists")),
    };
    Ok(Part::Predicate(Predicate { dimension: dimension.to_owned(), test }))
}

/// The generated types of filters differ in name and dimensions only.
macro_rules! filters {
    ($($filter:ident($clause:ident, $predicate:ident, $dimension:ident, $has_range:expr);)*) => {$(
        impl TryFrom<&types::$filter> for Filter {
            type Error = Error;

            fn try_from(filter: &types::$filter) -> Result<Self, Error> {
                let one = |given: &types::$predicate| {
                    let has_range: fn(&types::$predicate) -> bool = $has_range;
                    predicate(
                        given.type_.as_ref(),
                        given.dimension.as_ref().map(|dimension| dimension.as_str()),
                        types::$dimension::VALUES,
                        given.operator.as_ref(),
                        given.value.as_deref(),
                        has_range(given),
                    )
                };
                let clause = |clause: &types::$clause| {
                    let parts = clause.predicates.iter().flatten().map(one).collect::<Result<_, _>>()?;
                    Filter::new(clause.type_.as_ref(), parts).map(Part::Clause)
                };
                let clauses = filter.clauses.iter().flatten().map(clause);
                let parts = clauses.chain(filter.predicates.iter().flatten().map(one)).collect::<Result<_, _>>()?;
                Filter::new(filter.type_.as_ref(), parts)
            }
        }
    )*};
}

filters! {
    UserAggregateQueryFilter(UserAggregateQueryClause, UserAggregateQueryPredicate, UserAnalyticsDimension, |p| p.range.is_some());
    UserDetailQueryFilter(UserDetailQueryClause, UserDetailQueryPredicate, UserAnalyticsDimension, |p| p.range.is_some());
    UserObservationQueryFilter(UserObservationQueryClause, UserObservationQueryPredicate, UserAnalyticsDimension, |p| p.range.is_some());
    PresenceDetailQueryFilter(PresenceDetailQueryClause, PresenceDetailQueryPredicate, PresenceDetailDimension, |p| p.range.is_some());
    RoutingStatusDetailQueryFilter(RoutingStatusDetailQueryClause, RoutingStatusDetailQueryPredicate, RoutingStatusDetailDimension, |p| p.range.is_some());
    UserActivityQueryFilter(UserActivityQueryClause, UserActivityQueryPredicate, UserActivityDimension, |_| false);
}

/// One filter, or all of several.
pub(super) fn read<'a, T: 'a>(filters: impl IntoIterator<Item = &'a T>) -> Result<Filter, Error>
where
    Filter: TryFrom<&'a T, Error = Error>,
{
    filters.into_iter().map(Filter::try_from).collect::<Result<_, _>>().map(Filter::all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(text: &str) -> Result<Filter, Error> {
        let filter: types::UserActivityQueryFilter = serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}"));
        Filter::try_from(&filter)
    }

    fn user<'a>(id: &'a str, queues: &'a [&'a str]) -> impl Fn(&str) -> Vec<String> + 'a {
        move |dimension| match dimension {
            "userId" => vec![id.to_owned()],
            "queueId" => queues.iter().map(|queue| (*queue).to_owned()).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn predicates_and_clauses_are_joined_by_their_type() -> Result<(), Error> {
        let either = filter(
            r#"{"type": "or", "predicates": [{"dimension": "userId", "value": "a"}, {"dimension": "queueId", "value": "q"}]}"#,
        )?;
        assert!(either.matches(&user("a", &[])) && either.matches(&user("b", &["p", "q"])));
        assert!(!either.matches(&user("b", &["p"])));
        assert_eq!(either.pinned("userId"), None);
        let both = filter(
            r#"{"type": "and", "clauses": [{"type": "or", "predicates": [{"dimension": "userId", "value": "a"}, {"dimension": "userId", "value": "b"}]}],
                "predicates": [{"dimension": "queueId", "operator": "exists"}]}"#,
        )?;
        assert!(
            both.matches(&user("b", &["q"])) && !both.matches(&user("b", &[])) && !both.matches(&user("c", &["q"]))
        );
        assert_eq!(both.pinned("userId"), Some(vec!["a", "b"]));
        let none = filter(r#"{"type": "and", "predicates": [{"dimension": "queueId", "operator": "notExists"}]}"#)?;
        assert!(none.matches(&user("a", &[])) && !none.matches(&user("a", &["q"])));
        Ok(())
    }

    #[test]
    fn invalid_filters_are_rejected() {
        for text in [
            r#"{"type": "xor", "predicates": []}"#,
            r#"{"predicates": [{"value": "a"}]}"#,
            r#"{"predicates": [{"dimension": "shoeSize", "value": "a"}]}"#,
            r#"{"predicates": [{"dimension": "userId"}]}"#,
            r#"{"predicates": [{"dimension": "userId", "value": "a", "operator": "resembles"}]}"#,
            r#"{"predicates": [{"dimension": "userId", "value": "a", "type": "metric"}]}"#,
        ] {
            assert!(filter(text).is_err(), "{text}");
        }
    }
}
