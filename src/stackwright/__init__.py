"""Stackwright: a platform orchestrator that reconciles itself from git."""

__version__ = "0.1.0"
