"""The annotation loop with a Label Studio server (extra ``labelstudio``).

``push`` documents, annotate, ``pull`` gold, measure ``agreement``, train again,
and ``select`` what to annotate next. What needs no network is in
:mod:`vidner.documents.label_studio`.
"""
