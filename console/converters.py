"""What may stand in the address of a page."""


class EntityId:
    """An id of a root, unit or account; whether there is one, the query says."""

    regex = "[0-9a-z-]{1,36}"

    def to_python(self, value: str) -> str:
        """The id as it stands in the address."""
        return value

    def to_url(self, value: str) -> str:
        """The same, the other way."""
        return value


class AccessKeyId(EntityId):
    """An id of an access key."""

    regex = "[0-9A-Z]{20}"


class Principal(EntityId):
    """The principal of a service (R-TS-10)."""

    regex = r"service\.[A-Za-z0-9-]{1,92}"


class PolicyId(EntityId):
    """An id of a policy."""

    regex = "[0-9A-Za-z_-]{1,130}"
