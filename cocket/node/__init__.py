"""A running node: configuration, storage, the pipeline that joins the core packages, the HTTP API.

`service.py` is where to start reading: it wires the parts together, in the order of a document's
way through them (`docs/architecture.md`).
"""
