"""`python -m tests.language [PATH…]`: refuses words that the project's writing rules replace.

It reads the tracked files, or those named. Each finding is one line: path, line number, and what to write instead.
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUFFIXES = {".py", ".html", ".md", ".txt", ".js", ".css", ".toml", ".yml", ".conf", ".sh", ".mjs"}
EXCLUDED = re.compile(r"^(static/vendor/|tests/(test_)?language\.py$|.*/migrations/)|LICENSE")
MAX_TEMPLATE_LINE = 160
MAX_MODULE_LINES = 250
REPLACEMENTS = {
    r"lest": "so that … not",
    r"whence": "from where",
    r"afresh|anew": "again",
    r"be it": "whether",
    r"so that it may": "so that it can",
    r"meanwhile": "in the meantime, or already",
    r"besides": "also",
    r"at hand": "available",
    r"at first(?! sight)": "by default, or initially",
    r"stands? (?:in|there|beside|below|above)": "is in, is below, …",
    r"tells? of|told of": "describes",
    r"brings? back|brought back": "restore",
    r"(?:goes|gone|go|gets? rid) for good|for good": "is deleted permanently",
    r"seal(?:s|ed|ing)?|unseal(?:ed)?|reseal(?:s|ed|ing)?": "encrypt, decrypt, re-encrypt",
    r"superseded?": "previous secret",
    r"living tokens?": "usable token",
    r"longest lifetimes?": "maximum lifetime",
    r"never allowed": "non-expiring tokens",
    r"shown at first": "default columns",
    r"what (?:it|they) made": "tokens created by this token",
    r"second steps?": "second factor, or MFA",
    r"who(?:ever)? may": "who can",
    r"wire names?": "API name",
    r"out of reach": "unavailable",
    r"in vain": "without success",
    r"hence|thence|thereby|therein|thereof|whereof|whereby": "plain words",
    r"ought to": "should",
}
BANNED = re.compile(rf"\b(?:{'|'.join(f'({pattern})' for pattern in REPLACEMENTS)})\b", re.IGNORECASE)
SENTENCE_START = r'(?:[.;:(>“"] |^\s*(?:#|"""|//|\*)\s*|"""|>)'
FREE_RELATIVE = re.compile(SENTENCE_START + r"(Who(?:ever)?|What (?:is|was|it|they)) [a-z]+[ ,][^?]*$")
"""A sentence that starts with a relative clause as its subject: “Who has the role can …”."""
CODE_SPAN = re.compile(r"`[^`]*`")
"""Names in code, for example those that the changelog says were replaced."""
Finding = tuple[str, int, str]


def tracked_files() -> list[str]:
    output = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return output.splitlines()


def is_checked(path: str) -> bool:
    name = Path(path)
    return not EXCLUDED.search(path) and (name.suffix in SUFFIXES or name.name in {"Caddyfile", "Containerfile"})


def check_text(path: str, text: str) -> Iterator[Finding]:
    """Yield what is wrong with the text of one file: path, line number, message."""
    lines = text.splitlines()
    for number, source in enumerate(lines, start=1):
        line = CODE_SPAN.sub("", source) if path.endswith(".md") else source
        for match in BANNED.finditer(line):
            replacement = list(REPLACEMENTS.values())[match.lastindex - 1] if match.lastindex else ""
            yield path, number, f"“{match[0]}”: write “{replacement}”"
        if clause := FREE_RELATIVE.search(line):
            yield path, number, f"“{clause[1]} …” as a subject: name the person or thing"
        if path.startswith("templates/") and path.endswith(".html") and len(line) > MAX_TEMPLATE_LINE:
            yield path, number, f"{len(line)} characters: break the line at {MAX_TEMPLATE_LINE}"
    if path.endswith(".py") and not path.startswith("tests/") and len(lines) > MAX_MODULE_LINES:
        yield path, len(lines), f"more than {MAX_MODULE_LINES} lines: split the module"


def main(arguments: Sequence[str]) -> int:
    """Print every finding. Return the exit code."""
    chosen = tuple(arguments)
    findings = [
        finding
        for path in tracked_files()
        if is_checked(path) and (not chosen or path.startswith(chosen)) and (ROOT / path).exists()
        for finding in check_text(path, (ROOT / path).read_text(encoding="utf-8"))
    ]
    for path, number, message in findings:
        print(f"{path}:{number}: {message}")
    print(f"{len(findings)} findings" if findings else "No findings.")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
