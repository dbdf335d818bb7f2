"""The console in Chinese: chosen by a person or by the browser, compiled, and complete where it is there."""

import ast
import gettext
import re
import string
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from django.utils.translation import override
from django.utils.translation.template import templatize

from console.templatetags.console import at_length, briefly
from orgs.models import PolicyType
from orgs.queries.policy_catalogue import list_templates
from tests.console.conftest import signed_in
from tests.console.reading import Page

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = PROJECT / "locale" / "zh_Hans" / "LC_MESSAGES"
ENTRY = re.compile(
    r'(?:^msgctxt (?P<context>".*")\n)?^msgid (?P<text>".*")\n'
    r'(?:^msgid_plural (?P<plural>".*")\n)?^msgstr(?:\[0\])? (?P<said>".*")\n',
    re.MULTILINE,
)
LITERAL = r"""u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
CALL = re.compile(rf"\b(n?p?gettext|_)\({LITERAL}(?:, ?{LITERAL})?")
WITHOUT_CONTEXT = {"gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "_"}
WITH_CONTEXT = {"pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"}
MEND = "Run manage.py gather_texts, translate these in django.po, run it again (docs/operating.md)."


@cache
def texts() -> dict[str, tuple[str, str]]:
    """What each text is in Chinese, with its longest form in English: of more than one, where it counts."""
    found = {}
    for entry in ENTRY.finditer((FOLDER / "django.po").read_text(encoding="utf-8")):
        text, said = ast.literal_eval(entry["text"]), ast.literal_eval(entry["said"])
        if text:
            context = entry["context"]
            longest = ast.literal_eval(entry["plural"]) if entry["plural"] else text
            found[f"{ast.literal_eval(context)}\x04{text}" if context else text] = (said, longest)
    return found


def test_the_compiled_texts_are_those_that_were_written():
    with (FOLDER / "django.mo").open("rb") as compiled:
        catalog = gettext.GNUTranslations(compiled)._catalog
    # One that counts is kept by its number too; Chinese has one number.
    known = {text if isinstance(text, str) else text[0]: said for text, said in catalog.items()}

    known.pop("", None)
    assert len(known) > 2000
    assert known == {text: said for text, (said, _longest) in texts().items() if said}


def test_a_text_in_chinese_names_the_same_facts():
    def facts(sentence: str) -> tuple[list[str], set[str], list[str]]:
        named = re.findall(r"%\(\w+\)s|%%", sentence)
        fields = [name for _said, name, *_ in string.Formatter().parse(sentence) if name]
        in_braces = {name.partition(".")[0] for name in fields} | set(re.findall(r"\$\d", sentence))
        return sorted(set(named)), in_braces, sorted(re.findall(r"</?[a-z][^>]*>", sentence))

    others = [text for text, (said, longest) in texts().items() if facts(said) != facts(longest)]
    assert others == []


def key(function: str, said: list[str]) -> str:
    return "\x04".join(said[:2]) if function in WITH_CONTEXT else said[0]


def marked_in_python(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        function = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if function in WITHOUT_CONTEXT | WITH_CONTEXT:
            said = [one.value for one in node.args if isinstance(one, ast.Constant)]
            if said:
                yield key(function, said)


def marked_in_a_template(source: str) -> Iterator[str]:
    for function, *literals in CALL.findall(templatize(source)):
        yield key(function, [ast.literal_eval(literal) for literal in literals if literal])


def marked() -> Iterator[str]:
    for folder in ("console", "orgs"):
        for file in (PROJECT / folder).rglob("*.py"):
            yield from marked_in_python(file.read_text(encoding="utf-8"))
    for file in (PROJECT / "templates").rglob("*.*"):
        yield from marked_in_a_template(file.read_text(encoding="utf-8"))


def test_every_text_is_there_in_chinese():
    missing = {text for text in marked() if not texts().get(text, ("", ""))[0]}

    assert not missing, "\n".join([MEND, *sorted(missing)])


def test_times_are_written_as_chinese_writes_them():
    at = datetime(2026, 11, 3, 22, 53, tzinfo=UTC)

    with override("en"):
        assert (briefly(at), at_length(at)) == ("3 Nov 2026, 22:53", "3 November 2026, 22:53")
    with override("zh-hans"):
        assert (briefly(at), at_length(at)) == ("2026/11/03 22:53", "2026/11/03 22:53")


@pytest.mark.parametrize("policy_type", PolicyType.values)
def test_texts_to_begin_with_have_their_title_in_chinese(policy_type):
    titles = [one.title for one in list_templates(policy_type, language="zh-hans")]

    assert titles
    assert [title for title in titles if not re.search("[\u4e00-\u9fff]", title)] == []


def test_the_browsers_wish_holds_until_somebody_chooses(company):
    client = signed_in(company.administrator)
    asked = {"Accept-Language": "zh-CN,zh;q=0.9"}

    page = Page(client.get("/settings/", headers=asked).content.decode())
    assert page.text("h1") == ["设置"]
    assert page.attributes("html")[0]["lang"] == "zh-hans"
    menu = page.text("nav")[0]
    for word in ("概览", "组织结构", "账号", "策略", "标签", "活动记录", "配额", "设置"):
        assert word in menu
    client.post("/language/", {"language": "en"})
    page = Page(client.get("/settings/", headers=asked).content.decode())
    assert page.text("h1") == ["Settings"]


def test_refusals_and_events_are_said_in_chinese(company):
    client = signed_in(company.reader)
    client.post("/language/", {"language": "zh-hans"})
    unit = company.organization.root.pk

    refused = client.post(f"/structure/units/{unit}/new/", {"name": "New"})

    assert refused.status_code == 403
    assert "您在此账号中的角色不允许此操作" in refused.text
    assert Page(client.get("/activity/").content.decode()).text("h2") == ["组织已创建"]
    assert "允许对所有资源执行所有操作" in client.get("/policies/").text
