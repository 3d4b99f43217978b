"""Who owns which field of an object: field sets, comparison, merging by schema, server-side apply.

Source: sigs.k8s.io/structured-merge-diff (fieldpath, typed, merge) and k8s.io/apimachinery pkg/util/managedfields.
"""
