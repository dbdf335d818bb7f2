"""What is typed in to sign in, beside the password."""

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm

from console import attempts
from orgs import second_factor


class CodeForm(AuthenticateForm):
    """A code of the app, or a recovery code. The settings hand it to allauth, which calls `save`."""

    def clean_code(self) -> str:
        """The code, if it is right and was never used; every try is counted before."""
        attempt = attempts.of_code(context.request, self.user.pk)
        code = str(self.cleaned_data["code"])
        proof = second_factor.verify(self.user, code)
        if proof is None:
            raise get_adapter().validation_error("incorrect_code")
        attempt.succeeded()
        self.authenticator = proof
        self.authenticator.user = self.user
        return code
