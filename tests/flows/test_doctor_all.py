# SPDX-License-Identifier: Apache-2.0
"""doctor without a verb: every part, and one sentence at the end."""
from conftest import YK


def rows(site, *words):
    done = site.run("doctor", *words, "--json")
    found = done.json["checks"]
    seen = {row["status"] for row in found}
    assert done.code == (3 if "fail" in seen else
                         10 if "unknown" in seen else 0), done
    seen = [(row["check"], row["subject"]) for row in found
            if row["check"] == "node"]
    assert len(seen) == len(set(seen)), found       # each is told once
    return {(row["check"], row["subject"], row["status"]) for row in found}


def test_all_parts_are_looked_at_in_one_go(site):
    site.plug(YK)
    parts = [rows(site, part) for part in ("tokens", "login", "aws")]
    assert rows(site) == set.union(*parts) and all(parts)
    assert rows(site, "all") == rows(site)


def test_the_last_line_says_where_to_begin(site):
    site.plug(YK)
    checks = site.run("doctor", "--json").json["checks"]
    failed, warned = ([row for row in checks if row["status"] == status]
                      for status in ("fail", "warn"))
    done = site.run("doctor")
    last = done.out.rstrip().splitlines()[-1]
    if failed:
        assert last == (f"Begin with {failed[0]['subject']}: "
                        f"{failed[0]['remedy'] or failed[0]['text']}.")
    elif done.code == 10:
        assert last.startswith("Nothing that was seen stands in the way, and")
    elif warned:
        assert last.startswith("Tokens, logging in and AWS: nothing fails. "
                               f"Of what is warned of, begin with "
                               f"{warned[0]['subject']}: "), last
    else:
        assert last == ("Tokens, logging in and AWS: nothing stands in the "
                        "way.")


def test_no_credentials_are_where_one_begins(site):
    """A machine without any: the part about AWS is what fails."""
    done = site.run("doctor", "--profile", "nowhere")
    assert done.code == 3, done
    assert "Begin with " in done.out.splitlines()[-1]
