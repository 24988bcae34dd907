"""American Soundex, which Trino and Redshift both have.

Evidence: https://trino.io/docs/current/functions/string.html#soundex,
https://docs.aws.amazon.com/redshift/latest/dg/SOUNDEX.html (only English letters count)
"""

from __future__ import annotations

_CODES = {
    letter: digit for digit, group in enumerate(("BFPV", "CGJKQSXZ", "DT", "L", "MN", "R"), 1) for letter in group
}


def soundex(value: str) -> str:
    """A letter and three digits: H and W do not part equal codes, vowels do; no letter gives no text."""
    letters = [each for each in value.upper() if each.isascii() and each.isalpha()]
    if not letters:
        return ""
    made, last = letters[0], _CODES.get(letters[0])
    for each in letters[1:]:
        code = _CODES.get(each)
        if code and code != last:
            made += str(code)
        if each not in "HW":
            last = code
    return made[:4].ljust(4, "0")
