"""Twilio Verify as a pure state machine, and its wire format."""
