"""Is what lives doing well? Pure: objects in, a status and a sentence out."""
