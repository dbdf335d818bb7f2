"""How the rules for texts speak in a form."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise

from orgs.errors import Conflict, Denied, InvalidParameter, OrgsError


def checked_by(rule: Callable[[object], str], value: str) -> str:
    """The value as `rule` keeps it; what the rule refuses is a mistake in its field."""
    try:
        return rule(value)
    except InvalidParameter as error:
        raise ValidationError(error.problem) from error


class RefusableForm(forms.Form):
    """A form of a page of its own: what an operation refuses stands in it, and what was typed stays.

    `about` says which field a kind of refusal is about, where the refusal itself does not name one, and
    with which sentence, where its own was written for another place.
    """

    about: ClassVar[dict[type[OrgsError], tuple[str, str | Promise]]] = {}
    first: ClassVar[str]  # the field that has the keyboard while nothing is wrong
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    refusal: OrgsError | None = None  # what was refused, for who offers a way round it

    @contextmanager
    def keeps_refusals(self, only: type[OrgsError] = OrgsError) -> Iterator[None]:
        """Take what is refused inside as a mistake in the form; who may not do it at all is told so.

        `only` are the refusals that the form has an answer to; others go on.

        Raises:
            Denied.
        """
        try:
            yield
        except Denied:
            raise
        except only as error:
            self.refusal = error
            own = error.problem if isinstance(error, InvalidParameter) else str(error)
            field, sentence = self.about.get(type(error), (error.facts.get("field"), ""))
            self.status = HTTPStatus.CONFLICT if isinstance(error, Conflict) else self.status
            self.add_error(field if field in self.fields else None, str(sentence) or own)

    def takes_the_keyboard(self) -> None:
        """Give the keyboard to the first field that is wrong, or to the first of all."""
        wrong = self.errors if self.is_bound else {}
        field = next((name for name in self.fields if name in wrong), self.first)
        self.fields[field].widget.attrs["autofocus"] = True
