"""Trusted services and who administers them."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from orgs import operations
from tests.rule_machine.drawn import indexes, principals
from tests.rule_machine.steps import Steps


class Services(Steps):
    """Trusted and handed on."""

    @rule(
        who=indexes,
        principal=principals,
        act=st.sampled_from(["enable"] * 2 + ["disable"]),
    )
    def switch_service(self, who, principal, act):
        asked = f"{act}_trusted_service"
        operation = getattr(operations.trusted_services, asked)
        self.ask_by(who, asked, operation, service_principal=principal)

    @rule(
        who=indexes,
        which=indexes,
        principal=principals,
        act=st.sampled_from(["register"] * 3 + ["deregister"]),
    )
    def delegate(self, who, which, principal, act):
        asked = f"{act}_delegated_administrator"
        operation = getattr(operations.delegated_administrators, asked)
        account_id = self.account(which)
        self.ask_by(who, asked, operation, account_id=account_id, service_principal=principal)

    def mistake_trusted_service_already_enabled(self, _index):
        operation = operations.trusted_services.enable_trusted_service
        for _twice in range(2):
            self.ask("enable_trusted_service", operation, service_principal="service.CTS")

    def mistake_service_principal_unknown(self, _index):
        operation = operations.trusted_services.enable_trusted_service
        self.ask("enable_trusted_service", operation, service_principal="service.Nowhere")
