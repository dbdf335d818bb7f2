"""What is drawn: names, texts, tags and the like; few of each, so that they collide."""

import json

from hypothesis import strategies as st

from tests import oracle

LONGEST = "w" * 64
# Few, so that they collide: other case, other normal form, foldings that change the length.
GOOD_NAMES = (
    "Sales",
    "sales",
    "SALES",
    "Éq",
    "E\u0301q",
    "éQ",
    "straße",
    "STRASSE",
    "R&D/ops",
    "日本",
)
MORE_NAMES = ("İ", "ΐ", "a b", "it's", "🙂", LONGEST, LONGEST.upper(), "😀 ok")
BAD_NAMES = ("", LONGEST + "w", " a", "a ", "<b>", "a\x00", "a\u200bb", "\u202ea", "a\u00a0b")
names = st.sampled_from((GOOD_NAMES + MORE_NAMES) * 4 + BAD_NAMES)
texts = st.sampled_from(
    ["Ledger", "Grüße", "  trimmed ", "x" * 255, "", None] * 3 + ["x" * 256, "a\nb"]
)
good_keys = st.sampled_from(["cost", "Cost", "env", "team", "成本", "a-b"])
keys = st.sampled_from(["cost", "env", "_sys_a", "", "a b", "k" * 129])
good_values = st.sampled_from(["", "1", "a.b", "x" * 255])
values = st.sampled_from(["", "x" * 256, "a b"])
good_tags = st.lists(
    st.tuples(good_keys, good_values), min_size=1, max_size=3, unique_by=lambda tag: tag[0]
)
bad_tags = st.lists(st.tuples(keys, values), max_size=4)
tag_lists = st.sampled_from([good_tags] * 7 + [bad_tags]).flatmap(lambda chosen: chosen)
good_key_lists = st.lists(good_keys, min_size=1, max_size=3)
key_lists = st.sampled_from([good_key_lists] * 7 + [st.lists(keys, max_size=2)]).flatmap(
    lambda chosen: chosen
)
indexes = st.integers(min_value=0, max_value=2**16 - 1).map(
    lambda drawn: (drawn * 40_503 + 1) % 2**16
)
account_names = st.sampled_from(
    ["brand-new", "Brand-New", "second-new", "third_new", "fourth-new", "fifth-new"] * 3
    + [f"new-account-{number}" for number in range(40)]
    + ["short", "1-first", "with space", "x" * 65, None]
)
emails = st.sampled_from(
    [None] * 6 + ["a@example.com", "b@example.com", "c@example.com", "", "no address", "a@b@c.org"]
)
notes = st.sampled_from(["", "Join us.\nWe are nice."] * 4 + ["x" * 1_024, "x" * 1_025])
few_tags = st.sampled_from([st.just([])] * 5 + [tag_lists]).flatmap(lambda chosen: chosen)
foreign = [
    "r-0000",
    "ou-00000000",
    "0" * 32,
    "p-FullAccess",
    "%7Bid%7D",
    "",
    "ou-00000000\n",
    "OU-00000000",
    "h-00000000",
    "p-00000000",
]
# Few, and in other case; "FullAccess" is built in (R-POL-3).
policy_names = st.sampled_from(
    ["Stay", "stay", "Lock", "Cost", "成本"] * 5
    + [f"Policy {number}" for number in range(8)]
    + ["FullAccess", "", " Stay", "a/b", "x" * 65, "Stay\n"]
)
policy_texts = st.sampled_from(["Nobody leaves", " trimmed ", ""] * 4 + ["x" * 513, "a\nb"])


def a_scp(effect: str, *actions: str, **equal: str) -> str:
    """With `RequestTag` or `ResourceTag` of the key `env` where it is to have that value."""
    statement = {"Effect": effect, "Action": list(actions)} | (
        {"Resource": ["*"]} if effect == "Allow" else {}
    )
    if equal:
        keys = {f"g:{kind}/env": value for kind, value in equal.items()}
        statement["Condition"] = {"StringEquals": keys}
    return json.dumps({"Version": "5.0", "Statement": [statement]})


GOOD_SCPS = (
    a_scp("Deny", "organizations:organizations:leave"),
    a_scp("Deny", "organizations:handshakes:*"),
    a_scp("Deny", "ecs:*:*"),
    a_scp("Allow", "*"),
    a_scp("Allow", "organizations:*:*"),
    a_scp("Allow", "ecs:*:*"),
    a_scp("Deny", "organizations:*:*", RequestTag="1"),
    a_scp("Deny", "organizations:*:*", ResourceTag="1"),
    a_scp("Deny", "ecs:*:*") + " " * (5_120 - len(a_scp("Deny", "ecs:*:*"))),
)
GOOD_TAG_POLICIES = tuple(
    json.dumps({"tags": {key: {"tag_value": {"@@assign": ["1", "2"]}}}}) for key in ("cost", "env")
)
MALFORMED = ("", "{", "[]", "7", '{"Version":"5.0"}', "[" * 4_000)
TOO_LONG = (" " * 5_121, " " * 10_001)  # the first for service control policies alone


def a_text(index: int, policy_type: str) -> str:
    """Mostly one of the type; they are too long to be drawn, and to be shown."""
    index, special = divmod(index, 16)
    fitting = GOOD_TAG_POLICIES if policy_type == oracle.TAG_POLICY else GOOD_SCPS
    texts = {0: MALFORMED, 1: TOO_LONG, 2: GOOD_SCPS + GOOD_TAG_POLICIES}.get(special, fitting)
    return texts[index % len(texts)]


# What tests of policies ask: whether the texts above let it.
actions = st.sampled_from(
    ["organizations:organizations:leave", "ecs:servers:create", "obs:bucket:list"] * 4 + ["ecs", ""]
)
test_names = st.sampled_from(["stays", "works", "keeps"] * 4 + ["", " a", "x" * 129])
reasons = st.sampled_from(["", "", "", "It is meant so"])
statuses = st.sampled_from(["enabled"] * 5 + ["disabled", None, "pending_enable"])
buckets = st.sampled_from(["logs", "logs-2"] * 4 + [None] * 5 + ["", "../up", "a b", "x" * 256])
policy_types = st.sampled_from(
    [oracle.SCP] * 8 + [oracle.TAG_POLICY] * 6 + ["resource_control_policy"]
)
principals = st.sampled_from(
    ["service.CTS", "service.COC"] * 4
    + ["service.CostCenter", "service.cts", "", "x" * 101, "service.CTS\n", None]
)
good_rights = st.lists(st.sampled_from(oracle.GRANTABLE), min_size=1, max_size=4, unique=True)
rights_of_grants = st.sampled_from(
    [st.just(list(oracle.GRANTABLE))] * 3
    + [good_rights] * 4
    + [st.just([]), st.just(["close_account"])]
).flatmap(lambda chosen: chosen)
