"""Twilio's part of the server: accounts, API, webhooks, side door and settings."""
