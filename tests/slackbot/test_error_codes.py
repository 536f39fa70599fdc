"""Every error code that Slack documents for a method of ours has a meaning, and unknown ones are tried again."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from slackbot.api.error_codes import CODES, Meaning, is_classified, meaning_of

ROOT: Final = Path(__file__).resolve().parents[2]
REFERENCE: Final = ROOT.parent / "shared" / "slack-reference" / "methods"
METHODS: Final[dict[str, Any]] = json.loads((ROOT / "sandbox/reference/methods.json").read_text())
NAME: Final = re.compile(r'"([a-z]+(?:\.[a-zA-Z]+)+)"')
# What Slack may answer to any method: "Common errors" of each method's page.
COMMON: Final = [
    "access_denied",
    "accesslimited",
    "account_inactive",
    "deprecated_endpoint",
    "ekm_access_denied",
    "enterprise_is_restricted",
    "fatal_error",
    "internal_error",
    "invalid_arg_name",
    "invalid_arguments",
    "invalid_array_arg",
    "invalid_auth",
    "invalid_charset",
    "invalid_form_data",
    "invalid_post_type",
    "method_deprecated",
    "missing_post_type",
    "missing_scope",
    "no_permission",
    "not_allowed_token_type",
    "not_authed",
    "org_login_required",
    "ratelimited",
    "request_timeout",
    "service_unavailable",
    "team_access_not_granted",
    "team_added_to_org",
    "token_expired",
    "token_revoked",
    "two_factor_setup_required",
]


def _called() -> set[str]:
    sources = [path for path in (ROOT / "slackbot").rglob("*.py") if "testing" not in path.parts]
    return {method for path in sources for method in NAME.findall(path.read_text()) if method in METHODS}


def test_every_documented_code_of_a_method_that_we_call_is_classified() -> None:
    called = _called()
    documented = {(method, code) for method in called for code in [*METHODS[method]["errors"], *COMMON]}

    unclassified = sorted(f"{method}: {code}" for method, code in documented if not is_classified(code, method=method))

    assert len(called) > 20
    assert unclassified == []


@pytest.mark.skipif(not REFERENCE.exists(), reason="Slack's reference is not beside this checkout")
def test_every_code_of_the_published_reference_is_classified() -> None:
    documented = {
        (method, code)
        for method in _called()
        for code in json.loads((REFERENCE / f"{method}.json").read_text()).get("errors", {})
    }

    assert sorted(f"{method}: {code}" for method, code in documented if not is_classified(code, method=method)) == []


def test_no_code_has_two_meanings() -> None:
    listed = Counter(code for codes in CODES.values() for code in codes)

    assert [code for code, count in listed.items() if count > 1] == []


@pytest.mark.parametrize("code", ["a_code_of_tomorrow", "org_user_not_in_team", "no_permission", "restricted_action"])
def test_what_may_pass_is_tried_again(code: str) -> None:
    assert meaning_of(code, method="conversations.invite") is Meaning.RETRYABLE


@pytest.mark.parametrize("code", ["team_added_to_org", "org_login_required", "token_revoked", "missing_scope"])
def test_what_is_about_the_workspace_is_not_blamed_on_one_call(code: str) -> None:
    assert meaning_of(code, method="chat.postMessage") is Meaning.WORKSPACE


def test_a_method_may_mean_something_of_its_own() -> None:
    assert meaning_of("not_in_channel", method="chat.postMessage") is Meaning.REPAIRABLE
    assert meaning_of("not_in_channel", method="conversations.kick") is Meaning.DONE
