"""What is asked of a contract's source text before Python's parser sees it.

Parsers differ between versions of Python in what they accept (quotes within f-strings, escapes,
identifiers by Unicode version) and in how deep they can go before they fail. So the text is first
held to a lexical subset in which they all agree, and to a nesting that none of them notices:

    text      at most 64 KiB of UTF-8; no control characters but newline, and nothing that hides
              or turns text: whoever approves a contract has read it; ASCII outside of strings and
              comments
    strings   '...', "...", triple double quotes, or f before any of these; of escapes
              \\n \\t \\\\ \\" \\'; fields of f-strings are plain names
    numbers   decimal digits, at most 78 of them (256 bits)
    words     none of those with which Python begins what contracts do not have
    length    8,000 words and marks, so that compiling takes no longer than running may; a word that
              begins a block counts as six
    nesting   16 brackets, 12 indentations, 128 tokens between two commas (counted over all open
              brackets), 32 `elif` in a row (counted over all open indentations)
"""

import re

from cocket.contracts.builtins import ILLEGIBLE
from cocket.contracts.missing import RESERVED, STRANGE
from cocket.ledger.errors import Refused
from cocket.ledger.genesis import CONTRACT_BYTES_MAX

SOURCE_BYTES_MAX = CONTRACT_BYTES_MAX
BRACKETS_MAX = 16
INDENTATIONS_MAX = 12
CHAIN_TOKENS_MAX = 128
ELIFS_MAX = 32
DIGITS_MAX = 78
TOKENS_MAX = 8_000
BLOCK_TOKENS = 6
"""What a word that begins a block counts for: much is woven into a block."""

_TOKEN = re.compile(
    r"""
      (?P<space>   [ ]+ | \#[^\n]* )
    | (?P<newline> \n )
    | (?P<string>  f?(?: \"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"
                       | "(?!"")(?:[^"\\\n]|\\.)*"
                       | '(?!'')(?:[^'\\\n]|\\.)*' ) )
    | (?P<name>    [A-Za-z][A-Za-z0-9_]* (?![A-Za-z0-9_"']) )
    | (?P<number>  [0-9]+ (?![A-Za-z0-9_.]) )
    | (?P<open>    [(\[{] )
    | (?P<close>   [)\]}] )
    | (?P<comma>   , )
    | (?P<mark>    [-+*/%=<>!:.]+ )
    """,
    re.VERBOSE | re.DOTALL,
)
_ILLEGIBLE = re.compile(f"(?!\n)(?:{ILLEGIBLE.pattern}|[\\ud800-\\udfff])")
_ESCAPE = re.compile(r"\\[nt\\\"']")
_FIELDS = re.compile(r"(?:[^{}]|\{\{|\}\}|\{[A-Za-z][A-Za-z0-9_]*\})*")


_BETWEEN = ("and", "else", "for", "if", "in", "is", "not", "or")
_BLOCKS = ("if", "elif", "else", "for", "while")
NOT_PYTHON = "this is not in the contract language: `cocket contract check` says where"
"""Where only a parser knows, no line: versions of Python find other errors first, elsewhere."""


def refuse(line: int, sentence: str) -> Refused:
    """The refusal of a contract for what stands on `line`."""
    return Refused("contract-syntax", f"line {line}: {sentence}")


def not_python() -> Refused:
    """The refusal of a contract that some version of Python, or every one, cannot parse."""
    return Refused("contract-syntax", NOT_PYTHON)


def check_source(source: str) -> None:
    """Raise `Refused` unless `source` is within the lexical subset above."""
    if len(source.encode("utf-8", "surrogatepass")) > SOURCE_BYTES_MAX:
        raise Refused("contract-too-large", f"a contract has at most {SOURCE_BYTES_MAX} bytes")
    illegible = _ILLEGIBLE.search(source)
    if illegible is not None:
        line = source.count("\n", 0, illegible.start()) + 1
        raise refuse(line, "a character here is not seen, or hides or turns what is around it")
    _Scan(source).run()


def _what_is_strange(source: str, at: int) -> str:
    for pattern, sentence in STRANGE:
        if re.compile(pattern).match(source, at):
            return sentence
    return "this is not in the contract language"


class _Scan:
    """One pass over the tokens, keeping count of what nests."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.line = 1
        self.tokens = 0
        self.chains = [0]  # tokens since the last comma, for each open bracket
        self.opened: list[int] = []  # the lines of the open brackets
        self.before = ["", ""]  # the last two tokens of the line
        self.indentations: list[list[int]] = [[0, 0]]  # column and `elif`s in a row, for each level

    def run(self) -> None:
        at, at_line_start = 0, True
        while at < len(self.source):
            token = _TOKEN.match(self.source, at)
            if token is None:
                raise refuse(self.line, _what_is_strange(self.source, at))
            kind, text = token.lastgroup, token.group()
            if at_line_start and kind not in ("newline", "space"):
                self.start_line(at - self.source.rfind("\n", 0, at) - 1, text)
                at_line_start = False
            if kind == "newline":
                at_line_start = at_line_start or len(self.chains) == 1
                self.end_line()
            elif kind != "space":
                self.count(str(kind), text)
            self.line += text.count("\n")
            at = token.end()
        if self.opened:
            raise refuse(self.opened[-1], "this bracket is not closed")

    def start_line(self, column: int, text: str) -> None:
        levels = self.indentations
        while levels[-1][0] > column:
            levels.pop()
        if levels[-1][0] < column:
            levels.append([column, 0])
        if text == "elif":
            levels[-1][1] += 1
        elif text != "else":
            levels[-1][1] = 0
        if len(levels) > INDENTATIONS_MAX:
            raise refuse(self.line, f"at most {INDENTATIONS_MAX} levels of indentation")
        if sum(elifs for _, elifs in levels) > ELIFS_MAX:
            raise refuse(self.line, f"at most {ELIFS_MAX} elif in a row")

    def end_line(self) -> None:
        if len(self.chains) == 1:
            self.chains = [0]
            self.before = ["", ""]

    def count(self, kind: str, text: str) -> None:
        self.tokens += BLOCK_TOKENS if text in _BLOCKS else 1
        if self.tokens > TOKENS_MAX:
            raise refuse(self.line, f"a contract has at most {TOKENS_MAX} words and marks")
        if kind == "close":
            if len(self.chains) == 1:
                raise refuse(self.line, "a bracket is closed that was not opened")
            self.chains.pop()
            self.opened.pop()
        elif kind == "comma":
            self.chains[-1] = 0
        else:
            self.chains[-1] += len(text) if kind == "mark" else 1
            if sum(self.chains) > CHAIN_TOKENS_MAX:
                raise refuse(self.line, "the expression is too long: give its parts names")
        if kind == "open":
            self.chains.append(0)
            self.opened.append(self.line)
            if len(self.chains) > BRACKETS_MAX + 1:
                raise refuse(self.line, f"at most {BRACKETS_MAX} brackets within each other")
        if kind == "string":
            self.check_string(text)
        elif kind == "name":
            self.check_name(text)
        elif text == "[" and self.before[0] == "def":
            raise not_python()  # type parameters, from Python 3.12 on
        elif kind == "number" and len(text) > DIGITS_MAX:
            raise refuse(self.line, f"a number has at most {DIGITS_MAX} digits")
        self.before = [self.before[1], text]

    def check_name(self, text: str) -> None:
        if text in RESERVED:
            raise refuse(self.line, RESERVED[text])
        if self.before[1] == "type" and text not in _BETWEEN:
            raise not_python()  # a type alias, from Python 3.12 on

    def check_string(self, text: str) -> None:
        plain = _ESCAPE.sub("", text)
        if "\\" in plain:
            raise refuse(self.line, "escapes other than \\n \\t \\\\ \\\" \\' are not known here")
        if text[0] == "f":
            self.tokens += text.count("{")
            if not _FIELDS.fullmatch(plain):
                raise refuse(self.line, "fields of an f-string are plain names")
