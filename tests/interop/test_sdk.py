"""The official SDK of Genesys Cloud against the sandbox: nothing of the SDK is changed, it is only told where to go."""

import unittest

import PureCloudPlatformClientV2 as genesys
from PureCloudPlatformClientV2.rest import ApiException

from sandbox import Sandbox


class SdkTest(unittest.TestCase):
    """Each test has a sandbox of its own, so that none sees what another has done."""

    def setUp(self):
        self.sandbox = Sandbox()
        self.addCleanup(self.sandbox.stop)
        client = genesys.ApiClient()
        client.set_gateway(self.sandbox.host, "http", self.sandbox.port, "login", "genesys")
        client.get_client_credentials_token(self.sandbox.client_id, self.sandbox.client_secret)
        self.client = client
        self.users = genesys.UsersApi(client)

    def first(self):
        return self.users.get_users(page_size=1).entities[0]

    def refused(self, status, call, *arguments, **options):
        with self.assertRaises(ApiException) as raised:
            call(*arguments, **options)
        self.assertEqual(raised.exception.status, status, raised.exception.body)
        return raised.exception

    def test_a_token_comes_from_the_login_and_opens_the_api(self):
        self.assertTrue(self.client.access_token)
        self.assertTrue(self.first().id)

    def test_a_wrong_secret_opens_nothing(self):
        stranger = genesys.ApiClient()
        stranger.set_gateway(self.sandbox.host, "http", self.sandbox.port, "login", "genesys")
        self.refused(401, stranger.get_client_credentials_token, self.sandbox.client_id, "wrong")
        self.refused(401, genesys.UsersApi(stranger).get_users)

    def test_a_host_without_gateway_works_too(self):
        client = genesys.ApiClient(host=f"{self.sandbox.base_url}/genesys")
        client.access_token = self.client.access_token
        self.assertEqual(genesys.UsersApi(client).get_users().total, 238)

    def test_pages_hold_everybody_once(self):
        seen, number = [], 1
        while True:
            page = self.users.get_users(page_size=100, page_number=number, state="any")
            seen += [user.id for user in page.entities]
            if page.next_uri is None:
                break
            number += 1
        self.assertEqual((number, page.total, len(seen), len(set(seen))), (3, 250, 250, 250))

    def test_a_cursor_leads_to_everybody(self):
        seen, cursor = [], None
        while True:
            options = {"cursor": cursor} if cursor else {}
            page = self.users.get_users_query(page_size=100, state="active", **options)
            seen += [user.id for user in page.entities]
            cursor = page.cursor
            if not cursor:
                break
        self.assertEqual((len(seen), len(set(seen))), (238, 238))

    def test_a_user_is_read_with_the_parts_that_are_asked_for(self):
        user = self.users.get_user(self.first().id, expand=["skills", "languages", "presence", "routingStatus"])
        self.assertTrue(user.skills)
        self.assertTrue(user.presence.presence_definition.id)
        self.assertEqual(user.routing_status.user_id, user.id)
        self.refused(404, self.users.get_user, "nobody")

    def test_a_user_is_created_changed_and_deleted(self):
        body = genesys.CreateUser()
        body.name, body.email = "Åsa Sample", "asa.sample@example.com"
        created = self.users.post_users(body)
        self.assertEqual((created.name, created.version), ("Åsa Sample", 1))

        update = genesys.UpdateUser()
        update.title, update.version = "Pilot", created.version
        changed = self.users.patch_user(created.id, update)
        self.assertEqual((changed.title, changed.version, changed.email), ("Pilot", 2, created.email))

        # The version that was sent is no longer the current one.
        stale = self.refused(409, self.users.patch_user, created.id, update)
        self.assertIn("inin-correlation-id", {name.lower() for name in stale.headers})
        self.refused(409, self.users.post_users, body)

        self.users.delete_user(created.id)
        self.refused(404, self.users.get_user, created.id)
        self.assertEqual(self.users.get_user(created.id, state="deleted").id, created.id)

    def test_a_deleted_user_holds_the_address_until_it_is_restored(self):
        body = genesys.CreateUser()
        body.name, body.email, body.state = "Åsa Sample", "asa.sample@example.com", "active"
        created = self.users.post_users(body)
        self.users.delete_user(created.id)
        self.assertIn("general.conflict", self.refused(409, self.users.post_users, body).body)

        update = genesys.UpdateUser()
        update.state, update.version = "active", self.users.get_user(created.id, state="deleted").version
        self.assertEqual(self.users.patch_user(created.id, update).state, "active")
        self.assertEqual(self.users.get_user(created.id).email, body.email)

    def test_nothing_else_changes_beside_the_state(self):
        user = self.first()
        update = genesys.UpdateUser()
        update.state, update.title, update.version = "inactive", "Pilot", user.version
        self.users.patch_user(user.id, update)
        changed = self.users.get_user(user.id)
        self.assertEqual((changed.state, changed.title), ("inactive", user.title))
        self.assertNotEqual(user.title, "Pilot")

    def test_a_search_finds_pages_and_repeats(self):
        criteria = genesys.UserSearchCriteria()
        criteria.type, criteria.fields, criteria.value = "CONTAINS", ["title"], "agent"
        request = genesys.UserSearchRequest()
        request.query, request.page_size, request.page_number = [criteria], 10, 1
        request.sort_by, request.sort_order, request.expand = "name", "ASC", ["skills"]
        found = self.users.post_users_search(request)
        self.assertGreater(found.total, 10)
        names = [user.name for user in found.results]
        self.assertEqual(names, sorted(names, key=str.lower))
        self.assertTrue(all("agent" in user.title.lower() for user in found.results))

        following = self.users.get_users_search(found.next_page)
        self.assertEqual((following.page_number, following.total), (2, found.total))
        self.assertFalse({user.id for user in following.results} & {user.id for user in found.results})
        again = self.users.get_users_search(following.previous_page)
        self.assertEqual([user.id for user in again.results], [user.id for user in found.results])

    def test_a_search_by_address_sees_a_change_at_once(self):
        user = self.first()
        update = genesys.UpdateUser()
        update.email, update.version = "changed@example.com", user.version
        self.users.patch_user(user.id, update)
        criteria = genesys.UserSearchCriteria()
        criteria.type, criteria.fields, criteria.value = "EXACT", ["email"], "changed@example.com"
        request = genesys.UserSearchRequest()
        request.query = [criteria]
        self.assertEqual([found.id for found in self.users.post_users_search(request).results], [user.id])

    def test_skills_are_replaced_and_added_in_bulk(self):
        user = self.first()
        held = self.users.get_user_routingskills(user.id).entities
        known = {}
        for other in self.users.get_users(page_size=50, expand=["skills"]).entities:
            known.update({skill.id: skill.name for skill in other.skills or []})
        chosen = sorted(known)[:3]

        def rated(skill, proficiency):
            body = genesys.UserRoutingSkillPost()
            body.id, body.proficiency = skill, proficiency
            return body

        replaced = self.users.put_user_routingskills_bulk(user.id, [rated(chosen[0], 2.0), rated(chosen[1], 3.5)])
        self.assertEqual({skill.id: skill.proficiency for skill in replaced.entities}, {chosen[0]: 2.0, chosen[1]: 3.5})
        self.users.patch_user_routingskills_bulk(user.id, [rated(chosen[1], 5.0), rated(chosen[2], 1.0)])
        now = {skill.id: skill.proficiency for skill in self.users.get_user_routingskills(user.id).entities}
        self.assertEqual(now, {chosen[0]: 2.0, chosen[1]: 5.0, chosen[2]: 1.0})
        self.assertNotEqual(now, {skill.id: skill.proficiency for skill in held})
        self.refused(400, self.users.put_user_routingskills_bulk, user.id, [rated("nothing", 1.0)])

    def test_too_many_items_are_refused(self):
        language = genesys.UserRoutingLanguagePost()
        language.id, language.proficiency = self.users.get_user_routinglanguages(self.first().id).entities[0].id, 1.0
        refusal = self.refused(400, self.users.patch_user_routinglanguages_bulk, self.first().id, [language] * 51)
        self.assertIn("50", refusal.body)

    def test_an_analytics_job_is_queued_fulfilled_read_and_deleted(self):
        api = genesys.AnalyticsApi(self.client)
        query = genesys.AsyncUserDetailsQuery()
        query.interval = "2024-12-09T00:00:00Z/2024-12-10T00:00:00Z"
        job = api.post_analytics_users_details_jobs(query).job_id
        self.refused(400, api.get_analytics_users_details_job_results, job)

        states = [api.get_analytics_users_details_job(job).state]
        while states[-1] in ("QUEUED", "PENDING"):
            states.append(api.get_analytics_users_details_job(job).state)
        self.assertEqual(states, ["QUEUED", "PENDING", "FULFILLED"])

        details, cursor = [], None
        while True:
            options = {"cursor": cursor} if cursor else {}
            page = api.get_analytics_users_details_job_results(job, page_size=100, **options)
            details += page.user_details
            cursor = page.cursor
            if not cursor:
                break
        self.assertEqual((len(details), len({detail.user_id for detail in details})), (250, 250))
        self.assertTrue(all(detail.primary_presence and detail.routing_status for detail in details))

        api.delete_analytics_users_details_job(job)
        self.refused(404, api.get_analytics_users_details_job, job)

    def test_sums_are_those_of_the_details(self):
        api = genesys.AnalyticsApi(self.client)
        interval = "2024-12-09T00:00:00Z/2024-12-11T12:00:00Z"
        user = self.first().id
        predicate = genesys.UserAggregateQueryPredicate()
        predicate.type, predicate.dimension, predicate.value = "dimension", "userId", user
        query = genesys.UserAggregationQuery()
        query.interval, query.metrics, query.group_by = interval, ["tAgentRoutingStatus"], ["userId"]
        query.filter = genesys.UserAggregateQueryFilter()
        query.filter.type, query.filter.predicates = "and", [predicate]
        group = api.post_analytics_users_aggregates_query(query).results[0]
        sums = {metric.qualifier: metric.stats.sum for metric in group.data[0].metrics}

        query = genesys.UserDetailsQuery()
        query.interval, query.user_filters = interval, [genesys.UserDetailQueryFilter()]
        predicate = genesys.UserDetailQueryPredicate()
        predicate.type, predicate.dimension, predicate.value = "dimension", "userId", user
        query.user_filters[0].type, query.user_filters[0].predicates = "and", [predicate]
        detail = api.post_analytics_users_details_query(query).user_details[0]
        added = {}
        for span in detail.routing_status:
            length = (span.end_time - span.start_time).total_seconds() * 1000
            added[span.routing_status] = added.get(span.routing_status, 0) + length
        self.assertEqual(sums, added)

    def test_development_activities_are_listed(self):
        user = self.users.get_users(page_size=100).entities[20:40]
        listing = self.users.get_users_development_activities(user_id=[one.id for one in user], page_size=100)
        self.assertTrue(listing.entities)
        activity = listing.entities[0]
        read = self.users.get_users_development_activity(activity.id, activity.type)
        self.assertEqual((read.id, read.name), (activity.id, activity.name))


if __name__ == "__main__":
    unittest.main()
