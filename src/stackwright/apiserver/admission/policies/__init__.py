"""Admission policies: rules written in CEL that judge or change a write, with parameters and variables."""
