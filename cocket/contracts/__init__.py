r"""The contract language, the engine that runs a block, and the state it runs on. No I/O, no clock.

A guide for authors of contracts
================================

A contract is one small Python-looking file that accepts or refuses documents of one type. It is
compiled by `language.compile_contract(source, name)`; it runs the same, with the same number of
steps, on every node for ever.

    \"\"\"Clearance: customs of the destination releases the goods of a declaration.\"\"\"

    SIGNED_BY = ["customs"]           # roles that may sign; [] means any member
    WRITES = ["declaration"]          # collections of the state this contract may write

    def check(doc, signer):
        declaration = document(doc["refs"]["declaration"], "import-declaration")
        require(signer["country"] == declaration["body"]["destinationCountry"],
                "not-your-border", "only customs of the destination clears a declaration")
        status = get("declaration", declaration["id"])
        put("declaration", declaration["id"], {**status, "state": "cleared"})

Returning from `check` accepts the document. A refusal, or any failure, undoes all its writes.

What a file holds, every function above its callers
---------------------------------------------------
* A docstring (required), the constants `SIGNED_BY` and `WRITES` (required), further constants:
  names bound once to literals (text, integers, True, False, None, lists, tuples, dicts of those).
  No code can change them.
* Functions with plain parameters (defaults: literals that are not lists or dicts), among them
  `check(doc, signer)`. A function may call only functions defined above it, so recursion cannot be
  written. No name may be bound that is a built-in's, a function's or a constant's (`document`,
  `list`, `sum` …), or that starts with an underscore.

doc     the public claims: "iss", "aud", "iat", "jti", "vct", "ucr", "refs", "exp" if given, "body";
        and "id" (the document's own id), "height" (of the block), "time" (of the block, seconds).
        "ucr" and "refs" are always there, possibly empty. It is a copy: change it freely.
signer  {"organisation": id, "roles": [...], "country": "NL", "chamber": "public" or "private"}

Statements    assignment to names, `a, b = pair`, `d[k] = v`; `+= -= *= /= //= %=`; if / elif /
              else; for, while, break, continue (no else on loops); return; pass; a call
Expressions   `and or not`, `== != < <= > >=`, `in`, `not in`, `is None`, `is not None`; `+ - *`;
              `//` and `%` of integers; `/` when a decimal takes part; `a if c else b`; calls with
              positional arguments; d[k], x[a:b]; lists, tuples, dicts, `{**a, "k": v}`; list and
              dict comprehensions; a generator as the one argument of a call:
              `any(x > 0 for x in xs)`; f-strings whose fields are plain names: f"{weight} kg"
              (text, integers, decimals)
Not there     try, with, class, lambda, import, global, del, assert, raise, match, `:=`, `*args`,
              `**` as power, sets, floats, bytes, keyword arguments, nested functions, decorators,
              annotations, `"..." % x`, attributes other than the methods below, triple single
              quotes, backslashes other than \n \t \\ \" \' within strings
Values        None, True, False, integers (256 bits), decimals (28 digits, half-even, exponent
              within 60), text (65,536 characters), lists, tuples, ranges, dicts (keys: text, or
              integers below 2**53)
Methods       dict: get items keys values pop        list: append extend pop index count
              text: startswith endswith find count replace split(separator) join strip lower
              upper isdigit isalpha isalnum (of ASCII only)

Built-in functions
------------------
require(condition, code, message, *details)
refuse(code, message, *details)
    Refuse (unless the condition holds). `code` is a literal, lower-case words joined by hyphens. A
    detail that is text starting with "/" is the JSON pointer to what is wrong; others are appended
    to the message. What follows the condition is worked out only when it fails.
warn(code, message, path)
    Accepted, but tell the submitter (at most 16).
emit(name, value)
    An event for followers (at most 16, JSON values of 16 KiB).
get(collection, key)
    A fresh copy of the value in the state, or None.
put(collection, key, value)
    Write; None removes. JSON values of at most 16 KiB: make decimals text by str(), tuples lists.
    Keys are text of 1 to 200 bytes. WRITES must name the collection.
document(id, types)
    The claims of a committed document, with its "id", of any version of a type such as
    "import-declaration" or of a list of types; [] is any. Refuses `unknown-reference`,
    `wrong-reference-type`.
organisation(id)
    {"id", "legalName", "country", "roles", "chamber"} or None.
shown(object, member, rule)
    True when the member is there. When its issuer hid it, False, and `rule` is listed as unchecked.
    When it was simply left out, False.
decimal(text_or_integer)
    "12.50" -> a decimal. Not exponents, "+1", ".5", nor more than 28 digits.
round(number, places)
    A decimal with just so many places (0 to 12), half-even.
known_code(list, code)
    list: "country" (ISO 3166-1 alpha-2), "currency" (ISO 4217).
minor_units(currency)
    Decimal places of amounts: 2 for "EUR", 0 for "JPY"; None for gold, or what is no currency.
check_digit(kind, text)
    kind: "iso6346", "imo" (7 digits), "lei", "gtin", "gln", "iban", "mrn".
legible(text)
    Whether text is what it looks like: no control characters, none that hide or turn text.
thumbprint(public_key)
    The RFC 7638 thumbprint, which is the key's id, of a raw public key in base64url.
len range min max sum sorted abs int str list dict enumerate zip any all reversed
    As in Python on the values above, positional only. `sorted`, `min`, `max` take texts, numbers,
    or tuples alike of them. `str` of a decimal is plain: "0.10". `enumerate`, `zip`, `reversed` and
    .items() give lists.

Cost
----
A document has 100,000 steps. Each statement, operator, call, subscript and display costs one; a
loop turn costs what is in its body; 16 characters of text read or made cost one, and so does every
item copied, compared or sorted (times log n). Entering one of the contract's functions costs 10;
known_code and minor_units 10; check_digit and thumbprint 20; get, put, document and organisation
50, and one for every 16 bytes moved. A contract of 50 lines on a document with 5 lines of goods
takes about 500.

Failures that are not refusals of your own: `contract-failed` (a missing member, a wrong kind of
value, an index out of range, a number too large; the message names the line), `out-of-steps`.

Running one in a test
---------------------
    contract = compile_contract(source, "urn:cocket:clearance:1")
    run = contract.run(claims, signer, host)          # run.refusal, run.steps; host: access.Host
or through the engine, which is what the network does: see `engine.Engine`.
"""
