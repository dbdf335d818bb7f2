"""Every text that a person can enter is shown as text, on every page and in every fragment.

Texts are entered through the operations where the rules let them through; what a rule refuses is written
past it, so that the templates alone are on trial.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone

from orgs import errors, names, operations
from orgs.models import (
    Account,
    BatchRow,
    ClosingRequest,
    CreationRequest,
    Delivery,
    Departure,
    DryRunConfiguration,
    DryRunRecord,
    Event,
    EventTarget,
    Invitation,
    Organization,
    OrganizationalUnit,
    Policy,
    PolicyType,
    PolicyVersion,
    RecordedCall,
    Role,
    Subscription,
    Tag,
    User,
)
from tests.console.conftest import HTMX, LOOKS_THE_SAME_ANYWHERE, REPORTS, Company, signed_in
from tests.console.growing import add_comings_and_goings, grow
from tests.console.guardrails import scp, statement
from tests.console.pages import PAGES, PARTS, address_of, part_of_pages, routes
from tests.console.pages.lists import shorten_lists
from tests.console.pages.row import Query, Row
from tests.console.pages.visitors import client_of, visitor
from tests.factories import actor_for, make_administrator, make_organization

PROJECT = Path(__file__).resolve().parent.parent.parent
TEMPLATES = sorted((PROJECT / "templates").rglob("*.html"))

CANARY = "zq-7"  # with a character that no token of a form has, or chance writes it there
HARMLESS = f"{CANARY} harmless"
POLYGLOT = f"{CANARY}');alert(1);('\"></script><img src onerror=a()>&lt;"
ADDRESS = f"javascript:alert('{CANARY}')"
HOSTILE = (
    POLYGLOT,
    ADDRESS,
    f"=1+{CANARY} hx-get=/e autofocus onfocus=alert(1)",
    f"{{{{ {CANARY} }}}}{{% now 'Y' %}}{{# no #}} x hx-get=/e",
)
# How a text is written does not depend on the database, whether it can be asked for or kept does: PostgreSQL
# gets the one with every character that matters.
ENTERED = (HARMLESS, POLYGLOT, ADDRESS) if connection.vendor == "sqlite" else (POLYGLOT,)
CUT = 32  # characters of a phone number
PART = 2  # rows of a list at a time, so that few texts are enough for a next part


def make_crowd() -> Company:
    """A company with more of everything than one part of a list shows."""
    organization, actor = make_organization()
    grow(organization, units=4, accounts=5)
    unit = organization.units.exclude(parent=None).order_by("name_key").first()
    assert unit is not None
    grown = organization.accounts.exclude(pk=organization.management_account_id)
    grown.update(unit=unit)
    member = grown.order_by("name_key").first()
    assert member is not None
    add_comings_and_goings(organization, member)
    Event.objects.bulk_create(
        Event(organization=organization, number=number, kind="tagResource", at=timezone.now())
        for number in range(2, 6)
    )
    Organization.objects.filter(pk=organization.pk).update(version=5)
    EventTarget.objects.bulk_create(
        EventTarget(
            event=event,
            organization=organization,
            place=place,
            entity_type="account",
            entity_id=member.pk,
        )
        for event in organization.events.filter(number__gt=1)
        for place in range(5)
    )
    return Company(
        organization=organization,
        administrator=User.objects.get(pk=actor.user_id),
        reader=make_administrator(organization.management_account, role=Role.READER),
        member=Account.objects.get(pk=member.pk),
        member_user=make_administrator(member),
    )


@pytest.fixture
def crowd(db, settings, monkeypatch) -> Company:
    shorten_lists(monkeypatch, PART)
    settings.TAG_CHARACTERS_WIDE = True
    cache.clear()  # the counters of attempts to sign in
    made = make_crowd()
    for row in every_row():
        visitor(row, made)
        row.ids(made)  # what is made for an address is there before it is looked at
    return made


def every_row() -> Iterator[Row]:
    for page in PAGES.values():
        yield from page.every()


def enter(company: Company, text: str) -> None:
    """Make the text everything that anybody has typed in; the order of things stays as it is."""
    key = names.name_key(text)
    for unit in OrganizationalUnit.objects.all():
        named = OrganizationalUnit.objects.filter(pk=unit.pk)
        named.update(name=text, name_key=f"{unit.pk[:9]}{key}"[:64])
    for account in Account.objects.all():
        Account.objects.filter(pk=account.pk).update(
            name=text,
            name_key=f"{account.pk[:7]}{key}"[:64],
            description=text,
            email=f"{text}{account.pk}",
        )
    Account.objects.filter(pk=company.member.pk).update(phone=text[:CUT])
    Organization.objects.update(name=text)
    Invitation.objects.update(target=text[:100], notes=text)
    Departure.objects.update(account_name=text[:64])
    ClosingRequest.objects.exclude(failure_reason="").update(failure_detail=text)
    CreationRequest.objects.exclude(failure_reason="").update(failure_detail=text)
    for request in CreationRequest.objects.all():
        CreationRequest.objects.filter(pk=request.pk).update(
            account_name=text[:64], name_key=f"{request.pk[4:12]}{key}"[:64]
        )
    for user in User.objects.all():
        User.objects.filter(pk=user.pk).update(username=f"{text}{user.pk}")
    Event.objects.update(actor_username=text, actor_account_name=text, request_id=text)
    EventTarget.objects.update(
        entity_name=text,
        path=[text],
        before={text: "before"},
        after={"tags": {text: text}, "path": [text], text: text},
    )
    RecordedCall.objects.update(username=text, account_name=text, operation=text, code=text)
    Subscription.objects.update(name=text, target=text)
    Delivery.objects.exclude(problem="").update(problem=text, answer=text)
    Invitation.objects.update(notes=text, tags={text: text})
    EventTarget.objects.filter(event__number=5, place=0).update(entity_id=text)
    for row in BatchRow.objects.all():
        refusal = errors.kept(errors.AccountNotFound(account_id=text)) if row.refusal else {}
        typed = dict.fromkeys(row.typed, text)
        BatchRow.objects.filter(pk=row.pk).update(typed=typed, refusal=refusal)
    Tag.objects.all().delete()
    unit = OrganizationalUnit.objects.get(pk=company.member.unit_id)
    policies = Policy.objects.custom()
    policies.update(description=text, content=text)
    for policy in policies:
        named = Policy.objects.filter(pk=policy.pk)
        named.update(name=text, name_key=f"{policy.pk[:9]}{key}"[:64])
    enter_into_statements(company, text)
    enter_into_dry_runs(text)
    PolicyVersion.objects.update(content=text, saved_by=text)
    carriers = ({"unit": unit}, {"unit": unit.parent}, {"account": company.member})
    for resource in (*carriers, *({"policy": policy} for policy in policies)):
        Tag.objects.create(organization=company.organization, **resource, key=text, value=text)


def enter_into_dry_runs(text: str) -> None:
    """Make it where dry runs are written, and all that their records tell."""
    DryRunConfiguration.objects.update(
        bucket_name=text, region_id=text, bucket_prefix=text, agency_name=text
    )
    for record in DryRunRecord.objects.all():
        decision = record.decision | {"policy_name": text, "statement": 1, "sid": text}
        DryRunRecord.objects.filter(pk=record.pk).update(
            account_name=text, principal=text, action=text, resource=text, decision=decision
        )


def enter_into_statements(company: Company, text: str) -> None:
    """Make it every free word of what policies say where they hang; tag policies have none."""
    for policy in company.policies.values():
        content = policy.content
        if policy.policy_type == PolicyType.SERVICE_CONTROL_POLICY:
            content = scp(
                statement(
                    "Deny",
                    "ecs:*:*",
                    Sid=text,
                    Resource=[f"ecs:*:*:instance:{text}"],
                    Condition={"StringNotEquals": {"g:UserName": [text]}},
                )
            )
        Policy.objects.filter(pk=policy.pk).update(content=content)


class Places(HTMLParser):
    """Where a page shows the canary, and what is wrong with that."""

    TAG = re.compile(r"""<[a-z][a-z0-9]*(?:\s+[a-zA-Z][\w:.-]*(?:="[^"]*"|='[^']*')?)*\s*/?>""")
    TEXTS = {"value", "aria-label", "data-copy", "title", "alt", "placeholder"}
    ADDRESSES = {"href", "action", "src", "formaction"} | {
        f"hx-{name}" for name in ("get", "post", "put", "patch", "delete", "push-url")
    }

    def __init__(self, html: str, text: str) -> None:
        super().__init__()
        self.text = text
        self.shown = 0
        self.faults: list[str] = []
        self.skeleton: list[tuple[str, ...]] = []
        self.inside = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        written = self.get_starttag_text() or ""
        self.inside = tag
        self.skeleton.append((tag, *sorted(name for name, _value in attrs)))
        if not self.TAG.fullmatch(written):
            self.faults.append(f"an attribute without quotes, or something else: {written}")
        for name, value in attrs:
            if CANARY in name:
                self.faults.append(f"as the name of an attribute: {written}")
            if name.startswith("on") or name in {"style", "srcdoc"}:
                self.faults.append(f"a script or a style: {written}")
            if name == "hx-push-url" and value == "true":
                continue
            if name == "hx-get" and not value:
                continue  # the page itself
            if name in self.ADDRESSES and not self.is_address_of_ours(value or ""):
                self.faults.append(f"no address of ours: {written}")
            elif CANARY in (value or "") and name not in self.ADDRESSES:
                if name not in self.TEXTS:
                    self.faults.append(f"in {name}: {written}")
                self.count(value)

    def handle_endtag(self, _tag):
        self.inside = ""

    def handle_data(self, data):
        if CANARY in data:
            if self.inside in {"script", "style"}:
                self.faults.append(f"inside {self.inside}: {data}")
            self.count(data)

    def handle_comment(self, data):
        self.faults.append(f"a comment: {data}")

    handle_pi = unknown_decl = handle_comment

    def count(self, said):
        """It stands there as it was typed in: neither cut nor escaped twice.

        Inside the document of a policy it is escaped as JSON has it, and in a place of one as pointers do.
        """
        self.shown += 1
        in_json = json.dumps(self.text, ensure_ascii=False)[1:-1]
        in_pointer = self.text.replace("~", "~0").replace("/", "~1")
        is_whole = any(written in said for written in (self.text, in_json, in_pointer))
        if not is_whole and said != self.text[:CUT]:
            self.faults.append(f"not as it was typed in: {said}")

    @staticmethod
    def is_address_of_ours(value):
        parts = urlsplit(value)
        ours = value.startswith(("/", "#")) and not value.startswith("//")
        return ours and not (parts.scheme or parts.netloc) and CANARY not in parts.path


def in_headers(answer, text: str) -> Iterator[str]:
    """What is wrong with the headers of an answer."""
    for name, value in answer.headers.items():
        if CANARY not in value:
            continue
        if name.startswith("HX-Trigger"):
            said = json.dumps(json.loads(value), ensure_ascii=False)
            if json.dumps(text, ensure_ascii=False)[1:-1] not in said:
                yield f"{name}: {value}"
        elif name not in {"Location", "HX-Replace-Url", "HX-Push-Url"} or (
            not Places.is_address_of_ours(value) or re.search(r"[<>\"' ]", value)
        ):
            yield f"{name}: {value}"


def filled(query: Query, text: str, company: Company) -> Query:
    """What is asked or sent, with the text and with what is there to be named."""
    there = {"{account}": company.member.pk, "{unit}": str(company.member.unit_id)}

    def fill(given: str) -> str:
        for mark, known in there.items():
            given = given.replace(mark, known)
        return given.replace("{text}", text)

    return {
        name: [fill(one) for one in value] if isinstance(value, list) else fill(value)
        for name, value in query.items()
    }


def headers_of(row: Row) -> list[dict[str, str]]:
    """For the page, and for each of its fragments."""
    targets = [HTMX | ({"HX-Target": target} if target else {}) for target in row.targets]
    return [{}, *targets]


# Every fragment that a page's own hooks ask for and that was not opened yet, put into the page.
OPEN_EVERYTHING = """async (opened) => {
  if (!window.htmx) return [];
  const hooks = [...document.querySelectorAll("[hx-get]")];
  const urls = new Set(hooks.map((hook) => hook.getAttribute("hx-get") || location.href));
  const asked = [...urls].filter((url) => !opened.includes(url));
  const place = document.body.appendChild(document.createElement("div"));
  for (const url of asked) await window.htmx.ajax("GET", url, { target: place, swap: "innerHTML" });
  return asked;
}"""


def test_every_page_has_a_row():
    assert set(PAGES) == routes()


def test_every_target_of_a_fragment_stands_in_a_row():
    written = {
        target
        for path in (*TEMPLATES, *(PROJECT / "static" / "console").glob("*.js"))
        for target in re.findall(r"""(?:hx-target=|target: )"#([\w-]+)""", path.read_text())
    }
    targets = {target for row in every_row() for target in row.targets}
    assert written <= targets


def test_every_page_and_fragment_shows_hostile_texts_as_text(crowd):
    seen: dict[tuple[object, ...], list[tuple[str, ...]]] = {}
    faults = []
    for text in ENTERED:
        enter(crowd, text)
        for name, page in PAGES.items():
            for row in page.every() if page.shows else ():
                UserSession.objects.all().delete()  # or each visit makes the list of them longer
                client, address = client_of(visitor(row, crowd)), address_of(name, row, crowd)
                for number, query in enumerate(({}, *row.asked)):
                    # A fragment is a part of its page; one text with every character that matters tells.
                    for headers in headers_of(row) if text != ADDRESS else [{}]:
                        where = (address, row.who, number, headers.get("HX-Target"), bool(headers))
                        answer = client.get(address, filled(query, text, crowd), headers=headers)
                        found = Places(answer.content.decode(), text)
                        wrong = [*found.faults, *in_headers(answer, text)]
                        # Somebody who is signed in sees at least the own name.
                        expected = answer.status_code == 200 and row.who and not (headers and query)
                        expected = expected and (row.tells or not headers)
                        if expected and not found.shown:
                            wrong.append("it does not show the text at all")
                        same = seen.setdefault(where, found.skeleton) == found.skeleton
                        if not same and "after" not in query:  # what follows, the text decides
                            wrong.append("its elements are not those of a harmless text")
                        faults += [(text, *where, each) for each in wrong]
    assert faults == [], "\n".join(map(str, faults))


def test_every_form_shows_hostile_texts_as_text(crowd):
    faults = []
    for text in ENTERED[-2:]:
        enter(crowd, text)
        for name, page in PAGES.items():
            for row in page.every():
                client, address = client_of(visitor(row, crowd)), address_of(name, row, crowd)
                for sent in row.sent:
                    for headers in headers_of(row)[:2]:
                        before = transaction.savepoint_create()
                        answer = client.post(address, filled(sent, text, crowd), headers=headers)
                        transaction.savepoint_rollback(before)
                        found = Places(answer.content.decode(), text)
                        assert answer.status_code < 500
                        wrong = [*found.faults, *in_headers(answer, text)]
                        faults += [(text, address, sent, bool(headers), each) for each in wrong]
    assert faults == [], "\n".join(map(str, faults))


@pytest.mark.parametrize("text", HOSTILE)
def test_what_the_rules_let_through_is_kept_as_it_was_typed_in(company, settings, text):
    """Descriptions take every one of them, names all without < and >, tags those of a wide alphabet."""
    settings.TAG_CHARACTERS_WIDE = True
    actor, member = actor_for(company.administrator), company.member
    operations.accounts.update_account(actor=actor, account_id=member.pk, description=text)
    let_through = {"description"}
    for what, entered in {
        "unit": lambda: operations.units.update_organizational_unit(
            actor=actor, unit_id=member.unit_id, name=text
        ),
        "tag": lambda: operations.tags.update_tags(
            actor=actor, resource_id=member.pk, tags=[(text, text)]
        ),
    }.items():
        try:
            entered()
        except errors.InvalidParameter:
            continue
        let_through.add(what)

    member.refresh_from_db()
    assert member.description == text
    assert ("unit" in let_through) == (not set(text) & {"<", ">"})
    assert (member.unit.name == text) == ("unit" in let_through)
    assert ("tag" in let_through) == member.tags.filter(key=text, value=text).exists()
    client = signed_in(company.administrator)
    for address in (f"/structure/accounts/{member.pk}/", "/activity/", "/"):
        assert Places(client.get(address).content.decode(), text).faults == []


@pytest.mark.parametrize("text", HOSTILE)
def test_the_file_of_accounts_holds_hostile_texts_as_cells_that_no_sheet_runs(company, text):
    enter(company, text)

    answer = signed_in(company.administrator).get("/accounts/accounts.csv", {"tag_key": text})

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    _head, row = csv.reader(io.StringIO(answer.getvalue().decode()))
    inert = f"'{text}" if text.startswith("=") else text
    assert [row[1], row[2], row[6], row[7]] == [inert, inert, inert, inert + f"={text}"]


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("javascript:alert(1)", "/"),
        ("https://elsewhere.example/", "/"),
        (
            "http://testserver/structure/?x=\"><img src=x onerror=alert(1)>'",
            "http://testserver/structure/?x=\"><img src=x onerror=alert(1)>'",
        ),
    ],
)
def test_a_refusal_leads_back_to_no_address_but_ours(company, referer, back):
    answer = signed_in(company.member_user).get("/structure/", headers={"Referer": referer})

    assert answer.status_code == 403
    page = Places(answer.content.decode(), POLYGLOT)
    assert [tag for tag, *_names in page.skeleton if tag in {"img", "script"}] == []
    hrefs = re.findall(r'<a class="button primary" href="([^"]*)"', answer.content.decode())
    assert [unescape(href) for href in hrefs] == [back]


@LOOKS_THE_SAME_ANYWHERE
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("part", range(PARTS))
def test_no_browser_runs_a_hostile_text(crowd, live_server, context, page, part):
    """Every page, and every fragment that it can ask for, in a document where they could do harm."""
    harm: list[str] = []
    context.add_init_script(REPORTS)
    page.on("dialog", lambda dialog: (harm.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("pageerror", lambda error: harm.append(f"error: {error}"))
    enter(crowd, POLYGLOT)
    # An address gives somebody one fragment on all pages of the structure, and one on all others.
    opened: dict[tuple[str | None, bool], list[str]] = {}
    for name, row in ((each, row) for each in part_of_pages(part) for row in PAGES[each].every()):
        if not row.shows:
            continue
        user = visitor(row, crowd)
        context.clear_cookies()
        if user is not None:
            session = signed_in(user).cookies["session"].value
            context.add_cookies([{"name": "session", "value": session, "url": live_server.url}])
        address = address_of(name, row, crowd)
        page.goto(live_server.url + address, wait_until="load")
        known = opened.setdefault((row.who, address.startswith("/structure/")), [])
        known += page.evaluate(OPEN_EVERYTHING, known)
        harm += [f"{name}: {report}" for report in page.evaluate("window.reports")]
        assert page.locator("img, [onerror], script:not([src])").count() == 0
    assert harm == []


VARIABLE, BLOCK = "\x01", "\x02"  # what stands in a template in place of {{ … }} and {% … %}
START_TAG = re.compile(r"""<[a-z][a-z0-9]*((?:[^<>"']|"[^"]*"|'[^']*')*)>""", re.DOTALL)
ATTRIBUTE = re.compile(r"""[\w:.@-]+(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
# Their values are addresses, or sentences; every other value of an hx-… is an expression.
MAY_VARY = Places.ADDRESSES | {"hx-replace-url", "hx-confirm", "hx-prompt"}


def faults_of_template(text: str) -> list[str]:
    """Variables where quotes do not hold them, and where htmx would take them for an expression."""
    text = re.sub(r"\{#.*?#\}|\{% comment.*?endcomment %\}", "", text, flags=re.DOTALL)
    text = re.sub(r"\{%.*?%\}", BLOCK, re.sub(r"\{\{.*?\}\}", VARIABLE, text))
    found = []
    for tag in START_TAG.finditer(text):
        for attribute in ATTRIBUTE.finditer(tag[1]):
            name, value = attribute[0].split("=")[0].strip(), attribute[1] or ""
            varies = VARIABLE in value or BLOCK in value
            if varies and value[0] not in "\"'":
                found.append(f"no quotes around {name} in {tag[0]}")
            if varies and name.startswith("hx-") and name not in MAY_VARY:
                found.append(f"a variable in {name} of {tag[0]}")
        if VARIABLE in ATTRIBUTE.sub("", tag[1]):
            found.append(f"a variable among the attributes of {tag[0]}")
    return found


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_puts_a_variable_where_it_could_be_more_than_text(path):
    assert faults_of_template(path.read_text()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        "<a href={{ href }}>",
        "<a class={% if x %}a{% endif %}>",
        "<input value=a{{ b }}>",
        "<a {{ attributes }}>",
        '<a hx-target="#node-{{ id }}">',
        """<a hx-vals='{"name": "{{ name }}"}'>""",
        '<a hx-trigger="{% if x %}load{% endif %}">',
    ],
)
def test_a_variable_that_could_be_more_than_text_is_noticed(wrong):
    assert len(faults_of_template(wrong)) == 1


@pytest.mark.parametrize(
    "right",
    [
        '<a href="{{ href }}" hx-get="{% url \'unit\' x %}"{% if a %} aria-current="page"{% endif %}>',
        '<a title=\'{{ a > b }}\' hx-target="#tree" hx-confirm="Delete {{ name }}?">{{ name }}</a>',
        "{% if a < b %}{{ a }}{% endif %}",
    ],
)
def test_a_variable_between_quotes_is_let_be(right):
    assert faults_of_template(right) == []
