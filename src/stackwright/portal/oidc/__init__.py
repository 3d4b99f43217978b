"""Logging in at a provider of OpenID Connect: Keycloak, Okta, Entra, whatever `oidc.config` of argocd-cm names.

Source: OpenID Connect Core 1.0, Discovery 1.0; RFC 6749, 7636 (PKCE), 9700; Argo CD's docs/operator-manual/user-management.
"""
