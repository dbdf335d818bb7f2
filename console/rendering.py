"""Page or fragment, decided once."""

from django.http import HttpRequest


def console(request: HttpRequest) -> dict[str, object]:
    """What every page needs."""
    return {}
