//! Records of external training in responses.

use crate::http::encode;
use crate::lms::datetime::Timestamp;
use crate::lms::model::external::ExternalRecord;
use crate::lms::node::Node;
use crate::lms::render::{link, record_links, xml_id};

impl ExternalRecord {
    /// The record as the functions for external records give it.
    pub(crate) fn node(&self) -> Node {
        let attachment = self.attachment.as_ref().map(|attachment| {
            Node::new("attachment")
                .text("name", &attachment.name)
                .text("mediaType", &attachment.media_type)
                .number("size", attachment.size)
                .text("url", self.attachment_url())
        });
        let text = |value: &Option<String>| value.clone();
        let duration = self
            .duration
            .as_deref()
            .map(|amount| Node::new("duration").decimal("amount", amount).some("unit", text(&self.duration_unit)));
        let cost = self
            .cost
            .as_deref()
            .map(|amount| Node::new("cost").decimal("amount", amount).some("currency", text(&self.currency)));
        Node::new("externalTrainingRecord")
            .text("id", &self.id)
            .text("userId", &self.user)
            .text("title", &self.title)
            .text("type", &self.kind)
            .some("subject", text(&self.subject))
            .some("startDate", self.start.map(Timestamp::text))
            .some("endDate", self.end.map(Timestamp::text))
            .some("venue", text(&self.venue))
            .some("language", text(&self.language))
            .with_some(duration)
            .some("durationUnit", text(&self.duration_unit))
            .with_some(cost)
            .some("costCurrency", text(&self.currency))
            .some("grade", text(&self.grade))
            .some("score", text(&self.score))
            .some("vendor", text(&self.vendor))
            .some("comments", text(&self.comments))
            .with_some(attachment)
            .text("status", self.status.word())
            .text("lastUpdated", self.updated.text())
    }

    /// The record in a training history. A score that is not a number is left out.
    pub(crate) fn in_history(&self) -> Node {
        let links = [
            link("self", "application/json", format!("api/externalTrainingRecord?id={}&format=json", encode(&self.id))),
            link("alternate", "text/html", format!("servlet/ekp?EXT={}", encode(&self.id))),
        ];
        let module = Node::new("learningModule")
            .text("id", &self.id)
            .text("title", &self.title)
            .text("type", &self.kind)
            .list("links", links);
        Node::new("trainingRecord")
            .attribute("id", xml_id(&self.id))
            .text("userId", &self.user)
            .with(module)
            .some("startDate", self.start.map(Timestamp::text))
            .some("endDate", self.end.map(Timestamp::text))
            .text("overallStatus", self.status.overall().word())
            .decimal("score", self.score.as_deref().unwrap_or_default())
            .some("lastAttemptDate", self.end.map(Timestamp::text))
            .number("attemptCount", u32::from(self.start.is_some()))
            .flag("isSelfEnrolled", false)
            .list("links", record_links(&self.id))
            .flag("downloadable", false)
    }
}
