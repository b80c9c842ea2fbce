"""Vonage's part of the server: accounts, API, side door and settings."""
