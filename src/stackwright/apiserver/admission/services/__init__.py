"""Addresses and ports of Services: what is asked for, what is free, what is handed out."""
