"""Ingress and routing: what answers for the ingress controller that stacks expect."""
