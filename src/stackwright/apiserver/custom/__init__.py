"""Kinds that users define: CustomResourceDefinitions and their objects."""
