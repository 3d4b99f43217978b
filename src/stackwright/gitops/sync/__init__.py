"""Carrying out one sync of an Application: tasks in phases and waves, one step a pass.

Source: Argo CD's gitops-engine pkg/sync.
"""
