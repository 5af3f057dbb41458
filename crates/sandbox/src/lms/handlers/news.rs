//! News and forum posts: `publicNews`, `userNews`, `article`, `articles`, `latestForumPosts`.

use serde::Deserialize;

use crate::http::{Call, Error, Handler, Reply};
use crate::lms::authorization::user;
use crate::lms::datetime::Timestamp;
use crate::lms::feed::{self, Entry, Feed};
use crate::lms::model::account::Account;
use crate::lms::model::reference::Organization;
use crate::lms::node::Node;
use crate::lms::params::{contains_all, flag, keywords, max, parameter, required, timestamp};
use crate::lms::response::respond;
use crate::lms::samples::modules::SUBJECTS;
use crate::lms::samples::{Samples, load};
use crate::lms::store::Lms;
use crate::people::{People, Person};
use crate::random::Draw;

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] = &[
    ("article", article),
    ("articles", articles),
    ("latestForumPosts", latest_forum_posts),
    ("publicNews", public_news),
    ("userNews", user_news),
];

/// A news article.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Article {
    id: &'static str,
    title: &'static str,
    /// Id of its category.
    category: &'static str,
    /// Days before the first of January 2025.
    age: i64,
    /// Days from entry to expiry.
    lasts: Option<i64>,
    /// Whether the login page shows it.
    public: bool,
    /// The organization that it is for; all if `None`.
    audience: Option<&'static str>,
}

/// Newest first.
static ARTICLES: Samples<Article> = Samples::new(|| load(include_str!("../samples/articles.json")));

impl Article {
    fn entered(&self) -> Timestamp {
        Timestamp::SAMPLE.plus_days(-self.age).plus_hours(10)
    }

    fn is_expired(&self, now: Timestamp) -> bool {
        self.lasts.is_some_and(|days| self.entered().plus_days(days) <= now)
    }

    fn teaser(&self) -> String {
        format!("{}: read what there is to know.", self.title)
    }

    fn text(&self) -> String {
        let title = quick_xml::escape::escape(self.title);
        format!("<p>{title}</p><p>All that there is to know, in full, for everybody whom it concerns.</p>")
    }

    fn entry(&self) -> Entry {
        Entry {
            id: self.id.to_owned(),
            title: self.title.to_owned(),
            path: format!("api/article?id={}", self.id),
            published: self.entered(),
            author: "Editorial Office".to_owned(),
            category: self.category.to_owned(),
            teaser: self.teaser(),
            content: Some(self.text()),
        }
    }

    fn is_for(&self, account: &Account) -> bool {
        let Some(audience) = self.audience.and_then(Organization::find) else { return true };
        account.is_integration() || account.organization().is_some_and(|own| own.is_within(audience))
    }

    fn is_in(&self, category: Option<&str>) -> bool {
        category.is_none_or(|category| category == self.category)
    }
}

fn public_news(_: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let now = Timestamp::now();
    let category = parameter(call, "categoryId");
    let shown = ARTICLES.iter().filter(|article| article.public && !article.is_expired(now) && article.is_in(category));
    let entries = shown.map(Article::entry).collect();
    Ok(feed::respond(call, &Feed { function: "publicNews", title: "News", entries }))
}

fn user_news(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let account = user(&lms.store(), call)?;
    let now = Timestamp::now();
    let category = parameter(call, "categoryId");
    let shown = ARTICLES
        .iter()
        .filter(|article| article.is_for(&account) && !article.is_expired(now) && article.is_in(category));
    let entries = shown.map(Article::entry).collect();
    Ok(feed::respond(call, &Feed { function: "userNews", title: "News for You", entries }))
}

fn article(_: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let id = required(call, "id")?;
    let article = ARTICLES.iter().find(|article| article.id == id);
    let article = article.ok_or_else(|| Error::not_found("There is no article with this id."))?;
    Ok(feed::single(call, &article.entry()))
}

fn articles(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let account = user(&lms.store(), call)?;
    let (words, max, now) = (keywords(call), max(call)?, Timestamp::now());
    let (after, before) = (timestamp(call, "publishedAfter")?, timestamp(call, "publishedBefore")?);
    let (category, expired) = (parameter(call, "categoryId"), flag(call, "includeExpired"));
    let found = ARTICLES.iter().filter(|article| {
        article.is_for(&account)
            && article.is_in(category)
            && (expired || !article.is_expired(now))
            && after.is_none_or(|after| article.entered() > after)
            && before.is_none_or(|before| article.entered() < before)
            && contains_all(&words, &format!("{} {}", article.title, article.text()))
    });
    let nodes = found.take(max).map(|article| {
        Node::new("article")
            .text("id", article.id)
            .text("title", article.title)
            .text("teaser", article.teaser())
            .text("categoryId", article.category)
            .text("entered", article.entered().text())
            .some("expires", article.lasts.map(|days| article.entered().plus_days(days).text()))
    });
    Ok(respond(call, &Node::new("articles").list("articles", nodes)))
}

/// Posts that the forums hold.
const POSTS: u64 = 40;

fn post(people: People, number: u64) -> Entry {
    let mut draw = Draw::new(people.seed, "post", number);
    let author = people.get(draw.below(people.count)).filter(Person::has_lms_account);
    let subject = draw.word(SUBJECTS);
    let reply = draw.one_in(2);
    Entry {
        id: format!("post:{number}"),
        title: if reply { format!("Re: A question on {subject}") } else { format!("A question on {subject}") },
        path: format!("servlet/ekp?POST={number}"),
        published: Timestamp::SAMPLE.plus_hours(-(number as i64) * 7 - draw.below(6) as i64 - 1),
        author: author.map_or_else(|| "A former colleague".to_owned(), |person| person.name()),
        category: subject.to_owned(),
        teaser: if reply { "Here is how I do it." } else { "Who can tell me how to do this?" }.to_owned(),
        content: None,
    }
}

fn latest_forum_posts(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    user(&store, call)?;
    let number = u64::try_from(max(call)?).unwrap_or(POSTS).min(POSTS);
    let entries = (0..number).map(|number| post(store.people, number)).collect();
    Ok(feed::respond(call, &Feed { function: "latestForumPosts", title: "Forum", entries }))
}
