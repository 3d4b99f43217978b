"""Webhook configurations and admission policies: what they must look like."""
