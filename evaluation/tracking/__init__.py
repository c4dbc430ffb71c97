"""Tells other systems what was run, scored, frozen and imported: MLflow and OpenLineage, where the operator names them.

Versions, hashes and figures go out, never a text of an item, a template, or a single answer. Off by default: then
nothing is connected and neither library is imported.
"""
