"""How webhooks of others are reached, whatever they are asked: admission of a write, or another version of an object."""
