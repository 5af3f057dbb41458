"""Lists the users of a server with the official Python SDK of Genesys Cloud, twice, and prints what the second time took."""

import json
import sys
import time

import PureCloudPlatformClientV2 as genesys


def listed(users):
    """The number of users, read page by page."""
    count, number = 0, 1
    while True:
        page = users.get_users(page_size=100, page_number=number)
        count += len(page.entities)
        if not page.next_uri:
            return count
        number += 1


client = genesys.ApiClient(host=sys.argv[1])
client.access_token = "token"
api = genesys.UsersApi(client)
listed(api)
start = time.perf_counter()
count = listed(api)
print(json.dumps({"count": count, "seconds": time.perf_counter() - start}))
