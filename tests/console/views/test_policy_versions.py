"""The versions of a policy: compared, and restored."""

from orgs.operations.attachments import attach_policy
from orgs.operations.policies import update_policy
from tests.console.htmx import DIALOG, triggered
from tests.console.reading import read
from tests.console.views.policy_pages import DENY, DENY_MORE, page_of


def test_versions_are_compared_and_restored(administrator, manager, scp):
    update_policy(actor=manager, policy_id=scp.pk, content=DENY_MORE)
    listed = read(administrator.get(page_of(scp, "?tab=versions")))
    assert [a["href"] for a in listed.attributes("a", id="restore-1")] == [
        page_of(scp, "versions/1/restore/")
    ]

    second = administrator.get(page_of(scp, "versions/2/"))
    assert "Compared with version 1" in second.text
    assert read(second).text("tr", class_="come") == [f"1+Added{DENY_MORE}"]
    assert "Restore this version" not in second.text
    first = administrator.get(page_of(scp, "versions/1/"))
    assert "Compared with" not in first.text
    compared = administrator.get(page_of(scp, "versions/?version=1&against=2"))
    assert read(compared).text("tr", class_="come") == [f"1+Added{DENY}"]
    for missing in ("versions/3/", "versions/?version=1&against=9", "versions/?version=x"):
        assert administrator.get(page_of(scp, missing)).status_code == 404

    assert "becomes version 3" in administrator.get(page_of(scp, "versions/1/restore/")).text
    answer = administrator.post(page_of(scp, "versions/1/restore/"), {"version": "2"})

    assert answer["Location"] == page_of(scp, "?tab=versions")
    scp.refresh_from_db()
    assert (scp.version, scp.content) == (3, DENY)
    stale = administrator.post(page_of(scp, "versions/2/restore/"), {"version": "2"})
    assert stale.status_code == 409


def test_restoring_what_binds_asks_for_the_word(administrator, manager, scp, root):
    update_policy(actor=manager, policy_id=scp.pk, content=DENY_MORE)
    attach_policy(actor=manager, policy_id=scp.pk, entity_id=root.pk)
    path = page_of(scp, "versions/1/restore/")

    assert administrator.post(path, {"version": "2"}).status_code == 422
    confirmed = {"version": "2", "confirmation": "Confirm"}
    answer = administrator.post(path, confirmed, headers=DIALOG)

    assert answer["HX-Retarget"] == "#policy"
    assert triggered(answer)["toast"] == {"text": "Guardrail has the text of version 1 again."}
    scp.refresh_from_db()
    assert scp.version == 3
