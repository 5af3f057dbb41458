"""Values for optional parameters that take ids and other texts, so that a call with them finds something."""

import PureCloudPlatformClientV2 as sdk


def known_values(client, operations):
    """Values by the name that a parameter has in requests: those of the examples, and what the sandbox says of a user."""
    known = {name: _one(value) for operation in operations for name, value in operation.parameters.items()}
    user = sdk.UsersApi(client).get_user(known["userId"])
    known.update({
        "id": user.id,
        "jid": user.chat.jabber_id,
        "jabberId": user.chat.jabber_id,
        "name": user.division.name,
        "userCustomAttributeSchemaIds": known["schemaId"],
        # Each holds the whole of the sandbox's past, and is no longer than a year.
        "interval": "2024-01-02T00:00:00Z/2025-01-01T00:00:00Z",
        "completionInterval": "2024-01-02T00:00:00Z/2025-01-01T00:00:00Z",
    })
    return known


def _one(value):
    return value[0] if isinstance(value, list) else value
