"""Host repositories: users, tokens and git over smart HTTP, with the API that Forgejo's clients know."""
