"""Small wrong changes of SQL and PL/pgSQL text: of conditions, lists and statements. Never connects.

Works on tokens, so that everything else of the text stays as it was. Each change has a name made of what it
changes, so that it is the same one after the text around it was edited.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(
    r"(?P<space>\s+|--[^\n]*)"
    r"|(?P<string>'(?:[^']|'')*')"
    r'|(?P<word>"[^"]+"|[A-Za-z_][\w$]*)'
    r"|(?P<number>\d[\d.]*)"
    r"|(?P<sign>::|:=|\.\.|[()\[\],;.:]|[-+*/<>=~!@#%^&|`?]+)"
)
ENDS_CONDITION = {
    *("group", "order", "limit", "union", "except", "having", "window", "returning", "for", "where"),
    *("join", "left", "right", "full", "cross", "inner", "into", "loop"),
}
STARTS_STATEMENT = {"begin", "then", "else", "loop", ";"}
REMOVABLE = {"perform", "raise", "update", "insert", "delete"}


@dataclass(frozen=True)
class Token:
    """A word, sign or literal, and where it stands."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        return self.text.lower() if self.kind != "string" else ""


@dataclass(frozen=True)
class Change:
    """A piece of the text and what stands there instead."""

    start: int
    end: int
    label: str
    text: str

    def apply(self, source: str) -> str:
        return source[: self.start] + self.text + source[self.end :]


def find_changes(source: str, *, is_condition: bool = False, answers: bool = False) -> dict[str, str]:
    """Changed texts by name. `is_condition`: all of it is one; `answers`: it returns true or false."""
    tokens = read_tokens(source)
    found = list(_of_conditions(source, tokens, is_condition, answers))
    found += _of_lists(tokens)
    found += _of_signs(tokens)
    if not is_condition:
        found += _of_statements(tokens)
    return dict(_name(source, found))


def read_tokens(source: str) -> list[Token]:
    tokens, position = [], 0
    while position < len(source):
        match = TOKEN.match(source, position)
        if not match:
            raise ValueError(f"cannot read {source[position : position + 20]!r}")
        if match.lastgroup != "space":
            tokens.append(Token(str(match.lastgroup), match[0], match.start(), match.end()))
        position = match.end()
    return tokens


def _name(source: str, changes: list[Change]) -> Iterator[tuple[str, str]]:
    """Each different text once, under what it changes; the same piece again has a number."""
    seen, numbers = {source}, Counter[str]()
    for change in changes:
        text = change.apply(source)
        piece = " ".join(re.sub(r"--[^\n]*", "", source[change.start : change.end]).split())
        if len(piece) > 100:
            piece = f"{piece[:60]} ... {piece[-35:]}"
        label = f"{piece} -> {change.label}"
        numbers[label] += 1
        if text not in seen:
            seen.add(text)
            yield (f"{label} #{numbers[label]}" if numbers[label] > 1 else label), text


def _of_conditions(source: str, tokens: list[Token], whole: bool, answers: bool) -> Iterator[Change]:
    if whole:
        yield from _of_condition(source, tokens)
    for index, token in enumerate(tokens):
        before = tokens[index - 1].word if index else ""
        after = tokens[index + 1].word if index + 1 < len(tokens) else ""
        if token.word in ("if", "elsif") and before != "end" and after != "exists":
            yield from _of_condition(source, _until(tokens, index + 1, {"then"}))
        elif token.word == "when" and before != "exception":
            yield from _of_case(source, tokens, index)
        elif token.word in ("where", "on", "having") and after != "conflict":
            yield from _of_condition(source, _until(tokens, index + 1, ENDS_CONDITION | {"on"}))
        elif token.word == "return" and answers:
            yield from _of_condition(source, _until(tokens, index + 1, set()))


def _of_case(source: str, tokens: list[Token], index: int) -> Iterator[Change]:
    """`case when condition`; of `case value when other` the values are not conditions."""
    start = next(i for i in range(index, -1, -1) if tokens[i].word == "case")
    if tokens[start + 1].word == "when":
        yield from _of_condition(source, _until(tokens, index + 1, {"then"}))


def _until(tokens: list[Token], start: int, words: set[str]) -> list[Token]:
    """Tokens up to one of the words, a semicolon, or the bracket that closes what is around them."""
    depth = 0
    for index in range(start, len(tokens)):
        token = tokens[index]
        depth += _depth(token)
        if depth < 0 or (depth == 0 and (token.word in words or token.text == ";")):
            return tokens[start:index]
    return tokens[start:]


def _depth(token: Token) -> int:
    """How much deeper it goes from here; what stands between `case` and `end` hangs together too."""
    return {"(": 1, "[": 1, "case": 1, ")": -1, "]": -1, "end": -1}.get(token.word, 0)


def _of_condition(source: str, tokens: list[Token]) -> Iterator[Change]:
    """All of it true, false and inverted; then each part of `and` removed, each of `or` dropped."""
    if not tokens:
        return
    start, end = tokens[0].start, tokens[-1].end
    yield Change(start, end, "true", "true")
    yield Change(start, end, "false", "false")
    yield Change(start, end, "inverted", f"(({source[start:end]}) is not true)")
    yield from _of_parts(source, tokens)


def _of_parts(source: str, tokens: list[Token]) -> Iterator[Change]:
    tokens = _unwrap(tokens)
    for word, neutral in (("or", "false"), ("and", "true")):
        parts = _split(tokens, word)
        if len(parts) == 1:
            continue
        for part in parts:
            yield Change(part[0].start, part[-1].end, neutral, neutral)
            yield from _of_parts(source, part)
        return


def _unwrap(tokens: list[Token]) -> list[Token]:
    """What stands in brackets that hold all of it, unless that is a query."""
    while tokens and tokens[0].text == "(" and _closing(tokens) == len(tokens) - 1:
        if tokens[1].word == "select":
            return tokens
        tokens = tokens[1:-1]
    return tokens


def _closing(tokens: list[Token]) -> int:
    depth = 0
    for index, token in enumerate(tokens):
        depth += _depth(token)
        if depth == 0:
            return index
    return -1


def _split(tokens: list[Token], word: str) -> list[list[Token]]:
    """Parts between the word where nothing is around it; the `and` of a `between` is none."""
    parts: list[list[Token]] = [[]]
    depth, is_between = 0, False
    for token in tokens:
        depth += _depth(token)
        is_between = is_between or (depth == 0 and token.word == "between")
        if depth == 0 and token.word == word and not (word == "and" and is_between):
            parts.append([])
            continue
        is_between = is_between and token.word != "and"
        parts[-1].append(token)
    return parts


def _of_lists(tokens: list[Token]) -> Iterator[Change]:
    """One value less in `in (...)` and in array literals."""
    for index, token in enumerate(tokens):
        if token.word == "in" and tokens[index + 1].text == "(":
            values = _until(tokens, index + 2, set())
            if len(values) > 1 and all(value.kind == "string" or value.text == "," for value in values):
                start, end = values[0].start, values[-1].end
                names = [value.text for value in values if value.kind == "string"]
                for name in names:
                    kept = ", ".join(other for other in names if other != name)
                    yield Change(start, end, f"without {name}", kept)
        elif token.kind == "string" and re.fullmatch(r"'\{[\w., \"]+\}'", token.text):
            names = token.text[2:-2].split(",")
            for name in names:
                kept = ",".join(other for other in names if other != name)
                yield Change(token.start, token.end, f"without {name}", f"'{{{kept}}}'")


def _of_signs(tokens: list[Token]) -> Iterator[Change]:
    """Borders moved by one, the narrowest for the widest, one side of `coalesce`."""
    for index, token in enumerate(tokens):
        if token.text in (">=", "<="):
            yield Change(token.start, token.end, "past the border", token.text[0])
        elif token.word == "max" and tokens[index + 1].text == "(":
            yield Change(token.start, token.end, "min", "min")
        elif token.word == "coalesce":
            inside = _until(tokens, index + 2, set())
            parts, end = _split_arguments(inside), tokens[index + 2 + len(inside)].end
            for side, part in zip(("first", "last"), (parts[0], parts[-1]), strict=True):
                text = "".join(_spaced(part))
                yield Change(token.start, end, f"its {side}", f"({text})")


def _split_arguments(tokens: list[Token]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += _depth(token)
        if depth == 0 and token.text == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _spaced(tokens: list[Token]) -> Iterator[str]:
    end = tokens[0].start
    for token in tokens:
        yield " " * (token.start > end) + token.text
        end = token.end


def _of_statements(tokens: list[Token]) -> Iterator[Change]:
    """Each assignment, refusal and write left out; what a function returns stays."""
    begin = next((i for i, token in enumerate(tokens) if token.word == "begin"), 0)
    for index in range(begin + 1, len(tokens) - 1):
        token, before = tokens[index], tokens[index - 1]
        if before.word not in STARTS_STATEMENT or token.kind != "word":
            continue
        statement = _until(tokens, index, set())
        is_assignment = any(each.text == ":=" for each in statement[1:4])
        if is_assignment or token.word in REMOVABLE:
            yield Change(statement[0].start, statement[-1].end, "left out", "null")
