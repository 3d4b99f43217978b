"""CustomResourceDefinitions as objects: their defaults, what is asked of them, and what their names come to.

Source: k8s.io/apiextensions-apiserver pkg/apis/apiextensions (defaults, validation) and pkg/registry/customresourcedefinition.
"""
