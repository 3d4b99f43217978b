"""The Pod Security Standards: what pods of a namespace may ask of their node."""
