"""Rules of custom resources: x-kubernetes-validations, checked when a definition comes and asked of every object.

Source: k8s.io/apiextensions-apiserver pkg/apiserver/schema/cel.
"""
