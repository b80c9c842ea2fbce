"""Twilio Verify v2 over `requests`."""
