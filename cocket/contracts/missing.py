"""What Python has and contracts have not, and what is said to whoever writes it.

By the word with which it begins, which no parser need be asked for; by the character that begins no
token; or by the name that Python's grammar has for it.
"""

RESERVED = {
    "as": "there is no `as`",
    "assert": "there is no assert: use require(condition, code, message)",
    "async": "there is no async",
    "await": "there is no async",
    "class": "there are no classes: use dicts and functions",
    "del": "there is no del: use .pop()",
    "except": "there is no try: look before, with `in`, .get() or if",
    "finally": "there is no try: look before, with `in`, .get() or if",
    "from": "nothing can be imported",
    "global": "there are no global names: what a function needs is handed to it",
    "import": "nothing can be imported",
    "lambda": "there is no lambda: write a function above",
    "nonlocal": "there are no global names: what a function needs is handed to it",
    "raise": "there is no raise: use refuse(code, message)",
    "try": "there is no try: look before, with `in`, .get() or if",
    "with": "there is no with",
    "yield": "there is no yield: return a list",
}
STRANGE = (
    (r"[0-9]", 'numbers are whole, in decimal digits; an amount is decimal("12.50")'),
    (r"_", "a name does not start with an underscore"),
    (r"[A-Za-z]+[\"']", "of letters before a text there is only f"),
    (r"[A-Za-z]", "a name is of A-Z, a-z, 0-9 and underscores"),
    (r"f?('''|\"{3}|[\"'])", "this text does not end in its line, or begins with three '"),
    (r";", "a statement has a line of its own"),
    (r"@", "there are no decorators, and no operator @"),
    (r"[&|^~]", "numbers have + - * / // %; conditions have and, or, not"),
    (r"\\", "a line does not go on with a backslash: put brackets around"),
    (r"[^\x00-\x7f]", "outside of texts and remarks there is only ASCII"),
)
NOT_HERE = {
    "AnnAssign": "annotations are not written here",
    "Attribute": 'a member is read as value["name"]; only methods are called with a dot',
    "GeneratorExp": "a generator is the one argument of a call; elsewhere write a list: [… for …]",
    "Match": "there is no match: use if and elif",
    "NamedExpr": "there is no := : assign on a line of its own",
    "Set": "there are no sets: use a list, or a dict with True",
    "SetComp": "there are no sets: use a list, or a dict with True",
    "Slice": "a slice stands alone: value[start:stop]",
    # operators
    "BitAnd": "numbers have + - * / // %; conditions have and, or, not",
    "BitOr": "numbers have + - * / // %; conditions have and, or, not",
    "BitXor": "numbers have + - * / // %; conditions have and, or, not",
    "Invert": "numbers have + - * / // %; conditions have and, or, not",
    "LShift": "numbers have + - * / // %",
    "MatMult": "numbers have + - * / // %",
    "Pow": "there are no powers: multiply",
    "RShift": "numbers have + - * / // %",
    "UAdd": "numbers have no + before them",
}
