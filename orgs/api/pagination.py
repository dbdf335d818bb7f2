"""Markers: where a page ended, as a text that goes into a URL as it is.

A marker is sealed with the list, its filters and the organization, so that one of another list, or one
that was altered, is refused (R-GEN-7). It carries no more than the client has seen already.
"""

import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.crypto import salted_hmac

from orgs.errors import InvalidParameter, Reason
from orgs.queries.paging import Place

SEAL_BYTES = 12
_LOOKS_RIGHT = re.compile(r"[A-Za-z0-9_-]{4,400}")


@dataclass(frozen=True, slots=True)
class Markers:
    """The markers of one list with its filters, of one organization."""

    list_name: str
    organization_id: str
    filters: Mapping[str, object]

    def write(self, place: Place | None) -> str | None:
        """The marker of the page that follows `place`; None after the last page."""
        if place is None:
            return None
        content = json.dumps(place, separators=(",", ":"), ensure_ascii=False).encode()
        return urlsafe_b64encode(self._seal(content) + content).rstrip(b"=").decode()

    def read(self, marker: str | None) -> Place | None:
        """The place that a marker stands for; None for the first page.

        Raises:
            InvalidParameter: it is not one of this list with these filters.
        """
        if marker is None:
            return None
        if not _LOOKS_RIGHT.fullmatch(marker) or len(marker) % 4 == 1:
            raise InvalidParameter(field="marker", reason=Reason.NOT_A_MARKER)
        raw = urlsafe_b64decode(marker + "=" * (-len(marker) % 4))
        seal, content = raw[:SEAL_BYTES], raw[SEAL_BYTES:]
        if not hmac.compare_digest(seal, self._seal(content)):
            raise InvalidParameter(field="marker", reason=Reason.NOT_A_MARKER)
        return tuple(json.loads(content))

    def _seal(self, content: bytes) -> bytes:
        scope = json.dumps([self.list_name, self.organization_id, self.filters], sort_keys=True)
        seal = salted_hmac(
            "orgs.api.pagination", scope.encode() + b"\0" + content, algorithm="sha256"
        )
        return seal.digest()[:SEAL_BYTES]
