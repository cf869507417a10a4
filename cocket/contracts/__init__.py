"""The contract language, the engine that runs a block, and the state it runs on. No I/O, no clock.

A contract accepts or refuses documents of one type. It is a small file in a subset of Python, and
runs the same, with the same number of steps, on every node for ever. The guide for authors, with
the whole language, is docs/contracts.md.

Compiling, once:

    language.compile_contract(source, name)  →  Contract
        source, outline                  bounds of the text; its docstring, constants, functions
        subset, arity                    what the language has, and each call with its arguments
        weaving, costs                   charges for steps, woven in between the statements
        shortcuts                        what guards mostly say, written out

Running, for each document:

    contract.run(claims, signer, host)   →  Run: refusal or None, steps (`language`)
        builtins, methods, operators     what contracts call, each charging its `meter`
        access.Access                    what a contract sees of the state and other documents, and
                                         what it writes; it asks its `access.Host`
    engine.Engine                        a block: signer, type, schema, contract, border rules, one
                                         document after the other, on a `state.Layer`

Only `registry` knows the network's own collections, and only `ownership` who may write which.
What authors leave out, `assembly` fills in; `standard` holds the types of genesis, and `cases` and
`rehearsal` play what authors say that their contracts do.
"""
